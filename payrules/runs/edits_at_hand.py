"""What the tables of edits at hand can say of a batch: in part, of another quarter, or nothing yet.

An edit that runs on some codes, some files or an older quarter's rows answers less than it seems
to. What it leaves open is counted by day and by code, so that parts of a batch add up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date

from payrules.counted import counted, one_or_more
from payrules.engine.rule import Rule
from payrules.frozen import frozen
from payrules.schedules import TABLE_WORDS, Schedules

#: Rule → the kind of table it reads.
KIND_OF_EDIT = {"unlikely_units": "mue", "procedure_pairs": "ptp", "add_on": "add_on"}
BRING_IN = "Import CMS's files with: payrules schedules import PATH"


def edit_words(rule: str) -> str:
    """Give what the table of edits that a rule reads is called; of another rule its own name."""
    return TABLE_WORDS[KIND_OF_EDIT[rule]] if rule in KIND_OF_EDIT else rule


@frozen
class StandInLines:
    """A quarter whose edits stand in for one that is not at hand, and on how many lines."""

    of: str
    first_day: str
    last_day: str | None
    lines: int


@frozen
class EditsAtHand:
    """What a rule's table of edits leaves open; days are ISO dates.

    `in_part` says what is at hand where that is not the whole, `lines_beyond` counts the lines
    whose code is then not among them; `lines_before` come before the table's first day.
    """

    rule: str
    in_part: str | None
    lines_beyond: int | None = field(metadata={"where_said": True})
    first_day: str
    lines_before: int
    stand_ins: tuple[StandInLines, ...]


def edits_at_hand(
    rules: Iterable[Rule],
    schedules: Schedules,
    days: Mapping[str, int],
    codes: Mapping[str, int],
) -> Iterator[EditsAtHand]:
    """Say of each rule with a table of edits, once, what the table leaves open.

    `days` (ISO) and `codes` count the batch's lines of each date of service and of each code.
    """
    for name in dict.fromkeys(rule.name for rule in rules if rule.name in KIND_OF_EDIT):
        kind = KIND_OF_EDIT[name]
        if not schedules.tables_in_use(kind):
            continue
        beyond = None
        if schedules.is_partial(kind):
            held = set(schedules.starter_codes())
            beyond = sum(lines for code, lines in codes.items() if code not in held)
        first = str(schedules.first_day(kind))
        yield EditsAtHand(
            rule=name,
            in_part=schedules.in_part(kind),
            lines_beyond=beyond,
            first_day=first,
            lines_before=sum(lines for day, lines in days.items() if day < first),
            stand_ins=tuple(
                StandInLines(
                    of=each.of,
                    first_day=each.first_day.isoformat(),
                    last_day=each.last_day.isoformat() if each.last_day else None,
                    lines=sum(
                        lines
                        for day, lines in days.items()
                        if each.first_day <= date.fromisoformat(day) <= (each.last_day or date.max)
                    ),
                )
                for each in schedules.stand_ins(kind)
            ),
        )


def in_sentences(edits: Sequence[EditsAtHand]) -> list[str]:
    """Say what the edits of a run left open; rules of which the same is true together."""
    found = []
    partly = [each for each in edits if each.in_part]
    if partly:
        each_part = ", ".join(f"{edit_words(e.rule)} ({e.in_part})" for e in partly)
        beyond = max(each.lines_beyond or 0 for each in partly)
        lines = f" {_counted(beyond)} a code outside them: not edited." if beyond else ""
        found.append(f"Edits ran in part: {each_part}.{lines} {BRING_IN}")
    found += _together(
        (
            f"Edits of {span.of} are used for this quarter on "
            f"{_counted(span.lines, has='')}{_between(span)}",
            each.rule,
        )
        for each in edits
        for span in each.stand_ins
        if span.lines
    )
    found += _together(
        (
            f"Not edited, because before the first day of the table ({each.first_day}): "
            f"{_counted(each.lines_before, has='')}",
            each.rule,
        )
        for each in edits
        if each.lines_before
    )
    return found


def _counted(lines: int, has: str = " has") -> str:
    several = " have" if has else ""
    return counted(lines, "line") + one_or_more(lines, has, several)


def _between(span: StandInLines) -> str:
    if span.last_day is None:
        return f" from {span.first_day} on"
    return f" from {span.first_day} to {span.last_day}"


def _together(said: Iterable[tuple[str, str]]) -> list[str]:
    rules: dict[str, list[str]] = {}
    for sentence, rule in said:
        rules.setdefault(sentence, []).append(edit_words(rule))
    return [f"{sentence} ({', '.join(names)})." for sentence, names in rules.items()]
