"""Which release serves which days: quarters, corrections, mid-year factors, gaps."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from payrules.errors import ScheduleError
from payrules.schedules import (
    Schedules,
    dates_served,
    import_schedule,
    load_schedules,
    tables_by_date,
)
from tests.schedules.conftest import GPCI, Maker, pprrvu_csv
from tests.schedules.test_other_readers import MUE
from tests.schedules.test_store import _release


def _of_2024(release: Maker, name: str, factor: str, month: str = "January") -> Path:
    text = pprrvu_csv(said="2024", month=month).replace("32.3465", factor)
    texts = {"PPRRVU2025_Oct.csv": text, "GPCI2025.csv": GPCI.replace("2025", "2024")}
    return release(name, **texts)


@pytest.fixture
def of_2024(release: Maker, tmp_path: Path) -> Schedules:
    store = tmp_path / "store"
    import_schedule(_of_2024(release, "RVU24AR", "33.2875"), store)
    import_schedule(_of_2024(release, "RVU24A-010323", "32.7442"), store)
    return load_schedules(store)


def test_correction_supersedes_from_its_day(of_2024: Schedules) -> None:
    assert of_2024.named("2024AR").published_for == date(2024, 3, 9)
    assert of_2024.named("2024A").published_for == date(2024, 1, 1)
    for day, name, factor in (
        (date(2024, 1, 1), "2024A", "32.7442"),
        (date(2024, 3, 8), "2024A", "32.7442"),
        (date(2024, 3, 9), "2024AR", "33.2875"),
        (date(2024, 12, 31), "2024AR", "33.2875"),
    ):
        found = of_2024.in_force(day)
        assert found is not None
        assert (found.name, str(found.conversion_factor(day))) == (name, factor)


def test_coverage_of_a_correction(of_2024: Schedules) -> None:
    first, second, rest = dates_served(of_2024)
    assert (first.first_day, first.last_day, first.name) == (
        date(2024, 1, 1),
        date(2024, 3, 8),
        "2024A",
    )
    assert (second.name, second.conversion_factors, second.stands_in_for) == (
        "2024AR",
        ("33.2875",),
        (),
    )
    assert (rest.first_day, rest.stands_in_for) == (date(2024, 4, 1), ("2024B", "2024C", "2024D"))


def test_first_day_of_a_correction_may_be_given(release: Maker, tmp_path: Path) -> None:
    folder = release("2025AR", **{"PPRRVU2025_Oct.csv": pprrvu_csv(month="January")})
    day = date(2025, 2, 1)
    import_schedule(folder, tmp_path / "store", effective_from=day)
    assert load_schedules(tmp_path / "store").named("2025AR").published_for == day
    with pytest.raises(ScheduleError, match="is for 2025; its effective date cannot be 2026-01-01"):
        import_schedule(folder, tmp_path / "other", effective_from=date(2026, 1, 1))


def test_coverage_with_gaps() -> None:
    schedules = Schedules(
        [
            _release("2024B", date(2024, 4, 1)),
            _release("starter-2026", date(2026, 7, 1), starter=True),
        ],
        [],
    )
    assert [
        (span.first_day, span.last_day, span.name, span.stands_in_for)
        for span in dates_served(schedules)
    ] == [
        (date(2024, 1, 1), date(2024, 3, 8), "2024B", ("2024A",)),
        (date(2024, 3, 9), date(2024, 3, 31), "2024B", ("2024A",)),
        (date(2024, 4, 1), date(2024, 6, 30), "2024B", ()),
        (date(2024, 7, 1), date(2024, 12, 31), "2024B", ("2024C", "2024D")),
        (date(2025, 1, 1), date(2025, 12, 31), None, ()),
        (date(2026, 1, 1), date(2026, 12, 31), "starter-2026", ()),
    ]


def test_mid_year_factor_parts_a_release() -> None:
    spans = dates_served(Schedules([_release("2024D", date(2024, 10, 1))], []))
    assert [(span.first_day, span.conversion_factors) for span in spans] == [
        (date(2024, 1, 1), ("32.7442",)),
        (date(2024, 3, 9), ("33.2875",)),
        (date(2024, 10, 1), ("33.2875",)),
    ]


def test_two_factors_of_2026() -> None:
    (span,) = dates_served(
        Schedules([_release("starter-2026", date(2026, 7, 1), starter=True)], [])
    )
    assert span.conversion_factors == ("33.4009", "33.5675 qualifying APM")


def test_every_day_lies_in_exactly_one_span(of_2024: Schedules) -> None:
    spans = dates_served(of_2024)
    for earlier, later in pairwise(spans):
        assert earlier.last_day is not None
        assert (later.first_day - earlier.last_day).days == 1
    assert dates_served(Schedules([], [])) == []


def test_tables_by_date(tmp_path: Path) -> None:
    for month in ("04", "07"):
        path = tmp_path / f"MUE_Eff_{month}-01-2026.csv"
        path.write_text(MUE, encoding="latin-1")
        import_schedule(path, tmp_path / "store")
    spans = tables_by_date(load_schedules(tmp_path / "store"))["mue"]
    assert [(span.name, span.first_day, span.last_day) for span in spans] == [
        ("mue-2026-04-01", date(2026, 4, 1), date(2026, 6, 30)),
        ("mue-2026-07-01", date(2026, 7, 1), None),
    ]
