"""The texts of a release that follow from its description: README, data dictionary, licence."""

from collections.abc import Iterable

from rbdc.release.package.content import SYMBOL, Column, Table
from rbdc.release.package.croissant import cite_as
from rbdc.release.package.edition import Edition

_SYNTHETIC = (
    "> **Simulated data.** Everything here was invented by a simulator; it says nothing about any "
    "real person or police service."
)

_FILES = (
    ("`data/`", "the tables, each as CSV and as Parquet with the same rows in the same order"),
    ("`DATA_DICTIONARY.md`", "what every table and column means"),
    ("`METHODOLOGY.md`, `BENCHMARKS.md`", "how figures are computed, and against what"),
    ("`DISCLOSURE.md`", "what is hidden, why, and how the release was attacked before it went out"),
    ("`KNOWN_ISSUES.md`", "what is wrong or missing"),
    ("`CHANGELOG.md`, `changes.json`", "what changed, for people and for machines, with reasons"),
    ("`datapackage.json`", "Data Package v2: types, keys, hashes, sources"),
    ("`csvw.json`", "CSV on the Web"),
    ("`dcat.jsonld`", "DCAT 3, for data catalogues"),
    ("`croissant.json`", "Croissant 1.1, for machine-learning tools"),
    ("`manifest.json`", "code version, loads, gate results, quality score"),
    ("`CITATION.cff`, `LICENCE.md`", "how to cite, what you may do, whom to name"),
    ("`SHA256SUMS`", "a checksum of every other file"),
)


def readme(edition: Edition) -> str:
    """The text of `README.md`: what this is, how to read, verify and use it."""
    release = edition.release
    lines = [f"# {release.title}", ""]
    if release.synthetic:
        lines += [_SYNTHETIC, ""]
    lines += [
        release.description,
        "",
        f"Version {edition.version}. Data as of {release.data_as_of}, for "
        f"{release.extent.replace('/', ' to ')} (closed periods only). "
        + (f"Earlier version: {edition.previous}." if edition.previous else "First version."),
        "",
        "| table | rows | what it holds |",
        "|---|--:|---|",
        *(
            f"| `{table.name}` | {edition.csv(table).rows:,} | {_cell(table.title)} |"
            for table in release.tables
        ),
        "",
        f"## How to read `{SYMBOL}`",
        "",
        f"`{SYMBOL}` stands for a value that is hidden to protect people; it is *not* zero. A "
        "count can be hidden because it is small, or because a small one could be computed from "
        "it; both look the same. An empty cell is a value that does not apply. In Parquet both "
        "are null, and column `hidden` says whether a value of the row is hidden. Do not replace "
        "hidden values by 0, and do not add up columns that have some: take the published total.",
        "",
        "## How to verify",
        "",
        "```sh",
        "sha256sum -c SHA256SUMS                  # every file, byte by byte",
        "frictionless validate datapackage.json   # types, keys, allowed values",
        "```",
        "",
        *_examples(release.tables),
        "## Files",
        "",
        *(f"- {name}: {what}" for name, what in _FILES),
        "",
        "## How to cite",
        "",
        cite_as(edition),
        "",
        f"Questions and errors found: {_contact(edition)}.",
    ]
    return "\n".join(lines) + "\n"


def data_dictionary(edition: Edition) -> str:
    """The text of `DATA_DICTIONARY.md`: every table and column with type and allowed values."""
    lines = [
        "# Data dictionary",
        "",
        f"In CSV, `{SYMBOL}` is a value hidden to protect people and an empty cell one that does "
        "not apply; in Parquet both are null. Types: `integer`, `number` (a decimal point), "
        "`boolean` (`true`, `false`), `date` (`2020-12-31`), `string`.",
    ]
    for table in edition.release.tables:
        lines += ["", f"## {table.name}", "", f"{table.title}. {table.description}", ""]
        lines += [f"- Kind: {table.kind.replace('_', ' ')}."]
        if table.key:
            lines += [f"- A row is one {', '.join(f'`{name}`' for name in table.key)}."]
        lines += [f"- {name.capitalize()}: {text}." for name, text in table.constants.items()]
        if table.sources:
            titles = {source.name: source.title for source in edition.release.sources}
            lines += [f"- Sources: {'; '.join(titles[name] for name in table.sources)}."]
        hides = set() if table.hidden is None else set(map(str, table.hidden.columns))
        lines += ["", "| column | type | meaning | values |", "|---|---|---|---|"]
        lines += [
            f"| `{_cell(column.name)}` | {column.type} | {_cell(column.description)} | "
            f"{_cell(_values(column, column.name in hides))} |"
            for column in table.published_columns
        ]
    return "\n".join(lines) + "\n"


def licence(edition: Edition) -> str:
    """The text of `LICENCE.md`: the release's licence, and licence and attribution per source."""
    release = edition.release
    lines = [
        "# Licence and attribution",
        "",
        f"This release is published by {release.publisher.name} under the "
        f"[{release.licence.title}]({release.licence.url}).",
        "",
        "## Sources",
    ]
    for source in release.sources:
        title = f"[{source.title}]({source.path})" if source.path else source.title
        lines += ["", f"### {title}", "", f"- Attribution: {source.attribution}"]
        lines += [f"- Licence: [{source.licence.title}]({source.licence.url})"]
        if source.retrieved:
            lines += [f"- Retrieved: {source.retrieved}"]
        lines += [f"- {source.note}"] if source.note else []
    return "\n".join(lines) + "\n"


def _contact(edition: Edition) -> str:
    contact = edition.release.contact
    return ", ".join(filter(None, (contact.name, contact.email, contact.url)))


def _examples(tables: Iterable[Table]) -> list[str]:
    tables = list(tables)
    table = next((one for one in tables if one.hidden is not None), tables[0])
    return [
        "## How to use",
        "",
        "```sql",
        "-- DuckDB",
        f"select * from 'data/{table.name}.parquet';",
        f"select * from read_csv('data/{table.name}.csv', nullstr = ['', '{SYMBOL}']);",
        "```",
        "",
        "```python",
        "import pandas as pd",
        "",
        f'table = pd.read_parquet("data/{table.name}.parquet", dtype_backend="numpy_nullable")',
        f'same = pd.read_csv("data/{table.name}.csv", keep_default_na=False, '
        f'na_values=["", "{SYMBOL}"])',
        "```",
        "",
    ]


def _values(column: Column, hides: bool) -> str:
    parts = []
    if column.categories:
        parts.append(", ".join(f"`{value}`" for value in column.categories))
    if column.required:
        parts.append("never empty")
    if hides:
        parts.append(f"`{SYMBOL}` where hidden")
    return "; ".join(parts)


def _cell(text: str) -> str:
    """Text that cannot break out of a cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").split())
