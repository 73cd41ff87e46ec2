"""What is compared of a coverage policy: a file's, or one version of an article in a download."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from typing import NamedTuple

from payrules.counted import counted
from payrules.coverage.download.documents import Document
from payrules.coverage.fields import undotted
from payrules.coverage.policy import Policy
from payrules.coverage.policy_words import dotted, limits_in_words
from payrules.frozen import frozen


class PolicyChange(NamedTuple):
    """One change of a document: what it is of, what happened, and to which values."""

    document: str
    what: str
    values: tuple[str, ...]


class Revision(NamedTuple):
    """A version of an LCD, and since when it is in force where that is known."""

    version: str
    since: date | None = None


@frozen
class Facts:
    """What is compared of a policy file, or of one version of an article in a download.

    `limits` and `asks` are a file's own, None of a download, where both stand in prose;
    `unsupported` are the diagnoses that a download lists as not supporting a service. `lcd` is the
    LCD that it is of, where that is known, `related` all that it names. `knows_ends`: whether its
    last day may be relied on; a download without LCDs does not know of their retirements. `read` is
    the day on which a file's document was read.
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
    authority: str = "LCD"
    lcd: str | None = None
    related: frozenset[str] = frozenset()
    revision: Revision | None = None
    read: date | None = None
    knows_ends: bool = True
    #: Of a download: its modifiers, and its paragraphs by the group they stand above.
    modifiers: frozenset[str] | None = None
    prose: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        """Whether a person may have written it; else it is of a download."""
        return self.limits is not None

    @property
    def last(self) -> date:
        """Its last day; the last of all where it has none."""
        return self.effective_to or date.max

    def meets(self, other: "Facts") -> bool:
        """Say whether the two have a contractor in common."""
        return self.macs is None or other.macs is None or bool(self.macs & other.macs)

    def holds(self, day: date) -> bool:
        """Say whether it is in force on a day."""
        return self.effective_from <= day <= self.last


def of_policy(policy: Policy) -> Facts:
    """Give what is compared of a policy file."""
    diagnoses = {
        dotted(code)
        for each in policy.diagnoses
        for codes in (each.any_of, *each.all_of)
        for code in codes
    }
    begun = {f"{dotted(code)}…" for each in policy.diagnoses for code in each.starts_with}
    # Lists of diagnoses are compared code by code.
    limits = {f"{said.of}: {said.asked or said.words}" for said in limits_in_words(policy)}
    by, version = policy.verified, policy.document_version
    # A draft of an article that has no LCD of its own bears the article's number.
    is_lcd = policy.article is not None or not policy.id.startswith("A")
    return Facts(
        policy.article or policy.id,
        policy.id if policy.article is None else f"{policy.id}, article {policy.article}",
        version or "",
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
        authority=policy.authority,
        lcd=policy.id if is_lcd else None,
        revision=Revision(version) if is_lcd and version else None,
        read=max(filter(None, (policy.read_on, by and by.on)), default=None),
    )


def of_article(article: Document, lcd: str | None, *, knows_ends: bool) -> Facts:
    """Give what is compared of one version of an article; `lcd` is the one that is its own."""
    revisions = {
        each.id: Revision(each.version, each.effective_from)
        for each in article.lcds
        if each.version and each.effective_from
    }
    return Facts(
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
        lcd=lcd,
        related=frozenset(each.id for each in article.lcds),
        revision=None if lcd is None else revisions.get(lcd),
        knows_ends=knows_ends,
        modifiers=frozenset(article.modifiers),
        prose={
            f"{kind}, group {group.number or '(blank)'}": f"{group.paragraph} {group.asterisk}"
            for kind, groups in (
                ("codes", article.procedures),
                ("diagnoses", article.diagnoses),
                ("diagnoses not supporting", article.unsupported),
            )
            for group in groups
        },
    )


def document(facts: Facts) -> str:
    """Name a document with its contractors: "L38801, article A58403 (01112 and 3 more)".

    Of a download its version stands there too, for it may have several of an article.
    """
    version = "" if facts.is_file else f" version {facts.version}"
    return _of_contractors(f"{facts.name}{version}", facts.macs)


def version_of_document(version: Facts, file: Facts) -> str:
    """Name a version in a download with the contractors of a file that it is compared with."""
    return _of_contractors(f"{version.name} version {version.version}", file.macs or version.macs)


def _of_contractors(name: str, macs: frozenset[str] | None) -> str:
    if not macs:
        return name
    more = f" and {len(macs) - 1} more" if len(macs) > 1 else ""
    return f"{name} ({min(macs)}{more})"


