"""Cells of claims in memory: read as a file's are, never cut, or refused in one sentence."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars as pl
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules import ClaimsError
from payrules.claims import Batch, Claims, read_batch
from payrules.demo import BATCH
from tests.front_door.typed_claims import OFFICE, TYPED_KINDS

TEXT = pl.read_csv(BATCH, infer_schema=False)


def read(claims: Claims) -> Batch:
    return read_batch(claims, localities=["national"])


CHARGES: list[tuple[Any, str | None]] = [
    (300.1, "300.10"),
    (1234567.89, "1234567.89"),
    (1e9 - 0.01, "999999999.99"),
    (Decimal("12.345"), None),
    (Decimal("12.30"), "12.30"),
    (Decimal("1E+2"), "100.00"),
    (300.123, None),
    (1e17, None),
    (float("inf"), None),
    (-5.0, None),
    (True, None),
    (5, "5.00"),
    ("$1,234.50", "1234.50"),
    (b"5", None),
    ([5], None),
]


@pytest.mark.parametrize(("charge", "dollars"), CHARGES, ids=str)
def test_money_is_read_to_the_cent_or_refused_in_one_sentence(
    charge: Any, dollars: str | None
) -> None:
    found = read([OFFICE | {"charge_amount": charge}])
    if dollars is None:
        (rejected,) = found.rejects.to_dicts()
        assert rejected["column"] == "charge_amount"
        assert rejected["reason"].startswith("charge_amount ")
    else:
        assert found.lines["charge_amount"].item() == int(Decimal(dollars) * 100)


@given(st.lists(st.integers(0, 99_999_999_99), min_size=1, max_size=200))
@settings(max_examples=8)
def test_every_charge_in_floats_is_read_to_the_cent(cents: list[int]) -> None:
    rows = [
        OFFICE | {"claim_line_number": number, "charge_amount": each / 100}
        for number, each in enumerate(cents, 1)
    ]
    for kind in ("dicts", "a polars frame", "a pandas frame"):
        assert read(TYPED_KINDS[kind](rows)).lines["charge_amount"].to_list() == cents


MISSING = [None, float("nan"), "", pandas.NA, pandas.NaT]


@pytest.mark.parametrize("missing", MISSING, ids=repr)
@pytest.mark.parametrize("name", ["charge_amount", "hcpcs_modifier_2", "rendering_npi", "site"])
def test_what_is_missing_is_empty(missing: Any, name: str) -> None:
    rows = [OFFICE | {name: missing}, OFFICE | {"claim_line_number": 2, name: "1"}]
    rows[1][name] = "25" if name == "hcpcs_modifier_2" else "1"
    for claims in (rows, pandas.DataFrame(rows)):
        found = read(claims)
        assert found.rejects.is_empty()
        cells = found.carried if name == "site" else found.lines
        assert cells[name].null_count() == 1


IDENTIFIER = 1234567890123456789


@pytest.mark.parametrize("name", ["claim_id", "person_id", "billing_npi"])
@pytest.mark.parametrize("kind", ["dicts", "a polars frame", "a pandas frame", "an Arrow table"])
def test_identifiers_that_lost_digits_as_floats_are_refused_not_merged(
    name: str, kind: str
) -> None:
    """Two claims whose last digits differ would be one, and priced together."""
    rows = [OFFICE | {name: float(IDENTIFIER)}, OFFICE | {name: float(IDENTIFIER + 1)}]
    with pytest.raises(ClaimsError, match="last digits are lost; give it as text"):
        read(TYPED_KINDS[kind](rows))
    whole = [OFFICE | {name: IDENTIFIER}, OFFICE | {name: IDENTIFIER + 1, "claim_line_number": 2}]
    assert read(whole).lines[name].to_list() == [str(IDENTIFIER), str(IDENTIFIER + 1)]


def test_identifiers_in_a_parquet_file_that_lost_digits_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    TEXT.with_columns(claim_id=pl.lit(float(IDENTIFIER))).write_parquet(path)
    with pytest.raises(ClaimsError, match=r"Column 'claim_id' of claims\.parquet holds"):
        read(path)


def test_a_column_of_numbers_and_text_keeps_every_digit() -> None:
    def accounts(*cells: Any) -> list[dict[str, Any]]:
        return [
            OFFICE | {"claim_line_number": number, "account": cell}
            for number, cell in enumerate(cells, 1)
        ]

    for cells, written in (
        ([IDENTIFIER, 1.5], [str(IDENTIFIER), "1.5"]),
        ([IDENTIFIER, None], [str(IDENTIFIER), None]),
        ([IDENTIFIER, float("nan")], [str(IDENTIFIER), None]),
        (["007", 7], ["007", "7"]),
        ([2**70, 1], [str(2**70), "1"]),
    ):
        rows = accounts(*cells)
        for claims in (rows, pandas.DataFrame(rows, dtype=object)):
            assert read(claims).carried["account"].to_list() == written
    with pytest.raises(ClaimsError, match="last digits are lost; give it as text"):
        read(accounts("007", float(IDENTIFIER)))


# -- what is no claims -------------------------------------------------------------------------


def test_columns_known_from_later_rows_only_are_read() -> None:
    rows = [dict(OFFICE) for _ in range(200)]
    for number, row in enumerate(rows, 1):
        row["claim_line_number"] = number
    rows[-1]["hcpcs_modifier_1"] = "GZ"
    assert read(rows).lines["hcpcs_modifier_1"].to_list()[-1] == "GZ"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (5, "Claims cannot be read from a int: give files (a path, or several), a polars"),
        (None, "Claims cannot be read from a NoneType: give files"),
        (OFFICE, "Claims cannot be read from a dict: give files"),
        (b"claim_id", "Claims cannot be read from a bytes: give files"),
        (pl.Series(["x"]), "Claims cannot be read from a polars.series.series.Series: give"),
        (pandas.Series(["x"]), "Claims cannot be read from a pandas.core.series.Series: give"),
        ([OFFICE, 5], "Item 2 of the list of claims is a int: give dicts, one a claim line"),
        ([OFFICE, "claims.csv"], "Item 2 of the list of claims is a str: give dicts"),
        ([TEXT, TEXT], "Item 1 of the list of claims is a DataFrame: give dicts"),
        ([], "No claims file was given."),
        ([{}], "The claims frame has no column 'claim_id'"),
        ([OFFICE | {5: "x"}], "The claims have a column headed by a int, not by a text"),
        ([OFFICE | {None: ["x"]}], "The claims have a column headed by nothing, not by a text"),
        (pyarrow.chunked_array([["x"]]), "The Arrow data of this ChunkedArray is no table"),
        (TEXT.lazy().select("nothing"), "The lazy frame of claims cannot be computed (Column"),
        (pl.scan_csv("/nowhere/claims.csv"), "The lazy frame of claims cannot be computed (File"),
        (
            pandas.DataFrame([[1, 2]], columns=["claim_id", "claim_id"]),
            "The claims have more than one column headed 'claim_id'; remove or rename one.",
        ),
        (
            pandas.DataFrame({"claim_id": ["1"]}, index=pandas.Index(["1"], name="claim_id")),
            "The claims have more than one column headed 'claim_id'; remove or rename one.",
        ),
        ("nowhere.csv", "nowhere.csv"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_table_of_claims_is_told_in_one_sentence(claims: Any, said: str) -> None:
    with pytest.raises(ClaimsError) as raised:
        read(claims)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
