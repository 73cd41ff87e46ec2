"""Reads a columns file's TOML, part by part; a sentence says what of it cannot be meant."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from payrules.claims.columns import KNOWN, is_known, normal, shown
from payrules.claims.columns_file import (
    AUTO,
    AnyColumns,
    ColumnsFile,
    FileForm,
    Template,
    of_templates,
)
from payrules.errors import ClaimsError
from payrules.files.toml import read_toml
from payrules.nearest import either, nearest

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DATE_WORDS = {"YYYY": "%Y", "YY": "%y", "MMM": "%b", "MM": "%m", "DD": "%d"}
_LETTERS = re.compile("[A-Za-z]+")


def columns_file(given: AnyColumns | None) -> ColumnsFile:
    """Give what is said of columns as one form; ClaimsError for what cannot be meant."""
    if isinstance(given, ColumnsFile):
        return given
    written = dict(given or {})
    if not any(_is_section(name, said) for name, said in written.items()):
        written = {"columns": written} if written else {}
    return _read(written, "The columns file")


def read_columns_file(path: Path) -> ColumnsFile:
    """Read a `--columns` file; ClaimsError says what of it cannot be meant."""
    written = read_toml(path, "columns file", ClaimsError).written
    if not any(_is_section(name, said) for name, said in written.items()):
        raise ClaimsError(
            f"The columns file {path.name} needs a table [columns] with lines such as"
            ' claim_id = "Claim No".'
        )
    return _read(written, f"The columns file {path.name}")


def columns_file_of_record(written: Mapping[str, Any]) -> ColumnsFile:
    """Read what a run record says of the columns file; `specialty` is no table of it."""
    tables = {name: said for name, said in written.items() if name != "specialty"}
    said = _read(tables, "The columns file")
    return said.of_specialty(written["specialty"]) if "specialty" in written else said


def _is_section(name: str, said: object) -> bool:
    return name in _SECTIONS and isinstance(said, Mapping | list)


def _read(written: Mapping[str, Any], what: str, *, inside: bool = False) -> ColumnsFile:
    """Read the tables of a columns file; `inside` a [[where]] there is no other."""
    for name in written:
        known = [each for each in _SECTIONS if not (inside and each == "where")]
        if name not in known and not (inside and name == "files"):
            near = either(nearest(name, known))
            raise ClaimsError(
                f"{what} has a part '{shown(name)}', which payrules does not recognize"
                + (f"; perhaps {near}." if near else f"; it knows {', '.join(known)}.")
            )
    columns, several = _columns(written.get("columns", {}), what)
    joined = {
        _text(heading, f"{what}, [joined]"): _template(heading, said, what)
        for heading, said in _table(written, "joined", what).items()
    }
    constants = {
        _ours(ours, what): _text(value, f"{what}, [constants] {ours}", other=True)
        for ours, value in _table(written, "constants", what).items()
    }
    values = {
        _ours(ours, what): {
            theirs.strip().lower(): _text(value, f"{what}, [values.{ours}]", other=True, blank=True)
            for theirs, value in _table({ours: said}, ours, f"{what}, [values]").items()
        }
        for ours, said in _table(written, "values", what).items()
    }
    carry = written.get("carry", [])
    if not isinstance(carry, list):
        raise ClaimsError(f'{what}: carry is a list of headings, such as ["Charge Date"].')
    found = ColumnsFile(
        columns=columns,
        several=several,
        joined=joined,
        form=_form(_table(written, "file", what), what),
        constants=constants,
        values=values,
        carry=frozenset(normal(_text(each, f"{what}, carry")) for each in carry),
        where=tuple(_where(written.get("where", []), what)),
        written=written,
    )
    _refuse_twice(found, what)
    return found


def _where(given: Any, what: str) -> Iterator[tuple[str, ColumnsFile]]:
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise ClaimsError(f"{what}: [[where]] is written with two brackets, and names `files`.")
    for each in given:
        files = each.get("files")
        if not isinstance(files, str) or not files:
            raise ClaimsError(
                f'{what}: a [[where]] needs the files it is for, such as files = "march-*.csv".'
            )
        yield files, _read(each, f"{what}, [[where]] of '{shown(files)}'", inside=True)


def _columns(given: Any, what: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Read `[columns]`: our names to a heading, or to several."""
    columns: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    is_table = isinstance(given, Mapping)
    for ours, said in given.items() if is_table else ():
        headings = said if isinstance(said, list | tuple) else [said]
        is_table &= bool(headings) and all(isinstance(each, str) for each in headings)
        if len(headings) > 1:
            several[ours] = tuple(headings)
        elif headings:
            columns[ours] = headings[0]
    if not is_table:
        raise ClaimsError(
            f'{what} needs a table [columns] with lines such as claim_id = "Claim No".'
        )
    for ours in (*columns, *several):
        _ours(ours, what)
    return columns, several


def _ours(name: str, what: str) -> str:
    if not is_known(name):
        near = either(nearest(name, KNOWN))
        raise ClaimsError(
            f"{what} names '{shown(name)}', which payrules does not read;"
            + (f" perhaps {near}." if near else f" it reads {', '.join(KNOWN)}.")
        )
    return name


