"""The lines of straight claims, each paired with the payer line that answers it, in columns.

A rule pairs a line by its own number, or as it was sent; of a claim of one line that came back as
one, by less.
"""

from collections.abc import Sequence

import polars as pl

from payrules.variance.held import told
from payrules.variance.paid import MODIFIER_COLUMNS, ORIGINAL_MODIFIER_COLUMNS, thousandths
from payrules.variance.places import parts, places_of, read_once, taken

#: Claims of one line whose line is paired at once.
_AT_ONCE = 200_000
_OF_LINE = ("row", "code", "date", "charge", "units", "control", "number", "modifiers")
_OF_PAYER_LINE = (
    *("hcpcs_code", "original_code", *MODIFIER_COLUMNS, *ORIGINAL_MODIFIER_COLUMNS),
    *("line_control_number", "service_date", "charge_amount", "original_units"),
)
_PAIRED = ("row", "claim", "payer_claim", "answer", "line", "method")


def paired(
    candidates: pl.DataFrame, lines: pl.DataFrame, payer_lines: pl.DataFrame
) -> pl.DataFrame:
    """Pair the lines of claims whose every line came back once, as `Straight.pairs` has them."""
    one = candidates.filter(pl.col("lines") == 1)
    found = [_of_one(each, lines, payer_lines) for each in parts(one, "claim", _AT_ONCE)]
    several = candidates.filter(pl.col("lines") > 1)
    if several.height:
        of_line = payer_lines.with_row_index("line")
        found += _of_several(several.drop("line"), lines, of_line)
    # Numbers of payer claims stand as they are told, places as they are looked up.
    pairs = pl.concat(
        each.select(_PAIRED).cast({"payer_claim": pl.Int64, "line": pl.UInt32}) for each in found
    )
    return pairs.sort("claim", "row") if several.height else pairs


def _of_one(claims: pl.DataFrame, lines: pl.DataFrame, payer_lines: pl.DataFrame) -> pl.DataFrame:
    """Pair the only lines of claims with the payer's only ones."""
    # The row of a claim's first line is that of its only one.
    both = claims.select("claim", "payer_claim", "answer", "line").with_columns(
        *_as_billed(taken(lines.select(_OF_LINE), places_of(lines, claims["claim"]))),
        *_as_sent(taken(payer_lines.select(_OF_PAYER_LINE), claims["line"])),
    )
    is_numbered = both["paid_control"].count() > 0
    method = _one_to_one(is_numbered=is_numbered)
    return both.select(*_PAIRED[:-1], method=method).filter(pl.col("method") != "")


def _of_several(
    claims: pl.DataFrame, lines: pl.DataFrame, payer_lines: pl.DataFrame
) -> list[pl.DataFrame]:
    """Pair the lines of claims of several: by their own numbers, or as they were sent."""
    named = told(payer_lines.filter(pl.col("payer_claim").is_in(claims["payer_claim"].implode())))
    claims = claims.with_columns(pl.col("payer_claim").cast(pl.Int64))
    counted = named.group_by("payer_claim").agg(
        has_control=(pl.col("line_control_number") != "").any(),
        is_recoded=(pl.col("original_code") != "").any(),
    )
    claims = claims.join(counted, on="payer_claim", maintain_order="left")
    claims = claims.filter(~pl.col("is_recoded").fill_null(value=False))
    of_claims = lines.select("claim", *_OF_LINE).join(claims, on="claim", maintain_order="left")
    ours = of_claims.with_columns(_as_billed(of_claims))
    own = named.filter(pl.col("payer_claim").is_in(claims["payer_claim"].implode()))
    theirs = own.select("payer_claim", "line").with_columns(_as_sent(own))
    numbered = ours.join(
        theirs.filter(pl.col("paid_control") != ""),
        left_on=["payer_claim", "control"],
        right_on=["payer_claim", "paid_control"],
        maintain_order="left",
    )
    sent = ours.filter(~pl.col("has_control").fill_null(value=False)).join(
        theirs,
        left_on=["payer_claim", *_SENT],
        right_on=["payer_claim", *(f"paid_{each}" for each in _SENT)],
        maintain_order="left",
    )
    return [
        _whole(numbered).with_columns(method=pl.lit("line_control")),
        _whole(sent).with_columns(method=pl.lit("code_and_charge")),
    ]


