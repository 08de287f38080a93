"""Officers' reports on use of force in one month, in the provincial shape of 2023."""

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.sources.simulator import provincial_2023 as form
from rbdc.sources.simulator.draws import (
    Instants,
    WeightedRows,
    draw_positions,
    draw_time_of_day,
    draw_weighted,
    random_stream,
)
from rbdc.sources.simulator.encounters import Facts, Police
from rbdc.sources.simulator.labels import AGE_GROUPS, GENDERS, PERCEIVED_RACES
from rbdc.sources.simulator.sheets import Sheet

Known: TypeAlias = "str | npt.NDArray[Any] | pd.Series[Any]"

LATEST_FILING_DAYS = 45
# Numbers of reports of one month; a prime step scatters them over nine digits.
_REPORTS_A_MONTH, _STEP, _LOW, _SPAN = 100_000, 387_420_499, 100_000_000, 900_000_000


@dataclass(frozen=True)
class ForceReports:
    """Reports and the people in them; `filed_at` beside each row."""

    main: Sheet
    individuals: Sheet
    main_filed_at: Instants
    individuals_filed_at: Instants


def incident_prefix(service: str) -> str:
    """What stands before the number of each of a service's incidents."""
    return service[:3].upper() + "-"


def force_of_month(police: Police, month: dt.date) -> Facts:
    """People against whom force was used in a month, one row each.

    Args:
        police: whose encounters are drawn.
        month: its first day.
    """
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    days = (month + dt.timedelta(n) for n in range((last - month).days + 1))
    wanted = (
        "incident_number", "incident_at", "category", "usual", "gender", "age_group"
    )  # fmt: skip
    parts = []
    for day in days:
        actions = police.draw(day, day).actions
        parts.append({name: actions[name][actions["force"]] for name in wanted})
    return {name: np.concatenate([part[name] for part in parts]) for name in wanted}


def make_force_reports(police: Police, month: dt.date, force: Facts) -> ForceReports:
    """Draw the officers who report on a month's incidents and how they perceive people.

    Args:
        police: whose reports they are.
        month: the first day of the month in which the incidents happened.
        force: as from `force_of_month`.
    """
    rng = random_stream(police.city.config.seed, "force reports", month)
    incidents = _incidents(police, month, force, rng)
    reports = _reports(police, incidents, rng)
    seen = _people_in_reports(police, reports, force, incidents, rng)
    reports["people"] = seen.groupby("report").size().reindex(reports.index, fill_value=0)
    months = month.year * 12 + month.month - 1
    numbers = (months * _REPORTS_A_MONTH + np.arange(len(reports))) * _STEP % _SPAN + _LOW
    reports["batch"] = numbers.astype(str).astype(object)
    filed = reports["filed_at"].to_numpy(dtype="M8[s]")
    return ForceReports(
        _main_file(police, reports, rng),
        _individual_file(police, seen, reports, rng),
        filed,
        filed[seen["report"].to_numpy()],
    )


def _incidents(
    police: Police, month: dt.date, force: Facts, rng: np.random.Generator
) -> pd.DataFrame:
    """One row an incident: number, at, interaction, location, kind."""
    config = police.city.config
    numbers, first = np.unique(force["incident_number"], return_index=True)
    others = config.use_of_force.other_reports_a_year
    busy = config.activity.month[month.month - 1] / sum(config.activity.month)
    counts = [
        int(rng.poisson(a_year * busy))
        for a_year in (others.humane_destruction, others.animal, others.no_interaction)
    ]
    days = calendar.monthrange(month.year, month.month)[1]
    size = sum(counts)
    other_at = (
        np.datetime64(month, "s")
        + rng.integers(days, size=size).astype("m8[D]").astype("m8[s]")
        + draw_time_of_day(config.activity, size, rng).astype("m8[s]")
    )
    interaction = np.repeat(
        np.array([form.WITH_PERSON, form.HUMANE, form.WITH_ANIMAL, form.WITHOUT_PERSON], object),
        [len(numbers), *counts],
    )
    # Incidents without a person carry numbers that no contact has.
    other_numbers = (month.year * 100 + month.month) * 100_000 + np.arange(size)
    kind = np.full(len(interaction), "", dtype=object)
    for value, kinds in form.INCIDENT_TYPES.items():
        rows = interaction == value
        kind[rows] = draw_weighted(kinds, int(rows.sum()), rng)
    categories = np.array(police.categories, dtype=object)[force["category"][first]]
    stated = pd.Series(categories).map(form.INCIDENT_TYPE_OF_CATEGORY)
    kind[: len(numbers)] = stated.fillna(pd.Series(kind[: len(numbers)])).to_numpy()
    return pd.DataFrame(
        {
            "number": np.concatenate([numbers, other_numbers]),
            "happened_at": np.concatenate([force["incident_at"][first], other_at]),
            "interaction": interaction,
            "location": draw_weighted(form.LOCATIONS, len(interaction), rng),
            "kind": kind,
        }
    )


