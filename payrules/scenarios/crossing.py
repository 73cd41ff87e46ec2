"""Finds where a total meets a target over whole numbers, whether it rises, falls or turns.

Each total costs a pricing, so few are asked for: outwards from today's value until two of them have
the target between them, which are then narrowed to neighbours. Nothing is assumed of the total but
that it is defined everywhere: where no two have the target between them, every place at which the
total comes near it is followed to its end.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from itertools import pairwise

from payrules.frozen import frozen

#: How far from today's value is looked, in hundredths of it, one after the other.
_LESS = (90, 75, 50, 25, 10, 3, 1)
_MORE = (110, 125, 150, 200, 400, 1000, 10_000, 100_000)
#: A total that falls by so few cents is rounded, and does not turn.
_ROUNDING = 5
#: No more totals are asked for while the nearest is looked for.
_MOST_ASKED = 150


@frozen
class Crossing:
    """Where a total meets its target.

    `value`: there the total is the target, or else nearer to it than that of its neighbour `beside`
    on the target's other side; of equals the one nearest today's value. None where no two totals
    have the target between them: then `nearest` are the values whose totals come nearest, the best
    first. `falls`: the total falls as it crosses. `turns`: it was seen to rise and to fall.
    `totals` are all that were asked for.
    """

    value: int | None
    beside: int | None
    nearest: tuple[int, ...]
    falls: bool
    turns: bool
    totals: dict[int, int]


def find_crossing(
    total: Callable[[int], int], least: int, most: int, target: int, start: int
) -> Crossing:
    """Look from `start` outwards, from `least` to `most`, for where a total meets its target."""
    return _Search(total, least, most, target, min(max(start, least), most)).run()


class _Search:
    """The totals asked for so far, as gaps to the target, in the order of their values."""

    def __init__(
        self, total: Callable[[int], int], least: int, most: int, target: int, start: int
    ) -> None:
        self._total = total
        self._least, self._most = least, most
        self._target = target
        self._start = start
        self._gaps: dict[int, int] = {}
        self._asked: list[int] = []

    def run(self) -> Crossing:
        for value in self._outwards():
            if pair := self._ask(value):
                return self._narrowed(*pair)
        if self._gaps[self._least] == 0:
            return self._told(self._along(self._least), None, (), falls=False)
        for value in self._near_misses():
            if pair := self._follow(value):
                return self._narrowed(*pair)
        self._along(min(self._asked, key=self._preferred))
        nearest = sorted(self._asked, key=self._preferred)
        other = [each for each in nearest if self._gaps[each] != self._gaps[nearest[0]]]
        return self._told(None, None, (nearest[0], *other[:1]), falls=False)

    # -- asking ------------------------------------------------------------------

    def _ask(self, value: int) -> tuple[int, int] | None:
        """Ask for one total more; give the two neighbours that have the target between them."""
        if value in self._gaps:
            return None
        self._gaps[value] = self._total(value) - self._target
        insort(self._asked, value)
        before, after = self._beside(value)
        for low, high in ((before, value), (value, after)):
            if low is not None and high is not None and self._crosses(low, high):
                return low, high
        return None

    def _beside(self, value: int) -> tuple[int | None, int | None]:
        """Give the nearest values asked for below and above one that was."""
        place = bisect_left(self._asked, value)
        before = self._asked[place - 1] if place else None
        after = self._asked[place + 1] if place + 1 < len(self._asked) else None
        return before, after

    def _crosses(self, low: int, high: int) -> bool:
        return self._gaps[low] * self._gaps[high] < 0 or (
            self._gaps[low] != 0 and self._gaps[high] == 0
        )

    def _outwards(self) -> Iterator[int]:
        """Give the values to ask for, today's first, and first on the side of a rising total."""
        yield (start := self._start)
        less, more = (
            [start * share // 100 for share in shares if self._least < start * share // 100
             < self._most]
            for shares in (_LESS, _MORE)
        )  # fmt: skip
        less.append(self._least)
        more.append(self._most)
        first, second = (more, less) if self._gaps[start] < 0 else (less, more)
        for place in range(max(len(less), len(more))):
            for side in (first, second):
                yield from side[place : place + 1]

    # -- narrowing ---------------------------------------------------------------

    def _narrowed(self, low: int, high: int) -> Crossing:
        """Narrow two values with the target between them to neighbours, and take the nearer."""
        rising = 1 if self._gaps[low] < 0 else -1
        guess_along = True
        while high - low > 1:
            middle = (low + high) // 2
            if guess_along:
                rise = self._gaps[high] - self._gaps[low]
                guess = low + (high - low) * -self._gaps[low] // rise
                middle = min(max(guess, low + 1), high - 1)
            width = high - low
            self._ask(middle)
            if rising * self._gaps[middle] >= 0:
                high = middle
            else:
                low = middle
            # A line that is far from straight gains little: then halve.
            guess_along = not guess_along or high - low < width // 2
        falls = rising < 0
        # Rounding goes up and down by a cent around it: what meets it may be passed on the way.
        met = [value for value in self._asked if self._gaps[value] == 0]
        if met:
            return self._told(self._along(min(met, key=self._preferred)), None, (), falls=falls)
        nearer, farther = sorted((low, high), key=self._preferred)
        return self._told(nearer, farther, (), falls=falls)

    def _along(self, value: int) -> int:
        """Go along a run of equal totals to its value nearest today's."""
        gap, direction, step = self._gaps[value], 1 if value < self._start else -1, 1
        beyond = self._start
        while self._gaps[beyond] != gap and abs(beyond - value) > 1:
            # By ever longer strides while the totals are equal, then by halves: runs are short.
            middle = value + direction * min(step, abs(beyond - value) // 2)
            self._ask(middle)
            if self._gaps[middle] == gap:
                value, step = middle, step * 2
            else:
                beyond, step = middle, abs(middle - value)
        return beyond if self._gaps[beyond] == gap else value

    # -- where nothing has the target between ------------------------------------

    def _near_misses(self) -> list[int]:
        """Give the values asked for whose totals come nearer than those beside them."""

        def is_near(value: int) -> bool:
            before, after = self._beside(value)
            own = self._miss(value)
            return (before is None or own < self._miss(before)) and (
                after is None or own <= self._miss(after)
            )

        return sorted(filter(is_near, self._asked), key=self._miss)

    def _miss(self, value: int) -> int:
        return abs(self._gaps[value])

    def _preferred(self, value: int) -> tuple[int, int, int]:
        """Say how good an answer is, the best least: near the target, then near today's value."""
        return self._miss(value), abs(value - self._start), value

    def _follow(self, value: int) -> tuple[int, int] | None:
        """Go from a near miss to the nearest total around it, by halves on its wider side."""
        flat = False
        while len(self._asked) < _MOST_ASKED:
            before, after = self._beside(value)
            below = 0 if before is None else value - before
            above = 0 if after is None or flat else after - value
            if max(below, above) <= 1:
                break
            other = before if below >= above else after
            assert other is not None
            middle = (value + other) // 2
            if pair := self._ask(middle):
                return pair
            if (self._miss(middle), middle) < (self._miss(value), value):
                value, flat = middle, False
            elif middle > value and self._miss(middle) == self._miss(value) == self._miss(other):
                flat = True  # a run of equal totals: its first is looked for
            elif value in {self._least, self._most} and self._is_straight(value, middle, other):
                nearer = self._inward(value)
                if isinstance(nearer, tuple):
                    return nearer
                if nearer is None:
                    break
                value = nearer
        return None

    def _inward(self, end: int) -> int | tuple[int, int] | None:
        """Look beside an end for a turn too small to bend a line: a nearer value, or a crossing."""
        direction = 1 if end == self._least else -1
        step = 1
        while self._least < (value := end + direction * step) < self._most:
            if pair := self._ask(value):
                return pair
            if self._miss(value) != self._miss(end):
                return value if self._miss(value) < self._miss(end) else None
            step *= 2  # a run of equal totals
        return None

    def _is_straight(self, value: int, middle: int, other: int) -> bool:
        """Say whether the total goes straight to an end, so that nothing between is nearer."""
        along = abs(self._gaps[value] - self._gaps[other])
        chord = (self._gaps[value] + self._gaps[other]) // 2
        return abs(self._gaps[middle] - chord) <= along // 100 + _ROUNDING

    # -- telling -----------------------------------------------------------------

    def _told(
        self, value: int | None, beside: int | None, nearest: tuple[int, ...], *, falls: bool
    ) -> Crossing:
        gaps = [self._gaps[each] for each in self._asked]
        steps = [later - earlier for earlier, later in pairwise(gaps)]
        turns = max(steps, default=0) > _ROUNDING and min(steps, default=0) < -_ROUNDING
        totals = {each: self._gaps[each] + self._target for each in self._asked}
        return Crossing(value, beside, nearest, falls, turns, totals)
