"""The command `python -m validation.planted_page`: planted effects over seeds, into the page."""

import argparse
import multiprocessing
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from validation.context import adjusted_for_context
from validation.planted import (
    CHANGE,
    CHANGED_ON,
    FORCE,
    MET,
    NO_DIFFERENCE,
    RESIDENTS,
    Bed,
    answer,
)

# What follows it in the page is written by this command, what stands before by `validate`.
MARK = "<!-- written by `make validate-planted`; do not edit -->"
_PAGE = Path("docs/validation.md")
_DEMO = Path("services/demo")
# Truth of each question's estimate, and the readings that word it rightly.
TRUTH = {
    "POLICY": (None, ("reduced",)),
    "GAP": (None, ("gap_widened",)),
    "CONTEXT": (1.0, ("explained_by_context",)),
    "ABSENCE": (1.0, ("no_disparity_detected", "too_small_to_matter")),
    "PRESENCE": (None, ("over_represented",)),
}
_WORDS = {
    "POLICY": "a change of procedure that reduced strip searches of every group",
    "GAP": "the same change, weaker for two groups: their gap widened",
    "CONTEXT": "more arrests that come from the kind of call alone",
    "ABSENCE": "no disparity of force in weapons and homicide occurrences",
    "PRESENCE": "a disparity of force in assaults",
}
_HEAD = (
    "| planted | rows | mean estimate | without adjustment, or before | holds | supported "
    "| worded rightly | opposite |"
)
_bed: Bed  # of a worker process


def outcomes(results: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """One row a row of a hypothesis: estimate, interval, result, reading, sentence.

    Args:
        results: `hypothesis_results` of one seed.
        findings: `findings` of the same.
    """
    said = findings[(findings["subject_type"] == "hypothesis") & (findings["measure"] != "verdict")]
    said = said.rename(columns={"subject": "hypothesis"})
    keys = ["hypothesis", "race_group", "dimension_value"]
    columns = [*keys, "reading", "sentence_en"]
    return results[[*keys, "estimate", "low", "high", "crude_estimate", "result"]].merge(
        said[columns], on=keys, validate="one_to_one"
    )


def section(rows: pd.DataFrame, in_context: pd.DataFrame) -> str:
    """The part of the page, from the outcomes of all seeds and `adjusted_for_context`."""
    lines = []
    for name, own in rows.groupby("hypothesis", sort=False):
        truth, right = TRUTH[str(name)]
        supported = (own["result"] == "supports").mean()
        opposite = (own["result"] == "contradicts").mean()
        worded = own["reading"].isin(right).mean()
        holds = ((own["low"] <= truth) & (own["high"] >= truth)).mean() if truth else None
        lines.append(
            f"| {_WORDS[str(name)]} | {len(own)} | {own['estimate'].mean():.3f} | "
            f"{own['crude_estimate'].mean():.3f} | "
            f"{'' if holds is None else f'{holds:.0%}'} | {supported:.0%} | {worded:.0%} | "
            f"{opposite:.0%} |".replace("nan", "")
        )
    first = rows[rows["seed"] == rows["seed"].min()].drop_duplicates("hypothesis")
    sentences = "\n".join(f"- {sentence}" for sentence in first["sentence_en"])
    met = ", ".join(f"{name.lower()} {ratio:g}" for name, ratio in MET.items())
    change, factor = " and ".join(CHANGE), CHANGE["Black"]
    seeds = rows["seed"].nunique()
    return f"""{MARK}

## Planted effects

{seeds} cities of {RESIDENTS:,} residents, two years each, with sound records, are counted by the
project's models, estimated, put to hypotheses and worded by `rbdc.analysis`. Planted are:

- a change of procedure: the chance of a strip search × 0.2, for {change} people × {factor:g};
- Black people met more often in calls that lead to arrests ({met}), while
  the chance of an arrest is the same for everybody in a call;
- force used {FORCE:g} times as often on Black people, but not in weapons and homicide occurrences.

A difference between {NO_DIFFERENCE[0]:g} and {NO_DIFFERENCE[1]:g} is declared not to matter.

`supported`: rows in which the hypothesis is found supported. `worded rightly`: rows whose sentence
says what was planted. `opposite`: rows that say the opposite. `holds`: intervals that hold the
truth 1 (95% is promised; with so few seeds, give or take ten points).

{_HEAD}
|---|---|---|---|---|---|---|---|
{chr(10).join(lines)}

Few cities say little about an interval, so the arrests in equal context are also counted in
{len(in_context):,} more cities, straight from what the simulator drew (the same cities give the
same ratios by both ways): the mean of the ratios is {in_context["ratio"].mean():.4f}, and
{_holding(in_context):.1%} of the 95% intervals hold the truth 1; log ratios over their standard
errors have a spread of {in_context["z"].std():.2f}.

The sentences of the first city, one a question:

{sentences}

Force is compared by incidents, whose race group depends on everybody in them, so that its ratios
lie nearer to 1 than what was planted for a person.
"""


def _holding(found: pd.DataFrame) -> float:
    return float(((found["low"] <= 1) & (found["high"] >= 1)).mean())


def with_section(page: str, planted: str) -> str:
    """The page with its planted part replaced."""
    return page.split(MARK)[0].rstrip("\n") + "\n\n" + planted


def _start(bed: Bed) -> None:
    global _bed
    _bed = bed


def _measure(seed: int) -> pd.DataFrame:
    tables = answer(_bed, seed)
    return outcomes(tables["hypothesis_results"], tables["findings"]).assign(seed=seed)


def _measure_context(seed: int) -> pd.DataFrame:
    reference = _bed.framework.reference_group
    return adjusted_for_context(_bed.config, [seed], "Black", reference, CHANGED_ON)


def measured(
    bed: Bed, seeds: Iterable[int], context_seeds: Iterable[int], workers: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outcomes of all seeds, and arrests in equal context of the others."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(bed,)) as pool:
        return (
            pd.concat(list(pool.map(_measure, seeds)), ignore_index=True),
            pd.concat(pool.map(_measure_context, context_seeds), ignore_index=True),
        )


def main() -> None:
    """Measure and write the part of the page."""
    from validation.planted import prepare_bed

    parser = argparse.ArgumentParser(prog="python -m validation.planted_page", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="cities (20)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument(
        "--context-seeds", type=int, default=1000, help="cities for arrests in context (1000)"
    )
    options = parser.parse_args()
    began = time.monotonic()
    last = options.seeds + options.context_seeds
    seeds, others = range(1, options.seeds + 1), range(options.seeds + 1, last + 1)
    rows, in_context = measured(prepare_bed(_DEMO), seeds, others, options.workers)
    planted = section(rows, in_context)
    _PAGE.write_text(with_section(_PAGE.read_text("utf-8"), planted), encoding="utf-8")
    print(f"{_PAGE} written after {time.monotonic() - began:,.0f} s")
    print(rows.groupby("hypothesis")[["result"]].value_counts().to_string())


if __name__ == "__main__":
    main()
