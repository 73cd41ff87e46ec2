"""A page for each rule, and the pages about all of them: the order, the CARC and RARC codes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from inspect import cleandoc, getdoc
from io import StringIO
from typing import Any

import polars as pl

from docs.generator import DOCS, DocsError, code, of_each, page, table
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.dated import Dated
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.rule import NOT_SAID, STATUSES, Rule
from payrules.payers import MEDICARE, by_name, load_payer
from payrules.payers.differences import value_in_words
from payrules.payers.terms import ALWAYS_ON
from payrules.rules.case_rate import case_rate
from payrules.rules.contract_rate import contract_rate
from payrules.rules.coverage import coverage
from payrules.rules.modifier_share import modifier_share
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from payrules.screen.explain import chains
from payrules.screen.printed import show
from payrules.workbook.work_list import BY_CARC, BY_STATUS

EXAMPLES = DOCS / "rule_examples"
#: Who prices the examples: Medicare, except where a rule or a code is a contract's own.
_PAYERS = ("medicare", "110-percent-of-medicare", EXAMPLES / "in-dollars.toml")
_KINDS = {
    "edit": "edit: is the line paid?",
    "amount": "amount rule: how much is allowed?",
    "payment": "payment rule: who pays it?",
}
#: A contract's own, and what policies say; and the rule of Medicare's that each comes before.
BEFORE = {
    "coverage": "add_on",
    "case_rate": "bilateral",
    "modifier_share": "practitioner",
    "contract_rate": "lesser_of_charge",
}
#: What adds it where that is not a payer file alone.
_BRINGS = {"coverage": "`--coverage`, or a payer file,"}
RULES: tuple[Rule, ...] = (*MEDICARE.rules, coverage, case_rate, modifier_share, contract_rate)


# -- examples ----------------------------------------------------------------------------------


@cache
def examples() -> Estimate:
    """Price the examples, with the starter's schedules alone: claim = name of the rule."""
    payers = [load_payer(each) for each in _PAYERS]
    starter = load_schedules(DOCS.parent / "fee_schedules")
    return estimate(
        EXAMPLES / "claims.csv",
        Setup(
            payer=payers[0],
            payers=by_name((each.name, each) for each in payers),
            schedules=starter,
            locality="national",
            covering=Covering(read_policies([EXAMPLES / "facet-policy.toml"]), enforced=True),
        ),
    )


def shows_rule(name: str) -> bool:
    """Tell whether a rule's example has a step of the rule, or a note of it."""
    priced = examples()
    steps = priced.adjustments.filter((pl.col("claim_id") == name) & (pl.col("rule") == name))
    noted = priced.lines.filter((pl.col("claim_id") == name) & pl.col("review").is_not_null())
    only_notes = not _rule(name).adjustment().outcomes
    return steps.height > 0 or (only_notes and noted.height > 0)


def _rule(name: str) -> Rule:
    return next(each for each in RULES if each.name == name)


def _example(name: str) -> str:
    if not shows_rule(name):
        raise DocsError(f"docs/rule_examples/claims.csv: claim {name} does not show that rule")
    out = StringIO()
    with redirect_stdout(out):
        show(*chains(examples(), name, None))
    paid_by = ""
    other = examples().lines.filter(pl.col("claim_id") == name)["payer"].drop_nulls()
    if len(other):
        paid_by = f" Its payer is `{other[0]}`."
    return (
        f"## Worked example\n\nClaim `{name}` of `docs/rule_examples/claims.csv`, priced with the"
        f" starter schedules at national amounts.{paid_by}\n\n"
        f"```text\n{out.getvalue().rstrip()}\n```"
    )


# -- pages -------------------------------------------------------------------------------------


