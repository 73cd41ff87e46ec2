"""The first page of a what-if below the answer: scenarios side by side, bridges, other charts."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.money import as_dollars
from payrules.payers.left_open import of_rule, says_no_coinsurance
from payrules.runs.who_paid import as_named
from payrules.scenarios.answer import MEASURES, Answer, dollars_of
from payrules.scenarios.comparison import Comparison
from payrules.scenarios.term_words import named_place
from payrules.workbook.answer_book import AnswerBook, of_cents
from payrules.workbook.coinsurance import ON_FILE, in_a_sentence, open_of
from payrules.workbook.figures.cuts import named_cuts_of
from payrules.workbook.pages.front import LAST_COLUMN
from payrules.workbook.what_if_answer import (
    BEYOND,
    BOTH_PRICE,
    ON_BOTH,
    ON_OTHERS,
    WITH_AMOUNT,
    of_totals,
)
from payrules.workbook.what_if_sweep import in_a_sweep, moved_by
from payrules.workbook.what_if_totals import CUTS, cuts_of, measured, with_cuts
from payrules.workbook.what_if_words import MEASURED, called
from payrules.workbook.words import CAUSES, capital, in_words, without_beginnings
from payrules.workbook.xlsx.cell_texts import printable_text
from payrules.workbook.xlsx.charts import (
    CHART_TITLE,
    bar_chart,
    bridge_chart,
    bridge_figures,
    bridge_height,
    money_axis,
    series_of,
    two_sided_chart,
)
from payrules.workbook.xlsx.paper import OFF_EDGE
from payrules.workbook.xlsx.styles import TOTAL_COLOUR

#: Steps of a waterfall; the smaller ones are drawn as one.
_STEPS = 10
#: Column that holds the figures behind the charts, right of what is read.
_FIGURES = 30
_WIDE, _HIGH, _ROW_PIXELS = 930, 330, 20
#: How many bars a tornado shows.
_BARS = 12
#: How many characters go into the first column of words.
_FIRST_COLUMN = 36


class WhatIfFront:
    """Writes what stands below the answer of a what-if."""

    def __init__(self, book: AnswerBook, answered: Answer) -> None:
        self._book, self._answered = book, answered
        self._front, self._styles = book.front, book.styles
        self._behind = 1  # the first free row of the figures behind charts

    def write(self) -> None:
        """Write every part that was asked for."""
        answered = self._answered
        if len(answered.comparisons) > 1:
            self._side_by_side()
        for one in answered.comparisons:
            self._scenario(one)
        if answered.solution is not None:
            self._said("Solved", [answered.solution.words()])
        setups = [answered.base.setup]
        setups += [setup for one in answered.comparisons for _, setup, _ in one.plan.stages]
        payers = {each.name: each for setup in setups for each in setup.every_payer.values()}
        unsaid = in_a_sentence(open_of([*payers.values()]))
        # That sentence says it of coinsurance, and where it stands.
        silent = (each for each in payers.values() if says_no_coinsurance(each))
        of_coinsurance = {of_rule(each, "coinsurance") for each in silent}
        open_too = [each for each in answered.left_open if each not in of_coinsurance]
        if standing := [*answered.standing, *([unsaid] if unsaid else []), *open_too]:
            self._said("What it stands on", standing)
        if answered.contracts is not None:
            self._contracts(dollars_of(answered.contracts.ranking))
        if answered.sweep is not None:
            asked, table = answered.sweep
            self._swept(asked.place, dollars_of(table))
        for measure, bars in answered.bars.items():
            self._tornado(measure, bars)

    # -- words and tables --------------------------------------------------------

    def _said(self, title: str, sentences: Iterable[str]) -> None:
        front = self._front
        front.section(title, 1, LAST_COLUMN)
        for sentence in sentences:
            self._front.sentence(sentence)
        front.row += 1

    def _side_by_side(self) -> None:
        front, styles = self._front, self._styles
        names = ("Scenario", "Baseline", "Then", "Change", "%", "Changed lines", "")
        front.section("Allowed amount", 1, LAST_COLUMN)
        front.headings(1, names, ["text", *["money"] * 5, "text"])
        for one in self._answered.comparisons:
            allowed = one.totals.row(0, named=True)
            front.text(1, one.scenario.title, styles.cell("text", wrap=True))
            front.high_enough(((one.scenario.title, _FIRST_COLUMN),))
            said = f"side by side, {one.scenario.title}"
            self._before_and_after(one, allowed, said)
            lines = Decimal(one.lines.height)
            counted_lines = self._book.count("Lines", scenario=called(self._answered, one))
            self._book.show(6, lines, f"{said}, changed lines", counted_lines, counts=True)
            front.row += 1
        front.row += 1

    def _scenario(self, one: Comparison) -> None:
        front = self._front
        front.section(one.scenario.title, 1, LAST_COLUMN)
        for words in (*one.plan.words(), f"From: {one.scenario.cites}"):
            self._front.sentence(words)
        front.headings(
            1,
            ("", "Baseline", "Then", "Change", "%", "", ""),
            ["text", *["money"] * 4, *["text"] * 2],
        )
        words_of = measured(self._answered) | {CUTS: cuts_of(one)}
        for total in with_cuts(one).iter_rows(named=True):
            words = words_of[total["measure"]]
            front.text(1, words, self._styles.cell("text", wrap=True))
            front.high_enough(((words, _FIRST_COLUMN),))
            self._before_and_after(one, total, f"{one.scenario.title}, {words}")
            front.row += 1
        front.row += 1
        if one.bridge.height:
            steps = waterfall_of(one)
            behind = (self._behind, _FIGURES)
            chart = bridge_chart(self._book.book, front.page, front.name, steps, behind)
            self._behind += steps.height + 2
            title = "From the baseline to the scenario, allowed amount"
            drawn = bridge_figures(steps)
            self._book.drawn(
                f"bridge of {one.scenario.title}",
                (behind[0] + 1, _FIGURES + 1),
                [values for _, values in drawn],
                [label for label, _ in drawn],
            )
            self._put(chart, title, bridge_height(steps.height))

    def _before_and_after(self, one: Comparison, total: dict[str, Any], said: str) -> None:
        """Write what a measure was, is and changes by, and the share of it."""
        for place, name in enumerate(("before", "after", "change"), 2):
            if total[name] is None:
                continue  # no payer's file says it
            figure = of_totals(self._book, self._answered, one, total["measure"], name)
            self._book.show(place, of_cents(total[name]), f"{said}, {name}", figure)
        if total["share"] is not None:
            self._book.show_share(5, total["share"], said, 4, 2)

    # -- charts ------------------------------------------------------------------

    def _put(self, chart: Any, title: str, height: int) -> None:
        front = self._front
        chart.set_title({"name": printable_text(title), **CHART_TITLE})
        chart.set_size({"width": _WIDE, "height": height})
        words = printable_text(title)
        look = {"object_position": 2, "description": words, "y_offset": OFF_EDGE}
        front.page.insert_chart(front.row, 1, chart, look)
        front.row += -(-height // _ROW_PIXELS) + 1

    def _contracts(self, ranking: pl.DataFrame) -> None:
        front = self._front
        first = as_named(self._answered.compared[0].name)
        front.section("Contracts, by the difference on lines shared with the first", 1, LAST_COLUMN)
        told = {
            "allowed_amount": "Allowed",
            "both_change": f"Against {first}, {ON_BOTH}",
            "others_change": f"Against {first}, {ON_OTHERS}",
            "priced": WITH_AMOUNT,
            "priced_by_both": BOTH_PRICE,
        }
        self._by_contract(ranking, told)
        if said := in_a_sentence(open_of(self._answered.compared)):
            front.sentence(said)
        front.row += 1
        front.section("Who pays it, under each contract", 1, LAST_COLUMN)
        self._by_contract(ranking, self._who_pays(ranking))
        front.row += 1
        rows = [
            (as_named(name), amount)
            for name, amount in ranking.select("payer", "allowed_amount").iter_rows()
        ]
        behind = (self._behind, _FIGURES)
        chart = bar_chart(self._book.book, front.page, front.name, rows, behind, reduced=False)
        self._behind += len(rows) + 2
        self._book.drawn(
            "bars of contracts",
            (behind[0], _FIGURES + 1),
            [(amount,) for _, amount in rows],
            [label for label, _ in rows],
        )
        self._put(
            chart,
            "Allowed amount by contract, each on its own lines",
            bridge_height(len(rows)) + 40,
        )

    def _who_pays(self, ranking: pl.DataFrame) -> dict[str, str]:
        """Head who pays what contracts allow, so that every row adds up."""
        told = {name: MEASURED[name] for name in MEASURES}
        if open_of(self._answered.compared):
            told["patient_amount"] = ON_FILE.format(told["patient_amount"])
        cuts = named_cuts_of(self._answered.record)
        beside = {"beyond_amount": BEYOND, "cuts_amount": cuts}
        return told | {name: words for name, words in beside.items() if (ranking[name] != 0).any()}

    def _by_contract(self, ranking: pl.DataFrame, told: Mapping[str, str]) -> None:
        """Write a row a contract, with these columns of the sheet Contracts."""
        front = self._front
        front.headings(1, ("Payer", *told.values()), ["text", *["money"] * len(told)])
        for each in ranking.iter_rows(named=True):
            front.text(1, as_named(each["payer"]))
            for place, (name, said) in enumerate(told.items(), 2):
                if each[name] is None:
                    continue
                figure = self._book.sum("Contracts", name, payer=each["payer"])
                words = f"contract {as_named(each['payer'])}, {said[:1].lower()}{said[1:]}"
                is_count = name.startswith("priced")
                self._book.show(place, Decimal(each[name]), words, figure, counts=is_count)
            front.row += 1

    def _swept(self, place: str, frame: pl.DataFrame) -> None:
        if "Sweep" not in self._book.tables:
            return
        measure = moved_by(self._answered)
        chart = self._book.book.add_chart({"type": "line"})
        chart.add_series(
            {
                **series_of("Sweep", frame, "value", measure),
                "line": {"color": TOTAL_COLOUR, "width": 2.25},
                "marker": {"type": "circle", "size": 5, "fill": {"color": TOTAL_COLOUR}},
            }
        )
        axis, cut = money_axis(frame[measure])
        chart.set_legend({"none": True})
        words = named_place(place)
        chart.set_x_axis({"name": capital(words), "name_font": {"size": 9, "bold": False}})
        chart.set_y_axis(axis)
        named = "Allowed amount"
        if measure != "allowed_amount":
            named = capital(in_a_sweep(self._answered))
        self._put(chart, f"{named} by {words}{cut}", _HIGH)

    def _tornado(self, measure: str, bars: pl.DataFrame) -> None:
        front = self._front
        shown = dollars_of(bars_in_words(bars).head(_BARS))
        several = bars["payer"].n_unique() > 1
        rows = [
            (f"{as_named(payer)}: {what}" if several else what, low, high)
            for payer, what, low, high in shown.select(
                "payer", "what", "low_change", "high_change"
            ).iter_rows()
        ]
        behind = (self._behind, _FIGURES)
        self._behind += len(rows) + 2
        names = ("a tenth less", "a tenth more")
        chart = two_sided_chart(self._book.book, front.page, front.name, rows, behind, names)
        of = f"tornado, {MEASURED[measure].lower()}"
        amounts, labels = [values for _, *values in rows], [label for label, *_ in rows]
        self._book.drawn(of, (behind[0], _FIGURES + 1), amounts, labels)
        left_out = "" if bars.height <= _BARS else f", the {_BARS} widest of {bars.height}"
        title = f"A tenth less and more: {MEASURED[measure]}{left_out}"
        self._put(chart, title, bridge_height(shown.height) + 60)


def bars_in_words(bars: pl.DataFrame) -> pl.DataFrame:
    """Give a tornado's rows with what is moved in words, beside its place in the payer file."""
    places = {place: capital(named_place(place)) for place in bars["term"].unique()}
    values = (
        pl.col(name).replace({each: without_beginnings(each) for each in bars[name].unique()})
        for name in ("low", "high")
        if bars.schema[name] == pl.String
    )
    return bars.with_columns(*values, what=pl.col("term").replace(places)).select(
        "payer", "what", pl.exclude("payer", "what", "term"), "term"
    )


def waterfall_of(one: Comparison) -> pl.DataFrame:
    """Give the bridge as `payrules.workbook.xlsx.charts` draws it, the smaller steps as one."""
    causes: Sequence[str] = one.bridge["cause"].unique().to_list()
    largest, smaller = one.largest_steps(_STEPS)
    steps: list[tuple[str, int]] = []
    for cause, rule, change in largest.iter_rows():
        words = CAUSES[cause] if cause == rule else in_words(rule)
        of_cause = f"{CAUSES[cause]}: {words[:1].lower()}{words[1:]}"
        steps.append((of_cause if len(causes) > 1 and cause != rule else words, change))
    if smaller.height:
        steps.append((f"{smaller.height} smaller steps", int(smaller["change"].sum())))
    running = one.base.total()
    rows = [("Baseline", running, running, "total")]
    for label, change in steps:
        running += change
        rows.append((label, change, running, "step"))
    rows.append(("Scenario", running, running, "total"))
    schema = {"label": pl.String, "amount": pl.Int64, "running_total": pl.Int64, "kind": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(as_dollars(pl.col("amount")), as_dollars(pl.col("running_total")))
