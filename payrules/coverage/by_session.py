"""What one session may hold: lines of one person and day, judged in the order of the claims."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from payrules.claims import columns
from payrules.coverage.findings import denials, in_words, listed, reviews
from payrules.coverage.policy import Policy, SessionLimit

SESSION = ("person", "service_date")
#: In a session as over days, what comes later never changes what was found of what came before.
IN_ORDER = ("service_date", "claim_id", "claim_line_number")
_UNIT = 1000
BOTH_SIDES = "50"


def has_modifier(*modifiers: str) -> pl.Expr:
    """Whether a line has any of these modifiers, whether a rule has a flag for them or not."""
    return pl.any_horizontal(
        pl.col(place).is_in(modifiers) for place in columns.MODIFIERS
    ).fill_null(value=False)


def flag(modifier: str) -> str:
    """Name the column that says whether a line has a modifier."""
    return f"_has_{modifier}"


def flags(modifiers: Iterable[str]) -> dict[str, pl.Expr]:
    """Say of lines which of these modifiers they have, a column each."""
    return {flag(each): has_modifier(each) for each in modifiers}


def side() -> pl.Expr:
    """Say on which side a line is: RT, LT, both, or null where it does not say."""
    right, left = pl.col(flag("RT")), pl.col(flag("LT"))
    return (
        pl.when(right & left)
        .then(pl.lit("both"))
        .when(right)
        .then(pl.lit("RT"))
        .when(left)
        .then(pl.lit("LT"))
    )


class Met(NamedTuple):
    """Lines that a policy judges, those beside them that count, and its place among policies.

    `within` are all lines of its days and contractors, whatever their code; `counted` has history,
    too, without a row.
    """

    judged: pl.DataFrame
    within: pl.DataFrame
    counted: pl.DataFrame
    policy: Policy
    number: int

    def counting(self, codes: pl.Expr) -> pl.DataFrame:
        """Give the lines that count, of some codes."""
        return self.counted.filter(codes)

    def only_judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give the judged lines among some."""
        return rows.join(self.judged.select("row"), on="row", how="semi")


def of_sides(met: Met) -> Iterator[pl.DataFrame]:
    """Find what is billed for both sides where the policy knows one: 50, RT and LT, two units."""
    for limit in met.policy.sessions:
        if not limit.one_side:
            continue
        lines = met.counting(_codes_of(met.policy, limit))
        several = pl.col("units_thousandths") > _UNIT
        twice = pl.col(flag(BOTH_SIDES)) | several | (side() == "both")
        both = met.only_judged(lines.filter(twice))
        codes = met.policy.denial("sides")
        if both.height:
            yield denials(both, met.number, codes, "billed for both sides, or more than one unit")
        sided = (
            lines.filter(~twice).with_columns(_side=side()).filter(pl.col("_side").is_not_null())
        )
        of_code = [*SESSION, "hcpcs_code"]
        two = sided.filter(pl.col("_side").n_unique().over(of_code) > 1).sort(IN_ORDER)
        if two.height:
            first = pl.col("_side").first().over(of_code)
            other = met.only_judged(two.filter(pl.col("_side") != first))
            if other.height:
                yield denials(other, met.number, codes, "billed for the other side of a session")


def of_regions(met: Met) -> Iterator[pl.DataFrame]:
    """Find lines of a second region of a family in one session."""
    for limit in met.policy.sessions:
        if not limit.one_region:
            continue
        for family in met.policy.families:
            if family.name not in limit.families:
                continue
            regions = {code: region for region, codes in family.regions for code in codes}
            lines = met.counting(pl.col("hcpcs_code").is_in([*regions]))
            lines = lines.with_columns(_region=pl.col("hcpcs_code").replace_strict(regions))
            two = lines.filter(pl.col("_region").n_unique().over(SESSION) > 1).sort(IN_ORDER)
            if not two.height:
                continue
            two = two.with_columns(_first=pl.col("_region").first().over(SESSION))
            other = met.only_judged(two.filter(pl.col("_region") != pl.col("_first")))
            if other.height:
                text = pl.format(
                    "a second region of one session, beside {}",
                    pl.col("_first").str.replace_all("_", " ", literal=True),
                )
                yield denials(other, met.number, met.policy.denial("regions"), text)


