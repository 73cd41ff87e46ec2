"""README and docs tell the truth: their commands run, and their output is what these print.

After a change that alters what payrules prints, write the outputs anew with
`python -m tests.test_readme` in the project's folder, and read the difference.
"""

import os
import re
import runpy
import shlex
import tempfile
import textwrap
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from payrules.__main__ import main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
#: Pages written by hand; `docs/reference` is made from the code.
PAGES = [
    README,
    *(
        path
        for path in sorted(DOCS.rglob("*.md"))
        if path.relative_to(DOCS).parts[0] != "reference"
    ),
]
#: A file of the examples: `<!-- file: pain.csv -->`, then a fenced block with its content.
FILE = re.compile(r"<!-- file: (\S+) -->\n+```\w*\n(.*?)```", re.DOTALL)
#: A `console` block: `$ payrules …`, then what it prints (a first line `…`: the end of it). It is
#: refused only where the page says so: what it shows begins with `payrules: `.
CONSOLE = re.compile(r"(```console\n)(.*?)(```)", re.DOTALL)
#: What README may have: a newcomer reads it whole.
MOST_LINES = 150
LEFT_OUT = "…"
REFUSED = "payrules: "


def text() -> str:
    return README.read_text(encoding="utf-8")


def printed(command: str, *, refused: bool = False) -> str:
    """Run one `payrules …` or `python …` line as a shell would, and give what it prints."""
    program, *arguments = shlex.split(command)
    assert program in ("payrules", "python"), command
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        status = main(arguments) if program == "payrules" else bool(not runpy.run_path(*arguments))
    assert status in ((2, 3) if refused else (0, 1)), (command, errors.getvalue())
    return folded(errors.getvalue()) if refused else out.getvalue()


def folded(sentences: str) -> str:
    """Fold what is printed as one long line, so that a page can show it."""
    return "\n".join(textwrap.fill(line, 100) for line in sentences.splitlines()) + "\n"


def with_real_output(page: str) -> str:
    """Give a page with the output that its console blocks really have, in order."""

    def rerun(block: re.Match[str]) -> str:
        said = []
        for part in re.split(r"^(?=\$ )", block[2], flags=re.MULTILINE):
            if not part.strip():
                continue
            command, _, shown = part.partition("\n")
            real = printed(command.removeprefix("$ "), refused=shown.startswith(REFUSED))
            if shown.startswith(LEFT_OUT):  # shown from the line after it on
                first_shown = shown.splitlines()[1]
                kept = real[real.index(f"\n{first_shown}\n") :]
                real = LEFT_OUT + kept
            said.append(f"{command}\n{real}")
        return block[1] + "\n".join(said) + block[3]

    write_files(page)
    return CONSOLE.sub(rerun, page)


def write_files(page: str) -> None:
    for name, content in FILE.findall(page):
        Path(name).write_text(content, encoding="utf-8")


def in_a_new_folder(path: Path) -> str:
    """Run a page's commands in a folder of their own, with the built-in starter only.

    The files that the index of a page's folder shows are there for every page of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        # Where a page imports something, it says so with a path that is the same everywhere.
        own = Path("imported")
        with (
            chdir(folder),
            patch("payrules.schedules.store.default_folder", lambda: own),
            patch("payrules.schedules.importing.default_folder", lambda: own),
            patch.dict(os.environ),
        ):
            os.environ.pop("COLUMNS", None)
            index = path.with_name("index.md")
            if index.exists():
                write_files(index.read_text(encoding="utf-8"))
            return with_real_output(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_shows_what_its_commands_print(path: Path) -> None:
    assert in_a_new_folder(path).splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_the_readme_is_short() -> None:
    assert len(text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("list_of", ["dependencies", "docs", "test"])
def test_every_dependency_is_bounded_and_justified(list_of: str) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = re.search(rf"^{list_of} = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert needed
    entries = re.findall(r'"([A-Za-z-]+)(>=[^"]*)"', needed[1])
    assert len(entries) >= 3
    justified = (DOCS / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    for name, bounds in entries:
        assert "<" in bounds, name
        assert f"`{name}`" in justified, name


def test_setting_up_takes_the_two_commands_that_ci_runs() -> None:
    found = re.findall(r"^pip install .*$", text(), re.MULTILINE)
    assert found == ["pip install . && payrules demo", 'pip install -e ".[test]" && pytest']
    assert "grep '^pip install' README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(in_a_new_folder(page), encoding="utf-8", newline="\n")
