"""A payer's own cost sharing: entries in its file, or a table in place of Medicare's."""

from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.errors import PayerError
from payrules.payers import MEDICARE, differences
from payrules.rules.preventive import preventive
from tests.payers.files import HEAD, batch, payer, priced

HEADINGS = (
    "hcpcs_code,modifier,deductible_waived,coinsurance_percent,effective_from,effective_to,citation"
)
ENTRY = """
[[cost_sharing.services]]
hcpcs_code = "99213"
deductible_waived = true
coinsurance_percent = 12.5
effective_from = 2025-01-01
"""
FILE = HEAD + '[cost_sharing]\nfile = "sharing.csv"\n'


def shares(folder: Path, text: str, *codes: str) -> list[float]:
    """What share of each code in March 2025 is the patient's."""
    claims = batch(*({"hcpcs_code": each} for each in codes))
    lines = priced(claims, payer(folder, text), locality="national").lines
    owed, allowed = (
        pl.col(f"{name}_amount").cast(pl.Float64) for name in ("coinsurance", "allowed")
    )
    return lines.select(share=(owed / allowed).round(3))["share"].to_list()


def in_file(folder: Path, *rows: str) -> None:
    (folder / "sharing.csv").write_text("\n".join((HEADINGS, *rows)), encoding="utf-8")


def refused(folder: Path, text: str) -> str:
    with pytest.raises(PayerError) as found:
        payer(folder, text)
    return str(found.value)


def test_an_entry_stands_beside_the_rows_of_medicare(tmp_path: Path) -> None:
    assert shares(tmp_path, HEAD, "99213", "G0402") == [0.2, 0.0]
    assert shares(tmp_path, HEAD + ENTRY, "99213", "G0402") == [0.125, 0.0]


def test_an_entry_takes_the_place_of_medicare_s_row(tmp_path: Path) -> None:
    text = HEAD + ENTRY.replace("99213", "G0402")
    assert shares(tmp_path, text, "99213", "G0402") == [0.2, 0.125]


def test_an_entry_cites_its_source_or_the_contract(tmp_path: Path) -> None:
    for more, source in (("", "Acme agreement 2026, exhibit B"), ('citation = "§7"', "§7")):
        acme = payer(tmp_path, HEAD + ENTRY + more)
        found = priced(batch({"hcpcs_code": "99213"}), acme, locality="national").adjustments
        own = found.filter(pl.col("rule") == "coinsurance")
        assert own["cites"].cast(pl.String).to_list() == [source]


def test_a_file_takes_the_place_of_medicare_s_table(tmp_path: Path) -> None:
    in_file(
        tmp_path, "99213,,y,0,01/01/2025,,", "G0438,,n,20,2025-01-01,,", "G0122,,n,,2025-01-01,,"
    )
    assert shares(tmp_path, FILE, "99213", "G0402") == [0.0, 0.2]
    acme = payer(tmp_path, FILE)
    assert list(acme.files) == ["acme.toml", "sharing.csv"]
    (told,) = differences(acme)
    assert (told.rule, told.term, told.payer) == ("preventive", "services", "2 rows of sharing.csv")


def test_medicare_s_own_file_is_a_payer_s_file(tmp_path: Path) -> None:
    shipped = content_folder("fee_schedules") / "cost_sharing.csv"
    (tmp_path / "sharing.csv").write_bytes(shipped.read_bytes())
    rules = {each.name: each for each in payer(tmp_path, FILE).rules}
    ours = {each.name: each for each in MEDICARE.rules}["preventive"].defaults["services"]
    theirs = rules["preventive"].terms["services"]
    assert set(ours.rows) <= set(theirs.rows)


