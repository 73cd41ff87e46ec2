"""Comparisons as tables: a row a comparison, amounts in cents, the trail in one sentence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date as Date  # noqa: N812

import polars as pl

from payrules.engine.trail import FEE_SCHEDULE_AMOUNT
from payrules.variance.compare import Compared
from payrules.variance.comparison import PaymentComparison
from payrules.x12.values import dollars

_TEXT, _CENTS, _COUNT = pl.String, pl.Int64, pl.Int64
#: The columns of a comparison's row, in order. Money is cents here; `_percent` is in tenths.
COLUMNS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("claim_id",), _TEXT),
    "claim_line_number": _COUNT,
    **dict.fromkeys(("line_group", "compared_at", "payer", "payer_claim_control_number"), _TEXT),
    **dict.fromkeys(("trace_number", "payment_date", "claim_line_start_date"), _TEXT),
    **dict.fromkeys(("hcpcs_code", "modifiers"), _TEXT),
    "units_thousandths": _COUNT,
    "place_of_service_code": _TEXT,
    "charge_amount": _CENTS,
    **dict.fromkeys(("claim_match", "match_method"), _TEXT),
    "expected_allowed_amount": _CENTS,
    "payer_allowed_amount": _CENTS,
    "payer_allowed_source": _TEXT,
    "allowed_variance_amount": _CENTS,
    "allowed_variance_percent": _CENTS,
    **dict.fromkeys(
        (
            *("expected_paid_amount", "payer_paid_amount", "paid_variance_amount"),
            *("payer_patient_amount", "payer_balance_bill_amount", "payer_after_allowed_amount"),
            *("payer_paid_to_patient_amount", "restated_paid_amount", "underpaid_amount"),
            *("overpaid_amount", "claim_underpaid_amount", "b6_difference_amount"),
        ),
        _CENTS,
    ),
    **dict.fromkeys(("variance_status", "variance_cause", "cause_detail"), _TEXT),
    **dict.fromkeys(("cause_confidence", "payer_codes", "remarks"), _TEXT),
    "payments": _COUNT,
    "first_paid_amount": _CENTS,
    "recovered_amount": _CENTS,
    "interest_amount": _CENTS,
    "all_payers_paid_amount": _CENTS,
    **dict.fromkeys(("action", "appeal_by_date"), _TEXT),
    "days_left": _COUNT,
    **dict.fromkeys(("expected_because", "cites", "notes"), _TEXT),
}
_SIGNS = {"coinsurance", "sequestration", "deductible"}


def comparisons_frame(
    comparisons: Sequence[PaymentComparison], trail: pl.DataFrame | None, as_of: str | None
) -> pl.DataFrame:
    """Give the rows of comparisons, in their order."""
    because = _because(comparisons, trail)
    net: dict[str, int] = defaultdict(int)
    for each in comparisons:
        net[each.claim.claim_id] += (each.underpaid or 0) - (each.overpaid or 0)
    # Interest is the claim's: it stands in no variance, and once, at the claim's first row.
    told: set[int] = set()
    rows = []
    for each in comparisons:
        is_first = id(each.claim) not in told
        told.add(id(each.claim))
        rows.append(_row(each, net[each.claim.claim_id], because, as_of, is_first=is_first))
    if not rows:
        return pl.DataFrame(schema=COLUMNS)
    cells = zip(COLUMNS.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([pl.Series(name, column, kind) for (name, kind), column in cells])


def _row(
    each: PaymentComparison,
    net: int,
    because: dict[int, tuple[str, str]],
    as_of: str | None,
    *,
    is_first: bool,
) -> tuple[object, ...]:
    payer, first, current = each.payer, each.lines[0], each.current
    claim_id, number = each.claim_ids
    variance, expected = each.allowed_variance, each.expected_allowed
    percent = None
    if variance is not None and expected:
        percent = round_half_up(variance * 1000, expected)
    netted = each.netted
    said = [because[line.row] for line in each.lines if line.row in because]

    def told(name: str) -> int | None:
        return None if payer is None else payer.told(name)

    one_line = each.level == "line"
    return (
        *(claim_id, number, each.group, each.level),
        each.payer_name,
        *(current and current.control, current and current.trace, current and current.paid_on),
        *(first.date, _joined(line.code for line in each.lines)),
        *(
            (" ".join(first.modifiers) or None) if one_line else None,
            first.units if one_line else None,
        ),
        *(first.place, sum(line.charge or 0 for line in each.lines)),
        *(each.claim_match or None, each.method or None, expected),
        *(told("allowed"), payer and payer.source, variance, percent),
        *(each.expected_paid, told("paid"), each.paid_variance),
        *(told("patient"), told("balance_bill"), told("after_allowed")),
        *(told("to_patient"), each.restated, each.underpaid, each.overpaid),
        *(net if payer else None, told("b6_difference")),
        *(each.status, each.cause, each.detail or None, each.confidence, each.codes() or None),
        *(" ".join(each.remarks) or None, netted and netted.payments),
        *(each.first_paid, each.recovered),
        sum(one.interest for one in netted.standing) if netted and is_first else None,
        each.all_payers_paid,
        *(each.action, each.appeal_by, _days_left(each.appeal_by, as_of)),
        *("; ".join(words for words, _ in said) or None,),
        *("; ".join(dict.fromkeys(cites for _, cites in said)) or None,),
        "; ".join(dict.fromkeys(each.notes)) or None,
    )


def round_half_up(numerator: int, denominator: int) -> int:
    """Divide whole numbers, rounded half away from zero; the denominator is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def _joined(codes: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(codes))


