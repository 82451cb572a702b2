"""Forecasts with covariates through a model file: from rows that it keeps, from newer rows and from known files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact.model import load, save
from forecaster.errors import InputRefusedError, UsageError
from forecaster.reading.cells.time_style import TimeStyle
from forecaster.spec import Selection, Specification
from forecaster.workflow.gradients import gradients
from forecaster.workflow.inspect import inspect
from forecaster.workflow.predict import predict as predict_from
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.workflow.results import Prediction

QUICK = Specification(horizon=3, members=1, epochs=2, updates=5, hidden=3)
ROWS, KNOWN = 120, 124
DAYS = np.datetime64("2024-01-01") + np.arange(KNOWN + 20)


def series() -> tuple[Any, Any, Any]:
    """Return values, an observed column and a known one that moves them."""
    rng = np.random.default_rng(3)
    promo = (rng.random(len(DAYS)) < 0.3).astype(float)
    volume = rng.gamma(5, 20, len(DAYS))
    return 50 + 20 * promo + rng.normal(0, 1, len(DAYS)), volume, promo


def write(path: Path, columns: dict[str, Any], rows: range, last: int | None = None) -> str:
    """Write rows with dates as in Germany; from row `last` on, columns but `promo` are empty."""
    lines = [";".join(["Datum", *columns])]
    for i in rows:
        year, month, day = str(DAYS[i]).split("-")
        cells = [
            "" if last is not None and i >= last and name != "promo" else f"{columns[name][i]:.2f}" for name in columns
        ]
        lines.append(";".join([f"{day}.{month}.{year}", *(cell.replace(".", ",") for cell in cells)]))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with models that know a column, one from the file of the series, one from a file of its own."""
    folder = tmp_path_factory.mktemp("covariates")
    y, volume, promo = series()
    alone = {"Wert": y, "Menge": volume}
    own = write(folder / "own.csv", alone | {"promo": promo}, range(KNOWN), ROWS)
    separate = write(folder / "separate.csv", alone, range(ROWS))
    known = write(folder / "known.csv", {"promo": promo}, range(KNOWN))
    for source, names in ((own, ("promo",)), (separate, (known,))):
        selection = Selection(targets=("Wert",), observed=("Menge",), known=names)
        output = Path(source).with_suffix(".joblib")
        train([source], selection=selection, specification=QUICK, output=output)
    write(folder / "newer.csv", alone, range(ROWS - 5, ROWS + 2))
    write(folder / "later.csv", {"promo": promo}, range(ROWS, len(DAYS)))
    write(folder / "other.csv", {"promo": 1 - promo}, range(ROWS, len(DAYS)))
    return folder


@pytest.fixture
def predict(files: Path) -> Callable[..., Prediction]:
    """Return a function that predicts with files of the folder."""

    def run(model: str = "separate", newer: str = "", known: str = "", **asked: Any) -> Prediction:
        sources = [str(files / newer)] if newer else []
        selection = Selection(known=(str(files / known),) if known else ())
        return predict_from(files / f"{model}.joblib", sources, selection=selection, request=Request(**asked))

    return run


@pytest.mark.parametrize("model", ["own", "separate"])
def test_a_model_is_read_as_it_was_written(files: Path, tmp_path: Path, model: str) -> None:
    loaded = load(files / f"{model}.joblib")
    columns = loaded.tail.covariates
    assert columns is not None
    assert (columns.observed, columns.known, loaded.style) == (("Menge",), ("promo",), TimeStyle("DD.MM.YYYY"))
    assert loaded.selection.known == (("promo",) if model == "own" else ())
    _, volume, promo = series()
    rows = len(loaded.tail.values)
    np.testing.assert_allclose(columns.observed_values, [volume[ROWS - rows : ROWS].round(2)])
    np.testing.assert_allclose(columns.known_values, [promo[ROWS - rows : KNOWN]])
    assert len(loaded.fitted.scaling.columns) == 2
    digest = save(tmp_path / "again.joblib", loaded)
    assert digest == inspect(files / f"{model}.joblib")["sha256"]


def test_a_known_covariate_may_come_from_any_file(predict: Callable[..., Prediction]) -> None:
    own, separate = (predict(model, horizon=4).frame for model in ("own", "separate"))
    np.testing.assert_array_equal(own["forecast"], separate["forecast"])


def test_a_forecast_follows_what_is_known_ahead(predict: Callable[..., Prediction]) -> None:
    promo = series()[2][ROWS : ROWS + 3]
    right, wrong = predict(horizon=3).frame["forecast"], predict(known="other.csv", horizon=3).frame["forecast"]
    moved = (wrong - right).to_numpy()
    assert (np.sign(moved) == np.sign(0.5 - promo)).all()
    assert (np.abs(moved) > 5).all()


