"""What the what-if commands print: tables for `payrules.screen.printed.show`."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims.code_families import place_named, place_of_service
from payrules.runs.causes import causes_of
from payrules.runs.covered import in_sentences
from payrules.runs.record import RunRecord
from payrules.runs.results import passed_over, who_pays
from payrules.runs.x12 import cut_short, x12_remarks
from payrules.scenarios.answer import MEASURES, Answer, by_payer_in_dollars, dollars_of
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.canary import Canary
from payrules.scenarios.comparison import Comparison
from payrules.scenarios.contracts import Contracts
from payrules.scenarios.marginal import Marginal
from payrules.scenarios.plan import Plan
from payrules.scenarios.term_words import named_place
from payrules.scenarios.words import count_of_lines, dollars, heading
from payrules.screen.changed_lines import also_changed, lines_listed
from payrules.screen.printed import Part, Table, words
from payrules.screen.rejected import rejected

_MOST = 12
#: Of contracts side by side, what stands in the workbook alone.
_NOT_SHOWN = ("contract", "patient_amount", "beyond_amount", "cuts_amount")


def told(answered: Answer) -> list[Part]:
    """Tell an answer: each scenario with its totals, bridge and largest effects, then the rest."""
    parts: list[Part] = []
    if len(answered.comparisons) > 1:
        parts += [words("Scenarios side by side", bold=True), _side_by_side(answered)]
    for one in answered.comparisons:
        parts += _comparison(one)
    if answered.standing:
        parts.append(words(*answered.standing))
    if answered.solution is not None:
        parts.append(words(answered.solution.words()))
    if answered.sweep is not None:
        asked, frame = answered.sweep
        parts += [
            words(f"Sweep of {named_place(asked.place)}", bold=True),
            _swept(frame, answered),
        ]
    if answered.tornado is not None:
        parts.append(words("Effect of changing each term by a tenth", bold=True))
        of_one = answered.tornado["payer"].n_unique() == 1
        for measure, bars in answered.bars.items():
            shown = dollars_of(bars.drop("payer") if of_one else bars)
            terms = {each: named_place(each) for each in shown["term"].unique()}
            shown = shown.with_columns(pl.col("term").replace(terms))
            parts += [words(f"Change in what is {MEASURES[measure]}"), _frame(shown)]
    run = answered.base.record
    said = of_reading(run)
    if run.coverage is not None:
        enforced = any(one.scenario.says.coverage == "enforce" for one in answered.comparisons)
        said += in_sentences(run.coverage, priced=enforced)
    if answered.contracts is not None:
        parts += _contracts(answered.contracts)
    said += answered.every_left_open
    return [*parts, *map(words, dict.fromkeys([*said, *passed_over(run)]))]


def of_reading(run: RunRecord) -> list[str]:
    """Say what did not agree in claims that came in X12, and what payers' files leave unsaid."""
    return [*cut_short(run.x12), *x12_remarks(run.x12), *who_pays(run)]


def dry_run(plans: Sequence[Plan]) -> list[Part]:
    """Say what scenarios would change, without pricing them."""
    parts: list[Part] = []
    for each in plans:
        said = each.words() or ["nothing"]
        persons = max((int(reached.sum()) for _, _, reached in each.stages), default=0)
        told = [*said, f"{count_of_lines(persons)} would be priced again"]
        parts.append(words(f"{each.scenario.title} ({each.scenario.name})", bold=True))
        parts.append(words(*(f"  {sentence}" for sentence in told)))
    return parts


def _comparison(one: Comparison) -> list[Part]:
    scenario = one.scenario
    parts: list[Part] = [
        words(f"{scenario.title} ({scenario.name})", bold=True),
        words(*one.plan.words(), f"From: {scenario.cites}"),
    ]
    table = _table("", "baseline", "scenario", "change", "%")
    for row in one.totals_on_file.iter_rows(named=True):
        table.add_row(
            MEASURES[row["measure"]]
            + ", where on file" * (one.is_open and row["measure"] == "patient_amount"),
            *(_known(row[name]) for name in ("before", "after", "change")),
            _percent(row["share"]),
        )
    parts.append(table)
    if one.bridge.height:
        parts.append(_bridge(one))
    for key, named in (("hcpcs_code", "code"), ("place_of_service_code", "place of service")):
        parts += _group(one, key, named)
    if one.lines.height:
        parts.append(_lines(one))
    if one.status_changes.height:
        parts.append(_statuses(one))
    return parts


