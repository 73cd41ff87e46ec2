"""The search for where a total meets a target finds it whichever way the total goes."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from payrules.scenarios.crossing import Crossing, find_crossing

MOST = 4000
Total = Callable[[int], int]


def crosses(total: Total, target: int) -> bool:
    """Say whether two neighbours of the whole grid have the target between them, or one is it."""
    gaps = [total(value) - target for value in range(MOST + 1)]
    return 0 in gaps or any(a < 0 < b or b < 0 < a for a, b in pairwise(gaps))


def assert_meets(total: Total, target: int, found: Crossing) -> None:
    """Check an answer by itself: the target, or the nearer of two neighbours around it."""
    assert found.value is not None
    assert all(total(value) == told for value, told in found.totals.items())
    if total(found.value) != target:
        assert found.beside is not None
        assert abs(found.beside - found.value) == 1
        gap, other = total(found.value) - target, total(found.beside) - target
        assert gap * other < 0
        assert abs(gap) <= abs(other)
        assert found.falls == ((found.beside > found.value) == (gap > 0))


@pytest.mark.parametrize("start", [0, 1, 40, 700, 4000])
@pytest.mark.parametrize("target", [0, 1, 3, 17, 900, 5000])
def test_a_rising_total_is_met_by_the_nearest_and_of_equals_by_that_nearest_today_s(
    start: int, target: int
) -> None:
    for total in (
        lambda n: n,
        lambda n: n // 1000,
        lambda n: min(n * n, 5000),
        lambda n: 7 * n + 3,
    ):
        first = next((n for n in range(MOST + 1) if total(n) >= target), None)
        found = find_crossing(total, 0, MOST, target, start)
        is_met = first is not None and (first > 0 or total(0) == target)
        jumps = is_met and total(first) != target
        # A jump is told by the two values beside it, however far equal totals go on.
        choice = (first - 1, first) if jumps else range(MOST + 1)
        best = min(choice, key=lambda n: (abs(total(n) - target), abs(n - start)))
        assert (found.value if is_met else found.nearest[0]) == best
        assert (found.value is None) == (not is_met)


@pytest.mark.parametrize("target", [1, 17, 900, 3999])
def test_a_falling_total_is_met_as_well(target: int) -> None:
    found = find_crossing(lambda n: 4000 - n, 0, MOST, target, 2500)
    assert (found.value, found.falls, found.turns) == (4000 - target, True, False)
    found = find_crossing(lambda n: 4000 - 7 * n // 3, 0, MOST, target, 600)
    assert_meets(lambda n: 4000 - 7 * n // 3, target, found)


def test_a_total_that_turns_is_met_on_either_side() -> None:
    def total(n: int) -> int:
        return 100 + abs(n - 1000)

    assert find_crossing(total, 0, MOST, 500, 900).value == 600
    assert find_crossing(total, 0, MOST, 500, 1500).value == 1400
    lowest = find_crossing(total, 0, MOST, 90, 3000)
    assert (lowest.value, lowest.turns, lowest.nearest[0]) == (None, True, 1000)
    assert total(lowest.nearest[1]) > total(lowest.nearest[0])


def test_a_total_that_jumps_over_the_target_shows_both_sides() -> None:
    def total(n: int) -> int:
        return 0 if n < 777 else 50

    for start in (100, 3000):
        for target, answer in ((20, (776, 777)), (30, (777, 776))):
            found = find_crossing(total, 0, MOST, target, start)
            assert (found.value, found.beside) == answer
    # Of two as near, the one on the side of today's value.
    assert find_crossing(total, 0, MOST, 25, 100).value == 776
    assert find_crossing(total, 0, MOST, 25, 3000).value == 777


def test_a_falling_total_that_jumps_is_met_by_the_nearer_as_well() -> None:
    found = find_crossing(lambda n: 50 if n < 777 else 0, 0, MOST, 20, 100)
    assert (found.value, found.beside, found.falls) == (777, 776, True)
    found = find_crossing(lambda n: 50 if n < 777 else 0, 0, MOST, 30, 100)
    assert (found.value, found.beside, found.falls) == (776, 777, True)


def test_of_a_run_that_meets_the_target_its_end_beside_today_s_value_is_taken() -> None:
    for start, end in ((10, 1000), (1400, 1400), (3999, 1999)):
        found = find_crossing(lambda n: n // 1000, 0, MOST, 1, start)
        assert (found.value, found.beside) == (end, None)
        assert len(found.totals) < 50


def test_a_total_that_never_moves_is_looked_at_a_few_times() -> None:
    found = find_crossing(lambda _: 70, 0, MOST, 71, 100)
    assert (found.value, found.nearest, found.turns) == (None, (100,), False)
    assert len(found.totals) < 30


kinks = st.tuples(st.integers(0, MOST), st.integers(-4, 4))


@given(
    kink=st.tuples(st.integers(0, MOST), st.integers(-9, 9), st.integers(-9, 9)),
    divisor=st.integers(1, 50),
    start=st.integers(0, MOST),
    aim=st.integers(0, MOST),
    beyond=st.integers(-30, 30),
)
@example(kink=(1, -2, 2), divisor=1, start=0, aim=0, beyond=-1)
@example(kink=(1, -2, 1), divisor=1, start=0, aim=1, beyond=0)
@example(kink=(3, -9, 9), divisor=1, start=0, aim=3, beyond=0)
def test_a_total_of_two_slopes_is_met_wherever_it_is(
    kink: tuple[int, int, int], divisor: int, start: int, aim: int, beyond: int
) -> None:
    """A plateau, a fall, a rise, a V and its reverse, against the whole grid.

    Where the turn itself is cut off to a single value, a cent beside it is near enough; where
    rounding makes runs of equal totals, a few cents.
    """
    at, before, after = kink

    def total(n: int) -> int:
        return (before * min(n - at, 0) + after * max(n - at, 0)) // divisor

    target = total(aim) + beyond
    found = find_crossing(total, 0, MOST, target, start)
    if found.value is not None:
        assert crosses(total, target)
        assert_meets(total, target, found)
    else:
        best = min(abs(total(n) - target) for n in range(MOST + 1))
        assert abs(total(found.nearest[0]) - target) <= best + (1 if divisor == 1 else 5)
        assert not crosses(total, target) or best == 0 or divisor > 1


@given(
    slope=st.integers(-3, 3),
    bends=st.lists(kinks, max_size=4),
    divisor=st.integers(1, 30),
    start=st.integers(1, MOST),
    aim=st.integers(0, MOST),
)
def test_an_answer_is_right_by_itself_whatever_the_total(
    slope: int, bends: list[tuple[int, int]], divisor: int, start: int, aim: int
) -> None:
    def total(n: int) -> int:
        return (slope * n + sum(by * max(n - at, 0) for at, by in bends)) // divisor

    ends = sorted((total(0), total(MOST)))
    target = total(aim)
    found = find_crossing(total, 0, MOST, target, start)
    if found.value is not None:
        assert_meets(total, target, found)
    else:
        assert found.nearest
    if ends[0] <= target <= ends[1]:
        assert found.value is not None
    assert len(found.totals) <= 200


@given(
    by=st.integers(1, 300),
    start=st.integers(1, MOST),
    aim=st.integers(0, MOST),
)
def test_rounding_up_and_down_by_a_cent_hides_no_answer_that_was_passed(
    by: int, start: int, aim: int
) -> None:
    def total(n: int) -> int:
        return n * by // 100 + n % 2

    target = total(aim)
    found = find_crossing(total, 0, MOST, target, start)
    assume(found.value is not None)
    if any(told == target for told in found.totals.values()):
        assert total(found.value) == target
