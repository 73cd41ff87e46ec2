"""The reference of the documentation, made from the code: what it says cannot go stale.

`docs/words.toml` adds what code does not say (what a column means, what to do about a reject). A
page is refused where an entry has no words, or words have no entry.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent


class DocsError(Exception):
    """The documentation and the code do not fit together: what is missing, and where."""


def words() -> dict[str, Any]:
    """Read what is said by hand."""
    return tomllib.loads((DOCS / "words.toml").read_text(encoding="utf-8"))


def of_each(names: Iterable[str], said: Mapping[str, str], what: str) -> dict[str, str]:
    """Give the words of each name, in order; DocsError where some have none, or none has some."""
    names = list(names)
    without = [name for name in names if name not in said]
    beyond = [name for name in said if name not in names]
    if without or beyond:
        raise DocsError(
            f"docs/words.toml, {what}: "
            + "; ".join(
                filter(
                    None,
                    (
                        without and f"says nothing of {', '.join(without)}",
                        beyond and f"speaks of {', '.join(beyond)}, which there is not",
                    ),
                )
            )
        )
    return {name: said[name] for name in names}


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table of Markdown."""
    lines = [_row(headings), "|" + "---|" * len(headings), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[object]) -> str:
    return (
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    )


def code(name: object) -> str:
    """Write a name as it is typed."""
    return f"`{name}`"


def page(title: str, *parts: str) -> str:
    """Put a page together."""
    return f"# {title}\n\n" + "\n".join(part.rstrip("\n") + "\n" for part in parts if part)
