"""What the attacker tells: counts per attacker, disclosures, breaches; as text and as JSON."""

import json
from dataclasses import asdict, dataclass, field

from rbdc.disclosure.attacker.facts import Cell
from rbdc.disclosure.attacker.periods import period_text

ATTACKERS = (
    "published",
    "plain",
    "integer",
    "rule-aware",
    "derived-statistic",
    "cross-release",
    "coalition",
)
"""From weak to strong: `published` only reads; each later one knows all that earlier ones know."""

_SHOWN = 20


@dataclass(frozen=True)
class Disclosure:
    """A count that can be computed exactly, by the weakest attacker who can.

    `filters` are (dimension, level, code); `hidden` tells a hidden cell from one that no table
    has but that others imply; `proof` is how.
    """

    attacker: str
    measure: str
    unit: str
    filters: tuple[tuple[str, str, str], ...]
    period: str
    value: float
    hidden: bool
    tables: tuple[str, ...]
    proof: str

    def text(self) -> str:
        """One line for people."""
        where = ", ".join(f"{name} = {code}" for name, _, code in self.filters) or "total"
        kind = f"hidden in {', '.join(self.tables)}" if self.hidden else "in no table"
        return (
            f"[{self.attacker}] {self.measure} ({self.unit}), {where}, {self.period} = "
            f"{self.value:g}; {kind}: {self.proof}"
        )


@dataclass(frozen=True)
class AttackerResult:
    """How far one attacker came; `exact` counts cells that no weaker one found."""

    name: str
    tried: int
    not_tried: int
    exact: int
    note: str = ""


@dataclass(frozen=True)
class CellInterval:
    """Whole numbers between which a hidden cell lies; `highest` None where nothing bounds it.

    By linear programs rounded inwards: a fraction of the cells may be narrower for integers.
    """

    cell: str
    lowest: int
    highest: int | None


@dataclass(frozen=True)
class AttackReport:
    """The outcome of an attack on one release.

    `breaches` break the policy without giving a number (an open statistic of a hidden count);
    `contradictions` are published values that exclude each other; `problems` could not be read
    or used although they should have been; `warnings` need a look and no more.
    """

    release: str
    previous: tuple[str, ...]
    complete: bool
    seconds: float
    cells: int
    hidden: int
    implied: int
    attackers: tuple[AttackerResult, ...]
    disclosures: tuple[Disclosure, ...]
    breaches: tuple[str, ...]
    contradictions: tuple[str, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    intervals: tuple[CellInterval, ...] = field(default=())

    @property
    def exit_status(self) -> int:
        """0: tried everything, found nothing; 3: found something; 4: could not try everything."""
        if self.disclosures or self.breaches or self.contradictions:
            return 3
        return 0 if self.complete and not self.problems else 4

    def to_json(self) -> str:
        """Everything, without the intervals, which have a file of their own."""
        content = asdict(self)
        del content["intervals"]
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    def to_text(self) -> str:
        """A page for people; at most 20 disclosures."""
        lines = [
            f"Attack on {self.release}"
            + (f", knowing {', '.join(self.previous)}" if self.previous else ""),
            f"{self.cells:,} published cells, {self.hidden:,} of them hidden; {self.implied:,} "
            f"more cells are implied. {self.seconds:.1f} s.",
            "",
            f"{'attacker':<18}{'tried':>8}{'not tried':>11}{'exact':>7}  ",
        ]
        for one in self.attackers:
            counts = f"{one.tried:>8}{one.not_tried:>11}{one.exact:>7}"
            lines.append(f"{one.name:<18}{counts}  {one.note}".rstrip())
        lines.append("")
        if not self.complete:
            lines.append("NOT COMPLETE: not every cell was tried; this release is not proven safe.")
        lines.append(f"Exact disclosures: {len(self.disclosures)}")
        lines += [f"  {one.text()}" for one in self.disclosures[:_SHOWN]]
        if len(self.disclosures) > _SHOWN:
            lines.append(f"  … and {len(self.disclosures) - _SHOWN} more (see --json).")
        for title, texts in (
            ("Breaches of the policy", self.breaches),
            ("Tables contradict", self.contradictions),
            ("Could not be used", self.problems),
            ("Warnings", self.warnings),
        ):
            if texts:
                lines += ["", f"{title}: {len(texts)}", *(f"  {text}" for text in texts[:_SHOWN])]
                if len(texts) > _SHOWN:
                    lines.append(f"  … and {len(texts) - _SHOWN} more.")
        return "\n".join(lines) + "\n"


def disclosure(
    attacker: str, cell: Cell, value: float, tables: list[str] | None, proof: str
) -> Disclosure:
    """A disclosure of one cell; `tables` are those that hide it, None when no table has it."""
    return Disclosure(
        attacker,
        cell.measure,
        cell.unit,
        cell.filters,
        period_text(cell.months),
        value,
        tables is not None,
        tuple(tables or ()),
        proof,
    )
