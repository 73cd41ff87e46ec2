"""What a terminal shows at any width: every amount whole, and every heading."""

import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.demo import BATCH
from payrules.screen import printed
from payrules.screen.printed import Table, show, words

WIDTHS = (20, 24, 30, 40, 50, 60, 70, 80, 90, 100, 120, 160, 200)
_AMOUNT = re.compile(r"[-+(]?\$?\d[\d,]*\.\d+%?\)?")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
SCENARIOS = Path(__file__).parents[1] / "examples" / "scenarios"
LOCAL = ("--locality", "15202-00")


class Terminal(io.StringIO):
    """Standard output as a terminal has it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_width(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], str]:
    """Run something on a terminal of a width, and give what it shows without its colours."""

    def run(width: int, action: Callable[[], object]) -> str:
        terminal = Terminal()
        with monkeypatch.context() as patched:
            patched.setenv("COLUMNS", str(width))
            patched.setattr(sys, "stdout", terminal)
            action()
        return _STYLE.sub("", terminal.getvalue())

    return run


def test_an_amount_and_its_heading_are_whole_at_40_columns(
    at_width: Callable[[int, Callable[[], object]], str],
) -> None:
    """472,600.00 was printed as 472,6 under no heading."""
    table = Table("code", "claim without it", "allowed", right=("claim without it", "allowed"))
    table.add_row("64483", "472,600.00", "1,234,567,890,123.45")
    for width in range(1, 201):
        shown = at_width(width, lambda: show(table))
        for text in ("64483", "472,600.00", "1,234,567,890,123.45", "claim without it", "allowed"):
            assert text in shown, width


def test_words_are_folded_between_words_only(
    at_width: Callable[[int, Callable[[], object]], str],
) -> None:
    shown = at_width(12, lambda: show(words("allowed 1,234,567,890.12; the patient 7.50.")))
    assert shown == "allowed\n1,234,567,890.12;\nthe patient\n7.50.\n"


def test_a_pipe_is_as_wide_as_the_amounts(capsys: pytest.CaptureFixture[str]) -> None:
    headings = [f"amount {number}" for number in range(8)]
    table = Table(*headings, right=headings)
    table.add_row(*["1,234,567,890,123.45"] * 8)
    show(table)
    head, row = capsys.readouterr().out.splitlines()
    assert head.split("  ")[-1].strip() == "amount 7"
    assert row.split() == ["1,234,567,890,123.45"] * 8


def _claims(folder: Path) -> Path:
    """Write a batch whose amounts are wide."""
    batch = folder / "wide.csv"
    batch.write_text(
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,hcpcs_modifiers,"
        "service_unit_quantity,place_of_service_code,charge_amount,locality\n"
        "C1,1,P1,2025-10-07,64483,50,1,22,1200345.00,national\n"
        "C1,2,P1,2025-10-07,64493,KX,1,22,987640.00,national\n"
        "C1,3,P1,2025-10-07,99213,25,900,22,472600.00,national\n",
        encoding="utf-8",
    )
    return batch


BATCH_COMMANDS = [
    ["estimate"],
    ["explain", "--claim", "C1"],
    ["explain", "--claim", "C1", "--marginal"],
    ["whatif", "--scenario", str(SCENARIOS / "05-conversion-factor-cut.toml")],
    ["whatif", "--solve", "conversion_factor", "--target", "+3%"],
    ["whatif", "--sweep", "terms.multiple_procedure.later=0.25:0.75:0.25"],
    ["whatif", "--tornado"],
    ["whatif", "--contract", "medicare", "--contract", "110-percent-of-medicare"],
]
#: The files that make tables.
ROOMS = ("codes", "estimate", "explain", "release_diff", "reports", "rules", "schedules", "what_if")
COMMANDS = [
    ["code", "64483"],
    ["code", "64483", "--history"],
    ["code", "70551"],
    ["code", "64490-64495"],
    ["schedules", "list"],
    ["schedules", "diff", "starter-2025", "starter-2026"],
    ["rules"],
    ["rules", "--payer", "100-50-25"],
    ["reports", "list"],
]


def _is_whole(command: Sequence[str], at_width: Callable[..., str]) -> None:
    """Assert that every amount and heading of the widest terminal is there on each."""
    headings: set[str] = set()

    class Noting(Table):
        def __init__(self, *names: object, right: Sequence[str] = ()) -> None:
            headings.update(str(name) for name in names)
            super().__init__(*names, right=right)

    with pytest.MonkeyPatch.context() as patched:
        for module in ROOMS:
            patched.setattr(f"payrules.screen.{module}.Table", Noting)
        parts: list[printed.Part] = []
        with pytest.MonkeyPatch.context() as caught:
            caught.setattr(printed, "show", lambda *given: parts.extend(given))
            assert main([*command]) in {0, 1}
    assert parts
    whole = at_width(200, lambda: show(*parts))
    widest = Counter(_AMOUNT.findall(whole))
    headings = {heading for heading in headings if heading in whole}
    for width in WIDTHS:
        shown = at_width(width, lambda: show(*parts))
        missing = widest - Counter(_AMOUNT.findall(shown))
        assert not missing, (width, missing)
        assert all(heading in shown for heading in headings), width


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_table_keeps_its_amounts_and_headings_at_every_width(
    command: list[str], at_width: Callable[..., str]
) -> None:
    _is_whole(command, at_width)


@pytest.mark.parametrize("command", BATCH_COMMANDS, ids=lambda words: " ".join(words)[:40])
def test_every_table_of_a_batch_keeps_its_amounts_and_headings_at_every_width(
    command: list[str],
    at_width: Callable[..., str],
    tmp_path: Path,
) -> None:
    batch = _claims(tmp_path)
    _is_whole([command[0], str(batch), *command[1:]], at_width)


def test_the_demo_batch_is_whole_at_every_width(
    at_width: Callable[..., str],
) -> None:
    _is_whole(["estimate", str(BATCH), *LOCAL], at_width)
