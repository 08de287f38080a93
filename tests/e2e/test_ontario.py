"""Every service of the province from one refresh: real reports, and invented ones of all years."""

import csv

import duckdb
import pandas as pd
import pytest

from tests.pipeline import last_run, mart, query, refresh_here
from tests.provincial_reports import FORCE

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

FIGURES = "indicators/disproportionality"
COUNTS = "interactions/interaction_counts"
# Written by hand beside the models: reports the ministry uses, one race or several an incident.
PLAIN_SQL = """
    with included as (
        select m.PoliceService, m.IncidentNumber, i.Race
        from main as m left join individuals as i using (BatchFileName)
        where m.Inclusion_SOLGEN_ARA_Analysis = 'Yes'
    )
    select replace(PoliceService, 'La Salle', 'LaSalle') as service, race, count(*)
    from (
        select
            PoliceService,
            IncidentNumber,
            if(count(distinct Race) > 1, 'Multiple race group', coalesce(max(Race), 'Unknown'))
                as race
        from included
        group by all
    )
    group by all
    order by all
"""


def refresh(root, sources):
    outcome = refresh_here(root, "--service", "ontario", "--source-dir", str(sources))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return root / "ontario", outcome.stdout


def incidents_by_race(state, period):
    return query(
        f"select service, race_group, count from {mart(state, COUNTS)} "
        "where interaction = 'use_of_force' and unit = 'incident' and dimension = 'all' "
        f"and period = '{period}' order by all"
    )


# --- the real file


@pytest.fixture(scope="module")
def real(tmp_path_factory, shared):
    return refresh(tmp_path_factory.mktemp("real"), shared / "data")


@pytest.fixture(scope="module")
def plain_counts(shared):
    folder = shared / "data" / "ontario_uof_2023"
    with duckdb.connect() as connection:
        for name, file in (("main", "main"), ("individuals", "individual")):
            frame = pd.read_csv(
                folder / f"uof_{file}_records_2023.csv", dtype=str, encoding="utf-8-sig"
            )
            connection.register(name, frame)
        services = connection.execute("select count(distinct PoliceService) from main").fetchone()
        return services, connection.execute(PLAIN_SQL).fetchall()


def test_totals_of_every_service_and_race_equal_a_plain_count_on_the_file(real, plain_counts):
    state, _ = real
    (services,), expected = plain_counts
    found = incidents_by_race(state, "2023")
    assert found == expected
    assert len({service for service, _, _ in found}) == services


def test_toronto_is_as_in_its_own_run(real):
    from tests.published import INCIDENTS_2023

    state, _ = real
    found = {
        race: n for service, race, n in incidents_by_race(state, "2023") if service == "Toronto"
    }
    assert found == INCIDENTS_2023


def test_without_residents_there_are_counts_and_no_figures(real):
    state, printed = real
    assert query(f"select count(*) from {mart(state, FIGURES)}") == [(0,)]
    assert "44 of 44 services supply no residents" in printed
    toronto = next(line for line in printed.splitlines() if line.startswith("  Toronto "))
    assert toronto.split()[-1] == "1,248"
    report = last_run(state)
    assert (report["status"], report["exit_status"]) == ("done", 0)
    by_table = {source["table"]: source for source in report["sources"]}
    assert by_table["weapon_records"]["verdict"] == "rejected"
    for table in ("wide_records", "residents"):
        assert by_table[table]["reason"].startswith("not supplied")


# --- invented files of all shapes


