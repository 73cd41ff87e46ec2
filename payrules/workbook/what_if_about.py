"""What the About page of a what-if says: files with hashes, what is assumed, what is not in it."""

from collections.abc import Iterator

from payrules.counted import counted
from payrules.payers import Payer
from payrules.runs.causes import causes_of
from payrules.runs.who_paid import as_named
from payrules.scenarios.answer import CHAINS, Answer
from payrules.scenarios.term_words import named_place
from payrules.workbook.about import ASSUMPTIONS, AboutText, Source, facts_of, of_run, sources_of
from payrules.workbook.words import capital

#: What is assumed of every what-if, beside what is assumed of every estimate.
_OF_WHAT_IFS = (
    "A scenario changes only what it says: what is billed, how much and to whom stays as it is.",
    "Changes are made one after the other: claims billed otherwise, fee schedule, terms, volume;"
    " each step of a bridge is what its change does on top of those before it.",
)
_OF_TORNADOS = (
    "The tornado moves one term at a time, a tenth down and up: effects of several together are"
    " not their sum.",
)
_OF_CONTRACTS = (
    "Contracts are compared on all lines, whatever payer a line names.",
    "A bundled or denied line has an amount, 0.00, and counts among the lines with one; a line by"
    " report or not on the schedule has none.",
    "Each term is put into the first payer's contract alone; what the terms do together beyond"
    " that is a row of its own.",
)


def about_of(answered: Answer) -> AboutText:
    """Give what the About page says."""
    run = answered.record
    facts = facts_of(run)
    if answered.of_contracts_alone:  # each contract has steps of its own
        facts = [each for each in facts if each[0] != "Adjustment steps"]
    said = of_run(
        run,
        "About this what-if",
        [*facts, *_facts(answered)],
        [*sources_of(run), *_sources(answered)],
    )
    assumed = [*ASSUMPTIONS, *_OF_WHAT_IFS]
    assumed += _OF_TORNADOS if answered.tornado is not None else ()
    if answered.contracts is not None:
        assumed += [*_OF_CONTRACTS, *answered.contracts.left_open]
    assumed += answered.standing
    return AboutText(
        title=said.title,
        facts=said.facts,
        sources=said.sources,
        notes=said.notes,
        assumptions=assumed,
        left_out=tuple(left_out(answered)),
        terms=said.terms,
        rules=said.rules,
        words=said.words,
    )


def _facts(answered: Answer) -> Iterator[tuple[str, str]]:
    for one in answered.comparisons:
        yield "Scenario", f"{one.scenario.title} ({one.scenario.name})"
        yield "Its source", one.scenario.cites
        for words in one.plan.words():
            yield "It changes", words
    for said in answered.left_open:
        yield "Who pays", said
    if answered.solution is not None:
        asked = capital(named_place(answered.solution.unknown))
        yield "Solved for", f"{asked}: {answered.solution.target.words}"
    if answered.sweep is not None:
        values = answered.sweep[0].values
        place = capital(named_place(answered.sweep[0].place))
        yield "Swept", f"{place}, {counted(len(values), 'value')} of {values[0]} to {values[-1]}"
    for payer in () if answered.of_contracts_alone else answered.compared:
        yield "Contract", f"{as_named(payer.name)}: {payer.contract}"


def _sources(answered: Answer) -> Iterator[Source]:
    """List the files beside the baseline's: of scenarios, their payers and releases, contracts."""
    listed: set[tuple[str, str]] = set()
    known = {(payer.name, name) for payer in _payers_of(answered) for name in payer.files}
    for one in answered.comparisons:
        for name, sha256 in one.scenario.files.items():
            if (name, sha256) not in listed:
                listed.add((name, sha256))
                yield "Scenario", name, "", sha256
        if not one.plan.stages:
            continue
        setup = one.plan.stages[-1][1]
        for payer in {id(each): each for each in setup.every_payer.values()}.values():
            yield from _of_payer(payer, known)
        run = answered.base.record
        priced = {each.name for each in run.releases}
        for name in one.after["release"].drop_nulls().unique().sort():
            if name in priced:
                continue
            release = next((each for each in setup.schedules.releases if each.name == name), None)
            for file, sha256 in (release.files if release else {}).items():
                if (file, sha256) not in listed:
                    listed.add((file, sha256))
                    yield "Fee schedule", f"{name}/{file}", f"of {one.scenario.title}", sha256
    for payer in answered.compared:
        yield from _of_payer(payer, known)


def _payers_of(answered: Answer) -> list[Payer]:
    if answered.of_contracts_alone:
        return [*answered.compared]
    return list(answered.base.setup.every_payer.values())


def _of_payer(payer: Payer, known: set[tuple[str, str]]) -> Iterator[Source]:
    for name, sha256 in payer.files.items():
        if (payer.name, name) not in known:
            known.add((payer.name, name))
            yield "Payer", name, f"of {as_named(payer.name)}", sha256


def left_out(answered: Answer) -> Iterator[str]:
    """Say what is not in the workbook: rejected rows by cause, lines without an amount, chains."""
    base = answered.base
    rejects = base.batch.rejects
    if rejects.height:
        yield f"{counted(rejects.height, 'row')} rejected and not priced:"
        for each in causes_of([rejects]):
            yield f"{counted(each.rows, 'row')}: {each.says} (row {', '.join(each.first)})"
    unpriced = base.lines["allowed_amount"].null_count()
    if unpriced and not answered.of_contracts_alone:
        yield (
            f"{counted(unpriced, 'line')} of the baseline without an amount (by report or not on"
            " the schedule): in no sum."
        )
    if answered.comparisons and not answered.statuses.height:
        yield "A sheet Statuses: no line has another status."
    chains = of_chains(answered)
    if chains:
        yield chains


def of_chains(answered: Answer) -> str:
    """Say which lines' chains a workbook leaves out; nothing where it leaves out none."""
    left = [
        f"{counted(one.lines.height - CHAINS, 'line')} of {one.scenario.title}"
        for one in answered.comparisons
        if one.lines.height > CHAINS
    ]
    if not left:
        return ""
    return (
        f"Both chains of the {CHAINS} lines with the largest effects. Not here are those of"
        f" {', '.join(left)}: --chains FILE writes every one."
    )
