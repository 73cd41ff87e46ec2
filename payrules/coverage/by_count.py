"""How often: sessions of a person's family and region in a window, counted in order of days.

A session counts only where coverage denied none of the counter's lines in it, so that what was
denied before decides what is counted now: days are gone through one after the other. A person whose
windows never hold as many sessions as a limit needs no such walk, and those are most.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl

from payrules.coverage.by_session import IN_ORDER, Met, flag
from payrules.coverage.findings import FOUND, in_words
from payrules.coverage.policy import Frequency, Window


@dataclass(frozen=True)
class Counter:
    """A limit of one policy on one region: `met` says whose, `limit` how often."""

    met: Met
    limit: Frequency
    region: str
    codes: tuple[str, ...]

    def counts(self) -> pl.Expr:
        """Say which lines it counts."""
        counted = pl.col("hcpcs_code").is_in(self.codes)
        if self.limit.with_modifier is not None:
            counted &= pl.col(flag(self.limit.with_modifier))
        if self.limit.without_modifier is not None:
            counted &= ~pl.col(flag(self.limit.without_modifier))
        return counted

    @property
    def words(self) -> str:
        """Say what it counts."""
        limit = self.limit
        kind = f", with {limit.with_modifier}" if limit.with_modifier else ""
        kind += f", without {limit.without_modifier}" if limit.without_modifier else ""
        return f"{in_words(limit.family)}, {in_words(self.region)}{kind}"


class Session(NamedTuple):
    """A day that a counter counted, and the first claim of it."""

    day: date
    claim: str

    @property
    def words(self) -> str:
        """Say which it is."""
        return f"{self.day} claim {self.claim}"


def counters_of(met: Met) -> Iterator[Counter]:
    """Give a policy's counters, one a limit and region."""
    for limit in met.policy.frequency:
        for family in met.policy.families:
            if family.name == limit.family:
                for region, codes in family.regions:
                    yield Counter(met, limit, region, codes)


def too_often(mets: Sequence[Met], denied: pl.Series) -> pl.DataFrame:
    """Find lines whose session comes too often, or too soon, by any of the policies.

    `denied` are rows that coverage denied before. What one policy denies no other counts.
    """
    counters = [each for met in mets for each in counters_of(met)]
    parts = []
    near = []
    for number, counter in enumerate(counters):
        persons = counter.met.judged.filter(counter.counts())["person"].unique()
        lines = counter.met.counted.filter(
            counter.counts(), pl.col("person").is_in(persons.implode())
        )
        if lines.height:
            near.append(_come_near(lines, counter.limit))
            parts.append((number, lines))
    troubled = pl.concat(near).unique() if near else pl.Series(dtype=pl.Int64)
    if troubled.is_empty():
        return pl.DataFrame(schema=FOUND)
    theirs = pl.col("person").is_in(troubled.implode())
    walked = [
        lines.filter(theirs)
        .select("person", *IN_ORDER, "row")
        .with_columns(
            counter=pl.lit(number, dtype=pl.UInt32),
            judged=pl.col("row").is_in(counters[number].met.judged["row"].implode()),
        )
        for number, lines in parts
    ]
    lines = (
        pl.concat(walked)
        .with_columns(denied=pl.col("row").is_in(denied.implode()).fill_null(value=False))
        .sort("person", *IN_ORDER, "counter", nulls_last=True)
    )
    return pl.DataFrame([*_walked(lines, counters)], schema=FOUND, orient="row")


def _come_near(lines: pl.DataFrame, limit: Frequency) -> pl.Series:
    """Give the persons of whom as many sessions as the limit could precede one in its window."""
    days = lines.select("person", "service_date").unique().sort("person", "service_date")
    found = []
    if limit.sessions is not None:
        before = pl.col("service_date").shift(limit.sessions)
        same = pl.col("person").shift(limit.sessions) == pl.col("person")
        within = _last_day(before, limit.window) >= pl.col("service_date")
        found.append(days.filter(same & within)["person"])
    if limit.least_days_between is not None:
        before = pl.col("service_date").shift(1)
        same = pl.col("person").shift(1) == pl.col("person")
        soon = before.dt.offset_by(f"{limit.least_days_between}d") > pl.col("service_date")
        found.append(days.filter(same & soon)["person"])
    return pl.concat(found).unique()


