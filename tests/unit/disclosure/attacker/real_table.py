"""A release of one real table: Toronto arrests by chosen columns, with only primaries hidden."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pandas as pd

from tests.unit.disclosure.attacker.releases import HIDDEN, Made, count, dimension, write_release

COLUMNS = {
    "race": "Perceived_Race",
    "division": "ArrestLocDiv",
    "age": "Age_group__at_arrest_",
    "sex": "Sex",
    "year": "Arrest_Year",
}


def write_strip_searches(
    folder: Path, source: Path, dimensions: Sequence[str], hide_margins: bool
) -> tuple[Path, pd.DataFrame]:
    """Strip searches by the dimensions with every margin; counts 1 to 4 are hidden.

    Args:
        folder: The new release folder.
        source: RBDC_ARR_TBL_001.csv.
        dimensions: Names from COLUMNS; `year` becomes the period.
        hide_margins: Whether counts 1 to 4 are hidden in margins too.

    Returns:
        The folder and the true counts with columns of the dimensions (`All` for a margin).
    """
    frame = pd.read_csv(source, dtype=str, keep_default_na=False)
    codes = {}
    for name in dimensions:
        frame[name] = frame[COLUMNS[name]].replace("", "(empty)")
        codes[name] = sorted(frame[name].unique())
    searched = frame[frame["StripSearch"] == "1"]
    counts = {}
    for chosen in product(*[(False, True)] * len(dimensions)):
        kept = [name for name, keep in zip(dimensions, chosen, strict=True) if keep]
        found = searched.groupby(kept).size().to_dict() if kept else {(): len(searched)}
        for key in product(*(codes[name] if name in kept else ["All"] for name in dimensions)):
            short = tuple(code for code in key if code != "All")
            lookup = short[0] if len(kept) == 1 else short
            counts[key] = int(found.get(lookup, 0))
    rows, truth = [], []
    for key, value in counts.items():
        hide = 1 <= value <= 4 and (hide_margins or "All" not in key)
        rows.append([*("all" if k == "All" and n == "year" else k
                       for n, k in zip(dimensions, key, strict=True)),
                     HIDDEN if hide else value])  # fmt: skip
        truth.append([*key, value, hide])
    roles = {name: {"role": "period"} if name == "year" else dimension(name) for name in dimensions}
    made = Made(
        "strip_searches",
        {**roles, "strip_searches": count()},
        rows,
        {"kind": "counts", "measure": "strip_search", "unit": "person"},
    )
    write_release(
        folder, [made], {name: codes[name] for name in dimensions if name != "year"},
        [("strip_search", "arrest")],
    )  # fmt: skip
    return folder, pd.DataFrame(truth, columns=[*dimensions, "value", "hidden"])
