"""What a reason may quote of a cell, so that no person is named where columns have slid."""

import polars as pl

from payrules.claims import columns
from payrules.claims.checks.cells import NUMBERS

#: What is quoted of a cell, by its column. Where columns have slid, any cell may hold a person:
#: only what is written as the column's own values are, or nearly, is shown.
_NUMBER = (
    r"^[\s$(+-]{0,4}[0-9][0-9,]{0,12}(?:\.[0-9]{0,17})?(?:[eE][+-]?[0-9]{1,3})?[\s)%]{0,2}"
    r"[A-Za-z]?$"
)


#: No month and no day of one: what has it in full, with a year, is nobody's date of birth.
_NO_DAY = r"(?:00?|3[2-9]|[4-9][0-9])"
_TWO_NUMBERS = (
    rf"(?:{_NO_DAY}[\s./-]{{1,2}}[0-9]{{1,2}}|[0-9]{{1,2}}[\s./-]{{1,2}}{_NO_DAY}"
    r"|(?:1[3-9]|[2-9][0-9])[\s./-]{1,2}(?:1[3-9]|[2-9][0-9]))"
)
_DAY = rf"^(?:[0-9]{{4}}[\s./-]{{1,2}}{_TWO_NUMBERS}|{_TWO_NUMBERS}[\s./-]{{1,2}}[0-9]{{4}})$"


_CODE = r"^(?:[A-Za-z]?[0-9]{1,6}[A-Za-z]?)$"


_TWO_CHARACTERS = r"^(?:[A-Za-z0-9]{1,2}|[A-Za-z]{0,2}[0-9]{1,3}[A-Za-z]?)$"


_QUOTED = {
    **dict.fromkeys(
        ("claim_line_start_date", *columns.CARE_DATES, *columns.IF_GIVEN, columns.HISTORY_FROM),
        _DAY,
    ),
    "hcpcs_code": _CODE,
    "place_of_service_code": r"^[0-9]{1,3}[A-Za-z]?$",
    **dict.fromkeys((*columns.MODIFIERS, columns.JOINED_MODIFIERS), _TWO_CHARACTERS),
    "unit_qualifier": _TWO_CHARACTERS,
    "locality": r"^[0-9]{1,5}[\s/_-]{0,2}[0-9]{1,2}[A-Za-z]?$",
    "service_zip": r"^[0-9]{1,5}(?:-[0-9]{0,4})?$",
    **dict.fromkeys(
        (*columns.YES_OR_NO, *columns.COVERAGE_YES_OR_NO), r"^(?:[A-Za-z0-9]|[0-9]{1,3})$"
    ),
}


def quoted(name: str, cell: pl.Expr) -> pl.Expr:
    """Show a cell where it cannot hold a person; else say how long it is."""
    text = cell.cast(pl.String)
    if name in NUMBERS:
        shape = _NUMBER
    elif name in _QUOTED:
        shape = _QUOTED[name]
    else:
        return _withheld(text)
    return pl.when(text.str.contains(shape)).then(text).otherwise(_withheld(text))


def _withheld(text: pl.Expr) -> pl.Expr:
    length = text.str.len_chars()
    characters = pl.when(length == 1).then(pl.lit(" character")).otherwise(pl.lit(" characters"))
    return pl.concat_str(pl.lit("("), length, characters, pl.lit(", not shown)"))


def says(pattern: str, name: str, *cells: pl.Expr) -> pl.Expr:
    """Say something of a column's cell, and what else it names."""
    return pl.format(pattern, quoted(name, pl.col(name)), *cells)
