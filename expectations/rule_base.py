"""What every rule declares, and the view of a batch that all rules share.

A rule is declared once, and both evaluations are made from that one declaration: the Great
Expectations expectation, which only counts (see `gate`), and the list of rows that the store sets
aside. Conditions in a suite read the relation `cleaned`: the batch with blanks around text taken
off and every spelling of "missing" as null.
"""

from abc import ABC
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from rbdc.sql import literal

Action = Literal["refuse", "quarantine", "warn", "info"]
Dimension = Literal[
    "completeness",
    "validity",
    "uniqueness",
    "consistency",
    "timeliness",
    "accuracy",
    "integrity",
]
Sentence = Annotated[str, Field(min_length=10, pattern=r"^[^\n]+\.\n?$")]
Owner = Annotated[str, Field(pattern=r"^team:[a-z][a-z0-9-]*$")]
# What a rule measures, beside what breaks it; None where there is nothing to be measured.
Numbers = tuple[float | None, ...]
Columns = Annotated[tuple[str, ...], Field(min_length=1)]

_BLANKS = " \t\r\n\u00a0"
MISSING_TOKENS = ("", "none", "na", "null", "nan")


def cleaned_sql(relation: str) -> str:
    """Query that gives `relation` with trimmed text and missing tokens as null.

    Args:
        relation: a relation of DuckDB with text columns and `_row_number`.
    """
    # One expression over all columns, so that the query needs no list of them.
    text = "columns(* exclude (_row_number))::varchar"
    # DuckDB joins a list of five or more values, and then for every column, read or not.
    is_token = " or ".join(f"lower({text}) = {literal(token)}" for token in MISSING_TOKENS)
    longest = max(map(len, MISSING_TOKENS))
    no_blanks = " and ".join(f"not ends_with({text}, {literal(blank)})" for blank in _BLANKS)
    # Nearly every value is clean already, and to see that costs an eighth of trimming it.
    clean = (
        f"{text} between '!' and '~' and {no_blanks} "
        f"and (strlen({text}) > {longest} or not ({is_token}))"
    )
    blanks = r"[ \t\r\n\x{a0}]*"
    missing = literal(f"(?i){blanks}({'|'.join(MISSING_TOKENS[1:])})?{blanks}")
    return (
        f"select _row_number, case when {clean} then {text} "
        f"when not regexp_full_match({text}, {missing}) then trim({text}, {literal(_BLANKS)}) end "
        f"from {relation}"
    )


class Rule(BaseModel, ABC):
    """What every rule declares, whatever its kind.

    `owner` mends the cause; `reason` says why the rule exists and `fix` what the owner does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]
    action: Action
    dimension: Dimension
    owner: Owner
    reason: Sentence
    fix: Sentence

    counts: ClassVar[str] = "row"

    @property
    def columns_named(self) -> tuple[str, ...]:
        """Columns that the rule lists; those inside SQL conditions are not known."""
        return ()

    @property
    def limit(self) -> str:
        """What is allowed, in words."""
        return f"no {self.counts}s"

    def measure(self) -> str | None:
        """Query of one row of numbers that `observed` puts into words; None if it needs none."""
        return None

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """What was found, in words.

        Args:
            count: how much breaks the rule.
            rows: rows of the batch.
            numbers: what `measure` gave.
        """
        return f"{count:,} {self.counts}{'' if count == 1 else 's'}"
