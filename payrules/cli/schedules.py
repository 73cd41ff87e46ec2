"""Fee schedule releases and tables: `schedules` with list, import, fetch, verify, remove, diff."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules.errors import UsageError
from payrules.terminal import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polars import DataFrame

    from payrules.fees.diff import ReleaseChanges
    from payrules.runs.results import Estimate
    from payrules.schedules import Imported
    from payrules.schedules.releases import Release
from payrules.cli.options import (
    EXISTING_FILE,
    FILE,
    check_outputs,
    columns_option,
    price_batch,
    schedules_option,
    sheet_option,
)

_SOME_REJECTED = 1
_VERIFICATION_FAILED = 3


@click.group()
def schedules() -> None:
    """Fee schedule releases and tables: list, import, fetch, verify, remove, diff."""


@schedules.command("list")
@schedules_option
def list_(schedules: Path | None) -> None:
    """List the loaded releases and tables, the dates of service each prices, and any gaps."""
    from payrules.schedules import load_schedules
    from payrules.screen.printed import show
    from payrules.screen.schedules import schedule_tables

    show(*schedule_tables(load_schedules(schedules)))


@schedules.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--name",
    metavar="NAME",
    help="The name to import it under (default: that of the folder or ZIP).",
)
@click.option(
    "--effective-from",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The effective date of a table or correction, if its files do not state one.",
)
@schedules_option
def import_(
    path: Path, name: str | None, effective_from: datetime | None, schedules: Path | None
) -> None:
    """Import a release (folder or ZIP) or a table, as CMS publishes it."""
    from payrules.schedules import import_schedule

    day: date | None = effective_from and effective_from.date()
    _show_imported(import_schedule(path, schedules, name, effective_from=day))


def _show_imported(imported: "Imported") -> None:
    rows = ", ".join(f"{count:,} {what}" for what, count in imported.rows.items())
    already = "was already imported, unchanged" if imported.unchanged else "imported"
    say(f"{imported.name} {already}: {rows}. Stored in {imported.folder}.")
    for each in imported.not_seen:
        say(each)
    if imported.ignored:
        say(f"Not used: {', '.join(imported.ignored)}.")


@schedules.command("fetch")
@click.argument("name")
@click.option("--accept-license", is_flag=True, help="Accept the AMA's and ADA's terms, as shown.")
@click.option("--url", metavar="URL", help="The URL of the ZIP, if CMS has moved it.")
@schedules_option
def fetch_(name: str, accept_license: bool, url: str | None, schedules: Path | None) -> None:
    """Download a release (2026D, 2024AR) from CMS's site and import it.

    Nothing is downloaded until you accept the terms. A download that breaks off is tried again.
    """
    from payrules.schedules.fetch import fetch, terms
    from payrules.screen.printed import download_progress

    say(*terms(name).split("\n"), "")
    with download_progress(name) as progress:
        fetched = fetch(name, schedules, accept_license=accept_license, url=url, progress=progress)
    say(f"{fetched.size:,} bytes from {fetched.url}")
    _show_imported(fetched.imported)


@schedules.command("verify")
@schedules_option
def verify_(schedules: Path | None) -> int:
    """Verify every stored file byte for byte, and recompute CMS's published amounts to the cent."""
    from payrules.fees.recompute import recompute
    from payrules.schedules import load_schedules, verify
    from payrules.screen.printed import show
    from payrules.screen.schedules import recomputed_table, verified_table

    at_hand = load_schedules(schedules)
    files, amounts = verify(at_hand), recompute(at_hand)
    show(verified_table(files), *recomputed_table(amounts))
    return _VERIFICATION_FAILED if any(each.failed for each in amounts) else 0


@schedules.command("remove")
@click.argument("name")
@schedules_option
def remove_(name: str, schedules: Path | None) -> None:
    """Remove an imported release or table, by its name in `list`."""
    from payrules.schedules import remove

    say(f"Removed {remove(name, schedules)}.")


@schedules.command("diff")
@click.argument("before")
@click.argument("after")
@click.option(
    "--batch",
    multiple=True,
    type=EXISTING_FILE,
    metavar="F",
    help="Price these claim lines under both releases. Repeatable.",
)
@click.option("--locality", metavar="KEY", help="Locality for the amounts (default: national).")
@click.option("--output", type=FILE, metavar="F", help="Write the full list as .csv or .xlsx.")
@click.option("--force", is_flag=True, help="Replace an existing output file.")
@schedules_option
@columns_option
@sheet_option
def diff_(
    before: str,
    after: str,
    batch: tuple[Path, ...],
    locality: str | None,
    output: Path | None,
    force: bool,
    schedules: Path | None,
    **how: Any,
) -> int:
    """Show what changed from one release to another, largest change first.

    With a batch: the effect on that practice's own volume, with every rule applied.
    """
    from payrules.code_page import chosen_locality
    from payrules.fees.diff import diff, volume_effect
    from payrules.schedules import load_schedules
    from payrules.screen.printed import show
    from payrules.screen.release_diff import diff_tables

    if output is not None:
        if output.suffix.lower() not in {".csv", ".xlsx"}:
            raise UsageError(f"{output.name}: write .csv or .xlsx.")
        check_outputs([output], batch, force=force)
    at_hand = load_schedules(schedules)
    sides = at_hand.named(before), at_hand.named(after)
    key = locality and chosen_locality(locality, sides[1], at_hand)
    difference = diff(*sides, locality=key or "national")
    rejected, volume = 0, None
    priced: list[Estimate] = []
    if batch:
        priced = [
            price_batch(batch, locality=key, release=side.name, schedules=schedules, **how)
            for side in sides
        ]
        volume = volume_effect(priced[0].lines, priced[1].lines)
        rejected = priced[0].rejects.height
    said: list[str] = []
    if output is not None:
        said = _write_diff(difference, volume, output, sides, priced, force=force)
    show(*diff_tables(difference, volume, rejected=rejected), *said)
    return _SOME_REJECTED if rejected else 0


def _write_diff(
    difference: "ReleaseChanges",
    volume: "DataFrame | None",
    output: Path,
    releases: "Sequence[Release]",
    priced: "Sequence[Estimate]",
    *,
    force: bool,
) -> list[str]:
    """Write a difference as its name's ending says; gives what its reader should know."""
    if output.suffix.lower() == ".csv":
        from payrules.runs.results import write_frame

        write_frame(difference.rows if volume is None else volume, output)
        return []
    from payrules.workbook.release_changes import write_diff

    written = write_diff(difference, output, volume, releases=releases, priced=priced, force=force)
    return written.sentences()
