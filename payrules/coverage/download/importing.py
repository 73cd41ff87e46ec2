"""Imports a download: drafts of policy files, and an account of all that made none."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from payrules.counted import counted
from payrules.coverage.download.documents import Document, documents
from payrules.coverage.download.drafts import draft, file_name
from payrules.coverage.download.tables import Download, read_download
from payrules.coverage.fields import is_contractor, is_procedure
from payrules.coverage.policy_file import read_policy
from payrules.errors import CoverageError, UsageError
from payrules.files.whole import all_or_none, put_in_place
from payrules.frozen import frozen
from payrules.within_reason import shown


@frozen
class Drafted:
    """The drafts that were written, and what of the download was not used."""

    folder: Path
    written: tuple[Document, ...]
    passed_over: Mapping[str, int]
    notes: tuple[str, ...]


@frozen
class ChosenArticles:
    """Which articles are drafted: those with one of `codes`, of one of `macs`; empty is all."""

    codes: frozenset[str] = frozenset()
    macs: frozenset[str] = frozenset()

    def holds(self, document: Document) -> bool:
        """Say whether a document is one of these."""
        return (not self.codes or bool(self.codes & document.codes)) and (
            not self.macs or bool(self.macs & {*document.macs})
        )


_ALL = ChosenArticles()


def chosen(codes: Iterable[str], macs: Iterable[str]) -> ChosenArticles:
    """Choose articles by codes and contractors that somebody wrote; CoverageError for none."""
    wanted = ChosenArticles(frozenset(code.strip().upper() for code in codes), frozenset(macs))
    for code in sorted(wanted.codes):
        if not is_procedure(code):
            raise CoverageError(
                f"'{shown(code)}' is no procedure code; write its five characters, as --code 64493."
            )
    for number in sorted(wanted.macs):
        if not is_contractor(number):
            raise CoverageError(
                f"'{shown(number)}' is no contractor number; write its five digits, as --mac 01112."
            )
    return wanted


def import_download(
    paths: Sequence[Path],
    folder: Path,
    day: date,
    chosen: ChosenArticles = _ALL,
    *,
    force: bool = False,
) -> Drafted:
    """Write drafts of policy files from downloads of the Medicare Coverage Database, or none.

    `day` is the one of the import. Raises CoverageError for what is no download, and UsageError
    where a file of a draft's name is there already; a verified one is never replaced.
    """
    download = read_download(paths)
    found = documents(download, day)
    passed_over = Counter(found.passed_over)
    wanted = [each for each in found.each if chosen.holds(each)]
    if left := len(found.each) - len(wanted):
        passed_over["articles of other codes or contractors than were chosen"] = left
    if not wanted:
        raise CoverageError(
            f"Nothing was written: of {counted(len(found.each), 'article')} with procedure codes"
            " and a Part B contractor none is of the codes and contractors that were chosen."
            if found.each
            else "Nothing was written: the download holds no article with procedure codes of a"
            " Part B contractor in office.",
            f"Passed over: {'; '.join(f'{what} ({n:,})' for what, n in passed_over.items())}.",
        )
    own = own_lcds(found.each)
    _must_not_replace([folder / file_name(each) for each in wanted], force=force)
    with all_or_none() as files:
        files.folder(folder)
        for each in wanted:
            with put_in_place(folder / file_name(each)) as (partial,):
                text = draft(each, day, own[each.article, each.version])
                partial.write_text(text, encoding="utf-8", newline="\n")
    return Drafted(folder, tuple(wanted), dict(passed_over), tuple(_notes(download)))


def own_lcds(found: Sequence[Document]) -> dict[tuple[str, str], str | None]:
    """Give the LCD whose policy each article's draft is; None where that cannot be known.

    Decision: an article that names one LCD is that LCD's, unless another article names it too for
    one of its contractors and days: two files of one LCD for one day would contradict each other.
    """
    naming: dict[str, list[Document]] = defaultdict(list)
    for each in found:
        for lcd in each.lcds:
            naming[lcd.id].append(each)
    return {
        (each.article, each.version): each.lcds[0].id
        if len(each.lcds) == 1
        and not any(_beside(each, other) for other in naming[each.lcds[0].id])
        else None
        for each in found
    }


def _beside(one: Document, other: Document) -> bool:
    """Say whether two articles are in force on one day for one contractor."""
    return (
        one.article != other.article
        and bool({*one.macs} & {*other.macs})
        and one.effective_from <= (other.effective_to or date.max)
        and other.effective_from <= (one.effective_to or date.max)
    )


def _must_not_replace(paths: Sequence[Path], *, force: bool) -> None:
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise UsageError(
            f"{there[0]} already exists{_and_more(there)}; name another folder, or add --force to"
            " replace what was drafted there."
        )
    for path in there:
        with suppress(CoverageError):
            if read_policy(path).verified is not None:
                raise UsageError(
                    f"{path} is verified, and is not replaced by a draft, with --force neither;"
                    " name another folder, and compare: payrules coverage diff OLD NEW."
                )


def _and_more(there: Sequence[Path]) -> str:
    return f", and {counted(len(there) - 1, 'more file')}" if len(there) > 1 else ""


def _notes(download: Download) -> list[str]:
    notes = []
    if download.unused:
        notes.append(f"Tables not used: {', '.join(download.unused)}.")
    if download.unknown:
        notes.append(
            f"Not recognised by their headings, and not read: {', '.join(download.unknown)}."
        )
    return [*notes, *unknown_of(download)]


def unknown_of(download: Download) -> list[str]:
    """Say what of its articles' LCDs a download does not tell; of each its retirement, if any."""
    unknown = []
    if "lcd" not in download.tables:
        unknown.append(
            "No table of LCDs is at hand: whether an article's LCD is retired is not known. Give"
            " current_lcd.zip too."
        )
    elif "lcd_future_retire" not in download.tables:
        unknown.append("No table lcd_future_retire is at hand: retirements to come are not known.")
    if "article_related_documents" not in download.tables:
        unknown.append(
            "No table article_related_documents is at hand: drafts name the article, not its LCD."
        )
    return unknown
