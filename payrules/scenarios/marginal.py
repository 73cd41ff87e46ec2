"""What each line of a claim is worth: the claim priced without it, and otherwise billed."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import polars as pl

from payrules.claims.batch import refuse_history
from payrules.claims.columns import MODIFIERS
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.frozen import frozen
from payrules.money import sum_of
from payrules.payers import Payer
from payrules.rules.coverage import coverage
from payrules.runs.setup import Setup
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.coverage_changes import without_policies

#: Modifiers that lift an NCCI pair and say nothing else.
_DISTINCT = ("59", "XE", "XS", "XP", "XU")
#: Rules that say which lines have an amount at all.
_ALWAYS_ON = ("status_code", "anesthesia", "units")
_COSTS = {
    "endoscopy": "the base code: scopes of one family share its fee",
    "multiple_procedure": "the order: procedures after the highest are paid in part",
    "add_on": "a missing primary: an add-on alone is not paid",
    "procedure_pairs": "the code pair: nothing says the two services are distinct",
    "global_period": "the global period of an operation",
    "lesser_of_charge": "a charge below the fee",
    "coverage": "the coverage policies that deny",
}
#: The claim is priced once without each of its lines: lines × lines of its person.
_MOST_LINES, _MOST_PRICED = 200, 1_000_000
#: Between the parts of a made-up person id; no claims file holds it.
_MARK = "\x1f"


@frozen
class Marginal:
    """A claim's total, cents, and what it would be if it were billed or paid otherwise.

    `lines` has a row a line: claim_line_number, hcpcs_code, modifiers, status, allowed_amount,
    without (the claim's total without the line), worth (what the line adds to it), others (what
    it changes on the person's other claims). `otherwise` has what, total and difference: what
    the claim would gain.
    """

    claim: str
    total: int
    lines: pl.DataFrame
    otherwise: pl.DataFrame


def marginal(base: Baseline, claim: str) -> Marginal:
    """Price a claim without each of its lines, and with what costs it money put right.

    Every variant is priced at once, as the claims of another person; rules that take money are
    switched off one by one. Raises UsageError if the batch has no such claim, or it and what its
    person has besides are too many lines to be priced once without each.
    """
    lines = base.batch.lines
    of_claim = lines["claim_id"] == claim
    if not of_claim.any():
        refuse_history(base.batch.history, claim)
        raise UsageError("The batch has no such claim; --claim takes a claim_id.")
    theirs = base.of_their_persons(of_claim)
    ours = lines.filter(theirs)
    count = int(of_claim.sum())
    if count > _MOST_LINES or count * ours.height > _MOST_PRICED:
        raise UsageError(
            f"The claim has {counted(count, 'line')}, its person {ours.height:,}; what each is"
            " worth is told"
            f" of claims of at most {_MOST_LINES} lines, and {_MOST_PRICED:,} lines priced again."
            " Without --marginal the claim's steps are shown."
        )
    today = base.lines.filter(theirs)
    claimed = today.filter(pl.col("claim_id") == claim)
    total = sum_of(claimed["allowed_amount"])
    elsewhere = sum_of(today["allowed_amount"]) - total
    variants = list(_variants(base, ours, claim))
    labels = pl.int_range(len(variants), eager=True)
    together = pl.concat(
        [
            variant.with_columns(
                person_id=pl.format("{}{}{}", pl.lit(number), pl.lit(_MARK), "person_id")
            )
            for number, (_, _, variant) in zip(labels, variants, strict=True)
        ]
    )
    persons = pl.concat([variant["person_id"] for _, _, variant in variants])
    priced = base.price(together, base.setup, trail=False, persons=persons).lines
    number = priced["person_id"].str.split(_MARK).list.first().cast(pl.Int64)
    totals = {
        key: (sum_of(own.filter(own["claim_id"] == claim)["allowed_amount"]),
              sum_of(own.filter(own["claim_id"] != claim)["allowed_amount"]))
        for key, own in ((key, priced.filter(number == key)) for key in labels)
    }  # fmt: skip
    worth = []
    otherwise = []
    for key, (line, words, _) in enumerate(variants):
        without, others = totals.get(key, (0, elsewhere))
        if line is not None:
            worth.append((line, without, total - without, elsewhere - others))
        else:
            otherwise.append((words, without, without - total))
    otherwise += _rules_off(base, ours, claim, total)
    by_line = pl.DataFrame(
        worth,
        schema=dict.fromkeys(("claim_line_number", "without", "worth", "others"), pl.Int64),
        orient="row",
    )
    shown = claimed.select(
        "claim_line_number",
        "hcpcs_code",
        pl.concat_str(MODIFIERS, separator=" ", ignore_nulls=True).alias("modifiers"),
        "status",
        "allowed_amount",
    )
    return Marginal(
        claim,
        total,
        shown.join(by_line, on="claim_line_number", maintain_order="left"),
        pl.DataFrame(
            otherwise,
            schema={"what": pl.String, "total": pl.Int64, "difference": pl.Int64},
            orient="row",
        ).sort(pl.col("difference").abs(), descending=True, maintain_order=True),
    )


def _variants(
    base: Baseline, ours: pl.DataFrame, claim: str
) -> Iterator[tuple[int | None, str, pl.DataFrame]]:
    """Give the person's lines as they might have been billed: line left out, words, lines."""
    is_claim = pl.col("claim_id") == claim
    claimed = ours.filter(is_claim)
    for line in claimed["claim_line_number"]:
        here = is_claim & (pl.col("claim_line_number") == line)
        yield line, f"without line {line}", ours.filter(~here)
    denied = _lines_denied_by(base, "procedure_pairs", claim)
    for row in claimed.iter_rows(named=True):
        line = row["claim_line_number"]
        here = is_claim & (pl.col("claim_line_number") == line)
        billed = [row[name] for name in MODIFIERS if row[name]]
        distinct = [each for each in billed if each in _DISTINCT]
        if distinct:
            kept = [each for each in billed if each not in _DISTINCT]
            words = f"line {line} {row['hcpcs_code']} without modifier {' '.join(distinct)}"
            yield None, words, _billed(ours, here, kept)
        elif line in denied and len(billed) < len(MODIFIERS):
            words = f"line {line} {row['hcpcs_code']} with modifier 59, where it is true"
            yield None, words, _billed(ours, here, [*billed, "59"])
    if claimed.height > 1:
        last = pl.lit(claimed["claim_line_number"].max())
        turned = pl.when(is_claim).then(last + 1 - pl.col("claim_line_number"))
        yield (
            None,
            "the lines in the opposite order",
            ours.with_columns(turned.otherwise("claim_line_number").alias("claim_line_number")),
        )


def _billed(ours: pl.DataFrame, here: pl.Expr, modifiers: list[str]) -> pl.DataFrame:
    filled = [*modifiers, *[None] * (len(MODIFIERS) - len(modifiers))]
    return ours.with_columns(
        pl.when(here).then(pl.lit(value, dtype=pl.String)).otherwise(name).alias(name)
        for name, value in zip(MODIFIERS, filled, strict=True)
    )


def _lines_denied_by(base: Baseline, rule: str, claim: str) -> list[int]:
    met = base.lines.filter(base.met(rule))
    denied = met.filter((pl.col("claim_id") == claim) & (pl.col("status") == "denied"))
    return denied["claim_line_number"].to_list()


def _rules_off(
    base: Baseline, ours: pl.DataFrame, claim: str, total: int
) -> list[tuple[str, int, int]]:
    """Price the claim with each rule off that took something from it."""
    rows = (base.lines["claim_id"] == claim).arg_true()
    steps = base.trail.filter(pl.col("row").is_in(rows.implode()))
    cut = pl.col("after").fill_null(0) < pl.col("before").fill_null(0)
    took = set(steps.filter(cut)["rule"].cast(pl.String).unique())
    names = base.payer_names(base.lines[rows])
    payer = base.setup.every_payer.get(str(names[0]).lower(), base.setup.payer)
    off: list[tuple[str, Setup]] = []
    for rule in payer.rules:
        if rule.kind == "payment" or rule.name in _ALWAYS_ON or rule.name not in took:
            continue
        without = replace(payer, rules=tuple(each for each in payer.rules if each is not rule))
        off.append((rule.name, base.setup.with_payers(_in_place_of(payer, without))))
    if coverage.name in took:
        off.append((coverage.name, without_policies(base.setup)))
    found = []
    for name, setup in off:
        priced = base.price(ours, setup, trail=False).lines
        other = sum_of(priced.filter(pl.col("claim_id") == claim)["allowed_amount"])
        if other != total:
            words = _COSTS.get(name, f"rule {name.replace('_', ' ')}")
            found.append((f"were it not for {words}", other, other - total))
    return found


def _in_place_of(payer: Payer, other: Payer) -> Callable[[Payer], Payer]:
    """Give one payer in place of another: those of the person's other claims stay theirs."""
    return lambda each: other if each is payer else each
