"""Straight claims as rows of comparisons: with amounts, status and cause, all in columns."""

from collections.abc import Sequence, Set

import polars as pl

from payrules.payers import Payer
from payrules.variance.actions import FOLLOWED_UP_AFTER, OWED, UNPROCESSABLE, days_to_appeal
from payrules.variance.causes import BY_CODE, COST_SHARING_ALONE
from payrules.variance.codes import NO_APPEAL
from payrules.variance.compare import (
    BEFORE_SERVICE,
    IN_PART_TO_PATIENT,
    NEGATIVE,
    OTHER_CHARGE,
    UNLIKE_B6,
)
from payrules.variance.comparison import NO_REMITTANCE, OVERPAID, PAID_AS_EXPECTED
from payrules.variance.denied import denied_restated
from payrules.variance.frames import in_columns
from payrules.variance.held import told
from payrules.variance.paid import MODIFIER_COLUMNS
from payrules.variance.places import in_order, parts, places_of, read_once, taken
from payrules.variance.remittances import Remittances
from payrules.variance.straight import line_key
from payrules.variance.straight_amounts import adjusted, half_away, status, with_amounts
from payrules.variance.straight_pairs import modifiers_of
from payrules.variance.unread import unread_detail

#: Adjustments that are added up at once, about.
ADJUSTMENTS_AT_ONCE = 500_000
#: What is told of payer claims and lines.
_TOLD = {
    "payer_claims": (
        *("remittance", "patient_paid_amount", "interest_amount", "payer_claim_control_number"),
        *("charge_amount", "paid_amount", "remarks"),
    ),
    "payer_lines": (
        *("hcpcs_code", *MODIFIER_COLUMNS, "paid_units", "paid_amount", "payer_allowed_amount"),
        "remarks",
    ),
}
_OWED = pl.col("variance_status").is_in(sorted(OWED))
_IS_OVER = pl.col("variance_status") == OVERPAID


def adjusted_lines(read: Remittances) -> pl.DataFrame:
    """Add up what was adjusted of each payer line used, in their order."""
    keys = in_order(read.tables.used("payer_lines").select(line_key=line_key()))
    each = read.tables.used("payer_adjustments")
    sums = pl.concat([adjusted(part) for part in parts(each, "payer_claim", ADJUSTMENTS_AT_ONCE)])
    if keys["line_key"].equals(sums["line_key"]):
        return sums  # each line has one: none is looked for
    return keys.join(sums, on="line_key", how="left", maintain_order="left")


def paired_lines(
    lines: pl.DataFrame,
    pairs: pl.DataFrame,
    read: Remittances,
    adjusted_by: pl.DataFrame,
    tolerance: int,
) -> pl.DataFrame:
    """Give the lines of straight claims, with what their payer says of them and what comes of it.

    `pairs` are some of `Straight.pairs`, `adjusted_by` all of `adjusted_lines`. Columns of `lines`,
    `Straight.pairs` and `with_amounts`; of the payer `payer_…`, of its claim `answer_…`.
    """
    remittances = read.tables["remittances"].select(
        *("remittance", "payer_name", "trace_number"),
        paid_on=pl.coalesce("payment_date", "production_date"),
    )
    answers = _of(read, "payer_claims", pairs["answer"]).select(
        *("remittance", "patient_paid_amount", "interest_amount"),
        payer_control="payer_claim_control_number",
        answer_charge="charge_amount",
        answer_paid="paid_amount",
        answer_remarks="remarks",
    )
    answers = answers.join(remittances, on="remittance", how="left", maintain_order="left")
    paid = _of(read, "payer_lines", pairs["line"])
    payer_lines = paid.select(
        payer_code="hcpcs_code",
        payer_modifiers=modifiers_of(paid, MODIFIER_COLUMNS),
        payer_units="paid_units",
        payer_paid="paid_amount",
        payer_given_allowed="payer_allowed_amount",
        payer_remarks="remarks",
    )
    found = with_amounts(
        taken(lines, places_of(lines, pairs["row"])).with_columns(
            *pairs.select("payer_claim", "method"),
            read.decided_by(pairs["payer_claim"]).alias("decided_by"),
            *answers.drop("remittance"),
            *payer_lines,
            *taken(adjusted_by, pairs["line"]),
        ),
        tolerance,
    )
    compared = found.with_columns(
        status(tolerance).alias("variance_status"),
        remarks=_remarks(found),
        bears=_bears(found),
        claim_match=pl.lit("claim_id"),
        payments=pl.lit(1, pl.Int64),
        claim_charge=_charged(found),
    )
    return denied_restated(compared)


def _of(read: Remittances, table: str, places: pl.Series) -> pl.DataFrame:
    """Give what is told of some rows, by their places among those used."""
    return told(taken(read.tables.used(table).select(_TOLD[table]), places))


