"""Small release folders for tests: tables with roles, written as CSV, Parquet and descriptor."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

HIDDEN = "[c]"


def count(**options: Any) -> dict[str, Any]:
    return {"role": "count", **options}


def dimension(name: str, total: str | None = "All", level: str = "standard") -> dict[str, Any]:
    return {"role": "dimension", "dimension": name, "level": level, "total": total}


@dataclass
class Made:
    """A table of a made release: column roles and rows of texts; `parquet` may differ."""

    name: str
    roles: Mapping[str, Mapping[str, Any]]
    rows: Sequence[Sequence[Any]]
    about: Mapping[str, Any] = field(
        default_factory=lambda: {"kind": "counts", "measure": "arrest", "unit": "person"}
    )
    parquet: Sequence[Sequence[Any]] | None = None


def write_release(
    folder: Path,
    tables: Sequence[Made],
    codes: Mapping[str, Sequence[Any]] | None = None,
    part_of: Sequence[tuple[str, str]] = (),
    missing: Mapping[str, str] | None = None,
    **about: Any,
) -> Path:
    """Write a release folder.

    `codes`: per dimension its standard codes (texts), or delivered ones as (code, parent) or
    (code, parent, first, last).
    """
    (folder / "data").mkdir(parents=True)
    resources = []
    for made in tables:
        texts = [["" if v is None else str(v) for v in row] for row in made.rows]
        frame = pd.DataFrame(texts, columns=list(made.roles), dtype=str)
        frame.to_csv(folder / "data" / f"{made.name}.csv", index=False, lineterminator="\n")
        copy = pd.DataFrame(
            [list(row) for row in made.parquet or made.rows], columns=list(made.roles)
        )
        numbers = {
            name for name, one in made.roles.items()
            if one["role"] in ("count", "persons", "statistic")
        }  # fmt: skip
        for name in copy.columns:
            if name in numbers:
                copy[name] = pd.to_numeric(copy[name], errors="coerce").astype(float)
            else:
                copy[name] = copy[name].astype(str)
        copy.to_parquet(folder / "data" / f"{made.name}.parquet")
        resources += [
            {
                "name": made.name,
                "path": f"data/{made.name}.csv",
                "rbdc": dict(made.about),
                "schema": {"fields": [{"name": n, "rbdc": dict(r)} for n, r in made.roles.items()]},
            },
            {
                "name": f"{made.name}-parquet",
                "path": f"data/{made.name}.parquet",
                "format": "parquet",
            },
        ]
    lines = [["dimension", "level", "code", "parent", "first_month", "last_month"]]
    for name, listed in (codes or {}).items():
        for one in listed:
            if isinstance(one, str):
                lines.append([name, "standard", one, "", "", ""])
            else:
                code, parent, first, last = (*one, "", "")[:4]
                lines.append([name, "delivered", code, parent, first, last])
    with (folder / "data" / "codes.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    parts = ["measure,unit,part_of,source,meaning"]
    names = {name for pair in part_of for name in pair} | {"arrest"}
    whole = dict(part_of)
    parts += [f"{name},person,{whole.get(name, '')},," for name in sorted(names)]
    (folder / "data" / "measures.csv").write_text("\n".join(parts) + "\n")
    resources += [
        {"name": "codes", "path": "data/codes.csv", "rbdc": {"kind": "code_list"}},
        {"name": "measures", "path": "data/measures.csv", "rbdc": {"kind": "measures"}},
    ]
    package = {
        "resources": resources,
        "missingValues": [
            {"value": "", "label": "not applicable"},
            *(
                {"value": value, "label": label}
                for value, label in (missing or {HIDDEN: "hidden to protect people"}).items()
            ),
        ],
        "rbdc": {
            "service": "Test",
            "extent": "2020-01/2021-12",
            "symbol": HIDDEN,
            "rule": {"hidden_from": 1, "hidden_to": 4, "zeros": "open"},
            "coalition": 1,
            "rounding": None,
            **about,
        },
    }
    (folder / "datapackage.json").write_text(json.dumps(package))
    return folder
