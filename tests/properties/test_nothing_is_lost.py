"""Every row that comes in is a line, or has one of the other fates, and one only."""

from dataclasses import fields
from pathlib import Path

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from payrules.content import content_folder
from payrules.errors import ClaimsError
from payrules.runs.estimate import estimate
from payrules.runs.record import RunCounts
from payrules.runs.results import Estimate, write_frame
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from tests.x12.drawn import files as x12_files

SETUP = Setup(schedules=load_schedules(content_folder("fee_schedules")), locality="national")
HEAD = "Claim No,Line,MRN,DOS,CPT,POS,Mod,Units,Charge,Site"
#: Counts that are no fate of a row: what came in, what the lines' own statuses add up to, steps.
_NO_FATE = {"rows_in", "statuses", "adjustments"}

cells = st.tuples(
    st.sampled_from(["C1", "C2", "C3", "", "=C4"]),
    st.sampled_from(["1", "2", "1.0", "x"]),
    st.sampled_from(["P1", "P2", ""]),
    st.sampled_from(["2025-10-07", "10/07/2025", "2025-13-01", "45937"]),
    st.sampled_from(["64493", "99213", "20610", "9921", "#N/A"]),
    st.sampled_from(["11", "22", "98"]),
    st.sampled_from(["", "50", "RT", "RT 59", "'-5"]),
    st.sampled_from(["1", "-1", "0", "2"]),
    st.sampled_from(["100.00", "-100.00", "(100.00)", "", "-"]),
    st.sampled_from(["", "-x", "Total"]),
)
tables = st.lists(st.one_of(cells, cells, st.just(("",) * 10)), max_size=8)


def fates(found: Estimate) -> dict[str, int]:
    """Give the rows of each fate, whatever fates there are."""
    counts = found.run.counts
    names = {each.name for each in fields(RunCounts)} - _NO_FATE
    return {name: getattr(counts, name) or 0 for name in names}


def assert_none_is_lost(found: Estimate) -> None:
    counts, by_fate = found.run.counts, fates(found)
    assert counts.rows_in == sum(by_fate.values()) == sum(each.rows for each in found.run.inputs)
    assert counts.lines == found.lines.height == sum(counts.statuses.values())
    for name, rows in by_fate.items():
        listed = getattr(found, name)
        assert rows == (0 if listed is None else listed.height), name
    assert found.rejects["reason"].null_count() == 0
    assert not (found.rejects["reason"] == "").any()
    assert {each.says for each in found.summary().causes} or not found.rejects.height


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(tables, min_size=1, max_size=2), st.none() | x12_files)
def test_rows_in_are_lines_and_the_rows_of_every_other_fate(
    tmp_path_factory: object, drawn: list[list[tuple[str, ...]]], x12: str | None
) -> None:
    folder: Path = tmp_path_factory.mktemp("batch")  # type: ignore[attr-defined]
    paths, filled = [], 0
    for number, rows in enumerate(drawn):
        path = folder / f"{number}.csv"
        lines = [",".join(f'"{cell}"' if cell else "" for cell in row) for row in rows]
        path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
        paths.append(path)
        filled += sum(any(row) for row in rows)
    if x12 is not None:
        paths.append(folder / "claims.837")
        paths[-1].write_text(x12, encoding="utf-8", newline="")
    try:
        found = estimate(paths, SETUP)
    except ClaimsError:
        reject()  # whole, in a sentence: nothing was read
    assert_none_is_lost(found)
    of_tables = sum(each.rows for each in found.run.inputs if each.name.endswith(".csv"))
    assert of_tables == filled, "a row of a table is counted unless it is blank all over"
    if x12 is None and found.rejects.height:
        back = folder / "rejects.csv"
        write_frame(found.rejects, back)
        again = estimate([back], SETUP)
        assert_none_is_lost(again)
        assert again.run.counts.rows_in == found.rejects.height
