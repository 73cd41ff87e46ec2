"""Settlement: the shortage area bonus, beside the claims (SSA 1833(m); 42 CFR 414.67)."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
from hypothesis import given
from polars.testing import assert_frame_equal

from payrules.engine.pricing import price
from payrules.payers import MEDICARE
from payrules.payers.medicare import RULES
from payrules.payers.settlement import PHYSICIANS, settlement, with_settlement
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.results import remarks
from payrules.runs.setup import Setup
from payrules.testing import check_rule
from tests.payers.files import HEAD, payer
from tests.pricing_cases import (
    STARTER,
    CaseTable,
    Line,
    by_hand,
    case,
    code,
    every_case,
    line,
    parts,
)
from tests.properties.batches import Sample, chains, few, samples

CODES = by_hand(
    code("99214", "125.18"),
    code("27000", "100.00"),
    code("27001", status="C"),
    code("93005", "100.00", pctc="3"),
    code("93000", "100.00", pctc="4"),
    *parts("70100", "30.00", "70.00"),
    *parts("70200", "0.00", "0.00"),
)
SETTLED = with_settlement(RULES)


def with_bonus(service: str, pays: str | None, bonus: str | None, **terms) -> Line:
    return line(service, pays, bonus=bonus, **terms)


TABLE = CaseTable(
    "settlement",
    [
        # 125.18 less 25.04, less 2.00: 98.14
        case(
            "4.7 AQ: 10 % of what Medicare pays",
            with_bonus("99214 AQ", "125.18", "9.81", medicare="98.14"),
        ),
        case("4.7 no AQ, no bonus", with_bonus("99214", "125.18", None)),
        case(
            "4.7, 9.12 MIPS excluded: as without it",
            with_bonus("99214 AQ", "125.18", "9.81", mips_adjustment_percent="-9.00", mips="-9.01"),
        ),
        case("4.7 a technical part: none", with_bonus("70100 TC AQ", "70.00", "0.00", pos="11")),
        # 30.00 less 6.00, less .48: 23.52
        case("4.7 a professional part", with_bonus("70100 26 AQ", "30.00", "2.35")),
        # 100.00 less 20.00, less 1.60: 78.40; of it 30 %
        case("4.7 of the whole its 26 part", with_bonus("70100 AQ", "100.00", "2.35", pos="11")),
        # A what-if's factor of nothing left it blank.
        case("of a fee of nothing: nothing", with_bonus("70200 AQ", "0.00", "0.00", pos="11")),
        case("9.12 PC/TC 3: none", with_bonus("93005 AQ", "100.00", "0.00", pos="11")),
        case("PC/TC 4: none", with_bonus("93000 AQ", "100.00", "0.00", pos="11")),
        *(
            case(f"9.11 a {kind}", with_bonus("27000 AQ", "100.00", "7.84", kind=kind))
            for kind in PHYSICIANS
        ),
        case(
            "4.7 physicians only",
            with_bonus("27000 AQ", "85.00", None, kind="nurse_practitioner", carc="45"),
        ),
        case(
            "4.8 AR after 2008: nothing",
            with_bonus("27000 AR", "100.00", None, review="modifier AR has ended"),
        ),
        case(
            "a denied line",
            with_bonus("27000 GZ AQ", "0.00", None, status="denied", carc="50"),
        ),
        case(
            "behind another payer: of what Medicare pays",
            # 40.00 less .80
            with_bonus(
                "27000 AQ",
                "100.00",
                "3.92",
                charge="100.00",
                primary_paid_amount="60.00",
                taken="40.00",
            ),
        ),
    ],
    CODES,
    rules=SETTLED,
)  # fmt: skip


@every_case(TABLE)
def test_settlement(table: CaseTable, case) -> None:
    table.check(case)


@few
@given(samples)
def test_a_settlement_figure_changes_no_amount_of_a_claim(one: Sample) -> None:
    lines = one.lines.with_columns(pl.col("hcpcs_modifier_5").fill_null("AQ"))
    plain = price(lines, RULES, STARTER, tables=one.tables)
    settled = price(lines, SETTLED, STARTER, tables=one.tables)
    assert_frame_equal(settled.lines.select(plain.lines.columns), plain.lines)
    assert_frame_equal(chains(settled), chains(plain))
    assert settled.lines.columns[-1] == "hpsa_bonus_amount"
    paid = settled.lines.filter(pl.col("hpsa_bonus_amount") > 0)
    assert paid.filter(pl.col("hpsa_bonus_amount") > pl.col("allowed_amount") / 10 + 1).is_empty()


def test_it_is_sound() -> None:
    check_rule(settlement, terms=[])


def batch() -> pl.DataFrame:
    days = ["2024-05-01", "2024-05-01", "2025-05-01", "2026-05-01"]
    return pl.DataFrame(
        {
            "claim_id": [str(number) for number in range(4)],
            "claim_line_number": ["1"] * 4,
            "person_id": ["P"] * 4,
            "claim_line_start_date": days,
            "hcpcs_code": ["99214"] * 4,
            "hcpcs_modifiers": ["AQ", "", "AQ", ""],
            "place_of_service_code": ["11"] * 4,
            "qualifying_apm_participant": ["yes"] * 4,
        }
    )


def setup(*, settlement: bool = True) -> Setup:
    return Setup(
        schedules=STARTER, locality="national", release="starter-2025", settlement=settlement
    )


def test_totals_stand_apart_in_the_run_record() -> None:
    """4.9, 4.10: the incentive of 2025 is 3.5 % of what 2024 paid, of 2026 1.88 % of 2025."""
    plain, settled = estimate(batch(), setup(settlement=False)), estimate(batch(), setup())
    assert settled.run.totals == plain.run.totals
    assert plain.run.settlement is None
    assert "settlement" not in plain.run.as_json()
    assert "hpsa_bonus_amount" not in plain.lines.columns
    bonus = settled.lines["hpsa_bonus_amount"].sum()
    paid = settled.lines["medicare_amount"].to_list()
    assert settled.run.settlement == {
        "hpsa_bonus_amount": str(bonus),
        "apm_incentive_amount_2025": str(cents((paid[0] + paid[1]) * Decimal("0.035"))),
        "apm_incentive_amount_2026": str(cents(paid[2] * Decimal("0.0188"))),
    }
    assert f"Beside the claims, in no total: HPSA bonus {bonus}." in remarks(settled.run)


def cents(dollars: Decimal) -> Decimal:
    return (dollars + Decimal("0.0000001")).quantize(Decimal("0.01"))


def test_in_parts_it_is_the_same(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    batch().write_csv(claims)
    outputs = Outputs(tmp_path / "lines.parquet", None, None, None, None)
    parts = estimate_in_parts(claims, outputs, setup(), lines_a_part=2)
    whole = estimate(claims, setup())
    assert_frame_equal(pl.read_parquet(tmp_path / "lines.parquet"), whole.lines)
    assert parts.run.settlement == whole.run.settlement


def test_a_payer_without_sequestration_settles_without_it() -> None:
    rules = [rule for rule in RULES if rule.name != "sequestration"]
    table = CaseTable("settlement", TABLE.cases[2:3], CODES, rules=with_settlement(rules))
    assert table.priced.lines["hpsa_bonus_amount"].to_list() == [1001]


def test_another_payer_than_medicare_pays_nothing_beside_the_claims(tmp_path: Path) -> None:
    text = HEAD + 'plan = "commercial"\npercent_of_medicare = 120\n'
    acme = payer(tmp_path, text)
    lines = batch().with_columns(payer=pl.Series(["Acme", "Acme", None, None]))
    how = replace(setup(), payers={"acme": acme})
    told = estimate(lines, how).lines["hpsa_bonus_amount"].to_list()
    assert [each is None or each == 0 for each in told] == [True, True, False, True]
    assert estimate(batch(), replace(how, payer=acme, payers={})).run.settlement is not None


def test_the_incentive_is_a_share_of_what_medicare_paid_and_no_other_payer(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + 'plan = "commercial"\npercent_of_medicare = 120\n')
    named = pl.Series("payer", ["Acme", "medicare", "nobody given", None])
    how = replace(setup(), payers={"acme": acme})
    found = estimate(batch().with_columns(named), how)
    paid = found.lines["medicare_amount"].to_list()
    assert paid[0] > 0
    assert found.run.settlement == {
        "hpsa_bonus_amount": str(found.lines["hpsa_bonus_amount"].sum()),
        "apm_incentive_amount_2025": str(cents(paid[1] * Decimal("0.035"))),
        "apm_incentive_amount_2026": str(cents(paid[2] * Decimal("0.0188"))),
    }
    # Whoever is not given is paid as the run's own payer: here no part of Medicare.
    theirs = replace(setup(), payer=acme, payers={"medicare": MEDICARE})
    found = estimate(batch().with_columns(named), theirs)
    paid = found.lines["medicare_amount"].to_list()
    assert found.run.settlement == {
        "hpsa_bonus_amount": str(found.lines["hpsa_bonus_amount"].sum() or "0.00"),
        "apm_incentive_amount_2025": str(cents(paid[1] * Decimal("0.035"))),
    }
