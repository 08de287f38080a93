"""The statistics of every figure and the answers made of them, in Python, never from records."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pandas as pd

from orchestration.defs.keys import (
    BENCHMARK_COUNTS,
    CONTEXT_COUNTS,
    ESTIMATES,
    INDEX_COUNTS,
    INTERACTION_COUNTS,
    analysis_key,
    audit_key,
)
from orchestration.defs.standing import standing_results
from orchestration.defs.warehouse.assets import must_build
from orchestration.progress import say, timed
from orchestration.service import Service
from rbdc.analysis.schema import COLUMNS
from rbdc.analysis.warehouse import write_answers
from rbdc.framework.published import load_published
from rbdc.store.first_results import read_first_results
from rbdc.store.warehouse import open_warehouse

_OWNERS = ["team:data-engineering"]
_KINDS = {"python", "pandas"}
_ABOUT = {
    "pathway": "Where along the decision points a disparity arises.",
    "policy_change": "Rates and gaps before and after each change of procedure.",
    "outcome_test": "How often searches find items.",
    "adjusted": "Disparities with the context held equal.",
    "benchmark_range": "The same outcome against several benchmarks.",
    "small_areas": "Divisions with shrunken rates and funnel limits.",
    "hypothesis_results": "Every hypothesis of the framework put to its test.",
    "published_comparison": "Printed figures, ours beside them, and why they differ.",
    "findings": "Plain sentences of both kinds, in English and French.",
}


def build_statistics_assets(service: Service) -> list[dg.AssetsDefinition]:
    """The estimates, and the tables of answers that are made from them."""

    @dg.asset(
        key=ESTIMATES,
        deps=[INDEX_COUNTS, audit_key("benchmarks")],
        group_name="statistics",
        description="Index, rates, intervals, p, q, bounds and classification of every figure.",
        owners=_OWNERS,
        kinds=_KINDS,
        required_resource_keys={"state_lock"},
    )
    def estimates(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        if not must_build(service, context):
            yield from standing_results(context)
            return
        # scipy takes seconds to import, which definitions need not wait for
        from rbdc.statistics import estimate, estimation_rules

        with timed() as clock, open_warehouse(service.state.warehouse) as connection:
            frame = estimate(_read(connection, "indicators.index_counts"),
                             estimation_rules(service.framework()))  # fmt: skip
            connection.register("frame", frame)
            connection.execute("create or replace table statistics.estimates as from frame")
        say("statistics", f"{len(frame):,} figures estimated", clock.seconds)
        yield dg.MaterializeResult(metadata=_metadata(frame))

    @dg.multi_asset(
        name="answers",
        specs=[
            dg.AssetSpec(
                analysis_key(table),
                deps=[
                    INDEX_COUNTS,
                    ESTIMATES,
                    CONTEXT_COUNTS,
                    INTERACTION_COUNTS,
                    BENCHMARK_COUNTS,
                ],
                group_name="statistics",
                description=_ABOUT[table],
                owners=_OWNERS,
                kinds=_KINDS,
            )
            for table in COLUMNS
        ],
        required_resource_keys={"state_lock"},
    )
    def answers(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        if not must_build(service, context):
            yield from standing_results(context)
            return
        from rbdc.analysis.tables import Counts, analyse

        with timed() as clock, open_warehouse(service.state.warehouse) as connection:
            counts = Counts(
                index_counts=_read(connection, "indicators.index_counts"),
                estimates=_read(connection, "statistics.estimates"),
                context=_read(connection, "interactions.context_counts"),
                interactions=_read(connection, "interactions.interaction_counts"),
                benchmarks=_read(connection, "benchmarks.benchmark_counts"),
            )
            tables = analyse(
                counts,
                service.framework(),
                load_published(service.settings.service_dir),
                service.sources.service,
                read_first_results(service.state),
            )
            write_answers(connection, tables)
            for table, frame in tables.items():
                yield dg.MaterializeResult(asset_key=analysis_key(table), metadata=_metadata(frame))
        rows = sum(len(frame) for frame in tables.values())
        say("statistics", f"{rows:,} answers in {len(tables)} tables", clock.seconds)

    return [estimates, answers]


def _read(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    return connection.execute(f"select * from {name} order by all").df()


def _metadata(frame: pd.DataFrame) -> dict[str, object]:
    return {
        "dagster/row_count": len(frame),
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(str(name), str(kind)) for name, kind in frame.dtypes.items()]
        ),
    }
