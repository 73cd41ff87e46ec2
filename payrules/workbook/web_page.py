"""The report as one web page: no script, nothing from elsewhere, readable on a phone, printable.

It shows what the Summary shows: totals and groups, no single claim and no person.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from payrules.errors import ReportError
from payrules.files.whole import put_in_place
from payrules.runs.results import Estimate
from payrules.workbook import about
from payrules.workbook.figures import Figures, against_paid
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, total
from payrules.workbook.layout.sheets import SUMMARY_TABLES
from payrules.workbook.pages.headline import headline_rows
from payrules.workbook.pages.summary import SUMMARY_TITLES
from payrules.workbook.words import CHARTED, in_words, largest
from payrules.workbook.xlsx.bulk_rows import printable_text
from payrules.workbook.xlsx.charts import label_of, waterfall, whole_dollars
from payrules.workbook.xlsx.styles import (
    DECREASE_COLOUR,
    HEADING,
    INCREASE_COLOUR,
    INK,
    QUIET,
    RULE_LINE,
    STATUS_COLOURS,
    TOTAL_COLOUR,
)
from payrules.workbook.xlsx.written import Written, refuse_overwriting

_ROWS = 10
_WRITTEN_APART = frozenset(("status", "against_paid", "review"))
_STYLE = f"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 62rem; padding: 1.25rem; color: {INK}; background: #fff;
  font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
h1 {{ color: {HEADING}; font-size: 1.9rem; margin: 0 0 .25rem; }}
h2 {{ color: {HEADING}; font-size: 1.15rem; margin: 2rem 0 .5rem;
  border-bottom: 2px solid {HEADING}; padding-bottom: .2rem; }}
p, li {{ max-width: 46rem; }}
.quiet, caption {{ color: {QUIET}; font-size: .9rem; margin: 0; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .35rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #E4E7EB; }}
thead th {{ background: {HEADING}; color: #fff; }}
.n {{ text-align: right; white-space: nowrap; }}
tfoot td, tr.strong td {{ font-weight: 700; border-top: 1.5px solid {INK};
  border-bottom: 3px double {INK}; }}
.headline {{ width: auto; font-size: 1.1rem; margin-top: 1rem; }}
.headline td {{ border: 0; padding: .2rem .75rem .2rem 0; }}
.headline tr.strong td {{ font-size: 1.35rem; border-top: 1.5px solid {INK}; border-bottom: 0; }}
.headline .in td:first-child {{ padding-left: 1rem; }}
.headline td:last-child, .headline tr.strong td:last-child {{ color: {QUIET};
  font-size: .9rem; vertical-align: middle; font-weight: 400; }}
.ok, .off, .status {{ padding: .05rem .5rem; border-radius: .25rem; white-space: nowrap; }}
.ok, .off {{ font-weight: 700; }}
.ok {{ background: #DDF1EA; color: #00513B; }}
.off {{ background: {DECREASE_COLOUR}; color: #fff; }}
.chart {{ display: grid; grid-template-columns: minmax(7rem, 15rem) 1fr max-content;
  gap: .3rem .75rem; align-items: center; margin: .75rem 0; }}
.chart b {{ font-weight: 600; }}
.track {{ height: 1.15rem; border-left: 1px solid {RULE_LINE}; }}
.bar {{ height: 100%; min-width: 2px; }}
.total {{ background: {TOTAL_COLOUR}; }} .less {{ background: {DECREASE_COLOUR}; }}
.more {{ background: {INCREASE_COLOUR}; }}
.pair {{ display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); }}
.pair .chart {{ grid-template-columns: 8.5rem 1fr max-content; }}
@media (max-width: 40rem) {{
  body {{ padding: .8rem; font-size: .95rem; }}
  .chart {{ grid-template-columns: 7.2rem 1fr max-content; font-size: .85rem; }}
  .headline td:last-child {{ display: none; }}
  th, td {{ padding: .3rem .4rem; }}
}}
@media print {{
  body {{ max-width: none; padding: 0; font-size: 9.5pt; }}
  h2 {{ break-after: avoid; }} tr, .chart, .pair > div {{ break-inside: avoid; }}
  .scroll {{ overflow: visible; }} thead {{ display: table-header-group; }}
  @page {{ margin: 14mm; }}
}}
"""


