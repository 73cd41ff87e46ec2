"""Reports from the command line: layouts, templates, web page, sheets, privacy, the same bytes."""

import csv
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.table import Table

from payrules import workbook
from payrules.__main__ import main
from payrules.content import content_folder
from payrules.files.formula_guard import freed
from payrules.runs.results import write_frame
from payrules.workbook.house_template import _NAMES as TABLE_NAMES
from tests.workbook.conftest import claims

ROOT = Path(__file__).parent.parent
LAYOUTS = sorted(path.stem for path in content_folder("reports").glob("*.toml"))
OWN = """title = "Own"

[[sheets]]
name = "Dear ones"
content = "lines"
columns = ["claim_id", { column = "allowed_amount", heading = "Expected" }]
filters = [{ column = "allowed_amount", over = 100 }]
"""

Payrules = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _only_the_starter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")


@pytest.fixture
def payrules(capsys: pytest.CaptureFixture[str]) -> Payrules:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def refused(payrules: Payrules, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run what must be refused, with one line, before any claim is read."""

    def read(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the claims were read first")

    def run(*arguments: str | Path) -> str:
        with monkeypatch.context() as patched:
            patched.setattr("payrules.runs.setup.read_batch", read)
            status, out, err = payrules(*arguments)
        assert (status, out) == (2, "")
        assert err.startswith("payrules: ")
        assert len(err.splitlines()) == 1, err
        return err

    return run


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Claims with hostile text in every column that takes text, and two rows that are rejected."""
    path = tmp_path / "claims.csv"
    claims().with_columns(person_id=pl.lit("Findable-") + pl.col("claim_id")).write_csv(path)
    return path


@pytest.fixture
def template(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Claim", "Allowed", "Doubled"])
    sheet.append(["x", None, "=2*B2"])
    sheet.add_table(Table(displayName="Lines", ref="A1:C2"))
    book.save(tmp_path / "house.xlsx")
    return tmp_path / "house.xlsx"


def everything(folder: Path) -> bytes:
    """Give all that a folder's files say, workbooks by their cells and properties."""
    said = []
    for path in sorted(folder.rglob("*.*")):
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            cells = [str(cell.value) for sheet in book for row in sheet for cell in row]
            said.append("\n".join([*cells, str(book.properties)]).encode())
        elif path.suffix == ".parquet":
            said.append(str(pl.read_parquet(path).to_dict(as_series=False)).encode())
        else:
            said.append(path.read_bytes())
    return b"\n".join(said)


def every_output(folder: Path) -> list[str | Path]:
    folder.mkdir()
    names = {
        "output": "e.xlsx",
        "html": "e.html",
        "sheets": "sheets",
        "lines": "l.csv",
        "adjustments": "a.csv",
        "rejects": "r.csv",
        "run": "run.json",
    }
    return [part for option, name in names.items() for part in (f"--{option}", folder / name)]


# -- layouts -----------------------------------------------------------------------------------


def test_the_layouts_are_listed_shown_and_can_be_copied(payrules: Payrules, tmp_path: Path) -> None:
    status, listed, _ = payrules("reports", "list")
    assert status == 0
    assert [line.split()[0] for line in listed.splitlines()[1:]] == LAYOUTS
    status, shown, _ = payrules("reports", "show", "audit")
    assert status == 0
    assert "1. Reconciliation (reconciliation)" in shown
    assert "change_amount" in shown
    assert max(map(len, shown.splitlines())) <= 100
    copy = tmp_path / "ours.toml"
    copy.write_text(payrules("reports", "show", "audit", "--toml")[1], encoding="utf-8")
    status, told, _ = payrules("reports", "check", copy)
    assert (status, told) == (0, f"{copy} is a layout of 8 sheets.\n")


def test_a_slip_in_a_layout_is_told_with_its_line_before_the_work(
    refused: Callable[..., str], batch: Path, tmp_path: Path
) -> None:
    slip = tmp_path / "slip.toml"
    slip.write_text(OWN.replace('"claim_id"', '"claim_ip"'), encoding="utf-8")
    told = "slip.toml, line 6: there is no column 'claim_ip' here; perhaps 'claim_id'."
    for command in (
        ("reports", "check", slip),
        ("reports", "show", slip, "--toml"),
        ("estimate", batch, "--report", slip, "--output", tmp_path / "e.xlsx"),
        ("estimate", batch, "--report", slip, "--sheets", tmp_path / "sheets"),
    ):
        assert told in refused(*command)
    assert "perhaps 'audit'" in refused("reports", "show", "audits")


@pytest.mark.parametrize("name", [*LAYOUTS, "own.toml"])
def test_every_layout_makes_a_workbook(
    payrules: Payrules, batch: Path, tmp_path: Path, name: str
) -> None:
    report: str | Path = name
    if name == "own.toml":
        report = tmp_path / name
        report.write_text(OWN, encoding="utf-8")
    status, out, err = payrules(
        "estimate", batch, "--report", report, "--output", tmp_path / "e.xlsx"
    )
    assert (status, err) == (1, "")  # two rows are rejected
    assert "does not read 0" not in out
    book = openpyxl.load_workbook(tmp_path / "e.xlsx")
    shown = payrules("reports", "show", report)[1]
    sheets = re.findall(
        r"^ *\d+\. (.*) \((?!.*only with (?:--compare|--facility|coverage))", shown, re.MULTILINE
    )
    assert sheets == book.sheetnames
    if name == "own.toml":
        rows = list(book["Dear ones"].values)
        assert rows[0] == ("Claim", "Expected")
        assert len(rows) > 1
        assert all(row[1] > 100 for row in rows[1:])


def test_the_docs_name_what_a_template_may_use() -> None:
    page = ROOT / "docs" / "how-to" / "make-reports-your-own.md"
    for name in TABLE_NAMES.values():
        assert re.search(rf"\b{name}\b", page.read_text(encoding="utf-8")), name


# -- templates, web page, sheets ---------------------------------------------------------------


def test_a_house_template_is_filled_and_the_screen_says_with_what(
    payrules: Payrules, batch: Path, template: Path, tmp_path: Path
) -> None:
    out = tmp_path / "month.xlsx"
    status, told, _ = payrules("estimate", batch, "--template", template, "--output", out)
    assert status == 1
    assert "Table Lines on sheet 'Sheet': 18 rows of Lines in 1 column." in told
    assert "no such column, left empty: Allowed" in told
    assert "'Allowed': the nearest is 'Allowed amount'" in told
    sheet = openpyxl.load_workbook(out)["Sheet"]
    assert sheet["A2"].value == "c1"
    assert sheet["C19"].value == "=2*B19"


def test_sheets_and_web_page_say_what_the_workbook_says(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    folder, page = tmp_path / "sheets", tmp_path / "e.html"
    how = ("--sheets", folder, "--sheets-format", "parquet", "--html", page)
    status, told, _ = payrules("estimate", batch, *how)
    assert status == 1
    assert f"web page  {page}\n  sheets    {folder}" in told
    total = pl.read_parquet(folder / "lines.parquet")["allowed_amount"].sum()
    assert pl.read_parquet(folder / "by_code.parquet")["allowed_amount"].sum() == total
    assert f"{total:,.2f}" in page.read_text(encoding="utf-8")
    assert set(pl.read_parquet(folder / "checks.parquet")["difference"].to_list()) == {0}


def test_the_files_beside_a_workbook_are_told(
    payrules: Payrules, batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = partial(workbook.write_workbook, row_limit=12)
    monkeypatch.setattr(workbook, "write_workbook", small)
    _, told, _ = payrules(
        "estimate", batch, "--report", "audit", "--output", tmp_path / "e.xlsx", "--force"
    )
    for name in ("lines", "adjustments"):
        assert re.search(rf"its {name} +{re.escape(str(tmp_path / f'e.{name}.parquet'))}", told)
        assert (tmp_path / f"e.{name}.parquet").is_file()
    assert "more than Excel holds: they are in e.lines.parquet" in told.replace("\n", " ")


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--template", "house.xlsx"], "--template needs --output"),
        (["--template", "house.xlsx", "--output", "e.xlsm"], "must end like its template, .xlsx"),
        (["--template", "house.xlsx", "--output", "house.xlsx", "--force"], "an input of this run"),
        (["--template", "none.xlsx", "--output", "e.xlsx"], "no table payrules can fill"),
        (["--report", "audit"], "--report needs --output or --sheets"),
        (
            ["--report", "audit", "--template", "house.xlsx", "--output", "e.xlsx"],
            "combined with --template",
        ),
        (["--minimal", "--pseudonymize", "key"], "choose one"),
        (["--pseudonymize", "short"], "at least 16"),
        (["--html", "e.pdf"], "must end in .html or .htm"),
        (["--html", "old.html"], "add --force"),
        (["--sheets", "old"], "lines.csv already exists"),
        (["--sheets", "nowhere/sheets"], "does not exist"),
        (["--sheets", "old", "--lines", "old/lines.csv", "--force"], "named for two outputs"),
        (["--lines", "key", "--pseudonymize", "key"], "must end in .csv"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_written_is_refused_before_the_work(
    refused: Callable[..., str],
    batch: Path,
    template: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    told: str,
) -> None:
    folder = template.parent
    monkeypatch.chdir(folder)
    openpyxl.Workbook().save("none.xlsx")
    (folder / "key").write_bytes(b"0123456789abcdef")
    (folder / "short").write_bytes(b"0123456789abcde")
    (folder / "old").mkdir()
    for name in ("old.html", "old/lines.csv"):
        (folder / name).write_text("mine", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    assert told in refused("estimate", batch, *options)
    assert {p: p.read_bytes() for p in folder.rglob("*.*") if p.is_file()} == before


def test_an_empty_file_is_replaced_and_one_that_holds_something_only_with_force(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    options = every_output(folder)
    names = [path for path in options if isinstance(path, Path) and path.suffix]
    for path in (*names, folder / "sheets" / "lines.csv"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert payrules("estimate", batch, *options)[0] == 1
    written = {path: path.read_bytes() for path in names}
    assert all(written.values())
    assert payrules("estimate", batch, *options)[0] == 2
    assert {path: path.read_bytes() for path in names} == written
    assert payrules("estimate", batch, *options, "--force")[0] == 1


# -- safety ------------------------------------------------------------------------------------


def test_without_a_privacy_option_persons_are_there(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    payrules("estimate", batch, *every_output(tmp_path / "out"))
    said = everything(tmp_path / "out").decode()
    assert "Findable-c1" in said
    assert "=ward" in said


def test_minimal_leaves_persons_out_of_every_output(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    status, out, _ = payrules("estimate", batch, "--minimal", *every_output(tmp_path / "out"))
    assert status == 1
    said = everything(tmp_path / "out").decode() + out
    assert "Findable" not in said
    assert "ward" not in said
    assert "person_id" not in pl.read_csv(tmp_path / "out" / "l.csv", infer_schema=False).columns
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert "left out" in record["privacy"]


def test_pseudonyms_are_the_same_in_every_output_and_run(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"an unlikely key, but long enough")
    persons = []
    for number in (1, 2):
        folder = tmp_path / f"out{number}"
        status, _, _ = payrules("estimate", batch, "--pseudonymize", key, *every_output(folder))
        assert status == 1
        assert b"Findable" not in everything(folder)
        lines = pl.read_csv(folder / "l.csv", infer_schema=False)
        sheet = pl.read_csv(folder / "sheets" / "lines.csv", infer_schema=False)
        assert lines["person_id"].to_list() == sheet["person_id"].to_list()
        assert lines["person_id"].str.contains("^[0-9a-f]{64}$").all()
        persons.append(lines["person_id"].to_list())
    assert persons[0] == persons[1]
    assert len(set(persons[0])) == lines["claim_id"].n_unique()


def test_csv_is_guarded_and_parquet_is_as_it_came(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    raw, guarded = tmp_path / "l.parquet", tmp_path / "l.csv"
    payrules("estimate", batch, "--lines", raw)
    payrules("estimate", batch, "--lines", guarded, "--rejects", tmp_path / "r.csv")
    came = pl.read_parquet(raw)["rendering_specialty"].to_list()
    assert "=1+1" in came
    for path in (guarded, tmp_path / "r.csv"):
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.reader(opened):
                assert not [cell for cell in row if cell[:1] in tuple("=+@\t\r")], path
    went = pl.read_csv(guarded, infer_schema=False)
    assert {"'=1+1", "'+1", "'-2", "'@SUM(A1)", "00100"} <= set(went["rendering_specialty"])
    assert "'=ward" in went.columns


def test_csv_guards_also_nul_line_feed_and_full_width_signs_in_cells_and_headings(
    tmp_path: Path,
) -> None:
    starts = (
        "\x00=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "=1",
        "+1",
        "-1",
        "@1",
        "\t1",
        "\r1",
    )
    plain = ("1=1", "a＝", "")
    frame = pl.DataFrame({start: [*starts, *plain] for start in (*starts, "'=1", "''+1", "ward")})
    write_frame(frame, tmp_path / "guarded.csv")
    written = pl.read_csv(tmp_path / "guarded.csv", infer_schema=False)
    # What only looks guarded gets one more, so that all can be freed as they were.
    assert written.columns == [*(f"'{start}" for start in starts), "''=1", "'''+1", "ward"]
    assert freed(written).columns == frame.columns
    for column in written:
        assert column.to_list() == [f"'{start}" for start in starts] + list(plain)


def test_the_same_input_gives_the_same_bytes(
    payrules: Payrules, batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("one", "two"):
        payrules("estimate", batch, *every_output(tmp_path / name))
    one, two = tmp_path / "one", tmp_path / "two"
    names = sorted(path.relative_to(one) for path in one.rglob("*.*"))
    assert len(names) > 12
    for name in names:
        if name.name != "run.json":  # it says when it ran, and how long
            assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_the_run_record_says_the_kind_of_each_rule_and_the_columns_map(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    text = batch.read_text(encoding="utf-8").replace("claim_id", "Claim No", 1)
    batch.write_text(text, encoding="utf-8")
    mapped = tmp_path / "columns.toml"
    mapped.write_text('[columns]\nclaim_id = "Claim No"\n', encoding="utf-8")
    record_file, book = tmp_path / "run.json", tmp_path / "e.xlsx"
    payrules("estimate", batch, "--columns", mapped, "--run", record_file, "--output", book)
    about = openpyxl.load_workbook(book)["About"]
    assert "claim_id is 'Claim No'" in [cell.value for row in about for cell in row]
    record = json.loads(record_file.read_text(encoding="utf-8"))
    assert record["columns"] == {"claim_id": "Claim No"}
    kinds = {rule["name"]: rule["kind"] for rule in record["rules"]}
    assert (kinds["status_code"], kinds["units"], kinds["deductible"]) == (
        "edit", "amount", "payment",
    )  # fmt: skip


def test_the_bridge_foots_where_another_payer_has_a_rule_the_first_has_not(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    frame = pl.read_csv(batch, infer_schema=False)
    frame.with_columns(payer=pl.lit("medicare")).write_csv(batch)
    other = tmp_path / "other.toml"
    other.write_text(
        'name = "other"\ncontract = "x"\nbase = "medicare"\n[terms.sequestration]\noff = true\n',
        encoding="utf-8",
    )
    out = tmp_path / "e.xlsx"
    _, told, _ = payrules(
        "estimate", batch, "--payer", other, "--payer", "medicare", "--output", out
    )
    assert out.is_file()
    assert "does not read 0" not in told
