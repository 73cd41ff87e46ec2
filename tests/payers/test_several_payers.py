"""A batch with several payers: each line by its own payer's rules, in input order, in one run."""

from pathlib import Path

import polars as pl

from payrules.payers import MEDICARE, load_payer
from tests.payers.files import HEAD, OWN, allowed, batch, payer, priced

# Two procedures of one session each; only lines of one payer are judged together.
LINES = [
    {"hcpcs_code": "20610", "payer": "acme"},
    {"hcpcs_code": "20610", "payer": "medicare"},
    {"hcpcs_code": "64483", "payer": "ACME "},
    {"hcpcs_code": "64483", "payer": "somebody else"},
    {"hcpcs_code": "64483"},
]


def test_each_line_by_its_own_payer(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + "percent_of_medicare = 150\n")
    results = priced(
        batch(*LINES), MEDICARE, payers={"acme": acme, "medicare": MEDICARE}, locality="national"
    )
    assert results.lines["hcpcs_code"].to_list() == [line["hcpcs_code"] for line in LINES]
    rated = results.adjustments.filter(pl.col("rule") == "contract_rate")["claim_line_number"]
    assert rated.to_list() == [1, 3]
    theirs = priced(batch(LINES[0], LINES[2]), acme, locality="national")
    assert allowed(theirs) == [allowed(results)[place] for place in (0, 2)]
    ours = priced(batch(LINES[1], LINES[3], LINES[4]), MEDICARE, locality="national")
    assert allowed(ours) == [allowed(results)[place] for place in (1, 3, 4)]


def test_one_of_them_has_dollars(tmp_path: Path) -> None:
    fees = "hcpcs_code,facility_amount,multiple_procedure\n20610,100,2\n64483,300,2\n"
    acme = payer(tmp_path, OWN, fees)
    results = priced(batch(*LINES), MEDICARE, payers={"acme": acme}, locality="national")
    assert [allowed(results)[place] for place in (0, 2)] == ["50.00", "300.00"]
    first = results.adjustments.filter(pl.col("step") == 0)["detail"].to_list()
    assert ["payer's fee schedule" in detail for detail in first] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_presets_by_the_names_they_ship_under() -> None:
    names = ("100-50-25", "no-sequestration")
    lines = batch(*({"hcpcs_code": "99213", "payer": name, "person_id": name} for name in names))
    results = priced(
        lines, MEDICARE, payers={name: load_payer(name) for name in names}, locality="national"
    )
    taken = results.lines["sequestration_amount"].cast(pl.Float64) > 0
    assert taken.to_list() == [True, False]
