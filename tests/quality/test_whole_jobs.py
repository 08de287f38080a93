"""Every seeded fault in a whole job: it stops it, or is set aside or counted, and is shown."""

import shutil
from collections import defaultdict
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest

from expectations.rules import load_suites
from tests.quality.attacked import write_batches, write_service
from tests.quality.faults import FAULTS
from tests.quality.good_batches import Fault, Rows
from tests.quality.whole_jobs import (
    ACTIONS,
    Job,
    Marts,
    assert_action_was_taken,
    assert_marts_hold_what_passed,
    assert_nothing_was_built,
    assert_refused,
    refuses,
    run_job,
)

SUITES = load_suites()
# The gate cannot know the groups of a service's framework: it warns, and the models' tests refuse.
STOPPED_LATER = {("config__labels", "race_group_known"): "race_group_is_known"}
COPIES = {suite.same_as: name for name, suite in SUITES.items() if suite.same_as}
# In the small service each action has a table of its own.
SMALL = {
    "quarantine": ("rms__arrests", "age_from_0_to_120"),
    "warn": ("rms__bookings", "custody_does_not_end_before_it_begins"),
    "info": ("rms__strip_searches", "one_strip_search_an_arrest"),
    "refuse": ("config__labels", "place_of_label_present"),
}


def spoil_a_thousand_calls(rows: Rows) -> None:
    rows.extend(rows[0] | {"call_id": f"X{n}", "attended": "7"} for n in range(1000))


A_THOUSAND = Fault("rms__calls_for_service", spoil_a_thousand_calls, {"attended_is_0_or_1": 1000})
SMALL_TABLES = {A_THOUSAND.table, *(table for table, _ in SMALL.values())}


def fault_of(table: str, rule: str) -> Fault:
    return next(fault for fault in FAULTS if (fault.table, fault.rule) == (table, rule))


@pytest.fixture(scope="module")
def small_job(tmp_path_factory) -> Job:
    """A job whose sources hold a fault for each action but `refuse`."""
    folder = tmp_path_factory.mktemp("small")
    tables = write_service(folder, SMALL_TABLES)
    faults = [fault_of(*SMALL[action]) for action in ("quarantine", "warn", "info")]
    faults.append(A_THOUSAND)
    write_batches(folder, tables, faults)
    return run_job(folder)


@pytest.mark.parametrize("action", ["quarantine", "warn", "info"])
def test_fault_is_set_aside_or_counted_and_shown(small_job, action):
    table, rule = SMALL[action]
    assert ACTIONS[table, rule] == action
    assert_marts_hold_what_passed(small_job, sorted(SMALL_TABLES))
    assert_action_was_taken(small_job, fault_of(table, rule), rule)


def test_a_thousand_faulty_rows_are_a_thousand_rows_in_quarantine(small_job):
    assert_action_was_taken(small_job, A_THOUSAND, A_THOUSAND.rule)
    load = small_job.loads[A_THOUSAND.table]
    assert (load["rows_landed"], load["rows_quarantined"]) == (1003, 1000)


def test_no_later_asset_runs_on_a_fault_that_refuses(small_job):
    table, rule = SMALL["refuse"]
    assert ACTIONS[table, rule] == "refuse"
    folder, before = small_job.folder, Marts.of(small_job.state)
    fault = fault_of(table, rule)
    write_batches(folder, list(small_job.loads), [fault])
    job = run_job(folder)
    assert_nothing_was_built(job, [fault], before)
    assert_refused(job, fault)


# --- all faults: a round has one fault of every table that has so many


def rounds(faults: list[Fault]) -> list[list[Fault]]:
    """The first faults of all tables, the second ones, and so on: one fault a table."""
    of_table = defaultdict(list)
    for fault in faults:
        of_table[fault.table].append(fault)
    return [[f for f in one if f] for one in zip_longest(*of_table.values())]


