"""Published policies that ship as payers: what is printed is what is paid, each with its page."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

from payrules.payers import Payer, known_payers, load_payer, portrait, presets
from payrules.payers.left_open import sentences
from tests.payers.files import batch, priced

EXAMPLES = {
    *("100-50-25", "110-percent-of-medicare", "assistant-20-as-10", "endoscopy-in-facilities"),
    *("no-sequestration", "ranking-by-total-rvu"),
}
POLICIES = sorted({*presets()} - EXAMPLES)
PA, NP, MIDWIFE = "physician_assistant", "nurse_practitioner", "certified_nurse_midwife"
#: Payer, code, modifier, who (blank: a physician), and the share of the fee that is printed.
PRINTED = [
    ("aetna-commercial", "99213", "", MIDWIFE, "0.85"),
    ("bcbs-nebraska", "20610", "52", "", "0.50"),
    ("bcbs-north-carolina", "20610", "52", "", "0.50"),
    ("bcbs-north-carolina", "63047", "62", "", "0.60"),
    ("bcbs-north-dakota", "27130", "80", "", "0.20"),
    ("bcbs-north-dakota", "27130", "AS", PA, "0.17"),
    ("florida-medicaid", "20610", "52", "", "0.50"),
    ("harvard-pilgrim", "20610", "52", "", "0.50"),
    ("harvard-pilgrim", "27130", "AS", PA, "0.16"),
    ("health-net-medi-cal", "27130", "80", "", "0.20"),
    ("health-net-medi-cal", "63047", "62", "", "0.62"),
    ("highmark-commercial", "27130", "54", "", "0.70"),
    ("highmark-commercial", "27130", "55", "", "0.20"),
    ("horizon-nj-health", "27130", "AS", PA, "0.16"),
    ("humana-commercial", "20610", "53", "", "0.29"),
    ("independence-blue-cross", "27130", "AS", PA, "0.16"),
    ("priority-health", "20610", "52", "", "0.50"),
    ("sanford-health-plan", "20610", "22", "", "1.20"),
    ("sanford-health-plan", "20610", "52", "", "0.50"),
    ("sanford-health-plan", "27130", "54", "", "0.80"),
    ("sanford-health-plan", "27130", "56", "", "0.00"),
    ("security-health-plan", "20610", "52", "", "0.75"),
    ("security-health-plan", "27130", "80", "", "0.20"),
    ("security-health-plan", "27130", "AS", PA, "0.16"),
    ("texas-medicaid", "99213", "", NP, "0.92"),
    ("the-alliance", "20610", "22", "", "1.25"),
    ("the-alliance", "27130", "78", "", "0.70"),
    ("the-alliance", "27130", "80", "", "0.20"),
    ("the-alliance", "27130", "81", "", "0.10"),
    ("the-alliance", "27130", "AS", PA, "0.14"),
    ("uhc-commercial", "20610", "52", "", "0.50"),
    ("uhc-commercial", "99213", "SA", NP, "1.00"),
    ("wc-florida", "20610", "", "", "2.10"),
    ("wc-florida", "99213", "", "", "1.75"),
    ("wc-michigan", "27130", "80", "", "0.20"),
    ("wc-michigan", "27130", "81", "", "0.13"),
    ("wc-tennessee", "27130", "80", "", "0.20"),
    ("wc-tennessee", "27130", "AS", PA, "0.17"),
]


@pytest.fixture(scope="module")
def payers() -> dict[str, Payer]:
    return {name: load_payer(name) for name in POLICIES}


def test_a_printed_share_is_paid(payers: dict[str, Payer]) -> None:
    for name in dict.fromkeys(each[0] for each in PRINTED):
        cases = [each[1:] for each in PRINTED if each[0] == name]
        lines = [
            {"hcpcs_code": code, "hcpcs_modifier_1": modifier, "practitioner_type": who or None}
            | {"person_id": f"P{number}", "claim_id": f"C{number}"}
            for number, (code, modifier, who, _) in enumerate(cases)
        ]
        results = priced(batch(*lines, day="2025-12-01"), payers[name], locality="national")
        for row, (code, modifier, _, share) in zip(
            results.lines.iter_rows(named=True), cases, strict=True
        ):
            cents = row["fee_schedule_amount"] * Decimal(share)
            by_hand = cents.quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert row["allowed_amount"] == by_hand > -1, (name, code, modifier)


@pytest.mark.parametrize("name", POLICIES)
def test_each_term_names_its_page_and_how_it_was_read(name: str, payers: dict[str, Payer]) -> None:
    told = portrait(payers[name])
    assert told.name == name
    assert told.plan is not None
    assert told.sources
    for source in told.sources:
        assert source["read"], source
        assert source["confidence"], source
    own = [each for each in told.terms if not each.file.startswith("plan = ")]
    assert all(each.cites != told.contract for each in own)
    no_rate = [each for each in sentences(payers[name], {}) if "names no rate" in each]
    assert bool(no_rate) is (name != "wc-florida")


def test_the_list_has_medicare_and_every_preset() -> None:
    told = known_payers()
    assert [each.name for each in told] == ["medicare", *presets()]
    read = {each.name: each.read for each in told}
    assert (read["bcbs-texas"], read["wc-florida"], read["medicare"]) == ("A to B", "C", "")


def test_days_and_rankings_of_policies(payers: dict[str, Payer]) -> None:
    rules = {name: {rule.name: rule for rule in each.rules} for name, each in payers.items()}
    begun = {
        (name, rule): rules[name][rule].versions[0].effective.isoformat()
        for name, rule in (
            ("uhc-commercial", "endoscopy"),
            ("uhc-community-plan", "ophthalmology"),
            ("aetna-commercial", "therapy"),
        )
    }
    assert [*begun.values()] == ["2015-11-15", "2014-08-01", "2013-10-01"]
    ranked = {
        name: each["multiple_procedure"].terms.get("rank_by", "amount")
        for name, each in rules.items()
    }
    assert {name: by for name, by in ranked.items() if by != "amount"} == {
        "bcbs-north-carolina": "total_rvu",
        "bcbs-texas": "one_side",
        "horizon-bcbs-new-jersey": "total_rvu",
        "uhc-commercial": "total_rvu",
        "uhc-community-plan": "facility_rvu",
    }
    imaging = rules["harvard-pilgrim"]["imaging"].terms["professional"]
    assert str(imaging.values[-1][1]) == "0.75"
