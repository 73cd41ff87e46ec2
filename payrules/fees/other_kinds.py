"""Kinds of codes that other schedules pay, as the code and its status of the physicians' say."""

import polars as pl

_CODE, _STATUS = pl.col("hcpcs_code"), pl.col("status_code")


def _like(*patterns: str) -> pl.Expr:
    return _CODE.str.contains(f"^(?:{'|'.join(patterns)})$")


A_DRUG, A_VACCINE, A_TEST = "drug", "vaccine", "laboratory test"
PERHAPS_A_TEST = "perhaps a laboratory test"
NO_ROW = _STATUS.is_null()
#: Statuses E (by regulation) and X (by statute) of the physician fee schedule's file. Decision:
#: where the release at hand has no row, as the starter of most codes, the code itself says.
_E, _X = NO_ROW | (_STATUS == "E"), NO_ROW | (_STATUS == "X")
#: Kinds of codes that other schedules pay, the first that holds.
KINDS = (
    ("vaccine administration", _X & _like("G0008", "G0009", "G0010", "90480", r"M02\d\d")),
    (
        A_TEST,
        _X
        & (
            _like(r"\d{4}[UM]", r"U000\d", "36415", r"P[23]\d{3}", r"P961\d", "Q011[1-5]")
            | _like("G0027", "G0103", "G012[34]", "G014[3-8]", "G030[67]", "G032[78]", "G0659")
            | _like("G04(?:3[235]|7[1256]|8[0-3]|99)")
            | (~NO_ROW & _like(r"8\d{4}"))
        ),
    ),
    (PERHAPS_A_TEST, NO_ROW & _like(r"8\d{4}")),
    (A_VACCINE, _X & _like(r"90[4-7]\d\d", r"913\d\d")),
    (
        A_DRUG,
        (_E & _like(r"J\d{4}", r"Q\d{4}"))
        | (~NO_ROW & _E & _like(r"9\d{4}"))
        | (_X & _like(r"J\d{4}", r"Q0(?:1[67]|18|2\d)\d", r"Q203\d", r"Q41[3-9]\d", r"Q4[23]\d\d"))
        | (_X & _like(r"P904\d", r"A9[56]\d\d")),
    ),
    ("ambulance", _X & _like(r"A0\d{3}")),
    ("supply", _X & _like(r"[AEKLV]\d{4}", r"Q40[0-5]\d")),
)
#: What to say of the kinds that payrules reads no file of.
ELSEWHERE = {
    "vaccine administration": "vaccine administration file not loaded: payrules reads none; a"
    " payer's own fee schedule in dollars can give the amount",
    "ambulance": "ambulance: paid by the ambulance fee schedule, which payrules does not read",
    "supply": "supply: paid by the DMEPOS fee schedule, which payrules does not read; most are"
    " billed to the DME MAC",
}
