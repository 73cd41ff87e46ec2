"""A check of a workbook: two figures that must agree; and the sum that the run had of a column."""

from decimal import Decimal

from payrules.frozen import frozen
from payrules.workbook.tables import ReportTable
from payrules.workbook.xlsx.formats import Column


@frozen
class LiveCheck:
    """Two figures that must agree: formulas (or values where no sheet holds the rows), values."""

    name: str
    left: str | None
    right: str | None
    left_value: Decimal
    right_value: Decimal
    of: str
    counts: bool = False

    @property
    def difference(self) -> Decimal:
        """What is left between the two, as written."""
        return self.left_value - self.right_value


@frozen
class ControlTotal:
    """The sum of a column as the run had it when it wrote the sheet."""

    table: ReportTable
    column: Column
    value: Decimal
