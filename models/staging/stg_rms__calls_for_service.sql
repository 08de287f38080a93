-- Records management system, calls for service and stops that officers began: one row a call, with
-- the race perceived of the first person met; deleted rows left out.
with read as (
    select
        {{ clean_id('call_id') }} as record_id,
        {{ clean_date('received_at') }} as record_date,
        {{ clean_text('perceived_race') }} as race_label_raw,
        {{ clean_text('call_type') }} as call_type_label_raw,
        {{ clean_id('division') }} as division,
        coalesce({{ clean_flag('attended') }}, false) as is_attended
    from {{ delivered('rms__calls_for_service') }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
)

select
    read.record_id,
    read.record_date,
    {{ standard_label('race_label', 'read.race_label_raw') }} as race_group,
    read.race_label_raw,
    {{ standard_label('call_type_label', 'read.call_type_label_raw') }} as call_type,
    read.call_type_label_raw,
    coalesce(read.division, 'Unknown') as division,
    read.is_attended
from read
{{ join_label('race_label', 'rms', 'race_group', 'read.race_label_raw', 'read.record_date') }}
{{ join_label(
    'call_type_label', 'rms', 'call_type', 'read.call_type_label_raw', 'read.record_date') }}
