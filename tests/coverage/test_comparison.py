"""What changed between policies is told document by document, and nothing else is."""

from datetime import date
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.coverage.comparison import PolicyChange, policy_changes
from payrules.coverage.download.importing import import_download
from payrules.errors import CoverageError
from tests.coverage.download import Row, files, lcd_tables, tables, zipped
from tests.coverage.policies import FACET, written

DAY = date(2026, 3, 1)
NAME = "L38801, article A58403 (01112 and 3 more)"


def _sides(tmp_path: Path, text: str) -> tuple[Path, Path]:
    return written(tmp_path, name="old.toml"), written(tmp_path, text, "new.toml")


def _changes(before: Path, after: Path) -> list[tuple[str, tuple[str, ...]]]:
    found = policy_changes(before, after, DAY)
    return [(each.what, each.values) for each in found.each]


FILE_CHANGES = [
    ('"20"', '"21"', ("version", ("20 to 21",))),
    (
        "2025-07-17",
        "2025-07-17\neffective_to = 2026-04-15",
        ("days", ("from 2025-07-17, now from 2025-07-17 to 2026-04-15",)),
    ),
    ("verified =", "# verified =", ("verified", ("by A. Reader on 2026-11-25, now not verified",))),
    (', "01312"]', ', "02102"]', ("contractors added", ("02102",))),
    ('"64491"]', '"64491", "64999"]', ("codes added", ("64999",))),
    ('"M47.812", ', "", ("diagnoses dropped", ("M47.812",))),
    (
        "sessions = 2",
        "sessions = 3",
        ("limits added", ("facet denervation: at most 3 sessions of a region in 12 months",)),
    ),
    (
        "closed = true",
        "closed = false",
        (
            "limits added",
            (
                "facet injection, facet denervation: a diagnosis (not a closed list: a miss is only"
                " noted)",
            ),
        ),
    ),
    (
        "three months of axial",
        "six months of axial",
        ("asks added", ("six months of axial pain on a scale",)),
    ),
    (
        'regions.lumbar_sacral = ["64493", "64494"]',
        'regions.lumbar = ["64493", "64494"]',
        (
            "counted elsewhere",
            (
                "64493: facet injection lumbar sacral, now facet injection lumbar",
                "64494: facet injection lumbar sacral, now facet injection lumbar",
            ),
        ),
    ),
]


@pytest.mark.parametrize(("so", "instead", "told"), FILE_CHANGES)
def test_each_change_of_a_file_is_told(
    tmp_path: Path, so: str, instead: str, told: tuple[str, tuple[str, ...]]
) -> None:
    found = _changes(*_sides(tmp_path, FACET.replace(so, instead, 1)))
    assert told in found
    # A limit or an asking that was rewritten is one added and one dropped; else nothing more.
    dropped = told[0].replace("added", "dropped")
    assert {what for what, _ in found} <= {told[0], dropped}


def test_what_is_the_same_is_counted(tmp_path: Path) -> None:
    same = policy_changes(*_sides(tmp_path, FACET), DAY)
    assert (same.each, same.unchanged) == ((), 1)
    assert policy_changes(Path("examples"), Path("examples"), DAY).unchanged == 30


def test_a_revision_is_compared_with_what_it_follows(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    written(before)
    written(after, FACET.replace("2025-07-17", "2025-07-17\neffective_to = 2026-04-15"))
    revised = FACET.replace("2025-07-17", "2026-04-16").replace('"20"', '"21"')
    written(after, revised.replace('"M47.812", ', ""), "revised.toml")
    written(after, FACET.replace('"01112", "01182", "01212", "01312"', '"02102"'), "more.toml")
    assert [*policy_changes(before, after, DAY).each] == [
        PolicyChange(NAME, "days", ("from 2025-07-17, now from 2025-07-17 to 2026-04-15",)),
        PolicyChange(
            "L38801, article A58403 (02102)",
            "document added",
            ("from 2025-07-17", "10 codes, 6 diagnoses"),
        ),
        PolicyChange(NAME, "version", ("20 to 21",)),
        PolicyChange(NAME, "days", ("from 2025-07-17, now from 2026-04-16",)),
        PolicyChange(NAME, "diagnoses dropped", ("M47.812",)),
    ]
    back = _changes(after, before)
    assert ("document dropped", ("from 2026-04-16",)) in back


def _download(path: Path, said: dict[str, list[Row]]) -> Path:
    return zipped(path, {**files(said), **files({"lcd": lcd_tables()["lcd"]})})


def test_downloads_are_compared_by_version(tmp_path: Path) -> None:
    said = tables()
    before = _download(tmp_path / "before.zip", said)
    said["article"].append(
        {**said["article"][1], "article_version": "25", "article_eff_date": "2026-01-01"}
    )
    for table in ("article_x_hcpc_code", "article_x_contractor", "article_x_icd10_covered"):
        said[table] += [
            {**row, "article_version": "25"}
            for row in said[table]
            if (row["article_id"], row["article_version"]) == ("58403", "24")
            and row.get("hcpc_code_id") != "64633"
        ]
    said["article_x_icd10_covered"].append(
        {**said["article_x_icd10_covered"][4], "article_version": "25", "icd10_code_id": "M47.815"}
    )
    after = _download(tmp_path / "after.zip", said)
    assert _changes(before, before) == []
    assert _changes(before, after) == [
        ("days", ("from 2025-01-01, now from 2025-01-01 to 2025-12-31",)),
        ("version", ("24 to 25",)),
        ("days", ("from 2025-01-01, now from 2026-01-01",)),
        ("codes dropped", ("64633",)),
        ("diagnoses added", ("M47.815",)),
        ("diagnoses not supporting dropped", ("M54.16",)),
    ]


def test_drafts_say_what_their_download_says(tmp_path: Path) -> None:
    said = tables()
    # Only the newest version of an article is compared with files.
    said["article"] = [row for row in said["article"] if row["article_version"] != "23"]
    download = _download(tmp_path / "current_article.zip", said)
    drafts = tmp_path / "drafts"
    import_download([download], drafts, DAY)
    for sides in ((drafts, download), (download, drafts)):
        found = policy_changes(*sides, DAY)
        assert found.each == ()
        assert found.unchanged == 4
    (drafts / "A59245-v1.toml").unlink()
    found = policy_changes(drafts, download, DAY)
    assert found.each == ()
    assert "Articles of the download without a file: 1." in found.notes[-1]
    assert "rows of article_x_icd10_covered whose code is no diagnosis code (1)" in found.notes[0]
    written(drafts)
    (drafts / "A58403-v24.toml").unlink()
    assert ("codes dropped", ("64491", "64492", "64494", "64495", "64634", "64635", "64636")) in (
        _changes(drafts, download)
    )


def test_the_command_says_it_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = [*map(str, _sides(tmp_path, FACET.replace('"M47.812", "M47.813", ', "")))]
    assert main(["coverage", "diff", *sides]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "diagnoses dropped 2 M47.812, M47.813" in said
    assert "0 documents are the same on both sides." in said
    assert main(["coverage", "diff", sides[0], sides[0]]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said == "Nothing changed. 1 document is the same on both sides."
    assert main(["coverage", "diff", sides[0], str(tmp_path / "none")]) == 2
    assert "There is no file or folder" in capsys.readouterr().err


def test_a_side_that_is_neither_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CoverageError, match="empty lacks the tables article"):
        policy_changes(written(tmp_path), tmp_path / "empty", DAY)
