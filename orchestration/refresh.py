"""`rbdc refresh` and `rbdc readmit`: a job run here and now, with lines a person can follow."""

import datetime as dt
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from orchestration.alerts import Alert, alert_without_run, alerts_of
from orchestration.definitions import build_defs
from orchestration.defs.automation.jobs import (
    BUILD_RELEASE,
    NIGHTLY_REFRESH,
    READMIT,
    REBUILD_MARTS,
)
from orchestration.defs.extract.resources import backfill_config
from orchestration.defs.release.resources import wish_config
from orchestration.exit_status import DONE, WRONG_USE
from orchestration.instance import fail_killed_runs, open_instance
from orchestration.night_report import REPORTED_TAG, write_night_report, write_report
from orchestration.notifiers import Notifier, notifiers_of, notify
from orchestration.outcome import Outcome, read_outcome
from orchestration.progress import LOGGER_NAME, say, timed
from orchestration.release_wish import Wish, policy_of
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.errors import BusyError, ConfigError
from rbdc.release.headline import headline, text_table
from rbdc.release.package.write import CANDIDATES
from rbdc.release.services_table import counts_by_service, counts_text
from rbdc.release.wording import SIMULATED
from rbdc.sources.batch import Period
from rbdc.store.marts import last_run

# Dagster's own console log would bury the progress lines; everything is in the UI.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def refresh(
    settings: Settings,
    job_name: str = NIGHTLY_REFRESH,
    *,
    period: Period | None = None,
    notifiers: Sequence[Notifier] | None = None,
    show_figures: bool = True,
) -> int:
    """Run a job of a service, write its night report, and alert of what went wrong.

    Args:
        settings: which service and which folders.
        job_name: the job; all of them end in marts.
        period: days to pull again, of the tables that have a date; all others are read whole.
        notifiers: where alerts go, instead of where the settings say.
        show_figures: print the headline figures at the end.

    Returns:
        The exit status of DESIGN §5; the same is in `last_run.json`.

    Raises:
        ConfigError: the service is unknown (there is no state folder to write a report to), or
            what is said of e-mail is not complete.
        BusyError: another run holds the service.
    """
    _follow_progress()
    notifiers = notifiers_of(settings) if notifiers is None else notifiers
    service = Service(settings)
    started_at = dt.datetime.now(dt.UTC).isoformat()
    print(f"Service {settings.service} ({service.sources.service})", flush=True)
    try:
        _check_configuration(service, asks_sources=job_name != READMIT)
    except ConfigError as error:
        _print_error(str(error))
        alerts = [alert_without_run(service, "configuration", str(error))]
        write_report(
            service,
            alerts,
            run_id=None,
            status="failed",
            exit_status=WRONG_USE,
            started_at=started_at,
            finished_at=dt.datetime.now(dt.UTC).isoformat(),
            sources=[],
            marts_changed=[],
            reasons=[str(error)],
            warnings=[],
            quarantine=[],
        )
        notify(notifiers, alerts)
        return WRONG_USE
    try:
        report, seconds = _run(service, notifiers, job_name, period)
    except BusyError as error:
        notify(notifiers, [alert_without_run(service, "busy", str(error))])
        raise
    notify(notifiers, [Alert(**alert) for alert in report["alerts"]])
    status = int(report["exit_status"])
    if status != DONE:
        _print_failure(service, status, report["reasons"], seconds)
    else:
        _print_results(service, seconds, show_figures=show_figures)
    return status


def build_release(settings: Settings, wish: Wish) -> int:
    """Build a candidate release from the marts as they are.

    Args:
        settings: which service and which folders.
        wish: where the release ends and what it follows.

    Returns:
        The exit status of DESIGN §5: 3 if a gate or the attack refuses it.

    Raises:
        ConfigError: the service or its policy is wrong, or it has none.
        BusyError: another run holds the service.
    """
    _follow_progress()
    service = Service(settings)
    print(f"Service {settings.service} ({service.sources.service})", flush=True)
    outcome = _run_release(service, wish, [BUILD_RELEASE])
    if outcome.exit_status == DONE:
        candidates = service.state.releases / CANDIDATES
        for folder in sorted(candidates.glob("*/")):
            print(f"\nCandidate: {folder}\nAttack:    {folder}.attack.txt")
    return outcome.exit_status


def rebuild_release(settings: Settings, wish: Wish) -> int:
    """Build the marts and then a release from raw as it stands, without asking any source.

    Args:
        settings: which service and which folders.
        wish: with the release that is built again.

    Returns:
        The exit status of DESIGN §5.

    Raises:
        ConfigError: the service or its policy is wrong, or it has none.
    """
    _follow_progress()
    return _run_release(Service(settings), wish, [REBUILD_MARTS, BUILD_RELEASE]).exit_status


