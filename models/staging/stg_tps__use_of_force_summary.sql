-- Toronto open data, seven use-of-force tables of 2020: one row a printed count, in the service's
-- own copy (source tps) and in the City's (toronto_open_data), whose labels are the same. An empty
-- count is a zero. Labels that labels.csv does not have are Unmapped, and stay apart in
-- `dimension_value` under their own spelling, so that none is counted as another. A division is a
-- code, which stands for itself.
{%- set incidents = {'interaction': 'incident_type', 'race': 'perceived_race'} %}
{%- set tables = {
    'use_of_force_call_sources': {'interaction': 'data_type', 'fields': {'call_source': 'description'}},
    'use_of_force_by_time_of_day': dict(incidents, fields={'time_of_day': 'time_of_day'}),
    'use_of_force_by_division': dict(incidents, fields={'division': 'division'}),
    'use_of_force_by_call_type': dict(incidents, fields={'call_type': 'call_type'}),
    'use_of_force_by_occurrence_category':
        dict(incidents, fields={'occurrence_category': 'occurrence_category'}),
    'use_of_force_by_gender': dict(incidents, fields={'gender': 'gender'}),
    'use_of_force_by_force_type':
        {'race': 'perceived_race', 'fields': {'weapons': 'weapons', 'highest_force': 'highest_force'}},
} %}
{%- set no_text = 'cast(null as string)' %}
with read as (
    {%- for source_name in ['tps', 'toronto_open_data'] %}
    {%- set last_source = loop.last %}
    {%- for table, columns in tables.items() %}
    {%- set fields = columns.fields.items() | list %}
    select
        '{{ source_name }}' as source,
        '{{ table }}' as table_name,
        {%- if columns.interaction %}
        {{ clean_text(columns.interaction) }} as interaction_label_raw,
        {%- else %}
        -- This table has no type of incident: it is of reported use of force alone.
        'Reported Use of Force Incidents' as interaction_label_raw,
        {%- endif %}
        '{{ columns.fields | join('*') }}' as dimension,
        '{{ fields[0][0] }}' as field,
        {{ clean_id('division') if 'division' in columns.fields else clean_text(fields[0][1]) }}
            as label_raw,
        {%- if fields[1:] %}
        '{{ fields[1][0] }}' as second_field,
        {{ clean_text(fields[1][1]) }} as second_label_raw,
        {%- else %}
        {{ no_text }} as second_field,
        {{ no_text }} as second_label_raw,
        {%- endif %}
        {%- if columns.race %}
        true as has_race,
        {{ clean_text(columns.race) }} as race_label_raw,
        {{ no_text }} as printed_year,
        cast(null as bigint) as month_number,
        {%- else %}
        false as has_race,
        {{ no_text }} as race_label_raw,
        {{ clean_id('occurred_year') }} as printed_year,
        {{ month_of_label('occurred_month') }} as month_number,
        {%- endif %}
        coalesce({{ clean_count('incident_count') }}, 0) as incidents
    from {{ delivered(source_name ~ '__' ~ table) }}
    {{ 'union all' if not (last_source and loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

-- Where a table does not print its year, it is that of the as-of date which sources.yml declares.
dated as (
    select
        read.*,
        loads.data_as_of,
        coalesce(read.printed_year, {{ year_of('loads.data_as_of') }}) as year,
        {{ cast_or_null(
            "coalesce(read.printed_year, " ~ year_of('loads.data_as_of') ~ ") || '-01-01'", 'date'
        ) }} as record_date
    from read
    left join {{ source('audit', 'current_loads') }} as loads
        on read.source = loads.source
        and read.table_name = loads.table_name
),

mapped as (
    select
        dated.*,
        {{ standard_label('interaction_label', 'dated.interaction_label_raw') }} as interaction,
        case
            when dated.has_race then {{ standard_label('race_label', 'dated.race_label_raw') }}
            else 'All race groups'
        end as race_group,
        case
            when dated.field = 'division'
                then coalesce(label.standard_label, dated.label_raw, 'Unknown')
            else {{ standard_label('label', 'dated.label_raw') }}
        end as label,
        case
            when dated.second_field is not null
                then {{ standard_label('second_label', 'dated.second_label_raw') }}
        end as second_label
    from dated
    {{ join_label(
        'interaction_label', 'tps', 'interaction', 'dated.interaction_label_raw',
        'dated.record_date') }}
    {{ join_label('race_label', 'tps', 'race_group', 'dated.race_label_raw', 'dated.record_date') }}
    {{ join_label_of('label', 'tps', 'dated.field', 'dated.label_raw', 'dated.record_date') }}
    {{ join_label_of(
        'second_label', 'tps', 'dated.second_field', 'dated.second_label_raw',
        'dated.record_date') }}
)

select
    source,
    table_name,
    interaction,
    interaction_label_raw,
    dimension,
    case when label = 'Unmapped' then label_raw else label end
    || case
        when second_label is null then ''
        when second_label = 'Unmapped' then '|' || second_label_raw
        else '|' || second_label
    end as dimension_value,
    label,
    label_raw,
    second_label,
    second_label_raw,
    race_group,
    race_label_raw,
    year,
    year || '-' || lpad(cast(month_number as string), 2, '0') as month,
    incidents,
    data_as_of,
    -- Counted once: in the service's own copy, or in the City's where the service's is absent.
    source = 'tps'
    or count(case when source = 'tps' then 1 end) over (partition by table_name) = 0 as is_counted
from mapped
