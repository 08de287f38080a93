"""Suites as written in `suites/*.yml`: all rules of one table, checked while they are read."""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from expectations.row_rules import (
    Between,
    Matches,
    NotNull,
    ParsesAs,
    RowsWhere,
    Unique,
    ValuesInSet,
)
from expectations.rule_base import Owner, Rule, Sentence
from expectations.table_rules import (
    CompleteGrid,
    GroupsWhere,
    RowCount,
    RowsAgainstHeld,
    RowShare,
    TableWhere,
)
from expectations.warehouse_rules import NothingFound, ShareAtMost, ValueBetween, VolumeInBand
from rbdc.config_files import load_config, read_yaml
from rbdc.errors import ConfigError

SUITES = Path(__file__).parent / "suites"
# The stages of the warehouse that are judged, in the order in which they are built.
STAGES = ("staging", "benchmarks", "marts", "publication")

AnyRule = Annotated[
    NotNull
    | ValuesInSet
    | Matches
    | ParsesAs
    | Between
    | Unique
    | RowsWhere
    | GroupsWhere
    | TableWhere
    | RowCount
    | CompleteGrid
    | RowShare
    | RowsAgainstHeld,
    Field(discriminator="kind"),
]


AnyWarehouseRule = Annotated[
    NothingFound | ShareAtMost | VolumeInBand | ValueBetween, Field(discriminator="kind")
]


class SuiteError(ConfigError):
    """A suite is absent or not sound; the message names file, line and rule of every problem."""


Table = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*__[a-z][a-z0-9_]*$")]


class _Rules(BaseModel):
    """What every suite says of its rules: how many there are, and each name once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: Sentence
    rules_declared: Annotated[int, Field(ge=1)]
    rules: tuple[Rule, ...]

    @property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of the content; comments and layout do not count."""
        content = self.model_dump_json(exclude_unset=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @field_validator("rules")
    @classmethod
    def _names_once(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        names = [rule.name for rule in rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"declared twice: {', '.join(twice)}")
        return rules

    @model_validator(mode="after")
    def _complete(self) -> "_Rules":
        if self.rules_declared != len(self.rules):
            raise ValueError(
                f"rules_declared says {self.rules_declared} but {len(self.rules)} rules follow; "
                "a rule was lost or the number was not changed"
            )
        return self


class Suite(_Rules):
    """All rules of one landed table, in the order of its file.

    A service's table may leave out `optional_columns`: to the rules every row of it then has the
    same value there.
    """

    table: Table
    same_as: Table | None = None
    optional_columns: tuple[str, ...] = ()
    rules: tuple[AnyRule, ...]


class StageSuite(_Rules):
    """All rules about one stage of the warehouse, in the order of its file."""

    stage: Literal["staging", "benchmarks", "marts", "publication"]
    rules: tuple[AnyWarehouseRule, ...]


class _SuiteOfCopy(BaseModel):
    """The whole file of a table that another publisher copied: the rules of the table `same_as`.

    `owner` takes the place of the owners there: whoever publishes the copy mends it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: Table
    description: Sentence
    same_as: Table
    owner: Owner

    def suite(self, of: Suite) -> Suite:
        """The rules of suite `of`, for this table."""
        rules = tuple(rule.model_copy(update={"owner": self.owner}) for rule in of.rules)
        named = {"table": self.table, "description": self.description, "same_as": self.same_as}
        return of.model_copy(update={**named, "rules": rules})


def load_suite(path: Path) -> Suite:
    """Read one suite.

    Args:
        path: `suites/<source>__<table>.yml`.

    Raises:
        SuiteError: the file is absent or does not fit, or it names another that does not.
    """
    try:
        if _is_of_a_copy(path):
            copy = load_config(path, _SuiteOfCopy)
            original = load_config(path.with_name(f"{copy.same_as}.yml"), Suite)
            suite = copy.suite(original)
        else:
            suite = load_config(path, Suite)
    except ConfigError as error:
        raise SuiteError(_with_rule_names(str(error), path)) from None
    if suite.table != path.stem:
        raise SuiteError(
            f"{path.parent.name}/{path.name}: table is '{suite.table}'; "
            "a suite's file has the name of its table."
        )
    return suite


def load_suites(folder: Path = SUITES) -> dict[str, Suite]:
    """Read all suites of a folder, by table (`<source>__<table>`), in alphabetical order.

    Raises:
        SuiteError: see `load_suite`.
    """
    return {path.stem: load_suite(path) for path in sorted(folder.glob("*.yml"))}


def load_stage_suite(stage: str, folder: Path = SUITES / "warehouse") -> StageSuite:
    """Read the suite of a stage of the warehouse, `suites/warehouse/<stage>.yml`.

    Raises:
        SuiteError: it is absent or not sound.
    """
    path = folder / f"{stage}.yml"
    try:
        suite = load_config(path, StageSuite)
    except ConfigError as error:
        raise SuiteError(_with_rule_names(str(error), path)) from None
    if suite.stage != stage:
        raise SuiteError(
            f"{folder.name}/{path.name}: stage is '{suite.stage}'; it must be {stage}."
        )
    return suite


def load_stages() -> list[StageSuite]:
    """The suites of the warehouse's stages, in order.

    Raises:
        SuiteError: see `load_stage_suite`.
    """
    return [load_stage_suite(stage) for stage in STAGES]


def _is_of_a_copy(path: Path) -> bool:
    try:
        content: Any = read_yaml(path)
    except (OSError, ValueError, yaml.YAMLError):
        return False  # why it cannot be read is said when it is read as a suite
    return isinstance(content, dict) and "same_as" in content


def _with_rule_names(message: str, path: Path) -> str:
    """Replace `rules.<position>.<kind>` in a message by the rule's own name."""
    try:
        content: Any = read_yaml(path)
        rules = content["rules"]
        names = {str(i): rule.get("name", f"number {i + 1}") for i, rule in enumerate(rules)}
    except (OSError, ValueError, yaml.YAMLError, TypeError, KeyError, AttributeError):
        return message  # the file is not in a shape that has names; the message says why
    return re.sub(
        r"rules\.(\d+)(?:\.\w+)?[.:] ?",
        lambda match: f"rule {names.get(match.group(1), match.group(1))}: ",
        message,
    )
