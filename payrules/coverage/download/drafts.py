"""Writes an article of the download as a draft of a policy file: what it lists, and no limit.

Which list of diagnoses goes with which codes, whether a code of each of two lists is needed, and
every limit stand in an article's prose. None of it is guessed: the paragraphs stand beside the
lists, and the draft says weakly what can be said, that a line has one of all its diagnoses.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from payrules.coverage.download.documents import Document, Group
from payrules.files.toml import toml_text

#: As much of a paragraph stands beside a draft.
_LONGEST_PARAGRAPH = 200
#: As many codes stand in a comment.
_MOST_IN_COMMENT = 60
_WIDTH = 100
_INDENT = 3 * " "

_BEGINNING = (
    "A draft, not verified: made from a download of the Medicare Coverage Database. It denies"
    " nothing. Which diagnoses go with which codes, whether a code of each of two lists is needed,"
    " and every limit of sessions, levels and days stand only in the document's prose, whose"
    " paragraphs are cut short here. Read it,"
    " complete this file, set closed = true where the list is closed, and add under [policy] who"
    ' compared it and when: verified = { by = "NAME", on = 2026-11-25 }.'
)


def file_name(document: Document) -> str:
    """Give the name of a document's draft: "A58403-v24.toml"."""
    return f"{document.article}-v{document.version}.toml"


def draft(document: Document, day: date, lcd: str | None) -> str:
    """Write a draft; `day` is the one of the import, `lcd` the document's own LCD if it has one."""
    return "\n".join(_lines(document, day, lcd)) + "\n"


def _lines(document: Document, day: date, lcd: str | None) -> Iterator[str]:
    yield from _comment(_BEGINNING)
    yield "[policy]"
    yield from _document(document, day, lcd)
    family = document.article.lower()
    yield ""
    yield f"[families.{family}]"
    yield from _comment(
        "All codes of the article in one family and region. Part them as its limits count them,"
        " and move codes that it lists as non-covered to [[noncovered]]."
    )
    if document.modifiers:
        yield from _comment(f"Modifiers that the article names: {', '.join(document.modifiers)}.")
    if document.left_out:
        yield from _comment(
            f"Not taken from the article's lists: {_some(document.left_out)}. Look there."
        )
    yield "regions.all = ["
    yield from _listed(document.procedures, "codes")
    yield "]"
    if any(group.codes for group in document.diagnoses):
        yield ""
        yield "[[diagnoses]]"
        yield f'families = ["{family}"]'
        yield "closed = false"
        yield _setting("source", f"Medicare Coverage Database, article {document.name}")
        yield "any_of = ["
        yield from _listed(document.diagnoses, "diagnoses")
        yield "]"
    else:
        for group in document.diagnoses:
            yield ""
            yield from _comment(
                f"No diagnosis is listed in group {group.number}: {_paragraph(group.paragraph)}"
            )
    for group in document.unsupported:
        yield ""
        yield from _comment(
            f"The article lists as not supporting a service, group {group.number}:"
            f" {_some(group.codes) or 'no code'}. {_paragraph(group.paragraph)}"
        )


def _document(document: Document, day: date, lcd: str | None) -> Iterator[str]:
    related = {each.id: each for each in document.lcds}
    yield _setting("id", lcd or document.article)
    if lcd:
        yield _setting("article", document.article)
    yield _setting("title", document.title)
    yield 'authority = "LCD"'
    yield from _comment(f"{'; '.join(document.contractors)}.")
    yield from _list("macs", document.macs)
    for note in document.notes:
        yield from _comment(note)
    yield f"effective_from = {document.effective_from}"
    if document.effective_to is not None:
        yield f"effective_to = {document.effective_to}"
    number = document.article[1:]
    address = "https://www.cms.gov/medicare-coverage-database/view/article.aspx"
    yield _setting("source", f"{address}?articleid={number}&ver={document.version}")
    if lcd is None:
        yield _setting("document_version", document.version)
        if related:
            yield from _comment(
                f"The article names {', '.join(sorted(related))}; which of them it belongs to, or"
                " which of several articles bears its limits, stands there."
            )
    else:
        yield from _comment(f"The lists are those of article {document.name}.")
        yield from _version_of_lcd(document, lcd)
    yield from _comment("The day of the import: its lists were read then, its prose by nobody.")
    yield f"read_on = {min(day, date.today())}"


def _version_of_lcd(document: Document, lcd: str) -> Iterator[str]:
    """Give the LCD's version where it holds when the article's begins; else say what is known."""
    known = next(each for each in document.lcds if each.id == lcd)
    then = known.version_on(document.effective_from)
    if known.version is None or known.effective_from is None:
        version = f" version {known.version}" if known.version else ""
        yield from _comment(f"It names {lcd}{version}, which is not at hand.")
        return
    if then is not None:
        yield _setting("document_version", then)
    if then is None:
        yield from _comment(
            f"{lcd} version {known.version} is in force since {known.effective_from}, later than"
            " these lists: before, another version was, which is not at hand."
        )
    elif then != known.version and known.effective_from <= (document.effective_to or date.max):
        yield from _comment(
            f"{lcd} version {known.version} is in force since {known.effective_from}, while these"
            " lists stay: compare its limits."
        )


def _listed(groups: Sequence[Group], what: str) -> Iterator[str]:
    """Give the lines of all groups' codes, each once, with its paragraph above."""
    seen: dict[str, str] = {}
    for group in groups:
        paragraph = _paragraph(group.paragraph) or "no paragraph."
        yield from _comment(f"Group {group.number}: {paragraph}", "    ")
        if group.asterisked:
            yield from _comment(
                f"With an asterisk: {_some(group.asterisked)}. {_paragraph(group.asterisk)}", "    "
            )
        if group.bounds:
            yield from _comment(
                f"Ranges begin or end with {_some(group.bounds)}: what the download lists is here,"
                " and nothing between was added.",
                "    ",
            )
        again = [code for code in group.codes if code in seen]
        if again:
            yield from _comment(f"Of its {what} other groups list too: {_some(again)}.", "    ")
        yield from _rows([code for code in group.codes if code not in seen])
        seen.update(dict.fromkeys(group.codes, group.number))


def _rows(codes: Iterable[str]) -> Iterator[str]:
    line = _INDENT
    for code in codes:
        quoted = f' "{code}",'
        if len(line) + len(quoted) > _WIDTH:
            yield line
            line = _INDENT
        line += quoted
    if line != _INDENT:
        yield line


def _list(name: str, values: Sequence[str]) -> list[str]:
    quoted = ", ".join(f'"{value}"' for value in values)
    line = f"{name} = [{quoted}]"
    return [line] if len(line) <= _WIDTH else [f"{name} = [", *_rows(values), "]"]


def _some(codes: Sequence[str]) -> str:
    more = len(codes) - _MOST_IN_COMMENT
    shown = ", ".join(codes[:_MOST_IN_COMMENT])
    return f"{shown} and {more:,} more" if more > 0 else shown


def _paragraph(text: str) -> str:
    if len(text) <= _LONGEST_PARAGRAPH:
        return text
    return f"{text[: _LONGEST_PARAGRAPH - 1].rstrip()}…"


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        # TOML knows no controls in a comment, and a line end would end it.
        "".join(each if each.isprintable() else " " for each in text),
        _WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_on_hyphens=False,
    )


def _setting(name: str, text: str) -> str:
    return toml_text({name: text}).rstrip("\n")
