"""Encounters at both sides as they come: against the reference, and what holds of any."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.facility.outpatient_hospital import price_in_hospital
from payrules.facility.payment import paid_in_hospital, paid_in_surgical_center
from payrules.facility.steps import encounter_totals
from payrules.facility.surgical_center import price_in_surgical_center
from payrules.money import adding_up
from tests import reference_facility as reference
from tests.facility.encounters import SCHEMA, Line, lines_of
from tests.facility.test_outpatient_hospital import RATES as HOSPITAL
from tests.facility.test_surgical_center import RATES as CENTER

DAY = date(2025, 10, 15)
MOST = Decimal("1676.00")
MODIFIERS = (
    "",
    "",
    "",
    "-50",
    "-73",
    "-52",
    "-74",
    "-53",
    "-59",
    "-PN",
    "-PO",
    "-FB",
    "-FC",
    "-33",
)


def dollars(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount).scaleb(-2)


CENTER_ROWS = {
    row["hcpcs_code"]: reference.Addendum(
        row["addendum"],
        row["payment_indicator"],
        row["multiple_procedure_discount"],
        dollars(row["payment_rate"]),
        dollars(row["device_offset"]),
        row["mark"],
    )
    for row in CENTER.rows.iter_rows(named=True)
}
HOSPITAL_ROWS = {
    row["hcpcs_code"]: reference.AddendumB(
        row["status_indicator"],
        row["apc"],
        dollars(row["payment_rate"]),
        dollars(row["copayment"]),
        dollars(row["national_copayment"]),
    )
    for row in HOSPITAL.rows.iter_rows(named=True)
}


def encounters(codes: Sequence[str]) -> st.SearchStrategy[list[tuple[str, int]]]:
    """Draw encounters as `lines_of` reads them, each with what is owed of the deductible."""
    line = st.tuples(
        st.sampled_from([*codes, "27096", "99999"]),
        st.sampled_from(MODIFIERS),
        st.sampled_from(MODIFIERS),
        st.sampled_from(["", "", "", "x2", "x3", "@30000"]),
    ).map("".join)
    said = st.lists(line, min_size=1, max_size=5).map(" ".join)
    return st.lists(
        st.tuples(said, st.sampled_from([0, 0, 25_700, 100_000])), min_size=20, max_size=40
    )


INDICES = st.sampled_from([Decimal(1), Decimal("0.9660"), Decimal("1.2345")])


def tabled(drawn: Sequence[tuple[str, int]]) -> pl.DataFrame:
    lines: list[Line] = []
    owed: list[int] = []
    for number, (said, of_encounter) in enumerate(drawn):
        of_one = lines_of(str(number), said)
        lines += of_one
        owed += [of_encounter] * len(of_one)
    table = pl.DataFrame(lines, schema=SCHEMA, orient="row")
    return table.with_columns(deductible_remaining=pl.Series(owed, dtype=pl.Int64))


def as_reference(said: str) -> list[reference.Line]:
    return [
        reference.Line(code, units, frozenset(modifiers), dollars(charge))
        for _, _, code, units, modifiers, charge in lines_of("", said)
    ]


def must_agree(
    found: pl.DataFrame,
    drawn: Sequence[tuple[str, int]],
    expected: Sequence[tuple[list[reference.Priced], list[reference.Split]]],
) -> None:
    parts = ("patient_amount", "medicare_amount", "sequestration_amount")
    by_encounter = found.partition_by("encounter_id", maintain_order=True)
    for lines, (said, owed), (priced, splits) in zip(by_encounter, drawn, expected, strict=True):
        told = [(line.status, line.amount) for line in priced]
        got = [
            (status, dollars(cents)) for status, cents in lines.select("status", "amount").rows()
        ]
        assert got == told, said
        paid = [tuple(map(dollars, row)) for row in lines.select(parts).rows()]
        assert paid == [split or (None, None, None) for split in splits], (said, owed)


@settings(max_examples=6, deadline=None)
@given(drawn=encounters([*CENTER_ROWS]), index=INDICES)
def test_surgical_centers_agree_with_the_reference(
    drawn: list[tuple[str, int]], index: Decimal
) -> None:
    priced = price_in_surgical_center(tabled(drawn), CENTER, index)
    found = paid_in_surgical_center(priced, CENTER, DAY)
    expected = []
    for said, owed in drawn:
        lines = as_reference(said)
        amounts = reference.surgical_center(lines, CENTER_ROWS, index)
        owing = Decimal(owed).scaleb(-2)
        expected.append((amounts, reference.center_split(lines, amounts, CENTER_ROWS, owing)))
    must_agree(found, drawn, expected)


@settings(max_examples=6, deadline=None)
@given(drawn=encounters([*HOSPITAL_ROWS]), index=INDICES)
def test_hospitals_agree_with_the_reference(drawn: list[tuple[str, int]], index: Decimal) -> None:
    priced = price_in_hospital(tabled(drawn), HOSPITAL, index)
    found = paid_in_hospital(priced, HOSPITAL, index, DAY)
    expected = []
    for said, owed in drawn:
        lines = as_reference(said)
        amounts = reference.hospital(lines, HOSPITAL_ROWS, index)
        owing = Decimal(owed).scaleb(-2)
        splits = reference.hospital_split(lines, amounts, HOSPITAL_ROWS, index, MOST, owing)
        expected.append((amounts, splits))
    must_agree(found, drawn, expected)


@settings(max_examples=4, deadline=None)
@given(
    of_center=encounters([*CENTER_ROWS]), of_hospital=encounters([*HOSPITAL_ROWS]), index=INDICES
)
def test_packaged_lines_and_the_order_of_lines_change_no_total(
    of_center: list[tuple[str, int]], of_hospital: list[tuple[str, int]], index: Decimal
) -> None:
    def in_center(said: list[str]) -> pl.DataFrame:
        return price_in_surgical_center(tabled([(each, 0) for each in said]), CENTER, index)

    def in_hospital(said: list[str]) -> pl.DataFrame:
        return price_in_hospital(tabled([(each, 0) for each in said]), HOSPITAL, index)

    for price, drawn in ((in_center, of_center), (in_hospital, of_hospital)):
        said = [each for each, _ in drawn]
        backwards = [" ".join(reversed(each.split())) for each in said]
        found, packaged, turned = map(
            price, (said, [f"{each} 64484x3 77003" for each in said], backwards)
        )
        with adding_up():
            totals = encounter_totals(found)["facility_amount"]
            assert totals.equals(encounter_totals(packaged)["facility_amount"])
            assert totals.equals(encounter_totals(turned)["facility_amount"])
        parts = found.group_by("encounter_id", maintain_order=True).agg("amount")["amount"]
        assert totals.to_list() == [None if None in each else sum(each) for each in parts]
        # What came in stands there unchanged.
        assert found.select(list(SCHEMA)).equals(tabled(drawn).select(list(SCHEMA)))
