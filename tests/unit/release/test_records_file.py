"""The file of records: what it gives away, and how it says so to a machine."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.cells import COARSE, STANDARD, Code, months_of
from rbdc.disclosure.policy_records import Records
from rbdc.disclosure.records.generalisation import PolicyCannotBeMetError
from rbdc.release.counting import Counting
from rbdc.release.records_file import records_file
from rbdc.sources.pseudonyms import PseudonymKey
from tests.unit.release.small_warehouse import SERVICE, warehouse

EXTENT = months_of("2020-01/2021-12")
ARREST, SEARCH = ("arrest", "person"), ("strip_search", "person")
YOUNGER = {"younger": ("17", "18 to 24")}
POLICY = Records.model_validate(
    {
        "release": True, "k": 2, "sensitive": ["strip_search"],
        "columns": [
            {"column": "year", "weight": 4, "steps": ["drop"]},
            {"column": "race_group", "weight": 8, "steps": ["drop"]},
            {"column": "age_group", "at_least": 1, "steps": [YOUNGER, "drop"]},
        ],
    }
)  # fmt: skip


def of_people(rows, extent=EXTENT, policy=POLICY, service=SERVICE, key=None):
    """The file, and counts of the same people in the warehouse."""
    people = [dict(zip(("race_group", "age_group", "month", "searched"), row, strict=True))
              for row in rows]  # fmt: skip
    connection = warehouse(_units(people))
    connection.execute(
        "create table interactions.encounters (service text, arrest integer, strip_search integer, "
        "year text, quarter text, month text, race_group text, age_group text, person_number int)"
    )
    for number, one in enumerate(people):
        connection.execute(
            "insert into interactions.encounters values (?, 1, ?, ?, null, ?, ?, ?, ?)",
            [SERVICE, int(one["searched"]), one["month"][:4], one["month"], one["race_group"],
             one["age_group"], number],
        )  # fmt: skip
    made = records_file(connection, policy, extent, service, key, "1.0.0")
    return made, _counting(connection, made, extent)


def _units(people):
    for one in people:
        values = {"race_group": one["race_group"], "age_group": one["age_group"]}
        yield {"period": one["month"], **values}
        if one["searched"]:
            yield {"period": one["month"], "interaction": "strip_search", **values}


def _counting(connection: duckdb.DuckDBPyConnection, made, extent):
    extents = {ARREST: extent, SEARCH: extent}
    return Counting(connection, extents, ["race_group", "age_group"], SERVICE, made.coarse)


rows = st.lists(
    st.tuples(
        st.sampled_from(["Black", "White"]), st.sampled_from(["17", "18 to 24", "25 to 34"]),
        st.sampled_from(["2020-02", "2021-11"]), st.booleans(),
    ),
    min_size=6, max_size=25,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(rows)
def test_the_counts_that_the_file_gives_away_are_those_of_the_warehouse(people):
    """Whatever column is dropped or made coarser: a row of the file counts for the same cells."""
    try:
        made, counting = of_people(people)
    except PolicyCannotBeMetError:
        return
    cells = made.cells()
    frame = made.made.frame
    of_file = {}
    for cell in cells:
        chosen = frame if cell.measure == "arrest" else frame[frame["strip_search"]]
        for code in cell.filters:
            chosen = chosen[chosen[code.dimension] == code.code]
        if cell.period != EXTENT:
            chosen = chosen[chosen["year"] == str(cell.period)]
        of_file[cell] = len(chosen)
    assert counting.count(cells) == of_file
    combinations = {name: frame[name].nunique() for name in frame if name != "strip_search"}
    size = 2
    for number in combinations.values():
        size *= number + 1
    assert len(cells) == size  # every combination with every margin, for both measures


PEOPLE = [(race, age, "2020-02", searched) for race in ("Black", "White")
          for age in ("17", "18 to 24", "25 to 34") for searched in (True, False)] * 3  # fmt: skip


def test_codes_that_were_made_coarser_are_coarse_codes():
    made, counting = of_people(PEOPLE)
    coarse = {"17": "younger", "18 to 24": "younger", "25 to 34": "25 to 34"}
    assert made.coarse == {"age_group": coarse}
    codes = {code for cell in made.cells() for code in cell.filters}
    assert codes == {
        Code("age_group", COARSE, "younger"), Code("age_group", COARSE, "25 to 34"),
        Code("race_group", STANDARD, "Black"), Code("race_group", STANDARD, "White"),
    }  # fmt: skip
    assert codes <= set(counting.codes.parent)


def test_only_records_of_the_months_asked_for():
    late = [(race, age, "2022-02", flag) for race, age, _, flag in PEOPLE]
    made, _ = of_people([*PEOPLE, *late])
    assert len(made.made.frame) == len(PEOPLE) and set(made.made.frame["year"]) == {"2020"}
    assert {str(cell.period) for cell in made.cells()} == {"2020", "2020-01/2021-12"}


def test_what_cannot_be_alike_enough_is_refused():
    strict = POLICY.model_copy(update={"k": 100})
    with pytest.raises(PolicyCannotBeMetError):
        of_people(PEOPLE, policy=strict)


def test_the_table_says_what_its_columns_are():
    table = of_people(PEOPLE)[0].table("arrests", ("arrests",))
    assert (table.kind, table.key, table.hidden) == ("records", (), None)
    assert table.constants == {"measure": "arrest", "unit": "person", "period": "2020-01/2021-12"}
    assert {one.name: dict(one.role) for one in table.columns} == {
        "year": {"role": "year"},
        "race_group": {"role": "dimension", "dimension": "race_group", "level": STANDARD},
        "age_group": {"role": "dimension", "dimension": "age_group", "level": COARSE},
        "strip_search": {"role": "flag", "measure": "strip_search"},
    }
    assert "person" not in table.frame and len(table.frame) == len(PEOPLE)
    assert "At least 3 people look the same" in table.description


def test_keys_of_persons_are_of_one_version_only():
    keyed = POLICY.model_copy(update={"person_key": True})
    key = PseudonymKey("test", b"s" * 32)
    table = of_people(PEOPLE, policy=keyed, key=key)[0].table("arrests", ())
    (column,) = [one for one in table.columns if one.role["role"] == "key"]
    assert table.frame[column.name].nunique() == len(PEOPLE)
    assert column.role.get("per_version") is True
