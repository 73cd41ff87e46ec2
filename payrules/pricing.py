"""Prices claim lines: fee schedule amounts, then a payer's rules in order, then the trail.

The pipeline here is the only place where a rule's decision is applied, where a status or an
amount changes, and where the trail is written: so no rule can forget it. Lines that an edit
took out are not shown to later rules, so they can never rank or trigger a reduction.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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
)
from payrules.schedules import Schedules
from payrules.session import identify

#: What step 0 of every chain is called.
FEE_SCHEDULE_AMOUNT = "fee_schedule_amount"
FEE_FORMULA = "42 CFR 414.22, 414.26: RVU × GPCI × conversion factor"

#: Columns of the trail; `row` numbers the line, `step` its steps from 0.
_TRAIL = {
    "row": pl.UInt32,
    "step": pl.Int64,
    "rule": pl.String,
    "before": pl.Int64,
    "factor": pl.Int64,
    "after": pl.Int64,
    "group_code": pl.String,
    "carc": pl.String,
    "rarc": pl.String,
    "cites": pl.String,
    "detail": pl.String,
}


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
    ledger = _Ledger(lines, schedules, release, dollars, tables or Tables(), keep_trail=trail)
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
        schedules: Schedules,
        release: str | None,
        dollars: DollarSchedule | None,
        tables: Tables,
        *,
        keep_trail: bool,
    ) -> None:
        self._height = lines.height
        self._tables = tables
        self._keep_trail = keep_trail
        self._inputs = lines.columns
        self._steps = pl.zeros(self._height, pl.Int64, eager=True)
        self._codes = pl.zeros(self._height, pl.Int32, eager=True)
        self._code_pairs: list[tuple[str | None, str | None]] = [(None, None)]
        self._trail: list[pl.DataFrame] = []
        self._notes: list[pl.DataFrame] = []
        self._reasons: list[pl.DataFrame] = []
        self._gathered: dict[str, pl.Series] = {}
        lines, self._fees = attach_fees(
            identify(encode(lines)), schedules, release=release, dollars=dollars
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

    def _pool(self, rule: Rule, adjustment: Adjustment) -> pl.DataFrame:
        """Give the lines a rule looks at, with the columns it reads."""
        among = adjustment.among & pl.col("status").is_in(list(adjustment.standing))
        first_day = self._lines["service_date"].min()
        if first_day is not None and first_day < rule.effective:  # type: ignore[operator]
            among = among & (pl.col("service_date") >= rule.effective)
        looked_at = pl.DataFrame(
            [self._column(name) for name in dict.fromkeys(among.meta.root_names())]
        )
        rows = looked_at.select(pl.arg_where(among)).to_series()
        if not len(rows):
            return pl.DataFrame()
        fee_rows = self._lines["fee_row"].gather(rows)
        names = dict.fromkeys(("row", "status", "amount", *rule.reads))
        columns = []
        for name in names:
            if name in self._lines.columns:
                columns.append(self._lines[name].gather(rows))
            elif name in self._fees.columns:
                columns.append(self._fees[name].gather(fee_rows))
            else:
                raise RuleError(f"Rule {rule.name} reads {name!r}; there is no such column.")
        pool = pl.DataFrame(columns)
        if adjustment.pool is not None and adjustment.triggers is not None:
            triggers = adjustment.triggers
            if callable(triggers):
                triggers = triggers(self._tables)
            triggered = pool.filter(triggers).select(adjustment.pool).unique()
            if not triggered.height:
                return pl.DataFrame()
            pool = pool.join(triggered, on=adjustment.pool, how="semi", maintain_order="left")
        return pool

    # -- writing ---------------------------------------------------------------

    def _open(self, dollars: DollarSchedule | None) -> None:
        """Write step 0: the fee schedule amount of one unit, or why there is none."""
        amount = self._column("fee_schedule_amount")
        unpriced = self._column("is_unpriced")
        whole_units = self._lines["units_thousandths"] // 1000
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
            whole_units.alias("billed_units"),
            pl.lit(value=False).alias("units_used_up"),
            pl.lit(value=False).alias("first_technical_reduced"),
            pl.lit(value=False).alias("later_technical_reduced"),
        )
        rows = self._lines.filter(unpriced).select("row", "fee_row")
        if rows.height:
            texts = self._fees["unpriced"].gather(rows["fee_row"]).alias("text")
            self._reasons.append(pl.DataFrame([rows["row"], texts]))
        rare = self._lines.filter(self._column("rarely_in_setting") & amount.is_not_null())
        if rare.height:
            self._notes.append(
                rare.select(
                    "row",
                    text=pl.lit(
                        "NA indicator: CMS says this is rarely or never done in this setting"
                    ),
                )
            )
        if self._keep_trail:
            words = _fee_words(self._fees, in_dollars=dollars is not None)
            self._trail.append(
                pl.DataFrame(
                    [
                        self._lines["row"],
                        self._steps.alias("step"),
                        amount.alias("after"),
                        words.gather(self._lines["fee_row"]).alias("detail"),
                    ]
                ).with_columns(
                    rule=pl.lit(FEE_SCHEDULE_AMOUNT),
                    cites=pl.lit(FEE_FORMULA),
                )
            )

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
                pool = facts(pool.lazy(), self._tables).collect()
            else:
                pool = pool.with_columns(**facts)
        for remark in adjustment.notes:
            noted = pool.filter(remark.when)
            if noted.height:
                self._notes.append(noted.select("row", text=remark.text))
        if not adjustment.outcomes:
            return
        choice = pl.lit(None, dtype=pl.Int32)
        for number, outcome in reversed(list(enumerate(adjustment.outcomes))):
            choice = pl.when(outcome.when).then(number).otherwise(choice)
        met = pool.with_columns(_choice=choice).filter(pl.col("_choice").is_not_null())
        for number, outcome in enumerate(adjustment.outcomes):
            chosen = (
                met.filter(pl.col("_choice") == number) if len(adjustment.outcomes) > 1 else met
            )
            if chosen.height:
                self._write(rule, outcome, chosen)

    def _write(self, rule: Rule, outcome: Outcome, met: pl.DataFrame) -> None:
        """Scatter an outcome into the lines, and record it."""
        rows = met["row"]
        changes = met.select(
            **{name: expr.cast(STATE[name]) for name, expr in outcome.sets.items()}
        )
        if changes.height != met.height:  # a constant was set
            changes = met.select("row").with_columns(**outcome.sets).drop("row")
        self._lines = self._lines.with_columns(
            self._lines[name].clone().scatter(rows, changes[name]) for name in changes.columns
        )
        before = met["amount"].alias("before")
        after = (changes["amount"] if "amount" in changes.columns else before).alias("after")
        changes_status = "status" in changes.columns
        # Codes explain a denial or a reduction; a line paid in full carries none.
        explained = (after < before).fill_null(value=False)
        if changes_status:
            explained = explained | (changes["status"] != PRICED)
        if rule.kind != "payment" and (changes_status or outcome.carc):
            pair = (outcome.carc, outcome.rarc)
            if pair not in self._code_pairs:
                self._code_pairs.append(pair)
            self._codes = self._codes.scatter(rows.filter(explained), self._code_pairs.index(pair))
        if changes_status:
            self._reasons.append(met.select("row", text=outcome.detail))
        if self._keep_trail:
            steps = self._steps.gather(rows) + 1
            self._steps = self._steps.scatter(rows, steps)
            factor = pl.lit(None, dtype=pl.Int64) if outcome.factor is None else outcome.factor
            self._trail.append(
                met.select(
                    "row",
                    steps.alias("step"),
                    before,
                    factor.cast(pl.Int64).alias("factor"),
                    after,
                    outcome.detail.alias("detail"),
                    rule=pl.lit(rule.name),
                    group_code=pl.when(explained).then(pl.lit(outcome.group_code, dtype=pl.String)),
                    carc=pl.when(explained).then(pl.lit(outcome.carc, dtype=pl.String)),
                    rarc=pl.lit(outcome.rarc, dtype=pl.String),
                    cites=pl.lit(rule.cites),
                )
            )

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
        trail = None
        if self._keep_trail:
            trail = pl.concat(
                [pl.DataFrame(schema=_TRAIL), *self._trail], how="diagonal_relaxed"
            ).sort("row", "step")
        return Priced(lines, trail)


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


def _joined(notes: Sequence[pl.DataFrame], height: int) -> pl.Series:
    """Join each line's notes with semicolons, in the order they were left."""
    texts = pl.Series("text", [None], dtype=pl.String).new_from_index(0, height)
    if not notes:
        return texts
    together = (
        pl.concat(notes).group_by("row", maintain_order=True).agg(pl.col("text").str.join("; "))
    )
    return texts.scatter(together["row"], together["text"])


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
    amount_words = (
        pl.when(pl.col("fee_schedule_amount").is_not_null())
        .then(words)
        .when("is_unpriced")
        .then("unpriced")
        .otherwise(pl.format("status {}: no amount is used", "status_code"))
    )
    return fees.select(amount_words).to_series()
