"""A service that reads from a portal: refreshed without files, and refused where rows are lost."""

import shutil

import pandas as pd
import pytest
import yaml

from rbdc.sources import arcgis
from rbdc.sources.simulator.portals import Fault, Portal
from tests.pipeline import PROJECT, hashes, last_run, mart, query, refresh_here
from tests.quality.good_batches import SEARCHED, tps_arrest
from tests.unit.sources.portals import EDITED, patience

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

NAME, ROWS = "RBDC_ARR_TBL_001", 50
TEXTS = {
    "Arrest_Month",
    "Perceived_Race",
    "Sex",
    "Age_group__at_arrest_",
    "Youth_at_arrest__under_18_years",
    "ArrestLocDiv",
    "Occurrence_Category",
}


def arrests(rows: int) -> pd.DataFrame:
    """Invented arrests with the names and types of Toronto's table; every fifth one searched."""
    made = [
        tps_arrest(
            number,
            Perceived_Race="Black" if number % 3 == 0 else "White",
            Arrest_Month="Oct-Dec" if number % 2 else "Jan-Mar",
            **(SEARCHED if number % 5 == 0 else {}),
        )
        for number in range(1, rows + 1)
    ]
    table = pd.DataFrame(made)
    numbers = [column for column in table if column not in TEXTS]
    table[numbers] = table[numbers].apply(pd.to_numeric).astype("Int64")
    return table.astype(dict.fromkeys(TEXTS, "string"))


@pytest.fixture
def portal():
    with Portal(max_record_count=20) as one:
        one.add_table(NAME, arrests(ROWS), edited_at=EDITED)
        yield one


@pytest.fixture
def refresh(portal, tmp_path, monkeypatch):
    """Refresh a copy of the Toronto service that has one table, at the local portal."""
    services = tmp_path / "services"
    folder = shutil.copytree(PROJECT / "services" / "toronto", services / "toronto")
    declared = yaml.safe_load((folder / "sources.yml").read_text())
    table = next(one for one in declared["tables"] if one["table"] == "arrests")
    table["portal"]["url"] = f"{portal.url}/{NAME}/FeatureServer/0"
    declared["tables"] = [table]
    (folder / "sources.yml").write_text(yaml.safe_dump(declared))
    # Without a census there are no residents to compare with.
    framework = yaml.safe_load((folder / "framework.yml").read_text())
    for part in ("benchmarks", "indicators"):
        framework[part] = [
            one for one in framework[part] if one["benchmark"] in ("arrest", "booking")
        ]
    for part in ("policy_changes", "pathways", "hypotheses"):
        del framework[part]
    (folder / "framework.yml").write_text(yaml.safe_dump(framework))
    (folder / "disclosure.yml").unlink()  # a service without one releases nothing
    monkeypatch.setattr(arcgis, "Patience", patience)  # nobody waits for this process's own server
    monkeypatch.delenv("RBDC_SOURCE_DIR", raising=False)

    def run() -> tuple[int, str]:
        outcome = refresh_here(
            tmp_path / "var", "--service", "toronto", RBDC_SERVICES_DIR=str(services)
        )
        return outcome.returncode, outcome.stderr

    return run


def test_portal_is_read_checked_and_refused(portal, refresh, tmp_path):
    state = tmp_path / "var" / "toronto"
    assert refresh() == (0, "")
    assert query(
        "select table_name, verdict, rows_landed, rows_accepted, data_as_of::varchar "
        f"from {mart(state, 'audit/loads')} where source = 'tps'"
    ) == [("arrests", "accepted", ROWS, ROWS, "2020-12-31")]
    assert query(
        f"select race_group, outcome_count, benchmark_count "
        f"from {mart(state, 'indicators/disproportionality')} where dimension = 'all' "
        "and indicator = 'strip_search_of_arrests' and period = '2020' and outcome_count > 0 "
        "order by 1"
    ) == [("Black", 3, 16), ("White", 7, 34)]
    good = hashes(state)

    # Nobody edited the table: it is not read again.
    portal.requests.clear()
    assert refresh()[0] == 0
    assert last_run(state)["sources"][0]["verdict"] == "unchanged"
    assert not any("outFields" in asked.query for asked in portal.requests)
    marts = (state / "marts").resolve()

    # More rows are there, and the portal stops serving them without a word.
    portal.replace_table(NAME, arrests(ROWS + 9), edited_at=EDITED.replace(month=5))
    portal.faults.append(Fault("page_limit", on_request=3, times=None, rows=0))
    status, error = refresh()
    assert status == 3
    assert "Source tps, table arrests" in error and "counts 59 rows but served" in error
    assert "page limit without a flag" in error
    report = last_run(state)
    assert (report["status"], report["exit_status"], report["marts_changed"]) == ("refused", 3, [])
    assert hashes(state) == good
    assert (state / "marts").resolve() == marts
    (refused,) = (state / "landing" / "tps" / "arrests").glob("*-000003")
    assert [file.name for file in refused.iterdir()] == ["batch.json"]
