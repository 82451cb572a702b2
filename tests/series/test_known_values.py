"""Values that are known for the future too, from files and from a panel, beside its rows and behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.errors import InputRefusedError
from forecaster.reading.cells.time_style import ISO_STYLE, TimeStyle
from forecaster.reading.known_files import read_known, with_known
from forecaster.series.covariates import Covariates
from forecaster.series.known_values import Timed, check_used, known_columns, with_known_values
from forecaster.series.panel import Panel, panel_from_rows, panel_from_series
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST = np.datetime64("2024-01-01", "us")
DAY = np.timedelta64(1, "D")


def stamps(rows: int) -> Any:
    return FIRST + np.arange(rows) * DAY


def panel(rows: int = 4, ids: str = "a") -> Panel:
    """Return series that have a row every day."""
    return panel_from_rows(ids, [(stamps(rows), np.arange(float(rows)))] * len(ids), [Calendar("daily", 1)] * len(ids))


def known_panel(panel: Panel, files: list[str], selection: Selection, style: TimeStyle = ISO_STYLE) -> Panel:
    return with_known(panel, files, selection, style)[0]


def columns_of(made: Panel) -> Covariates:
    assert made.covariates is not None
    return made.covariates


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a file of known values and returns its name."""

    def write(*lines: str, name: str = "known.csv") -> str:
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return str(tmp_path / name)

    return write


def rows_of(name: str, values: list[object], first: int = 0) -> list[str]:
    """Return the lines of a file with one column, a value a day."""
    return [f"date,{name}", *(f"{str(FIRST + (first + i) * DAY)[:10]},{value}" for i, value in enumerate(values))]


def refused(file: str, selection: Selection | None = None) -> str:
    with pytest.raises(InputRefusedError) as caught:
        known_panel(panel(), [file], selection or Selection())
    return str(caught.value).replace(file, "FILE")


def test_a_file_goes_on_after_the_rows(file: Callable[..., str]) -> None:
    made = known_panel(panel(), [file(*rows_of("promo", [1, 0, 0, 1, 5, 6]))], Selection())
    columns = columns_of(made)
    assert (columns.observed, columns.known) == ((), ("promo",))
    assert columns.known_values.tolist() == [[1, 0, 0, 1, 5, 6]]
    assert (columns.start.tolist(), columns.stop.tolist()) == ([0], [6])
    assert columns.observed_values.shape == (0, 4)
    assert made.values.tolist() == [0, 1, 2, 3]


def test_rows_before_the_series_and_in_any_order_are_no_matter(file: Callable[..., str]) -> None:
    head, *rows = rows_of("promo", [9, 9, 1, 2, 3, 4, 5], first=-2)
    made = known_panel(panel(), [file(head, *rows[::-1])], Selection())
    assert columns_of(made).known_values.tolist() == [[1, 2, 3, 4, 5]]


def test_all_columns_are_known_as_far_as_the_shortest(file: Callable[..., str]) -> None:
    lines = ["date,promo,frost", "2024-01-01,1,5", "2024-01-02,1,5", "2024-01-03,1,5", "2024-01-04,1,5"]
    made = known_panel(panel(), [file(*lines, "2024-01-05,1,6", "2024-01-06,2,", "2024-01-07,3,7")], Selection())
    assert columns_of(made).known_values.tolist() == [[1, 1, 1, 1, 1], [5, 5, 5, 5, 6]]


def test_the_future_follows_the_calendar(file: Callable[..., str]) -> None:
    weeks = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))
    business = weeks[np.is_busday(weeks)]
    made = panel_from_series([("a", business[:-8].astype("datetime64[us]"), np.arange(len(business) - 8.0))])
    lines = ["date,n", *(f"{day},{i}" for i, day in enumerate(weeks))]  # weekends are of no use
    columns = columns_of(known_panel(made, [file(*lines)], Selection()))
    assert columns.known_values[0].tolist() == np.flatnonzero(np.is_busday(weeks)).tolist()


