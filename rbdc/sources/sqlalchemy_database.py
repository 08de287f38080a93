"""Any other database that SQLAlchemy has a driver for, read in batches of rows."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from rbdc.duck import connect
from rbdc.errors import ConfigError
from rbdc.sources.batch import Pull, Request
from rbdc.sources.relational import not_readable, pull_from

_ROWS_A_BATCH = 10_000
# Under these all queries see the database as it stood at the first one, and nobody has to wait.
# The others have no such level, or (SQL Server) only where its administrator allowed it.
_ONE_STATE = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "oracle": "SERIALIZABLE",
}


def pull_sqlalchemy(request: Request) -> Pull:
    """Pull a table of a database at an SQLAlchemy address such as `mssql+pyodbc://…`.

    Raises:
        ConfigError: the environment gives no address, or none that SQLAlchemy can read.
        SourceError: the database cannot be reached or read, or what `pull_from` refuses.
    """
    table = request.table
    name = f"Source {table.source}, table {table.table} (database)"
    hint = f"Check {table.url_env}, the network and the rights of its user."
    if not request.url:
        raise ConfigError(f"{name}: set {table.url_env} to the SQLAlchemy address of the database.")
    try:
        engine = sa.create_engine(request.url)
    except (ArgumentError, NoSuchModuleError, ImportError):
        # Never the address itself: it holds a password.
        raise ConfigError(
            f"{name}: its address cannot be used. Check {table.url_env} and that the driver it "
            "names is installed."
        ) from None
    level = _ONE_STATE.get(engine.dialect.name)
    options = {"isolation_level": level} if level else {}
    try:
        with engine.connect() as source, connect() as connection:
            source = source.execution_options(**options)
            return pull_from(_Database(source, connection), request, name)
    except (SQLAlchemyError, duckdb.Error) as error:
        raise not_readable(name, error, hint) from None
    finally:
        engine.dispose()


class _Database:
    """A database behind SQLAlchemy; rows go to DuckDB as batches of text, never all at once."""

    def __init__(self, source: sa.Connection, connection: duckdb.DuckDBPyConnection) -> None:
        self._source, self.connection, self._queries = source, connection, 0
        self._inspector = sa.inspect(source)
        self._quoted = source.dialect.identifier_preparer
        self._values: dict[str, object] = {}

    def columns(self, table: str) -> Mapping[str, str]:
        return {name: str(kind) for name, kind in self._types(table).items()}

    def table(self, name: str) -> str:
        return ".".join(map(self._quoted.quote, name.split(".")))

    def column(self, name: str) -> str:
        return self._quoted.quote(name)

    def listed(self, table: str, columns: Sequence[str]) -> str:
        return ", ".join(map(self.column, columns))

    def value(self, text: str, table: str, column: str) -> str:
        # As a parameter of the column's own type: databases differ in how they write a time.
        name = f"value_{len(self._values)}"
        on_sqlite = self._source.dialect.name == "sqlite"  # which keeps times as text
        self._values[name] = text if on_sqlite else _typed(text, self._types(table)[column])
        return f":{name}"

    def as_text(self, expression: str) -> str:
        text = sa.cast(sa.literal_column(expression), sa.String(255))
        return str(text.compile(dialect=self._source.dialect))

    def one(self, sql: str) -> tuple[str | None, ...]:
        return tuple(map(_text, self._execute(sql).one()))

    def rows(self, sql: str) -> str:
        result = self._execute(sql)
        schema = pa.schema([(column, pa.string()) for column in tuple(result.keys())])
        reader = pa.RecordBatchReader.from_batches(schema, _batches(result, schema))
        self._queries += 1
        self.connection.register(f"query_{self._queries}", reader)
        return f"query_{self._queries}"

    def row_number(self, table: str) -> str | None:
        return None

    def whole(self, table: str, columns: Sequence[str]) -> str:
        sql = f"select {self.listed(table, columns)} from {self.table(table)}"
        return f"select * from {self.rows(sql)}"

    def _types(self, table: str) -> dict[str, sa.types.TypeEngine[object]]:
        schema, _, name = table.rpartition(".")
        try:
            found = self._inspector.get_columns(name, schema=schema or None)
        except NoSuchTableError:
            return {}
        return {column["name"]: column["type"] for column in found}

    def _execute(self, sql: str) -> sa.CursorResult[tuple[object, ...]]:
        # A colon that does not name a value is the database's own.
        statement = sa.text(re.sub(r":(?!value_\d)", r"\:", sql))
        values = {name: value for name, value in self._values.items() if f":{name}" in sql}
        options = {"stream_results": True, "max_row_buffer": _ROWS_A_BATCH}
        return self._source.execute(statement, values, execution_options=options)


def _batches(
    result: sa.CursorResult[tuple[object, ...]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    for rows in result.partitions(_ROWS_A_BATCH):
        arrays = [_as_text(column) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_text(column: Sequence[object]) -> pa.Array:
    """Values of a column as text; a column of texts, as most are, is left to Arrow alone."""
    only_texts = set(map(type, column)) <= {str, type(None)}
    return pa.array(column if only_texts else map(_text, column), pa.string())


def _text(value: object) -> str | None:
    """A value as text, in the forms in which DuckDB's scanners give it, whatever the driver."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}"
        case bytes():
            return value.hex()
        case dt.datetime(tzinfo=dt.tzinfo()):
            return _without_zeros(str(value.astimezone(dt.UTC)).removesuffix(":00"))
        case dt.datetime():
            return _without_zeros(str(value))
        case _:
            return str(value)


def _without_zeros(time: str) -> str:
    """A time without the zeros that end its fraction of a second."""
    return re.sub(r"(\.\d*?)0+(?=\+|$)", r"\1", time)


def _typed(text: str, kind: sa.types.TypeEngine[object]) -> object:
    """A landed value as a parameter that the database compares with a column of some type."""
    wanted = kind.python_type  # object where SQLAlchemy knows none: the database reads a text
    if issubclass(wanted, dt.datetime):
        return dt.datetime.fromisoformat(text)
    if issubclass(wanted, dt.date):
        return dt.date.fromisoformat(text[:10])
    if issubclass(wanted, int):
        return int(text)
    if issubclass(wanted, float | Decimal):
        return Decimal(text)
    return bytes.fromhex(text) if issubclass(wanted, bytes) else text
