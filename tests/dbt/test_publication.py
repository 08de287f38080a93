"""The summary tables from records: what is known of a service, in grids that lose no incident."""

from pathlib import Path

import pandas as pd
import pytest

from rbdc.release.summary_tables import cells_of_years, summary_frames
from tests.published import INCIDENTS_2023

COUNTS = "publication.summary_counts_of_incidents"
FORCE = "TypeForceUsed_"
# From the highest rung down: what ticks it, as patterns of the form's names.
LADDER = {
    "Firearm discharged": "Firearm_.*_Discharged",
    "Firearm pointed": "Firearm_.*_Pointed",
    "Firearm drawn": "Firearm_Check|Firearm_Handgun_Drawn",
    "Less-lethal firearm": "LLFirearm_Check",
    "Conducted energy weapon": "IntermWeapon_CEW_Check",
    "OC spray or baton": "IntermWeapon_(OC|Baton)_Check",
    "Physical force or Other type of force": "(PhysicalControl|Other)_Check",
}


def test_only_what_the_records_tell_makes_a_table(lakeshore):
    """One incident of people of two races in two calls; nothing tells its time, kind or force."""
    warehouse, _ = lakeshore
    found = warehouse.query(
        "select summary_table[-3:], interaction, year, month, "
        "coalesce(call_source, division, call_type, gender), race_group, incidents, counted_from "
        f"from {COUNTS} order by 1"
    )
    force, several = ("use_of_force", "2022"), ("Multiple race group", 1, "records")
    assert found == [
        ("001", *force, "2022-03", "Multiple", None, 1, "records"),
        ("003", *force, None, "D1", *several),
        ("004", *force, None, "Multiple", *several),
        ("006", *force, None, "Multiple", *several),
    ]


@pytest.mark.parametrize(
    ("damage", "caught"),
    [
        (
            f"insert into {COUNTS} by name select * replace ('White' as race_group, 0 as "
            f"incidents, year::int + 1 as year), from {COUNTS} where gender is not null",
            {"grid_is_complete"},
        ),
        (f"update {COUNTS} set incidents = 2", {"summary_tables_conserve_incidents"}),
        (
            f"insert into {COUNTS} from {COUNTS} where gender is not null",
            {"grid_is_complete", "summary_tables_conserve_incidents", "unique_combination"},
        ),
    ],
)
def test_a_hole_in_a_grid_and_a_lost_incident_are_caught(lakeshore, tmp_path, damage, caught):
    warehouse, _ = lakeshore
    copy = warehouse.copy_to(tmp_path)
    copy.execute(damage)
    run = copy.dbt("test", "--select", "summary_counts_of_incidents", "--exclude-resource-type",
                   "unit_test")  # fmt: skip
    assert {name.split("_summary_counts_of_")[0] for name in run.with_status("fail")} == caught


@pytest.mark.parametrize("number", ["002", "006", "007"])
def test_torontos_incidents_of_2023_by_race(toronto, number):
    """The provincial file tells time, gender, weapons and force of them; not where, nor why."""
    found = toronto.query(
        f"select race_group, sum(incidents)::int from {COUNTS} where service = 'Toronto' "
        f"and summary_table = 'RBDC_UOF_TBL_{number}' group by all having sum(incidents) > 0"
    )
    assert dict(found) == INCIDENTS_2023
    told = toronto.query(f"select distinct service, summary_table[-3:], interaction from {COUNTS}")
    assert set(told) == {("Toronto", name, "use_of_force") for name in ("002", "006", "007")}


def test_torontos_highest_force_is_that_of_the_file(toronto, shared: Path):
    folder = shared / "data/ontario_uof_2023"
    reports, people = (
        pd.read_csv(
            folder / f"uof_{kind}_records_2023.csv",
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
        for kind in ("main", "individual")
    )
    chosen = reports[
        (reports["PoliceService"].str.strip() == "Toronto")
        & (reports["Inclusion_SOLGEN_ARA_Analysis"].str.strip() == "Yes")
    ]
    ticked = people.merge(chosen[["BatchFileName", "IncidentNumber"]], on="BatchFileName")
    by_incident = (
        ticked.filter(regex=f"^{FORCE}|^PerceiveAccessWeapon$")
        .eq("1")
        .groupby(ticked["IncidentNumber"].str.strip())
        .any()
    )
    rungs = {
        name: by_incident.filter(regex=f"^{FORCE}({boxes})$").any(axis=1)
        for name, boxes in LADDER.items()
    }
    highest = pd.DataFrame(rungs).idxmax(axis=1)[pd.DataFrame(rungs).any(axis=1)]
    weapons = by_incident.loc[highest.index, "PerceiveAccessWeapon"].map(
        {True: "Weapon perceived", False: "No weapon perceived"}
    )
    expected = pd.Series(1, index=highest.index).groupby([weapons, highest]).sum().to_dict()
    found = toronto.query(
        f"select weapons, highest_force, sum(incidents)::int from {COUNTS} "
        "where highest_force not in ('Unknown') group by all having sum(incidents) > 0"
    )
    assert {(weapon, force): count for weapon, force, count in found} == expected


def test_a_service_of_records_has_the_publishers_frames(toronto):
    counts = toronto.frame(f"select * from {COUNTS}")
    frames = summary_frames(cells_of_years(counts, "Toronto", "2023", "2023"))
    assert list(frames) == ["RBDC_UOF_TBL_002", "RBDC_UOF_TBL_006", "RBDC_UOF_TBL_007"]
    times = frames["RBDC_UOF_TBL_002"]
    assert times["OccurredTime"].nunique() == 5
    assert times["Incident_Count"].sum() == sum(INCIDENTS_2023.values())