def _days_left(day: str | None, as_of: str | None) -> int | None:
    if day is None or as_of is None:
        return None
    return (Date.fromisoformat(day) - Date.fromisoformat(as_of)).days


def _because(
    comparisons: Sequence[PaymentComparison], trail: pl.DataFrame | None
) -> dict[int, tuple[str, str]]:
    """Say of lines that ask for work why their amount is expected, and what is cited for it."""
    rows = [line.row for each in comparisons if each.action for line in each.lines]
    if trail is None or not rows:
        return {}
    steps = trail.filter(pl.col("row").is_in(rows)).select(
        "row",
        pl.col("rule").cast(pl.String),
        *("before", "after", "detail"),
        pl.col("cites").cast(pl.String),
    )
    said: dict[int, list[str]] = defaultdict(list)
    cited: dict[int, list[str]] = defaultdict(list)
    for row, rule, before, after, detail, cites in steps.rows():
        if rule == FEE_SCHEDULE_AMOUNT:
            said[row].append(f"{dollars(after or 0)} = {detail}")
        elif before is not None and after is not None and before != after:
            by = rule.replace("_", " ")
            taken = before - after
            of_payment = rule in _SIGNS
            amount = f"{by} {dollars(taken)}" if of_payment else f"{by}: {dollars(after)}"
            said[row].append(amount if of_payment or not detail else f"{amount} ({detail})")
        else:
            continue
        if cites and cites not in cited[row]:
            cited[row].append(cites)
    return {row: ("; ".join(words), "; ".join(cited[row])) for row, words in said.items()}


# -- what is left over -------------------------------------------------------------------------

_UNMATCHED = {
    **dict.fromkeys(("what", "claim_id", "payer", "payer_claim_control_number"), pl.String),
    **dict.fromkeys(("trace_number", "payment_date", "service_date"), pl.String),
    **dict.fromkeys(("hcpcs_code", "line_control_number"), pl.String),
    **dict.fromkeys(("candidates", "charge_amount", "paid_amount"), pl.Int64),
}


def unmatched_frame(found: Compared) -> pl.DataFrame:
    """List payer claims without a claim, payer lines without a line; amounts in cents."""
    rows: list[tuple[object, ...]] = [
        (
            *(match.method, paid.claim_id, paid.payer_name, paid.control),
            *(paid.trace, paid.paid_on, paid.first_date, None, None),
            *(match.candidates, paid.charge, paid.paid),
        )
        for paid, match in found.unmatched
    ]
    rows += [
        (
            *("no_claim_line", claim.claim_id, paid.payer_name, paid.control),
            *(paid.trace, paid.paid_on, line.date, line.code, line.control),
            *(0, line.charge, line.paid),
        )
        for paid, line, claim in found.unmatched_lines
    ]
    return pl.DataFrame(rows, schema=_UNMATCHED, orient="row")
