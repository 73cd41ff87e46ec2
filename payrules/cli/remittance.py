"""What payers paid: `remittance`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules.cli.options import EXISTING_FILE, FILE, FOLDER, check_outputs
from payrules.errors import UsageError
from payrules.terminal import say

if TYPE_CHECKING:
    import polars as pl

_SOMETHING_FAILED = 1
_FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)


def privacy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what leaves persons out."""
    command = click.option(
        "--pseudonymize",
        "keyfile",
        type=EXISTING_FILE,
        metavar="KEYFILE",
        help="Replace member and claim numbers with hashes under this key.",
    )(command)
    return click.option(
        "--minimal", is_flag=True, help="Leave member numbers out of every output."
    )(command)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE_OR_FOLDER, metavar="FILE...")
@click.option("--output", type=FILE, metavar="FILE.xlsx", help="Write the workbook.")
@click.option(
    "--sheets", type=FOLDER, metavar="DIR", help="Write each table as its own file in DIR."
)
@click.option(
    "--sheets-format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="The format of those files.",
)
@click.option(
    "--html", type=FILE, metavar="F.html", help="Write the sums as a single web page: no claims."
)
@click.option("--run", type=FILE, metavar="F.json", help="Write the run record.")
@privacy_options
@click.option("--force", is_flag=True, help="Replace existing output files.")
def remittance(
    files: tuple[Path, ...],
    output: Path | None,
    sheets: Path | None,
    sheets_format: str,
    html: Path | None,
    run: Path | None,
    minimal: bool,
    keyfile: Path | None,
    force: bool,
) -> int:
    """Read remittances (835), check that every cent balances, and show what was paid and adjusted.

    Needs no claims. A folder stands for the remittances in it. Exit status 1 if a check failed, a
    file is cut short or something could not be read; all outputs are still written.
    """
    from payrules.files.whole import all_or_none
    from payrules.runs.results import write_run
    from payrules.screen.printed import show
    from payrules.screen.remittance import remittance as told
    from payrules.variance.remittances import read_remittances, record
    from payrules.workbook.data_files import write_tables
    from payrules.workbook.remittance import (
        SHEETS,
        remittance_tables,
        write_remittance,
        write_remittance_page,
    )

    written = {"workbook": output, "web page": html, "run record": run}
    endings = {"workbook": ".xlsx", "web page": ".html or .htm", "run record": ".json"}
    check_endings(written, endings)
    outputs = [path for path in written.values() if path is not None]
    if sheets is not None:
        named = [sheets / f"{name}.{sheets_format}" for name in SHEETS]
        outputs += named if sheets.is_dir() else [sheets]
    check_outputs(outputs, [*files, *([] if keyfile is None else [keyfile])], force=force)
    check_privacy(minimal, keyfile)
    read = read_remittances(files)
    tables, privacy = private(remittance_tables(read), minimal, keyfile)
    said: list[str] = []
    with all_or_none():
        if sheets is not None:
            write_tables(tables, sheets, sheets_format, force=force)
        if run is not None:
            write_run({**record(read), **({"privacy": privacy} if privacy else {})}, run)
        if html is not None:
            write_remittance_page(read, tables, html, privacy=privacy, force=force)
        if output is not None:
            workbook = write_remittance(read, tables, output, privacy=privacy, force=force)
            said = workbook.sentences()
    where = {what: path for what, path in written.items() if path is not None}
    show(*told(read, where | ({} if sheets is None else {"sheets": sheets})), *said)
    return _SOMETHING_FAILED if read.failed else 0


def check_endings(files: Mapping[str, Path | None], endings: Mapping[str, str]) -> None:
    """Refuse an output whose name does not end as it is written."""
    for what, path in files.items():
        if path is not None and path.suffix.lower() not in endings[what].split(" or "):
            raise UsageError(f"{path.name}: the {what} must end in {endings[what]}.")


def check_privacy(minimal: bool, keyfile: Path | None) -> None:
    """Refuse, before any work, a key that cannot be used, or both ways at once."""
    from payrules.workbook.privacy import read_key, readable_by_others

    if minimal and keyfile is not None:
        raise UsageError(
            "--minimal leaves person identifiers out, --pseudonymize replaces them; choose one."
        )
    if keyfile is not None:
        read_key(keyfile)
        if warning := readable_by_others(keyfile):
            say(f"payrules: {warning}", error=True)


def private(
    tables: "dict[str, pl.DataFrame]", minimal: bool, keyfile: Path | None
) -> "tuple[dict[str, pl.DataFrame], str]":
    """Give tables as the run may tell them, and what was done about persons."""
    from payrules.workbook import privacy

    if minimal:
        return privacy.without_persons(tables), "member numbers left out"
    if keyfile is not None:
        pseudonyms = privacy.with_pseudonyms(tables, keyfile)
        return pseudonyms, "member and claim numbers replaced by keyed hashes (HMAC-SHA256)"
    return tables, ""
