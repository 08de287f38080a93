"""One audit after each stage of the warehouse that has a suite: what it refuses, stops the run."""

from collections.abc import Collection, Iterator

import dagster as dg

from expectations.results import RuleResult
from expectations.rules import StageSuite, SuiteError, load_stage_suite
from orchestration.defs.extract.assets import FULL_REBUILD_TAG
from orchestration.defs.keys import audit_key
from orchestration.defs.standing import standing_results
from orchestration.exit_status import RULE, refusal
from orchestration.progress import say, timed
from orchestration.service import Service

GATE = "gate"
_OWNER = "team:data-engineering"
_WHAT = {
    "staging": "records as they are read, before interactions are made of them",
    "benchmarks": "counts and comparison populations, before statistics are made of them",
    "marts": "figures, before they replace those that readers see",
}


def build_audit(
    service: Service, stage: str, judged: Collection[dg.AssetKey]
) -> dg.AssetsDefinition:
    """The audit of a stage.

    Args:
        service: whose warehouse.
        stage: one of `expectations.rules.STAGES`.
        judged: the assets that it judges.
    """
    specs = _check_specs(stage)

    @dg.multi_asset(
        name=f"audit__{stage}",
        specs=[
            dg.AssetSpec(
                audit_key(stage),
                deps=sorted(judged),
                group_name="audit",
                description=f"Judges {_WHAT[stage]}.",
                owners=[_OWNER],
                kinds={"greatexpectations"},
            )
        ],
        check_specs=specs,
        required_resource_keys={"state_lock"},
    )
    def audit(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        from orchestration.defs.warehouse.assets import must_build

        if not must_build(service, context):
            yield from standing_results(context)
            return
        from expectations.audit import audit_stage  # imports Great Expectations, slowly

        with timed() as clock:
            # Who asks for a full rebuild has decided that great changes are right.
            compare = FULL_REBUILD_TAG not in context.run.tags
            judgement = audit_stage(service.state, stage, context.run_id, compare=compare)
        results = {result.expectation: (about, result) for about, result in judgement.results}
        failed = [result for _, result in judgement.results if not result.success]
        outcome = judgement.reason or f"{len(results)} rules, {len(failed)} to look at"
        refused = "REFUSED: " if judgement.refused else ""
        say(f"audit    {stage}", refused + outcome, clock.seconds)
        yield dg.AssetCheckResult(
            asset_key=audit_key(stage),
            check_name=GATE,
            passed=not judgement.refused,
            description=judgement.reason or "Nothing refuses the stage.",
            metadata={"owner": _OWNER},
        )
        for spec in specs:
            if spec.name in results:
                yield _check_result(stage, *results[spec.name])
        if judgement.refused:
            kind = RULE if judgement.results else "not_judged"
            raise refusal(judgement.reason or "refused", kind)
        yield dg.MaterializeResult(
            asset_key=audit_key(stage),
            metadata={"rules": len(results), "rules_failed": len(failed)},
        )

    return audit


def _check_specs(stage: str) -> list[dg.AssetCheckSpec]:
    gate = dg.AssetCheckSpec(
        GATE,
        asset=audit_key(stage),
        blocking=True,
        description=f"Judges {_WHAT[stage]}; on refusal: stop.",
    )
    suite = _suite(stage)
    return [gate] + [
        dg.AssetCheckSpec(
            rule.name,
            asset=audit_key(stage),
            description=f"{rule.about}: {rule.reason} If it fails: {rule.fix}",
            metadata={"action": rule.action, "dimension": rule.dimension, "owner": rule.owner},
        )
        for rule in (suite.rules if suite else ())
    ]


def _suite(stage: str) -> StageSuite | None:
    try:
        return load_stage_suite(stage)
    except SuiteError:
        return None  # the audit refuses the stage and says why


def _check_result(stage: str, about: str, result: RuleResult) -> dg.AssetCheckResult:
    refuses = result.action == "refuse"
    return dg.AssetCheckResult(
        asset_key=audit_key(stage),
        check_name=result.expectation,
        passed=result.success,
        severity=dg.AssetCheckSeverity.ERROR if refuses else dg.AssetCheckSeverity.WARN,
        metadata={
            "about": about,
            "observed": result.observed,
            "limit": result.limit,
            "unexpected_count": result.unexpected_count,
            "action": result.action,
            "dimension": result.dimension,
            "owner": result.owner,
        },
    )
