"""One judgement of a batch of arrests in a process of its own: by the gate, or by one query."""

import argparse
import json
from pathlib import Path

from rbdc.duck import connect
from rbdc.sql import literal

_COLUMNS = (
    "arrest_id",
    "occurrence_id",
    "person_id",
    "arrested_at",
    "perceived_race",
    "sex",
    "age",
    "division",
    "call_type",
    "occurrence_category",
    "booked",
    "updated_at",
    "is_deleted",
)
# The rules of expectations/suites/rms__arrests.yml as an analyst would write them, in one query.
# Whether both count the same is looked at where they are compared.
_FLAG = "not in ('0', '1', '0.0', '1.0', 'true', 'false')"
_LIVE = "lower(coalesce(is_deleted, '0')) not in ('1', '1.0', 'true')"
_RULES = {
    "arrest_id_present": "arrest_id is null",
    "updated_at_present": "updated_at is null",
    "updated_at_is_a_timestamp": "updated_at is not null and changed is null",
    "updated_at_not_in_future": "changed >= current_date + 2",
    "deleted_flag_is_0_or_1": f"lower(is_deleted) {_FLAG}",
    "arrested_at_present": f"{_LIVE} and arrested_at is null",
    "arrested_at_is_a_timestamp": f"{_LIVE} and arrested_at is not null and arrested is null",
    "arrested_at_not_in_future": (
        f"{_LIVE} and (arrested >= current_date + 2 or arrested > changed + interval 1 day)"
    ),
    "booked_present": f"{_LIVE} and booked is null",
    "booked_is_0_or_1": f"{_LIVE} and lower(booked) {_FLAG}",
    "age_from_0_to_120": (
        f"{_LIVE} and age is not null "
        "and not coalesce(try_cast(replace(age, ',', '') as double) between 0 and 120, false)"
    ),
    "race_present": f"{_LIVE} and perceived_race is null",
    "person_id_present": f"{_LIVE} and person_id is null",
    "sex_present": f"{_LIVE} and sex is null",
    "age_present": f"{_LIVE} and age is null",
    "division_present": f"{_LIVE} and (division is null or division = 'XX')",
    "call_type_present": f"{_LIVE} and call_type is null",
    "occurrence_present": f"{_LIVE} and (occurrence_id is null or occurrence_category is null)",
}


def main() -> None:
    """Judge a batch and print how much breaks each rule, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m perf.gate", description=__doc__)
    parser.add_argument("by", choices=["gate", "query"])
    parser.add_argument("batch", type=Path)
    options = parser.parse_args()
    counts = by_gate(options.batch) if options.by == "gate" else by_query(options.batch)
    print(json.dumps(counts, sort_keys=True))


def by_gate(batch: Path) -> dict[str, int]:
    """How much breaks each rule of the arrests' suite, as the gate says."""
    from expectations.gate import judge
    from expectations.rules import SUITES, load_suite

    judgement = judge(batch, load_suite(SUITES / "rms__arrests.yml"), spill=batch.parent / "spill")
    if not judgement.results:
        raise SystemExit(judgement.reason)
    return {result.expectation: result.unexpected_count for result in judgement.results}


def by_query(batch: Path) -> dict[str, int]:
    """The same by one query of DuckDB."""
    cleaned = ", ".join(
        f"case when lower(trim({column})) not in ('', 'na', 'nan', 'none', 'null') "
        f"then trim({column}) end as {column}"
        for column in _COLUMNS
    )
    counts = ", ".join(f"count(*) filter ({sql})" for sql in _RULES.values())
    with connect(spill=batch.parent / "spill") as connection:
        found = connection.execute(
            f"with cleaned as (select {cleaned} from read_parquet({literal(str(batch))})), "
            "dated as (select *, try_cast(arrested_at as timestamp) as arrested, "
            "try_cast(updated_at as timestamp) as changed from cleaned) "
            f"select {counts}, count(arrest_id) - count(distinct arrest_id) from dated"
        ).fetchone()
    return dict(zip([*_RULES, "arrest_id_unique"], found or (), strict=True))


if __name__ == "__main__":
    main()
