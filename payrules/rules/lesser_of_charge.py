"""Lesser of: no more is allowed than was charged."""

import polars as pl

from payrules.engine.rule import BUNDLED, PRICED, Adjustment, Tables, cap, pay, rule

CHARGE = pl.col("charge_amount")
CASE = pl.col("case")
STANDS = pl.col("status") == PRICED


def with_pairs(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Say of each side of an RT and LT pair whether both were charged less than both amounts.

    Few lines are of a pair: their sums are made apart and joined.
    """
    together = pl.col("pair").is_not_null() & pl.col("bilateral_indicator").is_in(["0", "1", "2"])
    pool = pool.with_columns(_pair=pl.when(together).then("pair"))
    pairs = (
        pool.filter(pl.col("_pair").is_not_null())
        .group_by("_pair")
        .agg(
            _below=~CHARGE.is_null().any() & STANDS.any() & (CHARGE.sum() < pl.col("amount").sum())
        )
    )
    return pool.join(pairs, on="_pair", how="left")


@rule(
    cites="SSA 1848(a)(1); CMS RVU file documentation, every indicator: the lower of charge or fee",
    effective="1992-01-01",
    every_schedule=True,
    reads=(
        *("charge_amount", "pair", "case", "case_charge", "bilateral_indicator"),
        "amount_before_nonparticipating",
    ),
)
def lesser_of_charge() -> Adjustment:
    """The allowed amount is no more than the charge; an RT and LT pair is compared as a whole.

    Decision: of a pair, a side cut to its charge carries CARC 45, and one raised to its charge or
    priced again carries none. It is paid as billed, and a CARC says why a line is paid otherwise
    than billed (X12 external code list 139): 45, or what reduced it before, would not be true.
    A contract's amount for a session is compared with the charges of all its lines.
    """
    of_pair = pl.col("_pair").is_not_null()
    of_both = "the charge for both sides is less than the amount for both sides"
    limit = pl.max_horizontal("amount_before_nonparticipating", CHARGE)
    limited = {"amount_before_nonparticipating": limit}
    return Adjustment(
        among=(STANDS & (pl.col("amount") > CHARGE))
        | pl.col("pair").is_not_null()
        | CASE.is_not_null(),
        standing=(PRICED, BUNDLED),
        facts=(with_pairs,),
        outcomes=(
            cap(
                STANDS & CASE.is_not_null(),
                pl.col("case_charge"),
                "the charges of the session are less than the amount for it",
                carc="45",
            ),
            cap(pl.col("_below"), CHARGE, of_both, carc="45", sets=limited),
            # Priced again is also a side that bilateral bundled at nothing.
            pay(
                pl.col("_below") & ((pl.col("amount") < CHARGE) | ~STANDS),
                CHARGE,
                of_both,
                sets={**limited, "status": pl.lit(PRICED, dtype=pl.UInt8)},
            ),
            cap(
                STANDS & ~of_pair & CASE.is_null(),
                CHARGE,
                "the charge is less than the amount",
                carc="45",
            ),
        ),
    )
