"""A download of the Medicare Coverage Database becomes drafts; all else of it is accounted for."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from payrules.coverage.download.dates import as_date
from payrules.coverage.download.documents import plain
from payrules.coverage.download.importing import Drafted, chosen, import_download
from payrules.coverage.policy import Policy
from payrules.coverage.policy_file import must_be_verified, read_policies
from payrules.errors import CoverageError, UsageError
from tests.coverage.download import (
    DESCRIPTOR,
    HEADINGS,
    csv_text,
    files,
    lcd_tables,
    tables,
    zipped,
)
from tests.real_files import COVERAGE_HEADINGS, skip_without

DAY = date(2026, 3, 1)
LETTERS = b'38801,20,1,"A Person, MD",letters/1.pdf,12 KB,1,2025-01-01\r\n'


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An article and an LCD download, as CMS packs them."""
    folder = tmp_path_factory.mktemp("downloads")
    said = {**files(tables()), "article_x_urls.csv": b"article_id,url\r\n1,x\r\n"}
    lcds = {**files(lcd_tables()), "lcd_x_requestor_letters.csv": LETTERS}
    return [
        zipped(folder / "current_article.zip", said),
        zipped(folder / "current_lcd.zip", lcds),
    ]


@pytest.fixture(scope="module")
def imported(downloads: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    return import_download(downloads, tmp_path_factory.mktemp("policies") / "drafts", DAY)


@pytest.fixture(scope="module")
def policies(imported: Drafted) -> dict[str, Policy]:
    return {each.file: each for each in read_policies([imported.folder])}


def test_drafts_are_one_a_version_and_read_back(policies: dict[str, Policy]) -> None:
    assert sorted(policies) == [
        *("A58403-v23.toml", "A58403-v24.toml", "A58405-v21.toml"),
        *("A59244-v17.toml", "A59245-v1.toml"),
    ]
    earlier, policy = policies["A58403-v23.toml"], policies["A58403-v24.toml"]
    assert (earlier.effective_from, earlier.effective_to) == (date(2024, 3, 1), date(2024, 12, 31))
    assert earlier.codes == {"64492"}
    assert (policy.id, policy.article, policy.title) == ("L38801", "A58403", "Facet & joints")
    assert (policy.effective_from, policy.effective_to) == (date(2025, 1, 1), None)
    assert policy.macs == ("01112", "01182")
    assert policy.codes == {"64490", "64493", "64633"}
    assert policy.diagnoses[0].any_of == ("M47812", "M47813", "M47814", "M47816")
    assert policy.read_on == DAY
    # The LCD's version at hand is later than the article's: it is not cited as in force with it.
    assert policy.document_version is None


def test_a_draft_denies_and_limits_nothing(policies: dict[str, Policy]) -> None:
    for policy in policies.values():
        with pytest.raises(CoverageError, match="is not verified"):
            must_be_verified([policy])
        assert (policy.noncovered, policy.frequency, policy.sessions) == ((), (), ())
        assert not any(each.closed for each in policy.diagnoses)


def test_a_draft_of_a_day_to_come_can_be_read(downloads: list[Path], tmp_path: Path) -> None:
    import_download(downloads, tmp_path, date(2999, 1, 1))
    (day,) = {each.read_on for each in read_policies([tmp_path])}
    assert day == date.today()


def test_an_lcd_that_will_be_retired_ends_its_draft(policies: dict[str, Policy]) -> None:
    policy = policies["A58405-v21.toml"]
    assert (policy.id, policy.document_version) == ("L38803", "16")
    assert policy.effective_to == date(2026, 4, 15)


def test_a_draft_cites_the_lcd_s_version_of_its_own_days(tmp_path: Path) -> None:
    lcds = lcd_tables()
    lcds["lcd"][0] = {**lcds["lcd"][0], "rev_eff_date": "2024-12-01"}
    lcds["lcd"].append({**lcds["lcd"][0], "lcd_version": "21", "rev_eff_date": "2026-03-09"})
    path = zipped(tmp_path / "both.zip", {**files(tables()), **files(lcds)})
    import_download([path], tmp_path / "drafts", DAY)
    (policy,) = read_policies([tmp_path / "drafts" / "A58403-v24.toml"])
    assert policy.document_version == "20"
    text = (tmp_path / "drafts" / "A58403-v24.toml").read_text(encoding="utf-8")
    assert "L38801 version 21 is in force since 2026-03-09, while these lists stay" in text
    earlier = (tmp_path / "drafts" / "A58403-v23.toml").read_text(encoding="utf-8")
    assert "later than these lists" in " ".join(earlier.replace("# ", "").split())


def test_an_lcd_of_two_articles_names_neither_draft(policies: dict[str, Policy]) -> None:
    assert {policies[f"A5924{each}.toml"].id for each in ("4-v17", "5-v1")} == {"A59244", "A59245"}
    # A version that was never revised begins on the day of its publication.
    assert policies["A59244-v17.toml"].effective_from == date(2024, 6, 1)
    assert policies["A59244-v17.toml"].title == "Sacroiliac joint - é"


def test_what_only_prose_says_stands_beside_it(imported: Drafted) -> None:
    text = (imported.folder / "A58403-v24.toml").read_text(encoding="utf-8")
    said = " ".join(re.sub("^ *# ", "", text, flags=re.M).split())
    assert "Group 1: Injections of the facet joints , see" in said
    assert 'Group 1: A code from "Group 1" and a code from Group 2' in said
    assert "With an asterisk: M47.813. Only with one." in said
    assert "Ranges begin or end with M47.812, M47.814" in said
    assert "as not supporting a service, group 1: M54.16. Not for these." in said
    # A group without a code may say that all others are not supported.
    assert "group 2: no code. All codes that are not listed above." in said
    assert "Not taken from the article's lists: 6449, M47.817 (range mark 'Q'), XX000." in said
    assert "Modifiers that the article names: 50, KX." in said
    assert "Of its codes other groups list too: 64493." in said
    assert "A Contractor, LLC (CA)." in said
    undiagnosed = (imported.folder / "A59245-v1.toml").read_text(encoding="utf-8")
    assert "# No diagnosis is listed in group 1: Any diagnosis that the record" in undiagnosed
    long = said[said.index("Long: ") :].split("…")[0]
    assert len(long) < 200
    for path in imported.folder.iterdir():
        assert DESCRIPTOR not in path.read_text(encoding="utf-8")


def test_all_that_was_passed_over_is_counted(imported: Drafted) -> None:
    assert imported.passed_over == {
        "articles of status P, neither A nor R": 1,
        "draft articles, which have a number of their own": 1,
        "articles without a first day": 1,
        "articles with a date that cannot be read": 1,
        "retired articles without a last day": 1,
        "articles of no Part B contractor in office": 1,
        "articles that list no procedure code": 1,
        "Part B contractors whose jurisdictions have all ended": 1,
        "rows of article_x_hcpc_code whose code is no procedure code": 1,
        "rows of article_x_icd10_covered whose code is no diagnosis code": 1,
        "rows of article_x_icd10_covered with the range mark 'Q', which is not known": 1,
        "LCDs that are neither in force nor retired": 1,
        "NCDs, of which the download lists no procedure code": 1,
    }
    assert imported.notes == (
        "Tables not used: article_x_bill_code, lcd_x_requestor_letters.",
        "Not recognised by their headings, and not read: article_x_urls.csv in"
        " current_article.zip.",
    )


def test_a_folder_of_renamed_tables_gives_the_same_drafts(
    imported: Drafted, tmp_path: Path
) -> None:
    """Tables are known by their headings; the order of files and their names say nothing."""
    folder = tmp_path / "all_article"
    folder.mkdir()
    for number, content in enumerate([*files(tables()).values(), *files(lcd_tables()).values()]):
        (folder / f"{99 - number}.CSV").write_bytes(content)
    again = import_download([folder], tmp_path / "drafts", DAY)
    assert {path.name: path.read_text(encoding="utf-8") for path in again.folder.iterdir()} == {
        path.name: path.read_text(encoding="utf-8") for path in imported.folder.iterdir()
    }


def test_a_later_version_ends_an_earlier_one(tmp_path: Path) -> None:
    said = tables()
    said["article"] = [
        {**row, "status": "A", "article_rev_end_date": ""}
        for row in said["article"]
        if row["article_id"] == "58403"
    ]
    twin = {**said["article"][1], "article_version": "25"}
    found = import_download([_folder(tmp_path, said)], tmp_path / "drafts", DAY)
    ends = {each.version: each.effective_to for each in found.written}
    assert ends == {"23": date(2024, 12, 31), "24": None}
    said["article"] += [twin, {**twin, "article_version": "9" * 5_000}]
    said["article_x_hcpc_code"].append({**said["article_x_hcpc_code"][1], "article_version": "25"})
    said["article_x_contractor"].append(
        {**said["article_x_contractor"][1], "article_version": "25"}
    )
    found = import_download([_folder(tmp_path, said)], tmp_path / "more", DAY)
    assert [each.version for each in found.written] == ["23", "25"]
    assert found.passed_over["versions that another replaced on their first day"] == 1
    assert found.passed_over["articles without a number or version"] == 1
    read_policies([tmp_path / "more"])


def test_no_text_of_a_download_breaks_its_draft(tmp_path: Path) -> None:
    said = tables()
    nasty = 'A "title" \\ with\r\n[policy]\nid = "X" \x00\x07\u2028 é <b>&amp;lt;\u202e'
    said["article"][1] = {**said["article"][1], "title": nasty}
    said["article_x_hcpc_code_group"][0] = {
        **said["article_x_hcpc_code_group"][0],
        "paragraph": nasty,
    }
    said["article_x_hcpc_modifier"][0] = {
        **said["article_x_hcpc_modifier"][0],
        "hcpc_modifier_code_id": nasty,
    }
    said["contractor"] = [{**row, "contractor_bus_name": nasty} for row in said["contractor"]]
    where = tmp_path / "drafts"
    # Whole in UTF-8: the title has characters that are none of Latin-1.
    content = {name: csv_text(name, rows).encode() for name, rows in said.items()}
    import_download(
        [zipped(tmp_path / "x.zip", {f"{name}.csv": text for name, text in content.items()})],
        where,
        DAY,
    )
    (policy,) = read_policies([where / "A58403-v24.toml"])
    assert policy.id == "L38801"
    assert policy.title == 'A "title" \\ with [policy] id = "X" é <'
    assert policy.codes == {"64490", "64493", "64633"}


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        # A sign that is read before tags are taken out would begin one.
        (
            "<p>Patients with BMI &lt; 35 only. Four sessions.</p><p>Requires Group 1 and 2</p>",
            "Patients with BMI < 35 only. Four sessions. Requires Group 1 and 2",
        ),
        (
            "<p>Relief &lt;50% or age &lt;b and score &gt;4</p>",
            "Relief <50% or age <b and score >4",
        ),
        ("<p>BMI < 35 and > 20</p>", "BMI < 35 and > 20"),
        ("<p class=\"a\" style='b'>One<br/>two<!-- <b> three --></p>", "One two"),
        # Encoded twice: the tags that were meant go, and what was text stays.
        ("&lt;p&gt;BMI &amp;lt; 35&lt;/p&gt;&lt;br /&gt;Group 1", "BMI < 35 Group 1"),
        ('&lt;a href="x"&gt;Group&lt;/a&gt; 1 &amp;amp; 2', "Group 1 & 2"),
        ("<p>a &lt;b and c&gt; d</p>", "a <b and c> d"),
        (None, ""),
    ],
)
def test_no_text_of_a_paragraph_is_lost_with_its_tags(paragraph: str | None, said: str) -> None:
    assert plain(paragraph) == said


