"""Every cell of what-if, contract, tornado, sweep and release workbooks, anew; and every chart."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl

from payrules.claims.code_families import place_of_service
from payrules.runs.who_paid import as_named
from payrules.scenarios.answer import by_payer_in_dollars, dollars_of
from payrules.scenarios.term_words import named_place
from payrules.workbook.about import ASSUMPTIONS
from payrules.workbook.release_changes import _ASSUMED
from payrules.workbook.what_if_about import _OF_CONTRACTS, _OF_TORNADOS, _OF_WHAT_IFS
from payrules.workbook.what_if_words import MEASURED
from payrules.workbook.words import CAUSES, capital, in_words
from tests.workbook.anew_about import hold_about
from tests.workbook.answered import RELEASES, asked, books, changes, priced, sides
from tests.workbook.drawn import charts_of, label_faults
from tests.workbook.ledger import Ledger, Row, as_shown, begins, check_rows, some_text

NOTHING = Decimal(0)
CHECK_HEADINGS = ("Check", "Figure", "Compared with", "Difference", "Reads", "Of")
SIGNED = [["Prepared by", "Date"], ["Reviewed by", "Date"]]
#: The first column of the figures behind charts.
BEHIND = 31
MEASURES = ("allowed_amount", "medicare_amount", "patient_amount")
TORNADOS = dict(zip(MEASURES, ("allowed", "payer", "patient"), strict=True))


def hold_rows(ledger: Ledger, sheet: str, wanted: Sequence[Sequence[Any]], keys: int = 1) -> None:
    """Hold a table to rows in any order: those whose first `keys` columns agree are one row."""
    (area,) = ledger.book[sheet].tables.values()
    headings, *rows = ledger.book[sheet][area.ref]
    for cell in headings:
        assert cell.value in area.column_names
        ledger.left[sheet].discard(cell.coordinate)
    assert len(rows) == len(wanted), sheet
    names = [str(cell.value) for cell in headings]
    wanted = [[_told(*each) for each in zip(names, row, strict=True)] for row in wanted]

    def key(row: Sequence[Any]) -> tuple[str, ...]:
        return tuple(str("" if each is None else each) for each in row[:keys])

    of_key = {key(row): row for row in wanted}
    assert len(of_key) == len(wanted), sheet
    for cells in rows:
        for cell, value in zip(cells, of_key[key([c.value for c in cells])], strict=True):
            ledger.hold(sheet, cell, value)


def _told(heading: str, value: Any) -> Any:
    """Write a cell as a sheet has it: names as words, and text that is a number as one."""
    if heading == "Scenario":
        return {one.scenario.name: one.scenario.title for one in asked().comparisons}[value]
    if heading == "By":
        return value.capitalize()
    if heading in {"Reference", "Value"} and isinstance(value, str):
        return value.removesuffix(" from 1992-01-01")
    if heading == "Term":
        return value.replace("_", " ")
    if heading.startswith("Its value"):
        value = value.removesuffix(" from 1992-01-01")
        return Decimal(value) if value.replace(".", "").isdigit() else value
    return as_shown(heading, value)


def hold_frame(ledger: Ledger, sheet: str, frame: pl.DataFrame, keys: int = 1) -> None:
    """Hold a table to a frame with the same columns."""
    hold_rows(ledger, sheet, frame.rows(), keys)


def worded(frame: pl.DataFrame) -> pl.DataFrame:
    """Give measures, causes and rules in words."""
    words: dict[str, Callable[[str], str]] = {
        "measure": MEASURED.__getitem__,
        "cause": CAUSES.__getitem__,
        "rule": in_words,
    }
    return frame.with_columns(
        pl.Series(name, [tell(each) for each in frame[name]])
        for name, tell in words.items()
        if name in frame.columns
    )


def cents(amount: int | None) -> Decimal:
    return Decimal(amount or 0) / 100


# -- what-if ----------------------------------------------------------------------------------


def changed_lines() -> list[Row]:
    """Give the changed lines; one without an amount before and after has no change."""
    rows = asked().lines.to_dicts()
    for row in rows:
        if row["allowed_amount"] is None and row["allowed_amount_after"] is None:
            row["change"] = None
    assert any(row["change"] is None for row in rows)
    return rows


def hold_lines(ledger: Ledger) -> None:
    """Hold the lines, those with another status, and the chains of the largest effects."""
    told, rows = asked(), changed_lines()
    first = [
        *("scenario", "claim_id", "claim_line_number", "claim_line_start_date"),
        *("hcpcs_code", "modifiers", "status", "allowed_amount", "hcpcs_code_after"),
        *("modifiers_after", "status_after", "allowed_amount_after", "change"),
    ]
    order = [*first, *(each for each in told.lines.columns if each not in first)]
    hold_rows(ledger, "Lines", [[row[each] for each in order] for row in rows], keys=3)
    other = [row for row in rows if row["status"] != row["status_after"]]
    names = told.statuses.columns
    hold_rows(ledger, "Statuses", [[row[each] for each in names] for row in other], keys=3)
    chains = told.largest_chains
    place = {"rule"} & {*chains.columns}
    assert place
    page = ledger.book["Chains"]
    (area,) = page.tables.values()
    headings, *cells = page[area.ref]
    for cell in headings:
        ledger.left["Chains"].discard(cell.coordinate)
    for found, row in zip(cells, chains.rows(), strict=True):
        for head, cell, value in zip(headings, found, row, strict=True):
            ledger.hold("Chains", cell, _told(str(head.value), value))


def hold_answers(ledger: Ledger) -> None:
    """Hold sweep, tornados and contracts."""
    told = asked()
    assert told.sweep is not None
    assert told.contracts is not None
    swept = dollars_of(told.sweep[1]).with_columns(pl.col("value").cast(pl.Float64))
    assert (swept["beyond_amount"] == 0).all()  # nobody owes more: there is no such column
    cuts = pl.col("allowed_amount") - pl.col("medicare_amount") - pl.col("patient_amount")
    hold_frame(ledger, "Sweep", swept.drop("beyond_amount").with_columns(cuts.alias("cuts")))
    for measure, name in TORNADOS.items():
        bars = dollars_of(told.bars[measure])
        words = pl.Series("what", [capital(named_place(each)) for each in bars["term"]])
        order = ("payer", "what", "low", "high", "low_change", "high_change", "term")
        hold_frame(ledger, f"Tornado {name}", bars.insert_column(1, words).select(order), keys=3)
    hold_frame(ledger, "Contracts", dollars_of(told.contracts.ranking))
    hold_frame(ledger, "Families", by_payer_in_dollars(told.contracts.families))
    places = told.contracts.places
    named = place_of_service(places["place_of_service_code"])
    hold_frame(ledger, "Places", by_payer_in_dollars(places.with_columns(named)))
    lines = by_payer_in_dollars(told.contracts.lines)
    hold_frame(ledger, "Contract lines", lines, keys=3)
    terms = worded(dollars_of(told.contracts.terms))
    hold_frame(ledger, "Terms", terms, keys=len(terms.columns) - 3)


def percent(change: Decimal, before: Decimal) -> str:
    return f"from {before:,.2f} to {before + change:,.2f}, {float(change) / float(before):+.1%}"


def sums_of(scenario: str, measure: str) -> tuple[Decimal, Decimal]:
    """Give what a measure was and what it changes by: sums over all lines and the changed ones."""
    one = next(each for each in asked().comparisons if each.scenario.name == scenario)
    before = sum((each or 0 for each in one.base.lines[measure]), 0)
    own = asked().lines.filter(scenario=scenario)
    after = own[f"{measure}_after"].fill_null(0) - own[measure].fill_null(0)
    return cents(before), Decimal(sum(after, NOTHING))


def measured(scenario: str, measure: str, label: str) -> list[Any]:
    before, change = sums_of(scenario, measure)
    return [label, before, before + change, change, float(change) / float(before)]


CUTS = "Sequestration and other cuts"


def cuts(scenario: str) -> list[Any]:
    """Give what nobody pays, from allowed, paid and owed, so that a scenario's totals foot."""
    pairs = [sums_of(scenario, measure) for measure in MEASURES]
    before, change = (one - two - three for one, two, three in zip(*pairs, strict=True))
    assert before
    return [CUTS, before, before + change, change, float(change) / float(before)]


