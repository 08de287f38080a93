"""Records made coarser until enough of them look the same, and what that cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from rbdc.disclosure.policy_records import QuasiIdentifier, Records
from rbdc.disclosure.records.hierarchy import code_at, is_dropped
from rbdc.disclosure.records.lattice import Asked, Coded, coded, least_loss, left_out, reached_by
from rbdc.disclosure.records.person_keys import person_keys
from rbdc.disclosure.records.risk import Risk, risk_of
from rbdc.errors import ConfigError, PolicyCannotBeMetError
from rbdc.sources.pseudonyms import PseudonymKey

PERSON_KEY = "person_key"


@dataclass(frozen=True)
class Generalised:
    """Records that may be released, and what was done to them.

    Attributes:
        frame: columns that are left, outcomes and person key, sorted by what is published.
        levels: steps taken of each column, in policy's order.
        steps: the same in words, such as `24 and younger, 25 to 44` or `drop`; nothing where none.
        codes: for each column with coarser codes, which codes each of them takes in; whoever holds
            the records against tables needs it.
        precision_lost: 0 for nothing lost, 1 for all steps taken (Sweeney 2002, weighted).
        dropped: records left out.
        k: the least number of people whose records look the same; with an outcome counted, also by
            outcomes. None without records.
        l: the least number of values of an outcome in a group; None without outcomes.
        before: risk by the columns as delivered.
        after: risk by the columns as released, outcomes included where k counts them.
        tried: combinations of steps that were looked at.
    """

    frame: pd.DataFrame
    levels: Mapping[str, int]
    steps: Mapping[str, str]
    codes: Mapping[str, Mapping[str, tuple[str, ...]]]
    precision_lost: float
    dropped: int
    k: int | None
    l: int | None  # noqa: E741  (the usual name)
    before: Risk
    after: Risk
    tried: int

    @property
    def note(self) -> str:
        """What a reader of the file must know of records that are left out."""
        if not self.dropped:
            return "No record is left out: totals are those of the tables."
        return (
            f"{self.dropped} of {self.before.records} records are left out, so that totals of this "
            "file are lower than those of tables that count the same people."
        )


def generalise(
    frame: pd.DataFrame,
    columns: Sequence[QuasiIdentifier],
    k: int,
    l: int = 1,  # noqa: E741  (the usual name)
    sensitive: Sequence[str] = (),
    suppress_at_most: float = 0.0,
    *,
    k_counts_sensitive: bool = True,
    person: str | None = None,
    key: str | None = None,
) -> Generalised:
    """Make records coarser, with the least loss of precision, until they reach k and l.

    Each column is made coarser in the whole file, never in some records only. See `least_loss` for
    the measures of loss and how ties are broken: the same records always give the same file.

    Args:
        frame: records, one a row, with the columns, the outcomes (boolean) and the person.
        columns: quasi-identifiers with their steps, in the order of the file.
        k: the least number that must look the same.
        l: the least number of values of each outcome among them; 1 asks for nothing.
        sensitive: outcomes that stay in the file.
        suppress_at_most: share of the records that may be left out.
        k_counts_sensitive: whether records must look the same by outcomes too.
        person: column of the person: k then counts different people, not records. Empty where a
            record names nobody. It is not in the result.
        key: column that stays in the file and tells which records are one person's: k people must
            then share the whole set of their records.

    Raises:
        PolicyCannotBeMetError: not even all steps reach k and l.
    """
    asked = Asked(k, l if sensitive else 1, k_counts_sensitive, key is not None)
    records = coded(frame, columns, sensitive, person)
    found = least_loss(records, asked, _share_of(suppress_at_most, len(frame)))
    if found is None:
        raise PolicyCannotBeMetError(_choices(records, asked, suppress_at_most, sensitive))
    stays = ~found.out
    levels: dict[str, int] = {}
    for one, level in zip(columns, found.levels, strict=True):
        levels[one.column] = level
    coarse = _coarse(frame[stays], columns, levels)
    names = list(coarse.columns)
    for name in sensitive:
        coarse[name] = frame.loc[stays, name].astype(bool)
    seen_by = [*names, *sensitive] if k_counts_sensitive else names
    reached = reached_by(records, found.levels, asked, stays)
    if key is not None:
        coarse[key] = frame.loc[stays, key]
    return Generalised(
        frame=coarse.sort_values(list(coarse.columns), na_position="first", ignore_index=True),
        levels=levels,
        steps={one.column: _words(one, levels[one.column]) for one in columns},
        codes=_members(frame, columns, levels),
        precision_lost=float(found.lost),
        dropped=int(found.out.sum()),
        k=reached.k,
        l=reached.l,
        before=risk_of(frame, [one.column for one in columns], k),
        after=risk_of(coarse, seen_by, k),
        tried=found.tried,
    )


def released_records(
    frame: pd.DataFrame, policy: Records, person: str, key: PseudonymKey | None, version: str
) -> Generalised:
    """The record file of a release, as its policy has it.

    Args:
        frame: one row a record of the policy's measure, with quasi-identifiers, outcomes (boolean,
            by the names of their measures) and the person's id in the warehouse.
        policy: block `records` of `disclosure.yml`, with `release: true`.
        person: column of the person's id, empty where a record names nobody.
        key: the service's secret, for keys of persons; None if it has none.
        version: version of the release.

    Raises:
        PolicyCannotBeMetError: not even all steps reach k and l.
        ConfigError: the policy asks for keys of persons, and there is no secret.
    """
    if policy.person_key:
        if key is None:
            raise ConfigError(
                "disclosure.yml asks for a key of each person on records (person_key: true), and "
                "the service has no secret to make them with: set RBDC_PSEUDONYM_KEY, or say false."
            )
        frame = frame.assign(**{PERSON_KEY: person_keys(key, version, frame[person])})
    return generalise(
        frame,
        policy.columns,
        policy.k,
        policy.l,
        policy.sensitive,
        policy.suppress_at_most,
        k_counts_sensitive=policy.k_counts_sensitive,
        person=person,
        key=PERSON_KEY if policy.person_key else None,
    )


def _coarse(
    frame: pd.DataFrame, columns: Sequence[QuasiIdentifier], levels: Mapping[str, int]
) -> pd.DataFrame:
    """The columns that are left, with the codes that theirs have become."""
    coarse = pd.DataFrame(index=frame.index)
    for one in columns:
        level = levels[one.column]
        if is_dropped(one, level):
            continue
        values = frame[one.column].astype("string")
        becomes = {code: code_at(one, level, code) for code in values.dropna().unique()}
        coarse[one.column] = values.map(becomes).astype("string")
    return coarse


def _members(
    frame: pd.DataFrame, columns: Sequence[QuasiIdentifier], levels: Mapping[str, int]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Codes that each coarser code takes in, of columns that are left and were made coarser."""
    members: dict[str, dict[str, tuple[str, ...]]] = {}
    for one in columns:
        level = levels[one.column]
        if level == 0 or is_dropped(one, level):
            continue
        codes = sorted(map(str, frame[one.column].dropna().unique()))
        taken: dict[str, tuple[str, ...]] = {}
        for code in codes:
            coarser = str(code_at(one, level, code))
            taken[coarser] = (*taken.get(coarser, ()), code)
        members[one.column] = taken
    return members


