"""Columns of every table that is made from estimates, and the type that each name stands for."""

import pandas as pd

CELL = ["period_type", "period", "dimension", "dimension_value"]
_SIDES = ["outcome", "benchmark", "benchmark_vintage", "benchmark_unit", "unit", "composition_rule"]
_END = ["data_as_of", "source_figures"]

COLUMNS: dict[str, list[str]] = {
    "pathway": [
        "figure_id", "service", "pathway", "title", "step", "steps", "from_point", "to_point",
        "indicator", "benchmark_vintage", "unit", "composition_rule", "period_type", "period",
        "race_group", "outcome_count", "outcome_total", "benchmark_count", "benchmark_total",
        "step_index", "index_low", "index_high", "interval_method", "variance_method",
        "log_step_index", "share_of_whole", "overall_indicator", "overall_index",
        "log_overall_index", "log_residual", "outcome_missing_share", "benchmark_missing_share",
        "chain", "reason", "test_family", *_END,
    ],
    "policy_change": [
        "figure_id", "service", "policy", "policy_date", "title", "indicator", *_SIDES,
        "race_group", "reference_group", "outcome_before", "benchmark_before", "rate_before",
        "outcome_after", "benchmark_after", "rate_after", "rate_ratio", "rate_ratio_low",
        "rate_ratio_high", "rate_p_value", "rate_q_value", "rate_test_family", "rate_change",
        "disparity_before", "disparity_after", "gap_ratio", "gap_ratio_low", "gap_ratio_high",
        "gap_p_value", "gap_q_value", "gap_test_family", "gap_change", "series",
        "series_points_before", "series_points_after", "level_ratio", "level_ratio_low",
        "level_ratio_high", "level_p_value", "slope_ratio", "slope_ratio_low", "slope_ratio_high",
        "slope_p_value", "series_status", "outcome_missing_before", "outcome_missing_after",
        "benchmark_missing_before", "benchmark_missing_after", "small_count", "interval_method",
        "variance_method", *_END,
    ],
    "outcome_test": [
        "figure_id", "service", "indicator", "outcome", "benchmark", "unit", "composition_rule",
        *CELL, "race_group", "reference_group", "found", "searches", "hit_rate", "hit_rate_low",
        "hit_rate_high", "hit_rate_ratio", "ratio_low", "ratio_high", "hit_rate_difference",
        "difference_low", "difference_high", "p_value", "q_value", "test_family",
        "interval_method", "variance_method", "small_count", "mixes_regimes", "classification",
        "caveat", *_END,
    ],
    "adjusted": [
        "figure_id", "service", "indicator", *_SIDES, "period_type", "period", "race_group",
        "reference_group", "outcome_count", "benchmark_count", "method", "adjusted_for",
        "strata_used", "crude_ratio", "crude_low", "crude_high", "crude_p_value",
        "adjusted_ratio", "adjusted_low", "adjusted_high", "p_value", "q_value", "test_family",
        "interval_method", "variance_method", "e_value", "e_value_of_limit", "small_count",
        "status", *_END,
    ],
    "benchmark_range": [
        "figure_id", "service", "outcome", "unit", "composition_rule", *CELL, "race_group",
        "benchmarks", "index_lowest", "benchmark_of_lowest", "index_highest",
        "benchmark_of_highest", "range_low", "range_high", "readings", "robustness", "reading",
        *_END,
    ],
    "small_areas": [
        "figure_id", "service", "indicator", *_SIDES, *CELL, "race_group", "outcome_count",
        "benchmark_count", "rate", "shrunken_rate", "overall_rate", "areas", "funnel_low_95",
        "funnel_high_95", "funnel_low_998", "funnel_high_998", "position", "small_count", *_END,
    ],
    "hypothesis_results": [
        "figure_id", "service", "hypothesis", "question", "question_fr", "raised_by", "fixed_on",
        "method", "measure", "policy", "indicator", *_SIDES, *CELL, "race_group",
        "reference_group", "outcome_count", "outcome_total", "benchmark_count", "estimate", "low",
        "high", "p_value", "q_value", "test_family", "interval_method", "variance_method",
        "crude_estimate", "crude_p_value", "bound_low", "bound_high", "tipping_point", "e_value",
        "e_value_of_limit", "small_count", "support", "equivalence_low", "equivalence_high",
        "result", "verdict", "changed_after_first_result", *_END,
    ],
    "findings": [
        "figure_id", "service", "subject_type", "subject", "class", "reading", "indicator",
        "measure", *CELL, "race_group", "unit", "benchmark", "benchmark_vintage", "estimate",
        "low", "high", "sentence_en", "sentence_fr", "caveat_en", "caveat_fr", *_END,
    ],
    "published_comparison": [
        "figure_id", "service", "published_id", "statement", "publisher", "published_in",
        "status", "quantity", "race_group", *CELL, "published_value", "ours", "difference",
        "agrees", "reason", "explained", "source_figures",
    ],
}  # fmt: skip

