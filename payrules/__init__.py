"""What Medicare's physician fee schedule pays for a batch of claim lines, and why.

    import payrules

    results = payrules.estimate("claims.csv", locality="IL Chicago")
    results.to_excel("estimate.xlsx")

Each name below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from payrules.allocator import keep_freed_memory
from payrules.version import __version__

if TYPE_CHECKING:
    from payrules.answers import FigureAnswer, SessionAnswer
    from payrules.code_page import CodePage
    from payrules.errors import (
        AlteredError,
        ClaimsError,
        CoverageError,
        PayerError,
        PayrulesError,
        ReportError,
        RuleError,
        ScenarioError,
        ScheduleError,
        UsageError,
    )
    from payrules.facility.wage import WageIndices
    from payrules.front_door.answers import price, which
    from payrules.front_door.code import code
    from payrules.front_door.estimate import Results, estimate
    from payrules.front_door.sites import AtSites, sites
    from payrules.front_door.whatif import WhatIf, whatif
    from payrules.payers import Payer, load_payer
    from payrules.schedules import Imported, Schedules, import_schedule, load_schedules

__all__ = [
    "AlteredError",
    "AtSites",
    "ClaimsError",
    "CodePage",
    "CoverageError",
    "FigureAnswer",
    "Imported",
    "Payer",
    "PayerError",
    "PayrulesError",
    "ReportError",
    "Results",
    "RuleError",
    "ScenarioError",
    "ScheduleError",
    "Schedules",
    "SessionAnswer",
    "UsageError",
    "WageIndices",
    "WhatIf",
    "__version__",
    "code",
    "estimate",
    "import_schedule",
    "load_payer",
    "load_schedules",
    "price",
    "sites",
    "whatif",
    "which",
]

#: Where each name is, for `__getattr__`; a test holds it equal to what type checkers are told.
_HOMES = {
    "answers": ["FigureAnswer", "SessionAnswer"],
    "code_page": ["CodePage"],
    "errors": [
        "AlteredError",
        "ClaimsError",
        "CoverageError",
        "PayerError",
        "PayrulesError",
        "ReportError",
        "RuleError",
        "ScenarioError",
        "ScheduleError",
        "UsageError",
    ],
    "facility.wage": ["WageIndices"],
    "front_door.answers": ["price", "which"],
    "front_door.code": ["code"],
    "front_door.estimate": ["Results", "estimate"],
    "front_door.sites": ["AtSites", "sites"],
    "front_door.whatif": ["WhatIf", "whatif"],
    "payers": ["Payer", "load_payer"],
    "schedules": ["Imported", "Schedules", "import_schedule", "load_schedules"],
}

keep_freed_memory()  # before any module of ours loads polars

if not TYPE_CHECKING:  # a type checker knows the names, and tells a slip in one

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used (PEP 562)."""
        for home, names in _HOMES.items():
            if name in names:
                value = getattr(import_module(f"payrules.{home}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module 'payrules' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
