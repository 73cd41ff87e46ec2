"""Who was seen by whom on which day: the pools in which lines are judged together.

Every pool is one Int64, so that windows and joins run over a single integer:

    session               person, day, practitioner key, assistant or not
    practitioner_day      person, day, practitioner key
    group_day             person, day, group key
    practitioner_patient  person, practitioner key (global periods run over days)
    rendering_day         person, day, rendering practitioner, assistant or not (units count by it)
    person_year           person, calendar year (the deductible)
    person                person, over all days (what policies count)

The practitioner key is (billing_tin, rendering_specialty) if both are given, else
rendering_npi, else billing_npi, else claim_id; the group key is billing_npi, else
billing_tin, else rendering_npi, else claim_id. The rendering practitioner is rendering_npi, else
the practitioner key. Keys of different kinds are never equal.
"""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from payrules.claims.modifiers import ASSISTANT, billed_with
from payrules.few import increase

SESSION = "session"
PRACTITIONER_DAY = "practitioner_day"
GROUP_DAY = "group_day"
PRACTITIONER_PATIENT = "practitioner_patient"
PERSON_YEAR = "person_year"
PERSON = "person"
RENDERING_DAY = "rendering_day"

POOLS = (
    *(SESSION, PRACTITIONER_DAY, GROUP_DAY, PRACTITIONER_PATIENT, PERSON_YEAR, RENDERING_DAY),
    PERSON,
)
#: Each line's place by claim id as text, then line number: the last tie-breaker of every ranking.
LINE_ORDER = "line_order"

_LARGEST = 2**63 - 1
_PRACTITIONER = (
    ("billing_tin", "rendering_specialty"),
    ("rendering_npi",),
    ("billing_npi",),
    ("claim_id",),
)
_RENDERING = (("rendering_npi",), *(key for key in _PRACTITIONER if key != ("rendering_npi",)))
_GROUP = (("billing_npi",), ("billing_tin",), ("rendering_npi",), ("claim_id",))


def _number(names: pl.Expr) -> pl.Expr:
    """Number the distinct values of a text expression, exactly, from 0."""
    category = pl.Categorical(pl.Categories.random())
    return names.cast(category).to_physical().cast(pl.Int64)


def _count(numbers: pl.Series) -> int:
    """Give how many numbers there may be."""
    largest = numbers.max()
    return (int(largest) if isinstance(largest, int) else 0) + 1


def _key(lines: pl.DataFrame, choices: Sequence[tuple[str, ...]]) -> pl.Expr:
    """Give the first choice whose columns are all filled, marked by its place in the list.

    A choice that every line has ends the list; alone, it needs no mark.
    """
    reachable = []
    for columns in choices:
        missing = max(lines.select(columns).null_count().row(0))
        if missing < lines.height or not lines.height:
            reachable.append(columns)
        if not missing:
            break
    if len(reachable) == 1 and len(reachable[0]) == 1:
        return pl.col(reachable[0][0])
    # The unit separator cannot stand in a claim's fields, so keys cannot run together.
    return pl.coalesce(
        pl.concat_str(pl.lit(str(place)), *columns, separator="\x1f")
        for place, columns in enumerate(reachable)
    )