def rule_page(rule: Rule) -> str:
    """Write the page of one rule."""
    module = import_module(f"payrules.rules.{rule.name}")
    title, _, further = cleandoc(getdoc(rule.decide) or "").partition("\n")
    number = (
        [each.name for each in MEDICARE.rules].index(rule.name) + 1 if rule in MEDICARE.rules else 0
    )
    place = (
        f"{number} of Medicare's {len(MEDICARE.rules)}"
        if number
        else f"none of Medicare's: {_BRINGS.get(rule.name, 'a payer file')} adds it before"
        f" `{BEFORE[rule.name]}`"
    )
    needs = [("table it needs", code(rule.needs))] if rule.needs else []
    facts = [
        ("law and manual", rule.cites),
        ("kind", _KINDS[rule.kind]),
        ("place in the order", place),
        ("in force from", rule.effective.isoformat()),
        *needs,
        ("columns it reads", ", ".join(map(code, rule.reads))),
    ]
    return page(
        rule.name,
        f"**{title}**",
        table(("", ""), facts),
        further.strip(),
        f"*In the code:* `payrules/rules/{rule.name}.py`: {_sentence(module.__doc__)}",
        _boundaries(rule, module),
        _terms(rule),
        _codes(rule),
        _example(rule.name),
    )


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _dated_values(rule: Rule, module: Any) -> Iterator[tuple[str, Dated]]:
    """Give every value by date of a rule: its terms, then what else its file holds."""
    told = []
    for term, value in rule.defaults.items():
        each = value.items() if isinstance(value, Mapping) else [(None, value)]
        for key, dated in each:
            if isinstance(dated, Dated):
                told.append(dated)
                yield f"{term}.{key}" if key else term, dated
    for name, value in vars(module).items():
        if isinstance(value, Dated) and not any(value is each for each in told):
            yield name.lower(), value


def _boundaries(rule: Rule, module: Any) -> str:
    rows = [
        (code(name), first.isoformat(), format(value, "f"), dated.cites)
        for name, dated in _dated_values(rule, module)
        for first, value in dated.values
    ]
    if not rows:
        return (
            f"## Boundary dates\n\nNone but its first day, {rule.effective.isoformat()}: the rule"
            " has no value that changes by date."
        )
    return (
        "## Boundary dates\n\nEach value holds for dates of service from its first day on, up to"
        f" the next row of the same name.\n\n{table(('value', 'first day', 'is', 'source'), rows)}"
    )


def _terms(rule: Rule) -> str:
    if rule is contract_rate:
        return (
            "## In a payer file\n\n```toml\npercent_of_medicare = 110\n```\n\nSee"
            " [payer files](../payer-files.md)."
        )
    if rule is case_rate:
        return (
            '## In a payer file\n\n```toml\n[[rate]]\ncodes = ["27447"]\n'
            'case_rate = "2500.00"\nincludes = ["20610", "73560-73565"]\n```\n\nSee'
            " [payer files](../payer-files.md)."
        )
    if rule is modifier_share:
        return (
            '## In a payer file\n\n```toml\n[[terms.modifier.share]]\nmodifier = "52"\n'
            "share = 0.50\n```\n\nSee [payer files](../payer-files.md)."
        )
    rows = [
        (code(term), _default(value))
        for term, value in rule.defaults.items()
        if term not in NOT_SAID
    ]
    terms = table(("term", "Medicare's"), rows) if rows else "The rule has no terms of its own.\n"
    switch = (
        "The rule cannot be switched off: it says which lines have an amount at all."
        if rule.name in ALWAYS_ON
        else f"Under `[terms.{rule.name}]`, `off = true` switches the rule off."
    )
    return (
        f"## In a payer file\n\n{terms}\n{switch} How terms are written is said on the page"
        " [payer files](../payer-files.md)."
    )


def _default(value: Any) -> str:
    if isinstance(value, ModifierShares):
        return "none; see [modifier_share](modifier_share.md)"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {value_in_words(each)}" for key, each in value.items())
    return value_in_words(value)


def _carc_and_rarc(rule: Rule) -> list[tuple[str, str, str | None]]:
    found = dict.fromkeys(
        (outcome.group_code or "", outcome.carc, outcome.rarc)
        for outcome in rule.adjustment().outcomes
        if outcome.carc
    )
    return list(found)


