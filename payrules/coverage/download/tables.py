"""The tables of the Medicare Coverage Database's downloads, each recognised by its headings.

A download is a ZIP of a ZIP (`…_csv.zip`) of CSV files, as UTF-8 with a byte order mark or in
Latin-1. Descriptors of codes, which are not CMS's to give, are never read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path, PurePath

import polars as pl

from payrules.counted import counted
from payrules.errors import CoverageError
from payrules.files.nested import Bounds, nested_files
from payrules.frozen import frozen
from payrules.within_reason import shown

_ARTICLE = ("article_id", "article_version")
_CONTRACTOR = ("contractor_id", "contractor_type_id", "contractor_version")

#: The tables that are used, and the columns that are read of each. A file with all of a table's
#: columns is that table, whatever its name; the longest row of columns that fits decides.
USED: Mapping[str, tuple[str, ...]] = {
    "article": (
        *_ARTICLE,
        *("title", "status", "display_id", "article_eff_date", "article_end_date"),
        *("article_rev_end_date", "date_retired"),
    ),
    "article_x_hcpc_code": (*_ARTICLE, "hcpc_code_id", "hcpc_code_group", "range"),
    "article_x_hcpc_code_group": (*_ARTICLE, "hcpc_code_group", "paragraph"),
    "article_x_hcpc_modifier": (*_ARTICLE, "hcpc_modifier_code_id", "hcpc_modifier_group"),
    "article_x_icd10_covered": (
        *(*_ARTICLE, "icd10_code_id", "icd10_covered_group", "range", "asterisk"),
    ),
    "article_x_icd10_covered_group": (
        *(*_ARTICLE, "icd10_covered_group", "paragraph", "icd10_covered_ast"),
    ),
    "article_x_icd10_noncovered": (
        *(*_ARTICLE, "icd10_code_id", "icd10_noncovered_group", "range"),
    ),
    "article_x_icd10_noncovered_group": (*_ARTICLE, "icd10_noncovered_group", "paragraph"),
    "article_x_contractor": (*_ARTICLE, *_CONTRACTOR),
    "article_related_documents": (*_ARTICLE, "r_lcd_id", "r_lcd_version"),
    "contractor": (*_CONTRACTOR, "contractor_bus_name", "contractor_number"),
    "contractor_jurisdiction": (*_CONTRACTOR, "state_id", "term_date"),
    "contractor_type_lookup": ("contractor_type_id", "description"),
    "state_lookup": ("state_id", "state_abbrev"),
    "lcd": ("lcd_id", "lcd_version", "status", "rev_eff_date", "rev_end_date", "date_retired"),
    "lcd_future_retire": ("lcd_id", "retire_dt"),
    "ncd_trkg": ("ncd_id", "ncd_vrsn_num", "ncd_mnl_sect", "ncd_efctv_dt", "ncd_trmntn_dt"),
}
#: Columns that are read where a table has them.
_BESIDE = {"article": ("article_pub_date",), "contractor": ("status",)}
#: Without these no draft can be right.
NEEDED = (
    *("article", "article_x_hcpc_code", "article_x_hcpc_code_group", "article_x_icd10_covered"),
    *("article_x_icd10_covered_group", "article_x_contractor", "contractor"),
    *("contractor_jurisdiction", "contractor_type_lookup"),
)
#: Tables of a download that say nothing for a draft, each by headings that no other has.
_UNUSED: Mapping[str, frozenset[str]] = {
    "article_x_hcpc_modifier_group": frozenset({*_ARTICLE, "hcpc_modifier_group", "paragraph"}),
    "article_x_primary_jurisdiction": frozenset({*_ARTICLE, "state_id"}),
    "article_related_ncd_documents": frozenset({*_ARTICLE, "r_ncd_id"}),
    "article_x_revision_history": frozenset({*_ARTICLE, "rev_hist_num", "rev_hist_exp"}),
    "article_x_other_coding_group": frozenset({*_ARTICLE, "other_coding_group", "codes"}),
    "article_x_bill_code": frozenset({*_ARTICLE, "bill_code_id"}),
    "article_x_revenue_code": frozenset({*_ARTICLE, "revenue_code_id"}),
    "article_x_code_table": frozenset({*_ARTICLE, "code_table_row"}),
    "lcd_related_documents": frozenset({"lcd_id", "lcd_version", "r_article_id"}),
    "lcd_x_contractor": frozenset({"lcd_id", "lcd_version", *_CONTRACTOR}),
    "lcd_x_hcpc_code": frozenset({"lcd_id", "lcd_version", "hcpc_code_id"}),
    "lcd_x_hcpc_code_group": frozenset({"lcd_id", "lcd_version", "hcpc_code_group", "paragraph"}),
    "lcd_x_primary_jurisdiction": frozenset({"lcd_id", "lcd_version", "state_id"}),
}
#: CMS writes this one without a row of headings.
_WITHOUT_HEADINGS = "lcd_x_requestor_letters"

#: As long as csv lets a cell be.
_LONGEST_CELL = (1 << 31) - 1

_BOUNDS = Bounds(
    500,
    1 << 31,
    "download of the Medicare Coverage Database",
    "Give the download's own ZIP or folder.",
    CoverageError,
)


@frozen
class Download:
    """The tables of one or more downloads, as text, and what was in them that is not used.

    Each frame has the columns of `USED`, blanks as null.
    """

    tables: Mapping[str, pl.DataFrame]
    unused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def table(self, name: str) -> pl.DataFrame:
        """Give a table; without rows where the download lacks it."""
        columns = (*USED[name], *_BESIDE.get(name, ()))
        return self.tables.get(name, pl.DataFrame(schema=dict.fromkeys(columns, pl.String)))


def read_download(paths: Sequence[Path]) -> Download:
    """Read the tables of downloads: ZIPs, folders, single CSV files.

    Raises CoverageError: for what is none of these, a table that lacks a column or is damaged, and
    where a table is missing without which no draft can be right.
    """
    found: dict[str, list[pl.DataFrame]] = {}
    unused, unknown = set(), []
    for path in paths:
        for file in nested_files(path, (".csv",), _BOUNDS):
            name = (
                f"{file.name} in {file.archive or path.name}"
                if path.is_dir() or file.archive
                else file.name
            )
            text = _text(file.content)
            headings = _headings(text)
            table = _recognised(headings)
            if table is None:
                _must_be_no_used_table(file.name, name, headings)
                side = _unused(headings)
                if _without_headings(file.name):
                    unused.add(_WITHOUT_HEADINGS)
                elif side is None:
                    unknown.append(name)
                else:
                    unused.add(side)
                continue
            found.setdefault(table, []).append(_frame(name, table, headings, text))
    missing = [each for each in NEEDED if each not in found]
    if missing:
        raise CoverageError(
            f"{_named(paths)} {'lacks' if len(paths) == 1 else 'lack'} the"
            f" {'table' if len(missing) == 1 else 'tables'} {', '.join(missing)}; give"
            " current_article.zip or all_article.zip of the Medicare Coverage Database, whole."
        )
    return Download(
        {name: pl.concat(frames).unique(maintain_order=True) for name, frames in found.items()},
        tuple(sorted(unused)),
        tuple(unknown),
    )


def _named(paths: Iterable[Path]) -> str:
    return ", ".join(path.name or str(path) for path in paths)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _headings(text: str) -> list[str]:
    first = next(csv.reader([text[: text.find("\n") + 1] or text]), [])
    return [heading.strip().lower() for heading in first]


def _recognised(headings: Sequence[str]) -> str | None:
    fitting = [name for name, columns in USED.items() if {*columns} <= {*headings}]
    return max(fitting, key=lambda name: len(USED[name]), default=None)


def _unused(headings: Sequence[str]) -> str | None:
    fitting = [name for name, columns in _UNUSED.items() if columns <= {*headings}]
    return max(fitting, key=lambda name: len(_UNUSED[name]), default=None)


def _without_headings(name: str) -> bool:
    return PurePath(name).stem.lower() == _WITHOUT_HEADINGS


def _must_be_no_used_table(file: str, name: str, headings: Sequence[str]) -> None:
    """Refuse a file that has a used table's name, and not its columns."""
    table = PurePath(file).stem.lower()
    if table in USED:
        lacking = [each for each in USED[table] if each not in headings]
        raise CoverageError(
            f"{name} lacks the {'column' if len(lacking) == 1 else 'columns'}"
            f" {', '.join(lacking)}; it has {counted(len(headings), 'column')}, the first"
            f" '{shown(headings[0]) if headings else ''}'. Give the file as CMS publishes it."
        )


