"""Expected against paid: a batch and remittances in, comparisons, a bridge and a work list out."""

from collections.abc import Sequence
from dataclasses import field, replace
from pathlib import Path

import polars as pl

from payrules.claims import Batch, Claims
from payrules.claims.rejects import rejected_claims
from payrules.engine.pricing import Priced
from payrules.errors import UsageError
from payrules.frozen import frozen
from payrules.money import sum_of
from payrules.runs.record import RunRecord, run_record
from payrules.runs.setup import Setup
from payrules.runs.tally import tally
from payrules.runs.who_paid import in_order
from payrules.runs.x12 import x12_failed
from payrules.variance.accounting import Steps, all_of, bridge_of, terms_of
from payrules.variance.actions import GIVEN_BACK, TAKEN_BACK
from payrules.variance.another_payer import deciders
from payrules.variance.candidates import Repricing
from payrules.variance.causes import Causes
from payrules.variance.columns import BLANK
from payrules.variance.compare import Compared
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    NO_REMITTANCE,
    OVERPAID,
    PAID_AS_EXPECTED,
    REVERSED,
    UNDERPAID,
)
from payrules.variance.expected import ExpectedClaim, expected_lines, payers_at_hand
from payrules.variance.frames import together, unmatched_frame
from payrules.variance.gathered import Gathered
from payrules.variance.in_one_file import read_on_both_sides
from payrules.variance.outweighed import outweighed
from payrules.variance.policies_found import HeldAgainstPolicies
from payrules.variance.remittances import (
    CHECK_COLUMNS,
    Remittances,
    Term,
    answered_claims,
    read_remittances,
    remittances_of,
)
from payrules.variance.replaced import superseded_claims
from payrules.variance.terms_wanted import TermsWanted
from payrules.variance.uncollected import uncollected
from payrules.variance.whose import Whose, contractors, whose

#: What a line without an answer is called where the batch says itself what was paid.
NO_PAID_AMOUNT = "no paid amount"
#: Statuses of the work list: of what was paid too much, what was paid short all the same; and of
#: what is as expected, what was taken back of it.
WORKED = (UNDERPAID, OVERPAID, PAID_AS_EXPECTED, DENIED_AS_EXPECTED, REVERSED)


@frozen
class VarianceOptions:
    """What of the differences is work: cents and tenths of a percent below which it is none."""

    tolerance: int = 1
    least: int = 500
    least_percent: int = 10
    as_of: str | None = None


