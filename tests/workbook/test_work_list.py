"""The work list: what is so of a line, which act mends it, by when, who may be billed."""

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.utils import get_column_letter

from payrules.front_door.terms import setup_of
from payrules.runs.estimate import estimate
from payrules.runs.who_paid import RunPayer, RunTerm
from payrules.workbook.columns import AT_STAKE
from payrules.workbook.figures import Figures
from payrules.workbook.work_list import (
    BY_CARC,
    BY_STATUS,
    DISPOSITIONS,
    OWNERS,
    UNDER_REVIEW,
    fact,
    file_by,
    what_to_do,
)
from tests.workbook.conftest import claims


@pytest.mark.parametrize(
    ("modifiers", "billed"), [("GA", True), ("AT GA", True), ("GZ", False), ("", False)]
)
def test_a_denied_patient_is_billed_only_where_a_notice_was_signed(
    modifiers: str, billed: bool
) -> None:
    """A line with GZ, which says that no notice was given, was "bill the patient if signed"."""
    lines = pl.DataFrame(
        {"status": ["denied"], "carc": ["50"], "review": [None], "modifiers": [modifiers]}
    )
    (said,) = lines.select(what_to_do(lines)).to_series()
    assert ("bill the patient" in said) == billed


@pytest.mark.parametrize(
    ("reason", "helps"),
    [
        ("assistant indicator 0: an assistant is paid only with documentation of medical", True),
        ("co-surgeon indicator 1: needs documentation of the need for two surgeons", True),
        ("assistant indicator 1: an assistant is not paid, by statute", False),
        ("co-surgeon indicator 0: co-surgeons are not permitted", False),
        ("team indicator 0: team surgery is not permitted", False),
    ],
)
def test_documents_are_sent_only_where_they_can_get_a_second_surgeon_paid(
    reason: str, helps: bool
) -> None:
    """An assistant whom the statute leaves unpaid was "send documents of need"."""
    lines = pl.DataFrame([row("denied", carc="54", reason=reason)])
    (said,) = lines.select(what_to_do(lines)).to_series()
    assert said.startswith("Send documents" if helps else "Write it off")


def test_medicares_statute_writes_off_no_second_surgeon_of_another_plan() -> None:
    """Ohio Comp's assistant was written off by a statute that does not bind it."""
    said = "assistant indicator 1: an assistant is not paid, by statute"
    names = ("Medicare", "Ohio Comp")
    lines = pl.DataFrame([row("denied", carc="54", reason=said, payer_name=each) for each in names])
    payers = [RunPayer(), RunPayer("Ohio Comp", plan="workers_compensation")]
    ours, theirs = lines.select(what_to_do(lines, payers)).to_series()
    assert ours.startswith("Write it off")
    assert theirs == "By Medicare's indicator: look what the contract says of a second surgeon."


@pytest.mark.parametrize("notice", ["GA", "GU"])
@pytest.mark.parametrize("carc", ["50", "119", "151"])
def test_a_signed_notice_lets_the_patient_be_billed(carc: str, notice: str) -> None:
    """GU was said to be without a notice, beside a reason that said the patient signed one."""
    lines = pl.DataFrame([row("denied", carc=carc, modifiers=f"KX {notice}")])
    (said,) = lines.select(what_to_do(lines)).to_series()
    assert said.endswith("or bill the patient.")


def test_no_notice_of_medicares_is_asked_of_a_plan_that_has_none() -> None:
    """A commercial plan's line was "bill the patient if a notice (ABN) was signed"."""
    names = ("Medicare", "Beta", "Acme")
    lines = pl.DataFrame([row("denied", carc="96", payer_name=name) for name in names])
    payers = [RunPayer(), RunPayer("Beta", plan="commercial"), RunPayer("Acme")]
    ours, *theirs = lines.select(what_to_do(lines, payers)).to_series()
    assert "(ABN)" in ours
    assert [each for each in theirs if "ABN" in each or "contract" not in each] == []
    # A payer that was not given is priced as the first.
    (asked,) = lines[:1].select(what_to_do(lines[:1], payers[1:])).to_series()
    assert asked == theirs[0]


def row(status: str = "priced", **more: object) -> dict[str, object]:
    given = {"status": status, "carc": None, "review": None, "reason": None, "modifiers": ""}
    return {**given, **more}


STALE = "an edit of July 2024, used because this quarter's is not loaded: check it"
WORKED = pl.DataFrame(
    [
        row(review="modifier 22: full amount; the contractor decides"),
        row(review="in the global period of claim C7 line 2, 010 days from 2025-10-02"),
        row(review="in the global period of claim C9 line 4, 010 days from 2025-11-02"),
        row("not_on_schedule", reason="no row: selected codes only: import it"),
        row("denied", carc="236", reason="NCCI: not paid with 1", review=STALE),
        row("denied", carc="236", reason="NCCI: not paid with 2"),
        row("by_report", reason="drug: load the drug payment limit (ASP) file for 2025Q1"),
        row(),
        row(review="coverage: 10 days after the session of 2026-01-10; the policy asks for 14"),
        row(review="GA: the patient owes it; coverage: would be denied (PR 50 N115): no diagnosis"),
    ],
    schema_overrides=dict.fromkeys(("carc", "review", "reason"), pl.String),
)


