"""Global period: visits inside a procedure's global days are part of its payment."""

import polars as pl

from payrules.modifiers import ASSISTANT, billed_with
from payrules.rule import Adjustment, Tables, bundle, note, rule
from payrules.session import PRACTITIONER_PATIENT

DAYS = {"000": 0, "010": 10, "090": 90}
VISIT = (
    pl.col("hcpcs_code").str.contains(r"^[0-9]{5}$")
    & (
        pl.col("hcpcs_code").is_between(pl.lit("99202"), pl.lit("99499"))
        | pl.col("hcpcs_code").is_between(pl.lit("92002"), pl.lit("92014"))
    )
    & (pl.col("status_code") == "A")
)
PROCEDURE = pl.col("global_days").is_in(list(DAYS))
OPENS_A_WINDOW = PROCEDURE & ~billed_with("78", *ASSISTANT) & (pl.col("status_code") != "T")
DAY = pl.col("service_date")


def with_windows(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Join, to each line, the windows it stands in and what each asks of it.

    Windows are compared day by day, not line by line: a person has few days with procedures.
    """
    windows = (
        pool.filter(OPENS_A_WINDOW)
        .sort("line_order")
        .group_by(PRACTITIONER_PATIENT, "global_days", opened="service_date")
        .agg(claim=pl.col("claim_id").first(), line=pl.col("claim_line_number").first())
        .with_columns(_days=pl.col("global_days").replace_strict(DAYS, return_dtype=pl.Int64))
    )
    days = pool.select(PRACTITIONER_PATIENT, "service_date").unique()
    since = (DAY - pl.col("opened")).dt.total_days()
    before = pl.when(pl.col("global_days") == "090").then(-1).otherwise(0)
    standing = (
        days.join(windows, on=PRACTITIONER_PATIENT)
        .with_columns(_since=since)
        .filter(pl.col("_since").is_between(before, pl.col("_days")))
        .with_columns(
            _asks=pl.when(pl.col("_since") < 0)
            .then(pl.lit("before"))
            .when(pl.col("_since") > 0)
            .then(pl.lit("after"))
            .when(pl.col("global_days") == "090")
            .then(pl.lit("day_of_major"))
            .otherwise(pl.lit("day_of_minor")),
            _window=pl.format(
                "in the global period of claim {} line {}, {} days from {}",
                "claim",
                "line",
                "global_days",
                "opened",
            ),
        )
        .sort("opened", "global_days")
        .group_by(PRACTITIONER_PATIENT, "service_date")
        .agg(
            pl.col("_window").filter(pl.col("_asks") == asked).first().alias(asked)
            for asked in ("before", "day_of_minor", "day_of_major", "after")
        )
    )
    return pool.join(standing, on=[PRACTITIONER_PATIENT, "service_date"])


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40, §40.1, §40.2",
    effective="1992-01-01",
    kind="edit",
    reads=(
        "hcpcs_code",
        "status_code",
        "global_days",
        "modifiers",
        "service_date",
        "claim_id",
        "claim_line_number",
        "line_order",
        PRACTITIONER_PATIENT,
    ),
)
def global_period() -> Adjustment:
    """Visits in a procedure's global period are bundled unless a modifier sets them apart."""
    before, minor, major, after = (
        pl.col(name) for name in ("before", "day_of_minor", "day_of_major", "after")
    )
    unmet = pl.coalesce(
        pl.when(~billed_with("57")).then(before),
        pl.when(~billed_with("57", "25")).then(major),
        pl.when(~billed_with("25")).then(minor),
        pl.when(~billed_with("24")).then(after),
    )
    return Adjustment(
        among=PROCEDURE | VISIT,
        pool=PRACTITIONER_PATIENT,
        triggers=OPENS_A_WINDOW,
        facts=(with_windows,),
        outcomes=(
            bundle(VISIT & ~billed_with("FT") & unmet.is_not_null(), unmet, carc="97", rarc="M144"),
        ),
        notes=(
            note(
                PROCEDURE & ~VISIT & ~billed_with("58", "78", "79") & after.is_not_null(),
                pl.concat_str(after, pl.lit(" without modifier 58, 78 or 79")),
            ),
        ),
    )
