"""What policies look at of claim lines and of history: each text once, by number afterwards."""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import NamedTuple

import polars as pl

from payrules.claims import columns
from payrules.claims.diagnoses import LINE_DIAGNOSES
from payrules.coverage.policy import Policies, Policy
from payrules.few import filled

#: Of a locality, the number of its contractor.
_CONTRACTOR = 5
#: What counts for nobody's session: assistants, parts of a test, what is billed as not covered.
NOT_COUNTED = ("80", "81", "82", "AS", "26", "TC", "GY")
BOTH_SIDES = "50"
#: In a session as over days, what comes later never changes what was found of what came before.
IN_ORDER = ("claim_id", "claim_line_number")
_COUNTED = ("person", "service_date", "hcpcs_code", "units_thousandths", *IN_ORDER)


class Numbered(NamedTuple):
    """A column of texts: each text once, and of each line the number of its own.

    The number after the last text is that of no text.
    """

    texts: list[str]
    numbers: pl.Series

    def where(self, holds: Callable[[str], bool]) -> pl.Series:
        """Mark the lines of whose text something holds."""
        return pl.Series([*map(holds, self.texts), False], dtype=pl.Boolean)[self.numbers]

    def among(self, lines: pl.Series) -> list[str]:
        """Give the texts of some lines, told by a mask, each once."""
        numbers = self.numbers.filter(lines).unique().sort().to_list()
        return [self.texts[number] for number in numbers if number < len(self.texts)]


def numbered(texts: pl.Series) -> Numbered:
    """Number the texts of a column."""
    found = texts.cast(pl.Categorical(pl.Categories.random()))
    numbers = found.to_physical()
    once = found.unique().drop_nulls()
    known = [""] * len(once)
    for number, text in zip(once.to_physical().to_list(), once.to_list(), strict=True):
        known[number] = text
    return Numbered(known, numbers.fill_null(len(known)))


class Lines:
    """Lines in their order, and after them the history of their persons that counts.

    Masks and numbers are of all of these by place; the first `height` places are lines, which alone
    are judged. `session` is a number for each person and day.
    """

    def __init__(
        self,
        lines: pl.DataFrame,
        policies: Policies,
        history: pl.DataFrame | None,
        add_ons: Collection[str] = (),
    ) -> None:
        limits = [limit for each in policies.each for limit in each.policy.frequency]
        named = {name for each in limits for name in (each.with_modifier, each.without_modifier)}
        flags = sorted({"RT", "LT", BOTH_SIDES, *filter(None, named)})
        past = _past(lines, policies, history)
        self.height = lines.height
        both = lines.select(*_COUNTED, *columns.MODIFIERS)
        if past is not None:
            both = pl.concat([both, past.select(both.columns)])
        #: What is history, and not a line.
        self.past = pl.int_range(both.height, eager=True) >= self.height
        self._columns = both.select(_COUNTED)
        self._flags = both.select(
            _counts=~_has_modifier(both, NOT_COUNTED),
            **{each: _has_modifier(both, (each,)) for each in flags},
        )
        self.counts = self._flags["_counts"]
        self.code = numbered(both["hcpcs_code"])
        self._of_codes: dict[frozenset[str], pl.Series] = {}
        self._contractor = numbered(_lengthened(lines["locality"], both.height))
        days = both["service_date"].to_physical().cast(pl.Int64)
        first, last = days.min(), days.max()
        begins = first if isinstance(first, int) else 0
        #: More than the days from the first to the last.
        self.span = (last - begins if isinstance(last, int) else 0) + 1
        self.session = (both["person"].cast(pl.Int64) * self.span + (days - begins)).alias(
            "session"
        )
        self._lines = lines
        self._add_ons = frozenset(add_ons)

    def __len__(self) -> int:
        return len(self.counts)

    def column(self, name: str) -> pl.Series:
        """Give a column of lines and history, such as `service_date`."""
        return self._columns[name]

    def of_line(self, name: str) -> pl.Series:
        """Give a column that lines have and history needs not, such as `history_from`."""
        return _lengthened(self._lines[name], len(self))

    @cached_property
    def diagnoses(self) -> Numbered:
        """The diagnoses of each line (`payrules.claims.diagnoses`)."""
        return numbered(self.of_line(LINE_DIAGNOSES))

    @cached_property
    def add_on(self) -> pl.Series:
        """Mark the lines whose code is an add-on; what history has was paid, and is none."""
        return self.of(self._add_ons) & ~self.past

    @cached_property
    def places_of_service(self) -> Numbered:
        """The place of service of each line."""
        return numbered(self.of_line("place_of_service_code"))

    def at(self, places: pl.Series, *names: str) -> pl.DataFrame:
        """Give some places with their session, the number of their code, and further columns."""
        found = [places.alias("place"), self.session[places], self.code.numbers[places]]
        found[2] = found[2].alias("code")
        return pl.DataFrame([*found, *(self._columns[name][places] for name in names)])

    def has(self, modifier: str) -> pl.Series:
        """Mark the places with a modifier."""
        return self._flags[modifier]

    def of(self, codes: Iterable[str]) -> pl.Series:
        """Mark the places of some codes."""
        wanted = frozenset(codes)
        if wanted not in self._of_codes:
            self._of_codes[wanted] = self.code.where(wanted.__contains__)
        return self._of_codes[wanted]

    def within(self, policy: Policy) -> pl.Series:
        """Mark the lines of a policy's days and contractors, whatever their code."""
        day = self._columns["service_date"]
        if policy.macs is None:
            within = ~self.past
        else:
            macs = frozenset(policy.macs)
            within = self._contractor.where(lambda locality: locality[:_CONTRACTOR] in macs)
        within &= day >= policy.effective_from
        return within if policy.effective_to is None else within & (day <= policy.effective_to)


def _has_modifier(lines: pl.DataFrame, modifiers: Collection[str]) -> pl.Expr:
    """Whether a line has any of these modifiers, whether a rule has a flag for them or not."""
    places = filled(lines, columns.MODIFIERS)
    if not places:
        return pl.repeat(value=False, n=pl.len(), dtype=pl.Boolean)
    has = (pl.col(place).is_in([*modifiers]) for place in places)
    return pl.any_horizontal(has).fill_null(value=False)


def _past(
    lines: pl.DataFrame, policies: Policies, history: pl.DataFrame | None
) -> pl.DataFrame | None:
    """Give the history of the lines' persons that counts; None where there is none."""
    if history is None or not history.height:
        return None
    of_codes = history.filter(pl.col("hcpcs_code").is_in(policies.codes))
    persons = lines.select("person_id", "person").unique("person_id")
    past = of_codes.drop("person", strict=False).join(persons, on="person_id")
    past = past.filter(~_has_modifier(past, NOT_COUNTED))
    return past if past.height else None


def _lengthened(column: pl.Series, height: int) -> pl.Series:
    """Give a column of lines with nothing said of the history after them."""
    return column if len(column) == height else column.extend_constant(None, height - len(column))
