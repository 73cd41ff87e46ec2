"""The facility's side of priced lines: its lines derived, priced and explained, and what is open.

An encounter is what one claim bills of a person's day at one site, or what has one `encounter_id`.
The practitioners' lines stay as they are.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import polars as pl

from payrules.claims import Batch
from payrules.claims.columns import MODIFIERS
from payrules.claims.rejects import rejected_claims
from payrules.counted import counted
from payrules.facility.deriving import derive
from payrules.facility.sites import ASC, ENCOUNTER_ID, HOSPITAL, site_of
from payrules.facility.trail import facility_steps
from payrules.facility.wage import WageIndices
from payrules.frozen import frozen
from payrules.money import adding_up, as_dollars, less, total
from payrules.runs.facility_bills import billed_lines
from payrules.runs.facility_prices import price_facility
from payrules.runs.setup import Setup
from payrules.schedules import Schedules

#: What an encounter comes to, null where a part of it is not settled.
BOTH_SIDES = (
    *("professional_amount", "facility_amount", "total_amount"),
    *("medicare_amount", "patient_amount"),
)
#: What is said of an encounter.
ENCOUNTERS = (
    *("encounter_id", "claim_id", "service_date", "site", "lines"),
    *(*BOTH_SIDES, "why"),
)
_PAID = ("medicare_amount", "patient_amount")
_CENTS = ("before", "after")
_BY_REPORT = "by_report"
_REJECTED = "a row of this claim was rejected"


@frozen
class FacilitySide:
    """What facilities are paid beside priced lines; amounts in cents, null where not settled.

    `encounters`: a row each (`ENCOUNTERS`), encounter_id being its number and why what is open.
    `lines` are the facility's (`FACILITY_LINES`), `row` being the line each comes from; `steps`
    their trail. `without`: the practitioners' lines at a facility that lead to none, and why.
    `notes`: what is said of the rates, `of_batch` of the batch; `quarters`: of which site and
    quarter rates were taken.
    """

    encounters: pl.DataFrame
    lines: pl.DataFrame
    steps: pl.DataFrame
    without: pl.DataFrame
    notes: tuple[str, ...]
    of_batch: tuple[str, ...]
    quarters: frozenset[tuple[str, date]]

    @property
    def told(self) -> pl.DataFrame:
        """The facility's lines as a file has them: amounts in dollars, modifiers as text."""
        lines = self.lines.drop("row").with_columns(pl.col("modifiers").list.join(" "))
        return in_dollars(lines.rename({"service_date": "claim_line_start_date"}))


def facility_side(lines: pl.DataFrame, batch: Batch, setup: Setup) -> FacilitySide:
    """Derive and price the facility's lines of a batch's priced lines (`Priced.lines`, cents).

    Raises UsageError where an area that was given has no wage index on a day, or several.
    """
    return side_of(encountered(lines, batch, setup.schedules), batch, setup)


def side_of(told: pl.DataFrame, batch: Batch, setup: Setup) -> FacilitySide:
    """Price the facility's side of lines whose encounters are numbered (`encountered`)."""
    wages = setup.facility or WageIndices()
    told = told.with_columns(
        deductible_left=_deductible_left(), facility_charge=pl.lit(None, dtype=pl.Int64)
    )
    derived = derive(told.filter(pl.col("site").is_in([ASC, HOSPITAL])))
    bills = billed_lines(batch.facility, derived)
    derived = derived.with_columns(why_none=bills.why_none)
    leads = pl.col("why_none").is_null()
    billed = pl.concat([derived.filter(leads), bills.lines], how="diagonal_relaxed")
    prices = price_facility(billed, setup.schedules, wages)
    without = derived.filter(~leads).select(
        *("row", "encounter_id", "site", "claim_id", "claim_line_number", "hcpcs_code"),
        *("why_none", "is_open"),
    )
    return FacilitySide(
        encounters=_encounters(
            told, prices.lines, without, rejected_claims(batch.rejects, batch.readings)
        ),
        lines=prices.lines,
        steps=facility_steps(prices.lines),
        without=without,
        notes=prices.notes,
        of_batch=(*bills.notes, *_shared_days(told)),
        quarters=prices.quarters,
    )


