"""The largest is read first; a first page adds up; letters name claims as they were sent."""

from pathlib import Path

import openpyxl

from payrules.variance.analysis import Variance
from payrules.variance.appeals import write_appeals
from payrules.variance.results import variance_tables
from payrules.workbook.variance import write_variance
from payrules.workbook.words import total_of
from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment, rows

RIGHT = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")


def many(folder: Path, *paid: Paid) -> Variance:
    """Answer as many claims, each of one line, a denial or a payment that is too much."""
    claims = [
        claim(f"C{at}", f"{each.code} {each.charge}", person=f"P{at}")
        for at, each in enumerate(paid)
    ]
    answers = [
        Answer(f"C{at}", (each,), person=f"P{at}", control=f"I{at}") for at, each in enumerate(paid)
    ]
    return compared(folder, claims, payment(*answers))


def denied(code: str) -> Paid:
    return Paid(code, "900", "0", "CO-50 900")


def test_letters_are_numbered_by_what_is_due(tmp_path: Path) -> None:
    """They stood as the lines of two sheets do, one after the other."""
    short = Paid("99213", "900", "70.00", "CO-45 800, CO-59 30")
    found = many(tmp_path, denied("99212"), short, denied("64493"), denied("99213"))
    write_appeals(found, tmp_path / "letters")
    names = sorted(path.name for path in (tmp_path / "letters").iterdir())
    due = {each["claim_id"]: each["underpaid_amount"] for each in rows(found)}
    largest = sorted(due, key=lambda each: -due[each])
    assert [name[5:-3] for name in names] == largest
    assert largest[0] == "C2"


def test_what_was_paid_too_much_stands_largest_first(tmp_path: Path) -> None:
    """Rows of By cause and Overpaid stood by payer and by claim: the most money was anywhere."""
    over = [Paid(code, "900", paid, "") for code, paid in (("99212", "900"), ("64493", "900"))]
    found = many(tmp_path, Paid("99213", "180", "120", "CO-45 60"), *over)
    tables = variance_tables(found)
    for name in ("Overpaid", "By cause"):
        amounts = tables[name]["overpaid_amount"].to_list()
        assert len(amounts) == 3
        assert amounts == sorted(amounts, reverse=True)


def test_the_first_page_adds_up_and_has_what_was_reversed(tmp_path: Path) -> None:
    """It read "20 lines; on Work list 16 lines, 6 more below", reversed lines among the 16."""
    head = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,"
        "place_of_service_code,locality"
    )
    paid = {
        "A": Paid("99213", "180", "60", "CO-45 120"),
        "B": Paid("99213", "180", "74.00", "CO-45 85.44, CO-253 1.52, PR-2 19.04"),
        "C": RIGHT,
    }
    batch = "\n".join(
        [head, *(f"{each},1,P{each},2026-03-02,99213,180,11,national" for each in paid), ""]
    )
    answers = [
        Answer(each, (line,), person=f"P{each}", control=f"I{each}") for each, line in paid.items()
    ]
    back = payment(answers[2].reversed(), on="20260401", trace="T2")
    found = of_batch(tmp_path, batch, payment(*answers), back)
    statuses = [each["variance_status"] for each in rows(found)]
    assert statuses == ["underpaid", "underpaid", "reversed"]
    page = tmp_path / "page.xlsx"
    write_variance(found, variance_tables(found), page)
    shown = [
        [cell for cell in cells if cell is not None]
        for cells in openpyxl.load_workbook(page).worksheets[0].iter_rows(values_only=True)
    ]
    said = {str(cells[0]): cells[1:] for cells in reversed(shown) if cells}
    assert said["Underpaid"][1] == (
        "2 lines; on Work list 2 lines (1 of another status), 1 below the thresholds"
    )
    assert said["Overpaid: may be asked back"][1] == "0 lines"
    assert said["Reversed: expected to be paid"] == [
        rows(found)[2]["expected_paid_amount"] / 100,
        "1 line",
    ]


def test_a_letter_names_a_claim_by_the_number_that_was_sent(tmp_path: Path) -> None:
    r"""It read "V6\#2", as one of two claims of a number is called here: the payer knows V6."""
    twice = [
        claim("V6", "64493 900", person="P1"),
        claim("V6", "99213 180", person="P2"),
    ]
    answers = payment(
        Answer("V6", (denied("64493"),), person="P1", control="I1"),
        Answer("V6", (Paid("99213", "180", "0", "CO-50 180"),), person="P2", control="I2"),
    )
    found = compared(tmp_path, twice, answers)
    assert {each["claim_id"] for each in rows(found)} == {"V6", "V6#2"}
    write_appeals(found, tmp_path / "letters")
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "letters").iterdir()]
    assert len(texts) == 2
    assert all("- Our claim number: V6\n" in text for text in texts)


def test_the_total_below_some_rows_says_that_it_is_of_all() -> None:
    """A web page showed the 10 largest of 32, and below them the total of the 32."""
    assert (total_of(10), total_of(32)) == ("Total", "Total of all 32")
