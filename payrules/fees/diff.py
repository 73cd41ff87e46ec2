"""What changed between two releases: codes, indicators, RVUs and amounts, the largest first."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from payrules.errors import ScheduleError
from payrules.fees.formula import GPCIS, IS_THERAPY, OfEach, rvus, unit_amount
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.money import as_dollars, scaled_text
from payrules.schedules.releases import Release
from payrules.schedules.rvus import RVUS, has_amounts, usable

_KEY = ("hcpcs_code", "modifier")
_SETTINGS = ("nonfacility", "facility")
_RVUS = {
    "work_rvu": "work",
    "nonfacility_pe_rvu": "non-facility practice expense",
    "facility_pe_rvu": "facility practice expense",
    "malpractice_rvu": "malpractice",
}
_INDICATORS = {
    "status_code": "status",
    "pctc_indicator": "PC/TC",
    "global_days": "global days",
    "multiple_procedure_indicator": "multiple procedures",
    "bilateral_indicator": "bilateral",
    "assistant_indicator": "assistant",
    "co_surgeon_indicator": "co-surgeons",
    "team_indicator": "team",
    "endoscopic_base_code": "endoscopic base",
    "supervision_code": "supervision",
    "imaging_family": "imaging family",
    "nonfacility_na": "non-facility NA",
    "facility_na": "facility NA",
    "preoperative": "preoperative share",
    "intraoperative": "intraoperative share",
    "postoperative": "postoperative share",
}
_IN_HUNDREDTHS = ("preoperative", "intraoperative", "postoperative")


@frozen
class ReleaseChanges:
    """What changed from one release to another, in one locality.

    `rows` has one row a code and modifier that changed in any way: hcpcs_code, modifier, label,
    change (added, deleted, status, indicators, RVUs, amount), indicators and rvus in words, and
    per setting the amount before, after and their change (Decimal dollars; null where the fee
    schedule sets none). The largest change of either setting comes first. `unchanged` counts the
    others. Amounts include the conversion factors, so a year's new factor changes every one.
    """

    before: str
    after: str
    locality: str
    conversion_factors: tuple[str, str]
    rows: pl.DataFrame
    unchanged: int

    def counts(self) -> Mapping[str, int]:
        """Count the changed rows by kind of change."""
        counted = self.rows["change"].value_counts(sort=True)
        return dict(counted.iter_rows())


def diff(
    before: Release,
    after: Release,
    *,
    locality: str = NATIONAL,
    days: tuple[date | None, date | None] = (None, None),
) -> ReleaseChanges:
    """Compare two releases code by code; amounts are those of one unit in the locality.

    Each release is priced with its conversion factor for everybody on its day (by default the
    one it was published for: 2024A with January's factor, not March's). ScheduleError for a
    locality that a release has not.
    """
    sides, factors = [], []
    for release, day in zip((before, after), days, strict=True):
        factor = release.conversion_factor(day or release.published_for)
        factors.append(str(factor))
        sides.append(with_amounts(release, locality, factor.value))
    joined = sides[0].join(sides[1], on=_KEY, how="full", coalesce=True, suffix="_after")
    joined = joined.with_columns(
        _in_words(_INDICATORS).alias("indicators"),
        _in_words(_RVUS).alias("rvus"),
        *(
            # Null where neither release sets an amount, which is no change of 0.00.
            pl.when(
                pl.any_horizontal(
                    pl.col(f"{setting}_amount", f"{setting}_amount_after").is_not_null()
                )
            )
            .then(
                pl.col(f"{setting}_amount_after").fill_null(0)
                - pl.col(f"{setting}_amount").fill_null(0)
            )
            .alias(f"_{setting}_change")
            for setting in _SETTINGS
        ),
    )
    changes = [f"_{setting}_change" for setting in _SETTINGS]
    change = (
        pl.when(pl.col("status_code").is_null())
        .then(pl.lit("added"))
        .when(pl.col("status_code_after").is_null())
        .then(pl.lit("deleted"))
        .when(pl.col("status_code") != pl.col("status_code_after"))
        .then(pl.lit("status"))
        .when(pl.col("indicators") != "")
        .then(pl.lit("indicators"))
        .when(pl.col("rvus") != "")
        .then(pl.lit("RVUs"))
        .when(pl.any_horizontal(pl.col(name) != 0 for name in changes))
        .then(pl.lit("amount"))
    )
    joined = joined.with_columns(change.alias("change"))
    changed = joined.filter(pl.col("change").is_not_null()).sort(
        pl.max_horizontal(pl.col(name).abs() for name in changes),
        "hcpcs_code",
        "modifier",
        descending=[True, False, False],
        nulls_last=True,
    )
    rows = changed.select(
        *_KEY,
        pl.coalesce("label", "label_after").alias("label"),
        "change",
        pl.when(pl.col("change").is_in(["added", "deleted"]))
        .then(_said_of("status_code", "status"))
        .otherwise("indicators")
        .alias("indicators"),
        pl.when(pl.col("change").is_in(["added", "deleted"]).not_()).then("rvus").alias("rvus"),
        *(
            column
            for setting in _SETTINGS
            for column in (
                as_dollars(pl.col(f"{setting}_amount")).alias(f"{setting}_amount_before"),
                as_dollars(pl.col(f"{setting}_amount_after")).alias(f"{setting}_amount_after"),
                as_dollars(pl.col(f"_{setting}_change")).alias(f"{setting}_change"),
            )
        ),
    ).with_columns(pl.col("indicators", "rvus").fill_null(""))
    return ReleaseChanges(
        before=before.name,
        after=after.name,
        locality=locality,
        conversion_factors=(factors[0], factors[1]),
        rows=rows,
        unchanged=joined.height - rows.height,
    )


def with_amounts(release: Release, locality: str, factor: int) -> pl.DataFrame:
    """Give a release's rows with nonfacility_amount and facility_amount of one unit, in cents.

    Null where the fee schedule sets none. Therapy is paid at the non-facility amount everywhere.
    """
    if locality == NATIONAL:
        numbers = (1000, 1000, 1000)
    else:
        found = release.localities.filter(pl.col("locality") == locality)
        if not found.height:
            raise ScheduleError(f"Release {release.name} has no locality '{locality}'.")
        numbers = found.select(GPCIS).row(0)
    gpcis = OfEach(*(pl.lit(number, dtype=pl.Int64) for number in numbers))
    return release.codes.with_columns(
        pl.when(usable("status_code", has_amounts(RVUS)))
        .then(unit_amount(rvus(_expense(setting)), factor, gpcis))
        .alias(f"{setting}_amount")
        for setting in _SETTINGS
    )


def _expense(setting: str) -> pl.Expr:
    return pl.when(IS_THERAPY).then("nonfacility_pe_rvu").otherwise(f"{setting}_pe_rvu")


def _in_words(columns: Mapping[str, str]) -> pl.Expr:
    """Say of each column that differs: "status A → C"; empty where none does."""
    said = [
        pl.when(pl.col(column).ne_missing(pl.col(f"{column}_after"))).then(_said_of(column, name))
        for column, name in columns.items()
    ]
    return pl.concat_str(said, separator=", ", ignore_nulls=True)


def _said_of(column: str, name: str) -> pl.Expr:
    before, after = (_shown(column, suffix) for suffix in ("", "_after"))
    return pl.format("{} {} → {}", pl.lit(name), before, after)


def _shown(column: str, suffix: str) -> pl.Expr:
    cell = pl.col(f"{column}{suffix}")
    if column in _RVUS or column in _IN_HUNDREDTHS:
        cell = scaled_text(cell, 2)
    elif column.endswith("_na"):
        cell = pl.when(cell).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return pl.when(cell.is_null() | (cell == "")).then(pl.lit("none")).otherwise(cell)


def volume_effect(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Tell what a change of release does to a practice's own volume.

    `before` and `after` are the same lines priced in whole with either release (`Estimate.lines`).
    One row a code and setting, the largest effect first: lines, units, the allowed amounts before
    and after, `effect` (always after − before), what of it is of lines with an amount in both
    releases, only before and only after (`lines_…`, `effect_…`), lines with an amount in neither,
    and how many changed their status. Decimal dollars; what no line has an amount of is none, and
    such a row has no effect.
    """
    key = ["claim_id", "claim_line_number"]
    units = ["service_unit_quantity"] if "service_unit_quantity" in before.columns else []
    both = before.select(*key, "hcpcs_code", "setting", "status", "allowed_amount", *units).join(
        after.select(*key, "status", "allowed_amount"),
        on=key,
        how="inner",
        suffix="_after",
        validate="1:1",
    )
    was, now = (pl.col(f"allowed_amount{suffix}") for suffix in ("", "_after"))
    has_any = was.is_not_null() | now.is_not_null()
    effect = pl.when(has_any).then(now.fill_null(0) - was.fill_null(0))
    in_part = {
        "in_both": was.is_not_null() & now.is_not_null(),
        "only_before": was.is_not_null() & now.is_null(),
        "only_after": was.is_null() & now.is_not_null(),
    }
    return (
        both.group_by("hcpcs_code", "setting")
        .agg(
            pl.len().alias("lines"),
            (pl.sum(*units) if units else pl.len()).alias("units"),
            _sum_of(was).alias("allowed_before"),
            _sum_of(now).alias("allowed_after"),
            _sum_of(effect).alias("effect"),
            *(
                column
                for name, here in in_part.items()
                for column in (
                    here.sum().alias(f"lines_{name}"),
                    _sum_of(effect.filter(here)).alias(f"effect_{name}"),
                )
            ),
            (was.is_null() & now.is_null()).sum().alias("lines_in_neither"),
            (pl.col("status") != pl.col("status_after")).sum().alias("changed_status"),
        )
        .sort(
            *(pl.col("effect").abs(), "hcpcs_code", "setting"),
            descending=[True, False, False],
            nulls_last=True,
        )
    )


