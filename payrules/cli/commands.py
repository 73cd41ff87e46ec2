"""The `payrules` command: arguments in, library calls, text out; it computes nothing itself."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules import __version__
from payrules.errors import UsageError
from payrules.terminal import say, say_json

if TYPE_CHECKING:
    from polars import DataFrame

    from payrules.fees.diff import Difference
    from payrules.front_door.estimate import Results
    from payrules.payers import Payer
    from payrules.runs.results import Estimate, Summary
    from payrules.scenarios import Baseline
    from payrules.schedules import Imported

#: A batch of more bytes than this takes long enough to show how far it is.
_LONG_BATCH = 4_000_000
#: What a run in parts can write.
_DATA = {"lines", "adjustments", "rejects", "run record"}
_SOME_REJECTED = 1
_SOME_MOVED = 1
_VERIFICATION_FAILED = 3
#: Who pays where nobody is named.
MEDICARE = "medicare"

_FILE = click.Path(path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done; 1 some rows were rejected (everything is written all the same); "
    "2 nothing could be run; 3 a fee schedule release failed verification.",
)
@click.version_option(__version__, prog_name="payrules")
@click.option("--debug", is_flag=True, help="Show the traceback of a bug (may quote claims).")
def cli(debug: bool) -> None:  # __main__ reads it, wherever it stands
    """What Medicare's physician fee schedule pays for claim lines, and why."""


