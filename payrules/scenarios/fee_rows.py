"""Whose fee a change of the schedules moves: a line of each kind of fee is looked up both ways."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from payrules.claims.modifiers import encode
from payrules.dated import on_any_day
from payrules.engine.own_factors import own_factor
from payrules.fees.amounts import attach_fees
from payrules.payers import Payer

if TYPE_CHECKING:  # the baseline keeps the fees of its lines
    from payrules.runs.setup import Setup

#: What the first step of a line's chain, and its release, are made of; whatever rule comes after.
_FIRST_STEP = (
    "fee_schedule_amount",
    "payment_limit",
    "unpriced",
    "release",
    "setting",
    "rarely_in_setting",
    "schedule_note",
)
#: A rule that ranks by relative values reads them then only.
_TOTAL_RVU = "total_rvu"


class FeeRows:
    """Which fee each line is paid by, so that fees under other schedules are looked up once each.

    The setups that are compared must change their fees on the same days as the one it is made with.
    """

    def __init__(self, lines: pl.DataFrame, setup: "Setup") -> None:
        self._height = lines.height
        self._setup = setup
        #: The fee of each of `_parts`' lines under that setup, by payer: kept, for every value that
        #: a solve tries is compared with it.
        self._own: dict[str, pl.DataFrame] = {}
        named = lines["payer"].str.to_lowercase().str.strip_chars()
        names = dict.fromkeys(setup.every_payer)
        own = setup.payer.name.strip().lower()
        of_line = named.replace_strict({name: name for name in names}, default=own)
        #: Payer, its lines, the fee of each of them, and a line that has each fee.
        self._parts: list[tuple[str, pl.Series, pl.Series, pl.DataFrame]] = []
        for name in of_line.unique().sort():
            rows = (of_line == name).arg_true()
            theirs = encode(lines[rows].rechunk())
            priced, fees = _attached(theirs, setup, name)
            fee_row = priced["fee_row"]
            row = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
            some = pl.zeros(fees.height, pl.UInt32, eager=True).scatter(fee_row, row)
            self._parts.append((name, rows, fee_row, theirs[some]))

    def moved(self, before: "Setup", after: "Setup") -> pl.Series:
        """Mark the lines of whose fee, or what else the schedule says of it, anything is other."""
        return self._marked(before, after, lambda _payer, differ, fee_row, _rows: (
            differ.select(pl.any_horizontal(pl.all())).to_series().gather(fee_row)
        ))  # fmt: skip

    def read(
        self, before: "Setup", after: "Setup", looked_at: Callable[[str], pl.Series]
    ) -> pl.Series:
        """Mark the lines whose pricing reads what is other.

        That is the first step of their chain, or a column that a rule reads which looks at the line
        (`looked_at` marks them by rule).
        """

        def by_rule(
            payer: Payer, differ: pl.DataFrame, fee_row: pl.Series, rows: pl.Series
        ) -> pl.Series:
            read = _any(differ, _FIRST_STEP).gather(fee_row)
            for rule in payer.rules:
                columns = [name for name in rule.reads if name in differ.columns]
                ranked_by = on_any_day(rule.terms.get("rank_by", "amount"))
                if "total_rvu" not in ranked_by and _TOTAL_RVU in columns:
                    columns.remove(_TOTAL_RVU)
                by_fee = _any(differ, columns)
                if by_fee.any():
                    read |= by_fee.gather(fee_row) & looked_at(rule.name).gather(rows)
            return read

        return self._marked(before, after, by_rule)

    def _marked(
        self,
        before: "Setup",
        after: "Setup",
        mark: Callable[[Payer, pl.DataFrame, pl.Series, pl.Series], pl.Series],
    ) -> pl.Series:
        marks = pl.repeat(value=False, n=self._height, dtype=pl.Boolean, eager=True)
        for name, rows, fee_row, some in self._parts:
            was, now = (self._fees(some, setup, name) for setup in (before, after))
            differ = was.select(
                was[column].ne_missing(now[column]).alias(column)
                for column in was.columns
                if column in now.columns
            )
            marked = rows.filter(mark(after.every_payer[name], differ, fee_row, rows))
            if len(marked):
                marks.scatter(marked, values=True)
        return marks

    def _fees(self, some: pl.DataFrame, setup: "Setup", payer: str) -> pl.DataFrame:
        if setup is not self._setup:
            return _fees(some, setup, payer)
        if payer not in self._own:
            self._own[payer] = _fees(some, setup, payer)
        return self._own[payer]


def _fees(lines: pl.DataFrame, setup: "Setup", payer: str) -> pl.DataFrame:
    """Give the fee of each line under a setup."""
    priced, fees = _attached(lines, setup, payer)
    return fees.drop("fee_row", "period")[priced["fee_row"]]


def _attached(lines: pl.DataFrame, setup: "Setup", name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give lines of a payer with their fees under a setup, as pricing does."""
    payer = setup.every_payer[name]
    return attach_fees(
        lines,
        setup.schedules_of(payer),
        release=setup.release_of(payer),
        dollars=payer.dollars,
        own_factor=own_factor(payer.rules),
        medicare_beside=payer.is_limited_by_medicare,
    )


def _any(differ: pl.DataFrame, columns: tuple[str, ...] | list[str]) -> pl.Series:
    none = pl.repeat(value=False, n=differ.height, dtype=pl.Boolean, eager=True)
    for name in columns:
        if name in differ.columns:
            none |= differ[name]
    return none
