"""Every cell of what a policy says, on lines: denied, reviewed, noted, or nothing said.

The facet policy and the cases are those of the specification; each case is a person of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.locality import NO_LOCALITY
from payrules.runs.coverage_check import coverage_check
from payrules.runs.covered import in_sentences
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, load_schedules
from payrules.workbook import write_workbook
from payrules.workbook.about import schedule_notes, sources_of
from payrules.workbook.work_list import what_to_do
from tests.coverage.policies import FACET, written

DIAGNOSIS = "M47.816"
Line = tuple[str, str, str, Mapping[str, Any]]


def line(day: str, code: str, modifiers: str = "", **also: Any) -> Line:
    """Give a line of a case; its claim is its day and code unless it says another."""
    return day, code, modifiers, also


def batch(cases: Mapping[str, Sequence[Line]]) -> pl.DataFrame:
    """Write the lines of cases, each case a person's."""
    rows = [
        {
            "claim_id": f"{name} {number:02}",
            "claim_line_number": number + 1,
            "person_id": name,
            "claim_line_start_date": day,
            "hcpcs_code": code,
            "hcpcs_modifiers": modifiers,
            "place_of_service_code": "11",
            "locality": "01112-05",
            "diagnosis_code_1": DIAGNOSIS,
            "rendering_npi": "1000000010",
            **also,
        }
        for name, lines in cases.items()
        for number, (day, code, modifiers, also) in enumerate(lines)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


KX_DAYS = ("2026-01-10", "2026-01-31", "2026-03-01", "2026-04-01")
FOUR_KX = [line(day, "64493", "KX") for day in KX_DAYS]
#: Case → its lines, and of each its status, CARC, RARC and a part of what is said of it.
CASES: dict[
    str, tuple[Sequence[Line], Sequence[tuple[str, str | None, str | None, str | None]]]
] = {
    "four diagnostic": (FOUR_KX, [("priced", None, None, None)] * 4),
    "a fifth": (
        [*FOUR_KX, line("2026-12-20", "64493", "KX")],
        [("priced", None, None, None)] * 4
        + [("denied", "151", "N115", "over the frequency: 4 sessions in 12 months")],
    ),
    "four of each": (
        [
            *FOUR_KX,
            *(
                line(day, "64493")
                for day in ("2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01")
            ),
        ],
        [("priced", None, None, None)] * 8,
    ),
    "other diagnosis": (
        [line("2026-01-10", "64493", diagnosis_code_1="M54.16")],
        [("denied", "50", "N115", "no diagnosis of the line is on the policy's closed list")],
    ),
    "one of two": (
        [line("2026-01-10", "64493", diagnosis_code_1="M54.16", diagnosis_code_2="m47816")],
        [("priced", None, None, None)],
    ),
    "pointed at the other": (
        [
            line(
                "2026-01-10",
                "64493",
                diagnosis_code_1="M54.16",
                diagnosis_code_2="M47.816",
                diagnosis_pointers="A",
            )
        ],
        [("denied", "50", "N115", "closed list")],
    ),
    "pointers unread": (
        [line("2026-01-10", "64493", diagnosis_code_1="M54.16", diagnosis_pointers="12")],
        [("priced", None, None, "its diagnosis pointers cannot be read")],
    ),
    # "12" is places 1 and 2, or 12: that the first diagnosis is listed settles nothing.
    "pointers unread beside a listed diagnosis": (
        [line("2026-01-10", "64493", diagnosis_code_2="M54.16", diagnosis_pointers="12")],
        [("priced", None, None, "its diagnosis pointers cannot be read")],
    ),
    "pointed at a diagnosis that the file lacks": (
        [
            line("2026-01-10", "64493", diagnosis_code_1="M54.16", diagnosis_pointers=pointers)
            for pointers in ("B", "1 5")
        ],
        [("priced", None, None, "its pointers name a diagnosis that the file does not have")] * 2,
    ),
    "pointed at one that the file lacks beside a listed one": (
        [line("2026-01-10", "64493", diagnosis_code_1="M47.816", diagnosis_pointers="1,5")],
        [("priced", None, None, None)],
    ),
    "pointed twice at the other": (
        [
            line(
                "2026-01-10",
                "64493",
                diagnosis_code_1="M54.16",
                diagnosis_code_2="M47.816",
                diagnosis_pointers=pointers,
            )
            for pointers in ("1,1", "AA")
        ],
        [("denied", "50", "N115", "closed list")] * 2,
    ),
    "no diagnosis": (
        [line("2026-01-10", "64493", diagnosis_code_1=None)],
        [("priced", None, None, "the line has no diagnosis")],
    ),
    "three levels": (
        [line("2026-01-10", code, claim_id="three") for code in ("64493", "64494", "64495")],
        [
            ("priced", None, None, None),
            ("priced", None, None, None),
            ("denied", "50", "N115", "64495 is listed as not covered: three or more levels"),
        ],
    ),
    "primary denied": (
        [
            line("2026-01-10", code, claim_id="primary", diagnosis_code_1=diagnosis)
            for code, diagnosis in (("64493", "M54.16"), ("64494", DIAGNOSIS))
        ],
        [("denied", "50", "N115", "closed list"), ("denied", "107", "N122", None)],
    ),
    "levels by units": (
        [
            line("2026-01-10", "64493", claim_id="units"),
            line("2026-01-10", "64494", claim_id="units", service_unit_quantity=2),
        ],
        [
            ("priced", None, None, None),
            ("denied", "50", "N115", "more than 2 levels of lumbar sacral in one session"),
        ],
    ),
    "levels by units, the primary billed last": (
        [
            line("2026-01-10", "64494", claim_id="last", service_unit_quantity=2),
            line("2026-01-10", "64493", claim_id="last"),
        ],
        [
            ("denied", "50", "N115", "more than 2 levels of lumbar sacral in one session"),
            ("priced", None, None, None),
        ],
    ),
    "both sides of two levels": (
        [
            line("2026-01-10", code, side, claim_id="sides")
            for code in ("64493", "64494")
            for side in ("RT", "LT")
        ],
        [("priced", None, None, None)] * 4,
    ),
    "too soon": (
        [line("2026-01-10", "64493", "KX"), line("2026-01-20", "64493", "KX")],
        [("priced", None, None, None), ("priced", None, None, "10 days after the session of")],
    ),
    "another contractor": (
        [line("2026-01-10", "64493", locality="12302-01", diagnosis_code_1="M54.16")],
        [("priced", None, None, None)],
    ),
    "before its day": (
        [line("2025-07-16", "64493", diagnosis_code_1="M54.16")],
        [("priced", None, None, None)],
    ),
    "assistant does not count": (
        [
            line("2026-01-10", "64635"),
            line("2026-02-10", "64635", "80"),
            line("2026-03-10", "64635"),
        ],
        [("priced", None, None, None), ("denied", None, None, None), ("priced", None, None, None)],
    ),
    "notice on file": (
        [line("2026-01-10", "64493", "GA", diagnosis_code_1="M54.16")],
        [("denied", "50", "N115", "closed list")],
    ),
    "sessions that coverage denied": (
        [
            line("2026-01-10", "64635"),
            line("2026-02-10", "64635", diagnosis_code_1="M54.16"),
            line("2026-03-10", "64635"),
            line("2026-04-10", "64635"),
        ],
        [
            ("priced", None, None, None),
            ("denied", "50", "N115", "closed list"),
            ("priced", None, None, None),
            ("denied", "151", "N115", "over the frequency: 2 sessions in 12 months"),
        ],
    ),
}


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """Give a setup that enforces the facet policy."""
    path = written(tmp_path_factory.mktemp("policies"))
    return enforcing(path)


def enforcing(path: Path) -> Setup:
    """Give a setup that enforces policies; NCCI's edits would take units and pairs out before."""
    without_edits = Schedules(load_schedules().releases, ())
    return Setup(covering=Covering(read_policies([path]), enforced=True), edits=without_edits)


@pytest.fixture(scope="module")
def priced(setup: Setup) -> pl.DataFrame:
    """Price every case, each a person of one batch."""
    return estimate(batch({name: lines for name, (lines, _) in CASES.items()}), setup).lines


@pytest.mark.parametrize("name", CASES)
def test_coverage(name: str, priced: pl.DataFrame) -> None:
    found = priced.filter(pl.col("person_id") == name)
    _, expected = CASES[name]
    assert found.height == len(expected)
    for row, (status, carc, rarc, said) in zip(found.iter_rows(named=True), expected, strict=True):
        told = f"{row['coverage_finding'] or ''} {row['review'] or ''}"
        assert row["status"] == status, row
        if carc is not None:
            assert (row["carc"], row["rarc"]) == (carc, rarc)
        assert said is None or said in told
        if status == "priced" and said is None:
            assert row["coverage_finding"] is None, row


def test_report_mode_moves_no_cent(setup: Setup) -> None:
    claims = batch({name: lines for name, (lines, _) in CASES.items()})
    assert setup.covering is not None
    reported = replace(setup, covering=replace(setup.covering, enforced=False))
    plain = estimate(claims, replace(setup, covering=None))
    found = estimate(claims, reported)
    own = [name for name in plain.lines.columns if name != "review"]
    assert found.lines.select(own).equals(plain.lines.select(own))
    assert found.lines["coverage_outcome"].is_in(["would be denied"]).any()
    would = found.lines.filter(pl.col("coverage_outcome") == "would be denied")
    assert would["review"].str.contains("coverage: would be denied (", literal=True).all()
    steps = found.adjustments.filter(pl.col("rule") == "coverage")
    assert (steps["before"] == steps["after"]).all()
    assert steps["cites"].str.starts_with("LCD L38801 version 20, article A58403").all()


def test_a_year_later_to_the_day_is_outside_and_said(setup: Setup) -> None:
    days = ("2025-08-10", "2025-09-10", "2025-10-10", "2025-11-10", "2026-08-10")
    lines = estimate(batch({"A": [line(day, "64493", "KX") for day in days]}), setup).lines
    assert lines["status"].to_list() == ["priced"] * 5
    assert lines["review"].to_list()[-1] == (
        "coverage: the session of 2025-08-10 is 12 months back to the day, and is not counted;"
        " counted: 2025-09-10 claim A 01; 2025-10-10 claim A 02; 2025-11-10 claim A 03"
    )


def test_a_batch_without_diagnoses_is_told_once(setup: Setup) -> None:
    results = estimate(batch({"A": FOUR_KX[:1]}).drop("diagnosis_code_1"), setup)
    assert results.lines["status"].to_list() == ["priced"]
    assert results.run.coverage is not None
    assert results.run.coverage.without_diagnoses


def test_history_counts_and_is_never_priced(setup: Setup) -> None:
    past = [line(day, "64493", "KX", history_only=True, charge_amount="100") for day in KX_DAYS]
    now = [line("2026-05-01", "64493", "KX", history_only=False, charge_amount="100")]
    results = estimate(batch({"A": [*past, *now], "B": now}), setup)
    assert results.lines["status"].to_list() == ["denied", "priced"]
    assert results.run.counts.history == len(past)
    assert results.run.totals["charge_amount"] == "200.00"
    assert results.run.coverage is not None
    assert results.run.coverage.batch_only == 2


def test_history_needs_no_locality_of_the_schedules(setup: Setup) -> None:
    past = [
        line(day, "64493", "KX", history_only=True, locality=locality)
        for day, locality in zip(KX_DAYS, ("01112-99", None, "", "01112-05"), strict=True)
    ]
    now = line("2026-05-01", "64493", "KX", history_only=False)
    results = estimate(batch({"A": [*past, now]}), setup)
    assert results.rejects.is_empty()
    assert results.lines["status"].to_list() == ["denied"]
    # What is priced needs one, as ever.
    nowhere = line("2026-05-01", "64493", "KX", history_only=False, locality=None)
    rejected = estimate(batch({"A": [*past, nowhere]}), setup).rejects
    assert rejected["reason"].to_list() == [NO_LOCALITY]


def test_of_history_only_what_is_read_rejects_it(setup: Setup) -> None:
    unread = [
        {"place_of_service_code": None},
        {"place_of_service_code": "Office"},
        {"practitioner_type": "witch", "paid_amount": "a lot"},
        {"diagnosis_code_1": "#N/A", "coverage_attested": "perhaps"},
    ]
    past = [
        line(day, "64493", "KX", history_only=True, **more)
        for day, more in zip(KX_DAYS, unread, strict=True)
    ]
    now = line("2026-05-01", "64493", "KX", history_only=False)
    results = estimate(batch({"A": [*past, now]}), setup)
    assert results.rejects.is_empty()
    assert results.lines["status"].to_list() == ["denied"]
    # What is read of it must be there, and of what is priced all must be right.
    wrong = [
        line("2026-01-10", "64493", history_only=True, service_unit_quantity="none"),
        line("2026-01-10", "64493", history_only=True, charge_amount="-5"),
        line("2026-05-01", "64493", history_only=False, place_of_service_code=None),
        line("2026-05-01", "64493", history_only="perhaps", place_of_service_code=None),
    ]
    rejected = estimate(batch({str(n): [each] for n, each in enumerate(wrong)}), setup).rejects
    columns = ["service_unit_quantity", "charge_amount", "place_of_service_code"]
    assert rejected["column"].to_list()[:3] == columns
    assert rejected.height == 4


@pytest.mark.parametrize("with_policies", [True, False])
def test_an_answer_that_cannot_be_read_attests_nothing(
    setup: Setup, *, with_policies: bool
) -> None:
    said = ("yes", "perhaps", None, "no")
    cases = {
        str(n): [line("2026-05-01", "64493", coverage_attested=each)] for n, each in enumerate(said)
    }
    results = estimate(batch(cases), setup if with_policies else Setup())
    assert results.rejects.is_empty()
    assert results.lines["status"].unique().to_list() == ["priced"]
    assert results.lines["coverage_attested"].to_list() == [True, None, False, False]
    if with_policies:
        assert results.run.coverage is not None
        notes = " ".join(in_sentences(results.run.coverage))
        assert "(3 lines without coverage_attested)" in notes
        assert (
            "coverage_attested of 1 line is neither true nor false (yes, no, 1 and 0 are read), and"
            " was taken as not attested." in notes
        )


def test_an_add_on_before_any_primary_is_no_first_region(setup: Setup, tmp_path: Path) -> None:
    one_region = FACET.replace("most_levels = 2", "one_region = true")
    day = "2026-03-03"
    cases = {
        "orphan": [line(day, "64491"), line(day, "64493"), line(day, "64490")],
        "in its turn": [line(day, "64490"), line(day, "64494"), line(day, "64491")],
    }
    lines = estimate(batch(cases), enforcing(written(tmp_path, one_region))).lines
    region = "a second region of one session, beside {}"
    assert lines["coverage_finding"].to_list() == [
        *(None, None, region.format("lumbar sacral")),
        *(None, region.format("cervical thoracic"), None),
    ]


@pytest.mark.parametrize(("whole_from", "batch_only"), [("2025-05-02", 0), ("2025-05-03", 1)])
def test_history_is_whole_from_a_day(setup: Setup, whole_from: str, batch_only: int) -> None:
    assert setup.covering is not None
    known = replace(setup.covering, history_from=date.fromisoformat(whole_from))
    results = estimate(
        batch({"A": [line("2026-05-01", "64493", "KX")]}), replace(setup, covering=known)
    )
    assert results.run.coverage is not None
    assert results.run.coverage.batch_only == batch_only
    counted_on = "1 line: sessions before 2025-05-03, from which the history is whole, would count."
    assert any(each.endswith(counted_on) for each in in_sentences(results.run.coverage)) == (
        batch_only == 1
    )


EPIDURAL = (
    FACET.replace("L38801", "L39240")
    .replace("facet_injection", "epidural")
    .replace('"64490", "64491"', '"62321"')
    .replace('"64493", "64494"', '"62323"')
    .replace("facet_denervation", "selective")
    .replace('"64633", "64634"', '"64479", "64480"')
    .replace('"64635", "64636"', '"64483", "64484"')
    .replace('codes = ["64492", "64495"]', 'codes = ["62320", "62322"]')
    .replace("most_levels = 2", 'one_region = true\nsides = "never"\nplace_of_service = ["11"]')
    .replace(
        'not_with = ["epidural", "sacroiliac", "trigger_point"]', 'not_with = ["facet_injection"]'
    )
    .replace("closed = true", "closed = false")
    .replace("[documentation]", '[codes.carc]\nregions = "119"\n[documentation]')
)


def test_sides_regions_places_and_company(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, EPIDURAL, "epidural.toml")
    setup = enforcing(tmp_path)
    day = "2026-01-10"
    cases = {
        "both sides": [line(day, "64483", "50")],
        "second side": [line(day, "64483", "RT"), line(day, "64483", "LT")],
        "two units": [line(day, "62323", service_unit_quantity=2)],
        "regions": [line(day, "62323"), line(day, "62321", "59")],
        "elsewhere": [line(day, "62323", place_of_service_code="22")],
        "company": [line(day, "64493"), line(day, "62323", "59")],
        "company the other way": [line(day, "62323"), line(day, "64493", "59")],
        "open list": [line(day, "62323", diagnosis_code_1="M54.16")],
    }
    lines = estimate(batch(cases), setup).lines
    told = {
        name: [
            (row["status"], row["carc"], row["coverage_finding"])
            for row in lines.filter(pl.col("person_id") == name).iter_rows(named=True)
        ]
        for name in cases
    }
    twice = "billed for both sides, or more than one unit"
    assert told["both sides"] == [("denied", "50", twice)]
    assert told["second side"][1] == ("denied", "50", "billed for the other side of a session")
    assert told["two units"][0][2] == twice
    region = "a second region of one session, beside lumbar sacral"
    assert told["regions"] == [("priced", None, None), ("denied", "119", region)]
    assert told["elsewhere"][0][2] == "place of service 22; the policy names 11"
    assert told["company"][0][2] is None
    # Each of the two policies wants the other's family apart; the later line is told.
    both = (
        "facet injection or facet denervation in one session with epidural",
        "epidural or selective in one session with facet injection",
    )
    assert told["company"][1][2] == "; ".join(both)
    assert told["company the other way"][0][2] is None
    assert told["company the other way"][1][2] == "; ".join(both)
    noted = "no diagnosis of the line is on the list of LCD L39240 version 20, article A58403"
    assert told["open list"] == [("priced", None, f"noted: {noted}")]
    of_list = lines.filter(pl.col("person_id") == "open list")
    assert of_list["review"].to_list() == [None]
    assert of_list["coverage_outcome"].to_list() == ["no policy at hand objects"]


SACROILIAC = """\
[policy]
id = "L39462"
title = "Sacroiliac joint"
authority = "LCD"
effective_from = 2026-01-01
source = "https://www.cms.gov/"
verified = { by = "A. Reader", on = 2026-11-25 }
[families.sacroiliac]
regions.sacroiliac = ["27096", "64451"]
[[frequency]]
family = "sacroiliac"
sessions = 1
window = "12 months"
[[session]]
codes = ["27096", "64451"]
sides = "one code"
[[session]]
codes = ["27096", "20552"]
most_levels = 1
"""


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param([("27096", "RT"), ("64451", "LT")], [None, None], id="a side each"),
        pytest.param(
            [("27096", "RT"), ("64451", "RT")],
            [None, "on one side beside 27096 in one session"],
            id="one side",
        ),
        pytest.param(
            [("27096", "50"), ("64451", "LT")],
            [None, "on one side beside 27096 in one session"],
            id="both sides",
        ),
        pytest.param(
            [("27096", "RT"), ("64451", "59")],
            [None, "on a side that is not said beside 27096 in one session"],
            id="no side",
        ),
        pytest.param(
            [("27096", "RT"), ("27096", "76")],
            [None, "more than 1 level of sacroiliac in one session"],
            id="levels of codes",
        ),
        pytest.param(
            [("20552",), ("20552", "59")],
            [None, "more than 1 level of 20552 in one session"],
            id="levels of a code without family",
        ),
    ],
)
def test_codes_of_one_side_and_their_levels(
    tmp_path: Path, lines: list[tuple[str, ...]], found: list[str | None]
) -> None:
    """27096 and 64451 do not go together on one side; levels are counted of single codes, too."""
    written(tmp_path, SACROILIAC)
    rows = {"one": [line("2026-02-10", *each) for each in lines]}
    told = estimate(batch(rows), enforcing(tmp_path)).lines
    assert told["coverage_finding"].to_list() == found
    assert told["status"].to_list()[0] == "priced"


