"""Anesthesia: base and time units at the locality's anesthesia conversion factor."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated, in_force
from payrules.engine.codes import NO_CODES, Codes, in_codes
from payrules.engine.rule import Adjustment, Tables, dollars, note, pay, refer, rule
from payrules.engine.session import PRACTITIONER_DAY
from payrules.money import half_up, percentage, scaled_text, short_text
from payrules.within_reason import LEAST_BASE_UNITS as LEAST

MEDICAL_DIRECTION = Dated({"1998-01-01": "0.50"}, cites="42 CFR 414.46(d)")
LEAST_BASE_UNITS = Dated(
    {"1992-01-01": "0"}, cites="42 CFR 414.46(b): CMS's own base units", within=LEAST
)
#: 42 CFR 414.46(f): medical supervision of more than four procedures (AD).
SUPERVISION_BASE_UNITS = 3
MINUTES_PER_UNIT = 15
SUPERVISED = billed_with("AD")
DIRECTED = billed_with("QK", "QX", "QY") & ~SUPERVISED
FACTOR = pl.col("anesthesia_factor")
BASE = pl.col("base_units")
CODE = pl.col("hcpcs_code")
#: The price of a payer's own schedule in dollars; relative values give anesthesia none.
OWN_PRICE = pl.col("fee_schedule_amount")
UNITS = pl.col("units_thousandths") // 1000
#: Regional anesthesia of a limb by vein, and management of a pain catheter, a day each.
WITHOUT_TIME, BY_DAY = ("01995", "01996"), "01996"
#: Each goes with another anesthesia code, and counts its own base units.
ADD_ONS = ("01953", "01968", "01969")
#: Fewer minutes than this in the units field look like units of time.
SHORTEST_PLAUSIBLE = 10
LONGEST = 7 * 24 * 60
GIVEN_MINUTES = pl.col("anesthesia_minutes")
NOT_MINUTES, ARE_MINUTES = (
    (pl.col("unit_qualifier") == qualifier).fill_null(value=False) for qualifier in ("UN", "MJ")
)
NEEDS_TIME = ~SUPERVISED & ~CODE.is_in(WITHOUT_TIME)
#: Item 24G of the claim carries the minutes; one unit is what a claim without them says.
BY_UNITS = GIVEN_MINUTES.is_null() & ((UNITS > 1) | ARE_MINUTES) & ~NOT_MINUTES & NEEDS_TIME
#: Whether time and base units make its amount.
BY_TIME = pl.col("_missing").is_null() & OWN_PRICE.is_null()
MINUTES = pl.coalesce(GIVEN_MINUTES, pl.when(BY_UNITS).then(UNITS))


def with_base_units(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join the base units in force on the line's day; null where there are none."""
    table = tables.anesthesia_base_units
    if table is None:
        return pool.with_columns(base_units=pl.lit(None, dtype=pl.Int64))
    of_the_day = (
        pool.select("row", "hcpcs_code", "service_date")
        .join(table.lazy(), on="hcpcs_code")
        .filter(in_force(pl.col("service_date")))
        .unique(subset="row", keep="any")
        .select("row", "base_units")
    )
    return pool.join(of_the_day, on="row", how="left")


