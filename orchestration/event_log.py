"""The run history's event log on SQLite, fast enough for some hundred checks a night."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS


class SqliteEventLog(SqliteEventLogStorage):
    """Dagster's own storage, with connections that stay open.

    Dagster opens and closes SQLite about four times an event, and waits each time until the disk
    has the bytes: on a busy disk that took longer than the whole rest of a refresh. Here a commit
    reaches the operating system at once, so that a killed process loses nothing; the disk
    follows, so that a power cut may lose the last events, but never damages the file.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        """Take the folder of the files."""
        self._engines: dict[str, db.Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "SqliteEventLog":
        """Make one as `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:
            with self._engine(shard).begin() as connection:
                yield connection
            os.utime(self.path_for_shard(shard))  # the UI follows this file, not SQLite's journal

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked for each check, also inside a transaction."""
        with self._engine(INDEX_SHARD_NAME).connect() as connection:
            return bool(connection.dialect.has_table(connection, table_name))

    def _engine(self, shard: str) -> db.Engine:
        """The engine of a run's file or of the index; one run's at a time, as files are few."""
        if shard not in self._engines:
            for other in set(self._engines) - {INDEX_SHARD_NAME}:
                self._engines.pop(other).dispose()
            engine = db.create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            db.event.listen(engine, "connect", _do_not_wait_for_the_disk)
            self._initdb(engine)
            self._engines[shard] = engine
        return self._engines[shard]

    def dispose(self) -> None:
        """Close what is open."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


def _do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
    connection.execute("pragma synchronous = normal")
