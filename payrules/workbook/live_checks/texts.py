"""The checks of texts: what names a row, and what is said in it, as the run had it.

A total of amounts does not tell that a payer, a code or a claim was written over. So each sheet's
texts are added up by their characters, in one pass and wherever its rows stand: a sheet may be
sorted. A text counts by its length and by each of its characters; one longer than a sentence by the
characters at both ends: what is between is held by its length alone. Of large sheets fewer
characters count, from the end, and of very large ones none: their texts are held by their lengths
alone. Two texts exchanged between rows add up as before: amounts by payer and code tell of those.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import polars as pl

from payrules.counted import counted
from payrules.workbook.columns import TO_FILL_IN, is_added_up
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.words import in_sheet_words
from payrules.workbook.xlsx.bulk_rows import printable, printable_text
from payrules.workbook.xlsx.formats import NUMBERS, Column
from payrules.workbook.xlsx.references import quoted, reference
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
#: So many different characters beyond the basic plane of a column have others stand for them.
_MOST_BEYOND, _PRIVATE = 24, 0xE000
#: What a character counts by its place, and what a text's length does.
_BY_PLACE = [each for each in range(3, 600, 2) if all(each % less for less in range(3, each, 2))][
    :_WHOLE
]
_BY_LENGTH = 61
#: Of rejected rows: the rest is corrected on the sheet, and read back as claims.
_OF_REJECTS = frozenset(("file", "column", "value", "reason"))
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
        total = f"{quoted(table.sheet.name)}!$A${table.total_row}" if table.sheet.totals else ""
        if is_added_up(table.columns[0]):
            total = ""  # a sum stands there
        yield from texts_as_written(table.sheet.name, table.name, columns, frame, total=total)


def texts_as_written(
    sheet: str, table: str, columns: Sequence[Column], frame: pl.DataFrame, *, total: str = ""
) -> Iterator[LiveCheck]:
    """Hold the texts of a table to what they were; `frame` has them as the sheet shows them.

    `total` is the cell that names its total row.
    """
    texts = [
        (reference(table, each.heading), frame[each.name])
        for each in columns
        if each.format not in NUMBERS  # which may have words among them
        and isinstance(frame.schema[each.name], pl.String | pl.Categorical | pl.Enum)
        and frame[each.name].null_count() < frame.height
    ]
    yield from held(sheet, texts, {total: TOTAL} if total else {})


def held(
    of: str, texts: Sequence[tuple[str, pl.Series]], labels: Mapping[str, str]
) -> Iterator[LiveCheck]:
    """Hold texts to what they were: cells that show a column, and cells that name a row."""
    columns = [_as_shown(each) for _, each in texts]
    rows = max((len(each) for _, each in texts), default=0)
    told = _told([_longest(each["text"]) for each in columns], rows)
    parts = [
        (f'--EXACT({cell},"{_quoted(label)}")', 1)
        for cell, label in labels.items()
        if len(_quoted(label)) <= _LONGEST_LABEL
    ]
    unread = 0
    for place, ((shown, _), distinct) in enumerate(zip(texts, columns, strict=True), 1):
        beyond = _beyond_the_plane(distinct["text"])
        if len(beyond) <= _MOST_BEYOND:
            formula, value = _added(shown, distinct, told, beyond)
        else:
            unread += 1
            formula = f'SUMPRODUCT(--({shown}<>""))'
            value = int(distinct.filter(pl.col("text") != "")["many"].sum())
        parts.append((f"{place}*{formula}", place * value))
    checks: list[list[tuple[str, int]]] = [[]] if parts else []
    for part in parts:
        if sum(len(formula) + 1 for formula, _ in [*checks[-1], part]) > _LONGEST:
            checks.append([])
        checks[-1].append(part)
    said = f"; of {counted(unread, 'column')} of many symbols cells alone" if unread else ""
    for number, added in enumerate(checks, 1):
        whole = Decimal(sum(value for _, value in added))
        yield LiveCheck(
            f"{of}: texts, their characters added up" + f", {number}" * (number > 1) + said,
            "+".join(formula for formula, _ in added),
            None,
            whole,
            whole,
            _AS_IT_WAS,
            counts=True,
        )


def _quoted(text: str) -> str:
    """Write a text as it stands in a cell, between the quotes of a formula."""
    return printable_text(text).replace('"', '""')


def _beyond_the_plane(texts: pl.Series) -> dict[str, str]:
    """Give the characters that spreadsheets do not count alike, and what stands for each.

    Excel takes an emoji for two characters, LibreOffice for one. In the formula a character of the
    private use area stands for it, which both take for one.
    """
    found = texts.str.extract_all(r"[\x{10000}-\x{10FFFF}]").explode().drop_nulls().unique().sort()
    return {mark: chr(_PRIVATE + place) for place, mark in enumerate(found)}


def _as_shown(texts: pl.Series) -> pl.DataFrame:
    """Give the different texts of a column as cells hold them, and how `many` cells do."""
    distinct = texts.alias("text").value_counts(name="many")  # whatever the column is called
    return distinct.with_columns(printable(pl.col("text").cast(pl.String)).fill_null(""))


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
    cells: str, distinct: pl.DataFrame, told: int, beyond: Mapping[str, str]
) -> tuple[str, int]:
    """Give the formula that adds up the characters of cells, and what they come to."""
    for symbol, stands_for in beyond.items():
        cells = f'SUBSTITUTE({cells},"{symbol}","{stands_for}")'
    texts = distinct["text"].str.replace_many(beyond) if beyond else distinct["text"]
    lengths = texts.str.len_chars().cast(pl.Int64)
    longest = _longest(texts)
    sides = []
    if longest <= told:
        told = longest
    elif told == _WHOLE:
        told = _TOLD
        pad = " " * told
        sides.append((f'LEFT({cells}&"{pad}",{told})', texts.str.pad_end(told).str.head(told)))
    pad = " " * told
    if told:
        sides.append((f'RIGHT("{pad}"&{cells},{told})', texts.str.pad_start(told).str.tail(told)))
    places = ",".join(map(str, range(1, told + 1)))
    weights = ",".join(map(str, _BY_PLACE[:told]))
    value = _BY_LENGTH * lengths
    tests = [f"SUMPRODUCT({_BY_LENGTH}*LEN({cells}))"]
    for side, marks in sides:
        tests.append(f"SUMPRODUCT(_xlfn.UNICODE(MID({side},{{{places}}},1))*{{{weights}}})")
        for place in range(told):
            mark = marks.str.slice(place, 1)
            codes = {each: ord(each) for each in mark.unique()}
            value += _BY_PLACE[place] * mark.replace_strict(codes, return_dtype=pl.Int64)
    return f"({'+'.join(tests)})", int((value * distinct["many"].cast(pl.Int64)).sum())


def _longest(texts: pl.Series) -> int:
    return int(texts.str.len_chars().max() or 0)  # type: ignore[arg-type]
