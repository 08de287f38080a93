-- Toronto open data, "Arrests and Strip Searches": one row a person arrested or strip searched.
with read as (
    select
        {{ clean_id('ObjectId') }} as record_id,
        {{ clean_id('ArrestID') }} as arrest_id,
        {{ clean_id('EventID') }} as event_id,
        {{ clean_id('PersonID') }} as person_id,
        {{ clean_id('Arrest_Year') }} as arrest_year,
        {{ clean_text('Arrest_Month') }} as quarter_label_raw,
        {{ clean_text('Perceived_Race') }} as race_label_raw,
        {{ clean_text('Sex') }} as gender_label_raw,
        {{ clean_text('Age_group__at_arrest_') }} as age_label_raw,
        {{ clean_text('Occurrence_Category') }} as occurrence_label_raw,
        {{ clean_id('ArrestLocDiv') }} as division,
        {{ clean_flag('Booked') }} as is_recorded_booked,
        {{ clean_flag('StripSearch') }} as is_strip_searched,
        {{ clean_flag('ItemsFound') }} as items_found
    from {{ delivered('tps__arrests') }}
),

-- The publisher gives the year and a label of the quarter, no day.
dated as (
    select
        read.*,
        {{ standard_label('quarter_label', 'read.quarter_label_raw') }} as quarter_of_year,
        {{ cast_or_null(
            "read.arrest_year || '-' || case quarter_label.standard_label
                when 'Q1' then '01' when 'Q2' then '04' when 'Q3' then '07' when 'Q4' then '10'
            end || '-01'",
            'date') }} as record_date
    from read
    {{ join_label(
        'quarter_label', 'tps', 'quarter', 'read.quarter_label_raw',
        cast_or_null("read.arrest_year || '-01-01'", 'date')) }}
)

select
    dated.record_id,
    dated.arrest_id,
    dated.event_id,
    dated.person_id,
    dated.record_date,
    dated.arrest_year,
    dated.quarter_label_raw,
    dated.quarter_of_year,
    {{ standard_label('race_label', 'dated.race_label_raw') }} as race_group,
    dated.race_label_raw,
    {{ standard_label('gender_label', 'dated.gender_label_raw') }} as gender,
    dated.gender_label_raw,
    {{ standard_label('age_label', 'dated.age_label_raw') }} as age_group,
    dated.age_label_raw,
    {{ standard_label('occurrence_label', 'dated.occurrence_label_raw') }} as occurrence_category,
    dated.occurrence_label_raw,
    coalesce(dated.division, 'Unknown') as division,
    dated.is_recorded_booked,
    dated.is_strip_searched,
    dated.items_found
from dated
{{ join_label(
    'race_label', 'tps', 'race_group', 'dated.race_label_raw', 'dated.record_date') }}
{{ join_label(
    'gender_label', 'tps', 'gender', 'dated.gender_label_raw', 'dated.record_date') }}
{{ join_label(
    'age_label', 'tps', 'age_group', 'dated.age_label_raw', 'dated.record_date') }}
{{ join_label(
    'occurrence_label', 'tps', 'occurrence_category', 'dated.occurrence_label_raw',
    'dated.record_date') }}
