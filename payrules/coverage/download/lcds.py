"""The LCDs that articles name, as far as a download has them: versions, days, retirements."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from payrules.coverage.download.dates import as_date
from payrules.coverage.download.tables import Download

#: An article and its version: what every table of articles is keyed by.
Key = tuple[str, str]
_DAY = timedelta(days=1)
#: Numbers and versions of documents are shorter.
_LONGEST_NUMBER = 9


class Lcd(NamedTuple):
    """An LCD that an article names; its version and days are known only where it is at hand.

    These are of its newest version; `known` has the first day and number of each.
    """

    id: str
    version: str | None = None
    effective_from: date | None = None
    last_day: date | None = None
    known: tuple[tuple[date, str], ...] = ()

    def version_on(self, day: date) -> str | None:
        """Give the version at hand that is in force on a day; None where none is known to be."""
        begun = [(first, version) for first, version in self.known if first <= day]
        return max(begun, key=lambda each: each[0])[1] if begun else None


def is_number(text: str | None) -> bool:
    """Say whether a text is a number or version of a document."""
    return text is not None and text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def related_lcds(download: Download, passed_over: Counter[str]) -> dict[Key, tuple[Lcd, ...]]:
    """Give the LCDs that each article names, with what the download knows of them."""
    known = _lcds(download, passed_over)
    retiring: dict[str, date | None] = {}
    for row in download.table("lcd_future_retire").iter_rows(named=True):
        try:
            retiring[row["lcd_id"]] = as_date(row["retire_dt"])
        except ValueError:
            passed_over["retirements of LCDs with a date that cannot be read"] += 1
    found: dict[Key, dict[str, Lcd]] = defaultdict(dict)
    for row in download.table("article_related_documents").iter_rows(named=True):
        number = row["r_lcd_id"]
        if not is_number(number) or number == "0":
            continue
        lcd = known.get(number, Lcd(f"L{number}", row["r_lcd_version"]))
        if (retires := retiring.get(number)) is not None:
            lcd = lcd._replace(last_day=min(lcd.last_day or date.max, retires - _DAY))
        found[row["article_id"], row["article_version"]][number] = lcd
    return {key: tuple(each.values()) for key, each in found.items()}


def _lcds(download: Download, passed_over: Counter[str]) -> dict[str, Lcd]:
    """Give the newest version at hand of each LCD."""
    found: dict[str, list[tuple[int, Lcd]]] = defaultdict(list)
    for row in download.table("lcd").iter_rows(named=True):
        status = (row["status"] or "").upper()
        number, version = row["lcd_id"], row["lcd_version"]
        if status not in {"A", "R"} or not (is_number(number) and is_number(version)):
            passed_over["LCDs that are neither in force nor retired"] += 1
            continue
        try:
            first, ended = as_date(row["rev_eff_date"]), as_date(row["rev_end_date"])
            retired = as_date(row["date_retired"])
        except ValueError:
            passed_over["LCDs with a date that cannot be read"] += 1
            continue
        days = [ended] if status == "R" and ended else []
        days += [retired - _DAY] if retired else []
        lcd = Lcd(f"L{number}", version, first, min(days, default=None))
        found[number].append((int(version), lcd))
    return {number: _newest(each) for number, each in found.items()}


def _newest(versions: list[tuple[int, Lcd]]) -> Lcd:
    """Give the newest version, and of all when they began."""
    versions.sort(key=lambda each: each[0])
    begun = ((lcd.effective_from, lcd.version) for _, lcd in versions)
    known = tuple((first, version) for first, version in begun if first and version)
    return versions[-1][1]._replace(known=known)
