"""Reads policy files: one TOML file a document, alone or in a folder."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from itertools import combinations
from pathlib import Path

from payrules.counted import counted
from payrules.coverage.examples import EXAMPLES, example_folder
from payrules.coverage.form import PolicyForm, checked
from payrules.coverage.policy import (
    CountedFamily,
    Diagnoses,
    Frequency,
    NonCovered,
    Policy,
    SessionLimit,
    Verification,
)
from payrules.errors import CoverageError
from payrules.files.toml import read_toml
from payrules.nearest import perhaps
from payrules.within_reason import shown

#: As many policies as all contractors have of every family of codes; more are no folder of these.
_MOST_FILES = 10_000
#: As many unverified files are told by name.
_MOST_TOLD = 10


def read_policies(paths: Sequence[Path]) -> tuple[Policy, ...]:
    """Give the policies of files and folders, in the order of their numbers and days.

    Raises CoverageError: the file, the place in it, what is wrong and what to write; for a folder
    without a policy, and for two files that say one document's policy for one contractor and day.
    """
    # A file that is named twice, or beside its folder, is one.
    files = {each.resolve(): each for path in paths for each in policy_files(path)}
    found = [read_policy(each) for each in files.values()]
    found.sort(key=lambda each: (each.id, each.effective_from, each.file))
    _refuse_overlaps(found)
    return tuple(found)


def must_be_verified(policies: Sequence[Policy]) -> None:
    """Refuse to deny by a policy that no named person has compared with its document.

    Raises CoverageError: a sentence a file, and what to add to it.
    """
    unread = [each for each in policies if each.verified is None]
    if not unread:
        return
    told = [
        f"{each.file} is not verified: nobody is named who compared it with {each.name}, at"
        f" {each.source}."
        for each in unread[:_MOST_TOLD]
    ]
    if len(unread) > _MOST_TOLD:
        told.append(f"Nor are {counted(len(unread) - _MOST_TOLD, 'more file')}.")
    raise CoverageError(
        *told,
        "Only verified policies deny lines. Compare each with its document, then add under"
        ' [policy] who did and when: verified = { by = "NAME", on = 2026-11-25 }. Until then'
        " --coverage-mode report says what would be denied, and moves no amount.",
    )


def policy_files(path: Path) -> list[Path]:
    """Give the policy files that a path names: itself, or those of a folder."""
    if str(path) == EXAMPLES:
        path = example_folder()
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.glob("*.toml") if each.is_file())
    if not files:
        raise CoverageError(
            f"The folder {path} holds no policy file (.toml). Write one, or draft some with:"
            " payrules coverage import DOWNLOAD.zip --to DIR"
        )
    if len(files) > _MOST_FILES:
        raise CoverageError(f"The folder {path} holds more than {_MOST_FILES:,} .toml files.")
    return files


def read_policy(path: Path) -> Policy:
    """Give the policy that a file says."""
    file = read_toml(path, "policy file", CoverageError)
    said = checked(file)
    if isinstance(said, str):
        raise CoverageError(said)

    def refuse(place: Sequence[str | int], fault: str) -> CoverageError:
        line = file.line(place)
        where = f"{file.name}, line {line}" if line else file.name
        words = ".".join(
            f"entry {part + 1}" if isinstance(part, int) else shown(part) for part in place
        )
        return CoverageError(f"{where}, {words.replace('.entry', ' entry')}: {fault}.")

    _must_agree(said, refuse)
    document = said.policy
    return Policy(
        id=document.id,
        title=document.title,
        authority=document.authority,
        effective_from=document.effective_from,
        effective_to=document.effective_to,
        source=document.source,
        article=document.article,
        macs=None if document.macs is None else tuple(document.macs),
        document_version=document.document_version,
        read_on=document.read_on,
        verified=None
        if document.verified is None
        else Verification(document.verified.by, document.verified.on),
        families=tuple(
            CountedFamily(
                name, tuple((region, tuple(codes)) for region, codes in each.regions.items())
            )
            for name, each in said.families.items()
        ),
        noncovered=tuple(
            NonCovered(tuple(each.codes), each.why, each.by_statute, each.tag, each.source)
            for each in said.noncovered
        ),
        diagnoses=tuple(
            Diagnoses(
                tuple(each.families),
                tuple(each.codes),
                each.closed,
                tuple(each.any_of),
                tuple(each.starts_with),
                tuple(map(tuple, each.all_of)),
                each.tag,
                each.source,
            )
            for each in said.diagnoses
        ),
        frequency=tuple(
            Frequency(
                each.family,
                each.sessions,
                each.window,
                each.with_modifier,
                each.without_modifier,
                each.least_days_between,
                each.tag,
                each.source,
            )
            for each in said.frequency
        ),
        sessions=tuple(
            SessionLimit(
                tuple(each.families),
                tuple(each.codes),
                each.most_levels,
                each.one_region,
                each.sides == "never",
                each.sides == "one code",
                tuple(each.not_with),
                tuple(each.place_of_service),
                each.tag,
                each.source,
            )
            for each in said.session
        ),
        documentation=tuple(said.documentation.asks) if said.documentation else (),
        carcs=tuple(said.codes.carc.items()),
        rarcs=tuple(said.codes.rarc.items()),
        file=file.name,
        sha256=sha256(file.content).hexdigest(),
    )


def _must_agree(
    said: PolicyForm, refuse: Callable[[Sequence[str | int], str], CoverageError]
) -> None:
    """Refuse a code in two regions, a family that the file has not, and a statute beside an LCD."""
    at: dict[str, str] = {}
    for name, family in said.families.items():
        for region, codes in family.regions.items():
            for code in codes:
                here = f"{name}.{region}"
                if at.setdefault(code, here) != here or codes.count(code) > 1:
                    raise refuse(
                        ("families", name, "regions", region),
                        f"has {code}, which is in {at[code]} already; a code is in one region",
                    )
    for place, number, names in _families_named(said):
        for name in names:
            if name not in said.families:
                raise refuse(
                    (place, number),
                    f"names the family '{shown(name)}'{perhaps(name, said.families)}, and the file"
                    f" has {', '.join(map(shown, said.families)) or 'none'}; write it under"
                    " [families]",
                )
    for number, entry in enumerate(said.noncovered):
        if entry.by_statute and said.policy.authority != "NCD":
            raise refuse(
                ("noncovered", number, "by_statute"),
                "is said of an NCD alone; here [codes.carc] gives another code, such as"
                ' noncovered = "96"',
            )
    if not (said.families or said.noncovered or said.diagnoses or said.session):
        raise refuse(("policy",), "is of no code: write families, noncovered, or diagnoses")


def _families_named(said: PolicyForm) -> Iterator[tuple[str, int, Sequence[str]]]:
    for number, entry in enumerate(said.diagnoses):
        yield "diagnoses", number, entry.families
    for number, counter in enumerate(said.frequency):
        yield "frequency", number, [counter.family]
    for number, session in enumerate(said.session):
        yield "session", number, session.families


def _refuse_overlaps(policies: Sequence[Policy]) -> None:
    """Refuse two files of one document whose days overlap for one contractor."""
    for one, other in combinations(policies, 2):
        if one.id != other.id or one.authority != other.authority:
            continue
        if (one.effective_to or date.max) < other.effective_from:
            continue
        if (other.effective_to or date.max) < one.effective_from:
            continue
        both = {*one.macs} & {*other.macs} if one.macs and other.macs else None
        if both is None or both:
            whom = "" if both is None else f" for contractor {min(both)}"
            raise CoverageError(
                f"{one.file} and {other.file} both say {one.id}{whom} on"
                f" {max(one.effective_from, other.effective_from)}: end one with effective_to"
                " before the other begins."
            )
