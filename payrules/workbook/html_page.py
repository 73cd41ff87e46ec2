"""A web page of its own: its style, its frame, and tables of text that is escaped.

No script and nothing from elsewhere: readable on a phone, and printable.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from payrules.workbook.xlsx.bulk_rows import printable_text
from payrules.workbook.xlsx.styles import (
    DECREASE_COLOUR,
    HEADING,
    INCREASE_COLOUR,
    INK,
    QUIET,
    RULE_LINE,
    TOTAL_COLOUR,
)

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
.headline .part td {{ color: {QUIET}; }}
.headline .part td:first-child {{ padding-left: 2rem; }}
.sign {{ width: auto; margin-top: 1rem; }} .sign td {{ border: 0; padding-top: .8rem; }}
.sign .line {{ border-bottom: 1px solid {INK}; min-width: 11rem; }}
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


def html_page(title: str, parts: Sequence[str]) -> str:
    """Give a whole page of parts that are already HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def text(value: Any) -> str:
    """Write a value as text of a page: escaped, control characters as their pictures."""
    return escape(printable_text(value))


def money(amount: Decimal | None, *, dollars: bool = False) -> str:
    """Write an amount as accountants do: less than nothing in brackets; "" where there is none."""
    if amount is None:
        return ""
    sign = "$" if dollars else ""
    return f"({sign}{-amount:,.2f})" if amount < 0 else f"{sign}{amount:,.2f}"


def table(
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
    head = f"<thead><tr>{cells([text(each) for each in headings], 'th')}</tr></thead>"
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody>{end}</table></div>'
