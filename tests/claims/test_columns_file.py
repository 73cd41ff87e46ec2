"""The columns file: headings, forms of files, constants, values, and what of it is refused."""

import openpyxl
import polars as pl
import pytest

from payrules.claims import ColumnsFile, columns_file, read_batch, read_columns_file
from payrules.claims.pieces import PiecedBatch
from payrules.errors import ClaimsError
from payrules.files.tables import hashed
from payrules.files.worksheet_words import first_sheet_read
from tests.claims.batches import LOCALITIES, frame_of

CSV = """Practice of the Lakes
March 2025

Clinic|Visit|Pt|When|Procedure|Charge|Where|Insurer
1|7|P1|04.03.2025|64483-50 59|1.200,50|Office|BCBS PPO
1|7|P1|04.03.2025|64484|12.50|office |Other
2|7|P2|05.03.2025|99213|90|22|
Total|||||1.302,50||
"""
MAP = """
[columns]
claim_id = ["Clinic", "Visit"]
claim_line_number = "auto"
person_id = "Pt"
claim_line_start_date = "When"
place_of_service_code = "Where"
payer = "Insurer"

[joined]
"Procedure" = "{hcpcs_code}-{hcpcs_modifiers}"

[file]
date_format = "DD.MM.YYYY"
decimal = ","
delimiter = "|"
skip_rows = [8]

[constants]
locality = "01112-05"
rendering_npi = 1234567893

[values.place_of_service_code]
"Office" = "11"

[values.payer]
"bcbs ppo" = "acme"
"Other" = ""
"""


def read(tmp_path, text, said, name="export.csv", encoding="utf-8"):
    (tmp_path / name).write_bytes(text.encode(encoding))
    (tmp_path / "ours.toml").write_text(said, encoding="utf-8")
    return read_batch(
        tmp_path / name, columns=read_columns_file(tmp_path / "ours.toml"), localities=LOCALITIES
    )


def test_a_practices_file_is_read_as_its_columns_file_says(tmp_path):
    batch = read(tmp_path, CSV, MAP)
    lines = batch.lines.select(
        "claim_id", "claim_line_number", "service_date", "hcpcs_code", "hcpcs_modifier_1",
        "hcpcs_modifier_2", "charge_amount", "place_of_service_code", "payer", "rendering_npi",
    ).cast({"service_date": pl.String})  # fmt: skip
    assert lines.rows() == [
        ("1-7", 1, "2025-03-04", "64483", "50", "59", 120050, "11", "acme", "1234567893"),
        ("2-7", 1, "2025-03-05", "99213", None, None, 9000, "22", None, "1234567893"),
    ]
    (reject,) = batch.rejects.to_dicts()
    # 12.50 is no amount of a file that writes 12,50.
    assert (reject["column"], reject["value"]) == ("charge_amount", "12.50")
    assert reject["Where"] == "office "
    assert batch.rows_in == 3
    (reading,) = batch.readings
    assert (reading.heading_row, reading.rows) == (4, 3)
    assert reading.notes == (
        "rows 1 to 3 stand above the headings, which are in row 4; not read.",
        "not read, as the columns file says: row 8.",
    )
    read_as = {each.heading: each.read_as for each in reading.columns if each.heading}
    assert read_as["Clinic"] == "claim_id"
    assert read_as["Procedure"] == "hcpcs_code, hcpcs_modifiers"
    made = {each.read_as: each.how for each in reading.columns if each.heading is None}
    assert set(made) == {"locality", "rendering_npi", "claim_line_number"}


@pytest.mark.parametrize(
    ("date_format", "written"),
    [
        ("DD/MM/YYYY", "04/03/2025"),
        ("MM-DD-YY", "03-04-25"),
        ("DD-MMM-YYYY", "04-Mar-2025"),
        ("YYYYMMDD", "20250304"),
        ("%d.%m.%Y", "04.03.2025"),
    ],
)
def test_dates_are_read_in_the_form_told_and_in_no_other(date_format, written):
    frame = frame_of({"claim_line_start_date": written}, {"claim_line_start_date": "2025-03-04"})
    said = {"file": {"date_format": date_format}}
    batch = read_batch(frame, columns=said, localities=LOCALITIES)
    assert batch.lines["service_date"].cast(pl.String).to_list() == ["2025-03-04"]
    (reject,) = batch.rejects.to_dicts()
    assert reject["value"] == "2025-03-04"
    assert "is not a date as" in reject["reason"]


