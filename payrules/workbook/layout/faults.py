"""What is wrong in a layout file, told by its line, with the nearest name."""

import re

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from payrules.nearest import perhaps
from payrules.workbook.layout.sheets import ColumnChoice, Condition, Layout, ReportSheet


def told(name: str, text: str, faults: list[ErrorDetails]) -> str:
    """Say every fault in a sentence of its own, with its line; not what only follows from one."""
    places = [fault["loc"] for fault in faults]
    first = [
        fault
        for fault in faults
        if not any(
            len(other) > len(fault["loc"]) and other[: len(fault["loc"])] == fault["loc"]
            for other in places
        )
    ]
    return " ".join(
        f"{name}, line {_line(text, fault)}: {_sentence(fault)}." for fault in first[:5]
    )


def _sentence(fault: ErrorDetails) -> str:
    where = [part for part in fault["loc"] if isinstance(part, str)]
    key = where[-1] if where else ""
    message = fault["msg"]
    if fault["type"] == "extra_forbidden":
        known = _keys_at(fault["loc"])
        near = perhaps(str(key), known) or f"; there are {', '.join(known)}"
        return f"'{key}' is not a setting here{near}"
    if fault["type"] == "missing":
        return f"'{key}' is missing"
    if fault["type"] == "literal_error":
        choices = re.findall(r"'([^']+)'", message)
        near = perhaps(str(fault["input"]), choices) or f"; choose from {', '.join(choices)}"
        return f"'{fault['input']}' is no {key or 'choice'}{near}"
    return message if message[:1].islower() else f"{key}: {message[:1].lower()}{message[1:]}"


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """Give the settings that a table of a layout may hold."""
    within = [part for part in place[:-1] if isinstance(part, str)]
    model: type[BaseModel] = Layout
    if within:
        inner: dict[str, type[BaseModel]] = {
            "sheets": ReportSheet,
            "columns": ColumnChoice,
            "filters": Condition,
            "any": Condition,
        }
        model = inner.get(within[-1], ReportSheet)
    return [field.alias or name for name, field in model.model_fields.items()]


def _line(text: str, fault: ErrorDetails) -> int:
    """Find the line a fault is on: in its sheet, where the value or the setting is written."""
    lines = text.splitlines()
    place = fault["loc"]
    first, last = 0, len(lines)
    if len(place) > 1 and place[0] == "sheets" and isinstance(place[1], int):
        starts = [
            number
            for number, line in enumerate(lines)
            if re.match(r"\s*\[\[\s*sheets\s*\]\]", line)
        ]
        if place[1] < len(starts):
            first = starts[place[1]]
            last = starts[place[1] + 1] if place[1] + 1 < len(starts) else len(lines)
    told = fault.get("ctx", {}).get("value", fault["input"])
    sought = []
    if isinstance(told, str):
        sought += [rf"""["']-?{re.escape(told)}["']""", rf"\b{re.escape(told)}\b"]
    settings = [part for part in reversed(place) if isinstance(part, str)]
    sought += [rf"\b{re.escape(setting)}\s*=" for setting in settings]
    for pattern in sought:
        for number in range(first, last):
            if re.search(pattern, lines[number]):
                return number + 1
    return first + 1
