"""What changed since last time: it adds up, whatever it is compared with."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main
from payrules.errors import ReportError
from payrules.payers import MEDICARE, Payer, load_payer
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate, write_frame, write_run
from payrules.runs.setup import Setup
from payrules.workbook import about, write_html, write_sheets, write_workbook
from payrules.workbook.coinsurance import ON_FILE
from payrules.workbook.figures import Figures
from payrules.workbook.figures.changes import DROPPED, LAST, NEW, NOW, REPRICED, WHAT
from payrules.workbook.last_pack import read_last
from payrules.workbook.layout import layout_file
from payrules.workbook.words import in_words
from tests.payers.files import payer
from tests.workbook.office import calculated_anew
from tests.workbook.tampered import untouched
from tests.workbook.test_tampering import add, checks_after, set_headline, set_label, total_row

WITHOUT_AMOUNTS = json.dumps(
    {"payrules": "1", "totals": {"allowed": "x"}, "rules": [], "payer": {"name": "Acme"}}
).encode()
UHC, NURSE = "uhc-medicare-advantage", "shares.nurse_practitioner"
AMOUNTS = ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount")


def acme(folder: Path, percent: int) -> Payer:
    folder.mkdir()
    text = (
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "medicare_advantage"\n'
        f"percent_of_medicare = {percent}\n"
    )
    return payer(folder, text)


def batch(*numbers: int, charge: str = "300.00") -> pl.DataFrame:
    codes = ("99213", "99214", "20610", "99999")
    return pl.DataFrame(
        [
            {
                "claim_id": f"c{number}",
                "claim_line_number": "1",
                "person_id": f"p{number}",
                "claim_line_start_date": "2025-06-03",
                "hcpcs_code": codes[number % 4],
                "place_of_service_code": "11",
                "locality": "national",
                "charge_amount": charge if number == 5 else "300.00",
                "payer": "" if number % 3 else "Acme",
            }
            for number in numbers
        ]
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Last time: lines 1 to 8, as lines, pack and run record."""
    folder = tmp_path_factory.mktemp("before")
    results = estimate(batch(*range(1, 9)), Setup(payers={"acme": acme(folder / "a", 110)}))
    write_frame(results.lines, folder / "last.parquet")
    write_run(results.run, folder / "last.json")
    write_workbook(results, folder / "last.xlsx")
    return folder


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> Estimate:
    """Now: 1 and 2 are gone, 9 and 10 new, a charge is another, and so is Acme's rate."""
    contract = acme(tmp_path_factory.mktemp("now") / "a", 120)
    return estimate(batch(*range(3, 11), charge="50.00"), Setup(payers={"acme": contract}))


def steps(book: openpyxl.Workbook) -> dict[str, list]:
    rows = book["Changes"].iter_rows(max_col=6, values_only=True)
    found = {row[0]: row[1:] for row in rows if row[0] in {LAST, DROPPED, NEW, REPRICED, NOW}}
    return {name: [Decimal(str(each or 0)) for each in row] for name, row in found.items()}


@pytest.mark.parametrize("last", ["last.parquet", "last.xlsx"])
def test_last_time_with_what_changed_is_now(
    before: Path, now: Estimate, last: str, tmp_path: Path
) -> None:
    written = write_workbook(now, tmp_path / "pack.xlsx", compare=[before / last])
    assert written.differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    found = steps(book)
    assert [int(row[0]) for row in found.values()] == [8, 2, 2, 2, 8]
    old = pl.read_parquet(before / "last.parquet")
    for place, name in enumerate(AMOUNTS, 1):
        amounts = [row[place] for row in found.values()]
        assert sum(amounts[:-1]) == amounts[-1] == now.lines[name].sum()
        assert amounts[0] == old[name].sum()
    front = {row[1]: row[2] for row in book["Summary"].iter_rows(max_col=3, values_only=True)}
    allowed = now.lines["allowed_amount"].sum() - old["allowed_amount"].sum()
    assert Decimal(str(front["Since last time"])) == allowed != 0
    rows = list(book["Changed lines"].iter_rows(min_row=2, values_only=True))[:-1]
    kinds = {row[0]: row[2] for row in rows}
    assert kinds == {
        **dict.fromkeys(("c1", "c2"), DROPPED),
        **dict.fromkeys(("c9", "c10"), NEW),
        **dict.fromkeys(("c5", "c6"), REPRICED),
    }


