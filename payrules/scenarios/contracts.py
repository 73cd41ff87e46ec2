"""Contracts side by side: the same claims under each payer, and what each differing term does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from payrules.claims.code_families import code_family
from payrules.errors import UsageError
from payrules.frozen import frozen
from payrules.money import adding_up, sum_of, total
from payrules.payers import Payer
from payrules.payers.left_open import (
    is_left_blank,
    owes_unsaid,
    says_no_coinsurance,
    sentences,
    where_on_file,
)
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.contract_terms import effects

#: What names a line where each payer heads a column.
LINE = ("claim_id", "claim_line_number", "hcpcs_code")
#: Who pays what a payer allows of a line, as its columns are named after the payer.
SHARES = {"medicare_amount": "payer pays", "patient_amount": "patient owes"}
#: What else heads a column of a comparison where each payer heads one.
HEADS = ("code_family", "place_of_service_code", "best", "lead", *LINE)


@frozen
class Contracts:
    """Payers on the same claims; amounts are cents.

    `ranking`: payer, contract, allowed_amount, change (from the first payer named), of it
    both_change (on lines that both have an amount of) and others_change (of lines that one of
    the two prices alone), medicare_amount (what the payer itself pays), patient_amount (null of a
    payer whose file says no coinsurance, where no deductible is known), beyond_amount (of that,
    beyond the allowed amount: assignment not accepted), cuts_amount (what of the allowed amount
    nobody pays: sequestration and other cuts), priced (lines with an amount), priced_by_both (of
    these, lines that the first payer prices, too). Who allows most where both do stands first; who
    shares no line with the first stands last.
    `families`: code_family, one column a payer, best (the payer that allows most), lead (over the
    next; null where no other has an amount); `places` the same by place_of_service_code.
    `terms`: payer, rule, term, reference and value (in words), change: what the first payer's
    contract would allow more with that one term, paid_change: what that payer would pay more, and
    cites: its page; a last row per payer holds what the terms do together beyond that, so that
    they add up. `lines`: each line's claim, number and code, what each payer allows, of every
    payer after the first the difference from it, "B, against A", and what each pays and its
    patients owe, "A: payer pays" and "A: patient owes" (null where no file says it).
    """

    ranking: pl.DataFrame
    families: pl.DataFrame
    places: pl.DataFrame
    terms: pl.DataFrame
    lines: pl.DataFrame
    #: What the payers' files leave unsaid of who pays.
    left_open: tuple[str, ...] = ()


def compare_contracts(base: Baseline, payers: Sequence[Payer]) -> Contracts:
    """Price a batch under each payer, whatever payer its lines name.

    The first payer is the one that the terms of the others are measured against. Raises
    UsageError where fewer than two payers are given, two have one name, or one is named as another
    column of the comparison is.
    """
    _refuse_names([payer.name for payer in payers])
    first = replace(base.setup, payer=payers[0], payers={})
    same = base.setup.payer is payers[0] and len(base.setup.every_payer) == 1
    reference = base if same else Baseline(base.batch, first)
    families = code_family(base.batch.lines["hcpcs_code"]).alias("code_family")
    priced: dict[str, pl.DataFrame] = {}
    changes = {}
    ranking = []
    for payer in payers:
        setup = replace(first, payer=payer)
        lines = (
            reference.lines
            if payer is payers[0]
            else base.price(base.batch.lines, setup, trail=False).lines
        )
        if says_no_coinsurance(payer):
            unsaid = owes_unsaid(deductible="deductible_amount")
            lines = lines.with_columns(where_on_file("patient_amount", unsaid))
        # What tables need is kept, and no more: contracts stand beside each other on every line.
        priced[payer.name] = lines.select("allowed_amount", *SHARES)
        total = sum_of(lines["allowed_amount"])
        paid = sum_of(lines["medicare_amount"])
        owed: int | None = sum_of(lines["patient_amount"])
        if not owed and lines.select(is_left_blank("patient_amount").any()).item():
            owed = None
        # Line by line: where another payer paid first, a patient owes less than his own share.
        shares = lines["deductible_amount"] + lines["coinsurance_amount"]
        beyond = sum_of((lines["patient_amount"] - shares).clip(lower_bound=0))
        cuts = total + beyond - paid - (owed or 0)
        count = int(lines["allowed_amount"].count())
        change = total - reference.total()
        both = (lines["allowed_amount"] - reference.lines["allowed_amount"]).drop_nulls()
        on_both = sum_of(both) if both.len() else None
        compared = (change, on_both, change - (on_both or 0), paid, owed, beyond, cuts)
        ranking.append((payer.name, payer.contract, total, *compared, count, both.len()))
        changes[payer.name] = (change, paid - reference.total("medicare_amount"))
    ranking.sort(key=lambda each: (each[4] is None, -(each[4] or 0), -each[2]))
    amounts = {name: lines["allowed_amount"] for name, lines in priced.items()}
    terms = [row for payer in payers[1:] for row in effects(reference, payer, changes[payer.name])]
    return Contracts(
        ranking=pl.DataFrame(
            ranking,
            schema={
                "payer": pl.String,
                "contract": pl.String,
                "allowed_amount": pl.Int64,
                "change": pl.Int64,
                "both_change": pl.Int64,
                "others_change": pl.Int64,
                "medicare_amount": pl.Int64,
                "patient_amount": pl.Int64,
                "beyond_amount": pl.Int64,
                "cuts_amount": pl.Int64,
                "priced": pl.Int64,
                "priced_by_both": pl.Int64,
            },
            orient="row",
        ),
        families=_parted(families, amounts),
        places=_parted(base.batch.lines["place_of_service_code"], amounts),
        terms=pl.DataFrame(
            terms,
            schema={
                "payer": pl.String,
                "rule": pl.String,
                "term": pl.String,
                "reference": pl.String,
                "value": pl.String,
                "change": pl.Int64,
                "paid_change": pl.Int64,
                "cites": pl.String,
            },
            orient="row",
        ),
        lines=_lines(base, priced),
        left_open=tuple(said for payer in payers for said in sentences(payer, {})),
    )


def _lines(base: Baseline, priced: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Give each line under each payer, and what it allows against the first payer."""
    amounts = {name: lines["allowed_amount"] for name, lines in priced.items()}
    (first, ours), *others = amounts.items()
    return base.batch.lines.select(
        *LINE,
        *(series.alias(name) for name, series in amounts.items()),
        *((theirs - ours).alias(f"{name}, against {first}") for name, theirs in others),
        *(
            lines[amount].alias(f"{name}: {words}")
            for name, lines in priced.items()
            for amount, words in SHARES.items()
        ),
    )


