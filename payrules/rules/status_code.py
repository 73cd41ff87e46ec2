"""Status code: whether the physician fee schedule pays a code at all."""

import polars as pl

from payrules.engine.rule import Adjustment, bundle, deny_noncovered, leave_off, refer, rule

STATUS, CODE = pl.col("status_code"), pl.col("hcpcs_code")
CONSULTATIONS = (("99242", "99245"), ("99252", "99255"))
PROLONGED = ("99417", "99418")
#: Codes that Medicare replaces by others, and what to bill.
INSTEAD = (
    pl.when(pl.any_horizontal(CODE.is_between(pl.lit(a), pl.lit(b)) for a, b in CONSULTATIONS))
    .then(pl.lit("; bill the visit code; AI on the admitting physician's first hospital visit"))
    .when(CODE.is_in(PROLONGED))
    .then(
        pl.lit(
            "; Medicare's prolonged visits are G2212 (with 99205, 99215, 99483), G0316 (99223,"
            " 99233, 99236), G0317 (99306, 99310) and G0318 (99345, 99350)"
        )
    )
    .otherwise(pl.lit(""))
)


@rule(
    cites="CMS RVU file documentation, Attachment A, status code; Pub. 100-04, ch. 12, §30.6.10",
    effective="1992-01-01",
    kind="edit",
    reads=("status_code", "has_rvus", "hcpcs_code"),
)
def status_code() -> Adjustment:
    """Only codes of status A, R, T (and J, anesthesia) can be paid by the fee schedule."""
    return Adjustment(
        among=STATUS.is_in(list("BCDEFGHIMNPRX")),
        outcomes=(
            refer(STATUS == "C", "status C: contractor-priced"),
            refer(
                (STATUS == "R") & ~pl.col("has_rvus"),
                "status R without RVUs: restricted coverage, contractor-priced",
            ),
            bundle(
                STATUS.is_in(["B", "P"]),
                pl.format(
                    "status {}: payment is always bundled into another service", "status_code"
                ),
                carc="97",
            ),
            deny_noncovered(
                STATUS == "N",
                "Medicare's status N: Medicare does not cover this service",
                carc="96",
            ),
            leave_off(
                STATUS != "R",
                pl.format(
                    "status {}: the physician fee schedule does not pay this code{}",
                    STATUS,
                    pl.when(STATUS == "I").then(INSTEAD).otherwise(pl.lit("")),
                ),
            ),
        ),
    )
