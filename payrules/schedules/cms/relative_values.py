"""Reads PPRRVU, CMS's file of relative value units and payment indicators, in its four layouts."""

import re

import polars as pl

from payrules.counted import counted
from payrules.errors import ScheduleError
from payrules.frozen import frozen
from payrules.schedules.cms.cells import Source, must_match, no_repeats, rows, scaled
from payrules.schedules.conversion_factors import in_dollars
from payrules.within_reason import (
    CONVERSION_FACTOR,
    PART_OF_CARE,
    RELATIVE_VALUE,
    TOTAL_RELATIVE_VALUE,
)

# The header is stacked over five rows; joined downwards per column it reads as below.
# Columns we do not keep are None: the CPT descriptor is the AMA's and never leaves the reader.
_COLUMNS_2025: tuple[tuple[str, str | None], ...] = (
    ("HCPCS", "hcpcs_code"),
    ("MOD", "modifier"),
    ("DESCRIPTION", None),
    ("STATUS CODE", "status_code"),
    ("NOT USED FOR MEDICARE PAYMENT", None),
    ("WORK RVU", "work_rvu"),
    ("NON-FAC PE RVU", "nonfacility_pe_rvu"),
    ("NON-FAC NA INDICATOR", "nonfacility_na"),
    ("FACILITY PE RVU", "facility_pe_rvu"),
    ("FACILITY NA INDICATOR", "facility_na"),
    ("MP RVU", "malpractice_rvu"),
    ("NON-FACILITY TOTAL", "nonfacility_total"),
    ("FACILITY TOTAL", "facility_total"),
    ("PCTC IND", "pctc_indicator"),
    ("GLOB DAYS", "global_days"),
    ("PRE OP", "preoperative"),
    ("INTRA OP", "intraoperative"),
    ("POST OP", "postoperative"),
    ("MULT PROC", "multiple_procedure_indicator"),
    ("BILAT SURG", "bilateral_indicator"),
    ("ASST SURG", "assistant_indicator"),
    ("CO- SURG", "co_surgeon_indicator"),
    ("TEAM SURG", "team_indicator"),
    ("ENDO BASE", "endoscopic_base_code"),
    ("CONV FACTOR", "conversion_factor"),
    ("PHYSICIAN SUPERVISION OF DIAGNOSTIC PROCEDURES", "supervision_code"),
    ("CALCULATION FLAG", None),
    ("DIAGNOSTIC IMAGING FAMILY INDICATOR", "imaging_family"),
    ("NON-FACILITY PE USED FOR OPPS PAYMENT AMOUNT", "cap_nonfacility_pe_rvu"),
    ("FACILITY PE USED FOR OPPS PAYMENT AMOUNT", "cap_facility_pe_rvu"),
    ("MP USED FOR OPPS PAYMENT AMOUNT", "cap_malpractice_rvu"),
)
# 2026 put PRIC IND before ENDO BASE: everything behind it moved by one.
_COLUMNS_2026 = (*_COLUMNS_2025[:23], ("PRIC IND", None), *_COLUMNS_2025[23:])
_LAYOUTS = (_COLUMNS_2025, _COLUMNS_2026)

# Fixed width, from the record layout in the release's own documentation: first position, last.
_RECORD = 171
_POSITIONS = {
    "hcpcs_code": (1, 5),
    "modifier": (6, 7),
    "status_code": (58, 58),
    "work_rvu": (60, 65),
    "nonfacility_pe_rvu": (67, 72),
    "nonfacility_na": (73, 74),
    "facility_pe_rvu": (76, 81),
    "facility_na": (82, 83),
    "malpractice_rvu": (85, 89),
    "nonfacility_total": (91, 96),
    "facility_total": (97, 102),
    "pctc_indicator": (103, 103),
    "global_days": (104, 106),
    "preoperative": (107, 109),
    "intraoperative": (110, 112),
    "postoperative": (113, 115),
    "multiple_procedure_indicator": (116, 116),
    "bilateral_indicator": (117, 117),
    "assistant_indicator": (118, 118),
    "co_surgeon_indicator": (119, 119),
    "team_indicator": (120, 120),
    "endoscopic_base_code": (128, 132),
    "conversion_factor": (133, 140),
    "supervision_code": (142, 143),
    "imaging_family": (146, 147),
    "cap_nonfacility_pe_rvu": (152, 157),
    "cap_facility_pe_rvu": (159, 164),
    "cap_malpractice_rvu": (166, 171),
}