def _refuse_names(names: Sequence[str]) -> None:
    """Refuse payers that cannot stand beside each other: a heading is one whatever its case."""
    alike = [_as_heading(name) for name in names]
    if len(names) < 2 or len(set(alike)) < len(names):
        raise UsageError(
            "Contracts are compared two or more at a time, each with a name of its own; given:"
            f" {', '.join(names) or 'none'}."
        )
    for name, heading in zip(names, alike, strict=True):
        if heading in map(_as_heading, HEADS):
            raise UsageError(
                f"A payer named '{name}' would stand under the heading of another column of the"
                f" comparison ({', '.join(HEADS)}); give it another name."
            )


def _as_heading(name: str) -> str:
    return name.strip().lower().replace("_", " ")


def _parted(keys: pl.Series, amounts: dict[str, pl.Series]) -> pl.DataFrame:
    """Add up each payer's amounts by a key of the lines, the largest lead first.

    Of lines without an amount a payer has none, and is neither best nor behind.
    """
    names = list(amounts)
    frame = pl.DataFrame([keys, *(series.alias(name) for name, series in amounts.items())])
    with adding_up():
        summed = frame.group_by(keys.name).agg(
            pl.when(pl.col(names).is_not_null().any()).then(total(pl.col(names)))
        )
    ordered = pl.concat_list(names).list.drop_nulls().list.sort(descending=True)
    best = pl.coalesce(
        pl.when(pl.col(name) == pl.max_horizontal(names)).then(pl.lit(name)) for name in names
    )
    lead = ordered.list.get(0, null_on_oob=True) - ordered.list.get(1, null_on_oob=True)
    is_alone = ordered.list.len() == 1
    return summed.with_columns(
        best=pl.when((lead > 0) | is_alone).then(best).when(lead == 0).then(pl.lit("equal")),
        lead=lead,
    ).sort("lead", keys.name, descending=[True, False], nulls_last=True)
