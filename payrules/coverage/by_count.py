"""How often: sessions of a person's family and region in a window, counted in order of days.

A session counts only where coverage left a line of the counter in it, and an add-on is none where
it left no primary of the region beside it: it is denied with its primary. So what was denied before
decides what is counted now: days are gone through one after the other. A person whose
windows never hold as many sessions as a limit needs no such walk, and those are most.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import polars as pl

from payrules.counted import counted
from payrules.coverage.findings import Finding, Findings, in_words
from payrules.coverage.lines import IN_ORDER, Lines
from payrules.coverage.met import Met
from payrules.coverage.policy import Frequency, Window
from payrules.frozen import frozen

_MOST_DAYS_OF_A_MONTH, _MOST_DAYS_OF_A_YEAR = 31, 366


@frozen
class Counter:
    """A limit of one policy on one region: `met` says whose, `limit` how often."""

    met: Met
    limit: Frequency
    region: str
    codes: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say what it counts."""
        limit = self.limit
        kind = f", with {limit.with_modifier}" if limit.with_modifier else ""
        kind += f", without {limit.without_modifier}" if limit.without_modifier else ""
        region = f", {in_words(self.region)}" if self.region != limit.family else ""
        return f"{in_words(limit.family)}{region}{kind}"


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


def counts(met: Met, limit: Frequency, codes: Sequence[str]) -> pl.Series:
    """Mark the places that a limit on some codes counts."""
    counted = met.lines.counts & met.lines.of(codes)
    if limit.with_modifier is not None:
        counted &= met.lines.has(limit.with_modifier)
    if limit.without_modifier is not None:
        counted &= ~met.lines.has(limit.without_modifier)
    return counted


def too_often(mets: Sequence[Met], lines: Lines, found: Findings) -> None:
    """Find lines whose session comes too often, or too soon, by any of the policies.

    What one policy denies no other counts.
    """
    counters = [each for met in mets for each in counters_of(met)]
    standing = ~found.denied
    places = _near(lines, standing, counters)
    near: list[pl.Series] = []
    parts: list[tuple[int, pl.DataFrame]] = []
    for number, counter in enumerate(counters if len(places) else ()):
        counted = counts(counter.met, counter.limit, counter.codes)
        here = lines.at(places.filter(counted[places]), "person", "service_date")
        persons = here["person"].filter(counter.met.judged[here["place"]]).unique()
        here = here.filter(pl.col("person").is_in(persons.implode()))
        if here.height:
            near.append(_come_near(here, counter.limit))
            parts.append((number, here))
    troubled = pl.concat(near).unique() if near else pl.Series(dtype=pl.Int64)
    if troubled.is_empty():
        return
    walked = [
        pl.DataFrame({"place": here, "judged": counters[number].met.judged[here]}).with_columns(
            counter=pl.lit(number, dtype=pl.UInt32)
        )
        for number, of_counter in parts
        for here in [of_counter["place"].filter(of_counter["person"].is_in(troubled.implode()))]
    ]
    found.add_each([*_walked(lines, pl.concat(walked), counters)])


