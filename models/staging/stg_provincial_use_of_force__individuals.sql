-- Provincial use-of-force reports: one row a person in a report.
with read as (
    select
        {{ clean_id('BatchFileName') }} as report_id,
        {{ clean_id('Indiv_Index') }} as person_index,
        {{ clean_text('Race') }} as race_label_raw,
        {{ clean_flag('DifficultyPerceiving') }} as had_difficulty_perceiving,
        {{ clean_text('Gender') }} as gender_label_raw,
        {{ clean_text('AgeCategory') }} as age_label_raw,
        {{ highest_force() }} as force_rung,
        -- A box: ticked or blank.
        coalesce({{ clean_flag('PerceiveAccessWeapon') }}, false) as has_weapon
    from {{ delivered('provincial_use_of_force__individual_records') }}
),

dated as (
    select
        read.*,
        reports.record_date
    from read
    left join {{ ref('stg_provincial_use_of_force__reports') }} as reports
        on read.report_id = reports.report_id
)

select
    dated.report_id,
    dated.person_index,
    {{ standard_label('race_label', 'dated.race_label_raw') }} as race_group,
    dated.race_label_raw,
    dated.had_difficulty_perceiving,
    {{ standard_label('gender_label', 'dated.gender_label_raw') }} as gender,
    dated.gender_label_raw,
    {{ standard_label('age_label', 'dated.age_label_raw') }} as age_group,
    dated.age_label_raw,
    dated.force_rung,
    dated.has_weapon
from dated
{{ join_label(
    'race_label', 'provincial_use_of_force', 'race_group', 'dated.race_label_raw',
    'dated.record_date') }}
{{ join_label(
    'gender_label', 'provincial_use_of_force', 'gender', 'dated.gender_label_raw',
    'dated.record_date') }}
{{ join_label(
    'age_label', 'provincial_use_of_force', 'age_group', 'dated.age_label_raw',
    'dated.record_date') }}
