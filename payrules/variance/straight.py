"""Claims whose answer is plain: found, and paired line by line, in columns.

A claim is *straight* where exactly one payer claim bears its number and no other, decides it as
first payer, adjusts no claim as a whole, and gives back every line once, with its own number or as
it was sent. Most are. Those nobody answers are as plain. All others are looked at one by one
(`compare`), and so is every claim that a payer claim without a known number might be of: what is
said of a straight claim here is what would be said of it there.
"""

from collections.abc import Sequence, Set

import polars as pl

from payrules.frozen import frozen
from payrules.variance.amounts import PREDETERMINATION, PRIOR_PAYER, SECONDARY
from payrules.variance.codes import ASSISTANT_REMARK, INCENTIVE, INCENTIVE_REMARK
from payrules.variance.expected import ExpectedClaim, claim_number
from payrules.variance.held import told
from payrules.variance.matching import KEPT, PATIENT_KEY
from payrules.variance.paid import (
    MODIFIER_COLUMNS,
    NO_DECISION,
    ORIGINAL_MODIFIER_COLUMNS,
    thousandths,
)
from payrules.variance.places import (
    among,
    once_on_both,
    parts,
    places_of,
    read_once,
    rows_up_to,
    taken,
)
from payrules.variance.remittances import Remittances
from payrules.x12.rows_835 import REVERSAL

#: From this amount on, in cents, products might leave 64 bits: such claims are no straight ones.
_MOST = 10**8
_STATUSES_APART = [*SECONDARY, PREDETERMINATION, REVERSAL, *NO_DECISION]
#: What joins a payer claim's number and its line's to one.
_LINES_OF_A_CLAIM = 2**31
#: Claims of one line whose line is paired at once.
_AT_ONCE = 200_000
_REMARKS_APART = f"{INCENTIVE_REMARK}|{ASSISTANT_REMARK}"


@frozen
class Straight:
    """The straight claims of a batch, and those that nobody answers.

    `pairs` has a row a claim line, claim by claim in the order of the batch: `row`, `claim`,
    `payer_claim`, the places `answer` and `line` of the payer claim and the payer line among those
    used, and `method`. `unanswered` are the claims without an answer. Claims are told by the row of
    their first line.
    """

    pairs: pl.DataFrame
    unanswered: pl.Series


def straight_claims(
    lines: pl.DataFrame,
    superseded: Sequence[ExpectedClaim],
    read: Remittances,
    unread: Set[str] = frozenset(),
) -> Straight:
    """Find the straight claims among `lines` (as `expected_lines` gives them).

    `unread` are the numbers of payer claims that were rejected.
    """
    paid, payer_lines = read.tables.used("payer_claims"), read.tables.used("payer_lines")
    claims = _claims_of(lines)
    apart = among(numbers_in(read), _apart(read, paid, payer_lines, unread))
    pairs = _pairs(_candidates(claims, superseded, paid, apart), lines, payer_lines)
    further = paid.filter(~among(paid.height, pairs["answer"]))
    reached = _reached(claims, superseded, further, payer_lines)
    is_reached = pl.col("claim").is_in(reached.implode())
    is_paired = among(rows_up_to(lines), pairs["claim"]).gather(claims["claim"])
    is_named = pl.col("control").is_in(further["claim_id"].implode())
    rest = claims.select("claim", "control").filter(~is_paired)
    return Straight(
        pairs=pairs if reached.is_empty() else pairs.filter(~is_reached),
        unanswered=rest.filter(~is_reached & ~is_named)["claim"],
    )


def _candidates(
    claims: pl.DataFrame,
    superseded: Sequence[ExpectedClaim],
    paid: pl.DataFrame,
    apart: pl.Series,
) -> pl.DataFrame:
    """Give the claims that one payer claim alone bears the number of, and gives every line back.

    `claim`, `payer_claim`, the place `answer` of that, the place `line` of its first line, and how
    many `lines` there are. What looks apart on either side is left out: `apart` marks the payer
    claims, by their numbers.
    """
    numbers = once_on_both(claims["control"], paid["claim_id"])
    replaced = [each.control for each in superseded]
    voided = [each.voided_as for each in superseded if each.voided_as]
    ours = taken(
        claims.select("claim", "claim_id", "control", "lines", "is_apart"), numbers["ours"]
    )
    # The lines of the payer claims stand in the order of these.
    theirs = paid.select(
        "payer_claim",
        "payer_claim_control_number",
        paid_lines="lines",
        line=(pl.col("lines").cum_sum() - pl.col("lines")).cast(pl.UInt32),
    )
    of_pairs = ours.with_columns(
        numbers["theirs"].alias("answer"), *taken(theirs, numbers["theirs"])
    )
    return of_pairs.filter(
        (pl.col("lines") == pl.col("paid_lines"))
        & (pl.col("control") != "")
        & ~pl.col("is_apart")
        & ~apart.gather(of_pairs["payer_claim"])
        & ~pl.any_horizontal(pl.col(each).is_in(replaced) for each in ("control", "claim_id"))
        & ~pl.col("payer_claim_control_number").is_in(voided).fill_null(value=False)
    ).select("claim", "payer_claim", "answer", "line", "lines")


