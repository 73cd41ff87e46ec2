"""What payrules prints: tables for a terminal, the same tables plain and unboxed for a pipe."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.claims.modifiers import Modifier, modifier_table
from payrules.code_page import CodePage
from payrules.code_page.indicators import NA_SETTINGS
from payrules.engine.rule import STATUSES
from payrules.errors import UsageError
from payrules.fees.diff import ReleaseChanges, volume_steps
from payrules.fees.recompute import Recomputed
from payrules.payers import MEDICARE, Payer, differences
from payrules.runs.results import TOTAL_WORDS, Estimate, Summary, remarks
from payrules.schedules import Schedules, Verified, coverage
from payrules.screen.printed import Part, Table, Text, joined, words

if TYPE_CHECKING:
    from payrules.workbook import LayoutName

#: More rows than this are for a file.
_MOST_ROWS = 30
_SIDES = ("before", "after")
_MOST_PAIRS = 40

#: What each status means, for the summary.
_STATUS_WORDS = {
    "priced": "an allowed amount",
    "bundled": "paid inside another service",
    "denied": "not payable as billed",
    "by_report": "the contractor prices it, or wants documents",
    "not_on_schedule": "no amount in the schedule in force",
}


def _money(amount: Decimal | str | None) -> str:
    return "" if amount is None else f"{Decimal(amount):,.2f}"


# -- estimate --------------------------------------------------------------------------------


def summary(told: Summary, files: Mapping[str, Path]) -> list[Part]:
    """Say what a run priced, what it comes to, what did not run, and where the files are."""
    run = told.run
    counts = run["counts"]
    releases = ", ".join(release["name"] for release in run["releases"]) or "none"
    parts: list[Part] = [
        words(f"payer: {run['payer']['name']}; fee schedule release: {releases}", bold=True)
    ]
    table = Table("", "rows", "", right=("rows",))
    table.add_row("rows in", f"{counts['rows_in']:,}", "")
    for status in STATUSES:
        table.add_row(f"  {status.replace('_', ' ')}", f"{counts[status]:,}", _STATUS_WORDS[status])
    table.add_row("  rejected", f"{counts['rejects']:,}", "not read: see the rejects")
    if told.noted:
        table.add_row("with a review note", f"{told.noted:,}", "an amount a person should look at")
    parts.append(table)
    totals = {word: run["totals"].get(name) for word, name in TOTAL_WORDS.items()}
    flow = Table(*totals, right=tuple(totals))
    flow.add_row(*map(_money, totals.values()))
    parts.append(flow)
    parts += map(words, remarks(run))
    first = told.first_reject
    if first and "rejects" not in files:
        parts.append(
            words(
                f"First rejected row: {first['row']}, {first['reason']}. "
                "See all with: --rejects rejects.csv"
            )
        )
    if files:
        written = [f"  {what:<{max(map(len, files))}}  {path}" for what, path in files.items()]
        parts.append(words("written", *written, whole=True))
    return parts


# -- explain -----------------------------------------------------------------------------------


#: A claim form holds fifty lines; what says more is read in a file, not on a screen.
_MOST_CHAINS = 100


def chains(results: Estimate, claim: str, line: int | None) -> list[Part]:
    """Tell every step of a claim's lines, of very many the first, and how to see the others.

    UsageError if the batch has no such claim or line.
    """
    of_claim = results.lines.filter(pl.col("claim_id") == claim)
    if not of_claim.height:
        rejected = results.rejects.height
        also = f" ({rejected:,} of its rows were rejected)" if rejected else ""
        raise UsageError(f"There is no such claim in the batch{also}; --claim takes a claim_id.")
    chosen = of_claim if line is None else of_claim.filter(pl.col("claim_line_number") == line)
    if not chosen.height:
        numbers = of_claim["claim_line_number"].sort()
        said = ", ".join(map(str, numbers.head(_MOST_CHAINS)))
        more = len(numbers) - _MOST_CHAINS
        raise UsageError(
            f"The claim has no line {line}; it has {said}{f' and {more:,} more' * (more > 0)}."
        )
    titles = {rule["name"]: rule["title"] for rule in results.run["rules"]}
    every_step = results.adjustments.filter(pl.col("claim_id") == claim)
    parts: list[Part] = []
    for row in chosen.head(_MOST_CHAINS).iter_rows(named=True):
        steps = every_step.filter(pl.col("claim_line_number") == row["claim_line_number"])
        parts.append((_heading(row), _chain(steps, titles), _outcome(row), *_of_modifiers(row)))
    if chosen.height > _MOST_CHAINS:
        parts.append(
            words(
                f"These are the first {_MOST_CHAINS} of the claim's {chosen.height:,} lines."
                " Another is shown with --line N; every step of every line is written by:"
                " payrules estimate … --adjustments steps.csv"
            )
        )
    return parts


def _heading(line: Mapping[str, Any]) -> Text:
    facts = [
        f"Claim {line['claim_id']} line {line['claim_line_number']}: "
        + "-".join([line["hcpcs_code"], *_billed(line)]),
        f"{line.get('service_unit_quantity', 1)} unit(s)",
        f"{line['claim_line_start_date']}",
        f"place of service {line['place_of_service_code']}",
    ]
    if line.get("charge_amount") is not None:
        facts.append(f"charge {_money(line['charge_amount'])}")
    return words(", ".join(facts), bold=True)


def _chain(steps: pl.DataFrame, titles: Mapping[str, str]) -> Table:
    amounts = ("before", "share", "after")
    table = Table("step", *amounts, "codes", "rule: fact, what it does, citation", right=amounts)
    for step in steps.iter_rows(named=True):
        codes = "-".join(each for each in (step["group_code"], step["carc"]) if each)
        what = filter(None, (titles.get(step["rule"]), step["cites"]))
        why = joined(
            words(step["rule"].replace("_", " "), bold=True),
            words(f": {step['detail'] or ''}"),
            words("", *what, dim=True),
        )
        table.add_row(
            str(step["step"]),
            _money(step["before"]),
            "" if step["factor"] is None else f"{step['factor']:.2%}".replace(".00%", "%"),
            _money(step["after"]),
            " ".join(each for each in (codes, step["rarc"]) if each),
            why,
        )
    return table


def _of_modifiers(line: Mapping[str, Any]) -> list[Text]:
    """Say what Medicare does by each modifier of a line, as CMS's table has it."""
    rows = (modifier_table().get(each) for each in _billed(line))
    told = [f"{row.modifier}: {row.medicare_does} ({row.citation})" for row in rows if row]
    return [words(*told, dim=True)] if told else []