@pytest.mark.parametrize("last", ["last.parquet", "last.xlsx"])
def test_a_line_of_another_payer_is_told_with_both(before: Path, last: str, tmp_path: Path) -> None:
    """A claim that went from Beta to acme was priced otherwise, and nobody saw why."""
    moved = pl.when(pl.col("claim_id").is_in(["c4", "c7"])).then(pl.lit("Acme")).otherwise("payer")
    again = batch(*range(1, 9)).with_columns(moved.alias("payer"))
    told = estimate(again, Setup(payers={"acme": acme(tmp_path / "a", 110)}))
    pack = tmp_path / "pack.xlsx"
    assert write_workbook(told, pack, compare=[before / last]).differences == ()
    book = openpyxl.load_workbook(pack, data_only=True)
    names, *rows = book["Changed lines"].iter_rows(values_only=True)
    lines = {row[0]: dict(zip(names, row, strict=True)) for row in rows[:-1]}
    assert {*lines} == {"c4", "c7"}  # also the one on no schedule, whose amounts are as they were
    for line in lines.values():
        assert (line["Change"], line["Because of"]) == (REPRICED, "another payer")
        assert (line["Payer, last"], line["Payer, now"]) == ("Medicare", "Acme")


def test_a_line_that_is_now_rejected_is_not_said_to_be_out_of_the_batch(
    before: Path, tmp_path: Path
) -> None:
    again = batch(*range(1, 9)).with_columns(
        pl.when(pl.col("claim_id") == "c4")
        .then(pl.lit("2025-13-03"))
        .otherwise("claim_line_start_date")
        .alias("claim_line_start_date")
    )
    now = estimate(again, Setup(payers={"acme": acme(tmp_path / "a", 110)}))
    assert now.lines.height == 7
    changes = Figures(now, last=read_last([before / "last.parquet"])).changes
    assert changes is not None
    assert {each.label: each.lines for each in changes.steps}[DROPPED] == 1
    assert WHAT[DROPPED].endswith("left out of the batch, or rejected")


def test_a_changed_term_is_told_and_so_is_its_value(before: Path, now: Estimate) -> None:
    for last in ("last.xlsx", "last.json"):
        changes = Figures(now, last=read_last([before / last])).changes
        assert changes is not None
        (term,) = changes.otherwise
        assert term[0] == "Term"
        assert term[1].startswith("Acme: Contract rate")
        assert (term[2].split()[0], term[3].split()[0]) == ("110", "120")


@pytest.mark.parametrize("last", ["last.xlsx", "last.json"])
def test_a_rule_is_compared_with_the_same_payer_s(last: str, tmp_path: Path) -> None:
    """Of a rule that two payers print on pages of their own, one page was told as the other's."""
    text = (
        'name = "{0}"\ncontract = "{0} agreement"\nplan = "commercial"\n'
        "[terms.coinsurance]\npatient = 0.10\n"
    )
    for name in ("Acme", "Zenith, Inc."):
        (tmp_path / name).mkdir()
    one, other = (payer(tmp_path / name, text.format(name)) for name in ("Acme", "Zenith, Inc."))
    both = estimate(batch(1), Setup(payers={"acme": one, "zenith": other}))
    write_run(both.run, tmp_path / "last.json")
    write_workbook(both, tmp_path / "last.xlsx")
    # The same payers in another order, and then one that is gone.
    turned = Setup(payer=other, payers={"medicare": MEDICARE, "acme": one})
    assert compared(estimate(batch(1), turned), tmp_path / last) == []
    kinds = [row[:2] for row in compared(estimate(batch(1), Setup()), tmp_path / last)]
    gone = ("Acme", "Zenith, Inc.")
    assert kinds[:2] == [("Payer", name) for name in gone]
    assert {kind for kind, _ in kinds[2:]} == {"Term"}
    # A rule that a payer still given has otherwise is its own, under its name.
    acme_otherwise = text.format("Acme").replace("0.10\n", '0.10\ncites.patient = "Exhibit B"\n')
    (tmp_path / "again").mkdir()
    changed = payer(tmp_path / "again", acme_otherwise)
    now = estimate(batch(1), Setup(payers={"acme": changed, "zenith": other}))
    (row,) = compared(now, tmp_path / last)
    assert row[:2] == ("Rule", "Acme: Coinsurance")
    assert (row[2].partition(",")[0], row[3].partition(",")[0]) == ("Acme agreement", "Exhibit B")


