"""Names that look like the one somebody wrote."""

import pytest

from payrules.nearest import either, misspelt, nearest, nearest_modifiers, perhaps


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("alowed", ["allowed", "charged", "allowance"], ["allowed", "allowance"]),
        ("ALLOWED", ["allowed", "charged"], ["allowed"]),
        (
            "person",
            ["claim_id", "rendering_person_of_claim_line"],
            ["rendering_person_of_claim_line"],
        ),
        ("id", ["claim_id", "person_id"], []),  # too short to be told for a part of either
        ("", ["claim_id", "A1"], []),
        ("x", ["xyz", "claim_id"], []),
        ("charge", ["charge" + "e" * 60], []),
        ("z" * 100_000, ["claim_id"], []),
    ],
)
def test_what_looks_alike(name: str, known: list[str], found: list[str]) -> None:
    assert nearest(name, known) == found


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("A0", ["0A", "B0", "A2", "A1", "ZZ", "A00"], ["A1", "A2"]),
        ("aq", ["A1", "AQ", "QA"], ["AQ", "A1"]),
        ("RH", ["UH", "AA"], ["UH"]),
        ("", ["A1"], []),
    ],
)
def test_modifiers_are_alike_in_one_character(
    name: str, known: list[str], found: list[str]
) -> None:
    assert nearest_modifiers(name, known) == found


def test_a_suggestion_is_a_sentences_end() -> None:
    assert perhaps("alowed", ["allowed", "allowance", "claim"]) == (
        "; perhaps 'allowed' or 'allowance'"
    )
    assert perhaps("xyz", ["allowed"]) == ""
    assert either([]) == ""


def test_only_what_must_be_a_slip_is_misspelt() -> None:
    known = ["facility_amount", "nonfacility_amount", "hcpcs_code"]
    assert misspelt("non_facility_amount", known) == "nonfacility_amount"
    assert misspelt("amount", known) is None
    assert misspelt("code", known) is None
