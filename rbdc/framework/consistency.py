"""What must hold between the parts of a framework, each problem with its place and what to do."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from rbdc.config_files import Place
from rbdc.framework.questions import Hypothesis

if TYPE_CHECKING:
    from rbdc.framework.model import Framework

Problem = tuple[Place, str]


def problems_of(framework: "Framework") -> list[Problem]:
    """Everything in a framework that contradicts another part of it."""
    return [
        *_groups(framework),
        *_names(framework),
        *_indicators(framework),
        *_policies(framework),
        *_pathways(framework),
        *_hypotheses(framework),
    ]


def _groups(framework: "Framework") -> Iterator[Problem]:
    groups = {group.group for group in framework.race_groups}
    if framework.reference_group not in groups:
        yield (
            ("reference_group",),
            f"reference_group '{framework.reference_group}' is not one of race_groups; name one "
            "of them, or add it there",
        )
    if sum(group.unknown for group in framework.race_groups) != 1:
        yield ("race_groups",), "exactly one of race_groups must say unknown: true"
    for number, benchmark in enumerate(framework.benchmarks):
        if strange := sorted(set(benchmark.groups) - groups):
            yield (
                ("benchmarks", number, "groups"),
                f"{benchmark.benchmark}: unknown group(s) {', '.join(strange)}",
            )


def _names(framework: "Framework") -> Iterator[Problem]:
    yield from _twice("race_groups", "race group", (g.group for g in framework.race_groups))
    benchmarks = (f"{b.key} of unit {b.unit}" for b in framework.benchmarks)
    yield from _twice("benchmarks", "benchmark", benchmarks)
    yield from _twice("indicators", "indicator", (i.indicator for i in framework.indicators))
    yield from _twice("policy_changes", "policy", (p.policy for p in framework.policy_changes))
    yield from _twice("pathways", "pathway", (p.pathway for p in framework.pathways))
    yield from _twice("hypotheses", "hypothesis", (h.hypothesis for h in framework.hypotheses))


def _twice(section: str, what: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield (section, number), f"{what} declared twice: {name}"
        seen.add(name)


def _indicators(framework: "Framework") -> Iterator[Problem]:
    for number, indicator in enumerate(framework.indicators):
        try:
            framework.benchmark_of(indicator)
        except ValueError as error:
            known = sorted({benchmark.key for benchmark in framework.benchmarks})
            yield (
                ("indicators", number, "benchmark"),
                f"{error}; those under benchmarks are {', '.join(known)}",
            )


def _policies(framework: "Framework") -> Iterator[Problem]:
    known = {indicator.indicator: indicator for indicator in framework.indicators}
    for number, policy in enumerate(framework.policy_changes):
        for name in policy.indicators:
            place: Place = ("policy_changes", number, "indicators")
            if name not in known:
                yield place, f"policy {policy.policy}: no indicator '{name}'; see indicators"
            elif known[name].form != "subset" or known[name].unit != "person":
                yield (
                    place,
                    f"policy {policy.policy}: indicator {name} must be of form subset and unit "
                    "person, so that both sides are counted before and after",
                )


def _pathways(framework: "Framework") -> Iterator[Problem]:
    populations = {b.key for b in framework.benchmarks if b.kind == "population"}
    known = {benchmark.key for benchmark in framework.benchmarks}
    before: dict[tuple[str, str], str] = {}
    for number, pathway in enumerate(framework.pathways):
        place: Place = ("pathways", number, "points")
        names = pathway.names
        if circular := sorted({name for name in names if names.count(name) > 1}):
            yield (
                place,
                f"pathway {pathway.pathway} is circular: it comes to {', '.join(circular)} twice; "
                "each decision point stands once, in the order in which it is reached",
            )
            continue
        for earlier, later in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :]):
            if (later, earlier) in before:
                yield (
                    place,
                    f"pathways {before[later, earlier]} and {pathway.pathway} are circular "
                    f"together: {earlier} comes before {later} in one and after it in the other",
                )
            before.setdefault((earlier, later), pathway.pathway)
        for point in pathway.points[:-1]:
            if point not in known:
                yield place, f"pathway {pathway.pathway}: no benchmark '{point}'; see benchmarks"
        if any(point in populations for point in pathway.points[1:]):
            yield place, f"pathway {pathway.pathway}: a population can only be its first point"
        steps = [*pairwise(pathway.points), (pathway.points[0], pathway.points[-1])]
        for benchmark, outcome in steps:
            if benchmark in known and framework.step_indicator(outcome, benchmark) is None:
                yield (
                    place,
                    f"pathway {pathway.pathway}: the step from {benchmark} to {outcome} is no "
                    f"indicator; add one with outcome {outcome.split(' ')[0]} and benchmark "
                    f"{benchmark}",
                )


def _hypotheses(framework: "Framework") -> Iterator[Problem]:
    groups = {group.group for group in framework.race_groups}
    policies = {policy.policy: policy for policy in framework.policy_changes}
    known = {benchmark.key for benchmark in framework.benchmarks}
    for number, one in enumerate(framework.hypotheses):
        place: Place = ("hypotheses", number)
        if strange := [group for group in one.groups if group not in groups]:
            yield (
                (*place, "groups"),
                f"hypothesis {one.hypothesis}: {', '.join(strange)} not among race_groups",
            )
        alone = one.method == "disproportionality" or one.support in ("reduced", "increased")
        if framework.reference_group in one.groups and not alone:
            yield (
                (*place, "groups"),
                f"hypothesis {one.hypothesis}: {framework.reference_group} is the reference group "
                f"itself; method {one.method} compares others with it",
            )
        for benchmark in one.benchmarks:
            if benchmark not in known:
                yield (
                    (*place, "benchmarks"),
                    f"hypothesis {one.hypothesis}: no benchmark '{benchmark}'; add it under "
                    f"benchmarks, or name one of {', '.join(sorted(known))}",
                )
                continue
            yield from _indicator_of(framework, one, benchmark, place)
        if one.policy and one.policy not in policies:
            yield (
                (*place, "policy"),
                f"hypothesis {one.hypothesis}: no policy change '{one.policy}'; add it under "
                "policy_changes",
            )


def _indicator_of(
    framework: "Framework", one: Hypothesis, benchmark: str, place: Place
) -> Iterator[Problem]:
    indicator = framework.indicator_of(one.outcome, one.unit, benchmark)
    if indicator is None:
        yield (
            (*place, "benchmarks"),
            f"hypothesis {one.hypothesis}: {one.outcome} (unit {one.unit}) against {benchmark} is "
            "no indicator; add one under indicators",
        )
        return
    if one.method == "adjusted" and not indicator.adjust_for:
        yield (
            (*place, "method"),
            f"hypothesis {one.hypothesis}: indicator {indicator.indicator} names no adjust_for, "
            "the context to hold equal",
        )
    policy = next((p for p in framework.policy_changes if p.policy == one.policy), None)
    if policy and indicator.indicator not in policy.indicators:
        yield (
            (*place, "policy"),
            f"hypothesis {one.hypothesis}: policy {policy.policy} does not name indicator "
            f"{indicator.indicator} among those that it affects",
        )