@frozen
class Variance:
    """What was expected held against what was paid; amounts in cents.

    `lines` has a row a comparison, `unmatched` what the payers answer and nobody asked; `bridge`
    leads from what was expected to what was paid, and `terms` from there to the payments. Lines as
    they were priced are let go: what is said of them stands in `lines`.
    """

    batch: Batch
    read: Remittances
    compared: Compared
    lines: pl.DataFrame
    unmatched: pl.DataFrame
    checks: pl.DataFrame
    bridge: tuple[Term, ...]
    terms: tuple[Term, ...]
    steps: Steps
    run: RunRecord
    options: VarianceOptions
    as_of: str | None
    payments: int
    #: Claims that another payer than Medicare itself is to pay, by their number.
    of_other_payers: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    #: Claims that have no letter since as much was paid too much, and those whose letter takes
    #: that off (`outweighed`), by their number.
    without_letter: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    letter_less: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    releases: tuple[str, ...] = field(default=())
    #: Lines that wait for other terms than those that priced them, counted.
    terms_wanted: TermsWanted = field(default_factory=TermsWanted)

    @property
    def remainder(self) -> int:
        """What of the payments no term accounts for: 0."""
        return self.payments - sum(each.amount for each in self.terms)

    @property
    def bridge_remainder(self) -> int:
        """What of the amounts paid and compared the bridge does not lead to: 0."""
        return self.terms[0].amount - sum(each.amount for each in self.bridge)

    @property
    def failed(self) -> bool:
        """Whether a row was rejected, a check failed or a file is cut short."""
        return bool(
            self.batch.rejects.height
            or self.checks.height
            or self.read.failed
            or x12_failed(self.run.x12)
            or self.remainder
            or self.bridge_remainder
        )

    def bridges(self) -> dict[str, tuple[Term, ...]]:
        """Give the bridge of each payer, as the lines call it, in the one order of payers."""
        return {
            name: bridge_of(self.steps[name], of_columns=not self.read.files)
            for name in self.payer_order
            if name in self.steps
        }

    @property
    def payer_order(self) -> list[str]:
        """The payers of the lines as every table by payer has them: see `in_order`."""
        expected = pl.col("expected_allowed_amount")
        groups = self.lines.group_by("payer", maintain_order=True).agg(
            pl.when(expected.count() > 0).then(expected.sum())
        )
        return in_order(groups.iter_rows())

    @property
    def half_answered(self) -> dict[str, int]:
        """Lines of which the batch's own columns leave one amount blank: by it, paid or allowed."""
        amounts = {name: pl.col(f"payer_{name}_amount") for name in BLANK}
        if self.read.files:
            return dict.fromkeys(amounts, 0)
        half = self.lines.filter(pl.any_horizontal(each.is_not_null() for each in amounts.values()))
        return {name: half.filter(each.is_null()).height for name, each in amounts.items()}

    def words_of(self, status: str) -> str:
        """Say a status in words: a batch that says itself what was paid has no remittance."""
        if status == NO_REMITTANCE and not self.read.files:
            return NO_PAID_AMOUNT
        return status.replace("_", " ")

    @property
    def columns_unused(self) -> bool:
        """Whether the batch says what was paid, and remittances are compared instead."""
        return bool(self.read.files) and "paid_amount" in self.batch.given

    def work_list(self) -> tuple[pl.DataFrame, int]:
        """Give the lines to work, claims with the most money first, and how many lie below."""
        status, action = pl.col("variance_status"), pl.col("action")
        asked = status.is_in(WORKED) & ~action.is_in(("", "refund"))
        return self._worth(self.lines.filter(asked))

    def denials(self) -> tuple[pl.DataFrame, int]:
        """Give the denied lines, claims with the most money first, and how many lie below."""
        return self._worth(self.lines.filter(pl.col("variance_status") == DENIED))

    def _worth(self, lines: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        worth = lines.filter(~is_small(self.options)).sort(
            -pl.col("claim_underpaid_amount").fill_null(0),
            "claim_id",
            "claim_line_number",
            nulls_last=True,
        )
        return worth, lines.height - worth.height


def is_small(options: VarianceOptions) -> pl.Expr:
    """Mark the lines that are below both thresholds, with what was taken back beyond its due."""
    # What is short of the payment alone, a sequestration taken twice, has its own share.
    at_stake = pl.col("underpaid_amount") + pl.col("recovered_beyond_amount").fill_null(0)
    of_paid = at_stake * 1000 / pl.col("restated_paid_amount")
    of_paid = pl.when(pl.col("restated_paid_amount") > 0).then(of_paid)
    percent = pl.max_horizontal(pl.col("allowed_variance_percent").abs().fill_null(1000), of_paid)
    # More was taken back than was paid, or added: nobody can tell of it how much is due.
    of_neither = pl.col("variance_cause").is_in((TAKEN_BACK, GIVEN_BACK))
    is_untold = of_neither & (at_stake == 0)
    is_worth = (at_stake >= options.least) | (percent >= options.least_percent) | is_untold
    return ~is_worth.fill_null(value=False)


def analyse(
    claims: Claims, paths: Sequence[Path], setup: Setup, options: VarianceOptions | None = None
) -> Variance:
    """Price a batch, read remittances and hold them against each other.

    Raises ClaimsError for files that cannot be read.
    """
    with uncollected():
        return _analysed(claims, paths, setup, options or VarianceOptions())


def _analysed(
    claims: Claims, paths: Sequence[Path], setup: Setup, options: VarianceOptions
) -> Variance:
    read = read_remittances(paths) if paths else remittances_of([])
    batch, read = read_on_both_sides(setup.read(claims, answered=answered_claims(read)), read)
    if not paths and not {"paid_amount", "payer_allowed_amount"} <= {*batch.given}:
        raise UsageError(
            "There is nothing to compare with: give --remittance FILE (835), or a batch with the"
            " columns paid_amount and allowed_amount."
        )
    priced = setup.price(batch.lines, history=batch.history, trail=True)
    return compared_with(batch, priced, read, setup, options, superseded_claims(batch, setup))


def compared_with(
    batch: Batch,
    priced: Priced,
    read: Remittances,
    setup: Setup,
    options: VarianceOptions,
    superseded: Sequence[ExpectedClaim] = (),
) -> Variance:
    """Hold a priced batch, and claims in whose place another stands, against remittances."""
    of = whose(batch, setup)
    lines, payers = expected_lines(batch, priced, setup, of), payers_at_hand(setup)
    read = replace(read, deciders=deciders(read, contractors(setup)))
    days = read.tables["remittances"].select(
        pl.max_horizontal("payment_date", "production_date").max()
    )
    as_of = options.as_of or days.item()
    gathered = Gathered(
        batch.lines,
        Causes(
            Repricing(batch.lines, priced.trail, setup, batch.history),
            setup.tables,
            HeldAgainstPolicies(priced.lines),
        ),
        payers,
        read,
        tolerance=options.tolerance,
        as_of=as_of,
        refused=rejected_claims(batch.rejects, batch.readings),
    )
    gathered.take(lines, superseded)
    found, steps = gathered.found, gathered.steps
    made = together(gathered.rows, priced.trail, lines.height)
    told = outweighed(made, is_small(options), options.least)
    record = _record(batch, priced, setup, of)
    return Variance(
        batch=batch,
        read=read,
        compared=found,
        lines=told.lines,
        without_letter=told.without,
        letter_less=told.less,
        unmatched=unmatched_frame(found),
        checks=_checks(batch, read, found),
        bridge=bridge_of(all_of(steps), of_columns=not read.files),
        terms=terms_of(read, found, gathered.paid),
        steps=steps,
        run=record,
        options=options,
        as_of=as_of,
        payments=read.payments if read.files else sum_of(lines["given_paid"]),
        of_other_payers=lines.filter(~pl.col("by_medicare"))["claim_id"],
        releases=tuple(each.name for each in setup.schedules.releases),
        terms_wanted=gathered.terms_wanted,
    )


def _record(batch: Batch, priced: Priced, setup: Setup, of: Whose) -> RunRecord:
    """Tell of the run; Medicare's contractors are no unknown payers where Medicare's terms price.

    A claim that says itself that it is Medicare's is by its own payer's terms, whatever number its
    payer has.
    """
    record = run_record(setup, batch, tally(priced, batch, setup), rejects=batch.rejects.height)
    if not record.payers_not_given:
        return record
    others = batch.lines["payer"].filter(of.not_given).str.strip_chars()
    return replace(
        record,
        lines_of_other_payers=others.len(),
        payers_not_given=tuple(others.unique().sort()),
    )


def _checks(batch: Batch, read: Remittances, found: Compared) -> pl.DataFrame:
    """Give the checks that failed: of the claims, of the remittances, and of what is taken back."""
    of_claims: list[dict[str, object]] = [
        {"check": each.what, "file": file.name, "row": each.position, "says": each.words()}
        for file in batch.x12
        for each in file.checks
    ]
    files = dict(read.tables["remittances"].select("remittance", "file").rows())
    of_reversals: list[dict[str, object]] = [
        {
            "check": "reversal_amount",
            "file": files.get(reversal.remittance),
            "row": reversal.position,
            "remittance": reversal.remittance,
            "claim_id": reversal.claim_id,
            "left": -reversal.paid,
            "right": original.paid,
            "difference": -reversal.paid - original.paid,
            "says": "a reversal must be the negative of what it takes back, amount by amount",
        }
        for original, reversal, _ in found.unequal
    ]
    parts = [_as_checks(of_claims, read), read.checks, _as_checks(of_reversals, read)]
    return pl.concat(parts, how="diagonal").select(CHECK_COLUMNS)


def _as_checks(rows: Sequence[dict[str, object]], read: Remittances) -> pl.DataFrame:
    names = [*rows[0]] if rows else ["check"]
    return pl.DataFrame(rows, schema={name: read.checks.schema[name] for name in names})
