"""Numbers in sentences agree with their nouns: "1 line", never "1 lines"."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import payrules
from payrules.counted import counted, one_or_more

CODE = Path(payrules.__file__).parent
#: A noun in the plural behind a number; "1,000 or more lines" has no noun there.
PLURAL = re.compile(r" (?:(?:claim|more|other|different|further) )*[a-z]{2,}s\b")
#: What ends in s and is no noun.
NO_NOUN = re.compile(r" (?:is|was|has|does|as|this|its|less|times|plus|lies|bytes)\b")


def _is_number(value: ast.FormattedValue) -> bool:
    """Whether a number is written: with thousands parted, or the length of something."""
    names = [each.id for each in ast.walk(value.value) if isinstance(each, ast.Name)]
    if all(name.strip("_").isupper() for name in names):
        return False  # a limit of ours, which is more than one
    with_commas = value.format_spec is not None and ast.unparse(value.format_spec) == "f','"
    is_length = isinstance(value.value, ast.Call) and ast.unparse(value.value).startswith("len(")
    return with_commas or is_length


def uncounted(text: str) -> Iterator[str]:
    """Give the places of a module's texts where a number stands before a fixed plural."""
    for found in ast.walk(ast.parse(text)):
        parts = found.values if isinstance(found, ast.JoinedStr) else []
        for value, after in pairwise(parts):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            said = str(after.value)
            if _is_number(value) and PLURAL.match(said) and not NO_NOUN.match(said):
                yield f"line {found.lineno}: {{{ast.unparse(value.value)}}}{said}"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('f"{n:,} lines"', True),
        ('f"{len(rows)} more causes: see"', True),
        ('f"{MOST:,} columns"', False),
        ('f"{n:,} line"', False),
        ('f"{n:,} has"', False),
        ('f"{name} lines"', False),
        ("f\"{counted(n, 'line')} of\"", False),
    ],
)
def test_a_number_before_a_plural_is_found(text, is_found):
    assert bool([*uncounted(text)]) == is_found


def test_no_sentence_counts_one_lines():
    found = {
        str(path.relative_to(CODE)): places
        for path in sorted(CODE.rglob("*.py"))
        if (places := [*uncounted(path.read_text(encoding="utf-8"))])
    }
    assert found == {}


def test_counted():
    assert [counted(number, "line") for number in (0, 1, 2000)] == [
        "0 lines",
        "1 line",
        "2,000 lines",
    ]
    assert counted(2, "entry", "entries") == "2 entries"
    assert [one_or_more(number, "is", "are") for number in (1, 0, 2)] == ["is", "are", "are"]
