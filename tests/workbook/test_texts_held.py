"""Texts are held as amounts are: of every workbook, one written over on any sheet turns a check."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.workbook.live_checks import texts as held
from payrules.workbook.live_checks.texts import texts_as_written
from payrules.workbook.xlsx.formats import Column
from payrules.workbook.xlsx.written import Written
from tests.workbook.tampered import Book, Tampering, read_after, untouched
from tests.workbook.test_every_workbook import WRITERS

#: Pages that are held by other checks, or hold them.
PAGES = {"About", "Checks", "Reconciliation", "Bridge"}
#: A workbook without a first page: it answers nothing, and has no checks.
WITHOUT_CHECKS = {"fee_guide.py"}
VERDICT = "Checks (must read 0)"


def keys(book: Book) -> Iterator[tuple[str, str]]:
    """Give a text cell of each sheet of rows: the first text column's, in the middle row."""
    for sheet in book:
        if sheet.title in PAGES or not sheet.tables:
            continue
        (area,) = sheet.tables.values()
        _, *rows = sheet[area.ref]
        if area.totalsRowCount and rows[-1][0].value == "Total":
            yield sheet.title, rows[-1][0].coordinate
        rows = rows[: len(rows) - bool(area.totalsRowCount)]
        for column in zip(*rows, strict=True):
            texts = [cell for cell in column if cell.data_type == "s" and cell.value]
            if texts:
                yield sheet.title, texts[len(texts) // 2].coordinate
                break


def of_pages(book: Book) -> Iterator[tuple[str, str]]:
    """Give texts that pages show beside their figures: of the bridge, and of who bears what."""
    if "Bridge" in book.sheetnames and "What it does" in [cell.value for cell in book["Bridge"][1]]:
        yield from (("Bridge", place) for place in ("A5", "E15", "F16", "I5"))
        labels = [cell.value for cell in book["Bridge"]["A"]]
        yield "Bridge", f"A{labels.index('Who bears the allowed amount') + 2}"
    front = book.worksheets[0]
    for label in ("Expected to be paid", "Payments", "Paid as expected"):
        yield from ((front.title, cell.coordinate) for cell in front["B"] if cell.value == label)


def exchanged(book: Book) -> Iterator[tuple[str, str, str]]:
    """Give two labels that stand under each other on the first page, and two headings of rows."""
    front = book.worksheets[0]
    labels = [cell for cell in front["B"] if cell.data_type == "s" and cell.value]
    one, other = labels[-3:-1]
    if one.value != other.value:
        yield front.title, one.coordinate, other.coordinate
    for sheet in book:
        if sheet.title in PAGES or not sheet.tables:
            continue
        (area,) = sheet.tables.values()
        headings, *_ = sheet[area.ref]
        if len(headings) > 1:
            yield sheet.title, headings[0].coordinate, headings[1].coordinate


def amounts_exchanged(book: Book) -> Iterator[tuple[str, str, str]]:
    """Give two amounts of a column, of every column of every sheet of rows: their sum stays."""
    for sheet in book:
        if sheet.title in PAGES or not sheet.tables:
            continue
        (area,) = sheet.tables.values()
        _, *rows = sheet[area.ref]
        rows = rows[: len(rows) - bool(area.totalsRowCount)]
        for place in range(len(rows[0]) if rows else 0):
            for one, other in pairwise(rows):
                cells = one[place], other[place]
                numbers = all(each.data_type in "nd" and each.value is not None for each in cells)
                # Rows that are alike but for the column only change places.
                differ = sum(a.value != b.value for a, b in zip(one, other, strict=True))
                if numbers and differ > 1 and cells[0].value != cells[1].value:
                    yield sheet.title, cells[0].coordinate, cells[1].coordinate
                    break


def labels_of_charts(book: Book) -> Iterator[tuple[str, str, str]]:
    """Give the labels of two bars that stand under each other, right of the first page."""
    front = book.worksheets[0]
    for column in front.iter_cols(min_col=20):
        texts = [each for each in column if each.data_type == "s" and each.value]
        for one, other in pairwise(texts[2:] if len(texts) > 3 else ()):
            if other.row == one.row + 1 and one.value != other.value:
                yield front.title, one.coordinate, other.coordinate
                break


def written_first(book: Book) -> Iterator[tuple[str, str]]:
    """Give what the first page says above its figures: its title, and of what it is."""
    front = book.worksheets[0]
    yield from ((front.title, place) for place in ("B1", "B2", "B3") if front[place].value)


def swapped(sheet: str, place: str, other: str) -> Tampering:
    """Exchange two texts: their characters add up as before."""

    def tamper(book: Book) -> None:
        one, two = book[sheet][place], book[sheet][other]
        one.value, two.value = two.value, one.value

    return tamper


def written_over(sheet: str, place: str) -> Tampering:
    """Change the last character of a text: its length stays."""

    def tamper(book: Book) -> None:
        cell = book[sheet][place]
        cell.value = cell.value[:-1] + ("Y" if cell.value.endswith("X") else "X")

    return tamper


def filled_in(book: Book) -> None:
    """Take a line of the work list over, where there is one: that is what it is for."""
    if "Review" in book.sheetnames:
        names = [cell.value for cell in book["Review"][1]]
        book["Review"].cell(2, names.index("Owner") + 1).value = "Billing"


def verdict_of(columns: list[list[str]]) -> str:
    """Give what the first page says of the checks, right of their label."""
    for labels, figures in pairwise(columns):
        if VERDICT in labels:
            return figures[labels.index(VERDICT)]
    raise AssertionError(VERDICT)


@pytest.mark.parametrize("kind", [each for each in WRITERS if each not in WITHOUT_CHECKS])
def test_a_text_written_over_on_any_sheet_turns_a_check(kind: str, tmp_path: Path) -> None:
    """A payer, a code or a month could be another: no sum of amounts tells it."""
    write: Callable[..., Written] = WRITERS[kind]
    write(tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    cells = [*keys(book), *of_pages(book), *written_first(book)]
    pairs = [*exchanged(book)]
    assert cells
    assert pairs
    pairs += [*amounts_exchanged(book), *labels_of_charts(book)]
    front = book.sheetnames[0]
    told = read_after(
        tmp_path / "book.xlsx",
        [
            *(untouched, filled_in),
            *(written_over(*cell) for cell in cells),
            *(swapped(*pair) for pair in pairs),
        ],
        [(front, 0), (front, 1), (front, 2)],
        tmp_path,
    )
    whole, filled, *changed = (verdict_of(columns) for columns in told)
    assert (whole, filled) == ("0", "0")
    every = (*cells, *pairs)
    unseen = [cell for cell, verdict in zip(every, changed, strict=True) if verdict == "0"]
    assert unseen == [], "\n".join(map(str, unseen))


def _value(texts: list[str | None], **more: Any) -> list[int]:
    frame = pl.DataFrame({"payer": texts, **more}, schema_overrides={"payer": pl.String})
    columns = [Column("payer", "Payer", "text")]
    columns += [Column(name, name.title(), "text") for name in more]
    return [int(each.left_value) for each in texts_as_written("Rows", "Rows", columns, frame)]


def test_a_text_counts_by_its_characters_wherever_its_row_stands() -> None:
    one = _value(["Acme", None, "Beta", "a longer name than sixteen"])
    assert _value(["a longer name than sixteen", "Beta", None, "Acme"]) == one
    for other in (
        ["Acne", None, "Beta", "a longer name than sixteen"],
        ["Acme", "x", "Beta", "a longer name than sixteen"],
        ["Acme", None, "beta", "a longer name than sixteen"],
        ["Acme", None, "Beta", "A longer name than sixteen"],
        ["Acme", None, "Beta", "a longer name than dixteen"],
    ):
        assert _value(other) != one


def test_texts_that_change_rows_are_told_by_the_amounts_beside_them() -> None:
    """Characters added up are blind to an exchange; sorted rows are the same all the same."""
    frame = pl.DataFrame({"payer": ["Acme", "Beta", None], "lines": [1, 2, 3]})
    columns = [Column("payer", "Payer", "text"), Column("lines", "Lines", "integer")]

    def value(of: pl.DataFrame) -> list[Any]:
        return [each.left_value for each in texts_as_written("Rows", "Rows", columns, of)]

    assert value(frame[::-1]) == value(frame)
    assert value(frame.with_columns(payer=pl.Series(["Beta", "Acme", None]))) != value(frame)


def test_a_long_text_of_a_page_is_held_by_both_ends_and_its_length() -> None:
    """Longer texts than a formula takes were held by nothing."""
    (check,) = held.of_page("Summary", {"Summary!$B$1": "a" * 200 + '"' + "b" * 200})
    assert str(check.left).endswith("*(LEN(Summary!$B$1)=401)")
    assert check.left_value == 1


def test_a_long_text_of_a_page_with_symbols_is_held_up_to_them() -> None:
    """Excel counts two characters of an emoji: the beginning it compared was one shorter."""
    (check,) = held.of_page("Summary", {"Summary!$B$1": "ab🩺" + "c" * 300 + "🩺de"})
    assert str(check.left) == ('EXACT(LEFT(Summary!$B$1,2),"ab")*EXACT(RIGHT(Summary!$B$1,2),"de")')


def test_a_text_with_symbols_is_held_whatever_counts_its_characters() -> None:
    """Beyond the basic plane Excel counts two characters: such columns were held by nothing."""
    (one,) = _value(["🩺 Acme", "a"])
    for other in (["? Acme", "a"], ["🩺 Acne", "a"], ["🩺 Acme", "b"]):
        assert _value(other) != [one]
    frame = pl.DataFrame({"payer": ["🩺 Acme"]})
    (check,) = texts_as_written("Rows", "Rows", [Column("payer", "Payer", "text")], frame)
    assert 'LEN(SUBSTITUTE(Rows[Payer],"🩺","\ue000"))' in str(check.left)


def test_a_column_of_too_many_symbols_is_said_not_to_be_held() -> None:
    many = [chr(0x1F300 + place) for place in range(40)]
    frame = pl.DataFrame({"payer": many, "code": ["a"] * 40})
    columns = [Column("payer", "Payer", "text"), Column("code", "Code", "text")]
    (check,) = texts_as_written("Rows", "Rows", columns, frame)
    assert check.name.endswith("; of 1 column of many symbols cells alone")
    assert str(check.left).startswith('1*SUMPRODUCT(--(Rows[Payer]<>""))+2*')
    assert _value(many) == [40]


def test_of_blank_columns_nothing_is_said() -> None:
    assert _value([None, None]) == []


def test_no_formula_is_longer_than_excel_takes() -> None:
    many = {f"column_{number}": ["a text that is longer than sixteen"] for number in range(60)}
    frame = pl.DataFrame(many)
    columns = [Column(name, f"A heading as long as they are, {name}", "text") for name in many]
    found = [*texts_as_written("Rows", "Rows", columns, frame)]
    assert len(found) > 1
    assert all(len(str(each.left)) < 8192 for each in found)
    assert len({each.name for each in found}) == len(found)


def test_of_more_texts_than_a_spreadsheet_reads_in_seconds_lengths_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All 16 characters of 8,000 lines' texts took LibreOffice a minute more."""
    monkeypatch.setattr(held, "_MOST_TOLD", 2)
    assert _value(["Acme", None, "Beta"]) == [61 * 8]
    frame = pl.DataFrame({"payer": ["Acme", "Beta", "Acme"]})
    (check,) = texts_as_written("Rows", "Rows", [Column("payer", "Payer", "text")], frame)
    assert "UNICODE" not in str(check.left)
