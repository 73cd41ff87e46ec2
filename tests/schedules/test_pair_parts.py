"""CMS cuts the pairs into four files: they merge however they come, and what is missing is said."""

from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from click.testing import CliRunner

from payrules.cli.commands import cli
from payrules.errors import ScheduleError
from payrules.schedules import Schedules, import_schedule, load_schedules
from tests.real_files import NCCI, need

HEAD = "notice\nColumn 1\tColumn 2\n"
ROWS = {
    1: "10000\t77003\t\t20240701\t*\t1\tx\n",
    2: "20000\t77003\t\t20240701\t*\t0\tx\n",
    3: "30000\t77003\t\t20240701\t20240930\t1\tx\n",
    4: "76942\t64483\t\t20240701\t*\t1\tx\n",
}


def part(folder: Path, number: int, version: str = "v302r0", rows: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"ccipra-{version}-f{number}.txt"
    path.write_text(HEAD + (rows or ROWS[number]), encoding="utf-8")
    return path


def stored(store: Path) -> tuple[Schedules, list[tuple[str, ...]]]:
    schedules = load_schedules(store)
    table = schedules.table("ptp")
    assert table is not None
    return schedules, table.select("column_1_code").rows()


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 4)))[::7])
def test_parts_one_by_one_in_any_order_are_the_whole(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "whole"
    for number in ROWS:
        part(folder, number)
    import_schedule(folder, tmp_path / "at once")
    for number in order:
        import_schedule(part(tmp_path / "parts", number), tmp_path / "one by one")
    (whole,) = load_schedules(tmp_path / "at once").tables
    (merged,) = load_schedules(tmp_path / "one by one").tables
    assert merged.parts == whole.parts == (1, 2, 3, 4)
    assert merged.stored.read().equals(whole.stored.read())
    assert (merged.cites, merged.source) == (whole.cites, whole.source)


def test_a_part_again_changes_nothing_and_another_one_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_schedule(part(tmp_path, 1), store)
    assert import_schedule(part(tmp_path, 3), store).rows == {"ptp": 2}
    before = (store / "ptp-2024-07-01" / "table.toml").read_bytes()
    assert import_schedule(part(tmp_path, 1), store).unchanged
    assert (store / "ptp-2024-07-01" / "table.toml").read_bytes() == before
    with pytest.raises(ScheduleError, match="already holds part 1 of this version"):
        import_schedule(part(tmp_path, 1, rows=ROWS[2]), store)


def test_parts_of_another_version_do_not_merge(tmp_path: Path) -> None:
    import_schedule(part(tmp_path, 1), tmp_path / "store")
    with pytest.raises(
        ScheduleError, match=r"already a 'ptp-2024-07-01'.*imported from different files"
    ):
        import_schedule(part(tmp_path, 2, "v302r1"), tmp_path / "store")
    with pytest.raises(ScheduleError, match="several versions"):
        import_schedule(part(tmp_path, 2).parent, tmp_path / "other")


def test_what_parts_are_missing_is_said_until_the_table_is_whole(tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_schedule(part(tmp_path, 1), store)
    import_schedule(part(tmp_path, 3), store)
    assert load_schedules(store).in_part("ptp") == "parts 1 and 3 of 4"
    listed = CliRunner().invoke(cli, ["schedules", "list", "--schedules", str(store)]).output
    assert "parts 1 and 3 of 4" in listed
    import_schedule(part(tmp_path, 2), store)
    assert load_schedules(store).in_part("ptp") == "parts 1, 2 and 3 of 4"
    import_schedule(part(tmp_path, 4), store)
    assert load_schedules(store).in_part("ptp") is None


def _workbook(path: Path, number: int) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(
        2, 0, ["Column 1", "Column 2", "", "Effective Date", "Deletion Date", "Modifier"]
    )
    for at, line in enumerate(ROWS[number].splitlines(), 3):
        one, two, old, begins, ends, indicator, why = line.split("\t")
        last = int(ends) if ends != "*" else ends
        sheet.write_row(at, 0, [one, two, old, int(begins), last, int(indicator), why])
    book.close()
    return path


def test_a_workbook_alone_is_read_and_beside_its_text_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "f3"
    text = part(folder, 3)
    workbook = _workbook(tmp_path / "ccipra-v302r0-f3.xlsx", 3)
    import_schedule(text, tmp_path / "text")
    import_schedule(workbook, tmp_path / "workbook")
    (of_text,), (of_workbook,) = (
        load_schedules(tmp_path / each).tables for each in ("text", "workbook")
    )
    assert of_workbook.stored.read().equals(of_text.stored.read())
    _workbook(folder / "ccipra-v302r0-f3.xlsx", 4)  # what differs in it is not looked at
    import_schedule(folder, tmp_path / "both")
    _, rows = stored(tmp_path / "both")
    assert rows == [("30000",)]


@need(NCCI / "sample_ptp_txt_and_xlsx.zip")
def test_cms_s_zip_of_text_and_workbook(tmp_path: Path) -> None:
    assert import_schedule(NCCI / "sample_ptp_txt_and_xlsx.zip", tmp_path).rows == {"ptp": 200}


def test_add_on_edits_in_fixed_width_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "AOC_V2026Q2-MCR.txt"
    path.write_text("1 0054T  CCCCC\n", encoding="utf-8")
    with pytest.raises(ScheduleError, match=r"AOC_V2026Q2-MCR.txt .*fixed-width.*XLSX"):
        import_schedule(path, tmp_path / "store")


def test_a_later_quarter_closes_only_what_it_deletes(tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_schedule(part(tmp_path, 1), store)
    later = "11000\t77003\t\t20241001\t*\t1\tx\n30000\t77003\t\t20240701\t20240930\t1\tx\n"
    import_schedule(part(tmp_path, 2, "v303r0", later), store)
    table = load_schedules(store).table("ptp")
    assert table is not None
    assert table.filter(pl.col("column_1_code") == "10000")["effective_to"].to_list() == [None]
