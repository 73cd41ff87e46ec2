"""A price of the payer's own: dollars of a rate, whatever Medicare's status says, and in part."""

from tests.payers.files import rules_of
from tests.payers.test_rates import WHOLE, pays, rate
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts

STATUSES = "ABCDEFGHIJMNPRTX"


def of_each(kind: str) -> list[str]:
    return [f"{kind}{number:02}" for number in range(len(STATUSES))]


def by_codes(kind: str, *settings: str) -> str:
    return rate(f"codes = {of_each(kind)}", *settings)


def said_of(status: str) -> str | None:
    said = f"Medicare bundles this code (status {status}); the payer's own price is paid"
    return said if status in "BP" else None


def carc_of(status: str) -> str | None:
    """Give the code of a reduction, where there was an amount to reduce."""
    return "45" if status in "ART" else None


OF_CHARGE = (
    "contract, rate {}: a percentage of the charge is no price of the payer's own, so that it pays"
    " no code that Medicare bundles or does not cover; write an amount where it is meant to"
)
EACH_STATUS = CaseTable(
    "units",
    [
        *(
            case(
                f"{words}, status {status}",
                line(
                    service,
                    "50.00",
                    review=said_of(status),
                    carc=carc_of(status),
                ),
            )
            for kind, words in (("101", "dollars a unit"), ("102", "a flat rate"))
            for service, status in zip(of_each(kind), STATUSES, strict=True)
        ),
        *(
            case(
                f"a percentage of the charge is no price, status {status}",
                line(
                    service,
                    "0.00" if status in "BNP" else "40.00",
                    status={"B": "bundled", "P": "bundled", "N": "denied"}.get(status),
                    carc={"B": "97", "P": "97", "N": "96"}.get(status, carc_of(status)),
                    review=OF_CHARGE.format(3) if status in "BNP" else None,
                    charge="50.00",
                ),
            )
            for service, status in zip(of_each("103"), STATUSES, strict=True)
        ),
        *(
            case(
                f"what a modifier ends is not paid, {modifier}",
                line(f"{of_each('101')[1]} {modifier}", "0.00", status="bundled", carc="97"),
            )
            for modifier in ("GY", "GZ")
        ),
        case(
            "the first of two rates decides: a percentage before dollars is no price",
            line(
                *("10401", "0.00"),
                status="bundled",
                carc="97",
                charge="50.00",
                review=OF_CHARGE.format(4),
            ),
        ),
        case(
            "and without a charge the dollars are the first that fits",
            line("10401", "70.00", review=said_of("B")),
        ),
        case(
            "dollars for what has no price are not asked of what Medicare bundles",
            line("10501", "0.00", status="bundled", carc="97"),
        ),
    ],
    by_hand(
        *(
            code(service, "80.00" if status in "ARJT" else "0.00", status=status)
            for kind in ("101", "102", "103")
            for service, status in zip(of_each(kind), STATUSES, strict=True)
        ),
        code("10401", status="B"),
        code("10501", status="B"),
    ),
    rules=rules_of(
        by_codes("101", "amount = 50")
        + by_codes("102", "flat_rate = 50")
        + by_codes("103", "percent_of_charge = 80")
        + rate('codes = ["10401"]', "percent_of_charge = 80")
        + rate('codes = ["10401"]', "amount = 70")
        + rate('when = "no_price"', "amount = 90")
    ),
)


@every_case(EACH_STATUS)
def test_a_contract_s_own_dollars_are_a_price_whatever_the_status(table: CaseTable, case) -> None:
    table.check(case)


def of_dollars(service: str, amount: str, of_it: str = "", **named: str):
    """Give a case of a code that Medicare pays 80.00 and the contract 1,000.00 a unit."""
    said = (f"{name} {value}" for name, value in named.items())
    sentence = " ".join((service, *said))
    return case(sentence, pays(service, amount, f"rate 1: $1000.00 a unit{of_it}", **named))


