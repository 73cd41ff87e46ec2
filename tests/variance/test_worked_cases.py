"""The worked cases: matching, amounts, statuses, causes, actions, deadlines, sheets, checks."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payrules.engine.rule import Tables
from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.variance.analysis import Variance, analyse
from tests.variance.written_cases import cases, claims_of, put, remittance_of

CASES = {each["id"]: each for each in cases()}
#: Cases that are priced with CMS's add-on table; the others were worked out without any edits.
WITH_TABLES = {"R35"}


def setup_for(case: dict[str, Any]) -> Setup:
    payer = "medicare" if case["payer"] == "medicare" else "110-percent-of-medicare"
    setup = setup_of(payer, locality="national")
    if case["id"] not in WITH_TABLES:
        vars(setup)["tables"] = Tables()
    return setup


def analysed(case: dict[str, Any], folder: Path) -> Variance:
    claims, paid = put(folder, case)
    return analyse([claims], paid, setup_for(case))


def as_written(name: str, value: Any) -> Any:
    """Give what a case writes as the tables have it: amounts in cents, blanks as None."""
    if value == "":
        return None
    return int(Decimal(value) * 100) if name.endswith("_amount") and value is not None else value


def sheet_of(found: Variance, row: dict[str, Any]) -> str:
    key = row["claim_id"], row["claim_line_number"]
    for name, table in (("Work list", found.work_list()), ("Denials", found.denials())):
        if key in table[0].select("claim_id", "claim_line_number").rows():
            return name
    return "Overpaid" if row["variance_status"] == "overpaid" else ""


@pytest.mark.parametrize("number", CASES)
def test_a_worked_case(tmp_path: Path, number: str) -> None:
    case = CASES[number]
    found = analysed(case, tmp_path)
    rows = found.lines.rows(named=True)
    for line in case["lines"]:
        (row,) = [
            each
            for each in rows
            if (each["claim_id"], each["claim_line_number"], each["compared_at"])
            == (line["claim_id"], line["claim_line_number"], line["compared_at"])
        ]
        for name, value in line.items():
            if name == "sheet":
                assert sheet_of(found, row) == value
                continue
            assert (row[name] if row[name] != "" else None) == as_written(name, value), name
    assert found.remainder == 0
    assert found.bridge_remainder == 0
    if "payment_balance" in case["checks"]:
        assert found.checks["check"].to_list() == ["payment_balance"]
        assert "difference 10.00" in found.checks["says"].item()
    else:
        assert found.checks.height == 0
    duplicates = int(found.read.tables["remittances"]["status"].eq("duplicate").sum())
    assert duplicates == case["counts"].get("duplicate_remittances", 0)


def test_the_same_pair_table_decides_a_denial(tmp_path: Path) -> None:
    if not CASES:
        pytest.skip("the worked cases are not beside this checkout")
    claims, paid = put(tmp_path, CASES["R13"])
    found = analyse([claims], paid, setup_of("medicare", locality="national"))
    assert found.lines["variance_status"].to_list() == ["paid_as_expected", "denied_as_expected"]


def test_order_and_repetition_of_files_change_no_amount(tmp_path: Path) -> None:
    """All cases of one payer as one batch, their remittances in any order, one handed in twice."""
    if not CASES:
        pytest.skip("the worked cases are not beside this checkout")
    chosen = [each for each in CASES.values() if each["payer"] == "medicare"]
    fragments = [
        claim.replace("1EG4TE5MK7", f"{case['id']}K7")
        for case in chosen
        for claim in case["claims_837p"]
    ]
    claims = tmp_path / "claims.837"
    claims.write_text(claims_of(*fragments), encoding="utf-8", newline="")
    paid = []
    for case in chosen:
        for number, each in enumerate(case["remittances_835"]):
            path = tmp_path / f"{case['id']}-{number}.835"
            text = remittance_of(each.replace("1EG4TE5MK7", f"{case['id']}K7"))
            path.write_text(text, encoding="utf-8", newline="")
            paid.append(path)
    setup = setup_for(chosen[0])
    amounts = []
    for files in (paid, paid[::-1], [*paid, paid[0], paid[5]]):
        found = analyse([claims], files, setup)
        assert found.remainder == found.bridge_remainder == 0
        amounts.append(found.lines.drop("notes", "trace_number"))
    assert amounts[0].equals(amounts[1])
    assert amounts[0].equals(amounts[2])
