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
from payrules.variance.paid import NO_DECISION
from payrules.variance.places import among, once_on_both, rows_up_to, taken
from payrules.variance.recovered import named_by_recoveries
from payrules.variance.remittances import Remittances
from payrules.variance.straight_pairs import paired
from payrules.x12.rows_835 import REVERSAL

#: From this amount on, in cents, products might leave 64 bits: such claims are no straight ones.
_MOST = 10**8
_STATUSES_APART = [*SECONDARY, PREDETERMINATION, REVERSAL, *NO_DECISION]
#: What joins a payer claim's number and its line's to one.
_LINES_OF_A_CLAIM = 2**31
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

    def without(self, claims: pl.Series) -> "Straight":
        """Give these without some claims, which are then looked at one by one."""
        if claims.is_empty():
            return self
        is_left = ~pl.col("claim").is_in(claims.implode())
        return Straight(self.pairs.filter(is_left), self.unanswered)


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
    pairs = paired(_candidates(claims, superseded, paid, apart), lines, payer_lines)
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
    # Of the many columns only these are copied.
    first = lines.select(
        *("claim", "claim_id", "person"),
        control=claim_number(),
        charge=pl.col("charge").fill_null(0),
        first_date="date",
        is_apart=is_apart,
        lines=pl.lit(1, pl.UInt32),
    ).filter(is_first)
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
        # Another answer of theirs was rejected, or money of theirs was taken back since.
        | pl.col("claim_id").is_in(unread)
        | pl.col("claim_id").is_in(named_by_recoveries(read).implode()).fill_null(value=False)
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
