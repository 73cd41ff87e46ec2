"""Works out again, to the cent, the amounts that CMS itself published for a release."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from payrules.fees.formula import IS_THERAPY, rvus, therapy_amount, unit_amount
from payrules.frozen import frozen
from payrules.schedules.releases import PublishedTable, Release
from payrules.schedules.schedules import Schedules

_KEY = ("hcpcs_code", "modifier")
_SETTINGS = ("nonfacility", "facility")
_PAYABLE = ("A", "R", "T")
#: The RVU columns of each kind of amount: practice expense by setting, then malpractice.
_FEE = ("{}_pe_rvu", "malpractice_rvu")
_CAP = ("cap_{}_pe_rvu", "cap_malpractice_rvu")
_MOST_NAMED = 10
_CAPPED = "1"


@frozen
class Recomputed:
    """How many of CMS's published amounts come out of a release's RVUs, GPCIs and factor.

    `not_compared` counts the amounts of codes that the fee schedule does not price (status C);
    `same_quarter` is false where only another quarter's release was at hand; then a code that
    CMS changed in between differs rightly.
    """

    published: str
    amounts: str
    release: str
    same_quarter: bool
    matched: int
    total: int
    not_compared: int
    differing: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Say whether the release itself fails: its own quarter's amounts do not come out."""
        return self.same_quarter and self.matched < self.total


def recompute(schedules: Schedules) -> list[Recomputed]:
    """Compare every PFALL, PFREV and OPPSCAP amount in the store with our own computation."""
    found: list[Recomputed] = []
    for table in schedules.tables:
        if table.kind not in {"amounts", "opps_cap"}:
            continue
        rows = table.stored.read()
        compare = _amounts if table.kind == "amounts" else _caps
        tried = [
            list(compare(rows, table.name, release, same))
            for release, same in _releases_for(schedules, table)
        ]
        # Of a release and its correction, the amounts are those of the one they come out of.
        found += max(tried, key=lambda each: sum(one.matched for one in each), default=[])
    for release in schedules.releases:
        if release.published_caps.height:
            found += _caps(release.published_caps, release.name, release, True)
    return found


def _releases_for(schedules: Schedules, table: PublishedTable) -> list[tuple[Release, bool]]:
    """Give the releases of the table's own quarter, or else the one in force on its day."""
    day = table.published_for
    own = [
        (release, True)
        for release in schedules.releases
        if not release.starter and _quarter(release.published_for) == _quarter(day)
    ]
    in_force = schedules.in_force(day)
    other = [(in_force, False)] if in_force is not None and not in_force.starter else []
    return own or other


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


def _amounts(
    rows: pl.DataFrame, published: str, release: Release, same: bool
) -> Iterator[Recomputed]:
    priced = _priced(rows, release)
    therapy = IS_THERAPY & (pl.col("therapy_amount") > 0)
    half = therapy_amount(rvus("nonfacility_pe_rvu"), pl.col("_factor"))
    capped = pl.col("opps_indicator") == _CAPPED
    for amounts, chosen, right in (
        ("fee schedule amounts", pl.lit(value=True), _both(_FEE, "{}_amount")),
        ("therapy amounts", therapy, pl.col("therapy_amount") == half),
        ("OPPS caps", capped, _both(_CAP, "cap_{}_amount")),
    ):
        of_kind = priced.filter(chosen)
        if of_kind.height:
            yield _counted(of_kind, right, published, amounts, release, same)


def _caps(rows: pl.DataFrame, published: str, release: Release, same: bool) -> Iterator[Recomputed]:
    """OPPSCAP gives what is paid under the cap: the cap, or the fee where that is lower."""
    right = pl.all_horizontal(
        pl.col(f"{setting}_amount")
        == pl.min_horizontal(_amount(_FEE, setting), _amount(_CAP, setting))
        for setting in _SETTINGS
    )
    yield _counted(_priced(rows, release), right, published, "OPPSCAP amounts", release, same)


def _counted(
    priced: pl.DataFrame,
    right: pl.Expr,
    published: str,
    amounts: str,
    release: Release,
    same: bool,
) -> Recomputed:
    compared = priced.filter(pl.col("_status").is_in(_PAYABLE) | pl.col("_status").is_null())
    wrong = compared.filter(~right.fill_null(value=False))
    differing = wrong["hcpcs_code"].unique().sort().head(_MOST_NAMED)
    return Recomputed(
        published=published,
        amounts=amounts,
        release=release.name,
        same_quarter=same,
        matched=compared.height - wrong.height,
        total=compared.height,
        not_compared=priced.height - compared.height,
        differing=tuple(differing),
    )


def _both(columns: tuple[str, str], published: str) -> pl.Expr:
    return pl.all_horizontal(
        pl.col(published.format(setting)) == _amount(columns, setting) for setting in _SETTINGS
    )


def _amount(columns: tuple[str, str], setting: str) -> pl.Expr:
    expense, malpractice = columns
    return unit_amount(rvus(expense.format(setting), malpractice), pl.col("_factor"))


def _priced(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Join what the release prices each row with: its RVUs, GPCIs and factor for everybody."""
    rvus = [f"{setting}_pe_rvu" for setting in _SETTINGS]
    rvus += [
        "work_rvu",
        "malpractice_rvu",
        "cap_malpractice_rvu",
        *(f"cap_{name}" for name in rvus),
    ]
    codes = release.codes.select(*_KEY, pl.col("status_code").alias("_status"), *rvus)
    gpcis = release.localities.select("locality", "work_gpci", "pe_gpci", "mp_gpci")
    factor = release.conversion_factor(release.published_for).value
    return (
        _at_home(rows, release.localities)
        .join(codes, on=_KEY, how="left")
        .join(gpcis, on="locality", how="left")
        .with_columns(pl.lit(factor, dtype=pl.Int64).alias("_factor"))
    )


def _at_home(rows: pl.DataFrame, localities: pl.DataFrame) -> pl.DataFrame:
    """Write localities as GPCI does: OPPSCAP puts all of California under one of its carriers."""
    contractor, number = pl.col("locality").str.head(5), pl.col("locality").str.tail(2)
    states = localities.select(contractor.alias("_contractor"), "state").unique("_contractor")
    unknown = rows.select("locality").unique().join(localities, on="locality", how="anti")
    homes = (
        unknown.with_columns(_contractor=contractor, _number=number)
        .join(states, on="_contractor")
        .join(localities.select("state", _number=number, _home="locality"), on=["state", "_number"])
        .filter(pl.col("locality").is_unique())
    )
    return rows.with_columns(
        pl.col("locality").replace(dict(homes.select("locality", "_home").iter_rows()))
    )
