"""Frozen dataclasses, made in a fifth of the time that the standard library takes for one.

`dataclass(frozen=True)` writes six functions for each class, and Python compiles them each time
that the class is loaded: for the hundred classes of a short command that was a sixth of its time.
Here `__init__` alone is written, and the others are the same functions for every class. All else
is as it is there: `field`, `fields`, `replace`, `asdict`, `__post_init__`, equality, hashing, and
FrozenInstanceError for whoever changes one.

Decision: ours only until Python 3.13 is the least version, whose own dataclasses compile a class's
functions at once; `frozen` is `dataclass(frozen=True)` then, and nothing else changes.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from reprlib import recursive_repr
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Kind = TypeVar("_Kind")
#: In place of a value that is made anew for each instance.
_MADE = object()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[_Kind]) -> type[_Kind]:
    """Make a class a frozen dataclass; what it defines by itself it keeps."""
    own = {**vars(kind)}
    made = dataclass(init=False, repr=False, eq=False)(kind)
    for name, function in {"__init__": _init_of(made), **_OF_ALL}.items():
        if own.get(name) is None:  # a class that defines `__eq__` alone has None for its hash
            setattr(made, name, function)
    return made


def _init_of(kind: type) -> Callable[..., None]:
    """Write the `__init__` of a class."""
    known: dict[str, Any] = {"_MADE": _MADE, "_set": object.__setattr__}
    parameters, body = [], []
    for each in fields(kind):
        name, default = each.name, each.default
        if each.default_factory is not MISSING:
            known[f"_make_{name}"], default = each.default_factory, _MADE
            body.append(f" if {name} is _MADE: {name} = _make_{name}()")
        if default is not MISSING:
            known[f"_of_{name}"] = default
        parameters.append(name if default is MISSING else f"{name}=_of_{name}")
        body.append(f" _set(self, {name!r}, {name})")
    if hasattr(kind, "__post_init__"):
        body.append(" self.__post_init__()")
    exec("\n".join((f"def __init__(self, {', '.join(parameters)}):", *body)), known)
    init: Any = known["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    init.__annotations__ = {each.name: each.type for each in fields(kind)} | {"return": None}
    return init  # type: ignore[no-any-return]


class _Frozen:
    """What every frozen dataclass does."""

    __match_args__: tuple[str, ...]  # the names of its fields

    @recursive_repr()
    def __repr__(self: Any) -> str:
        shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return _values(self) == _values(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(_values(self))

    def __setattr__(self, name: str, _: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


_OF_ALL = {name: each for name, each in vars(_Frozen).items() if callable(each)}


def _values(instance: Any) -> tuple[object, ...]:
    return tuple([getattr(instance, name) for name in instance.__match_args__])
