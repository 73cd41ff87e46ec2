"""The names that a wrong value may stand for."""

from collections.abc import Callable, Collection

import polars as pl

from payrules.nearest import either, nearest

#: Nearest names are sought for so many different wrong values: more say nothing new.
_MOST_SUGGESTIONS = 200


def suggestions(given: pl.Expr, names: Collection[str]) -> pl.Expr:
    """Say which of `names` look like each wrong value."""
    return perhaps(given, lambda text: "" if text in names else either(nearest(text, names)))


def perhaps(given: pl.Expr, near: Callable[[str], str]) -> pl.Expr:
    """Say what `near` knows that looks like each wrong value: " (perhaps 'a', 'b')"."""

    def suggested(cells: pl.Series) -> pl.Series:
        different = cells.drop_nulls().unique(maintain_order=True).to_list()
        found = [(text, near(text)) for text in different[:_MOST_SUGGESTIONS]]
        said = {text: f" (perhaps {names})" for text, names in found if names}
        return cells.replace_strict(said, default="", return_dtype=pl.String)

    return given.map_batches(suggested, return_dtype=pl.String)
