"""Credits: what takes back a line of the batch nets with it; what takes back none is rejected."""

from decimal import Decimal

import polars as pl
import pytest

from payrules.__main__ import main
from payrules.claims import read_batch
from payrules.errors import ClaimsError
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from payrules.workbook.about import run_facts
from payrules.workbook.figures import Figures
from tests.claims.batches import GOOD, LOCALITIES, checked, frame_of

LINE = {"claim_id": "C1", "charge_amount": "185.00", "service_unit_quantity": "1"}
CREDIT = {**LINE, "claim_line_number": "2", "charge_amount": "(185.00)"}


def fates(*rows, **terms):
    """Give the row numbers of reversed rows and of rejects, and how many lines are left."""
    batch = checked(*rows, **terms)
    taken = [] if batch.reversed is None else batch.reversed["row"].to_list()
    assert batch.lines.height + batch.rejects.height + len(taken) == batch.rows_in == len(rows)
    return taken, batch.rejects["row"].to_list(), batch.lines.height


@pytest.mark.parametrize("charge", ["(185.00)", "-185", "-$185.00", "$-185.00", "($185.00)"])
@pytest.mark.parametrize("units", ["1", "-1", "", None])
def test_a_credit_nets_with_its_line(charge, units):
    credit = {**CREDIT, "charge_amount": charge, "service_unit_quantity": units}
    assert fates(LINE, credit) == ([1, 2], [], 0)
    assert fates(credit, LINE) == ([1, 2], [], 0)


def test_both_are_listed():
    batch = checked(LINE, CREDIT)
    assert batch.reversed.rows(named=True) == [
        {
            "file": "The claims frame",
            "row": 1,
            "claim_id": "C1",
            "claim_line_number": 1,
            "charge_amount": Decimal("185.00"),
            "status": "reversed",
            "reason": "taken back by the credit in row 2",
            "by_file": "The claims frame",
            "by_row": 2,
        },
        {
            "file": "The claims frame",
            "row": 2,
            "claim_id": "C1",
            "claim_line_number": 2,
            "charge_amount": Decimal("-185.00"),
            "status": "reversed",
            "reason": "credit that takes back row 1",
            "by_file": "The claims frame",
            "by_row": 1,
        },
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"claim_id": "C2"},
        {"person_id": "P2"},
        {"claim_line_start_date": "2025-03-05"},
        {"hcpcs_code": "99214"},
        {"hcpcs_modifier_1": "25"},
        {"charge_amount": "(184.99)"},
    ],
)
def test_a_lone_credit_is_rejected(other):
    batch = checked(LINE, {**CREDIT, **other})
    assert batch.reversed is None
    assert batch.rejects["row"].to_list() == [2]
    assert "takes back no one line of the batch" in batch.rejects["reason"][0]


def test_a_credit_with_another_fault_is_rejected():
    assert fates(LINE, {**CREDIT, "place_of_service_code": "77"}) == ([], [2], 1)
    assert fates(LINE, {**CREDIT, "charge_amount": "185", "service_unit_quantity": "-1"}) == (
        [],
        [2],
        1,
    )


def test_the_billing_anew_stands():
    anew = {**LINE, "claim_line_number": "1"}
    assert fates(LINE, {**CREDIT, "claim_line_number": "1"}, anew) == ([1, 2], [], 1)


def test_a_line_of_the_same_number_is_taken_back_first():
    second = {**LINE, "claim_line_number": "2", "place_of_service_code": "22"}
    batch = checked(LINE, second, CREDIT)
    assert batch.reversed["row"].to_list() == [2, 3]
    assert batch.lines["place_of_service_code"].to_list() == ["11"]


def test_which_of_two_that_differ_is_not_guessed():
    other = {**LINE, "claim_line_number": "2", "place_of_service_code": "22"}
    third = {**CREDIT, "claim_line_number": "3"}
    assert fates(LINE, other, third) == ([], [3], 2)
    assert fates(LINE, {**other, "place_of_service_code": "11"}, third) == ([1, 3], [], 1)
    fourth = {**CREDIT, "claim_line_number": "4"}
    assert fates(LINE, other, third, fourth) == ([1, 2, 3, 4], [], 0)


def test_two_credits_of_one_line():
    again = {**CREDIT, "claim_line_number": "3"}
    assert fates(LINE, CREDIT, again) == ([1, 2], [3], 0)


def test_paid_amounts_are_taken_back_too():
    row = {**LINE, "paid_amount": "80", "allowed_amount": "100"}
    assert fates(row, {**CREDIT, "paid_amount": "-80", "allowed_amount": "(100)"})[0] == [1, 2]


