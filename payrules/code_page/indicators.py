"""What CMS's indicators and modifiers mean, in our own words."""

from collections.abc import Mapping

STATUS = {
    "A": "active: paid by the fee schedule when covered",
    "B": "bundled: always paid as part of another service",
    "C": "the contractor sets the price, usually after reading a report",
    "D": "deleted",
    "E": "kept out of the fee schedule by regulation",
    "F": "deleted, without a grace period",
    "G": "Medicare uses another code (with a grace period)",
    "H": "deleted modifier",
    "I": "Medicare uses another code",
    "J": "anesthesia: base and time units instead of RVUs",
    "M": "for measuring and reporting only",
    "N": "not covered by Medicare",
    "P": "bundled or excluded: no separate payment",
    "R": "restricted coverage: special instructions apply",
    "T": "paid only when nothing else is payable that day",
    "X": "not a physician service by statute: paid elsewhere, if at all",
}
PCTC = {
    "0": "a physician's service: 26 and TC do not apply",
    "1": "a diagnostic test with both parts: 26 and TC apply",
    "2": "the professional part only, as a code of its own",
    "3": "the technical part only, as a code of its own",
    "4": "the whole test only; its two parts have codes of their own",
    "5": "incident to a physician's service: not paid in a hospital",
    "6": "a laboratory test that a physician interprets: 26 applies",
    "7": "therapy that is not paid to independent therapists in a hospital",
    "8": "a physician's reading of an abnormal smear of a hospital inpatient",
    "9": "does not apply",
}
GLOBAL = {
    "000": "the day of the procedure",
    "010": "the day of the procedure and 10 days after",
    "090": "the day before, the day, and 90 days after",
    "MMM": "maternity: the usual period does not apply",
    "XXX": "no global period",
    "YYY": "the contractor decides",
    "ZZZ": "an add-on: it shares the period of the service it is added to",
}
MULTIPLE = {
    "0": "never reduced beside other procedures",
    "1": "100, 50, 25, 25, 25 percent by rank",
    "2": "100 percent for the highest of the session, 50 for the others",
    "3": "endoscopy: less the family's base, then ranked as one family",
    "4": "imaging: later technical parts 50 percent, professional parts 95",
    "5": "therapy: half the practice expense after the first unit of the day",
    "6": "cardiovascular: later technical parts 25 percent less",
    "7": "ophthalmology: later technical parts 20 percent less",
    "9": "does not apply",
}
BILATERAL = {
    "0": "100 percent for both sides together",
    "1": "150 percent for both sides",
    "2": "both sides are already in the amount",
    "3": "100 percent for each side",
    "9": "does not apply",
}
ASSISTANT = {
    "0": "not paid unless documents show the need",
    "1": "not paid, by statute",
    "2": "may be paid",
    "9": "does not apply",
}
CO_SURGEON = {
    "0": "not allowed",
    "1": "with documents that show the need",
    "2": "allowed, two specialties",
    "9": "does not apply",
}
TEAM = {
    "0": "not allowed",
    "1": "with documents that show the need; priced by report",
    "2": "allowed; priced by report",
    "9": "does not apply",
}
SUPERVISION = {
    "01": "general",
    "02": "direct",
    "03": "personal",
    "04": "none for psychologists, otherwise general",
    "05": "none for audiologists, otherwise general",
    "06": "a physician, or a physical therapist certified in electrophysiology",
    "21": "general with a certified technician, otherwise direct",
    "22": "a technician in online contact with a physician",
    "66": "a physician, or a physical therapist certified in this procedure",
    "6A": "as 66; that therapist may supervise another",
    "77": "a certified therapist; others and technicians under supervision",
    "7A": "as 77; that therapist may supervise another",
    "09": "does not apply",
}
FAMILY = {
    "88": "technical and professional parts are reduced beside other imaging",
    "99": "does not apply",
}
#: Name on the page, column of the release, its values in words.
INDICATORS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("status", "status_code", STATUS),
    ("PC/TC", "pctc_indicator", PCTC),
    ("global period", "global_days", GLOBAL),
    ("multiple procedures", "multiple_procedure_indicator", MULTIPLE),
    ("bilateral", "bilateral_indicator", BILATERAL),
    ("assistant at surgery", "assistant_indicator", ASSISTANT),
    ("co-surgeons", "co_surgeon_indicator", CO_SURGEON),
    ("team surgery", "team_indicator", TEAM),
    ("endoscopic base", "endoscopic_base_code", {}),
    ("supervision", "supervision_code", SUPERVISION),
    ("imaging family", "imaging_family", FAMILY),
)