def _words(column: QuasiIdentifier, level: int) -> str:
    if level == 0:
        return ""
    step = column.steps[level - 1]
    return step if isinstance(step, str) else ", ".join(step)


def _share_of(share: float, records: int) -> int:
    return int(share * records + 1e-9)  # 0.29 of 100 are 29, whatever floats say


def _choices(
    records: Coded, asked: Asked, suppress_at_most: float, sensitive: Sequence[str]
) -> str:
    """Why the policy cannot be met even after all steps, and what can be done."""
    out = int(left_out(records, records.top, asked).sum())
    many = len(records.person)
    wanted = f"k {asked.k}" + (f" and l {asked.l}" if asked.l > 1 else "")
    whole = " (k people must share all their records, because records carry a person key)"
    choices = [f"allow more to be left out (suppress_at_most, now {suppress_at_most:g})"]
    if kept := [one.column for one in records.columns if "drop" not in one.steps]:
        choices.insert(0, f"end the steps of {', '.join(kept)} with coarser codes or drop")
    if asked.linked:
        choices.append("leave the person key out (person_key: false)")
    if sensitive:
        choices.append(f"take {', '.join(sensitive)} out of sensitive")
    if asked.k > 2:
        choices.append("lower k, if no table counts the same people")
    choices.append("release no records (release: false)")
    return (
        f"The records cannot reach {wanted}{whole if asked.linked else ''}: after all steps of all "
        f"columns, {out} of {many} records are still among too few that look the same, and "
        f"{_share_of(suppress_at_most, many)} may be left out. Choose in disclosure.yml: "
        + "; ".join(choices)
        + "."
    )
