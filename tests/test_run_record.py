"""The run record is made in one way, however a batch is run; its JSON is what it was."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.payers import MEDICARE, Payer
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.record import RunRecord
from payrules.runs.results import write_run
from payrules.runs.setup import Setup
from payrules.runs.tally import Tally, together
from payrules.scenarios import baseline
from payrules.schedules import load_schedules
from payrules.workbook.privacy import minimal

STARTER = load_schedules(content_folder("fee_schedules"))
OTHER = Payer("Acme", "its contract", MEDICARE.rules)
SETUP = Setup(payers={"acme": OTHER}, schedules=STARTER, locality="national")
KEYS = [
    *("payrules", "at", "payer", "release_asked_for", "columns", "columns_file"),
    *("inputs", "carried", "renamed"),
    *(
        "lines_of_other_payers",
        "payers_not_given",
        "readings",
        "releases",
        "tables",
        "rules",
        "edits",
        "counts",
        "totals",
    ),
]


def timeless(record: RunRecord) -> RunRecord:
    """Give a record without what differs from run to run."""
    return replace(record, at="", seconds=None)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """Write the demonstration with lines of a second payer, and of one that nobody gave."""
    frame = pl.read_csv(BATCH, infer_schema=False)
    number = pl.int_range(pl.len()) % 3
    payers = frame.with_columns(
        payer=pl.when(number == 1).then(pl.lit(" ACME")).when(number == 2).then(pl.lit("nobody"))
    )
    payers.write_csv(tmp_path / "claims.csv")
    return tmp_path / "claims.csv"


def test_however_a_batch_is_run_its_record_is_the_same(claims: Path, tmp_path: Path) -> None:
    """On Spark it is the same but for the files: see tests/spark."""
    at_once = estimate(claims, SETUP).run
    assert at_once.lines_of_other_payers > 0
    assert at_once.counts.rejects > 0
    outputs = Outputs(tmp_path / "lines.csv", tmp_path / "adjustments.csv")
    in_parts = estimate_in_parts(claims, outputs, SETUP, lines_a_part=5).run
    for other in (in_parts, baseline(claims, SETUP).record):
        assert timeless(other) == timeless(at_once)


def test_the_record_says_how_many_lines_each_quarter_of_drugs_and_tests_priced() -> None:
    rows = [
        {
            "claim_id": "1",
            "claim_line_number": str(number),
            "person_id": "1",
            "claim_line_start_date": day,
            "hcpcs_code": code,
            "place_of_service_code": "11",
        }
        for number, (code, day) in enumerate(
            [
                ("J3301", "2025-01-01"),
                ("90662", "2025-03-31"),
                ("J3301", "2026-02-10"),
                ("J3301", "2025-04-01"),  # no quarter of the day
                ("80053", "2025-02-04"),
                ("99213", "2025-02-04"),
            ],
            1,
        )
    ]
    run = estimate(pl.DataFrame(rows), SETUP).run
    assert {each.name: each.lines for each in run.tables if each.lines is not None} == {
        "starter-asp-2025Q1": 2,
        "starter-asp-2026Q1": 1,
        "starter-clfs-2025Q1": 1,
    }
    of_edits = [each for each in run.as_json()["tables"] if each["kind"] == "mue"]
    assert "lines" not in of_edits[0]


def test_the_json_has_its_keys_in_order(claims: Path, tmp_path: Path) -> None:
    run = estimate(claims, SETUP).run
    write_run(run, tmp_path / "run.json")
    said = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert list(said) == [*KEYS, "other_payers", "seconds"]
    assert said == run.as_json()
    assert said["inputs"] == [
        {"name": "claims.csv", "sha256": run.inputs[0].sha256, "rows": run.inputs[0].rows}
    ]
    assert list(said["counts"])[:4] == ["rows_in", "lines", "rejects", "priced"]
    assert run["totals"] == run.totals == said["totals"]


def test_tallies_of_parts_add_up() -> None:
    day = "2025-01-01"
    one = Tally({"priced": 2}, ("a",), {"charge_amount": 5}, 3, {"x": 1}, {day: 2}, {"99213": 2})
    other = Tally({"denied": 1}, ("b",), {"charge_amount": 7}, 1, {}, {day: 1}, {"1": 1})
    whole = together([one, other])
    assert whole == Tally(
        {"priced": 2, "denied": 1},
        ("a", "b"),
        {"charge_amount": 12},
        4,
        {"x": 1},
        {day: 3},
        {"99213": 2, "1": 1},
    )
    assert whole.lines == 3
    assert together([]) == Tally()


def test_without_persons_the_record_names_no_heading_that_was_only_carried(claims: Path) -> None:
    """Such a heading may be anything, a person's name where a file has none."""
    frame = pl.read_csv(claims, infer_schema=False).with_columns(JANE_DOE=pl.lit("x"))
    frame.write_csv(claims)
    whole = estimate(claims, SETUP)
    assert "JANE_DOE" in json.dumps(whole.run.as_json())
    assert "JANE_DOE" not in json.dumps(minimal(whole).run.as_json())
