"""Which module pulls from which kind of source system."""

from collections.abc import Callable
from pathlib import Path

from rbdc.sources import csv_file, sqlite_database
from rbdc.sources.batch import Position, Pull
from rbdc.sources.declaration import SourceTable
from rbdc.sources.pseudonyms import PseudonymKey

Connector = Callable[[SourceTable, Path, Path, Position | None, PseudonymKey | None], Pull]

CONNECTORS: dict[str, Connector] = {"csv": csv_file.pull, "sqlite": sqlite_database.pull}
