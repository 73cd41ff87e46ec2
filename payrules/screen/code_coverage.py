"""What `payrules code` prints of coverage: the policies at hand that speak of a code.

The words are those of the policies; where none objects, or none is at hand, no more is known.
"""

from itertools import groupby

from payrules.code_page.page import CodePage
from payrules.code_page.policies import CodeCoverage, PolicyOfCode
from payrules.screen.coverage import SILENCE
from payrules.screen.printed import Part, Table, words

_GIVE_YOURS = (
    "Coverage policies here are the examples that come with payrules: nobody has verified them, and"
    " documents change several times a year. Give your own with --coverage DIR."
)


def coverage_parts(page: CodePage) -> list[Part]:
    """Tell what the policies at hand say of a code: a contractor's whole, else one a line."""
    found = page.coverage
    if found is None:
        return []
    if found.contractor is None:
        parts = _by_contractor(found, page)
    else:
        parts = [part for each in found.policies for part in _whole(each)]
    parts += [] if found.policies else [words(_none(found, page))]
    said = [f"Not in force on {page.day}: {each}." for each in found.other_days]
    said += [f"{each}." for each in found.remarks]
    said += [SILENCE] if found.policies else []
    said += [_GIVE_YOURS] if found.examples else []
    return [*parts, *([words(*said)] if said else [])]


def _none(found: CodeCoverage, page: CodePage) -> str:
    whose = "" if found.contractor is None else f" for this contractor ({found.contractor})"
    return (
        f"No policy at hand{whose} speaks of {page.code} on {page.day}: that says nothing of its"
        " coverage."
    )


def _whole(policy: PolicyOfCode) -> list[Part]:
    """Tell a policy of the contractor: its document, and all it says of the code."""
    to = f" to {policy.effective_to}" if policy.effective_to else ""
    counted_as = ", ".join(filter(None, (policy.family, policy.region))).replace("_", " ")
    about = [
        f"In force from {policy.effective_from}{to}; {_standing(policy)}. File {policy.file}.",
        f"Source: {policy.source}",
    ]
    about += [f"Counted as {counted_as}."] if counted_as else []
    limits = Table("coverage of", "the policy says", "read", "source")
    for each in policy.limits:
        limits.add_row(each.of, each.words, each.read, each.source)
    parts: list[Part] = [words(f"{policy.policy}: {policy.title}", bold=True), words(*about)]
    parts += [limits] if limits.row_count else [words("It has no limit of this code.")]
    if policy.records:
        asked = "; ".join(policy.records)
        parts.append(words(f"The records must show what no claim does: {asked}."))
    return parts


def _by_contractor(found: CodeCoverage, page: CodePage) -> list[Part]:
    """Tell each contractor's policy in one line."""
    table = Table("coverage policy", "contractors", "says", "standing")
    for each in found.policies:
        macs = each.contractors
        limits = "; ".join(
            f"{of}: {', '.join(limit.asked or limit.words for limit in limits)}"
            for of, limits in groupby(each.limits, key=lambda limit: limit.of)
        )
        table.add_row(
            each.policy,
            "everywhere" if macs is None else ", ".join(macs),
            limits or "no limit",
            _standing(each),
        )
    if not table.row_count:
        return []
    return [
        table,
        words(
            "A contractor's policy never stands in for another's. All that yours says, its"
            f" diagnoses too: payrules code {page.code} --locality 01112-05"
        ),
    ]


def _standing(policy: PolicyOfCode) -> str:
    verified = f"verified {policy.verified}" if policy.verified else "not verified"
    return ", ".join([verified, *policy.doubts])