def _reports(police: Police, incidents: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row a report: that of its incident, and later, dated_at, filed_at, other officers."""
    rules = police.city.config.use_of_force
    with_person = (incidents["interaction"] == form.WITH_PERSON).to_numpy()
    number = np.ones(len(incidents), dtype=int)
    number[with_person] = draw_weighted(rules.officer_reports, int(with_person.sum()), rng)
    reports = incidents.loc[np.repeat(incidents.index, number)].rename_axis("incident")
    reports = reports.reset_index()
    size = len(reports)
    reports["later"] = reports.duplicated("incident")
    nobody = reports["later"] & (rng.random(size) < rules.officer_reports_nobody)
    reports.loc[nobody, "interaction"] = form.WITHOUT_PERSON
    next_day = reports["later"] & (rng.random(size) < rules.dated_next_day)
    # An incident on the last day of a year is not moved into another file.
    at = reports["happened_at"]
    next_day &= (at.dt.month != 12) | (at.dt.day != 31)
    reports["dated_at"] = at.where(~next_day, at + pd.Timedelta(days=1))
    reports["other_officers"] = np.repeat(number, number) - 1 + rng.poisson(1.0, size)
    days = np.minimum(rng.exponential(rules.days_until_filed, size), LATEST_FILING_DAYS)
    delay = (days * 86_400).astype(np.int64).astype("m8[s]")
    reports["filed_at"] = reports["dated_at"].to_numpy(dtype="M8[s]") + delay
    return reports


def _people_in_reports(
    police: Police,
    reports: pd.DataFrame,
    force: Facts,
    incidents: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row a person in a report: the first report covers everybody, a later one some."""
    position = pd.Series(incidents.index, index=incidents["number"])
    people = pd.DataFrame(
        {
            "incident": position.loc[force["incident_number"]].to_numpy(),
            **{name: force[name] for name in ("usual", "gender", "age_group")},
        }
    )
    with_person = reports.loc[reports["interaction"] == form.WITH_PERSON, ["incident", "later"]]
    seen = with_person.rename_axis("report").reset_index().merge(people, on="incident", how="inner")
    share = police.city.config.use_of_force.officer_reports_on_each_person
    covered = ~seen["later"] | (rng.random(len(seen)) < share)
    # A report names at least one person: the incident's first where chance would leave none.
    covered |= ~covered.groupby(seen["report"]).transform("any") & ~seen.duplicated("report")
    seen = seen[covered].sort_values("report", kind="stable", ignore_index=True)
    perceived = WeightedRows(police.city.perception).draw(seen["usual"].to_numpy(), rng)
    seen["race"] = np.array(PERCEIVED_RACES, dtype=object)[perceived]
    return seen


def _main_file(police: Police, reports: pd.DataFrame, rng: np.random.Generator) -> Sheet:
    config, size = police.city.config, len(reports)
    person = (reports["interaction"] == form.WITH_PERSON).to_numpy()
    team = person & (rng.random(size) < config.use_of_force.team_reports)
    at: Instants = reports["dated_at"].to_numpy(dtype="M8[s]")
    minute = pd.Series(np.datetime_as_string(at, unit="m")).str[11:]
    known: dict[str, Known] = {
        "BatchFileName": reports["batch"],
        "PoliceServiceType": form.MUNICIPAL,
        "PoliceService": config.service,
        "OPP_PoliceService": "",
        "IncidentNumber": incident_prefix(config.service) + reports["number"].astype(str),
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
    police: Police, seen: pd.DataFrame, reports: pd.DataFrame, rng: np.random.Generator
) -> Sheet:
    config, size = police.city.config, len(seen)
    hard = rng.random(size) < config.use_of_force.difficulty_perceiving
    other_gender = rng.random(size) < config.perception.sex_recorded_x
    ages = np.array([age.replace(" to ", " - ") for age in AGE_GROUPS], dtype=object)
    genders = np.array(GENDERS, dtype=object)[seen["gender"]]
    known: dict[str, Known] = {
        "BatchFileName": reports["batch"].to_numpy()[seen["report"]],
        "Indiv_Index": (seen.groupby("report").cumcount() + 1).astype(str),
        "Race": seen["race"],
        "DifficultyPerceiving": np.where(hard, "Yes", "No"),
        "AgeCategory": ages[seen["age_group"]],
        "Gender": np.where(other_gender, "Trans/Non-binary/Other", genders),
    }
    return _filled(form.INDIVIDUAL, known, size, rng)


def _filled(
    shape: Mapping[str, form.Answer | None],
    known: Mapping[str, Known],
    size: int,
    rng: np.random.Generator,
) -> Sheet:
    """All columns of a file but its row number, which only the whole file has.

    What is known stands as it is; an answer is drawn for every other question.
    """
    texts = {name: np.full(size, "", dtype=object) for name in known}
    for name, values in known.items():
        texts[name][:] = values
    sheet = Sheet(texts, {}, {})
    for name, answer in shape.items():
        if answer is None:
            continue
        choices = [text for text in answer.weights if text] + [""]
        where = [choices.index(text) for text in answer.weights]
        drawn = draw_positions(list(answer.weights.values()), size, rng)
        given = np.array(where, dtype=np.int8)[drawn]
        if answer.when:
            column, *asking = answer.when
            given[~sheet.is_any_of(column, asking)] = choices.index("")
        sheet.answers[name] = given
        sheet.choices[name] = np.array(choices, dtype=object)
    return sheet
