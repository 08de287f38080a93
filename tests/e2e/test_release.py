"""A release from refreshed marts to its folder: built, attacked, checked, built again, refused."""

import shutil
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pandas as pd
import pytest
import yaml

from rbdc.disclosure.attacker import __main__ as attacker
from rbdc.disclosure.attacker.attack import attack
from rbdc.disclosure.policy import load_policy
from rbdc.release.package.check import check
from tests.pipeline import PROJECT, mart, query, refresh_here, run_here, smaller_services

pytestmark = pytest.mark.slow

# Few enough that the search ends by itself: a pattern that is only the best within a time
# limit may be another one next time.
TABLES = {
    "strip_searches_by_race_and_division",
    "interactions_by_race",
    "interactions_by_race_and_gender",
    "use_of_force_incidents_by_race",
}
FOLDER = {
    "datapackage.json", "csvw.json", "dcat.jsonld", "croissant.json", "manifest.json",
    "changes.json", "CITATION.cff", "SHA256SUMS", "README.md", "CHANGELOG.md", "METHODOLOGY.md",
    "BENCHMARKS.md", "DATA_DICTIONARY.md", "DISCLOSURE.md", "KNOWN_ISSUES.md", "LICENCE.md",
}  # fmt: skip


def release_here(state_root: Path, *arguments: str, **more: str) -> CompletedProcess[str]:
    """Run `rbdc release` in this process."""
    return run_here(state_root, "release", *arguments, **more)


def candidate_of(state: Path) -> Path:
    """The only candidate that stands."""
    (found,) = (state / "releases" / "candidates").glob("*/")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}


