"""Public validators accept the release, and refuse it once it says something wrong."""

import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import mlcroissant
import pytest
import rdflib
import yaml
from csvw import CSVW

from rbdc.release.package import check as checking
from rbdc.release.package.check import check, main, report
from rbdc.release.package.checksums import sha256sums
from tests.unit.release_package.invented import SECRET, release

CSV = "data/arrests_by_division.csv"


def outcomes(folder: Path) -> dict[str, str]:
    return {finding.check: finding.outcome for finding in check(folder)}


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def test_every_validator_runs_and_accepts(written, capsys):
    assert outcomes(written) == {
        "SHA256SUMS": "good",
        "Parquet as CSV": "good",
        "datapackage.json": "good",
        "csvw.json": "good",
        "dcat.jsonld": "good",
        "croissant.json": "good",
    }
    assert main([str(written)]) == 0
    assert "croissant.json    good" in capsys.readouterr().out


def test_validator_that_is_not_installed_is_named(written, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    assert outcomes(written)["dcat.jsonld"] == "not run"
    assert main([str(written)]) == 0
    assert "pyshacl is not installed" in capsys.readouterr().out


def test_exit_status_of_wrong_folder_and_wrong_use(copy, tmp_path, capsys):
    (copy / "README.md").write_text("other")
    assert main([str(copy)]) == 3
    assert "changed: README.md" in capsys.readouterr().out
    assert main([str(tmp_path / "absent")]) == 2


def test_empty_folder_is_wrong_everywhere(tmp_path):
    assert set(outcomes(tmp_path).values()) == {"wrong"}


def test_report_cuts_long_lists_and_says_so():
    long = checking.Finding("x", "wrong", tuple(map(str, range(25))))
    assert "and 5 more" in report([long])


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("D11,Black,2021,17,", "D11,Black,2021,seventeen,", "type-error"),
        ("D11,Black,2021,17,", "D11,Black,2020,17,", "primary-key"),
        ("D11,Black,2021,17,", "D99,Black,2021,17,", "constraint-error"),
        ("D11,Black,2021,17,", "D11,Black,2021,,", "constraint-error"),
        ("race_group,period", "race,period", "incorrect-label"),
        ("D11,Black,2021,17,", "D11,Black,2021,18,", "hash-count"),
    ],
)
def test_frictionless_refuses_what_contradicts_the_description(copy, old, new, error):
    replace_in(copy / CSV, old, new)
    found = frictionless.validate(str(copy / "datapackage.json"))
    assert error in {e.type for task in found.tasks for e in task.errors}
    assert outcomes(copy)["datapackage.json"] == "wrong"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("D11,Black,2021,17,", "D11,Black,2021,seventeen,"),
        ("D11,Black,2021,17,", "D11,Black,2020,17,"),
        ("D11,Black,2021,17,", "D99,Black,2021,17,"),
        ("D11,Black,2021,17,", "D11,Black,2021,,"),
        ("[c],true\n", "[c],yes\n"),
    ],
)
def test_csvw_refuses_what_contradicts_the_description(copy, old, new):
    replace_in(copy / CSV, old, new)
    assert outcomes(copy)["csvw.json"] == "wrong"


def test_frictionless_itself_accepts_the_package(written):
    """As readers run it, with nothing of ours between."""
    found = frictionless.validate(str(written / "datapackage.json"))
    assert found.valid and not found.warnings
    assert len(found.tasks) == len(list((written / "data").iterdir()))


def test_changed_parquet_contradicts_its_hash(copy):
    path = copy / "data/codes.parquet"
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes(content)
    assert outcomes(copy)["datapackage.json"] == "wrong"


def test_symbol_is_read_as_missing_and_columns_as_typed(written):
    with frictionless.Package(str(written / "datapackage.json")).get_resource(
        "disproportionality"
    ) as resource:
        rows = {row["race_group"]: row.to_dict() for row in resource.row_stream}
    assert rows["White"]["index"] is None
    assert rows["Black"]["as_of"] == date(2021, 12, 31)
    assert rows["Unknown"]["small_count"] is False

    table = next(
        t
        for t in CSVW(str(written / "csvw.json")).tables
        if "arrests" in str(t.url) and "division" in str(t.url)
    )
    first, second, *_ = table.iterdicts(strict=True)
    assert first["arrests"] == 7 and first["hidden"] is False
    assert second["strip_searches"] is None and second["hidden"] is True


