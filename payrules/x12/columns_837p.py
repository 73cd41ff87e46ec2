"""The columns that a professional claim gives, one row a service line: the table `COLUMNS`."""

from typing import NamedTuple


class ClaimColumn(NamedTuple):
    """A column of the claim lines: its name, where it is read, and by what rule."""

    name: str
    read_from: str
    rule: str


MODIFIERS = 4
#: SV107 points at four diagnoses.
POINTERS = 4
COLUMNS = (
    ClaimColumn("claim_id", "CLM01", "as sent; a further claim of the same number gets `#2`, `#3`"),
    ClaimColumn("patient_control_number", "CLM01", "as sent"),
    ClaimColumn(
        "claim_line_number",
        "LX01",
        "whole numbers from 1, each once in the claim; else the place of the line, with a note",
    ),
    ClaimColumn("line_control_number", "2400 REF*6R", "as sent"),
    ClaimColumn(
        "person_id",
        "2010BA NM109, 2010CA",
        "the subscriber's id; for a patient of another name, `-` and a key of name, birth date, sex"
        " and relationship; without an id, `x-` and such a key",
    ),
    ClaimColumn("claim_line_start_date", "2400 DTP*472", "D8, or the first date of RD8"),
    ClaimColumn(
        "claim_line_end_date",
        "2400 DTP*472",
        "the last date of RD8; a note where several days have several units",
    ),
    ClaimColumn("hcpcs_code", "SV101-2", "where SV101-1 is HC"),
    *(
        ClaimColumn(f"hcpcs_modifier_{number}", f"SV101-{number + 2}", "as sent")
        for number in range(1, MODIFIERS + 1)
    ),
    ClaimColumn("charge_amount", "SV102", "0 or more"),
    ClaimColumn("service_unit_quantity", "SV104", "where SV103 is UN; 1 where it is MJ"),
    ClaimColumn("anesthesia_minutes", "SV104", "where SV103 is MJ"),
    ClaimColumn("unit_qualifier", "SV103", "as sent"),
    ClaimColumn("care_assumed_date", "DTP*090", "with modifier 55; the line's, else the claim's"),
    ClaimColumn(
        "care_relinquished_date", "DTP*091", "with modifier 55; the line's, else the claim's"
    ),
    ClaimColumn(
        "primary_paid_amount",
        "2430 SVD02",
        "where the payer billed is not the first: what the first paid; 2320 AMT*D on a claim of"
        " one line",
    ),
    ClaimColumn("primary_allowed_amount", "2430 SVD02, CAS PR", "paid, and CAS PR 1, 2 and 3"),
    ClaimColumn(
        "primary_obligated_amount",
        "CN102, 2430 CAS CO 45",
        "where CN101 is 09, of the line or the claim; else the charge less CAS CO 45, with a note",
    ),
    ClaimColumn("place_of_service_code", "SV105, CLM05-1", "the line's, else the claim's"),
    *(
        ClaimColumn(f"diagnosis_code_{number}", f"HI, SV107-{number}", "the one SV107 points at")
        for number in range(1, POINTERS + 1)
    ),
    ClaimColumn(
        "rendering_npi",
        "NM1*82 NM109",
        "the line's (2420A), else the claim's (2310B), else the billing provider's",
    ),
    ClaimColumn(
        "rendering_taxonomy",
        "PRV*PE PRV03",
        "at the place of the NPI taken; with the billing provider's, PRV*BI (2000A)",
    ),
    ClaimColumn("billing_npi", "2010AA NM109", "where NM108 is XX"),
    ClaimColumn(
        "billing_tin",
        "2010AA REF*EI, REF*SY",
        "without hyphens; of REF*SY only `x-` and a key",
    ),
    ClaimColumn("rendering_specialty", "", "empty; with `--specialty taxonomy`, the taxonomy"),
    ClaimColumn(
        "service_zip",
        "N403",
        "of the line's service place (2420C), else the claim's (2310C), else the billing provider's"
        " (2010AA)",
    ),
    ClaimColumn(
        "assignment_accepted", "CLM07", "A is true, B and C are false; else true, with a note"
    ),
    ClaimColumn(
        "documentation_submitted",
        "PWK02",
        "true for BM, EL, EM, FT and FX, at the claim or the line",
    ),
    ClaimColumn(
        "postoperative_days", "DTP*090, DTP*091", "with modifier 55: days from one to the other"
    ),
    ClaimColumn(
        "payer", "2010BB NM109", "as sent; the columns file's `[values.payer]` names the payer"
    ),
    ClaimColumn("payer_id", "2010BB NM109", "as sent"),
    ClaimColumn("further_payer_id", "2010BB REF*2U", "as sent"),
    ClaimColumn("payer_responsibility_code", "2000B SBR01", "as sent"),
    ClaimColumn("claim_filing_indicator_code", "2000B SBR09", "as sent"),
    ClaimColumn("claim_frequency_code", "CLM05-3", "as sent"),
    ClaimColumn("payer_claim_control_number", "2300 REF*F8", "as sent"),
    ClaimColumn("prior_authorization_number", "REF*G1", "the line's, else the claim's"),
    ClaimColumn(
        "other_payer_paid_amount",
        "2430 SVD02, 2320 AMT*D",
        "summed over payers; AMT*D on a claim of one line without SVD",
    ),
    ClaimColumn("other_payer_patient_amount", "2430 CAS PR", "summed"),
    ClaimColumn("ndc_code", "LIN03", "where LIN02 is N4"),
    ClaimColumn("ndc_quantity", "CTP04", "as sent; units stay SV104"),
    ClaimColumn("ndc_unit", "CTP05-1", "as sent"),
    ClaimColumn("patient_paid_amount", "2300 AMT*F5", "of the claim, on each of its lines"),
    ClaimColumn(
        "transaction_purpose", "BHT06", "as sent; RP is an encounter: no payment is expected"
    ),
)
#: What is put before the columns of a row, and behind them.
BEFORE, BEHIND = ("claim", "position"), ("notes",)