def totals_with_cuts() -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [*worded(asked().totals).rows()]
    names = [one.scenario.name for one in asked().comparisons]
    return [*rows, *([name, *cuts(name)] for name in names)]


def hold_front(ledger: Ledger) -> None:
    """Hold the first page: the answer, each scenario, the contracts, what it stands on."""
    told = asked()
    assert told.solution is not None
    assert told.sweep is not None
    assert told.contracts is not None
    rows: list[list[Any]] = [
        ["What if: 2 scenarios side by side"],
        [begins("claims.csv  ·  services of ")],
        [begins("payrules ")],
    ]
    for one in told.comparisons:
        before, change = sums_of(one.scenario.name, "allowed_amount")
        rows.append([one.scenario.title, change, percent(change, before)])
    target = cents(told.solution.target.cents)
    off = cents(told.solution.total) - target
    said = f"with percent of Medicare {told.solution.value}; asked for {target:,.2f}"
    said += f", off by {off:+,.2f}"
    rows.append(["Total that was reached", cents(told.solution.total), said])
    ranking = told.contracts.ranking.to_dicts()
    first = next(each for each in ranking if each["payer"] == told.compared[0].name)
    for place, each in enumerate(ranking):
        off = cents(each["allowed_amount"]) - cents(first["allowed_amount"])
        against = f"{off:+,.2f} against Medicare"
        if each is first:
            against = "what the others are held against"
        most = "" if place else "allows most; "
        said = f"{most}{against}; on {each['priced']} lines with an amount"
        rows.append([as_named(each["payer"]), cents(each["allowed_amount"]), said])
    swept = sorted(told.sweep[1].select("allowed_amount", "value").rows())
    for label, (amount, value) in (("Least", swept[0]), ("Most", swept[-1])):
        rows.append(
            [f"{label} allowed in the sweep", cents(amount), f"Conversion factor at {value}"]
        )
    widest = told.bars["allowed_amount"].row(0, named=True)
    what = f"Medicare: {named_place(widest['term'])}"
    rows += [
        ["A tenth less of what moves most", cents(widest["low_change"]), what],
        ["A tenth more of what moves most", cents(widest["high_change"]), what],
        ["Rejected rows", told.base.batch.rejects.height, some_text],
        ["Checks (must read 0)", 0, some_text],
        *SIGNED,
        ["Allowed amount"],
        ["Scenario", "Baseline", "Then", "Change", "%", "Changed lines"],
    ]
    for one in told.comparisons:
        lines = told.lines.filter(scenario=one.scenario.name).height
        rows.append([*measured(one.scenario.name, "allowed_amount", one.scenario.title), lines])
    for one in told.comparisons:
        name = one.scenario.name
        rows += [
            [one.scenario.title],
            *([words] for words in one.plan.words()),
            [f"From: {one.scenario.cites}"],
            ["Baseline", "Then", "Change", "%"],
            *(measured(name, measure, MEASURED[measure]) for measure in MEASURES),
            cuts(name),
        ]
    rows += [
        ["Solved"],
        [told.solution.words()],
        ["What it stands on"],
        *([words] for words in told.standing),
        ["Contracts, by the difference on lines shared with the first"],
        [
            *("Payer", "Allowed", "Against Medicare, lines both price"),
            *("Against Medicare, lines one prices alone", "Lines with an amount"),
            "Lines that both price",
        ],
    ]
    for each in ranking:
        # Each of these prices the same lines.
        amounts = [cents(each[x]) for x in ("allowed_amount", "change")]
        lines = each["priced"]
        rows.append([as_named(each["payer"]), *amounts, NOTHING, lines, lines])
    rows += [
        ["Who pays it, under each contract"],
        ["Payer", *(MEASURED[measure] for measure in MEASURES), CUTS],
    ]
    for each in ranking:
        allowed, paid, owed = (cents(each[x]) for x in MEASURES)
        # Nobody of these is owed beyond the allowed amount.
        rows.append([as_named(each["payer"]), allowed, paid, owed, allowed - paid - owed])
    ledger.page("What if", rows, last=BEHIND - 1)
    ledger.page("What if", list(_behind()), first=BEHIND)


