"""The fee schedule amount of one unit: RVU × GPCI × conversion factor, or a table of dollars.

A batch holds far fewer combinations of code, component, locality, setting and
conversion factor than lines. Each combination is priced once, into `fees`; every line then
points at its row by `fee_row`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from payrules.claims.modifiers import flags
from payrules.claims.places_of_service import is_facility
from payrules.money import WHOLE, dollars_text, fee, fee_units, half_up, scaled_half_up
from payrules.schedules import Release, Schedules
from payrules.schedules.cms.relative_values import RVUS, has_amounts, usable

NATIONAL = "national"
INDICATORS = (
    "status_code",
    "pctc_indicator",
    "global_days",
    "multiple_procedure_indicator",
    "bilateral_indicator",
    "assistant_indicator",
    "co_surgeon_indicator",
    "team_indicator",
    "endoscopic_base_code",
    "imaging_family",
)
PERCENTAGES = ("preoperative", "intraoperative", "postoperative")

#: For tests that are only billed whole (PC/TC 4), the codes of their technical component.
#: Decision: CMS's file does not link them; the RVUs of each group add up exactly (2025D, 2026C).
TECHNICAL_CODES = {
    "93000": ("93005",),
    "93015": ("93017",),
    "93040": ("93041",),
    "93224": ("93225", "93226"),
    "93241": ("93242", "93243"),
    "93245": ("93246", "93247"),
    "93268": ("93270", "93271"),
    "93784": ("93786", "93788"),
}

_PAYABLE = ("A", "R", "T")
#: The modifiers that choose a row, as flags; a number of them is at most `_CHOOSING`.
_HAS_TC, _HAS_26, _HAS_53 = (flags([modifier]) for modifier in ("TC", "26", "53"))
_CHOOSING = _HAS_TC | _HAS_26 | _HAS_53


@dataclass(frozen=True)
class DollarSchedule:
    """A payer's own table of dollars, one row a code and modifier.

    `rows` has hcpcs_code, modifier, facility_amount, nonfacility_amount, work_amount, pe_amount,
    mp_amount (Int64 cents or null), effective_from, effective_to (Date or null), and the
    indicators and percentages (null where the payer gives none). With `own_indicators` a null
    indicator means that no rule applies; otherwise the release in force fills it.
    """

    name: str
    rows: pl.DataFrame
    own_indicators: bool
    cites: str = "the payer's fee schedule"
    #: The hash of the file that was read.
    sha256: str = ""

    def breaks(self) -> list[date]:
        """Give the days on which the schedule changes."""
        starts = self.rows["effective_from"].drop_nulls()
        ends = self.rows["effective_to"].drop_nulls().dt.offset_by("1d")
        return sorted({*starts.to_list(), *ends.to_list()})


@dataclass(frozen=True)
class _Period:
    """Dates that share a release, a conversion factor and an edition of a dollar schedule."""

    release: Release | None
    conversion_factor: int | None
    file_conversion_factor: int | None  # the one the OPPS-cap RVUs were made with
    day: date  # any day of the period


def _periods(
    days: Sequence[date],
    qualifying: Sequence[bool],
    schedules: Schedules,
    named: str | None,
    dollars: DollarSchedule | None,
) -> tuple[list[_Period], list[int]]:
    """Give the periods of a batch, and the number of the period of each day given."""
    always = schedules.named(named) if named else None
    breaks = dollars.breaks() if dollars else []
    numbered: dict[tuple[str | None, int | None, int | None, int], int] = {}
    periods: list[_Period] = []
    period_of = []
    for day, is_qualifying in zip(days, qualifying, strict=True):
        # A payer whose schedule says everything takes nothing from a release, and names none.
        says_all = dollars is not None and dollars.own_indicators
        release = None if says_all else always or schedules.in_force(day)
        factor = release.conversion_factor(day, is_qualifying) if release else None
        in_file = release.cap_conversion_factor(day) if release else None
        edition = sum(first <= day for first in breaks)
        key = (
            release.name if release else None,
            factor.value if factor else None,
            in_file.value if in_file else None,
            edition,
        )
        if key not in numbered:
            numbered[key] = len(periods)
            periods.append(_Period(release, key[1], key[2], day))
        period_of.append(numbered[key])
    return periods, period_of


def attach_fees(
    lines: pl.DataFrame,
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the lines with `fee_row`, and the `fees` those rows number.

    `fees` has, per combination: release, locality, setting, row_modifier, the indicators and
    percentages of the row, and in cents: fee_schedule_amount, base_amount (the endoscopic base's),
    professional_share and technical_share (of one unit), therapy_reduced_amount, cap_amount,
    technical_cap_amount; `unpriced` says why there is no amount where no row serves the line.
    """
    code, place = (pl.Categorical(pl.Categories.random()) for _ in range(2))
    # One number a day and kind of participant: looking it up is quicker than joining on both.
    day = pl.col("service_date").to_physical() * 2
    parts = lines.select(
        pl.col("hcpcs_code").cast(code).alias("_code"),
        pl.col("locality").fill_null("").cast(place).alias("_place"),
        (pl.col("modifiers") & _CHOOSING).alias("_wants"),
        is_facility().alias("_facility"),
        (day + pl.col("qualifying_apm_participant").cast(pl.Int32)).alias("period"),
    )
    first = parts["period"].min()
    first = first if isinstance(first, int) else 0
    seen, seen_place = _distinct(parts["period"] - first)
    seen = seen.cast(pl.Int32) + first
    periods, period_of = _periods(
        (seen // 2).cast(pl.Date).to_list(), (seen % 2 == 1).to_list(), schedules, release, dollars
    )
    period = pl.Series("period", period_of, dtype=pl.Int64).gather(seen_place)
    places = _highest(parts, "_place") + 1
    combination = (
        (
            (pl.col("_code").to_physical().cast(pl.Int64) * places)
            + pl.col("_place").to_physical().cast(pl.Int64)
        )
        * ((_CHOOSING + 1) * 2 * len(periods))
        + pl.col("_wants") * (2 * len(periods))
        + pl.col("_facility").cast(pl.Int64) * len(periods)
        + pl.col("period")
    )
    parts = parts.with_columns(period)
    keys, fee_row = _distinct(parts.select(combination).to_series())
    # Any line of a combination tells what it is made of.
    row = pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    some = pl.zeros(len(keys), pl.UInt32, eager=True).scatter(fee_row, row)
    distinct = (
        parts[some]
        .with_row_index("fee_row")
        .with_columns(
            pl.col("_code").cast(pl.String).alias("hcpcs_code"),
            pl.col("_place").cast(pl.String).alias("locality"),
        )
    )
    lines = lines.with_columns(fee_row.alias("fee_row"))
    return lines, _fees(distinct.drop("_code", "_place"), periods, dollars)


def _distinct(keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give the distinct keys (numbers from 0), and of each line the place of its key among them.

    A table of all keys there could be is several times as quick as hashing, if it is not too long.
    """
    largest = keys.max()
    if not isinstance(largest, int):
        return keys, keys.cast(pl.UInt32)
    if largest < max(4 * len(keys), 1_000_000):
        there = pl.repeat(value=False, n=largest + 1, dtype=pl.Boolean, eager=True)
        there.scatter(keys, pl.repeat(value=True, n=len(keys), dtype=pl.Boolean, eager=True))
        return there.arg_true(), (there.cum_sum() - 1).gather(keys).cast(pl.UInt32)
    distinct = keys.unique().alias("key").to_frame().with_row_index("place")
    places = (
        keys.alias("key").to_frame().join(distinct, on="key", how="left", maintain_order="left")
    )
    return distinct["key"], places["place"]


def _highest(lines: pl.DataFrame, category: str) -> int:
    highest = lines.select(pl.col(category).to_physical().max()).item()
    return int(highest) if highest is not None else 0


def _rates(
    codes: Sequence[str], periods: Sequence[_Period], dollars: DollarSchedule | None
) -> pl.DataFrame:
    """Give the schedule rows of some codes in every period, with what prices them."""
    found = []
    for number, period in enumerate(periods):
        rows = None
        if period.release is not None:
            rows = period.release.codes.filter(pl.col("hcpcs_code").is_in(codes))
        if dollars is not None:
            rows = _dollar_rows(dollars, period.day, codes, rows)
        if rows is not None:
            found.append(rows.with_columns(period=pl.lit(number, dtype=pl.Int64)))
    rates = pl.concat([pl.DataFrame(schema=_NO_ROWS), *found], how="diagonal_relaxed")
    prices = RVUS if dollars is None else _DOLLARS
    return rates.with_columns(pl.col("fee_share").fill_null(WHOLE), has_rvus=has_amounts(prices))


_CAP_RVUS = ("cap_nonfacility_pe_rvu", "cap_facility_pe_rvu", "cap_malpractice_rvu")
_DOLLARS = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
#: Columns that a what-if adds to a release's codes: a share of the fee (ten-thousandths), or the
#: fee itself in each setting (cents). No release of CMS has them.
FEE_CHANGES = ("fee_share", "facility_fee", "nonfacility_fee")
#: And to a schedule in dollars, whose amounts it changes in place: what the row said before, and
#: the non-facility amount that its work, expense and malpractice are still parts of (cents).
FILED = ("filed_facility_amount", "filed_nonfacility_amount", "divided_amount")
_NO_ROWS = (
    {"hcpcs_code": pl.String, "modifier": pl.String, "period": pl.Int64}
    | dict.fromkeys((*INDICATORS, "schedule_note"), pl.String)
    | dict.fromkeys((*PERCENTAGES, *RVUS, *_CAP_RVUS, *_DOLLARS, *FEE_CHANGES, *FILED), pl.Int64)
    | dict.fromkeys(("nonfacility_na", "facility_na"), pl.Boolean)
)


def _dollar_rows(
    dollars: DollarSchedule, day: date, codes: Sequence[str], released: pl.DataFrame | None
) -> pl.DataFrame:
    """Give a dollar schedule's rows on a day, with the indicators its payer lets count."""
    rows = dollars.rows.filter(
        pl.col("hcpcs_code").is_in(codes),
        (pl.col("effective_from") <= day).fill_null(value=True),
        (pl.col("effective_to") >= day).fill_null(value=True),
    )
    if dollars.own_indicators or released is None:
        # Without a status the payer pays the code: that is why it has a row. Without RVUs its own
        # practice expense says which unit of therapy has most of it.
        expense = pl.col("pe_amount")
        if "divided_amount" in rows.columns:
            in_proportion = half_up(
                expense * pl.col("nonfacility_amount"), pl.col("divided_amount")
            )
            expense = pl.coalesce(in_proportion, expense)
        return rows.with_columns(pl.col("status_code").fill_null("A"), nonfacility_pe_rvu=expense)
    indicators = released.select(
        "hcpcs_code", "modifier", *INDICATORS, *PERCENTAGES, *RVUS, "nonfacility_na", "facility_na"
    )
    filled = rows.join(indicators, on=["hcpcs_code", "modifier"], how="left", suffix="_released")
    return filled.with_columns(
        pl.coalesce(name, f"{name}_released").alias(name) for name in (*INDICATORS, *PERCENTAGES)
    ).with_columns(
        pl.col("status_code").fill_null("A"),
        schedule_note=pl.when(pl.all_horizontal(pl.col(INDICATORS).is_null())).then(
            pl.lit(
                "the release in force does not list this code: no indicator, so no rule on"
                " global days, sessions or roles"
            )
        ),
    )


def _fees(
    distinct: pl.DataFrame, periods: Sequence[_Period], dollars: DollarSchedule | None
) -> pl.DataFrame:
    """Price each combination once."""
    linked = [code for codes in TECHNICAL_CODES.values() for code in codes]
    billed = distinct["hcpcs_code"].unique().to_list()
    rates = _rates([*billed, *linked], periods, dollars)
    bases = set(rates["endoscopic_base_code"].drop_nulls().unique()) - {""}
    unbilled = sorted(bases - set(billed) - set(linked))
    rates = pl.concat([rates, _rates(unbilled, periods, dollars)])
    priced = _chosen_rows(distinct, rates).join(
        _all_bases(periods, dollars), on=["hcpcs_code", "period"], how="left"
    )
    priced = _with_places(priced, periods, dollars)
    own = _Amounts(dollars is not None, _any_changed(rates))
    in_facility, outside = pl.lit("facility"), pl.lit("nonfacility")
    is_therapy = pl.col("multiple_procedure_indicator") == "5"
    priced = priced.with_columns(
        pl.when("_facility").then(in_facility).otherwise(outside).alias("setting"),
        # Therapy is paid with the non-facility practice expense everywhere
        # (CMS Pub. 100-04, ch. 5, §10.7; SSA 1848(b)(7)).
        pl.when(pl.col("_facility") & ~is_therapy.fill_null(value=False))
        .then(in_facility)
        .otherwise(outside)
        .alias("expense_setting"),
    ).with_columns(
        pl.when(pl.col("expense_setting") == "facility")
        .then("facility_na")
        .otherwise("nonfacility_na")
        .fill_null(value=False)
        .alias("rarely_in_setting"),
        own.total_rvu().alias("total_rvu"),
        pl.when(pl.col("multiple_procedure_indicator") == "3")
        .then(pl.col("endoscopic_base_code"))
        .when("_is_base")
        .then("hcpcs_code")
        .replace("", None)
        .alias("endoscopic_family"),
    )
    priced = priced.with_columns(
        own.unit().alias("fee_schedule_amount"),
        own.therapy_reduced().alias("therapy_reduced_amount"),
        own.therapy_beyond().alias("_expense_beyond"),
        own.filed("").alias("_filed"),
    )
    code = pl.col("hcpcs_code")
    related: list[tuple[str, pl.Expr, str, _Measures]] = [
        ("_base", pl.col("endoscopic_family"), "", {"amount": own.unit}),
        ("_professional", code, "26", {"amount": own.unit, "filed": own.filed, "moved": own.moved}),
        ("_technical", code, "TC", {"amount": own.unit, "filed": own.filed, "cap": own.cap}),
    ]
    for place in (0, 1):
        codes = {
            whole: parts[place] for whole, parts in TECHNICAL_CODES.items() if place < len(parts)
        }
        part = code.replace_strict(codes, default=None, return_dtype=pl.String)
        related.append((f"_part_{place}", part, "", {"amount": own.unit, "filed": own.filed}))
    for target, related_code, modifier, measures in related:
        priced = _with_related(priced, rates, target, related_code, modifier, own, measures)
    # Decision: a whole test's cap is the hospital's dollars, which no factor of physicians moves,
    # and its professional part at the line's own factor (DRA 2005 §5102(b) caps the technical).
    of_whole_test = (pl.col("row_modifier") == "") & (pl.col("pctc_indicator") == "1")
    moved = pl.when(of_whole_test).then("_professional_moved").fill_null(0)
    priced = priced.with_columns(own.cap(moved=moved).alias("cap_amount"))
    return _with_components(priced).sort("fee_row")


def _all_bases(periods: Sequence[_Period], dollars: DollarSchedule | None) -> pl.DataFrame:
    """Mark the codes that are some family's endoscopic base, in each period."""
    found = [pl.DataFrame(schema={"hcpcs_code": pl.String, "period": pl.Int64})]
    for number, period in enumerate(periods):
        sources = []
        if period.release is not None and not (dollars and dollars.own_indicators):
            sources.append(period.release.codes)
        if dollars is not None:
            sources.append(dollars.rows)
        for source in sources:
            bases = source.select(hcpcs_code="endoscopic_base_code").drop_nulls().unique()
            found.append(
                bases.filter(pl.col("hcpcs_code") != "").with_columns(
                    period=pl.lit(number, dtype=pl.Int64)
                )
            )
    return pl.concat(found).unique().with_columns(_is_base=pl.lit(value=True))


def _chosen_rows(distinct: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Join the row each combination is priced from: 53 wins, then 26, then TC, then blank.

    A valid 26 or TC without a row of its own (80506) gets none: never the whole amount.
    """
    rows = rates.group_by("hcpcs_code", "period").agg(
        *(
            (pl.col("modifier") == modifier).any().alias(f"_has_{modifier}")
            for modifier in ("26", "TC", "53")
        ),
        pl.col("pctc_indicator").filter(pl.col("modifier") == "").first().alias("_whole_pctc"),
    )
    joined = distinct.join(rows, on=["hcpcs_code", "period"], how="left")
    wants = pl.col("_wants")
    chosen = (
        pl.when(((wants & _HAS_53) != 0) & pl.col("_has_53"))
        .then(pl.lit("53"))
        .when(((wants & _HAS_26) != 0) & pl.col("_has_26"))
        .then(pl.lit("26"))
        .when(((wants & _HAS_TC) != 0) & pl.col("_has_TC"))
        .then(pl.lit("TC"))
        .otherwise(pl.lit(""))
    )
    valid_26 = ((wants & _HAS_26) != 0) & pl.col("_whole_pctc").is_in(["1", "6"])
    valid_tc = ((wants & _HAS_TC) != 0) & (pl.col("_whole_pctc") == "1")
    joined = joined.with_columns(chosen.alias("row_modifier")).with_columns(
        ((pl.col("row_modifier") == "") & (valid_26 | valid_tc))
        .fill_null(value=False)
        .alias("_component_missing")
    )
    serving = rates.rename({"modifier": "row_modifier"}).with_columns(_has_row=pl.lit(value=True))
    return joined.join(serving, on=["hcpcs_code", "row_modifier", "period"], how="left").drop(
        "_has_26", "_has_TC", "_has_53", "_whole_pctc"
    )


_NO_PLACES = {"locality": pl.String, "period": pl.Int64} | dict.fromkeys(
    ("work_gpci", "pe_gpci", "mp_gpci", "anesthesia_factor"), pl.Int64
)


def _with_places(
    priced: pl.DataFrame, periods: Sequence[_Period], dollars: DollarSchedule | None
) -> pl.DataFrame:
    """Join the GPCIs and conversion factors, and say why a combination has no price."""
    gpcis = [pl.DataFrame(schema=_NO_PLACES)]
    for number, period in enumerate(periods):
        whole = pl.DataFrame(
            {"locality": [NATIONAL], "work_gpci": [1000], "pe_gpci": [1000], "mp_gpci": [1000]}
        )
        if period.release is not None:
            places = period.release.localities.select("locality", "work_gpci", "pe_gpci", "mp_gpci")
            whole = pl.concat([whole, places])
            whole = whole.join(
                period.release.anesthesia_factors.select(
                    "locality", anesthesia_factor="conversion_factor"
                ),
                on="locality",
                how="left",
            )
        gpcis.append(whole.with_columns(period=pl.lit(number, dtype=pl.Int64)))
    factors = pl.DataFrame(
        {
            "period": range(len(periods)),
            "release": [period.release.name if period.release else None for period in periods],
            "conversion_factor": [period.conversion_factor for period in periods],
            "file_conversion_factor": [period.file_conversion_factor for period in periods],
        },
        schema={
            "period": pl.Int64,
            "release": pl.String,
            "conversion_factor": pl.Int64,
            "file_conversion_factor": pl.Int64,
        },
    )
    priced = priced.join(
        pl.concat(gpcis, how="diagonal"), on=["locality", "period"], how="left"
    ).join(factors, on="period", how="left")
    named = (
        pl.when(pl.col("row_modifier") == "")
        .then("hcpcs_code")
        .otherwise(pl.concat_str("hcpcs_code", pl.lit("-"), "row_modifier"))
    )
    asked = pl.when((pl.col("_wants") & _HAS_26) != 0).then(pl.lit("26")).otherwise(pl.lit("TC"))
    no_release = pl.col("release").is_null()
    if dollars is not None:
        no_row = pl.format("{} has no row in the payer's fee schedule on this date", named)
        no_factor = no_place = pl.lit(value=False)
        no_release = no_release & (not dollars.own_indicators)
    else:
        no_row = pl.format("{} has no row in release {}", named, "release")
        no_factor = pl.col("conversion_factor").is_null()
        no_place = pl.col("work_gpci").is_null()
    takes_indicators = "" if dollars is None else ", and the payer's indicators come from it"
    unpriced = (
        pl.when(no_release)
        .then(
            pl.lit(
                f"no release is in force on this date{takes_indicators}; import one with 'payrules"
                " schedules import'"
            )
        )
        .when(pl.col("_component_missing"))
        .then(pl.format("{}-{} has no row of its own in the schedule", "hcpcs_code", asked))
        .when(pl.col("_has_row").is_null())
        .then(no_row)
        .when(no_factor)
        .then(pl.format("release {} has no conversion factor for this date", "release"))
        .when(no_place & (pl.col("locality") == ""))
        .then(pl.lit("no locality: give one, such as 01112-05, or `national`"))
        .when(no_place)
        .then(pl.format("release {} has no GPCI for locality {}", "release", "locality"))
        .otherwise(None)
    )
    return priced.with_columns(unpriced=unpriced).drop("_has_row", "_component_missing", "_wants")


class _Amounts:
    """The amounts of one unit as expressions, from RVUs or from dollars, of a row and its kin."""

    def __init__(self, in_dollars: bool, any_changed: bool) -> None:
        self.in_dollars = in_dollars
        self.any_changed = any_changed

    @staticmethod
    def usable(prefix: str = "") -> pl.Expr:
        """Only the RVUs of status A, R and T are ever used, and R only where it has some."""
        has_amount = usable(f"{prefix}status_code", pl.col(f"{prefix}has_rvus"))
        return has_amount & pl.col("unpriced").is_null()

    def columns(self) -> list[str]:
        """Give the row columns that amounts are made of."""
        own = (*_DOLLARS, *FILED) if self.in_dollars else (*RVUS, *_CAP_RVUS, *FEE_CHANGES)
        return ["status_code", "has_rvus", *own]

    @staticmethod
    def _in_setting(facility: str, nonfacility: str) -> pl.Expr:
        in_facility = pl.col("expense_setting") == "facility"
        return pl.when(in_facility).then(facility).otherwise(nonfacility)

    def unit(self, prefix: str = "") -> pl.Expr:
        """Fee schedule amount, cents."""
        if self.in_dollars:
            amount = self._in_setting(f"{prefix}facility_amount", f"{prefix}nonfacility_amount")
        else:
            of_rvus = self._of_rvus(prefix, pl.col(f"{prefix}fee_share"))
            amount = pl.coalesce(self._set_fee(prefix), of_rvus)
        return pl.when(self.usable(prefix)).then(amount)

    def filed(self, prefix: str) -> pl.Expr:
        """Amount of a row whose fee a what-if changes, before that, cents; null of any other."""
        if not self.any_changed:
            return pl.lit(None, dtype=pl.Int64)
        if self.in_dollars:
            return self._in_setting(f"{prefix}{FILED[0]}", f"{prefix}{FILED[1]}")
        scaled = pl.col(f"{prefix}fee_share") != WHOLE
        return pl.when(scaled | self._set_fee(prefix).is_not_null()).then(self._of_rvus(prefix))

    def _of_rvus(self, prefix: str = "", share: pl.Expr | None = None) -> pl.Expr:
        """Amount by the formula, cents."""
        return fee(
            pl.col(f"{prefix}work_rvu"),
            pl.col("work_gpci"),
            self._in_setting(f"{prefix}facility_pe_rvu", f"{prefix}nonfacility_pe_rvu"),
            pl.col("pe_gpci"),
            pl.col(f"{prefix}malpractice_rvu"),
            pl.col("mp_gpci"),
            pl.col("conversion_factor"),
            share,
        )

    def _set_fee(self, prefix: str = "") -> pl.Expr:
        """Give the fee a what-if sets in the place of RVUs, cents."""
        return self._in_setting(f"{prefix}facility_fee", f"{prefix}nonfacility_fee")

    def therapy_reduced(self) -> pl.Expr:
        """Amount with half the practice expense, one rounding (ch. 5 §10.7), cents.

        A fee that is set has no practice expense of its own: it is reduced in the proportion in
        which the fee it replaces was.
        """
        if self.in_dollars:
            whole, set_fee = self._divided(), pl.col("nonfacility_amount")
            expense = pl.min_horizontal(pl.when(whole.is_not_null()).then("pe_amount"), whole)
            # A schedule that does not say all three parts may say its practice expense alone.
            of_expense = whole - expense + half_up(expense, 2)
            reduced = pl.min_horizontal(pl.coalesce(self._of_parts(), of_expense), whole)
            reduced = pl.when(pl.col("pe_amount").is_not_null()).then(reduced)
            is_set = pl.col("divided_amount").is_not_null()
        else:
            # Twice everything but the practice expense, over two: exact, and rounded once.
            reduced = scaled_half_up(
                (
                    2 * pl.col("work_rvu") * pl.col("work_gpci")
                    + pl.col("nonfacility_pe_rvu") * pl.col("pe_gpci")
                    + 2 * pl.col("malpractice_rvu") * pl.col("mp_gpci")
                )
                * pl.col("conversion_factor"),
                20_000_000,
                pl.col("fee_share"),
            )
            whole, set_fee = self._of_rvus(), self._set_fee()
            is_set = set_fee.is_not_null()
        if self.any_changed:
            reduced = pl.when(is_set).then(half_up(set_fee * reduced, whole)).otherwise(reduced)
        is_therapy = pl.col("multiple_procedure_indicator") == "5"
        return pl.when(self.usable() & is_therapy).then(reduced)

    def therapy_beyond(self) -> pl.Expr:
        """Say where the parts of a schedule's therapy amount contradict it."""
        if not self.in_dollars:
            return pl.lit(value=False)
        whole = self._divided()
        beyond = (pl.col("pe_amount") > whole) | (self._of_parts() > whole).fill_null(value=False)
        is_therapy = pl.col("multiple_procedure_indicator") == "5"
        return (self.usable() & is_therapy & beyond).fill_null(value=False)

    @staticmethod
    def _divided() -> pl.Expr:
        """Amount in dollars that work, practice expense and malpractice are parts of, cents."""
        return pl.coalesce("divided_amount", "nonfacility_amount")

    @staticmethod
    def _of_parts() -> pl.Expr:
        """Amount in dollars of the three parts, the practice expense halved, cents."""
        return pl.col("work_amount") + half_up(pl.col("pe_amount"), 2) + pl.col("mp_amount")

    def cap(self, prefix: str = "", moved: pl.Expr | None = None) -> pl.Expr:
        """OPPS cap of a row that has cap RVUs (DRA 2005 §5102(b)), one rounding, cents.

        `moved` is what its physician's part is worth more, or less, than with the file's factor.
        """
        if self.in_dollars:
            return pl.lit(None, dtype=pl.Int64)
        capped = pl.sum_horizontal(f"{prefix}{name}" for name in _CAP_RVUS) > 0
        amount = fee(
            pl.col(f"{prefix}work_rvu"),
            pl.col("work_gpci"),
            self._in_setting(f"{prefix}cap_facility_pe_rvu", f"{prefix}cap_nonfacility_pe_rvu"),
            pl.col("pe_gpci"),
            pl.col(f"{prefix}cap_malpractice_rvu"),
            pl.col("mp_gpci"),
            pl.col("file_conversion_factor"),
            beside=moved,
        )
        return pl.when(self.usable(prefix) & capped).then(amount)

    def moved(self, prefix: str) -> pl.Expr:
        """What a row's fee gains where the factor is not that of the caps' file, 10⁻⁹ dollars."""
        if self.in_dollars:
            return pl.lit(None, dtype=pl.Int64)
        gained = fee_units(
            pl.col(f"{prefix}work_rvu"),
            pl.col("work_gpci"),
            self._in_setting(f"{prefix}facility_pe_rvu", f"{prefix}nonfacility_pe_rvu"),
            pl.col("pe_gpci"),
            pl.col(f"{prefix}malpractice_rvu"),
            pl.col("mp_gpci"),
            pl.col("conversion_factor") - pl.col("file_conversion_factor"),
        )
        return pl.when(self.usable(prefix)).then(gained)

    def total_rvu(self) -> pl.Expr:
        """Total RVU in the setting, hundredths: what some payers rank by."""
        return (
            pl.col("work_rvu")
            + self._in_setting("facility_pe_rvu", "nonfacility_pe_rvu")
            + pl.col("malpractice_rvu")
        )


#: What a related row is asked for: name → an expression of the prefix of its columns.
_Measures = Mapping[str, Callable[[str], pl.Expr]]


def _with_related(
    priced: pl.DataFrame,
    rates: pl.DataFrame,
    target: str,
    code: pl.Expr,
    modifier: str,
    own: _Amounts,
    measures: _Measures,
) -> pl.DataFrame:
    """Price a related row (the base, a component) in each combination's place and setting."""
    prefix = f"{target}_"
    related = rates.filter(pl.col("modifier") == modifier).select(
        pl.col("hcpcs_code").alias(f"{target}_code"),
        "period",
        *(pl.col(name).alias(f"{prefix}{name}") for name in own.columns()),
    )
    joined = priced.with_columns(code.alias(f"{target}_code")).join(
        related, on=[f"{target}_code", "period"], how="left"
    )
    joined = joined.with_columns(
        measure(prefix).alias(f"{prefix}{name}") for name, measure in measures.items()
    )
    return joined.drop(f"{target}_code", *(f"{prefix}{name}" for name in own.columns()))


def _with_components(priced: pl.DataFrame) -> pl.DataFrame:
    """Give the professional and technical component of one unit, and what the schedule contradicts.

    Decision: a fee that a what-if changes takes its parts along in proportion, unless it changes
    their rows too; and no part is more than the whole, whatever its own row says, with a note.
    """
    pctc = pl.col("pctc_indicator")
    amount = pl.col("fee_schedule_amount")
    is_whole = pl.col("row_modifier") == ""
    has_part_1 = pl.col("hcpcs_code").is_in(
        [whole for whole, parts in TECHNICAL_CODES.items() if len(parts) > 1]
    )
    of_parts = pl.col("_part_0_amount") + pl.when(has_part_1).then("_part_1_amount").otherwise(0)

    def along(part: pl.Expr, *changed: str) -> pl.Expr:
        moves = pl.col("_filed").is_not_null() & pl.all_horizontal(pl.col(changed).is_null())
        return pl.coalesce(pl.when(moves).then(half_up(part * amount, pl.col("_filed"))), part)

    technical = (
        pl.when((pl.col("row_modifier") == "TC") | (pctc == "3"))
        .then(amount)
        .when(is_whole & (pctc == "1"))
        .then(along(pl.col("_technical_amount"), "_technical_filed"))
        .when(is_whole & (pctc == "4"))
        .then(along(of_parts, "_part_0_filed", "_part_1_filed"))
    )
    professional = (
        pl.when((pl.col("row_modifier") == "26") | (pctc == "2"))
        .then(amount)
        .when(is_whole & (pctc == "1"))
        .then(along(pl.col("_professional_amount"), "_professional_filed"))
    )
    priced = priced.with_columns(technical_share=technical, professional_share=professional)
    return (
        _with_contradictions(priced)
        .with_columns(
            *(
                pl.when(pl.col(share) > amount).then(amount).otherwise(share).alias(share)
                for share in ("technical_share", "professional_share")
            ),
            pl.when(is_whole & (pctc == "1")).then("_technical_cap").alias("technical_cap_amount"),
            pl.col("_base_amount").alias("base_amount"),
            pl.col("unpriced").is_not_null().alias("is_unpriced"),
        )
        .drop(pl.selectors.starts_with("_"))
    )


def _with_contradictions(priced: pl.DataFrame) -> pl.DataFrame:
    """Say in `parts_note` which part of a schedule's amount is more than the amount itself."""
    amount = pl.col("fee_schedule_amount")
    parts = {name: pl.col(f"{name}_share") for name in ("technical", "professional")}
    beyond = {name: (part > amount).fill_null(value=False) for name, part in parts.items()}
    if not priced.select(pl.any_horizontal(*beyond.values(), "_expense_beyond").any()).item():
        return priced.with_columns(parts_note=pl.lit(None, dtype=pl.String))
    whole = pl.concat_str(pl.lit("the whole, $"), dollars_text(amount))
    remarks = [
        pl.when(beyond[name]).then(
            pl.format(
                f"the schedule's {name} part, ${{}}, is more than {{}}: counted as the whole",
                dollars_text(part),
                whole,
            )
        )
        for name, part in parts.items()
    ]
    expense = pl.format(
        "the schedule's therapy amount in parts (work, practice expense, malpractice) is more than"
        " {}: counted as the whole",
        whole,
    )
    remarks.append(pl.when("_expense_beyond").then(expense))
    said = pl.concat_str(remarks, separator="; ", ignore_nulls=True)
    return priced.with_columns(parts_note=said.replace("", None))


def _any_changed(rates: pl.DataFrame) -> bool:
    """Say whether a what-if changes the fee of any row."""
    changes = ("facility_fee", "nonfacility_fee", *FILED)
    scaled = (rates["fee_share"] != WHOLE).any()
    return scaled or any(rates[name].null_count() < rates.height for name in changes)


__all__ = [
    "FEE_CHANGES",
    "FILED",
    "INDICATORS",
    "NATIONAL",
    "PERCENTAGES",
    "TECHNICAL_CODES",
    "DollarSchedule",
    "attach_fees",
]
