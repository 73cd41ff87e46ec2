"""What the files of a release say of it: its year and quarter, and its conversion factors."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms import (
    relative_values,
)
from payrules.schedules.cms.cells import Source
from payrules.schedules.cms.relative_values import RelativeValues
from payrules.schedules.conversion_factors import ConversionFactor, factors_of, in_dollars
from payrules.schedules.file_kinds import one_form

_QUARTERS = {"A": 1, "B": 4, "C": 7, "D": 10}
_MONTHS = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}


def first_day(quarter: date, base: RelativeValues, factors: Sequence[ConversionFactor]) -> date:
    """Give the day a release is published for: its quarter's first, or that of a new factor in it.

    RVU24AR restates January 2024 with the factor that Congress set from 9 March on.
    """
    return next(
        (
            factor.effective_from
            for factor in factors
            if factor.value == base.conversion_factor
            and quarter < factor.effective_from
            and (factor.effective_from.month - 1) // 3 == (quarter.month - 1) // 3
        ),
        quarter,
    )


def year_and_month(
    named: str, base: RelativeValues, gpci: Source, gpci_year: int | None
) -> tuple[int, int]:
    """Tell the release's year and quarter from its files, or else from its name (2025D)."""
    quarter = re.search(r"(?:^|\D)(?:20)?(\d\d)([A-D])(?:R\d*)?(?:\W|_|$)", named, re.I)
    year = base.year or gpci_year or (2000 + int(quarter[1]) if quarter else None)
    if year is None:
        raise ScheduleError(
            f"{base.source.name} does not state its year; add the year and quarter to the name "
            "(--name 2026C)."
        )
    if gpci_year not in (None, year):
        raise ScheduleError(
            f"{gpci.name} is for {gpci_year}, but {base.source.name} is for {year}. Import files "
            "of one release."
        )
    if base.month in _MONTHS:
        return year, _MONTHS[base.month]
    if quarter and 2000 + int(quarter[1]) == year:
        return year, _QUARTERS[quarter[2].upper()]
    raise ScheduleError(
        f"{base.source.name} does not state its quarter; give it with --name ({year}A January, "
        f"{year}B April, {year}C July, {year}D October)."
    )


def _says_qpp(name: str) -> bool:
    return bool(re.search(r"(?<!non)(?<!non[-_])qpp", name, re.I))


def for_everybody(sources: list[Source]) -> list[Source]:
    """Leave out a second ANES or OPPSCAP file, for qualifying APM participants."""
    return [source for source in sources if not _says_qpp(source.name)]


def base_and_qualifying(sources: list[Source]) -> tuple[RelativeValues, RelativeValues | None]:
    """Tell the file for everybody from the one for qualifying APM participants (from 2026)."""
    of_qpp = [source for source in sources if _says_qpp(source.name)]
    of_all = for_everybody(sources)
    if not of_all:
        found = "only the file for qualifying APM participants" if of_qpp else "none"
        raise ScheduleError(
            f"A release needs the PPRRVU file for all practitioners; found {found}."
        )
    base = relative_values.read(one_form("PPRRVU", of_all))
    if not of_qpp:
        return base, None
    qualifying = relative_values.read(one_form("QPP PPRRVU", of_qpp))
    rvus = ["work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu"]
    differing = base.codes.join(qualifying.codes, on=["hcpcs_code", "modifier"]).filter(
        pl.any_horizontal(pl.col(rvu) != pl.col(f"{rvu}_right") for rvu in rvus)
    )
    if differing.height:
        raise ScheduleError(
            f"{qualifying.source.name} and {base.source.name} have different RVUs for "
            f"{differing['hcpcs_code'][0]}; they are not from the same release."
        )
    return base, qualifying


def conversion_factors(
    year: int, base: RelativeValues, qualifying: RelativeValues | None
) -> tuple[ConversionFactor, ...]:
    """Give the year's factors; a file whose own is none of them is refused."""
    known = factors_of(year)
    read = [(base, False)] + ([(qualifying, True)] if qualifying else [])
    if not known:
        return tuple(
            ConversionFactor(date(year, 1, 1), file.conversion_factor, apm, file.source.name)
            for file, apm in read
        )
    for file, apm in read:
        of_kind = [factor for factor in known if factor.qualifying_apm == apm]
        if file.conversion_factor not in {factor.value for factor in of_kind}:
            expected = " or ".join(map(str, of_kind)) or "no separate one"
            raise ScheduleError(
                f"{file.source.name} has the conversion factor "
                f"{in_dollars(file.conversion_factor)}; for {year} it is {expected}."
            )
    return known


def release_name(path: Path) -> str:
    """Name a release after its folder or ZIP: `2026C`; `rvu25d-0.zip` is `2025D`."""
    stem = path.stem if path.is_file() else path.resolve().name
    cms = re.fullmatch(r"rvu(\d\d)([a-d])(r?)\d*(?:[-_ ].*)?", stem, re.I)
    return f"20{cms[1]}{cms[2]}{cms[3]}".upper() if cms else stem
