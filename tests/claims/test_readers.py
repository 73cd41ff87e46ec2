"""Claims files as they come: separators, encodings, Parquet, Excel, and what cannot be read."""

import datetime as dt
import hashlib

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.claims import read_batch
from payrules.errors import ClaimsError
from tests.claims.batches import LOCALITIES, below_headings, frame_of

ROWS = (
    {"claim_id": "00012", "hcpcs_code": "00100", "place_of_service_code": "02"},
    {
        "charge_amount": "1,234.50",
        "note": 'said "hi", left; ✓',
        "claim_line_start_date": "3/4/2025",
    },
    {"place_of_service_code": "77", "note": "Müller\nline two"},
)


def written(folder, name, contents):
    path = folder / name
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return path


def csv_of(frame, separator=","):
    return frame.write_csv(separator=separator)


def batch_of(*paths, **terms):
    return read_batch(list(paths), **{"localities": LOCALITIES, **terms})


def same(one, other):
    assert one.lines.equals(other.lines)
    assert below_headings(one).equals(below_headings(other))
    assert (one.rows_in, one.given) == (other.rows_in, other.given)
    assert one.carried.equals(other.carried)


@pytest.fixture
def frame():
    return frame_of(*ROWS)


@pytest.fixture
def plain(frame, tmp_path):
    return batch_of(written(tmp_path, "plain.csv", csv_of(frame)))


def test_the_plain_batch(plain, tmp_path):
    assert plain.lines["claim_id"].to_list() == ["00012", "C2"]
    assert plain.lines["hcpcs_code"].to_list() == ["00100", "99213"]
    assert plain.lines["charge_amount"].to_list() == [None, 123_450]
    assert plain.carried["note"].to_list() == [None, 'said "hi", left; ✓']
    assert plain.rejects["note"].to_list() == ["Müller\nline two"]
    contents = (tmp_path / "plain.csv").read_bytes()
    (file,) = plain.files
    assert (file.name, file.rows) == ("plain.csv", 3)
    assert file.sha256 == hashlib.sha256(contents).hexdigest()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", [".csv", ".TXT", ".tsv"])
def test_separators_and_encodings(frame, plain, tmp_path, separator, encoding, ending):
    contents = csv_of(frame, separator).encode(encoding)
    same(batch_of(written(tmp_path, f"claims{ending}", contents)), plain)


def test_one_path_alone_as_text_or_path(plain, tmp_path):
    for path in (tmp_path / "plain.csv", str(tmp_path / "plain.csv")):
        same(read_batch(path, localities=LOCALITIES), plain)


def test_windows_line_ends(frame, plain, tmp_path):
    frame = frame.with_columns(pl.col("note").str.replace("\n", " "))
    contents = csv_of(frame).replace("\n", "\r\n") + "\r\n\r\n"
    assert batch_of(written(tmp_path, "claims.csv", contents)).lines.equals(plain.lines)


def test_old_macintosh_line_ends(frame, plain, tmp_path):
    frame = frame.with_columns(pl.col("note").str.replace("\n", " "))
    contents = csv_of(frame).replace("\n", "\r")
    assert batch_of(written(tmp_path, "claims.csv", contents)).lines.equals(plain.lines)


def test_latin_1(frame, tmp_path):
    frame = frame.with_columns(pl.col("note").str.replace(" ✓", "é")).rename({"note": "Prénom"})
    path = written(tmp_path, "claims.csv", csv_of(frame).encode("latin-1"))
    batch = batch_of(path)
    assert batch.carried.columns == ["Prénom"]
    assert batch.carried["Prénom"].to_list() == [None, 'said "hi", left;é']
    assert batch.rejects["Prénom"].to_list() == ["Müller\nline two"]


def test_a_separator_inside_a_quoted_heading_does_not_count(frame, tmp_path):
    contents = csv_of(frame, ";").replace("note", '"a,b,c,d,e,f,g,h,i,j,k"', 1)
    batch = batch_of(written(tmp_path, "claims.csv", contents))
    assert batch.carried.columns == ["a,b,c,d,e,f,g,h,i,j,k"]


