"""Medicare as a floor or ceiling beside a payer's own factor or dollars: "not less than Medicare".

TRICARE raises its amounts to Medicare's where they are less (63 FR 48439, from 1998-10-13).
"""

from decimal import Decimal
from pathlib import Path

import pytest

from payrules.errors import PayerError
from payrules.payers import MEDICARE, Payer
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.contracts import compare_contracts
from payrules.scenarios.plan import totals_of
from payrules.scenarios.scenario import scenario
from tests.payers.files import HEAD, OWN, RELEASE, allowed, batch, payer, priced
from tests.pricing_cases import STARTER

FLOOR = 'not_under = { percent_of_medicare = 100, cites = "63 FR 48439" }\n'
#: National, 2026: 273.22 in the office; 1159.35 × 16 % = 185.50; 67.47 for the interpretation; and
#: a session whose second procedure is paid at half.
LINES = batch(
    {"hcpcs_code": "62323"},
    {"hcpcs_code": "27447", "modifier_1": "80", "person_id": "Q", "claim_id": "B"},
    {"hcpcs_code": "93306", "modifier_1": "26", "person_id": "R", "claim_id": "C"},
    {"hcpcs_code": "11042", "person_id": "S", "claim_id": "D"},
    {"hcpcs_code": "20610", "person_id": "S", "claim_id": "D"},
    day="2026-03-02",
    place="11",
)
FEES = """hcpcs_code,modifier,facility_amount
62323,,1000.00
27447,,100.00
93306,26,50.00
11042,,10.01
20610,,9.99
00840,,100.00
99429,,5.00
"""


def paid(acme: Payer, **terms: str) -> Estimate:
    return priced(LINES, acme, locality="national", **terms)


def steps(run: Estimate) -> list[tuple[str, str]]:
    found = run.adjustments.filter(rule="contract_rate")
    return found.select("detail", "cites").rows()


@pytest.mark.parametrize("factor", ["20", "7.77", "1.01"])
def test_a_factor_of_its_own_is_raised_to_medicare_s(tmp_path: Path, factor: str) -> None:
    """It was refused. What ranking and roles left of either fee is the same share."""
    rates = f"[[rate]]\nconversion_factor = {factor}\n"
    run = paid(payer(tmp_path, HEAD + FLOOR + rates))
    assert allowed(run) == allowed(paid(MEDICARE))
    assert allowed(run)[:3] == ["273.22", "185.50", "67.47"]
    (first, page), *_ = steps(run)
    assert first.endswith(", but not under 100 % of Medicare")
    assert page == "63 FR 48439"
    # As a floor of that rate alone, and by the word.
    own = payer(tmp_path, HEAD + rates + 'not_under = "medicare"\n')
    assert allowed(paid(own)) == allowed(run)


def test_a_factor_above_medicare_s_is_held_to_it(tmp_path: Path) -> None:
    text = HEAD + 'not_over = "Medicare"\n[[rate]]\nconversion_factor = 60\n'
    assert allowed(paid(payer(tmp_path, text))) == allowed(paid(MEDICARE))
    text = HEAD + "not_over = { percent_of_medicare = 150 }\n[[rate]]\nconversion_factor = 60\n"
    # Half again of 273.22: 409.83.
    assert allowed(paid(payer(tmp_path, text)))[0] == "409.83"


def test_anesthesia_is_held_to_medicare_s_factor(tmp_path: Path) -> None:
    lines = batch(
        {"hcpcs_code": "00400", "anesthesia_minutes": "47", "modifier_1": "AA"},
        {"hcpcs_code": "00400", "anesthesia_minutes": "48", "modifier_1": "QK", "person_id": "Q"},
        day="2025-03-03",
    )
    rates = '[[rate]]\ncodes = ["00100-01999"]\nconversion_factor = 10.03\n'
    run = priced(lines, payer(tmp_path, HEAD + FLOOR + rates), locality="15202-00")
    assert allowed(run) == allowed(priced(lines, MEDICARE, locality="15202-00"))
    assert None not in allowed(run)


