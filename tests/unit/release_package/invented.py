"""A small invented release: two tables of counts, figures, records, code list and measures."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pandas as pd

from rbdc.release.package.content import (
    Agent,
    Column,
    Licence,
    Load,
    Provenance,
    Release,
    Source,
    Table,
)

DIVISIONS = ("D11", "D12 (north) a|b", 'Ünion, "Ost"')
GROUPS = ("Black", "White", "Unknown")
SECRET = 987_654_321
SECRET_DATE = date(1987, 6, 5)
SECRET_TEXT = "Zebedäus-4711"

_LICENCE = Licence(
    "OGL-Invented-1.0", "Open Government Licence – Invented", "https://example.org/l"
)


def counts(years: tuple[str, ...] = ("2020", "2021")) -> Table:
    """Arrests and strip searches by division, race group and year, some hidden."""
    rows = [
        (d, g, y, 10 * i + 7, i % 5)
        for i, (d, g, y) in enumerate(product(DIVISIONS, GROUPS, years))
    ]
    frame = pd.DataFrame(
        rows, columns=["Perceived Division", "race_group", "period", "arrests", "strip_searches"]
    )
    hidden = pd.DataFrame({"strip_searches": frame["strip_searches"].between(1, 4)})
    # What a reader must never see, where the mask hides it.
    frame.loc[hidden["strip_searches"], "strip_searches"] = SECRET
    return Table(
        name="arrests_by_division",
        title="Arrests | by division",
        description="Arrests and strip searches by division, race group and year.",
        kind="counts",
        columns=(
            Column(
                "Perceived Division",
                "string",
                "Division of the arrest.",
                {"role": "dimension", "dimension": "division", "level": "standard"},
                DIVISIONS,
                required=True,
            ),
            Column(
                "race_group",
                "string",
                "Perceived race.",
                {"role": "dimension", "dimension": "race_group", "level": "standard"},
                required=True,
            ),
            Column("period", "string", "Year.", {"role": "period"}, required=True),
            Column("arrests", "integer", "Arrests.", {"role": "count"}, required=True),
            Column(
                "strip_searches",
                "integer",
                "Arrests with a strip search.",
                {"role": "count", "measure": "strip_search", "unit": "person"},
            ),
        ),
        key=("Perceived Division", "race_group", "period"),
        frame=frame,
        hidden=hidden,
        constants={"measure": "arrest", "unit": "person"},
        sources=("arrests",),
    )


def calls() -> Table:
    """Calls by month, nothing to hide."""
    frame = pd.DataFrame(
        {"year": [2020, 2020, 2021], "month": ["January", "October", "March"], "calls": [5, 0, 12]}
    )
    return Table(
        name="calls_by_month",
        title="Calls by month",
        description="Calls attended.",
        kind="counts",
        columns=(
            Column("year", "integer", "Year.", {"role": "year"}, required=True),
            Column("month", "string", "Month.", {"role": "month"}, required=True),
            Column("calls", "integer", "Calls attended.", {"role": "count"}, required=True),
        ),
        key=("year", "month"),
        frame=frame,
        constants={"measure": "call_attended", "unit": "incident"},
        sources=("calls",),
    )


def figures() -> Table:
    """An index with hidden and inapplicable values, a boolean, a date, a text that is hidden."""
    frame = pd.DataFrame(
        {
            "race_group": list(GROUPS),
            "period": ["all"] * 3,
            "outcome_count": [40, SECRET, 0],
            "index": [1.5, SECRET + 0.5, None],
            "small_count": [None, True, False],
            "as_of": [date(2021, 12, 31), SECRET_DATE, None],
            "note": ["plain", SECRET_TEXT, None],
        }
    )
    hidden = pd.DataFrame(
        {
            name: [False, True, False]
            for name in ("outcome_count", "index", "small_count", "as_of", "note")
        }
    )
    return Table(
        name="disproportionality",
        title="Disproportionality",
        description="Index of strip searches among arrests.",
        kind="figures",
        columns=(
            Column(
                "race_group",
                "string",
                "Perceived race.",
                {"role": "dimension", "dimension": "race_group", "level": "standard"},
                GROUPS,
                required=True,
            ),
            Column("period", "string", "Period.", {"role": "period"}, required=True),
            Column("outcome_count", "integer", "Strip searches.", {"role": "count"}),
            Column(
                "index",
                "number",
                "Disproportionality index.",
                {"role": "statistic", "of": ["outcome_count"]},
            ),
            Column("small_count", "boolean", "Whether the count is small.", {"role": "text"}),
            Column("as_of", "date", "Last record.", {"role": "text"}),
            Column("note", "string", "Note.", {"role": "text"}),
        ),
        key=("race_group", "period"),
        frame=frame,
        hidden=hidden,
        constants={"measure": "strip_search", "unit": "person"},
        sources=("arrests",),
    )


def records(version: str = "1.0.0") -> Table:
    """Records without a key that lasts: the person key is another in every version."""
    frame = pd.DataFrame(
        {
            "person": [f"{version}-{i % 3}" for i in range(5)],
            "year": [2020, 2020, 2020, 2021, 2021],
            "race_group": ["Black", "Black", "White", "White", "White"],
            "searched": [True, True, False, False, False],
        }
    )
    return Table(
        name="arrest_records",
        title="Arrest records",
        description="One arrest a row.",
        kind="records",
        columns=(
            Column(
                "person", "string", "Key of this version.", {"role": "key", "per_version": True}
            ),
            Column("year", "integer", "Year.", {"role": "year"}),
            Column(
                "race_group",
                "string",
                "Perceived race.",
                {"role": "dimension", "dimension": "race_group", "level": "standard"},
            ),
            Column("searched", "boolean", "Searched.", {"role": "flag", "measure": "strip_search"}),
        ),
        key=(),
        frame=frame,
        constants={"measure": "arrest", "unit": "person"},
        sources=("arrests",),
    )


def codes() -> Table:
    """The code list."""
    rows = [("race_group", "standard", group, "", "", "") for group in GROUPS]
    rows += [("division", "standard", division, "", "", "") for division in DIVISIONS]
    names = ["dimension", "level", "code", "parent", "first_month", "last_month"]
    return Table(
        name="codes",
        title="Codes",
        description="Every code that occurs.",
        kind="code_list",
        columns=tuple(
            Column(name, "string", name.replace("_", " ").capitalize() + ".", {"role": "text"})
            for name in names
        ),
        key=("dimension", "level", "code", "parent"),  # partly empty
        frame=pd.DataFrame(rows, columns=names),
    )


def measures() -> Table:
    """The measures."""
    names = ["measure", "unit", "part_of", "source", "meaning"]
    rows = [
        ("arrest", "person", "", "arrests", "An arrest."),
        ("strip_search", "person", "arrest", "arrests", "An arrest with a strip search."),
    ]
    return Table(
        name="measures",
        title="Measures",
        description="What is counted.",
        kind="measures",
        columns=tuple(Column(name, "string", f"{name}.", {"role": "text"}) for name in names),
        key=("measure", "unit"),
        frame=pd.DataFrame(rows, columns=names),
    )


def release(**other: Any) -> Release:
    """The whole release; `other` replaces parts of it."""
    source = Source(
        "arrests",
        "Arrests and strip searches",
        "https://example.org/arrests",
        _LICENCE,
        "Contains information of the Town of Invented.",
        date(2022, 1, 15),
        "Rounded by nobody.",
    )
    made = Release(
        service="Invented Regional",
        title="Invented: race- and identity-based data",
        description="Counts and figures of an invented police service: for tests only.",
        extent="2020-01/2021-12",
        tables=(counts(), calls(), figures(), records(), codes(), measures()),
        documents={
            name: f"# {name}\n\nText.\n"
            for name in ("METHODOLOGY.md", "BENCHMARKS.md", "DISCLOSURE.md", "KNOWN_ISSUES.md")
        },
        sources=(source, replace(source, name="calls", title="Calls", path=None, retrieved=None)),
        licence=_LICENCE,
        publisher=Agent("Invented Regional Police", url="https://example.org"),
        contact=Agent("Data desk", email="data@example.org"),
        keywords=("police", "race-based data"),
        rule={
            "rule": {"hidden_from": 1, "hidden_to": 4, "zeros": "open"},
            "coalition": 1,
            "rounding": None,
        },
        provenance=Provenance(
            code_version="abc1234",
            framework_version="1.0.0",
            framework_hash="sha256:" + "0" * 64,
            loads=(Load("arrests", "20220115-1", "f" * 64, 100, "accepted", "2021-12-31"),),
            gates=({"gate": "publication", "success": True},),
            quality_score=97.5,
        ),
        data_as_of=date(2021, 12, 31),
        synthetic=True,
    )
    return replace(made, **other)


def with_table(made: Release, table: Table) -> Release:
    """The release with one table replaced by another of the same name."""
    return replace(
        made, tables=tuple(table if one.name == table.name else one for one in made.tables)
    )
