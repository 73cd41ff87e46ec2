"""A letter a claim, in Markdown: what was paid, what was expected and why, step by step, cited.

Nothing of a person is in it but the claim's own numbers, which the payer knows: no name, no
diagnosis. Lines of a claim stand together; what was paid above what is expected beside them is
taken off what is due. What is said to the practice alone is left out.

Decision: the billing provider's NPI stands there, since without it a payer cannot route a letter.
It is public, and of a practice as a rule. Its tax number may be a person's own, and stays out.

Decision: a folder has the letters of one run. Those of an earlier one, told by their names and how
they begin, are taken away with `--force`, and refused without it: a letter of a claim that is paid
by now would be sent among those of today. A letter ends in a seal, a comment that Markdown does not
show: one that was changed since, or was copied and written on, is somebody's own work. It stays
where it is, and is named; where a letter of today would take its place nothing is written.
"""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from payrules.counted import counted, one_or_more
from payrules.errors import ReportError
from payrules.files.whole import all_or_none, put_in_place
from payrules.variance.analysis import Variance
from payrules.variance.comparison import ALSO, DENIED, OUR_NOTE, OVERPAID, UNDERPAID
from payrules.variance.outweighed import ASKED_FOR
from payrules.variance.whose import carried
from payrules.x12.values import dollars

#: What is asked of Medicare, by action (42 CFR 405.940, 405.980); of other payers, an appeal.
_ASKED = {"appeal": "redetermination", "reopen": "reopening of a clerical error"}
_OF_OTHERS = "appeal"
_LONGEST = 40
#: How a letter is named, and what it begins with.
_NAME = re.compile(r"[0-9]{4,}-[A-Za-z0-9_-]*\.md")
_TITLE, _TO = "# Request for ", "- Payer: "
_SEAL = re.compile(r"\n<!-- payrules ([0-9a-f]{16}) -->\n\Z")
_RULE_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


class Letters(NamedTuple):
    """How many letters were written and are past their last day, and what became of old ones.

    `old` are letters of an earlier run to be taken away, `kept` names those changed since.
    `outweighed` are claims that have none, since as much was paid too much on their other lines.
    """

    written: int
    late: int
    old: tuple[Path, ...] = ()
    kept: tuple[str, ...] = ()
    outweighed: int = 0

    def words(self, folder: Path) -> str:
        """Say what is there, once all files of the run have their names: the old ones go last."""
        left = [path.name for path in self.old if path.exists()]
        gone = len(self.old) - len(left)
        said = f"{counted(self.written, 'letter')} in {folder}"
        said += ": read each before it is sent." if self.written else "."
        if self.late:
            said += f" {counted(self.late, 'letter')} {one_or_more(self.late, 'is', 'are')}"
            said += " past the day to be sent by."
        if gone:
            said += f" {counted(gone, 'letter')} of an earlier run"
            said += f" {one_or_more(gone, 'was', 'were')} taken away there."
        if left:
            said += f" Of an earlier run, and not to be removed: {', '.join(left)}."
        if self.kept:
            said += f" Of an earlier run, and left there since changed: {', '.join(self.kept)}."
        if self.outweighed:
            has = one_or_more(self.outweighed, "has", "have")
            said += f" {counted(self.outweighed, 'claim')} {has} no letter: about as much or more"
            said += " was paid too much on other lines of the claim."
        return said


