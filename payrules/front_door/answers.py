"""What a few codes are paid, and what makes a code worth a figure."""

# `help()` then shows the names of types, not all that they stand for.
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from payrules.answers import FigureAnswer, SessionAnswer, price_session, read_line
from payrules.answers import which as found_by
from payrules.errors import UsageError
from payrules.front_door.terms import (
    AFile,
    FeeSchedules,
    a_day,
    checked_text,
    find_schedules,
    setup_of,
    wrong,
)
from payrules.payers import Payer

Amount = str | int | Decimal


def price(
    *codes: str,
    place: str,
    day: date | str | None = None,
    locality: str = "national",
    charges: Sequence[Amount] = (),
    deductible: Amount | None = None,
    practitioner: str | None = None,
    minutes: int | None = None,
    payer: AFile | Payer = "medicare",
    release: str | None = None,
    schedules: FeeSchedules | None = None,
) -> SessionAnswer:
    """Price a few codes as one session, by the engine that prices batches.

    `codes`       "64483", with modifiers and units: "64483-50", "64494-59x2"
    `place`       place of service: "11"
    `day`         the date of service, as a date or "2026-03-01"; else the newest release's own day
    `locality`    "01112-05", "IL Chicago", a ZIP code where the ZIP table is loaded, or "national"
    `charges`     a charge for each code, in order, or none
    `deductible`  what is left of it

    The answer has `lines`, each with its amounts in dollars and the reasons, and `totals`. Raises
    UsageError, ScheduleError or PayerError, each one clear sentence.
    """
    if not codes:
        raise UsageError('Give a code, such as payrules.price("64483-50", place="11").')
    for given in (*codes, place, locality, practitioner):
        checked_text("codes, place, locality or practitioner", given)
    return price_session(
        [read_line(each) for each in codes],
        setup_of(payer, release=release, schedules=schedules),
        place=place,
        day=a_day(day),
        locality=locality,
        charges=[_amount("charges", each) for each in charges],
        deductible=None if deductible is None else _amount("deductible", deductible),
        practitioner=practitioner,
        minutes=None if minutes is None else str(minutes),
    )


def which(
    code: str,
    amount: Amount,
    *,
    locality: str | None = None,
    release: str | None = None,
    schedules: FeeSchedules | None = None,
) -> FigureAnswer:
    """Find the releases, localities, settings, factors and modifiers that make a figure.

    `code`      "64483", or with a modifier: "64483-50"
    `amount`    dollars and cents: "264.87"
    `locality`  looks in this one only, `release` in this one only

    The answer has `ways`, and the nearest figures where there is none. Raises UsageError.
    """
    for name, given in (("code", code), ("locality", locality), ("release", release)):
        checked_text(name, given)
    return found_by(
        read_line(code),
        _amount("amount", amount),
        find_schedules(schedules),
        release=release,
        locality=locality,
    )


def _amount(name: str, given: Amount) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise wrong(name, given, 'dollars and cents as a text or a Decimal: "264.87"')
    return str(given)
