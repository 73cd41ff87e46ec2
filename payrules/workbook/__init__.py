"""Results to Excel and its like: as a layout in `reports/` says."""

from payrules.workbook.data_files import write_sheets
from payrules.workbook.estimate_workbook import write_workbook
from payrules.workbook.house_template import Filled, fill_template
from payrules.workbook.layout import (
    LayoutName,
    check_layout,
    describe_layout,
    layout_file,
    layouts,
)
from payrules.workbook.privacy import minimal, pseudonymize
from payrules.workbook.web_page import write_html
from payrules.workbook.xlsx.written import Written

__all__ = [
    "Filled",
    "LayoutName",
    "Written",
    "check_layout",
    "describe_layout",
    "fill_template",
    "layout_file",
    "layouts",
    "minimal",
    "pseudonymize",
    "write_html",
    "write_sheets",
    "write_workbook",
]
