"""What the judgements of many loads say together, as queries of DuckDB over schema `audit`."""

from collections.abc import Sequence

from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal

# Each judgement of a rule beside the judgement of the same rule before. What is judged in no load
# (tables that the pipeline makes itself) has no history by loads.
EXPECTATION_TRENDS = """
    select
        source, table_name, expectation, dimension, action, load_id, evaluated_at,
        unexpected_count, rows_landed, share, share - share_before as share_change,
        unexpected_count - count_before as count_change
    from (
        select
            *, lag(share) over judgements as share_before,
            lag(unexpected_count) over judgements as count_before
        from (
            select
                loads.source, loads.table_name, results.expectation, results.dimension,
                results.action, results.load_id, results.evaluated_at, results.unexpected_count,
                loads.rows_landed, results.unexpected_count / nullif(loads.rows_landed, 0) as share
            from audit.expectation_results as results
            inner join audit.loads as loads on results.load_id = loads.load_id
        )
        window judgements as (partition by source, table_name, expectation order by load_id)
    )
"""


def current_results_sql(tables: Sequence[SourceTable]) -> str:
    """Query of how much of what is in force breaks each rule, one row a table and rule.

    Of a table that is delivered whole: what the judgement of the delivery in force counted, and
    not that of the few rows that came out of quarantine since. A
    table that is kept by versions of keys has no such delivery, and what a few rows of one night
    break says little of it. There it is what is still set aside, of that and the rows in force,
    by each rule that sets rows aside: which does not depend on the nights on which rows came.

    Columns: source, table_name, expectation, dimension, action, counts, rows_judged,
    unexpected_count.
    """
    kept = [table for table in tables if table.cursor]
    in_force = " union all ".join(
        f"select {literal(table.source)} as source, {literal(table.table)} as table_name, "
        f"count(*) as rows_in_force from raw.{identifier(table.id)}"
        for table in kept
    )
    nothing = "select null::varchar as source, null::varchar as table_name, 0 as rows_in_force"
    return f"""
        with rules as (
            select
                loads.source, loads.table_name, loads.rows_landed, results.expectation,
                results.dimension, results.action, results.counts, results.rows_judged,
                results.unexpected_count
            from audit.expectation_results as results
            inner join audit.loads as loads on results.load_id = loads.load_id
            where loads.verdict = 'accepted' and loads.delivery <> 'readmission'
            qualify loads.load_id = max(loads.load_id)
                over (partition by loads.source, loads.table_name)
        ),
        in_force as ({in_force or f"{nothing} where false"}),
        still_aside as (select * from quarantine.rows where resolved_at is null),
        rows_aside as (
            select source, table_name, count(*) as rows_aside
            from still_aside group by source, table_name
        ),
        aside_by_rule as (
            select source, table_name, rule as expectation, count(*) as rows_aside
            from (
                select source, table_name, unnest(string_split(expectation, ', ')) as rule
                from still_aside
            )
            group by source, table_name, rule
        )
        -- Results of an older version do not say how many rows were judged.
        select
            source, table_name, expectation, dimension, action, counts,
            coalesce(rows_judged, rows_landed) as rows_judged, unexpected_count
        from rules anti join in_force using (source, table_name)
        union all
        select
            source, table_name, expectation, dimension, action, counts,
            rows_in_force + coalesce(rows_aside.rows_aside, 0) as rows_judged,
            coalesce(aside_by_rule.rows_aside, 0) as unexpected_count
        from rules
        inner join in_force using (source, table_name)
        left join rows_aside using (source, table_name)
        left join aside_by_rule using (source, table_name, expectation)
        where action = 'quarantine'
    """
