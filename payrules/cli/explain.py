"""Why a claim is paid so: `explain`."""

# Heavy imports wait inside the command, so that --help is quick.
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Any

import click

from payrules.cli.options import batch_options, price_baseline, price_batch
from payrules.errors import UsageError


@click.command()
@batch_options
@click.option("--claim", required=True, metavar="ID", help="The claim_id to explain.")
@click.option("--line", type=int, metavar="N", help="Only this claim_line_number.")
@click.option(
    "--marginal",
    is_flag=True,
    help="Show what each line adds, and what modifier 59, the order or a missing primary changes.",
)
def explain(
    batch: tuple[Path, ...], claim: str, line: int | None, marginal: bool, **how: Any
) -> None:
    """Show each step of a claim's lines: the rule, the amounts, the codes, the citation.

    The whole batch is priced, because a person's other claims can change this one.
    """
    from payrules.screen.explain import chains
    from payrules.screen.printed import show

    if not marginal:
        show(*chains(price_batch(batch, **how), claim, line))
        return
    if line is not None:
        raise UsageError("--marginal covers every line of the claim; remove --line.")
    from payrules.scenarios.marginal import marginal as worth
    from payrules.screen.what_if import marginal_tables

    show(*marginal_tables(worth(price_baseline(batch, **how), claim)))
