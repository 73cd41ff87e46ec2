"""The checks of numbers: line numbers, units, amounts in dollars and cents, counts."""

from collections.abc import Mapping

import polars as pl

from payrules.claims.checks.fault import Check, Fault, missing
from payrules.claims.checks.quoting import says
from payrules.claims.columns import AMOUNTS
from payrules.claims.columns_file import FileForm
from payrules.money import scaled

#: A unit is 1,000 thousandths; drugs and biologicals are billed in parts of one.
UNIT = 1_000
_UNIT_DECIMALS = 3
_MOST_UNITS = 999_999
#: Codes of drugs and biologicals: immune globulins, contrast and tracers, blood, antibodies, skin
#: substitutes, and the drugs of the letters C, J, Q and S. No vaccine, cast or site fee is one.
_OF_DRUGS = (
    r"^(?i:J|C9|S0|P9|A9[4-7]|90(?:2[89]|3\d)"
    r"|Q(?:0(?:1[3-9]|2)|2|4(?:07[4-9]|0[89]|[1-3])|5|9))"
)
_MOST_CENTS = 99_999_999_999
#: Days beyond the global period count as all of it (rule split_care), so more than 90 may be given.
MOST_DAYS = 999
MOST_MINUTES = 7 * 24 * 60
#: Of a MIPS adjustment, hundredths of a percent: the worst since 2022, and more than the best.
LEAST_MIPS, MOST_MIPS = -900, 2_000
_IF_A_CREDIT = {
    "charge_amount": ", and it takes back no one line of the batch: a credit has the claim, person,"
    " date, code, modifiers and charge of its line"
}
#: A number with a decimal comma, its thousands parted by points or blanks: 1.200,00.
_WITH_COMMA = r"^[($+-]*\s*(?:[0-9]{1,3}(?:[.\s][0-9]{3})+|[0-9]+)(?:,[0-9]*)?\)?$"
#: What may have decimals, written with a comma where the file's texts are.
WITH_DECIMALS = frozenset((*AMOUNTS, "service_unit_quantity", "mips_adjustment_percent"))
#: 185,00 and 1.200,00: a comma before one or two digits is no thousands comma.
DECIMAL_COMMA = r"^[\s$(+-]*(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]{1,2}\s*\)?\s*$"

#: 1,234: three decimals are no cents, and may have been thousands parted by a point.
_THREE_DECIMALS = r"^\s*-?[0-9]{1,3},[0-9]{3}\s*$"


def written(given: pl.Expr, dtype: pl.DataType, form: FileForm) -> pl.Expr:
    """Give a number's text with a decimal point; null where it is not written as the file's are."""
    if form.decimal != "," or dtype != pl.String:
        return given
    as_told = pl.when(given.str.contains(_WITH_COMMA)).then(given)
    return as_told.str.replace_all(r"[.\s]", "").str.replace(",", ".", literal=True)


def is_negative(given: pl.Expr, dtype: pl.DataType, form: FileForm) -> pl.Expr:
    """Tell whether an amount, or units, as the file writes them are below 0."""
    return scaled(written(given, dtype, form), dtype, _UNIT_DECIMALS) < 0


def line_number(schema: Mapping[str, pl.DataType]) -> Check:
    """Check the number of the line in its claim."""
    name = "claim_line_number"
    given, number = pl.col(name), scaled(pl.col(name), schema[name], 0)
    wrong = given.is_not_null() & (number.is_null() | (number < 1))
    reason = says("claim line number {} is not a whole number from 1", name)
    return Check(name, number, [missing(name), Fault(name, wrong, reason)])


def may_be_fractions() -> pl.Expr:
    """Tell the codes that may be billed in fractions of a unit (CMS Pub. 100-04, ch. 17)."""
    return pl.col("hcpcs_code").str.contains(_OF_DRUGS)


