{#- Every table that is counted from records has each dated incident of its interactions once, in
    its year: what an incident lacks is Unknown and not left out. -#}
{% test summary_tables_conserve_incidents(model) %}
with incidents as (
    select
        service,
        'use_of_force' as interaction,
        year,
        count(*) as incidents
    from {{ ref('use_of_force_incidents') }}
    where record_date is not null
    group by service, year
    union all
    select
        service,
        'enforcement_action' as interaction,
        year,
        count(*) as incidents
    from {{ ref('enforcement_action_incidents') }}
    where record_date is not null
    group by service, year
),

tables as (
    select
        service,
        summary_table,
        interaction,
        year,
        sum(incidents) as incidents
    from {{ model }}
    group by service, summary_table, interaction, year
)

select
    tables.*,
    incidents.incidents as incidents_expected
from tables
left join incidents
    on tables.service = incidents.service
    and tables.interaction = incidents.interaction
    and tables.year = incidents.year
where tables.incidents != coalesce(incidents.incidents, 0)
{% endtest %}
