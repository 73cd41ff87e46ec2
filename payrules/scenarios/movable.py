"""Movable: each number that a payer's terms hold, its place, and how another is put there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from payrules.dated import Dated
from payrules.engine.codes import Families, Ladder, SharesByCode, codes_in_words
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.rate_limits import RateLimit
from payrules.engine.rate_list import Rates
from payrules.engine.rates import Rate
from payrules.engine.rule import Rule
from payrules.frozen import frozen
from payrules.money import WHOLE
from payrules.payers.modifier_shares import paid_by
from payrules.rules.case_rate import case_rate
from payrules.rules.contract_rate import contract_rate
from payrules.within_reason import CONVERSION_FACTOR, FEE, RATE, SHARE, Range

ByDay = tuple[tuple[date, Decimal], ...]
_CENTS = 100
_FINEST, _CENT = Decimal("0.0001"), Decimal("0.01")


@frozen
class Movable:
    """A number of a term, by its first days: its place in a payer file, and the term with others.

    `times` is what it is written as of what it is: 100 of a percentage.
    """

    place: str
    values: ByDay
    put: Callable[[ByDay], Any]
    within: Range = SHARE
    times: int = 1

    def moved(self, by: Decimal) -> ByDay:
        """Give its values, each times a share, from the same days.

        Each stays within reason: of a share of one, 95 percent is moved up to 100, not to 104.5; a
        percentage of Medicare, and dollars, have no such end.
        """
        finest = _CENT if self.within is FEE else _FINEST
        has_end = self.within not in (RATE, FEE, CONVERSION_FACTOR)
        found = []
        for first, value in self.values:
            moved = (value * by).quantize(finest, ROUND_HALF_UP)
            most = min(self.within.most, Decimal(1)) if has_end and value <= 1 else self.within.most
            found.append((first, min(max(moved, self.within.least), most)))
        return tuple(found)

    def in_words(self, values: ByDay) -> str:
        """Write values as a payer file does: "115.5", "0.5 from 2025-01-01; 0.55 from …"."""
        said = [(first, format((each * self.times).normalize(), "f")) for first, each in values]
        if len(said) == 1:
            return said[0][1]
        return "; ".join(f"{value} from {first}" for first, value in said)


def movable(rule: Rule) -> Iterator[tuple[str, Movable]]:
    """Give each number of a rule's terms, with the name of its term."""
    if rule.name == case_rate.name:
        return  # its rates are the contract's
    for term, value in {**rule.defaults, **rule.terms}.items():
        if term != "own_prices":  # which are the contract's, too
            for each in _of_term(rule, term, value):
                yield term, each


def _of_term(rule: Rule, term: str, value: Any) -> Iterator[Movable]:
    place = f"terms.{rule.name}.{term}"
    within = _within(rule, term)
    if isinstance(value, Dated):
        is_rate = rule.name == contract_rate.name
        place = "percent_of_medicare" if is_rate else place
        yield _dated(place, value, lambda other: other, within, times=_CENTS if is_rate else 1)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, Dated):
                yield _dated(f"{place}.{key}", each, _at_key(value, key), within)
    elif isinstance(value, tuple):
        for number, (first, last, percent) in enumerate(value):
            codes = first if first == last else f"{first}-{last}"
            named = f"percent_of_medicare.{term} {codes}"
            yield _dated(named, percent, _at_range(value, number), RATE, times=_CENTS)
    else:
        yield from _of_list(rule, place, value)


def _of_list(rule: Rule, place: str, value: Any) -> Iterator[Movable]:
    """Give each number of a term that lists several."""
    if isinstance(value, Rates):
        yield from _of_rates(value)
    elif isinstance(value, ModifierShares):
        for number, each in enumerate(value.shares):
            if paid_by(each.modifiers) == rule.name:
                named = f"terms.modifier.share.{each.in_words}"
                yield _dated(named, each.share, _at_share(value, number), each.share.within)
    elif isinstance(value, Ladder):
        yield from _of_ladder(place, value, lambda other: other)
    elif isinstance(value, Families):
        for number, family in enumerate(value.each):
            named = f"{place}.{codes_in_words(family.codes.ranges)}"
            yield from _of_ladder(named, family.ladder, _at_family(value, number))
    elif isinstance(value, SharesByCode):
        for code, share in value.shares:
            yield _dated(f"{place}.{code}", share, _at_code(value, code), SHARE)


def _within(rule: Rule, term: str) -> Range:
    """Give what is within reason for a term: what the rule itself says of it."""
    if rule.name == contract_rate.name:
        return RATE
    usual = rule.defaults[term]
    if isinstance(usual, Mapping):
        usual = next(iter(usual.values()), None)
    return usual.within if isinstance(usual, Dated) else SHARE


