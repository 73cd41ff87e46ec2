"""What a rule decides: which lines it meets, what happens to them, and why.

A rule returns an `Adjustment`. It decides with polars expressions only. It cannot round, cannot
write the trail and cannot forget it: those are the pipeline's (`payrules.engine.ledger`).

    marks       names for what a line says by itself; all below may read them (of a rule that
                asks a table: a function of the tables)
    among       the lines that can meet the rule, by one cheap look at each; of several
                conditions all must hold
    pool        the lines judged together
    facts       what a line's company tells about it: windows, or a join on a table
    outcomes    the verbs: the first whose `when` holds is what happens to the line
    tells       what is kept of every line judged, whatever happens to it
    notes       remarks for a person; every one that holds is kept
    standing    the statuses of the lines that the rule still sees
    hints       what makes it quick and means nothing: without them every result is the same

A mark or condition that reads nothing but the schedule row is worked out once a row, of which a
batch has far fewer than lines; the pipeline sees by itself which those are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any, Literal

import polars as pl

from payrules.claims.columns import COVERAGE_FOUND
from payrules.engine.tables import Tables
from payrules.few import are_few, at, at_hand, select
from payrules.frozen import frozen
from payrules.money import WHOLE, half_up

PRICED, BUNDLED, DENIED, BY_REPORT, NOT_ON_SCHEDULE = range(5)
STATUSES = ("priced", "bundled", "denied", "by_report", "not_on_schedule")

#: Columns that rules change, and the pipeline keeps: cents, counts, marks, a source.
STATE: dict[str, Any] = {
    "status": pl.UInt8,  # index into STATUSES
    "amount": pl.Int64,  # the line's amount so far, cents
    "ranked_units": pl.Int64,  # units that are ranked one by one; 1 once bilateral used them up
    "unit_factor": pl.Int64,  # bilateral factor inside one unit, ten-thousandths
    "first_unit_amount": pl.Int64,  # of the line's first unit, cents
    "later_unit_amount": pl.Int64,  # of every other unit, cents
    "first_technical_amount": pl.Int64,  # technical share of the first unit, once a rule changed it
    "later_technical_amount": pl.Int64,
    "first_technical_reduced": pl.Boolean,  # by a multiple-procedure rule of indicators 4, 6, 7
    "later_technical_reduced": pl.Boolean,
    "units_used_up": pl.Boolean,  # by the bilateral rule
    "pair": pl.Int64,  # row of the first line of an RT + LT pair
    "family": pl.Int64,  # number of the endoscopy family that is ranked as one amount
    "operation": pl.Int64,  # row of the first line of a procedure billed on more than one
    "ranked_share": pl.Int64,  # of its amount, which a line of one is ranked by: 9,000ths
    # Row of the first line of a session that a contract pays one amount for: a rule on amounts that
    # does not read it does not see the line.
    "case": pl.Int64,
    "case_charge": pl.Int64,  # what was charged for all lines of it, on the first; cents
    "ranking": pl.Int64,  # the session a line is ranked in: its own unless a rule says another
    "ranked_technical_amount": pl.Int64,  # the line's technical share as ranking left it
    "capped_fee": pl.Int64,  # of one unit: what the hospital cap leaves of its fee, cents
    "contract_fee": pl.Int64,  # of one unit: what a contract pays for it in full, cents
    # Of the whole service, the part that a share for a part of it or a role in it leaves: a price
    # that is agreed for the whole is multiplied by it (`part_left`).
    "part_of_whole": pl.Int64,
    "anesthesia_amount": pl.Int64,  # base and time units × conversion factor, cents
    "amount_before_nonparticipating": pl.Int64,
    "deductible_waived": pl.Boolean,  # a service that takes no deductible
    "patient_share": pl.Int64,  # by the table of preventive services, ten-thousandths
    "cites_of_share": pl.String,  # the source of that share
    "deductible_amount": pl.Int64,
    "coinsurance_amount": pl.Int64,
    "medicare_amount": pl.Int64,
    "primary_payer_adjustment": pl.Int64,  # what another payer's payment leaves of Medicare's
    "amount_before_mips": pl.Int64,
    "amount_after_mips": pl.Int64,
    "sequestration_amount": pl.Int64,
    "patient_amount": pl.Int64,
    "limiting_charge": pl.Int64,
    "hpsa_bonus_amount": pl.Int64,  # paid beside the claim: in no other amount
    # What coverage policies find of a line, in words (`payrules.coverage.judging`).
    **dict.fromkeys(COVERAGE_FOUND, pl.String),
}

#: Anesthesia is priced whole by its own rule: rules on procedures do not apply (42 CFR 414.46).
NOT_ANESTHESIA = pl.col("status_code") != "J"

Facts = Mapping[str, pl.Expr] | Callable[[pl.LazyFrame, Tables], pl.LazyFrame]


@frozen
class Outcome:
    """What happens to a line: a status or amounts, the codes that say so, and the fact behind it.

    `detail` is a sentence (text expression) for the trail; `factor` the share paid, in
    ten-thousandths, where one number says it; `cites` (text expression) the source of the step,
    where it is of the line and not the rule's. `of_term` (text expression) names the terms that the
    step is by, "also rank_by": of a payer's pages the ones of these are cited, and no others.
    Without a detail it is no step of the trail: it changes no amount and no status, and only keeps
    a fact for a later rule.
    """

    when: pl.Expr
    sets: Mapping[str, pl.Expr]
    detail: pl.Expr | None
    group_code: str | None = None
    carc: str | None = None
    rarc: str | None = None
    factor: pl.Expr | None = None
    cites: pl.Expr | None = None
    of_term: pl.Expr | None = None


@frozen
class Note:
    """A remark on a line that a person should look at; `of_amount` only while it is paid."""

    when: pl.Expr
    text: pl.Expr
    of_amount: bool = False


Conditions = pl.Expr | Sequence[pl.Expr] | Callable[[Tables], pl.Expr]


Marks = Mapping[str, pl.Expr] | Callable[[Tables], Mapping[str, pl.Expr]]


def each_condition(conditions: Conditions, tables: Tables) -> list[pl.Expr]:
    """Give the conditions of an adjustment's `among` or `triggers` one by one."""
    if isinstance(conditions, pl.Expr):
        return [conditions]
    return [conditions(tables)] if callable(conditions) else list(conditions)


