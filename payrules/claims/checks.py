"""The checks of each claim column: what a good cell means, and what to tell a biller of a bad one.

Each check gives the column's value and its faults as polars expressions. The values and one mask
"has any fault" are worked out for every row, or for every different value of a column that has few;
the reasons only for the rows that have a fault.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from payrules.claims import columns
from payrules.claims.places_of_service import VALID as VALID_PLACES
from payrules.claims.practitioners import BY_TAXONOMY, PHYSICIAN, TYPES
from payrules.errors import ClaimsError
from payrules.files.worksheets import ERROR, UNCOMPUTED
from payrules.locality import Found
from payrules.money import scaled
from payrules.nearest import either, nearest

FIRST_DAY = date(1992, 1, 1)
LAST_DAY = date(2100, 12, 31)
#: A unit is 1,000 thousandths; drugs and biologicals are billed in parts of one.
UNIT = 1_000
_UNIT_DECIMALS = 3
_MOST_UNITS = 999_999
#: First characters of the codes that may be billed in fractions of a unit.
FRACTIONAL_CODES = ("J", *(f"Q{digit}" for digit in range(2, 10)), "A9", "C9", "P9", "S0")
_MOST_CENTS = 99_999_999_999
#: Days beyond the global period count as all of it (rule split_care), so more than 90 may be given.
_MOST_DAYS = 999
_MOST_MINUTES = 7 * 24 * 60
_MOST_MODIFIERS = len(columns.MODIFIERS)
#: A column whose sample of so many rows has at most so many different values has few.
_SAMPLE, _FEW_VALUES = 10_000, 1_000
#: Nearest names are sought for so many different wrong values: more say nothing new.
_MOST_SUGGESTIONS = 200

_WRITTEN_DAY = r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})$"
_TIME_OF_DAY = (
    r"[T ]+(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
    r"(?: ?[AaPp][Mm]| ?Z| ?UTC| ?[+-][0-9]{2}:?[0-9]{2})?$"
)
_YES_AND_NO = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_LOCALITY = re.compile(r"([0-9]{1,5})[\s/_-]+([0-9]{1,2})|([0-9]{5})([0-9]{2})")

NUMBERS = frozenset(
    (
        "claim_line_number",
        "service_unit_quantity",
        "postoperative_days",
        "anesthesia_minutes",
        *columns.AMOUNTS,
    )
)


DATES = frozenset(("claim_line_start_date", *columns.CARE_DATES))
#: From here on a binary float steps over whole numbers.
EXACT_FLOATS: dict[object, int] = {pl.Float64: 2**53, pl.Float32: 2**24}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell: its column, when it is so, and the reason in a biller's words."""

    column: str
    when: pl.Expr
    reason: pl.Expr  # without "; ", which parts the reasons of a row


@dataclass(frozen=True)
class Check:
    """A column among the lines, its value, and the faults that reject a row."""

    name: str
    value: pl.Expr
    faults: Sequence[Fault] = ()


#: Gives the one locality that a text names, or else those it may mean.
FindLocality = Callable[[str], Found]


@dataclass(frozen=True)
class Places:
    """What a line's locality is checked against."""

    localities: Collection[str]
    default_locality: str | None
    zips: pl.DataFrame | None
    needed: bool
    find: "FindLocality | None" = None

    def written(self, given: str) -> str:
        """Write a locality as its key, `01112-05`, where it can be told; else as it was given."""
        written = normal_locality(given)
        if self.find is None or written in self.localities:
            return written
        return self.find(given).locality or written

    def why_none(self, given: str) -> str:
        """Say why a text is no locality's: it fits several, which are named, or none."""
        found = self.find(given) if self.find else Found(None)
        return found.ambiguity or "is in no fee schedule loaded"


