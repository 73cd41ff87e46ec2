"""Coverage: what published local and national policies say of a line, by the claim alone."""

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from payrules.claims import columns
from payrules.claims.diagnoses import LINE_DIAGNOSES
from payrules.claims.modifiers import billed_with
from payrules.coverage.findings import denial_codes
from payrules.coverage.judging import Verdict, judge
from payrules.coverage.policy import NO_POLICIES, Policies
from payrules.engine.rule import (
    BY_REPORT,
    DENIED,
    NOT_ON_SCHEDULE,
    PRICED,
    Adjustment,
    Facts,
    Outcome,
    Tables,
    note,
    rule,
)
from payrules.engine.session import PERSON
from payrules.few import at_hand

NO_OBJECTION, REVIEW, WOULD_DENY, DENIES = OUTCOMES = (
    "no policy at hand objects",
    "review",
    "would be denied",
    "denied",
)
#: The outcomes of lines that a policy objects to: what it only notes of others is counted.
OBJECTIONS = (REVIEW, WOULD_DENY, DENIES)
NOTED = "noted: "
#: The patient signed a notice: of GU rule `modifier` says what it says of GA.
NOTICE = ("GA", "GU")
HISTORY = {True: "whole", False: "this batch only"}
#: What policies look at.
READ = (
    *("hcpcs_code", "service_date", "claim_id", "claim_line_number", "person_id", PERSON),
    *("units_thousandths", *columns.MODIFIERS, "locality", "place_of_service_code"),
    *(LINE_DIAGNOSES, columns.HISTORY_FROM),
)


def _own(name: str) -> str:
    """Name what is told of a line for a column of the results."""
    return f"_{name}"


#: What is said of a line beside the columns of the results, of which each has its own here.
_TOLD: dict[str, Any] = {
    **{_own(name): pl.String for name in columns.COVERAGE_FOUND},
    "_finds": pl.String,  # all that is found, and the sessions that were counted
    "_code": pl.Int32,  # of an enforced denial, the number of its codes among `denial_codes`
}
_DENIES = pl.col("_code").is_not_null()
_FINDS = pl.col("_finds").is_not_null()
CITES = pl.col(_own("coverage_cites"))