def test_a_missing_future_value_is_named(predict: Callable[..., Prediction]) -> None:
    with pytest.raises(InputRefusedError) as refused:
        predict(horizon=6)
    assert str(refused.value) == (
        f"series separate: column promo: the value for {DAYS[KNOWN]}, which the forecast needs, is missing; "
        "give it with --known FILE, or use --horizon 4"
    )
    assert predict(known="later.csv", horizon=6).frame["ds"].astype(str).iloc[-1] == str(DAYS[ROWS + 5])


def test_newer_rows_bring_observed_covariates_and_use_known_ones(
    predict: Callable[..., Prediction],
) -> None:
    made = predict(newer="newer.csv", horizon=2)
    assert made.frame["ds"].astype(str).tolist() == [str(day) for day in DAYS[ROWS + 2 : ROWS + 4]]
    assert (
        made.frame["forecast"].tolist()
        == predict(newer="newer.csv", known="later.csv", horizon=2).frame["forecast"].tolist()
    )
    with pytest.raises(InputRefusedError, match=r"or use --horizon 2$"):
        predict(newer="newer.csv", horizon=3)
    with pytest.raises(InputRefusedError, match=r"newer.csv: there is no file or column promo"):
        predict("own", newer="newer.csv", horizon=2)


def test_a_column_is_not_a_file(files: Path) -> None:
    with pytest.raises(UsageError, match="--known promo is a column, which the model already knows; name the file"):
        predict_from(files / "own.joblib", selection=Selection(known=("promo",)))


def test_a_model_without_known_covariates_takes_no_file_of_them(files: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "plain.csv", {"Wert": series()[0]}, range(ROWS))
    train([source], selection=Selection(), specification=QUICK, output=tmp_path / "plain.joblib")
    with pytest.raises(UsageError, match="--known is for models that were trained with --known; leave it out"):
        predict_from(tmp_path / "plain.joblib", selection=Selection(known=(str(files / "later.csv"),)))


def test_gradients_are_measured_on_rows_with_their_columns(files: Path) -> None:
    found = gradients(files / "own.joblib", [str(files / "own.csv")], selection=Selection())
    assert found.facts["windows"] > 0
    known = Selection(known=(str(files / "known.csv"),))
    assert gradients(files / "separate.joblib", [str(files / "separate.csv")], selection=known).facts == found.facts


def test_a_tab_is_kept_by_its_name(files: Path, tmp_path: Path) -> None:
    loaded = load(files / "own.joblib")
    tabbed = replace(loaded, selection=replace(loaded.selection, delimiter="\t"))
    save(tmp_path / "tab.joblib", tabbed)
    assert load(tmp_path / "tab.joblib").selection.delimiter == "tab"


def test_a_forecast_is_written_as_its_file_is(predict: Callable[..., Prediction]) -> None:
    made = predict(horizon=2)
    assert made.frame_as_in_file()["ds"].tolist() == ["30.04.2024", "01.05.2024"]
    assert made.frame["ds"].astype(str).tolist() == ["2024-04-30", "2024-05-01"]
    assert replace(made, style=TimeStyle()).frame_as_in_file() is made.frame


def panel_file(path: Path, rows: dict[str, range], known: dict[str, int]) -> str:
    """Write series in one file: of each the rows of a range, and behind them so many with a known value alone."""
    y, _, promo = series()
    lines = ["id,ds,y,promo"]
    for name, each in rows.items():
        lines += [f"{name},{DAYS[i]},{y[i]:.2f},{promo[i]:.0f}" for i in each]
        lines += [f"{name},{DAYS[i]},,{promo[i]:.0f}" for i in range(each.stop, each.stop + known[name])]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_series_that_cannot_be_forecast_does_not_affect_the_others(tmp_path: Path) -> None:
    ahead = dict.fromkeys("abc", 3)
    source = panel_file(tmp_path / "panel.csv", dict.fromkeys("abc", range(ROWS)), ahead)
    selection, model = Selection(targets=("y",), series="id", known=("promo",)), tmp_path / "m.joblib"
    train([source], selection=selection, specification=QUICK, output=model)
    rows = {"a": range(ROWS, ROWS + 2), "b": range(ROWS + 4, ROWS + 6), "c": range(ROWS, ROWS + 2)}
    newer = panel_file(tmp_path / "newer.csv", rows, ahead | {"c": 1})
    made = predict_from(model, [newer], selection=Selection())
    assert set(made.frame["unique_id"]) == {"a"}
    assert made.failed["b"] == f"rows are missing between {DAYS[ROWS - 1]} and {DAYS[ROWS + 4]}"
    assert made.failed["c"] == f"the value for {DAYS[ROWS + 3]}, which the forecast needs, is missing"
    alone = predict_from(model, [panel_file(tmp_path / "a.csv", {"a": rows["a"]}, ahead)], selection=Selection())
    assert made.frame.equals(alone.frame)
    with pytest.raises(InputRefusedError, match="rows are missing between"):
        predict_from(model, [panel_file(tmp_path / "b.csv", {"b": rows["b"]}, ahead)], selection=Selection())
