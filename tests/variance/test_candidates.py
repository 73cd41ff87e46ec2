"""Amounts that explain what a payer allowed: other shares, earlier contract rates, caps."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from benchmarks.planted_causes import written
from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.variance.steps_more import Candidate, named_together
from tests.variance.small import MEDICARE, Answer, Paid, claim, compared, payment, rows

APM = "qualifying_apm_participant"
DATED = """
name = "acme"
contract = "Agreement of 2024"
[percent_of_medicare]
overall = {{ 2024-01-01 = 100.5, 2026-01-01 = {now} }}
"""


def paid_as(
    tmp_path: Path, code: str, allowed: int, *, setup: Setup = MEDICARE, charge: str = "9000"
) -> tuple[str, str, str]:
    """Give status, cause and confidence of a line of which a payer allows so much."""
    cents = f"{allowed / 100:.2f}"
    rest = f"CO-45 {float(charge) - allowed / 100:.2f}"
    line = Paid(code, charge, cents, rest, allowed=cents)
    found = compared(
        tmp_path, [claim("A1", f"{code} {charge}")], payment(Answer("A1", (line,))), setup=setup
    )
    (row,) = rows(found)
    return row["variance_status"], row["variance_cause"], row["cause_confidence"]


def expected(code: str, setup: Setup = MEDICARE) -> int:
    procedure, _, modifier = code.partition(":")
    line = {
        "claim_id": "A1",
        "claim_line_number": 1,
        "person_id": "M1",
        "claim_line_start_date": "2026-03-02",
        "hcpcs_code": procedure,
        "hcpcs_modifier_1": modifier or None,
        "place_of_service_code": "11",
        "charge_amount": "9000",
    }
    (amount,) = setup.price(setup.read([line]).lines).lines["allowed_amount"].to_list()
    return int(amount)


@pytest.mark.parametrize(
    ("code", "of", "cause"),
    [
        ("64493:50", (200, 150), "bilateral"),
        ("64493:50", (100, 150), "bilateral"),
        ("22612:62", (100, 62.5), "co_surgery"),
        ("22612:80", (13.6, 16), "assistant_at_surgery"),
        ("22612:54", (69, 79), "split_care"),
        ("22612:78", (100, 69), "return_to_operating_room"),
    ],
)
def test_another_share_than_ours(
    tmp_path: Path, code: str, of: tuple[float, float], cause: str
) -> None:
    ours = expected(code)
    theirs = round(ours * of[0] / of[1])
    status = "overpaid" if theirs > ours else "underpaid"
    assert paid_as(tmp_path, code, theirs)[:2] == (status, cause)


def causes(
    tmp_path: Path, allowed: dict[str, str], *, setup: Setup = MEDICARE
) -> list[tuple[str, str, str, str]]:
    """Give cause, confidence, action and detail of a claim's lines, by what is allowed of each."""
    paid = tuple(
        Paid(code, "900", cents, f"CO-45 {900 - Decimal(cents)}", allowed=cents)
        for code, cents in allowed.items()
    )
    lines = [f"{code} 900" for code in allowed]
    found = compared(tmp_path, [claim("A1", *lines)], payment(Answer("A1", paid)), setup=setup)
    names = ("variance_cause", "cause_confidence", "action", "cause_detail")
    return [tuple(each[name] for name in names) for each in rows(found)]


def test_a_whole_claim_paid_at_facility_rates(tmp_path: Path) -> None:
    """Alone in a facility 64483 would fall to second rank, at 49.77: both lines are priced so."""
    found = causes(tmp_path, {"64493": "40.75", "64483:59": "99.53"})
    assert [each[:3] for each in found] == [("setting", "exact", "reopen")] * 2
    assert found[1][3] == (
        "99.53 is the amount in a facility, the claim's other lines priced so too"
    )