def as_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column of any type as text: whole floats without ".0", NaN as null."""
    cell = pl.col(column)
    if dtype == pl.String:
        return cell
    if dtype.is_float():
        whole = cell.cast(pl.Int64, strict=False)
        return (
            pl.when(whole == cell)
            .then(whole.cast(pl.String))
            .otherwise(cell.fill_nan(None).cast(pl.String))
        )
    if dtype.is_nested() or dtype in (pl.Binary, pl.Duration, pl.Object):
        return cell.map_batches(_written_out, return_dtype=pl.String)
    return cell.cast(pl.String)


def refuse_lost_digits(frame: pl.DataFrame, matched: Mapping[str, str], name: str) -> None:
    """Refuse identifiers kept as floats whose last digits are gone: two could have become one.

    `matched` gives the headings of our columns. Amounts and counts have checks of their own.
    """
    for ours, theirs in matched.items():
        cells = frame.get_column(theirs)
        exact = EXACT_FLOATS.get(cells.dtype.base_type())
        if ours in NUMBERS or exact is None:
            continue
        if (cells.is_finite() & (cells.abs() >= exact)).any():
            digits = len(str(exact)) - 1
            raise ClaimsError(
                f"Column '{columns.shown(theirs)}' of {name} holds floating-point numbers of more"
                f" than {digits} digits, whose last digits are lost; give it as text."
            )


def trimmed(column: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column as text without surrounding blanks; null where nothing is left."""
    text = as_text(column, dtype)
    if dtype.is_numeric() or dtype == pl.Boolean:
        return text
    text = text.str.strip_chars()
    return pl.when(text != "").then(text).otherwise(None)


