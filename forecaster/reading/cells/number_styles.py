"""How numbers are written: decimal mark, mark of thousands, sign and currency, as patterns of the shapes of cells.

In the shape of a cell every digit is 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from forecaster.reading.cells.column import SPACES

MINUS = "\u2212"
"""The minus sign of typesetters."""
APOSTROPHE = "\u2019"
GROUPS = {".": (",", "'", APOSTROPHE, " "), ",": (".", "'", APOSTROPHE, " ")}
"""Marks of thousands by decimal mark."""
CURRENCY_CODES = (
    *("USD", "EUR", "GBP", "JPY", "CHF", "CNY", "RMB", "INR", "RUB", "BRL", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD"),
    *("KRW", "ZAR", "MXN", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "ILS", "THB", "IDR", "MYR"),
    *("PHP", "VND", "AED", "SAR", "CLP", "COP", "ARS", "PEN", "EGP", "NGN", "PKR", "UAH", "ISK", "USDT", "USDC"),
)
CURRENCY = rf"[A-Z]{{0,3}}\$|[€£¥₹₽₩₺₪₫฿₱₦₴]|{'|'.join(CURRENCY_CODES)}|kr\.?|zł|Kč|Ft|Rs\.?|Fr\."
NUMBER_SHAPE = re.compile(
    rf"(?P<sign>[-+{MINUS}(]?) ?(?P<before>{CURRENCY})? ?(?P<inner>[-+{MINUS}(]?) ?"
    rf"(?P<digits>[0.,'{APOSTROPHE}](?:[0.,'{APOSTROPHE} ]*[0.,])?(?:[eE][-+{MINUS}]?0+)?) ?"
    rf"(?P<behind>[-{MINUS}]?) ?(?P<after>{CURRENCY})?(?P<close>\)?)(?P<last>[-{MINUS}]?)"
)


@dataclass(frozen=True)
class Affixes:
    """What stands around the digits of a number, from `start` to `stop`; bookkeepers write its sign behind it."""

    start: int
    stop: int
    negative: bool
    currency: str
    behind: bool = False


@dataclass(frozen=True)
class NumberStyle:
    """The decimal mark and the mark of thousands of numbers; if `indian`, groups but the last have two digits."""

    decimal: str
    group: str
    indian: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The shapes of digits and marks that follow the style."""
        mark, decimal = re.escape(self.group), re.escape(self.decimal)
        grouped = f"00?(?:{mark}00)*{mark}000" if self.indian else f"00?0?(?:{mark}000)+"
        return re.compile(f"(?:(?:0+|{grouped})(?:{decimal}0*)?|{decimal}0+)(?:[eE][-+{MINUS}]?0+)?")

    def follows(self, digits: str) -> bool:
        """Return whether the shape of digits and marks follows the style."""
        return self.pattern.fullmatch(digits) is not None

    def plain(self, text: str) -> str:
        """Return digits and marks as Python reads them."""
        return text.translate(SPACES).replace(self.group, "").replace(self.decimal, ".").replace(MINUS, "-")


STYLES = (
    NumberStyle(".", ","),
    NumberStyle(".", ",", indian=True),
    *(NumberStyle(decimal, group) for decimal, groups in GROUPS.items() for group in groups if decimal + group != ".,"),
)


def split_affixes(shape: str) -> Affixes | None:
    """Return what stands around the digits of a shape; None if it is a number in no style."""
    match = NUMBER_SHAPE.fullmatch(shape)
    if match is None or (match["before"] and match["after"]):
        return None
    behind = match["behind"] + match["last"]
    signs = match["sign"] + match["inner"] + behind
    if len(signs) > 1 or ("(" in signs) != bool(match["close"]):
        return None
    if not any(style.follows(match["digits"]) for style in STYLES):
        return None
    return Affixes(*match.span("digits"), signs not in {"", "+"}, match["before"] or match["after"] or "", bool(behind))
