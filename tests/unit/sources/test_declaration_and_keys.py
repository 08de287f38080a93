"""sources.yml is checked before anything is read; keys are read only from safe places."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rbdc.errors import ConfigError
from rbdc.sources.declaration import load_sources
from rbdc.sources.pseudonyms import parse_key, read_key_file
from tests.unit.sources.tables import csv_table, sqlite_table


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": ["other"]}, "other must stand under columns"),
        ({"as_of": {"column": "date"}}, "date must stand under columns"),
        ({"columns": ["id", "id", "when"]}, "listed twice"),
        ({"declared_invalid": "withdrawn"}, "on_refusal: exclude"),
        ({"connector": "sqlite"}, "needs source_table and cursor"),
        ({"owner": ""}, "at least 1 character"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_unsound_declarations_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        csv_table(**changes)


def test_fingerprint_changes_with_what_is_read_and_not_with_words():
    assert csv_table().fingerprint == csv_table(description="Other words.").fingerprint
    assert csv_table().fingerprint != csv_table(columns=["id", "when"]).fingerprint
    assert sqlite_table().fingerprint != sqlite_table(deletions=None).fingerprint


def test_shipped_services_are_sound(project):
    for folder in (project / "services").iterdir():
        assert load_sources(folder).tables


def test_unknown_service_is_named_with_the_known_ones(project):
    with pytest.raises(
        ConfigError, match=r"Unknown service 'nowhere'; known services: demo, ontario, tor"
    ):
        load_sources(project / "services" / "nowhere")


@given(st.text(min_size=1), st.binary(min_size=32, max_size=80))
def test_sql_and_python_make_the_same_pseudonym(value, secret):
    if "\0" in value:
        return  # DuckDB text cannot hold NUL
    key = parse_key("k1:" + secret.hex())
    assert duckdb.execute(f"select {key.sql('?')}", [value]).fetchone() == (key.of(value),)


@pytest.mark.parametrize(
    "text", ["", "id", "id:zz", "id:abcd", ":" + "00" * 32, "a b:" + "00" * 32]
)
def test_malformed_keys_are_refused_without_repeating_them(text):
    with pytest.raises(ConfigError, match="must be written <id>:<hex"):
        parse_key(text)


def test_key_file_must_be_private(tmp_path):
    file = tmp_path / "key"
    file.write_text("k1:" + "ab" * 32 + "\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_key_file(file)
    file.chmod(0o600)
    assert read_key_file(file).id == "k1"
    assert "ab" * 32 not in repr(read_key_file(file))
