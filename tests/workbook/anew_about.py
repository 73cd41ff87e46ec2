"""About, worked out anew from the run record: every hash, count, term, rule and source in it."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from payrules.workbook.about import ASSUMPTIONS, DISCLAIMER, GLOSSARY
from tests.workbook.anew import in_words, many
from tests.workbook.ledger import Ledger, Row, begins, some_text

SECTIONS = frozenset(
    (
        *("This run", "Sources", "Where the numbers come from", "Assumptions"),
        *("What is not in it", "Terms that differ from Medicare", "Rules, in order", "Words"),
    )
)
#: Facts that are sentences of the reader of the files, not figures.
IN_SENTENCES = frozenset(("Columns", "Read as", "Who pays", "Passed over"))


class About:
    """An About page in sections, each of which is held to rows."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.sections: dict[str, list[list[Any]]] = {}
        name = ""
        for row in ledger.book["About"].iter_rows():
            cells = [cell for cell in row if cell.value is not None]
            if len(cells) == 1 and cells[0].value in SECTIONS:
                name = cells[0].value
                ledger.hold("About", cells[0], name)
            elif cells:
                self.sections.setdefault(name, []).append(cells)

    def texts(self, section: str) -> list[list[Any]]:
        """Give what a section says."""
        return [[cell.value for cell in row] for row in self.sections.get(section, [])]

    def hold(self, section: str, wanted: Sequence[Sequence[Any]]) -> None:
        """Hold a section to rows of values."""
        texts = self.texts(section)
        assert len(texts) == len(wanted), (section, texts, wanted)
        for cells, row in zip(self.sections.pop(section, []), wanted, strict=True):
            for cell, value in zip(cells, row, strict=True):
                self._ledger.hold("About", cell, value)


def hold_about(
    ledger: Ledger,
    run: Row,
    title: str,
    *,
    set_aside: Sequence[Sequence[Any]] = (),
    facts: Sequence[Sequence[Any]] = (),
    beside: Sequence[Sequence[Any]] = (),
    sources: Sequence[Sequence[Any]] = (),
    assumed: Sequence[str] = ASSUMPTIONS,
    left_out: Sequence[str] = (),
    pays: str = "Payers pay",
) -> None:
    """Hold an About page: what the run record says, and what else a kind of workbook adds.

    Rows that are neither lines nor rejects are `set_aside`. Files `beside` stand after the claims,
    `sources` after all others.
    """
    page = About(ledger)
    page.hold("", [[title], *([words] for words in DISCLAIMER)])
    said = [row[0] for row in page.texts("This run")]
    # The run record has no sentences: how many there are of each kind is what the page says.
    sentences = [[name, some_text] for name in said if name in IN_SENTENCES]
    own = _facts(run)
    page.hold("This run", [*own[:-1], *set_aside, own[-1], *sentences, *facts])
    page.hold("Sources", [["What", "Name", "SHA-256"], *_sources(run, beside), *sources])
    notes = page.texts("Where the numbers come from")
    together = " ".join(str(row[0]) for row in notes)
    for each in (*run["releases"], *run["tables"]):
        assert " ".join((each.get("source") or each.get("cites") or "").split()) in together
    page.hold("Where the numbers come from", [[some_text] for _ in notes])
    page.hold("Assumptions", over_the_page(assumed))
    page.hold("What is not in it", over_the_page(left_out))
    page.hold("Terms that differ from Medicare", _terms(run))
    page.hold("Rules, in order", _rules(run))
    paid = [pays, "The allowed amount less deductible, coinsurance and sequestration."]
    words = [[*each] for each in GLOSSARY]
    page.hold("Words", [*words[:3], paid, *words[3:]])
    assert page.sections == {}


def over_the_page(said: Sequence[str]) -> list[list[Any]]:
    """Give sentences as they go over the page."""
    return [[part] for each in said for part in wrap(each, 180)]


def _called(each: Row) -> str:
    return "Medicare" if each["name"] == "medicare" else str(each["name"])


def _payers(run: Row) -> list[Row]:
    return [run["payer"], *run.get("other_payers", [])]


def _facts(run: Row) -> list[list[Any]]:
    """Name what was run, and its counts."""

    def of_payer(each: Row) -> str:
        plan = f" ({each['plan'].replace('_', ' ').lower()})" if each.get("plan") else ""
        return f"{_called(each)}{plan}: {each['contract']}"

    counts = run["counts"]
    return [
        ["Made by", f"payrules {run['payrules']}"],
        ["Time (UTC)", run["at"].replace("T", " ")[:19]],
        *(["Payer", of_payer(each)] for each in _payers(run)),
        ["Release", run["release_asked_for"] or "the one in force on each line's date"],
        ["Rows read", counts["rows_in"]],
        ["Lines", counts["lines"]],
        ["Rejects", counts["rejects"]],
        ["Adjustment steps", counts["adjustments"]],
    ]


def _sources(run: Row, beside: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """List every file of the run with its hash."""
    listed: list[list[Any]] = [
        ["Claims", f"{each['name']} ({many(each['rows'], 'row')})", each["sha256"]]
        for each in run["inputs"]
    ]
    listed += [[*each] for each in beside]
    for each in _payers(run):
        files = each.get("files", {})
        listed += [["Payer", f"{name} (of {_called(each)})", sha] for name, sha in files.items()]
    for policy in (run.get("coverage") or {}).get("policies", []):
        if policy["lines"]:
            said = begins(f"{policy['file']} ({policy['name']}; ")
            listed.append(["Coverage policy", said, policy["sha256"]])
    for each in run["releases"]:
        span = f"{each['effective_from']} to {each['effective_to']}"
        named = each["files"].items()
        listed += [["Fee schedule", f"{each['name']}/{name} ({span})", sha] for name, sha in named]
    for table in run["tables"]:
        said = begins(f"{table['name']} ({many(table['rows'], 'row')}, {table['published_for']}")
        listed.append([some_text, said, table["sha256"]])
    return listed


def of_rule(term: Row) -> str:
    """Write a rule's term as words."""
    if term["term"] == "of_part_b":
        return "Medicare's amount of the year"
    return str(term["term"]).replace("_", " ").replace(".", ", ")


def since(value: str) -> str:
    """Leave the first days of all away: they are no file's."""
    return value.replace(" from 1992-01-01", "").replace(" from 1966-07-01", "")


def _terms(run: Row) -> list[list[Any]]:
    """List where each payer leaves Medicare, with both values."""
    terms = [
        [
            in_words(term["rule"]) + ("" if term["term"] == "off" else f", {of_rule(term)}"),
            *(since(term["payer"]), term["cites"], since(term["medicare"])),
            _called(each),
        ]
        for each in _payers(run)
        for term in each.get("terms", [])
    ]
    return [["Rule, term", "The payer's", "Citation", "Medicare's", "Payer"], *terms] * bool(terms)


def _rules(run: Row) -> list[list[Any]]:
    """List the rules in order, and whether each ran."""

    def ran(rule: Row) -> str:
        said = rule["ran"]
        if not isinstance(said, str):
            said = "yes" if said else "no: its table is not loaded"
        of = ", ".join("Medicare" if each == "medicare" else each for each in rule.get("of", ()))
        return said + (f", of {of}" if of else "")

    rules = [
        [in_words(each["name"]), some_text, each["cites"], each["effective"], ran(each)]
        for each in run["rules"]
    ]
    return [["Rule", "What it does", "Citation", "Since", "Ran"], *rules] * bool(rules)
