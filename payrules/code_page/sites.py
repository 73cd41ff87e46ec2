"""What Medicare pays in all for a code at each site: the practitioner and the facility."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from payrules.code_page.facilities import facility_rates
from payrules.code_page.modifier_effects import HOSPITAL, OFFICE, SURGERY_CENTER, price_alone
from payrules.code_page.neighbours import TABLES
from payrules.facility.asc_indicators import BESIDE_SURGERY, OF_THE_SERVICE
from payrules.facility.asc_rates import ADDENDA
from payrules.locality import NATIONAL
from payrules.schedules import TABLE_WORDS, Release, Schedules

#: OPPS status indicators whose payment, if any, is inside another service's.
_PACKAGED = frozenset(("N", "Q1", "Q2", "Q3", "Q4"))


@dataclass(frozen=True)
class Site:
    """What Medicare pays in all at a site: the practitioner and the facility, dollars as text.

    `facility_published_for`: the first day of the quarter whose addendum the facility's rate is of.
    The practitioner's amount is that of `professional_locality`, the facility's that of
    `facility_locality`; where they differ `why` says so of their sum.
    """

    site: str
    professional: str | None
    professional_locality: str
    facility: str | None
    facility_locality: str | None
    facility_published_for: date | None
    total: str | None
    why: str


def sites(
    code: str,
    release: Release,
    schedules: Schedules,
    day: date,
    locality: str,
    pctc_indicator: str,
) -> tuple[Site, ...]:
    """Compare what Medicare pays in all in the office, the hospital and the surgical center.

    In a facility a practitioner bills a divided test with 26. Sites are compared only where OPPS or
    ASC rates are at hand.

    Decision: a locality's fee and a facility's rate, which is national before the wage index, are
    added up, because no addendum holds the area's own rate, and the sum says of what it is.

    Decision: a rate of one year and a fee of another have no total. Both change each January, and
    Medicare pays no date of service such a sum.

    Decision: imaging and tests of addendum BB have a total, with the word that the facility is
    paid beside surgery only; drugs, devices and supplies there have none.
    """
    rates = {rate.system: rate for rate in facility_rates(code, schedules, day)}
    addenda = {"OPPS": ("opps",), "ASC": tuple(ADDENDA)}
    held = {
        system: [kind for kind in kinds if schedules.tables_in_use(kind)]
        for system, kinds in addenda.items()
    }
    if not any(held.values()):
        return ()
    inside = "26" if pctc_indicator == "1" else ""
    wanted = [("", OFFICE), (inside, HOSPITAL), (inside, SURGERY_CENTER)]
    paid = price_alone(code, wanted, schedules, release=release.name, day=day, locality=locality)
    office = paid["", OFFICE]
    in_office = _text(office.amount)
    found = [Site("office", in_office, locality, None, None, None, in_office, office.why)]
    for name, system, kind, place in (
        ("hospital outpatient", "OPPS", "opps", HOSPITAL),
        ("surgical center", "ASC", "asc", SURGERY_CENTER),
    ):
        if not held[system]:
            continue
        professional, rate = paid[inside, place], rates.get(system)
        facility = Decimal(rate.rate) if rate is not None and rate.rate is not None else None
        year = release.published_for.year
        of_another_year = rate is not None and rate.published_for.year != year
        separate = rate is not None and system == "ASC" and rate.indicator not in OF_THE_SERVICE
        if rate is None:
            first = min(schedules.tables_in_use(each)[0].published_for for each in held[system])
            why = (
                f"the {TABLES[kind]} table loaded begins on {first}, after this date of service"
                if first > day
                else _not_in(held[system])
            )
        elif facility is None or separate or rate.indicator in BESIDE_SURGERY:
            why = rate.meaning
        else:
            why = ""
        packaged = rate is not None and (rate.indicator in _PACKAGED or rate.indicator == "N1")
        known = facility if facility is not None else Decimal(0) if packaged else None
        known = None if separate else known
        whole = (
            None
            if known is None or professional.amount is None or of_another_year
            else known + professional.amount
        )
        if rate is not None and known is not None and of_another_year:
            why = (f"{why}; " if why else "") + (
                f"not added up: the facility's rate is of {rate.published_for.year}, the "
                f"practitioner's fee of {year}. Import the {TABLES[kind]} of {year} with: "
                "payrules schedules import PATH"
            )
        two_places = (
            f"the facility rate is national, before the area wage index; the fee is for {locality}"
            if facility is not None and locality != NATIONAL
            else ""
        )
        found.append(
            Site(
                site=name,
                professional=_text(professional.amount),
                professional_locality=locality,
                facility=_text(facility),
                facility_locality=None if facility is None else NATIONAL,
                facility_published_for=None if rate is None else rate.published_for,
                total=_text(whole),
                why="; ".join(each for each in (why, professional.why, two_places) if each),
            )
        )
    return tuple(found)


def _not_in(held: Sequence[str]) -> str:
    """Say in which of a facility's tables a code is not, and which was not there to look."""
    if "opps" in held:
        return f"not in the {TABLE_WORDS['opps']}"
    absent = [TABLE_WORDS[kind] for kind in ADDENDA if kind not in held]
    names = [ADDENDA[kind] for kind in held]
    said = f"not in the ASC addenda {', '.join(names)}" if names[1:] else ""
    said = said or f"not in the {TABLE_WORDS[held[0]]}"
    return f"{said}; not loaded: {', '.join(absent)}" if absent else said


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
