"""The trail: one row per line and step that met it, so that every cent can be followed.

Each step's `before` is the last step's `after`. Rows hold the number of their meaning (rule,
codes, citation) while they are gathered, and are put in order by counting, not sorting: a batch
has several times as many steps as lines.
"""

import polars as pl

from payrules.rule import Outcome, Rule

#: What step 0 of every chain is called.
FEE_SCHEDULE_AMOUNT = "fee_schedule_amount"
FEE_FORMULA = "42 CFR 414.22, 414.26: RVU × GPCI × conversion factor"

_MEANING = ("rule", "group_code", "carc", "rarc", "cites")
_KEPT = {
    "row": pl.UInt32,
    "step": pl.Int64,
    "before": pl.Int64,
    "factor": pl.Int64,
    "after": pl.Int64,
    "meaning": pl.Int32,
    "detail": pl.String,
}
_Meaning = tuple[str, str | None, str | None, str | None, str]


class Trail:
    """Gathers the steps of a run; `close` gives them by line and step."""

    def __init__(self, amounts: pl.Series, words: pl.Series, cites: str) -> None:
        """Begin each line's chain with its fee schedule amount, cents, and what made it."""
        height = len(amounts)
        self._steps = pl.zeros(height, pl.Int64, eager=True)
        self._meanings: dict[_Meaning, int] = {}
        meaning = self._meaning((FEE_SCHEDULE_AMOUNT, None, None, None, cites))
        self._parts = [
            pl.DataFrame(
                {
                    "row": pl.int_range(height, dtype=pl.UInt32, eager=True),
                    "step": self._steps,
                    "before": pl.Series([None], dtype=pl.Int64).new_from_index(0, height),
                    "factor": pl.Series([None], dtype=pl.Int64).new_from_index(0, height),
                    "after": amounts,
                    "meaning": pl.repeat(meaning, height, dtype=pl.Int32, eager=True),
                    "detail": words,
                },
                schema=_KEPT,
            )
        ]

    def _meaning(self, meaning: _Meaning) -> int:
        return self._meanings.setdefault(meaning, len(self._meanings))

    def record(
        self,
        rule: Rule,
        outcome: Outcome,
        met: pl.DataFrame,
        after: pl.Series,
        explained: pl.Series,
    ) -> None:
        """Write a step of each line an outcome met; codes only where they explain a cut."""
        rows = met["row"]
        steps = self._steps.gather(rows) + 1
        self._steps = self._steps.scatter(rows, steps)
        codes = outcome.group_code, outcome.carc
        plain = self._meaning((rule.name, None, None, outcome.rarc, rule.cites))
        coded = self._meaning((rule.name, *codes, outcome.rarc, rule.cites))
        factor = pl.lit(None, dtype=pl.Int64) if outcome.factor is None else outcome.factor
        self._parts.append(
            met.select(
                "row",
                steps.alias("step"),
                before="amount",
                factor=factor.cast(pl.Int64),
                after=after,
                meaning=pl.when(explained).then(coded).otherwise(plain).cast(pl.Int32),
                detail=outcome.detail,
            )
        )

    def close(self) -> pl.DataFrame:
        """Give the steps by line, then step, with rule, codes and citation."""
        # In one piece: looking rows up in many pieces is ten times slower.
        together = pl.concat(self._parts, rechunk=True)
        starts = (self._steps + 1).cum_sum() - (self._steps + 1)
        places = starts.gather(together["row"]) + together["step"]
        height = together.height
        order = pl.zeros(height, pl.Int64, eager=True).scatter(
            places, pl.int_range(height, dtype=pl.Int64, eager=True)
        )
        ordered = together[order]
        # Categories take a quarter of the room of text, and room is what a long trail costs.
        meanings = pl.DataFrame(
            list(self._meanings), schema=dict.fromkeys(_MEANING, pl.String), orient="row"
        ).cast(pl.Categorical)
        number = ordered["meaning"]
        return ordered.with_columns(
            meanings[name].gather(number).alias(name) for name in _MEANING
        ).select(
            *("row", "step", "rule", "before", "factor", "after"),
            *("group_code", "carc", "rarc", "cites", "detail"),
        )
