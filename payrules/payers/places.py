"""Places of service in a payer file: of a rate and of a share by modifier."""

from collections.abc import Collection, Sequence

from payrules.claims.places_of_service import FACILITY, VALID
from payrules.nearest import perhaps
from payrules.payers.code_lists import Refuse
from payrules.within_reason import shown

#: A telehealth patient's home was a facility until 2024, so it may be either.
_EITHER = frozenset(("10",))


def read_places(written: Sequence[str] | None, place: str, refuse: Refuse) -> tuple[str, ...]:
    """Read places of service, in order, each once."""
    for each in written or ():
        if each not in VALID:
            raise refuse(
                f"{place}.places",
                f"'{shown(each)}' is no place of service{perhaps(each, sorted(VALID))}; write a"
                ' code of CMS\'s list, such as "22", or "02"',
            )
    return tuple(sorted({*(written or ())}))


def places_of_setting(setting: str, places: Collection[str]) -> set[str]:
    """Give those of some places that may be paid the amount of a setting."""
    facility = {*places} & FACILITY
    return (facility if setting == "facility" else {*places} - facility) | ({*places} & _EITHER)


def no_place_of(setting: str) -> str:
    """Say that no place of those listed is of a setting."""
    said = f"none of them is paid the {setting} amount, so that no line fits"
    return f"{said}; correct setting or places"
