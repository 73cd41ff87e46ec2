"""What the sheets of a what-if call things: scenarios by their titles, rules and terms in words."""

import polars as pl

from payrules.claims.code_families import place_named, place_of_service
from payrules.scenarios.answer import GROUPS, Answer
from payrules.scenarios.comparison import Comparison
from payrules.workbook.answer_book import LONGEST_TEXT
from payrules.workbook.figures.labels import NOT_GIVEN
from payrules.workbook.words import (
    CAUSES,
    capital,
    in_words,
    term_of_a_rule,
    without_beginnings,
)

#: What each measure is called on the sheet of totals.
MEASURED = {
    "allowed_amount": "Allowed amount",
    "medicare_amount": "Payer pays",
    "patient_amount": "Patient owes",
}


def titled(answered: Answer, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a sheet's rows with each scenario as it is `called`."""
    if "scenario" not in frame.columns:
        return frame
    titles = {one.scenario.name: called(answered, one) for one in answered.comparisons}
    return frame.with_columns(pl.col("scenario").cast(pl.String).replace(titles))


def called(answered: Answer, one: Comparison) -> str:
    """Name a scenario as the sheets do: by its title; by its file where others have that.

    By its file as well where the title is longer than a check's formula may name.
    """
    title = one.scenario.title
    told = [each.scenario.title for each in answered.comparisons]
    is_fit = told.count(title) == 1 and len(title) <= LONGEST_TEXT
    return title if is_fit else one.scenario.name


def with_words(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a sheet's rows with rules, causes and measures in words; those of chains as they are."""
    if name == "Chains":
        return frame
    if name == "Terms":
        frame = frame.with_columns(
            pl.col("term").replace({each: term_of_a_rule(each) for each in frame["term"].unique()}),
            *(
                pl.col(name).replace({each: without_beginnings(each) for each in frame[name]})
                for name in ("reference", "value")
            ),
        )
    if name == "Groups":
        # Lines that name no practitioner are a group of their own, as in every other table.
        by = {each: capital(each) for each in GROUPS.values()}
        # A practitioner may be numbered as a place is.
        is_place = pl.col("by") == GROUPS["place_of_service_code"]
        places = {each: place_named(each) for each in frame["name"].drop_nulls().unique()}
        names = pl.when(is_place).then(pl.col("name").replace(places)).otherwise("name")
        frame = frame.with_columns(names.fill_null(NOT_GIVEN), pl.col("by").replace(by))
    if name == "Places":
        frame = frame.with_columns(place_of_service(frame["place_of_service_code"]))
    told = {"measure": MEASURED, "cause": CAUSES}
    frame = frame.with_columns(
        pl.col(column).replace(words) for column, words in told.items() if column in frame.columns
    )
    if "rule" not in frame.columns:
        return frame
    rules = {rule: in_words(rule) for rule in frame["rule"].unique()}
    return frame.with_columns(pl.col("rule").cast(pl.String).replace(rules))
