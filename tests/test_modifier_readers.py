"""Which rules read a modifier is told by their own expressions, and named."""

import json
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.claims.modifiers import modifier_table
from payrules.code_page.modifier_readers import here, readers
from payrules.payers import MEDICARE

READ_BY = {
    # a rule's own condition, a mark, a fact of a pool, one read as written, one by its absence
    "59": ["procedure_pairs", "one_operation", "imaging"],
    "90": ["modifier"],
    "76": ["one_operation"],
    "FT": ["global_period"],
    "CS": ["preventive"],
    "JW": ["discarded_drug"],
    "QW": ["schedule"],
    "AA": ["anesthesia"],
    "CQ": ["therapy_assistant"],
    "PT": ["preventive"],
}


@pytest.mark.parametrize("modifier", READ_BY)
def test_the_rules_that_read_a_modifier_are_named(modifier: str) -> None:
    """`payrules modifiers` said "read by a rule", and not by which."""
    assert [rule.name for rule in readers()[modifier]] == READ_BY[modifier]
    assert here(modifier_table()[modifier]) == f"read by {', '.join(READ_BY[modifier])}"


def test_every_modifier_that_a_rule_acts_on_has_a_rule_and_every_rule_its_page() -> None:
    """None is said to change nothing that a rule reads (76 and QW were)."""
    acted_on = {name for name, row in modifier_table().items() if row.is_acted_on}
    assert acted_on - {*readers()} == set()
    pages = Path(__file__).parents[1] / "docs" / "generator"
    assert pages.is_dir()
    assert {rule.name for by in readers().values() for rule in by} <= {
        rule.name for rule in MEDICARE.rules
    }


def test_one_unknown_modifier_does_not_empty_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["modifiers", "59", "ZZ", "--json"]) == 1
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert [each["modifier"] for each in answer["modifiers"]] == ["59"]
    rules = answer["modifiers"][0]["rules"]
    assert [rule["page"] for rule in rules] == [f"reference/rules/{n}" for n in READ_BY["59"]]
    assert answer["not_found"][0].startswith("There is no modifier 'ZZ'")
    assert "ZZ" in told.err
    assert main(["modifiers", "59", "ZZ"]) == 1
    told = capsys.readouterr()
    assert "procedure_pairs" in told.out
    assert "There is no modifier 'ZZ'" in told.err
