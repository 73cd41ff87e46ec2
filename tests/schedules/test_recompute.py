"""Amounts CMS published come out of a release to the cent, and what differs is named."""

import csv
from datetime import date
from pathlib import Path

import pytest

from payrules.schedules import Schedules, import_schedule, load_schedules, recompute
from tests.schedules.conftest import Maker, pprrvu_csv
from tests.schedules.test_published_files import CAPS


@pytest.fixture(scope="module")
def published(real: Schedules, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    """2025D, with the amounts of its quarter, and January's under a name of CMS's."""
    store = real.named("2025D").folder.parent
    import_schedule(shared / "published" / "PFREV4_2025Q4.txt", store)
    january = tmp_path_factory.mktemp("january") / "PFALL25A.TXT"
    lines = []
    with (shared / "published" / "PF25A_excerpts.csv").open(encoding="utf-8", newline="") as opened:
        for row in list(csv.reader(opened))[1:]:
            amounts = [f"{float(amount):010.2f}" for amount in (row[4], row[5], row[9], row[10])]
            fields = ["2025", *row[:3], row[3].ljust(2), *amounts[:2], " ", *row[6:9], *amounts[2:]]
            fields += [row[11], "0000000.00", "0000000.00"]
            lines.append(",".join(f'"{field}"' for field in fields))
    january.write_text("\n".join([*lines, '"TRL- COPYRIGHT"']), encoding="ascii")
    import_schedule(january, store)
    return load_schedules(store)


def test_figures_of_the_published_files(published: Schedules) -> None:
    found = {(each.published, each.amounts): each for each in recompute(published)}
    figures = {key: (each.matched, each.total, each.failed) for key, each in found.items()}
    assert figures == {
        ("amounts-2025-10-01", "fee schedule amounts"): (1526, 1526, False),
        # CMS changed 0446T and 0448T after January; only October's release is at hand.
        ("amounts-2025-01-01", "fee schedule amounts"): (191, 193, False),
        ("amounts-2025-01-01", "therapy amounts"): (33, 33, False),
        ("2025D", "OPPSCAP amounts"): (6670, 6670, False),
    }
    assert found["amounts-2025-01-01", "fee schedule amounts"].differing == ("0446T", "0448T")
    assert found["2025D", "OPPSCAP amounts"].not_compared == 9430  # the contractor prices them


def test_a_wrong_amount_of_its_own_quarter_fails_the_release(
    release: Maker, tmp_path: Path
) -> None:
    # 72146-TC: fee 3.72 and cap 7.47 RVUs; in Alaska the fee is the lower: 3.70 × 1.081 …
    right = (370 * 1081 + 2 * 592) * 323465
    cents = (right + 5_000_000) // 10_000_000
    row = f"72146,TC,A,02102,01,{cents / 100:.2f},{cents / 100:.2f}"
    caps = "\r\n".join([CAPS.splitlines()[0], row, "00000,,A,02102,01,1.00,1.00", ",,,,,,\r\n"])
    import_schedule(release(**{"OPPSCAP_Oct.csv": caps}), tmp_path / "store")
    (found,) = recompute(load_schedules(tmp_path / "store"))
    assert (found.matched, found.total, found.differing) == (1, 2, ("00000",))
    assert found.failed


def test_amounts_without_a_release_are_not_compared(shared: Path, tmp_path: Path) -> None:
    import_schedule(shared / "published" / "PFREV4_2025Q4.txt", tmp_path / "store")
    assert recompute(load_schedules(tmp_path / "store")) == []


def test_amounts_of_another_quarter_do_not_fail_a_release(release: Maker, tmp_path: Path) -> None:
    wrong = CAPS.replace("1112", "2102").replace(",05,", ",01,").replace(",17,", ",01,")
    (tmp_path / "OPPSCAP_Apr.csv").write_text(wrong, encoding="ascii")
    import_schedule(release(), tmp_path / "store")
    path = tmp_path / "OPPSCAP_Apr.csv"
    import_schedule(path, tmp_path / "store", effective_from=date(2025, 4, 1))
    (found,) = recompute(load_schedules(tmp_path / "store"))
    assert (found.release, found.same_quarter, found.failed) == ("2025D", False, False)
    assert found.matched < found.total


def test_small_release_has_no_published_amounts(release: Maker, tmp_path: Path) -> None:
    import_schedule(release(**{"PPRRVU2025_Oct.csv": pprrvu_csv()}), tmp_path / "store")
    assert recompute(load_schedules(tmp_path / "store")) == []
