"""The records system's tables: how each is made from encounters, and what it holds at an instant.

A table at an instant is a pure function of configuration, seed and instant: a row stands in it once
it is entered, shows its first version until it is corrected, and is marked once it is deleted. The
state later is the state now plus the rows whose last change lies between the two.
"""

from dataclasses import dataclass, field

_ISO = "'%Y-%m-%dT%H:%M:%S'"


def _id(letter: str, number: str) -> str:
    """Key of a record: a letter and eleven digits, short enough for DuckDB to hold in place."""
    return f"'{letter}' || lpad({number}::varchar, 11, '0')"


def _at(column: str) -> str:
    return f"strftime({column}, {_ISO})"


def _event(column: str) -> str:
    """An instant as text; some are unreadable, some lie years ahead."""
    return f"""case defect
        when 'unparseable_timestamp'
            then (['2023-02-30T25:61:00', 'not recorded', '13/31/2022 2pm', ''])[number % 4 + 1]
        when 'future_timestamp' then {_at(f"{column} + interval 3650 day")}
        else {_at(column)} end"""


_PERSON_ID = "case when defect <> 'missing_person_id' then 'P' || lpad(person::varchar, 9, '0') end"
_OFFICER = "division || '-' || lpad(officer::varchar, 3, '0')"
_RACE = """case defect
        when 'missing_race' then case when number % 2 = 0 then '' end
        when 'label_drift'
            then case race when 'Middle Eastern' then 'Middle-Eastern'
                when 'Black' then 'BLACK' else ' ' || race || ' ' end
        else race end"""
_AGE = "case defect when 'impossible_age' then ([208, -4, 999])[number % 3 + 1] else age end"
_DIVISION = """case when defect = 'missing_division' then 'XX'
        when is_conflict then next_division else division end"""
_CATEGORY = "case when is_first_version then first_category else category end"
_WHO = {
    "person_id": _PERSON_ID,
    "officer_id": _OFFICER,
    "person_name": "person_name",
    "date_of_birth": "born::varchar",
}
_SEEN = {"perceived_race": _RACE, "sex": "sex", "age": _AGE, "division": _DIVISION}
_CHANGED = {"updated_at": _at("changed_at"), "is_deleted": "is_gone::int"}
_FLAGS = {
    "age",
    "booked",
    "attended",
    "completed",
    "search_level",
    "items_found",
    "reason_cause_injury",
    "reason_assist_escape",
    "reason_possess_weapons",
    "reason_possess_evidence",
    "is_deleted",
}


@dataclass(frozen=True)
class RecordsTable:
    """One table: its columns as SQL over the facts of encounters; the first column is the key."""

    name: str
    columns: dict[str, str] = field(repr=False)

    @property
    def key(self) -> str:
        """Name of the key column; no key is declared, as in many records systems."""
        return next(iter(self.columns))

    @property
    def types(self) -> dict[str, str]:
        """Declared type of every column."""
        return {name: "integer" if name in _FLAGS else "text" for name in self.columns}

    def changes_sql(self, facts: str, since: str | None, until: str) -> str:
        """Rows whose last change lies in (since, until], as they stand at `until`.

        Args:
            facts: relation with the facts of this table.
            since: SQL of an instant, or None for all rows.
            until: SQL of an instant.

        Returns:
            A query of the table's columns and `is_new`: whether the row was not there at `since`.
        """
        columns = ", ".join(f"{sql} as {name}" for name, sql in self.columns.items())
        new = f"entered_at > {since}" if since else "true"
        after = f"where changed_at > {since}" if since else ""
        return f"""
            select {columns}, {new} as is_new
            from (
                select *,
                    case when deleted_at <= {until} then deleted_at
                        when corrected_at <= {until} then corrected_at
                        else entered_at end as changed_at,
                    coalesce(deleted_at <= {until}, false) as is_gone,
                    coalesce(corrected_at > {until}, false) as is_first_version,
                    copy and defect = 'conflicting_row' as is_conflict
                from {facts}
                where entered_at <= {until}
            )
            {after}
            order by happened_at, number, copy
        """

    def planted_sql(self, facts: str, since: str | None, until: str) -> str:
        """Defects that came to be seen in (since, until]: table_name, row_key, defect."""
        seen = (
            "case defect when 'late_update' then corrected_at when 'deleted' then deleted_at "
            "else entered_at end"
        )
        after = f"and {seen} > {since}" if since else ""
        return (
            f"select '{self.name}' as table_name, {self.columns[self.key]} as row_key, "
            f"defect::varchar as defect from {facts} "
            f"where defect <> 'none' and not copy and {seen} <= {until} {after} order by number"
        )


