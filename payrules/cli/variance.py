"""Expected against paid: `variance`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from payrules.cli.options import FILE, FOLDER, batch_options, check_outputs, read_as
from payrules.cli.remittance import check_endings, check_privacy, privacy_options, private
from payrules.counted import counted
from payrules.errors import UsageError

_SOMETHING_FAILED = 1
_FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)
_DATA = ".csv or .parquet"


@click.command()
@batch_options
@click.option(
    "--remittance",
    "remittances",
    multiple=True,
    type=_FILE_OR_FOLDER,
    metavar="FILE|DIR",
    help="A remittance (835), or a folder of them. Repeatable. Without it the batch's own columns "
    "paid_amount and allowed_amount are compared.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day from which deadlines are counted (default: the newest payment date).",
)
@click.option(
    "--least",
    default="5.00",
    show_default=True,
    metavar="DOLLARS",
    help="Leave lines below this, and below --least-percent, out of the work list.",
)
@click.option(
    "--least-percent", default="1", show_default=True, metavar="PERCENT", help="See --least."
)
@click.option(
    "--tolerance",
    default="0.01",
    show_default=True,
    metavar="DOLLARS",
    help="A difference up to this, for each payer line, is none.",
)
@click.option("--output", type=FILE, metavar="FILE.xlsx", help="Write the workbook.")
@click.option("--lines", type=FILE, metavar="F", help="Write every comparison, .csv or .parquet.")
@click.option("--worklist", type=FILE, metavar="F", help="Write the work list.")
@click.option("--unmatched", type=FILE, metavar="F", help="Write what was matched on neither side.")
@click.option("--remittances", "payments", type=FILE, metavar="F", help="Write the payments.")
@click.option("--checks", type=FILE, metavar="F", help="Write the checks that failed.")
@click.option("--rejects", type=FILE, metavar="F", help="Write what could not be read, and why.")
@click.option(
    "--html", type=FILE, metavar="F.html", help="Write the sums as a single web page: no claims."
)
@click.option("--run", type=FILE, metavar="F.json", help="Write the run record.")
@click.option(
    "--appeals",
    type=FOLDER,
    metavar="DIR",
    help="Write a letter for each claim to appeal or reopen, in Markdown.",
)
@privacy_options
@click.option("--force", is_flag=True, help="Replace existing output files.")
def variance(
    batch: tuple[Path, ...],
    remittances: tuple[Path, ...],
    as_of: datetime | None,
    least: str,
    least_percent: str,
    tolerance: str,
    html: Path | None,
    run: Path | None,
    output: Path | None,
    appeals: Path | None,
    minimal: bool,
    keyfile: Path | None,
    force: bool,
    payers: tuple[str, ...],
    **how: Any,
) -> int:
    """Hold what payers paid against what was expected: which line differs, why, what to appeal.

    Exit status 1 if rows were rejected, a check failed or a file is cut short; all outputs are
    still written.
    """
    names = ("lines", "worklist", "unmatched", "payments", "checks", "rejects")
    data = {"remittances" if name == "payments" else name: how.pop(name) for name in names}
    files: dict[str, Path | None] = {
        "workbook": output,
        "web page": html,
        "run record": run,
        **data,
    }
    endings = {
        **{"workbook": ".xlsx", "web page": ".html or .htm", "run record": ".json"},
        **dict.fromkeys(data, _DATA),
    }
    check_endings(files, endings)
    if appeals is not None and keyfile is not None:
        raise UsageError("--appeals names claims to payers, --pseudonymize hides them; choose one.")
    reads = [*batch, *remittances, *(each for each in (keyfile, how["columns"]) if each)]
    outputs = [path for path in files.values() if path is not None]
    if appeals is not None and not appeals.is_dir():
        outputs.append(appeals)
    check_outputs(outputs, reads, force=force)
    check_privacy(minimal, keyfile)
    limits = {
        "tolerance": _number("--tolerance", tolerance, 2),
        "least": _number("--least", least, 2),
        "least_percent": _number("--least-percent", least_percent, 1),
    }
    day = None if as_of is None else as_of.date().isoformat()
    from payrules.files.whole import all_or_none
    from payrules.front_door.terms import setup_of
    from payrules.runs.results import write_frame, write_run
    from payrules.screen.printed import show
    from payrules.screen.variance import variance as told
    from payrules.variance.analysis import VarianceOptions, analyse
    from payrules.variance.appeals import write_appeals
    from payrules.variance.results import files_of, run_of, variance_tables
    from payrules.workbook.variance import write_variance, write_variance_page

    setup = setup_of(payers or None, **read_as(how))
    found = analyse(list(batch), remittances, setup, VarianceOptions(**limits, as_of=day))
    tables, privacy = private(variance_tables(found), minimal, keyfile)
    said: list[str] = []
    written = {what: path for what, path in files.items() if path is not None}
    with all_or_none():
        for what, frame in files_of(tables).items():
            if what in written:
                write_frame(frame, written[what])
        if run is not None:
            write_run({**run_of(found), **({"privacy": privacy} if privacy else {})}, run)
        if html is not None:
            write_variance_page(found, tables, html, privacy=privacy, force=force)
        if output is not None:
            workbook = write_variance(found, tables, output, privacy=privacy, force=force)
            said = workbook.sentences()
        if appeals is not None:
            letters = write_appeals(found, appeals, force=force)
            written["letters"] = appeals
    if appeals is not None:
        said.append(letters.words(appeals))
    show(*told(found, written), *said)
    return _SOMETHING_FAILED if found.failed else 0


def _number(option: str, text: str, decimals: int) -> int:
    """Read an option's number exactly, in its smallest unit."""
    try:
        value = Decimal(text) * 10**decimals
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value != int(value) or not 0 <= value <= 10**9:
        raise UsageError(
            f"{option} {text} is not a number with at most {counted(decimals, 'decimal')}."
        )
    return int(value)
