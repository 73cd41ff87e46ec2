"""Reads what a pack is compared with: last time's lines, its pack, or its run record alone."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any

import polars as pl

from payrules.counted import counted, one_or_more
from payrules.engine.rule import STATUSES
from payrules.errors import ReportError
from payrules.files.tables import content_of, damaged, read_parquet
from payrules.files.worksheet_words import UNCOMPUTED
from payrules.files.worksheets import read_worksheet
from payrules.frozen import frozen
from payrules.money import as_dollars, read_scaled
from payrules.payers.left_open import is_left_blank
from payrules.payers.vocabulary import AS_MEDICARE, PLANS
from payrules.runs.who_paid import as_named
from payrules.workbook.coinsurance import ON_FILE
from payrules.workbook.columns import LINE_COLUMNS
from payrules.workbook.figures.standing import RunStanding, rules_by_payer, standing_of
from payrules.workbook.figures.totals import DOLLARS, ZERO, total
from payrules.workbook.figures.why_changed import BILLED, as_billed
from payrules.workbook.layout.sheets import OF_CHANGES, Layout
from payrules.workbook.words import in_words, rule_and_term, without_beginnings

KEY = ("claim_id", "claim_line_number")
#: What is compared of a line: a difference in any is another price.
AMOUNTS = ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount")
COMPARED = ("hcpcs_code", "status", *AMOUNTS)
_WANTED = (*KEY, *COMPARED, "release", "payer")
#: What a line is billed with is read beside it: it says why a price is another.
_READ = (*_WANTED, *BILLED.values())
#: What a run record says of a payer whose file leaves open what patients owe.
_SAYS_NONE = "says_no_coinsurance"
#: The column of a pack's About that says since when a rule is.
_SINCE = 3
#: A day by its number, which spreadsheets count from this day on.
_DAY_NUMBER, _DAY_0 = r"^([0-9]{5})(?:\.0+)?$", date(1899, 12, 30)
_ENDINGS = (".parquet", ".xlsx", ".json")
_PAYS = re.compile(r".+ pays?$")
#: A payer as a pack's About names it: "Acme (commercial): Acme agreement".
_PAYER = re.compile(rf"(.+?)(?: \((?:{'|'.join(each.replace('_', ' ') for each in PLANS)})\))?: ")


@frozen
class LastPack:
    """What is known of last time: its lines, how things stood, its totals; None where nothing is.

    `files` name what was read: name and sha256. `counted` is how many lines there were, where only
    a run record says it. `open_shares` tells of each payer that a run record names whether its file
    said no coinsurance; of lines, `is_share_open` marks those whose patient's share was left blank.
    `remarks` say of packs whose own checks do not hold, or are not known to.
    """

    files: tuple[tuple[str, str], ...] = ()
    lines: pl.DataFrame | None = None
    standing: RunStanding | None = None
    totals: Mapping[str, str] = field(default_factory=dict)
    counted: int | None = None
    open_shares: Mapping[str, bool] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read_last(paths: Sequence[Path]) -> LastPack:
    """Read last time's lines (.parquet), pack (.xlsx) or run record (.json), or several of them.

    What two files say comes from the first. Raises ReportError where one cannot be read as such.
    """
    last = LastPack()
    for path in paths:
        read = _READERS.get(path.suffix.lower())
        if read is None:
            raise ReportError(
                f"{path.name}: what to compare with is last time's lines (.parquet), its pack"
                " (.xlsx) or its run record (.json)."
            )
        content = content_of(path, ReportError)
        found = read(content, path.name)
        last = LastPack(
            (*last.files, (path.name, sha256(content).hexdigest())),
            found.lines if last.lines is None else last.lines,
            last.standing or found.standing,
            last.totals or found.totals,
            last.counted if last.totals else found.counted,
            last.open_shares or found.open_shares,
            (*last.remarks, *found.remarks),
        )
    return replace(last, remarks=(*last.remarks, *_of_two_runs(last)))


def _of_two_runs(last: LastPack) -> Iterator[str]:
    """Say that the lines are not those of the run record beside them, by their allowed amount."""
    told = last.totals.get("allowed_amount")
    if last.lines is None or told is None:
        return
    allowed = total(last.lines["allowed_amount"])
    if (last.lines.height, allowed) != (last.counted or last.lines.height, Decimal(told)):
        names = " and ".join(name for name, _ in last.files)
        yield (
            f"{names} are not of one run: the lines allow {allowed:,} on"
            f" {counted(last.lines.height, 'line')}, the run record {Decimal(told):,}. Releases,"
            " rules and terms may be another run's."
        )


def shows_changes(layout: Layout) -> bool:
    """Whether a sheet of a layout shows what changed since last time."""
    return any(sheet.content in OF_CHANGES for sheet in layout.sheets)


def last_for(layout: Layout, paths: Sequence[str | Path]) -> LastPack | None:
    """Read what a report is compared with; ReportError where no sheet of it shows that."""
    if not paths:
        return None
    if not shows_changes(layout):
        raise ReportError(
            f"The layout '{layout.title}' has no sheet of what changed; use the layout estimate,"
            ' give your own a sheet with content = "changes", or write a web page beside it'
            " (--html), which shows it."
        )
    return read_last([Path(path) for path in paths])


def _of_parquet(content: bytes, name: str) -> LastPack:
    unreadable = ReportError(f"{name} cannot be read as a Parquet file; it may be damaged.")
    with damaged(unreadable, OSError):
        frame = read_parquet(content)
    return LastPack(lines=_lines(frame, name, are_all=True))


def _of_run_record(content: bytes, name: str) -> LastPack:
    refused = ReportError(f"{name} is no run record; give the file that --run wrote.")
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        raise refused from None
    if not (isinstance(record, dict) and {"payrules", "totals", "rules"} <= {*record}):
        raise refused
    try:
        standing = standing_of(record)
        totals = {str(key): str(value) for key, value in record["totals"].items()}
        payers = [record["payer"], *record.get("other_payers", ())]
        open_shares = {as_named(each["name"]): bool(each.get(_SAYS_NONE)) for each in payers}
        lines = record.get("counts", {}).get("lines")
        amounts = pl.Series(list(totals.values()), dtype=pl.String)
    except (AttributeError, KeyError, TypeError):
        raise refused from None
    if pl.select(read_scaled(pl.lit(amounts), 2)).to_series().null_count():
        raise refused
    return LastPack(
        standing=standing,
        totals=totals,
        counted=lines if isinstance(lines, int) else None,
        open_shares=open_shares,
    )


def _of_workbook(content: bytes, name: str) -> LastPack:
    cells = read_worksheet(content, name, ReportError, sheet="Lines").cells
    names = _names_of(cells.row(0) if cells.height else (), name)
    lacking = [each for each in (*KEY, *COMPARED) if each not in names]
    _refuse_lacking([LINE_COLUMNS[each].heading for each in lacking], name)
    taken = {key: cells.columns[place] for key, place in names.items()}
    rows = cells[1:].select(pl.col(column).alias(key) for key, column in taken.items())
    amounts = (
        as_dollars(read_scaled(pl.col(each), 2)).alias(each) for each in AMOUNTS if each in taken
    )
    number = pl.col("claim_line_number").cast(pl.Int64, strict=False)
    days = (_as_day(each) for each in ("claim_line_start_date",) if each in taken)
    lines = _lines(rows.with_columns(number, *amounts, *days), name, are_all=False)
    # Older packs show statuses by their names.
    lines = lines.with_columns(
        pl.col("status").replace({in_words(each): each for each in STATUSES})
    )
    about = read_worksheet(content, name, ReportError, sheet="About").cells
    about = about.with_columns(_as_day(each) for each in about.columns[_SINCE : _SINCE + 1])
    _must_be_all(lines, about, name)
    standing = _standing(about.rows())
    return LastPack(lines=lines, standing=standing, remarks=_of_its_checks(content, name))


def _must_be_all(lines: pl.DataFrame, about: pl.DataFrame, name: str) -> None:
    """Refuse a pack whose sheet Lines shows some of its lines: the others would stand as new."""
    told = next((str(row[1]) for row in about.rows() if row[0] == "Lines"), "")
    every = int(told) if told.isdecimal() else lines.height
    if lines.height != every:
        raise ReportError(
            f"{name}: its sheet Lines has {lines.height:,} of the {counted(every, 'line')} of its"
            " run; give the lines that --lines wrote, or a pack that shows all of them."
        )


def _as_day(name: str) -> pl.Expr:
    """Read a day that is held as its number: a pack that openpyxl saved shows no other."""
    number = pl.col(name).str.extract(_DAY_NUMBER, 1).cast(pl.Int64)
    day = (pl.lit(_DAY_0) + pl.duration(days=number)).cast(pl.String)
    return pl.coalesce(day, pl.col(name)).alias(name)


def _of_its_checks(content: bytes, name: str) -> tuple[str, ...]:
    """Say whether the checks of a pack fail, as it stands, or nobody calculated them.

    Decision: it is compared with all the same. A layout may show no checks: nothing is said then.
    """
    try:
        rows = read_worksheet(content, name, ReportError, sheet="Reconciliation").cells.rows()
    except ReportError:
        return ()
    heads = next((place for place, row in enumerate(rows) if "Reads" in row), None)
    if heads is None:
        return ()
    column = rows[heads].index("Reads")
    reads = [row[column] for row in takewhile(lambda row: row[0], rows[heads + 1 :])]
    unread = sum(each == UNCOMPUTED for each in reads)
    failed = len(reads) - unread - reads.count("OK")
    said = []
    if failed:
        do = one_or_more(failed, "does", "do")
        said.append(
            f"{name}: {failed:,} of its own {counted(len(reads), 'check')} {do} not hold (sheet"
            " Reconciliation): it may have been changed since it was written."
        )
    if unread:
        said.append(
            f"{name}: {counted(unread, 'check')} of its own {one_or_more(unread, 'has', 'have')} no"
            " result: a program that does not calculate saved it. Open it in Excel or LibreOffice"
            " to see whether they hold."
        )
    return tuple(said)


def _names_of(headings: Sequence[Any], name: str) -> dict[str, int]:
    """Find the columns of a pack's sheet Lines by their headings."""
    told = [str(each or "") for each in headings]
    if told[:1] == ["Lines"]:
        raise ReportError(
            f"{name}: its lines lie in a Parquet file beside it; compare with that file."
        )
    found = {}
    for key in _READ:
        heading = LINE_COLUMNS[key].heading
        places = [
            place
            for place, each in enumerate(told)
            if each == heading
            or (key == "medicare_amount" and _PAYS.match(each))
            or (key == "patient_amount" and each == ON_FILE.format(heading))
        ]
        if places:
            found[key] = places[0]
    return found


