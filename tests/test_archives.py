"""ZIPs within bounds: what an archive promises is weighed before anything of it is unpacked."""

import gzip
import io
import struct
import warnings
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from payrules.errors import ReportError, ScheduleError, UsageError
from payrules.files import archives
from payrules.files.archives import must_be_bounded, parts
from payrules.files.packed import unpacked
from payrules.schedules import import_schedule
from payrules.workbook.house_template import open_template

MOST = 1 << 30


def packed(*files: tuple[str, bytes]) -> bytes:
    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two files of one name are meant
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files:
                archive.writestr(name, content)
    return written.getvalue()


def locked(content: bytes) -> bytes:
    """Say of the first file that it is encrypted, in both places that say so."""
    whole = bytearray(content)
    whole[whole.index(b"PK\1\2") + 8] |= 1
    whole[whole.index(b"PK\3\4") + 6] |= 1
    return bytes(whole)


def promising_less(content: bytes) -> bytes:
    """Say of the first file that it unpacks to one byte."""
    whole = bytearray(content)
    struct.pack_into("<I", whole, whole.index(b"PK\1\2") + 24, 1)
    struct.pack_into("<I", whole, whole.index(b"PK\3\4") + 22, 1)
    return bytes(whole)


WRONG = {
    "a locked file": (locked(packed(("a.csv", b"1"))), "a.csv in x.zip is password-protected"),
    "two of one name": (packed(("a.csv", b"1"), ("a.csv", b"2")), "two files named 'a.csv'"),
    "two names but for case": (packed(("a.csv", b"1"), ("A.csv", b"2")), "two files named 'A.csv'"),
    "an absolute path": (packed(("/etc/a.csv", b"1")), r"leads outside the ZIP \('a.csv'\)"),
    "a drive": (packed(("C:\\a.csv", b"1")), "leads outside the ZIP"),
    "a path upwards": (packed(("x/../../a.csv", b"1")), "leads outside the ZIP"),
    "a name that turns": (packed(("a\u202evsc.csv", b"1")), "leads outside the ZIP"),
    "a bomb": (
        packed(("a.csv", b"0" * (40 << 20))),
        r"a.csv in x.zip is 4\d,\d{3} bytes that unpack to 41,943,040, far more than",
    ),
    "too much": (packed(*((f"{n}.csv", b"1" * 600_000) for n in range(2))), "holds more than"),
    "one too large": (packed(("a.csv", b"1" * 1_000_001)), "a.csv in x.zip is too large"),
    "no ZIP": (b"PK\3\4 no", "x.zip is not a readable ZIP"),
    "cut short": (packed(("a.csv", b"1" * 999))[:-30], "x.zip is not a readable ZIP"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_archive_beyond_bounds_is_refused_before_it_is_unpacked(what: str) -> None:
    content, said = WRONG[what]
    most = 1_000_000 if what in {"too much", "one too large"} else MOST
    with pytest.raises(UsageError, match=said):
        must_be_bounded(content, "x.zip", UsageError, most_bytes=most)
    with pytest.raises(UsageError, match=said):
        list(parts(content, "x.zip", UsageError, lambda _: True, most_bytes=most))


def test_a_file_that_holds_more_than_it_promised_is_refused() -> None:
    content = promising_less(packed(("a.csv", b"1" * 5_000)))
    with pytest.raises(UsageError, match=r"x\.zip is not a readable ZIP"):
        must_be_bounded(content, "x.zip", UsageError, most_bytes=4_000)
    with pytest.raises(UsageError, match=r"x\.zip is not a readable ZIP"):
        list(parts(content, "x.zip", UsageError, lambda _: True, most_bytes=MOST))


def test_a_gz_is_bounded_as_a_zip_is() -> None:
    """A megabyte made gigabytes of memory; what a table packs to is read."""
    path = Path("x.csv.gz")
    bomb = gzip.compress(b"0" * (40 << 20))
    with pytest.raises(UsageError, match="unpack to more than 33,554,432, far more than a table"):
        unpacked(bomb, path, "x.csv.gz", UsageError)
    table = b"claim_id,charge_amount\n" + b"C1,100.00\n" * 10_000
    assert unpacked(gzip.compress(table), path, "x.csv.gz", UsageError) == (table, Path("x.csv"))


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_PARTS", 3)
    content = packed(*((f"{n}.csv", b"") for n in range(4)))
    with pytest.raises(UsageError, match="holds 4 files; the limit is 3"):
        must_be_bounded(content, "x.zip", UsageError, most_bytes=MOST)


def test_what_is_within_bounds_is_read_by_name_and_folders_are_none() -> None:
    content = packed(("b/", b""), ("b/a.csv", b"2"), ("a.csv", b"1"), ("a.txt", b"3"))
    must_be_bounded(content, "x.zip", UsageError, most_bytes=MOST)
    found = parts(
        content, "x.zip", UsageError, lambda inside: inside.suffix == ".csv", most_bytes=MOST
    )
    assert list(found) == [(PurePosixPath("a.csv"), b"1"), (PurePosixPath("b/a.csv"), b"2")]


def test_a_house_template_is_bounded_as_other_workbooks_are(tmp_path: Path) -> None:
    """A part that packs to a thousandth was unpacked; of two of one name, one was taken."""
    (tmp_path / "h.xlsx").write_bytes(WRONG["two of one name"][0])
    with pytest.raises(ReportError, match=r"h\.xlsx holds two files named"):
        open_template(tmp_path / "h.xlsx", tmp_path / "out.xlsx")
    (tmp_path / "h.xlsx").write_bytes(WRONG["a bomb"][0])
    with pytest.raises(ReportError, match=r"a\.csv in h\.xlsx is .* it was not unpacked"):
        open_template(tmp_path / "h.xlsx", tmp_path / "out.xlsx")


def test_an_import_refuses_such_an_archive_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(WRONG["two of one name"][0])
    with pytest.raises(ScheduleError, match=r"x\.zip holds two files named"):
        import_schedule(tmp_path / "x.zip", tmp_path / "store")
    assert not (tmp_path / "store").exists()
