"""A written release that several tests look at; those that change it take a copy."""

import shutil
from pathlib import Path

import pytest

from rbdc.release.package.write import write_package
from tests.unit.release_package.invented import release


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Path:
    """The invented release as a folder; not to be changed."""
    folder = tmp_path_factory.mktemp("releases") / "1.0.0"
    write_package(release(), "1.0.0", folder, None)
    return folder


@pytest.fixture
def copy(written, tmp_path) -> Path:
    """A copy of the written release that a test may change."""
    return Path(shutil.copytree(written, tmp_path / "1.0.0"))
