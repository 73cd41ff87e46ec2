"""What a what-if comes to, as its first page says it first, and the checks that hold it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.counted import counted
from payrules.runs.who_paid import as_named
from payrules.scenarios.answer import GROUPS, Answer
from payrules.scenarios.comparison import Comparison
from payrules.scenarios.contracts import SHARES, Contracts
from payrules.scenarios.term_words import named_place
from payrules.workbook.answer_book import (
    AnswerBook,
    Answered,
    Figure,
    must_agree,
    of_cents,
)
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.what_if_sweep import of_sweep, swept
from payrules.workbook.what_if_totals import CUTS, cuts_of, is_unknown, measured
from payrules.workbook.what_if_words import called
from payrules.workbook.words import (
    capital,
    in_a_row,
)

#: The sheet of each measure's bars.
TORNADO = {
    "allowed_amount": "Tornado allowed",
    "medicare_amount": "Tornado payer",
    "patient_amount": "Tornado patient",
}
#: What patients owe of a contract beyond what it allows.
BEYOND = "Of that beyond the allowed amount"
#: What of a contract's lines is counted.
WITH_AMOUNT, BOTH_PRICE = "Lines with an amount", "Lines that both price"
#: The sheet of every line under each contract.
CONTRACT_LINES = "Contract lines"
#: What a contract's difference from the first is of.
ON_BOTH, ON_OTHERS = "lines both price", "lines one prices alone"
#: No first page lists more scenarios or contracts.
_MOST = 10


def title_of(answered: Answer) -> str:
    """Name what was asked."""
    scenarios, contracts = answered.comparisons, answered.contracts
    if len(scenarios) == 1:
        return f"What if: {scenarios[0].scenario.title}"
    if scenarios:
        return f"What if: {counted(len(scenarios), 'scenario')} side by side"
    if contracts is not None:
        return f"{counted(contracts.ranking.height, 'contract')} on the same claims"
    if answered.solution is not None:
        return "What it takes to reach a target"
    if answered.sweep is not None:
        return f"Sweep of {named_place(answered.sweep[0].place)}"
    return "What moves payment most"


def answer_of(book: AnswerBook, answered: Answer) -> list[Answered]:
    """Give the answer row by row: scenarios, solution, contracts, sweep, tornado, rejects."""
    rows = [
        *_scenarios(book, answered),
        *_solved(answered),
        *_contracts(book, answered),
        *swept(book, answered),
        *_moves_most(book, answered),
    ]
    if not any(each.row.strong for each in rows):
        rows[0] = replace(rows[0], row=replace(rows[0].row, strong=True))
    if not answered.comparisons and not answered.of_contracts_alone:
        # A scenario's table shows what its baseline comes to; the others stand against one too.
        total = of_cents(answered.base.total())
        payers = [as_named(each.name) for each in answered.base.record.every_payer]
        words = f"priced by {in_a_row(payers, ', ')}" if answered.compared else ""
        row = HeadlineRow("Allowed as the claims stand", total, words, after_space=True)
        rows.append(Answered(row, Figure(None, total)))
    rejects = answered.base.batch.rejects.height
    if rejects:
        words = "not priced: no figure here counts them; see About"
        row = HeadlineRow("Rejected rows", Decimal(rejects), words, after_space=True, counts=True)
        rows.append(Answered(row, Figure(None, Decimal(rejects))))
    return rows


def _scenarios(book: AnswerBook, answered: Answer) -> Iterator[Answered]:
    every = answered.comparisons
    for one in every[:_MOST]:
        before, after, change, share = one.totals.select("before", "after", "change", "share").row(
            0
        )
        percent = "" if share is None else f", {share:+.1%}"
        words = f"from {of_cents(before):,.2f} to {of_cents(after):,.2f}{percent}"
        label = "Allowed amount changes by" if len(every) == 1 else one.scenario.title
        yield Answered(
            HeadlineRow(label, of_cents(change), words, strong=len(every) == 1),
            of_totals(book, answered, one, "allowed_amount", "change"),
        )
    if len(every) > _MOST:
        row = HeadlineRow(
            "Scenarios more", Decimal(len(every) - _MOST), "in the table below", counts=True
        )
        yield Answered(row)
    if len(every) == 1:
        (one,) = every
        for measure, label in (
            ("medicare_amount", "Payer pays"),
            ("patient_amount", measured(answered)["patient_amount"]),
        ):
            if is_unknown(one, measure):
                yield Answered(HeadlineRow(f"{label}, change", None, indent=1))
                continue
            change = one.totals.row(by_predicate=pl.col("measure") == measure, named=True)["change"]
            yield Answered(
                HeadlineRow(f"{label}, change", of_cents(change), indent=1),
                of_totals(book, answered, one, measure, "change"),
            )
        changes = {each["measure"]: each["change"] for each in one.totals.iter_rows(named=True)}
        shares = ("medicare_amount", "patient_amount")
        cut = changes["allowed_amount"] - sum(changes[each] for each in shares)
        if cut:
            figure = of_totals(book, answered, one, CUTS, "change")
            label = f"{cuts_of(one)}, change"
            yield Answered(HeadlineRow(label, of_cents(cut), indent=1), figure)
        words = f"of {counted(one.base.lines.height, 'line')}"
        row = HeadlineRow("Changed lines", Decimal(one.lines.height), words, indent=1, counts=True)
        yield Answered(row, book.count("Lines", scenario=called(answered, one)))


def of_totals(
    book: AnswerBook, answered: Answer, one: Comparison, measure: str, column: str
) -> Figure:
    """Give a scenario's figure of a measure, as the sheet of totals has it."""
    words = cuts_of(one) if measure == CUTS else measured(answered)[measure]
    return book.sum("Totals", column, scenario=called(answered, one), measure=words)


