"""Imaging: after the highest of a day, the parts of diagnostic imaging are paid less."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.components import (
    COMPONENT_COLUMNS,
    UNITS,
    ranked_share,
    reduced_after_first,
)
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, Hints, pay_units, rule
from payrules.engine.session import GROUP_DAY
from payrules.money import less, percentage

TECHNICAL = Dated({"2010-07-01": "0.50"}, cites="ACA §3135(b); MPFSDB multiple procedure 4")
PROFESSIONAL = Dated(
    {"2010-07-01": "1.00", "2012-01-01": "0.75", "2017-01-01": "0.95"},
    cites="CY 2012 PFS final rule; Consolidated Appropriations Act, 2016, §502(a)(2)",
)
IS_GLOBAL = pl.col("technical_share").is_not_null() & pl.col("professional_share").is_not_null()
#: The first of its day among whole images and among lines of either part.
IS_FIRST = pl.col("_technical_is_top") & pl.col("_professional_is_top")
BESIDE_OTHERS = (pl.col("_technical_units") > 1) | (pl.col("_professional_units") > 1)


def _as_a_whole(
    of_unit: pl.Expr, share: pl.Expr, by_parts: pl.Expr, *, first: bool = False
) -> pl.Expr:
    """Give what a unit loses, cents: of a global image that is cut whole, else by its parts.

    Only the first unit of a line may be the day's highest, which loses nothing.
    """
    cuts = BESIDE_OTHERS & ~IS_FIRST if first else BESIDE_OTHERS
    cut = pl.when(cuts).then(of_unit - percentage(of_unit, share))
    return pl.when(IS_GLOBAL & share.is_not_null()).then(cut.fill_null(0)).otherwise(by_parts)


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
def imaging(
    *, technical: Dated = TECHNICAL, professional: Dated = PROFESSIONAL, whole: Dated | None = None
) -> Adjustment:
    """Imaging: the highest technical and professional part in full, others at 50 and 95 percent.

    Until 2010 only codes of one family met; since 2011 every code is of family 88, so that the
    family in the pool's key serves both.

    Decision: with `whole` a global image beyond the first is paid that share of its whole amount,
    in place of its parts' (Harvard Pilgrim: "TC or global 50 percent less"), and is ranked, among
    lines of either part, by the whole.
    """
    pool = [GROUP_DAY, "imaging_family"]
    first_technical, later_technical = reduced_after_first("_technical", technical.on())
    first_professional, later_professional = reduced_after_first("_professional", professional.on())
    first_loss = first_technical + first_professional
    later_loss = later_technical + later_professional
    height = None
    if whole is not None:
        of_whole, unit = whole.on(), pl.col("first_unit_amount")
        height = pl.when(IS_GLOBAL & of_whole.is_not_null()).then(unit)
        first_loss = _as_a_whole(unit, of_whole, first_loss, first=True)
        later_loss = _as_a_whole(pl.col("later_unit_amount"), of_whole, later_loss)
        technical_part = pl.col("_technical")
        first_technical = _as_a_whole(technical_part, of_whole, first_technical, first=True)
        later_technical = _as_a_whole(technical_part, of_whole, later_technical)
    share = pl.col("_technical")
    has_technical = share.is_not_null() & (pl.col("_technical_units") > 1)
    reduced_first, reduced_later = has_technical & ~pl.col("_technical_is_top"), has_technical
    if whole is not None:
        is_cut = IS_GLOBAL & whole.on().is_not_null()
        reduced_first = pl.when(is_cut).then(BESIDE_OTHERS & ~IS_FIRST).otherwise(reduced_first)
        reduced_later = pl.when(is_cut).then(BESIDE_OTHERS).otherwise(reduced_later)
    in_full = pl.lit("in full")
    reduced = pl.lit("reduced")

    def how(name: str, is_top: pl.Expr | None = None) -> pl.Expr:
        top = pl.col(f"{name}_is_top") if is_top is None else is_top
        return (
            pl.when(pl.col(name).is_null())
            .then(pl.lit("none"))
            .when(top & (UNITS == 1))
            .then(in_full)
            .when(top)
            .then(pl.lit("in full once"))
            .otherwise(reduced)
        )

    said = pl.format(
        "imaging: technical component {} ({} in the session), professional component {} ({})",
        how("_technical"),
        "_technical_units",
        how("_professional"),
        "_professional_units",
    )
    if whole is not None:
        said = (
            pl.when(IS_GLOBAL & whole.on().is_not_null())
            .then(
                pl.format(
                    "imaging: as a whole {} ({} technical and {} professional components in the"
                    " session)",
                    how("_technical", is_top=IS_FIRST),
                    "_technical_units",
                    "_professional_units",
                )
            )
            .otherwise(said)
        )
    of_term = (
        pl.when(pl.col("_professional").is_null())
        .then(pl.lit("technical"))
        .when(share.is_null())
        .then(pl.lit("professional"))
        .otherwise(pl.lit("technical professional"))
    )
    if whole is not None:
        cut_whole = IS_GLOBAL & whole.on().is_not_null()
        of_term = pl.when(cut_whole).then(pl.lit("whole")).otherwise(of_term)
    return Adjustment(
        among=(
            (pl.col("multiple_procedure_indicator") == "4") & NOT_ANESTHESIA,
            ~billed_with("59", "XE"),
        ),
        pool=GROUP_DAY,
        hints=Hints(crowded=True),
        facts=(
            *ranked_share("_technical", "technical_share", pool, height),
            *ranked_share("_professional", "professional_share", pool, height),
            {
                "_first_technical_loss": first_technical,
                "_later_technical_loss": later_technical,
                "_first_loss": first_loss,
                "_later_loss": later_loss,
            },
        ),
        outcomes=(
            pay_units(
                has_technical
                | (pl.col("_professional").is_not_null() & (pl.col("_professional_units") > 1)),
                # The parts may come to more than the whole: in cents by rounding, or by a contract.
                less(pl.col("first_unit_amount"), pl.col("_first_loss")),
                less(pl.col("later_unit_amount"), pl.col("_later_loss")),
                said,
                carc="59",
                sets={
                    "first_technical_amount": share - pl.col("_first_technical_loss"),
                    "later_technical_amount": share - pl.col("_later_technical_loss"),
                    "first_technical_reduced": reduced_first,
                    "later_technical_reduced": reduced_later,
                },
                of_term=of_term,
            ),
        ),
    )
