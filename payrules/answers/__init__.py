"""One question, one answer: what a session is paid, what makes a figure so, a guide of codes."""

from payrules.answers.guide import FeeGuide, fee_guide
from payrules.answers.price import LineAnswer, Reason, SessionAnswer, price_session
from payrules.answers.which import PHYSICIAN, FigureAnswer, Way, which
from payrules.answers.written import AskedLine, read_line

__all__ = [
    "PHYSICIAN",
    "AskedLine",
    "FeeGuide",
    "FigureAnswer",
    "LineAnswer",
    "Reason",
    "SessionAnswer",
    "Way",
    "fee_guide",
    "price_session",
    "read_line",
    "which",
]