def test_missing_values_are_labelled_and_roles_described(written):
    package = json.loads((written / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    arrests = resources["arrests_by_division"]
    assert [v["label"] for v in arrests["schema"]["missingValues"]] == [
        "not applicable",
        "hidden to protect people",
    ]
    assert arrests["rbdc"] == {"kind": "counts", "measure": "arrest", "unit": "person"}
    assert arrests["schema"]["fields"][-1]["rbdc"] == {"role": "hidden"}
    assert arrests["bytes"] == (written / CSV).stat().st_size
    assert package["rbdc"] == {
        "service": "Invented Regional",
        "extent": "2020-01/2021-12",
        "symbol": "[c]",
        "rule": {"hidden_from": 1, "hidden_to": 4, "zeros": "open"},
        "coalition": 1,
        "rounding": None,
    }
    assert arrests["sources"][0]["rbdc"]["retrieved"] == "2022-01-15"
    assert resources["arrests_by_division-parquet"]["format"] == "parquet"


def test_parquet_that_differs_from_csv_is_found(copy):
    other = (copy / "data/calls_by_month.csv").read_text().replace("5", "6")
    (copy / "data/calls_by_month.csv").write_text(other)
    found = next(finding for finding in check(copy) if finding.check == "Parquet as CSV")
    assert found.problems == ("calls_by_month: column calls differs between the two files",)


def test_croissant_loads_the_records(written):
    dataset = mlcroissant.Dataset(jsonld=written / "croissant.json")
    assert not dataset.metadata.issues.errors and not dataset.metadata.issues.warnings
    rows = list(dataset.records("arrests_by_division"))
    assert len(rows) == 18
    first, second = rows[:2]
    assert first["arrests_by_division/Perceived_Division"] == b"D11"
    assert first["arrests_by_division/strip_searches"] == 0
    assert second["arrests_by_division/strip_searches"] is None
    assert second["arrests_by_division/hidden"] is True
    figures = list(dataset.records("disproportionality"))
    assert figures[0]["disproportionality/index"] == 1.5
    assert figures[2]["disproportionality/index"] is None
    assert str(SECRET) not in str(figures)


def test_croissant_names_every_file_with_its_checksum(written):
    content = json.loads((written / "croissant.json").read_text(encoding="utf-8"))
    sums = dict(
        reversed(line.split("  ", 1))
        for line in (written / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    assert {one["contentUrl"]: one["sha256"] for one in content["distribution"]} == {
        path: digest for path, digest in sums.items() if path.startswith("data/")
    }


def graph_of(folder: Path) -> Any:
    return rdflib.Graph().parse(
        folder / "dcat.jsonld", format="json-ld", publicID=f"{folder.as_uri()}/"
    )


def test_dcat_says_the_same_as_the_folder(written):
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    spdx = rdflib.Namespace("http://spdx.org/rdf/terms#")
    graph = graph_of(written)
    sums = sha256sums(written)
    files = set(graph.objects(None, dcat.downloadURL))
    assert len(files) == len(list((written / "data").iterdir()))
    for distribution, address in graph.subject_objects(dcat.downloadURL):
        path = Path(str(address).removeprefix("file://"))
        assert int(graph.value(distribution, dcat.byteSize)) == path.stat().st_size
        checksum = graph.value(distribution, spdx.checksum)
        digest = str(graph.value(checksum, spdx.checksumValue))
        assert f"{digest}  {path.relative_to(written)}\n" in sums
    assert str(graph.value(None, dcat.version, None) or next(graph.objects(None, dcat.version)))


@pytest.mark.parametrize(
    "term",
    [
        "dct:title",
        "dct:description",
        "dct:identifier",
        "dcat:version",
        "dcat:inSeries",
        "dct:modified",
        "dct:publisher",
        "dcat:contactPoint",
        "dct:license",
        "dcat:keyword",
        "dct:temporal",
        "dct:spatial",
        "dcat:distribution",
    ],
)
def test_shapes_miss_every_required_property_of_the_data_set(copy, term):
    path = copy / "dcat.jsonld"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["@graph"][1][term]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert outcomes_of_dcat(copy) == "wrong"


@pytest.mark.parametrize(
    "term",
    [
        "dct:title",
        "dcat:accessURL",
        "dcat:downloadURL",
        "dcat:mediaType",
        "dcat:byteSize",
        "dct:license",
        "spdx:checksum",
    ],
)
def test_shapes_miss_every_required_property_of_a_file(copy, term):
    path = copy / "dcat.jsonld"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["@graph"][1]["dcat:distribution"][3][term]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert outcomes_of_dcat(copy) == "wrong"


def test_shapes_refuse_a_graph_without_data_set_and_a_short_checksum(copy):
    path = copy / "dcat.jsonld"
    content = json.loads(path.read_text(encoding="utf-8"))
    sound = json.dumps(content)
    content["@graph"].pop()
    path.write_text(json.dumps(content), encoding="utf-8")
    assert outcomes_of_dcat(copy) == "wrong"
    path.write_text(re.sub(r'"[0-9a-f]{64}"', '"abcd"', sound, count=1), encoding="utf-8")
    assert outcomes_of_dcat(copy) == "wrong"
    path.write_text(sound, encoding="utf-8")
    assert outcomes_of_dcat(copy) == "good"


def outcomes_of_dcat(folder: Path) -> str:
    import pyshacl

    return checking._run("dcat", "pyshacl", checking._dcat, folder).outcome if pyshacl else ""


def test_citation_file_follows_the_format(written):
    """Rules of the schema of CFF 1.2.0, by hand: its validator is no dependency."""
    citation = yaml.safe_load((written / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "dataset"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", citation["date-released"])
    assert isinstance(citation["version"], str)
    (author,) = citation["authors"]
    assert set(author) <= {"name", "website", "email"} and author["name"]
    assert all(set(one) == {"type", "value", "description"} for one in citation["identifiers"])
    assert citation["license-url"].startswith("https://") and "license" not in citation
    assert citation["title"] == release().title
    assert set(citation) <= {
        *("cff-version", "message", "type", "title", "abstract", "version", "date-released"),
        *("authors", "identifiers", "license-url", "keywords"),
    }
