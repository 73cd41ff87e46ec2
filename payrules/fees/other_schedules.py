"""What other schedules than that of physicians pay: drugs, vaccines and tests, by their quarter.

The schedules are asked in order: a code that the physician fee schedule pays or bundles there is
its; else the payment limit file (ASP) of the quarter of service, then the laboratory fee schedule
(CLFS). A quarter that is not at hand is never stood in for. What is not found gets a sentence that
names the file to load, or says who prices such a code.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from weakref import WeakKeyDictionary

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.fees.other_kinds import (
    A_DRUG,
    A_TEST,
    A_VACCINE,
    ELSEWHERE,
    KINDS,
    NO_ROW,
    PERHAPS_A_TEST,
)
from payrules.money import half_up
from payrules.schedules import Quarter, Schedules

#: What `schedule` says of a line: who set its amount.
PHYSICIANS, ANESTHESIA, OF_PAYER = "mpfs", "anesthesia", "payer"
DRUGS, LABORATORY, VACCINES = "asp", "clfs", "vaccine"
#: Schedule of a line → the kind of table that priced it.
KIND_OF_SCHEDULE = {DRUGS: DRUGS, LABORATORY: LABORATORY, VACCINES: DRUGS}
#: Statuses with which the physician fee schedule pays, bundles or denies a code, or has its
#: contractors price it. Of B, N and P another schedule is asked first.
_ITS_OWN, _ASKED_FIRST = ("A", "R", "T", "C", "J"), ("B", "N", "P")
#: The columns that every fee has, and what they are where another schedule has no part in it.
COLUMNS = {
    "payment_limit": pl.Int64,  # of one unit, thousandths of a dollar
    "schedule_coinsurance": pl.Int64,  # the patient's by that schedule, hundred-thousandths
    "schedule_unit": pl.String,  # what one unit is: 10 MG
    "schedule_release": pl.String,  # the quarter's name: asp-2025Q1
    "by_contractor": pl.String,  # why the contractor prices it
    "off_schedule": pl.String,  # which file is not there, or who pays such a code
    "limit_note": pl.String,  # what the file says besides
}
#: Without a rule that reads this, a line would have no amount and no reason.
WHY_NOT = "off_schedule"
_WITHOUT = {name: pl.lit(None, dtype=dtype) for name, dtype in COLUMNS.items()}
_NO_SHARE = 0
_POINTS_ELSEWHERE = r"(?i)^see "

_CODE, _STATUS = pl.col("hcpcs_code"), pl.col("status_code")
#: Amounts of the physician fee schedule, which a fee of another has none of.
_OF_PHYSICIANS = (
    *("base_amount", "professional_share", "technical_share", "therapy_reduced_amount"),
    *("cap_amount", "technical_cap_amount"),
)


#: What to do about a code that the built-in release leaves out, and no other schedule pays.
_SELECTION = (
    ", which has selected codes only: import CMS's whole release with 'payrules schedules import'"
)


#: Schedules → which lines need a locality by them: read once, for every batch.
_needing: WeakKeyDictionary[Schedules, pl.Expr] = WeakKeyDictionary()


def needs_locality(schedules: Schedules) -> pl.Expr:
    """Mark claim lines that need a locality: not of drugs and tests, whose amounts are national.

    Decision: those are the codes of a payment limit or laboratory file at hand, the drugs of the
    letter J, and what the physician fee schedule leaves to others (E, X), but no code that a
    release at hand pays, bundles or denies itself (42 CFR 414.904; SSA 1833(h) since 2018).
    """
    if schedules not in _needing:
        _needing[schedules] = _needs_locality(schedules)
    return _needing[schedules]


def _needs_locality(schedules: Schedules) -> pl.Expr:
    listed = [each.codes.select("hcpcs_code", "status_code") for each in schedules.releases]
    rows = pl.concat(listed) if listed else pl.DataFrame(schema=["hcpcs_code", "status_code"])
    status = rows["status_code"].cast(pl.String)
    own = rows["hcpcs_code"].filter(status.is_in([*_ITS_OWN, *_ASKED_FIRST]))
    tables = [schedules.table(kind) for kind in (DRUGS, LABORATORY)]
    others = [each["hcpcs_code"] for each in tables if each is not None]
    others.append(rows["hcpcs_code"].filter(status.is_in(["E", "X"])))
    national = pl.concat([each.cast(pl.String) for each in others]).unique()
    national = national.filter(~national.is_in(own.implode()))
    code = _CODE.cast(pl.String).str.strip_chars().str.to_uppercase()
    is_drug = code.str.contains(r"^J\d{4}$") & ~code.is_in(own.unique().implode())
    return ~(code.is_in(national.implode()) | is_drug).fill_null(value=False)


def with_other_schedules(
    lines: pl.DataFrame,
    fee_row: pl.Series,
    fees: pl.DataFrame,
    schedules: Schedules,
    *,
    in_dollars: bool,
    asked: bool,
) -> tuple[pl.Series, pl.DataFrame]:
    """Give the lines' fee rows, and the fees, with what other schedules than physicians' say.

    `lines` has service_date and the modifiers. A fee of another schedule is a row of its own, by
    quarter: those of physicians are left as they are. A payer's own dollars are all that it pays
    by, and no other schedule is asked then.
    """
    own = (
        pl.when(~NO_ROW).then(pl.lit(OF_PAYER))
        if in_dollars
        else pl.when(_STATUS == "J")
        .then(pl.lit(ANESTHESIA))
        .when(_STATUS.is_in([*_ITS_OWN, *_ASKED_FIRST]))
        .then(pl.lit(PHYSICIANS))
    )
    fees = fees.with_columns(
        **_WITHOUT,
        schedule=own,
        is_of_other_schedule=pl.lit(value=False),
    )
    asks = _STATUS.is_in(_ITS_OWN).fill_null(value=False)
    theirs = fees.select(~asks).to_series()
    if in_dollars or not asked or not theirs.any():
        return fee_row, fees
    rows = theirs.gather(fee_row).arg_true()
    if not len(rows):
        return fee_row, fees
    return _by_quarter(lines, fee_row, rows, fees, schedules)


def _by_quarter(
    lines: pl.DataFrame,
    fee_row: pl.Series,
    rows: pl.Series,
    fees: pl.DataFrame,
    schedules: Schedules,
) -> tuple[pl.Series, pl.DataFrame]:
    """Give the lines at `rows` fees of their own: by fee, quarter, and whether QW is billed."""
    waived = pl.any_horizontal(pl.col(name) == "QW" for name in MODIFIERS).fill_null(value=False)
    asking = lines.select(
        day=pl.col("service_date").gather(rows),
        fee_row=fee_row.gather(rows),
        waived=lines.select(pl.col(MODIFIERS).gather(rows)).select(waived).to_series(),
    )
    breaks = pl.Series(_breaks(schedules), dtype=pl.Date)
    asking = asking.with_columns(
        edition=breaks.search_sorted(asking["day"], side="right"),
        # What no quarter has names the quarter whose file to load.
        quarter=pl.col("day").dt.truncate("1q"),
    )
    key = ["fee_row", "edition", "quarter", "waived"]
    distinct = asking.group_by(key, maintain_order=True).agg(pl.col("day").first())
    distinct = distinct.with_row_index("place", offset=fees.height)
    place = asking.join(distinct, on=key, how="left", maintain_order="left")["place"]
    fee_row = fee_row.scatter(rows, place)
    own = fees[distinct["fee_row"]].with_columns(
        distinct["place"].cast(fees.schema["fee_row"]).alias("fee_row"),
        distinct["day"].alias("_day"),
        distinct["waived"].alias("_waived"),
    )
    starters = [release.name for release in schedules.releases if release.starter]
    found = _with_reasons(_with_rates(_with_limits(own, schedules), schedules), starters)
    # In one piece: of two, each line's row is looked up at five times the cost.
    return fee_row, pl.concat([fees, found.select(fees.columns)], rechunk=True)


def _breaks(schedules: Schedules) -> Sequence[date]:
    """Give the days on which a limit or rate may change."""
    days = set[date]()
    for kind in (DRUGS, LABORATORY):
        table = schedules.table(kind)
        if table is not None:
            days |= {*table["effective_from"].unique()}
            days |= {day + timedelta(days=1) for day in table["effective_to"].unique()}
    return sorted(days)


def _serving(fees: pl.DataFrame, quarters: Sequence[Quarter], name: str) -> pl.DataFrame:
    """Say which quarter serves the day of each fee, and whether all of its file is at hand."""
    quarter, whole = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Boolean)
    for each in quarters:
        here = pl.col("_day").is_between(each.first_day, each.last_day)
        quarter = pl.when(here).then(pl.lit(each.name)).otherwise(quarter)
        whole = pl.when(here).then(pl.lit(each.is_whole)).otherwise(whole)
    return fees.with_columns(quarter.alias(f"_{name}"), whole.alias(f"_{name}_whole"))


def _with_limits(fees: pl.DataFrame, schedules: Schedules) -> pl.DataFrame:
    """Join the payment limit of a drug on the fee's day."""
    table = schedules.table(DRUGS)
    fees = _serving(fees, schedules.quarters(DRUGS), DRUGS)
    if table is None:
        return fees.with_columns(_in_asp=pl.lit(value=False))
    of_the_day = (
        fees.select("fee_row", "hcpcs_code", "_day")
        .join(table, on="hcpcs_code")
        .filter(pl.col("_day").is_between("effective_from", "effective_to"))
        .select(
            "fee_row",
            _limit="payment_limit",
            _share="coinsurance",
            _unit="unit",
            _vaccine="is_vaccine",
            _note="note",
            _in_asp=pl.lit(value=True),
        )
    )
    joined = fees.join(of_the_day, on="fee_row", how="left", maintain_order="left").with_columns(
        pl.col("_in_asp").fill_null(value=False)
    )
    elsewhere = pl.col("_note").str.contains(_POINTS_ELSEWHERE)
    return joined.with_columns(
        schedule=pl.when("_in_asp")
        .then(pl.when("_vaccine").then(pl.lit(VACCINES)).otherwise(pl.lit(DRUGS)))
        .otherwise("schedule"),
        payment_limit="_limit",
        schedule_coinsurance="_share",
        schedule_unit="_unit",
        schedule_release=pl.when("_in_asp").then(f"_{DRUGS}"),
        by_contractor=pl.when(pl.col("_in_asp") & pl.col("_limit").is_null()).then(
            pl.format(
                "the payment limit file gives no limit: {}",
                pl.col("_note").fill_null("the contractor prices it"),
            )
        ),
        limit_note=pl.when(elsewhere & pl.col("_limit").is_not_null()).then(
            pl.format("payment limit file: {}", "_note")
        ),
    )


