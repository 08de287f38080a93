"""A table that a portal publishes: its fields under each portal's names, and its rows."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb
import pandas as pd
import pyarrow as pa

from rbdc.errors import RbdcError

OBJECT_ID = "ObjectId"
_NAME_LIMIT = 31
_NAMESPACE = uuid.UUID("8f6c2a34-51b7-4d0e-9c55-0d3c6f1a7e21")

FieldType = Literal["integer", "number", "text", "date"]


@dataclass(frozen=True)
class Field:
    """A column under the names that it has on the two portals.

    Attributes:
        sql: the column in the store.
        name: as ArcGIS has it, at most 31 characters and no blanks.
        alias: the full name, as CKAN has it, and ArcGIS beside its own.
        type: what it holds; dates are instants in UTC, to the millisecond.
    """

    sql: str
    name: str
    alias: str
    type: FieldType


@dataclass(frozen=True)
class Condition:
    """A predicate in SQL with its parameters."""

    sql: str = "true"
    parameters: tuple[object, ...] = ()


@dataclass(frozen=True)
class Order:
    """One field of an ordering; nulls stand where PostgreSQL, behind both portals, puts them."""

    field: Field
    descending: bool = False

    @property
    def sql(self) -> str:
        """The term of an `order by`."""
        return f"{self.field.sql} " + ("desc nulls first" if self.descending else "asc nulls last")


ROW_ID = Field("row_id", "_id", "_id", "integer")


class PortalTable:
    """One published version of a table; a new version is a new object.

    Attributes:
        name: name of the ArcGIS service, and of the CKAN resource.
        package: slug of the CKAN package.
        edited_at: when this version was published.
        fields: the columns that the table brought, in order.
        object_id: the ArcGIS row id: the table's own ObjectId, else 1 to n in row order. The
            CKAN row id `_id` is always 1 to n in row order.
    """

    def __init__(
        self,
        name: str,
        data: pd.DataFrame | duckdb.DuckDBPyRelation,
        dates: Sequence[str],
        aliases: Mapping[str, str],
        package: str,
        edited_at: dt.datetime,
    ) -> None:
        self.name, self.package, self.edited_at = name, package, edited_at
        delivered = _arrow(name, data)
        columns: list[str] = delivered.column_names
        if unknown := sorted({*dates, *aliases} - set(columns)):
            raise RbdcError(f"Portal table {name} has no column {', '.join(unknown)}.")
        delivered = _with_instants(name, delivered, dates)
        self.fields = tuple(
            Field(
                f"c{n}",
                re.sub(r"\W", "_", column, flags=re.ASCII)[:_NAME_LIMIT],
                aliases.get(column, column),
                _type(name, delivered.schema.field(n)),
            )
            for n, column in enumerate(columns)
        )
        self._check_names()
        self._connection = duckdb.connect(config={"threads": 1})
        self._load(delivered)
        own = [field for field in self.fields if field.name.lower() == OBJECT_ID.lower()]
        self.object_id = own[0] if own else Field("row_id", OBJECT_ID, OBJECT_ID, "integer")
        self._check_object_id()

    def count(self, condition: Condition) -> int:
        """Number of rows that fit."""
        rows = self._fetch(f"select count(*) from data where {condition.sql}", condition)
        return int(rows[0][0])

    def rows(
        self,
        columns: Sequence[str],
        condition: Condition,
        order: Sequence[Order],
        shuffle: int,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[tuple[Any, ...]]:
        """Rows that fit, each with the given SQL expressions.

        Rows that the ordering leaves equal, all of them if there is none, come in an order that
        hangs on `shuffle`: a real server promises none, and shows another one now and then.
        """
        terms = [*(item.sql for item in order), f"hash(row_id, {shuffle:d})", "row_id"]
        return self._fetch(
            f"select {', '.join(columns)} from data where {condition.sql} "
            f"order by {', '.join(terms)} offset {offset:d}"
            + ("" if limit is None else f" limit {limit:d}"),
            condition,
        )

    def _fetch(self, sql: str, condition: Condition) -> list[tuple[Any, ...]]:
        # A cursor of its own: requests are served by several threads.
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, list(condition.parameters)).fetchall()

    def _load(self, delivered: pa.Table) -> None:
        # The store's own names: delivered ones may differ in case only, or be `row_id`.
        numbered = delivered.rename_columns([field.sql for field in self.fields]).append_column(
            ROW_ID.sql, pa.array(range(1, delivered.num_rows + 1), pa.int64())
        )
        selected = ", ".join(f"{_cast(f.sql, f.type)} as {f.sql}" for f in self.fields)
        self._connection.register("delivered", numbered)
        self._connection.execute(
            f"create table data as select {ROW_ID.sql}, {selected} from delivered"
        )
        self._connection.unregister("delivered")

    def _check_names(self) -> None:
        if not self.fields:
            raise RbdcError(f"Portal table {self.name} has no columns.")
        for kind, names in (
            (f"cut at {_NAME_LIMIT} characters", [field.name for field in self.fields]),
            ("as aliases", [field.alias for field in self.fields]),
        ):
            folded = [name.lower() for name in names]
            if twice := sorted({name for name in names if folded.count(name.lower()) > 1}):
                raise RbdcError(
                    f"Portal table {self.name}: names are the same {kind}: {', '.join(twice)}. "
                    "Rename a column."
                )
        if reserved := [field.alias for field in self.fields if field.alias.startswith("_")]:
            raise RbdcError(
                f"Portal table {self.name}: CKAN keeps names that begin with _ for itself: "
                f"{', '.join(reserved)}. Rename or leave out the column."
            )

    def _check_object_id(self) -> None:
        ids = self.object_id
        distinct = self._fetch(f"select count(distinct {ids.sql}) from data", Condition())[0][0]
        if ids.type != "integer" or distinct != self.count(Condition()):
            raise RbdcError(
                f"Portal table {self.name}: {ids.name} must be a different whole number in "
                "every row. Leave the column out to have it added."
            )


def resource_id(name: str) -> str:
    """The id of a table's CKAN resource; the same name has the same id in every portal."""
    return str(uuid.uuid5(_NAMESPACE, name))