def _bridge(one: Comparison) -> Table:
    table = _table("because of", "shows in", "change")
    table.add_row("baseline", "", dollars(one.base.total()))
    steps, rest = one.largest_steps(_MOST)
    for cause, rule, change in steps.iter_rows():
        table.add_row(cause, rule.replace("_", " "), dollars(change))
    if rest.height:
        table.add_row("", f"{rest.height} smaller parts", dollars(int(rest["change"].sum())))
    table.add_row("scenario", "", dollars(one.base.total() + one.change))
    return table


def _group(one: Comparison, key: str, named: str) -> list[Part]:
    rows = one.by(key).filter(pl.col("change") != 0)
    if not rows.height:
        return []
    table = _table(named, "baseline", "scenario", "change", "%", left=1)
    for row in rows.head(_MOST).iter_rows(named=True):
        table.add_row(
            place_named(row[key]) if key == "place_of_service_code" else str(row[key]),
            *(dollars(row[name]) for name in ("before", "after", "change")),
            _percent(row["share"]),
        )
    _and_more(table, rows.height, 4)
    return [table]


def _lines(one: Comparison) -> Table:
    """Show the changed lines, and of those whose allowed amount stays what else changed."""
    lines = lines_listed(one)
    told = [also_changed(row) for row in lines.head(_MOST).iter_rows(named=True)]
    also = ["also"] * any(told)
    table = _table("claim", "line", "code", "allowed", "then", "change", *also, left=3)
    for row, words_of in zip(lines.iter_rows(named=True), told, strict=False):
        table.add_row(
            row["claim_id"],
            str(row["claim_line_number"]),
            row["hcpcs_code_after"],
            _amount(row["allowed_amount"]),
            _amount(row["allowed_amount_after"]),
            dollars(row["change"]),
            *[words_of] * len(also),
        )
    if lines.height > _MOST:
        more = f"and {count_of_lines(lines.height - _MOST)} more"
        table.add_row("", "", more, "", "", "", *[""] * len(also))
    if fees := one.lines.height - lines.height:
        more = f"and {count_of_lines(fees)} of which the fee alone changes"
        table.add_row("", "", more, "", "", "", *[""] * len(also))
    return table


def _statuses(one: Comparison) -> Table:
    table = _table("claim", "line", "was", "is", "why", left=5)
    for row in one.status_changes.head(_MOST).iter_rows(named=True):
        table.add_row(
            row["claim_id"],
            str(row["claim_line_number"]),
            row["status"].replace("_", " "),
            row["status_after"].replace("_", " "),
            row["reason_after"] or "",
        )
    _and_more(table, one.status_changes.height, 4)
    return table


def _and_more(table: Table, rows: int, blanks: int) -> None:
    """Say how many rows a table has beyond the ones it shows."""
    if rows > _MOST:
        table.add_row(f"and {rows - _MOST:,} more", *[""] * blanks)


def _side_by_side(answered: Answer) -> Table:
    table = _table("scenario", "allowed", "change", "%", "lines changed")
    table.add_row("baseline", dollars(answered.base.total()), "", "", "")
    for one in answered.comparisons:
        allowed = one.totals.row(0, named=True)
        table.add_row(
            one.scenario.title,
            dollars(allowed["after"]),
            dollars(allowed["change"]),
            _percent(allowed["share"]),
            f"{one.lines.height:,}",
        )
    return table


