"""Floors and ceilings of a contract's rates: `not_under`, `not_over`, of a rate and of a file."""

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.content import content_folder
from payrules.dated import Dated
from payrules.engine.rate_limits import RateLimit, RateLimits
from payrules.errors import PayerError
from payrules.payers import differences
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.plan import totals_of
from payrules.scenarios.scenario import scenario
from payrules.schedules import load_schedules
from tests.payers.files import HEAD, OWN, allowed, batch, payer, priced, rules_of
from tests.pricing_cases import Case, CaseTable, Line, by_hand, case, code, every_case, line, parts

CODES = by_hand(
    *(code(hcpcs, "100.00") for hcpcs in ("20000", "20001", "20002", "20003", "20004", "20005")),
    *parts("20006", "40.00", "60.00"),
    code("30000", "100.00", multiple="2"),
    code("30001", "80.00", multiple="2", assistant="2"),
    code("90000", status="C"),
    code("50000", status="N"),
)
NO = (None, None, None)


def pays(service: str, amount: str, said: str, **named: Any) -> Line:
    return line(service, amount, f"contract, {said}", **named)


def rate(*settings_: str) -> str:
    return "[[rate]]\n" + "\n".join(settings_) + "\n"


#: "The lesser of the fee schedule and a percentage of billed charges" as BCBS contracts print it;
#: TRICARE 6010.61-M 1-16: not less than Medicare; Florida 440.13(12): or the amount if greater.
OF_RATES = CaseTable(
    "contract_rate",
    [
        case(
            "the lesser of 120 % of Medicare and 80 % of the charge: the charge's",
            pays(
                *("20000", "112.00", "lesser: 120 % of Medicare, but not over 80 % of the charge"),
                charge="140.00",
            ),
        ),
        case(
            "the lesser: Medicare's",
            pays("20000", "120.00", "lesser: 120 % of Medicare", charge="200.00"),
        ),
        case(
            "at the limit the rate decides",
            pays("20000", "120.00", "lesser: 120 % of Medicare", charge="150.00"),
        ),
        case(
            "below Medicare it carries 45",
            pays(
                *("20000", "40.00", "lesser: 120 % of Medicare, but not over 80 % of the charge"),
                charge="50.00",
                carc="45",
            ),
        ),
        case(
            "without a charge the ceiling is left out, and said",
            pays(
                *("20000", "120.00", "lesser: 120 % of Medicare"),
                review="contract, lesser: not over 80 % of the charge is left out, for the line has"
                " no charge",
            ),
        ),
        case(
            "dollars, not under Medicare",
            pays("20001", "100.00", "panel: $85.00 a unit, but not under 100 % of Medicare"),
        ),
        case(
            "dollars above the floor",
            pays("20002", "310.25", "rich: $310.25 a unit"),
        ),
        case(
            "90 % of Medicare, not under dollars a unit",
            pays(
                *("20003", "250.00", "floor: 90 % of Medicare, but not under $125.00 a unit"),
                units="2",
            ),
        ),
        case(
            "of both sides that are paid as one the floor is that of one",
            pays("20003 50", "125.00", "floor: 90 % of Medicare, but not under $125.00 a unit"),
        ),
        case(
            "of a component of the service dollars for the whole are no floor",
            pays(
                *("20006 26", "36.00", "floor: 90 % of Medicare"),
                carc="45",
                review="contract, floor: not under $125.00 a unit is left out, for the dollars are"
                " for the whole service, and this line is for a component of it, was ended (53), or"
                " has no price of Medicare's to be a part of",
            ),
        ),
        case(
            "unless the rate names the modifier",
            pays(
                "20004 59",
                "70.00",
                "named: 50 % of Medicare, but not under $70.00 a unit",
                carc="45",
            ),
        ),
        case(
            "where a floor is above a ceiling the ceiling stands",
            pays(
                *("20005", "90.00", "both: 10 % of Medicare, but not over 90 % of Medicare"),
                carc="45",
            ),
        ),
        case(
            "a share of the charge where Medicare has no price, and dollars over it",
            pays(
                *("90000", "300.00", "none: 80 % of the charge, but not over $300.00 a unit"),
                charge="500.00",
            ),
        ),
        case(
            "what Medicare does not cover no floor pays",
            line("50000", "0.00", status="denied", carc="96", charge="500.00"),
        ),
        case(
            "a share of Medicare is one of what ranking left",
            line("30000", "100.00"),
            pays(
                *("30001", "40.00", "ranked: $5.00 a unit, but not under 100 % of Medicare"),
                carc="59",
                codes=NO,
            ),
        ),
    ],
    CODES,
    rules=rules_of(
        rate(
            'name = "lesser"',
            'codes = ["20000"]',
            "percent_of_medicare = 120",
            "not_over = { percent_of_charge = 80 }",
        )
        + rate(
            'name = "panel"',
            'codes = ["20001"]',
            "amount = 85",
            "not_under = { percent_of_medicare = 100 }",
        )
        + rate(
            'name = "rich"',
            'codes = ["20002"]',
            'amount = "310.25"',
            "not_under = { percent_of_medicare = 100 }",
        )
        + rate(
            'name = "floor"',
            'codes = ["20003", "20006"]',
            "percent_of_medicare = 90",
            'not_under = { amount = "125.00" }',
        )
        + rate(
            'name = "named"',
            'codes = ["20004"]',
            'modifier = "59"',
            "percent_of_medicare = 50",
            "not_under = { amount = 70 }",
        )
        + rate(
            'name = "both"',
            'codes = ["20005"]',
            "percent_of_medicare = 10",
            "not_under = { percent_of_medicare = 95 }",
            "not_over = { percent_of_medicare = 90 }",
        )
        + rate(
            'name = "none"',
            'when = "no_price"',
            "percent_of_charge = 80",
            "not_over = { amount = 300 }",
        )
        + rate(
            'name = "ranked"',
            'codes = ["30001"]',
            "amount = 5",
            "not_under = { percent_of_medicare = 100 }",
        )
        + "[terms.lesser_of_charge]\noff = true\n"
    ),
)