def _solved(answered: Answer) -> Iterator[Answered]:
    found = answered.solution
    if found is not None:
        label = "Total that was reached" if found.value is not None else "Nearest total"
        value = found.value if found.value is not None else found.nearest[0][0]
        off = of_cents(found.total - found.target.cents)
        words = f"with {named_place(found.unknown)} {value}; asked for"
        words += f" {of_cents(found.target.cents):,.2f}, off by {off:+,.2f}"
        total = of_cents(found.total)
        yield Answered(HeadlineRow(label, total, words), Figure(None, total))


def _contracts(book: AnswerBook, answered: Answer) -> Iterator[Answered]:
    if answered.contracts is None:
        return
    shown = answered.contracts.ranking.head(_MOST)
    first = answered.compared[0].name
    alike = is_alike(answered.contracts)
    if not alike:
        yield from _like_for_like(book, answered)
    for place, each in enumerate(shown.iter_rows(named=True)):
        words = f"on {counted(each['priced'], 'line')} with an amount"
        if alike:
            words = f"{_against(each, first)}; {words}"
            words = f"allows most; {words}" if not place else words
        yield Answered(
            HeadlineRow(
                as_named(each["payer"]) + ("" if alike else " allows, on its own lines"),
                of_cents(each["allowed_amount"]),
                words,
                strong=alike and not place,
                after_space=not alike and not place,
            ),
            book.sum("Contracts", "allowed_amount", payer=each["payer"]),
        )


def is_alike(contracts: Contracts) -> bool:
    """Whether every contract has an amount of the same lines."""
    return len({*contracts.ranking["priced"], *contracts.ranking["priced_by_both"]}) == 1


def _against(each: dict[str, Any], first: str) -> str:
    """Say how a contract's amount lies to the first's."""
    if each["payer"] == first:
        return "what the others are held against"
    change = of_cents(each["change"])
    return f"{change:+,.2f} against {as_named(first)}" if change else f"as {as_named(first)}"


