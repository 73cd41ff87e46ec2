"""The charts of a workbook: what each series draws, held to the cells that it names."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from openpyxl.utils import range_boundaries

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_PLACE = re.compile(r"^'?(.*?)'?!(.*)$")


@dataclass(frozen=True)
class Series:
    """What a series draws: the sheet and cells of its values, labels and values, its own labels."""

    sheet: str
    cells: str
    labels: tuple[str, ...]
    points: tuple[float, ...]
    shown: tuple[str, ...]


def charts_of(path: Path) -> list[list[Series]]:
    """Read every chart, and hold what it keeps of labels and values to the cells it names."""
    book = openpyxl.load_workbook(path, data_only=True)
    with ZipFile(path) as parts:
        names = sorted(name for name in parts.namelist() if "charts/chart" in name)
        return [
            [
                _series(book, each)
                for each in ElementTree.fromstring(parts.read(name)).iter(f"{_C}ser")
            ]
            for name in names
        ]


def _series(book: Any, series: ElementTree.Element) -> Series:
    sheet, area, labels = _cells(book, series, "cat")
    of_values, cells, points = _cells(book, series, "val")
    assert sheet == of_values
    kept = [(each.text or "") for each in series.findall(f"{_C}cat//{_C}pt/{_C}v")]
    told = [_plain(str("" if each is None else each)) for each in labels]
    assert [_plain(each) for each in kept if each] == [each for each in told if each], (sheet, area)
    drawn = {
        int(each.get("idx", "")): float(str(each.findtext(f"{_C}v")))
        for each in series.findall(f"{_C}val//{_C}pt")
    }
    numbers = tuple(float(each or 0) for each in points)
    assert [drawn.get(at, 0.0) for at in range(len(numbers))] == [*numbers], (sheet, cells)
    own = series.findall(f"{_C}dLbls/{_C}dLbl")
    shown = tuple(
        "".join(text.text or "" for text in each.iter() if text.tag.endswith("}t")) for each in own
    )
    return Series(sheet, cells, tuple(told), numbers, shown)


def _plain(label: str) -> str:
    """Write a number that is a label in one way."""
    return f"{float(label):g}" if re.fullmatch(r"-?\d+\.\d+|[1-9]\d?", label) else label


def _cells(book: Any, series: ElementTree.Element, part: str) -> tuple[str, str, list[Any]]:
    """Give the sheet, the area and the values of the cells that a part of a series names."""
    named = series.findtext(f"{_C}{part}//{_C}f") or ""
    found = _PLACE.match(named)
    assert found, named
    sheet, area = found[1], found[2].replace("$", "")
    left, top, right, bottom = range_boundaries(area)
    rows = book[sheet].iter_rows(
        min_row=top, max_row=bottom, min_col=left, max_col=right, values_only=True
    )
    return sheet, area, [value for row in rows for value in row]


def label_faults(path: Path) -> list[str]:
    """List the labels of bars that are not the dollars of the bar beside them."""
    faults = []
    for chart in charts_of(path):
        by_cells = {each.cells: each for each in chart}
        bars = [each for each in by_cells.values() if not each.shown]
        for series in (each for each in chart if each.shown):
            for at, label in enumerate(series.shown):
                _, total, decrease, increase = (each.points[at] for each in bars[:4])
                wanted = f"{_whole(total)}"
                if decrease:
                    wanted = f"({_whole(decrease)})"
                elif increase:
                    wanted = f"+{_whole(increase)}"
                if label != wanted:
                    faults.append(f"{series.labels[at]}: {label}, not {wanted}")
    return faults


def _whole(amount: float) -> str:
    return f"{int(amount + 0.5):,}"
