"""The report as one web page: no script, nothing from elsewhere, readable on a phone, printable.

It shows what the Summary shows: totals and groups, no single claim and no person.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.runs.results import Estimate
from payrules.runs.x12 import not_whole
from payrules.workbook import about
from payrules.workbook.accounts import read_accounts
from payrules.workbook.coinsurance import beside_paid, in_a_sentence
from payrules.workbook.columns import AT_STAKE, LINE_COLUMNS, PAID
from payrules.workbook.figures import Figures, against_paid, answers
from payrules.workbook.figures.accrual import KEYS
from payrules.workbook.figures.answers import AnswersBlock
from payrules.workbook.figures.bridge import charted
from payrules.workbook.figures.changes import Changes
from payrules.workbook.figures.cuts import CONTRACTUAL
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, total
from payrules.workbook.html_page import facts, html_page, money, percent, table, text
from payrules.workbook.last_pack import read_last
from payrules.workbook.layout.sheets import SUMMARY_TABLES
from payrules.workbook.pages.changes import OTHERWISE_TITLE, TITLE, owed_of
from payrules.workbook.pages.front import SIGNED
from payrules.workbook.pages.headline import headline_rows
from payrules.workbook.pages.summary import SUMMARY_TITLES, WRITTEN_APART
from payrules.workbook.pages.summary_charts import BRIDGE_NOTE
from payrules.workbook.words import CHARTED, in_words, largest
from payrules.workbook.xlsx.charts import label_of, waterfall, whole_dollars
from payrules.workbook.xlsx.styles import (
    STATUS_COLOURS,
)
from payrules.workbook.xlsx.written import Written, refuse_overwriting

_ROWS = 10


def write_html(
    results: Estimate,
    path: Path,
    *,
    accounts: str | Path | None = None,
    compare: Sequence[str | Path] = (),
    force: bool = False,
) -> Written:
    """Write the report as one self-contained HTML file, whole or not at all.

    `accounts` is a file of those that the journal posts to, `compare` what to compare with: see
    `read_last`. Raises ReportError for these, for a path that cannot be written, or a file that is
    there already.
    """
    path = Path(path)
    refuse_overwriting([path], force=force)
    last = read_last([Path(each) for each in compare]) if compare else None
    posts_to = read_accounts(None if accounts is None else Path(accounts))
    figures = Figures(results, posts_to, last)
    with put_in_place(path, fault=ReportError) as (partial,):
        partial.write_text(_page(figures), encoding="utf-8", newline="\n")
    differences = tuple(
        f"{check.name}: {check.difference:,.2f}" for check in figures.checks if check.difference
    )
    return Written(path, (), {}, differences, last.remarks if last else ())


def _page(figures: Figures) -> str:
    title, failed = about.title(figures), not_whole(figures.run.x12)
    parts = [
        f"<h1>{text(title)}</h1>",
        f'<p class="quiet">{text(about.batch_in_words(figures))}</p>',
        f'<p class="quiet">{text(about.made_in_words(figures.run))}</p>',
        *([f'<p><span class="off said">{text(failed)}</span></p>'] if failed else []),
        _headline(figures),
        _sign_off(),
        _review(figures),
        *([_changes(figures, figures.changes)] if figures.changes else []),
        *(_answers(figures, block) for block in figures.answers),
        *([_against_paid(figures)] if figures.against_paid else []),
        _group(figures, "status"),
        f"<h2>{text(figures.bridge_title)}</h2>",
        _bridge(figures),
        f'<p class="quiet">{text(BRIDGE_NOTE)}</p>',
        '<div class="pair">',
        _bars("Reductions by rule", figures.reductions_by_rule, "label", "less"),
        _bars("Allowed amount by code", figures.codes_by_allowed, "hcpcs_code", "total"),
        "</div>",
        *(_group(figures, key) for key in SUMMARY_TABLES if key not in WRITTEN_APART),
        _accrual(figures),
        _journal(figures),
        _steps(figures),
        _checks(figures),
        _about(figures),
    ]
    return html_page(title, parts)


def _headline(figures: Figures) -> str:
    rows = []
    for row in headline_rows(figures):
        kind = "strong" if row.strong else ("", "in", "in part")[row.indent]
        is_number = row.is_check or row.counts
        amount = f"{row.amount:,}" if is_number else money(row.amount, dollars=True)
        if row.is_check:
            amount = f'<span class="{"off" if row.amount else "ok"}">{amount}</span>'
        cells = (text(row.label), f'<td class="n">{amount}</td>', f"<td>{text(row.words)}</td>")
        rows.append((kind, cells))
    return facts(rows, "The answer", kind="headline")


def _sign_off() -> str:
    """Leave room for who prepared the page and who reviewed it."""
    line = '<td class="line"></td>'
    rows = [("", (who, line, "<td>Date</td>", line)) for who in SIGNED]
    return facts(rows, "Who signs", kind="sign")


def _answers(figures: Figures, block: AnswersBlock) -> str:
    """Show what each payer answered beside what is expected, and what is pending."""
    rows = [
        [text(each.payer), *map(money, each.amounts), f"{each.pending_lines:,}"]
        for each in (*block.shown(_ROWS), block.total)
    ]
    measure = block.measure.expected
    shown = table(
        answers.HEADINGS[measure],
        rows[:-1],
        frozenset(range(1, 7)),
        rows[-1],
        caption=answers.TITLES[measure],
    )
    unsaid = _unsaid_of_paid(figures) if measure == PAID else ""
    notes = _quiet(block.apart_in_words, *answers.NOTES, block.aside, unsaid)
    return f"<h2>{answers.TITLES[measure]}</h2>\n{shown}\n{notes}"


def _changes(figures: Figures, changes: Changes) -> str:
    """Show what changed since last time, and what stands otherwise."""
    rows = [
        [
            text(step.label),
            "" if step.lines is None else f"{step.lines:,}",
            *map(money, step.amounts),
        ]
        for step in changes.steps
    ]
    headings = ("Step", "Lines", "Charges", "Allowed", figures.pays, owed_of(figures))
    shown = table(headings, rows[:-1], frozenset(range(1, 6)), rows[-1], caption=TITLE)
    notes = "".join(f'<p class="quiet">{text(each)}</p>' for each in changes.notes)
    otherwise = f"<p>{text(changes.nothing)}</p>"
    if changes.otherwise:
        listed = [
            [text(name), text(kind), text(before), text(after)]
            for kind, name, before, after in changes.otherwise
        ]
        otherwise = table(
            ("What is otherwise", "Kind", "Last time", "Now"),
            listed,
            frozenset(),
            caption=OTHERWISE_TITLE,
        )
    return f"<h2>{TITLE}</h2>\n{notes}{shown}\n<h2>{OTHERWISE_TITLE}</h2>\n{otherwise}"


def _group(figures: Figures, key: str) -> str:
    grouped = figures.by_status if key == "status" else figures.top(key, _ROWS)
    rows = []
    for each in grouped.iter_rows(named=True):
        label = text(each[key])
        if key == "status":
            fill, ink = STATUS_COLOURS[each[key]]
            style = f"background:{fill};color:{ink}"
            label = f'<span class="status" style="{style}">{in_words(each[key])}</span>'
        share = each["allowed_share"]
        amounts = [money(each[name]) for name in HEADLINE_AMOUNTS]
        rows.append([label, f"{each['lines']:,}", *amounts, percent(share)])
    known = figures.no_coinsurance
    totals = {name: known.total(name, grouped[name]) for name in HEADLINE_AMOUNTS}
    charges, allowed = total(grouped["charge_amount"]), total(grouped["allowed_amount"])
    share = percent(allowed / charges if charges else None)
    lines = f"{int(grouped['lines'].sum()):,}"
    foot = ["Total", lines, *(money(totals[name]) for name in HEADLINE_AMOUNTS), share]
    named = LINE_COLUMNS[key].heading
    owed = figures.heading("patient_amount")
    headings = (named, "Lines", "Charges", "Allowed", figures.pays, owed, "Of charges")
    shown = table(headings, rows, frozenset(range(1, 7)), foot, caption=SUMMARY_TITLES[key])
    return f"<h2>{SUMMARY_TITLES[key]}</h2>\n{shown}"


def _against_paid(figures: Figures) -> str:
    """Show what payers allowed and paid against what is expected."""
    rows = []
    for measure in figures.against_paid:
        for each in (*measure.compared, measure.total, *measure.not_compared):
            compared = each not in measure.not_compared
            label = text(each.label)
            rows.append(
                [
                    label if each.group else f"<b>{label}</b>",
                    f"{each.lines:,}",
                    money(each.expected) if compared else "",
                    money(each.paid),
                    money(each.difference) if compared else "",
                    percent(each.share) if compared else "",
                ]
            )
    headings = ("Compared", "Lines", "Expected", "By payer", "Difference", "Of expected")
    shown = table(headings, rows, frozenset(range(1, 6)), caption=against_paid.TITLE)
    notes = _quiet(against_paid.WHAT_NEXT, _unsaid_of_paid(figures))
    return f"<h2>{against_paid.TITLE}</h2>\n{shown}\n{notes}"


def _unsaid_of_paid(figures: Figures) -> str:
    """Say whose expected payments hold a share of the patients' that is not known."""
    return beside_paid(figures.no_coinsurance.of_paid)


