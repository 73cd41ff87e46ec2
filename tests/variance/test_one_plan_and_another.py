"""A contract with a rate and Medicare's answer; one plan's answer and another plan's contract."""

from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.screen.variance import variance
from payrules.variance.analysis import Variance
from payrules.variance.another_payer import (
    BY_ANOTHER,
    BY_MEDICARE,
    BY_OTHER_BUSINESS,
    BY_OTHER_PLAN,
    BY_PERHAPS_MEDICARE,
)
from payrules.variance.appeals import write_appeals
from payrules.variance.insurers import insurer_of
from payrules.variance.terms_wanted import WORDS
from tests.variance.small import of_batch, rows
from tests.variance.test_another_payer import BATCH, answered

NORIDIAN = ("NORIDIAN HEALTHCARE SOLUTIONS", "01112", "MB")
UHC = ("UNITEDHEALTHCARE", "87726", "CI")
AETNA = ("AETNA", "60054", "CI")
ON_TERMS, WAITING = ["appeal", "refund"], ["review_terms", "review_terms"]


def contract(folder: Path, name: str = "aetna", plan: str = "commercial") -> str:
    """Write the commonest contract: a percentage of Medicare's amounts."""
    said = [f'name = "{name}"', 'contract = "Agreement"', "percent_of_medicare = 120"]
    said += [f'plan = "{plan}"'] if plan else []
    said += ["[remittance]", "appeal_days = 60", 'cites = "Agreement, section 9"', ""]
    file = folder / f"{name}.toml"
    file.write_text("\n".join(said), encoding="utf-8")
    return str(file)


def naming(payer: str) -> str:
    head, *lines = BATCH.split()
    return "\n".join([f"{head},payer", *(f"{line},{payer}" for line in lines), ""])


def waits(found: Variance, folder: Path, why: str) -> bool:
    """Tell whether both lines wait for other terms, without a letter or a day; or none does."""
    told = rows(found)
    is_told = [WORDS[why] in (each["cause_detail"] or "") for each in told]
    assert is_told[0] == is_told[1]
    assert [each["action"] for each in told] == (WAITING if is_told[0] else ON_TERMS)
    assert [each["appeal_by_date"] is None for each in told] == [is_told[0], True]
    assert write_appeals(found, folder / "letters").written == (not is_told[0])
    said = " ".join(map(str, variance(found, {})))
    assert (f"2 lines that {_SAID[why]}" in said) == is_told[0]
    return is_told[0]


_SAID = {
    BY_MEDICARE: "another payer's terms priced are paid by",
    BY_PERHAPS_MEDICARE: "another payer's terms priced are paid by what may be Medicare",
    BY_OTHER_PLAN: "one plan's terms priced are paid by",
    BY_OTHER_BUSINESS: "terms of one kind of plan priced are paid under another kind",
    BY_ANOTHER: "Medicare's terms priced are paid by",
}


@pytest.mark.parametrize("plan", ["commercial", "medicaid", ""])
@pytest.mark.parametrize("payer", ["aetna", ""])
def test_a_contract_with_a_rate_is_not_held_against_medicares_answer(
    payer: str, plan: str, tmp_path: Path
) -> None:
    """Noridian was sent 27 letters that cite Aetna's agreement: contracts with a rate were let be.

    Only terms of no kind of plan, which the batch does not name, may be held against Medicare's.
    """
    setup = setup_of(contract(tmp_path, plan=plan), locality="national")
    found = of_batch(tmp_path, naming(payer), answered(*NORIDIAN), setup=setup)
    if payer or plan:
        assert waits(found, tmp_path, BY_MEDICARE)
    else:
        assert all(WORDS[BY_MEDICARE] not in (each["cause_detail"] or "") for each in rows(found))


def test_an_own_file_that_calls_its_contract_an_example_is_no_example_of_ours(
    tmp_path: Path,
) -> None:
    """A file copied from an example that ships with payrules was held against Medicare's answer."""
    file = Path(contract(tmp_path))
    said = file.read_text(encoding="utf-8").replace('"Agreement"', '"Example: our agreement"')
    file.write_text(said, encoding="utf-8")
    setup = setup_of(str(file), locality="national")
    found = of_batch(tmp_path, naming(""), answered(*NORIDIAN), setup=setup)
    assert waits(found, tmp_path, BY_MEDICARE)


def test_a_contract_is_held_against_its_own_payers_answer(tmp_path: Path) -> None:
    setup = setup_of(contract(tmp_path), locality="national")
    found = of_batch(tmp_path, naming("aetna"), answered(*AETNA), setup=setup)
    assert not waits(found, tmp_path, BY_MEDICARE)