def _options(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_schedules_option = click.option(
    "--schedules",
    type=_FOLDER,
    metavar="DIR",
    help="Use the releases of this folder only, not the starter and your imported ones.",
)
_release_option = click.option(
    "--release", metavar="NAME", help="Price every line with this release, whatever its date."
)
_batch_options = _options(
    click.argument("batch", nargs=-1, required=True, type=_EXISTING_FILE),
    click.option(
        "--payer",
        "payers",
        multiple=True,
        metavar="NAME|FILE",
        help="A payer's name or its TOML file (default: medicare). May be repeated: the first "
        "prices every line whose column 'payer' names none of the others.",
    ),
    click.option(
        "--locality", metavar="KEY", help="For lines that name none: 01112-05, or national."
    ),
    _release_option,
    _schedules_option,
    click.option(
        "--columns",
        type=_EXISTING_FILE,
        metavar="FILE",
        help='A TOML file that maps your headings: [columns] claim_id = "Claim No".',
    ),
)


# -- the main job ----------------------------------------------------------------------------


@cli.command()
@_batch_options
@click.option("--output", type=_FILE, metavar="FILE.xlsx", help="Write the Excel estimate.")
@click.option(
    "--report",
    metavar="NAME|FILE",
    help="Its layout: a name that `payrules reports list` shows, or a TOML file of your own "
    "(default: estimate).",
)
@click.option(
    "--template",
    type=_EXISTING_FILE,
    metavar="HOUSE.xlsx",
    help="Instead of a layout: fill the named tables of this workbook.",
)
@click.option("--html", type=_FILE, metavar="F.html", help="Write the summary as one web page.")
@click.option(
    "--sheets", type=_FOLDER, metavar="DIR", help="Write each sheet of the layout as a file in DIR."
)
@click.option(
    "--sheets-format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="What those files are.",
)
@click.option("--lines", type=_FILE, metavar="F", help="Write the lines, .csv or .parquet.")
@click.option("--adjustments", type=_FILE, metavar="F", help="Write every step of every line.")
@click.option("--rejects", type=_FILE, metavar="F", help="Write the rejected rows, with reasons.")
@click.option("--run", type=_FILE, metavar="F.json", help="Write the run record.")
@click.option(
    "--minimal",
    is_flag=True,
    help="Leave person identifiers out of every output, and columns payrules does not know.",
)
@click.option(
    "--pseudonymize",
    "keyfile",
    type=_EXISTING_FILE,
    metavar="KEYFILE",
    help="Replace person identifiers by hashes under this key; leave unknown columns out.",
)
@click.option(
    "--in-parts",
    is_flag=True,
    help="Price in parts, in bounded memory: Parquet or CSV in, --lines (and --adjustments) out. "
    "A batch of half a million lines or more is priced so by itself.",
)
@click.option("--resume", is_flag=True, help="Go on with a run in parts that was stopped.")
@click.option("--force", is_flag=True, help="Replace output files that are already there.")
def estimate(
    batch: tuple[Path, ...],
    output: Path | None,
    report: str | None,
    template: Path | None,
    html: Path | None,
    sheets: Path | None,
    sheets_format: str,
    lines: Path | None,
    adjustments: Path | None,
    rejects: Path | None,
    run: Path | None,
    minimal: bool,
    keyfile: Path | None,
    in_parts: bool,
    resume: bool,
    force: bool,
    **how: Any,
) -> int:
    """Price a batch of claim lines (CSV, Parquet or Excel files)."""
    wanted = {
        "workbook": (output, (".xlsx",) if template is None else (".xlsx", ".xlsm")),
        "web page": (html, (".html", ".htm")),
        "lines": (lines, (".csv", ".parquet")),
        "adjustments": (adjustments, (".csv", ".parquet")),
        "rejects": (rejects, (".csv", ".parquet")),
        "run record": (run, (".json",)),
    }
    files = {what: path for what, (path, _) in wanted.items() if path is not None}
    for what, (path, endings) in wanted.items():
        if path is not None and path.suffix.lower() not in endings:
            raise UsageError(f"{path.name}: the {what} must end in {' or '.join(endings)}.")
    if template is not None and output is None:
        raise UsageError("--template is filled and written as --output; name that too.")
    if report is not None and sheets is None and (output is None or template is not None):
        raise UsageError(
            "--report lays out --output or --sheets; name one of them, and no --template for it."
        )
    if minimal and keyfile is not None:
        raise UsageError("--minimal leaves persons out, --pseudonymize renames them; take one.")
    report = report or "estimate"
    # A slip in a layout, a template or a key is found before the work, not after.
    sheet_paths = _sheet_paths(sheets, sheets_format, report)
    reads = [path for path in (template, keyfile, how["columns"]) if path is not None]
    data_only = "lines" in files and not (set(files) - _DATA or sheets or minimal or keyfile)
    if (in_parts or resume) and not data_only:
        raise UsageError(
            "A run in parts writes --lines and, as you wish, --adjustments, --rejects and --run;"
            " nothing else, and all columns."
        )
    in_parts = data_only and (in_parts or resume or _is_large(batch))
    _check_outputs([*files.values(), *sheet_paths], [*batch, *reads], force=force)
    if in_parts:
        summary = _priced_in_parts(batch, files, resume=resume, **how)
        _show(summary, files)
        return _SOME_REJECTED if summary.run["counts"]["rejects"] else 0
    if output is not None:
        _check_workbook(output, report, template)
    # Only what shows the steps is worth the time of keeping them.
    trail = sheets is not None or not {"workbook", "web page", "adjustments"}.isdisjoint(files)
    results = _without_persons(minimal, keyfile, lambda: _priced(batch, trail=trail, **how))
    from payrules.files.whole import all_or_none

    with all_or_none():
        remarks = _write(results, files, report=report, template=template, force=force)
        if sheets is not None:
            from payrules.workbook import write_sheets

            write_sheets(results, sheets, f".{sheets_format}", layout=report, force=force)
            files["sheets"] = sheets
    _show(results.summary(), files, remarks)
    return _SOME_REJECTED if results.rejects.height else 0


def _is_large(batch: Sequence[Path]) -> bool:
    from payrules.runs.in_parts import is_large

    return is_large(batch)


def _priced_in_parts(
    batch: Sequence[Path],
    files: dict[str, Path],
    *,
    payers: Sequence[str],
    resume: bool,
    **how: Any,
) -> "Summary":
    from payrules.front_door.terms import terms
    from payrules.runs.in_parts import Outputs, estimate_in_parts
    from payrules.screen.printed import progress

    outputs = Outputs(
        files["lines"], files.get("adjustments"), files.get("rejects"), files.get("run record")
    )
    with progress(None, shown=True) as advance:
        return estimate_in_parts(
            list(batch),
            outputs,
            resume=resume,
            progress=advance,
            **terms(payers or MEDICARE, **how),
        )


def _sheet_paths(folder: Path | None, ending: str, report: str) -> tuple[Path, ...]:
    """Name what `--sheets` puts in place: files in a folder that is there, or a new folder."""
    if folder is None:
        return ()
    from payrules.workbook.data_files import sheet_files

    paths = sheet_files(folder, ending, report)
    return paths if folder.is_dir() else (folder,)


def _check_workbook(output: Path, report: str, template: Path | None) -> None:
    """Refuse a layout or a template that nothing can be written with."""
    if template is None:
        from payrules.workbook.layout import find_layout

        find_layout(report)
    else:
        from payrules.workbook.house_template import open_template

        open_template(template, output)


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


def _check_outputs(outputs: Iterable[Path], inputs: Sequence[Path], *, force: bool) -> None:
    """Refuse, before any work, what could not or should not be written."""
    seen = set()
    for path in outputs:
        folder = path.parent
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder} to write {path.name} in.")
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a file.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{path.name} cannot be written: the folder {folder} is read-only.")
        if path.resolve() in seen:
            raise UsageError(f"{path} is named for two outputs; give each its own file.")
        if path.resolve() in {each.resolve() for each in inputs}:
            raise UsageError(f"{path} is read by this run; it is never overwritten.")
        # An empty file, as programs make to reserve a name, holds nothing that could be lost.
        if path.exists() and path.stat().st_size and not force:
            raise UsageError(f"{path} is already there; add --force to replace it.")
        seen.add(path.resolve())


