-- What is known of the quality of each table that the marts are made from. Public contract.
{{ config(tags=['results']) }}
{%- set measures = [
    'quality_of_race', 'quality_of_timing', 'quality_of_links', 'quality_scores'] %}
with measured as (
    select * from {{ ref('quality_findings') }}
    {%- for part in measures %}
    union all
    select
        part.*,
        cast(null as string) as owner
    from {{ ref(part) }} as part
    {%- endfor %}
)

select
    {{ service_label() }} as service,
    measured.source,
    measured.table_name,
    measured.period_type,
    measured.period,
    measured.dimension,
    measured.measure,
    measured.subject,
    cast(measured.value as double) as value,
    measured.status,
    measured.detail,
    coalesce(measured.owner, loads.owner) as owner,
    loads.data_as_of
from measured
left join {{ source('audit', 'current_loads') }} as loads
    on measured.source = loads.source and measured.table_name = loads.table_name