@pytest.mark.parametrize("last", ["last.xlsx", "last.json"])
def test_records_that_named_no_payers_of_the_first_s_rules_are_compared(
    last: str, tmp_path: Path
) -> None:
    """Of Acme these tell only what Medicare has not; its other rules are not called new."""
    contract = acme(tmp_path / "a", 110)
    both = estimate(batch(1), Setup(payers={"acme": contract}))
    rules = [replace(each, of=() if "medicare" in each.of else each.of) for each in both.run.rules]
    old = replace(both, run=replace(both.run, rules=tuple(rules)))
    write_run(old.run, tmp_path / "last.json")
    write_workbook(old, tmp_path / "last.xlsx")
    assert compared(both, tmp_path / last) == []


def compared(now: Estimate, last: Path) -> list[tuple[str, str, str, str]]:
    changes = Figures(now, last=read_last([last])).changes
    assert changes is not None
    return list(changes.otherwise)


def test_a_run_record_alone_tells_totals_and_says_so(
    before: Path, now: Estimate, tmp_path: Path
) -> None:
    last = [before / "last.json"]
    assert write_workbook(now, tmp_path / "pack.xlsx", compare=last).differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    assert "Changed lines" not in book.sheetnames
    words = [row[0] for row in book["Changes"].iter_rows(values_only=True)]
    assert any("A run record holds no lines" in str(each) for each in words)
    found = steps(book)
    assert found[NOW][1] == now.lines["charge_amount"].sum()
    assert (found[LAST][0], found[NOW][0]) == (8, 8)  # the record counts its lines


def test_lines_alone_say_what_they_do_not_tell(before: Path, now: Estimate) -> None:
    figures = Figures(now, last=read_last([before / "last.parquet"]))
    assert figures.changes is not None
    assert figures.changes.otherwise == ()
    assert figures.changes.nothing == "The same releases price lines; of the rest nothing is known."
    assert "holds no rules" in figures.changes.notes[0]
    both = read_last([before / "last.parquet", before / "last.json"])
    found = Figures(now, last=both).changes
    assert found is not None
    assert found.notes == ()
    assert len(found.otherwise) == 1


def test_the_same_again_changes_nothing(before: Path, tmp_path: Path) -> None:
    contract = acme(tmp_path / "a", 110)
    again = estimate(batch(*range(1, 9)), Setup(payers={"acme": contract}))
    for last in ("last.parquet", "last.xlsx"):
        changes = Figures(again, last=read_last([before / last])).changes
        assert changes is not None
        assert changes.lines.is_empty()
        assert changes.otherwise == ()


