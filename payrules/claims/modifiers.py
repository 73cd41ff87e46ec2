"""Modifiers: what CMS's table says of each, and those of a line as integers of flags.

A rule asks a line for a modifier in a single step, by the flag of it. The modifiers that Medicare's
rules read stand in the column `modifiers`, where those that no rule tells apart share a flag. Every
modifier of the table has one of its own besides, in a column `more_modifiers_1` and so on, which is
worked out for a batch only where a rule reads it. What a person should be told of the others
(unknown, ended, or with a payment rule of their own that is not worked out here) is a remark on the
line.

The table is `fee_schedules/modifiers.csv`: 427 modifiers, compiled in our own words from the HCPCS
file and manuals of CMS and its contractors' pages, each row with its citation. It moves no money.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import polars as pl

from payrules.claims import columns
from payrules.content import content_folder
from payrules.errors import RuleError
from payrules.few import filled
from payrules.frozen import frozen
from payrules.nearest import nearest_modifiers

ANATOMICAL = (
    *(f"E{n}" for n in range(1, 5)),
    "FA",
    *(f"F{n}" for n in range(1, 10)),
    "TA",
    *(f"T{n}" for n in range(1, 10)),
    *("LC", "LD", "LM", "RC", "RI"),
)
PHYSICIAN_ASSISTS = ("80", "81", "82")
ASSISTANT = (*PHYSICIAN_ASSISTS, "AS")
THERAPY_PLAN = ("GP", "GO", "GN")
#: Body part, patient or procedure was the wrong one.
WRONG_SURGERY = ("PA", "PB", "PC")
#: Beside GX a line is returned (CR 6563), as it is beside GA and GZ.
NOT_BESIDE_GX = ("EY", "GL", "KB", "QL", "TQ")
_LIFT_PAIRS_ONLY = ("XS", "XP", "XU", "27", "91")
#: NCCI modifiers: with a modifier indicator of 1, one of these on either line lifts the pair.
NCCI = (
    *("RT", "LT", "24", "25", "57", "58", "59", "78", "79", "XE"),
    *(*_LIFT_PAIRS_ONLY, *ANATOMICAL),
)
#: Of these, the ones that name a place of the body.
SIDES_AND_SITES = ("RT", "LT", *ANATOMICAL)
_ALONE = (
    *("26", "TC", "53", "50", "RT", "LT", "59", "XE", "AS", "62", "66", "54", "55", "56"),
    *("78", "79", "58", "24", "25", "57", "FT", "22", "52", "CT", "FX", "FY", "AD"),
    *("GZ", "GY", "GX", "GA", "GU", "AT", "GE", "90", "FS", "95", "JW", "JZ"),
    *("33", "PT", "CS", "Q3"),
)
#: Modifiers that no rule tells apart: a rule asks for all of a group or for none.
_TOGETHER = (
    PHYSICIAN_ASSISTS,
    ("73", "74"),
    ("CQ", "CO"),
    ("QK", "QX", "QY"),
    THERAPY_PLAN,
    WRONG_SURGERY,
    NOT_BESIDE_GX,
    _LIFT_PAIRS_ONLY,
    ANATOMICAL,
)
_GROUPS = (*((modifier,) for modifier in _ALONE), *_TOGETHER)
_FLAGS: dict[str, int] = {
    modifier: 1 << bit for bit, group in enumerate(_GROUPS) for modifier in group
}
_REMARKED = 1 << len(_GROUPS)
#: Anesthesia in full: what a line pays without any of its modifiers.
_PAID_IN_FULL = ("AA", "QZ")
#: What Medicare pays beside the claim.
_PAID_BESIDE = ("AQ",)
#: Origin and destination of an ambulance, a letter each.
_AMBULANCE = "DEGHIJNPRSX"


@frozen
class Modifier:
    """A row of the table: what a modifier does on a professional claim, and where that is said."""

    modifier: str
    kind: str
    in_force: bool
    medicare_does: str
    denial_group_carc: str
    payment_effect: str
    citation: str
    remark: str

    @property
    def is_acted_on(self) -> bool:
        """Whether a rule of payrules reads it, or it says that a line is paid in full."""
        return self.modifier in _FLAGS or self.modifier in _PAID_IN_FULL

    @property
    def needs_a_rule_that_is_not_here(self) -> bool:
        """Whether Medicare pays by it and no rule of payrules does: drugs, supplies, waivers."""
        return self.kind == "pricing" and self.in_force and not self.is_acted_on

    @property
    def here(self) -> str:
        """What payrules does by it."""
        if not self.in_force:
            return "priced without it, with a note that it has ended"
        if self.modifier in _PAID_BESIDE:
            return "changes no amount of the claim; its bonus with --settlement"
        if self.needs_a_rule_that_is_not_here:
            return "priced without it, with a note that its own rule is not worked out"
        return "read by payrules" if self.is_acted_on else "known, changes nothing"


def is_flagged(modifier: str) -> bool:
    """Whether `modifiers` alone tells that a line carries a modifier."""
    return any(group == (modifier,) for group in _GROUPS)


@cache
def modifier_table() -> Mapping[str, Modifier]:
    """Give the table of modifiers, by modifier."""
    path = content_folder("fee_schedules") / "modifiers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["modifier"]: Modifier(
                modifier=row["modifier"],
                kind=row["kind"],
                in_force=row["in_force"] == "yes",
                medicare_does=row["medicare_does"],
                denial_group_carc=row["denial_group_carc"],
                payment_effect=row["payment_effect"],
                citation=row["citation"],
                remark=row["product_note"],
            )
            for row in csv.DictReader(file)
        }


def is_ambulance_trip(modifier: str) -> bool:
    """Whether two letters name an ambulance's origin and destination, each place once."""
    origin, destination = modifier[:1], modifier[1:]
    return origin != destination and {origin, destination} <= {*_AMBULANCE}


