"""Use-of-force incidents of one year, as officers' reports in the provincial shape of 2023."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.sources.simulator import provincial_2023 as form
from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.labels import PERCEIVED_RACES
from rbdc.sources.simulator.world import (
    Instants,
    PerceivedRace,
    count_residents,
    draw_instants,
    draw_weighted,
    expected_events,
    random_stream,
)

Texts = npt.NDArray[np.object_]
Known: TypeAlias = "str | npt.NDArray[Any] | pd.Series[Any]"


@dataclass(frozen=True)
class ForceReports:
    """The two provincial files, all columns as text."""

    main: pd.DataFrame
    individuals: pd.DataFrame


def make_force_reports(config: Simulation) -> ForceReports:
    """Draw incidents, the people in them, the officers who report and how they perceive people."""
    rng = random_stream(config.seed, "use_of_force")
    people = _people(config, rng)
    reports = _reports(config, people["incident"].nunique(), rng)
    seen = _people_in_reports(config, reports, people, rng)
    reports["people"] = seen.groupby("report").size().reindex(reports.index, fill_value=0)
    return ForceReports(
        _main_file(config, reports, rng), _individual_file(config, seen, reports, rng)
    )


def _people(config: Simulation, rng: np.random.Generator) -> pd.DataFrame:
    """One row a person in an incident: incident, race_group, gender, age_group, usual."""
    rules = config.use_of_force
    cells = count_residents(config.residents)
    events = expected_events(cells, rules.relative_rate, config.expected_incidents)
    size = max(1, rng.poisson(events.sum()))  # no service delivers an empty file
    first = rng.choice(len(cells), size=size, p=events / events.sum())
    number = draw_weighted(rules.people, len(first), rng).astype(int)
    incident = np.repeat(np.arange(len(first)), number)
    cell = np.repeat(first, number)
    further = np.concatenate([[False], incident[1:] == incident[:-1]])

    groups = cells["race_group"].to_numpy()
    alike = further & (rng.random(len(cell)) < rules.company_of_same_group)
    other = further & ~alike
    cell[other] = rng.choice(len(cells), size=other.sum(), p=events / events.sum())
    for group in config.residents.race_group:
        inside = np.flatnonzero(groups == group)
        chance = events[inside]
        rows = np.flatnonzero(alike & (groups[cell] == group))
        if len(rows):
            cell[rows] = rng.choice(inside, size=len(rows), p=chance / chance.sum())
    people = cells.iloc[cell][["race_group", "gender", "age_group"]].reset_index(drop=True)
    people["incident"] = incident
    people["usual"] = PerceivedRace(config.residents, config.perception).usual(
        people["race_group"], rng
    )
    return people


def _reports(config: Simulation, incidents: int, rng: np.random.Generator) -> pd.DataFrame:
    """One row a report: incident, interaction, at, location, kind of incident, other officers."""
    rules = config.use_of_force
    others = rules.other_reports_a_year
    interaction = np.repeat(
        np.array([form.WITH_PERSON, form.HUMANE, form.WITH_ANIMAL, form.WITHOUT_PERSON], object),
        [incidents, others.humane_destruction, others.animal, others.no_interaction],
    )
    size = len(interaction)
    number = np.ones(size, dtype=int)
    number[:incidents] = draw_weighted(rules.officer_reports, incidents, rng)
    year = dt.date(form.YEAR, 1, 1), dt.date(form.YEAR, 12, 31)
    table = pd.DataFrame(
        {
            "incident": np.arange(size),
            "incident_number": _numbers(100_000, 999_999, size, rng),
            "interaction": interaction,
            "at": draw_instants(config.activity, *year, size, rng),
            "location": draw_weighted(form.LOCATIONS, size, rng),
            "kind": "",
            "reports": number,
        }
    )
    for value, kinds in form.INCIDENT_TYPES.items():
        rows = interaction == value
        table.loc[rows, "kind"] = draw_weighted(kinds, rows.sum(), rng)

    reports = table.loc[np.repeat(table.index, table["reports"])].reset_index(drop=True)
    reports["later"] = reports.duplicated("incident")
    nobody = reports["later"] & (rng.random(len(reports)) < rules.officer_reports_nobody)
    reports.loc[nobody, "interaction"] = form.WITHOUT_PERSON
    next_day = reports["later"] & (rng.random(len(reports)) < rules.dated_next_day)
    # An incident on the last day is not moved into the year after.
    next_day &= reports["at"] < np.datetime64(year[1])
    reports.loc[next_day, "at"] += np.timedelta64(1, "D")
    reports["other_officers"] = reports["reports"] - 1 + rng.poisson(1.0, len(reports))
    return reports.iloc[rng.permutation(len(reports))].reset_index(drop=True)


def _people_in_reports(
    config: Simulation, reports: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """One row a person in a report: the first report covers everybody, a later one some."""
    with_person = reports.loc[reports["interaction"] == form.WITH_PERSON, ["incident", "later"]]
    seen = with_person.rename_axis("report").reset_index().merge(people, on="incident", how="inner")
    covered = ~seen["later"] | (
        rng.random(len(seen)) < config.use_of_force.officer_reports_on_each_person
    )
    # A report names at least one person: the incident's first where chance would leave none.
    covered |= ~covered.groupby(seen["report"]).transform("any") & ~seen.duplicated("report")
    seen = seen[covered].sort_values("report", kind="stable", ignore_index=True)
    perceived = PerceivedRace(config.residents, config.perception).perceive(
        seen["usual"].to_numpy(), rng
    )
    seen["race"] = np.array(PERCEIVED_RACES, dtype=object)[perceived]
    return seen


def _main_file(config: Simulation, reports: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    size = len(reports)
    reports["batch"] = _numbers(100_000_000, 999_999_999, size, rng)
    person = (reports["interaction"] == form.WITH_PERSON).to_numpy()
    team = person & (rng.random(size) < config.use_of_force.team_reports)
    at: Instants = reports["at"].to_numpy(dtype="M8[s]")
    minute = pd.Series(np.datetime_as_string(at, unit="m")).str[11:]
    known: dict[str, Known] = {
        "_id": np.arange(1, size + 1).astype(str),
        "BatchFileName": reports["batch"],
        "PoliceServiceType": form.MUNICIPAL,
        "PoliceService": config.service,
        "OPP_PoliceService": "",
        "IncidentNumber": config.service[:3].upper() + "-" + reports["incident_number"],
        "Date": np.datetime_as_string(at, unit="D"),
        "ApproximateTimeForceApplied": minute + ":00",
        "~location": reports["location"],
        "ReportType": np.where(team, form.TEAM_REPORT, form.INDIVIDUAL_REPORT),
        "IncidentType": reports["kind"],
        "InteractionType": reports["interaction"],
        "NumberIndividuals": reports["people"].astype(str).where(person, ""),
        "NumberOtherOfficers": reports["other_officers"].astype(str).where(person, ""),
        "Inclusion_SOLGEN_ARA_Analysis": np.where(person, "Yes", "No"),
    }
    return _filled(form.MAIN, known, size, rng)


def _individual_file(
    config: Simulation, seen: pd.DataFrame, reports: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    size = len(seen)
    hard = rng.random(size) < config.use_of_force.difficulty_perceiving
    other_gender = rng.random(size) < config.arrests.sex_recorded_x
    known: dict[str, Known] = {
        "_id": np.arange(1, size + 1).astype(str),
        "BatchFileName": reports["batch"].to_numpy()[seen["report"]],
        "Indiv_Index": (seen.groupby("report").cumcount() + 1).astype(str),
        "Race": seen["race"],
        "DifficultyPerceiving": np.where(hard, "Yes", "No"),
        "AgeCategory": seen["age_group"].str.replace(" to ", " - "),
        "Gender": seen["gender"].where(~other_gender, "Trans/Non-binary/Other"),
    }
    return _filled(form.INDIVIDUAL, known, size, rng)


def _filled(
    shape: Mapping[str, form.Answer | None],
    known: Mapping[str, Known],
    size: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """All columns of a file: what is known, and an answer drawn for every other question."""
    answers = {name: np.full(size, "", dtype=object) for name in known}
    for name, values in known.items():
        answers[name][:] = values
    for name, answer in shape.items():
        if answer is None:
            continue
        given = draw_weighted(answer.weights, size, rng)
        if answer.when:
            column, *asking = answer.when
            given[~np.isin(answers[column], asking)] = ""
        answers[name] = given
    return pd.DataFrame({name: answers[name] for name in form.header(shape)}, dtype=object)


def _numbers(low: int, high: int, size: int, rng: np.random.Generator) -> Texts:
    """Different random numbers as text."""
    drawn = low + rng.choice(high - low + 1, size=size, replace=False)
    return np.asarray(drawn.astype(str).astype(object))
