"""Terms of the rules, as the sentences of a scenario write them: "each later one at 40 %"."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from payrules.dated import Dated
from payrules.payers.form import FamilyEntry

#: Rules that the field calls otherwise than their names do.
_RULES = {
    "add_on": "add-on codes",
    "assistant_at_surgery": "assistants at surgery",
    "bilateral": "bilateral procedures",
    "cardiovascular": "cardiovascular tests",
    "co_surgery": "co-surgeons",
    "component": "professional and technical components",
    "discarded_drug": "discarded drugs",
    "drug_test": "drug tests",
    "equipment": "outdated equipment",
    "global_period": "global periods",
    "imaging": "imaging of one day",
    "imaging_cap": "the cap of imaging",
    "injection": "injections",
    "lesser_of_charge": "the lesser of charge and fee",
    "limiting_charge": "the limiting charge",
    "mips": "MIPS",
    "modifier": "modifiers",
    "multiple_procedure": "multiple procedures",
    "nonparticipating": "nonparticipating practitioners",
    "ophthalmology": "tests of the eyes",
    "practitioner": "practitioners other than physicians",
    "preventive": "preventive services",
    "return_to_operating_room": "return to the operating room",
    "role": "roles",
    "status_code": "status codes",
    "therapy_assistant": "therapy assistants",
}
#: What each term says; its value, or one of several by name, stands in the braces.
_SHARES = {
    ("anesthesia", "direction"): "medical direction at {}",
    ("assistant_at_surgery", "other"): "another practitioner at {}",
    ("assistant_at_surgery", "physician"): "a physician at {}",
    ("bilateral", "both"): "both sides at {}",
    ("bilateral", "each"): "both sides, where each has a whole fee, at {}",
    ("cardiovascular", "later"): "technical part of each later test at {}",
    ("co_surgery", "each"): "each surgeon at {}",
    ("coinsurance", "patient"): "the patient's share is {}",
    ("endoscopy", "percent"): "a scope that is not the highest, {key}, at {}",
    ("equipment", "computed"): "computed radiography at {}",
    ("equipment", "ct"): "CT off the standard at {}",
    ("equipment", "film"): "X-ray on film at {}",
    ("imaging", "professional"): "professional part of each later image at {}",
    ("imaging", "technical"): "technical part of each later image at {}",
    ("imaging", "whole"): "each later image, whole, at {}",
    ("limiting_charge", "limit"): "at most {} of the fee",
    ("multiple_procedure", "later"): "each later one at {}",
    ("multiple_procedure", "old_rule_third"): "the third and later of the older rule at {}",
    ("multiple_procedure", "third"): "the third and each later one at {}",
    ("nonparticipating", "share"): "{} of the fee",
    ("ophthalmology", "later"): "technical part of each later test at {}",
    ("practitioner", "shares"): "{key} at {}",
    ("preventive", "converted_screening"): "coinsurance of a screening with PT is {}",
    ("sequestration", "cut"): "a cut of {}",
    ("therapy_assistant", "share"): "{} of the fee",
}
_NUMBERS = {("anesthesia", "least_base_units"): "at least {} base units"}
_YES_OR_NO = {
    ("deductible", "of_part_b"): "Medicare's amount of the year: {}",
    ("endoscopy", "only_in_facilities"): "only in facilities: {}",
    ("modifier", "gz_denied"): "lines with GZ denied: {}",
    ("modifier", "maintenance_denied"): "maintenance denied: {}",
    ("modifier", "resident_exception_widened"): "exception for residents widened: {}",
    ("therapy", "without_gpci"): "without GPCIs: {}",
    ("visit_complexity", "at_home"): "beside visits at home: {}",
    ("visit_complexity", "beside_preventive"): "beside preventive services: {}",
}
_TEXTS = {
    ("anesthesia", "least_for"): "least base units for {}",
    ("multiple_procedure", "also"): "ranked apart are {}",
    ("multiple_procedure", "ladder"): "places of the ladder at {}",
    ("multiple_procedure", "never"): "never reduced are {}",
    ("multiple_procedure", "only"): "ranked are only {}",
    ("multiple_procedure", "rank_by"): "ranked by {}",
    ("practitioner", "except_codes"): "except for {}",
}
_SAID = _SHARES | _NUMBERS | _YES_OR_NO | _TEXTS
#: What a term is called without its value, where that is not what stands before it.
_NAMED = {
    ("anesthesia", "least_base_units"): "the least base units",
    ("limiting_charge", "limit"): "the most of the fee",
    ("modifier", "share"): "share with {key}",
    ("nonparticipating", "share"): "share of the fee",
    ("sequestration", "cut"): "the cut",
    ("therapy_assistant", "share"): "share of the fee",
}
#: What leads to the value of a term.
_TO_THE_VALUE = re.compile(r"(?:,|:| is| are)?(?: at| for)? \{\}$")
#: Limits of a rate, behind its name in a place.
_LIMITS = (".not_under", ".not_over")
#: Values that are words, as the field writes them.
_WORDS = {
    "facility_rvu": "facility RVUs",
    "one_side": "the amount of one side",
    "total_rvu": "total RVUs",
}


def rule_words(rule: str) -> str:
    """Name what a rule is about: "multiple procedures"."""
    return _RULES.get(rule) or rule.replace("_", " ")


def place_words(place: str) -> str:
    """Name what a dotted place of a scenario is about: its rule, or the part of the form."""
    part, *within = place.split(".")
    if part == "terms" and within:
        return rule_words(within[0])
    words = part.replace("_", " ").replace("medicare", "Medicare")
    return re.sub("^fee:", "the fee of ", words)


def named_place(place: str) -> str:
    """Name what a tornado, sweep or solve moves: "multiple procedures, each later one".

    A place of the payer file or of the scenario form: `rate.rate 1` is "contract rate 1".
    """
    part, _, within = place.partition(".")
    if part == "terms" and within:
        rule, _, term = within.partition(".")
        named = _named_term(rule, *term.partition(".")[::2])
        return ", ".join(filter(None, (rule_words(rule), named)))
    if part == "rate" and within:
        limit = next((each for each in _LIMITS if within.endswith(each)), "")
        name = within.removesuffix(limit).removeprefix("rate ")
        return f"contract rate {name}" + limit.replace(".", ", ").replace("_", " ")
    words = place.removesuffix(".set").replace(".", ", ").replace("_", " ")
    return re.sub("^fee:", "the fee of ", words).replace("medicare", "Medicare")


def _named_term(rule: str, term: str, key: str) -> str:
    """Name a term without its value, and what of it the `key` chooses: "each later one"."""
    words = _NAMED.get((rule, term)) or _TO_THE_VALUE.sub("", _SAID.get((rule, term), term))
    key = key.replace("_", " ")
    if "{key}" in words:
        return words.format(key=key)
    return ", ".join(filter(None, (words.replace("_", " "), key)))


def has_words(rule: str, term: str) -> bool:
    """Say whether a term has words of its own."""
    return (rule, term) in _SAID


def term_words(rule: str, term: str, value: Any, key: str = "") -> str:
    """Say a term with its rule and value: "multiple procedures: each later one at 40 %"."""
    return f"{rule_words(rule)}: {said_of(rule, term, value, key)}"


def said_of(rule: str, term: str, value: Any, key: str = "") -> str:
    """Say a term with its value: "each later one at 40 %"."""
    place = (rule, term)
    words = _SAID.get(place) or f"{term.replace('_', ' ')} {{}}"
    kinds = ((_NUMBERS, number), (_YES_OR_NO, _yes_or_no))
    written = next((write for said, write in kinds if place in said), percent)
    return words.format(value_words(value, written), key=key.replace("_", " "))


def number(value: Decimal) -> str:
    """Write a number without the noughts that say nothing: 3.00 is "3"."""
    return f"{value.normalize():f}"


def percent(share: Decimal) -> str:
    """Write a share as a percentage: 0.625 is "62.5 %"."""
    return f"{number(share * 100)} %"


def _yes_or_no(value: Any) -> str:
    return "yes" if value else "no"


def value_words(value: Any, written: Callable[[Any], str] = percent) -> str:
    """Write what a term holds: one value, several by their first days, lists, words."""
    if isinstance(value, Dated):
        value = value.values if len(value.values) > 1 else ((None, value.values[0][1]),)
    if isinstance(value, tuple):
        return ", ".join(
            written(each) + (f" from {first}" if isinstance(first, date) else "")
            for first, each in value
        )
    if isinstance(value, list):
        return ", ".join(value_words(each, written) for each in value) or "none"
    if isinstance(value, FamilyEntry):
        return f"{' '.join(value.codes)} ({value_words(value.ladder, written)})"
    if isinstance(value, bool):
        return _yes_or_no(value)
    return _WORDS.get(str(value)) or str(value).replace("_", " ")