def _as_billed(lines: pl.DataFrame) -> list[pl.Series]:
    """Give of claim lines what they are paired by."""
    names = [name for name in _OF_LINE if name != "modifiers"]
    return [*lines.select(names), _as_set(lines["modifiers"]).alias("as_set")]


def _as_sent(payer_lines: pl.DataFrame) -> list[pl.Series]:
    """Give of payer lines what they are paired by: the line as it was sent to the payer."""
    code = pl.col("hcpcs_code").cast(pl.String)
    modifiers = modifiers_of(payer_lines, MODIFIER_COLUMNS)
    original = pl.col("original_code").cast(pl.String)
    is_recoded = original != ""
    if payer_lines.select(is_recoded.any()).item():  # most payers recode nothing
        as_sent = modifiers_of(payer_lines, ORIGINAL_MODIFIER_COLUMNS)
        code = pl.when(is_recoded).then(original).otherwise(code)
        modifiers = pl.when(is_recoded).then(as_sent).otherwise(modifiers)
    sent = payer_lines.select(
        paid_control="line_control_number",
        paid_code=code,
        paid_date=pl.col("service_date").cast(pl.String),
        paid_charge="charge_amount",
        paid_as_set=modifiers,
    )
    units = read_once(payer_lines["original_units"], thousandths, pl.Int64)
    return [
        *sent.drop("paid_as_set"),
        _as_set(sent["paid_as_set"]).alias("paid_as_set"),
        units.alias("paid_units"),
    ]


def modifiers_of(payer_lines: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """Join the modifiers of payer lines in one text: of columns in which some stand."""
    some = [name for name in names if payer_lines[name].null_count() < payer_lines.height]
    return pl.concat_str(some, separator=" ", ignore_nulls=True) if some else pl.lit("")


_SENT = ("code", "as_set", "date", "charge", "units")


def _one_to_one(*, is_numbered: bool) -> pl.Expr:
    """Name the first rule that pairs the only line of a claim with its payer's only one.

    Where no payer line is numbered, none is paired by its number.
    """

    def agree(*names: str) -> pl.Expr:
        return pl.all_horizontal(
            (pl.col(name) == pl.col(f"paid_{name}")).fill_null(value=False) for name in names
        )

    is_unnumbered = pl.col("control").is_null() | (pl.col("control") == "")
    of_number = pl.col("number").cast(pl.String) == pl.col("paid_control")
    by_number = {
        "line_control": agree("control"),
        "line_number": is_unnumbered & of_number.fill_null(value=False),
    }
    rules = {
        **(by_number if is_numbered else {}),
        "code_and_charge": agree(*_SENT),
        "code_date_charge": agree("code", "date", "charge"),
        "code_charge": agree("code", "charge"),
        "code_date": agree("code", "date"),
        "last_line": agree("charge"),
    }
    found = [pl.when(holds).then(pl.lit(method)) for method, holds in rules.items()]
    return pl.coalesce(*found)


def _whole(found: pl.DataFrame) -> pl.DataFrame:
    """Keep the pairs of claims of which every line has one, and none two."""
    of_claims = found.group_by("payer_claim").agg(
        pl.col("lines").first(),
        pairs=pl.len(),
        ours=pl.col("row").n_unique(),
        theirs=pl.col("line").n_unique(),
    )
    whole = of_claims.filter(
        pl.all_horizontal(pl.col(each) == pl.col("lines") for each in ("pairs", "ours", "theirs"))
    )
    return found.join(whole, on="payer_claim", how="semi", maintain_order="left")


def _as_set(modifiers: pl.Series) -> pl.Series:
    """Give modifiers sorted and each once, in one text: texts of one set are equal."""
    return read_once(modifiers, lambda text: " ".join(sorted({*text.split()})))