def test_words_agree_with_their_numbers_and_name_nothing_twice(tmp_path: Path) -> None:
    written(tmp_path, SACROILIAC.replace('"LCD"', '"NCD"').replace("L39462", "NCD 150.7"))
    rows = {"one": [line("2026-02-10", "27096"), line("2026-03-10", "27096")]}
    told = estimate(batch(rows), enforcing(tmp_path))
    assert told.lines["coverage_policy"].to_list() == ["NCD 150.7"] * 2
    said = told.lines["coverage_finding"].to_list()[1]
    assert said == "over the frequency: 1 session in 12 months of sacroiliac"
    assert told.run.coverage is not None
    assert " 1 line denied," in in_sentences(told.run.coverage)[0]


def test_add_ons_that_fall_with_their_primary_are_no_session(setup: Setup) -> None:
    """What coverage denied takes its add-ons along: two sessions count, and the third is paid."""
    fallen = [
        line("2026-01-05", "64635", diagnosis_code_1="M54.16", claim_id="S1"),
        line("2026-01-05", "64636", claim_id="S1"),
    ]
    days = [line(day, "64635") for day in ("2026-02-05", "2026-03-05", "2026-04-05")]
    lines = estimate(batch({"A": [*fallen, *days]}), setup).lines
    assert lines["carc"].to_list() == ["50", "107", None, None, "151"]
    assert lines["coverage_sessions"][-1].count("claim") == 2