def _priced(
    batch: Sequence[Path], *, payers: Sequence[str] = (), trail: bool = True, **how: Any
) -> "Results":
    from payrules.front_door.estimate import estimate as price_batch
    from payrules.front_door.terms import find_payers

    chosen = find_payers(payers or MEDICARE)
    rules = sum(len(payer.rules) for payer in chosen)
    with _progress(batch, rules) as progress:
        return price_batch(list(batch), chosen, trail=trail, progress=progress, **how)


def _progress(
    batch: Sequence[Path], steps: int
) -> AbstractContextManager[Callable[[str], None] | None]:
    """Show how far a long batch is, on a terminal only; the rules are the steps."""
    from payrules.screen.printed import progress

    return progress(steps, shown=sum(path.stat().st_size for path in batch) > _LONG_BATCH)


def _write(
    results: "Estimate",
    files: dict[str, Path],
    *,
    report: str = "estimate",
    template: Path | None = None,
    force: bool,
) -> Sequence[str]:
    """Write the files asked for; adds what the workbook put beside itself, gives its remarks."""
    from payrules.runs.results import write_frame, write_run

    for what, frame in (
        ("lines", results.lines),
        ("adjustments", results.adjustments),
        ("rejects", results.rejects),
    ):
        if what in files:
            write_frame(frame, files[what])
    if "run record" in files:
        write_run(results.run, files["run record"])
    told: list[str] = []
    if "web page" in files:
        from payrules.workbook import write_html

        told += write_html(results, files["web page"], force=force).sentences()
    if "workbook" in files and template is not None:
        from payrules.workbook import fill_template

        told += fill_template(results, template, files["workbook"], force=force).sentences()
    elif "workbook" in files:
        from payrules.workbook import write_workbook

        written = write_workbook(results, files["workbook"], layout=report, force=force)
        told += written.sentences()
        for path in written.beside:
            files[f"its {path.suffixes[-2].removeprefix('.')}"] = path
    return list(dict.fromkeys(told))


