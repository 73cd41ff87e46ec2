"""The checks of texts: what names a row, and what is said in it, as the run had it.

A total of amounts does not tell that a payer, a code or a claim was written over. So each sheet's
texts are added up by their characters, in one pass and wherever its rows stand: a sheet may be
sorted. A text counts by its length and by each of its characters; one longer than a sentence by the
characters at both ends: what is between is held by its length alone. Of large sheets fewer
characters count, from the end, and of very large ones none: their texts are held by their lengths
alone. Where all characters count, each row's are weighed by its own amounts: texts exchanged
between rows are told, and sorted rows are as they were. Headings and the texts of pages are held
cell by cell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from operator import mul

import polars as pl

from payrules.counted import counted
from payrules.workbook.columns import TO_FILL_IN, is_added_up
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.row_numbers import numbers_as_written
from payrules.workbook.words import in_sheet_words
from payrules.workbook.xlsx.cell_texts import printable_text, printable_texts
from payrules.workbook.xlsx.formats import NUMBERS, Column
from payrules.workbook.xlsx.references import column_letters, quoted, reference
from payrules.workbook.xlsx.row_table import TOTAL

#: Texts up to so long are told whole; of longer ones so many characters from each side, and of
#: large sheets' texts fewer, from the end.
_WHOLE, _TOLD = 96, 16
#: Of so many characters a sheet LibreOffice takes some seconds; of ten times as many a minute,
#: twice as long as for all other checks of such a pack.
_MOST_TOLD = 250_000
#: Excel takes no longer formula than 8,192 characters.
_LONGEST = 7_500
#: Nor a longer text within it than 255.
_LONGEST_LABEL = 250
#: Of a longer one so many characters of both sides are told.
_TOLD_OF_A_LABEL = 100
#: Rows weigh by so many columns of numbers, those that tell most rows apart: up to a prime. What
#: one changes by, the other often changes back: they count differently.
_WEIGHED_BY, _WEIGHTS, _COUNT_AS = 2, 97, (1, 7)
#: So many different characters beyond the basic plane of a column have others stand for them.
_MOST_BEYOND, _PRIVATE = 24, 0xE000
_LAST_OF_THE_PLANE, _BEYOND = "\uffff", r"[\x{10000}-\x{10FFFF}]"
#: What a character counts by its place, and what a text's length does.
_BY_PLACE = [each for each in range(3, 600, 2) if all(each % less for less in range(3, each, 2))][
    :_WHOLE
]
_BY_LENGTH = 61
#: Of rejected rows: the rest is corrected on the sheet, and read back as claims.
_OF_REJECTS = frozenset(("file", "column", "value", "reason"))
_ADDED_UP = "their characters added up"
_AS_IT_WAS = "as the run had it when it wrote the sheet"


def of_texts(formulas: Formulas) -> Iterator[LiveCheck]:
    """Hold the texts of every sheet of rows to what they were, but those that people fill in."""
    for table in formulas.filled:
        if table.sheet.style == "plain":
            continue
        frame = table.frame if table.sheet.field_names else in_sheet_words(table.frame)
        columns = [
            each
            for each in table.columns
            if each.name not in TO_FILL_IN
            and (table.sheet.content != "rejects" or each.name in _OF_REJECTS)
        ]
        named = table.sheet.totals and not is_added_up(table.columns[0])  # else a sum stands there
        yield from texts_as_written(
            *(table.sheet.name, table.name, columns, frame),
            headings=table.first_row - 1,
            total=table.total_row if named else None,
        )
        yield from numbers_as_written(table.sheet.name, table.name, columns, frame)


def of_pages(formulas: Formulas) -> Iterator[LiveCheck]:
    """Hold the texts of every page that holds no checks itself, each in its place."""
    for sheet, cells in formulas.places.texts.items():
        yield from of_page(sheet, cells)


def of_page(sheet: str, cells: Mapping[str, str]) -> Iterator[LiveCheck]:
    """Hold the texts of a page to what they were: title, sentences, headings, labels."""
    for check in held(sheet, [], cells):
        yield replace(check, name=check.name.replace(_ADDED_UP, "each in its place"))


def texts_as_written(
    sheet: str,
    table: str,
    columns: Sequence[Column],
    frame: pl.DataFrame,
    *,
    headings: int | None = None,
    total: int | None = None,
) -> Iterator[LiveCheck]:
    """Hold the texts of a table to what they were; `frame` has them as the sheet shows them.

    `headings` is the row they stand in, `total` that which its first cell names as the total.
    """
    texts = [
        (reference(table, each.heading), frame[each.name])
        for each in columns
        if each.format not in NUMBERS  # which may have words among them
        and isinstance(frame.schema[each.name], pl.String | pl.Categorical | pl.Enum)
        and frame[each.name].null_count() < frame.height
    ]
    labels = {}
    if headings is not None:
        places = {each: column_letters(place) for place, each in enumerate(frame.columns)}
        labels = {
            f"{quoted(sheet)}!${places[each.name]}${headings}": each.heading for each in columns
        }
    if total is not None:
        labels[f"{quoted(sheet)}!$A${total}"] = TOTAL
    # Of more texts than characters may be told none is told by its characters, nor weighed.
    few = frame.height * len(texts) <= _MOST_TOLD
    yield from held(sheet, texts, labels, _weights(table, columns, frame) if few else None)


def _weights(
    table: str, columns: Sequence[Column], frame: pl.DataFrame
) -> tuple[str, pl.Series] | None:
    """Weigh rows by amounts and counts of their own: texts that change rows are told by them.

    Wherever a row stands: people sort sheets. None where a row has none.
    """
    shown = [
        each
        for each in columns
        if each.format in {"money", "integer"} and _is_exact(frame.schema[each.name])
    ]
    shown = sorted(shown, key=lambda each: -frame[each.name].n_unique())[:_WEIGHED_BY]
    if not shown:
        return None
    cents = pl.sum_horizontal(
        times * _cents(each.name, frame.schema[each.name])
        for times, each in zip(_COUNT_AS, shown, strict=False)
    )
    named = [reference(table, each.heading) for each in shown]
    added = "+".join(f"{times}*{each}" for times, each in zip(_COUNT_AS, named, strict=False))
    weights = frame.select(weight=cents.abs() % _WEIGHTS + 1)["weight"]
    return f"(MOD(ABS(ROUND(100*({added}),0)),{_WEIGHTS})+1)", weights


def _cents(name: str, kind: pl.DataType) -> pl.Expr:
    """Give whole numbers or decimals, which are held as whole numbers of their last place."""
    to_cents: int = 10 ** (2 - (kind.scale if isinstance(kind, pl.Decimal) else 0))
    return pl.col(name).to_physical().cast(pl.Int64).fill_null(0) * to_cents


def _is_exact(kind: pl.DataType) -> bool:
    """Whether a column holds whole numbers or cents."""
    return kind.is_integer() or (isinstance(kind, pl.Decimal) and kind.scale <= 2)


def held(
    of: str,
    texts: Sequence[tuple[str, pl.Series]],
    labels: Mapping[str, str],
    weights: tuple[str, pl.Series] | None = None,
) -> Iterator[LiveCheck]:
    """Hold texts to what they were: cells that show a column, and cells that name a row.

    `weights` are those of the rows of the columns: a formula, and what it comes to.
    """
    columns = [_as_shown(each, weights[1] if weights else None) for _, each in texts]
    rows = max((len(each) for _, each in texts), default=0)
    told = _told([_longest(each["text"]) for each in columns], rows)
    weighed = f"*{weights[0]}" if told == _WHOLE and weights is not None and rows else ""
    parts = [(_reads(cell, printable_text(label)), 1) for cell, label in labels.items()]
    unread = 0
    for place, ((shown, _), distinct) in enumerate(zip(texts, columns, strict=True), 1):
        beyond = _beyond_the_plane(distinct["text"])
        if len(beyond) <= _MOST_BEYOND:
            formula, value = _added(shown, distinct, told, beyond, weighed)
        else:
            unread += 1
            formula = f'SUMPRODUCT(--({shown}<>""))'
            value = int(distinct.filter(pl.col("text") != "")["cells"].sum())
        parts.append((f"{place}*{formula}", place * value))
    checks: list[list[tuple[str, int]]] = []
    left = 0
    for part in parts:
        left -= len(part[0]) + 1
        if left < 0:
            checks.append([])
            left = _LONGEST - len(part[0]) - 1
        checks[-1].append(part)
    said = f"; of {counted(unread, 'column')} of many symbols cells alone" if unread else ""
    for number, added in enumerate(checks, 1):
        whole = Decimal(sum(value for _, value in added))
        yield LiveCheck(
            f"{of}: texts, {_ADDED_UP}" + f", {number}" * (number > 1) + said,
            "+".join(formula for formula, _ in added),
            None,
            whole,
            whole,
            _AS_IT_WAS,
            counts=True,
        )


def _reads(cell: str, text: str) -> str:
    """Test whether a cell reads as it did; of a long text its beginning, its end and its length.

    Excel takes no longer text within a formula.
    """
    if len(_quoted(text)) <= _LONGEST_LABEL:
        return f'--EXACT({cell},"{_quoted(text)}")'
    # Spreadsheets do not count characters beyond the basic plane alike: what is before the first
    # and behind the last of them is told.
    alike = re.split(f"[^\0-{_LAST_OF_THE_PLANE}]", text)
    begins, ends = alike[0][:_TOLD_OF_A_LABEL], alike[-1][-_TOLD_OF_A_LABEL:]
    tests = [
        f'EXACT({side}({cell},{len(part)}),"{_quoted(part)}")'
        for side, part in (("LEFT", begins), ("RIGHT", ends))
    ]
    if len(alike) == 1:
        tests.append(f"(LEN({cell})={len(text)})")
    return "*".join(tests)


def _quoted(text: str) -> str:
    """Write a text between the quotes of a formula."""
    return text.replace('"', '""')


def _beyond_the_plane(texts: pl.Series) -> dict[str, str]:
    """Give the characters that spreadsheets do not count alike, and what stands for each.

    Excel takes an emoji for two characters, LibreOffice for one. In the formula a character of the
    private use area stands for it, which both take for one.
    """
    if not texts.str.contains(_BEYOND).any():
        return {}
    found = texts.str.extract_all(_BEYOND).explode().drop_nulls().unique().sort()
    return {mark: chr(_PRIVATE + place) for place, mark in enumerate(found)}


def _as_shown(texts: pl.Series, weights: pl.Series | None = None) -> pl.DataFrame:
    """Give the different texts of a column as cells hold them, how many `cells` and their weight.

    Where no weights are given every cell weighs 1.
    """
    weight = pl.len() if weights is None else pl.col("weight").sum()
    frame = pl.DataFrame({"text": texts, **({} if weights is None else {"weight": weights})})
    distinct = frame.group_by("text", maintain_order=True).agg(cells=pl.len(), weight=weight)
    return distinct.with_columns(printable_texts(distinct["text"].cast(pl.String).fill_null("")))


def _told(longest: Sequence[int], rows: int) -> int:
    """Give how many characters of a text are told at most, that a sheet is read in seconds."""
    if rows * sum(map(_wanted, longest)) <= _MOST_TOLD:
        return _WHOLE
    for told in range(_TOLD, 0, -1):
        if rows * sum(min(each, told) for each in longest) <= _MOST_TOLD:
            return told
    return 0


def _wanted(longest: int) -> int:
    """Give how many characters a column is told by: all, or those of both sides."""
    return longest if longest <= _WHOLE else 2 * _TOLD


def _added(
    cells: str, distinct: pl.DataFrame, told: int, beyond: Mapping[str, str], weighed: str
) -> tuple[str, int]:
    """Give the formula that adds up the characters of cells, and what they come to.

    A sheet's texts are told by `_MOST_TOLD` characters at most: they are added up in Python, which
    takes less than polars' start of a query for each place of each column.
    """
    for symbol, stands_for in beyond.items():
        cells = f'SUBSTITUTE({cells},"{symbol}","{stands_for}")'
    texts = distinct["text"].str.replace_many(beyond) if beyond else distinct["text"]
    many = distinct["weight" if weighed else "cells"].cast(pl.Int64)
    longest = _longest(texts)
    value = _BY_LENGTH * (texts.str.len_chars().cast(pl.Int64) * many).sum()
    sides: list[tuple[str, list[str]]] = []
    if longest <= told:
        told = longest
    elif told == _WHOLE:
        told = _TOLD
        pad = " " * told
        left = [text[:told].ljust(told) for text in texts]
        sides.append((f'LEFT({cells}&"{pad}",{told})', left))
    pad = " " * told
    if told:
        right = [text[-told:].rjust(told) for text in texts]
        sides.append((f'RIGHT("{pad}"&{cells},{told})', right))
    places = ",".join(map(str, range(1, told + 1)))
    by_place = ",".join(map(str, _BY_PLACE[:told]))
    tests = [f"SUMPRODUCT({_BY_LENGTH}*LEN({cells}){weighed})"]
    for side, marks in sides:
        tests.append(
            f"SUMPRODUCT(_xlfn.UNICODE(MID({side},{{{places}}},1))*{{{by_place}}}{weighed})"
        )
        codes = (sum(map(mul, _BY_PLACE, map(ord, text))) for text in marks)
        value += sum(map(mul, codes, many))
    return f"({'+'.join(tests)})", int(value)


def _longest(texts: pl.Series) -> int:
    return int(texts.str.len_chars().max() or 0)  # type: ignore[arg-type]
