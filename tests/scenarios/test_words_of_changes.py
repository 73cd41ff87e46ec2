"""The sentences of a scenario name columns and terms in the field's English, and no code name."""

import json
import re
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from payrules.claims import columns
from payrules.scenarios.answer import answer, as_record
from payrules.scenarios.field_words import becomes, field, meets
from payrules.scenarios.form import form
from payrules.scenarios.plan import plan
from payrules.scenarios.scenario import read_scenario
from payrules.scenarios.term_words import has_words, rule_words, term_words
from payrules.screen.printed import show
from payrules.screen.what_if import told
from payrules.workbook.what_if import write_whatif
from tests.scenarios.grounds import broad, demo, says
from tests.scenarios.test_examples import EXAMPLES

#: Words that only the code uses.
_CODE = re.compile(r"[a-z]+_[a-z]|hcpcs|_id\b")
SWITCHES = {"off", "on"}


def _terms() -> list[tuple[str, str]]:
    every = form().model_fields["terms"].annotation
    assert every is not None
    found = []
    for rule, of_form in every.model_fields.items():
        (section,) = (each for each in of_form.annotation.__args__ if each is not type(None))
        found += [(rule, term) for term in section.model_fields if term not in SWITCHES]
    return found


@pytest.mark.parametrize(("rule", "term"), _terms())
def test_every_term_that_a_scenario_may_set_has_words(rule: str, term: str) -> None:
    if (rule, term) != ("modifier", "share"):  # which is said by its modifier
        assert has_words(rule, term)
    said = term_words(rule, term, ((None, Decimal("0.4")),), "nurse_practitioner")
    assert not _CODE.search(said), said


@pytest.mark.parametrize("name", [*columns.KNOWN, "diagnosis_code_3", "modifier", "code_family"])
def test_every_column_of_the_claims_has_words(name: str) -> None:
    for said in (field(name), becomes(name, "x"), meets(name, ["x", {"from": "y"}])):
        assert not _CODE.search(said), said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("practitioner_type", "nurse_practitioner", "the practitioner type is nurse practitioner"),
        ("payer", ["medicare", ""], "the payer is Medicare or none"),
        ("service_unit_quantity", {"from": 2, "to": 4}, "the units are from 2 to 4"),
        ("participating", False, "the participation in Medicare is no"),
        ("modifier", ["RT", "50"], "the line has modifier RT or 50"),
        ("Our_Clinic", "North", "Our_Clinic is North"),
    ],
)
def test_conditions_read_as_sentences(name: str, value: Any, said: str) -> None:
    assert meets(name, value) == said


@pytest.mark.parametrize(
    ("rule", "term", "value", "said"),
    [
        ("multiple_procedure", "rank_by", "total_rvu", "multiple procedures: ranked by total RVUs"),
        ("multiple_procedure", "never", ["20610"], "multiple procedures: never reduced are 20610"),
        ("therapy", "without_gpci", True, "therapy: without GPCIs: yes"),
        (
            "anesthesia",
            "least_base_units",
            ((None, Decimal("5.0")),),
            "anesthesia: at least 5 base units",
        ),
    ],
)
def test_terms_read_as_sentences(rule: str, term: str, value: Any, said: str) -> None:
    assert term_words(rule, term, value) == said
    assert rule_words(rule) in said


def test_a_signed_page_and_the_screen_have_no_code_name_and_the_record_has_them(
    tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Page 1 said "place_of_service_code becomes 11 where hcpcs_code is 64483"."""
    written = {
        "claims": [
            {"where": {"hcpcs_code": "64483"}, "set": {"place_of_service_code": "11"}},
            {"where": {"practitioner_type": "nurse_practitioner"}, "volume": Decimal("1.5")},
        ],
        "terms": {"multiple_procedure": {"later": Decimal("0.4")}},
    }
    answered = answer(broad(), [says(**written)])
    for words in answered.comparisons[0].plan.words():
        assert not _CODE.search(words), words
    show(*told(answered))
    screen = " ".join(capsys.readouterr().out.split())
    assert "place of service becomes 11 where the code is 64483" in screen
    write_whatif(answered, tmp_path / "w.xlsx")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    for name in ("What if", "About"):
        texts = [str(cell.value) for row in book[name].iter_rows() for cell in row if cell.value]
        assert any("place of service becomes 11 where the code is 64483" in each for each in texts)
        # What a batch's headings were read as names them as they are.
        own = [each for each in texts if "Read: " not in each]
        assert [each for each in own if "_code" in each or "multiple_procedure" in each] == []
    record = json.loads(json.dumps(as_record(answered)))["scenarios"][0]
    assert record["says"] == json.loads(json.dumps(written, default=str))


def test_every_example_is_said_without_a_code_name() -> None:
    for path in EXAMPLES:
        for words in plan(demo(), read_scenario(path)).words():
            assert not re.search(r"[a-z]_[a-z]", words), words


def test_a_record_names_no_folder_of_a_file(tmp_path) -> None:
    (tmp_path / "fees.csv").write_text("hcpcs_code,facility_amount\n64483,400\n", "utf-8")
    path = tmp_path / "s.toml"
    path.write_text('title = "t"\ncites = "c"\nfee_schedule = { file = "fees.csv" }\n', "utf-8")
    assert read_scenario(path).as_json() == {"fee_schedule": {"file": "fees.csv"}}