def _table(written: Mapping[str, Any], name: str, what: str) -> Mapping[str, Any]:
    said = written.get(name, {})
    if not isinstance(said, Mapping):
        raise ClaimsError(
            f"{what}: '{shown(name)}' is not a table; write [{shown(name)}] above it."
        )
    return said


def _text(value: Any, place: str, *, other: bool = False, blank: bool = False) -> str:
    """Give a text of the file; a whole number or true and false where those are meant, too."""
    if isinstance(value, bool) and other:
        return str(value).lower()
    if isinstance(value, str) and (value.strip() or blank):
        return value
    if other and isinstance(value, int):
        return str(value)
    raise ClaimsError(f"{place}: a text belongs here, in quotation marks.")


def _template(heading: str, said: Any, what: str) -> Template:
    place = f"{what}, [joined] '{shown(heading)}'"
    pattern = said if isinstance(said, str) else ""
    names = tuple(_PLACEHOLDER.findall(pattern))
    first, *between, last = _PLACEHOLDER.sub("\0", pattern).split("\0") if names else ("?", "?")
    if len(names) < 2 or first or last or not all(between):
        raise ClaimsError(
            f'{place} is written as "{{hcpcs_code}}-{{hcpcs_modifiers}}": two columns or more, and'
            " what stands between them."
        )
    return Template(tuple(_ours(name, place) for name in names), tuple(between))


def _form(written: Mapping[str, Any], what: str) -> FileForm:
    """Read `[file]`."""
    read: dict[str, Any] = {}
    for name, value in written.items():
        if name not in _FORM:
            near = either(nearest(name, _FORM))
            raise ClaimsError(
                f"{what}, [file] has '{shown(name)}', which payrules does not recognize"
                + (f"; perhaps {near}." if near else f"; it knows {', '.join(_FORM)}.")
            )
        reads, expected = _FORM[name]
        read[name] = reads(value)
        if read[name] is None:
            raise ClaimsError(f"{what}, [file] {name} is {expected}.")
    return FileForm(**read)


def _sheet(value: Any) -> str | int | None:
    if isinstance(value, str) and value.strip():
        return value
    return _row(value)


def _row(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _rows(value: Any) -> tuple[int, ...] | None:
    rows = [_row(each) for each in value] if isinstance(value, list) else [None]
    return tuple(row for row in rows if row) if all(rows) else None


def _date_format(value: Any) -> str | None:
    """Write DD/MM/YYYY as strptime does; None for what names no day, month and year."""
    if not isinstance(value, str):
        return None
    if "%" not in value:
        words = _LETTERS.findall(value)
        if len(value) == len("".join(words)):  # YYYYMMDD
            words = re.findall("YYYY|MMM|MM|DD|YY", value)
            value = _write_date(value, words) if "".join(words) == value else ""
        else:
            value = _write_date(value, words) if set(words) <= set(_DATE_WORDS) else ""
    parts = sorted(re.findall("%(.)", value.replace("%b", "%m").replace("%y", "%Y")))
    return value if parts == ["Y", "d", "m"] else None


def _write_date(value: str, words: list[str]) -> str:
    for word in sorted(set(words), key=len, reverse=True):
        value = value.replace(word, _DATE_WORDS[word])
    return value


def _decimal(value: Any) -> str | None:
    return value if value in {",", "."} else None


def _encoding(value: Any) -> str | None:
    try:
        return codecs.lookup(value).name
    except (LookupError, TypeError, ValueError):
        return None


def _delimiter(value: Any) -> str | None:
    is_one = isinstance(value, str) and len(value) == 1 and value.isascii()
    return value if is_one and not value.isalnum() and value not in '"\r\n' else None


_FORM: dict[str, tuple[Callable[[Any], Any], str]] = {
    "sheet": (_sheet, 'a worksheet\'s name or number, or "all"'),
    "heading_row": (_row, "the number of the row that holds the headings, from 1"),
    "skip_rows": (_rows, "a list of row numbers as a spreadsheet has them, such as [1, 2, 250]"),
    "date_format": (_date_format, 'written as "DD/MM/YYYY", "MM-DD-YY" or "DD-MMM-YYYY"'),
    "decimal": (_decimal, '"," or "."'),
    "encoding": (_encoding, 'the name of an encoding, such as "cp1252"'),
    "delimiter": (_delimiter, 'one character, such as "|" or ";"'),
}
_SECTIONS = ("columns", "joined", "file", "constants", "values", "carry", "where")


def _refuse_twice(said: ColumnsFile, what: str) -> None:
    """Refuse one heading for two columns, and a column that is told in two ways."""
    taken: dict[str, str] = {}
    for ours, theirs in said.columns.items():
        if ours == "claim_line_number" and theirs == AUTO:
            continue
        first = taken.setdefault(normal(theirs), ours)
        if first != ours:
            raise ClaimsError(f"{what} gives '{shown(theirs)}' to both '{first}' and '{ours}'.")
    ways = [
        ("[columns]", [*said.columns, *said.several]),
        ("[joined]", list(of_templates(said.joined))),
        ("[constants]", list(said.constants)),
    ]
    told: dict[str, str] = {}
    for way, names in ways:
        for ours in names:
            if ours in told:
                raise ClaimsError(f"{what} says '{ours}' twice, in {told[ours]} and {way}.")
            told[ours] = way
