"""Who was seen by whom on which day: the pools in which lines are judged together.

Spec §1. Every pool is one Int64, so that windows and joins run over a single integer:

    session               person, day, practitioner key, assistant or not
    practitioner_day      person, day, practitioner key
    group_day             person, day, group key
    practitioner_patient  person, practitioner key (global periods run over days)
    person_year           person, calendar year (the deductible)

The practitioner key is (billing_tin, rendering_specialty) if both are given, else
rendering_npi, else billing_npi, else claim_id; the group key is billing_npi, else
billing_tin, else rendering_npi, else claim_id. Keys of different kinds are never equal.
"""

import polars as pl

from payrules.modifiers import ASSISTANT, billed_with

SESSION = "session"
PRACTITIONER_DAY = "practitioner_day"
GROUP_DAY = "group_day"
PRACTITIONER_PATIENT = "practitioner_patient"
PERSON_YEAR = "person_year"

_LARGEST = 2**63 - 1


def _numbers(names: pl.Expr, lines: pl.DataFrame) -> tuple[pl.Series, int]:
    """Number the distinct values of a text expression, exactly; give how many there may be."""
    category = pl.Categorical(pl.Categories.random())
    codes = lines.select(names.cast(category).to_physical().cast(pl.Int64)).to_series()
    largest = codes.max()
    return codes, (int(largest) if isinstance(largest, int) else 0) + 1


def _key(lines: pl.DataFrame, choices: list[tuple[str, ...]]) -> pl.Expr:
    """Give the first choice whose columns are all filled, marked by its place in the list.

    A choice that every line has ends the list; alone, it needs no mark.
    """
    reachable = []
    for columns in choices:
        missing = max(lines[name].null_count() for name in columns)
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


def identify(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the five pool numbers and `line_order` (by claim id as text, then line number)."""
    person, persons = _numbers(pl.col("person_id"), lines)
    practitioner, practitioners = _numbers(
        _key(
            lines,
            [
                ("billing_tin", "rendering_specialty"),
                ("rendering_npi",),
                ("billing_npi",),
                ("claim_id",),
            ],
        ),
        lines,
    )
    group, groups = _numbers(
        _key(lines, [("billing_npi",), ("billing_tin",), ("rendering_npi",), ("claim_id",)]), lines
    )
    first_day = lines["service_date"].min()
    day = (pl.col("service_date") - pl.lit(first_day, dtype=pl.Date)).dt.total_days()
    days = int(lines.select(day.max()).item() or 0) + 1
    if persons * max(practitioners, groups) * days * 2 > _LARGEST:
        # Never met in practice (ten million people, a hundred thousand practitioners and ten
        # years fit); numbering the pairs first keeps it exact all the same.
        practitioner, practitioners = _numbers(
            pl.format("{}.{}", person, practitioner).alias("pair"), lines
        )
        group, groups = _numbers(pl.format("{}.{}", person, group).alias("pair"), lines)
        persons, person_part = 1, pl.lit(0, dtype=pl.Int64)
    else:
        person_part = pl.lit(person)
    del persons
    patient = person_part * practitioners + pl.lit(practitioner)
    practitioner_day = patient * days + day
    return lines.with_columns(
        patient.alias(PRACTITIONER_PATIENT),
        practitioner_day.alias(PRACTITIONER_DAY),
        (practitioner_day * 2 + billed_with(*ASSISTANT).cast(pl.Int64)).alias(SESSION),
        ((person_part * groups + pl.lit(group)) * days + day).alias(GROUP_DAY),
        (pl.lit(person) * 4096 + pl.col("service_date").dt.year()).alias(PERSON_YEAR),
        _claim_order(lines),
    )


def _claim_order(lines: pl.DataFrame) -> pl.Series:
    """Give each line's place when all lines are sorted by claim id as text, then line number."""
    height = lines.height
    claim = lines["claim_id"]
    if claim.is_sorted():
        same_claim = claim == claim.shift(1)
        in_order = lines["claim_line_number"].diff() > 0
        if (~same_claim | in_order).fill_null(value=True).all():
            return pl.int_range(height, dtype=pl.Int64, eager=True).alias("line_order")
    ordered = lines.select(
        row=pl.arg_sort_by("claim_id", "claim_line_number"),
    )["row"]
    order = pl.int_range(height, dtype=pl.Int64, eager=True)
    return pl.zeros(height, pl.Int64, eager=True).scatter(ordered, order).alias("line_order")
