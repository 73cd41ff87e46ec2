"""The trail: one row per line and step that met it, so that every cent can be followed.

Each step's `before` is the last step's `after`. While they are gathered, steps hold only what
cannot be worked out later, and the number of their meaning (rule, codes, citation); they are put in
order by counting, not sorting: a batch has several times as many steps as lines.
"""

import polars as pl

from payrules.engine.rule import Outcome, Rule

#: What step 0 of every chain is called.
FEE_SCHEDULE_AMOUNT = "fee_schedule_amount"

_MEANING = ("rule", "group_code", "carc", "rarc", "cites")
_Meaning = tuple[str, str | None, str | None, str | None, str]


class Trail:
    """Gathers the steps of a run; `close` gives them by line and step."""

    def __init__(self, amounts: pl.Series, words: pl.Series, cites: str) -> None:
        """Begin each line's chain with its fee schedule amount, cents, and what made it."""
        height = len(amounts)
        self._meanings: dict[_Meaning, int] = {}
        meaning = self._meaning((FEE_SCHEDULE_AMOUNT, None, None, None, cites))
        #: How many steps each line has had after its first.
        self._steps = pl.Series([0], dtype=pl.UInt32).new_from_index(0, height)
        every = pl.int_range(height, dtype=pl.UInt32, eager=True)
        self._places = [(every, self._steps.clone())]
        self._parts = [
            pl.DataFrame(
                [
                    pl.Series("factor", [None], dtype=pl.Int64).new_from_index(0, height),
                    amounts.alias("after"),
                    pl.Series("meaning", [meaning], dtype=pl.UInt32).new_from_index(0, height),
                    words.alias("detail"),
                ]
            )
        ]

    def begin_otherwise(self, rows: pl.Series, words: pl.Series, cites: pl.Series) -> None:
        """Say of some lines, whose amount is another schedule's, what made it and who says so."""
        self.begin_citing(rows, cites)
        first = self._parts[0]
        self._parts[0] = first.with_columns(first["detail"].scatter(rows, words))

    def begin_citing(self, rows: pl.Series, cites: pl.Series) -> None:
        """Cite something else for what made the amounts of some lines."""
        numbers = {
            each: self._meaning((FEE_SCHEDULE_AMOUNT, None, None, None, each))
            for each in cites.unique().to_list()
        }
        meaning = self._parts[0]["meaning"]
        meaning.scatter(rows, cites.replace_strict(numbers, return_dtype=pl.UInt32))
        self._parts[0] = self._parts[0].with_columns(meaning)

    def _meaning(self, meaning: _Meaning) -> int:
        return self._meanings.setdefault(meaning, len(self._meanings))

    def _by_source(
        self,
        rule: Rule,
        sources: pl.Series | None,
        codes: tuple[str | None, str | None, str | None],
    ) -> pl.Series:
        """Number the meaning of a step; line by line where lines have `sources` of their own."""
        if sources is None:
            number = self._meaning((rule.name, *codes, rule.cites))
            return pl.Series([number], dtype=pl.UInt32)
        numbers = {
            source: self._meaning((rule.name, *codes, source)) for source in sources.unique()
        }
        return sources.replace_strict(numbers, return_dtype=pl.UInt32)

    def record(
        self,
        rule: Rule,
        outcome: Outcome,
        met: pl.DataFrame,
        said: pl.DataFrame,
        after: pl.Series,
        explained: pl.Series,
    ) -> None:
        """Write a step of each line an outcome met; codes only where they explain a cut.

        `said` has `_detail` and the columns of `said_in_trail`, of the same lines.
        """
        rows = met["row"]
        steps = self._steps[rows] + 1
        self._steps.scatter(rows, steps)
        self._places.append((rows, steps))
        codes = outcome.group_code, outcome.carc
        sources = _sources(rule, outcome, met, said)
        plain, coded = (
            self._by_source(rule, sources, (*those, outcome.rarc))
            for those in ((None, None), codes)
        )
        if sources is None:
            plain, coded = (each.new_from_index(0, len(rows)) for each in (plain, coded))
        self._parts.append(
            pl.DataFrame(
                [
                    said["_factor"].alias("factor"),
                    after.alias("after"),
                    coded.zip_with(explained, plain).alias("meaning"),
                    said["_detail"].alias("detail"),
                ]
            )
        )

    def close(self) -> pl.DataFrame:
        """Give the steps by line, then step, with rule, codes and citation."""
        counts = self._steps + 1
        starts = counts.cum_sum() - counts
        # Where each line's steps begin, and by that the line of every step and its number.
        height = sum(map(len, (rows for rows, _ in self._places)))
        begins = pl.Series([0], dtype=pl.UInt32).new_from_index(0, height)
        begins.scatter(starts.slice(1), 1)
        rows = begins.cum_sum().cast(pl.UInt32).alias("row")
        steps = pl.int_range(height, dtype=pl.Int64, eager=True) - starts[rows]
        order = pl.Series([0], dtype=pl.UInt32).new_from_index(0, height)
        done = 0
        for met, step in self._places:
            places = pl.int_range(done, done + len(met), dtype=pl.UInt32, eager=True)
            order.scatter(starts[met] + step, places)
            done += len(met)
        self._places.clear()

        def ordered(name: str) -> pl.Series:
            # In one piece: looking rows up in many pieces is ten times slower.
            pieces = [part.drop_in_place(name) for part in self._parts]
            return pl.concat(pieces, rechunk=True)[order]

        after, number = ordered("after"), ordered("meaning")
        earlier = pl.when(pl.col("step") > 0).then(pl.col("after").shift(1))
        before = pl.DataFrame([steps.alias("step"), after]).select(before=earlier).to_series()
        # Categories take a quarter of the room of text, and room is what a long trail costs.
        meanings = pl.DataFrame(
            list(self._meanings), schema=dict.fromkeys(_MEANING, pl.String), orient="row"
        ).cast(pl.Categorical)
        rule, *codes = (meanings[name][number] for name in _MEANING)
        return pl.DataFrame(
            [
                *(rows, steps.alias("step"), rule, before, ordered("factor")),
                *(after, *codes, ordered("detail")),
            ]
        )


