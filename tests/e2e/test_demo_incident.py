"""`make demo-incident` ends as it tells: refused, told, set aside, corrected, readmitted, green."""

import json

import duckdb
import pytest

from orchestration.demo_incident import demo_incident
from orchestration.settings import Settings
from rbdc.sql import literal
from tests.pipeline import PROJECT

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING


def test_incident_is_played_to_its_good_end(tmp_path, capsys):
    assert demo_incident(Settings(state_root=tmp_path)) == 0
    told = capsys.readouterr().out
    assert "no_group_above_the_total" in told and "byte for byte" in told
    state = tmp_path / "incident" / "demo"
    loads = [json.loads(file.read_text()) for file in state.glob("raw/rms/arrests/*/load.json")]
    (readmission,) = [load for load in loads if load["delivery"] == "readmission"]
    assert readmission["rows_accepted"] == 12
    assert readmission["rows_landed"] == 12 + readmission["rows_quarantined"]
    # Raw holds the wrong ages as they were delivered; what staging made of them was published.
    rows = state / "raw" / "rms" / "arrests" / readmission["load_id"] / "rows.parquet"
    ages = duckdb.sql(f"select age::int from read_parquet({literal(str(rows))})").fetchall()
    assert len(ages) == 12 and all(age >= 200 for (age,) in ages)
    assert not (PROJECT / "services" / "demo" / "corrections.yml").exists()
