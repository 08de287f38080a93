"""The Great Expectations expectation that counts what a query finds, and fetches none of it."""

from typing import Any, ClassVar

import great_expectations.expectations as gxe

_COUNT = "unexpected_rows_query.row_count"


class ExpectQueryToFindNothing(gxe.UnexpectedRowsExpectation):
    """Fails if the query finds rows; unlike its parent it asks for their number only.

    The parent also fetches rows, which are people's records, and so runs every query twice.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (_COUNT,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        count = metrics[_COUNT]
        return {"success": count == 0, "result": {"observed_value": count}}
