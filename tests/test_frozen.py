"""Frozen dataclasses of the house behave as the standard library's do."""

import pickle
from collections.abc import Mapping
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from inspect import signature
from typing import Any

import pytest

from payrules.frozen import frozen


def _defined(made: Any) -> dict[str, type]:
    """Define the same classes by a decorator."""

    @made
    class Line:
        """A line."""

        code: str
        units: int = 1
        said: Mapping[str, int] = field(default_factory=dict)
        secret: str = field(default="", repr=False)

    @made
    class Found(Line):
        """A line that was found."""

        where: tuple[str, ...] = ()

        def __post_init__(self) -> None:
            object.__setattr__(self, "where", tuple(sorted(self.where)))

    @made
    class Known:  # noqa: PLW1641 - as few define it
        """One that says by itself when it is the same."""

        name: str
        of: object = None

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Known) and self.name == other.name

        def __repr__(self) -> str:
            return self.name

    return {each.__name__: each for each in (Line, Found, Known)}


BOTH = pytest.mark.parametrize("made", [frozen, dataclass(frozen=True)], ids=["ours", "usual"])


@frozen
class Travels:
    """One that another process can be given."""

    code: str
    beside: tuple[str, ...] = ()


@BOTH
def test_made_compared_and_shown(made: Any) -> None:
    kinds = _defined(made)
    line, found = kinds["Line"], kinds["Found"]
    one = line("99213", said={"a": 1}, secret="no")
    assert (one.code, one.units, one.said) == ("99213", 1, {"a": 1})
    assert one == line("99213", 1, {"a": 1}, "no") != line("99213", 1, {"a": 1}, "other")
    assert repr(one).endswith("Line(code='99213', units=1, said={'a': 1})")
    assert line("99213") != found("99213")
    assert line("99213").__eq__(found("99213")) is NotImplemented
    assert line("1").said is not line("1").said
    assert found("1", where=("b", "a")).where == ("a", "b")
    assert replace(found("1"), where=("d", "c")).where == ("c", "d")
    assert asdict(line("1")) == {"code": "1", "units": 1, "said": {}, "secret": ""}
    assert [each.name for each in fields(found)] == ["code", "units", "said", "secret", "where"]
    assert [*signature(line).parameters] == ["code", "units", "said", "secret"]
    assert copy(one) == deepcopy(one) == one
    with pytest.raises(TypeError, match="code"):
        line()
    with pytest.raises(TypeError, match="unheard_of"):
        line("1", unheard_of=1)


@BOTH
def test_hashed_by_what_it_holds(made: Any) -> None:
    line, _, known = _defined(made).values()
    assert hash(known("one", 1)) == hash(known("one", 1))
    assert known("one", 1) == known("one", 2)
    assert repr(known("one", 1)) == "one"
    with pytest.raises(TypeError, match="unhashable"):
        hash(line("1"))


@BOTH
def test_never_changed(made: Any) -> None:
    one = _defined(made)["Line"]("1")
    with pytest.raises(FrozenInstanceError, match="units"):
        one.units = 2
    with pytest.raises(FrozenInstanceError, match="units"):
        del one.units
    with pytest.raises(FrozenInstanceError):
        one.other = 2


@BOTH
def test_a_field_without_a_default_behind_one_that_has_is_refused(made: Any) -> None:
    with pytest.raises((TypeError, SyntaxError), match="default"):

        @made
        class _Wrong:
            """One whose fields stand in the wrong order."""

            first: int = 1
            second: int


@BOTH
def test_what_holds_itself_is_shown(made: Any) -> None:
    held: dict[str, Any] = {}
    held["again"] = line = _defined(made)["Line"]("1", said=held)
    assert "..." in repr(line)


def test_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Travels("1", ("a",)))) == Travels("1", ("a",))