def test_a_session_is_named_once_and_no_session_is_no_name(setup: Setup, tmp_path: Path) -> None:
    """Two findings counted one session each, and it stood there twice, as one too many."""
    days = ("2025-06-01", "2025-07-01", "2025-08-01", "2026-05-25", "2026-06-01")
    lines = estimate(batch({"A": [line(day, "64493", "KX") for day in days]}), setup).lines
    assert lines["coverage_sessions"].to_list()[-1] == (
        "2025-07-01 claim A 01; 2025-08-01 claim A 02; 2026-05-25 claim A 03"
    )
    once = enforcing(written(tmp_path, FACET.replace("sessions = 4", "sessions = 1")))
    lines = estimate(batch({"A": [line(day, "64493") for day in days[::4]]}), once).lines
    assert "is not counted" in lines["coverage_finding"].to_list()[-1]
    assert "counted: " not in lines["review"].to_list()[-1]
    assert lines["coverage_sessions"].to_list() == [None, None]


def test_of_two_policies_the_one_that_found_something_is_cited(tmp_path: Path) -> None:
    """Both are named as met; which of them denied stood in the trail alone."""
    written(tmp_path)
    written(tmp_path, SACROILIAC.replace("27096", "64493").replace("L39462", "L1"), "other.toml")
    rows = {"A": [line("2026-01-10", "64493"), line("2026-02-20", "64493")]}
    lines = estimate(batch(rows), enforcing(tmp_path)).lines
    facet = "LCD L38801 version 20, article A58403"
    assert lines["coverage_policy"].to_list() == [f"LCD L1; {facet}"] * 2
    assert lines["coverage_cites"].to_list() == [None, "LCD L1, https://www.cms.gov/"]
    write_workbook(estimate(batch(rows), enforcing(tmp_path)), tmp_path / "pack.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)["Coverage"]
    headings = [cell.value for cell in sheet[1]]
    cited = [row[headings.index("Policy cited")].value for row in sheet.iter_rows(min_row=2)]
    assert "LCD L1, https://www.cms.gov/" in cited


def test_a_routine_notice_is_a_notice(setup: Setup) -> None:
    rows = {"one": [line("2026-01-10", "64493", "GU", diagnosis_code_1="M54.16")]}
    told = estimate(batch(rows), setup).adjustments
    assert told.filter(pl.col("rule") == "coverage")["group_code"].to_list() == ["PR"]


def test_an_open_list_is_said_once_and_of_no_line(tmp_path: Path) -> None:
    """A miss of a list that is not closed is a note of the run, counted, and no review of lines."""
    written(tmp_path, FACET.replace("closed = true", "closed = false"))
    days = ("2026-01-10", "2026-02-10", "2026-03-10")
    rows = {"A": [line(day, "64493", diagnosis_code_1="M54.16") for day in days]}
    results = estimate(batch(rows), enforcing(tmp_path))
    assert results.run.coverage is not None
    (said,) = [each for each in in_sentences(results.run.coverage) if "Only noted" in each]
    assert said == (
        "Only noted, since the list is not closed: no diagnosis of the line is on the list of LCD"
        " L38801 version 20, article A58403 (3 lines)."
    )
    assert results.lines["review"].null_count() == 3
    assert coverage_check(batch(rows), enforcing(tmp_path)).findings.is_empty()


def test_an_add_on_of_a_denied_primary_is_to_be_mended_there(setup: Setup) -> None:
    rows = {"A": [line("2026-01-10", "64493", diagnosis_code_1="M54.16")]}
    rows["A"].append(line("2026-01-10", "64494", claim_id="A 00"))
    lines = estimate(batch(rows), setup).lines
    assert lines["carc"].to_list() == ["50", "107"]
    lines = lines.with_columns(modifiers=pl.lit(None, dtype=pl.String))
    advised = lines.select(advice=what_to_do(lines))["advice"].to_list()
    assert advised[1] == "Mend the primary's line first: the add-on follows it."


def test_a_session_without_a_fee_at_hand_is_a_session(setup: Setup) -> None:
    """Days before the first release have no fee, and the limit's window reaches back to them."""
    days = ("2024-09-10", "2024-10-10", "2024-11-10", "2024-12-10", "2025-08-01")
    lines = estimate(batch({"A": [line(day, "64493", "KX") for day in days]}), setup).lines
    assert lines["status"].to_list() == [*["not_on_schedule"] * 4, "denied"]
    assert lines["coverage_sessions"][-1].count("claim A") == 4


def test_what_an_earlier_rule_denied_keeps_its_code(tmp_path: Path) -> None:
    """Modifier 50 on a code of bilateral indicator 9 is CARC 4; the policies alone find it too."""
    written(tmp_path, EPIDURAL)
    claims = batch({"both": [line("2026-01-10", "62323", "50")]})
    results = estimate(claims, enforcing(tmp_path))
    (denied,) = results.lines.iter_rows(named=True)
    assert results.run.coverage is not None
    assert in_sentences(results.run.coverage)[1] == (
        "1 line was held against no policy, since an earlier rule took it out."
    )
    assert (denied["status"], denied["carc"], denied["coverage_outcome"]) == ("denied", "4", None)
    (found,) = coverage_check(claims, enforcing(tmp_path)).findings.iter_rows(named=True)
    assert found["coverage_outcome"] == "denied"
    assert found["coverage_finding"] == "billed for both sides, or more than one unit"


def test_company_is_told_of_a_line_that_no_policy_of_its_contractor_judges(tmp_path: Path) -> None:
    """The family is known from another contractor's file; what is found is the own policy's."""
    written(tmp_path)
    elsewhere = EPIDURAL.replace('"01112", "01182", "01212", "01312"', '"02102"')
    written(tmp_path, elsewhere, "epidural.toml")
    day = "2026-01-10"
    case = {"company": [line(day, "64493"), line(day, "62323", "59")]}
    found = estimate(batch(case), enforcing(tmp_path)).lines.row(1, named=True)
    assert found["coverage_finding"].endswith("in one session with epidural")
    assert found["coverage_policy"] == "LCD L38801 version 20, article A58403"


def test_what_another_contractor_s_policy_speaks_of_is_no_company(tmp_path: Path) -> None:
    """Nor is it where somebody else of the batch has a line that the policy judges."""
    written(tmp_path)
    written(tmp_path, EPIDURAL.replace('"01112", "01182", "01212", "01312"', '"02102"'), "e.toml")
    day = "2026-01-10"
    of_two = [line(day, "64493", locality="12302-01"), line(day, "62323", "59")]
    cases = {"two": of_two, "other": [line(day, "64493")]}
    for claims in (cases, {"two": of_two}):
        found = estimate(batch(claims), enforcing(tmp_path)).lines
        assert found["coverage_finding"].null_count() == found.height


def test_company_whose_codes_no_policy_has_is_said_once(setup: Setup) -> None:
    run = estimate(batch({"alone": [line("2026-01-10", "64493")]}), setup).run
    # The workbook's About names the policy, who verified it, and all that was found and was not.
    (policy,) = (each for each in sources_of(run) if each[0] == "Coverage policy")
    assert policy[1:3] == (
        "facet.toml",
        "LCD L38801 version 20, article A58403; verified by A. Reader, 2026-11-25; enforced",
    )
    names = [rule.name for rule in run.rules]
    assert names.index("global_period") + 1 == names.index("coverage") < names.index("add_on")
    said = [each for each in schedule_notes(run) if "wants sessions apart" in each]
    assert said == [
        "facet.toml wants sessions apart from epidural, sacroiliac, trigger point, and no policy at"
        " hand has the codes of that: it was not looked at."
    ]
    elsewhere = {"alone": [line("2026-01-10", "64493", locality="12302-01")]}
    told = estimate(batch(elsewhere), setup).run.coverage
    assert told is not None
    assert not told.notes
