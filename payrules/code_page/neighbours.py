"""What stands beside a code: add-ons and primaries, edits, its endoscopy family."""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from payrules.code_page.indicators import (
    ADD_ON_TYPE,
    MUE_ADJUDICATION,
    PAIR_MODIFIER,
)
from payrules.dated import in_force
from payrules.frozen import frozen
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


@frozen
class Link:
    """A code that this one is added to, or that is added to this one."""

    code: str
    label: str
    add_on_type: str
    meaning: str


@frozen
class Unlikely:
    """The most units of a code that are likely, and how they are counted."""

    units: int
    indicator: str
    meaning: str


@frozen
class Pair:
    """An NCCI pair: column 1 is paid, column 2 is not, unless the modifier indicator lets both."""

    column_1: str
    column_2: str
    indicator: str
    meaning: str


@frozen
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
