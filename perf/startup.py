"""The start-up floor: what no refresh can do without, and nothing else.

It imports Dagster, dbt and Great Expectations and parses the dbt project once, into a new folder
and without dbt's memory of an earlier parse. A refresh that finds nothing new is held against it.
"""

import os

os.environ["GX_ANALYTICS_ENABLED"] = "false"
os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"

import dagster  # noqa: F401
import dagster_dbt  # noqa: F401
import great_expectations  # noqa: F401
from dbt.cli.main import dbtRunner

from orchestration.settings import PROJECT


def main() -> None:
    """Parse the project; the environment says where dbt may write (see `perf.contest`)."""
    project = str(PROJECT / "dbt_project")
    folders = ["--project-dir", project, "--profiles-dir", project]
    result = dbtRunner().invoke(
        ["--quiet", "--no-partial-parse", "parse", *folders, "--vars", "service: Lakeshore"]
    )
    if not result.success:
        raise SystemExit(f"dbt could not parse the project: {result.exception}")


if __name__ == "__main__":
    main()