def _refuse_lacking(missing: Sequence[str], name: str) -> None:
    """Refuse what lacks a column that is compared: every line would be other than last time."""
    if missing:
        raise ReportError(
            f"{name} has no column {', '.join(missing)}; give the lines that --lines wrote, or a"
            " pack with the sheet Lines of the layout estimate."
        )


def _lines(frame: pl.DataFrame, name: str, *, are_all: bool) -> pl.DataFrame:
    """Check last time's lines: each once, with what is compared; `are_all` its columns or some."""
    # Lines that were billed without a charge have no column of it.
    needed = [each for each in (*KEY, *COMPARED) if each != "charge_amount"]
    _refuse_lacking([each for each in needed if each not in frame.columns], name)
    types: dict[str, pl.DataType | type[pl.DataType]] = {
        "claim_line_number": pl.Int64,
        **dict.fromkeys(AMOUNTS, DOLLARS),
    }
    refused = ReportError(f"{name}: its lines are not those that payrules writes.")
    with damaged(refused):
        lines = frame.select(
            *(
                pl.col(each).cast(types.get(each, pl.String))
                if each in frame.columns
                else pl.lit(None, types.get(each, pl.String)).alias(each)
                for each in _WANTED
            ),
            *as_billed(frame.columns, are_all=are_all),
        )
    if lines.select(pl.any_horizontal(pl.col(KEY).is_null()).any()).item():
        raise refused
    twice = lines.filter(pl.struct(KEY).is_duplicated())
    if twice.height:
        raise ReportError(
            f"{name} has {counted(twice.height, 'row')} of claim lines that stand in it more than"
            " once; nobody can tell which of them to compare with."
        )
    # A pack shows no 0.00 of patients' shares that no file says; results do.
    is_open = pl.lit("patient_amount" in frame.columns) & is_left_blank("patient_amount")
    return lines.with_columns(
        pl.when(pl.col("allowed_amount").is_not_null())
        .then(pl.col("patient_amount").fill_null(ZERO))
        .otherwise("patient_amount")
        .alias("patient_amount"),
        is_share_open=is_open,
    )


