"""The diff finds every change once, and the version follows from it."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.release.package.changelog import changelog, changes_json
from rbdc.release.package.changes import Changes, TableChanges, diff, next_version
from rbdc.release.package.snapshot import (
    Field,
    Layout,
    Methods,
    PublishedTable,
    Snapshot,
    read_snapshot,
    snapshot_of,
)
from rbdc.release.package.tables import published
from rbdc.release.package.write import plan, write_package
from tests.unit.release_package.invented import calls, counts, records, release, with_table

METHODS = Methods("2020-01/2021-12", "1.0.0", "1")
LAYOUT = Layout(
    "counts",
    (
        Field("division", "string", {"role": "dimension"}),
        Field("period", "string", {"role": "period"}),
        Field("count", "integer", {"role": "count"}),
        Field("share", "number", {"role": "statistic", "of": ["count"]}),
        Field("hidden", "boolean", {"role": "hidden"}),
    ),
    ("division", "period"),
    {},
)

cells = st.sampled_from(["0", "1", "7", "12", "[c]", ""])
keys = st.tuples(st.sampled_from(["D1", "D2", "ü"]), st.sampled_from(["2020", "2021-Q4", "all"]))
tables = st.dictionaries(keys, st.tuples(cells, cells))


def snapshot(rows: dict[Any, Any], layout: Layout = LAYOUT, **other: Any) -> Snapshot:
    columns: dict[str, list[str]] = {field.name: [] for field in layout.fields}
    for (division, period), (count, share) in sorted(rows.items()):
        hidden = "true" if "[c]" in (count, share) else "false"
        for column, text in zip(
            columns.values(), (division, period, count, share, hidden), strict=True
        ):
            column.append(text)
    made = Snapshot("Invented", METHODS, {"t": PublishedTable(layout, columns)}, "1.0.0")
    return replace(made, **other)


@given(tables)
def test_nothing_differs_from_itself(rows):
    changes = diff(snapshot(rows), snapshot(rows))
    assert changes == Changes("1.0.0")
    assert next_version("1.0.0", changes) is None


@given(tables, tables)
def test_every_change_appears_exactly_once(old, new):
    """Applied to the old rows, the diff gives the new ones; and it holds nothing else."""
    changes = diff(snapshot(old), snapshot(new))
    table = next(iter(changes.tables), TableChanges("t", LAYOUT.key))
    rows = {key: dict(zip(("count", "share"), row, strict=True)) for key, row in old.items()}
    for gone in table.rows_removed:
        del rows[gone.key]
    for value in table.values_changed:
        assert value.old != value.new
        assert rows[value.key][value.column] == value.old
        rows[value.key][value.column] = value.new
    for added in table.rows_added:
        assert added.key not in rows
        rows[added.key] = dict(zip(("count", "share"), new[added.key], strict=True))
    assert {key: tuple(row.values()) for key, row in rows.items()} == new
    places = [(value.key, value.column) for value in table.values_changed]
    assert len(set(places)) == len(places)
    expected = sum(old[key][i] != new[key][i] for key in old.keys() & new.keys() for i in (0, 1))
    assert len(places) == expected


@given(tables, tables)
def test_version_says_how_much_changed(old, new):
    version = next_version("1.2.3", diff(snapshot(old), snapshot(new)))
    if old == new:
        assert version is None
    else:
        assert version == ("1.3.0" if old.keys() != new.keys() else "1.2.4")


@given(tables, tables)
def test_changes_are_written_so_that_they_can_be_read_back(old, new):
    changes = diff(snapshot(old), snapshot(new))
    content = json.loads(changes_json(changes, "1.0.1"))
    assert (content["version"], content["previous"]) == ("1.0.1", "1.0.0")
    for table, read in zip(changes.tables, content["tables"], strict=True):
        for name in ("rows_added", "rows_removed", "values_changed"):
            found = [{**row, "key": tuple(row["key"])} for row in read[name]]
            assert found == [vars(change) for change in getattr(table, name)]


@pytest.mark.parametrize(("kind", "key"), [("records", LAYOUT.key), ("counts", ())])
@given(old=tables, new=tables)
def test_records_and_rows_without_key_add_up(old, new, kind, key):
    layout = replace(LAYOUT, kind=kind, key=key)
    changes = diff(snapshot(old, layout), snapshot(new, layout))
    (table,) = changes.tables or (TableChanges("t", ()),)
    added, removed = sum(table.records_added.values()), sum(table.records_removed.values())
    then, now = (Counter((k, v) for k, v in rows.items()) for rows in (old, new))
    assert (added, removed) == ((now - then).total(), (then - now).total())
    assert not table.rows_added and not table.values_changed


def test_first_release_is_1_0_0():
    changes = diff(None, snapshot({}))
    assert changes.tables_added == ("t",)
    assert next_version(None, changes) == "1.0.0"


ROWS = {("D1", "2020"): ("7", "0.5")}


@pytest.mark.parametrize(
    "fields",
    [
        LAYOUT.fields[:-2] + LAYOUT.fields[-1:],
        (*LAYOUT.fields, Field("more", "string", {})),
        tuple(replace(f, type="number") if f.name == "count" else f for f in LAYOUT.fields),
        tuple(replace(f, name="other") if f.name == "share" else f for f in LAYOUT.fields),
    ],
    ids=["removed", "added", "retyped", "renamed"],
)
def test_another_column_or_type_is_a_major_version(fields):
    old = snapshot(ROWS)
    texts = {f.name: old.tables["t"].texts.get(f.name, [""]) for f in fields}
    table = PublishedTable(replace(LAYOUT, fields=fields), texts)
    assert next_version("1.2.3", diff(old, replace(old, tables={"t": table}))) == "2.0.0"


def test_another_table_or_key_is_a_major_version():
    old = snapshot(ROWS)
    more = replace(old, tables={**old.tables, "u": old.tables["t"]})
    assert next_version("1.2.3", diff(old, more)) == "2.0.0"
    assert next_version("1.2.3", diff(more, old)) == "2.0.0"
    keyed = snapshot(ROWS, replace(LAYOUT, key=("division",)))
    changes = diff(old, keyed)
    assert changes.tables[0].key_before == ("division", "period")
    assert next_version("1.2.3", changes) == "2.0.0"


def test_another_order_of_columns_is_a_patch():
    old = snapshot(ROWS)
    table = old.tables["t"]
    fields = (LAYOUT.fields[1], LAYOUT.fields[0], *LAYOUT.fields[2:])
    other = replace(old, tables={"t": PublishedTable(replace(LAYOUT, fields=fields), table.texts)})
    assert next_version("1.2.3", diff(old, other)) == "1.2.4"


def test_snapshot_read_from_disk_is_that_of_the_release(written):
    made = release()
    rows = {table.name: published(table) for table in made.tables}
    expected, found = snapshot_of(made, rows), read_snapshot(written)
    assert diff(found, expected) == Changes("1.0.0")
    for name, table in expected.tables.items():
        assert found.tables[name].texts == table.texts
        assert found.tables[name].layout == table.layout
    assert found.methods == expected.methods


def test_same_release_is_no_new_version(written):
    assert plan(release(), written).version is None
    assert plan(release(title="Other words"), written).version is None


def test_keys_of_records_made_anew_are_no_change(written):
    assert plan(with_table(release(), records("1.1.0")), written).version is None
    table = records("1.1.0")
    frame = table.frame.copy()
    frame.loc[4, "race_group"] = "Black"
    made = plan(with_table(release(), replace(table, frame=frame)), written)
    (changed,) = made.changes.tables
    assert (changed.records_added, changed.records_removed) == ({"revision": 1}, {"revision": 1})
    assert made.version == "1.0.1"
    assert "1.1.0-" not in changes_json(made.changes, "1.0.1")


def test_second_release_with_a_further_year(tmp_path):
    """As a city's fourth quarter arrives: new rows, a cell opened, another revised."""
    first = release(tables=(counts(("2020",)), calls()), extent="2020-01/2020-12")
    write_package(first, "1.0.0", tmp_path / "1.0.0", None)
    table = counts(("2020", "2021"))
    frame = table.frame.copy()
    hidden = table.hidden.copy()
    old = counts(("2020",))
    of_2020 = frame["period"] == "2020"
    frame.loc[of_2020, ["arrests", "strip_searches"]] = old.frame[
        ["arrests", "strip_searches"]
    ].to_numpy()
    hidden.loc[of_2020] = old.hidden.to_numpy()
    at = frame.index[of_2020 & (frame["Perceived Division"] == "D11")]
    frame.loc[at[0], "arrests"] += 1
    hidden.loc[at[1], "strip_searches"] = False
    frame.loc[at[1], "strip_searches"] = 9
    second = release(tables=(replace(table, frame=frame, hidden=hidden), calls()))
    made = plan(second, tmp_path / "1.0.0")
    assert made.version == "1.1.0"
    (changed,) = made.changes.tables
    assert Counter(row.reason for row in changed.rows_added) == {"new data": 9}
    assert [(v.column, v.old, v.new, v.reason) for v in changed.values_changed] == [
        ("arrests", "7", "8", "revision"),
        ("strip_searches", "[c]", "9", "suppression"),
    ]
    folder = tmp_path / "candidates" / "1.1.0"
    write_package(second, "1.1.0", folder, tmp_path / "1.0.0", made)
    again = tmp_path / "again"
    write_package(second, "1.1.0", again, tmp_path / "1.0.0")
    assert (folder / "SHA256SUMS").read_bytes() == (again / "SHA256SUMS").read_bytes()
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.index("## 1.1.0") < text.index("## 1.0.0")
    assert "9 rows added (new data 9); 2 values changed (revision 1, suppression 1)" in text
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["version"] == "1.1.0"
    dcat = json.loads((folder / "dcat.jsonld").read_text(encoding="utf-8"))
    before = json.loads((tmp_path / "1.0.0/dcat.jsonld").read_text(encoding="utf-8"))
    assert dcat["@graph"][1]["dcat:previousVersion"]["@id"] == before["@graph"][1]["@id"]
    assert dcat["@graph"][0]["@id"] == before["@graph"][0]["@id"]


def test_changelog_keeps_every_earlier_entry_once():
    made = release(data_as_of=date(2022, 3, 31))
    first = changelog(made, "1.0.0", Changes(None, ("t",)), "")
    second = changelog(made, "2.0.0", Changes("1.0.0", ("u",), ("t",)), first)
    third = changelog(made, "2.0.1", Changes("2.0.0"), second)
    heads = [line for line in third.splitlines() if line.startswith("#")]
    assert heads == ["# Changelog", "## 2.0.1", "## 2.0.0", "## 1.0.0"]
    assert "table `u` is new" in third and "table `t` is no longer published" in third
    assert "The data files are those of 2.0.0." in third
