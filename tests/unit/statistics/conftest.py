"""Builders of index_counts frames and of cells made from people."""

import hashlib
from collections.abc import Callable

import pandas as pd
import pytest

KEYS = {
    "service": "Lakeshore",
    "indicator": "strip_search_of_arrests",
    "outcome": "strip_search",
    "benchmark": "arrest",
    "benchmark_vintage": None,
    "benchmark_unit": "person",
    "unit": "person",
    "composition_rule": None,
    "period_type": "year",
    "period": "2022",
    "dimension": "all",
    "dimension_value": "all",
    "reference_group": "White",
}
MOMENTS = [
    *("m_xg_xg", "m_xg_x", "m_x_x", "m_ng_ng", "m_xg_ng"),
    *("m_xg_n", "m_ng_x", "m_ng_n", "m_n_n", "m_x_n"),
]


def build_cell(
    groups: dict[str, tuple[int, int]],
    form: str = "subset",
    not_comparable: tuple[str, ...] = (),
    moments: dict[str, dict[str, float]] | None = None,
    **keys: object,
) -> pd.DataFrame:
    """Index counts of one cell, from {race group: (outcomes, benchmark)}."""
    keys = KEYS | keys
    all_x, all_n = (sum(pair[side] for pair in groups.values()) for side in (0, 1))
    unknown_x, unknown_n = groups.get("Unknown", (0, 0))
    rows = []
    for group, (x, n) in groups.items():
        key = "|".join(str(value) for value in [*keys.values(), form, group])
        rows.append(
            keys
            | {
                "figure_id": hashlib.sha256(key.encode()).hexdigest()[:16],
                "form": form,
                "race_group": group,
                "comparable": group not in not_comparable,
                "outcome_count": x,
                "outcome_total": all_x,
                "benchmark_count": n,
                "benchmark_total": all_n,
                "outcome_unknown": unknown_x,
                "benchmark_unknown": unknown_n,
                "persons": None,
                "data_as_of": None,
            }
            | dict.fromkeys(MOMENTS)
            | (moments or {}).get(group, {})
        )
    return pd.DataFrame(rows)


def build_from_people(
    people: pd.DataFrame, form: str = "subset", residents: dict[str, int] | None = None, **keys
) -> pd.DataFrame:
    """Index counts with moments of one cell, from one row a (person, race_group): columns x, n."""
    every = people.groupby("person")[["x", "n"]].sum()
    groups, moments = {}, {}
    for group in sorted(set(people["race_group"]) | set(residents or {})):
        own = people[people["race_group"] == group].groupby("person")[["x", "n"]].sum()
        own = own.reindex(every.index, fill_value=0)
        groups[group] = (int(own.x.sum()), residents[group] if residents else int(own.n.sum()))
        moments[group] = {
            "m_xg_xg": float((own.x * own.x).sum()),
            "m_xg_x": float((own.x * every.x).sum()),
            "m_x_x": float((every.x * every.x).sum()),
        }
        if form == "subset":
            moments[group] |= {
                "m_ng_ng": float((own.n * own.n).sum()),
                "m_xg_ng": float((own.x * own.n).sum()),
                "m_xg_n": float((own.x * every.n).sum()),
                "m_ng_x": float((own.n * every.x).sum()),
                "m_ng_n": float((own.n * every.n).sum()),
                "m_n_n": float((every.n * every.n).sum()),
                "m_x_n": float((every.x * every.n).sum()),
            }
    return build_cell(groups, form, moments=moments, **keys)


@pytest.fixture(scope="session")
def cell() -> Callable[..., pd.DataFrame]:
    return build_cell


@pytest.fixture(scope="session")
def cell_of_people() -> Callable[..., pd.DataFrame]:
    return build_from_people
