"""Forecasts without training: of a table at once, with a default model only where it belongs, and of new series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import AllSeriesFailedError, Finding, InputRefusedError, ModelRefusedError, UsageError
from forecaster.forecasting.pretrained import weights
from forecaster.forecasting.pretrained.level_network import shipped_networks
from forecaster.spec import Selection, Specification
from forecaster.workflow.predict import predict, predict_table, predict_with_default
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from forecaster.workflow.results import Prediction, Training

    Write = Callable[..., str]

AUTO = Selection()
DAYS = pd.date_range("2021-01-01", periods=200, freq="D")
TRAINED = Specification(horizon=5, members=1, epochs=2, updates=5, hidden=8)
NOTHING_TRAINED = Specification(horizon=5, zero_shot=True)
ENDS = ["forecast-lo-95", "forecast-lo-80", "forecast", "forecast-hi-80", "forecast-hi-95"]


def values(rows: int, seed: int = 0) -> np.ndarray:
    """Return a weekly season and noise about 50."""
    t = np.arange(rows)
    return (50 + 5 * np.sin(2 * np.pi * t / 7) + np.random.default_rng(seed).normal(size=rows)).round(3)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes one series, from a row to another, and returns the file's name."""

    def run(name: str, first: int = 0, last: int = 100, **changes: Any) -> str:
        y = changes.pop("y", values(200))
        frame = pd.DataFrame({"date": DAYS, "y": y[:200]} if len(y) >= 200 else {"date": DAYS[: len(y)], "y": y})
        frame[first:last].drop(index=changes.pop("dropped", [])).to_csv(tmp_path / name, index=False)
        return str(tmp_path / name)

    return run


@pytest.fixture
def write_panel(tmp_path: Path) -> Write:
    """Return a function that writes series, given by the number of their rows or by their values."""

    def run(name: str, **series: int | np.ndarray) -> str:
        rows = []
        for seed, (ident, given) in enumerate(series.items()):
            y = values(given, seed) if isinstance(given, int) else given
            rows += [(ident, day, value) for day, value in zip(DAYS, y, strict=False)]
        pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(tmp_path / name, index=False)
        return str(tmp_path / name)

    return run


def table(source: str, **request: Any) -> Prediction:
    return predict_table([source], selection=AUTO, request=Request(**request))


def with_default(model: Path, source: str, **request: Any) -> Prediction:
    return predict_with_default(model, [source], selection=AUTO, request=Request(**request))


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [str(each.code) for each in findings]


def assert_sensible(frame: pd.DataFrame) -> None:
    """Hold forecasts to be finite, and intervals to lie around them, the narrow ones inside the wide ones."""
    ends = frame[ENDS].to_numpy()
    assert np.isfinite(ends).all()
    assert (np.diff(ends, axis=1) >= 0).all()


@pytest.fixture
def model(write: Write, tmp_path: Path, train_file: Callable[..., Training], bytes_of_models: dict[str, bytes]) -> Path:
    """Train a quick model on the first 100 rows, once."""
    source, path = write("train.csv"), tmp_path / "forecast.joblib"
    if "100 rows" not in bytes_of_models:
        train_file(source, path, TRAINED)
        bytes_of_models["100 rows"] = path.read_bytes()
    path.write_bytes(bytes_of_models["100 rows"])
    return path


def test_a_table_is_forecast_at_once(write: Write) -> None:
    result = table(write("prices.csv"), horizon=9)
    assert list(result.frame) == ["unique_id", "ds", *ENDS[2:3], *ENDS[1:4:2], *ENDS[::4], "strategy"]
    assert set(result.frame["strategy"]) == {"zero-shot"}
    assert set(result.frame["unique_id"]) == {"prices"}
    assert result.frame["ds"].tolist() == DAYS[100:109].tolist()
    assert_sensible(result.frame)
    assert not result.failed


def test_the_accuracy_is_in_plain_sentences_and_the_verdict_has_the_exact_ones(write: Write) -> None:
    result = table(write("prices.csv"), horizon=5)
    assert " of the past" in result.accuracy
    assert result.accuracy.endswith(" % of the values fell into the 80 % interval.")
    assert "held-out" in result.verdict[0]
    assert not result.from_model