def _arrow(name: str, data: pd.DataFrame | duckdb.DuckDBPyRelation) -> pa.Table:
    if isinstance(data, duckdb.DuckDBPyRelation):
        return data.to_arrow_table()
    try:
        return pa.Table.from_pandas(data, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        reason = " ".join(str(part) for part in error.args)
        raise RbdcError(f"Portal table {name} has a column of mixed types: {reason}") from None


def _with_instants(name: str, table: pa.Table, dates: Sequence[str]) -> pa.Table:
    """The table with declared dates read, and every instant in UTC without its zone.

    Not left to DuckDB: its casts heed a zone only with an extension that may be absent.
    """
    for n, field in enumerate(table.schema):
        column, type_ = table.column(n), _type(name, field)
        if field.name in dates and type_ not in ("text", "date"):
            raise RbdcError(f"Portal table {name}: column {field.name} holds {type_}s, not dates")
        if field.name in dates and type_ == "text":
            try:
                read = pd.to_datetime(column.to_pandas(), format="ISO8601", utc=True)
            except ValueError as error:
                raise RbdcError(
                    f"Portal table {name}, column {field.name}: not a date. {error}"
                ) from None
            column = pa.chunked_array([pa.Array.from_pandas(read)])
        if pa.types.is_timestamp(column.type):
            instants = column.cast(pa.timestamp("us"), safe=False)
            table = table.set_column(n, field.name, instants)
    return table


def _type(table: str, column: Any) -> FieldType:
    kind, kinds = column.type, pa.types
    if kinds.is_dictionary(kind):
        kind = kind.value_type
    if kinds.is_integer(kind) or kinds.is_boolean(kind):
        return "integer"
    if kinds.is_floating(kind) or kinds.is_decimal(kind):
        return "number"
    if kinds.is_date(kind) or kinds.is_timestamp(kind):
        return "date"
    if kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_null(kind):
        return "text"
    raise RbdcError(f"Portal table {table}: column {column.name} holds {kind}, which no portal has")


def _cast(column: str, type_: FieldType) -> str:
    """The SQL that brings a delivered column to the type that the store keeps."""
    match type_:
        case "integer":  # truth values too: ArcGIS has none
            return f"cast({column} as bigint)"
        case "number":  # JSON has neither NaN nor infinity
            return f"case when isfinite(cast({column} as double)) then cast({column} as double) end"
        case "date":
            return f"date_trunc('milliseconds', cast({column} as timestamp))"
        case "text":
            return f"cast({column} as varchar)"
