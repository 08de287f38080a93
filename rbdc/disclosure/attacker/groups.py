"""Group disclosure: what is known of everybody in a group is known of each of them."""

from rbdc.disclosure.attacker.model import Model

GROUP = 10
"""Below this size a group in which everybody has an outcome is worth a warning."""


def discloses_group(part: float, whole: float, insiders: int = 0) -> bool:
    """Whether people who know themselves learn that all others of a group have an outcome.

    Args:
        part: People of the group with the outcome.
        whole: People of the group.
        insiders: How many of the group, without the outcome, put together what they know.

    Source: Lupp and Langsrud 2021, as in the Handbook on Statistical Disclosure Control, 2nd
    ed., section 5.9.
    """
    return part > 0 and whole - insiders <= part


def small_groups(model: Model) -> list[str]:
    """Small groups of whom all are known to have an outcome: open part equal to open whole."""
    found = []
    for (measure, unit), lattice in model.lattices.items():
        whole = model.release.part_of.get((measure, unit))
        if whole not in model.lattices:
            continue
        above = model.lattices[whole]
        for shape, months, grid in lattice.grids():
            if months not in above.intervals.get(shape, ()):
                continue
            own, its = lattice.common(above, shape)
            parts = grid[own].ravel().tolist()
            pairs = zip(parts, above.grid(shape, months)[its].ravel().tolist(), strict=True)
            for part, group in pairs:
                if part not in model.open_now or group not in model.open_now:
                    continue
                size = model.open_now[group].value
                if size < GROUP and discloses_group(model.open_now[part].value, size):
                    found.append(
                        f"All {size:.0f} of a small group: {model.cell(part).text()} equals "
                        f"{above.measure}."
                    )
    return sorted(set(found))
