"""One pull in a process of its own: a connector from a database to landing, or its floor.

The floor for PostgreSQL is what anybody would write: attach the database in DuckDB, and copy the
same columns as text, with the same pseudonyms, to Parquet.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

from rbdc.duck import connect, load_extension
from rbdc.sources.batch import Position, Request
from rbdc.sources.connectors import CONNECTORS
from rbdc.sources.declaration import SourceTable
from rbdc.sources.pseudonyms import parse_key
from rbdc.sql import identifier, literal

KEY = parse_key("perf-1:" + "5a" * 32)
COLUMNS = (
    "arrest_id",
    "occurrence_id",
    "person_id",
    "arrested_at",
    "perceived_race",
    "sex",
    "age",
    "division",
    "occurrence_category",
    "booked",
    "updated_at",
    "is_deleted",
)


def main() -> None:
    """Pull, and write the position that was reached beside what was landed."""
    parser = argparse.ArgumentParser(prog="python -m perf.pull", description=__doc__)
    parser.add_argument("connector", choices=[*CONNECTORS, "floor"])
    parser.add_argument("address", help="of the database; of SQLite the file")
    parser.add_argument("source_table")
    parser.add_argument("target", type=Path)
    parser.add_argument("--since", type=Path, help="folder of the pull before")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    if options.connector == "floor":
        _floor(options.address, options.source_table, options.target)
        return
    since = None
    if options.since:
        since = Position(**json.loads((options.since / "position.json").read_text()))
    is_file = options.connector == "sqlite"
    pulled = CONNECTORS[options.connector](
        Request(
            _table(options.connector, options.address, options.source_table),
            options.target,
            folder=Path("/") if is_file else None,
            url=None if is_file else options.address,
            since=since,
            key=KEY,
        )
    )
    admitted = replace(pulled.position, cursor=pulled.position.newest)
    (options.target / "position.json").write_text(json.dumps(asdict(admitted)))
    print(f"{pulled.delivery} {pulled.rows}")


def _table(connector: str, address: str, source_table: str) -> SourceTable:
    where = {"path": address} if connector == "sqlite" else {"url_env": "RBDC_SOURCE_RMS_URL"}
    return SourceTable.model_validate(
        {
            "source": "rms",
            "table": "arrests",
            "description": "Arrests.",
            "connector": connector,
            **where,
            "source_table": source_table,
            "columns": COLUMNS,
            "key": ["arrest_id"],
            "cursor": "updated_at",
            "deletions": {"flag": "is_deleted"},
            "direct_identifiers": ["person_id"],
            "as_of": {"column": "updated_at"},
            "personal_information": "pseudonymised",
            "owner": "team:perf",
            "cadence": "never",
            "retention": "none",
            "licence": "none",
            "attribution": "nobody",
        }
    )


def _floor(address: str, source_table: str, target: Path) -> None:
    columns = ", ".join(
        f"{KEY.sql(identifier(column))} as {identifier(column)}"
        if column == "person_id"
        else f"{identifier(column)}::varchar as {identifier(column)}"
        for column in COLUMNS
    )
    with connect() as connection:
        load_extension(connection, "postgres_scanner")
        connection.execute(f"attach {literal(address)} as source (type postgres, read_only)")
        connection.execute(
            f"copy (select {columns} from source.{identifier(source_table)}) "
            f"to {literal(str(target / 'rows.parquet'))} (format parquet)"
        )


if __name__ == "__main__":
    main()