def _contracts(contracts: Contracts) -> list[Part]:
    return [
        words("Contracts, by the difference on lines shared with the first", bold=True),
        _frame(dollars_of(contracts.ranking).drop(_NOT_SHOWN)),
        _frame(by_payer_in_dollars(contracts.families)),
        _frame(_named_places(by_payer_in_dollars(contracts.places))),
        words(f"Each term alone, against {_reference(contracts)}", bold=True),
        _frame(dollars_of(contracts.terms).with_columns(pl.col("rule").str.replace_all("_", " "))),
    ]


def _named_places(places: pl.DataFrame) -> pl.DataFrame:
    return places.with_columns(place_of_service(places["place_of_service_code"]))


def _reference(contracts: Contracts) -> str:
    others = set(contracts.terms["payer"])
    names = [name for name in contracts.ranking["payer"] if name not in others]
    return names[0] if names else "the first contract"


def marginal_tables(found: Marginal) -> list[Part]:
    """Tell what each line of a claim is worth."""
    parts: list[Part] = [words(f"Claim {found.claim}: allowed {dollars(found.total)}", bold=True)]
    table = _table("line", "code", "status", "allowed", "claim without it", "worth", "other claims",
                   left=3)  # fmt: skip
    for row in found.lines.iter_rows(named=True):
        table.add_row(
            str(row["claim_line_number"]),
            "-".join([row["hcpcs_code"], *row["modifiers"].split()]),
            row["status"],
            _amount(row["allowed_amount"]),
            dollars(row["without"]),
            dollars(row["worth"]),
            dollars(row["others"]),
        )
    parts.append(table)
    if found.otherwise.height:
        table = _table("otherwise", "claim", "difference", left=1)
        for row in found.otherwise.iter_rows(named=True):
            table.add_row(row["what"], dollars(row["total"]), dollars(row["difference"]))
        parts.append(table)
    return parts


def where_written(files: Sequence[Path], base: Baseline) -> list[Part]:
    """Say where files are, and that rows were rejected."""
    parts: list[Part] = []
    rejects = base.batch.rejects.height
    if rejects:
        are = "row is" if rejects == 1 else "rows are"
        parts.append(
            (
                words(f"{rejects:,} {are} rejected and not included:"),
                *rejected(causes_of([base.batch.rejects]), "payrules estimate --rejects F"),
            )
        )
    if files:
        parts.append(words("written: " + ", ".join(str(path) for path in files)))
    return parts


def canary_words(checked: Canary) -> list[Part]:
    """Tell what a canary file's check found."""
    if not checked.moved:
        held = (
            f"{checked.expectations:,} expected values on {count_of_lines(checked.lines)} still "
            "hold."
        )
        return [words(held)]
    said = [each.words() for each in checked.moved]
    moved = len({(each.claim_id, each.claim_line_number) for each in checked.moved})
    return [words(*said), words(f"{count_of_lines(moved)} of {checked.lines:,} changed.")]


# -- tables ------------------------------------------------------------------------------------


def _table(*headings: str, left: int = 1) -> Table:
    """Make a table of numbers behind `left` columns of words."""
    numbers = [each for each in headings[left:] if each not in {"shows in", "why", "also"}]
    return Table(*headings, right=numbers)


def _swept(frame: pl.DataFrame, answered: Answer) -> Table:
    """Show a sweep, whose rows are of all payers of the batch together."""
    if not (frame["beyond_amount"] != 0).any():
        frame = frame.drop("beyond_amount")
    frame = dollars_of(frame)
    if answered.is_open:
        frame = frame.rename({"patient_amount": f"{heading('patient_amount')}, where on file"})
    return _frame(frame, payers=len(answered.base.record.every_payer))


def _frame(frame: pl.DataFrame, *, payers: int = 1) -> Table:
    headings = {name: heading(name, payers) for name in frame.columns}
    numbers = [headings[name] for name, kind in frame.schema.items() if kind.is_numeric()]
    table = Table(*headings.values(), right=numbers)
    for row in frame.iter_rows():
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def _amount(cents: int | None) -> str:
    return "none" if cents is None else dollars(cents)


def _known(cents: int | None) -> str:
    return "" if cents is None else dollars(cents)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:+.2%}"