def test_parquet_of_text(frame, plain, tmp_path):
    frame.write_parquet(tmp_path / "claims.parquet")
    same(batch_of(tmp_path / "claims.parquet"), plain)


def test_excel_of_text(frame, plain, tmp_path):
    frame.write_excel(tmp_path / "claims.xlsx")
    same(batch_of(tmp_path / "claims.xlsx"), plain)


def test_excel_cells_of_every_type(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([*frame_of({}).columns, "charge_amount", "participating", "seen", "when", None])
    day = dt.date(2025, 3, 4)
    sheet.append([12, 1, "007", day, "00100", 2, "national", 12.5, True, day, None, "x"])
    sheet.append([None] * 4)
    moment = dt.datetime(2025, 3, 4, 8, 15)
    sheet.append(["00012", 2.0, 8, moment, 99213, "02", "national", 80, False, None, moment, None])
    book.create_sheet("not read").append(["x"])
    book.save(tmp_path / "claims.xlsx")
    batch = batch_of(tmp_path / "claims.xlsx")
    assert batch.rejects.is_empty()
    lines = batch.lines.to_dict(as_series=False)
    assert lines["claim_id"] == ["12", "00012"]
    assert lines["claim_line_number"] == [1, 2]
    assert lines["person_id"] == ["007", "8"]
    assert lines["service_date"] == [day, day]
    assert lines["hcpcs_code"] == ["00100", "99213"]
    assert lines["place_of_service_code"] == ["02", "02"]
    assert lines["charge_amount"] == [1_250, 8_000]
    assert lines["participating"] == [True, False]
    assert batch.carried.to_dict(as_series=False) == {
        "seen": ["2025-03-04", None],
        "when": [None, "2025-03-04 08:15:00"],
        "column_12": ["x", None],
    }


def test_parquet_of_unusual_types(tmp_path):
    frame = frame_of({}, {}).with_columns(
        listed=pl.Series([[1, 2], None]),
        nested=pl.Series([{"a": 1}, None]),
        binary=pl.Series([b"\xff", None]),
        lasted=pl.Series([dt.timedelta(1), None]),
        nothing=pl.lit(None),
        number=pl.Series([1.0, 2.5]),
    )
    frame.write_parquet(tmp_path / "claims.parquet")
    batch = batch_of(tmp_path / "claims.parquet")
    carried = batch.carried
    assert set(carried.dtypes) == {pl.String}
    assert carried["number"].to_list() == ["1", "2.5"]
    assert carried["nothing"].to_list() == [None, None]
    assert carried["listed"].to_list() == ["[1, 2]", None]


def test_blank_lines_are_no_rows_but_are_counted(frame, tmp_path):
    lines = csv_of(frame.drop("note")).splitlines()
    lines.insert(3, "," * (frame.width - 2))
    lines.insert(2, "")
    path = written(tmp_path, "claims.csv", "\n".join(lines) + "\n\n")
    batch = batch_of(path)
    assert (batch.rows_in, batch.lines.height, batch.files[0].rows) == (3, 2, 3)
    assert batch.rejects["row"].to_list() == [6]


def test_a_row_that_ends_early_has_blank_cells(frame, tmp_path):
    contents = csv_of(frame.head(1).drop("note")) + "C9,1,P9,2025-03-04,99213,11\n"
    batch = batch_of(written(tmp_path, "claims.csv", contents), default_locality="national")
    assert batch.lines["locality"].to_list() == ["01112-05", "national"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_headings_without_rows(frame, tmp_path, ending):
    path = tmp_path / f"claims.{ending}"
    empty = frame.clear()
    if ending == "csv":
        empty.write_csv(path)
    elif ending == "xlsx":
        empty.write_excel(path)
    else:
        empty.write_parquet(path)
    batch = batch_of(path)
    assert (batch.rows_in, batch.lines.height, batch.rejects.height) == (0, 0, 0)
    full = batch_of(written(tmp_path, "full.csv", csv_of(frame)))
    assert batch.lines.schema == full.lines.schema
    assert batch.rejects.schema == full.rejects.schema


UNREADABLE = [
    ("claims.csv", b"", "claims.csv is empty."),
    ("claims.xlsx", b"", "claims.xlsx is empty."),
    ("claims.csv", b" \n\n", "claims.csv has no headings in its first line."),
    ("claims.csv", b"\n\nclaim_id\n", "claims.csv has no headings in its first line."),
    ("claims.xlsx", b"PK no workbook", "claims.xlsx cannot be read as an Excel workbook"),
    (
        "claims.parquet",
        b"no parquet at all",
        "claims.parquet is not a Parquet file, or is damaged.",
    ),
    (
        "claims.json",
        b"{}",
        "claims.json is not a claims file payrules can read: its name must end in",
    ),
    ("claims", b"{}", "its name must end in .csv"),
    ("claims.csv", b"a,b,a\n1,2,3\n", "claims.csv has more than one column headed 'a'"),
    ("claims.csv", b"a,b\n1,2\nsecret,2,3\n", "Row 3 of claims.csv has 3 cells under 2 headings"),
    ("claims.csv", b'a,b\n"secret,2\n3,4\n', "claims.csv cannot be read as a table; a quotation"),
    ("claims.csv", b'a,"b\nsecret,2\n3,4\n', "claims.csv"),
    ("claims.csv", b'a,"b\n' + b"secret,2\n" * 20_000, "claims.csv cannot be read as a table"),
    (
        "claims.csv",
        b"PAR1\x15secret,2\n3\n",
        "claims.csv is no text, but a Parquet file: let",
    ),
    ("claims.csv", b"PK\3\4secret,2\n3\n", "a zip archive: let its name end in .xlsx, or .zip."),
    ("claims.csv", b"secret,7,7,2025-03-04\n", "first row of claims.csv holds values"),
    ("claims.csv", b"secret,2025-03-04\n", "first row of claims.csv holds values, not headings"),
]


@pytest.mark.parametrize(("name", "contents", "message"), UNREADABLE)
def test_files_that_cannot_be_read(tmp_path, name, contents, message):
    with pytest.raises(ClaimsError) as caught:
        batch_of(written(tmp_path, name, contents))
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_file_at_all(tmp_path):
    with pytest.raises(ClaimsError, match=r"There is no file .*gone\.csv"):
        batch_of(tmp_path / "gone.csv")
    with pytest.raises(ClaimsError, match="No claims file was given"):
        batch_of()


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ClaimsError, match=r"folder\.csv cannot be opened"):
        batch_of(tmp_path / "folder.csv")


def test_an_empty_workbook(tmp_path):
    openpyxl.Workbook().save(tmp_path / "claims.xlsx")
    with pytest.raises(ClaimsError, match=r"The first sheet of claims\.xlsx is empty"):
        batch_of(tmp_path / "claims.xlsx")


HEADINGS = frame_of({}).write_csv().splitlines()[0].encode() + b"\n"
awkward = st.text(alphabet='a1,;"\n\r\t é\x00\ufeff', max_size=60)


@settings(max_examples=60)
@given(
    st.sampled_from([b"", HEADINGS]),
    st.binary(max_size=60)
    | awkward.map(str.encode)
    | awkward.map(lambda text: text.encode("utf-16")),
)
def test_any_bytes_are_rows_or_one_clear_sentence(tmp_path_factory, headings, contents):
    path = tmp_path_factory.mktemp("claims") / "claims.csv"
    path.write_bytes(headings + contents)
    try:
        batch = batch_of(path)
    except ClaimsError as error:
        message = str(error)
    else:
        message = ""
        assert batch.rows_in == batch.lines.height + batch.rejects.height
    assert len(message.splitlines()) <= 1
