"""The watched folder: source files that are new, replaced or taken away start a refresh."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
from pydantic import BaseModel

from orchestration.defs.automation.jobs import NIGHTLY_REFRESH
from orchestration.service import Service
from rbdc.errors import ConfigError
from rbdc.sources.batch import Request
from rbdc.sources.csv_file import source_files

_EVERY_SECONDS = 60


class _Watch(BaseModel):
    """What the sensor remembers between two looks, as its cursor.

    Attributes:
        seen: names, sizes and times of the files at the last look.
        hashed: those for which the content was last read.
        requested: hash of the content that a refresh was last asked for.
        requests: how many refreshes were asked for.
    """

    seen: str = ""
    hashed: str = ""
    requested: str = ""
    requests: int = 0


def build_file_sensors(service: Service, *, running: bool) -> list[dg.SensorDefinition]:
    """The sensor of a service's source files.

    Args:
        service: whose files are watched.
        running: start it with the daemon; otherwise an engineer starts it in the UI.
    """

    @dg.sensor(
        name="new_source_files",
        job_name=NIGHTLY_REFRESH,
        minimum_interval_seconds=_EVERY_SECONDS,
        default_status=(
            dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED
        ),
        description="Starts a refresh when source files changed and have stopped changing.",
    )
    def new_source_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            files = watched_files(service)
        except ConfigError as error:
            return dg.SkipReason(str(error))
        watch = _Watch.model_validate_json(context.cursor or "{}")
        seen = _as_seen(files)
        if seen != watch.seen:
            return _remembered(
                watch.model_copy(update={"seen": seen}),
                "Files changed since the last look: waiting until they stand still, because a "
                "file that is being copied is not whole.",
            )
        if not files:
            return dg.SkipReason("No source file is there yet.")
        if seen == watch.hashed:
            return dg.SkipReason("No file changed.")
        content = _content_hash(files)
        if _as_seen(files) != seen:
            return dg.SkipReason("A file changed while it was read: waiting for the next look.")
        if content == watch.requested:
            return _remembered(
                watch.model_copy(update={"hashed": seen}),
                "Files were written anew with the content that a refresh was already asked for.",
            )
        watch = _Watch(seen=seen, hashed=seen, requested=content, requests=watch.requests + 1)
        # Numbered, so that content that comes back after another is asked for again: Dagster
        # starts one run a key.
        request = dg.RunRequest(run_key=f"{watch.requests}-{content}")
        return dg.SensorResult(run_requests=[request], cursor=watch.model_dump_json())

    return [new_source_files]


def watched_files(service: Service) -> list[Path]:
    """The files that are there now of every table that the service reads from files.

    Raises:
        ConfigError: no folder of source files was named, or it does not exist.
    """
    found: set[Path] = set()
    for table in service.tables:
        if table.connector == "csv" and table.folder == "sources":
            folder = service.source_dir()
            found |= set(source_files(Request(table, target=folder, folder=folder)))
    return sorted(path for path in found if path.is_file())


def _remembered(watch: _Watch, reason: str) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=watch.model_dump_json())


def _as_seen(files: Sequence[Path]) -> str:
    """Names, sizes and times of files, as a short text; a file that is gone has neither."""
    stats = [(path, path.stat() if path.exists() else None) for path in files]
    lines = [(str(path), stat and (stat.st_size, stat.st_mtime_ns)) for path, stat in stats]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def _content_hash(files: Sequence[Path]) -> str:
    """SHA-256 of the names and the bytes of files."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{content} {path.parent.name}/{path.name}\n".encode())
    return digest.hexdigest()
