"""Definitions of the shipped services, built once."""

import dagster as dg
import pytest

from orchestration.definitions import build_defs
from orchestration.settings import Settings


@pytest.fixture(scope="session", params=["demo", "toronto", "ontario"])
def service_name(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def state_root(tmp_path_factory):
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def settings(service_name, state_root) -> Settings:
    return Settings(service=service_name, state_root=state_root)


@pytest.fixture(scope="session")
def definitions(settings) -> dg.Definitions:
    return build_defs(settings)
