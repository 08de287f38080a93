"""The simulated service from an empty folder: refreshed, looked at, and refreshed again."""

import re

import duckdb
import pytest

from rbdc.duck import load_extension
from rbdc.explain import explain
from rbdc.sources.simulator.config import load_simulation
from rbdc.sources.simulator.truth import Truth
from rbdc.store.layout import StateFolder
from tests.e2e.demo_world import again
from tests.pipeline import hashes, last_run, mart, query, refresh_here

MART = "indicators/disproportionality"


def test_first_refresh_tells_a_person_what_happened(world, original):
    state, _, _, printed = world
    assert "SIMULATED DATA" in printed and "Strip searches, of people arrested" in printed
    assert str(state / "marts" / "indicators" / "disproportionality.parquet") in printed
    for word in ("landed", "accepted", "quarantined", "over-represented"):
        assert word in printed
    report = last_run(state)
    assert (report["status"], report["exit_status"]) == ("done", 0)
    assert report["marts_changed"] == list(original)
    assert {row["verdict"] for row in report["sources"]} == {"accepted"}
    assert "Simulated data" in (state / "last_run.html").read_text()


def test_every_landed_row_is_accounted_for(world):
    state = world[0]
    rows = query(
        "select sum(rows_landed), sum(rows_accepted + rows_quarantined + rows_unchanged "
        f"+ rows_rejected), sum(rows_quarantined) from {mart(state, 'audit/loads')}"
    )[0]
    assert rows[0] == rows[1] > 10_000 and rows[2] > 0


def test_planted_disparity_is_found_and_parity_is_not_called_disparity(world):
    found = dict(
        query(
            f"select race_group, classification from {mart(world[0], MART)} where "
            "indicator = 'arrest_of_residents' and period = '2023' and dimension = 'all' "
            "and classification is not null"
        )
    )
    # simulation.yml: relative rates 2.2, 2.6, 0.5 against White 1.0.
    assert found["Black"] == found["Indigenous"] == "over_represented"
    assert found["East/Southeast Asian"] == "under_represented"


PHASE_2 = {
    "youth_diversion": "youth_diversions",
    "mental_health_apprehension": "mental_health_apprehensions",
    "child_protection_apprehension": "child_protection_apprehensions",
}


def counted(world, interaction: str, unit: str = "person") -> dict[str, int]:
    """Counts of an interaction by race group, all periods together; calls have one unit."""
    unit = "incident" if interaction == "call_attended" else unit
    rows = query(
        "select race_group, sum(count)::bigint "
        f"from {mart(world[0], 'interactions/interaction_counts')} where period_type = 'all' "
        f"and dimension = 'all' and interaction = '{interaction}' and unit = '{unit}' "
        "group by race_group"
    )
    return dict(rows)


def test_phase_2_counts_are_those_of_the_records(world):
    """Plain SQL on the records system, less what was set aside, gives the same numbers."""
    state = world[0]
    with duckdb.connect() as connection:
        load_extension(connection, "sqlite_scanner")
        records = state / "source_systems" / "records.sqlite"
        connection.execute(f"attach '{records}' as records (type sqlite, read_only)")
        connection.execute(f"attach '{state / 'warehouse.duckdb'}' as warehouse (read_only)")
        by_race = "select perceived_race, count(*) from records.{} where {} group by all"
        for interaction, table in PHASE_2.items():
            recorded = connection.execute(by_race.format(table, "is_deleted = 0")).fetchall()
            assert counted(world, interaction) == dict(recorded)
        attended = by_race.format("calls_for_service", "attended = 1 and is_deleted = 0")
        assert counted(world, "call_attended") == dict(connection.execute(attended).fetchall())

        other = "action_type <> 'Arrest' and is_deleted = 0 and action_id not in (" + (
            " union ".join(f"select action_id from records.{table}" for table in PHASE_2.values())
        )
        actions = (
            f"(select count(*) from records.enforcement_actions where {other})) - (select count(*) "
            "from (select row->>'action_type' as action_type, (row->>'is_deleted')::int as "
            "is_deleted, row->>'action_id' as action_id from warehouse.quarantine.rows "
            f"where table_name = 'enforcement_actions') where {other}))"
        )
        others = connection.execute(f"select {actions}").fetchone()[0]
    own_records = sum(
        sum(counted(world, interaction).values()) for interaction in ("arrest", *PHASE_2)
    )
    assert others > 1000
    assert sum(counted(world, "enforcement_action").values()) == others + own_records


