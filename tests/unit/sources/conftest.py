"""Records systems for the tests of connectors."""

import psycopg
import pytest

from tests.postgres import postgres_server
from tests.unit.sources.records_systems import KINDS, PEOPLE, RecordsSystem


@pytest.fixture(scope="session")
def postgres_url():
    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres(postgres_url, tmp_path) -> RecordsSystem:
    """An empty database of PostgreSQL."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "drop schema if exists records cascade; drop schema public cascade;"
            "create schema public; grant usage on schema public to public"
        )
    return RecordsSystem("postgres", tmp_path, postgres_url)


@pytest.fixture(params=KINDS)
def records(request, tmp_path) -> RecordsSystem:
    """A database of each kind with three people."""
    url = None
    if "postgres" in request.param:
        url = request.getfixturevalue("postgres").url
    system = RecordsSystem(request.param, tmp_path, url)
    system.execute(PEOPLE.format(time="timestamp" if url else "varchar(26)"))
    return system
