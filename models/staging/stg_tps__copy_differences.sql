-- Where the City's copy of a table differs from the police service's own: the number of rows, and
-- each cell whose count is another. Only tables that are there in both copies are compared; labels
-- by what they mean, so that blanks and case are no difference.
with counted as (
    select
        source,
        table_name,
        interaction || '|' || coalesce(month || '|', '') || dimension_value || '|' || race_group
            as cell,
        sum(incidents) as counted,
        count(*) as printed_rows
    from {{ ref('stg_tps__use_of_force_summary') }}
    group by source, table_name, interaction, month, dimension_value, race_group
    {%- for source_name in ['tps', 'toronto_open_data'] %}
    union all
    -- Arrests by what figures count them by.
    select
        '{{ source_name }}' as source,
        'arrests' as table_name,
        {%- for column in [
            'Arrest_Year', 'Arrest_Month', 'Perceived_Race', 'StripSearch', 'Booked'] %}
        lower(coalesce({{ clean_id(column) }}, '')){{ " || '|' ||" if not loop.last }}
        {%- endfor %} as cell,
        count(*) as counted,
        count(*) as printed_rows
    from {{ delivered(source_name ~ '__arrests') }}
    group by cell
    {%- endfor %}
),

in_both as (
    select table_name
    from counted
    group by table_name
    having count(distinct source) = 2
),

compared as (
    select
        counted.source,
        counted.table_name,
        'count' as compared,
        counted.cell,
        counted.counted as number
    from counted
    inner join in_both on counted.table_name = in_both.table_name
    union all
    select
        counted.source,
        counted.table_name,
        'rows' as compared,
        'all' as cell,
        sum(counted.printed_rows) as number
    from counted
    inner join in_both on counted.table_name = in_both.table_name
    group by counted.source, counted.table_name
)

-- A cell that one copy lacks has no number there.
select
    table_name,
    compared,
    cell,
    cast(sum(case when source = 'tps' then number end) as bigint) as in_own,
    cast(sum(case when source = 'toronto_open_data' then number end) as bigint) as in_copy
from compared
group by table_name, compared, cell
having
    coalesce(sum(case when source = 'tps' then number end), -1)
    != coalesce(sum(case when source = 'toronto_open_data' then number end), -1)
