"""The days of a batch that are priced alike: by one release, factor and edition of a schedule."""

from collections.abc import Sequence
from datetime import date

from payrules.fees.dollar_schedule import DollarSchedule
from payrules.frozen import frozen
from payrules.schedules import Release, Schedules


@frozen
class Period:
    """Dates that share a release, a conversion factor and an edition of a dollar schedule."""

    release: Release | None
    conversion_factor: int | None
    file_conversion_factor: int | None  # the one the OPPS-cap RVUs were made with
    day: date  # any day of the period


def periods_of(
    days: Sequence[date],
    qualifying: Sequence[bool],
    schedules: Schedules,
    named: str | None,
    dollars: DollarSchedule | None,
) -> tuple[list[Period], list[int]]:
    """Give the periods of a batch, and the number of the period of each day given."""
    always = schedules.named(named) if named else None
    breaks = dollars.breaks() if dollars else []
    numbered: dict[tuple[str | None, int | None, int | None, int], int] = {}
    periods: list[Period] = []
    period_of = []
    for day, is_qualifying in zip(days, qualifying, strict=True):
        # A payer whose schedule says everything takes nothing from a release, and names none.
        says_all = dollars is not None and dollars.own_indicators
        release = None if says_all else always or schedules.in_force(day)
        factor = release.conversion_factor(day, is_qualifying) if release else None
        in_file = release.cap_conversion_factor(day) if release else None
        edition = sum(first <= day for first in breaks)
        key = (
            release.name if release else None,
            factor.value if factor else None,
            in_file.value if in_file else None,
            edition,
        )
        if key not in numbered:
            numbered[key] = len(periods)
            periods.append(Period(release, key[1], key[2], day))
        period_of.append(numbered[key])
    return periods, period_of
