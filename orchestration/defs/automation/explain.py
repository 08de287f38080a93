"""The job `explain`: the way back from one published figure, to be read in the UI."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from orchestration.defs.keys import MARTS
from orchestration.exit_status import WRONG_USE, refusal, stopped
from orchestration.instance import READ_ONLY_TAG
from orchestration.service import Service
from rbdc.errors import ConfigError

EXPLAIN = "explain"


class FigureToExplain(dg.Config):
    """Which figure is asked about."""

    figure_id: str = Field(
        description="figure_id of a row of a mart of schema indicators, or its first 6 or more."
    )


def build_explain_job(service: Service) -> dg.JobDefinition:
    """The job; it reads only, so it neither takes the service's lock nor counts as a refresh."""

    @dg.op(description="Prints the figure's explanation as an observation of asset marts.")
    def explain_figure(config: FigureToExplain) -> Iterator[dg.AssetObservation | dg.Output[None]]:
        from rbdc.explain import explain

        try:
            found = explain(
                service.state,
                config.figure_id,
                framework=service.framework(),
                synthetic=service.sources.synthetic,
            )
        except ConfigError as error:
            raise stopped(WRONG_USE, str(error), "configuration") from None
        # Yielded, not logged: what is logged is lost where the step then fails.
        yield dg.AssetObservation(
            MARTS,
            description=f"Explanation of figure {found.figure_id}",
            metadata={
                "figure_id": found.figure_id,
                "counts_agree": found.agrees,
                "explanation": dg.MetadataValue.md(f"```text\n{found.text}```"),
            },
        )
        if not found.agrees:
            raise refusal(
                f"Figure {found.figure_id} could not be made again as it was published; its "
                "explanation says where."
            )
        yield dg.Output(None)

    @dg.job(
        name=EXPLAIN,
        executor_def=dg.in_process_executor,
        tags={READ_ONLY_TAG: "true"},
        description=(
            "Explain a published figure: its counts made again, the loads, code and framework "
            "behind it. Name figure_id in the launchpad; read the observation of asset marts."
        ),
    )
    def explain_job() -> None:
        explain_figure()

    return explain_job
