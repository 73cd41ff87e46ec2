"""The tables of expected against paid, as users see them: dollars, days, one row a comparison."""

from collections.abc import Mapping, Sequence

import polars as pl

from payrules.claims.reading import Reading
from payrules.money import as_decimal, as_dollars
from payrules.variance.analysis import Variance
from payrules.variance.comparison import OVERPAID
from payrules.variance.groups import by_cause, by_code, by_payer
from payrules.variance.remittances import record
from payrules.variance.tables import in_dollars
from payrules.x12.values import dollars

_CLAIM = ("claim_id", "claim_line_number", "line_group", "payer", "payer_claim_control_number")
#: The columns of the work list and of the denials, in order.
WORK_LIST = (
    *_CLAIM,
    *("trace_number", "payment_date", "claim_line_start_date", "hcpcs_code", "modifiers"),
    *("service_unit_quantity", "place_of_service_code", "charge_amount"),
    *("expected_allowed_amount", "payer_allowed_amount", "allowed_variance_amount"),
    *("restated_paid_amount", "payer_paid_amount", "underpaid_amount"),
    *("recovered_beyond_amount", "claim_underpaid_amount"),
    *("variance_cause", "cause_confidence", "cause_detail", "payer_codes", "remarks"),
    *("action", "appeal_by_date", "days_left", "expected_because", "cites"),
)
#: What is checked of remittances, by the name of its sheet: Checks are a workbook's own.
CHECKS = "Remittance checks"
_REJECTS = (
    *("file", "row", "column", "value", "reason"),
    *("claim_id", "claim_line_number", "payer_line"),
)
_WHERE = ("row", "payer_line")

#: Of a batch without claims in X12, where nothing is superseded.
_NOTHING = pl.DataFrame(schema=dict.fromkeys(("claim_id", "reason", "by_claim"), pl.String))


def as_shown(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a table in cents as users see it."""
    shown = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if name.endswith("_amount"):
            column = as_dollars(column)
        elif name.endswith("_percent"):
            column = as_decimal(column, 1)
        elif name.endswith("_date") and kind == pl.String:
            column = column.str.to_date("%Y-%m-%d", strict=False)
        elif name == "units_thousandths":
            column = as_decimal(column, 3).alias("service_unit_quantity")
        shown.append(column)
    return frame.select(shown)


def variance_tables(found: Variance) -> dict[str, pl.DataFrame]:
    """Give every table of expected against paid, by its sheet's name."""
    lines = as_shown(found.lines)
    no_answer = lines.filter(pl.col("variance_status") == "no_remittance").select(
        pl.lit("no_remittance").alias("what"),
        "claim_id",
        "payer",
        pl.col("claim_line_start_date").alias("service_date"),
        "hcpcs_code",
        "charge_amount",
        pl.col("expected_paid_amount"),
        days_since_service=(
            pl.lit(found.as_of, dtype=pl.String).str.to_date() - pl.col("claim_line_start_date")
        ).dt.total_days(),
    )
    superseded = found.batch.superseded
    return {
        "Work list": as_shown(found.work_list()[0]).select(WORK_LIST),
        "Denials": as_shown(found.denials()[0]).select(WORK_LIST),
        "By cause": as_shown(by_cause(found.lines)),
        "By payer": as_shown(by_payer(found)),
        "By code": as_shown(by_code(found.lines)),
        "Lines": lines,
        "Overpaid": lines.filter(pl.col("variance_status") == OVERPAID).sort(
            "overpaid_amount", descending=True, nulls_last=True, maintain_order=True
        ),
        "Unmatched": pl.concat([as_shown(found.unmatched), no_answer], how="diagonal_relaxed"),
        "Remittances": _paid(found, "remittances"),
        "Provider adjustments": _paid(found, "provider_adjustments"),
        "Superseded": _NOTHING if superseded is None else superseded,
        CHECKS: as_checks(found.checks),
        "Rejects": rejects(found),
    }


def _paid(found: Variance, table: str) -> pl.DataFrame:
    return in_dollars(table, found.read.tables[table])


def as_checks(checks: pl.DataFrame) -> pl.DataFrame:
    """Give checks with their amounts in dollars."""
    return checks.with_columns(as_dollars(pl.col(each)) for each in ("left", "right", "difference"))


def rejects(found: Variance) -> pl.DataFrame:
    """List what of claims and remittances could not be read, each with its file and place.

    A line of the batch has the number of its claim line, a payer's line its number in the payer's
    claim. Of a batch's row the one value is quoted that was refused, as the estimate's rejects do.
    """
    batch = found.batch
    of_batch = batch.rejects
    if "file" not in of_batch.columns:
        # A batch of one file does not name it; beside remittances it has to.
        of_batch = of_batch.with_columns(file=pl.lit(_only_file(batch.readings)))
    return pl.concat([_as_rejects(of_batch), _as_rejects(found.read.rejects)])


def _as_rejects(rejects: pl.DataFrame) -> pl.DataFrame:
    columns = [
        pl.col(name) if name in rejects.columns else pl.lit(None).alias(name) for name in _REJECTS
    ]
    return rejects.select(columns).cast(
        {name: pl.Int64 if name in _WHERE else pl.String for name in _REJECTS}
    )


def _only_file(readings: Sequence[Reading]) -> str | None:
    names = {each.file for each in readings}
    return names.pop() if len(names) == 1 else None


def files_of(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Give the tables that have a file option of their own, by that option."""
    return {
        "lines": tables["Lines"],
        "worklist": tables["Work list"],
        "unmatched": tables["Unmatched"],
        "remittances": tables["Remittances"],
        "checks": tables[CHECKS],
        "rejects": tables["Rejects"],
    }


def run_of(found: Variance) -> dict[str, object]:
    """Give the run record: that of the batch, of the remittances, and what was compared."""
    counts = dict(found.lines["variance_status"].value_counts().sort("variance_status").rows())
    return {
        **found.run.as_json(),
        "remittances": record(found.read),
        "variance": {
            "as_of": found.as_of,
            "tolerance": dollars(found.options.tolerance),
            "least": dollars(found.options.least),
            "least_percent": found.options.least_percent / 10,
            "statuses": counts,
            "claims_matched": found.compared.matched_claims,
            "unmatched_payer_claims": len(found.compared.unmatched),
            "bridge": {each.name: dollars(each.amount) for each in found.bridge},
            "terms": {each.name: dollars(each.amount) for each in found.terms},
            "remainder": dollars(found.remainder),
        },
    }
