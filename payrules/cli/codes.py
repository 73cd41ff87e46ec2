"""What codes, modifiers and payers come to: `code`, `modifiers` and `rules`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules.counted import counted
from payrules.errors import UsageError
from payrules.terminal import say, say_json

if TYPE_CHECKING:
    from payrules.answers import FeeGuide
    from payrules.schedules import Schedules
from payrules.cli.options import CLAIMS_FILE, FILE, check_outputs, schedules_option

#: Some of what was asked for is no code.
_NOT_ALL = 1


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
@click.option(
    "--history", is_flag=True, help="Show what changed of the code over the loaded releases."
)
@click.option(
    "--guide",
    is_flag=True,
    help="One row a code: office, facility, surgical center, hospital, values, last year.",
)
@click.option(
    "--output", type=FILE, metavar="FILE.xlsx|.csv", help="Write the guide, with --guide."
)
@click.option(
    "--practice",
    type=CLAIMS_FILE,
    metavar="BATCH",
    help="Claims whose codes come first among a code's NCCI pairs (default: the starter's).",
)
@click.option(
    "--coverage",
    multiple=True,
    type=FILE,
    metavar="DIR|FILE",
    help="Show what the coverage policies of this folder or file say of a code (default: the "
    "unverified examples). Repeatable.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@schedules_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def code(
    codes: tuple[str, ...],
    day: datetime | None,
    locality: str,
    release: str | None,
    history: bool,
    guide: bool,
    output: Path | None,
    practice: Path | None,
    coverage: tuple[Path, ...],
    force: bool,
    schedules: Path | None,
    as_json: bool,
) -> int:
    """Show a code's indicators, amounts, edits, sites of service and modifiers.

    Several codes, a range (64490-64495) or a pattern ("6449*") print a table, with what the tables
    say of each two of them; --guide prints one row a code, as printed guides do. For modifiers (GZ
    GA) it shows what Medicare does with them. Exit status 1: some of what was asked for is no code;
    the others are shown.
    """
    from payrules.claims.code_counts import codes_of
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
        return _tell_modifiers(codes, as_json=as_json)
    if output is not None and not guide:
        raise UsageError("--output writes a guide; add --guide.")
    of_a_page = {
        "--history": history,
        "--practice": practice is not None,
        "--coverage": bool(coverage),
    }
    given = [option for option, is_given in of_a_page.items() if is_given]
    if guide and given:
        raise UsageError(f"{given[0]} is of a single code's page; remove it or --guide.")
    how: dict[str, Any] = {"day": day and day.date(), "locality": locality, "release": release}
    at_hand = load_schedules(schedules)
    if guide:
        return _guide(codes, at_hand, output, as_json=as_json, force=force, **how)
    if is_list(codes) and given:
        raise UsageError(f"{given[0]} takes a single code.")
    own = None if practice is None else codes_of(practice)
    pages = []
    if not is_list(codes):
        of_page: dict[str, Any] = {"history": history, "own": own, "coverage": coverage or None}
        pages = [code_page(codes[0], at_hand, **of_page, **how)]
    # A drug's page needs no row of the physician fee schedule.
    looked_up, rows = code_list(codes, at_hand, may_be_empty=bool(pages), **how)
    if pages:
        looked_up["not_found"] = []
    if as_json:
        say_json(looked_up | {"codes": rows, "pages": [as_record(page) for page in pages]})
    elif pages:
        show(*code_tables(*pages))
    else:
        show(*code_list_table(looked_up, rows))
    return _some_not_found(looked_up["not_found"])


def _some_not_found(sentences: Sequence[str]) -> int:
    """Say what of several codes is none, beside the others; gives the exit status."""
    if not sentences:
        return 0
    say(*(f"payrules: {each}" for each in sentences), error=True)
    return _NOT_ALL


def _guide(
    codes: Sequence[str],
    schedules: "Schedules",
    output: Path | None,
    *,
    as_json: bool,
    force: bool,
    **how: Any,
) -> int:
    from payrules.answers import fee_guide
    from payrules.screen.codes import guide_tables
    from payrules.screen.printed import show

    if output is not None:
        if output.suffix.lower() not in {".xlsx", ".csv"}:
            raise UsageError(f"{output.name}: the guide must end in .xlsx or .csv.")
        check_outputs([output], [], force=force)
    made = fee_guide(codes, schedules, **how)
    if output is not None:
        told = _write_guide(made, schedules, output, force=force)
        say(f"written: {output} ({counted(made.rows.height, 'code')})", *told)
    elif as_json:
        say_json(made.as_json())
    else:
        show(*guide_tables(made))
    return _some_not_found(made.not_found)


def _write_guide(
    made: "FeeGuide", schedules: "Schedules", output: Path, *, force: bool
) -> Sequence[str]:
    if output.suffix.lower() == ".csv":
        from payrules.runs.results import write_frame

        write_frame(made.rows, output)
        return [made.heading, *made.remarks]
    from payrules.workbook.fee_guide import write_fee_guide

    written = write_fee_guide(
        made.rows,
        output,
        heading=made.heading,
        remarks=made.remarks,
        releases=[schedules.named(each) for each in (made.release, made.last_year) if each],
        force=force,
    )
    return [made.heading, *made.remarks, *written.sentences()]


@click.command()
@click.argument("modifiers", nargs=-1, metavar="[MODIFIER...]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def modifiers(modifiers: tuple[str, ...], as_json: bool) -> int:
    """Say of modifiers (59 PT) what Medicare does with each, which rules read it, and why.

    Without one it lists every modifier of CMS's table. Exit status 1: some of what was asked for is
    no modifier; the others are shown.
    """
    return _tell_modifiers(modifiers, as_json=as_json)


def _tell_modifiers(asked: Sequence[str], *, as_json: bool) -> int:
    from payrules.code_page import as_records, modifier_rows
    from payrules.screen.codes import modifiers_tables
    from payrules.screen.printed import show

    told, not_found = modifier_rows(asked)
    if as_json:
        say_json(as_records(told, not_found))
    else:
        show(*modifiers_tables(told))
    return _some_not_found(not_found)


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