def _show(told: "Summary", files: dict[str, Path], remarks: Sequence[str] = ()) -> None:
    from payrules.screen.pages import summary
    from payrules.screen.printed import show

    show(*summary(told, files), *remarks)


@cli.command()
@_batch_options
@click.option("--claim", required=True, metavar="ID", help="The claim_id to explain.")
@click.option("--line", type=int, metavar="N", help="Only this claim_line_number.")
@click.option(
    "--marginal",
    is_flag=True,
    help="Show what each line is worth, and what a 59, the order or a missing primary costs.",
)
def explain(
    batch: tuple[Path, ...], claim: str, line: int | None, marginal: bool, **how: Any
) -> None:
    """Show each step of a claim's lines: the rule, the amounts, the codes, the citation.

    The whole batch is priced, because a person's other claims can change this one.
    """
    from payrules.screen.pages import chains
    from payrules.screen.printed import show

    if not marginal:
        show(*chains(_priced(batch, **how), claim, line))
        return
    if line is not None:
        raise UsageError("--marginal tells every line of a claim; leave --line out.")
    from payrules.scenarios.marginal import marginal as worth
    from payrules.screen.what_if import marginal_tables

    show(*marginal_tables(worth(_baseline(batch, **how), claim)))


# -- what if -----------------------------------------------------------------------------------


def _baseline(
    batch: Sequence[Path], payers: Sequence[str] = (), compared: Sequence["Payer"] = (), **how: Any
) -> "Baseline":
    from payrules.front_door.terms import terms
    from payrules.scenarios import baseline

    return baseline(list(batch), compared=compared, **terms(payers or MEDICARE, **how))


@cli.command()
@_batch_options
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="FILE[+FILE…]",
    help="What to change (TOML); may be repeated, and stacked with +: cf.toml+site.toml.",
)
@click.option("--output", type=_FILE, metavar="FILE.xlsx", help="Write the comparison workbook.")
@click.option("--lines", type=_FILE, metavar="F", help="Write the lines that changed.")
@click.option("--chains", type=_FILE, metavar="F", help="Write both chains of these lines.")
@click.option("--bridge", type=_FILE, metavar="F", help="Write the bridge, .csv or .parquet.")
@click.option("--json", "record", type=_FILE, metavar="F.json", help="Write everything as JSON.")
@click.option(
    "--solve",
    "unknown",
    metavar="WHAT",
    help="Find conversion_factor, percent_of_medicare or fee:CODE that reaches --target.",
)
@click.option("--target", metavar="T", help="allowed=1250000, baseline, or +3%.")
@click.option(
    "--sweep", "swept", metavar="P=A:B:S", help="terms.multiple_procedure.later=0.25:0.75:0.05"
)
@click.option("--tornado", is_flag=True, help="Move every term by a tenth: which matters most.")
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="NAME|FILE",
    help="Compare payers on these claims; two or more, the first is the reference.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and for how many lines.")
@click.option("--force", is_flag=True, help="Replace output files that are already there.")
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
    dry_run: bool,
    force: bool,
    **how: Any,
) -> int:
    """Say what happens to the payment if claims, fee schedule or terms change."""
    from payrules.payers import load_payer
    from payrules.scenarios import plan, read_scenario
    from payrules.scenarios.answer import answer, as_record
    from payrules.screen import what_if as tables
    from payrules.screen.printed import show

    frames = {"lines": lines, "chains": chains, "bridge": bridge}
    written = [path for path in (output, *frames.values(), record) if path is not None]
    _check_outputs(written, batch, force=force)
    asked = [read_scenario(each) for each in scenarios]
    if any(frames.values()) and not asked:
        raise UsageError("--lines, --chains and --bridge tell of scenarios; name a --scenario.")
    compared = [load_payer(each) for each in contracts]
    base = _baseline(batch, compared=compared, **how)
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

    with all_or_none():
        for name, path in frames.items():
            if path is not None:
                write_frame(getattr(answered, name), path)
        if record is not None:
            write_run(as_record(answered), record)
        if output is not None:
            from payrules.workbook.what_if import write_whatif

            write_whatif(answered, output, force=force)
    show(*tables.told(answered), *tables.where_written(written, base))
    return _SOME_REJECTED if base.batch.rejects.height else 0


