"""Files become panels, with findings about every choice, and bad ones are refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.errors import InputRefusedError, InputUnreadableError, UsageError
from forecaster.reading.cells.time_style import TimeStyle
from forecaster.reading.reader import ReadResult, read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parents[2] / "sample_data"
DAYS = [str(day) for day in np.arange("2024-01-01", "2024-02-10", dtype="datetime64[D]")]
EVEN = [("even", f"{day}T00:00:00") for day in DAYS]
ANY = Selection()
CLOSE = Selection(targets=("Close",))


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def prices(name: str = "prices.csv", header: str = "Date,Close", days: Sequence[object] = DAYS) -> str:
    return write(name, header, *(f"{day},{100 + i}.5" for i, day in enumerate(days)))


def codes(source: ReadResult) -> list[str]:
    return [finding.code for finding in source.findings]


def refusal(*sources: str, selection: Selection = ANY, repair: str = "safe") -> str:
    with pytest.raises(InputRefusedError) as caught:
        read_sources(sources, selection, repair=repair)
    assert caught.value.exit_code == 65
    return str(caught.value)


def irregular_refusal(*sources: str) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read_sources(sources, ANY, irregular=True)
    return str(caught.value)


def test_one_file_with_zero_flags() -> None:
    source = read_sources([prices()], ANY)
    assert source.panel.ids == ("prices",)
    assert source.panel.values.tolist() == [100.5 + i for i in range(40)]
    assert source.panel.ds[0] == np.datetime64("2024-01-01")
    assert source.selection == Selection("Date", ("Close",), None)
    assert source.failed == {}
    assert [str(finding) for finding in source.findings] == [
        "prices.csv: time column Date (YYYY-MM-DD), target Close",
    ]
    assert codes(source) == ["CHOSEN"]


def test_the_sample_of_an_exchange() -> None:
    source = read_sources([str(SAMPLES / "sp500.csv")], ANY)
    assert source.panel.lengths.tolist() == [5031]
    assert source.panel.calendars[0].describe() == "business days Monday to Friday, 9 holidays a year learned"


def test_the_long_sample_needs_no_option() -> None:
    source = read_sources([str(SAMPLES / "us_employment.csv")], ANY)
    assert str(source.findings[0]).endswith(
        "time column month (YYYY-MM-DD), target employees, series column industry, "
        "which distinguishes rows of the same time"
    )
    assert len(source.panel) == 22
    assert source.panel.ids[0] == "nonfarm"
    assert {calendar.kind for calendar in source.panel.calendars} == {"monthly"}
    assert source.selection == Selection("month", ("employees",), "industry")


def test_several_targets_are_several_series() -> None:
    rows = [f"{day},{i},{2 * i}" for i, day in enumerate(DAYS)]
    wide = write("wide.csv", "Date,a,b", *rows)
    source = read_sources([wide], Selection(targets=("a", "b")))
    assert source.panel.ids == ("a", "b")
    assert source.panel.values[40:].tolist() == [2.0 * i for i in range(40)]
    again = read_sources([wide, write("other.csv", "Date,a,b", *rows)], Selection(targets=("a", "b")))
    assert again.panel.ids == ("wide/a", "wide/b", "other/a", "other/b")


def test_a_long_file_keeps_its_series_in_order_of_appearance() -> None:
    rows = [f"{name},{day},{i}" for i, day in enumerate(DAYS) for name in ("MSFT", "AAPL")]
    source = read_sources([write("long.csv", "Ticker,Date,Close", *rows)], ANY)
    assert source.panel.ids == ("MSFT", "AAPL")
    assert source.panel.lengths.tolist() == [40, 40]
    assert source.selection.series == "Ticker"
    assert codes(source) == ["CHOSEN", "NONPOSITIVE", "NONPOSITIVE"]


def test_newest_first_is_sorted_with_a_finding() -> None:
    source = read_sources([prices(days=DAYS[::-1])], ANY)
    assert source.panel.values[0] == 139.5
    assert str(source.findings[1]) == "prices.csv: the rows were newest first and have been sorted"
    assert source.findings[1].code == "SORTED"


@settings(max_examples=25)
@given(st.permutations(range(40)))
def test_shuffled_rows_give_the_same_panel(order: list[int]) -> None:
    lines = [f"{day},{100 + i}.5" for i, day in enumerate(DAYS)]
    shuffled = read_sources([write("prices.csv", "Date,Close", *(lines[i] for i in order))], ANY)
    assert shuffled.panel.fingerprint() == read_sources([prices()], ANY).panel.fingerprint()
    assert shuffled.panel.calendars == read_sources([prices()], ANY).panel.calendars


def test_rows_without_a_value_are_left_out_with_a_finding() -> None:
    lines = [f"{day},{'' if i in {3, 7} else i}" for i, day in enumerate(DAYS)]
    source = read_sources([write("p.csv", "Date,Close", *lines)], ANY)
    assert source.panel.lengths.tolist() == [38]
    assert [str(finding) for finding in source.findings if finding.code == "MISSING"] == [
        "p.csv: column Close: 2 rows without a value were left out, on lines 5, 9",
    ]


def test_filling_is_offered_where_it_is_done() -> None:
    for blank, remedy in (
        (range(9, 19), "fill in what is missing, or use --repair full"),
        (range(9, 20), "fill in what is missing"),
    ):
        days = [f"{day}" for day in np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))]
        lines = [f"{day},{'' if i in blank else i + 1}" for i, day in enumerate(days)]
        path = write("p.csv", "Date,Close", *lines)
        assert {each.code: each.remedy for each in read_sources([path], ANY).findings}["MISSING"] == remedy
        if "--repair full" in remedy:
            assert len(read_sources([path], ANY, repair="full").panel.values) == len(days)
        else:
            assert "rows are missing after" in refusal(path, repair="full")


LOST = (1, 2, 7, 11, 12, 17, 23, 29, 34)


def test_too_many_missing_values_are_refused_without_affecting_other_series() -> None:
    lines = [f"{day},{'NA' if i in LOST else i}" for i, day in enumerate(DAYS)]
    assert refusal(write("p.csv", "Date,Close", *lines)) == (
        "p.csv: column Close: 9 of 40 values are missing, more than 20%; fill them in or choose another column"
    )
    lines = [
        f"{name},{day},{'NA' if name == 'b' and i in LOST else i}" for i, day in enumerate(DAYS) for name in "abcd"
    ]
    source = read_sources([write("p.csv", "id,Date,Close", *lines)], ANY)
    assert source.panel.ids == ("a", "c", "d")
    assert source.failed == {"b": "9 of 40 values are missing, more than 20%"}
    assert [(found.code, str(found.place)) for found in source.refusals] == [
        ("MISSING", "p.csv: series b: column Close")
    ]


def test_a_series_begins_at_its_first_value_and_ends_at_its_last() -> None:
    lines = [f"{day},{i + 1},{i + 1 if 15 <= i < 37 else ''}" for i, day in enumerate(DAYS)]
    source = read_sources([write("p.csv", "Date,old,new", *lines)], Selection(targets=("old", "new")))
    assert source.panel.lengths.tolist() == [40, 22]
    assert [str(finding) for finding in source.findings if finding.code == "MISSING"] == [
        (
            "p.csv: column new: 18 rows without a value at the start or the end of a series were left out, on "
            "lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 39, 40, 41"
        )
    ]


def test_blank_weekends_and_holidays_are_closed_days() -> None:
    days = np.arange(np.datetime64("2020-01-02"), np.datetime64("2022-12-31"))
    closed = ((days.astype(int) + 3) % 7 >= 5) | np.isin(
        days, [np.datetime64(f"{y}-12-25") for y in (2020, 2021, 2022)]
    )
    blank = closed | (days == np.datetime64("2021-03-10"))
    lines = [f"{day},{'' if empty else 100 + i % 7}" for i, (day, empty) in enumerate(zip(days, blank, strict=True))]
    source = read_sources([write("p.csv", "Date,y", *lines)], ANY)
    assert source.panel.lengths.tolist() == [(~blank).sum()]
    assert source.panel.calendars[0].describe() == "business days Monday to Friday, 1 holiday a year learned"
    found = {finding.code: finding.text for finding in source.findings}
    assert set(found) == {"CHOSEN", "CLOSED", "MISSING"}
    assert found["MISSING"] == "1 row without a value was left out, on line 435"
    assert found["CLOSED"].startswith(
        f"{closed.sum()} rows without a value fall outside the calendar of the values (business days Monday to Friday, "
        "1 holiday a year learned) and were left out, on lines 4, 5, "
    )


def test_blank_nights_are_closed_hours() -> None:
    hours = np.arange(np.datetime64("2024-01-01T00"), np.datetime64("2024-02-01T00"))
    opened = np.isin(hours.astype(int) % 24, range(8, 18))
    lines = [
        f"{hour}:00,{i + 1 if is_open else ''}" for i, (hour, is_open) in enumerate(zip(hours, opened, strict=True))
    ]
    source = read_sources([write("p.csv", "Date,y", *lines)], ANY)
    assert source.panel.lengths.tolist() == [310]
    assert codes(source) == ["CHOSEN", "MISSING", "CLOSED"]


def test_values_that_are_blank_at_random_are_missing() -> None:
    random = np.random.default_rng(0).random(40)
    lines = [f"{day},{'' if blank else i + 1}" for i, (day, blank) in enumerate(zip(DAYS, random < 0.35, strict=True))]
    assert "values are missing, more than 20%" in refusal(write("p.csv", "Date,Close", *lines))


def test_a_column_without_a_value_is_refused() -> None:
    assert refusal(write("p.csv", "Date,Close", *(f"{day}," for day in DAYS)), selection=CLOSE) == (
        "p.csv: column Close: there are no values; choose another column"
    )


def test_duplicates_are_dropped_with_a_finding() -> None:
    lines = [f"{day},{i + 1}" for i, day in enumerate(DAYS)]
    path = write("p.csv", "Date,Close", *lines[:12], lines[11], lines[11], *lines[12:], lines[9])
    source = read_sources([path], ANY)
    assert source.panel.fingerprint() == read_sources([write("p.csv", "Date,Close", *lines)], ANY).panel.fingerprint()
    assert [str(finding) for finding in source.findings if finding.code == "DUP"] == [
        "p.csv: 3 rows that repeat others were dropped, on lines 14, 15, 44"
    ]
    one = read_sources([write("p.csv", "Date,Close", *lines, lines[-1])], ANY)
    assert str(one.findings[-1]) == "p.csv: 1 row that repeats another one was dropped, on line 42"


@pytest.mark.parametrize("repair", ["safe", "full"])
def test_conflicting_rows_are_refused_with_both_lines(repair: str) -> None:
    lines = [f"{day},{i}" for i, day in enumerate(DAYS)]
    assert refusal(write("p.csv", "Date,Close", *lines, f"{DAYS[9]},8.5"), repair=repair) == (
        "p.csv:11: column Close: 2024-01-10 appears again on line 42, with the values 9 and 8.5; "
        "keep only one row for each time"
    )


def test_all_conflicting_rows_are_listed() -> None:
    lines = [f"{day},{i}" for i, day in enumerate(DAYS)]
    path = write("p.csv", "Date,Close", *lines, *(f"{DAYS[i]},{i + 0.5}" for i in (3, 9)), lines[5])
    with pytest.raises(InputRefusedError) as caught:
        read_sources([path], ANY)
    assert [(found.code, found.place.line) for found in caught.value.findings] == [("DUP", 5), ("DUP", 11)]


def test_without_repair_rows_are_neither_sorted_nor_dropped() -> None:
    assert refusal(prices(days=DAYS[::-1]), repair="off") == (
        "prices.csv:3: the rows are newest first; repair the file, or read it with --repair safe"
    )
    lines = [f"{day},{i}" for i, day in enumerate(DAYS)]
    assert refusal(write("p.csv", "Date,Close", *lines, lines[-1]), repair="off") == (
        "p.csv:41: column Close: 2024-02-09 appears again on line 42, with the value 39 both times; "
        "repair the file, or read it with --repair safe"
    )


def test_an_hour_that_clocks_repeat_is_refused_with_a_remedy() -> None:
    hours = [f"2024-10-27 {hour:02}:00" for hour in (*range(3), *range(2, 24))]
    assert refusal(prices(days=hours)) == (
        "prices.csv:4: column Close: 2024-10-27 02:00 appears again on line 5, with the values 102.5 and 103.5; "
        "keep only one row for each time, or if the clocks went back, "
        "write times with their offset, such as 02:00+01:00"
    )


def test_a_series_that_repeats_a_time_is_named_without_affecting_the_others() -> None:
    lines = [f"{name},{day},{i + 1}" for i, day in enumerate(DAYS) for name in "ab"]
    source = read_sources([write("p.csv", "id,Date,Close", *lines, f"b,{DAYS[0]},7")], ANY)
    assert source.panel.ids == ("a",)
    assert [str(found) for found in source.refusals] == [
        "p.csv:3: series b: column Close: 2024-01-01 appears again on line 82, with the values 1 and 7"
    ]


def test_a_series_without_a_name_is_refused() -> None:
    lines = [f"{name},{day},{i}" for i, day in enumerate(DAYS) for name in ("a", "")]
    assert refusal(write("p.csv", "id,Date,Close", *lines)) == (
        "p.csv:3: column id: the name of the series is empty; fill it in"
    )


def test_one_column_cannot_have_two_roles() -> None:
    assert refusal(prices(), selection=Selection(targets=("Date",))) == (
        "prices.csv: column Date cannot be both time and target; name different columns"
    )


def test_files_of_one_name_are_refused() -> None:
    Path("old").mkdir()
    assert refusal(prices(), prices("old/prices.csv")) == (
        "series prices: the name belongs to a series of prices.csv and to one of old/prices.csv; rename one of them"
    )


def test_several_files_share_what_they_have_in_common() -> None:
    source = read_sources([prices("a.csv"), prices("b.csv", header="Date,Price")], ANY)
    assert source.panel.ids == ("a", "b")
    assert source.selection == Selection("Date", (), None)


def test_a_series_of_another_step_than_most_fails_alone() -> None:
    files = [prices("a.csv"), prices("b.csv"), prices("gappy.csv", days=DAYS[::2])]
    source = read_sources([*files, write("one.csv", "Date,Close", f"{DAYS[0]},5")], ANY)
    assert source.panel.ids == ("a", "b", "one")
    assert source.failed == {
        "gappy": "the rows have a different step (every 2 days) from those of most series (every day)"
    }
    assert [(found.code, str(found.place)) for found in source.refusals] == [("FREQ", "gappy.csv: column Close")]


def test_a_target_that_cannot_be_read_fails_alone() -> None:
    rows = [f"{day},{i},,{i if i < 5 else ''},{'x' if i == 7 else i}" for i, day in enumerate(DAYS)]
    wide = write("wide.csv", "Date,a,b,c,d", *rows)
    source = read_sources([wide], Selection(targets=("a", "b", "c", "d")))
    assert source.panel.ids == ("a", "c")
    assert source.failed == {"b": "there are no values", "d": "'x' is not a number"}
    assert refusal(wide, selection=Selection(targets=("b", "d"))).startswith("wide.csv: column b: there are no values")


def test_daily_and_monthly_series_are_not_mixed() -> None:
    months = [f"{year}-{month:02}" for year in (2022, 2023) for month in range(1, 13)]
    assert refusal(prices("d.csv"), prices("m.csv", days=months)) == (
        "the series differ in step: d (every day) and m (every month, on day 1 of the month); "
        "train them separately, or convert them to one step"
    )


@pytest.mark.parametrize("calendar", [None, "day-15-and-last-day"])
def test_a_short_series_follows_the_dates_of_the_others(calendar: str | None) -> None:
    ends = np.arange("2022-02", "2024-02", dtype="datetime64[M]").astype("datetime64[D]") - 1
    half_months = sorted(f"{str(end)[:8]}{day}" for end in ends for day in ("15", str(end)[8:]))
    files = [prices("long.csv", days=half_months), prices("short.csv", days=half_months[20:23])]
    source = read_sources(files, Selection(calendar=calendar))
    assert {each.rule_name for each in source.panel.calendars} == {"day-15-and-last-day"}
    assert set(codes(source)) == {"CHOSEN"}


def test_a_schedule_that_the_rows_do_not_follow_is_refused() -> None:
    days = [f"2023-{month:02}-{day}" for month in range(1, 13) for day in ("01", "16")]
    refused = "--calendar day-1-and-day-15 is not a schedule that the rows follow; use one of day-1-and-day-16"
    with pytest.raises(UsageError, match=refused):
        read_sources([prices(days=days)], Selection(calendar="day-1-and-day-15"))


def test_dates_and_counts_are_not_mixed() -> None:
    assert refusal(prices("n.csv", days=range(1, 30)), prices("d.csv")) == (
        "n.csv: d has dates and n has whole numbers; train them separately"
    )


def test_counted_steps() -> None:
    source = read_sources([prices(header="ds,y", days=range(1, 30))], ANY)
    assert source.panel.ds.dtype == np.int64
    assert source.panel.calendars[0].kind == "integer"


def test_a_series_of_a_single_row_is_read() -> None:
    lines = [f"{'a' if i else 'b'},{month},{i}" for i, month in enumerate(["2024-01", "2024-01", "2024-02", "2024-03"])]
    source = read_sources([write("p.csv", "id,month,y", *lines)], Selection(series="id"))
    assert source.panel.lengths.tolist() == [1, 3]


def test_a_gap_is_reported_with_its_line() -> None:
    source = read_sources([prices(days=[*DAYS[:12], *DAYS[15:]])], ANY)
    assert [str(finding) for finding in source.findings if finding.code == "GAP"] == [
        "prices.csv:13: column Close: 3 expected rows are missing between 2024-01-12 and 2024-01-16"
    ]


def test_a_date_far_away_is_refused_with_its_line() -> None:
    assert refusal(prices(days=[*DAYS[:-1], "2042-02-09"])).startswith(
        "prices.csv:41: column Close: 2024-02-08 is followed by 2042-02-09, a gap longer than the span of all other"
    )


def unequal(unit: str, seed: int = 0) -> list[object]:
    """Return 60 moments, 1 to 9 units apart."""
    distances = np.random.default_rng(seed).integers(1, 10, 60)
    if not unit:
        return list(distances.cumsum())
    return list(np.datetime64("2024-01-01T00:00:00") + distances.cumsum().astype(f"timedelta64[{unit}]"))


@pytest.mark.parametrize(("unit", "kind"), [("D", ""), ("h", ""), ("", " integer")])
def test_unequal_steps_count_as_rows_unless_the_user_says_that_time_matters(unit: str, kind: str) -> None:
    path = prices(days=unequal(unit))
    source = read_sources([path], ANY)
    assert not source.panel.irregular
    assert source.panel.calendars[0].kind == f"rows{kind}"
    assert (codes(source), source.failed) == (["CHOSEN", "IRREGULAR"], {})
    source = read_sources([path], ANY, irregular=True)
    assert source.panel.irregular
    assert source.panel.lengths.tolist() == [60]
    assert source.panel.calendars[0].kind == f"irregular{kind}"
    assert (codes(source), source.failed) == (["CHOSEN"], {})


def test_a_long_file_has_unequal_steps_in_every_series_or_names_those_that_have() -> None:
    stamps = [("a", moment) for moment in unequal("D", 1)] + [("b", moment) for moment in unequal("h", 2)]
    rows = [f"{name},{moment},{i + 1}" for i, (name, moment) in enumerate([*stamps, *EVEN])]
    source = read_sources([write("long.csv", "id,ds,y", *rows)], ANY)
    assert (source.panel.ids, source.panel.irregular) == (("even",), False)
    assert source.failed == dict.fromkeys("ab", "the rows have no regular step, but those of other series have one")
    source = read_sources(["long.csv"], ANY, irregular=True)
    assert (source.panel.ids, source.failed, source.panel.irregular) == (("a", "b", "even"), {}, True)
    assert source.panel.calendars[2].describe() == "unequal steps, median 1 day"
    source = read_sources([write("long.csv", "id,ds,y", *rows[:120])], ANY)
    assert (source.panel.ids, codes(source)[-2:]) == (("a", "b"), ["IRREGULAR", "IRREGULAR"])


def test_other_faults_are_found_among_unequal_steps_too() -> None:
    days = unequal("D")
    assert "appears again on line 62" in irregular_refusal(prices(days=[*days, days[3]]))
    assert codes(read_sources([prices(days=days[::-1])], ANY, irregular=True)) == ["CHOSEN", "SORTED"]
    twice = [*days, days[-1] + np.timedelta64(500, "ms")]
    assert irregular_refusal(prices(days=twice)).startswith(
        "prices.csv:62: column Close: there are rows less than a second apart: "
    )
    assert irregular_refusal(prices("n.csv", days=unequal("")), prices("d.csv", days=days)) == (
        "n.csv: d has dates and n has whole numbers; train them separately"
    )


def test_text_in_a_number_is_refused() -> None:
    lines = [f"{day},{i}" for i, day in enumerate(DAYS)]
    lines[9] = f"{DAYS[9]},abc"
    assert refusal(write("prices.csv", "Date,Close", *lines)).startswith(
        "prices.csv:11: column Close: 'abc' is not a number"
    )


def test_what_cannot_be_opened_is_another_error() -> None:
    with pytest.raises(InputUnreadableError, match=r"absent\.csv: there is no such file"):
        read_sources(["absent.csv"], ANY)


@pytest.mark.parametrize(
    ("sources", "selection"),
    [([], ANY), (["p.csv"], Selection(targets=("a", "b"), series="c"))],
)
def test_options_that_contradict_each_other_are_refused(sources: list[str], selection: Selection) -> None:
    with pytest.raises(UsageError) as caught:
        read_sources(sources, selection)
    assert caught.value.exit_code == 2


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read() -> None:
    minutes = np.datetime64("2000-01-01", "s") + np.arange(100_000) * np.timedelta64(60, "s")
    write("p.csv", "date,open,high,low,close,volume", *(f"{minute},1.5,1.6,1.4,1.5,900" for minute in minutes))
    assert len(read_sources(["p.csv"], ANY).panel.values) == 100_000


@pytest.mark.parametrize(
    ("name", "printed"), [("a\x1b[2Jb", r"a\x1b[2Jb"), ("x" * 1001, "x" * 997 + "..."), ("a\u200bb", r"a\u200bb")]
)
def test_names_become_printable(name: str, printed: str) -> None:
    rows = [f'"{series}",2024-01-{day:02},{day}' for series in (name, "b") for day in range(1, 20)]
    assert read_sources([write("long.csv", "id,ds,y", *rows)], ANY).panel.ids == (printed, "b")
    days = [f"2024-01-{day:02},{day}" for day in range(1, 20)]
    source = read_sources([write("wide.csv", f'ds,"{name}"', *days)], ANY)
    assert source.selection.targets == (printed,)
    again = read_sources(["wide.csv"], Selection(targets=source.selection.targets))
    assert again.panel.fingerprint() == source.panel.fingerprint()


def test_names_that_look_the_same_are_refused() -> None:
    rows = [f'"{name}",2024-01-{day:02},{day}' for name in ("a\nb", r"a\nb") for day in range(1, 20)]
    assert "the name belongs to a series of long.csv and to one of" in refusal(write("long.csv", "id,ds,y", *rows))


def test_a_file_without_header_gives_what_is_certain() -> None:
    lines = [f"{day},{100 + i}.5" for i, day in enumerate(DAYS)]
    source = read_sources([write("bare.csv", *lines)], ANY)
    assert source.panel.lengths.tolist() == [40]
    assert source.selection == Selection("1", ("2",), None)
    assert str(source.findings[0]) == "bare.csv:1: there is no header row: the first row is read as data"
    said = read_sources([write("bare.csv", *lines)], Selection(header=0))
    assert codes(said) == ["CHOSEN"]
    wide = write("wide.csv", *(f"{line},7,{i}" for i, line in enumerate(lines)))
    assert refusal(wide) == (
        "wide.csv: there are 3 columns of numbers and no header row; name one with --target: 2, 3, 4"
    )
    assert read_sources([wide], Selection(targets=("4",))).panel.values.tolist() == list(range(40))


def test_the_style_of_the_dates_is_kept_where_files_agree() -> None:
    days = [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in DAYS]
    german, iso = prices("g.csv", days=days), prices("i.csv")
    assert read_sources([german], ANY).style == TimeStyle("DD.MM.YYYY")
    assert read_sources([iso], ANY).style == TimeStyle()
    assert read_sources([german, iso], ANY).style == TimeStyle()


COVARIATES = Selection(observed=("volume",), known=("Holiday",))


def with_known_values(*changed: tuple[int, str], further: int = 3) -> str:
    """Write 40 days with a volume and holidays, rows `changed`, and further days of which the holidays are known."""
    lines = [f"{day},{100 + i},{i * 10},{i % 7 == 0:d}" for i, day in enumerate(DAYS)]
    for i, line in changed:
        lines[i] = line
    later = [f"{day},,,{i % 2}" for i, day in enumerate(np.arange(further) + np.datetime64("2024-02-10"))]
    return write("b.csv", "Date,Close,Volume,Holiday", *lines, *later)


def test_covariates_are_read() -> None:
    source = read_sources([with_known_values()], COVARIATES)
    held = source.panel.covariates
    assert held is not None
    assert (held.observed, held.known) == (("Volume",), ("Holiday",))
    assert held.observed_values.tolist() == [[i * 10.0 for i in range(40)]]
    assert held.known_values[0].tolist() == [*(float(i % 7 == 0) for i in range(40)), 0, 1, 0]
    assert (held.start.tolist(), held.stop.tolist()) == ([0], [43])
    assert source.selection == Selection("Date", ("Close",), None, ("Volume",), ("Holiday",))
    assert str(source.findings[0]).endswith("target Close, observed Volume, known Holiday")
    assert codes(source) == ["CHOSEN"], "rows behind the last value are the future and lack nothing"


def test_observed_values_are_filled_forward_with_a_finding() -> None:
    source = read_sources(
        [with_known_values((0, f"{DAYS[0]},100,,1"), (5, f"{DAYS[5]},105,NA,0"), (6, f"{DAYS[6]},,65,0"))], COVARIATES
    )
    assert source.panel.covariates is not None
    assert source.panel.covariates.observed_values[0, :8].tolist() == [10, 10, 20, 30, 40, 40, 70, 80]
    assert [str(finding) for finding in source.findings if finding.code in {"FILLED", "MISSING"}] == [
        "b.csv: column Close: 1 row without a value was left out, on line 8",
        "b.csv: column Volume: 2 values are missing: the value before is used, and at the beginning the first one",
    ]


def test_a_missing_known_value_is_refused_with_its_date() -> None:
    assert refusal(with_known_values((5, f"{DAYS[5]},105,50,")), selection=COVARIATES) == (
        "b.csv: series b: column Holiday: the value for 2024-01-06 is missing; give one for every row"
    )


def test_covariates_are_other_columns_than_the_target_and_are_checked() -> None:
    selection = Selection(observed=("Close",), targets=("Close",))
    assert "column Close cannot be both target and observed" in refusal(with_known_values(), selection=selection)
    assert read_sources([with_known_values()], Selection(observed=("Holiday", "Close"))).selection.targets == (
        "Volume",
    )
    lines = [f"{day},{i + 1}," for i, day in enumerate(DAYS)]
    assert refusal(
        write("p.csv", "Date,Close,Volume", *lines), selection=Selection(None, ("Close",), None, ("Volume",))
    ) == ("p.csv: column Volume: there are no values; leave the column out")


def test_rows_that_differ_in_covariates_conflict() -> None:
    path = with_known_values((39, f"{DAYS[38]},138,1,{38 % 7 == 0:d}"), further=0)
    assert "with the value 138 both times and different values in other columns" in refusal(path, selection=COVARIATES)
    assert codes(read_sources([path], Selection(observed=("Holiday",), targets=("Close",)))) == ["CHOSEN", "DUP"]


def test_a_file_of_known_values_gives_the_panel_covariates() -> None:
    write("h.csv", "Date,Open", *(f"{day},1" for day in [*DAYS, "2024-02-10"]))
    held = read_sources([prices()], Selection(known=("h.csv",))).panel.covariates
    assert held is not None
    assert (held.known, held.stop.tolist()) == (("Open",), [41])


def test_a_few_continued_rows_keep_the_calendar_and_its_holidays() -> None:
    sundays_to_thursdays = [day for i, day in enumerate(DAYS) if i % 7 not in {4, 5}]
    kept = read_sources([prices(days=sundays_to_thursdays)], ANY).panel
    days = ["2024-02-14", "2024-02-15", "2024-02-18", "2024-02-19"]
    newer = write(
        "newer.csv", "Date,Close,Holiday", f"{days[0]},1,0", f"{days[1]},2,1", f"{days[2]},,1", f"{days[3]},,0"
    )
    source = read_sources([newer], Selection(known=("Holiday",)), continued=kept)
    assert source.panel.calendars == kept.calendars
    assert source.panel.covariates is not None
    assert source.panel.covariates.known_values.tolist() == [[0, 1, 1, 0]]
    again = read_sources([write("again.csv", "Date,Close", f"{days[1]},1", f"{days[2]},2")], ANY, continued=kept)
    assert codes(again) == ["CHOSEN"]
    counted = read_sources([write("counted.csv", "step,Close", "1,1", "2,2")], ANY, continued=kept)
    assert counted.panel.calendars[0].kind == "integer"


def test_full_repair_fills_short_gaps_and_lists_them() -> None:
    path = write("p.csv", "Date,Close", *(f"{day},{i + 1}" for i, day in enumerate(DAYS) if i not in {7, 20, 21}))
    source = read_sources([path], ANY, repair="full")
    assert source.panel.lengths.tolist() == [40]
    assert source.panel.values[[7, 20, 21, 22]].tolist() == [7, 20, 20, 23]
    assert [str(finding) for finding in source.findings if finding.code in {"FILLED", "GAP"}] == [
        "p.csv: column Close: 3 rows got the value of the row before: 2024-01-08, 2024-01-21, 2024-01-22"
    ]


@pytest.mark.parametrize("name", ["t", "Step", "index"])
def test_a_column_that_counts_the_steps_is_the_time(name: str) -> None:
    source = read_sources([write("counted.csv", f"{name},y", *[f"{step},{step * step}" for step in range(30)])], ANY)
    assert source.selection == Selection(name, ("y",), None)
    assert source.panel.ds.tolist() == list(range(30))
