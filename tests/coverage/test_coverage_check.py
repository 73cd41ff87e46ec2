"""`payrules coverage check` finds what policies say of a batch, and prices nothing."""

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from payrules.cli.commands import cli
from tests.coverage.policies import FACET, written
from tests.rules.test_coverage import FOUR_KX, batch, line

CLAIMS = {
    "A": [*FOUR_KX, line("2026-12-20", "64493", "KX")],
    "B": [line("2026-01-10", "64493", diagnosis_code_1="M54.16"), line("2026-01-10", "99213")],
}


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    batch(CLAIMS).write_csv(path)
    return path


def check(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["coverage", "check", *map(str, arguments)])
    return result.exit_code, result.output + str(result.exception or "")


def test_findings_are_shown_and_written(tmp_path: Path, claims: Path) -> None:
    policy = written(tmp_path)
    status, said = check(claims, "--coverage", policy, "--output", tmp_path / "found.parquet")
    assert status == 0
    assert "7 rows in: 7 lines, 0 of history, 0 rejected. Nothing was priced." in said
    assert "2 lines would be denied, 4 lines that no policy at hand objects to" in " ".join(
        said.split()
    )
    found = pl.read_parquet(tmp_path / "found.parquet")
    assert found["coverage_outcome"].to_list() == ["would be denied"] * 2
    assert "$" not in said
    status, _ = check(claims, "--coverage", policy, "--output", tmp_path / "found.xlsx")
    assert status == 0
    sheet = pl.read_excel(tmp_path / "found.xlsx", sheet_name="Coverage")
    assert sheet["Found by policy"].to_list() == found["coverage_finding"].to_list()


def test_without_policies_or_with_a_wrong_ending_nothing_is_read(
    tmp_path: Path, claims: Path
) -> None:
    status, said = check(claims)
    assert status != 0
    assert "No coverage policy was given" in said
    _, said = check(claims, "--coverage", written(tmp_path), "--output", tmp_path / "found.txt")
    assert "findings are written as .xlsx or .csv or .parquet" in said


def test_policies_that_bind_no_payer_are_refused(tmp_path: Path, claims: Path) -> None:
    own = written(tmp_path, FACET.replace('"LCD"', '"payer"'), "own.toml")
    commercial = tmp_path / "acme.toml"
    commercial.write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n', encoding="utf-8"
    )
    asked = [str(claims), "--coverage", str(own)]
    result = CliRunner().invoke(cli, ["estimate", *asked, "--coverage-mode", "enforce"])
    said = " ".join((result.output + str(result.exception)).split())
    assert result.exit_code != 0
    assert "No line would be held against the coverage policies given." in said
    assert "own.toml is a payer's own policy" in said
    status, said = check(claims, "--coverage", written(tmp_path), "--payer", commercial)
    assert status != 0
    assert "and no payer given is one" in said


def test_only_verified_policies_are_enforced(tmp_path: Path, claims: Path) -> None:
    unread = FACET.replace("verified = ", "# verified = ")
    policy = written(tmp_path, unread)
    _, said = check(claims, "--coverage", policy, "--coverage-mode", "enforce")
    assert "facet.toml is not verified" in said
    _, said = check(claims, "--coverage-mode", "enforce")
    assert "No coverage policy was given to enforce" in said
    _, said = check(claims, "--history-from", "2025-01-01")
    assert "history_from says since when" in said
    _, said = check(claims, "--coverage", policy, "--history-from", "soon")
    assert "`history_from` cannot be 'soon'" in said
