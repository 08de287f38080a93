"""Every planted defect is in the records, is written down, and nothing else is wrong."""

import pandas as pd
import pytest

from rbdc.sources.simulator import generate
from rbdc.sources.simulator.labels import PERCEIVED_RACES

from .conftest import Changed, Simulated

END = pd.Timestamp("2024-01-31T23:59:59")
KEYS = {"arrests": ("arrest_id", "arrested_at"), "strip_searches": ("search_id", "searched_at")}


def found_defects(demo: Simulated) -> dict[tuple[str, str], set[str]]:
    """Look for each kind of defect in the records, without the list of what was planted."""
    arrests, searches = demo.table("arrests"), demo.table("strip_searches")
    strip = searches.loc[searches["search_level"] == 3, "arrest_id"]
    found = {
        ("arrests", name): set(arrests.loc[rows, "arrest_id"])
        for name, rows in {
            "missing_race": arrests["perceived_race"].fillna("") == "",
            "missing_person_id": arrests["person_id"].isna(),
            "missing_division": arrests["division"] == "XX",
            "label_drift": arrests["perceived_race"].isin(["Middle-Eastern", "BLACK", " White "]),
            "impossible_age": ~arrests["age"].between(10, 100),
            "strip_search_not_booked": arrests["arrest_id"].isin(strip) & (arrests["booked"] == 0),
            "future_timestamp": pd.to_datetime(arrests["arrested_at"], errors="coerce") > END,
        }.items()
    }
    known = set(arrests["arrest_id"])
    orphans = searches[~searches["arrest_id"].isin(known)]
    found["strip_searches", "unknown_arrest"] = set(orphans["search_id"])
    for table, frame in (("arrests", arrests), ("strip_searches", searches)):
        key, event = KEYS[table]
        at = pd.to_datetime(frame[event], errors="coerce", format="%Y-%m-%dT%H:%M:%S")
        late = pd.to_datetime(frame["updated_at"]) - at > pd.Timedelta(days=30)
        deleted = frame["is_deleted"] == 1
        twice = frame.duplicated()
        copies = frame[key][frame.duplicated(key) & ~twice]
        found |= {
            (table, "unparseable_timestamp"): set(frame.loc[at.isna(), key]),
            (table, "late_update"): set(frame.loc[late & ~deleted, key]),
            (table, "deleted"): set(frame.loc[deleted, key]),
            (table, "duplicate_row"): set(frame.loc[twice, key]),
            (table, "conflicting_row"): set(copies),
        }
    return found


def test_what_is_wrong_is_what_was_planted(demo: Simulated) -> None:
    planted = demo.csv("planted_defects.csv")
    assert list(planted.columns) == ["table", "row_key", "defect"]
    listed = {key: set(rows["row_key"]) for key, rows in planted.groupby(["table", "defect"])}
    found = found_defects(demo)
    # A conflicting copy says booked the other way round, so it may look unbooked as well.
    found["arrests", "strip_search_not_booked"] -= listed["arrests", "conflicting_row"]
    assert found == listed
    assert demo.report.defects == {key: len(rows) for key, rows in listed.items()}
    assert not planted.duplicated(["table", "row_key"]).any()


def test_conflicting_rows_agree_in_key_and_cursor_only_in_part(demo: Simulated) -> None:
    planted = demo.csv("planted_defects.csv").query("defect == 'conflicting_row'")
    for table, (key, _) in KEYS.items():
        rows = demo.table(table)
        rows = rows[rows[key].isin(planted["row_key"])]
        different = rows.groupby(key).nunique(dropna=False)
        assert (rows.groupby(key).size() == 2).all()
        assert (different["updated_at"] == 1).all()
        assert (different.max(axis=1) == 2).all()


def test_updates_lie_between_the_event_and_the_end(demo: Simulated) -> None:
    for table, (_, event) in KEYS.items():
        rows = demo.table(table)
        updated = pd.to_datetime(rows["updated_at"], format="%Y-%m-%dT%H:%M:%S")
        assert updated.max() <= END
        at = pd.to_datetime(rows[event], errors="coerce", format="%Y-%m-%dT%H:%M:%S")
        in_time = at.notna() & (at <= END)
        assert (updated >= at)[in_time].all()
        assert in_time.mean() > 0.99


def test_searches_of_deleted_arrests_are_deleted(demo: Simulated) -> None:
    arrests, searches = demo.table("arrests"), demo.table("strip_searches")
    deleted = set(arrests.loc[arrests["is_deleted"] == 1, "arrest_id"])
    theirs = searches[searches["arrest_id"].isin(deleted)]
    assert len(theirs) > 0
    assert (theirs["is_deleted"] == 1).all()


def test_labels_are_the_listed_ones(demo: Simulated) -> None:
    arrests = demo.table("arrests")
    assert set(arrests["perceived_race"].dropna()) == {
        *PERCEIVED_RACES,
        "Unknown",
        "Middle-Eastern",
        "BLACK",
        " White ",
        "",
    }
    assert set(arrests["sex"]) == {"M", "F", "X"}
    assert set(arrests["division"]) == {"D1", "D2", "D3", "D4", "D5", "D6", "XX"}
    assert set(demo.table("strip_searches")["search_level"]) == {1, 2, 3}


def test_direct_identifiers_are_there_to_be_kept_out(demo: Simulated) -> None:
    arrests = demo.table("arrests")
    assert arrests[["person_name", "date_of_birth", "officer_id", "arrest_id"]].notna().all().all()
    people = arrests.dropna(subset="person_id").groupby("person_id")
    assert (people[["person_name", "date_of_birth"]].nunique() == 1).all().all()


@pytest.mark.parametrize("rate", [0.0, 1e-9])
def test_a_rate_of_zero_plants_nothing_and_any_other_at_least_one(
    changed: Changed, tmp_path, rate: float
) -> None:
    config = changed(
        {
            "residents.total": 20_000,
            "planted_defects.arrests.impossible_age": rate,
            "planted_defects.strip_searches.unknown_arrest": rate,
        }
    )
    defects = generate(config, tmp_path / "out").defects
    expected = 1 if rate else None
    assert defects.get(("arrests", "impossible_age")) == expected
    assert defects.get(("strip_searches", "unknown_arrest")) == expected
