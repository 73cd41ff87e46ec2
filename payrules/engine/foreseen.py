"""What rules' conditions say of a batch before any rule has run: judged for all rules together.

Most rules of a payer meet few batches. What no rule changes (the schedule's rows, the claim) is
asked in a few queries for all of them instead of a few for each: of a small batch, queries are what
pricing costs.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import polars as pl

from payrules.engine.rule import STATE, Rule, Tables, each_condition
from payrules.engine.soundness import READABLE
from payrules.few import looked_up
from payrules.frozen import frozen


@frozen
class Conditions:
    """Conditions that all must hold: those on the schedule row alone, judged, and the others."""

    by_row: pl.Series | None = None  # of each row of the schedule; None where there are none
    by_line: Sequence[pl.Expr] = ()


@frozen
class Foreseen:
    """What a rule's conditions say whatever the rules before it do.

    `marks` are those of each row of the schedule, by name, `marks_of_lines` those that read more;
    `triggers` and `crowded` are its hints. `lines` says of each line whether the conditions hold
    that no rule can change; `changing` are the others of them.
    """

    marks: Mapping[str, pl.Series]
    marks_of_lines: Mapping[str, pl.Expr]
    triggers: Conditions
    crowded: Conditions
    lines: pl.Series
    changing: Sequence[pl.Expr]


class _Asked:
    """What a rule asks, parted by what it reads."""

    def __init__(
        self, rule: Rule, tables: Tables, of_row: Collection[str], *, others: bool
    ) -> None:
        adjustment = rule.adjustment()
        marks = adjustment.marks_by(tables)
        self.marks = {name: mark for name, mark in marks.items() if _reads_only(mark, of_row)}
        self.marks_of_lines = {name: marks[name] for name in marks if name not in self.marks}
        among = each_condition(adjustment.among, tables)
        if others and not rule.every_schedule:
            among.append(~pl.col("is_of_other_schedule"))
        self.among = self._parted(among, of_row)
        triggers, crowded = adjustment.hints.triggers, adjustment.hints.crowded
        self.triggers = self._parted(
            [] if triggers is None else each_condition(triggers, tables), of_row
        )
        self.crowded = self._parted([crowded] if isinstance(crowded, pl.Expr) else [], of_row)
        #: The parts that the schedule row alone answers: all their conditions in one.
        self.of_row = {
            part: pl.all_horizontal(conditions)
            for part, (conditions, _) in (
                ("among", self.among),
                ("triggers", self.triggers),
                ("crowded", self.crowded),
            )
            if conditions
        }
        settled, changing = list[pl.Expr](), list[pl.Expr]()
        for condition in self.among[1]:
            read = condition.meta.root_names()
            changes = any(name in STATE or name in self.marks_of_lines for name in read)
            (changing if changes else settled).append(condition)
        self.settled = pl.all_horizontal(settled) if settled else None
        self.read = {name for each in settled for name in each.meta.root_names()}
        self.changing = changing

    def _parted(
        self, conditions: Iterable[pl.Expr], of_row: Collection[str]
    ) -> tuple[list[pl.Expr], list[pl.Expr]]:
        """Part conditions on the schedule row alone, its marks included, from the others."""
        by_row, by_line = list[pl.Expr](), list[pl.Expr]()
        for condition in conditions:
            alone = _reads_only(condition, of_row, self.marks)
            (by_row if alone else by_line).append(condition)
        return by_row, by_line


def _asked(rule: Rule, tables: Tables, of_row: frozenset[str], *, others: bool) -> _Asked:
    """Give what a rule asks; made anew only where it is made of the tables."""
    adjustment = rule.adjustment()
    if any(map(callable, (adjustment.marks, adjustment.among, adjustment.hints.triggers))):
        return _Asked(rule, tables, of_row, others=others)
    if (of_row, others) not in rule.asked:
        rule.asked[of_row, others] = _Asked(rule, tables, of_row, others=others)
    found = rule.asked[of_row, others]
    assert isinstance(found, _Asked)
    return found


def foresee(
    rules: Iterable[Rule],
    tables: Tables,
    fees: pl.DataFrame,
    fee_row: pl.Series,
    known_of: Callable[[Iterable[str]], pl.DataFrame],
) -> dict[int, Foreseen]:
    """Give what is foreseen of each rule, by its `id`; nothing of a rule that meets no line.

    `fees` are the schedule's rows and `fee_row` each line's among them; `known_of` gives columns of
    every line, and its row.
    """
    of_row = frozenset(fees.columns)
    runs = (rule for rule in rules if rule.needs is None or getattr(tables, rule.needs) is not None)
    others = bool(fees["is_of_other_schedule"].any())
    asked = {id(rule): _asked(rule, tables, of_row, others=others) for rule in runs}
    foreseen: dict[int, Foreseen] = {}
    for together in _without_conflict(asked, of_row):
        foreseen |= _foreseen(together, fees, fee_row, known_of)
    return foreseen


def _without_conflict(
    asked: Mapping[int, _Asked], of_row: Collection[str]
) -> list[Mapping[int, _Asked]]:
    """Put together what can be asked in one query: no name there means two things."""
    groups: list[tuple[dict[str, pl.Expr], dict[int, _Asked]]] = []
    alone: list[Mapping[int, _Asked]] = []
    for number, one in asked.items():
        if any(name in of_row or name in READABLE for name in one.marks):
            alone.append({number: one})  # to the others, the name is a column
            continue
        for meanings, members in groups:  # noqa: B007
            if all(mark.meta.eq(meanings.get(name, mark)) for name, mark in one.marks.items()):
                break
        else:
            meanings, members = {}, {}
            groups.append((meanings, members))
        meanings |= one.marks
        members[number] = one
    return [*(members for _, members in groups), *alone]


def _foreseen(
    asked: Mapping[int, _Asked],
    fees: pl.DataFrame,
    fee_row: pl.Series,
    known_of: Callable[[Iterable[str]], pl.DataFrame],
) -> dict[int, Foreseen]:
    """Judge the conditions of some rules of which no two give one name to different marks."""
    marks = {name: mark for one in asked.values() for name, mark in one.marks.items()}
    rows = fees.with_columns(**marks) if marks else fees
    of_row = {
        _name(number, part): asks
        for number, one in asked.items()
        for part, asks in one.of_row.items()
    }
    judged = {each.name: each for each in rows.select(**of_row)} if of_row else {}
    meeting = {
        number: one
        for number, one in asked.items()
        if all(
            judged[name].any()  # no code of the batch can bring it about otherwise
            for name in (_name(number, "among"), _name(number, "triggers"))
            if name in judged
        )
    }
    lines = _settled(meeting, judged, rows, fee_row, known_of)
    return {
        number: Foreseen(
            marks={name: rows[name] for name in one.marks},
            marks_of_lines=one.marks_of_lines,
            triggers=Conditions(judged.get(_name(number, "triggers")), one.triggers[1]),
            crowded=Conditions(judged.get(_name(number, "crowded")), one.crowded[1]),
            lines=lines[number],
            changing=one.changing,
        )
        for number, one in meeting.items()
        if lines[number].any()
    }


def _name(number: int, part: str) -> str:
    return f"{part} of {number}"


def _settled(
    asked: Mapping[int, _Asked],
    judged: Mapping[str, pl.Series],
    rows: pl.DataFrame,
    fee_row: pl.Series,
    known_of: Callable[[Iterable[str]], pl.DataFrame],
) -> dict[int, pl.Series]:
    """Say of every line whether the conditions of each rule hold that no rule can change."""
    conditions = {
        _name(number, "among"): one.settled
        for number, one in asked.items()
        if one.settled is not None
    }
    marks = {name for one in asked.values() for name in one.marks}
    read = {name for one in asked.values() for name in one.read}
    of_row = [judged[name] for number in asked if (name := _name(number, "among")) in judged]
    of_row += [rows[name] for name in sorted(marks & read)]
    found = looked_up(pl.DataFrame(of_row), fee_row) if of_row else pl.DataFrame()
    by_row = {each.name: each for each in found}
    of_line: dict[str, pl.Series] = {}
    if conditions:
        lines = known_of(sorted(read - marks)).hstack([by_row[each] for each in marks & read])
        # Beside `row`, so that a condition that reads nothing is judged for every line.
        of_line = {each.name: each for each in lines.select("row", **conditions)}
    everywhere = pl.Series([True]).new_from_index(0, len(fee_row))
    settled = {}
    for number in asked:
        name = _name(number, "among")
        holds = by_row.get(name, everywhere)
        settled[number] = holds & of_line[name] if name in of_line else holds
    return settled


def _reads_only(expression: pl.Expr, *columns: Collection[str]) -> bool:
    """Whether an expression reads some columns (the schedule's rows, marks), and none besides."""
    names = expression.meta.root_names()
    return bool(names) and all(any(name in each for each in columns) for name in names)
