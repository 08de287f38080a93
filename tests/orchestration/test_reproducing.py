"""What `rbdc reproduce` finds, links and says before anything is built."""

import json
import shutil
from dataclasses import asdict, replace

import pytest

from orchestration.cli import main
from orchestration.reproducing import code_of, find_release, reproduce
from orchestration.settings import Settings
from rbdc.errors import ConfigError, RbdcError
from rbdc.release.package.checksums import NAME as SUMS
from rbdc.release.package.checksums import sha256sums
from rbdc.release.package.content import Earlier, Recipe
from rbdc.release.package.write import write_package
from rbdc.release.recipe import RecordedLoad, digest_of, read_recorded
from rbdc.release.replica import NotThereError, link_earlier, link_state
from rbdc.store.inputs import code_version, hash_files
from rbdc.store.layout import StateFolder, write_json
from tests.unit.release_package.invented import release
from tests.unit.store.test_checkout import git


@pytest.fixture
def state(tmp_path):
    return StateFolder(tmp_path / "var" / "demo")


@pytest.fixture
def folder(state):
    """An approved release 1.0.0 that somebody else wrote."""
    place = state.releases / "1.0.0"
    write_package(release(), "1.0.0", place, None)
    return place


@pytest.fixture
def settings(tmp_path):
    return Settings(state_root=tmp_path / "var")


def test_a_release_is_found_by_folder_or_version(state, folder, tmp_path, monkeypatch):
    elsewhere = tmp_path / "copy"
    shutil.copytree(folder, elsewhere)
    candidate = state.releases / "candidates" / "1.1.0"
    shutil.copytree(folder, candidate)
    assert find_release(state, "1.0.0") == folder
    assert find_release(state, "1.1.0") == candidate
    assert find_release(state, str(elsewhere)) == elsewhere
    monkeypatch.chdir(tmp_path)
    assert find_release(state, "copy") == elsewhere


@pytest.mark.parametrize("asked", ["", " ", "2.0.0", "no/folder"])
def test_what_is_no_release_is_said(state, folder, asked):
    with pytest.raises(ConfigError) as error:
        find_release(state, asked)
    assert "RELEASE=" in str(error.value) or "there is 1.0.0" in str(error.value)


def test_a_changed_folder_is_told(settings, folder, capsys):
    (folder / "README.md").write_text("other")
    assert reproduce(settings, "1.0.0") == 3
    assert "changed: README.md" in capsys.readouterr().err


