"""Does a calendar that is learned from a file know the closed days of the year after it?

Calendars are learned from 36 files of exchanges, currencies, crypto, utilities and shops, of 1 to 8 years, in days,
hours and minutes, with 0 to 5 % of the rows missing at random. The year after the file is then laid out: a row on a
closed day is a row too many, and an open day without a row is one left out. Rows are counted, and in brackets days.
Needs exchange-calendars.

    python benchmarks/closed_days.py
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars import exchange
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.holidays import Holiday as Rule
from forecaster.calendars.holidays import closed_days, weekday_of
from forecaster.calendars.units import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from forecaster.arrays import Ints

LAST_YEAR = 2023
"""The year ahead; exchange-calendars knows it of every exchange here."""
CHRISTMAS = (Rule("date", 12, 25),)
GERMAN = (
    *(Rule("date", month, day) for month, day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))),
    *(Rule("easter", 0, day) for day in (-2, 1, 39, 50)),
)


@dataclass(frozen=True)
class File:
    """A file: what kind of business, in words, how many years, the share of rows missing, and all its open slots."""

    kind: str
    name: str
    years: int
    missing: float
    slots: Callable[[int, int], Ints]


def number(year: int) -> int:
    """Return the day number of 1 January."""
    return int(np.datetime64(f"{year}-01-01", "D").astype(np.int64))


def slots_of_exchange(code: str, step: int) -> Callable[[int, int], Ints]:
    """Return the slots of an exchange: days, or bars of `step` seconds named by their beginning."""

    def slots(first: int, last: int) -> Ints:
        found = exchange.sessions(code, first, last)
        inside = (found.days >= first) & (found.days <= last)
        if step == DAY:
            return found.days[inside] * DAY
        bars = [np.arange(o, c, step) for o, c in zip(found.opens[inside], found.closes[inside], strict=True)]
        return np.concatenate(bars)

    return slots


def slots_of_rule(step: int, is_open: Callable[[Ints, Ints, Ints], Any]) -> Callable[[int, int], Ints]:
    """Return the slots of `step` seconds for which `is_open(day, weekday, second of the day)`."""

    def slots(first: int, last: int) -> Ints:
        seconds = np.arange(first * DAY, (last + 1) * DAY, step)
        day, second = np.divmod(seconds, DAY)
        return seconds[np.asarray(is_open(day, weekday_of(day), second))]

    return slots


def always(day: Ints, _weekday: Ints, _second: Ints) -> Any:
    """Open at all times."""
    return np.ones(len(day), dtype=bool)


def currencies(_day: Ints, weekday: Ints, second: Ints) -> Any:
    """Open from Sunday 17:00 to Friday 17:00."""
    return (weekday < 4) | ((weekday == 4) & (second < 17 * HOUR)) | ((weekday == 6) & (second >= 17 * HOUR))


def currency_days(_day: Ints, weekday: Ints, _second: Ints) -> Any:
    """Open from Sunday to Friday."""
    return weekday != 5


def shop(last_weekday: int, rules: tuple[Rule, ...], opens: int = 0, closes: int = 24) -> Callable[..., Any]:
    """Return when a shop is open that closes after `last_weekday` and on days given by rules."""

    def is_open(day: Ints, weekday: Ints, second: Ints) -> Any:
        holiday = np.isin(day, closed_days(rules, int(day[0]), int(day[-1])))
        return (weekday <= last_weekday) & ~holiday & (second >= opens * HOUR) & (second < closes * HOUR)

    return is_open


def changed(date: str, before: Callable[..., Any], after: Callable[..., Any]) -> Callable[..., Any]:
    """Return opening hours that change on a date."""
    change = int(np.datetime64(date, "D").astype(np.int64))
    return lambda day, *rest: np.where(day < change, before(day, *rest), after(day, *rest))


def files() -> list[File]:
    """Return the files."""
    days = [("XNYS", 1, 0), ("XNYS", 2, 0.01), ("XNYS", 3, 0.05), ("XNYS", 8, 0.02), ("XLON", 1, 0), ("XLON", 3, 0.02)]
    days += [("XTKS", 2, 0), ("XTKS", 8, 0.01), ("XFRA", 2, 0), ("XTSE", 1, 0), ("XASX", 8, 0.03), ("XSWX", 2, 0.02)]
    bars = [("XNYS", 30, 1, 0), ("XNYS", 30, 3, 0.01), ("XLON", 60, 2, 0), ("XTKS", 30, 1, 0.01), ("XNYS", 1, 1, 0)]
    found = [File("exchange, days", code, y, p, slots_of_exchange(code, DAY)) for code, y, p in days]
    found += [
        File("exchange, bars", f"{code} {minutes} min", y, p, slots_of_exchange(code, minutes * MINUTE))
        for code, minutes, y, p in bars
    ]
    weekdays = shop(4, ())
    rules: list[tuple[str, str, int, float, int, Callable[..., Any]]] = [
        ("currencies", "days", 8, 0, DAY, weekdays),
        ("currencies", "Sunday to Friday", 2, 0.02, DAY, currency_days),
        ("currencies", "Sunday added in 2020", 8, 0, DAY, changed("2020-06-07", weekdays, currency_days)),
        ("currencies", "hours", 1, 0.01, HOUR, currencies),
        ("currencies", "5 min", 1, 0, 5 * MINUTE, currencies),
        ("crypto", "days", 1, 0.03, DAY, always),
        ("crypto", "days", 2, 0.05, DAY, always),
        ("crypto", "days", 3, 0.02, DAY, always),
        ("crypto", "five days until 2020", 8, 0.01, DAY, changed("2020-03-01", weekdays, always)),
        ("crypto", "hours", 1, 0.05, HOUR, always),
        ("utilities", "days", 8, 0.05, DAY, always),
        ("utilities", "hours", 3, 0.02, HOUR, always),
        ("utilities", "15 min", 1, 0.05, 15 * MINUTE, always),
        ("shops", "never closed, Christmas", 3, 0, DAY, shop(6, CHRISTMAS)),
        ("shops", "Monday to Saturday", 1, 0, DAY, shop(5, GERMAN)),
        ("shops", "Monday to Saturday", 3, 0.02, DAY, shop(5, GERMAN)),
        ("shops", "Saturday ended in 2021", 3, 0, DAY, changed("2021-09-01", shop(5, GERMAN), shop(4, GERMAN))),
        ("shops", "8:00 to 20:00", 2, 0.01, HOUR, shop(5, GERMAN, 8, 20)),
        (
            "shops",
            "10:00, now 8:00",
            2,
            0,
            HOUR,
            changed("2022-03-09", shop(5, GERMAN, 10, 20), shop(5, GERMAN, 8, 20)),
        ),
    ]
    found += [File(kind, name, y, p, slots_of_rule(step, rule)) for kind, name, y, p, step, rule in rules]
    return found


def score(file: File, seed: int) -> tuple[Ints, float, str]:
    """Return rows and days too many and left out, (4,), the seconds that learning took, and the calendar in words."""
    begin, ahead, end = (number(year) for year in (LAST_YEAR - file.years, LAST_YEAR, LAST_YEAR + 1))
    seconds = file.slots(begin, end - 1)
    slots = seconds[seconds < ahead * DAY]
    rows = slots[np.random.default_rng(seed).random(len(slots)) >= file.missing]
    ds = to_stamps(rows)
    start = time.perf_counter()
    calendar = Calendar.learn(ds)
    took = time.perf_counter() - start
    expected = seconds[seconds >= ahead * DAY]
    future = calendar.future(ds[-1], 2 * len(expected) + 50).astype("datetime64[s]").astype(np.int64)
    future = future[(future >= ahead * DAY) & (future < end * DAY)]
    extra, left_out = np.setdiff1d(future, expected), np.setdiff1d(expected, future)
    days = [len(np.unique(each // DAY)) for each in (extra, left_out)]
    return np.array([len(extra), days[0], len(left_out), days[1]]), took, calendar.describe()


def to_stamps(seconds: Ints) -> NDArray[Any]:
    """Return seconds as time stamps."""
    return seconds.astype("datetime64[s]").astype("datetime64[us]")


def main() -> None:
    """Run the benchmark and print one line a file, and the sums of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1, help="draws of the missing rows; counts are sums of all")
    seeds = range(parser.parse_args().seeds)
    sums: dict[str, Ints] = defaultdict(lambda: np.zeros(4, np.int64))
    print(f"{'file':<46} {'too many':>14} {'left out':>14} {'ms':>6}  calendar")
    for file in files():
        scores = [score(file, seed) for seed in seeds]
        counts = np.sum([each[0] for each in scores], axis=0)
        _, took, words = scores[0]
        sums[file.kind] += counts
        sums["all"] += counts
        title = f"{file.kind}: {file.name}, {file.years} y, {file.missing:.0%}"
        print(f"{title:<46} {in_words(counts[:2]):>14} {in_words(counts[2:]):>14} {1000 * took:>6.0f}  {words}")
    for kind, counts in sums.items():
        print(f"{kind:<46} {in_words(counts[:2]):>14} {in_words(counts[2:]):>14}")


def in_words(counts: Ints) -> str:
    """Return rows and days in words."""
    return f"{counts[0]} ({counts[1]})"


if __name__ == "__main__":
    main()