def test_a_file_that_is_not_recognised_is_named_with_where_it_lies(tmp_path: Path) -> None:
    odd = {"mystery.csv": b"a,b\r\n1,2\r\n"}
    given = [
        zipped(tmp_path / "current_article.zip", {**files(tables()), **odd}),
        zipped(tmp_path / "current_lcd.zip", {**files(lcd_tables()), **odd}),
        _folder(tmp_path, tables(), mystery="a,b\n1,2\n"),
    ]
    told = (
        "mystery.csv in current_article.zip, mystery.csv in current_lcd.zip, mystery.csv in table"
    )
    (note,) = (
        each
        for each in import_download(given, tmp_path / "drafts", DAY).notes
        if "Not recognised" in each
    )
    assert told in note
    (tmp_path / "both").mkdir()
    for path in given[:2]:
        path.rename(tmp_path / "both" / path.name)
    again = import_download([tmp_path / "both"], tmp_path / "more", DAY)
    assert "mystery.csv in current_article.zip, mystery.csv in current_lcd.zip." in " ".join(
        again.notes
    )


def test_only_what_was_chosen_is_drafted(downloads: list[Path], tmp_path: Path) -> None:
    found = import_download(downloads, tmp_path, DAY, chosen(["64490"], ["02102"]))
    assert [each.name for each in found.written] == ["A58405 version 21"]
    assert found.passed_over["articles of other codes or contractors than were chosen"] == 4
    with pytest.raises(CoverageError, match=r"^Nothing was written: of 5 articles"):
        import_download(downloads, tmp_path, DAY, chosen(["99999"], []))
    with pytest.raises(CoverageError, match="'6449' is no procedure code"):
        chosen(["6449"], [])
    with pytest.raises(CoverageError, match="'CA' is no contractor number"):
        chosen([], ["CA"])


