"""The web page: whole in itself, the same figures, no person, and as a browser shows it."""

import dataclasses
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from payrules.errors import ReportError
from payrules.runs.results import Estimate
from payrules.workbook import write_html

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
    write_html(dataclasses.replace(results, lines=lines), path)
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
