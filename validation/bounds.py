"""Coverage and false findings pooled over seeds, with Monte Carlo error, against their bounds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from validation.coverage import METHODS
from validation.measure import Measured

# METHODS, section A, "Validation by simulation".
LOW, HIGH, NOMINAL = 0.93, 0.97, 0.95
ERRORS_ALLOWED = 2.0


def coverage(tallies: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Pool tallies over all seeds.

    Intervals of one seed share their records, so that a seed counts as one observation: the
    standard error is that of a ratio of means over seeds.

    Returns:
        Indexed by `by`: intervals, coverage, error (one standard error), above and below (shares of
        intervals that lie wholly above or below the truth).
    """
    keys = list(by)
    seeds = tallies.groupby([*keys, "seed"])[["intervals", "above", "below"]].sum()
    held = seeds["intervals"] - seeds["above"] - seeds["below"]
    pooled = seeds.groupby(keys).sum()
    share = held.groupby(keys).sum() / pooled["intervals"]
    off = held - share.reindex(seeds.index.droplevel(-1)).to_numpy() * seeds["intervals"]
    return pd.DataFrame(
        {
            "intervals": pooled["intervals"],
            "coverage": share,
            "error": np.sqrt((off**2).groupby(keys).sum()) / pooled["intervals"],
            "above": pooled["above"] / pooled["intervals"],
            "below": pooled["below"] / pooled["intervals"],
        }
    )


def verdict(pooled: pd.DataFrame) -> "pd.Series[str]":
    """Say of each row whether its coverage lies in the bounds of its method, within chance.

    Args:
        pooled: as from `coverage`, with `method` among its index levels.

    Returns:
        `ok`, `too low` or `too high`.
    """
    methods = pooled.index.get_level_values("method")
    nominal = np.array([METHODS[method] == "nominal" for method in methods])
    allowed = ERRORS_ALLOWED * pooled["error"]
    too_low = pooled["coverage"] + allowed < np.where(nominal, LOW, NOMINAL)
    too_high = nominal & (pooled["coverage"] - allowed > HIGH)
    return pd.Series(
        np.select([too_low, too_high], ["too low", "too high"], "ok"), index=pooled.index
    )


def false_findings(findings: pd.DataFrame, found: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of runs with any finding where there is nothing to be found.

    A run is one seed's tests of one family, which are corrected together. Families of one seed
    share their records, so that a seed counts as one observation of the error.

    Args:
        findings: as `Measured` has them.
        found: `discovered` or `classified`.
        by: columns of `findings`; without them there is one row, `all`.

    Returns:
        runs, share, error (one standard error).
    """
    keys = list(by) or ["all"]
    seeds = (
        findings.assign(all="all", found=findings[found].astype(float))
        .groupby([*keys, "seed"])["found"]
        .agg(found="sum", runs="size")
    )
    pooled = seeds.groupby(keys).sum()
    share = pooled["found"] / pooled["runs"]
    off = seeds["found"] - share.reindex(seeds.index.droplevel(-1)).to_numpy() * seeds["runs"]
    return pd.DataFrame(
        {
            "runs": pooled["runs"],
            "share": share,
            "error": np.sqrt((off**2).groupby(keys).sum()) / pooled["runs"],
        }
    )


def broken_bounds(measured: Measured, false_discovery_rate: float) -> list[str]:
    """What lies outside its bounds, one sentence each; nothing if all is well."""
    broken = []
    for by in (["method"], ["quantity", "form", "method"]):
        pooled = coverage(measured.tallies, by)
        words = verdict(pooled)
        for key in words[words != "ok"].index:
            row = pooled.loc[key]
            name = key if isinstance(key, str) else " ".join(key)
            broken.append(
                f"Coverage of {name} is {words[key]}: {row['coverage']:.2%} ± {row['error']:.2%} "
                f"of {row['intervals']:,.0f} intervals."
            )
    for found in ("discovered", "classified"):
        row = false_findings(measured.findings, found).loc["all"]
        if row["share"] > false_discovery_rate + ERRORS_ALLOWED * row["error"]:
            broken.append(
                f"Without disparity, {row['share']:.2%} ± {row['error']:.2%} of runs have "
                f"something {found}; {false_discovery_rate:.0%} are allowed."
            )
    return broken