def _codes(rule: Rule) -> str:
    given = [
        f"`{group}-{carc}`" + (f" with remark `{rarc}`" if rarc else "")
        for group, carc, rarc in _carc_and_rarc(rule)
    ]
    return "## Codes\n\n" + (", ".join(given) if given else "It gives no CARC.") + "\n"


def rules_page() -> str:
    """Write the page of all rules in their order."""
    rows = [
        (number, f"[{rule.name}](rules/{rule.name}.md)", rule.title, rule.cites)
        for number, rule in enumerate(MEDICARE.rules, 1)
    ]
    return page(
        "Rules",
        "In this order. Edits decide whether a line is paid, amount rules how much is allowed,"
        " payment rules who pays it. A line that an edit takes out is out of every later rule: it"
        " never ranks.",
        table(("#", "rule", "what it does", "citation"), rows),
        "Three more are no rules of Medicare."
        f" [{contract_rate.name}](rules/{contract_rate.name}.md): a payer file with a percentage of"
        f" Medicare adds it. {contract_rate.title}"
        f" [{modifier_share.name}](rules/{modifier_share.name}.md): a payer file with shares by"
        f" modifier adds it. {modifier_share.title} [{case_rate.name}](rules/{case_rate.name}.md):"
        f" a payer file with a flat or case rate adds it. {case_rate.title}",
        "```{toctree}\n:hidden:\n\n" + "\n".join(f"rules/{each.name}" for each in RULES) + "\n```",
    )


def statuses_page(said: Mapping[str, str]) -> str:
    """Write the page of statuses."""
    of_status = of_each(STATUSES, said, "statuses")
    amounts = {"priced": "a number", "bundled": "0.00", "denied": "0.00"}
    return page(
        "Statuses",
        "Every accepted line has one of these statuses, in the column `status`. A row that could"
        " not be read has none: it is among the [rejects](rejects.md).",
        table(
            ("status", "allowed amount", "meaning", "what to do"),
            [
                (code(name), amounts.get(name, "none"), meaning, BY_STATUS[name])
                for name, meaning in of_status.items()
            ],
        ),
    )


def codes_page(said: Mapping[str, Mapping[str, str]]) -> str:
    """Write the page of CARC and RARC codes."""
    by_carc: dict[str, list[str]] = {}
    by_rarc: dict[str, list[str]] = {}
    groups: dict[str, list[str]] = {}
    for rule in RULES:
        for group, carc, rarc in _carc_and_rarc(rule):
            named = f"[{rule.name}](rules/{rule.name}.md)"
            places: Sequence[tuple[dict[str, list[str]], str | None]] = (
                (by_carc, carc),
                (by_rarc, rarc),
                (groups, group),
            )
            for found, each in places:
                if each and named not in found.setdefault(each, []):
                    found[each].append(named)
    carcs = of_each(sorted(by_carc), said["carc"], "carc")
    rarcs = of_each(sorted(by_rarc), said["rarc"], "rarc")
    of_group = of_each(sorted(groups), said["group"], "group")
    return page(
        "CARC and RARC codes",
        "The codes a payer would print beside a reduction or a denial, with labels of our own. The"
        " official wording is X12's, at its own site.",
        table(("group", "meaning"), [(code(each), label) for each, label in of_group.items()]),
        "## Claim adjustment reason codes (CARC)",
        table(
            ("CARC", "here", "rules that give it", "what to do about a denial"),
            [
                (code(each), label, ", ".join(by_carc[each]), BY_CARC.get(each, ""))
                for each, label in carcs.items()
            ],
        ),
        "## Remittance advice remark codes (RARC)",
        table(
            ("RARC", "here", "rules that give it"),
            [(code(each), label, ", ".join(by_rarc[each])) for each, label in rarcs.items()],
        ),
    )
