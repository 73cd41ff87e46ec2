"""The workbook of expected against paid: what is due, bridge and sums, the work, every table.

Decision: it has one layout, and `variance` no --report. Layouts choose among the columns of priced
lines and their sums; here each table has columns of its own, and what somebody wants otherwise is
made of `--lines` and `--worklist`, which have every column. Lines below the thresholds are counted
above the headings of the work list, where they are seen, not in its last row.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted
from payrules.runs.results import payers_not_given
from payrules.runs.who_paid import as_named
from payrules.variance.analysis import NO_PAID_AMOUNT, Variance
from payrules.variance.columns import BLANK
from payrules.variance.comparison import (
    DENIED,
    NO_REMITTANCE,
    NOT_COMPARABLE,
    REVERSED,
    STATUSES,
    UNDERPAID,
)
from payrules.variance.recovered import added_in_words
from payrules.variance.results import CHECKS
from payrules.workbook.about import AboutText, Source, facts_of, made_in_words, of_run, sources_of
from payrules.workbook.answer_book import OfSheet, of_cents
from payrules.workbook.coinsurance import NoCoinsurance, beside_paid
from payrules.workbook.figures.labels import payer_names
from payrules.workbook.overpaid import overpaid_rows
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.paid_book import Fact, PageBlock, PaidAnswer, write_paid_book
from payrules.workbook.paid_page import (
    FAILED_CHECKS,
    checks_by_kind,
    failed_in_words,
    write_paid_page,
)
from payrules.workbook.remittance import FILES_OF_REMITTANCES, ON_PAGE, ON_SHEET, of_payments
from payrules.workbook.words import capital
from payrules.workbook.xlsx.written import Written

_TITLE = "Expected against paid"
_LINE = ("claim_id", "claim_line_number", "claim_line_start_date", "hcpcs_code", "modifiers")
#: What of a line fits on paper: what it is, what differs, why, and what to do until when.
_WORK_ON_PAPER = (
    *(*_LINE, "payer", "expected_allowed_amount", "payer_allowed_amount", "underpaid_amount"),
    *("claim_underpaid_amount", "variance_cause", "payer_codes"),
    *("action", "appeal_by_date", "days_left"),
)
_LINES_ON_PAPER = (
    *(*_LINE, "payer", "expected_allowed_amount", "payer_allowed_amount", "expected_paid_amount"),
    *("payer_paid_amount", "underpaid_amount", "overpaid_amount"),
    *("variance_status", "variance_cause", "payer_codes"),
)
_REVERSED = {"variance_status": REVERSED}
_BEYOND = "recovered_beyond_amount"
#: Payers of whom the first page shows a bridge each.
_MOST_PAYERS = 6
#: What of the payments a batch's own columns may tell of.
_OF_LINES = frozenset(("compared", "not_compared", "allowed_unsaid"))
#: The blank amount of a line that says one alone → the status it counts under, and what is said.
_HALF_ANSWERED = {
    "paid": (NO_REMITTANCE, "of these, lines with an allowed amount alone"),
    "allowed": (NOT_COMPARABLE, "of these, lines with a paid amount alone"),
}
#: Sheets of what only remittances tell.
_OF_REMITTANCES = ("Unmatched", "Remittances", "Provider adjustments", "Superseded", CHECKS)


def write_variance(
    found: Variance,
    tables: Mapping[str, pl.DataFrame],
    path: Path,
    *,
    privacy: str = "",
    force: bool = False,
) -> Written:
    """Write expected against paid as a workbook; ReportError for a path that cannot be used."""
    notes = {
        name: f"{counted(below, 'line')} below the thresholds: not here, and counted in By cause."
        for name, below in (("Work list", found.work_list()[1]), ("Denials", found.denials()[1]))
        if below
    }
    if wanted := found.terms_wanted.sentences():
        told = [notes["Work list"]] if "Work list" in notes else []
        notes["Work list"] = " ".join([*told, *wanted])
    tables = _said_of_the_batch(found, tables)
    return write_paid_book(
        path,
        _answer(found, privacy),
        _blocks(found),
        tables,
        notes=_notes(found),
        sheet_notes=notes,
        printed={
            **dict.fromkeys(("Work list", "Denials"), _work_on_paper(found)),
            **dict.fromkeys(("Lines", "Overpaid"), _LINES_ON_PAPER),
        },
        force=force,
    )


def write_variance_page(
    found: Variance,
    tables: Mapping[str, pl.DataFrame],
    path: Path,
    *,
    privacy: str = "",
    force: bool = False,
) -> None:
    """Write the sums and groups of expected against paid as a web page; ReportError as above."""
    facts = [(name[:1].lower() + name[1:], said) for name, said in _facts(found)]
    facts += [("privacy", privacy)] if privacy else []
    notes = ["; ".join(f"{name}: {said}" for name, said in facts)]
    notes += _notes(found)
    shown = _said_of_the_batch(found, tables)
    groups = {name: shown[name] for name in ("By cause", "By payer", "By code")}
    groups[FAILED_CHECKS] = checks_by_kind(tables[CHECKS])
    due = [
        Fact(row.label, row.amount)
        for row, _ in _answer(found, privacy).rows
        if not row.counts and row.amount is not None
    ]
    blocks = [PageBlock("What is due", due), *_blocks(found)]
    failed = _failed(found, ON_PAGE)
    write_paid_page(path, _TITLE, blocks, groups, notes=notes, failed=failed, force=force)


def _failed(found: Variance, where: str) -> str:
    """Say how many checks of the files fail: of remittances, or of claims beside them."""
    of_claims = any(file.checks for file in found.batch.x12)
    of = "the claim and remittance files" if of_claims else "the remittance files"
    return failed_in_words(found.checks, where, of=of)


def _work_on_paper(found: Variance) -> tuple[str, ...]:
    """Give the columns of work on paper: with what was taken back, where anything was."""
    if not found.lines[_BEYOND].sum():
        return _WORK_ON_PAPER
    at = _WORK_ON_PAPER.index("claim_underpaid_amount")
    return (*_WORK_ON_PAPER[:at], _BEYOND, *_WORK_ON_PAPER[at:])


def _said_of_the_batch(
    found: Variance, tables: Mapping[str, pl.DataFrame]
) -> Mapping[str, pl.DataFrame]:
    """Leave out idle sheets of remittances where none was given, and miss no remittance there."""
    if found.read.files:
        return tables
    return {
        name: frame.with_columns(
            pl.col(each).replace(NO_REMITTANCE, capital(NO_PAID_AMOUNT))
            for each in ("variance_status", "what")
            if each in frame.columns
        )
        for name, frame in tables.items()
        if frame.height or name not in _OF_REMITTANCES
    }


def _notes(found: Variance) -> list[str]:
    """Give what is said above the figures."""
    wanted = found.terms_wanted.unsaid()
    return [*wanted, *added_in_words(found.read), *_no_coinsurance(found)]


def _no_coinsurance(found: Variance) -> list[str]:
    """Say whose patients' shares are not on file, and stand in what is expected to be paid."""
    run, given = found.run, found.batch.lines
    payers = given["payer"] if "payer" in given.columns else pl.Series([""] * given.height)
    lines = pl.DataFrame({"payer_name": payer_names(payers, run.every_payer)})
    said = beside_paid(NoCoinsurance(run, lines).of_files)
    return [said] if said else []


