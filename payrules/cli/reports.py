"""Report layouts: `reports list`, `show` and `check`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrules.terminal import say

if TYPE_CHECKING:
    pass
from payrules.cli.options import EXISTING_FILE


@click.group()
def reports() -> None:
    """Report layouts for --report: list, show, check."""


@reports.command("list")
def list_reports() -> None:
    """List the built-in layouts."""
    from payrules.screen.printed import show
    from payrules.screen.reports import layout_table
    from payrules.workbook import layouts

    show(layout_table(layouts()))


@reports.command("show")
@click.argument("report", metavar="NAME|FILE")
@click.option("--toml", is_flag=True, help="Print the layout's TOML file, to copy and edit.")
def show_report(report: str, toml: bool) -> None:
    """Show the sheets of a layout, their columns, order and filters."""
    from payrules.workbook import describe_layout, layout_file

    told = describe_layout(report)  # a file that is no layout is not printed
    if toml:
        told = layout_file(report).read_text(encoding="utf-8-sig").rstrip()
    say(*told.split("\n"))


@reports.command("check")
@click.argument("file", type=EXISTING_FILE)
def check_report(file: Path) -> None:
    """Check your own layout: each error is shown with its line and the closest column name."""
    from payrules.workbook import check_layout

    sheets = len(check_layout(file).sheets)
    say(f"{file} is a layout of {sheets} {'sheet' if sheets == 1 else 'sheets'}.")
