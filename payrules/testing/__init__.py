"""What a rule must hold, for its author's own tests: one call of `check_rule`.

    from payrules.testing import check_rule

    def test_my_rule_is_sound() -> None:
        check_rule(my_rule)

payrules' own rules are held to the same.
"""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl

from payrules.claims import Batch, read_batch
from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.engine.adjustment import Adjustment, Hints
from payrules.engine.components import COMPONENT_COLUMNS
from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Rule
from payrules.engine.soundness import empty_tables, faults
from payrules.engine.tables import TABLES, Tables
from payrules.errors import RuleError
from payrules.payers.medicare import RULES
from payrules.runs.setup import load_tables
from payrules.schedules import Schedules, load_schedules

__all__ = ["check_rule", "decided_otherwise", "in_its_place", "without_hints"]

#: A citation names a law or manual and its section.
_SHORTEST_CITATION = 10
_INEXACT = {"Float64", "Float32", "Decimal", "round", "truediv", "mean"}
_KEY = ["claim_id", "claim_line_number"]


def check_rule(
    rule: Rule,
    *,
    terms: Sequence[Mapping[str, Any]] = (),
    claims: Path | pl.DataFrame | None = None,
) -> None:
    """Hold a rule to what payrules holds its own to; RuleError has a sentence for each fault.

    What cannot be told when it is made: that it cites its law, that it reads nothing in
    vain, that its source leaves rounding to `payrules.money`, and, on claims priced by all of
    Medicare's rules with it in their midst, that its hints change nothing, nor the order of the
    lines, and that each step says why. `terms` are other terms than its own that it is checked
    on, too; `claims` a batch that its lines meet it in (the demonstration batch unless given).
    """
    variants = [rule, *(rule.on_terms(cites=rule.cites, **each) for each in terms)]
    found = [*_of_itself(rule), *_of_its_source(rule), *_of_its_reading(rule, variants)]
    for each in variants:
        found += _in_action(each, _batch(claims), must_meet=claims is not None)
    if found:
        raise RuleError(*(f"Rule {rule.name} {each}." for each in dict.fromkeys(found)))


# --------------------------------------------------------------------------- what it says of itself


def _of_itself(rule: Rule) -> Iterator[str]:
    if len(rule.cites) <= _SHORTEST_CITATION:
        yield f"cites {rule.cites!r}: name the law or manual with its section"
    if not rule.title.endswith("."):
        yield "has a first sentence that does not end on its line, with a full stop"


def _of_its_source(rule: Rule) -> Iterator[str]:
    """Refuse what rounds or leaves whole numbers: only `payrules.money` does."""
    adjustment = rule.adjustment()
    parts = (rule.decide, adjustment.among, adjustment.marks, *adjustment.facts)
    for function in filter(inspect.isfunction, parts):
        try:
            lines, first = inspect.getsourcelines(function)
        except OSError:
            continue  # typed in at a prompt: pricing refuses what is no whole number all the same
        for node in ast.walk(ast.parse(dedent("".join(lines)))):
            where = f"in line {first + getattr(node, 'lineno', 1) - 1} of its file"
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                yield f"divides by / {where}: payrules.money rounds half up to the cent"
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in _INEXACT or (isinstance(node, ast.Name) and name == "float"):
                yield f"uses {name} {where}: amounts are whole cents, and payrules.money rounds"


def _of_its_reading(rule: Rule, variants: Sequence[Rule]) -> Iterator[str]:
    """Refuse what it reads unsaid where all tables are at hand, and what it declares in vain."""
    tables = [empty_tables([rule.needs] if rule.needs else []), empty_tables(list(TABLES))]
    adjustments = [(each, each.adjustment()) for each in variants]

    def without(name: str | None) -> list[str]:
        return [
            fault
            for each, adjustment in adjustments
            for there in tables
            for fault in faults(
                adjustment,
                kind=rule.kind,
                reads=[column for column in each.reads if column != name],
                tables=there,
            )
        ]

    yield from without(None)
    # Rules that divide units declare what `payrules.engine.components` reads for all of them.
    for name in rule.reads:
        if name not in COMPONENT_COLUMNS and not without(name):
            yield f"declares {name!r} and does not read it"


# ------------------------------------------------------------------------------------- what it does


