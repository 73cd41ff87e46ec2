"""Reads a payer's fee schedule in dollars: a CSV or Excel table, one row a code and modifier."""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

import polars as pl

from payrules.claims.checks.dates import read_day
from payrules.claims.checks.spreadsheet_errors import said_of_error, spreadsheet_error
from payrules.claims.columns import normal
from payrules.claims.readers import ClaimsFile, read_file
from payrules.errors import ClaimsError, PayerError
from payrules.fees.columns import PERCENTAGES
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.money import read_scaled
from payrules.nearest import misspelt
from payrules.within_reason import FEE

_ENDINGS = (".csv", ".xlsx")

AMOUNTS = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
DATES = ("effective_from", "effective_to")


class _Kind(NamedTuple):
    """How a column is read: its value, when the text is wrong, and what to write instead."""

    value: Callable[[pl.Expr], pl.Expr]
    wants: str
    allowed: Collection[str] = ()


def _text(cell: pl.Expr) -> pl.Expr:
    # A spreadsheet writes the number 2 as "2" or "2.0".
    return cell.str.replace(r"^([0-9]+)\.0+$", "$1").str.to_uppercase()


def _days(cell: pl.Expr) -> pl.Expr:
    # A spreadsheet drops the leading zeros of 000, 010 and 090.
    text = _text(cell)
    return pl.when(text.str.contains("^[0-9]{1,2}$")).then(text.str.zfill(3)).otherwise(text)


def _one_of(*allowed: str, read: Callable[[pl.Expr], pl.Expr] = _text) -> _Kind:
    return _Kind(read, f"use one of {', '.join(allowed)}", allowed)


def _code(cell: pl.Expr) -> pl.Expr:
    code = cell.str.to_uppercase()
    return pl.when(code.str.contains("^[0-9A-Z]{5}$")).then(code)


def _amount(cell: pl.Expr) -> pl.Expr:
    cents = read_scaled(cell, 2)
    return pl.when(cents.is_between(0, FEE.most_units)).then(cents)


def _percentage(cell: pl.Expr) -> pl.Expr:
    """Read a share into hundredths: 0.17, or as a percentage 17."""
    hundredths = read_scaled(cell, 2)
    percent = read_scaled(cell, 0)
    return (
        pl.when(hundredths.is_between(0, 100))
        .then(hundredths)
        .when(percent.is_between(2, 100))
        .then(percent)
    )


_CODE = _Kind(
    _code, "a code has five characters; format the column as text so that 00100 keeps its zeros"
)
_AMOUNT = _Kind(_amount, f"write dollars and cents, such as 1234.56, up to {FEE.most:,}")
_PERCENTAGE = _Kind(_percentage, "write a share such as 0.17, or the whole percentage 17")
_DATE = _Kind(read_day, "write the day as 2026-01-31 or 01/31/2026")
_MODIFIER = _Kind(
    _text,
    "only 26, TC, 53 or no modifier selects a row; remove rows for other modifiers, whose "
    "amounts come from the payer's terms",
    ("", "26", "TC", "53"),
)

#: Column of the file → how it is read, and its name in the schedule.
COLUMNS: dict[str, tuple[_Kind, str]] = {
    "hcpcs_code": (_CODE, "hcpcs_code"),
    "modifier": (_MODIFIER, "modifier"),
    **{name: (_AMOUNT, name) for name in AMOUNTS},
    **{name: (_DATE, name) for name in DATES},
    "status_code": (_one_of(*"ABCDEFGHIJMNPRTX"), "status_code"),
    "pctc_indicator": (_one_of(*"0123456789"), "pctc_indicator"),
    "global_days": (
        _one_of("000", "010", "090", "MMM", "XXX", "YYY", "ZZZ", read=_days),
        "global_days",
    ),
    **{name: (_PERCENTAGE, name) for name in PERCENTAGES},
    "multiple_procedure": (_one_of(*"012345679"), "multiple_procedure_indicator"),
    "bilateral": (_one_of(*"01239"), "bilateral_indicator"),
    "assistant": (_one_of(*"0129"), "assistant_indicator"),
    "co_surgeon": (_one_of(*"0129"), "co_surgeon_indicator"),
    "team": (_one_of(*"0129"), "team_indicator"),
    "endoscopic_base": (_CODE, "endoscopic_base_code"),
    # CMS's imaging families (01 to 11, since 2011 all 88, and 99 for none), for old schedules.
    "imaging_family": (
        _Kind(lambda cell: _text(cell).str.zfill(2), "a family has two digits", ()),
        "imaging_family",
    ),
}


