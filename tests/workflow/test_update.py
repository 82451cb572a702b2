"""A model that is updated: it is replaced only if the continued one is no worse on rows that neither has seen."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.model import load
from forecaster.errors import InputRefusedError
from forecaster.spec import Selection, Specification
from forecaster.workflow import update as update_module
from forecaster.workflow.checkpoints import Resumption, TrainingCheckpoints, checkpoint_folder
from forecaster.workflow.predict import predict
from forecaster.workflow.train import train
from forecaster.workflow.update import Comparison, update
from tests.workflow.killed_run import KilledError, killed_after

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.panel import Panel

LEVELS = Specification(horizon=4, mode="level", members=1, epochs=4, updates=3, hidden=6, lookback=12, season=6)
ROWS, OLD_ROWS = 160, 120
AUTO = Selection()


@pytest.fixture
def history(tmp_path: Path, bytes_of_models: dict[str, bytes]) -> pd.DataFrame:
    """Return 160 rows of two series and write a model of the first 120 of each."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2020-01-01", periods=ROWS)
    season = 10 * np.sin(np.arange(ROWS) / 6 * 2 * np.pi)
    frame = pd.concat(
        pd.DataFrame({"id": name, "ds": days, "y": (50 + season + rng.normal(0, 2, ROWS)).round(3)}) for name in "ab"
    )
    frame.groupby("id").head(OLD_ROWS).to_csv(tmp_path / "old.csv", index=False)
    path = tmp_path / "m.joblib"
    if "two series" not in bytes_of_models:
        train([str(tmp_path / "old.csv")], selection=AUTO, specification=LEVELS, output=path)
        bytes_of_models["two series"] = path.read_bytes()
    path.write_bytes(bytes_of_models["two series"])
    return frame


@pytest.fixture
def model(tmp_path: Path, history: pd.DataFrame) -> Path:
    """Return the model of the older rows, next to `newer.csv` with the whole history."""
    history.to_csv(tmp_path / "newer.csv", index=False)
    return tmp_path / "m.joblib"


def test_a_model_that_is_no_worse_is_written_with_the_newer_rows(model: Path, tmp_path: Path) -> None:
    before = load(model)
    done = update(model, [str(tmp_path / "newer.csv")], selection=AUTO)
    after = load(model)
    assert done.comparison is not None
    assert done.replaced == (done.comparison.new <= done.comparison.old)
    assert done.comparison.origins == 5
    assert done.comparison.metric == "mase"
    if done.replaced:
        assert after.fingerprint["rows"] == 2 * ROWS
        assert str(after.tail.ds[-1]).startswith("2020-06-08")
        assert (after.verdict, after.scores) == (before.verdict, before.scores)
        assert predict(model, selection=AUTO).frame["ds"].min() == pd.Timestamp("2020-06-09")


@pytest.mark.parametrize(("new", "replaced"), [(0.8, True), (1.0, True), (1.001, False)])
def test_the_scores_decide(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new: float, *, replaced: bool
) -> None:
    monkeypatch.setattr(update_module, "_compare", lambda *_: Comparison("mase", new, 1.0, 3))
    before = model.read_bytes()
    done = update(model, [str(tmp_path / "newer.csv")], selection=AUTO)
    assert done.replaced == replaced
    assert (model.read_bytes() == before) == (not replaced)
    decision = "the continued one is no worse and is written" if replaced else "the old one stays"
    assert done.sentence == (
        f"MASE {new:.4g} of the continued model and 1 of the old one, on 3 forecasts of newer rows: {decision}"
    )


def test_the_judged_rows_are_seen_by_neither_model(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Panel] = []
    whole = update_module.continue_forecaster

    def watch(fitted: FittedForecaster, rows: Panel, *others: object, **named: object) -> FittedForecaster:
        seen.append(rows)
        return whole(fitted, rows, *others, **named)

    monkeypatch.setattr(update_module, "continue_forecaster", watch)
    done = update(model, [str(tmp_path / "newer.csv")], selection=AUTO)
    # half of the 40 newer rows judge: 5 forecasts of 4 rows, 4 apart
    assert seen[0].lengths.tolist() == [ROWS - 20] * 2
    assert len(seen) == 1 + done.replaced


@pytest.mark.slow
def test_rows_that_follow_or_overlap_those_of_the_model_are_enough(
    model: Path, history: pd.DataFrame, tmp_path: Path
) -> None:
    history.groupby("id").tail(ROWS - OLD_ROWS + 3).to_csv(tmp_path / "few.csv", index=False)
    done = update(model, [str(tmp_path / "few.csv")], selection=AUTO, output=tmp_path / "new.joblib")
    assert done.comparison is not None
    assert (tmp_path / "new.joblib").exists() == done.replaced


