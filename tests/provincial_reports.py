"""Names of the boxes of the provincial use-of-force report that say what force was used."""

_BOXES = """
    PhysicalControl_Check IntermWeapon_OC_Check IntermWeapon_Baton_Check IntermWeapon_CEW_Check
    LLFirearm_Check Other_Check Firearm_Check Firearm_Handgun_Drawn Firearm_Handgun_Pointed
    Firearm_Handgun_Discharged Firearm_Rifle_Pointed Firearm_Rifle_Discharged
    Firearm_ShotgunLethal_Pointed Firearm_ShotgunLethal_Discharged
"""
FORCE = tuple(f"TypeForceUsed_{box}" for box in _BOXES.split())
