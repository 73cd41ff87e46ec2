"""What coverage policies at hand found of lines that a payer denied by its own."""

import polars as pl

from payrules.rules.coverage import DENIES, HISTORY, NO_OBJECTION, OBJECTIONS, WOULD_DENY
from payrules.rules.coverage import coverage as rule
from payrules.variance.comparison import PaymentComparison

COVERAGE = rule.name
_NOT_HELD = "hold the claims against the policy (--coverage) before appealing"
_NONE = "no policy at hand for this contractor, code and day"
_NOT_ASKED = "an earlier rule takes the line out, and no policy was asked"
_UNCOUNTED = "with sessions counted in this batch only: count the person's history before appealing"
_OUT = ("denied", "bundled")
#: What is known of a line that was held against policies.
_FOUND = (
    *("coverage_outcome", "coverage_policy", "coverage_finding"),
    *("status", "coverage_history"),
)
#: The codes of a service that was done too often.
_TOO_OFTEN = frozenset(("119", "151"))


class HeldAgainstPolicies:
    """Priced lines as coverage policies judged them; none where no line was held against any."""

    def __init__(self, lines: pl.DataFrame) -> None:
        self._lines = lines if "coverage_outcome" in lines.columns else None

    def object(self, each: PaymentComparison) -> bool:
        """Tell whether a policy at hand would deny any of the lines, too, or asks for a review."""
        return any(outcome in OBJECTIONS for outcome, *_ in self._found(each))

    def is_uncounted(self, each: PaymentComparison) -> bool:
        """Tell whether a denial for the frequency meets a count without the whole history."""
        too_often = each.payer is not None and any(
            carc in _TOO_OFTEN for _, carc in each.payer.codes
        )
        return too_often and any(
            outcome == NO_OBJECTION and counted == HISTORY[False]
            for outcome, *_, counted in self._found(each)
        )

    def in_words(self, each: PaymentComparison) -> str:
        """Say of a denial by coverage what the policies at hand find of its lines."""
        if self._lines is None or each.claim.superseded:
            return _NOT_HELD
        said = []
        uncounted = _UNCOUNTED if self.is_uncounted(each) else None
        for outcome, policy, finding, status, _ in self._found(each):
            if outcome is None:
                said.append(_NOT_ASKED if status in _OUT else _NONE)
            elif outcome == NO_OBJECTION:
                silent = ", ".join(filter(None, (f"{NO_OBJECTION} ({policy})", uncounted)))
                said.append("; ".join(filter(None, (silent, finding))))
            else:
                denies = outcome in {WOULD_DENY, DENIES}
                finds = "finds the same" if denies else "asks for a review"
                said.append(f"a policy at hand {finds} ({policy}): {finding}")
        return "; ".join(dict.fromkeys(said))

    def _found(self, each: PaymentComparison) -> list[tuple[str | None, ...]]:
        """Give outcome, policy, finding and status of each line, and what history was counted."""
        if self._lines is None or each.claim.superseded:
            return []
        return self._lines[[line.row for line in each.lines]].select(_FOUND).rows()
