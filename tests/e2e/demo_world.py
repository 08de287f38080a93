"""The simulated service after a first good refresh, with a configuration that tests may edit."""

from pathlib import Path
from typing import NamedTuple

from tests.pipeline import refresh_apart, refresh_here, smaller_services


class World(NamedTuple):
    """State folder, configuration, environment of its commands, and what the refresh printed."""

    state: Path
    service: Path
    settings: dict[str, str]
    printed: str


def refreshed(root: Path) -> World:
    """A small city, refreshed for the first time in a process of its own."""
    services = smaller_services(root, residents=60_000)
    declared = services / "demo" / "sources.yml"
    main_records = "    path: provincial/uof_main_records_*.csv\n"
    assert main_records in declared.read_text()
    declared.write_text(
        declared.read_text().replace(main_records, main_records + "    on_refusal: hold\n")
    )
    settings = {"RBDC_SERVICES_DIR": str(services), "RBDC_PSEUDONYM_KEY": ""}
    outcome = refresh_apart(root / "var", "--service", "demo", **settings)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return World(root / "var" / "demo", services / "demo", settings, outcome.stdout)


def again(world: World, *arguments: str) -> str:
    """What another good refresh prints."""
    outcome = refresh_here(world.state.parent, "--service", "demo", *arguments, **world.settings)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout
