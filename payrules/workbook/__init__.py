"""Results to Excel and its like: as a layout in `reports/` says.

What not every workbook needs is loaded when it is first used: openpyxl for a house's template.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from payrules.workbook.estimate_workbook import write_workbook
from payrules.workbook.layout import (
    LayoutName,
    check_layout,
    describe_layout,
    layout_file,
    layouts,
)
from payrules.workbook.xlsx.written import Written

if TYPE_CHECKING:
    from payrules.workbook.data_files import write_sheets
    from payrules.workbook.house_template import Filled, fill_template
    from payrules.workbook.privacy import minimal, pseudonymize
    from payrules.workbook.web_page import write_html

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

_MODULES = {
    "Filled": "house_template",
    "fill_template": "house_template",
    "minimal": "privacy",
    "pseudonymize": "privacy",
    "write_html": "web_page",
    "write_sheets": "data_files",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
