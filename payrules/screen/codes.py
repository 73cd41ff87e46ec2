"""What `payrules code` prints: one code, a list of codes, the modifiers."""

from collections.abc import Mapping, Sequence
from typing import Any

from payrules.answers import FeeGuide
from payrules.claims.modifiers import Modifier
from payrules.code_page import Classification, CodePage
from payrules.code_page.indicators import NA_SETTINGS
from payrules.code_page.modifier_readers import PAGE, here, readers
from payrules.screen.code_coverage import coverage_parts
from payrules.screen.printed import Part, Table, money, words

_MOST_PAIRS = 40
#: Of drugs and laboratory tests only.
_LIMIT = ("schedule", "limit", "limit_unit")
_CAPPED = (
    "Where less is paid than the amount, the hospital outpatient rate caps the technical part of"
    " imaging (rule imaging cap, DRA 2005 §5102(b))."
)


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
    parts += [table] if table.row_count else []
    if page.classification:
        parts.append(words(_kind_of_service(page.classification)))
    parts += _limits(page)
    is_capped = any(row.paid != row.amount for row in page.amounts)
    headings = (
        *("modifier", "setting", "work", "expense", "malpractice", "amount"),
        *(("paid",) if is_capped else ()),
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
            money(row.amount),
            *((money(row.paid),) if is_capped else ()),
            money(row.limiting_charge),
        )
    parts += [amounts] if amounts.row_count else []
    if is_capped:
        parts.append(words(_CAPPED))
    parts += _neighbours(page)
    parts += _sites_and_modifiers(page)
    parts += coverage_parts(page)
    parts += [words(remark) for remark in page.remarks]
    missing = Table("missing or partial", "")
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
    parts += [held] if held.row_count else []
    if page.history:
        parts.append(_history(page))
    if page.ended:
        parts.append(words(page.ended))
    return parts


def _limits(page: CodePage) -> list[Part]:
    """Tell what a drug, vaccine or test is paid for one unit, by quarter."""
    headings = ("schedule", "of", "dates of service", "unit", "limit", "coinsurance", "deductible")
    table = Table(*headings, "", right=("limit", "coinsurance"))
    for each in page.limits:
        table.add_row(
            " ".join(filter(None, (each.schedule, each.modifier))),
            each.release,
            f"{each.first_day} to {each.last_day}",
            each.unit,
            each.limit or "none",
            f"{each.coinsurance} %",
            "applies" if each.deductible else "none",
            each.note,
        )
    return [table] if table.row_count else []


def _kind_of_service(kind: Classification) -> str:
    """Say how CMS classifies a code, and from when to when it is one."""
    said = " / ".join(dict.fromkeys((kind.category, kind.subcategory, kind.family)))
    days = f"first day {kind.first_day}" if kind.first_day else "first day not known"
    last = f", last day {kind.last_day}" if kind.last_day else ", in force when CMS published it"
    return f"Kind of service (RBCS 2024, successor of BETOS): {said}; {days}{last}."


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
        ("NCCI pairs, this code paid", "column_1", "column_2"),
        ("NCCI pairs, other code paid", "column_2", "column_1"),
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
                money(rate.rate),
                rate.published_for.isoformat(),
            )
        parts.append(rates)
    if page.sites:
        headings = ("site", "professional", "facility", "rate of", "in all", "")
        sites = Table(*headings, right=("professional", "facility", "in all"))
        for site in page.sites:
            sites.add_row(
                site.site,
                money(site.professional),
                money(site.facility),
                site.facility_published_for.isoformat() if site.facility_published_for else "",
                money(site.total),
                site.why,
            )
        parts.append(sites)
    if page.modifiers:
        effects = Table("modifier", "amount", "share", "why", right=("amount",))
        alike: dict[tuple[str, str, str], list[str]] = {}
        for effect in page.modifiers:
            amount = money(effect.amount) if effect.status == "priced" else effect.status
            alike.setdefault((amount, effect.share or "", effect.why), []).append(effect.modifier)
        for said, modifiers in alike.items():
            effects.add_row(", ".join(modifiers), *said)
        parts.append(effects)
    if page.modifiers_without_effect:
        unchanged = ", ".join(page.modifiers_without_effect)
        parts.append(words(f"On their own, these change nothing here: {unchanged}."))
    if page.modifiers_for_information:
        parts.append(
            words(
                f"Of CMS's other modifiers {len(page.modifiers_for_information)} change nothing "
                f"here, {len(page.modifiers_not_worked_out)} have rules that payrules does not "
                f"apply and {len(page.modifiers_ended)} have ended (each with a note). To look "
                "one up: payrules code QS"
            )
        )
    return parts