def _near(lines: Lines, standing: pl.Series, counters: Sequence[Counter]) -> pl.Series:
    """Give the places of persons who might have too many sessions of a kind, or too soon.

    In the order of persons and days. Told by their days alone, whatever was done: no policy finds
    anything of the others.
    """
    most = [
        (each.limit.sessions, _most_days(each.limit.window))
        for each in counters
        if each.limit.sessions is not None
    ]
    most += [
        (1, each.limit.least_days_between - 1)
        for each in counters
        if each.limit.least_days_between is not None
    ]
    codes = {code for each in counters for code in each.codes}
    places = (lines.counts & standing & lines.of(codes)).arg_true()
    sessions = lines.session[places]
    days = sessions.unique().sort()
    person, day = days // lines.span, days % lines.span
    near = person.clear()
    for before, within in {
        before: max(within for each, within in most if each == before) for before, _ in most
    }.items():
        soon = (person == person.shift(before)) & (day - day.shift(before) <= within)
        near = near.append(person.filter(soon.fill_null(value=False)))
    if near.is_empty():
        return places.clear()
    theirs = (sessions // lines.span).is_in(near.unique().implode())
    return places.filter(theirs)[sessions.filter(theirs).arg_sort()]


def _most_days(window: Window) -> int:
    """Give a number of days that no window of a kind is longer than."""
    if window.months:
        return window.months * _MOST_DAYS_OF_A_MONTH
    return window.days or _MOST_DAYS_OF_A_YEAR


def _come_near(lines: pl.DataFrame, limit: Frequency) -> pl.Series:
    """Give the persons of whom as many sessions as the limit could precede one in its window.

    Lines are in the order of persons and days.
    """
    again = [pl.col(each) == pl.col(each).shift(1) for each in ("person", "service_date")]
    days = lines.filter(~pl.all_horizontal(again).fill_null(value=False))
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


def _walked(
    lines: Lines, counted: pl.DataFrame, counters: Sequence[Counter]
) -> Iterator[tuple[int, Finding]]:
    """Go through the days of each person, and give what is found of which place."""
    known = lines.at(counted["place"], "person", "service_date", *IN_ORDER).drop("place")
    rows = (
        counted.hstack(known)
        .with_columns(add_on=lines.add_on[counted["place"]])
        .sort("person", "service_date", *IN_ORDER, "counter", maintain_order=True)
        .select("person", "service_date", "claim_id", "place", "counter", "judged", "add_on")
        .iter_rows()
    )
    for _, of_person in groupby(rows, key=itemgetter(0)):
        sessions: dict[int, list[Session]] = defaultdict(list)
        for day, of_day in groupby(of_person, key=itemgetter(1)):
            today = [Row(*each) for _, _, *each in of_day]
            yield from _of_day(day, today, sessions, counters)


class Row(NamedTuple):
    """A line that a counter counts, or history."""

    claim: str
    place: int
    counter: int
    judged: bool
    add_on: bool


def _of_day(
    day: date,
    lines: Sequence[Row],
    counted: dict[int, list[Session]],
    counters: Sequence[Counter],
) -> Iterator[tuple[int, Finding]]:
    """Judge the lines of a day by the sessions before it, and count what stands of it."""
    gone = set[int]()
    for number in sorted({each.counter for each in lines}):
        before = counted[number]
        ours = [
            each.place
            for each in lines
            if each.counter == number and each.judged and each.place not in gone
        ]
        if not ours:
            continue
        for one in _of_counter(day, before, counters[number]):
            yield from ((place, one) for place in ours)
            if one.denies:
                gone |= {*ours}
    standing = [each for each in lines if each.place not in gone]
    with_primary = {counters[each.counter].codes for each in standing if not each.add_on}
    for each in standing:
        if not each.add_on or counters[each.counter].codes in with_primary:
            sessions = counted[each.counter]
            if not sessions or sessions[-1].day != day:
                sessions.append(Session(day, each.claim))


def _of_counter(day: date, before: Sequence[Session], counter: Counter) -> Iterator[Finding]:
    """Find what a counter says of a session on a day, by the sessions that it counted before."""
    limit, policy = counter.limit, counter.met.number
    ended = [(each, ends(each.day, limit.window)) for each in before]
    within = [
        each for each, end in ended if (end > day if end is not None else each.day.year == day.year)
    ]
    on_the_day = [each for each, end in ended if end == day]
    sessions = tuple(each.words for each in within)
    if limit.sessions is not None and len(within) >= limit.sessions:
        text = (
            f"over the frequency: {counted(limit.sessions, 'session')} in {limit.window.words} of"
            f" {counter.words}"
        )
        yield Finding(policy, text, counter.met.policy.denial("frequency"), sessions)
        return
    if limit.sessions is not None and len(within) + len(on_the_day) >= limit.sessions:
        text = (
            f"the session of {on_the_day[0].day} is {limit.window.words} back to the day, and"
            " is not counted"
        )
        yield Finding(policy, text, sessions=sessions)
    least = limit.least_days_between
    if least is not None and before and (day - before[-1].day).days < least:
        days = (day - before[-1].day).days
        text = (
            f"{days} day{'s' if days > 1 else ''} after the session of {before[-1].day}; the"
            f" policy asks for {least} between sessions of {counter.words}"
        )
        yield Finding(policy, text, sessions=(before[-1].words,))
