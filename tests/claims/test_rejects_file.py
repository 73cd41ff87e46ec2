"""A rejects file, corrected, reads back as it is: headings, guarded cells, files, columns files."""

from datetime import datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

import payrules
from payrules.claims.batch import Batch, read_batch
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.columns_toml import columns_file
from payrules.content import content_folder
from payrules.errors import ClaimsError
from payrules.files.formula_guard import freed, guarded
from payrules.runs.estimate import estimate
from payrules.runs.results import write_frame
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from payrules.workbook import minimal, pseudonymize, write_workbook
from tests.x12.writer import one_claim, written

LOCALITIES = ["15202-00", "national"]
HEAD = "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code"
OURS = {
    "columns": {"claim_id": "row", "person_id": ["Clinic", "value"], "claim_line_number": "auto"},
    "file": {"heading_row": 3, "skip_rows": [5], "delimiter": ";", "date_format": "DD.MM.YYYY"},
    "values": {"place_of_service_code": {"Office": "11"}},
}


def read(
    *paths: Path | pl.DataFrame, columns: dict[str, object] | ColumnsFile | None = None
) -> Batch:
    given = paths[0] if isinstance(paths[0], pl.DataFrame) else list(paths)
    said = columns_file(columns)
    return read_batch(given, columns=said, localities=LOCALITIES, default_locality="national")


