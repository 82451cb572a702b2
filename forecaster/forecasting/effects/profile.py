"""The effects of the calendar on the profile of the day: what each time of day differs from the level of its day.

Profiles are (D, H) on days that rise without gaps. They change with the time of the year, and on a named day they may
look like those of a Sunday.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects import design
from forecaster.forecasting.effects.named_days import NamedDay, indicator
from forecaster.forecasting.effects.regression import TEN_PERCENT, MomentsByPart, choose_penalty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.effects.level import Axis

CHOICES = (5.0, 50.0, 500.0)
"""Penalties, in days, of the first frequency, from which the left-out years choose."""
LEAST_GAIN = 0.01
"""Share by which the squared error of left-out years must fall: two years alone show a smaller gain by chance, and a
smaller one is not worth much."""
SHARE_VARIANCE = 0.25
"""Prior variance of the share by which a day looks like a Sunday: most are between 0 and 1."""


def profile_by_year(axis: Axis, profiles: Floats, ordinary: Bools) -> Floats:
    """Return the coefficients by which the profile changes with the year, (PROFILE_SIZE, H); 0 where it does not.

    Args:
        axis: What the days share.
        profiles: Values minus the level of the day and the profile of the weekday, (D, H); 0 where there is none.
        ordinary: Which days count, (D,): observed ones that are no named days.

    """
    columns = axis.projection.rest(design.year_columns(axis.days, design.PROFILE_PAIRS)) * ordinary[:, None]
    target = axis.projection.rest(profiles * ordinary[:, None]) * ordinary[:, None]
    moments = MomentsByPart.of(columns, target, axis.groups)
    frequency = np.repeat(np.arange(1.0, design.PROFILE_PAIRS + 1), 2)
    choices = [scale * frequency**2 for scale in CHOICES]
    none = np.full(len(frequency), np.inf)
    penalty = choose_penalty(moments, none, slice(0, len(frequency)), choices, TEN_PERCENT)
    without, error = moments.errors(none).sum(), moments.errors(penalty).sum()
    return moments.coefficients(penalty if error < (1 - LEAST_GAIN) * without else none)


def shares_of_sunday(
    days: Ints, profiles: Floats, unlike: Floats, named: Sequence[NamedDay], ordinary: Bools
) -> Floats:
    """Return by which share each named day has the profile of a Sunday, (R,).

    Args:
        days: Day numbers, (D,).
        profiles: What the weekday and the time of the year leave of the profiles, (D, H).
        unlike: Profile of Sunday minus that of each weekday, (7, H).
        named: The R named days.
        ordinary: Which days are no named days and observed, (D,).

    """
    direction = unlike[weekday_of(days)]
    along, size = (profiles * direction).sum(1), (direction**2).sum(1)
    usual = ordinary & (size > 0)
    noise = float(np.median(along[usual] ** 2 / size[usual])) if usual.any() else 0.0
    shares = np.zeros(len(named))
    for number, day in enumerate(named):
        places = indicator(day, days)
        total = size[places].sum() + noise / SHARE_VARIANCE
        shares[number] = along[places].sum() / total if total > 0 else 0.0
        along[places] -= shares[number] * size[places]
    return shares
