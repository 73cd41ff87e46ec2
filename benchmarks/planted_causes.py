"""Whether the cause of a payment is found: one payer's error of each kind planted, and looked for.

    python -m benchmarks.planted_causes [CLAIMS OF EACH KIND]

Prices made-up claims, writes the remittance (835) that a payer would send who prices each with one
error, and holds both against each other. Prints the confusion matrix: what was planted, what was
found, and how sure; of each planted error those that move the cents count.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

DATE = "2026-03-02"
#: Kind of error → the lines of its claims: code, modifiers, units, place.
_Line = tuple[str, tuple[str, ...], int, str]
VISITS = ("99202", "99203", "99204", "99212", "99213", "99214", "99215")
INJECTIONS = ("64483", "62323", "64493", "20610", "20552", "64490", "62321")
IMAGES = ("72148", "70450")
OPERATIONS = ("22612", "63047")
#: Of these one can be done on both sides.
BILATERAL = ("64483", "64493", "20610", "64490")


@dataclass(frozen=True)
class Kind:
    """An error: claims it is made on, and how the payer's amount of the first line comes about."""

    cause: str
    lines: Callable[[int], list[_Line]]
    change: dict[str, object]
    without: str = ""
    release: str = ""
    share: int = 0
    paid_code: Callable[[int], str | None] = lambda _: None
    carc: str = ""
    withheld: bool = True
    locality: str = ""
    on_all_lines: bool = False


def _visit(number: int) -> list[_Line]:
    return [(VISITS[number % len(VISITS)], (), 1, "11")]


def _injection(number: int) -> list[_Line]:
    return [(INJECTIONS[number % len(INJECTIONS)], (), 1, "11")]


def _image(number: int) -> list[_Line]:
    return [(IMAGES[number % len(IMAGES)], (), 1, "11")]


def _operation(modifier: str) -> Callable[[int], list[_Line]]:
    return lambda number: [(OPERATIONS[number % len(OPERATIONS)], (modifier,), 1, "22")]


def _both_sides(number: int) -> list[_Line]:
    return [(BILATERAL[number % len(BILATERAL)], ("50",), 1, "11")]


def _two(number: int) -> list[_Line]:
    first, second = ("20610", "11042") if number % 2 else ("64493", "64483")
    return [(first, (), 1, "11"), (second, (), 1, "11")]


def _injections(number: int) -> list[_Line]:
    first, second = (("64493", "64483"), ("64493", "20610"), ("62323", "64493"))[number % 3]
    return [(first, (), 1, "11"), (second, ("59",), 1, "11")]


KINDS = {
    "nothing": Kind("", _visit, {}),
    "setting": Kind("setting", _injection, {"place_of_service_code": "22"}),
    "setting of a whole claim": Kind(
        "setting", _injections, {"place_of_service_code": "22"}, on_all_lines=True
    ),
    "release": Kind("release", _visit, {}, release="starter-2025"),
    "bilateral not paid": Kind("bilateral", _both_sides, {}, without="bilateral"),
    "multiple procedures not reduced": Kind(
        "multiple_procedure", _two, {}, without="multiple_procedure"
    ),
    "half paid on the only procedure": Kind("multiple_procedure", _injection, {}, share=50),
    "85 percent": Kind("practitioner", _visit, {}, share=85),
    "75 percent": Kind("practitioner", _visit, {}, share=75),
    "95 percent": Kind("nonparticipating", _visit, {}, share=95),
    "paid as 26": Kind("component", _image, {"hcpcs_modifier_1": "26"}),
    "assistant paid in full": Kind(
        "assistant_at_surgery", _operation("80"), {}, without="assistant_at_surgery"
    ),
    "second surgeon paid in full": Kind("co_surgery", _operation("62"), {}, without="co_surgery"),
    "surgery alone paid in full": Kind("split_care", _operation("54"), {}, without="split_care"),
    "return to the operating room in full": Kind(
        *("return_to_operating_room", _operation("78"), {}), without="return_to_operating_room"
    ),
    "therapy not reduced": Kind(
        "therapy", lambda number: [("97110", ("GP",), 2 + number % 3, "11")], {}, without="therapy"
    ),
    "another locality": Kind("locality", _visit, {"locality": "06102-12"}, locality="06102-16"),
    "downcoded": Kind(
        "recoded",
        lambda number: [(("99214", "99215", "99204")[number % 3], (), 1, "11")],
        {},
        paid_code=lambda number: ("99213", "99214", "99203")[number % 3],
    ),
    "one unit of two": Kind(
        "units", lambda _: [("96372", (), 2, "11")], {"units_thousandths": 1000}
    ),
    "other conversion factor": Kind(
        "conversion_factor", _visit, {"qualifying_apm_participant": True}
    ),
    "sequestration not taken": Kind("sequestration", _visit, {}, withheld=False),
    "denied as late": Kind("timely_filing", _visit, {}, share=-1, carc="29"),
    "odd cents": Kind("unexplained", _visit, {}, share=-2),
}


