"""Claims and remittances in one file: each side reads its own, and nothing of it is rejected."""

from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.variance.analysis import analyse
from tests.variance.small import MEDICARE, Answer, Paid, claim, payment, rows
from tests.variance.written_cases import claims_of

VISIT = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
CLAIMS, PAID = claims_of(claim("A1", "99213 180")), payment(Answer("A1", (VISIT,)))


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("remittance_first", [False, True])
def test_a_file_of_both_is_read_on_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, remittance_first: bool
) -> None:
    """Each kind was rejected as the other side's, with exit status 1."""
    text = PAID + CLAIMS if remittance_first else CLAIMS + PAID
    both = written(tmp_path, "both.x12", text)
    found = analyse([both], [both], MEDICARE)
    (row,) = rows(found)
    assert row["variance_status"] == "paid_as_expected"
    assert not found.failed
    assert not found.batch.rejects.height
    assert not found.read.rejects.height
    assert found.batch.rows_in == found.batch.files[0].rows == 1
    options = ["--remittance", str(both), "--locality", "national"]
    assert main(["variance", str(both), *options]) == 0
    assert "not read" not in capsys.readouterr().out


def test_what_only_one_side_was_given_is_told(tmp_path: Path) -> None:
    both = written(tmp_path, "both.x12", CLAIMS + PAID)
    paid = written(tmp_path, "paid.835", PAID)
    claims = written(tmp_path, "claims.837", CLAIMS)
    found = analyse([both], [paid], MEDICARE)
    assert found.batch.rejects["reason"].to_list() == ["835 remittance: not read"]
    found = analyse([claims], [both], MEDICARE)
    assert found.read.rejects["reason"].to_list() == ["837 professional claims: not read"]


def test_of_several_files_those_given_on_both_sides_are_read(tmp_path: Path) -> None:
    both = written(tmp_path, "both.x12", CLAIMS + PAID)
    again = claims_of(claim("A2", "99213 180"))
    other = payment(Answer("A2", (VISIT,), control="ICN2"), trace="T2")
    half = written(tmp_path, "half.x12", again + other)
    found = analyse([both, half], [both], MEDICARE)
    assert found.batch.rejects.select("file", "reason").rows() == [
        ("half.x12", "835 remittance: not read")
    ]
    assert [each.rows for each in found.batch.files] == [1, 2]
    assert found.batch.rows_in == 3
    assert not found.read.rejects.height


def test_of_two_files_of_one_name_nothing_is_taken_for_the_other_s(tmp_path: Path) -> None:
    """Rejects name a file by its name alone: each was taken off both, and no row was left."""
    files = []
    for folder, name in (("a", "A1"), ("b", "A2")):
        (tmp_path / folder).mkdir()
        text = claims_of(claim(name, "99213 180")) + payment(
            Answer(name, (VISIT,), control=f"ICN{name}"), trace=f"T{name}"
        )
        files.append(written(tmp_path / folder, "both.x12", text))
    found = analyse(files, files, MEDICARE)
    assert found.batch.rows_in == sum(each.rows for each in found.batch.files)
    assert found.batch.rejects["reason"].to_list() == ["835 remittance: not read"] * 2
