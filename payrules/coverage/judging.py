"""Judges claim lines by policies: which apply, what each finds, and what comes first.

Order inside: what is enforced before what is only reported, and of each: codes not covered,
diagnosis, what a session may hold, frequency. The first denial of a line wins; reviews add up. What
came later never changes what was found of what came before.
"""

from functools import partial
from typing import Any

import polars as pl

from payrules.claims.diagnoses import LINE_DIAGNOSES
from payrules.coverage.by_count import counters_of, too_often
from payrules.coverage.by_line import elsewhere, not_covered, other_diagnosis
from payrules.coverage.by_session import (
    BOTH_SIDES,
    Met,
    beside_others,
    flags,
    has_modifier,
    of_levels,
    of_regions,
    of_sides,
)
from payrules.coverage.findings import denied_rows, together, without
from payrules.coverage.policy import Policies, Policy, Window

#: Of a locality, the number of its contractor.
_CONTRACTOR = 5
#: What counts for nobody's session: assistants, parts of a test, what is billed as not covered.
NOT_COUNTED = ("80", "81", "82", "AS", "26", "TC", "GY")
#: Columns that counting reads of lines and of history.
COUNTED = ("service_date", "claim_id", "claim_line_number", "hcpcs_code", "units_thousandths")
#: Whether a line counts in a session, and is judged by what a session may hold. An assistant's
#: line, or a part of a test, is no session's; it is judged by itself alone.
COUNTS = pl.col("_counts")
#: What is judged of a line.
JUDGED: dict[Any, Any] = {
    "row": pl.UInt32,
    "policy": pl.String,  # those that judged it
    "cites": pl.String,  # those that found something, with their source
    "denied_by": pl.UInt32,  # the place of the policy whose denial comes first
    "carc": pl.String,
    "rarc": pl.String,
    "denial": pl.String,
    "reviews": pl.String,
    "sessions": pl.String,
    "whole_history": pl.Boolean,  # null where no frequency was counted
}


