"""Pricing in parts: row for row what one run gives, in bounded memory, and resumed when stopped."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

from benchmarks.batches import make_batch
from payrules.__main__ import main
from payrules.claims.columns_toml import columns_file
from payrules.cli.commands import cli
from payrules.errors import ClaimsError, UsageError
from payrules.runs import in_parts as parts
from payrules.runs import large
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts, order, work
from payrules.runs.results import Estimate, Summary, write_frame
from payrules.runs.setup import Setup

PART = 400
ROOT = Path(__file__).parents[2]


@cache
def claims(lines: int = 1650) -> pl.DataFrame:
    """Give a batch as text with faults and repeats, of the same person's claim and of another's."""
    batch = make_batch(lines).with_columns(pl.all().cast(pl.String), note=pl.lit("kept, as it is"))
    row = pl.int_range(pl.len())
    batch = batch.with_columns(
        place_of_service_code=pl.when(row % 97 == 5)
        .then(pl.lit("77"))
        .otherwise("place_of_service_code"),
        hcpcs_code=pl.when(row % 211 == 0).then(pl.lit("123")).otherwise("hcpcs_code"),
    )
    of_another = batch.slice(100, 30).with_columns(person_id=pl.lit("P-other"))
    again = batch.slice(batch.height - 40, 20)
    return pl.concat([batch, of_another, again, batch.slice(0, 10)])


def written(batch: pl.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        batch.write_csv(path)
    else:
        batch.write_parquet(path)
    return path


def outputs(folder: Path, ending: str = ".parquet") -> Outputs:
    names = ("lines", "adjustments", "rejects")
    return Outputs(*(folder / f"{name}{ending}" for name in names), run=folder / "run.json")


def read(found: Outputs) -> list[pl.DataFrame]:
    paths = [found.lines, found.adjustments, found.rejects]
    return [pl.read_parquet(path) for path in paths if path is not None]


@cache
def at_once(names: Sequence[str], contents: Sequence[bytes]) -> Estimate:
    """Price files in one run: what several tests compare with, worked out once."""
    with tempfile.TemporaryDirectory() as made:
        files = [Path(made, name) for name in names]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        return estimate(files)


def assert_same(folder: Path, batch: list[Path], *, resume: bool = False) -> None:
    """Price files in parts and at once, and compare every row and the run record."""
    found = outputs(folder)
    record = estimate_in_parts(batch, found, lines_a_part=PART, resume=resume).run
    wanted = at_once(tuple(each.name for each in batch), tuple(map(Path.read_bytes, batch)))
    for got, expected in zip(
        read(found), (wanted.lines, wanted.adjustments, wanted.rejects), strict=True
    ):
        assert_frame_equal(got, expected)
    for said in (record.as_json(), json.loads(found.run.read_text(encoding="utf-8"))):
        assert {**said, "at": "", "seconds": 0} == {**wanted.run.as_json(), "at": "", "seconds": 0}
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_a_file_that_cannot_be_read_ends_with_the_columns_file_it_ends_with_at_once(
    tmp_path: Path,
) -> None:
    batch = claims().rename({"claim_line_start_date": "Begin", "hcpcs_code": "Service"})
    path = written(batch, tmp_path / "claims.csv")
    with pytest.raises(ClaimsError) as at_once:
        estimate(path)
    with pytest.raises(ClaimsError) as in_parts:
        estimate_in_parts(path, outputs(tmp_path))
    assert in_parts.value.to_keep == at_once.value.to_keep != ()


def test_modifiers_together_in_one_column_are_parted_in_every_piece(tmp_path: Path) -> None:
    together = pl.when(pl.int_range(pl.len()) % 700 == 650).then(pl.lit("RT/59"))
    batch = make_batch(1500).with_columns(hcpcs_modifier_1=together.otherwise(None))
    batch = batch.drop("hcpcs_modifier_2")
    assert_same(tmp_path, [written(batch, tmp_path / "claims.parquet")])


def test_totals_and_values_of_the_columns_file_are_told_as_at_once(tmp_path: Path) -> None:
    batch = make_batch(1500).with_columns(pl.all().cast(pl.String))
    last = pl.DataFrame({"claim_id": ["Grand Total"], "charge_amount": ["9.00"]})
    path = written(pl.concat([batch, last], how="diagonal"), tmp_path / "claims.csv")
    place = batch["place_of_service_code"][-1]
    values = {"place_of_service_code": {place: place, "Hospital": "22"}, "locality": {"x": "y"}}
    setup = Setup(columns=columns_file({"columns": {}, "values": values}))
    record = estimate_in_parts(path, outputs(tmp_path), setup, lines_a_part=PART).run
    wanted = estimate(path, setup).run
    (reading,) = wanted.readings
    assert f"row {batch.height + 2:,} of the file holds totals" in " ".join(reading.notes)
    assert "names 'hospital', which no row has" in " ".join(reading.notes)
    assert record.readings == wanted.readings


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_equal_to_one_run(tmp_path: Path, ending: str) -> None:
    batch = written(claims(), tmp_path / f"claims{ending}")
    assert_same(tmp_path, [batch])


def test_typed_columns_fractions_and_joined_modifiers(tmp_path: Path) -> None:
    batch = make_batch(1500)
    joined = pl.concat_str("hcpcs_modifier_1", "hcpcs_modifier_2", separator=",", ignore_nulls=True)
    batch = batch.with_columns(
        hcpcs_modifiers=joined,
        service_unit_quantity=pl.when(pl.col("hcpcs_code") == "J1100")
        .then(2.5)
        .otherwise("service_unit_quantity"),
    ).drop("hcpcs_modifier_1", "hcpcs_modifier_2")
    assert_same(tmp_path, [written(batch, tmp_path / "claims.parquet")])


def test_several_files_with_different_columns(tmp_path: Path) -> None:
    batch = claims()
    first = written(batch.head(600).drop("note"), tmp_path / "january.csv")
    second = written(batch.slice(550, 900).drop("rendering_npi"), tmp_path / "february.parquet")
    assert_same(tmp_path, [first, second])


def test_blank_rows_and_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    text = claims(1000).with_columns(note=pl.lit("Peña")).write_csv().replace("\n", "\n\n", 40)
    path = tmp_path / "claims.csv"
    path.write_bytes(text.encode("latin-1"))
    assert_same(tmp_path, [path])


def test_no_rows(tmp_path: Path) -> None:
    assert_same(tmp_path, [written(claims().head(0), tmp_path / "claims.csv")])


def test_every_row_rejected(tmp_path: Path) -> None:
    batch = claims(900).with_columns(claim_line_start_date=pl.lit("yesterday"))
    assert_same(tmp_path, [written(batch, tmp_path / "claims.csv")])


def test_csv_out_is_what_one_run_writes(tmp_path: Path) -> None:
    batch = written(claims(), tmp_path / "claims.parquet")
    found = outputs(tmp_path, ".csv")
    estimate_in_parts(batch, found, lines_a_part=PART)
    wanted = estimate(batch)
    for path, frame in (
        (found.lines, wanted.lines),
        (found.adjustments, wanted.adjustments),
        (found.rejects, wanted.rejects),
    ):
        write_frame(frame, tmp_path / "wanted.csv")
        assert path.read_bytes() == (tmp_path / "wanted.csv").read_bytes()


class Killed(BaseException):
    """The process ends here."""


def killing(monkeypatch: pytest.MonkeyPatch, at: int) -> list[str]:
    """Let the writing of a part's file fail the so-manieth time; list the files written before."""
    whole = work.write_part
    begun: list[str] = []

    def write(frame: pl.DataFrame, path: Path, parts: int) -> None:
        if len(begun) == at:
            path.with_name(f".{path.name}.partial").write_bytes(b"half of it")
            raise Killed
        begun.append(path.name)
        whole(frame, path, parts)

    monkeypatch.setattr(work, "write_part", write)
    return begun