def write(folder, name, rows):
    """A CSV as the ministry writes it: UTF-8 with its mark, carriage returns at line ends."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def report(number, service, incident, date, people, **more):
    return {
        "BatchFileName": number,
        "PoliceServiceType": "Municipal Police",
        "PoliceService": service,
        "IncidentNumber": incident,
        "Date": date,
        "ApproximateTimeForceApplied": "08:00:00",
        "ReportType": "Individual",
        "AssignmentType": "Patrol (e.g., general,\nfoot)",
        "IncidentType": "Weapon(s)",
        "InteractionType": "Interaction with Individual(s)",
        "NumberIndividuals": people,
        "Inclusion_SOLGEN_ARA_Analysis": "Yes",
    } | more


def person(number, race, index=1):
    return {
        "BatchFileName": number,
        "Indiv_Index": index,
        "Race": race,
        "DifficultyPerceiving": "No",
        "AgeCategory": "25 – 34",
        "Gender": "Male",
        "PerceiveAccessWeapon": "1",
        **dict.fromkeys(FORCE, ""),
        "TypeForceUsed_IntermWeapon_CEW_Check": "1",
    }


def of_2024(row):
    """The same report in the shape of 2024."""
    renamed = {"NumberIndiv" if name == "NumberIndividuals" else name: row[name] for name in row}
    return {"IncidentYear": "2024", **renamed}


def wide(year, number, service, people, *races, race):
    races = [*races, "", "", ""][:3]
    return {
        "id_": number,
        "REPORTING_YEAR": year,
        "RECORD_ID": number,
        "POLICE_SERVICE": f"{service} Police Service",
        "REPORT_TYPE": "Individual",
        "NUMBER_OF_SUBJECTS": people,
        **{f"RACE_SUBJECT{n}": one for n, one in enumerate(races, 1)},
        "RACE": race,
    }


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    root = tmp_path_factory.mktemp("invented")
    sources = root / "sources"
    main, people = "uof_main_records", "uof_individual_records"
    write(
        sources,
        f"ontario_uof_2023/{main}_2023.csv",
        [
            report(1, "Toronto", "T-1", "2023-02-01", 1),
            report(2, "Kawartha Lakes", "K-1", "2023-02-01", 1),
        ],
    )
    write(
        sources,
        f"ontario_uof_2023/{people}_2023.csv",
        [person(1, "Black"), person(2, "White")],
    )
    # Toronto: 30 incidents of Black and 10 of White people; Peel: 20 and 40.
    races = {
        "Toronto": 30 * ["Black"] + 10 * ["White"],
        "Peel Regional": 20 * ["Black"] + 40 * ["White"],
    }
    races |= {"Kawartha Lake": ["White"], "OPP": ["Indigenous"]}
    incidents = [(service, race) for service, each in races.items() for race in each]
    numbered = list(enumerate(incidents, 1000))
    write(
        sources,
        f"ontario_uof_2024/{main}_2024.csv",
        [of_2024(report(n, service, f"N-{n}", "2024-03-01", 1)) for n, (service, _) in numbered],
    )
    write(
        sources,
        f"ontario_uof_2024/{people}_2024.csv",
        [person(n, race) for n, (_, race) in numbered],
    )
    write(
        sources,
        "ontario_uof_2020_2022/UseOfForce_DetailedDataset_2020-2022.csv",
        [
            wide(2020, 1, "Toronto", "Two", "Black", "White", race="Multiple Races"),
            wide(2022, 1, "Toronto", "One", "Black", race="Black"),
            wide(2022, 2, "Dryden", "One", "Indigenous", race="Indigenous"),
        ],
    )
    write(
        sources,
        "population.csv",
        [
            {
                "service": service,
                "source": "Census of Population",
                "vintage": "2021",
                "group": group,
                "stratum": "all",
                "count": count,
            }
            for service, shares in {"Toronto": (250, 750), "Peel Regional": (500, 1500)}.items()
            for group, count in (
                *zip(("Black", "White"), shares, strict=True),
                ("Total", sum(shares)),
            )
        ],
    )
    return refresh(root / "var", sources)


def test_reports_of_all_years_stand_side_by_side(invented):
    state, _ = invented
    assert incidents_by_race(state, "2024") == [
        ("Kawartha Lakes", "White", 1),
        ("Ontario Provincial Police", "Indigenous", 1),
        ("Peel Regional", "Black", 20),
        ("Peel Regional", "White", 40),
        ("Toronto", "Black", 30),
        ("Toronto", "White", 10),
    ]
    assert incidents_by_race(state, "2023") == [
        ("Kawartha Lakes", "White", 1),
        ("Toronto", "Black", 1),
    ]
    assert incidents_by_race(state, "2022") == []
    wide_years = query(
        f"select service, unit, period, race_group, count from {mart(state, COUNTS)} "
        "where dimension = 'all' and period in ('2020', '2022') order by all"
    )
    assert wide_years == [
        ("Dryden", "officer_report", "2022", "Indigenous", 1),
        ("Dryden", "person", "2022", "Indigenous", 1),
        ("Toronto", "officer_report", "2020", "Multiple race group", 1),
        ("Toronto", "officer_report", "2022", "Black", 1),
        ("Toronto", "person", "2020", "Black", 1),
        ("Toronto", "person", "2020", "White", 1),
        ("Toronto", "person", "2022", "Black", 1),
    ]


def test_only_services_with_residents_have_figures_each_against_its_own(invented):
    state, printed = invented
    found = query(
        "select service, outcome_count, outcome_total, benchmark_count, benchmark_total, "
        "disproportionality_index, disparity_index, test_family "
        f"from {mart(state, FIGURES)} "
        "where unit = 'incident' and period = '2024' and race_group = 'Black' order by 1"
    )
    family = "use_of_force_of_residents|resident_population|2021|year|all"
    about = pytest.approx
    assert found == [
        ("Peel Regional", 20, 60, 500, 2000, about(4 / 3), about(1.5), f"Peel Regional|{family}"),
        ("Toronto", 30, 40, 250, 1000, about(3), about(9), f"Toronto|{family}"),
    ]
    reach = query(f"select distinct data_as_of::varchar from {mart(state, FIGURES)}")
    assert reach == [("2024-03-01",)]
    services = query(f"select distinct service from {mart(state, FIGURES)} order by 1")
    assert services == [("Peel Regional",), ("Toronto",)]
    assert "2 of 4 services supply no residents" in printed
    assert "Use-of-force incidents, of residents, Peel Regional, 2024 (unit: incident" in printed
    assert "Use-of-force incidents, of residents, Toronto, 2024 (unit: incident" in printed