def _like_for_like(book: AnswerBook, answered: Answer) -> Iterator[Answered]:
    """Say first what contracts differ by on lines that both price, and beside it on the others."""
    assert answered.contracts is not None
    first = answered.compared[0].name
    ranking = answered.contracts.ranking
    priced = ranking.row(by_predicate=pl.col("payer") == first, named=True)["priced"]
    others = ranking.filter(pl.col("payer") != first).head(_MOST)
    for place, each in enumerate(others.iter_rows(named=True)):
        both, alone = each["priced_by_both"], each["priced"] + priced - 2 * each["priced_by_both"]
        words = f"on {counted(both, 'line')}" if both else "no line has an amount of both"
        if alone:
            beside = of_cents(each["others_change"])
            words += f"; {beside:+,.2f} on {counted(alone, 'line')} that one prices alone"
        yield Answered(
            HeadlineRow(
                f"{as_named(each['payer'])} against {as_named(first)}, on lines both price",
                of_cents(each["both_change"]) if both else None,
                words,
                strong=not place,
            ),
            book.sum("Contracts", "both_change", payer=each["payer"]) if both else None,
        )


def _moves_most(book: AnswerBook, answered: Answer) -> Iterator[Answered]:
    for measure, bars in answered.bars.items():
        if measure != "allowed_amount":
            continue
        each = bars.row(0, named=True)
        payer = as_named(each["payer"])
        for label, end in (("A tenth less", "low"), ("A tenth more", "high")):
            change = of_cents(each[f"{end}_change"])
            row = HeadlineRow(
                f"{label} of what moves most", change, f"{payer}: {named_place(each['term'])}"
            )
            yield Answered(row, _of_bar(book, measure, each, end))


def _widest(book: AnswerBook, answered: Answer) -> Iterator[LiveCheck]:
    """Hold that the bar on the first page moves most, wherever it stands: people sort sheets."""
    for measure, bars in answered.bars.items():
        low, high = (book.column(TORNADO[measure], f"{end}_change") for end in ("low", "high"))
        if measure != "allowed_amount" or low is None or high is None:
            continue
        ends = [_of_bar(book, measure, bars.row(0, named=True), end) for end in ("low", "high")]
        above = f"(({low}>{high})*{low}+({low}<={high})*{high})"
        below = f"({low}+{high}-{above})"
        width = f"({above}*({above}>0)-{below}*({below}<0))"
        both = ",".join(str(each.formula) for each in ends)
        one = f"MAX({both},0)-MIN({both},0)"
        values = (*(each.value for each in ends), Decimal(0))
        value = max(values) - min(values)
        yield must_agree(
            f"{TORNADO[measure]}: what moves most",
            Figure(one, value),
            Figure(f"SUMPRODUCT(MAX({width}))", value),
            "tornado",
        )


def _of_bar(book: AnswerBook, measure: str, bar: dict[str, Any], end: str) -> Figure:
    """Give what a bar changes at one end, from the row of its payer and its term."""
    return book.sum(TORNADO[measure], f"{end}_change", payer=bar["payer"], term=bar["term"])


def checks_of(book: AnswerBook, answered: Answer) -> list[LiveCheck]:
    """Give the checks: every sheet adds up, and comes to what the others come to."""
    checks: list[LiveCheck] = []
    for one in answered.comparisons:
        checks += _of_scenario(book, answered, one)
    if answered.contracts is not None:
        checks += _of_contracts(book, answered)
    checks += _widest(book, answered)
    checks += of_sweep(book, answered)
    return checks


