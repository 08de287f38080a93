"""What is made of the measured pulls: ratios beyond start-up, limits, and the page's table."""

from collections.abc import Mapping, Sequence
from typing import Any

from perf.figures import PROMISED_SIZES, Judged, Sizes

NAMES = {
    "sqlite": "SQLite",
    "postgres": "PostgreSQL",
    "sqlalchemy": "PostgreSQL through SQLAlchemy",
}
HEADER = ("pull", "rows", "start-up", "whole", "1% increment", "increment ÷ whole", "peak memory")
Pulls = Mapping[str, Mapping[str, Any]]


def beyond_startup(found: Mapping[str, Any], one: str, other: str) -> float | None:
    """Wall time of one pull over that of another, both without the time that every pull takes."""
    if not {one, other, "startup"} <= set(found):
        return None
    startup = found["startup"]["wall_seconds"]
    above, below = (found[name]["wall_seconds"] - startup for name in (one, other))
    return above / below if below > 0 else None


def pull_rows(pulls: Pulls) -> list[Sequence[str]]:
    """A row for each kind of database, as `HEADER` names its cells."""
    rows: list[Sequence[str]] = []
    for key, name in NAMES.items():
        found = pulls.get(key, {})
        if "full" not in found:
            rows.append((name, found.get("why_not", "not measured"), *[""] * 5))
            continue
        share = beyond_startup(found, "increment", "full")
        rows.append(
            (
                name,
                f"{found['rows']:,}",
                *(f"{found[of]['wall_seconds']:.1f} s" for of in ("startup", "full", "increment")),
                "" if share is None else f"{share:.3f}",
                f"{found['full']['peak_bytes'] / 1e9:.2f} GB",
            )
        )
    return rows


def busiest(pulls: Pulls) -> float:
    """Largest share of the cores that other programs kept busy during one of the pulls.

    Where a server is pulled from, it is one of the other programs: those pulls do not count.
    """
    return max(
        (
            measured["others_cpu_share"]
            for kind, found in pulls.items()
            if kind not in ("postgres", "sqlalchemy")
            for measured in found.values()
            if isinstance(measured, Mapping)
        ),
        default=0.0,
    )


def judged_pulls(sizes: Sizes) -> list[Judged]:
    """Each limit of the pulls beside what was measured."""
    small, large = (sizes.get(size, {}).get("pulls", {}) for size in PROMISED_SIZES)
    return [
        *(
            _judged(
                f"1% increment ÷ whole pull beyond start-up, 10M, {NAMES[kind]}",
                "less than 0.10",
                beyond_startup(large.get(kind, {}), "increment", "full"),
                0.1,
            )
            for kind in ("sqlite", "postgres")
        ),
        _judged(
            "PostgreSQL to landing ÷ DuckDB's attach, 1M",
            "less than 3",
            beyond_startup(small.get("postgres", {}), "full", "floor"),
            3,
        ),
        *(
            _judged(
                f"Peak memory of a pull, {sizes_of} rows, {NAMES[kind]}",
                "less than 1.10",
                _memory(large.get(kind, {}), small.get(kind, {})),
                1.1,
            )
            for kind, sizes_of in (
                ("sqlite", "10M ÷ 1M"),
                ("postgres", "10M ÷ 1M"),
                ("sqlalchemy", "5M ÷ 0.5M"),
            )
        ),
    ]


def _memory(large: Mapping[str, Any], small: Mapping[str, Any]) -> float | None:
    if "full" not in large or "full" not in small:
        return None
    return float(large["full"]["peak_bytes"] / small["full"]["peak_bytes"])


def _judged(promise: str, limit: str, value: float | None, most: float) -> Judged:
    if value is None:
        return Judged(promise, limit, "not measured", None)
    return Judged(promise, limit, f"{value:.2f}", value < most)
