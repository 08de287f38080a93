"""The simulated service, edited after its first refresh: what changes, and what must not."""

import json
import os

import pytest

from rbdc.store.marts import ANSWERS
from tests.e2e.demo_world import again
from tests.pipeline import hashes, last_run, mart, query

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

MART = "indicators/disproportionality"


def test_deleted_warehouse_comes_back_the_same_with_a_table_held(world, original):
    """Nothing but what was accepted makes the marts: a held table goes on with its last rows."""
    state = world[0]
    file = state / "source_systems" / "provincial" / "uof_main_records_2023.csv"
    content = file.read_bytes()
    file.write_bytes(b"")
    (state / "warehouse.duckdb").unlink()
    assert "to be rebuilt: the warehouse is missing" in again(world)
    file.write_bytes(content)
    report = last_run(state)
    held = next(row for row in report["sources"] if row["table"] == "main_records")
    assert (report["status"], report["exit_status"], held["verdict"]) == ("held", 0, "rejected")
    assert "is empty" in held["reason"] and hashes(state) == original


def test_edited_label_changes_what_it_should_and_nothing_else(world):
    state, service, _, _ = world
    labels = service / "labels.csv"
    text, before = labels.read_text(), hashes(state)
    assert "rms,gender,X," in text
    labels.write_text(text.replace("rms,gender,X,", "rms,gender,Z,"))
    again(world)
    labels.write_text(text)
    changed = [name for name, digest in hashes(state).items() if digest != before[name]]
    assert last_run(state)["marts_changed"] == changed
    counts = mart(state, "interactions/interaction_counts")
    unmapped = query(f"select distinct dimension from {counts} where dimension_value = 'Unmapped'")
    assert unmapped == [("gender",)]
    quality = mart(state, "indicators/data_quality")
    found = query(
        f"select table_name, status from {quality} where measure = 'new_label' "
        "and subject = 'sex: X' and value > 0 and owner = 'team:records-management'"
    )
    assert {("arrests", "warn"), ("enforcement_actions", "warn")} <= set(found)


def test_mended_label_and_edited_threshold_reclassify_and_leave_counts_alone(world, original):
    """The label is as it was, so the counts are; a threshold only changes how they are read."""
    state, service, _, _ = world
    framework = service / "framework.yml"
    text = framework.read_text()
    small = f"select count(*) from {mart(state, MART)} where small_count"
    few = query(small)[0][0]
    framework.write_text(text.replace("small_count: 10 ", "small_count: 40 "))
    again(world)
    framework.write_text(text)
    changed = {name for name, digest in hashes(state).items() if digest != original[name]}
    # Figures, and what is made from them; nothing that is counted.
    assert "indicators.disproportionality" in changed
    assert changed <= {"indicators.disproportionality", *ANSWERS}
    assert query(small)[0][0] > few


def test_late_correction_in_the_records_system_arrives_as_an_increment(world):
    import sqlite3

    state = world[0]
    connection = sqlite3.connect(state / "source_systems" / "records.sqlite")
    connection.execute(
        "update arrests set perceived_race = 'White', updated_at = '2024-02-02T00:00:00' "
        "where rowid in (select rowid from arrests where perceived_race = 'Black' "
        "and is_deleted = 0 and arrested_at between '2023-01-01' and '2023-12-01' limit 7)"
    )
    connection.commit()
    connection.close()
    total = (
        f"select sum(count) from {mart(state, 'interactions/interaction_counts')} where "
        "interaction = 'arrest' and period = '2023' and dimension = 'all' and race_group = "
    )
    before = [query(total + f"'{group}'")[0][0] for group in ("Black", "White")]
    again(world)
    after = [query(total + f"'{group}'")[0][0] for group in ("Black", "White")]
    assert (before[0] - after[0], after[1] - before[1]) == (7, 7)
    arrests = next(row for row in last_run(state)["sources"] if row["table"] == "arrests")
    assert arrests["verdict"] == "accepted" and 7 <= arrests["rows_landed"] < 100
    load = sorted((state / "raw/rms/arrests").glob("*/load.json"))[-1]
    assert json.loads(load.read_text())["delivery"] == "increment"
    assert os.path.realpath(state / "marts").endswith(last_run(state)["run_id"])
