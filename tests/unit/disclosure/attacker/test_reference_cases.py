"""The core of the attacker against published instances and worked examples of other tools."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rbdc.disclosure.attacker.facts import rounded_interval
from rbdc.disclosure.attacker.groups import discloses_group
from rbdc.disclosure.attacker.intervals import intervals
from rbdc.disclosure.attacker.system import System
from tests.conftest import PROJECT

_SHARED = Path(os.environ.get("RBDC_SHARED", PROJECT.parent / "shared"))
_FOLDER = _SHARED / "reference" / "suppression"
_NAMES = sorted(p.stem for p in _FOLDER.glob("*.json") if p.stem != "small_cases")


def _patterns(instance: dict[str, Any]) -> list[tuple[str, list[int], dict[str, list[float]]]]:
    """Every hidden pattern with audited intervals that the instance states."""
    found = []
    computed = instance["computed_by_named_library"]
    for name, content in computed.items():
        if "audit" in name:
            found.append((name, [int(one) for one in content], content))
        elif "intervals_of_primaries" in content:
            found.append((name, content["suppressed"], content["intervals_of_primaries"]))
    return found


def _system(instance: dict[str, Any], hidden: set[int], most: float | None = None) -> System:
    system = System()
    for cell in instance["cells"]:
        if cell["id"] in hidden:
            high = cell["ub"] if most is None or cell["status"] != "u" else most
            low = cell["lb"] if most is None or cell["status"] != "u" else 1
            system.variables(1, low, high)
        else:
            system.variables(1, cell["value"], cell["value"])
    for one in instance["relations"]:
        members, factors = zip(*one["terms"], strict=True)
        system.relate(members, factors, one["rhs"], one["rhs"])
    return system


@pytest.mark.parametrize("name", _NAMES)
def test_intervals_agree_with_the_audits_of_other_tools(shared: Path, name: str) -> None:
    path = shared / "reference" / "suppression" / f"{name}.json"
    instance = json.loads(path.read_text())
    patterns = _patterns(instance)
    assert patterns
    for tool, hidden, expected in patterns:
        found = intervals(_system(instance, set(hidden)), whole=False)
        for cell, ends in expected.items():
            assert found[int(cell)] == pytest.approx(tuple(ends), abs=1e-6), (tool, cell)


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, dict[str, Any]]:
    path = shared / "reference" / "suppression" / "small_cases.json"
    return {case["name"]: case for case in json.loads(path.read_text())}


def _exact(system: System) -> dict[int, float]:
    return {n: low for n, (low, high) in enumerate(intervals(system)) if low == high}


def _remainder(whole: float, *parts: float) -> float | None:
    """What is left of a whole after known parts, when the attacker can tell."""
    system = System()
    known = [int(system.variables(1, part, part)[0]) for part in parts]
    total = int(system.variables(1, whole, whole)[0])
    rest = int(system.variables(1)[0])
    system.relate([*known, rest, total], [1.0] * (len(known) + 1) + [-1.0], 0, 0)
    return _exact(system).get(rest)


def test_two_geographies_disclose_their_difference(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["differencing_geography"]
    small, large = case["inputs"]["table_small"], case["inputs"]["table_large"]
    found = {
        sex: [_remainder(whole, part) for whole, part in zip(large[sex], small[sex], strict=True)]
        for sex in small
    }
    assert found == case["expected"]["difference"]


def test_linked_tables_disclose_the_other_sex(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["differencing_linking"]
    area, males, expected = (
        case["inputs"]["area"], case["inputs"]["males"], case["expected"],
    )  # fmt: skip
    outside = case["inputs"]["employment"]["not_employed"]
    total = {
        "both": _remainder(area["both"]),
        "live_only": _remainder(area["living_in"], area["both"]),
        "work_only": _remainder(area["working_in"], area["both"]),
    }
    assert total == expected["total"]
    females = {
        "both": _remainder(total["both"], males["both"]),
        "live_only": _remainder(total["live_only"], outside, males["live_only"]),
        "work_only": _remainder(total["work_only"], males["work_only"]),
    }
    assert females == expected["females"]


def test_two_age_bands_disclose_the_people_between(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["differencing_subpopulation"]
    first, second = case["inputs"]["t1"], case["inputs"]["t2"]
    between = []
    for sex in range(2):
        system = System()
        young, middle, old = system.variables(3)
        for members, value in (
            ((young,), first["<20"][sex]),
            ((middle, old), first["20-39"][sex]),
            ((young, middle), second["<25"][sex]),
            ((old,), second["25-39"][sex]),
        ):
            system.relate(members, 1.0, value, value)
        between.append(_exact(system)[int(middle)])
    assert between == case["expected"]["new_20_24"]


def test_zeros_and_ones_follow_from_a_total(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["zeros_and_integers"]
    assert case["expected"]["all"] == "exactly disclosed"
    for one in case["inputs"]["cases"]:
        system = System()
        hidden = system.variables(len(one["suppressed_true"]), one["lower"])
        rest = one["total"] - sum(one["published"])
        system.relate(hidden, 1.0, rest, rest)
        assert [_exact(system)[int(n)] for n in hidden] == one["suppressed_true"]


def test_a_rule_aware_attacker_finds_three_threes(
    shared: Path, cases: dict[str, dict[str, Any]]
) -> None:
    case = cases["rule_aware_attacker"]
    name = case["inputs"]["instance"]
    instance = json.loads((shared / "reference" / "suppression" / f"{name}.json").read_text())
    hidden = set(instance["given_suppressed"])
    keys = {"".join(cell["key"]): cell["id"] for cell in instance["cells"]}
    wanted = [keys[key] for key in case["expected"]["exactly_disclosed"]]
    plain = _exact(_system(instance, hidden))
    assert not plain.keys() & set(wanted)
    aware = _exact(_system(instance, hidden, most=3))
    assert [aware[one] for one in wanted] == [case["expected"]["value"]] * len(wanted)


def test_a_mean_discloses_count_and_sum(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["derived_statistics_disclose"]
    mean, expected = case["inputs"]["mean"], case["expected"]
    system = System()
    records = int(system.variables(1, 1, 4)[0])
    total = int(system.variables(1, 1, 400)[0])
    system.relate([total, records], [1.0, -(mean - 0.005)], 0, np.inf)
    system.relate([total, records], [1.0, -(mean + 0.005)], -np.inf, 0)
    found = _exact(system)
    assert found[records] == expected["n"] == len(expected["values"])
    assert found[total] == sum(expected["values"])


def test_a_child_follows_from_its_parent(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["hierarchy_subtraction"]
    inputs = case["inputs"]
    found = _remainder(inputs["parent"], inputs["child_published"])
    assert found == case["expected"]["child"]


def test_rounded_counts_leave_the_interval_of_their_base(cases: dict[str, dict[str, Any]]) -> None:
    """Zero-restricted rounding without extra steps (K = 0), which is what a release may use."""
    case = cases["zero_restricted_rounding_interval"]
    base = case["inputs"]["base"]

    pairs = zip(case["inputs"]["cases"], case["expected"]["intervals"], strict=True)
    found = [(rounded_interval(one["a"], base, one["K"]), tuple(want)) for one, want in pairs]
    assert all(got == want for got, want in found)


def test_a_group_of_one_kind_is_disclosed(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["group_attribute_disclosure"]
    rows = case["inputs"]["table"]

    def disclosed(insiders: int) -> list[str]:
        return [
            f"row{n + 1}"
            for n, row in enumerate(rows)
            if discloses_group(row[0], sum(row), insiders)
        ]

    alone = [text.split(" ")[0] for text in case["expected"]["directly_disclosive_k0"]]
    within = [text.split(":")[0] for text in case["expected"]["within_group_k1"]]
    assert disclosed(0) == alone
    assert disclosed(1) == alone + within
