"""What the schedules know of a code, or of many: for the screen, and as JSON."""

from payrules.code_page.listing import code_list, find_codes, is_list
from payrules.code_page.page import CodePage, as_record, chosen_locality, code_page

__all__ = [
    "CodePage",
    "as_record",
    "chosen_locality",
    "code_list",
    "code_page",
    "find_codes",
    "is_list",
]
