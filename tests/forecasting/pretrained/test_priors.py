"""Priors: shares that are shares, and a widening that goes through its knots."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.forecasting.pretrained import priors
from forecaster.forecasting.pretrained.priors import theta_share, widening

SEASONS = [1, 4, 5, 7, 12, 24, 52]


@pytest.mark.parametrize("season", SEASONS)
def test_theta_has_a_share_at_any_number_of_rows(season: int) -> None:
    shares = [theta_share(season, rows) for rows in (3, 8, 12, 40, 1000)]
    assert all(0 <= share <= 0.8 for share in shares)
    knots = priors.THETA_SHARE.get(season, priors.OTHER_THETA_SHARE)
    np.testing.assert_allclose([theta_share(season, int(rows)) for rows in priors.ROWS], knots)
    assert (shares[0], shares[-1]) == (knots[0], knots[-1])


def test_a_season_that_no_one_measured_has_the_usual_priors() -> None:
    assert theta_share(17, 8) == priors.OTHER_THETA_SHARE[0]
    np.testing.assert_allclose(widening(17, 48)[priors.WIDENING_KNOTS - 1], priors.OTHER_WIDENING)


@pytest.mark.parametrize("season", SEASONS)
def test_the_widening_goes_through_its_knots_and_stays_after_the_last(season: int) -> None:
    factors = widening(season, 100)
    knots = np.array(priors.WIDENING.get(season, priors.OTHER_WIDENING))
    assert factors.shape == (100,)
    np.testing.assert_allclose(factors[priors.WIDENING_KNOTS - 1], knots)
    np.testing.assert_allclose(factors[priors.WIDENING_KNOTS[-1] - 1 :], knots[-1])
    assert factors.min() >= knots.min()
    assert factors.max() <= knots.max()
    np.testing.assert_array_equal(widening(season, 5), factors[:5])


@pytest.mark.parametrize("season", SEASONS)
def test_the_widening_corrects_and_does_not_replace_the_quantiles(season: int) -> None:
    assert (widening(season, 60) > 0.5).all()
    assert (widening(season, 60) < 3).all()
