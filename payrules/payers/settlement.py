"""Settlement: the bonus of a shortage area, which Medicare pays beside the claims."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from payrules.claims.modifiers import billed_with, columns_of
from payrules.dated import Dated
from payrules.engine.rule import PRICED, Adjustment, Rule, keep, rule
from payrules.money import WHOLE, half_up, percentage
from payrules.statutory import SEQUESTRATION

BONUS = Dated({"1991-01-01": "0.10"}, cites="SSA 1833(m)(1); 42 CFR 414.67(a)")
#: SSA 1861(r).
PHYSICIANS = ("physician", "chiropractor", "optometrist", "podiatrist")
BEFORE_MIPS = pl.col("amount_before_mips")


@rule(
    cites="SSA 1833(m)(1); 42 CFR 414.67(a)(3), (4)",
    effective="1991-01-01",
    kind="payment",
    reads=(
        *columns_of("AQ"),
        "practitioner_type",
        "pctc_indicator",
        "row_modifier",
        "professional_share",
        "fee_schedule_amount",
        "amount_before_mips",
        "sequestration_amount",
        "schedule_coinsurance",
        "service_date",
    ),
)
def settlement(*, bonus: Dated = BONUS, cut: Dated = SEQUESTRATION) -> Adjustment:
    """AQ: 10 percent of what Medicare pays a physician in a shortage area, beside the claim.

    Of a test's whole (PC/TC indicator 1) it is of the share that its 26 row is; a technical part,
    and tests that are technical alone (3) or have their parts under other codes (4), give none.

    Decision: it is of the payment after sequestration, as that would be without MIPS. A ZIP code
    tells no shortage area here: no list of them is at hand.
    """
    taken = percentage(BEFORE_MIPS, pl.col("_cut"))
    without_mips = BEFORE_MIPS - pl.when(pl.col("sequestration_amount") > 0).then(taken).otherwise(
        0
    )
    payment = pl.coalesce(without_mips, "amount")
    parts = pl.col("pctc_indicator")
    technical = (pl.col("row_modifier") == "TC") | parts.is_in(["3", "4"])
    whole = (parts == "1") & (pl.col("row_modifier") == "")
    # In 128 bits: three factors may leave 64.
    share = payment.cast(pl.Int128) * pl.col("professional_share") * bonus.on()
    divided = half_up(share, pl.col("fee_schedule_amount") * WHOLE)
    return Adjustment(
        among=(
            billed_with("AQ"),
            pl.col("practitioner_type").is_in(PHYSICIANS),
            pl.col("status") == PRICED,
            # Of the physician fee schedule and anesthesia: no drug, no laboratory test.
            pl.col("schedule_coinsurance").is_null(),
        ),
        facts=({"_cut": cut.on()},),
        outcomes=(
            keep(technical, {"hpsa_bonus_amount": pl.lit(0, dtype=pl.Int64)}),
            keep(
                # Of a fee of nothing there are no shares.
                whole
                & pl.col("professional_share").is_not_null()
                & (pl.col("fee_schedule_amount") > 0),
                {"hpsa_bonus_amount": divided},
            ),
            keep(pl.lit(value=True), {"hpsa_bonus_amount": percentage(payment, bonus.on())}),
        ),
    )


def pays_beside(plan: str | None) -> bool:
    """Say whether a payer of a kind pays anything beside its claims: Medicare Part B does."""
    return plan in {None, "medicare"}


def with_settlement(rules: Sequence[Rule], plan: str | None = None) -> tuple[Rule, ...]:
    """Give rules with what is paid beside the claims, as sequestration is on the payer's terms.

    A kind of plan that is not Medicare pays no such bonus (SSA 1833(m) is of Part B alone): none of
    its lines meets the rule, which tells the column all the same.
    """
    cuts = [
        {**each.defaults, **each.terms}["cut"] for each in rules if each.name == "sequestration"
    ]
    terms = {"cut": cuts[0]} if cuts else {}
    beside = settlement.on_terms(cites=settlement.cites, **terms)
    if not pays_beside(plan):
        beside = replace(beside, before=beside.effective)
    return (*rules, beside)