def test_one_line_of_a_claim_paid_at_the_facility_rate(tmp_path: Path) -> None:
    """At the lower rate it falls to second rank; the other differs by its rank alone."""
    first, second = causes(tmp_path, {"64493": "190.39", "64483:59": "49.77"})
    assert second[:3] == ("setting", "exact", "reopen")
    assert first[0] == "multiple_procedure"


def test_a_claim_paid_by_another_locality_and_factor(tmp_path: Path) -> None:
    """A change of the whole claim keeps its ranks, whichever of its lines are asked for."""
    lines = [("64493", None), ("64483", "59")]
    for change, cause in (
        ({"locality": "06102-16"}, "locality"),
        ({APM: "yes"}, "conversion_factor"),
    ):
        batch = [
            {
                "claim_id": "A1",
                "claim_line_number": number,
                "person_id": "M1",
                "claim_line_start_date": "2026-03-02",
                "hcpcs_code": code,
                "hcpcs_modifier_1": modifier,
                "place_of_service_code": "11",
                "charge_amount": "900",
                "locality": "06102-12",
                **change,
            }
            for number, (code, modifier) in enumerate(lines, 1)
        ]
        paid = MEDICARE.price(MEDICARE.read(batch).lines).lines["allowed_amount"]
        allowed = {
            code + (f":{modifier}" if modifier else ""): f"{cents / 100:.2f}"
            for (code, modifier), cents in zip(lines, paid, strict=True)
        }
        setup = setup_of("medicare", locality="06102-12")
        (tmp_path / cause).mkdir()
        found = causes(tmp_path / cause, allowed, setup=setup)
        assert [each[:2] for each in found] == [(cause, "exact")] * 2


def test_an_amount_of_several_localities_accuses_none(tmp_path: Path) -> None:
    """Eleven places pay the same for 99214: it is not said to be one of them."""
    setup = setup_of("medicare", locality="01112-05")
    ((cause, confidence, _, detail),) = causes(tmp_path, {"99214": "140.94"}, setup=setup)
    assert (cause, confidence) == ("locality", "several")
    named = ", ".join(f"01112-{number}" for number in range(55, 60))
    assert detail == f"140.94 is the amount in each of the localities {named} and 6 more"


def test_of_many_places_some_are_named_the_nearest_first() -> None:
    def fits(kind: str, amounts: dict[str, int]) -> list[Candidate]:
        return [Candidate(kind, kind, cents, "one", name) for name, cents in amounts.items()]

    places = fits("locality", {"A": 101, "B": 100, "C": 100, "D": 100, "E": 100, "F": 99, "G": 101})
    (one,) = named_together([*places, places[0]], 100)
    assert one.words == "the amount in each of the localities B, C, D, E, A and 2 more"
    assert one.names == 7
    other, single = named_together([Candidate("units", "units", 100, "u"), places[0]], 100)
    assert (other.cause, single) == ("units", places[0])
    (releases,) = named_together(fits("release", {"2025D": 100, "2025C": 100}), 100)
    assert releases.words == "the amount of each of the releases 2025D and 2025C"


def test_what_our_edits_deny_and_the_payer_paid(tmp_path: Path) -> None:
    """Without its pair 77003 would be denied as an add-on: the payer asked neither."""
    paid = causes(tmp_path, {"62323": "273.22", "77003": "104.54"})
    assert paid[1][:3] == ("procedure_pairs", "exact", "refund")


