"""Adjusted ratios: known truth, statsmodels on single records, separation, and every refusal."""

import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rbdc.statistics.adjusted import adjusted_ratios
from rbdc.statistics.stratified import mantel_haenszel_ratio

pytestmark = pytest.mark.filterwarnings("error")


def build_frame(*rows: tuple, context: tuple[str, ...] = ("division",)) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["race", *context, "x", "n"])


def fit(frame: pd.DataFrame, context: tuple[str, ...] = ("division",), **options) -> pd.DataFrame:
    found = adjusted_ratios(frame, "race", "White", list(context), "x", "n", **options)
    return found.set_index("group")


CONFOUNDED = build_frame(
    *(("Black", "D1", 400, 800), ("White", "D1", 100, 200)),
    *(("Black", "D2", 20, 200), ("White", "D2", 80, 800)),
)


def test_context_that_explains_everything() -> None:
    crude, found = fit(CONFOUNDED, ()), fit(CONFOUNDED)
    assert crude.loc["Black", "ratio"] == pytest.approx(0.42 / 0.18)
    assert found.loc["Black", "ratio"] == pytest.approx(1)
    assert found.loc["Black", "p_value"] == pytest.approx(1)
    assert found.loc["Black", ["method", "status"]].tolist() == ["poisson_hc0", "converged"]
    white = found.loc["White"]
    assert (white["ratio"], white["status"]) == (1, "reference")
    assert white[["low", "high", "p_value", "method"]].isna().all()


def test_without_context_it_is_the_crude_ratio_with_its_usual_interval() -> None:
    found = fit(build_frame(("White", 30, 600), ("Black", 40, 400), context=()), ()).loc["Black"]
    width = np.exp(1.959964 * np.sqrt(1 / 40 - 1 / 400 + 1 / 30 - 1 / 600))
    assert found[["ratio", "low", "high"]].tolist() == pytest.approx([2, 2 / width, 2 * width])
    outside = fit(build_frame(("White", 30, 6), ("Black", 40, 4), context=()), (), subset=False)
    width = np.exp(1.959964 * np.sqrt(1 / 40 + 1 / 30))
    assert outside.loc["Black", ["ratio", "low", "high"]].tolist() == pytest.approx(
        [2, 2 / width, 2 * width], rel=1e-5
    )


def records(seed: int = 1) -> pd.DataFrame:
    """Grouped counts of two context columns with true ratios 1.8 (Black) and 0.7 (Other)."""
    rng = np.random.default_rng(seed)
    ratio = {"White": 1, "Black": 1.8, "Other": 0.7}
    base = {"D1": 0.05, "D2": 0.1, "D3": 0.2}
    rows = []
    for race, division, sex in itertools.product(ratio, base, "MF"):
        n = int(rng.integers(60, 300))
        rate = ratio[race] * base[division] * {"M": 1, "F": 0.6}[sex]
        rows.append((race, division, sex, int(rng.binomial(n, rate)), n))
    return build_frame(*rows, context=("division", "sex"))


def test_it_equals_statsmodels_on_single_records() -> None:
    frame = records()
    found = fit(frame, ("division", "sex"), confidence=0.9)
    single = frame.loc[frame.index.repeat(frame["n"])]
    y = np.concatenate([np.arange(n) < x for x, n in zip(frame["x"], frame["n"], strict=True)])
    design = pd.get_dummies(single[["race", "division", "sex"]]).astype(float)
    design = sm.add_constant(design.drop(columns=["race_White", "division_D1", "sex_F"]))
    oracle = sm.GLM(y.astype(float), design, family=sm.families.Poisson()).fit(cov_type="HC0")
    limits = np.exp(oracle.conf_int(0.1))
    for race in ("Black", "Other"):
        row, name = found.loc[race], f"race_{race}"
        assert row["ratio"] == pytest.approx(np.exp(oracle.params[name]), rel=1e-6)
        assert row[["low", "high"]].tolist() == pytest.approx(limits.loc[name].tolist(), rel=1e-5)
        assert row["p_value"] == pytest.approx(oracle.pvalues[name], rel=1e-3)


