"""Files become panels with everything that was chosen said, and bad ones are refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecaster.data.reader import Source, read
from forecaster.errors import InputRefusedError, InputUnreadableError, UsageError
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parents[2] / "sample_data"
DAYS = [str(day) for day in np.arange("2024-01-01", "2024-02-10", dtype="datetime64[D]")]
EVEN = [("even", f"{day}T00:00:00") for day in DAYS]
ANY = Selection()


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def prices(name: str = "prices.csv", header: str = "Date,Close", days: Sequence[object] = DAYS) -> str:
    return write(name, header, *(f"{day},{100 + i}.5" for i, day in enumerate(days)))


def codes(source: Source) -> list[str]:
    return [finding.code for finding in source.findings]


def refusal(*sources: str, selection: Selection = ANY) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read(sources, selection)
    assert caught.value.exit_code == 65
    return str(caught.value)


def irregular_refusal(*sources: str) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read(sources, ANY, irregular=True)
    return str(caught.value)


def test_one_file_with_zero_flags() -> None:
    source = read([prices()], ANY)
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
    source = read([str(SAMPLES / "sp500.csv")], ANY)
    assert source.panel.lengths.tolist() == [5031]
    assert source.panel.calendars[0].describe() == "business days Monday to Friday, 9 holidays a year learned"


def test_the_long_sample_asks_for_its_series_column() -> None:
    path = str(SAMPLES / "us_employment.csv")
    assert refusal(path).endswith(
        "column month: times repeat; if industry tells the series apart, give --series industry"
    )
    source = read([path], Selection(series="industry"))
    assert len(source.panel) == 22
    assert source.panel.ids[0] == "nonfarm"
    assert {calendar.kind for calendar in source.panel.calendars} == {"monthly"}
    assert source.selection == Selection("month", ("employees",), "industry")


def test_several_targets_are_several_series() -> None:
    rows = [f"{day},{i},{2 * i}" for i, day in enumerate(DAYS)]
    wide = write("wide.csv", "Date,a,b", *rows)
    source = read([wide], Selection(targets=("a", "b")))
    assert source.panel.ids == ("a", "b")
    assert source.panel.values[40:].tolist() == [2.0 * i for i in range(40)]
    again = read([wide, write("other.csv", "Date,a,b", *rows)], Selection(targets=("a", "b")))
    assert again.panel.ids == ("wide/a", "wide/b", "other/a", "other/b")


def test_a_long_file_keeps_its_series_in_order_of_appearance() -> None:
    rows = [f"{name},{day},{i}" for i, day in enumerate(DAYS) for name in ("MSFT", "AAPL")]
    source = read([write("long.csv", "Ticker,Date,Close", *rows)], ANY)
    assert source.panel.ids == ("MSFT", "AAPL")
    assert source.panel.lengths.tolist() == [40, 40]
    assert source.selection.series == "Ticker"
    assert codes(source) == ["CHOSEN"]


def test_newest_first_is_sorted_and_said() -> None:
    source = read([prices(days=DAYS[::-1])], ANY)
    assert source.panel.values[0] == 139.5
    assert str(source.findings[1]) == "prices.csv: the rows were newest first and have been sorted"
    assert source.findings[1].code == "SORTED"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.permutations(range(40)))
def test_shuffled_rows_give_the_same_panel(order: list[int]) -> None:
    lines = [f"{day},{100 + i}.5" for i, day in enumerate(DAYS)]
    shuffled = read([write("prices.csv", "Date,Close", *(lines[i] for i in order))], ANY)
    assert shuffled.panel.fingerprint() == read([prices()], ANY).panel.fingerprint()
    assert shuffled.panel.calendars == read([prices()], ANY).panel.calendars


def test_rows_without_a_value_are_left_out_and_said() -> None:
    lines = [f"{day},{'' if i in {3, 7} else i}" for i, day in enumerate(DAYS)]
    source = read([write("p.csv", "Date,Close", *lines)], ANY)
    assert source.panel.lengths.tolist() == [38]
    assert [str(finding) for finding in source.findings if finding.code == "MISSING"] == [
        "p.csv: column Close: 2 rows without a value were left out, on lines 5, 9",
    ]


def test_too_many_missing_values_are_refused_also_in_one_series_of_many() -> None:
    lines = [f"{name},{day},{'NA' if name == 'b' and i < 9 else i}" for i, day in enumerate(DAYS) for name in "abcd"]
    assert refusal(write("p.csv", "id,Date,Close", *lines)) == (
        "p.csv: column Close: 9 of 40 values of series b are missing, more than 20%; "
        "fill them in or choose another column"
    )


@pytest.mark.parametrize(("value", "words"), [("9", "the value 9 both times"), ("8.5", "the values 9 and 8.5")])
def test_repeated_rows_are_refused_with_both_lines(value: str, words: str) -> None:
    lines = [f"{day},{i}" for i, day in enumerate(DAYS)]
    assert refusal(write("p.csv", "Date,Close", *lines, f"{DAYS[9]},{value}")) == (
        f"p.csv:11: 2024-01-10 stands here and on line 42, with {words}; "
        "keep one row for each time; times at which clocks went back are told apart in UTC"
    )


def test_a_series_that_repeats_a_time_is_named() -> None:
    lines = [f"{name},{day},{i}" for i, day in enumerate(DAYS) for name in "ab"]
    sentence = refusal(write("p.csv", "id,Date,Close", *lines, f"b,{DAYS[0]},7"))
    assert sentence.startswith("p.csv:3: 2024-01-01 of series b stands here and on line 82, with the values 0 and 7;")


def test_a_series_without_a_name_is_refused() -> None:
    lines = [f"{name},{day},{i}" for i, day in enumerate(DAYS) for name in ("a", "")]
    assert refusal(write("p.csv", "id,Date,Close", *lines)) == (
        "p.csv:3: column id: the name of the series is empty; fill it in"
    )


def test_one_column_cannot_play_two_parts() -> None:
    assert refusal(prices(), selection=Selection(targets=("Date",))) == (
        "prices.csv: one column cannot be chosen twice; name different columns"
    )


def test_files_of_one_name_are_refused() -> None:
    Path("old").mkdir()
    assert refusal(prices(), prices("old/prices.csv")) == (
        "series prices: the name stands for a series of prices.csv and for one of old/prices.csv; rename one of them"
    )


def test_several_files_share_what_they_have_in_common() -> None:
    source = read([prices("a.csv"), prices("b.csv", header="Date,Price")], ANY)
    assert source.panel.ids == ("a", "b")
    assert source.selection == Selection("Date", (), None)


def test_daily_and_monthly_series_are_not_mixed() -> None:
    months = [f"{year}-{month:02}" for year in (2022, 2023) for month in range(1, 13)]
    assert refusal(prices("d.csv"), prices("m.csv", days=months)) == (
        "the series differ in step: d (every day) and m (every month, on day 1 of the month); "
        "train them apart, or bring them to one step"
    )


def test_dates_and_counts_are_not_mixed() -> None:
    assert refusal(prices("n.csv", days=range(1, 30)), prices("d.csv")) == (
        "n.csv: d has dates and n has whole numbers; train them apart"
    )


def test_counted_steps() -> None:
    source = read([prices(header="ds,y", days=range(1, 30))], ANY)
    assert source.panel.ds.dtype == np.int64
    assert source.panel.calendars[0].kind == "integer"


def test_a_single_row_stays_for_others_to_judge() -> None:
    lines = [f"{'a' if i else 'b'},{month},{i}" for i, month in enumerate(["2024-01", "2024-01", "2024-02", "2024-03"])]
    source = read([write("p.csv", "id,month,y", *lines)], Selection(series="id"))
    assert source.panel.lengths.tolist() == [1, 3]


def test_gaps_are_refused_with_file_and_series() -> None:
    sentence = refusal(prices(days=DAYS[:10] + [f"2024-06-{day:02}" for day in range(1, 11)]))
    assert sentence.startswith("prices.csv: series prices: the rows follow no regular step: 142 of ")
    assert sentence.endswith(
        "2024-01-10 is followed by 2024-06-01; "
        "fill the gaps, bring the rows to one step, or train on unequal steps with --irregular"
    )


def unequal(unit: str, seed: int = 0) -> list[object]:
    """Return 60 moments, 1 to 9 units apart."""
    distances = np.random.default_rng(seed).integers(1, 10, 60)
    if not unit:
        return list(distances.cumsum())
    return list(np.datetime64("2024-01-01T00:00:00") + distances.cumsum().astype(f"timedelta64[{unit}]"))


@pytest.mark.parametrize(("unit", "kind"), [("D", "irregular"), ("h", "irregular"), ("", "irregular integer")])
def test_unequal_steps_are_refused_unless_the_user_says_so(unit: str, kind: str) -> None:
    path = prices(days=unequal(unit))
    assert refusal(path).endswith("or train on unequal steps with --irregular")
    source = read([path], ANY, irregular=True)
    assert source.panel.irregular
    assert source.panel.lengths.tolist() == [60]
    assert source.panel.calendars[0].kind == kind
    assert (codes(source), source.failed) == (["CHOSEN"], {})


def test_a_long_file_has_unequal_steps_in_every_series_or_names_those_that_have() -> None:
    stamps = [("a", moment) for moment in unequal("D", 1)] + [("b", moment) for moment in unequal("h", 2)]
    path = write("long.csv", "id,ds,y", *(f"{name},{moment},{i}" for i, (name, moment) in enumerate([*stamps, *EVEN])))
    source = read([path], ANY)
    assert (source.panel.ids, set(source.failed), source.panel.irregular) == (("even",), {"a", "b"}, False)
    source = read([path], ANY, irregular=True)
    assert (source.panel.ids, source.failed, source.panel.irregular) == (("a", "b", "even"), {}, True)
    assert source.panel.calendars[2].describe() == "unequal steps, 1 day in the median"


def test_other_faults_are_found_among_unequal_steps_too() -> None:
    days = unequal("D")
    assert "stands here and on line 62" in irregular_refusal(prices(days=[*days, days[3]]))
    assert codes(read([prices(days=days[::-1])], ANY, irregular=True)) == ["CHOSEN", "SORTED"]
    twice = [*days, days[-1] + np.timedelta64(500, "ms")]
    assert irregular_refusal(prices(days=twice)).startswith(
        "prices.csv: series prices: there are rows less than a second apart: "
    )
    assert irregular_refusal(prices("n.csv", days=unequal("")), prices("d.csv", days=days)) == (
        "n.csv: d has dates and n has whole numbers; train them apart"
    )


def test_text_in_a_number_is_refused() -> None:
    lines = [f"{day},{i}" for i, day in enumerate(DAYS)]
    lines[9] = f"{DAYS[9]},abc"
    assert refusal(write("prices.csv", "Date,Close", *lines)).startswith(
        "prices.csv:11: column Close: 'abc' is not a number;"
    )


def test_what_cannot_be_opened_is_another_error() -> None:
    with pytest.raises(InputUnreadableError, match=r"absent\.csv: no such file or directory"):
        read(["absent.csv"], ANY)


@pytest.mark.parametrize(
    ("sources", "selection"),
    [([], ANY), (["p.csv"], Selection(targets=("a", "b"), series="c"))],
)
def test_what_cannot_be_meant(sources: list[str], selection: Selection) -> None:
    with pytest.raises(UsageError) as caught:
        read(sources, selection)
    assert caught.value.exit_code == 2


def test_a_hundred_thousand_rows_take_a_moment() -> None:
    minutes = np.datetime64("2000-01-01", "s") + np.arange(100_000) * np.timedelta64(60, "s")
    write("p.csv", "date,open,high,low,close,volume", *(f"{minute},1.5,1.6,1.4,1.5,900" for minute in minutes))
    start = perf_counter()
    assert len(read(["p.csv"], ANY).panel.values) == 100_000
    assert perf_counter() - start < 3.0


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "x" * 1001, "a\u200bb"])
def test_names_that_no_model_can_keep_are_refused(name: str) -> None:
    rows = [f'"{series}",{day},{day}' for series in (name, "b") for day in range(1, 20)]
    assert "holds control characters or is too long; rename it" in refusal(write("long.csv", "id,ds,y", *rows))
    assert "holds control characters or is too long; rename it" in refusal(
        write("wide.csv", f'ds,"{name}"', *["1,2", "2,3"])
    )


@pytest.mark.parametrize("name", ["t", "Step", "index"])
def test_a_column_that_counts_the_steps_is_the_time(name: str) -> None:
    source = read([write("counted.csv", f"{name},y", *[f"{step},{step * step}" for step in range(30)])], ANY)
    assert source.selection == Selection(name, ("y",), None)
    assert source.panel.ds.tolist() == list(range(30))
