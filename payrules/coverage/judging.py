"""Judges claim lines by policies: which apply, what each finds, and what comes first.

Order inside: what is enforced before what is only reported, and of each: codes not covered,
diagnosis, what a session may hold, frequency. The first denial of a line wins; reviews add up. What
came later never changes what was found of what came before.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import partial, reduce
from operator import or_
from typing import NamedTuple

import polars as pl

from payrules.coverage.by_count import counts, too_often
from payrules.coverage.by_line import elsewhere, not_covered, other_diagnosis
from payrules.coverage.by_session import (
    beside_others,
    crowded,
    of_levels,
    of_one_code,
    of_regions,
    of_sides,
)
from payrules.coverage.findings import Finding, Findings, Noted
from payrules.coverage.lines import Lines
from payrules.coverage.met import Met
from payrules.coverage.policy import Policies, Window


class Judged(NamedTuple):
    """A policy, by its place among those that apply, judged a line."""

    policy: int


class WholeHistory(NamedTuple):
    """Sessions were counted of a line: whether its person's history is whole in the window."""

    whole: bool


class Verdict(NamedTuple):
    """All that policies say of a line.

    `policy` names those that judged it; `cites` those that found something, with their source;
    `denied_by` is the place of the policy whose denial comes first; `noted` is no finding;
    `whole_history` is None where no frequency was counted.
    """

    policy: str
    cites: str | None
    denied_by: int | None
    carc: str | None
    rarc: str | None
    denial: str | None
    reviews: str | None
    noted: tuple[str, ...]
    sessions: str | None
    whole_history: bool | None


class Judgement(NamedTuple):
    """Of each line, in its order, the number of what is said of it, and what each number says.

    0 where no policy is in force for a line.
    """

    numbers: pl.Series
    verdicts: dict[int, Verdict]


def judge(
    lines: pl.DataFrame,
    policies: Policies,
    history: pl.DataFrame | None = None,
    add_ons: Collection[str] = (),
) -> Judgement:
    """Judge lines by every policy in force for them.

    `lines` have `person` (a number), `person_id`, `service_date`, `claim_id`, `claim_line_number`,
    `hcpcs_code`, `units_thousandths`, `locality`, `place_of_service_code`, `line_diagnoses`,
    `history_from` and modifiers; `history` the same but what is judged of a line alone. `add_ons`
    are codes that are paid beside a primary alone.
    """
    looked_at = Lines(lines, policies, history, add_ons)
    found = Findings(len(looked_at))
    mets = [
        Met(looked_at, each.policy, number, within, judged)
        for number, each in enumerate(policies.each)
        if (within := looked_at.within(each.policy)).any()
        and (judged := within & looked_at.of(each.policy.codes)).any()
    ]
    for met in mets:
        found.add_where(met.judged, Judged(met.number))
    _histories(mets, looked_at, policies, found)
    crowd = crowded(looked_at) if any(met.policy.sessions for met in mets) else None
    # What is enforced is judged first, so that what is only reported takes no line out of it and
    # moves no amount.
    for enforced in (True, False):
        of_mode = [met for met in mets if policies.each[met.number].enforced is enforced]
        if of_mode:
            _find(of_mode, looked_at, crowd, policies, found)
    numbers = found.numbers.head(lines.height)
    used = numbers.unique().to_list()
    return Judgement(numbers, {each: _verdict(found.of(each), policies) for each in used if each})


def _find(
    mets: Sequence[Met],
    lines: Lines,
    crowd: pl.DataFrame | None,
    policies: Policies,
    found: Findings,
) -> None:
    """Find what policies of one mode say, look by look: what is denied is not looked at again."""
    for look in (not_covered, other_diagnosis, elsewhere):
        for met in _standing(mets, found):
            look(met, found)
    mets = [met._replace(judged=met.judged & lines.counts) for met in mets]
    company = partial(beside_others, codes_of_families=policies.family_codes)
    for limit in (of_sides, of_regions, of_levels, of_one_code, company):
        if crowd is not None:
            crowd = crowd.filter(~found.denied[crowd["place"]])
            for met in _standing(mets, found):
                limit(met, crowd, found)
    too_often(_standing(mets, found), lines, found)