@frozen
class Hints:
    """What lets a rule look at fewer pools: it is quicker by them, and decides the same without.

    `triggers`: only pools with such a line are looked at. `crowded`: only pools with more than one
    unit; where it is a condition, with more than one line, or one of which it holds. `alike`: a
    column of the schedule row that the lines of a pool must share to matter to each other.
    """

    triggers: Conditions | None = None
    crowded: bool | pl.Expr = False
    alike: str | None = None


@frozen
class Adjustment:
    """A rule's decision, for the pipeline to apply."""

    among: Conditions
    marks: Marks = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()
    tells: Mapping[str, pl.Expr] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    facts: Sequence[Facts] = ()
    pool: str | None = None  # the pool's column, payrules.engine.session
    standing: Sequence[int] = (PRICED,)  # statuses of the lines the rule still sees
    hints: Hints = field(default_factory=Hints)

    def marks_by(self, tables: Tables) -> Mapping[str, pl.Expr]:
        """Give its marks; those of a rule that asks a table are made of the table."""
        return self.marks(tables) if callable(self.marks) else self.marks

    @cached_property
    def choice(self) -> pl.Expr:
        """The number of the first outcome whose `when` holds: Int32, null where none does."""
        choice = pl.lit(None, dtype=pl.Int32)
        for number, outcome in reversed(list(enumerate(self.outcomes))):
            choice = pl.when(outcome.when).then(number).otherwise(choice)
        return choice


