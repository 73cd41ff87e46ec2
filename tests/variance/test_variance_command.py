"""`payrules variance`: claims and remittances in, work list, letters, workbook and sums out."""

import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main
from tests.real_files import CLAIMS as SAMPLES
from tests.real_files import CLAIMS_835, CLAIMS_837P
from tests.variance.written_cases import claims_of, remittance_of
from tests.x12.drawn_835 import drawn, file_of
from tests.x12.writer import CANARIES

CLAIM = (
    f"NM1*IL*1*{CANARIES[1]}*{CANARIES[0]}****MI*MEMBERX1~N3*{CANARIES[3]}~N4*{CANARIES[4]}*IL*62702~"
    f"DMG*D8*{CANARIES[2]}*F~REF*SY*{CANARIES[5]}~PER*IC*{CANARIES[1]}*TE*{CANARIES[5]}~"
    "CLM*A04*900.00***11:B:1*Y*A*Y*Y~HI*ABK:M5416~LX*1~SV1*HC:64483*900.00*UN*1***1~"
    "DTP*472*D8*20260302~REF*6R*A04L1~"
)
PAID = (
    "ST*835*0001~BPR*I*78.03*C*ACH************20260316~TRN*1*T04*1000000000~DTM*405*20260316~"
    "N1*PR*MADE UP MAC*XV*01112~N1*PE*MADE UP CLINIC*XX*1000000001~LX*1~"
    "CLP*A04*1*900.00*78.03*19.91*MB*ICN04*11*1~"
    f"NM1*QC*1*{CANARIES[1]}*{CANARIES[0]}****MI*MEMBERX1~NM1*IL*1*{CANARIES[1]}*{CANARIES[0]}~"
    f"NM1*74*1*{CANARIES[1]}*{CANARIES[0]}~PER*CX*{CANARIES[1]}*TE*{CANARIES[5]}~"
    f"REF*SY*{CANARIES[5]}~DMG*D8*{CANARIES[2]}~"
    "SVC*HC:64483*900.00*78.03**1~DTM*472*20260302~CAS*CO*45*800.47**253*1.59~CAS*PR*2*19.91~"
    "REF*6R*A04L1~AMT*B6*99.53~SE*16*0001~"
)
REVERSAL = (
    "CLP*A04*22*-900.00*-78.03*-19.91*MB*ICN04*11*1~SVC*HC:64483*-900.00*-78.03**-1~"
    "DTM*472*20260302~CAS*CO*45*-800.47**253*-1.59~CAS*PR*2*-19.91~REF*6R*A04L1~AMT*B6*-99.53~"
)
WHERE = ("--locality", "national")
CSV = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code,"
    "charge_amount,paid_amount,allowed_amount\n"
    "C1,1,P1,2026-03-02,64483,11,900,78.03,99.53\n"
    "C2,1,P2,2026-03-02,99213,11,180,74.63,95.19\n"
    "C3,1,P3,2026-03-02,99213,11,180,0,95.19\n"
    "C4,1,P4,2026-03-02,99213,11,180,,\n"
)


