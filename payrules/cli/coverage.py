"""Coverage policies: `coverage` with list, show, check, import, diff."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from payrules.cli.options import (
    FILE,
    FOLDER,
    MEDICARE,
    batch_options,
    check_outputs,
    read_as,
)
from payrules.errors import UsageError
from payrules.terminal import say_json

_DIFFERENT = 1
_SOME_REJECTED = 1
_ENDINGS = (".xlsx", ".csv", ".parquet")
_PATH = click.Path(exists=True, path_type=Path)
#: Where no folder of policies is named: the examples that come with payrules.
_EXAMPLES = (Path("examples"),)
_as_of = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day from which is judged what has ended or was read long ago (default: today).",
)


def _day(as_of: datetime | None) -> date:
    return date.today() if as_of is None else as_of.date()


@click.group()
def coverage() -> None:
    """Coverage policies as files: list, show and draft them, hold claims against them."""


@coverage.command("list")
@click.argument("policies", metavar="DIR|FILE...", nargs=-1, required=True, type=FILE)
@_as_of
@click.option("--json", "as_json", is_flag=True, help="Give the same as JSON.")
def list_(policies: tuple[Path, ...], as_of: datetime | None, as_json: bool) -> None:
    """List policies, and which are out of date.

    Each with its days, contractors and who verified it. A file may be out of date where its
    document has ended, or was read more than 180 days ago. DIR may be `examples`: the
    unverified ones that come with payrules.
    """
    from payrules.coverage.policy_file import read_policies
    from payrules.coverage.standing import standing
    from payrules.screen.coverage import policies_table
    from payrules.screen.printed import show

    told = standing(read_policies(policies), _day(as_of))
    if as_json:
        say_json([each.as_json() for each in told])
    else:
        show(*policies_table(told))


@coverage.command("show")
@click.argument("policy", metavar="ID")
@click.argument("policies", metavar="[DIR|FILE]...", nargs=-1, type=FILE)
@_as_of
def show_(policy: str, policies: tuple[Path, ...], as_of: datetime | None) -> None:
    """Show a policy in words.

    ID is its number (L38801), its article's (A58403) or its file's name. Each thing it says
    stands with its source; what a claim cannot show is listed and never judged. Without DIR
    the examples that come with payrules are looked through.
    """
    from payrules.coverage.policy_file import read_policies
    from payrules.coverage.standing import of_number, standing
    from payrules.screen.coverage import policy_parts
    from payrules.screen.printed import show

    found = of_number(policy, read_policies(policies or _EXAMPLES))
    parts = [policy_parts(each) for each in standing(found, _day(as_of))]
    show(*(part for each in parts for part in each))


@coverage.command("check")
@batch_options
@click.option(
    "--output",
    type=FILE,
    metavar="F",
    help="Write the findings, .xlsx, .csv or .parquet.",
)
@click.option("--force", is_flag=True, help="Replace an existing output file.")
def check(batch: tuple[Path, ...], output: Path | None, force: bool, **how: Any) -> int:
    """Hold a batch against coverage policies; price nothing.

    What the policies of --coverage find of its lines. A line that NCCI's edits or a global
    period would take out counts as a session here; in `payrules estimate` it does not. The exit
    status is 1 where a row was rejected.
    """
    from payrules.front_door.terms import setup_of
    from payrules.runs.coverage_check import coverage_check
    from payrules.screen.coverage import checked_parts
    from payrules.screen.printed import show
    from payrules.workbook.coverage_book import write_findings

    if output is not None:
        if output.suffix.lower() not in _ENDINGS:
            raise UsageError(f"{output.name}: findings are written as {' or '.join(_ENDINGS)}.")
        reads = [*batch, *(path for path in [how["columns"]] if path is not None)]
        check_outputs([output], reads, force=force)
    setup = setup_of(how.pop("payers") or MEDICARE, **read_as(how))
    checked = coverage_check(list(batch), setup)
    written = None if output is None else write_findings(checked, output, force=force)
    show(*checked_parts(checked, written))
    return _SOME_REJECTED if checked.rejects.height else 0


@coverage.command("import")
@click.argument("downloads", metavar="PATH...", nargs=-1, required=True, type=_PATH)
@click.option("--to", "folder", type=FOLDER, required=True, metavar="DIR", help="Where drafts go.")
@click.option(
    "--code",
    "codes",
    multiple=True,
    metavar="CODE",
    help="Draft only articles that list this procedure code. Repeatable.",
)
@click.option(
    "--mac",
    "macs",
    multiple=True,
    metavar="NUMBER",
    help="Draft only articles of this Part B contractor, such as 01112. Repeatable.",
)
@_as_of
@click.option("--force", is_flag=True, help="Replace drafts that are there; never a verified one.")
def import_(
    downloads: tuple[Path, ...],
    folder: Path,
    codes: tuple[str, ...],
    macs: tuple[str, ...],
    as_of: datetime | None,
    force: bool,
) -> None:
    """Draft policies from CMS's downloads.

    These are the Medicare Coverage Database's: PATH is current_article.zip (with
    current_lcd.zip and ncd.zip, if you like), one of the all_ files, or a folder of their
    tables. A draft has an article's codes, diagnoses, days and contractors, is not verified,
    and has no limit: these stand in prose, for a person to read.
    """
    from payrules.coverage.download.importing import chosen, import_download
    from payrules.screen.coverage import imported_parts
    from payrules.screen.printed import show

    wanted = chosen(codes, macs)
    show(*imported_parts(import_download(downloads, folder, _day(as_of), wanted, force=force)))


@coverage.command("diff")
@click.argument("before", metavar="OLD", type=FILE)
@click.argument("after", metavar="NEW", type=FILE)
@_as_of
def diff_(before: Path, after: Path, as_of: datetime | None) -> int:
    """Show what was added and dropped.

    Of codes, diagnoses, days, contractors and limits, document by document. OLD and NEW are
    each a policy file, a folder of them, or a download of the Medicare Coverage Database (a
    ZIP, or a folder of its ZIPs or tables). Between a file and a download the version in force
    on the day of --as-of is compared, and each that begins later; limits are compared between
    files only. The exit status is 1 where anything changed.
    """
    from payrules.coverage.comparison import policy_changes
    from payrules.screen.coverage import change_parts
    from payrules.screen.printed import show

    changes = policy_changes(before, after, _day(as_of))
    show(*change_parts(changes))
    return _DIFFERENT if changes.each else 0
