"""Modifier share: what a payer's contract pays of a line with a modifier, in Medicare's place."""

from collections.abc import Iterator

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.modifier_share import ASSISTANTS, CARE, NO_SHARES, ModifierShares
from payrules.engine.rule import Adjustment, Facts, Outcome, note, part_left, pay, rule
from payrules.money import WHOLE, half_up, percentage, short_text

#: The code of a reduction, by the modifiers it is for: the one of Medicare's rule on them, of
#: several the last rule's.
_CODES = (
    (ASSISTANTS, "45", "N646"),
    (("62", "66"), "B20", None),
    (("78",), "B10", None),
    (CARE, "B20", None),
)


def _outcomes(
    share: ModifierShares, taken: dict[tuple[str, ...], pl.Expr], amount: pl.Expr
) -> Iterator[Outcome]:
    """Give what is paid, with the code of the first kind of modifier that is taken."""
    if not taken:
        return
    of_part = {
        names: pl.when(share.part(names) < 100)
        .then(pl.format(" of the intraoperative part, {} %", share.part(names)))
        .otherwise(pl.lit(""))
        if any(each.of_operation for each in share.by_modifiers[names])
        else pl.lit("")
        for names in taken
    }
    said = [
        pl.when(factor.is_not_null()).then(
            pl.format(
                "modifier{} {} at {} %{}",
                pl.lit("s" if len(names) > 1 else ""),
                pl.lit(" ".join(names)),
                short_text(factor, 2),
                of_part[names],
            )
        )
        for names, factor in taken.items()
    ]
    why = pl.concat_str(
        pl.lit("contract: "), pl.concat_str(said, separator=", ", ignore_nulls=True)
    )
    cites = share.sources(list(taken))
    count = pl.sum_horizontal([each.is_not_null() for each in taken.values()])
    # One number says it where one share is taken.
    is_whole = pl.all_horizontal(
        [
            share.part(names) == 100
            for names in taken
            if any(each.of_operation for each in share.by_modifiers[names])
        ]
        or [pl.lit(value=True)]
    )
    factor = pl.when((count == 1) & is_whole).then(pl.coalesce(list(taken.values())))
    left = pl.col("part_of_whole")
    for names, each in taken.items():
        of_it = each.fill_null(WHOLE)
        if any(one.of_operation for one in share.by_modifiers[names]):
            of_it = of_it * pl.when(each.is_null()).then(100).otherwise(share.part(names))
        else:
            of_it = of_it * 100
        left = part_left(of_it, 100, of=left)["part_of_whole"]
    for modifiers, carc, rarc in (*_CODES, ((), "45", None)):
        of_kind = [
            each.is_not_null()
            for names, each in taken.items()
            if not modifiers or not {*names}.isdisjoint(modifiers)
        ]
        if of_kind:
            when = pl.any_horizontal(of_kind)
            yield pay(
                *(when, amount, why),
                factor=factor,
                carc=carc,
                rarc=rarc,
                cites=cites,
                sets={"part_of_whole": left},
            )


@rule(
    cites="the payer's contract",
    effective="1992-01-01",
    every_schedule=True,
    reads=("modifiers", "part_of_whole"),
)
def modifier_share(*, share: ModifierShares = NO_SHARES) -> Adjustment:
    """A share of the amount for a modifier: the longest combination on the line decides.

    Decisions, where contracts are silent. A share is taken after the session is ranked, of what
    ranking left: Medicare ranks by the fee schedule's amount (ch. 12, §40.6.C) and takes its own
    shares of it then, and payers print the same of 52 and 66 ("multiple reductions still apply").
    So endoscopies, both sides and units come before it; a contract's rate and the charge after it.
    Shares of different modifiers are taken one of the other, each to the cent. Without codes a
    share is of the physician fee schedule's procedures: anesthesia, drugs and tests of other
    schedules only where its codes name them. A fee schedule's own price with 53 is the reduced
    price: the share is not taken of it. A share `of = "intraoperative"` is one of the code's own
    intraoperative part (Texas Medicaid pays co-surgeons 62.5 percent of it).
    """
    (holds, is_taken), share = share.in_columns()
    combinations = [each for each in share.by_modifiers if len(each) > 1 or each[0] not in CARE]
    taken = {names: pl.col(f"_share_{place}") for place, names in enumerate(combinations)}
    amount = pl.col("amount")
    for names, factor in taken.items():
        # A share that is not taken is the whole, to the cent: asked by when and then, the amount
        # would stand twice in the next, and the expression double with each share.
        of_it = factor.fill_null(WHOLE)
        if any(each.of_operation for each in share.by_modifiers[names]):
            # In 128 bits: three factors may leave 64. One rounding.
            part = pl.when(factor.is_null()).then(100).otherwise(share.part(names))
            product = amount.cast(pl.Int128) * of_it * part
            amount = half_up(product, WHOLE * 100).cast(pl.Int64)
        else:
            amount = percentage(amount, of_it)
    facts: tuple[Facts, ...] = (
        holds,
        is_taken,
        {each.meta.output_name(): share.chosen(names) for names, each in taken.items()},
    )
    named = {name for each in share.shares for name in each.modifiers}
    with_53 = pl.lit(value=False)
    if "53" in named:
        with_53 = billed_with("53") & (pl.col("row_modifier") == "53")
    return Adjustment(
        among=billed_with(*sorted(named)) if named else pl.lit(value=False),
        facts=facts if taken else (),
        outcomes=tuple(_outcomes(share, taken, amount)),
        notes=(
            note(
                with_53,
                "53: the fee schedule's own price with 53 stands; the contract's share is not"
                " taken of it",
            ),
        ),
    )