def _quiet(*said: str) -> str:
    """Write what is said below a table, each in a line."""
    return "".join(f'<p class="quiet">{text(each)}</p>' for each in said if each)


def _bridge(figures: Figures) -> str:
    steps = waterfall(figures.bridge[charted(figures.bridge) :])
    highest = max((sum(step[1:], Decimal(0)) for step in steps), default=Decimal(0)) or Decimal(1)
    rows = []
    for step in steps:
        label, base, reached, decrease, increase = step
        kind = "less" if decrease else ("more" if increase else "total")
        left, width = 100 * base / highest, 100 * (reached + decrease + increase) / highest
        name = f"<b>{text(label)}</b>" if kind == "total" else text(label)
        rows.append(
            f'<div>{name}</div><div class="track"><div class="bar {kind}"'
            f' style="margin-left:{left:.3f}%;width:{width:.3f}%"></div></div>'
            f'<div class="n">{label_of(step)}</div>'
        )
    return f'<div class="chart" role="img" aria-label="Payment bridge">{"".join(rows)}</div>'


def _bars(title: str, frame: pl.DataFrame, label: str, kind: str) -> str:
    amount = "amount" if "amount" in frame.columns else "allowed_amount"
    pairs = frame.select(label, amount).head(CHARTED).rows()
    if not pairs:
        return ""
    title = largest(title, frame.height)
    highest = max(value for _, value in pairs)
    rows = "".join(
        f'<div>{text(name)}</div><div class="track"><div class="bar {kind}"'
        f' style="width:{100 * value / highest:.3f}%"></div></div>'
        f'<div class="n">{whole_dollars(value)}</div>'
        for name, value in pairs
    )
    return f'<div><h2>{text(title)}</h2><div class="chart">{rows}</div></div>'


