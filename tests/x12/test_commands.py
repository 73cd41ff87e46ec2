"""X12 claims through the commands: read like any batch, counted, told without persons."""

import gzip
import io
import json
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings

from payrules import estimate
from payrules.__main__ import main
from payrules.runs.results import remarks
from payrules.workbook import write_html
from tests.real_files import CLAIMS, CLAIMS_837P, are_here
from tests.x12.drawn import files
from tests.x12.test_superseded import claim, file_of
from tests.x12.writer import BILLING, CANARIES, CLAIM, LINE, one_claim, written

PLAIN = written([one_claim()])
WHERE = ("--locality", "national")
ADD_50 = 'title = "t"\ncites = "c"\n[[claims]]\nadd_modifier = "50"\n'


def put(folder: Path, text: str, name: str = "claims.837") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    "name", ["claims.837", "claims.edi", "claims", "claims.csv", "claims.xlsx"]
)
def test_a_batch_in_x12_is_priced_whatever_its_ending(tmp_path: Path, name: str) -> None:
    lines = tmp_path / "lines.csv"
    assert main(["estimate", str(put(tmp_path, PLAIN, name)), *WHERE, "--lines", str(lines)]) == 0
    (row,) = pl.read_csv(lines, infer_schema=False).rows(named=True)
    assert (row["status"], row["hcpcs_code"], row["charge_amount"]) == ("priced", "99213", "150.50")
    assert row["allowed_amount"] > "0"


def as_zip(text: str, *names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, text)
    return made.getvalue()


TABLE = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code\n"
    "C1,1,M100,2025-10-07,99213,11\n"
)


