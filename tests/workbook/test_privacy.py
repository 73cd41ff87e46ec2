"""Without person identifiers, or with pseudonyms: in every sheet, in rejects too."""

import hashlib
import hmac
import os
import zipfile
from pathlib import Path
from random import Random

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.runs.estimate import estimate
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.workbook import minimal, pseudonymize, write_workbook
from payrules.workbook.figures import Figures
from payrules.workbook.privacy import read_key, readable_by_others

KEY = b"\x00an unlikely key \xff"


@pytest.fixture
def named(results: Estimate) -> Estimate:
    """Give every person and ward a name that can be looked for."""
    lines = results.lines.with_columns(
        person_id=pl.lit("Findable-") + pl.col("claim_id"), **{"=ward": pl.lit("Findable ward")}
    )
    rejects = results.rejects.with_columns(
        pl.lit("Findable-c1").alias("person_id"),
        pl.lit("Findable ward").alias("=ward"),
        column=pl.lit("person_id"),
        value=pl.lit("Findable-c1"),
    )
    return Estimate(PricedLines(lines), results.steps, rejects, results.run)


@pytest.fixture
def keyfile(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    return path


def everything(results: Estimate, path: Path) -> bytes:
    write_workbook(results, path, layout="audit")
    with zipfile.ZipFile(path) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def test_a_full_pack_holds_persons(named: Estimate, tmp_path: Path) -> None:
    assert b"Findable" in everything(named, tmp_path / "e.xlsx")


def test_minimal_holds_no_person_and_no_carried_column(named: Estimate, tmp_path: Path) -> None:
    less = minimal(named)
    assert b"Findable" not in everything(less, tmp_path / "e.xlsx")
    assert "person_id" not in less.lines.columns
    assert less.rejects.columns == ["file", "row", "column", "reason"]
    assert less.lines["claim_id"].to_list() == named.lines["claim_id"].to_list()
    assert Figures(less).totals == Figures(named).totals


def test_minimal_keeps_where_a_rejected_row_is_and_why(results: Estimate) -> None:
    """The rest of the row may hold a person wherever columns have slid."""
    kept = ["file", "row", "column", "reason"]
    assert minimal(results).rejects.equals(results.rejects.select(kept))


def test_pseudonyms_are_keyed_and_joinable(named: Estimate, keyfile: Path, tmp_path: Path) -> None:
    hidden = pseudonymize(named, keyfile)
    assert b"Findable" not in everything(hidden, tmp_path / "e.xlsx")
    expected = [
        hmac.new(KEY, who.encode(), hashlib.sha256).hexdigest() for who in named.lines["person_id"]
    ]
    assert hidden.lines["person_id"].to_list() == expected
    assert hidden.rejects.columns == ["file", "row", "column", "reason"]


def test_another_key_gives_other_pseudonyms(named: Estimate, keyfile: Path) -> None:
    first = pseudonymize(named, keyfile).lines["person_id"]
    keyfile.write_bytes(KEY[::-1])
    assert set(first).isdisjoint(pseudonymize(named, keyfile).lines["person_id"])


@pytest.mark.parametrize("key", [b"", b"short\n", None])
def test_a_key_that_is_none_is_refused(named: Estimate, tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "key"
    if key is not None:
        path.write_bytes(key)
    with pytest.raises(UsageError, match="key"):
        pseudonymize(named, path)


def test_a_batch_with_blank_persons_in_rejects(tmp_path: Path, keyfile: Path) -> None:
    row = {
        "claim_id": "c1",
        "claim_line_number": "1",
        "person_id": "Findable",
        "claim_line_start_date": "2025-06-01",
        "hcpcs_code": "99213",
        "place_of_service_code": "11",
        "locality": "national",
    }
    batch = pl.DataFrame([row, {**row, "claim_id": "c2", "person_id": ""}])
    results = estimate(batch)
    assert results.rejects.height == 1
    for less in (minimal(results), pseudonymize(results, keyfile)):
        assert b"Findable" not in everything(less, tmp_path / f"{id(less)}.xlsx")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (b"a" * 64, "has only 1 different byte"),
        (b"0101010101010101", "has only 2 different bytes"),
        (b"\0" * 32, "has only 1 different byte"),
        (b"horse-4!" * 4, "is one piece that repeats"),
        (b"abcdefghijklmnop", "is bytes in a row"),
        (bytes(range(200, 160, -1)), "is bytes in a row"),
        (b"Password-of-2026!", "holds a word that passwords are made of"),
        (b"our payrules key 7", "holds a word that passwords are made of"),
        (b"fifteen bytes, x", None),
        (b"f1fteen bytes!!", "has 15 bytes"),
        (b"9f86d081884c7d659a2feaa0c55ad015", None),
        (b"x" * 70_000, "is larger than"),
        (b"", "has 0 bytes"),
    ],
    ids=lambda each: repr(each)[:30],
)
def test_a_key_that_can_be_guessed_is_refused(key: bytes, said: str | None, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(key + b"\r\n")
    if said is None:
        assert read_key(path) == key
        return
    with pytest.raises(UsageError, match=f"The key in key {said}.*; use at least 16 random bytes"):
        read_key(path)


def test_no_random_key_is_taken_for_one_that_can_be_guessed(tmp_path: Path) -> None:
    chance = Random(5)
    for number in range(300):
        key = chance.randbytes(16)
        path = tmp_path / "key"
        path.write_bytes(key.hex().encode() if number % 2 else key.replace(b"\n", b"."))
        if not path.read_bytes().endswith((b"\r", b"\n")):
            read_key(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such permissions")
@pytest.mark.parametrize(
    ("mode", "told"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o644, True)]
)
def test_a_key_file_that_others_can_read_is_told(keyfile: Path, mode: int, told: bool) -> None:
    keyfile.chmod(mode)
    said = readable_by_others(keyfile)
    assert bool(said) is told
    assert not told or "can be read by other users" in str(said)
