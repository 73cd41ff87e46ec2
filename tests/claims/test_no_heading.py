"""A column without a heading is called after its place, of whatever file; none takes its name."""

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from payrules.claims import read_batch
from payrules.cli.commands import cli
from payrules.errors import ClaimsError

CLAIMS = pl.DataFrame(
    {
        "claim_id": ["1", "2"],
        "claim_line_number": ["1", "1"],
        "person_id": ["P", "P"],
        "": ["x", "y"],
        "claim_line_start_date": ["2025-06-02", "2025-06-02"],
        "hcpcs_code": ["99213", "99213"],
        "service_unit_quantity": ["1", "0"],
        "place_of_service_code": ["11", "11"],
    }
)


@pytest.mark.parametrize("kind", [".csv", ".parquet", "in memory"])
def test_it_is_called_after_its_place(kind: str, tmp_path: Path) -> None:
    given: pl.DataFrame | Path = CLAIMS
    if kind == ".csv":
        given = tmp_path / "claims.csv"
        CLAIMS.write_csv(given)
    elif kind == ".parquet":
        given = tmp_path / "claims.parquet"
        CLAIMS.write_parquet(given)
    batch = read_batch(given, default_locality="national", localities=["national"])
    assert batch.carried["column_4"].to_list() == ["x"]
    assert batch.rejects["column_4"].to_list() == ["y"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "in memory"])
def test_another_column_of_that_name_is_refused(kind: str, tmp_path: Path) -> None:
    twice = CLAIMS.with_columns(column_4=pl.lit("z"))
    given: pl.DataFrame | Path = twice
    if kind != "in memory":
        given = tmp_path / f"claims.{kind}"
        twice.write_csv(given) if kind == "csv" else twice.write_parquet(given)
    with pytest.raises(ClaimsError, match="more than one column headed 'column_4'"):
        read_batch(given, default_locality="national", localities=["national"])


def test_it_is_called_so_in_parts(tmp_path: Path) -> None:
    claims, lines = tmp_path / "claims.parquet", tmp_path / "lines.csv"
    CLAIMS.write_parquet(claims)
    words = ["estimate", str(claims), "--locality", "national", "--lines", str(lines), "--in-parts"]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert result.exception is None
    assert pl.read_csv(lines)["column_4"].to_list() == ["x"]
