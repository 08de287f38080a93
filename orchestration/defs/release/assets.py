"""The candidate release as an asset, with the blocking checks that it must pass."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.defs.keys import (
    CANDIDATE,
    COUNTABLE_UNITS,
    MARTS,
    NIGHTLY_REFRESH,
    SUMMARY_COUNTS,
)
from orchestration.defs.release.resources import ReleaseWish
from orchestration.defs.standing import standing_results
from orchestration.exit_status import FAILED, RULE, WRONG_USE, refusal, stopped
from orchestration.release_wish import policy_of
from orchestration.service import Service
from rbdc.errors import ConfigError, PolicyCannotBeMetError, RbdcError

if TYPE_CHECKING:
    from orchestration.releasing import Built

GATE, ATTACK, FORMATS = "gate", "attack", "formats"
_OWNER = "team:data-engineering"
_CHECKS = {
    GATE: "Great Expectations judges what is about to be printed, before it is written.",
    ATTACK: "The attacker, who reads release folders only, finds no hidden count exactly.",
    FORMATS: "Checksums hold, and the validators of all formats accept the folder.",
}


def build_release_assets(service: Service) -> list[dg.AssetsDefinition]:
    """The candidate, for a service that has a disclosure policy."""
    if policy_of(service) is None:
        return []

    @dg.asset(
        key=CANDIDATE,
        deps=[MARTS, COUNTABLE_UNITS, SUMMARY_COUNTS],
        group_name="releases",
        description=(
            "The next release as a candidate: protected together with all earlier ones, attacked, "
            "checked; it goes out only when somebody approves it."
        ),
        owners=[_OWNER],
        kinds={"parquet", "csv"},
        check_specs=[
            dg.AssetCheckSpec(name, asset=CANDIDATE, blocking=True, description=text)
            for name, text in _CHECKS.items()
        ],
        required_resource_keys={"state_lock", "release_wish"},
    )
    def candidate(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        from orchestration.releasing import build_candidate, stands  # solvers load slowly

        wish: ReleaseWish = context.resources.release_wish
        if context.run.job_name == NIGHTLY_REFRESH and stands(service):
            yield from standing_results(context)
            return
        try:
            built = build_candidate(service, wish.wish(), context.run_id)
        except PolicyCannotBeMetError as error:
            # Names of cells with small counts do not leave the house.
            in_short = "The disclosure policy cannot be met with this data."
            raise refusal(str(error), "disclosure_policy", in_short) from None
        except ConfigError as error:
            raise stopped(WRONG_USE, str(error), "configuration") from None
        except RbdcError as error:
            raise stopped(FAILED, str(error), "release") from None
        yield from _results(built)

    return [candidate]


def _results(built: "Built") -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    judgement, made = built.judgement, built.candidate
    yield _check(GATE, not judgement.refused, judgement.reason or "Nothing refuses it.")
    if judgement.refused or made is None:
        raise refusal(judgement.reason or "refused", RULE if judgement.results else "not_judged")
    found, metadata = built.content.protection, {}
    if made.attack is not None:
        text = made.attack.to_text()
        metadata["attack"] = dg.MetadataValue.md(f"```text\n{text}```")
        yield _check(ATTACK, made.attack.exit_status == 0, text.splitlines()[1])
        wrong = [one for one in made.findings if one.outcome == "wrong"]
        said = "; ".join(f"{one.check}: {one.outcome}" for one in made.findings)
        yield _check(FORMATS, not wrong, said)
    else:
        for name in (ATTACK, FORMATS):
            yield _check(name, passed=True, text="Nothing differs from the last release.")
    if made.problems:
        in_short = "The candidate release did not pass its attack or its checks."
        raise refusal(" ".join(made.problems), "attack", in_short)
    yield dg.MaterializeResult(
        asset_key=CANDIDATE,
        metadata={
            "version": made.version or "none: nothing differs from the last release",
            **({"folder": dg.MetadataValue.path(str(made.folder))} if made.folder else {}),
            "counts printed": found.printed,
            "counts hidden": len(found.hidden),
            "how": found.method,
            "cost": found.cost,
            "no protection costs less than": found.least_cost,
            **metadata,
        },
    )


def _check(name: str, passed: bool, text: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=CANDIDATE, check_name=name, passed=passed, description=text
    )