@cli.command()
@click.argument("file", type=_EXISTING_FILE)
@click.option(
    "--payer",
    default="medicare",
    show_default=True,
    metavar="NAME|FILE",
    help="A payer's name or its TOML file.",
)
@click.option("--locality", metavar="KEY", help="For lines that name none.")
@_release_option
@_schedules_option
@click.option("--record", type=_FILE, metavar="F", help="Write the claims with today's answers.")
@click.option("--force", is_flag=True, help="Replace an output file that is already there.")
def canary(
    file: Path,
    payer: str,
    locality: str | None,
    release: str | None,
    schedules: Path | None,
    record: Path | None,
    force: bool,
) -> int:
    """Price claims whose amounts are known, and fail with the step that moved one of them.

    The file is a claims file with columns expected_allowed_amount, expected_medicare_amount,
    expected_patient_amount, expected_status or expected_steps; --record fills them with today's
    answers. Exit status 1 where an answer moved.
    """
    from payrules.payers import load_payer
    from payrules.scenarios.canary import check_canary, record_canary
    from payrules.schedules import load_schedules
    from payrules.screen.printed import show
    from payrules.screen.what_if import canary_words

    how: dict[str, Any] = {
        "payer": load_payer(payer),
        "locality": locality,
        "release": release,
        "schedules": load_schedules(schedules),
    }
    if record is not None:
        _check_outputs([record], [file], force=force)
        recorded = record_canary(file, record, **how)
        say(f"{recorded.lines:,} lines with today's answers are in {record}.")
        return 0
    checked = check_canary(file, **how)
    show(*canary_words(checked))
    return _SOME_MOVED if checked.moved else 0


@cli.command()
@click.option(
    "--output",
    type=_FOLDER,
    default=Path("payrules-demo"),
    show_default=True,
    metavar="DIR",
    help="The folder to write in; made if it is not there.",
)
@click.option("--force", is_flag=True, help="Replace files that no demo wrote.")
def demo(output: Path, force: bool) -> None:
    """Price a made-up batch of a pain practice, and write the workbook and every other file."""
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
        _check_outputs([claims, *files.values()], [BATCH], force=force)
    results = _priced([BATCH])
    with all_or_none() as together:
        together.folder(output)
        with put_in_place(claims) as (partial,):
            partial.write_bytes(BATCH.read_bytes())
        _write(results, files, force=force)
    _show(results.summary(), {"claims that went in": claims, **files})
    say(
        "",
        f"Open {files['workbook']}: Summary first, then Review for what needs a person.",
        f"One line at a time: payrules explain {claims} --claim C107",
        "People, practitioners and claims are made up; one row is wrong on purpose.",
    )


# -- report layouts ----------------------------------------------------------------------------


@cli.group()
def reports() -> None:
    """Report layouts for --report: list, show, check."""


@reports.command("list")
def list_reports() -> None:
    """List the layouts that ship with payrules."""
    from payrules.screen.pages import layout_table
    from payrules.screen.printed import show
    from payrules.workbook import layouts

    show(layout_table(layouts()))


@reports.command("show")
@click.argument("report", metavar="NAME|FILE")
@click.option("--toml", is_flag=True, help="Print the layout's file, to copy and change.")
def show_report(report: str, toml: bool) -> None:
    """Show the sheets of a layout, their columns, order and filters."""
    from payrules.workbook import describe_layout, layout_file

    told = describe_layout(report)  # a file that is no layout is not printed
    if toml:
        told = layout_file(report).read_text(encoding="utf-8-sig").rstrip()
    say(*told.split("\n"))


