"""Categories of files become columns of 1 and 0: of one file or several, and of files of known values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.reading.reader import ReadResult
    from forecaster.series.covariates import Covariates

DAYS = [str(day) for day in np.datetime64("2024-01-01") + np.arange(20)]
KNOWN = Selection(targets=("y",), known=("weather",))
WEATHER = ["sun", "rain", "sun", "snow"] * 5


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, cells: Sequence[str], header: str = "date,y,weather", first: int = 0) -> str:
    """Write a row a day with these cells in the last column."""
    lines = [f"{DAYS[first + i]},{i + first},{cell}" for i, cell in enumerate(cells)]
    Path(name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return name


def covariates(source: ReadResult) -> Covariates:
    assert source.panel.covariates is not None
    return source.panel.covariates


def category_texts(source: ReadResult) -> list[str]:
    return [str(finding) for finding in source.findings if finding.code == Code.CATEGORY]


def refusal(sources: Sequence[str], selection: Selection = KNOWN) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read_sources(sources, selection)
    return str(caught.value)


@pytest.mark.parametrize("role", ["known", "observed"])
def test_words_become_columns_of_one_and_zero(role: str) -> None:
    source = read_sources([write("a.csv", WEATHER)], Selection(targets=("y",), **{role: ("weather",)}))
    held = covariates(source)
    assert (held.known or held.observed) == ("weather=rain", "weather=snow")
    values = held.known_values if role == "known" else held.observed_values
    assert values.tolist() == [[0, 1, 0, 0] * 5, [0, 0, 0, 1] * 5]
    assert held.categories == {"weather": ("sun", "rain", "snow")}
    assert getattr(source.selection, role) == ("weather",)
    (text,) = category_texts(source)
    assert text == (
        "a.csv: column weather: 3 categories: a column of 1 and 0 each for rain, snow; "
        "all are 0 for sun, the most frequent one"
    )


def test_two_categories_need_one_column() -> None:
    source = read_sources([write("a.csv", ["none", "promo", "none", "none"] * 5)], KNOWN)
    assert covariates(source).known == ("weather=promo",)
    assert category_texts(source) == [
        "a.csv: column weather: 2 categories: a column of 1 and 0 for promo; it is 0 for none, the most frequent one"
    ]


def test_a_single_category_is_a_constant_column() -> None:
    source = read_sources([write("a.csv", ["sun"] * 20)], KNOWN)
    assert (covariates(source).known, covariates(source).known_values.min()) == (("weather=sun",), 1)
    assert category_texts(source) == ["a.csv: column weather: all rows have the category sun"]


def test_files_share_their_categories_whatever_their_order() -> None:
    files = [write("a.csv", ["fog", "SUN"] * 10), write("b.csv", ["sun", "hail"] * 10)]
    for sources in (files, files[::-1]):
        held = covariates(read_sources(sources, KNOWN))
        assert [name.lower() for name in held.known] == ["weather=fog", "weather=hail"]
    a, b = (held.known_values[:, held.start[i] : held.stop[i]].tolist() for i in (1, 0))
    assert a == [[1, 0] * 10, [0, 0] * 10]
    assert b == [[0, 0] * 10, [0, 1] * 10]


def test_words_and_numbers_in_two_files_are_refused() -> None:
    files = [write("a.csv", WEATHER), write("b.csv", ["1", "2"] * 10)]
    assert refusal(files) == (
        "b.csv: column weather: the column holds numbers, and words in a.csv; write words in both files, or numbers"
    )


def test_an_empty_cell_is_missing_as_among_numbers() -> None:
    name = write("a.csv", ["rain", "", *WEATHER[2:]])
    assert refusal([name]) == (
        "a.csv: series a: column weather: the value for 2024-01-02 is missing; give one for every row, such as none"
    )
    held = covariates(read_sources([name], Selection(targets=("y",), observed=("weather",))))
    assert held.observed_values[held.observed.index("weather=rain"), :3].tolist() == [1, 1, 0]


def test_a_column_that_is_called_as_a_category_is_refused() -> None:
    lines = [f"{day},{i},{WEATHER[i]},{i % 2}" for i, day in enumerate(DAYS)]
    Path("a.csv").write_text("\n".join(["date,y,weather,weather=rain", *lines]) + "\n", encoding="utf-8")
    selection = Selection(targets=("y",), known=("weather", "weather=rain"))
    assert refusal(["a.csv"], selection) == (
        "a.csv: column y: a column and a category of another one have the same name: weather=rain; rename the column"
    )


def test_a_file_of_known_values_may_have_categories() -> None:
    source = write("a.csv", ["1"] * 16, "date,y,price")
    Path("known.csv").write_text(
        "date,weather\n" + "".join(f"{day},{WEATHER[i]}\n" for i, day in enumerate(DAYS)), encoding="utf-8"
    )
    read = read_sources([source], Selection(targets=("y",), known=("known.csv",)))
    held = covariates(read)
    assert held.known == ("weather=rain", "weather=snow")
    assert held.known_values.tolist() == [[0, 1, 0, 0] * 5, [0, 0, 0, 1] * 5]
    assert category_texts(read)[0].startswith("known.csv: column weather: 3 categories")


def test_a_file_of_known_values_goes_on_with_the_categories_of_the_series() -> None:
    source = write("a.csv", WEATHER[:16])
    Path("known.csv").write_text(
        "date,weather\n" + "".join(f"{day},{'hail' if day == DAYS[-1] else 'rain'}\n" for day in DAYS[16:]),
        encoding="utf-8",
    )
    read = read_sources([source], Selection(targets=("y",), known=("weather", "known.csv")))
    assert covariates(read).known_values[:, 15:].tolist() == [[0, 1, 1, 1, 0], [1, 0, 0, 0, 0]]
    assert category_texts(read)[1] == (
        "known.csv:5: column weather: 'hail' is not a category of the training file: "
        "counted as sun, the most frequent one there"
    )


def panel_lines(regions: dict[str, str], further: int = 0) -> list[str]:
    return [
        f"{name},{day},{'' if i >= 20 - further else i},{region},{i % 2}"
        for name, region in regions.items()
        for i, day in enumerate(DAYS)
    ]


def test_columns_that_never_change_within_a_series_are_static() -> None:
    Path("a.csv").write_text(
        "\n".join(["id,date,y,region,promo", *panel_lines({"a": "north", "b": "south", "c": "north"})]) + "\n",
        encoding="utf-8",
    )
    held = covariates(read_sources(["a.csv"], Selection(targets=("y",), known=("region", "promo"))))
    assert held.known == ("region=south", "promo")
    assert held.static == ("region=south",)


def test_a_column_of_one_series_is_not_static() -> None:
    Path("a.csv").write_text(
        "\n".join(["id,date,y,region,promo", *panel_lines({"a": "north", "b": "north"})]) + "\n", encoding="utf-8"
    )
    held = covariates(read_sources(["a.csv"], Selection(targets=("y",), known=("region", "promo"))))
    assert held.static == ()


@pytest.mark.parametrize("known", ["weather", "known.csv"])
def test_of_the_categories_of_a_period_the_most_frequent_one_counts(known: str) -> None:
    hours = [(i, f"{day} {hour:02}:00", hour) for i, day in enumerate(DAYS) for hour in (9, 12, 15)]
    words = ["fog" if hour == 9 else WEATHER[i] for i, _, hour in hours]
    rows = list(zip(hours, words, strict=True))
    log = ["time,y,weather", *(f"{time},{hour},{word}" for (_, time, hour), word in rows)]
    Path("log.csv").write_text("\n".join(log) + "\n", encoding="utf-8")
    ahead = ["time,weather", *(f"{time},{word}" for (_, time, _), word in rows)]
    Path("known.csv").write_text("\n".join(ahead) + "\n", encoding="utf-8")
    selection = Selection(time="time", targets=("y",), known=(known,), every="day", agg="sum")
    held = covariates(read_sources(["log.csv"], selection))
    values = dict(zip(held.known, held.known_values.tolist(), strict=True))
    assert values["weather=rain"] == [0, 1, 0, 0] * 5
    assert values["weather=snow"] == [0, 0, 0, 1] * 5
    assert values["weather=sun"] == [1, 0, 1, 0] * 5
