"""A small release made of a warehouse of a few rows, protected or not."""

from dataclasses import dataclass, replace
from datetime import date

from rbdc.disclosure.cells import Cell, months_of
from rbdc.disclosure.policy import CountsTable
from rbdc.disclosure.protection import Protection, Rule, only_small, protect
from rbdc.release.counting import Counting
from rbdc.release.lists import codes_table, measures_table
from rbdc.release.package.content import Release
from rbdc.release.printed import printed_counts
from rbdc.release.tables import wide_table
from tests.unit.release.small_warehouse import warehouse
from tests.unit.release_package import invented

ARREST = ("arrest", "person")
EXTENT = months_of("2020-01/2021-12")
SOURCES = ("arrests",)
RULE = Rule(1, 4)
ARRESTS = {("Black", "D1"): 2, ("Black", "D2"): 30, ("White", "D1"): 40, ("White", "D2"): 50}
SPEC = CountsTable(
    table="arrests_by_race_and_division", title="Arrests", title_fr="Arrestations",
    counts=("arrest",), unit="person", by=("race_group", "division"), periods=("all", "year"),
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A release, what was hidden of it, and its true counts."""

    release: Release
    protection: Protection
    count: dict[Cell, int]


def made(arrests=ARRESTS, *, protects: bool = True, label: str = "") -> Made:
    """Arrests of 2020 and 2021 by race and division, as many in each year."""
    units = [
        {"race_group": race, "division": division, "period": f"{year}-05", "units": number}
        for (race, division), number in arrests.items()
        for year in (2020, 2021)
    ]
    counting = Counting(warehouse(units), {ARREST: EXTENT}, ("race_group", "division"), None)
    printed = printed_counts(counting, [ARREST], SPEC.by, "standard", SPEC.periods)
    cells = set(printed.all_cells())
    found = (
        protect(cells, counting.codes, {}, counting.count, RULE, lambda _, n: max(n, 1.0))
        if protects
        else only_small(cells, counting.count, RULE)
    )
    count = counting.count(cells)
    release = replace(
        invented.release(),
        title=f"Invented {label}",
        tables=(
            wide_table(SPEC, printed, count, found.hidden, SOURCES),
            codes_table(counting.codes, counting.labels, (), SOURCES),
            measures_table(counting.extents, {}, SOURCES),
        ),
        data_as_of=date(2021, 12, 31),
    )
    return Made(release, found, count)
