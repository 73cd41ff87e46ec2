"""Fee schedule releases and tables of edits: imported from CMS's files, kept, verified, found.

What imports CMS's files is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from payrules.schedules.conversion_factors import ConversionFactor
from payrules.schedules.dates_served import Span, dates_served, tables_by_date
from payrules.schedules.locality_names import LocalityNames
from payrules.schedules.releases import PublishedTable, Release
from payrules.schedules.schedules import Quarter, Schedules
from payrules.schedules.store import (
    Verified,
    default_folder,
    load_schedules,
    remove,
    verify,
)
from payrules.schedules.table_kinds import TABLE_WORDS

if TYPE_CHECKING:
    from payrules.schedules.entries import Imported
    from payrules.schedules.importing import import_schedule

__all__ = [
    "TABLE_WORDS",
    "ConversionFactor",
    "Imported",
    "LocalityNames",
    "PublishedTable",
    "Quarter",
    "Release",
    "Schedules",
    "Span",
    "Verified",
    "dates_served",
    "default_folder",
    "import_schedule",
    "load_schedules",
    "remove",
    "tables_by_date",
    "verify",
]


_MODULES = {"Imported": "entries", "import_schedule": "importing"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
