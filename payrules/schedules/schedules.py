"""The releases and tables at hand: which serves a date of service, and what is not there."""

from collections.abc import Iterable
from copy import copy
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

import polars as pl

from payrules.counted import counted
from payrules.dated import StandIn
from payrules.errors import ScheduleError
from payrules.schedules.releases import PublishedTable, Release, publication
from payrules.schedules.table_kinds import OF_A_QUARTER, PRICING_KINDS, SELF_DATED, TABLE_KEYS


class Quarter(NamedTuple):
    """A quarter's file of drug payment limits, or of laboratory rates, at hand."""

    name: str
    first_day: date
    last_day: date
    is_whole: bool  # the starter's is a selection


class Schedules:
    """The releases and tables of edits at hand."""

    def __repr__(self) -> str:
        tables = dict.fromkeys(table.kind for table in self.tables)
        return f"Schedules({', '.join([*(each.name for each in self.releases), *tables])})"

    def __init__(self, releases: Iterable[Release], tables: Iterable[PublishedTable]) -> None:
        self.releases = tuple(sorted(releases, key=lambda release: (release.starter, release.name)))
        self.tables = tuple(sorted(tables, key=lambda table: (table.kind, table.published_for)))
        self._combined: dict[str, pl.DataFrame | None] = {}
        self._quarters: dict[str, tuple[Quarter, ...]] = {}
        # A batch has hundreds of days, and is priced more than once by a what-if.
        self._serving: dict[date, Release | None] = {}
        #: The releases that a contract names in place of those of the days, from a day on each.
        self._spans: tuple[tuple[date, Release | None], ...] = ()
        self._frozen: dict[tuple[tuple[date, Release | None], ...], Schedules] = {}

    def in_force(self, day: date) -> Release | None:
        """Give the release for a date of service; None if no release is of that year.

        CMS restates the whole calendar year each quarter, so a release serves its year. Decision:
        an imported release goes before the starter; among those, the latest published for a day
        up to the date of service, a correction (2025AR) before what it corrects; where none is
        that early, the earliest of that year, because it restates the year from January.
        """
        if day not in self._serving:
            self._serving[day] = self._serves(day)
        return self._serving[day]

    def _serves(self, day: date) -> Release | None:
        named = [release for first, release in self._spans if first <= day]
        if named and named[-1] is not None:
            return named[-1]
        of_year = [r for r in self.releases if r.effective_from <= day <= r.effective_to]
        eligible = [r for r in of_year if not r.starter] or of_year
        published = [release for release in eligible if release.published_for <= day]
        if published:
            return max(published, key=publication)
        if eligible:
            earliest = min(release.published_for for release in eligible)
            return max((r for r in eligible if r.published_for == earliest), key=publication)
        return None

    def frozen(self, spans: tuple[tuple[date, Release | None], ...]) -> "Schedules":
        """Give the same schedules with another release in force from each first day on.

        None: the release of each day. The same spans give the same schedules again.
        """
        if spans not in self._frozen:
            same = copy(self)  # of its own kind, with its tables
            same._spans, same._serving = spans, {}
            self._frozen[spans] = same
        return self._frozen[spans]

    @property
    def frozen_on(self) -> tuple[tuple[date, str | None], ...]:
        """The names of the releases that are in force by contract, each with its first day."""
        return tuple((first, each.name if each else None) for first, each in self._spans)

    def named(self, name: str) -> Release:
        """Give a release by its name; ScheduleError names those there are."""
        for release in self.releases:
            if release.name.lower() == name.lower():
                return release
        there_are = ", ".join(release.name for release in self.releases) or "none"
        raise ScheduleError(
            f"There is no release named '{name}'. There are: {there_are}. "
            "Import one with: payrules schedules import PATH"
        )

    def table(self, kind: str) -> pl.DataFrame | None:
        """Give the rows of all tables of a kind, dated; None when none is at hand."""
        if kind not in self._combined:
            self._combined[kind] = _combined(kind, self.tables_in_use(kind))
        return self._combined[kind]

    def rows_where(self, kind: str, holds: pl.Expr) -> pl.DataFrame | None:
        """Give the rows of `table` for which a condition on its key holds, without the others.

        A quarter of the pairs has millions of rows, and a batch or a page is about few: each file
        is filtered while it is read. What is of one key is in every quarter's rows or in none, so
        the quarters' rows join as those of whole tables do. ValueError for a condition that reads
        more than `TABLE_KEYS`.
        """
        if more := set(holds.meta.root_names()) - set(TABLE_KEYS[kind]):
            raise ValueError(f"{', '.join(sorted(more))} is not of the key of {kind}")
        # The starter's are short, and read whole anyway, to say what is at hand.
        if kind in self._combined or self.is_partial(kind):
            whole = self.table(kind)
            return None if whole is None else whole.filter(holds)
        return _combined(kind, self.tables_in_use(kind), holds)

    def first_day(self, kind: str) -> date | None:
        """Give the first day of which the tables of a kind have a row; None where there is none."""
        used = self.tables_in_use(kind)
        if kind in SELF_DATED and kind not in self._combined:
            # No row of theirs is left out but for one of the same first day.
            days = [table.stored.least("effective_from") for table in used]
            return min((day for day in days if day is not None), default=None)
        table = self.table(kind)
        first = None if table is None else table["effective_from"].min()
        return first if isinstance(first, date) else None

    def quarters(self, kind: str) -> tuple[Quarter, ...]:
        """Give the quarters at hand of a kind that prices the dates of its own quarter alone."""
        if kind not in self._quarters:
            rows, used = self.table(kind), self.tables_in_use(kind)
            found = []
            for table, later in zip_longest(used, used[1:]):
                assert rows is not None
                begins = pl.col("effective_from") >= table.published_for
                if later is not None:
                    begins &= pl.col("effective_from") < later.published_for
                last_day = rows.filter(begins)["effective_to"].max()
                if isinstance(last_day, date):
                    own = (table.published_for, last_day)
                    found.append(Quarter(table.name, *own, not table.starter))
            self._quarters[kind] = tuple(found)
        return self._quarters[kind]

    def is_partial(self, kind: str) -> bool:
        """Say whether the table in use is the starter's, which holds its own codes' rows only."""
        return any(table.starter for table in self.tables_in_use(kind))

    def starter_codes(self) -> pl.Series:
        """Give the codes that the built-in tables of edits are about."""
        held = [each.codes["hcpcs_code"] for each in self.releases if each.starter]
        return pl.concat(held).unique() if held else pl.Series(dtype=pl.String)

    def in_part(self, kind: str) -> str | None:
        """Say what of a table of edits is at hand where that is not the whole; None where it is.

        "451 codes" of the starter's, "parts 1 and 3 of 4" of the pairs.
        """
        used = self.tables_in_use(kind)
        if not used:
            return None
        if self.is_partial(kind):
            codes = _coded(kind, self.table(kind))
            return f"{counted(codes, 'code')}"
        lacking = next((each for each in reversed(used) if each.kind == "ptp" and each.lacks), None)
        return None if lacking is None else lacking.lacks

    def stand_ins(self, kind: str) -> tuple[StandIn, ...]:
        """Give the dates for which a quarter's own edits are not at hand, and those that serve.

        After the last quarter loaded; of a table whose rows have no days of their own, between
        two that do not follow each other as well.
        """
        used = self.tables_in_use(kind)
        found = []
        for table, later in zip_longest(used, used[1:]):
            after = _next_quarter(table.published_for)
            of = f"{table.published_for:%B %Y}"
            if later is None:
                found.append(StandIn(of, after))
            elif kind not in SELF_DATED and later.published_for > after:
                found.append(StandIn(of, after, later.published_for - timedelta(days=1)))
        return tuple(found)

    def table_sources(self) -> list[dict[str, Any]]:
        """Name the tables in use, for the run record."""
        return [
            {
                "kind": table.kind,
                "name": table.name,
                "published_for": table.published_for.isoformat(),
                "rows": table.rows,
                "sha256": table.stored.sha256,
                "cites": table.cites,
            }
            for kind in PRICING_KINDS
            for table in self.tables_in_use(kind)
        ]

    def zip_codes(self) -> pl.DataFrame | None:
        """Give the ZIP codes with their localities, and ZIP+4 codes where those are needed.

        One row a ZIP code (`plus_four` null) and one a ZIP+4 code; None when no table is at hand.
        """
        five, nine = self.table("zip"), self.table("zip9")
        if nine is None:
            return five
        if five is None:
            split = (pl.col("locality").n_unique() > 1).alias("plus_four_needed")
            five = nine.group_by("zip").agg(split, pl.col("locality", "state").first())
        further = nine.with_columns(pl.lit(value=False).alias("plus_four_needed"))
        return pl.concat([five, further], how="diagonal")

    def localities(self) -> frozenset[str]:
        """Give every locality key of every release, and `national`."""
        keys = {key for release in self.releases for key in release.localities["locality"]}
        return frozenset(keys | {"national"})

    def tables_in_use(self, kind: str) -> list[PublishedTable]:
        """Give the tables of a kind that count, in order of the day they are published for."""
        # The starter holds the few edits of its own codes: CMS's whole table replaces it.
        tables = [table for table in self.tables if table.kind == kind]
        imported = [table for table in tables if not table.starter]
        if kind in OF_A_QUARTER:
            replaced = {table.published_for for table in imported}
            return [t for t in tables if not t.starter or t.published_for not in replaced]
        return imported or tables


