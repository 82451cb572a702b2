"""Categories and static covariates through a model file: what it keeps, and what a forecast needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact.model import load
from forecaster.errors import Code, InputRefusedError, UsageError
from forecaster.spec import Selection, Specification
from forecaster.workflow.check import check
from forecaster.workflow.evaluate import evaluate
from forecaster.workflow.inspect import describe_for_user, inspect
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.workflow.results import Prediction

QUICK = Specification(horizon=3, members=1, epochs=2, updates=5, hidden=3)
ROWS, AHEAD = 120, 3
DAYS = np.datetime64("2024-01-01") + np.arange(ROWS + 20)
EFFECTS = {"sun": 0, "rain": 20, "snow": -20}


def weather() -> list[str]:
    return np.random.default_rng(1).choice(list(EFFECTS), len(DAYS), p=[0.5, 0.3, 0.2]).tolist()


def write(path: Path, header: str, lines: list[str]) -> str:
    path.write_text("\n".join([header, *lines]) + "\n")
    return str(path)


def series_lines(rows: range, last: int, words: list[str]) -> list[str]:
    noise = np.random.default_rng(2).normal(0, 1, len(DAYS))
    values = [f"{100 + EFFECTS.get(words[i], 0) + noise[i]:.2f}" if i < last else "" for i in range(len(DAYS))]
    return [f"{DAYS[i]},{values[i]},{words[i]}" for i in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model that knows the weather of three days ahead, and one of stores in regions."""
    folder = tmp_path_factory.mktemp("categories")
    source = write(folder / "own.csv", "date,sales,weather", series_lines(range(ROWS + AHEAD), ROWS, weather()))
    selection = Selection(targets=("sales",), known=("weather",))
    train([source], selection=selection, specification=QUICK, output=folder / "own.joblib")
    stores = write(folder / "stores.csv", "store,date,region,size,sales", store_lines("abcd", range(ROWS)))
    selection = Selection(targets=("sales",), series="store", known=("region", "size"))
    train([stores], selection=selection, specification=QUICK, output=folder / "stores.joblib")
    return folder


def store_lines(names: str, rows: range) -> list[str]:
    noise = np.random.default_rng(3).normal(0, 1, (len(names), len(DAYS)))
    return [
        f"{name},{DAYS[i]},{'north' if k % 2 else 'south'},{100 * (k + 1)},{50 + 10 * k + noise[k, i]:.2f}"
        for k, name in enumerate(names)
        for i in rows
    ]


def forecast(model: Path, *sources: str, known: str = "", **asked: Any) -> Prediction:
    selection = Selection(known=(known,) if known else ())
    return predict(model, sources, selection=selection, request=Request(**asked))


def test_a_model_keeps_the_categories(folder: Path) -> None:
    held = load(folder / "own.joblib").tail.covariates
    assert held is not None
    assert (held.known, held.categories) == (("weather=rain", "weather=snow"), {"weather": ("sun", "rain", "snow")})
    found = inspect(folder / "own.joblib")
    assert (found["categories"], found["static"]) == ({"weather": ["sun", "rain", "snow"]}, [])


def test_the_page_of_a_model_names_the_columns_that_a_forecast_needs(folder: Path) -> None:
    assert describe_for_user(folder / "own.joblib").needs.startswith("weather for the steps to forecast, from --known")
    assert describe_for_user(folder / "stores.joblib").needs.startswith("nothing: "), "static columns do not change"


def test_a_forecast_follows_the_categories_of_a_known_file(folder: Path) -> None:
    for word, effect in EFFECTS.items():
        known = write(folder / f"{word}.csv", "date,weather", [f"{DAYS[ROWS + i]},{word}" for i in range(AHEAD)])
        made = forecast(folder / "own.joblib", known=known).frame["forecast"]
        assert (np.abs(made - (100 + effect)) < 8).all()


def test_an_unknown_category_is_a_finding_and_counts_as_the_most_frequent_one(folder: Path) -> None:
    words = {name: [f"{DAYS[ROWS + i]},{name}" for i in range(AHEAD)] for name in ("sun", "hail")}
    sun, hail = (
        forecast(folder / "own.joblib", known=write(folder / f"{name}.csv", "date,weather", lines))
        for name, lines in words.items()
    )
    assert hail.frame["forecast"].tolist() == sun.frame["forecast"].tolist()
    (finding,) = (each for each in hail.findings if each.code == Code.CATEGORY)
    assert str(finding).startswith(
        f"{folder}/hail.csv:2: column weather: 'hail' is not a category of the training file"
    )
    assert not [each for each in sun.findings if each.code == Code.CATEGORY]


def test_newer_rows_may_have_fewer_categories_and_another_case(folder: Path) -> None:
    rows = range(ROWS - 5, ROWS + 2 + AHEAD)
    words = [word.upper() if word != "snow" else "sun" for word in weather()]
    newer = write(folder / "newer.csv", "Date,Sales,Weather", series_lines(rows, ROWS + 2, words))
    made = forecast(folder / "own.joblib", newer)
    assert made.frame["ds"].astype(str).tolist() == [str(day) for day in DAYS[ROWS + 2 : ROWS + 2 + AHEAD]]
    assert not [each for each in made.findings if each.code == Code.CATEGORY]


def test_a_missing_value_is_named_by_the_column_of_the_file(folder: Path) -> None:
    with pytest.raises(
        InputRefusedError,
        match=rf"weather: the value for {DAYS[ROWS + AHEAD]}, which .* is missing",
    ):
        forecast(folder / "own.joblib", horizon=5)
    with pytest.raises(UsageError, match="--known weather is a column, which the model already knows"):
        forecast(folder / "own.joblib", known="weather")


@pytest.mark.slow
def test_categories_are_checked_and_backtested(folder: Path) -> None:
    selection = Selection(targets=("sales",), known=("weather",))
    source = str(folder / "own.csv")
    table = check([source], selection=selection, with_repaired=True).repaired
    assert table is not None
    assert table["weather"].tolist() == weather()[: ROWS + AHEAD]
    report = evaluate([source], selection=selection, specification=QUICK, folds=2)
    assert [finding.code for finding in report.findings] == ["CHOSEN", "CATEGORY"]


def test_static_covariates_need_no_future_values(folder: Path) -> None:
    held = load(folder / "stores.joblib").tail.covariates
    assert held is not None
    assert held.static == held.known == ("region=south", "size")
    assert len(forecast(folder / "stores.joblib", horizon=7).frame) == 4 * 7
    newer = write(folder / "newer.csv", "store,date,region,size,sales", store_lines("abcd", range(ROWS - 5, ROWS + 2)))
    assert len(forecast(folder / "stores.joblib", newer).frame) == 4 * 3


def test_static_covariates_of_new_series_have_the_scale_of_training(folder: Path) -> None:
    rows = [line.replace("a,", "new,", 1) for line in store_lines("a", range(ROWS))]
    new = write(folder / "new.csv", "store,date,region,size,sales", rows)
    made = forecast(folder / "stores.joblib", new).frame
    known = forecast(folder / "stores.joblib").frame.query("unique_id == 'a'")
    np.testing.assert_allclose(made["forecast"], known["forecast"], rtol=0.02)