@reports.command("check")
@click.argument("file", type=_EXISTING_FILE)
def check_report(file: Path) -> None:
    """Check a layout of your own: a slip is shown with its line and the nearest column."""
    from payrules.workbook import check_layout

    sheets = len(check_layout(file).sheets)
    say(f"{file} is a layout of {sheets} {'sheet' if sheets == 1 else 'sheets'}.")


# -- what it is priced with --------------------------------------------------------------------


@cli.command()
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
@click.option("--release", metavar="NAME", help="Look in this release, whatever the date.")
@click.option("--history", is_flag=True, help="Show the code in every loaded release.")
@_schedules_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def code(
    codes: tuple[str, ...],
    day: datetime | None,
    locality: str,
    release: str | None,
    history: bool,
    schedules: Path | None,
    as_json: bool,
) -> None:
    """Say what the schedules know of a code: indicators, amounts, edits, sites, modifiers.

    Several codes, a range (64490-64495) or a pattern ("6449*") give a table. Of modifiers (GZ GA)
    it says what Medicare does by them.
    """
    from payrules.code_page import (
        are_modifiers,
        as_record,
        as_records,
        code_list,
        code_page,
        is_list,
        modifier_rows,
    )
    from payrules.schedules import load_schedules
    from payrules.screen.pages import code_list_table, code_tables, modifiers_table
    from payrules.screen.printed import show

    if are_modifiers(codes):
        told = modifier_rows(codes)
        if as_json:
            say_json(as_records(told))
        else:
            show(modifiers_table(told))
        return
    how: dict[str, Any] = {"day": day and day.date(), "locality": locality, "release": release}
    at_hand = load_schedules(schedules)
    if is_list(codes):
        if history:
            raise UsageError("--history is for one code.")
        looked_up, rows = code_list(codes, at_hand, **how)
        if as_json:
            say_json(looked_up | {"codes": rows})
        else:
            show(*code_list_table(looked_up, rows))
        return
    page = code_page(codes[0], at_hand, history=history, **how)
    if as_json:
        say_json(as_record(page))
    else:
        show(*code_tables(page))


@cli.command()
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
    from payrules.screen.pages import rule_tables
    from payrules.screen.printed import show

    show(*rule_tables(load_payer(payer)))


@cli.group()
def schedules() -> None:
    """Fee schedule releases and tables: list, import, fetch, verify, remove, diff."""


@schedules.command("list")
@_schedules_option
def list_(schedules: Path | None) -> None:
    """List the loaded releases and tables, which dates each prices, and the gaps."""
    from payrules.schedules import load_schedules
    from payrules.screen.pages import schedule_tables
    from payrules.screen.printed import show

    show(*schedule_tables(load_schedules(schedules)))


@schedules.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--name", metavar="NAME", help="Its name (default: that of the folder or ZIP).")
@click.option(
    "--effective-from",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The first day of a table or correction whose files do not say it.",
)
@_schedules_option
def import_(
    path: Path, name: str | None, effective_from: datetime | None, schedules: Path | None
) -> None:
    """Import a release (folder or ZIP) or a table, as CMS publishes it."""
    from payrules.schedules import import_schedule

    day: date | None = effective_from and effective_from.date()
    _show_imported(import_schedule(path, schedules, name, effective_from=day))


def _show_imported(imported: "Imported") -> None:
    from payrules.files.worksheets import first_sheet_read

    rows = ", ".join(f"{count:,} {what}" for what, count in imported.rows.items())
    already = "was already there, unchanged" if imported.unchanged else "imported"
    say(f"{imported.name} {already}: {rows}. It is kept in {imported.folder}.")
    for workbook, further in imported.further_sheets.items():
        say(first_sheet_read(workbook, further))
    if imported.ignored:
        say(f"Not used: {', '.join(imported.ignored)}.")


