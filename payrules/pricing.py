"""Prices claim lines: fee schedule amounts, then a payer's rules in order, then the trail.

The pipeline here is the only place where a rule's decision is applied, where a status or an
amount changes, and where the trail is written: so no rule can forget it. Lines that an edit
took out are not shown to later rules, so they can never rank or trigger a reduction.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from payrules import money
from payrules.errors import RuleError
from payrules.fee_schedule import DollarSchedule, attach_fees
from payrules.modifiers import encode
from payrules.rule import (
    NOT_ON_SCHEDULE,
    PRICED,
    STATE,
    STATUSES,
    Adjustment,
    Outcome,
    Rule,
    Tables,
    dollars,
)
from payrules.schedules import Schedules
from payrules.session import identify
from payrules.trail import FEE_FORMULA, Trail


@dataclass(frozen=True)
class Priced:
    """Priced lines and their trail, in cents: what `payrules.results` writes for people.

    `lines` has the input's columns and, in the same order, the columns of interface.md §2;
    `trail` the columns row, step, rule, before, factor (ten-thousandths), after, group_code,
    carc, rarc, cites, detail; None where no trail was asked for.
    """

    lines: pl.DataFrame
    trail: pl.DataFrame | None


def price(
    lines: pl.DataFrame,
    rules: Iterable[Rule],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Tables | None = None,
    trail: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Priced:
    """Price checked claim lines (`payrules.claims.Batch.lines`) with a payer's rules, in order.

    Amounts are Int64 cents. Raises ScheduleError for an unknown release and RuleError for a rule
    that reads a column it does not declare.
    """
    rules = tuple(rules)
    read = {name for rule in rules for name in rule.reads}
    ledger = _Ledger(lines, read, schedules, release, dollars, tables or Tables(), keep_trail=trail)
    allowed_is_final = False
    for rule in rules:
        if rule.kind == "payment" and not allowed_is_final:
            ledger.settle_allowed_amount()
            allowed_is_final = True
        if progress:
            progress(rule.name)
        ledger.apply(rule)
    if not allowed_is_final:
        ledger.settle_allowed_amount()
    return ledger.close()


class _Ledger:
    """The lines, what the schedule says of them, what the rules did so far, and the trail."""

    def __init__(
        self,
        lines: pl.DataFrame,
        read: Collection[str],
        schedules: Schedules,
        release: str | None,
        dollars: DollarSchedule | None,
        tables: Tables,
        *,
        keep_trail: bool,
    ) -> None:
        self._height = lines.height
        first_day = lines["service_date"].min()
        self._first_day = first_day if isinstance(first_day, date) else date.max
        self._tables = tables
        self._keep_trail = keep_trail
        self._inputs = lines.columns
        self._codes = pl.zeros(self._height, pl.Int32, eager=True)
        self._code_pairs: list[tuple[str | None, str | None]] = [(None, None)]
        self._trail: Trail | None = None
        self._notes: list[pl.DataFrame] = []
        self._reasons: list[pl.DataFrame] = []
        self._gathered: dict[str, pl.Series] = {}
        lines, self._fees = attach_fees(
            identify(encode(lines.rechunk()), read), schedules, release=release, dollars=dollars
        )
        self._lines = lines.with_columns(
            pl.int_range(self._height, dtype=pl.UInt32).alias("row"),
            *(pl.lit(None, dtype=kind).alias(name) for name, kind in STATE.items()),
        )
        self._open(dollars)

    # -- reading ---------------------------------------------------------------

    def _column(self, name: str) -> pl.Series:
        """Give a column of every line: of the claim, of the rules' state, or of its fee."""
        if name in self._lines.columns:
            return self._lines[name]
        if name in self._fees.columns:
            if name not in self._gathered:
                self._gathered[name] = self._fees[name].gather(self._lines["fee_row"])
            return self._gathered[name]
        raise RuleError(f"There is no column {name!r} that a rule could read.")

    def _where(self, conditions: Iterable[pl.Expr]) -> pl.Series:
        """Say of every line whether all conditions hold.

        Those on the schedule row alone are judged once a row of the schedule, not a line.
        """
        of_fees, of_lines, read = [], [], set()
        for condition in conditions:
            names = condition.meta.root_names()
            if names and all(name in self._fees.columns for name in names):
                of_fees.append(condition)
            else:
                of_lines.append(condition)
                read.update(names)
        known = [self._lines["row"], *(self._column(name) for name in read - {"row"})]
        if of_fees:
            rows_hold = self._fees.select(pl.all_horizontal(of_fees)).to_series()
            if not rows_hold.any():
                return pl.repeat(value=False, n=self._height, dtype=pl.Boolean, eager=True)
            known.append(rows_hold.gather(self._lines["fee_row"]).alias("_by_row"))
            of_lines.append(pl.col("_by_row"))
        # Beside `row`, so that a condition that reads nothing is judged for every line.
        return pl.DataFrame(known).select("row", _holds=pl.all_horizontal(of_lines))["_holds"]

    def _rows(self, rule: Rule, adjustment: Adjustment) -> pl.Series:
        """Give the numbers of the lines a rule looks at."""
        among = adjustment.among
        conditions = [among] if isinstance(among, pl.Expr) else list(among)
        if len(adjustment.standing) < len(STATUSES):
            stands = (pl.col("status") == each for each in adjustment.standing)
            conditions.append(pl.any_horizontal(stands))
        if self._first_day < rule.effective:
            conditions.append(pl.col("service_date") >= rule.effective)
        looked_at = self._where(conditions)
        rows = looked_at.arg_true()
        if adjustment.pool is None or not len(rows):
            return rows
        pool = self._column(adjustment.pool)
        if adjustment.triggers is not None:
            triggers = adjustment.triggers
            if callable(triggers):
                triggers = triggers(self._tables)
            triggering = (looked_at & self._where([triggers])).arg_true()
            if not len(triggering):
                return triggering
            triggered = pool.gather(triggering).unique().implode()
            rows = rows.filter(pool.gather(rows).is_in(triggered))
        if adjustment.crowded:
            several = self._lines["ranked_units"].gather(rows) > 1
            rows = rows.filter(pool.gather(rows).is_duplicated() | several)
        return rows

    def _pool(self, rule: Rule, adjustment: Adjustment) -> pl.DataFrame:
        """Give the lines a rule looks at, with the columns it reads."""
        rows = self._rows(rule, adjustment)
        if not len(rows):
            return pl.DataFrame()
        names = dict.fromkeys(("row", "status", "amount", *rule.reads))
        of_lines = [name for name in names if name in self._lines.columns]
        of_fees = [name for name in names if name not in of_lines]
        for name in of_fees:
            if name not in self._fees.columns:
                raise RuleError(f"Rule {rule.name} reads {name!r}; there is no such column.")
        pool = self._lines.select(of_lines)[rows]
        if of_fees:
            pool = pool.hstack(self._fees.select(of_fees)[self._lines["fee_row"].gather(rows)])
        return pool

    # -- writing ---------------------------------------------------------------

    def _of_fees(self, rows: pl.Series, name: str) -> pl.DataFrame:
        """Give the text that the schedule has on some lines."""
        texts = self._fees[name].gather(self._lines["fee_row"].gather(rows))
        return pl.DataFrame([rows.alias("row"), texts.alias("text")])

    def _open(self, dollars: DollarSchedule | None) -> None:
        """Write step 0: the fee schedule amount of one unit, or why there is none."""
        amount = self._column("fee_schedule_amount")
        unpriced = self._column("is_unpriced")
        self._lines = self._lines.with_columns(
            pl.when(unpriced)
            .then(NOT_ON_SCHEDULE)
            .otherwise(PRICED)
            .cast(pl.UInt8)
            .alias("status"),
            amount.alias("amount"),
            amount.alias("first_unit_amount"),
            amount.alias("later_unit_amount"),
            pl.lit(1, dtype=pl.Int64).alias("ranked_units"),
            pl.lit(money.WHOLE, dtype=pl.Int64).alias("unit_factor"),
            pl.lit(value=False).alias("units_used_up"),
            pl.lit(value=False).alias("first_technical_reduced"),
            pl.lit(value=False).alias("later_technical_reduced"),
        )
        rows = unpriced.arg_true()
        if len(rows):
            self._reasons.append(self._of_fees(rows, "unpriced"))
        has_amount = amount.is_not_null()
        rare = (self._column("rarely_in_setting") & has_amount).arg_true()
        if len(rare):
            said = pl.lit("NA indicator: CMS says this is rarely or never done in this setting")
            self._notes.append(pl.select(row=rare, text=said))
        if self._fees["schedule_note"].null_count() < self._fees.height:
            noted = (self._column("schedule_note").is_not_null() & has_amount).arg_true()
            if len(noted):
                self._notes.append(self._of_fees(noted, "schedule_note"))
        if self._keep_trail:
            words = _fee_words(self._fees, in_dollars=dollars is not None)
            cites = FEE_FORMULA if dollars is None else dollars.cites
            self._trail = Trail(amount, words.gather(self._lines["fee_row"]), cites)

    def apply(self, rule: Rule) -> None:
        """Apply one rule's decision to the lines it meets, and write the trail."""
        if rule.needs is not None and getattr(self._tables, rule.needs) is None:
            return
        adjustment = rule.adjustment()
        pool = self._pool(rule, adjustment)
        if not pool.height:
            return
        for facts in adjustment.facts:
            if callable(facts):
                pool = facts(pool.lazy(), self._tables).collect().rechunk()
            else:
                pool = pool.with_columns(**facts)
        for remark in adjustment.notes:
            noted = _only(pool, remark.when)
            if noted.height:
                self._notes.append(noted.select("row", text=remark.text))
        if not adjustment.outcomes:
            return
        choice = pl.lit(None, dtype=pl.Int32)
        for number, outcome in reversed(list(enumerate(adjustment.outcomes))):
            choice = pl.when(outcome.when).then(number).otherwise(choice)
        # Beside `row`, so that a choice that reads nothing is made for every row.
        chosen = pool.select("row", _choice=choice)["_choice"]
        for number, outcome in enumerate(adjustment.outcomes):
            met = _only(pool, chosen == number)
            if met.height:
                self._write(rule, outcome, met)

    def _write(self, rule: Rule, outcome: Outcome, met: pl.DataFrame) -> None:
        """Scatter an outcome into the lines, and record it."""
        # Beside `row`, so that a constant is set in every row.
        changes = met.select(
            "row", **{name: expr.cast(STATE[name]) for name, expr in outcome.sets.items()}
        ).drop("row")
        if "amount" in changes.columns and "status" not in changes.columns:
            # On a day before a term's first value there is nothing to apply: the line is not met.
            has_value = changes["amount"].is_not_null()
            if not has_value.all():
                met, changes = _only(met, has_value), _only(changes, has_value)
        rows = met["row"]
        self._lines = self._lines.with_columns(
            self._lines[name].clone().scatter(rows, changes[name]) for name in changes.columns
        )
        before = met["amount"]
        after = changes["amount"] if "amount" in changes.columns else before
        changes_status = "status" in changes.columns
        # Codes explain a denial or a reduction; a line paid in full carries none.
        explained = (after < before).fill_null(value=False)
        if changes_status:
            explained = explained | (changes["status"] != met["status"])
        if rule.kind != "payment" and (changes_status or outcome.carc):
            pair = (outcome.carc, outcome.rarc)
            if pair not in self._code_pairs:
                self._code_pairs.append(pair)
            # What gives a status says all there is to say: an older code would no longer be true.
            coded = rows if changes_status else rows.filter(explained)
            self._codes = self._codes.scatter(coded, self._code_pairs.index(pair))
        if changes_status:
            self._reasons.append(met.select("row", text=outcome.detail))
        if self._trail is not None:
            self._trail.record(rule, outcome, met, after, explained)

    def settle_allowed_amount(self) -> None:
        """Take the amount as it stands for the allowed amount; what follows says who pays it."""
        self._lines = self._lines.with_columns(allowed_amount="amount")

    def close(self) -> Priced:
        """Give the lines with their results, and the trail."""
        has_amount = pl.col("allowed_amount").is_not_null()
        owed = [
            pl.when(has_amount).then(pl.col(name).fill_null(0)).alias(name)
            for name in ("deductible_amount", "coinsurance_amount", "sequestration_amount")
        ]
        carc, rarc = (
            pl.Series(name, [pair[place] for pair in self._code_pairs], dtype=pl.String).gather(
                self._codes
            )
            for place, name in enumerate(("carc", "rarc"))
        )
        lines = self._lines.with_columns(
            *(self._column(name) for name in ("release", "setting")),
            pl.coalesce(self._column("fee_schedule_amount"), "anesthesia_amount").alias(
                "fee_schedule_amount"
            ),
            pl.Series("status", STATUSES, dtype=pl.String).gather(self._lines["status"]),
            *owed,
            pl.when(has_amount).then("amount").alias("medicare_amount"),
            carc,
            rarc,
            _joined(self._notes, self._height).alias("review"),
            _latest(self._reasons, self._height).alias("reason"),
        ).with_columns(
            pl.when(pl.col("status") != "priced").then("reason").alias("reason"),
            pl.when(has_amount).then(
                pl.coalesce(
                    "patient_amount", pl.col("deductible_amount") + pl.col("coinsurance_amount")
                )
            ),
        )
        lines = lines.select(*self._inputs, *(name for name in RESULTS if name not in self._inputs))
        return Priced(lines, self._trail.close() if self._trail is not None else None)


