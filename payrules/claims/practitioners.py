"""Practitioner types, and the taxonomy codes that tell them where a claim does not."""

PHYSICIAN = "physician"

#: NUCC taxonomy prefix → practitioner type, longest prefix first; every other code is a physician.
BY_TAXONOMY = {
    "101YM": "mental_health_counselor",
    "1041C": "clinical_social_worker",
    "103T": "clinical_psychologist",
    "106H": "marriage_family_therapist",
    "133V": "dietitian",
    "2251": "physical_therapist",
    "225X": "occupational_therapist",
    "231H": "audiologist",
    "235Z": "speech_language_pathologist",
    "363A": "physician_assistant",
    "363L": "nurse_practitioner",
    "364S": "clinical_nurse_specialist",
    "3675": "crna",
    "367A": "certified_nurse_midwife",
}

#: How a NUCC taxonomy code is written; CMS's specialty codes have two characters.
TAXONOMY = "^[0-9][0-9A-Z]{8}X$"

#: Physicians in the words of SSA 1861(r), under names of their own.
PHYSICIANS = (PHYSICIAN, "chiropractor", "optometrist", "podiatrist")
#: Every type a claim line may name.
TYPES = (PHYSICIAN, *sorted({*PHYSICIANS[1:], *BY_TAXONOMY.values()}))
#: What the field writes in short, in lower case without signs → practitioner type. What may mean
#: several (APRN and ARNP: four types; MSW, RN, PhD, psychologist) is not among them.
IN_SHORT = {
    **dict.fromkeys(("md", "do", "mddo", "mbbs", "dds", "dmd"), PHYSICIAN),
    **dict.fromkeys(("dc", "chiropractic", "doctorofchiropractic"), "chiropractor"),
    **dict.fromkeys(("od", "optometry", "doctorofoptometry"), "optometrist"),
    **dict.fromkeys(("dpm", "podiatry", "doctorofpodiatricmedicine"), "podiatrist"),
    **dict.fromkeys(("np", "npc", "fnp", "fnpc", "fnpbc", "crnp"), "nurse_practitioner"),
    **dict.fromkeys(("pa", "pac", "physicianassociate"), "physician_assistant"),
    **dict.fromkeys(("cns", "acns"), "clinical_nurse_specialist"),
    **dict.fromkeys(("cnm", "nursemidwife", "certifiednursemidwife"), "certified_nurse_midwife"),
    **dict.fromkeys(("certifiedregisterednurseanesthetist", "nurseanesthetist"), "crna"),
    **dict.fromkeys(("lcsw", "licsw", "csw", "lcswr"), "clinical_social_worker"),
    "psyd": "clinical_psychologist",
    **dict.fromkeys(("lmft", "mft"), "marriage_family_therapist"),
    **dict.fromkeys(("lpc", "lmhc", "lpcc", "lcpc", "mhc"), "mental_health_counselor"),
    **dict.fromkeys(("pt", "dpt"), "physical_therapist"),
    **dict.fromkeys(("ot", "otr", "otrl"), "occupational_therapist"),
    **dict.fromkeys(("slp", "cccslp", "speechtherapist"), "speech_language_pathologist"),
    **dict.fromkeys(("aud", "audiology", "ccca"), "audiologist"),
    **dict.fromkeys(("rd", "rdn", "registereddietitian"), "dietitian"),
}
#: Who may take no part, and refuse assignment: SSA 1848(a)(3), (g). The others must accept it
#: (SSA 1842(b)(18)(C)).
MAY_REFUSE_ASSIGNMENT = (
    *PHYSICIANS,
    "audiologist",
    "occupational_therapist",
    "physical_therapist",
    "speech_language_pathologist",
)