#: Of the whole contract; by day, as an amendment sets them.
OF_FILE = CaseTable(
    "contract_rate",
    [
        case(
            "over what a rate pays",
            pays(
                *("20000", "140.00", "own: 150 % of Medicare, but not over 70 % of the charge"),
                charge="200.00",
                date="2025-03-03",
            ),
        ),
        case(
            "and from its second day",
            pays(
                *("20000", "120.00", "own: 150 % of Medicare, but not over 60 % of the charge"),
                charge="200.00",
                date="2026-03-03",
            ),
        ),
        case(
            "before its first there is none",
            pays(
                *("20000", "150.00", "own: 150 % of Medicare"),
                charge="150.00",
                date="2024-12-31",
            ),
        ),
        case(
            "over what the overall percentage pays",
            line(
                *("20001", "70.00", "contract: 110 % of Medicare, but not over 70 % of the charge"),
                charge="100.00",
                carc="45",
            ),
        ),
        case(
            "under it",
            line(
                *("20001", "130.00", "contract: 110 % of Medicare, but not under $130.00 a unit"),
                charge="400.00",
            ),
        ),
        case(
            "the lower of the rate's own ceiling and the contract's",
            pays(
                *("20002", "130.00", "capped: 200 % of Medicare, but not over 130 % of Medicare"),
                charge="400.00",
            ),
            pays(
                *("20002", "105.00", "capped: 200 % of Medicare, but not over 70 % of the charge"),
                charge="150.00",
            ),
        ),
    ],
    CODES,
    rules=rules_of(
        "percent_of_medicare = 110\n"
        "not_over = { percent_of_charge = { 2025-01-01 = 70, 2026-01-01 = 60 } }\n"
        "not_under = { amount = 130 }\n"
        + rate('name = "own"', 'codes = ["20000"]', "percent_of_medicare = 150")
        + rate(
            'name = "capped"',
            'codes = ["20002"]',
            "percent_of_medicare = 200",
            "not_over = { percent_of_medicare = 130 }",
        )
    ),
)

#: A contract that says no rate: Medicare within limits; and a conversion factor of its own.
ALONE = CaseTable(
    "contract_rate",
    [
        case(
            "a line without a rate",
            line(
                *("20000", "80.00", "contract: the amount, but not over $80.00 a unit"), carc="45"
            ),
        ),
    ],
    by_hand(code("20000", "100.00"), code("20001", "60.00")),
    rules=rules_of("not_over = { amount = 80 }\n"),
)


@every_case(OF_RATES, OF_FILE, ALONE)
def test_limits(table: CaseTable, case: Case) -> None:
    table.check(case)


STARTER = load_schedules(content_folder("fee_schedules"))
SHARES = st.builds(
    lambda of, percent: RateLimit(
        of, "page 1", Dated({"2020-01-01": f"0.{percent}"}, cites="page 1")
    ),
    st.sampled_from(["percent_of_medicare", "percent_of_charge"]),
    st.integers(10, 99),
)
DOLLARS = st.builds(
    lambda cents, any_part: RateLimit(
        "amount", "page 1", cents=((date(2020, 1, 1), cents),), any_part=any_part
    ),
    st.integers(0, 20_000),
    st.booleans(),
)
SOME = st.lists(SHARES | DOLLARS, max_size=2).map(tuple)
CENTS = st.integers(0, 30_000)
LINES = st.lists(st.tuples(CENTS, CENTS, CENTS | st.none(), st.booleans()), min_size=1)


