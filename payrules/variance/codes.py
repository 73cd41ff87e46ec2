"""From a payer's codes to a cause in our own words: which rule or fact an adjustment speaks of.

What the codes say in X12's words is X12's property; here stand their numbers only. A cause has the
name of one of our rules where a rule decides the same. [payers' public manuals; CMS CR 7564 on 59;
NGS and CMS on N807; the rule `coverage` on 119, 151, N115 and N386]
"""

from collections.abc import Collection, Mapping

from payrules.rules.therapy_assistant import ASSISTANTS

UNEXPLAINED = "unexplained"
#: Group PR has causes of its own: what the patient is to pay, and what of his benefit is used up.
_OF_PATIENT = {"1": "deductible", "2": "coinsurance", "3": "copayment", "119": "benefit_limit"}
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "modifier": ("4",),
    "setting": ("5", "58"),
    "coding": ("6", "7", "9", "10", "11", "181", "182"),
    "claim_form": ("16", "125", "226", "227", "251", "252"),
    "duplicate_claim": ("18",),
    "other_payer": ("22", "23", "109"),
    "capitation": ("24",),
    "eligibility": ("26", "27", "31", "32", "33", "177"),
    "timely_filing": ("29",),
    "authorization": ("15", "197", "198", "243"),
    "medical_necessity": ("50", "167"),
    "non_covered": ("49", "96", "204"),
    "coverage": ("119", "151"),
    "role": ("54",),
    "multiple_procedure": ("59",),
    "bundled": ("97", "234", "B15", "B10"),
    "add_on": ("107",),
    "unlikely_units": ("150", "222"),
    "practitioner": ("170", "171", "172", "185", "B7"),
    "procedure_pairs": ("236",),
    "equipment": ("237",),
    "sequestration": ("253",),
    "paid_to_patient": ("100",),
    "other_provider": ("B20",),
}
_OF_CARC = {carc: cause for cause, codes in _PLAIN.items() for carc in codes}
#: The multiple-procedure rules, by the code's indicator: 59 may speak of any of them.
OF_INDICATOR = {
    "1": "multiple_procedure",
    "2": "multiple_procedure",
    "3": "endoscopy",
    "4": "imaging",
    "5": "therapy",
    "6": "cardiovascular",
    "7": "ophthalmology",
}
#: The contractual difference: it says how much, and never why.
CONTRACTUAL = "45"
#: What an incentive takes off after the allowed amount, whatever it is for.
INCENTIVE = "144"
#: Remark of Medicare's own incentive programme, also beside 237.
INCENTIVE_REMARK = "N807"
#: Modifiers of a therapy assistant's service, and the remark beside what is paid less for it.
ASSISTANT, ASSISTANT_REMARK = frozenset(ASSISTANTS), "N851"
#: Remark of a global period beside 97, 234 and B15.
_GLOBAL_REMARK = "M144"
#: Remarks beside 50 and 96 that name a local or a national coverage determination.
_LOCAL, _NATIONAL = "N115", "N386"
#: Remark of units above what is likely, beside 151.
_UNITS_REMARK = "N362"
#: Remark of a decision that cannot be appealed.
NO_APPEAL = "N211"
#: 253 was 223 before this day.
SEQUESTRATION_FROM = "2014-01-01"
#: The group of what the patient is to pay.
PATIENT = "PR"
#: What a payer may take off after the allowed amount.
AFTER_ALLOWED = frozenset(("253", "44", "104", "105", "161"))
#: A payment to the patient himself counts as paid.
TO_PATIENT = "100"
#: What the patient is to pay of the allowed amount.
COST_SHARING = frozenset(("1", "2", "3", "66", "122"))


def is_assistant_told(modifiers: Collection[str], remarks: Collection[str]) -> bool:
    """Tell whether a payer says of an assistant's line that it pays less for that.

    Decision: beside the remark of an incentive programme it is that one's.
    """
    return (
        not ASSISTANT.isdisjoint(modifiers)
        and ASSISTANT_REMARK in remarks
        and INCENTIVE_REMARK not in remarks
    )


def cause_of_code(
    group: str,
    carc: str,
    *,
    remarks: Collection[str] = (),
    modifiers: Collection[str] = (),
    multiple_procedure_indicator: str | None = None,
    service_date: str = "",
    several_units: bool = False,
    by_medicare: bool = False,
) -> str | None:
    """Give the cause that a code speaks of; None for the contractual difference, and others.

    Decision: 151 without a remark speaks of the units where there are several, and else of how
    often the service was done: it is printed for both. 119 speaks of the latter, as 151 and 50 do
    with N115. Under PR a code says why as it does under other groups: the group says only who is to
    pay. Under PR 119 speaks of the patient's own limit, where it names no policy. Of Medicare 144
    speaks of its own program alone, which it names beside it (N807), or of an assistant (N851):
    without either it says nothing.
    """
    names_policy = bool({_LOCAL, _NATIONAL} & {*remarks})
    # The patient pays what a policy denies where he was told before (GA).
    of_policy = {"50", "119", "151"} if group == PATIENT else {"50"}
    beside = {
        "coverage": (carc in of_policy and names_policy) or (carc == "96" and _NATIONAL in remarks),
        "unlikely_units": carc == "151"
        and (_UNITS_REMARK in remarks or (several_units and not names_policy)),
        "therapy_assistant": carc == INCENTIVE and is_assistant_told(modifiers, remarks),
        "incentive": (carc == INCENTIVE and not by_medicare)
        or (carc in {INCENTIVE, "237"} and INCENTIVE_REMARK in remarks),
        "sequestration": carc == "223" and "" < service_date < SEQUESTRATION_FROM,
        "global_period": carc in {"97", "234", "B15"} and _GLOBAL_REMARK in remarks,
        "return_to_operating_room": carc == "B10" and "78" in modifiers,
        "split_care": carc == "B20" and bool({"54", "55"} & {*modifiers}),
        "co_surgery": carc == "B20" and "62" in modifiers,
        OF_INDICATOR.get(multiple_procedure_indicator or "", "multiple_procedure"): carc == "59",
    }
    plain = _OF_CARC.get(carc)
    plain = _OF_PATIENT.get(carc, plain) if group == PATIENT else plain
    return next((cause for cause, holds in beside.items() if holds), plain)
