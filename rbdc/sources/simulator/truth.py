"""The truth of a configuration: what its records must show, summed over it without drawing.

`python -m rbdc.sources.simulator.truth services/demo/simulation.yml` prints it.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.errors import ConfigError
from rbdc.sources.simulator.blocks import Apprehension, Step
from rbdc.sources.simulator.city import DIMENSIONS as OF_RESIDENTS
from rbdc.sources.simulator.city import City, count_residents
from rbdc.sources.simulator.config import Simulation, load_simulation
from rbdc.sources.simulator.draws import Floats, season
from rbdc.sources.simulator.encounters import YOUTH, by_race
from rbdc.sources.simulator.labels import AGE_GROUPS, GENDERS, PERCEIVED_RACES, UNKNOWN

OTHER_GENDER = "Trans/Non-binary/Other"

# Each decision point and the step before it: the benchmark against which it is held.
STEPS = {
    "contact": "resident_population",
    "call_attended": "contact",
    "enforcement_action": "call_attended",
    "arrest": "enforcement_action",
    "booking": "arrest",
    "strip_search": "booking",
    "youth_diversion": "enforcement_action",
    "mental_health_apprehension": "enforcement_action",
    "child_protection_apprehension": "enforcement_action",
    "use_of_force": "enforcement_action",
}

# Axes of every array below.
_AXES = ("call_type", "occurrence_category", "race_group", "gender", "age_group", "division")
DIMENSIONS = tuple(axis for axis in _AXES if axis != "race_group")


class Truth:
    """Expected numbers at every decision point of a simulated service.

    A number is the mean over all cities and days that the configuration could give. Race group and
    gender are those that officers record; the age group is the resident's in the configuration, a
    year after the simulation begins. Days are those of the contact: what follows from a contact
    just before midnight counts for the day before.
    """

    def __init__(self, config: Simulation) -> None:
        """Sum over a configuration; a few hundred thousand cells."""
        self.config = config
        city = City(config)
        labels = {
            "call_type": list(config.call_types),
            "occurrence_category": list(config.occurrence_categories),
            "race_group": [*PERCEIVED_RACES, UNKNOWN],
            "gender": [*GENDERS, OTHER_GENDER],
            "age_group": list(AGE_GROUPS),
            "division": city.divisions,
        }
        self._labels = {axis: labels[axis] for axis in _AXES}
        self._contacts = _by_perceived_race(city)
        self._a_day = self._decisions()

    def expected(
        self, interaction: str, first: dt.date, last: dt.date, by: Sequence[str] = ()
    ) -> "pd.Series[float]":
        """Expected number of an interaction in contacts of the days from `first` to `last`.

        Args:
            interaction: a key of `STEPS`. `contact` counts people; `call_attended` counts calls and
                stops, by their first person; all others count people.
            first: first day.
            last: last day, included.
            by: some of `DIMENSIONS`.

        Returns:
            Numbers indexed by race_group and the dimensions asked for, in that order.
        """
        days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
        busy = season(self.config.activity, days)
        weight: Floats = np.asarray(busy.sum())
        if interaction == "strip_search":
            change = self.config.searches.policy_change
            after = days >= np.datetime64(change.date)
            weight = busy[~after].sum() + busy[after].sum() * _along(
                "race_group", by_race(change.factor)
            )
        perception = self.config.perception
        table = self._a_day[interaction] * weight
        table = _some_recorded_otherwise(table, "race_group", perception.recorded_unknown)
        table = _some_recorded_otherwise(table, "gender", perception.sex_recorded_x)
        return self._series(table, ["race_group", *by]).rename(interaction)

    def _series(self, table: Floats, kept: list[str]) -> "pd.Series[float]":
        """Sums over the axes that are not kept."""
        numbers = [_AXES.index(axis) for axis in kept]
        others = [n for n in range(len(_AXES)) if n not in numbers]
        summed = table.transpose(numbers + others).reshape(*(table.shape[n] for n in numbers), -1)
        labels = [self._labels[axis] for axis in kept]
        index: pd.Index[str] | pd.MultiIndex = (
            pd.MultiIndex.from_product(labels, names=kept)
            if len(kept) > 1
            else pd.Index(labels[0], name=kept[0])
        )
        return pd.Series(summed.sum(axis=-1).ravel(), index=index)

    def residents(self, by: Sequence[str] = ()) -> "pd.Series[float]":
        """Residents by race_group and some of gender, age_group and division."""
        counts = count_residents(self.config.residents)
        keys = ["race_group", *by]
        unknown = set(keys) - set(OF_RESIDENTS)
        if unknown:
            raise ValueError(f"residents have no {', '.join(sorted(unknown))}")
        return counts.groupby(keys, sort=False)["residents"].sum().astype(float)

    def _decisions(self) -> dict[str, Floats]:
        """People on a day of mean activity, by interaction; strip searches before the change."""
        config, calls = self.config, self.config.call_types.values()
        kinds, youth = config.occurrence_categories.values(), _along("age_group", _is_youth())
        weights = np.array(list(config.people_in_a_contact.values()))
        people = np.array(list(config.people_in_a_contact)) @ weights / weights.sum()

        def of_calls(field: str) -> Floats:
            return _along("call_type", [getattr(call, field) for call in calls])

        def of_categories(field: str) -> Floats:
            return _along("occurrence_category", [getattr(kind, field) for kind in kinds])

        def apprehended(name: Apprehension) -> Floats:
            can = _along("call_type", [call.apprehension == name for call in calls])
            return np.asarray(can * _chance(config.apprehensions[name]))

        attended = self._contacts * of_calls("attended")
        action = (
            attended
            * of_calls("enforcement_action")
            * _relative(config.enforcement_actions.relative_rate)
        )
        mental_health = action * apprehended("mental_health")
        child_protection = action * apprehended("child_protection") * youth
        # Only who is not apprehended can be arrested, and only who is neither can be diverted.
        left = action - mental_health - child_protection
        arrest = left * of_calls("arrest")
        booking = arrest * of_categories("booked") * _relative(config.bookings.relative_rate)
        equal = [
            name in config.use_of_force.no_disparity_in for name in config.occurrence_categories
        ]
        return {
            "contact": self._contacts,
            "call_attended": attended / people,
            "enforcement_action": action,
            "arrest": arrest,
            "booking": booking,
            "strip_search": booking
            * of_categories("strip_searched")
            * _relative(config.searches.relative_rate),
            "youth_diversion": (left - arrest) * youth * _chance(config.youth_diversions),
            "mental_health_apprehension": mental_health,
            "child_protection_apprehension": child_protection,
            "use_of_force": action
            * of_categories("use_of_force")
            * np.where(
                _along("occurrence_category", equal),
                1.0,
                _relative(config.use_of_force.relative_rate),
            ),
        }


def index(outcome: "pd.Series[float]", benchmark: "pd.Series[float]") -> "pd.Series[float]":
    """Disproportionality index: share of the outcome over share of the benchmark, by race group."""
    return (outcome / outcome.sum()) / (benchmark / benchmark.sum())


def _by_perceived_race(city: City) -> Floats:
    """People in contacts on a day of mean activity, over all `_AXES`.

    The further people of a contact follow the same distribution as the first, so that all people
    of a call type lie in cells as its expected contacts do.
    """
    without_label = city.usual_without_label / city.usual_without_label.sum()
    usual = np.vstack([np.eye(len(PERCEIVED_RACES)), without_label])
    becomes = np.array(
        [
            [call.becomes.get(category, 0.0) for category in city.config.occurrence_categories]
            for call in city.config.call_types.values()
        ]
    )
    becomes /= becomes.sum(axis=1, keepdims=True)
    perceived = usual @ city.perception
    people = np.einsum("tgsad,gp,tc->tcpsad", city.contacts_a_year, perceived, becomes)
    return np.asarray(people / 365)


def _is_youth() -> Floats:
    return np.asarray(np.eye(len(AGE_GROUPS))[YOUTH])


def _along(axis: str, values: npt.ArrayLike) -> Floats:
    """Values of one axis, in a shape that multiplies arrays over all axes."""
    shape = [1] * len(_AXES)
    shape[_AXES.index(axis)] = -1
    return np.asarray(values, dtype=float).reshape(shape)


def _relative(rates: dict[str, float]) -> Floats:
    return _along("race_group", by_race(rates))


def _chance(step: Step) -> Floats:
    return step.chance * _relative(step.relative_rate)


def _some_recorded_otherwise(table: Floats, axis: str, share: float) -> Floats:
    """A share of each value of an axis is recorded under one more value, put last."""
    number = _AXES.index(axis)
    other = table.sum(axis=number, keepdims=True) * share
    return np.concatenate([table * (1 - share), other], axis=number)


def report(config: Simulation) -> str:
    """Readable tables of the true indices, before and after the policy change."""
    truth, change = Truth(config), config.searches.policy_change.date
    first, last = config.period.first_day, config.period.last_day
    parts = [
        f"Truth of {config.service} (simulated), {first} to {last}. Expected numbers of people "
        "(calls, for call_attended),\nand the disproportionality index of each race group as "
        f"recorded: {config.perception.recorded_unknown:.0%} of records say {UNKNOWN}."
    ]
    for start, end in ((first, change - dt.timedelta(days=1)), (change, last)):
        if start > end:
            continue
        numbers = {name: truth.expected(name, start, end) for name in STEPS}
        numbers["resident_population"] = truth.residents()
        for title, benchmarks in (
            ("the step before it", STEPS),
            ("residents", dict.fromkeys(STEPS, "resident_population")),
        ):
            rows = {
                f"{name} / {benchmark}": (numbers[name], numbers[benchmark])
                for name, benchmark in benchmarks.items()
            }
            parts.append(f"{start} to {end}: against {title}\n{_lines(rows)}")
    parts.append(
        "Arrests against enforcement actions, within each call type: the disparity vanishes, but\n"
        f"where apprehensions come before arrests\n{_vanishing(truth, first, last)}"
    )
    within = "occurrence_category"
    force, action = (
        truth.expected(name, first, last, [within]) for name in ("use_of_force", STEPS["arrest"])
    )
    rows = {
        category: (force.xs(category, level=within), action.xs(category, level=within))
        for category in config.occurrence_categories
    }
    equal = ", ".join(config.use_of_force.no_disparity_in) or "no category"
    parts.append(
        "Use of force against enforcement actions, within each occurrence category: no disparity "
        f"in\n{equal}\n{_lines(rows)}"
    )
    return "\n\n".join(parts)


def _vanishing(truth: Truth, first: dt.date, last: dt.date) -> str:
    arrest, action = (
        truth.expected(name, first, last, ["call_type"]) for name in ("arrest", STEPS["arrest"])
    )
    rows = {
        "all call types": (arrest.groupby("race_group").sum(), action.groupby("race_group").sum())
    }
    rows |= {
        call: (arrest.xs(call, level="call_type"), action.xs(call, level="call_type"))
        for call in truth.config.call_types
    }
    return _lines(rows)


def _lines(rows: "dict[str, tuple[pd.Series[float], pd.Series[float]]]") -> str:
    races = list(PERCEIVED_RACES)
    table = pd.DataFrame(
        {
            name: {
                "expected": f"{outcome.sum():,.0f}",
                **index(outcome, benchmark)[races].map("{:.3f}".format),
            }
            for name, (outcome, benchmark) in rows.items()
        }
    ).T
    return table.to_string()


def main(arguments: Sequence[str]) -> int:
    """Print the truth of a `simulation.yml`; the exit status is 2 for wrong use."""
    if len(arguments) != 1:
        print("usage: python -m rbdc.sources.simulator.truth SIMULATION_YML", file=sys.stderr)
        return 2
    try:
        print(report(load_simulation(Path(arguments[0]))))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
