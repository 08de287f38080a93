"""What things are called, and sentences as they stand, in both languages."""

import pytest

from rbdc.analysis.findings.english import english
from rbdc.analysis.findings.french import french
from rbdc.analysis.findings.names import Names
from rbdc.analysis.findings.statement import Statement
from tests.unit.analysis.cells import answers, cell

FORCE = "use_of_force_of_enforcement_actions"


def row(**update):
    return {
        "indicator": FORCE,
        "unit": "incident",
        "race_group": "Black",
        "reference_group": "White",
        "dimension": "all",
        "dimension_value": "all",
        "policy": None,
    } | update


@pytest.mark.parametrize(
    ("update", "in_english", "in_french"),
    [
        ({}, "Black people", "personnes noires"),
        ({"race_group": "Unknown"}, "people of unknown race", "personnes de race inconnue"),
        ({"race_group": "All race groups"}, "people of all groups",
         "personnes de tous les groupes"),
        ({"race_group": "Multiple race group"}, "incidents of several race groups",
         "incidents de plusieurs groupes raciaux"),
        ({"race_group": "Multiple race group", "unit": "officer_report"},
         "reports of several race groups", "rapports de plusieurs groupes raciaux"),
        ({"race_group": "Latino"}, "Latino people", "personnes latino-américaines"),
    ],
)  # fmt: skip
def test_groups(framework, update, in_english, in_french):
    words = Names(framework).wording(row(**update), "index")
    assert [one.group for one in words] == [in_english, in_french]


@pytest.mark.parametrize(
    ("update", "measure", "expected"),
    [
        ({}, "index", ("", "")),
        ({"dimension": "gender", "dimension_value": "Female"}, "index", ("Female", "Female")),
        ({"dimension": "age_group*gender", "dimension_value": "18 to 24|Female"}, "index",
         ("18 to 24, Female", "18 to 24, Female")),
        ({"dimension": "strip_search_procedure", "dimension_value": "before"}, "hit_rate_ratio",
         ("before 2020-10-01", "avant le 2020-10-01")),
        ({"policy": "strip_search_procedure"}, "rate_ratio",
         ("before and from 2020-10-01", "avant le 2020-10-01 et depuis")),
    ],
)  # fmt: skip
def test_strata(framework, update, measure, expected):
    words = Names(framework).wording(row(**update), measure)
    assert tuple(one.stratum for one in words) == expected


def statement(framework, **update):
    asked = row(policy="strip_search_procedure")
    words = Names(framework).wording(asked, update.get("measure", "index"))
    values = {
        "reading": "over_represented", "measure": "index", "value": 1.5, "low": 1.2, "high": 1.9,
        "level": 0.95, "count": 1234, "total": 5678, "before": None, "after": None, "bounds": None,
        "other_range": None, "service": "Toronto", "unit": "incident", "period": "2020",
        "good": False, "english": words[0], "french": words[1],
    }  # fmt: skip
    return Statement(**(values | update))


def test_a_whole_sentence(framework):
    one = statement(framework)
    assert english(one).startswith(
        "Use-of-force incidents, of enforcement actions: Black people are over-represented, 1.50 "
        "times their share of enforcement actions (95% interval 1.20 to 1.90), 1,234 of 5,678 "
        "(Toronto, 2020; unit incident; benchmark enforcement actions). Counts that"
    )
    assert french(one).startswith(
        "Incidents de recours à la force, parmi les interventions policières : surreprésentation "
        "des personnes noires, 1,50 fois leur part parmi les interventions policières (intervalle "
        "à 95 % de 1,20 à 1,90), 1\u202f234 sur 5\u202f678 (Toronto, 2020 ; unité : incident ; "
        "population de référence : interventions policières). Comptes que"
    )


def test_a_rate_beside_anothers_is_no_representation(framework):
    one = statement(framework, measure="ratio")
    assert "the rate of Black people is higher than that of White people, 1.50 times" in english(
        one
    )
    assert "le taux des personnes noires est plus élevé que celui des personnes blanches" in french(
        one
    )
    assert "represented" not in english(one) and "représentation" not in french(one)


@pytest.mark.parametrize(("level", "printed"), [(0.9, "90"), (0.975, "97.5"), (0.99, "99")])
def test_levels_are_printed_as_they_are(framework, level, printed):
    assert f"({printed}% interval" in english(statement(framework, level=level))
    comma = printed.replace(".", ",")
    assert f"(intervalle à {comma} % de" in french(statement(framework, level=level))


@pytest.mark.parametrize("measure", ["rate_ratio", "gap_ratio", "adjusted_ratio"])
def test_a_missing_side_is_not_printed(framework, measure):
    one = statement(framework, measure=measure, reading="remains_over")
    for said in (english(one), french(one)):
        assert "None" not in said and "nan" not in said


def test_a_difference_that_is_too_small_to_matter_is_called_so(framework):
    where = {"dimension": "occurrence_category", "dimension_value": "Weapons/Homicide"}
    groups = {"Black": (9_000, 20_000), "White": (16_000, 40_000)}
    found = answers(cell(framework, FORCE, groups, period="2020", **where), framework)["findings"]
    h7 = found[found["subject"] == "H7"].set_index("measure")
    assert h7.loc["ratio", "reading"] == "too_small_to_matter"
    assert h7.loc["ratio", "class"] == h7.loc["verdict", "class"] == "doing_well"
    assert h7.loc["verdict", "reading"] == "supported"
    assert "1.12 times the rate of White people" in h7.loc["ratio", "sentence_en"]


def test_incidents_of_several_groups_are_named_in_a_headline(framework):
    indicators = tuple(
        one.model_copy(update={"headline": True, "dimensions": ("all",)})
        if one.indicator == FORCE
        else one
        for one in framework.indicators
    )
    shown = framework.model_copy(update={"indicators": indicators})
    groups = {"Black": (40, 100), "White": (80, 400), "Multiple race group": (30, 60)}
    found = answers(cell(shown, FORCE, groups, period="2020"), shown)["findings"]
    several = found[found["race_group"] == "Multiple race group"].iloc[0]
    assert "incidents of several race groups are over-represented" in several["sentence_en"]
    assert "surreprésentation des incidents de plusieurs groupes" in several["sentence_fr"]
