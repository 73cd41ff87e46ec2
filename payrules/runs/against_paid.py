"""What payers paid held against what is expected, in total: of batches that say what was paid.

What is owed on a line, and why, is the business of `payrules.variance`: it knows the remittances.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import polars as pl

from payrules.counted import counted
from payrules.runs.settled import dollars_of

#: What of what is expected holds the patient's share, where no file says it.
PAID = "medicare_amount"
NOT_COMPARABLE = "not comparable: the patient's share is not on file"
#: What is expected → the batch's own column of it, as it is called among the lines.
MEASURES = {"allowed_amount": "payer_allowed_amount", PAID: "paid_amount"}
#: What payers did with each amount, in a word.
IN_WORDS = {"allowed_amount": "Allowed", PAID: "Paid"}
LESS, AS_EXPECTED, MORE, NOT_COMPARED = "less", "as_expected", "more", "not_compared"
#: Paid less than what is expected with the patient's share, of which no file says what it is.
SHARE_UNKNOWN = "share_unknown"
#: How a payer's amount lies to the expected one; a line without either is not compared.
GROUPS = (LESS, AS_EXPECTED, MORE, SHARE_UNKNOWN, NOT_COMPARED)
#: Those that a record tells of only where a line is of them.
_SELDOM = frozenset((SHARE_UNKNOWN,))
#: Cents within which an amount is as expected: a payer rounds each line itself.
TOLERANCE = 1
_FIGURES = ("lines", "expected_amount", "payer_amount")

#: Of a group: lines, expected and payer's amount in cents.
Row = tuple[str, int, int | None, int | None]


def against_paid(lines: pl.DataFrame, unknown_shares: pl.Series) -> dict[str, int]:
    """Add up lines whose amounts are cents: "allowed_amount less lines" and the like.

    `unknown_shares` tells the lines of payers whose files say no coinsurance: what they pay is
    expected with what patients owe. Less paid than that is no less than expected. A part of a batch
    may lack what another part has: its lines count all the same, as not compared.
    """
    found: dict[str, int] = {}
    for expected, theirs in MEASURES.items():
        if theirs not in lines.columns:
            continue
        given = lines[theirs].count()
        if not given:
            total = int(lines[expected].cast(pl.Int128).sum())
            found |= in_tally(expected, 0, [(NOT_COMPARED, lines.height, total, 0)])
        else:
            difference = pl.col(theirs) - pl.col(expected)
            group = (
                pl.when(difference.is_null())
                .then(pl.lit(NOT_COMPARED))
                .when((difference < -TOLERANCE) & (pl.lit(expected == PAID) & unknown_shares))
                .then(pl.lit(SHARE_UNKNOWN))
                .when(difference < -TOLERANCE)
                .then(pl.lit(LESS))
                .when(difference > TOLERANCE)
                .then(pl.lit(MORE))
                .otherwise(pl.lit(AS_EXPECTED))
            )
            sums = (pl.col(name).cast(pl.Int128).sum() for name in (expected, theirs))
            rows = lines.group_by(group.alias("group")).agg(pl.len(), *sums)
            found |= in_tally(expected, given, rows.sort("group").rows())
    return found


def in_tally(measure: str, given: int, rows: Iterable[Row]) -> dict[str, int]:
    """Give the figures of a measure's groups as they are added up, and how many were `given`."""
    return {
        f"{measure} given": given,
        **{
            f"{measure} {group} {figure}": int(value or 0)
            for group, *values in rows
            for figure, value in zip(_FIGURES, values, strict=True)
        },
    }


def groups_of(added: Mapping[str, int]) -> dict[str, dict[str, tuple[int, int, int]]]:
    """Give lines, expected and payer's amount in cents by measure and group, empty groups too.

    A measure of which no line of the batch has an amount is left out.
    """
    return {
        measure: {
            group: (
                added.get(f"{measure} {group} lines", 0),
                added.get(f"{measure} {group} expected_amount", 0),
                added.get(f"{measure} {group} payer_amount", 0),
            )
            for group in GROUPS
            if group not in _SELDOM or added.get(f"{measure} {group} lines")
        }
        for measure in MEASURES
        if added.get(f"{measure} given")
    }


def told(added: Mapping[str, int]) -> dict[str, dict[str, dict[str, int | str]]] | None:
    """Give what the run record says of it, dollars as text; None where nothing was paid."""
    measures: dict[str, dict[str, dict[str, int | str]]] = {
        measure: {
            group: {
                "lines": lines,
                "expected_amount": dollars_of(expected),
                "payer_amount": dollars_of(theirs),
            }
            for group, (lines, expected, theirs) in groups.items()
        }
        for measure, groups in groups_of(added).items()
    }
    return measures or None


def in_words(recorded: Mapping[str, Mapping[str, Mapping[str, int | str]]]) -> list[str]:
    """Say of each measure of a run record what payers paid less, more, as expected."""
    said = []
    for measure, groups in recorded.items():
        parts = []
        for group in GROUPS:
            of_group = groups.get(group, {"lines": 0})
            lines = int(of_group["lines"])
            if not lines:
                continue
            of_lines = counted(lines, "line")
            if group == SHARE_UNKNOWN:
                parts.append(f"{of_lines} {NOT_COMPARABLE}")
            elif group in {LESS, MORE}:
                theirs, ours = (
                    Decimal(str(of_group[name])) for name in ("payer_amount", "expected_amount")
                )
                parts.append(f"{of_lines} {group} than expected ({theirs - ours:+,.2f})")
            else:
                parts.append(f"{of_lines} {group.replace('_', ' ')}")
        said.append(f"{IN_WORDS[measure]} by payers: {', '.join(parts)}.")
    return said
