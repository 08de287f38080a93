"""For every rule of every suite a fault in the good batch, and what must then be counted."""

from collections.abc import Callable

from tests.quality.good_batches import (
    Fault,
    Rows,
    copy,
    no_rows,
    put,
    put_first,
    weapon,
)
from tests.quality.summary_faults import SUMMARY_TABLES


def faults(table: str, *seeded: tuple[Callable[[Rows], object], dict[str, int]]) -> list[Fault]:
    return [Fault(table, seed, counts) for seed, counts in seeded]


def one(*rules: str) -> dict[str, int]:
    """Each of these rules counts one."""
    return dict.fromkeys(rules, 1)


TPS = faults(
    "tps__arrests",
    (no_rows, one("delivery_has_rows")),
    (
        put_first(3, Arrest_Year="20"),
        {"year_column_is_filled": 3, "arrest_year_is_a_year": 3},
    ),
    (
        put_first(3, Perceived_Race="NA"),
        {"race_column_is_filled": 3, "race_present": 3},
    ),
    (put(0, ObjectId=" "), one("object_id_present")),
    (put(1, ObjectId="1"), one("object_id_unique")),
    (put(0, Arrest_Year=None), one("arrest_year_present")),
    (put(0, Arrest_Year="20"), one("arrest_year_is_a_year")),
    (put(0, Arrest_Year="2099"), one("arrest_year_not_in_future")),
    (put(0, Arrest_Month="None"), one("arrest_quarter_present")),
    (put(0, Arrest_Month="some time"), one("arrest_quarter_is_a_quarter")),
    (put(0, Booked=""), one("counted_flags_present")),
    (put(0, Booked="7"), one("counted_flags_are_0_or_1")),
    (put(0, Actions_at_arrest___Combative__="2"), one("other_flags_are_0_or_1")),
    (put(0, Actions_at_arrest___Combative__=None), one("actions_at_arrest_present")),
    (put(1, ArrestID=None, Booked="0"), one("arrest_id_present", "strip_search_was_booked")),
    (
        put(0, ArrestID=None),
        one("arrest_id_missing_only_for_unbooked_searches", "arrest_id_present"),
    ),
    (put(1, ArrestID="6000001.0"), one("arrest_id_unique")),
    (put(0, PersonID="null"), one("event_and_person_id_present")),
    (put(0, EventID="TP-2020-77"), one("ids_are_numbers")),
    (copy(0, ObjectId="5"), one("no_copies_under_another_object_id", "arrest_id_unique")),
    (put(0, Perceived_Race=None), one("race_present")),
    (put(0, Perceived_Race="Whyte"), one("race_label_known")),
    (put(0, Sex="nan"), one("sex_present")),
    (put(0, Sex="Z"), one("sex_label_known")),
    (put(0, Age_group__at_arrest_=None), one("age_group_present")),
    (
        put(0, Age_group__at_arrest_="Aged 17 years and younger"),
        one("youth_flag_agrees_with_age_group"),
    ),
    (put(2, PersonID="300001", Sex="M"), one("persons_with_one_known_race")),
    (put(3, PersonID="300001", Sex="F"), one("persons_with_one_sex")),
    (put(0, ArrestLocDiv=None), one("division_present", "division_mostly_known")),
    (put(0, ArrestLocDiv="5A"), one("division_code_known")),
    (put(0, ArrestLocDiv="XX"), one("division_mostly_known")),
    (put(0, Occurrence_Category=None), one("occurrence_category_present")),
    (
        put(0, Arrest_Year="2021", Occurrence_Category="Assault & Other"),
        {"occurrence_categories_stay_the_same": 2},
    ),
    (put(1, Booked="0"), one("strip_search_was_booked")),
    (put(1, SearchReason_CauseInjury="0"), one("strip_search_has_a_reason")),
    (put(1, SearchReason_AssistEscape=None), one("strip_search_reasons_are_answered")),
    (put(1, ItemsFound=None), one("strip_search_states_items_found")),
    (put(0, ItemsFound="0"), one("search_fields_only_for_strip_searches")),
)