def _of_scenario(book: AnswerBook, answered: Answer, one: Comparison) -> Iterator[LiveCheck]:
    name = called(answered, one)
    of = f"scenario {name}"
    for measure, words in measured(answered).items():
        before, after, change = (
            of_totals(book, answered, one, measure, column)
            for column in ("before", "after", "change")
        )
        run = of_cents(one.base.total(measure))
        yield must_agree(
            f"Totals: {words} before, as the run had it", before, Figure(None, run), of
        )
        if is_unknown(one, measure):
            continue  # a change that no payer's file says
        yield must_agree(f"Totals: {words}, before and change", before + change, after, of)
        both = [
            book.sum("Lines", column, scenario=name) for column in (measure, f"{measure}_after")
        ]
        yield must_agree(f"Lines: {words}, change", both[1] - both[0], change, of)
    whole = of_totals(book, answered, one, "allowed_amount", "after")
    parts = of_totals(book, answered, one, CUTS, "after")
    for measure in ("medicare_amount", "patient_amount"):
        parts += of_totals(book, answered, one, measure, "after")
    yield must_agree("Totals: paid, owed and cut are what is allowed", parts, whole, of)
    change = of_totals(book, answered, one, "allowed_amount", "change")
    for sheet in ("Bridge", "Lines", "Rules"):
        added = book.sum(sheet, "change", scenario=name)
        yield must_agree(f"{sheet}: change of the allowed amount", added, change, of)
    for column in ("before", "after"):
        whole = of_totals(book, answered, one, "allowed_amount", column)
        yield must_agree(f"Rules: {column}", book.sum("Rules", column, scenario=name), whole, of)
        for words in GROUPS.values():
            added = book.sum("Groups", column, scenario=name, by=capital(words))
            yield must_agree(f"Groups by {words}: {column}", added, whole, of)
    was, then = (book.column("Lines", each) for each in ("status", "status_after"))
    test = book.test("Lines", "scenario", name)
    other = Figure(
        f"SUMPRODUCT({test}*({was}<>{then}))" if was and test else None,
        Decimal(one.status_changes.height),
    )
    listed = Figure("0", Decimal(0))
    if "Statuses" in book.place.frames:
        listed = book.count("Statuses", scenario=name)
    yield must_agree("Statuses: lines whose status is another", listed, other, of, counts=True)


def _of_contracts(book: AnswerBook, answered: Answer) -> Iterator[LiveCheck]:
    assert answered.contracts is not None
    first = answered.compared[0].name
    name_of_first = as_named(first)
    of = "contracts"

    def ranked(payer: str, column: str) -> Figure:
        return book.sum("Contracts", column, payer=payer)

    for payer in answered.contracts.ranking["payer"]:
        named = as_named(payer)  # as the sheets head it
        parts = ranked(payer, "both_change") + ranked(payer, "others_change")
        said = f"Contracts: {named}, on lines of both and on others"
        yield must_agree(said, parts, ranked(payer, "change"), of)
        allowed, change = ranked(payer, "allowed_amount"), ranked(payer, "change")
        against = allowed - ranked(first, "allowed_amount")
        yield must_agree(f"Contracts: {named} against {name_of_first}", change, against, of)
        paid, owed, beyond, cuts = (
            ranked(payer, f"{each}_amount") for each in ("medicare", "patient", "beyond", "cuts")
        )
        said = f"Contracts: {named}, who pays what is allowed and owed beyond it"
        yield must_agree(said, paid + owed + cuts, allowed + beyond, of)
        for share, amount in zip(SHARES.values(), (paid, owed), strict=True):
            column = f"{payer}: {share}"
            added = book.sum(CONTRACT_LINES, column)
            said = f"{CONTRACT_LINES}: {named}: {share}"
            yield must_agree(said, added, amount, of)
        for sheet in ("Families", "Places", CONTRACT_LINES):
            yield must_agree(f"{sheet}: {named}", book.sum(sheet, payer), allowed, of)
        if payer == first:
            continue
        apart = book.sum(CONTRACT_LINES, f"{payer}, against {first}")
        said = f"{CONTRACT_LINES}: {named}, against {name_of_first}"
        yield must_agree(said, apart, ranked(payer, "both_change"), of)
        said = f"Terms: {named}, all together"
        yield must_agree(said, book.sum("Terms", "change", payer=payer), change, of)
        paid = ranked(payer, "medicare_amount") - ranked(first, "medicare_amount")
        yield must_agree(
            f"{said}, what the payer pays", book.sum("Terms", "paid_change", payer=payer), paid, of
        )
