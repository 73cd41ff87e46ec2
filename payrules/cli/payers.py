"""The payers that ship with payrules: `payers list` and `payers show`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

import click

from payrules.terminal import say_json

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Give the same as JSON.")


@click.group()
def payers() -> None:
    """Payers that ship with payrules: policies as far as they were read, each with its source."""


@payers.command("list")
@_AS_JSON
def list_payers(as_json: bool) -> None:
    """List the payers that ship: kind of plan, how many terms, how surely they were read."""
    from payrules.payers.portrait import known_payers
    from payrules.screen.payers import payers_table
    from payrules.screen.printed import show

    told = known_payers()
    if as_json:
        say_json([each.as_json() for each in told])
    else:
        show(payers_table(told))


@payers.command("show")
@click.argument("payer", metavar="NAME|FILE")
@_AS_JSON
def show_payer(payer: str, as_json: bool) -> None:
    """Show a payer's terms, where each is printed and how it was read, and what it leaves open."""
    from payrules.payers import load_payer
    from payrules.payers.portrait import portrait
    from payrules.screen.payers import payer_tables
    from payrules.screen.printed import show

    told = portrait(load_payer(payer))
    if as_json:
        say_json(told.as_json())
    else:
        show(*payer_tables(told))
