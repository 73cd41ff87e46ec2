"""The billing and coding articles of a download: one a version, never merged, and none guessed."""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from payrules.coverage.download.contractors import Contractors
from payrules.coverage.download.dates import as_date
from payrules.coverage.download.lcds import Key, Lcd, is_number, related_lcds
from payrules.coverage.download.tables import Download
from payrules.coverage.fields import is_diagnosis, is_procedure
from payrules.frozen import frozen
from payrules.within_reason import shown

_DAY = timedelta(days=1)
#: A tag or a comment: what follows "<" tells it from "less than", which is text.
_TAG = re.compile(r"<!--.*?-->|</?[a-z!?][^<>]*>", re.I | re.S)
#: The same of text that was encoded twice, where "<" may as well be what somebody wrote: only names
#: that CMS's editor knows, bare or with attributes.
_KNOWN_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|col|colgroup|dd|del|div|dl|dt|em|font|h[1-6]"
    r"|hr|i|img|ins|li|ol|p|pre|s|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr"
    r"|tt|u|ul)"
    r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*/?>""",
    re.I,
)
#: Marks of a row in a range: none of one, its beginning, middle and end, each of them listed.
_RANGE = {None, "N", "B", "M", "E"}
_NO_ASTERISK = {None, "N", "0"}


class Group(NamedTuple):
    """Codes that an article lists together, and the paragraph above them as plain text."""

    number: str
    paragraph: str
    codes: tuple[str, ...]
    #: Codes with an asterisk, and what it says.
    asterisked: tuple[str, ...] = ()
    asterisk: str = ""
    #: Codes that begin or end a range, of which only what is listed was taken.
    bounds: tuple[str, ...] = ()


@frozen
class Document:
    """One version of an article, as the download has it: codes as they are written there."""

    article: str
    version: str
    title: str
    effective_from: date
    effective_to: date | None
    macs: tuple[str, ...]
    contractors: tuple[str, ...]
    lcds: tuple[Lcd, ...]
    procedures: tuple[Group, ...]
    diagnoses: tuple[Group, ...]
    unsupported: tuple[Group, ...]
    modifiers: tuple[str, ...]
    notes: tuple[str, ...] = ()
    #: What stands in its lists and was not taken, for it is no code or of no known range.
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What reports call it: "A58403 version 24"."""
        return f"{self.article} version {self.version}"

    @property
    def codes(self) -> frozenset[str]:
        """Every procedure code that it lists."""
        return frozenset(code for group in self.procedures for code in group.codes)

    @property
    def listed(self) -> frozenset[str]:
        """Every diagnosis that it lists as supporting a service."""
        return frozenset(code for group in self.diagnoses for code in group.codes)


@frozen
class Documents:
    """The articles of a download that a draft can be made of, and what was passed over, counted."""

    each: tuple[Document, ...]
    passed_over: Mapping[str, int]


def plain(paragraph: str | None) -> str:
    """Give a paragraph without its HTML, on one line; CMS encodes some characters twice.

    Tags go before characters are decoded: a "&lt;" that was read first would begin a tag, and take
    the text along as far as the next ">".
    """
    text = html.unescape(_TAG.sub(" ", paragraph or ""))
    text = html.unescape(_KNOWN_TAG.sub(" ", text))
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def documents(download: Download, day: date) -> Documents:
    """Put the articles of a download together from its tables.

    `day` is the one on which a contractor's jurisdiction must not have ended.
    """
    passed_over: Counter[str] = Counter()
    versions = _successive(_versions(download, passed_over), passed_over)
    contractors = Contractors.of(download, day)
    macs = contractors.of_articles(download.table("article_x_contractor"), passed_over)
    listed = _Lists(download, passed_over)
    related = related_lcds(download, passed_over)
    found = []
    for key, version in versions.items():
        procedures = listed.procedures.get(key, ())
        if key not in macs:
            passed_over["articles of no Part B contractor in office"] += 1
        elif not any(group.codes for group in procedures):
            passed_over["articles that list no procedure code"] += 1
        else:
            numbers, names = macs[key]
            lcds = related.get(key, ())
            found.append(
                Document(
                    f"A{key[0]}",
                    key[1],
                    version.title,
                    version.first,
                    version.last,
                    numbers,
                    names,
                    lcds,
                    procedures,
                    listed.diagnoses.get(key, ()),
                    listed.unsupported.get(key, ()),
                    listed.modifiers.get(key, ()),
                    version.notes,
                    tuple(listed.left_out.get(key, ())),
                )
            )
    if national := download.table("ncd_trkg").height:
        passed_over["NCDs, of which the download lists no procedure code"] += national
    return Documents(tuple(_ended(found, passed_over)), dict(passed_over))


