"""Where a service was done: `localities`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from pathlib import Path

import click

from payrules.cli.options import schedules_option
from payrules.terminal import say_json


@click.command()
@click.argument("sought", required=False, metavar="[STATE|NAME|COUNTY|ZIP]")
@schedules_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def localities(sought: str | None, schedules: Path | None, as_json: bool) -> None:
    """List Medicare localities: the key that --locality takes, name and counties.

    All of them, or those of a state (IL), a name or county ("Chicago", "Cook, IL") or a ZIP code
    (60601, with CMS's ZIP5 file imported).
    """
    from payrules.schedules import load_schedules
    from payrules.schedules.locality_list import list_localities
    from payrules.screen.localities import locality_tables
    from payrules.screen.printed import show

    found = list_localities(load_schedules(schedules), sought)
    if as_json:
        say_json([each._asdict() for each in found])
    else:
        show(*locality_tables(found))
