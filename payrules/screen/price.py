"""What `payrules price` and `which` print: a line for each code, a row for each way to a figure."""

from collections.abc import Sequence
from decimal import Decimal

from payrules.answers import PHYSICIAN, FigureAnswer, LineAnswer, Reason, SessionAnswer, Way
from payrules.counted import counted
from payrules.payers.left_open import BESIDE_PAYER
from payrules.runs.who_paid import as_named
from payrules.screen.printed import Part, Table, Text, money, words

#: No cell names more localities.
_MOST_LOCALITIES = 6
#: The patient's usual share is told by its amount.
_USUAL = frozenset(("coinsurance",))


def answer_lines(answer: SessionAnswer) -> Part:
    """Say what each line is paid, by whom and why; of several lines, also what they come to."""
    if len(answer.lines) == 1:
        (line,) = answer.lines
        return _line(f"{_written(line)}, {_where(answer)}{_release(line)}: ", answer, line)
    releases = dict.fromkeys(_release(line) for line in answer.lines)
    told = [
        words(f"{_where(answer)}{''.join(releases)}", bold=True, whole=True),
        *(_line(f"{_written(line)}: ", answer, line) for line in answer.lines),
        _in_all(answer),
    ]
    return tuple(told)


def _where(answer: SessionAnswer) -> str:
    name = f" ({answer.locality_name})" if answer.locality_name else ""
    return f"{answer.day}, place {answer.place}, {answer.locality}{name}"


def _release(line: LineAnswer) -> str:
    return f", release {line.release}" if line.release else ""


def _written(line: LineAnswer) -> str:
    return line.name if line.units == "1" else f"{line.name} x {line.units}"


def _line(heading: str, answer: SessionAnswer, line: LineAnswer) -> Text:
    return words(heading + " ".join(_sentences(answer, line)), whole=True)


def _sentences(answer: SessionAnswer, line: LineAnswer) -> list[str]:
    status = line.status.replace("_", " ")
    steps = [each for each in line.reasons if each.rule not in _USUAL]
    facts = [_reason(each) for each in steps]
    if line.allowed_amount is None:
        said = [f"{status}, no amount."]
    else:
        charged = f" of {money(line.charge_amount)} charged" if line.charge_amount else ""
        asked = "" if line.status == "priced" else f"{status}, "
        said = [
            f"{asked}allowed {money(line.allowed_amount)}{charged}, "
            f"{_who_pays(answer, line.medicare_amount, line.sequestration_amount)}, "
            f"{_owed(line.patient_amount)}{_deductible(line)}."
        ]
        if line.limiting_charge is not None:
            said.append(f"Limiting charge {money(line.limiting_charge)}.")
        if steps and line.fee_schedule_amount is not None:
            facts.insert(0, f"fee schedule amount {money(line.fee_schedule_amount)}{_by(line)}")
    why = dict.fromkeys(
        [*facts, *([line.reason] if line.reason and line.reason not in " ".join(facts) else [])]
    )
    if why:
        said.append(f"Why: {'; '.join(why)}.")
    if line.review:
        said.append(f"Review: {line.review}.")
    return said


def _by(line: LineAnswer) -> str:
    """Name the schedule where it is not the physicians', and its exact limit, often in mills."""
    own = {
        "asp": "drug payment limits",
        "vaccine": "drug payment limits",
        "clfs": "laboratory fee schedule",
    }.get(line.schedule or "")
    return f" ({own}: {line.fee_detail})" if own else ""


def _reason(step: Reason) -> str:
    share = f"{Decimal(step.factor):.2%}".replace(".00%", "%") + " " if step.factor else ""
    return f"{share}{step.detail}{f' ({step.code})' if step.code else ''}"


def _who_pays(answer: SessionAnswer, paid: str | None, sequestration: str | None) -> str:
    less = (
        f" after {money(sequestration)} sequestration"
        if sequestration and Decimal(sequestration)
        else ""
    )
    return f"{as_named(answer.payer)} pays {money(paid)}{less}"


def _owed(amount: str | None) -> str:
    return BESIDE_PAYER if amount is None else f"the patient {money(amount)}"


def _deductible(line: LineAnswer) -> str:
    taken = line.deductible_amount
    return f" ({money(taken)} of it deductible)" if taken and Decimal(taken) else ""


def _in_all(answer: SessionAnswer) -> Text:
    totals = answer.totals
    without = sum(line.allowed_amount is None for line in answer.lines)
    left_out = f"; {without} without an amount left out" * bool(without)
    pays = _who_pays(answer, totals["medicare_amount"], totals["sequestration_amount"])
    return words(
        f"In all: allowed {money(totals['allowed_amount'])}, {pays}, "
        f"{_owed(totals['patient_amount'])}{left_out}.",
        bold=True,
        whole=True,
    )


def figure_tables(answer: FigureAnswer) -> list[Part]:
    """List what makes a figure so; where nothing does, say so and what is nearest."""
    releases = f"release{'s' * (len(answer.releases) > 1)} {', '.join(answer.releases)}"
    parts: list[Part] = []
    if answer.ways:
        figure = answer.ways[0].figure
        parts.append(words(f"{answer.code}, {money(answer.amount)}: {figure}", bold=True))
        parts.append(_ways(answer.ways))
    elif answer.tried:
        parts.append(
            words(
                f"{answer.code}: none of {counted(answer.tried, 'amount')} of {releases} is "
                f"{money(answer.amount)}. The nearest:",
                bold=True,
            )
        )
        parts.append(_ways(answer.nearest, are_near=True))
    else:
        parts.append(
            words(
                f"{answer.code} has no amount of the physician fee schedule in {releases}.",
                bold=True,
            )
        )
    return parts + [words(answer.remark)] * bool(answer.remark)


def _ways(ways: Sequence[Way], *, are_near: bool = False) -> Table:
    headings = ("release", "factor", "setting", "modifier", "billed by", "locality")
    table = Table(*(("amount",) if are_near else ()), *headings, right=("amount",))
    for way in ways:
        table.add_row(
            *((money(way.amount),) if are_near else ()),
            way.release,
            way.conversion_factor + " (qualifying APM)" * way.qualifying_apm,
            way.setting,
            ", ".join(each or "none" for each in way.modifiers),
            way.billed_by if way.billed_by != PHYSICIAN else "",
            _localities(way),
        )
    return table


def _localities(way: Way) -> str:
    if way.everywhere:
        return "every one"
    named = [
        f"{key} ({name})" if name else key
        for key, name in zip(way.localities, way.locality_names, strict=True)
    ]
    more = len(named) - _MOST_LOCALITIES
    return ", ".join(named[:_MOST_LOCALITIES]) + (f" and {more:,} more" if more > 0 else "")
