"""What Excel would repair in a workbook's file: parts, relations, tables, names, styles, dates.

`openxml-audit` 0.8, which also reads every kind of workbook (test_audited.py), finds elements that
stand where the schema has none, and parts that are missing; it takes a table whose headings are not
its columns, a table's reach that is wrong, a style that is not there and a part without a type for
right, which are what makes Excel say "We found a problem with some content". So the faults a
writer of tables can make are looked for here.
"""

import datetime as dt
import posixpath
import re
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from openpyxl.cell import MergedCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: The elements of a sheet in the order in which its schema has them.
_ORDER = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData"),
    *("sheetProtection", "autoFilter", "mergeCells", "conditionalFormatting", "dataValidations"),
    *("hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks"),
    *("ignoredErrors", "drawing", "legacyDrawing", "tableParts", "extLst"),
)


def faults(path: Path) -> list[str]:
    """Give what is wrong with a workbook's structure, in words; nothing where it is whole."""
    with ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
        found = [f"{name} stands twice" for name in parts if whole.namelist().count(name) > 1]
    trees = {name: ElementTree.fromstring(text) for name, text in parts.items() if _is_xml(name)}
    found += [*_types(trees), *_relations(trees)]
    if found:
        return found  # openpyxl would not read it
    styles = len(trees["xl/styles.xml"].findall(f"{_MAIN}cellXfs/{_MAIN}xf"))
    for defined in trees["xl/workbook.xml"].iter(f"{_MAIN}definedName"):
        if not defined.text or "#REF!" in defined.text:
            found.append(f"the name {defined.attrib['name']} is nowhere")
    for name, tree in trees.items():
        if name.startswith("xl/worksheets/sheet"):
            found += [f"{name}: {each}" for each in _sheet(tree, styles)]
    return found or _book(path)


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))


def _types(trees: dict[str, ElementTree.Element]) -> list[str]:
    """Every part has a type of its own, and every type a part."""
    typed = {
        each.attrib["PartName"].removeprefix("/")
        for each in trees["[Content_Types].xml"]
        if "PartName" in each.attrib
    }
    own = {name for name in trees if name.endswith(".xml") and name != "[Content_Types].xml"}
    return [f"{name} has no content type" for name in own - typed] + [
        f"{name} has a content type and is not there" for name in typed - {*trees}
    ]


def _relations(trees: dict[str, ElementTree.Element]) -> list[str]:
    """Every relation leads to a part, and every reference of a part is a relation of it."""
    found = []
    for name, tree in trees.items():
        if not name.endswith(".rels"):
            continue
        folder, file = posixpath.split(name)
        ids = [each.attrib["Id"] for each in tree]
        for each in tree:
            target = each.attrib["Target"]
            to = posixpath.normpath(posixpath.join(posixpath.dirname(folder), target))
            if each.get("TargetMode") != "External" and to.removeprefix("/") not in trees:
                found.append(f"{name} leads to {target}, which is not there")
        owner = trees.get(posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels")))
        asked = [] if owner is None else [
            value
            for element in owner.iter()
            for attribute, value in element.attrib.items()
            if "officeDocument/2006/relationships}" in attribute
        ]  # fmt: skip
        found += [f"{name} has no {each}" for each in asked if each not in ids]
    return found


def _sheet(tree: ElementTree.Element, styles: int) -> list[str]:
    """Elements stand in their order; rows and cells ascend; styles are there."""
    names = [element.tag.removeprefix(_MAIN) for element in tree]
    found = [f"{name} does not belong here" for name in names if name not in _ORDER]
    places = [_ORDER.index(name) for name in names if name in _ORDER]
    if places != sorted(places):
        found.append("its elements stand out of their order")
    inside = {each.tag for each in tree.iterfind(f"{_MAIN}sheetData/*")}
    if inside > {f"{_MAIN}row"}:
        found.append("among its rows stands what is no row")
    last = (0, 0)
    for cell in tree.iterfind(f"{_MAIN}sheetData/{_MAIN}row/{_MAIN}c"):
        column, row, _, _ = range_boundaries(cell.attrib["r"])
        if (row, column) <= last:
            found.append(f"cell {cell.attrib['r']} does not follow the one before it")
        last = (row, column)
        if int(cell.get("s", 0)) >= styles:
            found.append(f"cell {cell.attrib['r']} has a style that is not there")
    return found


def _book(path: Path) -> list[str]:
    """Tables are what their headings say, dates are dates, and no cell is an error."""
    found: list[str] = []
    book = openpyxl.load_workbook(path)
    named = [table.displayName.lower() for sheet in book for table in sheet.tables.values()]
    found += [f"two tables are named {name}" for name in set(named) if named.count(name) > 1]
    for sheet in book:
        found += _tables(sheet)
        for cell in (each for row in sheet.iter_rows() for each in row):
            if isinstance(cell, MergedCell):
                continue
            if cell.is_date and not isinstance(cell.value, dt.date | dt.time | None):
                found.append(f"{sheet.title}!{cell.coordinate} is shown as a date and is none")
            if cell.data_type == "e":
                found.append(f"{sheet.title}!{cell.coordinate} is an error")
    return found


def _tables(sheet: Worksheet) -> list[str]:
    """Tables of a sheet are what their headings say, and none lies over another."""
    found: list[str] = []
    reached: list[tuple[int, int, int, int]] = []
    for table in sheet.tables.values():
        name = f"table {table.displayName}"
        left, top, right, bottom = range_boundaries(table.ref)
        columns = [each.name for each in table.tableColumns]
        headings = [sheet.cell(top, place).value for place in range(left, right + 1)]
        shown = [re.sub(r"_x000a_", "\n", each, flags=re.IGNORECASE) for each in columns]
        if shown != headings:
            found.append(f"{name}: its columns {columns} are not its headings {headings}")
        if len({each.lower() for each in columns}) < len(columns):
            found.append(f"{name}: two columns have one name")
        if bottom < top + 1 + (table.totalsRowCount or 0):
            found.append(f"{name}: it has no row")
        for left_, top_, right_, bottom_ in reached:
            if left <= right_ and left_ <= right and top <= bottom_ and top_ <= bottom:
                found.append(f"{name}: it lies over another")
        reached.append((left, top, right, bottom))
    return found
