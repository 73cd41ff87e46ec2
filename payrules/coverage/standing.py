"""Whether a policy file still stands: its days, who verified it, how long ago it was read."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from payrules.counted import counted
from payrules.coverage.policy import Policy
from payrules.errors import CoverageError
from payrules.frozen import frozen
from payrules.nearest import perhaps
from payrules.within_reason import shown

#: Documents are revised several times a year; a file that was read longer ago may be of another.
MOST_DAYS_SINCE_READ = 180


@frozen
class PolicyStanding:
    """A policy on a day: `doubts` say, in words, why its file may no longer be the document's."""

    policy: Policy
    doubts: tuple[str, ...]

    @property
    def verified(self) -> str:
        """Who verified it and when, or that nobody did."""
        said = self.policy.verified
        return "not verified" if said is None else f"by {said.by} on {said.on}"

    def as_json(self) -> dict[str, Any]:
        """Give the same as plain values."""
        policy = self.policy
        return {
            "file": policy.file,
            "id": policy.id,
            "article": policy.article,
            "document_version": policy.document_version,
            "title": policy.title,
            "authority": policy.authority,
            "effective_from": policy.effective_from.isoformat(),
            "effective_to": None
            if policy.effective_to is None
            else policy.effective_to.isoformat(),
            "macs": None if policy.macs is None else [*policy.macs],
            "verified": None
            if policy.verified is None
            else {"by": policy.verified.by, "on": policy.verified.on.isoformat()},
            "read_on": None if policy.read_on is None else policy.read_on.isoformat(),
            "stale": [*self.doubts],
        }


def standing(policies: Sequence[Policy], day: date) -> list[PolicyStanding]:
    """Say of each policy how it stands on a day."""
    return [PolicyStanding(each, tuple(_doubts(each, day))) for each in policies]


def of_number(number: str, policies: Sequence[Policy]) -> list[Policy]:
    """Give the policies of a document's number, its article's, or a file's name.

    Raises CoverageError where there is none, with numbers like it.
    """
    names = {each: _names(each) for each in policies}
    sought = number.casefold()
    found = [each for each, known in names.items() if sought in map(str.casefold, known)]
    if not found:
        known = {name for each in names.values() for name in each}
        raise CoverageError(
            f"No policy at hand is named '{shown(number)}'{perhaps(number, known)}; `payrules"
            " coverage list DIR` lists them, and `payrules code CODE --coverage DIR` shows those of"
            " a procedure code."
        )
    return found


def _names(policy: Policy) -> list[str]:
    return [
        name
        for name in (policy.id, policy.article, policy.file, policy.file.removesuffix(".toml"))
        if name
    ]


def _doubts(policy: Policy, day: date) -> list[str]:
    doubts = []
    if policy.effective_to is not None and policy.effective_to < day:
        doubts.append(f"ended {policy.effective_to}")
    if policy.effective_from > day:
        doubts.append("not yet in force")
    # To compare a file with its document is to read the document.
    read = max(filter(None, (policy.read_on, policy.verified and policy.verified.on)), default=None)
    if read is None:
        doubts.append("day of reading not named")
    elif read > day:
        doubts.append(f"read on {read}, after this day")
    elif (day - read).days > MOST_DAYS_SINCE_READ:
        doubts.append(f"read {counted((day - read).days, 'day')} ago")
    return doubts