def test_credits_across_files_and_carried_columns(tmp_path):
    one = frame_of(LINE, {"claim_id": "C7"}).with_columns(Ward=pl.Series(["North", "South"]))
    other = frame_of({**CREDIT, "claim_line_number": "1"}, {"claim_id": "C8"})
    one.write_csv(tmp_path / "one.csv")
    other.write_parquet(tmp_path / "other.parquet")
    batch = read_batch([tmp_path / "one.csv", tmp_path / "other.parquet"], localities=LOCALITIES)
    assert batch.reversed.select("file", "row", "by_file", "by_row").rows() == [
        ("one.csv", 2, "other.parquet", 1),
        ("other.parquet", 1, "one.csv", 2),
    ]
    assert batch.carried["Ward"].to_list() == ["South", None]
    assert batch.rows_in == 4


def test_typed_columns_net_too():
    rows = [{**GOOD, **LINE}, {**GOOD, **CREDIT}]
    frame = pl.DataFrame(rows).with_columns(
        charge_amount=pl.Series([185.0, -185.0]), service_unit_quantity=pl.Series([1, -1])
    )
    batch = read_batch(frame, localities=LOCALITIES)
    assert batch.reversed["row"].to_list() == [1, 2]
    decimals = frame.with_columns(pl.col("charge_amount").cast(pl.Decimal(9, 2)))
    assert read_batch(decimals, localities=LOCALITIES).reversed["row"].to_list() == [1, 2]


def test_parts_net_as_the_whole_does(tmp_path):
    anew = {**LINE, "claim_line_number": "1"}
    rows = [
        LINE,
        {"claim_id": "C5"},
        {**CREDIT, "claim_line_number": "1"},
        {**CREDIT, "claim_id": "C9"},
        {"claim_id": "C6", "claim_line_start_date": "1/5/25"},
        {"claim_id": "C6"},
        anew,
        {**anew, "claim_line_number": "3", "charge_amount": "-1"},
    ]
    path = tmp_path / "claims.csv"
    frame_of(*rows).with_columns(Ward=pl.Series([str(each) for each in range(8)])).write_csv(path)
    setup = Setup(locality="national")
    whole = estimate(path, setup)
    names = ("lines", "adjustments", "rejects")
    outputs = Outputs(
        *(tmp_path / f"{name}.parquet" for name in names),
        run=tmp_path / "run.json",
        reversed=tmp_path / "reversed.parquet",
    )
    told = estimate_in_parts(path, outputs, setup, lines_a_part=2)
    for name in (*names, "reversed"):
        written = pl.read_parquet(tmp_path / f"{name}.parquet")
        assert written.equals(getattr(whole, name).select(written.columns)), name
    assert told.run.counts == whole.run.counts
    assert told.run.readings == whole.run.readings
    assert told.run.inputs == whole.run.inputs
    counts = whole.run.counts
    assert (counts.rows_in, counts.lines, counts.rejects, counts.reversed) == (8, 3, 3, 2)


def test_parts_ask_what_the_whole_asks(tmp_path):
    path = tmp_path / "claims.csv"
    day = "claim_line_start_date"
    frame_of({day: "03/04/2025"}, {}, {}, {day: "25/03/2025"}).write_csv(path)
    setup = Setup(locality="national")
    with pytest.raises(ClaimsError) as whole:
        estimate(path, setup)
    with pytest.raises(ClaimsError) as parts:
        estimate_in_parts(path, Outputs(tmp_path / "lines.csv"), setup, lines_a_part=1)
    assert str(parts.value) == str(whole.value)


def test_the_command_counts_and_lists_them(tmp_path, capsys):
    path, listed = tmp_path / "claims.csv", tmp_path / "reversed.csv"
    frame_of(LINE, CREDIT, {"claim_id": "C3"}).write_csv(path)
    for further in ((), ("--in-parts", "--lines", str(tmp_path / "lines.csv")), ("--minimal",)):
        asked = ["estimate", str(path), "--reversed", str(listed), "--locality", "national"]
        assert main([*asked, "--force", *further]) == 0
        said = capsys.readouterr().out
        assert "reversed            2  credits, and the lines they take back" in said
        assert pl.read_csv(listed)["row"].to_list() == [2, 3]


def test_the_workbook_accounts_for_them(tmp_path):
    path = tmp_path / "claims.csv"
    frame_of(LINE, CREDIT, {"claim_id": "C3"}).write_csv(path)
    figures = Figures(estimate(path, Setup(locality="national")))
    (row,) = figures.by_file.to_dicts()
    assert (row["rows"], row["priced_rows"], row["set_aside_rows"]) == (3, 1, 2)
    assert {str(check.difference) for check in figures.checks if "Rows" in check.name} == {"0"}
    assert ("Reversed by credits, with these", "2") in run_facts(figures)
