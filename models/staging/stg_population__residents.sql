-- Population tables that a service supplies: residents by group and, where known, by one stratum.
-- `stratum` is `all` or `dimension=value`; group `Total` is the printed total. A table of one
-- service need not name it: then `service` is null.
with read as (
    select
        {{ clean_text('service') }} as service_label_raw,
        {{ clean_text('source') }} as source_label,
        {{ clean_id('vintage') }} as vintage,
        {{ clean_text(quoted('group')) }} as race_label_raw,
        {{ clean_text('stratum') }} as stratum,
        {{ clean_count('count') }} as residents
    from {{ delivered('population__residents') }}
),

dated as (
    select
        read.*,
        {{ cast_or_null("substr(read.vintage, 1, 4) || '-01-01'", 'date') }} as record_date
    from read
)

select
    case
        when dated.service_label_raw is not null
            then {{ standard_service('service_label', 'dated.service_label_raw') }}
    end as service,
    dated.source_label,
    dated.vintage,
    case
        when lower(dated.race_label_raw) = 'total' then 'Total'
        else {{ standard_label('race_label', 'dated.race_label_raw') }}
    end as race_group,
    dated.race_label_raw,
    case
        when lower(dated.stratum) = 'all' then 'all'
        else trim(split_part(dated.stratum, '=', 1))
    end as dimension,
    case
        when lower(dated.stratum) = 'all' then 'all'
        else trim(split_part(dated.stratum, '=', 2))
    end as dimension_value,
    dated.residents
from dated
{{ join_label(
    'race_label', 'population', 'race_group', 'dated.race_label_raw', 'dated.record_date') }}
-- Services are spelt as in the provincial file.
{{ join_label(
    'service_label', 'provincial_use_of_force', 'service', 'dated.service_label_raw',
    'dated.record_date') }}
