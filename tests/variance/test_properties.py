"""Whatever is paid: every cent is accounted for, and order, halves and repeats change no amount.

The batch is priced once; what payers answer is drawn, small, and shrinks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrules.variance.analysis import Variance, VarianceOptions, compared_with
from payrules.variance.candidates import Repricing
from payrules.variance.remittances import remittances_of
from payrules.variance.tables import packed
from payrules.x12.remittance_835 import read_835
from tests.variance.small import MEDICARE, Answer, Paid, payment

#: Claim → its lines: code and charge, in cents. A2 and A3 are of one person, A3 has equal lines.
BILLED = {
    "A1": (("99213", 18000),),
    "A2": (("64493", 60000), ("20610", 20000)),
    "A3": (("J1030", 1000), ("J1030", 1000), ("64483", 90000)),
}
PERSONS = {"A1": "M1", "A2": "M2", "A3": "M2"}
AMOUNTS = (
    *("payer_paid_amount", "payer_allowed_amount", "payer_patient_amount"),
    *("allowed_variance_amount", "restated_paid_amount", "underpaid_amount", "overpaid_amount"),
)
BATCH = MEDICARE.read(
    pl.DataFrame(
        {
            "claim_id": claim,
            "claim_line_number": number,
            "person_id": PERSONS[claim],
            "claim_line_start_date": "2026-03-02",
            "hcpcs_code": code,
            "place_of_service_code": "11",
            "charge_amount": f"{charge / 100:.2f}",
        }
        for claim, lines in BILLED.items()
        for number, (code, charge) in enumerate(lines, 1)
    )
)
PRICED = MEDICARE.price(BATCH.lines)
few = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def amounts_alone() -> Iterator[None]:
    """Look for no cause by pricing again: amounts are the same without, and it takes most time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Repricing, "candidates", lambda *_: {})
        yield


