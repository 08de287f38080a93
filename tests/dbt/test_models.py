"""The dbt project on a few invented records: what is built, and which tests judge it."""

import hashlib
import re

import pandas as pd
import pytest
import yaml

from rbdc.analysis.schema import COLUMNS
from tests.dbt.conftest import build_all
from tests.dbt.warehouses import DBT_PROJECT, PROJECT, words

DISPROPORTIONALITY = words("""
    figure_id service indicator outcome benchmark benchmark_vintage benchmark_unit unit
    composition_rule period_type period dimension dimension_value race_group outcome_count
    outcome_total benchmark_count benchmark_total persons outcome_share benchmark_share
    disproportionality_index index_low index_high rate rate_low rate_high reference_group
    disparity_index disparity_low disparity_high rate_difference rate_difference_low
    rate_difference_high expected_count excess_count interval_method variance_method p_value q_value
    test_family outcome_missing_share benchmark_missing_share bound_low bound_high small_count
    classification framework_version data_as_of run_id
""")
PUBLIC = {
    "interactions.interaction_counts": words("""
        service interaction unit composition_rule period_type period dimension dimension_value
        race_group count persons
    """),
    "benchmarks.benchmark_counts": words("""
        service benchmark unit vintage period_type period dimension dimension_value race_group
        count persons
    """),
    "indicators.disproportionality": DISPROPORTIONALITY,
    "indicators.data_quality": words("""
        service source table_name period_type period dimension measure subject value status detail
        owner data_as_of
    """),
}
# Columns whose word means something else in another table.
OTHER_TEXT = {
    ("data_quality", "dimension"): "dimension_of_quality",
    ("pathway", "reason"): "reason_of_chain",
    ("adjusted", "status"): "status_of_estimate",
    ("findings", "subject"): "subject_of_finding",
    ("published_comparison", "status"): "status_of_printed",
    ("published_comparison", "reason"): "reason_of_difference",
    ("outcome_test", "classification"): "classification_of_hit_rate",
    ("summary_counts_of_incidents", "division"): "division_of_incident",
    ("summary_counts_of_incidents", "call_type"): "call_type_of_incident",
    ("summary_counts_of_incidents", "occurrence_category"): "occurrence_category_of_incident",
}
PUBLIC["publication.summary_counts_of_incidents"] = words("""
    service summary_table interaction year month call_source time_of_day division call_type
    occurrence_category gender weapons highest_force race_group incidents counted_from
""")
PUBLIC |= {
    f"indicators.{table}": [*columns, "framework_version", "run_id"]
    for table, columns in COLUMNS.items()
}
KEY = words("""
    service indicator outcome benchmark benchmark_vintage benchmark_unit unit composition_rule
    period_type period dimension dimension_value race_group
""")


def test_everything_builds_and_every_unit_test_passes(lakeshore):
    _, runs = lakeshore
    assert [run.success for run in runs] == [True, True]
    declared = {
        test["name"]
        for file in PROJECT.glob("models/*/*_unit_tests.yml")
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]
    }
    assert declared
    assert declared <= runs[0].with_status("pass") | runs[1].with_status("pass")


def test_an_unmapped_label_warns_and_stays_in_totals(lakeshore):
    warehouse, runs = lakeshore
    warned = runs[0].with_status("warn")
    assert any("every_label_is_mapped_stg_rms__arrests" in name for name in warned)
    counts = warehouse.query(
        "select race_group, count from interactions.interaction_counts "
        "where interaction = 'arrest' and period_type = 'all' and dimension = 'all'"
    )
    assert dict(counts) == {"Black": 3, "White": 1, "Unknown": 1, "Unmapped": 1}


def test_quality_of_each_table_behind_the_records(lakeshore):
    """All periods but years; A3 and A6 of 2022 are what the warnings are about."""
    warehouse, _ = lakeshore
    found = warehouse.query(
        "select table_name, measure, subject, round(value, 3), status, owner, data_as_of::varchar "
        "from indicators.data_quality where period_type = 'all' and source = 'rms' "
        "and (value > 0 or status <> 'ok') and measure <> 'linked_share' "
        "and table_name in ('arrests', 'calls_for_service')"
    )
    rest = ("team:test", "2023-12-31")
    assert sorted(found) == [
        ("arrests", "missing_race_share", "race_group", 0.167, "warn", *rest),
        ("arrests", "missing_race_share", "race_label_raw", 0.167, "warn", *rest),
        ("arrests", "new_label", "perceived_race: Martian", 1.0, "warn", *rest),
        ("arrests", "score", "rules of accuracy", 0.9, "warn", *rest),
        ("arrests", "score", "rules of uniqueness", 1.0, "ok", *rest),
        ("arrests", "unmapped_records", "race_group", 1.0, "warn", *rest),
        ("arrests", "unmapped_share", "race_group", 0.167, "warn", *rest),
        ("calls_for_service", "missing_race_share", "race_group", 0.333, "warn", *rest),
        ("calls_for_service", "missing_race_share", "race_label_raw", 0.333, "warn", *rest),
    ]
    judged = warehouse.query("select distinct table_name from indicators.data_quality")
    records = {"arrests", "enforcement_actions", "youth_diversions", "individual_records"}
    linked = {"main_records", "strip_searches", "bookings", "calls_for_service"}
    assert {name for (name,) in judged} == records | linked | {"mental_health_apprehensions"}