def write_appeals(found: Variance, folder: Path, *, force: bool = False) -> Letters:
    """Write a letter for each claim to appeal or reopen, and count them.

    Raises ReportError where a file cannot be written, where letters are there and `force` is not
    given, and where one would take the place of what is no letter as it was written.
    """
    folder = Path(folder)
    asked = pl.concat([found.work_list()[0], found.denials()[0]])
    # A new decision would take back what it gives, or all but some cents.
    is_without = pl.col("claim_id").is_in(found.without_letter.implode())
    asked = asked.filter(
        pl.col("action").is_in(ASKED_FOR)
        & pl.col("variance_status").is_in([UNDERPAID, DENIED, OVERPAID])
        & ((pl.col("claim_underpaid_amount") > 0) | is_without)
    )
    of_others = {
        *found.of_other_payers.filter(found.of_other_payers.is_in(asked["claim_id"].implode()))
    }
    outweighed = asked.filter(is_without)["claim_id"].n_unique()
    asked = asked.filter(~is_without)
    over_of = _by_claim(
        found.lines.filter(
            pl.col("claim_id").is_in(asked["claim_id"].implode()),
            pl.col("overpaid_amount") > 0,
        )
    )
    npis = _npis(found, asked)
    numbers = _own_numbers(found, asked)
    letters: dict[Path, str] = {}
    late = 0
    due = [
        (_due(lines) - _paid_above(over_of.get(claim, [])), claim, lines)
        for claim, lines in _by_claim(asked).items()
    ]
    for _, claim, lines in sorted((each for each in due if each[0] > 0), key=lambda each: -each[0]):
        over = over_of.get(claim, [])
        late += any(_cents(each["days_left"]) < 0 for each in lines)
        name = re.sub(r"[^A-Za-z0-9-]+", "_", claim)[:_LONGEST]
        asks = None if claim in of_others else _ASKED
        place = folder / f"{len(letters) + 1:04}-{name}.md"
        letters[place] = letter(lines, over, asks, npi=npis.get(claim), number=numbers.get(claim))
    there = [*dict.fromkeys(path for path in (*letters, *_letters_in(folder)) if path.exists())]
    if there and not force:
        raise ReportError(
            f"{there[0]} is there already. With --force the letters of an earlier run are taken"
            " away, but for those that were changed since."
        )
    kept = [path for path in there if not _is_as_written(path)]
    if in_place := [path.name for path in kept if path in letters]:
        raise ReportError(
            f"In {folder} a letter would take the place of a file that payrules did not write, or"
            f" that was changed since: {', '.join(in_place)}. Move it away first; nothing was"
            " written."
        )
    old = tuple(path for path in there if path not in letters and path not in kept)
    with all_or_none() as together:
        together.folder(folder, fault=ReportError)
        if letters:
            with put_in_place(*letters, fault=ReportError) as partials:
                for partial, text in zip(partials, letters.values(), strict=True):
                    partial.write_text(sealed(text), encoding="utf-8", newline="\n")
        together.take_away(old)
    changed = tuple(path.name for path in kept)
    return Letters(len(letters), late, old, changed, outweighed)


def _by_claim(lines: pl.DataFrame) -> dict[str, list[dict[str, object]]]:
    """Give rows by their claims, in the order of these."""
    of_claims: dict[str, list[dict[str, object]]] = {}
    for each in lines.iter_rows(named=True):
        of_claims.setdefault(each["claim_id"], []).append(each)
    return of_claims


