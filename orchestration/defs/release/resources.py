"""What an engineer can ask of a release in a run's configuration."""

from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration.release_wish import Wish


class ReleaseWish(dg.ConfigurableResource[Any]):
    """Where a release ends and what it follows; both empty in a nightly run."""

    until: str = Field(default="", description="Nothing after this quarter or year: 2021-Q3.")
    previous: str = Field(
        default="", description="Folder of the release to follow, instead of the last approved one."
    )

    again: str = Field(default="", description="Folder of a release that is built again.")

    def wish(self) -> Wish:
        """What was asked for."""
        previous, again = (Path(one) if one else None for one in (self.previous, self.again))
        return Wish(self.until or None, previous, again)


def wish_config(wish: Wish) -> dict[str, Any]:
    """Run configuration that asks for a release."""
    asked = {
        "until": wish.until or "",
        "previous": str(wish.previous or ""),
        "again": str(wish.again or ""),
    }
    return {"resources": {"release_wish": {"config": asked}}}
