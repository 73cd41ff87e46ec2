"""Tornado: every factor of every payer moved a little, and what each measure makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import polars as pl

from payrules.engine.rule import Rule
from payrules.frozen import frozen
from payrules.payers import Payer
from payrules.payers.rates import with_sessions
from payrules.runs.setup import Setup
from payrules.scenarios.baseline import MEASURES, Baseline
from payrules.scenarios.movable import movable
from payrules.scenarios.plan import changed_totals, reached_by_terms
from payrules.scenarios.scenario import scenario
from payrules.scenarios.schedule_changes import change_schedules

#: Whom a conversion factor moves where relative values pay for several payers.
ALL_BY_RELATIVE_VALUES = "all by relative values"
_ANESTHESIA_CODE = r"^0[0-9]{4}$"


def tornado(base: Baseline, share: Decimal = Decimal("0.10")) -> pl.DataFrame:
    """Move the conversion factors, and each payer's own factors, down and up by a share of each.

    One row a measure, payer and term that moves it: measure (one of `MEASURES`), payer, term (a
    place of the payer file), low and high (text), low_change and high_change (cents of that
    measure). Each measure's rows stand together, the widest first; measures are never ranked
    against each other. A payer that prices no line, and a term that moves nothing, is left out.
    """
    rows = []
    for moved in _movable(base, *(1 + sign * share for sign in (-1, 1))):
        low, high = (changed_totals(base, setup, moved.reached) for setup in moved.setups)
        rows += [
            (measure, moved.payer, moved.term, *moved.words, low[measure], high[measure])
            for measure in MEASURES
            if low[measure] or high[measure]
        ]
    schema = {
        "measure": pl.String,
        "payer": pl.String,
        "term": pl.String,
        "low": pl.String,
        "high": pl.String,
        "low_change": pl.Int64,
        "high_change": pl.Int64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    ends = ("low_change", "high_change", pl.lit(0))
    width = pl.max_horizontal(ends) - pl.min_horizontal(ends)
    order = pl.col("measure").cast(pl.Enum(MEASURES))
    return frame.sort(order, width, "payer", "term", descending=[False, True, False, False])


@frozen
class _Moved:
    """A term of a payer lower and higher: in words, as setups, and whom they reach."""

    payer: str
    term: str
    words: tuple[str, str]
    setups: tuple[Setup, Setup]
    reached: pl.Series


def _movable(base: Baseline, down: Decimal, up: Decimal) -> Iterator[_Moved]:
    names = base.payer_names(base.lines)
    payers = {id(each): each for each in base.setup.every_payer.values()}
    paying = [each for each in payers.values() if (names == each.name).any()]
    yield from _factors_moved(base, paying, down, up)
    for payer in paying:
        for rule in payer.rules:
            for term, own, moved in _terms_moved(rule, down, up):
                setups = [_with_rule(base.setup, payer, each) for each in moved]
                reached = base.nowhere()
                for setup in setups:
                    reached |= reached_by_terms(base, base.setup, setup)
                reached = base.of_their_persons(reached)
                yield _Moved(payer.name, term, own, (setups[0], setups[1]), reached)


def _factors_moved(
    base: Baseline, paying: Sequence[Payer], down: Decimal, up: Decimal
) -> Iterator[_Moved]:
    """Give both conversion factors lower and higher, for all whom relative values move."""
    by_values = [each.name for each in paying if each.asks_for_places]
    if not by_values:
        return
    is_anesthesia = base.lines["hcpcs_code"].str.contains(_ANESTHESIA_CODE).fill_null(value=False)
    here = base.payer_names(base.lines).is_in(by_values) & base.lines["release"].is_not_null()
    payer = by_values[0] if len(by_values) == 1 else ALL_BY_RELATIVE_VALUES
    for term, reached in (
        ("conversion_factor", here & ~is_anesthesia),
        ("anesthesia_conversion_factor", here & is_anesthesia),
    ):
        if not reached.any():
            continue
        setups = [
            base.setup.with_releases(
                change_schedules(
                    base.setup.schedules,
                    scenario({"title": term, "cites": "a tornado", term: {"scale": by}}, "tornado"),
                )
            )
            for by in (down, up)
        ]
        words = f"× {_plain(down)}", f"× {_plain(up)}"
        yield _Moved(payer, term, words, (setups[0], setups[1]), base.of_their_persons(reached))


def _terms_moved(
    rule: Rule, down: Decimal, up: Decimal
) -> Iterator[tuple[str, tuple[str, str], tuple[Rule, Rule]]]:
    """Give each number of a rule: its place, both values in words, and the rule on either."""
    for term, each in movable(rule):
        own = [each.moved(by) for by in (down, up)]
        low, high = (rule.on_terms(cites=rule.cites, **{term: each.put(one)}) for one in own)
        yield each.place, (each.in_words(own[0]), each.in_words(own[1])), (low, high)


def _with_rule(setup: Setup, payer: Payer, rule: Rule) -> Setup:
    """Give a setup in which one payer has a rule on other terms."""
    rules = tuple(rule if each.name == rule.name else each for each in payer.rules)
    variant = replace(payer, rules=with_sessions(rules))
    return setup.with_payers(lambda each: variant if each is payer else each)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
