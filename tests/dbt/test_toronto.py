"""The models on the real public data: the figures that DOMAIN §3, §5 and §6 ask for."""

import pytest

from tests.dbt.test_models import assert_moments_are_right
from tests.dbt.warehouses import words
from tests.published import (
    INCIDENTS_2023,
    INDICES_2020,
    QUARTERS,
    RACES,
    RESIDENTS_2016,
    RESIDENTS_TOTAL_2016,
)

# Position of each interaction among the published counts of a year.
POSITION = {"strip_search": 0, "arrest": 1, "booking": 2}


def _counts(warehouse, columns, where):
    return warehouse.query(
        f"select {columns}, cast(sum(count) as bigint) from interactions.interaction_counts "
        f"where service = 'Toronto' and {where} group by all order by all"
    )


@pytest.mark.parametrize("year", ["2020", "2021"])
@pytest.mark.parametrize("interaction", POSITION)
def test_counts_by_race(toronto, interaction, year):
    found = _counts(
        toronto,
        "race_group",
        f"interaction = '{interaction}' and period = '{year}' and dimension = 'all'",
    )
    place = POSITION[interaction] + (0 if year == "2020" else 3)
    assert dict(found) == {race: counts[place] for race, counts in RACES.items()}


@pytest.mark.parametrize("interaction", POSITION)
def test_counts_by_quarter_and_year(toronto, interaction):
    where = f"interaction = '{interaction}' and dimension = 'all' and period_type = "
    published = {period: counts[POSITION[interaction]] for period, counts in QUARTERS.items()}
    assert dict(_counts(toronto, "period", where + "'quarter'")) == published
    for year, count in _counts(toronto, "period", where + "'year'"):
        assert count == sum(n for period, n in published.items() if period.startswith(year))
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
    assert dict(found) == INDICES_2020


def test_people_repeat(toronto):
    assert toronto.query("select count(distinct person_key) from interactions.arrests") == [
        (37347,)
    ]
    assert_moments_are_right(toronto, "strip_search_of_arrests", "strip_search", "arrest")


def test_arrests_alone_are_no_enforcement_actions(toronto):
    found = toronto.query("select distinct interaction from interactions.interaction_counts")
    assert {name for (name,) in found} == {*POSITION, "item_found", "use_of_force"}


def test_use_of_force_incidents_of_2023(toronto):
    found = _counts(
        toronto, "race_group", "unit = 'incident' and period = '2023' and dimension = 'all'"
    )
    assert dict(found) == INCIDENTS_2023
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
    assert {total for _, _, total in found} == {RESIDENTS_TOTAL_2016}
    assert {group: count for group, count, _ in found} == RESIDENTS_2016
