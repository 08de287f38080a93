"""A candidate release: written aside, attacked and checked, and only then put in its place."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rbdc.disclosure.attacker.attack import attack
from rbdc.disclosure.attacker.report import AttackReport
from rbdc.release.package.check import Finding, check
from rbdc.release.package.content import Release
from rbdc.release.package.write import CANDIDATES, plan, write_package

_ASIDE = ".being_judged"


@dataclass(frozen=True)
class Candidate:
    """What became of a candidate.

    Attributes:
        version: Its version; None where no data file differs from the predecessor's.
        folder: Where it stands; None if it was refused or nothing is new.
        attack: What the attacker found; None if nothing is new.
        findings: What the checks of its formats say.
    """

    version: str | None
    folder: Path | None
    attack: AttackReport | None
    findings: tuple[Finding, ...] = ()

    @property
    def problems(self) -> list[str]:
        """Why it was refused; empty if it was not."""
        if self.attack is None:
            return []
        wrong = [one for one in self.findings if one.outcome == "wrong"]
        said = [f"{one.check}: {'; '.join(one.problems[:3])}" for one in wrong]
        return [*_found_by(self.attack), *said]


def make_candidate(
    release: Release, releases: Path, previous: Path | None, earlier: Sequence[Path]
) -> Candidate:
    """Write a release aside, attack it, check it, and put it in its place if nothing is found.

    A candidate that stood before is replaced whole; one that is refused leaves no folder.

    Args:
        release: what to write.
        releases: folder of the service's releases.
        previous: the predecessor, for version and changes.
        earlier: all earlier releases that an attacker has, the oldest first.

    Raises:
        RbdcError: release and predecessor do not fit together.
    """
    planned = plan(release, previous)
    candidates = releases / CANDIDATES
    if planned.version is None:
        shutil.rmtree(candidates, ignore_errors=True)
        return Candidate(None, None, None)
    aside = releases / _ASIDE / planned.version
    shutil.rmtree(aside.parent, ignore_errors=True)
    try:
        write_package(release, planned.version, aside, previous, planned)
        attacked = attack(aside, earlier)
        findings = tuple(check(aside))
        judged = Candidate(planned.version, None, attacked, findings)
        if judged.problems:
            return judged
        shutil.rmtree(candidates, ignore_errors=True)
        candidates.mkdir(parents=True)
        aside.rename(candidates / planned.version)
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)
    return Candidate(planned.version, candidates / planned.version, attacked, findings)


def _found_by(report: AttackReport) -> list[str]:
    if report.exit_status == 0:
        return []
    found = [one.text() for one in report.disclosures]
    found += [*report.breaches, *report.contradictions, *report.problems]
    if not report.complete:
        found.append("the attack ended before every cell was tried")
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    exact = f"{len(report.disclosures)} hidden counts come out exactly"
    return [f"The attacker found something: {exact}. {'; '.join(found[:3])}{more}"]