@pytest.mark.parametrize(("inside", "text"), [("claims.837", PLAIN), ("claims.csv", TABLE)])
def test_a_packed_file_is_read_as_what_it_holds(tmp_path: Path, inside: str, text: str) -> None:
    for name, content in (
        (f"{inside}.gz", gzip.compress(text.encode())),
        ("claims.zip", as_zip(text, inside)),
        ("mac.ZIP", as_zip(text, inside, f"__MACOSX/._{inside}")),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        results = estimate(path, locality="national")
        assert results.lines["status"].to_list() == ["priced"]
        assert results.run["inputs"][0]["sha256"] == sha256(content).hexdigest()


def test_a_packed_file_that_is_not_one_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = gzip.compress(PLAIN.encode())
    for name, content, said in (
        ("two.zip", as_zip(PLAIN, "a.837", "b.837"), "holds 2 files"),
        ("none.zip", as_zip(PLAIN), "holds 0 files"),
        ("cut.837.gz", whole[: len(whole) // 2], "not a readable .gz file"),
        ("other.gz", PLAIN.encode(), "not a readable .gz file"),
        ("other.zip", PLAIN.encode(), "not a readable ZIP"),
        ("empty.csv.gz", gzip.compress(b""), "is empty"),
    ):
        (tmp_path / name).write_bytes(content)
        assert said in refused(tmp_path / name, capsys)


def test_the_same_line_as_a_table_has_the_same_price(tmp_path: Path) -> None:
    table = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,hcpcs_modifier_1,"
        "place_of_service_code,charge_amount\nC1,1,M100,2025-10-07,99213,25,11,150.5\n"
    )
    results = [
        estimate(put(tmp_path, text, name), locality="national").lines
        for text, name in ((PLAIN, "claims.837"), (table, "claims.csv"))
    ]
    same = ["status", "allowed_amount", "medicare_amount", "patient_amount", "carc"]
    assert results[0].select(same).equals(results[1].select(same))


@pytest.mark.skipif(not are_here(CLAIMS), reason="the public claims files are not here")
@pytest.mark.parametrize("name", ["837p_x12ex04_medicare_secondary.837", "837p_msp_cob.edi"])
def test_public_claims_to_medicare_as_second_payer_are_priced(name: str) -> None:
    """Paid 80.00 of 95.00 allowed and of the charge of 120.00: what is left is 40.00 of it."""
    text = (CLAIMS / name).read_text(encoding="utf-8").replace("20050119", "20251007")
    with tempfile.TemporaryDirectory() as made:
        results = estimate(put(Path(made), text), locality="national")
    line = results.lines.row(0, named=True)
    (said,) = results.adjustments.filter(pl.col("rule") == "secondary_payer")["detail"]
    alone = line["allowed_amount"] - line["coinsurance_amount"] - line["deductible_amount"]
    higher = max(line["allowed_amount"], 95) - 80
    assert said.startswith(
        f"second payer: $40.00 unpaid, ${alone} by this payer alone, ${higher} of"
    )
    left = min(40, alone, higher)
    assert line["medicare_amount"] + line["sequestration_amount"] == left
    assert line["primary_payer_adjustment"] == alone - left


def test_explain_and_whatif_read_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(put(tmp_path, PLAIN))
    assert main(["explain", path, *WHERE, "--claim", "C1"]) == 0
    assert "Claim C1 line 1: 99213-25" in capsys.readouterr().out
    scenario = tmp_path / "s.toml"
    scenario.write_text(ADD_50, encoding="utf-8")
    told = main(["whatif", path, *WHERE, "--scenario", str(scenario)])
    assert told == 0, capsys.readouterr().err


def test_canary_records_and_checks_it(tmp_path: Path) -> None:
    path, recorded = put(tmp_path, PLAIN), tmp_path / "canary.csv"
    assert main(["canary", str(path), *WHERE, "--record", str(recorded)]) == 0
    assert main(["canary", str(recorded), *WHERE]) == 0


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["estimate", str(path), *WHERE]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    return said


def test_what_is_no_837p_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    isa = PLAIN[: PLAIN.index("GS*")]
    short = PLAIN.replace("*00*          *00*", "*00*         *00*", 1)
    remittance = written([["BPR*I*1"]], version="005010X221A1").replace("ST*837*", "ST*835*")
    for text, said in (
        (short, "ISA02 has 9 characters and must have 10"),
        (PLAIN.removeprefix(isa), "begins with GS, and no ISA segment"),
        (remittance, "claims.837 is a remittance (835)"),
    ):
        assert said in refused(put(tmp_path, text), capsys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAIN[: PLAIN.index("SE*")], "claims.837 is cut short"),
        (PLAIN.replace("SE*24*", "SE*9*"), "SE01 (segment 26) says SE01 9; there is 24."),
        (PLAIN.replace("CLM*C1*150.5", "CLM*C1*99"), "says CLM02 99.00; there is 150.50 in SV102"),
        (written([one_claim()], version="005010X223A2"), "837 institutional: not read"),
    ],
)
def test_what_does_not_agree_ends_with_1(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run.json"
    assert main(["estimate", str(put(tmp_path, text)), *WHERE, "--run", str(run)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert said in shown
    if "cut short" in said:  # first of all
        assert shown.startswith(said)


def test_what_does_not_agree_is_told_in_remarks_on_about_and_below_a_what_if(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PLAIN.replace("CLM*C1*150.5", "CLM*C1*99") + PLAIN[: PLAIN.index("SE*")]
    path = put(tmp_path, text)
    at = PLAIN[: PLAIN.index("CLM*")].count("~") + 1
    said = (
        "claims.837 is cut short: it, or a part of it, ends before it is closed.",
        f"claims.837: a check failed. The claim's charge (segment {at}) says CLM02 99.00; there is",
    )
    results = estimate(path, locality="national")
    book = results.to_excel(tmp_path / "book.xlsx")
    about = [str(cell.value) for row in openpyxl.load_workbook(book)["About"] for cell in row]
    for told in (results.remarks, about):
        assert [any(each.startswith(one) for each in told) for one in said] == [True, True]
    # The first sheet said of the workbook alone that every check holds.
    first = [str(cell.value) for cell in openpyxl.load_workbook(book)["Summary"]["B"]]
    (boxed,) = (each for each in first if each.startswith(said[0]))
    assert boxed.endswith(" more: see About or the run record.")
    write_html(results, tmp_path / "page.html")
    shown = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f'<span class="off said">{said[0]}' in shown
    whole = estimate(put(tmp_path, PLAIN, "whole.837"), locality="national")
    write_html(whole, tmp_path / "whole.html")
    assert 'class="off said"' not in (tmp_path / "whole.html").read_text(encoding="utf-8")
    scenario = tmp_path / "s.toml"
    scenario.write_text(ADD_50, encoding="utf-8")
    capsys.readouterr()
    book = tmp_path / "what-if.xlsx"
    main(["whatif", str(path), *WHERE, "--scenario", str(scenario), "--output", str(book)])
    shown = " ".join(capsys.readouterr().out.split())
    assert [one in shown for one in said] == [True, True]
    assert boxed in [cell.value for cell in openpyxl.load_workbook(book).worksheets[0]["B"]]


def test_a_batch_without_rows_is_read(tmp_path: Path) -> None:
    assert main(["estimate", str(put(tmp_path, written([]))), *WHERE]) == 0


def test_rejects_name_segment_element_and_line(tmp_path: Path) -> None:
    lines = (
        *LINE,
        "LX*2",
        "SV1*ER:1234*9*UN*1***1",
        LINE[2],
        "LX*3",
        "SV1*HC:9921*9*UN*1***1",
        LINE[2],
    )
    rejects = tmp_path / "rejects.csv"
    path = put(tmp_path, written([one_claim(lines=lines)]))
    assert main(["estimate", str(path), *WHERE, "--rejects", str(rejects)]) == 1
    assert pl.read_csv(rejects, infer_schema=False).rows() == [
        ("27", "2400 SV101", "ER 1234", "ER 1234: not a HCPCS code", "C1", "2"),
        (
            "30",
            "2400 SV101-2",
            "9921",
            "HCPCS code 9921 is too short: a spreadsheet may have dropped leading zeros (09921)",
            "C1",
            "3",
        ),
    ]


def test_what_is_superseded_is_written_and_counted(tmp_path: Path) -> None:
    path, table, run = (
        put(tmp_path, file_of(claim("C1"), claim("C1", "7"))),
        tmp_path / "s.csv",
        tmp_path / "r",
    )
    command = ["estimate", str(path), *WHERE, "--superseded", str(table), "--run", f"{run}.json"]
    assert main(command) == 0
    (row,) = pl.read_csv(table, infer_schema=False).rows(named=True)
    assert row == {
        "file": "claims.837",
        "row": "24",
        "claim_id": "C1",
        "claim_line_number": "1",
        "reason": "replaced",
        "by_claim": "C1",
        "by_file": "claims.837",
        "by_row": "26",
    }
    counts = json.loads(Path(f"{run}.json").read_text(encoding="utf-8"))["counts"]
    assert (counts["rows_in"], counts["lines"], counts["superseded"]) == (2, 1, 1)


def test_a_note_of_the_reading_stands_in_review(tmp_path: Path) -> None:
    lines = (LINE[0], LINE[1].replace("UN*1", "UN*2"), "DTP*472*RD8*20251007-20251008")
    results = estimate(put(tmp_path, written([one_claim(lines=lines)])), locality="national")
    assert results.lines["review"][0].startswith("dates of service span 2 days")


def test_the_columns_file_names_payers_by_their_ids(tmp_path: Path) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text('[values.payer]\n"01112" = "medicare"\n', encoding="utf-8")
    path, run = str(put(tmp_path, PLAIN)), tmp_path / "run.json"
    assert main(["estimate", path, *WHERE, "--unknown-payer", "refuse"]) == 2
    known = ["--unknown-payer", "refuse", "--columns", str(ours), "--run", str(run)]
    assert main(["estimate", path, *WHERE, *known]) == 0
    assert json.loads(run.read_text(encoding="utf-8"))["lines_of_other_payers"] == 0


@pytest.mark.parametrize("name", ["claims.837", "claims.csv"])
def test_the_taxonomy_is_the_specialty_only_where_asked(tmp_path: Path, name: str) -> None:
    table = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
        "place_of_service_code,rendering_taxonomy\nC1,1,M100,2025-10-07,99213,11,207R00000X\n"
    )
    path, lines = (
        str(put(tmp_path, PLAIN if name == "claims.837" else table, name)),
        tmp_path / "l.csv",
    )
    command = ["estimate", path, *WHERE, "--lines", str(lines), "--force"]
    assert main(command) == 0
    assert "rendering_specialty" not in pl.read_csv(lines).columns
    assert main([*command, "--specialty", "taxonomy"]) == 0
    assert pl.read_csv(lines)["rendering_specialty"].to_list() == ["207R00000X"]


@settings(max_examples=25)
@given(files)
def test_rows_in_are_lines_rejects_and_superseded(text: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        results = estimate(put(Path(made), text), locality="national", trail=False)
    counts = results.run["counts"]
    assert results.superseded is not None
    assert counts["rows_in"] == (
        results.lines.height + results.rejects.height + results.superseded.height
    )
    (file,) = results.run["x12"]
    assert counts["rows_in"] >= file["service_lines"]


# -- persons -----------------------------------------------------------------------------------

#: Wherever a person is named: each of these holds a canary in every element that may be one's.
PERSONAL = (
    f"NM1*82*1*{CANARIES[1]}*{CANARIES[0]}*{CANARIES[0]}***XX*1932041526",
    f"N3*{CANARIES[3]}*{CANARIES[0]}",
    f"N4*{CANARIES[4]}*IL*60601",
    f"PER*IC*{CANARIES[1]}*TE*{CANARIES[5]}",
    f"REF*SY*{CANARIES[5]}",
    f"SBR*S*18**{CANARIES[1]}",
    f"DMG*D8*{CANARIES[2]}*F",
    f"NM1*IL*1*{CANARIES[1]}*{CANARIES[0]}****MI*X9",
    f"N3*{CANARIES[3]}",
)


def everything_of(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run an estimate that writes all it can; give its status, and all that was told or written."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    path = put(folder, text)
    names = ("lines.csv", "adjustments.csv", "rejects.csv", "superseded.csv", "run.json")
    wanted = [word for name in names for word in (f"--{name.split('.')[0]}", str(out / name))]
    status = main(["estimate", str(path), *WHERE, *wanted, "--sheets", str(out / "s"), "--force"])
    shown = capsys.readouterr()
    files = [each.read_text(encoding="utf-8") for each in sorted(out.rglob("*")) if each.is_file()]
    return status, "\n".join([shown.out, shown.err, *files])


@pytest.mark.parametrize(
    "damage", ["", "CLM*C1*150.5***11", "HL*2*1", "SV1*HC:99213", "*20251007~\nSE"]
)
def test_no_person_is_in_any_output(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    billing = (*BILLING[:-1], f"REF*SY*{CANARIES[5]}", PERSONAL[3])
    text = written([one_claim(billing=billing, claim=(*CLAIM, *PERSONAL))])
    status, told = everything_of(
        tmp_path, text.replace(damage, damage + "X") if damage else text, capsys
    )
    assert status == (1 if damage else 0)
    for canary in CANARIES:
        assert canary not in told


@pytest.mark.skipif(not are_here(CLAIMS), reason="the public claims files are not here")
@pytest.mark.parametrize("name", CLAIMS_837P)
def test_each_public_file_ends_in_rows_rejects_or_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run.json"
    status = main(["estimate", str(CLAIMS / name), *WHERE, "--run", str(run)])
    shown = capsys.readouterr()
    if name in {"837p_short_isa.txt", "837p_no_isa.txt"}:
        assert status == 2
        assert "ISA" in shown.err
        return
    counts = json.loads(run.read_text(encoding="utf-8"))
    (file,) = counts["x12"]
    counts = counts["counts"]
    assert status == (1 if counts["rejects"] or file["failed_checks"] else 0)
    assert counts["rows_in"] == counts["lines"] + counts["rejects"] + counts["superseded"]
    assert counts["rows_in"] == file["service_lines"]


@pytest.mark.parametrize("lines", [(), ("LX*1", "SV1*HC:99213*x*UN*1***1", "DTP*472*D8*20251007")])
def test_a_file_without_a_line_that_is_right_says_that(tmp_path: Path, lines: tuple) -> None:
    """Of claims whose lines all are rejected it was said that they have no column of units."""
    results = estimate(put(tmp_path, written([one_claim(lines=lines)])), locality="national")
    assert results.rejects.height == 1
    told = [each for each in remarks(results.run) if each.startswith("claims.837")]
    assert told == ["claims.837: none of its lines could be read; the rejects say why."]