REPORTS = faults(
    "provincial_use_of_force__main_records",
    (no_rows, one("delivery_has_rows")),
    (put_first(3, Date="May 2023"), {"date_column_is_readable": 3, "date_is_a_date": 3}),
    (
        put_first(3, Inclusion_SOLGEN_ARA_Analysis=None),
        {"inclusion_column_is_filled": 3, "inclusion_present": 3},
    ),
    (put(2, BatchFileName=None), one("report_id_present")),
    (put(2, BatchFileName="1"), one("report_id_unique")),
    (put(2, PoliceService=""), one("police_service_present")),
    (put(2, Date=None), one("date_present")),
    (put(2, Date="2023-02-30"), one("date_is_a_date")),
    (put(2, Date="2099-01-01"), one("date_not_in_future")),
    (put(2, Inclusion_SOLGEN_ARA_Analysis="Perhaps"), one("inclusion_is_yes_or_no")),
    (put(2, Inclusion_SOLGEN_ARA_Analysis=None), one("inclusion_present")),
    (put(2, IncidentNumber=None), one("incident_number_present")),
    (put(1, Date="2023-11-01"), one("incident_within_a_week", "incident_on_one_date")),
    (put(1, Date="2023-05-02"), one("incident_on_one_date")),
    (put(2, IncidentNumber="LAK-1", PoliceService="Peel"), one("incident_number_of_one_service")),
    (put(1, Inclusion_SOLGEN_ARA_Analysis="No"), one("incident_wholly_included_or_not")),
    (put(2, NumberIndividuals=None), one("included_report_has_people")),
    (put(2, NumberIndividuals="1.5"), one("number_of_people_is_a_number")),
    (put(2, ReportType="Group"), one("report_type_known")),
)

PEOPLE = faults(
    "provincial_use_of_force__individual_records",
    (no_rows, one("delivery_has_rows")),
    (put_first(2, Race=None), {"race_column_is_filled": 2, "race_present": 2}),
    (put(2, BatchFileName=None), one("person_key_present")),
    (copy(2, Race="White"), one("person_key_unique", "people_of_a_report_are_numbered_in_order")),
    (put(2, Indiv_Index="one"), one("person_index_is_a_number")),
    (put(2, Race=None), one("race_present")),
    (put(2, Race="Other"), one("race_is_one_of_the_standard")),
    (put(2, DifficultyPerceiving="Some"), one("difficulty_perceiving_is_yes_or_no")),
    (put(2, DifficultyPerceiving=None), one("difficulty_perceiving_present")),
    (put(2, AgeCategory=None), one("age_category_present")),
    (put(2, Gender=None), one("gender_present")),
    (put(2, Indiv_Index="2"), one("people_of_a_report_are_numbered_in_order")),
)

WIDE_REPORTS = faults(
    "provincial_use_of_force__wide_records",
    (no_rows, one("delivery_has_rows")),
    (
        put_first(2, REPORTING_YEAR="21"),
        {"year_column_is_filled": 2, "year_is_of_this_release": 2},
    ),
    (put_first(2, RACE=None), {"race_column_is_filled": 2, "race_present": 2}),
    (put(0, RECORD_ID=None), one("report_key_present")),
    (copy(0, RACE="White", RACE_SUBJECT1="White"), one("report_key_unique")),
    (put(2, REPORTING_YEAR="2023"), one("year_is_of_this_release")),
    (put(0, POLICE_SERVICE=" "), one("police_service_present")),
    (put(0, RACE=None), one("race_present")),
    (
        put(0, NUMBER_OF_SUBJECTS=None, RACE_SUBJECT1=None, RACE="NA"),
        one("report_speaks_of_people"),
    ),
    (
        put(0, RACE_SUBJECT1="Other", RACE="Other"),
        one("race_of_people_is_one_of_the_standard"),
    ),
    (put(1, RACE_SUBJECT2="Black"), one("race_of_report_is_that_of_its_people")),
    (put(1, NUMBER_OF_SUBJECTS="Four or More"), one("people_of_a_report_are_all_listed")),
    (put(1, NUMBER_OF_SUBJECTS="2"), one("number_of_people_is_known")),
    (put(1, REPORT_TYPE="Group"), one("report_type_known")),
)

