"""What was expected: the lines of a batch as they were priced, for what was paid to join.

In columns for all lines; as claims with their lines for those that are looked at one by one.
Amounts are cents. A line keeps its row, by which its trail is found and it is priced again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from payrules.claims import Batch
from payrules.claims.columns import MODIFIERS
from payrules.engine.pricing import Priced
from payrules.money import WHOLE
from payrules.payers import Payer
from payrules.payers.left_open import says_no_coinsurance
from payrules.runs.setup import Setup
from payrules.variance.codes import ASSISTANT
from payrules.variance.insurers import insurers_of
from payrules.variance.own_shares import (
    ASSISTANT_FROM,
    ASSISTANT_SHARE,
    USUAL,
    assistant_shares,
    own_shares,
)
from payrules.variance.places import among, first_places, read_once
from payrules.variance.terms import Withheld, is_medicare, leaves_patients_nothing
from payrules.variance.whose import Whose, carried, whose

#: The rule by which a second payer's amount is priced, where it is one of the payer's.
SECOND_PAYER_RULE = "secondary_payer"


@dataclass(slots=True)
class ExpectedLine:
    """A claim line and what is expected for it; amounts are None where none could be priced."""

    row: int
    claim_id: str
    number: int
    person: str
    date: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    place: str
    charge: int | None
    control: str | None
    billing_npi: str | None
    payer: Payer
    status: str
    allowed: int | None
    paid: int | None
    deductible: int
    coinsurance: int
    locality: str
    setting: str
    secondary: bool = False
    #: As second payer, what is left at most: of the charge, and of the higher allowed amount.
    second_payer_most: int | None = None
    given_paid: int | None = None
    given_allowed: int | None = None
    by_medicare: bool = False
    withheld_rate: int = 0
    #: Whether no file says what the patient owes of what is allowed.
    is_share_open: bool = False
    #: Whether by law the patient owes nothing of what is allowed, whatever the payer puts to him.
    owes_nothing: bool = False
    #: The patient's share as priced, in thousandths of a percent, and whether no deductible is due.
    rate: int = USUAL
    is_deductible_waived: bool = False
    #: What of its share the payer pays, in ten-thousandths: less for a therapy assistant's service.
    assistant_share: int = WHOLE
    #: Whether the claim says that the patient paid something (AMT*F5).
    has_patient_paid: bool = False
    #: Whether the line was priced by its own payer's terms, not by another's for want of them.
    terms_given: bool = True
    #: Whether anyone said who its payer is: the run, or the claim itself.
    is_payer_told: bool = True
    #: Whether its claim names the payer whose terms price it, and which insurer that is (or "").
    names_payer: bool = False
    insurer: str = ""


@dataclass(slots=True)
class ExpectedClaim:
    """A claim of the batch and its lines.

    `answers` is the payer's number of the claim that it replaces (REF*F8). `superseded` says that
    another claim stands in its place, or voids it (`is_voided`): `by`, by its number (CLM01), which
    names this one by the payer's number `voided_as` where it voids it.
    """

    claim_id: str
    control: str
    person: str
    lines: list[ExpectedLine] = field(default_factory=list)
    superseded: bool = False
    answers: str | None = None
    by: str | None = None
    voided_as: str | None = None
    is_voided: bool = False

    @property
    def charge(self) -> int:
        """What the claim charges."""
        return sum(each.charge or 0 for each in self.lines)


def payers_at_hand(setup: Setup) -> list[Payer]:
    """Give the payers that lines may have, in an order that stays: that of the setup first."""
    return [*setup.every_payer.values()]


def expected_lines(
    batch: Batch, priced: Priced, setup: Setup, of: Whose | None = None
) -> pl.DataFrame:
    """Give priced lines in the order of the batch, in columns named as those of `ExpectedLine`.

    `modifiers` are one text, `payer` is the line's payer's place among `payers_at_hand`. Of its
    claim stand there `claim`, the row of the first of its lines, and `patient_control_number`
    (CLM01) and `answers`, null where the batch has none. `of` tells whose the batch's lines are,
    where that was asked before.
    """
    lines, of = priced.lines, of or whose(batch, setup)
    places = {name: place for place, name in enumerate(setup.every_payer)}
    frame = lines.select(
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        claim_id="claim_id",
        number="claim_line_number",
        person="person_id",
        date=_in_words(lines["service_date"]),
        code="hcpcs_code",
        modifiers=pl.concat_str(MODIFIERS, separator=" ", ignore_nulls=True),
        units=pl.col("units_thousandths").fill_null(0),
        place="place_of_service_code",
        charge="charge_amount",
        billing_npi="billing_npi",
        payer=of.named.replace_strict(places, default=0, return_dtype=pl.UInt32),
        status="status",
        allowed="allowed_amount",
        paid="medicare_amount",
        deductible=pl.col("deductible_amount").fill_null(0),
        coinsurance=pl.col("coinsurance_amount").fill_null(0),
        locality=pl.col("locality").fill_null(""),
        setting=pl.col("setting").fill_null(""),
        second_payer_most=_second_payer_most(),
        given_paid="paid_amount",
        given_allowed="payer_allowed_amount",
    ).with_columns(
        _in_order(first_places(lines["claim_id"])).alias("claim"),
        carried(batch, "line_control_number").alias("control"),
        carried(batch, "patient_control_number"),
        carried(batch, "payer_claim_control_number").alias("answers"),
        _is_positive(carried(batch, "patient_paid_amount")).alias("has_patient_paid"),
        of.terms_given.alias("terms_given"),
        of.is_told.alias("is_payer_told"),
        of.is_given.alias("names_payer"),
    )
    further = carried(batch, "further_payer_id")
    frame = frame.with_columns(
        insurers_of(of.named, further, frame["payer"], setup.every_payer).alias("insurer")
    )
    own = own_shares(priced.trail)
    usual = pl.repeat(USUAL, lines.height, dtype=pl.Int64, eager=True)
    withheld = _withheld(frame, payers_at_hand(setup))
    told = frame.join(withheld, on=["payer", "date"], how="left", maintain_order="left")
    return told.with_columns(
        pl.col("is_share_open") & (pl.col("coinsurance") == 0),
        usual.scatter(own["row"], own["rate"]).alias("rate"),
        among(lines.height, own["row"].filter(own["is_deductible_waived"])).alias(
            "is_deductible_waived"
        ),
        among(lines.height, _met_by_second_payer(priced.trail)).alias("secondary"),
        _assistant_share(told, priced.trail),
    ).with_columns(second_payer_most=pl.when("secondary").then("second_payer_most"))


def _assistant_share(lines: pl.DataFrame, trail: pl.DataFrame | None) -> pl.Series:
    """Tell of lines what of their payer's share is paid: less for an assistant's service.

    Decision: whoever pays, a line is paid less where its own price was. Medicare's is by law, also
    where the deductible left nothing of the price to be less.
    """
    by_assistant = read_once(
        lines["modifiers"], lambda each: not ASSISTANT.isdisjoint(each.split()), pl.Boolean
    )
    by_law = pl.col("by_medicare") & (pl.col("date") >= ASSISTANT_FROM)
    usual = pl.when(by_assistant & by_law).then(ASSISTANT_SHARE).otherwise(WHOLE).cast(pl.Int64)
    priced = assistant_shares(trail)
    share = lines.select(assistant_share=usual).to_series()
    return share.scatter(priced["row"], priced["share"])


def claim_number() -> pl.Expr:
    """Give of lines as `expected_lines` has them what payers name their claim by (CLM01).

    A blank number is none, as where claims are looked at one by one.
    """
    number = pl.col("patient_control_number")
    return pl.when(number != "").then(number).otherwise("claim_id")


def _in_words(days: pl.Series) -> pl.Series:
    """Write days, of which there are few different ones: each is put into words once."""
    different = days.unique()
    if different.is_empty():
        return days.cast(pl.String)  # an empty mapping would leave the kind as it is
    return days.replace_strict(different, different.cast(pl.String), return_dtype=pl.String)


def _in_order(rows: pl.Series) -> pl.Series:
    """Tell of rows that they go up where they do: what is grouped by them is not hashed then."""
    return rows.set_sorted() if rows.is_sorted() else rows


def expected_claims(lines: pl.DataFrame, payers: Sequence[Payer]) -> list[ExpectedClaim]:
    """Put lines, as `expected_lines` gives them, into claims, in their order."""
    claims: dict[str, ExpectedClaim] = {}
    own = lines.drop("claim", "patient_control_number", "answers", "modifiers", "payer")
    of_claims = lines.select("patient_control_number", "answers", "modifiers", "payer").rows()
    for each, (control, answers, modifiers, payer) in zip(
        own.iter_rows(named=True), of_claims, strict=True
    ):
        claim_id = each["claim_id"]
        claim = claims.get(claim_id)
        if claim is None:
            claim = ExpectedClaim(claim_id, control or claim_id, each["person"], answers=answers)
            claims[claim_id] = claim
        of_payer = payers[payer]
        line = ExpectedLine(modifiers=tuple(modifiers.split()), payer=of_payer, **each)
        claim.lines.append(line)
    return list(claims.values())


def _withheld(frame: pl.DataFrame, payers: Sequence[Payer]) -> pl.DataFrame:
    """Tell of each payer on each day what it withholds, and what else it is."""
    withheld = Withheld()
    told = frame.select("payer", "date").unique(maintain_order=True)
    return told.with_columns(
        by_medicare=pl.Series(
            [is_medicare(payers[payer]) for payer in told["payer"]], dtype=pl.Boolean
        ),
        is_share_open=pl.Series(
            [says_no_coinsurance(payers[payer]) for payer in told["payer"]], dtype=pl.Boolean
        ),
        owes_nothing=pl.Series(
            [leaves_patients_nothing(payers[payer]) for payer in told["payer"]], dtype=pl.Boolean
        ),
        withheld_rate=pl.Series(
            [withheld.on(payers[payer], date) for payer, date in told.rows()], dtype=pl.Int64
        ),
    )


def _met_by_second_payer(trail: pl.DataFrame | None) -> pl.Series:
    """Give the rows of lines that were priced for a second payer."""
    if trail is None:
        return pl.Series("row", [], pl.UInt32)
    steps = trail.select("row", "rule").filter(pl.col("rule") == SECOND_PAYER_RULE)
    return steps["row"].unique()


def _second_payer_most() -> pl.Expr:
    """Give what is left for a second payer, whatever it would pay alone; may be below 0.

    [42 CFR 411.33(a)(1), (3), as the rule `secondary_payer` reads them]
    """
    paid, charge, allowed = map(pl.col, ("primary_paid_amount", "charge_amount", "allowed_amount"))
    obligated = pl.col("primary_obligated_amount")
    of_first = pl.coalesce("primary_allowed_amount", obligated)
    most = pl.min_horizontal(charge, obligated)
    higher = pl.max_horizontal(allowed, of_first)
    told = pl.all_horizontal(each.is_not_null() for each in (paid, charge, allowed))
    return pl.when(told).then(pl.min_horizontal(most, higher) - paid)


def _is_positive(written: pl.Series) -> pl.Series:
    """Tell of amounts as they are written whether they are above 0; False where there is none."""
    is_positive = written.str.contains("[1-9]") & ~written.str.contains("[-(]")
    return is_positive.fill_null(value=False)
