"""Expected against paid where a payer's file says no coinsurance, and no remittance was given."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main
from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.variance.analysis import Variance
from payrules.variance.columns import compare_columns
from payrules.variance.expected import expected_claims, expected_lines, payers_at_hand
from payrules.variance.groups import by_payer
from payrules.variance.results import run_of
from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment

FILE = (
    'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\npercent_of_medicare = 110\n'
)
NOTE = "Acme, no coinsurance on file: expected payments hold what patients owe of it;"


def test_the_share_is_told_and_no_remittance_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither screen nor sheets said it; Lines missed a remittance; a denial was unexplained."""
    (tmp_path / "acme.toml").write_text(FILE, encoding="utf-8")
    line = {
        "claim_line_number": 1,
        "person_id": "p1",
        "claim_line_start_date": "2025-06-03",
        "place_of_service_code": "11",
        "locality": "national",
        "charge_amount": "300.00",
    }
    pl.DataFrame(
        [
            {**line, "claim_id": "paid", "hcpcs_code": "99213", "a": "101.00", "p": "80.00"},
            {**line, "claim_id": "open", "hcpcs_code": "99214", "a": "", "p": ""},
            # A bundled code: nothing is expected, and nothing came.
            {**line, "claim_id": "none", "hcpcs_code": "97010", "a": "0.00", "p": "0.00"},
        ]
    ).rename({"a": "allowed_amount", "p": "paid_amount"}).write_csv(tmp_path / "batch.csv")
    book, page = tmp_path / "v.xlsx", tmp_path / "v.html"
    files = ["--output", str(book), "--html", str(page)]
    main(["variance", str(tmp_path / "batch.csv"), "--payer", str(tmp_path / "acme.toml"), *files])
    assert "Acme: no coinsurance is taken" in capsys.readouterr().out
    assert NOTE in page.read_text(encoding="utf-8")
    sheets = openpyxl.load_workbook(book, data_only=True)
    summary = [str(cell.value) for cell in sheets["Summary"]["B"]]
    assert any(each.startswith(NOTE) for each in summary)
    names, *rows = sheets["Lines"].iter_rows(values_only=True)
    lines = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    assert lines["open"]["Variance status"] == "No paid amount"
    assert lines["none"]["Variance status"] == "Denied as expected"
    assert (lines["none"]["Variance cause"], lines["none"]["Cause detail"]) == (None, None)
    (_, missing) = sheets["Unmatched"].iter_rows(max_row=2, values_only=True)
    assert missing[0] == "No paid amount"
    assert "No remittance" not in {
        cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row
    }


UNKNOWN = "unknown_share"
SHARE_STEP = "not comparable: the patient's share is not on file"
COLUMNS = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code,"
    "locality,charge_amount,deductible_remaining,allowed_amount,paid_amount\n"
)


def _acme(folder: Path, more: str = "") -> Setup:
    path = folder / "acme.toml"
    path.write_text(FILE + more, encoding="utf-8")
    return setup_of(str(path), locality="national")


def _steps(found: Variance) -> dict[str, int]:
    """Give the bridge by its steps; it must lead to what was paid, also by payer."""
    steps = {each.name: each.amount for each in found.bridge}
    (row,) = by_payer(found).to_dicts()
    own = {each: row[f"{each}_difference_amount"] for each in [*steps][2:]}
    assert own == {each: steps[each] for each in own}
    assert sum(steps.values()) == row["payer_paid_amount"]
    return steps


def test_what_no_file_says_of_the_share_has_a_step_of_its_own(tmp_path: Path) -> None:
    """It was put to the patient "otherwise than expected", though nobody knows what is."""
    line = "2025-06-03,99213,11,national,300.00"
    batch = COLUMNS + "".join(
        f"{claim_id},1,P-{claim_id},{line},{rest}\n"
        for claim_id, rest in (
            ("less", "0,101.00,80.00"),
            # The deductible is known: what is put to the patient beside it is not.
            ("deductible", "20.00,101.00,60.00"),
            # All that is allowed is the deductible: nothing else is owed, and that is paid less.
            ("whole", "900.00,101.00,1.00"),
            ("as_allowed", "0,101.00,101.00"),
        )
    )
    steps = _steps(of_batch(tmp_path, batch, setup=_acme(tmp_path)))
    assert steps[UNKNOWN] == -2_100 - 2_100
    assert steps["patient_and_after_allowed"] == steps_of_known(tmp_path, batch)


def steps_of_known(folder: Path, batch: str) -> int:
    """Give what of the batch is put to the patient otherwise where its file says: no share."""
    said = _acme(folder, "\n[terms.coinsurance]\npatient = 0\n")
    steps = _steps(of_batch(folder, batch, setup=said))
    assert UNKNOWN not in steps
    return steps["patient_and_after_allowed"] + 2_100 + 2_100


