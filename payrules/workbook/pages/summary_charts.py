"""The charts of the Summary: the bridge, the reductions by rule, the codes, the months."""

from payrules.workbook.figures.bridge import charted
from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.report_page import ReportPage
from payrules.workbook.words import CHARTED, largest
from payrules.workbook.xlsx.charts import (
    BRIDGE_IN_WORDS,
    CHART_TITLE,
    bar_chart,
    bridge_chart,
    bridge_height,
    line_chart,
)
from payrules.workbook.xlsx.paper import OFF_EDGE

#: Where the figures behind the charts stand, right of what is printed.
_BEHIND = 20
_WIDE, _NARROW, _HIGH, _LOW = 930, 461, 300, 240
_ROW_PIXELS = 20
BRIDGE_NOTE = (
    "The chart begins at the fee schedule amounts: the step from the charges, which are the"
    " practice's own figure, stands apart, above and in the bridge step by step."
)


class Charts(ReportPage):
    """A page that draws a batch's bridge, reductions, codes and months."""

    def before_chart(self, height: float) -> None:
        """Write what may stand before a chart of this height in points."""

    def charts(self) -> None:
        """Draw the bridge, the reductions by rule and the codes."""
        if self.figures.results.lines.is_empty():
            return
        self.columns(_BEHIND, _BEHIND + 7, 14)
        self.page.write_string(0, _BEHIND, "Figures behind the charts", self.styles.quiet())
        steps = self.bridge(_BEHIND) if "bridge" in self.sheet.charts else 0
        self._bars(steps + 4)

    def bridge(self, column: int) -> int:
        """Draw the bridge from the fee schedule amounts; gives how many steps it has."""
        pages, whole = self.pages, self.figures.bridge
        first = charted(whole)
        bridge = whole[first:]
        self.before_chart((bridge_height(bridge.height) + 3 * _ROW_PIXELS) * 0.75)
        chart = bridge_chart(pages.book, self.page, self.sheet.name, bridge, (1, column))
        area = Area(self.sheet.name, 3, 2 + bridge.height)
        pages.places.waterfalls.append((area, column, first))
        self.labelled((2, column), bridge["label"])
        chart.set_title({"name": self.figures.bridge_title, **CHART_TITLE})
        self.put(chart, (_WIDE, bridge_height(bridge.height)), BRIDGE_IN_WORDS)
        self.note(BRIDGE_NOTE)
        self.row += 1
        return bridge.height

    def put(self, chart: object, size: tuple[int, int], words: str, left: int = 0) -> None:
        """Put a chart on this row; what follows stands under it."""
        width, height = size
        chart.set_size({"width": width, "height": height})  # type: ignore[attr-defined]
        look = {"object_position": 2, "description": words, "x_offset": left, "y_offset": OFF_EDGE}
        self.page.insert_chart(self.row, 1, chart, look)
        self.row += -(-height // _ROW_PIXELS) + 1

    def _bars(self, start: int) -> None:
        """Draw the largest reductions and codes side by side."""
        charts, pages = self.sheet.charts, self.pages
        found = []
        reductions, codes = self.figures.reductions_by_rule, self.figures.codes_by_allowed
        if "rules" in charts and not reductions.is_empty():
            rows = reductions.select("label", "amount").head(CHARTED).rows()
            found.append((largest("Reductions by rule", reductions.height), rows))
        if "codes" in charts:
            rows = codes.select("hcpcs_code", "allowed_amount").head(CHARTED).rows()
            found.append((largest("Allowed amount by code", codes.height), rows))
        if any(rows for _, rows in found):
            self.before_chart((_HIGH + _ROW_PIXELS) * 0.75)
        top = self.row
        for place, (title, rows) in enumerate(found):
            if not rows:
                continue
            column = _BEHIND + 2 * place
            area = Area(self.sheet.name, start + 1, start + len(rows))
            kind = "reductions" if title.startswith("Red") else "codes"
            pages.places.bars.append((area, column, kind))
            self.labelled((start, column), (label for label, _ in rows))
            chart = bar_chart(
                pages.book,
                self.page,
                self.sheet.name,
                rows,
                (start, column),
                reduced=kind == "reductions",
            )
            chart.set_title({"name": title, **CHART_TITLE})
            self.row = top
            size, left = (_NARROW, _HIGH), place * (_NARROW + 8)
            self.put(chart, size, f"{title}, the largest first", left)

    def months(self, first: int, last: int) -> None:
        """Draw the allowed amount of the months in these rows as a line, where there are two."""
        if "months" not in self.sheet.charts or last <= first:
            return
        name = "Allowed amount by month of service"
        chart = line_chart(self.pages.book, self.sheet.name, (first, last), (1, 4), name)
        chart.set_title({"name": name, **CHART_TITLE})
        self.put(chart, (_WIDE, _LOW), f"{name}, all months in order")
