"""The work list: the fact of a line that is not paid or has a note, what mends it, and by when."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from payrules.payers.differences import FILING
from payrules.runs.who_paid import RunPayer, as_named

#: What to do with a line, by its status.
BY_STATUS = {
    "bundled": "Paid inside another service; appeal only if separate.",
    "denied": "Check code, modifiers and place; correct and resubmit.",
    "by_report": "Send the operative report; the contractor prices it.",
    "not_on_schedule": "Check code and date; another schedule may price it.",
    "priced": "Confirm what its note says in the record; correct the claim if it does not hold.",
}
#: A denial's own advice, by the claim adjustment reason code.
BY_CARC = {
    "4": "Correct the modifier: it does not fit this code.",
    "5": "Check the place of service: the code is not paid there.",
    "50": "Not held necessary, without a notice: appeal with records, or write it off.",
    "54": "Send documents of need for a second surgeon, or write it off.",
    "96": "Not covered: bill the patient if a notice (ABN) was signed.",
    **dict.fromkeys(
        ("119", "151"),
        "More often than the policy allows: check the sessions counted; appeal with records.",
    ),
    "107": "Bill the primary procedure with it, or remove the add-on.",
    "222": "Check the units; if the record supports them, appeal with it.",
    "233": "Never covered; nobody may be billed.",
    "236": "Check the code pair; add a modifier only if the services were separate.",
}


#: The same of a plan that is no Medicare: its patients sign no notice of Medicare's (ABN).
BY_CONTRACT = {
    "54": "By Medicare's indicator: look what the contract says of a second surgeon.",
    "96": "Not covered: look what the contract says of services that it does not cover.",
}


class _ByWords(NamedTuple):
    """What to do where a column has some words; `of_medicare` where they bind Medicare alone."""

    column: str
    words: str
    act: str
    of_medicare: bool = False


#: Where a line's words tell more than its code: a surgeon that no document gets paid (assistant 1,
#: co-surgeon 0, team 0); a table or a release that is not at hand: one import mends all such lines.
_BY_WORDS = (
    _ByWords(
        "reason",
        r"add-on .* without a payable primary procedure: .* is not paid",
        "Mend the primary's line first: the add-on follows it.",
    ),
    _ByWords(
        "reason",
        r"not paid, by statute|not permitted",
        "Write it off: no document gets a second surgeon paid here.",
        of_medicare=True,
    ),
    _ByWords(
        "reason",
        r"selected codes only: import",
        "Import CMS's whole release, then price again.",
    ),
    _ByWords(
        "reason",
        r"load the [a-z ]*drug payment limit",
        "Import the quarter's drug limits (ASP), then price again.",
    ),
    _ByWords(
        "reason",
        r"load the [a-z ]*laboratory fee schedule",
        "Import the quarter's laboratory fees (CLFS), then price again.",
    ),
    _ByWords(
        "review",
        r"used because this quarter's is not loaded",
        "Import the quarter's edits, then price again.",
    ),
)
#: What Medicare's claims must be filed within, of the day of service (42 CFR 424.44(a)).
_TIMELY = "1y"
#: What a biller may say was done with a line: a list in the column of the work list.
DISPOSITIONS = (
    *("Open", "In work", "Corrected and resubmitted", "Records sent", "Appealed"),
    *("Billed to the patient", "Written off", "Confirmed unchanged"),
)
#: Who may own a line: suggestions, any other name may be written.
OWNERS = ("Billing", "Coding", "Practitioner", "Front desk", "Contracting", "Finance")
_LONGEST = 200
#: Of notes: amounts, other lines and dates, which part lines that one act mends.
_OF_ONE_LINE = (
    (r"claim \S+ line \d+", "another line"),
    (r"\d{4}-\d{2}-\d{2}", "a day"),
    (r"\d[\d,]*\.\d{2,3}", "an amount"),
)


#: Of a line that a coverage policy finds something of, and that is paid.
UNDER_REVIEW = "Under review for coverage: hold the record against the policy."
#: The same where GA or GU says that the patient signed a notice.
WITH_NOTICE = {
    "50": "Not held necessary: appeal with records, or bill the patient.",
    **dict.fromkeys(
        ("119", "151"),
        "More often than the policy allows: check the sessions counted; appeal with records, or"
        " bill the patient.",
    ),
}


def what_to_do(lines: pl.DataFrame, payers: Sequence[RunPayer] = ()) -> pl.Expr:
    """Advise on each line that needs a look; null on a priced line without a note.

    `payers` are those of the run, the first that of lines whose payer was not given: by the kind of
    its plan (`payer_name`) a line's patient may have signed a notice.
    """
    first_carc = pl.col("carc").str.split(";").list.first()
    by_carc = first_carc.replace_strict(BY_CARC, default=None, return_dtype=pl.String)
    with_notice = first_carc.replace_strict(WITH_NOTICE, default=None, return_dtype=pl.String)
    signed = pl.col("modifiers").str.contains(r"\bG[AU]\b").fill_null(value=False)
    by_carc = pl.when(signed).then(pl.coalesce(with_notice, by_carc)).otherwise(by_carc)
    by_contract = first_carc.replace_strict(BY_CONTRACT, default=None, return_dtype=pl.String)
    by_carc = (
        pl.when(_of_contract(payers)).then(pl.coalesce(by_contract, by_carc)).otherwise(by_carc)
    )
    by_status = pl.col("status").replace_strict(BY_STATUS, default=None, return_dtype=pl.String)
    by_status = pl.when(pl.col("status") == "priced").then(_confirm()).otherwise(by_status)
    needs = (pl.col("status") != "priced") | pl.col("review").is_not_null()
    is_denied = pl.col("status") == "denied"
    if lines.is_empty():
        return pl.lit(None, dtype=pl.String)
    advice = pl.when(is_denied).then(pl.coalesce(by_carc, by_status)).otherwise(by_status)
    for each in reversed(_BY_WORDS):
        if each.column in lines.columns:
            told = pl.col(each.column).cast(pl.String)
            missing = told.str.contains(each.words).fill_null(value=False)
            missing &= pl.col("status") != "priced"
            if each.of_medicare:
                missing &= ~_of_contract(payers)
            advice = pl.when(missing).then(pl.lit(each.act)).otherwise(advice)
    return pl.when(needs).then(advice)


def _of_contract(payers: Sequence[RunPayer]) -> pl.Expr:
    """Whether a line's payer is another than Medicare; by the kind of plan its file says."""
    medicare = RunPayer().name
    others = {as_named(each.name): (each.plan or each.name) != medicare for each in payers}
    if not any(others.values()):
        return pl.lit(value=False)
    first = next(iter(others.values()))
    return pl.col("payer_name").replace_strict(others, default=first, return_dtype=pl.Boolean)


