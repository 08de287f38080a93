"""The folder of provincial report files: one pair a year, dropped anew at the end of each month."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from rbdc.sources.simulator import provincial_2023 as form
from rbdc.sources.simulator.draws import Instants
from rbdc.sources.simulator.encounters import Police
from rbdc.sources.simulator.force_reports import (
    LATEST_FILING_DAYS,
    ForceReports,
    force_of_month,
    make_force_reports,
)
from rbdc.sources.simulator.sheets import Sheet, below

KINDS = ("main", "individual")
SHAPES = (form.MAIN, form.INDIVIDUAL)
_ROWS_AT_ONCE = 1000


def drop_files(police: Police, folder: Path, since: dt.date | None, until: dt.date) -> list[Path]:
    """Write the files of every year to which reports were added between two days.

    A year's file holds the reports on that year's incidents that were filed before the current
    month, in the order of filing: a later drop of the same year begins with the same rows.

    Args:
        police: whose reports they are.
        folder: where the files go; replaced whole, one after the other.
        since: the day on which the files there were dropped, None where there are none.
        until: the day to which time has come.

    Returns:
        The files written.
    """
    month = until.replace(day=1)
    if since is not None and month == since.replace(day=1):
        return []
    written = []
    for year in range(police.city.config.period.first_day.year, month.year + 1):
        complete = dt.date(year, 12, 31) + dt.timedelta(days=LATEST_FILING_DAYS + 31)
        if dt.date(year, 1, 1) < month and not (since and since > complete):
            written += _write_year(police, folder, year, month)
    return written


def provincial_file(kind: str, year: int) -> str:
    """Name of a file: `main` has a row a report, `individual` a row a person in a report."""
    return f"uof_{kind}_records_{year}.csv"


def _write_year(police: Police, folder: Path, year: int, before: dt.date) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / provincial_file(kind, year) for kind in KINDS]
    drafts = [path.with_name(f".{path.name}.tmp") for path in paths]
    main, individual = (draft.open("w", encoding="utf-8-sig", newline="") for draft in drafts)
    with main, individual:
        writers = []
        for file, shape in zip((main, individual), SHAPES, strict=True):
            # The header ends with CR LF and every other line with LF, a quirk of the published
            # files that a reader must bear.
            csv.writer(file, lineterminator="\r\n").writerow(form.header(shape))
            writers.append(csv.writer(file, lineterminator="\n"))
        rows = [0, 0]
        for sheets in _in_order_of_filing(police, year, before):
            for n, (sheet, shape) in enumerate(zip(sheets, SHAPES, strict=True)):
                numbers = (rows[n] + 1 + np.arange(len(sheet))).astype(object)
                numbered = replace(sheet, texts={form.ROW_NUMBER: numbers} | sheet.texts)
                for start in range(0, len(sheet), _ROWS_AT_ONCE):
                    some = numbered.take(slice(start, start + _ROWS_AT_ONCE))
                    writers[n].writerows(some.rows(form.header(shape)))
                rows[n] += len(sheet)
    for draft, path in zip(drafts, paths, strict=True):
        draft.replace(path)
    return paths


def _in_order_of_filing(
    police: Police, year: int, before: dt.date
) -> Iterator[tuple[Sheet, Sheet]]:
    """Both files' rows of a year, a month of filing at a time; only late ones are held back."""
    first = max(dt.date(year, 1, 1), police.city.config.period.first_day.replace(day=1))
    held: list[ForceReports] = []
    month = first
    while month.year == year and month < before:
        following = (month + dt.timedelta(days=31)).replace(day=1)
        held.append(make_force_reports(police, month, force_of_month(police, month)))
        # Whatever happens from now on is filed later than this month's end.
        end = before if following.year > year or following >= before else following
        yield tuple(_filed(held, n, np.datetime64(end, "s")) for n in (0, 1))  # type: ignore[misc]
        held = [_not_filed(reports, np.datetime64(end, "s")) for reports in held]
        month = following


def _filed(held: list[ForceReports], kind: int, end: np.datetime64) -> Sheet:
    sheets = [(one.main, one.individuals)[kind] for one in held]
    times = [(one.main_filed_at, one.individuals_filed_at)[kind] for one in held]
    at = np.concatenate(times)
    rows = np.flatnonzero(at < end)
    return below(sheets).take(rows[np.argsort(at[rows], kind="stable")])


def _not_filed(reports: ForceReports, end: np.datetime64) -> ForceReports:
    def later(sheet: Sheet, at: Instants) -> tuple[Sheet, Instants]:
        rows = at >= end
        return sheet.take(rows), at[rows]

    main, main_at = later(reports.main, reports.main_filed_at)
    individuals, individuals_at = later(reports.individuals, reports.individuals_filed_at)
    return ForceReports(main, individuals, main_at, individuals_at)
