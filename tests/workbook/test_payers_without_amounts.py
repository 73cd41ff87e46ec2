"""A payer without an amount has none on any page, and payers stand in one order everywhere."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.workbook.estimate_workbook import write_workbook
from payrules.workbook.figures import Figures
from payrules.workbook.web_page import write_html

#: Of the payers, who allows most by letters the last; of "bare" nothing has a price.
LINES = [
    ("a", "2025-06-03", "99213", "110-percent-of-medicare", ""),
    ("b", "2025-05-03", "99215", "", "120.00"),
    ("c", "2025-06-04", "99215", "", "150.00"),
    ("d", "2025-06-05", "99499", "bare", ""),
]


@pytest.fixture(scope="module")
def results() -> Estimate:
    """Give lines of three payers, one without an amount."""
    claims = pl.DataFrame(
        [
            {
                "claim_id": claim,
                "claim_line_number": "1",
                "person_id": claim,
                "claim_line_start_date": day,
                "hcpcs_code": code,
                "place_of_service_code": "11",
                "locality": "national",
                "charge_amount": "300.00",
                "payer": payer,
                "allowed_amount": answered,
            }
            for claim, day, code, payer, answered in LINES
        ]
    )
    payers = {"110-percent-of-medicare": load_payer("110-percent-of-medicare")}
    return estimate(claims, Setup(locality="national", payers=payers))


@pytest.fixture(scope="module")
def book(results: Estimate, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    """Give the whole pack."""
    path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
    assert write_workbook(results, path).differences == ()
    return openpyxl.load_workbook(path)


def under(book: openpyxl.Workbook, title: str, label: str) -> list[Any]:
    """Give the cells of a row that stands under a title of the Summary."""
    rows = [[cell.value for cell in row[1:8]] for row in book["Summary"].iter_rows()]
    first = next(n for n, row in enumerate(rows) if row[0] == title)
    return next(row for row in rows[first:] if row[0] == label)


def test_the_answer_has_no_amount_of_a_payer_without_one(book: openpyxl.Workbook) -> None:
    label, amount, words, *_ = under(book, "Payers pay", "bare")
    assert (label, amount) == ("bare", None)
    assert words == "no amount on 1 line; not given, so priced as Medicare"


def test_what_a_payer_did_not_answer_is_blank(book: openpyxl.Workbook) -> None:
    title = "Expected against allowed, by payer"
    assert under(book, title, "bare")[1:] == [None, None, None, None, None, 1]
    _, expected, answered, theirs, variance, pending, lines = under(
        book, title, "110-percent-of-medicare"
    )
    assert (answered, theirs, variance, lines) == (None, None, None, 1)
    assert expected == pending
    answered_all = under(book, title, "Medicare")
    assert answered_all[5:] == [None, 0]  # nothing is pending


def test_lines_not_compared_without_the_payers_amount_show_none(book: openpyxl.Workbook) -> None:
    row = under(book, "Expected against paid", "Allowed not compared, an amount is missing")
    assert row[1:] == [2, None, None, None, None, None]


def test_the_web_page_has_no_amount_either(results: Estimate, tmp_path: Path) -> None:
    write_html(results, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    (row,) = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*no amount on 1 line.*?</tr>", page, re.DOTALL)
    assert "$" not in row
    assert "0.00" not in row


def test_payers_stand_in_one_order_on_every_sheet(
    results: Estimate, book: openpyxl.Workbook, tmp_path: Path
) -> None:
    """The accrual stood by letters, that of the web page by month."""
    figures = Figures(results)
    order = [*figures.payer_order]
    assert order == ["Medicare", "110-percent-of-medicare", "bare"]
    assert figures.by("payer_name")["payer_name"].to_list() == order
    assert figures.paid_by_payer["payer_name"].to_list() == order
    assert [each.payer for each in figures.answers[0].payers] == order
    accrual = [row[0].value for row in book["Accrual"].iter_rows(min_row=2)]
    assert accrual[:4] == ["Medicare", *order]
    journal = figures.journal.filter(pl.col("month") == "2025-06")
    assert journal["payer_name"].unique(maintain_order=True).to_list() == order
    write_html(results, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8").partition("<h2>Accrual</h2>")[2]
    shown = [page.index(f">{payer}<") for payer in order]
    assert shown == sorted(shown)


def of_payers(tmp_path: Path, *payers: str) -> tuple[str, str]:
    """Give all words of the pack, and of the page, of lines of these payers alone."""
    claims = pl.DataFrame(
        {
            "claim_id": [f"c{place}" for place, _ in enumerate(payers)],
            "claim_line_number": "1",
            "person_id": "p",
            "claim_line_start_date": "2025-06-03",
            "hcpcs_code": "99213",
            "place_of_service_code": "11",
            "locality": "national",
            "charge_amount": "300.00",
            "payer": ["" if each == "medicare" else each for each in payers],
        }
    )
    named = {each: load_payer(each) for each in payers if each != "medicare"}
    found = estimate(claims, Setup(locality="national", payers=named))
    assert write_workbook(found, tmp_path / "pack.xlsx").differences == ()
    pack = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    pages = ("Summary", "Bridge", "Accrual")
    cells = [str(cell.value) for name in pages for row in pack[name].iter_rows() for cell in row]
    words = [str(cell.value) for row in pack["About"].iter_rows() for cell in row]
    first = words.index("Words")
    write_html(found, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    head, _, about = page.partition("<h2>About</h2>")
    told = head + about.partition("<h2>Words</h2>")[2]
    return " ".join((*cells, *words[first:])).lower(), told.lower()


def test_nothing_is_said_of_a_sequestration_that_no_payer_has(tmp_path: Path) -> None:
    """The bridge, the accrual and the words told of one that took 0.00."""
    for words in of_payers(tmp_path, "aetna-commercial"):
        assert "sequestration" not in words
        assert "deductible and coinsurance" in words


VISIT = {
    **{"claim_id": ["c"], "claim_line_number": "1", "person_id": "p", "hcpcs_code": "99213"},
    **{"place_of_service_code": "11", "locality": "national", "charge_amount": "300.00"},
}


@pytest.mark.parametrize(
    ("payer", "day", "more", "headed", "words", "sequestration"),
    [
        # Medicare looked at it and took nothing, from May 2020 to March 2022.
        ("medicare", "2021-06-03", {}, "Sequestration and other cuts", "nobody pays these", 0),
        # Of a payer without one, what another payer paid first is a cut all the same.
        (
            "aetna-commercial",
            "2025-06-03",
            {"primary_allowed_amount": "90.00", "primary_paid_amount": "70.00"},
            "Other cuts",
            "another payer's part",
            None,
        ),
    ],
)
def test_cuts_are_named_after_what_the_payer_has(
    payer: str,
    day: str,
    more: dict[str, str],
    headed: str,
    words: str,
    sequestration: int | None,
    tmp_path: Path,
) -> None:
    """The first sheet told of a sequestration, and the Lines of 0.00, where no payer has one."""
    claims = pl.DataFrame({**VISIT, "claim_line_start_date": day, **more})
    setup = Setup(locality="national", payer=load_payer(payer), release="starter-2025")
    found = estimate(claims, setup)
    assert write_workbook(found, tmp_path / "pack.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    (row,) = (each for each in book["Summary"].iter_rows() if "cuts" in str(each[1].value))
    assert (row[1].value, row[3].value) == (headed, words)
    cuts = found.lines["primary_payer_adjustment"].fill_null(0).sum()
    assert row[2].value == float(cuts)
    (column,) = (each for each in book["Lines"].iter_cols() if each[0].value == "Sequestration")
    assert column[1].value == sequestration
    assert Figures(found).lines["sequestration_amount"].to_list() == [sequestration]


@pytest.mark.parametrize("others", [(), ("aetna-commercial",)])
def test_where_one_payer_has_it_every_page_tells_of_it(
    tmp_path: Path, others: tuple[str, ...]
) -> None:
    for words in of_payers(tmp_path, "medicare", *others):
        assert "contractual adjustment, with sequestration" in words
        assert "deductible, coinsurance and sequestration" in words
