"""The wage indices that a user gives for facilities: a number, or a surgical center's area."""

from datetime import date
from decimal import Decimal

from payrules.errors import UsageError
from payrules.facility.sites import ASC, HOSPITAL, SITE_WORDS
from payrules.frozen import frozen
from payrules.schedules import Schedules
from payrules.schedules.wage_index import wage_index
from payrules.within_reason import WAGE_INDEX

#: The nation's, by which a rate stays as it is published.
NATIONAL = Decimal("1.000")


@frozen
class WageIndices:
    """The wage index of each facility: the surgical center's by number or area, the hospital's.

    Those not given are 1.000, and `words` says so. Raises UsageError for both of one, or a number
    that no wage index is.
    """

    asc: Decimal | None = None
    asc_area: str | None = None
    hospital: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse what no wage index is."""
        if self.asc is not None and self.asc_area is not None:
            raise UsageError(
                "The surgical center's wage index is given twice: as an area and as a number; "
                "remove one."
            )
        for site, given in ((ASC, self.asc), (HOSPITAL, self.hospital)):
            if given is not None:
                wage_index_read(site, given)

    def on(self, site: str, schedules: Schedules, day: date) -> Decimal:
        """Give a site's wage index on a day; UsageError where an area has none, or several."""
        if site == ASC and self.asc_area is not None:
            return wage_index(self.asc_area, schedules, day)
        given = self.asc if site == ASC else self.hospital
        return NATIONAL if given is None else given

    def words(self, site: str) -> str:
        """Say by which wage index a site's rates are adjusted."""
        if site == ASC and self.asc_area is not None:
            return f"adjusted by CMS's wage index of area {self.asc_area}, which you gave"
        given = self.asc if site == ASC else self.hospital
        if given is not None:
            return f"adjusted by the wage index you gave, {given}"
        return "at wage index 1.000, because none was given"


def wage_index_read(site: str, given: Decimal | str) -> Decimal:
    """Read a site's wage index; UsageError says what is allowed."""
    try:
        index = WAGE_INDEX.read(given)
    except ValueError as fault:
        raise UsageError(f"The {SITE_WORDS[site]}'s wage index {fault}.") from None
    if not index:
        raise UsageError(
            f"The {SITE_WORDS[site]}'s wage index cannot be 0; give the area's own, such as 0.966."
        )
    return index