WEAPONS = faults(
    "provincial_use_of_force__weapon_records",
    (no_rows, one("delivery_has_rows")),
    (put(0, Indiv_Index=None), one("person_key_present")),
    (put(0, Weapon=None), one("weapon_present")),
    (lambda rows: rows.append(weapon("1", "Handgun")), one("weapon_listed_once")),
)

# Positions of lines in the good census batch.
TOTAL, SOUTH_ASIAN, INDIGENOUS, RATE = 0, 2, 15, 16
CENSUS = faults(
    "census__neighbourhood_profile",
    (
        no_rows,
        one(
            "delivery_has_rows",
            "total_of_race_table_printed_once",
            "each_race_line_printed_once",
            "indigenous_identity_printed_once",
            "race_lines_add_up_to_the_total",
        ),
    ),
    (put(RATE, profile_row=None), one("row_id_present")),
    (put(RATE, profile_row="1"), one("row_id_unique")),
    (
        put(TOTAL, characteristic="Total - Ethnic origin", place_count="130"),
        one("total_of_race_table_printed_once"),
    ),
    (put(SOUTH_ASIAN, characteristic="Chinese"), one("each_race_line_printed_once")),
    (put(INDIGENOUS, topic="Income"), one("indigenous_identity_printed_once")),
    (put(INDIGENOUS, place_count="4.5%"), one("needed_counts_are_whole_numbers")),
    (put(SOUTH_ASIAN, place_count="1,000"), one("race_lines_add_up_to_the_total")),
    (put(RATE, characteristic=None), one("topic_and_characteristic_present")),
    (put(RATE, place_count="low"), one("counts_are_numbers_or_shares")),
    (put(RATE, place_count=None), one("counts_present")),
)

RESIDENTS = faults(
    "population__residents",
    (no_rows, one("delivery_has_rows")),
    (put(2, group=None), one("keys_present", "groups_add_up_to_the_total")),
    (copy(2), one("keys_unique", "groups_add_up_to_the_total")),
    (
        lambda rows: [row.update(vintage="census of 2021") for row in rows],
        {"vintage_begins_with_a_year": 5},
    ),
    (
        lambda rows: [row.update(stratum="Female") for row in rows[3:]],
        {"stratum_is_readable": 2},
    ),
    (put(2, count=None), one("counts_present", "groups_add_up_to_the_total")),
    (put(2, count="900.5"), one("counts_are_whole_numbers")),
    (put(2, count="-1"), one("counts_not_negative", "groups_add_up_to_the_total")),
    (put(3, group="White"), one("one_printed_total")),
    (
        lambda rows: [row.update(stratum="area=all") for row in rows[:3]],
        one("residents_of_all_strata_given"),
    ),
    (put(4, count="410"), one("no_group_above_the_total")),
    (put(1, count="10"), one("groups_add_up_to_the_total")),
)

LABELS = faults(
    "config__labels",
    (no_rows, one("delivery_has_rows")),
    (put(2, source=None), one("place_of_label_present")),
    (put(2, raw_label="NA"), one("raw_label_written")),
    (put(2, standard_label=" "), one("standard_label_present")),
    (put(2, valid_from="spring"), one("validity_is_written_as_dates")),
    (
        put(2, valid_from="2021-01-01", valid_to="2020-12-31"),
        one("validity_ends_after_it_begins"),
    ),
    (copy(2), one("label_key_unique", "validity_does_not_overlap")),
    (copy(1, raw_label=" black "), one("validity_does_not_overlap")),
    (
        lambda rows: (
            rows[2].update(valid_to="2020-12-31"),
            rows.append(rows[2] | {"valid_from": "2021-01-01", "valid_to": None, "note": "new"}),
            rows[3].update(standard_label="Woman"),
        ),
        one("one_standard_label_over_time"),
    ),
    (put(1, standard_label="Blak"), one("race_group_known")),
)