def test_links_between_tables_that_are_there_are_measured(lakeshore):
    """B3 is of an arrest not there, A1 is booked without a mark; E2 names A9, and Y2 no action."""
    warehouse, _ = lakeshore
    found = warehouse.query(
        "select subject, round(value, 3), detail from indicators.data_quality "
        "where measure = 'linked_share' and period_type = 'all' and source = 'rms' order by 1"
    )
    counted = "records have their counterpart on the other side."
    assert found == [
        ("arrests marked as booked to bookings", 1.0, f"2 of 2 {counted}"),
        ("bookings to arrests", 0.667, f"2 of 3 {counted}"),
        ("bookings to arrests marked as booked", 0.667, f"2 of 3 {counted}"),
        ("enforcement actions of type Arrest to arrests", 0.5, f"1 of 2 {counted}"),
        ("mental health apprehensions to enforcement actions", 1.0, f"1 of 1 {counted}"),
        ("strip searches to arrests", 1.0, f"3 of 3 {counted}"),
        ("youth diversions to enforcement actions", 0.5, f"1 of 2 {counted}"),
    ]


@pytest.mark.parametrize("table", PUBLIC)
def test_public_tables_have_the_columns_of_the_contract(lakeshore, table):
    warehouse, _ = lakeshore
    assert list(warehouse.frame(f"select * from {table} limit 0").columns) == PUBLIC[table]


def test_figure_ids_are_hashes_of_the_key_columns(lakeshore):
    warehouse, _ = lakeshore
    rows = warehouse.query(f"select figure_id, {', '.join(KEY)} from indicators.disproportionality")
    assert rows
    for figure_id, *key in rows:
        text = "|".join("" if value is None else value for value in key)
        assert figure_id == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_months_divisions_and_deleted_records(lakeshore):
    warehouse, _ = lakeshore
    months = warehouse.query(
        "select period, sum(count) from interactions.interaction_counts "
        "where interaction = 'arrest' and period_type = 'month' and dimension = 'all' "
        "group by period order by period"
    )
    assert months == [("2022-01", 1), ("2022-02", 2), ("2022-05", 3)]
    divisions = warehouse.query(
        "select dimension_value, sum(count) from interactions.interaction_counts "
        "where interaction = 'arrest' and period_type = 'all' and dimension = 'division' "
        "group by dimension_value"
    )
    assert dict(divisions) == {"D1": 2, "D2": 3, "Unknown": 1}


def test_people_are_counted_once_and_without_a_key_as_their_own(lakeshore):
    warehouse, _ = lakeshore
    rows = warehouse.query(
        "select interaction, race_group, count, persons from interactions.interaction_counts "
        "where service = 'Lakeshore' and period_type = 'year' and dimension = 'all' "
        "and unit in ('person', 'incident')"
    )
    assert ("arrest", "Black", 3, 2) in rows
    assert ("arrest", "Unknown", 1, 1) in rows
    assert ("use_of_force", "Multiple race group", 1, None) in rows
    # Two of the five Black encounters are arrests of P1, one is a caution of P1.
    assert ("enforcement_action", "Black", 5, 3) in rows
    # Nobody is lost or made one with another where numbers stand for keys.
    keys = warehouse.query(
        "select count(distinct person_key) from (select person_key from interactions.arrests "
        "union all select person_key from interactions.other_enforcement_actions "
        "union all select person_key from interactions.diversions_and_apprehensions)"
    )
    assert keys == [(9,)]
    assert keys == warehouse.query(
        "select count(distinct person_number) from interactions.encounters"
    )


