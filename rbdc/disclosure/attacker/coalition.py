"""People behind a hidden cell who compare notes: they know that it holds at least as many."""

from dataclasses import dataclass, field

import numpy as np

from rbdc.disclosure.attacker.engine import Engine
from rbdc.disclosure.attacker.solver import InfeasibleError, OutOfTimeError


@dataclass
class CoalitionResult:
    """Hidden cells of which the people were tried, those not tried, and what they learn.

    `exact` has, per variable, its value and the cell whose people compute it.
    """

    tried: int = 0
    not_tried: int = 0
    exact: dict[int, tuple[float, int]] = field(default_factory=dict)


def try_coalitions(engine: Engine, people: int) -> CoalitionResult:
    """Let `people` people of every hidden cell look which cells beside theirs become exact.

    Only cells that share a relation with theirs are tried by programs; propagation reaches the
    whole component.

    Args:
        engine: After `solve`; its components are used.
        people: How many people of one cell act together.
    """
    result = CoalitionResult()
    hidden = np.zeros(engine.model.system.size, dtype=bool)
    hidden[list(engine.model.hidden)] = True
    hidden[list(engine.exact)] = False
    for component in engine.components:
        inside = hidden[component.variables]
        relations = component.relations()
        if inside.sum() > 1 and component.matrix.shape[0]:
            component.spread(min(40, 2 * int(inside.sum())), engine.deadline)
        for position in np.flatnonzero(inside):
            own = int(component.variables[position])
            if component.low[position] >= people or component.high[position] < people:
                result.tried += 1
                continue
            low = component.low.copy()
            low[position] = people
            bounds = relations.propagate(
                low, component.high, whole=True, start=np.array([position])
            )
            if bounds.conflict >= 0:  # that many people cannot be there
                result.tried += 1
                continue
            found = {
                int(other): float(bounds.low[other])
                for other in np.flatnonzero(inside & bounds.fixed())
                if other != position
            }
            near = component.neighbours(int(position))
            near = near[inside[near] & ~bounds.fixed()[near]]
            try:
                with component.raised(int(position), people):
                    if found:  # only if that many people can be there at all
                        component.optimum(np.array([position]), np.zeros(1), True, engine.deadline)
                    settled = component.settle(near, True, engine.deadline)
            except InfeasibleError:
                result.tried += 1
                continue
            except OutOfTimeError:
                result.not_tried += 1
                continue
            found.update(settled.exact)
            result.tried += not settled.untried
            result.not_tried += bool(settled.untried)
            for other, value in found.items():
                result.exact.setdefault(int(component.variables[other]), (value, own))
    return result
