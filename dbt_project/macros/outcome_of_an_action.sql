{#- A table of the records management system whose rows are what an enforcement action ended in,
    one row a person: typed, with standard labels, deleted rows left out.

    table: the raw table; id, date: its columns of the record's own id and of when it happened. -#}
{% macro outcome_of_an_action(table, id, date) -%}
with read as (
    select
        {{ clean_id(id) }} as record_id,
        {{ clean_id('action_id') }} as action_id,
        {{ clean_id('occurrence_id') }} as event_id,
        {{ clean_id('person_id') }} as person_id,
        {{ clean_date(date) }} as record_date,
        {{ clean_time(date) }} as record_at,
        {{ clean_text('perceived_race') }} as race_label_raw,
        {{ clean_text('sex') }} as gender_label_raw,
        {{ clean_text('age') }} as age_raw,
        {{ clean_text('call_type') }} as call_type_label_raw,
        {{ clean_text('occurrence_category') }} as occurrence_label_raw,
        {{ clean_id('division') }} as division
    from {{ delivered(table) }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
)

select
    read.record_id,
    read.action_id,
    read.event_id,
    read.person_id,
    read.record_date,
    read.record_at,
    {{ standard_label('race_label', 'read.race_label_raw') }} as race_group,
    read.race_label_raw,
    {{ standard_label('gender_label', 'read.gender_label_raw') }} as gender,
    read.gender_label_raw,
    {{ age_group(cast_or_null('read.age_raw', 'integer')) }} as age_group,
    read.age_raw,
    {{ standard_label('call_type_label', 'read.call_type_label_raw') }} as call_type,
    read.call_type_label_raw,
    {{ standard_label('occurrence_label', 'read.occurrence_label_raw') }} as occurrence_category,
    read.occurrence_label_raw,
    coalesce(read.division, 'Unknown') as division
from read
{{ join_label('race_label', 'rms', 'race_group', 'read.race_label_raw', 'read.record_date') }}
{{ join_label('gender_label', 'rms', 'gender', 'read.gender_label_raw', 'read.record_date') }}
{{ join_label(
    'call_type_label', 'rms', 'call_type', 'read.call_type_label_raw', 'read.record_date') }}
{{ join_label(
    'occurrence_label', 'rms', 'occurrence_category', 'read.occurrence_label_raw',
    'read.record_date') }}
{%- endmacro %}
