"""The columns of a claims file: their names, and what a heading may be."""

import re
from collections.abc import Iterable, Sequence

from payrules.counted import counted
from payrules.dated import PROCESSED
from payrules.errors import ClaimsError

REQUIRED = (
    "claim_id",
    "claim_line_number",
    "person_id",
    "claim_line_start_date",
    "hcpcs_code",
    "place_of_service_code",
)
#: What tells a claim line from every other of a batch.
KEY = REQUIRED[:2]
MODIFIERS = tuple(f"hcpcs_modifier_{place}" for place in range(1, 6))
JOINED_MODIFIERS = "hcpcs_modifiers"
#: Who, where and for what: text that is kept as it came, blank as absent.
TEXTS = (
    "rendering_npi",
    "billing_npi",
    "billing_tin",
    "rendering_specialty",
    "rendering_taxonomy",
    "service_zip",
    "payer",
)
#: Whether a yes-or-no column is true where it is blank.
YES_OR_NO = {
    "participating": True,
    "assignment_accepted": True,
    "qualifying_apm_participant": False,
    "documentation_submitted": False,
    "present_at_induction": False,
}
#: What coverage policies ask of a line, beside its diagnoses: among the lines only where it came.
#: Of a row that only counts: it is never priced.
HISTORY_ONLY = "history_only"
#: The first day from which the person's history in the batch is whole.
HISTORY_FROM = "history_from"
#: Which of the claim's diagnoses the line points at: `1,3` or `AC`; absent, all of them.
POINTERS = "diagnosis_pointers"
#: Whose bill a line is of: `facility` lines are a facility's own, and are never priced as a
#: practitioner's. Among the lines only where it came.
BILL_TYPE = "bill_type"
BILL_TYPES = (PROFESSIONAL_BILL, FACILITY_BILL) = ("professional", "facility")
#: The practice holds what the policy asks for: among the lines null where it cannot be read.
ATTESTED = "coverage_attested"
#: Yes-or-no columns of these.
COVERAGE_YES_OR_NO = {HISTORY_ONLY: False, ATTESTED: False}
FOR_COVERAGE = (POINTERS, HISTORY_FROM, *COVERAGE_YES_OR_NO)
#: What is read of a row of history, by the columns of the lines: which session it is and whose, and
#: the charge by which a credit finds it. Of the others nothing there rejects it.
READ_OF_HISTORY = (
    *("claim_id", "claim_line_number", "person_id", "service_date", "hcpcs_code", *MODIFIERS),
    *("units_thousandths", "charge_amount", "locality", "payer", HISTORY_ONLY, BILL_TYPE),
)
#: An input amount → its name among the lines (the results use `allowed_amount` for their own).
AMOUNTS = {
    "charge_amount": "charge_amount",
    "deductible_remaining": "deductible_remaining",
    "paid_amount": "paid_amount",
    "allowed_amount": "payer_allowed_amount",
    "primary_paid_amount": "primary_paid_amount",
    "primary_allowed_amount": "primary_allowed_amount",
    "primary_obligated_amount": "primary_obligated_amount",
}
#: Input columns that hold percentages, as 9.00 for 9 %.
PERCENTAGES = ("mips_adjustment_percent",)
#: Columns that stand among the lines only where a batch has them.
IF_GIVEN = (PROCESSED,)
#: Of a line with modifier 55: the days on which its care begins and ends.
CARE_DATES = ("care_assumed_date", "care_relinquished_date")
KNOWN = (
    *REQUIRED,
    *MODIFIERS,
    JOINED_MODIFIERS,
    "service_unit_quantity",
    "unit_qualifier",
    *AMOUNTS,
    "locality",
    "practitioner_type",
    *TEXTS,
    *YES_OR_NO,
    "postoperative_days",
    *CARE_DATES,
    "anesthesia_minutes",
    *PERCENTAGES,
    *IF_GIVEN,
    *FOR_COVERAGE,
    BILL_TYPE,
)
#: The columns of the results, in the order in which users see them.
RESULTS = (
    "release",
    "schedule",
    "locality",
    "setting",
    "status",
    "fee_schedule_amount",
    "allowed_amount",
    "deductible_amount",
    "coinsurance_amount",
    "primary_payer_adjustment",
    "mips_amount",
    "medicare_amount",
    "sequestration_amount",
    "patient_amount",
    "limiting_charge",
    "carc",
    "rarc",
    "review",
    "reason",
)
#: What is paid beside the claims: columns of the results only where they are asked for.
SETTLED_BESIDE = ("hpsa_bonus_amount",)
#: What coverage policies find: columns of the results only where a run is held against some.
COVERAGE_FOUND = (
    "coverage_outcome",
    "coverage_policy",
    "coverage_finding",
    "coverage_sessions",
    "coverage_history",
    "coverage_cites",
)
#: Columns of the results that only some runs have.
SELDOM_RESULTS = (*SETTLED_BESIDE, *COVERAGE_FOUND)
#: What a workbook works out for its sheets from amounts that payers paid.
SHOWN_BESIDE = (
    "paid_difference_amount",
    "answered_amount",
    "answered_allowed_amount",
    "pending_amount",
    "answered_payment_amount",
    "answered_paid_amount",
    "pending_payment_amount",
    "apart_payment_amount",
    "apart_paid_amount",
)
#: Names that stand among the results: what is carried through under one of them is renamed.
RESERVED = frozenset((*AMOUNTS.values(), *RESULTS, *SELDOM_RESULTS, *SHOWN_BESIDE))
#: A table of claims has tens of columns; a wrong separator can make thousands.
MOST_COLUMNS = 2_000
_MOST_LISTED = 60
_DIAGNOSIS = re.compile(r"diagnosis_code_[0-9]+")
_SIGNS = re.compile(r"[\W_]")
_A_VALUE = re.compile(r"[\s$(+-]*[0-9][0-9\s.,:/$)-]*")


