"""A scenario: what to change, as a TOML file says it, before claims are priced again."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from payrules.errors import ScenarioError
from payrules.files.toml import is_file, read_toml
from payrules.frozen import frozen
from payrules.nearest import perhaps
from payrules.payers.faults import first_fault
from payrules.payers.vocabulary import LIMITS_OF_ALL
from payrules.scenarios.form import CLAIMS, PRICES, TERMS, form


@frozen
class Scenario:
    """What to change: `says` is the checked form, `written` what the files wrote.

    `files` are its own and the fee schedule it names, with their sha256; none where it is made in
    Python.
    """

    name: str
    written: Mapping[str, Any]
    says: Any
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its title, as the file gives it."""
        return str(self.says.title)

    @property
    def cites(self) -> str:
        """Where the change is from."""
        return str(self.says.cites)

    @property
    def changes(self) -> tuple[str, ...]:
        """The parts of the form that say something."""
        return tuple(
            part
            for part in (*CLAIMS, *PRICES, *TERMS)
            if part in self.written and self.written[part] not in ({}, [])
        )

    def as_json(self) -> dict[str, Any]:
        """Give what its files wrote below the head, under its exact names: it can be asked again.

        Of a file that it names the name is given, and no folder.
        """
        said = {key: value for key, value in self.written.items() if key not in _HEAD}
        return {key: _as_json(value, (key,)) for key, value in said.items()}

    def only(self, parts: Sequence[str]) -> "Scenario":
        """Give the scenario with these parts alone."""
        kept = {
            key: value for key, value in self.written.items() if key in (*parts, "title", "cites")
        }
        return scenario(kept, self.name)

    def refuse(self, place: str, fault: str) -> ScenarioError:
        """Make the error for a place in the scenario."""
        return ScenarioError(f"{self.name}, {place}: {fault}.")


def scenario(written: Mapping[str, Any], name: str = "scenario", text: str = "") -> Scenario:
    """Check what a scenario says, given as the tables of its TOML (numbers as int or Decimal).

    `text` is what its file holds. Raises ScenarioError: the place, what is wrong and what to
    write.
    """
    try:
        says = form().model_validate(dict(written))
    except ValidationError as error:
        raise ScenarioError(first_fault(name, written, error, form(), text)) from None
    for place in ("title", "cites"):
        if not getattr(says, place).strip():
            raise ScenarioError(f"{name}, {place}: is blank; the comparison shows it.")
    return Scenario(name, written, says)


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario file, or several stacked: "cf.toml+site.toml" applies both.

    A payer file or fee schedule that a scenario names is looked for beside it. Raises
    ScenarioError, also where two of the stacked files set the same thing differently.
    """
    whole = Path(path)
    paths = [whole] if is_file(whole) else [Path(each) for each in str(path).split("+")]
    return stack([_read(each) for each in paths])


def _read(path: Path) -> Scenario:
    if not _is_there(path):
        raise ScenarioError(
            f"There is no scenario file {str(path)[:200]}{_beside(path)}. Stack several with +,"
            " such as cf.toml+site.toml."
        )
    file = read_toml(path, "scenario", ScenarioError)
    written = file.written
    checked = scenario(written, path.name, file.text)
    if checked.says.payer and is_file(path.parent / checked.says.payer):
        written["payer"] = str(path.parent / checked.says.payer)
    files = {path.name: sha256(file.content).hexdigest()}
    if checked.says.fee_schedule:
        fees = path.parent / checked.says.fee_schedule.file
        written["fee_schedule"]["file"] = str(fees)
        files |= _hash_of(fees)
    for said in (written, *written.get("rate", ())):
        for term in LIMITS_OF_ALL:
            if isinstance(limit := said.get(term), dict) and "schedule" in limit:
                beside = path.parent / limit["schedule"]
                limit["schedule"] = str(beside)
                files |= _hash_of(beside)
    return replace(scenario(written, path.name), files=files)


def _hash_of(path: Path) -> dict[str, str]:
    """Give a file's name and sha256; nothing where there is none."""
    return {path.name: sha256(path.read_bytes()).hexdigest()} if is_file(path) else {}


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _beside(path: Path) -> str:
    folder = path.parent if _is_there(path.parent) else Path()
    files = [each.name for each in folder.glob("*.toml")]
    return perhaps(path.name, files)


def stack(scenarios: Sequence[Scenario]) -> Scenario:
    """Put scenarios together, in order; ScenarioError where two set the same thing differently."""
    if len(scenarios) == 1:
        return scenarios[0]
    together: dict[str, Any] = {}
    for each in scenarios:
        _merge(together, {k: v for k, v in each.written.items() if k not in _HEAD}, each.name)
    for key, mark in _HEAD.items():
        together[key] = mark.join(dict.fromkeys(str(each.written[key]) for each in scenarios))
    files = {name: digest for each in scenarios for name, digest in each.files.items()}
    return replace(scenario(together, "+".join(each.name for each in scenarios)), files=files)


def set_upon(on: Scenario | None, tried: Scenario) -> Scenario:
    """Put a value that is being tried upon a scenario; where the scenario sets it, it yields."""
    if on is None:
        return tried
    together = dict(on.written)
    said = {key: value for key, value in tried.written.items() if key not in _HEAD}
    _merge(together, said, tried.name, overriding=True)
    return scenario(together, f"{tried.name} on {on.name}")


def said_at(on: Scenario, place: str) -> str | None:
    """Give what a scenario says at a dotted place, or at the whole that a value there replaces."""
    value: Any = on.written
    for part in place.split("."):
        if not isinstance(value, Mapping):
            break
        if part not in value:
            return None
        value = value[part]
    return _shown(value)


_HEAD = {"title": " + ", "cites": "; "}


def _merge(
    into: dict[str, Any],
    more: Mapping[str, Any],
    name: str,
    place: str = "",
    *,
    overriding: bool = False,
) -> None:
    for key, value in more.items():
        where = f"{place}.{key}" if place else key
        earlier = into.get(key)
        if key not in into:
            into[key] = dict(value) if isinstance(value, Mapping) else value
        elif isinstance(earlier, list) and isinstance(value, list):
            into[key] = [*earlier, *value]
        elif (
            isinstance(earlier, Mapping)
            and isinstance(value, Mapping)
            and where not in {"conversion_factor", "anesthesia_conversion_factor", "fee_schedule"}
            # By date the first would go on where the second begins: one says otherwise than the
            # other.
            and not (_is_dated(earlier) or _is_dated(value))
        ):
            into[key] = dict(earlier)
            _merge(into[key], value, name, where, overriding=overriding)
        elif overriding:
            into[key] = value
        elif earlier != value:
            raise ScenarioError(
                f"{name}, {where}: another scenario of the stack changes this too, to"
                f" {_shown(earlier)} and not {_shown(value)}; remove one."
            )


#: Where a scenario names a file: of itself, and of one of its rates.
_LIMITS = {(limit, "schedule") for limit in LIMITS_OF_ALL}
_FILES = {("payer",), ("fee_schedule", "file"), *_LIMITS, *(("rate", *each) for each in _LIMITS)}


def _as_json(value: Any, place: tuple[str, ...]) -> Any:
    """Give what is written at a place as JSON has it."""
    if isinstance(value, Mapping):
        return {key: _as_json(each, (*place, key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each, place) for each in value]
    if place in _FILES and isinstance(value, str):
        return Path(value).name
    return value if value is None or isinstance(value, str | int) else str(value)


def _is_dated(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(key[:1].isdigit() for key in value)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return str(value)
