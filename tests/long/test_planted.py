"""What is planted in simulated cities is found and worded, and context that explains all does."""

import pytest

from validation.context import adjusted_for_context
from validation.planted import CHANGED_ON, Bed, prepare_bed
from validation.planted_page import TRUTH, measured, section

pytestmark = pytest.mark.long
CITIES = 150


@pytest.fixture(scope="module")
def bed(project) -> Bed:
    return prepare_bed(project / "services" / "demo")


def test_planted_effects_are_found_and_worded(bed: Bed) -> None:
    rows, in_context = measured(bed, [101, 102], [103, 104], workers=2)
    assert set(rows["hypothesis"]) == set(TRUTH)
    sure = rows[rows["hypothesis"].isin(["POLICY", "GAP", "PRESENCE"])]
    assert (sure["result"] == "supports").all()
    assert all(row.reading in TRUTH[row.hypothesis][1] for row in sure.itertuples())
    # With two cities chance decides little: nothing planted as absent is far from 1.
    absent = rows[rows["hypothesis"].isin(["CONTEXT", "ABSENCE"])]
    assert absent["estimate"].between(0.7, 1.4).all()
    assert "2 cities" in section(rows, in_context)


def test_intervals_in_equal_context_hold_the_truth(bed: Bed) -> None:
    found = adjusted_for_context(bed.config, range(2000, 2000 + CITIES), "Black", "White",
                                 CHANGED_ON)  # fmt: skip
    holding = ((found["low"] <= 1) & (found["high"] >= 1)).mean()
    # 0.95 ± 4 standard errors of so many cities
    assert 0.88 <= holding <= 1
    assert 0.8 < found["z"].std() < 1.2
