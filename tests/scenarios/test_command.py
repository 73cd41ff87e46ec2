"""The commands whatif, canary and explain --marginal, as a new user would try them."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main
from payrules.demo import BATCH
from payrules.errors import ReportError, UsageError
from payrules.payers import MEDICARE
from payrules.runs.setup import Setup
from payrules.scenarios.answer import answer
from payrules.workbook.what_if import write_whatif
from tests.scenarios.grounds import demo, says

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
LATER = EXAMPLES / "02-later-procedures-at-40.toml"
OFFICE = EXAMPLES / "01-office-not-hospital.toml"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch, tmp_path: Path) -> Run:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(each) for each in arguments])
        ended = capsys.readouterr()
        return status, ended.out, ended.err

    return command


def test_every_output_says_the_same_to_the_cent(run: Run, tmp_path: Path) -> None:
    files = {name: tmp_path / f"out{name}" for name in (".xlsx", ".csv", ".parquet", ".json")}
    status, out, _ = run(
        *("whatif", BATCH, "--scenario", LATER, "--scenario", f"{OFFICE}+{LATER}"),
        *("--output", files[".xlsx"], "--lines", files[".csv"], "--bridge", files[".parquet"]),
        *("--json", files[".json"]),
    )
    assert status == 1  # the demonstration batch has one row that is wrong on purpose
    assert "1 row is rejected and not included:" in out
    assert "place of service 98 is not a code CMS lists  68" in out
    both = f"{OFFICE.name}+{LATER.name}"
    lines = pl.read_csv(files[".csv"])
    bridge = pl.read_parquet(files[".parquet"])
    record = {
        each["name"]: each for each in json.loads(files[".json"].read_text("utf-8"))["scenarios"]
    }
    totals = openpyxl.load_workbook(files[".xlsx"])["Totals"]
    sheet = {(row[0], row[1]): row[4] for row in totals.iter_rows(min_row=2, values_only=True)}
    for name in (LATER.name, both):
        changed = lines.filter(pl.col("scenario") == name)["change"].sum()
        bridged = bridge.filter(pl.col("scenario") == name)["change"].sum()
        recorded = Decimal(record[name]["totals"][0]["change"])
        assert Decimal(f"{changed:.2f}") == bridged == recorded
        title = record[name]["title"]  # sheets call a scenario by it
        assert Decimal(str(sheet[title, "Allowed amount"])).quantize(recorded) == recorded
        assert f"{abs(recorded):,.2f}" in out


def test_a_dry_run_prices_and_writes_nothing(run: Run, monkeypatch) -> None:
    monkeypatch.setattr("payrules.scenarios.answer.Comparison", None)
    status, out, _ = run("whatif", BATCH, "--scenario", LATER, "--dry-run")
    assert status == 0
    assert "multiple procedures: each later one at 40 %" in out
    assert "8 lines" in out
    assert "25 lines would be priced again" in out


def test_solve_sweep_tornado_and_contracts_in_one_command(run: Run, tmp_path: Path) -> None:
    record, claims = tmp_path / "all.json", tmp_path / "claims.csv"
    rows = BATCH.read_text(encoding="utf-8").splitlines()
    some = [row for row in rows if row.startswith(("claim_id", "C101"))]
    claims.write_text("\n".join(some) + "\n", encoding="utf-8")
    status, out, _ = run(
        *("whatif", claims, "--solve", "percent_of_medicare", "--target", "+10%"),
        *("--sweep", "terms.multiple_procedure.later=0.25:0.75:0.25", "--tornado"),
        *("--contract", "medicare", "--contract", "110-percent-of-medicare"),
        *("--json", record, "--output", tmp_path / "all.xlsx"),
    )
    assert status == 0
    said = json.loads(record.read_text(encoding="utf-8"))
    assert said["solve"]["value"] == "110.00"
    assert [row["value"] for row in said["sweep"]["rows"]] == ["0.25", "0.50", "0.75"]
    assert said["tornado"]["allowed_amount"][0]["term"] == "conversion_factor"
    assert said["contracts"]["ranking"][0]["payer"] == "110-percent-of-medicare"
    for words in (
        said["solve"]["value"],
        "bilateral procedures, both sides",
        "Contracts, by the difference on lines shared with the first",
    ):
        assert words in out
    assert set(openpyxl.load_workbook(tmp_path / "all.xlsx").sheetnames) == {
        *("What if", "Sweep", "Tornado allowed", "Tornado payer", "Tornado patient"),
        *("Contracts", "Families", "Places", "Terms", "Contract lines", "Checks", "About"),
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say what to change: --scenario FILE"),
        (["--solve", "conversion_factor"], "--solve and --target go together"),
        (["--scenario", "lter.toml"], "There is no scenario file"),
        (["--contract", "medicare"], "two or more at a time"),
        (["--scenario", LATER, "--scenario", LATER], "Two scenarios have the same name"),
        (["--lines", "x.csv", "--tornado"], "need a --scenario"),
        (["--scenario", LATER, "--output", "x.csv"], "a workbook's name ends in .xlsx"),
    ],
    ids=str,
)
def test_what_cannot_be_answered_is_refused_in_one_line(run: Run, arguments, said: str) -> None:
    status, out, err = run("whatif", BATCH, *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_outputs_are_not_replaced_unless_forced(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "w.json"
    there.write_text("mine", encoding="utf-8")
    asked = ("whatif", BATCH, "--scenario", LATER, "--json", there)
    assert run(*asked)[0] == 2
    assert there.read_text(encoding="utf-8") == "mine"
    assert run(*asked, "--force")[0] == 1
    assert there.read_text(encoding="utf-8") != "mine"


def test_explain_marginal_tells_what_each_line_is_worth(run: Run) -> None:
    status, out, _ = run("explain", BATCH, "--claim", "C107", "--marginal")
    assert status == 0
    assert "$117.42" in out
    assert "line 3 77003 with modifier 59, where it is true" in out
    assert run("explain", BATCH, "--claim", "C107", "--marginal", "--line", "1")[0] == 2


def test_a_canary_is_recorded_holds_and_falls(run: Run, tmp_path: Path) -> None:
    claims, canary = tmp_path / "claims.csv", tmp_path / "canary.csv"
    rows = BATCH.read_text(encoding="utf-8").splitlines()[:20]
    claims.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert run("canary", claims, "--record", canary)[:2] == (
        0,
        f"19 lines with today's results are in {canary}.\n",
    )
    assert run("canary", canary)[:2] == (0, "95 expected values on 19 lines still hold.\n")
    status, out, _ = run("canary", canary, "--payer", "110-percent-of-medicare")
    assert status == 1
    assert "contract_rate" in out
    assert "of 19 changed." in out
    assert run("canary", claims)[0] == 2  # it states no expected values


def test_the_workbook_opens_and_its_bridge_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    answered = answer(demo(), [says(terms={"multiple_procedure": {"later": Decimal("0.4")}})])
    write_whatif(answered, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        *("What if", "Totals", "Bridge", "Groups", "Rules", "Lines", "Chains"),
        *("Checks", "About"),
    ]
    assert book["Lines"].max_row == 9
    with ZipFile(path) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == 1
        assert b"Multiple procedure" in parts.read("xl/sharedStrings.xml")
    with pytest.raises(ReportError, match="already"):
        write_whatif(answered, path)


def test_both_chains_of_every_changed_line_come_to_its_amounts() -> None:
    answered = answer(demo(), [says(conversion_factor={"scale": Decimal("1.05")})])
    key = ["claim_id", "claim_line_number"]
    payment = [rule.name for rule in MEDICARE.rules if rule.kind == "payment"]
    chains = answered.chains.filter(~pl.col("rule").is_in(payment))
    sums = chains.group_by(key).agg(pl.col("before_change", "after_change").sum())
    both = answered.lines.join(sums, on=key)
    assert both.height == answered.lines.height == 59
    assert both["before_change"].equals(both["allowed_amount"].fill_null(0), check_names=False)
    assert both["after_change"].equals(both["allowed_amount_after"].fill_null(0), check_names=False)


def test_a_formula_in_a_claim_id_stays_text(tmp_path: Path) -> None:
    from payrules.scenarios import baseline  # noqa: PLC0415

    frame = pl.read_csv(BATCH, infer_schema=False).with_columns(
        claim_id=pl.format("=1+{}", "claim_id")
    )
    base = baseline(frame, Setup(schedules=demo().setup.schedules))
    path = tmp_path / "w.xlsx"
    write_whatif(answer(base, [says(conversion_factor=40)]), path)
    cell = openpyxl.load_workbook(path)["Lines"]["B2"]
    assert (cell.data_type, str(cell.value)[:3]) == ("s", "=1+")


def test_nothing_asked_is_refused_by_the_library_too() -> None:
    with pytest.raises(UsageError, match="Say what to change"):
        answer(demo())
