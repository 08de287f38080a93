"""A small good batch of every table, and for every rule a fault that the rule must report."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.provincial_reports import FORCE
from tests.summary_tables import AXES, grid

Rows = list[dict[str, str | None]]


@dataclass(frozen=True)
class Fault:
    """A change of the good batch, and how often each rule must then count something.

    `held` changes the good batch into what raw holds when the faulty one comes; without it raw
    holds nothing.
    """

    table: str
    seed: Callable[[Rows], object]
    counts: dict[str, int]
    held: Callable[[Rows], object] | None = None

    @property
    def rule(self) -> str:
        """The rule that the fault was made for; others may rightly report it as well."""
        return next(iter(self.counts))


def put(row: int, **values: str | None) -> Callable[[Rows], object]:
    """Overwrite columns of one row."""
    return lambda rows: rows[row].update(values)


def put_first(number: int, **values: str | None) -> Callable[[Rows], object]:
    """Overwrite columns of the first rows."""
    return lambda rows: [row.update(values) for row in rows[:number]]


def copy(row: int, **values: str | None) -> Callable[[Rows], object]:
    """Add a copy of one row behind the others, with some columns changed."""
    return lambda rows: rows.append(rows[row] | values)


def no_rows(rows: Rows) -> object:
    """Take all rows away."""
    return rows.clear()


def tps_arrest(number: int, **values: str | None) -> dict[str, str | None]:
    action = ("Concealed_i", "Combative__", "Resisted__d", "Mental_inst", "Assaulted_o")
    reasons = ("CauseInjury", "AssistEscape", "PossessWeapons", "PossessEvidence")
    return {
        "Arrest_Year": "2020",
        "Arrest_Month": "Jan-Mar",
        "EventID": f"100000{number}",
        "ArrestID": f"600000{number}.0",
        "PersonID": f"30000{number}",
        "Perceived_Race": "White",
        "Sex": "M",
        "Age_group__at_arrest_": "Aged 25 to 34 years",
        "Youth_at_arrest__under_18_years": "Not a youth",
        "ArrestLocDiv": "51",
        "StripSearch": "0",
        "Booked": "1",
        "Occurrence_Category": "Assault",
        **{f"Actions_at_arrest___{name}": "0" for name in action},
        "Actions_at_arrest___Cooperative": "1",
        **{f"SearchReason_{name}": None for name in reasons},
        "ItemsFound": None,
        "ObjectId": str(number),
    } | values


SEARCHED = {
    "StripSearch": "1",
    "SearchReason_CauseInjury": "1",
    "SearchReason_AssistEscape": "0",
    "SearchReason_PossessWeapons": "0",
    "SearchReason_PossessEvidence": "0",
    "ItemsFound": "0",
}
YOUTH = {
    "Age_group__at_arrest_": "Aged 17 years and under",
    "Youth_at_arrest__under_18_years": "Youth (aged 17 years and under)",
}


def force_report(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "BatchFileName": str(number),
        "PoliceServiceType": "Municipal Police",
        "PoliceService": "Lakeshore",
        "IncidentNumber": f"LAK-{number}",
        "Date": "2023-05-01",
        "ApproximateTimeForceApplied": "08:00:00",
        "ReportType": "Individual",
        "AssignmentType": "Patrol",
        "IncidentType": "Weapon(s)",
        "InteractionType": "Interaction with Individual(s)",
        "NumberIndividuals": "1",
        "Inclusion_SOLGEN_ARA_Analysis": "Yes",
    } | values


def person(report: str, index: str, race: str) -> dict[str, str | None]:
    return {
        "BatchFileName": report,
        "Indiv_Index": index,
        "Race": race,
        "DifficultyPerceiving": "No",
        "AgeCategory": "25 - 34",
        "Gender": "Male",
        "PerceiveAccessWeapon": "1",
        **dict.fromkeys(FORCE),
        "TypeForceUsed_IntermWeapon_CEW_Check": "1",
    }


def wide_report(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "REPORTING_YEAR": "2021",
        "RECORD_ID": str(number),
        "POLICE_SERVICE": "Lakeshore Police Service",
        "REPORT_TYPE": "Individual",
        "NUMBER_OF_SUBJECTS": "One",
        "RACE_SUBJECT1": "Black",
        "RACE_SUBJECT2": None,
        "RACE_SUBJECT3": None,
        "RACE": "Black",
    } | values


def weapon(report: str, kind: str) -> dict[str, str | None]:
    return {"BatchFileName": report, "Indiv_Index": "1", "Weapon": kind, "Location": "In Hand"}


RACE_LINES = {
    "Total - Visible minority for the population in private households - 25% sample data": "130",
    "  Total visible minority population": "120",
    "South Asian": "10",
    "Chinese": "10",
    "Black": "10",
    "Filipino": "10",
    "Arab": "10",
    "Latin American": "10",
    "Southeast Asian": "10",
    "West Asian": "10",
    "Korean": "10",
    "Japanese": "10",
    "Visible minority; n.i.e.": "10",
    "Multiple visible minorities": "10",
    "Not a visible minority": "10",
}


def census() -> Rows:
    lines = [("Visible minority population", line, n) for line, n in RACE_LINES.items()]
    lines += [("Aboriginal population", "  Aboriginal identity", "5"), ("Income", "Rate", "4.50%")]
    return [
        {
            "profile_row": str(number),
            "category": "Any",
            "topic": topic,
            "characteristic": line,
            "place_count": count,
        }
        for number, (topic, line, count) in enumerate(lines, 1)
    ]


def residents(group: str, count: str, stratum: str = "all") -> dict[str, str | None]:
    return {
        "source": "census",
        "vintage": "2021",
        "group": group,
        "stratum": stratum,
        "count": count,
    }


def label(raw: str, standard: str, field: str = "race_group") -> dict[str, str | None]:
    return {
        "source": "rms",
        "field": field,
        "raw_label": raw,
        "standard_label": standard,
        "valid_from": None,
        "valid_to": None,
        "note": None,
    }


def arrest(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "arrest_id": f"A{number}",
        "occurrence_id": f"O{number}",
        "person_id": f"test-1:{number}",
        "arrested_at": "2022-03-01T14:05:00",
        "perceived_race": "Black",
        "sex": "F",
        "age": "31",
        "division": "D1",
        "call_type": "Disturbance",
        "occurrence_category": "Assault",
        "booked": "1",
        "updated_at": "2022-03-02T09:00:00",
        "is_deleted": "0",
    } | values


def action(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "action_id": f"E{number}",
        "occurrence_id": f"O{number}",
        "arrest_id": None,
        "person_id": f"test-1:{number}",
        "action_at": "2022-03-01T14:05:00",
        "action_type": "Caution",
        "perceived_race": "Black",
        "sex": "F",
        "age": "31",
        "division": "D1",
        "call_type": "Disturbance",
        "occurrence_category": "Assault",
        "force_incident_number": None,
        "updated_at": "2022-03-02T09:00:00",
        "is_deleted": "0",
    } | values


def search(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "search_id": f"S{number}",
        "arrest_id": f"A{number}",
        "searched_at": "2022-03-01T15:00:00",
        "search_level": "3",
        "items_found": "0",
        "updated_at": "2022-03-02T09:00:00",
        "is_deleted": "0",
    } | values


def booking(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "booking_id": f"B{number}",
        "arrest_id": f"A{number}",
        "booked_at": "2022-03-01T16:00:00",
        "custody_ended_at": "2022-03-02T08:00:00",
        "updated_at": "2022-03-02T09:00:00",
        "is_deleted": "0",
    } | values


def of_action(key: str, happened_at: str, number: int) -> dict[str, str | None]:
    """A diversion or apprehension: who and where are told as in the enforcement action."""
    who_and_where = action(number)
    for left_out in ("arrest_id", "action_type", "force_incident_number"):
        del who_and_where[left_out]
    return {key: f"R{number}", happened_at: who_and_where.pop("action_at")} | who_and_where


def diversion(number: int) -> dict[str, str | None]:
    return of_action("diversion_id", "diverted_at", number) | {"age": "16"}


def apprehension(number: int) -> dict[str, str | None]:
    return of_action("apprehension_id", "apprehended_at", number)


def call(number: int, **values: str | None) -> dict[str, str | None]:
    return {
        "call_id": f"C{number}",
        "received_at": "2022-03-01T13:30:00",
        "call_type": "Disturbance",
        "division": "D1",
        "attended": "1",
        "perceived_race": "Black",
        "updated_at": "2022-03-02T09:00:00",
        "is_deleted": "0",
    } | values


def deleted(row: dict[str, str | None], key: str) -> dict[str, str | None]:
    """What a source may keep of a deleted row: nothing but key, cursor and flag."""
    return dict.fromkeys(row) | {
        key: "X8",
        "updated_at": "2022-04-01T00:00:00",
        "is_deleted": "1",
    }


GOOD: dict[str, Callable[[], Rows]] = {
    "tps__arrests": lambda: [
        tps_arrest(1),
        tps_arrest(2, **SEARCHED),
        tps_arrest(3, **YOUTH, Perceived_Race="Black", Sex="F"),
        tps_arrest(4),
    ],
    "provincial_use_of_force__main_records": lambda: [
        force_report(1),
        force_report(2, IncidentNumber="LAK-1"),
        force_report(3),
        force_report(4, Inclusion_SOLGEN_ARA_Analysis="No", NumberIndividuals=None),
    ],
    "provincial_use_of_force__individual_records": lambda: [
        person("1", "1", "Black"),
        person("1", "2", "White"),
        person("2", "1", "Latino"),
    ],
    "provincial_use_of_force__wide_records": lambda: [
        wide_report(1),
        wide_report(2, NUMBER_OF_SUBJECTS="Two", RACE_SUBJECT2="White", RACE="Multiple Races"),
        wide_report(1, REPORTING_YEAR="2022", REPORT_TYPE="Team"),
    ],
    "provincial_use_of_force__weapon_records": lambda: [
        weapon("1", "Handgun"),
        weapon("1", "Aerosol"),
    ],
    "census__neighbourhood_profile": census,
    "population__residents": lambda: [
        residents("Total", "1,000"),
        residents("Black", "100"),
        residents("White", "900"),
        residents("Total", "400", "gender=Female"),
        residents("Black", "400", "gender=Female"),
    ],
    "config__labels": lambda: [
        label("Middle-Eastern", "Middle Eastern"),
        label("BLACK", "Black"),
        label("F", "Female", "gender"),
    ],
    "rms__arrests": lambda: [arrest(1), arrest(2), arrest(3), deleted(arrest(8), "arrest_id")],
    "rms__enforcement_actions": lambda: [
        action(1),
        action(2, action_type="Arrest", arrest_id="A2"),
        action(3, action_type="Subject or suspect"),
        deleted(action(8), "action_id"),
    ],
    "rms__strip_searches": lambda: [
        search(1),
        search(2, search_level="1"),
        deleted(search(8), "search_id"),
    ],
    "rms__bookings": lambda: [
        booking(1),
        booking(2, custody_ended_at=None),
        deleted(booking(8), "booking_id"),
    ],
    "rms__youth_diversions": lambda: [
        diversion(1),
        diversion(2),
        deleted(diversion(8), "diversion_id"),
    ],
    "rms__mental_health_apprehensions": lambda: [
        apprehension(1),
        apprehension(2),
        deleted(apprehension(8), "apprehension_id"),
    ],
    "rms__child_protection_apprehensions": lambda: [
        apprehension(1),
        apprehension(2),
        deleted(apprehension(8), "apprehension_id"),
    ],
    "rms__calls_for_service": lambda: [
        call(1),
        call(2, attended="0", perceived_race=None),
        deleted(call(8), "call_id"),
    ],
}
GOOD |= {f"tps__{table}": partial(grid, table) for table in AXES}
# The City copies every table of the police service.
GOOD |= {
    f"toronto_open_data__{name.removeprefix('tps__')}": batch
    for name, batch in GOOD.items()
    if name.startswith("tps__")
}