def prepared(name: str, theirs: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column of the file as its check reads it: typed where it fits, else trimmed text."""
    fits = (
        (name in NUMBERS and dtype.is_numeric())
        or (name in columns.YES_OR_NO and dtype == pl.Boolean)
        or (name in DATES and dtype in (pl.Date, pl.Datetime))
    )
    if not fits:
        return trimmed(theirs, dtype).alias(name)
    # Where a number is missing, other tools write NaN.
    cell = pl.col(theirs).fill_nan(None) if dtype.is_float() else pl.col(theirs)
    return cell.alias(name)


def checks(schema: Mapping[str, pl.DataType], places: Places) -> list[Check]:
    """List the checks of a claims file in the order of the lines' columns.

    `schema` holds the columns that are there, under our names: text (trimmed, blank as null), or
    dates, numbers and booleans as they were typed.
    """
    found = [
        _identity("claim_id", schema),
        _line_number(schema),
        _identity("person_id", schema),
        _service_date(schema),
        _procedure(),
        _place_of_service(),
    ]
    found += _modifiers(schema)
    found += [_units(schema), _unit_qualifier(schema)]
    found += [_amount(ours, name, schema) for ours, name in columns.AMOUNTS.items()]
    found += [_locality(schema, places), _practitioner_type(schema)]
    found += [_text(name, schema) for name in columns.TEXTS]
    found += [_yes_or_no(name, default, schema) for name, default in columns.YES_OR_NO.items()]
    found += [
        _count("postoperative_days", _MOST_DAYS, schema),
        *_care_dates(schema),
        _count("anesthesia_minutes", _MOST_MINUTES, schema),
    ]
    found += [_text(name, schema) for name in schema if columns.is_diagnosis(name)]
    return found


def spreadsheet_error(cell: pl.Expr) -> pl.Expr:
    """Tell whether text is a spreadsheet's error, or stands for a formula never computed."""

    def errors(cells: pl.Series) -> pl.Series:
        # Hardly a column has one; to match every cell would take a tenth of the intake's time.
        may_be = cells.str.starts_with("#") | cells.str.starts_with("Err:")
        return may_be & cells.str.contains(ERROR) if may_be.any() else may_be

    return cell.map_batches(errors, return_dtype=pl.Boolean, is_elementwise=True)


def said_of_error(name: str) -> pl.Expr:
    """Say what a cell of this column holds instead of a value."""
    cell = pl.col(name)
    return (
        pl.when(cell == UNCOMPUTED)
        .then(
            pl.lit(
                f"{name} is a formula that was never computed: open the workbook in a spreadsheet"
                " and save it"
            )
        )
        .otherwise(pl.format(f"{name} holds a spreadsheet's error, {{}}, and no value", cell))
    )


def reasons(found: Sequence[Check], schema: Mapping[str, pl.DataType]) -> list[Fault]:
    """List the faults of rows that have one: of a cell that is an error, that it is one."""
    faults: list[Fault] = []
    errors: set[str] = set()
    for fault in (fault for check in found for fault in check.faults):
        name = fault.column
        if schema.get(name) != pl.String:
            faults.append(fault)
            continue
        error = spreadsheet_error(pl.col(name)).fill_null(value=False)
        if name not in errors:
            errors.add(name)
            faults.append(Fault(name, error, said_of_error(name)))
        faults.append(Fault(name, fault.when & ~error, fault.reason))
    return faults


def normal_locality(given: str) -> str:
    """Write a locality as `01112-05`, from forms such as "1112-5", "0111205" or "01112/05"."""
    if given.lower() == "national":
        return "national"
    written = _LOCALITY.fullmatch(given)
    if written is None:
        return given
    contractor, locality, joined_contractor, joined_locality = written.groups()
    return f"{contractor or joined_contractor:0>5}-{locality or joined_locality:0>2}"


def any_fault(found: Sequence[Check]) -> pl.Expr:
    """Tell whether a row has any fault."""
    masks = [fault.when for check in found for fault in check.faults]
    return pl.any_horizontal(pl.lit(value=False), *masks).fill_null(False)


def few_values(cells: pl.Series) -> pl.Series | None:
    """Give the different values of a text column, unless a sample of the rows shows many."""
    if cells.dtype != pl.String:
        return None
    sample = cells.gather_every(max(len(cells) // _SAMPLE, 1))
    return cells.unique() if sample.n_unique() <= _FEW_VALUES else None


def by_value(
    check: Check, cells: pl.Series, different: pl.Series
) -> tuple[pl.Series, pl.Series | None]:
    """Judge a text column once for each `different` value, however many rows have it.

    Gives its values among the lines and which of them have a fault, None where none has: what the
    check's expressions give row by row.
    """
    (ours,) = read_by(check)
    verdicts = (
        different.alias(ours)
        .to_frame()
        .select(trimmed(ours, pl.String()))
        .select(check.value.alias("value"), any_fault([check]).alias("faulty"))
    )
    value = verdicts["value"]
    if cells.is_empty():
        among_lines = value
    elif value.dtype == pl.String and value.equals(different.alias("value")):
        among_lines = cells
    else:
        among_lines = cells.replace_strict(different, value, return_dtype=value.dtype)
    bad = different.filter(verdicts["faulty"])
    faulty = cells.is_in(bad.implode(), nulls_equal=True) if len(bad) else None
    return among_lines.alias(check.name), faulty


def read_by(check: Check) -> set[str]:
    """Name the columns, as they were prepared, that a check reads."""
    read = (check.value, *(fault.when for fault in check.faults))
    return {name for each in read for name in each.meta.root_names()}


def _cell(name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    return pl.col(name) if name in schema else pl.lit(None, dtype=pl.String)


#: What is quoted of a cell, by its column. Where columns have slid, any cell may hold a person:
#: only what is written as the column's own values are, or nearly, is shown.
_NUMBER = (
    r"^[\s$(+-]{0,4}[0-9][0-9,]{0,12}(?:\.[0-9]{0,17})?(?:[eE][+-]?[0-9]{1,3})?[\s)%]{0,2}"
    r"[A-Za-z]?$"
)
_DAY = (
    r"^\+?(?:[0-9]{4}|[0-9]{1,2})[\s./-]{1,2}[0-9]{1,2}[\s./-]{1,2}(?:[0-9]{4}|[0-9]{1,2})"
    r"(?:[T ][0-9:.+ZAPMapm-]{1,20})?$"
    r"|^[0-9]{5,8}(?:\.[0-9]{1,3})?$"
)
_CODE = r"^(?:[A-Za-z]?[0-9]{1,6}[A-Za-z]?)$"
_TWO_CHARACTERS = r"^(?:[A-Za-z0-9]{1,2}|[A-Za-z]{0,2}[0-9]{1,3}[A-Za-z]?)$"
_QUOTED = {
    **dict.fromkeys(("claim_line_start_date", *columns.CARE_DATES), _DAY),
    "hcpcs_code": _CODE,
    "place_of_service_code": r"^[0-9]{1,3}[A-Za-z]?$",
    **dict.fromkeys((*columns.MODIFIERS, columns.JOINED_MODIFIERS), _TWO_CHARACTERS),
    "unit_qualifier": _TWO_CHARACTERS,
    "locality": r"^[0-9]{1,5}[\s/_-]{0,2}[0-9]{1,2}[A-Za-z]?$",
    "service_zip": r"^[0-9]{1,5}(?:-[0-9]{0,4})?$",
    **dict.fromkeys(columns.YES_OR_NO, r"^(?:[A-Za-z0-9]|[0-9]{1,3})$"),
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


def _says(pattern: str, name: str, *cells: pl.Expr) -> pl.Expr:
    """Say something of a column's cell, and what else it names."""
    return pl.format(pattern, quoted(name, pl.col(name)), *cells)


def _missing(name: str) -> Fault:
    return Fault(name, pl.col(name).is_null(), pl.lit(f"{name} is missing"))


def _error(name: str, schema: Mapping[str, pl.DataType]) -> list[Fault]:
    """Find errors in a column where any text would pass."""
    if schema.get(name) != pl.String:
        return []
    return [Fault(name, spreadsheet_error(pl.col(name)), said_of_error(name))]


def _identity(name: str, schema: Mapping[str, pl.DataType]) -> Check:
    return Check(name, pl.col(name), [_missing(name), *_error(name, schema)])


def _text(name: str, schema: Mapping[str, pl.DataType]) -> Check:
    return Check(name, _cell(name, schema), _error(name, schema))


def _line_number(schema: Mapping[str, pl.DataType]) -> Check:
    name = "claim_line_number"
    given, number = pl.col(name), scaled(pl.col(name), schema[name], 0)
    wrong = given.is_not_null() & (number.is_null() | (number < 1))
    reason = _says("claim line number {} is not a whole number from 1", name)
    return Check(name, number, [_missing(name), Fault(name, wrong, reason)])


def read_day(text: pl.Expr) -> pl.Expr:
    """Read a day written as 2025-12-31 or 12/31/2025, and in no way else; null where it is not."""
    # The parser also takes signs, and blanks before a number.
    written = pl.when(text.str.contains(_WRITTEN_DAY)).then(text)
    return pl.coalesce(
        written.str.to_date("%Y-%m-%d", strict=False),
        written.str.to_date("%m/%d/%Y", strict=False),
    )


def _date(name: str, said: str, schema: Mapping[str, pl.DataType]) -> tuple[pl.Expr, list[Fault]]:
    """Give the day in a column, and its faults in which the column is `said`."""
    given, dtype = pl.col(name), schema[name]
    if dtype == pl.Date:
        day = given
    elif isinstance(dtype, pl.Datetime):
        day = given.dt.date()
    else:
        day = read_day(given.cast(pl.String).str.replace(_TIME_OF_DAY, ""))
    unreadable = Fault(
        name,
        given.is_not_null() & day.is_null(),
        _says(f"{said} {{}} is not a date as 2025-12-31 or 12/31/2025", name),
    )
    out_of_time = Fault(
        name,
        ~day.is_between(FIRST_DAY, LAST_DAY),
        pl.format(
            f"{said} {{}} is not between {FIRST_DAY.year} and {LAST_DAY.year}",
            day.dt.to_string("iso"),
        ),
    )
    return day, [unreadable, out_of_time]


def _service_date(schema: Mapping[str, pl.DataType]) -> Check:
    name = "claim_line_start_date"
    day, faults = _date(name, "date of service", schema)
    return Check("service_date", day, [_missing(name), *faults])


def _care_dates(schema: Mapping[str, pl.DataType]) -> list[Check]:
    """Check the dates of care after surgery; it cannot end before it begins."""
    found = []
    days = {}
    for name in columns.CARE_DATES:
        if name not in schema:
            found.append(Check(name, pl.lit(None, dtype=pl.Date)))
            continue
        days[name], faults = _date(name, name, schema)
        if len(days) == len(columns.CARE_DATES):
            begins, ends = days.values()
            reason = pl.format(f"{name} {{}} is before care_assumed_date", ends.dt.to_string("iso"))
            faults.append(Fault(name, ends < begins, reason))
        found.append(Check(name, days[name], faults))
    return found


def _procedure() -> Check:
    name = "hcpcs_code"
    given = pl.col(name)
    digits_lost = given.str.contains("^[0-9]{2,4}$")
    reason = (
        pl.when(digits_lost)
        .then(
            _says(
                "HCPCS code {} is too short: a spreadsheet may have dropped leading zeros ({})",
                name,
                given.str.zfill(5),
            )
        )
        .otherwise(_says("HCPCS code {} is not five letters and digits", name))
    )
    # Every code has a digit; five letters are a name.
    wrong = ~(given.str.contains("^[A-Za-z0-9]{5}$") & given.str.contains("[0-9]"))
    return Check(name, given.str.to_uppercase(), [_missing(name), Fault(name, wrong, reason)])


def _place_of_service() -> Check:
    name = "place_of_service_code"
    given = pl.col(name)
    # Spreadsheets drop the zero of 02.
    place = pl.when(given.str.len_bytes() == 1).then(given.str.zfill(2)).otherwise(given)
    reason = _says("place of service {} is not a code CMS lists", name)
    return Check(
        name, place, [_missing(name), Fault(name, ~place.is_in(sorted(VALID_PLACES)), reason)]
    )


def _modifiers(schema: Mapping[str, pl.DataType]) -> list[Check]:
    numbered = {name: _cell(name, schema) for name in columns.MODIFIERS}
    found = []
    if columns.JOINED_MODIFIERS not in schema:
        for name, given in numbered.items():
            found.append(Check(name, given.str.to_uppercase(), _not_a_modifier(name, given)))
        return found
    joined = columns.JOINED_MODIFIERS
    parts = pl.col(joined).str.replace_all(r"[\s,:;]+", " ").str.strip_chars().str.split(" ")
    in_numbered = pl.any_horizontal(
        pl.lit(False), *(pl.col(name).is_not_null() for name in columns.MODIFIERS if name in schema)
    )
    for place, (name, given) in enumerate(numbered.items()):
        part = parts.list.get(place, null_on_oob=True)
        part = pl.when(~in_numbered & (part != "")).then(part)
        faults = [*_not_a_modifier(name, given), *_not_a_modifier(joined, part)]
        if place == 0:
            too_many = ~in_numbered & (parts.list.len() > _MOST_MODIFIERS)
            reason = f"a line has at most {_MOST_MODIFIERS} modifiers, not {{}}"
            faults.append(Fault(joined, too_many, pl.format(reason, parts.list.len())))
        found.append(Check(name, pl.coalesce(given, part).str.to_uppercase(), faults))
    return found


def _not_a_modifier(name: str, given: pl.Expr) -> list[Fault]:
    wrong = ~given.str.contains("^[A-Za-z0-9]{2}$")
    shown = quoted(name, given)
    return [Fault(name, wrong, pl.format("modifier {} is not two letters or digits", shown))]


def _units(schema: Mapping[str, pl.DataType]) -> Check:
    name = "service_unit_quantity"
    if name not in schema:
        return Check("units_thousandths", pl.lit(UNIT, dtype=pl.Int64))
    given = pl.col(name)
    units = scaled(given, schema[name], _UNIT_DECIMALS)
    code = pl.col("hcpcs_code").str.slice(0, 2).str.to_uppercase()
    a_drug = code.is_in([start for start in FRACTIONAL_CODES if len(start) == 2])
    a_drug |= code.str.starts_with("J")
    whole = (units % UNIT) == 0
    faults = [
        Fault(
            name,
            given.is_not_null() & units.is_null(),
            _says(f"units {{}} is not a number of at most {_UNIT_DECIMALS} decimals", name),
        ),
        Fault(name, units <= 0, _says("units must be more than 0, not {}", name)),
        Fault(
            name,
            units > _MOST_UNITS * UNIT,
            _says(f"units {{}} is more than {_MOST_UNITS:,}", name),
        ),
        Fault(
            name,
            (units > 0) & ~whole & ~a_drug,
            _says("units {} must be whole: only drugs and biologicals have fractions", name),
        ),
    ]
    return Check("units_thousandths", units.fill_null(UNIT), faults)


def _unit_qualifier(schema: Mapping[str, pl.DataType]) -> Check:
    name = "unit_qualifier"
    given = _cell(name, schema)
    wrong = ~given.str.contains("^[A-Za-z0-9]{2}$")
    reason = pl.format(
        "unit qualifier {} is not two letters or digits, such as MJ (minutes) or UN (units)",
        quoted(name, given),
    )
    return Check(name, given.str.to_uppercase(), [Fault(name, wrong, reason)])


def _amount(ours: str, name: str, schema: Mapping[str, pl.DataType]) -> Check:
    default = 0 if ours == "deductible_remaining" else None
    if ours not in schema:
        return Check(name, pl.lit(default, dtype=pl.Int64))
    given = pl.col(ours)
    cents = scaled(given, schema[ours], 2)
    faults = [
        Fault(
            ours,
            given.is_not_null() & cents.is_null(),
            _says(f"{ours} {{}} is not an amount in dollars and cents", ours),
        ),
        Fault(ours, cents < 0, _says(f"{ours} {{}} is negative", ours)),
        Fault(
            ours,
            cents > _MOST_CENTS,
            _says(f"{ours} {{}} is more than {_MOST_CENTS // 100:,} dollars", ours),
        ),
    ]
    return Check(name, cents if default is None else cents.fill_null(default), faults)


def _count(name: str, most: int, schema: Mapping[str, pl.DataType]) -> Check:
    if name not in schema:
        return Check(name, pl.lit(None, dtype=pl.Int64))
    given = pl.col(name)
    number = scaled(given, schema[name], 0)
    wrong = given.is_not_null() & (number.is_null() | ~number.is_between(0, most))
    reason = _says(f"{name} {{}} is not a whole number from 0 to {most:,}", name)
    return Check(name, number, [Fault(name, wrong, reason)])


def _yes_or_no(name: str, default: bool, schema: Mapping[str, pl.DataType]) -> Check:
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
    reason = _says(f"{name} {{}} is neither true nor false", name)
    return Check(name, answer.fill_null(default), [Fault(name, wrong, reason)])


def _practitioner_type(schema: Mapping[str, pl.DataType]) -> Check:
    name = "practitioner_type"
    by_taxonomy: pl.Expr = pl.lit(PHYSICIAN)
    if "rendering_taxonomy" in schema:
        code = pl.col("rendering_taxonomy").str.to_uppercase()
        for prefix, kind in reversed(BY_TAXONOMY.items()):
            has_prefix = code.str.starts_with(prefix)
            by_taxonomy = pl.when(has_prefix).then(pl.lit(kind)).otherwise(by_taxonomy)
    if name not in schema:
        return Check(name, by_taxonomy)
    given = pl.col(name)
    named = _each_different(given, lambda text: re.sub(r"[\s-]+", "_", text.lower()))
    reason = _says("practitioner type {} is unknown", name) + _suggestions(given, TYPES)
    wrong = ~named.is_in(TYPES)
    return Check(name, pl.coalesce(named, by_taxonomy), [Fault(name, wrong, reason)])


def _locality(schema: Mapping[str, pl.DataType], places: Places) -> Check:
    name = "locality"
    locality = _each_different(pl.col(name), places.written) if name in schema else None
    faults = _error(name, schema)
    if locality is not None and places.needed:
        wrong = ~locality.is_in(list(places.localities))
        reason = _says("locality {} ", name)
        reason += _each_different(pl.col(name), places.why_none)
        reason += _perhaps(pl.col(name), partial(near_localities, places))
        faults.append(Fault(name, wrong, reason))
    blank = pl.lit(True) if locality is None else locality.is_null()
    value = pl.lit(None, dtype=pl.String) if locality is None else locality
    # Without a ZIP table a locality given for the whole batch serves; it was chosen, not guessed.
    if "service_zip" in schema and (places.zips is not None or not places.default_locality):
        given = pl.col("service_zip")
        faults += _zip_faults(blank & given.is_not_null(), places) if places.needed else []
        if places.zips is not None:
            value = pl.coalesce(value, pl.col("_zip_locality"))
        blank &= given.is_null()
    if places.default_locality is not None:
        value = pl.when(blank).then(pl.lit(places.default_locality)).otherwise(value)
    elif places.needed:
        reason = pl.lit("no locality: give one, such as 01112-05, or `national`")
        faults.append(Fault(name, blank, reason))
    return Check(name, value, faults)


def _zip_faults(sought: pl.Expr, places: Places) -> list[Fault]:
    name = "service_zip"
    if places.zips is None:
        reason = pl.lit("no ZIP table is loaded: give locality or import CMS's ZIP5 file")
        return [Fault(name, sought, reason)]
    unknown = sought & pl.col("_zip_locality").is_null() & pl.col("_plus_four_needed").is_null()
    ambiguous = sought & pl.col("_plus_four_needed")
    among = pl.col("_zip_candidates").fill_null("")
    elsewhere = ~pl.col("_zip_locality").is_in(list(places.localities))
    return [
        Fault(name, unknown, _says("ZIP code {} is not in CMS's ZIP table: give locality", name)),
        Fault(
            name,
            ambiguous,
            _says(
                "ZIP code {} lies in more than one locality and only ZIP+4 can tell: give locality",
                name,
            )
            + among,
        ),
        Fault(
            name,
            sought & ~pl.col("_plus_four_needed") & elsewhere,
            _says(
                "ZIP code {} is in locality {}, which is in no fee schedule loaded",
                name,
                pl.col("_zip_locality"),
            ),
        ),
    ]


def with_zip_locality(frame: pl.LazyFrame, zips: pl.DataFrame) -> pl.LazyFrame:
    """Add `_zip_locality` and `_plus_four_needed` by the digits of `service_zip`.

    Where the table has `plus_four` (CMS's ZIP9), the four further digits are looked up first;
    `_zip_candidates` names the localities of a ZIP code that needs them.
    """
    digits = pl.col("service_zip").str.replace(r"-?[0-9]{4}$", "")
    given = pl.col("service_zip")
    # "02134" and "021341234" lose their zero in a spreadsheet, but never a digit after it.
    five = (
        pl.when(given.str.contains(r"^[0-9]{3,5}$"))
        .then(given.str.zfill(5))
        .when(given.str.contains(r"^[0-9]{3,5}-?[0-9]{4}$"))
        .then(digits.str.zfill(5))
    )
    further = pl.col("plus_four") if "plus_four" in zips.columns else pl.lit(None, dtype=pl.String)
    table = zips.lazy().select(
        _zip="zip",
        _plus_four=further,
        _zip_locality="locality",
        _plus_four_needed="plus_four_needed",
    )
    of_further = table.filter(pl.col("_plus_four").is_not_null())
    candidates = of_further.group_by("_zip").agg(
        _zip_candidates=pl.lit(" (")
        + pl.col("_zip_locality").unique().sort().str.join(" or ")
        + pl.lit(")")
    )
    return (
        frame.with_columns(_zip=five, _plus_four=given.str.extract(r"^[0-9]{3,5}-?([0-9]{4})$"))
        .join(
            table.filter(pl.col("_plus_four").is_null()).unique("_zip").drop("_plus_four"),
            on="_zip",
            how="left",
            maintain_order="left",
        )
        .join(candidates, on="_zip", how="left", maintain_order="left")
        .join(
            of_further.unique(["_zip", "_plus_four"]),
            on=["_zip", "_plus_four"],
            how="left",
            maintain_order="left",
            suffix="_told",
        )
        .with_columns(
            pl.coalesce("_zip_locality_told", "_zip_locality").alias("_zip_locality"),
            pl.coalesce("_plus_four_needed_told", "_plus_four_needed").alias("_plus_four_needed"),
        )
    )


def _each_different(given: pl.Expr, write: Callable[[str], str]) -> pl.Expr:
    """Rewrite a column that has few different values."""

    def rewritten(cells: pl.Series) -> pl.Series:
        different = {text: write(text) for text in cells.drop_nulls().unique().to_list()}
        return cells.replace_strict(different, default=None, return_dtype=pl.String)

    return given.map_batches(rewritten, return_dtype=pl.String)


def _suggestions(given: pl.Expr, names: Collection[str]) -> pl.Expr:
    """Say which names look like each wrong value: " (perhaps 'a', 'b')"."""
    return _perhaps(given, lambda text: "" if text in names else either(nearest(text, names)))


def near_localities(places: Places, given: str) -> str:
    """Name the localities that a wrong one may stand for; "" where none does, or it fits some."""
    found = places.find(given) if places.find else Found(None)
    if found.fits or places.written(given) in places.localities:
        return ""
    return ", ".join(found.candidates) or either(nearest(given, sorted(places.localities)))


def _perhaps(given: pl.Expr, near: Callable[[str], str]) -> pl.Expr:
    def suggested(cells: pl.Series) -> pl.Series:
        different = cells.drop_nulls().unique(maintain_order=True).to_list()
        found = [(text, near(text)) for text in different[:_MOST_SUGGESTIONS]]
        said = {text: f" (perhaps {names})" for text, names in found if names}
        return cells.replace_strict(said, default="", return_dtype=pl.String)

    return given.map_batches(suggested, return_dtype=pl.String)


def _written_out(cells: pl.Series) -> pl.Series:
    return pl.Series(
        cells.name, [None if cell is None else str(cell) for cell in cells.to_list()], pl.String
    )
