"""Plain words for what the marts say in codes."""

# The classifications of DESIGN §5.
WORDING = {
    "over_represented": "over-represented",
    "under_represented": "under-represented",
    "no_disparity_detected": "no disparity detected",
    "depends_on_unknown_race": "depends on unknown race",
    "not_enough_data": "not enough data",
}

# What everything made of simulated data begins with.
SIMULATED = "SIMULATED DATA: no real person or police service is shown."
