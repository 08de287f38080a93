"""Headlines and hypotheses agree on what unknown race could turn."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.analysis.unknown_race import turning_figures
from rbdc.statistics import estimation_rules
from tests.unit.analysis.cells import answers, cell, with_estimates

INDICATOR = "strip_search_of_arrests"


def test_an_index_just_above_one_without_unknown_outcomes_turns(framework):
    # Every unknown person is without the outcome: shared out, they bring the index under 1.
    groups = {"Black": (400, 1000), "White": (500, 1900), "Unknown": (0, 900)}
    figures = with_estimates(cell(framework, INDICATOR, groups), framework)
    white = figures[figures["race_group"] == "White"].iloc[0]
    assert white["disproportionality_index"] > 1
    assert math.isnan(white["tipping_point"])
    assert white["figure_id"] in turning_figures(figures, estimation_rules(framework))


def test_nothing_turns_where_all_races_are_known(framework):
    groups = {"Black": (400, 1000), "White": (500, 1900), "Unknown": (0, 0)}
    figures = with_estimates(cell(framework, INDICATOR, groups), framework)
    assert not turning_figures(figures, estimation_rules(framework))


PAIR = st.integers(20, 900).flatmap(lambda n: st.tuples(st.integers(10, n), st.just(n)))


@settings(max_examples=10, deadline=None)
@given(st.fixed_dictionaries({"Black": PAIR, "Indigenous": PAIR, "White": PAIR, "Unknown": PAIR}))
def test_a_hypothesis_says_of_a_figure_what_its_headline_says(framework, groups):
    one = framework.hypotheses[0].model_copy(update={"benchmarks": ("arrest",)})
    framework = framework.model_copy(update={"hypotheses": (one,), "policy_changes": ()})
    tables = answers(cell(framework, INDICATOR, groups, period="2020"), framework)
    found = tables["findings"]
    said = found[found["measure"] == "index"].pivot(
        index="race_group", columns="subject_type", values="reading"
    )
    both = said.dropna()
    # Families of tests differ, so that one can detect what the other does not; never the reverse.
    apart = both[both["headline"] != both["hypothesis"]]
    assert apart.isin(["no_disparity_detected"]).any(axis=1).all()
