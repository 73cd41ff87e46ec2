"""Which release and which tables serve which dates of service, and where the gaps are."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from payrules.frozen import frozen
from payrules.schedules.releases import PublishedTable
from payrules.schedules.schedules import Schedules

_A_DAY = timedelta(days=1)


@frozen
class Span:
    """Dates of service that one release or table serves; `name` None is a gap.

    `last_day` None: from then on. `stands_in_for` names the quarters of the span whose own
    release is not in the store ("2025A"), which CMS's restating of the year lets this one serve.
    """

    first_day: date
    last_day: date | None
    name: str | None
    conversion_factors: tuple[str, ...] = ()
    stands_in_for: tuple[str, ...] = ()


def dates_served(schedules: Schedules) -> list[Span]:
    """Give the spans of the releases, gaps between them included, from first day to last."""
    releases = schedules.releases
    if not releases:
        return []
    first = min(release.effective_from for release in releases)
    after = max(release.effective_to for release in releases) + _A_DAY
    breaks = {first, after, *_quarters(first, after)}
    for release in releases:
        breaks |= {release.effective_from, release.published_for, release.effective_to + _A_DAY}
        breaks |= {factor.effective_from for factor in release.conversion_factors}
    days = sorted(day for day in breaks if first <= day <= after)
    return _joined(_span(schedules, begin, end - _A_DAY) for begin, end in pairwise(days))


def _span(schedules: Schedules, first_day: date, last_day: date) -> Span:
    release = schedules.in_force(first_day)
    if release is None:
        return Span(first_day, last_day, None)
    factors = tuple(
        f"{factor} qualifying APM" if factor.qualifying_apm else str(factor)
        for factor in sorted(
            {release.conversion_factor(first_day, apm) for apm in (False, True)},
            key=lambda factor: factor.qualifying_apm,
        )
    )
    own = release.starter or _quarter(release.published_for) == _quarter(first_day)
    standing_in = () if own else (_quarter(first_day),)
    return Span(first_day, last_day, release.name, factors, standing_in)


def _joined(spans: Iterator[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        alike = last and (last.name, last.conversion_factors) == (
            span.name,
            span.conversion_factors,
        )
        if last and alike and bool(last.stands_in_for) == bool(span.stands_in_for):
            quarters = tuple(dict.fromkeys((*last.stands_in_for, *span.stands_in_for)))
            joined[-1] = replace(last, last_day=span.last_day, stands_in_for=quarters)
        else:
            joined.append(span)
    return joined


def _quarters(first: date, after: date) -> Iterator[date]:
    return (
        date(year, month, 1)
        for year in range(first.year, after.year + 1)
        for month in (1, 4, 7, 10)
        if first <= date(year, month, 1) < after
    )


def _quarter(day: date) -> str:
    return f"{day.year}{'ABCD'[(day.month - 1) // 3]}"


def tables_by_date(schedules: Schedules) -> dict[str, list[Span]]:
    """Give the spans of each kind of table: every one begins with its quarter, or is dated inside.

    A table with dates of its own (PTP, add-on codes) restates the years before it too.
    """
    kinds = dict.fromkeys(table.kind for table in schedules.tables)
    return {kind: _of_kind(schedules.tables_in_use(kind)) for kind in kinds}


def _of_kind(tables: list[PublishedTable]) -> list[Span]:
    spans = [Span(table.published_for, None, table.name) for table in tables]
    for at, (earlier, later) in enumerate(pairwise(spans)):
        spans[at] = replace(earlier, last_day=later.first_day - _A_DAY)
    return spans