def _billed(line: Mapping[str, Any]) -> list[str]:
    return [line[name] for name in MODIFIERS if line.get(name)]


def _outcome(line: Mapping[str, Any]) -> Text:
    status = line["status"].replace("_", " ")
    if line["allowed_amount"] is None:
        said = f"{status}: no amount."
    else:
        said = (
            f"{status}: allowed {_money(line['allowed_amount'])}; "
            f"Medicare pays {_money(line['medicare_amount'])}, "
            f"the patient {_money(line['patient_amount'])}."
        )
    if line["limiting_charge"] is not None:
        said += f" Limiting charge {_money(line['limiting_charge'])}."
    remarks = [f"{label}: {line[label]}" for label in ("reason", "review") if line[label]]
    return words(said, *remarks)


# -- rules -------------------------------------------------------------------------------------


def rule_tables(payer: Payer) -> list[Part]:
    """List a payer's rules in order, and what differs from Medicare's."""
    parts: list[Part] = [words(f"{payer.name}: {payer.contract}", bold=True)]
    table = Table("#", "rule", "kind", "from", "what it does", right=("#",))
    for number, rule in enumerate(payer.rules, 1):
        what = joined(words(rule.title), words("", rule.cites, dim=True))
        table.add_row(str(number), rule.name, rule.kind, rule.effective.isoformat(), what)
    parts.append(table)
    if payer is not MEDICARE:
        found = differences(payer)
        parts.append(words("Differs from Medicare" if found else "Every term is Medicare's."))
        table = Table("rule", "term", "Medicare", payer.name, "citation")
        for each in found:
            table.add_row(each.rule, each.term, each.medicare, each.payer, each.cites)
        parts += [table] if found else []
    return parts


# -- report layouts ----------------------------------------------------------------------------


def layout_table(layouts: "Sequence[LayoutName]") -> Table:
    """List the layouts that `--report` knows by name."""
    table = Table("report", "what it is")
    for each in layouts:
        table.add_row(each.name, each.description)
    return table


# -- schedules ---------------------------------------------------------------------------------