class _Version(NamedTuple):
    title: str
    first: date
    last: date | None
    notes: tuple[str, ...]


def _versions(download: Download, passed_over: Counter[str]) -> dict[Key, _Version]:
    """Give title, first day, last day and notes of every version that is or was in force."""
    found: dict[Key, _Version] = {}
    for row in download.table("article").iter_rows(named=True):
        key = (row["article_id"], row["article_version"])
        if not (is_number(key[0]) and is_number(key[1])):
            passed_over["articles without a number or version"] += 1
            continue
        status = (row["status"] or "").upper()
        if status not in {"A", "R"}:
            passed_over[f"articles of status {shown(status) or 'none'}, neither A nor R"] += 1
            continue
        if row["display_id"] not in {None, key[0], f"A{key[0]}"}:
            passed_over["draft articles, which have a number of their own"] += 1
            continue
        try:
            version = _version(row, status)
        except ValueError:
            passed_over["articles with a date that cannot be read"] += 1
            continue
        if isinstance(version, str):
            passed_over[version] += 1
        elif found.setdefault(key, version) != version:
            passed_over["articles that stand twice, with other dates: the first was taken"] += 1
    return found


def _version(row: Mapping[str, str | None], status: str) -> _Version | str:
    notes = []
    first = as_date(row["article_eff_date"])
    if first is None:
        # A version that was never revised has only the day of its publication.
        first = as_date(row["article_pub_date"])
        notes.append("Its article_eff_date is blank; effective_from is article_pub_date.")
    if first is None:
        return "articles without a first day"
    last = None
    end = as_date(row["article_end_date"]) or as_date(row["article_rev_end_date"])
    if status == "R":
        last = end
        if last is None and (retired := as_date(row["date_retired"])) is not None:
            last = retired - _DAY
            notes.append(f"Retired on {retired}; effective_to is the day before.")
        if last is None:
            return "retired articles without a last day"
    elif end is not None:
        notes.append(f"The download names {end} as its end, and still has it in force.")
    if last is not None and last < first:
        return "articles that ended before they began"
    title = plain(row["title"]) or f"Article {row['article_id']}"
    return _Version(title, first, last, tuple(notes))


def _successive(versions: Mapping[Key, _Version], passed_over: Counter[str]) -> dict[Key, _Version]:
    """End each version of an article before the next begins: no day has two.

    Decision: a version that still has status A ends when a later one begins, and one that another
    replaced on its first day was never in force.
    """
    by_article: dict[str, list[tuple[Key, _Version]]] = defaultdict(list)
    for key, version in versions.items():
        by_article[key[0]].append((key, version))
    found: dict[Key, _Version] = {}
    for each in by_article.values():
        each.sort(key=lambda one: (one[1].first, int(one[0][1])))
        for (key, version), after in zip(each, [*each[1:], None], strict=True):
            if after is None:
                found[key] = version
                continue
            (_, later), (_, begins, *_) = after
            if begins == version.first:
                passed_over["versions that another replaced on their first day"] += 1
            elif version.last is None or version.last >= begins:
                note = f"Version {later} begins on {begins}."
                found[key] = version._replace(last=begins - _DAY, notes=(*version.notes, note))
            else:
                found[key] = version
    return found


