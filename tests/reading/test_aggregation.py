"""Rows of a log become one row for each period and series, as `--every` and `--agg` say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecaster.errors import Code, Finding, InputRefusedError, UsageError
from forecaster.reading.aggregation import aggregation_of
from forecaster.reading.reader import ReadResult, read_sources
from forecaster.spec import AGGREGATIONS, Selection

DAYS = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*lines: str, name: str = "log.csv") -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def log(*rows: tuple[object, ...], header: str = "time,amount") -> str:
    return write(header, *(",".join(map(str, row)) for row in rows))


def read(file: str, every: str = "day", agg: str = "sum", **others: object) -> ReadResult:
    return read_sources([file], Selection(every=every, agg=agg, **others))  # type: ignore[arg-type] - by name


def values(source: ReadResult) -> list[float]:
    return source.panel.values.tolist()


def starts(source: ReadResult) -> list[str]:
    return source.panel.ds.astype("datetime64[m]").astype(str).tolist()


def found(source: ReadResult, code: Code) -> list[Finding]:
    return [each for each in source.findings if each.code == code]


def sales() -> str:
    """Write four days of sales, one of them without any, in no order; two rows are equal."""
    rows = [("2024-01-04 09:00:00", 7), ("2024-01-01 10:00:10", 2), ("2024-01-01 10:00:10", 2)]
    rows += [("2024-01-02 18:59:59", -1), ("2024-01-01 08:30:00", 4)]
    return log(*rows)


@pytest.mark.parametrize(
    ("agg", "expected"),
    [
        ("sum", [8, -1, 0, 7]),
        ("count", [3, 1, 0, 1]),
        ("mean", [8 / 3, -1, 7]),
        ("last", [2, -1, 7]),
        ("first", [4, -1, 7]),
        ("min", [2, -1, 7]),
        ("max", [4, -1, 7]),
    ],
)
def test_each_aggregation_and_days_without_rows(agg: str, expected: list[float]) -> None:
    source = read(sales(), agg=agg)
    assert values(source) == pytest.approx(expected)
    assert starts(source)[0] == "2024-01-01T00:00"
    assert source.panel.ds[-1] == np.datetime64("2024-01-04")
    assert not {Code.DUP, Code.SORTED} & {each.code for each in source.findings}


def test_every_aggregation_is_tested() -> None:
    assert set(AGGREGATIONS) == {"sum", "count", "mean", "last", "first", "min", "max"}


def test_the_finding_says_what_became_of_the_rows() -> None:
    (finding,) = found(read(sales()), Code.AGGREGATED)
    assert finding.text == (
        "5 rows became 4 days, each with the sum of its values; 1 without rows is 0; each is named after its date"
    )


def test_weeks_are_named_after_their_monday_and_the_zone_is_said() -> None:
    rows = [(f"{day}T23:30:00+02:00", 1) for day in DAYS]
    source = read(log(*rows), every="week")
    (finding,) = found(source, Code.AGGREGATED)
    assert finding.text.endswith("each is named after its Monday in the time zone +02:00")
    assert {np.datetime64(start, "D").astype(object).weekday() for start in starts(source)} == {0}
    assert (source.style.date_format, source.style.zone) == ("", "+02:00")


def test_months_without_sales_are_zero_between_the_first_and_the_last_of_the_file() -> None:
    rows = [("2023-03-05", "a", 1), ("2023-01-09", "b", 2), ("2023-05-20", "a", 3), ("2023-09-02", "b", 4)]
    source = read(log(*rows, header="day,shop,units"), every="month", series="shop", targets=("units",))
    assert dict(
        zip(source.panel.ids, np.split(source.panel.values, source.panel.indptr[1:-1]), strict=True)
    ).keys() == {
        "a",
        "b",
    }
    a, b = np.split(source.panel.values, source.panel.indptr[1:-1])
    assert a.tolist() == [1, 0, 3, 0, 0, 0, 0]
    assert b.tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 4]


def test_closed_days_stay_closed_where_values_are_averaged() -> None:
    weekdays = DAYS[np.is_busday(DAYS)]
    rows = [(f"{day} {hour:02}:17", hour) for day in weekdays for hour in (9, 12, 15)]
    source = read(log(*rows), agg="mean")
    assert source.panel.calendars[0].describe() == "business days Monday to Friday"
    assert values(source) == [12] * len(weekdays)


def test_the_last_of_two_rows_of_one_time_follows_the_order_of_the_file() -> None:
    rows = [(f"{day} 12:00", value) for day in DAYS[:4] for value in (1, 2)]
    assert values(read(log(*rows), agg="last")) == [2, 2, 2, 2]
    assert values(read(log(*rows[::-1]), agg="last")) == [2, 2, 2, 2]


def test_rows_without_a_value_do_not_count_and_are_reported() -> None:
    rows = [(day, value) for day in DAYS[:5] for value in (1, "")] + [(DAYS[5], ""), (DAYS[6], 3)]
    source = read(log(*rows))
    assert values(source) == [1, 1, 1, 1, 1, 3]
    assert found(source, Code.MISSING)[0].text == "6 rows without a value do not count"


def test_rows_are_counted_without_a_target_and_cells_with_one() -> None:
    rows = [(day, f"T-{i}", "" if i % 4 else "urgent") for i, day in enumerate(np.repeat(DAYS[:6], 4))]
    file = log(*rows, header="opened,ticket,note")
    assert values(read(file, agg="count")) == [4] * 6
    assert values(read(file, agg="count", targets=("note",))) == [1] * 6
    assert read(file, agg="count").selection.targets == ("count",)


def test_flags_are_1_where_any_row_has_one_and_other_covariates_are_averaged() -> None:
    rows = [(day, 1, i, int(i == 1)) for day in DAYS[:6] for i in range(3)]
    source = read(log(*rows, header="day,units,price,promo"), targets=("units",), observed=("price",), known=("promo",))
    assert source.panel.covariates is not None
    assert source.panel.covariates.observed_values.tolist() == [[1] * 6]
    assert source.panel.covariates.known_values.tolist() == [[1] * 6]


def test_rows_ahead_say_only_what_is_known() -> None:
    rows = [(day, 2 if day < DAYS[35] else "", i % 2) for i, day in enumerate(DAYS[:49])]
    source = read(log(*rows, header="day,units,promo"), every="week", targets=("units",), known=("promo",))
    assert values(source) == [14] * 5
    assert source.panel.covariates is not None
    assert source.panel.covariates.known_values.tolist() == [[1] * 7]


@pytest.mark.parametrize(("every", "agg"), [("day", None), (None, "sum"), ("fortnight", "sum"), ("day", "median")])
def test_half_of_the_two_options_and_other_words_are_usage_errors(every: str | None, agg: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        read_sources([sales()], Selection(every=every, agg=agg))
    assert ("--every" in str(caught.value)) or ("--agg" in str(caught.value))


def test_periods_shorter_than_the_step_of_the_rows_are_refused() -> None:
    with pytest.raises(InputRefusedError) as caught:
        read(log(*((day, 1) for day in DAYS)), every="hour")
    assert caught.value.what == "periods of 1 hour are shorter than the step of the rows, 1 day"
    assert caught.value.remedy == "name a period that is not shorter, such as --every day"


def test_rows_without_dates_have_no_periods() -> None:
    with pytest.raises(InputRefusedError, match="have no dates"):
        read(write("value", *map(str, range(20))))


def test_numbers_of_orders_are_no_series_and_tickers_are() -> None:
    days = np.repeat(DAYS[:20], 3)
    orders = [(i // 3, day, 1) for i, day in enumerate(days)]
    assert read(log(*orders, header="id,day,units"), targets=("units",)).selection.series is None
    tickers = [("AB"[i % 2], day, 1) for i, day in enumerate(days)]
    assert read(log(*tickers, header="ticker,day,units")).selection.series == "ticker"


@pytest.mark.parametrize(("every", "unit"), [("month", "M"), ("week", "W")])
def test_regular_rows_are_aggregated_too(every: str, unit: str) -> None:
    rows = [(day, float(i)) for i, day in enumerate(DAYS)]
    source = read(log(*rows), every=every, agg="max")
    assert len(values(source)) == len(np.unique((DAYS + (3 if unit == "W" else 0)).astype(f"datetime64[{unit}]")))
    assert values(source)[-1] == len(DAYS) - 1


def test_repeated_times_are_refused_with_the_options_that_aggregate_them() -> None:
    rows = [(day, "tea", i % 3) for i, day in enumerate(np.repeat(DAYS, 5))]
    with pytest.raises(InputRefusedError) as caught:
        read_sources([log(*rows, header="day,item,units")], Selection())
    assert caught.value.code == Code.DUP
    assert caught.value.remedy == (
        "keep only one row for each time, or if each row is an event, use --every day --agg sum; "
        "if it is a reading, use --every day --agg mean"
    )


def test_one_repeated_time_is_a_fault_and_no_event() -> None:
    rows = [(day, i) for i, day in enumerate(DAYS)] + [(DAYS[5], 99)]
    with pytest.raises(InputRefusedError) as caught:
        read_sources([log(*rows)], Selection())
    assert caught.value.remedy == "keep only one row for each time"


def test_several_targets_are_aggregated_with_one_finding() -> None:
    rows = [(f"{day} {hour:02}:30", 1, "" if hour else 2) for day in DAYS[:9] for hour in range(3)]
    source = read(log(*rows, header="time,north,south"), targets=("north", "south"))
    assert (source.panel.ids, values(source)) == (("north", "south"), [3] * 9 + [2] * 9)
    assert len(found(source, Code.AGGREGATED)) == 1


def test_a_file_of_known_values_is_aggregated_by_the_same_periods() -> None:
    write("day,promo,price", *(f"{day},{int(i % 7 == 3)},{i % 7}" for i, day in enumerate(DAYS)), name="ahead.csv")
    file = log(*((day, 2) for day in DAYS[:42] for _ in range(2)))
    source = read(file, every="week", known=("ahead.csv",))
    assert values(source) == [28] * 6
    assert source.panel.covariates is not None
    assert source.panel.covariates.known_values[:, :7].tolist() == [[1] * 7, [3] * 7]


@pytest.mark.parametrize(("first_day", "first_week"), [(24, 4), (28, 4), (31, 5), (35, 5)])
def test_newer_rows_do_not_replace_a_period_of_which_they_have_the_end_alone(first_day: int, first_week: int) -> None:
    hours = [(f"{day}T{hour:02}:00", 1) for day in DAYS[:56] for hour in range(24)]
    kept = read(log(*hours[: 24 * 35]), every="week").panel
    file = log(*hours[24 * first_day :])
    newer = read_sources([file], Selection(every="week", agg="sum"), continued=kept).panel
    assert newer.ds[0] == (DAYS[0] + 7 * first_week).astype("datetime64[us]")
    assert set(newer.values.tolist()) == {7 * 24}


def test_days_begin_at_midnight_of_the_clock_of_the_file_in_summer_and_winter() -> None:
    days = np.arange("2024-03-20", "2024-04-11", dtype="datetime64[D]")
    rows = [(f"{day}T00:30:00+0{1 + (day > np.datetime64('2024-03-31'))}:00", 1) for day in days]
    source = read(log(*rows))
    assert source.panel.ds.tolist() == days.astype("datetime64[us]").tolist()
    assert values(source) == [1] * len(days)


def test_findings_of_cells_are_those_of_the_rows_before_aggregation() -> None:
    rows = [(day, "<4" if i % 9 == 3 else 5 + i % 20) for i, day in enumerate(DAYS)]
    source = read(log(*rows), every="week")
    assert [each.text for each in found(source, Code.NUMBER)] == [
        "7 values below a limit, such as <4: half the limit is used, on lines 5, 14, 23, 32, 41, 50, 59"
    ]


def test_a_mistyped_period_is_named_before_the_missing_aggregation() -> None:
    with pytest.raises(UsageError, match="--every 'wek' is not a period"):
        aggregation_of(Selection(every="wek"))
    with pytest.raises(UsageError, match="does not say what to do with the values of each week"):
        aggregation_of(Selection(every="week"))
