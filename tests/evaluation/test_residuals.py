from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecaster.evaluation.residuals import check_residuals, chi_square_tail, ljung_box


def frame_of(errors: np.ndarray, scale: float = 2.0, level: float = 100.0) -> pd.DataFrame:
    """Return a backtest of two steps whose one-step errors are `errors`, (F, N); the second step is far off."""
    count, series = errors.shape
    return pd.DataFrame(
        {
            "unique_id": np.tile(np.repeat([f"s{i}" for i in range(series)], 2), count),
            "fold": np.repeat(np.arange(count), 2 * series),
            "step": np.tile([1, 2], count * series),
            "y": np.stack([level + errors, np.full_like(errors, 1e6)], axis=-1).ravel(),
            "scale": scale,
            "forecast": level,
        }
    )


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def wave(count: int) -> np.ndarray:
    """Return errors with mean zero, each of which tells of the next."""
    error = np.sin(np.arange(count) / 2.0)
    return error - error.mean()


@pytest.mark.parametrize("shape", [(40, 1), (200, 1), (60, 7)])
def test_errors_of_a_good_forecast_raise_no_alarm(shape: tuple[int, int]) -> None:
    with np.errstate(all="raise"):
        assert check_residuals(frame_of(noise(*shape)), "forecast") == ()


def test_a_biased_forecast_is_named() -> None:
    errors = noise(50, 1) - noise(50, 1).mean()
    low = check_residuals(frame_of(errors + 1.0), "forecast")
    t = 1.0 / (errors.std(ddof=1) / np.sqrt(50))
    size = "too low, by 0.5 of a seasonal naive error on average"
    assert low == (f"One step ahead the forecast is {size} (t = {t:.1f} on 50 cutoffs).",)
    (high,) = check_residuals(frame_of(errors - 1.0), "forecast")
    assert "too high, by 0.5" in high


def test_series_count_alike_in_the_bias_of_a_cutoff() -> None:
    """Series that err alike are one piece of evidence at a cutoff, not a hundred."""
    same = np.repeat(0.3 + noise(8, 1), 100, axis=1)
    assert check_residuals(frame_of(same), "forecast") == ()


def test_autocorrelated_errors_are_named() -> None:
    (said,) = check_residuals(frame_of(wave(80)[:, None]), "forecast")
    assert said == (
        "The errors one step ahead are not independent: each says something about the next (Ljung-Box, p < 0.001)."
    )
    errors = noise(80, 3)
    errors[:, 1] = wave(80)
    (said,) = check_residuals(frame_of(errors), "forecast")
    assert "not independent in 1 of 3 series, most in s1: each says" in said


def test_many_series_raise_no_more_false_alarms_than_one() -> None:
    """Of 2000 single series about twenty would be named."""
    chance = np.array([ljung_box(column) for column in noise(40, 2000).T])
    assert 5 <= (chance < 0.01).sum() <= 60
    assert check_residuals(frame_of(noise(40, 2000)), "forecast") == ()


@pytest.mark.parametrize(
    "errors", [np.zeros((30, 2)), np.full((30, 1), 3.0), noise(1, 2), noise(3, 1)], ids=["none", "equal", "one", "few"]
)
def test_errors_that_cannot_be_tested_raise_no_alarm(errors: np.ndarray) -> None:
    with np.errstate(all="raise"):
        assert check_residuals(frame_of(errors), "forecast") == ()


def test_errors_that_are_rounding_are_none() -> None:
    assert check_residuals(frame_of(1e-13 * wave(60)[:, None] + 1e-13), "forecast") == ()


def test_series_without_a_scale_do_not_enter_the_bias() -> None:
    errors = noise(50, 2)
    errors[:, 0] += 9.0
    frame = frame_of(errors)
    frame["scale"] = frame["scale"].where(frame["unique_id"] == "s1")
    assert check_residuals(frame, "forecast") == ()
    assert check_residuals(frame.assign(scale=np.nan), "forecast") == ()


def test_ljung_box_by_hand() -> None:
    """Five errors have one lag: r = (2 * -1 + -1 * 1 + 1 * 0 + 0 * -2) / 10 = -0.3, Q = 35 * 0.09 / 4."""
    with np.errstate(all="raise"):
        assert ljung_box(np.array([2.0, -1.0, 1.0, 0.0, -2.0])) == pytest.approx(chi_square_tail(35 * 0.09 / 4, 1))
        assert ljung_box(1e-200 * noise(60)) == pytest.approx(ljung_box(noise(60)))


@pytest.mark.parametrize(
    ("x", "df", "tail"),
    [
        (3.841458820694124, 1, 0.05),
        (6.634896601021213, 1, 0.01),
        (9.21034037197618, 2, 0.01),
        (11.344866730144373, 3, 0.01),
        (18.307038053275146, 10, 0.05),
        (2.558212, 10, 0.99),
        (24.724970, 11, 0.01),
        (0.0, 5, 1.0),
        (0.0, 6, 1.0),
    ],
)
def test_chi_square_as_in_the_tables(x: float, df: int, tail: float) -> None:
    assert chi_square_tail(x, df) == pytest.approx(tail, rel=1e-6)
