"""Exact values agree with an enumeration of all whole-number solutions of small random tables."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.attacker import attack
from tests.unit.disclosure.attacker.releases import HIDDEN, Made, count, dimension, write_release

_A, _B = ("a1", "a2"), ("b1", "b2", "b3")
_MOST = 7  # unknown totals make cells unbounded; this many values suffice to see that they vary
_BASE = [(a, b) for a in _A for b in _B]
_CELLS = [(a, b) for a in ("All", *_A) for b in ("All", *_B)]


def _value(cell: tuple[str, str], base: dict[tuple[str, str], Any]) -> Any:
    return sum(
        number for (a, b), number in base.items() if cell[0] in ("All", a) and cell[1] in ("All", b)
    )


def _enumerate(
    truth: dict[tuple[str, str], int],
    hidden: set[tuple[str, str]],
    absent: set[tuple[str, str]],
    least: int,
) -> dict[tuple[str, str], int]:
    """The cells that are not open and have the same value in every solution."""
    closed = hidden | absent
    choices = [
        np.arange(_MOST + 1) if cell in closed else np.array([truth[cell]]) for cell in _BASE
    ]
    grids = np.meshgrid(*choices, indexing="ij")
    base = dict(zip(_BASE, (grid.ravel() for grid in grids), strict=True))
    values = {cell: _value(cell, base) for cell in _CELLS}
    fits = np.ones(grids[0].size, dtype=bool)
    for cell in _CELLS:
        if cell in hidden:
            fits &= values[cell] >= least
        elif cell not in absent:
            fits &= values[cell] == truth[cell]
    return {
        cell: int(values[cell][fits][0])
        for cell in closed
        if len(np.unique(values[cell][fits])) == 1
        and (cell in hidden or 1 <= values[cell][fits][0] <= 4)
    }


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.integers(0, 2), min_size=6, max_size=6),
    statuses=st.lists(
        st.sampled_from(["open", "open", "hidden", "absent"]), min_size=12, max_size=12
    ),
    zeros=st.sampled_from(["open", "hidden"]),
)
def test_a_table_with_margins(numbers: list[int], statuses: list[str], zeros: str) -> None:
    """Some cells and margins are hidden, some in no table at all."""
    base = dict(zip(_BASE, numbers, strict=True))
    truth = {cell: _value(cell, base) for cell in _CELLS}
    status = dict(zip(_CELLS, statuses, strict=True))
    hidden = {
        cell
        for cell in _CELLS
        if status[cell] == "hidden" and (truth[cell] > 0 or zeros == "hidden")
    }
    absent = {cell for cell in _CELLS if status[cell] == "absent"}
    expected = _enumerate(truth, hidden, absent, 1 if zeros == "open" else 0)
    rows = [
        [*cell, HIDDEN if cell in hidden else truth[cell]] for cell in _CELLS if cell not in absent
    ]
    if not rows:
        return
    made = Made("t", {"a": dimension("a"), "b": dimension("b"), "n": count()}, rows)
    rule = {"hidden_from": 1, "hidden_to": 4, "zeros": zeros}
    with TemporaryDirectory() as folder:
        path = write_release(Path(folder) / "r", [made], {"a": _A, "b": _B}, rule=rule)
        report = attack(path, coalition=0)
    assert report.complete and not report.problems and not report.contradictions
    names = {}
    for one in report.disclosures:
        where = {name: code for name, _, code in one.filters}
        cell = where.get("a", "All"), where.get("b", "All")
        if cell in hidden or cell in absent:
            assert one.hidden == (cell in hidden)
            names[cell] = one.value
    wanted = {
        cell: value
        for cell, value in expected.items()
        if cell in hidden or _reached(cell, absent)  # else it is no cell of the release
    }
    assert names == wanted


def _reached(cell: tuple[str, str], absent: set[tuple[str, str]]) -> bool:
    """Whether a published cell has at least the filters of this one."""
    return any(
        (cell[0] == "All" or other[0] != "All") and (cell[1] == "All" or other[1] != "All")
        for other in _CELLS
        if other not in absent
    )


@settings(max_examples=40, deadline=None)
@given(
    parts=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    more=st.lists(st.integers(0, 2), min_size=4, max_size=4),
    chosen=st.sets(st.tuples(st.sampled_from(["searched", "arrest"]), st.integers(0, 4))),
)
def test_a_measure_within_another(
    parts: list[int], more: list[int], chosen: set[tuple[str, int]]
) -> None:
    """Four codes and their total for two measures, one part of the other."""
    codes = [f"a{n}" for n in range(4)]
    wholes = [part + extra for part, extra in zip(parts, more, strict=True)]
    truth = {
        (name, place): number
        for name, numbers in (("searched", parts), ("arrest", wholes))
        for place, number in enumerate([*numbers, sum(numbers)])
    }
    hidden = {cell for cell in chosen if truth[cell] > 0}
    made = [
        Made(
            name,
            {"a": dimension("a"), "n": count()},
            [
                [code, HIDDEN if (name, place) in hidden else truth[name, place]]
                for place, code in enumerate([*codes, "All"])
            ],
            {"kind": "counts", "measure": name, "unit": "person"},
        )
        for name in ("searched", "arrest")
    ]
    with TemporaryDirectory() as folder:
        path = write_release(Path(folder) / "r", made, {"a": codes}, [("searched", "arrest")])
        report = attack(path, coalition=0)
    assert report.complete and not report.problems and not report.contradictions
    found = {
        (one.measure, codes.index(one.filters[0][2]) if one.filters else 4): one.value
        for one in report.disclosures
        if one.hidden
    }
    assert found == _nested_exact(truth, hidden)


def _nested_exact(
    truth: dict[tuple[str, int], int], hidden: set[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Hidden cells with one value, from the sums and inequalities of each pair of codes."""
    most = 10

    def pairs(place: int) -> list[tuple[int, int]]:
        ranges = [
            range(1, most + 1)
            if (name, place) in hidden
            else range(truth[name, place], truth[name, place] + 1)
            for name in ("searched", "arrest")
        ]
        return [(part, whole) for part in ranges[0] for whole in ranges[1] if part <= whole]

    # sums that each set of places can have, built up from the left and from the right
    def reach(places: list[int]) -> set[tuple[int, int]]:
        sums = {(0, 0)}
        for place in places:
            sums = {(p + a, w + b) for p, w in sums for a, b in pairs(place)}
        return sums

    def total_fits(part: int, whole: int) -> bool:
        return all(
            (number >= 1) if (name, 4) in hidden else number == truth[name, 4]
            for name, number in (("searched", part), ("arrest", whole))
        )

    seen: dict[tuple[str, int], set[int]] = {cell: set() for cell in hidden}
    for place in range(4):
        others = reach([other for other in range(4) if other != place])
        for part, whole in pairs(place):
            if any(total_fits(p + part, w + whole) for p, w in others):
                for cell, number in ((("searched", place), part), (("arrest", place), whole)):
                    if cell in hidden:
                        seen[cell].add(number)
    for part, whole in reach([0, 1, 2, 3]):
        if total_fits(part, whole):
            for cell, number in ((("searched", 4), part), (("arrest", 4), whole)):
                if cell in hidden:
                    seen[cell].add(number)
    return {cell: values.pop() for cell, values in seen.items() if len(values) == 1}
