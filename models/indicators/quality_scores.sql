-- Data quality, part 5: how well each table keeps the rules of its suite, for each dimension. A
-- rule scores 1 less the share of the rows that break it (a rule about the whole delivery: 1 or 0);
-- the score of a dimension is the mean of its rules. What is judged: see audit.current_results.
{{ config(tags=['results']) }}
with rules as (
    select
        source,
        table_name,
        dimension,
        expectation,
        rows_judged,
        unexpected_count,
        case
            when counts = 'batch' then case when unexpected_count > 0 then 0 else 1 end
            else 1 - least(1, coalesce(unexpected_count / nullif(rows_judged, 0), 0))
        end as score
    from {{ source('audit', 'current_results') }}
),

ranked as (
    select
        rules.*,
        row_number() over (
            partition by rules.source, rules.table_name, rules.dimension
            order by rules.score, rules.expectation
        ) as place
    from rules
),

scored as (
    select
        source,
        table_name,
        dimension,
        round(avg(score), 6) as score,
        count(*) as rules,
        count(case when unexpected_count > 0 then 1 end) as rules_broken,
        max(case when place = 1 then expectation end) as worst_rule,
        max(case when place = 1 then unexpected_count end) as worst_count,
        max(case when place = 1 then rows_judged end) as rows_judged
    from ranked
    group by source, table_name, dimension
)

select
    source,
    table_name,
    'all' as period_type,
    'all' as period,
    dimension,
    'score' as measure,
    'rules of ' || dimension as subject,
    score as value,
    {{ quality_status('score', 'score') }} as status,
    {{ so_many_of('rules_broken', 'rules', 'rules are broken; rows judged: ') }}
    || cast(rows_judged as string)
    || case
        when rules_broken > 0
            then '; broken most: ' || worst_rule || ' (' || cast(worst_count as string) || ').'
        else '.'
    end as detail
from scored
