"""Contracts drawn at random: what a payer file writes, and what the reference pricer takes of it.

Every kind of term is drawn: shares by modifier, a ladder and families with ladders of their own,
each basis of ranking, codes never reduced, printed percents of endoscopies, rates of each kind with
what narrows them, flat and case rates of a session, floors and ceilings, images that are cut whole,
therapy without GPCIs, and days of processing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from payrules.engine.rate_limits import ScheduleAmounts
from tests.reference_contract import (
    ASSISTANTS,
    CARE,
    Contract,
    OwnFamily,
    OwnLimit,
    OwnRate,
    OwnShare,
    is_anesthesia,
)

#: The file of another schedule that a limit names.
OTHER_SCHEDULE = "other.csv"
RANKINGS = ("amount", "total_rvu", "facility_rvu", "charge", "one_side")
LADDERS = (
    ("1", "0.5", "by_report"),
    ("1", "0.5", "0.25"),
    ("1", "0.5", "0.5", "0.4", "0.1", "0"),
    ("1", "0.75"),
)
_LIMITS = {
    "percent_of_charge": ("0.3", "0.625", "0.9"),
    "amount": ("40", "112.33", "500"),
    "percent_of_medicare": ("0.9", "1", "1.1"),
}


@dataclass
class Drawn:
    """A contract drawn at random, as a payer file says it and as the reference takes it."""

    written: dict[str, Any] = field(default_factory=dict)
    contract: Contract = field(default_factory=Contract)

    def schedule(self, name: str, _place: str) -> ScheduleAmounts:
        """Give the other schedule that a limit names, as the engine takes it."""
        limits = (self.contract.not_under, self.contract.not_over)
        (own,) = (each for each in limits if each is not None and each.of == "schedule")
        rows = (
            (code, modifier, None, None, int(inside * 100), int(outside * 100))
            for (code, modifier), (inside, outside) in sorted(own.rows.items())
        )
        return ScheduleAmounts(name, tuple(rows))


def drawn(rng: Random, codes: Sequence[str], others: Sequence[str] = ()) -> Drawn:
    """Draw a contract about codes that physicians' schedule pays, and some that it does not.

    The order of shares and families in the file is drawn, too.
    """
    shares, entries = _shares(rng, codes)
    never = frozenset(rng.sample(codes, len(codes) // 20))
    also = _families(rng, [code for code in codes if code not in never])
    ladder = rng.choice(((), *LADDERS))
    rank_by = rng.choice(RANKINGS)
    scopes = dict.fromkeys(rng.sample(codes, len(codes) // 4), Decimal("0.35"))
    scopes |= dict.fromkeys(rng.sample(codes, len(codes) // 8), Decimal("0.8"))
    rates = _rates(rng, codes, others)
    of_all = _limits(rng)
    if rng.random() < 0.5:
        # Another schedule's dollars, of some codes and some of their parts.
        rows = {
            (code, modifier): (_cents(rng), _cents(rng))
            for code in rng.sample(codes, len(codes) // 2)
            for modifier in rng.choice((("",), ("", "26"), ("", "26", "TC")))
        }
        of_all[rng.choice(("not_under", "not_over"))] = OwnLimit("schedule", Decimal(0), rows)
    ranking: dict[str, Any] = {"never": sorted(never), "rank_by": rank_by}
    only = frozenset(rng.sample(codes, len(codes) // 2) if rng.random() < 0.3 else ())
    if only:
        ranking["only"] = sorted(only)
    if ladder:
        ranking["ladder"] = list(ladder)
    if also:
        ranking["also"] = [
            {
                "codes": sorted(each.codes),
                "ladder": ["by_report" if place is None else str(place) for place in each.ladder],
                "first_day": each.since,
            }
            for each in rng.sample(also, len(also))
        ]
    further, tests = _of_tests(rng)
    spared = frozenset(rng.sample(codes, len(codes) // 10) if rng.random() < 0.5 else ())
    if spared:
        further["practitioner"] = {"except_codes": sorted(spared)}
    least = _base_units(rng, others)
    written = {
        "terms": {
            **least.written,
            "modifier": {"share": entries},
            "multiple_procedure": ranking,
            "endoscopy": {"percent": {code: str(share) for code, share in scopes.items()}},
            **further,
        },
        "rate": [_written(each) for each in rates],
        **{name: _limit_written(each) for name, each in of_all.items()},
    }
    contract = Contract(
        shares=tuple(shares),
        ladder=_places(ladder),
        never=never,
        only=only,
        also=also,
        rank_by=rank_by,
        whoever_renders=spared,
        scopes=scopes,
        rates=rates,
        **tests,
        **of_all,
        **least.taken,
    )
    return Drawn(written, contract)


class _Term(NamedTuple):
    """What a term writes in a file, and what the reference takes of it."""

    written: dict[str, Any]
    taken: dict[str, Any]


def _base_units(rng: Random, others: Sequence[str]) -> _Term:
    """Draw least base units of anesthesia: of all codes, or of half of those there are."""
    if rng.random() < 0.5:
        return _Term({}, {})
    least = rng.choice(("5", "7.5"))
    codes = [code for code in others if is_anesthesia(code)]
    own = sorted(rng.sample(codes, (len(codes) + 1) // 2)) if rng.random() < 0.5 else []
    narrowed = {"least_for": own} if own else {}
    taken = {"least_base_units": Decimal(least)}
    return _Term(
        {"anesthesia": {"least_base_units": least, **narrowed}},
        taken | {"least_for": frozenset(own) if own else None},
    )


def _places(written: Sequence[str]) -> tuple[Decimal | None, ...]:
    """Give the places of a ladder, None for what is by report."""
    return tuple(None if place == "by_report" else Decimal(place) for place in written)


def _shares(rng: Random, codes: Sequence[str]) -> tuple[list[OwnShare], list[dict[str, Any]]]:
    """Draw shares by modifier, in the order of a file, and its entries."""
    shares: dict[tuple[Any, ...], tuple[OwnShare, dict[str, Any]]] = {}
    singles = ("22", "52", "53", "54", "55", "56", "62", "63", "66", "78", *ASSISTANTS, "SA")
    combinations = ("54 80", "52 62", "22 62", "54 55", "52 80", "80 AS")
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
        kinds = (
            frozenset({"physician", "nurse_practitioner"}) if rng.random() < 0.2 else frozenset()
        )
        if kinds:
            entry["practitioner_type"] = sorted(kinds)
        of_operation = not modifiers & {*CARE, "78"} and rng.random() < 0.2
        of_whom = rng.choice((None, "physician", "practitioner"))
        if of_operation or (of_whom == "practitioner" and modifiers & {"AS", "SA", "SB"}):
            of_whom = None
        if of_operation or of_whom:
            entry["of"] = "intraoperative" if of_operation else of_whom
        facility = rng.choice((None, None, True, False))
        if facility is not None:
            entry["setting"] = "facility" if facility else "nonfacility"
        by_processing = rng.random() < 0.3
        if by_processing:
            entry["by_day_of"] = "processing"
        share = OwnShare(
            *(modifiers, number, own, documented, since, kinds, of_operation, by_processing),
            of_whom,
            facility,
        )
        # One of each kind: two of one kind would both be of some line.
        shares[modifiers, own is None, documented, bool(kinds), facility is None] = (share, entry)
    order = rng.sample(list(shares.values()), len(shares))
    return [share for share, _ in order], [entry for _, entry in order]


def _of_tests(rng: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw what is paid of later images and of therapy, as a file says it and as it is taken."""
    written: dict[str, Any] = {}
    taken: dict[str, Any] = {}
    if rng.random() < 0.5:
        share = rng.choice(("0.5", "0.75", "0.905"))
        written["imaging"], taken["whole_image"] = {"whole": share}, Decimal(share)
    if rng.random() < 0.5:
        written["therapy"], taken["therapy_without_gpci"] = {"without_gpci": True}, True
    return written, taken


