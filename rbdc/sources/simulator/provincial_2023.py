"""Shape of the provincial use-of-force files of 2023: every column in order, and likely answers.

A column without an answer is filled by `force_reports`; names with `~` help to fill others and
are not written. Weights are plausible round numbers, not estimates from any file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ROW_NUMBER = "_id"
MUNICIPAL = "Municipal Police"
WITH_PERSON = "Interaction with Individual(s)"
WITHOUT_PERSON = "No Interaction with Individual(s)"
WITH_ANIMAL = "Interaction with Animal"
HUMANE = ""  # humane destruction of an animal carries no interaction type
INDIVIDUAL_REPORT, TEAM_REPORT = "Individual", "Team"

LOCATIONS = {"Residential": 40, "Non-residential": 11, "Vehicle": 8, "Open": 36, "Transit": 5}
INCIDENT_TYPES = {
    WITH_PERSON: {
        "Weapon(s)": 27,
        "Barricaded Individual/Disturbance/Individual in Crisis/Wellness/Safety Check": 22,
        "Violent Crime (including Intimate Partner Violence)": 17,
        "Executing Warrant (e.g., DNA, arrest, search)": 13,
        "Stolen Vehicle": 7,
        "Property Crime": 4,
        "Traffic (e.g., RIDE, vehicle collision)": 3,
        "Family/Neighbour/Other Type of Dispute": 3,
        "Investigation (follow-up, ongoing)": 2,
        "Assisting Other Police Service/Agency (e.g., EMS, animal welfare inspectors)": 1,
        "Person Stop": 1,
    },
    WITHOUT_PERSON: {"Weapon(s)": 60, "Alarm": 20, "Property Crime": 20},
    WITH_ANIMAL: {"Animal Complaint": 85, "Traffic (e.g., RIDE, vehicle collision)": 15},
    HUMANE: {"Humane Destruction of Animal": 1},
}

# How an officer names the kind of incident where the occurrence category settles it.
INCIDENT_TYPE_OF_CATEGORY = {
    "Weapons/Homicide": "Weapon(s)",
    "Mental Health": "Barricaded Individual/Disturbance/Individual in Crisis/Wellness/Safety Check",
    "Warrant": "Executing Warrant (e.g., DNA, arrest, search)",
    "Vehicle Related/Impaired": "Traffic (e.g., RIDE, vehicle collision)",
    "Assault": "Violent Crime (including Intimate Partner Violence)",
    "Robbery/Theft": "Property Crime",
    "Break and Enter": "Property Crime",
}


@dataclass(frozen=True)
class Answer:
    """Weights of the answers in one column, given only where another column says so."""

    weights: Mapping[str, float]
    when: tuple[str, ...] = ()
    """A column, then its values that ask for this answer; elsewhere the column stays blank."""


def tick(percent: float, *when: str) -> Answer:
    """A tick box: `1` or blank."""
    return Answer({"1": percent, "": 100 - percent}, when)


def yes(percent: float, *when: str) -> Answer:
    """A question answered Yes or No."""
    return Answer({"Yes": percent, "No": 100 - percent}, when)


_PERSON = ("InteractionType", WITH_PERSON)
_NOBODY = ("InteractionType", WITHOUT_PERSON)
_ANIMAL = ("InteractionType", WITH_ANIMAL)
_HUMANE = ("InteractionType", HUMANE)
_OFFICER_HURT = ("OfficerInvolvedInjuries_PhysicalInjuries", "Yes")

MAIN: dict[str, Answer | None] = {
    "_id": None,
    "BatchFileName": None,
    "PoliceServiceType": None,
    "PoliceService": None,
    "OPP_PoliceService": None,
    "IncidentNumber": None,
    "Date": None,
    "ApproximateTimeForceApplied": None,
    "LocationType_ResidentialBuilding": tick(100, "~location", "Residential"),
    "LocationType_NonResidentialBuilding": tick(100, "~location", "Non-residential"),
    "LocationType_MotorVehicle": tick(100, "~location", "Vehicle"),
    "LocationType_OpenSpace": tick(100, "~location", "Open"),
    "LocationType_PublicTransportation": tick(100, "~location", "Transit"),
    "ReportType": None,
    "TypeTeam": Answer(
        {"Tactical Team": 55, "Containment Team": 20, "Hostage Rescue Team": 20, "Other": 5},
        ("ReportType", TEAM_REPORT),
    ),
    "NumberTeam": Answer({str(n): 1 for n in range(2, 13)}, ("ReportType", TEAM_REPORT)),
    "Attire": Answer({"Uniform": 95, "Non-Uniform": 5}),
    "AssignmentType": Answer(
        {
            # The blank at the end stands in the publisher's files.
            "Patrol (e.g., general, foot, bicycle, ATV, snowmobile) ": 78,
            "Tactical": 10,
            "Investigations (CIB, Major Crime)": 3,
            "Targeted Community Response Units/Hostage Rescue": 3,
            "Guns and Gangs, ROPE, Other Specialized Units": 2,
            "Traffic": 2,
            "Canine": 1,
            "Other": 1,
        }
    ),
    "IncidentType": None,
    "HumaneDestructionAnimal_Distance": Answer(
        {
            "Less than 3 metres (approx. 10ft)": 70,
            "3 to 7 Metres (approx. 10 to 23 ft)": 26,
            "Greater than 7 metres (approx. 23 ft)": 4,
        },
        _HUMANE,
    ),
    "~destruction": Answer({"Handgun": 60, "Rifle": 26, "Shotgun": 14}, _HUMANE),
    "HumaneDestructionAnimal_Handgun": tick(100, "~destruction", "Handgun"),
    "HumaneDestructionAnimal_Rifle": tick(100, "~destruction", "Rifle"),
    "HumaneDestructionAnimal_Shotgun": tick(100, "~destruction", "Shotgun"),
    "HumaneDestructionAnimal_NumberRoundsDischarged": Answer(
        {"1": 60, "2": 27, "3": 10, "4": 3}, _HUMANE
    ),
    "InteractionType": None,
    "NumberIndividuals": None,
    "NumberOtherOfficers": None,
    "OfficerInvolvedInjuries_PhysicalInjuries": Answer({"No": 97, "Yes": 3}, _PERSON),
    "~officer_treatment": Answer(
        {"No": 34, "First aid": 20, "Scene": 23, "Medical": 23}, _OFFICER_HURT
    ),
    "OfficerInvolvedInjuries_Treatment_No": tick(100, "~officer_treatment", "No"),
    "OfficerInvolvedInjuries_Treatment_FirstAid": tick(100, "~officer_treatment", "First aid"),
    "OfficerInvolvedInjuries_Treatment_MedicalPersonnelScene": tick(
        100, "~officer_treatment", "Scene"
    ),
    "OfficerInvolvedInjuries_Treatment_AdmissionMedicalFacility": tick(
        10, "~officer_treatment", "Medical"
    ),
    "OfficerInvolvedInjuries_Treatment_MedicalFacility": tick(100, "~officer_treatment", "Medical"),
    "OfficerInvolvedInjuries_Treatment_Unknown": tick(0),
    "OfficerInvolvedInjuries_Treatment_Other": tick(2, *_OFFICER_HURT),
    "NoInteractIndiv_ReasonUseOfForce_EffectArrest": tick(35, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_PreventOffence": tick(30, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_PreventEscape": tick(30, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_ProtectOtherOfficers": tick(85, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_ProtectPublic": tick(84, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_ProtectSelf": tick(92, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_ProtectIndiv": tick(20, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_Unintentional": tick(1, *_NOBODY),
    "NoInteractIndiv_ReasonUseOfForce_Other": tick(4, *_NOBODY),
    "~nobody_force": Answer({"CEW": 1, "Handgun": 98, "Rifle": 1}, _NOBODY),
    "NoInteractIndiv_TypeForceUsed_CEW_Check": tick(100, "~nobody_force", "CEW"),
    "NoInteractIndiv_TypeForceUsed_CEW_Discharged": tick(100, "~nobody_force", "CEW"),
    "NoInteractIndiv_TypeForceUsed_Firearm_Handgun_Check": tick(100, "~nobody_force", "Handgun"),
    "NoInteractIndiv_TypeForceUsed_Firearm_Handgun_Drawn": tick(100, "~nobody_force", "Handgun"),
    "NoInteractIndiv_TypeForceUsed_Firearm_Handgun_Discharged": tick(0),
    "NoInteractIndiv_TypeForceUsed_Firearm_Rifle_Check": tick(100, "~nobody_force", "Rifle"),
    "NoInteractIndiv_TypeForceUsed_Firearm_Rifle_Discharged": tick(0),
    "NoInteractIndiv_TypeForceUsed_Firearm_ShotgunLethal_Check": tick(0),
    "NoInteractIndiv_TypeForceUsed_Firearm_ShotgunLethal_Discharged": tick(0),
    "NoIndivAnimalOnly_ReasonUseOfForce_EffectArrest": tick(1, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_PreventOffence": tick(1, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_PreventEscape": tick(1, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_ProtectOtherOfficers": tick(17, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_ProtectPublic": tick(28, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_ProtectSelf": tick(23, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_ProtectIndiv": tick(3, *_ANIMAL),
    "NoIndivAnimalOnly_ReasonUseOfForce_Unintentional": tick(0),
    "NoIndivAnimalOnly_ReasonUseOfForce_Other": tick(60, *_ANIMAL),
    "~animal_force": Answer({"CEW": 22, "Firearm": 78}, _ANIMAL),
    "NoIndivAnimalOnly_TypeForceUsed_CEW": tick(100, "~animal_force", "CEW"),
    "NoIndivAnimalOnly_TypeForceUsed_Firearm": tick(100, "~animal_force", "Firearm"),
    "Inclusion_SOLGEN_ARA_Analysis": None,
}

_PHYSICAL = ("~force", "Physical control")
_CEW = ("~force", "CEW drawn", "CEW pointed", "CEW discharged")
_HANDGUN = ("~force", "Handgun drawn", "Handgun pointed", "Handgun discharged")
_RIFLE = ("~force", "Rifle pointed", "Rifle discharged")
_SHOTGUN = ("~force", "Shotgun pointed")
_CHALLENGE = (*_RIFLE, "Shotgun pointed", "Handgun pointed", "Handgun discharged")
_STUN = ("TypeForceUsed_IntermWeapon_CEW_DeloymentMode_DrivePushStun", "1")
_CONTACT = ("TypeForceUsed_IntermWeapon_CEW_DeloymentMode_ThreePointContact", "1")
_CEW_FAILED = ("TypeForceUsed_IntermWeapon_CEW_AssistCtrlBhvr", "No")
_UNCHALLENGED = ("TypeForceUsed_Firearm_IssuePoliceChallenge", "No")
_HURT = ("IndivInjuries_PhysicalInjuries", "Yes")
_DEESCALATED = ("OfficerResponses_AttemptDeescalation", "Yes")
_NOT_DEESCALATED = ("OfficerResponses_AttemptDeescalation", "No")
_CYCLES = {
    "Single Cycle (5 seconds)": 58,
    "Multiple Cycles": 32,
    "Extended Cycle (more than 5 seconds)": 10,
}

INDIVIDUAL: dict[str, Answer | None] = {
    "_id": None,
    "BatchFileName": None,
    "Indiv_Index": None,
    "Race": None,
    "DifficultyPerceiving": None,
    "AgeCategory": None,
    "Gender": None,
    "DistanceBetweenOfficerAndIndiv": Answer(
        {
            "Less than 3 metres (approx. 10 feet)": 46,
            "3 to 7 metres (approx. 10 to 23 feet)": 39,
            "Greater than 7 metres (more than 23 feet)": 15,
        }
    ),
    "ReasonUseOfForce_EffectArrest": tick(80),
    "ReasonUseOfForce_PreventOffence": tick(41),
    "ReasonUseOfForce_PreventEscape": tick(45),
    "ReasonUseOfForce_ProtectOtherOfficers": tick(78),
    "ReasonUseOfForce_ProtectPublic": tick(60),
    "ReasonUseOfForce_ProtectSelf": tick(88),
    "ReasonUseOfForce_ProtectIndiv": tick(27),
    "ReasonUseOfForce_Unintentional": tick(1),
    "ReasonUseOfForce_Other": tick(1),
    "FactorsInfluenceResponse_NatureIncident": tick(70),
    "FactorsInfluenceResponse_PastHistory": tick(13),
    "FactorsInfluenceResponse_PhysicalSizeStrength": tick(10),
    "FactorsInfluenceResponse_OtherFactors": tick(27),
    "IndividualActions_ResistantPassive": tick(10),
    "IndividualActions_ResistantActive": tick(20),
    "IndividualActions_Assaultive": tick(20),
    "IndividualActions_SeriousBodilyHarmDeath": tick(29),
    "PerceiveAccessWeapon": tick(66),
    "OfficerResponses_DirectionsToComply": yes(83),
    "OfficerResponses_Comply": yes(70, "OfficerResponses_DirectionsToComply", "Yes"),
    "OfficerResponses_AttemptDeescalation": yes(76),
    "OfficerResponses_DeescalationTechniques_Communication": tick(97, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Containment": tick(48, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Cover": tick(40, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Distance": tick(55, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Repositioning": tick(37, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Teamwork": tick(73, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Time": tick(25, *_DEESCALATED),
    "OfficerResponses_DeescalationTechniques_Other": tick(1, *_DEESCALATED),
    "OfficerResponses_AssistCtrlBhvr": yes(71, *_DEESCALATED),
    "OfficerResponses_Reason_ImminentThreat": tick(41, *_NOT_DEESCALATED),
    "OfficerResponses_Reason_ActionRequiredImmediately": tick(69, *_NOT_DEESCALATED),
    "OfficerResponses_Reason_DeescalationUsedOtherOfficers": tick(22, *_NOT_DEESCALATED),
    "OfficerResponses_Reason_Other": tick(10, *_NOT_DEESCALATED),
    "~force": Answer(
        {
            "Physical control": 14,
            "OC": 1,
            "Baton": 1,
            "CEW drawn": 9,
            "CEW pointed": 9,
            "CEW discharged": 8,
            "Less lethal shotgun": 1,
            "Impact weapon": 1,
            "Other": 2,
            "Handgun drawn": 18,
            "Handgun pointed": 18,
            "Handgun discharged": 0.2,
            "Rifle pointed": 17,
            "Rifle discharged": 0.3,
            "Shotgun pointed": 0.5,
        }
    ),
    "TypeForceUsed_PhysicalControl_Check": tick(100, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_EscortTechniques": tick(27, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_Grounding": tick(57, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_JointLocks": tick(9, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_Pinning": tick(29, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_PressurePoints": tick(8, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_Strikes": tick(18, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_Other": tick(5, *_PHYSICAL),
    "TypeForceUsed_PhysicalControl_AssistCtrlBhvr": yes(84, *_PHYSICAL),
    "TypeForceUsed_IntermWeapon_Check": tick(100, "~force", "OC", "Baton", *_CEW[1:]),
    "TypeForceUsed_IntermWeapon_OC_Check": tick(100, "~force", "OC"),
    "TypeForceUsed_IntermWeapon_OC_AssistCtrlBhvr": yes(80, "~force", "OC"),
    "TypeForceUsed_IntermWeapon_Baton_Check": tick(100, "~force", "Baton"),
    "TypeForceUsed_IntermWeapon_Baton_Hard": tick(50, "~force", "Baton"),
    "TypeForceUsed_IntermWeapon_Baton_Soft": tick(50, "~force", "Baton"),
    "TypeForceUsed_IntermWeapon_Baton_AssistCtrlBhvr": yes(78, "~force", "Baton"),
    "TypeForceUsed_IntermWeapon_CEW_Check": tick(100, *_CEW),
    "TypeForceUsed_IntermWeapon_CEW_AssistCtrlBhvr": yes(85, *_CEW),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_CartridgeMalfunction": tick(1, *_CEW_FAILED),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_Disconnect": tick(6, *_CEW_FAILED),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_InsufficientProbeSpread": tick(4, *_CEW_FAILED),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_OperatorError": tick(1, *_CEW_FAILED),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_ProbeMiss": tick(8, *_CEW_FAILED),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_WeaponMalfunction": tick(0),
    "TypeForceUsed_IntermWeapon_CEW_WhyNot_Other": tick(20, *_CEW_FAILED),
    "TypeForceUsed_IntermWeapon_CEW_Drawn": tick(100, "~force", "CEW drawn"),
    "TypeForceUsed_IntermWeapon_CEW_Pointed": tick(100, "~force", "CEW pointed"),
    "TypeForceUsed_IntermWeapon_CEW_Discharged": tick(100, "~force", "CEW discharged"),
    "~cew_mode": Answer({"Cartridge": 80, "Stun": 14, "Contact": 6}, ("~force", "CEW discharged")),
    "TypeForceUsed_IntermWeapon_CEW_DeloymentMode_Cartridge": tick(100, "~cew_mode", "Cartridge"),
    "TypeForceUsed_IntermWeapon_CEW_DeloymentMode_DrivePushStun": tick(100, "~cew_mode", "Stun"),
    "TypeForceUsed_IntermWeapon_CEW_DeloymentMode_ThreePointContact": tick(
        100, "~cew_mode", "Contact"
    ),
    "TypeForceUsed_IntermWeapon_CEW_DrivePushStunCycles": Answer(_CYCLES, _STUN),
    "TypeForceUsed_IntermWeapon_CEW_ThreePointContactCycles": Answer(_CYCLES, _CONTACT),
    "TypeForceUsed_LLFirearm_Check": tick(100, "~force", "Less lethal shotgun", "Impact weapon"),
    "TypeForceUsed_LLFirearm_Shotgun_Check": tick(100, "~force", "Less lethal shotgun"),
    "TypeForceUsed_LLFirearm_Shotgun_Pointed": tick(97, "~force", "Less lethal shotgun"),
    "TypeForceUsed_LLFirearm_Shotgun_Discharged": tick(5, "~force", "Less lethal shotgun"),
    "TypeForceUsed_LLFirearm_Shotgun_AssistCtrlBhvr": yes(90, "~force", "Less lethal shotgun"),
    "TypeForceUsed_LLFirearm_ExtRangeImpactWeapon_Check": tick(100, "~force", "Impact weapon"),
    "TypeForceUsed_LLFirearm_ExtRangeImpactWeapon_Pointed": tick(97, "~force", "Impact weapon"),
    "TypeForceUsed_LLFirearm_ExtRangeImpactWeapon_Discharged": tick(10, "~force", "Impact weapon"),
    "TypeForceUsed_LLFirearm_ExtRangeImpactWeapon_AssistCtrlBhvr": yes(
        89, "~force", "Impact weapon"
    ),
    "TypeForceUsed_Other_Check": tick(100, "~force", "Other"),
    "TypeForceUsed_Other_AssistCtrlBhvr": yes(91, "~force", "Other"),
    "TypeForceUsed_Firearm_Check": tick(100, *_CHALLENGE, "Handgun drawn"),
    "TypeForceUsed_Firearm_Handgun_Check": tick(100, *_HANDGUN),
    "TypeForceUsed_Firearm_Handgun_Drawn": tick(100, "~force", "Handgun drawn"),
    "TypeForceUsed_Firearm_Handgun_Pointed": tick(100, "~force", "Handgun pointed"),
    "TypeForceUsed_Firearm_Handgun_Discharged": tick(100, "~force", "Handgun discharged"),
    "TypeForceUsed_Firearm_Handgun_AssistCtrlBhvr": yes(87, *_HANDGUN),
    "TypeForceUsed_Firearm_Rifle_Check": tick(100, *_RIFLE),
    "TypeForceUsed_Firearm_Rifle_Pointed": tick(100, "~force", "Rifle pointed"),
    "TypeForceUsed_Firearm_Rifle_Discharged": tick(100, "~force", "Rifle discharged"),
    "TypeForceUsed_Firearm_Rifle_AssistCtrlBhvr": yes(94, *_RIFLE),
    "TypeForceUsed_Firearm_ShotgunLethal_Check": tick(100, *_SHOTGUN),
    "TypeForceUsed_Firearm_ShotgunLethal_Pointed": tick(100, *_SHOTGUN),
    "TypeForceUsed_Firearm_ShotgunLethal_Discharged": tick(0),
    "TypeForceUsed_Firearm_ShotgunLethal_AssistControllingBehaviour": yes(85, *_SHOTGUN),
    "TypeForceUsed_Firearm_IssuePoliceChallenge": yes(67, *_CHALLENGE),
    "TypeForceUsed_Firearm_Comply": yes(86, "TypeForceUsed_Firearm_IssuePoliceChallenge", "Yes"),
    "TypeForceUsed_Firearm_NoChallengeWhyNot_NotViable": tick(44, *_UNCHALLENGED),
    "TypeForceUsed_Firearm_NoChallengeWhyNot_IssuedByAnOtherOfficer": tick(23, *_UNCHALLENGED),
    "TypeForceUsed_Firearm_NoChallengeWhyNot_Other": tick(35, *_UNCHALLENGED),
    "IndivInjuries_PhysicalInjuries": Answer(
        {"No": 93, "Yes": 6, "Don't Know (e.g., individual fled/escaped)": 1}
    ),
    "IndividualInjuries_Treatment_No": tick(10, *_HURT),
    "IndividualInjuries_Treatment_FirstAid": tick(10, *_HURT),
    "IndividualInjuries_Treatment_MedicalPersonnelScene": tick(36, *_HURT),
    "IndividualInjuries_Treatment_AdmissionMedicalFacility": tick(14, *_HURT),
    "IndividualInjuries_Treatment_MedicalFacility": tick(50, *_HURT),
    "IndividualInjuries_Treatment_Unknown": tick(1, *_HURT),
    "IndividualInjuries_Treatment_Other": tick(13, *_HURT),
}


def header(shape: Mapping[str, Answer | None]) -> list[str]:
    """Names of the columns as the publisher writes them, in order."""
    return [name for name in shape if not name.startswith("~")]