def dollars(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


@st.composite
def paid_lines(draw: st.DrawFn, claim: str) -> tuple[Paid, ...]:
    """Draw what is paid on each line of a claim: it balances."""
    found = []
    for code, charge in BILLED[claim]:
        paid = draw(st.integers(0, charge // 2))
        patient = draw(st.sampled_from((0, 1, 1904)))
        patient = min(patient, charge - paid)
        rest = charge - paid - patient
        kind = draw(st.sampled_from(("CO-45", "CO-59", "CO-97")))
        adjusted = f"{kind} {dollars(rest)}" + (f", PR-2 {dollars(patient)}" if patient else "")
        allowed = dollars(paid + patient) if draw(st.booleans()) else ""
        found.append(Paid(code, dollars(charge), dollars(paid), adjusted, allowed))
    return tuple(found)


@st.composite
def answers(draw: st.DrawFn) -> list[Answer]:
    """Draw a decision on some claims."""
    found = []
    for number, claim in enumerate(draw(st.lists(st.sampled_from([*BILLED]), max_size=3)), 1):
        lines = draw(paid_lines(claim))
        found.append(
            Answer(
                claim,
                lines,
                status=draw(st.sampled_from(("1", "1", "1", "2", "4", "25"))),
                control=f"ICN{claim}{number}",
                person=PERSONS[claim],
            )
        )
    return found


@st.composite
def decided_once(draw: st.DrawFn) -> list[Answer]:
    """Draw one decision of the first payer on each of some claims."""
    chosen = draw(st.lists(st.sampled_from([*BILLED]), unique=True, min_size=1))
    return [
        Answer(claim, draw(paid_lines(claim)), control=f"ICN{claim}", person=PERSONS[claim])
        for claim in chosen
    ]


def held(*payments: str, lines: pl.DataFrame | None = None) -> Variance:
    files = [
        read_835(BytesIO(each.encode()), f"{number}.835", packed)
        for number, each in enumerate(payments)
    ]
    batch, priced = BATCH, PRICED
    if lines is not None:
        batch, priced = replace(BATCH, lines=lines), MEDICARE.price(lines)
    found = compared_with(batch, priced, remittances_of(files), MEDICARE, VarianceOptions())
    assert found.remainder == 0
    assert found.bridge_remainder == 0
    return found


def amounts(found: Variance, *further: str) -> list[tuple[object, ...]]:
    names = ("claim_id", "claim_line_number", "compared_at", *AMOUNTS, *further)
    return found.lines.select(names).sort("claim_id", "claim_line_number").rows()


def paid_in(groups: Sequence[Sequence[Answer]]) -> list[str]:
    """Write each group as a payment of its own, some days apart."""
    return [
        payment(*each, trace=f"T{number}", on=f"202603{16 + number}")
        for number, each in enumerate(groups)
    ]


@few
@given(
    groups=st.lists(answers(), min_size=1, max_size=3),
    stranger=st.booleans(),
    taken=st.integers(-500, 500),
    back=st.booleans(),
)
def test_every_cent_is_accounted_for(
    groups: list[list[Answer]], stranger: bool, taken: int, back: bool
) -> None:
    if back and groups[0]:
        groups = [*groups, [groups[0][0].reversed()]]
    if stranger:
        lines = (Paid("99213", "180", "30.00", "CO-45 150.00"),)
        groups = [*groups, [Answer("ZZ9", lines, person="M9")]]
    payments = paid_in(groups)
    payments.append(payment(trace="TP", plb=[f"WO:A1 {dollars(taken)}"]))
    found = held(*payments)
    lines = sum(len(each) for each in BILLED.values())
    assert found.lines.filter(pl.col("compared_at") != "claim").height == lines
    assert sum(each.amount for each in found.terms) == found.payments


@few
@given(
    order=st.permutations(range(6)),
    paid=st.lists(st.integers(0, 9000), min_size=6, max_size=6),
    answered=st.lists(decided_once(), min_size=1, max_size=1),
)
def test_lines_of_claims_may_stand_apart(
    order: list[int], paid: list[int], answered: list[list[Answer]]
) -> None:
    """A claim's amounts were those of the whole batch where its lines were not side by side."""
    cents = pl.Series(paid)
    told = BATCH.lines.with_columns(paid_amount=cents, payer_allowed_amount=cents)
    for lines, payments in ((told, []), (BATCH.lines, paid_in(answered))):
        beside, apart = (
            amounts(held(*payments, lines=each), "claim_underpaid_amount")
            for each in (lines, lines[order])
        )
        assert apart == beside


@few
@given(
    order=st.permutations(range(6)),
    groups=st.lists(answers(), min_size=1, max_size=2),
    interest=st.booleans(),
)
def test_where_lines_stand_in_a_batch_says_nothing(
    order: list[int], groups: list[list[Answer]], interest: bool
) -> None:
    """Every column: interest and what all payers paid stood on whichever line came first."""
    if interest:
        groups = [[replace(each, further=("AMT*I*1.25",)) for each in own] for own in groups]
    payments = paid_in(groups)
    names = ("claim_id", "claim_line_number", "compared_at")
    beside, apart = (
        held(*payments, lines=each).lines.sort(names).rows(named=True)
        for each in (BATCH.lines, BATCH.lines[order])
    )
    assert apart == beside
    bear = [each for each in beside if each["all_payers_paid_amount"] is not None]
    assert len({each["claim_id"] for each in bear}) == len(bear)
    assert all(each["claim_line_number"] in {1, None} for each in bear)


@few
@given(groups=st.lists(decided_once(), min_size=1, max_size=3), turn=st.booleans())
def test_order_and_repetition_change_no_amount(groups: list[list[Answer]], turn: bool) -> None:
    once = [
        [each for each in group if each.claim not in {e.claim for g in groups[:n] for e in g}]
        for n, group in enumerate(groups)
    ]
    payments = paid_in(once)
    plain = amounts(held(*payments))
    assert amounts(held(*payments[::-1])) == plain
    assert amounts(held(*payments, payments[0])) == plain
    if turn:
        assert amounts(held(*paid_in([each[::-1] for each in once]))) == plain


@few
@given(decided=decided_once())
def test_a_reversal_and_a_repeat_change_nothing(decided: list[Answer]) -> None:
    first = payment(*decided)
    again = [replace(each, control=f"{each.control}B") for each in decided]
    back = payment(*(each.reversed() for each in decided), on="20260401", trace="T2")
    repeated = payment(*again, on="20260402", trace="T3")
    both = payment(*(each.reversed() for each in decided), *again, on="20260401", trace="T2")
    plain = amounts(held(first), "variance_status", "variance_cause")
    assert amounts(held(first, back, repeated), "variance_status", "variance_cause") == plain
    assert amounts(held(first, both), "variance_status", "variance_cause") == plain
    # Back alone: nothing is paid.
    assert {row[3] for row in amounts(held(first, back))} <= {0, None}


@few
@given(decided=decided_once(), share=st.integers(1, 9))
def test_a_line_in_two_parts_is_one_line(decided: list[Answer], share: int) -> None:
    """The first line of each claim, which is no equal of another, in two parts."""

    def part(amount: str, of: int) -> str:
        whole = int(Decimal(amount) * 100)
        first = whole * share // 10
        return dollars(first if of == 0 else whole - first)

    def parts(line: Paid) -> tuple[Paid, ...]:
        split = [each.split() for each in line.adjusted.split(", ")]
        return tuple(
            replace(
                line,
                charge=part(line.charge, of),
                paid=part(line.paid, of),
                adjusted=", ".join(f"{code} {part(amount, of)}" for code, amount in split),
                allowed=line.allowed and part(line.allowed, of),
                units=("0.5", "0.5")[of],
            )
            for of in (0, 1)
        )

    plain = amounts(held(payment(*decided)))
    in_parts = [
        each
        if each.claim == "A3"
        else replace(each, lines=(*parts(each.lines[0]), *each.lines[1:]))
        for each in decided
    ]
    assert amounts(held(payment(*in_parts))) == plain
