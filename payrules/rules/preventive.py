"""Preventive services: where no deductible is taken, and less coinsurance or none."""

from collections.abc import Sequence

import polars as pl

from payrules.claims import columns
from payrules.claims.modifiers import billed_with, is_flagged
from payrules.code_ranges import holds, in_ranges
from payrules.dated import Dated
from payrules.engine.rule import (
    PRICED,
    STATUSES,
    Adjustment,
    Facts,
    Hints,
    Outcome,
    Tables,
    note,
    rule,
)
from payrules.engine.session import PERSON_YEAR, PRACTITIONER_DAY
from payrules.few import at_hand
from payrules.money import short_text
from payrules.schedules.cost_sharing import CostSharing, medicare_cost_sharing

MEDICARE_SERVICES = medicare_cost_sharing()
CODE = pl.col("hcpcs_code")
STANDS = pl.col("status") == PRICED
DAY = [PERSON_YEAR, "service_date"]
VISIT = [PRACTITIONER_DAY, "claim_id"]
#: Free with 33 only beside a wellness visit (ch. 18; Novitas, advance care planning), or beside a
#: screening of the colon on the day (CY2017 PFS rule, moderate sedation).
BESIDE_WELLNESS = ("99497", "99498", "G0136")
WELLNESS = ("G0438", "G0439")
BESIDE_SCREENING = ("G0500", "99153")
SCREENING = ("G0104", "G0105", "G0121")


def carries(modifiers: Sequence[str]) -> pl.Expr:
    """Whether a line has any of these modifiers; those without a flag are read as written."""
    flagged = [each for each in modifiers if is_flagged(each)]
    others = [each for each in modifiers if not is_flagged(each)]
    found = [billed_with(*flagged)] if flagged else []
    if others:
        found += [pl.col(place).is_in(others) for place in columns.MODIFIERS]
    return pl.any_horizontal(found or [pl.lit(value=False)]).fill_null(value=False)


