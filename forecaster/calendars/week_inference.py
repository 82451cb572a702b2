"""Find the open hours of a week in the rows of a daily or intraday series, with the evidence that each closure needs.

A slot is open until it is seen closed. `hits` counts the weeks in which a slot has a row and `chances` the weeks in
which it could have one, both (7, S) for the S slots of a day. Times are whole seconds since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from forecaster.arrays import Bools, Ints, among, distinct, most_frequent
from forecaster.calendars.units import DAY, FIRST_MONDAY, WEEK
from forecaster.calendars.week import MOST_CHANGES, EarlierHours, Ranges, Week

LATEST_WEEKS = 13
"""Weeks with rows from which open slots are learned: a quarter of a year, so that new opening hours are soon seen and
a few holidays decide nothing. Chosen by hand."""
USUAL, WEEKEND, UNUSUAL = -1, 0, 2
"""How many more weeks with a row than without one an open slot needs. At a time of day that is usually open, one
closure is an outage or a holiday, two close a slot that was never open. On a weekend day that is mostly closed, one
closure is enough, because most closed days are weekends. At a time of day that is usually closed, two rows open a slot:
one is a stray row, or a tick."""
CHANCE = 0.05
"""Number of closures by chance from which rows that are missing at random explain a closed slot."""
WHOLE_WEEKEND = 0.2
"""Places in which chance may close a whole weekend, where it has seven for any other day: weekends are the closure to
expect. Chosen by hand, so that two weeks of business days with a few rows missing are known as such."""
CHANGED_SHARE, FEWEST_CHANGED = 0.8, 6
"""Share of 13 weeks that contradict the later hours of a slot if these hours were other ones, and how many weeks at
least. Of rows with 20 % missing at random, one slot in a million looks like that."""


class PresentSlots(NamedTuple):
    """In which weeks the slots have rows.

    Attributes:
        weeks: Numbers of the weeks that have rows, (W,).
        slots: Numbers of the slots that have a row in any of them, (U,), counted from Monday.
        rows: Whether there is a row, (W, U).

    """

    weeks: Ints
    slots: Ints
    rows: Bools


def learn_week(seconds: Ints, step: int, *, changes: bool = True, many_missing: bool = False) -> Week:
    """Find the open slots of a week from rising time stamps, (n,); `step` divides a day.

    The slots are those of the latest 13 weeks with rows. If `changes`, the hours before a change are found as well. If
    no slot is open by these rules, the rows show no hours, and all slots are. If `many_missing`, only slots that never
    have a row are closed.
    """
    weeks = distinct((seconds - FIRST_MONDAY) // WEEK)[-LATEST_WEEKS:]
    latest = seconds[np.searchsorted(seconds, weeks[0] * WEEK + FIRST_MONDAY) :]
    phase = most_frequent(latest % step)
    number = Week(step, phase, ()).number(latest)
    hits, chances = _count_weeks_with_rows(number, WEEK // step, from_start=len(latest) == len(seconds))
    is_open = _slots_with_rows(hits, chances) if many_missing else _open_slots(hits, chances)
    week = Week(step, phase, _ranges(is_open.ravel()) or ((0, WEEK // step),))
    return replace(week, earlier=_earlier_hours(seconds, week)) if changes and len(latest) < len(seconds) else week


def shows_each_slot(seconds: Ints, step: int) -> bool:
    """Return whether hardly any open slot is without a row by chance, if rows at `seconds`, (n,), are a random part."""
    weeks, slots = max(1, (seconds[-1] - seconds[0]) // WEEK), WEEK // step
    missing = max(0.0, 1 - len(seconds) / (weeks * slots))
    return bool(slots * missing ** min(weeks, LATEST_WEEKS) < 1)


def _ranges(is_open: Bools) -> Ranges:
    """Return the half-open ranges of open slots."""
    edges = np.diff(np.concatenate([[0], is_open, [0]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return tuple(zip(starts.tolist(), stops.tolist(), strict=True))


def _count_weeks_with_rows(number: Ints, size: int, *, from_start: bool) -> tuple[Ints, Ints]:
    """Count in how many weeks each slot has a row, and in how many it could have one, both (7, slots per day)."""
    number = distinct(number)
    hits = np.bincount(number % size, minlength=size)
    chances = np.full(size, len(distinct(number // size)))
    if from_start:
        chances[: number[0] % size] -= 1
    chances[number[-1] % size + 1 :] -= 1
    return hits.reshape(7, -1), chances.reshape(7, -1)


def _open_slots(hits: Ints, chances: Ints) -> Bools:
    """Return which slots are open, (7, S)."""
    closures = chances - hits
    usual = _usual_times(hits, chances)
    least = np.where(usual, USUAL, UNUSUAL) * np.ones((7, 1), np.int64)
    for day in (5, 6):
        if 2 * hits[day, usual].sum() < chances[day, usual].sum():
            least[day, usual] = WEEKEND
    is_open = hits - closures >= least
    is_open &= ~_next_to_closed_weekend(hits, chances, is_open)
    if is_open.all():
        return is_open
    by_chance = _closed_by_chance(
        ~is_open.ravel(), np.where(usual, closures - hits, 0).ravel(), _missing(hits, chances)
    )
    return is_open | (by_chance.reshape(7, -1) & usual)


def _slots_with_rows(hits: Ints, chances: Ints) -> Bools:
    """Return which slots have had a row, or have none by chance, (7, S)."""
    closed = hits == 0
    by_chance = _closed_by_chance(closed.ravel(), chances.ravel(), _missing(hits, chances))
    return np.asarray(~closed | by_chance.reshape(closed.shape))


def _next_to_closed_weekend(hits: Ints, chances: Ints, is_open: Bools) -> Bools:
    """Return which slots of a day with rows were never open and lead to a closed weekend or away from it, (7, S).

    A market that closes on Friday evening is seen to do so once in a file with one weekend.
    """
    never = ((hits == 0) & (chances > 0)).ravel()
    weekend = never & ~is_open.ravel() & (np.arange(len(never)) >= 5 * len(never) // 7)
    if not weekend.any():
        return np.zeros_like(is_open)
    run = _run_numbers(never)
    has_rows = np.repeat(hits.any(axis=1), hits.shape[1])
    found: Bools = never & np.isin(run, run[weekend]) & has_rows
    return found.reshape(hits.shape)


def _usual_times(hits: Ints, chances: Ints) -> Bools:
    """Return which times of day are usually open, (S,): on half of the days that have rows, or closed only once.

    Hours that are closed once are a night where they are more than half of the day; else they are an outage.
    """
    open_days = hits.any(axis=1)
    found, seen = hits[open_days].sum(axis=0), chances[open_days].sum(axis=0)
    usual: Bools = (2 * found >= seen) | (seen - found < 2)
    if len(usual) > 1 and (once := (found == 0) & (seen == 1)).any():
        run = _run_numbers(once)
        longest = np.bincount(run[once]).argmax()
        night = once & (run == longest)
        if 2 * night.sum() > len(night):
            usual &= ~night
    return usual


def _run_numbers(marked: Bools) -> Ints:
    """Return the number of the run of each slot, (S,), in a circle: the last run goes on with the first slot."""
    run = np.cumsum(np.append(False, marked[1:] != marked[:-1]))
    return np.where(run == run[-1], 0, run) if marked[0] == marked[-1] else run


def _missing(hits: Ints, chances: Ints) -> float:
    """Return the share of rows that are missing in the slots that have rows."""
    used = (hits > 0) & (chances > 1)
    return float((chances - hits)[used].sum() / max(1, chances[used].sum()))


def _closed_by_chance(closed: Bools, closures: Ints, missing: float) -> Bools:
    """Return which closed slots, (7 S,), rows that are missing at random explain.

    A run of slots that is closed k times more often than open is expected M p^k times by chance, if the share p of rows
    is missing and there are M slots of the week in which a run may begin. Among days, M is 1 for a day of the weekend,
    which is looked at first, and less for a whole weekend.

    Args:
        closed: The closed slots, (7 S,).
        closures: How often they were closed, less how often they had a row, (7 S,).
        missing: The share of rows that are missing.

    """
    if not closed.any() or closed.all() or missing <= 0:
        return np.zeros(len(closed), dtype=bool)
    run = _run_numbers(closed)
    searched = (np.arange(len(closed)) < 5) | (len(closed) > 7)
    count = np.bincount(run, np.maximum(closures, 0))
    places = np.where(np.bincount(run, searched & closed) > 0, len(closed), 1.0)
    if len(closed) == 7 and run[5] == run[6]:
        places[run[5]] = min(places[run[5]], WHOLE_WEEKEND)
    return np.asarray(closed & (places * missing**count > CHANCE)[run])


def _earlier_hours(seconds: Ints, week: Week) -> tuple[EarlierHours, ...]:
    """Return the open hours before each change, the oldest first, from all rows, (n,), and the latest week."""
    earlier: list[EarlierHours] = []
    later = week
    while len(earlier) < MOST_CHANGES and (change := _latest_change(seconds, later)) is not None:
        seconds = seconds[: np.searchsorted(seconds, (change + 7) * DAY)]
        before = learn_week(seconds[seconds < change * DAY], week.step, changes=False)
        change = _day_of_change(seconds, before, later, change)
        seconds = seconds[: np.searchsorted(seconds, change * DAY)]
        no_change = before.phase != week.phase or before.open == later.open
        if no_change or not len(seconds) or (earlier and change >= earlier[-1].until):
            break
        earlier.append(EarlierHours(change, before.open))
        later = before
    return tuple(earlier[::-1])


def _latest_change(seconds: Ints, week: Week) -> int | None:
    """Return the Monday, as the number of a day, before which other slots were open; None if there is none.

    The slots of a quarter of a year were other ones if nearly all of its weeks contradict one of them.
    """
    present = _present_slots(seconds, week)
    differs = present.rows != among(present.slots, week.slots)
    if differs.sum(axis=0).max() < FEWEST_CHANGED:
        return None
    total = np.cumsum(differs, axis=0, dtype=np.int32)
    total[LATEST_WEEKS:] -= total[:-LATEST_WEEKS].copy()
    length = np.minimum(np.arange(len(total)) + 1, LATEST_WEEKS)
    least = np.maximum(np.ceil(CHANGED_SHARE * length), FEWEST_CHANGED)
    changed = total >= least[:, None]
    ends = np.flatnonzero(changed.any(axis=1))
    if not len(ends):
        return None
    last = int(ends[-1])
    # Behind the last week that contradicts these slots, the later hours hold.
    weeks = np.flatnonzero(differs[: last + 1, changed[last]].mean(axis=1) > 0.5)
    return int(present.weeks[weeks[-1]] + 1) * 7 + FIRST_MONDAY // DAY


def _present_slots(seconds: Ints, week: Week) -> PresentSlots:
    """Return in which weeks the slots have rows."""
    size = WEEK // week.step
    numbers, slots = np.divmod(distinct(week.number(seconds)), size)
    weeks, used = distinct(numbers), np.flatnonzero(np.bincount(slots, minlength=size))
    rows = np.zeros((len(weeks), len(used)), dtype=bool)
    rows[np.searchsorted(weeks, numbers), np.searchsorted(used, slots)] = True
    return PresentSlots(weeks, used, rows)


def _day_of_change(seconds: Ints, before: Week, after: Week, monday: int) -> int:
    """Return the day from which the slots of `after` fit the rows, (n,), better than those of `before`.

    It is looked for in two weeks before and one week after `monday`, the number of a day.
    """
    first, days = monday - 14, 21
    near = seconds[slice(*np.searchsorted(seconds, [first * DAY, (first + days) * DAY]))]
    misfits = []
    for week in (before, after):
        taken = distinct(week.seconds(week.number(near)))
        differ = np.setxor1d(week.between(first, first + days - 1), taken)
        misfits.append(np.bincount(np.clip(differ // DAY - first, 0, days - 1), minlength=days))
    cost = np.append(0, np.cumsum(misfits[0] - misfits[1]))
    return first + int(days - cost[::-1].argmin())