def _blocks(found: Variance) -> list[PageBlock]:
    return [_bridge(found), *_of_payers(found), _sum(found), _statuses(found)]


def _answer(found: Variance, privacy: str) -> PaidAnswer:
    """Say what is due, what was denied and what may be asked back, and whether all is told."""
    run = found.run
    files = [*(each.name for each in run.inputs), *(each.name for each in found.read.files)]
    payers = [as_named(each.name) for each in run.every_payer]
    told = ", ".join(files[:4]) + (f" and {len(files) - 4} more" if len(files) > 4 else "")
    said = (
        "  ·  ".join([told, f"payer{'s' * (len(payers) > 1)} {', '.join(payers)}"]),
        made_in_words(run),
    )
    reversals = found.lines.filter(variance_status=REVERSED)["expected_paid_amount"]
    back = HeadlineRow(
        "Reversed: expected to be paid",
        of_cents(int(reversals.sum() or 0)),
        counted(len(reversals), "line"),
    )
    rows = [
        _due(found, "Underpaid", UNDERPAID, "underpaid_amount", _underpaid(found), strong=True),
        _due(found, "Denied, expected to be paid", DENIED, "underpaid_amount"),
        *overpaid_rows(found),
        *([(back, OfSheet("Lines", "expected_paid_amount", _REVERSED))] if len(reversals) else []),
    ]
    beyond = found.lines.filter(pl.col(_BEYOND) > 0)
    if beyond.height:
        words, of = counted(beyond.height, "line"), OfSheet("By cause", _BEYOND)
        taken = of_cents(int(beyond[_BEYOND].sum()))
        rows.append((HeadlineRow("Taken back beyond what was overpaid", taken, words), of))
    if rejects := found.batch.rejects.height + found.read.rejects.height:
        row = HeadlineRow(
            "Rejects", Decimal(rejects), "not read, so not compared", after_space=True, counts=True
        )
        rows.append((row, OfSheet("Rejects")))
    return PaidAnswer(_TITLE, said, rows, _about(found, privacy), _failed(found, ON_SHEET))


