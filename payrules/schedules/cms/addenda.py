"""What CMS's addenda of facility rates have in common: headings with a quarter, codes, dollars."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.money import half_up
from payrules.schedules.cms.cells import Source, header_at, no_repeats, rows, scaled
from payrules.within_reason import FEE

_MONTHS = ("january", "april", "july", "october")
#: A month as CMS writes it: in full, or by three letters (Jan 2023).
_MONTH = "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DECIMALS = 9
_RATE = replace(FEE, decimals=_DECIMALS)
_NONE: Mapping[str, str] = {}


def is_header(row: list[str], headings: Mapping[str, str | None]) -> bool:
    """Say whether a row has all the headings that are ours, whatever their quarter."""
    return {name for name, ours in headings.items() if ours} <= {_plain(cell) for cell in row}


def _plain(heading: str) -> str:
    text = " ".join(heading.split())
    return re.sub(rf"^(?:Final )?(?:(?:{_MONTH})\.? )?(?:CY )?20\d\d ", "", text, flags=re.I)


def texts_of(
    source: Source,
    headings: Mapping[str, str | None],
    may_end_after: str | None = None,
    where_there: Mapping[str, str] = _NONE,
) -> tuple[pl.DataFrame, str]:
    """Give the rows of codes as text, a column a heading of ours, and all that stands above.

    Columns of `where_there` are kept where the file has them; that of "" is the one right behind
    the code, whose heading is blank. A row may end after the column `may_end_after`, and what it
    lacks is blank; another short row is refused. A row that stands there twice to the letter is
    one; a code with two is refused.
    """
    only = [name for name in headings.values() if name] == ["hcpcs_code"]
    cells = rows(source, first_cell_only=only)
    header = header_at(source, cells, lambda row: is_header(row, headings))
    names: list[str | None] = []
    for plain in map(_plain, cells[header]):
        named = plain or (names and names[-1] == "hcpcs_code")
        names.append({**headings, **where_there}.get(plain) if named else None)
    wide = max(at for at, name in enumerate(names) if name) + 1
    least = wide if may_end_after is None else names.index(may_end_after) + 1
    body = []
    for number, row in enumerate(cells[header + 1 :], header + 2):
        # Notes follow the table; their first cell holds words.
        if not row or not re.fullmatch("[0-9A-Z]{5}", row[0]):
            if row and re.fullmatch("[0-9A-Z]{1,4}", row[0]) and any(row[1:]):
                raise ScheduleError(
                    f"{source.name}, row {number}: found '{row[0]}', expected a HCPCS code."
                )
            continue
        if len(row) < least:
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
        body.append((number, row + [""] * (wide - len(row))))
    texts = pl.DataFrame(
        {"row": [number for number, _ in body]}
        | {name: [row[at] for _, row in body] for at, name in enumerate(names) if name},
        schema={"row": pl.Int64} | {name: pl.String for name in names if name},
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no codes.")
    # CMS repeats J2782 in addendum BB of 2024, 20220 in FF of January 2023.
    texts = texts.unique([name for name in names if name], keep="first", maintain_order=True)
    no_repeats(source, texts, ["hcpcs_code"])
    heading = " ".join(cell for row in cells[: header + 1] for cell in row)
    return texts, heading


def with_rate(source: Source, texts: pl.DataFrame, column: str = "payment_rate") -> pl.DataFrame:
    """Read dollars as cents: `$1,579.16 ` as 157916; a code without a rate has none, not 0.

    Of a column that the file does not have, none is known.
    """
    if column not in texts.columns:
        return texts.with_columns(pl.lit(None, dtype=pl.Int64).alias(column))
    rate = pl.col(column).str.replace_all(r"[$,\s]", "")
    # A workbook shows two decimals and keeps more, down to the noise of binary fractions.
    plain = texts.with_columns(rate.str.replace(rf"(\.\d{{{_DECIMALS}}})\d+$", "${1}"))
    of_rate = scaled(source, plain.filter(pl.col(column) != ""), {column: _RATE}).select(
        "row", half_up(pl.col(column), 10 ** (_DECIMALS - 2))
    )
    return texts.drop(column).join(of_rate, on="row", how="left", maintain_order="left")


def dated(texts: pl.DataFrame, columns: tuple[str, ...], day: date) -> pl.DataFrame:
    """Give the columns of each code from the first day on, in order of code."""
    return texts.select(
        "hcpcs_code",
        *columns,
        pl.lit(day).alias("effective_from"),
        pl.lit(None, dtype=pl.Date).alias("effective_to"),
    ).sort("hcpcs_code")


def first_day(source: Source, heading: str, *, year_is_january: bool = True) -> date:
    """Tell the quarter from the name or the headings.

    "for CY 2025" alone is January's, of an addendum that names every other quarter.
    """
    for text in (source.name, heading):
        said = re.search(rf"({_MONTH})[\W_]*(20\d\d)|(20\d\d)[\W_]*({_MONTH})", text, re.I)
        if said:
            month = (said[1] or said[4]).lower()[:3]
            quarter = next(at for at, name in enumerate(_MONTHS) if name.startswith(month))
            return date(int(said[2] or said[3]), 3 * quarter + 1, 1)
    said = re.search(r"CY (20\d\d)", heading)
    if said and year_is_january:
        return date(int(said[1]), 1, 1)
    raise ScheduleError(
        f"{source.name} does not say which quarter it is for; give its first day with "
        "--effective-from."
    )
