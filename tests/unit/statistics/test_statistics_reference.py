"""The published and R-computed worked examples beside the project, for every method we have."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from rbdc.statistics.comparisons import (
    exact_rate_ratio,
    mover_ratio,
    proportion_difference,
    proportion_ratio,
)
from rbdc.statistics.counts import byar, exact_poisson, rate_interval
from rbdc.statistics.multiple import q_values
from rbdc.statistics.proportions import clopper_pearson, wilson


@pytest.fixture(scope="session")
def reference(shared: Path) -> dict[str, dict]:
    cases = json.loads((shared / "reference" / "stats_reference.json").read_text())
    return {case["name"]: case for case in cases}


BINOMIAL = ["binomial_ci_0_10", "binomial_ci_1_10", "binomial_ci_3_15", "binomial_ci_15_148"]
PROPORTION_PAIRS = [
    "prop_ratio_ci_7_34_1_34",
    "prop_ratio_ci_36_40_16_80",
    "prop_ratio_ci_0_20_5_100",
]
RATE_PAIRS = [
    "poisson_rate_ratio_60_30",
    "poisson_rate_ratio_8_1",
    "poisson_rate_ratio_17_3",
]


@pytest.mark.parametrize("method", [clopper_pearson, wilson])
@pytest.mark.parametrize("name", BINOMIAL)
def test_one_proportion(
    reference: dict[str, dict], name: str, method: Callable[..., tuple]
) -> None:
    case = reference[name]
    limits = method(case["inputs"]["x"], case["inputs"]["n"])
    assert np.ravel(limits) == pytest.approx(case["expected"][method.__name__], abs=6e-5)


@pytest.mark.parametrize("method", [clopper_pearson, wilson])
def test_newcombes_single_proportions(
    reference: dict[str, dict], method: Callable[..., tuple]
) -> None:
    case = reference["newcombe1998_single_proportion"]
    limits = np.transpose(method(case["inputs"]["x"], case["inputs"]["n"]))
    assert limits == pytest.approx(np.array(case["expected"][method.__name__]), abs=5e-5)


def test_r_binom_test(reference: dict[str, dict]) -> None:
    case = reference["R_doc_binom_test"]
    limits = clopper_pearson(case["inputs"]["x"], case["inputs"]["n"])
    assert np.ravel(limits) == pytest.approx(case["expected"]["ci"], abs=1e-6)


@pytest.mark.parametrize("name", PROPORTION_PAIRS)
def test_two_proportions(reference: dict[str, dict], name: str) -> None:
    inputs, expected = reference[name]["inputs"], reference[name]["expected"]
    pair = inputs["x1"], inputs["n1"], inputs["x0"], inputs["n0"]
    assert np.ravel(proportion_ratio(*pair)) == pytest.approx(
        expected["mover_wilson_rr"], rel=1e-4, abs=1e-4
    )
    assert np.ravel(proportion_difference(*pair)) == pytest.approx(
        expected["newcombe_rd"], abs=1e-4
    )


def test_published_two_proportions(reference: dict[str, dict]) -> None:
    case = reference["fagerland_newcombe_rr"]
    inputs = [case["inputs"][side] for side in ("x1", "n1", "x0", "n0")]
    limits = np.transpose(proportion_ratio(*inputs))
    assert limits == pytest.approx(np.array(case["expected"]["mover_wilson"]), abs=5e-4)
    case = reference["newcombe1998_risk_difference_d"]
    inputs = [case["inputs"][side] for side in ("x1", "n1", "x0", "n0")]
    limits = np.ravel(proportion_difference(*inputs))
    assert limits == pytest.approx(case["expected"]["newcombe_wilson"], abs=5e-5)


@pytest.mark.parametrize(
    "name", [f"poisson_exact_ci_x{count}" for count in (0, 3, 5, 100)] + ["poisson_15_400"]
)
def test_exact_poisson(reference: dict[str, dict], name: str) -> None:
    inputs, expected = reference[name]["inputs"], reference[name]["expected"]
    limits = np.ravel(exact_poisson(inputs["count"])) / inputs["exposure"]
    tolerance = reference[name]["tolerance"]
    assert limits == pytest.approx(expected["exact"], rel=tolerance, abs=1e-12)


def test_r_poisson_test(reference: dict[str, dict]) -> None:
    case = reference["R_doc_poisson_test_one_sample"]
    limits = np.ravel(exact_poisson(case["inputs"]["x"])) / case["inputs"]["t"]
    assert limits == pytest.approx(case["expected"]["ci"], abs=1e-6)


def test_public_health_byar_and_wilson(reference: dict[str, dict]) -> None:
    case = reference["phe_byars_wilson"]
    for row, expected in zip(case["inputs"]["rows"], case["expected"], strict=True):
        confidence = float(row["confidence"].rstrip("%")) / 100
        limits = (
            byar(row["x"], confidence)
            if row["method"] == "Byars"
            else wilson(row["x"], row["n"], confidence)
        )
        # The oracle gives no lower limit where Byar's formula falls under 0; ours stops at 0.
        assert np.ravel(limits) == pytest.approx([v or 0 for v in expected], abs=1e-9)


def test_public_health_rates(reference: dict[str, dict]) -> None:
    case = reference["phe_rates_exact_below_10_byar_from_10"]
    compared = 0
    for row, expected in zip(case["inputs"]["rows"], case["expected"], strict=True):
        if row["Numerator"] is None or row["Denominator"] is None:
            continue
        for level, name in ((0.95, "95_0"), (0.998, "99_8")):
            limits = rate_interval(row["Numerator"], row["Denominator"], level)
            published = [expected[f"lower{name}cl"], expected[f"upper{name}cl"]]
            assert np.ravel(limits) * row["multiplier"] == pytest.approx(published, rel=1e-9)
            compared += 1
    assert compared >= 30


@pytest.mark.parametrize("name", RATE_PAIRS)
def test_ratio_of_rates(reference: dict[str, dict], name: str) -> None:
    inputs, expected = reference[name]["inputs"], reference[name]["expected"]
    x1, t1, x0, t0 = (inputs[side] for side in ("x1", "t1", "x0", "t0"))
    exact = np.ravel(exact_rate_ratio(x1, t1, x0, t0))
    assert exact == pytest.approx(expected["exact_conditional"], rel=1e-4)
    # The same MOVER on other limits: R's ratesci takes the median and quantiles of Jeffreys.
    quantiles = [0.5, 0.025, 0.975]
    jeffreys = [special.gammaincinv(x + 0.5, quantiles) / t for x, t in ((x1, t1), (x0, t0))]
    mover = np.ravel(mover_ratio(*jeffreys[0], *jeffreys[1]))
    assert mover == pytest.approx(expected["mover_jeffreys"], rel=1e-4)


def test_benjamini_hochberg_counts(reference: dict[str, dict]) -> None:
    case = reference["benjamini_hochberg_1995_counts"]
    p = np.array(case["inputs"]["p"])
    q = q_values(p, pd.Series("family", index=range(len(p))))
    assert (q <= case["inputs"]["q"]).sum() == case["expected"]["rejected_bh"]