def _with_rates(fees: pl.DataFrame, schedules: Schedules) -> pl.DataFrame:
    """Join the rate of a laboratory test: that with QW where it is billed, and has a row."""
    table = schedules.table(LABORATORY)
    fees = _serving(fees, schedules.quarters(LABORATORY), LABORATORY)
    if table is None:
        return fees.with_columns(_in_clfs=pl.lit(value=False), _listed=pl.lit(value=False))
    of_the_day = (
        fees.filter(~pl.col("_in_asp"))
        .select("fee_row", "hcpcs_code", "_day", "_waived")
        .join(table, on="hcpcs_code")
        .filter(
            pl.col("_day").is_between("effective_from", "effective_to"),
            (pl.col("modifier") == "") | pl.col("_waived"),
        )
        .sort("fee_row", "modifier", descending=[False, True])
        .unique("fee_row", keep="first", maintain_order=True)
        .select("fee_row", _rate="rate", _in_clfs=pl.lit(value=True))
    )
    joined = fees.join(of_the_day, on="fee_row", how="left", maintain_order="left").with_columns(
        pl.col("_in_clfs").fill_null(value=False),
        _listed=_CODE.is_in(table["hcpcs_code"].unique().implode()),
    )
    return joined.with_columns(
        schedule=pl.when("_in_clfs").then(pl.lit(LABORATORY)).otherwise("schedule"),
        payment_limit=pl.coalesce("payment_limit", pl.col("_rate") * 10),
        schedule_coinsurance=pl.when("_in_clfs").then(_NO_SHARE).otherwise("schedule_coinsurance"),
        schedule_release=pl.when("_in_clfs").then(f"_{LABORATORY}").otherwise("schedule_release"),
        by_contractor=pl.when(pl.col("_in_clfs") & pl.col("_rate").is_null())
        .then(pl.lit("laboratory indicator L: the contractor sets the rate"))
        .otherwise("by_contractor"),
    )


