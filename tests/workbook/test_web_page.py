"""The web page: whole in itself, the same figures, no person, and as a browser shows it."""

import dataclasses
import os
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import ReportError
from payrules.front_door.terms import setup_of
from payrules.runs.estimate import estimate
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.workbook import write_html
from payrules.workbook.about import schedule_notes
from payrules.workbook.figures.accrual import PARTS
from payrules.workbook.html_page import percent
from payrules.workbook.paid_page import write_paid_page
from tests.coverage.policies import written
from tests.workbook.conftest import claims

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
_WITHOUT_END = {"meta", "br"}


class Page(HTMLParser):
    """Reads a page, and notes its text, what it would load, and tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in {"src", "href", "action", "onload"}]
        if tag not in _WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_share_of_less_than_nothing_stands_in_brackets() -> None:
    said = [percent(each) for each in (None, 0.1234, -0.05, -0.00001)]
    assert said == ["", "12.3%", "(5.0%)", "0.0%"]


def test_a_page_of_payments_shows_percents_alike(tmp_path: Path) -> None:
    """Of the payers' percents less than nothing stood behind a minus, amounts in brackets."""
    groups = pl.DataFrame({"payer": ["A", "B", "C"], "mean_percent": ["-23.14", "7", None]})
    groups = groups.with_columns(pl.col("mean_percent").cast(pl.Decimal(9, 2)))
    write_paid_page(tmp_path / "page.html", "Expected against paid", [], {"By cause": groups})
    told = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.findall(r'<td class="n">(.*?)</td>', told) == ["(23.1%)", "7.0%", ""]


@pytest.fixture(scope="module")
def path(results: Estimate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "estimate.html"
    write_html(results, path)
    return path


@pytest.fixture(scope="module")
def page(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.open == []
    return page


def test_it_loads_nothing_and_runs_nothing(page: Page, path: Path) -> None:
    assert page.loads == []
    assert not page.tags & {"script", "link", "iframe", "img", "object", "form"}
    style = re.search(r"<style>(.*?)</style>", path.read_text(encoding="utf-8"), re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_it_says_the_same_totals(page: Page, results: Estimate) -> None:
    text = " ".join(page.text)
    for name in ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount"):
        assert f"{results.lines[name].sum():,.2f}" in text
    assert "CHECK" not in text
    assert "© American Medical Association" in text


def test_no_person_and_no_claim_is_on_it(page: Page, results: Estimate) -> None:
    text = "\n".join(page.text)
    assert not [who for who in results.lines["person_id"] if who in text]
    assert not re.search(r"\bc\d+\b", text)


def test_what_users_wrote_stays_text(results: Estimate, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>&\x07"
    lines = results.lines.with_columns(pl.lit(hostile).alias("rendering_npi"))
    path = tmp_path / "e.html"
    write_html(dataclasses.replace(results, priced=PricedLines(lines)), path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;\u2407" in text


def test_it_is_not_overwritten_unless_told(results: Estimate, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ReportError, match="already exists"):
        write_html(results, path)
    write_html(results, path, force=True)
    assert path.read_bytes() == before


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1100, 390])
def test_a_browser_shows_it(path: Path, tmp_path: Path, width: int) -> None:
    picture = tmp_path / "page.png"
    subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--disable-gpu",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            f"--user-data-dir={tmp_path / 'profile'}",
            "--hide-scrollbars",
            f"--window-size={width},1400",
            f"--screenshot={picture}",
            path.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000  # a blank page is a tenth of that


def test_every_table_says_what_it_is_and_what_heads_what(path: Path) -> None:
    """For who hears the page: each table has a caption, each heading its direction."""
    html = path.read_text(encoding="utf-8")
    tables = re.findall(r"<table.*?</table>", html, flags=re.DOTALL)
    assert len(tables) > 12
    for each in tables:
        assert re.search(r"<caption>[^<]+</caption>", each), each[:200]
        assert not re.search(r"<th(?! scope=\"(?:col|row)\")[ >]", each)
        for row in re.findall(r"<tr.*?</tr>", each):
            assert row.count("<th scope=") >= 1, row
    regions = re.findall(
        r'<div class="scroll" role="region" aria-label="([^"]+)" tabindex="0">', html
    )
    assert {"By payer", "Accrual", "Journal", "Checks", "Sources"} <= set(regions)


def test_it_is_dark_where_the_screen_is_and_light_on_paper(path: Path) -> None:
    style = path.read_text(encoding="utf-8").partition("</style>")[0]
    assert "color-scheme: light dark" in style
    dark = style[style.index("@media screen and (prefers-color-scheme: dark)") :]
    assert "--paper: #14191E" in dark
    print_rules = style[style.index("@media print") :]
    assert "tfoot { display: table-row-group; }" in print_rules  # no total on every page
    assert ".chart, " not in print_rules  # a chart that may not be parted leaves pages empty


def test_it_has_the_accrual_and_the_entries_that_post_it(results: Estimate, tmp_path: Path) -> None:
    own = tmp_path / "accounts.toml"
    parts = [f'{part.name} = "{number} {part.name}"' for number, part in enumerate(PARTS, 1000)]
    own.write_text("\n".join(parts))
    write_html(results, tmp_path / "estimate.html", accounts=own)
    html = (tmp_path / "estimate.html").read_text(encoding="utf-8")
    charges = f"{results.lines['charge_amount'].sum():,.2f}"
    for name, times in (("Accrual", 1), ("Journal", 2)):
        (table,) = re.findall(rf"<caption>{name}</caption>.*?</table>", html, flags=re.DOTALL)
        foot = table[table.index("<tfoot>") :]
        assert foot.count(f'<td class="n">{charges}</td>') == times, foot
    assert "<td>1000 charges</td>" in html


def test_the_page_says_where_its_numbers_come_from_and_what_policies_found(
    tmp_path: Path,
) -> None:
    """The workbook said that edits ran in part and what policies found; the page said neither."""
    claims().write_csv(tmp_path / "claims.csv")
    policy = written(tmp_path)
    results = estimate(tmp_path / "claims.csv", setup_of("medicare", coverage=[policy]))
    write_html(results, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    notes = schedule_notes(results.run)
    assert any(each.startswith("Coverage policies met") for each in notes)
    assert any(each.startswith("Edits ran in part") for each in notes)
    for each in notes:
        assert f"<li>{escape(each)}</li>" in page
    assert '<span class="ok">0</span>' in page  # a number of checks, no dollars
    listed = page.split("<h2>Checks</h2>")[1].split("<h2>")[0].count('<span class="ok">OK</span>')
    assert f"{listed} of {listed} checks of totals hold; a workbook has more" in page


def test_months_and_names_stand_on_one_line_and_charts_on_one_page(
    results: Estimate, tmp_path: Path
) -> None:
    """Print broke "2025-/10", drew a bridge over two pages and left a heading at a page's foot."""
    write_html(results, tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.search(r'class="short">20\d\d-\d\d<', html)
    on_paper = html.partition("@media print")[2]
    assert "tr, .chart { break-inside: avoid; }" in on_paper
    assert "h2::after" in on_paper
