"""Any other database that SQLAlchemy has a driver for, read in batches of rows."""

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from rbdc.duck import connect
from rbdc.errors import ConfigError, SourceError
from rbdc.sources.batch import Pull, Request
from rbdc.sources.relational import pull_from

_ROWS_A_BATCH = 50_000


def pull_sqlalchemy(request: Request) -> Pull:
    """Pull a table of a database at an SQLAlchemy address such as `mssql+pyodbc://…`.

    Raises:
        ConfigError: the environment gives no address, or none that SQLAlchemy can read.
        SourceError: the database cannot be reached or read, or what `pull_from` refuses.
    """
    table = request.table
    name = f"Source {table.source}, table {table.table} (database)"
    advice = f"Check {table.url_env} and that the driver it names is installed."
    if not request.url:
        raise ConfigError(f"{name}: set {table.url_env} to the SQLAlchemy address of the database.")
    try:
        engine = sa.create_engine(request.url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        # Never the address itself: it holds a password.
        raise ConfigError(f"{name}: its address cannot be used. {advice}") from None
    try:
        with engine.connect() as source, connect() as connection:
            return pull_from(_Database(source, connection), request, name)
    except SQLAlchemyError as error:
        raise SourceError(f"{name} could not be read ({type(error).__name__}). {advice}") from None
    finally:
        engine.dispose()


class _Database:
    """A database behind SQLAlchemy; rows go to DuckDB as batches of text, never all at once."""

    def __init__(self, source: sa.Connection, connection: duckdb.DuckDBPyConnection) -> None:
        self._source, self.connection, self._queries = source, connection, 0

    def columns(self, table: str) -> Mapping[str, str]:
        schema, _, name = table.rpartition(".")
        try:
            found = sa.inspect(self._source).get_columns(name, schema=schema or None)
        except NoSuchTableError:
            return {}
        return {column["name"]: str(column["type"]) for column in found}

    def quote(self, name: str) -> str:
        preparer = self._source.dialect.identifier_preparer
        return ".".join(preparer.quote_identifier(part) for part in name.split("."))

    def rows(self, sql: str) -> str:
        options = {"stream_results": True, "yield_per": _ROWS_A_BATCH}
        result = self._source.execute(sa.text(sql.replace(":", "\\:")), execution_options=options)
        schema = pa.schema([(column, pa.string()) for column in tuple(result.keys())])
        reader = pa.RecordBatchReader.from_batches(schema, _batches(result, schema))
        self._queries += 1
        self.connection.register(f"query_{self._queries}", reader)
        return f"query_{self._queries}"

    def whole(self, table: str, columns: Sequence[str]) -> tuple[str, str]:
        listed = ", ".join(map(self.quote, columns))
        rows = self.rows(f"select {listed} from {self.quote(table)}")
        return f"select * from {rows}", "row_number() over ()"


def _batches(
    result: sa.CursorResult[tuple[object, ...]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    for rows in result.partitions():
        columns = zip(*rows, strict=True)
        arrays = [pa.array([_text(value) for value in column], pa.string()) for column in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(value: object) -> str | None:
    """A value as text; times in ISO form, whatever the driver makes of them."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    return value.hex() if isinstance(value, bytes) else str(value)
