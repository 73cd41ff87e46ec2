"""What changed between policies is told document by document, and nothing else is."""

from datetime import date
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.coverage.compared import PolicyChange
from payrules.coverage.comparison import policy_changes
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


PARAGRAPHS = (
    *("codes, group 1", "codes, group 2", "diagnoses not supporting, group 1"),
    *("diagnoses not supporting, group 2", "diagnoses, group 1"),
)


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
        ("modifiers dropped", ("50", "KX")),
        ("paragraphs changed", PARAGRAPHS),
    ]
    # What is over leaves a download of what is current, and is no document dropped.
    said["article"] = [row for row in said["article"] if row["article_version"] not in {"23", "24"}]
    current = policy_changes(after, _download(tmp_path / "current.zip", said), DAY)
    assert current.each == ()
    assert current.notes[-1] == (
        "Versions whose days were over before 2026-03-01, and that only one side has: 2."
    )
    said["article_x_icd10_covered_group"][1]["paragraph"] = "Only of group 1."  # type: ignore[index]
    reworded = policy_changes(tmp_path / "current.zip", _download(tmp_path / "x.zip", said), DAY)
    assert [*reworded.each] == [
        PolicyChange("A59245 version 1 (01112)", "paragraphs changed", ("diagnoses, group 1",))
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


def _version(said: dict[str, list[Row]], number: str, first: str, **instead: object) -> None:
    """Add a version of A58403 as its version 24, without and with some codes."""
    without, more = instead.get("without", ()), instead.get("more", ())
    said["article"].append(
        {**said["article"][1], "article_version": number, "article_eff_date": first}
    )
    for table in (
        *("article_x_hcpc_code", "article_x_contractor", "article_x_icd10_covered"),
        *("article_related_documents", "article_x_icd10_noncovered"),
    ):
        rows = [
            {**row, "article_version": number}
            for row in said[table]
            if (row["article_id"], row["article_version"]) == ("58403", "24")
            and row.get("hcpc_code_id") not in without
            and row.get("icd10_code_id") not in without
            and row.get("contractor_id") not in without
        ]
        said[table] += rows
    codes = said["article_x_hcpc_code"]
    codes += [{**codes[1], "article_version": number, "hcpc_code_id": code} for code in more]


def _whole(
    path: Path, said: dict[str, list[Row]], lcds: dict[str, list[Row]] | None = None
) -> Path:
    return zipped(path, {**files(said), **files(lcds or lcd_tables())})


def _drafted(tmp_path: Path, said: dict[str, list[Row]], *names: str) -> Path:
    """Draft what a download says, and keep some of the drafts."""
    drafts = tmp_path / "kept"
    import_download([_whole(tmp_path / "drafted.zip", said)], drafts, DAY)
    for path in drafts.iterdir():
        if path.name.removesuffix(".toml") not in names:
            path.unlink()
    return drafts


def test_a_file_is_compared_with_the_version_in_force_and_each_to_come(tmp_path: Path) -> None:
    said = tables()
    kept = _drafted(tmp_path, said, "A58403-v24")
    _version(said, "26", "2026-02-01", without={"M47.813", "64633", "363"}, more=["64999"])
    _version(said, "25", "2027-01-01", more=["64628"])
    new = _whole(tmp_path / "new.zip", said)
    in_force, to_come = (
        f"L38801, article A58403 version {number} (01112 and 1 more)" for number in (26, 25)
    )
    later = [
        PolicyChange(to_come, "days", ("from 2025-01-01, now from 2027-01-01",)),
        PolicyChange(to_come, "codes added", ("64628",)),
    ]
    assert [*policy_changes(kept, new, DAY).each] == [
        PolicyChange(in_force, "days", ("from 2025-01-01, now from 2026-02-01 to 2026-12-31",)),
        PolicyChange(in_force, "contractors dropped", ("01182",)),
        PolicyChange(in_force, "codes added", ("64999",)),
        PolicyChange(in_force, "codes dropped", ("64633",)),
        PolicyChange(in_force, "diagnoses dropped", ("M47.813",)),
        *later,
    ]
    # On a day before, version 24 is in force, and both others are to come.
    before = policy_changes(kept, new, date(2026, 1, 31))
    assert before.each[0].values == ("from 2025-01-01, now from 2025-01-01 to 2026-01-31",)
    assert [each.what for each in before.each[1:3]] == ["days", "contractors dropped"]
    assert [*before.each[-2:]] == later
    # The other way round what is new is old.
    back = policy_changes(new, kept, DAY)
    assert PolicyChange(in_force, "codes dropped", ("64999",)) in back.each
    assert PolicyChange(in_force, "contractors added", ("01182",)) in back.each
    assert "with the version in force on 2026-03-01" in " ".join(back.notes)


def test_files_of_versions_that_the_download_has_are_not_dropped(tmp_path: Path) -> None:
    said = tables()
    _version(said, "25", "2027-01-01", more=["64628"])
    kept = _drafted(tmp_path, said, "A58403-v23", "A58403-v24", "A58403-v25")
    whole = _whole(tmp_path / "whole.zip", said)
    same = policy_changes(kept, whole, DAY)
    assert (same.each, same.unchanged) == ((), 1)
    # A download of what is current has no version that ended: that is noted, and no change.
    said["article"] = [row for row in said["article"] if row["article_version"] != "23"]
    current = policy_changes(kept, _whole(tmp_path / "current.zip", said), DAY)
    assert (current.each, current.unchanged) == ((), 1)
    assert "Files of days before 2026-03-01 of which the download has no version: 1." in (
        current.notes
    )
    # One to come that was taken back is told from the one that is in force.
    said["article"] = [row for row in said["article"] if row["article_version"] != "25"]
    back = _changes(kept, _whole(tmp_path / "back.zip", said))
    assert back == [
        ("days", ("from 2025-01-01 to 2026-12-31, now from 2025-01-01",)),
        ("days", ("from 2027-01-01, now from 2025-01-01",)),
        ("codes dropped", ("64628",)),
    ]


def test_files_that_part_an_article_s_contractors_are_each_compared(tmp_path: Path) -> None:
    said = tables()
    kept = _drafted(tmp_path, said, "A58403-v24")
    (path,) = kept.iterdir()
    text = path.read_text(encoding="utf-8")
    both = 'macs = ["01112", "01182"]'
    assert both in text
    for name, mac in (("one", "01112"), ("other", "01182")):
        (kept / f"{name}.toml").write_text(text.replace(both, f'macs = ["{mac}"]'), "utf-8")
    path.unlink()
    same = policy_changes(kept, _whole(tmp_path / "same.zip", said), DAY)
    assert (same.each, same.unchanged) == ((), 1)
    # A contractor of whom no file is stands in a note; one that another file has is told.
    said["article_x_contractor"].append({**said["article_x_contractor"][1], "contractor_id": "365"})
    noted = policy_changes(kept, _whole(tmp_path / "noted.zip", said), DAY)
    assert noted.each == ()
    assert "A58403 is also of contractors of whom no file is: 02102." in noted.notes
    written(kept, FACET.replace("A58403", "A58405").replace('"01112", "01182"', '"02102"'))
    told = policy_changes(kept, _whole(tmp_path / "told.zip", said), DAY)
    assert (
        PolicyChange("L38801, article A58403 version 24", "contractors added", ("02102",))
        in told.each
    )


def test_without_lcds_no_retirement_is_taken_back(tmp_path: Path) -> None:
    said = tables()
    kept = _drafted(tmp_path, said, "A58405-v21")
    without = zipped(tmp_path / "current_article.zip", files(said))
    for sides in ((kept, without), (without, kept)):
        found = policy_changes(*sides, DAY)
        assert (found.each, found.unchanged) == ((), 1)
        notes = " ".join(found.notes)
        assert "current_article.zip: No table of LCDs is at hand" in notes
        assert "Put current_article.zip and current_lcd.zip into one folder" in notes
    # A download that knows more takes nothing back either, and an end that is sure is told.
    whole = _whole(tmp_path / "whole.zip", said)
    assert _changes(whole, without) == []
    said["article"][4] = {**said["article"][4], "status": "R", "article_end_date": "2026-03-31"}
    ended = zipped(tmp_path / "ended.zip", files(said))
    told = ("days", ("from 2025-01-01 to 2026-04-15, now from 2025-01-01 to 2026-03-31",))
    assert _changes(kept, ended) == [told]
    (tmp_path / "both").mkdir()
    for path, content in ((without, None), (tmp_path / "current_lcd.zip", lcd_tables())):
        if content is not None:
            zipped(path, files(content))
        path.rename(tmp_path / "both" / path.name)
    assert _changes(kept, tmp_path / "both") == []


def test_an_lcd_that_was_revised_or_replaced_is_told(tmp_path: Path) -> None:
    said, lcds = tables(), lcd_tables()
    before = _whole(tmp_path / "before.zip", said)
    kept = _drafted(tmp_path, said, "A58403-v24", "A58405-v21")
    lcds["lcd"].append({**lcds["lcd"][0], "lcd_version": "21", "rev_eff_date": "2026-03-05"})
    after = _whole(tmp_path / "after.zip", said, lcds)
    assert _changes(before, after) == [("LCD version", ("20 to 21, since 2026-03-05",))]
    # The draft bears no version of the LCD, and was read before that one began.
    assert _changes(kept, after) == [("LCD version", ("not named to 21, since 2026-03-05",))]
    for row in said["article_related_documents"]:
        if row["r_lcd_id"] == "38803":
            row["r_lcd_id"] = "38805"  # type: ignore[index]
    moved = _whole(tmp_path / "moved.zip", said)
    assert ("LCD", ("L38803, now L38805",)) in _changes(kept, moved)
    assert ("LCD", ("L38803, now L38805",)) in _changes(before, moved)


def test_what_a_download_cannot_have_is_not_dropped(tmp_path: Path) -> None:
    said = tables()
    whole = _whole(tmp_path / "whole.zip", said)
    kept = tmp_path / "kept"
    kept.mkdir()
    payer = FACET.replace('authority = "LCD"', 'authority = "payer"').replace("L38801", "Acme 1")
    written(kept, payer.replace('article = "A58403"\n', ""), "acme.toml")
    lone = FACET.replace('article = "A58403"\n', "")
    written(kept, lone.replace("L38801", "L39462"), "several.toml")
    found = policy_changes(kept, whole, DAY)
    assert found.each == ()
    notes = " ".join(found.notes)
    assert "Not compared, since a download has articles of LCDs alone: Acme 1." in notes
    assert "the download has several of its LCD: L39462." in notes
    # Of an LCD with one article it is that one's.
    written(kept, lone, "lone.toml")
    changes = policy_changes(kept, whole, DAY).each
    assert {each.document for each in changes} == {
        "L38801, article A58403 version 24 (01112 and 3 more)"
    }
    assert "document dropped" not in {each.what for each in changes}


def test_a_document_without_its_contractors_says_which(tmp_path: Path) -> None:
    said = tables()
    written(tmp_path, FACET.replace('"01112", "01182", "01212", "01312"', '"12302"'), "far.toml")
    found = _changes(tmp_path / "far.toml", _whole(tmp_path / "whole.zip", said))
    assert found == [("contractors dropped", ("12302",))]
    gone = written(tmp_path, FACET.replace("A58403", "A50000"), "gone.toml")
    assert _changes(gone, tmp_path / "whole.zip") == [("document dropped", ("from 2025-07-17",))]
    notes = policy_changes(gone, tmp_path / "whole.zip", DAY).notes
    assert "1 of these has a code and a contractor of a file: A58403." in notes


def test_a_version_without_a_file_is_compared_with_what_it_follows(tmp_path: Path) -> None:
    said = tables()
    kept = _drafted(tmp_path, said, "A58403-v24")
    (path,) = kept.iterdir()
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "effective_from = 2025-01-01", "effective_from = 2025-01-01\neffective_to = 2025-12-31"
        ),
        "utf-8",
    )
    _version(said, "26", "2026-05-01", more=["64999"])
    said["article"][1] = {**said["article"][1], "status": "R", "article_end_date": "2025-12-31"}
    assert _changes(kept, _whole(tmp_path / "revived.zip", said)) == [
        ("days", ("from 2025-01-01 to 2025-12-31, now from 2026-05-01",)),
        ("codes added", ("64999",)),
    ]
    # A file of days to come is none for those of today.
    path.write_text(
        text.replace("effective_from = 2025-01-01", "effective_from = 2027-01-01"), "utf-8"
    )
    said["article"][-1] = {
        **said["article"][-1],
        "article_eff_date": "2026-02-01",
        "status": "R",
        "article_end_date": "2026-06-30",
    }
    _version(said, "27", "2026-07-01")
    said["article"][-1] = {**said["article"][-1], "status": "A", "article_end_date": ""}
    found = _changes(kept, _whole(tmp_path / "today.zip", said))
    assert ("document added", ("from 2026-02-01 to 2026-06-30", "4 codes, 4 diagnoses")) in found