def beside_others(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Say which lines stand beside a higher anesthesia code of the practitioner's day."""
    highest = (
        pool.filter(~CODE.is_in(ADD_ONS), BASE.is_not_null())
        .sort("line_order")
        .sort("base_units", descending=True, maintain_order=True)
        .group_by(PRACTITIONER_DAY, maintain_order=True)
        .agg(_highest=CODE.first())
    )
    return pool.join(highest, on=PRACTITIONER_DAY, how="left").with_columns(
        _is_lower=(pl.col("_highest") != CODE).fill_null(value=False)
        & ~CODE.is_in(ADD_ONS)
        & BASE.is_not_null()
    )


@rule(
    cites="42 CFR 414.46; CMS Pub. 100-04, ch. 12, §50; ch. 26, §10.4, item 24G",
    effective="1992-01-01",
    reads=(
        "status_code",
        "hcpcs_code",
        "service_date",
        "modifiers",
        "anesthesia_minutes",
        "units_thousandths",
        "unit_qualifier",
        "present_at_induction",
        "anesthesia_factor",
        "fee_schedule_amount",
        "line_order",
        PRACTITIONER_DAY,
    ),
)
def anesthesia(
    *,
    direction: Dated = MEDICAL_DIRECTION,
    least_base_units: Dated = LEAST_BASE_UNITS,
    least_for: Codes = NO_CODES,
) -> Adjustment:
    """Anesthesia: (base units + minutes / 15) × conversion factor; half under medical direction.

    Decisions: units without minutes are the minutes, unless their qualifier says otherwise; one
    unit is a minute only where it says so. Several codes of a day keep their amounts, and the lower
    ones a note. A payer's own dollars are the price of the service, whatever its time: the units
    count for the days of 01996 alone, and who directs or supervises is paid the share of direction.
    `least_base_units` raise those of a code that has fewer, of the codes in `least_for` or of all:
    no claim says field avoidance, for which policies print 5 (Anthem C-09002), so that the codes
    do. Not the three units of supervision (AD); a code without base units on file stays by report.
    """
    # Ten-thousandths of a unit to tenths.
    least = least_base_units.on() // 1_000
    is_raised = ~SUPERVISED & (least > BASE * 10)
    if least_for.ranges:
        is_raised = is_raised & in_codes(least_for.ranges)
    is_raised = is_raised.fill_null(value=False)
    base = pl.when(is_raised).then(least).otherwise(BASE * 10)
    # Tenths of a unit, half up: 48 minutes are 3.2 units.
    time_tenths = half_up(MINUTES * 10, MINUTES_PER_UNIT)
    unit_tenths = (
        pl.when(SUPERVISED)
        .then((SUPERVISION_BASE_UNITS + pl.col("present_at_induction").cast(pl.Int64)) * 10)
        .when(CODE == BY_DAY)
        .then(base * UNITS)
        .when(CODE.is_in(WITHOUT_TIME))
        .then(base)
        .otherwise(base + time_tenths)
    )
    # Tenths of units × ten-thousandths of a dollar, to cents.
    whole = half_up(unit_tenths * FACTOR, 1_000)
    share = pl.when(DIRECTED).then(direction.on()).otherwise(10_000)
    missing = (
        pl.when(FACTOR.is_null())
        .then(
            pl.lit(
                "the fee schedule in force has no anesthesia conversion factor for this locality"
            )
        )
        .when(BASE.is_null())
        .then(pl.lit("no anesthesia base units are loaded for this code and date"))
        .when(NEEDS_TIME & MINUTES.is_null() & NOT_MINUTES & (UNITS > 1))
        .then(
            pl.lit(
                "anesthesia minutes are missing, and the units field holds units, not minutes (UN)"
            )
        )
        .when(NEEDS_TIME & MINUTES.is_null())
        .then(pl.lit("anesthesia minutes are missing"))
        .when(BY_UNITS & (UNITS > LONGEST))
        .then(pl.lit("the units field holds more minutes than a week has"))
        .when(share.is_null())
        .then(pl.lit("no medical direction percentage is in force on this date"))
    )
    paid = pl.col("_share") * pl.col("_whole")
    days = pl.when(CODE == BY_DAY).then(UNITS).otherwise(1)
    own_share = (
        pl.when(DIRECTED | SUPERVISED).then(direction.on().fill_null(10_000)).otherwise(10_000)
    )
    how = (
        pl.when(BY_UNITS)
        .then(pl.lit(", minutes from the units field"))
        .when(~SUPERVISED & (CODE == BY_DAY))
        .then(pl.format(", {} day(s) and no time", UNITS))
        .when(~SUPERVISED & CODE.is_in(WITHOUT_TIME))
        .then(pl.lit(", no time"))
        .otherwise(pl.lit(""))
    )
    return Adjustment(
        among=pl.col("status_code") == "J",
        pool=PRACTITIONER_DAY,
        facts=(
            with_base_units,
            beside_others,
            {
                "_whole": whole,
                "_share": share,
                "_missing": pl.when(OWN_PRICE.is_null()).then(missing),
                "_tenths": unit_tenths,
            },
            {"_own": OWN_PRICE * days, "_own_share": own_share},
        ),
        outcomes=(
            pay(
                OWN_PRICE.is_not_null(),
                percentage(pl.col("_own"), pl.col("_own_share")),
                pl.format(
                    "the payer's own price of the service, whatever its time: {}{}{}",
                    dollars("_own"),
                    pl.when(CODE == BY_DAY)
                    .then(pl.format(" for {} day(s)", UNITS))
                    .otherwise(pl.lit("")),
                    pl.when(pl.col("_own_share") < 10_000)
                    .then(
                        pl.format(
                            ", {} % under medical direction", short_text(pl.col("_own_share"), 2)
                        )
                    )
                    .otherwise(pl.lit("")),
                ),
                factor=pl.col("_own_share"),
                sets={"anesthesia_amount": pl.col("_own")},
            ),
            refer(pl.col("_missing").is_not_null(), pl.col("_missing")),
            pay(
                pl.lit(value=True),
                half_up(paid, 10_000),
                pl.format(
                    "{}.{} units × conversion factor {} = {}{}{}{}",
                    pl.col("_tenths") // 10,
                    pl.col("_tenths") % 10,
                    scaled_text(FACTOR, 4),
                    dollars(pl.col("_whole")),
                    how,
                    pl.when(is_raised)
                    .then(
                        pl.format(
                            ", at least {} base units in place of {}",
                            short_text(least_base_units.on(), 4),
                            BASE,
                        )
                    )
                    .otherwise(pl.lit("")),
                    pl.when(DIRECTED)
                    .then(pl.lit(", half under medical direction"))
                    .otherwise(pl.lit("")),
                ),
                factor=pl.col("_share"),
                sets={"anesthesia_amount": pl.col("_whole")},
                of_term=pl.when(is_raised & DIRECTED)
                .then(pl.lit("least_base_units least_for direction"))
                .when(is_raised)
                .then(pl.lit("least_base_units least_for"))
                # Who is not directed is paid in full by the same term.
                .otherwise(pl.lit("direction")),
            ),
        ),
        notes=(
            note(
                BY_UNITS & (UNITS < SHORTEST_PLAUSIBLE) & ~ARE_MINUTES & BY_TIME,
                pl.format("{} units: these look like time units; Medicare requires minutes", UNITS),
            ),
            note(
                BY_UNITS & (UNITS == 1) & BY_TIME,
                "one minute (MJ): a blank units field is read the same way",
            ),
            note(
                pl.col("_is_lower") & BY_TIME,
                pl.format(
                    "several anesthesia codes on this day: Medicare pays only the base units of "
                    "{}, with the total time",
                    "_highest",
                ),
            ),
        ),
    )