def test_a_file_that_is_there_stays(downloads: list[Path], tmp_path: Path) -> None:
    mac = chosen([], ["02102"])
    import_download(downloads, tmp_path, DAY, mac)
    (path,) = tmp_path.glob("*.toml")
    with pytest.raises(UsageError, match=r"A58405-v21\.toml already exists; name another folder"):
        import_download(downloads, tmp_path, DAY, mac)
    with pytest.raises(UsageError, match="already exists"):
        import_download(downloads, tmp_path, DAY)
    assert [*tmp_path.glob("*.toml")] == [path]
    import_download(downloads, tmp_path, DAY, mac, force=True)
    verified = path.read_text(encoding="utf-8").replace(
        "read_on", 'verified = { by = "A. Reader", on = 2026-03-01 }\nread_on'
    )
    path.write_text(verified, encoding="utf-8")
    with pytest.raises(UsageError, match="is verified, and is not replaced by a draft"):
        import_download(downloads, tmp_path, DAY, mac, force=True)
    assert path.read_text(encoding="utf-8") == verified


def _folder(tmp_path: Path, said: dict[str, list[dict[str, str]]], **more: str) -> Path:
    folder = tmp_path / f"tables{len([*tmp_path.iterdir()])}"
    folder.mkdir()
    for name, content in files(said).items():
        (folder / name).write_bytes(content)
    for name, text in more.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_what_is_no_whole_download_is_refused_in_a_sentence(tmp_path: Path) -> None:
    said = tables()
    contractors = csv_text("contractor", said["contractor"])
    jurisdictions = csv_text("contractor_jurisdiction", said["contractor_jurisdiction"])
    damaged = [
        ({"contractor": contractors.replace("contractor_number", "number")},
         r"contractor.csv in tables\d+ lacks the column contractor_number; it has 23 columns"),
        ({"contractor": contractors.replace("01112", '"01112')},
         r"contractor.csv in tables\d+, row 2, has \d+ cells under 23 headings: it is damaged"),
        ({"contractor": contractors + "1,2\r\n"}, "row 8, has 2 cells under 23 headings"),
        ({"contractor": re.sub(r"\b0(\d{4})\b", r"\1", contractors)},
         r"Part B contractors whose number is not five digits \(4\)"),
        ({"contractor_type_lookup": "contractor_type_id,description\r\n9,DME MAC\r\n"},
         "names no 'MAC - Part B'"),
        ({"more": contractors.replace("01112", "01113")},
         "numbers 01112 and 01113: the downloads are of different days"),
        ({"contractor_jurisdiction": jurisdictions.replace("09/15/2013", "soon")},
         "has a term_date that is no date"),
    ]  # fmt: skip
    for more, sentence in damaged:
        with pytest.raises(CoverageError, match=sentence):
            import_download([_folder(tmp_path, said, **more)], tmp_path / "drafts", DAY)
    lcds = zipped(tmp_path / "current_lcd.zip", files(lcd_tables()))
    with pytest.raises(CoverageError, match=r"current_lcd.zip lacks the tables article, article_x"):
        import_download([lcds], tmp_path / "drafts", DAY)
    assert not (tmp_path / "drafts").exists()


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "current_article.zip"
    packed = io.BytesIO()
    with ZipFile(packed, "w", 8) as archive:
        archive.writestr("article.csv", b"0" * (33 << 20))
    with ZipFile(path, "w") as archive:
        archive.writestr("current_article_csv.zip", packed.getvalue())
    with pytest.raises(CoverageError, match="far more than a table would"):
        import_download([path], tmp_path / "drafts", DAY)
    path.write_bytes(b"PK\3\4 and no more")
    with pytest.raises(CoverageError, match="is not a readable ZIP"):
        import_download([path], tmp_path / "drafts", DAY)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-01-02", date(2025, 1, 2)),
        ("2025-01-02 00:00:00.000", date(2025, 1, 2)),
        ("2025-01-02T00:00:00", date(2025, 1, 2)),
        ("01/02/2025", date(2025, 1, 2)),
        ("1/2/2025 12:00:00 AM", date(2025, 1, 2)),
        ("N/A", None),
        (None, None),
    ],
)
def test_dates_are_read_in_both_forms(written: str | None, day: date | None) -> None:
    assert as_date(written) == day


@pytest.mark.parametrize(
    "written", ["2025", "20250102", "13/40/2025", "2025-02-30", "01/02/25", "0001-01-01"]
)
def test_what_is_no_date_is_not_guessed(written: str) -> None:
    with pytest.raises(ValueError, match=r"no date|month must|day is out"):
        as_date(written)


def test_the_made_up_download_has_the_recorded_headings() -> None:
    skip_without(COVERAGE_HEADINGS)
    with COVERAGE_HEADINGS.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            table, columns = row["table"], {*row["columns"].split(",")}
            if table in HEADINGS and table not in {"article", "lcd", "ncd_trkg"}:
                assert {*HEADINGS[table].split(",")} == columns, table
            elif table in {"lcd", "ncd_trkg"}:
                assert {*HEADINGS[table].split(",")} <= columns, table
