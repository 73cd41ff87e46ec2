"""Whether a rule's decision is sound, as far as can be known before any batch is priced.

A rule that reads what it does not declare, sets what the pipeline does not keep or pays half a
cent would give a wrong answer and say nothing. Here each such fault becomes a sentence.
"""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from payrules.engine.adjustment import (
    BUNDLED,
    BY_REPORT,
    DENIED,
    NOT_ON_SCHEDULE,
    STATE,
    STATUSES,
    Adjustment,
    Outcome,
    each_condition,
    keep,
)
from payrules.engine.readable import OF_A_CLAIM, OF_A_SCHEDULE, POOLS, SETTLED
from payrules.engine.tables import TABLES, Tables
from payrules.errors import RuleError
from payrules.nearest import perhaps

#: What every rule may read without saying so.
ALWAYS: dict[str, Any] = {
    "row": pl.UInt32,
    "status": STATE["status"],
    "amount": STATE["amount"],
}
READABLE: dict[str, Any] = {
    **OF_A_CLAIM,
    **OF_A_SCHEDULE,
    **POOLS,
    **SETTLED,
    **STATE,
    **ALWAYS,
}
#: Of a step (X12's claim adjustment group codes): obligation, other, payer's, patient's.
GROUP_CODES = ("CO", "OA", "PI", "PR")
_LISTS = ("outcomes", "notes", "facts", "standing")


def empty_tables(names: Collection[str]) -> Tables:
    """Give tables of edits without a row: what a rule makes of a table is known by them."""
    empty: dict[str, Any] = {name: pl.DataFrame(schema=TABLES[name]) for name in names}
    return Tables(**empty)


def faults(
    adjustment: object, *, kind: str, reads: Collection[str], tables: Tables
) -> Iterator[str]:
    """Give what is wrong with a rule's decision, each as the rest of "Rule so-and-so …"."""
    if not isinstance(adjustment, Adjustment):
        yield f"gives {type(adjustment).__name__} where an Adjustment is wanted"
        return
    shape = [*_shape(adjustment)]
    if shape:
        yield from shape
        return
    yield from _pool(adjustment, reads)
    yield from _Reading(reads).follow(adjustment, tables)
    for number, outcome in enumerate(adjustment.outcomes, 1):
        yield from (f"{fault} (outcome {number})" for fault in _outcome(outcome, kind))
    told = keep(pl.lit(value=True), adjustment.tells)
    yield from (f"{fault} (tells)" for fault in _outcome(told, kind))


def _shape(adjustment: Adjustment) -> Iterator[str]:
    """Refuse one thing where several are wanted: a comma forgotten in `outcomes=(deny(…),)`."""
    for name in _LISTS:
        given = getattr(adjustment, name)
        if isinstance(given, str | Mapping) or not isinstance(given, Sequence):
            yield f"needs several `{name}`, or one with its comma: {name}=(…,)"
    if not isinstance(adjustment.standing, Sequence):
        return
    unknown = [each for each in adjustment.standing if each not in range(len(STATUSES))]
    if unknown or not adjustment.standing:
        said = repr(unknown[0]) if unknown else "nothing"
        yield f"has {said} in `standing`; the statuses are {', '.join(STATUSES)}"


def _pool(adjustment: Adjustment, reads: Collection[str]) -> Iterator[str]:
    pool, hints = adjustment.pool, adjustment.hints
    if pool is None:
        hinted = hints.triggers is not None or hints.alike is not None or hints.crowded is not False
        if hinted:
            yield "has hints and no pool: they say which pools to look at"
        return
    for name, position, known in ((pool, "pool", READABLE), (hints.alike, "alike", OF_A_SCHEDULE)):
        if name is not None and name not in known:
            yield f"has {name!r} as `{position}`, and there is none{perhaps(name, known)}"
        elif name is not None and name not in reads:
            yield f"reads {name!r} as `{position}` and does not declare it: add it to reads"
    if pool in READABLE and READABLE[pool] != pl.Int64:
        yield f"has {pool!r} as `pool`, which numbers no pool; those are {', '.join(POOLS)}"


