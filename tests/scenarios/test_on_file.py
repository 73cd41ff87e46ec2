"""What-ifs with a payer whose file is silent: what is not known is said, and no 0.00 of it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.payers import load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline
from payrules.scenarios.answer import Answer, answer, as_record
from payrules.scenarios.contracts import compare_contracts
from payrules.scenarios.scenario import Scenario, scenario
from payrules.screen import what_if as what_if_screen
from payrules.screen.changed_lines import also_changed, lines_listed
from payrules.screen.printed import show
from payrules.workbook.what_if import write_whatif
from tests.pricing_cases import STARTER

SILENT = "bcbs-texas"
NO_RATE = f"{SILENT} names no rate, so its dollars are Medicare's"
NO_COINSURANCE = f"{SILENT}: no coinsurance is taken"
OWED = "patient_amount"


def claims(deductible: str = "0") -> pl.DataFrame:
    lines = pl.read_csv(BATCH, infer_schema=False)
    return lines.with_columns(deductible_remaining=pl.lit(deductible))


def base_of(payer: str = "medicare", deductible: str = "0") -> Baseline:
    setup = Setup(payer=load_payer(payer), schedules=STARTER, locality="national")
    return baseline(claims(deductible), setup)


def silent(**says: Any) -> Scenario:
    return scenario({"title": "Texas pays", "cites": "a draft", "payer": SILENT, **says}, "texas")


@pytest.fixture(scope="module")
def told() -> Answer:
    return answer(base_of(), [silent()], swept="conversion_factor=30:40:5")


def owed(told: Answer) -> dict[str, Any]:
    return told.totals.row(by_predicate=pl.col("measure") == OWED, named=True)


def printed(told: Answer, capsys: pytest.CaptureFixture[str]) -> str:
    show(*what_if_screen.told(told))
    return " ".join(capsys.readouterr().out.split())


def test_what_patients_of_a_scenario_s_silent_payer_owe_is_not_0_00(told: Answer) -> None:
    """It read 0.00 and -100.00%, as if the payer's patients owed nothing."""
    row = owed(told)
    assert row["before"] > 0
    assert [row[each] for each in ("after", "change", "share")] == [None] * 3
    (in_json,) = (
        each
        for each in json.loads(json.dumps(as_record(told)))["scenarios"][0]["totals"]
        if each["measure"] == OWED
    )
    assert [in_json[each] for each in ("after", "change", "share")] == [None] * 3
    lines = told.lines.filter(pl.col("allowed_amount_after") > 0)
    assert lines.height
    assert lines[f"{OWED}_after"].null_count() == lines.height
    assert lines[OWED].null_count() == 0


