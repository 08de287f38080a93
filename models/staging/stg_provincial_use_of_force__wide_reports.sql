-- Provincial use-of-force reports of 2020 to 2022, one wide file: one row an officer's or team's
-- report. The release has no incident number, no date but a year, no age and no gender.
with read as (
    select
        {{ clean_id('REPORTING_YEAR') }} || '/' || {{ clean_id('RECORD_ID') }} as report_id,
        {{ clean_text('POLICE_SERVICE') }} as service_label_raw,
        {{ cast_or_null(clean_id('REPORTING_YEAR') ~ " || '-01-01'", 'date') }} as record_date,
        {{ clean_text('REPORT_TYPE') }} as report_type,
        {{ clean_text('NUMBER_OF_SUBJECTS') }} as number_of_people,
        {{ clean_text('RACE') }} as race_label_raw,
        coalesce(
            {{ clean_text('RACE_SUBJECT1') }},
            {{ clean_text('RACE_SUBJECT2') }},
            {{ clean_text('RACE_SUBJECT3') }}
        ) as any_person
    from {{ delivered('provincial_use_of_force__wide_records') }}
)

select
    read.report_id,
    {{ standard_service('service_label', 'read.service_label_raw') }} as service,
    read.service_label_raw,
    read.record_date,
    read.report_type,
    -- The publisher's own composition of the people in the report.
    {{ standard_label('race_label', 'read.race_label_raw') }} as race_group,
    read.race_label_raw,
    -- These years carry no mark of inclusion in race analysis. It is the ministry's race-based
    -- release, and only its summary table has a line for reports out of scope: our reading is that
    -- a report of people is included, and one that speaks of nobody is not.
    coalesce(
        read.number_of_people, read.race_label_raw, read.any_person
    ) is not null as is_included
from read
{{ join_label(
    'service_label', 'provincial_use_of_force', 'service', 'read.service_label_raw',
    'read.record_date') }}
{{ join_label(
    'race_label', 'provincial_use_of_force', 'race_group', 'read.race_label_raw',
    'read.record_date') }}
