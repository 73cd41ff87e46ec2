"""Tornado: every factor of every payer moved a little, and what each measure makes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from payrules.dated import Dated
from payrules.engine.codes import Ladder, SharesByCode
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.rates import Rates
from payrules.engine.rule import Rule
from payrules.money import WHOLE
from payrules.payers import Payer
from payrules.payers.modifier_shares import paid_by
from payrules.rules.case_rate import case_rate
from payrules.rules.contract_rate import contract_rate
from payrules.runs.setup import Setup
from payrules.scenarios.baseline import MEASURES, Baseline
from payrules.scenarios.plan import changed_totals, reached_by_terms
from payrules.scenarios.scenario import scenario
from payrules.scenarios.schedule_changes import change_schedules
from payrules.scenarios.words import scaled
from payrules.within_reason import RATE, SHARE, Range

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


@dataclass(frozen=True)
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
    """Give both conversion factors lower and higher, for all whom relative values pay."""
    by_values = [each.name for each in paying if each.dollars is None]
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
    """Give each factor of a rule: its place, both values in words, and the rule on either."""
    if rule.name == case_rate.name:
        return  # its rates are the contract's, and in dollars
    for term, value in {**rule.defaults, **rule.terms}.items():
        for place, dated, put in _factors(rule.name, term, value):
            within = _within(rule, term, dated)
            is_rate = rule.name == contract_rate.name
            own = [_by(dated, share, within, is_rate=is_rate) for share in (down, up)]
            low, high = (rule.on_terms(cites=rule.cites, **{term: put(each)}) for each in own)
            where = f"terms.{rule.name}.{place}"
            if isinstance(value, ModifierShares):
                where = f"terms.modifier.{place}"
            if isinstance(value, Rates):
                where = f"rate.{place}"
            elif is_rate:
                where = "percent_of_medicare" + place.removeprefix("overall")
            shown_low, shown_high = (_shown(each, 100 if is_rate else 1) for each in own)
            yield where, (shown_low, shown_high), (low, high)


def _factors(
    rule: str, term: str, value: Any
) -> Iterator[tuple[str, Dated, Callable[[Dated], Any]]]:
    """Give each factor that a term holds, its place, and how another is put there."""
    if isinstance(value, Dated):
        yield term, value, _itself
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, Dated):
                yield f"{term}.{key}", each, partial(_at_key, value, key)
    elif isinstance(value, Rates):
        for number, rate in enumerate(value.each):
            if rate.value is not None:
                yield rate.name, rate.value, partial(_at_rate, value, number)
    elif isinstance(value, ModifierShares | Ladder | SharesByCode):
        yield from _factors_of_list(rule, term, value)
    elif isinstance(value, tuple):
        for number, entry in enumerate(value):
            first, last, dated = entry
            codes = first if first == last else f"{first}-{last}"
            yield f".{term} {codes}", dated, partial(_at_range, value, number)


def _factors_of_list(
    rule: str, term: str, value: ModifierShares | Ladder | SharesByCode
) -> Iterator[tuple[str, Dated, Callable[[Dated], Any]]]:
    """Give each factor of a term that lists several."""
    if isinstance(value, ModifierShares):
        for number, share in enumerate(value.shares):
            if paid_by(share.modifiers) == rule:
                yield f"share.{share.in_words}", share.share, partial(_at_share, value, number)
    elif isinstance(value, Ladder):
        for number, each in enumerate(value.places[1:], 1):
            yield f"{term}.place {number + 1}", each, partial(_at_rung, value, number)
    else:
        for code, each in value.shares:
            yield f"{term}.{code}", each, partial(_at_code, value, code)


def _itself(other: Dated) -> Dated:
    return other


def _at_key(value: Mapping[str, Any], key: str, other: Dated) -> dict[str, Any]:
    return {**value, key: other}


def _at_range(
    ranges: tuple[tuple[str, str, Dated], ...], number: int, other: Dated
) -> tuple[tuple[str, str, Dated], ...]:
    first, last, _ = ranges[number]
    return (*ranges[:number], (first, last, other), *ranges[number + 1 :])


def _at_share(value: ModifierShares, number: int, other: Dated) -> ModifierShares:
    changed = replace(value.shares[number], share=other)
    return ModifierShares((*value.shares[:number], changed, *value.shares[number + 1 :]))


def _at_rate(value: Rates, number: int, other: Dated) -> Rates:
    changed = replace(value.each[number], value=other)
    return replace(value, each=(*value.each[:number], changed, *value.each[number + 1 :]))


def _at_rung(value: Ladder, number: int, other: Dated) -> Ladder:
    return Ladder((*value.places[:number], other, *value.places[number + 1 :]))


def _at_code(value: SharesByCode, code: str, other: Dated) -> SharesByCode:
    return SharesByCode(tuple((each, other if each == code else d) for each, d in value.shares))


def _with_rule(setup: Setup, payer: Payer, rule: Rule) -> Setup:
    """Give a setup in which one payer has a rule on other terms."""
    rules = tuple(rule if each.name == rule.name else each for each in payer.rules)
    variant = replace(payer, rules=rules)
    return setup.with_payers(lambda each: variant if each is payer else each)


def _within(rule: Rule, term: str, dated: Dated) -> Range:
    """Give what is within reason for a term: what the rule itself says of it."""
    if rule.name == contract_rate.name:
        return RATE
    usual = rule.defaults[term]
    if isinstance(usual, ModifierShares):
        return dated.within
    if isinstance(usual, Mapping):
        usual = next(iter(usual.values()), None)
    return usual.within if isinstance(usual, Dated) else SHARE


def _by(dated: Dated, share: Decimal, within: Range, *, is_rate: bool) -> Dated:
    """Give a factor, each of its values times a share, from the same days.

    Each stays within reason: of a share of one, 95 percent is moved up to 100, not to 104.5; a
    percentage of Medicare has no such end.
    """
    values = {}
    for first, value in dated.values:
        moved = Decimal(scaled(int(value * WHOLE), int(share * WHOLE))) / WHOLE
        most = min(within.most, Decimal(1)) if value <= 1 and not is_rate else within.most
        values[first.isoformat()] = str(min(max(moved, within.least), most))
    return Dated(values, cites=dated.cites, within=dated.within)


def _shown(dated: Dated, times: int) -> str:
    values = [(first, _plain(value * times)) for first, value in dated.values]
    if len(values) == 1:
        return values[0][1]
    return "; ".join(f"{value} from {first}" for first, value in values)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
