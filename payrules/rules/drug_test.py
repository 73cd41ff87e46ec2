"""Drug test: one presumptive and one definitive test of a person and day are usual."""

import polars as pl

from payrules.engine.rule import Adjustment, Hints, note, rule
from payrules.engine.session import LINE_ORDER, PERSON_YEAR

CODE = pl.col("hcpcs_code")
PRESUMPTIVE = ("80305", "80306", "80307")
DEFINITIVE = ("G0480", "G0481", "G0482", "G0483", "G0659")


@rule(
    cites="CMS contractors' local coverage determinations on drug testing",
    effective="2017-01-01",
    kind="edit",
    every_schedule=True,
    reads=("hcpcs_code", "service_date", LINE_ORDER, PERSON_YEAR),
)
def drug_test() -> Adjustment:
    """A second presumptive or definitive drug test of a person and day is noted.

    With CMS's medically unlikely edits that rule denies more units of one code.
    """
    of_a_day = (PERSON_YEAR, "service_date", "_presumptive")
    return Adjustment(
        marks={"_presumptive": CODE.is_in(PRESUMPTIVE)},
        among=CODE.is_in([*PRESUMPTIVE, *DEFINITIVE]),
        pool=PERSON_YEAR,
        hints=Hints(crowded=False),
        facts=({"_place": pl.col(LINE_ORDER).rank("ordinal").over(of_a_day)},),
        notes=(
            note(
                pl.col("_place") > 1,
                pl.format(
                    "a second {} drug test of the person and day: contractors pay one",
                    pl.when("_presumptive")
                    .then(pl.lit("presumptive"))
                    .otherwise(pl.lit("definitive")),
                ),
            ),
        ),
    )
