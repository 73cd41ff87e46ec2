"""Hidden rates: whether a rate fits every line of another, which is then never asked behind it."""

from collections.abc import Iterator, Sequence
from datetime import date

from payrules.code_ranges import overlap, within
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import Rate
from payrules.engine.rule import Rule
from payrules.rules.contract_rate import contract_rate

_OF_PRICED = ("percent_of_medicare", "conversion_factor")
#: The first day of a rate that nothing narrows to days.
_ANY_DAY = contract_rate.effective


def holds_all_of(one: Rate, other: Rate) -> bool:
    """Say whether a rate fits every line that another fits; False where it may not."""
    lists = ((one.places, other.places), (one.practitioner_type, other.practitioner_type))
    return (
        _holds_statuses(one, other)
        and _holds_codes(one, other)
        and _holds_days(one, other)
        and one.setting in {None, other.setting}
        and all(not ours or (theirs and {*theirs} <= {*ours}) for ours, theirs in lists)
        and _holds_specialty(one.specialty, other.specialty)
        and {*one.modifiers} <= {*other.modifiers}
    )


def never_asked(was: Sequence[Rule], now: Sequence[Rule]) -> Iterator[str]:
    """Say which rates of a base pay no line any more, for a wider rate of the file stands before.

    `was` are the rules of the base, `now` those of the file. A rate for the same lines is meant to
    stand in the base's place, and is not said.
    """
    base, every = _rates_in(was), _rates_in(now)
    for wider in (each for each in every if each not in base):
        hidden = [
            each.name
            for each in base
            if holds_all_of(wider, each) and _lines_of(wider) != _lines_of(each)
        ]
        if hidden:
            yield (
                f"{wider.name} is asked before the base's rates and fits all their lines, so that"
                f" of these no line is paid: {', '.join(hidden)}. Write again, before it, what is"
                " meant to stay"
            )


def _lines_of(rate: Rate) -> tuple[object, ...]:
    """Give what narrows a rate to some lines, beside days."""
    return (
        *(rate.codes, rate.except_codes, rate.setting, rate.places, rate.specialty),
        *(rate.practitioner_type, rate.modifiers, rate.unpriced),
    )


def _rates_in(rules: Sequence[Rule]) -> Sequence[Rate]:
    rates: Rates = next((each.terms["rates"] for each in rules if "rates" in each.terms), NO_RATES)
    return rates.each


def _holds_statuses(one: Rate, other: Rate) -> bool:
    """Compare what each needs of a line beside its conditions: a price, a charge, a whole."""
    if one.pays == "percent_of_medicare":
        return other.pays in _OF_PRICED
    if one.pays == "conversion_factor":  # without codes it is of no anesthesia
        return other.pays == one.pays and bool(one.codes)
    if one.pays == "percent_of_charge" and other.pays != one.pays:
        return False  # a line without a charge is the other's
    if one.pays == "amount" and other.of_session:
        return False  # both sides of what has no price of Medicare's are the session's
    if one.is_of_whole and not (other.is_of_whole and {*one.parts} <= {*other.parts}):
        return False  # a line for a part of it is the other's
    return not (one.unpriced and not other.unpriced)


def _holds_specialty(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Compare beginnings of taxonomy codes, and CMS's two characters, which are whole."""
    return not ours or (
        bool(theirs)
        and all(
            any(each == own or (len(own) > 2 and each.startswith(own)) for own in ours)
            for each in theirs
        )
    )


def _holds_codes(one: Rate, other: Rate) -> bool:
    if one.codes and not (other.codes and all(within(each, one.codes) for each in other.codes)):
        return False
    return all(
        within(each, other.except_codes) or (other.codes and overlap([each], other.codes) is None)
        for each in one.except_codes
    )


def _holds_days(one: Rate, other: Rate) -> bool:
    (first, last), (begins, ends) = _days_of(one), _days_of(other)
    if one.processed != other.processed and (first, last) != (_ANY_DAY, date.max):
        return False  # days of service against those of processing
    return first <= begins and last >= ends


def _days_of(rate: Rate) -> tuple[date, date]:
    """Give the first and the last day of a rate: of its own days and its values'."""
    if rate.value is not None:
        begins = rate.value.values[0][0]
    else:
        begins = min(day for day, _ in (*rate.cents, *rate.factors))
    return max(begins, rate.first_day or date.min), rate.last_day or date.max
