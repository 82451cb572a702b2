"""Detect patterns: which season repeats, whether changes look like a price's, and in which units they are steady.

The first two come from autocorrelations r_k = sum (d_t - m)(d_{t-k} - m) / sum (d_t - m)^2 of one-step changes d.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

SAMPLED = 100
"""Series in which patterns are looked for, evenly spread over the panel: more would not change what most show."""
LATEST = 100_000
"""Latest rows of a series that are looked at: many of any pattern, as ten weeks of minutes are."""
WEAK = 0.2
"""Autocorrelation of changes up to which they look like noise: prices stay below, seasonal series are far above."""
STRONG = 0.3
"""Contrast of the autocorrelations of changes from which a repetition counts as a season. Chosen by hand."""
AGREEING, SURE = 10, 4.0
"""Series whose agreement counts, and standard errors by which their contrast must differ from zero: many lags are
tried, so a usual level would find seasons in noise."""
NEARLY = 0.9
"""Share of the clearest contrast with which a shorter season is taken instead: each multiple of a season repeats as
well, and may do so a little better by chance."""
CLEARER = 1.1
"""Factor by which a divisor of a season of a calendar has to be the clearer one: weeks repeat as clearly after half a
year as after a year; a pattern of three steps repeats more clearly after three than after twelve. Chosen by hand."""
CALENDAR = frozenset({4, 5, 7, 12, 24, 48, 52, 96, 144, 168, 288, 336, 365})
"""Seasons of calendars and clocks: years of quarters, months, weeks and days, weeks of business days and of days, days
of 24 hours and of shorter steps down to five minutes, and weeks of hours and half-hours. They go before all others: in
weeks, six years of 313 repeat more clearly than one of 52, and forecasts with 52 were 4 % better."""
LONGEST_SEASON = 400
"""The longest season that is looked for: a year of days, and some."""
STEADIER = 0.7
"""Difference of |log(later / earlier)| from which one unit is clearly steadier: a factor of two."""
LARGEST_DRIFT = 0.3
"""Mean change of a price in its standard deviations at most: a price that rises by more in each step has a trend."""
LEAST_GAIN = 0.05
"""Share by which the last value must be the better forecast of a price. Chosen by hand."""


def autocorrelation(changes: Floats, lags: int) -> Floats:
    """Return r_1 .. r_lags of changes, (n,); zeros where the changes are all equal."""
    centred = changes - changes.mean()
    variance = centred @ centred
    if variance <= 1e-20 * max(1.0, float(changes @ changes)):
        return np.zeros(lags)
    size = 1 << (2 * len(centred) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, size)) ** 2
    return np.asarray(np.fft.irfft(spectrum, size)[1 : lags + 1] / variance)


def _sample(panel: Panel, rows: int) -> list[Floats]:
    """Return the latest values of up to `SAMPLED` series that have at least `rows` values."""
    long = np.flatnonzero(panel.lengths >= rows)
    chosen = long[np.linspace(0, len(long) - 1, min(len(long), SAMPLED)).astype(int)] if len(long) else long
    return [panel.values[panel.slice(int(i))][-LATEST:] for i in chosen]


def dominant_season(panel: Panel) -> int:
    """Return the lag of 2 to 400 at which changes repeat most, or 1 if none stands out; it must fit three times.

    At a season and its multiples the autocorrelation is higher than at the lags around them, in the mean over the
    series by `STRONG`, or by half of that where many series agree. Of the seasons of a calendar that stand out, the
    shortest wins that stands out nearly as much as the clearest of them. Without any, it is the clearest season. A
    divisor takes its place that stands out as much, or clearly more than a season of a calendar.
    """
    changes = [np.diff(y) for y in _sample(panel, 8)]
    if not changes:
        return 1
    longest = max(len(d) for d in changes)
    r = np.full((len(changes), 1 + min(3 * LONGEST_SEASON, 3 * longest // 4)), np.nan)
    for row, d in zip(r, changes, strict=True):
        lags = min(len(row) - 1, 3 * len(d) // 4)
        # a long lag is a sum of fewer products: n / (n - k) makes up for them, where they are not too few
        row[1 : lags + 1] = autocorrelation(d, lags) * len(d) / (len(d) - np.arange(1, lags + 1))
    found: dict[int, float] = {}
    for season in range(2, min(LONGEST_SEASON, longest // 3) + 1):
        enough = np.array([len(d) >= 3 * season for d in changes])
        contrast = _contrast(r[enough], season)
        rows = float(np.median([len(d) for d in changes if len(d) >= 3 * season]))
        if contrast.mean() >= _least_contrast(contrast, rows):
            found[season] = float(contrast.mean())
    return _shortest_clear_season(found)


def _shortest_clear_season(contrasts: Mapping[int, float]) -> int:
    """Return the season of these that wins by `dominant_season`, from the contrast of each; 1 of none."""
    usual = [season for season in contrasts if season in CALENDAR]
    clearest = max(usual or contrasts, key=lambda season: contrasts[season], default=1)
    best = min((season for season in usual if contrasts[season] >= NEARLY * contrasts[clearest]), default=clearest)
    least = (CLEARER if usual else NEARLY) * contrasts.get(best, 0)
    return min((each for each in contrasts if best % each == 0 and contrasts[each] >= least), default=best)


def _contrast(r: Floats, season: int) -> Floats:
    """Return how much higher each series' autocorrelations, (k, lags + 1), are at a season than around it, (k,)."""
    around = np.arange((season + 1) // 2, min(3 * season + season // 2, r.shape[1] - 1) + 1)
    at = around % season == 0
    contrast: Floats = np.nanmean(r[:, around[at]], axis=1) - np.nanmean(r[:, around[~at]], axis=1)
    return contrast


def _least_contrast(contrast: Floats, rows: float) -> float:
    """Return the mean from which the contrasts of series, (k,), of about so many rows are more than chance."""
    k = len(contrast)
    if k >= AGREEING and contrast.mean() >= SURE * contrast.std() / np.sqrt(k):
        return STRONG / 2
    return max(STRONG, SURE / sqrt(3 * rows * k))


def looks_like_prices(panel: Panel, season: int) -> tuple[bool, str]:
    """Return whether most series move like prices, and the reason in words.

    A positive series moves like a price if its relative changes are noise, without an autocorrelation at lags 1 to 3
    and at one and two seasons and with hardly any drift, and if its last value is a better forecast of the next one
    than the running mean and the value one season ago, each by 5 %.
    """
    if not (panel.values > 0).all():
        return False, "values of zero or less cannot be prices"
    verdicts = [_series_looks_like_price(np.log(y), season) for y in _sample(panel, max(20, 2 * season + 2))]
    if not verdicts:
        return False, "too short to tell whether changes are noise: the level is used"
    votes = [price for price, _ in verdicts]
    majority = np.mean(votes) >= 0.5
    return bool(majority), next(why for price, why in verdicts if price == majority)


def _series_looks_like_price(x: Floats, season: int) -> tuple[bool, str]:
    """Judge one series of logarithms, (n,)."""
    d = np.diff(x)
    noise = d.std()
    if noise <= 1e-12 * max(1.0, float(np.abs(x).max())) or abs(d.mean()) > LARGEST_DRIFT * noise:
        return False, "the series moves steadily in one direction"
    lags = sorted({1, 2, 3, season, 2 * season})
    r = autocorrelation(d, lags[-1])[np.array(lags) - 1]
    largest = int(np.abs(r).argmax())
    if abs(r[largest]) > max(WEAK, 2 / np.sqrt(len(d))):
        return False, f"changes repeat themselves: their autocorrelation at lag {lags[largest]} is {r[largest]:.2f}"
    error = np.abs(d).mean()
    running = np.cumsum(x[:-1]) / np.arange(1, len(x))
    seasonal = np.abs(x[season + 1 :] - x[1:-season]).mean() if season > 1 else np.inf
    if error > (1 - LEAST_GAIN) * min(np.abs(x[1:] - running).mean(), seasonal):
        return False, "the series returns to its mean or to its last season"
    return True, f"changes look like noise (largest autocorrelation {abs(r[largest]):.2f}), as those of prices do"


def steadier_in_plain_units(panel: Panel) -> bool:
    """Return whether changes keep their size over time clearly better in plain units than in logarithms.

    Compared are the mean absolute changes of the earlier and the later half of each positive series: the median over
    the series of |log(later / earlier)| has to be lower by `STEADIER` in plain units.
    """
    gaps = [_unsteadiness(np.log(y)) - _unsteadiness(y) for y in _sample(panel, 8) if (y > 0).all()]
    return bool(gaps) and float(np.median(gaps)) > STEADIER


def _unsteadiness(x: Floats) -> float:
    """Return |log(later / earlier)| of the mean absolute changes in the two halves of x, (n,)."""
    changes = np.abs(np.diff(x))
    half = len(changes) // 2
    earlier, later = changes[:half].mean(), changes[half:].mean()
    return float(abs(np.log(later / earlier))) if earlier > 0 and later > 0 else 0.0