@pytest.mark.parametrize("kind", ["xlsx", "json", "old"])
def test_terms_read_back_as_they_were_written(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About tells terms in words: held against a run's own, 17 that did not change were told."""
    payers = {"acme": acme(tmp_path / "a", 110), UHC: load_payer(UHC)}
    rows = batch(*range(1, 9)).with_columns(locality=pl.lit("15202-00"))
    again = estimate(rows, Setup(payers=payers))
    last = tmp_path / f"last.{kind.replace('old', 'xlsx')}"
    if kind == "old":
        monkeypatch.setattr(about, "without_beginnings", str)
        monkeypatch.setattr(about, "rule_and_term", _as_once_written)
    if kind == "json":
        write_run(again.run, last)
    else:
        write_workbook(again, last)
    monkeypatch.undo()
    assert {each.term for each in again.run.every_payer[2].terms} >= {NURSE, "of_part_b"}
    assert compared(again, last) == []
    without = estimate(rows, Setup(payers={"acme": payers["acme"]}))
    told = [row for row in compared(without, last) if row[0] == "Term"]
    assert ("Term", f"{UHC}: Practitioner, shares, nurse practitioner") in {row[:2] for row in told}
    assert not any("_" in row[1] for row in told)


def _as_once_written(rule: str, term: str) -> str:
    return in_words(rule) if term == "off" else f"{in_words(rule)}, {term}"


def test_page_and_sheets_say_the_same(before: Path, now: Estimate, tmp_path: Path) -> None:
    last = [before / "last.xlsx"]
    write_html(now, tmp_path / "page.html", compare=last)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "What changed since last time" in page
    assert REPRICED in page
    write_sheets(now, tmp_path / "sheets", ".parquet", compare=last)
    changed = pl.read_parquet(tmp_path / "sheets" / "changed_lines.parquet")
    assert {*changed["change"]} == {NEW, DROPPED, REPRICED}
    assert {*changed["why"].drop_nulls()} == {"another charge", "other terms"}
    assert "payer" not in changed.columns
    assert (tmp_path / "sheets" / "changes.parquet").is_file()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("last.csv", b"x", "last time's lines (.parquet), its pack (.xlsx) or its run record"),
        ("last.json", b"[]", "is no run record"),
        ("last.json", b"{", "is no run record"),
        ("last.json", b'{"payrules": "", "totals": 3, "rules": []}', "is no run record"),
        ("last.json", WITHOUT_AMOUNTS, "is no run record"),
        ("last.parquet", b"x", "cannot be read as a Parquet file"),
        ("last.xlsx", b"x", "cannot be read as an Excel workbook"),
        ("last.xlsx", b"", "is empty"),
    ],
)
def test_what_is_nothing_to_compare_with_is_one_sentence(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReportError) as fault:
        read_last([tmp_path / name])
    assert said in str(fault.value)


def test_other_tables_and_lines_twice_are_refused(before: Path, tmp_path: Path) -> None:
    lines = pl.read_parquet(before / "last.parquet")
    pl.concat([lines, lines[:1]]).write_parquet(tmp_path / "twice.parquet")
    lines.drop("status").write_parquet(tmp_path / "other.parquet")
    lines.with_columns(claim_id=None).write_parquet(tmp_path / "blank.parquet")
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    for name, said in (
        ("twice", "2 rows of claim lines that stand in it more than once"),
        ("other", "has no column status"),
        ("blank", "are not those that payrules writes"),
    ):
        with pytest.raises(ReportError, match=said):
            read_last([tmp_path / f"{name}.parquet"])
    with pytest.raises(ReportError, match="has no worksheet 'Lines'"):
        read_last([tmp_path / "other.xlsx"])


def a_pack_of_lines(folder: Path, *, only: str = "") -> Path:
    """Write last time's pack in a layout of one's own: with all lines, or some of them."""
    text = layout_file("estimate").read_text(encoding="utf-8")
    above, name, below = text.partition('name = "Lines"')
    columns, others, rest = below.partition("other_columns = true\n")
    assert others
    (folder / "own.toml").write_text("".join((above, name, columns, only, rest)), encoding="utf-8")
    results = estimate(batch(*range(1, 9)), Setup())
    write_workbook(results, folder / "own.xlsx", layout=folder / "own.toml", force=True)
    return folder / "own.xlsx"


def test_a_pack_that_shows_some_lines_is_refused(tmp_path: Path) -> None:
    """The others stood as new."""
    only = 'filters = [{ column = "status", is = "priced" }]\n'
    pack = a_pack_of_lines(tmp_path, only=only)
    with pytest.raises(ReportError, match="its sheet Lines has 6 of the 8 lines of its run"):
        read_last([pack])
    assert read_last([a_pack_of_lines(tmp_path)]).lines is not None