def test_a_therapy_assistant_s_share_that_was_not_taken(tmp_path: Path) -> None:
    """And one that was taken where no assistant is billed: the amount allowed is the same."""
    for number, (modifiers, paid, rest, allowed, status) in enumerate(
        (
            ("GP:CQ", "40.20", "CO-45 148.73, CO-253 0.82, PR-2 10.25", "51.27", "overpaid"),
            ("GP", "34.17", "CO-45 154.88, CO-253 0.70, PR-2 10.25", "51.27", "underpaid"),
            ("GP", "34.17", "CO-45 148.73, CO-144 6.15, CO-253 0.70, PR-2 10.25", "", "underpaid"),
        )
    ):
        line = Paid(f"97110:{modifiers}", "200", paid, rest, allowed=allowed, units="2")
        folder = tmp_path / str(number)
        folder.mkdir()
        asked = claim("A1", f"97110:{modifiers} 200 2")
        (row,) = rows(compared(folder, [asked], payment(Answer("A1", (line,)))))
        told = row["variance_status"], row["variance_cause"], row["cause_confidence"]
        assert told == (status, "therapy_assistant", "exact")


def test_a_contract_s_earlier_rate_and_its_base(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(DATED.format(now=117), encoding="utf-8")
    setup = setup_of(str(path), locality="national")
    ours, medicare = expected("99213", setup), expected("99213")
    assert ours > medicare
    for theirs in (round(medicare * 1.005), medicare):
        assert paid_as(tmp_path, "99213", theirs, setup=setup) == (
            *("underpaid", "contract_rate"),
            "exact",
        )


CARVED = """
name = "acme"
contract = "Agreement of 2024"
[percent_of_medicare]
overall = 135
[[percent_of_medicare.by_code]]
first = "99214"
last = "99214"
percent = 150
[[rate]]
codes = ["99213"]
amount = "110.00"
[[rate]]
codes = ["62323"]
percent_of_charge = 60
"""


@pytest.mark.parametrize(
    ("code", "charge", "status"),
    [("99213", "900", "overpaid"), ("99214", "900", "underpaid"), ("62323", "1100", "underpaid")],
)
def test_a_carve_out_that_the_payer_missed(
    tmp_path: Path, code: str, charge: str, status: str
) -> None:
    """It paid what the contract says of all other codes: no rule or fact came to it."""
    path = tmp_path / "acme.toml"
    path.write_text(CARVED, encoding="utf-8")
    setup = setup_of(str(path), locality="national")
    theirs = (expected(code) * 135 + 50) // 100
    told = paid_as(tmp_path, code, theirs, setup=setup, charge=charge)
    assert told == (status, "contract_rate", "exact")


def test_the_contract_s_ceiling_stands_where_a_carve_out_was_missed(tmp_path: Path) -> None:
    """It went with the rates of codes: what the contract caps was unexplained."""
    path = tmp_path / "acme.toml"
    ceiling = "not_over = { percent_of_charge = 50 }\n[percent_of_medicare]\n"
    path.write_text(CARVED.replace("[percent_of_medicare]\n", ceiling, 1), encoding="utf-8")
    setup = setup_of(str(path), locality="national")
    told = paid_as(tmp_path, "99213", 12_500, setup=setup, charge="250")
    assert told == ("overpaid", "contract_rate", "exact")


def test_a_rule_left_out_of_some_lines_is_left_out_as_of_the_whole_payer() -> None:
    """Candidates without a rule are priced in one batch: each is what its payer less it pays."""
    batch, _ = written(1)
    lines = MEDICARE.read(pl.DataFrame(batch)).lines
    names = ["bilateral", "multiple_procedure", "therapy"]
    together = pl.concat(
        lines.with_columns(pl.concat_str(pl.lit(name), "person_id").alias("person_id"))
        for name in names
    )
    masks = {
        name: pl.Series([at // lines.height == place for at in range(together.height)])
        for place, name in enumerate(names)
    }
    at_once = MEDICARE.price(together, trail=False, without=masks).lines["allowed_amount"]
    for place, name in enumerate(names):
        less = MEDICARE.with_payers(
            lambda payer, name=name: replace(
                payer, rules=tuple(each for each in payer.rules if each.name != name)
            )
        )
        alone = less.price(lines, trail=False).lines["allowed_amount"]
        own = at_once.slice(place * lines.height, lines.height)
        assert own.to_list() == alone.to_list(), name
