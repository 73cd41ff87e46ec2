"""What-if, contract, tornado, sweep and release workbooks: each change is told."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from payrules.payers import MEDICARE, load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.answer import answer
from payrules.scenarios.scenario import read_scenario
from payrules.screen.printed import show
from payrules.screen.what_if import told as told_on_screen
from payrules.workbook.figures.cuts import CUTS
from payrules.workbook.release_changes import write_diff
from payrules.workbook.what_if import write_whatif
from payrules.workbook.what_if_words import with_words
from payrules.workbook.xlsx.charts import money_axis
from payrules.workbook.xlsx.formats import NUMBER_FORMATS, Format
from tests.payers.files import payer
from tests.workbook.answered import EXAMPLES, asked, books, changes, sides, some_claims
from tests.workbook.structure import faults
from tests.workbook.tampered import Book, Tampering, read_after, untouched


@pytest.fixture(name="books")
def written() -> dict[str, Path]:
    """A what-if of everything and a diff with a batch, written once for all tests of them."""
    return books()


def test_excel_would_find_nothing_to_repair_in_them(books: dict[str, Path]) -> None:
    for path in books.values():
        assert faults(path) == []


def test_an_axis_begins_at_zero_or_says_that_it_is_cut(books: dict[str, Path]) -> None:
    axis, said = money_axis(pl.Series([10, 100]))
    assert (axis["min"], said) == (0, "")
    axis, said = money_axis(pl.Series([Decimal("7544.20"), Decimal("8696.94")]))
    assert said == f" (axis cut: it begins at ${axis['min']:,.0f}, not at 0)"
    assert 0 < axis["min"] < 7544
    assert "min" not in money_axis(pl.Series([-5, 100]))[0]
    with ZipFile(books["whatif"]) as parts:
        drawn = [parts.read(each).decode() for each in parts.namelist() if "charts/chart" in each]
    swept = next(each for each in drawn if "Allowed amount by conversion factor" in each)
    assert "axis cut" in swept


PAYS, OWES = "Payer pays", "Patient owes"


def test_the_first_page_of_one_scenario_adds_up(tmp_path: Path) -> None:
    """What is allowed otherwise is the payer's, the patient's, or cut: 0.79 stood nowhere."""
    base = baseline(some_claims(), Setup(locality="national"))
    cut = read_scenario(str(EXAMPLES / "05-conversion-factor-cut.toml"))
    path = tmp_path / "one.xlsx"
    assert write_whatif(answer(base, [cut]), path).differences == ()
    front = openpyxl.load_workbook(path).worksheets[0]
    rows = [[*filter(None, row)][:2] for row in front.iter_rows(max_row=12, values_only=True)]
    said = {row[0]: row[1] for row in rows if len(row) == 2}
    cents = {name: round(said[f"{name}, change"] * 100) for name in (PAYS, OWES, CUTS)}
    assert sum(cents.values()) == round(said["Allowed amount changes by"] * 100) < 0
    assert cents[CUTS] < 0


def cell_of(sheet: str, row: int, column: int) -> Tampering:
    """Add a dollar to a cell."""

    def tamper(book: Book) -> None:
        cell = book[sheet].cell(row, column)
        day = isinstance(cell.value, datetime)
        assert day or isinstance(cell.value, int | float), (sheet, row, column, cell.value)
        cell.value += timedelta(days=1) if day else 1

    tamper.sheet = sheet  # type: ignore[attr-defined]
    return tamper


def beside(sheet: str, label: str) -> Tampering:
    """Add one to the figure that stands beside a label."""

    def tamper(book: Book) -> None:
        (cell,) = (row[2] for row in book[sheet].iter_rows() if row[1].value == label)
        cell.value += 1

    tamper.sheet = sheet  # type: ignore[attr-defined]
    return tamper


def under(sheet: str, heading: str, row: int = 2) -> Tampering:
    """Add a dollar to a row's cell under a heading."""

    def tamper(book: Book) -> None:
        names = [cell.value for cell in book[sheet][1]]
        cell_of(sheet, row, names.index(heading) + 1)(book)

    tamper.sheet = sheet  # type: ignore[attr-defined]
    return tamper


