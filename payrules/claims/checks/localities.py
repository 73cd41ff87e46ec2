"""The checks of where a service was done: a locality, or a ZIP code that tells it."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial

import polars as pl

from payrules.claims.checks.cells import each_different
from payrules.claims.checks.fault import Check, Fault
from payrules.claims.checks.people import yes_or_no
from payrules.claims.checks.quoting import says
from payrules.claims.checks.spreadsheet_errors import error_faults
from payrules.claims.checks.suggestions import perhaps
from payrules.claims.columns import HISTORY_ONLY
from payrules.frozen import frozen
from payrules.locality import NATIONAL, NO_LOCALITY, Found
from payrules.nearest import either, nearest

_LOCALITY = re.compile(r"([0-9]{1,5})[\s/_-]+([0-9]{1,2})|([0-9]{5})([0-9]{2})")


#: Gives the one locality that a text names, or else those it may mean.
FindLocality = Callable[[str], Found]


@frozen
class Places:
    """What a line's locality is checked against; `needed` may mark the lines that need one.

    `facility_bills`: whether a facility's own lines are taken where they are done, or refused.
    """

    localities: Collection[str]
    default_locality: str | None
    zips: pl.DataFrame | None
    needed: bool | pl.Expr
    find: "FindLocality | None" = None
    facility_bills: bool = False

    def written(self, given: str) -> str:
        """Write a locality as its key, `01112-05`, where it can be told; else as it was given."""
        written = normal_locality(given)
        if self.find is None or written in self.localities:
            return written
        return self.find(given).locality or written

    def why_none(self, given: str) -> str:
        """Say why a text is no locality's: it fits several, which are named, or none."""
        found = self.find(given) if self.find else Found(None)
        return found.ambiguity or "is not in any loaded fee schedule"


def normal_locality(given: str) -> str:
    """Write a locality as `01112-05`, from forms such as "1112-5", "0111205" or "01112/05"."""
    if given.lower() == "national":
        return "national"
    written = _LOCALITY.fullmatch(given)
    if written is None:
        return given
    contractor, locality, joined_contractor, joined_locality = written.groups()
    return f"{contractor or joined_contractor:0>5}-{locality or joined_locality:0>2}"


def service_locality(schema: Mapping[str, pl.DataType], places: Places) -> Check:
    """Check the locality: named, told by the ZIP code, or the batch's own.

    A line that needs none, and has none, is of the nation as a whole. History, which is never
    priced, needs none, and may be of a place whose fees are not loaded.
    """
    name = "locality"
    needed = places.needed
    needed = pl.lit(needed) if isinstance(needed, bool) else _of_each_code(needed)
    history = yes_or_no(HISTORY_ONLY, False, schema).value
    needed &= ~history
    locality = each_different(pl.col(name), places.written) if name in schema else None
    faults = error_faults(name, schema)
    if locality is not None and places.needed is not False:
        wrong = ~locality.is_in(list(places.localities)) & ~history
        reason = says("locality {} ", name)
        reason += each_different(pl.col(name), places.why_none)
        reason += perhaps(pl.col(name), partial(near_localities, places))
        faults.append(Fault(name, wrong, reason))
    blank = pl.lit(True) if locality is None else locality.is_null()
    value = pl.lit(None, dtype=pl.String) if locality is None else locality
    # Without a ZIP table a locality given for the whole batch serves; it was chosen, not guessed.
    if "service_zip" in schema and (places.zips is not None or not places.default_locality):
        given = pl.col("service_zip")
        faults += _zip_faults(blank & given.is_not_null() & needed, places)
        if places.zips is not None:
            value = pl.coalesce(value, pl.col("_zip_locality"))
        blank &= given.is_null()
    if places.default_locality is not None:
        value = pl.when(blank).then(pl.lit(places.default_locality)).otherwise(value)
    else:
        faults.append(Fault(name, blank & needed, pl.lit(NO_LOCALITY)))
    if isinstance(places.needed, pl.Expr) or HISTORY_ONLY in schema:
        known = value.is_in(list(places.localities))
        value = pl.when(needed | known).then(value).otherwise(pl.lit(NATIONAL))
    if locality is None:
        return Check(name, value, faults)
    # One that is known serves whatever the line, and most files name no other.
    unknown = ~locality.is_in(list(places.localities)).fill_null(value=False)
    alone = Check(name, locality, [*error_faults(name, schema), Fault(name, unknown, pl.lit(""))])
    return Check(name, value, faults, alone)


