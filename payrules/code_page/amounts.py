"""What one unit of a row of the schedule is paid in the office and in the hospital."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from payrules.claims.modifiers import encode
from payrules.code_page.modifier_effects import HOSPITAL, OFFICE
from payrules.fees.amounts import attach_fees
from payrules.frozen import frozen
from payrules.money import dollars_text, percentage, scaled_text
from payrules.rules.limiting_charge import LIMIT
from payrules.schedules import Release, Schedules

#: Places of service that stand for the two settings.
_PLACES = {"nonfacility": OFFICE, "facility": HOSPITAL}


@frozen
class Amount:
    """A row of the code in one setting: RVUs as text, amounts as dollars or None.

    `amount` is the fee schedule's, `paid` what is paid of it: less above imaging's hospital cap.
    """

    modifier: str
    setting: str
    qualifying_apm: bool
    work_rvu: str
    expense_rvu: str
    malpractice_rvu: str
    amount: str | None
    paid: str | None
    limiting_charge: str | None


def unit_amounts(
    rows: pl.DataFrame, schedules: Schedules, release: Release, day: date, locality: str
) -> Iterable[Amount]:
    """Price rows of the schedule in both settings, as a claim line would be.

    In the order of the rows; of each, both settings, then again for a qualifying APM's factor.
    """
    apm = {factor.qualifying_apm for factor in release.conversion_factors}
    asked = pl.DataFrame(
        [
            {
                "hcpcs_code": row["hcpcs_code"],
                "hcpcs_modifier_1": row["modifier"] or None,
                "place_of_service_code": place,
                "qualifying_apm_participant": qualifying,
            }
            for row in rows.iter_rows(named=True)
            for qualifying in sorted(apm)
            for place in _PLACES.values()
        ],
        schema_overrides={"hcpcs_modifier_1": pl.String},
    ).with_columns(
        *(pl.lit(None, dtype=pl.String).alias(f"hcpcs_modifier_{place}") for place in range(2, 6)),
        service_date=pl.lit(day),
        locality=pl.lit(locality),
    )
    lines, fees = attach_fees(encode(asked), schedules, release=release.name, others=False)
    expense = pl.when(pl.col("place_of_service_code") == _PLACES["facility"])
    # Imaging is paid no more than its hospital cap, and its patient charged for no more.
    fee = pl.col("fee_schedule_amount")
    capped_fee = pl.when(fee.is_not_null()).then(pl.min_horizontal(fee, "cap_amount"))
    words = (
        lines.select(
            "fee_row", "qualifying_apm_participant", "service_date", "place_of_service_code"
        )
        .join(fees, on="fee_row", how="left", maintain_order="left")
        .select(
            modifier="row_modifier",
            setting="setting",
            qualifying_apm="qualifying_apm_participant",
            work_rvu=scaled_text(pl.col("work_rvu"), 2),
            expense_rvu=scaled_text(
                expense.then("facility_pe_rvu").otherwise("nonfacility_pe_rvu"), 2
            ),
            malpractice_rvu=scaled_text(pl.col("malpractice_rvu"), 2),
            amount=dollars_text(fee),
            paid=dollars_text(capped_fee),
            limiting_charge=dollars_text(percentage(capped_fee, LIMIT.on())),
        )
    )
    for row in words.iter_rows(named=True):
        yield Amount(**row)
