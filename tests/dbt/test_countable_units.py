"""What a release counts: each unit of the marts once, with labels where its source has them."""

import pytest

UNITS = "publication.countable_units"
COUNTED_APART = "('use_of_force', 'enforcement_action')"


def test_every_unit_of_the_marts_is_counted_once(lakeshore):
    """Incidents of force and of enforcement come with the dimensions of the summary tables."""
    warehouse, _ = lakeshore
    by = (
        "select interaction, unit, {} as period, race_group, gender, sum(units)::int from {} where "
    )
    not_apart = (
        f"(unit <> 'incident' or interaction not in {COUNTED_APART}) group by all order by all"
    )
    found = warehouse.query(by.format("period", UNITS) + not_apart)
    assert found == warehouse.query(
        by.format("coalesce(month, quarter)", "interactions.interaction_units") + not_apart
    )
    assert {row[0] for row in found} >= {"arrest", "booking", "strip_search"}
    apart = warehouse.query(
        f"select interaction, count(*) from {UNITS} where unit = 'incident' and interaction in "
        f"{COUNTED_APART} group by all order by all"
    )
    assert apart == warehouse.query(
        "select interaction, count(*) from publication.summary_incidents group by all order by all"
    )


def test_labels_are_those_of_the_source(lakeshore):
    """Arrests and what lies in them have labels; `(empty)` where the source gave none."""
    warehouse, _ = lakeshore
    labelled = warehouse.query(
        f"select distinct interaction from {UNITS} where race_group_as_delivered is not null"
    )
    assert {row[0] for row in labelled} >= {"arrest", "strip_search"}
    assert "call_attended" not in {row[0] for row in labelled}
    pairs = warehouse.query(
        "select distinct race_group, race_group_as_delivered from "
        f"{UNITS} where interaction = 'arrest' order by all"
    )
    assert all(label is not None for _, label in pairs)
    assert ("Black", "Black") in pairs


@pytest.mark.parametrize(
    ("year", "searches", "label"),
    [("2020", 7115, "Aged 17 years and younger"), ("2021", 686, "Aged 17 years and under")],
)
def test_torontos_labels_of_a_year_are_its_own(toronto, year, searches, label):
    """DOMAIN §3: an age group is named in another way in each year."""
    rows = dict(
        toronto.query(
            f"select age_group_as_delivered, sum(units)::int from {UNITS} where unit = 'person' "
            f"and service = 'Toronto' and interaction = 'strip_search' and period[:4] = '{year}' "
            "group by all"
        )
    )
    assert sum(rows.values()) == searches and None not in rows
    assert {one for one in rows if "17" in one} == {label}