def back(batch: Batch, path: Path, old: str = "", new: str = "", **how: object) -> Batch:
    """Write the rejects, correct them as an editor does, and read them."""
    write_frame(batch.rejects, path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return read(path, **how)


def file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    good, bad = "C1,1,P1,2025-03-03,64493,11", "C2,1,P1,2025-03-03,64493,98"
    plain = file(tmp_path / "a.csv", HEAD, good, bad)
    titled = file(tmp_path / "b.csv", "Report,,", "by Site,,", HEAD, good, "", bad, bad, good)
    skipping = {"file": {"skip_rows": [6]}}
    assert read(plain).rejects["row"].to_list() == [3]
    found = read(titled)
    assert found.rejects["row"].to_list() == [6, 7, 8]
    assert found.rejects["reason"][2].endswith("already seen in row 4")
    assert read(titled, columns=skipping).rejects["row"].to_list() == [7, 8]


def test_rows_of_a_worksheet_that_begins_with_blank_ones_keep_their_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for title, begin in (("One", 4), ("Two", 0)):
            sheet = book.add_worksheet(title)
            for row, line in enumerate([HEAD, "C1,1,P1,2025-03-03,64493,98"], begin):
                sheet.write_row(row, 0, line.split(","))
    assert read(path).rejects["row"].to_list() == [6]
    both = read(path, columns={"file": {"sheet": "all"}}).rejects
    assert both.select("file", "row").rows() == [("a.xlsx [One]", 6), ("a.xlsx [Two]", 2)]


def test_corrected_it_reads_as_the_rows_would_have(tmp_path: Path) -> None:
    rows = ["C1,1,P1,2025-03-03,64493,98,-RT", "C2,1,P1,2025-03-03,64493,11,x"]
    claims = file(tmp_path / "claims.csv", f"{HEAD},note", *rows)
    first = read(claims)
    assert first.rejects.height == 1
    second = back(first, tmp_path / "rejects.csv", ",98,'-RT", ",11,'-RT")
    assert (second.rows_in, second.lines.height, second.rejects.height) == (1, 1, 0)
    assert second.carried.to_dict(as_series=False) == {"note": ["-RT"]}
    assert any("rejects file" in each for each in second.readings[0].notes)


def test_uncorrected_it_gives_the_same_rejects(tmp_path: Path) -> None:
    rows = [
        f"C{n},1,P1,2025-03-03,{code},{pos}"
        for n, (code, pos) in enumerate([("=1+1", "98"), ("'=x", "11"), ("-1", "@"), ("", "")])
    ]
    first = read(file(tmp_path / "claims.csv", HEAD, *rows))
    second = back(first, tmp_path / "rejects.csv")
    assert second.rejects.drop("row").equals(first.rejects.drop("row"))
    assert second.rejects["row"].to_list() == [2, 3, 4, 5]


def test_it_reads_with_the_practice_s_own_columns_file(tmp_path: Path) -> None:
    lines = [
        "Report;;;;;",
        ";;;;;",
        "row;Clinic;value;DOS;CPT;Place of Svc",
        "C1;12;3456;25.03.2025;64493;Office",
        "to be skipped;;;;;",
        "C1;12;3456;25.03.2025;64494;98",
        "C2;12;3456;25.03.2025;64493;Home?",
    ]
    lines[2] = "row;Clinic;value;DOS;CPT;place_of_service_code"
    first = read(file(tmp_path / "claims.csv", *lines), columns=OURS)
    assert first.rejects["row"].to_list() == [6, 7]
    second = back(first, tmp_path / "rejects.csv", ",98,", ",Office,", columns=OURS)
    third = back(first, tmp_path / "rejects.csv", "Home?", "Office", columns=OURS)
    assert second.lines.select("claim_id", "claim_line_number", "person_id").rows() == [
        ("C1", 2, "12-3456")
    ], "a line keeps the number it had among the lines of its claim"
    assert second.lines["place_of_service_code"].to_list() == ["11"]
    assert second.lines["service_date"].to_list() == third.lines["service_date"].to_list()
    assert third.lines["claim_id"].to_list() == ["C2"]


def test_rows_of_several_files_are_read_each_as_its_file_was(tmp_path: Path) -> None:
    a = file(tmp_path / "a.csv", f"{HEAD},hcpcs_modifier_1", "C1,1,P1,2025-03-03,64493,98,RT")
    theirs = "Claim No,Line,Patient ID,DOS,CPT,POS,Mod 1"
    b = file(tmp_path / "b.csv", theirs, "C2,1,,2025-03-03,64493,97,LT")
    first = read(a, b)
    second = back(first, tmp_path / "r.csv", ",98,", ",11,")
    assert second.lines.select("claim_id", "hcpcs_modifier_1").rows() == [("C1", "RT")]
    (left,) = second.rejects.to_dicts()
    assert (left["file"], left["row"], left["column"]) == ("r.csv [b.csv]", 3, "person_id")
    assert [each.file for each in second.readings] == ["r.csv [a.csv]", "r.csv [b.csv]"]


def test_a_where_of_the_columns_file_holds_for_the_rows_of_its_file(tmp_path: Path) -> None:
    said = {"where": [{"files": "march*", "constants": {"place_of_service_code": "11"}}]}
    head = HEAD.removesuffix(",place_of_service_code")
    march = file(tmp_path / "march.csv", head, "C1,1,P1,2025-03-03,6449")
    first = read(march, columns=said)
    second = back(first, tmp_path / "r.csv", ",6449", ",64493", columns=said)
    assert second.lines["place_of_service_code"].to_list() == ["11"]
    assert not any("is for none of the files given" in each for each in second.readings[0].notes)
    told = read(file(tmp_path / "may.csv", HEAD, "C1,1,P1,2025-03-03,64493,11"), columns=said)
    assert any("is for none of the files given" in each for each in told.readings[0].notes)


def test_rows_of_no_named_file_are_refused_where_a_where_may_be_for_them(tmp_path: Path) -> None:
    """Beside their file, for which a [[where]] said decimal = ",", 1.200 of them was 1.20."""
    claims = file(tmp_path / "c.csv", f"{HEAD},charge_amount", "C1,1,P1,2025-03-03,64493,98,1.200")
    form = {"decimal": ",", "date_format": "YYYY-MM-DD"}
    first = read(claims, columns={"file": form})
    rejects = tmp_path / "r.csv"
    said = {"where": [{"files": "c.csv", "file": form}]}
    with pytest.raises(ClaimsError, match=r"r\.csv does not say which file its rows are of"):
        back(first, rejects, ",98,", ",11,", columns=said)
    own = {"where": [*said["where"], {"files": "r.csv", "file": form}]}
    assert read(rejects, columns=own).lines["charge_amount"].to_list() == [120_000]
    head, row = rejects.read_text(encoding="utf-8").splitlines()
    rejects.write_text(f"file,{head}\nc.csv,{row}\n", encoding="utf-8")
    assert read(rejects, columns=said).lines["charge_amount"].to_list() == [120_000]
    rejects.write_text(f"file,{head}\n,{row}\n", encoding="utf-8")
    with pytest.raises(ClaimsError, match="does not say which file"):
        read(rejects, columns=said)


@pytest.mark.parametrize("ending", ["parquet", "xlsx", "frame"])
def test_it_may_be_saved_otherwise(tmp_path: Path, ending: str) -> None:
    first = read(file(tmp_path / "c.csv", f"{HEAD},row", "C1,1,P1,2025-03-03,64493,98,=9"))
    path = tmp_path / f"rejects.{ending}"
    if ending == "parquet":
        first.rejects.write_parquet(path)
        second = read(path, columns={"file": {"sheet": "Lines"}})
    elif ending == "xlsx":
        first.rejects.write_excel(path)
        second = read(path, columns={"file": {"sheet": "Lines"}})
    else:
        second = read(first.rejects)
    assert second.rejects.drop("row").equals(first.rejects.drop("row"))


def test_rejects_of_x12_are_corrected_where_they_come_from(tmp_path: Path) -> None:
    text = written([one_claim()]).replace("HC:99213", "HC:9")
    first = read(file(tmp_path / "claims.837", text))
    assert first.rejects.height
    with pytest.raises(ClaimsError, match="has rejects of claims in X12"):
        back(first, tmp_path / "rejects.csv")


CELLS = st.text(st.sampled_from("'=+-@＝a\t\x00 1"), min_size=1, max_size=4)


@given(
    st.lists(CELLS, min_size=1, max_size=5), st.lists(CELLS, min_size=1, max_size=3, unique=True)
)
def test_what_is_guarded_is_freed_as_it_was(cells: list[str], headings: list[str]) -> None:
    frame = pl.DataFrame(dict.fromkeys(headings, cells))
    safe = guarded(frame)
    assert freed(safe).equals(frame)
    assert not any(cell[0] in "=+-@＝\t\x00" for row in safe.rows() for cell in row)


def test_line_numbers_that_were_given_and_those_that_were_made_stay_apart(tmp_path: Path) -> None:
    said = {"columns": {"claim_line_number": "auto"}}
    good, bad = "C1,9,P1,2025-03-03,64493,11", "C1,7,P1,2025-03-03,64493,98"
    first = read(file(tmp_path / "c.csv", HEAD, good, bad), columns=said)
    second = back(first, tmp_path / "r.csv", ",98,", ",11,", columns=said)
    assert second.lines["claim_line_number"].to_list() == [2]
    assert second.carried.to_dict(as_series=False) == {"input_claim_line_number": ["7"]}


def test_the_rejects_page_of_a_workbook_corrected_and_saved_reads_back(tmp_path: Path) -> None:
    claims = file(
        tmp_path / "claims.csv",
        f"{HEAD},note",
        "C1,1,P1,2025-03-03,99213,11,kept",
        "C2,1,P1,2025-03-03,9921,11,=1+1",
        "C3,1,P2,,99213,11,'-RT",
        "C4,1,P3,2025-03-03,99213,98,+x",
    )
    results = payrules.estimate(claims, locality="national")
    book = results.to_excel(tmp_path / "book.xlsx")
    first = results.rejects
    again = read(book)
    assert again.rejects["reason"].to_list() == first["reason"].to_list()
    assert again.rejects["note"].to_list() == ["=1+1", "'-RT", "+x"]
    opened = openpyxl.load_workbook(book)
    page = opened["Rejects"]
    heads = {cell.value: cell.column for cell in page[1]}
    page.cell(2, heads["hcpcs_code"]).value = "99213"
    page.cell(3, heads["claim_line_start_date"]).value = datetime(2025, 3, 3)
    page.cell(4, heads["place_of_service_code"]).value = 11
    opened.save(book)
    for columns in (None, {"file": {"sheet": "Rejects"}}):
        corrected = read(book, columns=columns)
        assert corrected.rejects.is_empty()
        assert corrected.lines["claim_id"].to_list() == ["C2", "C3", "C4"]
        assert corrected.carried["note"].to_list() == ["=1+1", "'-RT", "+x"]
        assert corrected.readings[0].sheet == "Rejects"


def test_a_workbook_with_claims_first_is_read_there_whatever_follows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        verdict = ["File", "Row", "Column", "Value", "Reason"]
        claims = [HEAD.split(","), ["C1", "1", "P1", "2025-03-03", "99213", "11"]]
        rejects = [[*verdict, *claims[0]], ["a.csv", "2", "", "", "", *claims[1]]]
        for title, rows in (("Claims", claims), ("Rejects", rejects)):
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    assert read(path).readings[0].sheet == "Claims"


@pytest.mark.parametrize("kept", ["minimal", "pseudonymize"])
def test_rejects_that_do_not_hold_their_rows_are_refused_by_name(tmp_path: Path, kept: str) -> None:
    claims = file(tmp_path / "c.csv", HEAD, "C1,1,P1,2025-03-03,64493,98")
    more = file(tmp_path / "d.csv", HEAD, "C2,1,P1,2025-03-03,64493,98")
    key = tmp_path / "key"
    key.write_bytes(b"9f86d081884c7d659a2feaa0c55ad015")
    key.chmod(0o600)
    schedules = load_schedules(content_folder("fee_schedules"))
    setup = Setup(schedules=schedules, locality="national")
    for files in ([claims], [claims, more]):
        found = estimate(files, setup)
        found = minimal(found) if kept == "minimal" else pseudonymize(found, key)
        write_frame(found.rejects, tmp_path / "rejects.csv")
        write_workbook(found, tmp_path / "book.xlsx", force=True)
        for back in ("rejects.csv", "book.xlsx"):
            with pytest.raises(ClaimsError, match="tells of rows and does not hold them"):
                read(claims, tmp_path / back)
    with pytest.raises(ClaimsError, match="tells of rows and does not hold them"):
        read(tmp_path / "book.xlsx", columns={"file": {"sheet": "Rejects"}})