def read_dollar_schedule(path: Path, *, own_indicators: bool, cites: str) -> DollarSchedule:
    """Read a fee schedule in dollars with the columns of `COLUMNS`.

    Headings are forgiven case and blanks, money `$` and commas. Where the facility or the
    non-facility amount is absent, the other serves both. With `own_indicators` an absent
    indicator means that no rule applies. `cites` is the contract it stands in. Raises PayerError
    naming the row (1 = the first under the headings) and the column.
    """
    read = _read(path)
    table = read.rows
    columns = _known_columns(table, path.name)
    cells = {
        ours: pl.col(theirs).str.strip_chars().replace("", None) for ours, theirs in columns.items()
    }
    texts = table.with_row_index("_row", 1).select("_row", **cells)
    texts = texts.filter(~pl.all_horizontal(pl.exclude("_row").is_null()))
    if not texts.height:
        raise PayerError(f"{path.name} has no rows under its headings; it needs one per code.")
    for name in columns:
        _refuse_wrong_cells(texts, name, path.name)
    rows = texts.select(
        "_row",
        **{ours: COLUMNS[name][0].value(pl.col(name)) for name, ours in _names(columns).items()},
    )
    absent = {ours: pl.lit(None, _type_of(ours)) for _, ours in COLUMNS.values()}
    rows = rows.with_columns(
        **{ours: nothing for ours, nothing in absent.items() if ours not in rows.columns}
    )
    _refuse_wrong_rows(rows, path.name)
    facility, nonfacility = pl.col("facility_amount"), pl.col("nonfacility_amount")
    rows = rows.with_columns(
        pl.col("modifier").fill_null(""),
        facility_amount=pl.coalesce(facility, nonfacility),
        nonfacility_amount=pl.coalesce(nonfacility, facility),
    )
    if own_indicators:
        # One percentage given makes the other two nothing; none given divides no payment.
        given = pl.any_horizontal(pl.col(name).is_not_null() for name in PERCENTAGES)
        rows = rows.with_columns(
            pl.when(given).then(pl.col(name).fill_null(0)).alias(name) for name in PERCENTAGES
        )
    return DollarSchedule(
        read.name, rows.drop("_row"), own_indicators, cites, read.sha256, read.told_of_hidden()
    )


def _read(path: Path) -> ClaimsFile:
    if path.suffix.lower() not in _ENDINGS:
        raise PayerError(
            f"{path.name} is not a fee schedule payrules can read: its name must end in .csv or "
            ".xlsx."
        )
    try:
        read = read_file(path)
    except ClaimsError as error:
        raise PayerError(f"The fee schedule cannot be used: {error}") from None
    if read.further_sheets:
        raise PayerError(
            f"{read.name} has data on other worksheets too (number "
            f"{', '.join(map(str, read.further_sheets))}); a fee schedule is read from one "
            "sheet. Save that sheet as its own file."
        )
    return read


def _names(columns: Collection[str]) -> dict[str, str]:
    return {name: COLUMNS[name][1] for name in columns}


def _type_of(ours: str) -> type[pl.DataType]:
    if ours in (*AMOUNTS, *PERCENTAGES):
        return pl.Int64
    return pl.Date if ours in DATES else pl.String


