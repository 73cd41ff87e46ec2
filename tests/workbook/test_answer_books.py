"""What-if, contract, tornado, sweep and release workbooks: each cell anew, and each change told."""

import atexit
import shutil
import tempfile
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.fees.diff import diff, volume_effect
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.answer import Answer, answer, by_payer_in_dollars, dollars_of
from payrules.scenarios.scenario import read_scenario
from payrules.schedules import load_schedules
from payrules.workbook.release_changes import write_diff
from payrules.workbook.what_if import write_whatif
from payrules.workbook.what_if_answer import MEASURED
from payrules.workbook.words import CAUSES, in_words, term_in_words
from payrules.workbook.xlsx.charts import money_axis
from tests.workbook.structure import faults
from tests.workbook.tampered import Book, Tampering, read_after, untouched

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
RELEASES = ("starter-2025", "starter-2026")


#: Claims with what scenarios, terms and a fee in dollars reach, and one that has no amount.
CLAIMS = ("C101", "C102", "C105", "C117", "C129", "C131", "C133")


@cache
def some_claims() -> Path:
    """A file of these claims, and of the row that is wrong on purpose."""
    batch = pl.read_csv(BATCH, infer_schema=False)
    path = Path(tempfile.mkdtemp()) / "claims.csv"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    wrong = pl.col("place_of_service_code") == "98"
    batch.filter(pl.col("claim_id").is_in(CLAIMS) | wrong).write_csv(path)
    return path


