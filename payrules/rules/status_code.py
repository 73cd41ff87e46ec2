"""Status code: whether the physician fee schedule pays a code at all."""

import polars as pl

from payrules.rule import Adjustment, bundle, deny_noncovered, leave_off, refer, rule

STATUS = pl.col("status_code")


@rule(
    cites="CMS RVU file documentation, Attachment A, status code",
    effective="1992-01-01",
    kind="edit",
    reads=("status_code", "has_rvus"),
)
def status_code() -> Adjustment:
    """Only codes of status A, R, T (and J, anesthesia) can be paid by the fee schedule."""
    return Adjustment(
        among=STATUS.is_in(list("BCDEFGHIMNPRX")),
        outcomes=(
            refer(STATUS == "C", "status C: the contractor prices this code"),
            refer(
                (STATUS == "R") & ~pl.col("has_rvus"),
                "status R without RVUs: coverage is restricted and the contractor prices it",
            ),
            bundle(
                STATUS.is_in(["B", "P"]),
                pl.format("status {}: payment is always inside another service", "status_code"),
                carc="97",
            ),
            deny_noncovered(
                STATUS == "N", "status N: Medicare does not cover this service", carc="96"
            ),
            leave_off(
                STATUS != "R",
                pl.format("status {}: the physician fee schedule does not pay this code", STATUS),
            ),
        ),
    )
