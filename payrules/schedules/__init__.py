"""Fee schedule releases and tables of edits: imported from CMS's files, kept, verified, found."""

from payrules.schedules.conversion_factors import ConversionFactor
from payrules.schedules.importing import Imported, import_schedule
from payrules.schedules.locality_names import LocalityNames
from payrules.schedules.recompute import Recomputed, recompute
from payrules.schedules.store import (
    Release,
    Schedules,
    Table,
    Verified,
    default_folder,
    load_schedules,
    verify,
)

__all__ = [
    "ConversionFactor",
    "Imported",
    "LocalityNames",
    "Recomputed",
    "Release",
    "Schedules",
    "Table",
    "Verified",
    "default_folder",
    "import_schedule",
    "load_schedules",
    "recompute",
    "verify",
]
