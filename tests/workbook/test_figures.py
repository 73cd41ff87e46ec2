"""The figures behind every report: they foot to the cent, whichever way they are cut."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import payrules
from payrules.claims.code_families import code_family, place_of_service
from payrules.engine.rule import STATUSES
from payrules.runs.estimate import estimate
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.runs.steps import Steps
from payrules.workbook.figures import OTHERS, Figures
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS
from payrules.workbook.layout.sheets import SUMMARY_TABLES
from payrules.workbook.xlsx.charts import label_of, whole_dollars
from tests.workbook.conftest import claims


@pytest.fixture(scope="module")
def figures(results: Estimate) -> Figures:
    return Figures(results)


def test_the_batch_meets_every_status(results: Estimate) -> None:
    assert set(results.lines["status"]) == {
        "priced",
        "bundled",
        "denied",
        "by_report",
        "not_on_schedule",
    }
    assert results.rejects.height == 2


def test_the_bridge_adds_up_exactly(figures: Figures, results: Estimate) -> None:
    bridge, lines = figures.bridge, results.lines
    running = Decimal(0)
    for step in bridge.iter_rows(named=True):
        running = step["amount"] if step["kind"] == "total" and not running else running
        running += step["amount"] if step["kind"] == "change" else 0
        assert step["running_total"] == running
    ends = dict(bridge.filter(kind="total").select("label", "amount").iter_rows())
    assert ends == {
        "Charges": lines["charge_amount"].sum(),
        "Fee schedule amounts": lines.filter(pl.col("allowed_amount").is_not_null())[
            "fee_schedule_amount"
        ].sum(),
        "Allowed amount": lines["allowed_amount"].sum(),
        "Medicare pays": lines["medicare_amount"].sum(),
    }


def test_each_rules_step_is_what_it_took_from_lines_with_an_amount(
    figures: Figures, results: Estimate
) -> None:
    priced = results.lines.filter(pl.col("allowed_amount").is_not_null())
    trail = results.adjustments.join(priced, on=["claim_id", "claim_line_number"], how="semi")
    for rule in ("multiple_procedure", "endoscopy", "lesser_of_charge", "bilateral"):
        of_rule = trail.filter(rule=rule)
        took = (of_rule["after"] - of_rule["before"]).sum()
        (step,) = figures.bridge.filter(rule=rule)["amount"].to_list()
        assert step == took != 0


@pytest.mark.parametrize(
    "key", [key for key in SUMMARY_TABLES if key not in {"status", "against_paid", "review"}]
)
def test_every_group_foots(figures: Figures, results: Estimate, key: str) -> None:
    for rows in (1, 2, 100):
        top = figures.top(key, rows)
        assert top["lines"].sum() == results.lines.height
        for name in HEADLINE_AMOUNTS:
            assert top[name].sum() == results.lines[name].sum()
        others = top.filter(pl.col(key).str.starts_with(OTHERS)).height
        # Months stand all, in their order.
        assert top.height - others <= rows or key == "month"


def test_allowed_is_shared_out_exactly(figures: Figures, results: Estimate) -> None:
    totals = figures.totals
    borne = sum(totals[f"{name}_amount"] for name in ("medicare", "deductible", "coinsurance"))
    assistants = figures.bridge.filter(rule="therapy_assistant")["amount"].sum()
    assert borne + totals["sequestration_amount"] - assistants == totals["allowed_amount"]
    unassigned = results.lines.filter(pl.col("claim_id") == "c9")
    beyond = unassigned["patient_amount"] - unassigned["coinsurance_amount"]
    assert figures.unassigned_amount == beyond.sum() > 0


_ROW = ("1", "2025-03-04", "64483", "11", "P1")
#: Files of a line and rejected ones (units of 0): heading of the charge, charges, a columns file.
_REJECTED_CHARGES = {
    "a known synonym": ([("Charges", ["100.00", '"$1,123.45"'])], None, ["1123.45"]),
    "a column of the columns file, and not the one that it is like": (
        [("Charge Amount,Net", ["100,60", "100,70.5"])],
        {"columns": {"charge_amount": "Net"}},
        ["70.50"],
    ),
    "a decimal comma": (
        [("charge_amount", ['"100,00"', '"1.200,45"', '"1,250"', "12.34", '"120,5"'])],
        {"file": {"decimal": ","}},
        ["1200.45", "1.25", None, "120.50"],
    ),
    "files with headings of their own": (
        [("Charges", ["100.00", "123.45"]), ("charge_amount", ["1", "77"])],
        None,
        ["123.45", "77.00"],
    ),
    "a heading of the rejects' own": (
        [("value", ["100.00", "9.50"])],
        {"columns": {"charge_amount": "value"}},
        ["9.50"],
    ),
    "no charge": ([("note", ["x", "5.00"])], None, [None]),
}


@pytest.mark.parametrize("case", _REJECTED_CHARGES)
def test_a_rejected_row_s_charge_is_read_as_its_file_s_charges_are(
    tmp_path: Path, case: str
) -> None:
    files, columns, expected = _REJECTED_CHARGES[case]
    paths = []
    for number, (headings, cells) in enumerate(files):
        names = "claim_id,claim_line_number,claim_line_start_date,hcpcs_code"
        rows = [f"{names},place_of_service_code,person_id,units,{headings}"]
        rows += [
            ",".join((f"C{number}{place}", *_ROW, "0" if place else "1", each))
            for place, each in enumerate(cells)
        ]
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text("\n".join(rows))
    results = payrules.estimate(paths, locality="national", columns=columns)
    figures = Figures(results)
    assert results.rejects["column"].unique().to_list() == ["service_unit_quantity"]
    charges = [None if each is None else Decimal(each) for each in expected]
    assert figures.rejected_charges.to_list() == charges
    told = sum((each for each in charges if each is not None), Decimal("0.00"))
    assert figures.by_file["rejected_charges"].sum() == told


def test_charges_that_are_numbers_have_no_decimal_comma(tmp_path: Path) -> None:
    names = ("claim_id", "claim_line_start_date", "hcpcs_code", "place_of_service_code")
    rows = pl.DataFrame([("1", *_ROW[1:4]), ("2", *_ROW[1:4])], schema=names, orient="row")
    charges = pl.DataFrame({"claim_line_number": [1, 1], "person_id": "P", "units": [1, 0]})
    path = tmp_path / "claims.parquet"
    charges = charges.with_columns(charge_amount=pl.Series([100.0, 1200.45]))
    pl.concat([rows, charges], how="horizontal").write_parquet(path)
    told = {"file": {"decimal": ","}}
    results = payrules.estimate(path, locality="national", columns=told)
    assert Figures(results).rejected_charges.to_list() == [Decimal("1200.45")]


def test_files_of_one_name_that_head_charges_unlike_say_that_none_is_read(tmp_path: Path) -> None:
    """The second file's `Billed`, which is carried along, stood as its charge."""
    names = "claim_id,claim_line_number,claim_line_start_date,hcpcs_code"
    paths = []
    for folder, headings, cells in (
        ("a", "Billed", ("200.00", "200.00")),
        ("b", "charge_amount,Billed", ("300.00,7.00", "300.00,7.00")),
    ):
        rows = [f"{names},place_of_service_code,person_id,units,{headings}"]
        rows += [
            ",".join((f"C{folder}{units}", *_ROW, units, each))
            for units, each in zip("10", cells, strict=True)
        ]
        paths.append(tmp_path / folder / "claims.csv")
        paths[-1].parent.mkdir()
        paths[-1].write_text("\n".join(rows))
    figures = Figures(payrules.estimate(paths, locality="national"))
    assert figures.rejected_charges.to_list() == [None, None]
    (row,) = figures.by_file.iter_rows(named=True)
    assert (row["rejected_rows"], row["rejected_charges"]) == (2, Decimal("0.00"))
    assert (row["lines_without_charge"], row["rejected_rows_without_charge"]) == (0, 2)


