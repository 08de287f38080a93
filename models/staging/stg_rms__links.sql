-- Records management system: how many records of one table name a record of another, and how many
-- of those are there, counted for each year. Deleted rows are not there. A record that should name
-- another and names none counts as one whose other is missing. Read from the raw tables, as
-- stg_rms__entry_times is. A key stands once in its own table: the gate sees to it.
{%- set is_strip_search = cast_or_null(clean_id('search_level'), 'integer') ~ ' = 3' %}
{%- set links = [
    {'subject': 'strip searches to arrests', 'of': 'strip_searches', 'key': 'arrest_id',
        'date': 'searched_at', 'only': is_strip_search, 'to': 'arrests'},
    {'subject': 'bookings to arrests', 'of': 'bookings', 'key': 'arrest_id',
        'date': 'booked_at', 'to': 'arrests'},
    {'subject': 'bookings to arrests marked as booked', 'of': 'bookings', 'key': 'arrest_id',
        'date': 'booked_at', 'to': 'arrests', 'to_only': clean_flag('booked')},
    {'subject': 'arrests marked as booked to bookings', 'of': 'arrests', 'key': 'arrest_id',
        'date': 'arrested_at', 'only': clean_flag('booked'), 'to': 'bookings', 'to_many': true},
    {'subject': 'enforcement actions of type Arrest to arrests', 'of': 'enforcement_actions',
        'key': 'arrest_id', 'date': 'action_at', 'only': "trim(action_type) = 'Arrest'",
        'to': 'arrests'},
    {'subject': 'youth diversions to enforcement actions', 'of': 'youth_diversions',
        'key': 'action_id', 'date': 'diverted_at', 'to': 'enforcement_actions'},
    {'subject': 'mental health apprehensions to enforcement actions',
        'of': 'mental_health_apprehensions', 'key': 'action_id', 'date': 'apprehended_at',
        'to': 'enforcement_actions'},
    {'subject': 'child protection apprehensions to enforcement actions',
        'of': 'child_protection_apprehensions', 'key': 'action_id', 'date': 'apprehended_at',
        'to': 'enforcement_actions'},
] %}
with
{%- for link in links %}
named_{{ loop.index }} as (
    select
        {{ clean_id(link.key) }} as record_id,
        {{ year_of(clean_date(link.date)) }} as year
    from {{ source('raw', 'rms__' ~ link.of) }}
    where
        not coalesce({{ clean_flag('is_deleted') }}, false)
        {{ 'and ' ~ link.only if link.only }}
),

there_{{ loop.index }} as (
    select {{ 'distinct ' if link.to_many }}{{ clean_id(link.key) }} as record_id
    from {{ source('raw', 'rms__' ~ link.to) }}
    where
        not coalesce({{ clean_flag('is_deleted') }}, false)
        {{ 'and ' ~ link.to_only if link.to_only }}
){{ ',' if not loop.last }}
{%- endfor %}

{% for link in links -%}
{{ 'union all' if not loop.first }}
select
    '{{ link.of }}' as table_name,
    '{{ link.to }}' as linked_table,
    '{{ link.subject }}' as subject,
    named_{{ loop.index }}.year,
    count(*) as records,
    count(there_{{ loop.index }}.record_id) as linked_records
from named_{{ loop.index }}
left join there_{{ loop.index }}
    on named_{{ loop.index }}.record_id = there_{{ loop.index }}.record_id
group by named_{{ loop.index }}.year
{% endfor %}
