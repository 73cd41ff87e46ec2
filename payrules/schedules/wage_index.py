"""The wage index of a surgical center's area on a day, or the sentence that says why none."""

from datetime import date
from decimal import Decimal

import polars as pl

from payrules.dated import in_force
from payrules.errors import UsageError
from payrules.schedules.schedules import Schedules
from payrules.within_reason import WAGE_INDEX

_GIVE = "give the wage index itself, as a number"


def wage_index(area: str, schedules: Schedules, day: date) -> Decimal:
    """Give the ASC wage index of a CBSA (five digits) or of the rural part of a state (two).

    UsageError where no file of the day's year is loaded, the area is unknown, CMS gives it none,
    or more than one and no word which is meant. Never 1.000, never another year's.
    """
    found = schedules.rows_where("asc_wage_index", pl.col("area") == area)
    of_day = None if found is None else found.filter(in_force(day))
    if of_day is None or not of_day.height:
        held = schedules.tables_in_use("asc_wage_index")
        if not any(table.published_for.year == day.year for table in held):
            raise UsageError(
                f"No ASC wage indices of {day.year} are loaded; import CMS's with: payrules "
                f"schedules import PATH, or {_GIVE}."
            )
        raise UsageError(
            f"CMS's ASC wage indices of {day.year} have no area '{area}'; it is a CBSA of five "
            f"digits, or two digits for the rural part of a state. Correct it, or {_GIVE}."
        )
    row = of_day.row(0, named=True)
    least, most = row["lowest_wage_index"], row["highest_wage_index"]
    named = f"area {area} ({row['area_name']})"
    if least is None:
        raise UsageError(f"CMS gives {named} no ASC wage index in {day.year}; {_GIVE}.")
    lowest, highest = (Decimal(each).scaleb(-WAGE_INDEX.decimals) for each in (least, most))
    if lowest != highest:
        raise UsageError(
            f"CMS's ASC wage indices of {day.year} give {named} more than one value, from "
            f"{lowest} to {highest}; {_GIVE}."
        )
    return lowest
