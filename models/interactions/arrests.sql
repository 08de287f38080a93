-- One row a person arrested, from whichever source the service has.
with strip_searched as (
    select
        arrest_id,
        max(case when items_found then 1 else 0 end) = 1 as items_found
    from {{ ref('stg_rms__strip_searches') }}
    where search_level = 3
    group by arrest_id
),

found as (
    select
        'tps.arrests' as source_table,
        record_id,
        person_id,
        event_id,
        record_date,
        -- The publisher does not say at what time of day.
        cast(null as timestamp) as record_at,
        race_group,
        race_label_raw,
        gender,
        age_group,
        division,
        occurrence_category,
        -- The publisher does not say what the call was.
        cast(null as string) as call_type,
        coalesce(is_recorded_booked, false) as is_recorded_booked,
        coalesce(is_strip_searched, false) as is_strip_searched,
        items_found,
        -- The publisher gives quarters; a month would be made up.
        false as has_month
    from {{ ref('stg_tps__arrests') }}
    union all
    select
        'rms.arrests' as source_table,
        arrests.record_id,
        arrests.person_id,
        arrests.event_id,
        arrests.record_date,
        arrests.record_at,
        arrests.race_group,
        arrests.race_label_raw,
        arrests.gender,
        arrests.age_group,
        arrests.division,
        arrests.occurrence_category,
        arrests.call_type,
        coalesce(arrests.is_recorded_booked, false) as is_recorded_booked,
        strip_searched.arrest_id is not null as is_strip_searched,
        strip_searched.items_found,
        true as has_month
    from {{ ref('stg_rms__arrests') }} as arrests
    left join strip_searched on arrests.record_id = strip_searched.arrest_id
)

select
    {{ service_label() }} as service,
    source_table,
    record_id,
    {{ person_key('person_id', 'record', 'record_id') }} as person_key,
    event_id as event_key,
    record_date,
    record_at,
    {{ year_of('record_date') }} as year,
    {{ quarter_of('record_date') }} as quarter,
    case when has_month then {{ month_of('record_date') }} end as month,
    race_group,
    race_label_raw,
    gender,
    age_group,
    division,
    occurrence_category,
    call_type,
    -- A strip search without a booking must be presumed booked (publisher's rule).
    is_recorded_booked or is_strip_searched as is_booked,
    is_strip_searched,
    items_found
from found
