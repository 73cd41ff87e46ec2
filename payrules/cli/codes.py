"""What codes, modifiers and payers come to: `code`, `modifiers` and `rules`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules.errors import UsageError
from payrules.terminal import say_json

if TYPE_CHECKING:
    from collections.abc import Sequence
from payrules.cli.options import schedules_option


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date of service (default: the day the newest release was published for).",
)
@click.option(
    "--locality",
    default="national",
    show_default=True,
    metavar="KEY",
    help='01112-05, "IL Chicago", or national.',
)
@click.option("--release", metavar="NAME", help="Use this release, whatever the date.")
@click.option("--history", is_flag=True, help="Show the code in every loaded release.")
@schedules_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def code(
    codes: tuple[str, ...],
    day: datetime | None,
    locality: str,
    release: str | None,
    history: bool,
    schedules: Path | None,
    as_json: bool,
) -> None:
    """Show a code's indicators, amounts, edits, sites of service and modifiers.

    Several codes, a range (64490-64495) or a pattern ("6449*") print a table. For modifiers (GZ GA)
    it shows what Medicare does with them.
    """
    from payrules.code_page import (
        are_modifiers,
        as_record,
        code_list,
        code_page,
        is_list,
    )
    from payrules.schedules import load_schedules
    from payrules.screen.codes import code_list_table, code_tables
    from payrules.screen.printed import show

    if are_modifiers(codes):
        _tell_modifiers(codes, as_json=as_json)
        return
    how: dict[str, Any] = {"day": day and day.date(), "locality": locality, "release": release}
    at_hand = load_schedules(schedules)
    if is_list(codes):
        if history:
            raise UsageError("--history takes a single code.")
        looked_up, rows = code_list(codes, at_hand, **how)
        if as_json:
            say_json(looked_up | {"codes": rows})
        else:
            show(*code_list_table(looked_up, rows))
        return
    page = code_page(codes[0], at_hand, history=history, **how)
    if as_json:
        say_json(as_record(page))
    else:
        show(*code_tables(page))


@click.command()
@click.argument("modifiers", nargs=-1, metavar="[MODIFIER...]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def modifiers(modifiers: tuple[str, ...], as_json: bool) -> None:
    """Say of modifiers (59 PT) what Medicare does with each, what payrules does, and why.

    Without one it lists every modifier of CMS's table.
    """
    _tell_modifiers(modifiers, as_json=as_json)


def _tell_modifiers(asked: "Sequence[str]", *, as_json: bool) -> None:
    from payrules.code_page import as_records, modifier_rows
    from payrules.screen.codes import modifiers_table
    from payrules.screen.printed import show

    told = modifier_rows(asked)
    if as_json:
        say_json(as_records(told))
    else:
        show(modifiers_table(told))


@click.command()
@click.option(
    "--payer",
    default="medicare",
    show_default=True,
    metavar="NAME|FILE",
    help="Show this payer's rules, and how its terms differ from Medicare's.",
)
def rules(payer: str) -> None:
    """List the payment rules in the order they are applied, with their citations."""
    from payrules.payers import load_payer
    from payrules.screen.printed import show
    from payrules.screen.rules import rule_tables

    show(*rule_tables(load_payer(payer)))
