"""Plain names for runs of procedure codes and for places of service, in our own words."""

import polars as pl

#: First code of each run of five-digit codes; a run ends where the next begins.
_FAMILIES = (
    ("00000", "Anesthesia"),
    ("10004", "Skin and breast"),
    ("20000", "Bones, joints and muscles"),
    ("30000", "Nose, lungs and airways"),
    ("33016", "Heart and vessels"),
    ("38100", "Blood, lymph and chest"),
    ("40490", "Digestive system"),
    ("50010", "Kidney and urinary tract"),
    ("54000", "Male and female organs, maternity"),
    ("60000", "Glands"),
    ("61000", "Nervous system and pain"),
    ("65091", "Eye"),
    ("69000", "Ear"),
    ("70010", "Imaging"),
    ("80000", "Laboratory and pathology"),
    ("90281", "Medicine: tests and treatments"),
    ("97010", "Therapy"),
    ("97802", "Medicine: tests and treatments"),
    ("99202", "Visits"),
    ("99500", "Medicine: tests and treatments"),
)
_LETTERED = {
    "A": "HCPCS A: transport and supplies",
    "B": "HCPCS B: nutrition",
    "C": "HCPCS C: hospital outpatient",
    "E": "HCPCS E: equipment",
    "G": "HCPCS G: CMS's own procedures",
    "J": "HCPCS J: drugs",
    "K": "HCPCS K: equipment",
    "L": "HCPCS L: orthotics and prosthetics",
    "P": "HCPCS P: pathology",
    "Q": "HCPCS Q: temporary codes",
    "R": "HCPCS R: imaging transport",
    "S": "HCPCS S: private payers' codes",
    "V": "HCPCS V: vision and hearing",
}
_SUFFIXED = {"F": "Performance measures", "T": "New technology", "U": "Laboratory and pathology"}

#: Every family, by name.
FAMILIES = tuple(
    dict.fromkeys((*(name for _, name in _FAMILIES), *_LETTERED.values(), *_SUFFIXED.values()))
)

_PLACES = {
    "01": "Pharmacy",
    "02": "Telehealth, not at home",
    "03": "School",
    "04": "Homeless shelter",
    "05": "Indian Health, free-standing",
    "06": "Indian Health, provider-based",
    "07": "Tribal, free-standing",
    "08": "Tribal, provider-based",
    "09": "Prison",
    "10": "Telehealth at home",
    "11": "Office",
    "12": "Home",
    "13": "Assisted living",
    "14": "Group home",
    "15": "Mobile unit",
    "16": "Temporary lodging",
    "17": "Walk-in retail clinic",
    "18": "Worksite",
    "19": "Off-campus outpatient hospital",
    "20": "Urgent care",
    "21": "Inpatient hospital",
    "22": "On-campus outpatient hospital",
    "23": "Emergency room",
    "24": "Ambulatory surgical center",
    "25": "Birthing center",
    "26": "Military treatment facility",
    "27": "Street outreach",
    "31": "Skilled nursing facility",
    "32": "Nursing facility",
    "33": "Custodial care",
    "34": "Hospice",
    "41": "Ambulance, land",
    "42": "Ambulance, air or water",
    "49": "Independent clinic",
    "50": "Federally qualified health center",
    "51": "Inpatient psychiatric facility",
    "52": "Psychiatric partial hospitalization",
    "53": "Community mental health center",
    "54": "Intermediate care facility",
    "55": "Residential substance treatment",
    "56": "Psychiatric residential treatment",
    "57": "Non-residential substance treatment",
    "58": "Opioid treatment, non-residential",
    "60": "Mass immunization center",
    "61": "Inpatient rehabilitation",
    "62": "Outpatient rehabilitation",
    "65": "End-stage renal disease facility",
    "66": "PACE center",
    "71": "Public health clinic",
    "72": "Rural health clinic",
    "81": "Independent laboratory",
    "99": "Other place",
}


def code_family(codes: pl.Series) -> pl.Series:
    """Name the family of each procedure code."""
    distinct = codes.unique().drop_nulls().to_list()
    return codes.replace_strict(distinct, [_family(code) for code in distinct], default=None)


def _family(code: str) -> str:
    if code[:1].isalpha():
        return _LETTERED.get(code[0], "Other codes")
    if code[-1:].isalpha():
        return _SUFFIXED.get(code[-1], "Other codes")
    return next(
        (name for first, name in reversed(_FAMILIES) if code >= first and len(code) == 5),
        "Other codes",
    )


def place_of_service(codes: pl.Series) -> pl.Series:
    """Name each place of service, after its code: "22 On-campus outpatient hospital"."""
    distinct = codes.unique().drop_nulls().to_list()
    return codes.replace_strict(distinct, [*map(place_named, distinct)], default=None)


def place_named(code: str) -> str:
    """Name one place of service, after its code; what is no code stays as it is."""
    return f"{code} {_PLACES.get(code, '')}".strip()
