"""A release of about 5,000 cells ends in seconds, and its true values are never contradicted."""

from itertools import product
from pathlib import Path

import numpy as np

from rbdc.disclosure.attacker import attack
from tests.unit.disclosure.attacker.releases import HIDDEN, Made, count, dimension, write_release

_SIZES = {"race": 9, "division": 20, "sex": 3}
_YEARS = ("2020", "2021")


def _made(generator: np.random.Generator) -> tuple[list[Made], dict[str, list[str]], np.ndarray]:
    """Two measures by race, division and sex for two years and both, every margin open."""
    codes = {name: [f"{name}{n}" for n in range(size)] for name, size in _SIZES.items()}
    shape = [*_SIZES.values(), len(_YEARS)]
    arrests = generator.poisson(generator.gamma(0.6, 40.0, shape))
    searches = generator.binomial(arrests, 0.2)
    made, truth = [], []
    for measure, counts in (("arrest", arrests), ("search", searches)):
        for axis in range(counts.ndim):
            counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
        truth.append(counts)
        hidden = (counts >= 1) & (counts <= 4)
        for axis in range(counts.ndim):  # a second hidden cell in every line of the inner table
            alone = hidden.sum(axis=axis, keepdims=True) == 1
            candidates = np.where(hidden | (counts <= 4), np.iinfo(np.int64).max, counts)
            least = candidates == candidates.min(axis=axis, keepdims=True)
            hidden |= alone & least & (candidates < np.iinfo(np.int64).max)
        keys = product(*([*codes[name], "All"] for name in _SIZES), [*_YEARS, "all"])
        rows = [
            [*key, HIDDEN if hide else value]
            for key, hide, value in zip(
                keys, hidden.ravel().tolist(), counts.ravel().tolist(), strict=True
            )
        ]
        roles = {name: dimension(name) for name in _SIZES}
        made.append(
            Made(
                measure,
                {**roles, "period": {"role": "period"}, "n": count()},
                rows,
                {"kind": "counts", "measure": measure, "unit": "person"},
            )
        )
    return made, codes, np.stack(truth)


def test_five_thousand_cells(tmp_path: Path) -> None:
    made, codes, truth = _made(np.random.default_rng(20201001))
    path = write_release(tmp_path / "r", made, codes, [("search", "arrest")])
    report = attack(path)
    assert report.complete and report.cells == truth.size >= 5000 and report.hidden > 1000
    assert report.seconds < 120  # 10 s on a busy core
    assert report.exit_status == 3 and report.disclosures
    for one in report.disclosures:
        filters = {name: code for name, _, code in one.filters}
        index = [
            codes[name].index(filters[name]) if name in filters else size
            for name, size in _SIZES.items()
        ]
        year = _YEARS.index(one.period) if one.period in _YEARS else len(_YEARS)
        assert truth[(int(one.measure == "search"), *index, year)] == one.value
