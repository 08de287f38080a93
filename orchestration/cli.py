"""The console script `rbdc`, which `make` wraps."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orchestration.exit_status import DONE, FAILED, REFUSED, WRONG_USE
from orchestration.settings import DEFAULT_SERVICE, Settings
from rbdc.errors import ConfigError, RbdcError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status (DESIGN §5)."""
    options = _parser().parse_args(arguments)
    try:
        status = options.run(options)
    except ConfigError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        status = WRONG_USE
    except RbdcError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        status = FAILED
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rbdc", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    refresh = commands.add_parser("refresh", help="pull, judge, rebuild and swap in the marts")
    refresh.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    refresh.add_argument("--source-dir", type=Path, help="folder of the source files")
    what = refresh.add_mutually_exclusive_group()
    what.add_argument("--full", action="store_true", help="read every source from the beginning")
    what.add_argument(
        "--again", nargs=2, metavar=("FIRST", "LAST"), help="days to pull again, YYYY-MM-DD"
    )
    refresh.set_defaults(run=_refresh)
    readmit = commands.add_parser("readmit", help="judge again what stands in quarantine")
    readmit.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    readmit.add_argument("--source-dir", type=Path, help="folder of the source files")
    readmit.set_defaults(run=_readmit)
    explain = commands.add_parser(
        "explain", help="follow a published figure back to counts, records, loads and code"
    )
    explain.add_argument("figure_id", help="of a row of a mart, or at least its first 6 characters")
    explain.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    explain.set_defaults(run=_explain, source_dir=None)
    release = commands.add_parser(
        "release", help="build a candidate release: protected, judged, attacked and checked"
    )
    release.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    release.add_argument("--until", help="nothing after this quarter or year: 2021-Q3")
    release.add_argument("--previous", type=Path, help="release folder that it follows")
    release.set_defaults(run=_release, source_dir=None)
    reproduce = commands.add_parser(
        "reproduce", help="build a release again from raw and compare every byte"
    )
    reproduce.add_argument("release", help="its version, or its folder")
    reproduce.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    reproduce.set_defaults(run=_reproduce, source_dir=None)
    incident = commands.add_parser(
        "demo-incident", help="a bad night of the simulated service, from alert to the fix"
    )
    incident.set_defaults(run=_demo_incident)
    simulate = commands.add_parser("simulate", help="let days pass in a simulated service")
    simulate.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    simulate.add_argument("--source-dir", type=Path, help="folder of the source systems")
    simulate.add_argument("--days", type=int, default=1, help="how many days pass (1)")
    simulate.add_argument(
        "--records-url", help="postgresql://… for the records, instead of an SQLite file"
    )
    simulate.set_defaults(run=_simulate)
    ui = commands.add_parser("ui", help="start the Dagster UI of a service")
    ui.add_argument("--service", default=DEFAULT_SERVICE, help="folder name under services/")
    ui.add_argument("--source-dir", type=Path, help="folder of the source files")
    ui.add_argument("--port", type=int, default=3000)
    ui.set_defaults(run=_ui)
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    settings = replace(Settings.from_environment(), service=options.service)
    if options.source_dir is None:
        return settings
    folder = options.source_dir.resolve()
    if not folder.is_dir():
        raise ConfigError(f"The source folder {options.source_dir} does not exist.")
    return replace(settings, source_dir=folder)


def _refresh(options: argparse.Namespace) -> int:
    # Imported here: `rbdc --help` and wrong options need not wait for Dagster.
    from orchestration.defs.automation.jobs import FULL_REBUILD, NIGHTLY_REFRESH
    from orchestration.defs.extract.resources import parse_period
    from orchestration.refresh import refresh

    period = parse_period(*options.again) if options.again else None
    job = FULL_REBUILD if options.full else NIGHTLY_REFRESH
    return refresh(_settings(options), job, period=period)


def _readmit(options: argparse.Namespace) -> int:
    from orchestration.defs.automation.jobs import READMIT
    from orchestration.refresh import refresh
    from orchestration.service import Service
    from rbdc.store.marts import last_run

    settings = _settings(options)
    if last_run(Service(settings).state) is None:
        raise ConfigError("Nothing was refreshed yet, so nothing can stand in quarantine.")
    return refresh(settings, READMIT)


def _explain(options: argparse.Namespace) -> int:
    from orchestration.service import Service
    from rbdc.explain import explain

    service = Service(_settings(options))
    synthetic = service.sources.synthetic  # asked first: it knows the services by name
    found = explain(
        service.state, options.figure_id, framework=service.framework(), synthetic=synthetic
    )
    print(found.text, end="")
    if found.agrees:
        return DONE
    print(f"ERROR: figure {found.figure_id} does not agree with its sources.", file=sys.stderr)
    return REFUSED


def _release(options: argparse.Namespace) -> int:
    from orchestration.refresh import build_release
    from orchestration.release_wish import Wish

    previous = options.previous
    if previous is not None and not previous.is_dir():
        raise ConfigError(f"PREVIOUS={previous} is no folder. Name a release folder.")
    wish = Wish(options.until or None, previous.resolve() if previous else None)
    return build_release(_settings(options), wish)


def _reproduce(options: argparse.Namespace) -> int:
    from orchestration.reproducing import reproduce

    return reproduce(_settings(options), options.release)


def _demo_incident(options: argparse.Namespace) -> int:
    from orchestration.demo_incident import demo_incident

    return demo_incident(Settings.from_environment())


def _simulate(options: argparse.Namespace) -> int:
    from orchestration.service import Service

    if options.days < 0:
        raise ConfigError(f"--days {options.days}: time cannot go back. Give 0 or more.")
    service = Service(_settings(options))
    with service.state.lock("simulating days"):
        report = service.let_days_pass(options.days, options.records_url)
    print(f"SIMULATED DATA. {service.sources.service} stands at {report.until:%Y-%m-%d}.")
    for table, rows in report.rows.items():
        print(f"  {table:32} {rows:>12,} rows")
    for file in report.files:
        print(f"  dropped anew: {file.parent.name}/{file.name}")
    print("`make refresh` takes up what changed.")
    return DONE


def _ui(options: argparse.Namespace) -> int:
    from orchestration.instance import dagster_home
    from orchestration.service import Service

    settings = _settings(options)
    service = Service(settings)
    service.simulate()
    environment = {
        **os.environ,
        **settings.to_environment(),
        "DAGSTER_HOME": str(dagster_home(service)),
    }
    dagster = Path(sys.executable).parent / "dagster"
    command = [str(dagster), "dev", "-m", "orchestration.definitions", "-p", str(options.port)]
    os.execve(dagster, command, environment)
