"""What one session may hold: lines of one person and day, judged in the order of the claims.

Most lines are alone in their session, and of one unit: only the others are put in order.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from payrules.counted import counted
from payrules.coverage.findings import Finding, Findings, in_words, listed
from payrules.coverage.lines import BOTH_SIDES, IN_ORDER, Lines
from payrules.coverage.met import Met
from payrules.coverage.policy import Policy, SessionLimit
from payrules.few import in_company

_UNIT = 1000
_RIGHT, _LEFT = 1, 2
_OF_LEVEL = ("place", "session", "code", "units", "side")


def crowded(lines: Lines) -> pl.DataFrame:
    """Give the lines that count beside another in their session, or for several units.

    In the order of sessions and claims, with their place, session, code (its number), units, side
    (1 right, 2 left, 3 both by RT and LT, 0 where they do not say) and the units of the session's
    lines here.
    """
    places = lines.counts.arg_true()
    units = lines.column("units_thousandths")[places]
    several = in_company(lines.session[places]) | (units > _UNIT)
    crowd = lines.at(places.filter(several), *IN_ORDER, "units_thousandths")
    # By the session and the claim: of each place its order, once.
    side = pl.DataFrame([lines.has("RT")[crowd["place"]], lines.has("LT")[crowd["place"]]])
    return (
        crowd.hstack(side)
        .sort("session", *IN_ORDER, maintain_order=True)
        .select(
            "place",
            "session",
            "code",
            units=-(-pl.col("units_thousandths") // _UNIT),
            side=pl.col("RT") * _RIGHT + pl.col("LT") * _LEFT,
        )
        .with_columns(of_session=pl.col("units").sum().over("session"))
    )


def of_sides(met: Met, crowd: pl.DataFrame, found: Findings) -> None:
    """Find what is billed for both sides where the policy knows one: 50, RT and LT, two units."""
    lines = met.lines
    for limit in met.policy.sessions:
        if not limit.one_side:
            continue
        denial = met.policy.denial("sides")
        several = lines.column("units_thousandths") > _UNIT
        twice = lines.has(BOTH_SIDES) | several | (lines.has("RT") & lines.has("LT"))
        both = met.judged & lines.counts & lines.of(_codes_of(met.policy, limit)) & twice
        text = "billed for both sides, or more than one unit"
        found.add_where(both, Finding(met.number, text, denial))
        sided = _of(crowd, lines.of(_codes_of(met.policy, limit)) & ~twice)
        sided = sided.filter(pl.col("side") > 0)
        first = pl.col("side").first().over("session", "code")
        other = sided.filter(pl.col("side") != first)["place"]
        text = "billed for the other side of a session"
        found.add(_judged(met, other), Finding(met.number, text, denial))


def of_regions(met: Met, crowd: pl.DataFrame, found: Findings) -> None:
    """Find lines of a second region of a family in one session.

    A session's first region is that of its first primary: an add-on that comes before any is paid
    with a primary of its own, or not at all (rule `add_on`).
    """
    for limit, regions in _families_of(met.policy):
        if not limit.one_region:
            continue
        names = [*regions]
        own = {code: number for number, codes in enumerate(regions.values()) for code in codes}
        lines = _of(crowd, met.lines.of(own))
        if lines.is_empty():
            continue
        of_code = pl.Series([own.get(code) for code in met.lines.code.texts], dtype=pl.UInt32)
        lines = lines.with_columns(
            of_code[lines["code"]].alias("region"), met.lines.add_on[lines["place"]].alias("add_on")
        )
        primary = pl.when(~pl.col("add_on")).then("region")
        lines = lines.with_columns(first=primary.drop_nulls().first().over("session"))
        begun = primary.forward_fill().over("session").is_not_null()
        other = lines.filter(begun & (pl.col("region") != pl.col("first")))
        for number in other["first"].unique().sort().to_list():
            text = f"a second region of one session, beside {in_words(names[number])}"
            places = other.filter(pl.col("first") == number)["place"]
            finding = Finding(met.number, text, met.policy.denial("regions"))
            found.add(_judged(met, places), finding)


def of_levels(met: Met, crowd: pl.DataFrame, found: Findings) -> None:
    """Find lines beyond the levels of a session: the primary and its add-ons, units counted.

    Both sides of a level are one. A line that carries the count beyond the limit falls whole, since
    no line is denied in part.

    Decision: within a claim levels are counted as the policy lists a region's codes, the primary
    before its add-ons: the primary is a session's first level wherever it stands on the claim, and
    denied for two units of an add-on before it, it would take them along.
    """
    for limit in met.policy.sessions:
        most = limit.most_levels
        if most is None:
            continue
        # A session of no more units than levels is within, whatever was done: most are.
        full = crowd.filter(pl.col("of_session") > most)
        for region, codes in _counted_together(met.policy, limit):
            beyond = _judged(met, _beyond(met, _of(full, met.lines.of(codes)), codes, most))
            text = f"more than {counted(most, 'level')} of {in_words(region)} in one session"
            found.add(beyond, Finding(met.number, text, met.policy.denial("levels")))


def _beyond(met: Met, lines: pl.DataFrame, codes: Sequence[str], most: int) -> pl.Series:
    """Give the places of the lines that carry their session beyond so many levels, in order."""
    lines = lines.filter(pl.col("units").sum().over("session") > most)
    listed_at = {code: place for place, code in enumerate(codes)}
    at = pl.Series([listed_at.get(code) for code in met.lines.code.texts], dtype=pl.UInt32)
    lines = lines.with_columns(
        met.lines.column("claim_id")[lines["place"]], listed_at=at[lines["code"]]
    ).sort("session", "claim_id", "listed_at", maintain_order=True)
    beyond = []
    session, levels = None, 0
    kept: dict[tuple[int, int], int] = {}
    for place, of_session, code, units, its_side in lines[_OF_LEVEL].iter_rows():
        if of_session != session:
            session, levels, kept = of_session, 0, {}
        side = its_side if its_side in {_RIGHT, _LEFT} else 0
        already = kept.get((code, side), 0) + units
        # Of a code the levels are those without a side, and the larger of both sides.
        other = kept.get((code, _RIGHT + _LEFT - side), 0) if side else 0
        more = units if not side else max(already, other) - max(already - units, other)
        if levels + more > most:
            beyond.append(place)
        else:
            levels += more
            kept[code, side] = already
    return pl.Series(beyond, dtype=pl.UInt32)


def of_one_code(met: Met, crowd: pl.DataFrame, found: Findings) -> None:
    """Find lines of another code on a side that has one of these already; they are reviewed.

    A line that does not say its side may be on either.
    """
    for limit in met.policy.sessions:
        if not limit.one_code_a_side:
            continue
        lines = _of(crowd, met.lines.of(_codes_of(met.policy, limit)))
        both = met.lines.has(BOTH_SIDES)[lines["place"]]
        sides = pl.when(both).then(_RIGHT | _LEFT).otherwise("side")
        lines = lines.select("place", "session", "code", sides.alias("side"))
        beside: dict[str, list[int]] = {}
        session, before = None, dict[int, int]()
        for place, of_session, code, side in lines.iter_rows():
            if of_session != session:
                session, before = of_session, {}
            for other, taken in before.items():
                if other != code and (not (side and taken) or side & taken):
                    at = "one side" if side and taken else "a side that is not said"
                    text = f"on {at} beside {met.lines.code.texts[other]} in one session"
                    beside.setdefault(text, []).append(place)
            unsaid = not side or (code in before and not before[code])
            before[code] = 0 if unsaid else before.get(code, 0) | side
        for text, places in beside.items():
            later = pl.Series(places, dtype=pl.UInt32)
            found.add(_judged(met, later), Finding(met.number, text))


def beside_others(
    met: Met,
    crowd: pl.DataFrame,
    found: Findings,
    codes_of_families: Mapping[str, frozenset[str]],
) -> None:
    """Find sessions of two families that the policy wants apart; the later line is reviewed."""
    for limit in met.policy.sessions:
        # Decision: what another contractor's policy speaks of is no session of this one's.
        own = met.lines.of(_codes_of(met.policy, limit)) & (met.within | met.lines.past)
        for name in limit.not_with:
            theirs = met.lines.of(codes_of_families.get(name, ()))
            lines = _of(crowd, own | theirs)
            if lines.is_empty():
                continue
            lines = lines.with_columns(own[lines["place"]].alias("own"))
            later = lines.filter(pl.col("own") != _first_of_session("own"))["place"]
            own_kinds = " or ".join(map(in_words, limit.families)) or "these codes"
            finding = Finding(met.number, f"{own_kinds} in one session with {in_words(name)}")
            found.add(later.filter(met.within[later]), finding)


def _families_of(policy: Policy) -> Iterator[tuple[SessionLimit, dict[str, tuple[str, ...]]]]:
    """Give each limit with the regions of each of its families, and their codes."""
    for limit in policy.sessions:
        for family in policy.families:
            if family.name in limit.families:
                yield limit, dict(family.regions)


def _counted_together(policy: Policy, limit: SessionLimit) -> Iterator[tuple[str, list[str]]]:
    """Give the codes whose levels a limit counts together, with the name of their region.

    Those of a family's region; of codes that the limit names, those of one region, too.
    """
    for family in policy.families:
        for region, codes in family.regions:
            ours = [each for each in codes if family.name in limit.families or each in limit.codes]
            if ours:
                yield region, ours
    others = [each for each in limit.codes if not any(each in f.codes for f in policy.families)]
    if others:
        yield listed(others), others


def _codes_of(policy: Policy, limit: SessionLimit) -> list[str]:
    return [*policy.of_families(limit.families), *limit.codes]


def _of(crowd: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """Give those of some lines that a mask of all tells."""
    return crowd.filter(places[crowd["place"]])


def _judged(met: Met, places: pl.Series) -> pl.Series:
    """Give the places that the policy judges, of some."""
    return places.filter(met.judged[places])


def _first_of_session(name: str) -> pl.Expr:
    """Give what the first line of each line's session has; sessions follow each other."""
    begins = pl.col("session") != pl.col("session").shift(1)
    return pl.when(begins.fill_null(value=True)).then(name).forward_fill()
