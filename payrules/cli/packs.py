"""What an estimate is written as: asked for rightly, checked before the work, written after it."""

# Heavy imports wait inside, so that --help is quick.
# ruff: noqa: PLC0415

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from payrules.errors import UsageError
from payrules.frozen import frozen

if TYPE_CHECKING:
    from payrules.runs.results import Estimate


@frozen
class Pack:
    """How workbook and sheets are written: layout or template, accounts, what to compare with."""

    report: str | None = None
    template: Path | None = None
    accounts: Path | None = None
    compare: tuple[Path, ...] = ()
    sheets: Path | None = None
    sheets_format: str = "csv"

    @property
    def layout(self) -> str:
        """The layout's name or file."""
        return self.report or "estimate"

    @property
    def reads(self) -> list[Path]:
        """The files that it is made with."""
        return [each for each in (self.template, self.accounts, *self.compare) if each is not None]

    def must_be_written(self, output: Path | None, html: Path | None) -> None:
        """Refuse what is said of sheets where none are written."""
        none = output is None and self.sheets is None
        if self.template is not None and output is None:
            raise UsageError("--template needs --output, the workbook to write.")
        if (
            self.report is not None
            and self.sheets is None
            and (output is None or self.template is not None)
        ):
            raise UsageError(
                "--report needs --output or --sheets, and cannot be combined with --template."
            )
        if self.accounts is not None and none and html is None:
            raise UsageError(
                "--accounts needs --output, --html or --sheets, which hold the journal."
            )
        if self.compare and none and html is None:
            raise UsageError("--compare needs --output, --html or --sheets.")

    def sheet_paths(self) -> tuple[Path, ...]:
        """Name what `--sheets` puts in place: files in a folder that is there, or a new folder."""
        if self.sheets is None:
            return ()
        from payrules.workbook.data_files import sheet_files

        paths = sheet_files(self.sheets, self.sheets_format, self.layout)
        return paths if self.sheets.is_dir() else (self.sheets,)

    def of_sheets(self, *, with_page: bool) -> tuple["Pack", list[str]]:
        """Give how the sheets of a layout are written, and say what they leave to the web page.

        A page has the journal and what changed, whatever layout the sheets beside it have; where
        none is written, sheets that have neither are refused.
        """
        if not with_page or not (self.compare or self.accounts is not None):
            return self, []
        from payrules.workbook.accounts import posts_to_accounts
        from payrules.workbook.last_pack import shows_changes
        from payrules.workbook.layout import find_layout

        layout = find_layout(self.layout)
        sheets, left = self, []
        if self.compare and not shows_changes(layout):
            sheets = replace(sheets, compare=())
            left.append(
                f"The layout '{layout.title}' has no sheet of what changed: the web page alone"
                " compares with last time."
            )
        if self.accounts is not None and not posts_to_accounts(layout):
            sheets = replace(sheets, accounts=None)
            left.append(
                f"The layout '{layout.title}' has no sheet of the journal: the web page alone posts"
                f" to the accounts of {self.accounts.name}."
            )
        return sheets, left

    def check(self, output: Path | None, html: Path | None) -> None:
        """Refuse a layout, template, accounts or comparison that nothing can be written with."""
        if self.template is not None and output is not None:
            from payrules.workbook.accounts import read_accounts
            from payrules.workbook.house_template import open_template
            from payrules.workbook.last_pack import read_last

            open_template(self.template, output)
            read_accounts(self.accounts)
            if self.compare:
                read_last(self.compare)
        by_layout = (output is not None and self.template is None) or self.sheets is not None
        if by_layout:
            from payrules.workbook.accounts import accounts_for
            from payrules.workbook.last_pack import last_for
            from payrules.workbook.layout import find_layout

            layout = find_layout(self.layout)
            if html is None:
                accounts_for(layout, self.accounts)
                last_for(layout, self.compare)
        on_page = not by_layout or html is not None
        if on_page and (self.compare or self.accounts is not None):
            from payrules.workbook.accounts import read_accounts
            from payrules.workbook.last_pack import read_last

            read_accounts(self.accounts)
            if self.compare:
                read_last(self.compare)

    def write(self, results: "Estimate", files: dict[str, Path], *, force: bool) -> Sequence[str]:
        """Write the files asked for, and what stands beside the workbook; gives its remarks."""
        if {"workbook", "web page"} & files.keys():
            results.steps.whole()  # a pack shows them: put into dollars once, and written so
        _write_data(results, files)
        by_layout = ("workbook" in files and self.template is None) or self.sheets is not None
        shown, told = self.of_sheets(with_page=by_layout and "web page" in files)
        if "web page" in files:
            from payrules.workbook import write_html

            page = write_html(
                results,
                files["web page"],
                accounts=self.accounts,
                compare=self.compare,
                force=force,
            )
            told += page.sentences()
        if "workbook" in files and self.template is not None:
            from payrules.workbook import fill_template

            filled = fill_template(
                results,
                self.template,
                files["workbook"],
                accounts=self.accounts,
                compare=self.compare,
                force=force,
            )
            told += filled.sentences()
        elif "workbook" in files:
            from payrules.workbook import write_workbook

            written = write_workbook(
                results,
                files["workbook"],
                layout=self.layout,
                accounts=shown.accounts,
                compare=shown.compare,
                force=force,
            )
            told += written.sentences()
            for path in written.beside:
                files[f"its {path.suffixes[-2].removeprefix('.')}"] = path
        if self.sheets is not None:
            from payrules.workbook import write_sheets

            write_sheets(
                results,
                self.sheets,
                f".{self.sheets_format}",
                layout=self.layout,
                accounts=shown.accounts,
                compare=shown.compare,
                force=force,
            )
            files["sheets"] = self.sheets
        if self.compare and (self.template or not {"workbook", "web page"} & files.keys()):
            # What a pack by layout and a web page say themselves.
            from payrules.workbook.last_pack import read_last

            told += read_last(self.compare).remarks
        return list(dict.fromkeys(told))


def _write_data(results: "Estimate", files: dict[str, Path]) -> None:
    """Write lines, steps, rejects and run record."""
    from payrules.claims.reversals import no_reversals
    from payrules.runs.results import PRESSED, write_frame, write_run

    for what, frame in (
        ("lines", results.priced.to_write()),
        ("adjustments", results.steps.to_write()),
        ("rejects", results.rejects),
        ("superseded", results.superseded),
        ("reversed", no_reversals() if results.reversed is None else results.reversed),
    ):
        if what in files and frame is not None:
            write_frame(frame, files[what], pressed=PRESSED.get(what))
    if "facility lines" in files:
        assert results.facility is not None, "--facility-lines is refused without --facility"
        write_frame(results.facility.told, files["facility lines"])
    if "run record" in files:
        write_run(results.run, files["run record"])