def test_arrests_count_among_enforcement_actions_by_their_own_record(lakeshore):
    """Whatever the other table says of an arrest, and whether or not it has a row of it."""
    warehouse, _ = lakeshore
    rows = warehouse.query(
        "select race_group, outcome_count, benchmark_count, outcome_total, benchmark_total "
        "from indicators.disproportionality where indicator = 'arrest_of_enforcement_actions' "
        "and period = '2022' and dimension = 'all' and benchmark_count > 0"
    )
    assert sorted(rows) == [
        ("Black", 3, 5, 6, 12),
        ("Unknown", 1, 2, 6, 12),
        ("Unmapped", 1, 1, 6, 12),
        ("White", 1, 4, 6, 12),
    ]
    links = warehouse.query(
        "select sum(records - linked_records) > 0 from staging.stg_rms__links "
        "where subject = 'enforcement actions of type Arrest to arrests'"
    )
    assert links == [(True,)]


def test_people_are_the_same_in_arrests_and_other_enforcement_actions(lakeshore):
    warehouse, _ = lakeshore
    people = warehouse.query(
        "select race_group, persons from interactions.interaction_counts "
        "where interaction = 'enforcement_action' and period_type = 'all' and dimension = 'all'"
    )
    # P1 was arrested and cautioned; an arrest and a caution without a person are two people.
    assert dict(people) == {"Black": 3, "White": 4, "Unknown": 2, "Unmapped": 1}


def test_an_incident_number_belongs_to_its_service_and_included_reports_only(lakeshore):
    warehouse, _ = lakeshore
    incidents = warehouse.query(
        "select service, race_group, gender, age_group, cast(record_date as varchar) "
        "from interactions.use_of_force_incidents order by service"
    )
    assert incidents == [
        ("Lakeshore", "Multiple race group", "Multiple", "18 to 24", "2022-03-01"),
        ("Peel Regional", "Latino", "Male", "18 to 24", "2022-06-01"),
    ]


def test_a_new_indicator_needs_only_configuration(lakeshore):
    warehouse, _ = lakeshore
    rows = warehouse.query(
        "select race_group, outcome_count, benchmark_count, outcome_total, benchmark_total "
        "from indicators.disproportionality where indicator = 'booking_of_arrests' "
        "and period = '2022' and dimension = 'all' and benchmark_count > 0"
    )
    assert sorted(rows) == [
        ("Black", 2, 3, 3, 6),
        ("Unknown", 0, 1, 3, 6),
        ("Unmapped", 0, 1, 3, 6),
        ("White", 1, 1, 3, 6),
    ]


def test_residents_carry_the_printed_total_of_each_stratum(lakeshore):
    warehouse, _ = lakeshore
    rows = warehouse.query(
        "select distinct dimension_value, benchmark_total from indicators.disproportionality "
        "where indicator = 'arrest_of_residents' and period = '2022'"
    )
    # Gender X has arrests but no residents: without a stratum there is no cell.
    assert dict(rows) == {"all": 1005, "Female": 510, "Male": 495}


@pytest.mark.parametrize(
    ("indicator", "outcome", "benchmark"),
    [
        ("strip_search_of_arrests", "strip_search", "arrest"),
        ("arrest_of_enforcement_actions", "arrest", "enforcement_action"),
        ("youth_diversion_of_enforcement_actions", "youth_diversion", "enforcement_action"),
    ],
)
def test_moments_are_those_of_the_people_behind_the_counts(
    lakeshore, indicator, outcome, benchmark
):
    warehouse, _ = lakeshore
    assert_moments_are_right(warehouse, indicator, outcome, benchmark)


def assert_moments_are_right(warehouse, indicator, outcome, benchmark):
    """Recompute every moment of an indicator's whole-year cells from the records themselves."""
    records = warehouse.frame(
        "select person_number, year, race_group, interaction from interactions.interaction_units "
        f"where interaction in ('{outcome}', '{benchmark}') and unit = 'person'"
    )
    figures = warehouse.frame(
        f"select * from indicators.index_counts where indicator = '{indicator}' "
        "and period_type = 'year' and dimension = 'all'"
    )
    assert len(figures)
    for figure in figures.itertuples():
        rows = records[records["year"] == figure.period]
        mine = rows[rows["race_group"] == figure.race_group]
        sides = {"x": (rows, outcome), "n": (rows, benchmark)}
        sides |= {"xg": (mine, outcome), "ng": (mine, benchmark)}
        people = pd.DataFrame(
            {
                name: found[found["interaction"] == interaction].groupby("person_number").size()
                for name, (found, interaction) in sides.items()
            }
        ).fillna(0)
        for name in words("xg_xg xg_x x_x ng_ng xg_ng xg_n ng_x ng_n n_n x_n"):
            left, right = name.split("_")
            assert getattr(figure, f"m_{name}") == (people[left] * people[right]).sum(), name


