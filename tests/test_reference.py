"""Tests of the reference pricer by itself: known sums, and the amounts CMS published.

They need the real release 2025D from the folder `shared` beside the checkout, and are skipped where
it is absent.
"""

from __future__ import annotations

import csv
import random
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.generated import random_batch, small_tables
from tests.real_files import CMS, need
from tests.reference import (
    AMOUNT_RULES,
    CONTRACT_RULES,
    EDITS,
    ReferenceSchedule,
    ReferenceTables,
    load_cms_release,
    price,
)

pytestmark = need(CMS)

Result = dict[str, Any]
# OPPSCAP prints six Californian localities under carrier 01112 which GPCI2025 has under 01182.
CALIFORNIA = {"17", "18", "71", "72", "73", "74"}


@pytest.fixture(scope="module")
def release() -> ReferenceSchedule:
    return load_cms_release(CMS / "2025D", "2025D")


@pytest.fixture(scope="module")
def release_2026() -> ReferenceSchedule:
    return load_cms_release(CMS / "2026C", "2026C")


def claim(*services: tuple[str, ...], place: str = "22", **columns: Any) -> list[dict[str, Any]]:
    """Return one claim of lines given as (code, modifier, …), on one day, in the facility."""
    return [
        {
            "claim_id": "A",
            "claim_line_number": number,
            "person_id": "P",
            "claim_line_start_date": date(2025, 11, 3),
            "hcpcs_code": code,
            "modifiers": list(modifiers),
            "place_of_service_code": place,
            "locality": "national",
            **columns,
        }
        for number, (code, *modifiers) in enumerate(services, start=1)
    ]


def allowed(results: list[Result]) -> list[str]:
    return [str(result["allowed_amount"]) for result in results]


@pytest.mark.parametrize(
    ("services", "amounts"),
    [
        pytest.param([("45385",), ("45380", "59")], ["242.92", "15.53"], id="one family"),
        pytest.param([("64483", "50"), ("64493",)], ["161.57", "44.16"], id="bilateral first"),
        pytest.param([("29827",), ("29823",)], ["1050.29", "119.04"], id="arthroscopy"),
        pytest.param([("45385",), ("45378",)], ["242.92", "0.00"], id="base bundled"),
        pytest.param([("45385", "50")], ["242.92"], id="bilateral indicator 0"),
        pytest.param([("11042",), ("11042", "59")], ["58.87", "29.44"], id="same code twice"),
    ],
)
def test_known_sums(
    release: ReferenceSchedule, services: list[tuple[str, ...]], amounts: list[str]
) -> None:
    assert allowed(price(claim(*services), [release])) == amounts


def test_add_ons_are_paid_in_full(release: ReferenceSchedule) -> None:
    results = price(claim(("22551",), ("22552",), ("22845",)), [release])
    assert sum(result["allowed_amount"] for result in results) == Decimal("2764.01")
    assert all(one["allowed_amount"] == one["fee_schedule_amount"] for one in results)


def test_units_beside_one_side_are_services_on_that_side(release: ReferenceSchedule) -> None:
    lines = claim(("64483", "RT"), ("64484", "RT"), place="11")
    lines[1]["service_unit_quantity"] = 2
    assert allowed(price(lines, [release]))[1] == "212.20"


def test_old_equipment_is_reduced_as_ranking_left_it(release: ReferenceSchedule) -> None:
    first, second = price(claim(("93452",), ("93505", "CT"), place="11"), [release])
    assert first["allowed_amount"] == first["fee_schedule_amount"]
    assert second["steps"][-2][2] == Decimal("300.02")
    assert second["allowed_amount"] == Decimal("271.15")


def test_components_of_one_test_do_not_rank_against_each_other(
    release: ReferenceSchedule,
) -> None:
    lines = claim(("51728", "26"), ("51728", "TC"), place="11")
    whole, *_ = price(claim(("51728",), place="11"), [release])
    results = price(lines, [release])
    assert sum(one["allowed_amount"] for one in results) == whole["allowed_amount"]
    lines[1]["modifiers"].append("59")
    assert sum(one["allowed_amount"] for one in price(lines, [release])) < whole["allowed_amount"]


def test_an_assistant_of_the_group_does_not_deny_the_surgeon(release: ReferenceSchedule) -> None:
    limit = {"hcpcs_code": "27447", "mue_value": 1, "adjudication_indicator": "2"}
    tables = ReferenceTables(mue=[{**limit, "effective_from": date(2024, 7, 1)}])
    lines = claim(("27447", "RT"), ("27447", "80", "RT"), place="21", billing_tin="9")
    surgeon, assistant = price(lines, [release], tables)
    assert surgeon["allowed_amount"] == surgeon["fee_schedule_amount"]
    assert assistant["status"] == "priced"