def with_policy(services: Path, service: str = "demo", **changed: object) -> None:
    """Change parts of a service's policy."""
    file = services / service / "disclosure.yml"
    policy = yaml.safe_load(file.read_text())
    assert set(changed) <= set(policy)
    file.write_text(yaml.safe_dump({**policy, **changed}, sort_keys=False))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A small city, refreshed and released once: state folder, services, settings, output."""
    root = tmp_path_factory.mktemp("demo")
    services = smaller_services(root, residents=30_000)
    shipped = load_policy(services / "demo").model_dump(mode="json")["tables"]
    with_policy(
        services,
        tables=[one for one in shipped if one["table"] in TABLES],
        figures=[{"periods": ["all", "year"], "dimensions": ["all", "gender"]}],
        time_limit_seconds=120,
    )
    settings = {"RBDC_SERVICES_DIR": str(services)}
    outcome = refresh_here(root / "var", "--service", "demo", **settings)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    state = root / "var" / "demo"
    assert not (state / "releases").exists() or not list((state / "releases").glob("*/*/"))
    outcome = release_here(root / "var", "--service", "demo", **settings)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return state, services, settings, outcome


def test_the_folder_has_everything_and_the_command_says_where_it_is(demo):
    state, _, _, outcome = demo
    folder = candidate_of(state)
    assert folder.name == "1.0.0" and f"Candidate: {folder}" in outcome.stdout
    files = set(contents(folder))
    assert {name for name in files if "/" not in name} == FOLDER
    data = {Path(name).stem for name in files if name.startswith("data/")}
    assert files - FOLDER == {f"data/{n}.{kind}" for n in data for kind in ("csv", "parquet")}
    assert data >= {"codes", "measures", "records", "interaction_counts", "disproportionality",
                    "RBDC_UOF_TBL_002", *TABLES}  # fmt: skip
    beside = {one.name for one in folder.parent.iterdir()}
    assert beside == {"1.0.0", "1.0.0.run.json", "1.0.0.attack.txt", "candidate.json"}
    assert {one.name for one in folder.parent.parent.iterdir()} == {"candidates", "patterns"}


def test_attacker_and_validators_find_nothing(demo):
    folder = candidate_of(demo[0])
    assert attacker.main([str(folder)]) == 0
    assert {one.check: one.problems for one in check(folder) if one.outcome == "wrong"} == {}


def test_something_is_hidden_open_counts_are_true_and_small_ones_are_not_open(demo):
    """The counts of the release against the mart, read as anybody reads them."""
    state = demo[0]
    released = pd.read_csv(
        candidate_of(state) / "data/interaction_counts.csv", dtype=str, keep_default_na=False
    )
    key = ["interaction", "unit", "period", "dimension", "dimension_value", "race_group"]
    hidden = released["count"] == "[c]"
    assert 10 < hidden.sum() < 0.6 * len(released)
    assert (hidden == (released["hidden"] == "true")).all()
    open_counts = released[~hidden].assign(count=lambda f: f["count"].astype(int))
    assert not open_counts["count"].between(1, 4).any() and (open_counts["count"] == 0).any()
    marts = pd.DataFrame(
        query(
            f"select {', '.join(key)}, sum(count)::int from "
            f"{mart(state, 'interactions/interaction_counts')} where period_type <> 'all' "
            "group by all"
        ),
        columns=[*key, "true"],
    )
    both = open_counts.merge(marts, on=key)
    assert len(both) > 100 and (both["count"] == both["true"]).all()


def test_parquet_has_null_where_csv_has_the_symbol(demo):
    data = candidate_of(demo[0]) / "data"
    for file in data.glob("*.csv"):
        rows = pd.read_csv(file, dtype=str, keep_default_na=False)
        nulls = duckdb.sql(f"from '{file.with_suffix('.parquet')}'").df().isna()
        assert len(nulls) == len(rows)
        assert nulls.to_numpy()[(rows == "[c]").to_numpy()].all(), file.name


def test_a_changed_byte_is_found(demo, tmp_path):
    folder = Path(shutil.copytree(candidate_of(demo[0]), tmp_path / "1.0.0"))
    file = folder / "data" / "interactions_by_race.csv"
    content = bytearray(file.read_bytes())
    at = next(i for i in range(len(content) - 1, 0, -1) if chr(content[i]).isdigit())
    content[at] = ord("7") if content[at] != ord("7") else ord("8")
    file.write_bytes(content)
    wrong = {one.check: one.problems for one in check(folder) if one.outcome == "wrong"}
    assert any("interactions_by_race.csv" in problem for problem in wrong["SHA256SUMS"])


def test_built_again_it_has_the_same_bytes(demo):
    state, _, settings, _ = demo
    before = contents(candidate_of(state))
    outcome = release_here(state.parent, "--service", "demo", **settings)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    after = contents(candidate_of(state))
    assert {name for name in before | after if before.get(name) != after.get(name)} == set()


def test_what_equals_the_last_release_makes_no_version(demo, tmp_path):
    state, _, settings, _ = demo
    last = Path(shutil.copytree(candidate_of(state), tmp_path / "1.0.0"))
    outcome = release_here(state.parent, "--service", "demo", "--previous", str(last), **settings)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "no new version" in outcome.stdout
    assert not list((state / "releases").glob("candidates/*/"))


def test_small_counts_alone_are_refused_and_leave_no_folder(demo, tmp_path):
    state, services, settings, _ = demo
    folder = Path(shutil.copytree(services, tmp_path / "services"))
    with_policy(folder, protect={"method": "small_counts_only"})
    shutil.rmtree(state / "releases", ignore_errors=True)
    outcome = release_here(
        state.parent, "--service", "demo", **{**settings, "RBDC_SERVICES_DIR": str(folder)}
    )
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "The attacker found something" in outcome.stdout + outcome.stderr
    assert [one for one in state.glob("releases/**/*") if one.is_file()] == []


def test_rounded_counts_are_released_and_none_is_hidden(demo, tmp_path):
    state, services, settings, _ = demo
    folder = Path(shutil.copytree(services, tmp_path / "services"))
    with_policy(folder, protect={"method": "controlled_rounding"}, records={"release": False})
    outcome = release_here(
        state.parent, "--service", "demo", **{**settings, "RBDC_SERVICES_DIR": str(folder)}
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    data = candidate_of(state) / "data"
    rows = pd.read_csv(data / "interactions_by_race.csv", dtype=str, keep_default_na=False)
    counts = rows["arrest"]
    assert (counts != "[c]").all() and (counts[counts != ""].astype(int) % 5 == 0).all()
    assert not (data / "disproportionality.csv").exists()
    shutil.rmtree(state / "releases")


def test_wrong_use_of_the_command_is_one_sentence(demo):
    state, _, settings, _ = demo
    for wrong in (["--until", "2021-05"], ["--previous", "/nowhere"]):
        outcome = release_here(state.parent, "--service", "demo", *wrong, **settings)
        assert outcome.returncode in (1, 2)
        assert len(outcome.stderr.strip().splitlines()) == 1, outcome.stderr


@pytest.fixture(scope="module")
def toronto(tmp_path_factory, shared):
    """State root of the real data, refreshed."""
    root = tmp_path_factory.mktemp("toronto") / "var"
    outcome = refresh_here(root, "--service", "toronto", "--source-dir", str(shared / "data"))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return root


def test_records_that_give_torontos_counts_away_are_refused_with_the_choices(toronto, tmp_path):
    """METHODS B.5: with outcomes a record file is one more table; the service has no secret."""
    services = Path(shutil.copytree(PROJECT / "services", tmp_path / "services"))
    columns = [{"column": one, "steps": ["drop"]} for one in ("gender", "age_group", "division")]
    records = {
        "release": True,
        "columns": [{"column": "year"}, {"column": "race_group"}, *columns],
        "sensitive": ["strip_search"],
        "k": 5,
        "l": 2,
    }
    with_policy(services, "toronto", records=records)
    outcome = release_here(
        toronto, "--service", "toronto",
        RBDC_SERVICES_DIR=str(services), RBDC_PSEUDONYM_KEY="",
    )  # fmt: skip
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "because the file of records gives other counts away" in outcome.stderr
    assert "do not release records, or generalise them further" in outcome.stderr
    assert not list(toronto.glob("toronto/releases/**/data"))


def test_two_releases_of_toronto_together_give_no_hidden_count_away(toronto, tmp_path):
    """METHODS C: the real data; the later release covers a quarter more than the earlier one."""
    root = toronto
    outcome = release_here(root, "--service", "toronto", "--until", "2021-Q3")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    first = Path(shutil.copytree(candidate_of(root / "toronto"), tmp_path / "elsewhere" / "1.0.0"))
    shutil.rmtree(root / "toronto" / "releases")
    outcome = release_here(root, "--service", "toronto", "--previous", str(first))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    second = candidate_of(root / "toronto")
    assert second.name != "1.0.0"
    report = attack(second, [first])
    assert (report.exit_status, report.disclosures, sum(a.exact for a in report.attackers)) == (
        0, (), 0,
    )  # fmt: skip
    tried = {one.name: one.tried for one in report.attackers}
    assert tried["cross-release"] > 1000
