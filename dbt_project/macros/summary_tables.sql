{#- Codes of the use-of-force summary tables that no other table has: bands of the day, types of force. -#}

{#- The band of the day in which an instant lies. Toronto's tables have five, of which only the first is
    known by name: the bounds and names of the other four are ours. Bounds are whole minutes, and
    midnight, 0:00, closes the last band. -#}
{% macro time_of_day(instant) -%}
    {%- set minute -%}
        60 * extract(hour from {{ instant }}) + extract(minute from {{ instant }})
    {%- endset -%}
    case
        when {{ minute }} between 1 and 300 then 'Early morning (0:01 - 5:00)'
        when {{ minute }} between 301 and 600 then 'Morning (5:01 - 10:00)'
        when {{ minute }} between 601 and 900 then 'Midday (10:01 - 15:00)'
        when {{ minute }} between 901 and 1200 then 'Afternoon (15:01 - 20:00)'
        when {{ instant }} is not null then 'Night (20:01 - 0:00)'
    end
{%- endmacro %}

{#- The ladder of force, as the provincial use-of-force report of 2023 lists it: physical control, OC
    spray and baton, conducted energy weapon, less-lethal firearm, firearm; a firearm by what was done
    with it. Other force stands with physical force, as in the one label of Toronto's tables that is
    known, which names the first rung; the names of the others are ours. The order is that of the form
    and no judgement of how much a single use hurt.

    Without `rung`: the number of the highest rung that a person's boxes show, null where none is
    ticked. With it: the name of that rung. -#}
{% macro highest_force(rung=none) -%}
    {%- set ladder = [
        ['Physical force or Other type of force', ['PhysicalControl_Check', 'Other_Check']],
        ['OC spray or baton', ['IntermWeapon_OC_Check', 'IntermWeapon_Baton_Check']],
        ['Conducted energy weapon', ['IntermWeapon_CEW_Check']],
        ['Less-lethal firearm', ['LLFirearm_Check']],
        ['Firearm drawn', ['Firearm_Check', 'Firearm_Handgun_Drawn']],
        ['Firearm pointed', [
            'Firearm_Handgun_Pointed', 'Firearm_Rifle_Pointed', 'Firearm_ShotgunLethal_Pointed'
        ]],
        ['Firearm discharged', [
            'Firearm_Handgun_Discharged', 'Firearm_Rifle_Discharged',
            'Firearm_ShotgunLethal_Discharged'
        ]],
    ] -%}
    case
        {%- for name, boxes in ladder | reverse %}
        {%- set number = loop.revindex %}
        {%- if rung is none %}
        when
            {%- for box in boxes %}
            {{ 'or ' if not loop.first }}coalesce({{ clean_flag('TypeForceUsed_' ~ box) }}, false)
            {%- endfor %}
            then {{ number }}
        {%- else %}
        when {{ rung }} = {{ number }} then '{{ name }}'
        {%- endif %}
        {%- endfor %}
    end
{%- endmacro %}
