"""A practice's export on the command line: what is read is told, and asked where it is unsure."""

import json
import tomllib

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main
from payrules.claims.guess import guess_columns

EXPORT = """Claim No,Line,MRN,DOS,CPT,Mod1,POS,Units,Charges,Insurance,Note
A1,1,M1,2025-10-02,64483,50,22,1,900.00,BCBS PPO,x
A1,2,M1,2025-10-02,64493,,22,1,800.00,Workers Comp,y
"""
#: Headings that nobody knows, and values that tell.
ODD = """Ref,No.,Who,When,Service,Where,Amount,By,Remark
7001,1,M1,13.10.2025,64483-50,22,900.00,1234567893,x
7001,2,M1,14.10.2025,64493,22,800.00,1234567893,y
"""


@pytest.fixture(autouse=True)
def _only_the_starter(monkeypatch, tmp_path):
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")


@pytest.fixture
def run(capsys):
    def ended(*arguments):
        status = main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return ended


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text(ODD, encoding="utf-8")
    return path


def test_an_export_is_priced_as_it_came_and_told(run, export, tmp_path):
    record = tmp_path / "run.json"
    status, out, _ = run("estimate", export, "--locality", "national", "--run", record)
    assert status == 0
    said = " ".join(out.split())
    assert "read 'Claim No' as claim_id, 'Line' as claim_line_number, 'MRN' as person_id" in said
    assert (
        "2 payers named in the batch are unknown and priced as medicare (2 lines): BCBS PPO,"
        " Workers Comp."
    ) in said
    told = json.loads(record.read_text(encoding="utf-8"))
    assert told["totals"]["allowed_amount"] == "205.73"
    assert told["payers_not_given"] == ["BCBS PPO", "Workers Comp"]
    (reading,) = told["readings"]
    assert (reading["file"], reading["heading_row"], reading["rows"]) == ("export.csv", 1, 2)


def test_unknown_payers_can_be_refused(run, export):
    status, out, err = run(
        "estimate", export, "--locality", "national", "--unknown-payer", "refuse"
    )
    assert (status, out) == (2, "")
    assert "payers that were not given: BCBS PPO, Workers Comp. Give each with" in err


def test_a_dry_run_reads_and_prices_nothing(run, export):
    status, out, _ = run("estimate", export, "--locality", "national", "--dry-run")
    assert status == 0
    assert "export.csv: text, UTF-8, parted by commas; headings in row 1; 2 rows" in out
    assert "Note" in out
    assert "carried" in out
    assert "Not there: " in out
    assert out.rstrip().endswith("Nothing was priced.")
    assert "allowed" not in out.replace("allowed_amount", "")


def test_a_dry_run_says_why_rows_are_rejected(run, export):
    status, out, _ = run("estimate", export, "--dry-run")
    assert status == 1
    assert "no locality: give --locality or a column locality" in " ".join(out.split())


def test_columns_writes_a_columns_file_that_reads_the_export(run, export, tmp_path):
    status, out, _ = run("columns", export)
    assert status == 0
    said = tomllib.loads(out)
    assert said["columns"]["claim_id"] == "Claim No"
    assert said["carry"] == ["Note"]
    ours = tmp_path / "ours.toml"
    ours.write_text(out, encoding="utf-8")
    plain = run("estimate", export, "--locality", "national", "--dry-run")
    told = run("estimate", export, "--locality", "national", "--dry-run", "--columns", ours)
    assert told[0] == 0
    assert told[1].count("by the columns file") == 10
    assert plain[1].splitlines()[-2:] == told[1].splitlines()[-2:]


def test_columns_guesses_from_values_and_says_what_is_missing(run, odd, tmp_path):
    status, out, _ = run("columns", odd)
    assert status == 0
    said = tomllib.loads(out)
    assert said["columns"] == {
        "claim_line_start_date": "When",
        "rendering_npi": "By",
        "place_of_service_code": "Where",
        "charge_amount": "Amount",
    } | {ours: theirs for ours, theirs in said["columns"].items() if theirs == "No."}
    assert said["joined"] == {"Service": "{hcpcs_code}-{hcpcs_modifiers}"}
    assert said["file"]["date_format"] == "DD.MM.YYYY"
    for ours in ("claim_id", "person_id"):
        assert f'# {ours} = ""' in out
    ours = tmp_path / "ours.toml"
    ours.write_text(
        out.replace('# claim_id = ""', 'claim_id = "Ref"')
        .replace('# person_id = ""', 'person_id = "Who"')
        .replace('# claim_line_number = ""', 'claim_line_number = "No."  #'),
        encoding="utf-8",
    )
    status, out, _ = run("estimate", odd, "--columns", ours, "--locality", "national")
    assert status == 0
    assert "249.88" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ((",64483,", ",64493,"), (",64483-50,", ",64493-RT,"), ("joined", "CPT")),
        (("900.00", "800.00"), ('"1.900,00"', '"800,00"'), ("file", "decimal")),
    ],
)
def test_columns_sees_how_values_under_known_headings_are_written(
    run, export, tmp_path, old, new, said
):
    text = EXPORT.replace(",50,22", ",,22")
    for before, after in zip(old, new, strict=True):
        text = text.replace(before, after)
    export.write_text(text, encoding="utf-8")
    written = run("columns", export)[1]
    assert said[1] in tomllib.loads(written)[said[0]]
    ours = tmp_path / "ours.toml"
    ours.write_text(written, encoding="utf-8")
    assert run("estimate", export, "--columns", ours, "--locality", "national")[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        (
            ",64483,",
            ",64483-50,",
            "modifiers stand behind it, say so in a columns file, [joined]",
        ),
        ("900.00", '"900,00"', 'a columns file, [file] decimal = ","'),
        ("22,1,900", "Office,1,900", "[values.place_of_service_code]"),
    ],
)
def test_a_value_that_a_columns_file_would_read_is_rejected_with_what_to_write(
    run, export, old, new, hint
):
    export.write_text(EXPORT.replace(old, new), encoding="utf-8")
    status, out, _ = run("estimate", export, "--locality", "national")
    assert status == 1
    assert hint in " ".join(out.split())