def of_levels(met: Met) -> Iterator[pl.DataFrame]:
    """Find lines beyond the levels of a session: the primary and its add-ons, units counted.

    Both sides of a level are one. A line that carries the count beyond the limit falls whole, since
    no line is denied in part.
    """
    for limit in met.policy.sessions:
        if limit.most_levels is None:
            continue
        for family in met.policy.families:
            if family.name not in limit.families:
                continue
            for region, codes in family.regions:
                lines = met.counting(pl.col("hcpcs_code").is_in(codes))
                beyond = _beyond(lines, limit.most_levels)
                found = met.only_judged(beyond) if beyond.height else beyond
                if found.height:
                    text = (
                        f"more than {limit.most_levels} levels of {in_words(region)} in one session"
                    )
                    yield denials(found, met.number, met.policy.denial("levels"), text)


def _beyond(lines: pl.DataFrame, most: int) -> pl.DataFrame:
    """Give the lines that carry their session beyond so many levels, in order."""
    # A session of no more units than levels is within: most are, and are told by one sum.
    units = -(-pl.col("units_thousandths") // _UNIT)
    lines = lines.with_columns(_units=units)
    many = lines.group_by(SESSION).agg(pl.col("_units").sum()).filter(pl.col("_units") > most)
    if not many.height:
        return lines.clear()
    lines = lines.join(many.select(SESSION), on=SESSION, how="semi").with_columns(_side=side())
    of_side = {
        name: pl.col("_units").filter(pl.col("_side") == name).sum() for name in ("RT", "LT")
    }
    sideless = pl.col("_units").filter(pl.col("_side").is_null() | (pl.col("_side") == "both"))
    levels = (
        lines.group_by(*SESSION, "hcpcs_code")
        .agg(levels=sideless.sum() + pl.max_horizontal(*of_side.values()))
        .group_by(SESSION)
        .agg(pl.col("levels").sum())
        .filter(pl.col("levels") > most)
    )
    if not levels.height:
        return lines.clear()
    crowded = lines.join(levels.select(SESSION), on=SESSION, how="semi").sort("person", *IN_ORDER)
    beyond: list[bool] = []
    session: tuple[Any, ...] = ()
    kept: dict[tuple[str, str | None], int] = {}
    for *here, code, its_side, its_units in crowded.select(
        *SESSION, "hcpcs_code", "_side", "_units"
    ).iter_rows():
        if tuple(here) != session:
            session, kept = tuple(here), {}
        place = (code, its_side if its_side in of_side else None)
        tried = {**kept, place: kept.get(place, 0) + its_units}
        beyond.append(_levels(tried) > most)
        kept = kept if beyond[-1] else tried
    return crowded.filter(pl.Series(beyond))


def _levels(units: dict[tuple[str, str | None], int]) -> int:
    """Count levels: of a code those without a side, and the larger of both sides."""
    return sum(
        units.get((code, None), 0) + max(units.get((code, "RT"), 0), units.get((code, "LT"), 0))
        for code in {code for code, _ in units}
    )


def beside_others(
    met: Met, codes_of_families: Mapping[str, frozenset[str]]
) -> Iterator[pl.DataFrame]:
    """Find sessions of two families that the policy wants apart; the later line is reviewed."""
    for limit in met.policy.sessions:
        own = _codes_of(met.policy, limit)
        for name in limit.not_with:
            theirs = pl.col("hcpcs_code").is_in(codes_of_families.get(name, frozenset()))
            lines = met.counting(own | theirs)
            lines = lines.with_columns(_own=own)
            two = lines.filter(pl.col("_own").n_unique().over(SESSION) > 1).sort(IN_ORDER)
            if not two.height:
                continue
            two = two.with_columns(_first=pl.col("_own").first().over(SESSION))
            later = two.filter(pl.col("_own") != pl.col("_first"))
            later = later.join(met.within.select("row"), on="row", how="semi")
            if later.height:
                both = f"{listed(limit.families) or 'these codes'} and {in_words(name)}"
                yield reviews(later, met.number, f"{both} in one session")


def _codes_of(policy: Policy, limit: SessionLimit) -> pl.Expr:
    return pl.col("hcpcs_code").is_in([*policy.of_families(limit.families), *limit.codes])