def schedule_tables(schedules: Schedules) -> list[Part]:
    """List the releases and tables at hand, and which serves which dates of service."""
    releases = Table(
        "release", "in force", "published for", "codes", "localities", "",
        right=("codes", "localities"),
    )  # fmt: skip
    for release in schedules.releases:
        releases.add_row(
            release.name,
            f"{release.effective_from} to {release.effective_to}",
            release.published_for.isoformat(),
            f"{release.rows['codes']:,}",
            f"{release.rows['localities']:,}",
            "built in: a selection of codes" if release.starter else "",
        )
    served = Table("dates of service", "priced with", "conversion factor", "")
    for span in coverage(schedules):
        standing_in = ", ".join(span.stands_in_for)
        served.add_row(
            f"{span.first_day} to {span.last_day}",
            span.name or "GAP: no release",
            ", ".join(span.conversion_factors),
            f"stands in for {standing_in}" if standing_in else "",
        )
    tables = Table("table", "of", "published for", "rows", "", right=("rows",))
    for table in schedules.tables:
        part_of_pairs = table.lacks if table.kind == "ptp" else None
        tables.add_row(
            table.kind,
            table.name,
            table.published_for.isoformat(),
            f"{table.rows:,}",
            "built in: edits of the starter's codes" if table.starter else part_of_pairs or "",
        )
    return [releases, served, tables]


def verified_table(files: Sequence[Verified]) -> Table:
    """List the stored files that are as they were imported."""
    table = Table("verified", "file", "rows", right=("rows",))
    for each in files:
        table.add_row(each.entry, each.file, f"{each.rows:,}")
    return table


def recomputed_table(amounts: Sequence[Recomputed]) -> list[Part]:
    """Tell how many of CMS's published amounts come out to the cent, and which do not."""
    if not amounts:
        return [
            words(
                "There are no published amounts to compare with (PFALL, PFREV, or a release's "
                "OPPSCAP)."
            )
        ]
    table = Table("published", "amounts", "release", "matched/total", "", right=("matched/total",))
    for each in amounts:
        notes = []
        if each.differing:
            notes.append(f"{'FAILED' if each.failed else 'differ'}: {', '.join(each.differing)}")
        if not each.same_quarter:
            notes.append("the release is of another quarter")
        if each.not_compared:
            notes.append(f"{each.not_compared:,} not compared: the contractor prices them")
        table.add_row(
            each.published,
            each.amounts,
            each.release,
            f"{each.matched}/{each.total}",
            "; ".join(notes),
        )
    return [table]


def diff_tables(
    difference: ReleaseChanges, volume: pl.DataFrame | None, *, rejected: int
) -> list[Part]:
    """Tell what changed between two releases: counts, the largest, and the effect on a batch."""
    factors = " to ".join(difference.conversion_factors)
    parts: list[Part] = [
        words(
            f"{difference.before} to {difference.after}, locality {difference.locality}, "
            f"conversion factor {factors}",
            bold=True,
        )
    ]
    counts = Table("change", "codes and modifiers", right=("codes and modifiers",))
    for kind, many in (*difference.counts().items(), ("unchanged", difference.unchanged)):
        counts.add_row(kind, f"{many:,}")
    parts.append(counts)
    if volume is not None:
        parts += _volume_tables(difference, volume, rejected)
    amounts = ("outside before", "outside after", "inside before", "inside after")
    headings = ("code", "change", "what", *amounts)
    largest = Table(*headings, right=amounts)
    for row in difference.rows.head(_MOST_ROWS).iter_rows(named=True):
        billed = "-".join(each for each in (row["hcpcs_code"], row["modifier"]) if each)
        largest.add_row(
            billed,
            row["change"],
            ", ".join(each for each in (row["indicators"], row["rvus"]) if each),
            *(
                _money(row[f"{setting}_amount_{side}"])
                for setting in ("nonfacility", "facility")
                for side in ("before", "after")
            ),
        )
    if difference.rows.height:
        parts.append(largest)
    more = difference.rows.height - _MOST_ROWS
    if more > 0:
        parts.append(words(f"{more:,} more; --output F.csv or F.xlsx writes all of them."))
    return parts


