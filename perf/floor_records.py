"""The floor's reading of records: which rows stand, and tables that hold no events of people."""

import duckdb


def stands_sql(key: str, at: str, rule: str) -> str:
    """Whether a row passes every rule that sets rows aside, but that its key may stand twice."""
    happened, updated = f"try_cast({at} as timestamp)", "try_cast(updated_at as timestamp)"
    return f"""coalesce(
        clean({key}) is not null and {updated} < current_date + 2
        and coalesce(is_deleted in (0, 1), true)
        and (coalesce(is_deleted, 0) = 1 or ({happened} < current_date + 2
            and {happened} <= {updated} + interval 1 day and {rule})), false)"""


def keep_what_stands(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Keep the rows that stand and are not deleted, and note how far the table reaches."""
    # Few keys stand twice: looking only at those spares numbering the rows of every key.
    connection.execute(f"""
        create table {table}_again as
        select n from {table}
        where id in (select id from {table} group by id having count(*) > 1)
        qualify row_number() over (partition by id order by updated nulls last, n) > 1;
        delete from {table} where not stands or n in (select n from {table}_again);
        create table {table}_as_of as select max(updated)::date as data_as_of from {table};
        delete from {table} where deleted;
    """)


def read_bookings(connection: duckdb.DuckDBPyConnection) -> None:
    """Read bookings into `custody`: the band of the time in custody of each arrest."""
    connection.execute(f"""
        create table bookings as
        select rowid as n, clean(booking_id) as id, clean(arrest_id) as arrest_id,
            try_cast(booked_at as timestamp) as booked,
            try_cast(custody_ended_at as timestamp) as ended,
            try_cast(updated_at as timestamp) as updated, coalesce(is_deleted, 0) = 1 as deleted,
            {stands_sql("booking_id", "booked_at", "clean(arrest_id) is not null")} as stands
        from source.bookings;
    """)
    keep_what_stands(connection, "bookings")
    connection.execute("""
        create table custody as
        select arrest_id, case
            when count(seconds) < count(*) then 'Unknown'
            when sum(seconds) < 6 * 3600 then 'under 6 hours'
            when sum(seconds) <= 24 * 3600 then '6 to 24 hours'
            else 'over 24 hours' end as custody_time
        from (select arrest_id,
            case when ended >= booked then date_diff('second', booked, ended) end as seconds
            from bookings)
        group by arrest_id;
        drop table bookings;
    """)


def read_calls(connection: duckdb.DuckDBPyConnection) -> None:
    """Read calls into `call_counts`: those attended by month, division, call type and race."""
    connection.execute(f"""
        create table calls_for_service as
        select n, clean(call_id) as id, attended = 1 as attended,
            coalesce(race_group_of.race_group,
                case when race is null then 'Unknown' else 'Unmapped' end::race_group)
                as race_group,
            coalesce(call_type_of.call_type,
                case when kind is null then 'Unknown' else 'Unmapped' end::call_type) as call_type,
            coalesce(clean(division), 'Unknown') as division,
            (year(happened) * 12 + month(happened) - 1)::smallint as month,
            updated, coalesce(is_deleted, 0) = 1 as deleted,
            {stands_sql("call_id", "received_at", "coalesce(attended in (0, 1), true)")} as stands
        from (
            select rowid as n, try_cast(received_at as timestamp) as happened,
                try_cast(updated_at as timestamp) as updated, perceived_race as race,
                call_type as kind, call_id, received_at, updated_at, attended, division, is_deleted
            from source.calls_for_service) as read
        left join race_group_of on race_group_of.label = lower(trim(race))
        left join call_type_of on call_type_of.label = lower(trim(kind));
    """)
    keep_what_stands(connection, "calls_for_service")
    connection.execute("""
        create table call_counts as
        select month, division, call_type::varchar as call_type, race_group, count(*) as calls
        from calls_for_service where attended group by all;
        drop table calls_for_service;
    """)
