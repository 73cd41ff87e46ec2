"""Schedule: who prices a line, where it is not the physician fee schedule."""

import polars as pl

from payrules.engine.rule import Adjustment, leave_off, note, refer, rule

BY_CONTRACTOR, OFF, REMARK = (
    pl.col(name) for name in ("by_contractor", "off_schedule", "limit_note")
)
OTHERS = pl.col("is_of_other_schedule")


@rule(
    cites="SSA 1833(h), 1842(o), 1847A; CMS Pub. 100-04, ch. 16, §20; ch. 17, §20; RVU file"
    " documentation, Attachment A, statuses E and X",
    effective="1992-01-01",
    kind="edit",
    every_schedule=True,
    reads=("by_contractor", "off_schedule", "limit_note", "is_of_other_schedule"),
)
def schedule() -> Adjustment:
    """Drugs, vaccines and laboratory tests are priced by the schedule of their own quarter.

    The physician fee schedule has a code if it pays it, bundles it or leaves it to contractors;
    else the payment limits for drugs (ASP) are asked, then the laboratory fee schedule (CLFS), each
    by the date of service and never by the nearest quarter. Decision: a code that the physician fee
    schedule bundles or does not cover (B, N, P) is theirs where one of them has it.

    Decision: a contractor prices what a whole file of the quarter does not list and the physician
    fee schedule calls a drug; of a test that is not listed nobody can say. A payer's own fee
    schedule in dollars is all that it pays by: no other is asked then.
    """
    return Adjustment(
        # What another schedule prices is this rule's too: without it the line has no amount.
        among=pl.any_horizontal(
            BY_CONTRACTOR.is_not_null(), OFF.is_not_null(), REMARK.is_not_null(), OTHERS
        ),
        outcomes=(
            refer(BY_CONTRACTOR.is_not_null(), BY_CONTRACTOR),
            leave_off(OFF.is_not_null(), OFF),
        ),
        notes=(note(REMARK.is_not_null(), REMARK),),
    )
