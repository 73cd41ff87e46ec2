"""What is compared in columns is what is compared one by one: every table, whatever is paid.

The way one by one is the reference: it takes all claims where no claim is held for straight.
"""

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.planted_causes import remittance, written
from payrules.claims import Batch
from payrules.engine.pricing import Priced
from payrules.variance import gathered, pieces, plain
from payrules.variance.accounting import added, steps_of
from payrules.variance.analysis import Variance, VarianceOptions, compared_with
from payrules.variance.candidates import Repricing
from payrules.variance.causes import Causes
from payrules.variance.columns import compare_columns
from payrules.variance.compare import Compared
from payrules.variance.comparison import PaymentComparison
from payrules.variance.expected import (
    ExpectedClaim,
    expected_claims,
    expected_lines,
    payers_at_hand,
)
from payrules.variance.frames import comparisons_frame
from payrules.variance.policies_found import HeldAgainstPolicies
from payrules.variance.remittances import Remittances, remittances_of
from payrules.variance.steps_more import Candidate
from payrules.variance.straight import Straight, straight_claims
from payrules.variance.straight_rows import answered_rows, unanswered_rows, with_causes
from payrules.variance.tables import packed
from payrules.x12.remittance_835 import read_835
from tests.variance.small import MEDICARE, Answer, Paid, payment

DAY, YEAR_BEFORE = "2026-03-02", "2025-03-02"
LONG = "A7-WITH-A-NUMBER-THAT-IS-LONG"
#: Claim → its person and its lines: code, modifiers, charge, control number, day.
BILLED = {
    "A1": ("M1", (("99213", "", "180", "", DAY),)),
    "A2": ("M2", (("64493", "", "600", "1", DAY), ("20610", "RT", "200", "2", DAY))),
    "A3": ("M2", (("J1030", "", "10", "", DAY), ("J1030", "", "10", "", DAY))),
    "A4": ("M3-0a1b2c3d", (("97110", "CQ GP", "90", "", DAY),)),
    "A5": ("M4", (("99213", "", "180", "7", YEAR_BEFORE), ("99406", "33", "40", "8", DAY))),
    "A6": ("M5", (("99999", "", "50", "", DAY),)),
    LONG: ("M6", (("64483", "50", "900", "", DAY),)),
}
BATCH = MEDICARE.read(
    pl.DataFrame(
        {
            "claim_id": claim,
            "claim_line_number": number,
            "person_id": person,
            "claim_line_start_date": day,
            "hcpcs_code": code,
            "hcpcs_modifiers": modifiers,
            "place_of_service_code": "11",
            "charge_amount": charge,
            "billing_npi": "1000000004",
            "line_control_number": control or None,
        }
        for claim, (person, lines) in BILLED.items()
        for number, (code, modifiers, charge, control, day) in enumerate(lines, 1)
    )
)
PRICED = MEDICARE.price(BATCH.lines)
LINES = expected_lines(BATCH, PRICED, MEDICARE)
NAMES = [*BILLED, LONG[:20], "ZZ9"]
few = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _none_straight(
    lines: pl.DataFrame, superseded: object, read: Remittances, unread: Set[str]
) -> Straight:
    found = straight_claims(lines, (), read, unread)
    return Straight(found.pairs.clear(), found.unanswered.clear())


@contextmanager
def one_by_one() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gathered, "straight_claims", _none_straight)
        yield


def both_ways(
    read: Remittances, batch: Batch, priced: Priced, options: VarianceOptions
) -> Variance:
    """Compare both ways, demand that nothing differs, and give what was found in columns."""
    found = compared_with(batch, priced, read, MEDICARE, options)
    with one_by_one():
        must_be_same(found, compared_with(batch, priced, read, MEDICARE, options))
    return found


def must_be_same(found: Variance, wanted: Variance) -> None:
    for name in ("lines", "unmatched", "checks"):
        told, table = getattr(found, name), getattr(wanted, name)
        assert told.schema == table.schema
        assert told.rows() == table.rows()
    assert found.bridges() == wanted.bridges()
    assert (found.bridge, found.terms) == (wanted.bridge, wanted.terms)
    assert found.remainder == found.bridge_remainder == 0
    assert found.compared.matched_claims == wanted.compared.matched_claims


def read_of(*payments: str) -> Remittances:
    return remittances_of(
        [
            read_835(BytesIO(each.encode()), f"{number}.835", packed)
            for number, each in enumerate(payments)
        ]
    )


# -- whatever is paid --------------------------------------------------------------------------


def one_of(*usual: str, times: int = 3) -> st.SearchStrategy[str]:
    """Draw the first of some texts some times as often as each of the others."""
    return st.sampled_from((*(usual[:1] * times), *usual[1:]))


