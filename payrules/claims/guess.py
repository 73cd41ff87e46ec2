"""What the columns of an export may be, by their headings and values; a columns file of it.

Nothing here decides how a batch is read: it proposes, and the user keeps what is right.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from textwrap import fill

import polars as pl

from payrules.claims.checks.cells import as_text
from payrules.claims.checks.dates import FIRST_DAY, LAST_DAY, read_day
from payrules.claims.columns import KNOWN, REQUIRED, is_known, normal
from payrules.claims.days_written import DAY_NUMBER, TIME_OF_DAY, TO_BE_TOLD, read_otherwise
from payrules.claims.modifiers import modifier_table
from payrules.claims.places_of_service import VALID
from payrules.claims.practitioners import TYPES
from payrules.claims.reading import Reading
from payrules.claims.synonyms import asks, meaning_of
from payrules.files.tables import STANDARD_INPUT, shown_name
from payrules.frozen import frozen

#: Values are looked at in so many rows: enough to know a code from a number.
ROWS_LOOKED_AT = 500
#: No comment names more headings.
_MOST_NAMED = 6
_NUMBER = "claim_line_number"
#: What ends an argument, or is more than itself, in some shell.
_PARTS_ARGUMENTS = frozenset(" &;()'")
#: So large a share of the values must fit: a file has its faults.
_MOST_FIT = 0.9
_PROCEDURE = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}", re.IGNORECASE)
_PROCEDURE_AND_MODIFIER = re.compile(
    r"(?:[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})([- ,:/])[0-9A-Z]{2}(?:[ ,:/-][0-9A-Z]{2})*", re.IGNORECASE
)
_MONEY = re.compile(r"\$?\s?[0-9]{1,3}(?:,?[0-9]{3})*\.[0-9]{2}")
_DECIMAL_COMMA = re.compile(r"\(?-?[0-9]{1,3}(?:\.?[0-9]{3})*,[0-9]{2}\)?")
_COUNT = re.compile(r"[1-9][0-9]?(?:\.0)?")
_DIAGNOSIS = re.compile(r"[A-TV-Z][0-9][0-9A-Z]\.[0-9A-Z]{1,4}")


@frozen
class Guess:
    """What a heading may name: a column of ours, whether it is sure, and why."""

    heading: str
    ours: str
    sure: bool
    why: str


def guess_columns(frame: pl.DataFrame) -> tuple[list[Guess], str | None]:
    """Guess what the columns of a table are; and how its dates are written, where that is unusual.

    Headings that are known are sure where no other names the same column; values are a guess.
    """
    by_heading: dict[str, list[tuple[int, str]]] = {}
    for heading in frame.columns:
        name = normal(heading)
        meaning = None if is_known(name) else meaning_of(heading)
        if is_known(name):
            by_heading.setdefault(name, []).append((0, heading))
        elif meaning is not None:
            by_heading.setdefault(meaning.ours, []).append((meaning.rank, heading))
    guesses = []
    for ours, found in by_heading.items():
        found.sort(key=lambda each: each[0])
        first, heading = found[0]
        alone = len(found) == 1 or found[1][0] > first
        why = "a known heading" if alone else "a known heading, but others may be meant"
        guesses.append(Guess(heading, ours, sure=alone, why=why))
    guesses = [_with_modifiers(frame, each) for each in guesses]
    taken = {each.heading for each in guesses}
    samples = {each: _sample(frame, each) for each in frame.columns if each not in taken}
    there = {each.ours for each in guesses}
    for ours, why, fits in _BY_VALUE:
        fitting = [each for each, cells in samples.items() if _all_fit(cells, fits)]
        if ours == _NUMBER:
            fitting = [each for each in fitting if _counts_lines(samples[each])]
        if fitting and ours not in there:
            guesses.append(Guess(fitting[0], ours, sure=False, why=why))
            del samples[fitting[0]]
    dates = [each.heading for each in guesses if each.ours == "claim_line_start_date"]
    return guesses, _date_form(_sample(frame, dates[0])) if dates else None


def _with_modifiers(frame: pl.DataFrame, guess: Guess) -> Guess:
    """See whether a known heading of codes has modifiers behind them: 64483-50."""
    if guess.ours != "hcpcs_code":
        return guess
    cells = _sample(frame, guess.heading)
    if _all_fit(cells, _each(_PROCEDURE.fullmatch)) or not _all_fit(cells, _each(_is_joined)):
        return guess
    return Guess(guess.heading, _JOINED, sure=False, why="codes with modifiers behind them")


def columns_text(name: str, frame: pl.DataFrame, reading: Reading, rows: int | None = None) -> str:
    """Write a complete columns file for a table: TOML, with a comment to every line.

    Of a table that is not held whole `frame` has the first `ROWS_LOOKED_AT`, and `rows` counts all.
    """
    guesses, date_form = guess_columns(frame)
    reading = replace(reading, rows=frame.height if rows is None else rows)
    return "\n".join(_lines(name, frame, reading, guesses, date_form)) + "\n"


def _lines(
    name: str,
    frame: pl.DataFrame,
    reading: Reading,
    guesses: Sequence[Guess],
    date_form: str | None,
) -> Iterator[str]:
    yield f"# A columns file for {name}, by `payrules columns`. Look it over, keep it, use it:"
    yield f"#   payrules estimate {_on_a_command_line(name)} --columns ours.toml"
    yield f"# {reading.first_line()}"
    yield from (f"# {note}" for note in reading.notes)
    by_ours = {each.ours: each for each in guesses}
    rest = [each for each in frame.columns if each not in {guess.heading for guess in guesses}]
    absent = [ours for ours in KNOWN if ours not in by_ours]
    asked = {each: ours for each in rest if (ours := asks(each, absent))}
    yield ""
    yield "# Headings that are only carried along, and never asked about."
    yield f"carry = [{', '.join(_quoted(each) for each in rest if each not in asked)}]"
    yield ""
    yield "[columns]"
    for sure, said in ((True, "Sure: known headings."), (False, "Guessed: look at each.")):
        those = [each for each in guesses if each.sure is sure and each.ours != _JOINED]
        if those:
            yield f"# {said}"
        for each in those:
            yield f"{each.ours} = {_quoted(each.heading)}  # {each.why}"
    for heading, ours in asked.items():
        yield f"# {_quoted(heading)} may be this; if not, put it into carry:"
        yield f"# {ours} = {_quoted(heading)}"
    needed = [ours for ours in REQUIRED if ours not in by_ours]
    if _JOINED in by_ours and "hcpcs_code" in needed:
        needed.remove("hcpcs_code")
    if needed:
        yield "# Missing, and needed: write the heading, or a value for all rows under [constants]."
    perhaps = ", ".join(map(_quoted, rest[:_MOST_NAMED]))
    for ours in needed:
        numbered = ' or "auto": lines are numbered as they come' if ours == _NUMBER else ""
        yield f'# {ours} = ""' + (f"  # {perhaps}{numbered}?" if perhaps or numbered else "")
    others = ", ".join(ours for ours in absent if ours not in REQUIRED)
    yield from fill(
        f"Not there, and not needed: {others}.", 98, initial_indent="# ", subsequent_indent="# "
    ).splitlines()
    if _JOINED in by_ours:
        heading = by_ours[_JOINED].heading
        between = _between(_sample(frame, heading))
        yield from ("", "[joined]", f"# Guessed: {by_ours[_JOINED].why}.")
        yield f'{_quoted(heading)} = "{{hcpcs_code}}{between}{{hcpcs_modifiers}}"'
    yield from _file_lines(frame, reading, by_ours, date_form)
    yield from ("", "[constants]", "# What all rows have, where the file has no column for it:")
    yield from ('# locality = "01112-05"', '# place_of_service_code = "11"')
    yield from ("", "# Their value = our value:", "# [values.payer]", '# "BCBS PPO" = "acme"')
    places = by_ours.get("place_of_service_code")
    if places and not _all_fit(_sample(frame, places.heading), _each(_is_place)):
        heading = _quoted(places.heading)
        yield f"# Under {heading} stand no codes of places: say which each value is."
        yield from ("# [values.place_of_service_code]", '# "Office" = "11"')


def _file_lines(
    frame: pl.DataFrame, reading: Reading, by_ours: Mapping[str, Guess], date_form: str | None
) -> Iterator[str]:
    """Write how the file is written: [file]."""
    yield from ("", "[file]")
    if reading.sheet is not None:
        yield f"sheet = {_quoted(reading.sheet)}"
    yield f"heading_row = {reading.heading_row or 1}"
    if date_form is None:
        yield '# date_format = "MM/DD/YYYY"  # where dates are written otherwise'
    else:
        yield f'date_format = "{date_form}"  # guessed from the dates of service'
    charges = by_ours.get("charge_amount")
    if charges and _all_fit(_sample(frame, charges.heading), _each(_DECIMAL_COMMA.fullmatch)):
        yield 'decimal = ","  # guessed from the charges'
    else:
        yield '# decimal = ","  # where amounts are written 1.200,00'
    yield "# skip_rows = []  # rows that are no claim lines, such as totals"


def _on_a_command_line(name: str) -> str:
    """Write a file's name as one argument, in any shell."""
    if name == shown_name(STANDARD_INPUT):
        return str(STANDARD_INPUT)
    return f'"{name}"' if set(name) & _PARTS_ARGUMENTS else name