@cache
def asked() -> Answer:
    """Two scenarios, a solution, a sweep, a tornado and contracts at once, on some claims."""
    contracts = [load_payer("medicare"), load_payer("110-percent-of-medicare")]
    base = baseline(some_claims(), Setup(locality="national"), compared=contracts)
    scenarios = [
        read_scenario(str(EXAMPLES / name))
        for name in ("05-conversion-factor-cut.toml", "04-fees-in-dollars.toml")
    ]
    return answer(
        base,
        scenarios,
        unknown="percent_of_medicare",
        target="+10%",
        swept="conversion_factor=30:40:5",
        with_tornado=True,
        contracts=contracts,
    )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A what-if of everything and a diff with a batch, written once."""
    folder = tmp_path_factory.mktemp("books")
    write_whatif(asked(), folder / "whatif.xlsx")
    schedules = load_schedules()
    sides = [schedules.named(name) for name in RELEASES]
    priced = [estimate(BATCH, Setup(locality="national", release=name)) for name in RELEASES]
    volume = volume_effect(*(each.lines for each in priced))
    path = folder / "diff.xlsx"
    write_diff(diff(*sides), path, volume, releases=sides, priced=priced)
    return {"whatif": folder / "whatif.xlsx", "diff": path}


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    """Give what stands under the headings, wherever these stand."""
    (table,) = sheet.tables.values()
    _, *rows = sheet[table.ref]
    return [tuple(cell.value for cell in row) for row in rows]


def held(value: Any) -> Any:
    """Give a value as a cell holds it: amounts to the cent, no empty text."""
    if isinstance(value, Decimal):
        return round(float(value), 4)
    if hasattr(value, "year"):
        return str(value)[:10]
    return None if value == "" else value


def same_rows(sheet: Any, frame: pl.DataFrame) -> None:
    """Hold every cell of a sheet to a frame with the same columns in any order."""
    found = sorted(map(repr, ([held(cell) for cell in row] for row in _sorted(sheet))))
    assert found == sorted(map(repr, ([held(cell) for cell in row] for row in frame.rows())))


def _sorted(sheet: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(round(cell, 4) if isinstance(cell, float) else cell for cell in row)
        for row in rows_of(sheet)
    ]


def test_every_cell_of_a_what_if_is_what_the_scenarios_gave(books: dict[str, Path]) -> None:
    book, told = openpyxl.load_workbook(books["whatif"]), asked()
    both = {"measure": MEASURED, "cause": CAUSES}

    def in_words_(frame: pl.DataFrame) -> pl.DataFrame:
        rows = frame.to_dicts()
        for row in rows:
            for column, words in both.items():
                if column in row:
                    row[column] = words[row[column]]
            if "rule" in row:
                row["rule"] = in_words(row["rule"])
        return pl.DataFrame(rows, schema=frame.schema)

    for sheet, frame in {
        "Totals": in_words_(told.totals),
        "Bridge": in_words_(told.bridge),
        "Rules": in_words_(told.rules),
        "Groups": told.groups,
        "Chains": told.largest_chains,
    }.items():
        shown = frame.with_columns(pl.col(pl.Float64).round(4))
        same_rows(book[sheet], shown)
    # A line without an amount before and after has no change, not 0.00.
    changed = told.lines.to_dicts()
    for row in changed:
        if row["allowed_amount"] is None and row["allowed_amount_after"] is None:
            row["change"] = None
    assert any(row["change"] is None for row in changed)
    other = [
        {name: row[name] for name in told.statuses.columns}
        for row in changed
        if row["status"] != row["status_after"]
    ]
    same_rows(book["Statuses"], pl.DataFrame(other, schema=told.statuses.schema))
    order = [cell.value for cell in book["Lines"][1]]
    assert order[:5] == ["Scenario", "Claim", "Line", "Date of service", "Code"]
    lines = {(row["scenario"], row["claim_id"], row["claim_line_number"]): row for row in changed}
    for row in rows_of(book["Lines"]):
        line = lines.pop(row[:3])
        assert sorted(map(repr, map(held, row))) == sorted(map(repr, map(held, line.values())))
    assert not lines


def test_every_cell_of_sweep_tornado_and_contracts_too(books: dict[str, Path]) -> None:
    book, told = openpyxl.load_workbook(books["whatif"]), asked()
    assert told.sweep is not None
    assert told.contracts is not None
    swept = dollars_of(told.sweep[1]).with_columns(pl.col("value").cast(pl.Float64))
    same_rows(book["Sweep"], swept)
    for measure, name in (("allowed_amount", "allowed"), ("patient_amount", "patient")):
        bars = dollars_of(told.bars[measure])
        words = pl.Series("what", [term_in_words(each) for each in bars["term"]])
        same_rows(book[f"Tornado {name}"], bars.insert_column(1, words))
    same_rows(book["Contracts"], dollars_of(told.contracts.ranking))
    same_rows(book["Families"], by_payer_in_dollars(told.contracts.families))
    same_rows(book["Places"], by_payer_in_dollars(told.contracts.places))
    terms = dollars_of(told.contracts.terms)
    rules = pl.Series("rule", [in_words(each) for each in terms["rule"]])
    same_rows(book["Terms"], terms.with_columns(rules))


def test_the_first_page_is_what_plain_sums_give(books: dict[str, Path]) -> None:
    sheet, told = openpyxl.load_workbook(books["whatif"])["What if"], asked()
    headline = {sheet.cell(row, 2).value: sheet.cell(row, 3).value for row in range(4, 22)}
    for one in told.comparisons:
        own = told.lines.filter(scenario=one.scenario.name)
        change = own["allowed_amount_after"].fill_null(0) - own["allowed_amount"].fill_null(0)
        assert headline[one.scenario.title] == pytest.approx(float(change.sum()))
    assert told.contracts is not None
    best = told.contracts.ranking.row(0, named=True)
    assert headline[best["payer"]] == best["allowed_amount"] / 100
    assert headline["Rejected rows"] == told.base.batch.rejects.height == 1
    assert told.sweep is not None
    swept = told.sweep[1]["allowed_amount"]
    assert headline["Least allowed in the sweep"] == min(swept) / 100
    assert headline["Most allowed in the sweep"] == max(swept) / 100
    said = {sheet.cell(row, 2).value for row in range(4, 40)}
    assert {"Prepared by", "Reviewed by"} <= said


def test_every_cell_of_a_diff_is_what_two_pricings_give(books: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(books["diff"])
    headings = [str(cell.value) for cell in book["Your volume"][1]]
    priced = [
        estimate(BATCH, Setup(locality="national", release=name)).lines.to_dicts()
        for name in RELEASES
    ]
    wanted: dict[tuple[str, str], list[Any]] = {}
    for was, now in zip(*priced, strict=True):
        own = wanted.setdefault((was["hcpcs_code"], was["setting"]), [0, Decimal(0), Decimal(0), 0])
        own[0] += 1
        own[1] += was["allowed_amount"] or 0
        own[2] += now["allowed_amount"] or 0
        own[3] += was["status"] != now["status"]
    for row in rows_of(book["Your volume"]):
        cells = dict(zip(headings, row, strict=True))
        lines, was, now, changed = wanted.pop((cells["Code"], cells["Setting"]))
        assert (cells["Lines"], cells["Changed status"]) == (lines, changed)
        for name, value in (("Allowed before", was), ("Allowed after", now), ("Effect", now - was)):
            assert round(cells[name], 2) == float(value)
    assert not wanted
    sides = [load_schedules().named(name) for name in RELEASES]
    changes = diff(*sides).rows
    names = [str(cell.value) for cell in book["Changes"][1]]
    printed = ["Code", "Modifier", "Label", "Change"]
    assert names[:4] == printed
    found = {row[:2]: row for row in rows_of(book["Changes"])}
    assert len(found) == changes.height
    for row in changes.to_dicts():
        cells = found[row["hcpcs_code"], row["modifier"] or None]
        assert sorted(map(repr, map(held, cells))) == sorted(map(repr, map(held, row.values())))


def test_about_names_every_file_with_its_hash(books: dict[str, Path]) -> None:
    told = asked()
    for name, kinds in (
        ("whatif", {"Claims", "Fee schedule", "Scenario", "Payer"}),
        ("diff", {"Claims", "Fee schedule"}),
    ):
        about = openpyxl.load_workbook(books[name])["About"]
        rows = [[cell.value for cell in row[:3]] for row in about.iter_rows()]
        hashes = {str(row[1]): str(row[2]) for row in rows if row[0] in kinds and row[2]}
        assert all(len(each) == 64 for each in hashes.values())
        words = " ".join(str(row[0]) for row in rows)
        assert "place of service 98 is not a code CMS lists" in words
        for release in (load_schedules().named(each) for each in RELEASES):
            for file, sha256 in release.files.items():
                shown = {
                    told for known, told in hashes.items() if f"{release.name}/{file}" in known
                }
                assert shown == {sha256}
    about = openpyxl.load_workbook(books["whatif"])["About"]
    named = {str(row[1].value): row[2].value for row in about.iter_rows()}
    for one in told.comparisons:
        for file, sha256 in one.scenario.files.items():
            assert named[file] == sha256
    assert "04-pain-fees.csv" in named


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


def cell_of(sheet: str, row: int, column: int) -> Tampering:
    """Add a dollar to a cell."""

    def tamper(book: Book) -> None:
        cell = book[sheet].cell(row, column)
        assert isinstance(cell.value, int | float), (sheet, row, column, cell.value)
        cell.value += 1

    return tamper


def under(sheet: str, heading: str, row: int = 2) -> Tampering:
    """Add a dollar to a row's cell under a heading."""

    def tamper(book: Book) -> None:
        names = [cell.value for cell in book[sheet][1]]
        cell_of(sheet, row, names.index(heading) + 1)(book)

    return tamper