def test_every_act_is_an_act_and_one_act_mends_what_it_mends() -> None:
    acts = WORKED.select(what_to_do(WORKED)).to_series().to_list()
    assert acts == [
        "Confirm in the record: modifier 22: full amount.",
        *["Confirm in the record: in the global period of another line, 010 days from a day."] * 2,
        "Import CMS's whole release, then price again.",
        "Import the quarter's edits, then price again.",
        "Check the code pair; add a modifier only if the services were separate.",
        "Import the quarter's drug limits (ASP), then price again.",
        None,
        *[UNDER_REVIEW] * 2,
    ]
    assert "Read the note" not in str([*BY_STATUS.values(), *BY_CARC.values()])


def test_the_fact_is_the_reason_and_the_note() -> None:
    facts = WORKED.select(fact(WORKED)).to_series().to_list()
    assert facts[4].startswith("NCCI: not paid with 1; an edit of July 2024")
    assert facts[0] == WORKED["review"][0]
    assert facts[7] is None


#: A contract that takes claims for ninety days.
NINETY = RunTerm("timely_filing", "days", "one year", "90 days", "article 7")


def test_a_payer_file_s_days_reach_the_work_list(tmp_path: Path) -> None:
    """Whoever has a contract of ninety days files by them, and Medicare by its year."""
    (tmp_path / "acme.toml").write_text(
        'name = "Acme"\ncontract = "agreement"\n[timely_filing]\ndays = 90\ncites = "article 7"\n',
        encoding="utf-8",
    )
    batch = claims()[:18].with_columns(
        payer=pl.when(pl.col("claim_id") == "c6").then(pl.lit("Acme")).otherwise(pl.lit(""))
    )
    priced = estimate(batch, setup_of(["medicare", str(tmp_path / "acme.toml")]))
    rows = Figures(priced).to_review.select("claim_id", "claim_line_start_date", "file_by_date")
    spans = {claim: by - day for claim, day, by in rows.rows()}
    assert spans["c6"] == timedelta(90)
    assert spans["c7"] == timedelta(365)
    told = {(each.rule, each.term): each for each in priced.run.every_payer[1].terms}
    assert told["timely_filing", "days"].payer == "90 days"
    assert told["timely_filing", "days"].cites == "article 7"


@pytest.mark.parametrize(
    ("payer", "day"),
    [
        (RunPayer(), date(2025, 2, 28)),
        (RunPayer("Ours", plan="medicare"), date(2025, 2, 28)),
        (RunPayer("Acme", plan="commercial"), None),
        (RunPayer("Acme"), None),
        (RunPayer("Acme", terms=(NINETY,)), date(2024, 5, 29)),
        (RunPayer("Ours", plan="medicare", terms=(NINETY,)), date(2024, 5, 29)),
    ],
)
def test_each_payer_has_its_own_limit(payer: RunPayer, day: date | None) -> None:
    """A year of the day of service (42 CFR 424.44(a)), or the days that a payer's file says."""
    name = payer.name.replace("medicare", "Medicare")
    lines = pl.DataFrame({"claim_line_start_date": [date(2024, 2, 29)], "payer_name": [name]})
    assert lines.select(file_by([payer])).item() == day


def test_the_sheet_is_a_work_list(book: openpyxl.Workbook) -> None:
    sheet = book["Review"]
    names = [cell.value for cell in sheet[1]]
    for name in ("Act", "What to do", "What is so", "Payer", "File by", "Owner", "Due"):
        assert name in names
    rows = [
        dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    acts = [row["Act"] for row in rows]
    assert acts == sorted(acts)
    assert {*acts} == {*range(1, max(acts) + 1)}
    stakes = {}
    for row in rows:
        stakes.setdefault(row["Act"], []).append(row[AT_STAKE] or 0)
        assert row["What is so"]
        assert row["Owner"] is row["Due"] is row["Disposition"] is None
    assert all(each == sorted(each, reverse=True) for each in stakes.values())
    totals = [sum(each) for each in stakes.values()]
    assert totals == sorted(totals, reverse=True)
    lists = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    column = get_column_letter(names.index("Disposition") + 1)
    chosen = lists[f"{column}2:{column}{len(rows) + 1}"]
    assert chosen.formula1 == f'"{",".join(DISPOSITIONS)}"'
    assert chosen.showErrorMessage


def test_an_owner_that_the_batch_carries_is_not_the_one_to_fill_in() -> None:
    lines = claims()[:18].with_columns(owner=pl.lit("the batch's"), act=pl.lit("x"))
    review = Figures(estimate(lines)).to_review
    assert "owner" not in review.columns
    assert {*review["input_owner"]} == {"the batch's"}
    assert review["act"].dtype == pl.Int64


def test_no_choice_of_a_list_has_a_comma() -> None:
    # Excel parts a list at commas: "Confirmed, no change" was offered as two choices.
    assert [each for each in (*DISPOSITIONS, *OWNERS) if "," in each] == []
