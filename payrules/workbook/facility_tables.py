"""The facility's side as sheets show it: encounters, facility lines, their steps, what is open."""

import polars as pl

from payrules.facility.sites import SITE_WORDS
from payrules.runs.facility_side import ENCOUNTERS, FacilitySide, in_dollars


def encounters_shown(side: FacilitySide) -> pl.DataFrame:
    """Give the encounters, amounts in dollars, and in words what of each is open."""
    told = side.encounters.with_columns(
        pl.col("site").replace(SITE_WORDS), pl.col("why").list.join("; ").replace("", None)
    )
    return in_dollars(_dated(told.select(*ENCOUNTERS)))


def lines_shown(side: FacilitySide) -> pl.DataFrame:
    """Give the facility's lines, amounts in dollars."""
    told = side.lines.drop("row").with_columns(
        pl.col("site").replace(SITE_WORDS), pl.col("modifiers").list.join(" ").replace("", None)
    )
    return in_dollars(_dated(told))


def steps_shown(side: FacilitySide) -> pl.DataFrame:
    """Give the steps of the facility's lines, with the claim and line that each is of."""
    of_line = side.lines.select(
        *("row", "encounter_id", "site", "claim_id", "claim_line_number", "facility_code")
    ).with_columns(pl.col("site").replace(SITE_WORDS))
    told = of_line.join(side.steps, on="row", maintain_order="left_right").drop("row")
    return in_dollars(told)


def without_shown(side: FacilitySide) -> pl.DataFrame:
    """Give the practitioners' lines at a facility that lead to no facility line, and why."""
    return side.without.drop("row").with_columns(pl.col("site").replace(SITE_WORDS))


def _dated(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({"service_date": "claim_line_start_date"})
