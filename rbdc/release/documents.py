"""Texts of a release for readers: methodology, benchmarks, disclosure report, known issues."""

from collections.abc import Mapping, Sequence

from rbdc.disclosure.policy import Policy
from rbdc.disclosure.protection import Protection
from rbdc.framework.model import Framework
from rbdc.release.records_file import RecordsFile


def methodology(framework: Framework) -> str:
    """How figures are computed, by the framework that was fixed beforehand."""
    limits = framework.thresholds
    return "\n".join(
        [
            "# Methodology",
            "",
            f"Analysis framework version {framework.version}, fixed before results were computed.",
            "",
            "## Principles",
            "",
            *(f"- **{one.principle}.** {one.meaning}" for one in framework.principles),
            "",
            "## Assumptions",
            "",
            *(f"- {assumption}" for assumption in framework.assumptions),
            "",
            "## Words",
            "",
            *(f"- **{one.concept}**: {one.meaning}" for one in framework.concepts),
            "",
            "## Units",
            "",
            *(f"- **{one.unit}**: {one.meaning}" for one in framework.units),
            "",
            "## Figures",
            "",
            f"- Intervals hold {limits.confidence:.0%}; every row names its `interval_method` and "
            "`variance_method`. People who are met several times widen them (`variance_method`).",
            f"- Many tests together: Benjamini and Hochberg at {limits.false_discovery_rate:.0%} "
            "within each `test_family`; `q_value` is the adjusted `p_value`. A family holds the "
            "figures that are hidden here, too.",
            f"- Over-represented from an index of {limits.over_represented:g}, under-represented "
            f"to {limits.under_represented:g}; a count under {limits.small_count} is small.",
            "- People of unknown race stay in every total; `bound_low` and `bound_high` say how "
            "far they could move an index.",
            f"- The reference group of disparity indices is {framework.reference_group}.",
            "- Regressions and tests count people by more characteristics than tables print; "
            "no count of theirs is published.",
            "",
        ]
    )


def benchmarks(framework: Framework) -> str:
    """Every comparison population with what it can mislead about."""
    lines = ["# Benchmarks", "", "No single comparison is right; several stand side by side.", ""]
    for one in framework.benchmarks:
        vintage = f", {one.vintage}" if one.vintage else ""
        lines += [
            f"## {one.title} (`{one.benchmark}`{vintage})",
            "",
            f"Unit: {one.unit}. {one.caveat}",
            "",
            f"*{one.title_fr}.* {one.caveat_fr}",
            "",
        ]
    return "\n".join(lines)


def disclosure_report(
    policy: Policy,
    found: Protection,
    withheld: Mapping[str, int],
    records: RecordsFile | None,
) -> str:
    """What is hidden and why, and what the records were made into."""
    rule = policy.rule
    lines = [
        "# Disclosure report",
        "",
        f"Policy version {policy.version} of {policy.fixed_on}, approved by: {policy.approved_by}.",
        "",
        f"Counts from {rule.hide_counts_from} to {rule.hide_counts_to} are hidden"
        + (", zeros too." if rule.zeros == "hidden" else "; zeros are shown."),
        "Other counts are hidden where a small one could be computed from them, and every "
        "statistic is hidden that is made from a hidden count. Both look the same.",
    ]
    if rule.group_disclosure_below:
        lines.append(
            f"Where everybody of a group smaller than {rule.group_disclosure_below} has an "
            "outcome, its count is hidden as well."
        )
    lines += [
        "",
        "| | |",
        "|---|--:|",
        f"| different counts printed | {found.printed:,} |",
        f"| of these hidden | {len(found.hidden):,} |",
        f"| counts that follow from them and nobody prints | {found.implied:,} |",
        f"| relations between all of them | {found.relations:,} |",
        # Not the cost itself: it is a sum of hidden counts.
        f"| information lost beyond the least possible, at most | {found.gap:.1%} |",
        "",
        f"How what to hide was chosen: {found.method}. All tables, and those of earlier releases, "
        "were protected together.",
        "",
        "Before a release goes out, an attacker that reads nothing but release folders must find "
        "no hidden count exactly: `python -m rbdc.disclosure.attacker <folder> --previous "
        "<earlier folder>`.",
        "",
    ]
    if found.disclosed_before:
        lines += [
            f"{found.disclosed_before} counts that the rule hides were published by an earlier "
            "release; that cannot be undone.",
            "",
        ]
    lines += [
        "## Rows of answers that stay inside: a figure behind them is hidden or not released",
        "",
    ]
    lines += [f"- `{name}`: {rows:,}" for name, rows in withheld.items()]
    lines += ["", "## Records", ""]
    if records is None:
        lines.append("No records are released, only counts.")
    else:
        made = records.made
        lines += [
            f"At least {made.k} people look the same in everything that is shown. {made.note}",
            "",
            "| column | made coarser to |",
            "|---|---|",
            *(f"| `{name}` | {steps or 'as it is'} |" for name, steps in made.steps.items()),
            "",
            f"Before, {made.before.unique:,} of {made.before.records:,} records were alone in "
            f"what they showed; now {made.after.unique:,}. Precision lost: "
            f"{made.precision_lost:.0%} (Sweeney 2002, weighted by the policy).",
        ]
    return "\n".join([*lines, ""])


def known_issues(issues: Sequence[str]) -> str:
    """What is wrong or missing, as far as it is known."""
    return "\n".join(
        [
            "# Known issues",
            "",
            *(f"- {issue}" for issue in issues or ["None is known."]),
            "",
        ]
    )