def test_outside_the_benchmark_it_equals_statsmodels_on_counts_but_for_hc0() -> None:
    frame = records().assign(n=lambda f: f["n"] / 50)
    found = fit(frame, ("division", "sex"), subset=False)
    design = pd.get_dummies(frame[["race", "division", "sex"]]).astype(float)
    design = sm.add_constant(design.drop(columns=["race_White", "division_D1", "sex_F"]))
    family, offset = sm.families.Poisson(), np.log(frame["n"])
    oracle = sm.GLM(frame["x"].astype(float), design, family=family, offset=offset).fit()
    for race in ("Black", "Other"):
        name = f"race_{race}"
        assert found.loc[race, "ratio"] == pytest.approx(np.exp(oracle.params[name]), rel=1e-4)
        error = np.log(found.loc[race, "high"] / found.loc[race, "low"]) / 2 / 1.959964
        assert error == pytest.approx(oracle.bse[name], rel=0.1)


def test_it_agrees_with_mantel_haenszel_over_the_same_strata() -> None:
    frame = records()
    found = fit(frame, ("division", "sex")).loc["Black"]
    wide = frame.pivot(index=["division", "sex"], columns="race", values=["x", "n"])
    sides = [wide[one].to_numpy() for one in (("x", "Black"), ("n", "Black"))]
    sides += [wide[one].to_numpy() for one in (("x", "White"), ("n", "White"))]
    pooled = mantel_haenszel_ratio(*sides, np.zeros(6, int), 1)
    assert found["ratio"] == pytest.approx(pooled.estimate[0], rel=0.05)
    assert found["high"] == pytest.approx(pooled.high[0], rel=0.08)


def test_design_effects_of_all_groups_or_of_each() -> None:
    frame = records()
    plain = fit(frame, ("division", "sex"))
    every = fit(frame, ("division", "sex"), deff=4)
    one = fit(frame, ("division", "sex"), deff={"Black": 4})
    spread = [np.log(found["high"] / found["low"]) for found in (plain, every, one)]
    assert (spread[1] / spread[0])[["Black", "Other"]].tolist() == pytest.approx([2, 2])
    assert (spread[2] / spread[0])[["Black", "Other"]].tolist() == pytest.approx([2, 1])
    assert every["ratio"].equals(plain["ratio"])


def test_a_group_without_outcomes_is_penalised_and_leaves_the_others_alone() -> None:
    with_it = build_frame(("White", 120, 3000), ("Black", 7, 90), ("Indigenous", 0, 40), context=())
    found, without = fit(with_it, ()), fit(with_it[:2], ())
    assert found.loc["Black"].equals(without.loc["Black"])
    row = found.loc["Indigenous"]
    assert row[["method", "status"]].tolist() == ["firth_poisson_profile", "converged"]
    # One rate a group: Firth's penalty adds half an outcome to each.
    assert row["ratio"] == pytest.approx((0.5 / 40) / (120.5 / 3000), rel=1e-4)
    assert 0 < row["low"] < row["ratio"] < row["high"]
    assert row["p_value"] > 0.05
    assert row["low"] < 1 < row["high"]


def test_the_profile_limits_are_those_of_the_penalised_likelihood() -> None:
    frame = build_frame(("White", 120, 3000), ("Indigenous", 0, 40), context=())
    row = fit(frame, ()).loc["Indigenous"]

    def penalised(log_ratio: float) -> float:
        """Profile of x·log(mu) − mu + log(mu)/2 over the intercept."""
        from scipy.optimize import minimize_scalar

        def negative(intercept: float) -> float:
            mu = np.exp([intercept, intercept + log_ratio]) * [3000, 40]
            return -float(np.sum(np.array([120.5, 0.5]) * np.log(mu) - mu))

        return -minimize_scalar(negative, bracket=(-4, -3), tol=1e-12).fun

    best = penalised(float(np.log(row["ratio"])))
    for limit in (row["low"], row["high"]):
        assert 2 * (best - penalised(np.log(limit))) == pytest.approx(3.841459, rel=1e-3)
    from scipy import stats

    assert row["p_value"] == pytest.approx(stats.chi2.sf(2 * (best - penalised(0)), 1), rel=1e-3)
    wide = fit(frame, (), deff=2).loc["Indigenous"]
    assert 2 * (best - penalised(np.log(wide["high"]))) == pytest.approx(2 * 3.841459, rel=1e-3)