def test_places_in_words_are_pointed_at(run, export):
    export.write_text(EXPORT.replace(",22,", ",Office,"), encoding="utf-8")
    assert '# Under "POS" stand no codes of places' in run("columns", export)[1]


def test_the_command_to_copy_has_the_file_as_one_argument(run, export, monkeypatch):
    named = export.with_name("my export.csv")
    named.write_text(EXPORT, encoding="utf-8")
    assert 'payrules estimate "my export.csv" --columns' in run("columns", named)[1]


def test_a_column_that_a_constant_stands_for_is_told(run, export, tmp_path):
    ours = tmp_path / "ours.toml"
    ours.write_text('[constants]\nplace_of_service_code = "11"\n', encoding="utf-8")
    out = run("estimate", export, "--columns", ours, "--locality", "national")[1]
    said = "'POS' is not read: the columns file gives place_of_service_code to all rows."
    assert said in " ".join(out.split())
    ours.write_text('carry = ["POS"]\n' + ours.read_text(encoding="utf-8"), encoding="utf-8")
    out = run("estimate", export, "--columns", ours, "--locality", "national")[1]
    assert said not in " ".join(out.split())


def test_the_error_of_a_batch_that_cannot_be_read_ends_with_its_columns_file(run, export, odd):
    export.write_text(EXPORT.replace("MRN", "Patient"), encoding="utf-8")
    status, out, err = run("estimate", export, "--locality", "national")
    assert (status, out) == (2, "")
    said, _, kept = err.partition("\n\n")
    assert said.startswith("payrules: export.csv has no column 'person_id'; it has Claim No, Line,")
    assert tomllib.loads(kept)["columns"]["hcpcs_code"] == "CPT"
    # Where no heading is known they may be no headings, but persons: none is shown again.
    odd.write_text("Zyxwilda Quovadisson,Findable\n1,2\n", encoding="utf-8")
    _, _, err = run("estimate", odd, "--locality", "national")
    assert len(err.splitlines()) == 1
    assert "Zyxwilda" not in err


def test_a_heading_that_may_be_a_column_is_asked_about_in_the_columns_file_too(run, export):
    export.write_text(EXPORT.replace("Charges", "Total").replace("00.00", "xx"), encoding="utf-8")
    status, out, _ = run("columns", export)
    assert status == 0
    assert '# "Total" may be this; if not, put it into carry:\n# charge_amount = "Total"' in out
    assert "Total" not in tomllib.loads(out)["carry"]


