"""The tables that a remittance gives, and the element each of their columns is read from."""

from typing import NamedTuple


class PaidColumn(NamedTuple):
    """A column of a remittance's table: its name, where it is read, and what kind it is."""

    name: str
    read_from: str
    kind: str = "text"


MODIFIERS = 4
#: What joins the rows of the tables: they are put before the columns of each table but the first.
_JOINING = (
    PaidColumn("file", "the file's name"),
    PaidColumn("remittance", "number of the payment in the run", "integer"),
)
_CLAIM = (
    *_JOINING,
    PaidColumn("payer_claim", "number of the CLP in the run", "integer"),
    PaidColumn("claim_id", "CLP01", "id"),
)
_LINE = (*_CLAIM, PaidColumn("payer_line", "number of the SVC in its CLP", "integer"))

#: Table → its columns; money is in dollars where users see it, in cents where it is counted.
TABLES: dict[str, tuple[PaidColumn, ...]] = {
    "remittances": (
        *_JOINING,
        PaidColumn("payer_name", "N1*PR 02"),
        PaidColumn("payer_id", "N1*PR 04, else REF*2U", "id"),
        PaidColumn("payee_npi", "N1*PE 04 where N103 is XX", "id"),
        PaidColumn("trace_number", "TRN02", "id"),
        PaidColumn("payer_tin", "TRN03", "id"),
        PaidColumn("payment_date", "BPR16", "date"),
        PaidColumn("production_date", "DTM*405", "date"),
        PaidColumn("payment_method", "BPR04", "code"),
        PaidColumn("payment_amount", "BPR02, negative where BPR03 is D", "money"),
        PaidColumn("credit_or_debit", "BPR03", "code"),
        PaidColumn("claims", "how many CLP", "integer"),
        PaidColumn("claims_paid_amount", "the sum of CLP04", "money"),
        PaidColumn("provider_adjustment_amount", "the sum of the PLB amounts", "money"),
        PaidColumn("balance_difference", "payment less claims paid plus PLB", "money"),
        PaidColumn("status", "read, or duplicate: the same payment handed in before"),
    ),
    "payer_claims": (
        *_CLAIM,
        PaidColumn("claim_status_code", "CLP02", "code"),
        PaidColumn("charge_amount", "CLP03", "money"),
        PaidColumn("paid_amount", "CLP04", "money"),
        PaidColumn("patient_amount", "CLP05", "money"),
        PaidColumn("claim_filing_indicator_code", "CLP06", "code"),
        PaidColumn("payer_claim_control_number", "CLP07", "id"),
        PaidColumn("place_of_service_code", "CLP08", "code"),
        PaidColumn("claim_frequency_code", "CLP09", "code"),
        PaidColumn("person_id", "NM1*QC 09, else NM1*IL 09", "id"),
        PaidColumn("corrected_person_id", "NM1*74 09", "id"),
        PaidColumn("crossover_payer_id", "NM1*TT 09", "id"),
        PaidColumn("received_date", "DTM*050", "date"),
        PaidColumn("remarks", "MOA03 to 07, MIA05, MIA20 to 23", "code"),
        PaidColumn("interest_amount", "AMT*I", "money"),
        PaidColumn("covered_amount", "AMT*AU", "money"),
        PaidColumn("patient_paid_amount", "AMT*F5", "money"),
        PaidColumn("claim_adjustment_amount", "the sum of the CAS of the claim itself", "money"),
        PaidColumn("lines", "how many SVC", "integer"),
        PaidColumn("lines_paid_amount", "the sum of SVC03", "money"),
        PaidColumn("rejected_lines", "how many SVC could not be read", "integer"),
        PaidColumn("status", "read, or duplicate as its payment is"),
    ),
    "payer_lines": (
        *_LINE,
        PaidColumn("code_qualifier", "SVC01-1", "code"),
        PaidColumn("hcpcs_code", "SVC01-2", "code"),
        *(
            PaidColumn(f"hcpcs_modifier_{number}", f"SVC01-{number + 2}", "code")
            for number in range(1, MODIFIERS + 1)
        ),
        PaidColumn("charge_amount", "SVC02", "money"),
        PaidColumn("paid_amount", "SVC03", "money"),
        PaidColumn("paid_units", "SVC05; 1 where it is blank", "quantity"),
        PaidColumn("original_code", "SVC06-2", "code"),
        *(
            PaidColumn(f"original_modifier_{number}", f"SVC06-{number + 2}", "code")
            for number in range(1, MODIFIERS + 1)
        ),
        PaidColumn("original_units", "SVC07; SVC05 where it is blank", "quantity"),
        PaidColumn("service_date", "DTM*472, else DTM*150, else the claim's DTM*232", "date"),
        PaidColumn("service_end_date", "DTM*151, else the claim's DTM*233", "date"),
        PaidColumn("line_control_number", "REF*6R", "id"),
        PaidColumn("payer_allowed_amount", "AMT*B6", "money"),
        PaidColumn("remarks", "LQ*HE", "code"),
        PaidColumn("rendering_npi", "REF*HPI, else the claim's NM1*82 09", "id"),
        PaidColumn("status", "read, or duplicate as its payment is"),
    ),
    "payer_adjustments": (
        *_LINE,
        PaidColumn("level", "claim or line: what the CAS stands below"),
        PaidColumn("group_code", "CAS01", "code"),
        PaidColumn("carc", "CAS02, 05, 08, 11, 14, 17", "code"),
        PaidColumn("adjustment_amount", "CAS03, 06, 09, 12, 15, 18", "money"),
        PaidColumn("adjustment_quantity", "CAS04, 07, 10, 13, 16, 19", "quantity"),
        PaidColumn("status", "read, or duplicate as its payment is"),
    ),
    "provider_adjustments": (
        *_JOINING,
        PaidColumn("payee_npi", "PLB01", "id"),
        PaidColumn("fiscal_date", "PLB02", "date"),
        PaidColumn("reason_code", "PLB03-1, 05-1 and so on", "code"),
        PaidColumn("reference", "PLB03-2, 05-2 and so on", "id"),
        PaidColumn("provider_adjustment_amount", "PLB04, 06 and so on", "money"),
        PaidColumn("claim_id", "the claim that the reference names, where one is read", "id"),
        PaidColumn("meaning", "what the reason is, in our words"),
        PaidColumn("status", "read, or duplicate as its payment is"),
    ),
}
#: PLB reason → what it is; others stay as they are. Positive amounts lower the payment.
PROVIDER_REASONS = {
    "WO": "overpayment recovery",
    "FB": "forward balance",
    "L6": "interest",
    "72": "authorized return",
    "CS": "adjustment",
    "IR": "tax withheld",
    "J1": "nonreimbursable",
    "B2": "rebate",
    "AP": "advance payment",
    "LE": "levy",
    "90": "early payment",
    "CV": "capital",
}
#: The reason of what is taken back of a payment that was too much.
RECOVERY = "WO"
#: What it is where its amount is negative: it adds to the payment.
RECOVERY_ADDS = "overpayment recovery given back, or held until later"
#: Columns that tell of a person.
PERSONAL = ("person_id", "corrected_person_id")
