"""The kinds of CMS's files that payrules reads: how each is recognised, and by which reader."""

from collections.abc import Callable
from datetime import date

import polars as pl

from payrules.errors import ScheduleError
from payrules.schedules.cms import (
    add_on_codes,
    anesthesia,
    counties,
    drug_limits,
    hospital_outpatient,
    laboratory_rates,
    localities,
    procedure_pairs,
    published_amounts,
    relative_values,
    surgical_centers,
    unlikely_units,
    wage_indices,
    zip_codes,
)
from payrules.schedules.cms.cells import Source, head

#: The same file often comes in several forms: the first of these is read.
_FORMS = (".csv", ".txt", ".xlsx")


def kind_of(source: Source) -> str | None:
    """Give the kind of a file, by what is in it; None where payrules reads no such file."""
    try:
        first_rows = head(source)
    except ScheduleError:
        return None
    for kind, looks_like in LOOKS.items():
        if looks_like(first_rows):
            return kind
    return None


LOOKS: dict[str, Callable[[list[list[str]]], bool]] = {
    "relative_values": relative_values.looks_like,
    "gpci": localities.looks_like,
    "anes": anesthesia.factors_look_like,
    "anesthesia_base_units": anesthesia.base_units_look_like,
    "mue": unlikely_units.looks_like,
    "ptp": procedure_pairs.looks_like,
    "add_on": add_on_codes.looks_like,
    "zip": zip_codes.looks_like,
    "zip9": zip_codes.plus_four_looks_like,
    "amounts": published_amounts.amounts_look_like,
    "opps_cap": published_amounts.caps_look_like,
    "counties": counties.looks_like,
    "asc": surgical_centers.rates_look_like,
    "asc_ancillary": surgical_centers.ancillary_looks_like,
    "asc_device_offset": surgical_centers.offsets_look_like,
    "asc_excluded": surgical_centers.excluded_look_like,
    "asc_wage_index": wage_indices.looks_like,
    "opps": hospital_outpatient.looks_like,
    "asp": drug_limits.looks_like,
    "clfs": laboratory_rates.looks_like,
}
RELEASE_ONLY = {"relative_values", "gpci", "anes"}
#: In a release's folder these are part of it; alone they are tables.
WITH_A_RELEASE = {"opps_cap", "counties"}
#: Addenda of surgical centers, which CMS publishes together, each quarter anew. The first says its
#: quarter, and so that of those beside it that do not.
ASC_ADDENDA = ("asc", "asc_ancillary", "asc_device_offset", "asc_excluded")


def read_table(
    kind: str, sources: list[Source], effective_from: date | None
) -> tuple[pl.DataFrame, date, list[Source]]:
    """Give a table, the day it is published for, and the files it was read from."""
    source = one_form(kind, sources)
    if kind in _DATED_READERS:
        return *_DATED_READERS[kind](source, effective_from), [source]
    if kind in _SELF_DATED_READERS:
        return *_SELF_DATED_READERS[kind](source), [source]
    if effective_from is None:
        raise ScheduleError(
            f"{source.name} does not state its quarter: import it with its release, or give its "
            "effective date with --effective-from."
        )
    return RELEASE_READERS[kind](source), effective_from, [source]


_DATED_READERS: dict[str, Callable[[Source, date | None], tuple[pl.DataFrame, date]]] = {
    "mue": unlikely_units.read,
    "add_on": add_on_codes.read,
    "amounts": published_amounts.read_amounts,
    "asc": surgical_centers.read_rates,
    "asc_ancillary": surgical_centers.read_ancillary,
    "asc_device_offset": surgical_centers.read_offsets,
    "asc_excluded": surgical_centers.read_excluded,
    "asc_wage_index": wage_indices.read,
    "opps": hospital_outpatient.read,
    "clfs": laboratory_rates.read,
}
_SELF_DATED_READERS: dict[str, Callable[[Source], tuple[pl.DataFrame, date]]] = {
    "anesthesia_base_units": anesthesia.read_base_units,
    "asp": drug_limits.read,
    "zip": zip_codes.read,
    "zip9": zip_codes.read_plus_four,
}
RELEASE_READERS: dict[str, Callable[[Source], pl.DataFrame]] = {
    "opps_cap": published_amounts.read_caps,
    "counties": counties.read,
}


def one_form(kind: str, sources: list[Source]) -> Source:
    """Give the one file of a kind; of several forms of the same file, the easiest to trust."""
    for form in _FORMS:
        of_form = [source for source in sources if source.suffix == form]
        if len({source.sha256 for source in of_form}) > 1:
            names = ", ".join(source.name for source in of_form)
            raise ScheduleError(f"There is more than one {kind} file: {names}. Import one release.")
        if of_form:
            return of_form[0]
    raise ScheduleError(f"There is no {kind} file.")
