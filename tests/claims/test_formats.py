"""One reading for all formats: what a cell means does not depend on the file it stands in."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.claims import read_batch
from payrules.payers import read_dollar_schedule
from tests.claims.batches import GOOD, LOCALITIES, below_headings, frame_of, line, reject

NUMBERS = [1.0, 2.5, 2.9999999, 0.1 + 0.2, 3.3000000000000003, 1234.56, 100.005, 1e-7, 0.0, -1.0]
NUMBERS += [9.999999999999998, 79_999.99, 1e9, 123456789.01, 1e15, 1e17]
DATES = ["2025-10-07", "10/7/2025", "2025- 10-07", "+2025-10-07", "2025-13-01", "10/ 7/2025"]
#: The reader of workbooks gives nine decimals of a number.
floats = st.floats(-10, 1e6).map(lambda number: round(number, 8))
number = st.sampled_from(NUMBERS) | floats | st.none()
rows = st.lists(
    st.fixed_dictionaries(
        {
            "claim_line_number": st.integers(0, 9) | st.none(),
            "claim_line_start_date": st.sampled_from(DATES),
            "service_unit_quantity": number,
            "charge_amount": number,
            "postoperative_days": number,
            "participating": st.booleans() | st.none(),
            "rendering_npi": st.sampled_from(["0123456789", "#N/A", None]),
        }
    ),
    min_size=1,
    max_size=8,
)
TYPES = {
    "claim_line_number": pl.Int64,
    "service_unit_quantity": pl.Float64,
    "charge_amount": pl.Float64,
    "postoperative_days": pl.Float64,
    "participating": pl.Boolean,
}


def read(frame, folder, ending):
    path = folder / f"claims.{ending}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "xlsx": frame.write_excel}[ending](
        path
    )
    return read_batch(path, localities=LOCALITIES)


def same(one, other):
    assert one.lines.equals(other.lines)
    assert below_headings(one)["row", "column"].equals(below_headings(other)["row", "column"])


@settings(max_examples=8)
@given(rows)
def test_a_table_gives_the_same_lines_and_rejects_in_every_format(tmp_path_factory, drawn):
    made = [{**GOOD, "claim_id": f"C{place}", **row} for place, row in enumerate(drawn)]
    schema = {name: TYPES.get(name, pl.String) for name in made[0]}
    frame = pl.DataFrame(made, schema=schema)
    folder = tmp_path_factory.mktemp("formats")
    parquet = read(frame, folder, "parquet")
    same(parquet, read_batch(frame, localities=LOCALITIES))
    same(parquet, read(frame, folder, "csv"))
    same(parquet, read(frame, folder, "xlsx"))


def test_typed_days_are_the_same_in_every_format(tmp_path):
    day = dt.date(2025, 10, 7)
    for typed in ([day], [dt.datetime(2025, 10, 7, 8, 15)]):
        frame = frame_of({}).with_columns(claim_line_start_date=pl.Series(typed))
        for ending in ("csv", "parquet", "xlsx"):
            assert read(frame, tmp_path, ending).lines["service_date"].to_list() == [day]


def test_a_charge_of_32_bits_is_the_decimal_it_is_the_nearest_to(tmp_path):
    charges = [1234.56, 100.1, 79_999.99, 0.07]
    frame = frame_of(*({"charge_amount": None} for _ in charges)).with_columns(
        charge_amount=pl.Series(charges, dtype=pl.Float32)
    )
    parquet = read(frame, tmp_path, "parquet")
    assert parquet.lines["charge_amount"].to_list() == [123_456, 10_010, 7_999_999, 7]
    same(parquet, read(frame, tmp_path, "csv"))


def test_a_charge_of_32_bits_too_large_for_its_cents_is_rejected():
    """1,234,567.89 is kept there as 1,234,567.875."""
    frame = frame_of({}).with_columns(charge_amount=pl.Series([1_234_567.89], dtype=pl.Float32))
    assert read_batch(frame, localities=LOCALITIES).rejects["column"].to_list() == ["charge_amount"]


@pytest.mark.parametrize("written", ["2.9999999", "2.99999999999", "1e0"])
def test_units_nearly_whole_are_refused_as_text_and_as_a_number(written):
    assert reject({"service_unit_quantity": written})["column"] == "service_unit_quantity"
    typed = frame_of({}).with_columns(service_unit_quantity=pl.lit(float(written)))
    if written != "1e0":
        assert read_batch(typed, localities=LOCALITIES).lines.is_empty()


def test_what_adding_floats_leaves_behind_is_read_alike_as_text_and_as_a_number():
    assert line({"charge_amount": "3.3000000000000003"})["charge_amount"] == 330
    typed = frame_of({}).with_columns(charge_amount=pl.lit(3.3000000000000003))
    assert read_batch(typed, localities=LOCALITIES).lines["charge_amount"].to_list() == [330]


UNWRITTEN = ["2025- 10-07", "+2025-10-07", "2025-10- 7", "10/ 07/2025", "+10/07/2025", "25-10-07"]


@pytest.mark.parametrize("written", [*UNWRITTEN, "2025-10-07T25:00", "2025-10-07 08:61"])
def test_dates_written_otherwise_are_refused(written, tmp_path):
    assert reject({"claim_line_start_date": written})["column"] == "claim_line_start_date"
    path = tmp_path / "fees.csv"
    path.write_text(f"hcpcs_code,facility_amount,effective_to\n99213,80,{written}\n")
    with pytest.raises(Exception, match=r"column effective_to: '.*' is not valid there"):
        read_dollar_schedule(path, own_indicators=True, cites="x")