def days(facts: Facts) -> str:
    """Say from when to when it is in force."""
    until = f" to {facts.effective_to}" if facts.effective_to else ""
    return f"from {facts.effective_from}{until}"


def added(facts: Facts) -> PolicyChange:
    """Say that a document is new, and how much it lists."""
    extent = (
        f"{counted(len(facts.codes), 'code')},"
        f" {counted(len(facts.diagnoses), 'diagnosis', 'diagnoses')}"
    )
    return PolicyChange(document(facts), "document added", (days(facts), extent))


def dropped(facts: Facts) -> PolicyChange:
    """Say that a document is no more."""
    return PolicyChange(document(facts), "document dropped", (days(facts),))


def between(
    before: Facts, after: Facts, name: str, *, may_begin_later: bool = False
) -> Iterator[PolicyChange]:
    """Give what is otherwise after than before, of the document of this name.

    `may_begin_later`: a file may begin within its version's days, with its LCD or when it was
    written.
    """
    both_files = before.is_file and after.is_file
    versions = before.version or "none", after.version or "none"
    if before.is_file == after.is_file and len({*versions}) > 1:
        yield PolicyChange(name, "version", (" to ".join(versions),))
    if before.lcd and after.lcd and before.lcd != after.lcd:
        yield PolicyChange(name, "LCD", (f"{before.lcd}, now {after.lcd}",))
    elif not both_files and (revised := _revised(before, after)):
        yield PolicyChange(name, "LCD version", (revised,))
    if moved := _days_moved(before, after, may_begin_later=may_begin_later):
        yield PolicyChange(name, "days", (moved,))
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
        "modifiers": (before.modifiers, after.modifiers),
        "limits": (before.limits, after.limits),
        "asks": (before.asks, after.asks),
    }
    for what, (earlier, later) in compared.items():
        if earlier is not None and later is not None:
            if more := later - earlier:
                yield PolicyChange(name, f"{what} added", tuple(sorted(more)))
            if fewer := earlier - later:
                yield PolicyChange(name, f"{what} dropped", tuple(sorted(fewer)))
    groups = sorted({*before.prose} | {*after.prose})
    reworded = [each for each in groups if before.prose.get(each) != after.prose.get(each)]
    if reworded and before.is_file == after.is_file:
        yield PolicyChange(name, "paragraphs changed", tuple(reworded))
    elsewhere = [
        f"{code}: {region}, now {after.regions[code]}"
        for code, region in sorted(before.regions.items())
        if both_files and after.regions.get(code, region) != region
    ]
    if elsewhere:
        yield PolicyChange(name, "counted elsewhere", tuple(elsewhere))


def _revised(before: Facts, after: Facts) -> str | None:
    """Say that the LCD has another version, which lists of an article may outlive unchanged."""
    old, new = before.revision, after.revision
    file = before if before.is_file else after if after.is_file else None
    if file is None:
        if old is None or new is None or old.version == new.version:
            return None
        # A version of the article that ended before knows nothing of it.
        if new.since is not None and after.last < new.since:
            return None
    else:
        known = new if before.is_file else old
        if known is None or known.since is None:
            return None
        if file.revision is not None:
            if file.revision.version == known.version:
                return None
        elif file.read is None or known.since <= file.read:
            return None
    said = [each.version if each else "not named" for each in (old, new)]
    since = f", since {new.since}" if new is not None and new.since is not None else ""
    return f"{' to '.join(said)}{since}"


def _days_moved(before: Facts, after: Facts, *, may_begin_later: bool) -> str | None:
    """Say that the days are others; None where they are the same, or it cannot be known."""
    file, version = (before, after) if before.is_file else (after, before)
    begins = before.effective_from != after.effective_from
    if may_begin_later:
        begins = version.effective_from > file.effective_from
    ends = _ends_moved(before, after)
    if not begins and not ends:
        return None
    if ends is None:
        return f"from {before.effective_from}, now from {after.effective_from}"
    return f"{days(before)}, now {days(after)}"


def _ends_moved(before: Facts, after: Facts) -> bool | None:
    """Say whether the last day is another; None where one side cannot know.

    Without its LCD an article's last day is at most the one that the download gives it.
    """
    if before.last == after.last or before.knows_ends == after.knows_ends:
        return before.last != after.last
    unsure, sure = (after, before) if before.knows_ends else (before, after)
    return True if unsure.last < sure.last else None