class _Reading:
    """Follows what a rule's expressions read, and of what type each of them comes out."""

    def __init__(self, reads: Collection[str]) -> None:
        self._own = {*ALWAYS, *reads}
        self._take({name: READABLE[name] for name in (*ALWAYS, *reads) if name in READABLE})

    def _take(self, types: Mapping[str, Any]) -> None:
        """Take the columns that a pool has by now."""
        self._types = dict(types)
        self._pool = pl.LazyFrame(schema=self._types)

    def follow(self, adjustment: Adjustment, tables: Tables) -> Iterator[str]:
        """Go through an adjustment as the pipeline does."""
        hints = adjustment.hints
        try:
            marks = adjustment.marks_by(tables)
            among = each_condition(adjustment.among, tables)
            triggers = each_condition(hints.triggers, tables) if hints.triggers is not None else []
        except RuleError as error:
            yield f"asks for what is not there: {error}"
            return
        yield from self._define("marks", marks)
        crowded = [hints.crowded] if not isinstance(hints.crowded, bool) else []
        for position, those in (("among", among), ("triggers", triggers), ("crowded", crowded)):
            for each in those:
                yield from self._read(position, each, pl.Boolean)
        for number, facts in enumerate(adjustment.facts, 1):
            position = f"facts, number {number}"
            if callable(facts):
                try:
                    self._take(facts(self._pool, tables).collect_schema())
                except pl.exceptions.ColumnNotFoundError as error:
                    yield self._not_declared(missing(error), position)
                    return
                except Exception:  # it need not bear a pool without lines
                    return
            else:
                yield from self._define(position, facts)
        yield from self._decided(adjustment)

    def _decided(self, adjustment: Adjustment) -> Iterator[str]:
        """Go through what is said of lines whose facts are known."""
        for number, outcome in enumerate(adjustment.outcomes, 1):
            position = f"outcomes, number {number}"
            yield from self._read(position, outcome.when, pl.Boolean)
            if outcome.detail is not None:
                yield from self._read(position, outcome.detail, pl.String)
            if outcome.cites is not None:
                yield from self._read(position, outcome.cites, pl.String)
            if outcome.of_term is not None:
                yield from self._read(position, outcome.of_term, pl.String)
            if outcome.factor is not None:
                yield from self._read(position, outcome.factor, pl.Int64)
            for name, each in outcome.sets.items():
                yield from self._read(f"{position}, {name}", each, STATE.get(name))
        for name, each in adjustment.tells.items():
            yield from self._read(f"tells, {name}", each, STATE.get(name))
        for number, note in enumerate(adjustment.notes, 1):
            yield from self._read(f"notes, number {number}", note.when, pl.Boolean)
            yield from self._read(f"notes, number {number}", note.text, pl.String)

    def _define(self, position: str, named: Mapping[str, pl.Expr]) -> Iterator[str]:
        """Take in columns that a rule makes; none may stand for one that a line has."""
        made = {}
        for name, each in named.items():
            if name in self._own:
                yield f"names a column {name!r} in `{position}` that a line has: choose another"
            made[name] = yield from self._read(position, each, None)
        if made:
            self._take(self._types | made)

    def _read(self, position: str, each: object, wanted: Any) -> Generator[str, None, Any]:
        """Give what is wrong with an expression; return its type, Null where it has a fault."""
        if not isinstance(each, pl.Expr):
            yield f"gives {each!r} in `{position}` where an expression is wanted: pl.lit(…)"
            return pl.Null
        if each.meta.has_multiple_outputs():
            yield f"reads columns by a pattern in `{position}`: name them one by one"
            return pl.Null
        unknown = [name for name in each.meta.root_names() if name not in self._types]
        if unknown:
            yield from (self._not_declared(name, position) for name in dict.fromkeys(unknown))
            return pl.Null
        try:
            found = self._pool.select(_it=each).collect_schema()["_it"]
        except pl.exceptions.PolarsError as error:
            said = str(error).strip().splitlines()
            yield f"has an expression in `{position}` that polars refuses: {said[0]}"
            return pl.Null
        if wanted is not None and not _fits(found, wanted):
            words = {pl.Boolean: "true or false", pl.String: "text"}
            kind = words.get(wanted, "whole numbers (cents, or ten-thousandths)")
            yield f"gives {found} in `{position}` where {kind} is wanted"
        return found

    def _not_declared(self, name: str, position: str) -> str:
        if name.startswith("more_modifiers"):
            return (
                f"asks in `{position}` for a modifier whose bit stands in {name!r}: add"
                " *columns_of(…) of payrules.claims.modifiers, with its modifiers, to reads"
            )
        if name in READABLE:
            return f"reads {name!r} in `{position}` and does not declare it: add it to reads"
        there = perhaps(name, {**READABLE, **self._types})
        return f"reads {name!r} in `{position}`, and there is no such column{there}"