def test_files_are_told_apart_though_rejects_lie_between(figures: Figures) -> None:
    by_file = figures.by_file
    assert by_file["file"].to_list() == ["first.csv", "second.csv"]
    assert by_file["rows"].to_list() == [10, 10]
    assert by_file["rejected_rows"].to_list() == [0, 2]
    assert by_file["rejected_charges"].to_list() == [Decimal("0.00"), Decimal("900.00")]
    assert figures.rejected_charges.null_count() == 1
    assert by_file["rejected_rows_without_charge"].to_list() == [0, 1]
    assert by_file["lines_without_charge"].to_list() == [1, 1]


def test_at_stake_is_what_a_line_would_bring(figures: Figures) -> None:
    lines = {(row["claim_id"], row["claim_line_number"]): row for row in figures.lines.to_dicts()}
    assert lines["c1", 1]["at_stake_amount"] is None
    assert lines["c6", 1]["at_stake_amount"] == Decimal("80.00")  # no fee: the charge
    bundled = lines["c4", 2]
    assert bundled["status"] == "bundled"
    assert bundled["at_stake_amount"] == bundled["fee_schedule_amount"] < bundled["charge_amount"]


def test_a_broken_chain_is_found(results: Estimate) -> None:
    steps = results.adjustments
    last = pl.int_range(pl.len()) == steps.height - 1
    off = pl.when(last).then(pl.col("before") + Decimal("0.01")).otherwise("before")
    broken = steps.with_columns(before=off.cast(pl.Decimal(38, 2)))
    checks = Figures(Estimate(results.priced, Steps(broken), results.rejects, results.run)).checks
    assert [check.name for check in checks if check.difference] == [
        "Each step starts where the last one ended"
    ]


