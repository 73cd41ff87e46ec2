"""Which of Medicare's rules read each modifier, as their own expressions tell.

Nothing is listed by hand that an expression can tell: a list beside the rules would be wrong, in
silence, with the next rule.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import polars as pl

from payrules.claims.modifiers import Modifier, modifier_table, modifiers_of
from payrules.engine.adjustment import each_condition
from payrules.engine.rule import Rule
from payrules.engine.soundness import ALWAYS, READABLE, empty_tables
from payrules.payers import MEDICARE
from payrules.rules.anesthesia import anesthesia
from payrules.rules.schedule import schedule

#: Where a rule's page stands in the documentation.
PAGE = "reference/rules/"
#: What no expression of a rule asks for: AA and QZ are what a line pays without the others, and QW
#: chooses the row of the laboratory fee schedule.
_BY_ABSENCE: Mapping[str, Rule] = {"AA": anesthesia, "QZ": anesthesia, "QW": schedule}
_FLAGS = re.compile(r'col\("((?:more_)?modifiers(?:_\d)?)"\)\)? & \(?(?:dyn int: |lit\()?\(?(\d+)')
_LISTS = re.compile(r'\[\[("[^\]]*")\]\]')
_WRITTEN = 'col("hcpcs_modifier_'


@cache
def readers() -> Mapping[str, tuple[Rule, ...]]:
    """Give the rules that read each modifier, in the order in which they are applied."""
    found: dict[str, dict[str, Rule]] = {}
    for rule in MEDICARE.rules:
        # Long lists are else written with an ellipsis.
        with pl.Config(fmt_table_cell_list_len=-1):
            asked = [each for text in _texts(rule) for each in _asked_in(text)]
        for modifier in asked:
            found.setdefault(modifier, {})[rule.name] = rule
        for modifier, by in _BY_ABSENCE.items():
            if by.name == rule.name:
                found.setdefault(modifier, {})[rule.name] = rule
    return {modifier: tuple(by.values()) for modifier, by in found.items()}


def here(row: Modifier) -> str:
    """Say what payrules does by a modifier: which rules read it, or why none does."""
    by = readers().get(row.modifier, ())
    return f"read by {', '.join(rule.name for rule in by)}" if by and row.in_force else row.here


def _asked_in(text: str) -> Iterator[str]:
    """Give the modifiers for which an expression, or a plan, as text asks a line."""
    for column, flags in _FLAGS.findall(text):
        yield from modifiers_of(column, int(flags))
    if _WRITTEN in text:
        for listed in _LISTS.findall(text):
            names = [each.strip().strip('"') for each in listed.split(",")]
            if all(name in modifier_table() for name in names):
                yield from names


def _texts(rule: Rule) -> Iterator[str]:
    """Give a rule's expressions as text, and the plan of its facts on a pool without lines."""
    adjustment = rule.adjustment()
    tables = empty_tables([rule.needs] if rule.needs else [])
    marks = adjustment.marks_by(tables)
    conditions = [adjustment.among, adjustment.hints.triggers]
    those = [each_condition(each, tables) for each in conditions if each is not None]
    for each in _expressions((adjustment, marks, those)):
        yield str(each)
    pool = pl.LazyFrame(schema={name: READABLE[name] for name in (*ALWAYS, *rule.reads)})
    pool = pool.with_columns(**marks)
    for facts in adjustment.facts:
        pool = facts(pool, tables) if callable(facts) else pool.with_columns(**facts)
    yield pool.explain(optimized=False)


def _expressions(held: Any) -> Iterator[pl.Expr]:
    if isinstance(held, pl.Expr):
        yield held
    elif is_dataclass(held):
        for each in fields(held):
            yield from _expressions(getattr(held, each.name))
    elif isinstance(held, Mapping):
        yield from _expressions([*held.values()])
    elif isinstance(held, Sequence) and not isinstance(held, str):
        for each in held:
            yield from _expressions(each)
