"""What `payrules variance` prints: statuses, causes with the most money, the bridge, the sum."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from payrules.counted import counted, one_or_more
from payrules.runs.causes import causes_of
from payrules.runs.covered import in_sentences
from payrules.runs.results import payers_not_given, who_pays
from payrules.runs.who_paid import of_whom
from payrules.runs.x12 import cut_short as claims_cut_short
from payrules.runs.x12 import read_otherwise
from payrules.screen.printed import Part, Table, money, words
from payrules.screen.rejected import rejected
from payrules.screen.remittance import cut_short, failed_checks, remarks_of, written_files
from payrules.variance.analysis import Variance
from payrules.variance.comparison import DENIED, OVERPAID, STATUSES, UNDERPAID
from payrules.variance.matching import REJECTED_CLAIM

_MOST = 10


def variance(found: Variance, files: Mapping[str, Path]) -> list[Part]:
    """Say what was paid otherwise than expected, why, and that nothing is left over."""
    told = [*read_otherwise(found.run.x12), *remarks_of(found.read), *_remarks(found)]
    cut = [*claims_cut_short(found.run.x12), *cut_short(found.read)]
    return [
        *(words(each, bold=True) for each in cut),
        _counted(found),
        *([words(payers_not_given(found.run), bold=True)] if found.run.payers_not_given else []),
        *(words(each, bold=True) for each in found.terms_wanted.unsaid()),
        _statuses(found),
        *_causes(found),
        _steps(
            "from expected to paid",
            found.bridge,
            "paid and compared",
            found.terms[0].amount,
            found.bridge_remainder,
        ),
        _steps("every cent", found.terms, "payments", found.payments, found.remainder),
        *failed_checks(found.checks),
        *([words(*told)] if told else []),
        *([words(*unsaid)] if (unsaid := who_pays(found.run)) else []),
        *([words(*in_sentences(found.run.coverage))] if found.run.coverage else []),
        *rejected(
            causes_of([each for each in (found.batch.rejects, found.read.rejects) if each.height]),
            "" if "rejects" in files else "--rejects rejects.csv",
        ),
        *written_files(files),
    ]


def _of(cents: int | None) -> Decimal:
    return Decimal(cents or 0) / 100


def _counted(found: Variance) -> Part:
    read = found.read
    claims = found.batch.lines["claim_id"].n_unique()
    files = f"{counted(len(read.files), 'file')} of remittances"
    payments = read.used("remittances").height
    paid = f"{files}; {counted(payments, 'payment')} of {money(_of(found.payments))}"
    if not read.files:
        paid = f"{money(_of(found.payments))} paid by the batch's own columns"
    told = (
        f"{of_whom(found.run.every_payer)}; {paid}; {found.compared.matched_claims:,} of"
        f" {counted(claims, 'claim')} matched; as of {found.as_of or 'no payment date'}"
    )
    return words(told, bold=True)


def _statuses(found: Variance) -> Part:
    names = ["lines", "expected", "paid", "underpaid", "overpaid"]
    columns = ["expected_paid_amount", "payer_paid_amount", "underpaid_amount", "overpaid_amount"]
    if found.lines["recovered_beyond_amount"].sum():
        names.append("taken back beyond")
        columns.append("recovered_beyond_amount")
    table = Table("", *names, right=names)
    # Lines of a claim whose own row is compared show what that row has: it counts once.
    whole = found.lines.filter(compared_at="claim")["claim_id"].unique()
    is_told = (pl.col("compared_at") == "claim") | ~pl.col("claim_id").is_in(whole.implode())
    sums = found.lines.group_by("variance_status").agg(
        pl.len(), pl.col(columns).filter(is_told).sum()
    )
    by_status = {row[0]: row[1:] for row in sums.rows()}
    for status in STATUSES:
        if status in by_status:
            lines, *amounts = by_status[status]
            shown = [money(_of(each)) for each in amounts]
            table.add_row(found.words_of(status), f"{lines:,}", *shown)
    return table


def _causes(found: Variance) -> list[Part]:
    causes = (
        found.lines.filter(pl.col("variance_status").is_in([UNDERPAID, DENIED, OVERPAID]))
        .group_by("variance_cause", "variance_status")
        .agg(pl.len().alias("lines"), pl.col("underpaid_amount", "overpaid_amount").sum())
        .sort(
            -pl.col("underpaid_amount"),
            -pl.col("overpaid_amount"),
            "variance_cause",
            "variance_status",
        )
    )
    if not causes.height:
        return []
    names = ("lines", "underpaid", "overpaid")
    table = Table("cause", "status", *names, right=names)
    for cause, status, lines, under, over in causes.head(_MOST).rows():
        table.add_row(
            cause.replace("_", " "), status, f"{lines:,}", money(_of(under)), money(_of(over))
        )
    if causes.height > _MOST:
        more = f"{counted(causes.height - _MOST, 'more cause')}: see By cause in the workbook."
        return [(table, words(more, dim=True))]
    return [table]


def _steps(title: str, terms: object, last: str, amount: int, remainder: int) -> Part:
    table = Table(title, "amount", right=("amount",))
    for number, each in enumerate(terms):  # type: ignore[arg-type,var-annotated]
        if each.amount or not number:
            table.add_row(each.words, money(_of(each.amount)))
    table.add_row(last, money(_of(amount)))
    table.add_row("remainder", money(_of(remainder)))
    return table


def _remarks(found: Variance) -> list[str]:
    said = []
    for what, below in (("work list", found.work_list()[1]), ("denials", found.denials()[1])):
        if below:
            said.append(
                f"{counted(below, 'line')} {one_or_more(below, 'lies', 'lie')} below --least and"
                f" --least-percent: not in the {what}, but counted by cause."
            )
    said += found.terms_wanted.sentences()
    for name, other in (("allowed", "paid"), ("paid", "allowed")):
        if many := found.half_answered[other]:
            said.append(
                f"{counted(many, 'line')} {one_or_more(many, 'says', 'say')} what was {name} and"
                f" not what was {other}: not compared."
            )
    if found.columns_unused:
        said.append(
            "The batch's own columns paid_amount and allowed_amount are not used: the remittances"
            " say what was paid."
        )
    if found.compared.unmatched:
        left = found.compared.unmatched
        paid = sum(each.paid for each, _ in left)
        ambiguous = sum(match.method == "ambiguous" for _, match in left)
        more = f", {ambiguous:,} of them because several claims fit" if ambiguous else ""
        refused = sum(match.method == REJECTED_CLAIM for _, match in left)
        more += f", {refused:,} of them because the claim was rejected" if refused else ""
        said.append(
            f"{counted(len(left), 'payer claim')}, {money(_of(paid))},"
            f" {one_or_more(len(left), 'answers', 'answer')} no claim of this batch{more}:"
            " --unmatched lists them."
        )
    beside = [line.paid for _, line, _ in found.compared.unmatched_lines]
    if beside:
        said.append(
            f"{counted(len(beside), 'payer line')}, {money(_of(sum(beside)))},"
            f" {one_or_more(len(beside), 'answers', 'answer')} no line of"
            f" {one_or_more(len(beside), 'its', 'their')} claim: --unmatched lists them."
        )
    if backs := [each.paid for each, _ in found.compared.without_original]:
        said.append(
            f"{counted(len(backs), 'reversal')}, {money(_of(sum(backs)))},"
            f" {one_or_more(len(backs), 'takes', 'take')} back what is in none of these files:"
            " --unmatched lists them."
        )
    if len(found.releases) < 2:
        said.append("The cause `release` was not looked for: no other release is loaded.")
    return said
