"""The checks of texts: what names a row, and what is said in it, as the run had it.

A total of amounts does not tell that a payer, a code or a claim was written over. So each sheet's
texts are added up by their characters, in one pass and wherever its rows stand: a sheet may be
sorted. A text counts by its length, and by the characters at its end, and of a longer one at its
beginning too: what is between is held by its length alone. Of large sheets fewer characters count,
and of very large ones none: their texts are held by their lengths alone. Two texts exchanged
between rows add up as before: amounts by payer and code tell of those.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import polars as pl

from payrules.workbook.columns import TO_FILL_IN
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.words import in_sheet_words
from payrules.workbook.xlsx.bulk_rows import printable
from payrules.workbook.xlsx.formats import NUMBERS, Column
from payrules.workbook.xlsx.references import reference

#: So many characters of a text are told, from each side; of large sheets fewer.
_TOLD = 16
#: Of so many characters a sheet LibreOffice takes some seconds; of ten times as many a minute,
#: twice as long as for all other checks of such a pack.
_MOST_TOLD = 400_000
#: Excel takes no longer formula than 8,192 characters.
_LONGEST = 7_500
#: What a character counts by its place, and what a text's length does.
_BY_PLACE = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59)
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
        yield from texts_as_written(table.sheet.name, table.name, columns, frame)


def texts_as_written(
    sheet: str, table: str, columns: Sequence[Column], frame: pl.DataFrame
) -> Iterator[LiveCheck]:
    """Hold the texts of a table to what they were; `frame` has them as the sheet shows them."""
    texts = [
        each
        for each in columns
        if each.format not in NUMBERS  # which may have words among them
        and isinstance(frame.schema[each.name], pl.String | pl.Categorical | pl.Enum)
        and frame[each.name].null_count() < frame.height
    ]
    if not texts:
        return
    told = min(_TOLD, _MOST_TOLD // (frame.height * len(texts)))
    parts: list[tuple[str, int]] = []
    for place, each in enumerate(texts, 1):
        distinct = _as_shown(frame[each.name])
        # Beyond the basic plane Excel and LibreOffice do not count characters alike.
        if distinct["text"].str.contains(r"[\x{10000}-\x{10FFFF}]").any():
            continue
        formula, value = _added(reference(table, each.heading), distinct, told)
        parts.append((f"{place}*{formula}", place * value))
    checks: list[list[tuple[str, int]]] = [[]]
    for part in parts:
        if sum(len(formula) + 1 for formula, _ in [*checks[-1], part]) > _LONGEST:
            checks.append([])
        checks[-1].append(part)
    for number, added in enumerate(checks, 1):
        if added:
            whole = Decimal(sum(value for _, value in added))
            yield LiveCheck(
                f"{sheet}: texts, their characters added up" + f", {number}" * (number > 1),
                "+".join(formula for formula, _ in added),
                None,
                whole,
                whole,
                _AS_IT_WAS,
                counts=True,
            )


def _as_shown(texts: pl.Series) -> pl.DataFrame:
    """Give the different texts of a column as cells hold them, and how `many` cells do."""
    distinct = texts.alias("text").value_counts(name="many")  # whatever the column is called
    return distinct.with_columns(printable(pl.col("text").cast(pl.String)).fill_null(""))


def _added(cells: str, distinct: pl.DataFrame, told: int) -> tuple[str, int]:
    """Give the formula that adds up the characters of cells, and what they come to."""
    pad, places = " " * told, ",".join(map(str, range(1, told + 1)))
    weights = ",".join(map(str, _BY_PLACE[:told]))
    texts = distinct["text"]
    sides = []
    if told:
        sides.append((f'RIGHT("{pad}"&{cells},{told})', texts.str.pad_start(told).str.tail(told)))
    if (texts.str.len_chars() > told).any() and told == _TOLD:
        sides.append((f'LEFT({cells}&"{pad}",{told})', texts.str.pad_end(told).str.head(told)))
    value = _BY_LENGTH * texts.str.len_chars().cast(pl.Int64)
    tests = [f"SUMPRODUCT({_BY_LENGTH}*LEN({cells}))"]
    for side, marks in sides:
        tests.append(f"SUMPRODUCT(_xlfn.UNICODE(MID({side},{{{places}}},1))*{{{weights}}})")
        for place in range(told):
            mark = marks.str.slice(place, 1)
            codes = {each: ord(each) for each in mark.unique()}
            value += _BY_PLACE[place] * mark.replace_strict(codes, return_dtype=pl.Int64)
    return f"({'+'.join(tests)})", int((value * distinct["many"].cast(pl.Int64)).sum())
