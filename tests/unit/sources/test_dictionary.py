"""The data dictionary is the one that the declarations give, and leaves no column unexplained."""

import pytest

from rbdc.sources.declaration import LABELS, load_sources
from rbdc.sources.dictionary import FOLDER, MODELS, dictionary
from rbdc.sources.raw_columns import raw_columns
from tests.conftest import PROJECT
from tests.unit.sources.tables import csv_table, sqlite_table

SERVICES = sorted(file.parent.name for file in PROJECT.glob("services/*/sources.yml"))


@pytest.mark.parametrize("service", SERVICES)
def test_dictionary_is_current(service):
    sources = load_sources(PROJECT / "services" / service)
    written = (FOLDER / f"{service}.md").read_text(encoding="utf-8")
    assert written == dictionary(service, sources, raw_columns(MODELS)), "run `make dictionary`"


@pytest.mark.parametrize("service", SERVICES)
def test_every_column_of_a_table_that_models_read_is_described(service):
    described = raw_columns(MODELS)
    tables = [*load_sources(PROJECT / "services" / service).tables, LABELS]
    read = [table for table in tables if table.id in described]
    assert read
    lacking = [
        f"{table.id}.{column}"
        for table in read
        for column in table.column_names
        if not described[table.id].get(column)
    ]
    assert lacking == []


def test_every_service_and_no_other_has_a_dictionary():
    assert sorted(file.stem for file in FOLDER.glob("*.md")) == SERVICES


def section(table, descriptions=None) -> str:
    sources = load_sources(PROJECT / "services" / "demo").model_copy(update={"tables": (table,)})
    text = dictionary("demo", sources, descriptions or {})
    return text[text.index(f"\n## {table.source}.{table.table}") : text.index("\n## config.labels")]


def test_what_a_reader_asks_of_a_table_is_there():
    table = sqlite_table(
        direct_identifiers=["person"],
        labels={"gender": "person"},
        reread="3 days",
        drift={"new_label": "refuse"},
        schema_reviewed="2026-01-02",
        on_refusal="hold",
    )
    text = section(table, {table.id: {"id": "Key | of a person."}})
    for words in (
        "| *Read from* | database (SQLite) records.sqlite, table `people` |",
        "rows whose `updated_at` is later than last time, and 3 days before",
        "| *Deleted rows* | marked in `gone` |",
        "new label: refuse",
        "| *Columns last looked at* | 2026-01-02 |",
        "| *If a delivery is refused* | `hold` |",
        "| `id` | Key \\| of a person. | key |",
        "| `person` |  | replaced by a code before anything is written; labels.csv maps it to "
        "`gender` |",
    ):
        assert words in text, words


def test_other_spellings_portals_and_tables_without_figures():
    portal = {"connector": "ckan", "url": "https://host", "package": "slug", "resource": "name"}
    text = section(csv_table(portal=portal, when_absent="skip"))
    assert "`label` (in the source: `Label Text`)" in text
    assert "or, where no folder of files is named, portal (CKAN) https://host slug" in text
    assert "No figure is made from this table." in text and "nothing fails" in text
    stones = {"source_table": "gone", "key": {"id": "x"}, "cursor": "at_time"}
    assert "named in the source's table `gone`" in section(
        sqlite_table(deletions={"tombstones": stones})
    )
    assert "comparing all keys" in section(sqlite_table(deletions="full_key_comparison"))
    assert "read anew" in section(sqlite_table(deletions=None))
    url = "RBDC_SOURCE_RMS_URL"
    assert f"database (PostgreSQL) the address in {url}" in section(
        sqlite_table(connector="postgres", path=None, url_env=url)
    )
