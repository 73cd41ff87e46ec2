"""Published worked examples: each a payer with its own fees and a batch, run as users run them.

`examples.toml` holds the published numbers with their sources; nothing here computes a price.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.fees.formula import OfEach, unit_amount
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, import_schedule, load_schedules

FOLDER = Path(__file__).parent
PUBLISHED = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
PAYER = """
name = "{id}"
contract = "{source}"
[fee_schedule]
file = "fees.csv"
indicators = "own"
"""
PAIR = "{}\t{}\t\t19960101\t*\t{}\tx\n"
PAIRS_HEADING = (
    "notice\nnotice\nColumn1/Column2 Edits\n\n\nColumn 1\tColumn 2\t*\tFrom\tTo\tIndicator\tWhy\n"
)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, names, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def schedules_with(pairs: Iterable[Iterable[str]], folder: Path) -> Schedules:
    """Give a store that holds nothing but a table of NCCI pairs, if any."""
    store = folder / "schedules"
    store.mkdir()
    texts = [PAIR.format(*pair) for pair in pairs]
    if texts:
        table = folder / "ccipra-v322r0-f1.txt"
        table.write_text(PAIRS_HEADING + "".join(texts), encoding="latin-1", newline="")
        import_schedule(table, store)
    return load_schedules(store)


def run(example: Mapping[str, Any], folder: Path) -> Estimate:
    """Write an example's payer, fee schedule and batch, and estimate it."""
    (folder / "payer.toml").write_text(PAYER.format(**example), encoding="utf-8")
    write_rows(folder / "fees.csv", map(both_settings, example["fees"]))
    given = {
        "claim_id": "A",
        "person_id": "P",
        "claim_line_start_date": example["day"].isoformat(),
        "place_of_service_code": "11",
    }
    lines = [
        {**given, "claim_line_number": n, **line} for n, line in enumerate(example["lines"], 1)
    ]
    return estimate(
        write_rows(folder / "claims.csv", lines),
        Setup(
            payer=load_payer(folder / "payer.toml"),
            schedules=schedules_with(example.get("pairs", ()), folder),
        ),
    )


def both_settings(row: Mapping[str, str]) -> dict[str, str]:
    amount = row["amount"]
    rest = {name: value for name, value in row.items() if name != "amount"}
    return {**rest, "facility_amount": amount, "nonfacility_amount": amount}


@pytest.mark.parametrize(
    "example", [pytest.param(each, id=each["id"]) for each in PUBLISHED["example"]]
)
def test_published_example(example: dict[str, Any], tmp_path: Path) -> None:
    results = run(example, tmp_path)
    assert results.rejects.is_empty()
    for column, values in example["gives"].items():
        found = results.lines[column].cast(pl.String).fill_null("").to_list()
        assert found == values, column


def test_every_departure_from_print_says_why() -> None:
    departing = [each for each in PUBLISHED["example"] if "published" in each or "why" in each]
    assert [each["id"] for each in departing] == [
        "ENDO-04 in dollars",
        "COSG-01 without documents",
        "BILAT-06",
        "NPP-01",
        "LIMIT-01",
    ]
    assert all(each["published"] and each["why"] for each in departing)


def test_all_published_examples_are_here() -> None:
    names = {each["id"].split(" ")[0] for each in PUBLISHED["example"]}
    names |= {each["id"] for each in PUBLISHED["elsewhere"]}
    assert len(names - {"ENDO-01", "SEQ-01"}) == 34  # these two are our own


@pytest.mark.parametrize(
    ("rvus", "gpcis", "factor", "cents"),
    [
        pytest.param((116, 0, 0), (1000, 1000, 1000), 378_975, 4396, id="BASE-02"),
        pytest.param((626, 436, 99), (1000, 883, 1125), 327_440, 36751, id="BASE-04"),
    ],
)
def test_formula(rvus: tuple[int, ...], gpcis: tuple[int, ...], factor: int, cents: int) -> None:
    of_rvus, of_gpcis = (OfEach(*(pl.lit(it, pl.Int64) for it in side)) for side in (rvus, gpcis))
    assert pl.select(unit_amount(of_rvus, factor, of_gpcis)).item() == cents


@pytest.mark.parametrize(
    ("modifier", "columns", "units", "paid"),
    [
        # 00142 has 4 base units. 48 minutes are 3.2 time units, 117 are 7.8.
        pytest.param("AA", {"anesthesia_minutes": "48"}, "7.2 units", "1.0000", id="ANES-04"),
        pytest.param("AA", {"anesthesia_minutes": "117"}, "11.8 units", "1.0000", id="ANES-05"),
        pytest.param(
            "AD", {"present_at_induction": "true"}, "4.0 units", "1.0000", id="ANES-06 present"
        ),
        pytest.param("AD", {}, "3.0 units", "1.0000", id="ANES-06 absent"),
        pytest.param("QX", {"anesthesia_minutes": "60"}, "8.0 units", "0.5000", id="ANES-06 crna"),
    ],
)
def test_anesthesia_units(modifier: str, columns: dict[str, str], units: str, paid: str) -> None:
    line = {
        "claim_id": "A",
        "claim_line_number": "1",
        "person_id": "P",
        "claim_line_start_date": date(2025, 3, 3).isoformat(),
        "hcpcs_code": "00142",
        "hcpcs_modifier_1": modifier,
        "place_of_service_code": "22",
        "locality": "national",
        **columns,
    }
    results = estimate(
        pl.DataFrame([line]), Setup(schedules=load_schedules(content_folder("fee_schedules")))
    )
    (step,) = results.adjustments.filter(pl.col("rule") == "anesthesia").to_dicts()
    assert step["detail"].startswith(units)
    assert str(step["factor"]) == paid