def _with_reasons(fees: pl.DataFrame, selections: Sequence[str]) -> pl.DataFrame:
    """Say of what no quarter has why, and give what one has its amount.

    `selections` names the releases at hand that hold some codes only.
    """
    found = pl.col("_in_asp") | pl.col("_in_clfs")
    bundled_there = _STATUS.is_in(_ASKED_FIRST).fill_null(value=False)
    is_kind = [(words, kind | pl.col("_listed") if words == A_TEST else kind)
               for words, kind in KINDS]  # fmt: skip
    which = pl.lit(None, dtype=pl.String)
    for words, kind in reversed(is_kind):
        which = pl.when(kind).then(pl.lit(words)).otherwise(which)
    which = pl.when(~(found | bundled_there)).then(which)
    quarter = pl.format("{}Q{}", pl.col("_day").dt.year(), pl.col("_day").dt.quarter())
    # Decision: the starter's selection of a quarter says nothing of the codes that it leaves out.
    whole = {name: pl.col(f"_{name}_whole").fill_null(value=False) for name in (DRUGS, LABORATORY)}
    begun = {
        name: pl.when(pl.col(f"_{name}").is_not_null()).then(pl.lit("whole ")).otherwise(pl.lit(""))
        for name in (DRUGS, LABORATORY)
    }
    fees = fees.with_columns(_kind=which)
    kind = pl.col("_kind")
    no_file = pl.when(kind.is_in([A_DRUG, A_VACCINE])).then(
        pl.format(
            "{}: load the {}drug payment limit (ASP) file for {}", kind, begun[DRUGS], quarter
        )
    )
    off = (
        pl.when((kind == A_VACCINE) & whole[DRUGS])
        .then(pl.format("vaccine: the payment limit file of {} does not list it", quarter))
        .when((kind == A_TEST) & whole[LABORATORY])
        .then(
            pl.format(
                "laboratory test: the laboratory fee schedule of {} does not list it", quarter
            )
        )
        .when((kind == A_DRUG) & whole[DRUGS])
        .then(pl.format("drug: the payment limit file of {} does not list it", quarter))
        .when(kind == A_TEST)
        .then(
            pl.format(
                "laboratory test: load the {}laboratory fee schedule (CLFS) file for {}",
                begun[LABORATORY],
                quarter,
            )
        )
        .when((kind == PERHAPS_A_TEST) & ~whole[LABORATORY])
        .then(
            pl.format(
                "if it is a laboratory test, load the {}laboratory fee schedule (CLFS) file for {}",
                begun[LABORATORY],
                quarter,
            )
        )
        .when(kind.is_in([*ELSEWHERE]))
        .then(kind.replace_strict(ELSEWHERE, default=None, return_dtype=pl.String))
        .otherwise(no_file)
    )
    # A code that CMS's whole release does not know either is a slip, not a drug without a limit.
    known = ~NO_ROW | pl.col("release").is_in(selections)
    invoiced = ((kind == A_DRUG) & whole[DRUGS] & known).fill_null(value=False)
    listed_status = _STATUS.is_not_null()
    not_paid = pl.format("status {}: the physician fee schedule does not pay this code", _STATUS)
    fees = fees.with_columns(
        schedule=pl.when(invoiced).then(pl.lit(DRUGS)).otherwise("schedule"),
        by_contractor=pl.when(invoiced)
        .then(
            pl.format(
                "drug: not in the payment limit file of {}; contractor prices by invoice (or 106 %"
                " of WAC)",
                quarter,
            )
        )
        .otherwise("by_contractor"),
        _off=pl.when(~invoiced).then(off),
    )
    theirs = found | pl.col("by_contractor").is_not_null()
    left_out = NO_ROW & pl.col("release").is_in(selections)
    # Who else pays it has a price, which is not at hand; a whole file that is says there is none.
    elsewhere = (
        kind.is_in([*ELSEWHERE])
        | (kind.is_in([A_TEST, PERHAPS_A_TEST]) & ~whole[LABORATORY])
        | (kind.is_in([A_DRUG, A_VACCINE]) & ~whole[DRUGS])
    )
    left_off = pl.col("_off").is_not_null()
    fees = fees.with_columns(
        is_of_other_schedule=theirs,
        off_schedule=pl.when(left_off & listed_status).then(
            pl.concat_str(not_paid, "_off", separator="; ")
        ),
        unpriced=pl.when(theirs | (left_off & listed_status))
        .then(None)
        .when(left_off)
        .then(pl.concat_str("unpriced", "_off", separator="; ", ignore_nulls=True))
        .when(left_out)
        .then(pl.concat_str("unpriced", pl.lit(_SELECTION)))
        .otherwise("unpriced"),
        price_unknown=~theirs
        & (pl.col("price_unknown") | left_out | elsewhere).fill_null(value=False),
    )
    none = {name: pl.when(~pl.col("is_of_other_schedule")).then(name) for name in _OF_PHYSICIANS}
    return fees.with_columns(
        **none,
        is_unpriced=pl.col("unpriced").is_not_null(),
        rarely_in_setting=pl.col("rarely_in_setting") & ~pl.col("is_of_other_schedule"),
        # A rule tells anesthesia from all else by the status: none would leave the line out.
        status_code=pl.when("is_of_other_schedule").then(_STATUS.fill_null("X")).otherwise(_STATUS),
    ).with_columns(
        fee_schedule_amount=pl.when("is_of_other_schedule")
        .then(half_up(pl.col("payment_limit"), 10))
        .otherwise("fee_schedule_amount")
    )
