"""The simulated service after its first refresh, anew for each file that uses it."""

import pytest

from tests.e2e.demo_world import World, refreshed
from tests.pipeline import hashes


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return refreshed(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def original(world) -> dict[str, str]:
    """Hashes of the marts after the first refresh."""
    return hashes(world.state)
