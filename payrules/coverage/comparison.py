"""What changed from some coverage policies to others: files, folders, or downloads of CMS's.

A maintainer reads it each week: codes, diagnoses, days, contractors and limits that were added and
dropped, document by document.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from payrules.counted import counted
from payrules.coverage.download.documents import Document, documents
from payrules.coverage.download.importing import own_lcds
from payrules.coverage.download.tables import read_download
from payrules.coverage.examples import EXAMPLES
from payrules.coverage.fields import undotted
from payrules.coverage.policy import Policy
from payrules.coverage.policy_file import read_policies
from payrules.coverage.policy_words import dotted, limits_in_words
from payrules.frozen import frozen


class PolicyChange(NamedTuple):
    """One change of a document: what it is of, what happened, and to which values."""

    document: str
    what: str
    values: tuple[str, ...]


@frozen
class PolicyChanges:
    """All changes, in order of documents; how many documents are the same on both sides."""

    each: tuple[PolicyChange, ...]
    unchanged: int
    notes: tuple[str, ...] = ()


@frozen
class _Facts:
    """What is compared of a policy file, or of one version of an article in a download.

    `limits` and `asks` are a file's own, None of a download, where both stand in prose;
    `unsupported` are the diagnoses that a download lists as not supporting a service.
    """

    key: str
    name: str
    version: str
    macs: frozenset[str] | None
    effective_from: date
    effective_to: date | None
    codes: frozenset[str]
    diagnoses: frozenset[str]
    limits: frozenset[str] | None = None
    asks: frozenset[str] | None = None
    regions: Mapping[str, str] = field(default_factory=dict)
    verified: str = ""
    unsupported: frozenset[str] | None = None

    @property
    def is_file(self) -> bool:
        """Whether a person may have written it; else it is of a download."""
        return self.limits is not None


def policy_changes(before: Path, after: Path, day: date) -> PolicyChanges:
    """Compare two sides, each a policy file, a folder of them, or a download.

    Of a download its contractors are those in office on `day`. Limits are compared where both
    sides are files, and where only one is, its LCDs with the newest version of each article.
    Raises CoverageError where a side is neither.
    """
    notes: list[str] = []
    sides = [_facts(path, day, notes) for path in (before, after)]
    is_download = [_is_download(path) for path in (before, after)]
    if is_download[0] != is_download[1]:
        place = is_download.index(True)
        files = {each.key for each in sides[1 - place]}
        there = _newest(sides[place])
        sides[place] = [each for each in there if each.key in files]
        notes.append(
            "Limits, and what a file says besides, are not compared: a download has them only in"
            f" prose. Articles of the download without a file: {len(there) - len(sides[place]):,}."
        )
    changes: list[PolicyChange] = []
    unchanged = 0
    for key in sorted({each.key for side in sides for each in side}):
        found = list(_of_document(*([each for each in side if each.key == key] for side in sides)))
        changes += found
        unchanged += not found
    return PolicyChanges(tuple(changes), unchanged, tuple(notes))


def _is_download(path: Path) -> bool:
    if str(path) == EXAMPLES or path.suffix.lower() == ".toml":
        return False
    return path.suffix.lower() == ".zip" or not any(path.glob("*.toml"))


def _facts(path: Path, day: date, notes: list[str]) -> list[_Facts]:
    """Give what is compared of a side, and note what of a download is not."""
    if not _is_download(path):
        return [_of_policy(each) for each in read_policies([path])]
    download = read_download([path])
    found = documents(download, day)
    out = [f"{what} ({number:,})" for what, number in found.passed_over.items()]
    out += [f"{name} (not recognised)" for name in download.unknown]
    if out:
        notes.append(f"Passed over in {path.name}: {'; '.join(out)}.")
    own = own_lcds(found.each)
    return [_of_article(each, own[each.article, each.version]) for each in found.each]


def _of_policy(policy: Policy) -> _Facts:
    diagnoses = {
        dotted(code)
        for each in policy.diagnoses
        for codes in (each.any_of, *each.all_of)
        for code in codes
    }
    begun = {f"{dotted(code)}…" for each in policy.diagnoses for code in each.starts_with}
    # Lists of diagnoses are compared code by code.
    limits = {f"{said.of}: {said.asked or said.words}" for said in limits_in_words(policy)}
    by = policy.verified
    return _Facts(
        policy.article or policy.id,
        policy.id if policy.article is None else f"{policy.id}, article {policy.article}",
        policy.document_version or "",
        None if policy.macs is None else frozenset(policy.macs),
        policy.effective_from,
        policy.effective_to,
        policy.codes,
        frozenset(diagnoses | begun),
        limits=frozenset(limits),
        asks=frozenset(policy.documentation),
        regions={
            code: f"{family.name} {region}".replace("_", " ")
            for family in policy.families
            for region, codes in family.regions
            for code in codes
        },
        verified="not verified" if by is None else f"by {by.by} on {by.on}",
    )


def _of_article(article: Document, lcd: str | None) -> _Facts:
    return _Facts(
        article.article,
        article.article if lcd is None else f"{lcd}, article {article.article}",
        article.version,
        frozenset(article.macs),
        article.effective_from,
        article.effective_to,
        article.codes,
        frozenset(dotted(undotted(code)) for code in article.listed),
        unsupported=frozenset(
            dotted(undotted(code)) for group in article.unsupported for code in group.codes
        ),
    )


def _newest(facts: Iterable[_Facts]) -> list[_Facts]:
    newest: dict[str, _Facts] = {}
    for each in facts:
        if each.key not in newest or newest[each.key].effective_from < each.effective_from:
            newest[each.key] = each
    return list(newest.values())


def _of_document(before: Sequence[_Facts], after: Sequence[_Facts]) -> Iterator[PolicyChange]:
    """Compare the versions of one document: each with itself, a new one with what it follows."""
    left = {(each.effective_from, each.macs): each for each in before}
    new: list[_Facts] = []
    for each in after:
        same = left.pop((each.effective_from, each.macs), None)
        if same is None:
            new.append(each)
        else:
            yield from _between(same, each)
    followed: set[int] = set()
    for each in sorted(new, key=lambda one: one.effective_from):
        earlier = _followed(each, before)
        if earlier is None:
            count = (
                f"{counted(len(each.codes), 'code')},"
                f" {counted(len(each.diagnoses), 'diagnosis', 'diagnoses')}"
            )
            yield PolicyChange(_named(each), "document added", (_days(each), count))
        else:
            followed.add(id(earlier))
            yield from _between(earlier, each)
    for each in left.values():
        if id(each) not in followed:
            yield PolicyChange(_named(each), "document dropped", (_days(each),))


def _followed(new: _Facts, before: Iterable[_Facts]) -> _Facts | None:
    """Give what a new version follows on the other side for one of its contractors: the latest.

    A file and a version in a download may begin otherwise: a file begins with its LCD too.
    """
    earlier = [
        each
        for each in before
        if (each.is_file != new.is_file or each.effective_from <= new.effective_from)
        and (each.macs is None or new.macs is None or each.macs & new.macs)
    ]
    return max(earlier, key=lambda each: each.effective_from, default=None)


def _named(facts: _Facts) -> str:
    macs = f" ({_first(facts.macs)})" if facts.macs else ""
    return f"{facts.name}{macs}"


def _first(macs: frozenset[str]) -> str:
    return min(macs) if len(macs) == 1 else f"{min(macs)} and {len(macs) - 1} more"


def _days(facts: _Facts) -> str:
    return f"from {facts.effective_from}{_until(facts)}"


def _until(facts: _Facts) -> str:
    return f" to {facts.effective_to}" if facts.effective_to else ""


def _between(before: _Facts, after: _Facts) -> Iterator[PolicyChange]:
    name = _named(after)
    both_files = before.is_file and after.is_file
    versions = before.version or "none", after.version or "none"
    if before.is_file == after.is_file and len({*versions}) > 1:
        yield PolicyChange(name, "version", (" to ".join(versions),))
    if _days(before) != _days(after):
        yield PolicyChange(name, "days", (f"{_days(before)}, now {_days(after)}",))
    if both_files and before.verified != after.verified:
        yield PolicyChange(name, "verified", (f"{before.verified}, now {after.verified}",))
    if (before.macs is None) != (after.macs is None):
        where = f"only {', '.join(sorted(after.macs))}" if after.macs else "everywhere"
        yield PolicyChange(name, "contractors", (f"now {where}",))
    compared = {
        "contractors": (before.macs, after.macs),
        "codes": (before.codes, after.codes),
        "diagnoses": (before.diagnoses, after.diagnoses),
        "diagnoses not supporting": (before.unsupported, after.unsupported),
        "limits": (before.limits, after.limits),
        "asks": (before.asks, after.asks),
    }
    for what, (earlier, later) in compared.items():
        if earlier is not None and later is not None:
            if added := later - earlier:
                yield PolicyChange(name, f"{what} added", tuple(sorted(added)))
            if dropped := earlier - later:
                yield PolicyChange(name, f"{what} dropped", tuple(sorted(dropped)))
    moved = [
        f"{code}: {region}, now {after.regions[code]}"
        for code, region in sorted(before.regions.items())
        if both_files and after.regions.get(code, region) != region
    ]
    if moved:
        yield PolicyChange(name, "counted elsewhere", tuple(moved))
