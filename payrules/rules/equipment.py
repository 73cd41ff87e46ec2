"""Equipment: tests made on outdated equipment are paid less for their technical part."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.components import COMPONENT_COLUMNS, UNITS, technical
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, dollars, note, pay, rule
from payrules.money import percentage

OLD_CT = Dated({"2016-01-01": "0.95", "2017-01-01": "0.85"}, cites="PAMA 2014 §218(a)(1)")
FILM = Dated({"2017-01-01": "0.80"}, cites="Consolidated Appropriations Act, 2016, §502(a)(1)")
COMPUTED_RADIOGRAPHY = Dated(
    {"2018-01-01": "0.93", "2023-01-01": "0.90"},
    cites="Consolidated Appropriations Act, 2016, §502(a)(1)",
)


@rule(
    cites="SSA 1834(p), 1848(b)(9); CMS Pub. 100-04, ch. 13, §20",
    effective="2016-01-01",
    reads=(
        *COMPONENT_COLUMNS,
        "ranked_technical_amount",
        "status_code",
        "modifiers",
        "service_date",
    ),
)
def equipment(
    *, ct: Dated = OLD_CT, film: Dated = FILM, computed: Dated = COMPUTED_RADIOGRAPHY
) -> Adjustment:
    """Equipment: CT off standard, X-ray on film and computed radiography reduce the technical part.

    Decision: after the cap, each percentage rounded, in the order CT, FX, FY; of a ranked line it
    is the technical part of what ranking left.
    """
    whole_share = technical("first") + (UNITS - 1) * technical("later")
    # Rule 11 may have lowered the line below the technical share it began with.
    share = pl.when(whole_share.is_not_null()).then(
        pl.min_horizontal(whole_share, "ranked_technical_amount", "amount")
    )
    reduced = pl.col("_share")
    for modifier, dated in (("CT", ct), ("FX", film), ("FY", computed)):
        factor = pl.when(billed_with(modifier)).then(dated.on().fill_null(10_000)).otherwise(10_000)
        reduced = percentage(reduced, factor)
    left = pl.col("_left")
    return Adjustment(
        among=(billed_with("CT", "FX", "FY"), NOT_ANESTHESIA),
        facts=({"_share": share}, {"_left": reduced}),
        outcomes=(
            pay(
                left < pl.col("_share"),
                pl.col("amount") - pl.col("_share") + left,
                pl.format(
                    "technical component of {} paid at {} for the equipment used",
                    dollars(pl.col("_share")),
                    dollars(left),
                ),
                carc="237",
            ),
        ),
        notes=(
            note(
                pl.col("_share").is_null(),
                "CT, FX or FY has no effect on a line without a technical component",
            ),
        ),
    )
