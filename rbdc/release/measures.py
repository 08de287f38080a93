"""What a release counts: the measures, which is part of which, and what each means."""

from collections.abc import Mapping

from rbdc.disclosure.known_names import KnownNames

MEANINGS: Mapping[str, str] = {
    "call_attended": "calls for service that officers attended",
    "enforcement_action": "enforcement actions: arrests, tickets, summonses, cautions, diversions",
    "arrest": "arrests",
    "booking": "bookings; a strip search without a booking mark is presumed booked",
    "strip_search": "strip searches (level 3: clothing removed and visual inspection)",
    "item_found": "strip searches in which an item was found",
    "use_of_force": "reported uses of force",
    "youth_diversion": "youth diversions",
    "mental_health_apprehension": "mental health apprehensions",
    "child_protection_apprehension": "child protection apprehensions",
}


def nearest_whole(known: KnownNames) -> dict[str, str]:
    """The measure of which each is directly a part: of all that hold it, the one held by most."""
    whole: dict[str, str] = {}
    for (measure, unit), holders in sorted(known.part_of.items()):
        same_unit = [one for one in holders if one[1] == unit]
        if same_unit:
            nearest = max(same_unit, key=lambda one: (len(known.part_of.get(one, ())), one))
            whole[measure] = nearest[0]
    return whole
