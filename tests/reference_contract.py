"""A payer's own terms for the reference pricer: shares by modifier, ladders, rankings, rates.

Written apart from the engine, in plain Python: a line is asked share by share, unit by unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference import Line

#: Who assists is one role: the first of these on a line decides.
ASSISTANTS = ("AS", "81", "82", "80")
ASSISTED = frozenset(ASSISTANTS)
CARE = frozenset({"54", "55", "56"})
#: Modifiers that end a line by themselves, whatever its code.
ENDED = ("53", "66", "73", "74", "GY", "GZ", "PA", "PB", "PC")
#: Parts of a service, both sides of it, and roles in it.
PARTS = CARE | ASSISTED | frozenset(["26", "TC", "50", "52", "53", "62", "66", "73", "74", "78"])
#: Parts that have a fee of their own, and what is a hospital's: no dollars for the whole pay them.
COMPONENTS = frozenset(["26", "TC", "53", "73", "74"])
#: A rate that names one of these is the price of what they say.
NAMED = PARTS | {"22", "63", "SA", "SB"}


@dataclass(frozen=True)
class OwnShare:
    """A share by modifier."""

    modifiers: frozenset[str]
    share: Decimal
    codes: frozenset[str] | None = None
    documented: bool = False
    since: date = date(1992, 1, 1)
    kinds: frozenset[str] = frozenset()
    of_operation: bool = False
    by_processing: bool = False
    of_whom: str | None = None
    facility: bool | None = None

    @property
    def is_of_physician(self) -> bool:
        """Whether it is of the physician's amount, and no practitioner's share is taken of it."""
        return self.of_whom == "physician" or (bool(self.kinds) and self.of_whom is None)

    def of_line(self, line: Line) -> Decimal:
        """Give it of a line's amount: of the intraoperative part where the code is divided."""
        parts = ("preoperative", "intraoperative", "postoperative")
        if self.of_operation and any(line.row[part] for part in parts):
            return self.share * Decimal(line.row["intraoperative"])
        return self.share

    def holds(self, line: Line) -> bool:
        """Whether the line carries its modifiers, and nothing that decides before them."""
        refused = (
            not self.modifiers <= line.modifiers,
            (line.processed if self.by_processing else line.day) < self.since,
            self.codes is None and (line.anesthesia or line.other),
            self.codes is not None and line.code not in self.codes,
            self.documented and not line.documentation,
            bool(self.kinds) and line.practitioner_type not in self.kinds,
            self.facility not in {None, line.facility},
            "53" in self.modifiers and line.row_modifier == "53",
        )
        if any(refused):
            return False
        assists = [each for each in ASSISTANTS if each in line.modifiers]
        own = [each for each in ASSISTANTS if each in self.modifiers]
        if own and assists[0] not in self.modifiers:
            return False
        combined = len(self.modifiers) > 1 and self.modifiers & CARE
        return not (combined and line.modifiers & CARE - self.modifiers)


def is_anesthesia(code: str) -> bool:
    """Whether a code is one of anesthesia: five digits, and no 0054T."""
    return code.isdigit() and 100 <= int(code) <= 1999


def is_component(line: Line) -> bool:
    """Whether a line is a part of a service that has a fee of its own."""
    return bool(line.modifiers & COMPONENTS)


def has_answer(line: Line) -> bool:
    """Whether it is known how much of a whole service a line is."""
    return (line.alive and not is_component(line)) or not line.modifiers & PARTS


@dataclass(frozen=True)
class OwnLimit:
    """A floor or a ceiling: a share of Medicare or the charge, or dollars a unit.

    Those of another schedule are `rows`: by code and modifier what it pays in a facility and
    outside.
    """

    of: str
    number: Decimal
    rows: Mapping[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)

    def of_line(self, line: Line, *, any_part: bool = False) -> Decimal | None:
        """Give it in dollars, unrounded; None where the line has no answer."""
        if self.of == "percent_of_medicare":
            return self._of_medicare(line) if line.alive else None
        if self.of == "percent_of_charge":
            return None if line.charge is None else line.charge * self.number
        if self.of == "schedule":
            return self._of_schedule(line)
        if any_part:
            return self.number * line.billed
        return line.of_whole(self.number) if has_answer(line) else None

    def _of_medicare(self, line: Line) -> Decimal | None:
        """Take it of Medicare's own fee, where the contract's factor makes the line's."""
        if line.other or line.fee == line.medicare_fee:
            return line.amount * self.number
        if line.medicare_fee is None:
            return None
        if line.fee:
            return as_left(line.medicare_fee * self.number, line)
        quantity = 1 if line.anesthesia else line.quantity
        return None if line.modifiers & PARTS else line.medicare_fee * quantity * self.number

    def _of_schedule(self, line: Line) -> Decimal | None:
        """Take its dollars in the proportion in which Medicare's rules left the line of its fee."""
        pays = self.rows.get((line.code, line.row_modifier))
        if pays is None:
            return None
        of_therapy = line.row.get("multiple_procedure_indicator") == "5"
        unit = pays[0 if line.facility and not of_therapy else 1]
        if line.fee and not line.other:
            return as_left(unit, line)
        return None if line.modifiers & PARTS else unit * line.quantity


