"""Effects planted in a simulated city, and whether the framework's hypotheses find and word them.

Three truths are planted beside each other: a change of procedure, a disparity that comes from the
kind of call alone, and a kind of occurrence in which force has no disparity while it has one in all
others. Each is asked for by a hypothesis; the answers over many seeds are held against the truth.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rbdc.analysis.tables import Counts, analyse
from rbdc.framework import Framework, load_framework
from rbdc.framework.published import Published
from rbdc.framework.questions import Hypothesis
from rbdc.framework.tables import framework_tables, framework_variables
from rbdc.sources.simulator.config import Simulation, load_simulation
from rbdc.sources.simulator.generate import population_table
from rbdc.sources.simulator.labels import PERCEIVED_RACES
from rbdc.statistics import estimate, estimation_rules
from validation.grid import with_changes
from validation.simulated import simulate_city
from validation.warehouse import Models, built_tables

RESIDENTS = 300_000
CONTACTS = 4.0
CHANGED_ON = dt.date(2002, 1, 1)
YEARS = (dt.date(2001, 1, 1), dt.date(2002, 12, 31))
# Who is met in which calls, each against White people: the only source of disparity in arrests.
MET = {"Warrant or compliance check": 1.5, "Drug investigation": 1.6, "Weapons": 1.4}
FORCE = 1.6  # Black people's relative rate of force, but in weapons and homicide occurrences
CHANGE = {"Black": 0.3, "Indigenous": 0.3}  # factor of the change; all others 0.2
NO_DIFFERENCE = (0.67, 1.5)
TABLES = ("indicators.index_counts", "interactions.context_counts")


@dataclass(frozen=True)
class Bed:
    """What all seeds share."""

    models: Models
    framework: Framework
    labels: pd.DataFrame
    config: Simulation


def planted_framework(demo: Framework) -> Framework:
    """The demo's framework with the questions about what is planted, and nothing else asked."""
    one = demo.hypotheses[0]
    policy = demo.policy_changes[0].model_copy(update={"date": CHANGED_ON})
    others = tuple(group for group in PERCEIVED_RACES if group != demo.reference_group)

    def ask(**what: object) -> Hypothesis:
        blank = {
            "question_fr": what["question"],
            "policy": None,
            "equivalence": None,
            "periods": (),
            "dimension": "all",
            "dimension_values": (),
            "unit": "person",
        }
        return one.model_copy(update=blank | what)

    force = {
        "outcome": "use_of_force",
        "unit": "incident",
        "benchmarks": ("enforcement_action",),
        "method": "disparity",
        "groups": ("Black",),
        "period_type": "all",
        "periods": ("all",),
        "dimension": "occurrence_category",
    }
    questions = (
        ask(hypothesis="POLICY", question="Did the change reduce strip searches of every group?",
            outcome="strip_search", benchmarks=("arrest",), method="policy_change",
            policy=policy.policy, groups=others, support="reduced"),
        ask(hypothesis="GAP", question="Did the change widen the gap to White people?",
            outcome="strip_search", benchmarks=("arrest",), method="policy_change",
            policy=policy.policy, groups=tuple(CHANGE), support="gap_widened"),
        ask(hypothesis="CONTEXT", question="Is the difference in arrests explained by the call?",
            outcome="arrest", benchmarks=("enforcement_action",), method="adjusted",
            groups=("Black",), periods=("2001",), support="explained_by_context"),
        ask(hypothesis="ABSENCE", question="Is force alike in weapons and homicide occurrences?",
            dimension_values=("Weapons/Homicide",), support="no_disparity",
            equivalence=NO_DIFFERENCE, **force),
        ask(hypothesis="PRESENCE", question="Is more force used on Black people in assaults?",
            dimension_values=("Assault",), support="over_represented", **force),
    )  # fmt: skip
    return demo.model_copy(
        update={"policy_changes": (policy,), "hypotheses": questions, "pathways": ()}
    )


def planted_city(demo: Simulation) -> Simulation:
    """The demo's city with the effects planted, sound records, and more people met."""
    equal = dict.fromkeys(PERCEIVED_RACES, 1.0)
    changes: dict[str, object] = {
        "residents.total": RESIDENTS,
        "period": {"first_day": YEARS[0], "last_day": YEARS[1]},
        "searches.policy_change": {
            "date": CHANGED_ON,
            "factor": {group: CHANGE.get(group, 0.2) for group in PERCEIVED_RACES},
        },
        **{
            f"call_types.{name}.groups": {"Black": MET[name]} if name in MET else {}
            for name in demo.call_types
        },
        **{f"apprehensions.{name}.relative_rate": equal for name in demo.apprehensions},
        "use_of_force.relative_rate": {**equal, "Black": FORCE},
        "planted_defects": {
            table: dict.fromkeys(rates, 0.0)
            for table, rates in demo.planted_defects.model_dump().items()
        },
    }
    for origin, block in demo.contacts.items():
        changes[f"contacts.{origin}.per_1000_residents_a_year"] = (
            block.per_1000_residents_a_year * CONTACTS
        )
    return with_changes(demo, changes)


def prepare_bed(service_dir: Path) -> Bed:
    """Compile the models for the planted questions."""
    from validation.prepare import compile_models  # dbt takes seconds to import

    framework = planted_framework(load_framework(service_dir))
    demo = load_simulation(service_dir / "simulation.yml")
    variables = {"service": demo.service, **framework_variables(framework)}
    variables["count_action_incidents"] = True
    return Bed(
        compile_models(variables, [name.split(".")[1] for name in TABLES]),
        framework,
        pd.read_csv(service_dir / "labels.csv", dtype=str, keep_default_na=False),
        planted_city(demo),
    )


def answer(bed: Bed, seed: int) -> Mapping[str, pd.DataFrame]:
    """Simulate the city with a seed, count it by the models, and put every question to its test."""
    config = with_changes(bed.config, {"seed": seed})
    raw = {
        **simulate_city(config),
        "population__residents": population_table(config.residents),
        "config__labels": bed.labels,
    }
    tables = framework_tables(bed.framework, config.service, "validation")
    index_counts, context = built_tables(bed.models, raw, tables, TABLES)
    counts = Counts(
        index_counts=index_counts,
        estimates=estimate(index_counts, estimation_rules(bed.framework)),
        context=context,
        interactions=pd.DataFrame(),
        benchmarks=pd.DataFrame(),
    )
    return analyse(counts, bed.framework, Published(), config.service, {})