def test_series_have_values_of_their_own_or_share_them(file: Callable[..., str]) -> None:
    lines = [f"2024-01-0{i + 1},{name},{i + 10 * (name == 'b')}" for name in "cba" for i in range(5 + (name == "b"))]
    made = known_panel(panel(ids="ab"), [file("Date,Shop,promo", *lines)], Selection(series="shop"))
    columns = columns_of(made)
    assert columns.known_values.tolist() == [[0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15]]
    assert (columns.start.tolist(), columns.stop.tolist()) == ([0, 5], [5, 11])
    shared = columns_of(known_panel(panel(ids="ab"), [file(*rows_of("promo", [1, 2, 3, 4]))], Selection(series="shop")))
    assert shared.known_values.tolist() == [[1, 2, 3, 4] * 2]
    named = [line.replace("Shop", "unique_id") for line in ["Date,Shop,promo", *lines]]
    assert (
        columns_of(known_panel(panel(ids="ab"), [file(*named)], Selection())).known_values.tolist()
        == columns.known_values.tolist()
    )


def test_later_files_win_and_go_further(file: Callable[..., str]) -> None:
    first, second = file(*rows_of("promo", [1, 2, 3, 4, 5])), rows_of("promo", [40, 50, 60], first=3)
    both = known_panel(panel(), [first, file(*second, name="second.csv")], Selection())
    assert columns_of(both).known_values.tolist() == [[1, 2, 3, 40, 50, 60]]


def test_columns_of_the_panel_stay(file: Callable[..., str]) -> None:
    made = panel()
    held = Covariates(("volume",), ("open",), np.ones((1, 4)), np.arange(6.0)[None], np.array([0]), np.array([6]))
    made = known_panel(replace(made, covariates=held), [file(*rows_of("promo", [1, 2, 3, 4, 5]))], Selection())
    columns = columns_of(made)
    assert (columns.observed, columns.known, columns.observed_values.tolist()) == (
        ("volume",),
        ("open", "promo"),
        [[1] * 4],
    )
    assert columns.known_values.tolist() == [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]
    (known,) = known_columns(made)
    assert known["promo"].ds.tolist() == stamps(5).tolist()
    again = with_known_values(made, columns.known, [[known]])
    assert columns_of(again).known_values.tolist() == columns.known_values.tolist()


def test_a_cut_panel_knows_the_future_of_its_last_row(file: Callable[..., str]) -> None:
    made = known_panel(panel(ids="ab"), [file(*rows_of("promo", [1, 2, 3, 4, 5]))], Selection())
    short = made.head(2).take([1])
    (known,) = known_columns(short)
    assert known["promo"].ds.tolist() == stamps(5).tolist()
    assert known["promo"].values.tolist() == [1, 2, 3, 4, 5]


def test_a_missing_row_is_named(file: Callable[..., str]) -> None:
    gap = [line for line in rows_of("promo", [1, 2, 3, 4, 5]) if "01-03" not in line]
    assert refused(file(*gap)) == (
        "FILE: series a: column promo: the value for 2024-01-03 is missing; give one for every row"
    )
    empty = file(*rows_of("promo", [1, 2, "", 4, 5]))
    assert "column promo: the value for 2024-01-03 is missing" in refused(empty)
    assert "the value for 2024-01-04 is missing" in refused(file(*rows_of("promo", [1, 2, 3])))
    assert "the value for 2024-01-01 is missing" in refused(file("date,promo,n", "2024-01-01,,1", "2024-01-02,,2"))


