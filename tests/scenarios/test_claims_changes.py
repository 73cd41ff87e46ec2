"""Claims billed otherwise: which lines a `where` meets, and what they become."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from payrules.claims.columns import MODIFIERS
from payrules.errors import ScenarioError
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.claims_changes import ChangedClaims, change_claims
from payrules.scenarios.plan import plan
from tests.payers.files import batch
from tests.scenarios.grounds import STARTER, demo, says

CHARGE, DAY = pl.col("charge_amount"), pl.col("service_date")
SIDES = pl.any_horizontal(pl.col(each).is_in(["RT", "LT"]) for each in MODIFIERS)


def changed(*entries: dict[str, Any]) -> ChangedClaims:
    said = says(claims=list(entries))
    base = demo()
    return change_claims(base.batch, said.says.claims, base.setup.schedules, said.refuse)


def met(**where: Any) -> pl.DataFrame:
    """Give the lines a `where` meets, by doubling their volume."""
    found = changed({"where": where, "volume": 2})
    return demo().batch.lines.filter(found.volume == 20_000)


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({"hcpcs_code": "64483"}, pl.col("hcpcs_code") == "64483"),
        (
            {"hcpcs_code": ["64483", "99213-99215"]},
            pl.col("hcpcs_code").is_in(["64483", "99213", "99214", "99215"]),
        ),
        ({"place_of_service_code": "11"}, pl.col("place_of_service_code") == "11"),
        (
            {"charge_amount": {"from": 500, "to": Decimal("1200.00")}},
            CHARGE.is_between(50_000, 120_000),
        ),
        ({"service_unit_quantity": 2}, pl.col("units_thousandths") == 2_000),
        ({"claim_line_start_date": {"from": "2026-01-01"}}, date(2026, 1, 1) <= DAY),
        ({"claim_line_start_date": date(2025, 10, 2)}, date(2025, 10, 2) == DAY),
        ({"participating": False}, ~pl.col("participating")),
        ({"modifier": ["RT", "LT"]}, SIDES),
        ({"modifier": ""}, pl.all_horizontal(pl.col(each).is_null() for each in MODIFIERS)),
        ({"site": "office"}, pl.col("site") == "office"),
    ],
    ids=str,
)
def test_a_where_meets_the_lines_it_says(where, holds: pl.Expr) -> None:
    batch = demo().batch
    together = batch.lines.hstack(batch.carried)
    expected = batch.lines.filter(together.select(holds.fill_null(value=False)).to_series())
    assert met(**where).equals(expected)
    assert 0 < expected.height < demo().batch.lines.height


def test_conditions_must_all_hold() -> None:
    found = met(code_family="Visits", practitioner_type="physician", place_of_service_code="11")
    assert set(found["hcpcs_code"]) <= {"99204", "99212", "99213", "99214"}
    assert found.height < met(code_family="Visits").height + 1


def test_values_are_set_as_the_intake_reads_them() -> None:
    found = changed(
        {
            "where": {"hcpcs_code": "64483"},
            "set": {
                "charge_amount": "$1,234.50",
                "service_unit_quantity": 3,
                "participating": False,
                "claim_line_start_date": date(2026, 3, 1),
                "hcpcs_code": "64479",
            },
        }
    )
    here = found.lines.filter(found.changed)
    assert here.height == 2
    for name, value in {
        "charge_amount": 123_450,
        "units_thousandths": 3_000,
        "participating": False,
        "service_date": date(2026, 3, 1),
        "hcpcs_code": "64479",
    }.items():
        assert here[name].to_list() == [value, value]
    others = found.lines.filter(~found.changed)
    assert others.equals(demo().batch.lines.filter(~found.changed))


def test_every_where_looks_at_the_claims_as_they_came() -> None:
    swap = [
        {"where": {"place_of_service_code": "22"}, "set": {"place_of_service_code": "24"}},
        {"where": {"place_of_service_code": "24"}, "set": {"place_of_service_code": "22"}},
    ]
    one, other = changed(*swap), changed(*reversed(swap))
    assert one.lines.equals(other.lines)
    places = demo().batch.lines["place_of_service_code"]
    assert (one.lines["place_of_service_code"] == "24").sum() == (places == "22").sum()


def billed(found: ChangedClaims, claim: str, line: int) -> list[str | None]:
    row = found.lines.filter((pl.col("claim_id") == claim) & (pl.col("claim_line_number") == line))
    return [row[name].item() for name in MODIFIERS]


def test_modifiers_are_added_behind_and_those_that_stay_move_up() -> None:
    where = {"hcpcs_code": ["64633", "99213"]}
    found = changed({"where": where, "drop_modifier": "RT", "add_modifier": ["59", "KX"]})
    assert billed(found, "C106", 1) == ["KX", "59", None, None, None]  # was RT KX
    assert found.changed.sum() == found.met[0][1]


def test_a_line_without_room_for_a_sixth_modifier_is_refused() -> None:
    full = {"set": {"hcpcs_modifiers": "RT KX GC AG 95"}, "where": {"hcpcs_code": "64483"}}
    five = changed(full)
    assert billed(five, "C107", 1) == ["RT", "KX", "GC", "AG", "95"]
    with pytest.raises(Exception, match="2 of the lines it matches already carry five modifiers"):
        changed({**full, "add_modifier": "59"})


def test_volume_alone_bills_nothing_otherwise() -> None:
    found = changed({"where": {"code_family": "Visits"}, "volume": Decimal("1.15")})
    assert not found.changed.any()
    assert set(found.volume) == {10_000, 11_500}


def test_a_drug_is_set_to_fractions_of_a_unit_and_a_service_is_not() -> None:
    half = {"service_unit_quantity": Decimal("2.5")}
    lines = [
        {"hcpcs_code": "J1100", "claim_line_start_date": "2025-02-07"},
        {"hcpcs_code": "99213", "claim_line_start_date": "2025-02-07"},
    ]
    base = baseline(batch(*lines), Setup(schedules=STARTER, locality="national"))
    drugs = says(claims=[{"where": {"hcpcs_code": "J1100"}, "set": half}])
    assert plan(base, drugs).claims.lines["units_thousandths"].to_list() == [2500, 1000]
    with pytest.raises(ScenarioError, match=r"leaves 99213 with 2\.5 units: they must be whole"):
        plan(base, says(claims=[{"set": half}]))
    # Nor does a drug in fractions become a service.
    parts = [{**lines[0], "service_unit_quantity": "2.5"}, lines[1]]
    base = baseline(batch(*parts), Setup(schedules=STARTER, locality="national"))
    other = {"where": {"hcpcs_code": "J1100"}, "set": {"hcpcs_code": "20610"}}
    with pytest.raises(ScenarioError, match=r"leaves 20610 with 2\.5 units"):
        plan(base, says(claims=[other]))