def _letters_in(folder: Path) -> list[Path]:
    """Give the letters that a folder holds: what has another name or beginning is not ours."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not (_NAME.fullmatch(path.name) and path.is_file()):
            continue
        with suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
            begins = [*islice(file, 3), "", "", ""]
            if begins[0].startswith(_TITLE) and begins[2].startswith(_TO):
                found.append(path)
    return found


def sealed(text: str) -> str:
    """Give a letter with its seal, by which it is known as it was written."""
    return f"{text}\n<!-- payrules {hashlib.sha256(text.encode()).hexdigest()[:16]} -->\n"


def _is_as_written(path: Path) -> bool:
    """Tell whether a file is a letter to its last byte as it was written."""
    try:
        told = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    seal = _SEAL.search(told)
    return seal is not None and sealed(told[: seal.start()]) == told


def letter(
    lines: list[dict[str, object]],
    over: list[dict[str, object]],
    asks: Mapping[str, str] | None = None,
    npi: str | None = None,
    number: str | None = None,
) -> str:
    """Write the letter of a claim's lines, of which `over` were paid more than expected.

    `asks` is what is asked by action, None where it is an appeal whatever the action; `npi` is who
    billed, `number` what the payer was sent as the claim's number, where ours is another.
    """
    first = lines[0]
    actions = {str(each["action"]) for each in lines}
    asked = asks["appeal" if "appeal" in actions else "reopen"] if asks else _OF_OTHERS
    due, more = _due(lines), _paid_above(over)
    said = [
        f"{_TITLE}{asked}",
        "",
        f"{_TO}{_shown(first['payer'])}",
        *([f"- Billing provider (NPI): {_shown(npi)}"] if npi else []),
        f"- Our claim number: {_shown(number or first['claim_id'])}",
        *_identified(first),
        f"- Amount due: {dollars(due - more)}{_less(due, more, len(over))}",
        *([f"- To be sent by: {first['appeal_by_date']}"] if first["appeal_by_date"] else []),
        "",
    ]
    for each in lines:
        at = each["claim_line_number"]
        which = f"Line {at}" if at is not None else "Lines together"
        code = " ".join(str(part) for part in (each["hcpcs_code"], each["modifiers"]) if part)
        back = _cents(each["recovered_beyond_amount"])
        said += [
            f"## {which}: {_shown(code)}, {each['claim_line_start_date']}",
            "",
            "| | allowed | paid |",
            "|---|---:|---:|",
            f"| expected | {_money(each['expected_allowed_amount'])} |"
            f" {_money(each['restated_paid_amount'])} |",
            f"| remittance | {_money(each['payer_allowed_amount'])} |"
            f" {_money(each['payer_paid_amount'])} |",
            *([f"| taken back since | | {dollars(back)} |"] if back else []),
            "",
            f"Due on this line: {dollars(_due([each]))}. Codes of the remittance:"
            f" {_shown(each['payer_codes']) or 'none'}"
            f"{'; remarks: ' + _shown(each['remarks']) if each['remarks'] else ''}.",
            "",
            f"What differs: {str(each['variance_cause']).replace('_', ' ')}."
            f" {_sentence(_to_the_payer(each['cause_detail']))}",
            "",
            f"Why the amount is expected: {_sentence(each['expected_because'])}",
            "",
            f"Sources: {_sentence(each['cites'])}",
            "",
        ]
    return "\n".join(said)


def _identified(first: Mapping[str, object]) -> list[str]:
    """Say by what the payer finds the claim and its payment: what nobody told has no words."""
    control, trace, day = (
        _shown(first[name])
        for name in ("payer_claim_control_number", "trace_number", "payment_date")
    )
    of_day = f" of {day}" if day else ""
    payment = f": trace number {trace}{of_day}" if trace else of_day
    return [
        *([f"- Your claim number: {control}"] if control else []),
        *([f"- Payment{payment}"] if payment else []),
    ]


def _own_numbers(found: Variance, asked: pl.DataFrame) -> dict[str, str]:
    """Give the numbers (CLM01) that claims were sent with: one of several of a number has ours."""
    sent = pl.DataFrame(
        {
            "claim_id": found.batch.lines["claim_id"],
            "sent": carried(found.batch, "patient_control_number"),
        }
    )
    wanted = pl.col("claim_id").is_in(asked["claim_id"].implode()) & (pl.col("sent") != "")
    return dict(sent.filter(wanted).rows())


def _npis(found: Variance, asked: pl.DataFrame) -> dict[str, str]:
    """Give who billed each claim: as the claim has it, else as the remittance names its payee."""
    payees = found.read.tables["remittances"].select("trace_number", "payee_npi").drop_nulls()
    of_payment = asked.select("claim_id", "trace_number").join(
        payees.unique("trace_number", keep="none"), on="trace_number"
    )
    of_claim = found.batch.lines.select("claim_id", "billing_npi").join(
        asked.select("claim_id").unique(), on="claim_id", how="semi"
    )
    both = [*of_payment.select("claim_id", "payee_npi").rows(), *of_claim.drop_nulls().rows()]
    return dict(both)


def _due(lines: list[dict[str, object]]) -> int:
    """Give what is due: what was taken back beyond what was paid too much is due again."""
    return sum(
        _cents(each["underpaid_amount"]) + _cents(each["recovered_beyond_amount"]) for each in lines
    )


def _paid_above(over: list[dict[str, object]]) -> int:
    return sum(_cents(each["overpaid_amount"]) for each in over)


def _less(due: int, more: int, lines: int) -> str:
    """Say how an amount due is made up where other lines of the claim were paid too much."""
    if not lines:
        return ""
    others = "another line" if lines == 1 else f"{lines} other lines"
    return (
        f" ({dollars(due)} on the lines below, less {dollars(more)} paid above what is expected on"
        f" {others} of this claim)"
    )


def _to_the_payer(detail: object) -> str:
    """Leave out what a detail says to the practice alone, and write a rule's name as words.

    What its own policies find is such, and what else might explain an amount.
    """
    said = str(detail or "").partition(OUR_NOTE)[0].partition(ALSO)[0]
    said = _RULE_NAME.sub(lambda found: found[0].replace("_", " "), said)
    return said[:1].upper() + said[1:]


def _cents(amount: object) -> int:
    return amount if isinstance(amount, int) else 0


def _money(amount: object) -> str:
    return dollars(amount) if isinstance(amount, int) else ""


def _shown(text: object) -> str:
    """Give a text of a file as Markdown shows it: on one line, nothing of it markup."""
    plain = " ".join(str(text or "").split())
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", plain)


def _sentence(text: object) -> str:
    said = str(text or "").strip()
    return f"{said}." if said and not said.endswith(".") else said