def as_left(other: Decimal, line: Line) -> Decimal:
    """Give of another fee what Medicare's rules left of the line's: by the roundest share of it."""
    assert line.fee
    for places in ("0.01", "0.001", "0.0001"):
        share = (line.amount / line.fee).quantize(Decimal(places), ROUND_HALF_UP)
        if (line.fee * share).quantize(Decimal("0.01"), ROUND_HALF_UP) == line.amount:
            return other * share
    return other * line.amount / line.fee


@dataclass(frozen=True)
class OwnRate:
    """A rate: a percentage of Medicare or of the charge, dollars a unit, a conversion factor.

    Or dollars (`amount`) for the session of a code, `of_session`, and of the codes that it
    `includes`: None for all, of a flat rate none.
    """

    codes: frozenset[str] | None = None
    facility: bool | None = None
    modifiers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    since: date = date(1992, 1, 1)
    percent: Decimal | None = None
    amount: Decimal | None = None
    of_charge: Decimal | None = None
    factor: Decimal | None = None
    unpriced: bool = False
    not_under: OwnLimit | None = None
    not_over: OwnLimit | None = None
    of_session: bool = False
    includes: frozenset[str] | None = frozenset()
    by_processing: bool = False

    @property
    def limits(self) -> tuple[OwnLimit | None, ...]:
        """Give its own floor and ceiling."""
        return self.not_under, self.not_over

    @property
    def in_dollars(self) -> bool:
        """Whether it is a price of its own, in place of what reduced the line before."""
        return self.amount is not None or self.of_charge is not None

    @property
    def is_of_whole(self) -> bool:
        """Whether it is dollars for the whole service, or its session."""
        return self.amount is not None and not self.modifiers & NAMED

    def is_for(self, line: Line) -> bool:
        """Whether the claim line meets all that narrows it, and it has a price for the line."""
        if self.is_of_whole and self.of_session and line.modifiers & PARTS - {"50"}:
            return False  # dollars for the whole service, and this is none
        if self.is_of_whole and not self.of_session and is_component(line):
            return False
        if self.of_charge is not None and line.charge is None:
            return False
        if self.factor is not None and self.codes is None and is_anesthesia(line.code):
            return False  # dollars a unit of time and base are named by their codes
        return (
            (self.codes is None or line.code in self.codes)
            and self.facility in {None, line.facility}
            and self.modifiers <= line.modifiers
            and (not self.kinds or line.practitioner_type in self.kinds)
            and (line.processed if self.by_processing else line.day) >= self.since
        )

    def pays(self, line: Line) -> bool:
        """Whether it pays a line, if no rate before it does."""
        if not self.is_for(line):
            return False
        if line.alive:
            return not (self.unpriced or (self.factor is not None and line.other))
        without_price = line.status in {"by_report", "not_on_schedule"} and self.in_dollars
        if not without_price or line.fee is not None or line.has(*ENDED):
            return False  # what a modifier left to a person has a price; what it denies has none
        if self.unpriced and line.row.get("status_code") in {"B", "N", "P"}:
            return False
        if self.is_of_whole and line.modifiers & PARTS:
            return False  # without a price of Medicare's nothing tells what a part is paid
        by_time = line.row.get("status_code") == "J" and line.code != "01999"
        return not (self.unpriced and (line.price_unknown or by_time))


@dataclass(frozen=True)
class OwnFamily:
    """Codes that are ranked among themselves, on a ladder of their own."""

    codes: frozenset[str]
    ladder: tuple[Decimal | None, ...]
    since: date = date(1992, 1, 1)

    def holds(self, line: Line) -> bool:
        """Whether a line is one of them on its day."""
        return line.code in self.codes and line.day >= self.since