def test_building_again_changes_nothing(lakeshore):
    warehouse, _ = lakeshore
    query = "select * from indicators.disproportionality order by figure_id"
    before = warehouse.frame(query)
    assert all(run.success for run in build_all(warehouse, "--exclude-resource-type", "unit_test"))
    pd.testing.assert_frame_equal(warehouse.frame(query), before)


def test_data_tests_catch_what_they_are_for(lakeshore, tmp_path):
    warehouse, _ = lakeshore
    damage = {
        "counts_conserve_units": (
            "update interactions.interaction_counts set count = count + 1 "
            "where period = '2022-05' and dimension = 'gender'"
        ),
        "dimensions_agree": (
            "delete from interactions.interaction_counts "
            "where period = '2022-02' and dimension = 'division' and dimension_value = 'D2'"
        ),
        "unique_combination_encounters": "insert into interactions.encounters "
        "select * from interactions.encounters where record_id = 'A1'",
        "race_group_is_known_benchmark_counts": "update benchmarks.benchmark_counts "
        "set race_group = 'Martian' where race_group = 'Unknown'",
        "labels_do_not_overlap": "insert into staging.stg_labels values "
        "('rms', 'race_group', 'black', 'White', date '2022-01-01', date '2022-12-31')",
        "figures_cover_the_same_groups": "delete from indicators.index_counts "
        "where race_group = 'Black' and period = '2022-05'",
        "subset_within_benchmark": "update indicators.index_counts set outcome_count = 99 "
        "where form = 'subset' and race_group = 'White'",
        "is_the_service_of_the_run": "update raw.config__run set service = 'Elsewhere'",
        "groups_sum_to_printed_total": "update benchmarks.resident_population set count = 5 "
        "where race_group = 'Black'",
        "counts_every_attended_call": "update interactions.calls_attended set calls = calls + 1",
        "unique_combination_custody_times": "insert into interactions.custody_times "
        "select * from interactions.custody_times limit 1",
        "populations_are_found": "delete from benchmarks.resident_population "
        "where benchmark = 'youth_population'",
        "unique_disproportionality_figure_id": "insert into indicators.disproportionality "
        "select * from indicators.disproportionality limit 1",
    }
    copy = warehouse.copy_to(tmp_path)
    copy.execute(*damage.values())
    caught = copy.dbt("test", "--exclude-resource-type", "unit_test").with_status("fail", "warn")
    for name in damage:
        assert any(test.startswith(name) for test in caught), name


def test_models_hold_no_dialect_of_one_engine():
    """Differences between engines live in macros/cross_db; double quotes are text to Spark."""
    only_duckdb = re.compile(
        r"::|\btry_cast\b|\bqualify\b|\bstrptime\b|\bstruct|\blist_|\bread_\w+\("
    )
    files = [*PROJECT.glob("models/**/*.sql"), *DBT_PROJECT.glob("tests/**/*.sql")]
    assert len(files) > 20
    for file in [*files, *DBT_PROJECT.glob("macros/*.sql")]:
        found = only_duckdb.search(_code(file.read_text(encoding="utf-8")))
        assert not found, f"{file.name}: {found.group()}"


def _code(sql: str) -> str:
    without_jinja_comments = re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL)
    return re.sub(r"--.*", "", without_jinja_comments)


def test_every_column_of_a_public_table_is_described_by_the_shared_text():
    public = set()
    for file in PROJECT.glob("models/*/_*.yml"):
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", []):
            if not model.get("config", {}).get("contract", {}).get("enforced"):
                continue
            public.add(f"{file.parent.name}.{model['name']}")
            for column in model["columns"]:
                text = OTHER_TEXT.get((model["name"], column["name"]), column["name"])
                assert column["description"] == f"{{{{ doc('{text}') }}}}"
    assert public >= set(PUBLIC)


@pytest.mark.parametrize("service", ["toronto", "demo"])
def test_shipped_labels_have_one_standard_label_for_each_raw_one(service):
    frame = pd.read_csv(
        PROJECT / "services" / service / "labels.csv", dtype=str, keep_default_na=False
    )
    assert list(frame.columns) == (
        words("source field raw_label standard_label valid_from valid_to note")
    )
    assert (frame[["source", "field", "raw_label", "standard_label"]] != "").all(axis=None)
    folded = frame.assign(raw_label=frame["raw_label"].str.strip().str.casefold())
    assert not folded.duplicated(["source", "field", "raw_label", "valid_from"]).any()