def with_copies(faults: list[Fault]) -> list[Fault]:
    """The same faults in the tables that are copies of others, too."""
    return [*faults, *(replace(f, table=COPIES[f.table]) for f in faults if f.table in COPIES)]


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Job:
    """The whole service after a job whose sources are good."""
    folder = tmp_path_factory.mktemp("good")
    tables = write_service(folder)
    write_batches(folder, tables, [])
    job = run_job(folder)
    assert_marts_hold_what_passed(job, tables)
    shown = {name: one for name, one in job.checks.items() if name in ACTIONS}
    assert len(shown) == len([t for t, _ in ACTIONS if t in job.loads])
    assert all(check.passed for check in shown.values())
    return job


@pytest.fixture
def folder(good, tmp_path) -> Path:
    return Path(shutil.copytree(good.folder, tmp_path / "copy", symlinks=True))


def ids(faults: list[list[Fault]]) -> list[str]:
    return [f"round-{number}-of-{len(faults)}" for number in range(1, len(faults) + 1)]


LATER = [fault for fault in FAULTS if (fault.table, fault.rule) in STOPPED_LATER]
MILD = rounds([fault for fault in FAULTS if not refuses(fault) and fault not in LATER])
# What these deliver is good, but raw holds more.
CUT_SHORT = [fault for fault in FAULTS if fault.held]
REFUSED = rounds([fault for fault in FAULTS if refuses(fault) and fault not in CUT_SHORT])


@pytest.mark.long
@pytest.mark.parametrize("faults", MILD, ids=ids(MILD))
def test_faults_are_set_aside_or_counted_and_shown(good, folder, faults):
    planted = [fault for fault in with_copies(faults) if fault.table in good.loads]
    write_batches(folder, list(good.loads), planted)
    job = run_job(folder)
    assert_marts_hold_what_passed(job, list(good.loads))
    for fault in planted:
        for rule in fault.counts:
            assert_action_was_taken(job, fault, rule)


@pytest.mark.long
@pytest.mark.parametrize("faults", REFUSED, ids=ids(REFUSED))
def test_no_later_asset_runs_on_faults_that_refuse(good, folder, faults):
    planted = [fault for fault in with_copies(faults) if fault.table in good.loads]
    write_batches(folder, list(good.loads), planted)
    job = run_job(folder)
    assert_nothing_was_built(job, planted, Marts.of(good.state))
    for fault in planted:
        assert_refused(job, fault)


@pytest.mark.long
def test_no_later_asset_runs_on_deliveries_that_are_cut_short(good, folder):
    """Of the good batch that raw holds a third comes; other rules may well refuse that, too."""
    cut = [
        replace(fault, seed=lambda rows: rows.__delitem__(slice((len(rows) + 2) // 3, None)))
        for fault in CUT_SHORT
        if fault.table in good.loads
    ]
    assert cut
    write_batches(folder, list(good.loads), cut)
    job = run_job(folder)
    assert_nothing_was_built(job, cut, Marts.of(good.state))
    for fault in cut:
        assert_refused(job, fault)


@pytest.mark.long
@pytest.mark.parametrize("fault", LATER, ids=[fault.rule for fault in LATER])
def test_fault_that_the_gate_cannot_refuse_is_refused_by_the_models(good, folder, fault):
    write_batches(folder, list(good.loads), [fault])
    job = run_job(folder)
    assert job.outcome.returncode == 3 and Marts.of(job.state) == Marts.of(good.state)
    assert STOPPED_LATER[fault.table, fault.rule] in job.outcome.stderr
    assert job.checks[fault.table, "gate"].passed and ("marts",) not in job.built
    assert not job.checks[fault.table, fault.rule].passed


def test_every_rule_of_a_landed_table_is_attacked_in_some_round(tmp_path):
    tables = write_service(tmp_path)
    one_by_one = [*MILD, *REFUSED, LATER, CUT_SHORT]
    planted = {(f.table, f.rule) for one in one_by_one for f in with_copies(one)}
    assert planted >= {(name, r.name) for name in tables for r in SUITES[name].rules}
    assert len({rule for _, rule in planted}) >= 40
