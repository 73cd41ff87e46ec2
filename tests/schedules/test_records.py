"""What payrules writes as TOML reads back equal, whatever stands in a name."""

import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrules.files.toml import toml_text
from payrules.schedules import import_schedule, load_schedules
from payrules.schedules.records import unsealed, write_entry
from tests.schedules.conftest import Maker

#: Everything that can stand in a text but half a surrogate pair, which no encoding can write.
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = TEXTS | st.booleans() | st.integers(-(2**62), 2**62) | st.dates()
TABLES = st.dictionaries(TEXTS, VALUES, max_size=4)


@given(
    values=st.dictionaries(
        TEXTS, VALUES | TABLES | st.lists(TABLES, max_size=3) | st.lists(VALUES), max_size=5
    )
)
def test_what_is_written_reads_back_equal(values: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(values)) == values


@pytest.mark.parametrize(
    "text",
    [
        'a"b',
        "a\\b",
        "a\nb",
        "a\r\nb",
        "\t",
        "\x7f",
        "\u2028",
        "Å 汉 😀",
        "'''",
        "#",
        "[x]",
        "=",
        "",
    ],
)
def test_a_record_reads_back_equal(text: str, tmp_path: Path) -> None:
    said = {"name": "x", "source": text, "sources": {text: text}, "published_for": date.min}
    tables = {"mue.parquet": (pl.DataFrame({"x": [1]}), {"cites": text})}
    read = unsealed(write_entry(tmp_path, "x", "table.toml", said, tables) / "table.toml")
    (file,) = read.pop("files")
    assert read == said
    assert file["cites"] == text


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="every name there is Unicode")
@pytest.mark.parametrize("name", [b"PPRRVU \xff.csv", b'PPRRVU "2025"\n\\.csv'])
def test_a_file_of_any_name_is_imported(name: bytes, release: Maker, tmp_path: Path) -> None:
    folder = release()
    (rvus,) = folder.glob("PPRRVU*")
    rvus.rename(rvus.with_name(name.decode("utf-8", "surrogateescape")))
    assert not import_schedule(folder, tmp_path / "store", "2025D").unchanged
    assert import_schedule(folder, tmp_path / "store", "2025D").unchanged
    assert load_schedules(tmp_path / "store").named("2025D").codes.height == 3
