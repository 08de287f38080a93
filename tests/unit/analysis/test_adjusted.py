"""Ratios in equal context, against textbooks' formulas and statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from rbdc.analysis.adjusted import adjusted
from rbdc.statistics import estimation_rules
from tests.unit.analysis.cells import cell, context, together, with_estimates

INDICATOR = "strip_search_of_arrests"


def ratios(framework, strata, **keys):
    """Rows made of {division: {group: (searches, arrests)}}."""
    totals = {}
    for groups in strata.values():
        for group, (x, n) in groups.items():
            before = totals.get(group, (0, 0))
            totals[group] = (before[0] + x, before[1] + n)
    held = context(
        {"race_group": group, "year": "2022", "quarter": "2022-Q1", "division": division,
         "strip_search": x, "arrest": n}
        for division, groups in strata.items()
        for group, (x, n) in groups.items()
    )  # fmt: skip
    counts = cell(framework, INDICATOR, keys.pop("totals", totals), **keys)
    figures = with_estimates(counts, framework)
    return adjusted(figures, held, framework, estimation_rules(framework))


def of(rows, group, method="mantel_haenszel"):
    return rows[(rows["race_group"] == group) & (rows["method"] == method)].iloc[0]


ALIKE_WITHIN = {
    "D11": {"Black": (40, 80), "White": (10, 20)},
    "D12": {"Black": (2, 20), "White": (8, 80)},
}


def test_a_difference_that_is_all_context_goes(framework):
    rows = ratios(framework, ALIKE_WITHIN)
    stratified, regression = of(rows, "Black"), of(rows, "Black", "poisson_regression")
    assert stratified["crude_ratio"] == pytest.approx((42 / 100) / (18 / 100))
    assert stratified["adjusted_ratio"] == pytest.approx(1)
    assert regression["adjusted_ratio"] == pytest.approx(1)
    assert stratified["p_value"] == pytest.approx(1)
    assert stratified["strata_used"] == 2 and stratified["status"] == "estimated"
    assert stratified["adjusted_for"] == "occurrence_category,division,quarter"


def test_interval_of_greenland_and_robins_by_hand(framework):
    strata = {
        "D11": {"Black": (30, 80), "White": (10, 50)},
        "D12": {"Black": (9, 40), "White": (14, 90)},
    }
    row = of(ratios(framework, strata), "Black")
    top = bottom = spread = 0.0
    for groups in strata.values():
        (a, n1), (b, n0) = groups["Black"], groups["White"]
        n = n1 + n0
        top, bottom = top + a * n0 / n, bottom + b * n1 / n
        spread += ((a + b) * n1 * n0 - a * b * n) / n**2
    error = math.sqrt(spread / (top * bottom))
    assert row["adjusted_ratio"] == pytest.approx(top / bottom)
    assert row["adjusted_low"] == pytest.approx(top / bottom * math.exp(-1.959964 * error))
    assert row["adjusted_high"] == pytest.approx(top / bottom * math.exp(1.959964 * error))


def test_the_regression_is_that_of_statsmodels(framework):
    strata = {
        "D11": {"Black": (30, 80), "White": (10, 50), "Latino": (6, 20)},
        "D12": {"Black": (9, 40), "White": (14, 90), "Latino": (5, 35)},
    }
    rows = ratios(framework, strata)
    cells = [(d, g, x, n) for d, groups in strata.items() for g, (x, n) in groups.items()]
    design = np.array([[1, g == "Black", g == "Latino", d == "D12"] for d, g, _, _ in cells], float)
    x, n = (np.array([one[place] for one in cells], float) for place in (2, 3))
    fit = sm.GLM(x, design, family=sm.families.Poisson(), offset=np.log(n)).fit()
    for place, group in ((1, "Black"), (2, "Latino")):
        row = of(rows, group, "poisson_regression")
        assert row["adjusted_ratio"] == pytest.approx(math.exp(fit.params[place]), rel=1e-6)
        assert row["interval_method"] == "poisson_hc0"


def test_one_context_gives_the_crude_ratio(framework):
    rows = ratios(framework, {"D11": {"Black": (30, 90), "White": (20, 120)}})
    for method in ("mantel_haenszel", "poisson_regression"):
        row = of(rows, "Black", method)
        assert row["adjusted_ratio"] == pytest.approx(row["crude_ratio"]) == pytest.approx(2)


@pytest.mark.parametrize(
    ("strata", "status"),
    [
        ({"D11": {"Black": (0, 30), "White": (9, 60)}},
         "the group has no outcome in the strata that it shares"),
        ({"D11": {"Black": (3, 30), "White": (0, 60)}},
         "the reference group has no outcome in the strata that it shares"),
        ({"D11": {"Black": (3, 30)}, "D12": {"White": (9, 60)}},
         "no stratum holds both groups and an outcome"),
        ({"D11": {"Black": (9, 9), "White": (8, 8)}},
         "everybody in the shared strata has the outcome"),
    ],
)  # fmt: skip
def test_strata_that_say_nothing_say_why(framework, strata, status):
    row = of(ratios(framework, strata), "Black")
    assert row["status"] == status
    assert math.isnan(row["adjusted_low"]) and math.isnan(row["p_value"])


def test_a_group_without_outcomes_is_fitted_with_a_penalty(framework):
    strata = {d: {"Black": (0, 30), "White": (9, 60), "Latino": (4, 30)} for d in ("D11", "D12")}
    row = of(ratios(framework, strata), "Black", "poisson_regression")
    assert row["interval_method"] == "firth_poisson_profile"
    assert 0 < row["adjusted_ratio"] < 1


def test_a_group_whose_context_is_not_known_keeps_its_rows(framework):
    rows = ratios(
        framework,
        {"D11": {"Black": (30, 90), "White": (20, 120)}},
        totals={"Black": (30, 90), "White": (20, 120), "Latino": (3, 10)},
    )
    assert of(rows, "Latino", "poisson_regression")["status"] == "no context is known of the group"
    assert math.isnan(of(rows, "Latino")["adjusted_ratio"])


def test_no_context_at_all_is_no_crash(framework):
    rows = ratios(framework, {}, totals={"Black": (30, 90), "White": (20, 120)})
    assert len(rows) == 2 and rows["adjusted_ratio"].isna().all()
    assert rows["status"].notna().all()


def test_reference_unknown_and_empty_groups_are_not_compared(framework):
    strata = {"D11": {"Black": (30, 90), "White": (20, 120), "Unknown": (5, 9), "Latino": (0, 0)}}
    rows = ratios(framework, strata)
    assert set(rows["race_group"]) == {"Black"}


def test_services_and_years_are_adjusted_apart(framework):
    held = context(
        {"service": service, "race_group": group, "year": "2022", "division": "D11",
         "strip_search": x, "arrest": 100}
        for service, counts in (("A", (30, 10)), ("B", (10, 20)))
        for group, x in zip(("Black", "White"), counts, strict=True)
    )  # fmt: skip
    counts = together(
        cell(framework, INDICATOR, {"Black": (b, 100), "White": (w, 100)}, service=service)
        for service, (b, w) in (("A", (30, 10)), ("B", (10, 20)))
    )
    rows = adjusted(with_estimates(counts, framework), held, framework, estimation_rules(framework))
    found = rows[rows["method"] == "mantel_haenszel"].set_index("service")["adjusted_ratio"]
    assert found.to_dict() == pytest.approx({"A": 3.0, "B": 0.5})
    # one test a family and service: nothing to correct for
    assert rows["q_value"].tolist() == pytest.approx(rows["p_value"].tolist())
