"""What the schedules know of a code, of many, or of a modifier: for the screen, and as JSON."""

from payrules.code_page.classification import Classification
from payrules.code_page.listing import code_list, find_codes, is_list
from payrules.code_page.modifier_page import are_modifiers, as_records, modifier_rows
from payrules.code_page.page import (
    CodePage,
    chosen_locality,
    chosen_release,
    code_page,
    unknown_code,
)
from payrules.code_page.record import as_record

__all__ = [
    "Classification",
    "CodePage",
    "are_modifiers",
    "as_record",
    "as_records",
    "chosen_locality",
    "chosen_release",
    "code_list",
    "code_page",
    "find_codes",
    "is_list",
    "modifier_rows",
    "unknown_code",
]
