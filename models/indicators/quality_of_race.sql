-- Data quality, part 2: records of people whose perceived race is not known, and records whose race
-- label has no line in labels.csv on their day, of each table that figures count people from.
{{ config(tags=['results']) }}
with counted as (
    select
        source_table,
        year,
        race_group,
        is_race_recorded,
        count(*) as records
    from {{ ref('encounters') }}
    group by source_table, year, race_group, is_race_recorded
    union all
    select
        -- A report's people, and their race, stand in a table of their own.
        case
            when source_table = 'provincial_use_of_force.main_records'
                then 'provincial_use_of_force.individual_records'
            else source_table
        end as source_table,
        year,
        race_group,
        race_label_raw is not null as is_race_recorded,
        count(*) as records
    from {{ ref('use_of_force_persons') }}
    group by source_table, year, race_group, race_label_raw is not null
    union all
    select
        'rms.calls_for_service' as source_table,
        year,
        race_group,
        race_label_raw is not null as is_race_recorded,
        sum(calls) as records
    from {{ ref('calls_attended') }}
    group by year, race_group, race_label_raw is not null
),

by_period as (
    {{ of_years_and_all('counted') }}
),

summed as (
    select
        source_table,
        period_type,
        period,
        cast(sum(records) as bigint) as records,
        cast(sum(case when race_group = 'Unknown' then records else 0 end) as bigint)
            as of_unknown_race,
        cast(sum(case when is_race_recorded then 0 else records end) as bigint)
            as not_recorded,
        cast(sum(case when race_group = 'Unmapped' then records else 0 end) as bigint)
            as not_mapped
    from by_period
    group by source_table, period_type, period
),

measured as (
    select
        source_table,
        period_type,
        period,
        'completeness' as dimension,
        'missing_race_share' as measure,
        'race_group' as subject,
        of_unknown_race / records as value,
        {{ quality_status('missing_race_share', 'of_unknown_race / records') }} as status,
        {{ so_many_of('of_unknown_race', 'records',
            'records have no known race: none is recorded, or the label says unknown.') }}
            as detail
    from summed
    union all
    select
        source_table,
        period_type,
        period,
        'completeness' as dimension,
        'missing_race_share' as measure,
        'race_label_raw' as subject,
        not_recorded / records as value,
        {{ quality_status('missing_race_share', 'not_recorded / records') }} as status,
        {{ so_many_of('not_recorded', 'records', 'records have nothing where race belongs.') }}
            as detail
    from summed
    union all
    select
        source_table,
        period_type,
        period,
        'validity' as dimension,
        'unmapped_share' as measure,
        'race_group' as subject,
        not_mapped / records as value,
        {{ quality_status('unmapped_share', 'not_mapped / records') }} as status,
        {{ so_many_of('not_mapped', 'records',
            'records have a race label that labels.csv lacks.') }} as detail
    from summed
    union all
    select
        source_table,
        period_type,
        period,
        'validity' as dimension,
        'unmapped_records' as measure,
        'race_group' as subject,
        not_mapped as value,
        case when not_mapped > 0 then 'warn' else 'ok' end as status,
        'Records that count as Unmapped in every total by race group.' as detail
    from summed
)

select
    loads.source,
    loads.table_name,
    measured.period_type,
    measured.period,
    measured.dimension,
    measured.measure,
    measured.subject,
    measured.value,
    measured.status,
    measured.detail
from measured
inner join {{ source('audit', 'current_loads') }} as loads
    on measured.source_table = loads.source || '.' || loads.table_name
