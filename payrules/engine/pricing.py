"""Prices claim lines: fee schedule amounts, then a payer's rules in order, then the trail.

The pipeline here is the only place where a rule's decision is applied, where a status or an
amount changes, and where the trail is written: so no rule can forget it. Lines that an edit
took out are not shown to later rules, so they can never rank or trigger a reduction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from payrules import money
from payrules.claims.columns import RESULTS, is_among_lines
from payrules.claims.modifiers import MODIFIER_COLUMNS, MORE_MODIFIERS, encode, more_modifiers
from payrules.engine.global_surgery import CARE_ONLY
from payrules.engine.rule import (
    BUNDLED,
    BY_REPORT,
    DENIED,
    NOT_ON_SCHEDULE,
    PRICED,
    STATE,
    STATUSES,
    Adjustment,
    Outcome,
    Rule,
    Tables,
    dollars,
    each_condition,
    must_be_in_order,
)
from payrules.engine.session import SESSION, identify
from payrules.engine.soundness import missing
from payrules.engine.trail import FEE_FORMULA, Trail
from payrules.errors import RuleError
from payrules.fees.amounts import attach_fees
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.schedules import Schedules

#: What a line's state is until a rule says otherwise, where that is another column.
_BEGINS_AS = {"ranking": SESSION}


@dataclass(frozen=True)
class Priced:
    """Priced lines and their trail, in cents: what `payrules.runs.results` writes for people.

    `lines` has the input's columns and, in the same order, those of `RESULTS`;
    `trail` the columns row, step, rule, before, factor (ten-thousandths), after, group_code,
    carc, rarc, cites, detail; None where no trail was asked for. `looked_at` marks, where it was
    asked for, the lines that each rule looked at, whether it did anything to them or not.
    """

    lines: pl.DataFrame
    trail: pl.DataFrame | None
    looked_at: Mapping[str, pl.Series] = field(default_factory=dict)


def price(
    lines: pl.DataFrame,
    rules: Iterable[Rule],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Tables | None = None,
    trail: bool = True,
    looked_at: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Priced:
    """Price checked claim lines (`payrules.claims.Batch.lines`) with a payer's rules, in order.

    Amounts are Int64 cents. Columns of the lines that are none of the intake's are put aside, and
    joined to the results by row: no name of theirs reaches a rule. Raises ScheduleError for an
    unknown release and RuleError for a rule that reads a column it does not declare.
    """
    rules = tuple(rules)
    must_be_in_order(rules)
    aside = [each for each in lines if not is_among_lines(each.name)]
    lines = pl.DataFrame([each for each in lines if is_among_lines(each.name)])
    read = {name for rule in rules for name in rule.reads}
    read |= {column for name, column in _BEGINS_AS.items() if name in read}
    ledger = _Ledger(lines, read, schedules, release, dollars, tables or Tables(), keep_trail=trail)
    ledger.looked_at = {} if looked_at else None
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
    priced = ledger.close()
    aside = [each for each in aside if each.name not in priced.lines.columns]
    return replace(priced, lines=priced.lines.hstack(aside)) if aside else priced


@dataclass(frozen=True)
class _Marks:
    """What a rule's marks say: of each row of the schedule, or where only a line tells, of each."""

    rows: pl.DataFrame  # the schedule's rows, with the marks that they tell
    lines: Mapping[str, pl.Series]


@dataclass(frozen=True)
class Alternatives:
    """A rule in its place, None where it is off, and what might stand there, by a name of each."""

    rule: Rule | None
    others: tuple[tuple[int, Rule | None], ...] = ()


