"""A payer's own terms for the reference pricer: shares by modifier, a ladder, rates.

Written apart from the engine, in plain Python: a line is asked share by share, unit by unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference import Line

#: Who assists is one role: the first of these on a line decides.
ASSISTANTS = ("AS", "81", "82", "80")
ASSISTED = frozenset(ASSISTANTS)
CARE = frozenset({"54", "55", "56"})
#: Parts of a service, both sides of it, and roles in it: no rate in dollars for the whole.
PARTS = CARE | ASSISTED | frozenset(["26", "TC", "50", "52", "53", "62", "66", "73", "74", "78"])


@dataclass(frozen=True)
class OwnShare:
    """A share by modifier."""

    modifiers: frozenset[str]
    share: Decimal
    codes: frozenset[str] | None = None
    documented: bool = False
    since: date = date(1992, 1, 1)

    def holds(self, line: Line) -> bool:
        """Whether the line carries its modifiers, and nothing that decides before them."""
        refused = (
            not self.modifiers <= line.modifiers,
            line.day < self.since,
            self.codes is None and (line.anesthesia or line.other),
            self.codes is not None and line.code not in self.codes,
            self.documented and not line.documentation,
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


@dataclass(frozen=True)
class OwnLimit:
    """A floor or a ceiling: a share of Medicare or the charge, or dollars a unit."""

    of: str
    number: Decimal

    def of_line(self, line: Line) -> Decimal | None:
        """Give it in dollars, unrounded; None where the line has no answer."""
        if self.of == "percent_of_medicare":
            return line.amount * self.number
        if self.of == "percent_of_charge":
            return None if line.charge is None else line.charge * self.number
        return None if line.modifiers & PARTS else self.number * line.quantity


@dataclass(frozen=True)
class OwnRate:
    """A rate: a percentage of Medicare, or dollars a unit."""

    codes: frozenset[str]
    facility: bool | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    not_under: OwnLimit | None = None
    not_over: OwnLimit | None = None

    def fits(self, line: Line) -> bool:
        """Whether the line is paid by it."""
        whole = self.amount is None or not line.modifiers & PARTS
        return whole and line.code in self.codes and self.facility in {None, line.facility}


@dataclass(frozen=True)
class Contract:
    """What a payer says otherwise than Medicare."""

    shares: tuple[OwnShare, ...] = ()
    ladder: tuple[Decimal, ...] = ()
    never: frozenset[str] = frozenset()
    rates: tuple[OwnRate, ...] = ()
    not_under: OwnLimit | None = None
    not_over: OwnLimit | None = None

    def floors(self, rate: OwnRate | None) -> list[OwnLimit]:
        """Give the floors of what a rate, or none, pays."""
        return [each for each in (self.not_under, rate and rate.not_under) if each]

    def ceilings(self, rate: OwnRate | None) -> list[OwnLimit]:
        """Give the ceilings of it."""
        return [each for each in (self.not_over, rate and rate.not_over) if each]

    def taken(self, line: Line) -> dict[frozenset[str], Decimal]:
        """Give the shares a line is paid by: the longest combinations first, none twice."""
        found: dict[frozenset[str], Decimal] = {}
        used: set[str] = set()
        for each in sorted(self.shares, key=narrowest_first):
            if each.holds(line) and not each.modifiers & used:
                found[each.modifiers] = each.share
                used |= each.modifiers
        return found

    def rate(self, line: Line) -> OwnRate | None:
        """Give the first rate that fits a line."""
        return next((each for each in self.rates if each.fits(line)), None)


def narrowest_first(share: OwnShare) -> tuple[Any, ...]:
    """Longer before shorter; of the same modifiers those with codes, then with documents."""
    return (
        -len(share.modifiers),
        sorted(share.modifiers),
        share.codes is None,
        not share.documented,
    )


@dataclass
class Drawn:
    """A contract drawn at random, as a payer file says it and as the reference takes it."""

    written: dict[str, Any] = field(default_factory=dict)
    contract: Contract = field(default_factory=Contract)


def drawn(rng: Random, codes: list[str]) -> Drawn:
    """Draw a contract about some codes; the order of its shares in the file is drawn, too."""
    shares: dict[tuple[Any, ...], tuple[OwnShare, dict[str, Any]]] = {}
    singles = ("22", "52", "53", "54", "55", "56", "62", "63", "66", "78", *ASSISTANTS, "SA")
    combinations = ("54 80", "52 62", "22 62", "54 55", "52 80", "80 AS", "26 52")[:6]
    for name in (*rng.sample(singles, 9), *rng.sample(combinations, 3), *rng.sample(singles, 3)):
        modifiers = frozenset(name.split())
        number = Decimal(rng.choice(("0.5", "0.29", "0.7", "0.13", "1.2", "0.625", "1", "0")))
        if modifiers & CARE:
            number = min(number, Decimal(1))
        own = frozenset(rng.sample(codes, 40)) if rng.random() < 0.3 else None
        documented = rng.random() < 0.2
        since = date(rng.choice((1992, 2025, 2026)), rng.choice((1, 4)), 1)
        entry: dict[str, Any] = {
            "modifier": " ".join(rng.sample(sorted(modifiers), len(modifiers))),
            "share": {since.isoformat(): str(number)},
        }
        if own is not None:
            entry["codes"] = sorted(own)
        if documented:
            entry["when"] = "documentation_submitted"
        share = OwnShare(modifiers, number, own, documented, since)
        # One of each kind: two of one kind would both be of some line.
        shares[modifiers, own is None, documented] = (share, entry)
    ladder = rng.choice(((), ("1", "0.5", "0.25"), ("1", "0.5", "0.5", "0.4", "0.1", "0")))
    never = frozenset(rng.sample(codes, len(codes) // 20))
    rates = (
        OwnRate(frozenset(rng.sample(codes, 60)), amount=Decimal("310.25"), **_limits(rng)),
        OwnRate(frozenset(rng.sample(codes, 300)), True, Decimal("1.425"), **_limits(rng)),
        OwnRate(frozenset(rng.sample(codes, 300)), None, Decimal("0.85"), **_limits(rng)),
    )
    of_all = _limits(rng)
    order = rng.sample(list(shares.values()), len(shares))
    ranking: dict[str, Any] = {"never": sorted(never)}
    if ladder:
        ranking["ladder"] = list(ladder)
    written = {
        "terms": {
            "modifier": {"share": [entry for _, entry in order]},
            "multiple_procedure": ranking,
        },
        "rate": [_written(each) for each in rates],
        **{name: _limit_written(each) for name, each in of_all.items()},
    }
    contract = Contract(
        tuple(share for share, _ in order), tuple(map(Decimal, ladder)), never, rates, **of_all
    )
    return Drawn(written, contract)


def _limits(rng: Random) -> dict[str, OwnLimit]:
    """Draw a floor, a ceiling, both or none."""
    kinds = {
        "percent_of_medicare": ("0.9", "1", "1.1"),
        "percent_of_charge": ("0.3", "0.625", "0.9"),
        "amount": ("40", "112.33", "500"),
    }
    found = {}
    for name in ("not_under", "not_over"):
        of = rng.choice((*kinds, None))
        if of is not None:
            found[name] = OwnLimit(of, Decimal(rng.choice(kinds[of])))
    return found


def _limit_written(limit: OwnLimit) -> dict[str, str]:
    share = limit.number if limit.of == "amount" else limit.number * 100
    return {limit.of: str(share)}


def _written(rate: OwnRate) -> dict[str, Any]:
    entry: dict[str, Any] = {"codes": sorted(rate.codes)}
    if rate.facility is not None:
        entry["setting"] = "facility" if rate.facility else "nonfacility"
    if rate.amount is not None:
        entry["amount"] = str(rate.amount)
    if rate.percent is not None:
        entry["percent_of_medicare"] = str(rate.percent * 100)
    for name in ("not_under", "not_over"):
        limit = getattr(rate, name)
        if limit is not None:
            entry[name] = _limit_written(limit)
    return entry