#: Result columns, in the order of interface.md §2.
RESULTS = (
    "release",
    "locality",
    "setting",
    "status",
    "fee_schedule_amount",
    "allowed_amount",
    "deductible_amount",
    "coinsurance_amount",
    "medicare_amount",
    "sequestration_amount",
    "patient_amount",
    "limiting_charge",
    "carc",
    "rarc",
    "review",
    "reason",
)


def _only(lines: pl.DataFrame, condition: pl.Expr | pl.Series) -> pl.DataFrame:
    """Give the lines for which a condition holds, in one piece.

    A filter may leave empty pieces, and `pl.format` fails on them (polars 2.1).
    """
    if isinstance(condition, pl.Expr):
        # Beside a column, so that a condition that reads nothing is judged for every line.
        condition = lines.select(pl.first(), _holds=condition)["_holds"]
    if condition.all(ignore_nulls=False):
        return lines
    return lines.filter(condition).rechunk()


def _joined(notes: Sequence[pl.DataFrame], height: int) -> pl.Series:
    """Join each line's notes with semicolons, in the order they were left."""
    texts = pl.Series("text", [None], dtype=pl.String).new_from_index(0, height)
    for left in notes:
        earlier = texts.gather(left["row"]).alias("earlier")
        together = left.select(
            pl.concat_str(earlier, "text", separator="; ", ignore_nulls=True)
        ).to_series()
        texts = texts.scatter(left["row"], together)
    return texts


