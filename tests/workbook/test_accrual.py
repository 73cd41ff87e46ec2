"""The accrual and its journal: what finance posts balances, and is the Summary's."""

import calendar
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrules.__main__ import main
from payrules.errors import ReportError
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.workbook import fill_template, write_sheets, write_workbook
from payrules.workbook.accounts import SHIPPED, read_accounts
from payrules.workbook.figures import Figures
from payrules.workbook.figures.accrual import KEYS, OWED, PARTS, REST, journal_of, parted
from payrules.workbook.figures.totals import DOLLARS
from tests.workbook.conftest import claims
from tests.workbook.office import sheets_anew

OWN = "\n".join(f'{part.name} = "{number} {part.name}"' for number, part in enumerate(PARTS, 1000))


@pytest.fixture(scope="module")
def many() -> Estimate:
    """The batch of every status over three months and two payers, one line paid first."""
    number = pl.col("claim_id").str.slice(1).cast(pl.Int64)
    batch = claims()[:18].with_columns(
        claim_line_start_date=pl.format("2025-0{}-11", 4 + number // 2 % 3),
        payer=number.replace_strict({1: "Acme", 2: "Other", 3: "Acme"}, default=""),
        primary_paid_amount=pl.Series(["30.00", *[""] * 17]),
    )
    return estimate(batch, Setup())


@pytest.fixture(scope="module")
def figures(many: Estimate) -> Figures:
    return Figures(many, read_accounts())


def test_the_parts_of_each_line_are_its_charge(figures: Figures) -> None:
    statuses = {*figures.lines["status"]}
    assert statuses == {"priced", "bundled", "denied", "by_report", "not_on_schedule"}
    for line in figures.lines.to_dicts():
        parts = sum((line[name] or 0 for name in (*OWED, *REST)), Decimal(0))
        assert parts == (line["charge_amount"] or 0)
        rest = [name for name in REST if line[name]]
        expected = {
            **dict.fromkeys(("priced", "bundled"), "contractual_amount"),
            "denied": "denied_amount",
        }.get(line["status"], "unpriced_amount")
        assert set(rest) <= {expected}


def test_the_sheets_totals_are_the_summarys(many: Estimate, tmp_path: Path) -> None:
    assert write_workbook(many, tmp_path / "pack.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    headline = {row[1]: row[2] for row in book["Summary"].iter_rows(max_row=20, values_only=True)}
    rows = list(book["Accrual"].iter_rows(values_only=True))
    total = dict(zip(rows[0], rows[-1], strict=True))
    assert total["Charges"] == headline["Charges"]
    assert total["Expected net, payer"] == headline["Medicare pays"]
    lines = many.lines
    assert Decimal(str(total["Expected, patient"])) == lines["patient_amount"].sum()
    assert total["Paid by first payer"] == 30
    keys = [row[:2] for row in rows[1:-1]]
    assert keys == sorted(keys)
    assert len({month for _, month in keys}) == 3
    assert len({payer for payer, _ in keys}) == 3
    for row in rows[1:]:
        of_row = [Decimal(str(each or 0)) for each in row[3:]]
        assert of_row[0] == sum(of_row[1:])


def test_every_entry_balances_and_can_be_posted(figures: Figures) -> None:
    journal = figures.journal
    assert journal["debit_amount"].sum() == journal["credit_amount"].sum() > 0
    both = journal.select(
        (pl.col("debit_amount").fill_null(0) > 0) ^ (pl.col("credit_amount").fill_null(0) > 0)
    )
    assert both.to_series().all()
    for _, entry in journal.group_by("entry"):
        assert entry["debit_amount"].sum() == entry["credit_amount"].sum()
        assert entry["date"].n_unique() == entry["payer_name"].n_unique() == 1
        (day,) = entry["date"].unique().to_list()
        assert day.day == calendar.monthrange(day.year, day.month)[1]
        assert f"{day:%Y-%m}" == entry["month"][0]
    assert "Acme, services of April 2025: expected from the payer" in journal["memo"].to_list()


def test_an_uncharged_line_is_no_made_up_charge(figures: Figures) -> None:
    uncharged = figures.lines.filter(
        pl.col("charge_amount").is_null() & (pl.col("status") == "priced")
    )
    assert (uncharged["contractual_amount"] < 0).all()
    assert uncharged.height


CENTS = st.integers(-100_000, 10_000_000)
LINE = st.tuples(
    st.sampled_from(["Acme", "Beta"]),
    st.sampled_from(["2025-02", "2024-02", "2025-12"]),
    st.sampled_from(["priced", "bundled", "denied", "by_report", "not_on_schedule"]),
    *[st.none() | CENTS] * 4,
)


@given(st.lists(LINE, min_size=1, max_size=12))
def test_whatever_is_owed_debits_are_credits(rows: list[tuple]) -> None:
    names = ("charge_amount", *OWED)
    lines = pl.DataFrame(
        [
            (*row[:3], *(each if each is None else Decimal(each) / 100 for each in row[3:]))
            for row in rows
        ],
        schema=dict.fromkeys((*KEYS, "status"), pl.String) | dict.fromkeys(names, DOLLARS),
        orient="row",
    )
    accrual = lines.with_columns(parted(lines)).group_by(KEYS).agg(pl.selectors.decimal().sum())
    journal = journal_of(accrual, read_accounts())
    for _, entry in journal.group_by("entry"):
        assert entry["debit_amount"].sum() == entry["credit_amount"].sum()
    for side in ("debit_amount", "credit_amount"):
        assert (journal[side].drop_nulls() > 0).all()
    balances = dict(
        journal.group_by("account")
        .agg(pl.col("debit_amount").sum() - pl.col("credit_amount").sum())
        .rows()
    )
    for part in PARTS:
        wanted = lines.with_columns(parted(lines))[part.column].sum() * (
            -1 if part.is_credit else 1
        )
        assert balances.get(read_accounts().usual[part.name], 0) == wanted


def test_the_journal_posts_to_ones_own_accounts(
    many: Estimate, layout_file: Callable[[str], Path], tmp_path: Path
) -> None:
    own = layout_file(OWN)
    assert write_workbook(many, tmp_path / "pack.xlsx", accounts=own).differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    named = {row[2] for row in book["Journal"].iter_rows(min_row=2, values_only=True)} - {None}
    assert named == {f"{number} {part.name}" for number, part in enumerate(PARTS, 1000)}
    write_sheets(many, tmp_path / "sheets", ".parquet", accounts=own)
    assert {*pl.read_parquet(tmp_path / "sheets" / "journal.parquet")["account"]} == named
    house = openpyxl.Workbook()
    house.active.append(["Account", "Debit"])
    house.active.add_table(openpyxl.worksheet.table.Table(displayName="Journal", ref="A1:B2"))
    house.save(tmp_path / "house.xlsx")
    fill_template(many, tmp_path / "house.xlsx", tmp_path / "filled.xlsx", accounts=own)
    filled = openpyxl.load_workbook(tmp_path / "filled.xlsx").active
    assert filled["A2"].value == "1000 charges"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('charge = "1"', "line 1: 'charge' is no part of the accrual; perhaps 'charges'"),
        (OWN.replace("denied =", "#"), "denied is missing; name the account"),
        (
            OWN.replace('"1002 denied"', "1002"),
            "line 3: denied must be an account's number or name",
        ),
        (OWN.replace("1002 denied", " "), "line 3: denied must be"),
        (OWN.replace("1002 denied", "x" * 101), "at most 100 characters"),
        (OWN.replace("1002 denied", "a\\nb"), "on one line"),
        (
            OWN + '\n[payers.Acme]\npaier = "1"',
            "line 9: 'paier' is no part of the accrual",
        ),
        (OWN + "\n[payers.Acme]\npayer = 1", "line 9: payer must be an account's number or name"),
        (OWN + '\n[payers]\nAcme = "1"', "stand in a table of its own, such as [payers.Acme]"),
        (OWN + "\n[payers.Acme]\n[payers.acme]", "the payer acme stands there twice"),
        ("charges = ", "accounts file mine.toml is not valid TOML"),
    ],
)
def test_a_slip_in_the_accounts_is_one_sentence(
    text: str, said: str, layout_file: Callable[[str], Path]
) -> None:
    with pytest.raises(ReportError) as fault:
        read_accounts(layout_file(text))
    assert said in str(fault.value)
    assert "Traceback" not in str(fault.value)


