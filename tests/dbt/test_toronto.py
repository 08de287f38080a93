"""The models on the real public data: the figures that DOMAIN §3, §5 and §6 ask for."""

import pytest

from tests.dbt.test_models import assert_moments_are_right
from tests.dbt.warehouses import words

GROUPS = (
    "White",
    "Black",
    "Unknown",
    "East/Southeast Asian",
    "South Asian",
    "Middle Eastern",
    "Indigenous",
    "Latino",
)
# Publisher's "Unknown or Legacy" and empty together, as both stand for Unknown.
BY_RACE = {
    ("arrest", "2020"): (13607, 8648, 2614, 2054, 1742, 1507, 999, 808),
    ("arrest", "2021"): (14116, 8878, 2446, 2361, 1871, 1730, 935, 960),
    ("strip_search", "2020"): (3240, 2223, 498, 295, 241, 206, 286, 126),
    ("strip_search", "2021"): (326, 211, 39, 46, 16, 22, 20, 6),
    ("booking", "2020"): (7443, 5041, 1342, 1052, 913, 757, 609, 485),
    ("booking", "2021"): (7092, 4794, 1149, 1058, 876, 892, 491, 489),
}
BY_QUARTER = {
    "arrest": (9512, 6922, 8317, 7228, 8101, 8263, 8456, 8477),
    "strip_search": (2707, 1805, 2248, 355, 276, 154, 135, 121),
    "booking": (5548, 3629, 4699, 3766, 4141, 4142, 4362, 4196),
}
BY_YEAR = {
    "arrest": (31979, 33297),
    "strip_search": (7115, 686),
    "booking": (17642, 16841),
}


def _counts(warehouse, columns, where):
    return warehouse.query(
        f"select {columns}, cast(sum(count) as bigint) from interactions.interaction_counts "
        f"where service = 'Toronto' and {where} group by all order by all"
    )


@pytest.mark.parametrize(("interaction", "year"), BY_RACE)
def test_counts_by_race(toronto, interaction, year):
    found = _counts(
        toronto,
        "race_group",
        f"interaction = '{interaction}' and period = '{year}' and dimension = 'all'",
    )
    assert dict(found) == dict(zip(GROUPS, BY_RACE[interaction, year], strict=True))


@pytest.mark.parametrize("interaction", BY_QUARTER)
def test_counts_by_quarter_and_year(toronto, interaction):
    where = f"interaction = '{interaction}' and dimension = 'all' and period_type = "
    quarters = _counts(toronto, "period", where + "'quarter'")
    names = [f"{year}-Q{quarter}" for year in (2020, 2021) for quarter in (1, 2, 3, 4)]
    assert quarters == list(zip(names, BY_QUARTER[interaction], strict=True))
    years = _counts(toronto, "period", where + "'year'")
    assert years == list(zip(("2020", "2021"), BY_YEAR[interaction], strict=True))
    assert _counts(toronto, "period", where + "'month'") == []


def test_labels_that_are_empty_or_legacy_stay_apart_in_the_raw_column(toronto):
    found = toronto.query(
        "select race_label_raw, year, count(*) from interactions.arrests "
        "where race_group = 'Unknown' group by all order by all"
    )
    assert found == [
        ("Unknown or Legacy", "2020", 2612),
        ("Unknown or Legacy", "2021", 2444),
        (None, "2020", 2),
        (None, "2021", 2),
    ]


def test_items_found(toronto):
    found = toronto.query(
        "select race_group, count(*) filter (where items_found), count(*) "
        "from interactions.arrests where is_strip_searched group by race_group"
    )
    assert {group: (items, searches) for group, items, searches in found} == {
        "Black": (917, 2434),
        "White": (1346, 3566),
        "East/Southeast Asian": (117, 341),
        "Indigenous": (115, 306),
        "South Asian": (89, 257),
        "Middle Eastern": (85, 228),
        "Latino": (47, 132),
        "Unknown": (195, 537),
    }
    regimes = toronto.query(
        "select record_date >= date '2020-10-01', round(100 * avg(items_found::int), 1) "
        "from interactions.arrests where is_strip_searched group by 1 order by 1"
    )
    assert regimes == [(False, 40.7), (True, 15.7)]


def test_no_label_of_the_real_files_is_unmapped(toronto):
    columns = words("race_group gender age_group occurrence_category quarter_of_year")
    for column in columns:
        query = f"select count(*) from staging.stg_tps__arrests where {column} = 'Unmapped'"
        assert toronto.query(query) == [(0,)], column


def test_years_share_their_occurrence_categories_but_for_the_declared_break(toronto):
    where = "interaction = 'arrest' and dimension = 'occurrence_category' and period = "
    by_year = {
        year: {value for value, _ in _counts(toronto, "dimension_value", f"{where}'{year}'")}
        for year in ("2020", "2021")
    }
    assert by_year["2021"] - by_year["2020"] == {"Police Category - Administrative", "Unknown"}
    assert by_year["2020"] <= by_year["2021"]


def test_disproportionality_index_of_2020(toronto):
    found = toronto.query(
        "select race_group, round(disproportionality_index, 2) from indicators.disproportionality "
        "where indicator = 'strip_search_of_arrests' and period = '2020' and dimension = 'all' "
        "and race_group not in ('Unknown', 'Unmapped')"
    )
    assert dict(found) == {
        "Indigenous": 1.29,
        "Black": 1.16,
        "White": 1.07,
        "Latino": 0.70,
        "East/Southeast Asian": 0.65,
        "South Asian": 0.62,
        "Middle Eastern": 0.61,
    }


def test_people_repeat(toronto):
    assert toronto.query("select count(distinct person_key) from interactions.arrests") == [
        (37347,)
    ]
    assert_moments_are_right(toronto, "strip_search_of_arrests", "is_strip_searched")


def test_use_of_force_incidents_of_2023(toronto):
    found = _counts(
        toronto, "race_group", "unit = 'incident' and period = '2023' and dimension = 'all'"
    )
    assert dict(found) == {
        "Black": 400,
        "White": 398,
        "Multiple race group": 160,
        "Middle Eastern": 88,
        "East/Southeast Asian": 83,
        "South Asian": 48,
        "Latino": 47,
        "Indigenous": 24,
    }
    assert sum(count for _, count in found) == 1248
    several = toronto.query(
        "select count(*) filter (where gender = 'Multiple'), "
        "count(*) filter (where age_group = 'Multiple'), "
        "count(*) filter (where last_report_date > record_date) "
        "from interactions.use_of_force_incidents where service = 'Toronto'"
    )
    assert several == [(181, 258, 15)]


def test_all_services_of_the_provincial_file_are_kept(toronto):
    services = "select count(distinct service) from interactions.use_of_force_incidents"
    assert toronto.query(services) == [(44,)]


def test_residents_of_2016(toronto):
    found = toronto.query("select race_group, count, total from benchmarks.resident_population")
    assert {total for _, _, total in found} == {2691665}
    assert {group: count for group, count, _ in found} == {
        "Black": 239850,
        "South Asian": 338965,
        "East/Southeast Asian": 548885,
        "Middle Eastern": 96350,
        "Latino": 77165,
        "Indigenous": 23065,
        "White": 1282750,
        "No police label": 84645,
    }