def encountered(lines: pl.DataFrame, batch: Batch, schedules: Schedules) -> pl.DataFrame:
    """Number the lines' encounters, in order, and name the site of each.

    Added: row, encounter, site (null where the service is at none), modifiers, is_test. An
    encounter_id and a claim_id of the same text are two.
    """
    ids = batch.carried.get_column(ENCOUNTER_ID, default=None)
    text = pl.lit(None) if ids is None else pl.lit(ids)
    own = text.cast(pl.String).str.strip_chars().replace("", None)
    told = lines.with_columns(
        _of=pl.struct(own, claim_id=pl.when(own.is_null()).then("claim_id")),
        modifiers=pl.concat_list(MODIFIERS).list.drop_nulls(),
        site=site_of(pl.col("place_of_service_code")),
        is_test=codes_with(lines, schedules, pl.col("pctc_indicator") == "1"),
    ).with_row_index("row")
    keys = ("_of", "person_id", "service_date", "site")
    numbers = told.select(keys).unique(maintain_order=True).with_row_index("encounter_id", 1)
    return told.join(numbers, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _shared_days(told: pl.DataFrame) -> Iterator[str]:
    """Say how many encounters at facilities share person, day and site with another claim's."""
    at_facility = told.filter(pl.col("site").is_in([ASC, HOSPITAL]))
    shared = at_facility.filter(
        pl.col("encounter_id").n_unique().over("person_id", "service_date", "site") > 1
    )["encounter_id"].n_unique()
    if shared:
        yield (
            f"{counted(shared, 'encounter')} at facilities share their person, day and site with"
            " another claim: where that is one session there, give its lines one encounter_id, so"
            " that its procedures are discounted together."
        )


def _deductible_left() -> pl.Expr:
    """Give what the practitioners' lines of a person's year leave of the deductible, cents."""
    year = ("person_id", pl.col("service_date").dt.year())
    owed = pl.col("deductible_remaining").max().over(year).fill_null(0)
    return less(owed, pl.col("deductible_amount").sum().over(year))


def codes_with(lines: pl.DataFrame, schedules: Schedules, holds: pl.Expr) -> pl.Expr:
    """Tell of which lines the release that priced them has a code for which a condition holds."""
    found = pl.lit(value=False)
    for name in lines["release"].drop_nulls().unique().sort():
        rows = schedules.named(name).codes.filter(pl.col("modifier") == "", holds)
        has = pl.col("hcpcs_code").is_in(rows["hcpcs_code"].to_list())
        found |= (pl.col("release") == name) & has
    return found.fill_null(value=False)


def _encounters(
    told: pl.DataFrame, priced: pl.DataFrame, without: pl.DataFrame, rejected: Collection[str]
) -> pl.DataFrame:
    """Add up both sides of each encounter; a part that is not settled leaves no total."""
    allowed, amount = pl.col("allowed_amount"), pl.col("amount")
    because = pl.coalesce("reason", pl.col("status").str.replace_all("_", " "))
    unpriced = pl.format("{}: the practitioner's amount is open: {}", "hcpcs_code", because)
    in_part = pl.col("claim_id").is_in(rejected)
    with adding_up():
        professional = (
            told.filter(pl.col("site").is_not_null())
            .group_by("encounter_id", maintain_order=True)
            .agg(
                pl.col("claim_id", "service_date", "site").first(),
                lines=pl.len(),
                _in_part=in_part.any(),
                professional_amount=pl.when(~in_part.any()).then(whole(allowed)),
                **{f"_{name}": whole(pl.col(name)) for name in _PAID},
                _unpriced=unpriced.filter(allowed.is_null()),
            )
        )
        facility = priced.group_by("encounter_id").agg(
            _facility=whole(amount),
            **{f"_facility_{name}": whole(pl.col(name)) for name in _PAID},
            _unpaid=pl.format("{}: who pays, {}", "hcpcs_code", "payment_reason").filter(
                amount.is_not_null() & (pl.col("payment_reason") != "")
            ),
            _is_open=amount.is_null().any(),
            _unsettled=pl.format("{}: {}", "hcpcs_code", "reason").filter(amount.is_null()),
        )
    open_lines = (
        without.filter("is_open")
        .group_by("encounter_id")
        .agg(_underived=pl.format("{}: {}", "hcpcs_code", "why_none"))
    )
    settled = pl.col("_underived").is_null() & ~pl.col("_is_open").fill_null(value=False)
    reasons = [
        pl.col(name).fill_null([]) for name in ("_unpriced", "_unsettled", "_underived", "_unpaid")
    ]
    partly = pl.when("_in_part").then(pl.lit([_REJECTED])).otherwise(pl.lit([], pl.List(pl.String)))
    return (
        professional.join(facility, on="encounter_id", how="left", maintain_order="left")
        .join(open_lines, on="encounter_id", how="left", maintain_order="left")
        .with_columns(
            facility_amount=pl.when(settled & ~pl.col("_in_part")).then(
                pl.col("_facility").fill_null(0)
            )
        )
        .with_columns(
            total_amount=pl.col("professional_amount") + pl.col("facility_amount"),
            **{name: _both(name) for name in _PAID},
            why=pl.concat_list(partly, *reasons).list.unique(maintain_order=True),
        )
        .select(*ENCOUNTERS)
    )


def whole(amount: pl.Expr) -> pl.Expr:
    """Add up an amount; null where one of them is not known. Evaluated within `adding_up`."""
    return pl.when(amount.is_not_null().all()).then(total(amount))


def _both(name: str) -> pl.Expr:
    """Add up who pays both sides of an encounter whose total is settled."""
    facility = pl.when(pl.col("_facility").is_null()).then(0).otherwise(f"_facility_{name}")
    settled = (pl.col("professional_amount") + pl.col("facility_amount")).is_not_null()
    return pl.when(settled).then(pl.col(f"_{name}") + facility)


def in_dollars(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a table of a facility's side in dollars, Decimal(38, 2)."""
    cents = [
        name for name in frame.columns if name.endswith(("amount", "_change")) or name in _CENTS
    ]
    return frame.with_columns(as_dollars(pl.col(name)) for name in cents)


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Give a table of a facility's side as a JSON file has it: dollars and days as text."""
    dollars = in_dollars(frame)
    texts = pl.selectors.decimal() | pl.selectors.date()
    return dollars.with_columns(texts.cast(pl.String)).to_dicts()
