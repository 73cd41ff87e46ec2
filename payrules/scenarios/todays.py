"""Today's values, in sentences: what one that is solved for or swept takes the place of."""

from collections.abc import Iterable, Iterator, Sequence

from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import Plan
from payrules.scenarios.replaced import factors_replaced, replaced
from payrules.scenarios.scenario import Scenario, said_at


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
        for said in (*replaced(setup, one, with_usual=True), *factors):
            yield f"In the {what}, {said}."
