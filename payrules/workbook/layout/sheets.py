"""What a layout says, and what it may say: its sheets, their columns, filters and pages."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from payrules.nearest import perhaps
from payrules.within_reason import THRESHOLD
from payrules.workbook.columns import CONTENTS, grouped_columns
from payrules.workbook.xlsx.formats import Column, Format
from payrules.workbook.xlsx.limits import SHEET_NAME_LIMIT

SUMMARY_TABLES = (
    "status",
    "against_paid",
    "payer_name",
    "practitioner",
    "place_of_service",
    "code_family",
    "month",
    "hcpcs_code",
    "review",
)
SUMMARY_CHARTS = ("bridge", "rules", "codes", "months")
PAGES = ("summary", "bridge", "reconciliation", "about", "changes")
#: What needs something to compare with.
OF_CHANGES = ("changes", "changed_lines")
#: What needs the facility's side to have been worked out.
OF_FACILITY = ("facility", "facility_lines", "facility_steps")
_FORBIDDEN_IN_NAMES = re.compile(r"^'|'$|[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]")


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

    `carried = true` names a column of the batch payrules does not recognize.
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
        "summary",
        "bridge",
        "reconciliation",
        "about",
        "lines",
        "review",
        "adjustments",
        "rejects",
        "journal",
        "changes",
        "changed_lines",
        "facility",
        "facility_lines",
        "facility_steps",
    ]
    columns: tuple[Annotated[ColumnChoice, BeforeValidator(_as_choice)], ...] = ()
    beside: tuple[str, ...] = ()  # columns right of those that are printed
    other_columns: bool = False
    field_names: bool = False  # headings are the columns' own names
    group_by: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()  # "-column" sorts the highest first
    filters: tuple[Annotated[Filter, BeforeValidator(_as_filter)], ...] = ()
    totals: bool = False
    only_with: tuple[str, ...] = ()  # the sheet is left out where no line has any of these
    style: Literal["report", "plain"] = "report"
    printed: bool = True  # False keeps a table's rows off paper unless somebody asks
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
        for name in self.only_with:
            _check_column(name, CONTENTS["lines"])
        if self.is_page:
            of_rows = (self.columns, self.beside, self.sort, self.filters, self.group_by)
            if any(of_rows) or not self.printed:
                raise PydanticCustomError(
                    "page",
                    "sheet '{name}' shows the page '{content}', which has no columns, sort,"
                    " filters, group_by or printed",
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
                    "Excel allows no sheet named '{value}': leave out [ ] : * ? / \\, quotes around"
                    " it, control characters and the name History",
                    {"value": sheet.name},
                )
            if (length := len(sheet.name.encode("utf-16-le")) // 2) > SHEET_NAME_LIMIT:
                raise PydanticCustomError(
                    "sheet_name",
                    "the sheet name '{value}' has {length} characters, Excel allows {limit}:"
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
