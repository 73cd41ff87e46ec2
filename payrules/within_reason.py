"""What is within reason for each kind of number, and why; every door by which one enters asks here.

A number beyond is a slip (a percentage written for a share, a comma lost, `inf` out of a
spreadsheet), and pricing multiplies in 64 bits, where a product that is too large turns
negative and says nothing (`payrules.money`). The largest fee that these bounds allow, 9,999.99
relative value units at an index of 9.999 in each part and 1,000 dollars a unit, is a thirtieth of
what 64 bits hold in the products of `payrules.fees.formula`.
"""

from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from payrules.counted import counted
from payrules.frozen import frozen

#: More digits than any number here has; what is longer is no number of a contract or a schedule.
_MOST_CHARACTERS = 40


@frozen
class Range:
    """Numbers of one kind: from `least` to `most`, both allowed, with so many decimals.

    `means` says what such a number is, with `such_as` as one of them.
    """

    means: str
    least: Decimal
    most: Decimal
    decimals: int
    such_as: str

    def read(self, value: Any) -> Decimal:
        """Read a number, or its text, exactly; ValueError says what is allowed.

        The message begins after the place: "cannot be 3; a factor is a share of one: …".
        """
        text = str(value).strip()
        try:
            number = Decimal("NaN" if isinstance(value, bool) else text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or len(text) > _MOST_CHARACTERS:
            quoted = shown(value) if isinstance(value, Decimal) else f"'{shown(value)}'"
            raise ValueError(
                f"cannot be {quoted}; write a number, such as {self.such_as}, from {self.bounds}"
            )
        if number < min(self.least, Decimal(0)):
            raise ValueError(
                f"cannot be {shown(value)}; it is a number from {self.bounds}, and {self.means}"
            )
        if not self.least <= number <= self.most:
            raise ValueError(
                f"cannot be {shown(value)}; {self.means}; the range is from {self.bounds}"
            )
        with localcontext(prec=2 * _MOST_CHARACTERS):
            if number * self.scale % 1:
                count = _COUNTS.get(self.decimals, counted(self.decimals, "decimal"))
                finest = f"with at most {count}" if self.decimals else "without decimals"
                raise ValueError(
                    f"cannot be {shown(value)}; write a number from {self.bounds} {finest}"
                )
        return number

    def read_number(self, value: Any) -> Decimal:
        """Read a number that stands without quotation marks, as TOML gives it."""
        if isinstance(value, str):
            raise ValueError(  # noqa: TRY004 - what reads a form tells ValueErrors
                f"cannot be '{shown(value)}'; write a number, without quotation marks, from "
                f"{self.bounds}"
            )
        return self.read(value)

    def units(self, number: Decimal) -> int:
        """Give a number that was read as the whole number of 10^-decimals that it is."""
        return int(number * self.scale)

    @property
    def scale(self) -> int:
        """How many units of 10^-decimals make one."""
        return int(10**self.decimals)

    @property
    def most_units(self) -> int:
        """The largest number in units of 10^-decimals."""
        return self.units(self.most)

    @property
    def bounds(self) -> str:
        """Write the least and the most: "0 to 1"."""
        return f"{self.least:,} to {self.most:,}"


_COUNTS = {2: "two decimals", 3: "three decimals", 4: "four decimals"}


def shown(value: Any) -> str:
    """Give what a message may quote of a value: one line, and not all of a long one."""
    text = " ".join(str(value).split()) if isinstance(value, str | int | Decimal) else "a table"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def _range(means: str, least: str, most: str, decimals: int, such_as: str) -> Range:
    return Range(means, Decimal(least), Decimal(most), decimals, such_as)


#: A part of a whole: coinsurance, sequestration, an assistant's or a later procedure's share.
#: Beyond one, somebody would pay more than there is, and another less than nothing.
SHARE = _range("a factor is a share of one: 25 percent is 0.25", "0", "1", 4, "0.25")
#: What a payer pays of a line with a modifier, of the amount without it: 22 and 63 pay more than
#: one (125 percent at most in print).
MODIFIER_SHARE = _range(
    "a modifier's share is of the amount without it: 50 percent is 0.5, 125 percent 1.25",
    "0",
    "2",
    4,
    "0.5",
)
#: Both sides of one procedure: from one side's fee to each side's in full. Below one, the second
#: line of an RT and LT pair would be paid less than nothing.
BOTH_SIDES = _range("both sides are one to two times one side's fee", "1", "2", 4, "1.5")
#: A ceiling set on a fee: 115 percent of 95 by law; states and contracts have set other ones.
CEILING = _range("a ceiling is a multiple of the fee", "0", "3", 4, "1.0925")
#: A contract's percentage of Medicare: below 10 it is a factor that was meant as a percentage.
#: Commercial contracts run from some 60 to 400 percent, for a few services to 600.
PERCENT_OF_MEDICARE = _range(
    "it is a percentage of Medicare: 110 pays 1.1 times", "10", "1000", 2, "110"
)
#: A contract's percentage of what was charged.
PERCENT_OF_CHARGE = _range("it is a percentage of the charge", "1", "100", 2, "80")
#: What an escalator multiplies a rate by, each time.
ESCALATOR = _range("an escalator multiplies a rate: 3 percent more is 1.03", "0.5", "2", 4, "1.03")
#: The same as a factor, as the contract rate's rule holds it; no rule's factor is larger.
RATE = _range("a factor pays that many times the amount", "0", "10", 4, "1.1")
#: What a what-if multiplies by: beyond ten it is a percentage, 105 for 1.05.
SCALE = _range("a scale is a share of one: 5 percent more is 1.05", "0", "10", 4, "1.05")
#: Dollars a relative value unit, or an anesthesia unit: CMS's field has three digits before the
#: point. Medicare's have been 15 to 41 since 1992; contracts pay to some 150.
CONVERSION_FACTOR = _range("a conversion factor is dollars a unit", "0", "999.9999", 4, "32.3465")
#: Relative value units of one part. CMS's field has six places, and its largest is 1,018.
RELATIVE_VALUE = _range("it is the relative value of one part", "0", "9999.99", 2, "1.92")
#: All three parts of one service.
TOTAL_RELATIVE_VALUE = _range("it is a total of relative values", "0", "29999.97", 2, "7.21")
#: What part of a global payment is for the care before, during or after the operation.
PART_OF_CARE = _range("it is a part of the global payment", "0", "1", 2, "0.17")
#: Base units of an anesthesia code; CMS's go to 30.
#: What a payer raises them to: the highest of most surgery is 15, and who prints a least prints 5.
LEAST_BASE_UNITS = _range("it is a least number of base units", "0", "10", 1, "5")
BASE_UNITS = _range("it is a number of base units", "0", "99", 0, "5")
#: The most units of a service for one patient and day.
UNITS_OF_A_DAY = _range("it is a number of units", "0", "99999", 0, "1")
#: A cost index against the nation's one. CMS's lie between 0.2 and 3.
GEOGRAPHIC_INDEX = _range(
    "a geographic index compares with the nation's 1", "0", "9.999", 3, "1.012"
)
#: A facility's area: the cheapest of 2023 to 2026 has 0.24, the dearest 1.9.
WAGE_INDEX = _range("a wage index compares with the nation's 1", "0", "9.9999", 4, "0.966")
#: Dollars for one unit of one service.
FEE = _range("write dollars and cents", "0", "10000000", 2, "310.25")
#: Dollars for one unit of a drug: CMS's payment limits have three decimals, the dearest a million.
PAYMENT_LIMIT = _range("write dollars with three decimals", "0", "10000000", 3, "0.898")
#: What a payment limit file has the patient pay of a drug: 20 percent, less where it rose faster
#: than prices did.
COINSURANCE_PERCENT = _range("it is a percentage of the allowed amount", "0", "100", 3, "18.237")
#: A total in dollars that a what-if aims at: Medicare pays about a trillion for everything, a year.
TOTAL = _range("write dollars and cents", "0", "1000000000000", 2, "1250000")
#: A percentage more or less of a total.
CHANGE = _range("it is a change in percent", "-100", "1000", 6, "+3")
#: A value of a sweep; the place it is set at says what is within reason there.
SWEPT = _range("it is a value of a sweep", "0", "10000000", 6, "0.05")
#: A number that a report, or a what-if's `where`, compares with: an amount, or a count.
THRESHOLD = _range("it is an amount or a count", "-1000000000000", "1000000000000", 6, "250")
