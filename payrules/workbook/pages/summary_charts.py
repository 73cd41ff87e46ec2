"""The charts of the Summary: the bridge, the reductions by rule, the codes."""

from payrules.workbook.live_checks.places import Area
from payrules.workbook.pages.page import Page
from payrules.workbook.words import CHARTED, largest
from payrules.workbook.xlsx.charts import BRIDGE_IN_WORDS, CHART_TITLE, bar_chart, bridge_chart


class Charts(Page):
    """A page that draws a batch's bridge, reductions and codes."""

    def charts(self) -> None:
        """Draw the bridge, the reductions by rule and the codes."""
        charts, pages = self.sheet.charts, self.pages
        if self.figures.results.lines.is_empty():
            return
        bridge = self.figures.bridge
        self.columns(20, 27, 14)
        self.page.write_string(0, 20, "Figures behind the charts", self.styles.quiet())
        wide, narrow = 930, 461
        if "bridge" in charts:
            chart = bridge_chart(pages.book, self.page, self.sheet.name, bridge, (1, 20))
            pages.places.waterfalls.append((Area(self.sheet.name, 3, 2 + bridge.height), 20))
            chart.set_title({"name": self.figures.bridge_title, **CHART_TITLE})
            chart.set_size({"width": wide, "height": 360})
            self.page.insert_chart(
                self.row, 1, chart, {"object_position": 2, "description": BRIDGE_IN_WORDS}
            )
            self.row += 19
        narrow_charts = []
        start = bridge.height + 4
        reductions, codes = self.figures.reductions_by_rule, self.figures.codes_by_allowed
        if "rules" in charts and not reductions.is_empty():
            rows = reductions.select("label", "amount").head(CHARTED).rows()
            narrow_charts.append((largest("Reductions by rule", reductions.height), rows))
        if "codes" in charts:
            rows = codes.select("hcpcs_code", "allowed_amount").head(CHARTED).rows()
            narrow_charts.append((largest("Allowed amount by code", codes.height), rows))
        for place, (title, rows) in enumerate(narrow_charts):
            if not rows:
                continue
            area = Area(self.sheet.name, start + 1, start + len(rows))
            kind = "reductions" if title.startswith("Red") else "codes"
            pages.places.bars.append((area, 20 + 2 * place, kind))
            chart = bar_chart(
                pages.book,
                self.page,
                self.sheet.name,
                rows,
                (start, 20 + 2 * place),
                reduced=title.startswith("Red"),
            )
            chart.set_title({"name": title, **CHART_TITLE})
            chart.set_size({"width": narrow, "height": 300})
            look = {"x_offset": place * (narrow + 8), "description": f"{title}, the largest first"}
            self.page.insert_chart(self.row, 1, chart, {"object_position": 2, **look})
        if narrow_charts:
            self.row += 16
