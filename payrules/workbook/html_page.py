"""A web page of its own: its style, its frame, and tables of text that is escaped.

No script and nothing from elsewhere: readable on a phone, and printable.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.styles import (
    DECREASE_COLOUR,
    HEADING,
    INCREASE_COLOUR,
    INK,
    QUIET,
    RULE_LINE,
    TOTAL_COLOUR,
)

#: The columns that name a row, and how long a name is at most that stands on one line.
_NAMING, _SHORT = 2, 18

_STYLE = f"""
:root {{ color-scheme: light dark; --ink: {INK}; --paper: #fff; --quiet: {QUIET};
  --heading: {HEADING}; --line: #E4E7EB; --rule: {RULE_LINE}; --head: {HEADING};
  --total: {TOTAL_COLOUR}; --less: {DECREASE_COLOUR}; --more: {INCREASE_COLOUR}; }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ --ink: #E6EAEE; --paper: #14191E; --quiet: #A3AFB9; --heading: #A9CBF0;
    --line: #2C353D; --rule: #55616B; --head: #24476E; --total: #56B4E9; --less: #E69F00;
    --more: #2FC08F; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 62rem; padding: 1.25rem; color: var(--ink);
  background: var(--paper);
  font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
h1 {{ color: var(--heading); font-size: 1.9rem; margin: 0 0 .25rem; }}
h2 {{ color: var(--heading); font-size: 1.15rem; margin: 2rem 0 .5rem;
  border-bottom: 2px solid var(--heading); padding-bottom: .2rem; }}
p, li {{ max-width: 46rem; }}
.quiet {{ color: var(--quiet); font-size: .9rem; margin: 0; }}
caption {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .35rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }}
tbody th {{ font-weight: inherit; }}
.n {{ text-align: right; white-space: nowrap; }} .short {{ white-space: nowrap; }}
thead th {{ background: var(--head); color: #fff; white-space: normal; }}
tfoot td, tfoot th, tr.strong td, tr.strong th {{ font-weight: 700;
  border-top: 1.5px solid var(--ink); border-bottom: 3px double var(--ink); }}
.headline {{ width: auto; font-size: 1.1rem; margin-top: 1rem; }}
.headline td, .headline th {{ border: 0; padding: .2rem .75rem .2rem 0; }}
.headline tr.strong td, .headline tr.strong th {{ font-size: 1.35rem;
  border-top: 1.5px solid var(--ink); border-bottom: 0; }}
.headline .in th {{ padding-left: 1rem; }}
.headline td:last-child, .headline tr.strong td:last-child {{ color: var(--quiet);
  font-size: .9rem; vertical-align: middle; font-weight: 400; }}
.headline .part td, .headline .part th {{ color: var(--quiet); }}
.headline .part th {{ padding-left: 2rem; }}
.sign {{ width: auto; margin-top: 1rem; }}
.sign td, .sign th {{ border: 0; padding-top: .8rem; }}
.sign .line {{ border-bottom: 1px solid var(--ink); min-width: 11rem; }}
.ok, .off, .status {{ padding: .05rem .5rem; border-radius: .25rem; white-space: nowrap; }}
.ok, .off {{ font-weight: 700; }}
.ok {{ background: #DDF1EA; color: #00513B; }}
.off {{ background: {DECREASE_COLOUR}; color: #fff; }} .said {{ white-space: normal; }}
.chart {{ display: grid; grid-template-columns: minmax(7rem, 15rem) 1fr max-content;
  gap: .3rem .75rem; align-items: center; margin: .75rem 0; }}
.chart b {{ font-weight: 600; }}
.track {{ height: 1.15rem; border-left: 1px solid var(--rule); }}
.bar {{ height: 100%; min-width: 2px; }}
.total {{ background: var(--total); }} .less {{ background: var(--less); }}
.more {{ background: var(--more); }}
.pair {{ display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); }}
.pair .chart {{ grid-template-columns: 8.5rem 1fr max-content; }}
@media screen and (max-width: 40rem) {{
  body {{ padding: .8rem; font-size: .95rem; }}
  .chart {{ grid-template-columns: 7.2rem 1fr max-content; font-size: .85rem; }}
  .headline, .headline tbody {{ display: block; }}
  .headline tr {{ display: grid; grid-template-columns: 1fr max-content; }}
  .headline td:last-child, .headline tr.strong td:last-child {{ grid-column: 1 / -1; padding: 0;
    border: 0; }}
  .headline .in td:last-child {{ padding-left: 1rem; }}
  .headline .part td:last-child {{ padding-left: 2rem; }}
  .sign {{ width: 100%; }} .sign .line {{ min-width: 0; width: 38%; }}
  th, td {{ padding: .3rem .4rem; }}
  .scroll table {{ width: max-content; min-width: 100%; }}
  .scroll td, .scroll th {{ max-width: 17rem; }} .short {{ white-space: normal; }}
  .scroll th:first-child, .scroll td:first-child {{ position: sticky; left: 0;
    background: var(--paper); max-width: 9rem; }}
  .scroll thead th:first-child {{ background: var(--head); }}
}}
@media print {{
  body {{ max-width: none; padding: 0; font-size: 9.5pt; }}
  h2 {{ break-after: avoid; break-inside: avoid; margin-top: 1.2rem; }}
  h2::after {{ content: ""; display: block; height: 5rem; margin-bottom: -5rem; }}
  tr, .chart {{ break-inside: avoid; }}
  .chart {{ gap: .15rem .75rem; }} .track {{ height: .85rem; }}
  .scroll {{ overflow: visible; }} thead {{ display: table-header-group; }}
  tfoot {{ display: table-row-group; }} .scroll table {{ font-size: 8pt; }}
  .scroll th, .scroll td {{ padding: .25rem .35rem; }} .headline th {{ white-space: nowrap; }}
  small {{ word-break: break-all; }}
  .scroll table:not(:has(tbody tr:nth-child(12))) {{ break-inside: avoid; }}
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


def percent(share: Decimal | float | None) -> str:
    """Write a share as `money` does an amount: less than nothing in brackets; "" of none."""
    if share is None:
        return ""
    shown = f"{abs(share):.1%}"
    return f"({shown})" if share < 0 and shown != "0.0%" else shown


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: frozenset[int],
    foot: Sequence[str] = (),
    *,
    caption: str,
) -> str:
    """Make a table of text that is already escaped; `numbers` are the places of numbers.

    `caption` says what it is to who hears the page; it scrolls where a screen is too narrow.
    """
    rows = [*rows]
    # A month or a payer's name on two lines reads as two rows.
    named = [*zip(*rows, strict=True)][:_NAMING]
    short = {place for place, texts in enumerate(named) if max(map(len, texts)) <= _SHORT}

    def cell(place: int, content: str) -> str:
        if place in numbers:
            return f'<td class="n">{content}</td>'
        kind = ' class="short"' if place in short else ""
        if place:
            return f"<td{kind}>{content}</td>"
        return f'<th scope="row"{kind}>{content}</th>'

    def heading(place: int, name: str) -> str:
        kind = ' class="n"' if place in numbers else ""
        return f'<th scope="col"{kind}>{text(name)}</th>'

    def cells(row: Sequence[str]) -> str:
        return "".join(cell(place, content) for place, content in enumerate(row))

    told = text(caption)
    headed = "".join(heading(place, name) for place, name in enumerate(headings))
    body = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    end = f"<tfoot><tr>{cells(foot)}</tr></tfoot>" if foot else ""
    return (
        f'<div class="scroll" role="region" aria-label="{told}" tabindex="0">'
        f"<table><caption>{told}</caption><thead><tr>{headed}</tr></thead>"
        f"<tbody>{body}</tbody>{end}</table></div>"
    )


def facts(rows: Iterable[tuple[str, Sequence[str]]], caption: str, *, kind: str) -> str:
    """Make a table without headings: each row has its class, its name and its cells."""
    told = "".join(
        f'<tr class="{of}"><th scope="row">{name}</th>{"".join(cells)}</tr>'
        for of, (name, *cells) in rows
    )
    return f'<table class="{kind}"><caption>{text(caption)}</caption><tbody>{told}</tbody></table>'
