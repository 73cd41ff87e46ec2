"""The sentences of a scenario name columns and terms in the field's English, and no code name."""

import json
import re
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from payrules.claims import columns
from payrules.payers import MEDICARE, load_payer
from payrules.scenarios.answer import answer, as_record
from payrules.scenarios.field_words import becomes, field, meets
from payrules.scenarios.form import form
from payrules.scenarios.movable import movable
from payrules.scenarios.plan import plan
from payrules.scenarios.scenario import read_scenario
from payrules.scenarios.term_words import has_words, named_place, rule_words, term_words
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
    """Page 1 said "place_of_service_code becomes 11 Office where hcpcs_code is 64483"."""
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
    changed = "place of service becomes 11 Office where the code is 64483"
    assert changed in screen
    write_whatif(answered, tmp_path / "w.xlsx")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    for name in ("What if", "About"):
        texts = [str(cell.value) for row in book[name].iter_rows() for cell in row if cell.value]
        assert any(
            "place of service becomes 11 Office where the code is 64483" in each for each in texts
        )
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


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("rate.rate 1", "contract rate 1"),
        ("rate.visits v1.2.not_over", "contract rate visits v1.2, not over"),
        ("percent_of_medicare", "percent of Medicare"),
        ("conversion_factor.set", "conversion factor"),
        ("fee:J3301", "the fee of J3301"),
        ("terms.multiple_procedure.later", "multiple procedures, each later one"),
        (
            "terms.multiple_procedure.ladder.place 2",
            "multiple procedures, places of the ladder, place 2",
        ),
        (
            "terms.practitioner.shares.nurse_practitioner",
            "practitioners other than physicians, nurse practitioner",
        ),
        (
            "terms.endoscopy.percent.same_family",
            "endoscopy, a scope that is not the highest, same family",
        ),
        ("terms.coinsurance.patient", "coinsurance, the patient's share"),
        ("terms.deductible.of_part_b", "deductible, Medicare's amount of the year"),
        ("terms.sequestration.cut", "sequestration, the cut"),
        ("terms.nonparticipating.share", "nonparticipating practitioners, share of the fee"),
        ("terms.modifier.share.22", "modifiers, share with 22"),
    ],
)
def test_a_place_that_is_moved_is_named_as_the_field_does(place: str, said: str) -> None:
    assert named_place(place) == said


def test_no_term_that_a_tornado_moves_has_a_code_name() -> None:
    """The screen said "rate.rate 1" and "terms.practitioner.shares.nurse_practitioner"."""
    moved = [each.place for rule in MEDICARE.rules for _, each in movable(rule)]
    assert len(moved) > 20
    for place in moved:
        words = named_place(place)
        assert not _CODE.search(words), words
        assert "{" not in words
        assert not words.endswith((" at", " is", ":", ","))


def test_a_sweep_says_what_its_change_is_of_and_places_have_names(
    tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its "change" stood beside what payers pay; places stood as "11" alone."""
    answered = answer(
        broad(),
        [says(claims=[{"set": {"place_of_service_code": "22"}}])],
        swept="terms.multiple_procedure.later=0.25:0.75:0.25",
        with_tornado=True,
        contracts=[MEDICARE, load_payer("uhc-medicare-advantage")],
    )
    show(*told(answered))
    screen = " ".join(capsys.readouterr().out.split())
    assert "Sweep of multiple procedures, each later one value allowed change of allowed" in screen
    assert "22 On-campus outpatient hospital" in screen
    effects = screen.partition("Effect of changing")[2].partition("Contracts, by")[0]
    assert not re.search(r"terms\.|rate\.|_", effects)
    write_whatif(answered, tmp_path / "w.xlsx")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    heads = [cell.value for cell in book["Sweep"][1]]
    assert "Change of allowed" in heads
    assert "Change" not in heads
    groups = [row[2].value for row in book["Groups"] if row[1].value == "Place of service"]
    places = [row[0].value for row in book["Places"]][1:]
    assert groups
    assert places
    assert all(re.match(r"\d\d [A-Z]", each) for each in [*groups, *filter(None, places)])
    sweep = as_record(answered)["sweep"]
    assert "allowed_change" in sweep["rows"][0]
    assert sweep["place"] == "terms.multiple_procedure.later"
