"""A rejects file given as claims: its rows, corrected, are read as those of the files they are of.

What payrules wrote before the rows is not read. Cells are written as in the file they came from,
so that what the columns file says of cells holds; what it says of a file's layout does not.
Decision: rejects of X12 are not read back. They hold no line, only where it stands, for personal
data is withheld; the claim is corrected in the practice system, and the 837P given again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from payrules.claims.columns import is_known, normal, shown
from payrules.claims.columns_file import AUTO, ColumnsFile, fits
from payrules.claims.matching import lacking
from payrules.errors import ClaimsError
from payrules.files.formula_guard import freed
from payrules.frozen import frozen

#: What is said of a rejected row, before the row itself; with several files.
VERDICT = ("file", "row", "column", "value", "reason")
#: What is left of a rejected row where persons are kept out of every output.
_WITHOUT_ROWS = tuple(each for each in VERDICT if each != "value")
#: What an X12 file's rejects tell of a line.
_OF_X12 = ("claim_id", "claim_line_number")
_RENAMED = re.compile(rf"(?:input_)*(?:{'|'.join(VERDICT)}|_payrules_file)")
NOTE = (
    "a rejects file of payrules: what it says of each row is not read. Price it together with the"
    " batch it is of: a person's lines change each other's amounts."
)


@frozen
class Returned:
    """Rows of a rejects file that are of one claims file, with their numbers and how they are read.

    `name` is the rejects file's, with that of the claims file where it tells it (`rows_of`), and
    `given` names each column as the rejects file does.
    """

    name: str
    rows: pl.DataFrame
    numbers: pl.Series
    said: ColumnsFile
    given: Mapping[str, str]
    rows_of: str | None


def heading_among_rejects(heading: str) -> str:
    """Name a column of the rows in the rejects: `input_row` where payrules writes a `row`."""
    return f"input_{heading}" if _RENAMED.fullmatch(heading) else heading


def is_rejects(headings: Sequence[str]) -> bool:
    """Tell whether headings, in their order, are those of a rejects file."""
    begin = tuple(map(normal, headings[: len(VERDICT)]))
    if begin == VERDICT or begin[:-1] == VERDICT[1:]:
        return True
    # No more than these, for a claims file may begin with them.
    return len(headings) <= len(_WITHOUT_ROWS) and begin in (_WITHOUT_ROWS, _WITHOUT_ROWS[1:])


def returned(
    name: str, rows: pl.DataFrame, said: ColumnsFile, *, first_row: int, guarded: bool
) -> list[Returned]:
    """Give a rejects file's rows file by file; `first_row` is the number of the first.

    `guarded`: text that looks like a formula was guarded, as in CSV; a workbook's page has it bare.
    Raises ClaimsError for rejects of X12, for rejects without the rows themselves, and where it is
    not known whether a [[where]] of the columns file is for them.
    """
    if {*map(normal, rows.columns)} <= {*VERDICT}:
        _refuse_bare(name)
    rows = freed(rows) if guarded else rows
    has_file = normal(rows.columns[0]) == VERDICT[0]
    of_verdict = rows.columns[: len(VERDICT) - (not has_file)]
    # A heading is only ever a name: polars takes some for patterns.
    verdict, raw = (
        pl.DataFrame([rows.get_column(each) for each in names])
        for names in (of_verdict, rows.columns[len(of_verdict) :])
    )
    given = {_as_it_came(each): each for each in raw.columns}
    raw = raw.rename({each: came for came, each in given.items()})
    numbers = pl.int_range(first_row, first_row + rows.height, eager=True).alias("row")
    files = verdict.to_series(0) if has_file else pl.Series([None] * rows.height, dtype=pl.String)
    if rows.height and not all(files.unique()):
        _must_know_where(name, said)
    found = []
    for file in files.unique(maintain_order=True) if rows.height else [None]:
        mine = files.eq_missing(file)
        of_file = cells_of(said.of_file(file or name))
        some, columns = raw.filter(mine), verdict.filter(mine).get_column(of_verdict[-3])
        kept = [*_columns_of(some, raw, of_file)]
        if rows.height and {each for each in kept if some[each].count()} <= {*_OF_X12}:
            _refuse_x12(name, columns)
        if "claim_line_number" in kept and of_file.numbers_lines:
            told = {ours: each for ours, each in of_file.columns.items() if each != AUTO}
            of_file = replace(of_file, columns=told)
        some = pl.DataFrame([some.get_column(each) for each in kept])
        called = f"{name} [{file}]" if file else name
        of_rows = {each: given[each] for each in some.columns}
        found.append(Returned(called, some, numbers.filter(mine), of_file, of_rows, file))
    return found


def _as_it_came(heading: str) -> str:
    return heading.removeprefix("input_") if _RENAMED.fullmatch(heading) else heading


def cells_of(said: ColumnsFile) -> ColumnsFile:
    """Give what is said of the cells and columns of a file, without its layout."""
    form = replace(
        said.form, sheet=None, heading_row=None, skip_rows=(), encoding=None, delimiter=None
    )
    return replace(said, form=form, where=())


def _columns_of(some: pl.DataFrame, all_rows: pl.DataFrame, said: ColumnsFile) -> Iterator[str]:
    """Name the columns of one file: not those that only rows of other files fill.

    A needed column stays though it is blank: that may be why the rows were rejected.
    """
    named = {normal(theirs) for _, theirs in said.headings()}
    filled = [
        each
        for each in some.columns
        if some[each].count() or not all_rows[each].count() or normal(each) in named
    ]
    kept = {*filled}
    for each in some.columns:
        if each not in kept and lacking([*kept, each], said) < lacking([*kept], said):
            kept.add(each)
    return (each for each in some.columns if each in kept)


def _must_know_where(name: str, said: ColumnsFile) -> None:
    """Refuse rows of a file that is not named, where the columns file says more of some files.

    A run without a [[where]], of a single file, names none in its rejects.
    """
    patterns = said.patterns()
    if patterns and not any(fits(name, files) for files in patterns):
        told = ", ".join(f"'{shown(files)}'" for files in patterns)
        raise ClaimsError(
            f"{name} does not say which file its rows are of, and the columns file has [[where]]"
            f" for files = {told}. Write the file's name in a first column 'file', before 'row', or"
            f" give these rows a [[where]] of their own, files = '{name}'."
        )


def _refuse_bare(name: str) -> None:
    raise ClaimsError(
        f"{name} is a rejects file of payrules that tells of rows and does not hold them, as"
        " --minimal and --pseudonymize write it. Correct these rows in the file they are of."
    )


def _refuse_x12(name: str, columns: Iterable[str | None]) -> None:
    if any(each and not is_known(each) for each in columns):
        raise ClaimsError(
            f"{name} has rejects of claims in X12, which hold no line to read back. Correct these"
            " claims in the practice system, give the new 837P, and remove their rows here."
        )