def test_a_table_is_forecast_the_same_each_time_and_as_a_model_that_trains_nothing(
    write: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    source = write("prices.csv")
    first, again = (table(source, horizon=5).frame for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    train_file(source, tmp_path / "m.joblib", NOTHING_TRAINED)
    pd.testing.assert_frame_equal(first, predict(tmp_path / "m.joblib", selection=AUTO).frame)
    pd.testing.assert_frame_equal(first, predict(tmp_path / "m.joblib", [source], selection=AUTO).frame)


def test_a_model_that_trains_nothing_is_small(
    write: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    train_file(write("prices.csv", 0, 14), tmp_path / "m.joblib", NOTHING_TRAINED)
    assert (tmp_path / "m.joblib").stat().st_size <= 20_000


def test_the_steps_ahead_do_not_depend_on_how_many_are_wanted_beyond_those_answered_at_once(write: Write) -> None:
    source = write("prices.csv")
    short, long = (table(source, horizon=steps).frame["forecast"] for steps in (60, 130))
    np.testing.assert_allclose(short, long[:60], rtol=1e-12)


@pytest.mark.sampled("1-3", "18-4", "60-3", "60-5")
@pytest.mark.parametrize("rows", [3, 4, 5])
@pytest.mark.parametrize("horizon", [1, 18, 60])
def test_from_three_rows_on_every_horizon_is_forecast(write: Write, rows: int, horizon: int) -> None:
    result = table(write("few.csv", 0, rows), horizon=horizon)
    assert len(result.frame) == horizon
    assert_sensible(result.frame)
    assert result.accuracy
    width = result.frame["forecast-hi-80"] - result.frame["forecast-lo-80"]
    assert (width > 0).all()
    assert horizon == 1 or width.iloc[-1] > width.iloc[0]


AWKWARD = {
    "constant": np.full(30, 7.0),
    "zeros": np.zeros(30),
    "negative": -values(40),
    "of both signs": values(40) - 50,
    "counts": np.random.default_rng(0).poisson(0.4, 60).astype(float),
    "huge": 1e12 * values(30),
    "tiny": 1e-9 * values(30).round(1),
    "a jump": np.array([1.0] * 30 + [1000.0]),
    "a constant of three rows": np.full(3, 2.0),
}


@pytest.mark.sampled("constant", "of both signs", "counts", "huge", "a jump", "a constant of three rows")
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_series_are_forecast(write: Write, name: str) -> None:
    frame = table(write("awkward.csv", y=AWKWARD[name]), horizon=50).frame
    assert_sensible(frame)
    if name == "counts":
        assert (frame[ENDS] >= 0).to_numpy().all()
    if name in {"zeros", "constant"}:
        value, ends = 7 if name == "constant" else 0, frame[ENDS].to_numpy()
        assert (ends[:, 2] == value).all()
        # 30 equal rows: a change within a step has a probability below 5 %, and one within six below 20 %
        assert (ends[0] == value).all()
        assert (ends[:6, 1:4] == value).all()
        assert ends[-1, -1] >= ends[-1, -2] > value, "that it never changes is not known"
        assert ends.max() <= value + 3


def test_two_rows_are_refused(write: Write) -> None:
    with pytest.raises(InputRefusedError, match="too few rows: have 2, need 3") as error:
        table(write("two.csv", 0, 2), horizon=3)
    assert error.value.exit_code == 65


def test_short_series_of_a_table_fail_alone(write_panel: Write) -> None:
    result = table(write_panel("many.csv", a=40, b=2, c=30), horizon=4)
    assert result.failed == {"b": "too few rows: have 2, need 3"}
    assert result.frame["unique_id"].unique().tolist() == ["a", "c"]
    with pytest.raises(AllSeriesFailedError, match="none of the 2 series has the 3 rows"):
        predict_table([write_panel("few.csv", a=2, b=1)], selection=Selection(series="unique_id"), request=Request())


def test_a_missing_row_does_not_move_the_week(write: Write) -> None:
    whole = table(write("whole.csv"), horizon=14).frame["forecast"].to_numpy()
    holes = table(write("holes.csv", dropped=[40, 41, 66]), horizon=14).frame["forecast"].to_numpy()
    moved = 5 * np.sin(2 * np.pi * (np.arange(100, 114)) / 7)
    assert np.corrcoef(holes, moved)[0, 1] > 0.9
    assert np.abs(whole - holes).mean() < 1


def test_sample_paths_and_levels_without_a_model(write: Write) -> None:
    source = write("prices.csv")
    paths = table(source, horizon=5, samples=500).frame
    assert list(paths) == ["unique_id", "ds", "sample", "forecast"]
    frame = table(source, horizon=5, levels=(50,)).frame
    assert [name for name in frame if "-lo-" in name] == ["forecast-lo-50"]
    inside = paths["forecast"].between(frame["forecast-lo-50"][0], frame["forecast-hi-50"][0])
    assert 0.4 < inside[paths["ds"] == frame["ds"][0]].mean() < 0.6


def test_2_times_are_requested_of_models_of_unequal_steps(write: Write) -> None:
    with pytest.raises(UsageError, match="--at is for a model of unequal steps"):
        table(write("prices.csv"), at=("2021-05-01",))


def test_without_a_default_model_nothing_is_noted(write: Write, tmp_path: Path) -> None:
    source = write("prices.csv")
    result = with_default(tmp_path / "forecast.joblib", source, horizon=5)
    pd.testing.assert_frame_equal(result.frame, table(source, horizon=5).frame)
    assert "ZERO-SHOT" not in codes(result.findings)


@pytest.mark.sampled("0-100", "50-110", "100-120")
@pytest.mark.parametrize(("first", "last"), [(0, 100), (60, 100), (50, 110), (100, 101), (100, 120), (0, 130)])
def test_a_default_model_that_belongs_is_used(model: Path, write: Write, first: int, last: int) -> None:
    result = with_default(model, write("newer.csv", first, last))
    pd.testing.assert_frame_equal(result.frame, predict(model, [write("newer.csv", first, last)], selection=AUTO).frame)
    assert set(result.frame["strategy"]) == {"direct"}
    assert "ZERO-SHOT" not in codes(result.findings)
    assert result.from_model


def test_a_default_model_is_used_although_a_few_values_were_restated(model: Path, write: Write) -> None:
    y = values(200)
    y[97:100] += 0.5
    assert set(with_default(model, write("newer.csv", 50, 110, y=y)).frame["strategy"]) == {"direct"}


OTHER = {
    "other values": ({"y": values(200, seed=1)}, "100 of the 100 values that both have differ"),
    "a gap": ({"first": 105, "last": 140}, "its rows end at 2021-04-10, and those of the file do not follow"),
    "an older file": (
        {"y": np.concatenate([values(40, seed=5), values(200)[40:]]), "last": 40},
        "40 of the 40 values that both have differ",
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_default_model_of_other_rows_is_not_used_and_a_note_says_why(model: Path, write: Write, name: str) -> None:
    changes, reason = OTHER[name]
    source = write("other.csv", **changes)
    result = with_default(model, source, horizon=5)
    pd.testing.assert_frame_equal(result.frame, table(source, horizon=5).frame)
    assert set(result.frame["strategy"]) == {"zero-shot"}
    (note,) = [each for each in result.findings if each.code == "ZERO-SHOT"]
    assert note.text == f"{model} is not used: {reason}"
    assert not result.from_model


def test_a_default_model_of_other_series_is_not_used(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    model = tmp_path / "forecast.joblib"
    train_file(write_panel("train.csv", a=90, b=90), model, TRAINED)
    result = with_default(model, write_panel("other.csv", c=60, d=60), horizon=5)
    assert set(result.frame["strategy"]) == {"zero-shot"}
    assert "it has none of the series of the file" in result.findings[-1].text


def test_a_default_model_of_times_of_another_kind_is_not_used(model: Path, tmp_path: Path) -> None:
    source = tmp_path / "counted.csv"
    pd.DataFrame({"t": np.arange(80), "y": values(80)}).to_csv(source, index=False)
    result = with_default(model, str(source), horizon=5)
    assert set(result.frame["strategy"]) == {"zero-shot"}
    assert codes(result.findings)[-1] == "ZERO-SHOT"


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_a_default_model_that_is_damaged_is_not_used(model: Path, write: Write, content: bytes | None) -> None:
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2] if content is None else content)
    result = with_default(model, write("prices.csv"), horizon=5)
    assert set(result.frame["strategy"]) == {"zero-shot"}
    assert codes(result.findings)[-1] == "ZERO-SHOT"
    assert result.findings[-1].text.startswith(f"{model} is not used")


def test_a_default_model_with_new_series_beside_its_own_forecasts_both(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    model = tmp_path / "forecast.joblib"
    train_file(write_panel("train.csv", a=90, b=90), model, TRAINED)
    result = with_default(model, write_panel("more.csv", a=95, b=95, c=60))
    strategies = result.frame.groupby("unique_id")["strategy"].unique().map(list).to_dict()
    assert strategies == {"a": ["direct"], "b": ["direct"], "c": ["new-series"]}


def test_series_that_training_did_not_see_are_marked(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    model = tmp_path / "m.joblib"
    train_file(write_panel("train.csv", a=90, b=90), model, TRAINED)
    source = write_panel("more.csv", z=60, b=92, y=70)
    result = predict(model, [source], selection=AUTO, request=Request(horizon=8))
    frame = result.frame
    assert frame["unique_id"].unique().tolist() == ["b", "z", "y"], "known series come first"
    assert frame.loc[frame["unique_id"] == "b", "strategy"].tolist() == ["direct"] * 5 + ["recursive"] * 3
    assert frame.loc[frame["unique_id"] == "z", "strategy"].tolist() == ["new-series"] * 5 + ["recursive"] * 3
    assert_sensible(frame)
    (note,) = [each for each in result.findings if each.code == "NEW"]
    assert note.text == "2 series that training did not see, scaled by their own rows"


def test_a_new_series_is_scaled_by_its_own_rows(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    model = tmp_path / "m.joblib"
    train_file(write_panel("train.csv", a=90, b=90), model, TRAINED)
    source = write_panel("more.csv", small=values(60), large=1000 * values(60))
    frame = predict(model, [source], selection=AUTO).frame.set_index("unique_id")
    for column in ENDS:
        np.testing.assert_allclose(frame.loc["large", column], 1000 * frame.loc["small", column], rtol=1e-5)


def test_a_new_series_that_is_too_short_fails_alone(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    model = tmp_path / "m.joblib"
    train_file(write_panel("train.csv", a=90, b=90), model, TRAINED)
    result = predict(model, [write_panel("more.csv", a=95, x=2, z=60)], selection=AUTO)
    assert result.failed == {"x": "too few rows: have 2, need 3"}
    assert set(result.frame["unique_id"]) == {"a", "z"}


@pytest.mark.sampled("rows0", "rows3")
@pytest.mark.parametrize("rows", [(60, 60, 75), (60, 55, 75), (60, 0, 75), (14, 14, 16)])
def test_newer_rows_of_a_model_that_trains_nothing_are_as_good_as_a_fresh_start(
    write: Write, tmp_path: Path, train_file: Callable[..., Training], rows: tuple[int, int, int]
) -> None:
    kept, first, last = rows
    train_file(write("train.csv", 0, kept), tmp_path / "m.joblib", NOTHING_TRAINED)
    continued = predict(
        tmp_path / "m.joblib", [write("train_newer.csv", first, last)], selection=AUTO, request=Request(horizon=5)
    ).frame
    fresh = table(write("joined.csv", 0, last), horizon=5).frame
    columns = ["ds", *ENDS, "strategy"]
    pd.testing.assert_frame_equal(continued[columns], fresh[columns])


def test_a_few_newer_rows_of_a_model_that_trains_nothing_change_no_calibration(
    write: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    train_file(write("train.csv", 0, 60), tmp_path / "m.joblib", NOTHING_TRAINED)
    request = Request(horizon=5)
    continued = predict(
        tmp_path / "m.joblib", [write("train_newer.csv", 60, 66)], selection=AUTO, request=request
    ).frame
    fresh = table(write("joined.csv", 0, 66), horizon=5).frame
    assert continued["ds"].tolist() == fresh["ds"].tolist()
    np.testing.assert_allclose(continued["forecast"], fresh["forecast"], rtol=0.02)
    assert not np.allclose(continued["forecast-lo-95"], fresh["forecast-lo-95"], rtol=1e-6)


def test_new_series_of_a_model_that_trains_nothing_are_zero_shot(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    train_file(write_panel("train.csv", a=60, b=60), tmp_path / "m.joblib", NOTHING_TRAINED)
    frame = predict(tmp_path / "m.joblib", [write_panel("more.csv", a=62, c=40)], selection=AUTO).frame
    assert frame["unique_id"].unique().tolist() == ["a", "c"]
    assert set(frame["strategy"]) == {"zero-shot"}


@pytest.fixture
def without_weights(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the package have no weights of levels."""
    for cached in (weights.load_weights, shipped_networks):
        cached.cache_clear()
    monkeypatch.setattr(weights, "FILES", {weights.VOLATILITY: weights.FILES[weights.VOLATILITY]})
    yield
    for cached in (weights.load_weights, shipped_networks):
        cached.cache_clear()


@pytest.mark.usefixtures("without_weights")
def test_76_the_package_does_not_have_the_weights(write: Write) -> None:
    with pytest.raises(ModelRefusedError, match="which this version of the program does not have") as error:
        table(write("prices.csv"), horizon=5)
    assert error.value.exit_code == 76


def test_76_a_model_rests_on_weights_that_the_package_does_not_have(
    write: Write,
    tmp_path: Path,
    train_file: Callable[..., Training],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_file(write("prices.csv"), tmp_path / "m.joblib", NOTHING_TRAINED)
    weights.load_weights.cache_clear()
    monkeypatch.setattr(weights, "FILES", {})
    with pytest.raises(ModelRefusedError, match="needs the pretrained network") as error:
        predict(tmp_path / "m.joblib", selection=AUTO)
    assert error.value.exit_code == 76
    assert weights.LEVELS[:12] in str(error.value)
    assert "install the version that wrote it" in str(error.value)


def test_a_new_series_that_cannot_be_forecast_does_not_stop_the_others(
    write_panel: Write, tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    model = tmp_path / "m.joblib"
    train_file(write_panel("train.csv", a=90, b=90), model, TRAINED)
    result = predict(model, [write_panel("more.csv", a=95, z=2)], selection=AUTO)
    assert set(result.frame["unique_id"]) == {"a"}
    assert list(result.failed) == ["z"]
    assert "too few rows" in result.failed["z"] or "have 2, need 3" in result.failed["z"]


def test_new_series_of_unequal_steps_may_have_other_usual_steps(
    tmp_path: Path, train_file: Callable[..., Training]
) -> None:
    rng = np.random.default_rng(0)

    def write(name: str, **longest: int) -> str:
        rows = [
            (ident, DAYS[0] + pd.Timedelta(days=int(day)), 50 + rng.normal())
            for ident, most in longest.items()
            for day in np.cumsum(rng.integers(1, most, 80))
        ]
        pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).to_csv(tmp_path / name, index=False)
        return str(tmp_path / name)

    model = tmp_path / "m.joblib"
    train_file(write("train.csv", a=5, b=5), model, Specification(irregular=True, members=1, epochs=1, updates=2))
    source = write("new.csv", z=9)
    late = str(DAYS[0] + pd.Timedelta(days=4000))[:10]
    near = predict(model, [source], selection=AUTO, request=Request(horizon=3))
    assert set(near.frame["strategy"]) == {"new-series"}
    far = predict(model, [source], selection=AUTO, request=Request(at=[late]))
    assert set(far.frame["strategy"]) == {"held"}, "what is held is said of new series, too"
    assert "HELD" in codes(far.findings)


@pytest.mark.slow
def test_a_default_model_of_another_zone_is_not_used(tmp_path: Path, train_file: Callable[..., Training]) -> None:
    hours = pd.date_range("2021-03-01", periods=400, freq="h")

    def write(name: str, zone: str) -> str:
        times = [f"{hour:%Y-%m-%dT%H:%M}{zone}" for hour in hours]
        wave = 50 + 5 * np.sin(np.arange(400) / 24 * 2 * np.pi) + np.random.default_rng(0).normal(size=400)
        pd.DataFrame({"time": times, "y": wave.round(3)}).to_csv(tmp_path / name, index=False)
        return str(tmp_path / name)

    model = tmp_path / "forecast.joblib"
    train_file(write("one.csv", "+00:00"), model, TRAINED)
    result = with_default(model, write("two.csv", "+02:00"), horizon=3)
    assert set(result.frame["strategy"]) == {"zero-shot"}
    assert result.findings[-1].text.endswith("398 of the 398 values that both have differ"), "at the same instants"
