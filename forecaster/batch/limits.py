"""Parse what a user types as a limit of a run: durations, sizes of memory, shares of failures, rules for retraining.

Each parser takes the name of the option too, so that the message about a wrong value names it. Nothing here has arrays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.durations import duration_in_words
from forecaster.calendars.units import DAY, HOUR, MINUTE, WEEK
from forecaster.errors import UsageError, counted
from forecaster.text import shown

if TYPE_CHECKING:
    from typing import NoReturn

YEAR = 365 * DAY
"""Seconds of a year of a duration."""
SECONDS = {"y": YEAR, "w": WEEK, "d": DAY, "h": HOUR, "m": MINUTE, "s": 1}
"""Seconds of the units of a duration, from the largest to the smallest."""
BYTES = {
    f"{letter}{ending}": base**power
    for power, letter in enumerate("kmgt", start=1)
    for ending, base in (("b", 1000), ("ib", 1024))
}
"""Bytes of the units of a size, in small letters: `kb` and `kib` to `tb` and `tib`."""
LONGEST_DURATION = 36_525 * DAY
"""Seconds of a duration at most, which are 100 years: any clock can add them, also one that counts nanoseconds in 64
bits."""
LARGEST_SIZE = 2**50
"""Bytes of a size at most, more memory than any computer has: beyond it, a digit or the unit is wrong."""
NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
"""A number in plain digits. It has at most as many digits as are needed for the limits above in their smallest unit."""
DURATION = re.compile("".join(rf"(?:(?P<{unit}>{NUMBER}) ?{unit} ?)?" for unit in SECONDS))
SIZE = re.compile(rf"(?P<count>{NUMBER}) ?(?P<unit>[a-z]+)")
PERCENT = re.compile(rf"({NUMBER}) ?%")
COUNT = re.compile(r"[0-9]{1,12}")


def parse_duration(text: str, option: str) -> float:
    """Return the seconds of a duration such as `90s`, `45m`, `2h`, `3d`, `1w`, `1.5h` or `1h30m`.

    Raises:
        UsageError: The text has no unit or is no duration, or it is zero or longer than 100 years.

    """
    match = DURATION.fullmatch(typed := text.strip().lower())
    if re.fullmatch(NUMBER, typed):
        remedy = f"write {option} {typed}s for seconds, {typed}m for minutes or {typed}h for hours"
        raise UsageError(f"{option}: {typed} has no unit", remedy)
    if not typed or match is None:
        _refuse_value(option, text, "a duration", f"write {option} 90s, 45m, 2h, 3d, 1w or 1h30m")
    seconds = sum(Fraction(count) * SECONDS[unit] for unit, count in match.groupdict().items() if count)
    if not 0 < seconds <= LONGEST_DURATION:
        _refuse_value(option, text, "a duration above zero and of at most 100 years", f"write {option} 2h")
    return float(seconds)


def parse_size(text: str, option: str) -> int:
    """Return the bytes of a size such as `500MB`, `2GB`, `1.5 GB` or `512MiB`; the case of letters does not matter.

    Raises:
        UsageError: The text has no unit or is no size, or it is less than a byte or beyond all memory.

    """
    match = SIZE.fullmatch(typed := text.strip().lower())
    if re.fullmatch(NUMBER, typed):
        remedy = f"write {option} {typed}MB for megabytes or {typed}GB for gigabytes"
        raise UsageError(f"{option}: {typed} has no unit", remedy)
    if match is None or match["unit"] not in BYTES:
        _refuse_value(option, text, "a size", f"write {option} 500MB, 2GB or 512MiB")
    size = int(Fraction(match["count"]) * BYTES[match["unit"]])
    if not 0 < size <= LARGEST_SIZE:
        _refuse_value(option, text, "a size from 1 byte to 1,024 TiB", f"write {option} 500MB")
    return size


@dataclass(frozen=True)
class FailureLimit:
    """The failures from which a run has failed: a number, or a share of all sources; one of the two is set.

    Attributes:
        count: Failures.
        percent: Failures in percent of all, exact.

    """

    count: int | None = None
    percent: Fraction | None = None

    def reached(self, failed: int, total: int) -> bool:
        """Return whether `failed` of `total` reach the limit; zero never does."""
        if failed <= 0:
            return False
        if self.count is not None:
            return failed >= self.count
        return self.percent is not None and 100 * failed >= self.percent * total


FAILURE_WORDS = {"any": FailureLimit(count=1), "all": FailureLimit(percent=Fraction(100))}
"""Words of `--fail-on`."""


def parse_failure_limit(text: str, option: str) -> FailureLimit:
    """Return the limit that `any`, `all`, a number of failures such as `10`, or a share such as `5%` stands for.

    Raises:
        UsageError: The text is none of them, the number is 0, or the share is not above 0 and at most 100 %.

    """
    typed = text.strip().lower()
    if typed in FAILURE_WORDS:
        return FAILURE_WORDS[typed]
    count, percent = _count_or_share(typed)
    if not count and (percent is None or not 0 < percent <= 100):
        _refuse_value(option, text, "any, all, a number from 1, or a share up to 100%", f"write {option} any, 10 or 5%")
    return FailureLimit(count, percent)


@dataclass(frozen=True)
class RetrainingRule:
    """When a model is trained again: after some new rows, a share of the rows in training, or a time; one is set.

    Attributes:
        rows: New rows.
        percent: New rows in percent of the rows in training, exact.
        seconds: Time from the last row in training to the newest row.

    """

    rows: int | None = None
    percent: Fraction | None = None
    seconds: float | None = None

    def due(self, new_rows: int, trained_rows: int, elapsed: np.timedelta64 | int | None) -> str:
        """Return why the model is to be trained again, in words; empty if it is not.

        Args:
            new_rows: Rows that are newer than those in training.
            trained_rows: Rows in training.
            elapsed: Time from the last row in training to the newest one, in a unit of weeks or less; None if there is
                no newer row. Times that are plain numbers have no length in seconds, and no rule of time is met.

        """
        if new_rows <= 0:
            return ""
        rows = counted(new_rows, "new row")
        if self.rows is not None:
            return f"{rows}; the limit is {self.rows:,}" if new_rows >= self.rows else ""
        if self.percent is not None:
            share = 100 * Fraction(new_rows, max(trained_rows, 1))
            of_training = f"{float(share):.3g} % of the {trained_rows:,} in training"
            return f"{rows}, {of_training}; the limit is {float(self.percent):g} %" if share >= self.percent else ""
        if self.seconds is None or not isinstance(elapsed, np.timedelta64) or np.isnat(elapsed):
            return ""
        seconds = float(elapsed / np.timedelta64(1, "s"))
        newer = f"rows are up to {duration_in_words(int(seconds))} newer than those in training"
        return f"{newer}; the limit is {duration_in_words(int(self.seconds))}" if seconds >= self.seconds else ""


def parse_retraining_rule(text: str, option: str) -> RetrainingRule:
    """Return the rule that a number of rows such as `30`, a share such as `10%`, or a time such as `30d` stands for.

    Raises:
        UsageError: The text is none of them, or it is zero, or less than a second.

    """
    typed = text.strip().lower()
    remedy = f"write {option} 30 for rows, 10% or 30d"
    rows, percent = _count_or_share(typed)
    if rows == 0 or percent == 0:
        _refuse_value(option, text, "above zero", remedy)
    if rows is not None or percent is not None:
        return RetrainingRule(rows, percent)
    if not typed or not DURATION.fullmatch(typed):
        _refuse_value(option, text, "a number of rows, a share or a duration", remedy)
    seconds = parse_duration(text, option)
    if seconds < 1:
        _refuse_value(option, text, "at least a second", remedy)
    return RetrainingRule(seconds=seconds)


def _count_or_share(typed: str) -> tuple[int | None, Fraction | None]:
    """Return a whole number and a share in percent; None for each that the text is not."""
    share = PERCENT.fullmatch(typed)
    return int(typed) if COUNT.fullmatch(typed) else None, Fraction(share[1]) if share else None


def _refuse_value(option: str, text: str, expected: str, remedy: str) -> NoReturn:
    """Raise the error about a value that is not what the option takes."""
    raise UsageError(f"{option}: {shown(text)!r} is not {expected}", remedy)
