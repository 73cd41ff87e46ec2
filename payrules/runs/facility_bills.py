"""Facilities' own bills in a batch: their lines stand in place of those that would be derived."""

from collections.abc import Iterator

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.counted import counted, one_or_more
from payrules.facility.sites import site_of
from payrules.frozen import frozen

_OF_THE_DAY = ("person_id", "service_date", "site")
_BILLED = "the facility's own bill has its lines"


@frozen
class FacilityBills:
    """Lines of facilities' own bills, with their encounters, and what these leave to derive.

    `why_none` says of each practitioner's line, as `derive` does, why it leads to no facility line;
    `notes` counts the lines that meet no encounter and are in no total.
    """

    lines: pl.DataFrame
    why_none: pl.Series
    notes: tuple[str, ...]


def billed_lines(bills: pl.DataFrame | None, derived: pl.DataFrame) -> FacilityBills:
    """Put facilities' own lines (`Batch.facility`) to the encounters of practitioners' lines.

    `derived` are practitioners' lines at facilities (`derive`), with `encounter_id`, row and
    deductible_left. A bill meets the encounter of the same person, day and site.

    Decision: where several claims of practitioners share person, day and site the bill is the first
    one's, and the others lead to no line: the facility bills the session once. A bill's charge is
    that of its line; a unit's is its part. Nothing of a bill is denied here: its units, modifiers
    and codes are taken as they stand.
    """
    why_none = derived["why_none"]
    if bills is None or not bills.height:
        return FacilityBills(derived.clear(), why_none, ())
    met = derived.group_by(_OF_THE_DAY).agg(pl.col("encounter_id", "deductible_left").first())
    at_site = bills.with_columns(site=site_of(pl.col("place_of_service_code")))
    lines = at_site.join(met, on=_OF_THE_DAY, how="left", maintain_order="left")
    alone = lines["encounter_id"].is_null()
    # Behind the practitioners' lines, so that no row is another's.
    after = derived.select(pl.col("row").max().fill_null(0) + 1).item()
    units = (pl.col("units_thousandths") + 999) // 1000
    own = (
        lines.filter(~alone)
        .with_row_index("row", after)
        .with_columns(
            facility_units=units,
            facility_modifiers=pl.concat_list(MODIFIERS).list.drop_nulls(),
            facility_charge=pl.col("charge_amount") // units,
        )
        .select(
            *("row", "encounter_id", "site", "claim_id", "claim_line_number", "person_id"),
            *("service_date", "hcpcs_code", "place_of_service_code", "deductible_left"),
            *("facility_units", "facility_modifiers", "facility_charge"),
        )
    )
    days = own.select(_OF_THE_DAY).unique().with_columns(_billed=True)
    is_billed = derived.select(_OF_THE_DAY).join(
        days, on=_OF_THE_DAY, how="left", maintain_order="left"
    )["_billed"]
    return FacilityBills(
        own,
        pl.select(pl.when(is_billed).then(pl.lit(_BILLED)).otherwise(why_none)).to_series(),
        tuple(_alone(int(alone.sum()))),
    )


def _alone(lines: int) -> Iterator[str]:
    if lines:
        verb = one_or_more(lines, "meets", "meet")
        yield (
            f"{counted(lines, 'line')} of facilities' own bills {verb} no encounter of the same"
            " person, day and site, and are in no total."
        )