def test_a_missing_step_that_a_forecast_needs_is_named() -> None:
    known = [{"promo": Timed(stamps(6), np.arange(6.0)), "frost": Timed(stamps(7), np.arange(7.0))}]
    assert columns_of(with_known_values(panel(), ("promo", "frost"), [known], horizon=2)).known_values.shape == (2, 6)
    with pytest.raises(InputRefusedError) as caught:
        with_known_values(panel(), ("promo", "frost"), [known], horizon=3)
    assert str(caught.value) == (
        "series a: column promo: the value for 2024-01-07, which the forecast needs, is missing; "
        "give it with --known FILE, or use --horizon 2"
    )
    assert (caught.value.code, caught.value.exit_code) == ("MISSING", 65)
    with pytest.raises(InputRefusedError, match=r"2024-01-05, .* needs, is missing; give it with [^,]*$"):
        with_known_values(panel(), ("promo",), [[{"promo": Timed(stamps(4), np.arange(4.0))}]], horizon=3)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["date,promo", "2024-01-01,1", "2024-01-02,yes"], "FILE:3: column promo: 'yes'"),
        (["date,", "2024-01-01,1", "2024-01-02,2"], "FILE: "),
        (["date", "2024-01-01", "2024-01-02"], "FILE: there is no column of known values; add it"),
        (
            ["date,promo,Wert", "2024-01-01,1,5", "2024-01-02,2,6"],
            "FILE: wert is the target, which is not known ahead; leave the column out of the file",
        ),
        (
            ["date,promo", "2024-01-01 09:30,1", "2024-01-02 09:30,2"],
            "FILE: none of the times is that of a row or of a step ahead, such as 2024-01-05; write the times of",
        ),
        (["date,shop,promo", "2024-01-01,b,1", "2024-01-02,b,1"], "FILE: column shop: there are no known values for"),
        (["step,promo", "1,1", "2,2"], "FILE: column step: the times are not of the kind that the series have"),
        (
            ["date,promo", "2024-01-01T00:00:00Z,1", "2024-01-02T00:00:00Z,2"],
            "FILE: column date: the times are in a different time zone from those of the series: UTC and no",
        ),
        (
            ["date,promo", "2024-01-01,1", "2024-01-02,2", "2024-01-01,3"],
            "FILE:4: 2024-01-01 appears here a second time; keep only one row for each time",
        ),
    ],
)
def test_other_files_are_refused_as_files_of_known_values(
    file: Callable[..., str], lines: list[str], sentence: str
) -> None:
    assert refused(file(*lines), Selection(time="date", targets=("wert",), series="shop")).startswith(sentence)


def test_only_the_columns_that_are_wanted_are_read(file: Callable[..., str]) -> None:
    name = file("date,Promo,note", "2024-01-05,1,sale", "2024-01-06,0,none")
    ((known,), _) = read_known(name, panel(), Selection(), names=("promo", "frost"))
    assert {column: timed.values.tolist() for column, timed in known.items()} == {"promo": [1, 0]}
    with pytest.raises(InputRefusedError, match="there is no column frost or snow; add it"):
        read_known(name, panel(), Selection(), names=("frost", "snow"))


def test_a_file_says_something_of_the_rows_or_the_steps_ahead(file: Callable[..., str]) -> None:
    ((known,), _) = read_known(file(*rows_of("promo", [1, 2], first=5)), panel(), Selection())
    check_used(panel(), [[known]], 2)
    with pytest.raises(
        InputRefusedError, match="none of the times is that of a row or of a step ahead, such as 2024-01-05"
    ):
        check_used(panel(), [[known]], 1)


def test_every_repeated_time_is_found(file: Callable[..., str]) -> None:
    lines = rows_of("promo", [1, 2, 3, 4])
    with pytest.raises(InputRefusedError) as caught:
        known_panel(panel(), [file(*lines, *lines[1:])], Selection())
    assert [finding.place.line for finding in caught.value.findings] == [6, 7, 8, 9]


def test_a_column_is_known_or_observed(file: Callable[..., str]) -> None:
    held = Covariates(("promo",), (), np.ones((1, 4)), np.empty((0, 4)), np.array([0]), np.array([4]))
    with pytest.raises(InputRefusedError, match="column promo: the column is named with --known and with"):
        known_panel(replace(panel(), covariates=held), [file(*rows_of("promo", [1, 2, 3, 4]))], Selection())


def test_times_of_one_zone_go_together(file: Callable[..., str]) -> None:
    lines = [line.replace(",", "T00:00:00Z,") if "-" in line else line for line in rows_of("promo", [1, 2, 3, 4])]
    made = known_panel(panel(), [file(*lines)], Selection(), TimeStyle(zone="UTC"))
    assert columns_of(made).known_values.tolist() == [[1, 2, 3, 4]]


def test_options_for_dates_and_numbers_apply(file: Callable[..., str]) -> None:
    lines = ["date;promo", *(f"01/0{i}/2024;1,{i}00" for i in range(1, 5))]
    selection = Selection(date_format="MM/DD/YYYY", decimal=",")
    assert columns_of(known_panel(panel(), [file(*lines)], selection)).known_values.tolist() == [[1.1, 1.2, 1.3, 1.4]]