IN_PLACE = ", in place of what the steps before left of the fee"
SIDES, PART = ", sides at {} %", ", part or role at {} %"
#: A price of the payer's own with a modifier: what a fee with it is paid, and no ranking.
WITH_MODIFIERS = CaseTable(
    "contract_rate",
    [
        of_dollars("30000 50", "1500.00", SIDES.format(150)),
        # Two units of what has two sides are both of them, as of a fee.
        of_dollars("30000", "1500.00", SIDES.format(150), units="2"),
        of_dollars(
            *("30000 RT", "2000.00"),
            units="2",
            review="two units on one side: each unit is priced as a service",
        ),
        case(
            "a right and a left side",
            pays("30000 RT", "1000.00", "rate 1: $1000.00 a unit"),
            pays("30000 LT", "500.00", f"rate 1: $1000.00 a unit{SIDES.format(50)}"),
        ),
        of_dollars("30003 50", "2000.00", SIDES.format(200)),
        of_dollars("30002 50", "1000.00"),
        case(
            "the second procedure is not reduced: the dollars are whatever ranking left",
            pays("30000", "1000.00", "rate 1: $1000.00 a unit"),
            pays("30003", "1000.00", "rate 1: $1000.00 a unit"),
        ),
        of_dollars("30000 52", "500.00", PART.format(50)),
        of_dollars("30000 80", "200.00", PART.format(20)),
        of_dollars("30000 AS", "136.00", PART.format("13.6")),
        of_dollars("30000 62", "625.00", PART.format("62.5")),
        of_dollars("30000 78", "690.00", PART.format(69)),
        of_dollars("30000 54", "790.00", PART.format(79)),
        # 1,000.00 × 21 % × 31 / 90 = 72.333.
        of_dollars("30000 55", "72.33", PART.format("7.23"), care="31"),
        of_dollars("30000 55", "72.33", PART.format("7.23"), units="31"),
        # Both sides, of which the assistant's part, of which a reduced service: 1.5 × 0.2 × 0.5.
        of_dollars("30000 50 80 52", "150.00", SIDES.format(150) + PART.format(10)),
        of_dollars("30000 22", "1250.00", PART.format(125)),
        of_dollars("30000", "1000.00", kind="nurse_practitioner"),
        case(
            "the price of a modifier is that of what it says",
            pays("30001 50", "700.00", "both: $700.00 a unit"),
            pays("30001 80", "200.00", f"one: $1000.00 a unit{PART.format(20)}"),
        ),
        case(
            "days of care are no units of a price that names 55",
            pays("30004 55", "90.00", "care: $90.00 a unit", units="31"),
        ),
        case(
            "a percentage of the charge stands in place of all that reduced the fee, and says so",
            pays("30005", "80.00", "rate 5: 80 % of the charge", charge="100.00"),
            pays(
                *("30006", "40.00", f"rate 5: 80 % of the charge{IN_PLACE}"),
                charge="50.00",
            ),
        ),
        case(
            "of both sides as of a part",
            pays(
                *("30005 50", "80.00", f"rate 5: 80 % of the charge{IN_PLACE}"),
                charge="100.00",
                carc="45",
            ),
            pays(
                *("30006 80", "8.00", f"rate 5: 80 % of the charge{IN_PLACE}"),
                charge="10.00",
                carc="45",
            ),
        ),
        case(
            "a component is not paid by it",
            line("76000 26", "40.00", review=f"contract, rate 1: {WHOLE}"),
        ),
        case(
            "nor is the part of what has no price of Medicare's",
            line("90000 80", None, status="by_report"),
        ),
    ],
    by_hand(
        *(
            code(
                *(hcpcs, "80.00"),
                days="090",
                shares=(10, 69, 21),
                multiple="2",
                bilateral=sides,
                assistant="2",
                co_surgeon="2",
            )
            for hcpcs, sides in (
                *(("30000", "1"), ("30001", "1"), ("30002", "2"), ("30003", "3")),
                *(("30004", "0"), ("30005", "1")),
            )
        ),
        *parts("76000", "40.00", "60.00"),
        code("30006", "60.00", multiple="2", assistant="2"),
        code("90000", status="C"),
    ),
    rules=rules_of(
        rate('codes = ["30000", "30002", "30003", "76000", "90000"]', "amount = 1000")
        + rate('name = "both"', 'codes = ["30001"]', 'modifier = "50"', "amount = 700")
        + rate('name = "one"', 'codes = ["30001"]', "amount = 1000")
        + rate('name = "care"', 'codes = ["30004"]', 'modifier = "55"', "amount = 90")
        + rate('codes = ["30005", "30006"]', "percent_of_charge = 80")
        + "[terms.modifier]\nshare = { 52 = 0.50, 22 = 1.25 }\n"
        + "[terms.assistant_at_surgery]\nphysician = 0.20\n"
    ),
)


@every_case(WITH_MODIFIERS)
def test_a_price_of_the_payer_s_own_is_cut_as_a_fee_is(table: CaseTable, case) -> None:
    table.check(case)
