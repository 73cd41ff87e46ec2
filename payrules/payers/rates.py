"""Rates in a payer file: `[[rate]]`, each with what narrows it and what it pays."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Literal

from payrules.claims.modifiers import modifier_table
from payrules.dated import Dated
from payrules.engine.rate_limits import AS_LEFT, LimitOf, RateLimit, ScheduleAmounts
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import OF_SESSION, WITHOUT_MEDICARE, Pays, Rate
from payrules.engine.rule import Rule
from payrules.engine.whole_dollars import NAMED
from payrules.money import WHOLE
from payrules.payers.code_lists import CodeLists, Ranges, Refuse, types_of
from payrules.payers.payer import MEDICARE
from payrules.payers.places import read_places
from payrules.payers.vocabulary import ALL
from payrules.rules.bilateral import bilateral
from payrules.rules.case_rate import case_rate
from payrules.rules.contract_rate import contract_rate
from payrules.rules.status_code import status_code
from payrules.within_reason import RATE, shown

KINDS: tuple[Pays, ...] = (
    "percent_of_medicare",
    "percent_of_charge",
    "amount",
    "conversion_factor",
    *OF_SESSION,
)
LIMITS: tuple[LimitOf, ...] = ("percent_of_medicare", "percent_of_charge", "amount", "schedule")
#: Gives a schedule in dollars by the name of its file; the place that names it.
ReadSchedule = Callable[[str, str], ScheduleAmounts]
#: Those that are no share of anything.
IN_DOLLARS = ("amount", "conversion_factor", *OF_SESSION)
#: Those in dollars and cents.
IN_CENTS = ("amount", *OF_SESSION)
#: Of a factor in four decimals, and of dollars.
#: CMS's two characters, or how a code of the NUCC's taxonomy begins; a whole one has ten.
_SPECIALTY = re.compile(r"[0-9A-Z][0-9]|[1-4][0-9]{2}[0-9A-Z]{0,6}|[1-4][0-9]{2}[0-9A-Z]{6}X")
_FINEST, _CENT = Decimal("0.0001"), Decimal("0.01")


def read_rates(
    entries: Sequence[Any],
    lists: CodeLists,
    contract: str,
    start: date,
    refuse: Refuse,
    schedule: ReadSchedule | None = None,
) -> tuple[Rate, ...]:
    """Read the rates of a checked form, in their order: the first that fits a line decides."""
    found = tuple(
        _read(entry, number, lists, contract, start, refuse, schedule)
        for number, entry in enumerate(entries, 1)
    )
    named: dict[str, int] = {}
    for number, rate in enumerate(found, 1):
        other = named.setdefault(rate.name.lower(), number)
        if other != number:
            raise refuse(
                f"rate entry {number}.name",
                f"'{shown(rate.name)}' is the name of rate entry {other} too, and steps name the"
                " rate that pays; give it another",
            )
    return found


def _read(
    entry: Any,
    number: int,
    lists: CodeLists,
    contract: str,
    start: date,
    refuse: Refuse,
    schedule: ReadSchedule | None,
) -> Rate:
    place = f"rate entry {number}"
    given = [kind for kind in KINDS if getattr(entry, kind) is not None]
    if len(given) != 1:
        said = f"says {' and '.join(given)}" if given else "does not say what is paid"
        raise refuse(place, f"{said}; give one of {', '.join(KINDS)}")
    (pays,) = given
    first, last = entry.first_day, entry.last_day
    if first and last and last < first:
        raise refuse(f"{place}.last_day", f"{last} comes before first_day, {first}; swap them")
    for term in ("places", "specialty", "practitioner_type"):
        if getattr(entry, term) == []:
            raise refuse(f"{place}.{term}", "is empty; list one or more, or remove it")
    for term in ("name", "cites"):
        value = getattr(entry, term)
        if value is not None and not value.strip():
            raise refuse(f"{place}.{term}", "is blank; write it, or remove it")
    if pays == "percent_of_medicare" and entry.when == "no_price":
        raise refuse(
            f"{place}.when",
            "is 'no_price', and a percentage of Medicare needs Medicare's price; give"
            " percent_of_charge or amount",
        )
    if pays == "conversion_factor":
        for term in ("modifier", "when"):
            if getattr(entry, term) not in {None, "always"}:
                raise refuse(
                    f"{place}.{term}",
                    "cannot narrow a conversion factor, which makes the fee before any modifier is"
                    " looked at; remove it, or give a share by modifier",
                )
    processed = entry.by_day_of == "processing"
    written = [day for day, _ in (*getattr(entry, pays), *(entry.escalator or ())) if day]
    if processed and not (written or first or last):
        raise refuse(
            f"{place}.by_day_of",
            "changes nothing, because the rate has no day; write its first day, such as first_day ="
            " 2026-01-01, or remove it",
        )
    includes = _includes(entry, pays, place, lists, refuse)
    cites = (entry.cites or contract).strip()
    modifiers = _modifiers(entry.modifier, place, refuse)
    not_under, not_over = (
        read_limit(
            getattr(entry, term),
            f"{place}.{term}",
            cites,
            first or start,
            refuse,
            any_part=not NAMED.isdisjoint(modifiers),
            of_session=pays in OF_SESSION,
            escalator=entry.escalator,
            schedule=schedule,
            processed=processed,
        )
        for term in ("not_under", "not_over")
    )
    values = _escalated(getattr(entry, pays), entry.escalator, first or start, pays, place, refuse)
    return Rate(
        pays=pays,
        name=(entry.name or f"rate {number}").strip(),
        cites=cites,
        value=None
        if pays in IN_DOLLARS
        else Dated(
            {day.isoformat(): format(each, "f") for day, each in values},
            cites=cites,
            processed=[day for day, _ in values] if processed else (),
        ),
        cents=tuple((day, int(each * 100)) for day, each in values) if pays in IN_CENTS else (),
        factors=tuple((day, int(each * WHOLE)) for day, each in values)
        if pays == "conversion_factor"
        else (),
        codes=_codes(entry.codes, f"{place}.codes", lists),
        except_codes=_codes(entry.except_codes, f"{place}.except_codes", lists),
        setting=entry.setting,
        places=read_places(entry.places, place, refuse),
        specialty=_specialty(entry.specialty, place, refuse),
        practitioner_type=types_of(entry.practitioner_type, place, refuse),
        modifiers=modifiers,
        first_day=first,
        last_day=last,
        unpriced=entry.when == "no_price",
        includes=() if isinstance(includes, str) else includes,
        includes_all=isinstance(includes, str),
        not_under=not_under,
        not_over=not_over,
        processed=processed,
    )


def with_sessions(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Give rules with the one that pays their contract's flat and case rates, where it has any.

    It comes before every rule on how much a line is allowed. The rule on the status of codes is
    told of all prices of the contract's own.
    """
    kept = [each for each in rules if each.name != case_rate.name]
    of_rates = next((each for each in kept if each.name == contract_rate.name), None)
    rates = NO_RATES if of_rates is None else {**of_rates.defaults, **of_rates.terms}["rates"]
    kept = [
        _told_of_prices(each, rates) if each.name == status_code.name else each for each in kept
    ]
    if of_rates is None or not rates.of_session:
        return tuple(kept)
    names = [each.name for each in MEDICARE.rules]
    later = {*names[names.index(bilateral.name) :], contract_rate.name}
    place = next(place for place, each in enumerate(kept) if each.name in later)
    paying = case_rate.on_terms(cites=of_rates.cites, own_rates=rates)
    return (*kept[:place], paying, *kept[place:])


