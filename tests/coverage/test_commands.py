"""`payrules coverage` lists, shows, drafts and compares policies, and promises nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.screen import printed
from tests.coverage.download import files, lcd_tables, tables, zipped
from tests.coverage.policies import FACET, written

#: What no page of these commands says of a service.
PROMISES = re.compile(r"(?<!non-)\bcovered\b|medically necessary|will be paid", re.I)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command: its exit status, and what it said with single blanks, no cell folded."""
    monkeypatch.setattr(printed, "_PIPE_WIDTH", 1_000)

    def run(*arguments: object) -> tuple[int, str]:
        status = main(["coverage", *map(str, arguments)])
        said = capsys.readouterr()
        return status, " ".join((said.out + said.err).split())

    return run


def test_list_names_days_contractors_and_doubts(run: Run, tmp_path: Path) -> None:
    ended = FACET.replace('"L38801"', '"L1"').replace(
        "07-17\n", "07-17\neffective_to = 2026-11-30\n"
    )
    written(tmp_path, ended, "ended.toml")
    written(tmp_path, FACET.replace("verified =", "# verified ="), "facet.toml")
    coming = FACET.replace('"L38801"', '"L2"').replace("from = 2025", "from = 2027")
    written(tmp_path, coming, "coming.toml")
    args = ("list", tmp_path, "--as-of", "2026-12-01")
    told = {each["id"]: each for each in json.loads(run(*args, "--json")[1])}
    assert told["L1"]["stale"] == ["ended 2026-11-30"]
    assert told["L1"]["verified"] == {"by": "A. Reader", "on": "2026-11-25"}
    assert told["L38801"]["stale"] == ["day of reading not named"]
    assert told["L38801"]["verified"] is None
    assert told["L2"]["stale"] == ["not yet in force"]
    listed = run(*args)[1]
    assert "01112 and 3 more" in listed
    assert "3 policies. Not verified, and denying nothing: 1. Perhaps out of date: 3." in listed
    before = json.loads(run(*args[:-1], "2026-11-24", "--json")[1])
    assert "read on 2026-11-25, after this day" in before[0]["stale"]
    later = json.loads(run(*args[:-1], "2027-05-25", "--json")[1])
    assert [each["stale"] for each in later if each["id"] == "L1"] == [
        ["ended 2026-11-30", "read 181 days ago"]
    ]


def test_the_examples_are_listed(run: Run) -> None:
    listed = run("list", "examples", "--as-of", "2026-02-19")[1]
    assert "31 policies. Not verified, and denying nothing: 31." in listed
    assert "Perhaps out of date: 1." in listed
    assert "Perhaps out of date: 31." in run("list", "examples", "--as-of", "2026-02-20")[1]


def test_show_says_a_policy_with_its_sources(run: Run, tmp_path: Path) -> None:
    shown = run("show", "a58403", "--as-of", "2026-12-01")[1]
    for words in (
        "LCD L38801 version 20, article A58403: Facet joint interventions",
        "Not verified: it denies nothing until a named person has compared it.",
        "It may be out of date: read 465 days ago.",
        "listed as non-covered: three or more levels",
        "What a claim cannot show, and the record must:",
        "- no untreated radiculopathy",
        "Where no policy at hand objects to a line, no more is known than that.",
        "read second-hand",
    ):
        assert words in shown
    # The document of two contractors is two policies, each with its own days.
    assert "facet-noridian-jf-2026.toml, from 2026-04-16" in shown
    assert not PROMISES.search(shown)
    more = """
[[session]]
families = ["facet_injection"]
one_region = true
sides = "never"
place_of_service = ["11", "22"]
[[diagnoses]]
codes = ["64493"]
starts_with = ["M54.1"]
all_of = [["M47.816"], ["M25.50"]]
"""
    written(tmp_path, FACET + more)
    own = run("show", "facet", tmp_path)[1]
    for words in (
        "Verified by A. Reader on 2026-11-25.",
        "one region a session",
        "never both sides",
        "place of service 11, 22",
        "one of M54.1…, or one of M47.816 and one of M25.50",
        "(not a closed list: a miss is only noted)",
    ):
        assert words in own, words
    status, refused = run("show", "L3880")
    assert status == 2
    assert "No policy at hand is named 'L3880'; perhaps 'L38803'" in refused


def test_import_says_what_it_drafted_and_passed_over(run: Run, tmp_path: Path) -> None:
    articles = zipped(tmp_path / "current_article.zip", files(tables()))
    lcds = zipped(tmp_path / "current_lcd.zip", files(lcd_tables()))
    where = tmp_path / "drafts"
    args = ("import", articles, lcds, "--to", where)
    told = run(*args, "--mac", "02102", "--as-of", "2026-03-01")[1]
    assert f"1 draft written to {where}; none is verified, and none has a limit." in told
    assert "articles of other codes or contractors than were chosen 4" in told
    assert "Tables not used: article_x_bill_code." in told
    shown = run("show", "L38803", where)[1]
    assert "one of M47.812 (not a closed list: a miss is only noted)" in shown
    status, refused = run(*args)
    assert status == 2
    assert "already exists" in refused
    status, refused = run("import", lcds, "--to", where)
    assert status == 2
    assert "current_lcd.zip lacks the tables article" in refused