@cache
def _remarks() -> Mapping[str, str]:
    """Give what to say of the modifiers in the table that a person should be told of."""
    said = {}
    for name, row in modifier_table().items():
        if not row.in_force:
            said[name] = f"modifier {name} has ended"
        elif row.needs_a_rule_that_is_not_here:
            said[name] = f"modifier {name}: Medicare's own rule for it is not worked out here"
    return said


@cache
def _known() -> Mapping[str, int]:
    """Give the flags of every modifier that is known."""
    trips = (first + second for first in _AMBULANCE for second in _AMBULANCE)
    return (
        {trip: 0 for trip in trips if is_ambulance_trip(trip)}
        | dict.fromkeys(modifier_table(), 0)
        | _FLAGS
        | dict.fromkeys(_remarks(), _REMARKED)
    )


def flags(modifiers: Sequence[str]) -> int:
    """Give the flags of some modifiers together.

    Raises RuleError for a modifier that shares its flag with one that is not asked for.
    """
    together = 0
    for modifier in modifiers:
        together |= _FLAGS[modifier]
    for group in _TOGETHER:
        if not {*group}.isdisjoint(modifiers) and not {*group} <= {*modifiers}:
            raise RuleError(f"Modifiers {' '.join(group)} share one flag; ask for all of them.")
    return together


#: 427 modifiers of the table have a flag each, 63 a column.
_FLAGS_A_COLUMN = 63
MORE_MODIFIERS = tuple(f"more_modifiers_{number}" for number in range(1, 8))


@cache
def _own_flags() -> Mapping[str, tuple[str, int]]:
    """Give the column and the flag that each modifier of the table has for itself."""
    places = (divmod(place, _FLAGS_A_COLUMN) for place in range(len(modifier_table())))
    return {
        modifier: (MORE_MODIFIERS[column], 1 << bit)
        for modifier, (column, bit) in zip(sorted(modifier_table()), places, strict=True)
    }


def _asked(modifiers: Sequence[str]) -> Mapping[str, int]:
    """Give the flags to look for, by column: `modifiers` wherever it has them.

    Raises RuleError for no modifier at all, and for one that the table does not have.
    """
    if not modifiers:
        raise RuleError("billed_with() asks for no modifier, so that no line could carry it.")
    for each in modifiers:
        if each not in modifier_table():
            near = ", ".join(nearest_modifiers(each, modifier_table()))
            raise RuleError(
                f"There is no modifier {each!r} in CMS's table"
                + (f"; nearest: {near}." if near else ".")
            )
    whole = [group for group in _GROUPS if {*group} <= {*modifiers}]
    asked: dict[str, int] = {}
    for group in whole:
        asked["modifiers"] = asked.get("modifiers", 0) | _FLAGS[group[0]]
    for each in {*modifiers}.difference(*whole):
        column, flag = _own_flags()[each]
        asked[column] = asked.get(column, 0) | flag
    return dict(sorted(asked.items()))