def _volume_tables(difference: ReleaseChanges, volume: pl.DataFrame, rejected: int) -> list[Part]:
    steps = Table("your own volume, every rule applied", "lines", "", right=("lines", ""))
    for step, lines, amount in volume_steps(difference, volume):
        steps.add_row(step, "" if lines is None else f"{lines:,}", _money(amount))
    headings = ("code", "setting", "lines", "allowed before", "after", "effect")
    table = Table(*headings, right=headings[2:])
    for row in volume.head(_MOST_ROWS).iter_rows(named=True):
        has_amounts = [row["lines_in_both"] + row[f"lines_only_{side}"] for side in _SIDES]
        table.add_row(
            row["hcpcs_code"],
            row["setting"],
            f"{row['lines']:,}",
            _money(row["allowed_before"]) if has_amounts[0] else "none",
            _money(row["allowed_after"]) if has_amounts[1] else "none",
            _money(row["effect"]),
        )
    rest = volume[_MOST_ROWS:]
    if rest.height:
        table.add_row(
            f"and {rest.height:,} more",
            "",
            f"{rest['lines'].sum():,}",
            *(
                _money(sum(rest[name], start=Decimal(0)))
                for name in ("allowed_before", "allowed_after", "effect")
            ),
        )
    said = [words(f"Rejected rows, in no figure: {rejected:,}.")] if rejected else []
    return [steps, *said, table]


# -- code --------------------------------------------------------------------------------------


def code_tables(page: CodePage) -> list[Part]:
    """Tell a code's indicators in words, its amounts, and the releases that hold it."""
    label = f" {page.label}" if page.label else ""
    parts: list[Part] = [
        words(
            f"{page.code}{label} (release {page.release}, date of service {page.day}, "
            f"locality {page.locality}, conversion factor {page.conversion_factor})",
            bold=True,
        )
    ]
    table = Table("indicator", "", "meaning")
    for indicator in page.indicators:
        table.add_row(indicator.name, indicator.value, indicator.meaning)
    parts.append(table)
    headings = (
        "modifier",
        "setting",
        "work",
        "expense",
        "malpractice",
        "amount",
        "limiting charge",
    )
    amounts = Table(*headings, right=headings[2:])
    for row in page.amounts:
        amounts.add_row(
            row.modifier or "none",
            row.setting + (" (qualifying APM)" if row.qualifying_apm else ""),
            row.work_rvu,
            row.expense_rvu,
            row.malpractice_rvu,
            _money(row.amount),
            _money(row.limiting_charge),
        )
    parts.append(amounts)
    parts += _neighbours(page)
    parts += _sites_and_modifiers(page)
    parts += [words(remark) for remark in page.remarks]
    missing = Table("missing, or in part", "")
    for each in page.tables:
        if each.note:
            missing.add_row(each.name, each.note)
    parts += [missing] if missing.row_count else []
    held = Table("held by", "in force", "published for")
    for holder in page.releases:
        held.add_row(
            holder.name, f"{holder.effective_from} to {holder.effective_to}",
            holder.published_for.isoformat(),
        )  # fmt: skip
    parts.append(held)
    if page.history:
        parts.append(_history(page))
    return parts


def _neighbours(page: CodePage) -> list[Part]:
    """Tell the company a code keeps: its family, add-ons, primaries and edits."""
    table = Table("beside it", "")
    if page.endoscopic_family:
        table.add_row("endoscopy family", ", ".join(page.endoscopic_family))
    for name, links in (("added to", page.primaries), ("its add-ons", page.add_ons)):
        if links:
            meaning = "; ".join(dict.fromkeys(each.meaning for each in links))
            table.add_row(name, f"{', '.join(each.code for each in links)} ({meaning})")
    if page.unlikely:
        units = page.unlikely
        table.add_row(
            "unlikely units", f"more than {units.units}: MAI {units.indicator}, {units.meaning}"
        )
    for name, ours, theirs in (
        ("pairs, this paid", "column_1", "column_2"),
        ("pairs, other paid", "column_2", "column_1"),
    ):
        for indicator in ("0", "1"):
            others = [
                getattr(pair, theirs)
                for pair in page.pairs
                if getattr(pair, ours) == page.code and pair.indicator == indicator
            ]
            if others:
                more = f" and {len(others) - _MOST_PAIRS:,} more" * (len(others) > _MOST_PAIRS)
                meaning = next(p.meaning for p in page.pairs if p.indicator == indicator)
                table.add_row(name, f"{', '.join(others[:_MOST_PAIRS])}{more} ({meaning})")
    return [table] if table.row_count else []


