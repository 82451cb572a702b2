"""Parquet files become columns that read as those of a CSV file with the same rows."""

from __future__ import annotations

import io
import sys
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import InputRefusedError, UsageError
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.numbers import parse_numbers
from forecaster.reading.tables import parquet
from forecaster.reading.tables.content import stem
from forecaster.reading.tables.parquet import read_columns
from forecaster.reading.tables.table import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.reading.cells.column import Column

pytest.importorskip("pyarrow")
DAYS = pd.date_range("2024-01-01", periods=3)


def written(frame: pd.DataFrame) -> io.BytesIO:
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream


def read(values: object) -> Column:
    (column,) = read_columns(written(pd.DataFrame({"x": values})), "t.parquet")
    assert column.name == "x"
    return column


def cells(values: object) -> tuple[str, ...]:
    return read(values).cells


def test_days_have_no_clock_and_other_times_have_one_format() -> None:
    assert cells(DAYS) == ("2024-01-01", "2024-01-02", "2024-01-03")
    assert cells([date(2024, 1, 1), None]) == ("2024-01-01", "")
    assert cells(DAYS[:2] + pd.Timedelta("9h")) == ("2024-01-01T09:00:00", "2024-01-02T09:00:00")
    assert cells([pd.Timestamp("2024-01-01 00:00:00.5"), pd.NaT, DAYS[0]]) == (
        "2024-01-01T00:00:00.500000",
        "",
        "2024-01-01T00:00:00.000000",
    )


def test_times_of_a_zone_keep_their_offset() -> None:
    winter_and_summer = pd.to_datetime(["2024-01-01", "2024-07-01"]).tz_localize("Europe/Berlin")
    assert cells(winter_and_summer) == ("2024-01-01T00:00:00+01:00", "2024-07-01T00:00:00+02:00")


def test_numbers_come_back_the_same_and_missing_ones_are_empty() -> None:
    numbers = np.array([0.1 + 0.2, 5e-9, -1e300, np.inf])
    assert [float(cell) for cell in cells(numbers)] == numbers.tolist()
    assert cells([1.5, np.nan]) == ("1.5", "")
    assert cells([1, 2**62]) == ("1", str(2**62))
    assert cells(["a", None]) == ("a", "")


def test_an_index_without_a_name_is_a_column_without_a_name() -> None:
    columns = read_columns(written(pd.DataFrame({"y": [1, 2, 3]}, index=DAYS)), "t.parquet")
    assert [column.name for column in columns] == ["y", ""]
    assert columns[1].cells[0] == "2024-01-01"


def test_a_parquet_file_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    path.write_bytes(written(pd.DataFrame({"Date": DAYS, "Close": [1.5, 2.5, 3.5]})).getvalue())
    table = read_table(str(path))
    assert (stem(table.file), table.header) == ("prices", ("Date", "Close"))
    assert table.columns[0].cells == ("2024-01-01", "2024-01-02", "2024-01-03")
    assert table.columns[1].cells == ("1.5", "2.5", "3.5")
    assert table.lines.tolist() == [1, 2, 3]
    assert (table.columns[1].complete, table.named, table.findings) == (True, True, ())


def test_times_and_numbers_do_not_become_text(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    path.write_bytes(written(pd.DataFrame({"Date": DAYS, "Close": [1.5, 2.5, 3.5]})).getvalue())
    date, close = read_table(str(path)).columns
    assert parse_dates(date).ds.tolist() == DAYS.to_pydatetime().tolist()
    assert parse_numbers(close).tolist() == [1.5, 2.5, 3.5]
    assert not {"cells", "texts", "distinct"} & (date.__dict__.keys() | close.__dict__.keys())


def test_whole_numbers_of_which_one_is_missing_have_no_decimals() -> None:
    assert cells(pd.array([20240131, None], dtype="Int64")) == ("20240131", "")


def test_a_missing_time_is_refused_as_in_a_text() -> None:
    with pytest.raises(InputRefusedError, match=r"t.parquet:2: column x: '' is not written as YYYY-MM-DD like"):
        parse_dates(read([DAYS[0], pd.NaT, DAYS[1]]))


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(written(pd.DataFrame({"Date": DAYS[:0]})).getvalue())
    with pytest.raises(InputRefusedError, match=r"t\.parquet: there are column names and no rows; add rows"):
        read_table(str(path))


def test_damage_is_refused() -> None:
    data = written(pd.DataFrame({"x": [1, 2]})).getvalue()
    for damaged in (data[:100], b"PAR1" + b"\0" * 100 + b"PAR1"):
        with pytest.raises(
            InputRefusedError, match="the Parquet file is damaged or of a kind that cannot be read"
        ) as caught:
            read_columns(io.BytesIO(damaged), "t.parquet")
        assert caught.value.code == "BINARY"


def test_too_many_cells_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MOST_CELLS", 5)
    with pytest.raises(InputRefusedError, match=r"t\.parquet: the file has more than 5 cells; split it") as caught:
        read_columns(written(pd.DataFrame({"x": [1, 2, 3], "y": [1, 2, 3]})), "t.parquet")
    assert caught.value.code == "LIMIT"


@pytest.mark.parametrize(
    ("limit", "most", "said"),
    [("MOST_LINES", 2, "2 rows"), ("MOST_COLUMNS", 1, "1 columns"), ("LARGEST_FILE", 1, "0 GiB")],
)
def test_other_sizes_are_limited_too(monkeypatch: pytest.MonkeyPatch, limit: str, most: int, said: str) -> None:
    monkeypatch.setattr(parquet, limit, most)
    with pytest.raises(InputRefusedError, match=f"the file has more than {said}") as caught:
        read_columns(written(pd.DataFrame({"x": [1, 2, 3], "y": [1, 2, 3]})), "t.parquet")
    assert caught.value.code == "LIMIT"


def test_rows_of_one_text_share_it() -> None:
    frame = pd.DataFrame({"x": ["a" * 1000, None, "b"] * 1000, "y": pd.Categorical(["c", None, "d"] * 1000)})
    first, second = read_columns(written(frame), "t.parquet")
    assert first.cells == ("a" * 1000, "", "b") * 1000
    assert second.cells == ("c", "", "d") * 1000
    assert len({id(cell) for cell in first.cells}) == 3


def test_without_pyarrow_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"Parquet needs pyarrow, which is not installed; pip install 'forecaster-rnn"):
        read_columns(io.BytesIO(), "t.parquet")