ARRESTS = faults(
    "rms__arrests",
    (put(0, arrest_id=None), one("arrest_id_present")),
    (copy(0, division="D2"), one("arrest_id_unique")),
    (put(3, updated_at=None), one("updated_at_present")),
    (put(3, updated_at="yesterday"), one("updated_at_is_a_timestamp")),
    (put(0, updated_at="2099-01-01T00:00:00"), one("updated_at_not_in_future")),
    (put(0, is_deleted="2"), one("deleted_flag_is_0_or_1")),
    (put(0, arrested_at=""), one("arrested_at_present")),
    (put(0, arrested_at="2023-02-30T25:61:00"), one("arrested_at_is_a_timestamp")),
    (put(0, arrested_at="2032-03-01T14:05:00"), one("arrested_at_not_in_future")),
    (put(0, booked=None), one("booked_present")),
    (put(0, booked="2"), one("booked_is_0_or_1")),
    (put(0, age="208"), one("age_from_0_to_120")),
    (put(0, perceived_race="None"), one("race_present")),
    (put(0, person_id=None), one("person_id_present")),
    (put(0, sex=None), one("sex_present")),
    (put(0, age=None), one("age_present")),
    (put(0, division="XX"), one("division_present")),
    (put(0, call_type=None), one("call_type_present")),
    (put(0, occurrence_id=None), one("occurrence_present")),
)

ACTIONS = faults(
    "rms__enforcement_actions",
    (put(0, action_id=None), one("action_id_present")),
    (copy(0, division="D2"), one("action_id_unique")),
    (put(3, updated_at=None), one("updated_at_present")),
    (put(3, updated_at="yesterday"), one("updated_at_is_a_timestamp")),
    (put(0, updated_at="2099-01-01T00:00:00"), one("updated_at_not_in_future")),
    (put(0, is_deleted="2"), one("deleted_flag_is_0_or_1")),
    (put(0, action_at=""), one("action_at_present")),
    (put(0, action_at="2023-02-30T25:61:00"), one("action_at_is_a_timestamp")),
    (put(0, action_at="2032-03-01T14:05:00"), one("action_at_not_in_future")),
    (put(0, action_type="NA"), one("action_type_present")),
    (put(0, action_type="Routine stop"), one("action_type_known")),
    (
        lambda rows: (rows[0].update(arrest_id="A1"), rows[1].update(arrest_id=None)),
        {"arrests_and_only_they_name_an_arrest": 2},
    ),
    (put(0, age="208"), one("age_from_0_to_120")),
    (put(0, perceived_race="None"), one("race_present")),
    (put(0, person_id=None), one("person_id_present")),
    (put(0, sex=None), one("sex_present")),
    (put(0, age=None), one("age_present")),
    (put(0, division="XX"), one("division_present")),
    (put(0, call_type=None), one("call_type_present")),
    (put(0, occurrence_id=None), one("occurrence_present")),
)

SEARCHES = faults(
    "rms__strip_searches",
    (put(0, search_id=None), one("search_id_present")),
    (copy(0, items_found="1"), one("search_id_unique")),
    (put(2, updated_at=None), one("updated_at_present")),
    (put(2, updated_at="yesterday"), one("updated_at_is_a_timestamp")),
    (put(0, updated_at="2099-01-01T00:00:00"), one("updated_at_not_in_future")),
    (put(0, is_deleted="2"), one("deleted_flag_is_0_or_1")),
    (put(0, arrest_id=None), one("arrest_id_present")),
    (put(0, searched_at=None), one("searched_at_present")),
    (put(0, searched_at="13/31/2022 2pm"), one("searched_at_is_a_timestamp")),
    (put(0, searched_at="2022-03-20T15:00:00"), one("searched_at_not_in_future")),
    (put(0, search_level=None), one("search_level_present")),
    (put(0, search_level="4"), one("search_level_is_1_to_3")),
    (put(0, items_found="2"), one("items_found_is_0_or_1")),
    (put(0, items_found=None), one("items_found_present")),
    (copy(0, search_id="S9"), one("one_strip_search_an_arrest")),
)


