"""A payer's own shares by modifier: which of them a line is paid by, and whose rules they replace.

A share of a combination stands for each modifier in it, so that the longest combination on a line
wins; modifiers that no share names stay with Medicare's rules. Of shares with the same modifiers
the narrower is asked first: the one with codes, then for whom, where, and on documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

import polars as pl

from payrules.claims.modifiers import billed_with, columns_of
from payrules.claims.places_of_service import is_facility
from payrules.dated import PROCESSED, Dated, day_of, turning_days
from payrules.engine.adjustment import NOT_ANESTHESIA
from payrules.engine.codes import codes_in_words, in_codes
from payrules.frozen import frozen

#: Modifiers whose lines a payer prints a share for, and what Medicare does with each, in words.
MEDICARES: Mapping[str, str] = {
    "22": "in full, with a note",
    "52": "in full, with a note",
    "53": "by report",
    "54": "the code's own shares",
    "55": "the code's own share by days",
    "56": "denied",
    "62": "0.625",
    "63": "in full",
    "66": "by report",
    "78": "the code's intraoperative share",
    **dict.fromkeys(("80", "81", "82"), "0.16"),
    "AS": "0.136",
    **dict.fromkeys(("SA", "SB"), "the practitioner's share"),
}
SHARED = tuple(MEDICARES)
#: What a share's choice reads, beside the columns of its modifiers.
READS = (
    *("hcpcs_code", "modifiers", "service_date", "status_code", "row_modifier"),
    *("is_of_other_schedule", "documentation_submitted"),
)
#: An assistant's modifiers, the deciding one first: who assists is one role, paid by one share.
#: Medicare takes a line with AS for an assistant's who is no physician; of the others the one for
#: the least help decides.
ASSISTANTS = ("AS", "81", "82", "80")
#: Parts of an operation's care: what a line with several pays is their sum, not their product.
CARE = ("54", "55", "56")
#: A code's parts of its care, hundredths.
PARTS_OF_CARE = ("preoperative", "intraoperative", "postoperative")


@frozen
class ModifierShare:
    """What a payer pays of a line that carries some modifiers.

    `codes` are first and last codes, of which one must hold the line's (none: every code of the
    physician fee schedule but anesthesia); those of `except_codes` are spared. `first_day` and
    `last_day` narrow the days of service, `practitioner_type` who renders it, `setting` and
    `places` (of service) where; `documented`: only with documents submitted. `of_operation`: the
    share is of the code's intraoperative part. `of_physician`: it is of a physician's amount
    whoever renders the service, so that no practitioner's share is taken beside it. `processed`:
    its days are those on which claims are processed.
    """

    modifiers: tuple[str, ...]
    share: Dated
    codes: tuple[tuple[str, str], ...] = ()
    except_codes: tuple[tuple[str, str], ...] = ()
    documented: bool = False
    first_day: date | None = None
    last_day: date | None = None
    practitioner_type: tuple[str, ...] = ()
    setting: str | None = None
    places: tuple[str, ...] = ()
    of_operation: bool = False
    of_physician: bool = False
    processed: bool = False

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give its first days, and the day after its last, where they are of processing."""
        if not self.processed:
            return ()
        return (*self.share.processed, *turning_days(self.first_day, self.last_day))

    @property
    def name(self) -> str:
        """Name it by its modifiers: "52", "54 80"."""
        return " ".join(self.modifiers)

    @property
    def in_words(self) -> str:
        """Name it by all that narrows it: "52, codes 11400-11446, documentation_submitted"."""
        said = [self.name]
        for label, codes in (("codes", self.codes), ("but", self.except_codes)):
            if codes:
                said.append(f"{label} {codes_in_words(codes)}")
        if self.practitioner_type:
            said.append(f"practitioner_type {' '.join(self.practitioner_type)}")
        if self.setting is not None:
            said.append(self.setting)
        if self.places:
            said.append(f"places {' '.join(self.places)}")
        if self.documented:
            said.append("documentation_submitted")
        if self.first_day is not None:
            said.append(f"from {self.first_day}")
        if self.last_day is not None:
            said.append(f"to {self.last_day}")
        if self.of_operation:
            said.append("of the intraoperative part")
        if self.of_physician and not self.practitioner_type:
            said.append("of the physician's amount")
        elif self.practitioner_type and not self.of_physician:
            said.append("of the practitioner's amount")
        if self.processed:
            said.append("by day of processing")
        return ", ".join(said)

    @property
    def somewhere(self) -> bool:
        """Whether it is narrowed to where a service is rendered."""
        return self.setting is not None or bool(self.places)

    @property
    def key(self) -> tuple[object, ...]:
        """What two shares must differ in, and the order in which those of one line are asked."""
        return (
            -len(self.modifiers),
            self.modifiers,
            not self.codes,
            not self.practitioner_type,
            not self.somewhere,
            not self.documented,
            self.practitioner_type,
            self.setting or "",
            self.places,
            self.codes,
            self.except_codes,
            self.first_day or date.min,
            self.last_day or date.max,
        )

    @cached_property
    def holds(self) -> pl.Expr:
        """Say whether a line carries its modifiers, has its code and day, and its documents."""
        held = [billed_with(each) for each in self.modifiers]
        held += [~billed_with(each) for each in _not_beside(self.modifiers)]
        if self.codes:
            held.append(in_codes(self.codes))
        else:
            held += [NOT_ANESTHESIA, ~pl.col("is_of_other_schedule").fill_null(value=False)]
        if self.except_codes:
            held.append(~in_codes(self.except_codes))
        if self.practitioner_type:
            held.append(pl.col("practitioner_type").is_in(self.practitioner_type))
        if self.setting is not None:
            held.append(is_facility() == pl.lit(value=self.setting == "facility"))
        if self.places:
            held.append(pl.col("place_of_service_code").is_in(self.places))
        if self.documented:
            held.append(pl.col("documentation_submitted"))
        day = day_of(processed=self.processed)
        if self.first_day is not None:
            held.append(day >= self.first_day)
        if self.last_day is not None:
            held.append(day <= self.last_day)
        if "53" in self.modifiers:
            # Decision: a price of the schedule's own for 53 is the reduced price already.
            held.append(pl.col("row_modifier") != "53")
        held.append(self.share.on().is_not_null())
        return pl.all_horizontal(held).fill_null(value=False)