def _of_each_code(needed: pl.Expr) -> pl.Expr:
    """Tell which lines need a locality, each different code judged once, not each line."""
    code = "hcpcs_code"

    def judged(codes: pl.Series) -> pl.Series:
        different = codes.unique().alias(code)
        if different.is_empty():
            return pl.Series(code, [], dtype=pl.Boolean)
        verdicts = different.to_frame().select(needed).to_series()
        return codes.replace_strict(different, verdicts, return_dtype=pl.Boolean)

    return pl.col(code).map_batches(judged, return_dtype=pl.Boolean)


def _zip_faults(sought: pl.Expr, places: Places) -> list[Fault]:
    name = "service_zip"
    if places.zips is None:
        reason = pl.lit("no ZIP table is loaded: give locality or import CMS's ZIP5 file")
        return [Fault(name, sought, reason)]
    unknown = sought & pl.col("_zip_locality").is_null() & pl.col("_plus_four_needed").is_null()
    ambiguous = sought & pl.col("_plus_four_needed")
    among = pl.col("_zip_candidates").fill_null("")
    elsewhere = ~pl.col("_zip_locality").is_in(list(places.localities))
    return [
        Fault(name, unknown, says("ZIP code {} is not in CMS's ZIP table: give locality", name)),
        Fault(
            name,
            ambiguous,
            says(
                "ZIP code {} lies in more than one locality and only ZIP+4 can tell: give locality",
                name,
            )
            + among,
        ),
        Fault(
            name,
            sought & ~pl.col("_plus_four_needed") & elsewhere,
            says(
                "ZIP code {} is in locality {}, which is not in any loaded fee schedule",
                name,
                pl.col("_zip_locality"),
            ),
        ),
    ]


def with_zip_locality(frame: pl.LazyFrame, zips: pl.DataFrame) -> pl.LazyFrame:
    """Add `_zip_locality` and `_plus_four_needed` by the digits of `service_zip`.

    Where the table has `plus_four` (CMS's ZIP9), the four further digits are looked up first;
    `_zip_candidates` names the localities of a ZIP code that needs them.
    """
    digits = pl.col("service_zip").str.replace(r"-?[0-9]{4}$", "")
    given = pl.col("service_zip")
    # "02134" and "021341234" lose their zero in a spreadsheet, but never a digit after it.
    five = (
        pl.when(given.str.contains(r"^[0-9]{3,5}$"))
        .then(given.str.zfill(5))
        .when(given.str.contains(r"^[0-9]{3,5}-?[0-9]{4}$"))
        .then(digits.str.zfill(5))
    )
    further = pl.col("plus_four") if "plus_four" in zips.columns else pl.lit(None, dtype=pl.String)
    table = zips.lazy().select(
        _zip="zip",
        _plus_four=further,
        _zip_locality="locality",
        _plus_four_needed="plus_four_needed",
    )
    of_further = table.filter(pl.col("_plus_four").is_not_null())
    candidates = of_further.group_by("_zip").agg(
        _zip_candidates=pl.lit(" (")
        + pl.col("_zip_locality").unique().sort().str.join(" or ")
        + pl.lit(")")
    )
    return (
        frame.with_columns(_zip=five, _plus_four=given.str.extract(r"^[0-9]{3,5}-?([0-9]{4})$"))
        .join(
            table.filter(pl.col("_plus_four").is_null()).unique("_zip").drop("_plus_four"),
            on="_zip",
            how="left",
            maintain_order="left",
        )
        .join(candidates, on="_zip", how="left", maintain_order="left")
        .join(
            of_further.unique(["_zip", "_plus_four"]),
            on=["_zip", "_plus_four"],
            how="left",
            maintain_order="left",
            suffix="_told",
        )
        .with_columns(
            pl.coalesce("_zip_locality_told", "_zip_locality").alias("_zip_locality"),
            pl.coalesce("_plus_four_needed_told", "_plus_four_needed").alias("_plus_four_needed"),
        )
    )


def near_localities(places: Places, given: str) -> str:
    """Name the localities that a wrong one may stand for; "" where none does, or it fits some."""
    found = places.find(given) if places.find else Found(None)
    if found.fits or places.written(given) in places.localities:
        return ""
    return ", ".join(found.candidates) or either(nearest(given, sorted(places.localities)))