def said_in_trail(rule: Rule, outcome: Outcome) -> dict[str, pl.Expr]:
    """Give what a step says of each line beside its detail: its factor, and a source of its own.

    Where the terms that a line was paid by have pages of their own, it is the terms instead.
    """
    factor = pl.lit(None, dtype=pl.Int64) if outcome.factor is None else outcome.factor
    said = {"_factor": factor.cast(pl.Int64)}
    if outcome.of_term is not None and rule.term_pages:
        said["_of_term"] = outcome.of_term
    elif outcome.cites is not None or rule.pages:
        said["_cites"] = pl.coalesce(_own_source(outcome), rule.cited_on())
    return said


def _own_source(outcome: Outcome) -> pl.Expr:
    return pl.lit(None, dtype=pl.String) if outcome.cites is None else outcome.cites


def _sources(
    rule: Rule, outcome: Outcome, met: pl.DataFrame, said: pl.DataFrame
) -> pl.Series | None:
    """Give each line's own source; None where the rule's is that of all."""
    if "_of_term" not in said.columns:
        return said["_cites"] if "_cites" in said.columns else None
    ours = rule.cited_on()
    for terms in said["_of_term"].unique().drop_nulls():
        is_of = pl.col("_of_term") == terms
        ours = pl.when(is_of).then(rule.cited_of(terms.split())).otherwise(ours)
    lines = met.hstack([said["_of_term"]])
    # Beside `row`, so that a constant is set in every row.
    return lines.select("row", cites=pl.coalesce(_own_source(outcome), ours))["cites"]
