"""What import takes, what it refuses, and that it changes nothing when it fails."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from payrules.cli.commands import cli
from payrules.errors import ScheduleError
from payrules.files.worksheet_words import first_sheet_read
from payrules.schedules import import_schedule, load_schedules, unpack
from tests.schedules.conftest import GPCI, ROWS, Maker, pprrvu_csv
from tests.schedules.test_other_readers import AOC, MUE, PAIR, PTP
from tests.schedules.test_published_files import CAPS

ANES = "Contractor,Locality,Locality Name,National Anes CF of 20.3178\n02102 ,01 ,ALASKA*,27.86 \n"


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_folder_is_imported_once(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    folder = release(**{"ANES2025.csv": ANES, "notes.csv": "COUNTIES,,\n", "read.pdf": "%"})
    imported = import_schedule(folder, store)
    assert (imported.name, imported.folder) == ("2025D", store / "2025D")
    assert imported.rows == {"codes": 3, "localities": 2, "anesthesia_factors": 2}
    assert (imported.unchanged, imported.ignored) == (False, ("notes.csv",))
    before = {file: file.read_bytes() for file in imported.folder.iterdir()}
    assert import_schedule(folder, store).unchanged
    assert {file: file.read_bytes() for file in imported.folder.iterdir()} == before
    assert [entry.name for entry in store.iterdir()] == ["2025D"]  # nothing unfinished is left


def test_the_further_worksheets_of_a_workbook_of_cms_are_said(
    release: Maker, tmp_path: Path
) -> None:
    folder = release(**{"GPCI2025.csv": ""})
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    for row in csv.reader(io.StringIO(GPCI)):
        first.append(row)
    book.create_sheet("blank")
    book.create_sheet("more")["B2"] = "01112"
    book.save(folder / "GPCI2025.xlsx")
    store = tmp_path / "store"
    assert import_schedule(folder, store).not_seen == (first_sheet_read("GPCI2025.xlsx", (3,)),)
    command = ["schedules", "import", str(folder), "--schedules", str(store)]
    told = " ".join(CliRunner().invoke(cli, command).output.split())
    assert (
        "GPCI2025.xlsx: only the first worksheet was read; there is also data on number 3" in told
    )
    # A workbook that lies beside its CSV is left, and nothing is said of its sheets.
    (folder / "GPCI2025.csv").write_text(GPCI, newline="")
    assert import_schedule(folder, tmp_path / "other").not_seen == ()


def test_record_of_a_release(release: Maker, tmp_path: Path) -> None:
    import_schedule(release(), tmp_path / "store")
    (found,) = load_schedules(tmp_path / "store").releases
    assert (found.effective_from, found.effective_to) == (date(2025, 1, 1), date(2025, 12, 31))
    assert (found.published_for, found.starter) == (date(2025, 10, 1), False)
    assert set(found.sources) == {"PPRRVU2025_Oct.csv", "GPCI2025.csv"}
    assert set(found.files) == {"codes.parquet", "localities.parquet"}
    assert [str(factor) for factor in found.conversion_factors] == ["32.3465"]
    assert "CMS-1807-F" in found.conversion_factors[0].cites


def test_zip_as_cms_nests_it(release: Maker, tmp_path: Path) -> None:
    files = {file.name: file.read_bytes() for file in release().iterdir()}
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("PPRRVU2025_Oct.csv", files["PPRRVU2025_Oct.csv"])
    path = _zip(
        tmp_path / "rvu25d.zip",
        {
            "RVU25D/PPRRVU25.zip": inner.getvalue(),
            "RVU25D\\GPCI2025.csv": files["GPCI2025.csv"],
            "__MACOSX/._GPCI2025.csv": b"\0",
            "RVU25D.docx": b"document",
        },
    )
    assert import_schedule(path, tmp_path / "store").name == "2025D"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("RVU26C.zip", "2026C"),
        ("rvu24ar.zip", "2024AR"),
        ("rvu24ar1.zip", "2024AR"),
        ("rvu25d-0.zip", "2025D"),
        ("rvu26c-updated-06-30-2026.zip", "2026C"),
        ("mine.zip", "mine"),
    ],
)
def test_names(file: str, name: str, release: Maker, tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in release().iterdir()}
    assert import_schedule(_zip(tmp_path / file, files), tmp_path / "store").name == name


def test_zip_bombs_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 100_000)
    bomb = _zip(tmp_path / "bomb.zip", {"PPRRVU.csv": b"0" * 200_000})
    assert bomb.stat().st_size < 1_000
    with pytest.raises(ScheduleError, match=r"PPRRVU.csv in bomb.zip is too large"):
        import_schedule(bomb, tmp_path / "store")
    many = _zip(tmp_path / "many.zip", {f"{at}.csv": b"0" * 60_000 for at in range(2)})
    with pytest.raises(ScheduleError, match="holds more than any CMS release"):
        import_schedule(many, tmp_path / "store")
    nested = bomb
    for at in range(4):
        nested = _zip(tmp_path / f"{at}.zip", {"inner.zip": nested.read_bytes()})
    with pytest.raises(ScheduleError, match="nested too deep"):
        import_schedule(nested, tmp_path / "store")
    each = _zip(tmp_path / "each.zip", {"1.csv": b"0" * 30_000}).read_bytes()
    beside = _zip(tmp_path / "beside.zip", {f"{at}.zip": each for at in range(4)})
    with pytest.raises(ScheduleError, match=r"beside\.zip holds more than any CMS release"):
        import_schedule(beside, tmp_path / "store")
    monkeypatch.setattr(unpack, "_MOST_FILES", 4)
    none = _zip(tmp_path / "none.zip", {}).read_bytes()
    empty = _zip(tmp_path / "empty.zip", {f"{at}.zip": none for at in range(4)})
    with pytest.raises(ScheduleError, match=r"empty\.zip holds more than .* \(4 files"):
        import_schedule(empty, tmp_path / "store")
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4")
    with pytest.raises(ScheduleError, match="not a readable ZIP"):
        import_schedule(tmp_path / "broken.zip", tmp_path / "store")


def test_other_bytes_under_a_taken_name_are_refused(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    folder = release()
    import_schedule(folder, store)
    before = (store / "2025D" / "release.toml").read_bytes()
    (folder / "GPCI2025.csv").write_text(GPCI.replace("0.592", "0.593"), encoding="latin-1")
    with pytest.raises(ScheduleError, match=r"already a '2025D'.* imported from different files"):
        import_schedule(folder, store)
    assert (store / "2025D" / "release.toml").read_bytes() == before
    with pytest.raises(ScheduleError, match=r"'2025D' is already the release effective 2025-10-01"):
        import_schedule(folder, store, "mine")
    assert [entry.name for entry in store.iterdir()] == ["2025D"]
    assert import_schedule(folder, store, "2025DR").name == "2025DR"
    with pytest.raises(ScheduleError, match=r"'2025DR' is already the release"):
        import_schedule(folder, store, "again-2025DR")
    in_force = load_schedules(store).in_force(date(2025, 11, 1))
    assert in_force is not None
    assert in_force.name == "2025DR"


QPP = pprrvu_csv().replace("32.3465", "33.5675").split("\r\n", 10)[10]


def _of_2026(release: Maker, qpp: str) -> Path:
    lines = pprrvu_csv(said="2026", month="July").replace("32.3465", "33.4009")
    return release(
        "2026C",
        **{
            "PPRRVU2025_Oct.csv": "",
            "PPRRVU2026_Jul_nonQPP.csv": lines,
            "PPRRVU2026_Jul_QPP.csv": qpp,
            "GPCI2025.csv": GPCI.replace("2025", "2026"),
        },
    )


def test_qualifying_file_gives_only_its_factor(release: Maker, tmp_path: Path) -> None:
    # Caps are OPPS dollars over each file's own factor, so they may differ.
    qpp = QPP.replace("7.43,7.43,0.04", "7.39,7.39,0.04")
    import_schedule(_of_2026(release, qpp), tmp_path / "store")
    (found,) = load_schedules(tmp_path / "store").releases
    assert {str(f): f.qualifying_apm for f in found.conversion_factors} == {
        "33.4009": False,
        "33.5675": True,
    }
    assert found.codes["cap_facility_pe_rvu"].max() == 743
    assert "PPRRVU2026_Jul_QPP.csv" in found.sources


def test_files_beside_it_for_qualifying_participants_are_not_used(
    release: Maker, tmp_path: Path
) -> None:
    folder = _of_2026(release, QPP)
    for name in ("ANES2026", "OPPSCAP_Jul"):
        text = ANES if name == "ANES2026" else CAPS
        (folder / f"{name}_nonQPP.csv").write_text(text, encoding="latin-1", newline="")
        (folder / f"{name}_QPP.csv").write_text(text + "\r\n", encoding="latin-1", newline="")
    imported = import_schedule(folder, tmp_path / "store")
    assert (imported.rows["opps_cap"], imported.rows["anesthesia_factors"]) == (2, 2)
    assert "OPPSCAP_Jul_QPP.csv" not in load_schedules(tmp_path / "store").releases[0].sources


def test_qualifying_file_of_another_release_is_refused(release: Maker, tmp_path: Path) -> None:
    qpp = QPP.replace("7.03,8.22,NA,8.22,,1.39", "7.02,8.22,NA,8.22,,1.40")
    with pytest.raises(ScheduleError, match="different RVUs for 29881"):
        import_schedule(_of_2026(release, qpp), tmp_path / "store")


def test_factor_of_a_year_to_come_is_the_files_own(release: Maker, tmp_path: Path) -> None:
    texts = {
        "PPRRVU2025_Oct.csv": pprrvu_csv(said="2031").replace("32.3465", "35.0000"),
        "GPCI2025.csv": GPCI.replace("2025", "2031"),
    }
    import_schedule(release("2031D", **texts), tmp_path / "store")
    (factor,) = load_schedules(tmp_path / "store").named("2031D").conversion_factors
    assert (str(factor), factor.cites) == ("35.0000", "PPRRVU2025_Oct.csv")
    assert factor.effective_from == date(2031, 1, 1)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"GPCI2025.csv": ""}, "no GPCI file"),
        ({"PPRRVU2025_Oct.csv": ""}, "needs the PPRRVU file for all practitioners; found none"),
        (
            {"PPRRVU2025_Oct.csv": "", "PPRRVU2025_QPP.csv": pprrvu_csv()},
            "only the file for qualifying APM participants",
        ),
        ({"GPCI2025.csv": GPCI.replace("2025", "2024")}, "GPCI2025.csv is for 2024.* for 2025"),
        ({"PPRRVU2025_Jul.csv": pprrvu_csv(month="July")}, "more than one PPRRVU file"),
        (
            {"PPRRVU2025_Oct.csv": pprrvu_csv().replace("32.3465", "33.4009")},
            "has the conversion factor 33.4009; for 2025 it is 32.3465",
        ),
        ({"PPRRVU2025_Oct.csv": pprrvu_csv(ROWS[1:])}, "29870, the endoscopic base of 29881"),
        ({"ANES2025.csv": ANES.replace("02102", "09102")}, "locality 09102-01, which GPCI2025.csv"),
        ({"Eff_07-01-2026.csv": MUE}, r"holds both a release and separate tables \(mue\)"),
    ],
)
def test_refusals_leave_no_trace(
    files: dict[str, str], said: str, release: Maker, tmp_path: Path
) -> None:
    with pytest.raises(ScheduleError, match=said):
        import_schedule(release(**files), tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_quarter_must_be_known(release: Maker, tmp_path: Path) -> None:
    headless = pprrvu_csv().split("\r\n", 10)[10]
    folder = release("mine", **{"PPRRVU2025_Oct.csv": "", "rows.csv": headless})
    with pytest.raises(ScheduleError, match=r"not state its quarter.*2025D October"):
        import_schedule(folder, tmp_path / "store")
    import_schedule(folder, tmp_path / "store", "2025B")
    assert load_schedules(tmp_path / "store").named("2025b").published_for == date(2025, 4, 1)


@pytest.mark.parametrize("name", ["starter-2025", "../up", "a/b", ".hidden", "CON:", ""])
def test_names_that_cannot_be(name: str, release: Maker, tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="--name"):
        import_schedule(release("-" if not name else "2025D"), tmp_path / "store", name)


def test_what_is_not_cms(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text("claim_id,hcpcs_code\n1,99213\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "book.xlsx").write_bytes(b"not a workbook")
    (tmp_path / "rvu25d.zip").write_text("<!DOCTYPE html><p>I accept", encoding="utf-8")
    (tmp_path / "licence.csv").write_text("\n<html><p>I accept", encoding="utf-8")
    (tmp_path / "layout.pdf").write_bytes(b"%PDF-1.7 ...")
    (tmp_path / "people.csv").write_text("Doe,Jane,Chicago\nRoe,Rick,Aurora\n", encoding="utf-8")
    (tmp_path / "fees.csv").write_text("hcpcs_code,rate\n99213,90\n", encoding="utf-8")
    (tmp_path / "BB.csv").write_text("Addendum BB -- ASC Ancillary,,\n", encoding="utf-8")
    for name, looks in (
        ("claims.csv", r"it is a claims file \(use payrules estimate\)"),
        ("empty.csv", "it is empty"),
        ("book.xlsx", "it cannot be read"),
        ("licence.csv", "it is a web page"),
        ("layout.pdf", "it is a PDF"),
        ("people.csv", "it is a table of 3 columns without CMS's headings"),
        ("fees.csv", "it is a table of hcpcs_code, rate"),
        ("BB.csv", r"it is a different CMS file \(Addendum BB\)"),
    ):
        with pytest.raises(
            ScheduleError, match=f"{name} holds no file .* recognizes: {looks}"
        ) as said:
            import_schedule(tmp_path / name, tmp_path / "store")
        assert "Doe" not in str(said.value)
    with pytest.raises(ScheduleError, match=r"rvu25d.zip is not a readable ZIP"):
        import_schedule(tmp_path / "rvu25d.zip", tmp_path / "store")
    with pytest.raises(ScheduleError, match="no file or folder"):
        import_schedule(tmp_path / "absent", tmp_path / "store")


def test_tables_of_edits(tmp_path: Path) -> None:
    store = tmp_path / "store"
    folder = tmp_path / "edits"
    folder.mkdir()
    for name, text in {
        "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv": MUE,
        "ccipra-v322r0-f1.txt": PTP + PAIR,
        "AOC_V2026Q2-MCR.csv": AOC,
    }.items():
        (folder / name).write_text(text, encoding="latin-1")
        imported = import_schedule(folder / name, store)
        assert not imported.unchanged
    assert sorted(entry.name for entry in store.iterdir()) == [
        "add_on-2026-04-01",
        "mue-2026-07-01",
        "ptp-2026-07-01",
    ]
    schedules = load_schedules(store)
    assert [source["kind"] for source in schedules.table_sources()] == ["mue", "ptp", "add_on"]
    assert schedules.table("zip") is None
    with pytest.raises(ScheduleError, match="already holds the add_on table effective 2026"):
        import_schedule(folder, store, "all")
    both = import_schedule(folder, tmp_path / "other", "all")
    assert both.rows == {"mue": 3, "ptp": 1, "add_on": 3}