def write_html(results: Estimate, path: Path, *, force: bool = False) -> Written:
    """Write the report as one self-contained HTML file, whole or not at all.

    Raises ReportError for a path that cannot be written, or a file that is there already.
    """
    path = Path(path)
    refuse_overwriting([path], force=force)
    figures = Figures(results)
    with put_in_place(path, fault=ReportError) as (partial,):
        partial.write_text(_page(figures), encoding="utf-8", newline="\n")
    differences = tuple(
        f"{check.name}: {check.difference:,.2f}" for check in figures.checks if check.difference
    )
    return Written(path, (), {}, differences, ())


def _page(figures: Figures) -> str:
    title = about.title(figures)
    parts = [
        f"<h1>{_text(title)}</h1>",
        f'<p class="quiet">{_text(about.batch_in_words(figures))}</p>',
        f'<p class="quiet">payrules {_text(figures.run.payrules)} ·'
        f" {about.stamp(figures.run):%Y-%m-%d %H:%M} UTC · an estimate, not a claim decision</p>",
        _headline(figures),
        _group(figures, "status"),
        *([_against_paid(figures)] if figures.against_paid else []),
        f"<h2>{_text(figures.bridge_title)}</h2>",
        _bridge(figures),
        '<div class="pair">',
        _bars("Reductions by rule", figures.reductions_by_rule, "label", "less"),
        _bars("Allowed amount by code", figures.codes_by_allowed, "hcpcs_code", "total"),
        "</div>",
        _review(figures),
        *(_group(figures, key) for key in SUMMARY_TABLES if key not in _WRITTEN_APART),
        _steps(figures),
        _checks(figures),
        _about(figures),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _text(value: Any) -> str:
    """Write a value as text of a page: escaped, control characters as their pictures."""
    return escape(printable_text(value))


def _money(amount: Decimal | None, *, dollars: bool = False) -> str:
    if amount is None:
        return ""
    sign = "$" if dollars else ""
    return f"({sign}{-amount:,.2f})" if amount < 0 else f"{sign}{amount:,.2f}"


def _headline(figures: Figures) -> str:
    rows = []
    for row in headline_rows(figures):
        kind = "strong" if row.strong else ("in" if row.indent else "")
        amount = _money(row.amount, dollars=True)
        if row.is_check:
            amount = f'<span class="{"off" if row.amount else "ok"}">{amount}</span>'
        rows.append(
            f'<tr class="{kind}"><td>{_text(row.label)}</td><td class="n">{amount}</td>'
            f"<td>{_text(row.words)}</td></tr>"
        )
    return f'<table class="headline">{"".join(rows)}</table>'


def _table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: frozenset[int],
    foot: Sequence[str] = (),
) -> str:
    """Make a table of text that is already escaped; `numbers` are the places of numbers."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} class="n">{cell}</{tag}>' if place in numbers else f"<{tag}>{cell}</{tag}>"
            for place, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    end = f"<tfoot><tr>{cells(foot, 'td')}</tr></tfoot>" if foot else ""
    head = f"<thead><tr>{cells([_text(each) for each in headings], 'th')}</tr></thead>"
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody>{end}</table></div>'


def _group(figures: Figures, key: str) -> str:
    grouped = figures.by_status if key == "status" else figures.top(key, _ROWS)
    rows = []
    for each in grouped.iter_rows(named=True):
        label = _text(each[key])
        if key == "status":
            fill, ink = STATUS_COLOURS[each[key]]
            style = f"background:{fill};color:{ink}"
            label = f'<span class="status" style="{style}">{in_words(each[key])}</span>'
        share = each["allowed_share"]
        amounts = [_money(each[name]) for name in HEADLINE_AMOUNTS]
        rows.append(
            [label, f"{each['lines']:,}", *amounts, f"{share:.1%}" if share is not None else ""]
        )
    totals = {name: total(grouped[name]) for name in HEADLINE_AMOUNTS}
    charges = totals["charge_amount"]
    share = f"{totals['allowed_amount'] / charges:.1%}" if charges else ""
    lines = f"{int(grouped['lines'].sum()):,}"
    foot = ["Total", lines, *(_money(totals[name]) for name in HEADLINE_AMOUNTS), share]
    headings = ("", "Lines", "Charges", "Allowed", figures.pays, "Patient owes", "Of charges")
    table = _table(headings, rows, frozenset(range(1, 7)), foot)
    return f"<h2>{SUMMARY_TITLES[key]}</h2>\n{table}"


def _against_paid(figures: Figures) -> str:
    """Show what payers allowed and paid against what is expected."""
    rows = []
    for measure in figures.against_paid:
        for each in (*measure.compared, measure.total, measure.aside):
            compared = each is not measure.aside
            label = _text(each.label)
            rows.append(
                [
                    label if each.group else f"<b>{label}</b>",
                    f"{each.lines:,}",
                    _money(each.expected) if compared else "",
                    _money(each.paid),
                    _money(each.difference) if compared else "",
                    f"{each.share:.1%}" if compared and each.share is not None else "",
                ]
            )
    headings = ("", "Lines", "Expected", "By payer", "Difference", "Of expected")
    table = _table(headings, rows, frozenset(range(1, 6)))
    return f'<h2>{against_paid.TITLE}</h2>\n{table}\n<p class="quiet">{against_paid.WHAT_NEXT}</p>'


def _bridge(figures: Figures) -> str:
    steps = waterfall(figures.bridge)
    highest = max((sum(step[1:], Decimal(0)) for step in steps), default=Decimal(0)) or Decimal(1)
    rows = []
    for step in steps:
        label, base, reached, decrease, increase = step
        kind = "less" if decrease else ("more" if increase else "total")
        left, width = 100 * base / highest, 100 * (reached + decrease + increase) / highest
        name = f"<b>{_text(label)}</b>" if kind == "total" else _text(label)
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
        f'<div>{_text(name)}</div><div class="track"><div class="bar {kind}"'
        f' style="width:{100 * value / highest:.3f}%"></div></div>'
        f'<div class="n">{whole_dollars(value)}</div>'
        for name, value in pairs
    )
    return f'<div><h2>{_text(title)}</h2><div class="chart">{rows}</div></div>'


def _review(figures: Figures) -> str:
    rows = [
        [
            in_words(each["status"]) + (" with a note" if each["status"] == "priced" else ""),
            f"{each['lines']:,}",
            _money(each["at_stake_amount"]),
            _text(each["what_to_do"]),
        ]
        for each in figures.review_by_reason.iter_rows(named=True)
    ]
    headings = ("", "Lines", "At stake", "What to do")
    if not rows:
        nothing = "<p>Nothing: every line is priced without a note.</p>"
        return f"<h2>{SUMMARY_TITLES['review']}</h2>{nothing}"
    return f"<h2>{SUMMARY_TITLES['review']}</h2>\n" + _table(headings, rows, frozenset((1, 2)))


def _steps(figures: Figures) -> str:
    rows = [
        [
            f"<b>{_text(each['label'])}</b>" if each["kind"] == "total" else _text(each["label"]),
            _money(each["amount"]) if each["kind"] == "change" else "",
            _money(each["running_total"]),
            f"{each['lines']:,}",
            _text(each["what"]),
            _text(each["cites"]),
        ]
        for each in figures.bridge.iter_rows(named=True)
    ]
    headings = ("Step", "Change", "Reached", "Lines", "What it does", "Citation")
    return "<h2>Bridge, step by step</h2>\n" + _table(headings, rows, frozenset((1, 2, 3)))


def _checks(figures: Figures) -> str:
    rows = []
    for each in figures.checks:
        shown = (lambda value: f"{value:,}") if each.counts else _money
        reads = (
            '<span class="ok">OK</span>'
            if not each.difference
            else '<span class="off">CHECK</span>'
        )
        rows.append(
            [_text(each.name), shown(each.left), shown(each.right), shown(each.difference), reads]
        )
    headings = ("Check", "Figure", "Compared with", "Difference", "Reads")
    return "<h2>Checks</h2>\n" + _table(headings, rows, frozenset((1, 2, 3)))


def _about(figures: Figures) -> str:
    facts = "".join(
        f"<tr><td>{_text(name)}</td><td>{_text(words)}</td></tr>"
        for name, words in about.run_facts(figures)
    )
    sources = [
        [_text(kind), _text(f"{name} ({what})"), f"<small>{_text(sha256)}</small>"]
        for kind, name, what, sha256 in about.sources(figures)
    ]
    told = about.glossary(figures.run.every_payer)
    words = "".join(f"<li><b>{_text(name)}</b>: {_text(said)}</li>" for name, said in told)
    assumed = "".join(f"<li>{_text(each)}</li>" for each in about.ASSUMPTIONS)
    limits = "".join(f"<p>{_text(each)}</p>" for each in about.DISCLAIMER)
    return (
        f'<h2>About</h2>{limits}<table class="headline">{facts}</table>'
        f"<h2>Sources</h2>{_table(('What', 'Name', 'SHA-256'), sources, frozenset())}"
        f"<h2>Assumptions</h2><ul>{assumed}</ul><h2>Words</h2><ul>{words}</ul>"
    )