def _behind() -> Sequence[list[Any]]:
    """Give the figures behind the charts: bridges, contracts, tornados."""
    told = asked()
    assert told.contracts is not None
    rows: list[list[Any]] = []
    for one in told.comparisons:
        rows.append(["Step", "Base", "Total", "Decrease", "Increase", "Room", "Top"])
        reached, _ = sums_of(one.scenario.name, "allowed_amount")
        bars = [["Baseline", NOTHING, reached]]
        order = ["mix", "price", "terms", "volume"]
        steps = sorted(one.bridge.rows(), key=lambda row: (order.index(row[0]), -abs(row[2])))
        for cause, rule, change in steps:
            low = min(reached, reached + cents(change))
            words = CAUSES[cause] if cause == rule else in_words(rule)
            bars.append([words, low, abs(cents(change))])
            reached += cents(change)
        bars.append(["Scenario", NOTHING, reached])
        room = (max(low + high for _, low, high in bars) / 8).quantize(Decimal("0.01"))
        rows += [[*bar, room, bar[1] + bar[2]] for bar in bars]
    ranking = told.contracts.ranking.select("payer", "allowed_amount").rows()
    rows += [[as_named(name), cents(amount)] for name, amount in ranking]
    for measure in MEASURES:
        for term, low, high in (
            told.bars[measure].select("term", "low_change", "high_change").rows()
        ):
            rows.append([capital(named_place(term)), cents(low), cents(high)])
    return rows


