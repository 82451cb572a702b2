"""A forecast and a backtest of too many cells are refused, with a number that is possible."""

from __future__ import annotations

import pytest

from forecaster.errors import Code, ForecasterError
from forecaster.size_limits import MOST_FOLD_CELLS, MOST_FORECAST_CELLS
from forecaster.workflow.forecast_size import check_backtest_size, check_forecast_size


def test_the_largest_forecast_is_possible() -> None:
    check_forecast_size(MOST_FORECAST_CELLS // 80, 10, 8, of_model=True)
    check_backtest_size(MOST_FOLD_CELLS // 3000, 10, 10, 30)


@pytest.mark.parametrize(("of_model", "code"), [(True, 76), (False, 65)])
def test_a_forecast_of_too_many_cells_is_refused(of_model: bool, code: int) -> None:
    with pytest.raises(ForecasterError, match=r"200,000 series, 13 steps .* use --horizon 12 or less") as caught:
        check_forecast_size(200_000, 13, 8, of_model=of_model)
    assert caught.value.exit_code == code
    check_forecast_size(200_000, 12, 8, of_model=of_model)
    with pytest.raises(ForecasterError, match="fewer series" if of_model else "split the file"):
        check_forecast_size(MOST_FORECAST_CELLS, 1, 8, of_model=of_model)


def test_folds_of_too_many_cells_are_refused() -> None:
    with pytest.raises(
        ForecasterError, match=r"41 folds of 1,000 series and 100 steps .* use --folds 40 or less"
    ) as caught:
        check_backtest_size(1000, 100, 41, 50)
    assert (caught.value.exit_code, caught.value.code) == (65, Code.LIMIT)
    check_backtest_size(1000, 100, 40, 50)
    with pytest.raises(ForecasterError, match="split the file"):
        check_backtest_size(MOST_FOLD_CELLS, 1, 1, 50)
