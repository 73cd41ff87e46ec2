"""Coverage: what published local and national policies say of a line, by the claim alone."""

import polars as pl

from payrules.claims import columns
from payrules.claims.diagnoses import LINE_DIAGNOSES
from payrules.claims.modifiers import billed_with
from payrules.coverage.findings import denial_codes
from payrules.coverage.judging import judge
from payrules.coverage.policy import NO_POLICIES, Policies
from payrules.engine.rule import (
    BY_REPORT,
    DENIED,
    PRICED,
    Adjustment,
    Facts,
    Outcome,
    Tables,
    keep,
    note,
    rule,
)
from payrules.engine.session import PERSON

NO_OBJECTION, REVIEW, WOULD_DENY, DENIES = OUTCOMES = (
    "no policy at hand objects",
    "review",
    "would be denied",
    "denied",
)
HISTORY = {True: "whole", False: "this batch only"}
#: What policies look at.
READ = (
    *("hcpcs_code", "service_date", "claim_id", "claim_line_number", "person_id", PERSON),
    *("units_thousandths", *columns.MODIFIERS, "locality", "place_of_service_code"),
    *(LINE_DIAGNOSES, columns.HISTORY_FROM),
)
DENIES_LINE = pl.col("_enforced") & pl.col("denial").is_not_null()
FINDS = pl.col("_finding").is_not_null()


def judged(policies: Policies) -> Facts:
    """Judge the lines by the policies, with the history of their persons."""

    def judge_lines(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
        lines = pool.collect()
        told = tell(lines.select("row", "modifiers", *READ), policies, tables.history)
        state = lines.select("row", "status", "amount")
        return state.join(told, on="row", maintain_order="left").lazy()

    return judge_lines


def tell(lines: pl.DataFrame, policies: Policies, history: pl.DataFrame | None) -> pl.DataFrame:
    """Judge lines (`row`, `modifiers` and `READ`), and put what is found into words.

    Gives `row`, what `payrules.coverage.judging.judge` does, the number of a denial's codes among
    `denial_codes` (`_code`), whether it is enforced, what would be denied, and all that is found.
    """
    codes = denial_codes(each.policy for each in policies.each)
    enforced = [number for number, each in enumerate(policies.each) if each.enforced]
    told = judge(lines, policies, history)
    group = pl.when(billed_with("GA")).then(pl.lit("PR")).otherwise(pl.lit("CO"))
    key = pl.concat_str("_group", "carc", "rarc", separator=" ")
    numbers = {" ".join(each): number for number, each in enumerate(codes)}
    is_enforced = pl.col("denied_by").is_in(enforced)
    finding = (pl.when("_enforced").then("denial").otherwise("_would"), "reviews")
    return (
        told.join(lines.select("row", _group=group), on="row")
        .with_columns(
            _code=key.replace_strict(numbers, default=None, return_dtype=pl.Int32),
            _enforced=is_enforced.fill_null(value=False),
            _would=pl.when(~is_enforced).then(pl.format("would be denied ({}): {}", key, "denial")),
        )
        .with_columns(
            _finding=pl.concat_str(*finding, separator="; ", ignore_nulls=True).replace("", None)
        )
        .drop("_group")
    )


def outcome_of() -> pl.Expr:
    """Say what comes of a line, of what `tell` gives."""
    return (
        pl.when(DENIES_LINE)
        .then(pl.lit(DENIES))
        .when(pl.col("_would").is_not_null())
        .then(pl.lit(WOULD_DENY))
        .when(FINDS)
        .then(pl.lit(REVIEW))
        .otherwise(pl.lit(NO_OBJECTION))
    )


def found_columns() -> dict[str, pl.Expr]:
    """Give the columns of the results, of what `tell` gives."""
    return {
        "coverage_outcome": outcome_of(),
        "coverage_policy": pl.col("policy"),
        "coverage_finding": pl.col("_finding"),
        "coverage_sessions": pl.col("sessions"),
        "coverage_history": pl.col("whole_history").replace_strict(
            HISTORY, default=None, return_dtype=pl.String
        ),
    }


@rule(
    cites="SSA 1862(a)(1)(A), 1862(l), 1869(f); 42 CFR 405.1060, 405.1062; CMS Pub. 100-08, ch. 13",
    effective="1992-01-01",
    kind="edit",
    every_schedule=True,
    reads=("modifiers", *READ),
)
def coverage(*, policies: Policies = NO_POLICIES) -> Adjustment:
    """Lines are held against coverage policies, and denied where such a policy is enforced.

    It stands after what takes lines out by other lines of the claim, and before add-on codes: a
    line that an edit took out is no session, and a primary that coverage denies takes its add-ons
    along. A policy that is not enforced moves no amount: what it would deny is said.
    """
    said = pl.concat_str(
        pl.col("_finding"),
        pl.format("counted: {}", "sessions"),
        separator="; ",
        ignore_nulls=True,
    )
    denied = [
        Outcome(
            when=DENIES_LINE & (pl.col("_code") == number),
            sets={
                "status": pl.lit(DENIED, dtype=pl.UInt8),
                "amount": pl.lit(0, dtype=pl.Int64),
                **found_columns(),
            },
            detail=said,
            group_code=group,
            carc=carc,
            rarc=rarc,
            cites=pl.col("cites"),
        )
        for number, (group, carc, rarc) in enumerate(
            denial_codes(each.policy for each in policies.each)
        )
    ]
    reported = Outcome(when=FINDS, sets=found_columns(), detail=said, cites=pl.col("cites"))
    return Adjustment(
        among=pl.col("hcpcs_code").is_in(policies.codes),
        # The contractor prices what is denied as well as anything else.
        standing=(PRICED, BY_REPORT),
        facts=(judged(policies),),
        outcomes=(*denied, reported, keep(pl.lit(value=True), found_columns())),
        notes=(note(FINDS & ~DENIES_LINE, pl.format("coverage: {}", said), of_amount=True),),
    )
