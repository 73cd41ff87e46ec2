"""Reads what the facility is paid: ASC addendum AA, and OPPS addendum B."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.money import half_up
from payrules.schedules.cms.cells import Source, header_at, must_match, no_repeats, rows, scaled
from payrules.within_reason import FEE

_MONTHS = ("january", "april", "july", "october")
#: A month as CMS writes it: in full, or by three letters (Jan 2023).
_MONTH = "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DECIMALS = 9
_RATE = replace(FEE, decimals=_DECIMALS)
# A heading without its month and year → our name; None is not kept (the descriptor is the AMA's).
_ASC_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "Short Descriptor": None,
    "Subject to Multiple Procedure Discounting": "multiple_procedure_discount",
    "Payment Indicator": "payment_indicator",
    "Payment Weight": None,
    "Payment Rate": "payment_rate",
}
_OPPS_HEADINGS = {
    "HCPCS Code": "hcpcs_code",
    "SI": "status_indicator",
    "APC": "apc",
    "Payment Rate": "payment_rate",
}


def _plain(heading: str) -> str:
    text = " ".join(heading.split())
    return re.sub(rf"^(?:Final )?(?:(?:{_MONTH})\.? )?(?:CY )?20\d\d ", "", text, flags=re.I)


def asc_looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of ASC addendum AA (surgical procedures)."""
    return any(_is_header(row, _ASC_HEADINGS) for row in first_rows)


def opps_looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of OPPS addendum B."""
    return any(_is_header(row, _OPPS_HEADINGS) for row in first_rows)


def _is_header(row: list[str], headings: Mapping[str, str | None]) -> bool:
    return {name for name, ours in headings.items() if ours} <= {_plain(cell) for cell in row}


def read_asc(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read ASC addendum AA: payment indicator and rate in cents, null where CMS gives none."""
    texts, heading = _texts(source, _ASC_HEADINGS)
    must_match(source, texts, "multiple_procedure_discount", "[YN]", "Y or N")
    must_match(source, texts, "payment_indicator", "[A-Z][0-9]", "an ASC payment indicator")
    day = effective_from or _first_day(source, heading)
    return _dated(
        _with_rate(source, texts).with_columns(pl.col("multiple_procedure_discount") == "Y"),
        ("multiple_procedure_discount", "payment_indicator", "payment_rate"),
        day,
    ), day


def read_opps(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read OPPS addendum B: status indicator, APC and rate in cents, null where CMS gives none."""
    texts, heading = _texts(source, _OPPS_HEADINGS)
    must_match(source, texts, "status_indicator", "[A-Z][0-9]?", "an OPPS status indicator")
    texts = texts.with_columns(pl.col("apc").str.replace(r"\.0$", ""))
    must_match(source, texts, "apc", "|[0-9]{4}", "an APC of four digits")
    day = effective_from or _first_day(source, heading)
    return _dated(_with_rate(source, texts), ("status_indicator", "apc", "payment_rate"), day), day


def _texts(source: Source, headings: Mapping[str, str | None]) -> tuple[pl.DataFrame, str]:
    cells = rows(source)
    header = header_at(source, cells, lambda row: _is_header(row, headings))
    names = [headings.get(_plain(cell)) for cell in cells[header]]
    wide = max(at for at, name in enumerate(names) if name) + 1
    body = []
    for number, row in enumerate(cells[header + 1 :], header + 2):
        # Notes follow the table; their first cell holds words.
        if not row or not re.fullmatch("[0-9A-Z]{5}", row[0]):
            if row and re.fullmatch("[0-9A-Z]{1,4}", row[0]) and any(row[1:]):
                raise ScheduleError(
                    f"{source.name}, row {number}: found '{row[0]}', expected a HCPCS code."
                )
            continue
        if len(row) < wide:
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
        body.append((number, row))
    texts = pl.DataFrame(
        {"row": [number for number, _ in body]}
        | {name: [row[at] for _, row in body] for at, name in enumerate(names) if name},
        schema={"row": pl.Int64} | {name: pl.String for name in names if name},
    )
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no codes.")
    no_repeats(source, texts, ["hcpcs_code"])
    heading = " ".join(cell for row in cells[: header + 1] for cell in row)
    return texts, heading


def _with_rate(source: Source, texts: pl.DataFrame) -> pl.DataFrame:
    """Read the rates: `$1,579.16 ` as 157916; a code without one has none, not 0."""
    rate = pl.col("payment_rate").str.replace_all(r"[$,\s]", "")
    # A workbook shows two decimals and keeps more, down to the noise of binary fractions.
    plain = texts.with_columns(rate.str.replace(rf"(\.\d{{{_DECIMALS}}})\d+$", "${1}"))
    with_rate = scaled(
        source, plain.filter(pl.col("payment_rate") != ""), {"payment_rate": _RATE}
    ).select("row", half_up(pl.col("payment_rate"), 10 ** (_DECIMALS - 2)))
    return texts.drop("payment_rate").join(with_rate, on="row", how="left", maintain_order="left")


def _dated(texts: pl.DataFrame, columns: tuple[str, ...], day: date) -> pl.DataFrame:
    return texts.select(
        "hcpcs_code",
        *columns,
        pl.lit(day).alias("effective_from"),
        pl.lit(None, dtype=pl.Date).alias("effective_to"),
    ).sort("hcpcs_code")


def _first_day(source: Source, heading: str) -> date:
    """Tell the quarter from the name or the headings; "for CY 2025" alone is January's."""
    for text in (source.name, heading):
        said = re.search(rf"({_MONTH})[\W_]*(20\d\d)|(20\d\d)[\W_]*({_MONTH})", text, re.I)
        if said:
            month = (said[1] or said[4]).lower()[:3]
            quarter = next(at for at, name in enumerate(_MONTHS) if name.startswith(month))
            return date(int(said[2] or said[3]), 3 * quarter + 1, 1)
    said = re.search(r"CY (20\d\d)", heading)
    if said:
        return date(int(said[1]), 1, 1)
    raise ScheduleError(
        f"{source.name} does not say which quarter it is for; give its first day with "
        "--effective-from."
    )
