"""Every planted defect is in the records, is written down, and nothing else is wrong."""

import pandas as pd
import pytest

from rbdc.sources.simulator.labels import PERCEIVED_RACES

from .conftest import Simulated

END = pd.Timestamp("2024-01-01")
KEYS = {
    "arrests": ("arrest_id", "arrested_at"),
    "enforcement_actions": ("action_id", "action_at"),
    "strip_searches": ("search_id", "searched_at"),
}


def found_defects(demo: Simulated) -> dict[tuple[str, str], set[str]]:
    """Look for each kind of defect in the records, without the list of what was planted."""
    tables = {name: demo.table(name) for name in KEYS}
    arrests, searches = tables["arrests"], tables["strip_searches"]
    found = {}
    for table, frame in tables.items():
        key, event = KEYS[table]
        at = pd.to_datetime(frame[event], errors="coerce", format="%Y-%m-%dT%H:%M:%S")
        late = pd.to_datetime(frame["updated_at"]) - at > pd.Timedelta(days=30)
        deleted = frame["is_deleted"] == 1
        twice = frame.duplicated()
        rows = {
            "unparseable_timestamp": at.isna(),
            "late_update": late & ~deleted,
            "deleted": deleted,
            "duplicate_row": twice,
            "conflicting_row": frame.duplicated(key) & ~twice,
        }
        if table != "strip_searches":
            race = frame["perceived_race"]
            rows |= {
                "missing_race": race.fillna("") == "",
                "missing_person_id": frame["person_id"].isna(),
                "missing_division": frame["division"] == "XX",
                "label_drift": race.isin(["Middle-Eastern", "BLACK", " White "]),
                "impossible_age": ~frame["age"].between(10, 100),
                "future_timestamp": at > END,
            }
        found |= {(table, name): set(frame.loc[which, key]) for name, which in rows.items()}
    strip = searches.loc[searches["search_level"] == 3, "arrest_id"]
    unbooked = arrests["arrest_id"].isin(strip) & (arrests["booked"] == 0)
    found["arrests", "strip_search_not_booked"] = set(arrests.loc[unbooked, "arrest_id"])
    unknown = searches["arrest_id"].str.startswith("UNKNOWN-")
    found["strip_searches", "unknown_arrest"] = set(searches.loc[unknown, "search_id"])
    return found


def test_what_is_wrong_is_what_was_planted(demo: Simulated) -> None:
    planted = demo.table("planted_defects")
    listed = {k: set(rows["row_key"]) for k, rows in planted.groupby(["table_name", "defect"])}
    found = found_defects(demo)
    # A conflicting copy says booked the other way round, so it may look unbooked as well.
    found["arrests", "strip_search_not_booked"] -= listed["arrests", "conflicting_row"]
    assert found == listed and len(listed) == 29
    assert demo.report.planted == {key: len(rows) for key, rows in listed.items()}
    assert not planted.duplicated(["table_name", "row_key"]).any()


def test_defects_come_at_the_configured_rates(demo: Simulated) -> None:
    for table, share in {"arrests": 0.02, "enforcement_actions": 0.02}.items():
        rows, planted = demo.report.rows[table], demo.report.planted
        assert planted[table, "missing_division"] / rows == pytest.approx(share, rel=0.2)


def test_every_search_of_a_known_arrest_belongs_to_one(demo: Simulated) -> None:
    arrests, searches = demo.table("arrests"), demo.table("strip_searches")
    orphans = searches[~searches["arrest_id"].isin(arrests["arrest_id"])]
    rest = orphans[~orphans["arrest_id"].str.startswith("UNKNOWN-")]
    # A search can be entered some hours before its arrest is, or weeks where the arrest is late.
    assert len(rest) < 0.02 * len(searches)


def test_conflicting_rows_agree_in_key_and_cursor_only_in_part(demo: Simulated) -> None:
    planted = demo.table("planted_defects").query("defect == 'conflicting_row'")
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
    drifted = {"Middle-Eastern", "BLACK", " White ", ""}
    assert set(arrests["perceived_race"].dropna()) == {*PERCEIVED_RACES, "Unknown", *drifted}
    assert set(arrests["sex"]) == {"M", "F", "X"}
    assert set(arrests["division"]) == {"D1", "D2", "D3", "D4", "D5", "D6", "XX"}
    assert set(demo.table("strip_searches")["search_level"]) == {1, 2, 3}


def test_actions_in_which_force_was_used_name_the_incident_of_the_reports(demo: Simulated) -> None:
    actions = demo.table("enforcement_actions")
    named = actions.dropna(subset="force_incident_number")
    assert 0.01 < len(named) / len(actions) < 0.05
    main = pd.concat(
        demo.csv(f"provincial/uof_main_records_{year}.csv") for year in ("2022", "2023")
    )
    with_people = main[main["Inclusion_SOLGEN_ARA_Analysis"] == "Yes"]
    told, reported = set(named["force_incident_number"]), set(with_people["IncidentNumber"])
    # Of some incidents the record or the reports come later than the end of the simulation.
    assert len(told & reported) > 0.97 * len(told | reported)
    assert (named.groupby("force_incident_number")["occurrence_id"].nunique() == 1).all()


def test_records_of_an_occurrence_are_of_one_call_type(demo: Simulated) -> None:
    call_types = demo.table("calls_for_service")["call_type"].unique()
    told = demo.table("occurrences").drop_duplicates("occurrence_id").set_index("occurrence_id")
    for table in (
        "arrests",
        "enforcement_actions",
        "youth_diversions",
        "mental_health_apprehensions",
        "child_protection_apprehensions",
    ):
        rows = demo.table(table)
        assert set(rows["call_type"]) <= set(call_types)
        occurrence = rows["occurrence_id"].map(told["call_type"])
        assert (occurrence == rows["call_type"])[occurrence.notna()].all()


def test_direct_identifiers_are_there_to_be_kept_out(demo: Simulated) -> None:
    actions = demo.table("enforcement_actions")
    assert actions[["person_name", "date_of_birth", "officer_id", "action_id"]].notna().all().all()
    people = actions.dropna(subset="person_id").groupby("person_id")
    assert (people[["person_name", "date_of_birth"]].nunique() == 1).all().all()
