"""Fixtures that several tests of the gate share."""

from functools import cache

import duckdb
import pytest

from expectations import gate, gatekeeper
from expectations.gate import NOTHING_SET_ASIDE, Judgement
from expectations.row_rules import RowRule
from expectations.rule_base import cleaned_sql


@pytest.fixture(scope="module")
def quick_gate():
    """The shipped rules that set rows aside, without Great Expectations, which takes a second."""

    def judge(batch, suite, **_):
        with duckdb.connect() as connection:
            connection.execute(f"create view batch as from read_parquet('{batch}')")
            connection.execute(f"create table cleaned as {cleaned_sql('batch')}")
            failing = " union all ".join(
                f"select _row_number, '{rule.name}' as name, '{rule.name}' as reason "
                f"from (select _row_number, {rule.broken} as b from cleaned) where b"
                for rule in suite.rules
                if isinstance(rule, RowRule) and rule.action == "quarantine"
            )
            aside = connection.execute(
                "select _row_number, string_agg(name, ', ' order by name) as expectation, "
                f"any_value(reason) as reason from ({failing}) group by _row_number"
            ).to_arrow_table()
        aside = aside.cast(NOTHING_SET_ASIDE.schema)
        return Judgement(suite.table, suite.version, False, None, (), aside)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "judge", judge)
        patch.setattr(gatekeeper, "load_suite", cache(gatekeeper.load_suite))
        yield