def _not_beside(modifiers: Sequence[str]) -> Sequence[str]:
    """Give the modifiers beside which a share of some others does not stand.

    An assistant's that decides before them; another part of the care of an operation beside a
    combination with one, because parts are added up and a combination is one price.
    """
    places = [ASSISTANTS.index(each) for each in modifiers if each in ASSISTANTS]
    deciding = ASSISTANTS[: min(places)] if places else ()
    combined = len(modifiers) > 1 and not {*CARE}.isdisjoint(modifiers)
    return (*deciding, *(each for each in CARE if combined and each not in modifiers))


@frozen
class ModifierShares:
    """All of a payer's shares by modifier, in whatever order they were written."""

    shares: tuple[ModifierShare, ...] = ()

    def __post_init__(self) -> None:
        """Put them in the order in which a line is asked."""
        object.__setattr__(self, "shares", tuple(sorted(self.shares, key=lambda each: each.key)))

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that a rule with these shares reads; none without shares."""
        if not self.shares:
            return ()
        named = [name for each in self.shares for name in each.modifiers]
        beside = [name for each in self.shares for name in _not_beside(each.modifiers)]
        columns = [column for name in (*named, *beside) for column in columns_of(name)]
        if any(each.practitioner_type for each in self.shares):
            columns.append("practitioner_type")
        if any(each.somewhere for each in self.shares):
            columns.append("place_of_service_code")
        if any(each.of_operation for each in self.shares):
            columns += PARTS_OF_CARE
        if self.processed_days:
            columns.append(PROCESSED)
        return tuple(dict.fromkeys((*READS, *columns)))

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give the days of them that are of processing."""
        return tuple(day for each in self.shares for day in each.processed_days)

    def about(self, *modifiers: str) -> "ModifierShares":
        """Give the shares that decide of some modifiers: of them, and of what they combine with."""
        names, found = {*modifiers}, tuple[ModifierShare, ...]()
        while True:
            more = tuple(each for each in self.shares if not names.isdisjoint(each.modifiers))
            if len(more) == len(found):
                return ModifierShares(found)
            found = more
            names |= {name for each in found for name in each.modifiers}

    def in_columns(self) -> tuple[tuple[dict[str, pl.Expr], dict[str, pl.Expr]], "ModifierShares"]:
        """Give columns that say where each share holds, then is taken; and the shares by these.

        So that a line is asked once for the codes of a share, however often the answer is needed.
        """
        holds = {f"_holds_{place}": each.holds for place, each in enumerate(self.shares)}
        told = ModifierShares(tuple(map(replace, self.shares)))
        for name, each in zip(holds, told.shares, strict=True):
            vars(each)["holds"] = pl.col(name)
        taken = {f"_taken_{place}": each for place, each in enumerate(told._taken.values())}
        vars(told)["_taken"] = dict(zip(told._taken, map(pl.col, taken), strict=True))
        return (holds, taken), told

    @cached_property
    def by_modifiers(self) -> Mapping[tuple[str, ...], tuple[ModifierShare, ...]]:
        """Give the shares of each combination, longest first, the narrower before the wider."""
        found: dict[tuple[str, ...], list[ModifierShare]] = {}
        for each in self.shares:
            found.setdefault(each.modifiers, []).append(each)
        return {modifiers: tuple(shares) for modifiers, shares in found.items()}

    @cached_property
    def _taken(self) -> Mapping[tuple[str, ...], pl.Expr]:
        """Say of each combination whether its share is what a line is paid by."""
        taken: dict[tuple[str, ...], pl.Expr] = {}
        held: dict[tuple[str, ...], pl.Expr] = {}
        for modifiers, shares in self.by_modifiers.items():
            held[modifiers] = pl.any_horizontal([each.holds for each in shares])
            before = [
                held[other] if len(other) == len(modifiers) else taken[other]
                for other in taken
                if not {*other}.isdisjoint(modifiers)
            ]
            taken[modifiers] = held[modifiers]
            if before:
                taken[modifiers] = taken[modifiers] & ~pl.any_horizontal(before)
        return taken

    def chosen(self, modifiers: tuple[str, ...]) -> pl.Expr:
        """Give the share, in ten-thousandths, of a combination; null where it is not taken."""
        share = pl.lit(None, dtype=pl.Int64)
        if modifiers not in self.by_modifiers:
            return share
        for each in reversed(self.by_modifiers[modifiers]):
            share = pl.when(each.holds).then(each.share.on()).otherwise(share)
        return pl.when(self._taken[modifiers]).then(share)

    def part(self, modifiers: tuple[str, ...]) -> pl.Expr:
        """Give the part of the amount, in hundredths, that the share `chosen` gives is of.

        Decision: a code without parts of its own is an operation whole.
        """
        part = pl.lit(100, dtype=pl.Int64)
        divided = pl.sum_horizontal(PARTS_OF_CARE) > 0
        for each in reversed(self.by_modifiers.get(modifiers, ())):
            own = pl.lit(100, dtype=pl.Int64)
            if each.of_operation:
                own = pl.when(divided).then(pl.col("intraoperative").cast(pl.Int64)).otherwise(own)
            part = pl.when(each.holds).then(own).otherwise(part)
        return part

    def of_physician(self, modifiers: tuple[str, ...]) -> pl.Expr:
        """Say whether the share that `chosen` gives is taken of a physician's amount."""
        of_one = pl.lit(value=False)
        for each in reversed(self.by_modifiers.get(modifiers, ())):
            of_one = pl.when(each.holds).then(pl.lit(each.of_physician)).otherwise(of_one)
        return of_one & self._taken[modifiers] if modifiers in self._taken else of_one

    def spare_practitioners(self) -> list[pl.Expr]:
        """Give the condition under which the share of who renders a service stands.

        A share of SA or SB is in its place, and so is one of a physician's amount.
        """
        of_physicians = [
            self.of_physician(names)
            for names, shares in self.by_modifiers.items()
            if any(each.of_physician for each in shares)
        ]
        return [*self.spare("SA", "SB"), *(~each for each in of_physicians)]

    @property
    def of_physicians(self) -> tuple[str, ...]:
        """Name the modifiers that a practitioner's share stands back for."""
        own = (each.modifiers for each in self.shares if each.of_physician)
        return ("SA", "SB", *(name for names in own for name in names))

    def cited(self, modifiers: tuple[str, ...]) -> pl.Expr:
        """Give the source of the share that `chosen` gives."""
        source = pl.lit(None, dtype=pl.String)
        for each in reversed(self.by_modifiers.get(modifiers, ())):
            source = pl.when(each.holds).then(pl.lit(each.share.cites)).otherwise(source)
        return pl.when(self._taken[modifiers]).then(source) if modifiers in self._taken else source

    def sources(self, combinations: Sequence[tuple[str, ...]]) -> pl.Expr:
        """Give the sources of the shares of some combinations that are taken, each once."""
        cited = pl.concat_list([self.cited(names) for names in combinations])
        return cited.list.drop_nulls().list.unique(maintain_order=True).list.join("; ")

    def spare(self, *modifiers: str) -> list[pl.Expr]:
        """Give the condition under which Medicare's rule on these modifiers stands.

        None is needed where no share is of one of them.
        """
        return [~self.stand_for(*modifiers)] if self.name_any(*modifiers) else []

    def spare_combined(self, *modifiers: str) -> list[pl.Expr]:
        """Give the condition of `spare` where only combinations with these modifiers count."""
        taken = [
            holds
            for names, holds in self._taken.items()
            if len(names) > 1 and not {*names}.isdisjoint(modifiers)
        ]
        return [~pl.any_horizontal(taken)] if taken else []

    def stand_alone_for(self, *modifiers: str) -> pl.Expr:
        """Say whether a line is paid by a share of one of these modifiers that names no other."""
        return pl.any_horizontal([self.chosen((each,)).is_not_null() for each in modifiers])

    def name_any(self, *modifiers: str) -> bool:
        """Whether a share is of one of these modifiers, alone or in a combination."""
        return any(not {*each.modifiers}.isdisjoint(modifiers) for each in self.shares)

    def on_documents(self, modifier: str) -> list[ModifierShare]:
        """Give the shares of one modifier, alone, that are paid on documents."""
        return [each for each in self.shares if each.documented and each.modifiers == (modifier,)]

    def stand_for(self, *modifiers: str) -> pl.Expr:
        """Say whether a line is paid by a share that stands for one of these modifiers."""
        taken = [
            holds for names, holds in self._taken.items() if not {*names}.isdisjoint(modifiers)
        ]
        return pl.any_horizontal(taken) if taken else pl.lit(value=False)


NO_SHARES = ModifierShares()
