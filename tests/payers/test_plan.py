"""Plan: what kind of payer pays decides which of Medicare's own payment rules it has."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import PayerError
from payrules.payers import Payer, differences, load_payer
from payrules.payers.left_open import sentences
from payrules.payers.plan import MEDICARES_OWN, plans
from payrules.payers.vocabulary import PLANS
from payrules.runs.results import Estimate, remarks
from tests.payers.files import HEAD, RELEASE, batch, payer, priced

LINE = {"hcpcs_code": "93306", "hcpcs_modifier_1": "26"}
RATE = "percent_of_medicare = 140\n"
UNASSIGNED = {
    **{"hcpcs_code": "99213", "charge_amount": "500.00"},
    **{"participating": "n", "assignment_accepted": "n"},
}


def paid(chosen: Payer, *lines: Mapping[str, str], **more: str) -> Estimate:
    given = [{**each, **more} for each in lines or (LINE,)]
    return priced(batch(*given, place="11"), chosen, locality="national")


def amounts(results: Estimate) -> dict[str, str]:
    names = ("allowed", "deductible", "coinsurance", "sequestration", "medicare", "patient")
    row = results.lines.row(0, named=True)
    return {name: str(row[f"{name}_amount"]) for name in names}


@pytest.fixture(scope="module")
def by_plan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Payer]:
    folder = tmp_path_factory.mktemp("plans")
    return {name: payer(folder, f'{HEAD}plan = "{name}"\n{RATE}') for name in PLANS}


def test_a_file_with_a_rate_and_no_plan_is_told_what_it_takes_over(tmp_path: Path) -> None:
    results = paid(payer(tmp_path, HEAD + RATE))
    (said,) = [each for each in remarks(results.run) if "Acme" in each]
    assert said == (
        "Acme's file says no plan, so coinsurance (18.30), deductible (0.00), sequestration"
        " (1.46), nonparticipating, limiting charge are taken over from Medicare. Write which it"
        ' is, such as plan = "commercial" (medicare, medicare_advantage, commercial, medicaid,'
        " workers_compensation, tricare)."
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + 'plan = "medicare"\n', None),
        (HEAD + 'plan = "medicare"\n' + RATE, None),
        (RELEASE, "coinsurance, deductible, sequestration, nonparticipating, limiting charge"),
        (
            f"{HEAD}{RATE}[terms.coinsurance]\npatient = 0.1\n[terms.sequestration]\noff = true\n",
            "deductible, nonparticipating, limiting charge",
        ),
    ],
)
def test_what_is_said_is_not_taken_over(tmp_path: Path, text: str, named: str | None) -> None:
    chosen = payer(tmp_path, text, "hcpcs_code,facility_amount\n99213,100.00\n")
    told = [*sentences(chosen, {})]
    assert len(told) == (named is not None)
    assert named is None or f"no plan, so {named} are" in told[0]


def test_a_file_without_plan_and_rate_is_told_that_it_pays_as_medicare(tmp_path: Path) -> None:
    """It paid Medicare's amounts without a word."""
    (said,) = [each for each in remarks(paid(payer(tmp_path, HEAD)).run) if "Acme" in each]
    assert said.startswith(
        "Acme's file says neither plan nor rate, so it pays as Medicare does but for the terms in"
    )


def test_who_bears_what_of_each_plan(by_plan: dict[str, Payer]) -> None:
    got = {
        name: tuple(amounts(paid(each, deductible_remaining="10.00")).values())
        for name, each in by_plan.items()
    }
    # allowed, deductible, coinsurance, sequestration, paid, of the patient
    assert got == {
        "medicare": ("91.48", "10.00", "16.30", "1.30", "63.88", "26.30"),
        "medicare_advantage": ("91.48", "10.00", "0.00", "1.63", "79.85", "10.00"),
        "commercial": ("91.48", "10.00", "0.00", "0.00", "81.48", "10.00"),
        "medicaid": ("91.48", "0.00", "0.00", "0.00", "91.48", "0.00"),
        "workers_compensation": ("91.48", "0.00", "0.00", "0.00", "91.48", "0.00"),
        "tricare": ("91.48", "10.00", "0.00", "0.00", "81.48", "10.00"),
    }


def test_limits_of_who_does_not_participate(by_plan: dict[str, Payer]) -> None:
    full = paid(by_plan["commercial"], {"hcpcs_code": "99213"}).lines["allowed_amount"][0]
    for name, chosen in by_plan.items():
        line = paid(chosen, UNASSIGNED).lines.row(0, named=True)
        reduced = name in {"medicare", "medicare_advantage"}
        assert (line["allowed_amount"] < full) is reduced, name
        assert (line["limiting_charge"] is not None) is (name in {"medicare", "tricare"}), name


