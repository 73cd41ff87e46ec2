"""The parts of an Excel workbook: its sheets in their order, and a sheet's rows as XML."""

import re
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from payrules.errors import PayrulesError
from payrules.files.worksheet_looks import percent_styles

#: Bytes of a row, unpacked.
_MOST_ROW = 1 << 27
_CHUNK = 1 << 22
#: No sentence names more worksheets.
_MOST_NAMED = 20
ROW_ENDS = re.compile(rb"</(?:\w+:)?row\s*>")


class WorkbookParts(NamedTuple):
    """The parts of a workbook's sheets in their order, and how it computes, shows and counts days.

    `hidden` numbers the sheets that it hides, `percent_styles` those of its styles, as cells name
    them, that show a number as a percentage.
    """

    sheets: list[str]
    titles: list[str]
    computes_on_load: bool = False
    counts_from_1904: bool = False
    hidden: frozenset[int] = frozenset()
    percent_styles: frozenset[bytes] = frozenset()

    def number_of(self, wanted: str | int | None, name: str, fault: type[PayrulesError]) -> int:
        """Give the number, from 1, of the sheet wanted by number or title; `fault` if none is."""
        if wanted is None:
            return 1
        titles = [title.strip().casefold() for title in self.titles]
        sought = str(wanted).strip().casefold()
        if sought in titles:
            return titles.index(sought) + 1
        if sought.isdecimal() and 0 < int(sought) <= len(titles):
            return int(sought)
        there = ", ".join(f"'{title}'" for title in self.titles[:_MOST_NAMED])
        raise fault(f"{name} has no worksheet '{wanted}'; it has {there}.")

    @classmethod
    def of(cls, package: zipfile.ZipFile) -> "WorkbookParts":
        """Read the parts that a workbook names."""
        office = _targets(package, "")
        book = next((to for kind, to in office.values() if kind == "officeDocument"), None)
        part = book or "xl/workbook.xml"
        root = Xml.fromstring(package.read(part))
        targets = _targets(package, part)
        sheets, titles, computes, from_1904 = [], [], False, False
        hidden: set[int] = set()
        for element in root.iter():
            local = element.tag.rpartition("}")[2]
            if local == "sheet":
                (relation,) = [
                    value for key, value in element.items() if key.rpartition("}")[2] == "id"
                ]
                sheets.append(targets[relation][1])
                titles.append(element.get("name", ""))
                if element.get("state", "visible") != "visible":
                    hidden.add(len(titles))
            elif local == "calcPr":
                computes |= element.get("fullCalcOnLoad") in {"1", "true"}
            elif local == "workbookPr":
                from_1904 |= element.get("date1904") in {"1", "true"}
        if not sheets:
            raise KeyError("sheet")
        styles = next((to for kind, to in targets.values() if kind == "styles"), None)
        percent = frozenset[bytes]() if styles is None else percent_styles(package.read(styles))
        return cls(sheets, titles, computes, from_1904, frozenset(hidden), percent)


def _targets(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Give what a part relates to: relation → its kind, and the other part."""
    folder, _, file = part.rpartition("/")
    relations = join(folder, "_rels", f"{file}.rels")
    if relations not in package.namelist():
        return {}
    return {
        each.get("Id", ""): (
            each.get("Type", "").rpartition("/")[2],
            normpath(join("/", folder, each.get("Target", ""))).lstrip("/"),
        )
        for each in Xml.fromstring(package.read(relations))
    }


def rows_of(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Give a sheet's XML some whole rows at a time."""
    with package.open(part) as sheet:
        rest = b""
        while chunk := sheet.read(_CHUNK):
            rest += chunk
            ends = [found.end() for found in ROW_ENDS.finditer(rest)][-1:]
            if ends:
                yield rest[: ends[0]]
                rest = rest[ends[0] :]
            elif len(rest) > _MOST_ROW:
                raise ValueError("a row without an end")
        yield rest
