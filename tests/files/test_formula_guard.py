"""Text that a spreadsheet would run is guarded in CSV, whatever else its column holds."""

import re
from pathlib import Path

import polars as pl
import pytest

from payrules.files.formula_guard import freed, guarded

SIGNS = [*"'=+-@＝＋－＠\t\r\n\0"]
RUN = re.compile("'*[=+\\-@＝＋－＠\\t\\r\\n\\x00]")
HARMLESS = [None, "", "99213", "a-b", "Z", "é", "(1)", "'quoted'", ":", "?", "文"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", "'", "''"])
def test_one_cell_among_harmless_ones_is_guarded(sign: str, before: str) -> None:
    cells = [*HARMLESS, f"{before}{sign}1+1"]
    frame = pl.DataFrame({"note": cells, "other": [*HARMLESS, "A"]})
    wanted = [f"'{each}" if each and RUN.match(each) else each for each in cells]
    for found in (guarded(frame), guarded(frame.lazy()).collect()):
        assert found["note"].to_list() == wanted
        assert found["other"].to_list() == frame["other"].to_list()
        assert freed(found).equals(frame)


@pytest.mark.parametrize("sign", SIGNS)
def test_categories_are_guarded_like_text_and_stay_categories(sign: str, tmp_path: Path) -> None:
    text = pl.DataFrame({"note": [*HARMLESS, f"{sign}1+1", "a"], "^b.*$": [*HARMLESS, "c", "a"]})
    kinds = [pl.Categorical(pl.Categories(f"guarded {number}")) for number in range(2)]
    frame = pl.DataFrame(
        [each.cast(kind) for each, kind in zip(text.get_columns(), kinds, strict=True)]
    )
    found = guarded(frame)
    assert found.dtypes == kinds
    assert found.cast(pl.String).equals(guarded(text))
    guarded(frame.lazy()).sink_csv(tmp_path / "categories.csv")
    guarded(text).write_csv(tmp_path / "text.csv")
    written = [(tmp_path / f"{each}.csv").read_bytes() for each in ("categories", "text")]
    assert written[0] == written[1]


def test_columns_without_rows_or_text_are_kept() -> None:
    frame = pl.DataFrame({"note": pl.Series([None, None], dtype=pl.String), "number": [-1, 2]})
    assert guarded(frame).equals(frame)
    assert guarded(frame.clear()).equals(frame.clear())


@pytest.mark.parametrize("heading", ["^a$", "^$", "^(a|b)$", "^.*$", "*", "", "cells"])
def test_a_heading_that_reads_as_a_pattern_is_one_like_any_other(heading: str) -> None:
    frame = pl.DataFrame({heading: ["=1+1", "a"], "other": ["a", "@b"]})
    for found in (guarded(frame), guarded(frame.lazy()).collect()):
        assert found.to_dict(as_series=False) == {heading: ["'=1+1", "a"], "other": ["a", "'@b"]}
        assert freed(found).equals(frame)
    harmless = pl.DataFrame({heading: ["a", None]})
    assert guarded(harmless).equals(harmless)
