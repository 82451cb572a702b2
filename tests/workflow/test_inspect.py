"""What `inspect` returns of a model file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import ModelRefusedError
from forecaster.spec import Selection
from forecaster.workflow.inspect import describe_for_user, inspect, size_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.workflow.results import Training

OLD_MODELS = sorted((Path(__file__).parents[1] / "artifact" / "golden").glob("schema_[1-8]*.joblib"))


def test_arrays_are_shown_by_type_and_shape(model: Path) -> None:
    content = inspect(model)
    assert content["recipe"]["horizon"] == 5
    rows = content["arrays"]["tail_values"]
    assert rows == {"dtype": "float64", "shape": content["arrays"]["tail_ds"]["shape"]}


def test_another_file_is_refused(prices: Path) -> None:
    with pytest.raises(ModelRefusedError):
        inspect(prices)


def test_the_page_has_what_the_user_of_a_model_wants_to_know(model: Path) -> None:
    page = describe_for_user(model)
    assert re.fullmatch(r"\d+ KB, written on \d{4}-\d\d-\d\d at \d\d:\d\d by forecaster \S+", page.file)
    assert page.data == (
        "series prices: 400 rows from 2020-01-01 to 2021-07-13, "
        "business days Monday to Friday, a season of 5 steps (a week)"
    )
    assert page.columns == "time column Date, target Close"
    assert page.options == "horizon 5, hidden 8, members 2, epochs 3, updates 10"
    assert page.method.startswith("the last value")
    assert page.accuracy.startswith("As good as repeating the last value")
    assert page.horizon == "5 steps at once; any number with --horizon"
    assert page.needs.startswith("nothing: it continues after its last row, 2021-07-13;")


def test_the_accuracy_of_the_page_is_that_of_training(
    prices: Path, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    trained = train_file(prices, tmp_path / "m.joblib")
    page = describe_for_user(tmp_path / "m.joblib")
    assert (page.method, page.accuracy) == (trained.method, trained.accuracy)
    assert trained.accuracy.startswith(trained.summary.partition(":")[0])


def test_known_columns_are_what_a_forecast_needs(tmp_path: Path, train_file: Callable[..., Training]) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"ds": pd.date_range("2021-01-01", periods=120), "promo": rng.integers(0, 2, 120)})
    table["sales"] = table["promo"] * 5 + rng.normal(20, 1, 120).round(2)
    table.to_csv(tmp_path / "sales.csv", index=False)
    train_file(tmp_path / "sales.csv", tmp_path / "m.joblib", selection=Selection(known=("promo",)))
    page = describe_for_user(tmp_path / "m.joblib")
    assert page.columns == "time column ds, target sales, known for the future promo"
    assert page.needs.startswith("promo for the steps to forecast, from --known FILE, or from rows with an empty sales")


@pytest.mark.parametrize(
    ("size", "words"), [(10, "1 KB"), (69_200, "69 KB"), (1_000_000, "1.0 MB"), (12_345_678, "12.3 MB")]
)
def test_a_size_has_the_usual_unit(size: int, words: str) -> None:
    assert size_in_words(size) == words


@pytest.mark.parametrize("path", OLD_MODELS, ids=lambda path: path.stem)
def test_models_of_older_versions_have_a_page(path: Path) -> None:
    page = describe_for_user(path)
    assert page.data.startswith(("series ", "2 series (", "20 series ("))
    assert page.accuracy
