"""What a release says of itself: sources, licence, publisher, and what it was made from."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from rbdc.disclosure.policy import Policy
from rbdc.framework.model import Framework
from rbdc.release.answers import Descriptions
from rbdc.release.build import Content
from rbdc.release.package.content import Agent, Licence, Load, Provenance, Release, Source
from rbdc.sources.declaration import LABELS, ServiceSources, SourceTable
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory


def sources_of(state: StateFolder, tables: Sequence[SourceTable]) -> tuple[Source, ...]:
    """Every table that something was read from, with the day on which it was."""
    found = []
    for table in tables:
        loads = LoadHistory(state, table).current()
        if not loads or table.id == LABELS.id:
            continue
        found.append(
            Source(
                name=table.id,
                title=table.description,
                path=table.portal.url if table.portal else None,
                licence=Licence("see-source", table.licence, ""),
                attribution=table.attribution,
                retrieved=dt.datetime.fromisoformat(loads[-1].finished_at).date(),
            )
        )
    return tuple(found)


def known_issues_of(connection: duckdb.DuckDBPyConnection, framework: Framework) -> list[str]:
    """What the quality measures warn of, and what the data cannot tell."""
    rows = connection.execute(
        "select source, table_name, measure, subject, value from indicators.data_quality "
        "where status = 'warn' and period_type = 'all' order by all"
    ).fetchall()
    warned = [
        f"{source}.{table}, {measure.replace('_', ' ')}"
        + (f" of {subject}" if subject else "")
        # In full per cent: counts are printed in tables only, where they are protected.
        + (f": {value:.0%}" if measure.endswith("share") else "")
        for source, table, measure, subject, value in rows
    ]
    return warned + [
        f"{limit.question} Cannot be answered: {limit.why}" for limit in framework.limits
    ]


def provenance_of(
    connection: duckdb.DuckDBPyConnection,
    state: StateFolder,
    tables: Sequence[SourceTable],
    framework: Framework,
    inputs: Mapping[str, str],
) -> Provenance:
    """By what code and framework and from which loads a release is made, and what was judged.

    Args:
        connection: the warehouse.
        state: the service's folder.
        tables: declared tables.
        framework: of the service.
        inputs: hashes of what the marts were made from (`rbdc.store.inputs.build_inputs`).
    """
    loads = [load for table in tables for load in LoadHistory(state, table).current()]
    gates = connection.execute(
        "select source || '.' || table_name, count(*), "
        "count(*) filter (where unexpected_count > 0) "
        "from audit.current_results group by all order by all"
    ).fetchall()
    score = connection.execute(
        "select avg(value) from indicators.data_quality where measure = 'score' "
        "and period_type = 'all'"
    ).fetchone()
    return Provenance(
        code_version=inputs["code"],
        framework_version=framework.version,
        framework_hash=inputs["configuration"],
        loads=tuple(
            Load(
                f"{load.source}.{load.table_name}",
                load.load_id,
                load.batch_checksum,
                load.rows_accepted,
                load.verdict,
                load.data_as_of,
            )
            for load in loads
        ),
        gates=tuple(
            {"table": table, "rules": rules, "failed": failed} for table, rules, failed in gates
        ),
        quality_score=None if not score or score[0] is None else round(100 * score[0], 1),
    )


def descriptions_of(manifest: Path) -> Descriptions:
    """What each column of each mart means, from dbt's manifest."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {
        (node["name"], name): " ".join(column["description"].split())
        for node in nodes
        if node["resource_type"] == "model"
        for name, column in node["columns"].items()
    }


def described(
    content: Content,
    policy: Policy,
    declared: ServiceSources,
    sources: tuple[Source, ...],
    provenance: Provenance,
) -> Release:
    """The release, ready to be written."""
    about = policy.publication
    rule = policy.rule
    rounds = policy.protect.method == "controlled_rounding"
    as_of = max(load.data_as_of for load in provenance.loads if load.data_as_of)
    return Release(
        service=declared.service,
        title=about.title,
        description=f"{about.description}\n\n{about.title_fr}. {about.description_fr}",
        extent=f"{_month(content.extent.first)}/{_month(content.extent.last)}",
        tables=content.tables,
        documents=content.documents,
        sources=sources,
        licence=Licence(about.licence.name, about.licence.title, about.licence.url),
        publisher=Agent(about.publisher.name, url=about.publisher.url),
        contact=Agent(about.contact.name, email=about.contact.email),
        keywords=about.keywords,
        rule={
            "rule": {
                "hidden_from": rule.hide_counts_from,
                "hidden_to": rule.hide_counts_to,
                "zeros": rule.zeros,
            },
            "coalition": rule.coalition,
            "rounding": (
                {"base": policy.protect.base, "method": policy.protect.method} if rounds else None
            ),
        },
        provenance=provenance,
        data_as_of=dt.date.fromisoformat(as_of),
        synthetic=declared.synthetic,
    )


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"