def in_order(*columns: str | tuple[str, Literal["highest first"]]) -> Facts:
    """Sort the pool, so that places in it count; lowest first unless told, nothing last.

    Many lines by one column after the other, the last first, in sorts that keep what is equal in
    place: sorting them by all at once takes several times as long.
    """
    names = [column if isinstance(column, str) else column[0] for column in columns]
    descending = [not isinstance(column, str) for column in columns]

    def sort(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
        lines = at_hand(pool)
        keys = select(lines, *names).with_row_index("_place")
        kept = {"nulls_last": True, "maintain_order": True}
        if are_few(lines):
            keys = keys.sort(names, descending=descending, **kept)
        else:
            for name, falling in zip(reversed(names), reversed(descending), strict=True):
                keys = keys.sort(name, descending=falling, **kept)
        return at(lines, keys["_place"]).lazy()

    return sort


def so_far(count: pl.Expr, pool: str) -> pl.Expr:
    """Add up to each line, itself included, within its pool; the lines are sorted by pool first.

    A window would look for each line's pool by itself, and take twenty times as long.
    """
    total = count.cum_sum()
    begins = pl.col(pool) != pl.col(pool).shift(1, fill_value=-1)
    return total - pl.when(begins).then(total - count).forward_fill()


def text(sentence: str | pl.Expr) -> pl.Expr:
    """Give a plain sentence as an expression."""
    return pl.lit(sentence) if isinstance(sentence, str) else sentence


def _take_out(
    status: int,
    amount: int | None,
    when: pl.Expr,
    why: str | pl.Expr,
    group_code: str | None = None,
    carc: str | None = None,
    rarc: str | None = None,
) -> Outcome:
    """End a line's pricing with a status."""
    return Outcome(
        when=when,
        sets={"status": pl.lit(status, dtype=pl.UInt8), "amount": pl.lit(amount, dtype=pl.Int64)},
        detail=text(why),
        group_code=group_code,
        carc=carc,
        rarc=rarc,
    )


def bundle(when: pl.Expr, why: str | pl.Expr, *, carc: str, rarc: str | None = None) -> Outcome:
    """Pay nothing: payment is inside another service."""
    return _take_out(BUNDLED, 0, when, why, "CO", carc, rarc)


def deny(when: pl.Expr, why: str | pl.Expr, *, carc: str, rarc: str | None = None) -> Outcome:
    """Pay nothing: not payable as billed, and the practice bears it."""
    return _take_out(DENIED, 0, when, why, "CO", carc, rarc)


def deny_noncovered(when: pl.Expr, why: str | pl.Expr, *, carc: str) -> Outcome:
    """Pay nothing: Medicare does not cover it, and the patient bears it."""
    return _take_out(DENIED, 0, when, why, "PR", carc)


def refer(when: pl.Expr, why: str | pl.Expr) -> Outcome:
    """Give no amount: the contractor prices the line, or documents are needed."""
    return _take_out(BY_REPORT, None, when, why)


def leave_off(when: pl.Expr, why: str | pl.Expr) -> Outcome:
    """Give no amount: the schedule does not pay this code."""
    return _take_out(NOT_ON_SCHEDULE, None, when, why)


#: All of a service: as parts of it are kept, finer than any amount can show.
WHOLE_SERVICE = 10**12


def part_left(
    by: pl.Expr, over: pl.Expr | int = 1, *, of: pl.Expr | None = None
) -> dict[str, pl.Expr]:
    """Keep the part of a whole service that a share leaves: ten-thousandths, over a divisor.

    It is a part `of` what is left so far; reads `part_of_whole`.
    """
    held = (pl.col("part_of_whole") if of is None else of).fill_null(WHOLE_SERVICE)
    # In 128 bits: two shares and a divisor may leave 64.
    return {
        "part_of_whole": half_up(held.cast(pl.Int128) * by, pl.lit(WHOLE) * over).cast(pl.Int64)
    }


def scale(
    when: pl.Expr,
    by: pl.Expr,
    why: str | pl.Expr,
    *,
    over: pl.Expr | None = None,
    carc: str | None = None,
    rarc: str | None = None,
    sets: Mapping[str, pl.Expr] | None = None,
    of_term: str | pl.Expr | None = None,
    of_whole: bool = False,
) -> Outcome:
    """Multiply the line's amount by a factor in ten-thousandths (over a divisor), one rounding.

    `of_whole` where it is a part of the service, or a role in it: the rule reads `part_of_whole`.
    """
    sets = {**(sets or {}), **(part_left(by, 1 if over is None else over) if of_whole else {})}
    divisor = WHOLE if over is None else over * WHOLE
    scaled = half_up(pl.col("amount") * by, divisor)
    return Outcome(
        when=when,
        sets={"amount": scaled, **sets},
        detail=text(why),
        group_code="CO" if carc else None,
        carc=carc,
        rarc=rarc,
        factor=by if over is None else None,
        of_term=None if of_term is None else text(of_term),
    )


def cap(
    when: pl.Expr,
    at: pl.Expr,
    why: str | pl.Expr,
    *,
    carc: str,
    sets: Mapping[str, pl.Expr] | None = None,
) -> Outcome:
    """Pay no more than a limit, in cents."""
    return Outcome(
        when=when & (pl.col("amount") > at),
        sets={"amount": at, **(sets or {})},
        detail=text(why),
        group_code="CO",
        carc=carc,
    )


def pay(
    when: pl.Expr,
    amount: pl.Expr,
    why: str | pl.Expr,
    *,
    factor: pl.Expr | None = None,
    carc: str | None = None,
    rarc: str | None = None,
    group_code: str = "CO",
    sets: Mapping[str, pl.Expr] | None = None,
    cites: pl.Expr | None = None,
    of_term: str | pl.Expr | None = None,
) -> Outcome:
    """Set the line's amount, in cents."""
    return Outcome(
        when=when,
        sets={"amount": amount, **(sets or {})},
        detail=text(why),
        group_code=group_code if carc else None,
        carc=carc,
        rarc=rarc,
        factor=factor,
        cites=cites,
        of_term=None if of_term is None else text(of_term),
    )


def pay_units(
    when: pl.Expr,
    first: pl.Expr,
    later: pl.Expr,
    why: str | pl.Expr,
    *,
    factor: pl.Expr | None = None,
    carc: str | None = None,
    rarc: str | None = None,
    sets: Mapping[str, pl.Expr] | None = None,
    of_term: str | pl.Expr | None = None,
) -> Outcome:
    """Set the amount of a line's first unit and of each later one; the line is their sum."""
    return pay(
        when,
        first + (pl.col("ranked_units") - 1) * later,
        why,
        factor=factor,
        carc=carc,
        rarc=rarc,
        sets={"first_unit_amount": first, "later_unit_amount": later, **(sets or {})},
        of_term=of_term,
    )


def keep(when: pl.Expr, sets: Mapping[str, pl.Expr]) -> Outcome:
    """Keep a fact for a later rule, where nothing happens to the line."""
    return Outcome(when=when, sets=sets, detail=None)


def note(when: pl.Expr, remark: str | pl.Expr, *, of_amount: bool = False) -> Note:
    """Leave a remark for a person; `of_amount` falls away where the line is not paid after all."""
    return Note(when, text(remark), of_amount)


def denied_by_a_stand_in(denied: pl.Expr) -> Note:
    """Leave a remark on a denial by another quarter's edit; reads `_stands_in` (`standing_in`)."""
    return note(
        denied & pl.col("_stands_in").is_not_null(),
        pl.format(
            "denied by an edit of {}, used because this quarter's is not loaded: check it in "
            "CMS's table",
            "_stands_in",
        ),
    )