class _Lists:
    """The code lists of all articles, by article and version."""

    def __init__(self, download: Download, passed_over: Counter[str]) -> None:
        self._download, self._passed_over = download, passed_over
        self.left_out: dict[Key, dict[str, None]] = defaultdict(dict)
        self.procedures = self._groups(
            "article_x_hcpc_code", "hcpc_code_id", "hcpc_code_group", is_procedure, "procedure"
        )
        self.diagnoses = self._groups(
            "article_x_icd10_covered",
            "icd10_code_id",
            "icd10_covered_group",
            is_diagnosis,
            "diagnosis",
        )
        self.unsupported = self._groups(
            "article_x_icd10_noncovered",
            "icd10_code_id",
            "icd10_noncovered_group",
            is_diagnosis,
            "diagnosis",
        )
        self.modifiers = self._modifiers()

    def _groups(
        self,
        table: str,
        code_column: str,
        group_column: str,
        is_code: Callable[[str], bool],
        kind: str,
    ) -> dict[Key, tuple[Group, ...]]:
        paragraphs = self._paragraphs(f"{table}_group", group_column)
        codes: dict[Key, dict[str, dict[str, str | None]]] = defaultdict(dict)
        for article, version, number in paragraphs:  # of some groups the paragraph says it all
            codes[article, version][number] = {}
        bounds: dict[tuple[Key, str], set[str]] = defaultdict(set)
        for row in self._download.table(table).iter_rows(named=True):
            key = (row["article_id"], row["article_version"])
            code = (row[code_column] or "").upper()
            if row["range"] not in _RANGE:
                self._passed_over[
                    f"rows of {table} with the range mark '{shown(row['range'])}', which is not"
                    " known"
                ] += 1
                self.left_out[key][f"{shown(code)} (range mark '{shown(row['range'])}')"] = None
            elif not is_code(code):
                self._passed_over[f"rows of {table} whose code is no {kind} code"] += 1
                self.left_out[key][shown(code) or "a blank code"] = None
            else:
                group = codes[key].setdefault(row[group_column] or "", {})
                group[code] = group.get(code) or row.get("asterisk")
                if row["range"] in {"B", "E"}:
                    bounds[key, row[group_column] or ""].add(code)
        return {
            key: tuple(
                _group(
                    number,
                    groups[number],
                    paragraphs.get((*key, number), ("", "")),
                    bounds.get((key, number), set()),
                )
                for number in sorted(groups, key=_by_number)
            )
            for key, groups in codes.items()
        }

    def _paragraphs(
        self, table: str, group_column: str
    ) -> dict[tuple[str, str, str], tuple[str, str]]:
        return {
            (row["article_id"], row["article_version"], row[group_column] or ""): (
                plain(row["paragraph"]),
                plain(row.get("icd10_covered_ast")),
            )
            for row in self._download.table(table).iter_rows(named=True)
        }

    def _modifiers(self) -> dict[Key, tuple[str, ...]]:
        found: dict[Key, set[str]] = defaultdict(set)
        for row in self._download.table("article_x_hcpc_modifier").iter_rows(named=True):
            if row["hcpc_modifier_code_id"]:
                found[row["article_id"], row["article_version"]].add(row["hcpc_modifier_code_id"])
        return {key: tuple(sorted(each)) for key, each in found.items()}


def _group(
    number: str, codes: Mapping[str, str | None], said: tuple[str, str], bounds: set[str]
) -> Group:
    marked = tuple(sorted(code for code, mark in codes.items() if mark not in _NO_ASTERISK))
    return Group(number, said[0], tuple(sorted(codes)), marked, said[1], tuple(sorted(bounds)))


def _by_number(number: str) -> tuple[int, str]:
    return (int(number) if is_number(number) else 0, number)


def _ended(found: Iterable[Document], passed_over: Counter[str]) -> Iterator[Document]:
    """End a version with its LCD, where all LCDs that it names are retired."""
    for each in found:
        days = [lcd.last_day for lcd in each.lcds]
        ends = [day for day in days if day is not None]
        if not days or len(ends) < len(days):
            yield each
        elif max(ends) < each.effective_from:
            passed_over["articles whose LCD was retired before they began"] += 1
        elif each.effective_to is None or max(ends) < each.effective_to:
            names = ", ".join(lcd.id for lcd in each.lcds)
            note = f"{names} is retired on {max(ends) + _DAY}; effective_to is the day before."
            yield replace(each, effective_to=max(ends), notes=(*each.notes, note))
        else:
            yield each