def test_lines_and_a_run_record_of_two_runs_are_told(before: Path, tmp_path: Path) -> None:
    """Rules and terms of another run said why a line is priced otherwise."""
    paths = [before / "last.parquet", before / "last.json"]
    assert read_last(paths).remarks == ()
    pl.read_parquet(paths[0])[1:].write_parquet(tmp_path / "some.parquet")
    (said,) = read_last([tmp_path / "some.parquet", paths[1]]).remarks
    assert said.startswith("some.parquet and last.json are not of one run: the lines allow ")


def test_the_command_compares(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(*range(3, 11)).write_csv(tmp_path / "claims.csv")
    command = ["estimate", str(tmp_path / "claims.csv"), "--compare", str(before / "last.json")]
    assert main(command) == 2
    assert "--compare needs --output, --html or --sheets" in capsys.readouterr().err
    pack = ["--output", str(tmp_path / "pack.xlsx")]
    assert main([*command, *pack, "--report", "summary"]) == 2
    assert "has no sheet of what changed" in capsys.readouterr().err
    assert not (tmp_path / "pack.xlsx").exists()
    page = tmp_path / "page.html"
    both = [*command, *pack, "--report", "summary", "--html", str(page)]
    assert main(both) == 0
    # The page says what changed, whatever sheets stand beside it; that they do not is told.
    assert "has no sheet of what changed: the web page alone" in _in_a_row(capsys.readouterr().out)
    assert "What changed since last time" in page.read_text(encoding="utf-8")
    assert "Changes" not in openpyxl.load_workbook(tmp_path / "pack.xlsx").sheetnames
    page.unlink()
    assert main([*command, "--html", str(page)]) == 0
    assert "What changed since last time" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    missing = [*both, "--compare", str(tmp_path / "gone.parquet"), "--force"]
    assert main(missing) == 2
    sheets = ["--report", "summary", "--sheets", str(tmp_path / "sheets"), "--html", str(page)]
    assert main([*command, *sheets, "--force"]) == 0
    assert "the web page alone compares with last time" in _in_a_row(capsys.readouterr().out)
    assert main([*command, *pack, "--compare", str(before / "last.parquet"), "--force"]) == 0
    about = openpyxl.load_workbook(tmp_path / "pack.xlsx")["About"]
    compared = [row[1].value for row in about.iter_rows() if row[0].value == "Compared with"]
    assert compared == ["last.json", "last.parquet"]


def test_accounts_are_the_pages_where_no_sheet_has_the_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(*range(3, 11)).write_csv(tmp_path / "claims.csv")
    posts_to = str(Path(about.__file__).with_name("accounts.toml"))
    command = ["estimate", str(tmp_path / "claims.csv"), "--accounts", posts_to]
    command += ["--output", str(tmp_path / "pack.xlsx"), "--report", "summary"]
    assert main(command) == 2
    assert "or write a web page beside it (--html)" in capsys.readouterr().err
    page = tmp_path / "page.html"
    assert main([*command, "--html", str(page)]) == 0
    said = "the web page alone posts to the accounts of accounts.toml."
    assert said in _in_a_row(capsys.readouterr().out)
    assert "Journal" in page.read_text(encoding="utf-8")


def _in_a_row(text: str) -> str:
    return " ".join(text.split())


def test_a_tampered_change_turns_its_check(before: Path, now: Estimate, tmp_path: Path) -> None:
    write_workbook(now, tmp_path / "pack.xlsx", compare=[before / "last.parquet"])
    tamperings = {
        "untouched": untouched,
        "step": set_label("Changes", NEW, 4, 99),
        "now": set_label("Changes", NOW, 4, 99),
        "line": add("Changed lines", "Allowed, now", 2, 1),
        "total": total_row("Changed lines", "Allowed, now", 99),
    }
    read = checks_after(tmp_path / "pack.xlsx", tamperings, tmp_path)
    for name, (_, reads) in read.items():
        turned = [check for check, read in reads.items() if read == "CHECK"]
        is_told = any(each.startswith("Changes: figures") for each in turned)
        assert is_told == (name not in {"untouched", "total"})
        totals = "Changed lines: totals that agree with their rows"
        assert (totals in turned) == (name == "total"), name


@pytest.mark.parametrize("kind", ["last.parquet", "last.xlsx"])
def test_what_nobody_knows_is_blank_among_changed_lines_too(kind: str, tmp_path: Path) -> None:
    """A share on no file read 0.00, and so did the change of a line that never had an amount."""
    text = 'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\npercent_of_medicare = '
    last, now = (
        Setup(payers={"acme": payer(tmp_path / each, f"{text}{each}\n")})
        for each in ("110", "120")
        if not (tmp_path / each).mkdir()
    )
    was = estimate(batch(*range(1, 9)), last)
    write_frame(was.lines, tmp_path / "last.parquet")
    write_workbook(was, tmp_path / "last.xlsx")
    told = estimate(batch(2, 4, 5, 6), now)
    pack = tmp_path / "pack.xlsx"
    assert write_workbook(told, pack, compare=[tmp_path / kind]).differences == ()
    book = openpyxl.load_workbook(pack, data_only=True)
    names, *rows = book["Changed lines"].iter_rows(values_only=True)
    lines = {row[0]: dict(zip(names, row, strict=True)) for row in rows[:-1]}
    owed = ("Patient owes, last, where on file", "Patient owes, now, where on file")
    assert lines["c6"]["Change"] == REPRICED
    assert [lines["c6"][each] for each in owed] == [None, None]
    unlisted = lines["c7"]  # 99999 is on no schedule
    assert unlisted["Change"] == DROPPED
    assert (unlisted["Change of allowed"], unlisted["Change of payment"]) == (None, None)
    heads = [row for row in book["Changes"].iter_rows(values_only=True) if "Charges" in row]
    assert "Patients owe, where on file" in heads[0]
    assert "Patients owe, where on file" in page_of(told, tmp_path, kind)


NO_SHARE = 'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n'
A_SHARE = f"{NO_SHARE}[terms.coinsurance]\npatient = 0.10\n"


@pytest.mark.parametrize("kind", ["last.parquet", "last.xlsx", "last.json"])
@pytest.mark.parametrize(
    ("terms", "blank"),
    [
        ((NO_SHARE, NO_SHARE), {LAST, DROPPED, REPRICED, "Change", NOW}),
        ((NO_SHARE, A_SHARE), {LAST, DROPPED}),
        ((A_SHARE, A_SHARE), set()),
    ],
)
def test_what_patients_owe_on_no_file_is_blank_in_every_step(
    terms: tuple[str, str], blank: set[str], kind: str, tmp_path: Path
) -> None:
    """Dropped read 0.00, as if the patients of a payer whose file says nothing owed nothing."""
    last, now = (
        Setup(payer=payer(tmp_path / str(place), text))
        for place, text in enumerate(terms)
        if not (tmp_path / str(place)).mkdir()
    )
    was = estimate(batch(*range(1, 9)), last)
    write_frame(was.lines, tmp_path / "last.parquet")
    write_workbook(was, tmp_path / "last.xlsx")
    write_run(was.run, tmp_path / "last.json")
    told = estimate(batch(2, 4, 5, 6, charge="310.00"), now)
    given = [tmp_path / kind]
    if kind == "last.parquet":  # lines alone do not say what was on file
        given.append(tmp_path / "last.json")
    pack = tmp_path / "pack.xlsx"
    assert write_workbook(told, pack, compare=given).differences == ()
    rows = openpyxl.load_workbook(pack, data_only=True)["Changes"].iter_rows(values_only=True)
    steps = (LAST, DROPPED, NEW, REPRICED, "Change", NOW)
    owed = {row[0]: row[5] for row in rows if row[0] in steps}
    assert {step for step, amount in owed.items() if amount is None} == blank & {*owed}
    assert sum(Decimal(str(each or 0)) for each in [*owed.values()][:-1]) == Decimal(
        str([*owed.values()][-1] or 0)
    )
    write_html(told, tmp_path / "page.html", compare=given)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert ("Patients owe, where on file" in page) == bool(blank)
    start = page.index("<h2>What changed since last time")
    for row in page[start:].split("</table>")[0].split("<tr")[2:]:
        label = next(each for each in steps if f">{each}<" in row)
        assert ('<td class="n"></td>' in row) == (label in blank), row


def page_of(told: Estimate, folder: Path, last: str) -> str:
    write_html(told, folder / "page.html", compare=[folder / last])
    return (folder / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"claim_line_start_date": "2026-06-03"}, "another date of service"),
        ({"hcpcs_modifier_1": "50"}, "other modifiers"),
        ({"service_unit_quantity": "2"}, "other units"),
        ({"place_of_service_code": "22"}, "another place of service"),
        ({"practitioner_type": "nurse_practitioner"}, "another practitioner"),
        ({"deductible_remaining": "50.00"}, "another deductible remaining"),
        ({"charge_amount": "1.00"}, "another charge"),
    ],
)
def test_a_line_whose_amounts_are_others_names_what_else_of_it_is(
    other: dict[str, str], why: str, tmp_path: Path
) -> None:
    """It said "other amounts", of a pack as of a file of lines."""
    usual = {"hcpcs_modifier_1": "RT", "service_unit_quantity": "1", "practitioner_type": ""}
    usual |= {"deductible_remaining": "0.00"}
    last, now = (
        estimate(batch(2).with_columns(**{name: pl.lit(it) for name, it in each.items()}), Setup())
        for each in (usual, usual | other)
    )
    write_frame(last.lines, tmp_path / "last.parquet")
    write_workbook(last, tmp_path / "last.xlsx")
    for name in ("last.parquet", "last.xlsx"):
        told = Figures(now, last=read_last([tmp_path / name])).changes
        assert told is not None
        assert told.lines["why"].to_list() == [why]
    same = Figures(last, last=read_last([tmp_path / "last.xlsx"])).changes
    assert same is not None
    assert same.lines.is_empty()


