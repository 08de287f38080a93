-- One row a raw label and the dates between which its standard label is valid.
-- Matching is by `label_key`: trimmed, case folded.
select distinct
    lower(trim(source)) as source,
    lower(trim(field)) as field,
    lower(trim(raw_label)) as label_key,
    trim(standard_label) as standard_label,
    coalesce({{ clean_date('valid_from') }}, date '0001-01-01') as valid_from,
    coalesce({{ clean_date('valid_to') }}, date '9999-12-31') as valid_to
from {{ source('raw', 'config__labels') }}
