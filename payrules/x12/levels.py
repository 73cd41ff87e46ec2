"""Where in a claim or a payment a segment stands: one variable, set by a few segments' ids.

X12 writes no end of a loop. A segment's meaning is that of the level it stands in, and a level ends
where another begins: so a provider named among another payer's facts is never taken for ours.
Within a level an NM1 opens a party, which the next NM1, or the next level, closes.
"""

from collections.abc import Mapping, Sequence

HEADER = "header"
BILLING = "billing provider"
SUBSCRIBER = "subscriber"
PATIENT = "patient"
CLAIM = "claim"
OTHER_PAYER = "other payer"
LINE = "line"
ADJUDICATION = "adjudication"
#: An HL whose kind is not known: what stands below it is nobody's.
UNKNOWN = "unknown"

#: HL03 → the level it opens.
OF_HL = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
#: HL03 → the HL03 of the HL that HL02 must name.
PARENT_OF_HL = {"20": "", "22": "20", "23": "22"}
#: Segment → the level it opens, wherever it stands.
OPENED_837P = {"ST": HEADER, "CLM": CLAIM, "LX": LINE, "SVD": ADJUDICATION}
#: SBR tells of the payer that is billed, or within a claim of another.
_OPENS_OTHER_PAYER = frozenset((CLAIM, OTHER_PAYER))

#: Loop of each level, and of its parties by NM101, for messages: biller's software shows these.
LOOPS = {
    HEADER: "1000",
    BILLING: "2000A",
    SUBSCRIBER: "2000B",
    PATIENT: "2000C",
    CLAIM: "2300",
    OTHER_PAYER: "2320",
    LINE: "2400",
    ADJUDICATION: "2430",
    UNKNOWN: "2000",
}
PARTY_LOOPS = {
    (BILLING, "85"): "2010AA",
    (SUBSCRIBER, "IL"): "2010BA",
    (SUBSCRIBER, "PR"): "2010BB",
    (PATIENT, "QC"): "2010CA",
    (CLAIM, "82"): "2310B",
    (CLAIM, "77"): "2310C",
    (OTHER_PAYER, "PR"): "2330B",
    (LINE, "82"): "2420A",
    (LINE, "77"): "2420C",
}


def opened_by(
    level: str, elements: Sequence[str], opened: Mapping[str, str] = OPENED_837P
) -> str | None:
    """Give the level that a segment opens where `level` stood before; None where it opens none."""
    segment = elements[0]
    found = opened.get(segment)
    if found is not None:
        return found
    if segment == "HL":
        return OF_HL.get(elements[3].strip(" ") if len(elements) > 3 else "", UNKNOWN)
    return OTHER_PAYER if segment == "SBR" and level in _OPENS_OTHER_PAYER else None


def loop(level: str, party: str = "") -> str:
    """Name the loop of a level, or of a party in it."""
    return PARTY_LOOPS.get((level, party), LOOPS[level])
