"""What `payrules reports` prints: the report layouts that have a name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from payrules.screen.printed import Table

if TYPE_CHECKING:
    from payrules.workbook import LayoutName


def layout_table(layouts: "Sequence[LayoutName]") -> Table:
    """List the layouts that `--report` knows by name."""
    table = Table("report", "what it is")
    for each in layouts:
        table.add_row(each.name, each.description)
    return table