def test_switched_off_nothing_is_waived(tmp_path: Path) -> None:
    off = HEAD + "[terms.preventive]\noff = true\n"
    assert shares(tmp_path, off, "99213", "G0402") == [0.2, 0.2]
    assert "the rule preventive is off" in refused(tmp_path, off + ENTRY)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('hcpcs_code = "9921"', "no code"),
        ('hcpcs_code = "69999-10000"', "swap"),
        ('modifier = "ZQ"', "no modifier"),
        ("coinsurance_percent = 101", "percentage"),
        ("coinsurance_percent = 12.555", "percentage"),
        ("effective_to = 2024-12-31", "ends before it begins"),
        ('day = "2024-12-31"', "does not read this"),
    ],
)
def test_a_wrong_entry_is_told_with_its_place(tmp_path: Path, written: str, said: str) -> None:
    name = written.partition(" ")[0]
    kept = [line for line in ENTRY.splitlines() if not line.startswith(f"{name} ")]
    told = refused(tmp_path, HEAD + "\n".join([*kept, written]))
    assert said in told
    assert "cost_sharing.services" in told


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("9921,,y,0,2025-01-01,,", "row 1 under the headings, column hcpcs_code"),
        ("99213,ZQ,y,0,2025-01-01,,", "column modifier"),
        ("99213,,maybe,0,2025-01-01,,", "column deductible_waived: write y or n"),
        ("99213,,y,free,2025-01-01,,", "column coinsurance_percent"),
        ("99213,,y,-1,2025-01-01,,", "column coinsurance_percent"),
        ("99213,,y,0,soon,,", "column effective_from: write the day"),
        ("99213,,y,0,,,", "column effective_from: write the day"),
        ("99213,,y,0,2025-01-01,later,", "column effective_to: write the day"),
        ("99213,,y,0,2025-01-01,2024-01-01,", "ends before it begins"),
        ("99213,,y,0,2025-01-01,,\n99213,,y,10,2026-01-01,,", "99213 stands twice for 2026-01-01"),
    ],
)
def test_a_wrong_row_is_told_with_its_place(tmp_path: Path, row: str, said: str) -> None:
    in_file(tmp_path, row)
    told = refused(tmp_path, FILE)
    assert said in told
    assert "sharing.csv" in told


def test_a_file_that_is_not_there_or_has_no_such_column(tmp_path: Path) -> None:
    assert "there is no file 'sharing.csv' next to it" in refused(tmp_path, FILE)
    (tmp_path / "sharing.csv").write_text("hcpcs_code,coinsurance\n99213,0\n", encoding="utf-8")
    assert "needs one column deductible_waived" in refused(tmp_path, FILE)
    (tmp_path / "sharing.csv").write_text(f"{HEADINGS},percent\n", encoding="utf-8")
    assert "rows" in refused(tmp_path, FILE) or "percent" in refused(tmp_path, FILE)
    assert "is empty" in refused(tmp_path, HEAD + "[cost_sharing]\n")


def test_a_share_that_would_do_nothing_is_refused(tmp_path: Path) -> None:
    """25 percent of one service beside the 20 of every service was 20, and nothing was said."""
    more = HEAD + ENTRY.replace("= 12.5", "= 25")
    said = "percent, is more than the 20 of every service, and the smaller counts; raise it with"
    assert said in refused(tmp_path, more)
    raised = more + "[terms.coinsurance]\npatient = 0.30\n"
    assert shares(tmp_path, raised, "99213") == [0.25]
    never = "12.5 percent, is never taken, because coinsurance is off for this payer"
    off = HEAD + ENTRY + "[terms.coinsurance]\noff = true\n"
    assert never in refused(tmp_path, off)
    plan = 'plan = "commercial"\n'
    assert never in refused(tmp_path, HEAD + plan + ENTRY)
    assert payer(tmp_path, HEAD + plan + ENTRY + "[terms.coinsurance]\npatient = 0.20\n")
    waived = ENTRY.replace("= 12.5", "= 0").replace("waived = false", "waived = true")
    assert payer(tmp_path, HEAD + plan + waived)
    assert "0 percent, is never taken" in refused(
        tmp_path, HEAD + plan + waived + "[terms.deductible]\noff = true\n"
    )
    assert "write 20 for a share of 0.2" in refused(
        tmp_path, HEAD + ENTRY.replace("= 12.5", "= 0.2")
    )


def test_an_entry_is_a_term_of_the_rule(tmp_path: Path) -> None:
    rules = {each.name: each for each in payer(tmp_path, HEAD + ENTRY).rules}
    assert rules["preventive"] != preventive
    assert rules["preventive"].cites == "Acme agreement 2026, exhibit B"
