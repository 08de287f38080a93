"""The lowest and highest value of every variable of a system."""

import time

import numpy as np

from rbdc.disclosure.attacker.components import components
from rbdc.disclosure.attacker.solver import Component, InfeasibleError
from rbdc.disclosure.attacker.system import System


def intervals(
    system: System, whole: bool = True, seconds: float = 60.0
) -> list[tuple[float, float]]:
    """What each variable can be, as every attacker knows all relations of the system.

    Args:
        system: Variables and relations.
        whole: Whether values are whole numbers; otherwise the plain linear attacker.
        seconds: After this long the search ends.

    Raises:
        InfeasibleError: no values satisfy all relations.
        OutOfTimeError: time is up.
    """
    deadline = time.monotonic() + seconds
    relations = system.matrix()
    low, high = system.given()
    bounds = relations.propagate(low, high, whole)
    if bounds.conflict >= 0:
        raise InfeasibleError
    found = list(zip(bounds.low.tolist(), bounds.high.tolist(), strict=True))
    for component in components(relations, bounds):
        for position in range(len(component.variables)):
            ends = component_interval(component, position, whole, deadline)
            found[int(component.variables[position])] = ends
    return found


def component_interval(
    component: Component, position: int, whole: bool, deadline: float
) -> tuple[float, float]:
    """Lowest and highest value of one variable of a component.

    Raises:
        InfeasibleError: no values satisfy all relations.
        OutOfTimeError: time is up.
    """
    low, high = component.interval(position, whole, deadline)
    if whole:
        return float(np.ceil(low - 1e-6)), float(np.floor(high + 1e-6))
    return low, high
