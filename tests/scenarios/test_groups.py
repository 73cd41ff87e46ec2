"""A scenario's group tables and chains: every line in its own row, both ways, whatever its key."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from payrules.errors import ScenarioError
from payrules.payers import MEDICARE, load_payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, Comparison, baseline
from payrules.scenarios.answer import answer, as_record
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import says
from tests.scenarios.test_reach import lines_of

PERCENT = {"percent_of_medicare": Decimal("110")}


def visits(*who: dict[str, Any]) -> Baseline:
    """Give a visit of each of some lines, each of a person of its own."""
    lines = [
        {"hcpcs_code": "99213", "claim_id": str(place), "person_id": str(place), **each}
        for place, each in enumerate(who)
    ]
    return baseline(lines_of(*lines), Setup(schedules=STARTER))


def rows_of(compared: Comparison, key: str) -> dict[Any, tuple[int | None, int | None]]:
    """Give a group table: key → cents before and after."""
    table = compared.by(key)
    rows = {row[key]: (row["before"], row["after"]) for row in table.iter_rows(named=True)}
    assert len(rows) == table.height
    return rows


def plainly(base: Baseline, lines: pl.DataFrame, **how: Any) -> pl.DataFrame:
    """Price lines by a plain estimate, without any scenario; amounts in cents."""
    found = estimate(lines, Setup(schedules=STARTER, **how)).lines
    assert found.height == base.lines.height
    return found.with_columns((pl.col("allowed_amount") * 100).cast(pl.Int64))


# -- keys that are missing ---------------------------------------------------------------------


@pytest.mark.parametrize("key", ["practitioner", "rendering_npi", "charge_amount", "payer_note"])
def test_lines_without_a_key_are_one_row(key: str) -> None:
    base = visits({}, {"hcpcs_code": "99214"})
    base.batch = replace(base.batch, carried=pl.DataFrame({"payer_note": [None, None]}))
    was = base.total()
    half_up = sum((amount * 110 + 50) // 100 for amount in base.lines["allowed_amount"])
    assert rows_of(Comparison(base, says(**PERCENT)), key) == {None: (was, half_up)}


def test_a_missing_practitioner_is_one_row_of_the_record_too() -> None:
    answered = answer(visits({}), [says(**PERCENT)])
    record = as_record(answered)["scenarios"][0]["groups"]
    rows = [row for row in record if row["by"] == "practitioner"]
    assert [row["name"] for row in rows] == [None]
    assert Decimal(rows[0]["after"]) == Decimal(rows[0]["before"]) + Decimal(rows[0]["change"])


# -- who pays ----------------------------------------------------------------------------------


def test_lines_that_another_payer_pays_alike_change_their_row_of_payers() -> None:
    """A payer that differs in ranking alone: the visit is not priced again, and changes rows."""
    base = visits({}, {})
    compared = Comparison(base, says(payer="100-50-25"))
    name = load_payer("100-50-25").name
    assert rows_of(compared, "payer") == {"medicare": (base.total(), 0), name: (0, base.total())}


def test_the_table_by_payer_is_the_estimate_s_under_the_scenario_s_payer() -> None:
    other = load_payer("110-percent-of-medicare")
    lines = lines_of(
        {"hcpcs_code": "99213"},
        {"hcpcs_code": "64483", "payer": other.name, "person_id": "2", "claim_id": "2"},
        {"hcpcs_code": "20610", "payer": "unknown", "person_id": "3", "claim_id": "3"},
    )
    base = baseline(lines, Setup(payers={other.name: other}, schedules=STARTER))
    today = plainly(base, lines, payers={other.name: other})
    then = plainly(base, lines.with_columns(payer=pl.lit(None, dtype=pl.String)), payer=other)
    by_medicare = today.filter(pl.col("hcpcs_code") != "64483")["allowed_amount"].sum()
    assert rows_of(Comparison(base, says(payer="110-percent-of-medicare")), "payer") == {
        "medicare": (by_medicare, 0),
        other.name: (
            today.filter(pl.col("hcpcs_code") == "64483")["allowed_amount"].sum(),
            then["allowed_amount"].sum(),
        ),
    }


def test_a_line_moved_to_another_payer_by_the_claims_changes_its_row() -> None:
    other = replace(MEDICARE, name="twin")
    lines = lines_of({"hcpcs_code": "99213"})
    base = baseline(lines, Setup(payers={"twin": other}, schedules=STARTER))
    compared = Comparison(base, says(claims=[{"set": {"payer": "twin"}}]))
    assert rows_of(compared, "payer") == {"medicare": (base.total(), 0), "twin": (0, base.total())}


# -- columns that the scenario itself changes ----------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("place_of_service_code", "22"),
        ("hcpcs_code", "99214"),
        ("rendering_npi", "1234567893"),
        ("practitioner_type", "nurse_practitioner"),
        ("charge_amount", "40.00"),
    ],
)
def test_a_group_of_a_column_that_the_scenario_sets_is_the_estimate_s(
    column: str, value: str
) -> None:
    lines = lines_of(
        {"hcpcs_code": "99213", "rendering_npi": "1003000126", "charge_amount": "250.00"},
        {"hcpcs_code": "20610", "claim_id": "2", "person_id": "2"},
    )
    base = baseline(lines, Setup(schedules=STARTER))
    changed = Comparison(
        base, says(claims=[{"where": {"hcpcs_code": "99213"}, "set": {column: value}}])
    )
    billed = lines.with_columns(
        pl.when(pl.col("hcpcs_code") == "99213")
        .then(pl.lit(value))
        .otherwise(pl.col(column) if column in lines.columns else None)
        .alias(column)
    )
    then = plainly(base, billed)
    today = plainly(base, lines)
    expected: dict[Any, list[int]] = {}
    for side, priced in enumerate((today, then)):
        keys = priced[column].to_list() if column in priced.columns else [None] * priced.height
        if column == "charge_amount":
            keys = [None if key is None else int(key * 100) for key in keys]
        if column == "practitioner_type":
            keys = [key or "physician" for key in keys]
        for key, amount in zip(keys, priced["allowed_amount"], strict=True):
            expected.setdefault(key, [0, 0])[side] += amount
    assert rows_of(changed, column) == {key: tuple(sides) for key, sides in expected.items()}


def test_a_carried_column_can_be_grouped_by_and_an_unknown_one_is_refused() -> None:
    lines = lines_of(
        {"hcpcs_code": "99213", "site": "north"},
        {"hcpcs_code": "99213", "claim_id": "2", "person_id": "2"},
    )
    base = baseline(lines, Setup(schedules=STARTER))
    scenario = says(claims=[{"where": {"site": "north"}, "volume": Decimal("2")}])
    one = base.total() // 2
    assert rows_of(Comparison(base, scenario), "site") == {
        "north": (one, 2 * one),
        None: (one, one),
    }
    with pytest.raises(ScenarioError, match="no column 'sit' to group by; perhaps 'site'"):
        Comparison(base, scenario).by("sit")


def test_a_group_without_an_amount_on_either_side_has_none_and_no_change() -> None:
    """New technology, all of it by report, read 0.00 and a change of 0.00."""
    base = visits({}, {"hcpcs_code": "0275T"})
    today = base.total()
    twice = Comparison(base, says(claims=[{"volume": Decimal("2")}]))
    assert rows_of(twice, "hcpcs_code") == {"99213": (today, 2 * today), "0275T": (None, None)}
    assert twice.by("hcpcs_code")["change"].to_list() == [today, None]  # it stands last
    # Billed otherwise, the lines of a code have an amount on one side: what it changes adds up.
    billed = says(claims=[{"where": {"hcpcs_code": "0275T"}, "set": {"hcpcs_code": "99213"}}])
    moved = Comparison(base, billed)
    assert rows_of(moved, "hcpcs_code") == {"99213": (today, 2 * today), "0275T": (None, None)}
    denied = Comparison(base, says(claims=[{"where": {"hcpcs_code": "99213"}, "volume": 0}]))
    assert rows_of(denied, "hcpcs_code") == {"99213": (today, 0), "0275T": (None, None)}


# -- chains ------------------------------------------------------------------------------------


def test_a_line_whose_volume_alone_changes_has_both_chains() -> None:
    base = visits({}, {"hcpcs_code": "99214"})
    scenario = says(claims=[{"where": {"hcpcs_code": "99213"}, "volume": Decimal("1.5")}])
    compared = Comparison(base, scenario)
    assert compared.lines["row"].to_list() == [0]
    chains = compared.chains([0])
    assert chains["rule"].to_list() == base.trail.filter(pl.col("row") == 0)["rule"].to_list()
    for what in ("change", "amount", "detail"):
        assert chains[f"after_{what}"].equals(chains[f"before_{what}"], check_names=False)
        assert chains[f"after_{what}"].null_count() == 0
    in_answer = answer(base, [scenario]).chains
    assert in_answer["after_amount"].null_count() == 0


def test_chains_beside_a_change_of_volume_are_of_their_own_pricing() -> None:
    base = visits({}, {"hcpcs_code": "99214"})
    compared = Comparison(
        base,
        says(
            claims=[{"where": {"hcpcs_code": "99213"}, "volume": Decimal("1.5")}],
            fees=[{"codes": "99214", "amount": Decimal("200.00")}],
        ),
    )
    chains = compared.chains([0, 1]).filter(pl.col("rule") == "fee_schedule_amount")
    amounts = base.lines["allowed_amount"].to_list()
    assert chains.select("row", "before_amount", "after_amount").rows() == [
        (0, amounts[0], amounts[0]),
        (1, amounts[1], 200_00),
    ]