@pytest.mark.parametrize("straight", [True, False])
def test_a_remittance_s_share_that_no_file_says_has_the_step(
    tmp_path: Path, *, straight: bool
) -> None:
    """In columns and one by one; taken off after the allowed amount it is no share."""
    visit = Paid("99213", "180", "70.00", "CO-45 79.00, CO-253 1.00, PR-2 30.00")
    answers = [Answer("A1", (visit,))]
    if not straight:
        other = Paid("99213", "180", "10.00", "OA-23 170.00")
        answers.append(Answer("A1", (other,), "2", control="S1"))
    found = compared(tmp_path, [claim("A1", "99213 180")], payment(*answers), setup=_acme(tmp_path))
    steps = _steps(found)
    assert (steps[UNKNOWN], steps["patient"], steps["after_allowed"]) == (-3_000, 0, -100)
    assert found.bridge[-1].words == SHARE_STEP
    assert run_of(found)["variance"]["bridge"][UNKNOWN] == "-30.00"  # type: ignore[index]


def test_the_step_stands_on_screen_sheets_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _acme(tmp_path)
    row = "c,1,P,2025-06-03,99213,11,national,300.00,0,101.00,80.00\n"
    (tmp_path / "batch.csv").write_text(COLUMNS + row, encoding="utf-8")
    book, page = tmp_path / "v.xlsx", tmp_path / "v.html"
    files = ["--output", str(book), "--html", str(page)]
    main(["variance", str(tmp_path / "batch.csv"), "--payer", str(tmp_path / "acme.toml"), *files])
    assert [each.split()[-1] for each in _lines(capsys.readouterr().out)] == ["-21.00"]
    assert SHARE_STEP.capitalize() in page.read_text(encoding="utf-8").replace("&#x27;", "'")
    sheets = openpyxl.load_workbook(book, data_only=True)
    shown = {row[1]: row[2] for row in sheets["Summary"].iter_rows(max_col=3, values_only=True)}
    assert shown[SHARE_STEP.capitalize()] == -21
    names, first, *_ = sheets["By payer"].iter_rows(values_only=True)
    assert dict(zip(names, first, strict=True))["Share not on file"] == -21


def _lines(screen: str) -> list[str]:
    return [each for each in screen.splitlines() if each.startswith(SHARE_STEP)]


@pytest.mark.parametrize(
    ("more", "allowed", "paid", "owed"),
    [
        # Acme pays 110 % of 88.95: 97.85, of which patients owe a tenth where its file says so.
        ("0.10", "88.95", "80.06", "8.00"),  # 88.06, of 97.85 less 9.79
        # What it left of what it allowed is what it leaves of what it should have allowed.
        ("0.10", "88.95", "70.06", "7.01"),
        ("0.10", "88.95", "71.16", "7.12"),
        ("0.10", "110.00", "88.00", "-9.72"),
        # Cost sharing alone is nothing, either way.
        ("0.10", "97.85", "78.28", "0.00"),
        ("0.10", "97.85", "95.00", "0.00"),
        ("0.10", "97.85", "97.85", "0.00"),
        ("0.10", "97.85", "99.85", "-2.00"),
        ("0", "88.95", "88.95", "8.90"),
        # Where no file says it, as much as the payer left of what it allowed.
        ("", "88.95", "71.16", "7.12"),
        ("", "88.95", "88.95", "8.90"),
        ("", "88.95", "0.00", "8.90"),
        ("", "110.00", "88.00", "-9.72"),
        ("", "97.85", "78.28", "0.00"),
    ],
)
def test_a_payer_owes_its_own_share_of_what_was_allowed_too_little(
    tmp_path: Path, more: str, allowed: str, paid: str, owed: str
) -> None:
    """It was asked for the patients' part, too, and what no file says stood as its own."""
    said = f"\n[terms.coinsurance]\npatient = {more}\n" if more else ""
    batch = f"{COLUMNS}c,1,p,2025-06-03,99213,11,national,300.00,0,{allowed},{paid}\n"
    setup = _acme(tmp_path, said)
    (line,) = of_batch(tmp_path, batch, setup=setup).lines.to_dicts()
    amount = Decimal(line["restated_paid_amount"] - line["payer_paid_amount"]) / 100
    assert amount == Decimal(owed)
    (tmp_path / "one.csv").write_text(batch, encoding="utf-8")
    read = setup.read(tmp_path / "one.csv")
    lines = expected_lines(read, setup.price(read.lines), setup)
    (one,) = compare_columns(expected_claims(lines, payers_at_hand(setup))).comparisons
    assert (one.restated, one.status) == (line["restated_paid_amount"], line["variance_status"])
