"""Rejected rows grouped by cause: on the screen, and the message where every row has one."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrules.__main__ import main
from payrules.runs.causes import Cause, causes_of
from payrules.runs.x12 import x12_remarks

HEAD = "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,place_of_service_code"


def frame(*reasons: str, begin: int = 2) -> pl.DataFrame:
    return pl.DataFrame({"row": range(begin, begin + len(reasons)), "reason": reasons})


def test_one_cause_is_said_once_with_the_first_rows() -> None:
    reasons = [f"place of service {n} is not a code CMS lists" for n in (98, 111, 7, 98)]
    assert causes_of([frame(*reasons)]) == (
        Cause("place of service … is not a code CMS lists", 4, ("2", "3", "4")),
    )


def test_a_reason_that_all_rows_share_is_said_as_it_is() -> None:
    said = "place of service 98 is not a code CMS lists"
    assert causes_of([frame(said, said)]) == (Cause(said, 2, ("2", "3")),)


def test_each_reason_of_a_row_counts_and_the_most_frequent_is_first() -> None:
    none = "no locality: give one"
    found = causes_of([frame(f"person_id is missing; {none}", none), frame(none, begin=9)])
    assert found == (Cause(none, 3, ("2", "3", "9")), Cause("person_id is missing", 1, ("2",)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "HCPCS code 9921 is not five letters and digits",
            "HCPCS code A is not five letters and digits",
        ),
        (
            "HCPCS code 123 is too short: a spreadsheet may have dropped leading zeros (00123)",
            "HCPCS code 12 is too short: a spreadsheet may have dropped leading zeros (00012)",
        ),
        ("units must be more than 0, not 0", "units must be more than 0, not -1"),
        (
            "claim line 1 of this claim was already seen in row 2",
            "claim line 3 of this claim was already seen in row 40 of a.csv",
        ),
        (
            "charge_amount (5 characters, not shown) is not an amount in dollars and cents",
            "charge_amount 1.234 is not an amount in dollars and cents",
        ),
        (
            "ZIP code 60601 is not in CMS's ZIP table: give locality",
            "ZIP code 1 is not in CMS's ZIP table: give locality",
        ),
        (
            "locality 1-1 is not in any loaded fee schedule (perhaps '01112-05')",
            "locality 1-2 is not in any loaded fee schedule (perhaps '01112-06')",
        ),
        (
            "date of service 2024-13-01 is not a date as 2025-12-31 or 12/31/2025",
            "date of service 1 is not a date as 2025-12-31 or 12/31/2025",
        ),
        (
            "person_id holds a spreadsheet's error, #N/A, and no value",
            "person_id holds a spreadsheet's error, #REF!, and no value",
        ),
        ("claim already read at segment 12", "claim already read at segment 1,200"),
    ],
)
def test_what_differs_from_row_to_row_makes_no_cause_of_its_own(one: str, other: str) -> None:
    (cause,) = causes_of([frame(one, other)])
    assert cause.rows == 2


def test_a_segment_that_rejects_several_lines_is_named_once() -> None:
    rejects = pl.DataFrame({"row": [9, 9, 9, 12], "reason": ["HL01 is wrong"] * 4})
    assert causes_of([rejects, rejects]) == (Cause("HL01 is wrong", 8, ("9", "12")),)


def test_failed_checks_of_x12_are_told_by_kind() -> None:
    failed = [{"check": "claim_charge", "segment": n, "says": f"CLM02 {n}."} for n in range(820)]
    failed.append({"check": "SE01", "segment": 9, "says": "SE01 is off."})
    file = {"name": "a.837", "failed_checks": failed, "test": False, "latin_1": False}
    said = [*x12_remarks([{**file, "unknown_segments": {}}])]
    assert said == [
        "a.837: 820 checks of the claim's charge failed. CLM02 0. CLM02 1. CLM02 2."
        " The run record lists all: --run run.json",
        "a.837: a check failed. SE01 is off.",
    ]


def test_different_columns_are_different_causes() -> None:
    assert len(causes_of([frame("claim_id is missing", "person_id is missing")])) == 2


@given(
    st.lists(
        st.lists(st.sampled_from(["a is b", "units 3 is x", "units 4 is x"]), min_size=1),
        max_size=5,
    )
)
def test_frames_group_as_one_whole(parts: list[list[str]]) -> None:
    frames, begin = [], 2
    for part in parts:
        frames.append(frame(*part, begin=begin))
        begin += len(part)
    assert causes_of(frames) == causes_of([pl.concat(frames)] if frames else [])
    assert sum(each.rows for each in causes_of(frames)) == begin - 2


def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, *more: str) -> str:
    claims = tmp_path / "claims.csv"
    claims.write_text(f"{HEAD}\n{rows}\n", encoding="utf-8")
    assert main(["estimate", str(claims), *more]) == 1
    return capsys.readouterr().out


def test_one_message_up_front_where_every_row_fails_for_one_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "\n".join(f"C{n},1,P1,2025-03-03,64493,11" for n in range(8))
    said = run(tmp_path, capsys, rows).splitlines()
    assert said[0].startswith("Every one of the 8 rows is rejected: no locality: give --locality")


def test_the_screen_groups_by_cause_and_numbers_rows_as_a_spreadsheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "C1,1,P1,2025-03-03,64493,98\nC2,1,P1,2025-03-03,64493,11\nC3,1,,2025-03-03,64493,97"
    said = run(tmp_path, capsys, rows, "--locality", "national")
    table = said[said.index("rejected  because") :].splitlines()
    assert " ".join(table[1].split()) == "2 place of service … is not a code CMS lists 2, 4"
    assert " ".join(table[2].split()) == "1 person_id is missing 4"
    assert "See all rows with: --rejects rejects.csv" in said
    assert not said.startswith("Every")