def test_an_encoding_that_is_told(tmp_path):
    text = "Visit;Pt;Line;DOS;CPT;POS;Ort\nä;P;1;2025-03-04;99213;11;Köln\n"
    said = '[file]\nencoding = "cp850"\n[columns]\nperson_id = "Pt"\n'
    said += '[constants]\nlocality = "national"\n'
    batch = read(tmp_path, text, said, encoding="cp850")
    assert batch.lines["claim_id"].to_list() == ["ä"]
    assert batch.carried["Ort"].to_list() == ["Köln"]
    with pytest.raises(ClaimsError, match="is not written in utf-8; check encoding"):
        read(tmp_path, text, said.replace("cp850", "utf-8"), encoding="cp850")


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["nothing to read"])
    for title, claim in (("March", "C1"), ("April", "C2")):
        sheet = book.create_sheet(title)
        sheet.append(["Lines of", title])
        sheet.append(list(frame_of({}).columns))
        sheet.append([*frame_of({"claim_id": claim}).row(0)])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("sheet", ["April", "april", 3, "3"])
def test_a_worksheet_that_is_named_or_numbered(workbook, sheet):
    batch = read_batch(workbook, columns={"file": {"sheet": sheet}}, localities=LOCALITIES)
    assert batch.lines["claim_id"].to_list() == ["C2"]
    (reading,) = batch.readings
    assert (reading.sheet, reading.heading_row) == ("April", 2)
    assert batch.files[0].further_sheets == (1, 2)
    assert first_sheet_read("b.xlsx", (1, 2), "April").startswith(
        "b.xlsx: only worksheet 'April' w"
    )


def test_all_worksheets(workbook, tmp_path):
    book = openpyxl.load_workbook(workbook)
    del book["Notes"]
    book.save(tmp_path / "two.xlsx")
    said = {
        "file": {"sheet": "all"},
        "where": [{"files": "two.xlsx", "constants": {"payer": "acme"}}],
    }
    batch = read_batch(tmp_path / "two.xlsx", columns=said, localities=LOCALITIES)
    assert batch.lines["payer"].to_list() == ["acme", "acme"]
    assert batch.lines["claim_id"].to_list() == ["C1", "C2"]
    assert [each.file for each in batch.readings] == ["two.xlsx [March]", "two.xlsx [April]"]


def test_a_worksheet_that_is_not_there(workbook):
    with pytest.raises(ClaimsError, match="has no worksheet 'May'; it has 'Notes', 'March', 'Ap"):
        read_batch(workbook, columns={"file": {"sheet": "May"}}, localities=LOCALITIES)


def test_where_says_it_of_some_files_only(tmp_path):
    frame_of({}).rename({"claim_id": "Ticket"}).write_csv(tmp_path / "march.csv")
    frame_of({"claim_id": "C2"}).write_csv(tmp_path / "april.csv")
    said = {
        "constants": {"payer": "acme"},
        "where": [
            {"files": "mar*.csv", "columns": {"claim_id": "Ticket"}, "constants": {"payer": "b"}},
            {"files": "may*.csv", "constants": {"payer": "c"}},
        ],
    }
    files = [tmp_path / "march.csv", tmp_path / "april.csv"]
    batch = read_batch(files, columns=said, localities=LOCALITIES)
    assert batch.lines["claim_id"].to_list() == ["C1", "C2"]
    assert batch.lines["payer"].to_list() == ["b", "acme"]
    assert batch.readings[0].notes == (
        "[[where]] for files = 'may*.csv' of the columns file is for none of the files given.",
    )
    both = {"where": [{"files": "m*"}, {"files": "*.csv"}]}
    with pytest.raises(ClaimsError, match=r"Two \[\[where\]\] .* fit march.csv"):
        read_batch(files, columns=both, localities=LOCALITIES)


