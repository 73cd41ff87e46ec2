"""Parts a batch and its remittances into pieces that have nothing to do with each other.

What could ever match is in one piece: claims and payer claims of one number, as far as receivers
keep it; what a payer claim without a known number may answer by person, charge and day; a claim and
those that stand in its place. So a piece is compared as in the whole batch, in the memory of a
piece, and near to the processor. All claims in whose place others stand are in one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import polars as pl

from payrules.frozen import frozen
from payrules.variance.expected import ExpectedClaim, claim_number
from payrules.variance.held import told
from payrules.variance.matching import KEPT, PATIENT_KEY
from payrules.variance.remittances import Remittances
from payrules.variance.tables import LARGE

#: Lines that are compared at once, about.
LINES_AT_ONCE = 200_000
_OF_CLAIM = (
    *("payer_claim", "claim_id", "person_id", "corrected_person_id", "charge_amount"),
    "payer_claim_control_number",
)
_PERSON = ["person", "charge", "first_date"]


@frozen
class PaidPiece:
    """Some lines, as `expected_lines` gives them, and all that may answer them or their claims."""

    lines: pl.DataFrame
    superseded: Sequence[ExpectedClaim]
    read: Remittances


def pieces_of(
    lines: pl.DataFrame, superseded: Sequence[ExpectedClaim], read: Remittances
) -> Iterator[PaidPiece]:
    """Give the pieces in the order of the batch, about; one where all is few.

    A piece has the lines of `LINES_AT_ONCE`, more where they hang
    together.
    """
    used = {table: read.tables.used(table) for table in LARGE}
    many = -(-max(lines.height, used["payer_lines"].height) // LINES_AT_ONCE)
    if many <= 1:
        yield PaidPiece(lines, superseded, read)
        return
    claims = _claims_of(lines, many)
    paid = told(used["payer_claims"].select(_OF_CLAIM)).select(
        *("payer_claim", "claim_id", "person_id", "corrected_person_id"),
        charge=pl.col("charge_amount").abs(),
        control="payer_claim_control_number",
        key=pl.coalesce(_key("claim_id"), pl.col("payer_claim").cast(pl.String).hash()),
    )
    of_key = claims.select("key", "piece")
    paid = paid.join(of_key.unique("key"), on="key", how="left", maintain_order="left")
    moved = _moved(lines, claims, superseded, paid, used["payer_lines"])
    if moved.height:
        claims, paid = (_put(each, moved) for each in (claims, paid))
    # What answers no claim is dealt out as it comes.
    otherwise = pl.int_range(pl.len()) * many // pl.len()
    of_paid = paid.select("payer_claim", pl.coalesce("piece", otherwise))
    of_numbers = _scattered(of_paid["payer_claim"], of_paid["piece"])
    of_lines = _scattered(claims["claim"], claims["piece"]).gather(lines["claim"])
    of_tables = {name: of_numbers.gather(each["payer_claim"]) for name, each in used.items()}
    of_superseded = moved.filter(pl.col("key").is_in(_keys(each.control for each in superseded)))
    for piece in range(many):
        tables = {name: _of(piece, each, of_tables[name]) for name, each in used.items()}
        yield PaidPiece(
            _of(piece, lines, of_lines),
            superseded if piece in of_superseded["piece"] else (),
            replace(read, tables=read.tables.with_frames(tables)),
        )


def _key(name: str) -> pl.Expr:
    """Tell a claim's number, as far as receivers keep it; null where there is none."""
    return pl.when(pl.col(name) != "").then(pl.col(name).str.head(KEPT).hash())


def _keys(numbers: Iterable[str | None]) -> list[int]:
    texts = pl.Series("number", [*numbers], pl.String).drop_nulls()
    return texts.to_frame().select(_key("number")).to_series().drop_nulls().to_list()


def _scattered(places: pl.Series, pieces: pl.Series) -> pl.Series:
    """Give the piece of each place up to the last."""
    last = places.max()
    many = last + 1 if isinstance(last, int) else 0
    return pl.zeros(many, pl.Int64, eager=True).scatter(places, pieces)


def _of(piece: int, rows: pl.DataFrame, of_rows: pl.Series) -> pl.DataFrame:
    """Give a piece's rows: where they stand together, without a copy."""
    if not of_rows.is_sorted():
        return rows.filter(of_rows == piece)
    first = of_rows.search_sorted(piece, side="left")
    return rows.slice(first, of_rows.search_sorted(piece, side="right") - first)


