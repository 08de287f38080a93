-- People in the provincial use-of-force reports of 2020 to 2022: one row a person whose perceived
-- race is filled. The release lists three people a report at most, and nothing but their race.
with read as (
    {%- for person_index in ['1', '2', '3'] %}
    {{ 'union all' if not loop.first }}
    select
        {{ clean_id('REPORTING_YEAR') }} || '/' || {{ clean_id('RECORD_ID') }} as report_id,
        '{{ person_index }}' as person_index,
        {{ cast_or_null(clean_id('REPORTING_YEAR') ~ " || '-01-01'", 'date') }} as record_date,
        {{ clean_text('RACE_SUBJECT' ~ person_index) }} as race_label_raw
    from {{ delivered('provincial_use_of_force__wide_records') }}
    {%- endfor %}
)

select
    read.report_id,
    read.person_index,
    {{ standard_label('race_label', 'read.race_label_raw') }} as race_group,
    read.race_label_raw
from read
{{ join_label(
    'race_label', 'provincial_use_of_force', 'race_group', 'read.race_label_raw',
    'read.record_date') }}
where read.race_label_raw is not null
