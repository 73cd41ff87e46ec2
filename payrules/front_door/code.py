"""What the fee schedules know of one code."""

# `help()` then shows the names of types, not all that they stand for.
from __future__ import annotations

from datetime import date

from payrules.claims.code_counts import codes_of
from payrules.claims.in_memory import Claims
from payrules.code_page import CodePage, code_page
from payrules.front_door.terms import (
    FeeSchedules,
    Policies,
    a_day,
    checked_text,
    find_policy_files,
    find_schedules,
)


def code(
    code: str,
    day: date | str | None = None,
    *,
    locality: str = "national",
    release: str | None = None,
    history: bool = False,
    practice: Claims | None = None,
    coverage: Policies | None = None,
    schedules: FeeSchedules | None = None,
) -> CodePage:
    """Look a HCPCS code up: its indicators, amounts, edits, sites of service and modifiers.

    `day`        the date of service, as a date or "2025-10-07"; else the newest release's own day
    `locality`   "01112-05", "IL Chicago" or "national"
    `release`    looks in this release, whatever the day
    `history`    adds what changed of the code over the releases there are
    `practice`   a batch: pairs with its codes come first, the most billed before others
    `coverage`   files or folders of coverage policies; else the examples that come with payrules
    `schedules`  a folder of releases, or what `load_schedules` gives; else the starter and your own

    Raises UsageError for a code, day or locality that the schedules do not hold, CoverageError
    for a policy file that cannot be read.
    """
    for name, given in (("code", code), ("locality", locality), ("release", release)):
        checked_text(name, given)
    return code_page(
        code,
        find_schedules(schedules),
        day=a_day(day),
        locality=locality,
        release=release,
        history=history,
        own=None if practice is None else codes_of(practice),
        coverage=find_policy_files(coverage),
    )
