"""How much records tell of a person: group sizes, uniques and values of outcomes, in plain SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rbdc.duck import connect
from rbdc.sql import identifier
from rbdc.statistics.arrays import FloatArray

IntArray = NDArray[np.int64]

Missing = Literal["matches_everything", "own_code"]
"""`matches_everything` takes an empty value for any value (freqCalc of sdcMicro); `own_code` for a
value of its own, as the reader of a file sees it: groups are then never larger."""


@dataclass(frozen=True)
class Risk:
    """What the columns of a file tell.

    Attributes:
        records: records in the file.
        groups: different combinations of the columns.
        unique: records like which there is no other.
        under_k: records in groups smaller than `k_asked`.
        k_asked: the group size that is asked for.
        smallest: size of the smallest group, 0 without records.
    """

    records: int
    groups: int
    unique: int
    under_k: int
    k_asked: int
    smallest: int

    @property
    def unique_share(self) -> float:
        """Share of the records that are unique, 0 to 1."""
        return self.unique / self.records if self.records else 0.0

    @property
    def under_k_share(self) -> float:
        """Share of the records in groups smaller than asked for, 0 to 1."""
        return self.under_k / self.records if self.records else 0.0


def risk_of(
    frame: pd.DataFrame, columns: Sequence[str], k: int, missing: Missing = "own_code"
) -> Risk:
    """Risk of a file whose reader knows `columns` of the person that is looked for.

    Args:
        frame: records, one a row.
        columns: quasi-identifiers.
        k: the group size that is asked for.
        missing: what an empty value matches.
    """
    sizes, _ = group_sizes(frame, columns, missing=missing)
    groups = len(frame[list(columns)].drop_duplicates()) if columns else min(len(frame), 1)
    return Risk(
        records=len(frame),
        groups=groups,
        unique=int((sizes == 1).sum()),
        under_k=int((sizes < k).sum()),
        k_asked=k,
        smallest=int(sizes.min()) if len(sizes) else 0,
    )


def group_sizes(
    frame: pd.DataFrame,
    columns: Sequence[str],
    weight: str | None = None,
    missing: Missing = "matches_everything",
) -> tuple[IntArray, FloatArray]:
    """Records that look the same as each record, and the sum of their weights (fk and Fk).

    Source: Templ, Kowarik and Meindl (2015), Statistical Disclosure Control for Micro-Data Using
    the R Package sdcMicro, section 3; empty values as its `freqCalc` takes them.

    Args:
        frame: records, one a row.
        columns: quasi-identifiers.
        weight: column of sampling weights; each record stands for itself where not given.
        missing: what an empty value matches.

    Returns:
        Sizes and weights of the groups, both of shape (records,) in the order of the frame.
    """
    weights = pd.Series(frame[weight].to_numpy(float) if weight else np.ones(len(frame)))
    found = _per_record(
        frame,
        columns,
        weights,
        "sum(members.records) as size, sum(members.weight) as total",
        "count(*) as records, sum(added) as weight",
        missing,
    )
    return found["size"].to_numpy(np.int64), found["total"].to_numpy(float)


def distinct_values(
    frame: pd.DataFrame,
    columns: Sequence[str],
    sensitive: str,
    missing: Missing = "matches_everything",
) -> IntArray:
    """Different values of an outcome among the records that look the same as each record.

    Source: distinct l-diversity of Machanavajjhala et al. (2007), l-Diversity: Privacy Beyond
    k-Anonymity. An empty value of the outcome counts for nothing.

    Args:
        frame: records, one a row.
        columns: quasi-identifiers.
        sensitive: column of the outcome.
        missing: what an empty value of a quasi-identifier matches.

    Returns:
        Numbers of values, shape (records,) in the order of the frame.
    """
    found = _per_record(
        frame,
        columns,
        frame[sensitive].astype("string").reset_index(drop=True),
        "len(list_distinct(flatten(list(members.outcomes)))) as outcomes",
        "list(distinct added) filter (added is not null) as outcomes",
        missing,
    )
    return found["outcomes"].fillna(0).to_numpy(np.int64)


def _per_record(
    frame: pd.DataFrame,
    columns: Sequence[str],
    added: pd.Series,
    over_groups: str,
    of_group: str,
    missing: Missing,
) -> pd.DataFrame:
    """Something of all groups that look the same as each record, in the order of the frame.

    `added` is what `of_group` sums or lists, one value a record, under the name `added`.

    Records are first put together into groups, so that an empty value, which makes a group look the
    same as several others, is matched among groups and not among records.
    """
    if not len(frame):
        return pd.DataFrame({"size": [], "total": [], "outcomes": []})
    names = [f"q{number}" for number in range(len(columns))]
    records = pd.DataFrame(
        {
            name: frame[column].astype("string").array
            for name, column in zip(names, columns, strict=True)
        }
    )
    records = records.assign(position=np.arange(len(frame)), everybody=0, added=added)
    keys = ", ".join(map(identifier, [*names, "everybody"]))
    same = " and ".join(
        f"groups.{name} is not distinct from records.{name}" for name in [*names, "everybody"]
    )
    open_ = " or ".join(f"{name} is null" for name in names) or "false"
    alike = "".join(
        f" and (a.{name} = b.{name} or a.{name} is null or b.{name} is null)" for name in names
    )
    pairs = "select number as a, number as b from groups"
    if missing == "matches_everything":
        pairs += f"""
            union all
            select a.number, b.number from groups as a join groups as b
            on b.is_open and a.number <> b.number {alike}
            union all
            select a.number, b.number from groups as a join groups as b
            on a.is_open and not b.is_open {alike}"""
    with connect() as connection:
        connection.register("records", records)
        return connection.sql(
            f"""
            with found as materialized (
                select {keys}, {of_group}, {open_} as is_open from records group by {keys}
            ),
            groups as materialized (select row_number() over () as number, * from found),
            pairs as ({pairs}),
            answers as (
                select pairs.a, {over_groups}
                from pairs join groups as members on pairs.b = members.number group by pairs.a
            )
            select answers.* exclude (a)
            from records join groups on {same} join answers on answers.a = groups.number
            order by records.position
            """
        ).df()
