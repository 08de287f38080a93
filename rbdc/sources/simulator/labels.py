"""Labels of people that the simulation and the provincial form have in common."""

PERCEIVED_RACES = (
    "Black",
    "East/Southeast Asian",
    "Indigenous",
    "Latino",
    "Middle Eastern",
    "South Asian",
    "White",
)
UNKNOWN = "Unknown"
# Residents whom no police value covers; officers perceive them as one of the seven all the same.
NO_POLICE_LABEL = "No police label"
RESIDENT_GROUPS = (*PERCEIVED_RACES, NO_POLICE_LABEL)

GENDERS = ("Female", "Male")

# Youngest and oldest age of people arrested; nobody under 12 can be charged in Canada.
AGE_GROUPS = {
    "17 and younger": (12, 17),
    "18 to 24": (18, 24),
    "25 to 34": (25, 34),
    "35 to 44": (35, 44),
    "45 to 54": (45, 54),
    "55 to 64": (55, 64),
    "65 and older": (65, 88),
}

# What an enforcement action is; the positions are used in drawing.
ARREST, DIVERSION = "Arrest", "Diversion"
APPREHENSIONS = {
    "mental_health": "Mental health apprehension",
    "child_protection": "Child protection apprehension",
}

# Names of trees and birds: no combination can be mistaken for somebody real.
FIRST_NAMES = (
    "Alder", "Aspen", "Birch", "Cedar", "Elm", "Hazel",
    "Juniper", "Laurel", "Linden", "Maple", "Rowan", "Willow",
)  # fmt: skip
LAST_NAMES = (
    "Crane", "Egret", "Falcon", "Finch", "Grebe", "Heron",
    "Kestrel", "Loon", "Osprey", "Plover", "Tern", "Wren",
)  # fmt: skip
