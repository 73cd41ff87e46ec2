"""What changed from some coverage policies to others: files, folders, or downloads of CMS's.

A maintainer reads it each week: codes, diagnoses, days, contractors and limits that were added and
dropped, document by document.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from payrules.coverage.against_download import against_download
from payrules.coverage.compared import (
    Facts,
    PolicyChange,
    added,
    between,
    document,
    dropped,
    of_article,
    of_policy,
)
from payrules.coverage.download.documents import documents
from payrules.coverage.download.importing import own_lcds, unknown_of
from payrules.coverage.download.tables import read_download
from payrules.coverage.examples import EXAMPLES
from payrules.coverage.policy_file import read_policies
from payrules.frozen import frozen


@frozen
class PolicyChanges:
    """All changes, in order of documents; how many documents are the same on both sides."""

    each: tuple[PolicyChange, ...]
    unchanged: int
    notes: tuple[str, ...] = ()


def policy_changes(before: Path, after: Path, day: date) -> PolicyChanges:
    """Compare two sides, each a policy file, a folder of them, or a download.

    Of a download its contractors are those in office on `day`. Two sides of a kind are compared
    version by version; a file with the version of a download that is in force on `day`, and with
    those that begin later. Limits are compared where both sides are files. Raises CoverageError
    where a side is neither.
    """
    notes: list[str] = []
    sides = [_facts(path, day, notes) for path in (before, after)]
    is_download = [_is_download(path) for path in (before, after)]
    unsure = [any(not each.knows_ends for each in side) for side in sides]
    if unsure[0] != unsure[1]:
        notes.append(
            "Last days are compared only where an article itself ends earlier: those that an LCD's"
            " retirement sets are not known on both sides. Put current_article.zip and"
            " current_lcd.zip into one folder, and name that."
        )
    if is_download[0] != is_download[1]:
        place = is_download.index(True)
        found = against_download(sides[1 - place], sides[place], day, is_before=place == 0)
        return PolicyChanges(found.changes, found.unchanged, (*notes, *found.notes))
    changes: list[PolicyChange] = []
    unchanged, over = 0, list[Facts]()
    for key in sorted({each.key for side in sides for each in side}):
        left, right = ([each for each in side if each.key == key] for side in sides)
        told = list(_of_document(left, right, day, over))
        changes += told
        unchanged += not told
    if over:
        notes.append(
            f"Versions whose days were over before {day}, and that only one side has:"
            f" {len(over):,}."
        )
    return PolicyChanges(tuple(changes), unchanged, tuple(notes))


def _is_download(path: Path) -> bool:
    if str(path) == EXAMPLES or path.suffix.lower() == ".toml":
        return False
    return path.suffix.lower() == ".zip" or not any(path.glob("*.toml"))


def _facts(path: Path, day: date, notes: list[str]) -> list[Facts]:
    """Give what is compared of a side, and note what of a download is not."""
    if not _is_download(path):
        return [of_policy(each) for each in read_policies([path])]
    download = read_download([path])
    found = documents(download, day)
    out = [f"{what} ({number:,})" for what, number in found.passed_over.items()]
    out += [f"{name} (not recognised)" for name in download.unknown]
    if out:
        notes.append(f"Passed over in {path.name}: {'; '.join(out)}.")
    unknown = unknown_of(download)
    notes += [f"{path.name}: {sentence}" for sentence in unknown]
    own = own_lcds(found.each)
    return [
        of_article(each, own[each.article, each.version], knows_ends=not unknown)
        for each in found.each
    ]


def _of_document(
    before: Sequence[Facts], after: Sequence[Facts], day: date, over: list[Facts]
) -> Iterator[PolicyChange]:
    """Compare the versions of one document: each with itself, a new one with what it follows.

    Versions of a download that ended before `day` and stand on one side alone go to `over`: what is
    current leaves them out sooner or later.
    """
    left = {(each.effective_from, each.macs): each for each in before}
    new: list[Facts] = []
    for each in after:
        same = left.pop((each.effective_from, each.macs), None)
        if same is None:
            new.append(each)
        else:
            yield from between(same, each, document(each))
    followed: set[int] = set()
    for each in sorted(new, key=lambda one: one.effective_from):
        earlier = _followed(each, before)
        if earlier is None and not each.is_file and each.last < day:
            over.append(each)
        elif earlier is None:
            yield added(each)
        else:
            followed.add(id(earlier))
            yield from between(earlier, each, document(each))
    for each in left.values():
        if id(each) in followed:
            continue
        if not each.is_file and each.last < day:
            over.append(each)
        else:
            yield dropped(each)


def _followed(new: Facts, before: Iterable[Facts]) -> Facts | None:
    """Give what a new version follows on the other side for one of its contractors: the latest."""
    earlier = [
        each for each in before if each.effective_from <= new.effective_from and each.meets(new)
    ]
    return max(earlier, key=lambda each: each.effective_from, default=None)