def _underpaid(found: Variance) -> str:
    """Say how many lines are underpaid, and what of them is on the work list.

    That has reversed lines, and of those allowed too much what was paid short, and leaves out what
    asks for nothing, and what is below the thresholds.
    """
    underpaid = found.lines.filter(variance_status=UNDERPAID)
    to_work, _ = found.work_list()
    others = to_work.filter(pl.col("variance_status") != UNDERPAID).height
    idle = underpaid.filter(action="").height
    below = underpaid.height - idle - (to_work.height - others)
    said = f"{counted(underpaid.height, 'line')}; on Work list {counted(to_work.height, 'line')}"
    said += f" ({others:,} of another status)" if others else ""
    said += f", {below:,} below the thresholds" if below else ""
    return said + (f", {idle:,} to do nothing about" if idle else "")


def _due(
    found: Variance, label: str, status: str, column: str, words: str = "", *, strong: bool = False
) -> tuple[HeadlineRow, OfSheet]:
    """Give the row of what lines of a status differ by."""
    lines = found.lines.filter(variance_status=status)
    words = words or counted(lines.height, "line")
    row = HeadlineRow(label, of_cents(int(lines[column].sum() or 0)), words, strong=strong)
    return row, OfSheet("By cause", column, {"variance_status": status})


#: A step of the bridge → the column of By payer that adds it up, where it is no difference.
_BY_PAYER = {"expected": "expected_paid_amount", "allowed_variance": "allowed_variance_amount"}


def _steps(found: Variance, payer: str = "") -> list[Fact]:
    """Give the steps from what was expected to what was paid: of one payer, or of all."""
    where = {"payer": payer} if payer else {}
    steps = found.bridges()[payer] if payer else found.bridge
    return [
        Fact(
            each.words,
            of_cents(each.amount),
            of=OfSheet(
                "By payer", _BY_PAYER.get(each.name, f"{each.name}_difference_amount"), where
            ),
        )
        for each in steps
    ]


def _of_payers(found: Variance) -> list[PageBlock]:
    """Give the bridge of each payer, where a page holds them; By payer has them all."""
    bridges = found.bridges()
    if not 1 < len(bridges) <= _MOST_PAYERS:
        return []
    return [
        PageBlock(
            f"The same for {as_named(payer)}",
            [
                *_steps(found, payer),
                Fact(
                    "paid and compared",
                    of_cents(sum(each.amount for each in steps)),
                    last=True,
                    of=OfSheet("By payer", "payer_paid_amount", {"payer": payer}),
                ),
            ],
        )
        for payer, steps in bridges.items()
    ]


