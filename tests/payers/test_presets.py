"""The payers that ship as examples: each says its source, and does what its name says."""

from pathlib import Path

import polars as pl
import pytest

from payrules.payers import MEDICARE, differences, load_payer
from payrules.payers.inheritance import presets
from payrules.runs.results import Estimate
from tests.payers.files import allowed, batch, priced

FOLDER = Path(__file__).parents[2] / "payrules" / "payers" / "presets"
SCOPES = [{"hcpcs_code": "45385"}, {"hcpcs_code": "45380"}]
INJECTIONS = [{"hcpcs_code": code} for code in ("20610", "64483", "11042")]
ASSISTANTS = [
    {"hcpcs_code": "27130", "hcpcs_modifier_1": "80", "person_id": "P"},
    {"hcpcs_code": "27130", "hcpcs_modifier_1": "AS", "person_id": "Q"},
]


def amounts(name: str, lines: list[dict[str, str]], place: str = "22") -> list[str | None]:
    return allowed(priced(batch(*lines, place=place), load_payer(name), locality="national"))


EXAMPLES = [
    "100-50-25",
    "110-percent-of-medicare",
    "assistant-20-as-10",
    "endoscopy-in-facilities",
    "no-sequestration",
    "ranking-by-total-rvu",
]


def test_which_there_are() -> None:
    assert {*EXAMPLES} < {*presets()}
    assert len(presets()) == 35  # tests/payers/test_policies.py holds the others to their pages


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_is_an_example_with_a_printed_source(name: str) -> None:
    preset = load_payer(name)
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert preset.name == name
    assert preset.contract.startswith("Example: ")
    assert "An example, not a contract of yours" in text
    assert "https://" in text
    assert differences(preset)
    of_its_plan = {
        each.cites for place, each in preset.said.items() if each.file.startswith("plan")
    }
    assert {each.cites for each in differences(preset)} - of_its_plan == {preset.contract}
    assert not preset.taken_over


def test_100_50_25() -> None:
    usual, theirs = amounts("medicare", INJECTIONS), amounts("100-50-25", INJECTIONS)
    fees = priced(batch(*INJECTIONS), MEDICARE, locality="national").lines["fee_schedule_amount"]
    lowest = fees.arg_min()
    assert lowest is not None
    assert [n for n, pair in enumerate(zip(usual, theirs, strict=True)) if len(set(pair)) > 1] == [
        lowest
    ]
    quarter = (int(fees[lowest] * 100) + 2) // 4
    assert theirs[lowest] == f"{quarter / 100:.2f}"


def test_assistants() -> None:
    fee = priced(batch(*ASSISTANTS), MEDICARE, locality="national").lines["fee_schedule_amount"][0]
    cents = int(fee * 100)
    assert amounts("assistant-20-as-10", ASSISTANTS) == [
        f"{(cents * 20 + 50) // 100 / 100:.2f}",
        f"{(cents * 10 + 50) // 100 / 100:.2f}",
    ]


def test_endoscopy_only_in_facilities() -> None:
    assert amounts("endoscopy-in-facilities", SCOPES) == amounts("medicare", SCOPES)
    clinic = priced(batch(*SCOPES, place="11"), MEDICARE, locality="national")
    half = (int(clinic.lines["fee_schedule_amount"].min() * 100) + 1) // 2
    assert amounts("endoscopy-in-facilities", SCOPES, place="11") == [
        str(clinic.lines["fee_schedule_amount"].max()),
        f"{half / 100:.2f}",
    ]


def test_no_sequestration() -> None:
    results = priced(batch(*SCOPES), load_payer("no-sequestration"), locality="national")
    lines = results.lines
    assert lines["sequestration_amount"].cast(pl.Float64).sum() == 0
    owed = lines["allowed_amount"] - lines["coinsurance_amount"]
    assert lines["medicare_amount"].to_list() == owed.to_list()


def test_ranking_by_total_rvu() -> None:
    # 64633 has the more RVUs (12.89 to 12.34), and where practice expense is cheap the lower fee.
    lines = batch({"hcpcs_code": "64628"}, {"hcpcs_code": "64633"}, place="11")
    by_fee = priced(lines, MEDICARE, locality="15102-00")
    by_rvu = priced(lines, load_payer("ranking-by-total-rvu"), locality="15102-00")

    def in_full(results: Estimate) -> list[bool]:
        return (results.lines["allowed_amount"] == results.lines["fee_schedule_amount"]).to_list()

    assert in_full(by_fee) == [True, False]
    assert in_full(by_rvu) == [False, True]


def test_110_percent() -> None:
    (theirs,) = amounts("110-percent-of-medicare", [{"hcpcs_code": "99213"}])
    (usual,) = amounts("medicare", [{"hcpcs_code": "99213"}])
    assert usual is not None
    cents = round(float(usual) * 100)
    assert theirs == f"{(cents * 110 + 50) // 100 / 100:.2f}"