def among_lines(name: str) -> str:
    """Give the name an input column has among the lines."""
    names = {"claim_line_start_date": "service_date", "service_unit_quantity": "units_thousandths"}
    return names.get(name) or AMOUNTS.get(name, name)


#: The columns of the lines, diagnosis codes aside: pricing sees no other column of a batch.
_AMONG_LINES = frozenset(among_lines(name) for name in KNOWN if name != JOINED_MODIFIERS)


def is_among_lines(name: str) -> bool:
    """Tell whether a name is that of a column of the lines: typed, and checked."""
    return name in _AMONG_LINES or is_diagnosis(name)


def names_of_carried(headings: Iterable[str]) -> dict[str, str]:
    """Name carried columns beside the results: heading → name, `input_…` where a result has it.

    A heading that no result has keeps its name, whatever the others become. Capitals tell no name
    from another in Excel's tables, nor in Spark.
    """
    headings = list(dict.fromkeys(headings))
    names: dict[str, str] = {}
    for heading in headings:
        name = heading
        while (
            is_known(name.lower())
            or name.lower() in RESERVED
            or (name != heading and name in {*headings, *names.values()})
        ):
            name = f"input_{name}"
        names[heading] = name
    return names


def normal(heading: str) -> str:
    """Write a heading as payrules does: lower case, blanks and hyphens as underscores."""
    return re.sub(r"[\s-]+", "_", heading.strip("\ufeff \t\r\n\xa0").lower())


def shown(heading: str) -> str:
    """Give what an error may quote of a heading: under an unclosed quotation mark lie the rows."""
    first_line, *_ = heading.splitlines() or [""]
    return first_line[:40]


def listed(headings: Sequence[str]) -> str:
    """List the headings that are there, or the first of many."""
    first = ", ".join(map(shown, headings[:_MOST_LISTED])) or "none"
    more = len(headings) - _MOST_LISTED
    return f"{first} and {more:,} more" if more > 0 else first


def is_known(name: str) -> bool:
    """Tell whether payrules reads a column of this name."""
    return name in KNOWN or is_diagnosis(name)


def is_diagnosis(name: str) -> bool:
    """Tell whether a name is `diagnosis_code_1`, `diagnosis_code_2` and so on."""
    return _DIAGNOSIS.fullmatch(name) is not None


def is_one_slip(given: str, name: str) -> bool:
    """Tell whether a name is another but for one letter more, less or other, or two exchanged.

    Signs do not count: `chargeamount`, `charge.amount` and `"charge_amount"` are `charge_amount`.
    """
    given, name = (_SIGNS.sub("", each) for each in (given, name))
    if abs(len(given) - len(name)) > 1:
        return False
    for _ in range(2):  # what begins alike, then what ends alike
        alike = next(
            (at for at, pair in enumerate(zip(given, name, strict=False)) if len({*pair}) > 1),
            min(len(given), len(name)),
        )
        given, name = given[alike:][::-1], name[alike:][::-1]
    return max(len(given), len(name)) <= 1 or (len(given) == 2 and given == name[::-1])


def check_width(width: int, name: str) -> None:
    """Refuse a table wider than any of claims: thousands of headings have a cause."""
    if width > MOST_COLUMNS:
        raise ClaimsError(
            f"{name} has {counted(width, 'column')}; at most {MOST_COLUMNS:,} can be read. Check"
            " its"
            " separators, and remove the columns that hold nothing."
        )


def is_a_value(heading: str) -> bool:
    """Tell whether a heading is a number, an amount or a date: then it is none."""
    return _A_VALUE.fullmatch(heading) is not None


def check_headings_are_names(headings: Iterable[str], name: str) -> None:
    """Refuse a first row that holds values, before a message quotes them as headings."""
    if any(map(is_a_value, headings)):
        raise ClaimsError(
            f"The first row of {name} holds values, not headings; put the column names there."
        )
