"""The statistics of every figure, made in Python from counts and moments, never from records."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.keys import ESTIMATES, INDEX_COUNTS, audit_key
from orchestration.defs.standing import standing_results
from orchestration.defs.warehouse.assets import must_build
from orchestration.progress import say, timed
from orchestration.service import Service
from rbdc.store.warehouse import open_warehouse


def build_statistics_assets(service: Service) -> list[dg.AssetsDefinition]:
    """The estimates asset."""

    @dg.asset(
        key=ESTIMATES,
        deps=[INDEX_COUNTS, audit_key("benchmarks")],
        group_name="statistics",
        description="Index, rates, intervals, p, q, bounds and classification of every figure.",
        owners=["team:data-engineering"],
        kinds={"python", "pandas"},
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
            counts = connection.execute(
                "select * from indicators.index_counts order by figure_id"
            ).df()
            frame = estimate(counts, estimation_rules(service.framework()))
            connection.register("frame", frame)
            connection.execute("create or replace table statistics.estimates as from frame")
        say("statistics", f"{len(frame):,} figures estimated", clock.seconds)
        yield dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(frame),
                "dagster/column_schema": dg.TableSchema(
                    columns=[
                        dg.TableColumn(str(name), str(kind)) for name, kind in frame.dtypes.items()
                    ]
                ),
            }
        )

    return [estimates]
