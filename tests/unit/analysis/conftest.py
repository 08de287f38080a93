"""The framework that the answers are made under, and a service's worth of counts."""

from pathlib import Path

import pytest

from rbdc.framework import Framework, load_framework

SERVICES = Path(__file__).parents[3] / "services"


@pytest.fixture(scope="session")
def framework() -> Framework:
    """Toronto's framework: every method, a pathway, a policy change, several benchmarks."""
    return load_framework(SERVICES / "toronto")
