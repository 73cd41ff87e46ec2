"""A batch as it comes: UTF-16 without a mark, standard input, whichever way it is packed."""

import gzip
import io
import sys

import pytest

from payrules.__main__ import main
from payrules.claims import read_batch
from payrules.files import tables
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from tests.claims.batches import LOCALITIES, frame_of

FRAME = frame_of({}, {"person_id": "Müller 李"})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_with_a_mark_or_without(tmp_path, encoding):
    path = tmp_path / "claims.csv"
    path.write_bytes(FRAME.write_csv().encode(encoding))
    batch = read_batch(path, localities=LOCALITIES)
    assert batch.lines["person_id"].to_list() == ["P1", "Müller 李"]
    outputs = Outputs(tmp_path / "lines.parquet")
    told = estimate_in_parts(path, outputs, Setup(locality="national"), lines_a_part=1)
    assert told.run.counts.lines == 2


def packed(kind):
    held = io.BytesIO()
    if kind == "parquet":
        FRAME.write_parquet(held)
    elif kind == "xlsx":
        FRAME.write_excel(held)
    else:
        text = FRAME.write_csv().encode()
        held.write(gzip.compress(text) if kind == "gz" else text)
    return held.getvalue()


@pytest.mark.parametrize("kind", ["csv", "gz", "parquet", "xlsx"])
def test_standard_input(tmp_path, monkeypatch, kind, capsys):
    tables._standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed(kind))))
    lines = tmp_path / "lines.csv"
    try:
        assert main(["estimate", "-", "--locality", "national", "--lines", str(lines)]) == 0
    finally:
        tables._standard_input.cache_clear()
    assert "rows in               2" in capsys.readouterr().out
    assert lines.read_text(encoding="utf-8").count("\n") == 3


def test_nothing_from_standard_input(monkeypatch, capsys):
    tables._standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    try:
        assert main(["estimate", "-"]) == 2
    finally:
        tables._standard_input.cache_clear()
    assert "standard input is empty" in capsys.readouterr().err