def _told_of_prices(rule: Rule, rates: Rates) -> Rule:
    """Hand the rates that pay without Medicare's price to the rule on the status of codes.

    None where a percentage of the charge is all there is, and names no code.
    """
    of_them = tuple(each for each in rates.each if each.pays in WITHOUT_MEDICARE)
    told = any(each.in_dollars or (each.codes and not each.unpriced) for each in of_them)
    own = Rates(of_them) if told else NO_RATES
    held = {**rule.defaults, **rule.terms}["own_prices"]
    if held == own:
        return rule
    told_it = rule.on_terms(cites=rule.cites, own_prices=own)
    return replace(told_it, pages=rule.pages, term_pages=rule.term_pages)


def read_limit(
    entry: Any,
    place: str,
    contract: str,
    start: date,
    refuse: Refuse,
    *,
    any_part: bool = False,
    of_session: bool = False,
    escalator: Sequence[tuple[date | None, Decimal]] | None = None,
    schedule: ReadSchedule | None = None,
    processed: bool = False,
) -> RateLimit | None:
    """Read a floor or ceiling of a checked form.

    `any_part` where its rate names a part or role, `of_session` where that is a flat or case rate,
    `processed` where its days are those of processing.
    Decision: an `escalator` of its rate moves its dollars too; a percentage of Medicare or of the
    charge rises with these.
    """
    if entry is None:
        return None
    given = [kind for kind in LIMITS if getattr(entry, kind) is not None]
    if len(given) != 1:
        said = f"says {' and '.join(given)}" if given else "does not say of what"
        raise refuse(place, f"{said}; give one of {', '.join(LIMITS)}")
    if entry.cites is not None and not entry.cites.strip():
        raise refuse(f"{place}.cites", "is blank; write it, or remove it")
    (of,) = given
    if of_session and of in AS_LEFT:
        raise refuse(
            f"{place}.{of}",
            "needs Medicare's amount, which is not worked out for a session that is paid one"
            " amount; give the limit as percent_of_charge or amount, of the whole session",
        )
    if of == "schedule":
        cites = (entry.cites or contract).strip()
        if schedule is None:
            raise refuse(
                f"{place}.schedule",
                "is a file beside a payer file; write it there, or give the limit as a percentage"
                " or an amount",
            )
        return RateLimit(of, cites, schedule=schedule(entry.schedule, f"{place}.schedule"))
    values = sorted((first or start, value) for first, value in getattr(entry, of))
    cites = (entry.cites or contract).strip()
    if of == "amount":
        values = _escalated(values, escalator, start, of, place, refuse)
        cents = tuple((day, int(each * 100)) for day, each in values)
        any_part = any_part or of_session
        return RateLimit(
            *(of, cites),
            cents=cents,
            any_part=any_part,
            of_session=of_session,
            processed=processed,
        )
    shares = {day.isoformat(): format(each, "f") for day, each in values}
    share = Dated(shares, cites=cites, processed=[day for day, _ in values] if processed else ())
    return RateLimit(of, cites, share, of_session=of_session, processed=processed)


