"""Multiple procedures: after the highest amount of the session, procedures are paid at half."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.codes import (
    NO_CODES,
    NO_FAMILIES,
    NO_LADDER,
    Codes,
    Families,
    Ladder,
    in_codes,
)
from payrules.engine.components import in_unit
from payrules.engine.global_surgery import BEFORE_ONLY, CARE_ONLY, WHOLE_SHARE
from payrules.engine.rule import (
    NOT_ANESTHESIA,
    Adjustment,
    Hints,
    Outcome,
    Tables,
    in_order,
    note,
    pay,
    refer,
    rule,
    so_far,
)
from payrules.money import WHOLE, half_up, percentage

LATER_PROCEDURE = Dated({"1992-01-01": "0.50"}, cites="MPFSDB multiple procedure indicator 2")
OLD_RULE_THIRD = Dated({"1992-01-01": "0.25"}, cites="MPFSDB multiple procedure indicator 1")
INDICATOR = pl.col("multiple_procedure_indicator")
BY_REPORT_FROM = 6
#: Lines of one procedure, whose heights and charges are added.
OF_ONE = pl.coalesce("family", "operation", "pair")
IN_FAMILY = pl.col("family").is_not_null()
#: The care after an operation is none of the day, unless its operation stands beside it.
CARE_ALONE = (CARE_ONLY & pl.col("operation").is_null()) | BEFORE_ONLY
OLD_EQUIPMENT = billed_with("CT", "FX", "FY") & pl.col("technical_share").is_not_null()
UNITS = pl.col("ranked_units")
RANKING = "ranking"
RankBy = Literal["amount", "total_rvu", "facility_rvu", "charge", "one_side"]
FACILITY_RVUS = ("work_rvu", "facility_pe_rvu", "malpractice_rvu")
#: Indicators of rules that reduce parts of a test.
BY_PARTS = ("4", "5", "6", "7")


def _heights(rank_by: RankBy) -> tuple[pl.Expr, pl.Expr]:
    """Give what a unit, and a line of a family, is ranked by."""
    amounts = pl.col("first_unit_amount"), pl.col("amount")
    if rank_by in {"amount", "charge"}:
        return amounts
    if rank_by == "one_side":
        unit, line = (half_up(each * WHOLE, pl.col("unit_factor")) for each in amounts)
        return unit, line
    rvu = pl.col("total_rvu")
    if rank_by == "facility_rvu":
        rvu = pl.sum_horizontal(FACILITY_RVUS)
    of_unit = rvu * pl.col("unit_factor")
    return of_unit, of_unit * UNITS


def _medicare_s(
    later: Dated, third: Dated | None, old_rule_third: Dated
) -> tuple[pl.Expr, pl.Expr]:
    """Give the shares of the second place and of those beyond, without a ladder."""
    second = later.on()
    beyond = (
        pl.when(INDICATOR == "1")
        .then(old_rule_third.on())
        .otherwise(second if third is None else third.on().fill_null(second))
    )
    return second, beyond


def _at_place(
    place: int, second: pl.Expr, beyond: pl.Expr, ladder: Ladder, also: Families
) -> pl.Expr:
    """Give the share of a place: of the line's family, or the session's."""
    share = pl.lit(WHOLE, dtype=pl.Int64) if place == 1 else second if place == 2 else beyond
    if ladder.places:
        # Before a ladder's first day Medicare's places stand.
        share = ladder.at(place).fill_null(share)
    for number, family in enumerate(also.each, 1):
        of_family = family.ladder.at(place).fill_null(share)
        share = pl.when(pl.col("_ladder") == number).then(of_family).otherwise(share)
    return share


def _apart(also: Families) -> dict[str, pl.Expr]:
    """Number each line's ladder, 0 for the session's, and what it is ranked in."""
    ladder = pl.lit(0, dtype=pl.Int64)
    for number, family in reversed(list(enumerate(also.each, 1))):
        ladder = pl.when(family.holds).then(number).otherwise(ladder)
    return {"_ladder": ladder, "_ranked_in": pl.col(RANKING) * (len(also.each) + 1) + ladder}


def _by_report(
    ladder: Ladder, also: Families, last: pl.Expr, of_term: pl.Expr
) -> tuple[Outcome, ...]:
    """Give no amount to a line whose last unit is at a place that its ladder has by report."""
    if not any(each.by_report for each in (ladder, *(family.ladder for family in also.each))):
        return ()
    referred = ladder.refers(last)
    for number, family in enumerate(also.each, 1):
        is_its = pl.col("_ladder") == number
        referred = pl.when(is_its).then(family.ladder.refers(last)).otherwise(referred)
    why = pl.format("place {} of {} in the session: the payer prices it by report", last, "_of")
    page = also.page_of(pl.col("_ladder"))
    return (replace(refer(referred, why), cites=page, of_term=of_term),)


def _one_each(also: Families) -> pl.Expr:
    """Number what has one place: a line, or several of one procedure, on each of their ladders."""
    item = pl.coalesce(OF_ONE, pl.col("row").cast(pl.Int64))
    return item * (len(also.each) + 1) + pl.col("_ladder") if also.each else item


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.6; CMS RVU file documentation, multiple procedure 1 to 3",
    effective="1992-01-01",
    reads=(
        "status_code",
        "multiple_procedure_indicator",
        "modifiers",
        "service_date",
        "ranked_units",
        "unit_factor",
        "first_unit_amount",
        "later_unit_amount",
        "total_rvu",
        "technical_share",
        "family",
        "operation",
        "ranked_share",
        "pair",
        "charge_amount",
        "line_order",
        RANKING,
    ),
    reads_on={"rank_by": {"facility_rvu": FACILITY_RVUS}},
)
def multiple_procedure(
    *,
    later: Dated = LATER_PROCEDURE,
    third: Dated | None = None,
    old_rule_third: Dated = OLD_RULE_THIRD,
    rank_by: RankBy = "amount",
    ladder: Ladder = NO_LADDER,
    never: Codes = NO_CODES,
    only: Codes = NO_CODES,
    also: Families = NO_FAMILIES,
) -> Adjustment:
    """Multiple procedures: the highest amount of a session in full, the others at half.

    Decisions on a payer's own terms. A `ladder` stands for every ranked procedure of the session,
    whatever its indicator, and its last place goes on. With `only` the payer's own list says which
    codes are ranked, in place of the indicator (TRICARE 6010.61-M 1-16). Codes that are `never`
    reduced have no place and take none (BCBSTX: skin lesion removal and fracture care are exempt).
    A family under `also` is ranked among itself, apart from the session's other procedures,
    whatever the indicator of its codes is (BCBSSC CAM 564 gives benign lesions a ladder of their
    own); of scopes that are one amount those on another ladder have a place of their own there.
    Ranking by `charge` puts a line without one last; equal charges are ranked by amount. A line one
    of whose units is at a place that the payer prices by report is by report, with all its units.
    """
    item = "_item"  # the number of a line, so it is of one session
    together = OF_ONE.is_not_null()
    charge = pl.col("charge_amount")
    of_unit, of_line = _heights(rank_by)
    pool = "_ranked_in" if also.each else RANKING

    by_height: list[tuple[str, Literal["highest first"]]] = [
        ("_height", "highest first"),
        ("_charge", "highest first"),
    ]
    if rank_by == "charge":
        by_height.reverse()

    def with_items(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
        """Join, to the few lines ranked together, their sums: windows would look at every line.

        A family is one amount, units and all; of other lines of one procedure unit joins unit.
        """
        height = pl.when(IN_FAMILY).then(of_line).otherwise(of_unit)
        if rank_by == "one_side":
            # Of a pair of sides one is looked at: the second adds nothing.
            is_second = pl.col("pair").is_not_null() & (pl.col("pair") != pl.col("row"))
            height = pl.when(is_second).then(0).otherwise(height)
        left = half_up(height * pl.col("ranked_share"), WHOLE_SHARE)
        items = (
            pool.filter(together)
            .group_by(item)
            .agg(
                _of_lines=pl.coalesce(left, height).sum(),
                _of_charges=pl.when(charge.is_not_null().any()).then(charge.sum()),
                _first=pl.col("line_order").min(),
            )
        )
        return pool.join(items, on=item, how="left")

    counted = pl.when(pl.col(item).is_first_distinct()).then("_count").otherwise(0)
    rank, last = pl.col("_rank"), pl.col("_rank") + pl.col("_count") - 1
    second, beyond = _medicare_s(later, third, old_rule_third)
    ladders = [each.ladder for each in also.each] + ([ladder] if ladder.places else [])
    steps = max((len(each.places) for each in ladders), default=3)
    # The share of each place but the last, which goes on.
    shares = [
        _at_place(place, second, beyond, ladder, also) for place in range(1, max(steps, 3) + 1)
    ]
    share = shares[-1]
    for place, of_place in reversed(list(enumerate(shares[:-1], 1))):
        share = pl.when(rank == place).then(of_place).otherwise(share)
    unit, later_unit = pl.col("first_unit_amount"), pl.col("later_unit_amount")
    # All units of a line are alike and stand together in the ranking, so it is enough to
    # count how many of them stand at each place, and beyond.
    places = [((rank <= place) & (last >= place)).cast(pl.Int64) for place in range(1, len(shares))]
    other_places = pl.col("_count") - pl.sum_horizontal(places, ignore_nulls=False)

    def as_ranked(first: pl.Expr, later: pl.Expr) -> pl.Expr:
        """Pay the line's units by their ranks; those of a family all alike."""
        return (
            pl.when(IN_FAMILY)
            .then(
                percentage(first, pl.col("_share"))
                + (UNITS - 1) * percentage(later, pl.col("_share"))
            )
            .otherwise(
                pl.sum_horizontal(
                    [
                        places[0] * first,  # every ladder begins at 1
                        *(
                            count * percentage(first, pl.col(f"_at_{place}"))
                            for place, count in enumerate([*places[1:], other_places], 2)
                        ),
                    ],
                    ignore_nulls=False,
                )
            )
        )

    if ladder.places:
        of_term: pl.Expr = pl.lit("ladder only rank_by")
    else:
        beyond_second = pl.lit("later")
        if third is not None:
            begun = third.on().is_not_null()
            beyond_second = pl.when(begun).then(pl.lit("third")).otherwise(beyond_second)
        of_term = pl.format(
            "{}{} only rank_by",
            pl.when(rank <= 2).then(pl.lit("later ")).otherwise(pl.lit("")),
            pl.when(last <= 2)
            .then(pl.lit(""))
            .when(INDICATOR == "1")
            .then(pl.lit("old_rule_third"))
            .otherwise(beyond_second),
        )
    if also.each:
        in_one = pl.col("_ladder") > 0
        of_term = pl.when(in_one).then(pl.lit("also rank_by")).otherwise(of_term)

    def by_rank(when: pl.Expr, sets: Mapping[str, pl.Expr] | None = None) -> Outcome:
        return pay(
            when & (pl.col("_of") > 1),
            as_ranked(unit, later_unit),
            pl.when(pl.col("_count") > 1)
            .then(pl.format("ranks {} to {} of {} in the session", rank, last, "_of"))
            .otherwise(pl.format("rank {} of {} in the session", rank, "_of")),
            factor=pl.when(pl.col("_count") == 1).then("_share"),
            carc="59",
            sets=sets,
            cites=also.page_of(pl.col("_ladder")),
            of_term=of_term,
        )

    ranked = INDICATOR.is_in(["1", "2", "3"])
    if only.ranges:
        ranked = in_codes(only.ranges) & ~INDICATOR.is_in(BY_PARTS)
    if never.ranges:
        ranked = ranked & ~in_codes(never.ranges)
    for family in also.each:
        ranked = ranked | (family.holds & ~INDICATOR.is_in(BY_PARTS))
    part = in_unit("technical_share")
    technical = as_ranked(pl.min_horizontal(part, unit), pl.min_horizontal(part, later_unit))
    return Adjustment(
        among=(
            ranked & NOT_ANESTHESIA,
            ~billed_with("78") & ~CARE_ALONE,
        ),
        pool=RANKING,
        hints=Hints(crowded=True),
        facts=(
            *((_apart(also),) if also.each else ()),
            {
                "_item": _one_each(also),
                "_count": pl.when(IN_FAMILY).then(1).otherwise(UNITS),
            },
            with_items,
            {
                "_height": pl.when(together).then("_of_lines").otherwise(of_unit),
                "_charge": pl.when(together).then("_of_charges").otherwise(charge)
                * 1_000_000
                // pl.col("_count"),
                "_order": pl.coalesce("_first", "line_order"),
            },
            in_order(pool, *by_height, "_order"),
            {"_counted": counted},
            {
                "_rank": so_far(pl.col("_counted"), pool) - pl.col("_count") + 1,
                "_of": pl.col("_counted").sum().over(pool),
            },
            {
                "_share": share,
                **{f"_at_{place}": of_place for place, of_place in enumerate(shares[1:], 2)},
            },
        ),
        outcomes=(
            *_by_report(ladder, also, last, of_term),
            # What outdated equipment costs is a part of the technical share that ranking left.
            by_rank(OLD_EQUIPMENT, {"ranked_technical_amount": technical}),
            by_rank(pl.lit(value=True)),
        ),
        notes=(
            note(
                pl.lit(value=not ladder.places)
                & (pl.col("_ladder") == 0 if also.each else pl.lit(value=True))
                & (last >= BY_REPORT_FROM),
                "sixth or later procedure: CMS prices these by report, at no less than 50 "
                "percent; paid at the percentage for later procedures",
            ),
        ),
    )