def _standing(rows: Sequence[Sequence[Any]]) -> RunStanding:
    """Read how things stood off the page About of a pack."""
    # A day is read with its midnight; in older packs it is a text.
    texts = [[str(each or "").removesuffix(" 00:00:00") for each in row] for row in rows]
    made = next((row[1] for row in texts if row[0] == "Made by"), "")
    sources = {
        row[1].split(" (")[0]: row[2]
        for row in _below(texts, "Sources")
        if row[0] == "Fee schedule"
    }
    payers = [match[1] for row in texts if row[0] == "Payer" and (match := _PAYER.match(row[1]))]
    rules = [
        (
            row[0],
            f"{row[2].removesuffix(AS_MEDICARE)}, since {row[3]}",
            [name for name in payers if f", {name}," in f", {row[4].partition(', of ')[2]},"],
        )
        for row in _below(texts, "Rules, in order")
    ]
    # Older packs have terms by our names for them, and with the days on which all began.
    terms = {
        f"{row[4]}: {rule_and_term(rule, term)}": without_beginnings(row[1])
        for row in _below(texts, "Terms that differ from Medicare")
        for rule, _, term in [row[0].partition(", ")]
    }
    by_payer = rules_by_payer(payers, rules)
    return RunStanding(made.removeprefix("payrules "), sources, *by_payer, terms)


def _below(texts: Sequence[Sequence[str]], title: str) -> list[Sequence[str]]:
    """Give the rows of a table under its title and headings, down to a blank one."""
    start = next((place for place, row in enumerate(texts) if row[0] == title), None)
    if start is None:
        return []
    found: list[Sequence[str]] = []
    for row in texts[start + 2 :]:
        if not row[0]:
            break
        found.append([*row, "", "", "", ""])
    return found


_READERS = dict(zip(_ENDINGS, (_of_parquet, _of_workbook, _of_run_record), strict=True))
