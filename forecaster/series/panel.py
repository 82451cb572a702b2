"""Many series in three flat arrays: the shape in which the rest of the program sees them.

Series `i` of a panel is `values[indptr[i]:indptr[i + 1]]`, with its time stamps in `ds` at the same places.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.date_choice import DATED, RULE_NAME
from forecaster.calendars.schedule import ROWWISE
from forecaster.errors import Code, InputRefusedError
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.covariates import Covariates

TIME_DTYPE = np.dtype("datetime64[us]")


@dataclass(frozen=True)
class Panel:
    """Series of one kind: all of them have equal steps, or none.

    Attributes:
        ids: Name of each series, N of them, all different.
        ds: Time stamps, (n,), `datetime64[us]` or int64, rising within a series.
        values: Observations, (n,), float64, all finite.
        indptr: Where each series begins, (N + 1,), int64; the last entry is n.
        calendars: The calendar of each series, N of them; equal ones may be one object.
        covariates: The covariates; None where there are none.
        observed: Whether each value was observed, (n,), and not filled in; None where all were.

    """

    ids: tuple[str, ...]
    ds: NDArray[Any]
    values: Floats
    indptr: Ints
    calendars: tuple[Calendar, ...]
    covariates: Covariates | None = None
    observed: Bools | None = None

    def __len__(self) -> int:
        """Return the number of series."""
        return len(self.ids)

    @property
    def lengths(self) -> Ints:
        """Observations in each series, (N,)."""
        return self.indptr[1:] - self.indptr[:-1]

    @property
    def last(self) -> Ints:
        """Place of each series' last observation in the flat arrays, (N,)."""
        return self.indptr[1:] - 1

    @property
    def irregular(self) -> bool:
        """Whether steps are unequal."""
        return all(calendar.irregular for calendar in self.calendars)

    @property
    def observed_values(self) -> Floats:
        """The observations, (n,), with NaN in place of values that were filled in."""
        return self.values if self.observed is None else np.where(self.observed, self.values, np.nan)

    def slice(self, i: int) -> slice:
        """Return the place of series `i` in the flat arrays."""
        return slice(int(self.indptr[i]), int(self.indptr[i + 1]))

    @property
    def series(self) -> Ints:
        """The number of each row's series, (n,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def cut(self, start: Ints, stop: Ints) -> Self:
        """Return the panel with rows `start[i]:stop[i]` of each series `i`, counted from its own first row.

        The arrays are copied, so later changes to the panel do not change the part.
        """
        begin = self.indptr[:-1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(begin + start, begin + stop, strict=True)])
        indptr = np.concatenate([[0], np.cumsum(stop - start)])
        covariates = self.covariates and self.covariates.cut(rows, start)
        observed = None if self.observed is None else self.observed[rows]
        return type(self)(self.ids, self.ds[rows], self.values[rows], indptr, self.calendars, covariates, observed)

    def tail(self, rows: int) -> Self:
        """Return the last `rows` observations of each series, or all of a shorter one."""
        return self.cut(np.maximum(0, self.lengths - rows), self.lengths)

    def head(self, dropped: int | Ints) -> Self:
        """Return the panel without the last `dropped` observations of each series."""
        return self.cut(np.zeros_like(self.lengths), np.maximum(0, self.lengths - dropped))

    def append_rows(self, ds: NDArray[Any], values: Floats) -> Self:
        """Return the panel with these rows, (N, k) both, after each series; observed columns keep their last value."""
        if not ds.shape[1]:
            return self
        joined = [
            tuple(np.concatenate(pair) for pair in ((self.ds[part], ds[i]), (self.values[part], values[i])))
            for i, part in enumerate(map(self.slice, range(len(self))))
        ]
        indptr = self.indptr + ds.shape[1] * np.arange(len(self) + 1)
        covariates = self.covariates and self.covariates.with_more_rows(self.lengths, ds.shape[1])
        stamps, rows = (np.concatenate(each) for each in zip(*joined, strict=True))
        observed = None
        if self.observed is not None:
            observed = np.insert(self.observed, np.repeat(self.indptr[1:], ds.shape[1]), values=True)
        return type(self)(self.ids, stamps, rows, indptr, self.calendars, covariates, observed)

    def followed_by(self, other: Panel) -> Self:
        """Return the panel with the series of another one after its own, without covariates; all are observed."""
        return type(self)(
            self.ids + other.ids,
            np.concatenate([self.ds, other.ds]),
            np.concatenate([self.values, other.values]),
            np.concatenate([self.indptr, self.indptr[-1] + other.indptr[1:]]),
            self.calendars + other.calendars,
        )

    def take(self, chosen: Sequence[int]) -> Self:
        """Return the panel of the series with these numbers, in this order."""
        rows = np.concatenate([np.arange(self.indptr[i], self.indptr[i + 1]) for i in chosen])
        return type(self)(
            tuple(self.ids[i] for i in chosen),
            self.ds[rows],
            self.values[rows],
            np.concatenate([[0], np.cumsum(self.lengths[list(chosen)])]).astype(np.int64),
            tuple(self.calendars[i] for i in chosen),
            self.covariates and self.covariates.take(chosen, rows),
            None if self.observed is None else self.observed[rows],
        )

    def future(self, horizon: int) -> NDArray[Any]:
        """Return the time stamps of the next `horizon` steps of each series, (N, horizon)."""
        ends = zip(self.calendars, self.last, strict=True)
        return np.stack([calendar.future(self.ds[end], horizon) for calendar, end in ends])

    def fingerprint(self, *, with_known: bool = True) -> dict[str, Any]:
        """Return rows, number of series, span and SHA-256 of ids, time stamps and values, known ones too."""
        digest = hashlib.sha256("\0".join(self.ids).encode())
        arrays = [self.indptr, self.ds.astype(np.int64), self.values]
        if self.covariates:
            arrays += [self.covariates.observed_values, *([self.covariates.known_values] if with_known else [])]
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return {
            "rows": len(self.values),
            "series": len(self.ids),
            "start": str(self.ds.min()),
            "end": str(self.ds.max()),
            "sha256": digest.hexdigest(),
        }


def panel_from_series(series: Iterable[tuple[str, NDArray[Any], Floats]], *, irregular: bool = False) -> Panel:
    """Build a panel from `(id, ds, values)`, each already sorted by `ds`, and learn the calendars.

    Raises:
        InputRefusedError: A series does not follow a regular step, and `irregular` is not given.

    """
    learned: dict[bytes, Calendar] = {}
    parts = list(series)
    calendars = [learn_calendar_once(ds, name, learned, irregular=irregular) for name, ds, _ in parts]
    calendars = share_dates([ds for _, ds, _ in parts], calendars)
    return panel_from_rows([name for name, *_ in parts], [(ds, values) for _, ds, values in parts], calendars)


def learn_calendar_once(
    ds: NDArray[Any], name: str, learned: dict[bytes, Calendar], *, irregular: bool, requested: str | None = None
) -> Calendar:
    """Return the calendar of time stamps, (n,); equal time stamps are learned once and then found in `learned`.

    If steps are equal, a `requested` calendar is followed: an exchange, or a rule for dates, whose name has a hyphen.

    Raises:
        InputRefusedError: The time stamps follow no regular step, and `irregular` is not given.
        UsageError: The time stamps do not follow the requested rule, or the exchange is not known.

    """
    key = ds.dtype.str.encode() + ds.tobytes()
    if key not in learned:
        named = {"rule" if RULE_NAME.fullmatch(requested) else "exchange": requested} if requested else {}
        learned[key] = Calendar.learn_irregular(ds, name) if irregular else Calendar.learn(ds, name, **named)
    return learned[key]


def share_dates(stamps: Sequence[NDArray[Any]], calendars: Sequence[Calendar]) -> list[Calendar]:
    """Return the calendars of series, where those that follow the dates of the longest one take its calendar.

    The few rows of a short series do not show by which rule their dates repeat.

    Args:
        stamps: The time stamps of each series, (n,).
        calendars: The calendar of each series that its own rows show.

    """
    if not calendars:
        return []
    longest = calendars[max(range(len(stamps)), key=lambda i: len(stamps[i]))]
    if longest.kind not in DATED:
        return list(calendars)
    pairs = zip(stamps, calendars, strict=True)
    return [longest if own != longest and longest.has_dates(ds) else own for ds, own in pairs]


def panel_from_rows(
    ids: Sequence[str], rows: Sequence[tuple[NDArray[Any], Floats]], calendars: Sequence[Calendar]
) -> Panel:
    """Build a panel from the `(ds, values)` of each series and its calendar."""
    indptr = np.concatenate([[0], np.cumsum([len(values) for _, values in rows])]).astype(np.int64)
    stamps = np.concatenate([ds for ds, _ in rows])
    values = np.concatenate([values for _, values in rows]).astype(np.float64)
    return Panel(tuple(ids), stamps, values, indptr, tuple(calendars))


def step_of_calendar(calendar: Calendar) -> tuple[str, int, int | None]:
    """Return what series of one panel must have in common: unit and length of the step, and the steps in a year."""
    return calendar.kind, calendar.step * (calendar.kind not in ROWWISE), calendar.per_year


def refuse_mixed_steps(panel: Panel) -> None:
    """Refuse a panel whose series differ in step, as daily and monthly ones do; a series of one row has no step.

    Raises:
        InputRefusedError: Two series differ.

    """
    found = [i for i, rows in enumerate(panel.lengths) if rows > 1]
    calendars = [panel.calendars[i] for i in found]
    steps = [step_of_calendar(each) for each in calendars]
    other = next((k for k, step in enumerate(steps) if step != steps[0]), None)
    if other is not None:
        pair = [f"{shown(panel.ids[i])} ({panel.calendars[i].describe()})" for i in (found[0], found[other])]
        what = f"the series differ in step: {' and '.join(pair)}"
        raise InputRefusedError(what, "train them separately, or convert them to one step", code=Code.FREQ)
