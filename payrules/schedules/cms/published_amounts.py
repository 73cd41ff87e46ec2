"""Reads the amounts CMS publishes in dollars, PFALL/PFREV and OPPSCAP: an independent check."""

import re
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms.cells import (
    Source,
    header_at,
    listed,
    must_match,
    no_repeats,
    rows,
    scaled,
)
from payrules.within_reason import FEE

# The sixteen fields of PFALL and PFREV, from PF25PD; the filler is not kept.
_FIELDS = (
    "year",
    "contractor",
    "locality_number",
    "hcpcs_code",
    "modifier",
    "nonfacility_amount",
    "facility_amount",
    "filler",
    "pctc_indicator",
    "status_code",
    "multiple_procedure_indicator",
    "therapy_amount",
    "institutional_therapy_amount",
    "opps_indicator",
    "cap_nonfacility_amount",
    "cap_facility_amount",
)
_AMOUNTS = tuple(name for name in _FIELDS if name.endswith("_amount"))
_MONTHS = {"A": 1, "AR": 1, "B": 4, "C": 7, "D": 10}
_CAP_HEADINGS = {
    "HCPCS": "hcpcs_code",
    "MOD": "modifier",
    "PROCSTAT": "status_code",
    "CARRIER": "contractor",
    "LOCALITY": "locality_number",
    # The facility price stands first, and CMS leaves an I out of the other.
    "FACILITY PRICE": "facility_amount",
    "NON-FACILTY PRICE": "nonfacility_amount",
    "NON-FACILITY PRICE": "nonfacility_amount",
}


def amounts_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of a PFALL or PFREV file."""
    first = first_rows[0] if first_rows else []
    return (
        len(first) == len(_FIELDS)
        and bool(re.fullmatch(r"20\d\d", first[0]))
        and bool(re.fullmatch(r"\d{5}", first[1]))
        and bool(re.fullmatch(r"[0-9A-Z]{5}", first[3]))
        and bool(re.fullmatch(r"\d+\.\d\d", first[5]))
    )


def read_amounts(source: Source, effective_from: date | None = None) -> tuple[pl.DataFrame, date]:
    """Read a PFALL or PFREV file: amounts in cents, and the first day of its quarter.

    Every record is kept, repeats too, so that what is matched counts as CMS's own file does.
    """
    texts = _records(source)
    must_match(source, texts, "year", "20[0-9]{2}", "a year")
    must_match(source, texts, "contractor", "[0-9]{5}", "a contractor of five digits")
    must_match(source, texts, "locality_number", "[0-9]{2}", "a locality of two digits")
    must_match(source, texts, "hcpcs_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "modifier", "|26|TC|53", "blank, 26, TC or 53")
    years = texts["year"].unique().to_list()
    if len(years) != 1:
        raise ScheduleError(f"{source.name} must be of one year; it names {len(years)}.")
    numbers = scaled(source, texts, dict.fromkeys(_AMOUNTS, FEE))
    amounts = numbers.select(
        "hcpcs_code",
        "modifier",
        pl.format("{}-{}", "contractor", "locality_number").alias("locality"),
        *(name for name in _FIELDS[5:] if name != "filler"),
    )
    key = ["hcpcs_code", "modifier", "locality"]
    return amounts.sort(key, maintain_order=True), effective_from or _quarter(source, int(years[0]))


def _records(source: Source) -> pl.DataFrame:
    """Cut a file of a million records into fields; `row` is the line of the file."""
    found = []
    for number, line in enumerate(source.text.splitlines(), 1):
        record = line.strip()
        if not record or record.lstrip('"').startswith("TRL"):
            continue
        quoted = record.startswith('"')
        fields = record[1:-1].split('","') if quoted else record.split(",")
        if len(fields) != len(_FIELDS) or (quoted and not record.endswith('"')):
            raise ScheduleError(
                f"{source.name}, line {number} is cut short or damaged; download it again."
            )
        found.append([number, *fields])
    if not found:
        raise ScheduleError(f"{source.name} holds no amounts.")
    schema = {"row": pl.Int64} | dict.fromkeys(_FIELDS, pl.String)
    return pl.DataFrame(found, schema=schema, orient="row").with_columns(
        pl.col(_FIELDS).str.strip_chars()
    )


def _quarter(source: Source, year: int) -> date:
    """Tell the quarter from CMS's names: PFALL25A.TXT, PFREV25D.TXT, PFREV4_2025Q4.txt."""
    said = re.search(r"PF(?:ALL|REV)(?:20)?(\d\d)(AR|[A-D])(?![A-Z])", source.name, re.I)
    if said and 2000 + int(said[1]) == year:
        return date(year, _MONTHS[said[2].upper()], 1)
    said = re.search(r"(20\d\d)[-_ ]?Q([1-4])", source.name, re.I)
    if said and int(said[1]) == year:
        return date(year, 3 * int(said[2]) - 2, 1)
    raise ScheduleError(
        f"{source.name} does not say which quarter of {year} it is: keep CMS's own name "
        "(PFREV25D.TXT), or give its first day with --effective-from."
    )


def caps_look_like(first_rows: list[list[str]]) -> bool:
    """Say whether the first rows are those of an OPPSCAP file."""
    return any("PROCSTAT" in row and "FACILITY PRICE" in row for row in first_rows)


def read_caps(source: Source) -> pl.DataFrame:
    """Read an OPPSCAP file: the capped amounts by code, modifier and locality, in cents."""
    cells = rows(source)
    header = header_at(source, cells, lambda row: "PROCSTAT" in row)
    found = [_CAP_HEADINGS.get(cell) for cell in cells[header] if cell]
    if set(found) != set(_CAP_HEADINGS.values()):
        raise ScheduleError(
            f"{source.name} has a layout payrules does not recognize: its columns are "
            f"{listed(cells[header])}."
        )
    body = [(n, row) for n, row in enumerate(cells[header + 1 :], header + 2) if any(row)]
    for number, row in body:
        if len(row) < len(found):
            raise ScheduleError(f"{source.name}, row {number} is cut short; download it again.")
    texts = pl.DataFrame(
        {"row": [number for number, _ in body]}
        | {name: [row[at] for _, row in body] for at, name in enumerate(found) if name},
        schema={"row": pl.Int64} | {name: pl.String for name in found if name},
    ).with_columns(pl.col("contractor").str.zfill(5), pl.col("locality_number").str.zfill(2))
    if not texts.height:
        raise ScheduleError(f"{source.name} holds no amounts.")
    must_match(source, texts, "hcpcs_code", "[0-9A-Z]{5}", "a HCPCS code")
    must_match(source, texts, "modifier", "|26|TC|53", "blank, 26, TC or 53")
    must_match(source, texts, "contractor", "[0-9]{5}", "a contractor of five digits")
    must_match(source, texts, "locality_number", "[0-9]{2}", "a locality of two digits")
    prices = ("nonfacility_amount", "facility_amount")
    numbers = scaled(source, texts, dict.fromkeys(prices, FEE))
    caps = numbers.select(
        "hcpcs_code",
        "modifier",
        "status_code",
        pl.format("{}-{}", "contractor", "locality_number").alias("locality"),
        *prices,
    )
    key = ["hcpcs_code", "modifier", "locality"]
    no_repeats(source, caps, key)
    return caps.sort(key)
