"""What coverage policies found of a run's lines: counted part by part, and said in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal

import polars as pl

from payrules.claims.columns import ATTESTED, is_diagnosis, shown
from payrules.counted import counted, one_or_more
from payrules.coverage.findings import listed
from payrules.coverage.policy import Policy
from payrules.engine.rule import BY_REPORT, NOT_ON_SCHEDULE, PRICED, STATUSES
from payrules.frozen import frozen
from payrules.rules.coverage import (
    DENIES,
    HISTORY,
    NO_OBJECTION,
    NOTED,
    OUTCOMES,
    REVIEW,
    WOULD_DENY,
)
from payrules.runs.settled import dollars_of
from payrules.runs.setup import Setup

#: What lines are said to have that were held against no policy: none was in force for them, or an
#: earlier rule had taken them out.
NO_POLICY = "no policy met"
_LINES, _CENTS, _POLICY, _UNATTESTED, _BATCH_ONLY, _HISTORY_OF, _NOTED = (
    *("lines", "cents", "policy", "unattested"),
    *("batch only", "history of", "noted"),
)
_UNPAID, _UNREAD = "unpaid", "unread"
#: No sentence names more payers.
_MOST_NAMED = 10
#: What lines of a kind have in common, how many they are, and what is allowed of them.
COVERED_BY = ("coverage_outcome", "coverage_policy", "coverage_history", "status")
#: The same of the lines of which a policy notes something: what is found of them.
FOUND = "coverage_finding"
MANY, CENTS = "_many", "_cents"
#: The statuses of lines that no rule took out.
_STANDING = frozenset(STATUSES[each] for each in (PRICED, BY_REPORT, NOT_ON_SCHEDULE))
#: Parts what a tally's key says.
_APART = "\t"


@frozen
class RunPolicy:
    """A policy that lines were held against: its file, days and who verified it; lines it met.

    `asks` is what it wants of the records, which no claim shows, and `unattested` counts the lines
    of which nobody said that these records are there.
    """

    name: str
    title: str
    source: str
    file: str
    sha256: str
    effective_from: str
    effective_to: str | None
    verified: str | None
    enforced: bool
    lines: int
    unattested: int
    asks: tuple[str, ...] = ()


@frozen
class RunCoverage:
    """What came of holding lines against coverage policies.

    `outcomes` counts the lines of each outcome, `amounts` adds up what is allowed of them as text;
    `batch_only` counts those whose frequency was counted without their whole history; `unpaid`
    those that were held against no policy, since an earlier rule took them out;
    `without_diagnoses` says that no file had any.
    """

    history_from: str | None
    policies: tuple[RunPolicy, ...]
    outcomes: Mapping[str, int]
    amounts: Mapping[str, str]
    batch_only: int
    without_diagnoses: bool
    unpaid: int = 0
    notes: tuple[str, ...] = field(default=(), metadata={"where_said": True})


def covered(lines: pl.DataFrame) -> dict[str, int]:
    """Count priced lines by what policies found of them; amounts in cents."""
    names = [*COVERED_BY, *([ATTESTED] if ATTESTED in lines.columns else [])]
    cents = pl.col("allowed_amount").cast(pl.Int128).sum().alias(CENTS)
    noted = pl.when(pl.col(FOUND).str.contains(NOTED, literal=True)).then(FOUND)
    return covered_in_kinds(lines.group_by(*names, noted).agg(pl.len().alias(MANY), cents))


def covered_in_kinds(kinds: pl.DataFrame) -> dict[str, int]:
    """Add up lines of a kind (`COVERED_BY`, `FOUND`, and whether attested), their `CENTS`."""
    found: dict[str, int] = {}

    def add(key: str, number: int) -> None:
        found[key] = found.get(key, 0) + number

    for kind in kinds.iter_rows(named=True):
        outcome = kind["coverage_outcome"] or NO_POLICY
        if outcome == NO_POLICY and kind["status"] not in _STANDING:
            add(_UNPAID, kind[MANY])
        add(_key(_LINES, outcome), kind[MANY])
        add(_key(_CENTS, outcome), int(kind[CENTS] or 0))
        for name in filter(None, (kind["coverage_policy"] or "").split("; ")):
            add(_key(_POLICY, name), kind[MANY])
            add(_key(_UNATTESTED, name), 0 if kind.get(ATTESTED) else kind[MANY])
        for part in (kind[FOUND] or "").split("; "):
            if part.startswith(NOTED):
                add(_key(_NOTED, part.removeprefix(NOTED)), kind[MANY])
        if ATTESTED in kind and kind[ATTESTED] is None:
            add(_UNREAD, kind[MANY])
        if kind["coverage_history"] == HISTORY[False]:
            add(_BATCH_ONLY, kind[MANY])
    return dict(sorted(found.items()))


def history_by_payer(payers: Mapping[str, int]) -> dict[str, int]:
    """Count rows of history by the payer that they name, "" where they name none."""
    return {_key(_HISTORY_OF, name): many for name, many in sorted(payers.items())}


def _key(kind: str, of: str) -> str:
    return f"{kind}{_APART}{of}"


def run_coverage(
    setup: Setup, tallied: Mapping[str, int], given: tuple[str, ...], *, rejects: int
) -> RunCoverage | None:
    """Say what policies found in a run; None where no line is held against any.

    Rows that were rejected, of history too, are no session: that is among the notes.
    """
    if not setup.has_policies:
        return None
    outcomes = (*OUTCOMES, NO_POLICY)
    covering = setup.covering
    applied = {id(each): each for each in setup.every_payer.values()}.values()
    policies = [one.policy for payer in applied for one in setup.policies_of(payer).each]
    return RunCoverage(
        history_from=str(covering.history_from) if covering and covering.history_from else None,
        policies=tuple(_policies(setup, tallied)),
        outcomes={each: tallied.get(_key(_LINES, each), 0) for each in outcomes},
        amounts={each: dollars_of(tallied.get(_key(_CENTS, each), 0)) for each in outcomes},
        batch_only=tallied.get(_BATCH_ONLY, 0),
        without_diagnoses=not any(map(is_diagnosis, given)),
        unpaid=tallied.get(_UNPAID, 0),
        notes=(
            *(covering.notes if covering else ()),
            *([_uncounted(rejects)] if rejects and any(map(_limits_sessions, policies)) else []),
            *_of_others(setup, tallied),
            *_by_payer(setup, tallied),
            *_of_one_document(setup, tallied),
            *_without_company(setup, tallied),
            *_noted(tallied),
            *([_not_attested(unread)] if (unread := tallied.get(_UNREAD)) else []),
        ),
    )


def _of_others(setup: Setup, tallied: Mapping[str, int]) -> Iterator[str]:
    """Say that history of payers that were not given counts as the first payer's."""
    rows = {
        name: many
        for name, many in _history_of(tallied).items()
        if name and name.lower() not in setup.every_payer
    }
    if not rows:
        return
    names = [shown(name) for name in [*rows][:_MOST_NAMED]]
    if len(rows) > _MOST_NAMED:
        names.append(f"{len(rows) - _MOST_NAMED:,} more")
    many = sum(rows.values())
    yield (
        f"{counted(many, 'row')} of history {one_or_more(many, 'names', 'name')} a payer that was"
        f" not given, and {one_or_more(many, 'is', 'are')} counted as {setup.payer.name}'s:"
        f" {', '.join(names)}."
    )


