"""A small simulated city into whose rows faults are put, and what is then in force or set aside."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.sources.declaration import SourceTable, load_sources
from rbdc.sources.simulator import generate
from rbdc.sql import identifier
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql
from tests.pipeline import KEY, PROJECT, land_and_judge_table, smaller_services
from tests.quality.row_faults import Planted, RowFault, State, row_faults, write_sources
from tests.quality.whole_state import audit_views

DECLARED = {table.id: table for table in load_sources(PROJECT / "services" / "demo").tables}
ROW_FAULTS = row_faults(DECLARED)
FAULTY = sorted({fault.table for fault in ROW_FAULTS})


@dataclass(repr=False)
class City:
    """A simulated city with its good sources, and the keys of rows that nothing is wrong with."""

    services: Path
    sources: Path
    sound: dict[str, list[tuple[str, ...]]]
    aside: Counter[tuple[str, str]]

    def __repr__(self) -> str:
        return "the small city"  # Hypothesis would print every row of it

    def service(self, root: Path, sources: Path) -> Service:
        return Service(
            Settings(
                services_dir=self.services, state_root=root, source_dir=sources, pseudonym_key=KEY
            )
        )

    def plant(self, mix: Sequence[tuple[RowFault, int]]) -> list[Planted]:
        """The mix in rows of this city, one fault a row."""
        planted = [
            Planted(fault, keys[number % len(keys)])
            for fault, number in mix
            if (keys := self.sound[fault.table])
        ]
        return list({(one.fault.table, one.key): one for one in planted}.values())

    def write(self, folder: Path, planted: Sequence[Planted], to: State) -> None:
        write_sources(self.sources, folder, list(DECLARED.values()), planted, to)

    def aside_with(
        self, planted: Sequence[Planted], tables: Sequence[str]
    ) -> Counter[tuple[str, str]]:
        """How many rows of some tables each rule must have set aside."""
        own = Counter({rule: n for rule, n in self.aside.items() if rule[0] in tables})
        return own + Counter((one.fault.table, rule) for one in planted for rule in one.fault.rules)


def make_city(folder: Path, residents: int) -> City:
    services = smaller_services(folder, residents=residents)
    generate(services / "demo" / "simulation.yml", folder / "sources")
    city = City(services, folder / "sources", {}, Counter())
    service = city.service(folder / "var", city.sources)
    judge(service, FAULTY)
    for table in service.tables:
        if table.id in FAULTY:
            city.sound[table.id] = in_force(service, table, table.key)
    city.aside = set_aside(service, FAULTY)
    return city


def judge(service: Service, tables: Sequence[str]) -> None:
    for table in service.tables:
        if table.id in tables:
            load = land_and_judge_table(service, table, "night")
            assert load.balances and load.verdict in ("accepted", "unchanged"), load.reason


def in_force(service: Service, table: SourceTable, columns: Sequence[str]) -> list[tuple]:
    """Some columns of the rows of a raw table."""
    history = LoadHistory(service.state, table)
    files, gone = history.rows_files(), history.gone_files()
    if not files:
        return []
    rows = current_rows_sql(table, files, gone, with_deleted=False)
    names = ", ".join(map(identifier, columns))
    return duckdb.sql(f"select {names} from ({rows}) order by all").fetchall()


def raw(service: Service, tables: Sequence[str]) -> dict[str, list[tuple]]:
    wanted = [table for table in service.tables if table.id in tables]
    return {table.id: in_force(service, table, table.column_names) for table in wanted}


def set_aside(service: Service, tables: Sequence[str]) -> Counter[tuple[str, str]]:
    """How many rows in quarantine, not settled, each rule set aside."""
    with audit_views(service.state, service.tables) as connection:
        found = connection.execute(
            "select source || '__' || table_name, unnest(string_split(expectation, ', ')) "
            "from quarantine.rows where resolved_at is null"
        ).fetchall()
    return Counter(one for one in found if one[0] in tables)


def loses_its_key(planted: Planted) -> bool:
    return bool(set(planted.fault.changes) & set(DECLARED[planted.fault.table].key))