def _coded(kind: str, table: pl.DataFrame | None) -> int:
    """Count the codes that a table of edits is about."""
    if table is None:
        return 0
    columns = [name for name in TABLE_KEYS[kind] if name.endswith("code")]
    columns = columns[:1] if kind == "add_on" else columns
    return pl.concat([table[name].alias("code") for name in columns]).n_unique()


def _next_quarter(day: date) -> date:
    """Give the first day of the quarter after a day's."""
    month = 3 * ((day.month - 1) // 3) + 4
    return date(day.year + month // 13, month % 12, 1)


def _combined(
    kind: str, tables: list[PublishedTable], holds: pl.Expr | None = None
) -> pl.DataFrame | None:
    """Join the quarters of one table: what a later one no longer says ends where it begins.

    Rows that say themselves how long they are in force end only where a later file says so: CMS
    keeps what it deletes in the file, with its last day. `holds` chooses rows by their key.
    """
    combined: pl.DataFrame | None = None
    for table in tables:
        later = table.stored.read(holds)
        if combined is None or "effective_to" not in later.columns:  # the newest file stands
            combined = later
            continue
        last_day = table.published_for - timedelta(days=1)
        ended = pl.min_horizontal(pl.col("effective_to").fill_null(last_day), pl.lit(last_day))
        earlier = combined.join(later, on=TABLE_KEYS[kind], how="anti", nulls_equal=True)
        if kind in SELF_DATED:
            combined = pl.concat([earlier, later])
            continue
        earlier = earlier.with_columns(ended.alias("effective_to"))
        earlier = earlier.filter(pl.col("effective_from") <= pl.col("effective_to"))
        combined = pl.concat([earlier, later])
    return combined
