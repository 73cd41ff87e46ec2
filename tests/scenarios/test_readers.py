"""What each change meets: lines whose pricing reads it are counted, and nothing is refused."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payrules.errors import ScenarioError
from payrules.payers import MEDICARE, load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, Comparison, baseline, compare, plan, total_of
from payrules.scenarios.readers import changes_of_fees, changes_of_terms
from payrules.scenarios.sensitivity import read_sweep, sweep
from payrules.scenarios.solve import read_target, solve
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import assert_right, broad, says
from tests.scenarios.test_reach import always, lines_of, medicare_with

ONCE = Decimal(1)


def two_visits() -> Baseline:
    """Two visits in an office, billed by a physician."""
    visit = {"hcpcs_code": "99213", "hcpcs_modifier_1": "25", "charge_amount": "300.00"}
    other = {**visit, "claim_id": "2", "person_id": "2", "hcpcs_modifier_1": None}
    return baseline(lines_of(visit, other), Setup(schedules=STARTER))


def refused(base: Baseline, **written: Any) -> str:
    """Give what is said of a scenario of which a change meets nothing."""
    with pytest.raises(ScenarioError) as fault:
        plan(base, says(**written))
    return str(fault.value)


def counts(base: Baseline, **written: Any) -> list[int]:
    """Give how many lines each change meets."""
    return [lines for _, lines in plan(base, says(**written)).met]


# -- what meets nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ({"anesthesia_conversion_factor": 25}, "anesthesia_conversion_factor"),
        ({"conversion_factor": {"scale": ONCE}}, "conversion_factor"),
        ({"conversion_factor": Decimal("32.3465")}, "conversion_factor"),
        ({"release": "starter-2025"}, "release"),
        ({"payer": "medicare"}, "payer"),
        ({"fees": [{"codes": "71250", "modifier": "TC", "amount": 90}]}, "fees entry 1"),
        ({"fees": [{"codes": "99213", "modifier": "26", "amount": 90}]}, "fees entry 1"),
        ({"fees": [{"codes": "99213", "amount": Decimal("88.95")}]}, "fees entry 1"),
        ({"fees": [{"codes": "99213", "scale": ONCE}]}, "fees entry 1"),
        (
            {"fees": [{"codes": "99213", "scale": Decimal(2)}, {"codes": "20610", "amount": 9}]},
            "fees entry 2",
        ),
        ({"relative_values": [{"codes": "20000-29999", "scale": 2}]}, "relative_values entry 1"),
        ({"relative_values": [{"scale": ONCE}]}, "relative_values entry 1"),
        ({"geographic_indices": [{"scale": Decimal("1.1")}]}, "geographic_indices entry 1"),
        ({"terms": {"coinsurance": {"patient": Decimal("0.20")}}}, "terms.coinsurance.patient"),
        ({"terms": {"equipment": {"ct": Decimal("0.5")}}}, "terms.equipment.ct"),
        ({"terms": {"bilateral": {"off": True}}}, "terms.bilateral.off"),
        ({"terms": {"lesser_of_charge": {"off": False}}}, "terms.lesser_of_charge.off"),
        ({"terms": {"lesser_of_charge": {"on": True}}}, "terms.lesser_of_charge.on"),
        (
            {"terms": {"practitioner": {"shares": {"nurse_practitioner": Decimal("0.9")}}}},
            "terms.practitioner.shares.nurse_practitioner",
        ),
        ({"terms": {"endoscopy": {"only_in_facilities": True}}}, "terms.endoscopy"),
        (
            {"percent_of_medicare": [{"first": "20000", "last": "29999", "percent": 120}]},
            "percent_of_medicare.by_code entry 1",
        ),
        (
            {
                "percent_of_medicare": {
                    "overall": 110,
                    "by_code": [{"first": "99213", "percent": 120}],
                }
            },
            "percent_of_medicare.overall",
        ),
        ({"claims": [{"drop_modifier": "59"}]}, "claims entry 1.drop_modifier"),
        (
            {"claims": [{"where": {"modifier": "25"}, "add_modifier": "25"}]},
            "claims entry 1.add_modifier",
        ),
        ({"claims": [{"set": {"place_of_service_code": "11"}}]}, "claims entry 1.set"),
        ({"claims": [{"volume": ONCE}]}, "claims entry 1.volume"),
        ({"claims": [{"where": {"hcpcs_code": "20610"}, "volume": 2}]}, "claims entry 1.where"),
    ],
    ids=str,
)
def test_a_change_that_meets_nothing_is_refused_whatever_its_kind(
    written: Mapping[str, Any], place: str
) -> None:
    said = refused(two_visits(), **written)
    assert said.startswith(f"scenario, {place}")
    assert "matches no line" in said or "changes nothing" in said


def test_a_payer_that_pays_every_line_already_is_refused() -> None:
    payer = load_payer("100-50-25")
    base = Baseline(two_visits().batch, replace(two_visits().setup, payer=payer))
    assert "already pays every line" in refused(base, payer="100-50-25")


@pytest.mark.parametrize("switch", [{"on": True}, {"off": False}], ids=str)
def test_a_rule_is_switched_on_at_its_own_terms_said_or_not(
    switch: Mapping[str, bool], tmp_path: Path
) -> None:
    """A share of 0.20 said with `on = true` was refused, as what already is."""
    file = tmp_path / "payer.toml"
    text = 'name = "Acme"\ncontract = "A"\nplan = "commercial"\npercent_of_medicare = 110\n'
    file.write_text(text)
    silent = Baseline(two_visits().batch, replace(two_visits().setup, payer=load_payer(file)))
    said = {"patient": Decimal("0.20"), **switch}
    bare, full = (plan(silent, says(terms={"coinsurance": each})) for each in (switch, said))
    (on,), (also_on, told) = bare.met, full.met
    assert also_on == on
    assert told == ("coinsurance: the patient's share is 20 %", on[1])
    owed, also_owed = (each.totals for each in compare(silent, [bare, full]))
    assert also_owed.equals(owed)
    other = {"patient": Decimal("0.20"), "off": True}
    assert "is switched off but has terms" in refused(silent, terms={"coinsurance": other})


def test_a_schedule_in_dollars_that_is_in_force_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fees.csv"
    file.write_text("hcpcs_code,facility_amount,nonfacility_amount\n99213,50,90\n")
    payer = tmp_path / "payer.toml"
    payer.write_text('name = "Acme"\ncontract = "A"\n[fee_schedule]\nfile = "fees.csv"\n')
    base = Baseline(two_visits().batch, replace(two_visits().setup, payer=load_payer(payer)))
    assert "fees.csv already pays every line" in refused(base, fee_schedule={"file": str(file)})


def test_a_rule_without_its_table_of_edits_meets_no_line() -> None:
    off = refused(two_visits(), terms={"unlikely_units": {"off": True}})
    assert "terms.unlikely_units.off: matches no line of the batch" in off


# -- what meets through others ---------------------------------------------------------------------


def test_the_fee_of_an_endoscopic_base_nobody_bills_meets_the_scopes_of_its_family() -> None:
    scopes = lines_of({"hcpcs_code": "45385"}, {"hcpcs_code": "45380", "hcpcs_modifier_1": "59"})
    base = baseline(scopes, Setup(schedules=STARTER))
    written = {"fees": [{"codes": "45378", "amount": Decimal("100.00")}]}
    compared = assert_right(base, says(**written))
    assert compared.change != 0
    assert [lines for _, lines in compared.plan.met] == [2]


def test_the_fee_of_a_base_is_read_by_no_scope_that_stands_alone() -> None:
    base = baseline(lines_of({"hcpcs_code": "45385"}), Setup(schedules=STARTER))
    said = refused(base, fees=[{"codes": "45378", "amount": Decimal("100.00")}])
    assert "fees entry 1: matches no line" in said


def test_a_term_meets_lines_that_the_scenario_itself_bills_so() -> None:
    base = baseline(lines_of({"hcpcs_code": "71250"}), Setup(schedules=STARTER))
    assert counts(
        base,
        claims=[{"add_modifier": "CT"}],
        terms={"equipment": {"ct": Decimal("0.5")}},
    ) == [1, 1]


# -- how many lines --------------------------------------------------------------------------------


def test_lines_are_counted_whose_pricing_reads_the_change() -> None:
    lines = lines_of(
        {"hcpcs_code": "71250", "hcpcs_modifier_1": "CT"},
        {"hcpcs_code": "71046", "hcpcs_modifier_1": "FX", "person_id": "2", "claim_id": "2"},
        {"hcpcs_code": "99213", "person_id": "3", "claim_id": "3", "units": "2"},
        {"hcpcs_code": "01991", "anesthesia_minutes": "60", "person_id": "4", "claim_id": "4"},
        {"hcpcs_code": "97010", "person_id": "5", "claim_id": "5"},
    )
    base = baseline(lines, Setup(schedules=STARTER))
    assert base.lines["allowed_amount"].is_not_null().to_list() == [True] * 5
    assert counts(base, terms={"equipment": {"ct": Decimal("0.5")}}) == [1]
    assert counts(base, terms={"equipment": {"off": True}}) == [2]
    assert counts(base, conversion_factor=33) == [3]
    assert counts(base, anesthesia_conversion_factor=25) == [1]
    assert counts(
        base, percent_of_medicare=[{"first": "70000", "last": "79999", "percent": 90}]
    ) == [2]
    assert counts(base, release="starter-2026") == [5]
    assert counts(base, payer="100-50-25") == [5]
    assert counts(base, claims=[{"where": {"modifier": ["CT", "FX"]}, "drop_modifier": "CT"}]) == [
        1
    ]


def test_every_change_of_a_scenario_is_counted_by_itself() -> None:
    visits = {"codes": "99202-99215", "scale": Decimal("1.1")}
    two = says(
        fees=[visits, {"codes": "64400-64999", "scale": Decimal("0.9")}],
        terms={"practitioner": {"shares": {"nurse_practitioner": Decimal("0.9")}}},
        percent_of_medicare=Decimal(110),
    )
    said = plan(broad(), two).met
    codes = broad().lines["hcpcs_code"]
    paid = broad().lines["fee_schedule_amount"].is_not_null()
    assert said[0][1] == (codes.is_between("99202", "99215") & paid).sum()
    assert said[1][1] == (codes.is_between("64400", "64999") & paid).sum()
    assert [words for words, _ in said[2:]] == [
        "110 % of Medicare is paid",
        "practitioners other than physicians: nurse practitioner at 90 %",
    ]
    assert 0 < said[3][1] <= (broad().lines["practitioner_type"] == "nurse_practitioner").sum()


def test_every_change_says_its_value() -> None:
    """What a page says of a scenario holds the number: a percentage, a rate, a limit, an index."""

    def words(**written: Any) -> list[str]:
        whole = says(**written)
        return [each.words for each in (*changes_of_fees(whole), *changes_of_terms(whole))]

    assert words(percent_of_medicare=150) == ["150 % of Medicare is paid"]
    by_day = {"2025-01-01": 110, "2026-01-01": Decimal("112.5")}
    assert words(percent_of_medicare=by_day) == [
        "110 % from 2025-01-01, 112.5 % from 2026-01-01 of Medicare is paid"
    ]
    by_code = [{"first": "64400", "last": "64484", "percent": 125}]
    assert words(percent_of_medicare={"by_code": by_code, "overall": 110}) == [
        "110 % of Medicare is paid",
        "125 % of Medicare is paid for 64400 to 64484",
    ]
    rates = [
        {"percent_of_charge": 60, "not_over": {"amount": 310}},
        {"conversion_factor": 36, "codes": ["64483"]},
        {"case_rate": 900, "codes": ["64484"], "name": "pain session"},
    ]
    assert words(rate=rates) == [
        "the contract's rate 1 is paid: 60 % of the charge, not over $310.00 a unit",
        "the contract's rate 2 is paid: a conversion factor of 36",
        "the contract's pain session is paid: $900.00 for the session",
    ]
    assert words(not_over={"percent_of_charge": 80}) == [
        "what the contract pays is not over 80 % of the charge"
    ]
    indices = [{"work": 1, "malpractice": Decimal("0.9")}, {"locality": "01", "scale": 2}]
    assert words(geographic_indices=indices) == [
        "geographic indices of every locality are set: work 1, malpractice 0.9",
        "geographic indices of 01 times 2",
    ]


# -- values that are only tried --------------------------------------------------------------------


def test_a_sweep_over_today_s_value_is_answered_and_one_that_meets_nothing_refused() -> None:
    found = sweep(two_visits(), read_sweep("terms.coinsurance.patient=0.2:0.3:0.1"))
    assert found["allowed_change"].to_list() == [0, 0]
    with pytest.raises(ScenarioError, match=r"terms\.equipment\.ct: matches no line"):
        sweep(two_visits(), read_sweep("terms.equipment.ct=0.5:1:0.5"))


@pytest.mark.parametrize("values", ["0.4:0.5:0.1", "0.5:0.6:0.1"])
def test_a_sweep_that_meets_nothing_says_so_and_not_that_one_value_is_todays(values: str) -> None:
    """The scenario it stands on is not blamed for it either."""
    asked = read_sweep(f"terms.multiple_procedure.later={values}")
    for on in (None, says(conversion_factor=Decimal("33.5"))):
        with pytest.raises(ScenarioError) as fault:
            sweep(two_visits(), asked, on)
        assert str(fault.value) == (
            "--sweep terms.multiple_procedure.later: matches no line of the batch: none is paid"
            " otherwise by it."
        )


def test_solving_for_a_fee_that_meets_nothing_is_refused() -> None:
    base = two_visits()
    target = read_target("+3%", base)
    with pytest.raises(ScenarioError, match="--solve fee:20610: matches no line"):
        solve(base, "fee:20610", target)
    assert solve(base, "fee:99213", target).value is not None


def test_a_value_may_take_the_place_of_all_that_the_scenario_it_stands_on_changes() -> None:
    """A fee set for every line leaves nothing to a factor beneath it: no reason to refuse."""
    base, on = two_visits(), says(conversion_factor=Decimal("33.5"))
    solved = solve(base, "fee:99213", read_target("+3%", base), on)
    assert (solved.value, solved.total) == (Decimal("91.62"), 183_24)


def test_a_fee_that_the_scenario_sets_itself_is_not_solved_for_and_the_solve_is_named() -> None:
    base, on = two_visits(), says(fees=[{"codes": "99213", "amount": 100}])
    with pytest.raises(ScenarioError, match=r"^--solve on scenario, fees entry 2: changes 99213,"):
        solve(base, "fee:99213", read_target("+3%", base), on)


def test_a_payer_at_today_s_term_is_compared_without_weighing() -> None:
    payer = medicare_with(equipment={"ct": always("1.0")})
    base = Baseline(two_visits().batch, replace(two_visits().setup, payer=payer))
    assert total_of(base, says(terms={"equipment": {"ct": Decimal("1.0")}})) == base.total()
    assert Comparison(base, says()).change == 0
    assert MEDICARE.rules
