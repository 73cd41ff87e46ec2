"""One question, one answer: what a few codes are paid in one session."""

from payrules.answers.price import LineAnswer, SessionAnswer, price_session
from payrules.answers.written import AskedLine, read_line

__all__ = ["AskedLine", "LineAnswer", "SessionAnswer", "price_session", "read_line"]
