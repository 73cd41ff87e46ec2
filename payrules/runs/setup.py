"""What lines are priced with, said once and taken alike by every way of running a batch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from payrules.claims import AnyColumns, Batch, Claims, ColumnsFile, columns_file, read_batch
from payrules.claims.columns import shown
from payrules.coverage.policy import Covering, Policies
from payrules.dated import ByDay
from payrules.engine.pricing import Priced
from payrules.engine.rule import Rule
from payrules.engine.tables import Edits, Tables
from payrules.errors import ClaimsError, ScheduleError, UsageError
from payrules.facility.wage import WageIndices
from payrules.fees.other_schedules import needs_locality
from payrules.few import filled
from payrules.frozen import frozen
from payrules.payers import MEDICARE, Payer, by_name
from payrules.payers.covering import policies_of, with_coverage
from payrules.payers.left_open import says_no_coinsurance
from payrules.runs.by_person import marks_together, price_by_person
from payrules.runs.mips_file import PERCENT, MipsFactors
from payrules.runs.stored_tables import StoredTables
from payrules.schedules import LocalityNames, Release, Schedules, load_schedules

#: No sentence names more payers.
_MOST_NAMED = 10


@frozen
class Setup:
    """What lines are priced with: payers, fee schedules, and how a batch is read.

    `payer` prices every line, unless the batch has a column `payer` and `payers` names one of
    them; `schedules` are those at hand unless others are given; `locality` fills lines without
    one; `release` prices every line with that release; `columns` maps our column names to the
    batch's headings, or is all that a columns file says. `edits`
    are the schedules whose tables of edits serve, where those are not the same: a what-if changes
    releases and leaves the edits. `mips` are the clinicians' adjustments, where a file tells them.
    `covering` are the coverage policies that Medicare's lines are held against.
    `payer_given` is False where nobody chose the payer, and Medicare prices for want of another.
    With `settlement` what Medicare pays beside the claims is worked out, too; with `facility`, what
    it pays the facility, at these wage indices.
    """

    payer: Payer = MEDICARE
    payers: Mapping[str, Payer] = field(default_factory=dict)
    schedules: Schedules = field(default_factory=load_schedules)
    locality: str | None = None
    release: str | None = None
    columns: AnyColumns = field(default_factory=ColumnsFile)
    edits: Schedules | None = None
    mips: MipsFactors | None = None
    settlement: bool = False
    covering: Covering | None = None
    refuses_unknown_payers: bool = False
    facility: WageIndices | None = None
    payer_given: bool = True

    def __post_init__(self) -> None:
        """Refuse two payers of one name (PayerError), and a facility's side of others' lines."""
        _ = self.every_payer
        if self.facility is not None:
            self.must_be_medicare()

    @cached_property
    def every_payer(self) -> dict[str, Payer]:
        """The payers that the column `payer` may name, by name in lower case: `payer` first."""
        return by_name([(self.payer.name, self.payer), *self.payers.items()])

    def must_be_medicare(self) -> None:
        """Refuse payers whose prices would be added up with Medicare's facility rates.

        No payer file says what a payer pays facilities. Raises UsageError.
        """
        for payer in self.every_payer.values():
            if payer.plan != MEDICARE.plan:
                raise UsageError(
                    "Facilities are priced by Medicare's national rates, and"
                    f" {payer.name} is not Medicare: no payer file says what a payer pays a"
                    " facility. Price its lines without --facility or --sites."
                )

    @property
    def without_settlement(self) -> list[str]:
        """Name the payers that pay nothing beside their claims; "" where lines of no name do not.

        Those are the lines of whoever is named and not given, too: the run's own payer pays them.
        """
        from payrules.payers.settlement import pays_beside  # noqa: PLC0415 - few runs ask it

        return self._named(lambda each: not pays_beside(each.plan))

    @property
    def without_coinsurance(self) -> list[str]:
        """Name the payers whose files say no coinsurance, as `without_settlement` does."""
        return self._named(says_no_coinsurance)

    def _named(self, is_one: Callable[[Payer], bool]) -> list[str]:
        """Name the payers that are such; "" where the run's own payer is."""
        found = [name for name, each in self.every_payer.items() if is_one(each)]
        return ["", *found] if is_one(self.payer) else found

    @property
    def beside_the_claims(self) -> list[str]:
        """What is to be said of the files beside the claims: payers' schedules, MIPS factors."""
        payers = dict.fromkeys(note for each in self.every_payer.values() for note in each.notes)
        return [*payers, *(self.mips.notes if self.mips else ())]

    @cached_property
    def columns_file(self) -> ColumnsFile:
        """What is said of the batch's columns."""
        return columns_file(self.columns)

    @cached_property
    def tables(self) -> Edits:
        """The tables of edits that the schedules hold."""
        return StoredTables(self.edits or self.schedules)

    def intake(self, *compared: Payer) -> dict[str, Any]:
        """Say what the rows of a batch are checked against: arguments of `read_batch`.

        `compared` are payers that the lines will be priced with later: where one pays by relative
        values, lines must name a locality.
        """
        return {
            "columns": self.columns_file,
            "localities": self.schedules.localities(),
            "default_locality": self.locality,
            "zips": self.schedules.zip_codes(),
            "find_locality": LocalityNames(self.schedules).find,
            "needs_locality": self._needs_locality(compared),
        }

    def _needs_locality(self, compared: Sequence[Payer]) -> bool | pl.Expr:
        """Say which lines need a locality: none where dollars of its own are all that pays."""
        if not any(each.asks_for_places for each in (*self.every_payer.values(), *compared)):
            return False
        # Where the batch has one no line can lack it, and no release is read for that.
        return True if self.locality is not None else needs_locality(self.schedules)

    def read(
        self, claims: Claims, *compared: Payer, answered: Mapping[str, str] | None = None
    ) -> Batch:
        """Read and check a batch; see `intake` and `read_batch`. Raises ClaimsError."""
        taken = self.facility is not None
        batch = read_batch(
            claims, answered=answered, facility_bills=taken, **self.intake(*compared)
        )
        self.check_payers(batch.lines)
        if batch.history is not None:
            self.check_payers(batch.history)
        return batch

    def check_payers(self, lines: pl.DataFrame) -> None:
        """Refuse lines whose payer none of those given is, if such are to be refused."""
        if not self.refuses_unknown_payers:
            return
        if names := self.payers_not_given(lines).unique().sort().to_list():
            listed = ", ".join(shown(name) for name in names[:_MOST_NAMED])
            raise ClaimsError(
                f"The batch names payers that were not given: {listed}. Give each with"
                " --payer, or map its name in the columns file, under [values.payer]."
            )

    def payers_not_given(self, lines: pl.DataFrame) -> pl.Series:
        """Give the payers of lines that are none of those given, as the batch has them."""
        if not filled(lines, ["payer"]):
            return pl.Series("payer", dtype=pl.String)
        named = payers_named(lines)
        others = lines["payer"].filter(named.is_not_null() & ~named.is_in([*self.every_payer]))
        return others.str.strip_chars()

    def price(
        self,
        lines: pl.DataFrame,
        *,
        history: pl.DataFrame | None = None,
        trail: bool = True,
        looked_at: bool = False,
        progress: Callable[[str], None] | None = None,
        without: Mapping[str, pl.Series] | None = None,
    ) -> Priced:
        """Price each payer's lines by its own rules, and put them back in input order.

        `history` (`Batch.history`) only counts, for the coverage policies of its payer; `without`
        masks, by a rule's name, the lines that are priced as if it were not.
        """
        without = without or {}
        if self.mips is not None:
            priced = replace(self, mips=None).price(
                self.mips.filled(lines),
                history=history,
                trail=trail,
                looked_at=looked_at,
                progress=progress,
                without=without,
            )
            # What came with the claims stays as it came.
            return replace(priced, held=priced.held.with_columns(lines[PERCENT]))

        def by(
            chosen: Payer,
            lines: pl.DataFrame,
            history: pl.DataFrame | None,
            without: Mapping[str, pl.Series],
        ) -> Priced:
            return price_by_person(
                lines,
                self.rules_of(chosen),
                self.schedules_of(chosen),
                release=self.release_of(chosen),
                dollars=chosen.dollars,
                tables=self.tables,
                history=history,
                trail=trail,
                looked_at=looked_at,
                release_cites=self._release_cites(chosen),
                progress=progress,
                without=without,
            )

        parts = [*self.by_payer(lines, history)]
        if len(parts) == 1:
            ((payer, _, past),) = parts
            return by(payer, lines, past, without)
        results, trails, places, seen = [], [], [], []
        for payer, rows, past in parts:
            of_part = {rule: marked[rows] for rule, marked in without.items()}
            part = by(payer, lines[rows], past, of_part)
            results.append(part.held.with_columns(_row=rows))
            places.append(rows)
            seen.append(part.looked_at)
            if part.trail is not None:
                trails.append(part.trail.with_columns(row=rows.gather(part.trail["row"])))
        together = pl.concat(results).sort("_row").drop("_row")
        marks = marks_together(lines.height, places, seen)
        return Priced(together, pl.concat(trails).sort("row", "step") if trails else None, marks)

    def by_payer(
        self, lines: pl.DataFrame, history: pl.DataFrame | None
    ) -> Iterator[tuple[Payer, pl.Series, pl.DataFrame | None]]:
        """Give each payer of some lines with the numbers of its lines, and with its history.

        Where no line names a payer, the first payer has them. Decision: history that names no
        payer counts for each: a session was held, and nobody said who paid for it.
        """
        # Several names may be one payer's, and two payers may print one name: a payer is itself.
        first = {id(each): name for name, each in reversed(self.every_payer.items())}
        names = {name: first[id(each)] for name, each in self.every_payer.items()}
        own = first[id(self.payer)]

        def priced_by(each: pl.DataFrame) -> pl.Series:
            return payers_named(each).replace_strict(names, default=own)

        past = None
        if history is not None:
            past = history, payers_named(history).is_null(), priced_by(history)

        def past_of(name: str) -> pl.DataFrame | None:
            if past is None:
                return None
            rows, is_anyones, whose = past
            return rows.filter(is_anyones | (whose == name))

        if not filled(lines, ["payer"]):  # most batches name none
            every = pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
            yield self.every_payer[own], every, past_of(own)
            return
        of_line = priced_by(lines)
        for name in sorted(of_line.unique().to_list()):
            yield self.every_payer[name], of_line.eq(name).arg_true(), past_of(name)

    def release_of(self, payer: Payer) -> str | None:
        """Name the release that prices all of a payer's lines; None where each day has its own.

        The one asked for goes before the one that a contract is frozen on. Raises ScheduleError
        where there is none.
        """
        named = payer.base_release
        if self.release is not None or named is None or isinstance(named, ByDay):
            return self.release
        return self._frozen(payer, named).name

    def schedules_of(self, payer: Payer) -> Schedules:
        """Give the schedules at hand, with each day's release as a payer's contract has it.

        Raises ScheduleError where one of its releases is not at hand.
        """
        named = payer.base_release
        if self.release is not None or not isinstance(named, ByDay):
            return self.schedules
        return self.schedules.frozen(
            tuple((first, name and self._frozen(payer, name)) for first, name in named.values)
        )

    def _frozen(self, payer: Payer, named: str) -> Release:
        """Give a release that a contract names; of a year it is the last one at hand."""
        if named.isdecimal():
            of_year = [each for each in self.schedules.releases if each.name.startswith(named)]
            if of_year:
                return max(of_year, key=lambda each: each.effective_from)
        try:
            return self.schedules.named(named)
        except ScheduleError as fault:
            raise ScheduleError(f"{payer.name}'s base_release: {fault}") from None

    def _release_cites(self, payer: Payer) -> tuple[str, date] | None:
        """Give the page that freezes a payer's releases, and from which day of service."""
        page = None if self.release is not None else payer.base_release_cites
        return None if page is None else (page, payer.frozen_from)

    def rules_of(self, payer: Payer) -> tuple[Rule, ...]:
        """Give a payer's rules, with those that a run may ask for besides.

        Those are the rule on coverage, where any payer has policies, and what Medicare pays beside
        the claims.
        """
        known = self._rules_known.get(id(payer))
        if known is None:
            rules = payer.rules
            if self.has_policies:
                rules = with_coverage(rules, self.policies_of(payer))
            if self.settlement:
                from payrules.payers.settlement import with_settlement  # noqa: PLC0415 - as above

                rules = with_settlement(rules, payer.plan)
            known = self._rules_known[id(payer)] = (payer, rules)
        return known[1]

    @cached_property
    def _rules_known(self) -> dict[int, tuple[Payer, tuple[Rule, ...]]]:
        """The rules of each payer that was asked for: a rule with its policies is checked once.

        The payer stands beside them, so that its number is no other's.
        """
        return {}

    def policies_of(self, payer: Payer) -> Policies:
        """Give the coverage policies that a payer's lines are held against."""
        return policies_of(payer.plan, payer.policies, self.covering)

    @cached_property
    def has_policies(self) -> bool:
        """Whether any line is held against a coverage policy."""
        return any(self.policies_of(each).each for each in self.every_payer.values())

    def with_payers(self, change: Callable[[Payer], Payer]) -> "Setup":
        """Give the setup with every payer changed, each once, under all its names."""
        changed = {id(each): change(each) for each in self.every_payer.values()}
        named = {name: changed[id(each)] for name, each in self.every_payer.items()}
        return replace(self, payer=changed[id(self.payer)], payers=named)

    def with_payer(self, payer: Payer) -> "Setup":
        """Give the setup with another first payer; one that has its name makes way."""
        others = {n: p for n, p in self.every_payer.items() if p is not self.payer}
        others.pop(payer.name.lower(), None)
        return replace(self, payer=payer, payers=others)

    def with_releases(self, schedules: Schedules) -> "Setup":
        """Give the setup with other releases; its tables of edits stay."""
        return replace(self, schedules=schedules, edits=self.edits or self.schedules)


def payers_named(lines: pl.DataFrame) -> pl.Series:
    """Give the payer that each line names as `Setup.every_payer` has it; null where none."""
    named = lines["payer"]
    if not filled(lines, ["payer"]):
        return named  # most batches name none
    return named.str.to_lowercase().str.strip_chars()


def load_tables(schedules: Schedules) -> Tables:
    """Give the tables of edits the schedules hold, whole."""
    return StoredTables(schedules).whole()
