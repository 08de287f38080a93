"""Fixtures that every tier of tests shares."""

import os
import sys
from pathlib import Path

import pytest
from absl import logging as absl_logging

# absl, which mlcroissant brings, closes the stream that was sys.stderr when it was imported as soon
# as logging is configured anew: under pytest that is the capture of everything.
absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__

PROJECT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep a file in one process of xdist, and all of tests/dbt, which share warehouses."""
    from xdist.scheduler import LoadFileScheduling

    class TogetherScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "tests/dbt" if nodeid.startswith("tests/dbt/") else super()._split_scope(nodeid)

    return TogetherScheduling(config, log)


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real public data and reference cases beside the project, or a skip."""
    folder = Path(os.environ.get("RBDC_SHARED", PROJECT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(
            f"needs the real public data in {folder.name}/ beside the project (RBDC_SHARED)"
        )
    return folder