def reading(
    lines: pl.DataFrame,
    steps: Sequence[Alternatives],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Tables | None = None,
) -> dict[int, int]:
    """Count the lines of which each alternative decides otherwise than the rule in its place.

    Lines are priced as by `price`, up to the last rule that has alternatives.
    """
    lines = pl.DataFrame([each for each in lines if is_among_lines(each.name)])
    rules = [step.rule for step in steps] + [rule for step in steps for _, rule in step.others]
    read = {name for rule in rules if rule is not None for name in rule.reads}
    read |= {column for name, column in _BEGINS_AS.items() if name in read}
    ledger = _Ledger(lines, read, schedules, release, dollars, tables or Tables(), keep_trail=False)
    last = max((number for number, step in enumerate(steps) if step.others), default=-1)
    counts: dict[int, int] = {}
    allowed_is_final = False
    for step in steps[: last + 1]:
        either = step.rule or next(rule for _, rule in step.others if rule is not None)
        if either.kind == "payment" and not allowed_is_final:
            ledger.settle_allowed_amount()
            allowed_is_final = True
        for name, other in step.others:
            counts[name] = ledger.differing(step.rule, other)
        if step.rule is not None:
            ledger.apply(step.rule)
    return counts


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
        self._keep_trail = keep_trail
        #: The lines that each rule looks at; None where nobody asked.
        self.looked_at: dict[str, pl.Series] | None = None
        self._inputs = lines.columns
        self._codes = pl.zeros(self._height, pl.UInt32, eager=True)
        self._code_pairs: list[tuple[str | None, str | None]] = [(None, None)]
        self._trail: Trail | None = None
        self._notes: list[tuple[pl.DataFrame, bool]] = []  # and whether they are of the amount
        self._reasons: list[pl.DataFrame] = []
        lines = encode(lines.rechunk())
        with ThreadPoolExecutor(1) as beside:  # neither needs the other
            identified = beside.submit(identify, lines, read)
            priced, self._fees = attach_fees(lines, schedules, release=release, dollars=dollars)
            lines = identified.result()
        self._fee_row = priced["fee_row"]
        #: What is known of every line: of the claim, of what the rules did, of its schedule row
        #: where a rule asked for it. Series of the rules' own state are changed in place.
        self._columns = {each.name: each for each in lines.get_columns()}
        self._columns["row"] = pl.int_range(self._height, dtype=pl.UInt32, eager=True).alias("row")
        self._tables = tables.about(self._fees["hcpcs_code"].unique())
        self._open(dollars)

    # -- reading ---------------------------------------------------------------

    def _column(self, name: str) -> pl.Series:
        """Give a column of every line: of the claim, of the rules' state, or of its fee."""
        if name not in self._columns:
            if name in _BEGINS_AS:
                self._columns[name] = self._column(_BEGINS_AS[name]).clone().alias(name)
            elif name in STATE:
                nothing = pl.repeat(None, self._height, dtype=STATE[name], eager=True)
                self._columns[name] = nothing.alias(name)
            elif name in self._fees.columns:
                self._columns[name] = self._fees[name].gather(self._fee_row)
            elif name in MORE_MODIFIERS:
                billed = pl.DataFrame([self._columns[each] for each in MODIFIER_COLUMNS])
                self._columns[name] = more_modifiers(billed, name)
            else:
                raise RuleError(f"There is no column {name!r} that a rule could read.")
        return self._columns[name]

    def _marked(self, marks: Mapping[str, pl.Expr]) -> _Marks:
        """Work out marks: once a row of the schedule where they read nothing else, or by line."""
        of_row = {name: mark for name, mark in marks.items() if _reads_only(mark, self._fees)}
        of_line = {name: mark for name, mark in marks.items() if name not in of_row}
        lines = pl.DataFrame()
        if of_line:
            read = {"row", *(name for each in of_line.values() for name in each.meta.root_names())}
            known = pl.DataFrame([self._column(name) for name in read])
            # Beside `row`, so that a constant is said of every line.
            lines = known.select("row", **of_line).drop("row")
        return _Marks(
            self._fees.with_columns(**of_row) if of_row else self._fees,
            {each.name: each for each in lines},
        )

    def _known(self, name: str, marks: _Marks) -> pl.Series:
        """Give a mark, or a column, of every line."""
        if name in marks.lines:
            return marks.lines[name]
        if name in marks.rows.columns and name not in self._fees.columns:
            return marks.rows[name].gather(self._fee_row)
        return self._column(name)

    def _where(self, conditions: Iterable[pl.Expr], marks: _Marks) -> pl.Series:
        """Say of every line whether all conditions hold.

        Those on the schedule row alone are judged once a row of the schedule, not a line.
        """
        holds, by_line = _by_schedule_row(conditions, marks.rows)
        if holds is not None and not holds.any():
            return pl.repeat(value=False, n=self._height, dtype=pl.Boolean, eager=True)
        read = {"row", *(name for each in by_line for name in each.meta.root_names())}
        known = [self._known(name, marks) for name in read]
        if holds is not None:
            known.append(holds.gather(self._fee_row).alias("_by_row"))
            by_line.append(pl.col("_by_row"))
        # Beside `row`, so that a condition that reads nothing is judged for every line.
        return pl.DataFrame(known).select("row", _holds=pl.all_horizontal(by_line))["_holds"]

    def _looked_at(self, rule: Rule, adjustment: Adjustment, marks: _Marks) -> pl.Series:
        """Say of every line whether a rule looks at it."""
        conditions = each_condition(adjustment.among, self._tables)
        if len(adjustment.standing) < len(STATUSES):
            stands = (pl.col("status") == each for each in adjustment.standing)
            conditions.append(pl.any_horizontal(stands))
        if self._first_day < rule.effective:
            conditions.append(pl.col("service_date") >= rule.effective)
        return self._where(conditions, marks)

    def _in_pools(
        self,
        adjustment: Adjustment,
        name: str,
        looked_at: pl.Series,
        triggers: Sequence[pl.Expr],
        marks: _Marks,
    ) -> pl.Series:
        """Give the numbers of the lines in pools that a rule can change anything in."""
        rows = looked_at.arg_true()
        pool = self._column(name).filter(looked_at)
        if adjustment.hints.alike is not None:
            # Beyond 64 bits two pools may meet in one number: both are looked at then.
            number = self._fees[adjustment.hints.alike].rank("dense").cast(pl.Int64)
            pool = pool * (self._fees.height + 1) + number.gather(self._fee_row.filter(looked_at))
        if adjustment.hints.crowded is True:
            crowd = (self._column("ranked_units") > 1).filter(looked_at)
        elif isinstance(adjustment.hints.crowded, pl.Expr):
            crowd = self._where([adjustment.hints.crowded], marks).filter(looked_at)
        else:
            crowd = None
        if triggers:
            triggering = self._where(triggers, marks).filter(looked_at)
            if not triggering.any():
                return rows.clear()
            if crowd is not None and triggering.sum() * 4 > len(rows):
                # Where many trigger, few pools fall out by it: the crowd is told first.
                crowded = crowd | in_company(pool)
                rows, pool, triggering = (each.filter(crowded) for each in (rows, pool, triggering))
                crowd = None
            if not triggering.all():
                triggered = pool.is_in(pool.filter(triggering).unique().implode())
                rows, pool = rows.filter(triggered), pool.filter(triggered)
                crowd = crowd.filter(triggered) if crowd is not None else None
        return rows if crowd is None else rows.filter(crowd | in_company(pool))

    def _pool(
        self,
        rule: Rule,
        adjustment: Adjustment,
        looked_at: pl.Series,
        triggers: Sequence[pl.Expr],
        marks: _Marks,
    ) -> pl.DataFrame:
        """Give the lines a rule looks at, with the columns it reads."""
        by_row = [name for name in marks.rows.columns if name not in self._fees.columns]
        by_line = list[str]()
        for name in rule.columns():
            of_row = name in self._fees.columns and name not in self._columns
            (by_row if of_row else by_line).append(name)
        lines = pl.DataFrame([*map(self._column, by_line), *marks.lines.values()])
        if adjustment.pool is None:  # a mask is several times as quick as row numbers
            lines, fee_rows = lines.filter(looked_at), self._fee_row.filter(looked_at)
        else:
            rows = self._in_pools(adjustment, adjustment.pool, looked_at, triggers, marks)
            lines, fee_rows = lines[rows], self._fee_row.gather(rows)
        return lines.hstack(marks.rows.select(by_row)[fee_rows]) if by_row else lines

    def _with_facts(self, rule: Rule, lines: pl.DataFrame, adjustment: Adjustment) -> pl.DataFrame:
        """Add to lines what their company tells; a function may drop those that meet nothing.

        Raises RuleError where it reads what its rule does not declare, or gives a line twice: the
        line would be paid by two decisions at once.
        """
        for facts in adjustment.facts:
            if not callable(facts):
                lines = lines.with_columns(**facts)
                continue
            try:
                lines = facts(lines.lazy(), self._tables).collect().rechunk()
            except pl.exceptions.ColumnNotFoundError as error:
                raise RuleError(
                    f"Rule {rule.name} reads {missing(error)!r} in its facts, and neither declares"
                    " it nor makes it."
                ) from error
            if lines["row"].is_duplicated().any():
                raise RuleError(
                    f"Rule {rule.name} gives a line twice in its facts: join by what is unique."
                )
        return lines

    # -- writing ---------------------------------------------------------------

    def _of_fees(self, rows: pl.Series, name: str) -> pl.DataFrame:
        """Give the text that the schedule has on some lines."""
        texts = self._fees[name].gather(self._fee_row.gather(rows))
        return pl.DataFrame([rows.alias("row"), texts.alias("text")])

    def _lines_of(self, fees: pl.Series) -> pl.Series:
        """Give the numbers of the lines of some schedule rows, told by a mask."""
        return fees.gather(self._fee_row).arg_true() if fees.any() else pl.Series(dtype=pl.UInt32)

    def _open(self, dollars: DollarSchedule | None) -> None:
        """Write step 0: the fee schedule amount of one unit, or why there is none."""
        amount, beyond = self._within_reason(self._column("fee_schedule_amount"))
        unpriced = self._column("is_unpriced")
        begun = pl.DataFrame([amount, unpriced, beyond]).select(
            *(
                pl.col("fee_schedule_amount").alias(name)
                for name in ("amount", "first_unit_amount", "later_unit_amount")
            ),
            status=pl.when("is_unpriced")
            .then(pl.lit(NOT_ON_SCHEDULE, dtype=pl.UInt8))
            .when("beyond")
            .then(pl.lit(BY_REPORT, dtype=pl.UInt8))
            .otherwise(pl.lit(PRICED, dtype=pl.UInt8)),
            ranked_units=pl.lit(1, dtype=pl.Int64),
            unit_factor=pl.lit(money.WHOLE, dtype=pl.Int64),
            units_used_up=pl.lit(value=False),
            first_technical_reduced=pl.lit(value=False),
            later_technical_reduced=pl.lit(value=False),
        )
        self._columns |= {each.name: each for each in begun.get_columns()}
        if beyond.any():
            said = pl.lit(f"units × fee are more than ${money.MOST_CENTS // 100:,}: check both")
            self._reasons.append(pl.select(row=beyond.arg_true(), text=said))
        rows = self._lines_of(self._fees["is_unpriced"])
        if len(rows):
            self._reasons.append(self._of_fees(rows, "unpriced"))
        has_amount = self._fees["fee_schedule_amount"].is_not_null()
        rare = self._lines_of(self._fees["rarely_in_setting"] & has_amount)
        if len(rare):  # the care after an operation is given in an office as a rule
            outside = self._fees["setting"].gather(self._fee_row.gather(rare)) == "nonfacility"
            care = self._column("modifiers").gather(rare).to_frame().select(CARE_ONLY).to_series()
            rare = rare.filter(~(outside & care))
        if len(rare):
            said = pl.lit("NA indicator: CMS says this is rarely or never done in this setting")
            self._notes.append((pl.select(row=rare, text=said), True))
        noted = self._lines_of(self._fees["schedule_note"].is_not_null() & has_amount)
        if len(noted):
            self._notes.append((self._of_fees(noted, "schedule_note"), False))
        contradicting = self._lines_of(self._fees["parts_note"].is_not_null())
        if len(contradicting):
            self._notes.append((self._of_fees(contradicting, "parts_note"), True))
        if self._keep_trail:
            words = _fee_words(self._fees, in_dollars=dollars is not None)
            cites = FEE_FORMULA if dollars is None else dollars.cites
            self._trail = Trail(amount, words.gather(self._fee_row), cites)

    def _within_reason(self, amount: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Take out amounts that units would carry beyond what a line can be worth, and mark them.

        Decision: such a line is by report. It is a slip of units or of a fee schedule, and further
        on its products would leave 64 bits without a word.
        """
        of_row = ("fee_schedule_amount", "base_amount", "professional_share", "technical_share")
        highest = self._fees.select(highest=pl.max_horizontal(of_row))["highest"]
        units = self._column("units_thousandths")
        most = (highest.max() or 0, units.max() or 0)
        assert isinstance(most[0], int)
        assert isinstance(most[1], int)
        nowhere = pl.repeat(value=False, n=self._height, dtype=pl.Boolean, eager=True)
        if most[0] * max(most[1], 1000) <= money.MOST_CENTS * 1000:
            return amount, nowhere.alias("beyond")
        most_cents = pl.lit(money.MOST_CENTS * 1000) // pl.max_horizontal("units_thousandths", 1000)
        lines = pl.DataFrame([highest.gather(self._fee_row), units, amount])
        beyond = lines.select(beyond=(pl.col("highest") > most_cents).fill_null(value=False))
        kept = pl.when(~beyond["beyond"]).then("fee_schedule_amount")
        return lines.select(kept).to_series().alias(amount.name), beyond["beyond"]

    def apply(self, rule: Rule) -> None:
        """Apply one rule's decision to the lines it meets, and write the trail."""
        adjustment = rule.adjustment()
        seen = self._sees(rule, adjustment)
        if seen is None:
            return
        looked_at, triggers, marks = seen
        pool = self._pool(rule, adjustment, looked_at, triggers, marks)
        if not pool.height:
            return
        self._remember(rule, looked_at if adjustment.pool is None else pool["row"])
        notes, outcomes = self._decided(rule, adjustment, pool)
        self._notes += notes
        for outcome, met in outcomes:
            self._write(rule, outcome, met)

    def _sees(
        self, rule: Rule, adjustment: Adjustment
    ) -> tuple[pl.Series, list[pl.Expr], _Marks] | None:
        """Mark the lines a rule looks at, with its triggers and marks; None where it sees none."""
        if rule.needs is not None and getattr(self._tables, rule.needs) is None:
            return None
        marks = self._marked(adjustment.marks_by(self._tables))
        triggers = list[pl.Expr]()
        if adjustment.hints.triggers is not None:
            triggers = each_condition(adjustment.hints.triggers, self._tables)
            holds, _ = _by_schedule_row(triggers, marks.rows)
            if holds is not None and not holds.any():
                return None  # no code of the batch can bring it about
        looked_at = self._looked_at(rule, adjustment, marks)
        return (looked_at, triggers, marks) if looked_at.any() else None

    def _decided(
        self, rule: Rule, adjustment: Adjustment, pool: pl.DataFrame
    ) -> tuple[list[tuple[pl.DataFrame, bool]], list[tuple[Outcome, pl.DataFrame]]]:
        """Give the remarks a rule leaves in a pool, and each outcome with the lines it meets."""
        pool = self._with_facts(rule, pool, adjustment)
        notes = []
        for remark in adjustment.notes:
            noted = _only(pool, remark.when)
            if noted.height:
                notes.append((noted.select("row", text=remark.text), remark.of_amount))
        if not adjustment.outcomes:
            return notes, []
        choice = pl.lit(None, dtype=pl.Int32)
        for number, outcome in reversed(list(enumerate(adjustment.outcomes))):
            choice = pl.when(outcome.when).then(number).otherwise(choice)
        # Beside `row`, so that a choice that reads nothing is made for every row.
        chosen = pool.select("row", _choice=choice)["_choice"]
        outcomes = [
            (outcome, _only(pool, chosen == number))
            for number, outcome in enumerate(adjustment.outcomes)
        ]
        return notes, [(outcome, met) for outcome, met in outcomes if met.height]

    def differing(self, one: Rule | None, other: Rule | None) -> int:
        """Count the lines of which two rules decide otherwise here; None decides nothing."""
        sides = [self._contents(rule).unique() for rule in (one, other) if rule is not None]
        return pl.concat(sides).unique(keep="none")["row"].n_unique() if sides else 0

    def _contents(self, rule: Rule) -> pl.DataFrame:
        """Give what a rule would write: a row a step or remark, with a number of all it says."""
        adjustment = rule.adjustment()
        empty = pl.DataFrame(schema={"row": pl.UInt32, "says": pl.UInt64})
        seen = self._sees(rule, adjustment)
        if seen is None:
            return empty
        pool = self._pool(rule, adjustment, *seen)
        if not pool.height:
            return empty
        notes, outcomes = self._decided(rule, adjustment, pool)
        written = [note.select("row", detail="text") for note, _ in notes]
        for outcome, met in outcomes:
            factor = pl.lit(None, dtype=pl.Int64) if outcome.factor is None else outcome.factor
            codes = pl.lit(f"{outcome.group_code} {outcome.carc} {outcome.rarc}")
            said = pl.lit(None, dtype=pl.String) if outcome.detail is None else outcome.detail
            step = met.select("row", detail=said, factor=factor, codes=codes)
            step = step.hstack(_changes(rule, met, outcome))
            if "amount" in outcome.sets and "status" not in outcome.sets:
                step = step.filter(pl.col("amount").is_not_null())
            written.append(step)
        known = {"row": pl.UInt32, "detail": pl.String, "factor": pl.Int64, "codes": pl.String}
        together = pl.concat([pl.DataFrame(schema=known | STATE), *written], how="diagonal_relaxed")
        says = together.select([*known, *STATE]).drop("row").hash_rows().alias("says")
        return pl.DataFrame([together["row"], says])

    def _remember(self, rule: Rule, lines: pl.Series) -> None:
        """Remember the lines that a rule looks at, told by a mask or by their numbers."""
        if self.looked_at is not None:
            if lines.dtype != pl.Boolean:
                nowhere = pl.repeat(value=False, n=self._height, dtype=pl.Boolean, eager=True)
                lines = nowhere.scatter(lines, values=True)
            self.looked_at[rule.name] = lines

    def _write(self, rule: Rule, outcome: Outcome, met: pl.DataFrame) -> None:
        """Scatter an outcome into the lines, and record it."""
        changes = _changes(rule, met, outcome)
        if "amount" in changes.columns and "status" not in changes.columns:
            # On a day before a term's first value there is nothing to apply: the line is not met.
            has_value = changes["amount"].is_not_null()
            if not has_value.all():
                met, changes = _only(met, has_value), _only(changes, has_value)
        rows = met["row"]
        for name in changes.columns:
            self._column(name).scatter(rows, changes[name])
        if outcome.detail is None:
            return
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
            self._codes.scatter(coded, self._code_pairs.index(pair))
        if changes_status:
            self._reasons.append(met.select("row", text=outcome.detail))
        if self._trail is not None:
            self._trail.record(rule, outcome, met, after, explained)

    def settle_allowed_amount(self) -> None:
        """Take the amount as it stands for the allowed amount; what follows says who pays it."""
        self._columns["allowed_amount"] = self._column("amount").alias("allowed_amount")

    def close(self) -> Priced:
        """Give the lines with their results, and the trail."""
        has_amount = pl.col("allowed_amount").is_not_null()
        deductible, coinsurance, sequestration = (
            pl.when(has_amount).then(pl.col(name).fill_null(0))
            for name in ("deductible_amount", "coinsurance_amount", "sequestration_amount")
        )
        amounts = pl.DataFrame([self._column(name) for name in _AMOUNTS]).select(
            "allowed_amount",
            "limiting_charge",
            pl.coalesce("fee_schedule_amount", "anesthesia_amount"),
            deductible,
            coinsurance,
            sequestration,
            pl.when(has_amount).then("amount").alias("medicare_amount"),
            pl.when(has_amount).then(pl.coalesce("patient_amount", deductible + coinsurance)),
        )
        status = self._column("status")
        pairs = pl.DataFrame(
            self._code_pairs, schema={"carc": pl.String, "rarc": pl.String}, orient="row"
        )
        found = [
            *amounts,
            *self._fees.select("release", "setting")[self._fee_row],
            pl.Series("status", STATUSES, dtype=pl.String).gather(status.cast(pl.UInt32)),
            *pairs[self._codes],
            self._review(),
            self._last_reason(),
        ]
        results = self._columns | {each.name: each for each in found}
        lines = pl.DataFrame([results[name] for name in dict.fromkeys((*self._inputs, *RESULTS))])
        trail = self._trail.close() if self._trail is not None else None
        return Priced(lines, trail, self.looked_at or {})

    def _review(self) -> pl.Series:
        """Give each line's notes, joined with semicolons in the order they were left."""
        texts = pl.repeat(None, self._height, dtype=pl.String, eager=True).alias("review")
        unpaid = self._column("status").is_in([BUNDLED, DENIED])
        for noted, of_amount in self._notes:
            left = noted.filter(~unpaid.gather(noted["row"])) if of_amount else noted
            earlier = texts.gather(left["row"]).alias("earlier")
            said = left["text"]
            if earlier.null_count() < len(earlier):
                together = pl.concat_str(earlier, said, separator="; ", ignore_nulls=True)
                said = pl.select(together).to_series()
            texts.scatter(left["row"], said)
        return texts

    def _last_reason(self) -> pl.Series:
        """Give the last reason of each line that is not priced in the end."""
        texts = pl.repeat(None, self._height, dtype=pl.String, eager=True).alias("reason")
        status = self._column("status")
        for given in self._reasons:
            stands = given.filter(status.gather(given["row"]) != PRICED)
            texts.scatter(stands["row"], stands["text"])
        return texts


#: What the amounts of the results are made of.
_AMOUNTS = (
    "allowed_amount",
    "limiting_charge",
    "fee_schedule_amount",
    "anesthesia_amount",
    "deductible_amount",
    "coinsurance_amount",
    "sequestration_amount",
    "amount",
    "patient_amount",
)


def _changes(rule: Rule, lines: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Work out what an outcome sets, on each of some lines.

    Raises RuleError for anything but whole numbers of 0 or more and a known status.
    """
    # Beside `row`, so that a constant is set in every row.
    changes = lines.select("row", **outcome.sets).drop("row")
    for each in changes:
        if each.dtype == pl.Null:
            continue
        wanted = STATE[each.name]
        if each.dtype != wanted and (wanted == pl.Boolean or not each.dtype.is_integer()):
            raise RuleError(
                f"Rule {rule.name} sets {each.name!r} to {each.dtype}, where"
                f" {'true or false' if wanted == pl.Boolean else 'whole numbers'} are wanted."
            )
        lowest = each.min() if wanted != pl.Boolean else None
        if isinstance(lowest, int) and lowest < 0:
            raise RuleError(f"Rule {rule.name} sets {each.name!r} to {lowest}: it is 0 or more.")
    if "status" in changes.columns:
        known = changes["status"].is_in(range(len(STATUSES)))
        if not known.all(ignore_nulls=False):
            raise RuleError(
                f"Rule {rule.name} sets a status that is none of {', '.join(STATUSES)}."
            )
    return changes.cast({each.name: STATE[each.name] for each in changes})


def _by_schedule_row(
    conditions: Iterable[pl.Expr], rows: pl.DataFrame
) -> tuple[pl.Series | None, list[pl.Expr]]:
    """Judge conditions on the schedule row alone, a row each; give the others as they are."""
    by_row, by_line = list[pl.Expr](), list[pl.Expr]()
    for condition in conditions:
        (by_row if _reads_only(condition, rows) else by_line).append(condition)
    holds = rows.select(pl.all_horizontal(by_row)).to_series() if by_row else None
    return holds, by_line


def _reads_only(expression: pl.Expr, rows: pl.DataFrame) -> bool:
    """Whether an expression reads columns of the schedule's rows, and none besides."""
    names = expression.meta.root_names()
    return bool(names) and all(name in rows.columns for name in names)


def in_company(pool: pl.Series) -> pl.Series:
    """Say of each line whether another line has the number of its pool.

    Lines of a claim follow each other: most are told by their neighbour, and of each run only the
    first is hashed.
    """
    follows = (pool == pool.shift(1)).fill_null(value=False)
    company = follows | follows.shift(-1, fill_value=False)
    first = (~follows).arg_true()
    again = first.filter(pool.gather(first).is_duplicated())
    return company.scatter(again, True)


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
