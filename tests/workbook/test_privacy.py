"""Without person identifiers, or with pseudonyms: in every sheet, in rejects too."""

import hashlib
import hmac
import zipfile
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.estimate import estimate
from payrules.results import Results
from payrules.workbook import minimal, pseudonymize, write_workbook
from payrules.workbook.figures import Figures

KEY = b"\x00an unlikely key \xff"


@pytest.fixture
def named(results: Results) -> Results:
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
    return Results(lines, results.adjustments, rejects, results.run)


@pytest.fixture
def keyfile(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    return path


def everything(results: Results, path: Path) -> bytes:
    write_workbook(results, path, layout="audit")
    with zipfile.ZipFile(path) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def test_a_full_pack_holds_persons(named: Results, tmp_path: Path) -> None:
    assert b"Findable" in everything(named, tmp_path / "e.xlsx")


def test_minimal_holds_no_person_and_no_carried_column(named: Results, tmp_path: Path) -> None:
    less = minimal(named)
    assert b"Findable" not in everything(less, tmp_path / "e.xlsx")
    assert "person_id" not in less.lines.columns
    assert less.rejects["value"].to_list() == [None, None]
    assert less.lines["claim_id"].to_list() == named.lines["claim_id"].to_list()
    assert Figures(less).totals == Figures(named).totals


def test_minimal_keeps_other_rejected_values(results: Results) -> None:
    assert minimal(results).rejects["value"].to_list() == results.rejects["value"].to_list()


def test_pseudonyms_are_keyed_and_joinable(named: Results, keyfile: Path, tmp_path: Path) -> None:
    hidden = pseudonymize(named, keyfile)
    assert b"Findable" not in everything(hidden, tmp_path / "e.xlsx")
    expected = [
        hmac.new(KEY, who.encode(), hashlib.sha256).hexdigest() for who in named.lines["person_id"]
    ]
    assert hidden.lines["person_id"].to_list() == expected
    of_c1 = hidden.lines.filter(claim_id="c1")["person_id"][0]
    assert hidden.rejects["person_id"].to_list() == [of_c1, of_c1]
    assert hidden.rejects["value"].to_list() == [of_c1, of_c1]


def test_another_key_gives_other_pseudonyms(named: Results, keyfile: Path) -> None:
    first = pseudonymize(named, keyfile).lines["person_id"]
    keyfile.write_bytes(KEY[::-1])
    assert set(first).isdisjoint(pseudonymize(named, keyfile).lines["person_id"])


@pytest.mark.parametrize("key", [b"", b"short\n", None])
def test_a_key_that_is_none_is_refused(named: Results, tmp_path: Path, key: bytes | None) -> None:
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