def judge(
    lines: pl.DataFrame, policies: Policies, history: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Judge lines by every policy in force for them; a row a line that any of them judges (JUDGED).

    `lines` have `row`, `person` (a number), `person_id`, `locality`, `place_of_service_code`,
    `line_diagnoses`, `history_from`, modifiers and `COUNTED`; `history` the same, without a row.
    """
    seen, past = _looked_at(lines, policies, history)
    mets = [
        Met(judged, within, within, each.policy, number)
        for number, each in enumerate(policies.each)
        if (within := _within(seen, each.policy)).height
        and (judged := within.filter(pl.col("hcpcs_code").is_in([*each.policy.codes]))).height
    ]
    counting = [met._replace(judged=met.judged.filter(COUNTS)) for met in mets]
    counted = pl.concat([seen.filter(COUNTS), past], how="diagonal")
    found: list[pl.DataFrame] = []
    # What is enforced is judged first, so that what is only reported takes no line out of it and
    # moves no amount.
    for enforced in (True, False):
        of_mode = [met for met in mets if policies.each[met.number].enforced is enforced]
        if of_mode:
            _find(of_mode, counted, policies, found)
    return _told(mets, together(found), policies, _histories(counting, policies))


def _find(
    mets: list[Met], counted: pl.DataFrame, policies: Policies, found: list[pl.DataFrame]
) -> None:
    """Add what policies of one mode find to what was found, look by look.

    `counted` are all lines and history that a session may count.
    """
    for look in (not_covered, other_diagnosis, elsewhere):
        denied = denied_rows(together(found))
        left = [(without(met.judged, denied), met.policy, met.number) for met in mets]
        found.append(together(each for of_policy in left for each in look(*of_policy)))
    company = partial(beside_others, codes_of_families=policies.family_codes)
    still = [met._replace(judged=met.judged.filter(COUNTS), counted=counted) for met in mets]
    for limit in (of_sides, of_regions, of_levels, company):
        still = _still(still, found)
        found.append(together(each for met in still for each in limit(met)))
    found.append(too_often(_still(still, found), denied_rows(together(found))))


def _looked_at(
    lines: pl.DataFrame, policies: Policies, history: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give what is looked at of lines, and the history of their persons that counts.

    Modifiers become a flag each: text is looked at once.
    """
    limits = [limit for each in policies.each for limit in each.policy.frequency]
    named = {name for each in limits for name in (each.with_modifier, each.without_modifier)}
    told = flags(sorted({"RT", "LT", BOTH_SIDES, *filter(None, named)}))
    told["_counts"] = ~has_modifier(*NOT_COUNTED)
    seen = lines.select(
        *("row", "person", *COUNTED, LINE_DIAGNOSES, "place_of_service_code", "history_from"),
        _contractor=pl.col("locality").str.head(_CONTRACTOR),
        **told,
    )
    if history is None or not history.height:
        return seen, seen.clear()
    persons = lines.select("person_id", "person").unique("person_id")
    of_codes = history.filter(pl.col("hcpcs_code").is_in(policies.codes))
    past = of_codes.join(persons, on="person_id").select("person", *COUNTED, **told)
    return seen, past.filter(COUNTS).with_columns(row=pl.lit(None, dtype=pl.UInt32))


def _within(lines: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Give the lines of a policy's days and contractors, whatever their code."""
    day = pl.col("service_date")
    chosen = [day >= policy.effective_from]
    if policy.effective_to is not None:
        chosen.append(day <= policy.effective_to)
    if policy.macs is not None:
        chosen.append(pl.col("_contractor").is_in(policy.macs))
    return lines.filter(chosen)


def _still(mets: list[Met], found: list[pl.DataFrame]) -> list[Met]:
    """Give the policies' lines without those denied: they no longer count, nor are judged."""
    denied = denied_rows(together(found))
    if denied.is_empty():
        return mets
    counted = without(mets[0].counted, denied)
    return [met._replace(judged=without(met.judged, denied), counted=counted) for met in mets]


def _told(
    mets: list[Met], found: pl.DataFrame, policies: Policies, histories: pl.DataFrame
) -> pl.DataFrame:
    """Put together what was found of each line, in the order in which it was found."""
    if not mets:
        return pl.DataFrame(schema=JUDGED)
    sources = pl.Series([f"{each.policy.name}, {each.policy.source}" for each in policies.each])
    judged = pl.concat(met.judged.select("row", policy=pl.lit(met.policy.name)) for met in mets)
    # A policy may find something of a line of another family, beside its own.
    names = pl.Series("policy", [each.policy.name for each in policies.each])
    beside = found.select("row", names.gather(found["policy"])).unique(maintain_order=True)
    judged.extend(beside.join(judged, on=["row", "policy"], how="anti", maintain_order="left"))
    lines = judged
    if lines["row"].n_unique() < lines.height:  # several policies judge one line
        lines = judged.group_by("row", maintain_order=True).agg(pl.col("policy").str.join("; "))
    enforced = [number for number, each in enumerate(policies.each) if each.enforced]
    # Of several denials one that is enforced comes first: it is what happens to the line.
    in_turn = found.with_row_index("_turn").with_columns(
        _reported=~pl.col("policy").is_in(enforced), _cites=sources.gather(found["policy"])
    )
    first = (
        in_turn.filter("denies")
        .sort("_reported", "_turn")
        .unique("row", keep="first", maintain_order=True)
        .select("row", "carc", "rarc", denied_by="policy", denial="text", _of="sessions")
    )
    noted = (
        in_turn.filter(~pl.col("denies"))
        .sort("_turn")
        .group_by("row", maintain_order=True)
        .agg(
            reviews=pl.col("text").unique(maintain_order=True).str.join("; "),
            _sessions=pl.col("sessions").drop_nulls().unique(maintain_order=True).str.join("; "),
        )
    )
    cites = (
        in_turn.sort(~pl.col("denies"), "_reported", "_turn")
        .group_by("row", maintain_order=True)
        .agg(cites=pl.col("_cites").unique(maintain_order=True).str.join("; "))
    )
    told = (
        lines.join(first, on="row", how="left")
        .join(noted, on="row", how="left")
        .join(cites, on="row", how="left")
        .join(histories, on="row", how="left")
        .with_columns(sessions=pl.coalesce("_of", pl.col("_sessions").replace("", None)))
    )
    return told.select([*JUDGED]).cast(JUDGED)


def _histories(mets: list[Met], policies: Policies) -> pl.DataFrame:
    """Say of lines whose sessions were counted whether the person's history is whole in the window.

    Sessions that came in no file cannot be counted: where it is not whole, a limit that is not
    reached says nothing.
    """
    counted = [counter for met in mets for counter in counters_of(met)]
    lines = [
        counter.met.judged.lazy()
        .filter(counter.counts())
        .select("row", "history_from", "service_date", first=_first_day(counter.limit.window))
        for counter in counted
    ]
    if not lines:
        return pl.DataFrame(schema={"row": pl.UInt32, "whole_history": pl.Boolean})
    since = pl.coalesce("history_from", pl.lit(policies.history_from, dtype=pl.Date))
    first = (
        pl.concat(pl.collect_all(lines))
        .group_by("row")
        .agg(pl.col("first").min(), pl.col("history_from").first())
    )
    whole = (since <= pl.col("first")).fill_null(value=False)
    return first.select("row", whole_history=whole)


def _first_day(window: Window) -> pl.Expr:
    """Give the first day whose sessions count on a line's day."""
    day = pl.col("service_date")
    if window.months:
        return day.dt.offset_by(f"-{window.months}mo").dt.offset_by("1d")
    if window.days:
        return day.dt.offset_by(f"-{window.days - 1}d")
    return day.dt.truncate("1y")