def _charged(lines: pl.DataFrame) -> pl.Expr:
    """Add up what the claim of each line charges."""
    if bool((lines["row"] == lines["claim"]).all()):
        return pl.col("charge").fill_null(0)  # each is its claim's only line
    return pl.col("charge").sum().over("claim")


def _bears(lines: pl.DataFrame) -> pl.Series:
    """Mark of each claim the line that bears what is the claim's: that of the least number."""
    claim, number = lines["claim"], lines["number"]
    is_next = claim == claim.shift(1)
    if not (is_next & (number < number.shift(1))).any():
        # Most batches have their lines in the order of their numbers.
        return lines["row"] == claim
    return lines.select(pl.col("number") == pl.col("number").min().over("claim")).to_series()


def _remarks(found: pl.DataFrame) -> pl.Series:
    """Give the remarks of a line and of its claim, each once."""
    both = pl.concat_str("payer_remarks", "answer_remarks", separator=" ", ignore_nulls=True)
    texts = found.select(pl.when(both != "").then(both)).to_series()
    return read_once(texts, lambda text: " ".join(dict.fromkeys(text.split(" "))))


# -- rows --------------------------------------------------------------------------------------

#: What a row tells of its line, as `expected_lines` gives it.
_OF_LINE = {
    "claim_line_number": pl.col("number"),
    "claim_line_start_date": pl.col("date"),
    "hcpcs_code": pl.col("code"),
    "modifiers": pl.when(pl.col("modifiers") != "").then("modifiers"),
    "units_thousandths": pl.col("units"),
    "place_of_service_code": pl.col("place"),
    "charge_amount": pl.col("charge").fill_null(0),
}
_NO_REMARK = rf"\b(?:{UNPROCESSABLE}|{NO_APPEAL})\b"
_NOTES = {
    NEGATIVE: pl.col("answer_paid") < 0,
    UNLIKE_B6: pl.col("b6_difference") != 0,
    BEFORE_SERVICE: pl.col("paid_on") < pl.col("date"),
    IN_PART_TO_PATIENT: (pl.col("patient_paid_amount") > 0).fill_null(value=False)
    | pl.col("has_patient_paid"),
    OTHER_CHARGE: pl.col("claim_charge") != pl.col("answer_charge").abs(),
}


def unanswered_rows(
    lines: pl.DataFrame,
    payers: Sequence[Payer],
    as_of: str | None,
    unread: Set[str] = frozenset(),
) -> pl.DataFrame:
    """Give the rows of lines that nobody answers; `unread` are claims whose answer was rejected."""
    waited = pl.lit(as_of, pl.String).str.to_date() - pl.col("date").str.to_date("%Y-%m-%d")
    is_late = waited.dt.total_days() > FOLLOWED_UP_AFTER
    rows = lines.select(
        "claim_id",
        claim_at="claim",
        row_at="row",
        compared_at=pl.lit("line"),
        payer=_name_of_terms(payers),
        expected_allowed_amount="allowed",
        expected_paid_amount="paid",
        variance_status=pl.lit(NO_REMITTANCE),
        variance_cause=pl.lit(""),
        cause_detail=unread_detail(unread),
        cause_confidence=pl.lit(""),
        action=pl.when(is_late).then(pl.lit("follow_up")).otherwise(pl.lit("")),
        **_OF_LINE,
    )
    return in_columns(rows)


def answered_rows(
    paired: pl.DataFrame, payers: Sequence[Payer], as_of: str | None, tolerance: int
) -> pl.DataFrame:
    """Give the rows of `paired` lines, of those that ask for a cause without it."""
    variance, expected = pl.col("allowed_variance"), pl.col("expected_allowed")
    within = {place: days_to_appeal(each) for place, each in enumerate(payers)}
    is_final = pl.col("remarks").str.contains(_NO_REMARK).fill_null(value=False)
    is_due = _OWED | (_IS_OVER & (pl.col("owed") > tolerance))
    appeal_by = pl.when(is_due & ~is_final).then(
        pl.col("paid_on").str.to_date("%Y-%m-%d")
        + pl.duration(days=pl.col("payer").replace_strict(within, return_dtype=pl.Int64))
    )
    notes = [pl.when(holds).then(pl.lit(words)) for words, holds in _NOTES.items()]
    by_cost_sharing = _cost_sharing(tolerance)
    alone = pl.when(by_cost_sharing.is_not_null())
    rows = paired.select(
        *("claim_id", "variance_status", "payer_allowed_source", "remarks"),
        *("claim_match", "payments"),
        *(pl.col(name).alias(f"{shown}_amount") for shown, name in _AMOUNTS.items()),
        claim_at="claim",
        row_at="row",
        compared_at=pl.lit("line"),
        payer=payer_shown(payers),
        payer_claim_control_number="payer_control",
        trace_number="trace_number",
        payment_date="paid_on",
        match_method="method",
        allowed_variance_percent=pl.when(expected != 0).then(half_away(variance * 1000, expected)),
        paid_variance_amount=pl.col("payer_paid") - pl.col("expected_paid"),
        underpaid_amount=pl.col("owed").clip(lower_bound=0),
        overpaid_amount=(-pl.col("owed")).clip(lower_bound=0),
        variance_cause=by_cost_sharing.fill_null(""),
        cause_detail=alone.then(pl.lit(COST_SHARING_ALONE)),
        cause_confidence=alone.then(pl.lit(BY_CODE)).otherwise(pl.lit("")),
        payer_codes="codes",
        interest_amount=pl.when("bears").then("interest_amount"),
        all_payers_paid_amount=pl.when("bears").then("answer_paid"),
        action=pl.lit(""),
        appeal_by_date=appeal_by.dt.to_string("%Y-%m-%d"),
        days_left=(appeal_by - pl.lit(as_of, pl.String).str.to_date()).dt.total_days(),
        notes=pl.concat_str(*notes, separator="; ", ignore_nulls=True),
        **_OF_LINE,
    )
    return in_columns(rows.with_columns(notes=pl.when(pl.col("notes") != "").then("notes")))