def _review(figures: Figures) -> str:
    rows = [
        [
            in_words(each["status"]) + (" with a note" if each["status"] == "priced" else ""),
            f"{each['lines']:,}",
            money(each["at_stake_amount"]),
            text(each["what_to_do"]),
        ]
        for each in figures.review_by_reason.iter_rows(named=True)
    ]
    headings = ("Status", "Lines", AT_STAKE, "What to do")
    if not rows:
        nothing = "<p>Nothing: every line is priced without a note.</p>"
        return f"<h2>{SUMMARY_TITLES['review']}</h2>{nothing}"
    title = SUMMARY_TITLES["review"]
    return f"<h2>{title}</h2>\n" + table(headings, rows, frozenset((1, 2)), caption=title)


def _steps(figures: Figures) -> str:
    rows = [
        [
            f"<b>{text(each['label'])}</b>" if each["kind"] == "total" else text(each["label"]),
            money(each["amount"]) if each["kind"] == "change" else "",
            money(each["running_total"]),
            f"{each['lines']:,}",
            text(each["what"]),
            text(each["cites"]),
        ]
        for each in figures.bridge.iter_rows(named=True)
    ]
    headings = ("Step", "Change", "Reached", "Lines", "What it does", "Citation")
    title = "Bridge, step by step"
    return f"<h2>{title}</h2>\n" + table(headings, rows, frozenset((1, 2, 3)), caption=title)


