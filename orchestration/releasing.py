"""Building of a candidate release of a service, with every gate that it must pass."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.progress import say, timed
from orchestration.release_wish import Wish, policy_of
from orchestration.service import Service
from rbdc.disclosure.known_names import known_names
from rbdc.disclosure.patterns import Patterns, Printed
from rbdc.errors import ConfigError
from rbdc.release.build import Content, release_content
from rbdc.release.candidate import Candidate, make_candidate
from rbdc.release.description import (
    described,
    descriptions_of,
    known_issues_of,
    provenance_of,
    sources_of,
)
from rbdc.release.earlier import earlier_cells
from rbdc.release.package.content import Release
from rbdc.release.package.write import CANDIDATES, approved, plan, predecessor
from rbdc.release.publication import write_publication
from rbdc.release.recipe import read_recorded, recipe_of
from rbdc.release.subject import Subject
from rbdc.store.checkout import clean_commit
from rbdc.store.inputs import hash_files
from rbdc.store.layout import StateFolder, write_json
from rbdc.store.marts import last_run
from rbdc.store.warehouse import open_warehouse

if TYPE_CHECKING:
    from expectations.audit import StageJudgement

STAGE = "publication"
PATTERNS = "patterns"  # folder below releases/
_PATTERN = "pattern"
NOTE = "candidate.json"  # what the candidate was made of, or that nothing was new


@dataclass(frozen=True, eq=False)
class Built:
    """What building came to; `candidate` is None where the gate refused first."""

    content: Content
    judgement: "StageJudgement"
    candidate: Candidate | None


def stands(service: Service) -> bool:
    """Whether a candidate stands that was made of the marts and earlier releases that are here."""
    built = last_run(service.state)
    noted = service.state.releases / CANDIDATES / NOTE
    if built is None or not noted.exists():
        return False
    made_of = json.loads(noted.read_text(encoding="utf-8"))["made_of"]
    return bool(made_of == _made_of(service, built["inputs"]))


def _made_of(service: Service, inputs: Mapping[str, str]) -> dict[str, object]:
    return {"inputs": dict(inputs), "earlier": [p.name for p in approved(service.state.releases)]}


def build_candidate(service: Service, wish: Wish, run_id: str) -> Built:
    """Count, protect, judge, write, attack and check a release.

    Args:
        service: whose; its marts are up to date.
        wish: what is asked for.
        run_id: of the run that builds it, kept beside the folder and never in it.

    Raises:
        ConfigError: there is no policy, or nothing was refreshed.
        RbdcError: nothing is closed, or the policy cannot be met.
    """
    from expectations.audit import audit_stage  # imports Great Expectations, slowly

    state = service.state
    previous = predecessor(state.releases, wish.previous)
    earlier = [*approved(state.releases)]
    if wish.previous is not None and wish.previous not in earlier:
        earlier.append(wish.previous)
    release, content = _release(service, wish, earlier)
    policy = policy_of(service)
    if policy is not None and policy.records.person_key:
        # Keys of persons are made of the version, which follows from everything else.
        version = plan(release, previous).version or ""
        release, content = _release(service, wish, earlier, version)
    with timed() as clock:
        judgement = audit_stage(state, STAGE, run_id)
    say(f"audit    {STAGE}", judgement.reason or "nothing refuses it", clock.seconds)
    if judgement.refused:
        return Built(content, judgement, None)
    with timed() as clock:
        candidate = make_candidate(release, state.releases, previous, earlier)
    say("release  attacked", _outcome(candidate), clock.seconds)
    if not candidate.problems:
        beside = state.releases / CANDIDATES
        beside.mkdir(parents=True, exist_ok=True)
        inputs = (last_run(state) or {}).get("inputs", {})
        write_json(beside / NOTE, {"run_id": run_id, "made_of": _made_of(service, inputs)})
    if candidate.folder is not None:
        about = {"run_id": run_id, _PATTERN: content.protection.origin}
        write_json(beside / f"{candidate.version}.run.json", about)
        if candidate.attack is not None:
            text = candidate.attack.to_text()
            (beside / f"{candidate.version}.attack.txt").write_text(text, encoding="utf-8")
    return Built(content, judgement, candidate)


def pattern_origin(candidate: Path) -> str:
    """Where the pattern of a candidate comes from, in words, from the note beside its folder."""
    note = json.loads(candidate.with_name(f"{candidate.name}.run.json").read_text(encoding="utf-8"))
    return str(note[_PATTERN])


def _release(
    service: Service, wish: Wish, earlier: list[Path], version: str = ""
) -> tuple[Release, Content]:
    state, framework = service.state, service.framework()
    policy, built = policy_of(service), last_run(state)
    if policy is None:
        raise ConfigError(
            f"Service '{service.settings.service}' has no disclosure.yml: it releases nothing."
        )
    if built is None or not state.warehouse.exists():
        raise ConfigError("Nothing was refreshed yet: run `make refresh` first.")
    declared, inputs = service.sources, _inputs(service, built["inputs"])
    again = read_recorded(wish.again) if wish.again else None
    sources = sources_of(state, service.tables)
    label = None if declared.every_service else declared.service
    subject = Subject(
        service=label,
        policy=policy,
        framework=framework,
        known=known_names(service.settings.service_dir, framework),
        descriptions=descriptions_of(state.dbt_target / "manifest.json"),
        sources=tuple(source.name for source in sources),
        key=service.pseudonym_key(),
    )
    with timed() as clock, open_warehouse(state.warehouse) as connection:
        content = release_content(
            connection,
            subject,
            earlier_cells(earlier),
            known_issues_of(connection, framework),
            wish.until,
            version,
            remembered=_remembered(state, wish),
        )
        found = content.protection
        write_publication(
            connection,
            content.count,
            found.hidden,
            content.before,
            content.figures,
            policy.rule,
            label,
            policy.protect.base if found.rounded is not None else None,
        )
        provenance = provenance_of(connection, state, service.tables, framework, inputs)
    recipe = recipe_of(
        state,
        service.tables,
        built.get("built_by"),
        until=wish.until,
        earlier=earlier,
        approved=approved(state.releases),
        gap=found.gap,
    )
    commit = again.code_commit if again else clean_commit(service.settings.project)
    provenance = replace(provenance, code_commit=commit, recipe=recipe)
    counts = (
        f"{len(found.hidden):,} of {found.printed:,} counts hidden; {found.method}; {found.origin}"
    )
    say("release  protected", counts, clock.seconds)
    return described(content, policy, declared, sources, provenance), content


def _inputs(service: Service, built: Mapping[str, str]) -> dict[str, str]:
    """Hashes of what the release is made by: the marts' own, and the configuration as it is now.

    Raises:
        ConfigError: the marts were made by other code, so that nobody could build them again.
    """
    if built.get("code") != service.code_version:
        raise ConfigError(
            f"The marts were made by code {built.get('code', 'unknown')}, and here is "
            f"{service.code_version}: run `make refresh SERVICE={service.settings.service}` first."
        )
    folder = service.settings.service_dir
    return {**built, "configuration": hash_files(folder, [folder])}


def _remembered(state: StateFolder, wish: Wish) -> Patterns:
    folder = state.releases / PATTERNS
    if wish.again is None:
        return Patterns(folder)
    gap = read_recorded(wish.again).recipe.gap
    return Patterns(folder, Printed(earlier_cells([wish.again]), gap))


def _outcome(candidate: Candidate) -> str:
    if candidate.attack is None:
        return "nothing differs from the last release: no new version"
    if candidate.problems:
        return f"REFUSED: {candidate.problems[0]}"
    tried = max(one.tried for one in candidate.attack.attackers)
    return f"{candidate.version} is a candidate; {tried:,} cells tried, none comes out exactly"
