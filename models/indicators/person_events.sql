-- Events of each person on both sides of each indicator: one row an outcome event (x = 1) or a
-- benchmark event (n = 1). Only where people can be told apart. A benchmark from outside has no
-- events of these people.
{{ config(tags=['counts']) }}
with definitions as (
    select distinct
        indicator,
        outcome,
        unit,
        composition_rule,
        case when form = 'subset' then benchmark end as benchmark
    from {{ ref('indicator_cells') }}
)

select
    definitions.indicator,
    units.person_number,
    units.year,
    units.quarter,
    units.month,
    units.race_group,
    {%- for dimension in var('stratifiers') %}
    units.{{ dimension }},
    {%- endfor %}
    case when units.interaction = definitions.outcome then 1 else 0 end as x,
    case when units.interaction = definitions.benchmark then 1 else 0 end as n
from {{ ref('interaction_units') }} as units
inner join definitions
    on units.unit = definitions.unit
    and coalesce(units.composition_rule, '') = coalesce(definitions.composition_rule, '')
    and units.interaction in (definitions.outcome, definitions.benchmark)
where units.service = {{ service_label() }} and units.person_number is not null