#: What the accrual is parted into, as the sheet heads it.
_ACCRUED = {
    "charge_amount": "Charges",
    "contractual_amount": CONTRACTUAL,
    "denied_amount": "Denied",
    "medicare_amount": "Expected net, payer",
    "patient_amount": "Expected, patient",
    "primary_paid_amount": "Paid by first payer",
    "unpriced_amount": "Pending a price",
}


def _accrual(figures: Figures) -> str:
    """Show what a month is accrued with, payer by payer."""
    accrual = figures.by(*KEYS)
    shown = [name for name in _ACCRUED if name in accrual.columns]
    rows = [
        [text(each["payer_name"]), text(each["month"]), f"{each['lines']:,}"]
        + [money(each[name]) for name in shown]
        for each in accrual.iter_rows(named=True)
    ]
    foot = ["Total", "", f"{int(accrual['lines'].sum()):,}"]
    foot += [money(figures.no_coinsurance.total(name, accrual[name])) for name in shown]
    contractual = {"contractual_amount": figures.heading("contractual_amount")}
    names = _ACCRUED | contractual
    headings = ("Payer", "Month", "Lines", *(names[name] for name in shown))
    numbers = frozenset(range(2, len(headings)))
    said = in_a_sentence(figures.no_coinsurance.of_files)
    note = f'<p class="quiet">{text(said)}</p>\n' if said else ""
    return f"<h2>Accrual</h2>\n{note}{table(headings, rows, numbers, foot, caption='Accrual')}"


def _journal(figures: Figures) -> str:
    """Show the entries that post the accrual."""
    journal = figures.journal
    sides = ("debit_amount", "credit_amount")
    rows = [
        [
            *(text(each[name]) for name in ("entry", "date", "account")),
            *(money(each[side]) for side in sides),
            text(each["memo"]),
        ]
        for each in journal.iter_rows(named=True)
    ]
    foot = ["Total", "", "", *(money(total(journal[side])) for side in sides), ""]
    headings = ("Entry", "Date", "Account", "Debit", "Credit", "Memo")
    shown = table(headings, rows, frozenset((3, 4)), foot, caption="Journal")
    return f"<h2>Journal</h2>\n{shown}"


def _checks(figures: Figures) -> str:
    rows = []
    for each in figures.checks:
        shown = (lambda value: f"{value:,}") if each.counts else money
        reads = (
            '<span class="ok">OK</span>'
            if not each.difference
            else '<span class="off">CHECK</span>'
        )
        rows.append(
            [text(each.name), shown(each.left), shown(each.right), shown(each.difference), reads]
        )
    headings = ("Check", "Figure", "Compared with", "Difference", "Reads")
    return "<h2>Checks</h2>\n" + table(headings, rows, frozenset((1, 2, 3)), caption="Checks")


def _about(figures: Figures) -> str:
    told_of_run = facts(
        (("", (text(name), f"<td>{text(words)}</td>")) for name, words in about.run_facts(figures)),
        "This run",
        kind="headline told",
    )
    sources = [
        [text(kind), text(f"{name} ({what})"), f"<small>{text(sha256)}</small>"]
        for kind, name, what, sha256 in about.sources(figures)
    ]
    read = table(("What", "Name", "SHA-256"), sources, frozenset(), caption="Sources")
    told = about.glossary_of(figures)
    words = "".join(f"<li><b>{text(name)}</b>: {text(said)}</li>" for name, said in told)
    terms = [[text(cell) for cell in row] for row in about.terms_that_differ(figures.run)]
    differing = ""
    if terms:
        listed = table(about.TERM_HEADINGS, terms, frozenset(), caption="Terms")
        differing = f"<h2>Terms that differ from Medicare</h2>{listed}"
    notes, assumed = (
        "".join(f"<li>{text(each)}</li>" for each in said)
        for said in (about.schedule_notes(figures.run), about.ASSUMPTIONS)
    )
    where = f"<h2>Where the numbers come from</h2><ul>{notes}</ul>" if notes else ""
    limits = "".join(f"<p>{text(each)}</p>" for each in about.DISCLAIMER)
    return (
        f"<h2>About</h2>{limits}{told_of_run}<h2>Sources</h2>{read}"
        f"{where}{differing}<h2>Assumptions</h2><ul>{assumed}</ul><h2>Words</h2><ul>{words}</ul>"
    )
