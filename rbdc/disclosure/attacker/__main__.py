"""The command line of the attacker: `python -m rbdc.disclosure.attacker RELEASE`."""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from rbdc.disclosure.attacker.attack import attack
from rbdc.disclosure.attacker.report import AttackReport
from rbdc.errors import RbdcError


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack a release; 0 safe, 2 wrong use, 3 something was found, 4 not everything was tried."""
    parser = argparse.ArgumentParser(
        prog="python -m rbdc.disclosure.attacker",
        description="Try to compute the hidden numbers of a release from published files alone.",
        epilog="Exit status: 0 nothing found and everything tried, 2 wrong use, 3 disclosures "
        "found, 4 something could not be tried or read.",
    )
    parser.add_argument("release", type=Path, help="the release folder")
    parser.add_argument(
        "--previous", type=Path, nargs="+", action="extend", default=[], metavar="FOLDER",
        help="folders of earlier releases",
    )  # fmt: skip
    parser.add_argument(
        "--coalition", type=int, metavar="K", help="people of one cell who act together"
    )
    parser.add_argument("--seconds", type=float, default=600.0, help="end after this long")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole report here")
    parser.add_argument(
        "--intervals", type=Path, metavar="FILE", help="write what each hidden cell can be (CSV)"
    )
    options = parser.parse_args(arguments)
    try:
        report = attack(
            options.release,
            options.previous,
            coalition=options.coalition,
            seconds=options.seconds,
            intervals=options.intervals is not None,
        )
        sys.stdout.write(report.to_text())
        if options.json is not None:
            options.json.write_text(report.to_json(), encoding="utf-8")
        if options.intervals is not None:
            _write_intervals(report, options.intervals)
    except (RbdcError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return report.exit_status


def _write_intervals(report: AttackReport, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["cell", "lowest", "highest"])
        for one in report.intervals:
            writer.writerow([one.cell, one.lowest, "" if one.highest is None else one.highest])


if __name__ == "__main__":
    sys.exit(main())
