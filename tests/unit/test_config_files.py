"""Configuration errors name the file and the line."""

import pytest
from pydantic import BaseModel, ConfigDict

from rbdc.config_files import load_config
from rbdc.errors import ConfigError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int


class Outer(BaseModel):
    name: str
    parts: list[Inner]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nparts:\n  - size: 1\n  - size: large\n", "line 4: parts.1.size"),
        ("name: a\nparts:\n  - size: 1\n    colour: red\n", "line 4: parts.0.colour"),
        ("name: a\nname: b\nparts: []\n", "line 2: the key 'name' stands twice"),
        ("name: [a\n", "line 2"),
        ("parts: []\n", "name: Field required"),
        ("", "line 1"),
    ],
)
def test_every_problem_is_named_with_its_line(tmp_path, text, expected):
    file = tmp_path / "thing.yml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="thing.yml") as caught:
        load_config(file, Outer)
    assert expected in str(caught.value)


def test_missing_file_and_wrong_encoding_are_told_apart(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "thing.yml", Outer)
    (tmp_path / "thing.yml").write_bytes("name: é".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path / "thing.yml", Outer)


def test_good_file_is_read(tmp_path):
    (tmp_path / "thing.yml").write_text("name: a\nparts:\n  - size: 1\n")
    assert load_config(tmp_path / "thing.yml", Outer).parts == [Inner(size=1)]
