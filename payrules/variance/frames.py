"""Comparisons as tables: a row a comparison, amounts in cents, the trail in one sentence."""

from collections.abc import Iterable, Sequence
from datetime import date as Date  # noqa: N812

import polars as pl

from payrules.engine.trail import FEE_SCHEDULE_AMOUNT
from payrules.money import dollars_text
from payrules.variance.compare import Compared
from payrules.variance.comparison import PaymentComparison, bearing
from payrules.variance.netting import WITHOUT_ORIGINAL
from payrules.variance.places import among, first_places, in_pieces_of, read_once

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
            *("overpaid_amount", "recovered_beyond_amount", "claim_underpaid_amount"),
            "b6_difference_amount",
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
_SIGNS = ["coinsurance", "sequestration", "deductible"]
#: Where a row stands: the row of its claim's first line in the batch, and its own place.
_PLACE = ("claim_at", "row_at")
#: Both in one number, which is sorted quicker.
_ORDER = (pl.col("claim_at").cast(pl.Int64) * 2**32 + pl.col("row_at")).alias("order")
#: Claims in whose place others stand come last.
LAST = 2**31 - 1


def comparisons_frame(comparisons: Sequence[PaymentComparison], as_of: str | None) -> pl.DataFrame:
    """Give the rows of comparisons, in their order, with the place of each as `together` wants.

    A row that asks for work may be of several lines: `of_work` names those.
    """
    # Interest is the claim's: it stands in no variance, and once, on the row that bears it.
    of_claims: dict[int, list[PaymentComparison]] = {}
    for each in comparisons:
        of_claims.setdefault(id(each.claim), []).append(each)
    bears = {id(bearing(own)) for own in of_claims.values()}
    work = {line.row for each in comparisons if each.action for line in each.lines}
    rows = []
    for place, each in enumerate(comparisons):
        claim = LAST if each.claim.superseded else each.claim.lines[0].row
        of_work = [line.row for line in each.lines if line.row in work]
        rows.append((claim, place, of_work, *_row(each, as_of, bears=id(each) in bears)))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        **dict.fromkeys(_PLACE, pl.UInt32),
        "of_work": pl.List(pl.UInt32),
        **COLUMNS,
    }
    if not rows:
        return pl.DataFrame(schema=schema)
    cells = zip(schema.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([pl.Series(name, column, kind) for (name, kind), column in cells])


def in_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows of lines compared in columns every column, with the place of each."""
    absent = {
        name: pl.lit(None, dtype=kind) for name, kind in COLUMNS.items() if name not in rows.columns
    }
    return rows.with_columns(**absent).select(*_PLACE, *COLUMNS)


def together(parts: Sequence[pl.DataFrame], trail: pl.DataFrame | None, lines: int) -> pl.DataFrame:
    """Put rows in the order of the batch's claims, and say why what asks for work is expected.

    `trail` is that of the batch's `lines`, which are so many. The parts are used up.
    """
    order = pl.concat([each.select(_ORDER) for each in parts]).to_series()
    places = None if order.is_sorted() else order.arg_sort()
    work = pl.concat([_work(each) for each in parts])
    # Column by column, and each part's is let go: the rows are not there twice.
    columns: dict[str, pl.Series] = {}
    for name in COLUMNS:
        of_parts = [each.drop_in_place(name).rechunk() for each in parts]
        column = pl.concat(of_parts, rechunk=places is not None)
        columns[name] = column if places is None else column.gather(places)
    own = [_of_claims(pl.DataFrame([columns[name] for name in _OF_CLAIMS]))]
    if trail is not None and work.height:
        order = order if places is None else order.gather(places)
        own += _reasons(order, work, trail, lines)
    columns |= {each.name: in_pieces_of(columns["claim_id"], each) for each in own}
    return pl.DataFrame(columns)


_OF_CLAIMS = (
    *("claim_id", "underpaid_amount", "overpaid_amount", "recovered_beyond_amount"),
    "payer_allowed_source",
)


def _of_claims(rows: pl.DataFrame) -> pl.Series:
    """Add up what is owed on each claim, less what was paid too much: for all its rows paid on.

    What was taken back beyond that is owed, too.

    Of a claim none of whose rows says what is owed that is not known.
    """
    under, over, beyond = (pl.col(name).fill_null(0) for name in _OF_CLAIMS[1:4])
    owed = under - over + beyond
    is_paid = pl.col("payer_allowed_source").is_not_null()
    sums = rows.select(claim=first_places(rows["claim_id"]), owed=owed).with_columns(
        is_paid=rows.select(is_paid).to_series()
    )
    if sums["claim"].is_sorted():
        sums = sums.with_columns(pl.col("claim").set_sorted())
    of_claim = pl.when("is_paid").then(pl.col("owed").sum().over("claim"))
    is_untold = rows["underpaid_amount"].is_null() & sums["is_paid"]
    if is_untold.any():
        told = sums["claim"].filter(rows["underpaid_amount"].is_not_null()).unique()
        of_claim = pl.when(pl.col("claim").is_in(told.implode())).then(of_claim)
    return sums.select(of_claim.alias("claim_underpaid_amount")).to_series()


def _work(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the lines of rows that ask for work: `order` of the row, `row` of the line."""
    if "of_work" in rows.columns:
        return rows.select(_ORDER, row="of_work").explode("row", empty_as_null=False)
    return rows.filter(pl.col("action") != "").select(_ORDER, row="row_at")


def _row(each: PaymentComparison, as_of: str | None, *, bears: bool) -> tuple[object, ...]:
    payer, first, current = each.payer, each.lines[0], each.current
    claim_id, number = each.claim_ids
    variance, expected = each.allowed_variance, each.expected_allowed
    percent = None
    if variance is not None and expected:
        percent = round_half_up(variance * 1000, expected)
    netted = each.netted

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
        *(each.taken_beyond or None, None, told("b6_difference")),
        *(each.status, each.cause, each.detail or None, each.confidence, each.codes() or None),
        *(" ".join(each.remarks) or None, netted and netted.payments),
        *(each.first_paid, each.recovered),
        sum(one.interest for one in netted.standing) if netted and bears else None,
        each.all_payers_paid,
        *(each.action, each.appeal_by, _days_left(each.appeal_by, as_of)),
        *(None, None),
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


def _reasons(
    order: pl.Series, work: pl.DataFrame, trail: pl.DataFrame, lines: int
) -> list[pl.Series]:
    """Say of rows that ask for work why their amount is expected, and what is cited for it.

    `order` is that of all rows.
    """
    told = work.join(_because(trail, work["row"].unique(), lines), on="row", maintain_order="left")
    # Most rows are of one line, whose words are theirs.
    is_alone = ~told["order"].is_duplicated()
    of_several = (
        _each_reason_once(told.filter(~is_alone))
        .group_by("order", maintain_order=True)
        .agg("because", "cites")
        .with_columns(pl.col("because").list.join("; "), pl.col("cites").list.join(_BETWEEN))
    )
    said = pl.concat([told.filter(is_alone).select("order", "because", "cites"), of_several])
    at = order.search_sorted(said["order"])
    cites = read_once(said["cites"], _each_once)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(order))
    return [
        nothing.scatter(at, said["because"]).alias("expected_because"),
        nothing.scatter(at, cites).alias("cites"),
    ]