def test_penalised_inside_context() -> None:
    rows = [*CONFOUNDED.itertuples(index=False), ("Other", "D1", 0, 30), ("Other", "D2", 0, 5)]
    found = fit(build_frame(*rows))
    assert found.loc["Other", "status"] == "converged"
    # 30 of division D1, where half are searched: none at all is far too few.
    assert found.loc["Other", "high"] < 1
    assert found.loc["Other", "p_value"] < 1e-3


def test_levels_without_outcomes_change_nothing() -> None:
    rows = [*CONFOUNDED.itertuples(index=False), ("Black", "D3", 0, 90), ("White", "D3", 0, 700)]
    with_it, without = fit(build_frame(*rows)), fit(CONFOUNDED)
    pd.testing.assert_frame_equal(with_it, without, rtol=1e-9)
    only_there = fit(build_frame(*rows, ("Other", "D3", 0, 8)))
    assert only_there.loc["Other", "status"] == (
        "the group occurs only where nobody has the outcome"
    )


def test_a_context_that_separates_makes_every_group_penalised() -> None:
    # In D2 only Other has outcomes, in D1 only the others: infinite, though no margin is empty.
    frame = build_frame(
        *(("White", "D1", 30, 90), ("Black", "D1", 20, 40), ("Other", "D1", 0, 60)),
        *(("White", "D2", 0, 70), ("Black", "D2", 0, 30), ("Other", "D2", 25, 50)),
    )
    found = fit(frame)
    tested = found.drop(index="White")
    assert (tested["status"] == "converged").all()
    assert np.isfinite(tested[["ratio", "low", "high", "p_value"]]).all(axis=None)


def test_groups_that_share_no_context_with_the_reference() -> None:
    rows = [*CONFOUNDED.itertuples(index=False), ("Other", "D9", 5, 30), ("Indigenous", "D9", 0, 8)]
    found = fit(build_frame(*rows))
    apart = "the group and the reference share no context"
    assert found.loc[["Other", "Indigenous"], "status"].tolist() == [apart, apart]
    assert found.loc["Other"].drop("status").isna().all()
    assert found.loc["Black", "ratio"] == pytest.approx(1)
    # Through a third group the two can be compared, as the model has no interactions.
    bridged = fit(build_frame(*rows[:5], ("Black", "D9", 7, 50)))
    assert bridged.loc["Other", "ratio"] == pytest.approx((5 / 30) / (7 / 50), rel=0.2)


def test_context_columns_that_say_the_same_are_used_once() -> None:
    doubled = CONFOUNDED.assign(area=CONFOUNDED["division"].map({"D1": "N", "D2": "S"}))
    pd.testing.assert_frame_equal(fit(doubled, ("division", "area")), fit(CONFOUNDED), rtol=1e-9)


def test_nulls_in_the_context_are_a_level_of_their_own() -> None:
    nulls = CONFOUNDED.assign(division=CONFOUNDED["division"].where(lambda d: d == "D1", None))
    pd.testing.assert_frame_equal(fit(nulls), fit(CONFOUNDED), rtol=1e-9)


@pytest.mark.parametrize(
    ("white", "reason"),
    [
        (None, "the reference group is not in the data"),
        ((0, 0), "the reference group has no population"),
        ((0, 50), "the reference group has no outcomes"),
    ],
)
def test_without_a_reference_nothing_is_compared(white, reason) -> None:
    rows = [("Black", 4, 20)] + ([("White", *white)] if white else [])
    found = fit(build_frame(*rows, context=()), ())
    assert set(found["status"]) == {reason}
    assert found.drop(columns="status").isna().all(axis=None)