def modifiers_tables(rows: Sequence[Modifier]) -> list[Part]:
    """Tell what Medicare does by modifiers, and which rules of payrules read them."""
    table = Table("modifier", "kind", "what Medicare does", "denied; paid", "here", "citation")
    for row in rows:
        paid = "" if row.payment_effect == "none" else row.payment_effect
        table.add_row(
            row.modifier,
            row.kind,
            row.medicare_does,
            "; ".join(filter(None, (row.denial_group_carc, paid))),
            here(row),
            row.citation,
        )
    if not any(row.modifier in readers() for row in rows):
        return [table]
    return [table, words(f"Each rule has its page in the documentation: {PAGE}NAME.")]


def _history(page: CodePage) -> Table:
    """List what changed; `to` is the last release that says the same."""
    headings = ("from", "for", "to", "modifier", "status", "non-fac", "fac", "locality", "changes")
    table = Table(*headings, right=("non-fac", "fac"))
    for edition in page.history:
        table.add_row(
            edition.release,
            edition.published_for.isoformat(),
            edition.last_release if edition.last_release != edition.release else "",
            edition.modifier or "none",
            edition.status,
            money(edition.nonfacility_amount),
            money(edition.facility_amount),
            edition.locality or "not in this release",
            ", ".join(edition.changes),
        )
    return table


def guide_tables(guide: FeeGuide) -> list[Part]:
    """List the guide: one row a code."""
    sites = ("office", "facility", "surg. center", "", "hospital", "APC", "status")
    amounts = ("RVU × factor", "global", "last year", "change", "%")
    right = ("office", "facility", "surg. center", "hospital", "last year", "change", "%")
    has_limits = guide.rows["limit_unit"].count() > 0
    table = Table(
        *("code", "label", *sites, *amounts),
        *(each.replace("_", " ") for each in _LIMIT if has_limits),
        right=(*right, *(["limit"] if has_limits else [])),
    )
    for row in guide.rows.iter_rows(named=True):
        value = "" if row["total_rvu"] is None else f"{row['total_rvu']}×{row['conversion_factor']}"
        table.add_row(
            row["code"],
            row["label"] or "",
            *(row[f"{site}_na"] or money(row[site]) for site in ("office", "facility")),
            money(row["surgical_center"]),
            row["asc_indicator"] or "",
            money(row["hospital"]),
            row["apc"] or "",
            row["opps_status"] or "",
            value,
            row["global_days"] or "",
            money(row["last_year"]),
            money(row["change"]),
            "" if row["change_percent"] is None else str(row["change_percent"]),
            *(
                ("" if row[name] is None else str(row[name]) for name in _LIMIT)
                if has_limits
                else ()
            ),
        )
    return [words(guide.heading, bold=True), table, *(words(each) for each in guide.remarks)]


def code_list_table(looked_up: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    """List codes with their main indicators and amounts."""
    heading = words(
        f"Release {looked_up['release']}, date of service {looked_up['day']}, locality "
        f"{looked_up['locality']}, conversion factor {looked_up['conversion_factor']}",
        bold=True,
    )
    headings = ("code", "label", "status", "global", "PC/TC", "mult", "bilat", "asst")
    amounts = ("non-fac", "", "fac", "")
    table = Table(*headings, *amounts, right=("non-fac", "fac"))
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
                    money(row[f"{setting}_amount"]),
                    "NA" if row[f"{setting}_na"] else "",
                )
            ),
        )
    settings = [
        told for setting, told in NA_SETTINGS.items() if any(row[f"{setting}_na"] for row in rows)
    ]
    limits = Table(
        "code", "schedule", "release", "one unit", "limit", "patient %", right=("limit",)
    )
    for each in looked_up["limits"]:
        limits.add_row(
            "-".join(filter(None, (each["code"], each["modifier"]))),
            each["schedule"],
            each["release"],
            each["unit"],
            each["limit"] or "by contractor",
            each["coinsurance"],
        )
    related = Table("together", "")
    for each in looked_up["relations"]:
        related.add_row(" + ".join(each["codes"]), "; ".join(each["says"]))
    return [
        heading,
        table,
        *(words(told) for told in settings),
        *([limits] if looked_up["limits"] else []),
        *([related] if related.row_count else []),
        *(words(remark) for remark in looked_up["remarks"]),
    ]
