"""Spark, in local mode with two workers: the results of a local run, whatever befalls a worker."""

import dataclasses
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

pytest.importorskip("pyspark")
pytest.importorskip("pyarrow")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java", allow_module_level=True)

from pyspark.sql import DataFrame, SparkSession

from benchmarks.batches import make_batch
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.engine.rule import Adjustment, rule
from payrules.errors import AlteredError, ClaimsError, PayrulesError
from payrules.payers import MEDICARE, load_payer
from payrules.runs import spark as on_spark
from payrules.runs.estimate import estimate
from payrules.runs.mips_file import read_mips_file
from payrules.runs.setup import Setup
from payrules.runs.spark.sent import pack, unpack
from payrules.runs.spark.work import whole_groups
from payrules.schedules import load_schedules
from tests.coverage.policies import FACET, written
from tests.every_way import batch as batch_of_every_way
from tests.every_way import setup as setup_of_every_way

ROOT = Path(__file__).parents[2]
LINES = int(os.environ.get("PAYRULES_SPARK_LINES", "1000"))
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        environment.setenv("PYTHONPATH", str(ROOT))
        spark = (
            SparkSession.builder.master("local[2,4]")  # a task may fail four times
            .config("spark.ui.enabled", "false")
            # Short queries: compiling them well, twice over, took half of the processor time.
            .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "3")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(max(LINES // 20, 50)))
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("OFF")
        yield spark
        spark.stop()


def claims() -> pl.DataFrame:
    """Give a numbered batch: one person with half the lines, repeats, faults, in no order."""
    batch = make_batch(LINES)
    one_person = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("P1")).otherwise("person_id")
    batch = batch.with_columns(person_id=one_person)
    of_another = batch.slice(100, 30).with_columns(person_id=pl.lit("P-other"))
    faulty = batch.head(5).with_columns(hcpcs_code=pl.lit("12"))
    turned = batch.filter(pl.int_range(pl.len()) % 90 == 7).with_columns(-pl.col("charge_amount"))
    lone = turned.head(3).with_columns(claim_id=pl.lit("C-lone"))
    again = batch.slice(50, 20)
    batch = pl.concat([batch, of_another, again, faulty, turned, lone])
    batch = batch.with_columns(number=pl.int_range(1, pl.len() + 1))
    return batch.sample(fraction=1, shuffle=True, seed=1)


def assert_same(
    results: on_spark.SparkResults, batch: pl.DataFrame, setup: Setup | None = None
) -> None:
    """Compare every line, step and reject with those of a local run."""
    wanted = estimate(batch.sort("number").drop("number"), setup)
    assert wanted.reversed is not None
    for got, expected, order in (
        (results.lines, wanted.lines, ["claim_id", "claim_line_number"]),
        (results.adjustments, wanted.adjustments, ["claim_id", "claim_line_number", "step"]),
        (results.rejects, wanted.rejects, ["row"]),
        (results.reversed, wanted.reversed, ["row"]),
    ):
        found = pl.DataFrame(pl.from_arrow(got.toArrow()))
        assert_frame_equal(found.sort(order), expected.sort(order))
    assert dataclasses.replace(results.record(), at="") == dataclasses.replace(
        wanted.run, at="", seconds=None
    )


def test_shuffled_skewed_repeated_input_is_priced_as_locally(
    session: SparkSession, tmp_path: Path
) -> None:
    batch = claims()
    for number, part in enumerate(batch.iter_slices(batch.height // 3)):
        part.write_parquet(tmp_path / f"{number}.parquet")
    results = on_spark.price(
        session.read.parquet(str(tmp_path)), row="number", lines_at_once=LINES // 10
    )
    assert_same(results, batch)


def test_the_batch_of_every_way_is_priced_as_at_once(session: SparkSession, tmp_path: Path) -> None:
    """What tests/large holds parts and workers to: payers, history, credits, what was paid."""
    batch = batch_of_every_way().with_columns(number=pl.int_range(1, pl.len() + 1))
    setup = setup_of_every_way(tmp_path)
    shuffled = batch.sample(fraction=1, shuffle=True, seed=1)
    results = on_spark.price(
        session.createDataFrame(shuffled.to_arrow()), setup, row="number", lines_at_once=100
    )
    assert_same(results, batch, setup)
    record = results.record()
    assert None not in (record.coverage, record.against_paid, record.mips, record.settlement)


@rule(cites="a test", effective="1992-01-01", kind="payment", reads=("hcpcs_code",))
def struck_by_lightning(*, mark: str = "") -> Adjustment:
    """The first worker that comes here dies."""
    from pathlib import Path  # noqa: PLC0415 - the rule travels without this module

    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return Adjustment(among=pl.lit(value=False))
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_a_second_payer_mips_settlement_and_coverage_are_as_locally(
    session: SparkSession, tmp_path: Path
) -> None:
    batch = make_batch(400).with_columns(
        primary_paid_amount=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("20.00")),
        qualifying_apm_participant=pl.lit("yes"),
        billing_tin=pl.lit("123456789"),
        paid_amount=pl.when(pl.int_range(pl.len()) % 4 > 0).then(pl.lit("61.37")),
        hcpcs_modifier_4=pl.lit("AQ"),
        payer=pl.when(pl.int_range(pl.len()) % 5 == 0).then(pl.lit("Acme")),
        history_only=pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit("yes")),
        diagnosis_code_1=pl.lit("M54.16"),
    )
    codes = ", ".join(f'"{code}"' for code in batch["hcpcs_code"].unique().sort())
    policy = written(
        tmp_path, FACET.replace('"64492", "64495"', codes).replace("macs =", "# macs =")
    )
    factors = tmp_path / "mips.csv"
    rows = [
        f"123456789,{npi},{year},-9.00"
        for npi in batch["rendering_npi"].drop_nulls().unique().sort()
        for year in (2024, 2025, 2026)
    ]
    factors.write_text("\n".join(["billing_tin,rendering_npi,year,percent", *rows]))
    # What another payer than Medicare pays has no part in the incentive.
    acme = tmp_path / "acme.toml"
    acme.write_text('name = "Acme"\ncontract = "Acme, 1"\nplan = "commercial"\n')
    setup = Setup(
        locality="national",
        mips=read_mips_file(factors),
        settlement=True,
        payers={"acme": load_payer(acme)},
        covering=Covering(read_policies([policy])),
    )
    record = on_spark.price(on(session, batch), setup, row="number").record()
    local = estimate(batch, setup).run
    assert record.coverage == local.coverage
    assert record.coverage is not None
    assert record.coverage.outcomes["would be denied"] > 100
    assert record.counts == local.counts
    assert local.counts.history == 55
    assert record.settlement == local.settlement
    assert record.mips == local.mips
    assert record.totals == local.totals
    assert record.against_paid == local.against_paid is not None
    assert local.totals["mips_amount"].startswith("-")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_worker_killed_in_mid_run_loses_nothing(session: SparkSession, tmp_path: Path) -> None:
    mark = tmp_path / "struck"
    mark.touch()  # a rule decides where it is made, and the driver prices no rows first
    lightning = struck_by_lightning.on_terms(cites="a test", mark=str(mark))
    payer = dataclasses.replace(MEDICARE, rules=(*MEDICARE.rules, lightning))
    batch = claims()
    batch.write_parquet(tmp_path / "claims.parquet")
    frame = session.read.parquet(str(tmp_path / "claims.parquet"))
    results = on_spark.price(frame, Setup(payer), row="number", lines_at_once=LINES // 10)
    mark.unlink()
    found = pl.DataFrame(pl.from_arrow(results.lines.toArrow()))
    assert mark.exists()
    wanted = estimate(batch.sort("number").drop("number")).lines
    order = ["claim_id", "claim_line_number"]
    assert_frame_equal(found.sort(order), wanted.sort(order))


def as_written(**dates: str) -> pl.DataFrame:
    """Give a small batch all of text, with its first dates as told."""
    batch = make_batch(40).cast(pl.String)
    day = batch["claim_line_start_date"].scatter(range(len(dates)), [*dates.values()])
    return batch.with_columns(day.alias("claim_line_start_date"))


def on(session: SparkSession, batch: pl.DataFrame) -> DataFrame:
    """Give a batch to Spark, numbered as a program's lines are."""
    return session.createDataFrame(
        batch.with_columns(number=pl.int_range(1, pl.len() + 1)).to_arrow()
    )


def test_a_day_that_may_be_two_is_asked_about_as_at_once(session: SparkSession) -> None:
    batch = as_written(one="03/04/2025", other="25/03/2025")
    with pytest.raises(ClaimsError) as at_once:
        estimate(batch)
    # Each row may come to another worker than the one that proves how dates are written.
    with pytest.raises(ClaimsError) as question:
        on_spark.price(on(session, batch).repartition(8), row="number")
    assert str(question.value) == str(at_once.value)
    assert "03/04/…" in str(question.value)


def test_what_is_understood_of_a_column_is_told_as_at_once(session: SparkSession) -> None:
    batch = as_written(one="1/5/25", other="05-Jan-2025")
    batch = batch.with_columns(hcpcs_modifier_1=pl.lit("RT/59"))
    wanted = estimate(batch)
    results = on_spark.price(on(session, batch), row="number")
    assert results.record().readings == wanted.run.readings
    assert any(each.note for each in wanted.run.readings[0].columns)
    found = pl.DataFrame(pl.from_arrow(results.lines.toArrow()))
    assert_frame_equal(found.sort(found.columns[:2]), wanted.lines.sort(found.columns[:2]))
    results.unpersist()


def test_a_batch_without_a_needed_column_is_refused_before_anything_runs(
    session: SparkSession,
) -> None:
    with pytest.raises(ClaimsError, match="person_id"):
        on_spark.price(session.createDataFrame([("C1",)], "claim_id string"))


def test_schedules_travel_with_their_hashes() -> None:
    packed = pack(load_schedules())
    arrived = unpack(packed)
    assert [release.files for release in arrived.releases] == [
        release.files for release in load_schedules().releases
    ]
    name = next(name for name in packed if name.endswith("codes.parquet"))
    packed[name] = packed[name][:-9] + bytes([packed[name][-9] ^ 1]) + packed[name][-8:]
    with pytest.raises(AlteredError, match="has changed"):
        unpack(packed)


def of_persons(*persons: str) -> pl.DataFrame:
    return pl.DataFrame({"person_id": list(persons)})


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("size", [1, 2, 3, 11])
def test_no_person_is_cut(at_once: int, size: int) -> None:
    persons = of_persons(*"aabbbbbbcde")
    frames = list(whole_groups(persons.iter_slices(size), "person_id", at_once))
    assert pl.concat(frames).equals(persons)
    seen = [person for frame in frames for person in frame["person_id"].unique()]
    assert sorted(seen) == [*"abcde"]


def test_what_waits_is_no_more_than_a_person_and_what_was_asked() -> None:
    frames = whole_groups(of_persons(*"aabbccddee").iter_slices(1), "person_id", 2)
    assert max(frame.height for frame in frames) == 2


@pytest.mark.parametrize("batches", [["ab", "a"], ["ba"], ["aab", "c", "b"]])
def test_a_person_who_comes_back_is_refused(batches: list[str]) -> None:
    frames = [of_persons(*persons) for persons in batches]
    with pytest.raises(PayrulesError, match="not sorted by person_id"):
        list(whole_groups(iter(frames), "person_id", 1))
