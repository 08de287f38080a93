"""What things are called in sentences, in English and French, as the framework says."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rbdc.analysis.findings.statement import Wording
from rbdc.analysis.keys import ALL_GROUPS
from rbdc.framework import Framework

_SEVERAL = "Multiple race group"
_SIDES = {"before": ("before", "avant"), "after": ("from", "depuis")}


class Names:
    """Names of a framework's groups, indicators, benchmarks and policies."""

    def __init__(self, framework: Framework) -> None:
        """Take the framework."""
        self._groups = {group.group: group.french or group.group for group in framework.race_groups}
        self._framework = framework
        self._policies = {policy.policy: policy for policy in framework.policy_changes}
        self.indicators = {one.indicator: one for one in framework.indicators}

    def wording(self, row: Mapping[Any, Any], measure: str) -> tuple[Wording, Wording]:
        """English and French names of what a row is about.

        Args:
            row: a row with indicator, benchmark, race_group, reference_group, dimension and
                dimension_value, and policy and question where it has them.
            measure: `verdict` needs no caveat of a benchmark.
        """
        indicator = self.indicators[row["indicator"]]
        benchmark = self._framework.benchmark_of(indicator)
        policy = self._policies.get(_text(row.get("policy")))
        strata = self._stratum(row, measure)
        verdict = measure == "verdict"
        return (
            Wording(
                group=self._english(_text(row["race_group"])),
                reference=self._english(_text(row["reference_group"])),
                indicator=indicator.title,
                benchmark=benchmark.title,
                policy=policy.title if policy else "",
                stratum=strata[0],
                caveat="" if verdict else benchmark.caveat.strip(),
                question=_text(row.get("question")),
            ),
            Wording(
                group=self._french(_text(row["race_group"])),
                reference=self._french(_text(row["reference_group"])),
                indicator=indicator.title_fr,
                benchmark=benchmark.title_fr,
                policy=policy.title_fr if policy else "",
                stratum=strata[1],
                caveat="" if verdict else benchmark.caveat_fr.strip(),
                question=_text(row.get("question_fr")),
            ),
        )

    def _english(self, group: str) -> str:
        if group == ALL_GROUPS:
            return "people of all groups"
        return "incidents of several race groups" if group == _SEVERAL else f"{group} people"

    def _french(self, group: str) -> str:
        if group == ALL_GROUPS:
            return "personnes de tous les groupes"
        if group == _SEVERAL:
            return "incidents de plusieurs groupes raciaux"
        return f"personnes {self._groups.get(group, group)}"

    def _stratum(self, row: Mapping[Any, Any], measure: str) -> tuple[str, str]:
        dimension, value = _text(row["dimension"]), _text(row["dimension_value"])
        if dimension == "all" or measure in ("rate_ratio", "gap_ratio"):
            return "", ""
        if policy := self._policies.get(dimension):
            date = policy.date.isoformat()
            side = _SIDES[value]
            return f"{side[0]} {date}", f"{side[1]} {date}"
        return value, value


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
