"""The conversion factors of the physician fee schedule, by date of service, as law set them."""

from datetime import date

from payrules.frozen import frozen

#: Conversion factors are integers of ten-thousandths of a dollar: 32.3465 is 323465.
FACTOR_SCALE = 10_000


@frozen
class ConversionFactor:
    """Dollars per relative value unit, from a day on, in ten-thousandths of a dollar."""

    effective_from: date
    value: int
    qualifying_apm: bool
    cites: str

    def __str__(self) -> str:
        return in_dollars(self.value)


def in_dollars(value: int) -> str:
    """Write a conversion factor as CMS does: 323465 is 32.3465."""
    return f"{value // FACTOR_SCALE}.{value % FACTOR_SCALE:04d}"


KNOWN_FACTORS = (
    ConversionFactor(date(2024, 1, 1), 327442, False, "CY 2024 PFS final rule (CMS-1784-F)"),
    ConversionFactor(
        date(2024, 3, 9), 332875, False, "Consolidated Appropriations Act, 2024 (Pub. L. 118-42)"
    ),
    ConversionFactor(date(2025, 1, 1), 323465, False, "CY 2025 PFS final rule (CMS-1807-F)"),
    ConversionFactor(
        date(2026, 1, 1), 334009, False, "CY 2026 PFS final rule (CMS-1832-F); SSA §1848(d)(1)"
    ),
    ConversionFactor(
        date(2026, 1, 1), 335675, True, "CY 2026 PFS final rule (CMS-1832-F); SSA §1848(d)(1)"
    ),
)


def factors_of(year: int) -> tuple[ConversionFactor, ...]:
    """Give the factors that law set for a calendar year; empty for a year not in the table."""
    return tuple(factor for factor in KNOWN_FACTORS if factor.effective_from.year == year)