def test_modifiers_that_a_batch_had_none_of_are_others(tmp_path: Path) -> None:
    last = estimate(batch(2), Setup())
    now = estimate(batch(2).with_columns(hcpcs_modifier_1=pl.lit("50")), Setup())
    write_frame(last.lines, tmp_path / "last.parquet")
    told = Figures(now, last=read_last([tmp_path / "last.parquet"])).changes
    assert told is not None
    assert told.lines["why"].to_list() == ["other modifiers"]


def test_other_terms_are_named_of_the_payer_whose_they_are(before: Path, now: Estimate) -> None:
    told = Figures(now, last=read_last([before / "last.xlsx"])).changes
    assert told is not None
    other = told.lines.filter(pl.col("why") == "other terms")
    assert other.height
    assert all(int(claim[1:]) % 3 == 0 for claim in other["claim_id"])


def test_what_several_payers_paid_is_headed_by_none_of_them(before: Path, tmp_path: Path) -> None:
    """Last time's amounts of Medicare's lines, too, stood under "Acme pays"."""
    only = estimate(batch(3, 6), Setup(payer=acme(tmp_path / "a", 110)))
    assert Figures(only).pays == "Acme pays"
    write_workbook(only, tmp_path / "pack.xlsx", compare=[before / "last.xlsx"])
    page = openpyxl.load_workbook(tmp_path / "pack.xlsx")["Changes"]
    headings = [cell.value for cell in page["E"]]
    assert "Payers pay" in headings
    assert "Acme pays" not in headings


