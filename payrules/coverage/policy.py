"""A coverage policy: one document of one authority, in the words of its file."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

from payrules.frozen import frozen

#: Who publishes a policy: CMS for the nation, a Medicare contractor, or a payer for its own plan.
Authority = Literal["NCD", "LCD", "payer"]
AUTHORITIES: tuple[Authority, ...] = ("NCD", "LCD", "payer")
#: How a limit of a policy came into its file: read in the document itself, in another's account
#: of it, or known and not read.
TAGS = {"v": "read in the document", "s": "read second-hand", "k": "known, not read"}

#: Group, CARC and RARC of a denial, by what is found.
CODES: Mapping[str, tuple[str, str]] = {
    # Noridian, "Medical Necessity/No Payable Diagnosis".
    "diagnosis": ("50", "N115"),
    # Noridian DME, "N115 151"; contractors of Part B also print 119.
    "frequency": ("151", "N115"),
    # Decision: what the document lists as non-covered, too many levels, two regions and both sides
    # are told as the diagnosis is.
    "noncovered": ("50", "N115"),
    "levels": ("50", "N115"),
    "regions": ("50", "N115"),
    "sides": ("50", "N115"),
}
#: Of a national policy the RARC names that; what a statute excludes is no question of necessity.
RARC_OF_NCD = "N386"
CARC_OF_STATUTE = "96"


class Verification(NamedTuple):
    """Who compared a policy file with the document, and on which day."""

    by: str
    on: date


class Window(NamedTuple):
    """The time in which sessions are counted: months or days back, or the calendar year."""

    months: int = 0
    days: int = 0

    @property
    def words(self) -> str:
        """Say it as a policy does."""
        if self.months:
            return f"{self.months} months" if self.months > 1 else "1 month"
        return f"{self.days} days" if self.days else "the calendar year"


@frozen
class CountedFamily:
    """Codes that one counter counts, region by region."""

    name: str
    regions: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Its codes in all regions."""
        return tuple(code for _, codes in self.regions for code in codes)


@frozen
class NonCovered:
    """Codes that the document lists as not covered; `by_statute` where a law excludes them."""

    codes: tuple[str, ...]
    why: str
    by_statute: bool = False
    tag: str | None = None
    source: str | None = None


@frozen
class Diagnoses:
    """The diagnoses of which a line needs one, or one of each list of `all_of`.

    Codes are without their dot. `starts_with` holds categories, for all codes that begin so. Where
    the list is not `closed` a miss is only noted.
    """

    families: tuple[str, ...]
    codes: tuple[str, ...]
    closed: bool
    any_of: tuple[str, ...]
    starts_with: tuple[str, ...]
    all_of: tuple[tuple[str, ...], ...]
    tag: str | None = None
    source: str | None = None


@frozen
class Frequency:
    """The most sessions of a family and region in a window, with or without a modifier."""

    family: str
    sessions: int | None
    window: Window
    with_modifier: str | None = None
    without_modifier: str | None = None
    least_days_between: int | None = None
    tag: str | None = None
    source: str | None = None


@frozen
class SessionLimit:
    """What one session may hold: levels, regions, sides, other families beside it, places.

    `one_code_a_side` wants at most one of the codes on a side.
    """

    families: tuple[str, ...]
    codes: tuple[str, ...] = ()
    most_levels: int | None = None
    one_region: bool = False
    one_side: bool = False
    one_code_a_side: bool = False
    not_with: tuple[str, ...] = ()
    place_of_service: tuple[str, ...] = ()
    tag: str | None = None
    source: str | None = None


@frozen
class Policy:
    """One document of one authority, on the days and for the contractors that its file names.

    `macs` are Part B contractor numbers, None everywhere; `read_on` is the day on which the
    document was read for the file; `carcs` and `rarcs` stand in place of `CODES`; `file` and
    `sha256` are its file's.
    """

    id: str
    title: str
    authority: Authority
    effective_from: date
    source: str
    effective_to: date | None = None
    article: str | None = None
    macs: tuple[str, ...] | None = None
    document_version: str | None = None
    read_on: date | None = None
    verified: Verification | None = None
    families: tuple[CountedFamily, ...] = ()
    noncovered: tuple[NonCovered, ...] = ()
    diagnoses: tuple[Diagnoses, ...] = ()
    frequency: tuple[Frequency, ...] = ()
    sessions: tuple[SessionLimit, ...] = ()
    documentation: tuple[str, ...] = ()
    carcs: tuple[tuple[str, str], ...] = ()
    rarcs: tuple[tuple[str, str], ...] = ()
    file: str = ""
    sha256: str = ""

    @property
    def name(self) -> str:
        """What reports cite: authority, number, version, article."""
        version = f" version {self.document_version}" if self.document_version else ""
        article = f", article {self.article}" if self.article else ""
        named = self.authority == "payer" or self.id.startswith(self.authority)
        authority = "" if named else f"{self.authority} "
        return f"{authority}{self.id}{version}{article}"

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every code that it says anything of."""
        return frozenset(
            (
                *(code for family in self.families for code in family.codes),
                *(code for each in self.noncovered for code in each.codes),
                *(code for each in self.diagnoses for code in each.codes),
                *(code for each in self.sessions for code in each.codes),
            )
        )

    def of_families(self, names: Iterable[str]) -> tuple[str, ...]:
        """Give the codes of some of its families."""
        wanted = {*names}
        return tuple(
            code for family in self.families if family.name in wanted for code in family.codes
        )

    def denial(self, finding: str, *, by_statute: bool = False) -> tuple[str, str]:
        """Give the CARC and RARC of a denial for what is found."""
        carc, rarc = CODES[finding]
        if self.authority == "NCD":
            rarc = RARC_OF_NCD
            carc = CARC_OF_STATUTE if by_statute else carc
        return dict(self.carcs).get(finding, carc), dict(self.rarcs).get(finding, rarc)

    def holds(self, day: date) -> bool:
        """Say whether it is in force on a day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )


@frozen
class Applied:
    """A policy as a run applies it: `enforced`, its denials deny; else they are reported."""

    policy: Policy
    enforced: bool = False


@frozen
class Policies:
    """The policies that a payer's lines are judged by, and since when history is whole.

    `history_from` is the first day from which the persons' history in the batch is whole; a line's
    own stands before it.
    """

    each: tuple[Applied, ...] = ()
    history_from: date | None = None

    @cached_property
    def codes(self) -> list[str]:
        """Every code that any of them says anything of."""
        return sorted({code for one in self.each for code in one.policy.codes})

    @cached_property
    def family_codes(self) -> Mapping[str, frozenset[str]]:
        """The codes that any of them counts to a family, by its name."""
        found: dict[str, set[str]] = {}
        for one in self.each:
            for family in one.policy.families:
                found.setdefault(family.name, set()).update(family.codes)
        return {name: frozenset(codes) for name, codes in found.items()}


NO_POLICIES = Policies()


@frozen
class Covering:
    """What a run's lines are held against: policies of Medicare's authorities, and the mode."""

    policies: tuple[Policy, ...] = ()
    enforced: bool = False
    history_from: date | None = None
    notes: tuple[str, ...] = field(default=())