@pytest.mark.parametrize("at", [0, 7, 10, 13, 20])
def test_a_stopped_run_is_resumed_without_pricing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    batch = written(claims(), tmp_path / "claims.parquet")
    found = outputs(tmp_path)
    with monkeypatch.context() as patched:
        killing(patched, at)
        with pytest.raises(Killed):
            estimate_in_parts(batch, found, lines_a_part=PART)
    assert [path for path in (found.lines, found.adjustments, found.run) if path.exists()] == []
    done = {path.stem for path in (tmp_path / ".lines.parquet.parts").glob("priced-*.json")}
    again: list[str] = []
    price = work.Parts._price
    monkeypatch.setattr(
        work.Parts, "_price", lambda run, part: again.append(f"priced-{part}") or price(run, part)
    )
    assert_same(tmp_path, [batch], resume=True)
    assert done.isdisjoint(again)
    assert len(done) + len(again) == 5


def test_a_run_stopped_while_the_output_is_written_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = written(claims(), tmp_path / "claims.parquet")
    found = outputs(tmp_path)

    def stop(*_args: object) -> Callable[[], None]:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(order.PartsInOrder, "_rejects", stop)
        with pytest.raises(Killed):
            estimate_in_parts(batch, found, lines_a_part=PART)
    # All outputs of a run are put in place together at the end, or none.
    assert not any(path and path.exists() for path in (found.lines, found.adjustments))
    assert not found.rejects.exists()
    assert_same(tmp_path, [batch], resume=True)


def stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    batch = written(claims(), folder / "claims.parquet")
    with monkeypatch.context() as patched:
        killing(patched, 15)
        with pytest.raises(Killed):
            estimate_in_parts(batch, outputs(folder), lines_a_part=PART)
    return batch


def test_parts_of_a_stopped_run_are_not_taken_up_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = stopped(tmp_path, monkeypatch)
    with pytest.raises(UsageError, match="--resume"):
        estimate_in_parts(batch, outputs(tmp_path), lines_a_part=PART)


def test_another_batch_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = stopped(tmp_path, monkeypatch)
    written(claims().head(1000), batch)
    with pytest.raises(UsageError, match="its batch differed"):
        estimate_in_parts(batch, outputs(tmp_path), lines_a_part=PART, resume=True)


@pytest.mark.parametrize(
    ("setup", "lines_a_part", "differing"),
    [
        (Setup(release="starter-2026"), PART, "options"),
        (None, 500, "options"),
        (Setup(refuses_unknown_payers=True), PART, "refusal of unknown payers"),
    ],
)
def test_another_question_is_not_resumed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setup: Setup | None,
    lines_a_part: int,
    differing: str,
) -> None:
    batch = stopped(tmp_path, monkeypatch)
    with pytest.raises(UsageError, match=f"its {differing} differed"):
        estimate_in_parts(batch, outputs(tmp_path), setup, lines_a_part=lines_a_part, resume=True)


def test_what_cannot_be_read_in_parts_is_named(tmp_path: Path) -> None:
    workbook = tmp_path / "claims.xlsx"
    workbook.write_bytes(b"PK")
    with pytest.raises(ClaimsError, match=r"read from \.parquet or \.csv"):
        estimate_in_parts(workbook, outputs(tmp_path))


_ENDED = """
import os, sys
from pathlib import Path
from payrules.runs.in_parts import Outputs, estimate_in_parts
folder, step = Path(sys.argv[1]), sys.argv[2]
names = ("lines.parquet", "adjustments.parquet", "rejects.parquet", "run.json")
estimate_in_parts(
    folder / "claims.parquet",
    Outputs(*(folder / name for name in names)),
    lines_a_part=400,
    progress=lambda said: os._exit(9) if said.startswith(step) else None,
)
"""


@pytest.mark.parametrize("step", ["checked 2", "repeats 1", "priced 3"])
def test_a_run_whose_process_ends_is_resumed(tmp_path: Path, step: str) -> None:
    batch = written(claims(), tmp_path / "claims.parquet")
    ended = subprocess.run(
        [sys.executable, "-c", _ENDED, str(tmp_path), step], cwd=ROOT, check=False
    )
    assert ended.returncode == 9
    assert_same(tmp_path, [batch], resume=True)