def _looked_up(services: CostSharing, converted: Dated | None) -> Facts:
    """Join what the table says of each line: waived, smallest share, citation; null for nothing.

    Reads `_lacks`: 33 is on the line, and what it needs beside it is not there. `converted` are
    shares in place of those of the rows of PT.
    """

    def share_of(row: pl.Expr, is_of_pt: pl.Expr) -> pl.Expr:
        if converted is None:
            return row
        return pl.when(is_of_pt).then(converted.on().fill_null(row)).otherwise(row)

    exact = services.frame.filter(first=pl.col("last")).lazy()

    def look_up(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
        # A screening turned into treatment waives the deductible of all surgery of the day.
        there = at_hand(pool).with_columns(
            carries([each]).any().over(DAY).alias(f"_day_{each}") for each in services.modifiers
        )
        codes = there["hcpcs_code"].unique().to_list()
        lines = there.lazy()
        joined = lines.join(exact, left_on="hcpcs_code", right_on="first")
        of_code = pl.any_horizontal(
            pl.col("modifier") == "",
            *((pl.col("modifier") == each) & carries([each]) for each in services.modifiers),
        ) & ~((pl.col("modifier") == "33") & pl.col("_lacks"))
        in_force = pl.col("service_date").is_between("effective_from", "effective_to")
        kept = ("row", "_number", "deductible_waived", "share", "cites")
        of_pt = pl.col("modifier") == "PT"
        listed = joined.filter(of_code, in_force).with_columns(
            share=share_of(pl.col("share"), of_pt)
        )
        found = [listed.select(kept)]
        for number, row in enumerate(services.rows):
            if not row.is_of_codes:
                continue
            if codes and not any(holds((row.first, row.last), code) for code in codes):
                continue
            own = carries([row.modifier]) if row.modifier else pl.lit(value=True)
            whole_day = own
            if row.modifier and row.deductible_waived and not row.is_of_any:
                whole_day = pl.col(f"_day_{row.modifier}")
            met = lines.filter(
                in_ranges(CODE, [(row.first, row.last)]),
                pl.col("service_date").is_between(row.effective_from, row.effective_to),
                whole_day,
            )
            found.append(
                met.select(
                    "row",
                    _number=pl.lit(number, dtype=pl.UInt32),
                    deductible_waived=pl.lit(row.deductible_waived),
                    share=pl.when(own).then(
                        share_of(pl.lit(row.share, dtype=pl.Int64), pl.lit(row.modifier == "PT"))
                    ),
                    cites=pl.lit(row.cites),
                )
            )
        said = (
            pl.concat(found)
            .sort("share", "_number", nulls_last=True)
            .group_by("row", maintain_order=True)
            .agg(
                _waived=pl.col("deductible_waived").any(),
                _share=pl.col("share").first(),
                _cites=pl.col("cites").first(),
            )
        )
        return lines.join(said, on="row", how="left", maintain_order="left")

    return look_up


@rule(
    cites="SSA 1833(a)(1), (b), (dd); 42 CFR 410.152(l), 410.160(b); CMS Pub. 100-04, ch. 18",
    effective="1966-07-01",
    kind="payment",
    every_schedule=True,
    reads=(
        "hcpcs_code",
        "modifiers",
        *columns.MODIFIERS,
        "claim_id",
        "service_date",
        PERSON_YEAR,
        PRACTITIONER_DAY,
    ),
)
def preventive(
    *, services: CostSharing = MEDICARE_SERVICES, converted_screening: Dated | None = None
) -> Adjustment:
    """Preventive services take no deductible and use none up; Medicare's table says what is owed.

    A row of the table holds for its code, with its modifier if it names one, on its days. Of
    several that hold the smallest coinsurance counts, and the deductible is waived if any of them
    waives it (decision: no text ranks them). Advance care planning and G0136 are free with 33
    beside a wellness visit of the same claim, day and practitioner; moderate sedation with 33
    beside a screening of the colon. Once a line of a person's day carries PT, be it denied, no
    surgical line of the day takes deductible; the coinsurance is less on the lines that carry it.
    `converted_screening` is the patient's share on those lines in place of the table's.

    Decision: diagnoses are not tested, nor how often a service is allowed; 33 on any other code
    changes nothing and is noted.
    """
    needs = pl.when(billed_with("33")).then(
        pl.when(CODE.is_in(BESIDE_WELLNESS))
        .then(pl.lit("a wellness visit of the same claim, day and practitioner"))
        .when(CODE.is_in(BESIDE_SCREENING))
        .then(pl.lit("a screening of the colon on the day"))
    )
    beside_wellness = (CODE.is_in(WELLNESS) & STANDS).any().over(VISIT)
    beside_screening = (CODE.is_in(SCREENING) & STANDS).any().over(DAY)
    beside = pl.when(CODE.is_in(BESIDE_WELLNESS)).then(beside_wellness).otherwise(beside_screening)
    lacks = needs.is_not_null() & ~beside
    waived, share = pl.col("_waived"), pl.col("_share")
    ranges = [row for row in services.rows if row.is_of_codes and not row.is_of_any]
    surgical = in_ranges(CODE, [(row.first, row.last) for row in ranges])
    asked = tuple(dict.fromkeys((*services.modifiers, "33")))
    always = services.codes(without_modifier=True)
    said = pl.concat_str(
        pl.when(waived).then(pl.lit("no deductible")),
        pl.when(share.is_not_null()).then(
            pl.format("the patient's share is {} %", short_text(share, 2))
        ),
        separator="; ",
        ignore_nulls=True,
    )
    return Adjustment(
        marks={
            "_is_free": CODE.is_in(always),
            "_is_listed": pl.any_horizontal(
                CODE.is_in([*services.codes(), *WELLNESS, *SCREENING]), surgical
            ),
        },
        among=pl.col("_is_listed") | carries(asked),
        # A line that is denied may carry the PT that waives the deductible of the day.
        standing=tuple(range(len(STATUSES))),
        pool=PERSON_YEAR,
        hints=Hints(triggers=pl.col("_is_free") | carries(asked)),
        facts=({"_needs": needs, "_lacks": lacks}, _looked_up(services, converted_screening)),
        outcomes=(
            Outcome(
                when=STANDS & (waived | share.is_not_null()),
                sets={
                    "deductible_waived": waived,
                    "patient_share": share,
                    "cites_of_share": pl.col("_cites"),
                },
                detail=said,
                cites=pl.col("_cites"),
            ),
        ),
        notes=(
            note(
                STANDS & pl.col("_lacks") & waived.is_null(),
                pl.format("33: free only beside {}", pl.col("_needs")),
            ),
            note(
                STANDS & billed_with("33") & ~pl.col("_lacks") & waived.is_null(),
                "33: this code is not a waived preventive service",
            ),
        ),
    )