def numbers_in(read: Remittances) -> int:
    """Count the numbers of the payer claims of a run, from 0 up to the last."""
    last = read.tables.frames["payer_claims"]["payer_claim"].max()
    return last + 1 if isinstance(last, int) else 0


def line_key() -> pl.Expr:
    """Number a payer line, or an adjustment's, through the run."""
    return pl.col("payer_claim").cast(pl.Int64) * _LINES_OF_A_CLAIM + pl.col("payer_line")


def _claims_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Give of each claim what payers name it by, and whether one of its lines stands apart."""
    is_apart = pl.col("secondary") | _is_much("charge", "allowed", "paid", "deductible")
    is_first = lines["row"] == lines["claim"]
    first = lines.filter(is_first).select(
        *("claim", "claim_id", "person"),
        control=claim_number(),
        charge=pl.col("charge").fill_null(0),
        first_date="date",
        is_apart=is_apart,
        lines=pl.lit(1, pl.UInt32),
    )
    # Most claims are of one line: only those of several are added up.
    several = lines["claim"].filter(~is_first).unique()
    if several.is_empty():
        return first
    is_of_several = among(rows_up_to(lines), several)
    # In the order of the batch, as are the first lines of the claims.
    of_claims = (
        lines.filter(is_of_several.gather(lines["claim"]))
        .group_by("claim", maintain_order=True)
        .agg(
            charge=pl.col("charge").sum(),
            first_date=pl.col("date").min(),
            is_apart=is_apart.any(),
            lines=pl.len(),
        )
    )
    at = is_of_several.gather(first["claim"]).arg_true()
    return first.with_columns(
        first[name].scatter(at, of_claims[name])
        for name in ("charge", "first_date", "is_apart", "lines")
    )


def _is_much(*amounts: str) -> pl.Expr:
    return pl.any_horizontal(
        ~pl.col(name).is_between(-_MOST, _MOST).fill_null(value=True) for name in amounts
    )


def _apart(
    read: Remittances, paid: pl.DataFrame, payer_lines: pl.DataFrame, unread: Set[str]
) -> pl.Series:
    """Give the payer claims that are looked at one by one."""
    # Texts of which there are few, each looked at once.
    says = pl.col("remarks").is_in(_saying(_REMARKS_APART, paid, payer_lines))
    says = says.fill_null(value=False)
    claims = paid.filter(
        pl.col("claim_status_code").is_in(_STATUSES_APART).fill_null(value=False)
        | (pl.col("rejected_lines") > 0)
        | (pl.col("charge_amount") < 0)
        | says
        # Another answer of theirs was rejected.
        | pl.col("claim_id").is_in(unread)
        | _is_much("charge_amount", "paid_amount")
    )
    allowed, charge = pl.col("payer_allowed_amount"), pl.col("charge_amount")
    is_turned = (allowed != 0) & ((allowed < 0) != (charge < 0))
    lines = payer_lines.filter(
        is_turned.fill_null(value=False)
        | says
        | _is_much("charge_amount", "paid_amount", "payer_allowed_amount")
    )
    adjusted = read.tables.used("payer_adjustments").filter(
        (pl.col("level") == "claim")
        | ((pl.col("group_code") == PRIOR_PAYER[0]) & (pl.col("carc") == PRIOR_PAYER[1]))
        | (pl.col("carc") == INCENTIVE)
        | pl.col("group_code").is_null()
        | pl.col("carc").is_null()
        | _is_much("adjustment_amount")
    )
    return pl.concat([each["payer_claim"] for each in (claims, lines, adjusted)]).unique()


def _saying(pattern: str, *tables: pl.DataFrame) -> list[str]:
    """Give the remarks that say what a pattern finds."""
    remarks = pl.concat([each["remarks"].drop_nulls().unique() for each in tables])
    texts = remarks.cast(pl.String)
    return texts.filter(texts.str.contains(pattern)).to_list()


def _reached(
    claims: pl.DataFrame,
    superseded: Sequence[ExpectedClaim],
    further: pl.DataFrame,
    payer_lines: pl.DataFrame,
) -> pl.Series:
    """Give the claims that a payer claim may be of by something else than its number.

    By the beginning of it, by person, charge and day, or since the claim replaces another.
    """
    replacements = pl.col("control").is_in([each.by for each in superseded if each.by])
    found = [claims.filter(replacements)["claim"]]
    if further.is_empty():
        return found[0]
    numbers = pl.concat(
        [claims["control"], pl.Series([each.control for each in superseded], dtype=pl.String)]
    )
    known = numbers.filter(numbers.is_in(further["claim_id"].drop_nulls().implode()))
    is_known = pl.col("claim_id").is_in(known.implode()).fill_null(value=False)
    nameless = told(further.filter(~is_known))
    if nameless.is_empty():
        return found[0]
    begins = pl.col("control").str.head(KEPT).is_in(nameless["claim_id"].drop_nulls().implode())
    found.append(claims.filter((pl.col("control").str.len_chars() > KEPT) & begins)["claim"])
    days = told(payer_lines.select("payer_claim", "service_date"))
    days = days.join(nameless, on="payer_claim", how="semi")
    days = days.group_by("payer_claim").agg(first_date=pl.col("service_date").min())
    dated = nameless.join(days, on="payer_claim")
    dated = dated.with_columns(charge=pl.col("charge_amount").abs())
    persons = pl.concat(
        dated.select(pl.col(name).alias("person"), "charge", "first_date")
        for name in ("person_id", "corrected_person_id")
    )
    bare = pl.col("person").str.replace_all(PATIENT_KEY.pattern, "")
    of_charge = claims.filter(pl.col("charge").is_in(persons["charge"].implode()))
    for of_person in (pl.col("person"), bare):
        named = of_charge.with_columns(of_person)
        found.append(named.join(persons, on=persons.columns, how="semi")["claim"])
    return pl.concat(found).unique()


# -- lines -------------------------------------------------------------------------------------

_OF_LINE = ("row", "code", "date", "charge", "units", "control", "number", "modifiers")
_OF_PAYER_LINE = (
    *("hcpcs_code", "original_code", *MODIFIER_COLUMNS, *ORIGINAL_MODIFIER_COLUMNS),
    *("line_control_number", "service_date", "charge_amount", "original_units"),
)
_PAIRED = ("row", "claim", "payer_claim", "answer", "line", "method")


def _pairs(
    candidates: pl.DataFrame, lines: pl.DataFrame, payer_lines: pl.DataFrame
) -> pl.DataFrame:
    """Pair the lines of claims whose every line came back once, as `Straight.pairs` has them."""
    one = candidates.filter(pl.col("lines") == 1)
    paired = [_of_one(each, lines, payer_lines) for each in parts(one, "claim", _AT_ONCE)]
    several = candidates.filter(pl.col("lines") > 1)
    if several.height:
        of_line = payer_lines.with_row_index("line")
        paired += _of_several(several.drop("line"), lines, of_line)
    # Numbers of payer claims stand as they are told, places as they are looked up.
    pairs = pl.concat(
        each.select(_PAIRED).cast({"payer_claim": pl.Int64, "line": pl.UInt32}) for each in paired
    )
    return pairs.sort("claim", "row") if several.height else pairs


def _of_one(claims: pl.DataFrame, lines: pl.DataFrame, payer_lines: pl.DataFrame) -> pl.DataFrame:
    """Pair the only lines of claims with the payer's only ones."""
    # The row of a claim's first line is that of its only one.
    both = claims.select("claim", "payer_claim", "answer", "line").with_columns(
        *_as_billed(taken(lines.select(_OF_LINE), places_of(lines, claims["claim"]))),
        *_as_sent(told(taken(payer_lines.select(_OF_PAYER_LINE), claims["line"]))),
    )
    return both.with_columns(method=_one_to_one()).filter(pl.col("method") != "")


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
    is_recoded = pl.col("original_code") != ""
    original = pl.concat_str(ORIGINAL_MODIFIER_COLUMNS, separator=" ", ignore_nulls=True)
    plain = pl.concat_str(MODIFIER_COLUMNS, separator=" ", ignore_nulls=True)
    sent = payer_lines.select(
        paid_control="line_control_number",
        paid_code=pl.when(is_recoded).then("original_code").otherwise("hcpcs_code"),
        paid_date="service_date",
        paid_charge="charge_amount",
        paid_as_set=pl.when(is_recoded).then(original).otherwise(plain),
    )
    units = read_once(payer_lines["original_units"], thousandths, pl.Int64)
    return [
        *sent.drop("paid_as_set"),
        _as_set(sent["paid_as_set"]).alias("paid_as_set"),
        units.alias("paid_units"),
    ]


_SENT = ("code", "as_set", "date", "charge", "units")


def _one_to_one() -> pl.Expr:
    """Name the first rule that pairs the only line of a claim with its payer's only one."""

    def agree(*names: str) -> pl.Expr:
        return pl.all_horizontal(
            (pl.col(name) == pl.col(f"paid_{name}")).fill_null(value=False) for name in names
        )

    is_unnumbered = pl.col("control").is_null() | (pl.col("control") == "")
    of_number = pl.col("number").cast(pl.String) == pl.col("paid_control")
    rules = {
        "line_control": agree("control"),
        "line_number": is_unnumbered & of_number.fill_null(value=False),
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
