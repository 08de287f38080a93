"""What things are called in sentences, in English and French, as the framework says."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rbdc.analysis.findings.statement import Wording
from rbdc.analysis.keys import ALL_GROUPS
from rbdc.framework import Framework

_SEVERAL = "Multiple race group"
_SIDES = {"before": ("before", "avant le"), "after": ("from", "depuis le")}
# What a record of several race groups is, by its unit.
_RECORDS = {"officer_report": ("reports", "rapports")}


class Names:
    """Names of a framework's groups, indicators, benchmarks and policies."""

    def __init__(self, framework: Framework) -> None:
        """Take the framework."""
        self._groups = {group.group: group.french or group.group for group in framework.race_groups}
        self._framework = framework
        self._unknown = framework.unknown_group
        self._policies = {policy.policy: policy for policy in framework.policy_changes}
        self.indicators = {one.indicator: one for one in framework.indicators}

    def wording(self, row: Mapping[Any, Any], measure: str) -> tuple[Wording, Wording]:
        """English and French names of what a row is about.

        Args:
            row: a row with indicator, unit, race_group, reference_group, dimension and
                dimension_value, and policy and question where it has them.
            measure: `verdict` needs no caveat of a benchmark.
        """
        indicator = self.indicators[row["indicator"]]
        benchmark = self._framework.benchmark_of(indicator)
        policy = self._policies.get(_text(row.get("policy")))
        strata = self._stratum(row, measure)
        verdict = measure == "verdict"
        groups, references = (
            self._group(_text(row[name]), _text(row["unit"]))
            for name in ("race_group", "reference_group")
        )
        return (
            Wording(
                group=groups[0],
                reference=references[0],
                indicator=indicator.title,
                benchmark=benchmark.title,
                policy=policy.title if policy else "",
                stratum=strata[0],
                caveat="" if verdict else benchmark.caveat.strip(),
                question=_text(row.get("question")),
            ),
            Wording(
                group=groups[1],
                reference=references[1],
                indicator=indicator.title_fr,
                benchmark=benchmark.title_fr,
                policy=policy.title_fr if policy else "",
                stratum=strata[1],
                caveat="" if verdict else benchmark.caveat_fr.strip(),
                question=_text(row.get("question_fr")),
            ),
        )

    def _group(self, group: str, unit: str) -> tuple[str, str]:
        if group == ALL_GROUPS:
            return "people of all groups", "personnes de tous les groupes"
        if group == _SEVERAL:
            records = _RECORDS.get(unit, ("incidents", "incidents"))
            return (
                f"{records[0]} of several race groups",
                f"{records[1]} de plusieurs groupes raciaux",
            )
        if group == self._unknown:
            return "people of unknown race", "personnes de race inconnue"
        return f"{group} people", f"personnes {self._groups.get(group, group)}"

    def _stratum(self, row: Mapping[Any, Any], measure: str) -> tuple[str, str]:
        dimension, value = _text(row["dimension"]), _text(row["dimension_value"])
        if measure in ("rate_ratio", "gap_ratio"):
            date = self._policies[_text(row["policy"])].date.isoformat()
            return f"before and from {date}", f"avant le {date} et depuis"
        if policy := self._policies.get(dimension):
            date = policy.date.isoformat()
            side = _SIDES[value]
            return f"{side[0]} {date}", f"{side[1]} {date}"
        return ("", "") if dimension == "all" else (value.replace("|", ", "),) * 2


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
