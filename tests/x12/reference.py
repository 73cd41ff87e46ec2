"""A slow, plain reader of 837P files, written from the guide and not from payrules' reader.

It cuts a file into sets, a set into claims, a claim into loops, and searches the loops; amounts are
Decimals. It says of files of a run: the rows to price, the rejects, what is superseded, the checks
that fail. Only where claims stand is told, not every word of a reason.
"""

# A plain reader is read from top to bottom, as the guide is.
# ruff: noqa: PLR0912, PLR0915

import re

from tests.x12.reference_claims import claims_of
from tests.x12.reference_parts import Answer, Judged, Segment

BLANK = " \t\r\n"
ENVELOPE = ("ISA", "GS", "ST", "SE", "GE", "IEA")


class UnreadableError(Exception):
    """The file has no ISA of 106 characters."""


def read(files: list[tuple[str, bytes]]) -> list[Answer]:
    """Read the files of a run."""
    answers, claims = [], []
    for name, content in files:
        answer = Answer(name)
        answers.append(answer)
        claims += _file(answer, content)
    _stand(claims)
    for claim in claims:
        for row in claim.rows:
            paid = row["primary_paid_amount"]
            if (
                claim.fate == "priced"
                and not claim.primary
                and (paid is None or paid != row["other_payer_paid_amount"])
            ):
                where = row["position"], "2430 SVD02", row["claim_line_number"]
                claim.answer.rejects.append(where)
            elif claim.fate == "priced":
                claim.answer.rows.append(row)
            elif claim.fate == "rejected":
                where = row["position"], "2300 CLM", row["claim_line_number"]
                claim.answer.rejects.append(where)
            else:
                claim.answer.superseded.append((row["position"], claim.fate))
    return answers


# -- the file ----------------------------------------------------------------------------------


def _text(content: bytes) -> str:
    """Bytes that are no UTF-8 are Latin-1, one by one as Python's decoder finds them."""
    text = ""
    while content:
        try:
            return text + content.decode()
        except UnicodeDecodeError as error:
            text += content[: error.start].decode()
            text += content[error.start : error.end].decode("latin-1")
            content = content[error.end :]
    return text


def _segments(content: bytes) -> list[Segment]:
    text = _text(content).lstrip(BLANK + "\ufeff")
    if text[:3] != "ISA":
        raise UnreadableError
    segments: list[Segment] = []
    while text:
        element, component, terminator = text[3:4] or "*", text[104:105], text[105:106]
        isa = text[:106].split(element)
        widths = [len(each) for each in isa[1:16]]
        if (
            len(text) < 106
            or text[:106].count(element) != 16
            or widths != [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1]
            or len({element, component, terminator}) < 3
            or any(sign.isalnum() for sign in (element, component, terminator))
            or any(sign in BLANK for sign in (element, component))
            or terminator in " \t"
        ):
            raise UnreadableError
        following = re.search(
            re.escape(terminator) + f"[{BLANK}]*(?=ISA[^A-Za-z0-9{BLANK}])", text[105:]
        )
        end = len(text) if following is None else 105 + following.end()
        for each in text[:end].split(terminator):
            if each.strip(BLANK):
                elements = each.strip(BLANK).split(element)
                segments.append(Segment(len(segments) + 1, elements, component))
        text = text[end:]
    return segments


def _file(answer: Answer, content: bytes) -> list[Judged]:
    segments = _segments(content)
    claims: list[Judged] = []
    interchange: Segment | None = None
    group: Segment | None = None
    opened: Segment | None = None
    groups = sets = 0
    body: list[Segment] = []
    of_set: list[Judged] = []
    of_interchange: list[Judged] = []

    def end_set(cut: bool) -> None:
        nonlocal opened, of_set
        if opened is not None:
            is_837p = _is_837p(group, opened)
            of_set = claims_of(answer, body) if is_837p else []
            claims.extend(of_set)
            of_interchange.extend(of_set)
            if not is_837p:
                answer.rejects.append((opened.position, "GS08", None))
            if cut:
                answer.truncated = True
                if of_set:
                    of_set[-1].cut = True
        opened = None
        body.clear()

    def end_interchange() -> None:
        if interchange is not None:
            answer.truncated = True
            if of_interchange:
                of_interchange[-1].cut = True

    def count(what: str, segment: Segment, counted: int) -> None:
        said = segment[1].strip(" ")
        if not (said.isascii() and said.isdigit() and int(said) == counted):
            answer.checks.append((what + "01", segment.position))

    def number(what: str, segment: Segment, begun: str) -> None:
        if segment[2].strip(" ") != begun.strip(" "):
            answer.checks.append((what + "02", segment.position))

    for segment in segments:
        if segment.id not in ENVELOPE:
            if opened is not None:
                body.append(segment)
            continue
        if segment.id != "SE":
            end_set(cut=True)
        if segment.id == "ISA":
            end_interchange()
            interchange, group, groups = segment, None, 0
            of_interchange = []
        elif segment.id == "GS":
            group, sets = segment, 0
            groups += 1
        elif segment.id == "ST":
            opened = segment
            sets += 1
            answer.sets += 1
        elif segment.id == "SE":
            began = opened
            end_set(cut=False)
            if began is not None:
                count("SE", segment, segment.position - began.position + 1)
            else:
                answer.checks.append(("SE01", segment.position))
            number("SE", segment, began[2] if began else "")
        elif segment.id == "GE":
            count("GE", segment, sets)
            number("GE", segment, group[6] if group else "")
            group = None
        else:
            count("IEA", segment, groups)
            number("IEA", segment, interchange[13] if interchange else "")
            interchange = None
    end_set(cut=True)
    end_interchange()
    return claims


def _is_837p(group: Segment | None, opened: Segment) -> bool:
    version = (group[8].strip(" ") if group else "") or opened[3].strip(" ")
    is_one = version in {"005010X222", "005010X222A1", "005010X222A2"}
    return is_one and opened[1].strip(" ") == "837"


# -- the run -----------------------------------------------------------------------------------


def _stand(claims: list[Judged]) -> None:
    primary = {claim.number for claim in claims if claim.primary and claim.number}
    for place, claim in enumerate(claims):
        if not claim.number:
            claim.fate = "rejected" if claim.cut else "priced"
            continue
        if not claim.primary and claim.number in primary:
            claim.fate = "secondary claim"
            continue
        if claim.cut or not (claim.primary or claim.medicare_second):
            claim.fate = "rejected"
        before = [
            each
            for each in claims[:place]
            if each.number == claim.number and each.fate != "secondary claim"
        ]
        if claim.frequency in {"7", "8"}:
            stand = [each for each in before if each.fate in {"priced", "rejected"}]
            own = [each for each in stand if each.person == claim.person]
            if own or stand:
                (own or stand)[-1].fate = "voided" if claim.frequency == "8" else "replaced"
            if claim.frequency == "8":
                claim.fate = "void"
        elif (
            claim.frequency == "1"
            and claim.fate == "priced"
            and any(
                each.frequency == "1" and each.same == claim.same and each.primary == claim.primary
                for each in before
            )
        ):
            claim.fate = "rejected"
    taken = {claim.number for claim in claims}
    used = set()
    for claim in claims:
        if claim.fate != "priced" or not claim.number:
            continue
        name, place = claim.number, 2
        if name in used:
            while f"{name}#{place}" in taken:
                place += 1
            claim_id = f"{name}#{place}"
            taken.add(claim_id)
            for row in claim.rows:
                row["claim_id"] = claim_id
        used.add(name)
