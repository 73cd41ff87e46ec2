"""The steps of facility lines, written from the amounts after each: what, how far, and by what.

Sources: Medicare Claims Processing Manual, chapter 14, §§40 to 40.8; 42 CFR 416.172 and 419.43.
"""

from collections.abc import Iterator

import polars as pl

from payrules.facility.sites import ASC, HOSPITAL
from payrules.frozen import frozen

#: The columns of the trail.
STEPS = ("row", "step", "rule", "before", "after", "cites", "detail")


@frozen
class Stage:
    """A step of a facility line's amount: the column of the amount after it, and its source."""

    rule: str
    column: str
    cites: str


_MANUAL = "CMS Pub. 100-04, ch. 14"
#: The steps of the amount of one unit at each site, in order.
STAGES = {
    ASC: (
        Stage("rate", "rate_amount", "CMS ASC addenda AA and BB"),
        Stage("wage_index", "wage_amount", f"42 CFR 416.172(c); {_MANUAL}, §40.2"),
        Stage("device_credit", "credit_amount", f"{_MANUAL}, §§40.4, 40.8"),
        Stage("terminated", "terminated_amount", f"{_MANUAL}, §40.4"),
        Stage("lesser_of_charge", "unit_amount", f"{_MANUAL}, §40"),
    ),
    HOSPITAL: (
        Stage("rate", "rate_amount", "CMS OPPS Addendum B"),
        Stage("wage_index", "wage_amount", "42 CFR 419.43(c)"),
        Stage("terminated", "terminated_amount", "42 CFR 419.44"),
    ),
}
_OFF_CAMPUS = Stage("off_campus", "amount", "42 CFR 419.48")
_DISCOUNT = {
    ASC: Stage("multiple_procedure", "discounted_amount", f"{_MANUAL}, §40.5"),
    HOSPITAL: Stage("multiple_procedure", "discounted_amount", "42 CFR 419.44(a)"),
}
_STATUS = {
    ASC: Stage("status", "amount", "CMS ASC addenda AA, BB and EE"),
    HOSPITAL: Stage("status", "amount", "CMS OPPS Addendum B"),
}


def facility_steps(priced: pl.DataFrame) -> pl.DataFrame:
    """Give the steps of priced facility lines, in order of line and step.

    Columns `STEPS`: row is the line's own; before and after are cents, of one unit
    up to the step `units`, which is there where a line has several. A step that changes nothing is
    left out, but for the first; where a line is not paid its status is its only step.
    """
    parts = [
        step
        for site in (ASC, HOSPITAL)
        for step in _steps(priced.filter(pl.col("site") == site), site)
    ]
    return (
        pl.concat(parts)
        .sort("row", "step")
        .with_columns(step=pl.int_range(1, pl.len() + 1).over("row"))
        .select(STEPS)
    )


def _steps(lines: pl.DataFrame, site: str) -> Iterator[pl.DataFrame]:
    is_priced = pl.col("status") == "priced"
    yield _step(lines.filter(~is_priced), 0, _STATUS[site], None, detail=pl.col("reason"))
    paid = lines.filter(is_priced).with_columns(_units=pl.col("full_units") + pl.col("half_units"))
    before = None
    for place, stage in enumerate(STAGES[site], 1):
        yield _step(paid, place, stage, before)
        before = stage.column
    whole = pl.col("unit_amount") * pl.col("_units")
    several = paid.filter(pl.col("_units") != 1).with_columns(_whole=whole)
    of_units = Stage("units", "_whole", "")
    said = pl.format("{} units or sides", "_units")
    yield _step(several, len(STAGES[site]) + 1, of_units, "unit_amount", detail=said)
    said = pl.format("{} in full, {} at half", "full_units", "half_units")
    last = len(STAGES[site]) + 2
    yield _step(paid.with_columns(_whole=whole), last, _DISCOUNT[site], "_whole", detail=said)
    yield _step(paid, last + 1, _OFF_CAMPUS, "discounted_amount", detail=pl.lit("PN"))


def _step(
    lines: pl.DataFrame,
    place: int,
    stage: Stage,
    before: str | None,
    *,
    detail: pl.Expr | None = None,
) -> pl.DataFrame:
    was = pl.lit(None, dtype=pl.Int64) if before is None else pl.col(before)
    steps = lines.select(
        "row",
        step=pl.lit(place),
        rule=pl.lit(stage.rule),
        before=was,
        after=pl.col(stage.column),
        cites=pl.lit(stage.cites),
        detail=pl.lit("") if detail is None else detail,
    )
    return steps if before is None else steps.filter(pl.col("before") != pl.col("after"))