@settings(max_examples=40, deadline=None)
@given(LINES, SOME, SOME)
def test_a_ceiling_never_raises_and_a_floor_never_lowers(
    drawn: list[tuple[int, int, int | None, bool]],
    floors: tuple[RateLimit, ...],
    ceilings: tuple[RateLimit, ...],
) -> None:
    lines = pl.DataFrame(
        [(*each[:3], [50 if each[3] else 0], date(2026, 1, 1), 1000) for each in drawn],
        schema=dict.fromkeys(("paid", "amount", "charge_amount"), pl.Int64)
        | {"part": pl.List(pl.Int64), "service_date": pl.Date, "units_thousandths": pl.Int64},
        orient="row",
    ).with_columns(
        modifiers=pl.lit(0, dtype=pl.Int64),
        status=pl.lit(0, dtype=pl.UInt8),
        units_used_up=pl.lit(value=False),
        is_of_other_schedule=pl.lit(value=False),
        # A third of them by a fee of the payer's own, two thirds of Medicare's.
        medicare_amount=pl.col("amount") * 3 // 2,
        fee_schedule_amount=pl.when(pl.col("amount") % 3 > 0)
        .then(pl.col("amount") * 3 // 2)
        .otherwise(pl.col("amount")),
        **dict.fromkeys(
            ("anesthesia_amount", "anesthesia_factor", "medicare_anesthesia_factor"),
            pl.lit(None, pl.Int64),
        ),
        **dict.fromkeys(("ranked_units", "unit_factor", "part_of_whole"), pl.lit(None, pl.Int64)),
    )

    def paid(*limits: tuple[RateLimit, ...]) -> list[int]:
        return lines.select(RateLimits(*limits).applied(pl.col("paid"))).to_series().to_list()

    without, lifted, lowered = paid((), ()), paid(floors, ()), paid((), ceilings)
    both = paid(floors, ceilings)
    assert without == lines["paid"].to_list()
    assert all(now >= was for was, now in zip(without, lifted, strict=True))
    assert all(now <= was for was, now in zip(without, lowered, strict=True))
    assert all(now <= was for was, now in zip(lifted, both, strict=True))
    assert both == paid(floors[::-1], ceilings[::-1])
    # Where what is paid is another amount, the limit that it is of is named.
    number = RateLimits(floors, ceilings).deciding(pl.col("paid"))
    deciding = lines.with_columns(n=number)["n"].to_list()
    for was, now, named in zip(without, both, deciding, strict=True):
        assert named is not None or was == now


def test_the_order_of_the_terms_changes_nothing(tmp_path: Path) -> None:
    lines = batch({"hcpcs_code": "62323", "charge_amount": "300.00"}, day="2026-03-02", place="11")
    terms = (
        "percent_of_medicare = 140",
        "not_over = { percent_of_charge = 80 }",
        "not_under = { percent_of_medicare = 100 }",
    )
    found = {
        tuple(allowed(priced(lines, payer(tmp_path, HEAD + rate(*each)), locality="national")))
        for each in permutations(terms)
    }
    assert found == {("240.00",)}


def test_the_step_cites_the_limit_s_page_and_the_rules_show_it(tmp_path: Path) -> None:
    acme = payer(
        tmp_path,
        HEAD
        + "not_over = { percent_of_charge = 80 }\n"
        + rate(
            'name = "ours"',
            "percent_of_medicare = 140",
            'not_under = { percent_of_medicare = 100, cites = "Exhibit B, 3" }',
            'cites = "Exhibit B, 2"',
        )
        + '[[source]]\nterm = "not_over"\ntitle = "Article 5"\n',
    )
    found = {each.term: (each.payer, each.cites) for each in differences(acme)}
    assert found == {
        "ours": (
            "140 % from 1992-01-01 of Medicare; not under 100 % from 1992-01-01 of Medicare",
            "Exhibit B, 2",
        ),
        "not_over": ("80 % from 1992-01-01 of the charge", "Article 5"),
    }
    lines = batch({"hcpcs_code": "62323", "charge_amount": "300.00"}, day="2026-03-02", place="11")
    steps = priced(lines, acme, locality="national").adjustments.filter(rule="contract_rate")
    assert steps["cites"].to_list() == ["Article 5"]


def test_a_file_s_own_limit_stands_in_place_of_its_base_s(tmp_path: Path) -> None:
    base = HEAD + "not_over = { percent_of_charge = 50 }\nnot_under = { amount = 10 }\n"
    (tmp_path / "policy.toml").write_text(base, encoding="utf-8")
    acme = payer(tmp_path, HEAD + 'base = "policy.toml"\nnot_over = { percent_of_charge = 90 }\n')
    found = {each.term: each.payer for each in differences(acme)}
    assert found == {
        "not_under": "$10.00 a unit from 1992-01-01",
        "not_over": "90 % from 1992-01-01 of the charge",
    }


def test_a_ceiling_stands_over_a_payer_s_own_dollars(tmp_path: Path) -> None:
    fees = "hcpcs_code,facility_amount\n99213,100.00\n"
    acme = payer(tmp_path, OWN.replace("[fee", "not_over = { percent_of_charge = 50 }\n[fee"), fees)
    lines = batch({"hcpcs_code": "99213", "charge_amount": "150.00"})
    assert allowed(priced(lines, acme, locality="national")) == ["75.00"]


def test_a_what_if_sets_a_limit(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + rate('name = "ours"', "percent_of_medicare = 110"))
    lines = batch({"hcpcs_code": "62323", "charge_amount": "400.00"}, day="2026-03-02", place="11")
    base = baseline(lines, Setup(payer=acme, schedules=STARTER, locality="national"))
    assert base.total() == 30054
    draft = {"title": "t", "cites": "a draft", "not_over": {"percent_of_charge": "60"}}
    assert totals_of(base, scenario(draft, "draft"))["allowed_amount"] == 24000


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        ("{}", "does not say of what; give one of percent_of_medicare, percent_of_charge, amount"),
        ("{ percent_of_charge = 80, amount = 5 }", "says percent_of_charge and amount"),
        ("{ percent_of_charge = 0.8 }", "cannot be 0.8; it is a percentage of the charge"),
        ("{ percent_of_medicare = 1.1 }", "cannot be 1.1; it is a percentage of Medicare"),
        ('{ amount = 5, cites = " " }', "cites: is blank"),
        ("{ of = 5 }", "payrules does not read this"),
        ('"charge"', "not_over"),
    ],
)
@pytest.mark.parametrize("of_rate", [True, False])
def test_a_limit_that_says_none_is_refused(
    tmp_path: Path, limit: str, fault: str, of_rate: bool
) -> None:
    said = f"not_over = {limit}\n"
    text = HEAD + (rate("percent_of_medicare = 110", said) if of_rate else said)
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, text)
    assert fault in str(refused.value)
    assert "not_over" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_percentage_of_the_charge_is_a_limit_of_a_conversion_factor(tmp_path: Path) -> None:
    lines = batch({"hcpcs_code": "62323", "charge_amount": "200.00"}, day="2026-03-02", place="11")
    dollars = "not_over = { percent_of_charge = 50 }"
    acme = payer(tmp_path, HEAD + rate("conversion_factor = 40", dollars))
    assert allowed(priced(lines, acme, locality="national")) == ["100.00"]


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (
            "not_under = { amount = 90 }\nnot_over = { amount = 80 }\n",
            "not_under.amount: is above not_over",
        ),
        (
            "not_under = { percent_of_charge = 50 }\n"
            "not_over = { percent_of_charge = { 2025-01-01 = 60, 2026-01-01 = 40 } }\n",
            "not_under.percent_of_charge: is above not_over",
        ),
        (
            "last_day = 2025-12-31\nnot_over = { amount = { 2026-01-01 = 90 } }\n",
            "not_over.amount: has a value from 2026-01-01, after last_day, 2025-12-31",
        ),
    ],
)
def test_a_limit_without_effect_is_refused(tmp_path: Path, limits: str, fault: str) -> None:
    if "last_day" not in limits:
        with pytest.raises(PayerError, match=fault):
            payer(tmp_path, HEAD + limits)
    with pytest.raises(PayerError, match=f"rate entry 1.{fault}"):
        payer(tmp_path, HEAD + rate("percent_of_medicare = 110", limits))


def test_limits_of_one_kind_that_meet_are_read(tmp_path: Path) -> None:
    limits = "not_under = { amount = 80 }\nnot_over = { amount = 80 }\n"
    assert len(differences(payer(tmp_path, HEAD + limits))) == 2


def test_an_escalator_moves_the_dollars_of_a_limit_and_no_percentage() -> None:
    rules = rules_of(
        rate(
            'codes = ["20000"]',
            "percent_of_medicare = 100",
            "escalator = { 2026-01-01 = 1.03 }",
            "not_under = { amount = { 2025-01-01 = 110 } }",
            "not_over = { percent_of_charge = 80 }",
        )
    )
    (found,) = next(each for each in rules if each.name == "contract_rate").terms["rates"].each
    assert found.not_under.cents == ((date(2025, 1, 1), 11000), (date(2026, 1, 1), 11330))
    assert [str(share) for _, share in found.not_over.value.values] == ["0.8"]
