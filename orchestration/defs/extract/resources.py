"""What an engineer can ask of a run's extraction in its run configuration."""

import datetime as dt
from typing import Any

import dagster as dg
from pydantic import Field

from rbdc.errors import ConfigError
from rbdc.sources.batch import Period


class Backfill(dg.ConfigurableResource[Any]):
    """Days to pull again, whatever was read before; both empty in a nightly run.

    Dated tables of databases are asked for the days alone, and everything else is read whole. To
    pull the same days twice changes nothing.
    """

    first_day: str = Field(default="", description="First day to pull again, YYYY-MM-DD.")
    last_day: str = Field(default="", description="Last day to pull again, YYYY-MM-DD.")

    def period(self, *, needed: bool = False) -> Period | None:
        """The days that were asked for.

        Args:
            needed: whether the run is for nothing else.

        Raises:
            ConfigError: not two days in order, or none where they are needed.
        """
        if not self.first_day and not self.last_day:
            if needed:
                raise ConfigError(
                    "The job backfill was not told which days to pull again. Name first_day and "
                    "last_day (YYYY-MM-DD) under resources › backfill › config in the launchpad."
                )
            return None
        return parse_period(self.first_day, self.last_day)


def parse_period(first_day: str, last_day: str) -> Period:
    """Read two days, `YYYY-MM-DD`.

    Raises:
        ConfigError: not two days in order.
    """
    try:
        period = Period(dt.date.fromisoformat(first_day), dt.date.fromisoformat(last_day))
    except ValueError:
        raise ConfigError(
            f"'{first_day}' to '{last_day}' are not two days. Write both as YYYY-MM-DD."
        ) from None
    if period.last < period.first:
        raise ConfigError(f"The period {period} ends before it begins.")
    return period


def backfill_config(period: Period | None) -> dict[str, Any]:
    """Run configuration that asks for a period."""
    days = {"first_day": str(period.first), "last_day": str(period.last)} if period else {}
    return {"resources": {"backfill": {"config": days}}}