def other_words(sheet: str, heading: str) -> Tampering:
    """Say another factor in the first row's cell under a heading."""

    def tamper(book: Book) -> None:
        names = [cell.value for cell in book[sheet][1]]
        cell = book[sheet].cell(2, names.index(heading) + 1)
        assert str(cell.value).startswith("× "), cell.value
        cell.value = "× 0.5"

    tamper.sheet = sheet  # type: ignore[attr-defined]
    return tamper


LESS, MORE = "Change, a tenth less", "Change, a tenth more"
LOW, HIGH = "Its value, a tenth less", "Its value, a tenth more"
#: A workbook, what is changed in it, and words of a check that must turn.
TAMPERED: list[tuple[str, Tampering | None, str]] = [
    ("whatif", cell_of("What if", 5, 3), "What if: Conversion factor"),
    ("whatif", under("Totals", "After"), "Totals: Allowed amount, before and change"),
    ("whatif", under("Totals", "Before", 3), "before, as the run had it"),
    ("whatif", under("Bridge", "Change"), "Bridge: change of the allowed amount"),
    ("whatif", under("Groups", "Before"), "Groups by payer: before"),
    ("whatif", under("Rules", "After"), "Rules: after"),
    ("whatif", under("Lines", "Allowed amount after"), "Lines: Allowed amount, change"),
    ("whatif", under("Chains", "Before amount"), "Chains: Before amount"),
    ("whatif", under("Sweep", "Allowed amount"), "Sweep: allowed less its change"),
    ("whatif", under("Tornado patient", LESS), "Tornado patient: Change, a tenth less"),
    ("whatif", under("Contracts", "Allowed amount"), "Families: 110-percent-of-medicare"),
    ("whatif", under("Families", "Medicare"), "Families: Medicare"),
    ("whatif", under("Contract lines", "Medicare"), "Contract lines: Medicare"),
    ("whatif", under("Terms", "Change of payment"), "what the payer pays"),
    ("whatif", cell_of("What if", 24, 3), "side by side, Conversion factor"),
    ("whatif", cell_of("What if", 24, 7), "changed lines"),
    ("whatif", cell_of("What if", 33, 5), "Payer pays, change"),
    ("whatif", cell_of("What if", 34, 6), "Patient owes, share"),
    ("whatif", cell_of("What if", 82, 6), "contract Medicare, lines with an amount"),
    ("whatif", cell_of("What if", 5, 32), "bridge of Conversion factor"),
    ("whatif", cell_of("What if", 21, 32), "bars of contracts"),
    ("whatif", cell_of("What if", 25, 33), "tornado, allowed amount, the figures drawn"),
    ("whatif", under("Statuses", "Line"), "Statuses: counts, numbers and days"),
    ("whatif", under("Lines", "Date of service"), "Lines: counts, numbers and days"),
    ("whatif", under("Totals", "Change, %"), "Totals: units, shares and factors"),
    ("whatif", under("Tornado allowed", MORE), "Tornado allowed: Change, a tenth more"),
    ("whatif", under("Tornado payer", MORE), "Tornado payer: Change, a tenth more"),
    (
        "whatif",
        under("Tornado allowed", LOW, 3),
        f"Tornado allowed: {LOW}, numbers",
    ),
    (
        "whatif",
        under("Tornado payer", HIGH, 3),
        f"Tornado payer: {HIGH}, numbers",
    ),
    (
        "whatif",
        other_words("Tornado allowed", LOW),
        f"Tornado allowed: {LOW}, words",
    ),
    (
        "whatif",
        other_words("Tornado payer", HIGH),
        f"Tornado payer: {HIGH}, words",
    ),
    ("whatif", under("Places", "Medicare"), "Places: Medicare"),
    ("whatif", cell_of("About", 11, 2), "About: Rows read"),
    ("whatif", beside("What if", "Rejected rows"), "What if: Rejected rows"),
    ("diff", cell_of("Summary", 6, 3), "Summary: Effect on your volume"),
    ("diff", under("Changes", "Facility amount after"), "Changes: facility amounts"),
    ("diff", under("Your volume", "Allowed before"), "as the run with starter-2025 had it"),
    ("diff", under("Your volume", "Effect in both", 3), "effects of lines in both"),
    ("diff", under("Your volume", "Lines"), "lines as the run had them"),
    ("diff", cell_of("Summary", 24, 4), "lines with an amount in both releases"),
    ("diff", cell_of("Summary", 25, 5), "starter-2025 only, lines"),
    ("diff", cell_of("Summary", 4, 32), "bars, the figures drawn"),
    ("diff", cell_of("About", 12, 2), "About: Lines"),
]


