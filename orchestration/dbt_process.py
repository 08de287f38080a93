"""The `dbt` that the pipeline starts: it ends when the process that started it is killed."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run dbt; on Linux ask the kernel to end this process with its parent.

    dagster-dbt starts dbt with plain Popen: after SIGKILL of the refresh an orphaned dbt would
    go on writing and hold the warehouse's lock. Elsewhere the next refresh waits for the lock.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    from dbt.cli.main import cli

    cli()
