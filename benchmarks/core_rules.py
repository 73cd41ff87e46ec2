"""The same core rules three more ways: SQL in DuckDB, a numba kernel, and plain Decimal Python.

Covered: the row of code and component, RVU × GPCI × conversion factor, status, units, multiple
procedures (indicators 2 and 3 ranked by unit), the lesser of charge, coinsurance, sequestration.
All start from the same columns in memory and end with the same amounts in cents, and the same words
for release, setting, status and code of each line. `tests/test_benchmarks.py` compares every line:
a benchmark of two programs that differ says nothing.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

import polars as pl

from payrules.claims.places_of_service import FACILITY
from payrules.payers import MEDICARE
from payrules.schedules import Schedules

CORE = (
    "status_code",
    "units",
    "multiple_procedure",
    "lesser_of_charge",
    "coinsurance",
    "sequestration",
)
CORE_RULES = tuple(rule for rule in MEDICARE.rules if rule.name in CORE)
#: What every version gives: words, and amounts in cents.
WORDS = ("release", "setting", "status", "carc")
AMOUNTS = (
    "fee_schedule_amount",
    "allowed_amount",
    "coinsurance_amount",
    "sequestration_amount",
    "medicare_amount",
)
_ASSISTANTS = ("80", "81", "82", "AS")


def rates(schedules: Schedules) -> pl.DataFrame:
    """Give a row a release, code, component, locality and setting: the fee of one unit, cents."""
    found = []
    for release in schedules.releases:
        factor = release.conversion_factor(release.effective_from).value
        places = release.localities.select("locality", "work_gpci", "pe_gpci", "mp_gpci")
        for setting in ("facility", "nonfacility"):
            # Therapy is paid with the non-facility practice expense everywhere.
            expense = (
                pl.when(pl.col("multiple_procedure_indicator") == "5")
                .then("nonfacility_pe_rvu")
                .otherwise(f"{setting}_pe_rvu")
            )
            relative = (
                pl.col("work_rvu") * pl.col("work_gpci")
                + expense * pl.col("pe_gpci")
                + pl.col("malpractice_rvu") * pl.col("mp_gpci")
            )
            fee = (relative * factor + 5_000_000) // 10_000_000
            paid = pl.col("status_code").is_in(["A", "R", "T"])
            found.append(
                release.codes.join(places, how="cross").select(
                    pl.lit(release.effective_from.year).alias("year"),
                    "hcpcs_code",
                    "modifier",
                    "locality",
                    pl.lit(setting == "facility").alias("facility"),
                    pl.when(paid).then(fee).alias("fee"),
                    pl.col("multiple_procedure_indicator").is_in(["2", "3"]).alias("ranked"),
                )
            )
    return pl.concat(found)


def releases(schedules: Schedules) -> dict[int, str]:
    """Name the release of each year."""
    return {release.effective_from.year: release.name for release in schedules.releases}


def lines_in(checked: pl.DataFrame) -> pl.DataFrame:
    """Give the columns that all versions start from: those of the claim, nothing worked out."""
    return checked.select(
        "claim_id",
        "claim_line_number",
        "person_id",
        "service_date",
        "hcpcs_code",
        "hcpcs_modifier_1",
        "hcpcs_modifier_2",
        "place_of_service_code",
        "locality",
        "rendering_npi",
        "units_thousandths",
        "charge_amount",
    )


# -- DuckDB ----------------------------------------------------------------------------------------

_SQL = """
create or replace table priced as
with coded as (
    select *,
        case when hcpcs_modifier_1 = '26' or hcpcs_modifier_2 = '26' then '26'
             when hcpcs_modifier_1 = 'TC' or hcpcs_modifier_2 = 'TC' then 'TC' else '' end as asked,
        year(service_date) as year,
        place_of_service_code in ({facility}) as facility,
        coalesce(hcpcs_modifier_1 in ({assistants}), false)
            or coalesce(hcpcs_modifier_2 in ({assistants}), false) as assists,
        units_thousandths // 1000 as units
    from lines
), rated as (
    select coded.*,
        coalesce(part.fee, whole.fee) as fee,
        coalesce(part.ranked, whole.ranked) as ranked
    from coded
    left join rates whole on whole.year = coded.year and whole.hcpcs_code = coded.hcpcs_code
        and whole.modifier = '' and whole.locality = coded.locality
        and whole.facility = coded.facility
    left join rates part on part.year = coded.year and part.hcpcs_code = coded.hcpcs_code
        and part.modifier = coded.asked and coded.asked <> '' and part.locality = coded.locality
        and part.facility = coded.facility
), placed as (
    select *,
        case when ranked and fee is not null then
            sum(case when ranked and fee is not null then units else 0 end) over (
                partition by person_id, service_date, rendering_npi, assists,
                    ranked and fee is not null
                order by fee desc, charge_amount // units desc, claim_id, claim_line_number
                rows unbounded preceding) - units + 1 end as place
    from rated
), ranked_amounts as (
    select *,
        case when place is null then fee * units
             when place = 1 then fee + (units - 1) * ((fee * 5000 + 5000) // 10000)
             else units * ((fee * 5000 + 5000) // 10000) end as ranked_amount
    from placed
), allowed as (
    select *,
        case when fee is not null then
            least(ranked_amount, coalesce(charge_amount, 9223372036854775807)) end as allowed_amount
    from ranked_amounts
), shared as (
    select *, (allowed_amount * 2000 + 5000) // 10000 as coinsurance_amount from allowed
), cut as (
    select *, ((allowed_amount - coinsurance_amount) * 200 + 5000) // 10000
        as sequestration_amount from shared
)
select * exclude (fee, place, ranked, asked, assists, units, year, facility, ranked_amount),
    fee as fee_schedule_amount,
    case year {releases} end as release,
    case when facility then 'facility' else 'nonfacility' end as setting,
    case when fee is null then 'not_on_schedule' else 'priced' end as status,
    case when charge_amount < ranked_amount then '45' when ranked_amount < fee * units then '59' end
        as carc,
    case when fee is not null then allowed_amount - coinsurance_amount - sequestration_amount end
        as medicare_amount
from cut
"""


class DuckDB:
    """The rules as one SQL statement; lines and rates are tables of the database beforehand."""

    def __init__(
        self, lines: pl.DataFrame, rates: pl.DataFrame, releases: Mapping[int, str]
    ) -> None:
        import duckdb

        self._connection = duckdb.connect()
        for name, table in (("lines", lines.with_row_index("row")), ("rates", rates)):
            self._connection.register("given", table.to_arrow())
            self._connection.execute(f"create table {name} as select * from given")
        self._sql = _SQL.format(
            facility=", ".join(f"'{code}'" for code in sorted(FACILITY)),
            assistants=", ".join(f"'{modifier}'" for modifier in _ASSISTANTS),
            releases=" ".join(f"when {year} then '{name}'" for year, name in releases.items()),
        )

    def price(self) -> None:
        self._connection.execute(self._sql)

    def results(self) -> pl.DataFrame:
        ordered = f"select {', '.join((*WORDS, *AMOUNTS))} from priced order by row"
        found = pl.DataFrame(pl.from_arrow(self._connection.sql(ordered).to_arrow_table()))
        return found.cast(dict.fromkeys(WORDS, pl.String) | dict.fromkeys(AMOUNTS, pl.Int64))


# -- numba -----------------------------------------------------------------------------------------


def _kernel() -> Any:
    import numba
    import numpy as np

    @numba.njit(cache=True)
    def price(order, session, fee, ranked, units, charge):
        """Walk the lines session by session, the highest fee first."""
        size = len(order)
        allowed = np.empty(size, np.int64)
        coinsurance = np.empty(size, np.int64)
        sequestration = np.empty(size, np.int64)
        code = np.zeros(size, np.uint32)
        place, before = 0, -1
        for at in range(size):
            line = order[at]
            if session[line] != before:
                place, before = 0, session[line]
            amount = fee[line]
            if amount < 0:
                allowed[line] = coinsurance[line] = sequestration[line] = -1
                continue
            count = units[line]
            if ranked[line]:
                half = (amount * 5000 + 5000) // 10000
                amount = (amount if place == 0 else half) + (count - 1) * half
                place += count
                if amount < fee[line] * count:
                    code[line] = 1
            else:
                amount = amount * count
            if 0 <= charge[line] < amount:
                amount = charge[line]
                code[line] = 2
            allowed[line] = amount
            coinsurance[line] = (amount * 2000 + 5000) // 10000
            sequestration[line] = ((amount - coinsurance[line]) * 200 + 5000) // 10000
        return allowed, coinsurance, sequestration, code

    return price


class Numba:
    """The rules as one loop over arrays; the encoding of text into numbers is part of the price."""

    def __init__(
        self, lines: pl.DataFrame, rates: pl.DataFrame, releases: Mapping[int, str]
    ) -> None:
        self._lines, self._kernel, self._releases = lines, _kernel(), dict(releases)
        key = ["year", "hcpcs_code", "modifier", "locality", "facility"]
        self._rates = rates.select(*key, "fee", "ranked")
        self._key = key

    def price(self) -> None:
        modifiers = ("hcpcs_modifier_1", "hcpcs_modifier_2")

        def either(*wanted: str) -> pl.Expr:
            return pl.any_horizontal(pl.col(name).is_in(wanted) for name in modifiers).fill_null(
                value=False
            )

        def numbered(name: str) -> pl.Expr:
            category = pl.Categorical(pl.Categories.random())
            return pl.col(name).cast(category).to_physical().cast(pl.Int64)

        # Combinations are looked up once: the frame's fastest way to a fee, and no rule of its own.
        lines = self._lines.with_columns(
            asked=pl.when(either("26")).then(1).when(either("TC")).then(2).otherwise(0),
            facility=pl.col("place_of_service_code").is_in(list(FACILITY)),
            year=pl.col("service_date").dt.year(),
            _code=numbered("hcpcs_code"),
            _place=numbered("locality"),
            _person=numbered("person_id"),
            _who=numbered("rendering_npi"),
            _assists=either(*_ASSISTANTS).cast(pl.Int64),
            _day=pl.col("service_date").cast(pl.Int64),
            units=pl.col("units_thousandths") // 1000,
            charge=pl.col("charge_amount").fill_null(-1),
        ).with_columns(
            combination=(
                ((pl.col("_code") * 200 + pl.col("_place")) * 3 + pl.col("asked")) * 2
                + pl.col("facility").cast(pl.Int64)
            )
            * 4000
            + pl.col("year"),
            session=((pl.col("_person") * 16_384 + pl.col("_who")) * 65_536 + pl.col("_day")) * 2
            + pl.col("_assists"),
        )
        distinct = lines.unique("combination").select(
            "combination",
            "year",
            "hcpcs_code",
            "locality",
            "facility",
            modifier=pl.col("asked").replace_strict(
                {0: "", 1: "26", 2: "TC"}, return_dtype=pl.String
            ),
        )
        fees = distinct.join(self._rates, on=self._key, how="left")
        whole = distinct.with_columns(modifier=pl.lit("")).join(
            self._rates, on=self._key, how="left"
        )
        fees = fees.join(whole.select("combination", "fee", "ranked"), on="combination").select(
            "combination",
            fee=pl.coalesce("fee", "fee_right").fill_null(-1),
            ranked=pl.coalesce("ranked", "ranked_right").fill_null(value=False),
        )
        lines = lines.join(fees, on="combination", how="left", maintain_order="left")
        order = lines.select(
            pl.arg_sort_by(
                "session",
                -pl.col("fee"),
                -(pl.col("charge") // pl.col("units")),
                "claim_id",
                "claim_line_number",
            )
        ).to_series()
        arrays = [
            lines[name].to_numpy() for name in ("session", "fee", "ranked", "units", "charge")
        ]
        allowed, coinsurance, sequestration, code = self._kernel(order.to_numpy(), *arrays)
        release = pl.Series([self._releases.get(year) for year in range(2200)], dtype=pl.String)
        self._priced = self._lines.with_columns(
            release.gather(lines["year"].cast(pl.UInt32)).alias("release"),
            pl.Series("setting", ["nonfacility", "facility"]).gather(
                lines["facility"].cast(pl.UInt32)
            ),
            pl.Series("status", ["priced", "not_on_schedule"]).gather(
                (lines["fee"] < 0).cast(pl.UInt32)
            ),
            pl.Series("carc", [None, "59", "45"]).gather(pl.Series(code)),
            lines["fee"].alias("fee_schedule_amount"),
            pl.Series("allowed_amount", allowed),
            pl.Series("coinsurance_amount", coinsurance),
            pl.Series("sequestration_amount", sequestration),
            pl.Series("medicare_amount", allowed - coinsurance - sequestration),
        )

    def results(self) -> pl.DataFrame:
        unpriced = pl.col("fee_schedule_amount") < 0
        return self._priced.select(
            *WORDS, *(pl.when(~unpriced).then(pl.col(name)).alias(name) for name in AMOUNTS)
        )


# -- Decimal ---------------------------------------------------------------------------------------


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


class PlainDecimal:
    """The rules as one would write them first: Decimal dollars, one line after the other."""

    def __init__(
        self, lines: pl.DataFrame, rates: pl.DataFrame, releases: Mapping[int, str]
    ) -> None:
        self._lines, self._releases = lines.rows(named=True), releases
        self._rates = {
            row[:5]: (None if row[5] is None else Decimal(row[5]) / 100, row[6])
            for row in rates.iter_rows()
        }

    def price(self) -> None:
        nothing = (None,) * len(AMOUNTS)
        self._results: list[tuple[Any, ...]] = []
        found = []
        for number, line in enumerate(self._lines):
            modifiers = {line["hcpcs_modifier_1"], line["hcpcs_modifier_2"]}
            asked = "26" if "26" in modifiers else "TC" if "TC" in modifiers else ""
            year, place = line["service_date"].year, line["locality"]
            facility = line["place_of_service_code"] in FACILITY
            key = (year, line["hcpcs_code"], asked, place, facility)
            whole = (year, line["hcpcs_code"], "", place, facility)
            fee, ranked = self._rates.get(key) or self._rates.get(whole) or (None, False)
            words = self._releases.get(year), "facility" if facility else "nonfacility"
            if fee is None:
                self._results.append((*words, "not_on_schedule", None, *nothing))
                continue
            self._results.append(words)
            units = line["units_thousandths"] // 1000
            charge = line["charge_amount"]
            charge = None if charge is None else Decimal(charge) / 100
            who = (line["person_id"], line["service_date"], line["rendering_npi"])
            session = (*who, not modifiers.isdisjoint(_ASSISTANTS))
            order = (-fee, -(line["charge_amount"] // units), line["claim_id"])
            found.append(
                (session, (*order, line["claim_line_number"]), number, fee, ranked, units, charge)
            )
        found.sort(key=lambda each: each[:2])
        for _, lines in groupby(found, key=lambda each: each[0]):
            place = 0
            for _, _, number, fee, ranked, units, charge in lines:
                amount = fee * units
                if ranked:
                    half = _cents(fee * Decimal("0.50"))
                    amount = (half if place else fee) + (units - 1) * half
                    place += units
                carc = "59" if amount < fee * units else None
                allowed = amount if charge is None else min(amount, charge)
                if allowed < amount:
                    carc = "45"
                share = _cents(allowed * Decimal("0.20"))
                cut = _cents((allowed - share) * Decimal("0.02"))
                self._results[number] += (
                    *("priced", carc, fee, allowed, share, cut, allowed - share - cut),
                )

    def results(self) -> pl.DataFrame:
        schema = dict.fromkeys(WORDS, pl.String) | dict.fromkeys(AMOUNTS, pl.Decimal(38, 2))
        found = pl.DataFrame(self._results, schema=schema, orient="row")
        return found.with_columns((pl.col(AMOUNTS) * 100).cast(pl.Int64))
