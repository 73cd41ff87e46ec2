"""What `payrules estimate` prints: what was priced, what it comes to, where the files are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from payrules.engine.rule import STATUSES
from payrules.runs import against_paid
from payrules.runs.results import Summary, remarks, totals_in_words
from payrules.runs.who_paid import of_whom
from payrules.runs.x12 import cut_short
from payrules.screen.printed import Part, Table, money, words
from payrules.screen.rejected import of_every_row, rejected

#: What each status means, for the summary.
_STATUS_WORDS = {
    "priced": "an allowed amount",
    "bundled": "paid as part of another service",
    "denied": "not payable as billed",
    "by_report": "priced by the contractor, or needs documentation",
    "not_on_schedule": "no amount in the fee schedule in force",
}


def summary(told: Summary, files: Mapping[str, Path], facility: Sequence[Part] = ()) -> list[Part]:
    """Say what a run priced, what it comes to, what did not run, and where the files are.

    `facility` is what is shown of the facility's side, where that was asked for.
    """
    run = told.run
    counts = run.counts
    releases = ", ".join(release.name for release in run.releases) or "none"
    parts: list[Part] = [
        *(words(said, bold=True) for said in cut_short(run.x12)),
        *(words(said, bold=True) for said in of_every_row(told.causes, counts)),
        words(f"{of_whom(run.every_payer)}; fee schedule release: {releases}", bold=True),
    ]
    table = Table("", "rows", "", right=("rows",))
    table.add_row("rows in", f"{counts.rows_in:,}", "")
    for status in STATUSES:
        lines = counts.statuses.get(status, 0)
        table.add_row(f"  {status.replace('_', ' ')}", f"{lines:,}", _STATUS_WORDS[status])
    table.add_row("  rejected", f"{counts.rejects:,}", "not priced: see the rejects")
    if counts.superseded is not None:
        table.add_row(
            "  superseded",
            f"{counts.superseded:,}",
            "replaced, voided or rebilled by another claim",
        )
    if counts.reversed is not None:
        table.add_row("  reversed", f"{counts.reversed:,}", "credits, and the lines they take back")
    if counts.history is not None:
        table.add_row("  history", f"{counts.history:,}", "only counted for coverage: never priced")
    if counts.facility is not None:
        table.add_row("  facility", f"{counts.facility:,}", "facilities' own bills")
    if told.noted:
        table.add_row("with a review note", f"{told.noted:,}", "an amount to review")
    parts.append(table)
    totals = totals_in_words(run)
    flow = Table(*totals, right=tuple(totals))
    flow.add_row(*map(money, totals.values()))
    parts.append(flow)
    if run.against_paid is not None:
        parts += map(words, against_paid.in_words(run.against_paid))
        parts.append(words("payrules variance says what of it is owed, why, and what to appeal."))
    parts += facility
    parts += map(words, remarks(run))
    parts += rejected(told.causes, "" if "rejects" in files else "--rejects rejects.csv")
    if files:
        written = [f"  {what:<{max(map(len, files))}}  {path}" for what, path in files.items()]
        parts.append(words("written", *written, whole=True))
    return parts
