"""The columns reports can show: heading, format and width of each, and which contents have it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from payrules.claims.columns import SHOWN_BESIDE
from payrules.workbook.xlsx.formats import Column, Format


def _columns(*rows: tuple[str, str, Format, float]) -> dict[str, Column]:
    return {row[0]: Column(*row) for row in rows}


#: What the payer pays, whoever that is: a batch's sheets head it with the payer's name.
PAID = "medicare_amount"
#: Of a line that has no payment nobody knows what its payer would pay: the fee stands for it.
AT_STAKE = "At stake (unpaid: fee before contract, one side)"
#: Headings of earlier versions, which house templates may have → the column.
FORMER_HEADINGS = {"At stake": "at_stake_amount"}
#: Of a claim line: inputs, results, and what the reports make of them.
LINE_COLUMNS = _columns(
    ("claim_id", "Claim", "code", 14),
    ("claim_line_number", "Line", "integer", 6),
    ("person_id", "Person", "code", 14),
    ("claim_line_start_date", "Date of service", "date", 13),
    ("hcpcs_code", "Code", "code", 8),
    ("modifiers", "Modifiers", "code", 11),
    ("service_unit_quantity", "Units", "quantity", 7),
    ("place_of_service_code", "POS", "code", 6),
    ("charge_amount", "Charge", "money", 13),
    ("status", "Status", "text", 16),
    ("fee_schedule_amount", "Fee schedule amount", "money", 13),
    ("allowed_amount", "Allowed amount", "money", 13),
    ("medicare_amount", "Medicare pays", "money", 13),
    ("patient_amount", "Patient owes", "money", 13),
    ("carc", "CARC", "code", 7),
    ("rarc", "RARC", "code", 8),
    ("review", "Review", "text", 40),
    ("reason", "Reason", "text", 40),
    ("deductible_amount", "Deductible", "money", 12),
    ("coinsurance_amount", "Coinsurance", "money", 12),
    ("primary_payer_adjustment", "First payer's part", "money", 13),
    ("mips_amount", "MIPS", "money", 12),
    ("sequestration_amount", "Sequestration", "money", 13),
    ("limiting_charge", "Limiting charge", "money", 13),
    ("hpsa_bonus_amount", "HPSA bonus, beside", "money", 13),
    ("release", "Release", "text", 14),
    ("schedule", "Schedule", "text", 11),
    ("locality", "Locality", "code", 11),
    ("setting", "Setting", "text", 12),
    ("practitioner_type", "Practitioner type", "text", 18),
    ("rendering_npi", "Rendering NPI", "code", 13),
    ("billing_npi", "Billing NPI", "code", 13),
    ("billing_tin", "Billing TIN", "code", 12),
    ("rendering_specialty", "Specialty", "code", 11),
    ("rendering_taxonomy", "Taxonomy", "code", 13),
    ("service_zip", "Service ZIP", "code", 11),
    ("payer", "Payer", "text", 14),
    ("payer_allowed_amount", "Allowed by payer", "money", 13),
    ("paid_amount", "Paid by payer", "money", 13),
    ("primary_paid_amount", "Paid by first payer", "money", 13),
    ("primary_allowed_amount", "Allowed by first payer", "money", 13),
    ("primary_obligated_amount", "Owed under first payer", "money", 13),
    ("mips_adjustment_percent", "MIPS, %", "quantity", 9),
    ("deductible_remaining", "Deductible remaining", "money", 12),
    ("participating", "Participating", "flag", 13),
    ("assignment_accepted", "Assignment accepted", "flag", 13),
    ("qualifying_apm_participant", "Qualifying APM", "flag", 13),
    ("documentation_submitted", "Documents submitted", "flag", 13),
    ("present_at_induction", "Present at induction", "flag", 13),
    ("postoperative_days", "Postoperative days", "integer", 13),
    ("care_assumed_date", "Care assumed", "date", 12),
    ("care_relinquished_date", "Care relinquished", "date", 12),
    ("processed_date", "Processed", "date", 12),
    ("coverage_outcome", "Coverage", "text", 18),
    ("coverage_policy", "Coverage policy", "text", 34),
    ("coverage_finding", "Found by policy", "text", 52),
    ("coverage_sessions", "Sessions counted", "text", 40),
    ("coverage_history", "History counted", "text", 15),
    ("coverage_cites", "Policy cited", "text", 52),
    ("diagnosis_pointers", "Diagnosis pointers", "code", 10),
    ("bill_type", "Bill type", "text", 13),
    ("history_only", "History only", "flag", 10),
    ("history_from", "History from", "date", 12),
    ("coverage_attested", "Coverage attested", "flag", 10),
    ("unit_qualifier", "Unit qualifier", "code", 9),
    ("anesthesia_minutes", "Anesthesia minutes", "integer", 13),
    ("hcpcs_modifier_1", "Modifier 1", "code", 10),
    ("hcpcs_modifier_2", "Modifier 2", "code", 10),
    ("hcpcs_modifier_3", "Modifier 3", "code", 10),
    ("hcpcs_modifier_4", "Modifier 4", "code", 10),
    ("hcpcs_modifier_5", "Modifier 5", "code", 10),
    ("month", "Month", "code", 10),
    ("code_family", "Code family", "text", 30),
    ("place_of_service", "Place of service", "text", 36),
    ("practitioner", "Practitioner", "code", 16),
    ("payer_name", "Payer", "text", 16),
    ("reduction_amount", "Charge less allowed", "money", 13),
    ("difference_amount", "Payer less expected", "money", 13),
    ("difference_share", "Payer less expected, %", "percent", 12),
    ("paid_difference_amount", "Paid less expected", "money", 13),
    ("answered_amount", "Expected, answered", "money", 13),
    ("answered_allowed_amount", "Allowed by payer, answered", "money", 13),
    ("pending_amount", "Expected, no answer yet", "money", 13),
    ("answered_payment_amount", "Expected payment, answered", "money", 13),
    ("answered_paid_amount", "Paid by payer, answered", "money", 13),
    ("pending_payment_amount", "Expected payment, no answer yet", "money", 13),
    ("apart_payment_amount", "Expected payment, not compared", "money", 13),
    ("apart_paid_amount", "Paid by payer, not compared", "money", 13),
    ("contractual_amount", "Contractual adjustment", "money", 13),
    ("denied_amount", "Denied", "money", 13),
    ("unpriced_amount", "Pending a price", "money", 13),
    ("at_stake_amount", AT_STAKE, "money", 16),
    ("what_to_do", "What to do", "text", 52),
    ("fact", "What is so", "text", 52),
    ("file_by_date", "File by", "date", 13),
)
#: Of the work list besides: the act that mends a line, and what people write in.
REVIEW_COLUMNS = LINE_COLUMNS | _columns(
    ("act", "Act", "integer", 6),
    ("owner", "Owner", "text", 14),
    ("due_date", "Due", "date", 12),
    ("disposition", "Disposition", "text", 24),
)
#: What people write into the work list.
TO_FILL_IN = ("owner", "due_date", "disposition")
#: Of lines counted together, beside every money column of the lines, summed.
COUNT_COLUMNS = _columns(
    ("lines", "Lines", "integer", 9),
    ("claims", "Claims", "integer", 9),
    ("priced_lines", "Priced lines", "integer", 9),
    ("review_lines", "Lines to review", "integer", 9),
    ("allowed_share", "Allowed of charge", "percent", 10),
    ("mean_allowed_amount", "Allowed per line", "money", 12),
)
ADJUSTMENT_COLUMNS = _columns(
    ("claim_id", "Claim", "code", 14),
    ("claim_line_number", "Line", "integer", 6),
    ("step", "Step", "integer", 6),
    ("rule", "Rule", "text", 22),
    ("before", "Before", "money", 13),
    ("factor", "Factor", "factor", 9),
    ("after", "After", "money", 13),
    ("change_amount", "Change", "money", 13),
    ("group_code", "Group", "code", 7),
    ("carc", "CARC", "code", 7),
    ("rarc", "RARC", "code", 8),
    ("detail", "Detail", "text", 130),
    ("cites", "Citation", "text", 60),
)
REJECT_COLUMNS = _columns(
    ("file", "File", "text", 24),
    ("row", "Row", "integer", 8),
    ("column", "Column", "text", 24),
    ("value", "Value", "text", 18),
    ("reason", "Reason", "text", 60),
)

JOURNAL_COLUMNS = _columns(
    ("entry", "Entry", "integer", 7),
    ("date", "Date", "date", 12),
    ("account", "Account", "code", 38),
    ("debit_amount", "Debit", "money", 14),
    ("credit_amount", "Credit", "money", 14),
    ("memo", "Memo", "text", 78),
    ("payer_name", "Payer", "text", 16),
    ("month", "Month", "code", 10),
)


def _before_and_now(*rows: tuple[str, str, Format, float]) -> dict[str, Column]:
    """Give each column as it was, `…_before`, and as it is."""
    return {
        f"{name}{suffix}": Column(f"{name}{suffix}", f"{heading}, {words}", kind, width)
        for name, heading, kind, width in rows
        for suffix, words in (("_before", "last"), ("", "now"))
    }


#: Of lines that are new, dropped or priced otherwise since last time.
CHANGED_COLUMNS = {
    **_columns(
        ("claim_id", "Claim", "code", 14),
        ("claim_line_number", "Line", "integer", 6),
        ("change", "Change", "text", 18),
        ("why", "Because of", "text", 16),
    ),
    **_before_and_now(
        ("payer", "Payer", "text", 16),
        ("hcpcs_code", "Code", "code", 8),
        ("status", "Status", "text", 16),
        ("charge_amount", "Charge", "money", 13),
        ("allowed_amount", "Allowed", "money", 13),
        ("medicare_amount", "Payer pays", "money", 13),
        ("patient_amount", "Patient owes", "money", 13),
        ("release", "Release", "text", 14),
    ),
    **_columns(
        ("allowed_change", "Change of allowed", "money", 13),
        ("medicare_change", "Change of payment", "money", 13),
    ),
}

#: What a facility is paid for one unit, step by step; a journal has a credit_amount of its own.
_OF_ONE_UNIT = frozenset(
    ("rate_amount", "wage_amount", "credit_amount", "terminated_amount", "unit_amount")
)
#: Of the facility's side: encounters, its lines, and their steps.
FACILITY_COLUMNS = _columns(
    ("encounter_id", "Encounter", "integer", 10),
    ("claim_id", "Claim", "code", 14),
    ("claim_line_number", "Line", "integer", 6),
    ("claim_line_start_date", "Date of service", "date", 13),
    ("at", "At", "text", 18),
    ("site", "Site", "text", 18),
    ("billed_site", "Billed at", "text", 18),
    ("lines", "Lines", "integer", 7),
    ("professional_amount", "Practitioner", "money", 13),
    ("facility_amount", "Facility", "money", 13),
    ("total_amount", "Both", "money", 13),
    ("medicare_amount", "Medicare pays", "money", 13),
    ("patient_amount", "Patient owes", "money", 13),
    ("compared", "Compared", "text", 10),
    ("encounters", "Encounters", "integer", 11),
    ("why", "What is open", "text", 60),
    ("hcpcs_code", "Code", "code", 8),
    ("facility_code", "Facility's code", "code", 10),
    ("billed_code", "Billed code", "code", 10),
    ("modifiers", "Modifiers", "code", 11),
    ("place_of_service_code", "POS", "code", 6),
    ("side", "Side", "text", 12),
    ("units", "Units", "integer", 7),
    ("addendum", "Addendum", "code", 10),
    ("indicator", "Indicator", "code", 10),
    ("apc", "APC", "code", 8),
    ("status", "Status", "text", 16),
    ("reason", "Reason", "text", 40),
    ("note", "Note", "text", 40),
    ("rate_amount", "Rate", "money", 12),
    ("wage_amount", "At wage index", "money", 12),
    ("credit_amount", "Less device", "money", 12),
    ("terminated_amount", "As stopped", "money", 12),
    ("unit_amount", "One unit", "money", 12),
    ("full_units", "Units in full", "integer", 9),
    ("half_units", "Units at half", "integer", 9),
    ("discounted_amount", "Discounted", "money", 12),
    ("amount", "Facility's amount", "money", 13),
    ("allowed_amount", "Allowed amount", "money", 13),
    ("deductible_amount", "Deductible", "money", 12),
    ("coinsurance_amount", "Coinsurance", "money", 12),
    ("sequestration_amount", "Sequestration", "money", 13),
    ("payment_reason", "Who pays is open", "text", 40),
    ("step", "Step", "integer", 6),
    ("rule", "Rule", "text", 20),
    ("before", "Before", "money", 13),
    ("after", "After", "money", 13),
    ("detail", "Detail", "text", 40),
    ("cites", "Citation", "text", 44),
    ("why_none", "Why no facility line", "text", 60),
    ("is_open", "Open", "flag", 8),
)
FACILITY_COLUMNS |= {name: replace(FACILITY_COLUMNS[name], of_one=True) for name in _OF_ONE_UNIT}

Content = Literal[
    "lines",
    "review",
    "adjustments",
    "rejects",
    "journal",
    "changed_lines",
    "facility",
    "facility_lines",
    "facility_steps",
]
CONTENTS: dict[Content, dict[str, Column]] = {
    "lines": LINE_COLUMNS,
    "review": REVIEW_COLUMNS,
    "adjustments": ADJUSTMENT_COLUMNS,
    "rejects": REJECT_COLUMNS,
    "journal": JOURNAL_COLUMNS,
    "changed_lines": CHANGED_COLUMNS,
    "facility": FACILITY_COLUMNS,
    "facility_lines": FACILITY_COLUMNS,
    "facility_steps": FACILITY_COLUMNS,
}
#: Made from other columns for those reports that ask for them by name.
DERIVED = frozenset(
    (
        "modifiers",
        "month",
        "code_family",
        "place_of_service",
        "practitioner",
        "payer_name",
        "reduction_amount",
        "difference_amount",
        "difference_share",
        *SHOWN_BESIDE,
        "contractual_amount",
        "denied_amount",
        "unpriced_amount",
        "at_stake_amount",
        "what_to_do",
        "fact",
        "file_by_date",
        "act",
        *TO_FILL_IN,
        "change_amount",
    )
)
#: Who the patient is.
PERSON_COLUMNS = ("person_id",)


def grouped_columns(keys: Iterable[str]) -> dict[str, Column]:
    """Give the columns of lines grouped by `keys`: keys, counts, and sums of money and units."""
    columns = {name: LINE_COLUMNS[name] for name in keys if name in LINE_COLUMNS}
    columns |= COUNT_COLUMNS
    summed = ("money", "quantity")
    columns |= {
        name: column
        for name, column in LINE_COLUMNS.items()
        if column.format in summed and name not in {"limiting_charge", "fee_schedule_amount"}
    }
    return columns


#: Numbers whose sum says nothing: a claim with two codes is one claim, not two.
_NOT_ADDED_UP = frozenset(
    (
        *("mean_allowed_amount", "claim_line_number", "claims", "step", "row", "entry", "act"),
        "encounter_id",
    )
)


def is_added_up(column: Column) -> bool:
    """Whether the total row of a sheet adds a column up."""
    summed = column.format in {"money", "quantity", "integer"}
    return summed and not column.of_one and column.name not in _NOT_ADDED_UP


#: Headings that say more than the names: what a payer takes off is above 0.00 in a remittance.
_OTHERWISE = {
    PAID: "Payer pays",
    "provider_adjustment_amount": "Taken off the payment",
    "interest_amount": "Interest",
    "payee_npi": "Payee NPI",
    "payer_tin": "Payer TIN",
    "underpaid_percent": "Underpaid, percent of lines",
    "denied_percent": "Denied, percent of lines",
    # Steps of the way from what is expected to what is paid.
    "patient_difference_amount": "Put to patients otherwise",
    "after_allowed_difference_amount": "Taken off otherwise",
    "patient_and_after_allowed_difference_amount": "Put to patients, or taken off, otherwise",
    "to_patient_difference_amount": "Paid to patients",
    "unknown_share_difference_amount": "Share not on file",
}


def heading_of(column: str) -> str:
    """Head a column of what a what-if or two releases give as the estimate's sheets head it."""
    if column in _OTHERWISE:
        return _OTHERWISE[column]
    known = LINE_COLUMNS.get(column)
    if known is not None:
        return known.heading
    stem, _, when = column.rpartition("_")
    if when in {"before", "after"} and stem in LINE_COLUMNS:
        return f"{heading_of(stem)} {when}"
    words = column.replace(PAID, "payer pays").replace("hcpcs_code", "code").replace("_", " ")
    words = words.replace("rvus", "RVUs")
    return words[:1].upper() + words[1:]


def headings_of(columns: Iterable[str]) -> dict[str, str]:
    """Head the columns of one table: of two that would be headed alike, the second by its name."""
    headings: dict[str, str] = {}
    for column in columns:
        heading = heading_of(column)
        if heading.lower() in {each.lower() for each in headings.values()}:
            heading = column.replace("_", " ").capitalize()
        headings[column] = heading
    return headings