@schedules.command("fetch")
@click.argument("name")
@click.option("--accept-license", is_flag=True, help="Accept the AMA's and ADA's terms, as shown.")
@click.option("--url", metavar="URL", help="The ZIP's address, where CMS has moved it.")
@_schedules_option
def fetch_(name: str, accept_license: bool, url: str | None, schedules: Path | None) -> None:
    """Download a release (2026D, 2024AR) from CMS's site and import it.

    Only once the terms are accepted. A download that broke off goes on where it stopped.
    """
    from payrules.schedules.fetch import fetch, terms
    from payrules.screen.printed import download_progress

    say(*terms(name).split("\n"), "")
    with download_progress(name) as progress:
        fetched = fetch(name, schedules, accept_license=accept_license, url=url, progress=progress)
    say(f"{fetched.size:,} bytes from {fetched.url}")
    _show_imported(fetched.imported)


@schedules.command("verify")
@_schedules_option
def verify_(schedules: Path | None) -> int:
    """Check every stored file, byte for byte, and CMS's published amounts, to the cent."""
    from payrules.fees.recompute import recompute
    from payrules.schedules import load_schedules, verify
    from payrules.screen.pages import recomputed_table, verified_table
    from payrules.screen.printed import show

    at_hand = load_schedules(schedules)
    files, amounts = verify(at_hand), recompute(at_hand)
    show(verified_table(files), *recomputed_table(amounts))
    return _VERIFICATION_FAILED if any(each.failed for each in amounts) else 0


@schedules.command("remove")
@click.argument("name")
@_schedules_option
def remove_(name: str, schedules: Path | None) -> None:
    """Remove an imported release or table by the name that `list` shows."""
    from payrules.schedules import remove

    say(f"Removed {remove(name, schedules)}.")


@schedules.command("diff")
@click.argument("before")
@click.argument("after")
@click.option(
    "--batch",
    multiple=True,
    type=_EXISTING_FILE,
    metavar="F",
    help="Price these claim lines with both releases. May be repeated.",
)
@click.option("--locality", metavar="KEY", help="Amounts of this locality (default: national).")
@click.option("--output", type=_FILE, metavar="F", help="Write all of it, as .csv or .xlsx.")
@click.option("--force", is_flag=True, help="Replace an output file that is already there.")
@_schedules_option
def diff_(
    before: str,
    after: str,
    batch: tuple[Path, ...],
    locality: str | None,
    output: Path | None,
    force: bool,
    schedules: Path | None,
) -> int:
    """Show what changed from one release to another, the largest effect first.

    With a batch: what the change does to that practice's own volume, every rule applied.
    """
    from payrules.code_page import chosen_locality
    from payrules.fees.diff import diff, volume_effect
    from payrules.schedules import load_schedules
    from payrules.screen.pages import diff_tables
    from payrules.screen.printed import show

    if output is not None:
        if output.suffix.lower() not in {".csv", ".xlsx"}:
            raise UsageError(f"{output.name}: write .csv or .xlsx.")
        _check_outputs([output], batch, force=force)
    at_hand = load_schedules(schedules)
    sides = at_hand.named(before), at_hand.named(after)
    key = locality and chosen_locality(locality, sides[1], at_hand)
    difference = diff(*sides, locality=key or "national")
    rejected, volume = 0, None
    if batch:
        priced = [
            _priced(batch, locality=key, release=side.name, schedules=schedules) for side in sides
        ]
        volume = volume_effect(priced[0].lines, priced[1].lines)
        rejected = priced[0].rejects.height
    if output is not None:
        _write_diff(difference, volume, output)
    show(*diff_tables(difference, volume, rejected=rejected))
    return _SOME_REJECTED if rejected else 0


def _write_diff(difference: "Difference", volume: "DataFrame | None", output: Path) -> None:
    if output.suffix.lower() == ".csv":
        from payrules.runs.results import write_frame

        write_frame(difference.rows if volume is None else volume, output)
    else:
        from payrules.workbook.release_changes import write_diff

        write_diff(difference, output, volume)