def _quoted(text: str) -> str:
    """Write a text as TOML does, which is as JSON does; what no terminal shows by its number."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(mark if mark.isprintable() else f"\\U{ord(mark):08x}" for mark in written)


def _sample(frame: pl.DataFrame, heading: str) -> list[str]:
    cells = frame.get_column(heading).head(ROWS_LOOKED_AT).alias("cell")
    text = cells.to_frame().select(as_text("cell", cells.dtype)).to_series().drop_nulls()
    return [cell for cell in text.str.strip_chars().to_list() if cell]


def _all_fit(cells: Sequence[str], fitting: Callable[[Sequence[str]], int]) -> bool:
    return bool(cells) and fitting(cells) >= _MOST_FIT * len(cells)


def _each(fits: Callable[[str], object]) -> Callable[[Sequence[str]], int]:
    """Count the cells that fit."""
    return lambda cells: sum(map(bool, map(fits, cells)))


def _between(cells: Sequence[str]) -> str:
    signs = [found[1] for cell in cells if (found := _PROCEDURE_AND_MODIFIER.fullmatch(cell))]
    return max(set(signs), key=signs.count, default="-")


def _date_form(cells: Sequence[str]) -> str | None:
    """Name the form of dates that the columns file must tell; None where they are read without."""
    forms = _told_days(cells)
    form = max(forms, key=lambda each: forms[each])
    most = max(_days_read(cells), _MOST_FIT * len(cells) - 1)
    return form if forms[form] > most else None


def _dates(cells: Sequence[str]) -> int:
    """Count the dates, in whatever way they are written."""
    return max(_days_read(cells), *_told_days(cells).values())


def _days_read(cells: Sequence[str]) -> int:
    """Count the dates that are read as they are. Day numbers are numbers, for all one knows."""
    written = pl.Series(
        "day", [cell for cell in cells if not re.match(DAY_NUMBER, cell)], pl.String
    )
    iso, _ = read_otherwise(written)
    return _days_in_time(iso.to_frame(), read_day(pl.col("day").str.replace(TIME_OF_DAY, "")))


def _told_days(cells: Sequence[str]) -> dict[str, int]:
    """Count the dates in each of the forms that have to be told."""
    written = pl.Series("day", cells, pl.String).str.replace(TIME_OF_DAY, "").to_frame()
    return {
        form: _days_in_time(written, read_day(pl.col("day"), of_strptime))
        for form, of_strptime in TO_BE_TOLD.items()
    }


def _days_in_time(written: pl.DataFrame, day: pl.Expr) -> int:
    return int(written.select(day.is_between(FIRST_DAY, LAST_DAY).sum()).item())


def _counts_lines(cells: Sequence[str]) -> bool:
    """Tell whether numbers count from 1 again and again, as the lines of claims do."""
    numbers = [int(float(cell)) for cell in cells if _COUNT.fullmatch(cell)]
    steps = zip([0, *numbers], numbers, strict=False)
    return max(numbers, default=0) > 1 and all(now in {1, before + 1} for before, now in steps)


def _is_npi(cell: str) -> bool:
    """Tell an NPI by its check digit (Luhn, over 80840 and the number)."""
    if not re.fullmatch("[12][0-9]{9}", cell):
        return False
    digits = [int(digit) for digit in f"80840{cell}"]
    doubled = [digit if place % 2 else 2 * digit for place, digit in enumerate(digits[::-1], 1)]
    return sum(sum(divmod(each, 10)) for each in doubled) % 10 == 0


def _is_joined(cell: str) -> bool:
    return bool(_PROCEDURE_AND_MODIFIER.fullmatch(cell) or _PROCEDURE.fullmatch(cell))


def _is_place(cell: str) -> bool:
    return cell.removesuffix(".0").zfill(2) in VALID


_JOINED = "hcpcs_code and hcpcs_modifiers"
_BY_VALUE: Sequence[tuple[str, str, Callable[[Sequence[str]], int]]] = (
    ("hcpcs_code", "five-character codes", _each(_PROCEDURE.fullmatch)),
    (_JOINED, "codes with modifiers behind them", _each(_is_joined)),
    ("claim_line_start_date", "dates", _dates),
    ("rendering_npi", "NPIs, by their check digit", _each(_is_npi)),
    ("place_of_service_code", "codes of CMS's places of service", _each(VALID.__contains__)),
    ("hcpcs_modifiers", "modifiers", _each(lambda cell: cell.upper() in modifier_table())),
    ("charge_amount", "amounts with cents", _each(_MONEY.fullmatch)),
    (_NUMBER, "numbers that count 1, 2, 3 and again", _each(_COUNT.fullmatch)),
    ("service_unit_quantity", "small numbers", _each(_COUNT.fullmatch)),
    ("practitioner_type", "types of practitioner", _each(lambda cell: cell.lower() in TYPES)),
    ("diagnosis_code_1", "ICD-10 codes", _each(_DIAGNOSIS.fullmatch)),
)
