-- How far the data behind each interaction reach: the earliest of the tables that it is made from,
-- which are those of its records and those that say something of them. People in use-of-force
-- reports have no dates of their own: they reach as far as the reports. Summary tables stand for
-- themselves, for periods without records, and do not hold these back.
with found as (
    select distinct
        service,
        interaction,
        unit,
        source_table
    from {{ ref('interaction_units') }}
),

units as (
    -- Yearly releases follow one another: what came after the wide one says how far they reach.
    select *
    from found
    where
        source_table != 'provincial_use_of_force.wide_records'
        or not exists (
            select 1
            from found as later
            where
                later.source_table = 'provincial_use_of_force.main_records'
                and later.service = found.service
                and later.interaction = found.interaction
                and later.unit = found.unit
        )
),

tables_behind as (
    select
        service,
        interaction,
        unit,
        source_table as table_behind
    from units
    union all
    select
        service,
        interaction,
        unit,
        'rms.strip_searches' as table_behind
    from units
    where source_table = 'rms.arrests' and interaction in ('booking', 'strip_search', 'item_found')
    union all
    select
        service,
        interaction,
        unit,
        'rms.bookings' as table_behind
    from units
    where source_table = 'rms.arrests' and interaction = 'booking'
    union all
    -- Incidents of enforcement actions are put together from the records of their people.
    select
        incidents.service,
        incidents.interaction,
        incidents.unit,
        people.source_table as table_behind
    from units as incidents
    inner join units as people
        on incidents.service = people.service
        and incidents.interaction = people.interaction
    where
        incidents.interaction = 'enforcement_action'
        and incidents.unit = 'incident'
        and people.unit = 'person'
    union all
    -- Where enforcement actions tell what the incidents of reports were about.
    select distinct
        service,
        interaction,
        unit,
        'rms.enforcement_actions' as table_behind
    from {{ ref('interaction_units') }}
    where interaction = 'use_of_force' and unit = 'incident' and division is not null
),

records_reach as (
    select
        tables_behind.service,
        tables_behind.interaction,
        tables_behind.unit,
        min(loads.data_as_of) as data_as_of
    from tables_behind
    left join {{ source('audit', 'current_loads') }} as loads
        on tables_behind.table_behind = loads.source || '.' || loads.table_name
    group by tables_behind.service, tables_behind.interaction, tables_behind.unit
),

summaries_reach as (
    select
        {{ service_label() }} as service,
        interaction,
        'incident' as unit,
        min(data_as_of) as data_as_of
    from {{ ref('stg_tps__use_of_force_summary') }}
    where is_counted
    group by interaction
)

select
    service,
    interaction,
    unit,
    max(data_as_of) as data_as_of
from (
    select * from records_reach
    union all
    select * from summaries_reach
) as reached
group by service, interaction, unit
