"""One question, one answer: what codes are paid in one session, and what makes a figure so."""

from payrules.answers.price import LineAnswer, Reason, SessionAnswer, price_session
from payrules.answers.which import PHYSICIAN, FigureAnswer, Way, which
from payrules.answers.written import AskedLine, read_line

__all__ = [
    "PHYSICIAN",
    "AskedLine",
    "FigureAnswer",
    "LineAnswer",
    "Reason",
    "SessionAnswer",
    "Way",
    "price_session",
    "read_line",
    "which",
]
