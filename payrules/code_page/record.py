"""A code's page as JSON takes it."""

from dataclasses import asdict
from datetime import date
from typing import Any

from payrules.code_page.page import CodePage


def as_record(page: CodePage) -> dict[str, Any]:
    """Give a page as JSON takes it: dates as text."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return value.isoformat() if isinstance(value, date) else value

    record: dict[str, Any] = plain(asdict(page))
    return record
