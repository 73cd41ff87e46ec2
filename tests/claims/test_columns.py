"""Headings: forgiven case and blanks, a user's own names, and what is missing."""

import random

import polars as pl
import pytest

from payrules.claims import columns, read_batch, read_columns_file
from payrules.errors import ClaimsError
from tests.claims.batches import GOOD, LOCALITIES, frame_of

THEIRS = {"claim_id": "Claim No", "person_id": "Patient", "service_unit_quantity": "Qty"}


def checked(frame, **terms):
    return read_batch(frame, localities=LOCALITIES, **terms)


@pytest.mark.parametrize(
    "heading", ["person_id", "PERSON_ID", " Person ID ", "person-id", "\ufeffPerson Id"]
)
def test_case_and_blanks_are_forgiven(heading):
    frame = frame_of({}).rename({"person_id": heading})
    assert checked(frame).lines.equals(checked(frame_of({})).lines)


def test_the_order_of_columns_is_immaterial():
    frame = frame_of({"hcpcs_modifiers": "25 59", "charge_amount": "5", "payer": "A"})
    plain = checked(frame)
    for seed in range(5):
        names = frame.columns
        random.Random(seed).shuffle(names)
        assert checked(frame.select(names)).lines.equals(plain.lines)


def test_the_lines_have_every_column_of_the_interface():
    lines = checked(frame_of({"diagnosis_code_2": "A"})).lines
    # Diagnoses, what else only coverage policies ask, and whose bill a line is of, are there where
    # a file has them.
    always = set(columns.KNOWN) - {*columns.FOR_COVERAGE, columns.BILL_TYPE}
    expected = (always - {"hcpcs_modifiers", "claim_line_start_date"}) - {
        "service_unit_quantity",
        "allowed_amount",
        *columns.IF_GIVEN,
    }
    expected |= {"service_date", "units_thousandths", "payer_allowed_amount", "diagnosis_code_2"}
    assert set(lines.columns) == expected


def test_their_own_headings():
    frame = frame_of({"service_unit_quantity": "3"}).rename(THEIRS)
    batch = checked(frame, columns=THEIRS)
    assert batch.lines["units_thousandths"].to_list() == [3_000]
    assert not batch.carried.width
    forgiving = checked(frame, columns={**THEIRS, "person_id": "PATIENT "})
    assert forgiving.lines.equals(batch.lines)


def test_a_mapped_heading_wins_over_our_own_name():
    frame = frame_of({"Patient": "P9"})
    batch = checked(frame, columns={"person_id": "Patient"})
    assert batch.lines["person_id"].to_list() == ["P9"]
    assert batch.carried["input_person_id"].to_list() == ["P1"]


def test_a_mapped_reject_names_our_column_and_keeps_their_heading():
    frame = frame_of({"service_unit_quantity": "-3"}).rename(THEIRS)
    rejected = checked(frame, columns=THEIRS).rejects.row(0, named=True)
    assert (rejected["column"], rejected["value"]) == ("service_unit_quantity", "-3")
    assert rejected["Qty"] == "-3"


def test_a_columns_file(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text('[columns]\nclaim_id = "Claim Nº"\ndiagnosis_code_3 = "Dx"\n', encoding="utf-8")
    assert read_columns_file(path).columns == {"claim_id": "Claim Nº", "diagnosis_code_3": "Dx"}


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ("[columns\n", "map.toml is not valid TOML"),
        ('claim_id = "x"\n', r"map.toml needs a table \[columns\]"),
        ("[columns]\nclaim_id = 3\n", r"map.toml needs a table \[columns\]"),
        ('[columns]\nservice_date = "x"\n', "names 'service_date', which payrules does not read"),
        ('[columns]\nperson = "x"\n', "perhaps 'person_id'"),
        ('[columns]\nclaim_id = "X"\nperson_id = "x "\n', "to both 'claim_id' and 'person_id'"),
    ],
)
def test_columns_files_that_say_nothing(tmp_path, contents, message):
    path = tmp_path / "map.toml"
    path.write_text(contents, encoding="utf-8")
    with pytest.raises(ClaimsError, match=message):
        read_columns_file(path)


def test_no_columns_file(tmp_path):
    with pytest.raises(ClaimsError, match=r"There is no columns file .*map\.toml"):
        read_columns_file(tmp_path / "map.toml")


def test_a_mapped_heading_that_no_file_has():
    with pytest.raises(ClaimsError, match=r"gives 'Pateint' for 'payer'.*perhaps 'patient'"):
        checked(frame_of({"Patient": "x"}), columns={"payer": "Pateint"})


@pytest.mark.parametrize("missing", columns.REQUIRED)
def test_a_missing_column_is_named_with_what_is_there(missing):
    frame = frame_of({}).rename({missing: "unlike"})
    with pytest.raises(ClaimsError) as caught:
        checked(frame)
    assert f"has no column '{missing}'" in str(caught.value)
    for name in set(GOOD) - {missing} | {"unlike"}:
        assert name in str(caught.value)


def test_a_missing_column_with_the_nearest_names():
    frame = frame_of({}).rename({"place_of_service_code": "Place of Servce", "person_id": "x"})
    with pytest.raises(ClaimsError) as caught:
        checked(frame)
    assert "'person_id'" in str(caught.value)
    assert "'place_of_service_code' (nearest: 'Place of Servce')" in str(caught.value)


def test_two_headings_for_one_column():
    frame = frame_of({}).with_columns(pl.lit("x").alias("Person ID"))
    with pytest.raises(ClaimsError, match="two columns for 'person_id': 'person_id' and 'Person I"):
        checked(frame)


def test_carried_columns_never_hide_a_result():
    frame = frame_of({"status": "open", "Room": "7", "service_date": "x", "input_status": "y"})
    batch = checked(frame)
    assert batch.carried.row(0, named=True) == {
        "input_input_status": "open",
        "Room": "7",
        "service_date": "x",  # the results call theirs claim_line_start_date
        "input_status": "y",  # a column keeps its name where no result has it
    }
    assert batch.renamed == {"status": "input_input_status"}


def test_rejects_keep_headings_that_meet_their_own():
    frame = frame_of({"hcpcs_code": "?", "row": "9", "reason": "r", "input_row": "8", "file": "f"})
    rejected = checked(frame).rejects
    assert rejected.columns[:4] == ["row", "column", "value", "reason"]
    found = rejected.row(0, named=True)
    assert (found["row"], found["value"], found["input_reason"]) == (1, "?", "r")
    assert (found["input_row"], found["input_input_row"], found["input_file"]) == ("9", "8", "f")


def test_a_map_serves_files_that_have_our_names_too(tmp_path):
    frame_of({}).write_csv(tmp_path / "ours.csv")
    frame_of({"claim_id": "C2"}).rename(THEIRS, strict=False).write_csv(tmp_path / "theirs.csv")
    paths = [tmp_path / "ours.csv", tmp_path / "theirs.csv"]
    mapped = {"claim_id": "Claim No", "person_id": "Patient"}
    batch = read_batch(paths, columns=mapped, localities=LOCALITIES)
    assert batch.lines["claim_id"].to_list() == ["C1", "C2"]