def test_a_pack_that_openpyxl_saved_is_read_with_its_days(before: Path, tmp_path: Path) -> None:
    """Each rule stood otherwise ("since 33604"), and each repriced line had another date."""
    again = tmp_path / "again.xlsx"
    openpyxl.load_workbook(before / "last.xlsx").save(again)
    setup = Setup(payers={"acme": acme(tmp_path / "a", 110)})
    same = Figures(estimate(batch(*range(1, 9)), setup), last=read_last([again])).changes
    assert same is not None
    assert same.otherwise == ()
    other = estimate(batch(*range(1, 9), charge="50.00"), setup)
    told = Figures(other, last=read_last([again])).changes
    assert told is not None
    assert told.lines["why"].to_list() == ["another charge"]


@pytest.mark.parametrize(
    "heading", ["Claim", "Line", "Code", "Status", "Charge", "Allowed amount", "Patient owes"]
)
def test_a_last_pack_without_a_column_that_is_compared_is_one_sentence(
    heading: str, before: Path, now: Estimate, tmp_path: Path
) -> None:
    """Without the number of the line it was a bug; without a charge last time's were 0.00."""
    book = openpyxl.load_workbook(before / "last.xlsx")
    headings = (heading, ON_FILE.format(heading))
    (column,) = [cell.column for cell in book["Lines"][1] if cell.value in headings]
    book["Lines"].delete_cols(column)
    book.save(tmp_path / "cut.xlsx")
    with pytest.raises(ReportError, match=f"cut.xlsx has no column {heading}; give the lines"):
        write_workbook(now, tmp_path / "pack.xlsx", compare=[tmp_path / "cut.xlsx"])


