"""Results to Excel and its like: as a layout in `reports/` says."""

from payrules.workbook.layout import LayoutName, check_layout, describe_layout, layouts
from payrules.workbook.writing import Written, write_workbook

__all__ = [
    "LayoutName",
    "Written",
    "check_layout",
    "describe_layout",
    "layouts",
    "write_workbook",
]