def units_of_service(schema: Mapping[str, pl.DataType], form: FileForm) -> Check:
    """Check the units of service, in thousandths; 1 where none are given."""
    name = "service_unit_quantity"
    if name not in schema:
        return Check("units_thousandths", pl.lit(UNIT, dtype=pl.Int64))
    given = pl.col(name)
    units = scaled(written(given, schema[name], form), schema[name], _UNIT_DECIMALS)
    whole = (units % UNIT) == 0
    faults = [
        Fault(
            name,
            given.is_not_null() & units.is_null(),
            says(f"units {{}} is not a number of at most {_UNIT_DECIMALS} decimals", name)
            + _if_decimal_comma(given, form),
        ),
        Fault(name, units <= 0, says("units must be more than 0, not {}", name)),
        Fault(
            name,
            units > _MOST_UNITS * UNIT,
            says(f"units {{}} is more than {_MOST_UNITS:,}", name),
        ),
        Fault(
            name,
            (units > 0) & ~whole & ~may_be_fractions(),
            says("units {} must be whole: only drugs and biologicals have fractions", name),
        ),
    ]
    # Units that are whole are so of any code, and most files have no others.
    alone = [*faults[:-1], Fault(name, ~whole, pl.lit(""))]
    value = units.fill_null(UNIT)
    if schema[name].is_integer():
        return Check("units_thousandths", value, faults[:-1])
    return Check("units_thousandths", value, faults, Check("units_thousandths", value, alone))


def amount(ours: str, name: str, schema: Mapping[str, pl.DataType], form: FileForm) -> Check:
    """Check an amount in dollars and cents: `ours` in the file, `name` among the lines."""
    default = 0 if ours == "deductible_remaining" else None
    if ours not in schema:
        return Check(name, pl.lit(default, dtype=pl.Int64))
    given = pl.col(ours)
    cents = scaled(written(given, schema[ours], form), schema[ours], 2)
    faults = [
        Fault(
            ours,
            given.is_not_null() & cents.is_null(),
            says(f"{ours} {{}} is not an amount in dollars and cents", ours)
            + _if_decimal_comma(given, form)
            + _if_thousands(given, form),
        ),
        Fault(ours, cents < 0, says(f"{ours} {{}} is negative{_IF_A_CREDIT.get(ours, '')}", ours)),
        Fault(
            ours,
            cents > _MOST_CENTS,
            says(f"{ours} {{}} is more than {_MOST_CENTS // 100:,} dollars", ours),
        ),
    ]
    return Check(name, cents if default is None else cents.fill_null(default), faults)


def _if_decimal_comma(given: pl.Expr, form: FileForm) -> pl.Expr:
    """Say of a number such as 1.200,00 how it could be read."""
    if form.decimal is not None:
        return pl.lit("")
    said = ': if its comma is a decimal one, say so in a columns file, [file] decimal = ","'
    text = given.cast(pl.String)
    return pl.when(text.str.contains(DECIMAL_COMMA)).then(pl.lit(said)).otherwise(pl.lit(""))


def _if_thousands(given: pl.Expr, form: FileForm) -> pl.Expr:
    """Say of an amount such as 1,234 in a file with decimal commas how it may have come."""
    if form.decimal != ",":
        return pl.lit("")
    said = (
        ": a spreadsheet that writes decimal points may have made it of thousands (1.234 of"
        " 1234); if so, write 1234"
    )
    has_three = given.cast(pl.String).str.contains(_THREE_DECIMALS)
    return pl.when(has_three).then(pl.lit(said)).otherwise(pl.lit(""))


def count(name: str, most: int, schema: Mapping[str, pl.DataType]) -> Check:
    """Check a whole number from 0 to `most`."""
    if name not in schema:
        return Check(name, pl.lit(None, dtype=pl.Int64))
    given = pl.col(name)
    number = scaled(given, schema[name], 0)
    wrong = given.is_not_null() & (number.is_null() | ~number.is_between(0, most))
    reason = says(f"{name} {{}} is not a whole number from 0 to {most:,}", name)
    return Check(name, number, [Fault(name, wrong, reason)])


def mips_percent(schema: Mapping[str, pl.DataType], form: FileForm) -> Check:
    """Check a MIPS adjustment: a signed percentage, in hundredths of a percent."""
    name = "mips_adjustment_percent"
    if name not in schema:
        return Check(name, pl.lit(None, dtype=pl.Int64))
    given = pl.col(name)
    percent = scaled(written(given, schema[name], form), schema[name], 2)
    within = percent.is_between(LEAST_MIPS, MOST_MIPS)
    wrong = given.is_not_null() & (percent.is_null() | ~within)
    reason = says(f"{name} {{}} is not a percentage from -9.00 to 20.00", name)
    reason += _if_decimal_comma(given, form)
    return Check(name, percent, [Fault(name, wrong, reason)])
