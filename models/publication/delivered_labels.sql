-- The labels of people arrested as their source delivered them, where it is the source's own words
-- that a release prints. The records system holds an age and no label of it.
select
    'tps.arrests' as source_table,
    record_id,
    race_label_raw as race_group,
    gender_label_raw as gender,
    age_label_raw as age_group,
    occurrence_label_raw as occurrence_category
from {{ ref('stg_tps__arrests') }}
union all
select
    'rms.arrests' as source_table,
    record_id,
    race_label_raw as race_group,
    gender_label_raw as gender,
    age_group,
    occurrence_label_raw as occurrence_category
from {{ ref('stg_rms__arrests') }}