@pytest.mark.parametrize(
    ("said", "is_others"),
    [
        (UHC, True),
        (("HUMANA", "61101", "CI"), True),
        (("MADE UP", "62308", ""), True),
        (("UHC OF CALIFORNIA", "99999", "12"), True),
        (AETNA, False),
        # Where it cannot be known: an insurer on no list; a number and a name that are of two.
        (("A HEALTH PLAN", "99999", "CI"), False),
        (("BLUE CROSS OF X", "99999", "BL"), True),
        (("STATE MEDICAID", "99999", ""), True),
        (("UNITED-HEALTHCARE", "99999", "CI"), True),
        (("HUMANA", "60054", "CI"), False),
    ],
)
@pytest.mark.parametrize("payers", [("aetna", "aetna"), ("acme", "60054"), ("aetna", "")])
def test_one_plans_answer_is_not_held_against_another_plans_contract(
    payers: tuple[str, str], said: tuple[str, str, str], is_others: bool, tmp_path: Path
) -> None:
    """UnitedHealthcare was sent a letter on Aetna's contract; the batch's number tells as well."""
    terms, named = payers
    setup = setup_of(contract(tmp_path, terms), locality="national")
    found = of_batch(tmp_path, naming(named), answered(*said), setup=setup)
    assert waits(found, tmp_path, BY_OTHER_PLAN) == is_others


def test_a_payers_further_number_tells_which_insurer_it_is(tmp_path: Path) -> None:
    """REF*2U of the claim, where neither the terms nor its payer's number say it."""
    setup = setup_of(contract(tmp_path, "acme"), locality="national")
    head, *lines = naming("12345").split()
    batch = "\n".join([f"{head},further_payer_id", *(f"{line},60054" for line in lines), ""])
    for said, is_others in ((UHC, True), (AETNA, False)):
        found = of_batch(tmp_path, batch, answered(*said), setup=setup)
        assert waits(found, tmp_path / said[1], BY_OTHER_PLAN) == is_others


def test_two_plans_that_were_given_are_told_apart(tmp_path: Path) -> None:
    both = Setup(
        payer=setup_of(contract(tmp_path), locality="national").payer,
        payers={"uhc": setup_of(contract(tmp_path, "uhc"), locality="national").payer},
        locality="national",
    )
    for payer, said, is_others in (
        ("aetna", UHC, True),
        ("uhc", UHC, False),
        ("uhc", AETNA, True),
    ):
        folder = tmp_path / f"{payer}{said[1]}"
        folder.mkdir()
        found = of_batch(folder, naming(payer), answered(*said), setup=both)
        assert waits(found, folder, BY_OTHER_PLAN) == is_others


def test_of_contracts_of_nobody_on_the_list_nothing_is_known(tmp_path: Path) -> None:
    setup = setup_of(contract(tmp_path, "valley"), locality="national")
    found = of_batch(tmp_path, naming("valley"), answered(*UHC), setup=setup)
    assert not waits(found, tmp_path, BY_OTHER_PLAN)


@pytest.mark.parametrize(
    ("name", "insurer"),
    [
        ("aetna-commercial", "Aetna"),
        ("my_humana_2026", "Humana"),
        ("87726", "UnitedHealthcare"),
        ("United Healthcare", "UnitedHealthcare"),
        ("aetna and cigna", ""),
        ("acme", ""),
        (None, ""),
    ],
)
def test_an_insurer_is_told_by_its_name_or_its_number(name: str | None, insurer: str) -> None:
    assert insurer_of(name) == insurer