def test_the_screen_and_the_record_say_what_the_file_leaves_unsaid(
    told: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    """They said neither; a comparison of contracts with that payer said both."""
    said = as_record(told)["left_open"]
    assert [each.split(".")[0] for each in said] == [
        f"{NO_RATE}",
        f"{NO_COINSURANCE}, for the benefit plan sets it",
    ]
    assert tuple(said) == compare_contracts(base_of(), [load_payer("medicare"), load_payer(SILENT)]
    ).left_open  # fmt: skip
    out = printed(told, capsys)
    for sentence in said:
        assert out.count(sentence) == 1
    assert "owed by the patient, where on file" in out
    assert "-100.00%" not in out


def test_a_known_deductible_stands_and_no_change_to_it_from_what_was_known() -> None:
    row = owed(answer(base_of(deductible="100"), [silent()]))
    assert row["before"] > row["after"] > 0
    assert row["change"] is None


def test_a_sweep_on_top_of_it_says_no_0_00_either(
    told: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told.sweep is not None
    _, table = told.sweep
    assert table[OWED].to_list() == [None] * 3
    assert table["medicare_amount"].min() > 0
    assert "patient owes, where on file" in printed(told, capsys)


@pytest.mark.parametrize("deductible", ["0", "100"])
def test_its_workbook_says_all_of_it_and_adds_up(deductible: str, tmp_path: Path) -> None:
    """Its first page said 0.00, and not that the payer names no rate."""
    answered = answer(base_of(deductible=deductible), [silent()], swept="conversion_factor=30:40:5")
    path = tmp_path / "if.xlsx"
    assert write_whatif(answered, path).differences == ()
    book = openpyxl.load_workbook(path, data_only=True)
    front = [row[1:6] for row in book["What if"].iter_rows(values_only=True)]
    assert any(str(row[0]).startswith(NO_RATE) for row in front)
    assert any("says no coinsurance" in str(row[0]) for row in front)
    (change,) = (row for row in front if row[0] == "Patient owes, where on file, change")
    assert change[1] is None
    (row,) = (row for row in front if row[0] == "Patient owes, where on file")
    assert row[1] > 0
    assert row[3:] == (None, None)
    assert (row[2] is None) == (deductible == "0")
    about = [row[1:3] for row in book["About"].iter_rows(values_only=True)]
    for sentence in (NO_RATE, NO_COINSURANCE):
        assert any(str(cell).startswith(sentence) for cells in about for cell in cells)
    headings = [cell.value for cell in book["Sweep"][1]]
    assert "Patient owes, where on file" in headings


def test_today_s_silent_payer_is_in_the_record_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The screen said it of today's payer, the record did not; both showed 0.00 of patients."""
    cut = scenario(
        {"title": "A cut", "cites": "x", "conversion_factor": {"scale": Decimal("0.9")}}, "cut"
    )
    told = answer(base_of(SILENT), [cut])
    assert [owed(told)[each] for each in ("before", "after", "change")] == [None] * 3
    said = as_record(told)["left_open"]
    assert len(said) == 2
    out = printed(told, capsys)
    for sentence in said:
        assert out.count(sentence) == 1


def test_a_scenario_that_says_the_coinsurance_leaves_it_open_no_more() -> None:
    terms = {"coinsurance": {"on": True, "patient": Decimal("0.25")}}
    told = answer(base_of(), [silent(terms=terms)])
    row = owed(told)
    assert row["change"] == row["after"] - row["before"] > 0
    assert [each.startswith(NO_RATE) for each in told.left_open] == [True]
    told = answer(base_of(SILENT), [scenario(
        {"title": "T", "cites": "x", "terms": terms}, "terms"
    )])  # fmt: skip
    assert owed(told)["before"] is None
    assert owed(told)["after"] > 0
    assert owed(told)["change"] is None


def test_a_payer_that_says_everything_is_said_nothing_of() -> None:
    cut = scenario(
        {"title": "A cut", "cites": "x", "conversion_factor": {"scale": Decimal("0.9")}}, "cut"
    )
    told = answer(base_of(), [cut])
    assert "left_open" not in as_record(told)
    assert told.totals.equals(told.totals.drop_nulls())


# -- the list of changed lines -----------------------------------------------------------------


def test_of_lines_whose_allowed_amount_stays_the_list_says_what_changed(
    told: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    """They read $105.71, then $105.71, $0.00: nothing said that who pays it changed."""
    (one,) = told.comparisons
    for row in lines_listed(one).iter_rows(named=True):
        words = also_changed(row)
        assert bool(words) == (not row["change"])
        if words:
            assert words.startswith("payer $")
            assert words.endswith("then not known")
    assert "then not known" in printed(told, capsys)


def test_a_line_of_which_the_fee_alone_changes_is_counted_and_not_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A bundled line read $0.00, then $0.00, $0.00."""
    cut = scenario(
        {"title": "A cut", "cites": "x", "conversion_factor": {"scale": Decimal("0.9")}}, "cut"
    )
    (one,) = (told := answer(base_of(), [cut])).comparisons
    alone = one.lines.filter(
        *(pl.col(each) == pl.col(f"{each}_after") for each in ("allowed_amount", "status"))
    )
    assert alone.height
    listed = lines_listed(one)
    assert listed.height == one.lines.height - alone.height
    assert (listed["change"] != 0).all()
    out = printed(told, capsys)
    assert f"and {alone.height} line" in out
    assert "of which the fee alone changes" in out
    assert " also" not in out


def test_lines_billed_at_another_place_for_the_same_amount_say_so() -> None:
    moved = scenario(
        {
            "title": "Moved",
            "cites": "x",
            "claims": [
                {
                    "where": {"hcpcs_code": ["20610"], "place_of_service_code": ["11"]},
                    "set_": {"place_of_service_code": "49"},
                }
            ],
        },
        "moved",
    )
    (one,) = answer(base_of(), [moved]).comparisons
    same = [
        words for row in lines_listed(one).iter_rows(named=True) if (words := also_changed(row))
    ]
    assert same
    assert all("place of service 11 Office, then 49" in each for each in same)
