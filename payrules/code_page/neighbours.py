"""What stands beside a code: add-ons and primaries, edits, its endoscopy family, its sites."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.code_page.indicators import (
    ADD_ON_TYPE,
    ASC_PAYMENT,
    MUE_ADJUDICATION,
    OPPS_STATUS,
    PAIR_MODIFIER,
)
from payrules.code_page.modifier_effects import HOSPITAL, OFFICE, SURGERY_CENTER, price_alone
from payrules.dated import in_force
from payrules.locality import NATIONAL
from payrules.money import dollars_text
from payrules.schedules import TABLE_WORDS, Release, Schedules

#: Kind of table → what a page says of it.
TABLES = {
    kind: TABLE_WORDS[kind]
    for kind in ("mue", "ptp", "add_on", "anesthesia_base_units", "opps", "asc")
}
#: Tables of edits that CMS publishes each quarter.
_OF_A_QUARTER = frozenset(("mue", "ptp", "add_on"))
#: With those, tables that change seldom.
_SAYS_ITS_DAYS = _OF_A_QUARTER | {"anesthesia_base_units"}
#: OPPS status indicators whose payment, if any, is inside another service's.
_PACKAGED = frozenset(("N", "Q1", "Q2", "Q3", "Q4"))


@dataclass(frozen=True)
class Link:
    """A code that this one is added to, or that is added to this one."""

    code: str
    label: str
    add_on_type: str
    meaning: str


@dataclass(frozen=True)
class Unlikely:
    """The most units of a code that are likely, and how they are counted."""

    units: int
    indicator: str
    meaning: str


@dataclass(frozen=True)
class Pair:
    """An NCCI pair: column 1 is paid, column 2 is not, unless the modifier indicator lets both."""

    column_1: str
    column_2: str
    indicator: str
    meaning: str


@dataclass(frozen=True)
class FacilityRate:
    """What a facility is paid: OPPS status and APC, or the ASC payment indicator; dollars.

    `published_for`: the first day of the quarter whose addendum says so. `locality` is always
    national: an addendum's rate is the one before the wage index of a facility's own area.
    """

    system: str
    indicator: str
    meaning: str
    apc: str
    rate: str | None
    published_for: date
    locality: str = NATIONAL


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


@dataclass(frozen=True)
class TableAtHand:
    """A kind of table a page reads: which are in use, or that none is."""

    kind: str
    name: str
    tables: tuple[str, ...]
    note: str


def rows_on(schedules: Schedules, kind: str, day: date, about: pl.Expr) -> pl.DataFrame | None:
    """Give the rows of a kind of table that are in force on a day and about some codes.

    None where no such table is loaded.
    """
    rows = schedules.rows_where(kind, about)
    return None if rows is None else rows.filter(in_force(day))


def tables_at_hand(schedules: Schedules, day: date) -> Iterator[TableAtHand]:
    """Say of each kind of table which is in use, and what is missing or partial."""
    for kind, name in TABLES.items():
        used = schedules.tables_in_use(kind)
        names = tuple(table.name for table in used)
        if not used:
            note = "none is loaded; import CMS's with: payrules schedules import PATH"
        elif used[0].published_for > day:
            note = f"begins on {used[0].published_for}, after this date of service"
        elif used[-1].published_for.year < day.year and kind not in _SAYS_ITS_DAYS:
            note = (
                f"the latest is effective {used[-1].published_for}, an earlier year than this date"
            )
        else:
            note = ""
        if used and kind in _OF_A_QUARTER:
            spans = schedules.stand_ins(kind)
            of = next((each.of for each in spans if each.serves(day)), None)
            part = schedules.in_part(kind)
            said = (
                f"in part: {part}; import CMS's with: payrules schedules import PATH"
                if part
                else None,
                f"edits of {of} are used for this quarter" if of else None,
                note or None,
            )
            note = "; ".join(each for each in said if each)
        yield TableAtHand(kind, name, names, note)


def links(
    code: str, release: Release, schedules: Schedules, day: date
) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
    """Give the primaries a code may be added to, and the add-ons that may be added to it."""
    table = rows_on(schedules, "add_on", day, _in_either(code, "add_on_code", "primary_code"))
    if table is None:
        return (), ()
    labels = _labels(release)

    def named(rows: pl.DataFrame, column: str) -> tuple[Link, ...]:
        chosen = rows.select(column, "add_on_type").unique().sort(column, nulls_last=True)
        return tuple(
            Link(other or "any", labels.get(other, ""), kind, ADD_ON_TYPE[kind])
            for other, kind in chosen.iter_rows()
        )

    return (
        named(table.filter(pl.col("add_on_code") == code), "primary_code"),
        named(table.filter(pl.col("primary_code") == code), "add_on_code"),
    )


def _in_either(code: str, *columns: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(columns) == code)


def _labels(release: Release) -> Mapping[str | None, str]:
    return dict(release.codes.select("hcpcs_code", "label").unique("hcpcs_code").iter_rows())


def unlikely(code: str, schedules: Schedules, day: date) -> Unlikely | None:
    """Give a code's medically unlikely edit on a day."""
    found = rows_on(schedules, "mue", day, pl.col("hcpcs_code") == code)
    if found is None or not found.height:
        return None
    row = found.sort("effective_from").row(-1, named=True)
    indicator = row["adjudication_indicator"]
    return Unlikely(row["mue_value"], indicator, MUE_ADJUDICATION[indicator])


