"""Report layouts: the TOML files of `reports/`, checked, with faults told by line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from payrules.content import content_folder
from payrules.errors import ReportError
from payrules.files.toml import read_toml
from payrules.nearest import perhaps
from payrules.terminal import escaped
from payrules.within_reason import THRESHOLD
from payrules.workbook.columns import (
    CONTENTS,
    Column,
    Format,
    grouped_columns,
)

SUMMARY_TABLES = (
    "status",
    "payer_name",
    "practitioner",
    "place_of_service",
    "code_family",
    "month",
    "hcpcs_code",
    "review",
)
SUMMARY_CHARTS = ("bridge", "rules", "codes")
PAGES = ("summary", "bridge", "reconciliation", "about")
_TOLD_WIDTH = 100
_FORBIDDEN_IN_NAMES = re.compile(r"^'|'$|[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]")
SHEET_NAME_LIMIT = 31  # of a sheet, as Excel counts: in UTF-16 units


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """One test of a column: give one of `is`, `in`, `over`, `under`, `beyond` or `empty`."""

    column: str
    is_: str | bool | int | float | None = Field(None, alias="is")
    in_: tuple[str, ...] | None = Field(None, alias="in")
    over: float | None = None
    under: float | None = None
    beyond: float | None = None  # further from 0 than this, either way
    empty: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = (self.is_, self.in_, self.over, self.under, self.beyond, self.empty)
        if sum(test is not None for test in tests) != 1:
            raise PydanticCustomError(
                "one_test",
                "a filter on '{column}' needs one of is, in, over, under, beyond, empty",
                {"column": self.column},
            )
        for number in (self.over, self.under, self.beyond):
            if number is not None:
                try:
                    THRESHOLD.read(number)
                except ValueError as fault:
                    raise PydanticCustomError(
                        "threshold",
                        "a filter on '{column}' {fault}",
                        {"column": self.column, "fault": str(fault)},
                    ) from None
        return self

    def holds(self, frame: pl.DataFrame) -> pl.Expr:
        """Give the test as an expression over the frame's rows."""
        column = pl.col(self.column)
        kind = pl.Decimal(38, 6) if frame.schema[self.column].is_decimal() else pl.Float64
        number, text = column.cast(kind, strict=False), column.cast(pl.String)
        if self.empty is not None:
            test = column.is_null() if self.empty else column.is_not_null()
        elif self.in_ is not None:
            test = text.is_in(list(self.in_))
        elif self.over is not None:
            test = number > _exact(self.over)
        elif self.under is not None:
            test = number < _exact(self.under)
        elif self.beyond is not None:
            test = number.abs() > _exact(self.beyond)
        else:
            truth = isinstance(self.is_, bool)
            test = text == (str(self.is_).lower() if truth else str(self.is_))
        return test


def _exact(value: float) -> pl.Expr:
    return pl.lit(Decimal(str(value)), dtype=pl.Decimal(38, 6))


class Filter(_Strict):
    """Conditions of which at least one must hold."""

    any: tuple[Condition, ...] = Field(min_length=1)


def _as_filter(value: Any) -> Any:
    return {"any": [value]} if isinstance(value, Mapping) and "any" not in value else value


class ColumnChoice(_Strict):
    """A column of a sheet, with its own heading, format or width where it has one.

    `carried = true` names a column of the batch that payrules does not know.
    """

    column: str
    heading: str | None = Field(None, min_length=1, max_length=255)
    format: Format | None = None
    width: float | None = Field(None, gt=0, le=255)
    carried: bool = False


