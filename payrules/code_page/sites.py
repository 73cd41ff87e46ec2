"""What Medicare pays in all for a code at each site: the practitioner and the facility."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from payrules.code_page.facilities import FacilityRate, facility_rates
from payrules.code_page.modifier_effects import HOSPITAL, OFFICE, SURGERY_CENTER, price_alone
from payrules.code_page.neighbours import TABLES
from payrules.errors import UsageError
from payrules.facility.asc_indicators import BESIDE_SURGERY
from payrules.facility.asc_rates import ADDENDA, asc_rates_on
from payrules.facility.hospital_rates import hospital_rates_on
from payrules.facility.outpatient_hospital import price_in_hospital
from payrules.facility.surgical_center import price_in_surgical_center
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.schedules import TABLE_WORDS, Release, Schedules

_NATION = Decimal(1)
_SYSTEMS = (
    ("hospital outpatient", "OPPS", "opps", HOSPITAL),
    ("surgical center", "ASC", "asc", SURGERY_CENTER),
)
_LINE: dict[str, pl.DataType] = {
    **dict.fromkeys(("encounter_id", "line_number"), pl.Int64()),
    **{"hcpcs_code": pl.String(), "units": pl.Int64(), "modifiers": pl.List(pl.String)},
    "charge_amount": pl.Int64(),
}


@frozen
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

    The facility's amount is that of `payrules.facility` for the code alone, at a wage index of 1:
    what is not settled there has no total here.

    Decision: imaging and tests of addendum BB have a total, with the word that the facility is
    paid beside surgery only; alone they would be paid nothing.
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
    year = release.published_for.year
    for name, system, kind, place in _SYSTEMS:
        if not held[system]:
            continue
        professional = paid[inside, place]
        alone = _alone(code, system, schedules, day, rates.get(system))
        if alone is None:
            first = min(schedules.tables_in_use(each)[0].published_for for each in held[system])
            alone = _Alone(
                f"the {TABLES[kind]} table loaded begins on {first}, after this date of service"
                if first > day
                else _not_in(held[system])
            )
        facility, known, why = alone.rate, alone.known, alone.why
        of_another_year = alone.published_for is not None and alone.published_for.year != year
        whole = (
            None
            if known is None or professional.amount is None or of_another_year
            else known + professional.amount
        )
        if alone.published_for is not None and known is not None and of_another_year:
            why = (f"{why}; " if why else "") + (
                f"not added up: the facility's rate is of {alone.published_for.year}, the "
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
                facility_published_for=alone.published_for,
                total=_text(whole),
                why="; ".join(each for each in (why, professional.why, two_places) if each),
            )
        )
    return tuple(found)


@frozen
class _Alone:
    """What a facility is paid for a code alone, dollars: its rate, and what counts in a sum."""

    why: str
    rate: Decimal | None = None
    known: Decimal | None = None
    published_for: date | None = None


def _alone(
    code: str, system: str, schedules: Schedules, day: date, rate: FacilityRate | None
) -> _Alone | None:
    """Price a code alone by the rules of facilities; None where no table has it."""
    line = pl.DataFrame([(0, 1, code, 1, [], None)], schema=_LINE, orient="row")
    of_quarter = day if rate is None else rate.published_for
    try:
        if system == "OPPS":
            hospital = hospital_rates_on(schedules, of_quarter)
            quarter, priced = hospital.quarter, price_in_hospital(line, hospital, _NATION)
        else:
            center = asc_rates_on(schedules, of_quarter)
            quarter, priced = center.quarter, price_in_surgical_center(line, center, _NATION)
    except UsageError as fault:
        return None if rate is None else _Alone(str(fault), None, None, rate.published_for)
    found = priced.row(0, named=True)
    billed = "" if found["facility_code"] == code else f"billed as {found['facility_code']}"
    if rate is None and (not billed or found["amount"] is None):
        return None
    published = None if rate is None or rate.rate is None else Decimal(rate.rate)
    known = None if found["amount"] is None else Decimal(found["amount"]).scaleb(-2)
    meaning = found["reason"] if rate is None or billed else rate.meaning
    if found["status"] == "priced":
        why = "; ".join(each for each in (billed, found["note"]) if each)
        return _Alone(why, known, known, quarter)
    if found["status"] == "bundled":
        return _Alone(meaning, None, known, quarter)
    if rate is not None and system == "ASC" and rate.indicator in BESIDE_SURGERY:
        return _Alone(meaning, published, published, quarter)
    if published is not None and system == "OPPS":
        meaning = f"{meaning}; {found['reason']}"
    return _Alone(meaning, published, None, quarter)


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
