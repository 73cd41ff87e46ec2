"""What is known of every line, and which lines a rule meets by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import or_

import polars as pl

from payrules.claims import columns
from payrules.claims.diagnoses import LINE_DIAGNOSES, line_diagnoses
from payrules.claims.modifiers import MORE_MODIFIERS, more_modifiers
from payrules.dated import PROCESSED
from payrules.engine.foreseen import Conditions, Foreseen, foresee
from payrules.engine.own_factors import cites_of_factor, own_factor
from payrules.engine.rate_limits import OF_MEDICARE
from payrules.engine.remembered import PricedBy, found_of
from payrules.engine.rule import STATE, STATUSES, Adjustment, Outcome, Rule, keep
from payrules.engine.session import SESSION
from payrules.engine.soundness import missing
from payrules.engine.tables import Edits, Tables
from payrules.errors import RuleError
from payrules.fees import other_schedules
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.few import are_few, at, in_company, select, those, with_columns, worked_out
from payrules.frozen import frozen
from payrules.schedules import Schedules

#: What a line's state is until a rule says otherwise, where that is another column.
_BEGINS_AS = {"ranking": SESSION}
#: The mark of the lines of a session that a contract pays one amount for.
CASE = "case"


@frozen
class Marks:
    """What a rule's marks say: of each row of the schedule, or where only a line tells, of each."""

    rows: Mapping[str, pl.Series]
    lines: Mapping[str, pl.Series]


@frozen
class Seen:
    """The lines a rule looks at, a mask of all, and what its marks and hints say of them."""

    lines: pl.Series
    marks: Marks
    triggers: Conditions
    crowded: Conditions


