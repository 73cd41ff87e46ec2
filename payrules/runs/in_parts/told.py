"""A run told to another process of this machine: all of it as bytes, its rules by name and hash.

A rule's function cannot be told itself: where it was written, its name is the rule's. So the other
process imports that module, and takes the function of the rule it finds, if its code is the same.
"""

import ast
import pickle
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from pathlib import Path
from sysconfig import get_paths
from types import CodeType, FunctionType, ModuleType
from typing import Any

from payrules.engine.rule import Rule
from payrules.errors import RuleError

#: Where Python keeps its own modules and those that are installed, by the names `sysconfig` has.
_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


class NoWorkersError(Exception):
    """Why a run is one process's alone: what no other can be told, or why none starts."""


def told(what: object) -> bytes:
    """Give a run as bytes; NoWorkersError where a rule, say, was made within a function."""
    said = BytesIO()
    try:
        _Telling(said, pickle.HIGHEST_PROTOCOL).dump(what)
    except (pickle.PicklingError, AttributeError, TypeError) as fault:
        raise NoWorkersError(f"a rule is known to this process alone ({fault})") from fault
    return said.getvalue()


def understood(said: bytes) -> Any:
    """Give what `told` was given; RuleError where a rule is not the same here."""
    return pickle.loads(said)


class _Telling(pickle.Pickler):
    """Tells the function of a rule by the rule's module and name, and the hash of its code."""

    def reducer_override(self, obj: object) -> Any:
        if not isinstance(obj, FunctionType):
            return NotImplemented
        found = getattr(sys.modules.get(obj.__module__), obj.__qualname__, None)
        if not (isinstance(found, Rule) and found.decide is obj):
            return NotImplemented  # a function under its own name, or what nobody else can find
        if obj.__module__ == "__main__":
            raise NoWorkersError(
                f"the rule {found.name} is in the program that is run; write it in a module"
            )
        return _decision, (obj.__module__, obj.__qualname__, code_hash(obj))


def _decision(module: str, name: str, code: str) -> Callable[..., Any]:
    """Find the function of a rule."""
    found = getattr(import_module(module), name, None)
    if not isinstance(found, Rule) or code_hash(found.decide) != code:
        raise RuleError(f"Rule {name} of {module} was changed while the run went on.")
    return found.decide


def code_hash(function: Callable[..., Any]) -> str:
    """Hash what a function does, alike in every process: its code, and what its file says.

    A rule may call what stands elsewhere: so the files that its own brings in count, too, but for
    those of installed packages and of Python. Of payrules' rules the version tells.
    """
    hashed = sha256(repr(_said(getattr(function, "__code__", None))).encode())
    module = sys.modules.get(function.__module__)
    if module is not None and not function.__module__.startswith("payrules."):
        for file in sorted(_brought_in(module, {})):
            hashed.update(file.read_bytes())
    return hashed.hexdigest()


def _brought_in(module: ModuleType, found: dict[Path, ModuleType]) -> dict[Path, ModuleType]:
    """Give a module's file, and those that it imports, none of them installed."""
    file = Path(getattr(module, "__file__", None) or "")
    if file.is_file() and file not in found:
        found[file] = module
        for name in _imported(file.read_bytes(), module.__package__ or ""):
            other = sys.modules.get(name)
            if other is not None and not _is_installed(other):
                _brought_in(other, found)
    return found


def _is_installed(module: ModuleType) -> bool:
    """Tell whether a module is Python's, of a package that is installed, or of payrules."""
    if module.__name__.split(".")[0] == "payrules":
        return True
    file = Path(getattr(module, "__file__", None) or "").resolve()
    places = (get_paths()[each] for each in _INSTALLED)
    return any(file.is_relative_to(Path(each).resolve()) for each in places)


def _imported(source: bytes, package: str) -> Iterator[str]:
    """Give the names that a source imports: of modules, and perhaps of what is in them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            whole = ".".join(filter(None, (above, node.module)))
            yield whole
            yield from (f"{whole}.{each.name}" for each in node.names)


def _said(part: object) -> object:
    """Say of code what it does, in one order: that of a set is another in each process."""
    if isinstance(part, CodeType):
        return part.co_code, part.co_names, part.co_varnames, _said(part.co_consts)
    if isinstance(part, tuple):
        return [_said(each) for each in part]
    return sorted(map(repr, part)) if isinstance(part, frozenset) else part
