"""What real series taught about the pretrained level network, which learned from simulated ones alone.

Real series surprise more than simulated ones, and where trends rule, Theta helps. How much of each is fitted by
`benchmarks/fit_priors.py` on the last horizons of training files. For series without a season these ask for more Theta;
half of it is what other yearly series support.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats

ROWS = np.array([8, 16, 32, 64, 128])
"""Rows at which the weight of Theta is fitted; in between it is interpolated over their logarithm."""
THETA_SHARE = {1: (0.5, 0.5, 0.35, 0.2, 0.1), 4: (0.3, 0.35, 0.15, 0.05, 0.05), 12: (0.1, 0.2, 0.1, 0.15, 0.1)}
OTHER_THETA_SHARE = (0.2, 0.2, 0.15, 0.1, 0.03)
"""Weight of Theta in the blend, by season."""
WIDENING_KNOTS = np.array([1, 4, 8, 18, 48])
"""Steps ahead at which the widening is fitted; in between it is interpolated over the logarithm of the step."""
WIDENING = {1: (1.12, 1.3, 1.4, 1.4, 1.4), 4: (1.2, 1.3, 1.35, 1.32, 1.32), 12: (1.25, 1.12, 1.1, 1.2, 1.25)}
OTHER_WIDENING = (1.15, 1.05, 1.05, 1.05, 1.1)
"""Factors on the network's quantiles less their median, by season. The latest horizon of M1's training files asks for
them; the ones before it were calmer, and ask for up to 15 % less."""


def theta_share(season: int, rows: int) -> float:
    """Return the weight of Theta beside the pretrained network, for series with this number of rows."""
    return float(np.interp(np.log(rows), np.log(ROWS), THETA_SHARE.get(season, OTHER_THETA_SHARE)))


def widening(season: int, steps: int) -> Floats:
    """Return the factor on the spread of the quantiles at each of the next steps, (steps,)."""
    at = np.log(np.arange(1, steps + 1))
    factors: Floats = np.interp(at, np.log(WIDENING_KNOTS), WIDENING.get(season, OTHER_WIDENING))
    return factors
