"""A run is refused before its long work where the disk has no space for its result, and only there."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.expected_size import estimate_file_size
from forecaster.cli import main
from forecaster.errors import OutputError
from forecaster.report.expected_size import estimate_report_size
from forecaster.report.page import encode_report
from forecaster.report.reports import report_of
from forecaster.report.run import Run
from forecaster.spec import Selection, Specification
from forecaster.workflow import fit as fitting
from forecaster.workflow import train as training
from forecaster.workflow.chart_series import ChartSeries, ChartSet, history_rows
from forecaster.workflow.pictures import encode_picture, estimate_picture_size
from forecaster.workflow.predict import predict, predict_table
from forecaster.workflow.request import Extent, Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from pathlib import Path

DAYS = pd.date_range("2024-01-01", periods=240)


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    """Return a file of three daily series with two other columns."""
    rng = np.random.default_rng(1)
    frames = [
        pd.DataFrame(
            {
                "id": f"series {name}",
                "ds": DAYS,
                "y": 50 + 9 * np.sin(np.arange(240) * 2 * np.pi / 7) + rng.normal(size=240),
                "promo": rng.integers(0, 2, 240),
                "temperature": rng.normal(size=240),
            }
        )
        for name in "abc"
    ]
    pd.concat(frames).to_csv(tmp_path / "panel.csv", index=False)
    return tmp_path / "panel.csv"


def have_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Let every disk have this number of bytes left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**12, free=free))


OWN = {"members": 2, "epochs": 1}
COLUMNS = Selection(targets=("y",), known=("promo",), observed=("temperature",))


@pytest.mark.parametrize(
    ("selection", "requested"),
    [
        (Selection(targets=("y",)), {}),
        (Selection(targets=("y",)), {"zero_shot": True, "horizon": 60}),
        pytest.param(COLUMNS, {**OWN, "horizon": 5}, marks=pytest.mark.slow),
        pytest.param(COLUMNS, {**OWN, "horizon": 30, "cell": "lstm", "hidden": 64}, marks=pytest.mark.slow),
        pytest.param(Selection(targets=("y",)), {**OWN, "mode": "returns"}, marks=pytest.mark.slow),
        pytest.param(Selection(targets=("y",)), {**OWN, "irregular": True}, marks=pytest.mark.slow),
        pytest.param(
            Selection(targets=("y",)), {"zero_shot": False, "members": 1, "epochs": 1}, marks=pytest.mark.slow
        ),
    ],
)
def test_a_model_is_no_larger_than_its_plan_says_and_not_much_smaller(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selection: Selection, requested: dict[str, Any]
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(training, "check_space", lambda _, size: sizes.append(size))
    train([str(panel)], selection=selection, specification=Specification(**requested), output=tmp_path / "m")
    (expected,) = sizes
    size = (tmp_path / "m").stat().st_size
    assert size <= expected <= 5 * size + 100_000


def test_a_training_without_space_for_its_model_does_not_begin(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_free(monkeypatch, 8192)
    for dry_run in (True, False):
        with pytest.raises(OutputError, match=r"m: cannot be written: it takes about \d+ KB, and its disk has 8\.0 KB"):
            train(
                [str(panel)],
                selection=Selection(targets=("y",)),
                specification=Specification(),
                output=tmp_path / "m",
                dry_run=dry_run,
            )
    assert {file.name for file in tmp_path.iterdir()} == {"panel.csv"}


def test_little_space_is_enough_for_a_small_model(panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have_free(monkeypatch, 2**20)
    train([str(panel)], selection=Selection(targets=("y",)), specification=Specification(), output=tmp_path / "m")
    assert (tmp_path / "m").stat().st_size < 2**20


@pytest.mark.sampled("request_1-*", "request_2-*")
@pytest.mark.parametrize(
    ("request_", "cells"),
    [
        (Request(horizon=10), 3 * 10 * 8),
        (Request(horizon=10, levels=(50.0,)), 3 * 10 * 6),
        (Request(horizon=4, samples=20), 3 * 4 * 20 * 4),
    ],
)
def test_the_cells_of_a_forecast_are_known_before_it(
    panel: Path, tmp_path: Path, request_: Request, cells: int
) -> None:
    selection, counted = Selection(targets=("y",)), list[Extent]()
    frame = predict_table([str(panel)], selection=selection, request=request_, check_size=counted.append).frame
    assert counted == [Extent(3, 720, request_.horizon or 0, cells)]
    assert cells == frame.size
    train([str(panel)], selection=selection, specification=Specification(zero_shot=True), output=tmp_path / "m")
    frame = predict(tmp_path / "m", selection=Selection(), request=request_, check_size=counted.append).frame
    assert [each.cells for each in counted[1:]] == [cells]
    assert cells == frame.size


def test_an_estimate_counts_every_series(panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Any] = []
    real = fitting.make_plan
    monkeypatch.setattr(fitting, "make_plan", lambda *args: plans.append(real(*args)) or plans[-1])
    for selection in (Selection(targets=("y",)), COLUMNS):
        arguments = {"selection": selection, "specification": Specification(**OWN), "output": tmp_path / "m"}
        train([str(panel)], **arguments, dry_run=True)
    plain, columns = map(estimate_file_size, plans)
    assert plain < columns


@pytest.mark.slow  # Matplotlib is loaded
def test_a_picture_is_no_larger_than_expected_and_not_much_smaller() -> None:
    pytest.importorskip("matplotlib")
    rng = np.random.default_rng(1)
    for ending, series, steps in ((".png", 1, 3), (".svg", 2, 200), (".pdf", 2, 200)):
        rows = history_rows(steps, 1)
        ends = [{level: level + rng.random(steps) for level in (80.0, 95.0)} for _ in range(2)]
        parts = np.arange(rows + steps), rng.random(rows), rng.random(steps), *ends
        charts = ChartSet(tuple(ChartSeries(name, *parts) for name in "abcd"[:series]), 0, "row")
        size = len(encode_picture(charts, ending))
        assert size <= estimate_picture_size(ending, Extent(series, steps=steps)) <= 4 * size


def test_a_report_is_no_larger_than_expected_and_not_much_smaller(panel: Path) -> None:
    extents: list[Extent] = []
    selection = Selection(targets=("y",))
    run = Run("predict", "forecast predict", "forecast check", (str(panel),))
    result = predict_table([str(panel)], selection=selection, request=Request(30), check_size=extents.append)
    report = report_of(result, run)
    assert report is not None
    size = len(encode_report(report))
    assert size <= estimate_report_size(extents[0]) <= 1.5 * size


def test_a_report_or_a_picture_without_space_is_refused_before_anything_is_read(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    have_free(monkeypatch, 2**14)
    for command, *options in (("train", "-o", str(tmp_path / "m")), ("predict",), ("evaluate",)):
        for option, name in (("--report", "r.html"), ("--plot", "p.png")):
            assert main([command, str(panel), *options, option, str(tmp_path / name)]) == OutputError.exit_code
            printed = capsys.readouterr()
            assert f"{name}: cannot be written: it takes about " in printed.err
            assert "and its disk has 16 KB left; free some space or choose another place" in printed.err
    assert {file.name for file in tmp_path.iterdir()} == {"panel.csv"}


def test_the_estimate_of_a_report_follows_what_it_shows() -> None:
    sizes = [
        estimate_report_size(each)
        for each in (Extent(), Extent(rows=1000), Extent(9, 9000), Extent(9, 9000, 50), Extent(9, 9000, 50, 0, 9))
    ]
    assert sizes == sorted(set(sizes))
    assert estimate_report_size(Extent(10**4, 10**8, 50)) < 15e6
