"""Inheritance: a payer file and the files that it begins from, as they are written and checked."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from payrules.errors import PayerError
from payrules.files.toml import is_file, read_toml
from payrules.nearest import perhaps
from payrules.payers.faults import first_fault, name_fault
from payrules.payers.form import form
from payrules.payers.payer import MEDICARE
from payrules.within_reason import shown

_PRESETS = Path(__file__).parent / "presets"
#: A policy, a state's variant, a contract and an amendment of it are four.
_DEEPEST = 10


class PayerFile(NamedTuple):
    """A payer file: where it is, its checked form, what is written in it, and its sha256."""

    path: Path
    said: Any
    written: Mapping[str, Any]
    sha256: str

    def refuse(self, place: str, fault: str) -> PayerError:
        """Make the error for a place of the file and a fault."""
        return PayerError(f"{self.path.name}, {place}: {fault}.")


def presets() -> list[str]:
    """Give the names of the payers that ship with payrules, each with its printed sources."""
    return sorted(preset.stem for preset in _PRESETS.glob("*.toml"))


def preset_file(name: str) -> Path | None:
    """Give the file of a preset; None where no preset has the name."""
    return next((_PRESETS / f"{each}.toml" for each in presets() if each == name.lower()), None)


def names_a_file(name: str) -> bool:
    """Say whether a payer is named by a path rather than by its name."""
    return name.lower().endswith(".toml") or is_file(Path(name))


def chain(path: Path) -> list[PayerFile]:
    """Give a payer file with the files it begins from, the first of them first.

    Raises PayerError for a file that cannot be read, a base that is not there, and a circle.
    """
    files = [_read(path)]
    while (base := _base_of(files[0])) is not None:
        if any(_same(base, each.path) for each in files):
            round_ = [*(each.path.name for each in reversed(files)), base.name]
            raise files[0].refuse(
                "base",
                f"goes round in a circle ({' → '.join(round_)}); let one begin from medicare",
            )
        if len(files) == _DEEPEST:
            raise files[0].refuse(
                "base", f"is the {_DEEPEST}th file that begins from another; join some of them"
            )
        files.insert(0, _read(base))
    return files


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _base_of(file: PayerFile) -> Path | None:
    """Give the file that a payer file begins from; None where that is Medicare."""
    name = file.said.base.strip()
    if name.lower() == MEDICARE.name:
        return None
    if preset := preset_file(name):
        return preset
    if name.lower().endswith(".toml") or set(name) & {"/", "\\"}:
        path: Path = file.path.parent / name
        if is_file(path):
            return path
        raise file.refuse(
            "base",
            f"there is no file '{shown(name)}'; paths are relative to the payer file's folder",
        )
    known = [MEDICARE.name, *presets()]
    raise file.refuse(
        "base",
        f"there is no payer '{shown(name)}'{perhaps(name, known)}. Write one of"
        f' {", ".join(known)}, or a payer file such as "policy.toml"',
    )


def _read(path: Path) -> PayerFile:
    file = read_toml(path, "payer file", PayerError)
    model = form()
    try:
        said: Any = model.model_validate(file.written)
    except ValidationError as error:
        raise PayerError(first_fault(file.name, file.written, error, model, file.text)) from None
    read = PayerFile(path, said, file.written, sha256(file.content).hexdigest())
    for place in ("name", "contract"):
        if not getattr(said, place).strip():
            raise read.refuse(place, "is blank; every step of a price cites it, so fill it in")
    if fault := name_fault(said.name):
        raise read.refuse("name", fault)
    return read


def hashes(files: Sequence[PayerFile]) -> dict[str, str]:
    """Give the sha256 of each file by its name; of two of one name, with their folders' names."""
    names = [each.path.name for each in files]
    return {
        each.path.name
        if names.count(each.path.name) == 1
        else f"{each.path.resolve().parent.name}/{each.path.name}": each.sha256
        for each in files
    }
