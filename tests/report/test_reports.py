"""What the reports of results hold: the same sentences and numbers as the terminal and the CSV, and nothing empty."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.cli import main
from forecaster.report.answers import answer_sentences
from tests.report.pages import forecast_in, numbers_in, read_page

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write two monthly series in an empty folder, and go there."""
    monkeypatch.chdir(tmp_path)
    months = (np.datetime64("2018-01") + np.arange(60)).astype(str)
    rows = [
        f"{name},{month},{100 * size + 20 * np.sin(k * np.pi / 6):.1f}"
        for name, size in (("north", 1), ("south", 3))
        for k, month in enumerate(months)
    ]
    (tmp_path / "sales.csv").write_text("\n".join(["region,month,sales", *rows, ""]))
    return tmp_path


def sections(page: bytes) -> list[str]:
    return [str(each["id"]) for each in read_page(page).all("section")]


def test_a_forecast(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_HORIZON", "3")
    assert main(["predict", "sales.csv", "--report", "r.html", "--members", "-q"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    page = (folder / "r.html").read_bytes()
    found = numbers_in(page)
    assert (found["names"], found["horizon"]) == (["north", "south"], 3)
    of_series = found["values"][0].reshape(2, -1)[:, 60:].reshape(2, -1, 3)
    names = ["forecast", *(f"forecast-{end}-{level}" for level in (80, 95) for end in ("lo", "hi"))]
    for series, name in enumerate(found["names"]):
        told = [[float(row[column]) for row in rows if row["unique_id"] == name] for column in names]
        np.testing.assert_allclose(of_series[series, : len(names)], told, rtol=1e-6)
    assert found["others"] == ["Last value", "Drift", "Seasonal naive", "Theta"]
    assert found["axis"]["texts"][-1] == "2023-03"
    assert sections(page) == ["forecast", "accuracy", "coverage", "findings", "method", "repeat"]
    typed = "forecast predict sales.csv --report r.html --members -q --horizon 3"
    assert f"<code>{typed}</code>" in page.decode()


@pytest.mark.slow
def test_a_training(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--cell", "rnn", "--hidden", "4", "--epochs", "2", "--members", "2", "--report", "r.html", "--jobs", "1"]
    assert main(["train", "sales.csv", *words]) == 0
    screen, page = capsys.readouterr().err, (folder / "r.html").read_bytes()
    told = ["forecast", "accuracy", "findings", "method", "learning", "gradients", "repeat"]
    assert sections(page) == told
    (lead,) = re.findall('<p class="lead">([^<]*)</p>', page.decode())
    assert lead in " ".join(screen.split())
    assert "Loss of network 1, " in page.decode()
    assert main(["predict", "--report", "p.html", "-q"]) == 0
    trained, predicted = (numbers_in((folder / name).read_bytes()) for name in ("r.html", "p.html"))
    for series in range(2):
        np.testing.assert_allclose(forecast_in(trained, series), forecast_in(predicted, series), rtol=1e-6)


@pytest.mark.slow
def test_an_evaluation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--zero-shot", "--folds", "3", "--horizon", "2", "--forecasts", "folds.csv", "--report", "r.html", "-q"]
    assert main(["evaluate", "sales.csv", *words]) == 0
    capsys.readouterr()
    page = (folder / "r.html").read_bytes()
    assert sections(page) == ["forecast", "accuracy", "folds", "coverage", "findings", "method", "repeat"]
    found = numbers_in(page)
    assert (found["forecasts"], found["begins"].reshape(2, 3).tolist()) == (3, [[54, 56, 58]] * 2)
    rows = list(csv.DictReader((folder / "folds.csv").read_text().splitlines()))
    points = found["values"][0].reshape(2, -1)[:, 60:].reshape(2, 3, -1, 2)[:, :, 0]
    told = [
        [
            [float(row["forecast"]) for row in rows if (row["unique_id"], row["fold"]) == (name, str(fold))]
            for fold in range(3)
        ]
        for name in found["names"]
    ]
    np.testing.assert_allclose(points, told, rtol=1e-6)


def test_sentences_of_an_answer() -> None:
    text = "As good as repeating the last value, on 7.5 forecasts (too few). 88 % fell into it. Theta is better."
    assert answer_sentences(text) == (
        "As good as repeating the last value, on 7.5 forecasts (too few).",
        "88 % fell into it.",
        "Theta is better.",
    )


@pytest.mark.parametrize(
    ("path", "code", "told"),
    [
        ("-", 2, "use --report report.html"),
        ("r.pdf", 2, "use --report report.html"),
        ("nowhere/r.html", 73, "nowhere"),
        ("sales.csv", 2, "use --report report.html"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_before_the_work(
    path: str, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "sales.csv", "--report", path]) == code
    out, err = capsys.readouterr()
    assert not out
    assert told in err


def test_a_report_does_not_overwrite_another_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "sales.csv", "--report", "r.html", "--output", "r.html"]) == 2
    assert "r.html" in capsys.readouterr().err