def _known_columns(table: pl.DataFrame, file: str) -> dict[str, str]:
    """Match the headings to ours; refuse a slip, because a dropped column would change fees."""
    columns: dict[str, str] = {}
    unknown = []
    for heading in table.columns:
        name = normal(heading)
        if name not in COLUMNS:
            unknown.append(heading)
        elif name in columns:
            raise PayerError(
                f"{file} has two columns '{name}': '{columns[name]}' and '{heading}'; remove one."
            )
        else:
            columns[name] = heading
    missing = [
        " or ".join(needed)
        for needed in (("hcpcs_code",), ("facility_amount", "nonfacility_amount"))
        if not columns.keys() & set(needed)
    ]
    if missing:
        raise PayerError(
            f"{file} has no column {missing[0]}; it has {', '.join(table.columns)}. Rename the "
            "column that holds it."
        )
    for heading in unknown:
        # What looks like none of ours is a column of the payer's own, and may stand there.
        meant = misspelt(normal(heading), COLUMNS)
        if meant is not None and meant not in columns:
            raise PayerError(
                f"{file} has a column '{heading}', which payrules does not read; perhaps"
                f" '{meant}' is meant. Rename it, or remove it."
            )
    return columns


def _refuse_wrong_cells(texts: pl.DataFrame, name: str, file: str) -> None:
    errors = texts.filter(spreadsheet_error(pl.col(name)))
    if errors.height:
        said = errors.select("_row", said_of_error(name)).row(0)
        raise PayerError(f"{_at(file, said[0], name)}: {said[1]}.")
    kind, _ = COLUMNS[name]
    value = kind.value(pl.col(name))
    wrong = value.is_null() if not kind.allowed else ~value.is_in(list(kind.allowed))
    found = texts.filter(pl.col(name).is_not_null() & wrong)
    if found.height:
        row, cell = found.row(0, named=True)["_row"], found.row(0, named=True)[name]
        raise PayerError(f"{_at(file, row, name)}: '{cell}' is not valid there; {kind.wants}.")


def _at(file: str, row: int, column: str) -> str:
    return f"{file}, row {row} under the headings, column {column}"


def _refuse_wrong_rows(rows: pl.DataFrame, file: str) -> None:
    shares = pl.sum_horizontal(*PERCENTAGES)
    faults = (
        ("hcpcs_code", pl.col("hcpcs_code").is_null(), "is blank; every row needs a code"),
        (
            "facility_amount",
            pl.all_horizontal(pl.col("facility_amount", "nonfacility_amount").is_null()),
            "neither this nor nonfacility_amount holds an amount; fill in one, or remove the row",
        ),
        (
            "effective_to",
            pl.col("effective_to") < pl.col("effective_from"),
            "is before effective_from; it is the last day the row is in force",
        ),
        (
            "postoperative",
            shares > 100,
            "preoperative, intraoperative and postoperative add up to more than 100 percent; "
            "correct the three shares",
        ),
    )
    for column, wrong, said in faults:
        found = rows.filter(wrong)
        if found.height:
            raise PayerError(f"{_at(file, found['_row'][0], column)}: {said}.")
    key = ["hcpcs_code", "modifier"]
    ordered = rows.with_columns(pl.col("modifier").fill_null("")).sort(
        *key, "effective_from", "_row", nulls_last=False
    )
    begins, ends = pl.col("effective_from"), pl.col("effective_to")
    same = pl.struct(key) == pl.struct(key).shift(1)
    # Of rows in order of their first day, two that follow each other overlap if any do.
    before_end = begins.is_null() | ends.shift(1).is_null() | (begins <= ends.shift(1))
    found = ordered.with_columns(_first=pl.col("_row").shift(1)).filter(same & before_end)
    if found.height:
        again = found.row(0, named=True)
        code = re.sub("-$", "", f"{again['hcpcs_code']}-{again['modifier']}")
        raise PayerError(
            f"{file} has {code} twice for the same days, in rows {again['_first']} and "
            f"{again['_row']} under the headings; remove one, or give them separate "
            "effective_from and effective_to dates."
        )