def _bridge(found: Variance) -> PageBlock:
    paid = Fact(
        "paid and compared",
        of_cents(found.terms[0].amount),
        last=True,
        of=OfSheet("By payer", "payer_paid_amount"),
    )
    rest = Fact("bridge remainder", of_cents(found.bridge_remainder))
    return PageBlock(
        "From what was expected to what was paid",
        [*_steps(found), paid, rest],
        must_be_zero=rest.words,
    )


def _sum(found: Variance) -> PageBlock:
    of = {
        "compared": OfSheet("By payer", "payer_paid_amount"),
        "allowed_unsaid": OfSheet("Lines", "payer_paid_amount", {"cause_detail": BLANK["allowed"]}),
    }
    if found.read.files:
        of["provider_adjustments"] = of_payments("provider_adjustments", sign=-1)
    # A batch's own columns say nothing of claims and adjustments of payers.
    told = [
        each for each in found.terms if each.amount or found.read.files or each.name in _OF_LINES
    ]
    facts = [Fact(each.words, of_cents(each.amount), of=of.get(each.name)) for each in told]
    whole = of_payments("remittances") if found.read.files else None
    payments = Fact("payments", of_cents(found.payments), last=True, of=whole)
    rest = Fact("remainder", of_cents(found.remainder))
    return PageBlock(
        "Every cent is accounted for", [*facts, payments, rest], must_be_zero=rest.words
    )


def _statuses(found: Variance) -> PageBlock:
    counts = dict(found.lines["variance_status"].value_counts().rows())
    facts = []
    for status in STATUSES:
        if counts.get(status):
            words = found.words_of(status)
            at = capital(words) if words == NO_PAID_AMOUNT else status
            of = OfSheet("Lines", where={"variance_status": at})
            facts.append(Fact(words, counts[status], of=of))
        for name, (of_status, words) in _HALF_ANSWERED.items():
            if status == of_status and (many := found.half_answered[name]):
                of = OfSheet("Lines", where={"cause_detail": BLANK[name]})
                facts.append(Fact(words, many, of=of))
    facts.append(Fact("claims matched", found.compared.matched_claims))
    if not found.read.files:
        return PageBlock("Lines by status", facts)
    facts.append(Fact("payer claims without a claim", len(found.compared.unmatched)))
    facts.append(Fact("payer lines without a claim line", len(found.compared.unmatched_lines)))
    facts.append(Fact("reversals of what is not here", len(found.compared.without_original)))
    return PageBlock("Lines by status", facts)


def _facts(found: Variance) -> list[tuple[str, str]]:
    """Name what was compared, and by what."""
    run, options = found.run, found.options
    return [
        ("Payer", ", ".join(as_named(each.name) for each in run.every_payer)),
        *([("Payers not given", payers_not_given(run))] if run.payers_not_given else []),
        ("Fee schedule release", ", ".join(each.name for each in run.releases) or "none"),
        ("As of", found.as_of or "no payment date"),
        ("Tolerance", f"{of_cents(options.tolerance)} for each payer line"),
    ]


def _about(found: Variance, privacy: str) -> AboutText:
    """Say what was compared, by what, and what was not looked for."""
    run, options = found.run, found.options
    least = (
        f"lines below {of_cents(options.least)} and {options.least_percent / 10:g} % are left out"
    )
    facts = [
        *(each for each in facts_of(run) if each[0] != "Privacy"),
        *(each for each in _facts(found) if each[0] in {"As of", "Tolerance"}),
        ("Work list", least),
    ]
    facts += [("Privacy", privacy)] if privacy else []
    read: list[Source] = [
        (FILES_OF_REMITTANCES, each.name, counted(len(each.payments), "payment"), each.sha256)
        for each in found.read.files
    ]
    left_out = []
    if len(found.releases) < 2:
        left_out.append("The cause release: no other fee schedule release is loaded.")
    if found.batch.rejects.height:
        left_out.append(
            f"{counted(found.batch.rejects.height, 'row')} of the batch rejected: see Rejects."
        )
    said = of_run(run, "About this comparison", facts, sources_of(run, read))
    return replace(said, left_out=left_out)
