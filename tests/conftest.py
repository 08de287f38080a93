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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file in one process of xdist, and all of tests/dbt, which share warehouses."""
    for item in items:
        group = "dbt" if item.path.parent.name == "dbt" else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))


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
