"""Many codes in one table: several, ranges (64490-64495) and patterns (6449*)."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import polars as pl

from payrules.code_page.limits import Limit, limits_on
from payrules.code_page.page import chosen_locality, chosen_release, unknown_code
from payrules.code_page.relations import Relation, among
from payrules.code_ranges import holds
from payrules.errors import UsageError
from payrules.fees.diff import with_amounts
from payrules.fees.other_schedules import DRUGS, LABORATORY
from payrules.locality import NATIONAL
from payrules.money import dollars_text
from payrules.schedules import Release, Schedules

#: Of more codes than these nobody reads every two.
_MOST_RELATED = 30
_RANGE = re.compile(r"([0-9A-Z]{5})(?:-|\.\.)([0-9A-Z]{5})")


def is_list(asked: Sequence[str]) -> bool:
    """Say whether what was asked for is more than one code."""
    return len(asked) > 1 or any("*" in each or _RANGE.fullmatch(each.upper()) for each in asked)


def find_codes(
    asked: Sequence[str],
    release: Release,
    schedules: Schedules | None = None,
    *,
    may_be_empty: bool = False,
) -> tuple[list[str], list[str]]:
    """Give the codes of a release that are asked for, each once, in the order asked.

    With `schedules` those of drugs and laboratory tests count, too, which a release need not hold.

    A range takes codes that end as its own do: 64490-64495 no 0213T. What finds none is a sentence
    of the second list, and the others are found all the same; UsageError where nothing is found,
    unless that `may_be_empty`.
    """
    held = sorted({*release.codes["hcpcs_code"], *codes_with_limits(schedules)})
    found: dict[str, None] = {}
    failed: dict[str, None] = {}
    for each in asked:
        text = each.strip().upper()
        bounds = _RANGE.fullmatch(text)
        if bounds:
            first, last = bounds.groups()
            matches = [code for code in held if holds((first, last), code)]
        else:
            matches = [code for code in held if fnmatchcase(code, text)]
        if not matches:
            failed[unknown_code(text, release, ())] = None
        found |= dict.fromkeys(matches)
    if not found and not may_be_empty:
        raise UsageError(next(iter(failed)))
    return list(found), list(failed)


def codes_with_limits(schedules: Schedules | None) -> set[str]:
    """Give the codes that a file of drug payment limits or laboratory rates at hand lists."""
    tables = [schedules.table(kind) for kind in (DRUGS, LABORATORY)] if schedules else []
    return {code for table in tables if table is not None for code in table["hcpcs_code"].unique()}


def _of_limit(limit: Limit) -> dict[str, Any]:
    """Give a limit as JSON takes it."""
    days = {name: getattr(limit, name).isoformat() for name in ("first_day", "last_day")}
    return asdict(limit) | days


def code_list(
    asked: Sequence[str],
    schedules: Schedules,
    *,
    day: date | None = None,
    locality: str = NATIONAL,
    release: str | None = None,
    may_be_empty: bool = False,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Give what the codes were looked up in, and one row a code and modifier, amounts as text.

    Of the first, `limits` has what drugs and laboratory tests are paid on the day, `relations` what
    the tables say of each two of the codes, and `not_found` says
    in sentences what of `asked` is no code; UsageError where nothing is one.
    """
    chosen, day = chosen_release(schedules, day, release)
    locality = chosen_locality(locality, chosen, schedules)
    codes, not_found = find_codes(asked, chosen, schedules, may_be_empty=may_be_empty)
    order = pl.DataFrame({"hcpcs_code": codes}, schema={"hcpcs_code": pl.String}).with_row_index(
        "_order"
    )
    rows = (
        with_amounts(chosen, locality, chosen.conversion_factor(day).value)
        .join(order, on="hcpcs_code")
        .sort("_order", "modifier")
        .select(
            "hcpcs_code",
            "modifier",
            "label",
            "status_code",
            "global_days",
            "pctc_indicator",
            "multiple_procedure_indicator",
            "bilateral_indicator",
            "assistant_indicator",
            "nonfacility_na",
            "facility_na",
            *(
                dollars_text(pl.col(f"{setting}_amount")).alias(f"{setting}_amount")
                for setting in ("nonfacility", "facility")
            ),
        )
    )
    related: list[Relation] = []
    remarks: list[str] = []
    if len(codes) <= _MOST_RELATED:
        related = among(codes, chosen, schedules, day)
    else:
        remarks.append(
            f"What they are to each other is said of {_MOST_RELATED} codes at most, not of "
            f"{len(codes):,}."
        )
    limits, outside = limits_on(codes, schedules, day)
    remarks += outside
    looked_up = {
        "release": chosen.name,
        "day": day.isoformat(),
        "locality": locality,
        "conversion_factor": str(chosen.conversion_factor(day)),
        "not_found": not_found,
        "limits": [_of_limit(each) for each in limits],
        "relations": [asdict(each) for each in related],
        "remarks": remarks,
    }
    return looked_up, rows.to_dicts()