def judged(policies: Policies) -> Facts:
    """Judge the lines by the policies, with the history of their persons."""

    def judge_lines(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
        lines = at_hand(pool)
        add_ons = {
            *lines.filter(pl.col("global_days") == "ZZZ")["hcpcs_code"].unique(),
            *listed_add_ons(tables),
        }
        asked = lines.select("row", "modifiers", *READ)
        told, met = _tell(asked, policies, tables.history, add_ons)
        state = lines.select("row", "status", "amount").hstack(told)
        return (state if met.all() else state.filter(met)).lazy()

    return judge_lines


def listed_add_ons(tables: Tables) -> Collection[str]:
    """Give the codes that CMS's table lists as add-ons, on whatever day."""
    return () if tables.add_on is None else tables.add_on["add_on_code"].unique().to_list()


def tell(
    lines: pl.DataFrame, policies: Policies, history: pl.DataFrame | None, tables: Tables
) -> pl.DataFrame:
    """Judge lines (`row`, `modifiers` and `READ`), and put what is found into words.

    Gives `row` and `payrules.claims.columns.COVERAGE_FOUND` of those that a policy is in force for.
    """
    told, met = _tell(lines, policies, history, listed_add_ons(tables))
    found = told.select(pl.col(_own(name)).alias(name) for name in columns.COVERAGE_FOUND)
    return pl.DataFrame([lines["row"], *found]).filter(met)


def _tell(
    lines: pl.DataFrame,
    policies: Policies,
    history: pl.DataFrame | None,
    add_ons: Collection[str],
) -> tuple[pl.DataFrame, pl.Series]:
    """Give what is said of each line (`_TOLD`), and mark those that a policy is in force for."""
    codes = denial_codes(each.policy for each in policies.each)
    numbers = {each: number for number, each in enumerate(codes)}
    told = judge(lines, policies, history, add_ons)
    # What is said differs by the notice on file, too: words are put together once for each.
    notice = lines.select(billed_with(*NOTICE).cast(pl.UInt32)).to_series()
    kind = told.numbers * 2 + notice
    kinds = kind.unique().to_list()
    places = pl.Series([0], dtype=pl.UInt32).new_from_index(0, max(kinds, default=0) + 1)
    places.scatter(kinds, range(len(kinds)))
    rows = [
        _words(told.verdicts[each // 2], "PR" if each % 2 else "CO", numbers, policies)
        if each // 2
        else dict.fromkeys(_TOLD)
        for each in kinds
    ]
    return pl.DataFrame(rows, schema=_TOLD)[places[kind]], told.numbers > 0


def _words(
    said: Verdict, group: str, numbers: Mapping[tuple[str, str, str], int], policies: Policies
) -> dict[str, Any]:
    """Put into words what policies say of a line, as `_TOLD` has it.

    Decision: what is only noted stands in the column `coverage_finding`, where it is counted by,
    and is no note of the line: it asks nothing of it, and the run says it once.
    """
    outcome, denial, code = NO_OBJECTION, None, None
    if said.denied_by is not None:
        assert said.denial is not None
        assert said.carc is not None
        assert said.rarc is not None
        codes = (group, said.carc, said.rarc)
        if policies.each[said.denied_by].enforced:
            outcome, denial, code = DENIES, said.denial, numbers[codes]
            if group == "PR":
                denial += ", and the patient, who signed a notice, may be billed"
        else:
            outcome, denial = WOULD_DENY, f"would be denied ({' '.join(codes)}): {said.denial}"
    elif said.reviews is not None:
        outcome = REVIEW
    finding = "; ".join(filter(None, (denial, said.reviews))) or None
    noted = (f"{NOTED}{each}" for each in said.noted)
    counted = f"counted: {said.sessions}" if said.sessions else None
    found = {
        "coverage_outcome": outcome,
        "coverage_policy": said.policy,
        "coverage_finding": "; ".join(filter(None, (finding, *noted))) or None,
        "coverage_sessions": said.sessions,
        "coverage_history": None if said.whole_history is None else HISTORY[said.whole_history],
        "coverage_cites": said.cites,
    }
    return {
        **{_own(name): value for name, value in found.items()},
        "_finds": "; ".join(filter(None, (finding, counted))) if finding else None,
        "_code": code,
    }


@rule(
    cites="SSA 1862(a)(1)(A), 1862(l), 1869(f); 42 CFR 405.1060, 405.1062; CMS Pub. 100-08, ch. 13",
    effective="1992-01-01",
    kind="edit",
    every_schedule=True,
    reads=("modifiers", "global_days", *READ),
)
def coverage(*, policies: Policies = NO_POLICIES) -> Adjustment:
    """Lines are held against coverage policies, and denied where such a policy is enforced.

    It stands after what takes lines out by other lines of the claim, and before add-on codes: a
    line that an edit took out is no session, and a primary that coverage denies takes its add-ons
    along. A policy that is not enforced moves no amount: what it would deny is said.

    Decision: a line that an earlier rule denied keeps that rule's code. So 62323 with modifier 50
    is CARC 4, for the fee schedule's bilateral indicator 9 says that the modifier does not apply
    (CMS Pub. 100-04, ch. 12, §40.7; ch. 23, addendum), and not CARC 50 by a policy that knows one
    side: whether a service was necessary is asked of one that is coded as it can be (Pub. 100-08,
    ch. 13). `payrules coverage check`, which asks the policies alone, finds it.
    """
    said = pl.col("_finds")
    denied = [
        Outcome(
            when=pl.col("_code") == number,
            sets={
                "status": pl.lit(DENIED, dtype=pl.UInt8),
                "amount": pl.lit(0, dtype=pl.Int64),
            },
            detail=said,
            group_code=group,
            carc=carc,
            rarc=rarc,
            cites=CITES,
        )
        for number, (group, carc, rarc) in enumerate(
            denial_codes(each.policy for each in policies.each)
        )
    ]
    reported = Outcome(when=_FINDS, sets={}, detail=said, cites=CITES)
    return Adjustment(
        among=pl.col("hcpcs_code").is_in(policies.codes),
        # The contractor prices what is denied as well as anything else, and a service is a session
        # whether its fee is at hand or not: that of a day before the first release, say.
        standing=(PRICED, BY_REPORT, NOT_ON_SCHEDULE),
        facts=(judged(policies),),
        outcomes=(*denied, reported),
        tells={name: pl.col(_own(name)) for name in columns.COVERAGE_FOUND},
        notes=(note(_FINDS & ~_DENIES, pl.format("coverage: {}", said), of_amount=True),),
    )
