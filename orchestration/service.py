"""One service as its pipeline sees it: settings, declarations and state folder in one place."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.settings import Settings
from rbdc.errors import ConfigError
from rbdc.framework import Framework, load_framework
from rbdc.sources.corrections import Correction, load_corrections
from rbdc.sources.declaration import LABELS, ServiceSources, SourceTable, load_sources
from rbdc.sources.pseudonyms import PseudonymKey, parse_key, read_key_file
from rbdc.store.inputs import code_version
from rbdc.store.intake import Place
from rbdc.store.layout import StateFolder

if TYPE_CHECKING:  # the simulator is loaded only where it is used
    from rbdc.sources.simulator import SimulationReport


@dataclass(frozen=True)
class Service:
    """What every asset of a service needs; cheap to make, read only when asked."""

    settings: Settings

    @cached_property
    def state(self) -> StateFolder:
        """The service's state folder."""
        return StateFolder(self.settings.state_dir)

    @cached_property
    def sources(self) -> ServiceSources:
        """The declared sources."""
        return load_sources(self.settings.service_dir)

    @cached_property
    def tables(self) -> tuple[SourceTable, ...]:
        """Every table that is landed, the service's own label mappings with them.

        Without a folder of source files, tables that stand on a portal are read from there.
        """
        from_portals = self.settings.source_dir is None and not self.sources.simulation
        declared = (
            table.at_portal() if from_portals and table.portal else table
            for table in self.sources.tables
        )
        return (*declared, LABELS)

    @cached_property
    def corrections(self) -> tuple[Correction, ...]:
        """Known errors of its providers."""
        return load_corrections(self.settings.service_dir, self.tables)

    @cached_property
    def code_version(self) -> str:
        """Version of code, models and suites."""
        return code_version(self.settings.project)

    @property
    def models(self) -> Path:
        """The folder of the models."""
        return self.settings.project / "models"

    @property
    def labels_file(self) -> Path:
        """Raw labels and their standard labels."""
        return self.settings.service_dir / (LABELS.path or "")

    def framework(self) -> Framework:
        """The analysis framework, read anew: it may have been edited since the process started."""
        return load_framework(self.settings.service_dir)

    def place_of(self, table: SourceTable) -> Place:
        """Where a table is read from.

        Raises:
            ConfigError: it is read from a folder, and none was named or it does not exist.
        """
        if table.path is None:
            return Place(url=self.settings.source_urls.get(table.url_env or ""))
        if table.folder == "service":
            return Place(folder=self.settings.service_dir)
        return Place(folder=self.source_dir())

    def source_dir(self) -> Path:
        """The folder of the source systems.

        Raises:
            ConfigError: no source folder was named, or it does not exist.
        """
        folder = self.settings.source_dir
        if folder is None and self.sources.simulation:
            return self.state.source_systems
        if folder is None:
            in_files = [t.id for t in self.tables if t.path and t.folder == "sources"]
            raise ConfigError(
                f"Service '{self.settings.service}' reads {', '.join(in_files)} from files: name "
                f"their folder, `make refresh SERVICE={self.settings.service} SOURCE_DIR=<folder>`."
            )
        if not folder.is_dir():
            raise ConfigError(f"The source folder {folder} does not exist. Correct SOURCE_DIR.")
        return folder

    def check_places(self) -> None:
        """Find out before anything runs whether every source can be asked.

        Raises:
            ConfigError: a folder or the address of a database is missing.
        """
        for table in self.tables:
            place = self.place_of(table)
            if table.url_env and not place.url:
                raise ConfigError(
                    f"Source {table.source}, table {table.table}: set {table.url_env} to the "
                    "address of its database."
                )

    def pseudonym_key(self) -> PseudonymKey | None:
        """The key named by the environment, or the demo key of a simulated service.

        Raises:
            ConfigError: the key is malformed or readable by others.
        """
        named = self.settings.pseudonym_key
        if named and Path(named).is_file():
            return read_key_file(Path(named))
        if named:
            return parse_key(named)
        demo_key = self.state.root / "demo_pseudonym.key"
        if self.sources.simulation and demo_key.is_file():
            return read_key_file(demo_key)
        return None

    def simulate(self) -> bool:
        """Make the source systems of a simulated service where they are absent.

        Returns:
            Whether they were made now.
        """
        if not self.sources.simulation or self.settings.source_dir is not None:
            return False
        from rbdc.sources.simulator import generate, write_demo_key

        write_demo_key(self.state.root / "demo_pseudonym.key")
        if self.state.source_systems.exists():
            return False
        generate(self.settings.service_dir / self.sources.simulation, self.state.source_systems)
        return True

    def let_days_pass(self, days: int, records_url: str | None = None) -> "SimulationReport":
        """Let time pass in the source systems of a simulated service; make them where absent.

        Args:
            days: how many days pass, 0 or more.
            records_url: a PostgreSQL database for the records, instead of an SQLite file.

        Raises:
            ConfigError: the service is not a simulated one, or its source systems were made from
                another configuration.
        """
        from rbdc.sources.simulator import advance, generate, write_demo_key

        if not self.sources.simulation:
            raise ConfigError(
                f"Service '{self.settings.service}' is a real one: time passes there by itself. "
                "Only a service with `simulation` in its sources.yml can be simulated."
            )
        config, folder = self.settings.service_dir / self.sources.simulation, self.source_dir()
        write_demo_key(self.state.root / "demo_pseudonym.key")
        if not folder.exists():
            generate(config, folder, records_url)
        return advance(config, folder, days, records_url)
