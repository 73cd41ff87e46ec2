"""What the About page says: the run, its sources, its rules, its terms, its words, its limits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from payrules.counted import counted
from payrules.frozen import frozen
from payrules.payers.vocabulary import AS_MEDICARE
from payrules.runs.covered import RunCoverage, RunPolicy
from payrules.runs.covered import in_sentences as found_by_policies
from payrules.runs.edits_at_hand import in_sentences
from payrules.runs.facility_record import RunRates
from payrules.runs.facility_record import in_sentences as facility_in_sentences
from payrules.runs.record import RunRecord, RunRule, RunTable
from payrules.runs.results import passed_over, who_pays
from payrules.runs.who_paid import (
    RunPayer,
    as_named,
    frozen_releases,
    pays,
    stands_in,
    what_it_does,
)
from payrules.runs.x12 import cut_short, x12_remarks
from payrules.schedules import TABLE_WORDS
from payrules.version import __version__
from payrules.workbook.figures import Figures
from payrules.workbook.figures.cuts import has_sequestration, taken_off
from payrules.workbook.words import in_a_row, in_words, rule_and_term, without_beginnings
from payrules.workbook.xlsx.book import made_at

DISCLAIMER = (
    "This is an estimate made from published rules and the fee schedules named here. It is"
    " neither a claim decision nor legal advice: coverage, medical necessity, a contractor's own"
    " policies and a patient's benefits decide what is paid.",
    "CPT codes are © American Medical Association. No CPT description is used here; the words"
    " about codes are our own. CPT is a registered trademark of the American Medical Association.",
)
ASSUMPTIONS = (
    "Each line is priced on its own date of service with the release in force on that day, unless"
    " one is named above.",
    "The facility or non-facility amount follows the place of service.",
    "Lines of one person, day and practitioner make a session; reductions look at one session.",
    "The deductible is what the batch says is left; it is 0 where the batch says nothing.",
    "A line without a charge is priced without the comparison to the charge.",
    "A line by report or not on the schedule has no amount: it is blank, not 0, and adds nothing.",
)
GLOSSARY = (
    ("Charge", "What the practice billed for the line."),
    ("Fee schedule amount", "What the schedule gives for one unit, before any rule."),
    ("Allowed amount", "What is left after every rule: the payer's and the patient's share."),
    ("Patient owes", "Deductible and coinsurance, and up to the limiting charge if unassigned."),
    ("Sequestration", "The budget law's cut of a payment by Medicare; nobody pays it."),
    (
        "Contractual adjustment",
        "What of a priced or bundled charge nobody pays: above the allowed amount, sequestration.",
    ),
    ("Priced", "The line has an allowed amount."),
    ("Bundled", "Paid inside another service: 0.00."),
    ("Denied", "Not payable as billed: 0.00."),
    ("By report", "The contractor prices it from documents: no amount."),
    ("Not on schedule", "The physician fee schedule has no price on that day: no amount."),
    ("Rejected", "A row that could not be read as a claim line; it was not priced."),
    (
        "At stake",
        "Of a line to review: its allowed amount; if unpaid, its fee before any rule or contract,"
        " of one side, or a lesser charge: not what its payer would pay.",
    ),
    ("CARC, RARC", "Reason and remark codes a payer would print for the last reduction or denial."),
    ("CO, PR", "Who bears a reduction: the practice (contractual), the patient."),
)


#: A file that was read: kind, name, what it is, sha256.
Source = tuple[str, str, str, str]


@frozen
class AboutText:
    """What an About page says, from what was run to the words of the sheets.

    `left_out` says what is not in the workbook, and where it is.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    sources: Sequence[Source]
    notes: Sequence[str] = ()
    assumptions: Sequence[str] = ASSUMPTIONS
    left_out: Sequence[str] = ()
    terms: Sequence[Sequence[str]] = ()
    rules: Sequence[Sequence[str]] = ()
    words: Sequence[tuple[str, str]] = ()


def of_estimate(figures: Figures) -> AboutText:
    """Give what the About page of an estimate says."""
    said = of_run(figures.run, "About this estimate", run_facts(figures), sources(figures))
    return replace(said, words=glossary_of(figures))


def of_run(
    run: RunRecord, heading: str, facts: Sequence[tuple[str, str]], read: Sequence[Source]
) -> AboutText:
    """Give what a run record says of itself, with its facts and the files that were read."""
    return AboutText(
        title=heading,
        facts=facts,
        sources=read,
        notes=schedule_notes(run),
        terms=terms_that_differ(run),
        rules=rules(run),
        words=glossary(run),
    )


def glossary(run: RunRecord, *, sequestration: bool | None = None) -> list[tuple[str, str]]:
    """Give the words of the sheets with what they mean; what payers pay is headed by their name.

    Nothing is said of `sequestration` where no payer has one: by the run, where that is not given.
    """
    if sequestration is None:
        sequestration = has_sequestration(run)
    taken = taken_off(sequestration=sequestration)
    paid = (pays(run.every_payer), f"The allowed amount less {taken}.")
    place = [word for word, _ in GLOSSARY].index("Allowed amount") + 1
    told = [*GLOSSARY[:place], paid, *GLOSSARY[place:]]
    if sequestration:
        return told
    return [
        (word, words.replace(", sequestration.", "."))
        for word, words in told
        if word != "Sequestration"
    ]


