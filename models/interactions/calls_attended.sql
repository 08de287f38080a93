-- Calls and stops that police attended, already counted: there are many, nobody is followed from
-- one to another, and all that they are counted by are month, place, kind and perceived race.
-- Composition rule `first_person_recorded`: the race perceived of the one person on the record.
with attended as (
    select
        cast(date_trunc('month', record_date) as date) as first_day,
        race_group,
        race_label_raw,
        call_type,
        call_type_label_raw,
        division
    from {{ ref('stg_rms__calls_for_service') }}
    where is_attended
),

counted as (
    select
        first_day,
        race_group,
        race_label_raw,
        call_type,
        call_type_label_raw,
        division,
        count(*) as calls
    from attended
    group by first_day, race_group, race_label_raw, call_type, call_type_label_raw, division
)

select
    {{ service_label() }} as service,
    first_day as record_date,
    {{ year_of('first_day') }} as year,
    {{ quarter_of('first_day') }} as quarter,
    {{ month_of('first_day') }} as month,
    race_group,
    race_label_raw,
    call_type,
    call_type_label_raw,
    division,
    calls
from counted
