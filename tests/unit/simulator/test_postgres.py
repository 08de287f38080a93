"""Records written to PostgreSQL are those of the SQLite file, at first and after days passed."""

import duckdb
import pytest

from rbdc.duck import connect, load_extension
from rbdc.errors import ConfigError
from rbdc.sources.simulator import advance, generate
from rbdc.sources.simulator.records import TABLES
from tests.postgres import postgres_server

from .conftest import Changed


@pytest.fixture(scope="module")
def url():
    with postgres_server() as url:
        yield url


def test_same_records_in_both_kinds_of_database(url, changed: Changed, tmp_path) -> None:
    config = changed(
        {
            "residents.total": 20_000,
            "period.first_day": "2023-08-01",
            "searches.policy_change.date": "2023-10-01",
        }
    )
    generate(config, tmp_path / "sqlite")
    generate(config, tmp_path / "postgres", url)
    assert not (tmp_path / "postgres" / "records.sqlite").exists()
    for _ in range(2):
        with connect() as connection:
            attach(connection, str(tmp_path / "sqlite" / "records.sqlite"), "sqlite")
            attach(connection, url, "postgres")
            for name in [*(table.name for table in TABLES), "planted_defects", "simulation_clock"]:
                assert differing(connection, f"sqlite.{name}", f"postgres.{name}") == 0, name
                assert differing(connection, f"postgres.{name}", f"sqlite.{name}") == 0, name
        one = advance(config, tmp_path / "sqlite", 30)
        two = advance(config, tmp_path / "postgres", 30, url)
        assert (one.rows, one.planted) == (two.rows, two.planted)


def attach(connection: duckdb.DuckDBPyConnection, where: str, kind: str) -> None:
    load_extension(connection, f"{kind}_scanner")
    connection.execute(f"attach '{where}' as {kind} (type {kind}, read_only)")


def differing(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> int:
    rows = connection.execute(f"select count(*) from (from {left} except all from {right})")
    return rows.fetchone()[0]


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    changed: Changed, tmp_path
) -> None:
    with pytest.raises(ConfigError) as refused:
        generate(
            changed({"residents.total": 20_000}),
            tmp_path / "out",
            "postgresql://rbdc:secret@127.0.0.1:1/nowhere",
        )
    assert "127.0.0.1:1/nowhere cannot be opened" in str(refused.value)
    assert "secret" not in str(refused.value)
