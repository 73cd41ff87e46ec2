"""Practitioner: what others than physicians are paid (42 CFR 414.52, 414.54, 414.56)."""

from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

CODES = by_hand(
    code("27000", "100.05", assistant="2", days="090", shares=(10, 70, 20)),
    code("00100", status="J"),
)
TOO_EARLY = "a {} could not bill Medicare on this date; amount not reduced"


def reduced(kind: str, pays: str, **terms):
    """A line of a practitioner type, CARC 45."""
    service = terms.pop("service", "27000")
    why = f"practitioner type {kind.replace('_', ' ')}"
    return line(service, pays, why, carc="45", **{"kind": kind, **terms})


# 100.05 × 0.85 = 85.0425; × 0.75 = 75.0375
AT_85 = ("nurse_practitioner", "clinical_nurse_specialist", "physician_assistant", "dietitian")
AT_75 = ("clinical_social_worker", "marriage_family_therapist", "mental_health_counselor")
IN_FULL = (
    "physician",
    "chiropractor",
    "optometrist",
    "podiatrist",
    "certified_nurse_midwife",
    "clinical_psychologist",
    "physical_therapist",
    "occupational_therapist",
    "speech_language_pathologist",
    "audiologist",
    "crna",
)
TAXONOMIES = {
    "363LF0000X": "nurse_practitioner",
    "363A00000X": "physician_assistant",
    "364SA2100X": "clinical_nurse_specialist",
    "1041C0700X": "clinical_social_worker",
    "106H00000X": "marriage_family_therapist",
    "101YM0800X": "mental_health_counselor",
    "133V00000X": "dietitian",
}
FIRST_DAYS = {
    **dict.fromkeys(AT_85[:3], ("1997-12-31", "1998-01-01", "85.04")),
    "dietitian": ("2001-12-31", "2002-01-01", "85.04"),
    **dict.fromkeys(AT_75[1:], ("2023-12-31", "2024-01-01", "75.04")),
}
TABLE = CaseTable(
    "practitioner",
    [
        *(case(f"{kind} is paid 85 %", reduced(kind, "85.04", factor="0.85")) for kind in AT_85),
        *(case(f"{kind} is paid 75 %", reduced(kind, "75.04", factor="0.75")) for kind in AT_75),
        *(case(f"{kind} is paid in full", line("27000", "100.05", kind=kind)) for kind in IN_FULL),
        case("without a type a physician is meant", line("27000", "100.05")),
        *(
            case(
                f"taxonomy {taxonomy} is a {kind}",
                line(
                    "27000",
                    "75.04" if kind in AT_75 else "85.04",
                    f"practitioner type {kind.replace('_', ' ')}",
                    carc="45",
                    rendering_taxonomy=taxonomy,
                ),
            )
            for taxonomy, kind in TAXONOMIES.items()
        ),
        *(
            case(
                f"taxonomy {taxonomy} is paid in full",
                line("27000", "100.05", rendering_taxonomy=taxonomy),
            )
            for taxonomy in (
                "207X00000X",
                "367A00000X",
                "367500000X",
                "103TC0700X",
                "225100000X",
                "225X00000X",
                "235Z00000X",
                "231H00000X",
                "363X00000X",
                "101Y00000X",
            )
        ),
        case(
            "the type given goes before the taxonomy",
            line("27000", "100.05", kind="physician", rendering_taxonomy="363LF0000X"),
        ),
        case(
            "AS lines are not reduced again",
            line("27000 AS", "13.61", carc="45", rarc="N646", kind="nurse_practitioner"),
        ),
        case(
            # 16.01 × 0.85 = 13.6085
            "an assistant's 80 is",
            reduced("physician_assistant", "13.61", service="27000 80"),
        ),
        *(
            case(
                f"a {kind} on the day before the first is paid in full with a note",
                line(
                    "27000",
                    "100.05",
                    kind=kind,
                    date=before,
                    review=TOO_EARLY.format(kind.replace("_", " ")),
                ),
            )
            for kind, (before, _, _) in FIRST_DAYS.items()
        ),
        *(
            case(f"a {kind} on the first day", reduced(kind, pays, date=first))
            for kind, (_, first, pays) in FIRST_DAYS.items()
        ),
        case(
            "a clinical social worker of 1992",
            reduced("clinical_social_worker", "75.04", date="1992-01-01"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_practitioner(table: CaseTable, case) -> None:
    table.check(case)