def test_an_add_on_that_a_table_does_not_list_needs_a_primary_all_the_same(
    release: ReferenceSchedule,
) -> None:
    tables = ReferenceTables(add_on=[])
    alone, *_ = price(claim(("22552",)), [release], tables)
    assert (alone["status"], alone["carc"], alone["rarc"]) == ("denied", "107", "N122")
    _, together = price(claim(("22551",), ("22552",)), [release], tables)
    assert together["status"] == "priced"
    assert together["notes"]


def test_payment_of_an_allowed_amount(release: ReferenceSchedule) -> None:
    (result,) = price(claim(("99213",), place="11", charge_amount=Decimal("50.00")), [release])
    assert result["allowed_amount"] == Decimal("50.00")
    assert result["coinsurance_amount"] == Decimal("10.00")
    assert result["sequestration_amount"] == Decimal("0.80")
    assert result["medicare_amount"] == Decimal("39.20")


def test_a_family_ranks_as_one_amount(release: ReferenceSchedule) -> None:
    services = [("29827",), ("45385",), ("45380",), ("20610",)]
    shoulder, *others = price(claim(*services), [release])
    fees = [one["fee_schedule_amount"] for one in others]
    assert shoulder["allowed_amount"] == shoulder["fee_schedule_amount"]
    # 45385 in full and 45380 less 45378 make one amount, second in rank.
    assert allowed(others)[:2] == ["121.46", "7.77"]
    assert others[2]["allowed_amount"] == pytest.approx(fees[2] / 2, abs=Decimal("0.005"))


def test_a_pair_of_sides_is_one_ranked_amount(release: ReferenceSchedule) -> None:
    right, left, third = price(claim(("64483", "RT"), ("64483", "LT"), ("64493",)), [release])
    assert right["allowed_amount"] + left["allowed_amount"] == Decimal("161.57")
    assert third["allowed_amount"] == Decimal("44.16")


def test_charges_of_a_pair_are_compared_as_a_sum(release: ReferenceSchedule) -> None:
    lines = claim(("45385", "RT"), ("45385", "LT"))
    lines[0]["charge_amount"], lines[1]["charge_amount"] = Decimal("100.00"), Decimal("200.00")
    assert allowed(price(lines, [release])) == ["242.92", "0.00"]
    lines[1]["charge_amount"] = Decimal("120.00")
    results = price(lines, [release])
    assert allowed(results) == ["100.00", "120.00"]
    assert [result["status"] for result in results] == ["priced", "priced"]


