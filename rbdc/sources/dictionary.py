"""The data dictionary, `docs/sources/<service>.md`: `python -m rbdc.sources.dictionary`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rbdc.sources.declaration import (
    LABELS,
    Column,
    DeletedFlag,
    ServiceSources,
    SourceTable,
    Tombstones,
    load_sources,
)
from rbdc.sources.raw_columns import RawColumns, raw_columns

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "docs" / "sources"
MODELS = PROJECT / "models"

_INTRODUCTION = """\
# What is read for {service}

<!-- Written by `make dictionary` from services/{folder}/sources.yml and
models/staging/_sources*.yml; edit those. -->

{simulated}Every table that is read from another system stands here, with every column that is read.
**A column that is not listed is never read**: names, birth dates and officers' numbers stay where
they are.

- *Personal information*: `none` (counts or public facts); `de_identified` (records of people from
  which the publisher took what identifies them); `pseudonymised` (records of people whose
  identifiers we replace before anything is written, by codes that only the holder of a secret key
  could make again).
- *If a delivery is refused*: `stop` (nothing is computed until the owner has acted), `hold` (the
  last good delivery stands, and its date is shown), `exclude` (the publisher itself withdrew the
  table: it is fetched, refused and reported, and read by nothing).
- *If the source changes* (a new, lost or differently typed column; a label that nobody has mapped):
  `ignore`, `warn` (the data goes on and the change is shown until somebody has looked) or `refuse`
  (the delivery stays out).
"""

_DELIVERIES = {
    "csv": "file",
    "sqlite": "database (SQLite)",
    "postgres": "database (PostgreSQL)",
    "sqlalchemy": "database",
    "arcgis": "portal (ArcGIS)",
    "ckan": "portal (CKAN)",
}


def dictionary(folder: str, sources: ServiceSources, descriptions: RawColumns) -> str:
    """The data dictionary of one service, Markdown.

    Args:
        folder: name of the service's folder.
        sources: what it declares.
        descriptions: from `raw_columns`.
    """
    simulated = "**Simulated: no real person or police service is shown.**\n\n"
    tables = (*sources.tables, LABELS)
    parts = [
        _INTRODUCTION.format(
            service=sources.service,
            folder=folder,
            simulated=simulated if sources.synthetic else "",
        ),
        *_overview(tables),
    ]
    parts += [part for table in tables for part in _section(table, descriptions)]
    return "".join(parts)


def write_all(services: Path = PROJECT / "services", folder: Path = FOLDER) -> list[Path]:
    """Write the dictionaries of all services; returns their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in sorted(services.glob("*/sources.yml")):
        name = file.parent.name
        text = dictionary(name, load_sources(file.parent), raw_columns(MODELS))
        written.append(folder / f"{name}.md")
        written[-1].write_text(text, encoding="utf-8")
    return written


def _overview(tables: Iterable[SourceTable]) -> Iterator[str]:
    yield "\n## Tables\n\n"
    yield _row("table", "what it is", "read from", "how often", "personal information", "owner")
    yield "|---|---|---|---|---|---|\n"
    for table in tables:
        yield _row(
            f"[{table.source}.{table.table}](#{_anchor(table)})",
            table.description,
            _DELIVERIES[table.connector],
            table.cadence,
            table.personal_information,
            table.owner.removeprefix("team:"),
        )


def _section(table: SourceTable, descriptions: RawColumns) -> Iterator[str]:
    yield f"\n## {table.source}.{table.table}\n\n{table.description}\n\n"
    if table.declared_invalid:
        yield f"**Not used:** {table.declared_invalid}\n\n"
    yield "| | |\n|---|---|\n"
    for name, value in _facts(table):
        yield _row(f"*{name}*", value)
    known = descriptions.get(table.id)
    if known is None:
        yield "\nNo figure is made from this table.\n"
    yield "\n" + _row("column", "what it holds", "how it is used")
    yield "|---|---|---|\n"
    for column in table.columns:
        yield _row(_name(column), (known or {}).get(column.name, ""), _use(table, column.name))


def _facts(table: SourceTable) -> Iterator[tuple[str, str]]:
    yield "Read from", _place(table)
    yield "How often", table.cadence
    yield "One row for each", ", ".join(f"`{name}`" for name in table.key)
    if table.cursor:
        window = f", and {table.reread.days} days before" if table.reread else ""
        yield "What is new", f"rows whose `{table.cursor}` is later than last time{window}"
    if table.cursor:
        yield "Deleted rows", _deletions(table)
    yield "Licence", table.licence
    yield "Attribution", table.attribution
    yield "Personal information", f"`{table.personal_information}`"
    yield "Kept for", table.retention
    yield "Owner", table.owner.removeprefix("team:")
    yield "If a delivery is refused", f"`{table.on_refusal}`"
    if table.when_absent == "skip":
        yield "If it is not supplied", "nothing is loaded, and nothing fails"
    yield "If the source changes", str(table.drift)
    yield "Columns last looked at", str(table.schema_reviewed or "when the table was declared")


def _place(table: SourceTable) -> str:
    delivery = _DELIVERIES[table.connector]
    place = table.path or (f"the address in {table.url_env}" if table.url_env else "")
    if table.source_table:
        place += f", table `{table.source_table}`"
    portal = ""
    if table.portal:
        named = getattr(table.portal, "package", "")
        portal = f"{_DELIVERIES[table.portal.connector]} {table.portal.url} {named}".rstrip()
    if table.connector in ("arcgis", "ckan"):
        return portal
    whole = f"{delivery} {place}"
    return f"{whole}; or, where no folder of files is named, {portal}" if portal else whole


def _deletions(table: SourceTable) -> str:
    match table.deletions:
        case DeletedFlag(flag=flag):
            return f"marked in `{flag}`"
        case Tombstones(tombstones=stones):
            return f"named in the source's table `{stones.source_table}`"
        case "full_key_comparison":
            return "found by comparing all keys with those of the source"
        case _:
            return "none are told apart; where rows are fewer, the table is read anew"


def _name(column: Column) -> str:
    others = [name for name in column.source_names if name != column.name]
    spelt = f" (in the source: {', '.join(f'`{name}`' for name in others)})" if others else ""
    return f"`{column.name}`{spelt}"


def _use(table: SourceTable, column: str) -> str:
    fields = [field for field, mapped in table.labels.items() if mapped == column]
    uses = ["replaced by a code before anything is written"] * (column in table.direct_identifiers)
    uses += [f"labels.csv maps it to `{field}`" for field in fields]
    uses += ["key"] * (column in table.key)
    uses += ["says what is new"] * (column == table.cursor)
    return "; ".join(uses)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _anchor(table: SourceTable) -> str:
    """The anchor that Markdown readers give the heading of a table's section."""
    return f"{table.source}{table.table}"


if __name__ == "__main__":
    for file in write_all():
        print(f"Written: {file.relative_to(PROJECT)}")
