"""Lesser of: no more is allowed than was charged."""

import polars as pl

from payrules.rule import BUNDLED, PRICED, Adjustment, cap, pay, rule

CHARGE = pl.col("charge_amount")
STANDS = pl.col("status") == PRICED


@rule(
    cites="SSA 1848(a)(1); CMS RVU file documentation, every indicator: the lower of charge or fee",
    effective="1992-01-01",
    reads=("charge_amount", "pair", "bilateral_indicator", "amount_before_nonparticipating"),
)
def lesser_of_charge() -> Adjustment:
    """The allowed amount is no more than the charge; an RT and LT pair is compared as a whole."""
    together = pl.col("pair").is_not_null() & pl.col("bilateral_indicator").is_in(["0", "1", "2"])
    of_pair = pl.col("_pair").is_not_null()
    charged = CHARGE.sum().over("_pair")
    missing = CHARGE.is_null().any().over("_pair")
    allowed = pl.col("amount").sum().over("_pair")
    stands = STANDS.any().over("_pair")
    return Adjustment(
        among=(STANDS & CHARGE.is_not_null()) | pl.col("pair").is_not_null(),
        standing=(PRICED, BUNDLED),
        facts=(
            {"_pair": pl.when(together).then("pair")},
            {"_below": of_pair & ~missing & stands & (charged < allowed)},
        ),
        outcomes=(
            # A side that bilateral bundled at nothing is paid its own charge again.
            pay(
                pl.col("_below"),
                CHARGE,
                "both sides together were charged less than both amounts",
                carc="45",
                sets={
                    "status": pl.lit(PRICED, dtype=pl.UInt8),
                    "amount_before_nonparticipating": pl.max_horizontal(
                        "amount_before_nonparticipating", CHARGE
                    ),
                },
            ),
            cap(STANDS & ~of_pair, CHARGE, "charged less than the amount", carc="45"),
        ),
    )