def test_a_worksheet_is_named(run, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Front page"])
    sheet = book.create_sheet("Lines")
    for row in EXPORT.splitlines():
        sheet.append(row.split(","))
    book.save(tmp_path / "book.xlsx")
    book = tmp_path / "book.xlsx"
    status, out, _ = run("estimate", book, "--sheet", "Lines", "--locality", "national")
    assert status == 0
    assert "205.73" in out
    status, _, err = run("estimate", book, "--locality", "national")
    assert status == 2
    assert "Only worksheet 'Sheet' was looked at; there is also data on number 2, which" in err
    assert (
        "# book.xlsx: only worksheet 'Sheet' was read; there is also data on number 2."
        in (run("columns", book)[1])
    )
    status, out, _ = run("columns", book, "--sheet", "Lines")
    assert tomllib.loads(out)["file"]["sheet"] == "Lines"


def test_other_commands_read_the_columns_file(run, odd, tmp_path):
    ours = tmp_path / "ours.toml"
    ours.write_text(
        '[columns]\nclaim_id = "Ref"\nclaim_line_number = "auto"\nperson_id = "Who"\n'
        'claim_line_start_date = "When"\nplace_of_service_code = "Where"\n'
        'charge_amount = "Amount"\n[joined]\n"Service" = "{hcpcs_code}-{hcpcs_modifiers}"\n'
        '[file]\ndate_format = "DD.MM.YYYY"\n[constants]\nlocality = "national"\n',
        encoding="utf-8",
    )
    status, out, _ = run("explain", odd, "--columns", ours, "--claim", "7001", "--line", 2)
    assert status == 0
    assert "64493" in out
    status, out, _ = run("canary", odd, "--columns", ours, "--record", tmp_path / "canary.csv")
    assert status == 0, out
    status, out, _ = run("canary", tmp_path / "canary.csv", "--columns", ours)
    assert status == 0, out
    releases = ["starter-2025", "starter-2026"]
    status, out, _ = run("schedules", "diff", *releases, "--batch", odd, "--columns", ours)
    assert status == 0, out
    scenario = tmp_path / "try.toml"
    scenario.write_text(
        'title = "T"\ncites = "C"\n[[claims]]\nwhere = { Where = "22", When = "2025-10-13" }\n'
        'set = { place_of_service_code = "11" }\n',
        encoding="utf-8",
    )
    asked = ["whatif", odd, "--columns", ours, "--scenario", scenario]
    status, out, err = run(*asked, "--dry-run")
    assert status == 0, err
    twice = 'where = { Where = "22", place_of_service_code = "22" }\n'
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace(text.splitlines()[3] + "\n", twice), encoding="utf-8")
    status, _, err = run(*asked, "--dry-run")
    assert status == 2
    assert "for which there is already a condition" in err


@pytest.mark.parametrize(
    ("cells", "ours"),
    [
        (["99213", "G0105", "0213T"], "hcpcs_code"),
        (["11", "22", "02"], "place_of_service_code"),
        (["RT", "59", "25"], "hcpcs_modifiers"),
        (["1234567893", "1245319599"], "rendering_npi"),
        (["2025-01-05", "2025-12-31"], "claim_line_start_date"),
        (["$1,200.00", "5.50"], "charge_amount"),
        (["M54.50", "E11.9"], "diagnosis_code_1"),
        (["Smith", "Jones"], None),
        ([], None),
    ],
)
def test_what_values_are_guessed_to_be(cells, ours):
    guesses, _ = guess_columns(pl.DataFrame({"X": pl.Series(cells, dtype=pl.String)}))
    assert [each.ours for each in guesses] == ([ours] if ours else [])
    assert not any(each.sure for each in guesses)


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["25/03/2026", "03/04/2026", "3/4/2026"], "DD/MM/YYYY"),
        (["25-03-26", "03-04-26"], "DD-MM-YY"),
        (["25.03.2026", "03.04.2026 08:15"], "DD.MM.YYYY"),
        # The reader reads these without being told.
        *((each, None) for each in (["2026-01-05"], ["1/5/26"], ["01-05-2026"], ["20260105"])),
        *((each, None) for each in (["05-Jan-2026"], ["Jan 5, 2026"], ["2026/01/05", "2026/1/5"])),
        (["12/31/2026", "3/4/2026 08:15"], None),
        (["03/04/2026"], None),
    ],
)
def test_a_form_of_dates_is_proposed_only_where_it_has_to_be_told(cells, form):
    frame = pl.DataFrame({"X": pl.Series(cells, dtype=pl.String)})
    guesses, proposed = guess_columns(frame)
    assert [each.ours for each in guesses] == ["claim_line_start_date"]
    assert proposed == form


@pytest.mark.parametrize("cells", [["45678", "60640"], ["10120115", "99991231"], ["21/03"]])
def test_numbers_are_no_dates(cells):
    guesses, _ = guess_columns(pl.DataFrame({"X": pl.Series(cells, dtype=pl.String)}))
    assert "claim_line_start_date" not in [each.ours for each in guesses]


def test_the_reading_report_stands_on_the_about_sheet(run, export, tmp_path):
    ours = tmp_path / "ours.toml"
    ours.write_text('[columns]\nclaim_id = ["Claim No", "MRN"]\nperson_id = "Insurance"\n')
    book = tmp_path / "book.xlsx"
    asked = ["estimate", export, "--locality", "national", "--columns", ours]
    status, _, err = run(*asked, "--output", book)
    assert status == 0, err
    cells = {
        str(cell.value): str(cell.offset(0, 1).value)
        for row in openpyxl.load_workbook(book)["About"].iter_rows()
        for cell in row
        if cell.value
    }
    assert cells["Columns"] == "person_id is 'Insurance'; claim_id is 'Claim No' and 'MRN'"
    assert cells["Read as"].startswith(
        "export.csv: text, UTF-8, parted by commas; headings in row 1; 2 rows. Read: 'Claim No' as"
        " claim_id, 'Line' as claim_line_number, 'MRN' as claim_id, 'DOS' as claim_line_start_date"
    )
    assert "Carried along: Note. Not there: " in cells["Read as"]
