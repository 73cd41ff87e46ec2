"""Claim lines drawn one by one, so that a failure shrinks to the few lines and columns it needs."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.generated import (
    CHIROPRACTIC,
    COLON,
    LOCALITIES,
    LONG_VISITS,
    NOTICES,
    PLACES,
    PRIMARY_CARE,
    PROLONGED,
    SPLIT_CARE,
    STRAY,
    SURGERY,
    TESTS,
    TYPES,
    VISIT,
    WELLNESS,
    Codes,
)

#: Modifiers that go together, the plainest first.
MODIFIERS = sorted(
    {*SURGERY, *TESTS, *VISIT, *SPLIT_CARE, *NOTICES, *((each,) for each in STRAY)},
    key=lambda each: (len(each), each),
)
#: Days after the first, about the ends of global periods.
DAYS = (0, 0, 0, 1, 9, 10, 11, 89, 90, 91)
_cents = st.integers(0, 300_000).map(lambda cents: Decimal(cents).scaleb(-2))
#: What a line may say besides; what it does not say is absent.
_COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "charge_amount": _cents,
    "deductible_remaining": _cents,
    "primary_paid_amount": _cents,
    "primary_allowed_amount": _cents,
    "primary_obligated_amount": _cents,
    "mips_adjustment_percent": st.integers(-900, 2_000).map(lambda part: Decimal(part).scaleb(-2)),
    "service_unit_quantity": st.sampled_from((1, 2, 3, 4, 6, 15)),
    "postoperative_days": st.integers(0, 120),
    "documentation_submitted": st.booleans(),
    "participating": st.booleans(),
    "assignment_accepted": st.booleans(),
    "qualifying_apm_participant": st.booleans(),
    "practitioner_type": st.sampled_from(sorted(set(TYPES))),
    "rendering_npi": st.sampled_from([f"18{number:08}" for number in range(1, 4)]),
    "billing_tin": st.sampled_from([f"9{number:08}" for number in range(1, 3)]),
}

#: A few of them: a draw for each column of each line cost more than pricing the lines did.
_besides = st.lists(
    st.one_of(st.tuples(st.just(name), value) for name, value in _COLUMNS.items()), max_size=5
)


def _line(
    code: str, modifiers: Sequence[str], day: date, besides: Sequence[tuple[str, Any]]
) -> dict[str, Any]:
    return {
        "hcpcs_code": code,
        "modifiers": [*modifiers],
        "claim_line_start_date": day,
        **dict(besides),
    }


def groups_of_codes(codes: Codes) -> list[list[str]]:
    """Give codes that meet one another in rules, the smallest groups first."""
    families = [[base, *family] for base, family in codes.families.items()]
    kinds = [*codes.often.values(), CHIROPRACTIC, [*LONG_VISITS, *PROLONGED], COLON, WELLNESS]
    return sorted(
        [*families, *kinds, [*PRIMARY_CARE, *PROLONGED]], key=lambda each: (len(each), each)
    )


@st.composite
def encounters(draw: st.DrawFn, groups: Sequence[Sequence[str]], year: int) -> list[dict[str, Any]]:
    """Draw what one of a few persons had in one place on near days: lines, not yet numbered."""
    codes = st.sampled_from(draw(st.sampled_from(groups)))
    common = {
        "person_id": f"P{draw(st.integers(1, 3))}",
        "place_of_service_code": draw(st.sampled_from(sorted(set(PLACES), key=PLACES.index))),
        "locality": draw(st.sampled_from(LOCALITIES)),
    }
    first = draw(st.sampled_from((0, 1, 10, 30, 181, 200)))
    of_line = st.builds(
        _line,
        codes,
        st.sampled_from(MODIFIERS),
        st.sampled_from(DAYS).map(lambda days: date(year, 1, 1) + timedelta(first + days)),
        _besides,
    )
    return [common | each for each in draw(st.lists(of_line, min_size=1, max_size=6))]


@st.composite
def drawn_lines(
    draw: st.DrawFn, groups: Sequence[Sequence[str]], year: int
) -> list[Mapping[str, Any]]:
    """Draw the lines of up to five encounters, each a claim; every line has every column."""
    batch = []
    drawn = draw(st.lists(encounters(groups, year), min_size=1, max_size=5))
    for claim, encounter in enumerate(drawn, 1):
        for number, each in enumerate(encounter, 1):
            numbered = {"claim_id": f"C{claim}", "claim_line_number": number}
            batch.append(dict.fromkeys(_COLUMNS) | each | numbered)
    return batch
