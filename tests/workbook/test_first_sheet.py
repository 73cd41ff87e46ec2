"""The first sheet of a batch with several payers that answered some of its lines."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.payers import MEDICARE, Payer
from payrules.runs.against_paid import in_words
from payrules.runs.estimate import estimate
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.workbook import write_html, write_workbook
from payrules.workbook.figures import Figures
from payrules.workbook.figures.bridge import FEES, charted
from tests.payers.files import payer

CODES = ("99213", "99214", "20610", "99999")
#: Named as practices write it; the last was not given.
NAMED = ("Acme", "ACME", " acme ", "Beta", "", "Medicare", "Gamma", "gamma")
MONTHS = (*(f"2025-{month:02}" for month in range(1, 13) if month != 6), "2026-01")


def contract(folder: Path, name: str, percent: int) -> Payer:
    text = (
        f'name = "{name}"\ncontract = "{name} agreement"\nplan = "commercial"\n'
        f'[[rate]]\npercent_of_medicare = {percent}\ncites = "{name} agreement, page 4"\n'
    )
    folder.mkdir()
    return payer(folder, text)


def answered() -> pl.DataFrame:
    """Lines of every payer, code and month; a third without an answer yet."""
    rows = []
    for place in range(96):
        rows.append(
            {
                "claim_id": f"c{place}",
                "claim_line_number": "1",
                "person_id": f"p{place}",
                "claim_line_start_date": f"{MONTHS[place % 12]}-03",
                "hcpcs_code": CODES[place % 4],
                "place_of_service_code": "11",
                "locality": "national",
                "charge_amount": "300.00",
                "payer": NAMED[place // 12],
                "allowed_amount": ("", "80.00", "101.50")[place % 3],
            }
        )
    return pl.DataFrame(rows)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Estimate:
    folder = tmp_path_factory.mktemp("payers")
    acme, beta = (contract(folder / n, n, p) for n, p in (("Acme", 110), ("Beta", 95)))
    return estimate(answered(), Setup(MEDICARE, {"acme": acme, "beta": beta}))


@pytest.fixture(scope="module")
def figures(results: Estimate) -> Figures:
    return Figures(results)


@pytest.fixture(scope="module")
def book(results: Estimate, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
    assert write_workbook(results, path).differences == ()
    return openpyxl.load_workbook(path, data_only=True)


def rows_under(sheet: openpyxl.worksheet.worksheet.Worksheet, title: str) -> dict[str, list]:
    """Give the rows under a section's headings, by their label, down to the total."""
    rows = list(sheet.iter_rows(min_col=2, max_col=8, values_only=True))
    start = next(place for place, row in enumerate(rows) if row[0] == title)
    found = {}
    for row in rows[start + 2 :]:
        found[row[0]] = [None if each is None else Decimal(str(each)) for each in row[1:]]
        if row[0] == "Total":
            break
    return found


def test_a_payer_is_one_whatever_its_spelling(figures: Figures) -> None:
    assert {*figures.lines["payer_name"]} == {"Acme", "Beta", "Medicare", "Gamma"}


def test_who_pays_is_a_row_a_payer_and_adds_up(book: openpyxl.Workbook, results: Estimate) -> None:
    rows = list(book["Summary"].iter_rows(min_col=2, max_col=4, max_row=20, values_only=True))
    said = {row[0]: row for row in rows if row[0]}
    amounts = {name: Decimal(str(said[name][1])) for name in ("Acme", "Beta", "Medicare", "Gamma")}
    assert "Medicare pays" not in said
    assert said["Gamma"][2].endswith("not given, so priced as Medicare")
    whole = Decimal(str(said["Payers pay"][1]))
    assert sum(amounts.values()) == whole == results.lines["medicare_amount"].sum()
    parts = ("Payers pay", "Patients pay", "Sequestration and other cuts")
    allowed = Decimal(str(said["Expected allowed amount"][1]))
    assert sum(Decimal(str(said[name][1])) for name in parts) == allowed
    named = results.lines["payer"].str.strip_chars().str.to_lowercase()
    of_acme = results.lines.filter(named == "acme")
    assert amounts["Acme"] == of_acme["medicare_amount"].sum()
    assert {"Prepared by", "Reviewed by"} <= {cell.value for cell in book["Summary"]["B"]}