#: A workbook, what is changed in it, and words of a check that must turn.
TAMPERED: list[tuple[str, Tampering, str]] = [
    ("whatif", untouched, ""),
    ("diff", untouched, ""),
    ("whatif", cell_of("What if", 5, 3), "What if: Conversion factor"),
    ("whatif", under("Totals", "After"), "Totals: Allowed amount, before and change"),
    ("whatif", under("Totals", "Before", 3), "before, as the run had it"),
    ("whatif", under("Bridge", "Change"), "Bridge: change of the allowed amount"),
    ("whatif", under("Groups", "Before"), "Groups by payer: before"),
    ("whatif", under("Rules", "After"), "Rules: after"),
    ("whatif", under("Lines", "Allowed amount after"), "Lines: Allowed amount, change"),
    ("whatif", under("Chains", "Before amount"), "Chains: Before amount"),
    ("whatif", under("Sweep", "Allowed amount"), "Sweep: allowed less its change"),
    ("whatif", under("Tornado patient", "Low change"), "Tornado patient: Low change"),
    ("whatif", under("Contracts", "Allowed amount"), "Families: 110-percent-of-medicare"),
    ("whatif", under("Families", "Medicare"), "Families: medicare"),
    ("whatif", under("Terms", "Paid change"), "what the payer pays"),
    ("diff", cell_of("Summary", 6, 3), "Summary: Effect on your volume"),
    ("diff", under("Changes", "Facility amount after"), "Changes: facility amounts"),
    ("diff", under("Your volume", "Allowed before"), "as the run with starter-2025 had it"),
    ("diff", under("Your volume", "Effect in both"), "effects of lines in both"),
    ("diff", under("Your volume", "Lines"), "lines as the run had them"),
]


def test_whoever_changes_a_figure_turns_a_check(books: dict[str, Path], tmp_path: Path) -> None:
    columns = [("Checks", 0), ("Checks", 4)]
    for name, file in books.items():
        own = [(tamper, words) for book, tamper, words in TAMPERED if book == name]
        read = read_after(file, [tamper for tamper, _ in own], columns, tmp_path)
        for (tamper, words), (checks, verdicts) in zip(own, read, strict=True):
            reads = [each for each in zip(checks[4:], verdicts[4:], strict=True) if each[0]]
            turned = [said for said, verdict in reads if verdict == "CHECK"]
            assert {verdict for _, verdict in reads} <= {"OK", "CHECK"}
            assert len(reads) > 20, name
            if tamper is untouched:
                assert turned == []
            else:
                assert any(words in said for said in turned), (words, turned)