def glossary_of(figures: Figures) -> list[tuple[str, str]]:
    """Give the words of an estimate's sheets."""
    return glossary(figures.run, sequestration=figures.has_sequestration)


def stamp(run: RunRecord) -> datetime:
    """Give the report's time: SOURCE_DATE_EPOCH where it is set, else the run's own."""
    return made_at(run.at)


def title(figures: Figures) -> str:
    """Give the report's title: what whom allows."""
    payers = figures.run.every_payer
    who = as_named(payers[0].name) if len(payers) == 1 else "the payers"
    return f"What {who} {'allows' if len(payers) == 1 else 'allow'}"


def batch_in_words(figures: Figures) -> str:
    """Say whose claims these are: files, dates of service, payer, release."""
    return in_words_of(figures.run, figures.results.lines["claim_line_start_date"])


def in_words_of(run: RunRecord, days: pl.Series) -> str:
    """Say whose claims a run's are, with their days of service."""
    files = [file.name for file in run.inputs] or ["claims in memory"]
    told = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    span = ""
    if days.len():
        first, last = days.min(), days.max()
        span = f"services of {first!s}" + (f" to {last!s}" if last != first else "")
    payers = [as_named(each.name) for each in run.every_payer]
    releases = [release.name for release in run.releases]
    parts = [
        told,
        span,
        f"payer{'s' if len(payers) > 1 else ''} {in_a_row(payers, ', ')}",
        f"fee schedule {', '.join(releases)}" if releases else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def made_in_words(run: RunRecord) -> str:
    """Say by what and when a page is made, and what it is."""
    made = f"payrules {run.payrules or __version__}  ·  {stamp(run):%Y-%m-%d %H:%M} UTC"
    return f"{made}  ·  an estimate, not a claim decision"


def _set_aside(run: RunRecord) -> list[tuple[str, str]]:
    """Count the rows that are neither lines nor rejects, where there are any."""
    counts = run.counts
    told = {
        "Superseded": counts.superseded,
        "Reversed by credits, with these": counts.reversed,
        "History, never priced": counts.history,
        "Facilities' own bills": counts.facility,
    }
    return [(said, f"{rows:,}") for said, rows in told.items() if rows is not None]


def run_facts(figures: Figures) -> list[tuple[str, str]]:
    """Name what was run: version, time, payer, counts."""
    run, results = figures.run, figures.results
    steps = run.counts.adjustments or figures.adjustments.height
    return facts_of(
        run, (figures.rows_in, results.lines.height, results.rejects.height), steps=steps
    )


def facts_of(
    run: RunRecord, counts: tuple[int, int, int] | None = None, *, steps: int | None = None
) -> list[tuple[str, str]]:
    """Name what was run: version, time, payer, and its counts: rows, lines, rejects, steps.

    Those of the run record, where no others are given.
    """
    told = run.counts
    rows, lines, rejects = counts or (told.rows_in, told.lines, told.rejects)
    facts = [
        ("Made by", f"payrules {run.payrules or __version__}"),
        ("Time (UTC)", stamp(run).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")),
        *(("Payer", _payer_in_words(each)) for each in run.every_payer),
        ("Release", run.release_asked_for or "the one in force on each line's date"),
        *(("Release", said) for said in frozen_releases(run.every_payer)),
        ("Rows read", f"{rows:,}"),
        ("Lines", f"{lines:,}"),
        ("Rejects", f"{rejects:,}"),
        *_set_aside(run),
        ("Adjustment steps", f"{told.adjustments if steps is None else steps:,}"),
    ]
    if run.columns:
        headings = "; ".join(f"{ours} is {_quoted(theirs)}" for ours, theirs in run.columns.items())
        facts.append(("Columns", headings))
    facts += [("Read as", reading.in_words()) for reading in run.readings]
    facts += [("X12", said) for said in (*cut_short(run.x12), *x12_remarks(run.x12))]
    facts += [("Who pays", said) for said in who_pays(run)]
    if run.facility is not None:
        facts += [("Facilities", said) for said in facility_in_sentences(run.facility)]
    facts += [("Passed over", said) for said in passed_over(run)]
    if run.privacy:
        facts.append(("Privacy", run.privacy))
    return facts


def _payer_in_words(payer: RunPayer) -> str:
    plan = f" ({in_words(payer.plan).lower()})" if payer.plan else ""
    return f"{as_named(payer.name)}{plan}: {payer.contract}"


def _quoted(headings: str | Sequence[str]) -> str:
    each = [headings] if isinstance(headings, str) else headings
    return " and ".join(f"'{heading}'" for heading in each)


def sources(figures: Figures) -> list[Source]:
    """List every file that was read, also for the comparison."""
    last = () if figures.last is None else figures.last.files
    return sources_of(figures.run, [("Compared with", name, "", sha256) for name, sha256 in last])


def sources_of_rates(rates: Sequence[RunRates]) -> list[Source]:
    """List the files that facilities' rates and wage indices were taken from."""
    return [
        ("Facility rates", f"{each.name} ({each.kind})", each.published_for, each.sha256)
        for each in rates
    ]


def sources_of(run: RunRecord, beside: Sequence[Source] = ()) -> list[Source]:
    """List every file of a run: kind, name, what it is, sha256; those `beside` after the claims."""
    rows = [
        ("Claims", file.name, f"{counted(file.rows, 'row')}", file.sha256) for file in run.inputs
    ]
    rows += beside
    for payer in run.every_payer:
        rows += [
            ("Payer", name, f"of {as_named(payer.name)}", sha256)
            for name, sha256 in payer.files.items()
        ]
    if run.coverage is not None:
        rows += sources_of_policies(run.coverage)
    if run.facility is not None:
        rows += sources_of_rates(run.facility.rates)
    for release in run.releases:
        span = f"{release.effective_from} to {release.effective_to}"
        for name, sha256 in release.files.items():
            rows.append(("Fee schedule", f"{release.name}/{name}", span, sha256))
    for table in run.tables:
        what = f"{counted(table.rows, 'row')}, {table.published_for}"
        if table.lines:
            what += f", {table.lines:,} line{'s' if table.lines > 1 else ''} priced"
        rows.append((_kind(table), table.name, what, table.sha256))
    return rows


def sources_of_policies(coverage: RunCoverage) -> list[Source]:
    """List the files of the policies that lines were held against."""
    return [
        ("Coverage policy", each.file, _policy_in_words(each), each.sha256)
        for each in coverage.policies
        if each.lines
    ]


def _policy_in_words(policy: RunPolicy) -> str:
    verified = "not verified" if policy.verified is None else f"verified by {policy.verified}"
    return f"{policy.name}; {verified}; {'enforced' if policy.enforced else 'reported'}"


def _kind(table: RunTable) -> str:
    words = TABLE_WORDS[table.kind]
    return words[0].upper() + words[1:]


def schedule_notes(run: RunRecord) -> list[str]:
    """Say where schedules and tables came from, what these caution, and what policies found."""
    notes = [f"{each.name}: {each.source}" for each in run.releases]
    notes += [f"{_kind(each)} ({each.name}): {each.cites}" for each in run.tables if each.cites]
    notes += in_sentences(run.edits)
    return notes + ([] if run.coverage is None else found_by_policies(run.coverage))


def rules(run: RunRecord) -> list[tuple[str, str, str, str, str]]:
    """List the rules in order: name, what it does, citation, since when, whether it ran.

    Where several payers have one, the citation names none: whose files say nothing of it, so that
    Medicare's stands in, is said with what it does.
    """
    return [
        (
            in_words(rule.name),
            _does(rule, _payers_of(rule, run)),
            rule.cites.removesuffix(AS_MEDICARE),
            rule.effective,
            _ran(rule.ran) + _of(rule.of),
        )
        for rule in run.rules
    ]


def _payers_of(rule: RunRule, run: RunRecord) -> list[RunPayer]:
    """Give the payers whose a rule is: the first's, where none is named."""
    return [each for each in run.every_payer if each.name in rule.of] or [run.payer]


def _does(rule: RunRule, payers: Sequence[RunPayer]) -> str:
    """Say what a rule does, and of which of its payers it is Medicare's for want of their own."""
    told = what_it_does(rule.name, rule.title, rule.cites)
    if len(payers) == 1:
        told = told.replace("the payer's own terms", f"{as_named(payers[0].name)}'s own terms")
    silent = [as_named(each.name) for each in payers if stands_in(rule.name, rule.cites, each)]
    if not silent:
        return told
    whose = in_a_row(silent, ", ")
    if len(payers) == 1:
        return f"{told} Medicare's rule: {whose}'s files say nothing of it."
    files = "its files say" if len(silent) == 1 else "their files say"
    return f"{told} Of {whose} it is Medicare's rule: {files} nothing of it."


def _of(payers: Sequence[str]) -> str:
    """Name the payers whose a rule is, where there are several."""
    return f", of {in_a_row([as_named(each) for each in payers], ', ')}" if payers else ""


def _ran(ran: bool | str) -> str:
    if isinstance(ran, str):
        return ran
    return "yes" if ran else "no: its table is not loaded"


#: Of the terms in which payers leave Medicare.
TERM_HEADINGS = ("Rule, term", "The payer's", "Citation", "Medicare's", "Payer")


def terms_that_differ(run: RunRecord) -> Sequence[tuple[str, str, str, str, str]]:
    """List where each payer leaves Medicare: rule and term, its value, source, Medicare's, who."""
    return [
        (
            rule_and_term(each.rule, each.term),
            without_beginnings(each.payer),
            each.cites,
            without_beginnings(each.medicare),
            as_named(payer.name),
        )
        for payer in run.every_payer
        for each in payer.terms
    ]