ARRESTS = RecordsTable(
    "arrests",
    {
        "arrest_id": _id("A", "number"),
        "action_id": _id("E", "number"),
        "occurrence_id": _id("O", "incident_number"),
        **_WHO,
        "arrested_at": _event("happened_at"),
        **_SEEN,
        "call_type": "call_type",
        "occurrence_category": _CATEGORY,
        "booked": """case when defect = 'strip_search_not_booked' then 0
            when is_conflict then 1 - booked else booked end""",
        **_CHANGED,
    },
)
STRIP_SEARCHES = RecordsTable(
    "strip_searches",
    {
        "search_id": _id("S", "number"),
        "arrest_id": f"""case when defect = 'unknown_arrest'
            then 'UNKNOWN-' || (number % 10000)::varchar else {_id("A", "arrest_number")} end""",
        "officer_id": _OFFICER,
        "searched_at": _event("happened_at"),
        "search_level": "level",
        **{
            f"reason_{reason}": f"reason_{reason}"
            for reason in ("cause_injury", "assist_escape", "possess_weapons", "possess_evidence")
        },
        "items_found": "case when is_first_version or is_conflict then 1 - items_found "
        "else items_found end",
        **_CHANGED,
    },
)
ENFORCEMENT_ACTIONS = RecordsTable(
    "enforcement_actions",
    {
        "action_id": _id("E", "number"),
        "occurrence_id": _id("O", "incident_number"),
        "arrest_id": f"case when action_type = 'Arrest' then {_id('A', 'number')} end",
        **_WHO,
        "action_at": _event("happened_at"),
        "action_type": "action_type",
        **_SEEN,
        "call_type": "call_type",
        "occurrence_category": _CATEGORY,
        # As the report on the force writes it.
        "force_incident_number": "case when force = 1 then incident_prefix || incident_number end",
        **_CHANGED,
    },
)
BOOKINGS = RecordsTable(
    "bookings",
    {
        "booking_id": _id("B", "number"),
        "arrest_id": _id("A", "number"),
        "person_id": _PERSON_ID,
        "officer_id": _OFFICER,
        "booked_at": _at("happened_at"),
        # Not known before the person leaves custody.
        "custody_ended_at": f"case when not is_first_version then {_at('custody_ended_at')} end",
        "custody_outcome": "case when not is_first_version then custody_outcome end",
        **_CHANGED,
    },
)
CALLS = RecordsTable(
    "calls_for_service",
    {
        "call_id": _id("C", "number"),
        "received_at": _at("happened_at"),
        "call_type": "call_type",
        "origin": "origin",
        "division": "division",
        "attended": "attended",
        "attended_at": f"case when attended = 1 then {_at('attended_at')} end",
        "person_id": "case when attended = 1 then 'P' || lpad(person::varchar, 9, '0') end",
        "perceived_race": "case when attended = 1 then race end",
        **_CHANGED,
    },
)
OCCURRENCES = RecordsTable(
    "occurrences",
    {
        "occurrence_id": _id("O", "number"),
        "call_id": _id("C", "number"),
        "occurred_at": _at("happened_at"),
        "division": "division",
        "call_type": "call_type",
        "occurrence_category": _CATEGORY,
        **_CHANGED,
    },
)


def _of_action(name: str, key: str, letter: str, at: str, more: dict[str, str]) -> RecordsTable:
    """A table with a row for some enforcement actions, and the person as the action has it."""
    return RecordsTable(
        name,
        {
            key: _id(letter, "number"),
            "action_id": _id("E", "number"),
            "occurrence_id": _id("O", "incident_number"),
            **_WHO,
            at: _at("happened_at"),
            **_SEEN,
            "call_type": "call_type",
            "occurrence_category": "category",
            **more,
            **_CHANGED,
        },
    )


YOUTH_DIVERSIONS = _of_action(
    "youth_diversions",
    "diversion_id",
    "Y",
    "diverted_at",
    # Whether a programme was completed is known when it is over.
    {"programme": "programme", "completed": "case when not is_first_version then completed end"},
)
MENTAL_HEALTH_APPREHENSIONS = _of_action(
    "mental_health_apprehensions", "apprehension_id", "M", "apprehended_at", {}
)
CHILD_PROTECTION_APPREHENSIONS = _of_action(
    "child_protection_apprehensions", "apprehension_id", "K", "apprehended_at", {}
)

TABLES = (
    CALLS,
    OCCURRENCES,
    ENFORCEMENT_ACTIONS,
    ARRESTS,
    BOOKINGS,
    STRIP_SEARCHES,
    YOUTH_DIVERSIONS,
    MENTAL_HEALTH_APPREHENSIONS,
    CHILD_PROTECTION_APPREHENSIONS,
)