def pairs(
    code: str, schedules: Schedules, day: date, own: Mapping[str, int] | None = None
) -> tuple[Pair, ...]:
    """Give the NCCI pairs a code stands in on a day, the practice's own codes first.

    Decision: a code may stand in thousands of pairs, and the first of the alphabet are no use.
    Those with the codes of a batch (`own`: code → lines) come first, the most billed of them before
    others; without a batch those of the starter, which are a pain practice's; then all others.
    """
    of_code = rows_on(schedules, "ptp", day, _in_either(code, "column_1_code", "column_2_code"))
    if of_code is None:
        return ()
    columns = ("column_1_code", "column_2_code", "modifier_indicator")
    found = of_code.filter(pl.col("modifier_indicator") != "9")
    lines = dict.fromkeys(schedules.starter_codes(), 1) if own is None else own
    rows = sorted(
        found.select(columns).unique().rows(),
        key=lambda row: (-lines.get(row[1] if row[0] == code else row[0], 0), row),
    )
    return tuple(
        Pair(column_1, column_2, indicator, PAIR_MODIFIER[indicator])
        for column_1, column_2, indicator in rows
    )


def endoscopic_family(code: str, release: Release) -> tuple[str, ...]:
    """Give the members of the endoscopy family a code is in, or is the base of."""
    bases = release.codes.select("hcpcs_code", "endoscopic_base_code")
    own = bases.filter(pl.col("hcpcs_code") == code)["endoscopic_base_code"].to_list()
    base = next((each for each in own if each), code)
    members = bases.filter(pl.col("endoscopic_base_code") == base)["hcpcs_code"].unique().sort()
    return tuple(members)


def facility_rates(code: str, schedules: Schedules, day: date) -> tuple[FacilityRate, ...]:
    """Give what the hospital outpatient department and the surgical center are paid."""
    found = []
    opps, asc = (
        rows_on(schedules, kind, day, pl.col("hcpcs_code") == code) for kind in ("opps", "asc")
    )
    if opps is not None:
        for row in _latest(opps):
            status = row["status_indicator"]
            meaning = OPPS_STATUS.get(status, "not known to payrules")
            of = row["effective_from"]
            found.append(FacilityRate("OPPS", status, meaning, row["apc"], row["_rate"], of))
    if asc is not None:
        for row in _latest(asc):
            indicator = row["payment_indicator"]
            meaning = ASC_PAYMENT.get(indicator, "not known to payrules")
            of = row["effective_from"]
            found.append(FacilityRate("ASC", indicator, meaning, "", row["_rate"], of))
    return tuple(found)


def _latest(rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    rows = rows.sort("effective_from").tail(1)
    return rows.with_columns(_rate=dollars_text(pl.col("payment_rate"))).iter_rows(named=True)


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
    """
    rates = {rate.system: rate for rate in facility_rates(code, schedules, day)}
    held = {kind for kind in ("opps", "asc") if schedules.tables_in_use(kind)}
    if not held:
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
        if kind not in held:
            continue
        professional, rate = paid[inside, place], rates.get(system)
        facility = Decimal(rate.rate) if rate is not None and rate.rate is not None else None
        year = release.published_for.year
        of_another_year = rate is not None and rate.published_for.year != year
        if rate is None:
            first = schedules.tables_in_use(kind)[0].published_for
            why = (
                f"the {TABLES[kind]} table loaded begins on {first}, after this date of service"
                if first > day
                else f"not in the {TABLES[kind]}"
            )
        elif facility is None:
            why = rate.meaning
        else:
            why = ""
        packaged = rate is not None and (rate.indicator in _PACKAGED or rate.indicator == "N1")
        known = facility if facility is not None else Decimal(0) if packaged else None
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


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
