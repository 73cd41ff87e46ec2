"""Floors and ceilings by another schedule in dollars: "or the panel's amount, if greater"."""

from datetime import date
from pathlib import Path

import pytest

from payrules.engine.rate_limits import RateLimit, ScheduleAmounts
from payrules.engine.rate_list import Rates
from payrules.engine.rule import Rule
from payrules.errors import PayerError, ScenarioError
from payrules.payers import differences
from payrules.payers.medicare import RULES
from payrules.payers.terms import in_order
from payrules.rules.contract_rate import contract_rate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline, read_scenario, total_of
from tests.payers.files import HEAD, allowed, batch, payer, priced
from tests.pricing_cases import STARTER, CaseTable, by_hand, case, code, every_case, line, parts

PANEL = ScheduleAmounts(
    "panel.csv",
    (
        ("20000", "", None, None, 15000, 18000),
        ("20001", "", None, None, 9000, 9000),
        ("30000", "", None, None, 30000, 30000),
        ("30001", "", None, None, 30000, 30000),
        ("76000", "", None, None, 20000, 20000),
        ("76000", "26", None, None, 7000, 7000),
        ("77000", "", None, None, 20000, 20000),
        ("90000", "", date(2025, 1, 1), date(2025, 6, 30), 4000, 4000),
    ),
)


def rules(**limits: RateLimit) -> tuple[Rule, ...]:
    one = {each.name: each for each in RULES}
    one[contract_rate.name] = contract_rate.on_terms(cites="a contract", rates=Rates((), **limits))
    return tuple(in_order(one))


FLOOR = CaseTable(
    "contract_rate",
    [
        case(
            "the greater of the two: the panel's",
            line("20000", "150.00", "contract: the amount, but not under $150.00 of panel.csv"),
        ),
        case(
            "in its setting",
            line(
                *("20000", "180.00", "contract: the amount, but not under $180.00 of panel.csv"),
                pos="11",
            ),
        ),
        case("the greater of the two: the rate's", line("20001", "100.00")),
        case(
            "of each unit",
            line(
                *("20000", "300.00", "contract: the amount, but not under $300.00 of panel.csv"),
                units="2",
            ),
        ),
        case(
            "a second procedure is compared with half of the panel's",
            line("30000", "300.00", "contract: the amount, but not under $300.00 of panel.csv"),
            line(
                *("30001", "150.00", "contract: the amount, but not under $150.00 of panel.csv"),
                carc="59",
                codes=(None, None, None),
            ),
        ),
        case(
            "an assistant with a sixth of it",
            line(
                *("30001 80", "48.00", "contract: the amount, but not under $48.00 of panel.csv"),
                carc="45",
                rarc="N646",
                codes=(None, None, None),
            ),
        ),
        case(
            "a professional part by its own row",
            line("76000 26", "70.00", "contract: the amount, but not under $70.00 of panel.csv"),
        ),
        case(
            "without one it is left out, and said",
            line(
                "77000 26",
                "40.00",
                review="contract: not under the dollars of panel.csv is left out, for it lists the"
                " code, and not this line's part or day",
            ),
        ),
        case("a code that it does not list has no floor", line("99213", "100.00")),
        case(
            "what Medicare denies is paid nothing",
            line("50000", "0.00", status="denied", carc="96"),
        ),
    ],
    by_hand(
        *(code(hcpcs, "100.00") for hcpcs in ("20000", "20001", "99213", "90000")),
        code("30000", "110.00", multiple="2", assistant="2"),
        code("30001", "100.00", multiple="2", assistant="2"),
        code("50000", status="N"),
        *parts("76000", "40.00", "60.00"),
        *parts("77000", "40.00", "60.00"),
    ),
    rules=rules(not_under=RateLimit("schedule", "Florida 440.13(12)", schedule=PANEL)),
)
CEILING = CaseTable(
    "contract_rate",
    [
        case(
            "the lesser of the two on its days",
            line(
                *("90000", "40.00", "contract: the amount, but not over $40.00 of panel.csv"),
                carc="45",
                date="2025-06-30",
            ),
        ),
        case(
            "after its last day it is left out, and said",
            line(
                "90000",
                "100.00",
                date="2025-07-01",
                review="contract: not over the dollars of panel.csv is left out, for it lists the"
                " code, and not this line's part or day",
            ),
        ),
    ],
    by_hand(code("90000", "100.00")),
    rules=rules(not_over=RateLimit("schedule", "Florida 440.13(12)", schedule=PANEL)),
)