def test_a_release_of_another_service_is_wrong_use(folder, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("RBDC_STATE_ROOT", str(tmp_path / "var"))
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", "1.0.0"])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "Invented Regional" in said and "Lakeshore" in said


def test_a_manifest_of_an_older_version_says_too_little(settings, folder):
    manifest = folder / "manifest.json"
    held = json.loads(manifest.read_text())
    del held["recipe"]
    manifest.write_text(json.dumps(held))
    (folder / SUMS).write_text(sha256sums(folder))
    with pytest.raises(ConfigError, match="recipe"):
        reproduce(settings, "1.0.0")


def test_what_the_manifest_says_is_read_as_it_was_written(tmp_path):
    recipe = Recipe(
        "2021-Q3", (Earlier("0.9.0", "a" * 64, True),), {"x__y": "x__y-000002"},
        {"h": "d"}, 0.012, {"python": "3.11"},
    )  # fmt: skip
    made = release()
    provenance = replace(made.provenance, recipe=recipe, code_commit="c" * 40)
    write_package(replace(made, provenance=provenance), "1.0.0", tmp_path / "1.0.0", None)
    found = read_recorded(tmp_path / "1.0.0")
    assert asdict(found.recipe) == asdict(recipe) and found.code_commit == "c" * 40
    assert found.loads == (RecordedLoad("arrests", "20220115-1", "f" * 64),)
    assert (found.service, found.version, found.previous) == ("Invented Regional", "1.0.0", None)


LOADS = {"a__t": 3, "b__u": 2}


@pytest.fixture
def raw(state):
    """Three loads of one table, two of another, with judgements and rows set aside."""
    for table, loads in LOADS.items():
        source, name = table.split("__")
        for number in range(1, loads + 1):
            load_id = f"{table}-{number:06d}"
            place = state.raw / source / name / load_id
            write_json(place / "load.json", {"batch_checksum": f"sum {load_id}"})
            (place / "rows.parquet").write_text(load_id)
            write_json(state.quality / "results" / f"{load_id}.json", [])
            aside = state.quarantine / source / name
            aside.mkdir(parents=True, exist_ok=True)
            (aside / f"{load_id}.rows.parquet").write_text("")
    return state


@pytest.fixture
def recorded(folder):
    """Made from the second load of `a.t` and the first of `b.u`."""
    return replace(
        read_recorded(folder),
        loads=(
            RecordedLoad("a.t", "a__t-000002", "sum a__t-000002"),
            RecordedLoad("b.u", "b__u-000001", "sum b__u-000001"),
        ),
        recipe=Recipe(
            read_until={"a__t": "a__t-000002", "b__u": "b__u-000001"}, first_results={"h": "d"}
        ),
    )


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_nothing_later_than_the_release_is_linked(raw, recorded, tmp_path):
    before, aside = names(raw.root), StateFolder(tmp_path / "aside")
    link_state(raw, aside, recorded)
    known = ["a__t-000001", "a__t-000002", "b__u-000001"]
    assert [path.parent.name for path in sorted(aside.raw.rglob("rows.parquet"))] == known
    assert [path.stem for path in sorted(aside.quality.rglob("*-*.json"))] == known
    assert [p.name.split(".")[0] for p in sorted(aside.quarantine.rglob("*.parquet"))] == known
    assert json.loads((aside.quality / "first_results.json").read_text())["h"] == {"digest": "d"}
    assert (aside.raw / "a/t/a__t-000002/rows.parquet").read_text() == "a__t-000002"
    assert names(raw.root) == before


@pytest.mark.parametrize("gone", ["a/t/a__t-000002", "b/u/b__u-000001"])
def test_a_load_that_is_gone_is_named(raw, recorded, tmp_path, gone):
    shutil.rmtree(raw.raw / gone)
    with pytest.raises(NotThereError, match=gone.rsplit("/")[-1]):
        link_state(raw, StateFolder(tmp_path / "aside"), recorded)


def test_another_load_of_the_same_name_is_named(raw, recorded, tmp_path):
    write_json(raw.raw / "a/t/a__t-000002/load.json", {"batch_checksum": "other"})
    with pytest.raises(NotThereError, match=r"another checksum.*a__t-000002"):
        link_state(raw, StateFolder(tmp_path / "aside"), recorded)


def test_the_same_predecessors_are_demanded(state, folder, recorded, tmp_path):
    followed = state.releases / "candidates" / "1.0.1"
    write_package(release(title="Another"), "1.0.1", followed, None)
    earlier = (
        Earlier("1.0.0", digest_of(folder), True),
        Earlier("1.0.1", digest_of(followed), False),
    )
    recorded = replace(recorded, previous="1.0.1", recipe=Recipe(earlier=earlier))
    apart = tmp_path / "elsewhere" / "1.0.2"
    aside = StateFolder(tmp_path / "aside")
    previous = link_earlier(state, aside, apart, recorded)
    assert previous.resolve() == followed and previous.parent != aside.releases
    assert (aside.releases / "1.0.0").resolve() == folder
    # A later one is not linked, one that moved beside the release is found, a changed one is not.
    shutil.copytree(followed, tmp_path / "elsewhere" / "any_name")
    shutil.rmtree(followed)
    again = StateFolder(tmp_path / "again")
    assert link_earlier(state, again, apart, recorded).resolve().name == "any_name"
    (tmp_path / "elsewhere" / "any_name" / "README.md").write_text("other")
    with pytest.raises(NotThereError, match=r"1\.0\.1.*changed: README\.md"):
        link_earlier(state, StateFolder(tmp_path / "third"), apart, recorded)
    shutil.rmtree(tmp_path / "elsewhere")
    with pytest.raises(NotThereError, match=r"1\.0\.1, and no folder"):
        link_earlier(state, StateFolder(tmp_path / "fourth"), apart, recorded)


@pytest.fixture
def project(tmp_path):
    """A project whose first commit made a release, and that went on since."""
    folder = tmp_path / "project"
    (folder / "rbdc").mkdir(parents=True)
    (folder / "services" / "demo").mkdir(parents=True)
    git(folder, "init", "-q")
    for text in ("1", "2"):
        (folder / "rbdc" / "code.py").write_text(text)
        (folder / "services" / "demo" / "framework.yml").write_text(text)
        git(folder, "add", ".")
        git(folder, "commit", "-qm", text)
    return folder


def made_by(recorded, project, commit):
    """The record of a release that the code and configuration in a project made."""
    service = project / "services" / "demo"
    return replace(
        recorded,
        code_version=code_version(project),
        configuration=hash_files(service, [service]),
        code_commit=commit,
    )


def test_the_code_of_a_release_is_had_from_git(project, recorded, tmp_path):
    here = Settings(project=project, services_dir=project / "services")
    same = made_by(recorded, project, None)
    with code_of(here, same, tmp_path / "code") as used:
        assert used == here
    git(project, "checkout", "-q", "HEAD~1")
    first = made_by(recorded, project, git(project, "rev-parse", "HEAD"))
    git(project, "checkout", "-q", "-")
    with code_of(here, first, tmp_path / "code") as used:
        assert used.project == tmp_path / "code" and used.service_dir.is_relative_to(used.project)
        assert (used.project / "rbdc" / "code.py").read_text() == "1"
    assert not (tmp_path / "code").exists()


@pytest.mark.parametrize(("commit", "why"), [(None, "no commit"), ("0" * 40, "does not know")])
def test_code_that_cannot_be_had_is_wrong_use(project, recorded, tmp_path, commit, why):
    here = Settings(project=project, services_dir=project / "services")
    other = replace(made_by(recorded, project, commit), code_version="feedfacecafe")
    nowhere = code_of(here, other, tmp_path / "code")
    with pytest.raises(ConfigError, match=why) as error, nowhere:
        pass
    assert "feedfacecafe" in str(error.value) and code_version(project) in str(error.value)


def test_configuration_outside_the_project_must_be_that_of_the_release(project, recorded, tmp_path):
    services = tmp_path / "services"
    shutil.copytree(project / "services", services)
    here = Settings(project=project, services_dir=services)
    other = replace(
        made_by(recorded, project, git(project, "rev-parse", "HEAD")), configuration="0" * 64
    )
    nowhere = code_of(here, other, tmp_path / "code")
    with pytest.raises(ConfigError, match="Put that configuration in place"), nowhere:
        pass
    assert not (tmp_path / "code").exists()


def test_a_predecessor_without_checksums_is_told(folder):
    (folder / SUMS).unlink()
    with pytest.raises(RbdcError, match="SHA256SUMS: restore it"):
        digest_of(folder)