def columns_of(*modifiers: str) -> tuple[str, ...]:
    """Give the columns that `billed_with` of these modifiers reads, for a rule to declare."""
    return tuple(_asked(modifiers))


def billed_with(*modifiers: str) -> pl.Expr:
    """Whether a line carries any of these modifiers; reads `modifiers`, or see `columns_of`.

    Raises RuleError for a modifier that the table does not have.
    """
    found = [(pl.col(column) & flag) != 0 for column, flag in _asked(modifiers).items()]
    return found[0] if len(found) == 1 else pl.any_horizontal(found)


def modifiers_of(column: str, flags: int) -> tuple[str, ...]:
    """Give the modifiers whose flags in a column (`modifiers`, `more_modifiers_1` …) these are."""
    if column == "modifiers":
        return tuple(modifier for modifier, flag in _FLAGS.items() if flag & flags)
    return tuple(
        modifier for modifier, (its, flag) in _own_flags().items() if its == column and flag & flags
    )


def named(modifiers: Sequence[str], separator: str = " ") -> pl.Expr:
    """Name those of these modifiers a line carries, in its order; reads `columns.MODIFIERS`."""
    return pl.concat_str(
        *(pl.when(pl.col(each).is_in(list(modifiers))).then(each) for each in columns.MODIFIERS),
        separator=separator,
        ignore_nulls=True,
    )


def encode(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `modifiers` (Int64 flags) and `modifier_remarks` (text, or null) to claim lines."""
    billed_in = filled(lines, columns.MODIFIERS)
    together = _together(lines, billed_in, *_known_flags(), _REMARKED).alias("modifiers")
    remarked = ((together & _REMARKED) != 0).arg_true()
    coded = lines.with_columns(together, modifier_remarks=pl.lit(None, dtype=pl.String))
    if not len(remarked):
        return coded
    said = coded["modifier_remarks"]
    billed = lines.select(pl.col(billed_in).gather(remarked))
    said = said.scatter(remarked, billed.select(_said(billed_in)).to_series())
    return coded.with_columns(said)


def more_modifiers(lines: pl.DataFrame, column: str) -> pl.Series:
    """Give one of `MORE_MODIFIERS` of claim lines: Int64 flags."""
    return _together(lines, columns.MODIFIERS, *_flags_in(column), 0).alias(column)


@cache
def _known_flags() -> tuple[pl.Series, pl.Series]:
    """Give every modifier that is known, and the flags of each."""
    return _as_columns(_known())


@cache
def _flags_in(column: str) -> tuple[pl.Series, pl.Series]:
    """Give the modifiers that have a flag in one of `MORE_MODIFIERS`, and the flags."""
    return _as_columns({name: flag for name, (its, flag) in _own_flags().items() if its == column})


def _as_columns(flags: Mapping[str, int]) -> tuple[pl.Series, pl.Series]:
    """Put flags as polars looks them up: made of a dict each time, they take longest of all."""
    return pl.Series([*flags], dtype=pl.String), pl.Series([*flags.values()], dtype=pl.Int64)


def _together(
    lines: pl.DataFrame,
    columns: Iterable[str],
    modifiers: pl.Series,
    flags: pl.Series,
    default: int,
) -> pl.Series:
    """Give the flags of all modifiers of each line together."""
    together = pl.zeros(lines.height, pl.Int64, eager=True)
    for name in columns:  # few lines carry one, fewer a second
        rows = lines[name].is_not_null().arg_true()
        billed = lines[name].gather(rows)
        of_rows = billed.replace_strict(modifiers, flags, default=default, return_dtype=pl.Int64)
        together = together.scatter(rows, together.gather(rows) | of_rows)
    return together


def _said(filled: Sequence[str]) -> pl.Expr:
    """Name a line's unknown modifiers, then say what the table says of the others."""
    unknown = pl.concat_str(
        *(pl.when(~pl.col(name).is_in(list(_known()))).then(name) for name in filled),
        separator=" ",
        ignore_nulls=True,
    )
    remarks = (
        pl.col(name).replace_strict(_remarks(), default=None, return_dtype=pl.String)
        for name in filled
    )
    return pl.concat_str(
        pl.when(unknown != "").then(pl.format("unknown modifier {}: priced without it", unknown)),
        *remarks,
        separator="; ",
        ignore_nulls=True,
    )
