"""Policy files compared with a download: each with the version in force, and those that follow.

A download has all versions of an article, and of each all contractors; a file has one, and its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from payrules.counted import counted
from payrules.coverage.compared import (
    Facts,
    PolicyChange,
    added,
    between,
    document,
    dropped,
    version_of_document,
)

#: As many articles are named that speak of a file's codes, and have no file.
_MOST_NAMED = 20


class AgainstDownload(NamedTuple):
    """What is otherwise in a download than in files, how many articles are not, and notes."""

    changes: tuple[PolicyChange, ...]
    unchanged: int
    notes: tuple[str, ...]


def against_download(
    files: Sequence[Facts], there: Sequence[Facts], day: date, *, is_before: bool
) -> AgainstDownload:
    """Compare files with the articles of a download on a day; `is_before`: the download is the old.

    Decision: a file is compared with the version that is in force on `day`, or on the nearest day
    of its own, and with each version that begins later while it lasts. A version in force or to
    come that no file reaches is compared with the file that it follows.
    """
    versions: dict[str, list[Facts]] = defaultdict(list)
    for each in sorted(there, key=lambda one: one.effective_from):
        versions[each.key].append(each)
    kept = _Kept(files, versions, day, is_before)
    changes: list[PolicyChange] = []
    unchanged = 0
    for key in sorted(kept.of_article):
        found = list(kept.changes(key))
        changes += found
        unchanged += not found and key in kept.compared
    return AgainstDownload(tuple(changes), unchanged, tuple(kept.notes()))


class _Kept:
    """The files that somebody keeps, by their article, and what of both sides is only noted."""

    def __init__(
        self, files: Sequence[Facts], versions: dict[str, list[Facts]], day: date, is_before: bool
    ) -> None:
        self._versions, self._day, self._is_before = versions, day, is_before
        self._macs = frozenset(mac for each in files for mac in each.macs or ())
        self._others = [each for each in files if each.authority != "LCD"]
        self._of_several: list[Facts] = []
        self._ended = 0
        self._elsewhere: dict[str, frozenset[str]] = {}
        #: Articles of which a file was compared with a version.
        self.compared: set[str] = set()
        self.of_article: dict[str, list[Facts]] = defaultdict(list)
        for each in files:
            if each.authority == "LCD" and (key := self._article(each)) is not None:
                self.of_article[key].append(each)

    def _article(self, file: Facts) -> str | None:
        """Give the article that a file is of; a file that names only its LCD is of the LCD's one.

        None where several articles are of its LCD.
        """
        if file.key in self._versions or file.key != file.lcd:
            return file.key
        named = {
            key
            for key, versions in self._versions.items()
            if any(file.lcd in each.related and each.meets(file) for each in versions)
        }
        if len(named) > 1:
            self._of_several.append(file)
            return None
        return next(iter(named), file.key)

    def changes(self, key: str) -> Iterator[PolicyChange]:
        """Compare the files of one article with its versions."""
        files, versions = self.of_article[key], self._versions.get(key, [])
        pairs = [(file, each) for file in files for each in self._met_by(file, versions)]
        for each in versions:
            if each.last >= self._day and not any(one is each for _, one in pairs):
                pairs += [(file, each) for file in self._followed(files, each)]
        for file in files:
            met = [each for one, each in pairs if one is file]
            for each in met:
                beside = [one for one, version in pairs if version is each and one is not file]
                alone = not any(map(file.meets, beside))
                yield from self._between(file, each, may_begin_later=alone)
            if not met:
                yield from self._unmet(file, versions)
        for each in versions:
            if each.last >= self._day:
                yield from self._unkept(each, [file for file, one in pairs if one is each])

    def _met_by(self, file: Facts, versions: Sequence[Facts]) -> list[Facts]:
        """Give the version in force on the day, or the file's nearest to it, and those after it."""
        day = min(max(self._day, file.effective_from), file.last)
        own = [each for each in versions if each.meets(file)]
        current = [each for each in own if each.effective_from <= day][-1:]
        # A file of days that are over is of no version but one of those days.
        if file.last < self._day and not any(each.holds(day) for each in current):
            current = []
        return [*current, *(each for each in own if day < each.effective_from <= file.last)]

    def _followed(self, files: Sequence[Facts], version: Facts) -> list[Facts]:
        """Give the files that a version follows which none reaches: the latest before it."""
        before = [
            each
            for each in files
            if each.meets(version) and each.effective_from <= version.effective_from
        ]
        latest = max((each.effective_from for each in before), default=None)
        return [each for each in before if each.effective_from == latest]

    def _unmet(self, file: Facts, versions: Sequence[Facts]) -> Iterator[PolicyChange]:
        """Tell of a file that is compared with no version: it ended, or the download lacks it."""
        if file.last < self._day:
            self._ended += 1
        elif versions and not any(each.meets(file) for each in versions):
            what = f"contractors {'added' if self._is_before else 'dropped'}"
            yield PolicyChange(document(file), what, tuple(sorted(file.macs or ())))
        else:
            yield added(file) if self._is_before else dropped(file)

    def _unkept(self, version: Facts, files: Sequence[Facts]) -> Iterator[PolicyChange]:
        """Tell for whom a version in force or to come is compared with no file of its article."""
        if version.macs is None or any(each.macs is None for each in files):
            return
        key = version.key
        if not files and any(each.meets(version) for each in self.of_article[key]):
            self.compared.add(key)
            yield dropped(version) if self._is_before else added(version)
            return
        without = version.macs.difference(*(each.macs or () for each in files))
        if mine := without & self._macs:
            what = f"contractors {'dropped' if self._is_before else 'added'}"
            yield PolicyChange(f"{version.name} version {version.version}", what, (*sorted(mine),))
        if others := without - self._macs:
            self._elsewhere[key] = self._elsewhere.get(key, frozenset()) | others

    def _between(
        self, file: Facts, version: Facts, *, may_begin_later: bool = False
    ) -> Iterator[PolicyChange]:
        """Compare a file with a version as its own contractors have it."""
        self.compared.add(version.key)
        name = version_of_document(version, file)
        if file.macs is not None and version.macs is not None:
            version = replace(version, macs=version.macs & file.macs)
        sides = (version, file) if self._is_before else (file, version)
        yield from between(*sides, name, may_begin_later=may_begin_later)

    def notes(self) -> Iterator[str]:
        """Say what was compared, and what could not be."""
        yield (
            f"Each file is compared with the version in force on {self._day}, and with those that"
            " begin later. Limits, and what a file says besides, are not compared: a download has"
            " them only in prose."
        )
        if self._ended:
            yield (
                f"Files of days before {self._day} of which the download has no version:"
                f" {self._ended:,}."
            )
        if self._others:
            yield (
                "Not compared, since a download has articles of LCDs alone:"
                f" {_named(each.name for each in self._others)}."
            )
        if self._of_several:
            yield (
                "Not compared, since the file names no article, and the download has several of its"
                f" LCD: {_named(each.name for each in self._of_several)}."
            )
        for key, macs in sorted(self._elsewhere.items()):
            yield f"{key} is also of contractors of whom no file is: {', '.join(sorted(macs))}."
        without = {*self._versions} - {*self.of_article}
        yield f"Articles of the download without a file: {len(without):,}."
        near = sorted(
            key
            for key in without
            if any(self._is_near(each) for each in self._versions[key] if each.last >= self._day)
        )
        if near:
            yield (
                f"{counted(len(near), 'of these has', 'of these have')} a code and a contractor of"
                f" a file: {_named(near)}."
            )

    def _is_near(self, version: Facts) -> bool:
        return any(
            version.meets(each) and version.codes & each.codes
            for files in self.of_article.values()
            for each in files
        )


def _named(names: Iterable[str]) -> str:
    each = sorted({*names})
    more = len(each) - _MOST_NAMED
    return ", ".join(each[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