def test_a_member_of_medicare_advantage_bears_no_limiting_charge(by_plan: dict[str, Payer]) -> None:
    """What is above the allowed amount is the plan's (42 CFR 422.504(g)): it was the member's."""
    found = paid(by_plan["medicare_advantage"], UNASSIGNED)
    assert found.lines["patient_amount"].to_list() == [Decimal("0.00")]
    assert any("of the plan and not of the member" in each for each in remarks(found.run))


def test_tricares_balance_billing_ends_at_115_percent_of_its_charge(tmp_path: Path) -> None:
    tricare = payer(tmp_path, HEAD + 'plan = "tricare"\n')
    row = paid(tricare, UNASSIGNED).lines.row(0, named=True)
    assert row["medicare_amount"] == row["fee_schedule_amount"] == Decimal("88.95")
    assert row["limiting_charge"] == Decimal("102.29")
    assert row["patient_amount"] == Decimal("13.34")


def test_the_files_own_terms_go_before_the_plans(tmp_path: Path) -> None:
    text = HEAD + 'plan = "commercial"\n' + RATE + "[terms.coinsurance]\npatient = 0.10\n"
    acme = payer(tmp_path, text)
    assert amounts(paid(acme))["coinsurance"] == "9.15"
    assert not acme.left_open
    back = payer(
        tmp_path, HEAD + 'plan = "medicaid"\n' + RATE + "[terms.sequestration]\non = true\n"
    )
    assert amounts(paid(back))["sequestration"] == "1.83"


def test_each_term_of_a_plan_cites_its_law(by_plan: dict[str, Payer]) -> None:
    for name, chosen in by_plan.items():
        found = [each for each in differences(chosen) if each.rule != "contract_rate"]
        assert bool(found) is (name != "medicare")
        for each in found:
            assert "Acme" not in each.cites, (name, each)
            assert any(sign in each.cites for sign in ("SSA", "U.S.C.", "CFR", "BBEDCA")), each
            assert each.file == f"plan = {name}"
    assert {rule for each in plans().values() for rule in each.open} <= {*MEDICARES_OWN}


def test_what_a_plan_leaves_open_is_told(by_plan: dict[str, Payer]) -> None:
    told = {
        name: [each for each in remarks(paid(chosen).run) if each.startswith("Acme")]
        for name, chosen in by_plan.items()
    }
    assert {name for name, said in told.items() if said} == {
        *("medicare_advantage", "commercial", "tricare")
    }
    assert told["commercial"] == [
        "Acme: no coinsurance is taken, for the benefit plan sets it. [terms.coinsurance] in its"
        " file can say otherwise."
    ]


def test_the_preset_of_workers_compensation_pays_all_it_allows() -> None:
    results = paid(load_payer("110-percent-of-medicare"), {"hcpcs_code": "99214"})
    line = results.lines.row(0, named=True)
    assert line["medicare_amount"] == line["allowed_amount"] > 0
    assert line["patient_amount"] == line["sequestration_amount"] == 0


def test_a_deductible_that_is_not_part_bs_is_not_held_to_part_bs_amount(
    by_plan: dict[str, Payer],
) -> None:
    much = {name: paid(by_plan[name], deductible_remaining="3000.00") for name in PLANS}
    noted = {
        name
        for name, results in much.items()
        if any("deductible" in (each or "") for each in results.lines["review"])
    }
    assert noted == {"medicare"}


def test_a_plan_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(PayerError, match=r"acme\.toml, line 3, plan: cannot be 'comercial'; it is"):
        payer(tmp_path, HEAD + 'plan = "comercial"\n')


def test_a_batch_of_several_payers_tells_of_each(tmp_path: Path) -> None:
    first = payer(tmp_path, HEAD + RATE)
    other = payer(tmp_path, HEAD.replace('"Acme"', '"Bolt"') + RATE)
    lines = batch(LINE, LINE).with_columns(payer=pl.Series(["Acme", "Bolt"]))
    run = priced(lines, first, payers={"bolt": other}, locality="national").run
    told = [each for each in remarks(run) if "says no plan" in each]
    assert [each.split("'")[0] for each in told] == ["Acme", "Bolt"]
    assert not any("18.30" in each for each in told)  # no total of the run is one payer's


def test_tricare_s_limit_is_of_its_allowable_charge(tmp_path: Path) -> None:
    """10 U.S.C. 1079(h): 115 percent of what the contract allows, 382.51; it was of Medicare's."""
    acme = payer(tmp_path, HEAD + 'plan = "tricare"\npercent_of_medicare = 140\n')
    one = {
        "hcpcs_code": "62323",
        "charge_amount": "900.00",
        "participating": "no",
        "assignment_accepted": "no",
    }
    found = priced(batch(one, day="2026-03-02", place="11"), acme, locality="national").lines
    (row,) = found.select("allowed_amount", "limiting_charge", "patient_amount").rows()
    assert [str(each) for each in row] == ["382.51", "439.89", "57.38"]
