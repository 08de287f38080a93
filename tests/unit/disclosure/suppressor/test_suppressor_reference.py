"""Reference problems: stated optima and intervals, over all files that there are."""

import os
from pathlib import Path

import numpy as np
import pytest

from rbdc.disclosure.instance import InstanceError, audit, read_instance
from rbdc.disclosure.suppression import exposed_cells, suppress

PROJECT = Path(__file__).resolve().parents[4]
SHARED = Path(os.environ.get("RBDC_SHARED", PROJECT.parent / "shared"))
FILES = sorted((SHARED / "reference" / "suppression").glob("*.json"))
FILES = [path for path in FILES if path.stem != "small_cases"]


def flags(problem, cells):
    hidden = np.zeros(problem.cells, bool)
    hidden[list(cells)] = True
    return hidden


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_stated_optimum_is_reached(path):
    instance = read_instance(path)
    pattern = suppress(instance.problem, 60, whole=False)
    assert pattern.is_optimal
    assert not exposed_cells(instance.problem, pattern.hidden)
    if instance.optimum is not None:
        assert pattern.cost == pytest.approx(instance.optimum)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_stated_intervals_are_found(path):
    instance = read_instance(path)
    for stated in instance.audits.values():
        found = audit(instance.problem, flags(instance.problem, stated))
        for cell, interval in stated.items():
            assert found[cell] == pytest.approx(interval, abs=1e-5)


def test_the_given_patterns_that_leak_are_noticed(shared):
    folder = shared / "reference" / "suppression"
    leaking = []
    for path in sorted(folder.glob("*.json")):
        try:
            instance = read_instance(path)
        except InstanceError:
            continue
        if instance.given is not None:
            hidden = flags(instance.problem, instance.given)
            if exposed_cells(instance.problem, hidden):
                leaking.append(path.stem)
    assert leaking == ["sdctable_linked_joint", "sdctable_trap_two_per_line_not_enough"]