_NUMBERS = {
    "work_rvu": RELATIVE_VALUE,
    "nonfacility_pe_rvu": RELATIVE_VALUE,
    "facility_pe_rvu": RELATIVE_VALUE,
    "malpractice_rvu": RELATIVE_VALUE,
    "nonfacility_total": TOTAL_RELATIVE_VALUE,
    "facility_total": TOTAL_RELATIVE_VALUE,
    "preoperative": PART_OF_CARE,
    "intraoperative": PART_OF_CARE,
    "postoperative": PART_OF_CARE,
    "conversion_factor": CONVERSION_FACTOR,
    "cap_nonfacility_pe_rvu": RELATIVE_VALUE,
    "cap_facility_pe_rvu": RELATIVE_VALUE,
    "cap_malpractice_rvu": RELATIVE_VALUE,
}
_VALUES = {
    "hcpcs_code": "[0-9A-Z]{5}",
    "modifier": "|26|TC|53",
    "status_code": "[A-Z]",
    "nonfacility_na": "|NA",
    "facility_na": "|NA",
    "pctc_indicator": "[0-9]",
    "global_days": "000|010|090|MMM|XXX|YYY|ZZZ",
    "multiple_procedure_indicator": "[0-79]",
    "bilateral_indicator": "[0-39]",
    "assistant_indicator": "[0-29]",
    "co_surgeon_indicator": "[0-29]",
    "team_indicator": "[0-29]",
    "endoscopic_base_code": "|[0-9A-Z]{5}",
    "supervision_code": "[0-9]{2}|[67]A",
    "imaging_family": "[0-9]{2}",
}
#: The columns of `Release.codes`, in order; RVUs and percentages in hundredths.
CODE_COLUMNS = (
    "hcpcs_code",
    "modifier",
    "label",
    *(
        name
        for name in list(_POSITIONS)[2:]
        if name not in {"nonfacility_total", "facility_total", "conversion_factor"}
    ),
)


@frozen
class RelativeValues:
    """What one PPRRVU file says: its rows, its one conversion factor, its year and month."""

    source: Source
    codes: pl.DataFrame
    conversion_factor: int
    year: int | None
    month: str | None


