"""A frame gives the panel that a file would give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecaster.data.frames import read_frame
from forecaster.errors import InputRefusedError

DAYS = pd.date_range("2024-01-01", periods=20, freq="D")


def long_frame() -> pd.DataFrame:
    return pd.DataFrame({"unique_id": ["b"] * 20 + ["a"] * 20, "ds": [*DAYS, *DAYS], "y": np.arange(40.0)})


def test_shuffled_rows_give_the_same_panel() -> None:
    panel = read_frame(long_frame())
    assert panel.ids == ("b", "a")
    assert panel.values.tolist() == list(range(40))  # noqa: PD011 - a panel is no frame
    assert panel.ds.dtype == np.dtype("datetime64[us]")
    shuffled = read_frame(pd.concat([long_frame()[:1], long_frame()[1:].sample(frac=1, random_state=0)]))
    assert shuffled.fingerprint() == panel.fingerprint()


def test_a_panel_goes_to_a_frame_and_back() -> None:
    panel = read_frame(long_frame())
    assert read_frame(panel.to_frame()).fingerprint() == panel.fingerprint()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_every_unit_of_time_gives_the_same_panel(unit: str) -> None:
    frame = long_frame()
    frame["ds"] = frame["ds"].astype(f"datetime64[{unit}]")
    assert read_frame(frame).fingerprint() == read_frame(long_frame()).fingerprint()


def test_dates_as_text_or_objects() -> None:
    expected = read_frame(long_frame()).fingerprint()
    assert read_frame(long_frame().assign(ds=[str(day.date()) for day in [*DAYS, *DAYS]])).fingerprint() == expected
    assert read_frame(long_frame().assign(ds=[day.date() for day in [*DAYS, *DAYS]])).fingerprint() == expected


def test_values_alone_are_one_counted_series() -> None:
    panel = read_frame(pd.DataFrame({"y": [3, 1, 2]}))
    assert (panel.ids, panel.ds.tolist()) == (("y",), [1, 2, 3])
    assert panel.values.tolist() == [3.0, 1.0, 2.0]  # noqa: PD011 - a panel is no frame


def test_rows_are_counted_within_each_series() -> None:
    panel = read_frame(long_frame().drop(columns="ds"))
    assert panel.ds.tolist() == [*range(1, 21), *range(1, 21)]


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pd.DataFrame({"close": [1.0]}), "there is no column y; rename one of the columns: close"),
        (pd.DataFrame({"y": []}), "the frame has no rows; add rows"),
        (long_frame().assign(y="x"), "column y: the values are not numbers; convert them first"),
        (
            long_frame().replace({"y": {3.0: np.nan, 5.0: np.inf}}),
            "column y: 2 values are missing or infinite; fill them in or drop the rows",
        ),
        (
            long_frame().assign(ds=[pd.NaT, *DAYS[1:], *DAYS]),
            "column ds: a time stamp is missing; fill it in or drop the row",
        ),
        (
            long_frame().assign(ds="soon"),
            "column ds: the time stamps are neither ISO dates nor integers; convert them first",
        ),
        (
            long_frame().assign(ds=0.5),
            "column ds: the time stamps are neither ISO dates nor integers; convert them first",
        ),
        (
            long_frame().assign(ds="01/02/2024"),
            "column ds: the time stamps are neither ISO dates nor integers; convert them first",
        ),
        (
            long_frame().assign(ds=[*DAYS.tz_localize("UTC"), *DAYS.tz_localize("UTC")]),
            "column ds: the time stamps have a time zone; drop it with dt.tz_localize(None)",
        ),
        (
            long_frame().assign(unique_id=[None, *["b"] * 39]),
            "column unique_id: a name is missing; fill it in",
        ),
        (
            long_frame().assign(unique_id="c"),
            "series c: 2024-01-01 stands there twice; keep one row for each time",
        ),
    ],
)
def test_bad_frames_are_refused(frame: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(InputRefusedError) as caught:
        read_frame(frame)
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 65


def test_series_of_different_steps_are_refused() -> None:
    months = pd.date_range("2020-01-01", periods=20, freq="MS")
    with pytest.raises(InputRefusedError, match="the series differ in step: b"):
        read_frame(long_frame().assign(ds=[*DAYS, *months]))
