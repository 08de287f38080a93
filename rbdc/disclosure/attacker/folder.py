"""Reading of a release folder: its descriptor, its tables in every format, its lists of codes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from rbdc.disclosure.attacker.codes import Codes, read_codes
from rbdc.disclosure.attacker.formats import compare_formats
from rbdc.disclosure.attacker.periods import Interval, parse_period
from rbdc.errors import RbdcError

ROLES = {
    "dimension", "period", "year", "quarter", "month", "period_type", "measure", "unit",
    "dimension_name", "dimension_value", "count", "persons", "statistic", "flag", "key", "text",
    "hidden", "made_of",
}  # fmt: skip
NUMBERS = {"count", "persons", "statistic"}
FEWER = r"<\s*(\d+)"


@dataclass(frozen=True)
class Field:
    """A column of a table with its role and what the role needs to know."""

    name: str
    role: str
    options: Mapping[str, Any]


@dataclass
class Table:
    """A table of a release as text, as its most open format shows it.

    `leaks` are (row, column, text) of values that one format hides and another shows.
    """

    name: str
    kind: str
    constants: Mapping[str, Any]
    fields: list[Field]
    frame: pd.DataFrame
    leaks: list[tuple[int, str, str]] = field(default_factory=list)

    def with_role(self, *roles: str) -> list[Field]:
        """The columns that have one of these roles."""
        return [one for one in self.fields if one.role in roles]


@dataclass
class Release:
    """All that one release folder publishes, and what could not be read of it."""

    name: str
    extent: Interval
    hidden_from: int
    hidden_to: int
    zeros_open: bool
    coalition: int
    rounding: int
    symbols: dict[str, str]  # text of a hidden value -> its label
    tables: list[Table] = field(default_factory=list)
    codes: Codes = field(default_factory=Codes)
    part_of: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def used_symbols(self) -> list[str]:
        """The symbols of hidden values that occur in a table, in the descriptor's order."""
        return [
            symbol
            for symbol in self.symbols
            if any(
                bool((table.frame[one.name] == symbol).any())
                for table in self.tables
                for one in table.with_role(*NUMBERS)
            )
        ]


def read_release(folder: Path) -> Release:
    """Read a release folder through its datapackage.json.

    Raises:
        RbdcError: it is no release folder, or its descriptor cannot be used at all. Anything
            smaller stands in `problems` of the result.
    """
    package = _descriptor(folder)
    release = _head(folder, package)
    resources = package.get("resources", [])
    listed = {str(one.get("path")) for one in resources}
    for path in sorted((folder / "data").glob("*")):
        if path.suffix in (".csv", ".parquet") and f"data/{path.name}" not in listed:
            release.problems.append(f"data/{path.name} is not listed in datapackage.json.")
    by_name = {str(one.get("name")): one for one in resources}
    for resource in resources:
        name = str(resource.get("name"))
        if _is_parquet(resource):
            if name.removesuffix("-parquet") not in by_name or not name.endswith("-parquet"):
                release.problems.append(f"{name}: a Parquet table without a CSV of that name.")
            continue
        if not str(resource.get("path", "")).endswith(".csv"):
            continue
        try:
            _read_resource(folder, release, resource, by_name.get(f"{name}-parquet"))
        except (RbdcError, OSError, ValueError) as error:
            release.problems.append(f"{name}: {error}")
    return release


def _descriptor(folder: Path) -> dict[str, Any]:
    path = folder / "datapackage.json"
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise RbdcError(f"{folder} is not a release folder: it has no datapackage.json.") from None
    except ValueError as error:
        raise RbdcError(f"{path} is not JSON: {error}.") from None
    if not isinstance(package, dict) or not isinstance(package.get("rbdc"), dict):
        raise RbdcError(f"{path} has no property 'rbdc'; only releases of RBDC can be attacked.")
    return package


