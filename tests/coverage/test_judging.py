"""Policies judge drawn lines as a plain, slow reader of them does; and what never changes."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.claims import columns
from payrules.coverage.judging import judge
from payrules.coverage.policy import Applied, Policies, Policy
from payrules.coverage.policy_file import read_policies
from tests import reference_coverage
from tests.coverage.policies import written
from tests.reference_coverage import Claim

EPIDURAL = """\
[policy]
id = "L39240"
title = "Epidural steroid injections"
authority = "LCD"
effective_from = 2026-01-01
source = "https://www.cms.gov/"

[families.epidural]
regions.cervical_thoracic = ["62321", "64479", "64480"]
regions.lumbar_sacral = ["62323", "64483", "64484"]

[[noncovered]]
codes = ["62320"]
why = "without imaging"

[[diagnoses]]
families = ["epidural"]
closed = true
starts_with = ["M54.1"]
all_of = [["M47.816", "M47.817"], ["G89.18"]]

[[frequency]]
family = "epidural"
sessions = 3
window = "90 days"
least_days_between = 14
[[frequency]]
family = "epidural"
sessions = 4
window = "calendar year"

[[session]]
families = ["epidural"]
one_region = true
place_of_service = ["11", "24"]
[[session]]
codes = ["62321", "62323"]
sides = "never"
most_levels = 1
[[session]]
codes = ["62323", "64483", "20553"]
sides = "one code"
[[session]]
families = ["epidural"]
not_with = ["facet_injection"]
"""
CODES = (
    *("64490", "64491", "64492", "64493", "64494", "64633", "64635"),
    *("62320", "62321", "62323", "64483", "64484", "20552"),
)
DIAGNOSES = ("M47816", "M5416", "G8918", "M545")
MODIFIERS = ("KX", "RT", "LT", "50", "80", "GY", "59")
FIRST = date(2026, 1, 1)
PERSONS = "ABCDEF"
KINDS = {
    "the line has no diagnosis": "no diagnosis",
    " beside ": "one code",
    "back to the day": "boundary",
    "after the session of": "too soon",
    "place of service": "place",
}

#: Codes that stand beside a primary alone.
ADD_ONS = ("64491", "64492", "64494", "64484")
drawn_claim = st.builds(
    Claim,
    person=st.sampled_from(PERSONS),
    day=st.one_of(st.integers(-10, 500), st.sampled_from((0, 14, 90, 104, 365, 379))).map(
        lambda days: FIRST + timedelta(days)
    ),
    claim=st.sampled_from("XYZ"),
    number=st.just(1),
    code=st.sampled_from(CODES),
    modifiers=st.frozensets(st.sampled_from(MODIFIERS), max_size=2),
    units=st.sampled_from((1, 1, 1, 2)),
    diagnoses=st.lists(st.sampled_from(DIAGNOSES), max_size=2, unique=True).map(tuple),
    contractor=st.sampled_from(("01112", "01112", "12302")),
    place=st.sampled_from(("11", "22")),
    history=st.sampled_from((False, False, False, True)),
)


def numbered(claims: Sequence[Claim]) -> list[Claim]:
    """Give each line a number of its own, as the door wants it."""
    for number, each in enumerate(claims):
        each.number = number + 1
    return [*claims]


drawn_claims = st.lists(drawn_claim, min_size=1, max_size=40).map(numbered)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Policy, ...]:
    return read_policies([written_both(tmp_path_factory)])


@pytest.fixture(scope="module")
def as_written(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = written_both(tmp_path_factory)
    return [
        reference_coverage.read(each) for each in (folder / "facet.toml", folder / "epidural.toml")
    ]


def written_both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policies")
    written(folder)
    written(folder, EPIDURAL, "epidural.toml")
    return folder


def frame(claims: Sequence[Claim]) -> pl.DataFrame:
    """Write lines as the rule has them."""
    rows = [
        {
            "row": row,
            "person": ord(each.person),
            "person_id": each.person,
            "service_date": each.day,
            "claim_id": each.claim,
            "claim_line_number": each.number,
            "hcpcs_code": each.code,
            "units_thousandths": each.units * 1000,
            "line_diagnoses": None if each.diagnoses is None else " ".join(each.diagnoses),
            "locality": f"{each.contractor}-01",
            "place_of_service_code": each.place,
            "history_from": None,
            **dict(zip(columns.MODIFIERS, [*sorted(each.modifiers), *[None] * 5], strict=False)),
        }
        for row, each in enumerate(claims)
    ]
    types: dict[str, Any] = dict.fromkeys(
        ("person_id", "claim_id", "hcpcs_code", "line_diagnoses", "locality", *columns.MODIFIERS),
        pl.String,
    )
    types |= {"row": pl.UInt32, "person": pl.Int64, "history_from": pl.Date}
    return pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)


def found(claims: Sequence[Claim], policies: Sequence[Policy]) -> dict[int, tuple[Any, ...]]:
    """Judge lines, and give what is found of each by its number."""
    lines = [each for each in claims if not each.history]
    past = [each for each in claims if each.history]
    if not lines:
        return {}
    history = frame(past).drop("row", "person") if past else None
    applied = Policies(tuple(Applied(each) for each in policies))
    told = judge(frame(lines), applied, history, ADD_ONS)
    return {
        line.number: (
            said.carc,
            said.rarc,
            frozenset(kind for part, kind in KINDS.items() if part in (said.reviews or "")),
            said.denial,
            said.sessions,
            said.reviews,
            said.policy,
            said.whole_history,
        )
        for line, number in zip(lines, told.numbers.to_list(), strict=True)
        if (said := told.verdicts.get(number)) is not None
    }


@settings(max_examples=30)
@given(claims=drawn_claims)
def test_a_slow_reader_finds_the_same(
    claims: list[Claim], both: tuple[Policy, ...], as_written: list[dict[str, Any]]
) -> None:
    fast = {number: each[:3] for number, each in found(claims, both).items()}
    for each in claims:
        each.denied, each.remarks = None, set()
    reference_coverage.judge(claims, as_written, ADD_ONS)
    for line in claims:
        if line.history:
            continue
        carc, rarc, remarks = fast.get(line.number, (None, None, frozenset()))
        assert ((carc, rarc) if carc else None) == line.denied, line
        assert remarks == line.remarks, line


@settings(max_examples=10)
@given(claims=drawn_claims, later=drawn_claim)
def test_a_later_line_never_changes_what_was_found(
    claims: list[Claim], later: Claim, both: tuple[Policy, ...]
) -> None:
    before = found(claims, both)
    later.number, later.claim = 99, "~"
    later.day = (
        max(each.day for each in claims if each.person == later.person)
        if any(each.person == later.person for each in claims)
        else later.day
    )
    after = found([*claims, later], both)
    assert {number: each for number, each in after.items() if number != later.number} == before


@settings(max_examples=10)
@given(claims=drawn_claims, data=st.data())
def test_order_and_other_persons_are_immaterial(
    claims: list[Claim], data: st.DataObject, both: tuple[Policy, ...]
) -> None:
    whole = found(claims, both)
    assert found(data.draw(st.permutations(claims)), both) == whole
    alone = {}
    for person in PERSONS:
        alone |= found([each for each in claims if each.person == person], both)
    assert alone == whole
