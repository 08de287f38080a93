"""The attack on a release folder from beginning to end."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rbdc.disclosure.attacker.answers import answers_of_hidden_figures
from rbdc.disclosure.attacker.coalition import try_coalitions
from rbdc.disclosure.attacker.codes import merge
from rbdc.disclosure.attacker.engine import Engine
from rbdc.disclosure.attacker.facts import PERSONS, Facts, read_facts
from rbdc.disclosure.attacker.folder import Release, read_release
from rbdc.disclosure.attacker.groups import small_groups
from rbdc.disclosure.attacker.model import CROSS, DERIVED, RULE, Model, build_model
from rbdc.disclosure.attacker.report import (
    ATTACKERS,
    AttackerResult,
    AttackReport,
    CellInterval,
    Disclosure,
    disclosure,
)
from rbdc.disclosure.attacker.statistics import relate_statistics


def attack(
    release: Path,
    previous: Sequence[Path] = (),
    *,
    coalition: int | None = None,
    seconds: float = 600.0,
    intervals: bool = False,
) -> AttackReport:
    """Try to compute every hidden number of a release from published files alone.

    Args:
        release: The release folder under attack.
        previous: Folders of earlier releases that readers also have.
        coalition: How many people of one cell act together; None: what the release declares.
        seconds: After this long the attack ends and says what it did not try.
        intervals: Whether to compute the lowest and highest value of every hidden cell (linear
            programs, rounded inwards).

    Raises:
        RbdcError: a folder is not a release.
    """
    begin = time.monotonic()
    now = read_release(release)
    before = sorted((read_release(one) for one in previous), key=lambda one: one.extent[::-1])
    codes = merge(now.codes, [(one.name, one.codes) for one in before])
    facts = read_facts(now, codes)
    earlier = [(one, read_facts(one, codes)) for one in before]
    model = build_model(now, facts, earlier, codes)
    breaches = relate_statistics(now, facts, model, DERIVED)
    for one, its in earlier:
        relate_statistics(one, its, model, CROSS)
    model.contradictions += [*now.contradictions, *facts.contradictions]
    engine = Engine(model, begin + seconds)
    engine.drop_contradictions()
    if model.persons_of:
        engine.tie_people()
    top, problems = _solve(engine, bool(before))
    for level in range(top):
        engine.weaken(level)
    found = _published(now, facts, model)
    found += _computed(engine, {(d.measure, d.unit, d.filters, d.period) for d in found}, now)
    people = coalition if coalition is not None else now.coalition
    together, more = _together(engine, people, now, top)
    found += more
    results = _results(engine, found, top, bool(before), together)
    bounded = _intervals(engine) if intervals else ()
    problems += [
        *now.problems,
        *facts.problems,
        *model.problems,
        *(f"{one.name}: {text}" for one, its in earlier for text in [*one.problems, *its.problems]),
    ]
    warnings = [
        *now.notices,
        *codes.notices,
        *model.revisions,
        *breaches.used,
        *engine.notes,
        *_zeros(now, model),
        *small_groups(model),
        *_few_people(now, model),
    ]
    order = {name: number for number, name in enumerate(ATTACKERS)}
    return AttackReport(
        release=now.name,
        previous=tuple(one.name for one in before),
        complete=top >= 0
        and not any(one.not_tried for one in results)
        and len(bounded) == (len(model.hidden) if intervals else 0),
        seconds=time.monotonic() - begin,
        cells=len(model.hidden.keys() | model.open_now.keys()),
        hidden=len(model.hidden),
        implied=model.system.size - len(model.hidden.keys() | model.open_now.keys()),
        attackers=tuple(results),
        disclosures=tuple(sorted(found, key=lambda one: (order[one.attacker], not one.hidden))),
        breaches=tuple(
            breaches.unusable
            + [
                f"{table.name} row {row + 2}: {column} = {value} is hidden in one format and open "
                "in the other."
                for table in now.tables
                for row, column, value in table.leaks
                if (table.name, column, row) not in facts.by_place
            ]
            + answers_of_hidden_figures(now)
        ),
        contradictions=tuple(model.contradictions),
        problems=tuple(problems),
        warnings=tuple(warnings),
        intervals=bounded,
    )


def _solve(engine: Engine, has_previous: bool) -> tuple[int, list[str]]:
    """Solve for the strongest attacker whose knowledge does not contradict itself."""
    now = engine.model.release
    problems: list[str] = []
    wanted = engine.model.targets()
    for level in range(CROSS if has_previous else DERIVED, -1, -1):
        while True:
            if engine.solve(level, wanted, max(1, now.hidden_from), now.hidden_to):
                return level, problems
            forgotten = engine.forget_revised() if level == CROSS else ""
            if not forgotten:
                break
            problems.append(forgotten)
        problems.append(
            f"What the {ATTACKERS[level + 1]} attacker knows contradicts itself "
            f"({_why(level)}); only weaker attackers were tried. {engine.conflict}"
        )
    engine.untried = set(engine.model.hidden)
    return -1, problems


def _why(level: int) -> str:
    if level == CROSS:
        return "counts were revised since the earlier release"
    if level == DERIVED:
        return "a statistic does not fit its counts"
    if level == RULE:
        return "the rule that the release declares is not the one that was applied"
    return "the tables do not fit each other"


def _published(now: Release, facts: Facts, model: Model) -> list[Disclosure]:
    """What can simply be read: in another table or format, or small and open."""
    found: list[Disclosure] = []
    leaks = {(t.name, column, row) for t in now.tables for row, column, _ in t.leaks}
    leaked: set[int] = set()
    for place in sorted(leaks & facts.by_place.keys()):
        fact = facts.by_place[place]
        number = model.number(fact.cell)
        if number not in leaked:
            leaked.add(number)
            found.append(
                disclosure(
                    "published", fact.cell, fact.low, model.hidden.get(number, [fact.table]),
                    f"formats: {fact.table} row {fact.row + 2} hides it in one format and shows "
                    "it in the other",
                )
            )  # fmt: skip
    for source, how in ((model.open_now, "open in"), (model.counted, "counted from")):
        for number, published in source.items():
            if number in leaked:
                continue
            small = now.hidden_from <= published.value <= now.hidden_to
            tables = model.hidden.get(number)
            cell = model.cell(number)
            if tables is None and (not small or cell.measure.startswith(PERSONS)):
                continue
            if source is model.counted and number in model.open_now:
                continue
            where = "open elsewhere: " if tables else ""
            found.append(
                disclosure(
                    "published", cell, published.value, tables, f"{where}{how} {published.where}"
                )
            )
    return found


def _computed(
    engine: Engine, known: set[tuple[str, str, object, str]], now: Release
) -> list[Disclosure]:
    model, found = engine.model, []
    for number, exact in sorted(engine.exact.items()):
        tables = model.hidden.get(number)
        if tables is None and not now.hidden_from <= exact.value <= now.hidden_to:
            continue
        text = exact.proof
        if exact.level == CROSS and number in model.open_before:
            text = f"open elsewhere: open in {model.open_before[number].where}"
        one = disclosure(ATTACKERS[exact.level + 1], model.cell(number), exact.value, tables, text)
        if (one.measure, one.unit, one.filters, one.period) not in known:
            found.append(one)
    return found


def _together(
    engine: Engine, people: int, now: Release, top: int
) -> tuple[AttackerResult, list[Disclosure]]:
    hidden = len(engine.model.hidden)
    known = max(1, now.hidden_from) if now.zeros_open else 0
    if top < RULE:
        return AttackerResult("coalition", 0, hidden, 0, "not tried: see above"), []
    if people <= known:
        note = f"{people} of a cell know no more than everybody (at least {known}); nothing to try"
        return AttackerResult("coalition", hidden, 0, 0, note), []
    result = try_coalitions(engine, people)
    model, found = engine.model, []
    for number, (value, own) in sorted(result.exact.items()):
        text = f"{people} people of {model.cell(own).text()}, who know that it is ≥ {people}"
        found.append(disclosure("coalition", model.cell(number), value, model.hidden[number], text))
    alone = hidden - result.tried - result.not_tried  # exact already, or without any relation
    return (
        AttackerResult(
            "coalition", result.tried + alone, result.not_tried, len(found), f"of {people} people"
        ),
        found,
    )


def _results(
    engine: Engine,
    found: list[Disclosure],
    top: int,
    has_previous: bool,
    together: AttackerResult,
) -> list[AttackerResult]:
    model = engine.model
    aims = int(model.targets().sum()) + len(model.hidden.keys() & model.open_now.keys())
    exact = {name: sum(one.attacker == name for one in found) for name in ATTACKERS}
    results = [AttackerResult("published", len(model.hidden), 0, exact["published"])]
    for level, name in enumerate(ATTACKERS[1:-1]):
        if level == CROSS and not has_previous:
            results.append(AttackerResult(name, 0, 0, 0, "no earlier release was given"))
        elif level > top:
            results.append(AttackerResult(name, 0, aims, 0, "its knowledge contradicts itself"))
        else:
            missed = len(engine.untried)
            results.append(AttackerResult(name, aims - missed, missed, exact[name]))
    return [*results, together]


def _intervals(engine: Engine) -> tuple[CellInterval, ...]:
    model, found = engine.model, []
    hidden = np.zeros(model.system.size, dtype=bool)
    hidden[list(model.hidden)] = True
    for number, published in [*model.open_now.items(), *model.counted.items()]:
        if hidden[number]:
            found.append((number, published.value, published.value))
            hidden[number] = False
    for number, exact in engine.exact.items():
        if hidden[number]:
            found.append((number, exact.value, exact.value))
            hidden[number] = False
    for component in engine.components:
        for position in np.flatnonzero(hidden[component.variables]):
            ends = engine.interval(component, int(position))
            if ends is not None:
                found.append((int(component.variables[position]), *ends))
    return tuple(
        CellInterval(
            model.cell(number).text(),
            int(low),
            int(high) if np.isfinite(high) else None,
        )
        for number, low, high in sorted(found)
    )


def _zeros(now: Release, model: Model) -> list[str]:
    """Whether the files agree with what the release says about zeros."""
    any_zero = any(published.value == 0 for published in model.open_now.values())
    if now.zeros_open and model.hidden and not any_zero:
        return ["The release says that zeros are open, but no count of 0 is published."]
    if not now.zeros_open and any_zero:
        return ["The release says that zeros are hidden, but some counts of 0 are published."]
    return []


def _few_people(now: Release, model: Model) -> list[str]:
    few = sum(
        now.hidden_from <= model.open_now[number].value <= now.hidden_to
        for number in model.people_cells
        if number in model.open_now
    )
    return [f"{few} open numbers of persons are as small as hidden counts."] if few else []
