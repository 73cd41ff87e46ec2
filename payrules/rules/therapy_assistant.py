"""Therapy assistant: Medicare pays 85 percent of its share for care by an assistant."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.rule import Adjustment, rule, scale

ASSISTANTS = ("CQ", "CO")
BY_ASSISTANT = Dated({"2022-01-01": "0.85"}, cites="SSA 1834(v)")


@rule(
    cites="SSA 1834(v); 42 CFR 410.59, 410.60",
    effective="2022-01-01",
    kind="payment",
    reads=("modifiers", "service_date"),
)
def therapy_assistant(*, share: Dated = BY_ASSISTANT) -> Adjustment:
    """CQ and CO: the payer's share is paid at 85 percent; the patient's stays as it is."""
    return Adjustment(
        among=billed_with(*ASSISTANTS) & (pl.col("amount") > 0),
        outcomes=(
            scale(
                pl.lit(value=True),
                share.on(),
                "CQ or CO: furnished by a therapy assistant",
                carc="45",
            ),
        ),
    )
