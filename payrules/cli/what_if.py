"""What if, and whether answers still hold: `whatif` and `canary`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules.counted import counted, one_or_more
from payrules.errors import UsageError
from payrules.terminal import say

if TYPE_CHECKING:
    from payrules.facility.wage import WageIndices
from payrules.cli.options import (
    EXISTING_FILE,
    FILE,
    batch_options,
    check_outputs,
    columns_option,
    facility_options,
    price_baseline,
    read_as,
    release_option,
    schedules_option,
    sheet_option,
    wage_indices,
)

_SOME_REJECTED = 1
_SOME_MOVED = 1


@click.command()
@batch_options
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="FILE[+FILE…]",
    help="Scenario file (TOML). Repeatable; stack several with +: cf.toml+site.toml.",
)
@click.option("--output", type=FILE, metavar="FILE.xlsx", help="Write the comparison workbook.")
@click.option("--lines", type=FILE, metavar="F", help="Write the lines that changed.")
@click.option(
    "--chains", type=FILE, metavar="F", help="Write the steps of these lines, before and after."
)
@click.option("--bridge", type=FILE, metavar="F", help="Write the bridge, .csv or .parquet.")
@click.option("--json", "record", type=FILE, metavar="F.json", help="Write everything as JSON.")
@click.option(
    "--solve",
    "unknown",
    metavar="WHAT",
    help="Find conversion_factor, percent_of_medicare or fee:CODE that reaches --target.",
)
@click.option("--target", metavar="T", help="allowed=1250000, baseline, or +3%.")
@click.option(
    "--sweep",
    "swept",
    metavar="P=A:B:S",
    help="terms.multiple_procedure.later=0.25:0.75:0.05, or a fee: fee:J3301=0.50:1.50:0.10.",
)
@click.option(
    "--tornado", is_flag=True, help="Change each term by a tenth, to see which matters most."
)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="NAME|FILE",
    help="Compare payers on these claims; two or more, the first is the reference.",
)
@click.option(
    "--sites",
    metavar="SITE,…",
    help="Price the batch at each of these sites, practitioner and facility together: office, "
    "asc, hospital.",
)
@facility_options
@click.option("--dry-run", is_flag=True, help="Show what would change, and on how many lines.")
@click.option("--force", is_flag=True, help="Replace existing output files.")
def whatif(
    batch: tuple[Path, ...],
    scenarios: tuple[str, ...],
    output: Path | None,
    lines: Path | None,
    chains: Path | None,
    bridge: Path | None,
    record: Path | None,
    unknown: str | None,
    target: str | None,
    swept: str | None,
    tornado: bool,
    contracts: tuple[str, ...],
    sites: str | None,
    dry_run: bool,
    force: bool,
    **how: Any,
) -> int:
    """Show how payment changes if claims, fee schedule or contract terms change."""
    from payrules.payers import load_payer
    from payrules.scenarios import plan, read_scenario
    from payrules.scenarios.answer import answer, as_record
    from payrules.screen import what_if as tables
    from payrules.screen.printed import show

    wages = wage_indices(how)
    if sites is not None:
        others = (
            len(scenarios) > 1,
            unknown,
            target,
            swept,
            tornado,
            contracts,
            chains,
            bridge,
            dry_run,
        )
        if any(others):
            raise UsageError(
                "--sites is a question of its own: of the other options of what-if it goes with"
                " --output, --lines, --json, the wage indices and one --scenario alone."
            )
        return _at_sites(
            batch,
            sites,
            wages,
            {"workbook": output, "lines": lines, "record": record},
            scenario=next(iter(scenarios), None),
            force=force,
            **how,
        )
    if wages is not None:
        raise UsageError("Wage indices are about the facility's side: add --sites.")
    frames = {"lines": lines, "chains": chains, "bridge": bridge}
    written = [path for path in (output, *frames.values(), record) if path is not None]
    check_outputs(written, batch, force=force)
    asked = [read_scenario(each) for each in scenarios]
    if any(frames.values()) and not asked:
        raise UsageError("--lines, --chains and --bridge need a --scenario.")
    compared = [load_payer(each) for each in contracts]
    base = price_baseline(batch, compared=compared, **how)
    if dry_run:
        show(*tables.dry_run([plan(base, each) for each in asked]))
        return 0
    answered = answer(
        base,
        asked,
        unknown=unknown,
        target=target,
        swept=swept,
        with_tornado=tornado,
        contracts=compared,
    )
    from payrules.files.whole import all_or_none
    from payrules.runs.results import write_frame, write_run

    said: list[str] = []
    with all_or_none():
        for name, path in frames.items():
            if path is not None:
                write_frame(getattr(answered, name), path)
        if record is not None:
            write_run(as_record(answered), record)
        if output is not None:
            from payrules.workbook.what_if import write_whatif

            said = write_whatif(answered, output, force=force).sentences()
    show(*tables.told(answered), *tables.where_written(written, base), *said)
    return _SOME_REJECTED if base.batch.rejects.height else 0


def _at_sites(
    batch: tuple[Path, ...],
    asked: str,
    wages: "WageIndices | None",
    outputs: Mapping[str, Path | None],
    *,
    scenario: str | None,
    force: bool,
    **how: Any,
) -> int:
    """Price the batch at each site, and show what practitioner, facility and both come to."""
    from payrules.facility.wage import WageIndices
    from payrules.files.whole import all_or_none
    from payrules.runs.results import write_frame, write_run
    from payrules.scenarios import read_scenario
    from payrules.scenarios.sites import compare_sites, read_sites, sites_record
    from payrules.screen import sites as tables
    from payrules.screen.printed import show
    from payrules.screen.what_if import where_written

    sites = read_sites(asked)
    files = {what: path for what, path in outputs.items() if path is not None}
    check_outputs(files.values(), batch, force=force)
    plan = None if scenario is None else read_scenario(scenario)
    base = price_baseline(batch, facility=wages or WageIndices(), **how)
    compared = compare_sites(base, sites, plan)
    said: list[str] = []
    with all_or_none():
        if "lines" in files:
            write_frame(compared.told_lines, files["lines"])
        if "record" in files:
            write_run(sites_record(compared), files["record"])
        if "workbook" in files:
            from payrules.workbook.sites import write_sites_book

            said = write_sites_book(compared, files["workbook"], force=force).sentences()
    show(*tables.told(compared), *where_written([*files.values()], base), *said)
    return _SOME_REJECTED if base.batch.rejects.height else 0


@click.command()
@click.argument("file", type=EXISTING_FILE)
@click.option(
    "--payer",
    default="medicare",
    show_default=True,
    metavar="NAME|FILE",
    help="A payer's name or its TOML file.",
)
@click.option("--locality", metavar="KEY", help="Locality for lines without one.")
@release_option
@schedules_option
@columns_option
@sheet_option
@click.option("--record", type=FILE, metavar="F", help="Write the claims with today's results.")
@click.option("--force", is_flag=True, help="Replace an existing output file.")
def canary(
    file: Path,
    payer: str,
    locality: str | None,
    release: str | None,
    schedules: Path | None,
    record: Path | None,
    force: bool,
    **how: Any,
) -> int:
    """Price claims with known amounts, and show the step behind any amount that changed.

    The file is a claims file with columns expected_allowed_amount, expected_medicare_amount,
    expected_patient_amount, expected_status or expected_steps; --record fills them with today's
    results. Exit status 1 if a result changed.
    """
    from payrules.front_door.terms import setup_of
    from payrules.scenarios.canary import check_canary, record_canary
    from payrules.screen.printed import show
    from payrules.screen.what_if import canary_words

    setup = setup_of(payer, locality=locality, release=release, schedules=schedules, **read_as(how))
    if record is not None:
        check_outputs([record], [file], force=force)
        recorded = record_canary(file, record, setup)
        are = one_or_more(recorded.lines, "is", "are")
        say(f"{counted(recorded.lines, 'line')} with today's results {are} in {record}.")
        return 0
    checked = check_canary(file, setup)
    show(*canary_words(checked))
    return _SOME_MOVED if checked.moved else 0