class Known:
    """The lines, what the schedule says of them, and the state that rules left so far.

    `claims` has what is known of every line by its claim, of which `inputs` came with it, and
    `columns`, by name, what the rules and the schedule say; `fees` are the rows of the schedule (of
    the payer's own, `dollars`) and `fee_row` the number of each line's row among them.
    """

    def __init__(
        self,
        lines: pl.DataFrame,
        rules: Sequence[Rule],
        schedules: Schedules,
        release: str | None,
        dollars: DollarSchedule | None,
        tables: Edits | None,
        history: pl.DataFrame | None = None,
    ) -> None:
        rules = [version for rule in rules for version in rule.versions]
        read = {name for rule in rules for name in rule.reads}
        read |= {column for name, column in _BEGINS_AS.items() if name in read}
        self.inputs = lines.columns
        #: Rule → mask of the lines that are priced as if it were not.
        self.without: Mapping[str, pl.Series] = {}
        # A batch need not have it, and then no line says when it was processed.
        if PROCESSED in read and PROCESSED not in lines.columns:
            lines = lines.with_columns(pl.lit(None, dtype=pl.Date).alias(PROCESSED))
        adjustments = [rule.adjustment() for rule in rules]
        said = {name for each in adjustments for one in each.outcomes for name in one.sets}
        said |= {name for each in adjustments for name in each.tells}
        #: The columns of the results that only some runs have, where a rule tells them.
        self.beside = [name for name in columns.SELDOM_RESULTS if name in said]
        #: Whether a rule pays one amount for a session: those on amounts see its lines no more.
        self._has_cases = CASE in said
        self.dollars = dollars
        self.height = lines.height
        first_day = lines["service_date"].min()
        self._first_day = first_day if isinstance(first_day, date) else date.max
        #: Says whose page a line's own conversion factor is from; None where no payer has one.
        self.cites_of_factor = cites_of_factor(rules)
        # A payer without the rule that says where there is no limit pays by none.
        others = other_schedules.WHY_NOT in read
        # Medicare's own fee is worked out where a payer's limit is a share of it.
        beside = not read.isdisjoint(OF_MEDICARE)
        priced_by = PricedBy(schedules, release, dollars, others, own_factor(rules), beside)
        lines, self.fee_row, self.fees = found_of(lines, read, priced_by)
        # A column of one value alone stays so here: as a series it would be written out row by row.
        row = pl.int_range(self.height, dtype=pl.UInt32, eager=True).alias("row")
        self.claims = lines.hstack([row])
        self._of_claims = frozenset(self.claims.columns)
        # Where both say something, claims come first: of no place the schedule's row is of "".
        self._of_fees = frozenset(self.fees.columns) - self._of_claims
        #: What the rules did, and what the schedule's row has where a rule asked for it. Series of
        #: the rules' own state are changed in place.
        self.columns: dict[str, pl.Series] = {}
        about = (tables or Tables()).about(self.fees["hcpcs_code"].unique())
        self._tables = about if history is None else replace(about, history=history)
        self._rules = tuple(rules)  # held, so that their `id` stays theirs
        self._foreseen = foresee(self._rules, self._tables, self.fees, self.fee_row, self.known_of)

    def column(self, name: str) -> pl.Series:
        """Give a column of every line: of the claim, of the rules' state, or of its fee."""
        if name not in self.columns:
            if name in self._of_claims:
                return self.claims.get_column(name)
            if name in _BEGINS_AS:
                self.columns[name] = self.column(_BEGINS_AS[name]).clone().alias(name)
            elif name in STATE:
                nothing = pl.Series(name, [None], dtype=STATE[name])
                self.columns[name] = nothing.new_from_index(0, self.height)
            elif name in self._of_fees:
                self.columns[name] = self.fees[name][self.fee_row]
            elif name == columns.HISTORY_FROM:
                self.columns[name] = pl.Series(name, [None], dtype=pl.Date).new_from_index(
                    0, self.height
                )
            elif name in MORE_MODIFIERS:
                self.columns[name] = more_modifiers(self.claims, name)
            else:
                raise RuleError(f"There is no column {name!r} that a rule could read.")
        return self.columns[name]

    def write(self, rows: pl.Series, changes: pl.DataFrame) -> None:
        """Write what rules set into the state of some lines, in place."""
        texts = [
            name
            for name in changes.columns
            if STATE[name] == pl.String and name not in self.columns
        ]
        if texts:
            # Nothing stands there yet: texts are copied into place at a quarter of the cost.
            place = pl.Series([None], dtype=pl.UInt32).new_from_index(0, self.height)
            place.scatter(rows, pl.int_range(len(rows), dtype=pl.UInt32, eager=True))
            for each in changes.select(texts)[place]:
                self.columns[each.name] = each
        for each in changes:
            if each.name not in texts:
                self.column(each.name).scatter(rows, each)

    def known_of(self, names: Iterable[str]) -> pl.DataFrame:
        """Give some columns of every line, with its row."""
        return self._table_of(dict.fromkeys(("row", *names)))

    def _table_of(self, names: Iterable[str], *more: pl.Series) -> pl.DataFrame:
        """Give some columns of every line, and more beside them."""
        if are_few(self.claims):
            return pl.DataFrame([*map(self.column, names), *more])
        names = list(names)
        of_claims = [name for name in names if name in self._of_claims]
        others = [self.column(name) for name in names if name not in self._of_claims]
        return self.claims.select(of_claims).hstack([*others, *more])

    def texts_of(self, rows: pl.Series, name: str) -> pl.DataFrame:
        """Give the text that the schedule has on some lines."""
        texts = self.fees[name][self.fee_row[rows]]
        return pl.DataFrame([rows.alias("row"), texts.alias("text")])

    def others(self, rows: pl.Series) -> pl.DataFrame:
        """Give the units of lines that another schedule pays, with what it says of them."""
        fees = self.fees.select("schedule", *other_schedules.COLUMNS)[self.fee_row[rows]]
        return fees.hstack([self.column("units_thousandths")[rows]])

    def lines_of(self, fees: pl.Series) -> pl.Series:
        """Give the numbers of the lines of some schedule rows, told by a mask."""
        met = fees.any()
        return self.claims["row"].filter(fees[self.fee_row]) if met else pl.Series(dtype=pl.UInt32)

    def sees(self, rule: Rule, adjustment: Adjustment) -> Seen | None:
        """Mark the lines a rule looks at; None where it sees none."""
        foreseen = self._foreseen.get(id(rule))
        if foreseen is None:
            return None
        marks = Marks(foreseen.marks, self._marked_by_line(foreseen.marks_of_lines))
        looked_at = self._looked_at(rule, adjustment, foreseen, marks)
        if not looked_at.any():
            return None
        return Seen(looked_at, marks, foreseen.triggers, foreseen.crowded)

    def _marked_by_line(self, marks: Mapping[str, pl.Expr]) -> Mapping[str, pl.Series]:
        """Work out the marks that read more than the schedule row, of each line."""
        if not marks:
            return {}
        read = {"row", *(name for each in marks.values() for name in each.meta.root_names())}
        known = pl.DataFrame([self.column(name) for name in read])
        # Beside `row`, so that a constant is said of every line.
        return {each.name: each for each in known.select("row", **marks).drop("row")}

    def _holds(self, conditions: Sequence[pl.Expr], marks: Marks) -> pl.Series:
        """Say of every line whether all conditions hold."""
        read = {name for each in conditions for name in each.meta.root_names()}
        marked = [marks.lines[name] for name in marks.lines if name in read]
        for name in read.intersection(marks.rows).difference(marks.lines):
            marked.append(marks.rows[name][self.fee_row].alias(name))
        known = self.known_of(read.difference(marks.lines, marks.rows)).hstack(marked)
        # Beside `row`, so that a condition that reads nothing is judged for every line.
        return select(known, "row", _holds=pl.all_horizontal(conditions))["_holds"]

    def _where(self, conditions: Conditions, marks: Marks) -> pl.Series:
        """Say of every line whether all conditions hold, those on its schedule row among them."""
        holds = None if conditions.by_row is None else conditions.by_row[self.fee_row]
        if not conditions.by_line:
            return self._everywhere() if holds is None else holds
        by_line = self._holds(conditions.by_line, marks)
        return by_line if holds is None else holds & by_line

    def _everywhere(self) -> pl.Series:
        return pl.Series([True]).new_from_index(0, self.height)

    def _looked_at(
        self, rule: Rule, adjustment: Adjustment, foreseen: Foreseen, marks: Marks
    ) -> pl.Series:
        """Say of every line whether a rule looks at it."""
        looked_at = foreseen.lines
        if len(adjustment.standing) < len(STATUSES):
            status = self.column("status")
            looked_at = looked_at & reduce(or_, (status == each for each in adjustment.standing))
        if rule.name in self.without:
            looked_at = looked_at & ~self.without[rule.name]
        if self._first_day < rule.effective:
            looked_at = looked_at & (self.column("service_date") >= rule.effective)
        if self._has_cases and rule.kind == "amount" and CASE not in rule.reads:
            looked_at = looked_at & self.column(CASE).is_null()
        if rule.before is not None:
            looked_at = looked_at & (self.column("service_date") < rule.before)
        if foreseen.changing and looked_at.any():
            looked_at = looked_at & self._holds(foreseen.changing, marks)
        return looked_at

    def pool(self, rule: Rule, adjustment: Adjustment, seen: Seen) -> pl.DataFrame:
        """Give the lines a rule looks at, with the columns it reads."""
        of_row, by_line = dict(seen.marks.rows), list[str]()
        for name in rule.columns():
            if name in self._of_fees and name not in self.columns:
                of_row[name] = self.fees[name]
            elif name != LINE_DIAGNOSES:
                by_line.append(name)
        lines = self._table_of(by_line, *seen.marks.lines.values())
        fee_rows = self.fee_row
        if adjustment.pool is not None:
            rows = self._in_pools(adjustment, adjustment.pool, seen)
            lines, fee_rows = at(lines, rows), fee_rows[rows]
        elif not seen.lines.all(ignore_nulls=False):
            lines, fee_rows = those(lines, seen.lines), fee_rows.filter(seen.lines)
        if LINE_DIAGNOSES in rule.reads:  # made of few lines: those that policies speak of
            lines = lines.with_columns(self._diagnoses_of(lines["row"]))
        if not of_row:
            return lines
        of_rows = pl.DataFrame([each.alias(name) for name, each in of_row.items()])
        return lines.hstack(at(of_rows, fee_rows))

    def _diagnoses_of(self, rows: pl.Series) -> pl.Series:
        """Give the diagnoses of some lines, as their pointers have them."""
        named = [name for name in self.inputs if columns.is_diagnosis(name)]
        named += [columns.POINTERS] if columns.POINTERS in self.inputs else []
        return line_diagnoses(self.claims.select(named)[rows] if named else rows.to_frame())

    def _in_pools(self, adjustment: Adjustment, name: str, seen: Seen) -> pl.Series:
        """Give the numbers of the lines in pools that a rule can change anything in."""
        looked_at = seen.lines
        rows, pool = (self.column(each).filter(looked_at) for each in ("row", name))
        if adjustment.hints.alike is not None:
            # Beyond 64 bits two pools may meet in one number: both are looked at then.
            number = self.fees[adjustment.hints.alike].rank("dense").cast(pl.Int64)
            pool = pool * (self.fees.height + 1) + number[self.fee_row.filter(looked_at)]
        if adjustment.hints.crowded is True:
            crowd = (self.column("ranked_units") > 1).filter(looked_at)
        elif isinstance(adjustment.hints.crowded, pl.Expr):
            crowd = self._where(seen.crowded, seen.marks).filter(looked_at)
        else:
            crowd = None
        if adjustment.hints.triggers is not None:
            triggering = self._where(seen.triggers, seen.marks).filter(looked_at)
            if not triggering.any():
                return rows.clear()
            if crowd is not None and triggering.sum() * 4 > len(rows):
                # Where many trigger, few pools fall out by it: the crowd is told first.
                crowded = crowd | in_company(pool)
                rows, pool, triggering = (each.filter(crowded) for each in (rows, pool, triggering))
                crowd = None
            if not triggering.all():
                triggered = pool.is_in(pool.filter(triggering).implode())
                rows, pool = rows.filter(triggered), pool.filter(triggered)
                crowd = crowd.filter(triggered) if crowd is not None else None
        return rows if crowd is None else rows.filter(crowd | in_company(pool))

    def decided(
        self, rule: Rule, adjustment: Adjustment, pool: pl.DataFrame
    ) -> tuple[list[tuple[pl.DataFrame, bool]], list[tuple[Outcome, pl.DataFrame]]]:
        """Give the remarks a rule leaves in a pool, and each outcome with the lines it meets."""
        pool = self._with_facts(rule, pool, adjustment)
        if not pool.height:
            return [], []
        # Beside `row`, so that what reads nothing is said of every row.
        said = select(
            pool,
            "row",
            *(remark.when.alias(f"_note_{n}") for n, remark in enumerate(adjustment.notes)),
            _choice=adjustment.choice,
        )
        notes = []
        for n, remark in enumerate(adjustment.notes):
            if said[f"_note_{n}"].any():
                noted = only(pool, said[f"_note_{n}"])
                notes.append((noted.select("row", text=remark.text), remark.of_amount))
        outcomes = []
        if adjustment.tells:
            outcomes.append((keep(pl.lit(value=True), adjustment.tells), pool))
        chosen = said["_choice"]
        if chosen.null_count() == len(chosen):
            return notes, outcomes
        for number, outcome in enumerate(adjustment.outcomes):
            meets = chosen == number
            if meets.any():
                outcomes.append((outcome, only(pool, meets)))
        return notes, outcomes

    def _with_facts(self, rule: Rule, lines: pl.DataFrame, adjustment: Adjustment) -> pl.DataFrame:
        """Add to lines what their company tells; a function may drop those that meet nothing.

        Raises RuleError where it reads what its rule does not declare, or gives a line twice: the
        line would be paid by two decisions at once.
        """
        for facts in adjustment.facts:
            if not lines.height:
                break
            if not callable(facts):
                lines = with_columns(lines, **facts)
                continue
            try:
                plan = facts(lines.lazy(), self._tables)
                lines = worked_out(plan, lines).rechunk()
            except pl.exceptions.ColumnNotFoundError as error:
                raise RuleError(
                    f"Rule {rule.name} reads {missing(error)!r} in its facts, and neither declares"
                    " it nor makes it."
                ) from error
            if lines["row"].n_unique() < lines.height:
                raise RuleError(
                    f"Rule {rule.name} gives a line twice in its facts: join by what is unique."
                )
        return lines


def only(lines: pl.DataFrame, condition: pl.Expr | pl.Series) -> pl.DataFrame:
    """Give the lines for which a condition holds, in one piece.

    A filter may leave empty pieces, and `pl.format` fails on them (polars 2.1).
    """
    if isinstance(condition, pl.Expr):
        # Beside a column, so that a condition that reads nothing is judged for every line.
        condition = lines.select(pl.first(), _holds=condition)["_holds"]
    return lines if condition.all(ignore_nulls=False) else those(lines, condition)
