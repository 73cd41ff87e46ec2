"""Global period: visits inside a procedure's global days are part of its payment."""

import polars as pl

from payrules.claims.modifiers import ASSISTANT, billed_with
from payrules.engine.global_surgery import (
    ASSUMED,
    BEFORE_ONLY,
    BILLED,
    CARE_ONLY,
    COUNTED,
    DATES,
    RELINQUISHED,
    days_of_care,
)
from payrules.engine.rule import Adjustment, Hints, Tables, bundle, note, rule
from payrules.engine.session import PRACTITIONER_DAY, PRACTITIONER_PATIENT
from payrules.few import at_hand, worked_out

VISIT = (
    pl.col("hcpcs_code").str.contains(r"^[0-9]{5}$")
    & (
        pl.col("hcpcs_code").is_between(pl.lit("99202"), pl.lit("99499"))
        | pl.col("hcpcs_code").is_between(pl.lit("92002"), pl.lit("92014"))
    )
    & (pl.col("status_code") == "A")
)
PROCEDURE = pl.col("global_days").is_in(list(COUNTED))
IS_VISIT, IS_PROCEDURE = pl.col("_is_visit"), pl.col("_is_procedure")
OPENS_A_WINDOW = pl.col("_may_open"), ~billed_with("78", *ASSISTANT) & ~BEFORE_ONLY
DAY = pl.col("service_date")
#: What a window asks of a line: on the day before, on its own day, or after it.
SINCE, MAJOR = pl.col("_since"), pl.col("global_days") == "090"
ASKS = {
    "before": SINCE < 0,
    "day_of_major": (SINCE == 0) & MAJOR,
    "day_of_minor": (SINCE == 0) & ~MAJOR,
    "after": SINCE > 0,
}


def first_and_last_day(*, of_care: bool = True) -> tuple[pl.Expr, pl.Expr]:
    """Give the days after the operation between which a procedure's window stands, both included.

    Of the care alone (55 without 54) they are the days it bills: the last of the global period,
    or those between the dates on which care was assumed and relinquished; not `of_care`, no line
    is such care.
    """
    days = pl.col("global_days").replace_strict(COUNTED, return_dtype=pl.Int64)
    begins = pl.when(MAJOR).then(-1).otherwise(0)
    if not of_care:
        return begins, days
    last = pl.coalesce(RELINQUISHED, days)
    # Relinquished alone ends the days billed; how many they are stands on the line, or is unknown.
    from_end = pl.when(BILLED.is_null()).then(1)
    first = pl.coalesce(ASSUMED, from_end, last - days_of_care() + 1)
    nothing_billed = (days_of_care() == 0) & ASSUMED.is_null() & RELINQUISHED.is_null()
    return (
        pl.when(CARE_ONLY).then(pl.max_horizontal(first, 1)).otherwise(begins),
        pl.when(~CARE_ONLY)
        .then(days)
        .when(~nothing_billed)
        .then(pl.min_horizontal(last, days))
        .otherwise(0),
    )


def in_windows(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Give the lines that a window holds and no modifier sets apart, with the first such window.

    Windows are compared day by day, not line by line: a person has few days with procedures.
    On one day a window asks something of visits alone.
    """
    lines = at_hand(pool)
    days = lines.select(PRACTITIONER_PATIENT, PRACTITIONER_DAY, DAY).unique(PRACTITIONER_DAY)
    patients = days[PRACTITIONER_PATIENT]
    on_several_days = patients.filter(patients.is_duplicated())
    visited = lines.filter(IS_VISIT)[PRACTITIONER_PATIENT]
    near = pl.col(PRACTITIONER_PATIENT).is_in(pl.concat([on_several_days, visited]).implode())
    near_lines = lines.filter(near)
    opening = near_lines.filter(OPENS_A_WINDOW)
    if lines.height and not opening.height:
        return lines.clear().lazy()
    of_care = not opening.height or opening.select(CARE_ONLY).to_series().any()
    first, last = first_and_last_day(of_care=of_care)
    opened = (
        opening.lazy()
        .with_columns(_first=first, _last=last)
        .sort("line_order")
        .group_by(PRACTITIONER_DAY, "global_days", "_first", "_last")
        .agg(
            pl.col(PRACTITIONER_PATIENT).first(),
            opened=DAY.first(),
            claim=pl.col("claim_id").first(),
            line=pl.col("claim_line_number").first(),
        )
        .sort("opened", "global_days", "_first", "_last")
        .with_row_index("_window")
    )
    windows = worked_out(opened, opening).lazy()
    standing = (
        days.lazy()
        .filter(near)
        .join(windows.drop(PRACTITIONER_DAY, "claim", "line"), on=PRACTITIONER_PATIENT)
        .with_columns(_since=(DAY - pl.col("opened")).dt.total_days())
        .filter(SINCE.is_between("_first", "_last"))
        .group_by(PRACTITIONER_DAY)
        .agg(pl.col("_window").filter(asked).min().alias(name) for name, asked in ASKS.items())
    )
    before, major, minor, after = (pl.col(name) for name in ASKS)
    of_visit = pl.coalesce(
        pl.when(~billed_with("57")).then(before),
        pl.when(~billed_with("57", "25")).then(major),
        pl.when(~billed_with("25")).then(minor),
        pl.when(~billed_with("24")).then(after),
    )
    unmet = (
        pl.when(IS_VISIT & ~billed_with("FT"))
        .then(of_visit)
        .when(~IS_VISIT & ~billed_with("58", "78", "79"))
        .then(after)
    )
    return (
        near_lines.lazy()
        .join(standing, on=PRACTITIONER_DAY)
        .with_columns(_window=unmet)
        .join(
            windows.select("_window", "opened", "claim", "line", days="global_days"),
            on="_window",
        )
    )


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40, §40.1, §40.2",
    effective="1992-01-01",
    kind="edit",
    reads=(
        "hcpcs_code",
        "status_code",
        "global_days",
        "modifiers",
        *DATES,
        "claim_id",
        "claim_line_number",
        "postoperative_days",
        "units_thousandths",
        "line_order",
        PRACTITIONER_DAY,
        PRACTITIONER_PATIENT,
    ),
)
def global_period() -> Adjustment:
    """Visits in a procedure's global period are bundled unless a modifier sets them apart.

    Decision: who has only the care after an operation (55 without 54) bundles the visits of those
    days, never one of the day of surgery or before; of two dates of care each stands for its own
    end, and where care was only relinquished the days billed end on that date.
    """
    window = pl.format(
        "in the global period of claim {} line {}, {} days from {}",
        "claim",
        "line",
        "days",
        "opened",
    )
    return Adjustment(
        marks={
            "_is_visit": VISIT,
            "_is_procedure": PROCEDURE,
            "_may_open": PROCEDURE & (pl.col("status_code") != "T"),
        },
        among=IS_PROCEDURE | IS_VISIT,
        pool=PRACTITIONER_PATIENT,
        hints=Hints(triggers=OPENS_A_WINDOW),
        facts=(in_windows,),
        outcomes=(bundle(IS_VISIT, window, carc="97", rarc="M144"),),
        notes=(
            note(
                ~IS_VISIT,
                pl.concat_str(window, pl.lit(" without modifier 58, 78 or 79")),
            ),
        ),
    )
