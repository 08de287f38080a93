"""The analyst's reading of the records system with pandas, and the counting of its calls."""

import sqlite3

import pandas as pd

from perf.analyst_figures import tidy
from perf.task import SERVICE

CHUNK = 500_000
MISSING = {"", "none", "na", "null", "nan"}
AGES = [-1, 17, 24, 34, 44, 54, 64, 120]
AGE_GROUPS = [
    "17 and younger", "18 to 24", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and older",
]  # fmt: skip
ACTION_TYPES = [
    "Arrest", "Provincial offence ticket", "Summons", "Caution", "Diversion",
    "Mental health apprehension", "Child protection apprehension", "Subject or suspect",
]  # fmt: skip
Labels = dict[str, dict[str, str]]
# Diversions and apprehensions, by interaction: table, key and time.
DIVERSIONS_AND_APPREHENSIONS = {
    "youth_diversion": ("youth_diversions", "diversion_id", "diverted_at"),
    "mental_health_apprehension": (
        "mental_health_apprehensions", "apprehension_id", "apprehended_at",
    ),
    "child_protection_apprehension": (
        "child_protection_apprehensions", "apprehension_id", "apprehended_at",
    ),
}  # fmt: skip


def read_diversions(
    records: sqlite3.Connection, people: list[str], labels: Labels
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.Timestamp]]:
    """Diversions and apprehensions by interaction, and how far each table reaches."""
    tables, reached = {}, {}
    for interaction, (table, key, at) in DIVERSIONS_AND_APPREHENSIONS.items():
        frame = read_table(records, table, key, at, [*people, "action_id"], labels)
        reached[interaction] = frame["updated_at"].max()
        tables[interaction] = frame[~frame["deleted"]]
    return tables, reached


def read_custody(
    records: sqlite3.Connection, labels: Labels
) -> tuple["pd.Series[str]", pd.Timestamp]:
    """Band of the time in custody by arrest, and how far the bookings reach."""
    bookings = read_table(
        records, "bookings", "booking_id", "booked_at", ["arrest_id", "custody_ended_at"], labels
    )
    reach = bookings["updated_at"].max()
    hours = bookings[~bookings["deleted"]].groupby("arrest_id")["hours"]
    known = hours.sum().where(hours.count() == hours.size())
    bands = known.case_when(
        [
            (known < 6, "under 6 hours"),
            (known <= 24, "6 to 24 hours"),
            (known > 24, "over 24 hours"),
        ]
    )
    return bands, reach


def count_calls(
    records: sqlite3.Connection, labels: Labels, periods: list[str]
) -> tuple[list[pd.DataFrame], pd.Timestamp]:
    """Calls attended by period, dimension and race group, and how far the calls reach."""
    calls = read_table(
        records, "calls_for_service", "call_id", "received_at",
        ["call_type", "division", "attended", "perceived_race"], labels,
    )  # fmt: skip
    reach = calls["updated_at"].max()
    calls = calls[~calls["deleted"] & (calls["attended"] == 1)]
    month = calls["month"].astype("int32")
    calls = calls[["race_group", "division", "call_type"]].assign(
        year=month // 12, quarter=month // 3, month=month, all=0
    )
    parts = []
    for period in periods:
        for dimension in ("all", "division", "call_type"):
            cell = list(dict.fromkeys([period, dimension, "race_group"]))
            part = calls.groupby(cell, observed=True).size().rename("count").reset_index()
            parts.append(
                tidy(part, period, dimension).assign(
                    service=SERVICE, interaction="call_attended", unit="incident",
                    composition_rule="first_person_recorded",
                )
            )  # fmt: skip
    return parts, reach


def read_table(
    records: sqlite3.Connection, table: str, key: str, at: str, columns: list[str], labels: Labels
) -> pd.DataFrame:
    """Rows of a table that no rule sets aside, deleted ones marked, labels standardised."""
    query = f"select {key}, {at}, {', '.join(columns)}, updated_at, is_deleted from {table}"
    chunks = [
        read_chunk(chunk, key, at, labels) for chunk in pd.read_sql(query, records, chunksize=CHUNK)
    ]
    frame = concat_with_categories(chunks)
    repeated = frame[frame.duplicated("id", keep=False)].sort_values("updated_at", kind="stable")
    again = repeated.index[repeated.duplicated("id")]
    return frame[frame["stands"] & ~frame.index.isin(again)].drop(columns="stands")