def _history_of(tallied: Mapping[str, int]) -> dict[str, int]:
    begins = _key(_HISTORY_OF, "")
    return {key.removeprefix(begins): n for key, n in tallied.items() if key.startswith(begins)}


def _by_payer(setup: Setup, tallied: Mapping[str, int]) -> Iterator[str]:
    """Say for whose policies history counts, where there are several payers."""
    rows = dict[str, int]()
    for named, many in _history_of(tallied).items():
        payer = setup.every_payer.get(named.lower(), setup.payer) if named else None
        name = payer.name if payer else ""
        rows[name] = rows.get(name, 0) + many
    if not rows or len({id(each) for each in setup.every_payer.values()}) == 1:
        return
    of_any = rows.pop("", 0)
    if rows:
        counts = ", ".join(f"{shown(name)} {counted(rows[name], 'row')}" for name in rows)
        yield f"History counts for the policies of the payer that it names alone: {counts}."
    if of_any:
        name, count = one_or_more(of_any, "names", "name"), one_or_more(of_any, "counts", "count")
        yield (
            f"{counted(of_any, 'row')} of history {name} no payer, and {count} for the policies of"
            " each."
        )


def _of_one_document(setup: Setup, tallied: Mapping[str, int]) -> Iterator[str]:
    """Say which files are of one document: lines name the document, and are counted by it."""
    files: dict[str, dict[str, str]] = {}
    for each in _policies(setup, tallied):
        if each.lines:
            files.setdefault(each.name, {})[each.sha256] = each.file
    for name, of_name in files.items():
        if len(of_name) > 1:
            yield (
                f"{', '.join(of_name.values())} are of one document, {name}: the lines that each of"
                " them met are counted together."
            )


def _without_company(setup: Setup, tallied: Mapping[str, int]) -> Iterator[str]:
    """Say which families a policy wants apart from its own of which no policy has the codes."""
    missing: dict[str, set[str]] = {}
    for payer in {id(each): each for each in setup.every_payer.values()}.values():
        policies = setup.policies_of(payer)
        for policy in (one.policy for one in policies.each):
            wanted = {name for limit in policy.sessions for name in limit.not_with}
            unknown = wanted.difference(policies.family_codes)
            if unknown and tallied.get(_key(_POLICY, policy.name)):
                missing.setdefault(policy.file, set()).update(unknown)
    for file, names in missing.items():
        yield (
            f"{file} wants sessions apart from {listed(sorted(names))}, and no policy at hand has"
            " the codes of that: it was not looked at."
        )


