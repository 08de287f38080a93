"""One size measured: each contestant in a process of its own, one after the other, then checked."""

import json
import re
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT
from perf.generation import SERVICE, source_systems
from perf.process_tree import Measured, measure
from perf.truth import differing, mart_hashes

# The short ones are measured several times; the middle one counts.
SHORT_RUNS = 3
INCREMENT_DAYS = 7
RBDC = [sys.executable, "-c", "from orchestration.cli import main; main()"]
_STAGE_LINE = re.compile(r"^  (?P<what>\S.*?)\s+(?P<seconds>\d+\.\d) s  (?P<outcome>.*)$")
_LONGEST_REPORT = 20  # lines of a contestant that failed

Result = dict[str, Any]


class Contest:
    """The run at one size; `result` is what `results.json` says of it."""

    def __init__(self, actions: int, root: Path, say: Callable[[str], None]) -> None:
        """Make the source systems, or find them.

        Args:
            actions: enforcement actions wanted.
            root: `var/perf/`.
            say: takes a line for the person who waits.
        """
        self._say = say
        say(f"{actions:,} enforcement actions: source systems")
        self._systems, made = source_systems(actions, root)
        self._work = root / f"{actions}" / "run"
        shutil.rmtree(self._work, ignore_errors=True)
        (self._work / "log").mkdir(parents=True)
        self._state = self._work / "state" / SERVICE
        self._contestants: dict[str, Result] = {}
        self._hashes: dict[str, dict[str, str]] = {}
        self.result: Result = {
            "asked": actions,
            "generation": made.__dict__,
            "contestants": self._contestants,
        }

    def run(self) -> Result:
        """Measure everything; a contestant that fails is reported and the others go on."""
        self._hand_written("floor", "perf.floor", self._systems.records)
        self._hand_written("analyst", "perf.analyst", self._systems.records)
        self._startup()
        self._fill_state()
        if self._refresh("full_refresh"):
            self._hashes["full_refresh"] = mart_hashes(self._state / "marts")
            accepted = self._accepted()
            if self._refresh("no_change", runs=SHORT_RUNS):
                self._hashes["no_change"] = mart_hashes(self._state / "marts")
            self._increment(accepted)
        self.result["truth"] = self._truth()
        shutil.rmtree(self._work / "state", ignore_errors=True)
        return self.result

    def _hand_written(self, name: str, module: str, records: Path) -> None:
        target = self._work / name
        environment = {
            "PERF_SERVICE_DIR": str(self._systems.services / SERVICE),
            "PERF_SOURCE_SYSTEMS": str(records),
            "PERF_KEY_FILE": str(self._systems.key_file),
            "PERF_TARGET": str(target),
        }
        if self._measure(name, [sys.executable, "-m", module], environment, records):
            self._hashes[name] = mart_hashes(target)

    def _startup(self) -> None:
        folder = self._work / "startup"
        folder.mkdir()
        environment = {
            "RBDC_WAREHOUSE": str(folder / "none.duckdb"),
            "RBDC_DBT_PACKAGES": str(folder / "packages"),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "log"),
        }
        project = str(PROJECT / "dbt_project")
        dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "deps"]
        self._unmeasured([*dbt, "--project-dir", project, "--profiles-dir", project], environment)
        self._measure(
            "startup", [sys.executable, "-m", "perf.startup"], environment, None, runs=SHORT_RUNS
        )

    def _fill_state(self) -> None:
        """A state folder as it is before a first refresh; the records are copied: time passes."""
        shutil.copytree(self._systems.records, self._state / "source_systems")
        shutil.copy2(self._systems.key_file, self._state / "demo_pseudonym.key")

    def _refresh(self, name: str, runs: int = 1) -> bool:
        return self._measure(
            name,
            [*RBDC, "refresh", "--service", SERVICE],
            self._environment,
            self._state / "source_systems",
            runs=runs,
        )

    def _increment(self, accepted_before: int) -> None:
        """Let days pass in the source systems, refresh, and check against the floor made anew."""
        simulate = [*RBDC, "simulate", "--service", SERVICE, "--days", str(INCREMENT_DAYS)]
        self._unmeasured(simulate, self._environment)
        if not self._refresh("increment"):
            return
        self._hashes["increment"] = mart_hashes(self._state / "marts")
        self._contestants["increment"] |= {
            "days": INCREMENT_DAYS,
            "rows_before": accepted_before,
            "rows_accepted": self._accepted(),
        }
        self._hand_written("floor_after_increment", "perf.floor", self._state / "source_systems")

    def _accepted(self) -> int:
        """Rows of the records system that the last refresh accepted."""
        report = json.loads((self._state / "last_run.json").read_text(encoding="utf-8"))
        return sum(s["rows_accepted"] for s in report["sources"] if s["source"] == "rms")

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "RBDC_SERVICES_DIR": str(self._systems.services),
            "RBDC_STATE_ROOT": str(self._state.parent),
            "RBDC_SOURCE_DIR": "",
            "RBDC_PSEUDONYM_KEY": "",
        }

    def _measure(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        reads: Path | None,
        runs: int = 1,
    ) -> bool:
        """Measure a contestant and note its result; false if it failed."""
        measured = []
        for _ in range(runs):
            if reads:
                _into_file_cache(reads)
            measured.append(measure(command, environment, PROJECT))
            log = "\n".join(line.text for line in measured[-1].lines)
            (self._work / "log" / f"{name}.log").write_text(log + "\n", encoding="utf-8")
            if measured[-1].exit_status:
                self._contestants[name] = _failure(measured[-1])
                self._say(f"  {name}: FAILED\n{log[-2000:]}")
                return False
        middle = statistics.median_low(one.wall_seconds for one in measured)
        one = next(one for one in measured if one.wall_seconds == middle)
        self._contestants[name] = {
            "wall_seconds": one.wall_seconds,
            "cpu_seconds": one.cpu_seconds,
            "peak_bytes": one.peak_bytes,
            "others_cpu_share": one.others_cpu_share,
            "wall_seconds_of_all_runs": [one.wall_seconds for one in measured],
            "stages": stages(one),
        }
        self._say(f"  {name:<22} {one.wall_seconds:8.1f} s  {one.peak_bytes / 1e9:6.2f} GB")
        return True

    def _unmeasured(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        done = measure(command, environment, PROJECT)
        if done.exit_status:
            tail = "\n".join(line.text for line in done.lines[-_LONGEST_REPORT:])
            raise SystemExit(f"{' '.join(command[3:])} failed:\n{tail}")

    def _truth(self) -> Result:
        """Which contestants' marts equal the refresh's; the increment has a floor of its own."""
        pairs = {
            "floor": ("floor", "full_refresh"),
            "analyst": ("analyst", "full_refresh"),
            "no_change": ("no_change", "full_refresh"),
            "increment": ("floor_after_increment", "increment"),
        }
        found: Result = {"hashes": self._hashes.get("full_refresh", {}), "differing": {}}
        for name, (one, other) in pairs.items():
            if one in self._hashes and other in self._hashes:
                found["differing"][name] = differing(self._hashes[one], self._hashes[other])
        return found


def stages(measured: Measured) -> list[Result]:
    """Stages of a refresh from its progress lines, with time, share and memory of each.

    What no line accounts for (imports, parsing, orchestration between the steps) is a stage too.
    """
    found: dict[str, Result] = {}
    for line in measured.lines:
        match = _STAGE_LINE.match(line.text)
        if not match:
            continue
        words = match["what"].split()
        name = " ".join(words[:2]) if words[0] == "dbt" else words[0]
        seconds = float(match["seconds"])
        stage = found.setdefault(name, {"stage": name, "wall_seconds": 0.0, "peak_bytes": 0})
        stage["wall_seconds"] += seconds
        peak = measured.peak_between(line.at - seconds, line.at)
        stage["peak_bytes"] = max(stage["peak_bytes"], peak)
    if found:
        told = sum(stage["wall_seconds"] for stage in found.values())
        rest = {"stage": "start-up and orchestration", "wall_seconds": measured.wall_seconds - told}
        found["rest"] = {**rest, "peak_bytes": None}
    return list(found.values())


def _failure(measured: Measured) -> Result:
    return {
        "exit_status": measured.exit_status,
        "wall_seconds_until_failure": measured.wall_seconds,
        "peak_bytes_until_failure": measured.peak_bytes,
        "last_lines": [line.text for line in measured.lines[-_LONGEST_REPORT:]],
    }


def _into_file_cache(folder: Path) -> None:
    """Read the source systems once, so that no contestant pays for a cold disk alone."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                while stream.read(1 << 24):
                    pass