@every_case(FLOOR, CEILING)
def test_another_schedule_is_a_floor_and_a_ceiling(table: CaseTable, case) -> None:
    table.check(case)


TEXT = (
    HEAD
    + """
[[rate]]
name = "workers' compensation"
percent_of_medicare = 110
not_under = { schedule = "panel.csv", cites = "Florida 440.13(12)" }
"""
)


def test_a_file_names_it_and_the_record_has_its_hash(tmp_path: Path) -> None:
    panel = "hcpcs_code,nonfacility_amount\n62323,400.00\n"
    (tmp_path / "panel.csv").write_text(panel, encoding="utf-8")
    acme = payer(tmp_path, TEXT)
    (found,) = differences(acme)
    assert found.payer.startswith(
        "110 % from 1992-01-01 of Medicare; not under dollars of panel.csv"
    )
    lines = batch({"hcpcs_code": "62323"}, {"hcpcs_code": "99213"}, day="2026-03-02", place="11")
    run = priced(lines, acme, locality="national")
    assert allowed(run)[0] == "400.00"
    cites = dict(run.adjustments.select("rule", "cites").rows())
    assert set(acme.files) == {"acme.toml", "panel.csv"}
    steps = run.adjustments.filter(run.adjustments["rule"] == "contract_rate")
    assert steps["cites"][0] == "Florida 440.13(12)"
    assert "contract_rate" in cites


def test_what_cannot_be_such_a_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PayerError, match=r"not_under\.schedule: there is no file 'panel.csv'"):
        payer(tmp_path, TEXT)
    panel = "hcpcs_code,nonfacility_amount\n62323,400.00\n"
    (tmp_path / "panel.csv").write_text(panel, encoding="utf-8")
    flat = TEXT.replace("percent_of_medicare = 110", "flat_rate = 110")
    with pytest.raises(PayerError, match="needs Medicare's amount"):
        payer(tmp_path, flat)
    both = TEXT.replace('"panel.csv",', '"panel.csv", amount = 5,')
    with pytest.raises(PayerError, match="says amount and schedule; give one of"):
        payer(tmp_path, both)
    (tmp_path / "panel.csv").write_text("hcpcs_code,fee\n62323,400.00\n", encoding="utf-8")
    with pytest.raises(PayerError, match=r"panel\.csv has no column facility_amount"):
        payer(tmp_path, TEXT)


def test_a_scenario_s_limit_may_be_a_schedule_beside_it(tmp_path: Path) -> None:
    """It was refused: only a payer file could name one."""
    (tmp_path / "panel.csv").write_text(
        "hcpcs_code,nonfacility_amount,facility_amount\n99213,70.00,50.00\n", "utf-8"
    )
    head = 'title = "A panel"\ncites = "draft"\n'
    (tmp_path / "what.toml").write_text(head + 'not_over = { schedule = "panel.csv" }\n', "utf-8")
    lines = batch({"hcpcs_code": "99213"}, day="2026-03-02", place="11")
    on = baseline(lines, Setup(schedules=STARTER, locality="national"))
    assert on.total() == 9519
    assert total_of(on, read_scenario(tmp_path / "what.toml")) == 7000
    (tmp_path / "panel.csv").unlink()
    with pytest.raises(ScenarioError, match=r"not_over\.schedule: there is no file 'panel.csv'"):
        total_of(on, read_scenario(tmp_path / "what.toml"))
