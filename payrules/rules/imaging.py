"""Imaging: after the highest of a day, the parts of diagnostic imaging are paid less."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.components import COMPONENT_COLUMNS, UNITS, ranked_share, reduced_after_first
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, Hints, pay_units, rule
from payrules.engine.session import GROUP_DAY
from payrules.money import less

TECHNICAL = Dated({"2010-07-01": "0.50"}, cites="ACA §3135(b); MPFSDB multiple procedure 4")
PROFESSIONAL = Dated(
    {"2010-07-01": "1.00", "2012-01-01": "0.75", "2017-01-01": "0.95"},
    cites="CY 2012 PFS final rule; Consolidated Appropriations Act, 2016, §502(a)(2)",
)


@rule(
    cites="CMS Pub. 100-04, ch. 4, §250.3 and ch. 12, §40.6; MPFSDB multiple procedure indicator 4",
    effective="2010-07-01",
    reads=(
        *COMPONENT_COLUMNS,
        "status_code",
        "multiple_procedure_indicator",
        "imaging_family",
        "modifiers",
        "service_date",
        GROUP_DAY,
    ),
)
def imaging(*, technical: Dated = TECHNICAL, professional: Dated = PROFESSIONAL) -> Adjustment:
    """Imaging: the highest technical and professional part in full, others at 50 and 95 percent.

    Until 2010 only codes of one family met; since 2011 every code is of family 88, so that the
    family in the pool's key serves both.
    """
    pool = [GROUP_DAY, "imaging_family"]
    first_technical, later_technical = reduced_after_first("_technical", technical.on())
    first_professional, later_professional = reduced_after_first("_professional", professional.on())
    share = pl.col("_technical")
    has_technical = share.is_not_null() & (pl.col("_technical_units") > 1)
    in_full = pl.lit("in full")
    reduced = pl.lit("reduced")

    def how(name: str) -> pl.Expr:
        return (
            pl.when(pl.col(name).is_null())
            .then(pl.lit("none"))
            .when(pl.col(f"{name}_is_top") & (UNITS == 1))
            .then(in_full)
            .when(pl.col(f"{name}_is_top"))
            .then(pl.lit("in full once"))
            .otherwise(reduced)
        )

    return Adjustment(
        among=(
            (pl.col("multiple_procedure_indicator") == "4") & NOT_ANESTHESIA,
            ~billed_with("59", "XE"),
        ),
        pool=GROUP_DAY,
        hints=Hints(crowded=True),
        facts=(
            *ranked_share("_technical", "technical_share", pool),
            *ranked_share("_professional", "professional_share", pool),
            {
                "_first_technical_loss": first_technical,
                "_later_technical_loss": later_technical,
                "_first_loss": first_technical + first_professional,
                "_later_loss": later_technical + later_professional,
            },
        ),
        outcomes=(
            pay_units(
                has_technical
                | (pl.col("_professional").is_not_null() & (pl.col("_professional_units") > 1)),
                # The parts may come to more than the whole: in cents by rounding, or by a contract.
                less(pl.col("first_unit_amount"), pl.col("_first_loss")),
                less(pl.col("later_unit_amount"), pl.col("_later_loss")),
                pl.format(
                    "imaging: technical component {} ({} in the session), professional "
                    "component {} ({})",
                    how("_technical"),
                    "_technical_units",
                    how("_professional"),
                    "_professional_units",
                ),
                carc="59",
                sets={
                    "first_technical_amount": share - pl.col("_first_technical_loss"),
                    "later_technical_amount": share - pl.col("_later_technical_loss"),
                    "first_technical_reduced": has_technical & ~pl.col("_technical_is_top"),
                    "later_technical_reduced": has_technical,
                },
            ),
        ),
    )
