"""The lists of codes and measures, as the attacker and other machines read them."""

import pandas as pd

from rbdc.disclosure.attacker.codes import Codes as ReadCodes
from rbdc.disclosure.attacker.codes import read_codes
from rbdc.disclosure.cells import months_of
from rbdc.disclosure.known_names import KnownNames
from rbdc.release.lists import codes_table, measures_table
from rbdc.release.measures import MEANINGS, nearest_whole
from tests.unit.release.test_counting import AGES, COARSER, ROWS, counting

ARREST, SEARCH = ("arrest", "person"), ("strip_search", "person")


def written(found, of_residents=()):
    table = codes_table(found.codes, found.labels, of_residents, ("arrests",))
    return table, {tuple(row[:3]): row[3:] for row in table.frame.fillna("").to_numpy().tolist()}


def test_every_code_with_what_takes_it_in_when_and_what_counts_it():
    """W stands alone in White: it is listed, with no months, as all that is counted of White."""
    both = "arrest/person strip_search/person"
    assert written(counting(ROWS))[1] == {
        ("race_group", "standard", "Black"): ["", "", "", "arrest/person"],
        ("race_group", "standard", "White"): ["", "", "", both],
        ("race_group", "delivered", "W"): ["White", "", "", both],
        ("race_group", "delivered", "B one"): ["Black", "2020-01", "2020-12", "arrest/person"],
        ("race_group", "delivered", "B two"): ["Black", "2021-01", "2021-12", "arrest/person"],
        ("division", "standard", "D1"): ["", "", "", "arrest/person"],
        ("division", "standard", "D2"): ["", "", "", both],
    }


def test_groups_that_only_a_census_holds_are_listed_and_count_nothing():
    groups = written(counting(ROWS), ["Black", "No police label"])[1]
    assert groups["race_group", "standard", "No police label"][:3] == ["", "", ""]
    assert "arrest" not in groups["race_group", "standard", "No police label"][3]
    assert groups["race_group", "standard", "Black"] == ["", "", "", "arrest/person"]


def test_codes_are_told_apart_and_the_attacker_reads_them():
    rows = [{**one, "age_group": age} for one in ROWS for age in AGES]
    found = counting(rows, dimensions=("race_group", "age_group"), coarse={"age_group": COARSER})
    table, _ = written(found)
    assert not table.frame.duplicated(list(table.key)).any()
    codes = ReadCodes()
    read_codes(table.frame.fillna(""), codes)
    ages, races = codes.dimensions["age_group"], codes.dimensions["race_group"]
    assert ages.coarse_of == {age: COARSER.get(age, age) for age in AGES}
    assert races.parent == {"W": "White", "B one": "Black", "B two": "Black"}
    assert races.months["B one"] == months_of("2020")
    assert races.can_count("standard", "White", *SEARCH)
    assert not races.can_count("standard", "Black", *SEARCH)


def test_measures_with_their_whole_and_their_months():
    extents = {ARREST: months_of("2020-01/2021-12"), SEARCH: months_of("2020-01/2021-09"),
               ("use_of_force", "incident"): months_of("2020")}  # fmt: skip
    table = measures_table(extents, {"strip_search": "arrest", "arrest": "stop"}, ())
    rows = table.frame.astype(object).where(table.frame.notna(), None).to_numpy().tolist()
    assert rows == [
        ["arrest", "person", None, "2020-01", "2021-12", MEANINGS["arrest"]],
        ["strip_search", "person", "arrest", "2020-01", "2021-09", MEANINGS["strip_search"]],
        ["use_of_force", "incident", None, "2020-01", "2020-12", MEANINGS["use_of_force"]],
    ]
    assert isinstance(table.frame, pd.DataFrame) and table.key == ("measure", "unit")


def test_the_nearest_whole_of_each_measure():
    """Items found lie in strip searches, bookings and arrests; incidents hold no persons."""
    booking, item = ("booking", "person"), ("item_found", "person")
    part_of = {
        booking: frozenset({ARREST}),
        SEARCH: frozenset({ARREST, booking}),
        item: frozenset({SEARCH, booking, ARREST}),
        ("use_of_force", "person"): frozenset({("use_of_force", "incident")}),
    }
    names = KnownNames(frozenset(), part_of, frozenset(), {}, frozenset(), {})
    assert nearest_whole(names) == {
        "booking": "arrest", "strip_search": "booking", "item_found": "strip_search",
    }  # fmt: skip