def _put(told: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Put what has a key that was moved into its piece."""
    there = moved.select("key", there="piece")
    joined = told.join(there, on="key", how="left", maintain_order="left")
    return joined.with_columns(piece=pl.coalesce("there", "piece")).drop("there")


def _claims_of(lines: pl.DataFrame, many: int) -> pl.DataFrame:
    """Give of each claim its number, and the piece in whose lines it stands.

    Of claims of one number that is the first one's.
    """
    first = lines.filter(pl.col("row") == pl.col("claim"))
    piece = pl.int_range(pl.len()) * many // pl.len()
    claims = first.select("claim", "person", piece=piece, number=claim_number()).with_columns(
        _key("number").alias("key")
    )
    if claims["key"].n_unique() == claims.height:
        return claims
    return claims.with_columns(pl.col("piece").min().over("key"))


# -- what hangs together by more than its number -------------------------------------------------


def _moved(
    lines: pl.DataFrame,
    claims: pl.DataFrame,
    superseded: Sequence[ExpectedClaim],
    paid: pl.DataFrame,
    payer_lines: pl.DataFrame,
) -> pl.DataFrame:
    """Give the keys that are in another's piece: `key`, `piece`."""
    links = _by_replacement(superseded, paid)
    links += _by_person(lines, claims, superseded, paid, payer_lines)
    roots: dict[int, int] = {}

    def root(key: int) -> int:
        while (above := roots.setdefault(key, key)) != key:
            roots[key] = key = roots[above]
        return key

    for one, other in links:
        roots[root(one)] = root(other)
    if not links:
        return pl.DataFrame(schema={"key": pl.UInt64, "piece": pl.Int64})
    touched = pl.DataFrame(
        {"key": [*roots], "root": [root(each) for each in [*roots]]},
        schema={"key": pl.UInt64, "root": pl.UInt64},
    )
    told = claims.select("key", "piece").unique()
    with_pieces = touched.join(told, on="key", how="left", maintain_order="left")
    return with_pieces.select("key", piece=pl.col("piece").min().over("root").fill_null(0))


def _by_replacement(
    superseded: Sequence[ExpectedClaim], paid: pl.DataFrame
) -> list[tuple[int, int]]:
    """Link claims in whose place others stand: to these, and to what answers a void."""
    if not superseded:
        return []
    voided = [each.voided_as for each in superseded if each.voided_as]
    of_voids = paid.filter(pl.col("control").is_in(voided))["key"].to_list()
    numbers = [number for each in superseded for number in (each.control, each.by)]
    together: list[int] = [*_keys(numbers), *of_voids]
    return [(together[0], each) for each in together]


def _by_person(
    lines: pl.DataFrame,
    claims: pl.DataFrame,
    superseded: Sequence[ExpectedClaim],
    paid: pl.DataFrame,
    payer_lines: pl.DataFrame,
) -> list[tuple[int, int]]:
    """Link payer claims of no known number to what they may answer by person, charge and day."""
    # Of a shorter number that has a claim's key, that is the claim's own.
    is_nameless = pl.col("piece").is_null() | (
        (pl.col("claim_id").str.len_chars() >= KEPT)
        & ~pl.col("claim_id").is_in(claims["number"].implode())
    )
    nameless = paid.filter(is_nameless)
    if nameless.is_empty():
        return []
    of_lines = told(payer_lines.select("payer_claim", "service_date"))
    days = of_lines.join(nameless, on="payer_claim", how="semi").group_by("payer_claim")
    named = nameless.join(days.agg(first_date=pl.col("service_date").min()), on="payer_claim")
    persons = pl.concat(
        named.select(pl.col(name).alias("person"), "charge", "first_date", of_paid="key")
        for name in ("person_id", "corrected_person_id")
    )
    old = pl.DataFrame(
        [
            (each.control, each.person, each.charge, min(line.date for line in each.lines))
            for each in superseded
        ],
        schema={
            **dict.fromkeys(("number", "person"), pl.String),
            **{"charge": pl.Int64, "first_date": pl.String},
        },
        orient="row",
    ).with_columns(_key("number").alias("key"))
    totals = lines.group_by("claim", maintain_order=True).agg(
        charge=pl.col("charge").sum(), first_date=pl.col("date").min()
    )
    names = (*_PERSON, "key")
    every = pl.concat([claims.with_columns(*totals.drop("claim")).select(names), old.select(names)])
    bare = pl.col("person").str.replace_all(PATIENT_KEY.pattern, "")
    return [
        link
        for of_person in (pl.col("person"), bare)
        for link in every.with_columns(of_person)
        .join(persons, on=_PERSON)
        .select("of_paid", "key")
        .rows()
    ]
