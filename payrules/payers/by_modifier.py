"""Which of the rules, on which of their terms, decide what a line with a modifier is paid."""

from collections.abc import Mapping

#: The rules, in their order; of one that has terms for several modifiers the term ("rule.term").
DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("26", "TC"), ("component", "imaging", "imaging_cap")),
    **dict.fromkeys(("50", "RT", "LT"), ("bilateral",)),
    "51": ("multiple_procedure", "endoscopy"),
    **dict.fromkeys(("22", "52", "53", "73", "74"), ("modifier",)),
    **dict.fromkeys(("54", "55"), ("modifier", "one_operation", "split_care")),
    "56": ("modifier", "split_care"),
    "62": ("role", "co_surgery"),
    "66": ("role",),
    "78": ("global_period", "return_to_operating_room"),
    **dict.fromkeys(("80", "81", "82"), ("role", "assistant_at_surgery.physician")),
    "AS": ("role", "assistant_at_surgery.other"),
    **dict.fromkeys(("SA", "SB"), ("practitioner",)),
    **dict.fromkeys(("CO", "CQ"), ("therapy_assistant",)),
    **dict.fromkeys(("24", "57", "58", "79"), ("global_period",)),
    "25": ("procedure_pairs", "global_period", "visit_complexity"),
    **dict.fromkeys(("59", "XE", "XP", "XS", "XU"), ("procedure_pairs", "imaging")),
    **dict.fromkeys(("76", "77", "91"), ("unlikely_units",)),
    **dict.fromkeys(("JW", "JZ"), ("discarded_drug",)),
    **dict.fromkeys(("AD", "QK", "QX", "QY"), ("anesthesia",)),
    **dict.fromkeys(("33", "PT"), ("preventive", "deductible", "coinsurance")),
    **dict.fromkeys(("AT", "GC", "GE", "GX", "GY", "GZ"), ("modifier",)),
}


def decides(modifier: str, rule: str, term: str) -> bool:
    """Whether a term of a rule decides what a line with a modifier is paid."""
    for each in DECIDED_BY.get(modifier, ()):
        name, _, own = each.partition(".")
        if name == rule and (not own or term in {own, "off"}):
            return True
    return False