def test_the_title_and_the_batch_name_every_payer(book: openpyxl.Workbook) -> None:
    sheet = book["Summary"]
    assert sheet["B1"].value == "What the payers allow"
    assert "payers Medicare, Acme, Beta" in sheet["B2"].value


def test_pending_lines_are_not_underpaid(book: openpyxl.Workbook, results: Estimate) -> None:
    found = rows_under(book["Summary"], "Expected against allowed, by payer")
    assert {*found} == {"Acme", "Medicare", "Gamma", "Beta", "Total"}
    for expected, in_answer, theirs, variance, pending, lines in found.values():
        assert in_answer + pending == expected
        assert theirs - in_answer == variance
        assert lines > 0
    for place in range(6):
        rest = [row[place] for name, row in found.items() if name != "Total"]
        assert sum(rest) == found["Total"][place]
    lines = results.lines
    both = lines.filter(
        pl.col("allowed_amount").is_not_null() & pl.col("payer_allowed_amount").is_not_null()
    )
    variance = both["payer_allowed_amount"].sum() - both["allowed_amount"].sum()
    assert found["Total"][3] == variance
    notes = [row[1].value for row in book["Summary"].iter_rows()]
    unexpected = lines.filter(
        pl.col("allowed_amount").is_null() & pl.col("payer_allowed_amount").is_not_null()
    )
    said = (
        f"Not in it: {unexpected['payer_allowed_amount'].sum():,.2f} of {unexpected.height} lines"
    )
    assert any(str(note).startswith(said) for note in notes)


def test_a_line_without_an_amount_waits_for_an_answer_too(figures: Figures) -> None:
    """Unanswered lines that nothing was expected of were neither answered nor pending."""
    lines = figures.lines
    waiting = lines.filter(pl.col("payer_allowed_amount").is_null())
    assert waiting["allowed_amount"].null_count() > 0
    (block,) = figures.answers
    of_payers = waiting.group_by("payer_name").len().rows()
    assert {each.payer: each.pending_lines for each in block.payers} == dict(of_payers)
    assert block.total.pending_lines == waiting.height


def test_grouped_expected_less_the_payers_is_the_variance_beside(figures: Figures) -> None:
    for group in figures.by("payer_name", "hcpcs_code").iter_rows(named=True):
        if group["difference_amount"] is not None:
            off = group["answered_allowed_amount"] - group["answered_amount"]
            assert off == group["difference_amount"]
        pending, expected = group["pending_amount"] or 0, group["allowed_amount"] or 0
        assert (group["answered_amount"] or 0) + pending == expected


def test_all_months_stand_in_order_with_the_empty_one(
    book: openpyxl.Workbook, figures: Figures
) -> None:
    found = rows_under(book["Summary"], "By month of service")
    months = sorted({*MONTHS, "2025-06"})
    assert list(found) == [*months, "Total"]
    assert found["2025-06"][:5] == [0] * 5
    assert figures.by("month")["month"].to_list() == sorted(MONTHS)
    charts = [type(chart).__name__ for chart in book["Summary"]._charts]
    assert charts.count("LineChart") == 1


def test_the_bridges_chart_begins_at_the_fee_schedule(
    book: openpyxl.Workbook, figures: Figures
) -> None:
    bridge = figures.bridge
    first = bridge[charted(bridge) :].row(0, named=True)
    assert (first["label"], first["kind"]) == (FEES, "total")
    priced = figures.lines.filter(pl.col("allowed_amount").is_not_null())
    assert first["amount"] == priced["fee_schedule_amount"].sum()
    behind = [row[20].value for row in book["Summary"].iter_rows(min_row=3, max_row=20)]
    assert "Charges" not in behind
    assert behind[0] == FEES


