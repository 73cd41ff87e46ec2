"""Rows of remittances put into columns are the same rows, whatever their columns have in common."""

from io import BytesIO

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.variance.held import told
from payrules.variance.remittances import remittances_of
from payrules.variance.tables import LARGE, packed, together
from payrules.x12.remittance_835 import read_835

#: Rows of adjustments: a table with every kind of cell.
ROWS = st.lists(
    st.tuples(
        *(st.sampled_from((1, 2)), st.sampled_from((4, 5)), st.sampled_from((None, "C1", "C2"))),
        *(st.sampled_from((None, 1)), st.sampled_from(("claim", "line"))),
        *(st.sampled_from(("CO", "PR")), st.sampled_from(("45", "(not shown)"))),
        *(st.sampled_from((0, -150)), st.sampled_from((None, "1.5"))),
    ),
    min_size=1,
    max_size=6,
)
#: The claim's number (CLP01), which is its payer claim's alone.
CLAIM_ID = 2
TYPES = [pl.Int64, pl.Int64, pl.Int64, *[pl.String] * 3, pl.Int64, pl.String]


@settings(max_examples=100, deadline=None)
@given(blocks=st.lists(ROWS, min_size=1, max_size=3), often=st.integers(1, 3))
def test_rows_are_packed_as_they_are(blocks: list[list[tuple[object, ...]]], often: int) -> None:
    """A column that says the same in every row, or nothing in any, is of its own type too."""
    blocks = [rows * often for rows in blocks]
    frames = [packed("payer_adjustments", rows) for rows in blocks]
    whole = told(together("payer_adjustments", frames))
    assert whole.dtypes == TYPES
    assert whole.rows() == [
        tuple(cell for place, cell in enumerate(row) if place != CLAIM_ID)
        for rows in blocks
        for row in rows
    ]


def test_rows_are_held_small_and_told_whole() -> None:
    """Texts that repeat are no texts of their own in every row, and no number is there twice."""
    claims = [
        f"CLP*CLAIM-NUMBER-{each}*1*100*60*0*MB*CONTROL-NUMBER-{each}~SVC*HC:99213:25*100*60**1~"
        f"DTM*472*20260302~CAS*CO*45*{30 + each % 2}*1*253*{10 - each % 2}~"
        for each in range(8)
    ]
    head = (
        "ISA*00*          *00*          *ZZ*S              *ZZ*R              *260316*1253*^*00501"
        "*000000905*0*P*:~GS*HP*S*R*20260316*1253*1*X*005010X221A1~"
    )
    sets = [
        f"ST*835*{trace}~BPR*I*240*C*ACH************20260316~TRN*1*{trace}*1000000000~"
        f"{''.join(own)}SE*9*{trace}~"
        for trace, own in (("T1", claims[:4]), ("T2", claims[4:]), ("T1", claims[:4]))
    ]
    content = f"{head}{''.join(sets)}GE*3*1~IEA*1*000000905~".encode()
    read = remittances_of([read_835(BytesIO(content), "paid.835", packed)])
    texts = {
        table: [name for name, kind in frame.schema.items() if kind == pl.String]
        for table, frame in read.tables.frames.items()
        if table in LARGE
    }
    assert texts == {
        "payer_claims": [
            *("claim_id", "payer_claim_control_number", "person_id", "corrected_person_id")
        ],
        "payer_lines": ["line_control_number"],
        "payer_adjustments": [],
    }
    for table in LARGE:
        whole = read.tables[table]
        assert {*whole.dtypes} <= {pl.String, pl.Int64}
        assert whole["file"].unique().to_list() == ["paid.835"]
        payments = whole.group_by("remittance", maintain_order=True).agg(pl.col("status").unique())
        assert payments.rows() == [(1, ["read"]), (2, ["read"]), (3, ["duplicate"])]
        numbers = (whole["payer_claim"] - 1) % 8
        assert whole["claim_id"].to_list() == [f"CLAIM-NUMBER-{each}" for each in numbers]
        assert read.used(table).equals(whole.filter(pl.col("status") == "read"))
    told = read.used("payer_adjustments").select("carc", "adjustment_amount", "adjustment_quantity")
    assert told.head(4).rows() == [
        *(("45", 3000, "1"), ("253", 1000, None)),
        *(("45", 3100, "1"), ("253", 900, None)),
    ]
    (cut,) = read.tables.with_frames({"payer_lines": read.tables.frames["payer_lines"][[5]]})[
        "payer_lines"
    ].rows(named=True)
    assert (cut["claim_id"], cut["remittance"], cut["hcpcs_modifier_1"]) == (
        "CLAIM-NUMBER-5",
        2,
        "25",
    )