@pytest.mark.parametrize("lacking", ["hcpcs_code", "patient_amount"])
def test_lines_without_a_column_that_is_compared_are_one_sentence(
    lacking: str, before: Path, now: Estimate, tmp_path: Path
) -> None:
    pl.read_parquet(before / "last.parquet").drop(lacking).write_parquet(tmp_path / "cut.parquet")
    with pytest.raises(ReportError, match=f"cut.parquet has no column {lacking}; give the lines"):
        write_workbook(now, tmp_path / "pack.xlsx", compare=[tmp_path / "cut.parquet"])


def test_a_last_pack_whose_checks_nobody_calculated_is_told(before: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    openpyxl.load_workbook(before / "last.xlsx").save(again)
    assert read_last([before / "last.xlsx"]).remarks == ()
    (said,) = read_last([before / "last.json", again]).remarks
    assert said.startswith("again.xlsx: ")
    assert "have no result: a program that does not calculate saved it." in said


@pytest.mark.parametrize("kind", ["html", "xlsx", "sheets"])
def test_a_last_pack_whose_own_checks_fail_is_told(
    kind: str, tampered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tampered pack was compared with, and nothing was said."""
    batch(*range(1, 9)).drop("payer").write_csv(tmp_path / "claims.csv")
    to = {"html": "page.html", "xlsx": "pack.xlsx", "sheets": "sheets"}[kind]
    option = {"html": "--html", "xlsx": "--output", "sheets": "--sheets"}[kind]
    given = ["estimate", str(tmp_path / "claims.csv"), "--compare", str(tampered)]
    main([*given, option, str(tmp_path / to)])
    said = re.search(r"last.xlsx: [0-9]+ of its own [0-9]+ checks do", _said(capsys))
    assert said
    if kind == "html":
        assert said[0] in (tmp_path / to).read_text(encoding="utf-8")
    if kind == "xlsx":
        page = openpyxl.load_workbook(tmp_path / to)["Changes"]
        assert any(said[0] in str(cell.value) for cell in page["A"])


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    return _in_a_row("".join(capsys.readouterr()))


@pytest.fixture(scope="module")
def tampered(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Last time's pack with another headline, calculated and saved."""
    folder = tmp_path_factory.mktemp("tampered")
    book = openpyxl.load_workbook(before / "last.xlsx")
    set_headline("Expected allowed amount", 1)(book)
    book.save(folder / "last.xlsx")
    (anew,) = calculated_anew([folder / "last.xlsx"], folder)
    return anew