_COUNTS = {
    "step", "steps", "outcome_count", "outcome_total", "benchmark_count", "benchmark_total",
    "outcome_before", "benchmark_before", "outcome_after", "benchmark_after",
    "series_points_before", "series_points_after", "found", "searches", "strata_used",
    "benchmarks", "areas",
}  # fmt: skip
_FLAGS = {"small_count", "mixes_regimes", "changed_after_first_result", "agrees", "explained"}
_DATES = {"data_as_of", "policy_date", "fixed_on"}
_NUMBERS = {
    "step_index", "index_low", "index_high", "log_step_index", "share_of_whole", "overall_index",
    "log_overall_index", "log_residual", "outcome_missing_share", "benchmark_missing_share",
    "rate_before", "rate_after", "rate_ratio", "rate_ratio_low", "rate_ratio_high",
    "rate_p_value", "rate_q_value", "disparity_before", "disparity_after", "gap_ratio",
    "gap_ratio_low", "gap_ratio_high", "gap_p_value", "gap_q_value", "level_ratio",
    "level_ratio_low", "level_ratio_high", "level_p_value", "slope_ratio", "slope_ratio_low",
    "slope_ratio_high", "slope_p_value", "outcome_missing_before", "outcome_missing_after",
    "benchmark_missing_before", "benchmark_missing_after", "hit_rate", "hit_rate_low",
    "hit_rate_high", "hit_rate_ratio", "ratio_low", "ratio_high", "hit_rate_difference",
    "difference_low", "difference_high", "p_value", "q_value", "crude_ratio", "crude_low",
    "crude_high", "crude_p_value", "adjusted_ratio", "adjusted_low", "adjusted_high", "e_value",
    "e_value_of_limit", "index_lowest", "index_highest", "range_low", "range_high", "rate",
    "shrunken_rate", "overall_rate", "funnel_low_95", "funnel_high_95", "funnel_low_998",
    "funnel_high_998", "estimate", "low", "high", "crude_estimate", "bound_low", "bound_high",
    "tipping_point", "equivalence_low", "equivalence_high", "published_value", "ours",
    "difference",
}  # fmt: skip


def sql_type(column: str) -> str:
    """The portable SQL type of a column: bigint, boolean, date, double or string."""
    for kind, names in (
        ("bigint", _COUNTS),
        ("boolean", _FLAGS),
        ("date", _DATES),
        ("double", _NUMBERS),
    ):
        if column in names:
            return kind
    return "string"


def typed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The table's columns in their order and types, also where a column or the frame is empty."""
    frame = frame.reindex(columns=COLUMNS[table])
    kinds = {
        "bigint": "Int64",
        "boolean": "boolean",
        "date": "datetime64[s]",
        "double": "float64",
        "string": "string",
    }
    return frame.astype({column: kinds[sql_type(column)] for column in frame.columns})
