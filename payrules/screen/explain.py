"""What `payrules explain` prints: every step of a claim's lines."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from payrules.claims.batch import refuse_history
from payrules.claims.columns import MODIFIERS
from payrules.claims.modifiers import modifier_table
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.payers import MEDICARE
from payrules.payers.left_open import BESIDE_PAYER, owed_on_file
from payrules.runs.results import Estimate
from payrules.runs.who_paid import RunPayer, RunTerm, as_named, run_payer_of, what_it_does
from payrules.screen.printed import Part, Table, Text, joined, money, words

#: A claim form holds fifty lines; what says more is read in a file, not on a screen.
_MOST_CHAINS = 100


def chains(results: Estimate, claim: str, line: int | None) -> list[Part]:
    """Tell every step of a claim's lines, of very many the first, and how to see the others.

    UsageError if the batch has no such claim or line.
    """
    of_claim = results.lines.filter(pl.col("claim_id") == claim)
    if not of_claim.height:
        refuse_history(results.history, claim)
        rejected = results.rejects.height
        also = f" ({rejected:,} of its rows were rejected)" if rejected else ""
        raise UsageError(f"The batch has no such claim{also}; --claim takes a claim_id.")
    chosen = of_claim if line is None else of_claim.filter(pl.col("claim_line_number") == line)
    if not chosen.height:
        numbers = of_claim["claim_line_number"].sort()
        said = ", ".join(map(str, numbers.head(_MOST_CHAINS)))
        more = len(numbers) - _MOST_CHAINS
        raise UsageError(
            f"The claim has no line {line}; it has {said}{f' and {more:,} more' * (more > 0)}."
        )
    titles = {rule.name: rule.title for rule in results.run.rules}
    payers = results.run.every_payer
    every_step = results.adjustments.filter(pl.col("claim_id") == claim)
    parts: list[Part] = []
    for row in chosen.head(_MOST_CHAINS).iter_rows(named=True):
        steps = every_step.filter(pl.col("claim_line_number") == row["claim_line_number"])
        parts.append(
            (
                _heading(row),
                _chain(steps, titles),
                _outcome(row, payers),
                *_of_modifiers(row, payers),
            )
        )
    if chosen.height > _MOST_CHAINS:
        parts.append(
            words(
                f"These are the first {_MOST_CHAINS} of the claim's"
                f" {counted(chosen.height, 'line')}. Use "
                "--line N for another; to write every step of every line: payrules estimate … "
                "--adjustments steps.csv"
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
        facts.append(f"charge {money(line['charge_amount'])}")
    return words(", ".join(facts), bold=True)


def _chain(steps: pl.DataFrame, titles: Mapping[str, str]) -> Table:
    amounts = ("before", "share", "after")
    table = Table("step", *amounts, "codes", "rule: fact, what it does, citation", right=amounts)
    for step in steps.iter_rows(named=True):
        codes = "-".join(each for each in (step["group_code"], step["carc"]) if each)
        does = what_it_does(step["rule"], titles.get(step["rule"], ""), step["cites"])
        what = filter(None, (does, step["cites"]))
        why = joined(
            words(step["rule"].replace("_", " "), bold=True),
            words(f": {step['detail'] or ''}"),
            words("", *what, dim=True),
        )
        table.add_row(
            str(step["step"]),
            money(step["before"]),
            "" if step["factor"] is None else f"{step['factor']:.2%}".replace(".00%", "%"),
            money(step["after"]),
            " ".join(each for each in (codes, step["rarc"]) if each),
            why,
        )
    return table


def _of_modifiers(line: Mapping[str, Any], payers: Sequence[RunPayer]) -> list[Text]:
    """Say what a line's payer does by each modifier: its own terms, else as CMS's table has it."""
    payer = run_payer_of(line.get("payer"), payers)
    as_had_by = "" if payer.name == MEDICARE.name else ", as Medicare has it"
    told: list[str] = []
    billed = _billed(line)
    for modifier in billed:
        shares, terms = payer.shares_of(modifier, billed), payer.terms_by(modifier)
        for term in shares:
            of = term.term.removeprefix("share ")
            said = f"{of}: the payer's own share, {term.payer} ({term.cites})"
            if said not in told:  # "54 80" is said once, not of 54 and of 80
                told.append(said)
        told += [f"{modifier}: {_of_term(term)} ({term.cites})" for term in terms]
        row = modifier_table().get(modifier)
        # A rule that is off on some days only is Medicare's on the others.
        own = shares or any(term.term != "off" or term.payer == "off" for term in terms)
        if row and not own:
            told.append(f"{modifier}{as_had_by}: {row.medicare_does} ({row.citation})")
    return [words(*told, dim=True)] if told else []


def _of_term(term: RunTerm) -> str:
    """Say a payer's own term: "the payer has the rule bilateral off"."""
    rule = term.rule.replace("_", " ")
    if term.term == "off":
        return f"the payer has the rule {rule} {term.payer}"
    return f"the payer's own {rule}, {term.term}: {term.payer}"


def _billed(line: Mapping[str, Any]) -> list[str]:
    return [line[name] for name in MODIFIERS if line.get(name)]


def _outcome(line: Mapping[str, Any], payers: Sequence[RunPayer]) -> Text:
    status = line["status"].replace("_", " ")
    if line["allowed_amount"] is None:
        said = f"{status}: no amount."
    else:
        payer = run_payer_of(line.get("payer"), payers)
        amounts = (line[each] for each in ("patient_amount", "allowed_amount", "deductible_amount"))
        owed = owed_on_file(*amounts) if payer.says_no_coinsurance else line["patient_amount"]
        said = (
            f"{status}: allowed {money(line['allowed_amount'])}; "
            f"{as_named(payer.name)} pays {money(line['medicare_amount'])}, "
            f"{BESIDE_PAYER if owed is None else f'the patient {money(owed)}'}."
        )
    if line["limiting_charge"] is not None:
        said += f" Limiting charge {money(line['limiting_charge'])}."
    remarks = [f"{label}: {line[label]}" for label in ("reason", "review") if line[label]]
    return words(said, *remarks)
