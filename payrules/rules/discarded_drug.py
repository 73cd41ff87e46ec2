"""Discarded drug: JW bills what was left of a single-dose container, JZ says that nothing was."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.rule import Adjustment, Hints, deny, note, rule
from payrules.engine.session import PERSON_YEAR

JW, JZ = billed_with("JW"), billed_with("JZ")
#: A drug of a person's day, whoever bills it.
OF_A_DAY = (PERSON_YEAR, "service_date", "hcpcs_code")
#: JZ was there to say that nothing was discarded.
JZ_BEGAN = pl.date(2023, 7, 1)
#: Skin substitutes take neither from 2026.
NOT_ASKED = pl.col("hcpcs_code").str.contains(r"^Q4[1-3]\d\d$") & (
    pl.col("service_date") >= pl.date(2026, 1, 1)
)


@rule(
    cites="SSA 1847A(h); CMS Pub. 100-04, ch. 17, §40; CMS, JW and JZ policy: questions",
    effective="2017-01-01",
    kind="edit",
    every_schedule=True,
    reads=("schedule", "hcpcs_code", "service_date", "modifiers", PERSON_YEAR),
)
def discarded_drug() -> Adjustment:
    """Drugs: JW and JZ contradict each other; discarded units are paid in full on a line with JW.

    Decision: which drugs come in single-dose containers no list at hand says, so that a line with
    neither modifier is noted and not denied; nor is it noted where another line of the drug, person
    and day carries JW.
    """
    used = pl.col("_used_beside")
    return Adjustment(
        among=pl.col("schedule") == "asp",
        pool=PERSON_YEAR,
        hints=Hints(triggers=pl.col("schedule") == "asp"),
        facts=(
            {
                "_discarded": JW.any().over(OF_A_DAY),
                "_used_beside": (~JW).any().over(OF_A_DAY),
            },
        ),
        outcomes=(deny(JW & JZ, "JW and JZ on one line: contradictory modifiers", carc="4"),),
        notes=(
            note(
                JW & ~JZ & ~used,
                "JW: no line bills what was given of this drug on the day",
            ),
            note(
                JZ & ~JW & pl.col("_discarded"),
                "JZ says nothing was discarded, and another line of the drug and day carries JW",
            ),
            note(
                ~JW
                & ~JZ
                & ~pl.col("_discarded")
                & ~NOT_ASKED
                & (pl.col("service_date") >= JZ_BEGAN),
                "JW or JZ is required for single-dose containers; returned since 2023-10-01",
            ),
        ),
    )
