"""`payrules.price` and `payrules.which`: the answers of the command line, from Python."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import payrules
from payrules.content import content_folder

STARTER = payrules.load_schedules(content_folder("fee_schedules"))


def test_a_session_is_priced() -> None:
    answer = payrules.price(
        "64483-50",
        "64493",
        place="22",
        day="2025-10-07",
        charges=["900", Decimal("640.00")],
        schedules=STARTER,
    )
    assert [line.allowed_amount for line in answer.lines] == ["161.57", "44.16"]
    assert answer.totals["allowed_amount"] == "205.73"
    assert answer.day == date(2025, 10, 7)
    assert answer.is_whole


def test_a_figure_is_found() -> None:
    found = payrules.which("64493", Decimal("88.31"), release="starter-2025", schedules=STARTER)
    assert [(way.release, way.setting) for way in found.ways] == [("starter-2025", "facility")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"codes": ()}, "Give a code"),
        ({"codes": ("64483",), "charges": [1.5]}, "`charges` cannot be a float"),
        ({"codes": ("64483",), "day": "7 Oct"}, "`day` cannot be '7 Oct'"),
        ({"codes": (64483,)}, "cannot be a int: it is a text"),
        ({"codes": ("64483",), "charges": ["1", "2"]}, "2 charges for 1 code: give"),
        ({"codes": ("64483",), "locality": 5}, "cannot be a int: it is a text"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_said(given: dict[str, Any], said: str) -> None:
    codes = given.pop("codes")
    with pytest.raises(payrules.UsageError, match=said):
        payrules.price(*codes, place="11", schedules=STARTER, **given)