def _sum_of(amounts: pl.Expr) -> pl.Expr:
    """Add up the amounts of a group; none where no line has one."""
    return pl.when(amounts.count() > 0).then(amounts.sum())


class VolumeStep(NamedTuple):
    """A step from what was allowed to what is: its words, and the columns of the volume it adds."""

    words: str
    lines: int | None
    amount: Decimal | None
    of_lines: str | None = None
    of_amount: str | None = None


def volume_steps(difference: ReleaseChanges, volume: pl.DataFrame) -> list[VolumeStep]:
    """Give the steps from the allowed amount before to that after.

    The first and the last are the totals, the one before the last their difference; the lines that
    have an amount in one release only are steps of their own. Decision: such a line counts with
    its whole amount, as a loss or a gain of the practice's own volume, because the totals of the
    two releases hold it or do not; its own step says that no price changed it.
    """
    before, after = difference.before, difference.after

    def step(words: str, of_lines: str | None, of_amount: str | None) -> VolumeStep:
        return VolumeStep(
            words,
            None if of_lines is None else int(volume[of_lines].sum()),
            None if of_amount is None else sum(volume[of_amount].drop_nulls(), start=Decimal(0)),
            of_lines,
            of_amount,
        )

    parts = [
        step(words, f"lines_{name}", f"effect_{name}")
        for name, words in (
            ("in_both", "lines with an amount in both releases"),
            ("only_before", f"lines with an amount in {before} only"),
            ("only_after", f"lines with an amount in {after} only"),
        )
    ]
    neither = step("lines without an amount in either", "lines_in_neither", None)
    return [
        step(f"allowed with {before}", "lines", "allowed_before"),
        *(each for each in parts if each.lines or each is parts[0]),
        *([neither] if neither.lines else []),
        step("effect on your volume", None, "effect"),
        step(f"allowed with {after}", None, "allowed_after"),
    ]
