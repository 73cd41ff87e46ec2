"""The workbook of expected against paid: bridge and sums first, then the work, then every table.

Decision: it has one layout, and `variance` no --report. Layouts choose among the columns of priced
lines and their sums; here each table has columns of its own, and what somebody wants otherwise is
made of `--lines` and `--worklist`, which have every column. Lines below the thresholds are counted
above the headings of the work list, where they are seen, not in its last row.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted
from payrules.variance.analysis import Variance
from payrules.variance.comparison import STATUSES
from payrules.workbook.paid_book import Fact, PageBlock, write_paid_book
from payrules.workbook.paid_page import checks_by_kind, write_paid_page
from payrules.workbook.xlsx.written import Written

_ABOUT = "About"
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
#: Payers of whom the first page shows a bridge each.
_MOST_PAYERS = 6


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
    return write_paid_book(
        path,
        _TITLE,
        _blocks(found),
        {**tables, _ABOUT: about(found, privacy)},
        sheet_notes=notes,
        printed={
            **dict.fromkeys(("Work list", "Denials"), _WORK_ON_PAPER),
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
    facts = dict(about(found, privacy).rows())
    names = ("payer", "fee schedule release", "as of", "tolerance", "privacy")
    notes = ["; ".join(f"{name}: {facts[name]}" for name in names if name in facts)]
    groups = {name: tables[name] for name in ("By cause", "By payer", "By code")}
    groups["Checks that failed"] = checks_by_kind(tables["Checks"])
    write_paid_page(path, _TITLE, _blocks(found), groups, notes=notes, force=force)


def _blocks(found: Variance) -> list[PageBlock]:
    return [_bridge(found), *_of_payers(found), _sum(found), _statuses(found)]


def _of(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _of_payers(found: Variance) -> list[PageBlock]:
    """Give the bridge of each payer, where a page holds them; By payer has them all."""
    bridges = found.bridges()
    if not 1 < len(bridges) <= _MOST_PAYERS:
        return []
    return [
        PageBlock(
            f"The same for {payer}",
            [
                *(Fact(each.words, _of(each.amount)) for each in steps),
                Fact("paid and compared", _of(sum(each.amount for each in steps)), last=True),
            ],
        )
        for payer, steps in bridges.items()
    ]


def _bridge(found: Variance) -> PageBlock:
    facts = [Fact(each.words, _of(each.amount)) for each in found.bridge]
    paid = Fact("paid and compared", _of(found.terms[0].amount), last=True)
    rest = Fact("bridge remainder", _of(found.bridge_remainder))
    return PageBlock(
        "From what was expected to what was paid", [*facts, paid, rest], must_be_zero=rest.words
    )


def _sum(found: Variance) -> PageBlock:
    facts = [Fact(each.words, _of(each.amount)) for each in found.terms]
    payments = Fact("payments", _of(found.payments), last=True)
    rest = Fact("remainder", _of(found.remainder))
    return PageBlock(
        "Every cent is accounted for", [*facts, payments, rest], must_be_zero=rest.words
    )


def _statuses(found: Variance) -> PageBlock:
    counts = dict(found.lines["variance_status"].value_counts().rows())
    facts = [
        Fact(status.replace("_", " "), counts[status]) for status in STATUSES if counts.get(status)
    ]
    if found.half_answered:
        facts.append(Fact("of them with one amount blank, not compared", found.half_answered))
    facts.append(Fact("claims matched", found.compared.matched_claims))
    facts.append(Fact("payer claims without a claim", len(found.compared.unmatched)))
    facts.append(Fact("payer lines without a claim line", len(found.compared.unmatched_lines)))
    return PageBlock("Lines by status", facts)


def about(found: Variance, privacy: str = "") -> pl.DataFrame:
    """Say what was compared, by what, and what was not looked for."""
    run, options = found.run, found.options
    releases = ", ".join(each.name for each in run.releases) or "none"
    rows = [
        ("payrules", run.payrules),
        ("payer", run.payer.name),
        ("fee schedule release", releases),
        ("as of", found.as_of or "no payment date"),
        ("tolerance", f"{_of(options.tolerance)} for each payer line"),
        (
            "work list",
            f"lines below {_of(options.least)} and {options.least_percent / 10:g} % are left out",
        ),
        *(("claims", each.name) for each in run.inputs),
        *(("remittance", each.name) for each in found.read.files),
    ]
    if len(found.releases) < 2:
        rows.append(("cause release", "not looked for: no other fee schedule release is loaded"))
    if privacy:
        rows.append(("privacy", privacy))
    return pl.DataFrame(rows, schema={"what": pl.String, "is": pl.String}, orient="row")