def test_one_payer_posts_to_accounts_of_its_own(
    many: Estimate, layout_file: Callable[[str], Path], tmp_path: Path
) -> None:
    """Of both other payers it posts as before, and every check holds, calculated anew, too."""
    own = layout_file(
        OWN + '\n[payers." ACME"]\npayer = "1205 Acme"\n[payers.Nobody]\npayer = "1206"\n'
    )
    written = write_workbook(many, tmp_path / "pack.xlsx", accounts=own)
    assert written.differences == ()
    assert written.notes == ("No line is of the payer 'nobody' of the accounts file.",)
    usual = journal_of(Figures(many).by(*KEYS), read_accounts(layout_file(OWN)))
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    posted = [row[:7] for row in book["Journal"].iter_rows(min_row=2, values_only=True)]
    for row, before in zip(posted, usual.iter_rows(named=True), strict=False):
        is_its = row[6] == "Acme" and before["account"] == "1003 payer"
        assert row[2] == ("1205 Acme" if is_its else before["account"])
        sides = (before["debit_amount"], before["credit_amount"])
        assert row[3:5] == tuple(each and float(each) for each in sides)
    assert any(row[2] == "1205 Acme" for row in posted)
    (sheets,) = sheets_anew([tmp_path / "pack.xlsx"], tmp_path, ["Summary"])
    verdict = next(row for row in sheets["Summary"] if "Checks (must read 0)" in row)
    assert verdict[2] == "0"