def _standing(mets: Iterable[Met], found: Findings) -> list[Met]:
    """Give the policies without the lines that were denied: nothing more is found of them."""
    standing = ~found.denied
    return [met._replace(judged=met.judged & standing) for met in mets]


def _histories(mets: Sequence[Met], lines: Lines, policies: Policies, found: Findings) -> None:
    """Say of lines whose sessions were counted whether the person's history is whole in the window.

    Sessions that came in no file cannot be counted: where it is not whole, a limit that is not
    reached says nothing.
    """
    windows: dict[Window, list[pl.Series]] = {}
    for met in mets:
        for limit in met.policy.frequency:
            counted = met.judged & counts(met, limit, met.policy.of_families([limit.family]))
            windows.setdefault(limit.window, []).append(counted)
    if not windows:
        return
    by_window = {window: reduce(or_, counted) for window, counted in windows.items()}
    counted = reduce(or_, by_window.values())
    since = lines.of_line("history_from")
    if policies.history_from is None and since.null_count() == len(since):
        whole = counted.new_from_index(0, 0).extend_constant(value=False, n=len(counted))
    else:
        days = pl.DataFrame([lines.column("service_date"), since])
        from_day = pl.coalesce("history_from", pl.lit(policies.history_from, dtype=pl.Date))
        whole = counted
        for window, of_window in by_window.items():
            in_time = days.select((from_day <= _first_day(window)).fill_null(value=False))
            whole = whole & (~of_window | in_time.to_series())
    found.add_where(counted & whole, WholeHistory(whole=True))
    found.add_where(counted & ~whole, WholeHistory(whole=False))


def _first_day(window: Window) -> pl.Expr:
    """Give the first day whose sessions count on a line's day."""
    day = pl.col("service_date")
    if window.months:
        return day.dt.offset_by(f"-{window.months}mo").dt.offset_by("1d")
    if window.days:
        return day.dt.offset_by(f"-{window.days - 1}d")
    return day.dt.truncate("1y")


def _verdict(all_of_it: Sequence[object], policies: Policies) -> Verdict:
    """Put together what was found of a line, in the order in which it was found."""
    findings = [each for each in all_of_it if isinstance(each, Finding)]
    of_policy = [each.policy for each in policies.each]
    names = [of_policy[each.policy].name for each in all_of_it if isinstance(each, Judged)]
    for each in findings:
        # A policy may find something of a line of another family, beside its own.
        if (name := of_policy[each.policy].name) not in names:
            names.append(name)
    # Of several denials one that is enforced comes first: it is what happens to the line.
    enforced_first = sorted(findings, key=lambda each: not policies.each[each.policy].enforced)
    denials = [each for each in enforced_first if each.denies]
    reviews = [each for each in findings if not each.denies]
    cites = dict.fromkeys(
        f"{of_policy[each.policy].name}, {of_policy[each.policy].source}"
        for each in (*denials, *(each for each in enforced_first if not each.denies))
    )
    first = denials[0] if denials else None
    carc, rarc = (first.codes if first else None) or (None, None)
    counted = dict.fromkeys(
        one for each in ([first] if first else reviews) for one in each.sessions
    )
    histories = [each.whole for each in all_of_it if isinstance(each, WholeHistory)]
    return Verdict(
        policy="; ".join(names),
        cites="; ".join(cites) or None,
        denied_by=first.policy if first else None,
        carc=carc,
        rarc=rarc,
        denial=first.text if first else None,
        reviews="; ".join(dict.fromkeys(each.text for each in reviews)) or None,
        noted=tuple(dict.fromkeys(each.text for each in all_of_it if isinstance(each, Noted))),
        sessions="; ".join(counted) or None,
        whole_history=histories[0] if histories else None,
    )
