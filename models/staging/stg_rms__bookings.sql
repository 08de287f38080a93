-- Records management system, bookings: one row a booking; deleted rows left out.
with read as (
    select
        {{ clean_id('booking_id') }} as booking_id,
        {{ clean_id('arrest_id') }} as arrest_id,
        {{ cast_or_null('trim(booked_at)', 'timestamp') }} as booked_at,
        {{ cast_or_null('trim(custody_ended_at)', 'timestamp') }} as custody_ended_at
    from {{ delivered('rms__bookings') }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
)

select
    booking_id,
    arrest_id,
    booked_at,
    custody_ended_at,
    -- Null while the person is in custody, and where custody would end before it begins.
    case
        when custody_ended_at >= booked_at
            then cast({{ seconds_between('booked_at', 'custody_ended_at') }} as double) / 3600
    end as custody_hours
from read
