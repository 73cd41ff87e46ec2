"""What rules on other terms would decide otherwise: what a what-if's changes of terms meet."""

from collections.abc import Sequence

import polars as pl

from payrules.claims.columns import is_among_lines
from payrules.engine.known import Known
from payrules.engine.ledger import Ledger, changes_of
from payrules.engine.rule import STATE, Rule
from payrules.engine.tables import Edits
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.frozen import frozen
from payrules.schedules import Schedules


@frozen
class Alternatives:
    """A rule in its place, None where it is off, and what might stand there, by a name of each."""

    rule: Rule | None
    others: tuple[tuple[int, Rule | None], ...] = ()


def reading(
    lines: pl.DataFrame,
    steps: Sequence[Alternatives],
    schedules: Schedules,
    *,
    release: str | None = None,
    dollars: DollarSchedule | None = None,
    tables: Edits | None = None,
) -> dict[int, int]:
    """Count the lines of which each alternative decides otherwise than the rule in its place.

    Lines are priced as by `price`, up to the last rule that has alternatives.
    """
    lines = pl.DataFrame([each for each in lines if is_among_lines(each.name)])
    rules = [step.rule for step in steps] + [rule for step in steps for _, rule in step.others]
    on = [rule for rule in rules if rule is not None]
    ledger = Ledger(Known(lines, on, schedules, release, dollars, tables), keep_trail=False)
    last = max((number for number, step in enumerate(steps) if step.others), default=-1)
    counts: dict[int, int] = {}
    for step in steps[: last + 1]:
        ledger.come_to(step.rule or next(rule for _, rule in step.others if rule is not None))
        for name, other in step.others:
            counts[name] = _differing(ledger.known, step.rule, other)
        if step.rule is not None:
            ledger.apply(step.rule)
    return counts


def _differing(known: Known, one: Rule | None, other: Rule | None) -> int:
    """Count the lines of which two rules decide otherwise here; None decides nothing."""
    sides = [
        pl.concat([_contents(known, version) for version in rule.versions]).unique()
        for rule in (one, other)
        if rule is not None
    ]
    return pl.concat(sides).unique(keep="none")["row"].n_unique() if sides else 0


def _contents(known: Known, rule: Rule) -> pl.DataFrame:
    """Give what a rule would write: a row a step or remark, with a number of all it says."""
    adjustment = rule.adjustment()
    empty = pl.DataFrame(schema={"row": pl.UInt32, "says": pl.UInt64})
    seen = known.sees(rule, adjustment)
    if seen is None:
        return empty
    pool = known.pool(rule, adjustment, seen)
    if not pool.height:
        return empty
    notes, outcomes = known.decided(rule, adjustment, pool)
    written = [note.select("row", detail="text") for note, _ in notes]
    for outcome, met in outcomes:
        factor = pl.lit(None, dtype=pl.Int64) if outcome.factor is None else outcome.factor
        codes = pl.lit(f"{outcome.group_code} {outcome.carc} {outcome.rarc}")
        said = pl.lit(None, dtype=pl.String) if outcome.detail is None else outcome.detail
        step = met.select("row", detail=said, factor=factor, codes=codes)
        step = step.hstack(changes_of(rule, met, outcome))
        if "amount" in outcome.sets and "status" not in outcome.sets:
            step = step.filter(pl.col("amount").is_not_null())
        written.append(step)
    told = {"row": pl.UInt32, "detail": pl.String, "factor": pl.Int64, "codes": pl.String}
    together = pl.concat([pl.DataFrame(schema=told | STATE), *written], how="diagonal_relaxed")
    says = together.select([*told, *STATE]).drop("row").hash_rows().alias("says")
    return pl.DataFrame([together["row"], says])