def _head(folder: Path, package: dict[str, Any]) -> Release:
    about = package["rbdc"]
    rule = about.get("rule") or {}
    try:
        extent = parse_period(str(about["extent"]), (0, 0))
        hidden_from, hidden_to = int(rule["hidden_from"]), int(rule["hidden_to"])
    except (KeyError, TypeError, ValueError, RbdcError) as error:
        raise RbdcError(
            f"{folder}/datapackage.json: 'rbdc' needs extent and rule.hidden_from, "
            f"rule.hidden_to ({error})."
        ) from None
    symbols = {}
    for value in package.get("missingValues", []):
        text = value.get("value", "") if isinstance(value, dict) else str(value)
        label = str(value.get("label", "")) if isinstance(value, dict) else ""
        if text and ("hidden" in label.lower() or text == about.get("symbol")):
            symbols[text] = label
    if about.get("symbol"):
        symbols.setdefault(str(about["symbol"]), "hidden")
    rounding = about.get("rounding") or {}
    return Release(
        name=folder.resolve().name,
        extent=extent,
        hidden_from=hidden_from,
        hidden_to=hidden_to,
        zeros_open=rule.get("zeros", "open") == "open",
        coalition=int(about.get("coalition") or 1),
        rounding=int(rounding.get("base") or 0),
        symbols=symbols,
    )


def _is_parquet(resource: Mapping[str, Any]) -> bool:
    return resource.get("format") == "parquet" or str(resource.get("path")).endswith(".parquet")


def _read_resource(
    folder: Path, release: Release, resource: Mapping[str, Any], copy: Mapping[str, Any] | None
) -> None:
    name, about = str(resource["name"]), resource.get("rbdc") or {}
    kind = str(about.get("kind", ""))
    frame = pd.read_csv(
        folder / resource["path"], dtype=str, keep_default_na=False, na_filter=False
    )
    if kind == "code_list":
        read_codes(frame, release.codes)
        return
    if kind == "measures":
        _read_measures(frame, release)
        return
    fields = _fields(release, name, resource)
    undescribed = [column for column in frame.columns if column not in {f.name for f in fields}]
    if kind == "other":
        numeric = [column for column in frame.columns if _numeric(frame[column])]
        if numeric:
            release.notices.append(f"{name} (other) is not attacked; numbers in: {numeric}.")
        return
    if kind not in ("counts", "figures", "records", "answers"):
        release.problems.append(f"{name}: kind '{kind}' is unknown; it was not attacked.")
        return
    if kind == "counts" and not any(one.role in ("count", "persons") for one in fields):
        release.problems.append(f"{name}: a table of counts without a column of role count.")
    for column in undescribed:
        release.problems.append(f"{name}: column {column} is not described; it was not attacked.")
    fields = [one for one in fields if one.name in frame.columns]
    for one in fields:  # a text such as <5 hides a value and bounds it
        if one.role in NUMBERS:
            for text in frame[one.name].unique():
                if re.fullmatch(FEWER, text):
                    release.symbols.setdefault(text, f"hidden: {text}")
    table = Table(name, kind, about, fields, frame)
    if copy is None:
        release.notices.append(f"{name} has no Parquet copy.")
    else:
        stored = pq.read_table(folder / copy["path"]).to_pandas()
        problems, contradictions = compare_formats(
            table.frame,
            stored,
            [one.name for one in fields if one.role in NUMBERS],
            [one.name for one in fields if one.role not in NUMBERS],
            set(release.symbols),
            table.leaks,
        )
        release.problems += [f"{name}: {text}" for text in problems]
        release.contradictions += [f"{name}: {text}" for text in contradictions]
    release.tables.append(table)


def _fields(release: Release, name: str, resource: Mapping[str, Any]) -> list[Field]:
    fields = []
    for one in (resource.get("schema") or {}).get("fields", []):
        options = one.get("rbdc") or {}
        role = str(options.get("role", ""))
        if not role and (resource.get("rbdc") or {}).get("kind") == "other":
            role = "text"
        if role not in ROLES:
            release.problems.append(
                f"{name}: column {one.get('name')} has the unknown role '{role}'; not attacked."
            )
            role = "text"
        fields.append(Field(str(one.get("name")), role, options))
    return fields


def _numeric(column: "pd.Series[Any]") -> bool:
    values = pd.to_numeric(column[column != ""], errors="coerce")
    return len(values) > 0 and bool(np.isfinite(values).all())


def _read_measures(frame: pd.DataFrame, release: Release) -> None:
    known = set(zip(frame["measure"], frame["unit"], strict=True))
    for measure, unit, whole in zip(frame["measure"], frame["unit"], frame["part_of"], strict=True):
        if not whole:
            continue
        name, _, its_unit = whole.partition(" ")
        target = (whole, unit) if (whole, unit) in known else (name, its_unit or unit)
        if target in known:
            release.part_of[measure, unit] = target
        else:
            release.problems.append(
                f"measures: {measure} {unit} is part of '{whole}', which is not in the list."
            )