def test_keys_of_one_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key has the hash of others, and repeats are sought in several buckets."""
    hashed = work._hash_of_key
    monkeypatch.setattr(work, "_hash_of_key", lambda: hashed() % 7)
    monkeypatch.setattr(work, "_KEYS_AT_ONCE", 500)
    assert_same(tmp_path, [written(claims(), tmp_path / "claims.parquet")])


# -- from the command line -----------------------------------------------------------------------


def command(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["estimate", *map(str, arguments)], standalone_mode=False)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """List the batches that are priced in parts, and let parts be small."""
    batches: list[Path] = []
    price = parts.estimate_in_parts

    def priced(batch: list[Path], *arguments: Any, **terms: Any) -> Summary:
        batches.extend(batch)
        return price(batch, *arguments, lines_a_part=PART, **terms)

    monkeypatch.setattr(parts, "estimate_in_parts", priced)
    return batches


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(("from_lines", "large_enough"), [(800, True), (801, False)])
def test_a_large_batch_is_priced_in_parts_unasked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_parts: list[Path],
    ending: str,
    from_lines: int,
    large_enough: bool,
) -> None:
    rows = claims().with_columns(note=pl.lit("a note of one length"))
    files = [written(rows.head(500), tmp_path / f"one{ending}")]
    files.append(written(rows.slice(500, 300), tmp_path / f"two{ending}"))
    monkeypatch.setattr(large, "LARGE_FROM", from_lines)
    said = command(*files, "--lines", tmp_path / "lines.csv")
    assert said.return_value == 1, said.output  # some rows are rejected
    assert in_parts == (files if large_enough else [])


def test_lines_of_a_large_csv_file_are_reckoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("claim_id,note\n" + "C1,0123456789\n" * 10_000, encoding="utf-8")
    monkeypatch.setattr(large, "_HEAD_BYTES", 5_000)
    for lines, expected in ((9_900, True), (10_100, False)):
        monkeypatch.setattr(large, "LARGE_FROM", lines)
        assert large.is_large([path], trail=False) is expected


@pytest.mark.parametrize(
    "wanted",
    [
        ["--output", "estimate.xlsx", "--lines", "lines.csv"],
        ["--html", "page.html", "--lines", "lines.csv"],
        ["--sheets", "sheets", "--lines", "lines.csv"],
        ["--minimal", "--lines", "lines.csv"],
        ["--run", "run.json"],
        [],
    ],
)
def test_what_needs_the_whole_batch_is_priced_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_parts: list[Path], wanted: list[str]
) -> None:
    monkeypatch.setattr(large, "LARGE_FROM", 1)
    monkeypatch.chdir(tmp_path)
    said = command(written(make_batch(20), tmp_path / "claims.parquet"), *wanted)
    assert said.exit_code == 0, said.output
    assert in_parts == []


def test_a_batch_that_cannot_be_read_is_told_of_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "LARGE_FROM", 1)
    batch = tmp_path / "claims.parquet"
    batch.write_bytes(b"no Parquet at all")
    said = command(batch, "--lines", tmp_path / "lines.csv")
    assert isinstance(said.exception, ClaimsError)
    assert "is not a Parquet file" in str(said.exception)


@pytest.mark.parametrize("rejects", [[], ["--rejects", "rejects.parquet"]])
@pytest.mark.parametrize("steps", [[], ["--adjustments", "steps.parquet"]])
def test_the_command_says_and_writes_the_same_either_way(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_parts: list[Path],
    rejects: list[str],
    steps: list[str],
) -> None:
    batch = written(claims().drop("locality"), tmp_path / "claims.parquet")
    outputs = ["--lines", "lines.parquet", "--run", "run.json", *rejects, *steps]
    said, found = [], []
    for from_lines in (10_000, 1_000):
        folder = tmp_path / str(from_lines)
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setattr(large, "LARGE_FROM", from_lines)
        ended = command(batch, *outputs, "--locality", "01112-05")
        said.append((ended.return_value, ended.output))
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        frames = {path.name: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
        found.append(({**run, "at": "", "seconds": 0}, frames))
    assert in_parts == [batch]
    assert said[0] == said[1]
    assert said[0][0] == 1
    assert found[0][0] == found[1][0]
    assert found[0][1].keys() == found[1][1].keys()
    for name, frame in found[0][1].items():
        assert_frame_equal(frame, found[1][1][name])


def test_an_unasked_run_that_was_stopped_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_parts: list[Path]
) -> None:
    monkeypatch.setattr(large, "LARGE_FROM", 1_000)
    batch = written(claims(), tmp_path / "claims.parquet")
    lines, steps = tmp_path / "lines.parquet", tmp_path / "steps.parquet"
    arguments = (batch, "--lines", lines, "--adjustments", steps)
    with monkeypatch.context() as patched:

        def stop(*_: object) -> None:
            raise Killed

        patched.setattr(order.PartsInOrder, "_adjustments", stop)
        with pytest.raises(Killed):
            command(*arguments)
    assert not lines.exists()  # the outputs of a run are put in place together, or none is
    assert not steps.exists()
    said = command(*arguments)
    assert isinstance(said.exception, UsageError)
    assert "--resume" in str(said.exception)
    assert ".lines.parquet.parts" in str(said.exception)
    said = command(*arguments, "--resume")
    assert said.return_value == 1, said.output
    wanted = estimate(batch)
    assert_frame_equal(pl.read_parquet(lines), wanted.lines)
    assert_frame_equal(pl.read_parquet(steps), wanted.adjustments)
    assert not lines.with_name(".lines.parquet.parts").exists()
    said = command(*arguments, "--resume")
    assert "lines.parquet already exists" in str(said.exception)


@pytest.mark.parametrize("rows", [20, 1650])
@pytest.mark.parametrize("more", [[], ["--output", "estimate.xlsx"], ["--in-parts"]])
def test_a_stopped_run_is_not_left_unsaid_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], rows: int
) -> None:
    """Without --in-parts a small batch was priced at once; the folder of claims stayed unsaid."""
    stopped(tmp_path, monkeypatch)
    batch = written(claims().head(rows), tmp_path / "claims.parquet")
    monkeypatch.chdir(tmp_path)
    said = command(batch, "--lines", "lines.parquet", "--force", *more)
    assert isinstance(said.exception, UsageError)
    folder = ".lines.parquet.parts"
    assert str(said.exception).startswith("An earlier run was stopped. What it had priced is in ")
    assert f"{folder}: go on with the same command and --resume" in str(said.exception)
    assert not Path("lines.parquet").exists()
    assert Path(folder, "asked.json").exists()


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_run_that_ends_says_how_it_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, in_parts: list[Path]
) -> None:
    batch = written(claims(), tmp_path / "claims.parquet")

    def end(*_: object) -> None:
        raise fault

    monkeypatch.setattr(order.PartsInOrder, "_adjustments", end)
    asked = ["--in-parts", "--lines", tmp_path / "lines.parquet", "--adjustments"]
    said = StringIO()
    with redirect_stderr(said):
        status = main(["estimate", *map(str, [batch, *asked, tmp_path / "steps.parquet"])])
    assert in_parts == [batch]
    assert status == (130 if fault is KeyboardInterrupt else 2)
    first, second = said.getvalue().strip().splitlines()[-2:]
    assert "interrupted" in first or "No space left on device" in first
    folder = tmp_path / ".lines.parquet.parts"
    assert folder.is_dir()
    assert second == (
        f"payrules: What it had priced is in {folder}: go on with the same command and --resume,"
        " or delete that folder to start over."
    )


def test_a_file_replaced_by_a_smaller_one_has_changed_and_is_not_damaged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In one sentence: polars shows a panic of many lines where it meets the end of a file."""
    batch = written(claims(), tmp_path / "claims.parquet")

    def replaced(said: str) -> None:
        if said.startswith("checked 1"):
            batch.write_bytes(b"PAR1")

    with pytest.raises(ClaimsError, match=r"claims\.parquet changed while it was being read"):
        estimate_in_parts(batch, outputs(tmp_path), lines_a_part=PART, progress=replaced)
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize("said", ["x", "0", "-1", "1.5", ""])
def test_a_number_of_workers_that_is_none_is_told_in_plain_words(tmp_path: Path, said: str) -> None:
    batch = written(make_batch(10), tmp_path / "claims.parquet")
    ended = command(batch, "--lines", tmp_path / "lines.csv", "--workers", said)
    assert "--workers" in str(ended.exception.format_message())
    assert f"{said!r} is not a whole number from 1" in str(ended.exception.format_message())


