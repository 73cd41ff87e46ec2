"""What the tables of edits at hand can say of a batch: in part, of another quarter, or nothing yet.

An edit that runs on some codes, some files or an older quarter's rows answers less than it seems
to. What it leaves open is counted by day and by code, so that parts of a batch add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from payrules.engine.rule import Rule
from payrules.schedules import TABLE_WORDS, Schedules

#: Rule → the kind of table it reads.
KIND_OF_EDIT = {"unlikely_units": "mue", "procedure_pairs": "ptp", "add_on": "add_on"}
BRING_IN = "Import CMS's files with: payrules schedules import PATH"


def edit_words(rule: str) -> str:
    """Give what the table of edits that a rule reads is called; of another rule its own name."""
    return TABLE_WORDS[KIND_OF_EDIT[rule]] if rule in KIND_OF_EDIT else rule


def lines_by(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    """Count the lines of each value of a column."""
    return lines.group_by(value=column).agg(lines=pl.len())


def edits_at_hand(
    rules: Iterable[Rule], schedules: Schedules, days: pl.DataFrame, codes: pl.DataFrame
) -> list[dict[str, Any]]:
    """Say of each rule with a table of edits what the table leaves open.

    `days` and `codes` count the batch's lines by date of service and by code (`lines_by`).
    """
    found = []
    for name in (rule.name for rule in rules if rule.name in KIND_OF_EDIT):
        kind = KIND_OF_EDIT[name]
        table = schedules.table(kind)
        if table is None:
            continue
        said: dict[str, Any] = {"rule": name, "in_part": schedules.in_part(kind)}
        if schedules.is_partial(kind):
            beyond = ~pl.col("value").is_in(schedules.starter_codes().implode())
            said["lines_beyond"] = _lines(codes, beyond)
        first = table["effective_from"].min()
        said["first_day"] = str(first)
        said["lines_before"] = _lines(days, pl.col("value") < pl.lit(first))
        said["stand_ins"] = [
            {
                "of": each.of,
                "first_day": each.first_day.isoformat(),
                "last_day": each.last_day.isoformat() if each.last_day else None,
                "lines": _lines(days, each.holds(pl.col("value"))),
            }
            for each in schedules.stand_ins(kind)
        ]
        found.append(said)
    return found


def _lines(counted: pl.DataFrame, which: pl.Expr) -> int:
    return int(counted.filter(which)["lines"].sum())


def added_up(parts: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Add up what parts of a batch left open; the tables are the same for all."""
    found = []
    for of_rule in zip(*parts, strict=True):
        total = dict(of_rule[0])
        for count in ("lines_beyond", "lines_before"):
            if count in total:
                total[count] = sum(each[count] for each in of_rule)
        total["stand_ins"] = [
            {**spans[0], "lines": sum(span["lines"] for span in spans)}
            for spans in zip(*(each["stand_ins"] for each in of_rule), strict=True)
        ]
        found.append(total)
    return found


def in_sentences(run: Mapping[str, Any]) -> list[str]:
    """Say what the edits of a run left open; rules of which the same is true together."""
    edits = run.get("edits", ())
    found = []
    partly = [each for each in edits if each["in_part"]]
    if partly:
        each_part = ", ".join(f"{edit_words(e['rule'])} ({e['in_part']})" for e in partly)
        beyond = max(each.get("lines_beyond", 0) for each in partly)
        lines = f" {_counted(beyond)} a code beyond them: not edited." if beyond else ""
        found.append(f"Edits ran in part: {each_part}.{lines} {BRING_IN}")
    found += _together(
        (
            f"Edits of {span['of']} stand in for this quarter on {_counted(span['lines'], has='')}"
            f"{_between(span)}",
            each["rule"],
        )
        for each in edits
        for span in each["stand_ins"]
        if span["lines"]
    )
    found += _together(
        (
            f"Not edited, because before the first day of the table ({each['first_day']}): "
            f"{_counted(each['lines_before'], has='')}",
            each["rule"],
        )
        for each in edits
        if each["lines_before"]
    )
    return found


def _counted(lines: int, has: str = " has") -> str:
    several = " have" if has else ""
    return f"{lines:,} line{has}" if lines == 1 else f"{lines:,} lines{several}"


def _between(span: Mapping[str, Any]) -> str:
    if span["last_day"] is None:
        return f" from {span['first_day']} on"
    return f" from {span['first_day']} to {span['last_day']}"


def _together(said: Iterable[tuple[str, str]]) -> list[str]:
    rules: dict[str, list[str]] = {}
    for sentence, rule in said:
        rules.setdefault(sentence, []).append(edit_words(rule))
    return [f"{sentence} ({', '.join(names)})." for sentence, names in rules.items()]