def test_numbered_lines_of_a_claim_that_is_in_two_files_are_repeats(tmp_path):
    """Numbers made in each file anew say nothing of two files that hold the same lines."""
    frame = frame_of({}, {"claim_id": "C1"}).drop("claim_line_number")
    for name in ("a.csv", "b.csv"):
        frame.write_csv(tmp_path / name)
    batch = read_batch(
        [tmp_path / "a.csv", tmp_path / "b.csv"],
        columns={"claim_line_number": "auto"},
        localities=LOCALITIES,
    )
    assert batch.lines["claim_line_number"].to_list() == [1, 2]
    assert batch.rejects.height == 2


def test_in_pieces_the_same_lines_are_read_and_numbered(tmp_path):
    """A claim's lines are numbered through the whole file, and skipped rows are counted by none."""
    rows = "".join(f"1|{row // 3}|P|04.03.2025|99213-25|Office\n" for row in range(10))
    path = tmp_path / "export.csv"
    path.write_text(f"Report\n\nClinic|Visit|Pt|When|Proc|Where\n{rows}Total|||||\n")
    said = {
        "columns": {
            "claim_id": ["Clinic", "Visit"],
            "claim_line_number": "auto",
            "person_id": "Pt",
            "claim_line_start_date": "When",
            "place_of_service_code": "Where",
        },
        "joined": {"Proc": "{hcpcs_code}-{hcpcs_modifiers}"},
        "file": {"date_format": "DD.MM.YYYY", "delimiter": "|", "skip_rows": [5, 8]},
        "values": {"place_of_service_code": {"office": "11"}},
        "constants": {"locality": "national"},
    }
    terms = {"columns": said, "localities": ["national"]}
    whole = read_batch(path, **terms)
    (tmp_path / "pieces").mkdir()
    batch = PiecedBatch([hashed(path, ClaimsError)], tmp_path / "pieces", **terms)
    parts = [batch.check(piece) for piece in batch.pieces(4)]
    for name in ("claim_id", "claim_line_number", "hcpcs_code", "place_of_service_code"):
        found = [cell for part in parts for cell in part.lines[name].to_list()]
        assert found == whole.lines[name].to_list()
    assert whole.lines.height == 8
    assert [part.rejects.height for part in parts] == [0, 0, 1]
    assert not [note for note in batch.files[0].reading.notes if "no row has" in note]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "[colums]\n[columns]\n",
            "has a part 'colums', which payrules does not recognize; perhaps 'col",
        ),
        (
            "[file]\nheading = 2\n",
            "has 'heading', which payrules does not recognize; perhaps 'heading_ro",
        ),
        ("[file]\nheading_row = 0\n", "heading_row is the number of the row"),
        ("[file]\nskip_rows = 3\n", r"skip_rows is a list of row numbers"),
        ('[file]\ndate_format = "DD/MM"\n', "date_format is written as"),
        ('[file]\ndecimal = ";"\n', "decimal is"),
        ('[file]\nencoding = "utf-13"\n', "encoding is the name of an encoding"),
        ('[file]\ndelimiter = "||"\n', "delimiter is one character"),
        ('[constants]\npos = "11"\n', "names 'pos', which payrules does not read"),
        ("[constants]\npayer = []\n", "a text belongs here"),
        ('[values]\npayer = "x"\n', "'payer' is not a table"),
        ('[joined]\n"Proc" = "{hcpcs_code}"\n', r"is written as"),
        ('[joined]\n"Proc" = "{code}-{hcpcs_modifiers}"\n', "names 'code'"),
        ("[[where]]\ncolumns = {}\n", "needs the files it is for"),
        ('[where]\nfiles = "a"\n', "is written with two brackets"),
        ('carry = "x"\n[columns]\n', "carry is a list of headings"),
        (
            '[columns]\npayer = "A"\n[constants]\npayer = "b"\n',
            r"'payer' twice, in \[columns\] and",
        ),
    ],
)
def test_what_of_a_columns_file_is_refused(tmp_path, said, message):
    path = tmp_path / "map.toml"
    path.write_text(said, encoding="utf-8")
    with pytest.raises(ClaimsError, match=message):
        read_columns_file(path)