@pytest.mark.parametrize("more", [0, 5])
def test_with_too_few_newer_rows_the_model_stays_and_their_number_is_said(
    model: Path, history: pd.DataFrame, tmp_path: Path, more: int
) -> None:
    history.groupby("id").head(OLD_ROWS + more).to_csv(tmp_path / "few.csv", index=False)
    before = model.read_bytes()
    done = update(model, [str(tmp_path / "few.csv")], selection=AUTO)
    assert model.read_bytes() == before
    assert done.sentence == (
        f"{more} rows after the end of the model, and 6 are needed to judge a new one: the old one stays"
    )


def test_rows_after_a_gap_are_refused(model: Path, history: pd.DataFrame, tmp_path: Path) -> None:
    history.groupby("id").tail(12).to_csv(tmp_path / "gap.csv", index=False)
    with pytest.raises(InputRefusedError, match="rows are missing between"):
        update(model, [str(tmp_path / "gap.csv")], selection=AUTO)


@pytest.mark.slow
def test_a_series_of_the_model_must_not_be_missing_and_others_are_left_out(
    model: Path, history: pd.DataFrame, tmp_path: Path
) -> None:
    history[history["id"] == "a"].to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputRefusedError, match="lack 1 of the 2 series of the model, such as b"):
        update(model, [str(tmp_path / "a.csv")], selection=AUTO)
    more = pd.concat([history, history[history["id"] == "a"].assign(id="c")])
    more.to_csv(tmp_path / "more.csv", index=False)
    done = update(model, [str(tmp_path / "more.csv")], selection=AUTO)
    assert "1 series that the model does not have are not used" in " ".join(map(str, done.findings))


@pytest.mark.slow
def test_where_nothing_was_trained_the_model_is_made_again(history: pd.DataFrame, tmp_path: Path) -> None:
    a, path = history[history["id"] == "a"], tmp_path / "zero.joblib"
    a.head(30).to_csv(tmp_path / "short.csv", index=False)
    a.head(60).to_csv(tmp_path / "longer.csv", index=False)
    specification = Specification(horizon=4, season=6)
    train([str(tmp_path / "short.csv")], selection=AUTO, specification=specification, output=path)
    done = update(path, [str(tmp_path / "longer.csv")], selection=AUTO)
    assert done.replaced
    assert done.comparison is not None
    assert done.comparison.new == done.comparison.old
    assert load(path).fingerprint["rows"] == 60


@pytest.mark.slow
def test_prices_are_judged_by_their_intervals(prices: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(prices)
    frame.head(350).to_csv(tmp_path / "old.csv", index=False)
    specification = Specification(horizon=5, members=1, epochs=2, updates=3)
    train([str(tmp_path / "old.csv")], selection=AUTO, specification=specification, output=tmp_path / "p.joblib")
    done = update(tmp_path / "p.joblib", [str(prices)], selection=AUTO)
    assert done.comparison is not None
    assert done.comparison.metric == "wql"


def kill_update(model: Path, source: Path, output: Path, calls: int) -> None:
    """Update until the process is killed after a number of checkpoints, which are written always."""
    with killed_after(TrainingCheckpoints, calls):
        update(model, [str(source)], selection=AUTO, output=output)


def begin_update_again(model: Path, source: Path, output: Path, **options: bool) -> Resumption:
    """Start an update again, and end it as soon as it is known what became of the checkpoints."""
    seen: list[Resumption] = []

    def stop(found: Resumption) -> None:
        seen.append(found)
        raise KilledError

    with pytest.raises(KilledError):
        update(model, [str(source)], selection=AUTO, output=output, announce_resumption=stop, **options)
    return seen[0]


@pytest.mark.sampled("1")
@pytest.mark.parametrize("calls", [1, 3])
def test_an_update_that_was_killed_ends_with_the_same_digest(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    monkeypatch.setattr(update_module, "ROUNDING", 1e9)  # the new model is taken whatever its score is
    newer, output = tmp_path / "newer.csv", tmp_path / "new.joblib"
    whole = update(model, [str(newer)], selection=AUTO, output=tmp_path / "whole.joblib")
    assert whole.replaced
    kill_update(model, newer, output, calls)
    seen: list[Resumption] = []
    done = update(model, [str(newer)], selection=AUTO, output=output, announce_resumption=seen.append)
    assert (done.digest, done.comparison) == (whole.digest, whole.comparison)
    assert seen[0].resumed.startswith("network 1 of 1")
    assert not checkpoint_folder(output, "update").exists()


@pytest.mark.slow
def test_an_update_of_another_model_or_without_resume_starts_anew(model: Path, tmp_path: Path) -> None:
    newer, output = tmp_path / "newer.csv", tmp_path / "new.joblib"
    kill_update(model, newer, output, 1)
    assert begin_update_again(model, newer, output).resumed
    saved = shutil.copytree(checkpoint_folder(output, "update"), tmp_path / "copy")
    assert begin_update_again(model, newer, output, resume=False) == Resumption()
    assert not checkpoint_folder(output, "update").exists()
    shutil.copytree(saved, checkpoint_folder(output, "update"))
    other = replace(LEVELS, seed=1)
    train([str(tmp_path / "old.csv")], selection=AUTO, specification=other, output=model)
    assert begin_update_again(model, newer, output).restarted.endswith(": it continues another model")