#: Setting → what is said where CMS marks it NA.
NA_SETTINGS = {
    "nonfacility": "NA outside facilities: CMS says it is rarely or never done there.",
    "facility": "NA in facilities: CMS says it is rarely or never done there.",
}
#: MUE adjudication indicator: over what the units are counted, and what may be appealed.
MUE_ADJUDICATION = {
    "1": (
        "for each line; additional units may be billed on another line with an appropriate modifier"
    ),
    "2": "for the day, by policy: no more can be right, and an appeal cannot change it",
    "3": "for the day, by clinical sense: an appeal with records may change it",
}
#: Modifier indicator of an NCCI procedure-to-procedure edit.
PAIR_MODIFIER = {
    "0": "never both",
    "1": "both with an NCCI modifier",
    "9": "the edit does not apply",
}
ADD_ON_TYPE = {
    "1": "CMS lists its primary codes",
    "2": "the contractor decides its primary codes",
    "3": "CMS lists some primary codes; the contractor may take others",
}
#: OPPS status indicator: how Medicare pays the hospital outpatient department.
OPPS_STATUS = {
    "A": "paid by another fee schedule, not by OPPS",
    "B": "not recognised on a hospital outpatient bill",
    "C": "inpatient only: not paid to an outpatient department",
    "E1": "not covered, or not payable on an outpatient bill",
    "E2": "no price is set for it",
    "F": "paid at reasonable cost",
    "G": "pass-through drug: paid on its own",
    "H": "pass-through device: paid on its own",
    "H1": "device for pain relief without opioids: paid on its own",
    "J1": "comprehensive: one payment for the whole claim",
    "J2": "comprehensive when observation conditions are met",
    "K": "drug paid on its own",
    "K1": "drug for pain relief without opioids: paid on its own",
    "L": "vaccine at reasonable cost, without coinsurance",
    "M": "not billed to the hospital's contractor",
    "N": "packaged: its payment is inside other services",
    "P": "partial hospitalization, paid by the day",
    "Q1": "packaged beside an S, T or V service, otherwise paid",
    "Q2": "packaged beside a T service, otherwise paid",
    "Q3": "packaged into a composite, otherwise paid",
    "Q4": "laboratory test, packaged beside other services",
    "R": "blood product, paid on its own",
    "S": "paid on its own, in full beside others",
    "T": "paid on its own; the lesser of several at half",
    "U": "brachytherapy source, paid on its own",
    "V": "visit, paid on its own",
    "Y": "durable equipment: billed to its own contractor",
}
#: ASC payment indicator: how Medicare pays the ambulatory surgical center.
ASC_PAYMENT = {
    "A2": "surgery on the list of 2007, at the ASC rate",
    "B5": "another code is used",
    "D1": "dental service, packaged",
    "D2": "dental surgery, at the ASC rate",
    "D5": "deleted",
    "F4": "corneal tissue, at reasonable cost",
    "G2": "surgery added since 2008, at the ASC rate",
    "H2": "brachytherapy source, at the OPPS rate",
    "J7": "pass-through device, by the contractor",
    "J8": "device-intensive surgery, at an adjusted rate",
    "K2": "drug paid on its own, at the OPPS rate",
    "K5": "drug without a price: not paid",
    "K7": "unclassified drug, by the contractor",
    "L1": "vaccine, packaged",
    "L6": "new technology lens, paid on top",
    "N1": "packaged: no payment of its own",
    "P2": "office-based surgery, at the ASC rate, which is the lower",
    "P3": "office-based surgery, at the office's practice expense, which is the lower",
    "R2": "office-based surgery without fee schedule RVUs, at the ASC rate",
    "S2": "skin substitute, at the rate of its group",
    "Z2": "radiology beside surgery, at the ASC rate",
    "Z3": "radiology beside surgery, at the office's practice expense",
    "excluded": "surgery excluded from surgical centers",
}
#: Modifiers shown on a code's page, in the order a biller looks for them. What each does to the
#: payment is priced, not written here: these are words for what stands on the claim.
MODIFIERS = {
    "26": "professional component",
    "TC": "technical component",
    "50": "both sides",
    "LT": "left side",
    "RT": "right side",
    "51": "multiple procedures: informational, ranked regardless",
    "52": "reduced service",
    "53": "discontinued procedure",
    "54": "surgical care only",
    "55": "postoperative care only",
    "56": "preoperative care only",
    "58": "staged or planned, in a global period",
    "59": "distinct service: lifts an NCCI pair of indicator 1; imaging stands in its own session",
    "XE": "distinct encounter: as 59",
    "XS": "distinct structure: as 59",
    "XP": "distinct practitioner: as 59",
    "XU": "unusual and apart: as 59",
    "62": "two surgeons",
    "66": "surgical team",
    "76": "repeated by the same practitioner",
    "77": "repeated by another practitioner",
    "78": "return to the operating room",
    "79": "unrelated, in a global period",
    "80": "assistant at surgery",
    "81": "minimum assistant at surgery",
    "82": "assistant when no qualified resident is available",
    "AS": "assistant other than a physician",
    "22": "more work than usual",
    "24": "unrelated visit in a global period",
    "25": "separate visit on the day of a procedure",
    "57": "visit at which surgery was decided",
    "KX": "conditions of coverage are met",
    "GC": "with a resident under a teaching physician",
    "GY": "the practice reports a service that Medicare excludes",
    "CT": "CT on older equipment",
    "FX": "X-ray on film",
    "FY": "X-ray by computed radiography",
    "CQ": "by a physical therapist's assistant",
    "CO": "by an occupational therapist's assistant",
    "AA": "anesthesia by the anesthesiologist",
    "QZ": "anesthetist without medical direction",
    "QK": "medical direction of two to four",
    "QX": "anesthetist under medical direction",
    "QY": "medical direction of one anesthetist",
    "AD": "medical supervision of more than four",
}
