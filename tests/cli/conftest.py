"""A workflow that returns records at once, and a command line that runs in this process."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main
from forecaster.errors import Finding, InputRefusedError, Place
from forecaster.evaluation.verdict import Verdict
from forecaster.progress import report_progress
from forecaster.series.panel import panel_from_series
from forecaster.spec import Decision
from forecaster.workflow.check import Check
from forecaster.workflow.inspect import ModelPage
from forecaster.workflow.results import Diagnosis, Evaluation, History, Prediction, Training
from forecaster.workflow.summary import TrainingPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

METHOD = "70 % network, 30 % Theta"
ACCURACY = "No better than repeating the last value, on 5 forecasts of the past"
SENTENCE = "No better than last value, the best baseline, on 5 held-out cutoffs: skill -1.2 %."


@cache
def forecast_frame(ids: Sequence[str] = ("sp500",), horizon: int = 5) -> pd.DataFrame:
    point = 4783.4512 + np.arange(len(ids) * horizon) * 3.3
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(ids, dtype=object), horizon),
            "ds": np.tile(pd.bdate_range("2021-01-04", periods=horizon), len(ids)),
            "forecast": point,
            "forecast-lo-80": point - 40.0,
            "forecast-hi-80": point + 41.0,
            "forecast-lo-95": point - 80.0,
            "forecast-hi-95": point + 81.0,
            "strategy": np.array(["direct"] * len(ids) * horizon, dtype=object),
        },
    )


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": ["forecast", "last_value"],
            "mae": [35.214, 35.3],
            "mase": [0.8123, np.nan],
            "coverage-80": [81.3, 79.0],
        },
    )


def verdict() -> Verdict:
    return Verdict((SENTENCE,), "last_value", -1.2, 0.7, {80: 81.3, 95: 95.0}, 5)


@cache
def diagnosis() -> Diagnosis:
    by_lag = pd.DataFrame({"lag": [0, 5, 10], "layer 1": [1.0, 1e-2, 1e-4], "layer 1 reverse": [1.0, 1e-1, 0.0]})
    layers = pd.DataFrame(
        {
            "layer": ["layer 1", "layer 1 reverse"],
            "norm_at_lag_0": [0.25, 0.125],
            "spectral_radius": [0.9, 1.1],
            "saturated_state": [0.5, 0.0],
        }
    )
    facts = {"networks": 3, "windows": 64, "targets_known": True, "head_was_zero": False}
    return Diagnosis(by_lag, layers, 0.125, ("The gradient is told in a sentence.",), facts, {}, ())


@dataclass
class FakeWorkflow:
    """What the fake functions answer, and what they were asked.

    Attributes:
        calls: Name, positional and named arguments of each call.
        failed: Series that each command reports as failed.
        findings: Findings that each command reports.
        error: What each command raises instead of an answer.
        failure_of_training: What `train` raises after its plan.
        before: Called first in each command.
        frame: Forecasts.
        parts: Columns of the forecasts that are their parts.
        series: Series that are evaluated.
        record: Content of the model file.
        diagnosis: How the networks learn; its failed series are those of `failed`.

    """

    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = (Finding("SORTED", "the rows were newest first", Place("prices.csv")),)
    error: BaseException | None = None
    failure_of_training: BaseException | None = None
    before: Callable[[], None] = lambda: None
    frame: pd.DataFrame = field(default_factory=lambda: forecast_frame().copy())
    parts: tuple[str, ...] = ()
    series: tuple[str, ...] = ("sp500",)
    record: dict[str, Any] = field(default_factory=lambda: {"schema": 1, "program": {"numpy": "2.0"}})
    diagnosis: Diagnosis = field(default_factory=lambda: replace(diagnosis(), by_lag=diagnosis().by_lag.copy()))

    @property
    def asked(self) -> dict[str, Any]:
        named = dict(self.calls[-1][2])
        request = named.pop("request", None)
        return named | (request._asdict() if request else {})

    def _called(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.calls.append((name, args, named))
        self.before()
        if self.error is not None:
            raise self.error
        report_progress("training", 3, 30, "loss 0.5")

    def train(self, *args: Any, **named: Any) -> Training:
        self._called("train", args, named)
        decisions = (Decision("early_stopping", value=True, reason="the validation loss fell no more"),)
        facts = {"rows": 2769, "start": np.datetime64("2010-01-04", "us")}
        if named["announce"]:
            about = "prices.csv: 2,769 rows", "time column Date, target Close", "forecast 5 steps ahead"
            named["announce"](TrainingPlan(*about, self.findings, self.failed, decisions, facts))
        if self.failure_of_training is not None:
            raise self.failure_of_training
        if named["dry_run"]:
            return Training(self.findings, self.failed, decisions, None, None, None, None, facts)
        files = named["output"], "3f9a" * 16
        said = {"method": METHOD, "accuracy": ACCURACY}
        return Training(self.findings, self.failed, decisions, scores(), verdict(), *files, facts, **said)

    def check(self, *args: Any, **named: Any) -> Check:
        self._called("check", args, named)
        wrong = Finding("NUMBER", "'abc' is not a number", Place("bad.csv", 3, "Close"), "correct it")
        refused = {"bad.csv": InputRefusedError(wrong.text, wrong.remedy, wrong.place, code=wrong.code)}
        refused = refused if "bad.csv" in args[0] else {}
        repaired = (
            pd.DataFrame({"Date": ["01.02.2024"], "Close": [1.5]}) if named["with_repaired"] and not refused else None
        )
        return Check((*self.findings, *([wrong] if refused else [])), refused, self.failed, repaired)

    def predict(self, *args: Any, **named: Any) -> Prediction:
        self._called("predict", args, named)
        return Prediction(self.frame, self.findings, self.failed, parts=self.parts)

    def evaluate(self, *args: Any, **named: Any) -> Evaluation:
        self._called("evaluate", args, named)
        pooled = scores().assign(skill=[np.nan, -1.2], p_value=[np.nan, 0.7])
        by_step, by_series = (
            pd.concat([pooled.assign(**{name: value}) for value in values])[["model", name, *pooled.columns[1:]]]
            for name, values in {"step": (1, 2), "unique_id": self.series}.items()
        )
        by_series = by_series.assign(mase=np.arange(len(by_series)) / 4)
        decisions = (Decision("season", value=5, reason="steps in a week"),)
        facts = (verdict(), decisions, self.findings, self.failed, {})
        days = np.datetime64("2023-11-01", "us") + np.arange(50) * np.timedelta64(1, "D")
        panel = panel_from_series([("sp500", days, np.full(50, 4783.45))])
        return Evaluation(pooled, by_step, by_series, self.frame, *facts, History(panel, 1))

    def inspect(self, *args: Any, **named: Any) -> dict[str, Any]:
        self._called("inspect", args, named)
        return self.record

    def describe_for_user(self, *args: Any, **named: Any) -> ModelPage:
        self._called("describe_for_user", args, named)
        data = "series sp500: 5,031 rows from 1999-01-04 to 2018-12-31"
        return ModelPage("69 KB", data, "target Close", "", METHOD, ACCURACY, "5 steps at once", "no file")

    def gradients(self, *args: Any, **named: Any) -> Diagnosis:
        self._called("gradients", args, named)
        return replace(self.diagnosis, failed=self.failed)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeWorkflow:
    """Put a fake in the place of the workflow, in an empty folder and without variables of the outside."""
    answers = FakeWorkflow()
    for name in ("check", "train", "predict", "evaluate", "inspect", "gradients"):
        monkeypatch.setattr(f"forecaster.workflow.{name}.{name}", getattr(answers, name))
    monkeypatch.setattr("forecaster.workflow.predict.predict_with_default", answers.predict)
    monkeypatch.setattr("forecaster.workflow.inspect.describe_for_user", answers.describe_for_user)
    monkeypatch.chdir(tmp_path)
    for variable in ("PYTHONWARNINGS", "CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return answers


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def forecast(fake: FakeWorkflow, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs the command line with the fake workflow."""
    assert not fake.calls

    def run(*arguments: str) -> Result:
        code = main(arguments)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run


class Terminal(io.TextIOWrapper):
    """A stream that calls itself a terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined] - it is the BytesIO given above


@pytest.fixture
def terminal() -> Terminal:
    """Return a stream that calls itself a terminal."""
    return Terminal()