@dataclass(frozen=True)
class Contract:
    """What a payer says otherwise than Medicare."""

    shares: tuple[OwnShare, ...] = ()
    ladder: tuple[Decimal | None, ...] = ()
    never: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    also: tuple[OwnFamily, ...] = ()
    rank_by: str = "amount"
    whoever_renders: frozenset[str] = frozenset()
    scopes: Mapping[str, Decimal] = field(default_factory=dict)
    whole_image: Decimal | None = None
    therapy_without_gpci: bool = False
    least_base_units: Decimal = Decimal(0)
    least_for: frozenset[str] | None = None
    rates: tuple[OwnRate, ...] = ()
    not_under: OwnLimit | None = None
    not_over: OwnLimit | None = None

    def base_units(self, code: str, own: Decimal) -> Decimal:
        """Give the base units of a code, of which CMS's `own` may be fewer than the least."""
        raised = self.least_for is None or code in self.least_for
        return max(own, self.least_base_units) if raised else own

    def floors(self, rate: OwnRate | None) -> list[OwnLimit]:
        """Give the floors of what a rate, or none, pays."""
        return [each for each in (self.not_under, rate and rate.not_under) if each]

    def ceilings(self, rate: OwnRate | None) -> list[OwnLimit]:
        """Give the ceilings of it."""
        return [each for each in (self.not_over, rate and rate.not_over) if each]

    def shares_of(self, line: Line) -> list[OwnShare]:
        """Give the shares a line is paid by: the longest combinations first, none twice."""
        found: list[OwnShare] = []
        used: set[str] = set()
        for each in sorted(self.shares, key=narrowest_first):
            if each.holds(line) and not each.modifiers & used:
                found.append(each)
                used |= each.modifiers
        return found

    def taken(self, line: Line) -> dict[frozenset[str], Decimal]:
        """Give those shares, by their modifiers."""
        return {each.modifiers: each.of_line(line) for each in self.shares_of(line)}

    def pays_in_full(self, line: Line) -> bool:
        """Whether no practitioner's share is taken: one of them or the code is a physician's."""
        of_physician = any(each.is_of_physician for each in self.shares_of(line))
        return of_physician or line.code in self.whoever_renders

    def rate(self, line: Line, *, of_sessions: bool = True) -> OwnRate | None:
        """Give the first rate that pays a line; that of a session only while it is made up."""
        rates = (each for each in self.rates if of_sessions or not each.of_session)
        return next((each for each in rates if each.pays(line)), None)

    def has_a_price(self, line: Line) -> bool:
        """Whether the first rate for a code that Medicare does not pay is the payer's own dollars.

        A percentage of the charge is no price, and one for what has no price is not asked.
        """
        of_them = (each for each in self.rates if each.in_dollars and not each.unpriced)
        first = next((each for each in of_them if each.is_for(line)), None)
        return first is not None and first.amount is not None and not line.has(*ENDED)

    def factor(self, line: Line) -> Decimal | None:
        """Give the factor that makes a line's fee: that of the first rate for it, if it has one."""
        priced = (each for each in self.rates if not each.unpriced)
        return next((each.factor for each in priced if each.is_for(line)), None)

    def ladder_number(self, line: Line) -> int:
        """Number the ladder a line is ranked on: 0 is the session's."""
        numbers = (n for n, each in enumerate(self.also, 1) if each.holds(line))
        return next(numbers, 0)

    def places(self, number: int) -> tuple[Decimal | None, ...]:
        """Give the places of a ladder, None by report; none is Medicare's."""
        return self.also[number - 1].ladder if number else self.ladder


@dataclass
class Case:
    """A code's lines of a session that one amount is paid for, and those it includes."""

    rate: OwnRate
    amount: Decimal
    lines: list[Line]
    included: list[Line] = field(default_factory=list)


def cases_of(lines: list[Line], contract: Contract) -> list[Case]:
    """Give the cases of a session's lines, highest first; a line is in one or in none."""
    place = {id(rate): number for number, rate in enumerate(contract.rates)}
    fitting = {id(line): contract.rate(line) for line in lines}
    found: dict[tuple[str, int], Case] = {}
    for line in sorted(lines, key=lambda line: line.order):
        rate = fitting[id(line)]
        if rate is not None and rate.of_session:
            assert rate.amount is not None
            case = found.setdefault((line.code, id(rate)), Case(rate, rate.amount, []))
            case.lines.append(line)
    highest = sorted(found.values(), key=lambda case: (-case.amount, case.lines[0].order))
    paid: list[Case] = []
    for case in highest:
        if not any(_includes(other.rate, case.lines[0]) for other in paid):
            paid.append(case)
    own = {id(line) for case in paid for line in case.lines}
    for line in lines:
        if id(line) in own or line.status not in {None, "by_report", "not_on_schedule"}:
            continue
        earlier = fitting[id(line)]
        for case in paid:
            carved_out = (
                earlier is not None
                and not earlier.of_session
                and place[id(earlier)] < place[id(case.rate)]
            )
            if _includes(case.rate, line) and not carved_out:
                case.included.append(line)
                break
    return paid


def _includes(rate: OwnRate, line: Line) -> bool:
    return rate.includes is None or line.code in rate.includes


def paid_for(case: Case, contract: Contract) -> Decimal:
    """Give what a case is paid within its limits, those of a charge of all its lines' charges."""
    charges = [line.charge for line in (*case.lines, *case.included)]
    charged = None if None in charges else sum(filter(None, charges), Decimal(0))
    paid = case.amount
    for kind, limits in (
        (max, (contract.not_under, case.rate.not_under)),
        (min, (contract.not_over, case.rate.not_over)),
    ):
        for limit, of_contract in zip(limits, (True, False), strict=True):
            if limit is None:
                continue
            if limit.of == "percent_of_charge" and charged is not None:
                cents = (charged * limit.number).quantize(Decimal("0.01"), ROUND_HALF_UP)
                paid = kind(paid, cents)
            if limit.of == "amount" and not of_contract:
                paid = kind(paid, limit.number)
    return paid


def narrowest_first(share: OwnShare) -> tuple[Any, ...]:
    """Longer before shorter; of the same modifiers those with codes, then with documents."""
    return (
        -len(share.modifiers),
        sorted(share.modifiers),
        share.codes is None,
        not share.kinds,
        share.facility is None,
        not share.documented,
    )