def put(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def files(folder: Path, claim: str = CLAIM, *paid: str) -> tuple[str, ...]:
    """Write claims and remittances, and give the arguments that name them."""
    given = [
        put(folder, f"paid{number}.835", remittance_of(each))
        for number, each in enumerate(paid or (PAID,))
    ]
    batch = put(folder, "claims.837", claims_of(claim))
    return batch, *(part for each in given for part in ("--remittance", each)), *WHERE


def lines_of(path: Path) -> list[dict[str, Any]]:
    return pl.read_parquet(path).rows(named=True)


def test_an_underpaid_line_is_work_with_its_cause_and_deadline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("lines", "worklist", "unmatched", "remittances", "checks", "rejects")
    out = {name: tmp_path / f"{name}.parquet" for name in names}
    options = [part for name, path in out.items() for part in (f"--{name}", str(path))]
    book, run, letters = tmp_path / "v.xlsx", tmp_path / "run.json", tmp_path / "letters"
    options += ["--output", str(book), "--run", str(run), "--appeals", str(letters)]
    assert main(["variance", *files(tmp_path), *options]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 1 claim matched" in said
    assert said.count("remainder 0.00") == 2
    (row,) = lines_of(out["worklist"])
    assert (row["variance_cause"], row["cause_confidence"]) == ("setting", "exact")
    assert (row["action"], str(row["appeal_by_date"])) == ("reopen", "2026-07-19")
    assert row["days_left"] == 125
    assert row["expected_because"].startswith("264.87 = (work 1.85")
    told = json.loads(run.read_text())
    assert told["variance"]["remainder"] == "0.00"
    assert not re.search(r"\bT04\b", run.read_text())  # the hour of a time reads T04, too
    sheets = openpyxl.load_workbook(book).sheetnames
    assert sheets == [
        *("Summary", "Work list", "Denials", "By cause", "By payer", "By code", "Lines"),
        *("Overpaid", "Unmatched", "Remittances", "Provider adjustments", "Superseded"),
        *("Remittance checks", "Rejects", "Checks", "About"),
    ]
    (letter,) = letters.iterdir()
    text = letter.read_text()
    assert "Amount due: 129.63" in text
    assert "M5416" not in text
    assert "trace number T04" in text


def test_letters_that_are_late_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = tmp_path / "letters"
    late = ("--as-of", "2026-07-20", "--appeals", str(letters))
    assert main(["variance", *files(tmp_path), *late]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "read each before it is sent. 1 letter is past the day to be sent by." in said


def test_what_cannot_be_appealed_has_no_letter(tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    # Of a cause that is no clerical error, which would be reopened.
    final = PAID.replace("SVC*HC:64483*900.00*78.03**1", "SVC*HC:64483*900.00*0**1")
    final = final.replace("CAS*CO*45*800.47**253*1.59~CAS*PR*2*19.91~", "CAS*CO*50*900.00~")
    final = final.replace("900.00*78.03*19.91*MB", "900.00*0**MB").replace("BPR*I*78.03", "BPR*I*0")
    final = final.replace("AMT*B6*99.53~", "LQ*HE*N211~")
    assert main(["variance", *files(tmp_path, CLAIM, final), "--appeals", str(letters)]) == 0
    assert not [*letters.iterdir()]


def test_the_work_list_prints_readably(tmp_path: Path) -> None:
    book = tmp_path / "v.xlsx"
    assert main(["variance", *files(tmp_path), "--output", str(book)]) == 0
    sheets = openpyxl.load_workbook(book)
    for name in ("Work list", "Lines", "Overpaid"):
        page = sheets[name]
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.print_title_rows
        assert "$O$" in page.print_area
        assert page.max_column > 15
    work = sheets["Work list"]
    printed = [cell.value for cell in work[1]][:15]
    assert printed[:2] == ["Claim", "Line"]
    assert {"Underpaid amount", "Action", "Appeal by date"} <= {*printed}


def test_codes_that_are_longer_than_their_column_wrap_in_print(tmp_path: Path) -> None:
    """Of four codes the last was cut at the edge of its column."""
    four = PAID.replace("CAS*CO*45", "CAS*CO*59*0**45")
    book = tmp_path / "v.xlsx"
    assert main(["variance", *files(tmp_path, CLAIM, four), "--output", str(book)]) in {0, 1}
    work = openpyxl.load_workbook(book)["Work list"]
    at = [cell.value for cell in work[1]].index("Payer codes")
    codes = work[2][at]
    assert len(codes.value) > 21
    assert codes.alignment.wrap_text
    assert work.row_dimensions[2].height > 20


def test_the_web_page_has_sums_and_no_claim(tmp_path: Path) -> None:
    page = tmp_path / "v.html"
    unequal = with_reversal().replace("-78.03", "-70.00")
    given = files(tmp_path, CLAIM, PAID, unequal)
    assert main(["variance", *given, "--html", str(page)]) == 1
    told = page.read_text()
    assert "reversal amount" in told
    assert not [each for each in (*CANARIES, "MEMBERX1", "A04", "ICN04", "T04") if each in told]
    page.unlink()
    assert main(["variance", *files(tmp_path), "--html", str(page)]) == 0
    told = page.read_text()
    assert "Every cent is accounted for" in told
    assert "129.63" in told
    assert "<script" not in told
    assert not [each for each in (*CANARIES, "MEMBERX1", "A04", "ICN04", "T04") if each in told]
    assert main(["variance", *files(tmp_path), "--html", str(page)]) == 2


@pytest.mark.parametrize("many", [0, 1, 2])
def test_the_first_page_says_how_many_checks_of_the_files_fail(many: int, tmp_path: Path) -> None:
    """It said that 170 of 170 checks hold: those of the workbook, and nothing of the files."""
    paid = PAID.replace("BPR*I*78.03", "BPR*I*79.03") if many > 1 else PAID
    given = files(tmp_path, CLAIM, paid)
    text = Path(given[2]).read_text(encoding="utf-8")
    put(tmp_path, "paid0.835", re.sub(r"SE\*\d+", "SE*9", text) if many else text)
    for command in (["variance", *given], ["remittance", given[2]]):
        book, page = (tmp_path / f"{command[0]}.{each}" for each in ("xlsx", "html"))
        out = ["--output", str(book), "--html", str(page)]
        assert main([*command, *out]) == bool(many)
        sheets = openpyxl.load_workbook(book, data_only=True)
        words = {1: "1 check of the remittance files fails: it stands"}
        start = words.get(many, f"{many} checks of the remittance files fail: they stand")
        cells = [cell for row in sheets["Summary"].iter_rows() for cell in row]
        said = [
            each for each in cells if f'{start} on the sheet "Remittance checks".' == each.value
        ]
        assert [each.fill.fgColor.rgb[-6:] for each in said] == ["D55E00"] * bool(many)
        assert any("checks hold" in str(each.value) for each in cells)
        text = page.read_text(encoding="utf-8")
        assert (f'<span class="off said">{start} below, under' in text) == bool(many)
        assert ("of the remittance files fail" in text) == bool(many)


def test_the_first_page_counts_failed_checks_of_claims_files_too(tmp_path: Path) -> None:
    batch, *given = files(tmp_path)
    claims = Path(batch).read_text(encoding="utf-8")
    put(tmp_path, "claims.837", re.sub(r"SE\*\d+", "SE*9", claims, count=1))
    book = tmp_path / "v.xlsx"
    assert main(["variance", batch, *given, "--output", str(book)]) == 1
    cells = [row[1] for row in openpyxl.load_workbook(book)["Summary"].values]
    said = "1 check of the claim and remittance files fails: it stands on the sheet"
    assert [each for each in cells if str(each).startswith(said)]


def test_no_output_names_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    names = ("lines", "worklist", "unmatched", "remittances", "checks", "rejects")
    options = [part for each in names for part in (f"--{each}", str(out / f"{each}.csv"))]
    options += ["--run", str(out / "run.json"), "--appeals", str(out / "letters"), "--minimal"]
    options += ["--html", str(out / "page.html"), "--output", str(out / "v.xlsx")]
    assert main(["variance", *files(tmp_path), *options]) == 0
    parts = zipfile.ZipFile(out / "v.xlsx")
    written = [parts.read(each).decode("utf-8", "replace") for each in parts.namelist()]
    written += [each.read_text() for each in out.rglob("*") if each.suffix not in {"", ".xlsx"}]
    said = "\n".join([*written, *capsys.readouterr()])
    assert not [each for each in (*CANARIES, "MEMBERX1", "M5416") if each in said]


@pytest.mark.parametrize(
    ("as_of", "days"), [((), 125), (("--as-of", "2026-07-20"), -1), (("--as-of", "2026-07-18"), 1)]
)
def test_days_are_counted_from_a_day_that_is_said(
    tmp_path: Path, as_of: tuple[str, ...], days: int
) -> None:
    lines = tmp_path / "lines.parquet"
    assert main(["variance", *files(tmp_path), "--lines", str(lines), *as_of]) == 0
    assert lines_of(lines)[0]["days_left"] == days


def test_several_remittances_behind_one_option_are_told_how_to_be_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell writes `--remittance *.835`: all but the first were taken as claims."""
    claims, option, paid, *where = files(tmp_path, CLAIM, PAID)
    assert main(["variance", claims, option, paid, paid, *where]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "behind a --remittance of its own" in said


@pytest.mark.parametrize(("least", "work"), [("129.63", 1), ("129.64", 0)])
def test_what_lies_below_is_left_out_and_counted_by_cause(
    tmp_path: Path, least: str, work: int, capsys: pytest.CaptureFixture[str]
) -> None:
    worklist, book = tmp_path / "work.parquet", tmp_path / "v.xlsx"
    options = ("--least", least, "--least-percent", "99", "--worklist", str(worklist))
    assert main(["variance", *files(tmp_path), *options, "--output", str(book)]) == 0
    assert len(lines_of(worklist)) == work
    assert ("below --least" in capsys.readouterr().out) is not bool(work)
    causes = openpyxl.load_workbook(book)["By cause"]
    assert causes["C2"].value == "Setting"


def test_the_batch_s_own_columns_are_compared(tmp_path: Path) -> None:
    lines = tmp_path / "lines.parquet"
    batch = put(tmp_path, "batch.csv", CSV)
    assert main(["variance", batch, *WHERE, "--lines", str(lines)]) == 0
    told = {row["claim_id"]: row for row in lines_of(lines)}
    assert told["C1"]["variance_status"] == "underpaid"
    assert told["C1"]["variance_cause"] == "setting"
    assert str(told["C1"]["underpaid_amount"]) == "129.63"
    assert told["C1"]["payer_allowed_source"] == "columns"
    # The deductible alone is no underpayment.
    assert [told[each]["variance_status"] for each in ("C2", "C3")] == ["paid_as_expected"] * 2
    assert told["C4"]["variance_status"] == "no_remittance"


def test_the_line_of_a_rejected_row_is_a_number(tmp_path: Path) -> None:
    """It stood there as text, with Excel's green corner."""
    batch = put(tmp_path, "batch.csv", CSV.replace("C1,1,P1,2026-03-02", "C1,1,P1,2026-13-02"))
    assert main(["variance", batch, *WHERE, "--output", str(tmp_path / "v.xlsx")]) == 1
    page = openpyxl.load_workbook(tmp_path / "v.xlsx")["Rejects"]
    (numbers,) = (each for each in page.iter_cols() if each[0].value == "Line")
    assert len(numbers) > 1
    assert all(isinstance(cell.value, int) for cell in numbers[1:])


def test_rejects_of_claims_and_of_payments_tell_file_place_and_value(tmp_path: Path) -> None:
    """A payer's line had neither its value nor its number, a claim's not even its file."""
    bad = PAID.replace("AMT*B6*99.53~", "AMT*B6*9x~")
    rejects = tmp_path / "rejects.parquet"
    given = [
        *files(tmp_path, CLAIM.replace("64483*900.00", "64483*9-00"), bad),
        "--rejects",
        str(rejects),
    ]
    assert main(["variance", *given]) == 1
    of_claims, of_payments = lines_of(rejects)
    where = ("file", "column", "value", "claim_line_number", "payer_line")
    assert [of_claims[name] for name in where] == ["claims.837", "2400 SV102", "9-00", "1", None]
    assert [of_payments[name] for name in where] == ["paid0.835", "2110 AMT02", "9x", None, 1]
    key = put(tmp_path, "key", "9f86d081884c7d659a2feaa0c55ad015")
    for private in (("--minimal",), ("--pseudonymize", key)):
        assert main(["variance", *given, "--force", *private]) == 1
        assert "value" not in pl.read_parquet(rejects).columns


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "There is nothing to compare with"),
        (("--least", "much"), "--least much is not a number"),
        (("--tolerance", "0.001"), "--tolerance 0.001 is not a number with at most 2 decimals"),
        (("--lines", "lines.xlsx"), "the lines must end in .csv or .parquet"),
    ],
)
def test_what_cannot_run_says_why(
    tmp_path: Path,
    options: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    batch = put(tmp_path, "claims.837", claims_of(CLAIM))
    assert main(["variance", batch, *WHERE, *options]) == 2
    assert says in capsys.readouterr().err


def test_another_practice_s_remittance_answers_no_claim(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unmatched = tmp_path / "unmatched.parquet"
    other = PAID.replace("CLP*A04", "CLP*ZZ9").replace("MEMBERX1", "M9")
    options = ("--unmatched", str(unmatched))
    assert main(["variance", *files(tmp_path, CLAIM, other), *options]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 payer claim, 78.03, answers no claim of this batch" in said
    assert said.count("remainder 0.00") == 2
    assert [row["what"] for row in lines_of(unmatched)] == ["no_claim", "no_remittance"]
    assert [row["days_since_service"] for row in lines_of(unmatched)] == [None, 14]


def with_reversal(*further: str) -> str:
    """Write a later remittance: a reversal, and what else."""
    body = PAID[: PAID.index("CLP*")].replace("20260316", "20260413").replace("T04", "T05")
    return body.replace("78.03", "0.00") + REVERSAL + "".join(further) + "SE*1*0001~"


def status_of(folder: Path, *paid: str) -> dict[str, Any]:
    folder.mkdir()
    lines = folder / "lines.parquet"
    main(["variance", *files(folder, CLAIM, *paid), "--lines", str(lines)])
    (row,) = lines_of(lines)
    return row


def test_reversals_net(tmp_path: Path) -> None:
    again = PAID[PAID.index("CLP*") : PAID.index("SE*")].replace("ICN04", "ICN05")
    plain = status_of(tmp_path / "a", PAID)
    back = status_of(tmp_path / "b", PAID, with_reversal())
    assert back["variance_status"] == "reversed"
    assert back["action"] == "follow_up"
    assert str(back["payer_paid_amount"]) == "0.00"
    repeated = status_of(tmp_path / "c", PAID, with_reversal(again))
    for name in ("variance_status", "variance_cause", "underpaid_amount", "payer_paid_amount"):
        assert repeated[name] == plain[name], name
    assert repeated["payments"] == 2
    alone = status_of(tmp_path / "d", with_reversal())
    assert alone["variance_status"] == "not_comparable"
    corrected_first = status_of(tmp_path / "e", with_reversal(again), PAID)
    assert corrected_first["underpaid_amount"] == plain["underpaid_amount"]


def test_a_reversal_that_is_no_negative_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = with_reversal().replace("-78.03", "-70.00")
    assert main(["variance", *files(tmp_path, CLAIM, PAID, other)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "check reversal_amount failed" in said
    assert said.count("remainder 0.00") == 2


def test_a_line_paid_in_two_parts_is_one_line(tmp_path: Path) -> None:
    whole = PAID[PAID.index("SVC*") : PAID.index("SE*")]
    one = "SVC*HC:64483*400.00*40.00**1~DTM*472*20260302~CAS*CO*45*350.00**253*.80~CAS*PR*2*9.20~"
    two = "SVC*HC:64483*500.00*38.03**1~DTM*472*20260302~CAS*CO*45*450.47**253*.79~CAS*PR*2*10.71~"
    parts = f"{one}REF*6R*A04L1~AMT*B6*50.00~{two}REF*6R*A04L1~AMT*B6*49.53~"
    plain = status_of(tmp_path / "a", PAID)
    split = status_of(tmp_path / "b", PAID.replace(whole, parts))
    assert split["match_method"] == "split"
    for name in ("variance_status", "variance_cause", "allowed_variance_amount"):
        assert split[name] == plain[name], name


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_paid_every_cent_is_accounted_for(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    sets, claims = drawn(chance, payments=4, odd=bool(seed % 2))
    numbers = [each.claim_id for each in claims][:3] or ["A04"]
    fragments = [CLAIM.replace("A04", number).replace("X1", f"X{number}") for number in numbers]
    batch = put(tmp_path, "claims.837", claims_of(*fragments))
    (tmp_path / "paid.835").write_bytes(file_of(sets))
    book = str(tmp_path / "v.xlsx")
    given = ["variance", batch, "--remittance", str(tmp_path / "paid.835"), *WHERE]
    assert main([*given, "--output", book]) in {0, 1}
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("remainder 0.00") == 2


def test_what_answers_a_replaced_claim_stays_with_it(tmp_path: Path) -> None:
    subscriber, rest = CLAIM.split("CLM*")
    first = f"CLM*{rest}"
    again = first.replace(":1*", ":7*").replace("900.00", "950.00").replace("A04L1", "A04L1B")
    batch = put(tmp_path, "claims.837", claims_of(subscriber + first + again))
    new = PAID[PAID.index("CLP*") : PAID.index("SE*")].replace("900.00", "950.00")
    new = new.replace("800.47", "850.47").replace("A04L1", "A04L1B").replace("ICN04", "ICN05")
    paid = [
        put(tmp_path, f"paid{number}.835", remittance_of(each))
        for number, each in enumerate((PAID, with_reversal(new)))
    ]
    lines = tmp_path / "lines.parquet"
    given = [part for each in paid for part in ("--remittance", each)]
    assert main(["variance", batch, *given, *WHERE, "--lines", str(lines)]) == 0
    told = {row["variance_status"]: row for row in lines_of(lines)}
    assert set(told) == {"underpaid", "superseded"}
    assert told["underpaid"]["claim_match"] == "replacement"
    assert str(told["underpaid"]["charge_amount"]) == "950.00"
    assert told["underpaid"]["variance_cause"] == "setting"
    assert str(told["superseded"]["payer_paid_amount"]) == "0.00"
    assert told["superseded"]["expected_allowed_amount"] is None


def test_a_payer_file_says_how_long_its_decisions_can_be_appealed(tmp_path: Path) -> None:
    acme = 'name = "acme"\ncontract = "Agreement of 2026"\npercent_of_medicare = 110\n'
    lines = tmp_path / "lines.parquet"
    payer = put(tmp_path, "acme.toml", f"{acme}[remittance]\nappeal_days = 90\n")
    given = ["variance", *files(tmp_path), "--payer", payer, "--lines", str(lines), "--force"]
    assert main(given) == 0
    assert str(lines_of(lines)[0]["appeal_by_date"]) == "2026-06-14"
    put(tmp_path, "acme.toml", acme)
    assert main(given) == 0
    assert lines_of(lines)[0]["appeal_by_date"] is None
    put(tmp_path, "acme.toml", f"{acme}[remittance]\nappeal_days = 0\n")
    assert main(given) == 2


SAMPLES_837P = [SAMPLES / name for name in CLAIMS_837P if (SAMPLES / name).is_file()]


def test_the_public_samples_are_compared_with_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Claims and remittances of many senders, all at once: every cent is accounted for."""
    if not SAMPLES_837P:
        pytest.skip("the public samples are not beside this checkout")
    paid = [SAMPLES / name for name in CLAIMS_835]
    paid = [path for path in paid if path.read_bytes().startswith(b"ISA")]
    given = [part for path in paid for part in ("--remittance", str(path))]
    readable = [
        str(path)
        for path in SAMPLES_837P
        if path.name not in {"837p_no_isa.txt", "837p_short_isa.txt", "837p_many_claims.txt"}
    ]
    book = ("--output", str(tmp_path / "v.xlsx"))
    assert main(["variance", *readable, *given, *WHERE, *book]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("remainder 0.00") == 2


SECOND = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code,"
    "charge_amount,primary_paid_amount,primary_allowed_amount\n"
    "A04,1,P1,2026-03-02,99214,11,250,90,120\n"
)


@pytest.mark.parametrize(
    ("paid", "status", "due"),
    [("44.70", "paid_as_expected", "0.00"), ("10.00", "underpaid", "34.70")],
)
def test_a_second_payer_is_compared_on_what_it_paid(
    tmp_path: Path, paid: str, status: str, due: str
) -> None:
    prior = f"{250 - float(paid):.2f}"
    text = PAID[: PAID.index("CLP*")].replace("78.03", paid)
    text += f"CLP*A04*2*250.00*{paid}**MB*ICN4*11*1~SVC*HC:99214*250.00*{paid}**1~"
    text += f"DTM*472*20260302~CAS*OA*23*{prior}~SE*1*0001~"
    batch, lines = put(tmp_path, "batch.csv", SECOND), tmp_path / "lines.parquet"
    given = ("--remittance", put(tmp_path, "paid.835", remittance_of(text)))
    assert main(["variance", batch, *given, *WHERE, "--lines", str(lines)]) == 0
    (row,) = lines_of(lines)
    assert (row["variance_status"], str(row["underpaid_amount"])) == (status, due)
    assert row["allowed_variance_amount"] is None


def test_interest_is_in_no_variance_and_listed_once_by_claim(tmp_path: Path) -> None:
    paid = PAID.replace("SVC*", "AMT*I*2.50~SVC*").replace("I*78.03", "I*80.53")
    paid = paid.replace("SE*16", "PLB*1000000001*20261231*L6:ICN04*-2.50~SE*16")
    plain = status_of(tmp_path / "a", PAID)
    row = status_of(tmp_path / "b", paid)
    assert str(row["interest_amount"]) == "2.50"
    for name in ("underpaid_amount", "payer_paid_amount", "variance_cause"):
        assert row[name] == plain[name], name


def test_pseudonyms_hide_claims_and_join(tmp_path: Path) -> None:
    key = put(tmp_path, "key", "9f86d081884c7d659a2feaa0c55ad015")
    out = tmp_path / "out"
    out.mkdir()
    names = ("lines", "worklist", "unmatched", "checks", "rejects")
    options = [part for each in names for part in (f"--{each}", str(out / f"{each}.csv"))]
    given = ["variance", *files(tmp_path), "--pseudonymize", key]
    assert main([*given, *options]) == 0
    said = "".join(each.read_text() for each in out.iterdir())
    assert not [each for each in ("A04", "ICN04", "MEMBERX1") if each in said]
    lines, work = (pl.read_csv(out / f"{each}.csv")["claim_id"] for each in ("lines", "worklist"))
    assert lines.to_list() == work.to_list()
    assert main([*given, "--appeals", str(tmp_path / "letters")]) == 2


@pytest.mark.parametrize("command", ["variance", "remittance"])
def test_sums_of_sheets_count_a_payment_once(tmp_path: Path, command: str) -> None:
    """The sheets of what was paid added a payment that was handed in twice twice."""
    batch, _, paid, _, again, *where = files(tmp_path, CLAIM, PAID, PAID)
    book = tmp_path / "sums.xlsx"
    given = [batch, "--remittance", paid, "--remittance", again, *where]
    if command == "remittance":
        given = [paid, again]
    assert main([command, *given, "--output", str(book)]) == 0
    sheet = openpyxl.load_workbook(book, data_only=True)["Remittances"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "Sums leave out what was handed in before" in rows[0][0]
    place = rows[2].index("Payment amount")
    assert [row[place] for row in rows[3:]] == [78.03, 78.03, 78.03]  # two rows and their sum
    written = openpyxl.load_workbook(book)["Remittances"].cell(6, place + 1).value
    assert (
        written
        == '=SUMIFS(paid_remittances[Payment amount],paid_remittances[Status],"<>Duplicate")'
    )


def test_what_is_due_on_a_claim_is_not_added_up_over_its_lines(tmp_path: Path) -> None:
    """Each line of a claim shows what is due on the claim; the sum counted it once a line."""
    book = tmp_path / "due.xlsx"
    batch = put(
        tmp_path,
        "two.csv",
        CSV.replace(
            "C2,1,P2,2026-03-02,99213,11,180,74.63,95.19",
            "C1,2,P1,2026-03-02,99213,11,180,40.00,50.00",
        ),
    )
    assert main(["variance", batch, *WHERE, "--output", str(book)]) == 0
    sheet = openpyxl.load_workbook(book, data_only=True)["Work list"]
    headings, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    due, of_claim = headings.index("Underpaid amount"), headings.index("Claim underpaid amount")
    *lines, total = rows
    assert len({row[of_claim] for row in lines if row[0] == "C1"}) == 1
    assert total[due] == pytest.approx(sum(row[due] for row in lines))
    assert total[of_claim] is None
