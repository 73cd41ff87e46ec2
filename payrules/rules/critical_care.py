"""Critical care: a visit on the day of 99291 should say that it stood apart."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.rule import Adjustment, Hints, note, rule
from payrules.engine.session import PRACTITIONER_DAY
from payrules.engine.visits import IS_EVALUATION

CODE = pl.col("hcpcs_code")


@rule(
    cites="CY2022 PFS rule; CMS Pub. 100-04, ch. 12, §30.6.12",
    effective="2022-01-01",
    kind="edit",
    reads=("hcpcs_code", "status_code", "modifiers", PRACTITIONER_DAY),
)
def critical_care() -> Adjustment:
    """A visit beside critical care of the same practitioner and day needs modifier 25: a note.

    Decision: a note, not a denial; the table of procedure pairs decides.
    """
    return Adjustment(
        marks={
            "_is_critical": CODE == "99291",
            "_is_other_visit": IS_EVALUATION & ~CODE.is_in(["99291", "99292"]),
        },
        among=pl.col("_is_critical") | pl.col("_is_other_visit"),
        pool=PRACTITIONER_DAY,
        hints=Hints(triggers=pl.col("_is_critical")),
        facts=({"_beside_critical": pl.col("_is_critical").any().over(PRACTITIONER_DAY)},),
        notes=(
            note(
                pl.col("_beside_critical") & pl.col("_is_other_visit") & ~billed_with("25"),
                "a visit on the same day as critical care 99291 needs modifier 25",
            ),
        ),
    )
