"""What an analyst would write instead: one pandas script from the source systems to the counts.

Written as somebody who knows pandas well would: only the needed columns are read, in chunks that
keep memory low; labels are mapped once a spelling and kept as categories; people are numbered;
repeated keys alone are sorted. Nothing but pandas computes.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from perf.analyst_figures import STEPS, tidy, write_marts
from perf.analyst_records import (
    Labels,
    concat_with_categories,
    count_calls,
    present,
    read_custody,
    read_diversions,
    read_table,
    standard,
)
from perf.task import INDIVIDUALS_AS_OF, SERVICE, Task

PERIODS = ["year", "quarter", "month", "all"]
DIMENSIONS = ["all", "division", "gender", "age_group", "occurrence_category", "call_type"]
# What enforcement actions tell of incidents of force.
TOLD_BY_ACTIONS = ["division", "occurrence_category", "call_type"]


def main() -> None:
    """Write the three marts."""
    task = Task.from_environment()
    labels = read_labels(task.service_dir / "labels.csv")
    with closing(sqlite3.connect(task.source_systems / "records.sqlite")) as records:
        events, actions_with_force, reached = read_events(task, records, labels["rms"])
        calls, reached["call_attended"] = count_calls(records, labels["rms"], PERIODS)
    provincial = task.source_systems / "provincial"
    units, reached["use_of_force"] = read_force(
        provincial, labels["provincial_use_of_force"], actions_with_force
    )
    counts = pd.concat([*count_people(events), *calls, *count_force(units)], ignore_index=True)
    write_marts(task, counts, events, reached, labels["population"]["race_group"])


def read_labels(file: Path) -> dict[str, Labels]:
    """Standard label by source, field and lower-case raw label."""
    labels: dict[str, Labels] = {}
    for row in pd.read_csv(file, dtype=str, keep_default_na=False).itertuples():
        of_field = labels.setdefault(row.source, {}).setdefault(row.field, {})
        of_field[row.raw_label.strip().lower()] = row.standard_label.strip()
    return labels


def read_events(
    task: Task, records: sqlite3.Connection, labels: Labels
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, pd.Timestamp]]:
    """Every event of a person, the actions in which force was used, and how far each step reaches.

    Steps are 0 for other enforcement actions, 1 to 4 for arrests, and 5 to 7 for diversions and
    apprehensions, as in `STEPS`.
    """
    searches = read_table(
        records, "strip_searches", "search_id", "searched_at",
        ["arrest_id", "search_level", "items_found"], labels,
    )  # fmt: skip
    searches_reach = searches["updated_at"].max()
    searches = searches[~searches["deleted"]]
    stripped = searches[searches["search_level"] == 3]
    found = stripped.loc[stripped["items_found"] == 1, "arrest_id"]
    people = [
        "person_id", "perceived_race", "sex", "age", "division", "occurrence_category", "call_type",
    ]  # fmt: skip
    arrests = read_table(
        records, "arrests", "arrest_id", "arrested_at", [*people, "booked"], labels
    )
    arrests_reach = arrests["updated_at"].max()
    arrests = arrests[~arrests["deleted"]]
    step = np.where(arrests["booked"] == 1, 2, 1)
    step = np.where(arrests["id"].isin(pd.unique(stripped["arrest_id"])), 3, step)
    step = np.where(arrests["id"].isin(pd.unique(found)), 4, step)
    arrests = arrests.assign(step=step.astype("int8"))
    actions = read_table(
        records, "enforcement_actions", "action_id", "action_at",
        [*people, "action_type", "force_incident_number"], labels,
    )  # fmt: skip
    actions_reach = actions["updated_at"].max()
    with_force = actions.loc[
        ~actions["deleted"] & actions["force_incident"].notna(),
        ["force_incident", *TOLD_BY_ACTIONS],
    ]
    recorded, recorded_reach = read_diversions(records, people, labels)
    of_own = pd.concat([table["action_id"] for table in recorded.values()])
    actions = actions[
        ~actions["deleted"] & (actions["action_type"] != "Arrest") & ~actions["id"].isin(of_own)
    ]
    custody, custody_reach = read_custody(records, labels)
    time = arrests["id"].map(custody).fillna("Unknown").where(arrests["step"] >= 2)
    parts = [
        arrests,
        actions.assign(step=np.int8(0)),
        *(table.assign(step=np.int8(step)) for step, table in enumerate(recorded.values(), 5)),
    ]
    kept = ["id", "person_id", "month", "step", "race_group", *DIMENSIONS[1:]]
    events = concat_with_categories([part[kept] for part in parts])
    # Arrests stand first.
    time = time.reset_index(drop=True).reindex(events.index).astype("category")
    events = events.assign(custody_time=time)
    reached = {
        "enforcement_action": min(arrests_reach, actions_reach, *recorded_reach.values()),
        "arrest": arrests_reach,
        "booking": min(arrests_reach, searches_reach, custody_reach),
        "strip_search": min(arrests_reach, searches_reach),
        "item_found": min(arrests_reach, searches_reach),
        **recorded_reach,
    }
    return with_people(task, events), with_force, reached


def with_people(task: Task, events: pd.DataFrame) -> pd.DataFrame:
    """Number the people; a record without a person is a person of its own. Add the periods."""
    number, ids = pd.factorize(events.pop("person_id"))
    key = task.key()
    pseudonyms = pd.Series([key.of(person) for person in ids], dtype="str")
    alone = number == -1
    number[alone] = len(pseudonyms) + np.arange(alone.sum())
    month = events.pop("month").astype("int32")
    return events.drop(columns="id").assign(
        person=number.astype("int32"), year=month // 12, quarter=month // 3, month=month, all=0
    )


def count_people(events: pd.DataFrame) -> list[pd.DataFrame]:
    """Events and distinct people of each step, by period, dimension and race group."""
    parts = []
    for interaction, steps in STEPS.items():
        of_step = events[events["step"].isin(steps)]
        further = ["custody_time"] if interaction == "booking" else []
        for period in PERIODS:
            for dimension in [*DIMENSIONS, *further]:
                cell = list(dict.fromkeys([period, dimension, "race_group"]))
                events_of = of_step.groupby(cell, observed=True).size()
                first = of_step.drop_duplicates([*cell, "person"])
                people_of = first.groupby(cell, observed=True).size()
                part = pd.DataFrame({"count": events_of, "persons": people_of}).reset_index()
                parts.append(
                    tidy(part, period, dimension).assign(interaction=interaction, unit="person")
                )
    return [part.assign(service=SERVICE, composition_rule=None) for part in parts]


def read_force(
    folder: Path, labels: Labels, actions: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Incidents, people and reports in which force was used, and how far the files reach."""
    tomorrow = pd.Timestamp.today().normalize() + pd.Timedelta(days=2)
    main = read_files(
        sorted(folder.glob("uof_main_records_*.csv")),
        ["BatchFileName", "PoliceService", "IncidentNumber", "Date",
         "Inclusion_SOLGEN_ARA_Analysis"],
    )  # fmt: skip
    reports = pd.DataFrame(
        {
            "report": present(main["BatchFileName"]),
            "service": present(main["PoliceService"]),
            "incident": present(main["IncidentNumber"]),
            "day": pd.to_datetime(main["Date"], errors="coerce"),
            "included": present(main["Inclusion_SOLGEN_ARA_Analysis"]).str.lower(),
        }
    )
    sound = reports["service"].notna() & (reports["day"] < tomorrow)
    sound &= reports["included"].isin(["yes", "no"]) & reports["report"].notna()
    reports = reports[sound & ~reports.duplicated("report")]
    reports["incident"] = reports["incident"].fillna("report " + reports["report"])
    reach = min(reports["day"].max(), pd.Timestamp(INDIVIDUALS_AS_OF))
    reports = reports[reports["included"] == "yes"]

    people = read_files(
        sorted(folder.glob("uof_individual_records_*.csv")),
        ["BatchFileName", "Indiv_Index", "Race", "Gender", "AgeCategory"],
    )
    people = people.assign(report=present(people["BatchFileName"])).dropna(
        subset=["report", "Indiv_Index"]
    )
    people = people.drop_duplicates(["report", "Indiv_Index"])
    columns = {"race_group": "Race", "gender": "Gender", "age_group": "AgeCategory"}
    for field, column in columns.items():
        people[field] = standard(people[column], labels[field]).astype("str")
    persons = reports.merge(people[["report", *columns]], on="report")
    by_report = compose(persons, reports, ["service", "report"])
    by_incident = told_by_actions(compose(persons, reports, ["service", "incident"]), actions)
    units = pd.concat(
        [
            by_incident.assign(unit="incident", composition_rule="multiple_race_group"),
            persons.assign(unit="person", composition_rule=None),
            by_report.assign(unit="officer_report", composition_rule=None),
        ],
        ignore_index=True,
    )
    kept = ["service", "unit", "composition_rule", "day", *columns, *TOLD_BY_ACTIONS]
    return units[kept], reach


