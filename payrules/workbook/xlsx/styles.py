"""How reports look: colours that colour-blind readers tell apart, and named cell styles."""

import re
from collections.abc import Iterable
from typing import Any

from payrules.workbook.xlsx.formats import NUMBER_FORMATS, Format

INK = "#1F2933"
QUIET = "#5B6770"
HEADING = "#1F3A5F"
RULE_LINE = "#BFC7CE"
#: Okabe and Ito's colours: told apart in every kind of colour blindness, and in grey.
TOTAL_COLOUR = "#0072B2"
DECREASE_COLOUR = "#D55E00"
INCREASE_COLOUR = "#009E73"
#: Status → fill and ink; the word itself is always there too.
STATUS_COLOURS = {
    "priced": ("#FFFFFF", INK),
    "bundled": ("#E4E7EB", "#323F4B"),
    "denied": ("#F8D9C4", "#6B2A00"),
    "by_report": ("#FFF1C2", "#5F4700"),
    "not_on_schedule": ("#D6E6F2", "#0B3A5B"),
}
FAILED = ("#D55E00", "#FFFFFF")
PASSED = ("#DDF1EA", "#00513B")
DOLLARS = "$#,##0.00_);($#,##0.00)"


class Styles:
    """The formats of one workbook, each made once; those with a name become its cell styles."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.named: dict[str, Any] = {}

    def make(self, **properties: Any) -> Any:
        """Give the format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def _name(self, name: str, **properties: Any) -> Any:
        style = self.make(**properties)
        self.named.setdefault(f"Payrules {name}", style)
        return style

    def cell(self, kind: Format, *, wrap: bool = False) -> Any:
        """Give the style of a table's cells."""
        properties: dict[str, Any] = {"num_format": NUMBER_FORMATS[kind]} | _alignment(kind)
        if wrap:
            return self._name("wrapped text", **properties, text_wrap=True)
        return self._name(_look(kind), **properties)

    def link(self, kind: Format) -> Any:
        """Give the style of a cell that leads to another sheet."""
        return self._name(
            f"{_look(kind)} link",
            num_format=NUMBER_FORMATS[kind],
            font_color=TOTAL_COLOUR,
            underline=1,
            **_alignment(kind),
        )

    def heading(self, kind: Format = "text") -> Any:
        """Give the style of a table's headings, over text or over numbers."""
        return self._name(
            f"{_look(kind)} heading",
            bold=True,
            font_color="#FFFFFF",
            bg_color=HEADING,
            text_wrap=True,
            valign="vcenter",
            **(_alignment(kind) or {"align": "right"}),
        )

    def total(self, kind: Format) -> Any:
        """Give the style of a total."""
        return self._name(
            f"{_look(kind)} total",
            num_format=NUMBER_FORMATS[kind],
            bold=True,
            top=1,
            bottom=6,
            **_alignment(kind),
        )

    def under_total(self, kind: Format, *, quiet: bool = False, wrap: bool = False) -> Any:
        """Give the style of a row under a total: at the bottom, off the double rule."""
        look: dict[str, Any] = _alignment(kind) if not quiet else {}
        if wrap:
            look = {**look, "text_wrap": True}
        ink = QUIET if quiet else INK
        return self.make(num_format=NUMBER_FORMATS[kind], font_color=ink, valign="bottom", **look)

    def title(self, *, wrap: bool = False) -> Any:
        """Give the style of a page's title."""
        if wrap:
            look = {"text_wrap": True, "valign": "top"}
            return self.make(font_size=20, bold=True, font_color=HEADING, **look)
        return self._name("title", font_size=20, bold=True, font_color=HEADING)

    def section(self) -> Any:
        """Give the style of a heading on a page."""
        return self._name("section", font_size=13, bold=True, font_color=HEADING, bottom=2)

    def quiet(self, *, indent: int = 0) -> Any:
        """Give the style of explanations."""
        if indent:
            return self.make(font_color=QUIET, indent=indent, valign="vcenter")
        return self._name("explanation", font_color=QUIET)

    def box(self) -> Any:
        """Give the style of a line to sign on."""
        return self._name("line to sign", bottom=1)

    def advice(self, *, centred: bool = False) -> Any:
        """Give the style of a sentence that goes over several columns and wraps."""
        more = {"valign": "vcenter"} if centred else {}
        return self.make(font_color=QUIET, align="left", indent=1, text_wrap=True, **more)

    def failed(self) -> Any:
        """Give the style of a sentence about checks that fail: in their colour, and it wraps."""
        fill, ink = FAILED
        look = {"bold": True, "align": "left", "valign": "vcenter", "indent": 1, "text_wrap": True}
        return self.make(bg_color=fill, font_color=ink, **look)

    def headline(
        self, *, strong: bool = False, of_parts: bool = False, counts: bool = False
    ) -> Any:
        """Give the style of the headline's amounts; `of_parts` are of a row above them."""
        if counts:
            size = {"font_size": 14, "bold": True, "top": 1} if strong else {"font_size": 12}
            return self.make(num_format=NUMBER_FORMATS["integer"], valign="vcenter", **size)
        if of_parts:
            return self.make(num_format=DOLLARS, font_size=11, font_color=QUIET, valign="vcenter")
        if strong:
            return self._name(
                "headline", num_format=DOLLARS, font_size=14, bold=True, top=1, valign="vcenter"
            )
        return self._name("amount", num_format=DOLLARS, font_size=12, valign="vcenter")

    def verdict(self) -> Any:
        """Give the style of the number of checks that do not hold."""
        return self.make(num_format="0", font_size=12, bold=True, valign="vcenter")

    def words(self, *, strong: bool = False, indent: int = 0, wrap: bool = False) -> Any:
        """Give the style of the headline's words."""
        more = {"text_wrap": True} if wrap else {}
        if strong:
            return self.make(font_size=14, bold=True, top=1, valign="vcenter", **more)
        return self.make(font_size=12, valign="vcenter", indent=indent, **more)

    def fill(self, colours: tuple[str, str], *, bold: bool = False) -> Any:
        """Give a conditional format: a fill and an ink."""
        fill, ink = colours
        return self._book.add_format({"bg_color": fill, "font_color": ink, "bold": bold})


