"""Databases by SQLAlchemy address: which ones, and values in their columns' own types."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle

from rbdc.errors import ConfigError
from rbdc.sources import sqlalchemy_database
from rbdc.sources.batch import Request
from rbdc.sources.sqlalchemy_database import _text, _typed, pull_sqlalchemy
from tests.unit.sources.tables import sqlite_table


def pull(url):
    table = sqlite_table(connector="sqlalchemy", url_env="RBDC_SOURCE_RMS_URL", path=None)
    return pull_sqlalchemy(Request(table, target=None, url=url))


@pytest.mark.parametrize(
    "url", ["no address", "nodialect://user:secret@host/db", "mysql+nodriver://user:secret@host/db"]
)
def test_address_that_cannot_be_used_is_not_repeated(url):
    with pytest.raises(ConfigError, match="its address cannot be used") as refused:
        pull(url)
    assert "secret" not in str(refused.value) and "Check RBDC_SOURCE_RMS_URL" in str(refused.value)


@pytest.mark.parametrize("error", [ModuleNotFoundError("pyodbc"), ImportError("libodbc.so.2")])
def test_driver_that_is_not_installed_or_lacks_a_library(error, monkeypatch):
    def no_driver(url):
        raise error

    monkeypatch.setattr(sa, "create_engine", no_driver)
    with pytest.raises(ConfigError, match="the driver it names is installed"):
        pull("mssql+pyodbc://user:secret@host/db")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("2023-01-03 08:00:00.123", mssql.DATETIME2(), dt.datetime(2023, 1, 3, 8, 0, 0, 123000)),
        ("2023-01-03 08:00:00", oracle.DATE(), dt.datetime(2023, 1, 3, 8)),
        ("2023-01-03", sa.DateTime(), dt.datetime(2023, 1, 3)),
        ("2023-01-03 08:00:00", sa.Date(), dt.date(2023, 1, 3)),
        ("12", sa.BigInteger(), 12),
        ("12.5", oracle.NUMBER(10, 2), Decimal("12.5")),
        ("00000000000007d1", mssql.TIMESTAMP(), bytes.fromhex("00000000000007d1")),
        ("2023-01-03", sa.String(20), "2023-01-03"),
        ("2023-01-03", sa.types.NullType(), "2023-01-03"),
        ("AAAQ+jAABAAAAAIAAC", oracle.ROWID(), "AAAQ+jAABAAAAAIAAC"),
    ],
)
def test_value_of_a_cursor_in_the_type_of_its_column(text, kind, value):
    """SQL Server and Oracle do not compare a time with a text as PostgreSQL does."""
    assert _typed(text, kind) == value


def test_texts_sort_as_the_values_do():
    """The newest cursor value is found among landed texts."""
    start = dt.datetime(2023, 1, 3, 8)
    times = [start + dt.timedelta(microseconds=n) for n in (0, 1, 10, 250_000, 300_000, 999_999)]
    assert sorted(map(_text, reversed(times))) == [*map(_text, times)]
    zoned = [time.replace(tzinfo=dt.UTC) for time in times]
    assert sorted(map(_text, reversed(zoned))) == [*map(_text, zoned)]
    versions = [number.to_bytes(8, "big") for number in (9, 10, 255, 256, 70_000)]
    assert sorted(map(_text, reversed(versions))) == [*map(_text, versions)]


def test_rows_come_in_batches_and_never_all_at_once(monkeypatch):
    monkeypatch.setattr(sqlalchemy_database, "_ROWS_A_BATCH", 10)
    engine = sa.create_engine("sqlite://")
    with engine.connect() as source:
        result = source.execute(
            sa.text("select value, 'x' from json_each(json_array(" + "1, " * 24 + "1))")
        )
        schema = pa.schema([("value", pa.string()), ("x", pa.string())])
        batches = list(sqlalchemy_database._batches(result, schema))
    assert [batch.num_rows for batch in batches] == [10, 10, 5]


@pytest.mark.parametrize(
    "column",
    [["a", None], [1, None], [2**70], [None], [1, "a"], [b"ab"], [True, 2], [1.5, Decimal(2)]],
)
def test_a_column_becomes_the_text_of_its_values(column):
    assert sqlalchemy_database._as_text(column).to_pylist() == [_text(value) for value in column]
