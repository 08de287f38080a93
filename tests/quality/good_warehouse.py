"""A small good warehouse, made by hand, with every table that the suites of the stages read."""

from pathlib import Path

import duckdb

# One statement a table. Two years of arrests, 30 a day, each booked; every other one searched.
_TABLES = [
    "create schema raw",
    "create schema staging",
    "create schema audit",
    "create schema interactions",
    "create schema benchmarks",
    "create schema indicators",
    "create schema publication",
    """
    create table raw.rms__arrests as
    select
        'A' || n as arrest_id, 'O' || n as occurrence_id, 'P' || n as person_id,
        strftime(date '2022-01-01' + cast(n // 30 as integer), '%Y-%m-%dT12:00:00') as arrested_at,
        case n % 10 when 0 then null when 1 then 'Black' else 'White' end as perceived_race,
        'M' as sex, '30' as age, 'D' || n % 3 as division, '1' as booked
    from range(21900) as numbers(n)
    """,
    """
    create table raw.rms__bookings as
    select 'B' || arrest_id as booking_id, arrest_id, arrested_at as booked_at from raw.rms__arrests
    """,
    """
    create table raw.rms__strip_searches as
    select 'S' || arrest_id as search_id, arrest_id, arrested_at as searched_at, '3' as search_level
    from raw.rms__arrests where substr(arrest_id, -1) in ('0', '2', '4', '6', '8')
    """,
    """
    create table raw.rms__enforcement_actions as
    select
        'E' || arrest_id as action_id, occurrence_id, arrest_id, person_id,
        arrested_at as action_at, 'Arrest' as action_type, perceived_race, division
    from raw.rms__arrests
    """,
    """
    create table staging.stg_rms__links as
    select table_name, linked_table, subject, year, records, records as linked_records
    from (values
        ('strip_searches', 'arrests', 'strip searches to arrests', 500),
        ('bookings', 'arrests', 'bookings to arrests', 1000),
        ('bookings', 'arrests', 'bookings to arrests marked as booked', 1000),
        ('arrests', 'bookings', 'arrests marked as booked to bookings', 1000),
        ('enforcement_actions', 'arrests', 'enforcement actions of type Arrest to arrests', 1000),
        ('youth_diversions', 'enforcement_actions', 'youth diversions to enforcement actions', 50),
        ('mental_health_apprehensions', 'enforcement_actions',
            'mental health apprehensions to enforcement actions', 50)
    ) as links(table_name, linked_table, subject, records)
    cross join (values ('2022'), ('2023')) as years(year)
    """,
    """
    create table staging.stg_rms__arrests as
    select
        arrest_id as record_id, cast(arrested_at as date) as record_date, division,
        coalesce(perceived_race, 'Unknown') as race_group
    from raw.rms__arrests
    """,
    """
    create table staging.stg_rms__enforcement_actions as
    select
        action_id as record_id, cast(action_at as date) as record_date, division,
        coalesce(perceived_race, 'Unknown') as race_group
    from raw.rms__enforcement_actions
    """,
    """
    create table staging.stg_rms__strip_searches as
    select search_id, cast(searched_at as date) as record_date from raw.rms__strip_searches
    """,
    """
    create table staging.stg_rms__bookings as
    select booking_id, cast(booked_at as timestamp) as booked_at from raw.rms__bookings
    """,
    """
    create table staging.stg_rms__calls_for_service as
    select record_id, record_date from staging.stg_rms__arrests
    """,
    """
    create table staging.stg_tps__arrests as
    select race_group, division, date_trunc('quarter', record_date) as record_date
    from staging.stg_rms__arrests
    """,
    "create table staging.stg_tps__copy_differences (table_name varchar, cell varchar)",
    """
    create table staging.stg_provincial_use_of_force__reports as
    select 'R' || n as report_id, n % 2 = 0 as is_included from range(200) as numbers(n)
    """,
    """
    create table staging.stg_provincial_use_of_force__individuals as
    select report_id, 'White' as race_group from staging.stg_provincial_use_of_force__reports
    """,
    """
    create table audit.source_counts as
    select
        'rms' as source, 'arrests' as table_name,
        3650 as source_rows, 3640 as rows_held, 10 as rows_open
    """,
    """
    create table audit.current_loads as
    select
        'rms' as source, unnest(['arrests', 'strip_searches', 'youth_diversions']) as table_name,
        date '2023-12-31' - unnest([0, 2, 60]) as data_as_of
    """,
    """
    create table benchmarks.resident_population as
    select
        'Lakeshore' as service, 'resident_population' as benchmark, vintage, 'all' as dimension,
        'all' as dimension_value, race_group, count, 1000 as total
    from (values
        ('2016', 'Black', 100), ('2016', 'White', 900),
        ('2021', 'Black', 120), ('2021', 'White', 880)
    ) as residents(vintage, race_group, count)
    """,
    """
    create table raw.config__benchmarks as
    select 'resident_population' as benchmark, '2021' as vintage, 'resident' as unit
    """,
    """
    create table benchmarks.benchmark_counts as
    select benchmark, 'resident' as unit, vintage, race_group, count
    from benchmarks.resident_population
    """,
    """
    create table interactions.interaction_counts as
    with years as (
        select
            'Lakeshore' as service, interaction, 'person' as unit,
            null::varchar as composition_rule,
            'year' as period_type, year as period, 'all' as dimension, 'all' as dimension_value,
            race_group, records as count, records - 1 as persons
        from (values ('arrest', 300), ('booking', 250), ('strip_search', 150))
            as kinds(interaction, records)
        cross join (values ('2022'), ('2023')) as years(year)
        cross join (values ('Black'), ('White')) as race_groups(race_group)
    )
    select * from years
    union all
    select service, interaction, unit, composition_rule, 'all', 'all', dimension,
        dimension_value, race_group, sum(count), sum(persons)
    from years group by all
    """,
    """
    create table indicators.index_counts as
    select
        'F' || n as figure_id, 'Lakeshore' as service, 'arrests_' || n // 2 as indicator,
        case n % 2 when 0 then 'Black' else 'White' end as race_group,
        case n % 2 when 0 then 30 else 70 end as outcome_count, 100 as outcome_total,
        case n % 2 when 0 then 120 else 880 end as benchmark_count, 1000 as benchmark_total
    from range(100) as numbers(n)
    """,
    """
    create table indicators.disproportionality as
    select
        *, 'arrest' as outcome, 'resident_population' as benchmark, '2021' as benchmark_vintage,
        'person' as unit, 'year' as period_type, '2023' as period, 'all' as dimension,
        'all' as dimension_value, outcome_count / outcome_total as outcome_share,
        benchmark_count / benchmark_total as benchmark_share,
        (outcome_count / outcome_total) / (benchmark_count / benchmark_total)
            as disproportionality_index,
        0.5 as index_low, 3.0 as index_high,
        0.1 as rate, 0.05 as rate_low, 0.3 as rate_high,
        1.0 as disparity_index, 0.9 as disparity_low, 1.1 as disparity_high,
        0.0 as rate_difference, -0.1 as rate_difference_low, 0.1 as rate_difference_high,
        0.04 as p_value, 0.06 as q_value, 0.4 as bound_low, 3.2 as bound_high,
        'no_disparity_detected' as classification, 'v1' as framework_version,
        date '2023-12-31' as data_as_of, 'run' as run_id
    from indicators.index_counts
    """,
    "create table indicators.data_quality (source varchar, table_name varchar, value double)",
    """
    create table publication.released_rule as
    select 1 as hide_from, 4 as hide_to, 'open' as zeros, null::integer as rounded_to
    """,
    # Counts of the marts, one behind each figure, and 300 others; every tenth is hidden.
    """
    create table publication.released_counts as
    with counts as (
        select
            row_number() over (order by interaction, period, race_group) as n,
            concat_ws(', ', interaction, race_group, period) as cell, service, interaction, unit,
            period, dimension, dimension_value, race_group, count
        from interactions.interaction_counts where period_type = 'year'
        union all
        select
            cast(substr(figure_id, 2) as integer), figure_id || ' of ' || race_group, service,
            'ticket', unit, period, dimension, dimension_value, race_group, outcome_count
        from indicators.disproportionality
        union all
        select
            n, 'cell ' || n, 'Lakeshore', 'ticket', 'person', '2023', null, null, null,
            if(n % 7 = 0, 0, 10 + n)
        from range(300) as numbers(n)
    )
    select
        * exclude (n) replace (if(n % 10 = 3, null, count) as count), n % 10 = 3 as hidden,
        false as published_before
    from counts
    """,
    """
    create table publication.released_figures as
    select
        figures.* replace (
            counts.count as outcome_count,
            if(counts.hidden, null, outcome_share) as outcome_share,
            if(counts.hidden, null, rate) as rate,
            if(counts.hidden, null, disproportionality_index) as disproportionality_index,
            if(counts.hidden, null, p_value) as p_value,
            if(counts.hidden, null, classification) as classification
        ),
        if(counts.hidden, null, 12.5) as expected_count,
        counts.cell as outcome_cell
    from indicators.disproportionality as figures
    inner join publication.released_counts as counts
        on counts.cell = figures.figure_id || ' of ' || figures.race_group
    """,
]
MARTS = (
    "interactions.interaction_counts",
    "benchmarks.benchmark_counts",
    "indicators.disproportionality",
)


def build(folder: Path) -> dict[str, Path]:
    """Make `warehouse.duckdb` in a folder, and the marts that readers see; returns their files."""
    published = {name: folder / f"{name}.parquet" for name in MARTS}
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for statement in _TABLES:
            connection.execute(statement)
        for name, file in published.items():
            connection.execute(f"copy (select * from {name}) to '{file}' (format parquet)")
    return published
