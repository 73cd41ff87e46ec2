"""The main job: `estimate`, and `demo`, which shows it."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings

import click

from payrules.errors import UsageError
from payrules.terminal import say

if TYPE_CHECKING:
    from payrules.runs.facility_side import FacilitySide
    from payrules.runs.results import Estimate, Summary
from payrules.cli.options import (
    EXISTING_FILE,
    FILE,
    FOLDER,
    MEDICARE,
    WHOLE_NUMBER,
    batch_options,
    check_outputs,
    facility_options,
    price_batch,
    read_as,
    wage_indices,
)
from payrules.cli.packs import Pack

#: What a run in parts can write.
_DATA = {"lines", "adjustments", "rejects", "reversed", "superseded", "run record"}
_SOME_REJECTED = 1


@click.command()
@batch_options
@click.option("--output", type=FILE, metavar="FILE.xlsx", help="Write the Excel estimate.")
@click.option(
    "--report",
    metavar="NAME|FILE",
    help=(
        "The workbook's layout: a name from `payrules reports list`, or your own TOML file "
        "(default: estimate)."
    ),
)
@click.option(
    "--template",
    type=EXISTING_FILE,
    metavar="HOUSE.xlsx",
    help="Instead of a layout, fill the named tables of this workbook.",
)
@click.option(
    "--accounts",
    type=EXISTING_FILE,
    metavar="FILE.toml",
    help="The accounts that the sheet Journal posts to, in place of the placeholders.",
)
@click.option(
    "--compare",
    type=EXISTING_FILE,
    multiple=True,
    metavar="LAST",
    help="Show what changed since last time: its lines (.parquet), its pack (.xlsx) or its run "
    "record (.json); lines and run record may be given together.",
)
@click.option("--html", type=FILE, metavar="F.html", help="Write the summary as a single web page.")
@click.option(
    "--sheets",
    type=FOLDER,
    metavar="DIR",
    help="Write each sheet of the layout as its own file in DIR.",
)
@click.option(
    "--sheets-format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="The format of those files.",
)
@click.option("--lines", type=FILE, metavar="F", help="Write the lines, .csv or .parquet.")
@click.option("--adjustments", type=FILE, metavar="F", help="Write every step of every line.")
@click.option("--rejects", type=FILE, metavar="F", help="Write the rejected rows, with reasons.")
@click.option(
    "--superseded",
    type=FILE,
    metavar="F",
    help="For X12 claims: write the lines that were replaced, voided or rebilled.",
)
@click.option(
    "--reversed",
    "reversed_",
    type=FILE,
    metavar="F",
    help="Write the credits that take back a line of the batch, and those lines.",
)
@click.option("--run", type=FILE, metavar="F.json", help="Write the run record.")
@click.option(
    "--settlement",
    is_flag=True,
    help="Work out what Medicare pays beside the claims: the shortage area bonus (AQ) of each "
    "line, and the incentive of qualifying participants in a model, in total.",
)
@click.option(
    "--facility",
    is_flag=True,
    help="Work out what Medicare pays the surgical center or hospital of the same encounters, at "
    "national rates; no amount of the lines changes.",
)
@facility_options
@click.option(
    "--facility-lines",
    type=FILE,
    metavar="F",
    help="With --facility: write the facility's lines, .csv or .parquet.",
)
@click.option(
    "--minimal",
    is_flag=True,
    help="Leave person identifiers and unrecognized columns out of every output.",
)
@click.option(
    "--pseudonymize",
    "keyfile",
    type=EXISTING_FILE,
    metavar="KEYFILE",
    help="Replace person identifiers with hashes under this key; leave out unrecognized columns.",
)
@click.option(
    "--in-parts",
    is_flag=True,
    help=(
        "Price in parts, in bounded memory: Parquet, CSV or 837P in, --lines and the like out. "
        "Automatic for half a million lines or more that the free memory does not hold."
    ),
)
@click.option(
    "--workers",
    type=WHOLE_NUMBER,
    metavar="N",
    help="Price a large batch in parts by N processes, about 1 GB of memory each (default: the "
    "processors that are there, if the memory is).",
)
@click.option(
    "--dry-run", is_flag=True, help="Show how each column of the files is read; price nothing."
)
@click.option("--resume", is_flag=True, help="Resume a run in parts that was stopped.")
@click.option("--force", is_flag=True, help="Replace existing output files.")
def estimate(
    batch: tuple[Path, ...],
    output: Path | None,
    report: str | None,
    template: Path | None,
    accounts: Path | None,
    compare: tuple[Path, ...],
    html: Path | None,
    sheets: Path | None,
    sheets_format: str,
    lines: Path | None,
    adjustments: Path | None,
    rejects: Path | None,
    superseded: Path | None,
    reversed_: Path | None,
    run: Path | None,
    facility: bool,
    facility_lines: Path | None,
    minimal: bool,
    keyfile: Path | None,
    in_parts: bool,
    workers: int | None,
    dry_run: bool,
    resume: bool,
    force: bool,
    **how: Any,
) -> int:
    """Price a batch of claim lines (CSV, Parquet or Excel files, or claims in X12)."""
    wages = wage_indices(how)
    if not facility and (wages is not None or facility_lines is not None):
        raise UsageError(
            "A wage index and --facility-lines are about the facility's side: add --facility."
        )
    if dry_run:
        return _read_only(batch, **how)
    wanted = {
        "workbook": (output, (".xlsx",) if template is None else (".xlsx", ".xlsm")),
        "web page": (html, (".html", ".htm")),
        "lines": (lines, (".csv", ".parquet")),
        "adjustments": (adjustments, (".csv", ".parquet")),
        "rejects": (rejects, (".csv", ".parquet")),
        "superseded": (superseded, (".csv", ".parquet")),
        "reversed": (reversed_, (".csv", ".parquet")),
        "facility lines": (facility_lines, (".csv", ".parquet")),
        "run record": (run, (".json",)),
    }
    files = {what: path for what, (path, _) in wanted.items() if path is not None}
    for what, (path, endings) in wanted.items():
        if path is not None and path.suffix.lower() not in endings:
            raise UsageError(f"{path.name}: the {what} must end in {' or '.join(endings)}.")
    pack = Pack(report, template, accounts, compare, sheets, sheets_format)
    pack.must_be_written(output, html)
    if minimal and keyfile is not None:
        raise UsageError(
            "--minimal leaves person identifiers out, --pseudonymize replaces them; choose one."
        )
    # A slip in a layout, a template or a key is found before the work, not after.
    sheet_paths = pack.sheet_paths()
    reads = [*pack.reads, *(path for path in (keyfile, how["columns"]) if path is not None)]
    data_only = "lines" in files and not (
        set(files) - _DATA or sheets or minimal or keyfile or facility
    )
    if (in_parts or resume or (workers or 1) > 1) and not data_only:
        raise UsageError(
            "A run in parts, or by workers, writes --lines and, optionally, --adjustments,"
            " --rejects, --superseded, --reversed and --run, with all columns; remove the other"
            " output options and --facility."
        )
    from payrules.files.whole import all_or_none
    from payrules.runs.x12 import NONE_IS_X12, x12_failed

    in_parts = data_only and (in_parts or resume or _is_large(batch, files, workers))
    check_outputs([*files.values(), *sheet_paths], [*batch, *reads], force=force)
    if "lines" in files and not resume:
        _refuse_stopped(files["lines"])
    if in_parts:
        summary = _priced_in_parts(batch, files, resume=resume, workers=workers, **how)
        _show(summary, files)
        return _SOME_REJECTED if summary.run.counts.rejects or x12_failed(summary.run.x12) else 0
    pack.check(output, html)
    if facility:
        from payrules.facility.wage import WageIndices

        how["facility"] = wages or WageIndices()
    # Only what shows the steps is worth the time of keeping them.
    trail = sheets is not None or not {"workbook", "web page", "adjustments"}.isdisjoint(files)
    results = _without_persons(minimal, keyfile, lambda: price_batch(batch, trail=trail, **how))
    if superseded is not None and results.superseded is None:
        raise UsageError(NONE_IS_X12)
    with all_or_none():
        remarks = pack.write(results, files, force=force)
    _show(results.summary(), files, remarks, results.facility)
    failed = results.rejects.height or x12_failed(results.run.x12)
    return _SOME_REJECTED if failed else 0


def _read_only(batch: Sequence[Path], *, payers: Sequence[str], **how: Any) -> int:
    """Read and check a batch, and say as what it was read."""
    from payrules.front_door.terms import setup_of
    from payrules.screen.printed import show
    from payrules.screen.reading import dry_run

    checked = setup_of(payers or MEDICARE, **read_as(how)).read(list(batch))
    show(*dry_run(checked))
    return _SOME_REJECTED if checked.rejects.height else 0


def _refuse_stopped(lines: Path) -> None:
    """Leave no parts of a run that was stopped unsaid, whatever the size of this one."""
    from payrules.runs.parts_left import was_begun

    if was_begun(lines):  # few were: nothing is loaded of what prices in parts
        from payrules.runs.in_parts.folder import refuse_stopped

        refuse_stopped(lines)


def _is_large(batch: Sequence[Path], files: Mapping[str, Path], workers: int | None) -> bool:
    from payrules.runs.large import is_large

    return is_large(batch, trail="adjustments" in files, workers=workers)


def _priced_in_parts(
    batch: Sequence[Path],
    files: dict[str, Path],
    *,
    payers: Sequence[str],
    resume: bool,
    workers: int | None,
    **how: Any,
) -> "Summary":
    from payrules.front_door.terms import setup_of
    from payrules.runs.in_parts import Outputs, estimate_in_parts
    from payrules.screen.printed import progress

    outputs = Outputs(
        files["lines"],
        files.get("adjustments"),
        files.get("rejects"),
        files.get("run record"),
        files.get("reversed"),
        files.get("superseded"),
    )
    with progress(None, shown=True) as advance, catch_warnings(record=True) as warned:
        summary = estimate_in_parts(
            list(batch),
            outputs,
            setup_of(payers or MEDICARE, **read_as(how)),
            resume=resume,
            workers=workers,
            progress=advance,
        )
    for each in warned:
        say(f"payrules: {each.message}", error=True)
    return summary


def _without_persons(
    minimal: bool, keyfile: Path | None, priced: "Callable[[], Estimate]"
) -> "Estimate":
    """Give results as the run may tell them: with persons, without, or with pseudonyms."""
    if not minimal and keyfile is None:
        return priced()
    from payrules.workbook import privacy

    if keyfile is None:
        return privacy.minimal(priced())
    privacy.read_key(keyfile)
    if warning := privacy.readable_by_others(keyfile):
        say(f"payrules: {warning}", error=True)
    return privacy.pseudonymize(priced(), keyfile)


def _show(
    told: "Summary",
    files: dict[str, Path],
    remarks: Sequence[str] = (),
    facility: "FacilitySide | None" = None,
) -> None:
    from payrules.screen.estimate import summary
    from payrules.screen.printed import show

    beside = []
    if facility is not None and told.run.facility is not None:
        from payrules.screen.facility import facility_parts

        beside = [*facility_parts(told.run.facility, facility)]
    show(*summary(told, files, beside), *remarks)


@click.command()
@click.option(
    "--output",
    type=FOLDER,
    default=Path("payrules-demo"),
    show_default=True,
    metavar="DIR",
    help="The folder to write to; created if it does not exist.",
)
@click.option("--force", is_flag=True, help="Replace files that the demo did not write.")
def demo(output: Path, force: bool) -> None:
    """Price a sample batch of a pain practice, and write the workbook and every other output."""
    from payrules.demo import BATCH, was_written_by_demo
    from payrules.files.whole import all_or_none, put_in_place

    claims = output / "claims.csv"
    files = {
        "workbook": output / "estimate.xlsx",
        "web page": output / "estimate.html",
        "lines": output / "lines.csv",
        "adjustments": output / "adjustments.csv",
        "rejects": output / "rejects.csv",
        "run record": output / "run.json",
    }
    force = force or was_written_by_demo(claims)
    if output.exists():
        check_outputs([claims, *files.values()], [BATCH], force=force)
    results = price_batch([BATCH])
    with all_or_none() as together:
        together.folder(output)
        with put_in_place(claims) as (partial,):
            partial.write_bytes(BATCH.read_bytes())
        Pack().write(results, files, force=force)
    _show(results.summary(), {"claims that went in": claims, **files})
    say(
        "",
        f"Open {files['workbook']}: start with Summary, then Review for lines that need a "
        "person's decision.",
        f"One line at a time: payrules explain {claims} --claim C107",
        "Patients, practitioners and claims are fictitious; one row contains a deliberate error.",
    )