def test_incidents_of_enforcement_actions_are_the_occurrences_of_their_people(world):
    models = ("arrests", "diversions_and_apprehensions", "other_enforcement_actions")
    people = " union all ".join(
        f"select event_key from warehouse.interactions.{model}" for model in models
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach '{world[0] / 'warehouse.duckdb'}' as warehouse (read_only)")
        (occurrences,) = connection.execute(
            f"select count(distinct event_key) from ({people})"
        ).fetchone()
    incidents = counted(world, "enforcement_action", "incident")
    assert sum(incidents.values()) == occurrences
    assert 0 < incidents["Multiple race group"] < 0.1 * occurrences


def test_incidents_of_force_are_told_by_the_actions_in_which_it_was_used(world):
    counts = mart(world[0], "interactions/interaction_counts")
    of_force = (
        f"select dimension_value, sum(count) from {counts} where interaction = 'use_of_force' and "
        "unit = 'incident' and period_type = 'all' and dimension = '{}' group by all"
    )
    total = dict(query(of_force.format("all")))["all"]
    for dimension in ("division", "occurrence_category", "call_type"):
        found = dict(query(of_force.format(dimension)))
        assert sum(found.values()) == total
        assert found.get("Unknown", 0) < 0.05 * total
        assert len(found) > 5


def test_within_call_types_arrests_show_no_disparity(world):
    """simulation.yml plants it: disparities come from who is met in which call type."""
    figures = query(
        "select race_group, dimension_value, sum(outcome_count), sum(benchmark_count) "
        f"from {mart(world[0], 'indicators/disproportionality')} "
        "where indicator = 'arrest_of_enforcement_actions' and period_type = 'year' "
        "and dimension = 'call_type' group by all"
    )
    cells = {(race, call): (arrests, actions) for race, call, arrests, actions in figures}
    expected, variance, found = 0.0, 0.0, 0
    # Where apprehension comes before arrest, disparities of that show.
    for call in {call for _, call in cells} - {"Person in crisis", "Child welfare"}:
        (black, of_black), (white, of_white) = cells["Black", call], cells["White", call]
        share = (black + white) / max(of_black + of_white, 1)
        found, expected = found + black, expected + of_black * share
        variance += of_black * of_white / max(of_black + of_white, 1) * share * (1 - share)
    # Same people come again: twice the variance of independent draws allows for them.
    assert abs(found - expected) < 4 * (2 * variance) ** 0.5


@pytest.mark.parametrize("interaction", [*PHASE_2, "call_attended", "booking"])
def test_phase_2_counts_lie_around_the_truth_of_the_simulation(world, interaction):
    config = load_simulation(world[1] / "simulation.yml")
    days = config.period.first_day, config.period.last_day
    expected = Truth(config).expected(interaction, *days).sum()
    found = sum(counted(world, interaction).values())
    # People come again, and a few records are entered after the simulation ends.
    assert abs(found - expected) < 5 * expected**0.5 + 0.02 * expected


def test_custody_times_add_up_to_bookings(world):
    counts = mart(world[0], "interactions/interaction_counts")
    bands = query(
        f"select dimension_value, sum(count) from {counts} where period_type = 'all' "
        "and interaction = 'booking' and dimension = 'custody_time' group by all"
    )
    shares = {band: count / sum(n for _, n in bands) for band, count in bands}
    assert sum(n for _, n in bands) == sum(counted(world, "booking").values())
    # simulation.yml: a median of 9 hours, lognormal with sigma 0.8; Unknown only while it lasts.
    assert shares["under 6 hours"] == pytest.approx(0.306, abs=0.03)
    assert shares["over 24 hours"] == pytest.approx(0.110, abs=0.03)
    assert shares["Unknown"] < 0.02


def test_no_identifier_crosses_the_border(world):
    """Names, birth dates and officers stay in the records system; people become pseudonyms."""
    import sqlite3

    state = world[0]
    connection = sqlite3.connect(state / "source_systems" / "records.sqlite")
    people = connection.execute(
        "select distinct person_id, person_name from arrests where person_id <> '' limit 50"
    ).fetchall()
    connection.close()
    rows = query(
        f"select person_id, * from read_parquet('{state / 'raw/rms/arrests/*/rows.parquet'}')"
    )
    values = {str(value) for row in rows for value in row}
    assert people and not values & {str(v) for person in people for v in person}
    assert all(row[0] is None or row[0].startswith("demo-1:") for row in rows)
    key = state / "demo_pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_one_figure_of_every_indicator_is_explained_down_to_its_records(world):
    """Every count is made again, and the loads behind it reach as far as the figure says."""
    state = world[0]
    figures = query(
        "select indicator, any_value(figure_id order by hash(figure_id)), any_value(data_as_of) "
        f"from {mart(state, MART)} group by all"
    )
    assert len(figures) > 10
    for indicator, figure_id, data_as_of in figures:
        found = explain(StateFolder(state), figure_id, synthetic=True)
        assert found.agrees and "marts alone" not in found.text, found.text
        assert " interactions.encounters" in found.text or "interaction_units" in found.text
        assert found.text.count("batch checksum") >= 2, indicator
        reach = re.findall(r"(\w+)__\w+-\d{6}  \w+, data as of ([\d-]+)", found.text)
        dated = [day for source, day in reach if source not in ("config", "population")]
        assert min(dated) == str(data_as_of), indicator


def test_second_refresh_changes_nothing(world):
    before = hashes(world[0])
    printed = again(world)
    report = last_run(world[0])
    assert {row["verdict"] for row in report["sources"]} == {"unchanged"}
    assert report["marts_changed"] == [] and hashes(world[0]) == before
    assert "up to date: nothing to rebuild" in printed


def test_night_with_nothing_new_leaves_row_counts_and_checks_in_the_ui(world):
    """Every check that the run planned has a result, and models keep what is known of them."""
    import dagster as dg

    run_id = last_run(world[0])["run_id"]
    with dg.DagsterInstance.from_config(str(world[0] / "dagster_home")) as instance:
        events = [e.dagster_event for e in instance.all_logs(run_id) if e.dagster_event]
        made = instance.get_latest_materialization_event(
            dg.AssetKey(["indicators", "disproportionality"])
        )
    kinds = [event.event_type_value for event in events]
    planned = kinds.count("ASSET_CHECK_EVALUATION_PLANNED")
    assert planned == kinds.count("ASSET_CHECK_EVALUATION") > 150
    assert made and made.run_id == run_id and made.asset_materialization
    metadata = made.asset_materialization.metadata
    assert metadata["dagster/row_count"].value > 1000
    assert {"dagster/column_schema", "dagster/column_lineage", "rebuilt"} <= set(metadata)


def test_refused_labels_stop_the_run_and_leave_the_marts(world, original):
    state, service, settings, _ = world
    labels = service / "labels.csv"
    text = labels.read_text()
    labels.write_text(text + text.splitlines()[1] + "\n")  # a line that stands twice
    outcome = refresh_here(state.parent, "--service", "demo", **settings)
    labels.write_text(text)
    assert outcome.returncode == 3 and "config__labels was refused by rule" in outcome.stderr
    assert "The marts of the last good run are unchanged." in outcome.stdout
    assert hashes(state) == original and last_run(state)["status"] == "refused"
    assert "last good run are still in place" in (state / "last_run.html").read_text()
    assert not (state / "building.json").exists()


def test_failed_data_test_stops_the_run_before_the_next_layer(world, original):
    """A standard label that is misspelt passes the gate with a warning; the framework lacks it."""
    import dagster as dg

    state, service, settings, _ = world
    labels = service / "labels.csv"
    text = labels.read_text()
    line = "rms,race_group,Latino,Latino"
    assert text.count(line) == 1
    labels.write_text(text.replace(line, line[:-1]))
    outcome = refresh_here(state.parent, "--service", "demo", **settings)
    labels.write_text(text)
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "dbt stopped: race_group_is_known_" in outcome.stderr
    assert "race_group_is_known_encounters_race_group: Got 1 result" in outcome.stderr
    assert "dbt      staging" in outcome.stdout and "dbt      benchmarks" not in outcome.stdout
    assert hashes(state) == original
    with dg.DagsterInstance.from_config(str(state / "dagster_home")) as instance:
        events = instance.all_logs(last_run(state)["run_id"])
    evaluations = [
        event.dagster_event.asset_check_evaluation_data
        for event in events
        if event.dagster_event and event.dagster_event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    failed = {one.check_name for one in evaluations if not one.passed}
    assert "race_group_is_known_encounters_race_group" in failed


def test_quality_of_every_system_is_measured(world):
    state = world[0]
    quality = mart(state, "indicators/data_quality")
    assert dict(
        query(f"select measure, count(*) > 0 from {quality} where period_type = 'all' group by all")
    ).keys() >= {"score", "missing_race_share", "late_record_share", "linked_share"}
    # Defects are planted in a few records of each thousand: some are missed, most are not.
    (linked,) = query(
        f"select value from {quality} where subject = 'strip searches to arrests' "
        "and period_type = 'all'"
    )
    assert 0.9 < linked[0] < 1
    (late,) = query(
        f"select value from {quality} where measure = 'late_record_share' "
        "and table_name = 'arrests' and period_type = 'all'"
    )
    assert 0.01 < late[0] < 0.06
    docs = state / "quality" / "data_docs"
    assert (docs / "index.html").exists() and (docs / "rms__arrests.html").exists()