def hold_about_what_if(ledger: Ledger) -> None:
    """Hold the scenarios, their files with hashes, what is assumed and what is left out."""
    told = asked()
    facts: list[list[Any]] = []
    sources: list[list[Any]] = []
    for one in told.comparisons:
        facts += [
            ["Scenario", f"{one.scenario.title} ({one.scenario.name})"],
            ["Its source", one.scenario.cites],
            *(["It changes", words] for words in one.plan.words()),
        ]
        sources += [["Scenario", name, sha256] for name, sha256 in one.scenario.files.items()]
    facts += [
        ["Solved for", "Percent of Medicare: +10% on the baseline"],
        ["Swept", "Conversion factor, 3 values of 30 to 40"],
        *(["Contract", f"{as_named(each.name)}: {each.contract}"] for each in told.compared),
    ]
    sources += [
        ["Payer", f"{name} (of {as_named(payer.name)})", sha256]
        for payer in told.compared
        for name, sha256 in payer.files.items()
    ]
    unpriced = told.base.lines["allowed_amount"].null_count()
    assert told.contracts is not None
    hold_about(
        ledger,
        told.base.record.as_json(),
        "About this what-if",
        facts=facts,
        sources=sources,
        assumed=[
            *(*ASSUMPTIONS, *_OF_WHAT_IFS, *_OF_TORNADOS, *_OF_CONTRACTS),
            *(*told.contracts.left_open, *told.standing),
        ],
        left_out=[
            "1 row rejected and not priced:",
            "1 row: place of service 98 is not a code CMS lists (row 20)",
            f"{unpriced} lines of the baseline without an amount (by report or not on the"
            " schedule): in no sum.",
        ],
        pays="Medicare pays",
    )


def hold_checks(ledger: Ledger) -> None:
    """Hold the sheet of checks."""
    page = ledger.book["Checks"]
    ledger.hold("Checks", page["A1"], "Checks")
    ledger.hold("Checks", page["A2"], begins("Every difference must read 0"))
    check_rows(ledger, "Checks", CHECK_HEADINGS)


def _with_places_named(groups: pl.DataFrame) -> pl.DataFrame:
    names = pl.when(pl.col("by") == "place of service").then(place_of_service(groups["name"]))
    return groups.with_columns(names.otherwise("name").fill_null("not given").alias("name"))


