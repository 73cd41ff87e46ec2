"""Columns of the claims and what they hold, as the sentences of a scenario write them.

What a person signs names no column by its code name; a scenario's own record does.
"""

from collections.abc import Mapping
from typing import Any

from payrules.claims import columns
from payrules.claims.code_families import place_named
from payrules.dated import PROCESSED
from payrules.runs.who_paid import as_named

#: Columns that the field calls otherwise than their names do.
_FIELDS = {
    "claim_id": "claim",
    "claim_line_number": "line",
    "person_id": "person",
    "claim_line_start_date": "date of service",
    "hcpcs_code": "code",
    "place_of_service_code": "place of service",
    columns.JOINED_MODIFIERS: "modifiers",
    **{name: f"modifier {place}" for place, name in enumerate(columns.MODIFIERS, 1)},
    "service_unit_quantity": "units",
    "charge_amount": "charge",
    "paid_amount": "amount paid by the payer",
    "allowed_amount": "amount allowed by the payer",
    "primary_paid_amount": "amount paid by the first payer",
    "primary_allowed_amount": "amount allowed by the first payer",
    "primary_obligated_amount": "amount owed under the first payer",
    "deductible_remaining": "remaining deductible",
    "rendering_npi": "rendering NPI",
    "billing_npi": "billing NPI",
    "billing_tin": "billing TIN",
    "rendering_specialty": "specialty",
    "rendering_taxonomy": "taxonomy",
    "service_zip": "ZIP of the service",
    "participating": "participation in Medicare",
    "assignment_accepted": "acceptance of assignment",
    "qualifying_apm_participant": "participation in a qualifying APM",
    "documentation_submitted": "sending of documents",
    "present_at_induction": "presence at induction",
    "care_assumed_date": "day on which care is assumed",
    "care_relinquished_date": "day on which care is relinquished",
    "mips_adjustment_percent": "MIPS adjustment in percent",
    PROCESSED: "day of processing",
    columns.HISTORY_FROM: "first day of the history",
    columns.HISTORY_ONLY: "counting as history alone",
    columns.ATTESTED: "attestation of coverage",
}
_SEVERAL = frozenset(("modifiers", "units", "postoperative days", "anesthesia minutes"))


def field(name: str) -> str:
    """Name a column of the claims; one of the batch's own as it is headed."""
    ours = columns.is_known(name) or name == "code_family"
    return _FIELDS.get(name) or (name.replace("_", " ") if ours else name)


def becomes(name: str, value: Any) -> str:
    """Say what a column is set to: "place of service becomes 11"."""
    said = field(name)
    return f"{said} become{'s' * (said not in _SEVERAL)} {held(name, value)}"


def meets(name: str, value: Any) -> str:
    """Say a condition: "the code is 64483 or 64484", "the line has modifier 59"."""
    said = field(name)
    if name == "modifier":
        carried = asked_for(name, value)
        return f"the line has {'' if carried.startswith('no ') else 'modifier '}{carried}"
    article = "the " * (columns.is_known(name) or name == "code_family")
    return f"{article}{said} {'are' if said in _SEVERAL else 'is'} {asked_for(name, value)}"


def asked_for(name: str, value: Any) -> str:
    """Write the values and ranges of a condition."""
    return " or ".join(
        " ".join(f"{key} {held(name, bound)}" for key, bound in each.items())
        if isinstance(each, Mapping)
        else held(name, each)
        for each in (value if isinstance(value, list) else [value])
    )


def held(name: str, value: Any) -> str:
    """Write what a column holds: yes or no, a practitioner's type and a payer in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value) or ("no modifier" if name == "modifier" else "none")
    if name == "practitioner_type":
        return text.replace("_", " ")
    if name == "place_of_service_code":
        return place_named(text)
    return as_named(text) if name == "payer" else text
