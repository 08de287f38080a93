"""Check of a release folder by checksums and by public validators of its formats.

`python -m rbdc.release.package.check FOLDER`. Validators are dev dependencies: those that are not
installed are named as not run. Exit status 0: nothing wrong; 3: something is; 2: wrong use.
"""

import argparse
import importlib
import json
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from rbdc.release.package.checksums import verify
from rbdc.release.package.content import SYMBOL
from rbdc.release.package.edition import parquet_path
from rbdc.release.package.snapshot import read_snapshot
from rbdc.release.package.tables import as_texts

Outcome = Literal["good", "wrong", "not run"]
_SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """What one check says: its name, its outcome, and every problem or the reason not to run."""

    check: str
    outcome: Outcome
    problems: tuple[str, ...] = ()


def check(folder: Path) -> list[Finding]:
    """Everything that the checksums and the installed validators say about a release folder.

    Checksums come first; the others run whatever they say, so that one report names everything.
    """
    problems = tuple(verify(folder))
    findings = [Finding("SHA256SUMS", "wrong" if problems else "good", problems)]
    findings.append(_run("Parquet as CSV", "pyarrow.parquet", _copies, folder))
    return findings + [_run(name, module, one, folder) for name, module, one in _VALIDATORS]


def report(findings: list[Finding]) -> str:
    """Findings as text for a terminal."""
    width = max(len(finding.check) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.check:<{width}}  {finding.outcome}")
        lines += [f"  {problem}" for problem in finding.problems[:_SHOWN]]
        if (more := len(finding.problems) - _SHOWN) > 0:
            lines.append(f"  and {more:,} more")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(prog="check", description="Check a release folder.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder: Path = parser.parse_args(arguments).folder
    if not folder.is_dir():
        print(f"{folder} is no folder; name a release such as releases/1.0.0.", file=sys.stderr)
        return 2
    findings = check(folder)
    print(report(findings))
    return 3 if any(finding.outcome == "wrong" for finding in findings) else 0


def _run(
    name: str, module: str, validator: Callable[[Path, Any], list[str]], folder: Path
) -> Finding:
    try:
        library = importlib.import_module(module)
        _leave_streams_open()
    except ImportError:
        return Finding(name, "not run", (f"{module} is not installed (pip install '.[dev]')",))
    try:
        problems = tuple(validator(folder, library))
    except Exception as error:  # a validator that cannot read the folder has not accepted it
        problems = (f"{type(error).__name__}: {error}",)
    return Finding(name, "wrong" if problems else "good", problems)


def _leave_streams_open() -> None:
    """Keep absl, which mlcroissant brings, from closing the stream that it found as sys.stderr."""
    absl_logging = sys.modules.get("absl.logging")
    if absl_logging is not None:
        absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__


def _copies(folder: Path, parquet: Any) -> list[str]:
    """Tables whose Parquet file holds other rows than their CSV file."""
    problems = []
    for name, table in read_snapshot(folder).tables.items():
        columns = parquet.read_table(folder / parquet_path(name)).to_pydict()
        if list(columns) != list(table.texts):
            problems.append(f"{name}: the two files have other columns")
            continue
        problems += [
            f"{name}: column {column} differs between the two files"
            for column, texts in table.texts.items()
            if ["" if text == SYMBOL else text for text in texts] != as_texts(columns[column])
        ]
    return problems


def _data_package(folder: Path, frictionless: Any) -> list[str]:
    """The description, every CSV file against its schema, every Parquet file by its hash.

    For Parquet a resource becomes a plain file: as a table, frictionless would not compare the
    hash, and its time grows with the square of the number of columns.
    """
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["format"] == "parquet":
            resource["type"] = "file"
    found = frictionless.validate(package, basepath=str(folder))
    problems = [error.message for error in found.errors]
    problems += [f"{task.name}: {error.message}" for task in found.tasks for error in task.errors]
    # What could not be checked is a warning there; here it is a problem.
    problems += list(found.warnings)
    return problems + [f"{task.name}: {text}" for task in found.tasks for text in task.warnings]


def _csv_on_the_web(folder: Path, csvw: Any) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        described = csvw.CSVW(str(folder / "csvw.json"), validate=True)
        valid = described.is_valid
    return [] if valid else [str(warning.message) for warning in described.warnings] or ["invalid"]


def _dcat(folder: Path, pyshacl: Any) -> list[str]:
    rdflib = importlib.import_module("rdflib")
    graph = rdflib.Graph().parse(
        folder / "dcat.jsonld", format="json-ld", publicID=f"{folder.resolve().as_uri()}/"
    )
    shapes = rdflib.Graph().parse(
        data=files(__package__).joinpath("dcat_shapes.ttl").read_text("utf-8"), format="turtle"
    )
    conforms, results, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    if conforms:
        return _absent_files(folder, graph, rdflib)
    shacl = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    return sorted(
        f"{_short(results.value(result, shacl.focusNode))} "
        f"{_short(results.value(result, shacl.resultPath))}: "
        f"{results.value(result, shacl.resultMessage)}"
        for result in results.subjects(rdflib.RDF.type, shacl.ValidationResult)
    )


def _absent_files(folder: Path, graph: Any, rdflib: Any) -> list[str]:
    """Distributions whose file is not there; shapes cannot look."""
    address = rdflib.URIRef("http://www.w3.org/ns/dcat#downloadURL")
    base = f"{folder.resolve().as_uri()}/"
    paths = sorted(str(file).removeprefix(base) for file in graph.objects(None, address))
    return [f"no such file: {path}" for path in paths if not (folder / path).is_file()]


def _short(term: object) -> str:
    return str(term).rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def _croissant(folder: Path, mlcroissant: Any) -> list[str]:
    """The description is valid, and every record set yields a first record."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    issues = dataset.metadata.issues
    problems = [*issues.errors, *issues.warnings]
    for record_set in dataset.metadata.record_sets:
        next(iter(dataset.records(record_set.uuid)), None)
    return [str(problem) for problem in problems]


_VALIDATORS: tuple[tuple[str, str, Callable[[Path, Any], list[str]]], ...] = (
    ("datapackage.json", "frictionless", _data_package),
    ("csvw.json", "csvw", _csv_on_the_web),
    ("dcat.jsonld", "pyshacl", _dcat),
    ("croissant.json", "mlcroissant", _croissant),
)

if __name__ == "__main__":
    sys.exit(main())