WHAT_IF: dict[str, Callable[[Ledger], None]] = {
    "What if": hold_front,
    "Totals": lambda ledger: hold_rows(ledger, "Totals", totals_with_cuts(), 2),
    "Bridge": lambda ledger: hold_frame(ledger, "Bridge", worded(asked().bridge), 3),
    "Groups": lambda ledger: hold_frame(ledger, "Groups", _with_places_named(asked().groups), 3),
    "Rules": lambda ledger: hold_frame(ledger, "Rules", worded(asked().rules), 2),
    **dict.fromkeys(("Lines", "Statuses", "Chains"), hold_lines),
    **dict.fromkeys(("Sweep", "Contracts", "Families", "Places", "Terms"), hold_answers),
    "Contract lines": hold_answers,
    **{f"Tornado {name}": hold_answers for name in TORNADOS.values()},
    "Checks": hold_checks,
    "About": hold_about_what_if,
}


def test_every_cell_of_a_what_if_and_no_sheet_that_nobody_added_up() -> None:
    ledger = Ledger(books()["whatif"])
    assert {*ledger.book.sheetnames} == {*WHAT_IF}
    for hold in dict.fromkeys(WHAT_IF.values()):
        hold(ledger)
    assert ledger.unheld() == {}


# -- release diff -----------------------------------------------------------------------------


def volume() -> dict[tuple[str, str], Row]:
    """Give the volume by code and setting, of the batch priced with either release."""
    found: dict[tuple[str, str], Row] = {}
    for was, now in zip(*(each.lines.to_dicts() for each in priced()), strict=True):
        key = was["hcpcs_code"], was["setting"]
        key = key[0], as_shown("Setting", key[1])
        own = found.setdefault(key, {"Code": key[0], "Setting": key[1]})
        has = was["allowed_amount"] is not None, now["allowed_amount"] is not None
        kinds = {(True, True): "in both", (True, False): "only before", (False, True): "only after"}
        kind = kinds.get(has, "in neither")
        before, after = was["allowed_amount"], now["allowed_amount"]
        effect = (after or NOTHING) - (before or NOTHING) if any(has) else None
        for name, amount in (
            ("Lines", 1),
            ("Units", was["service_unit_quantity"]),
            ("Allowed before", before),
            ("Allowed after", after),
            ("Effect", effect),
            ("Changed status", int(was["status"] != now["status"])),
            (f"Lines {kind}", 1),
            (f"Effect {kind}", effect),
        ):
            if amount is not None:
                own[name] = own.get(name, 0) + amount
    return found


def hold_volume(ledger: Ledger) -> None:
    """Hold what the change does to the practice's own volume, code by code."""
    found, page = volume(), ledger.book["Your volume"]
    names = [str(cell.value) for cell in page[1]]
    rows = []
    for row in page.iter_rows(min_row=2, max_col=2, values_only=True):
        own = found.pop((str(row[0]), str(row[1])))
        # Of lines there are none; of amounts that no line has there is nothing to be shown.
        none = {name: None if name.startswith(("Allowed", "Effect")) else 0 for name in names}
        rows.append(none | own)
    assert found == {}
    effects = [abs(each["Effect"]) for each in rows if each["Effect"] is not None]
    assert all(each["Effect"] is None for each in rows[len(effects) :])
    assert effects == sorted(effects, reverse=True)
    ledger.table("Your volume", rows)


def hold_changes(ledger: Ledger) -> None:
    """Hold each code that changed."""
    frame, first = changes().rows, ["hcpcs_code", "modifier", "label", "change"]
    amounts = [
        f"{setting}_{what}"
        for setting in ("nonfacility", "facility")
        for what in ("amount_before", "amount_after", "change")
    ]
    hold_frame(ledger, "Changes", frame.select(*first, *amounts, pl.exclude(*first, *amounts)), 2)