def test_a_fee_schedule_s_dollars_are_raised_to_medicare_s(tmp_path: Path) -> None:
    """It was refused beside a fee_schedule, and TRICARE's amounts are one."""
    run = paid(payer(tmp_path, RELEASE.replace("[fee", FLOOR + "[fee"), FEES))
    medicare = allowed(paid(MEDICARE))
    assert allowed(run) == ["1000.00", *medicare[1:]]
    assert steps(run)[0] == (
        "contract: the amount, but not under 100 % of Medicare",
        "63 FR 48439",
    )


def test_what_medicare_pays_otherwise_is_left_out_and_said(tmp_path: Path) -> None:
    acme = payer(tmp_path, RELEASE.replace("[fee", FLOOR + "[fee"), FEES)
    lines = batch({"hcpcs_code": "00840"}, {"hcpcs_code": "99429"}, day="2026-03-02", place="11")
    run = priced(lines, acme, locality="national")
    assert allowed(run) == ["100.00", "5.00"]
    said = (
        "contract: not under 100 % of Medicare is left out, for what Medicare itself pays of this"
        " line cannot be told"
    )
    assert [said in each for each in run.lines["review"]] == [True, True]


def test_lines_need_a_locality_for_it(tmp_path: Path) -> None:
    """Dollars alone need none; Medicare's fee of a line is one of its place."""
    dollars = payer(tmp_path, RELEASE, FEES)
    assert priced(LINES, dollars).lines.height == LINES.height
    limited = payer(tmp_path, RELEASE.replace("[fee", FLOOR + "[fee"), FEES)
    run = priced(LINES, limited)
    assert run.rejects.height == LINES.height


def test_its_own_indicators_leave_nothing_to_make_it_of(tmp_path: Path) -> None:
    with pytest.raises(PayerError, match='uses none; write indicators = "release"'):
        payer(tmp_path, OWN.replace("[fee", FLOOR + "[fee"), FEES)
    with pytest.raises(PayerError, match="cannot be 'charge'; write \"medicare\""):
        payer(tmp_path, HEAD + 'not_over = "charge"\n')


def test_a_what_if_on_medicare_s_factor_moves_what_it_limits(tmp_path: Path) -> None:
    """Of dollars and of a factor of the payer's own, which it else does not move."""
    dollars = payer(tmp_path, RELEASE.replace("[fee", FLOOR + "[fee"), FEES)
    factor = payer(tmp_path, HEAD + FLOOR + "[[rate]]\nconversion_factor = 20\n")
    draft = {"title": "t", "cites": "a draft", "conversion_factor": {"scale": 2}}
    for acme in (dollars, factor):
        base = baseline(LINES, Setup(payer=acme, schedules=STARTER, locality="national"))
        twice = totals_of(base, scenario(draft, "draft"))["allowed_amount"]
        raised = base.lines["allowed_amount"].sum() - (100000 if acme is dollars else 0)
        assert abs(twice - base.total() - raised) <= 5


def test_what_the_floor_is_worth_adds_up(tmp_path: Path) -> None:
    before = payer(tmp_path, RELEASE, FEES)
    named = RELEASE.replace('"Acme"', '"Acme, raised"')
    after = payer(tmp_path, named.replace("[fee", FLOOR + "[fee"), FEES)
    base = baseline(LINES, Setup(payer=before, schedules=STARTER, locality="national"))
    found = compare_contracts(base, [before, after])
    (floor,) = found.terms.rows(named=True)
    limit = "not under: 100 % from 1992-01-01 of Medicare"
    assert (floor["rule"], floor["reference"], floor["value"]) == ("contract_rate", "off", limit)
    # 27447-80, 93306-26 and the two of one session, each from its dollars to Medicare's.
    medicare = [each for each in allowed(paid(MEDICARE)) if each][1:]
    own = [each for each in allowed(paid(before)) if each][1:]
    assert floor["change"] == sum(int(Decimal(each) * 100) for each in medicare) - sum(
        int(Decimal(each) * 100) for each in own
    )