def _families(rng: Random, codes: Sequence[str]) -> tuple[OwnFamily, ...]:
    """Draw up to three families: neighbours in the code set, which meet in a session."""
    part = len(codes) // 4
    return tuple(
        OwnFamily(
            frozenset(code for code in codes[n * part : (n + 1) * part] if rng.random() < 0.6),
            _places(rng.choice(LADDERS)),
            date(rng.choice((1992, 2025, 2026)), rng.choice((1, 4)), 1),
        )
        for n in range(rng.choice((0, 1, 2, 3)))
    )


def _rates(rng: Random, codes: Sequence[str], others: Sequence[str]) -> tuple[OwnRate, ...]:
    """Draw rates in their order: narrow ones first, then one for much of what is left."""
    everything = [*codes, *others]

    def some(part: int) -> frozenset[str]:
        return frozenset(rng.sample(everything, len(everything) // part))

    kinds: list[dict[str, Any]] = [
        {"amount": Decimal("310.25"), "codes": some(15)},
        {"amount": Decimal("55.50"), "codes": some(12), "modifiers": frozenset({"26"})},
        {"of_charge": Decimal("0.625"), "codes": some(12)},
        {"of_charge": Decimal("0.8"), "unpriced": True},
        {"factor": Decimal("52.8301"), "codes": some(8), "facility": rng.choice((True, False))},
        {
            **{"factor": Decimal("40"), "codes": some(6)},
            **{"since": date(rng.choice((2025, 2026)), 4, 1)},
            "by_processing": rng.random() < 0.5,
        },
        {"percent": Decimal("1.425"), "codes": some(5), "facility": True},
        {"percent": Decimal("0.9"), "modifiers": frozenset({rng.choice(("59", "RT", "62"))})},
        {"percent": Decimal("0.8"), "kinds": frozenset({"nurse_practitioner", "podiatrist"})},
    ]
    included = (frozenset(), frozenset(rng.sample(everything, len(everything) // 4)), None)
    sessions: list[dict[str, Any]] = [
        {
            "amount": Decimal(amount),
            "of_session": True,
            "includes": rng.choice(included),
            "codes": some(20),
            **{"since": rng.choice((date(1992, 1, 1), date(2025, 4, 1))), "by_processing": True},
        }
        for amount in rng.sample(("95.5", "640.01", "640.01", "2500"), rng.randint(1, 4))
    ]
    kinds = rng.sample(kinds, rng.randint(3, len(kinds)))
    kinds = rng.sample([*kinds, *sessions], len(kinds) + len(sessions))
    last: list[dict[str, Any]] = [
        {"percent": Decimal("0.85"), "codes": some(3)},
        {"factor": Decimal("61.17")},
        {"of_charge": Decimal("0.5"), "codes": some(3)},
    ]
    kinds.append(rng.choice(last))
    return tuple(OwnRate(**each, **_limits(rng, _of_medicare(each))) for each in kinds)


def _of_medicare(rate: dict[str, Any]) -> bool:
    """Say whether Medicare's amount may limit a rate: none is worked out for a session."""
    return not rate.get("of_session")


def _limits(rng: Random, of_medicare: bool = True) -> dict[str, OwnLimit]:
    """Draw a floor, a ceiling, both or none; a session's may not be of Medicare's amount."""
    kinds = [kind for kind in _LIMITS if of_medicare or kind != "percent_of_medicare"]
    found = {}
    for name in ("not_under", "not_over"):
        of = rng.choice((*kinds, None, None))
        if of is not None:
            found[name] = OwnLimit(of, Decimal(rng.choice(_LIMITS[of])))
    return found


def _cents(rng: Random) -> Decimal:
    return Decimal(rng.randint(0, 90_000)) / 100


def _limit_written(limit: OwnLimit) -> dict[str, str] | str:
    if limit.of == "schedule":
        return {"schedule": OTHER_SCHEDULE}
    if limit.of == "percent_of_medicare" and limit.number == 1:
        return "medicare"
    share = limit.number if limit.of == "amount" else limit.number * 100
    return {limit.of: str(share)}


def _written(rate: OwnRate) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if rate.codes is not None:
        entry["codes"] = sorted(rate.codes)
    if rate.facility is not None:
        entry["setting"] = "facility" if rate.facility else "nonfacility"
    if rate.modifiers:
        entry["modifier"] = " ".join(rate.modifiers)
    if rate.kinds:
        entry["practitioner_type"] = sorted(rate.kinds)
    if rate.since > date(1992, 1, 1):
        entry["first_day"] = rate.since
    if rate.by_processing and rate.since > date(1992, 1, 1):
        entry["by_day_of"] = "processing"
    if rate.unpriced:
        entry["when"] = "no_price"
    paid = {
        "amount": rate.amount,
        "conversion_factor": rate.factor,
        "percent_of_medicare": rate.percent and rate.percent * 100,
        "percent_of_charge": rate.of_charge and rate.of_charge * 100,
    }
    if rate.of_session:
        flat = rate.includes == frozenset()
        paid = {"flat_rate" if flat else "case_rate": rate.amount}
        if not flat:
            entry["includes"] = "all" if rate.includes is None else sorted(rate.includes)
    entry |= {kind: str(number) for kind, number in paid.items() if number is not None}
    for name in ("not_under", "not_over"):
        limit = getattr(rate, name)
        if limit is not None:
            entry[name] = _limit_written(limit)
    return entry