def test_accounts_that_no_sheet_asks_for_are_refused(
    many: Estimate, layout_file: Callable[[str], Path], tmp_path: Path
) -> None:
    own = layout_file(OWN)
    with pytest.raises(ReportError, match="the layout 'Summary' has none"):
        write_workbook(many, tmp_path / "pack.xlsx", layout="summary", accounts=own)
    assert not (tmp_path / "pack.xlsx").exists()


def test_the_command_takes_accounts(
    layout_file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = layout_file(OWN.replace("denied =", "deined ="))
    claims()[:18].write_csv(tmp_path / "claims.csv")
    command = ["estimate", str(tmp_path / "claims.csv"), "--accounts", str(own)]
    assert main([*command, "--output", str(tmp_path / "pack.xlsx")]) == 2
    assert "perhaps 'denied'" in capsys.readouterr().err
    assert main(command) == 2
    assert "--accounts needs --output, --html or --sheets" in capsys.readouterr().err
    own.write_text(OWN)
    assert main([*command, "--output", str(tmp_path / "pack.xlsx")]) == 0


def test_the_accounts_of_the_guide_are_read(layout_file: Callable[[str], Path]) -> None:
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "sign-a-workbook.md"
    text = guide.read_text(encoding="utf-8").split("<!-- file: accounts.toml -->\n```toml\n")[1]
    read = read_accounts(layout_file(text.split("```")[0]))
    assert read.usual["payer"] == "1200 Receivable, payers"
    assert read.of_payers["acme"] == {"payer": "1205 Receivable, Acme"}


def test_the_placeholders_that_ship_look_like_no_account() -> None:
    assert all(account.startswith("[") for account in read_accounts(SHIPPED).usual.values())
    assert [*read_accounts().usual] == [part.name for part in PARTS]