def with_causes(rows: pl.DataFrame, causes: pl.DataFrame) -> pl.DataFrame:
    """Add their causes to rows as `answered_rows` gives them.

    `causes` tells by `row`: `cause`, `confidence`, `detail`, `action_asked`, the `further` note
    that came with it, and why it `waits` for terms.
    """
    if rows.is_empty():
        return rows
    first, last = int(rows["row_at"].min()), int(rows["row_at"].max())  # type: ignore[arg-type]
    own = causes.filter(pl.col("row").is_between(first, last))
    if own.is_empty():
        return rows
    # Most rows have none: those are the place behind the last.
    at = pl.repeat(own.height, last - first + 1, dtype=pl.UInt32, eager=True)
    at = at.scatter(own["row"] - first, pl.int_range(own.height, dtype=pl.UInt32, eager=True))
    found = pl.concat([own, own.clear(1)])[at.gather(rows["row_at"] - first)]
    notes = pl.concat_str("notes", "further", separator="; ", ignore_nulls=True)
    action = pl.coalesce("action_asked", "action")
    # Where nothing is to be done, or terms are waited for, there is no day to do it by.
    is_asked = pl.when((action != "") & pl.col("waits").is_null())
    found = found.with_columns(rows[_OF_CAUSE]).select(
        variance_cause=pl.coalesce("cause", "variance_cause"),
        cause_detail=pl.coalesce("detail", "cause_detail"),
        cause_confidence=pl.coalesce("confidence", "cause_confidence"),
        action=action,
        appeal_by_date=is_asked.then("appeal_by_date"),
        days_left=is_asked.then("days_left"),
        notes=pl.when(pl.col("further").is_null()).then("notes").otherwise(notes),
    )
    return rows.with_columns(found)


_OF_CAUSE = [
    *("variance_cause", "cause_detail", "cause_confidence", "action", "notes"),
    *("appeal_by_date", "days_left"),
]

#: Amount of a row → its column in `paired_lines`.
_AMOUNTS = {
    "expected_allowed": "expected_allowed",
    "payer_allowed": "payer_allowed",
    "allowed_variance": "allowed_variance",
    "expected_paid": "expected_paid",
    "payer_paid": "payer_paid",
    "payer_patient": "patient",
    "payer_balance_bill": "balance_bill",
    "payer_after_allowed": "after_allowed",
    "payer_paid_to_patient": "to_patient",
    "restated_paid": "restated",
    "b6_difference": "b6_difference",
}


def payer_shown(payers: Sequence[Payer]) -> pl.Expr:
    """Name the payer as its remittance calls it, else as its terms are called."""
    of_terms = _name_of_terms(payers)
    return pl.when(pl.col("payer_name") != "").then("payer_name").otherwise(of_terms)


def _name_of_terms(payers: Sequence[Payer]) -> pl.Expr:
    names = {place: each.name for place, each in enumerate(payers)}
    return pl.col("payer").replace_strict(names, return_dtype=pl.String)


def _cost_sharing(tolerance: int) -> pl.Expr:
    """Name what made a payment differ that is as it should be; null where nothing did."""
    variance = pl.col("payer_paid") - pl.col("expected_paid")
    differs = (pl.col("variance_status") == PAID_AS_EXPECTED) & (variance.abs() > tolerance)
    cause = (
        pl.when(pl.col("to_patient") != 0)
        .then(pl.lit("paid_to_patient"))
        .when(pl.col("payer_deductible") != pl.col("deductible"))
        .then(pl.lit("deductible"))
        .when(pl.col("payer_copayment") != 0)
        .then(pl.lit("copayment"))
        .otherwise(pl.lit("coinsurance"))
    )
    return pl.when(differs).then(cause)
