"""The files that a simulation writes: same bytes for the same seed, and the publishers' shapes."""

import hashlib
import json
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from rbdc.sources.pseudonyms import read_key_file
from rbdc.sources.simulator import generate, write_demo_key

from .conftest import Changed, Simulated

FILES = {
    "records.sqlite",
    "population.csv",
    "simulation.json",
    *(f"provincial/uof_{kind}_records_2023.csv" for kind in ("main", "individual")),
}
# A small city and a short time, where the size does not matter.
SMALL = {
    "residents.total": 20_000,
    "period.first_day": "2023-10-01",
    "searches.policy_change.date": "2023-11-01",
}
# Filled with numbers, dates and names of the service's own.
OWN = {
    "_id",
    "BatchFileName",
    "PoliceService",
    "IncidentNumber",
    "Date",
    "ApproximateTimeForceApplied",
    "NumberTeam",
    "NumberIndividuals",
    "NumberOtherOfficers",
    "Indiv_Index",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_seed_gives_the_same_bytes_in_another_process(
    changed: Changed, project: Path, tmp_path: Path
) -> None:
    config = changed({**SMALL, "residents.total": 200_000})
    generate(config, tmp_path / "once")
    program = (
        "import sys; from pathlib import Path; from rbdc.sources.simulator import generate; "
        "generate(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    environment = {"PYTHONPATH": str(project), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    again = tmp_path / "again"
    subprocess.run([sys.executable, "-c", program, config, again], check=True, env=environment)
    assert set(digests(again)) == FILES
    assert digests(again) == digests(tmp_path / "once")
    assert json.loads((again / "simulation.json").read_text())["synthetic"] is True


def test_another_seed_gives_other_records(changed: Changed, tmp_path: Path) -> None:
    generate(changed({**SMALL, "seed": 1}), tmp_path / "one")
    generate(changed({**SMALL, "seed": 2}), tmp_path / "two")
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    same = {name for name in one if one[name] == two[name]}
    assert same == {"population.csv", "simulation.json"}


def test_generating_again_replaces_its_files_and_leaves_others(
    changed: Changed, tmp_path: Path
) -> None:
    config, folder = changed(SMALL), tmp_path / "state" / "source_systems"
    generate(config, folder)
    first = digests(folder)
    (folder / "records.sqlite").write_bytes(b"damaged")
    (folder / "notes.txt").write_text("mine")
    generate(config, folder)
    assert digests(folder) == {**first, "notes.txt": hashlib.sha256(b"mine").hexdigest()}
    assert [path.name for path in folder.parent.iterdir()] == ["source_systems"]


@pytest.mark.parametrize("kind", ["main", "individual"])
def test_provincial_files_have_the_real_shape(demo: Simulated, shared: Path, kind: str) -> None:
    ours = demo.folder / "provincial" / f"uof_{kind}_records_2023.csv"
    real = shared / "data" / "ontario_uof_2023" / f"uof_{kind}_records_2023.csv"
    ours_header, real_header = (path.read_bytes().split(b"\n", 1)[0] for path in (ours, real))
    assert ours_header == real_header  # with its byte-order mark and its CR
    assert b"\r" not in ours.read_bytes().split(b"\n", 1)[1]

    simulated = demo.csv(f"provincial/{ours.name}")
    there = pd.read_csv(real, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    foreign = {
        column: values
        for column in there.columns.difference(list(OWN))
        if (values := set(simulated[column]) - set(there[column]))
    }
    assert foreign == {}
    if kind == "main":
        # The blank at the end is the publisher's.
        assert "Patrol (e.g., general, foot, bicycle, ATV, snowmobile) " in set(
            simulated["AssignmentType"]
        )
        for column in ("Date", "ApproximateTimeForceApplied"):
            digits = r"\d"
            ours_form = simulated[column].str.replace(digits, "9", regex=True)
            assert set(ours_form) == set(there[column].str.replace(digits, "9", regex=True))


def test_force_reports_have_the_traits_of_the_real_ones(demo: Simulated) -> None:
    for year in ("2022", "2023"):
        main = demo.csv(f"provincial/uof_main_records_{year}.csv")
        people = demo.csv(f"provincial/uof_individual_records_{year}.csv")
        assert main["BatchFileName"].is_unique
        assert list(main["_id"]) == [str(n) for n in range(1, len(main) + 1)]
        assert not people.duplicated(["BatchFileName", "Indiv_Index"]).any()
        included = main["Inclusion_SOLGEN_ARA_Analysis"] == "Yes"
        assert (included == (main["InteractionType"] == "Interaction with Individual(s)")).all()
        assert set(main.loc[~included, "InteractionType"]) == {
            "",
            "Interaction with Animal",
            "No Interaction with Individual(s)",
        }
        # A report comes with the people in it.
        number = people.groupby("BatchFileName").size()
        stated = main[included].set_index("BatchFileName")["NumberIndividuals"].astype(int)
        assert number.to_dict() == stated.to_dict()
        assert (main["ReportType"] == "Team").any()
        assert main["Date"].between(f"{year}-01-01", f"{year}-12-31").all()

        seen = people.merge(main[["BatchFileName", "IncidentNumber"]], on="BatchFileName")
        reports = seen.groupby("IncidentNumber")["BatchFileName"].nunique()
        assert (reports > 1).any() and (number > 1).any()
        alone = seen.groupby("IncidentNumber")["Indiv_Index"].apply(lambda i: {*i} == {"1"})
        races = seen.groupby("IncidentNumber")["Race"].nunique()
        # One person whom two officers perceive differently.
        assert (races[alone] > 1).any()
        mixed = main.groupby("IncidentNumber")["Inclusion_SOLGEN_ARA_Analysis"].nunique()
        assert (mixed > 1).any()


def test_population_adds_up(demo: Simulated) -> None:
    table = demo.csv("population.csv")
    assert list(table.columns) == ["source", "vintage", "group", "stratum", "count"]
    assert set(table["source"]) == {"Lakeshore census simulation"}
    assert set(table["vintage"]) == {"2021"}
    counts = table.assign(count=table["count"].astype(int)).pivot(
        index="stratum", columns="group", values="count"
    )
    assert counts.loc["all", "Total"] == 600_000
    assert (counts.drop(columns="Total").sum(axis=1) == counts["Total"]).all()
    dimension = counts.index.str.split("=").str[0]
    by_dimension = counts.groupby(dimension).sum()
    assert set(by_dimension.index) == {"all", "gender", "age_group", "division"}
    assert (by_dimension == counts.loc["all"]).all().all()
    assert len(counts) == 1 + 2 + 7 + 6


def test_demo_key_is_private_random_and_kept(tmp_path: Path) -> None:
    one, two = tmp_path / "state" / "demo.key", tmp_path / "other.key"
    write_demo_key(one)
    write_demo_key(two)
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert read_key_file(one).id == "demo-1"
    assert len(read_key_file(one).secret) == 32
    assert one.read_text() != two.read_text()
    before = one.read_text()
    write_demo_key(one)
    assert one.read_text() == before
