"""Group sizes, uniques, values of outcomes and SUDA scores against known cases and real data."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.records.risk import distinct_values, group_sizes, risk_of
from rbdc.disclosure.records.suda import suda_scores


@pytest.fixture(scope="module")
def case(shared):
    cases = json.loads((shared / "reference/suppression/small_cases.json").read_text())
    return {one["name"]: one for one in cases}.__getitem__


@pytest.mark.parametrize("name", ["freqcalc_k_anonymity", "freqcalc_missing_matches_everything"])
def test_group_sizes_are_those_of_sdcmicro(case, name):
    inputs, expected = case(name)["inputs"], case(name)["expected"]
    frame = pd.DataFrame(inputs)
    sizes, weights = group_sizes(frame, ["A", "B", "C"], weight="weight")
    assert sizes.tolist() == expected["fk"]
    assert weights.tolist() == pytest.approx(expected["Fk_weighted"])
    assert (sizes == 1).sum() == expected["n_unique"]
    assert (sizes == 2).sum() == expected["n2"]


def test_values_of_an_outcome_are_counted_in_each_group(case):
    one = case("ldiversity_distinct")
    frame = pd.DataFrame(one["inputs"])
    found = distinct_values(frame, ["sex", "occupation", "ethnicity"], "sensitive")
    assert found.tolist() == one["expected"]["distinct"]


def test_suda_scores_are_those_of_the_guidelines(case):
    one = case("suda2_sdc_guidelines")
    frame = pd.DataFrame(one["inputs"])
    assert suda_scores(frame, list(frame.columns)).tolist() == one["expected"]["score"]


def test_suda_needs_fewer_columns_in_a_set_than_there_are():
    with pytest.raises(ValueError, match="between 1 and 1"):
        suda_scores(pd.DataFrame({"a": ["x"], "b": ["y"]}), ["a", "b"])


def test_the_real_arrests_are_as_risky_as_they_are_known_to_be(shared):
    frame = pd.read_csv(
        shared / "data/tps/RBDC_ARR_TBL_001.csv", dtype="string", keep_default_na=False
    )
    columns = [
        "Perceived_Race", "Sex", "Age_group__at_arrest_", "ArrestLocDiv", "Arrest_Month",
        "Arrest_Year",
    ]  # fmt: skip
    risk = risk_of(frame, columns, 5)
    assert risk.records == 65276
    assert (round(risk.unique_share, 3), round(risk.under_k_share, 3)) == (0.041, 0.157)
    more = risk_of(frame, [*columns, "Occurrence_Category"], 5)
    assert (round(more.unique_share, 2), round(more.under_k_share, 2)) == (0.26, 0.56)
    assert more.smallest == 1


def test_an_empty_value_of_its_own_never_makes_a_group_larger():
    frame = pd.DataFrame({"a": ["x", None, "x", None], "b": ["1", "1", "2", "2"]})
    assert group_sizes(frame, ["a", "b"])[0].tolist() == [2, 2, 2, 2]
    assert group_sizes(frame, ["a", "b"], missing="own_code")[0].tolist() == [1, 1, 1, 1]


def test_without_columns_all_records_look_the_same():
    risk = risk_of(pd.DataFrame({"a": ["x", "y", "z"]}), [], 5)
    assert (risk.groups, risk.smallest, risk.unique, risk.under_k) == (1, 3, 0, 3)


def test_a_file_without_records_has_no_risk():
    risk = risk_of(pd.DataFrame({"a": pd.Series([], dtype=object)}), ["a"], 5)
    assert (risk.records, risk.smallest, risk.unique_share, risk.under_k_share) == (0, 0, 0.0, 0.0)


values = st.sampled_from(["x", "y", "z", None])
tables = st.lists(st.tuples(values, values, st.sampled_from(["0", "1", None])), max_size=14)


@settings(max_examples=25, deadline=None)
@given(tables)
def test_sizes_and_values_agree_with_a_comparison_of_every_pair(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "outcome"], dtype=object)

    def alike(one, other):
        return all(
            x is None or y is None or x == y for x, y in zip(one[:2], other[:2], strict=True)
        )

    sizes = [sum(alike(one, other) for other in rows) for one in rows]
    outcomes = [len({other[2] for other in rows if alike(one, other)} - {None}) for one in rows]
    assert group_sizes(frame, ["a", "b"])[0].tolist() == sizes
    assert distinct_values(frame, ["a", "b"], "outcome").tolist() == outcomes
    assert np.array_equal(
        group_sizes(frame, ["a", "b"], missing="own_code")[0],
        [sum(one[:2] == other[:2] for other in rows) for one in rows],
    )
