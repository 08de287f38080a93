-- One row a booking: an arrest that counts as booked, and how long the person was in custody. The
-- arrest says who was booked; the time comes from the booking records, of which one arrest can have
-- several. A service without booking records has no times and no rows.
with custody as (
    select
        arrest_id,
        -- Known once every booking of the arrest has ended.
        case when count(custody_hours) = count(*) then sum(custody_hours) end as custody_hours
    from {{ ref('stg_rms__bookings') }}
    group by arrest_id
)

select
    encounters.service,
    encounters.record_id,
    encounters.person_number,
    encounters.record_date,
    encounters.year,
    encounters.quarter,
    encounters.month,
    encounters.race_group,
    {%- for stratifier in var('stratifiers') %}
    encounters.{{ stratifier }},
    {%- endfor %}
    custody.custody_hours,
    case
        when custody.custody_hours < 6 then 'under 6 hours'
        when custody.custody_hours <= 24 then '6 to 24 hours'
        when custody.custody_hours > 24 then 'over 24 hours'
        else 'Unknown'
    end as custody_time
from {{ ref('encounters') }} as encounters
left join custody on encounters.record_id = custody.arrest_id
where
    encounters.booking = 1
    and encounters.source_table = 'rms.arrests'
    and exists (select 1 from {{ ref('stg_rms__bookings') }})