PATIENT = one_of("PR-2 19.04", "", "PR-1 40.00", "PR-3 5", "PR-96 3", "PR-66 1")
OTHER = one_of(
    *("", "CO-253 1.50", "CO-59 5", "OA-100 4", "CO-243 1.50", "PI-97 2", "CO-223 1", "OA-23 8")
)
FURTHER = one_of("", "AMT*I*1.25", "AMT*F5*2.00", "MOA***MA01*MA130", "MOA***N807")


@st.composite
def paid_line(draw: st.DrawFn, line: tuple[str, ...]) -> Paid:
    """Draw an answer to a line: mostly as it was sent."""
    code, modifiers, charge, control, day = line
    sent = ":".join([code, *modifiers.split()])
    return Paid(
        code=draw(one_of(sent, code, "99212", times=8)),
        charge=draw(one_of(charge, "99", "-5", times=8)),
        paid=draw(one_of("73.60", "0", "50.00")),
        adjusted=", ".join(filter(None, ("CO-45 9.99", draw(PATIENT), draw(OTHER)))),
        allowed=draw(one_of("", "92.64", "0", "-3.00")),
        control=draw(one_of(control, "", "1", times=8)),
        sent=draw(one_of("", sent, times=8)),
        units=draw(one_of("1", "2", "0.5", times=8)),
        remarks=draw(one_of("", "MA130", "N211", "N807", "N851", "M144 M144", times=8)),
        day=day.replace("-", ""),
    )


@st.composite
def answer(draw: st.DrawFn) -> Answer:
    """Draw a decision on a claim, of the batch or of none."""
    claim = draw(st.sampled_from(NAMES))
    person, lines = BILLED.get(claim, BILLED["A1"])
    answered = draw(st.sampled_from((*[lines] * 6, lines[1:], lines + lines)))
    made = Answer(
        claim,
        tuple(draw(paid_line(each)) for each in answered),
        status=draw(one_of("1", "4", "2", "19", "25", "23", times=8)),
        control=draw(one_of(f"ICN{claim}", "ICN1")),
        person=draw(one_of(person, "M1", "M3")),
        adjusted=draw(one_of("", "CO-45 1.00", "OA-23 0", times=8)),
        charge=draw(one_of("", "180")),
        further=tuple(filter(None, [draw(FURTHER)])),
    )
    return made.reversed() if draw(st.integers(0, 9)) == 0 else made


@few
@given(
    groups=st.lists(st.lists(answer(), max_size=6), min_size=1, max_size=2),
    tolerance=st.sampled_from((0, 1, 500)),
    on=st.sampled_from(("20260316", "20260201")),
)
def test_both_ways_give_the_same(groups: list[list[Answer]], tolerance: int, on: str) -> None:
    read = read_of(
        *(
            payment(*each, trace=f"T{number}", on=on, npi="1000000004")
            for number, each in enumerate(groups)
        )
    )
    options = VarianceOptions(tolerance=tolerance, as_of="2026-06-30")
    with pytest.MonkeyPatch.context() as patched:
        # Pricing again takes most of the time: the planted errors below have it.
        patched.setattr(Repricing, "candidates", lambda *_: {})
        both_ways(read, BATCH, PRICED, options)


def replaced(claim: str, by: str, voided_as: str | None) -> ExpectedClaim:
    """Give an earlier claim of a number, in whose place another stands."""
    first = expected_claims(LINES.filter(pl.col("claim_id") == claim), payers_at_hand(MEDICARE))[0]
    return replace(
        first,
        lines=[replace(line, row=-1, charge=100, allowed=None, paid=None) for line in first.lines],
        superseded=True,
        by=by,
        voided_as=voided_as,
    )


@settings(few, max_examples=4)
@given(
    groups=st.lists(st.lists(answer(), max_size=8), min_size=1, max_size=2),
    old=st.lists(
        st.builds(
            replaced,
            st.sampled_from([*BILLED]),
            st.sampled_from([*BILLED, "ZZ9"]),
            st.sampled_from((None, "ICN1", "ICNA2")),
        ),
        max_size=2,
    ),
    most=st.sampled_from((2, 3, 5)),
    waiting=st.sampled_from((0, 3)),
)
def test_pieces_give_what_the_whole_gives(
    groups: list[list[Answer]], old: list[ExpectedClaim], most: int, waiting: int
) -> None:
    read = read_of(
        *(payment(*each, trace=f"T{number}") for number, each in enumerate(groups)),
    )
    options = VarianceOptions(as_of="2026-06-30")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Repricing, "candidates", lambda *_: {})
        wanted = compared_with(BATCH, PRICED, read, MEDICARE, options, old)
        patched.setattr(pieces, "LINES_AT_ONCE", most)
        patched.setattr(plain, "LINES_AT_ONCE", most)
        patched.setattr(gathered, "WAITING_AT_ONCE", waiting)
        must_be_same(compared_with(BATCH, PRICED, read, MEDICARE, options, old), wanted)