def _escalated(
    values: Sequence[tuple[date | None, Decimal]],
    escalator: Sequence[tuple[date | None, Decimal]] | None,
    start: date,
    pays: Pays,
    place: str,
    refuse: Refuse,
) -> list[tuple[date, Decimal]]:
    """Give a rate's values by day, each times the escalators that began until then.

    Decision: the product is rounded half up once, to a cent or to a hundredth of a percent.
    """
    given = sorted((first or start, value) for first, value in values)
    steps = []
    for day, by in escalator or ():
        if day is None:
            raise refuse(
                f"{place}.escalator", "needs its first days, such as { 2027-01-01 = 1.03 }"
            )
        steps.append((day, by))
    days = sorted({*(day for day, _ in given), *(day for day, _ in steps if day > given[0][0])})
    found = []
    for day in days:
        value = next(each for first, each in reversed(given) if first <= day)
        for first, by in steps:
            if first <= day:
                value *= by
        finest = _CENT if pays in IN_CENTS else _FINEST
        value = value.quantize(finest, ROUND_HALF_UP)
        if pays not in IN_DOLLARS and value > RATE.most:
            raise refuse(f"{place}.escalator", f"makes {value * 100:f} percent; check its factors")
        found.append((day, value))
    return [found[0], *(now for was, now in pairwise(found) if now[1] != was[1])]


def _codes(written: Sequence[str] | None, place: str, lists: CodeLists) -> Ranges:
    return () if written is None else lists.ranges(written, place)


def _includes(
    entry: Any, pays: Pays, place: str, lists: CodeLists, refuse: Refuse
) -> Ranges | Literal["*"]:
    """Read which codes of a session a case rate includes; none for any other rate."""
    if pays != "case_rate":
        if entry.includes is not None:
            raise refuse(
                f"{place}.includes",
                f"is of a case rate, and this pays {pays}; write case_rate, or remove it",
            )
        return ()
    if entry.includes is None:
        raise refuse(
            f"{place}.includes",
            'is missing; list the codes paid within the case rate, or write "all". What pays for'
            " one code alone, and includes no other, is a flat_rate",
        )
    if ALL in entry.includes:
        return ALL
    return lists.ranges(entry.includes, f"{place}.includes")


def _specialty(written: Sequence[str] | None, place: str, refuse: Refuse) -> tuple[str, ...]:
    found = {each.strip().upper() for each in written or ()}
    for each in sorted(found):
        if not _SPECIALTY.fullmatch(each):
            raise refuse(
                f"{place}.specialty",
                f"'{shown(each)}' is no specialty; write how a taxonomy code begins, three"
                ' characters or more, such as "207X", or CMS\'s two characters, such as "20". Of'
                " both the form is checked: neither list ships with payrules",
            )
    return tuple(sorted(found))


def _modifiers(written: str | None, place: str, refuse: Refuse) -> tuple[str, ...]:
    found = sorted({*(written or "").upper().replace(",", " ").split()})
    for each in found:
        if each not in modifier_table():
            raise refuse(f"{place}.modifier", f"'{shown(each)}' is no modifier of CMS's table")
    if written is not None and not found:
        raise refuse(f"{place}.modifier", 'is blank; write a modifier, such as "26"')
    return tuple(found)
