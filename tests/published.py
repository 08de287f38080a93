"""Figures that publishers printed, or that follow from their files by arithmetic (DOMAIN §3–6)."""

# Strip searches, arrests, bookings in 2020, then the same in 2021. "Unknown or Legacy" and empty
# together are Unknown.
RACES = {
    "White": (3240, 13607, 7443, 326, 14116, 7092),
    "Black": (2223, 8648, 5041, 211, 8878, 4794),
    "Unknown": (498, 2614, 1342, 39, 2446, 1149),
    "East/Southeast Asian": (295, 2054, 1052, 46, 2361, 1058),
    "South Asian": (241, 1742, 913, 16, 1871, 876),
    "Middle Eastern": (206, 1507, 757, 22, 1730, 892),
    "Indigenous": (286, 999, 609, 20, 935, 491),
    "Latino": (126, 808, 485, 6, 960, 489),
}
# Strip searches, arrests, bookings.
QUARTERS = {
    "2020-Q1": (2707, 9512, 5548),
    "2020-Q2": (1805, 6922, 3629),
    "2020-Q3": (2248, 8317, 4699),
    "2020-Q4": (355, 7228, 3766),
    "2021-Q1": (276, 8101, 4141),
    "2021-Q2": (154, 8263, 4142),
    "2021-Q3": (135, 8456, 4362),
    "2021-Q4": (121, 8477, 4196),
}
INCIDENTS_2023 = {
    "Black": 400,
    "White": 398,
    "Multiple race group": 160,
    "Middle Eastern": 88,
    "East/Southeast Asian": 83,
    "South Asian": 48,
    "Latino": 47,
    "Indigenous": 24,
}
RESIDENTS_TOTAL_2016 = 2691665
RESIDENTS_2016 = {
    "Black": 239850,
    "South Asian": 338965,
    "East/Southeast Asian": 548885,
    "Middle Eastern": 96350,
    "Latino": 77165,
    "Indigenous": 23065,
    "White": 1282750,
    "No police label": 84645,
}
INDICES_2020 = {
    "Indigenous": 1.29,
    "Black": 1.16,
    "White": 1.07,
    "Latino": 0.70,
    "East/Southeast Asian": 0.65,
    "South Asian": 0.62,
    "Middle Eastern": 0.61,
}
