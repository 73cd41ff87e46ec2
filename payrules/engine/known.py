"""What is known of every line, and which lines a rule meets by it."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import polars as pl

from payrules.claims import columns
from payrules.claims.modifiers import MORE_MODIFIERS, encode, more_modifiers
from payrules.engine.rule import STATE, STATUSES, Adjustment, Outcome, Rule, Tables, each_condition
from payrules.engine.session import SESSION, identify
from payrules.engine.soundness import missing
from payrules.errors import RuleError
from payrules.fees.amounts import attach_fees
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.schedules import Schedules

#: What a line's state is until a rule says otherwise, where that is another column.
_BEGINS_AS = {"ranking": SESSION}


@dataclass(frozen=True)
class Marks:
    """What a rule's marks say: of each row of the schedule, or where only a line tells, of each."""

    rows: pl.DataFrame  # the schedule's rows, with the marks that they tell
    lines: Mapping[str, pl.Series]


class Known:
    """The lines, what the schedule says of them, and the state that rules left so far.

    `columns` are those of every line, by name, of which `inputs` came with the claims; `fees` the
    rows of the schedule (of the payer's own, `dollars`) and `fee_row` the number of each line's row
    among them.
    """

    def __init__(
        self,
        lines: pl.DataFrame,
        rules: Iterable[Rule],
        schedules: Schedules,
        release: str | None,
        dollars: DollarSchedule | None,
        tables: Tables | None,
    ) -> None:
        read = {name for rule in rules for name in rule.reads}
        read |= {column for name, column in _BEGINS_AS.items() if name in read}
        self.inputs = lines.columns
        self.dollars = dollars
        self.height = lines.height
        first_day = lines["service_date"].min()
        self._first_day = first_day if isinstance(first_day, date) else date.max
        lines = encode(lines.rechunk())
        with ThreadPoolExecutor(1) as beside:  # neither needs the other
            identified = beside.submit(identify, lines, read)
            priced, self.fees = attach_fees(lines, schedules, release=release, dollars=dollars)
            lines = identified.result()
        self.fee_row = priced["fee_row"]
        #: What is known of every line: of the claim, of what the rules did, of its schedule row
        #: where a rule asked for it. Series of the rules' own state are changed in place.
        self.columns = {each.name: each for each in lines.get_columns()}
        self.columns["row"] = pl.int_range(self.height, dtype=pl.UInt32, eager=True).alias("row")
        self._tables = (tables or Tables()).about(self.fees["hcpcs_code"].unique())

    def column(self, name: str) -> pl.Series:
        """Give a column of every line: of the claim, of the rules' state, or of its fee."""
        if name not in self.columns:
            if name in _BEGINS_AS:
                self.columns[name] = self.column(_BEGINS_AS[name]).clone().alias(name)
            elif name in STATE:
                nothing = pl.repeat(None, self.height, dtype=STATE[name], eager=True)
                self.columns[name] = nothing.alias(name)
            elif name in self.fees.columns:
                self.columns[name] = self.fees[name].gather(self.fee_row)
            elif name in MORE_MODIFIERS:
                billed = pl.DataFrame([self.columns[each] for each in columns.MODIFIERS])
                self.columns[name] = more_modifiers(billed, name)
            else:
                raise RuleError(f"There is no column {name!r} that a rule could read.")
        return self.columns[name]

    def texts_of(self, rows: pl.Series, name: str) -> pl.DataFrame:
        """Give the text that the schedule has on some lines."""
        texts = self.fees[name].gather(self.fee_row.gather(rows))
        return pl.DataFrame([rows.alias("row"), texts.alias("text")])

    def lines_of(self, fees: pl.Series) -> pl.Series:
        """Give the numbers of the lines of some schedule rows, told by a mask."""
        return fees.gather(self.fee_row).arg_true() if fees.any() else pl.Series(dtype=pl.UInt32)

    def sees(
        self, rule: Rule, adjustment: Adjustment
    ) -> tuple[pl.Series, list[pl.Expr], Marks] | None:
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

    def _marked(self, marks: Mapping[str, pl.Expr]) -> Marks:
        """Work out marks: once a row of the schedule where they read nothing else, or by line."""
        of_row = {name: mark for name, mark in marks.items() if _reads_only(mark, self.fees)}
        of_line = {name: mark for name, mark in marks.items() if name not in of_row}
        lines = pl.DataFrame()
        if of_line:
            read = {"row", *(name for each in of_line.values() for name in each.meta.root_names())}
            known = pl.DataFrame([self.column(name) for name in read])
            # Beside `row`, so that a constant is said of every line.
            lines = known.select("row", **of_line).drop("row")
        return Marks(
            self.fees.with_columns(**of_row) if of_row else self.fees,
            {each.name: each for each in lines},
        )

    def _known_or_marked(self, name: str, marks: Marks) -> pl.Series:
        """Give a mark, or a column, of every line."""
        if name in marks.lines:
            return marks.lines[name]
        if name in marks.rows.columns and name not in self.fees.columns:
            return marks.rows[name].gather(self.fee_row)
        return self.column(name)

    def _where(self, conditions: Iterable[pl.Expr], marks: Marks) -> pl.Series:
        """Say of every line whether all conditions hold.

        Those on the schedule row alone are judged once a row of the schedule, not a line.
        """
        holds, by_line = _by_schedule_row(conditions, marks.rows)
        if holds is not None and not holds.any():
            return pl.repeat(value=False, n=self.height, dtype=pl.Boolean, eager=True)
        read = {"row", *(name for each in by_line for name in each.meta.root_names())}
        known = [self._known_or_marked(name, marks) for name in read]
        if holds is not None:
            known.append(holds.gather(self.fee_row).alias("_by_row"))
            by_line.append(pl.col("_by_row"))
        # Beside `row`, so that a condition that reads nothing is judged for every line.
        return pl.DataFrame(known).select("row", _holds=pl.all_horizontal(by_line))["_holds"]

    def _looked_at(self, rule: Rule, adjustment: Adjustment, marks: Marks) -> pl.Series:
        """Say of every line whether a rule looks at it."""
        conditions = each_condition(adjustment.among, self._tables)
        if len(adjustment.standing) < len(STATUSES):
            stands = (pl.col("status") == each for each in adjustment.standing)
            conditions.append(pl.any_horizontal(stands))
        if self._first_day < rule.effective:
            conditions.append(pl.col("service_date") >= rule.effective)
        return self._where(conditions, marks)

    def pool(
        self,
        rule: Rule,
        adjustment: Adjustment,
        looked_at: pl.Series,
        triggers: Sequence[pl.Expr],
        marks: Marks,
    ) -> pl.DataFrame:
        """Give the lines a rule looks at, with the columns it reads."""
        by_row = [name for name in marks.rows.columns if name not in self.fees.columns]
        by_line = list[str]()
        for name in rule.columns():
            of_row = name in self.fees.columns and name not in self.columns
            (by_row if of_row else by_line).append(name)
        lines = pl.DataFrame([*map(self.column, by_line), *marks.lines.values()])
        if adjustment.pool is None:  # a mask is several times as quick as row numbers
            lines, fee_rows = lines.filter(looked_at), self.fee_row.filter(looked_at)
        else:
            rows = self._in_pools(adjustment, adjustment.pool, looked_at, triggers, marks)
            lines, fee_rows = lines[rows], self.fee_row.gather(rows)
        return lines.hstack(marks.rows.select(by_row)[fee_rows]) if by_row else lines

    def _in_pools(
        self,
        adjustment: Adjustment,
        name: str,
        looked_at: pl.Series,
        triggers: Sequence[pl.Expr],
        marks: Marks,
    ) -> pl.Series:
        """Give the numbers of the lines in pools that a rule can change anything in."""
        rows = looked_at.arg_true()
        pool = self.column(name).filter(looked_at)
        if adjustment.hints.alike is not None:
            # Beyond 64 bits two pools may meet in one number: both are looked at then.
            number = self.fees[adjustment.hints.alike].rank("dense").cast(pl.Int64)
            pool = pool * (self.fees.height + 1) + number.gather(self.fee_row.filter(looked_at))
        if adjustment.hints.crowded is True:
            crowd = (self.column("ranked_units") > 1).filter(looked_at)
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

    def decided(
        self, rule: Rule, adjustment: Adjustment, pool: pl.DataFrame
    ) -> tuple[list[tuple[pl.DataFrame, bool]], list[tuple[Outcome, pl.DataFrame]]]:
        """Give the remarks a rule leaves in a pool, and each outcome with the lines it meets."""
        pool = self._with_facts(rule, pool, adjustment)
        notes = []
        for remark in adjustment.notes:
            noted = only(pool, remark.when)
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
            (outcome, only(pool, chosen == number))
            for number, outcome in enumerate(adjustment.outcomes)
        ]
        return notes, [(outcome, met) for outcome, met in outcomes if met.height]

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


def only(lines: pl.DataFrame, condition: pl.Expr | pl.Series) -> pl.DataFrame:
    """Give the lines for which a condition holds, in one piece.

    A filter may leave empty pieces, and `pl.format` fails on them (polars 2.1).
    """
    if isinstance(condition, pl.Expr):
        # Beside a column, so that a condition that reads nothing is judged for every line.
        condition = lines.select(pl.first(), _holds=condition)["_holds"]
    if condition.all(ignore_nulls=False):
        return lines
    return lines.filter(condition).rechunk()