def _dated(
    place: str, dated: Dated, put: Callable[[Dated], Any], within: Range, times: int = 1
) -> Movable:
    def with_values(values: ByDay) -> Any:
        said = {first.isoformat(): format(each, "f") for first, each in values}
        return put(Dated(said, cites=dated.cites, within=dated.within, processed=dated.processed))

    return Movable(place, dated.values, with_values, within, times)


def _of_ladder(place: str, ladder: Ladder, put: Callable[[Ladder], Any]) -> Iterator[Movable]:
    """Give each place of a ladder but the first, which is the procedure paid in full."""

    def at(number: int) -> Callable[[Dated], Any]:
        places = ladder.places
        return lambda other: put(
            replace(ladder, places=(*places[:number], other, *places[number + 1 :]))
        )

    for number, each in enumerate(ladder.places[1:], 1):
        yield _dated(f"{place}.place {number + 1}", each, at(number), SHARE)


def _of_rates(rates: Rates) -> Iterator[Movable]:
    """Give what each rate pays, and its limits; then the limits of all that is paid."""
    for number, rate in enumerate(rates.each):
        put = _at_rate(rates, number)
        place = f"rate.{rate.name}"
        if rate.value is not None:
            yield _dated(place, rate.value, _with(rate, "value", put), _end_of(rate.pays), _CENTS)
        elif rate.factors:
            yield _in_units(
                place, rate.factors, WHOLE, _with(rate, "factors", put), CONVERSION_FACTOR
            )
        else:
            yield _in_units(place, rate.cents, _CENTS, _with(rate, "cents", put), FEE)
        for name in ("not_under", "not_over"):
            limit = getattr(rate, name)
            if limit is not None and limit.schedule is None:  # whose dollars are no number here
                yield _of_limit(f"{place}.{name}", limit, _with(rate, name, put))
    for name in ("not_under", "not_over"):
        limit = getattr(rates, name)
        if limit is not None and limit.schedule is None:
            yield _of_limit(name, limit, _with(rates, name, lambda other: other))


def _of_limit(place: str, limit: RateLimit, put: Callable[[RateLimit], Any]) -> Movable:
    if limit.value is None:
        return _in_units(place, limit.cents, _CENTS, _with(limit, "cents", put), FEE)
    return _dated(place, limit.value, _with(limit, "value", put), _end_of(limit.of), _CENTS)


def _end_of(of: str) -> Range:
    """Give the range of a percentage: of the charge no more than all of it."""
    return SHARE if of == "percent_of_charge" else RATE


def _in_units(
    place: str,
    values: tuple[tuple[date, int], ...],
    unit: int,
    put: Callable[[Any], Any],
    within: Range,
) -> Movable:
    """Give dollars that a term holds as whole numbers of so many to the dollar."""
    said = tuple((first, Decimal(each) / unit) for first, each in values)

    def with_values(others: ByDay) -> Any:
        return put(tuple((first, int(each * unit)) for first, each in others))

    return Movable(place, said, with_values, within)


def _with(
    whole: Rate | Rates | RateLimit, name: str, put: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """Give what puts another value for a field, and the whole into what holds it."""
    return lambda other: put(replace(whole, **{name: other}))


def _at_key(value: Mapping[str, Any], key: str) -> Callable[[Dated], Any]:
    return lambda other: {**value, key: other}


def _at_range(value: tuple[Any, ...], number: int) -> Callable[[Dated], Any]:
    first, last, _ = value[number]
    return lambda other: (*value[:number], (first, last, other), *value[number + 1 :])


def _at_share(value: ModifierShares, number: int) -> Callable[[Dated], Any]:
    def put(other: Dated) -> ModifierShares:
        changed = replace(value.shares[number], share=other)
        return ModifierShares((*value.shares[:number], changed, *value.shares[number + 1 :]))

    return put


def _at_rate(value: Rates, number: int) -> Callable[[Rate], Any]:
    return lambda other: replace(
        value, each=(*value.each[:number], other, *value.each[number + 1 :])
    )


def _at_family(value: Families, number: int) -> Callable[[Ladder], Any]:
    def put(other: Ladder) -> Families:
        changed = replace(value.each[number], ladder=other)
        return Families((*value.each[:number], changed, *value.each[number + 1 :]))

    return put


def _at_code(value: SharesByCode, code: str) -> Callable[[Dated], Any]:
    return lambda other: SharesByCode(
        tuple((each, other if each == code else share) for each, share in value.shares)
    )
