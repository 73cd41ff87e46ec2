"""What goes out to a terminal: whole lines, nothing in them that a terminal obeys."""

import ast
import json
import os
import sys
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.terminal import escaped, say, say_json
from tests.test_architecture import PACKAGE, SOURCES, tree

#: Clears the screen, retitles the window, forges a line, turns the reading direction.
HOSTILE = "\x1b[2J\x1b]0;x\x07\npayrules: all is well\r\x9b31m\u202etxt"
FORBIDDEN = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u202e"} - {"\n"}


def test_what_a_terminal_obeys_is_shown_escaped() -> None:
    assert escaped(HOSTILE) == (
        r"\x1b[2J\x1b]0;x\x07\npayrules: all is well\r\x9b31m\u202etxt"
    )  # fmt: skip
    assert escaped("a\tb\udcff\u2028") == r"a\tb\udcff\u2028"
    assert escaped("é ✓ 🩺 × §") == "é ✓ 🩺 × §"


def test_a_sentence_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("first\nforged", "second", error=True)
    assert capsys.readouterr().err == "first\\nforged\nsecond\n"


def test_json_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"name": HOSTILE})
    told = capsys.readouterr().out
    assert not FORBIDDEN & set(told)
    assert json.loads(told) == {"name": HOSTILE}


@pytest.mark.parametrize("path", SOURCES, ids=[path.stem for path in SOURCES])
def test_text_goes_out_in_one_place(path: Path) -> None:
    """Only terminal.py and printed.py print, and only printed.py knows rich: all escape."""
    if path.relative_to(PACKAGE).as_posix() in {"terminal.py", "screen/printed.py"}:
        return
    for node in ast.walk(tree(path)):
        where = f"{path.name}, line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [each.name for each in node.names] + [getattr(node, "module", None) or ""]
            assert not any(name.split(".")[0] == "rich" for name in names), where
        if isinstance(node, ast.Call):
            said = ast.unparse(node.func)
            printing = {"print", "click.echo", "click.secho", "sys.stdout.write"}
            assert said not in printing | {"sys.stderr.write", "echo"}, where


HEADINGS = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
    "place_of_service_code,charge_amount,locality"
)
ROW = "2025-10-07,64483,22,400.00,national"


@pytest.fixture
def hostile_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files whose names, headings, values, titles and reasons are hostile."""
    monkeypatch.chdir(tmp_path)
    name = HOSTILE.replace("/", "")
    quoted = '"' + HOSTILE.replace("\r", "") + '"'
    bad = f"{HEADINGS},{quoted}\n{quoted},1,P,{ROW},x\nc2,{quoted},P,{ROW},x\n"
    Path(f"{name}.csv").write_text(bad, encoding="utf-8")
    escapes = "".join(f"\\u{ord(mark):04x}" for mark in HOSTILE)
    payer = f'name = "{escapes}"\ncontract = "{escapes}"\nbase = "medicare"\n'
    Path("payer.toml").write_text(payer, encoding="utf-8")
    scenario = f'title = "{escapes}"\ncites = "{escapes}"\nconversion_factor = 30\n'
    Path("scenario.toml").write_text(scenario, encoding="utf-8")
    title = f'title = "{escapes}"\ndescription = "{escapes}"\n'
    sheets = '[[sheets]]\nname = "Summary"\ncontent = "summary"\n'
    Path("report.toml").write_text(title + sheets, encoding="utf-8")
    return tmp_path


BATCH = f"{HOSTILE}.csv"
COMMANDS = [
    ["estimate", BATCH],
    ["estimate", BATCH, "--payer", "payer.toml"],
    ["estimate", BATCH, "--lines", f"{HOSTILE}-out.csv", "--output", f"{HOSTILE}.xlsx"],
    ["estimate", BATCH, "--output", "out.xlsx", "--html", "out.html", "--report", "report.toml"],
    ["estimate", f"{HOSTILE}-missing.csv"],
    ["estimate", BATCH, f"--{HOSTILE}"],
    ["estimate", BATCH, "--locality", HOSTILE],
    ["estimate", BATCH, "--release", HOSTILE],
    ["estimate", BATCH, "--output", f"{HOSTILE}.doc"],
    ["explain", BATCH, "--claim", HOSTILE.replace("\r", "")],
    ["explain", BATCH, "--claim", HOSTILE.replace("\r", ""), "--payer", "payer.toml"],
    ["explain", BATCH, "--claim", f"{HOSTILE}?"],
    ["whatif", BATCH, "--scenario", "scenario.toml"],
    ["whatif", BATCH, "--scenario", "scenario.toml", "--dry-run"],
    ["whatif", BATCH, "--scenario", "scenario.toml", "--lines", f"{HOSTILE}-changed.csv"],
    ["rules", "--payer", "payer.toml"],
    ["rules", "--payer", HOSTILE],
    ["reports", "show", "report.toml"],
    ["reports", "show", "report.toml", "--toml"],
    ["reports", "show", HOSTILE],
    ["reports", "check", f"{HOSTILE}.toml"],
    ["code", HOSTILE],
    ["code", "64483", "--date", HOSTILE],
    ["schedules", "import", f"{HOSTILE}.csv"],
    ["schedules", "remove", HOSTILE],
    ["schedules", "fetch", HOSTILE],
    [HOSTILE],
]


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such file names")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(map(escaped, command)))
def test_no_command_lets_a_terminal_escape_or_a_forged_line_through(
    command: list[str], hostile_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([*command])
    said = capsys.readouterr()
    assert status in {0, 1, 2}
    for text in (said.out, said.err):
        assert not FORBIDDEN & set(text)
        assert "\npayrules: all is well" not in text
    assert "bug in payrules" not in said.err


def test_a_traceback_goes_out_escaped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError(HOSTILE)

    monkeypatch.setattr("payrules.schedules.load_schedules", fails)
    monkeypatch.setattr("sys.excepthook", sys.excepthook)
    with pytest.raises(KeyError) as raised:
        main(["schedules", "list", "--debug"])
    sys.excepthook(raised.type, raised.value, raised.tb)
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert not FORBIDDEN & set(told)