def _as_choice(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class ReportSheet(_Strict):
    """One sheet of a report: a page made of figures, or a table of rows."""

    name: str = Field(min_length=1)
    content: Literal[
        "summary", "bridge", "reconciliation", "about", "lines", "review", "adjustments", "rejects"
    ]
    columns: tuple[Annotated[ColumnChoice, BeforeValidator(_as_choice)], ...] = ()
    beside: tuple[str, ...] = ()  # columns right of those that are printed
    other_columns: bool = False
    field_names: bool = False  # headings are the columns' own names
    group_by: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()  # "-column" sorts the highest first
    filters: tuple[Annotated[Filter, BeforeValidator(_as_filter)], ...] = ()
    totals: bool = False
    style: Literal["report", "plain"] = "report"
    # of a summary page
    tables: tuple[Literal[SUMMARY_TABLES], ...] = SUMMARY_TABLES  # type: ignore[valid-type]
    charts: tuple[Literal[SUMMARY_CHARTS], ...] = SUMMARY_CHARTS  # type: ignore[valid-type]
    rows: int = Field(10, ge=1, le=1000)
    one_page: bool = False

    @property
    def is_page(self) -> bool:
        """Whether the sheet is a page rather than a table of rows."""
        return self.content in PAGES

    def available(self) -> dict[str, Column]:
        """Give the columns this sheet may show."""
        if self.group_by:
            return grouped_columns(self.group_by)
        return CONTENTS[self.content] if not self.is_page else {}  # type: ignore[index]

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        if self.is_page:
            if self.columns or self.beside or self.sort or self.filters or self.group_by:
                raise PydanticCustomError(
                    "page",
                    "sheet '{name}' shows the page '{content}', which has no columns, sort,"
                    " filters or group_by",
                    {"name": self.name, "content": self.content},
                )
            return self
        if self.group_by and self.content not in {"lines", "review"}:
            raise PydanticCustomError(
                "group", "only lines and review can be grouped, not '{it}'", {"it": self.content}
            )
        if not self.columns and not self.other_columns:
            raise PydanticCustomError(
                "no_columns", "sheet '{name}' shows no columns; list some", {"name": self.name}
            )
        carried = {choice.column for choice in self.columns if choice.carried}
        rows = {*CONTENTS[self.content], *carried}  # type: ignore[index]
        shown = {*self.available(), *carried}
        for name in self.group_by:
            _check_column(name, rows)
        for name in (*(choice.column for choice in self.columns), *self.beside):
            _check_column(name, shown)
        for name in self.sort:
            _check_column(name.removeprefix("-"), shown)
        for each in self.filters:
            for condition in each.any:
                _check_column(condition.column, rows)
        listed = [*(choice.column for choice in self.columns), *self.beside]
        if len(set(listed)) < len(listed):
            raise PydanticCustomError(
                "twice", "sheet '{name}' shows a column twice", {"name": self.name}
            )
        return self


def _check_column(name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise PydanticCustomError(
            "unknown_column",
            "there is no column '{value}' here{near}",
            {"value": name, "near": perhaps(name, known)},
        )


class Layout(_Strict):
    """A report: its sheets in order, and what they show."""

    title: str = Field(min_length=1, max_length=200)
    description: str = ""
    paper: Literal["letter", "a4"] = "letter"
    sheets: tuple[ReportSheet, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        seen: set[str] = set()
        for sheet in self.sheets:
            if _FORBIDDEN_IN_NAMES.search(sheet.name) or sheet.name.lower() == "history":
                raise PydanticCustomError(
                    "sheet_name",
                    "Excel takes no sheet named '{value}': leave out [ ] : * ? / \\, quotes around"
                    " it, control characters and the name History",
                    {"value": sheet.name},
                )
            if (length := len(sheet.name.encode("utf-16-le")) // 2) > SHEET_NAME_LIMIT:
                raise PydanticCustomError(
                    "sheet_name",
                    "the sheet name '{value}' has {length} characters, Excel takes {limit}:"
                    " shorten it",
                    {"value": sheet.name, "length": length, "limit": SHEET_NAME_LIMIT},
                )
            if sheet.name.lower() in seen:
                raise PydanticCustomError(
                    "sheet_name", "two sheets are named '{value}'", {"value": sheet.name}
                )
            seen.add(sheet.name.lower())
        return self

    def first(self, content: str) -> ReportSheet | None:
        """Give the first ungrouped sheet that shows this content; None if none does."""
        return next(
            (sheet for sheet in self.sheets if sheet.content == content and not sheet.group_by),
            None,
        )


@dataclass(frozen=True)
class LayoutName:
    """A layout that ships with payrules: what `--report` calls it, and what it is."""

    name: str
    title: str
    description: str


def layouts() -> tuple[LayoutName, ...]:
    """List the layouts in `reports/`, by name."""
    named = []
    for path in sorted(content_folder("reports").glob("*.toml")):
        layout = read_layout(path)
        named.append(LayoutName(path.stem, layout.title, layout.description))
    return tuple(named)


def find_layout(layout: str | Path) -> Layout:
    """Read a layout by its name in `reports/`, or a file of the user's own."""
    return read_layout(layout_file(layout))


def layout_file(layout: str | Path) -> Path:
    """Find the file of a layout by its name in `reports/`; a file of one's own is itself."""
    path = Path(layout)
    if path.suffix.lower() == ".toml":
        return path
    names = {each.stem: each for each in content_folder("reports").glob("*.toml")}
    if str(layout) not in names:
        near = perhaps(str(layout), names) or f"; there are {', '.join(sorted(names))}"
        raise ReportError(
            f"There is no report layout '{layout}'{near}. A layout of your own is a path that ends"
            " in .toml."
        )
    return names[str(layout)]


def check_layout(path: Path) -> Layout:
    """Check a layout file; raises ReportError that names the line and the nearest column."""
    return read_layout(path)


def read_layout(path: Path) -> Layout:
    """Read a layout file; raises ReportError that names the line and the nearest column."""
    file = read_toml(path, "report layout", ReportError, float)
    try:
        return Layout.model_validate(file.written)
    except ValidationError as fault:
        raise ReportError(_told(path.name, file.text, fault.errors())) from fault


def _told(name: str, text: str, faults: list[ErrorDetails]) -> str:
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
        return f"'{key}' is no setting here{near}"
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


def describe_layout(name: str | Path) -> str:
    """Tell a layout's sheets and columns in plain lines, for `payrules reports show`."""
    layout = find_layout(name)
    told = [escaped(each) for each in (layout.title, layout.description) if each] + [""]
    for number, sheet in enumerate(layout.sheets, 1):
        what = sheet.content + (f" by {', '.join(sheet.group_by)}" if sheet.group_by else "")
        told.append(f"{number:>2}. {escaped(sheet.name)} ({what})")
        if sheet.is_page:
            continue
        names = [escaped(choice.column) for choice in sheet.columns]
        more = ["and every other column"] if sheet.other_columns else []
        told.append(
            fill(
                f"columns: {', '.join([*names, *more])}",
                width=_TOLD_WIDTH,
                initial_indent=" " * 6,
                subsequent_indent=" " * 15,
                break_on_hyphens=False,
            )
        )
        if sheet.sort:
            told.append(f"      sorted by: {', '.join(sheet.sort)}")
        for each in sheet.filters:
            told.append(f"      only: {' or '.join(escaped(_in_plain(test)) for test in each.any)}")
    return "\n".join(told)


def _in_plain(condition: Condition) -> str:
    given = condition.model_dump(by_alias=True, exclude={"column"}, exclude_none=True)
    ((test, value),) = given.items()
    shown = ", ".join(value) if isinstance(value, tuple) else value
    return f"{condition.column} {test} {shown}"
