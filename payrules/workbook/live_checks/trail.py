"""The checks of the trail: every chain of steps, from its fee to its line's allowed amount."""

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from payrules.frozen import frozen
from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks.amounts import TAKEN_BY
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import SECOND_KEY, Formulas
from payrules.workbook.tables import ReportTable

#: Columns without which nothing can be said of a chain.
_NEEDED = ("step", "before", "after", "rule", "claim_id", "claim_line_number")


def of_trail(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare every step with the one before it, and every chain with its line."""
    if formulas.steps is None or formulas.lines is None:
        return
    trail = _Trail(formulas, formulas.steps)
    if not all(trail.cells(name) for name in _NEEDED):
        return
    yield from _steps_meet(trail)
    yield from _changes(trail)
    yield from _factors(trail)
    yield from _payment_steps(formulas)
    yield from _chains(trail, formulas.lines)


@frozen
class _Trail:
    """The cells of the trail's columns: of every step, or from row to row."""

    formulas: Formulas
    table: ReportTable

    @property
    def height(self) -> int:
        return self.table.frame.height

    @property
    def last(self) -> int:
        return self.first + self.height - 1

    @property
    def first(self) -> int:
        return self.table.first_row

    def cells(self, name: str, first: int | None = None, last: int | None = None) -> str | None:
        first, last = self.first if first is None else first, self.last if last is None else last
        return self.formulas.cells(self.table, name, first, last)


def _steps_meet(trail: _Trail) -> Iterator[LiveCheck]:
    """Compare where each step starts with where the one above it ended."""
    if trail.height < 2:
        return

    def here(name: str) -> str | None:
        return trail.cells(name, trail.first + 1)

    def above(name: str) -> str | None:
        return trail.cells(name, last=trail.last - 1)

    same_line = f"({here('claim_id')}={above('claim_id')})" + (
        f"*({here('claim_line_number')}={above('claim_line_number')})"
    )
    follows = f"({here('step')}={above('step')}+1)"
    meets = f"(ABS({here('before')}-{above('after')})<{trail.formulas.near})"
    later = int((trail.table.frame["step"] > 0).sum())
    broken, _ = trail.formulas.figures.broken_chains
    yield LiveCheck(
        "Each step starts where the last one ended",
        f'COUNTIFS({trail.cells("step")},">0")',
        f"SUMPRODUCT(({here('step')}>0)*{same_line}*{follows}*{meets})",
        Decimal(later),
        Decimal(later - broken),
        "steps / those that do",
        counts=True,
    )


def _changes(trail: _Trail) -> Iterator[LiveCheck]:
    """Compare each step's change with its amounts."""
    step, before, after = (trail.cells(name) for name in ("step", "before", "after"))
    change = trail.cells("change_amount")
    if change:
        within = f"({step}>0)*(ABS({after}-{before}-{change})<{trail.formulas.near})"
        yield LiveCheck(
            "Each step's change is its after less its before",
            f"ROWS({step})",
            f"SUMPRODUCT({within}+({step}=0)*({change}=0))",
            Decimal(trail.height),
            Decimal(trail.height),
            "steps / those that do",
            counts=True,
        )


def _factors(trail: _Trail) -> Iterator[LiveCheck]:
    """Compare each step's amount with what its factor makes of the amount before."""
    step, before, after = (trail.cells(name) for name in ("step", "before", "after"))
    factor = trail.cells("factor")
    if factor:
        exact = _steps_of_factors(trail.formulas)
        product = f"(ABS({before}*{factor}-{after})<{trail.formulas.near}+0.0001)"
        yield LiveCheck(
            "Each step's after is its before times its factor",
            f"ROWS({step})" + (f"-{trail.height - exact}" if exact < trail.height else ""),
            f'SUMPRODUCT(1-(1-({factor}=""))*(1-({before}=""))*(1-{product}))',
            Decimal(exact),
            Decimal(exact),
            "steps / those that do",
            counts=True,
        )


def _chains(trail: _Trail, lines: ReportTable) -> Iterator[LiveCheck]:
    """Compare where chains start and end with the amounts of their lines."""
    formulas = trail.formulas
    before, after = trail.cells("before"), trail.cells("after")
    fee, allowed = formulas.of_lines("fee_schedule_amount"), formulas.of_lines("allowed_amount")
    claim, number = formulas.of_lines("claim_id"), formulas.of_lines("claim_line_number")
    if not (allowed and claim and number):
        return
    of_steps = _weight(formulas, trail.cells("claim_id"), trail.cells("claim_line_number"))
    of_lines = _weight(formulas, claim, number)
    ends = _ends(trail)
    _, astray = formulas.figures.broken_chains
    told = total(formulas.figures.lines["allowed_amount"])
    count = Decimal(lines.frame.height)
    same = (
        f"(ABS(SUMPRODUCT({ends}*ROUND({after}*100,0)*{of_steps})"
        f"-SUMPRODUCT(ROUND({allowed}*100,0)*{of_lines}))<0.5)"
    )
    yield LiveCheck(
        "Each chain ends at its line's allowed amount",
        f"COUNTA({claim})",
        f"COUNTA({claim})*{same}",
        count,
        count - astray,
        "lines / their chains",
        counts=True,
    )
    yield LiveCheck(
        "Adjustments: what the last amount steps come to",
        f"SUMPRODUCT({ends}*ROUND({after}*100,0))/100",
        f"SUMPRODUCT(ROUND({allowed}*100,0))/100",
        told if not astray else _ends_total(formulas),
        told,
        "chains / lines",
    )
    if fee and _fees_agree(formulas):
        of_fees = f"SUMPRODUCT(ROUND({fee}*100,0)*{of_lines})"
        firsts = f'SUMPRODUCT(({before}="")*ROUND({after}*100,0)*{of_steps})'
        yield LiveCheck(
            "Each chain starts at its line's fee schedule amount",
            f"COUNTA({claim})",
            f"COUNTA({claim})*(ABS({firsts}-{of_fees})<0.5)",
            count,
            count,
            "lines / their chains",
            counts=True,
        )


def _weight(formulas: Formulas, claims: str | None, numbers: str | None) -> str:
    """Give each line a weight from its claim and its number."""
    return f"({formulas.weight(str(claims), 'claim_id')}+{SECOND_KEY}*{numbers})"


def _ends(trail: _Trail) -> str:
    """Tell the last step of each chain that makes the allowed amount: 1, of others 0.

    The row under the last step is empty: a chain ends before a payment rule or a step 0.
    """
    formulas = trail.formulas
    names = ",".join(map(formulas.rule, dict.fromkeys(formulas.figures.payment_rules)))
    payment = f"ISNUMBER(MATCH({trail.cells('rule')},{{{names}}},0))"
    next_rule = trail.cells("rule", trail.first + 1, trail.last + 1)
    next_step = trail.cells("step", trail.first + 1, trail.last + 1)
    return f"(1-{payment})*(1-(1-ISNUMBER(MATCH({next_rule},{{{names}}},0)))*({next_step}>0))"


def _steps_of_factors(formulas: Formulas) -> int:
    """Count the steps whose amount is what the factor makes of it, or that have none."""
    steps, dollars = formulas.figures.adjustments, pl.Float64
    made = pl.col("before").cast(dollars) * pl.col("factor").cast(dollars)
    off = (made - pl.col("after").cast(dollars).fill_null(0)).abs()
    near = float(formulas.near) + 0.0001
    return steps.filter(made.is_null() | (off < near)).height


def _payment_steps(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare what the rules of payment took, step by step, with the lines' amounts."""
    rule, change = formulas.of_steps("rule"), formulas.of_steps("change_amount")
    taken = formulas.changes_of_rules()
    for name, signs in TAKEN_BY.items():
        if name == "therapy_assistant":
            continue
        ((sign, column),) = signs
        whole, amount = formulas.sum(column), formulas.figures.totals[column]
        changed = amount if sign == "" else -amount
        spoken = " ".join(name.split("_"))
        if rule and change and whole and taken.get(name, Decimal(0)) == changed != 0:
            yield LiveCheck(
                f"Adjustments: {spoken}, step by step",
                f"{sign}SUMIFS({change},{rule},{formulas.rule(name)})",
                whole,
                amount,
                amount,
                "steps / lines",
            )


def _ends_total(formulas: Formulas) -> Decimal:
    steps = formulas.figures.results.adjustments
    amount_steps = steps.filter(~pl.col("rule").is_in(list(formulas.figures.payment_rules)))
    last = amount_steps.group_by("claim_id", "claim_line_number").agg(pl.col("after").last())
    return total(last["after"])


def _fees_agree(formulas: Formulas) -> bool:
    """Whether the first amounts are the fee schedule amounts of the lines, one for one.

    Of anesthesia, the schedule gives none: the first amount is the anesthesia rule's.
    """
    steps = formulas.figures.adjustments.filter(pl.col("before").is_null())
    fees = formulas.figures.lines.filter(pl.col("fee_schedule_amount").is_not_null())
    key = ["claim_id", "claim_line_number"]
    first = steps.filter(pl.col("after").fill_null(0) != 0).select(*key, "after").sort(key)
    theirs = fees.filter(pl.col("fee_schedule_amount") != 0).sort(key)
    return first.height == theirs.height and all(
        first[one].eq_missing(theirs[other]).all()
        for one, other in zip(first.columns, (*key, "fee_schedule_amount"), strict=True)
    )