def identify(lines: pl.DataFrame, wanted: Collection[str] = (*POOLS, LINE_ORDER)) -> pl.DataFrame:
    """Add the pool numbers, and `line_order`, that are wanted."""
    found = pl.DataFrame()
    if not {*POOLS}.isdisjoint(wanted):
        keys = {"person": pl.col("person_id")}
        if not {SESSION, PRACTITIONER_DAY, PRACTITIONER_PATIENT}.isdisjoint(wanted):
            keys["practitioner"] = _key(lines, _PRACTITIONER)
        if GROUP_DAY in wanted:
            keys["group"] = _key(lines, _GROUP)
        if RENDERING_DAY in wanted:
            keys["rendering"] = _key(lines, _RENDERING)
            if "practitioner" in keys and keys["rendering"].meta.eq(keys["practitioner"]):
                del keys["rendering"]  # without TIN and specialty they are one
        # Lines of a claim follow each other: what they have in common is numbered once.
        read = {name for key in keys.values() for name in key.meta.root_names()}
        runs, run_of_line = _runs(lines.select(*sorted(read), "service_date"))
        found = _pools(runs, keys, {*wanted, PRACTITIONER_DAY})[run_of_line]
        if RENDERING_DAY in wanted and "rendering" not in keys:
            found = found.with_columns(pl.col(PRACTITIONER_DAY).alias(RENDERING_DAY))
    if not {SESSION, RENDERING_DAY}.isdisjoint(wanted):
        assists = lines.select(billed_with(*ASSISTANT).cast(pl.Int64)).to_series()
        days = {SESSION: PRACTITIONER_DAY, RENDERING_DAY: RENDERING_DAY}
        found = found.with_columns(
            (pl.col(day) * 2 + assists).alias(name) for name, day in days.items() if name in wanted
        )
    order = [_claim_order(lines)] if LINE_ORDER in wanted else []
    return lines.hstack([*(each for each in found if each.name in wanted), *order])


def _runs(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Give the first of each run of lines that are alike, and the number of each line's run."""
    begins = lines.select(
        pl.any_horizontal(pl.all().ne_missing(pl.all().shift(1)).fill_null(value=True))
    ).to_series()
    first = begins.arg_true()
    return lines[first], (begins.cum_sum() - 1)


def _pools(
    lines: pl.DataFrame, keys: Mapping[str, pl.Expr], wanted: Collection[str]
) -> pl.DataFrame:
    """Number the pools of some lines, all but the session."""
    # In one call, so that each key is numbered beside the others.
    numbers = lines.select(_number(key).alias(name) for name, key in keys.items())
    counts = {name: _count(numbers[name]) for name in keys}
    persons, kinds = counts.pop("person"), max(counts.values(), default=1)
    days = lines["service_date"].to_physical().cast(pl.Int64)
    first_day = days.min()
    days = (days - (first_day if isinstance(first_day, int) else 0)).alias("day")
    numbers = numbers.with_columns(days, lines["service_date"])
    person, day = pl.col("person"), pl.col("day")
    of_person = numbers["person"]
    if persons * kinds * _count(days) * 2 > _LARGEST:
        # Never met in practice (ten million people, a hundred thousand practitioners and ten
        # years fit); numbering the pairs first keeps it exact all the same.
        numbers = numbers.with_columns(
            _number(pl.format("{}.{}", "person", name)).alias(name) for name in counts
        )
        counts = {name: _count(numbers[name]) for name in counts}
        person = pl.lit(0, dtype=pl.Int64)
    pools = {PERSON_YEAR: pl.col("person") * 4096 + pl.col("service_date").dt.year()}
    if "practitioner" in counts:
        patient = person * counts["practitioner"] + pl.col("practitioner")
        pools[PRACTITIONER_PATIENT] = patient
        pools[PRACTITIONER_DAY] = patient * _count(days) + day
    if "rendering" in counts:
        renderer = person * counts["rendering"] + pl.col("rendering")
        pools[RENDERING_DAY] = renderer * _count(days) + day
    if "group" in counts:
        pools[GROUP_DAY] = (person * counts["group"] + pl.col("group")) * _count(days) + day
    pools[PERSON] = pl.lit(of_person)
    return numbers.select(pool.alias(name) for name, pool in pools.items() if name in wanted)


def _claim_order(lines: pl.DataFrame) -> pl.Series:
    """Give each line's place when all lines are sorted by claim id as text, then line number."""
    order = pl.int_range(lines.height, dtype=pl.Int64, eager=True).alias(LINE_ORDER)
    if increase(lines["claim_id"], lines["claim_line_number"]):
        return order
    ordered = lines.select(
        row=pl.arg_sort_by("claim_id", "claim_line_number"),
    )["row"]
    return pl.zeros(lines.height, pl.Int64, eager=True).scatter(ordered, order).alias(LINE_ORDER)
