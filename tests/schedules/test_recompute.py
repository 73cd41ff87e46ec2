"""Amounts CMS published come out of a release to the cent, and what differs is named."""

import csv
from datetime import date
from pathlib import Path

import pytest

from payrules.fees.recompute import recompute
from payrules.schedules import Schedules, import_schedule, load_schedules
from tests.schedules.conftest import GPCI, Maker, pprrvu_csv
from tests.schedules.test_published_files import CAPS, PF


@pytest.fixture(scope="module")
def published(real: Schedules, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    """2025D, with the amounts of its quarter, and January's under a name of CMS's."""
    store = real.named("2025D").folder.parent
    import_schedule(shared / "published" / "PFREV4_2025Q4.txt", store)
    january = tmp_path_factory.mktemp("january") / "PFALL25A.TXT"
    lines = []
    for name in ("PF25A_excerpts.csv", "PF25A_oppscap_excerpts.csv"):
        with (shared / "published" / name).open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                amounts = [
                    f"{float(row.get(column) or 0):010.2f}"
                    for column in (
                        *("nonfac", "fac", "therapy_nonfac", "therapy_fac"),
                        *("opps_nonfac", "opps_fac"),
                    )
                ]
                fields = ["2025", row["carrier"], row["locality"], row["code"], f"{row['mod']:2}"]
                fields += [*amounts[:2], " ", row["pctc"], row["status"], row["multsurg"]]
                fields += [*amounts[2:4], row["opps_ind"], *amounts[4:]]
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
        ("amounts-2025-01-01", "fee schedule amounts"): (191 + 27, 193 + 27, False),
        ("amounts-2025-01-01", "therapy amounts"): (33, 33, False),
        ("amounts-2025-01-01", "OPPS caps"): (22, 22, False),
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


def test_amounts_of_a_correction_are_compared_with_it(release: Maker, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name, factor in (("2024A", "32.7442"), ("2024AR", "33.2875")):
        text = pprrvu_csv(said="2024", month="January").replace("32.3465", factor)
        texts = {"PPRRVU2025_Oct.csv": text, "GPCI2025.csv": GPCI.replace("2025", "2024")}
        import_schedule(release(name, **texts), store)
    # 29870 in Hawaii: 5.19 × 1 + 8.73 × 1.105 + 1.07 × 0.613, and with 5.99 in a facility.
    cents = [
        ((519 * 1000 + expense * 1105 + 107 * 613) * 332875 + 5_000_000) // 10_000_000
        for expense in (873, 599)
    ]
    line = PF.splitlines()[0].replace("2025", "2024").replace("50688", "29870")
    line = line.replace('"01112","05"', '"01212","01"')
    for amount in cents:
        line = line.replace("0000090.92", f"{amount // 100:07}.{amount % 100:02}", 1)
    (tmp_path / "PFALL24AR.TXT").write_text(line + "\r\n", encoding="ascii")
    import_schedule(tmp_path / "PFALL24AR.TXT", store)
    (found,) = recompute(load_schedules(store))
    assert (found.release, found.matched, found.total, found.failed) == ("2024AR", 1, 1, False)


def test_small_release_has_no_published_amounts(release: Maker, tmp_path: Path) -> None:
    import_schedule(release(**{"PPRRVU2025_Oct.csv": pprrvu_csv()}), tmp_path / "store")
    assert recompute(load_schedules(tmp_path / "store")) == []
