"""Which amounts of the lines, added or taken off, make the figures of the pages."""

from payrules.workbook.figures.cuts import CUTS

#: Amounts with their signs: ("", "allowed_amount"), ("-", "medicare_amount").
Signed = tuple[tuple[str, str], ...]

#: Amounts of lines that another payer paid first, or that MIPS adjusts: most batches have none.
SELDOM = ("primary_payer_adjustment", "mips_amount")
#: What the payer pays; the pages head it with the payer's name (`Figures.pays`).
PAID = "paid"
#: What the first sheet calls its answer, and the patients' share of it.
ALLOWED, PATIENTS = "Expected allowed amount", "Patients pay"
#: What it calls the difference from the pack that this one is compared with.
SINCE_LAST = "Since last time"
#: The amounts of lines that are among these cuts.
CUT_BY = ("sequestration_amount", "mips_amount", "primary_payer_adjustment")
ENDS = {
    "Charges": "charge_amount",
    "Allowed amount": "allowed_amount",
    PAID: "medicare_amount",
}
HEADLINE: dict[str, Signed] = {
    "Charges": (("", "charge_amount"),),
    "Not allowed": (("", "allowed_amount"), ("-", "charge_amount")),
    ALLOWED: (("", "allowed_amount"),),
    PAID: (("", "medicare_amount"),),
    PATIENTS: (("", "deductible_amount"), ("+", "coinsurance_amount")),
    CUTS: (
        ("", "allowed_amount"),
        ("-", "medicare_amount"),
        ("-", "deductible_amount"),
        ("-", "coinsurance_amount"),
    ),
    "Patients owe beyond it": (
        ("", "patient_amount"),
        ("-", "deductible_amount"),
        ("-", "coinsurance_amount"),
    ),
}
OTHER_CUTS = (
    ("", "allowed_amount"),
    ("-", "medicare_amount"),
    ("-", "deductible_amount"),
    ("-", "coinsurance_amount"),
    ("-", "primary_payer_adjustment"),
    ("+", "mips_amount"),
    ("-", "sequestration_amount"),
)
TAKEN_BY: dict[str, Signed] = {
    "deductible": (("-", "deductible_amount"),),
    "coinsurance": (("-", "coinsurance_amount"),),
    "secondary_payer": (("-", "primary_payer_adjustment"),),
    "mips": (("", "mips_amount"),),
    "sequestration": (("-", "sequestration_amount"),),
    "therapy_assistant": (
        ("-", "allowed_amount"),
        ("+", "medicare_amount"),
        ("+", "deductible_amount"),
        ("+", "coinsurance_amount"),
        ("+", "primary_payer_adjustment"),
        ("-", "mips_amount"),
        ("+", "sequestration_amount"),
    ),
}
