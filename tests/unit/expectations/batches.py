"""Landing batches and suites made by tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import yaml

from expectations.gate import Judgement
from rbdc.sql import identifier, literal

Row = Mapping[str, str | None]


def write_batch(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> Path:
    """Write a landing batch: all text, numbered from 1."""
    names = ", ".join(f"{identifier(column)} varchar" for column in columns)
    with duckdb.connect() as connection:
        connection.execute(f"create table batch ({names}, _row_number bigint)")
        if rows:
            marks = ", ".join("?" * (len(columns) + 1))
            connection.executemany(
                f"insert into batch values ({marks})",
                [[*(row[column] for column in columns), i] for i, row in enumerate(rows, 1)],
            )
        connection.execute(f"copy batch to {literal(str(path))} (format parquet)")
    return path


def rows_set_aside(judgement: Judgement, rule: str) -> list[int]:
    """Numbers of the rows that a judgement sets aside because of a rule."""
    rows = judgement.set_aside.to_pylist()
    return [row["_row_number"] for row in rows if rule in row["expectation"].split(", ")]


def rule(name: str, kind: str, action: str = "warn", **parameters: object) -> dict[str, object]:
    """A rule as it stands in a file."""
    return {
        "name": name,
        "kind": kind,
        **parameters,
        "action": action,
        "dimension": "validity",
        "owner": "team:testers",
        "reason": "Tests need a reason.",
        "fix": "Mend the test batch.",
    }


def write_suite(folder: Path, *rules: Mapping[str, object], **head: object) -> Path:
    """Write a suite of the table `test__things`; returns its file."""
    content = {
        "table": "test__things",
        "description": "Things that tests judge.",
        "rules_declared": len(rules),
        **head,
        "rules": list(rules),
    }
    path = folder / "test__things.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path
