from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.evaluation.folds import check_fold_lengths, make_folds
from forecaster.series.panel import Panel, panel_from_series


def ramps(*lengths: int) -> Panel:
    """Return series a, b, ... that start at 0, 1000, ... and rise by 1, at times that do too."""
    return panel_from_series(
        (chr(ord("a") + i), np.arange(n) + 7 * i, np.arange(n) + 1000.0 * i) for i, n in enumerate(lengths)
    )


def test_folds_are_those_of_the_picture() -> None:
    panel, drawn = ramps(12), []
    folds = make_folds(panel, horizon=3, count=3, step=2)
    for number in range(3):
        values, ahead = folds.history(number).values, folds.actual_rows(number)[0]
        assert values.tolist() == list(range(len(values)))
        assert panel.values[ahead].tolist() == [len(values), len(values) + 1, len(values) + 2]
        drawn.append("*" * len(values) + "x" * len(ahead) + "-" * (12 - len(values) - len(ahead)))
    assert drawn == ["*****xxx----", "*******xxx--", "*********xxx"]


def test_each_series_counts_from_its_own_end() -> None:
    panel = ramps(10, 6)
    folds = make_folds(panel, horizon=2, count=2, step=3)
    assert [folds.history_rows(number).tolist() for number in (0, 1)] == [[5, 1], [8, 4]]
    assert [folds.history(number).lengths.tolist() for number in (0, 1)] == [[5, 1], [8, 4]]
    assert folds.cutoffs(0).tolist() == [4, 7]
    assert panel.ds[folds.actual_rows(0)].tolist() == [[5, 6], [8, 9]]
    assert panel.values[folds.actual_rows(1)].tolist() == [[8.0, 9.0], [1004.0, 1005.0]]
    assert folds.history(1).ids == ("a", "b")


@pytest.mark.parametrize("panel", [ramps(20), ramps(20, 30)], ids=["one", "two"])
def test_histories_and_tails_share_no_memory_with_the_panel(panel: Panel) -> None:
    folds = make_folds(panel, horizon=4, count=3, step=1)
    for number in range(3):
        history = folds.history(number)
        for known in (history, folds.tail(number, 5, history.calendars), folds.tail(number, None, history.calendars)):
            for array in (known.values, known.ds, known.indptr):
                assert array.base is None
                assert not any(np.shares_memory(array, whole) for whole in (panel.values, panel.ds, panel.indptr))


def test_a_tail_is_the_end_of_the_history() -> None:
    folds = make_folds(ramps(20, 9), horizon=4, count=2, step=1)
    history = folds.history(0)
    tail = folds.tail(0, 6, folds.history(1).calendars)
    assert tail.lengths.tolist() == [6, 4]
    assert tail.values.tolist() == history.tail(6).values.tolist()
    assert tail.calendars == folds.history(1).calendars
    assert folds.tail(0, None, history.calendars).fingerprint() == history.fingerprint()


def test_a_history_does_not_know_holidays_after_its_cutoff() -> None:
    """The weekdays of 2024 but one: calendars know the closed Wednesday only once it has passed."""
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-12-31"))
    weekdays = days[np.is_busday(days) & (days != np.datetime64("2024-11-20"))].astype("datetime64[us]")
    panel = panel_from_series([("a", weekdays, np.arange(len(weekdays), dtype=np.float64))])
    cut = int(np.searchsorted(weekdays, np.datetime64("2024-11-18")))
    folds = make_folds(panel, horizon=len(weekdays) - cut, count=1, step=1)
    assert folds.cutoffs(0).astype("datetime64[D]") == np.datetime64("2024-11-15")
    assert np.datetime64("2024-11-20") in folds.history(0).future(3)
    assert np.datetime64("2024-11-20") not in panel.ds[folds.actual_rows(0)]


def test_values_after_the_cutoff_leave_the_history_as_it_is() -> None:
    panel = ramps(40)
    changed = panel_from_series([("a", panel.ds, np.where(panel.ds < 30, panel.values, -1e9))])
    before, after = (make_folds(p, horizon=10, count=1, step=1).history(0) for p in (panel, changed))
    assert before.fingerprint() == after.fingerprint()


def test_a_series_of_just_enough_rows_is_accepted() -> None:
    check_fold_lengths(ramps(50, 27), horizon=5, count=3, step=6, minimum=10)
    folds = make_folds(ramps(10), horizon=5, count=5, step=1)
    assert [len(folds.history(number).values) for number in range(5)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("lengths", "sizes", "what", "remedy"),
    [
        (
            (50, 26),
            (5, 3, 6, 10),
            "27 rows are needed for 3 folds of horizon 5, found fewer in b (26)",
            "use at most 2 folds or a horizon of at most 4",
        ),
        (
            (20,),
            (12, 1, 1, 10),
            "22 rows are needed for 1 fold of horizon 12, found fewer in a (20)",
            "use a horizon of at most 10",
        ),
        (
            (30,),
            (5, 9, 4, 10),
            "47 rows are needed for 9 folds of horizon 5, found fewer in a (30)",
            "use at most 4 folds",
        ),
        (
            (100,),
            (24, 5, 24, 50),
            "170 rows are needed for 5 folds of horizon 24, found fewer in a (100)",
            "use at most 2 folds or a horizon of at most 10",
        ),
        (
            (3, 4, 5, 6, 7, 8, 99),
            (5, 2, 5, 10),
            "20 rows are needed for 2 folds of horizon 5, found fewer in a (3), b (4), c (5), d (6), e (7) and 1 more",
            "give each series 20 rows or leave the short ones out",
        ),
    ],
)
def test_a_series_that_is_too_short_is_refused_with_a_remedy(
    lengths: tuple[int, ...], sizes: tuple[int, ...], what: str, remedy: str
) -> None:
    with pytest.raises(InputRefusedError) as caught:
        check_fold_lengths(ramps(*lengths), *sizes)
    assert str(caught.value) == f"{what}; {remedy}"
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(("horizon", "count", "step"), [(24, 5, 24), (5, 3, 6), (14, 4, 1)])
def test_the_remedy_works(horizon: int, count: int, step: int) -> None:
    panel = ramps(60)
    with pytest.raises(InputRefusedError) as caught:
        check_fold_lengths(panel, horizon, count, step, minimum=45)
    numbers = [int(word) for word in caught.value.remedy.split() if word.isdigit()]
    if "folds" in caught.value.remedy:
        check_fold_lengths(panel, horizon, numbers[0], step, minimum=45)
    if "horizon" in caught.value.remedy:
        shorter = numbers[-1]
        check_fold_lengths(panel, shorter, count, shorter if step == horizon else step, minimum=45)


def test_folds_before_the_first_row_are_refused() -> None:
    with pytest.raises(InputRefusedError, match="found fewer in b"):
        make_folds(ramps(30, 6), horizon=3, count=4, step=1)


def test_histories_of_unequal_steps_know_the_median_step_of_their_own_rows() -> None:
    """Steps of 1, 2, ... days: the median of a history of 20 rows is 10 days, of 30 rows 15 days."""
    days = np.datetime64("2024-01-01", "us") + np.cumsum(np.arange(40)) * np.timedelta64(1, "D")
    panel = panel_from_series([("a", days, np.arange(40.0))], irregular=True)
    folds = make_folds(panel, horizon=10, count=2, step=10)
    assert folds.history(0).irregular
    assert [folds.history(number).calendars[0].step for number in (0, 1)] == [10 * 86_400, 15 * 86_400]
    assert panel.ds[folds.actual_rows(1)].tolist() == [days[30:].tolist()]
