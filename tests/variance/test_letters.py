"""Letters of appeal: what they ask of whom, what is due, and what is said to the practice alone."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from payrules.__main__ import main
from payrules.errors import ReportError
from payrules.files.whole import all_or_none
from payrules.front_door.terms import setup_of
from payrules.payers import load_payer
from payrules.runs.setup import Setup
from payrules.screen.variance import variance
from payrules.variance.appeals import Letters, letter, write_appeals
from payrules.variance.results import variance_tables
from payrules.workbook.variance import write_variance
from tests.variance.small import Answer, Paid, of_batch, payment, plan_payment, rows

HEAD = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,"
    "place_of_service_code,locality,payer"
)


def batch(payer: str = "") -> str:
    return f"{HEAD}\nA,1,P,2026-03-02,64493,900,11,01112-05,{payer}\n"


def answered(codes: str, payer: str = "") -> str:
    paid = Paid("64493", "900", "0", codes)
    write = plan_payment if payer == "Acme" else payment
    return write(Answer("A", (paid,), person="P", control="ICN1", status="4"))


def acme(folder: Path) -> Setup:
    file = folder / "acme.toml"
    file.write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n'
        "[terms.sequestration]\noff = true\n",
        encoding="utf-8",
    )
    return replace(setup_of("medicare"), payers={"acme": load_payer(str(file))})


@pytest.mark.parametrize(("payer", "asked"), [("", "redetermination"), ("Acme", "appeal")])
def test_only_medicare_is_asked_for_a_redetermination(
    payer: str, asked: str, tmp_path: Path
) -> None:
    found = of_batch(tmp_path, batch(payer), answered("CO-50 900", payer), setup=acme(tmp_path))
    assert write_appeals(found, tmp_path / "letters").written == 1
    (path,) = (tmp_path / "letters").iterdir()
    assert path.read_text(encoding="utf-8").startswith(f"# Request for {asked}\n")


def test_a_plan_that_pays_by_the_head_is_asked_for_its_terms(tmp_path: Path) -> None:
    found = of_batch(tmp_path, batch("Acme"), answered("CO-24 900", "Acme"), setup=acme(tmp_path))
    assert [row["action"] for row in rows(found)] == ["review_terms"]


@pytest.mark.parametrize(("over", "is_asked"), [("130.00", True), ("800.00", False)])
def test_a_letter_asks_for_what_the_claim_is_short_of_and_else_is_not_written(
    over: str, is_asked: bool, tmp_path: Path
) -> None:
    """It asked for the lines alone, or for a negative amount where another line had more."""
    second = "A,2,P,2026-03-02,99213,900,11,01112-05,"
    claims = batch().replace("64493", "72148") + f"{second}\n"
    given = (
        Paid("72148", "900", "0", "CO-50 900"),
        Paid("99213", "900", over, f"CO-45 {900 - float(over):.2f}"),
    )
    answer = Answer("A", given, person="P", control="ICN1")
    found = of_batch(tmp_path, claims, payment(answer), setup=setup_of("medicare"))
    denied, paid = rows(found)
    assert (denied["action"], paid["variance_status"]) == ("appeal", "overpaid")
    net = denied["underpaid_amount"] - paid["overpaid_amount"]
    written = write_appeals(found, tmp_path / "letters").written
    assert (written, net > 0) == (int(is_asked), is_asked)
    for path in (tmp_path / "letters").iterdir():
        assert f"- Amount due: {net / 100:.2f} (" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("carc", ["24", "26", "27", "22"])
def test_what_another_payer_owes_is_billed_to_it_and_not_appealed(
    carc: str, tmp_path: Path
) -> None:
    """Capitation and cover that had ended were appealed, with a letter that cited nothing."""
    found = of_batch(tmp_path, batch(), answered(f"CO-{carc} 900"), setup=setup_of("medicare"))
    (row,) = rows(found)
    assert row["action"] == "bill_other_payer"
    assert write_appeals(found, tmp_path / "letters").written == 0


def test_a_payer_that_was_not_given_is_told_first(tmp_path: Path) -> None:
    """Lines of another payer were held against Medicare's terms, and the screen was silent."""
    found = of_batch(tmp_path, batch("Aetna"), answered("CO-50 900"), setup=setup_of("medicare"))
    shown = "\n".join(str(part) for part in variance(found, {}))
    assert "1 payer named in the batch is unknown and priced as medicare (1 line): Aetna." in shown