def _frame(name: str, table: str, headings: Sequence[str], text: str) -> pl.DataFrame:
    wanted = (*USED[table], *_BESIDE.get(table, ()))
    twice = [each for each in wanted if headings.count(each) > 1]
    if twice:
        raise CoverageError(f"{name} has the column {twice[0]} twice; give it as CMS publishes it.")
    here = [each for each in wanted if each in headings]
    cells = itemgetter(*map(headings.index, here))
    rows = []
    with _of_any_length(name):
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            if len(row) == len(headings):
                rows.append(cells(row))
            elif row:
                raise CoverageError(
                    f"{name}, row {number:,}, has {counted(len(row), 'cell')} under"
                    f" {counted(len(headings), 'heading')}: it is damaged or was cut short."
                    " Download it again."
                )
    # The first row is that of the headings.
    columns = dict(zip(here, zip(*rows[1:], strict=True), strict=False))
    return pl.DataFrame(
        {each: columns.get(each, [None] * (len(rows) - 1)) for each in wanted},
        schema=dict.fromkeys(wanted, pl.String),
    ).with_columns(pl.all().str.strip_chars().replace("", None))


@contextmanager
def _of_any_length(name: str) -> Iterator[None]:
    """Let a cell be as long as it is: a paragraph may be longer than the reader's own limit."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    except csv.Error as error:
        raise CoverageError(f"{name} cannot be read as a table: {error}.") from None
    finally:
        csv.field_size_limit(before)
