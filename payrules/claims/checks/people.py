"""The checks of who is concerned: identities, practitioners, and what is true of them."""

import re
from collections.abc import Mapping

import polars as pl

from payrules.claims import columns
from payrules.claims.checks.cells import cell, each_different
from payrules.claims.checks.fault import Check, Fault, missing
from payrules.claims.checks.quoting import says
from payrules.claims.checks.spreadsheet_errors import error_faults
from payrules.claims.checks.suggestions import suggestions
from payrules.claims.practitioners import BY_TAXONOMY, PHYSICIAN, TAXONOMY, TYPES

_TAXONOMY, _SPECIALTY = "rendering_taxonomy", "rendering_specialty"
_YES_AND_NO = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


def identity(name: str, schema: Mapping[str, pl.DataType]) -> Check:
    """Check who or what a line belongs to: any text but none."""
    return Check(name, pl.col(name), [missing(name), *error_faults(name, schema)])


def text(name: str, schema: Mapping[str, pl.DataType]) -> Check:
    """Check text that is kept as it came."""
    return Check(name, cell(name, schema), error_faults(name, schema))


def yes_or_no(name: str, default: bool, schema: Mapping[str, pl.DataType]) -> Check:
    """Check a column that is true or false, and `default` where it is blank."""
    if name not in schema:
        return Check(name, pl.lit(default))
    given = pl.col(name)
    if schema[name] == pl.Boolean:
        return Check(name, given.fill_null(default))
    answer = (
        given.cast(pl.String)
        .str.to_lowercase()
        .replace_strict(_YES_AND_NO, default=None, return_dtype=pl.Boolean)
    )
    wrong = given.is_not_null() & answer.is_null()
    reason = says(f"{name} {{}} is neither true nor false", name)
    return Check(name, answer.fill_null(default), [Fault(name, wrong, reason)])


def bill_type(*, taken: bool) -> Check:
    """Check whose bill a line is of; a facility's is refused where none is taken."""
    name = columns.BILL_TYPE
    given = pl.col(name).str.to_lowercase()
    unknown = ~given.is_in(columns.BILL_TYPES)
    of_facility = (given == columns.FACILITY_BILL) & pl.lit(not taken)
    reason = says(f"{name} {{}} is neither professional nor facility", name)
    refused = pl.lit(
        "the line is a facility's own bill, not a practitioner's: `payrules estimate --facility`"
        " takes it"
    )
    return Check(name, given, [Fault(name, unknown, reason), Fault(name, of_facility, refused)])


def taxonomy(schema: Mapping[str, pl.DataType]) -> Check:
    """Check the taxonomy code: its own column's, else one that stands as the specialty.

    Decision: some systems export it as the specialty. There it was no practitioner's type and met
    no rate of that specialty, in silence; CMS's own specialty codes have two characters.
    """
    specialty = cell(_SPECIALTY, schema)
    as_specialty = pl.when(specialty.str.to_uppercase().str.contains(TAXONOMY)).then(specialty)
    value = pl.coalesce(cell(_TAXONOMY, schema), as_specialty)
    return Check(_TAXONOMY, value, error_faults(_TAXONOMY, schema))


def practitioner_type(schema: Mapping[str, pl.DataType]) -> Check:
    """Check the type of practitioner: named, or told by the taxonomy code."""
    name = "practitioner_type"
    by_taxonomy: pl.Expr = pl.lit(PHYSICIAN)
    if {_TAXONOMY, _SPECIALTY} & {*schema}:
        code = taxonomy(schema).value.str.to_uppercase()
        for prefix, kind in reversed(BY_TAXONOMY.items()):
            has_prefix = code.str.starts_with(prefix)
            by_taxonomy = pl.when(has_prefix).then(pl.lit(kind)).otherwise(by_taxonomy)
    if name not in schema:
        return Check(name, by_taxonomy)
    given = pl.col(name)
    named = each_different(given, lambda text: re.sub(r"[\s-]+", "_", text.lower()))
    reason = says("practitioner type {} is unknown", name) + suggestions(given, TYPES)
    wrong = ~named.is_in(TYPES)
    return Check(name, pl.coalesce(named, by_taxonomy), [Fault(name, wrong, reason)])