def _run_release(service: Service, wish: Wish, job_names: Sequence[str]) -> Outcome:
    """Run jobs one after the other until one fails, the last of which builds a release."""
    if policy_of(service) is None:
        raise ConfigError(
            f"Service '{service.settings.service}' has no disclosure.yml: it releases nothing."
        )
    with open_instance(service) as instance:
        fail_killed_runs(service, instance)
        definitions = build_defs(service.settings, notifiers=())
        for name in job_names:
            asked = wish_config(wish) if name == BUILD_RELEASE else {}
            with _output_to(service.state.logs / "release.log"):
                result = definitions.resolve_job_def(name).execute_in_process(
                    instance=instance,
                    tags={REPORTED_TAG: "true"},
                    run_config={**_QUIET, **asked},
                    raise_on_error=False,
                )
            outcome = read_outcome(service, instance, result.run_id)
            if outcome.exit_status != DONE:
                break
    for failure in outcome.failures:
        _print_error(failure.reason)
    return outcome


def _run(
    service: Service, notifiers: Sequence[Notifier], job_name: str, period: Period | None
) -> tuple[dict[str, Any], float]:
    """Run the job; gives its night report and the seconds that it took."""
    with timed() as clock, open_instance(service) as instance:
        for killed in fail_killed_runs(service, instance):
            if REPORTED_TAG in killed.tags:  # nobody was left to tell of it
                outcome = read_outcome(service, instance, killed.run_id)
                notify(notifiers, alerts_of(service, outcome))
        if _simulate(service):
            say("simulator", f"source systems made for {service.sources.service}", clock.seconds)
        definitions = build_defs(service.settings, notifiers=notifiers)
        job = definitions.resolve_job_def(job_name)
        with _output_to(service.state.logs / "refresh.log"):
            result = job.execute_in_process(
                instance=instance,
                tags={REPORTED_TAG: "true"},
                run_config={**_QUIET, **backfill_config(period)},
                raise_on_error=False,
            )
        report = write_night_report(service, instance, result.run_id)
    return report, clock.seconds


@contextmanager
def _output_to(file: Path) -> Iterator[None]:
    """Send what libraries print (dbt prints every test) to a file; progress lines go on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        yield


def _check_configuration(service: Service, *, asks_sources: bool) -> None:
    """Find wrong use before anything runs."""
    service.framework()
    _ = service.corrections
    if asks_sources:
        service.check_places()
    service.pseudonym_key()


def _simulate(service: Service) -> bool:
    with service.state.lock("making the simulated source systems"):
        return service.simulate()


def _follow_progress() -> None:
    logger = logging.getLogger(LOGGER_NAME)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    handler = logging.StreamHandler(sys.stdout)  # as it is now: libraries' output goes elsewhere
    handler.setFormatter(logging.Formatter("  %(message)s"))
    logger.handlers = [handler]


def _print_failure(service: Service, status: int, reasons: list[str], seconds: float) -> None:
    for reason in reasons:
        _print_error(reason)
    kept = "The marts of the last good run are unchanged." if last_run(service.state) else ""
    print(f"\nNot refreshed after {seconds:.0f} s, exit status {status}. {kept}")
    print(f"Night report: {service.state.root / 'last_run.html'}")


def _print_results(service: Service, seconds: float, *, show_figures: bool) -> None:
    results = service.state.mart("indicators.disproportionality")
    if show_figures:
        _print_figures(service, results)
    print(f"\nRefreshed in {seconds:.0f} s. Results: {results}")
    print(f"Night report: {service.state.root / 'last_run.html'}   UI: make ui", end="")
    print("" if service.settings.service == "demo" else f" SERVICE={service.settings.service}")


def _print_figures(service: Service, results: Path) -> None:
    framework = service.framework()
    every = service.sources.every_service
    frame = headline(results, framework, every_service=every)
    if service.sources.synthetic:
        print(f"\n{SIMULATED}")
    if every or frame.empty:
        counts = counts_by_service(service.state.mart("interactions.interaction_counts"), framework)
        print(counts_text(counts, frame["service"].nunique(), framework.thresholds.small_count))
    if not frame.empty:
        print(text_table(frame, framework.thresholds.confidence))


def _print_error(message: str) -> None:
    print(f"\nERROR: {message}", file=sys.stderr, flush=True)
