"""A wrong `simulation.yml` is refused in words that name file, line and key."""

import pytest

from rbdc.errors import ConfigError
from rbdc.sources.simulator import generate
from rbdc.sources.simulator.config import load_simulation

from .conftest import Changed


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("sede", 1, "sede"),
        ("synthetic", False, "synthetic"),
        ("contacts.public_call.relative_rate.race_group", {"Black": 1}, "lacks East/Southeast"),
        ("contacts.public_call.relative_rate.division", {"D1": 1, "D9": 1}, "has unknown D9"),
        ("bookings.relative_rate.Black", -1, "bookings.relative_rate.Black"),
        ("residents.race_group.White", 45, "add up to 100, not 101"),
        ("residents.division.Latino", {"D1": 1}, "division.Latino needs one value per division"),
        ("activity.hour", [1, 2], "needs 24 weights"),
        ("occurrence_categories.Assault.booked", 0.95, "more than 1"),
        ("occurrence_categories.Assault.strip_searched", 0.9, "more than 1"),
        ("call_types.Weapons.enforcement_action", 0.95, "more than 1"),
        ("call_types.Weapons.becomes", {"Piracy": 1}, "Piracy is no occurrence category"),
        ("call_types.Weapons.groups", {"Martian": 2}, "Martian is no group of residents"),
        ("call_types.Weapons.origin", "telepathy", "call_types.Weapons.origin"),
        ("use_of_force.no_disparity_in", ["Piracy"], "Piracy is no occurrence category"),
        ("searches.policy_change.date", "2025-01-01", "outside the period"),
        ("searches.policy_change.factor", {"Black": 0.2}, "lacks East/Southeast"),
        ("searches.items_found", {1: 0.1}, "levels 1, 2 and 3"),
        ("period.last_day", "2021-01-01", "last_day lies before first_day"),
        ("people_in_a_contact", {0: 1}, "people_in_a_contact"),
        ("repeat_contact.exponent", 1, "repeat_contact.exponent"),
        ("lateness.most_days", 10, "lateness.most_days"),
        ("planted_defects.arrests.deleted", 2, "planted_defects.arrests.deleted"),
    ],
)
def test_errors_name_file_line_and_key(
    changed: Changed, key: str, value: object, words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load_simulation(changed({key: value}))
    assert "demo/simulation.yml line " in str(refused.value)
    assert words in str(refused.value)


def test_nothing_is_written_when_the_configuration_is_wrong(changed: Changed, tmp_path) -> None:
    with pytest.raises(ConfigError):
        generate(changed({"seed": "often"}), tmp_path / "out")
    assert not (tmp_path / "out").exists()