def _last_day(first: pl.Expr, window: Window) -> pl.Expr:
    """Give the day on which a window that a session opened ends: the first beyond, or the last."""
    if window.months:
        return first.dt.offset_by(f"{window.months}mo")
    if window.days:
        return first.dt.offset_by(f"{window.days}d")
    return first.dt.month_end().dt.replace(month=12, day=31)


def ends(first: date, window: Window) -> date | None:
    """Give the day on which a session stops to count; None for the calendar year.

    Decision: of 12 months the day one year later is outside, and so said on that day.
    """
    if window.months:
        years, month = divmod(first.month - 1 + window.months, 12)
        year, month = first.year + years, month + 1
        for day in range(first.day, first.day - 4, -1):
            try:
                return date(year, month, day)
            except ValueError:
                continue
    return date.fromordinal(first.toordinal() + window.days) if window.days else None


def _walked(lines: pl.DataFrame, counters: Sequence[Counter]) -> Iterator[tuple[Any, ...]]:
    """Go through the days of each person, and give what is found."""
    rows = lines.select(
        "person", "service_date", "claim_id", "row", "counter", "judged", "denied"
    ).iter_rows(named=True)
    for _, of_person in groupby(rows, key=lambda each: each["person"]):
        counted: dict[int, list[Session]] = defaultdict(list)
        for day, of_day in groupby(of_person, key=lambda each: each["service_date"]):
            today = [*of_day]
            yield from _of_day(day, today, counted, counters)


def _of_day(
    day: date,
    lines: Sequence[Mapping[str, Any]],
    counted: dict[int, list[Session]],
    counters: Sequence[Counter],
) -> Iterator[tuple[Any, ...]]:
    """Judge the lines of a day by the sessions before it, and count what stands of it."""
    gone = {each["row"] for each in lines if each["denied"]}
    for number in sorted({each["counter"] for each in lines}):
        counter = counters[number]
        limit, before = counter.limit, counted[number]
        ours = [
            each["row"]
            for each in lines
            if each["counter"] == number and each["judged"] and each["row"] not in gone
        ]
        if not ours:
            continue
        ended = [(each, ends(each.day, limit.window)) for each in before]
        within = [
            each
            for each, end in ended
            if (end > day if end is not None else each.day.year == day.year)
        ]
        on_the_day = [each for each, end in ended if end == day]
        policy = counter.met.number
        sessions = "; ".join(each.words for each in within)
        if limit.sessions is not None and len(within) >= limit.sessions:
            carc, rarc = counter.met.policy.denial("frequency")
            text = (
                f"over the frequency: {limit.sessions} sessions in {limit.window.words} of"
                f" {counter.words}"
            )
            for row in ours:
                yield row, policy, True, carc, rarc, text, sessions
            gone |= {*ours}
            continue
        if limit.sessions is not None and len(within) + len(on_the_day) >= limit.sessions:
            text = (
                f"the session of {on_the_day[0].day} is {limit.window.words} back to the day, and"
                " is not counted"
            )
            for row in ours:
                yield row, policy, False, None, None, text, sessions
        least = limit.least_days_between
        if least is not None and before and (day - before[-1].day).days < least:
            days = (day - before[-1].day).days
            text = (
                f"{days} day{'s' if days > 1 else ''} after the session of {before[-1].day}; the"
                f" policy asks for {least} between sessions of {counter.words}"
            )
            for row in ours:
                yield row, policy, False, None, None, text, before[-1].words
    for each in lines:
        if each["row"] is None or each["row"] not in gone:
            sessions_of = counted[each["counter"]]
            if not sessions_of or sessions_of[-1].day != day:
                sessions_of.append(Session(day, each["claim_id"]))