def of_records(
    table: str, key: str, happened_at: str, *more: tuple[Callable[[Rows], object], dict[str, int]]
) -> list[Fault]:
    """Faults that every table of the records system is searched for, and those of one table."""
    return faults(
        table,
        (put(0, **{key: None}), one(f"{key}_present")),
        (copy(0), one(f"{key}_unique")),
        (put(1, updated_at=None), one("updated_at_present")),
        (put(1, updated_at="yesterday"), one("updated_at_is_a_timestamp")),
        (put(0, updated_at="2099-01-01T00:00:00"), one("updated_at_not_in_future")),
        (put(0, is_deleted="2"), one("deleted_flag_is_0_or_1")),
        (put(0, **{happened_at: ""}), one(f"{happened_at}_present")),
        (put(0, **{happened_at: "13/31/2022 2pm"}), one(f"{happened_at}_is_a_timestamp")),
        (put(1, **{happened_at: "2022-03-20T15:00:00"}), one(f"{happened_at}_not_in_future")),
        *more,
    )


def of_people(key: str) -> list[tuple[Callable[[Rows], object], dict[str, int]]]:
    """Faults of a record that says who was diverted or apprehended in an enforcement action."""
    return [
        (put(0, action_id=None), one("action_id_present")),
        (copy(0, **{key: "R9"}), one(f"one_{key.removesuffix('_id')}_an_action")),
        (put(0, age="-4"), one("age_from_0_to_120")),
        (put(0, perceived_race="None"), one("race_present")),
        (put(0, person_id=None), one("person_id_present")),
        (put(0, sex=None), one("sex_present")),
        (put(0, age=None), one("age_present")),
        (put(0, division="XX"), one("division_present")),
        (put(0, call_type=None), one("call_type_present")),
        (put(0, occurrence_id=None), one("occurrence_present")),
    ]


BOOKINGS = of_records(
    "rms__bookings",
    "booking_id",
    "booked_at",
    (put(0, arrest_id=None), one("arrest_id_present")),
    (put(0, custody_ended_at="later"), one("custody_ended_at_is_a_timestamp")),
    (
        put(0, custody_ended_at="2022-03-01T15:59:00"),
        one("custody_does_not_end_before_it_begins"),
    ),
    (copy(0, booking_id="B9"), one("one_booking_an_arrest")),
)

DIVERSIONS = of_records(
    "rms__youth_diversions",
    "diversion_id",
    "diverted_at",
    *of_people("diversion_id"),
    (put(0, age="19"), one("person_is_young")),
)

APPREHENSIONS = [
    fault
    for table in ("rms__mental_health_apprehensions", "rms__child_protection_apprehensions")
    for fault in of_records(
        table, "apprehension_id", "apprehended_at", *of_people("apprehension_id")
    )
]

CALLS = of_records(
    "rms__calls_for_service",
    "call_id",
    "received_at",
    (put(0, attended="2"), one("attended_is_0_or_1")),
    (put(0, attended=None), one("attended_present")),
    (put(0, perceived_race=""), one("race_present_where_attended")),
    (put(0, call_type="NA"), one("call_type_present")),
    (put(0, division="XX"), one("division_present")),
)

# Deliveries that hold far fewer rows than raw does.
CUT_SHORT = [
    Fault(
        table,
        lambda rows: None,
        one("delivery_is_not_cut_short"),
        held=lambda rows: rows.extend([dict(row) for row in rows * 2]),
    )
    for table in (
        "tps__arrests",
        "provincial_use_of_force__main_records",
        "provincial_use_of_force__individual_records",
        "provincial_use_of_force__wide_records",
        "provincial_use_of_force__weapon_records",
        "census__neighbourhood_profile",
        "population__residents",
        "config__labels",
    )
]

FAULTS = [
    *CUT_SHORT,
    *TPS,
    *SUMMARY_TABLES,
    *REPORTS,
    *PEOPLE,
    *WIDE_REPORTS,
    *WEAPONS,
    *CENSUS,
    *RESIDENTS,
    *LABELS,
    *ARRESTS,
    *ACTIONS,
    *SEARCHES,
    *BOOKINGS,
    *DIVERSIONS,
    *APPREHENSIONS,
    *CALLS,
]
