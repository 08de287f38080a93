"""For every rule of the stages' suites a fault in the good warehouse, and which rules must fail."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StageFault:
    """A statement that spoils the good warehouse; `rules` must fail then, and no others.

    The first of `rules` is the one that the fault was made for.
    """

    stage: str
    rules: tuple[str, ...]
    spoil: str

    @property
    def rule(self) -> str:
        """The rule that the fault was made for."""
        return self.rules[0]


def staging(spoil: str, *rules: str) -> StageFault:
    return StageFault("staging", rules, spoil)


def benchmarks(spoil: str, *rules: str) -> StageFault:
    return StageFault("benchmarks", rules, spoil)


def marts(spoil: str, *rules: str) -> StageFault:
    return StageFault("marts", rules, spoil)


def publication(spoil: str, *rules: str) -> StageFault:
    return StageFault("publication", rules, spoil)


def lost(subject: str, share: float) -> str:
    """A share of the records of a link name a record that is not there."""
    return (
        f"update staging.stg_rms__links set linked_records = (1 - {share}) * records "
        f"where subject = '{subject}'"
    )


_FIGURES = "update indicators.disproportionality set"
_RELEASED = "update publication.released_counts set"
_RELEASED_FIGURES = "update publication.released_figures set"

STAGE_FAULTS = [
    staging(lost("strip searches to arrests", 0.05), "searches_name_an_arrest"),
    staging(
        lost("strip searches to arrests", 0.4),
        "searches_mostly_name_an_arrest",
        "searches_name_an_arrest",
    ),
    staging(lost("bookings to arrests", 0.05), "bookings_name_an_arrest"),
    staging(
        lost("bookings to arrests", 0.4),
        "bookings_mostly_name_an_arrest",
        "bookings_name_an_arrest",
    ),
    staging(
        lost("enforcement actions of type Arrest to arrests", 0.05),
        "arrest_actions_name_an_arrest",
    ),
    staging(
        lost("enforcement actions of type Arrest to arrests", 0.4),
        "arrest_actions_mostly_name_an_arrest",
        "arrest_actions_name_an_arrest",
    ),
    staging(lost("youth diversions to enforcement actions", 0.2), "outcomes_name_an_action"),
    staging(
        lost("youth diversions to enforcement actions", 0.9),
        "outcomes_mostly_name_an_action",
        "outcomes_name_an_action",
    ),
    staging(
        "update staging.stg_provincial_use_of_force__individuals set report_id = 'X' "
        "where report_id in ('R1', 'R3', 'R5')",
        "people_stand_in_a_report",
    ),
    staging(
        "update staging.stg_provincial_use_of_force__individuals set report_id = 'X' || report_id",
        "people_mostly_stand_in_a_report",
        "people_stand_in_a_report",
        "included_reports_list_their_people",
    ),
    staging(
        "delete from staging.stg_provincial_use_of_force__individuals "
        "where report_id in ('R0', 'R2', 'R4')",
        "included_reports_list_their_people",
    ),
    staging(
        "update raw.rms__arrests set booked = '0' where division = 'D1'",
        "strip_searches_follow_a_booking",
    ),
    staging(lost("arrests marked as booked to bookings", 0.2), "booked_flags_agree_with_bookings"),
    staging(
        "insert into staging.stg_tps__copy_differences values ('arrests', '2020')",
        "own_figures_agree_with_copies",
    ),
    staging(
        "update staging.stg_rms__arrests set race_group = 'Unknown' "
        "where division = 'D1' and record_date between '2022-03-01' and '2022-03-31'",
        "arrests_state_race_everywhere",
    ),
    staging(
        "update staging.stg_rms__enforcement_actions set race_group = 'Unknown' "
        "where division = 'D1' and record_date between '2022-03-01' and '2022-03-31'",
        "actions_state_race_everywhere",
    ),
    staging(
        "update staging.stg_tps__arrests set race_group = 'Unknown' "
        "where division = 'D1' and record_date = '2022-04-01'",
        "published_arrests_state_race_everywhere",
    ),
    staging(
        "update staging.stg_provincial_use_of_force__individuals set race_group = 'Unknown' "
        "where report_id like 'R1%'",
        "people_in_reports_have_a_race",
    ),
    staging(
        "update staging.stg_rms__arrests set race_group = 'Unmapped'", "arrests_mostly_state_race"
    ),
    staging(
        "update staging.stg_rms__enforcement_actions set race_group = 'Unmapped'",
        "actions_mostly_state_race",
    ),
    *(
        staging(
            f"delete from staging.{table} where {date} between '2023-12-12' and '2023-12-23'", rule
        )
        for table, date, rule in (
            ("stg_rms__arrests", "record_date", "arrests_a_day_as_before"),
            ("stg_rms__enforcement_actions", "record_date", "actions_a_day_as_before"),
            ("stg_rms__calls_for_service", "record_date", "calls_a_day_as_before"),
            ("stg_rms__bookings", "booked_at", "bookings_a_day_as_before"),
        )
    ),
    staging(
        "insert into staging.stg_rms__strip_searches "
        "select 'T' || n, date '2023-12-20' from range(40) as numbers(n)",
        "searches_a_day_as_before",
    ),
    staging("update audit.source_counts set rows_held = 3600", "all_rows_of_the_source_are_held"),
    staging(
        "update audit.source_counts set rows_held = 2000",
        "most_rows_of_the_source_are_held",
        "all_rows_of_the_source_are_held",
    ),
    staging(
        "update audit.current_loads set data_as_of = '2023-11-30' where table_name = 'arrests'",
        "tables_of_a_system_are_of_one_day",
    ),
    staging(
        "insert into raw.rms__arrests by name "
        "select * replace ('Z1' as arrest_id) from raw.rms__arrests where arrest_id = 'A1'",
        "no_copies_of_arrests",
    ),
    staging(
        "insert into raw.rms__enforcement_actions by name "
        "select * replace ('Z1' as action_id) from raw.rms__enforcement_actions limit 1",
        "no_copies_of_actions",
    ),
    staging(
        "insert into raw.rms__strip_searches by name "
        "select * replace ('Z1' as search_id) from raw.rms__strip_searches limit 1",
        "no_copies_of_searches",
    ),
    benchmarks(
        "update benchmarks.resident_population set count = 300 "
        "where vintage = '2021' and race_group = 'Black'",
        "vintages_of_a_census_agree",
        "vintages_of_a_census_differ_little",
    ),
    benchmarks(
        "update benchmarks.resident_population set count = 170 "
        "where vintage = '2021' and race_group = 'Black'",
        "vintages_of_a_census_differ_little",
    ),
    benchmarks(
        "update benchmarks.resident_population set count = count * 2, total = total * 2 "
        "where vintage = '2021'",
        "totals_of_residents_stay_near",
    ),
    benchmarks(
        "update benchmarks.resident_population set count = null where race_group = 'Black'",
        "groups_of_residents_have_counts",
    ),
    benchmarks(
        "update benchmarks.resident_population set count = 1001 where race_group = 'White'",
        "residents_fit_into_their_total",
    ),
    benchmarks(
        "update interactions.interaction_counts set persons = count + 1", "counts_are_counts"
    ),
    benchmarks(
        "update interactions.interaction_counts set period = '1923' where period = '2023'",
        "interactions_lie_in_the_past",
    ),
    benchmarks(
        "update interactions.interaction_counts set count = 200 where interaction = 'arrest'",
        "parts_are_not_more_than_the_whole",
        "counts_are_counts",
    ),
    benchmarks(
        "insert into raw.config__benchmarks values ('call_attended', null, 'incident')",
        "every_benchmark_has_counts",
    ),
    benchmarks(
        "insert into raw.config__benchmarks values ('resident_population', null, 'incident')",
        "every_benchmark_has_counts",
    ),
    benchmarks(
        "update indicators.index_counts set outcome_count = 101 where figure_id = 'F1'",
        "outcomes_fit_into_their_totals",
    ),
    benchmarks(
        "insert into indicators.index_counts from indicators.index_counts limit 1",
        "figures_are_counted_once",
    ),
    benchmarks("delete from indicators.index_counts", "figures_exist"),
    marts(
        f"{_FIGURES} outcome_share = outcome_share + 0.01, disproportionality_index = "
        "(outcome_share + 0.01) / benchmark_share where figure_id = 'F1'",
        "shares_are_of_their_counts",
    ),
    marts(
        f"{_FIGURES} disproportionality_index = 1.7 where figure_id = 'F1'",
        "index_is_the_ratio_of_shares",
    ),
    marts(f"{_FIGURES} index_low = 2.9 where figure_id = 'F1'", "intervals_hold_their_estimate"),
    marts(f"{_FIGURES} bound_low = 4 where figure_id = 'F1'", "bounds_hold_the_index"),
    marts(f"{_FIGURES} q_value = 0.01 where figure_id = 'F1'", "probabilities_are_probabilities"),
    marts(
        f"{_FIGURES} classification = 'over_represented', index_low = null where figure_id = 'F1'",
        "classified_only_with_enough_data",
    ),
    marts(
        "delete from indicators.disproportionality where figure_id = 'F1'",
        "groups_add_up_to_their_total",
        "no_figure_is_lost",
    ),
    marts(
        "update interactions.interaction_counts set count = count + 1 "
        "where period = 'all' and interaction = 'arrest'",
        "years_add_up_to_everything",
    ),
    marts(
        "alter table interactions.interaction_counts add column officer_id varchar",
        "no_column_about_a_person",
    ),
    marts(f"{_FIGURES} run_id = 'older' where figure_id = 'F1'", "one_run_made_all_figures"),
    marts(f"{_FIGURES} data_as_of = null where figure_id = 'F1'", "figures_say_how_old_they_are"),
    marts(
        "delete from indicators.disproportionality where indicator = 'arrests_1'",
        "no_figure_is_lost",
    ),
    marts(
        "delete from indicators.disproportionality where indicator like 'arrests_1%' "
        "or indicator like 'arrests_2%'",
        "few_figures_are_lost",
        "no_figure_is_lost",
    ),
    marts(
        "update interactions.interaction_counts set count = count - 20 where period_type = 'year' "
        "and period = '2022' or period = 'all'",
        "closed_years_stay_as_they_are",
    ),
    marts(
        "update interactions.interaction_counts set count = case period when '2022' then 10 "
        "when 'all' then 10 + count / 2 else count end",
        "closed_years_do_not_collapse",
        "closed_years_stay_as_they_are",
    ),
    marts(
        f"{_FIGURES} classification = 'not_enough_data' where figure_id like 'F1%'",
        "few_classes_change_overnight",
    ),
    publication(f"{_RELEASED} count = 4 where cell = 'cell 1'", "no_small_count_is_open"),
    publication("update publication.released_rule set zeros = 'hidden'", "no_small_count_is_open"),
    publication("update publication.released_rule set hide_to = 11", "no_small_count_is_open"),
    publication("update publication.released_rule set rounded_to = 5", "no_small_count_is_open"),
    publication(f"{_RELEASED} count = 13 where cell = 'cell 3'", "hidden_counts_have_no_value"),
    publication(
        "insert into publication.released_counts by name select * replace (true as hidden, "
        "null as count) from publication.released_counts where cell = 'cell 1'",
        "a_cell_has_one_status",
    ),
    publication(
        "insert into publication.released_counts by name select * replace (count + 1 as count) "
        "from publication.released_counts where cell = 'cell 1'",
        "a_cell_has_one_status",
    ),
    *(
        publication(f"{_RELEASED_FIGURES} {wrong}", "statistics_of_hidden_counts_are_hidden")
        for wrong in (
            "outcome_share = 0.3 where figure_id = 'F3'",
            "rate = 0.1 where figure_id = 'F3'",
            "disproportionality_index = 2.5 where figure_id = 'F3'",
            "expected_count = 12.5 where figure_id = 'F3'",
            "p_value = 0.04 where figure_id = 'F3'",
            "classification = 'over_represented' where figure_id = 'F3'",
            "outcome_total = null where figure_id = 'F4'",
            "benchmark_total = null where figure_id = 'F4'",
            "benchmark_count = null, disproportionality_index = null, expected_count = null, "
            "p_value = null, classification = null, rate = null where figure_id = 'F4'",
        )
    ),
    publication(
        f"{_RELEASED_FIGURES} outcome_count = 31 where figure_id = 'F4'",
        "figures_print_the_counts_of_tables",
    ),
    publication(
        f"{_RELEASED_FIGURES} outcome_count = 70 where figure_id = 'F3'",
        "figures_print_the_counts_of_tables",
    ),
    publication(
        f"{_RELEASED} count = count + 1 where cell = 'arrest, Black, 2022'",
        "counts_are_those_of_the_marts",
    ),
    publication(
        f"{_RELEASED} count = null, hidden = true where cell like 'cell %'",
        "most_counts_are_open",
    ),
]