@pytest.mark.parametrize("npi", ["", "1000000009"])
def test_a_letter_says_who_billed_as_the_claim_has_it_else_the_remittance(
    npi: str, tmp_path: Path
) -> None:
    """A payer could not tell whose letter it was; a tax number may be a person's own."""
    head, *lines = batch().splitlines()
    csv = "\n".join([f"{head},billing_npi,billing_tin", *(f"{e},{npi},123456789" for e in lines)])
    found = of_batch(tmp_path, f"{csv}\n", answered("CO-50 900"), setup=setup_of("medicare"))
    assert write_appeals(found, tmp_path / "letters").written == 1
    (path,) = (tmp_path / "letters").iterdir()
    said = path.read_text(encoding="utf-8")
    assert f"\n- Billing provider (NPI): {npi or '1000000001'}\n" in said
    assert "123456789" not in said


def line(**more: object) -> dict[str, object]:
    names = (
        *("payer", "claim_id", "payer_claim_control_number", "trace_number", "payment_date"),
        *("appeal_by_date", "claim_line_number", "hcpcs_code", "modifiers", "remarks", "cites"),
        *("claim_line_start_date", "expected_because", "payer_codes", "variance_cause", "action"),
        *("expected_allowed_amount", "restated_paid_amount", "payer_allowed_amount"),
        *("payer_paid_amount", "underpaid_amount", "overpaid_amount", "cause_detail"),
        "recovered_beyond_amount",
    )
    return {**dict.fromkeys(names), "action": "appeal", **more}


def test_what_is_due_is_net_of_what_another_line_was_paid_too_much() -> None:
    """The letter warned its payer of the overpayment, and asked for more than the claim is owed."""
    said = letter([line(underpaid_amount=7462)], [line(overpaid_amount=2697)])
    assert (
        "- Amount due: 47.65 (74.62 on the lines below, less 26.97 paid above what is expected on"
        " another line of this claim)"
    ) in said
    assert "take it back" not in said


def test_a_letter_names_rules_in_words_and_no_doubt_of_ours() -> None:
    detail = (
        "12.00 is the amount as by the rule assistant_at_surgery; so would be: practitioner"
        "; our note: load CMS's pair table before appealing"
    )
    said = letter([line(underpaid_amount=7462, cause_detail=detail)], [])
    assert "12.00 is the amount as by the rule assistant at surgery.\n" in said
    assert "practitioner" not in said
    assert "pair table" not in said


def test_a_shortfall_of_the_payment_alone_counts_by_its_share_of_the_payment(
    tmp_path: Path,
) -> None:
    """A sequestration taken twice is 2 percent of the payment, and none of what is allowed."""
    code = "99213"
    claims = f"{HEAD}\nA,1,P,2026-03-02,{code},900,11,01112-05,\n"
    setup = setup_of("medicare")
    expected = of_batch(tmp_path, claims, answered("CO-50 900"), setup=setup).lines
    allowed, paid = expected.select("expected_allowed_amount", "expected_paid_amount").row(0)
    own_share = (allowed + 2) // 5
    withheld = allowed - own_share - paid
    short = paid - withheld

    def shown(cents: int) -> str:
        return f"{cents / 100:.2f}"

    codes = f"CO-45 {shown(90000 - allowed)}, PR-2 {shown(own_share)}, CO-253 {shown(2 * withheld)}"
    answer = Answer("A", (Paid(code, "900", shown(short), codes),), person="P", control="ICN1")
    found = of_batch(tmp_path, claims, payment(answer), setup=setup)
    work, below = found.work_list()
    assert work["underpaid_amount"].to_list() == [withheld]
    assert work["underpaid_amount"].item() < found.options.least
    assert below == 0


