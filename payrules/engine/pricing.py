"""Prices claim lines: fee schedule amounts, then a payer's rules in order, then the trail.

The ledger is the only place where a rule's decision is applied, where a status or an amount
changes, and where the trail is written: so no rule can forget it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import date
from functools import cached_property

import polars as pl
import polars.selectors as cs

from payrules.claims.columns import is_among_lines
from payrules.engine.known import Known
from payrules.engine.ledger import WORDS, Ledger
from payrules.engine.rule import Rule, must_be_in_order
from payrules.engine.tables import Edits
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.frozen import frozen
from payrules.schedules import Schedules


@frozen
class Priced:
    """Priced lines and their trail, in cents: what `payrules.runs.results` writes for people.

    `lines` has the input's columns and, in the same order, those of `RESULTS`; `held` are the same,
    in less room and time: results of few words (status, release, …) are categories in it;
    `trail` the columns row, step, rule, before, factor (ten-thousandths), after, group_code,
    carc, rarc, cites, detail; None where no trail was asked for. `looked_at` marks, where it was
    asked for, the lines that each rule looked at, whether it did anything to them or not.
    """

    held: pl.DataFrame
    trail: pl.DataFrame | None
    looked_at: Mapping[str, pl.Series] = field(default_factory=dict)

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines, every word as text."""
        return self.held.with_columns(cs.by_dtype(WORDS).cast(pl.String))


def price(
    lines: pl.DataFrame,
    rules: Iterable[Rule],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Edits | None = None,
    history: pl.DataFrame | None = None,
    trail: bool = True,
    looked_at: bool = False,
    release_cites: tuple[str, date] | None = None,
    progress: Callable[[str], None] | None = None,
    without: Mapping[str, pl.Series] | None = None,
) -> Priced:
    """Price checked claim lines (`payrules.claims.Batch.lines`) with a payer's rules, in order.

    Amounts are Int64 cents. Columns of the lines that are none of the intake's are put aside, and
    joined to the results by row: no name of theirs reaches a rule. `history` are lines that only
    count for coverage policies; `release_cites` is the page of a contract that names the
    release, with its first day.
    `without` masks, by a rule's name, the lines that it does not look at: those of whole persons,
    among whom it ranks. Raises ScheduleError for an unknown release and RuleError for a rule that
    reads a column it does not declare.
    """
    rules = tuple(rules)
    must_be_in_order(rules)
    aside = [lines.get_column(name) for name in lines.columns if not is_among_lines(name)]
    # By their names, which are ours: as series, columns of one value would be written out.
    lines = lines.select(name for name in lines.columns if is_among_lines(name))
    known = Known(lines, rules, schedules, release, dollars, tables, history)
    known.without = without or {}
    ledger = Ledger(known, keep_trail=trail, release_cites=release_cites)
    ledger.looked_at = {} if looked_at else None
    for rule in rules:
        if progress:
            progress(rule.name)
        ledger.apply(rule)
    priced = Priced(*ledger.close(), ledger.looked_at or {})
    aside = [each for each in aside if each.name not in priced.held.columns]
    return replace(priced, held=priced.held.hstack(aside)) if aside else priced