def test_a_diff_speaks_of_a_batch_only_where_one_is_given(
    books: dict[str, Path], tmp_path: Path
) -> None:
    alone = tmp_path / "alone.xlsx"
    assert write_diff(changes(), alone, releases=sides()).differences == ()
    said = {
        path: openpyxl.load_workbook(path)["Summary"]["B2"].value for path in (alone, books["diff"])
    }
    assert said[alone].endswith("what other payers pay is not in them.")
    assert said[books["diff"]].endswith("what other payers of the batch pay is not in them.")


def test_lines_without_a_practitioner_are_a_group_that_says_so() -> None:
    groups = pl.DataFrame({"by": ["practitioner"] * 2, "name": [None, "1234567893"]})
    assert with_words("Groups", groups)["name"].to_list() == ["not given", "1234567893"]


@pytest.mark.parametrize("kind", ["money", "percent", "quantity"])
def test_less_than_nothing_stands_in_brackets(kind: Format) -> None:
    above, below = NUMBER_FORMATS[kind].split(";")
    assert below == f"({above.removesuffix('_)')})"


def test_a_figure_of_every_sheet_is_changed(books: dict[str, Path]) -> None:
    """No sheet is left out, so that a new one is not; chains are held by their own checks."""
    for name, path in books.items():
        sheets = {getattr(each, "sheet", "") for book, each, _ in TAMPERED if book == name}
        assert {*openpyxl.load_workbook(path, read_only=True).sheetnames} - sheets <= {"Checks"}


def test_changes_of_a_release_stand_under_change(books: dict[str, Path]) -> None:
    """What a release changes stood under "Allowed", as if it were an amount allowed."""
    page = openpyxl.load_workbook(books["diff"], data_only=True)["Summary"]
    rows = [row[1:5] for row in page.iter_rows(values_only=True)]
    headed = next(n for n, row in enumerate(rows) if row[1:] == ("Allowed", "Change", "Lines"))
    steps = {row[0]: row[1:] for row in rows[headed + 1 :]}
    before, after = (steps[f"Allowed with starter-{year}"] for year in (2025, 2026))
    allowed, change, _ = steps["Effect on your volume"]
    assert (allowed, before[1], after[1]) == (None, None, None)
    assert before[0] + change == pytest.approx(after[0])


def test_whoever_changes_a_figure_turns_a_check(books: dict[str, Path], tmp_path: Path) -> None:
    columns = [("Checks", 0), ("Checks", 4)]
    for name, file in books.items():
        own = [(untouched, "")]
        own += [(tamper, words) for book, tamper, words in TAMPERED if book == name]
        read = read_after(file, [tamper for tamper, _ in own], columns, tmp_path)
        for (tamper, words), (checks, verdicts) in zip(own, read, strict=True):
            reads = [each for each in zip(checks[4:], verdicts[4:], strict=True) if each[0]]
            turned = [said for said, verdict in reads if verdict == "CHECK"]
            assert {verdict for _, verdict in reads} <= {"OK", "CHECK"}
            assert len(reads) > 8, name
            if tamper is untouched:
                assert turned == [], name
            else:
                assert any(words in said for said in turned), (name, words, turned)


def test_what_if_books_speak_of_scenarios_terms_and_targets_in_words() -> None:
    """They named files and places in payer files; by how much a target was missed stood nowhere."""
    book = openpyxl.load_workbook(books()["whatif"], data_only=True)
    titles = {one.scenario.title for one in asked().comparisons}
    assert {row[0] for row in book["Totals"].iter_rows(min_row=2, values_only=True)} == titles
    by = {row[1] for row in book["Groups"].iter_rows(min_row=2, values_only=True)}
    assert by == {"Payer", "Practitioner", "Place of service", "Code"}
    front = {row[1]: row[3] for row in book["What if"].iter_rows(values_only=True) if row[1]}
    assert ", off by " in front["Total that was reached"]
    assert front["Total that was reached"].startswith("with percent of Medicare")
    headings = [cell.value for cell in book["Sweep"][1]]
    assert headings[-1] == "Sequestration and other cuts"
    for row in book["Sweep"].iter_rows(min_row=2, values_only=True):
        _, allowed, _, *parts = row
        assert allowed == pytest.approx(sum(parts))
    said = [row[1] for row in book["About"].iter_rows(values_only=True) if row[0] == "Swept"]
    assert said == ["Conversion factor, 3 values of 30 to 40"]


