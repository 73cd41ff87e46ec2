"""Lists in a payer file: codes, ranges, the lists that `[codes]` names; practitioners."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from payrules.claims import practitioners
from payrules.errors import PayrulesError
from payrules.nearest import perhaps
from payrules.schedules.cost_sharing import codes_of
from payrules.within_reason import shown

Refuse = Callable[[str, str], PayrulesError]
Ranges = tuple[tuple[str, str], ...]


class CodeLists:
    """The lists of codes that a file names, each read once, for every place that asks by name."""

    def __init__(self, named: Mapping[str, Sequence[str]], refuse: Refuse) -> None:
        self._refuse = refuse
        self._named = named
        self._read: dict[str, Ranges] = {}
        for name in named:
            self._named_ranges(name, f"codes.{name}", ())

    def ranges(self, written: Iterable[str], place: str) -> Ranges:
        """Read what stands at a place: "11400-11446", "27447", "@fractures"; in order, each once.

        Raises what `refuse` makes, for what is no code, an unknown list, or an empty one.
        """
        return self._ranges(written, place, ())

    def _ranges(self, written: Iterable[str], place: str, within: tuple[str, ...]) -> Ranges:
        found = set[tuple[str, str]]()
        for each in written:
            said = each.strip()
            if said.startswith("@"):
                found.update(self._named_ranges(said[1:], place, within))
            else:
                found.add(self._range(said, place))
        if not found:
            raise self._refuse(place, 'is empty; list one or more codes, such as "11400-11446"')
        return tuple(sorted(found))

    def _named_ranges(self, name: str, place: str, within: tuple[str, ...]) -> Ranges:
        if name in within:
            raise self._refuse(place, f"the list '{name}' is within itself; write its codes out")
        if name not in self._named:
            known = ", ".join(self._named) or "none"
            raise self._refuse(
                place,
                f"there is no list '@{shown(name)}'{perhaps(name, self._named)}. The lists under"
                f" [codes] are: {known}",
            )
        if name not in self._read:
            self._read[name] = self._ranges(self._named[name], f"codes.{name}", (*within, name))
        return self._read[name]

    def _range(self, written: str, place: str) -> tuple[str, str]:
        first, last = codes_of(written.upper().replace(" ", ""))
        for code in (first, last):
            if len(code) != 5 or not code.isalnum() or not code.isascii():
                raise self._refuse(
                    place,
                    f"'{shown(written)}' is not a code, a range or a list; write \"27447\","
                    ' "11400-11446", or "@lesions" for a list under [codes]',
                )
        if last < first:
            raise self._refuse(place, f"'{shown(written)}' ends before it begins; swap its codes")
        return first, last


def types_of(written: Sequence[str] | None, place: str, refuse: Refuse) -> tuple[str, ...]:
    """Read types of practitioners, in order, each once."""
    for each in written or ():
        if each not in practitioners.TYPES:
            raise refuse(
                f"{place}.practitioner_type",
                f"there is no such practitioner type{perhaps(each, practitioners.TYPES)}. The types"
                f" are {', '.join(practitioners.TYPES)}",
            )
    return tuple(sorted({*(written or ())}))
