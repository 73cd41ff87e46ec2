"""What the coverage policies at hand say of a code: at a locality's contractor, or one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from payrules.coverage.examples import example_files
from payrules.coverage.policy import Policy
from payrules.coverage.policy_words import limits_in_words
from payrules.coverage.standing import standing
from payrules.frozen import frozen
from payrules.locality import NATIONAL

#: Of a locality's key, the number of its contractor.
_CONTRACTOR = 5


@frozen
class PolicyLimit:
    """One thing that a policy says of a code: `of` which codes, and how it was `read`.

    `asked` is, of a list of diagnoses, what it asks, without the list.
    """

    of: str
    words: str
    read: str
    source: str
    asked: str


@frozen
class PolicyOfCode:
    """A policy that speaks of a code on a day: its document, standing and limits of the code.

    `contractors` is None for a policy that holds everywhere; `verified` is None where nobody
    compared the file with the document; `doubts` say why the file may be out of date.
    """

    policy: str
    title: str
    contractors: tuple[str, ...] | None
    effective_from: date
    effective_to: date | None
    family: str | None
    region: str | None
    limits: tuple[PolicyLimit, ...]
    records: tuple[str, ...]
    verified: str | None
    doubts: tuple[str, ...]
    source: str
    file: str


@frozen
class CodeCoverage:
    """What the policies at hand say of a code on the page's day.

    `contractor` is the locality's, None where no locality was asked for; `examples` says that
    nobody gave policies, and those that come with payrules were read. `other_days` are policies of
    the contractor that speak of the code and were not, or are not yet, in force.
    """

    contractor: str | None
    examples: bool
    policies: tuple[PolicyOfCode, ...]
    other_days: tuple[str, ...]
    remarks: tuple[str, ...]


def coverage_of(
    code: str, locality: str, day: date, given: Sequence[Path] | None
) -> CodeCoverage | None:
    """Say what policies of files and folders have of a code; None: no example speaks of it.

    None `given` reads the examples that come with payrules. Without a locality the policies of all
    contractors are told; with one those of its contractor, and of the nation, alone: another's
    never stands in. Raises CoverageError for a file that cannot be read.
    """
    files = _examples_of(code) if given is None else given
    if given is None and not files:
        return None
    # pydantic takes a tenth of a second to load: only for codes that a policy speaks of.
    from payrules.coverage.policy_file import read_policies  # noqa: PLC0415

    contractor = None if locality == NATIONAL else locality[:_CONTRACTOR]
    speak = [each for each in read_policies(files) if code in each.codes]
    own = [each for each in speak if each.authority == "payer"]
    of_contractor = [
        each
        for each in speak
        if each.authority != "payer"
        and (contractor is None or each.macs is None or contractor in each.macs)
    ]
    return CodeCoverage(
        contractor=contractor,
        examples=given is None,
        policies=tuple(_told(each, code, day) for each in of_contractor if each.holds(day)),
        other_days=tuple(_days(each) for each in of_contractor if not each.holds(day)),
        remarks=tuple(
            f"{each.file} is a payer's own policy: it holds for that payer's lines alone"
            for each in own
        ),
    )


def _examples_of(code: str) -> list[Path]:
    """Give the example files that name a code, without reading what they say."""
    written = code.encode()
    return [each for each in example_files() if written in each.read_bytes()]


def _told(policy: Policy, code: str, day: date) -> PolicyOfCode:
    family, region = next(
        (
            (family.name, region)
            for family in policy.families
            for region, codes in family.regions
            if code in codes
        ),
        (None, None),
    )
    # A file that was read after the day is not out of date for that.
    read = (policy.read_on, policy.verified and policy.verified.on)
    (stands,) = standing([policy], max(filter(None, (day, *read))))
    return PolicyOfCode(
        policy=policy.name,
        title=policy.title,
        contractors=policy.macs,
        effective_from=policy.effective_from,
        effective_to=policy.effective_to,
        family=family,
        region=region,
        limits=tuple(
            PolicyLimit(each.of, each.words, each.read, each.source, each.asked)
            for each in limits_in_words(_of(policy, code, family))
        ),
        records=policy.documentation,
        verified=None if policy.verified is None else stands.verified,
        doubts=stands.doubts,
        source=policy.source,
        file=policy.file,
    )


def _of(policy: Policy, code: str, family: str | None) -> Policy:
    """Give a policy with what it says of a code alone."""
    return replace(
        policy,
        noncovered=tuple(
            replace(each, codes=(code,)) for each in policy.noncovered if code in each.codes
        ),
        diagnoses=tuple(
            each for each in policy.diagnoses if family in each.families or code in each.codes
        ),
        frequency=tuple(each for each in policy.frequency if each.family == family),
        sessions=tuple(
            each for each in policy.sessions if family in each.families or code in each.codes
        ),
        carcs=(),
        rarcs=(),
    )


def _days(policy: Policy) -> str:
    to = f" to {policy.effective_to}" if policy.effective_to else ""
    return f"{policy.name} (in force from {policy.effective_from}{to})"
