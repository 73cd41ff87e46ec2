"""Prices a large batch some persons at a time: no rule looks beyond a person.

Windows and lookups over ten million lines leave the processor's caches and hold every column
several times. Of some persons at a time the time stays in proportion to the lines, and the memory
nearer to theirs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Rule
from payrules.engine.tables import Edits
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.schedules import Schedules

#: Lines priced at once, about.
LINES_AT_ONCE = 1_000_000


def price_by_person(
    lines: pl.DataFrame,
    rules: Iterable[Rule],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Edits | None = None,
    history: pl.DataFrame | None = None,
    trail: bool = True,
    looked_at: bool = False,
    release_cites: tuple[str, date] | None = None,
    progress: Callable[[str], None] | None = None,
    without: Mapping[str, pl.Series] | None = None,
) -> Priced:
    """Price claim lines as `payrules.engine.pricing.price` does, some persons at a time.

    `progress` hears of the rules of the first of them.
    """
    rules = tuple(rules)
    groups = max(lines.height // LINES_AT_ONCE, 1)
    terms: dict[str, Any] = {
        "release": release,
        "dollars": dollars,
        "tables": tables,
        "history": history,
        "trail": trail,
        "looked_at": looked_at,
        "release_cites": release_cites,
    }
    if groups == 1:
        return price(lines, rules, schedules, progress=progress, without=without, **terms)
    number = lines.select(pl.col("person_id").hash() % groups).to_series()
    places, results, trails, seen = [], [], [], []
    for group in range(groups):
        rows = (number == group).arg_true()
        part = price(
            lines[rows],
            rules,
            schedules,
            progress=None if group else progress,
            without={rule: marked[rows] for rule, marked in (without or {}).items()},
            **terms,
        )
        places.append(rows)
        results.append(part.held.drop(lines.columns))
        seen.append(part.looked_at)
        if part.trail is not None:
            in_batch = rows.gather(part.trail["row"]).alias("row")
            trails.append(part.trail.with_columns(in_batch))
    order = pl.zeros(lines.height, pl.UInt32, eager=True).scatter(
        pl.concat(places), pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    )
    together = lines.hstack(_in_order(results, order))
    marks = marks_together(lines.height, places, seen)
    if not trails:
        return Priced(together, None, marks)
    # Within a group the steps of a line are in order, and stay so.
    steps = pl.concat([part.select("row") for part in trails]).with_row_index("place")
    steps = steps.sort("row", maintain_order=True)
    return Priced(together, _in_order(trails, steps["place"]), marks)


def history_of_others(
    history: pl.DataFrame | None, persons: pl.Series, others: pl.Series
) -> pl.DataFrame | None:
    """Give the history of persons whose lines are priced as the claims of others.

    `persons` and `others` are, line by line, whose it is and as whose it is priced. Without it
    sessions of the past would count for nobody.
    """
    if history is None or not history.height:
        return history
    told = pl.DataFrame({"person_id": persons, "_other": others}).unique(maintain_order=True)
    found = history.join(told, on="person_id", maintain_order="left")
    return found.with_columns(person_id="_other").drop("_other")


def marks_together(
    height: int, places: Sequence[pl.Series], parts: Sequence[Mapping[str, pl.Series]]
) -> dict[str, pl.Series]:
    """Put marks of parts of the lines together by name; `places` are the rows of each part."""
    together: dict[str, pl.Series] = {}
    for rows, part in zip(places, parts, strict=True):
        for name, marked in part.items():
            if name not in together:
                nowhere = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
                together[name] = nowhere
            if marked.any():
                together[name].scatter(rows.filter(marked), values=True)
    return together


def _in_order(parts: Sequence[pl.DataFrame], order: pl.Series) -> pl.DataFrame:
    """Join the rows of all parts in an order, column by column: the parts are used up."""
    return pl.DataFrame(
        [
            pl.concat([part.drop_in_place(name) for part in parts], rechunk=True).gather(order)
            for name in parts[0].columns
        ]
    )