def written(claims_each: int, right: int = 0) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Give the rows of a batch, and the kind of error planted in each claim.

    `right` claims more are paid as they should be.
    """
    rows, planted = [], {}
    for name, kind in KINDS.items():
        for number in range(claims_each + (right if name == "nothing" else 0)):
            claim = f"{name.replace(' ', '-')}-{number}"
            planted[claim] = name
            for place, (code, modifiers, units, where) in enumerate(kind.lines(number), 1):
                rows.append(
                    {
                        "claim_id": claim,
                        "claim_line_number": place,
                        "person_id": f"P-{claim}",
                        "claim_line_start_date": DATE,
                        "hcpcs_code": code,
                        "hcpcs_modifiers": " ".join(modifiers),
                        "place_of_service_code": where,
                        "service_unit_quantity": units,
                        "charge_amount": "9000.00",
                        "locality": kind.locality or "national",
                    }
                )
    return rows, planted


def remittance(rows: list[dict[str, Any]], planted: dict[str, str], setup: Any) -> str:
    """Write what a payer pays who makes the planted errors on the first line of each claim."""
    batch = setup.read(rows)
    right = setup.price(batch.lines, trail=False).lines
    amounts = _with_errors(batch.lines, planted, setup)
    payments = []
    for row, each in enumerate(right.iter_rows(named=True)):
        number = int(each["claim_id"].rsplit("-", 1)[1])
        kind = KINDS[planted[each["claim_id"]]]
        is_first = _is_erring(kind, each)
        allowed = amounts[row] if is_first else each["allowed_amount"]
        payments.append((each, number, kind, is_first, allowed or 0))
    return _as_835(payments)


def _is_erring(kind: Kind, line: dict[str, Any]) -> bool:
    """Tell whether the error stands on a line: the reduced one where a reduction is left out."""
    if kind.on_all_lines:
        return True
    if kind.without == "multiple_procedure":
        return bool(line["carc"] == "59")
    return bool(line["claim_line_number"] == 1)


def _with_errors(lines: pl.DataFrame, planted: dict[str, str], setup: Any) -> dict[int, int]:
    amounts: dict[int, int] = {}
    names = pl.Series([planted[each] for each in lines["claim_id"]])
    for name, kind in KINDS.items():
        rows = (names == name).arg_true()
        own, used = lines[rows], setup
        for column, value in kind.change.items():
            own = own.with_columns(pl.lit(value).cast(own.schema[column]).alias(column))
        numbers = [int(each.rsplit("-", 1)[1]) for each in own["claim_id"]]
        codes = [kind.paid_code(number) for number in numbers]
        own = own.with_columns(
            pl.Series(
                "hcpcs_code",
                [code or was for code, was in zip(codes, own["hcpcs_code"], strict=True)],
            )
        )
        if kind.without:
            used = used.with_payers(
                lambda payer, rule=kind.without: replace(
                    payer, rules=tuple(each for each in payer.rules if each.name != rule)
                )
            )
        if kind.release:
            used = replace(used, release=kind.release)
        priced = used.price(own, trail=False).lines["allowed_amount"]
        for row, amount in zip(rows, priced, strict=True):
            amounts[row] = _erring(kind, amount, row)
    return amounts


def _erring(kind: Kind, amount: int, row: int) -> int:
    if kind.share == -1:
        return 0
    if kind.share == -2:
        return amount - 311 - row % 7
    return (amount * kind.share + 50) // 100 if kind.share else amount


def _as_835(payments: list[tuple[Any, ...]]) -> str:
    segments = []
    total = 0
    claims: dict[str, list[tuple[Any, ...]]] = {}
    for each in payments:
        claims.setdefault(each[0]["claim_id"], []).append(each)
    for claim, lines in claims.items():
        body: list[str] = []
        charges = paid = patient = 0
        for line in lines:
            segments_of, line_paid, line_patient = _line(*line)
            body += segments_of
            charges += line[0]["charge_amount"]
            paid, patient = paid + line_paid, patient + line_patient
        segments.append(
            f"CLP*{claim}*1*{_dollars(charges)}*{_dollars(paid)}*{_dollars(patient)}*MB*I{claim}*11*1"
        )
        segments += body
        total += paid
    head = [
        f"BPR*I*{_dollars(total)}*C*ACH************20260316",
        "TRN*1*T1*1000000000",
        "N1*PR*MADE UP PAYER*XV*01112",
        "N1*PE*MADE UP CLINIC*XX*1000000001",
        "LX*1",
    ]
    isa = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260316*1253*^*00501"
        "*000000905*0*P*:"
    )
    inner = [*head, *segments]
    envelope = [isa, "GS*HP*S*R*20260316*1253*1*X*005010X221A1", "ST*835*0001"]
    tail = [f"SE*{len(inner) + 2}*0001", "GE*1*1", "IEA*1*000000905"]
    return "~".join([*envelope, *inner, *tail]) + "~"


def _line(
    line: dict[str, Any], number: int, kind: Kind, is_first: bool, allowed: int
) -> tuple[list[str], int, int]:
    charge = line["charge_amount"]
    patient = (allowed * 20 + 50) // 100
    payable = allowed - patient
    withheld = (payable * 2 + 50) // 100 if kind.withheld or not is_first else 0
    paid = payable - withheld
    code = line["hcpcs_code"]
    modifiers = [line[f"hcpcs_modifier_{n}"] for n in range(1, 5) if line[f"hcpcs_modifier_{n}"]]
    sent = ":".join(["HC", code, *modifiers])
    changed = kind.paid_code(number) if is_first else None
    units = line["units_thousandths"] // 1000
    of_payer = kind.change.get("units_thousandths")
    paid_units = int(str(of_payer)) // 1000 if of_payer and is_first else units
    as_paid = f"HC:{changed}" if changed else sent
    svc = f"SVC*{as_paid}*{_dollars(charge)}*{_dollars(paid)}**{paid_units}"
    if changed or paid_units != units:
        svc += f"*{sent}*{units}"
    told = [svc, f"DTM*472*{DATE.replace('-', '')}"]
    rest = charge - paid - patient - withheld
    carc = kind.carc if is_first else ""
    if carc and kind.share == -1:
        told.append(f"CAS*CO*{carc}*{_dollars(rest)}")
    else:
        told.append(f"CAS*CO*45*{_dollars(rest)}")
    if withheld:
        told.append(f"CAS*CO*253*{_dollars(withheld)}")
    if patient:
        told.append(f"CAS*PR*2*{_dollars(patient)}")
    return [*told, f"AMT*B6*{_dollars(allowed)}"], paid, patient


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def matrix(claims_each: int) -> list[tuple[str, str, str, str, int]]:
    """Give planted kind, its cause, the cause found, confidence and how many, largest first."""
    from payrules.engine.rule import Tables
    from payrules.front_door.terms import setup_of
    from payrules.variance.analysis import VarianceOptions, analyse

    setup = setup_of("medicare", locality="national")
    vars(setup)["tables"] = Tables()
    rows, planted = written(claims_each)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paid.835"
        path.write_text(remittance(rows, planted, setup), encoding="utf-8")
        found = analyse(pl.DataFrame(rows), [path], setup, VarianceOptions())
    assert found.remainder == found.bridge_remainder == found.checks.height == 0
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for each in found.lines.iter_rows(named=True):
        name = planted[each["claim_id"]]
        if each["variance_status"] != "paid_as_expected" or name == "nothing":
            counted[name, KINDS[name].cause, each["variance_cause"], each["cause_confidence"]] += 1
    return [(*key, many) for key, many in sorted(counted.items(), key=lambda item: item[0])]


def table(claims_each: int) -> Iterator[str]:
    """Write the matrix, and the share of the errors that were found."""
    right = exact = all_ = 0
    for planted, cause, found, confidence, many in matrix(claims_each):
        mark = "" if cause == found else "  <- wrong"
        yield f"{planted:36} {found or '(none)':20} {confidence or '-':9} {many:7,}{mark}"
        if cause and cause not in {"unexplained", "timely_filing"}:
            all_ += many
            right += many * (cause == found)
            exact += many * (cause == found and confidence == "exact")
    percent = 100 * exact / max(all_, 1)
    yield f"cause found: {right:,} of {all_:,}; exact: {exact:,} ({percent:.1f} %)"


if __name__ == "__main__":
    print(*table(int(sys.argv[1]) if len(sys.argv) > 1 else 200), sep="\n")