def test_letters_of_an_earlier_run_are_refused_or_taken_away(tmp_path: Path) -> None:
    """A letter of a claim that was paid by now lay among those of today, and was sent."""
    folder, setup = tmp_path / "letters", setup_of("medicare")
    found = of_batch(tmp_path, batch(), answered("CO-50 900"), setup=setup)
    assert write_appeals(found, folder) == Letters(written=1, late=0)
    (folder / "0002-B.md").write_text("# Notes\n\n- Payer: none\n", encoding="utf-8")
    (folder / "0003-C.md").write_text("", encoding="utf-8")
    (folder / "notes.md").write_text("# Request for x\n\n- Payer: y\n", encoding="utf-8")
    later = of_batch(tmp_path, batch(), answered("CO-16 900"), setup=setup)
    with pytest.raises(ReportError, match=r"0001-A\.md is there already"):
        write_appeals(later, folder)
    letters = write_appeals(later, folder, force=True)
    assert letters == Letters(written=0, late=0, old=(folder / "0001-A.md",))
    assert letters.words(folder) == (
        f"0 letters in {folder}. 1 letter of an earlier run was taken away there."
    )
    assert sorted(path.name for path in folder.iterdir()) == ["0002-B.md", "0003-C.md", "notes.md"]
    write_appeals(found, folder)
    assert write_appeals(found, folder, force=True) == Letters(written=1, late=0)


def test_a_letter_that_was_changed_is_never_taken_away(tmp_path: Path) -> None:
    """Copies with the user's own notes were taken away with the letters of another batch."""
    folder, setup = tmp_path / "letters", setup_of("medicare")
    found = of_batch(tmp_path, batch(), answered("CO-50 900"), setup=setup)
    write_appeals(found, folder)
    first = folder / "0001-A.md"
    text = first.read_bytes()
    copies = {
        "0001-A-sent.md": text + b"Sent on 2026-05-02.\n",
        "0002-B.md": text.replace(b"Our claim", b"My claim"),
        "0003-C.md": text.replace(b"\n", b"\r\n"),
        "0004-D.md": text[: text.rindex(b"\n<!--")],
    }
    for name, own in copies.items():
        (folder / name).write_bytes(own)
    (folder / "0005-E.md").write_bytes(text)  # a copy as it was written is no work of anyone's
    with pytest.raises(ReportError, match="but for those that were changed since"):
        write_appeals(found, folder)
    letters = write_appeals(found, folder, force=True)
    assert letters == Letters(1, 0, (folder / "0005-E.md",), tuple(copies))
    assert letters.words(folder).endswith(
        f" Of an earlier run, and left there since changed: {', '.join(copies)}."
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == copies | {
        "0001-A.md": text
    }


@pytest.mark.parametrize("own", ["# Notes\n", "# Request for mercy\n\n- Payer: Acme\n", None])
def test_no_letter_takes_the_place_of_what_somebody_wrote(tmp_path: Path, own: str | None) -> None:
    folder, setup = tmp_path / "letters", setup_of("medicare")
    found = of_batch(tmp_path, batch(), answered("CO-50 900"), setup=setup)
    write_appeals(found, folder)
    first = folder / "0001-A.md"
    told = first.read_text(encoding="utf-8") + "Called them.\n" if own is None else own
    first.write_text(told, encoding="utf-8")
    with pytest.raises(ReportError, match=r"0001-A\.md. Move it away first; nothing was written"):
        write_appeals(found, folder, force=True)
    assert first.read_text(encoding="utf-8") == told


def test_old_letters_stay_where_the_run_fails(tmp_path: Path) -> None:
    folder, setup = tmp_path / "letters", setup_of("medicare")
    write_appeals(of_batch(tmp_path, batch(), answered("CO-50 900"), setup=setup), folder)
    later = of_batch(tmp_path, batch(), answered("CO-16 900"), setup=setup)

    def fails() -> None:
        with all_or_none():
            write_appeals(later, folder, force=True)
            raise ReportError("no room")

    with pytest.raises(ReportError, match="no room"):
        fails()
    assert [path.name for path in folder.iterdir()] == ["0001-A.md"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"trace_number": "T1", "payment_date": "2026-04-15"}, ": trace number T1 of 2026-04-15"),
        ({"trace_number": "T1"}, ": trace number T1"),
        ({"payment_date": "2026-04-15"}, " of 2026-04-15"),
        ({}, None),
    ],
)
def test_a_letter_has_no_words_for_what_identifies_nothing(
    told: dict[str, object], said: str | None
) -> None:
    """It read "Your claim number: " and "trace number  of 2026-04-15"."""
    written = letter([line(underpaid_amount=7462, **told)], []).splitlines()
    assert [each for each in written if each.startswith("- Payment")] == (
        [f"- Payment{said}"] if said else []
    )
    assert not [each for each in written if each.startswith("- Your claim number")]


