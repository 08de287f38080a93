-- The seven use-of-force summary tables in the publisher's shape, one row a cell, not yet protected
-- against disclosure. Of a service that has the publisher's own tables these are what it printed,
-- in standard labels; else they are counted from records: every combination of the codes that occur
-- in a table, in each of its years (001: months), with zeros. A table whose dimension the records
-- do not know has no rows.
-- Within, a table has one or two dimensions, `value` and `second_value`; what it lacks is ''.
{%- set tables = {
    'RBDC_UOF_TBL_001': {'of': 'use_of_force_call_sources', 'by': ['call_source']},
    'RBDC_UOF_TBL_002': {'of': 'use_of_force_by_time_of_day', 'by': ['time_of_day']},
    'RBDC_UOF_TBL_003': {'of': 'use_of_force_by_division', 'by': ['division']},
    'RBDC_UOF_TBL_004': {'of': 'use_of_force_by_call_type', 'by': ['call_type']},
    'RBDC_UOF_TBL_005':
        {'of': 'use_of_force_by_occurrence_category', 'by': ['occurrence_category']},
    'RBDC_UOF_TBL_006': {'of': 'use_of_force_by_gender', 'by': ['gender']},
    'RBDC_UOF_TBL_007': {'of': 'use_of_force_by_force_type', 'by': ['weapons', 'highest_force']},
} %}
{%- set monthly = 'RBDC_UOF_TBL_001' %}
{%- set dimensions = [
    'call_source', 'time_of_day', 'division', 'call_type', 'occurrence_category', 'gender',
    'weapons', 'highest_force'
] %}
with labelled as (
    select
        {{ service_label() }} as service,
        case table_name
            {%- for table, what in tables.items() %}
            when '{{ what.of }}' then '{{ table }}'
            {%- endfor %}
        end as summary_table,
        interaction,
        year,
        coalesce(month, '') as month,
        case when label = 'Unmapped' then label_raw else label end as value,
        case
            when second_label = 'Unmapped' then second_label_raw
            else coalesce(second_label, '')
        end as second_value,
        case when race_group = 'All race groups' then '' else race_group end as race_group,
        incidents
    from {{ ref('stg_tps__use_of_force_summary') }}
    where is_counted
),

printed as (
    select
        service,
        summary_table,
        interaction,
        year,
        month,
        value,
        second_value,
        race_group,
        sum(incidents) as incidents
    from labelled
    group by service, summary_table, interaction, year, month, value, second_value, race_group
),

-- The incidents once, so that each table is made of few rows.
incidents as (
    select
        service,
        interaction,
        year,
        month,
        race_group,
        {%- for dimension in dimensions %}
        {{ dimension }},
        {%- endfor %}
        count(*) as incidents
    from {{ ref('summary_incidents') }}
    where service not in (select printed.service from printed)
    group by service, interaction, year, month, race_group, {{ dimensions | join(', ') }}
),

recorded as (
    {%- for table, what in tables.items() %}
    {{ 'union all' if not loop.first }}
    select
        service,
        '{{ table }}' as summary_table,
        interaction,
        year,
        {{ "month" if table == monthly else "''" }} as month,
        {{ what.by[0] }} as value,
        {{ what.by[1] if what.by[1:] else "''" }} as second_value,
        {{ "''" if table == monthly else "race_group" }} as race_group,
        sum(incidents) as incidents
    from incidents
    where {{ what.by | join(' is not null and ') }} is not null
    group by
        service, interaction, year, {{ what.by | join(', ') }},
        {{ 'month' if table == monthly else 'race_group' }}
    {%- endfor %}
),

extents as (
    select
        service,
        interaction,
        min(month) as first_month,
        max(month) as last_month
    from recorded
    where summary_table = '{{ monthly }}'
    group by service, interaction
),

-- Months without an incident are rows too, from the first month of an interaction to its last.
numbers as (
    {%- for number in range(1, 13) %}
    {{ 'union all ' if not loop.first }}select '{{ '%02d' % number }}' as number
    {%- endfor %}
),

periods as (
    select distinct
        recorded.service,
        recorded.summary_table,
        recorded.interaction,
        recorded.year,
        case
            when recorded.summary_table = '{{ monthly }}'
                then recorded.year || '-' || numbers.number
            else ''
        end as month
    from recorded
    cross join numbers
),

codes as (
    select distinct
        service,
        summary_table,
        value
    from recorded
),

second_codes as (
    select distinct
        service,
        summary_table,
        second_value
    from recorded
),

races as (
    select distinct
        service,
        summary_table,
        race_group
    from recorded
),

grid as (
    select
        periods.service,
        periods.summary_table,
        periods.interaction,
        periods.year,
        periods.month,
        codes.value,
        second_codes.second_value,
        races.race_group
    from periods
    inner join codes
        on periods.service = codes.service
        and periods.summary_table = codes.summary_table
    inner join second_codes
        on periods.service = second_codes.service
        and periods.summary_table = second_codes.summary_table
    inner join races
        on periods.service = races.service
        and periods.summary_table = races.summary_table
    left join extents
        on periods.service = extents.service
        and periods.interaction = extents.interaction
    where
        periods.month = ''
        or periods.month between extents.first_month and extents.last_month
),

counted as (
    select
        grid.*,
        coalesce(recorded.incidents, 0) as incidents,
        'records' as counted_from
    from grid
    left join recorded
        on grid.service = recorded.service
        and grid.summary_table = recorded.summary_table
        and grid.interaction = recorded.interaction
        and grid.year = recorded.year
        and grid.month = recorded.month
        and grid.value = recorded.value
        and grid.second_value = recorded.second_value
        and grid.race_group = recorded.race_group
    union all
    select
        service,
        summary_table,
        interaction,
        year,
        month,
        value,
        second_value,
        race_group,
        incidents,
        'publisher' as counted_from
    from printed
)

select
    service,
    summary_table,
    interaction,
    year,
    nullif(month, '') as month,
    {%- for dimension in dimensions %}
    case summary_table
        {%- for table, what in tables.items() if dimension in what.by %}
        when '{{ table }}' then {{ 'value' if what.by[0] == dimension else 'second_value' }}
        {%- endfor %}
    end as {{ dimension }},
    {%- endfor %}
    nullif(race_group, '') as race_group,
    cast(incidents as bigint) as incidents,
    counted_from
from counted
