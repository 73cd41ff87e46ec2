"""How the claims of a run stand to each other: replaced, void, billed to a second payer, repeated.

All files of a run are settled together, in the order given. Decisions, where the guide is silent:

* A replacement or a void is of the latest earlier claim of its number that still stands; of several
  persons' claims of one number, of the same person's first.
* Where no earlier claim has its number, a replacement or a void is of the claim that the payer
  answered under the number it names (REF*F8), if remittances at hand tell which that is.
* A replacement stands for the earlier claim even where it is rejected itself: that claim is not
  what was last billed, and is not priced.
* A claim without SBR01 is billed to the first payer.
* A claim to a second payer without the first payer's in the run is priced where that second payer
  is Medicare (SBR01 S, SBR09 MB): by the lines on which the first payer's payment is told, and only
  where no other payer paid besides. What another second payer, or a third, owes is not computed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from payrules.x12.found import ClaimRecord, X12File

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
#: SBR01 of the second payer, and SBR09 of Medicare's Part B.
_SECOND, _MEDICARE = "S", "MB"
PRICED, SUPERSEDED, REJECTED = "priced", "superseded", "rejected"
REPLACED, VOIDED, IS_VOID, SECONDARY = (
    "replaced",
    "voided",
    "void",
    "secondary claim",
)
_NOT_FOUND = "a replacement (CLM05-3 7) whose original claim is not read in this run before it"
_VOID_NOT_FOUND = "void, whose original claim is not read in this run before it"
SECOND_PAYER = (
    "billed to a second payer that is not Medicare (SBR09 is not MB) without the first payer's"
    " claim in this run: what that payer owes after the first is not computed"
)
LATER_PAYER = (
    "billed to a later payer than the second (SBR01 is neither P nor S) without the first payer's"
    " claim in this run: what a third payer owes is not computed"
)
FIRST_PAYMENT_UNKNOWN = (
    "billed to Medicare as second payer without what the first payer paid on this line (SVD02; on a"
    " claim of one line AMT*D of loop 2320)"
)
SEVERAL_PAYERS = (
    "billed to Medicare as second payer after several payers: what is left after more than one is"
    " not computed"
)
CUT = "the file ends within this claim, or in its transaction set: it may lack lines"


@dataclass(slots=True)
class Standing:
    """What becomes of a claim: its `claim_id`, its fate, why, and by which claim (file, number).

    `second` says that it is priced as second payer: of its lines those whose first payment is told.
    """

    claim_id: str | None
    fate: str = PRICED
    reason: str | None = None
    by: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    second: bool = False


def settle(
    files: Sequence[X12File], answered: Mapping[str, str] | None = None
) -> list[list[Standing]]:
    """Give the standing of each file's claims.

    `answered` tells under which number of its own (CLP07) a payer answered which claim (CLP01).
    """
    named = _named(files, answered or {})
    repeated = _repeated(files) | frozenset(named.values())
    standings = [[Standing(claim.number) for claim in found.claims] for found in files]
    primaries: dict[str, tuple[int, int]] = {}
    for file, number, claim in _each(files):
        if claim.number in repeated and claim.number and not _is_secondary(claim):
            primaries.setdefault(claim.number, (file, number))
    earlier: dict[str, list[tuple[int, int, ClaimRecord]]] = {}
    for file, number, claim in _each(files):
        standing = standings[file][number]
        if claim.cut:
            standing.fate, standing.reason = REJECTED, CUT
        if not claim.number:
            continue
        if _is_secondary(claim):
            if claim.number in primaries:
                _supersede(standing, SECONDARY, primaries[claim.number])
                continue
            standing.second = claim.responsibility == _SECOND and claim.filing == _MEDICARE
            if not (claim.cut or standing.second):
                later = claim.responsibility != _SECOND
                standing.fate = REJECTED
                standing.reason = LATER_PAYER if later else SECOND_PAYER
        # Nothing is kept of a claim whose number no other has: most have one of their own.
        before = earlier.setdefault(claim.number, []) if claim.number in repeated else []
        if claim.frequency in {REPLACEMENT, VOID}:
            of_payer = earlier.get(named.get(claim.payer_number or "", ""), [])
            _replace(standing, (file, number, claim), before or of_payer, standings)
        elif claim.frequency == ORIGINAL and standing.fate != REJECTED:
            same = next((each for each in before if _is_same(each[2], claim)), None)
            if same is not None:
                of_file = f" of {files[same[0]].name}" if len(files) > 1 else ""
                standing.fate = REJECTED
                standing.reason = f"claim already read at segment {same[2].position}{of_file}"
        before.append((file, number, claim))
    _name(files, repeated, standings)
    return standings


def _each(files: Sequence[X12File]) -> Iterator[tuple[int, int, ClaimRecord]]:
    """Give the claims of all files, each with the number of its file and its own in it."""
    for file, found in enumerate(files):
        for number, claim in enumerate(found.claims):
            yield file, number, claim


def _repeated(files: Sequence[X12File]) -> frozenset[str]:
    """Give the numbers that several claims have."""
    seen: set[str] = set()
    again: set[str] = set()
    for _, _, claim in _each(files):
        if claim.number:
            (again if claim.number in seen else seen).add(claim.number)
    return frozenset(again)


def _named(files: Sequence[X12File], answered: Mapping[str, str]) -> dict[str, str]:
    """Give what of `answered` replacements and voids name."""
    numbers = {
        claim.payer_number or ""
        for _, _, claim in (_each(files) if answered else ())
        if claim.frequency in {REPLACEMENT, VOID}
    }
    return {number: answered[number] for number in numbers if number in answered}


def _is_secondary(claim: ClaimRecord) -> bool:
    return claim.responsibility != "P"


def _is_same(earlier: ClaimRecord, claim: ClaimRecord) -> bool:
    return (
        earlier.frequency == ORIGINAL
        and earlier.same == claim.same
        and earlier.person == claim.person
        and earlier.responsibility == claim.responsibility
    )


def _supersede(standing: Standing, reason: str, by: tuple[int, int] | None) -> None:
    standing.fate, standing.reason, standing.by = SUPERSEDED, reason, by


def _replace(
    standing: Standing,
    claim: tuple[int, int, ClaimRecord],
    before: list[tuple[int, int, ClaimRecord]],
    standings: list[list[Standing]],
) -> None:
    """Let a replacement or a void take the place of the claim that it is of."""
    file, number, record = claim
    stand = [each for each in before if standings[each[0]][each[1]].fate != SUPERSEDED]
    same_person = [each for each in stand if each[2].person == record.person]
    original = next(reversed(same_person or stand), None)
    is_void = record.frequency == VOID
    if original is not None:
        of_original = standings[original[0]][original[1]]
        _supersede(of_original, VOIDED if is_void else REPLACED, (file, number))
    elif not is_void:
        standing.notes = (*standing.notes, _NOT_FOUND)
    if is_void:
        at_original = None if original is None else original[:2]
        _supersede(standing, _VOID_NOT_FOUND if original is None else IS_VOID, at_original)


def _name(
    files: Sequence[X12File], repeated: frozenset[str], standings: list[list[Standing]]
) -> None:
    """Give claims that share a number and are all there names of their own, in file order."""
    taken = {claim.number for _, _, claim in _each(files) if claim.number and "#" in claim.number}
    used: set[str] = set()
    last: dict[str, int] = {}
    for file, number, claim in _each(files):
        standing = standings[file][number]
        if claim.number not in repeated or claim.number is None or standing.fate != PRICED:
            continue
        if claim.number not in used:
            used.add(claim.number)
            continue
        place = last.get(claim.number, 1) + 1
        while f"{claim.number}#{place}" in taken:
            place += 1
        last[claim.number] = place
        standing.claim_id = f"{claim.number}#{place}"
        taken.add(standing.claim_id)