def test_both_ways_find_the_same_causes() -> None:
    """Every planted error twice and alike, among persons with claims of several kinds."""
    rows, planted = written(1, 2)
    for number, each in enumerate(rows):
        each["person_id"] = f"P{number // 6}" if number % 3 == 0 else each["person_id"]
    # The planted error of a claim is by its number: so many further it is the same.
    further = [
        {**each, "claim_id": of_number(each["claim_id"]), "person_id": f"{each['person_id']}-2"}
        for each in rows
    ]
    planted |= {of_number(claim): kind for claim, kind in planted.items()}
    batch = MEDICARE.read(pl.DataFrame([*rows, *further]))
    read = read_of(remittance([*rows, *further], planted, MEDICARE))
    explained: list[int] = []
    candidates = Repricing.candidates

    def counting(
        repricing: Repricing, compared: Sequence[PaymentComparison]
    ) -> dict[int, list[Candidate]]:
        explained.append(len(compared))
        return candidates(repricing, compared)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Repricing, "candidates", counting)
        both_ways(read, batch, MEDICARE.price(batch.lines), VarianceOptions())
    in_columns, one_by_one = explained
    assert 0 < in_columns < 0.6 * one_by_one


def of_number(claim: str) -> str:
    kind, number = claim.rsplit("-", 1)
    return f"{kind}-{int(number) + 420}"


def test_most_claims_are_straight() -> None:
    """The quick way is taken: by number or as sent, and where nobody answers."""

    def as_sent(line: tuple[str, ...]) -> Paid:
        code, modifiers, charge, control, day = line
        sent = ":".join([code, *modifiers.split()])
        owed = f"CO-45 {charge}"
        return Paid(sent, charge, "0", owed, control=control, day=day.replace("-", ""))

    answers = [
        Answer(claim, tuple(map(as_sent, lines)))
        for claim, (_, lines) in BILLED.items()
        if claim != "A1"
    ]
    found = straight_claims(LINES, (), read_of(payment(*answers)))
    claims = BATCH.lines["claim_id"]
    told = found.pairs.with_columns(claim=claims.gather(found.pairs["claim"]))
    assert {*told["claim"]} == {*BILLED} - {"A1", "A3"}, "the lines of A3 are equal"
    methods = dict(told.select("claim", "method").unique().rows())
    assert (methods["A2"], methods["A4"]) == ("line_control", "code_and_charge")
    assert claims.gather(found.unanswered).to_list() == ["A1"]


# -- the batch's own columns -------------------------------------------------------------------

AMOUNT = st.sampled_from((None, 0, 1, 7_360, 9_264, 12_000, -500))


@settings(few, max_examples=4)
@given(data=st.data(), tolerance=st.sampled_from((0, 1, 500)))
def test_own_columns_give_line_by_line_what_they_give_at_once(
    data: st.DataObject, tolerance: int
) -> None:
    """Two of three amounts are near to what is expected, or what is expected to the cent."""
    near = st.one_of(AMOUNT, st.integers(-2, 2))
    told = {"given_paid": "paid", "given_allowed": "allowed"}
    lines = LINES.with_columns(
        pl.Series(name, [data.draw(near) for _ in LINES["row"]], dtype=pl.Int64) for name in told
    ).with_columns(
        pl.when(pl.col(name).abs() <= 2).then(pl.col(of) + pl.col(name)).otherwise(name).alias(name)
        for name, of in told.items()
    )
    payers, read = payers_at_hand(MEDICARE), read_of()
    wanted = compare_columns(expected_claims(lines, payers), tolerance=tolerance)
    parts = [*plain.given_parts(lines, tolerance)]
    found, steps = Compared(), [each.steps(payers) for each in parts]
    for each in parts:
        each.put_into(found)
    assert found.matched_claims == wanted.matched_claims
    assert added(*steps) == steps_of(wanted.comparisons)
    asking = pl.concat([each.asking for each in parts])
    examples = plain.Examples.of(asking, lines, BATCH.lines, None)
    compared = examples.compared(payers, read, tolerance)
    repricing = Repricing(BATCH.lines, PRICED.trail, MEDICARE)
    causes = Causes(repricing, MEDICARE.tables, HeldAgainstPolicies(PRICED.lines))
    causes.explain([*wanted.comparisons, *compared], DAY)
    why = examples.causes(compared)
    rows = [answered_rows(each.paired, payers, DAY, tolerance) for each in parts]
    told = {row for each in parts for row in each.paired["row"]}
    rest = lines.filter(~pl.col("row").is_in([*told]))
    rows = [*(with_causes(each, why) for each in rows), unanswered_rows(rest, payers, DAY)]
    shown = comparisons_frame(wanted.comparisons, DAY).drop("of_work")
    assert pl.concat(rows).sort("row_at").rows() == shown.rows()