def looks_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a PPRRVU file, of whatever layout."""
    if any(row and row[0].startswith("HDR ") for row in first_rows[:1]):
        return True
    said = any("Relative Value File" in cell for row in first_rows for cell in row)
    headed = any(row[:2] == ["HCPCS", "MOD"] and "PE RVU" in row for row in first_rows)
    return said or headed or _without_heading(first_rows)


def read(source: Source) -> RelativeValues:
    """Read a PPRRVU file (CSV, fixed-width TXT or XLSX) and check it against itself."""
    if source.text.startswith("HDR ") if source.suffix != ".xlsx" else False:
        texts, heading = _fixed_width(source), ""
    else:
        texts, heading = _table(source)
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no codes.")
    # Excel may have taken "09", "000" or "010" for numbers.
    texts = texts.with_columns(
        pl.col("supervision_code", "imaging_family").str.zfill(2),
        pl.col("global_days").str.zfill(3),
    )
    for column, pattern in _VALUES.items():
        must_match(source, texts, column, pattern, f"one of {pattern.strip('|')}")
    numbers = scaled(source, texts, _NUMBERS)
    _totals_agree(source, numbers)
    factor = _one_factor(source, numbers)
    no_repeats(source, numbers, ["hcpcs_code", "modifier"])
    codes = numbers.select(
        pl.lit("").alias("label") if name == "label" else _kept(name) for name in CODE_COLUMNS
    ).sort("hcpcs_code", "modifier")
    year, month = _published(source, heading)
    return RelativeValues(source, codes, factor, year, month)


def _kept(name: str) -> pl.Expr:
    return pl.col(name) == "NA" if name.endswith("_na") else pl.col(name)


def _fixed_width(source: Source) -> pl.DataFrame:
    lines = pl.DataFrame(
        {"line": source.text.splitlines()}, schema={"line": pl.String}
    ).with_row_index("row", offset=1)
    lines = lines.filter(~pl.col("line").str.starts_with("HDR ") & (pl.col("line") != ""))
    for number, line in lines.filter(pl.col("line").str.len_chars() != _RECORD).rows():
        raise ScheduleError(
            f"{source.name}, line {number}: a record has {_RECORD} characters, this one "
            f"{len(line)}. The file is cut short, or of a layout payrules does not recognize."
        )
    return lines.select(
        "row",
        *(
            pl.col("line").str.slice(first - 1, last - first + 1).str.strip_chars().alias(name)
            for name, (first, last) in _POSITIONS.items()
        ),
    )


def _table(source: Source) -> tuple[pl.DataFrame, str]:
    cells = rows(source)
    if _without_heading(cells):
        layout = next(known for known in _LAYOUTS if len(known) == len(cells[0]))
        first, heading = 0, ""
    else:
        layout, first = _layout(source, cells)
        heading = " ".join(cell for row in cells[:first] for cell in row if cell)
    for number, row in enumerate(cells[first:], first + 1):
        if any(row) and (len(row) < len(layout) or any(row[len(layout) :])):
            raise ScheduleError(
                f"{source.name}, row {number} has {counted(len(row), 'cell')}, the header"
                f" {len(layout)}. "
                "The file is cut short or damaged; download it again."
            )
    kept = [(position, name) for position, (_, name) in enumerate(layout) if name]
    body = [(number, row) for number, row in enumerate(cells[first:], first + 1) if any(row)]
    texts = pl.DataFrame(
        {"row": [number for number, _ in body]}
        | {name: [row[position] for _, row in body] for position, name in kept},
        schema={"row": pl.Int64} | {name: pl.String for _, name in kept},
    )
    return texts, heading


def _layout(
    source: Source, cells: list[list[str]]
) -> tuple[tuple[tuple[str, str | None], ...], int]:
    """Give the layout that the stacked header is of, and the index of the first row below it."""
    last = next((at for at, row in enumerate(cells[:20]) if row[:1] == ["HCPCS"]), None)
    if last is None:
        raise ScheduleError(f"{source.name} has no header row that begins with HCPCS.")
    width = len(cells[last])
    stack = [row + [""] * (width - len(row)) for row in cells[max(0, last - 4) : last + 1]]
    # The rows above the stack hold the notices: their only cell stands in the third column.
    found = tuple(
        " ".join(row[column] for row in stack if row[column] and (column != 2 or row is stack[-1]))
        for column in range(width)
    )
    while found and not found[-1]:
        found = found[:-1]
    for known in _LAYOUTS:
        if [_plain(name) for name in found] == [_plain(name) for name, _ in known]:
            return known, last + 1
    expected = [name for name, _ in min(_LAYOUTS, key=lambda known: abs(len(known) - len(found)))]
    at = next(
        (
            i
            for i, pair in enumerate(zip(found, expected, strict=False))
            if _plain(pair[0]) != _plain(pair[1])
        ),
        min(len(found), len(expected)),
    )
    raise ScheduleError(
        f"{source.name} has a layout payrules does not recognize: {counted(len(found), 'column')}, "
        f"column {at + 1} is '{found[at] if at < len(found) else 'missing'}' where "
        f"'{expected[at] if at < len(expected) else 'nothing'}' was expected."
    )


def _plain(heading: str) -> str:
    """Leave out what differs from year to year: blanks, hyphens, case."""
    return re.sub("[^A-Z0-9]", "", heading.upper())


def _without_heading(cells: list[list[str]]) -> bool:
    """Say whether data begin at once, as in some copies of the qualifying-APM file."""
    first = cells[0] if cells else []
    layout = next((known for known in _LAYOUTS if len(known) == len(first)), None)
    if layout is None or not re.fullmatch("[0-9A-Z]{5}", first[0]):
        return False
    named = {name: cell for (_, name), cell in zip(layout, first, strict=True) if name}
    return bool(
        re.fullmatch(r"\d{2}\.\d{4}", named["conversion_factor"])
        and re.fullmatch(_VALUES["global_days"], named["global_days"])
    )


def _totals_agree(source: Source, numbers: pl.DataFrame) -> None:
    for setting in ("nonfacility", "facility"):
        total = pl.col("work_rvu") + pl.col(f"{setting}_pe_rvu") + pl.col("malpractice_rvu")
        wrong = numbers.filter(total != pl.col(f"{setting}_total"))
        if wrong.height:
            first = wrong.row(0, named=True)
            raise ScheduleError(
                f"{source.name}, row {first['row']}: work, practice expense and malpractice of "
                f"{first['hcpcs_code']} do not add up to the {setting} total."
            )


def _one_factor(source: Source, numbers: pl.DataFrame) -> int:
    factors = numbers["conversion_factor"].unique().sort().to_list()
    if len(factors) != 1 or not factors[0]:
        found = ", ".join(map(in_dollars, factors))
        raise ScheduleError(f"{source.name} must hold one conversion factor; it holds {found}.")
    return int(factors[0])


def must_hold_bases(name: str, codes: pl.DataFrame) -> None:
    """Refuse codes whose endoscopic base is not among them: their family could not be priced."""
    missing = codes.filter(
        (pl.col("endoscopic_base_code") != "")
        & ~pl.col("endoscopic_base_code").is_in(codes["hcpcs_code"].unique().implode())
    )
    if missing.height:
        first = missing.row(0, named=True)
        raise ScheduleError(
            f"{name}: {first['endoscopic_base_code']}, the endoscopic base of "
            f"{first['hcpcs_code']}, is not in the file."
        )


def _published(source: Source, heading: str) -> tuple[int | None, str | None]:
    """Give the year and month the heading, or else the file's name, says."""
    said = re.search(r"(20\d\d) National Physician Fee Schedule.*? ([A-Z][a-z]+) Release", heading)
    if said:
        return int(said[1]), said[2][:3].lower()
    named = re.search(r"PPRRVU(?:20)?(\d\d)(?:_([A-Za-z]{3}))?", source.name)
    if named:
        return 2000 + int(named[1]), named[2].lower() if named[2] else None
    return None, None
