"""The `payrules` command: arguments in, library calls, text out; it computes nothing itself."""

import click

from payrules.cli.codes import code, modifiers, rules
from payrules.cli.columns import columns
from payrules.cli.coverage import coverage
from payrules.cli.estimate import demo, estimate
from payrules.cli.explain import explain
from payrules.cli.localities import localities
from payrules.cli.payers import payers
from payrules.cli.price import price, which
from payrules.cli.remittance import remittance
from payrules.cli.reports import reports
from payrules.cli.schedules import schedules
from payrules.cli.variance import variance
from payrules.cli.what_if import canary, whatif
from payrules.version import __version__


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit status: 0 done; 1 some rows were rejected (all outputs are still written), or what "
        "was asked for has no answer; 2 the command could not run; 3 a fee schedule release failed "
        "verification."
    ),
)
@click.version_option(__version__, prog_name="payrules")
@click.option("--debug", is_flag=True, help="Show the traceback of a bug (may quote claims).")
def cli(debug: bool) -> None:  # __main__ reads it, wherever it stands
    """What Medicare's physician fee schedule pays for claim lines, and why."""


for command in (
    estimate,
    price,
    which,
    explain,
    columns,
    demo,
    whatif,
    canary,
    remittance,
    variance,
    reports,
    code,
    modifiers,
    rules,
    payers,
    coverage,
    localities,
    schedules,
):
    cli.add_command(command)