def _sites_and_modifiers(page: CodePage) -> list[Part]:
    parts: list[Part] = []
    if page.facility_rates:
        # The amounts above may be a locality's; these never are.
        heading = "national rate"
        rates = Table("facility", "indicator", "", "APC", heading, "rate of", right=(heading,))
        for rate in page.facility_rates:
            rates.add_row(
                rate.system,
                rate.indicator,
                rate.meaning,
                rate.apc,
                _money(rate.rate),
                rate.published_for.isoformat(),
            )
        parts.append(rates)
    if page.sites:
        headings = ("site", "professional", "facility", "rate of", "in all", "")
        sites = Table(*headings, right=("professional", "facility", "in all"))
        for site in page.sites:
            sites.add_row(
                site.site,
                _money(site.professional),
                _money(site.facility),
                site.facility_published_for.isoformat() if site.facility_published_for else "",
                _money(site.total),
                site.why,
            )
        parts.append(sites)
    if page.modifiers:
        effects = Table("modifier", "amount", "share", "why", right=("amount",))
        alike: dict[tuple[str, str, str], list[str]] = {}
        for effect in page.modifiers:
            amount = _money(effect.amount) if effect.status == "priced" else effect.status
            alike.setdefault((amount, effect.share or "", effect.why), []).append(effect.modifier)
        for said, modifiers in alike.items():
            effects.add_row(", ".join(modifiers), *said)
        parts.append(effects)
    if page.modifiers_without_effect:
        unchanged = ", ".join(page.modifiers_without_effect)
        parts.append(words(f"Alone these change nothing here: {unchanged}."))
    if page.modifiers_for_information:
        parts.append(
            words(
                f"Of CMS's other modifiers {len(page.modifiers_for_information)} change nothing"
                f" here, {len(page.modifiers_not_worked_out)} have rules of their own that are not"
                f" worked out and {len(page.modifiers_ended)} have ended (a note each). One in"
                " words: payrules code QS"
            )
        )
    return parts


def modifiers_table(rows: Sequence[Modifier]) -> Table:
    """Tell what Medicare does by modifiers, and what payrules does."""
    table = Table("modifier", "kind", "what Medicare does", "denied; paid", "here", "citation")
    for row in rows:
        paid = "" if row.payment_effect == "none" else row.payment_effect
        table.add_row(
            row.modifier,
            row.kind,
            row.medicare_does,
            "; ".join(filter(None, (row.denial_group_carc, paid))),
            row.here,
            row.citation,
        )
    return table


def _history(page: CodePage) -> Table:
    headings = ("release", "for", "modifier", "status", "outside", "inside", "locality", "changes")
    table = Table(*headings, right=("outside", "inside"))
    for edition in page.history:
        table.add_row(
            edition.release,
            edition.published_for.isoformat(),
            edition.modifier or "none",
            edition.status,
            _money(edition.nonfacility_amount),
            _money(edition.facility_amount),
            edition.locality,
            ", ".join(edition.changes),
        )
    return table


def code_list_table(looked_up: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    """List codes with their main indicators and amounts."""
    heading = words(
        f"Release {looked_up['release']}, date of service {looked_up['day']}, locality "
        f"{looked_up['locality']}, conversion factor {looked_up['conversion_factor']}",
        bold=True,
    )
    headings = ("code", "label", "status", "global", "PC/TC", "mult", "bilat", "asst")
    amounts = ("outside", "", "inside", "")
    table = Table(*headings, *amounts, right=("outside", "inside"))
    for row in rows:
        table.add_row(
            "-".join(each for each in (row["hcpcs_code"], row["modifier"]) if each),
            row["label"],
            row["status_code"],
            row["global_days"],
            row["pctc_indicator"],
            row["multiple_procedure_indicator"],
            row["bilateral_indicator"],
            row["assistant_indicator"],
            *(
                cell
                for setting in NA_SETTINGS
                for cell in (
                    _money(row[f"{setting}_amount"]),
                    "NA" if row[f"{setting}_na"] else "",
                )
            ),
        )
    settings = [
        told for setting, told in NA_SETTINGS.items() if any(row[f"{setting}_na"] for row in rows)
    ]
    return [heading, table, *(words(told) for told in settings)]


__all__ = [
    "chains",
    "code_list_table",
    "code_tables",
    "diff_tables",
    "recomputed_table",
    "rule_tables",
    "schedule_tables",
    "summary",
    "verified_table",
]
