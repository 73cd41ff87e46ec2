"""What `payrules coverage` prints: policies and how they stand, one in words, drafts, changes."""

from collections.abc import Sequence
from pathlib import Path

from payrules.counted import counted
from payrules.coverage.comparison import PolicyChanges
from payrules.coverage.download.importing import Drafted
from payrules.coverage.policy import Policy
from payrules.coverage.policy_words import limits_in_words
from payrules.coverage.standing import PolicyStanding
from payrules.runs.coverage_check import CoverageCheck
from payrules.runs.covered import in_sentences
from payrules.screen.printed import Part, Table, words

SILENCE = "Where no policy at hand objects to a line, no more is known than that."


def policies_table(told: Sequence[PolicyStanding]) -> list[Part]:
    """List policies: document, days, contractors, who verified them, and doubts."""
    table = Table(
        "document", "article", "from", "to", "contractors", "verified", "may be out of date", "file"
    )
    for each in told:
        policy = each.policy
        table.add_row(
            policy.id,
            policy.article or "",
            policy.effective_from,
            policy.effective_to or "",
            _first(policy.macs),
            each.verified,
            ", ".join(each.doubts),
            policy.file.removesuffix(".toml"),
        )
    unverified = sum(each.policy.verified is None for each in told)
    doubted = sum(bool(each.doubts) for each in told)
    return [
        table,
        f"{counted(len(told), 'policy', 'policies')}. Not verified, and denying nothing:"
        f" {unverified:,}. Perhaps out of date: {doubted:,}.",
    ]


#: No screen lists more findings; the file has all.
_MOST_SHOWN = 20


def checked_parts(checked: CoverageCheck, written: Path | None) -> list[Part]:
    """Say what policies find of a batch: the first lines of which they find something, and sums."""
    found = checked.findings
    table = Table("claim", "line", "date", "code", "coverage", "found", right=("line",))
    for row in found.head(_MOST_SHOWN).iter_rows(named=True):
        table.add_row(
            row["claim_id"],
            f"{row['claim_line_number']:,}",
            row["claim_line_start_date"],
            row["hcpcs_code"],
            row["coverage_outcome"],
            row["coverage_finding"],
        )
    parts: list[Part] = [table] if found.height else []
    if found.height > _MOST_SHOWN:
        parts.append(f"and {counted(found.height - _MOST_SHOWN, 'more line')}: --output shows all.")
    parts.append(
        words(
            f"{counted(checked.rows_in, 'row')} in: {counted(checked.lines, 'line')},"
            f" {checked.history:,} of history, {checked.rejects.height:,} rejected. Nothing was"
            " priced.",
            "No edit was applied either: a line that NCCI's edits, a global period, GY or GZ take"
            " out of an estimate is judged here as any other.",
        )
    )
    parts += map(words, in_sentences(checked.coverage))
    if checked.rejects.height:
        parts.append(words("`payrules estimate` with --rejects says what is wrong with each row."))
    return parts if written is None else [*parts, words(f"written  {written}")]


def _first(macs: Sequence[str] | None) -> str:
    if macs is None:
        return "everywhere"
    return macs[0] if len(macs) == 1 else f"{macs[0]} and {len(macs) - 1} more"


def _contractors(policy: Policy) -> str:
    return "everywhere" if policy.macs is None else ", ".join(policy.macs)


def policy_parts(told: PolicyStanding) -> list[Part]:
    """Show a policy in words: its document and codes, what it says, each with its source."""
    policy = told.policy
    parts: list[Part] = [words(f"{policy.name}: {policy.title}", bold=True)]
    to = f" to {policy.effective_to}" if policy.effective_to else ""
    about = [
        f"File {policy.file}, from {policy.effective_from}{to}.",
        f"Contractors: {_contractors(policy)}.",
        f"Source: {policy.source}",
        f"Read on {policy.read_on}." if policy.read_on else "The day of reading is not named.",
        f"Verified {told.verified}."
        if policy.verified
        else "Not verified: it denies nothing until a named person has compared it.",
    ]
    about += [f"It may be out of date: {', '.join(told.doubts)}."] if told.doubts else []
    parts.append(words(*about))
    if policy.families:
        codes = Table("family", "region", "codes")
        for family in policy.families:
            for region, listed in family.regions:
                codes.add_row(_plain(family.name), _plain(region), ", ".join(listed))
        parts.append(codes)
    said = limits_in_words(policy)
    if said:
        limits = Table("of", "it says", "read", "source")
        for each in said:
            limits.add_row(each.of, each.words, each.read, each.source)
        parts.append(limits)
    else:
        parts.append("The file has no limit and no list of diagnoses: nothing is judged by it.")
    if policy.documentation:
        parts.append(
            words("What a claim cannot show, and the record must:", *_listed(policy.documentation))
        )
    parts.append(SILENCE)
    return parts


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _listed(asked: Sequence[str]) -> list[str]:
    return [f"- {each}" for each in asked]


def imported_parts(imported: Drafted) -> list[Part]:
    """Tell what was drafted, what was passed over and how often, and what is not known."""
    parts: list[Part] = [
        f"{counted(len(imported.written), 'draft')} written to {imported.folder}; none is"
        " verified, and none has a limit."
    ]
    if imported.passed_over:
        table = Table("passed over", "how many", right=("how many",))
        for what, number in sorted(imported.passed_over.items()):
            table.add_row(what, f"{number:,}")
        parts.append(table)
    if imported.notes:
        parts.append(words(*imported.notes))
    return parts


#: What changes in many values that stand behind each other; others are sentences, one a line.
_CODES = ("contractors ", "codes ", "diagnoses ", "modifiers ")


def change_parts(changes: PolicyChanges) -> list[Part]:
    """Tell what changed, document by document, each code that was added and dropped."""
    parts: list[Part] = []
    if changes.each:
        table = Table("document", "changed", "how many", "which", right=("how many",))
        for each in changes.each:
            lists_codes = each.what.startswith(_CODES)
            table.add_row(
                each.document,
                each.what,
                f"{len(each.values):,}" if lists_codes else "",
                ", ".join(each.values) if lists_codes else words(*each.values),
            )
        parts.append(table)
    else:
        parts.append("Nothing changed.")
    same = counted(changes.unchanged, "document is", "documents are")
    parts.append(words(f"{same} the same on both sides.", *changes.notes))
    return parts
