"""What was paid too much, on the first page: what is given back, and what is not, or not yet."""

import polars as pl

from payrules.counted import counted
from payrules.variance.analysis import Variance
from payrules.variance.comparison import OVERPAID
from payrules.variance.outweighed import REFUND
from payrules.workbook.answer_book import OfSheet, of_cents
from payrules.workbook.pages.front import HeadlineRow
from payrules.x12.values import dollars

#: What is to be done about what was paid too much, other than to give it back → in words.
_NO_REFUND = {
    "review_coding": "to be looked at first (coding)",
    "review_terms": "to be looked at first (terms)",
    "follow_up": "to be asked about",
}
_OFF, _KEPT = "taken off what their claims are due", "not to be given back"


def overpaid_rows(found: Variance) -> list[tuple[HeadlineRow, OfSheet]]:
    """Give the row of what is given back, and of what was paid too much and is not, or not yet."""
    over = found.lines.filter(variance_status=OVERPAID)
    back = over.filter(action=REFUND)
    sheet, column, of = "Overpaid", "overpaid_amount", {"action": REFUND}
    amount = of_cents(int(back[column].sum() or 0))
    words = counted(back.height, "line")
    rows = [(HeadlineRow("Overpaid: may be asked back", amount, words), OfSheet(sheet, column, of))]
    others = over.filter(pl.col("action") != REFUND, pl.col(column) > 0)
    if others.height:
        is_off = pl.col("claim_id").is_in(found.letter_less.implode())
        words_of = (
            pl.when(is_off)
            .then(pl.lit(_OFF))
            .otherwise(
                pl.col("action").replace_strict(_NO_REFUND, default=_KEPT, return_dtype=pl.String)
            )
        )
        sums = others.group_by(words=words_of, maintain_order=True).agg(pl.col(column).sum())
        told = [f"{dollars(cents)} {words}" for words, cents in sums.rows()]
        said = f"{counted(others.height, 'line')}: {', '.join(told)}"
        row = HeadlineRow("Overpaid: no refund for now", of_cents(int(others[column].sum())), said)
        rows.append((row, OfSheet(sheet, column, but=of)))
    return rows
