"""Today's values, in sentences: what one that is solved for or swept takes the place of."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from payrules.runs.who_paid import as_named
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import Plan
from payrules.scenarios.replaced import factors_replaced, replaced
from payrules.scenarios.scenario import Scenario, said_at
from payrules.scenarios.words import dollars


def takes_the_place(
    base: Baseline, plans: Sequence[Plan], tried: Iterable[tuple[str, str, Scenario]]
) -> Iterator[str]:
    """Say what each value that is tried takes the place of, payer by payer.

    `tried` are what tries it, the place of its value, and a scenario of one value alone. What the
    scenario it stands on says there is said of that (`payrules.scenarios.standing`).
    """
    on = plans[0] if plans else None
    setup = on.stages[-1][1] if on and on.stages else base.setup
    for what, place, one in tried:
        if on and said_at(on.scenario, place):
            continue
        factors = factors_replaced(base.conversion_factors, one)
        fees = _fees_replaced(base, one)
        for said in (*replaced(setup, one, with_usual=True), *factors, *fees):
            yield f"In the {what}, {said}."


def _fees_replaced(base: Baseline, one: Scenario) -> Iterator[str]:
    """Say which fees of the schedules a fee in dollars replaces: of which payers' lines."""
    for fee in one.says.fees:
        todays = base.lines.select(
            "hcpcs_code", "fee_schedule_amount", payer=base.payer_names(base.lines)
        ).filter(pl.col("hcpcs_code").is_in(fee.codes or []))
        amount = pl.col("fee_schedule_amount")
        of_payers = todays.group_by("payer", maintain_order=True).agg(
            least=amount.min(), most=amount.max()
        )
        for payer, least, most in of_payers.drop_nulls().iter_rows():
            own = dollars(least) if least == most else f"{dollars(least)} to {dollars(most)}"
            yield (
                f"the fee of {fee.words()} takes the place of the schedules' on lines of"
                f" {as_named(payer)}, {own} today"
            )
