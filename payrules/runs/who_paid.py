"""Who paid: the payers of a run, as its record, its sheets and its screens name them.

Whatever is said of a payment goes through here, so that nothing says Medicare of another payer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal

from payrules.frozen import frozen
from payrules.payers import MEDICARE, Payer, differences
from payrules.payers.by_modifier import decides
from payrules.payers.left_open import of_claims, says_no_coinsurance, sentences
from payrules.payers.payer import MEDICARE_RULES
from payrules.payers.vocabulary import AS_MEDICARE, BY_LAW

_WHERE_SAID = {"where_said": True}


@frozen
class RunTerm:
    """A term of a payer that is not Medicare's: rule and term, both values in words, its source."""

    rule: str
    term: str
    medicare: str
    payer: str
    cites: str


@frozen
class RunPayer:
    """Who paid: name, contract and kind of plan, and the payer's files with their sha256.

    `terms` are where it leaves Medicare; `left_open` says what its files do not, and which of its
    rates the claims cannot answer. `says_no_coinsurance` is True where what patients owe is left
    open, so that what it pays includes it.
    """

    name: str = MEDICARE.name
    contract: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    plan: str | None = field(default=None, metadata=_WHERE_SAID)
    terms: tuple[RunTerm, ...] = field(default=(), metadata=_WHERE_SAID)
    left_open: tuple[str, ...] = field(default=(), metadata=_WHERE_SAID)
    says_no_coinsurance: bool | None = field(default=None, metadata=_WHERE_SAID)

    def shares_of(self, modifier: str, billed: Collection[str]) -> list[RunTerm]:
        """Give its own shares for a modifier, alone or with others that are `billed` with it."""
        found = []
        for each in self.terms:
            if each.rule == "modifier" and each.term.startswith("share "):
                # "share 54 80, documentation_submitted": the modifiers come first.
                of = each.term.removeprefix("share ").partition(",")[0].split()
                if modifier in of and {*of} <= {*billed}:
                    found.append(each)
        return found

    def terms_by(self, modifier: str) -> list[RunTerm]:
        """Give its own terms, beside such shares, of the rules that a modifier is decided by."""
        return [
            each
            for each in self.terms
            if not each.term.startswith("share ") and decides(modifier, each.rule, each.term)
        ]


def run_payer(
    payer: Payer, totals: Mapping[str, str], given: Collection[str], days: Collection[str]
) -> RunPayer:
    """Tell of a payer; `totals` are those of the run where it alone paid.

    `given` are the columns of the claims, `days` their days of service.
    """
    if payer is MEDICARE:
        return RunPayer(payer.name, payer.contract, dict(payer.files))
    return RunPayer(
        payer.name,
        payer.contract,
        dict(payer.files),
        payer.plan,
        tuple(RunTerm(*each[:5]) for each in differences(payer)),
        (*sentences(payer, totals), *of_claims(payer, given, days)),
        says_no_coinsurance(payer) or None,
    )


def as_named(name: str) -> str:
    """Write a payer's name as it was given; Medicare's with a capital."""
    return "Medicare" if name == MEDICARE.name else name


def what_it_does(rule: str, title: str, cites: str | None) -> str:
    """Say what a rule does; of Medicare's rule on a payer's terms, which `cites` shows, no more.

    Medicare's sentence has Medicare's percentages, which may be none of the payer's.
    """
    law = MEDICARE_RULES.get(rule)
    if law is None or not cites or cites.removesuffix(AS_MEDICARE) == law.cites:
        return title
    subject, colon, _ = title.partition(": ")
    return f"{subject}: on the payer's own terms." if colon else "On the payer's own terms."


def stands_in(rule: str, cites: str, payer: RunPayer) -> bool:
    """Whether a rule is Medicare's in place of a payer's own, of which its files say nothing.

    Not of a plan that Medicare's rules bind by law.
    """
    law = MEDICARE_RULES.get(rule)
    if law is None or payer.name == MEDICARE.name or payer.plan in BY_LAW:
        return False
    # A share by modifier is a step of its own.
    says = any(each.rule == rule and not each.term.startswith("share ") for each in payer.terms)
    return not says and cites.removesuffix(AS_MEDICARE) == law.cites


def frozen_releases(payers: Sequence[RunPayer]) -> list[str]:
    """Say which payers price with one release whatever the day, with the page that says so."""
    return [
        f"of {as_named(each.name)}: {term.payer} ({term.cites})"
        for each in payers
        for term in each.terms
        if term.term == "base_release"
    ]


def of_whom(payers: Sequence[RunPayer]) -> str:
    """Name the payers of a run, every one, as a screen begins with them."""
    names = ", ".join(each.name for each in payers)
    return f"payer{'s' * (len(payers) > 1)}: {names}"


def pays(payers: Sequence[RunPayer]) -> str:
    """Head what is paid: "Medicare pays", "Acme pays"; of several payers, "Payers pay"."""
    return f"{as_named(payers[0].name)} pays" if len(payers) == 1 else "Payers pay"


def in_order(payers: Iterable[tuple[str, Decimal | int | None]]) -> list[str]:
    """Name payers in the order that every table by payer has them: who allows most stands first.

    `payers` come with what they allow, in the order of their first lines, in which those stand
    that allow the same; a payer without an amount stands last.
    """
    largest = sorted(payers, key=lambda each: (each[1] is None, -(each[1] or 0)))
    return [payer for payer, _ in largest]


def whose(payers: Sequence[RunPayer]) -> str:
    """Say whose a payment or a share is: "Medicare's", "Acme's"; of several, "the payers'"."""
    return f"{as_named(payers[0].name)}'s" if len(payers) == 1 else "the payers'"


def payer_of(named: str | None, payers: Sequence[RunPayer]) -> str:
    """Name the payer of a line, which may name one: the first priced all others."""
    return as_named(run_payer_of(named, payers).name)


def run_payer_of(named: str | None, payers: Sequence[RunPayer]) -> RunPayer:
    """Give the payer of a line, as `payer_of` names it."""
    by_name = {each.name.strip().lower(): each for each in payers}
    return by_name.get((named or "").strip().lower(), payers[0])
