"""Primary suppression alone protects nothing: figures of the real arrests table that are known."""

from pathlib import Path

import pytest

from rbdc.disclosure.attacker import attack
from tests.unit.disclosure.attacker.real_table import write_strip_searches

# (dimensions, hide small margins too, hidden cells, of them exact for the plain attacker);
# METHODS §B of the shared reference states them.
_STATED = [
    (["race", "division"], True, 24, 9),
    (["race", "age", "sex"], True, 45, 45),
    (["race", "division", "sex"], True, 114, 80),
    (["race", "division", "sex", "year"], True, 407, 339),
    (["race", "division"], False, 23, 8),
    (["race", "age", "sex"], False, 31, 31),
    (["race", "division", "sex"], False, 89, 89),
    (["race", "division", "sex", "year"], False, 187, 187),
]


@pytest.mark.parametrize(("dimensions", "margins", "hidden", "exact"), _STATED)
def test_stated_numbers_of_exact_cells(
    shared: Path, tmp_path: Path, dimensions: list[str], margins: bool, hidden: int, exact: int
) -> None:
    source = shared / "data" / "tps" / "RBDC_ARR_TBL_001.csv"
    folder, truth = write_strip_searches(tmp_path / "r", source, dimensions, margins)
    report = attack(folder)
    plain = [one for one in report.disclosures if one.hidden and one.attacker == "plain"]
    assert (report.hidden, len(plain)) == (hidden, exact)
    assert report.complete and report.exit_status == 3
    values = truth.set_index(dimensions)["value"]
    for one in report.disclosures:
        codes = {name: code for name, _, code in one.filters}
        if "year" in dimensions and "/" not in one.period:
            codes["year"] = one.period
        assert values.loc[tuple(codes.get(name, "All") for name in dimensions)] == one.value