def test_a_small_batch_is_priced_in_parts_where_asked(tmp_path: Path, in_parts: list[Path]) -> None:
    claims = make_batch(500)
    batch = written(claims, tmp_path / "claims.parquet")
    lines = tmp_path / "lines.parquet"
    said = command(batch, "--in-parts", "--lines", lines, "--adjustments", tmp_path / "steps.csv")
    assert said.exit_code == 0, said.output
    assert in_parts == [batch]
    assert_frame_equal(pl.read_parquet(lines), estimate(batch).lines)
    assert not lines.with_name(".lines.parquet.parts").exists()


@pytest.mark.parametrize(
    "flags", [["--in-parts"], ["--in-parts", "--output", "a.xlsx", "--lines", "a.csv"]]
)
def test_the_command_names_what_parts_can_write(tmp_path: Path, flags: list[str]) -> None:
    batch = written(make_batch(10), tmp_path / "claims.parquet")
    arguments = [tmp_path / flag if flag.startswith("a.") else flag for flag in flags]
    said = command(batch, *arguments)
    assert isinstance(said.exception, UsageError)
    assert "--lines" in str(said.exception)


_PRICED_APART = """
import resource, sys
from pathlib import Path
from payrules.runs import in_parts, large
from payrules.cli.commands import cli
folder = Path(sys.argv[1])
large.LARGE_FROM = 10_000
large.free_memory = lambda: None
in_parts.estimate_in_parts.__kwdefaults__["lines_a_part"] = 10_000
outputs = ["--lines", folder / "lines.parquet", "--adjustments", folder / "adjustments.parquet"]
cli(["estimate", str(folder / "claims.parquet"), *map(str, outputs)], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(folder: Path, lines: int) -> int:
    """Price so many lines in parts of 10,000, in a process of its own; give its peak memory."""
    folder.mkdir()
    written(make_batch(lines), folder / "claims.parquet")
    command = [sys.executable, "-c", _PRICED_APART, str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(said.stdout.splitlines()[-1])


@pytest.mark.skipif(sys.platform == "win32", reason="no getrusage")
def test_memory_does_not_grow_with_the_batch(tmp_path: Path) -> None:
    small, large_one = peak(tmp_path / "small", 15_000), peak(tmp_path / "large", 150_000)
    assert large_one < 1.6 * small