def _each_reason_once(told: pl.DataFrame) -> pl.DataFrame:
    """Put lines of a row for the same reason in one, and say how many they are."""
    once = told.group_by("order", "because", maintain_order=True).agg(
        pl.col("cites").first(), lines=pl.len()
    )
    of_each = pl.concat_str(pl.lit("on each of "), "lines", pl.lit(" lines: "), "because")
    return once.with_columns(
        because=pl.when(pl.col("lines") > 1).then(of_each).otherwise("because")
    ).drop("lines")


#: What stands between citations while they are put together.
_BETWEEN = "\x1f"


def _each_once(cites: str) -> str | None:
    return "; ".join(dict.fromkeys(filter(None, cites.split(_BETWEEN)))) or None


def _because(trail: pl.DataFrame, rows: pl.Series, lines: int) -> pl.DataFrame:
    """Put the trails of some rows, of so many, in words: `row`, `because`, `cites`."""
    is_wanted = among(lines, rows)
    rule, before, after, detail = map(pl.col, ("rule", "before", "after", "detail"))
    is_fee = rule == FEE_SCHEDULE_AMOUNT
    is_sign = rule.is_in(_SIGNS)
    by = rule.str.replace_all("_", " ")
    is_told = (detail != "").fill_null(value=False) & ~is_sign
    nothing = pl.lit("")
    words = pl.concat_str(
        pl.when(is_fee).then(nothing).otherwise(by),
        pl.when(is_fee).then(nothing).when(is_sign).then(pl.lit(" ")).otherwise(pl.lit(": ")),
        dollars_text(pl.when(is_sign).then(before - after).otherwise(after).fill_null(0)),
        pl.when(is_fee).then(pl.lit(" = ")).when(is_told).then(pl.lit(" (")).otherwise(nothing),
        pl.when(is_fee)
        .then(detail.fill_null("None"))
        .when(is_told)
        .then(detail)
        .otherwise(nothing),
        pl.when(is_told & ~is_fee).then(pl.lit(")")).otherwise(nothing),
    )
    steps = trail.select("row", "rule", "before", "after", "cites", "detail").filter(
        is_wanted.gather(trail["row"])
    )
    steps = steps.with_columns(pl.col("rule", "cites").cast(pl.String))
    return (
        steps.filter(is_fee | (before != after))
        .select("row", "cites", because=words)
        .group_by("row", maintain_order=True)
        .agg("because", "cites")
        .with_columns(pl.col("because").list.join("; "), pl.col("cites").list.join(_BETWEEN))
    )


# -- what is left over -------------------------------------------------------------------------

_UNMATCHED = {
    **dict.fromkeys(("what", "claim_id", "payer", "payer_claim_control_number"), pl.String),
    **dict.fromkeys(("trace_number", "payment_date", "service_date"), pl.String),
    **dict.fromkeys(("hcpcs_code", "line_control_number"), pl.String),
    **dict.fromkeys(("candidates", "charge_amount", "paid_amount"), pl.Int64),
}


def unmatched_frame(found: Compared) -> pl.DataFrame:
    """List payer claims without a claim, payer lines without a line, reversals of nothing here.

    Amounts are cents.
    """
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
    rows += [
        (
            *(WITHOUT_ORIGINAL, claim.claim_id, paid.payer_name, paid.control),
            *(paid.trace, paid.paid_on, paid.first_date, None, None),
            *(0, paid.charge, paid.paid),
        )
        for paid, claim in found.without_original
    ]
    return pl.DataFrame(rows, schema=_UNMATCHED, orient="row")