def test_a_claim_that_has_no_letter_says_why_and_is_counted(tmp_path: Path) -> None:
    """It kept `appeal` on its line, no letter was there, and nobody counted it."""
    head, row, *_ = batch().splitlines()
    second = row.replace("A,1,", "A,2,").replace("64493", "99213")
    denied, over = Paid("64493", "900", "0", "CO-50 900"), Paid("99213", "900", "900", "")
    answer = Answer("A", (denied, over), person="P")
    setup = setup_of("medicare")
    found = of_batch(tmp_path, "\n".join([head, row, second, ""]), payment(answer), setup=setup)
    asked, above = rows(found)
    assert (asked["action"], above["variance_status"]) == ("appeal", "overpaid")
    taken = f"{above['overpaid_amount'] / 100:.2f} was paid too much on other lines of this claim"
    assert asked["cause_detail"].endswith(f"our note: no letter is written: {taken}")
    assert "no letter" not in (above["cause_detail"] or "")
    due = f"{asked['underpaid_amount'] / 100:.2f} is due on other lines of this claim"
    assert above["cause_detail"].endswith(f"our note: {due}: so much less is given back")
    letters = write_appeals(found, tmp_path / "letters")
    assert (letters.written, letters.outweighed) == (0, 1)
    assert "1 claim has no letter" in letters.words(tmp_path)