def in_its_place(rule: Rule, rules: Sequence[Rule] = RULES) -> tuple[Rule, ...]:
    """Give rules with this one for that of its name, or else as the last of its kind."""
    if rule.name in {each.name for each in rules}:
        return tuple(rule if each.name == rule.name else each for each in rules)
    last = max(place for place, each in enumerate(rules) if each.kind == rule.kind)
    return (*rules[: last + 1], rule, *rules[last + 1 :])


def decided_otherwise(rule: Rule, otherwise: Callable[[Adjustment], Adjustment]) -> Rule:
    """Give a rule that puts its decision another way."""

    def decide(**terms: Any) -> Adjustment:
        return otherwise(rule.decide(**terms))

    return replace(rule, decide=decide)


def without_hints(rule: Rule) -> Rule:
    """Give a rule that looks at every pool."""
    return decided_otherwise(rule, lambda adjustment: replace(adjustment, hints=Hints()))


def _has_hints(rule: Rule) -> bool:
    hints = rule.adjustment().hints  # of conditions, which have no truth of their own
    return not (hints.triggers is None and hints.crowded is False and hints.alike is None)


@cache
def _schedules() -> tuple[Schedules, Tables]:
    """Give the schedules and tables that ship with payrules, whatever else is imported."""
    schedules = load_schedules(content_folder("fee_schedules"))
    return schedules, load_tables(schedules)


@cache
def _demonstration() -> Batch:
    return read_batch(BATCH, localities=_schedules()[0].localities(), default_locality="national")


def _batch(claims: Path | pl.DataFrame | None) -> Batch:
    if claims is None:
        return _demonstration()
    terms: dict[str, Any] = {
        "localities": _schedules()[0].localities(),
        "default_locality": "national",
    }
    return read_batch(claims, **terms)


def _in_action(rule: Rule, batch: Batch, *, must_meet: bool) -> Iterator[str]:
    """Price a batch with the rule among Medicare's, and hold it against other ways of the same."""
    if not batch.lines.height:
        yield "is checked on claims of which none is a line: see why they are rejected"
        return
    # Medicare's own rules are one set, whichever of them is looked at.
    is_medicares = batch is _demonstration() and any(rule is each for each in RULES)
    if is_medicares:
        plain, turned = _medicare()
    else:
        plain, turned = _priced(rule, batch.lines), _priced(rule, batch.lines.reverse())
    if must_meet and rule.name not in plain.looked_at:
        yield "looks at no line of the claims that it is checked on"
    if _has_hints(rule) and not _are_same(plain, _priced(without_hints(rule), batch.lines)):
        yield "gives other results without its hints: they may say where to look, and no more"
    if not _are_same(plain, turned):
        yield "gives other results for the same lines in another order: sort by line_order"
    assert plain.trail is not None
    steps = plain.trail.filter(pl.col("rule").cast(pl.String) == rule.name)
    if steps["detail"].null_count():
        yield "leaves a step without a sentence: its detail is null for some line"
    lowered = steps.filter(pl.col("after") < pl.col("before"))
    if lowered["carc"].null_count():
        yield "pays less without a CARC that says why"


def _priced(rule: Rule, lines: pl.DataFrame) -> Priced:
    schedules, tables = _schedules()
    return price(lines, in_its_place(rule), schedules, tables=tables, looked_at=True)


@cache
def _medicare() -> tuple[Priced, Priced]:
    """Give the demonstration batch priced by Medicare's rules, in its order and the other way."""
    lines = _demonstration().lines
    return _priced(RULES[0], lines), _priced(RULES[0], lines.reverse())


def _are_same(one: Priced, other: Priced) -> bool:
    """Whether results and trails are the same, line by line, in whatever order lines stand."""
    return _by_line(one.lines).equals(_by_line(other.lines)) and _steps(one).equals(_steps(other))


def _by_line(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort(_KEY)


def _steps(priced: Priced) -> pl.DataFrame:
    assert priced.trail is not None
    rows = priced.trail["row"]
    named = priced.trail.drop("row").with_columns(priced.lines[name].gather(rows) for name in _KEY)
    texts = [name for name, kind in named.schema.items() if isinstance(kind, pl.Categorical)]
    return named.with_columns(pl.col(texts).cast(pl.String)).sort(*_KEY, "step")