def hold_summary(ledger: Ledger) -> None:
    """Hold the effect on the volume, the codes that changed, the steps and the bars."""
    rows = [*volume().values()]

    def of(name: str) -> Any:
        return sum((row.get(name, 0) for row in rows), 0)

    before, effect = of("Allowed before"), of("Effect")
    found = changes()
    kinds = found.rows["change"].value_counts(sort=True).rows()
    bars = [row for row in rows if "Effect" in row]
    bars = sorted(bars, key=lambda row: (-abs(row["Effect"]), row["Code"], row["Setting"]))[:10]
    ledger.page(
        "Summary",
        [
            [" to ".join(RELEASES)],
            [begins("Amounts are Medicare's alone")],
            [begins("locality national  ·  conversion factor 32.3465 to 33.4009")],
            [begins("payrules ")],
            ["Effect on your volume", effect, percent(effect, before)],
            ["Lines of your volume", of("Lines"), some_text],
            ["Lines whose status changes", of("Changed status"), some_text],
            ["Rejected rows", priced()[0].rejects.height, some_text],
            [
                "Codes and modifiers changed",
                found.rows.height,
                f"of {found.rows.height + found.unchanged} codes",
            ],
            *([f"{kind[:1].upper()}{kind[1:]}", many] for kind, many in kinds),
            ["Checks (must read 0)", 0, some_text],
            *SIGNED,
            ["Your own volume, with every rule applied"],
            ["Allowed", "Change", "Lines"],
            [f"Allowed with {RELEASES[0]}", before, of("Lines")],
            ["Lines with an amount in both releases", of("Effect in both"), of("Lines in both")],
            [
                f"Lines with an amount in {RELEASES[0]} only",
                of("Effect only before"),
                of("Lines only before"),
            ],
            ["Lines without an amount in either", of("Lines in neither")],
            ["Effect on your volume", effect],
            [f"Allowed with {RELEASES[1]}", of("Allowed after")],
        ],
        last=BEHIND - 1,
    )
    ledger.page(
        "Summary",
        [[f"{row['Code']}, {row['Setting']}", row["Effect"]] for row in bars],
        first=BEHIND,
    )


def hold_about_diff(ledger: Ledger) -> None:
    """Hold the files of both releases, what is assumed and what is left out."""
    run, later = priced()[0].run.as_json(), sides()[1]
    span = f"{later.effective_from} to {later.effective_to}"
    hold_about(
        ledger,
        run,
        "About these changes",
        facts=[["Locality", "national"]],
        sources=[
            ["Fee schedule", f"{later.name}/{name} ({span})", sha256]
            for name, sha256 in later.files.items()
        ],
        assumed=[*ASSUMPTIONS[1:], *_ASSUMED],
        left_out=[
            f"{changes().unchanged} codes and modifiers that did not change.",
            "1 row of the batch rejected and not priced: place of service 98 is not a code CMS"
            " lists (row 68)",
        ],
        pays="Medicare pays",
    )


DIFF: dict[str, Callable[[Ledger], None]] = {
    "Summary": hold_summary,
    "Changes": hold_changes,
    "Your volume": hold_volume,
    "Checks": hold_checks,
    "About": hold_about_diff,
}


def test_every_cell_of_a_release_diff_and_no_sheet_that_nobody_added_up() -> None:
    ledger = Ledger(books()["diff"])
    assert {*ledger.book.sheetnames} == {*DIFF}
    for hold in DIFF.values():
        hold(ledger)
    assert ledger.unheld() == {}


def test_charts_show_the_cells_that_were_held() -> None:
    """Bars, labels and what a program shows before it calculates are those of the sheets."""
    for name, many in (("whatif", 7), ("diff", 1)):
        charts = charts_of(books()[name])
        assert len(charts) == many
        assert label_faults(books()[name]) == []
        assert all(series.points for chart in charts for series in chart)
        assert {each.sheet for chart in charts for each in chart} <= {"What if", "Summary", "Sweep"}


def test_groups_stand_by_what_changed_most() -> None:
    """Cells are held to their rows in any order, so the order is held apart."""
    page = openpyxl.load_workbook(books()["whatif"])["Groups"]
    (area,) = page.tables.values()
    headings, *rows = ([cell.value for cell in row] for row in page[area.ref])
    assert headings[:3] == ["Scenario", "By", "Name"]
    change = headings.index("Change")
    found: dict[tuple[str, str], list[tuple[bool, float, str]]] = {}
    for row in rows:
        off = row[change]
        place = (off is None, -abs(off or 0), str(row[2]))
        found.setdefault((row[0], row[1]), []).append(place)
    assert max(map(len, found.values())) > 2
    for key, places in found.items():
        assert places == sorted(places), key