def test_letters_taken_away_at_the_end_of_a_run_are_said_to_be_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run said "not to be removed" of 27 names, all of which it took away when it ended."""
    claims, paid, folder = (tmp_path / name for name in ("b.csv", "p.835", "letters"))
    claims.write_text(batch(), encoding="utf-8")
    denied, right = (
        Answer("A", (Paid("64493", "900", *how),), person="P")
        for how in (("0", "CO-50 900"), ("900", ""))
    )
    given = ["variance", str(claims), "--remittance", str(paid), "--appeals", str(folder)]
    for answer, many in ((denied, 1), (right, 0)):
        paid.write_text(payment(answer), encoding="utf-8", newline="")
        assert main([*given, "--locality", "national", "--force"]) in {0, 1}
        assert len([*folder.glob("*.md")]) == many
    said = " ".join(capsys.readouterr().out.split())
    assert "1 letter of an earlier run was taken away there." in said
    assert "not to be removed" not in said


def test_what_a_letter_takes_off_is_no_refund_besides(tmp_path: Path) -> None:
    """A letter asked for so much less, and the money was to be sent back all the same."""
    head, row, *_ = batch().splitlines()
    second = row.replace("A,1,", "A,2,").replace("64493,900", "99213,100")
    denied, over = Paid("64493", "900", "0", "CO-50 900"), Paid("99213", "100", "100", "")
    answer = Answer("A", (denied, over), person="P")
    setup = setup_of("medicare")
    found = of_batch(tmp_path, "\n".join([head, row, second, ""]), payment(answer), setup=setup)
    asked, above = rows(found)
    assert (asked["action"], above["variance_status"], above["action"]) == (
        "appeal",
        "overpaid",
        "",
    )
    assert above["cause_detail"].endswith(
        "our note: what this claim is due is asked for less this: no refund beside that"
    )
    assert "no refund" not in asked["cause_detail"]
    letters = write_appeals(found, tmp_path / "letters")
    assert (letters.written, letters.outweighed) == (1, 0)
    (text,) = [path.read_text(encoding="utf-8") for path in (tmp_path / "letters").iterdir()]
    off = f"{above['overpaid_amount'] / 100:.2f}"
    assert f"less {off} paid above what is expected on another line of this claim" in text
    page = tmp_path / "page.xlsx"
    write_variance(found, variance_tables(found), page)
    front = openpyxl.load_workbook(page).worksheets[0]
    shown = [cell for cells in front.iter_rows(values_only=True) for cell in cells]
    assert f"1 line: {off} taken off what their claims are due" in shown
    at = shown.index("Overpaid: may be asked back")
    assert [each for each in shown[at:] if each is not None][1:3] == [0, "0 lines"]
    # A line paid too much of a claim that is due nothing is given back as it was.
    alone = Answer("A", (over,), person="P")
    found = of_batch(tmp_path, "\n".join([head, second, ""]), payment(alone), setup=setup)
    assert rows(found)[0]["action"] == "refund"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("the reason given is CO-18 250.00", "The reason given is CO-18 250.00.\n"),
        (
            "the reason given is CO-18 1,250.00; 2.00 is more",
            "The reason given is CO-18 1,250.00; 2.00 is more.\n",
        ),
        ("the payment differs by the sequestration", "The payment differs by the sequestration.\n"),
    ],
)
def test_a_letter_gives_the_payers_reason_in_a_sentence(detail: str, said: str) -> None:
    """It read "duplicate claim. CO-18 250.00 speaks of duplicate claim", in lower case."""
    written = letter([line(underpaid_amount=7462, cause_detail=detail)], [])
    assert f"What differs: None. {said}" in written
    assert "speaks of" not in written


def test_a_refund_waits_for_the_terms_that_make_its_neighbour_short(tmp_path: Path) -> None:
    """By the same terms one line was sent back, and of the other the terms were asked about."""
    head, row, *_ = batch().splitlines()
    second = row.replace("A,1,", "A,2,").replace("64493,900", "99213,100")
    short, over = Paid("64493", "900", "61.23", "CO-45 838.77"), Paid("99213", "100", "100", "")
    setup = setup_of("medicare")
    csv = "\n".join([head, row, second, ""])
    found = of_batch(tmp_path, csv, payment(Answer("A", (short, over), person="P")), setup=setup)
    one, other = rows(found)
    assert (one["variance_status"], one["action"]) == ("underpaid", "review_terms")
    assert (other["variance_status"], other["action"]) == ("overpaid", "review_terms")
    assert other["cause_detail"].endswith(
        f"{one['underpaid_amount'] / 100:.2f} is short on other lines of this claim: look at the"
        " terms of both first"
    )
    assert one["cause_detail"].endswith(
        f"our note: {other['overpaid_amount'] / 100:.2f} was paid too much on other lines of this"
        " claim"
    )
    # Where more is given back than may be due, that stays, and is less if it is.
    more = Paid("99213", "600", "600", "")
    csv = csv.replace("99213,100", "99213,600")
    answer = payment(Answer("A", (short, more), person="P"))
    held = rows(of_batch(tmp_path, csv, answer, setup=setup))
    assert [each["action"] for each in held] == ["review_terms", "refund"]
    assert held[1]["cause_detail"].endswith("where it is due, give less back")
    page = tmp_path / "page.xlsx"
    write_variance(found, variance_tables(found), page)
    front = openpyxl.load_workbook(page).worksheets[0]
    shown = [cell for cells in front.iter_rows(values_only=True) for cell in cells if cell]
    at = shown.index("Overpaid: no refund for now")
    amount = other["overpaid_amount"] / 100
    assert shown[at + 1 : at + 3] == [
        amount,
        f"1 line: {amount:.2f} to be looked at first (terms)",
    ]
