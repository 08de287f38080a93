"""A PostgreSQL server of a test's own in a temporary folder; a skip where none is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


class NotInstalledError(Exception):
    """There is no PostgreSQL that could be started here; the message says what is missing."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of an empty database on a server of the test's own; skip without PostgreSQL."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(server())
        except NotInstalledError as error:
            pytest.skip(str(error))
        yield url


def _binaries() -> Path:
    """Folder of `initdb` and `pg_ctl`; Debian keeps them out of the path."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    raise NotInstalledError("needs PostgreSQL's initdb and pg_ctl (Debian: postgresql-15)")


def _as_server() -> list[str]:
    """How to run as somebody whom PostgreSQL accepts: it refuses to run as root."""
    if os.geteuid() != 0:
        return []
    if (
        not shutil.which("runuser")
        or subprocess.run(["id", "postgres"], capture_output=True).returncode
    ):
        raise NotInstalledError("PostgreSQL does not run as root, and there is no user postgres")
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def server() -> Iterator[str]:
    """Start a server that only this machine can reach, and give the URL of an empty database.

    Raises:
        NotInstalledError: there is no PostgreSQL, or nobody to run it as.
    """
    binaries, user = _binaries(), _as_server()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="rbdc-postgres-"))
    try:
        if user:
            shutil.chown(folder, "postgres")
        data, log = folder / "data", folder / "log"
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
            "-c fsync=off"
        )
        where = {"cwd": folder, "check": True, "capture_output": True}
        subprocess.run(
            [*user, binaries / "initdb", "-D", data, "-U", "rbdc", "-A", "trust", "-E", "UTF8"],
            **where,
        )
        start = [*user, binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"]
        # The server inherits what its starter holds open: it must not be the test's own pipes.
        subprocess.run(start, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        try:
            yield f"postgresql://rbdc@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [*user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **where
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