def test_a_contracts_step_names_its_own_contract(figures: Figures, results: Estimate) -> None:
    (step,) = figures.bridge.filter(rule="contract_rate").to_dicts()
    assert step["cites"] == "Acme: Acme agreement, page 4; Beta: Beta agreement, page 4"
    assert step["what"]
    # A rule on pages of each payer's own is told once for each.
    told = [each.of for each in results.run.rules if each.name == "contract_rate"]
    assert told == [("Acme",), ("Beta",)]


def test_the_web_page_says_the_same(results: Estimate, tmp_path: Path) -> None:
    write_html(results, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", " ", page)
    for words in (
        *("What the payers allow", "Expected allowed amount", "Payers pay", "Patients pay"),
        *("Prepared by", "Reviewed by", "Expected against allowed, by payer", "Lines pending"),
        *("2025-06", "Fee schedule amounts", "not given, so priced as Medicare"),
    ):
        assert words in text
    for each in Figures(results).answers[0].payers:
        assert f"{each.pending:,.2f}" in text


def test_where_a_file_says_no_coinsurance_its_figures_say_that_the_share_is_not_known(
    tmp_path: Path,
) -> None:
    """It was told in About alone: Summary and Accrual read as if no patient owed anything."""
    acme = contract(tmp_path / "acme", "Acme", 110)
    told = estimate(BATCH, Setup(payer=acme, locality="national"))
    write_workbook(told, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    said = {row[1]: row[3] for row in book["Summary"].iter_rows(values_only=True) if row[1]}
    assert said["Acme pays"] == "with the coinsurance, which its file does not say"
    assert "not known of Acme" in said["Patients pay"]
    for sheet in ("Accrual", "Journal"):
        assert book[sheet]["A1"].value.startswith("Acme: the payer's file says no coinsurance.")
    write_html(told, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<h2>Accrual</h2>\n<p class="quiet">Acme: the payer&#x27;s file says no' in page


def test_a_payer_that_was_not_given_owes_no_more_of_the_patient_s_share_than_its_file(
    tmp_path: Path,
) -> None:
    """Priced as the first payer, whose file says no coinsurance, its patients owed 0.00."""
    acme = contract(tmp_path / "acme", "Acme", 110)
    rows = pl.read_csv(BATCH, infer_schema=False).with_columns(deductible_remaining=pl.lit(""))
    batch = pl.concat(
        [
            rows.with_columns(payer=pl.lit(name), claim_id=pl.col("claim_id") + name)
            for name in ("Acme", "Zeta")
        ]
    )
    told = estimate(batch, Setup(payer=acme, locality="national"))
    owed = Figures(told).by("payer_name").select("payer_name", "patient_amount").rows()
    assert sorted(owed) == [("Acme", None), ("Zeta", None)]
    write_workbook(told, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    rows_of = [(row[1], str(row[3])) for row in book["Summary"].iter_rows(values_only=True)]
    said = [name for name, words in rows_of if "which its file does not say" in words]
    assert said == ["Acme", "Zeta"]


def answered_by(tmp_path: Path, allowed: str, paid: str) -> Estimate:
    """Price a line of Acme, whose file says no coinsurance, and one of Medicare's, so answered.

    What Acme allowed and paid are shares of what is expected.
    """
    acme = contract(tmp_path / "acme", "Acme", 110)
    row = pl.read_csv(BATCH, infer_schema=False)[:1].with_columns(deductible_remaining=pl.lit(""))
    expected = estimate(row, Setup(payer=acme, locality="national")).lines["allowed_amount"]
    share_of = [
        (expected * Decimal(each)).cast(pl.Decimal(38, 2)).cast(pl.String)
        for each in (allowed, paid)
    ]
    answer = row.with_columns(
        payer=pl.lit("Acme"), allowed_amount=share_of[0], paid_amount=share_of[1]
    )
    other = answer.with_columns(claim_id=pl.lit("other"), payer=pl.lit("Medicare"))
    return estimate(pl.concat([answer, other]), Setup(payers={"acme": acme}, locality="national"))


def test_what_patients_owe_is_no_sum_of_what_nobody_knows(tmp_path: Path) -> None:
    """It was blank by payer alone: by status, code or claim it read 0.00, or a sum without it."""
    told = answered_by(tmp_path, "1", "0.8")
    write_workbook(told, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    claims = {row[0]: row for row in book["By claim"].iter_rows(values_only=True)}
    place = claims["Claim"].index("Patient owes, where on file")
    medicare = claims["other"][place]
    (acme,) = (row for name, row in claims.items() if name not in {"Claim", "other", "Total"})
    assert (acme[place], medicare > 0, claims["Total"][place]) == (None, True, medicare)
    lines = [*book["Lines"].iter_rows(values_only=True)]
    for heading in ("Patient owes, where on file", "Coinsurance, where on file"):
        assert [row[lines[0].index(heading)] is None for row in lines[1:]] == [True, False]
    # Of Acme's lines alone no group and no total says 0.00.
    alone = told.lines.filter(payer="Acme")
    write_workbook(replace(told, priced=PricedLines(alone)), tmp_path / "alone.xlsx", force=True)
    book = openpyxl.load_workbook(tmp_path / "alone.xlsx", data_only=True)
    rows = [row[1:8] for row in book["Summary"].iter_rows(values_only=True)]
    for title in ("By practitioner", "By place of service", "By month of service", "Top codes"):
        start = next(n for n, row in enumerate(rows) if row[0] == title)
        assert [row[5] for row in rows[start + 1 : start + 4]] == [
            *("Patient owes, where on file", None, None)
        ], title


@pytest.mark.parametrize(("allowed", "less"), [("1", 0), ("0.9", 2)])
def test_paid_less_by_an_unknown_share_is_counted_by_what_was_allowed_alone(
    tmp_path: Path, allowed: str, less: int
) -> None:
    """The Summary counted it as paid less than expected, and said below that it may not be so."""
    told = answered_by(tmp_path, allowed, "0.8")
    told_twice = told.run.against_paid
    assert told_twice is not None
    assert {name: each["lines"] for name, each in told_twice["medicare_amount"].items()} == {
        **{"less": 0, "as_expected": 0, "more": 1, "share_unknown": 1, "not_compared": 0},
    }
    assert told_twice["allowed_amount"]["less"]["lines"] == less
    assert "share_unknown" not in told_twice["allowed_amount"]
    assert in_words(told_twice)[1].endswith(
        "1 line not comparable: the patient's share is not on file."
    )
    assert write_workbook(told, tmp_path / "pack.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    rows = {row[1]: row for row in book["Summary"].iter_rows(values_only=True)}
    assert rows["Paid less than expected"][2] == 0
    aside = rows["Paid not comparable: the patient's share is not on file"]
    assert (aside[2], aside[3], aside[4] > 0) == (1, None, True)
    assert rows["Allowed less than expected"][2] == less


def test_paid_less_by_an_unknown_share_is_in_no_variance_on_any_sheet(tmp_path: Path) -> None:
    """It was in the variance by payer and beside the line, and not in "Paid, compared"."""
    told = answered_by(tmp_path, "0.9", "0.8")
    figures = Figures(told)
    (off,) = figures.lines.filter(payer_name="Acme")["paid_difference_amount"]
    assert off is None
    paid = figures.answers[1]
    acme, medicare = sorted(paid.payers, key=lambda each: each.payer)
    assert acme.amounts == (acme.expected, None, None, None, None)
    assert paid.total.variance == medicare.variance == figures.against_paid[1].total.difference
    assert write_workbook(told, tmp_path / "pack.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    rows = [row[1:8] for row in book["Summary"].iter_rows(values_only=True)]
    start = next(n for n, row in enumerate(rows) if row[0] == "Expected against paid, by payer")
    total = next(n for n, row in enumerate(rows) if n > start and row[0] == "Total")
    compared = next(row for row in rows if row[0] == "Paid, compared")
    assert rows[total][4] == compared[4]
    below = rows[total + 1]
    assert below[0] == "Not comparable: the patient's share is not on file"
    assert below[1] == float(acme.expected or 0)
    assert (below[2], below[3] > 0, below[4:]) == (None, True, (None, None, None))
    names, *lines = book["Against paid"].iter_rows(min_row=3, values_only=True)
    at = names.index("Paid less expected")
    of_acme = [row for row in lines if row[names.index("Claim")] not in {"other", "Total"}]
    assert [row[at] for row in of_acme] == [None]
    # Its total row foots: what is not compared stood in it, beside a difference without it.
    total = dict(zip(names, lines[-1], strict=True))
    theirs, ours = total["Paid by payer, answered"], total["Expected payment, answered"]
    assert round(theirs - ours, 2) == total["Paid less expected"] != 0
    (apart,) = (row for row in of_acme)
    apart = dict(zip(names, apart, strict=True))
    assert apart["Expected payment, not compared"] == float(acme.expected or 0)
    assert total["Expected payment, not compared"] == apart["Expected payment, not compared"]
    assert total["Paid by payer, not compared"] == apart["Paid by payer, not compared"] > 0
    assert apart["Paid by payer, answered"] is None
    write_html(told, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"{acme.expected:,.2f} expected" in page
    assert "paid, in no variance." in page


def test_paid_less_by_a_share_that_no_file_says_is_told_as_no_underpayment(tmp_path: Path) -> None:
    """A line paid as expected but for the patient's share stood as underpaid, unsaid."""
    told = answered_by(tmp_path, "1", "0.8")
    write_workbook(told, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    said = "Acme, no coinsurance on file: expected payments hold what patients owe of it;"
    column = [str(cell.value) for cell in book["Summary"]["B"]]
    assert sum(each.startswith(said) for each in column) == 2
    left_out = "Lines off by more than a cent, or not compared; those that agree are left out."
    assert book["Against paid"]["A1"].value.startswith(f"{left_out} {said}")
    write_html(told, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").count(said) == 2
    # And what its patients owe is blank, not 0.00, where payers stand beside each other.
    rows = [row[1:8] for row in book["Summary"].iter_rows(values_only=True)]
    by_payer = rows[next(n for n, row in enumerate(rows) if row[0] == "By payer") :]
    owed = {row[0]: row[5] for row in by_payer[2:4]}
    assert owed["Acme"] is None
    assert owed["Medicare"] > 0
    accrual = {row[0]: row for row in book["Accrual"].iter_rows(values_only=True)}
    place = accrual["Payer"].index("Expected, patient")
    assert accrual["Acme"][place] is None
    assert accrual["Medicare"][place] > 0


def test_at_stake_says_in_its_heading_what_it_is_of_unpaid_lines(tmp_path: Path) -> None:
    """It is the fee of one side before any contract: not what the payer would pay."""
    write_workbook(estimate(BATCH, Setup(locality="national")), tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    title = "What to look at first (at stake, if unpaid: the fee before contract, one side)"
    assert title in [cell.value for cell in book["Summary"]["B"]]
    for sheet in ("Review", "By code"):
        cells = [str(cell.value) for row in book[sheet].iter_rows() for cell in row]
        headings = [each for each in cells if each.startswith("At stake")]
        assert headings == ["At stake (unpaid: fee before contract, one side)"], sheet


def test_a_line_without_an_amount_is_counted_no_more_where_its_charge_has_left(
    figures: Figures,
) -> None:
    """Every total of the bridge counted all lines; and payers stood in another order each row."""
    totals = dict(figures.bridge.filter(kind="total").select("label", "lines").rows())
    priced = figures.lines["allowed_amount"].count()
    assert totals.pop("Charges") == figures.lines.height > priced
    assert set(totals.values()) == {priced}
    for cites in figures.bridge["cites"]:
        assert "for the payer's files say nothing else" not in cites
        found = [cites.find(f"{name}: ") for name in figures.payer_order]
        named = [place for place in found if place >= 0]
        assert named == sorted(named), cites
