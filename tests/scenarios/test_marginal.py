"""What each line of a claim is worth, and what keeps it from being worth more."""

from pathlib import Path

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.payers import load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline
from payrules.scenarios.marginal import marginal
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import demo


def of(claim: str) -> tuple[dict[int, int], dict[str, int]]:
    """Give what each line is worth, and what each other way of billing would change, cents."""
    found = marginal(demo(), claim)
    worth = dict(found.lines.select("claim_line_number", "worth").iter_rows())
    return worth, dict(found.otherwise.select("what", "difference").iter_rows())


def without(claim: str, line: int) -> int:
    """Price the batch without a line; give the claim's total."""
    kept = demo().batch.lines.filter(
        ~((pl.col("claim_id") == claim) & (pl.col("claim_line_number") == line))
    )
    lines = demo().price(kept, demo().setup).lines
    return lines.filter(pl.col("claim_id") == claim)["allowed_amount"].sum()


@pytest.mark.parametrize("claim", ["C101", "C105", "C107", "C108", "C121"])
def test_a_line_is_worth_what_the_claim_loses_without_it(claim: str) -> None:
    found = marginal(demo(), claim)
    assert found.total == found.lines["allowed_amount"].sum()
    for line, left, worth in found.lines.select(
        "claim_line_number", "without", "worth"
    ).iter_rows():
        assert left == without(claim, line)
        assert worth == found.total - left


def test_a_primary_is_worth_its_own_amount_and_its_add_on_s() -> None:
    found = marginal(demo(), "C105")
    primary, add_on = found.lines["allowed_amount"]
    assert found.lines["worth"].to_list() == [primary + add_on, add_on]


def test_what_a_modifier_59_earns_and_what_a_missing_one_costs() -> None:
    assert of("C104")[1]["line 2 20610 without modifier 59"] == -2_143
    assert of("C103")[1]["line 2 20610 with modifier 59, where it is true"] == 2_143
    # CMS lists no epidural among the primaries of the guidance: as an add-on it stays unpaid.
    assert of("C107")[1]["line 3 77003 with modifier 59, where it is true"] == 0


def test_what_a_missing_primary_costs() -> None:
    worth, otherwise = of("C109")
    assert worth == {1: 0, 2: 0}
    assert otherwise["were it not for a missing primary: an add-on alone is not paid"] == 16_589


def test_what_the_order_costs_and_that_the_order_on_the_claim_costs_nothing() -> None:
    otherwise = of("C107")[1]
    ranked = "were it not for the order: procedures after the highest are paid in part"
    assert otherwise[ranked] == 4_415
    assert otherwise["the lines in the opposite order"] == 0


def made(*rows: tuple[str, str, str, str]) -> Baseline:
    """Give a batch of claim, day, code and modifier."""
    lines = [
        {
            "claim_id": claim,
            "claim_line_number": str(number),
            "person_id": "P",
            "claim_line_start_date": day,
            "hcpcs_code": code,
            "place_of_service_code": "22",
            "locality": "national",
            "rendering_npi": "1",
            "hcpcs_modifiers": modifier,
        }
        for number, (claim, day, code, modifier) in enumerate(rows, 1)
    ]
    return baseline(pl.DataFrame(lines), Setup(schedules=STARTER))


def test_what_the_base_code_of_a_family_of_scopes_costs() -> None:
    scopes = made(("E", "2025-06-02", "45385", ""), ("E", "2025-06-02", "45380", "59"))
    without_family = made(("E", "2025-06-02", "45378", ""))
    base = without_family.lines["allowed_amount"][0]
    otherwise = marginal(scopes, "E").otherwise
    words = "were it not for the base code: scopes of one family share its fee"
    gained = dict(otherwise.select("what", "difference").iter_rows())[words]
    # Without the family the second scope would be ranked: half of itself, not less the base.
    half = made(("E", "2025-06-02", "45380", "")).lines["allowed_amount"][0] / 2
    assert abs(gained - (half - (2 * half - base))) <= 1


def test_the_effect_on_the_person_s_other_claims_is_told() -> None:
    both = made(("A", "2025-06-02", "63650", ""), ("B", "2025-06-05", "99213", ""))
    visit = made(("B", "2025-06-05", "99213", "")).lines["allowed_amount"][0]
    found = marginal(both, "A")
    assert both.lines["allowed_amount"][1] == 0
    assert found.lines["others"].to_list() == [-visit]


def test_a_claim_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="The batch has no such claim"):
        marginal(demo(), "C999")


def test_a_claim_of_2000_lines_is_refused_at_once_and_says_how_many() -> None:
    """The claim without each of its lines is 4,000,000 lines: minutes, without a word."""
    row = {
        "claim_id": "C1",
        "person_id": "P1",
        "claim_line_start_date": "2025-10-07",
        "hcpcs_code": "99213",
        "place_of_service_code": "11",
    }
    lines = pl.DataFrame([{**row, "claim_line_number": number} for number in range(1, 2001)])
    base = baseline(lines, Setup(schedules=STARTER, locality="national"))
    with pytest.raises(UsageError, match=r"has 2,000 lines, its person 2,000; .* at most 200"):
        marginal(base, "C1")


def test_what_another_payer_has_of_the_person_stays_the_other_payer_s(tmp_path: Path) -> None:
    """With a rule off, all of the person's claims were priced as the claim's payer's."""
    acme = tmp_path / "acme.toml"
    acme.write_text('name = "Acme"\ncontract = "Agreement"\n', encoding="utf-8")
    claims = pl.DataFrame(
        {
            "claim_id": ["A", "B"],
            "claim_line_number": [1, 1],
            "person_id": ["P", "P"],
            "claim_line_start_date": ["2025-11-03"] * 2,
            "hcpcs_code": ["20610", "29827"],
            "charge_amount": ["20", "9000"],
            "place_of_service_code": ["11", "24"],
            "locality": ["01112-05"] * 2,
            "rendering_npi": ["1000000010"] * 2,
            "payer": ["medicare", "Acme"],
        }
    )
    setup = Setup(schedules=STARTER, payers={"acme": load_payer(acme)})
    found = marginal(baseline(claims, setup), "A").otherwise
    alone = marginal(baseline(claims.head(1), setup), "A").otherwise
    assert found.rows() == alone.rows() != []
