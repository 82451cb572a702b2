"""A frame gives the panel that a file would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.frames import read_frame, write_frame
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

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
    y = panel.values  # noqa: PD011 - a panel is no frame
    arrays = {"unique_id": np.repeat(panel.ids, panel.lengths), "ds": panel.ds, "y": y}
    assert read_frame(pd.DataFrame(arrays)).fingerprint() == panel.fingerprint()


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
            "series c: 2024-01-01 occurs there twice; keep only one row for each time",
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


def table_of(folder: Path, text: str, selection: Selection, repair: str = "safe") -> str:
    """Return the table of a file with this text as CSV."""
    (folder / "p.csv").write_text(text)
    return write_frame(read_sources([str(folder / "p.csv")], selection, repair=repair)).to_csv(
        index=False, lineterminator="\n"
    )


def test_a_table_has_the_columns_that_were_read_in_the_style_of_the_file(tmp_path: Path) -> None:
    lines = [f"{day}.01.2024,{day + 0.5},{day * 2},x,{day % 2}" for day in range(10, 25)]
    later = ["25.01.2024,,,x,1", "26.01.2024,,,x,0"]
    text = "\n".join(["Day,Close,Volume,Note,Holiday", *lines[::-1], *later])
    selection = Selection(observed=("Volume",), known=("Holiday",), targets=("Close",))
    table = table_of(tmp_path, text, selection).splitlines()
    assert table[:2] == ["Day,Close,Volume,Holiday", "10.01.2024,10.5,20.0,0.0"]
    assert table[-3:] == ["24.01.2024,24.5,48.0,0.0", "25.01.2024,,,1.0", "26.01.2024,,,0.0"]


def test_a_long_table_stays_long_and_a_wide_one_wide(tmp_path: Path) -> None:
    long = [f"{name},2024-01-{day},{day}.5" for day in range(10, 25) for name in "ba"]
    table = table_of(tmp_path, "\n".join(["id,ds,y", *long]), Selection()).splitlines()
    assert table[:3] == ["ds,id,y", "2024-01-10,b,10.5", "2024-01-11,b,11.5"]
    assert len(table) == 31
    wide = [f"2024-01-{day},{day}.5,{'' if day == 15 else day}" for day in range(10, 25)]
    table = table_of(tmp_path, "\n".join(["ds,b,a", *wide]), Selection(targets=("b", "a"))).splitlines()
    assert table[0] == "ds,b,a"
    assert table[5:7] == ["2024-01-14,14.5,14.0", "2024-01-15,15.5,"]


def test_counts_are_written_as_counts(tmp_path: Path) -> None:
    text = "t,y\n" + "\n".join(f"{t},{t}.5" for t in range(20) if t != 7)
    assert table_of(tmp_path, text, Selection(), "full").splitlines()[7:10] == ["6,6.5", "7,6.5", "8,8.5"]
