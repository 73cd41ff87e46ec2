"""Conditions and settings of claims: lines with nothing there, and values that no column holds."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from payrules.claims.columns import MODIFIERS
from payrules.errors import ScenarioError
from payrules.payers import MEDICARE, Payer
from payrules.runs.setup import Setup
from payrules.scenarios import baseline, plan, scenario
from payrules.scenarios.sensitivity import read_sweep, sweep
from payrules.scenarios.solve import read_target, solve
from payrules.within_reason import shown
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import HEAD, demo, says

INF, NAN = Decimal("inf"), Decimal("nan")


def met(base=None, **where: Any) -> pl.DataFrame:
    """Give the lines a `where` meets, by doubling their volume."""
    base = base or demo()
    found = plan(base, says(claims=[{"where": where, "volume": 2}])).claims
    return base.batch.lines.filter(found.volume == 20_000)


def refused(base=None, **entry: Any) -> str:
    """Give what is said of an entry of the claims."""
    with pytest.raises(ScenarioError) as fault:
        plan(base or demo(), scenario({**HEAD, "claims": [entry]}, "try.toml"))
    said = str(fault.value)
    assert said.startswith("try.toml, claims entry 1")
    assert "\n" not in said
    assert "more after this one" not in said
    return said


def rows(**columns: list[str]) -> pl.DataFrame:
    """Give lines of 99213, one a value of the columns."""
    height = len(next(iter(columns.values())))
    return pl.DataFrame(
        {
            "claim_id": [str(row) for row in range(height)],
            "claim_line_number": ["1"] * height,
            "person_id": [str(row) for row in range(height)],
            "claim_line_start_date": ["2025-06-02"] * height,
            "hcpcs_code": ["99213"] * height,
            "place_of_service_code": ["11"] * height,
            "locality": ["national"] * height,
            **columns,
        }
    )


def test_a_condition_of_no_modifier_or_one_meets_lines_of_both_kinds() -> None:
    lines = demo().batch.lines
    bare = pl.all_horizontal(pl.col(each).is_null() for each in MODIFIERS)
    has_59 = pl.any_horizontal(pl.col(each) == "59" for each in MODIFIERS).fill_null(value=False)
    found = met(modifier=["", "59"])
    assert found.equals(lines.filter(bare | has_59))
    assert found.height == met(modifier="").height + met(modifier="59").height == 27
    words = plan(demo(), says(claims=[{"where": {"modifier": ["", "59"]}, "volume": 2}])).words()
    assert words == ["the volume is times 2 where the line has no modifier or 59: 27 lines"]


def test_a_blank_condition_meets_lines_that_have_nothing_there() -> None:
    given = rows(charge_amount=["", "100.00", "300"], ward=["", "a", "b"])
    base = baseline(given, Setup(schedules=STARTER))
    assert met(base, charge_amount="")["claim_id"].to_list() == ["0"]
    assert met(base, charge_amount=["", {"from": 200}])["claim_id"].to_list() == ["0", "2"]
    assert met(base, ward=["", "b"])["claim_id"].to_list() == ["0", "2"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("charge_amount", Decimal("300.005"), "cannot be 300.005; .* at most two decimals"),
        ("charge_amount", {"from": Decimal("300.005")}, "cannot be 300.005; .* two decimals"),
        ("charge_amount", [200, {"to": Decimal("1.001")}], "cannot be 1.001; .* two decimals"),
        ("deductible_remaining", Decimal("0.001"), "cannot be 0.001; .* at most two decimals"),
        ("service_unit_quantity", Decimal("1.0005"), "cannot be 1.0005; .* three decimals"),
        ("claim_line_number", Decimal("1.5"), "cannot be 1.5; .* without decimals"),
        ("postoperative_days", {"to": Decimal("9.5")}, "cannot be 9.5; .* without decimals"),
    ],
)
def test_a_condition_with_more_decimals_than_its_column_is_refused_not_cut(
    column, value, said
) -> None:
    with pytest.raises(ScenarioError, match=rf"entry 1\.where\.{column}: {said}"):
        met(**{column: value})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("charge_amount", Decimal("300.005")),
        ("deductible_remaining", Decimal("1.005")),
        ("service_unit_quantity", Decimal("1.0005")),
        ("anesthesia_minutes", Decimal("30.5")),
    ],
)
def test_a_set_value_with_more_decimals_than_its_column_is_refused_not_cut(column, value) -> None:
    assert f"set.{column}: " in refused(set={column: value})


@pytest.mark.parametrize("number", [INF, -INF, NAN], ids=str)
@pytest.mark.parametrize(
    "column", ["charge_amount", "service_unit_quantity", "rendering_npi", "payer", "hcpcs_code"]
)
def test_inf_and_nan_are_refused_in_conditions_and_settings(column: str, number: Decimal) -> None:
    cannot = f"{column}: cannot be {number}; write a number, a day, or text in quotation marks."
    assert cannot in refused(where={column: number}, volume=2)
    assert cannot in refused(where={column: {"from": number}}, volume=2)
    assert cannot in refused(where={column: ["1", number]}, volume=2)
    assert cannot in refused(set={column: number})


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"hcpcs_code": []}, "is an empty list"),
        ({"hcpcs_code": [["64483"]]}, "a list or a table where one value belongs"),
        ({"hcpcs_code": {"from": {"a": 1}}}, "a list or a table where one value belongs"),
        ({"hcpcs_code": "64530-64400"}, "whose last code comes before its first"),
        ({"hcpcs_code": "6440-64530"}, "write a code, or a range"),
        ({"hcpcs_code": "64400-"}, "write a code, or a range"),
        ({"code_family": {"from": "Visits"}}, "is a range, but its values have no order"),
        ({"modifier": {"from": "25"}}, "is a range, but its values have no order"),
        ({"site": {"from": 9}}, "is a range of text, where 9 has no place"),
    ],
    ids=str,
)
def test_a_condition_no_column_can_hold_is_refused_in_a_sentence(where, said: str) -> None:
    assert said in refused(where=where, volume=2)


def test_a_carried_column_of_numbers_or_days_is_put_in_order_as_such() -> None:
    age = rows(age=["9", "10", "11", ""], seen=["1/2/2025", "12/1/2024", "3/1/2025", ""])
    base = baseline(age, Setup(schedules=STARTER))
    for least in (10, "10", Decimal("9.5")):
        assert met(base, age={"from": least})["claim_id"].to_list() == ["1", "2"]
    assert met(base, seen={"from": "2025-01-01"})["claim_id"].to_list() == ["0", "2"]
    assert met(base, place_of_service_code={"from": 11, "to": 11}).height == 4


def test_a_column_the_batch_does_not_have_cannot_be_set() -> None:
    assert "set.diagnosis_code_9: the batch has no column diagnosis_code_9" in refused(
        set={"diagnosis_code_9": "M54.5"}
    )
    assert "set.wing: the claims have no such column" in refused(set={"wing": 1})


def test_a_column_without_a_value_is_said_to_have_none_and_no_empty_list() -> None:
    base = baseline(rows(ward=["a"]), Setup(schedules=STARTER))
    assert refused(base, where={"payer": "beta"}, volume=2).endswith("beta; no line names one.")


def test_an_unknown_payer_cannot_be_set() -> None:
    acme = Payer("Acme", "contract", MEDICARE.rules)
    lines = rows(ward=["a"]).with_columns(payer=pl.lit("other"))
    base = baseline(lines, Setup(payers={"Acme": acme}, schedules=STARTER))
    assert (
        "set.payer: there is no payer 'Acmee' among those given (Acme, medicare); perhaps 'Acme'."
        in refused(base, set={"payer": "Acmee"})
    )
    for known in ("Acme", "acme ", ""):
        assert plan(base, says(claims=[{"set": {"payer": known}}])).claims.lines.height == 1


def test_modifiers_set_and_dropped_or_set_twice_contradict_each_other() -> None:
    assert "sets every modifier, and another setting one of them" in refused(
        set={"hcpcs_modifiers": "59", "hcpcs_modifier_1": "25"}
    )
    with pytest.raises(ScenarioError, match="drops 59 from lines that are set to carry it"):
        plan(demo(), says(claims=[{"set": {"hcpcs_modifiers": "59"}, "drop_modifier": "59"}]))
    with pytest.raises(ScenarioError, match="drops 59 from lines that are set to carry it"):
        plan(
            demo(),
            says(claims=[{"set": {"hcpcs_modifier_1": "59"}}, {"drop_modifier": "59"}]),
        )


@pytest.mark.parametrize("target", ["+3", "allowed=+3", "-3", "medicare=- 3", "+3.5"])
def test_a_target_with_a_sign_and_no_percent_asks_whether_percent_is_meant(target: str) -> None:
    wanted = target.rpartition("=")[2]
    with pytest.raises(ScenarioError) as fault:
        read_target(target, demo())
    assert f"did you mean {wanted}%?" in str(fault.value)


@pytest.mark.parametrize("number", ["inf", "nan", "-inf", "1e400", "323465"])
@pytest.mark.parametrize("place", ["conversion_factor", "anesthesia_conversion_factor"])
def test_no_absurd_factor_enters_by_any_door(place: str, number: str) -> None:
    for written in (Decimal(number), {"set": Decimal(number)}, {"scale": Decimal(number)}):
        with pytest.raises(ScenarioError, match=f"try.toml, {place}.*: cannot be .* from 0 to"):
            scenario({**HEAD, place: written}, "try.toml")
    with pytest.raises(ScenarioError, match="cannot be"):
        sweep(demo(), read_sweep(f"{place}={number}:400000:100000"))
    if number != "323465":
        for target in (number, f"allowed={number}", f"+{number}%"):
            with pytest.raises(ScenarioError, match="cannot be read: cannot be"):
                read_target(target, demo())
    with pytest.raises(ScenarioError, match="write a code"):
        solve(demo(), f"fee:{number[:4]}", read_target("baseline", demo()))


def test_a_quoted_value_is_never_long() -> None:
    assert len(refused(where={"charge_amount": Decimal("1e39") + 1}, volume=2)) < 300
    assert len(shown("9" * 500)) < 50
