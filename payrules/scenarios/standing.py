"""What a solve, a sweep, a tornado and a comparison of contracts stand on: the first scenario."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from payrules.counted import counted
from payrules.money import WHOLE
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import Plan
from payrules.scenarios.scenario import said_at
from payrules.scenarios.term_words import place_words


def stood_upon(base: Baseline, plans: Sequence[Plan]) -> Baseline:
    """Give the baseline that a tornado and contracts stand on: the claims and setup of a scenario.

    It is the first scenario's; the batch's own where there is none, or where it counts lines
    otherwise than once, which a baseline cannot.
    """
    if not plans or _counts_otherwise(plans[0]) or not plans[0].stages:
        return base
    return Baseline(replace(base.batch, lines=plans[0].claims.lines), plans[0].stages[-1][1])


def _counts_otherwise(planned: Plan) -> bool:
    return bool((planned.claims.volume != WHOLE).any())


def standing(
    plans: Sequence[Plan],
    *,
    solved: str | None = None,
    swept: str | None = None,
    with_tornado: bool = False,
    with_contracts: bool = False,
) -> Iterator[str]:
    """Say in sentences what stands on which scenario, and what takes the place of what it says.

    `solved` and `swept` are the places of the scenario form that take values.
    """
    if not plans:
        return
    on = plans[0].scenario
    first = (
        f"{on.name}, the first of {counted(len(plans), 'scenario')}" if len(plans) > 1 else on.name
    )
    for what, place in (("solve", solved), ("sweep", swept)):
        if place is not None:
            own = said_at(on, place)
            about = place_words(place)
            said = f"what is said there of {about} ({own})"
            instead = f"; its value takes the place of {said}" if own else ""
            yield f"The {what} stands on {first}{instead}."
    if _counts_otherwise(plans[0]):
        for what in ("tornado",) * with_tornado + ("comparison of contracts",) * with_contracts:
            yield (
                f"The {what} stands on the claims as they came, without {on.name}: its volumes"
                " count lines otherwise than once."
            )
        return
    if with_tornado:
        yield f"The tornado stands on {first}: it moves the terms that are in force there."
    if with_contracts:
        yield (
            f"The contracts are compared on {first}: on its claims and the releases it changes;"
            " terms and fees in dollars are each contract's own."
        )
