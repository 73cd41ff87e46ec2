"""The work list's advice: what a biller does with a line that is not paid, or has a note."""

import polars as pl

#: What to do with a line, by its status.
BY_STATUS = {
    "bundled": "Paid inside another service; appeal only if separate.",
    "denied": "Check code, modifiers and place; correct and resubmit.",
    "by_report": "Send the operative report; the contractor prices it.",
    "not_on_schedule": "Check code and date; another schedule may price it.",
    "priced": "Read the note; change the line if it does not fit.",
}
#: A denial's own advice, by the claim adjustment reason code.
BY_CARC = {
    "4": "Correct the modifier: it does not fit this code.",
    "5": "Check the place of service: the code is not paid there.",
    "50": "Not held necessary, without a notice: appeal with records, or write it off.",
    "54": "Send documents of need for a second surgeon, or write it off.",
    "96": "Not covered: bill the patient if a notice (ABN) was signed.",
    "107": "Bill the primary procedure with it, or remove the add-on.",
    "222": "Check the units; if the record supports them, appeal with it.",
    "233": "Never covered; nobody may be billed.",
    "236": "Check the code pair; add a modifier only if the services were separate.",
}


#: The same where GA says that the patient signed a notice.
WITH_NOTICE = {"50": "Not held necessary: appeal with records, or bill the patient."}


def what_to_do(lines: pl.DataFrame) -> pl.Expr:
    """Advise on each line that needs a look; null on a priced line without a note."""
    first_carc = pl.col("carc").str.split(";").list.first()
    by_carc = first_carc.replace_strict(BY_CARC, default=None, return_dtype=pl.String)
    with_notice = first_carc.replace_strict(WITH_NOTICE, default=None, return_dtype=pl.String)
    signed = pl.col("modifiers").str.contains(r"\bGA\b").fill_null(value=False)
    by_carc = pl.when(signed).then(pl.coalesce(with_notice, by_carc)).otherwise(by_carc)
    by_status = pl.col("status").replace_strict(BY_STATUS, default=None, return_dtype=pl.String)
    needs = (pl.col("status") != "priced") | pl.col("review").is_not_null()
    is_denied = pl.col("status") == "denied"
    if lines.is_empty():
        return pl.lit(None, dtype=pl.String)
    return pl.when(needs).then(
        pl.when(is_denied).then(pl.coalesce(by_carc, by_status)).otherwise(by_status)
    )
