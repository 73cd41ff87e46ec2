"""What `payrules whatif --sites` prints: the sites side by side, who gains, and what is open."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import polars as pl

from payrules.counted import counted
from payrules.facility.sites import SITE_WORDS
from payrules.runs.facility_side import BOTH_SIDES, in_dollars
from payrules.runs.results import passed_over
from payrules.scenarios.sites import AS_BILLED, AT_WORDS, SitesCompared
from payrules.screen.printed import Part, Table, money, words
from payrules.screen.what_if import of_reading

#: No screen lists more encounters, or reasons; the files have all.
_ENCOUNTERS_SHOWN, _MOST_SHOWN = 10, 20
_STAYS = "stays where it is"
_HEADINGS = {name: name.removesuffix("_amount") for name in BOTH_SIDES}


def told(compared: SitesCompared) -> Iterator[Part]:
    """Show the sums of the encounters compared, each of these, and what keeps others out."""
    every = compared.encounters
    within = every.filter("compared")
    yield words(
        f"{counted(within.height, 'encounter')} of {every.height:,} compared, practitioner and "
        "facility together, at national Medicare rates",
        bold=True,
    )
    if within.height:
        totals = in_dollars(compared.totals)
        yield _sums(totals, "amount")
        yield _sums(totals, "change")
    if every.height:
        yield from _each(in_dollars(every.head(_ENCOUNTERS_SHOWN)), [*compared.sides])
    if every.height > _ENCOUNTERS_SHOWN:
        more = counted(every.height - _ENCOUNTERS_SHOWN, "more encounter")
        yield f"and {more}: --output shows all."
    if compared.open.height:
        yield words("Not compared, for these are in no total", bold=True)
        yield _open(compared)
    if compared.stay.height:
        places = ", ".join(
            f"{place} ({counted(lines, 'line')})" for place, lines in compared.stay.iter_rows()
        )
        yield f"Stays where it was, by place of service: {places}."
    run = compared.base.record
    yield from map(words, [*compared.sentences, *of_reading(run), *passed_over(run)])


def _sums(totals: pl.DataFrame, ends: str) -> Table:
    """Show what the encounters come to at each site, or its change against as billed."""
    heading = "" if ends == "amount" else "change against as billed"
    table = Table(heading, *_HEADINGS.values(), right=_HEADINGS.values())
    for row in totals.iter_rows(named=True):
        if ends == "amount" or row["at"] != AS_BILLED:
            amounts = [row[f"{name.removesuffix('amount')}{ends}"] for name in BOTH_SIDES]
            shown = money if ends == "amount" else _signed
            table.add_row(AT_WORDS[row["at"]], *map(shown, amounts))
    return table


def _signed(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:+,.2f}"


def _each(encounters: pl.DataFrame, sides: Sequence[str]) -> Iterator[Part]:
    """Show what each encounter comes to at each site; why some are not known stands below."""
    reasons: dict[str, int] = {}
    table = Table("claim", "date", "at", *_HEADINGS.values(), "open", right=_HEADINGS.values())
    for row in encounters.iter_rows(named=True):
        named = (row["claim_id"], row["service_date"])
        for name in sides:
            why = row[f"{name}_why"] if row["moves"] else [_STAYS]
            marks = [str(reasons.setdefault(each, len(reasons) + 1)) for each in why]
            at = AT_WORDS[name]
            table.add_row(
                *named,
                f"{at} ({SITE_WORDS[row['site']]})" if name == AS_BILLED else at,
                *(money(row[f"{name}_{amount}"]) for amount in BOTH_SIDES),
                ", ".join(marks),
            )
            named = ("", "")
    yield table
    if reasons:
        yield words(*(f"{mark}  {each}" for each, mark in reasons.items()))


def _open(compared: SitesCompared) -> Table:
    """Show what keeps encounters from being compared, the commonest reasons first."""
    table = Table("at", "encounters", "because", right=("encounters",))
    for row in compared.open.head(_MOST_SHOWN).iter_rows(named=True):
        table.add_row(AT_WORDS[row["at"]], f"{row['encounters']:,}", row["why"])
    return table
