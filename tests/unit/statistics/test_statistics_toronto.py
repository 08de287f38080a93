"""The real 2020 arrests of Toronto: the indices that the domain page lists, and their bounds."""

from pathlib import Path

import pandas as pd
import pytest

from rbdc.statistics import EstimationRules, estimate

INDICES = {
    "Indigenous": 1.29,
    "Black": 1.16,
    "White": 1.07,
    "Latino": 0.70,
    "East/Southeast Asian": 0.65,
    "South Asian": 0.62,
    "Middle-Eastern": 0.61,
}


@pytest.fixture(scope="module")
def estimates(shared: Path, cell_of_people) -> pd.DataFrame:
    arrests = pd.read_csv(shared / "data" / "tps" / "RBDC_ARR_TBL_001.csv", dtype=str)
    arrests = arrests[arrests["Arrest_Year"] == "2020"]
    race = arrests["Perceived_Race"].replace("Unknown or Legacy", "Unknown").fillna("Unknown")
    people = pd.DataFrame(
        {
            "person": arrests["PersonID"],
            "race_group": race,
            "x": (arrests["StripSearch"] == "1").astype(int),
            "n": 1,
        }
    )
    people = people.groupby(["person", "race_group"], as_index=False)[["x", "n"]].sum()
    counts = cell_of_people(people)
    assert counts["outcome_total"].eq(7115).all()
    assert counts["benchmark_total"].eq(31_979).all()
    found = estimate(counts, EstimationRules())
    return found.set_axis(counts["race_group"], axis="index")


def test_indices_and_bounds(estimates: pd.DataFrame) -> None:
    index = estimates["disproportionality_index"].drop("Unknown")
    assert index.round(2).to_dict() == INDICES
    black = estimates.loc["Black"]
    assert round(black["bound_low"], 2) == 0.93
    assert round(black["bound_high"], 2) == 1.34
    assert estimates.loc["Black", ["index_low", "index_high"]].between(1.1, 1.21).all()


def test_repeat_people_are_counted_in(estimates: pd.DataFrame) -> None:
    assert set(estimates["variance_method"]) == {"person_clustered"}
    over = estimates.index[estimates["classification"] == "over_represented"]
    assert set(over) == {"Indigenous", "Black", "White"}
