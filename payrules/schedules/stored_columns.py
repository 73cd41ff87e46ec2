"""The columns of each table in the store, their types, and what is within reason in them.

A hash says that a file is the one its record names; it does not say who wrote the record. What is
read is what an import could have stored, or it is refused: a number beyond reason would overflow
64 bits without a word (`payrules.within_reason`).
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from payrules.within_reason import (
    BASE_UNITS,
    COINSURANCE_PERCENT,
    CONVERSION_FACTOR,
    FEE,
    GEOGRAPHIC_INDEX,
    PART_OF_CARE,
    PAYMENT_LIMIT,
    RELATIVE_VALUE,
    UNITS_OF_A_DAY,
    WAGE_INDEX,
    Range,
)

_Kind = type[pl.DataType] | Range
_DAYS: Mapping[_Kind, str] = {pl.Date: "effective_from effective_to"}
#: File without ending → type, or kind of number in Int64 of 10^-decimals → its columns.
_TABLES: Mapping[str, Mapping[_Kind, str]] = {
    "codes": {
        pl.String: "hcpcs_code modifier label status_code pctc_indicator global_days"
        " multiple_procedure_indicator bilateral_indicator assistant_indicator"
        " co_surgeon_indicator team_indicator endoscopic_base_code supervision_code"
        " imaging_family",
        pl.Boolean: "nonfacility_na facility_na",
        RELATIVE_VALUE: "work_rvu nonfacility_pe_rvu facility_pe_rvu malpractice_rvu"
        " cap_nonfacility_pe_rvu cap_facility_pe_rvu cap_malpractice_rvu",
        PART_OF_CARE: "preoperative intraoperative postoperative",
    },
    "localities": {
        pl.String: "locality state locality_name",
        GEOGRAPHIC_INDEX: "work_gpci pe_gpci mp_gpci",
    },
    "anesthesia_factors": {pl.String: "locality", CONVERSION_FACTOR: "conversion_factor"},
    "counties": {pl.String: "locality state_name fee_schedule_area counties"},
    "opps_cap": {
        pl.String: "hcpcs_code modifier status_code locality",
        FEE: "nonfacility_amount facility_amount",
    },
    "mue": {
        pl.String: "hcpcs_code adjudication_indicator",
        UNITS_OF_A_DAY: "mue_value",
        **_DAYS,
    },
    "ptp": {pl.String: "column_1_code column_2_code modifier_indicator", **_DAYS},
    "add_on": {pl.String: "add_on_code add_on_type primary_code", **_DAYS},
    "anesthesia_base_units": {pl.String: "hcpcs_code", BASE_UNITS: "base_units", **_DAYS},
    "zip": {pl.String: "zip locality state", pl.Boolean: "plus_four_needed"},
    "zip9": {pl.String: "zip plus_four locality state"},
    "asc": {
        pl.String: "hcpcs_code payment_indicator mark",
        pl.Boolean: "multiple_procedure_discount",
        FEE: "payment_rate",
        **_DAYS,
    },
    "asc_ancillary": {
        pl.String: "hcpcs_code payment_indicator mark",
        FEE: "payment_rate",
        **_DAYS,
    },
    "asc_device_offset": {pl.String: "hcpcs_code", FEE: "device_offset", **_DAYS},
    "asc_excluded": {pl.String: "hcpcs_code", **_DAYS},
    "asc_wage_index": {
        pl.String: "area area_name",
        WAGE_INDEX: "lowest_wage_index highest_wage_index",
        **_DAYS,
    },
    "asp": {
        pl.String: "hcpcs_code unit note",
        PAYMENT_LIMIT: "payment_limit",
        COINSURANCE_PERCENT: "coinsurance",
        pl.Boolean: "is_vaccine",
        **_DAYS,
    },
    "clfs": {pl.String: "hcpcs_code modifier", FEE: "rate", **_DAYS},
    "opps": {
        pl.String: "hcpcs_code status_indicator apc",
        FEE: "payment_rate copayment national_copayment",
        **_DAYS,
    },
    "amounts": {
        pl.String: "hcpcs_code modifier locality pctc_indicator status_code"
        " multiple_procedure_indicator opps_indicator",
        FEE: "nonfacility_amount facility_amount therapy_amount institutional_therapy_amount"
        " cap_nonfacility_amount cap_facility_amount",
    },
}
#: What imports have kept only since tables of the kind were first stored: those before lack it.
_ADDED_SINCE = {
    "asc": ("mark",),
    "asc_ancillary": ("mark",),
    "opps": ("copayment", "national_copayment"),
}


def with_columns_added_since(name: str, rows: pl.LazyFrame, kept: Sequence[str]) -> pl.LazyFrame:
    """Give a stored table the columns that its import did not keep yet: null, as not known.

    `name` is that of its file, without the ending; `kept` its columns. They stand where an import
    of today has them, before the days.
    """
    lacking = [column for column in _ADDED_SINCE.get(name, ()) if column not in kept]
    if not lacking:
        return rows
    types = {
        column: pl.Int64 if isinstance(kind, Range) else kind
        for kind, names in _TABLES[name].items()
        for column in names.split()
    }
    days = _DAYS[pl.Date].split()
    return rows.select(
        *(column for column in kept if column not in days),
        *(pl.lit(None, dtype=types[column]).alias(column) for column in lacking),
        *days,
    )


def unlike_an_import(name: str, table: pl.DataFrame) -> str | None:
    """Say what in a table of the store no import makes; None where there is nothing such.

    `name` is that of its file, without the ending.
    """
    return next(_faults(_TABLES.get(name, {}), table, _ADDED_SINCE.get(name, ())), None)


def _faults(
    columns: Mapping[_Kind, str], table: pl.DataFrame, added: tuple[str, ...]
) -> Iterator[str]:
    for kind, names in columns.items():
        dtype = pl.Int64 if isinstance(kind, Range) else kind
        for name in names.split():
            if name not in table.columns:
                if name in added:
                    continue
                yield f"lacks the column {name}"
            elif table.schema[name] != dtype:
                yield f"has another kind of value in the column {name}"
            elif isinstance(kind, Range):
                # Of the least and the most: a mask of all rows would cost a query.
                ends = (table[name].min(), table[name].max())
                within = range(kind.units(kind.least), kind.most_units + 1)
                if any(each is not None and each not in within for each in ends):
                    yield f"holds a number in the column {name} beyond {kind.bounds}"