def _noted(tallied: Mapping[str, int]) -> Iterator[str]:
    """Say once what policies only note, of how many lines."""
    begins = _key(_NOTED, "")
    for key, many in tallied.items():
        if key.startswith(begins):
            said = key.removeprefix(begins)
            yield f"Only noted, since the list is not closed: {said} ({counted(many, 'line')})."


def _limits_sessions(policy: Policy) -> bool:
    return any(each.sessions is not None for each in policy.frequency)


def _uncounted(rejects: int) -> str:
    were, them = one_or_more(rejects, "was", "were"), one_or_more(rejects, "it", "them")
    return (
        f"{counted(rejects, 'row')} {were} rejected, and no session of {them} was counted: a person"
        " may have had more than were found."
    )


def _not_attested(unread: int) -> str:
    was = one_or_more(unread, "was", "were")
    return (
        f"{ATTESTED} of {counted(unread, 'line')} is neither true nor false (yes, no, 1 and 0"
        f" are read), and {was} taken as not attested."
    )


def _policies(setup: Setup, tallied: Mapping[str, int]) -> Iterator[RunPolicy]:
    """Give every policy of any payer, each once."""
    seen = set[tuple[str, str]]()
    for payer in {id(each): each for each in setup.every_payer.values()}.values():
        for one in setup.policies_of(payer).each:
            policy = one.policy
            if (policy.name, policy.sha256) in seen:
                continue
            seen.add((policy.name, policy.sha256))
            yield RunPolicy(
                policy.name,
                policy.title,
                policy.source,
                policy.file,
                policy.sha256,
                policy.effective_from.isoformat(),
                policy.effective_to.isoformat() if policy.effective_to else None,
                verified_words(policy),
                one.enforced,
                tallied.get(_key(_POLICY, policy.name), 0),
                tallied.get(_key(_UNATTESTED, policy.name), 0),
                policy.documentation,
            )


def verified_words(policy: Policy) -> str | None:
    """Say who compared a policy's file with its document, and when; None where nobody did."""
    found = policy.verified
    return None if found is None else f"{found.by}, {found.on}"


def in_sentences(run: RunCoverage, *, priced: bool = False) -> list[str]:
    """Say what policies found, and what they were not asked.

    `priced`: what they would deny is priced in the same answer, and nobody need be sent there.
    """

    def of(outcome: str) -> str:
        lines = counted(run.outcomes[outcome], "line")
        if not run.amounts or outcome == DENIES:  # of what is denied nothing is allowed
            return lines
        return f"{lines} (${Decimal(run.amounts[outcome]):,.2f})"

    met = sum(many for outcome, many in run.outcomes.items() if outcome != NO_POLICY)
    silent = run.outcomes[NO_POLICY] - run.unpaid
    parts = [f"{of(outcome)} {words}" for outcome, words in _WORDS.items() if run.outcomes[outcome]]
    said = [f"Coverage policies met {counted(met, 'line')}: {', '.join(parts) or 'none'}."]
    if silent:
        were = one_or_more(silent, "was", "were")
        said.append(
            f"{counted(silent, 'line')} {were} met by no coverage policy at hand: that says nothing"
            " of their coverage."
        )
    if run.unpaid:
        were, them = one_or_more(run.unpaid, "was", "were"), one_or_more(run.unpaid, "it", "them")
        said.append(
            f"{counted(run.unpaid, 'line')} {were} held against no policy, since an earlier rule"
            f" took {them} out."
        )
    if run.batch_only:
        lines = counted(run.batch_only, "line")
        why = (
            "say with --history-from, or the column history_from, since when the history is whole"
            if run.history_from is None
            else f"sessions before {run.history_from}, from which the history is whole, would count"
        )
        said.append(f"Frequency was counted in this batch only on {lines}: {why}.")
    if run.without_diagnoses and met:
        said.append("The batch has no diagnosis columns, so no diagnosis was looked at.")
    unverified = sorted({each.file for each in run.policies if each.lines and not each.verified})
    if unverified:
        verb = one_or_more(len(unverified), "is", "are")
        said.append(
            f"{', '.join(unverified)} {verb} not verified: compare with the document before you act"
            " on a finding."
        )
    if run.outcomes[WOULD_DENY] and not priced:
        said.append(
            "Add-on codes would be denied with a primary that would be: a what-if with coverage ="
            ' "enforce" prices that.'
        )
    said += dict.fromkeys(  # a document of several contractors may be several files
        f"{each.name} asks of the records what no claim shows: {'; '.join(each.asks)}"
        f" ({counted(each.unattested, 'line')} without coverage_attested)."
        for each in run.policies
        if each.unattested and each.asks
    )
    return [*said, *run.notes]


_WORDS = {
    DENIES: "denied",
    WOULD_DENY: "would be denied",
    REVIEW: "to review",
    NO_OBJECTION: "that no policy at hand objects to",
}
