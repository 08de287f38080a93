"""Each kind of relation: a planted disclosure is found, and its repaired twin shows nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rbdc.disclosure.attacker import AttackReport, attack
from tests.unit.disclosure.attacker.releases import HIDDEN, Made, count, dimension, write_release

C = HIDDEN
CODES = {"race": ["A", "B", "D"], "sex": ["F", "M"]}
PERIOD = {"role": "period"}


def race(rows: Sequence[Any], name: str = "t", measure: str = "arrest", **extra: Any) -> Made:
    """A table by race: counts for A, B, D and All."""
    pairs = list(zip(["A", "B", "D", "All"], rows, strict=True))
    return Made(
        name,
        {"race": dimension("race"), "n": count()},
        [[code, value] for code, value in pairs],
        {"kind": "counts", "measure": measure, "unit": "person", **extra},
    )


def names(report: AttackReport) -> list[tuple[str, str, str, float]]:
    """Attacker, filters, period and value of every disclosure."""
    return sorted(
        (one.attacker, " ".join(code for _, _, code in one.filters), one.period, one.value)
        for one in report.disclosures
    )


def clean(report: AttackReport) -> None:
    assert report.exit_status == 0, report.to_text()


def test_a_margin_gives_the_only_hidden_cell(tmp_path: Path) -> None:
    report = attack(write_release(tmp_path / "r", [race([C, 20, 30, 53])], CODES))
    assert names(report) == [("plain", "A", "2020-01/2021-12", 3)]
    assert "53" in report.disclosures[0].proof and "20" in report.disclosures[0].proof
    assert report.exit_status == 3
    clean(attack(write_release(tmp_path / "s", [race([C, C, 30, 53])], CODES)))


def test_delivered_labels_add_up_to_their_standard_code(tmp_path: Path) -> None:
    codes = {"race": ["A", "B", ("x", "A"), ("y", "A"), ("z", "B")]}
    standard = Made("s", {"race": dimension("race"), "n": count()}, [["A", 15], ["B", 20]])

    def labels(x: Any, y: Any) -> Made:
        roles = {"race": dimension("race", level="delivered"), "n": count()}
        return Made("d", roles, [["x", x], ["y", y], ["z", 20]])

    report = attack(write_release(tmp_path / "r", [standard, labels(C, 12)], codes))
    assert names(report) == [("plain", "x", "2020-01/2021-12", 3)]
    clean(attack(write_release(tmp_path / "s", [standard, labels(C, C)], codes)))


def test_a_label_that_ended_gives_the_months_before(tmp_path: Path) -> None:
    """x was replaced by y in July 2020: the quarters of A before are the whole of x."""

    def folder(name: str, end: str) -> Path:
        codes = {"race": ["A", ("x", "A", "2020-01", end), ("y", "A", "2020-07", "")]}
        labels = Made(
            "d",
            {"race": dimension("race", level="delivered"), "period": PERIOD, "n": count()},
            [["x", "2020", C], ["y", "2020", C]],
        )
        quarters = Made(
            "q",
            {"race": dimension("race"), "period": PERIOD, "n": count()},
            [["A", f"2020-Q{q}", n] for q, n in ((1, 10), (2, 12), (3, 9), (4, 8))],
        )
        return write_release(tmp_path / name, [labels, quarters], codes)

    report = attack(folder("r", "2020-06"))
    found = [one for one in names(report) if one[3] in (22, 17)]
    assert found == [("plain", "x", "2020-01/2020-06", 22), ("plain", "y", "2020-07/2020-12", 17)]
    clean(attack(folder("s", "2020-12")))  # both in use from July on


def test_two_tables_meet_in_a_margin_that_neither_prints(tmp_path: Path) -> None:
    def by(other: str, codes: Sequence[str], values: Sequence[Any]) -> Made:
        keys = [(r, o) for r in CODES["race"] for o in codes]
        roles = {"race": dimension("race"), other: dimension(other), "n": count()}
        return Made(other, roles, [[*key, v] for key, v in zip(keys, values, strict=True)])

    codes = {**CODES, "age": ["old", "young"]}
    sex = by("sex", CODES["sex"], [5, 8, 20, 20, 30, 30])
    age = by("age", codes["age"], [C, 10, 20, 20, 30, 30])
    report = attack(write_release(tmp_path / "r", [sex, age], codes))
    assert ("plain", "old A", "2020-01/2021-12", 3.0) in names(report)
    sex = by("sex", CODES["sex"], [C, C, 20, 20, 30, 30])
    clean(attack(write_release(tmp_path / "s", [sex, age], codes)))


def test_a_year_is_the_sum_of_its_quarters(tmp_path: Path) -> None:
    def table(values: Sequence[Any]) -> Made:
        periods = ["2020", "2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"]
        rows = [["A", p, v] for p, v in zip(periods, values, strict=True)]
        return Made("t", {"race": dimension("race"), "period": PERIOD, "n": count()}, rows)

    codes = {"race": ["A"]}
    report = attack(write_release(tmp_path / "r", [table([40, 10, 12, 15, C])], codes))
    assert ("plain", "A", "2020-Q4", 3.0) in names(report)
    assert "2020-Q1" in report.disclosures[0].proof
    clean(attack(write_release(tmp_path / "s", [table([40, 10, 12, C, C])], codes)))


def test_months_that_no_table_has_are_told(tmp_path: Path) -> None:
    """Three quarters and the year are open; the fourth quarter is 2 without being published."""
    rows = [["2020", 40], ["2020-Q1", 10], ["2020-Q2", 12], ["2020-Q3", 16]]
    made = Made("t", {"period": PERIOD, "n": count()}, rows)
    report = attack(write_release(tmp_path / "r", [made], {}))
    assert names(report) == [("plain", "", "2020-Q4", 2)]
    assert not report.disclosures[0].hidden
    rows[3][1] = 11
    clean(attack(write_release(tmp_path / "s", [made], {})))


def test_the_extents_of_two_releases_differ_by_the_new_quarter(tmp_path: Path) -> None:
    old = write_release(tmp_path / "v1", [race([10, 20, 30, 60])], CODES, extent="2020-01/2021-09")
    new = write_release(tmp_path / "v2", [race([12, 26, 36, 74])], CODES)
    clean(attack(new))
    report = attack(new, [old])
    assert names(report) == [("cross-release", "A", "2021-Q4", 2)]
    better = write_release(tmp_path / "v3", [race([15, 26, 36, 77])], CODES)
    clean(attack(better, [old]))


def test_a_cell_open_in_an_earlier_release_is_open(tmp_path: Path) -> None:
    period = {"period": "2020"}
    old = write_release(tmp_path / "v1", [race([10, 20, 30, 60], **period)], CODES)
    new = write_release(tmp_path / "v2", [race([C, C, 30, 60], **period)], CODES)
    report = attack(new, [old])
    assert {one[:2] for one in names(report)} == {("cross-release", "A"), ("cross-release", "B")}
    assert "v1" in report.disclosures[0].proof
    hidden = write_release(tmp_path / "v0", [race([C, C, 30, 60], **period)], CODES)
    clean(attack(new, [hidden]))


def test_a_revised_count_is_not_the_same_number(tmp_path: Path) -> None:
    old = write_release(tmp_path / "v1", [race([10, 20, 30, 60])], CODES)
    new = write_release(tmp_path / "v2", [race([11, 20, 30, 61])], CODES)
    report = attack(new, [old])
    assert report.exit_status == 0
    assert sum("was 10" in one or "was 60" in one for one in report.warnings) == 2


def test_an_earlier_release_that_does_not_fit_is_told(tmp_path: Path) -> None:
    """The revised cells are hidden, so that only the sums tell."""
    old = write_release(tmp_path / "v1", [race([10, 20, 30, 60])], CODES)
    new = write_release(tmp_path / "v2", [race([C, C, 30, 66])], CODES)
    report = attack(new, [old])
    assert report.exit_status == 4 and not report.disclosures
    assert any("as if they had been revised" in one for one in report.problems)


def test_a_part_is_never_larger_than_the_whole(tmp_path: Path) -> None:
    parts = [("search", "arrest")]
    search = race([C, C, 30, 45], "searches", "search")
    report = attack(
        write_release(tmp_path / "r", [search, race([14, 1, 40, 55], "arrests")], CODES, parts)
    )
    # A ≤ 14 and B ≤ 1 add up to the 15 that are left
    assert ("plain", "A", "2020-01/2021-12", 14.0) in names(report)
    assert ("plain", "B", "2020-01/2021-12", 1.0) in names(report)
    clean(
        attack(
            write_release(tmp_path / "s", [search, race([14, 9, 40, 63], "arrests")], CODES, parts)
        )
    )


def test_records_count_themselves(tmp_path: Path) -> None:
    def folder(name: str, people: int) -> Path:
        rows = [["A", "true"]] * people + [["A", "false"]] * 10 + [["B", "true"]] * 20
        records = Made(
            "records",
            {"race": dimension("race", None), "s": {"role": "flag", "measure": "search"}},
            rows,
            {"kind": "records", "measure": "arrest", "unit": "person"},
        )
        search = Made(
            "searches",
            {"race": dimension("race"), "n": count()},
            [["A", C if people < 5 else people], ["B", 20], ["D", 0]],
            {"kind": "counts", "measure": "search", "unit": "person"},
        )
        return write_release(tmp_path / name, [records, search], CODES, [("search", "arrest")])

    report = attack(folder("r", 3))
    assert [one[0] for one in names(report)] == ["published"]
    assert "records" in report.disclosures[0].proof and report.disclosures[0].value == 3
    clean(attack(folder("s", 6)))


def test_a_value_hidden_in_one_format_only(tmp_path: Path) -> None:
    rows = [["A", C], ["B", C], ["D", 30], ["All", 53]]
    made = race([C, C, 30, 53])
    leaky = Made(made.name, made.roles, rows, made.about, [["A", 3], *rows[1:]])
    report = attack(write_release(tmp_path / "r", [leaky], CODES))
    assert report.disclosures[0].attacker == "published"
    assert "formats" in report.disclosures[0].proof and report.disclosures[0].value == 3
    other = Made(made.name, made.roles, [["A", 33], *rows[1:3], ["All", 83]], made.about,
                 [["A", C], *rows[1:3], ["All", 83]])  # fmt: skip
    assert attack(write_release(tmp_path / "o", [other], CODES)).exit_status == 3
    clean(attack(write_release(tmp_path / "s", [made], CODES)))


def test_formats_that_differ_contradict(tmp_path: Path) -> None:
    made = race([10, 20, 30, 60])
    other = Made(made.name, made.roles, made.rows, made.about, [["A", 11], *made.rows[1:]])
    report = attack(write_release(tmp_path / "r", [other], CODES))
    assert report.exit_status == 3 and "10 in CSV and 11" in report.contradictions[0]


def persons(rows: Sequence[Sequence[Any]]) -> Made:
    roles = {"race": dimension("race"), "n": count(), "p": {"role": "persons", "of": "n"}}
    return Made("t", roles, rows)


def test_persons_are_no_more_than_their_count(tmp_path: Path) -> None:
    """A is at least the 14 persons behind it, B at least 1, and 15 are left for both."""
    rows = [["A", C, 14], ["B", C, C], ["D", 30, 30], ["All", 45, 40]]
    report = attack(write_release(tmp_path / "r", [persons(rows)], CODES))
    found = {one[:2] for one in names(report)}
    assert found == {("derived-statistic", "A"), ("derived-statistic", "B")}
    rows = [["A", C, C], ["B", C, C], ["D", 30, 30], ["All", 45, 40]]
    clean(attack(write_release(tmp_path / "s", [persons(rows)], CODES)))


def test_hidden_persons_of_an_open_single_event(tmp_path: Path) -> None:
    rows = [["A", 1, C], ["B", 20, 9], ["D", 30, 30], ["All", 51, 40]]
    report = attack(write_release(tmp_path / "r", [persons(rows)], CODES))
    assert any(one.measure == "people behind arrest" for one in report.disclosures)


def rate(rows: Sequence[Sequence[Any]], formula: bool = True, **more: Any) -> Made:
    made = {"numerator": ["n"], "denominator": ["people"]}
    statistic = {
        "role": "statistic",
        "of": ["n", "people"],
        **({"formula": made} if formula else {}),
    }
    roles = {
        "race": dimension("race"), "n": count(), "people": {"role": "text"}, "rate": statistic,
    }  # fmt: skip
    return Made("t", roles, rows, **more)


def test_a_rate_gives_its_count(tmp_path: Path) -> None:
    rows = [["A", C, 700, 3 / 700], ["B", C, 900, C], ["D", 30, 900, 30 / 900]]
    report = attack(write_release(tmp_path / "r", [rate(rows)], CODES))
    assert names(report) == [("derived-statistic", "A", "2020-01/2021-12", 3)]
    rows[0][3] = C
    clean(attack(write_release(tmp_path / "s", [rate(rows)], CODES)))


def test_a_rounded_rate_gives_an_interval(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["A", C, 100, 0.03], ["B", C, 900, C], ["D", 30, 900, 0.03]]
    report = attack(write_release(tmp_path / "r", [rate(rows)], CODES))
    assert names(report) == [("derived-statistic", "A", "2020-01/2021-12", 3)]
    rows[0][2] = 300  # 0.025 to 0.035 of 300 people: 8, 9 or 10
    report = attack(write_release(tmp_path / "s", [rate(rows)], CODES), intervals=True)
    clean(report)
    assert [(one.lowest, one.highest) for one in report.intervals if "A" in one.cell] == [(8, 10)]


def test_a_statistic_without_formula_breaks_the_policy(tmp_path: Path) -> None:
    rows = [["A", C, 700, 0.004], ["B", C, 900, C], ["D", 30, 900, 0.03]]
    report = attack(write_release(tmp_path / "r", [rate(rows, formula=False)], CODES))
    assert report.exit_status == 3 and "t.rate" in report.breaches[0]


def test_a_share_of_two_hidden_counts(tmp_path: Path) -> None:
    """Part ÷ whole = 0.75 with a part of 1 to 4 (a symbol says so): only 3 of 4 fits."""
    roles = {
        "race": dimension("race"),
        "n": count(measure="search"),
        "of": count(),
        "share": {
            "role": "statistic", "of": ["n", "of"],
            "formula": {"numerator": ["n"], "denominator": ["of"]},
        },
    }  # fmt: skip

    def folder(name: str, share: float) -> Path:
        rows = [["A", "<5", C, share], ["B", C, C, C], ["D", 30, 70, 3 / 7]]
        made = Made("t", roles, rows)
        return write_release(tmp_path / name, [made], CODES, [("search", "arrest")])

    report = attack(folder("r", 0.75))
    assert {one[3] for one in names(report)} == {3, 4}
    assert {one[0] for one in names(report)} == {"derived-statistic"}
    clean(attack(folder("s", 0.5)))


def test_symbols_that_tell_primaries_from_secondaries(tmp_path: Path) -> None:
    missing = {C: "hidden: primary", "[s]": "hidden: secondary"}
    # A and B are 1 to 4 and together 8
    report = attack(write_release(tmp_path / "r", [race([C, C, 30, 38])], CODES))
    clean(report)
    both = Made("u", {"sex": dimension("sex"), "n": count()}, [["F", "[s]"], ["M", "[s]"]])
    report = attack(
        write_release(tmp_path / "s", [race([C, C, 30, 38]), both], CODES, missing=missing)
    )
    assert {one[:2] for one in names(report)} == {("rule-aware", "A"), ("rule-aware", "B")}


def test_two_people_behind_a_cell_see_the_other(tmp_path: Path) -> None:
    tables = [race([C, C, 30, 33])]
    clean(attack(write_release(tmp_path / "r", tables, CODES)))
    report = attack(write_release(tmp_path / "s", tables, CODES, coalition=2))
    assert {one[:2] for one in names(report)} == {("coalition", "A"), ("coalition", "B")}
    clean(attack(write_release(tmp_path / "t", [race([C, C, 30, 35])], CODES), coalition=2))


def test_tables_that_contradict_each_other(tmp_path: Path) -> None:
    report = attack(
        write_release(tmp_path / "r", [race([10, 20, 30, 60]), race([10, 20, 31, 60], "u")], CODES)
    )
    assert report.exit_status == 3
    assert any("30 in t row 4 and 31 in u" in one for one in report.contradictions)
    report = attack(write_release(tmp_path / "s", [race([10, 20, 30, 61])], CODES))
    assert report.exit_status == 3 and "does not hold" in report.contradictions[0]
    clean(attack(write_release(tmp_path / "t", [race([10, 20, 30, 60])], CODES)))


def test_an_attack_without_time_says_so(tmp_path: Path) -> None:
    path = write_release(tmp_path / "r", [race([C, C, C, 53])], CODES)
    report = attack(path, seconds=0.0)
    assert not report.complete and report.exit_status == 4
    assert max(one.not_tried for one in report.attackers) == 3
    assert "NOT COMPLETE" in report.to_text()
    clean(attack(path))


def test_an_open_cell_elsewhere_in_the_release(tmp_path: Path) -> None:
    pairs = Made(
        "pairs",
        {"name": {"role": "dimension_name"}, "value": {"role": "dimension_value"}, "n": count()},
        [["race", "A", 3], ["race*sex", "B|F", 10], ["all", "all", 53]],
    )
    report = attack(write_release(tmp_path / "r", [race([C, C, 30, 53]), pairs], CODES))
    assert ("published", "A", "2020-01/2021-12", 3.0) in names(report)
    pairs.rows = [["race", "D", 30], ["race*sex", "B|F", 10], ["all", "all", 53]]
    clean(attack(write_release(tmp_path / "s", [race([C, C, 30, 53]), pairs], CODES)))


def test_a_total_in_every_row(tmp_path: Path) -> None:
    """`without`: the total of all races stands beside each race."""
    roles = {"race": dimension("race"), "n": count(), "total": count(without=["race"])}
    made = Made("t", roles, [["A", C, 53], ["B", 20, 53], ["D", 30, 53]])
    report = attack(write_release(tmp_path / "r", [made], CODES))
    assert names(report) == [("plain", "A", "2020-01/2021-12", 3)]
    made.rows = [["A", C, 53], ["B", C, 53], ["D", 30, 53]]
    clean(attack(write_release(tmp_path / "s", [made], CODES)))


def test_calendar_columns_and_named_measures(tmp_path: Path) -> None:
    roles = {
        "year": {"role": "year"}, "month": {"role": "month"}, "what": {"role": "measure"},
        "unit": {"role": "unit"}, "n": count(),
    }  # fmt: skip
    rows = [["2020", month, "arrest", "person", 10] for month in ("January", "Feb")]
    made = Made("m", roles, [*rows, ["2020", "March", "arrest", "person", C]], {"kind": "counts"})
    quarter = Made("q", {"quarter": {"role": "quarter"}, "n": count()}, [["2020-Q1", 22]])
    report = attack(write_release(tmp_path / "r", [made, quarter], {}))
    assert names(report) == [("plain", "", "2020-03", 2)]


def test_rounded_counts_are_attacked_as_intervals(tmp_path: Path) -> None:
    """Rounded to base 5: 0 + 0 + 10 cannot be told; nothing is exact, nothing contradicts."""
    rounding = {"base": 5, "method": "controlled"}
    path = write_release(tmp_path / "r", [race([0, 0, 10, 10])], CODES, rounding=rounding)
    clean(attack(path))
    # At most 4 + 4 + 14 can never be rounded to 40: the intervals are really used.
    other = write_release(tmp_path / "o", [race([0, 0, 10, 40])], CODES, rounding=rounding)
    assert attack(other).exit_status == 3


@pytest.mark.parametrize("zeros", ["open", "hidden"])
def test_zeros_narrow_what_is_hidden(tmp_path: Path, zeros: str) -> None:
    """Two hidden cells of 2 are 1 and 1 when zeros are shown, and could be 0 and 2 otherwise."""
    rule = {"hidden_from": 1, "hidden_to": 4, "zeros": zeros}
    path = write_release(tmp_path / "r", [race([C, C, 30, 32])], CODES, rule=rule)
    found = {one[:2] for one in names(attack(path))}
    wanted = {("rule-aware", "A"), ("rule-aware", "B")}
    assert found == (wanted if zeros == "open" else set())


def test_a_cell_that_the_earlier_release_hides_differently(tmp_path: Path) -> None:
    """A hidden with B, then with D: each release alone is safe, both together are not."""
    period = {"period": "2020"}
    old = write_release(tmp_path / "v1", [race([C, C, 30, 53], **period)], CODES)
    new = write_release(tmp_path / "v2", [race([C, 20, C, 53], **period)], CODES)
    clean(attack(new))
    report = attack(new, [old])
    assert ("cross-release", "A", "2020", 3.0) in names(report)
    same = write_release(tmp_path / "v3", [race([C, C, 30, 53], **period)], CODES)
    clean(attack(same, [old]))


def test_records_of_an_earlier_release(tmp_path: Path) -> None:
    records = Made(
        "records",
        {"race": dimension("race", None)},
        [["A"]] * 3 + [["B"]] * 20,
        {"kind": "records", "measure": "arrest", "unit": "person", "period": "2020"},
    )
    old = write_release(tmp_path / "v1", [records], CODES)
    new = write_release(tmp_path / "v2", [race([C, C, 0, 23], period="2020")], CODES)
    clean(attack(new))
    report = attack(new, [old])
    assert {one[:2] for one in names(report)} == {("cross-release", "A"), ("cross-release", "B")}
