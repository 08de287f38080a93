"""Data Docs and the views over judgements: every rule, every judgement, and nothing of any row."""

import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from expectations.data_docs import build_data_docs
from expectations.gatekeeper import suite_of
from expectations.rules import STAGES, load_stages
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.sources.raw_columns import delivered_tables
from rbdc.store.layout import write_json
from rbdc.store.loads import LoadHistory
from rbdc.store.warehouse import open_warehouse, prepare
from tests.pipeline import KEY, land_and_judge_table, smaller_services

NAME = "Zebulon Quigley"
LANDED = ("rms__arrests", "rms__strip_searches", "config__labels")


class Page(HTMLParser):
    """What the tests want to know of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Service:
    """Two nights; in the second one a record comes whose time, age and flag are a name."""
    folder = tmp_path_factory.mktemp("docs")
    service = Service(
        Settings(
            services_dir=smaller_services(folder, residents=5_000),
            state_root=folder / "var",
            pseudonym_key=KEY,
        )
    )
    service.simulate()
    tables = [table for table in service.tables if table.id in LANDED]
    for table in tables:
        land_and_judge_table(service, table, "first")
    with closing(sqlite3.connect(service.state.source_systems / "records.sqlite")) as database:
        database.execute(
            "update arrests set arrested_at = ?1, age = ?1, booked = ?1, "
            "updated_at = '2024-02-01T10:00:00' where rowid = (select min(rowid) from arrests)",
            [NAME],
        )
        database.commit()
    for table in tables:
        land_and_judge_table(service, table, "second")
    # What the pipeline judges of its own tables belongs to no load.
    results = service.state.quality / "results"
    made = {"load_id": None, "run_id": "r", "table_name": "rms__arrests", "dimension": "accuracy"}
    made |= {"expectation": "age_from_0_to_120", "action": "quarantine", "unexpected_count": 9}
    write_json(results / "run-1-staging.json", [made])
    return service


@pytest.fixture(scope="module")
def pages(service) -> dict[str, Page]:
    index = build(service)
    return {file.name: Page(file) for file in index.parent.iterdir()}


def build(service: Service) -> Path:
    return build_data_docs(service.state, service.tables, "Lakeshore", synthetic=True)


def test_every_table_has_a_page_with_every_rule_of_its_suite(service, pages):
    stages = {f"stage_{stage}.html" for stage in STAGES}
    assert set(pages) == {"index.html", *(f"{table.id}.html" for table in service.tables)} | stages
    for table in service.tables:
        page = pages[f"{table.id}.html"]
        text = page.file.read_text()
        sections = {section["id"] for section in page.all("section")}
        assert sections == {rule.name for rule in suite_of(table).rules}
        for rule in suite_of(table).rules:
            assert rule.name in text and rule.action in text and rule.dimension in text
        assert ("It has never been landed." in text) == (table.id not in LANDED)


def test_every_stage_has_a_page_with_every_rule_of_its_suite(pages):
    for suite in load_stages():
        page = pages[f"stage_{suite.stage}.html"]
        sections = {section["id"] for section in page.all("section")}
        assert sections == {rule.name for rule in suite.rules}
    assert "never" in pages["stage_marts.html"].file.read_text()


def test_every_judgement_is_told_in_words(pages):
    text = pages["rms__arrests.html"].file.read_text()
    assert text.count("rms__arrests-000002</th>") == text.count("rms__arrests-000001</th>") > 10
    row = text[text.index('<a href="#age_from_0_to_120">') :]
    assert "✗ broken" in row[: row.index("</tr>")] and "1 row<" in row[: row.index("</tr>")]
    assert "oldest first" in row[: row.index("</tr>")]


def test_links_resolve_and_nothing_comes_from_elsewhere(pages):
    for page in pages.values():
        assert not page.all("script") and not page.all("link") and not page.all("img")
        for link in page.all("a"):
            name, _, anchor = (link["href"] or "").partition("#")
            target = pages[name or page.file.name]
            assert not anchor or anchor in {tag.get("id") for _, tag in target.tags}


def test_pages_can_be_read_aloud(pages):
    for page in pages.values():
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(cell.get("scope") for cell in page.all("th"))
        assert all(picture.get("aria-label") for picture in page.all("svg"))
        assert "Simulated data" in page.file.read_text()


def test_no_value_of_a_row_is_written_to_quality(service, pages):
    aside = service.state.quarantine / "rms/arrests/*.rows.parquet"
    (row,) = duckdb.sql(
        f"select row from read_parquet('{aside}') where row like '%{NAME}%'"
    ).fetchone()
    assert row.count(NAME) == 3
    files = [file for file in service.state.quality.rglob("*") if file.is_file()]
    assert len(files) > len(pages)
    for file in files:
        assert not any(part.encode() in file.read_bytes() for part in NAME.split()), file


def test_the_same_state_gives_the_same_pages_and_forgotten_tables_go(service, pages):
    before = {name: page.file.read_bytes() for name, page in pages.items()}
    folder = pages["index.html"].file.parent
    (folder / "rms__gone.html").write_text("forgotten")
    build(service)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.fixture(scope="module")
def audit(service):
    prepare(service.state, service.tables, delivered_tables(service.models), {})
    with open_warehouse(service.state.warehouse, read_only=True) as connection:
        yield connection


def test_trends_hold_each_judgement_beside_the_one_before(audit):
    first, second = audit.execute(
        "select load_id, unexpected_count, rows_landed, share, count_change, share_change "
        "from audit.expectation_trends where table_name = 'arrests' "
        "and expectation = 'age_from_0_to_120' order by load_id"
    ).fetchall()
    assert first[0] == "rms__arrests-000001" and first[4:] == (None, None)
    assert first[3] == first[1] / first[2]
    # The row at the cursor is read again with what is new.
    assert second[1:4] == (1, 2, 0.5)
    assert second[4:] == (1 - first[1], 0.5 - first[3])


def test_what_is_in_force_is_scored_and_not_the_rows_of_one_night(audit, service):
    """Of arrests, kept by versions of keys, what is still aside; of labels, the delivery."""
    found = {
        (table, rule): (action, judged, count)
        for table, rule, action, judged, count in audit.execute(
            "select table_name, expectation, action, rows_judged, unexpected_count "
            "from audit.current_results"
        ).fetchall()
    }
    aside = "from quarantine.rows where table_name = 'arrests' and resolved_at is null"
    open_rows = audit.execute(f"select count(*) {aside}").fetchone()[0]
    of_age = audit.execute(
        f"select count(*) {aside} and expectation like '%age_from_0%'"
    ).fetchone()[0]
    in_force = audit.execute("select count(*) from raw.rms__arrests").fetchone()[0]
    assert of_age > 0 and in_force > 100
    assert found["arrests", "age_from_0_to_120"] == ("quarantine", in_force + open_rows, of_age)
    tables = {table.id: table for table in service.tables}
    rules = {
        rule.name for rule in suite_of(tables["rms__arrests"]).rules if rule.action == "quarantine"
    }
    assert {rule for table, rule in found if table == "arrests"} == rules
    labels = {rule for table, rule in found if table == "labels"}
    assert labels == {rule.name for rule in suite_of(tables["config__labels"]).rules}
    landed = LoadHistory(service.state, tables["config__labels"]).loads[0].rows_landed
    assert {found["labels", rule][1] for rule in labels} == {landed}
