"""The ten worked examples made by hand, once each: in CSV rows, payer files and releases.

Each function says in plain code what its example's TOML says, and a plain `estimate` prices it;
every figure of the example's answer, and its golden, is held to that.
"""

import csv
import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from payrules.demo import BATCH
from payrules.scenarios import read_scenario
from payrules.scenarios.answer import answer
from tests.scenarios.agreement import assert_agrees, assert_workbook_agrees, same
from tests.scenarios.by_hand import ByHand, Row, World
from tests.scenarios.fees_by_hand import Tables, half_up, shipped
from tests.scenarios.grounds import demo
from tests.scenarios.plain_estimates import Estimated, estimated, figures
from tests.scenarios.test_examples import EXAMPLES, GOLDENS

MEDICARE = {"name": "medicare", "contract": "by hand"}
OHIO = "15202-00"
Made = tuple[tuple[tuple[str, World], ...], list[Decimal], list[int]]


@cache
def claims() -> tuple[Row, ...]:
    """Read the demonstration's rows; the one in a place that CMS does not list is no line."""
    rows = []
    with BATCH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            billed = [row.pop(f"hcpcs_modifier_{number}") for number in (1, 2)]
            row["hcpcs_modifiers"] = " ".join(each for each in billed if each)
            if row["place_of_service_code"] != "98":
                rows.append(row)
    return tuple(rows)


@cache
def plain() -> Estimated:
    return estimated(World(claims()))


def once() -> list[Decimal]:
    return [Decimal(1)] * len(claims())


def paid_by(payer: Tables) -> tuple[tuple[str, World], ...]:
    return (("terms", World(claims(), (MEDICARE | payer,))),)


def office_not_hospital() -> Made:
    injections = {"62320", "62321", "62322", "62323"}
    injections |= {str(code) for code in range(64479, 64485)}
    injections |= {str(code) for code in range(64490, 64496)}
    rows, met = [], 0
    for row in claims():
        moves = row["hcpcs_code"] in injections and row["place_of_service_code"] in ("19", "22")
        rows.append(row | {"place_of_service_code": "11"} if moves else row)
        met += moves
    return (("mix", World(tuple(rows))),), once(), [met]


def later_procedures_at_40() -> Made:
    return paid_by({"terms": {"multiple_procedure": {"later": Decimal("0.40")}}}), once(), []


def distinct_service_59() -> Made:
    rows, met = [], 0
    for row in claims():
        billed = row["hcpcs_modifiers"].split()
        if "59" in billed:
            billed.remove("59")
            met += 1
        rows.append(row | {"hcpcs_modifiers": " ".join(billed)})
    return (("mix", World(tuple(rows))),), once(), [met]


def fees_in_dollars() -> Made:
    file = EXAMPLES[3].with_name("04-pain-fees.csv")
    with file.open(encoding="utf-8", newline="") as opened:
        fees = {"rows": list(csv.DictReader(opened)), "indicators": "release"}
    world = World(claims(), (MEDICARE | {"fee_schedule": fees},))
    return (("price", world),), once(), []


def conversion_factor_cut() -> Made:
    """Hospital caps stay at the file's factor: the lower one is that of qualifying participants."""
    releases = deepcopy(dict(shipped()))
    for tables in releases.values():
        paid = next(
            each for each in tables["record"]["conversion_factors"] if not each["qualifying_apm"]
        )
        lower = half_up(Decimal(paid["value"]) * Decimal("0.975"), 4)
        lowered = paid | {"value": str(lower), "qualifying_apm": True}
        tables["record"]["conversion_factors"] = [paid, lowered]
        for row in tables["codes"]:
            if "62320" <= row["hcpcs_code"] <= "62327" or "64400" <= row["hcpcs_code"] <= "64640":
                row["work_rvu"] = int(half_up(Decimal(row["work_rvu"]) * Decimal("0.975")))
    rows = tuple(row | {"qualifying_apm_participant": "true"} for row in claims())
    return (("price", World(rows, releases=releases)),), once(), []


def next_years_schedule() -> Made:
    return (("price", World(claims(), release="starter-2026")),), once(), []


def ablation_carve_out() -> Made:
    """The dollars are put into the release as relative values that come to them in Ohio.

    Each of these codes is billed there only, in one setting, and no rule reads their parts.
    """
    billed = {
        line["hcpcs_code"]: "nonfacility" if line["place_of_service_code"] == "11" else "facility"
        for line in claims()
        if line["locality"] == OHIO
    }
    releases = deepcopy(dict(shipped()))
    for tables in releases.values():
        record = tables["record"]["conversion_factors"]
        factor = next(Decimal(each["value"]) for each in record if not each["qualifying_apm"])
        ohio = next(row for row in tables["localities"] if row["locality"] == OHIO)
        for row in tables["codes"]:
            code = row["hcpcs_code"]
            setting = billed.get(code, "")
            if code in ("64633", "64635") and setting:
                fixed = {"facility": Decimal("260.00"), "nonfacility": Decimal("480.00")}
                row.update(_relative_values(fixed[setting], setting, ohio, factor))
            elif "64400" <= code <= "64455" and setting:
                raised = _amount(row, setting, ohio, factor * Decimal("1.08"))
                row.update(_relative_values(raised, setting, ohio, factor))
    return (("price", World(claims(), releases=releases)),), once(), []


