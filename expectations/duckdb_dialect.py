"""The SQLAlchemy dialect by which Great Expectations reads a batch through DuckDB."""

from typing import Any

from duckdb_engine import Dialect


class ValidationDialect(Dialect):
    """DuckDB for reading only: transactions are never begun and never ended.

    The parent rolls back whenever Great Expectations closes a connection, which empties the
    result that is still waiting to be read (great_expectations#11579).
    """

    supports_statement_cache = False

    def do_begin(self, connection: Any) -> None:
        """Do nothing."""

    def do_commit(self, connection: Any) -> None:
        """Do nothing."""

    def do_rollback(self, connection: Any) -> None:
        """Do nothing."""
