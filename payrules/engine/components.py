"""The technical and professional component of a unit: what imaging and cardiology rules divide.

A global line takes part with the fee schedule amounts of its 26 and TC rows. A share follows the
unit it is in: where the bilateral rule scaled the unit, the share is scaled the same way.
"""

import polars as pl

from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, Facts, Hints, in_order, pay_units
from payrules.engine.session import GROUP_DAY
from payrules.money import less, percentage

#: What a rule that divides units into their components reads.
COMPONENT_COLUMNS = (
    "technical_share",
    "professional_share",
    "unit_factor",
    "ranked_units",
    "first_unit_amount",
    "later_unit_amount",
    "first_technical_amount",
    "later_technical_amount",
    "charge_amount",
    "units_thousandths",
    "line_order",
)
UNITS = pl.col("ranked_units")


def in_unit(share: str) -> pl.Expr:
    """Scale a share of one whole unit as the bilateral rule scaled the unit, cents."""
    return percentage(pl.col(share), pl.col("unit_factor"))


def technical(unit: str) -> pl.Expr:
    """Give the technical share, cents, of the `first` or of each `later` unit, as it now stands."""
    return pl.coalesce(f"{unit}_technical_amount", in_unit("technical_share"))


def charge_per_unit() -> pl.Expr:
    """Give the charge for one ranked unit, in millionths of a cent: it breaks ties only."""
    return pl.col("charge_amount") * 1_000_000 // UNITS


def ranked_share(
    name: str, share: str, pool: list[str], by: pl.Expr | None = None
) -> tuple[Facts, ...]:
    """Rank one share of every unit: adds `{name}`, `{name}_units` of the pool and `{name}_is_top`.

    All units of a line are alike, so only its first unit can be the pool's highest. `by` is what a
    line is ranked by where that is another amount than its share; null where it is none.
    """
    present = pl.col(name).is_not_null()
    height, facts = name, {name: in_unit(share), "_charge_per_unit": charge_per_unit()}
    if by is not None:
        height = f"{name}_height"
        ranked = pl.coalesce(by, in_unit(share))
        facts[height] = pl.when(pl.col(share).is_not_null()).then(ranked)
    return (
        facts,
        in_order((height, "highest first"), ("_charge_per_unit", "highest first"), "line_order"),
        {
            f"{name}_units": UNITS.filter(present).sum().over(pool),
            f"{name}_is_top": present & (pl.col("row") == pl.col("row").first().over(pool)),
        },
    )


def reduced_after_first(name: str, factor: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Give what a share loses in the line's first unit, and in each later one, cents."""
    ranked = pl.col(name).is_not_null() & (pl.col(f"{name}_units") > 1)
    loss = pl.when(ranked).then(pl.col(name) - percentage(pl.col(name), factor)).otherwise(0)
    return pl.when(pl.col(f"{name}_is_top")).then(0).otherwise(loss), loss


def technical_only(indicator: str, factor: pl.Expr, family: str) -> Adjustment:
    """Reduce the technical share of every unit but the highest of the group's day."""
    first, later = reduced_after_first("_technical", factor)
    share = pl.col("_technical")
    return Adjustment(
        among=(pl.col("multiple_procedure_indicator") == indicator)
        & pl.col("technical_share").is_not_null()
        & NOT_ANESTHESIA,
        pool=GROUP_DAY,
        hints=Hints(crowded=True),
        facts=(
            *ranked_share("_technical", "technical_share", [GROUP_DAY]),
            {"_first_loss": first, "_later_loss": later},
        ),
        outcomes=(
            pay_units(
                pl.col("_technical_units") > 1,
                less(pl.col("first_unit_amount"), pl.col("_first_loss")),
                less(pl.col("later_unit_amount"), pl.col("_later_loss")),
                pl.format(
                    "{}: technical component at {}; {} unit(s) in the session",
                    pl.lit(family),
                    pl.when(pl.col("_technical_is_top") & (UNITS == 1))
                    .then(pl.lit("highest, in full"))
                    .when("_technical_is_top")
                    .then(pl.lit("highest in full once, reduced for the other units"))
                    .otherwise(pl.lit("reduced")),
                    "_technical_units",
                ),
                carc="59",
                sets={
                    "first_technical_amount": share - pl.col("_first_loss"),
                    "later_technical_amount": share - pl.col("_later_loss"),
                    "first_technical_reduced": ~pl.col("_technical_is_top"),
                    "later_technical_reduced": pl.lit(value=True),
                },
            ),
        ),
    )