def _latest(reasons: Sequence[pl.DataFrame], height: int) -> pl.Series:
    """Give each line's last reason."""
    texts = pl.Series("text", [None], dtype=pl.String).new_from_index(0, height)
    for reason in reasons:
        texts = texts.scatter(reason["row"], reason["text"])
    return texts


def _fee_words(fees: pl.DataFrame, *, in_dollars: bool) -> pl.Series:
    """Say what each fee schedule amount was made of."""
    if in_dollars:
        words = pl.format("{} amount of the payer's fee schedule", "setting")
    else:

        def number(name: str, decimals: int) -> pl.Expr:
            return money.scaled_text(pl.col(name), decimals)

        expense = (
            pl.when(pl.col("expense_setting") == "facility")
            .then("facility_pe_rvu")
            .otherwise("nonfacility_pe_rvu")
        )
        words = pl.format(
            "(work {} × {} + practice expense {} × {} + malpractice {} × {}) × {}, {}, {},"
            " release {}",
            number("work_rvu", 2),
            number("work_gpci", 3),
            money.scaled_text(expense, 2),
            number("pe_gpci", 3),
            number("malpractice_rvu", 2),
            number("mp_gpci", 3),
            number("conversion_factor", 4),
            "expense_setting",
            "locality",
            "release",
        )
        in_facility = pl.col("expense_setting") == "facility"
        set_fee = pl.when(in_facility).then("facility_fee").otherwise("nonfacility_fee")
        words = (
            pl.when(set_fee.is_not_null())
            .then(pl.format("the fee is set to {}, {}", dollars(set_fee), "expense_setting"))
            .when(pl.col("fee_share") != money.WHOLE)
            .then(pl.format("{} × {}", number("fee_share", 4), words))
            .otherwise(words)
        )
    amount_words = (
        pl.when(pl.col("fee_schedule_amount").is_not_null())
        .then(words)
        .when("is_unpriced")
        .then("unpriced")
        .otherwise(pl.format("status {}: no amount is used", "status_code"))
    )
    return fees.select(amount_words).to_series()
