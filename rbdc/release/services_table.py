"""Counts of the headline outcome by service and race group, which need no benchmark to be shown."""

from pathlib import Path
from textwrap import wrap

import duckdb
import pandas as pd

from rbdc.framework import Framework
from rbdc.sql import literal

_WIDTH = 10


def counts_by_service(interaction_counts: Path, framework: Framework) -> pd.DataFrame:
    """Counts of the first headline indicator's outcome, for all people in its newest year.

    Args:
        interaction_counts: Parquet file of `interactions.interaction_counts`.
        framework: says which outcome, unit and composition rule, and the order of groups.

    Returns:
        One row a service in alphabetical order, one column a race group that the unit can hold or
        that was found, and `Total`. `attrs["heading"]` says what is counted; without a single
        count the frame is empty.
    """
    first = next((i for i in framework.indicators if i.headline), framework.indicators[0])
    with duckdb.connect() as connection:
        found = connection.execute(
            "select service, race_group, period, count "
            f"from read_parquet({literal(str(interaction_counts))}) "
            "where interaction = ? and unit = ? and composition_rule is not distinct from ? "
            "and period_type = 'year' and dimension = 'all' "
            "qualify period = max(period) over ()",
            [first.outcome, first.unit, first.composition_rule],
        ).df()
    held = [group.group for group in framework.race_groups if first.unit in group.held_by]
    others = sorted(set(found["race_group"]) - set(held))
    table = (
        found.pivot(index="service", columns="race_group", values="count")
        .reindex(columns=[*held, *others])
        .fillna(0)
        .astype(int)
        .sort_index()
    )
    table["Total"] = table.sum(axis=1)
    if len(found):
        what = f"{first.outcome.replace('_', ' ').capitalize()}, {found['period'].iloc[0]}"
        table.attrs["heading"] = f"{what}, by service and race group (unit: {first.unit})"
    return table


def counts_text(table: pd.DataFrame, indexed: int, small_count: int) -> str:
    """The counts for a terminal, with the reason why services have no index.

    Args:
        table: from `counts_by_service`.
        indexed: how many of the services have residents, and so an index.
        small_count: counts under this are too few to compare.
    """
    if table.empty:
        return _NOTHING
    names = max(len(str(name)) for name in table.index)
    heads = [wrap(str(name).replace("/", "/ "), _WIDTH) for name in table.columns]
    deep = max(map(len, heads))
    columns = [[""] * (deep - len(head)) + head for head in heads]
    lines = ["", str(table.attrs["heading"])]
    lines += [
        f"  {'':<{names}}" + "".join(f"{column[line]:>{_WIDTH + 1}}" for column in columns)
        for line in range(deep)
    ]
    lines += [
        f"  {service:<{names}}" + "".join(f"{count:>{_WIDTH + 1},}" for count in counts)
        for service, *counts in table.itertuples()
    ]
    return "\n".join([*lines, "", _note(len(table), indexed, small_count)])


def counts_markdown(table: pd.DataFrame, indexed: int, small_count: int) -> str:
    """The counts for the Dagster UI; see `counts_text`."""
    if table.empty:
        return _NOTHING
    lines = [f"**{table.attrs['heading']}**", ""]
    lines += [f"| service | {' | '.join(map(str, table.columns))} |"]
    lines += ["|---|" + "--:|" * len(table.columns)]
    lines += [
        f"| {service} | {' | '.join(f'{count:,}' for count in counts)} |"
        for service, *counts in table.itertuples()
    ]
    return "\n".join([*lines, "", _note(len(table), indexed, small_count)])


_NOTHING = "No figures yet."


def _note(services: int, indexed: int, small_count: int) -> str:
    without = services - indexed
    reason = (
        f"{without:,} of {services:,} services supply no residents (table population.residents): "
        "their counts stand without an index. "
        if without
        else ""
    )
    return f"{reason}A count under {small_count} is not enough data for an index."