def test_other_refusals() -> None:
    frame = build_frame(("White", 20, 20), ("Black", 5, 5), ("Other", 0, 0), context=())
    found = fit(frame, ())
    assert found.loc["Black", "status"] == "the estimate has no interval"
    assert found.loc["Other", "status"] == "the group has no population"
    assert found.loc["Black", ["ratio", "low", "p_value"]].isna().all()
    huge = build_frame(("White", 50, 90), ("Other", 0, 8), context=())
    assert fit(huge, (), deff=1e4).loc["Other", "status"] == "the estimate has no interval"
    assert len(fit(frame[:0], ())) == 0


def test_outcomes_that_have_no_population_are_told() -> None:
    rows = [*CONFOUNDED.itertuples(index=False), ("Black", "D7", 3, 0)]
    found = fit(build_frame(*rows), subset=False)
    assert found.loc["Black", "status"] == ("converged, without 3 outcomes that have no population")
    assert found.loc["Black", "ratio"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [-1, 1, 1, 1]}, "x must be 0 or more"),
        ({"n": [np.nan, 1, 1, 1]}, "n must be 0 or more"),
        ({"race": ["White", None, "Black", "White"]}, "race must not be null"),
        ({"n": [1, 1, 1, 1]}, "x exceeds n"),
    ],
)
def test_contradictions_are_refused(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit(CONFOUNDED.assign(**change))
    with pytest.raises(ValueError, match="lacks the column"):
        fit(CONFOUNDED.drop(columns="x"))


cells = st.tuples(st.integers(0, 200), st.floats(0, 1)).map(
    lambda cell: (round(cell[0] * cell[1]), cell[0])
)

NEWTON_FAILS = [(1, 1), *[(0, 0)] * 5, (0, 5), (0, 0), (1, 1)]


@settings(deadline=None, max_examples=60)
@given(
    counts=st.lists(cells, min_size=9, max_size=9),
    subset=st.booleans(),
    seed=st.integers(0, 99),
)
@example(counts=NEWTON_FAILS, subset=False, seed=0)
def test_every_pattern_has_an_answer_in_numbers_or_in_words(counts, subset, seed) -> None:
    keys = itertools.product(["White", "Black", "Other"], ["D1", "D2", "D3"])
    frame = build_frame(*((*key, *cell) for key, cell in zip(keys, counts, strict=True)))
    found = fit(frame, subset=subset)
    done = found["status"] == "converged"
    figures = found[["ratio", "low", "high", "p_value"]]
    assert np.isfinite(figures[done]).all(axis=None)
    assert (found["low"] <= found["ratio"]).eq(done).all()
    assert (found["ratio"] <= found["high"]).eq(done).all()
    assert figures[~done].drop(index="White", errors="ignore").isna().all(axis=None)
    assert (found["status"] != "").all()
    excluded = (found["low"] > 1) | (found["high"] < 1)
    clear = done & ((found["p_value"] - 0.05).abs() > 1e-4)
    assert (excluded == (found["p_value"] < 0.05))[clear].all()
    shuffled = fit(frame.sample(frac=1, random_state=seed), subset=subset)
    pd.testing.assert_frame_equal(shuffled, found, rtol=1e-4, atol=1e-9)


def test_the_interval_covers() -> None:
    hits = []
    for seed in range(120):
        row = fit(records(seed), ("division", "sex")).loc["Black"]
        hits.append(row["low"] <= 1.8 <= row["high"])
    assert 0.9 <= np.mean(hits) <= 0.99


def test_slow_packages_are_imported_only_where_they_fit_a_model() -> None:
    program = (
        "import sys, rbdc.statistics.adjusted, rbdc.statistics.policy; "
        "sys.exit(bool({'statsmodels', 'sklearn', 'firthmodels'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
