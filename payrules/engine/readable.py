"""What a rule may read of a line: each column's name and type, known before any batch is.

    of a claim        what the claim line says, checked (`payrules.claims`)
    of a schedule     what its row of the fee schedule says (`payrules.fees.amounts`), or of the
                      schedules of drugs and tests (`payrules.fees.other_schedules`)
    pools             who is judged with whom (`payrules.engine.session`)

Beside these a rule reads what rules before it left (`payrules.engine.adjustment.STATE`). Amounts
are cents, RVUs hundredths, shares and factors ten-thousandths.
"""

from typing import Any

import polars as pl

from payrules.claims import columns
from payrules.claims.diagnoses import LINE_DIAGNOSES
from payrules.claims.modifiers import MORE_MODIFIERS
from payrules.fees import other_schedules

_TEXT = (
    *("claim_id", "person_id", "hcpcs_code", "place_of_service_code", "unit_qualifier"),
    *(*columns.MODIFIERS, "modifier_remarks", "locality", "practitioner_type", "rendering_npi"),
    *("billing_npi", "billing_tin", "rendering_specialty", "rendering_taxonomy", "service_zip"),
    *("payer", LINE_DIAGNOSES),
)
_NUMBERS = (
    *("claim_line_number", "units_thousandths", "charge_amount", "deductible_remaining"),
    *("primary_paid_amount", "primary_allowed_amount", "primary_obligated_amount"),
    *("paid_amount", "payer_allowed_amount", "mips_adjustment_percent"),
    *("postoperative_days", "anesthesia_minutes"),
    *("modifiers", *MORE_MODIFIERS),
)
_DATES = ("service_date", *columns.CARE_DATES, *columns.IF_GIVEN, columns.HISTORY_FROM)
_YES_OR_NO = (
    *("participating", "assignment_accepted", "qualifying_apm_participant"),
    *("documentation_submitted", "present_at_induction"),
)
OF_A_CLAIM: dict[str, Any] = {
    **dict.fromkeys(_TEXT, pl.String),
    **dict.fromkeys(_NUMBERS, pl.Int64),
    **dict.fromkeys(_DATES, pl.Date),
    **dict.fromkeys(_YES_OR_NO, pl.Boolean),
}

_INDICATORS = (
    *("status_code", "pctc_indicator", "global_days", "multiple_procedure_indicator"),
    *("bilateral_indicator", "assistant_indicator", "co_surgeon_indicator", "team_indicator"),
    *("endoscopic_base_code", "imaging_family"),
)
_AMOUNTS = (
    *("fee_schedule_amount", "base_amount", "professional_share", "technical_share"),
    *("therapy_reduced_amount", "cap_amount", "technical_cap_amount"),
    *("medicare_amount", "medicare_anesthesia_factor"),
)
_RELATIVE_VALUES = (
    *("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu", "total_rvu"),
    *("work_gpci", "pe_gpci", "mp_gpci", "conversion_factor", "anesthesia_factor"),
    *("preoperative", "intraoperative", "postoperative"),
)
OF_A_SCHEDULE: dict[str, Any] = {
    **dict.fromkeys(("hcpcs_code", "row_modifier", *_INDICATORS), pl.String),
    **dict.fromkeys(("endoscopic_family", "release", "setting", "expense_setting"), pl.String),
    **dict.fromkeys((*_AMOUNTS, *_RELATIVE_VALUES), pl.Int64),
    **dict.fromkeys(("has_rvus", "is_unpriced", "price_unknown", "rarely_in_setting"), pl.Boolean),
    "medicare_unknown": pl.Boolean,
    **other_schedules.COLUMNS,
    **{"schedule": pl.String, "is_of_other_schedule": pl.Boolean},
}

#: Settled when it is decided who pays: of a payment rule alone.
SETTLED: dict[str, Any] = {"allowed_amount": pl.Int64}

_POOLS = (
    *("session", "practitioner_day", "group_day", "practitioner_patient", "person_year"),
    *("rendering_day", "person", "line_order"),
)
POOLS: dict[str, Any] = dict.fromkeys(_POOLS, pl.Int64)
