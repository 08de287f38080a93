"""The four real tables of METHODS B beside a public exact solver: τ-Argus with HiGHS."""

import numpy as np
import pandas as pd
import pytest

from rbdc.disclosure.problem import problem_of
from rbdc.disclosure.suppression import exposed_cells, suppress
from tests.unit.disclosure.suppressor.tables import cells_of, with_margins

RACE, DIVISION, AGE = "Perceived_Race", "ArrestLocDiv", "Age_group__at_arrest_"
TABLES = [
    pytest.param([RACE, DIVISION], 24, id="race by division"),
    pytest.param([RACE, AGE, "Sex"], 45, id="race by age by sex"),
    pytest.param([RACE, DIVISION, "Sex"], 114, id="race by division by sex"),
    pytest.param(
        [RACE, DIVISION, "Sex", "Arrest_Year"],
        407,
        id="race by division by sex by year",
        marks=pytest.mark.slow,
    ),
]


@pytest.fixture
def searched(shared):
    """Strip searches, each dimension as position of the code: the empty race is one, too."""
    frame = pd.read_csv(shared / "data/tps/RBDC_ARR_TBL_001.csv", dtype=str, keep_default_na=False)
    frame = frame[frame["StripSearch"] == "1"]
    names = [RACE, DIVISION, AGE, "Sex", "Arrest_Year"]
    return pd.DataFrame({name: pd.factorize(frame[name], sort=True)[0] for name in names})


def cost_of_the_public_solver(searched, dimensions, folder):
    """Sum of the counts that τ-Argus hides if counts of 1 to 4 must not come out exactly."""
    pytauargus = pytest.importorskip("pytauargus")
    records = pd.DataFrame(
        {f"dimension_{name}": [f"code{one:02d}" for one in searched[name]] for name in dimensions}
    )
    result = pytauargus.protect(
        records.assign(searches=1.0),
        list(records),
        response="searches",
        safety_rules="FREQ(5,0)",
        suppress="OPT(1)",
        workdir=str(folder),
    )
    cells = pd.DataFrame(result.tables[0].rows)
    return cells.loc[cells["status"].isin(["U", "M"]), "searches"].sum()


@pytest.mark.parametrize(("dimensions", "primaries"), TABLES)
def test_nothing_cheaper_is_found_by_the_public_solver(
    searched, dimensions, primaries, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # where the public solver leaves its logs
    shape = tuple(searched[name].max() + 1 for name in dimensions)
    inner = np.zeros(shape)
    np.add.at(inner, tuple(searched[name] for name in dimensions), 1)
    value = with_margins(inner)
    secret = (value >= 1) & (value <= 4)
    assert secret.sum() == primaries  # the figures that METHODS B prints
    problem = problem_of(
        value,
        cells_of(shape)[1],
        secret=secret,
        cost=np.maximum(value, 1),
        highest=np.where(value == 0, 0, value.sum()),
        stays_open=value == 0,
        apart=secret.astype(float),
    )
    pattern = suppress(problem, 60, whole=True)
    assert pattern.is_optimal
    assert not exposed_cells(problem, pattern.hidden)
    assert pattern.cost <= cost_of_the_public_solver(searched, dimensions, tmp_path)
