"""How what-ifs write numbers, dollars, counts and near names in their sentences."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from payrules.counted import counted
from payrules.money import WHOLE

_CENT = Decimal("0.01")


def scaled(value: int, share: int) -> int:
    """Multiply by a share in ten-thousandths, rounded half up."""
    product = Decimal(value) * share / WHOLE
    return int(product.to_integral_value(rounding=ROUND_HALF_UP))


def plain(ten_thousandths: int) -> str:
    """Write ten-thousandths as a number: 10500 is "1.05"."""
    return format((Decimal(ten_thousandths) / WHOLE).normalize(), "f")


def dollars(cents: int) -> str:
    """Write cents as dollars: "$310.25"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${(Decimal(abs(cents)) * _CENT):,.2f}"


def count_of_lines(lines: int) -> str:
    """Say how many lines: "1 line", "1,204 lines"."""
    return counted(lines, "line")


def some(names: Sequence[str], most: int = 12) -> str:
    """List names, or the first of many and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


#: Columns of sweeps and contracts that are headed by more than their names.
_TOLD = {
    "allowed_change": "change of allowed",
    "beyond_amount": "of it beyond allowed",
    "both_change": "on lines both price",
    "change": "change of allowed",
    "others_change": "on lines one prices",
    "priced": "lines with an amount",
    "priced_by_both": "lines both price",
    "paid_change": "change of payment",
    "patient_amount": "patient owes",
    "place_of_service_code": "place of service",
}


def heading(column: str, payers: int = 1) -> str:
    """Name a column as tables do: `medicare_amount` is what whoever pays does, Medicare or not.

    A row of several `payers` holds what they pay together.
    """
    if column == "medicare_amount":
        return "payer pays" if payers == 1 else "payers pay"
    return _TOLD.get(column) or column.removesuffix("_amount").replace("_", " ")