def missing(error: pl.exceptions.ColumnNotFoundError) -> str:
    """Give the name of the column that polars did not find."""
    said = str(error)
    return said.split('"')[1] if '"' in said else said.split(maxsplit=1)[0]


def _fits(found: Any, wanted: Any) -> bool:
    if found in (pl.Null, wanted):
        return True
    return wanted not in (pl.Boolean, pl.String) and found.is_integer()


def _outcome(outcome: Outcome, kind: str) -> Iterator[str]:
    """Refuse an outcome that the pipeline would keep nothing of, or half."""
    for name in outcome.sets:
        if name not in STATE:
            yield f"sets {name!r}, which the pipeline does not keep{perhaps(name, STATE)}"
    if outcome.detail is None and not {"amount", "status"}.isdisjoint(outcome.sets):
        yield "changes an amount or a status without a sentence for the trail"
    if outcome.carc is not None and outcome.group_code is None:
        yield f"gives CARC {outcome.carc} without a group code"
    if outcome.group_code is not None and outcome.group_code not in GROUP_CODES:
        yield f"gives group code {outcome.group_code!r}; they are {', '.join(GROUP_CODES)}"
    constants = {name: _constant(each) for name, each in outcome.sets.items()}
    for name, value in constants.items():
        if isinstance(value, int) and value < 0:
            yield f"sets {name!r} to {value}: it is 0 or more"
    if "status" in outcome.sets:
        yield from _status(constants["status"], constants.get("amount", _ABSENT), outcome, kind)


def _status(status: Any, amount: Any, outcome: Outcome, kind: str) -> Iterator[str]:
    """Refuse a status that is none, or that its amount does not go with."""
    if kind == "payment":
        yield "sets a status in a payment rule, when the allowed amount is settled"
    if status is not _VARIES and status not in range(len(STATUSES)):
        yield f"sets the status {status!r}; it is one of {', '.join(STATUSES)}"
    if amount is _ABSENT:
        yield "sets a status and leaves the amount as it was: set both"
    elif status in (BUNDLED, DENIED) and amount != 0:
        yield f"sets the status {STATUSES[status]} and an amount other than 0"
    elif status in (BY_REPORT, NOT_ON_SCHEDULE) and amount is not None:
        yield f"sets the status {STATUSES[status]} and an amount, where there is none"
    if status in (BUNDLED, DENIED) and outcome.carc is None:
        yield f"sets the status {STATUSES[status]} without a CARC"


_VARIES: Any = object()
_ABSENT: Any = object()


def _constant(each: object) -> Any:
    """Give the value of an expression that reads nothing; of any other, that it varies."""
    if not isinstance(each, pl.Expr) or each.meta.root_names() or each.meta.has_multiple_outputs():
        return _VARIES
    try:
        return pl.select(each).item()
    except (pl.exceptions.PolarsError, ValueError):
        return _VARIES
