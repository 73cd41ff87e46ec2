"""Claims in X12 in parts: row for row what one run gives, whatever claims do to each other."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.batches import make_batch
from benchmarks.x12 import claims_file
from payrules.__main__ import main
from payrules.claims.x12_pieces import read_in_pieces
from payrules.errors import ClaimsError, UsageError
from payrules.files.tables import hashed
from payrules.runs import large
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from payrules.x12 import claims_837p, segments
from tests.x12.drawn import file_of as drawn_file
from tests.x12.test_superseded import DECIDED, claim, file_of, second, to_medicare
from tests.x12.writer import LINE, one_claim, written

PART = 40
SETUP = Setup(locality="national")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand rows on after a few lines, as a large file does."""
    monkeypatch.setattr(claims_837p, "_ROWS_AT_ONCE", 30)
    monkeypatch.setattr(segments, "_CHUNK", 2_000)


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def assert_same(folder: Path, batch: list[Path]) -> None:
    """Price files in parts and at once, and compare every row and the run record."""
    lines, adjustments, rejects, superseded = written_to = [
        folder / f"{name}.parquet" for name in ("lines", "adjustments", "rejects", "superseded")
    ]
    found = Outputs(lines, adjustments, rejects, superseded=superseded)
    summary = estimate_in_parts(batch, found, SETUP, lines_a_part=PART)
    wanted = estimate(batch, SETUP)
    assert wanted.superseded is not None
    expected = [wanted.lines, wanted.adjustments, wanted.rejects, wanted.superseded]
    for path, frame in zip(written_to, expected, strict=True):
        assert_frame_equal(pl.read_parquet(path), frame)
    nothing = {"at": "", "seconds": 0}
    assert {**summary.run.as_json(), **nothing} == {**wanted.run.as_json(), **nothing}
    at_once = wanted.summary()
    assert (summary.noted, summary.causes) == (at_once.noted, at_once.causes)
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_equal_to_one_run(tmp_path: Path) -> None:
    assert_same(tmp_path, [put(tmp_path / "claims.837", claims_file(300))])


ODD = (
    *[claim(f"C{n}") for n in range(30)],
    claim("C3", "7"),
    claim("C7", "8"),
    claim("C7", "1", code="99214"),
    claim("C9", "7", f8="ICN"),
    claim("C11"),
    claim("unknown", "7"),
    *[claim(f"D{n}", code="9921") for n in range(3)],
    claim("D9", code="99213:XXX"),
)


def test_of_settled_claims_their_number_alone_is_kept(tmp_path: Path) -> None:
    """Their records grew with the file, and were held while its lines were priced."""
    file = hashed(put(tmp_path / "claims.837", claims_file(300)), ClaimsError)
    (pieces,) = read_in_pieces([file], tmp_path)
    assert (pieces.empty.file.claims, pieces.empty.file.claims_read) == ([], 100)


def test_replaced_void_refused_and_noted_claims(tmp_path: Path) -> None:
    lines = (LINE[0], LINE[1].replace("UN*1", "UN*2"), "DTP*472*RD8*20251007-20251008")
    files = [
        put(tmp_path / "one.837", file_of(*ODD)),
        put(tmp_path / "two.837", file_of(claim("C5", "7"), claim("C4"), member="M200")),
        put(tmp_path / "second.837", file_of(*ODD[:4], responsibility="S")),
        put(tmp_path / "noted.837", written([one_claim(lines=lines)])),
    ]
    assert_same(tmp_path, files)


def test_claims_to_medicare_as_second_payer(tmp_path: Path) -> None:
    """Lines with a first payment are priced, those without rejected, wherever a part begins."""
    mixed = [[second(DECIDED, ()), second(), second((), ())][n % 3] for n in range(60)]
    numbered = [[each[0].replace("C1", f"E{n}"), *each[1:]] for n, each in enumerate(mixed)]
    files = [
        put(tmp_path / "second.837", to_medicare(*numbered)),
        put(tmp_path / "first.837", file_of(*numbered[20:23])),
    ]
    assert_same(tmp_path, files)


def test_together_with_a_table(tmp_path: Path) -> None:
    table = make_batch(90)
    turned = table.slice(5, 3).with_columns(-pl.col("charge_amount"))
    again = table.slice(50, 4)
    path = tmp_path / "claims.csv"
    pl.concat([table, turned, again]).write_csv(path)
    x12 = put(tmp_path / "claims.837", file_of(*ODD))
    assert_same(tmp_path, [path, x12])
    assert_same(tmp_path, [x12, path])


@pytest.mark.parametrize(
    "claims", [[], [claim("C1", code="9921")], [claim("C1"), claim("C1", "8")]]
)
def test_a_file_without_a_line_to_price(tmp_path: Path, claims: list[list[str]]) -> None:
    assert_same(tmp_path, [put(tmp_path / "claims.837", file_of(*claims))])


@pytest.mark.parametrize("seed", range(3))
def test_drawn_files(tmp_path: Path, seed: int) -> None:
    """Of seed 0 many rejects are of one segment: their order held only by a stable sort."""
    texts = {"one.837": drawn_file(seed, 8), "two.837": drawn_file(seed + 1000, 5)}
    assert_same(tmp_path, [put(tmp_path / name, text) for name, text in texts.items()])


def test_a_file_cut_short(tmp_path: Path) -> None:
    text = file_of(*ODD)
    assert_same(tmp_path, [put(tmp_path / "claims.837", text[: len(text) * 3 // 4])])


def test_the_command_goes_this_way_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path / "claims.837", claims_file(300).replace("CLM*C2*451.5", "CLM*C2*9"))
    monkeypatch.setattr(large, "LARGE_FROM", 250)
    assert large.is_large([path], trail=False)
    lines, listed = tmp_path / "lines.csv", tmp_path / "superseded.csv"
    asked = ["estimate", str(path), "--locality", "national", "--lines", str(lines)]
    assert main([*asked, "--superseded", str(listed)]) == 1  # a sum does not agree
    assert "The claim's charge" in " ".join(capsys.readouterr().out.split())
    assert len(lines.read_text(encoding="utf-8").splitlines()) == 301
    assert listed.read_text(encoding="utf-8").startswith("file,row,claim_id")


def test_superseded_lines_are_of_x12(tmp_path: Path) -> None:
    make_batch(5).write_csv(tmp_path / "claims.csv")
    outputs = Outputs(tmp_path / "lines.csv", superseded=tmp_path / "superseded.csv")
    with pytest.raises(UsageError, match="no file in the batch is X12"):
        estimate_in_parts(tmp_path / "claims.csv", outputs, SETUP)