def test_a_chain_that_ends_elsewhere_is_found(results: Estimate) -> None:
    first = pl.int_range(pl.len()) == 0
    more = pl.when(first).then(pl.col("allowed_amount") + 1).otherwise("allowed_amount")
    lines = results.lines.with_columns(allowed_amount=more.cast(pl.Decimal(38, 2)))
    checks = Figures(
        Estimate(PricedLines(lines), results.steps, results.rejects, results.run)
    ).checks
    found = {check.name for check in checks if check.difference}
    assert "Each chain ends at its line's allowed amount" in found
    assert "The bridge ends at the allowed amount" in found


def test_codes_and_places_have_plain_names() -> None:
    codes = pl.Series(["45385", "64483", "99213", "00142", "J1100", "0001F", "97110", "ZZ"])
    assert code_family(codes).to_list() == [
        "Digestive system",
        "Nervous system and pain",
        "Visits",
        "Anesthesia",
        "HCPCS J: drugs",
        "Performance measures",
        "Therapy",
        "Other codes",
    ]
    places = place_of_service(pl.Series(["22", "98", None]))
    assert places.to_list() == ["22 On-campus outpatient hospital", "98", None]


def test_labels_of_charts_round_half_up_as_excel_does() -> None:
    nothing = Decimal(0)
    step = ("x", nothing, nothing, nothing, nothing)
    assert whole_dollars(Decimal("84.50")) == "85"
    assert label_of((*step[:2], Decimal("1234.50"), *step[3:])) == "1,235"
    assert label_of((*step[:3], Decimal("0.50"), nothing)) == "(1)"
    assert label_of((*step[:4], Decimal("2.5"))) == "+3"


def test_files_of_one_name_are_reconciled_together(tmp_path: Path) -> None:
    """Each was given the rejects of both, and rows of lines that were the other's."""
    batch = claims()
    for folder, rows in (("a", batch[:10]), ("b", batch[10:])):
        (tmp_path / folder).mkdir()
        rows.write_csv(tmp_path / folder / "claims.csv")
    both = estimate([tmp_path / "a" / "claims.csv", tmp_path / "b" / "claims.csv"])
    (row,) = Figures(both).by_file.iter_rows(named=True)
    assert row["file"] == "2 files, some of one name"
    assert (row["rows"], row["rejected_rows"]) == (batch.height, both.rejects.height)
    assert sum(row[f"{status}_rows"] for status in STATUSES) == both.lines.height
    assert row["charges"] == both.lines["charge_amount"].sum() + row["rejected_charges"]
