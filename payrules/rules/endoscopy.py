"""Endoscopy: in a family of scopes the highest is paid in full, the others less the base scope."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.codes import NO_SHARES_BY_CODE, SharesByCode
from payrules.engine.global_surgery import BEFORE_ONLY, CARE_ONLY, WHOLE_SHARE
from payrules.engine.rule import (
    NOT_ANESTHESIA,
    Adjustment,
    Hints,
    Outcome,
    bundle,
    dollars,
    in_order,
    note,
    pay_units,
    rule,
)
from payrules.engine.session import SESSION
from payrules.money import WHOLE, half_up, less, percentage, short_text

FAMILY = [SESSION, "endoscopic_family"]
MEMBER = pl.col("multiple_procedure_indicator") == "3"
BASE = pl.col("base_amount")
AMOUNT = pl.col("amount")
FIRST, LATER = pl.col("first_unit_amount"), pl.col("later_unit_amount")
PAIRED = pl.col("pair").is_not_null()
#: Lines of one procedure: both sides of it, or 54 and 55.
OF_ONE = pl.coalesce("operation", "pair")
TOGETHER = OF_ONE.is_not_null()
#: The care after an operation is none of the day, unless its operation stands beside it.
CARE_ALONE = (CARE_ONLY & pl.col("operation").is_null()) | BEFORE_ONLY
RIGHT, LEFT = billed_with("RT"), billed_with("LT")
#: A member on one side; a pair of sides is on both.
ONE_SIDED = (RIGHT ^ LEFT) & ~PAIRED


def _by_printed_percent(percent: SharesByCode, is_lead: pl.Expr, in_family: pl.Expr) -> Outcome:
    """Pay a member that is not the highest, and other units of one that is, a printed share."""
    share = percent.on()
    first, later = (percentage(each, share) for each in (FIRST, LATER))
    how = (
        pl.when(~is_lead)
        .then(pl.lit("paid"))
        .when(pl.col("ranked_units") > 1)
        .then(pl.lit("highest in full, its other units"))
        .otherwise(pl.lit("highest in full, others"))
    )
    return pay_units(
        in_family & share.is_not_null(),
        pl.when(is_lead).then(FIRST).otherwise(first),
        later,
        pl.format(
            "endoscopy family of {} with {} members: {} at {} %, as the payer prints for {}",
            "endoscopic_family",
            "_members",
            how,
            short_text(share, 2),
            "hcpcs_code",
        ),
        carc="59",
        sets={"family": pl.col("_family")},
        of_term=pl.format("percent.{}", "hcpcs_code"),
    )


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.6.C; CMS RVU file documentation, multiple procedure 3",
    effective="1995-01-01",
    reads=(
        "status_code",
        "endoscopic_family",
        "multiple_procedure_indicator",
        "hcpcs_code",
        "base_amount",
        "setting",
        "modifiers",
        "ranked_units",
        "unit_factor",
        "first_unit_amount",
        "later_unit_amount",
        "pair",
        "operation",
        "ranked_share",
        "charge_amount",
        "line_order",
        SESSION,
    ),
)
def endoscopy(
    *, only_in_facilities: bool = False, percent: SharesByCode = NO_SHARES_BY_CODE
) -> Adjustment:
    """Scopes of one family: the highest in full, each other less its base; the base itself 0.

    Decision: where a payer prints a `percent` for a code (Florida Blue, ConnectiCare), a member
    that is not the highest is paid that share of its own amount, both sides and units alike, in
    place of the difference; a code without one is paid less its base.
    """
    item = [SESSION, "_item"]
    by_item = pl.when(TOGETHER)
    is_first_of_pair = ~PAIRED | (pl.col("pair") == pl.col("row"))
    counts = MEMBER & is_first_of_pair & ~CARE_ONLY
    units = pl.when(counts).then("ranked_units").otherwise(0)
    left = half_up(AMOUNT * pl.col("ranked_share"), WHOLE_SHARE)
    height = pl.coalesce(left, AMOUNT)
    charge = pl.col("charge_amount")
    is_lead = pl.col("_item") == pl.col("_lead")
    first_side = AMOUNT.filter(is_first_of_pair).first().over(item)
    left_of_base = less(pl.col("_first_base"), pl.col("_first_side"))
    first = (
        pl.when(is_lead)
        .then(FIRST)
        .when(~is_first_of_pair)
        .then(less(FIRST, left_of_base))
        .otherwise(less(FIRST, BASE))
    )
    in_family = MEMBER & (pl.col("_members") > 1)
    printed = (_by_printed_percent(percent, is_lead, in_family),) if percent.shares else ()
    by_base = in_family & BASE.is_not_null()
    without_base = in_family & BASE.is_null()
    if printed:
        without_base = without_base & ~printed[0].when
    follows = pl.lit(value=True)
    if only_in_facilities:
        follows = pl.col("setting") == "facility"
    how = (
        pl.when(is_lead & (pl.col("ranked_units") > 1))
        .then(pl.lit("highest in full, its other units"))
        .when(is_lead)
        .then(pl.lit("highest in full, others"))
        .otherwise(pl.lit("paid"))
    )
    return Adjustment(
        among=(
            pl.col("endoscopic_family").is_not_null() & follows & NOT_ANESTHESIA,
            ~billed_with("78") & ~CARE_ALONE,
        ),
        pool=SESSION,
        hints=Hints(triggers=MEMBER, crowded=True),
        facts=(
            {"_item": pl.coalesce(OF_ONE, pl.col("row").cast(pl.Int64))},
            {
                "_height": by_item.then(height.sum().over(item)).otherwise(FIRST),
                "_charge": by_item.then(
                    pl.when(charge.is_not_null().any().over(item)).then(charge.sum().over(item))
                    * 1_000_000
                ).otherwise(charge * 1_000_000 // pl.col("ranked_units")),
                "_first_side": first_side,
                "_first_base": BASE.filter(is_first_of_pair).first().over(item),
                "_order": pl.col("line_order").min().over(item),
            },
            in_order(("_height", "highest first"), ("_charge", "highest first"), "_order"),
            {
                "_members": units.sum().over(FAMILY),
                "_sides": (ONE_SIDED & RIGHT).any().over(FAMILY)
                & (ONE_SIDED & LEFT).any().over(FAMILY),
                "_lead": pl.col("_item").filter(MEMBER).first().over(FAMILY),
                "_family": pl.col("row").filter(MEMBER).min().over(FAMILY).cast(pl.Int64),
            },
        ),
        outcomes=(
            bundle(
                ~MEMBER & (pl.col("_members") > 0),
                pl.format(
                    "base {} of an endoscopy billed with it: its payment is included in that "
                    "endoscopy's",
                    "hcpcs_code",
                ),
                carc="97",
            ),
            *printed,
            pay_units(
                by_base,
                first,
                less(LATER, BASE),
                pl.format(
                    "endoscopy family of {} with {} members: {} less the base's {}",
                    "endoscopic_family",
                    "_members",
                    how,
                    dollars(BASE),
                ),
                carc="59",
                sets={"family": pl.col("_family")},
                of_term="only_in_facilities",
            ),
        ),
        notes=(
            note(
                ONE_SIDED & pl.col("_sides") & (pl.col("_members") > 0) & BASE.is_not_null(),
                pl.format(
                    "family members on different sides: Medicare's rule ignores sides; as a "
                    "separate procedure this line would have {} before ranking",
                    dollars(AMOUNT),
                ),
            ),
            note(
                without_base,
                pl.format(
                    "endoscopic base {} is not on the schedule: ranked without the endoscopy "
                    "family rule",
                    "endoscopic_family",
                ),
            ),
            note(
                by_base & ~is_lead & (PAIRED | (pl.col("unit_factor") > WHOLE)),
                "bilateral endoscopy in a family: the base was subtracted once from both sides",
            ),
        ),
    )