def _amount(row: Tables, setting: str, place: Tables, factor: Decimal) -> Decimal:
    units = row["work_rvu"] * place["work_gpci"] + row["malpractice_rvu"] * place["mp_gpci"]
    units += row[f"{setting}_pe_rvu"] * place["pe_gpci"]
    return half_up(units * factor / 100_000, 2)


def _relative_values(dollars: Decimal, setting: str, place: Tables, factor: Decimal) -> Tables:
    """Find relative values whose amount in a locality is these dollars, to the cent."""
    for work, malpractice in product(range(100), range(100)):
        rest = work * place["work_gpci"] + malpractice * place["mp_gpci"]
        units = (dollars * 100_000 / factor - rest) / place["pe_gpci"]
        found = {
            "work_rvu": work,
            f"{setting}_pe_rvu": int(half_up(units)),
            "malpractice_rvu": malpractice,
        }
        if units >= 0 and _amount(found, setting, place, factor) == dollars:
            return found
    raise AssertionError("no relative values come to these dollars")


def percent_of_medicare() -> Made:
    off = {"off": True}
    terms = {"sequestration": off, "lesser_of_charge": off}
    return paid_by({"percent_of_medicare": 118, "terms": terms}), once(), []


def growth_by_nurse_practitioners() -> Made:
    rows, volumes = [], []
    for row in claims():
        seen = row["hcpcs_code"] in ("99212", "99213", "99214") and not row["practitioner_type"]
        rows.append(row | {"practitioner_type": "nurse_practitioner"} if seen else row)
        volumes.append(Decimal("1.20") if seen else Decimal(1))
    met = sum(volume != 1 for volume in volumes)
    return (("mix", World(tuple(rows))),), volumes, [met]


def another_locality() -> Made:
    moved = World(tuple(row | {"locality": "01112-05"} for row in claims()))
    releases = deepcopy(dict(shipped()))
    for tables in releases.values():
        for row in tables["localities"]:
            if row["locality"] == "01112-05":
                row["pe_gpci"] = 1400
    risen = replace(moved, releases=releases)
    return (("mix", moved), ("price", risen)), once(), [len(claims())]


BY_HAND: tuple[Callable[[], Made], ...] = (
    office_not_hospital,
    later_procedures_at_40,
    distinct_service_59,
    fees_in_dollars,
    conversion_factor_cut,
    next_years_schedule,
    ablation_carve_out,
    percent_of_medicare,
    growth_by_nurse_practitioners,
    another_locality,
)
#: Made otherwise than by relative values: the steps say so in their details.
OTHER_WORDS = (ablation_carve_out,)


@pytest.mark.parametrize(
    ("path", "made_by_hand"),
    list(zip(EXAMPLES, BY_HAND, strict=True)),
    ids=[path.stem for path in EXAMPLES],
)
def test_an_example_comes_to_what_it_comes_to_by_hand(
    path: Path, made_by_hand: Callable[[], Made], tmp_path: Path
) -> None:
    made = ByHand(*made_by_hand())
    answered = answer(demo(), [read_scenario(path)])
    told = assert_agrees(answered, 0, plain(), made, details=made_by_hand not in OTHER_WORDS)
    assert_workbook_agrees(answered, [told], tmp_path)
    golden = tomllib.loads(GOLDENS.read_text(encoding="utf-8"))[path.stem]
    same(_told(golden, made), {key: golden[key] for key in golden if key != "met"})


def _told(golden: Any, made: ByHand) -> dict[str, Any]:
    """Give what a golden keeps, from what was made by hand."""
    told = figures(plain(), made)
    causes: dict[str, int] = {}
    for (cause, _), change in told.bridge.items():
        causes[cause] = causes.get(cause, 0) + change
    before, after = told.totals["allowed_amount"]
    paid = told.totals["medicare_amount"]
    statuses = [both for both in told.lines.values() if both["status"] != both["status_after"]]
    same(golden["met"][: len(made.met)], made.met)
    return {
        "allowed": after,
        "change": after - before,
        "medicare_change": paid[1] - paid[0],
        "changed_lines": len(told.lines),
        "changed_statuses": len(statuses),
        "causes": causes,
    }
