"""What stands in quarantine, for the people who mend it: by table, rule and owner, with its age."""

import datetime as dt

import dagster as dg

from orchestration.defs.keys import LOADS, QUARANTINE
from orchestration.service import Service
from rbdc.store.quarantine import AGED_DAYS, as_markdown, open_rows

_AGED = "rows_are_acted_on"


def build_quarantine_asset(service: Service) -> dg.AssetsDefinition:
    """The asset, made anew in every run: rows age even where nothing else happens."""

    @dg.asset(
        key=QUARANTINE,
        deps=[LOADS],
        group_name="audit",
        description=(
            "Rows that were set aside and wait for their owner. After a fix of the source the next "
            "refresh brings them; after one of suite or corrections.yml run the job readmit."
        ),
        owners=["team:data-engineering"],
        kinds={"parquet"},
        check_specs=[
            dg.AssetCheckSpec(
                _AGED,
                asset=QUARANTINE,
                description=f"No row has stood in quarantine for more than {AGED_DAYS} days.",
            )
        ],
        required_resource_keys={"state_lock"},
    )
    def quarantine() -> dg.MaterializeResult:
        now = dt.datetime.now(dt.UTC)
        found = open_rows(service.state)
        aged = [one for one in found if one.age_days(now) > AGED_DAYS]
        owners = ", ".join(sorted({one.owner for one in aged}))
        return dg.MaterializeResult(
            metadata={
                "open_rows": dg.MetadataValue.md(as_markdown(found, now)),
                "rules_with_open_rows": len(found),
                "oldest_days": max((one.age_days(now) for one in found), default=0),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=_AGED,
                    passed=not aged,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=f"To be acted on by {owners}." if aged else "None is that old.",
                    metadata={"rules": len(aged), "aged_rows": sum(one.rows for one in aged)},
                )
            ],
        )

    return quarantine
