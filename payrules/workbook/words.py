"""Names and numbers in words, as every report writes them."""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from payrules.claims.columns import is_known
from payrules.runs.who_paid import as_named
from payrules.workbook.columns import LINE_COLUMNS
from payrules.workbook.xlsx.row_table import RowTable

#: Columns that hold names of ours, which a workbook shows as words; files hold them as they are.
NAMES_OF_OURS = frozenset(
    (
        *("status", "status_before", "status_after", "rule", "setting", "schedule"),
        *("practitioner_type", "variance_status", "variance_cause", "cause_confidence", "action"),
        *("compared_at", "claim_match", "match_method", "payer_allowed_source", "what"),
        *("speaks_of", "check"),
    )
)
#: Columns that name payers, beside figures of theirs.
_PAYERS = frozenset(("payer", "best", "name"))
#: Names that the field writes otherwise than capitals and blanks would.
_OF_THE_FIELD = {
    "asp": "ASP",
    "claim_id": "Claim",
    "clfs": "CLFS",
    "crna": "CRNA",
    "mpfs": "MPFS",
    "none": "Not known",
    "nonfacility": "Non-facility",
}


def in_words(name: str) -> str:
    """Write a status or rule as words: `not_on_schedule` is "Not on schedule"."""
    return name.replace("_", " ").capitalize().replace("Mips", "MIPS")


def cell_in_words(column: str, value: str) -> str:
    """Write what a column holds as workbooks show it: names of ours as words, payers as named."""
    if column in NAMES_OF_OURS:
        is_name = value.isascii() and value == value.lower() and " " not in value
        return _OF_THE_FIELD.get(value) or (in_words(value) if is_name else value)
    return as_named(value) if column in _PAYERS else value


def claim_heading(column: str) -> str:
    """Head a column of the claims as the sheets of lines do; one of the batch's own by its name."""
    known = LINE_COLUMNS.get(column)
    if known is not None:
        return known.heading
    return in_words(column).replace("Hcpcs", "HCPCS") if is_known(column) else column


def table_in_words(table: RowTable) -> RowTable:
    """Give a table as workbooks show it: see `in_sheet_words`."""
    apart = table.not_counted
    if apart is not None:
        apart = (apart[0], cell_in_words(*apart))
    return replace(table, frame=in_sheet_words(table.frame), not_counted=apart)


def in_sheet_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Give rows as workbooks show them: see `cell_in_words`; what is so or not, as yes or no."""
    is_so = pl.when(pl.col(pl.Boolean)).then(pl.lit("yes")).when(~pl.col(pl.Boolean))
    return frame.with_columns(is_so.then(pl.lit("no")).name.keep()).with_columns(
        cells.replace({each: cell_in_words(cells.name, each) for each in _distinct(cells)})
        for cells in (each.cast(pl.String) for each in frame if _has_names(each))
    )


def _distinct(cells: pl.Series) -> list[str]:
    return cells.unique().drop_nulls().to_list()


def _has_names(cells: pl.Series) -> bool:
    is_text = isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum)
    return is_text and cells.name in {*NAMES_OF_OURS, *_PAYERS}


#: No cell lists more.
_MOST_LISTED = 10


def in_a_row(parts: Sequence[str], between: str = "; ") -> str:
    """List parts, of many the first ten and how many there are more."""
    more = [f"and {len(parts) - _MOST_LISTED:,} more"] if len(parts) > _MOST_LISTED else []
    return between.join((*parts[:_MOST_LISTED], *more))


#: How many bars a chart of the largest shows.
CHARTED = 10


def largest(title: str, many: int) -> str:
    """Title a chart of the largest: it says where it leaves some out."""
    return title if many <= CHARTED else f"{title}, the {CHARTED} largest of {many:,}"


def total_of(many: int) -> str:
    """Name the total below a table of the largest: it says where it has what is left out."""
    return "Total" if many <= CHARTED else f"Total of all {many:,}"


#: Terms whose names say little.
_TERMS = {"of_part_b": "Medicare's amount of the year"}

#: Where a term has names within: `shares.nurse_practitioner`.
_BETWEEN_NAMES = re.compile(r"(?<=[a-z])\.(?=[a-z])")

#: What a what-if attributes a change to (`payrules.scenarios.plan`).
CAUSES = {
    "mix": "Claims billed otherwise",
    "price": "Fee schedule",
    "terms": "Terms",
    "volume": "Volume",
}


def capital(words: str) -> str:
    """Begin words with a capital."""
    return words[:1].upper() + words[1:]


#: The days on which Medicare, and its fee schedule, began: no value begins before.
_BEGINNINGS = (" from 1966-07-01", " from 1992-01-01")


def without_beginnings(words: str) -> str:
    """Leave away of a term's value that it holds from the beginning on: no file says that day."""
    for each in _BEGINNINGS:
        words = words.replace(each, "")
    return words


def term_of_a_rule(term: str) -> str:
    """Write a term of a rule as words: `of_part_b` is "Medicare's amount of the year"."""
    return _TERMS.get(term) or _BETWEEN_NAMES.sub(", ", term.replace("_", " "))


def rule_and_term(rule: str, term: str) -> str:
    """Write a rule with its term as words; a rule that is off has none. Words stay as they are."""
    return in_words(rule) if term in {"", "off"} else f"{in_words(rule)}, {term_of_a_rule(term)}"