def test_the_cuts_of_a_sweep_are_those_of_the_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They were less by what patients owe beyond the allowed amount, and nothing said so."""
    demo = pl.read_csv(some_claims(), infer_schema=False)
    given = demo.with_columns(participating=pl.lit("no"), assignment_accepted=pl.lit("no"))
    base = baseline(given, Setup(locality="national"))
    lines = base.lines
    shares = lines["deductible_amount"] + lines["coinsurance_amount"]
    told = answer(base, [], swept="terms.coinsurance.patient=0.2:0.3:0.1")
    assert write_whatif(told, tmp_path / "sweep.xlsx").differences == ()
    headings, first, *_ = openpyxl.load_workbook(tmp_path / "sweep.xlsx", data_only=True)[
        "Sweep"
    ].iter_rows(values_only=True)
    row = dict(zip(headings, first, strict=True))
    beyond = int((lines["patient_amount"] - shares).sum())
    cuts = int((lines["allowed_amount"] - lines["medicare_amount"] - shares).sum())
    assert beyond > 0
    assert round(row["Patients owe beyond it"] * 100) == beyond
    assert round(row[CUTS] * 100) == cuts
    # The screen has the column, too, and only where anybody owes more.
    for on, times in ((base, 1), (baseline(demo, Setup(locality="national")), 0)):
        show(*told_on_screen(answer(on, [], swept="terms.coinsurance.patient=0.2:0.3:0.1")))
        assert capsys.readouterr().out.count("of it beyond allowed") == times


def test_a_sweep_that_moves_no_allowed_amount_shows_what_it_moves(tmp_path: Path) -> None:
    """A coinsurance had a flat line, and 8,802.77 as the least and the most."""
    told = answer(
        baseline(some_claims(), Setup(locality="national")),
        swept="terms.coinsurance.patient=0.1:0.3:0.1",
    )
    path = tmp_path / "sweep.xlsx"
    assert write_whatif(told, path).differences == ()
    page = openpyxl.load_workbook(path, data_only=True)["What if"]
    said = {row[1]: (row[2], row[3]) for row in page.iter_rows(max_col=4, values_only=True)}
    assert told.sweep is not None
    paid = [each / 100 for each in told.sweep[1]["medicare_amount"]]
    assert paid == sorted(paid, reverse=True)
    today = told.base.total("medicare_amount") / 100
    for label, amount, value in (("Least", paid[-1], "0.3"), ("Most", paid[0], "0.1")):
        found, words = said[f"{label} paid by the payer in the sweep"]
        assert found == pytest.approx(amount)
        assert words.endswith(f"at {value}; {amount - today:+,.2f} against today's")
    assert said["Paid by the payer as the claims stand"][0] == pytest.approx(today)
    assert not any("allowed in the sweep" in str(label) for label in said)
    with ZipFile(path) as parts:
        drawn = [parts.read(each).decode() for each in parts.namelist() if "charts/chart" in each]
    (line,) = drawn
    assert "Paid by the payer by coinsurance" in line.replace("Coinsurance", "coinsurance")


def test_a_what_if_of_several_payers_names_them_and_no_0_00_that_nobody_knows(
    tmp_path: Path,
) -> None:
    """Of Beta, whose file says no coinsurance, "Patient owes 0.00" stood on every line."""
    text = 'name = "Beta"\ncontract = "Beta agreement"\nplan = "commercial"\n'
    beta = payer(tmp_path, f"{text}percent_of_medicare = 130\n")
    demo = pl.read_csv(some_claims(), infer_schema=False)
    # A deductible is known of whatever payer, and shown.
    demo = demo.with_columns(deductible_remaining=pl.lit("0"))
    ours = pl.when(pl.col("claim_id") == "C101").then(pl.lit("medicare")).otherwise(pl.lit("Beta"))
    cut = read_scenario(str(EXAMPLES / "05-conversion-factor-cut.toml"))
    owed = ("Patient owes, where on file", "Patient owes after, where on file")
    for alone in (False, True):
        setup = Setup(payer=beta, locality="national")
        if not alone:
            setup = Setup(payers={"beta": beta}, locality="national")
            demo = demo.with_columns(payer=ours)
        told = answer(baseline(demo.drop("payer", strict=False) if alone else demo, setup), [cut])
        path = tmp_path / f"whatif{alone}.xlsx"
        assert write_whatif(told, path).differences == ()
        book = openpyxl.load_workbook(path, data_only=True)
        names, *rows = book["Lines"].iter_rows(values_only=True)
        lines = [dict(zip(names, row, strict=True)) for row in rows]
        assert ("Payer" in names) != alone
        payers = {line.get("Payer", "Beta") for line in lines}
        assert payers == ({"Beta"} if alone else {"Medicare", "Beta"})
        for line in lines:
            is_beta = line.get("Payer", "Beta") == "Beta"
            known = [line[each] is not None for each in owed]
            if line["Allowed amount"]:
                assert known == [not is_beta] * 2
        totals = {row[1]: row[2:5] for row in book["Totals"].iter_rows(2, values_only=True)}
        allowed, paid, patients, *cuts = totals.values()
        assert (patients[0] is None) == alone
        for side in range(3):
            parts = [(each[side] or 0) for each in (paid, patients, *cuts)]
            assert sum(parts) == pytest.approx(allowed[side])
        page = book["What if"]
        said = {row[1]: row[2] for row in page.iter_rows(max_col=3, values_only=True)}
        assert (said["Patient owes, where on file, change"] is None) == alone


def test_a_change_of_cuts_says_where_it_is_less_by_what_is_owed_beyond(tmp_path: Path) -> None:
    demo = pl.read_csv(some_claims(), infer_schema=False)
    for given, words in (
        (demo, "Sequestration and other cuts, change"),
        (
            demo.with_columns(participating=pl.lit("no"), assignment_accepted=pl.lit("no")),
            "Sequestration and other cuts, less what patients owe beyond it, change",
        ),
    ):
        scenario = read_scenario(str(EXAMPLES / "05-conversion-factor-cut.toml"))
        told = answer(baseline(given, Setup(locality="national")), [scenario])
        path = tmp_path / "whatif.xlsx"
        assert write_whatif(told, path, force=True).differences == ()
        page = openpyxl.load_workbook(path, data_only=True)["What if"]
        assert words in {row[1] for row in page.iter_rows(values_only=True)}


def test_cuts_of_contracts_and_sweeps_say_that_another_payer_s_part_is_among_them(
    tmp_path: Path,
) -> None:
    """It stood under "Sequestration and other cuts", which nobody pays."""
    demo = pl.read_csv(some_claims(), infer_schema=False)
    for amount, words in (
        ("30.00", "Sequestration and other cuts, with another payer's part"),
        ("", "Sequestration and other cuts"),
    ):
        base = baseline(
            demo.with_columns(primary_paid_amount=pl.lit(amount)), Setup(locality="national")
        )
        payers = [MEDICARE, load_payer("aetna-commercial")]
        told = answer(base, [], swept="terms.coinsurance.patient=0.2:0.3:0.1", contracts=payers)
        path = tmp_path / "sweep.xlsx"
        assert write_whatif(told, path, force=True).differences == ()
        book = openpyxl.load_workbook(path, data_only=True)
        for sheet in ("What if", "Sweep", "Contracts"):
            cells = {cell for row in book[sheet].iter_rows(values_only=True) for cell in row}
            assert words in cells, sheet


def test_no_sheet_of_statuses_is_printed_where_no_line_has_another(tmp_path: Path) -> None:
    """It was a page of headings alone."""
    scenario = read_scenario(str(EXAMPLES / "05-conversion-factor-cut.toml"))
    told = answer(baseline(some_claims(), Setup(locality="national")), [scenario])
    assert write_whatif(told, tmp_path / "whatif.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "whatif.xlsx")
    assert "Statuses" not in book.sheetnames
    about = [cell for row in book["About"].iter_rows(values_only=True) for cell in row]
    assert "A sheet Statuses: no line has another status." in about
    # Of the chains, which are many, the first fill a page.
    chains = book["Chains"]
    assert chains.max_row > 19
    assert chains.print_area.endswith("$19")
    assert "The first 18 are here" in str(chains.oddHeader.left.text)
