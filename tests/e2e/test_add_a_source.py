"""What `docs/add-a-source.md` says is done as it stands there, in a copy of the project."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.pipeline import PROJECT, mart, query, smaller_city

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

DOCUMENT = PROJECT / "docs" / "add-a-source.md"
BIN = Path(sys.executable).parent
_BLOCK = re.compile(r"^```(\w+) (.+)\n((?:.*\n)*?)```$", re.MULTILINE)
_LEFT_OUT = ("var", ".venv", ".git", "docs/images", "__pycache__", ".*_cache", "dbt_packages")


class Walk:
    """A copy of the project in which the steps of the page are done."""

    def __init__(self, folder: Path) -> None:
        self.project = Path(
            shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns(*_LEFT_OUT))
        )
        smaller_city(self.project / "services", residents=30_000)
        self.runs: list[str] = []

    def step(self, info: str, text: str) -> None:
        """Do what one block says: write a file, add to one, or run its commands."""
        if info == "run":
            self.run(text)
            return
        words = dict(re.findall(r'(\w+)="?([^"\n]+?)"?(?: |$)', info))
        file = self.project / words["file"]
        if info.endswith(" append"):
            with file.open("a", encoding="utf-8") as there:
                there.write(text)
        elif "before" in info:
            line = re.search(r'before="(.*)"', info)[1] + "\n"
            content = file.read_text(encoding="utf-8")
            assert content.count(line) == 1, f"{file.name} has not one line {line!r}"
            file.write_text(content.replace(line, text + line), encoding="utf-8")
        else:
            assert not file.exists(), f"{file.name} is there already"
            file.write_text(text, encoding="utf-8")

    def run(self, text: str) -> None:
        """Run the commands of a block; the lines that it shows must come, in their order."""
        printed = ""
        shown = []
        for line in text.splitlines():
            if line.startswith("$ "):
                printed += self.command(line[2:])
            else:
                shown.append(line)
        pattern = ".*".join(_as_printed(line) for line in shown)
        assert re.search(pattern, " ".join(printed.split())), f"{text}\n\n{printed}"

    def command(self, line: str) -> str:
        words = [
            str(BIN / word.removeprefix(".venv/bin/")) if word.startswith(".venv/bin/") else word
            for word in shlex.split(line)
        ]
        if words[0] == "make":  # with the environment that runs this test
            words = ["make", "-o", ".venv/ready", f"BIN={BIN}", *words[1:]]
        settings = {name: value for name, value in os.environ.items() if name[:5] != "RBDC_"}
        outcome = subprocess.run(
            words,
            cwd=self.project,
            env={**settings, "PYTHONPATH": str(self.project)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.returncode == 0, f"{line}\n{outcome.stdout}\n{outcome.stderr}"
        self.runs.append(line)
        return outcome.stdout


def _as_printed(line: str) -> str:
    """What a shown line must look like; `…` stands for anything, blanks for any blanks."""
    return ".*?".join(re.escape(" ".join(part.split())) for part in line.split("…"))


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    walk = Walk(tmp_path_factory.mktemp("walk"))
    for _, info, text in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        walk.step(info, text)
    return walk


@pytest.fixture(scope="module")
def state(walk):
    return walk.project / "var" / "demo"


def test_every_command_of_the_page_was_run(walk):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert {*re.findall(r"^\$ (.*)$", text, re.MULTILINE)} - {*walk.runs} == {
        "make snapshot",
        "make lint",
        "make test",
    }


def test_the_new_table_is_loaded_and_its_rows_are_accounted_for(state):
    loads = query(
        "select verdict, rows_landed, rows_accepted, rows_quarantined, data_as_of::varchar "
        f"from {mart(state, 'audit/loads')} where source = 'oversight'"
    )
    assert loads == [("accepted", 6, 5, 1, "2023-08-01")]


def test_its_staging_table_holds_the_rows_and_nothing_is_null(state):
    with duckdb.connect(str(state / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select record_id, allegation, allegation_label_raw, division "
            "from staging.stg_oversight__complaints order by 1"
        ).fetchall()
    assert rows == [
        ("C-1", "Discourtesy", "Discourtesy", "D1"),
        ("C-2", "Use of force", "Use of force", "D2"),
        ("C-3", "Discourtesy", "discourtesy", "D1"),
        ("C-4", "Unmapped", "Rudeness", "D3"),
        ("C-6", "Unknown", None, "D2"),
    ]


def test_the_unmapped_label_is_a_finding(state):
    found = query(
        "select measure, subject, status, owner from "
        f"{mart(state, 'indicators/data_quality')} where source = 'oversight' "
        "and measure not in ('rows_quarantined', 'score')"
    )
    assert found == [("new_label", "allegation: Rudeness", "warn", "team:oversight")]


def test_the_column_that_is_not_listed_went_nowhere(state):
    for file in [*state.rglob("*.parquet"), *state.rglob("*.json")]:
        if file.suffix == ".json":
            assert "Example" not in file.read_text(), file
            continue
        rows = duckdb.execute("select columns(*)::varchar from read_parquet(?)", [str(file)])
        assert not any("Example" in str(value) for row in rows.fetchall() for value in row), file


def test_the_new_table_stands_in_dictionary_and_catalogue(walk):
    dictionary = (walk.project / "docs/sources/demo.md").read_text(encoding="utf-8")
    assert "| `received_on` | Day on which the complaint was received. |  |" in dictionary
    catalogue = (walk.project / "expectations/README.md").read_text(encoding="utf-8")
    assert "## oversight__complaints" in catalogue