def _confirm() -> pl.Expr:
    """Say what a note asks to be confirmed: its first clause, without what is of one line alone.

    What coverage policies find is one act, whatever it is: the Summary has one amount of it.
    """
    review = pl.col("review").cast(pl.String)
    said = review.str.split(";").list.first()
    for words, instead in _OF_ONE_LINE:
        said = said.str.replace_all(words, instead)
    # A spreadsheet's criteria take these for any text.
    said = said.str.replace_all(r"[*?~]", "")
    confirm = pl.lit("Confirm in the record: ") + said.str.slice(0, _LONGEST) + pl.lit(".")
    under_review = review.str.contains(r"(^|; )coverage: ").fill_null(value=False)
    return pl.when(under_review).then(pl.lit(UNDER_REVIEW)).otherwise(confirm)


def fact(lines: pl.DataFrame) -> pl.Expr:
    """Tell of each line that needs a look what is so: its reason, and its note."""
    said = [name for name in ("reason", "review") if name in lines.columns]
    together = pl.concat_str(said, separator="; ", ignore_nulls=True)
    return pl.when(together != "").then(together)


def file_by(payers: Sequence[RunPayer]) -> pl.Expr:
    """Give the last day on which a line's claim may be filed.

    By the days of its payer's file (`timely_filing`), or Medicare's year. Decision: what no file
    says is not guessed, so the lines of other payers have none.
    """
    medicare = RunPayer().name
    within = {
        as_named(each.name): _TIMELY
        for each in payers
        if each.plan == medicare or (each.plan is None and each.name == medicare)
    }
    within |= {
        as_named(each.name): f"{term.payer.split()[0]}d"
        for each in payers
        for term in each.terms
        if (term.rule, term.term) == FILING
    }
    if not within:
        return pl.lit(None, dtype=pl.Date)
    span = pl.col("payer_name").replace_strict(within, default=None, return_dtype=pl.String)
    return pl.col("claim_line_start_date").dt.offset_by(span)