def amount_lines(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CMS amount file: carrier, locality, code, mod, nonfac, fac."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    names = ["year", "carrier", "locality", "code", "mod", "nonfac", "fac"]
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [row for row in csv.reader(stream) if len(row) == 16]
    return [dict(zip(names, (cell.strip() for cell in row), strict=False)) for row in cells]


def published_line(number: int, row: dict[str, str], place: str, **columns: Any) -> dict[str, Any]:
    """Return one line of a person of its own, so that nothing else meets it."""
    (line,) = claim((row["code"], *filter(None, [row["mod"]])), place=place, **columns)
    return {
        **line,
        "claim_id": f"{number}-{place}",
        "person_id": f"{number}-{place}",
        "locality": f"{row['carrier']}-{row['locality']}",
    }


@pytest.mark.parametrize(
    ("file", "rows_in", "other"),
    [
        ("PFREV4_2025Q4.txt", 1526, set()),
        # These two changed between the January file and the October release.
        ("PF25A_excerpts.csv", 193, {"0446T", "0448T"}),
        ("PF25A_oppscap_excerpts.csv", 27, set()),
    ],
)
def test_published_fee_schedule_amounts(
    release: ReferenceSchedule, file: str, rows_in: int, other: set[str]
) -> None:
    rows = amount_lines(CMS / "published" / file)
    assert len(rows) == rows_in
    found = set()
    for place, column in (("11", "nonfac"), ("24", "fac")):
        lines = [published_line(number, row, place) for number, row in enumerate(rows)]
        for row, result in zip(rows, price(lines, [release]), strict=True):
            if result["fee_schedule_amount"] != Decimal(row[column]):
                found.add(row["code"])
    assert found == other


def test_published_therapy_amounts(release: ReferenceSchedule) -> None:
    rows = amount_lines(CMS / "published" / "PF25A_excerpts.csv")
    rows = [row for row in rows if row["multsurg"] == "5"]
    assert len(rows) == 33
    lines = [
        published_line(number, row, place, service_unit_quantity=2)
        for number, row in enumerate(rows)
        for place in ("11", "24")
    ]
    for line, result in zip(lines, price(lines, [release]), strict=True):
        row = next(row for row in rows if row["code"] == line["hcpcs_code"])
        reduced = result["allowed_amount"] - result["fee_schedule_amount"]
        assert reduced == Decimal(row["therapy_nonfac"]), row["code"]


def test_published_capped_amounts(release: ReferenceSchedule) -> None:
    with (CMS / "2025D" / "OPPSCAP_Oct.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["HCPCS"] and row["PROCSTAT"] != "C"]
    lines, amounts = [], []
    for number, row in enumerate(rows):
        south = row["CARRIER"] == "01112" and row["LOCALITY"] in CALIFORNIA
        place = {
            "code": row["HCPCS"],
            "mod": row["MOD"].strip(),
            "carrier": "01182" if south else row["CARRIER"],
            "locality": row["LOCALITY"],
        }
        for code, column in (("24", "FACILITY PRICE"), ("11", "NON-FACILTY PRICE")):
            lines.append(published_line(number, place, code))
            amounts.append(Decimal(row[column]))
    assert len(lines) == 13_340
    results = price(lines, [release])
    wrong = [
        (line["hcpcs_code"], line["modifiers"], line["locality"], amount, result["allowed_amount"])
        for line, amount, result in zip(lines, amounts, results, strict=True)
        if result["allowed_amount"] != amount
    ]
    assert wrong == []


def test_2026_layout_and_qualifying_factor(release_2026: ReferenceSchedule) -> None:
    columns = {"place": "11", "claim_line_start_date": date(2026, 7, 1)}
    (others,) = price(claim(("99213",), **columns), [release_2026])
    (mine,) = price(claim(("99213",), **columns, qualifying_apm_participant=True), [release_2026])
    assert release_2026.rows["29881", ""]["endoscopic_base_code"] == "29870"
    assert others["fee_schedule_amount"] == Decimal("95.19")
    assert mine["fee_schedule_amount"] == Decimal("95.67")


def test_generated_batch_meets_every_rule(release_2026: ReferenceSchedule) -> None:
    rng = random.Random(7)
    lines = random_batch(rng, release_2026.rows, 6000)
    codes = {line["hcpcs_code"] for line in lines}
    tables = small_tables(rng, codes, release_2026.rows, lines=lines)
    release_2026.anesthesia_factors["national"] = Decimal("20.4976")
    met: set[str] = set()
    for edits in (None, ReferenceTables(**tables)):
        results = price(lines, [release_2026], edits)
        met |= {rule for result in results for rule, _, _ in result["steps"]}
        for line, result in zip(lines, results, strict=True):
            chain = result["steps"]
            assert all(one[2] == two[1] for one, two in pairwise(chain)), line
            if result["status"] == "priced":
                assert result["allowed_amount"] == chain[-1][2]
            if result["status"] in {"by_report", "not_on_schedule"}:
                assert result["allowed_amount"] is None
    rules = {rule.__name__ for rule in (*EDITS, *AMOUNT_RULES, *CONTRACT_RULES)}
    # A second payer's line without a charge ends among payment rules; no drug quarter is loaded.
    assert met == (rules | {"fee_schedule_amount", "secondary_claim"}) - {
        *("discarded_drug", "modifier_share", "contract_rate"),  # the latter two are contracts'
        "coverage",  # no policy is given
    }


def test_neither_input_order_nor_other_persons_matter(release_2026: ReferenceSchedule) -> None:
    lines = random_batch(random.Random(11), release_2026.rows, 3000)
    results = price(lines, [release_2026])
    backwards = price(lines[::-1], [release_2026])[::-1]
    persons = {line["person_id"] for line in lines}
    alone = next(one for one in sorted(persons) if sum(x["person_id"] == one for x in lines) > 8)
    mine = [position for position, line in enumerate(lines) if line["person_id"] == alone]
    assert price([lines[one] for one in mine], [release_2026]) == [results[one] for one in mine]
    amounts = [(one["status"], one["patient_amount"], one["carc"]) for one in results]
    assert [(one["status"], one["patient_amount"], one["carc"]) for one in backwards] == amounts
