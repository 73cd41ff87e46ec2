"""The one-pass reader gives what a plain one gives, on drawn claims and on public files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.errors import ClaimsError
from tests.real_files import CLAIMS, CLAIMS_837P, are_here
from tests.x12 import reference
from tests.x12.drawn import files
from tests.x12.reading import as_answer, of_reference, read

#: How often what is drawn is read; each file holds a few claims.
EXAMPLES = 100


def agree(*texts: str | bytes) -> None:
    given_bytes = [each.encode() if isinstance(each, str) else each for each in texts]
    named = [(str(number), each) for number, each in enumerate(given_bytes, 1)]
    try:
        expected = reference.read(named)
    except reference.UnreadableError:
        with pytest.raises(ClaimsError):
            read(*given_bytes)
        return
    for ours, theirs in zip(read(*given_bytes), expected, strict=True):
        assert as_answer(ours) == of_reference(theirs)


@settings(max_examples=EXAMPLES)
@given(files)
def test_drawn_files_are_read_alike(text: str) -> None:
    agree(text)


@settings(max_examples=EXAMPLES // 3)
@given(st.lists(files, min_size=2, max_size=3))
def test_the_files_of_a_run_are_settled_alike(texts: list[str]) -> None:
    agree(*texts)


@settings(max_examples=EXAMPLES)
@given(files, st.data())
def test_files_damaged_by_segments_are_read_alike(text: str, data: st.DataObject) -> None:
    """Cut anywhere; a line dropped, doubled, or changed with another."""
    lines = text.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1))
    way = data.draw(st.sampled_from(["cut", "drop", "double", "swap"]))
    if way == "cut":
        text = text[: data.draw(st.integers(0, len(text)))]
    elif way == "swap":
        lines[at], lines[other] = lines[other], lines[at]
        text = "".join(lines)
    else:
        text = "".join([*lines[:at], *lines[at : at + 1] * 2 * (way == "double"), *lines[at + 1 :]])
    agree(text)


@pytest.mark.skipif(not are_here(CLAIMS), reason="the public claims files are not here")
@pytest.mark.parametrize("name", CLAIMS_837P)
def test_public_files_are_read_alike(name: str) -> None:
    agree((CLAIMS / name).read_bytes())


@pytest.mark.skipif(not are_here(CLAIMS), reason="the public claims files are not here")
def test_all_public_files_are_settled_alike() -> None:
    unreadable = {"837p_no_isa.txt", "837p_short_isa.txt"}
    agree(*((CLAIMS / name).read_bytes() for name in CLAIMS_837P if name not in unreadable))