def _look(kind: Format) -> str:
    """Name what a format looks like: codes look like text."""
    return "text" if kind == "code" else kind


def _alignment(kind: Format) -> dict[str, Any]:
    """Give how a format stands in its cell: text at the left, off the number before it."""
    if kind in {"text", "code"}:
        return {"align": "left", "indent": 1}
    return {"align": "center"} if kind in {"date", "flag"} else {}


def lines_needed(words: str, width: float) -> int:
    """Tell how many lines a wrapped text takes in a column of this width."""
    return sum(max(1, -(-len(part) // int(width * 1.1))) for part in words.split("\n"))


#: A line of a row of headings, and what is around its lines, in points.
_LINE, _AROUND = 15, 2


def heading_height(headings: Iterable[tuple[str, float]]) -> float:
    """Give the height of a row of headings, from each heading and its column's width.

    It is what the longest heading needs, and no less than two lines.
    """
    lines = max((heading_lines(words, width) for words, width in headings), default=2)
    return _LINE * max(2, lines) + _AROUND


def heading_lines(words: str, width: float) -> int:
    """Tell how many lines a heading takes in a column of this width, wrapped at its words.

    Headings are bold: a letter is counted as wide as a digit.
    """
    room = max(1, int(width))
    lines, left = 1, room
    for word in words.split():
        needed = len(word) + (left < room)
        if needed <= left:
            left -= needed
            continue
        lines += left < room
        beyond, rest = divmod(len(word) - 1, room)
        lines, left = lines + beyond, room - rest - 1
    return lines


def with_named_styles(styles_xml: str, indices: dict[str, int]) -> str:
    """Add cell styles with names to a workbook's styles: name → its place in cellXfs."""
    masters = re.search(r'<cellStyleXfs count="(\d+)">(.*?)</cellStyleXfs>', styles_xml, re.DOTALL)
    cells = re.search(r"<cellXfs[^>]*>(.*?)</cellXfs>", styles_xml, re.DOTALL)
    names = re.search(r'<cellStyles count="(\d+)">(.*?)</cellStyles>', styles_xml, re.DOTALL)
    if not (masters and cells and names):
        return styles_xml
    formats = re.findall(r"<xf [^>]*?/>|<xf .*?</xf>", cells.group(1), re.DOTALL)
    first = int(masters.group(1))
    new_masters: list[str] = []
    new_names: list[str] = []
    # A style that no cell has stands nowhere in the file.
    used = {name: index for name, index in indices.items() if index < len(formats)}
    by_index = {index: name for name, index in sorted(used.items(), reverse=True)}
    for place, (index, name) in enumerate(sorted(by_index.items())):
        format_xml = formats[index]
        new_masters.append(re.sub(r' xfId="\d+"', "", format_xml))
        formats[index] = re.sub(r' xfId="\d+"', f' xfId="{first + place}"', format_xml)
        new_names.append(f'<cellStyle name="{name}" xfId="{first + place}"/>')
    parts = {
        masters.span(): f'<cellStyleXfs count="{first + len(new_masters)}">'
        f"{masters.group(2)}{''.join(new_masters)}</cellStyleXfs>",
        cells.span(): f'<cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>',
        names.span(): f'<cellStyles count="{int(names.group(1)) + len(new_names)}">'
        f"{names.group(2)}{''.join(new_names)}</cellStyles>",
    }
    for (start, end), text in sorted(parts.items(), reverse=True):
        styles_xml = styles_xml[:start] + text + styles_xml[end:]
    return styles_xml
