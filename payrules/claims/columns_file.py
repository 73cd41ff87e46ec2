"""The columns file: what a practice calls its columns, how its cells are written, what all share.

TOML, every part of it optional:

    carry = ["Charge Date"]                # headings that are only carried along, never asked about

    [columns]                              # our column = their heading
    claim_id = "Claim No"
    person_id = ["Clinic", "Chart"]        # several headings, joined: "12-3456"
    claim_line_number = "auto"             # the lines of a claim, numbered as they come

    [joined]                               # a heading that holds several of our columns
    "Procedure" = "{hcpcs_code}-{hcpcs_modifiers}"

    [file]
    sheet = "Lines"                        # a worksheet's name or number, or "all"
    heading_row = 4                        # rows are numbered as a spreadsheet numbers them
    skip_rows = [5, 250]                   # rows that are no claim lines
    date_format = "DD/MM/YYYY"
    decimal = ","
    encoding = "cp1252"
    delimiter = "|"

    [constants]                            # a value that all rows have
    place_of_service_code = "11"

    [values.place_of_service_code]         # their value = our value; capitals do not count
    "Office" = "11"

    [[where]]                              # all of this again, for the files of these names
    files = "march-*.csv"
    [where.columns]
    claim_id = "Account"
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, fields, replace
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from payrules.claims.columns import normal
from payrules.errors import ClaimsError
from payrules.frozen import frozen

#: In place of a heading: the lines of a claim are numbered in the order in which they come.
AUTO = "auto"
#: What stands between the parts of a column that is made of several headings.
BETWEEN = "-"


@frozen
class FileForm:
    """How a file is written, where it is told: see the columns file, `[file]`.

    Rows are numbered from 1 as a spreadsheet numbers them; `date_format` is as `strptime` has it.
    """

    sheet: str | int | None = None
    heading_row: int | None = None
    skip_rows: tuple[int, ...] = ()
    date_format: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


#: A file of which nothing is told.
AS_USUAL = FileForm()


@frozen
class Template:
    """A heading that holds several columns: their names, and what stands between each two."""

    columns: tuple[str, ...]
    between: tuple[str, ...]


@frozen
class ColumnsFile:
    """What a columns file says of a claims file; nothing, where there is none.

    `columns` maps our names to headings, `several` those that are made of more than one,
    `joined` headings to the columns that they hold, `values` our names to values in lower case.
    `specialty` names the column that `rendering_specialty` is taken from where it is absent.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: Mapping[str, Template] = field(default_factory=dict)
    form: FileForm = AS_USUAL
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    carry: frozenset[str] = frozenset()
    where: tuple[tuple[str, "ColumnsFile"], ...] = ()
    specialty: str | None = None
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def numbers_lines(self) -> bool:
        """Tell whether the lines of a claim are to be numbered as they come."""
        return self.columns.get("claim_line_number") == AUTO

    def of_file(self, name: str) -> "ColumnsFile":
        """Give what is said of a file of this name; ClaimsError where two entries fit it."""
        fit = [(files, said) for files, said in self.where if fits(name, files)]
        if len(fit) > 1:
            both = "' and '".join(files for files, _ in fit)
            raise ClaimsError(
                f"Two [[where]] of the columns file fit {name}, files = '{both}'; let one fit."
            )
        for _, said in fit:
            return self._with(said)
        return self

    @property
    def has_decimal_commas(self) -> bool:
        """Tell whether the texts of any file are said to have a decimal comma."""
        return self.form.decimal == "," or any(each.form.decimal == "," for _, each in self.where)

    def record(self) -> dict[str, Any]:
        """Give what a run record says of it: `[columns]`, and all that it says."""
        return {
            "columns": {**self.columns, **self.several},
            "columns_file": dict(self.written),
        }

    def patterns(self) -> list[str]:
        """Name the files that a [[where]] is for, as patterns."""
        return [files for files, _ in self.where]

    def headings(self) -> Iterator[tuple[str, str]]:
        """Give the headings that are named, each with a column of ours that is read from it."""
        for ours, theirs in self.columns.items():
            if ours != "claim_line_number" or theirs != AUTO:
                yield ours, theirs
        for ours, parts in self.several.items():
            yield from ((ours, part) for part in parts)
        for heading, template in self.joined.items():
            yield template.columns[0], heading

    def makes_of(self, heading: str) -> tuple[str, ...]:
        """Name our columns that are made of a heading, by `[joined]` or with others."""
        given = normal(heading)
        made = [each for theirs, each in self._templates() if normal(theirs) == given]
        made += [
            ours
            for ours, parts in self.several.items()
            if given in {normal(each) for each in parts}
        ]
        return tuple(made)

    def _templates(self) -> Iterator[tuple[str, str]]:
        for heading, template in self.joined.items():
            for ours in template.columns:
                yield heading, ours

    def of_sheet(self, sheet: str) -> "ColumnsFile":
        """Give what is said with another worksheet to be read."""
        file = {**self.written.get("file", {}), "sheet": sheet}
        form, written = replace(self.form, sheet=sheet), {**self.written, "file": file}
        return replace(self, form=form, written=written)

    def of_specialty(self, column: str) -> "ColumnsFile":
        """Give what is said with `rendering_specialty` taken from another column of ours."""
        return replace(self, specialty=column, written={**self.written, "specialty": column})

    def _with(self, said: "ColumnsFile") -> "ColumnsFile":
        told = {
            each.name: value
            for each in fields(FileForm)
            if (value := getattr(said.form, each.name)) not in (None, ())
        }
        anew = {*said.columns, *said.several, *said.constants, *of_templates(said.joined)}
        return ColumnsFile(
            columns={**_without(self.columns, anew), **said.columns},
            several={**_without(self.several, anew), **said.several},
            joined={**self.joined, **said.joined},
            form=replace(self.form, **told),
            constants={**_without(self.constants, anew), **said.constants},
            values={
                ours: {**self.values.get(ours, {}), **said.values.get(ours, {})}
                for ours in {**self.values, **said.values}
            },
            carry=self.carry | said.carry,
            specialty=self.specialty,
        )

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.written)


def fits(name: str, files: str) -> bool:
    """Tell whether a [[where]] is for a file, or a worksheet, of this name: `book.xlsx [March]`."""
    workbook = name.rpartition(" [")[0] if name.endswith("]") else name
    return fnmatchcase(name, files) or fnmatchcase(workbook, files)


def of_templates(joined: Mapping[str, Template]) -> Iterator[str]:
    """Name the columns that joined headings hold."""
    for template in joined.values():
        yield from template.columns


def _without(said: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {ours: value for ours, value in said.items() if ours not in names}


#: What callers may give: a columns file that was read, its tables, or only its `[columns]`.
AnyColumns: TypeAlias = ColumnsFile | Mapping[str, Any]