def read_chunk(chunk: pd.DataFrame, key: str, at: str, labels: Labels) -> pd.DataFrame:
    """One chunk, typed, with a mark on rows that break no rule but perhaps the one on keys."""
    tomorrow = pd.Timestamp.today().normalize() + pd.Timedelta(days=2)
    found = {"id": present(chunk[key])}
    updated = found["updated_at"] = pd.to_datetime(chunk["updated_at"], "coerce", format="ISO8601")
    happened = pd.to_datetime(chunk[at], "coerce", format="ISO8601")
    found["month"] = (happened.dt.year * 12 + happened.dt.month - 1).astype("float32")
    found["deleted"] = chunk["is_deleted"] == 1
    sound = (happened < tomorrow) & (happened <= updated + pd.Timedelta(days=1))
    for field, column in (("race_group", "perceived_race"), ("gender", "sex"),
                          ("occurrence_category", "occurrence_category"),
                          ("call_type", "call_type")):  # fmt: skip
        if column in chunk:
            found[field] = standard(chunk[column], labels[field])
    if "division" in chunk:
        found["division"] = present(chunk["division"]).fillna("Unknown").astype("category")
    if "person_id" in chunk:
        person = chunk["person_id"].str.strip()
        found["person_id"] = person.where(person != "")
        age = pd.to_numeric(chunk["age"], "coerce")
        group = pd.cut(age, AGES, labels=AGE_GROUPS).cat.add_categories("Unknown")
        found["age_group"] = group.fillna("Unknown")
        sound &= chunk["age"].isna() | age.between(0, 120)
    for column, allowed in (("booked", [0, 1]), ("items_found", [0, 1]), ("attended", [0, 1])):
        if column in chunk:
            found[column] = chunk[column]
            sound &= chunk[column].isna() | chunk[column].isin(allowed)
    for column, allowed in (("search_level", [1, 2, 3]), ("action_type", ACTION_TYPES)):
        if column in chunk:
            found[column] = chunk[column]
            sound &= chunk[column].isin(allowed)
    if "arrest_id" in chunk and key != "arrest_id":
        found["arrest_id"] = present(chunk["arrest_id"])
        sound &= found["arrest_id"].notna()
    if "action_id" in chunk and key != "action_id":
        found["action_id"] = present(chunk["action_id"])
    if "force_incident_number" in chunk:
        found["force_incident"] = present(chunk["force_incident_number"])
    if "custody_ended_at" in chunk:
        ended = pd.to_datetime(chunk["custody_ended_at"], "coerce", format="ISO8601")
        hours = (ended - happened).dt.total_seconds() / 3600
        found["hours"] = hours.where(hours >= 0)
    flagged = chunk["is_deleted"].isna() | chunk["is_deleted"].isin([0, 1])
    stands = found["id"].notna() & (updated < tomorrow) & flagged & (found["deleted"] | sound)
    frame = pd.DataFrame({**found, "stands": stands})
    return frame.astype({"action_type": "category"}) if "action_type" in frame else frame


def present(text: "pd.Series[str]") -> "pd.Series[str]":
    """Trimmed text, null where the record says that nothing is known."""
    text = text.str.strip()
    return text.where(~text.str.lower().isin(MISSING))


def standard(raw: "pd.Series[str]", labels: dict[str, str]) -> pd.Series:
    """Standard labels as a category, looked up once for each spelling."""
    spellings = raw.dropna().unique()
    known = {
        raw_label: "Unknown"
        if raw_label.strip().lower() in MISSING
        else labels.get(raw_label.strip().lower(), "Unmapped")
        for raw_label in spellings
    }
    categories = sorted({*labels.values(), "Unknown", "Unmapped"})
    return raw.map(known).fillna("Unknown").astype(pd.CategoricalDtype(categories))


def concat_with_categories(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames below each other, categories staying categories."""
    for column in parts[0].select_dtypes("category"):
        every = pd.api.types.union_categoricals([part[column] for part in parts]).categories
        parts = [part.assign(**{column: part[column].cat.set_categories(every)}) for part in parts]
    return pd.concat(parts, ignore_index=True)