def read_files(files: list[Path], columns: list[str]) -> pd.DataFrame:
    """Some columns of files of the same shape, all as text."""
    return pd.concat(
        [pd.read_csv(file, dtype=str, encoding="utf-8-sig", usecols=columns) for file in files],
        ignore_index=True,
    )


def compose(persons: pd.DataFrame, reports: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One row an incident or report: the one known value of its people, else Multiple."""
    units = reports.groupby(key)["day"].min().reset_index()
    for field, several in (
        ("race_group", "Multiple race group"), ("gender", "Multiple"), ("age_group", "Multiple"),
    ):  # fmt: skip
        known = persons[persons[field] != "Unknown"].groupby(key)[field].agg(["nunique", "first"])
        one = known["first"].mask(known["nunique"] > 1, several).rename(field)
        units = units.merge(one, how="left", left_on=key, right_index=True)
        units[field] = units[field].fillna("Unknown")
    return units


def told_by_actions(incidents: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    """Where the incidents of this service were and what they were about, null of other services."""
    ours = incidents["service"] == SERVICE
    for field in TOLD_BY_ACTIONS:
        value = actions[field].astype("str")
        known = value[value != "Unknown"].groupby(actions["force_incident"])
        one = known.first().mask(known.nunique() > 1, "Multiple")
        incidents[field] = incidents["incident"].map(one).fillna("Unknown").where(ours)
    return incidents


def count_force(units: pd.DataFrame) -> list[pd.DataFrame]:
    """Units of force by period, dimension and race group; nobody can be followed in them."""
    month = units["day"].dt.year * 12 + units["day"].dt.month - 1
    units = units.assign(year=month // 12, quarter=month // 3, month=month, all=0)
    parts = []
    for period in PERIODS:
        for dimension in ("all", "gender", "age_group", *TOLD_BY_ACTIONS):
            cell = list(dict.fromkeys(
                ["service", "unit", "composition_rule", period, dimension, "race_group"]
            ))  # fmt: skip
            part = (
                units[units[dimension].notna()]
                .groupby(cell, dropna=False)
                .size()
                .rename("count")
                .reset_index()
            )
            parts.append(tidy(part, period, dimension).assign(interaction="use_of_force"))
    return parts


if __name__ == "__main__":
    main()
