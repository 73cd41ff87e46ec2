"""Report layouts: the TOML files of `reports/`, found, read, checked and described."""

from pathlib import Path
from textwrap import fill

from pydantic import ValidationError

from payrules.content import content_folder
from payrules.errors import ReportError
from payrules.files.toml import read_toml
from payrules.frozen import frozen
from payrules.nearest import perhaps
from payrules.terminal import escaped
from payrules.workbook.layout.faults import told
from payrules.workbook.layout.sheets import OF_CHANGES, OF_FACILITY, Condition, Layout

_TOLD_WIDTH = 100


@frozen
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
        raise ReportError(told(path.name, file.text, fault.errors())) from fault


def describe_layout(name: str | Path) -> str:
    """Tell a layout's sheets and columns in plain lines, for `payrules reports show`."""
    layout = find_layout(name)
    said = [escaped(each) for each in (layout.title, layout.description) if each] + [""]
    for number, sheet in enumerate(layout.sheets, 1):
        asked = "--compare" if sheet.content in OF_CHANGES else ""
        asked = "--facility" if sheet.content in OF_FACILITY else asked
        only_with = [asked] if asked else sheet.only_with
        needs = f"; only with {' or '.join(only_with)}" if only_with else ""
        what = sheet.content + (f" by {', '.join(sheet.group_by)}" if sheet.group_by else "")
        said.append(f"{number:>2}. {escaped(sheet.name)} ({what}{needs})")
        if sheet.is_page:
            continue
        names = [escaped(choice.column) for choice in sheet.columns]
        more = ["and every other column"] if sheet.other_columns else []
        said.append(
            fill(
                f"columns: {', '.join([*names, *more])}",
                width=_TOLD_WIDTH,
                initial_indent=" " * 6,
                subsequent_indent=" " * 15,
                break_on_hyphens=False,
            )
        )
        if sheet.sort:
            said.append(f"      sorted by: {', '.join(sheet.sort)}")
        for each in sheet.filters:
            said.append(f"      only: {' or '.join(escaped(_in_plain(test)) for test in each.any)}")
    return "\n".join(said)


def _in_plain(condition: Condition) -> str:
    given = condition.model_dump(by_alias=True, exclude={"column"}, exclude_none=True)
    ((test, value),) = given.items()
    shown = ", ".join(value) if isinstance(value, tuple) else value
    return f"{condition.column} {test} {shown}"