def test_a_heading_that_a_part_of_the_map_names_must_be_there():
    said = {"columns": {"claim_id": ["claim_id", "Site"]}}
    with pytest.raises(ClaimsError, match="has no column 'Site', of which the columns file makes"):
        read_batch(frame_of({}), columns=said, localities=LOCALITIES)
    said = {"joined": {"Proc": "{hcpcs_code}-{hcpcs_modifiers}"}}
    with pytest.raises(ClaimsError, match="gives 'Proc' for 'hcpcs_code', but no claims file has"):
        read_batch(frame_of({}), columns=said, localities=LOCALITIES)


def test_what_a_columns_file_says_in_vain_is_told(tmp_path):
    frame = frame_of({"payer": "Acme"}, {"payer": "Acme"}).with_columns(claim_id=pl.lit("C1"))
    said = {
        "columns": {"claim_line_number": "auto"},
        "file": {"sheet": "Lines", "skip_rows": [9]},
        "values": {"payer": {"Acme": "acme", "BCBS": "b"}, "locality": {"x": "national"}},
    }
    frame.drop("claim_line_number").write_csv(tmp_path / "claims.csv")
    batch = read_batch(tmp_path / "claims.csv", columns=said, localities=LOCALITIES)
    assert batch.readings[0].notes == (
        "`sheet` of the columns file is for workbooks, and does nothing here.",
        "not read, as the columns file says: row 9.",
        "[values.payer] of the columns file names 'bcbs', which no row has.",
        "[values.locality] of the columns file names 'x', which no row has.",
        "2 rows are equal to another in every cell; where lines are numbered as they come, no"
        " repeat of a claim line is seen.",
    )
    in_memory = read_batch(frame, columns={"file": {"heading_row": 3}}, localities=LOCALITIES)
    assert "does nothing" not in in_memory.readings[0].notes[0]
    assert "nothing here" in in_memory.readings[0].notes[0]


def test_tables_and_plain_maps_are_the_same():
    plain = columns_file({"claim_id": "X"})
    assert plain.columns == columns_file({"columns": {"claim_id": "X"}}).columns
    assert columns_file(plain) is plain
    assert not columns_file(None)
    assert isinstance(columns_file({}), ColumnsFile)


@pytest.mark.parametrize(
    "ours",
    [
        *("claim_id", "claim_line_number", "claim_line_start_date", "place_of_service_code"),
        *("service_unit_quantity", "charge_amount", "hcpcs_modifiers"),
    ],
)
def test_a_heading_that_looks_like_a_pattern_is_a_name(ours, tmp_path):
    """It was an IndexError: polars looked for the columns that the heading fits."""
    row = {
        "claim_id": ["1", "2"],
        "claim_line_number": ["1", "1"],
        "person_id": ["P", "P"],
        "claim_line_start_date": ["2025-06-02", "06/13/2025"],
        "hcpcs_code": ["99213", "99213"],
        "place_of_service_code": ["11", "111"],
        "service_unit_quantity": ["1", "1"],
        "charge_amount": ["100.00", "1,200.00"],
        "hcpcs_modifiers": ["25", ""],
    }
    path = tmp_path / "claims.csv"
    pl.DataFrame(row).rename({ours: "^Ours.*$"}).write_csv(path)
    said = columns_file({"columns": {ours: "^Ours.*$"}, "values": {ours: {"none": "1"}}})
    terms = {"columns": said, "localities": LOCALITIES, "default_locality": "01112-05"}
    batch = read_batch(path, **terms)
    assert batch.lines["charge_amount"].to_list() == [10_000]
    assert batch.rejects["column"].to_list() == ["place_of_service_code"]
    pieces = PiecedBatch([hashed(path, ClaimsError)], tmp_path, **terms)
    (part,) = map(pieces.check, pieces.pieces(4))
    assert part.lines["charge_amount"].to_list() == [10_000]
    assert part.met == {ours: []}