@pytest.mark.parametrize(
    ("said", "plan", "waits_for"),
    [
        (("AETNA", "60054", "16"), "commercial", BY_OTHER_BUSINESS),
        (("AETNA MEDICARE", "V1", "CI"), "commercial", BY_OTHER_BUSINESS),
        (("AETNA MEDICARE", "V1", "MB"), "commercial", BY_OTHER_BUSINESS),
        (("AETNA", "60054", "MB"), "commercial", BY_OTHER_BUSINESS),
        (("AETNA BETTER HEALTH", "128CA", "MC"), "commercial", BY_OTHER_BUSINESS),
        (("AETNA BETTER HEALTH", "128CA", ""), "commercial", BY_OTHER_BUSINESS),
        (("A HEALTH PLAN", "V1", "16"), "commercial", BY_OTHER_BUSINESS),
        (("A CAR INSURER", "V1", "AM"), "commercial", BY_OTHER_BUSINESS),
        (("AETNA BETTER HEALTH", "128CA", "MC"), "medicare_advantage", BY_OTHER_BUSINESS),
        (("AETNA", "60054", "16"), "medicaid", BY_OTHER_BUSINESS),
        # Its own business; and what says nothing of which it is.
        (("AETNA", "60054", "16"), "medicare_advantage", ""),
        (("AETNA MEDICARE", "V1", "12"), "medicare_advantage", ""),
        (("AETNA BETTER HEALTH", "128CA", "MC"), "medicaid", ""),
        (("AETNA", "60054", "12"), "commercial", ""),
        (("AETNA", "60054", "CI"), "medicare_advantage", ""),
        (("AETNA", "60054", "HM"), "medicaid", ""),
        (("AETNA", "60054", "16"), "", ""),
    ],
)
def test_an_insurers_contract_is_not_held_against_its_other_business(
    said: tuple[str, str, str], plan: str, waits_for: str, tmp_path: Path
) -> None:
    """Aetna's Medicare Advantage and its Medicaid plan were sent letters on a commercial contract.

    Terms of no kind of plan may be for any of its business.
    """
    setup = setup_of(contract(tmp_path, plan=plan), locality="national")
    found = of_batch(tmp_path, naming("aetna"), answered(*said), setup=setup)
    assert waits(found, tmp_path, BY_OTHER_BUSINESS) == (waits_for == BY_OTHER_BUSINESS)


@pytest.mark.parametrize("name", ["NGS", "CGS", "CGS J15 MAC", "WPS GHA", "FCSO, INC", "CMS"])
@pytest.mark.parametrize("kind", ["ZZ", "", "MA"])
def test_a_contractors_short_name_is_no_plans(name: str, kind: str, tmp_path: Path) -> None:
    """Letters on Aetna's contract went to contractors that said no kind that is Medicare's."""
    setup = setup_of(contract(tmp_path), locality="national")
    found = of_batch(tmp_path, naming("aetna"), answered(name, "V1", kind), setup=setup)
    assert waits(found, tmp_path, BY_PERHAPS_MEDICARE)
    found = of_batch(tmp_path, BATCH, answered(name, "V1", kind))
    assert [each["action"] for each in rows(found)] == ON_TERMS


def test_a_plan_may_be_called_as_a_contractor_is(tmp_path: Path) -> None:
    setup = setup_of(contract(tmp_path, "wps-commercial"), locality="national")
    found = of_batch(tmp_path, naming("wps-commercial"), answered("WPS", "V1", "ZZ"), setup=setup)
    assert not waits(found, tmp_path, BY_PERHAPS_MEDICARE)


@pytest.mark.parametrize(
    ("said", "is_medicares"),
    [
        (("PALMETTO HEALTH PLAN", "V1", "12"), False),
        (("PALMETTO HEALTH PLAN", "V1", "16"), False),
        (("PALMETTO HEALTH PLAN", "V1", "MB"), False),
        (("PALMETTO HEALTH PLAN", "V1", ""), False),
        (("CGS INSURANCE", "V1", ""), False),
        (("FIRST COAST ADVANTAGE", "V1", "MB"), False),
        (("DEVOTED HEALTH MEDICARE", "V1", "MB"), False),
        (("DEVOTED HEALTH MEDICARE", "V1", ""), False),
        (("WPS HEALTH SOLUTIONS", "V1", ""), True),
        (("WISCONSIN PHYSICIANS SERVICE INSURANCE CORP", "V1", ""), True),
        (("PALMETTO GBA", "V1", ""), True),
        (("FIRST COAST ADVANTAGE", "V1", "16"), False),
        (("NORIDIAN", "V1", "12"), False),
        (("PALMETTO HEALTH PLAN", "01112", "12"), True),
    ],
)
def test_a_kind_of_another_payer_is_more_than_a_contractors_name(
    said: tuple[str, str, str], is_medicares: bool, tmp_path: Path
) -> None:
    setup = setup_of("medicare", locality="national")
    found = of_batch(tmp_path, BATCH, answered(*said), setup=setup)
    assert waits(found, tmp_path, BY_ANOTHER) != is_medicares


@pytest.mark.parametrize("name", ["NATL GOVT SERVICES", "NATIONAL GOVT SVCS"])
def test_a_contractors_name_may_be_shortened(name: str, tmp_path: Path) -> None:
    setup = setup_of(contract(tmp_path), locality="national")
    found = of_batch(tmp_path, BATCH, answered(name, "V1", ""), setup=setup)
    assert waits(found, tmp_path, BY_MEDICARE)
