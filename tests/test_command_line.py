"""The command line without stand-ins: every architecture through every command, unequal steps, and refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from forecaster.cli import main
from forecaster.forecasting.methods.network_windows import NetworkWindows

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.network import NetworkInputs

SAMPLE = str(Path(__file__).parents[1] / "sample_data" / "sp500.csv")
TINY = "--epochs 1 --updates 2 --members 1 --hidden 4"
ARCHES = ("many-to-one", "many-to-many", "encoder-decoder", "one-to-many", "one-to-one")


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


@pytest.fixture
def forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Result]:
    """Return a function that runs a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)

    def run(arguments: str) -> Result:
        return Result(main(arguments.split()), *capsys.readouterr())

    return run


def write_latest_prices(rows: int) -> None:
    """Write the last rows of the sample, from which much is read and trained in less time."""
    head, *all_rows = Path(SAMPLE).read_text().splitlines()
    Path("sp500.csv").write_text("\n".join([head, *all_rows[-rows:], ""]))


@pytest.mark.sampled(
    "--arch many-to-one",
    slow=(
        "--arch encoder-decoder",
        "--bidirectional*",
    ),
)
@pytest.mark.parametrize("options", [*(f"--arch {arch}" for arch in ARCHES), "--bidirectional --cell lstm"])
def test_every_architecture_goes_through_every_command(forecast: Callable[[str], Result], options: str) -> None:
    write_latest_prices(1000)
    done = forecast(f"train sp500.csv {TINY} {options}")
    assert done.code == 0, done.err
    predicted = forecast("predict --horizon 8 --quiet")
    assert (predicted.code, predicted.err) == (0, "")
    rows = predicted.rows
    direct = 1 if "one-to-one" in options else 5
    assert [row["strategy"] for row in rows] == ["direct"] * direct + ["recursive"] * (8 - direct)
    assert [row["ds"] for row in rows][:2] == ["2019-01-02", "2019-01-03"]
    for row in rows:
        assert float(row["forecast-lo-95"]) < float(row["forecast"]) < float(row["forecast-hi-95"])
    evaluated = forecast(f"evaluate sp500.csv {TINY} {options} --folds 2 --quiet")
    assert evaluated.code == 0, evaluated.err
    models = ["forecast", "last_value", "drift", "seasonal_naive", "theta"]
    assert [row["model"] for row in evaluated.rows] == models
    content = json.loads(forecast("inspect --json").out)
    arch = options.split()[1] if "--arch" in options else "many-to-one"
    assert (content["schema"], content["network"]["arch"]) == (9, arch)
    assert content["network"]["bidirectional"] == content["specification"]["bidirectional"] == ("--bid" in options)
    found = json.loads(forecast("inspect forecast.joblib sp500.csv --gradients --json").out)
    assert len(found["by_lag"]) == content["network"]["steps"]
    assert [layer["layer"] for layer in found["layers"]] == ["layer 1", "layer 1 reverse"][: 1 + ("--bid" in options)]
    assert found["facts"]["windows"] == 512
    if "one-to-" in options:
        assert found["advice"] == ["The network has one step: nothing can vanish on the way back."]


def write_unequal(name: str, *, dated: bool, ids: str = "") -> None:
    """Write 90 rows of a sine in steps of 1 to 5, from 2024-01-01 or 0 on; with `ids`, of a series each."""
    steps = np.cumsum(np.random.default_rng(0).integers(1, 6, 90))
    times = [str(np.datetime64("2024-01-01") + step) if dated else str(step) for step in steps]
    rows = [f"{time},{10 + 3 * np.sin(step / 9):.4f}" for time, step in zip(times, steps, strict=True)]
    head = "unique_id,ds,y\n" if ids else "ds,y\n"
    lines = [f"{each},{row}\n" for each in ids for row in rows] if ids else [f"{row}\n" for row in rows]
    Path(name).write_text(head + "".join(lines))


@pytest.mark.parametrize("command", ["train", "evaluate --folds 2 -H 3"])
def test_a_silence_that_counts_as_shorter_is_told(forecast: Callable[[str], Result], command: str) -> None:
    write_unequal("s.csv", dated=False)
    head, *rows = Path("s.csv").read_text().splitlines()
    later = [f"{int(time) + 1000 * (n > 40)},{y}" for n, (time, y) in enumerate(row.split(",") for row in rows)]
    Path("s.csv").write_text("\n".join([head, *later, ""]))
    done = forecast(f"{command} s.csv --irregular {TINY}")
    assert done.code == 0, done.err
    assert "series s: no row for more than 20 typical steps, once, the longest time after " in done.err


@pytest.mark.sampled("gru")
@pytest.mark.parametrize("cell", ["rnn", "rnn --activation relu", "gru", "lstm --layers 2 --dropout 0.2 --residual"])
def test_unequal_steps_go_through_every_command(forecast: Callable[[str], Result], cell: str) -> None:
    write_unequal("u.csv", dated=True)
    done = forecast(f"train u.csv --irregular {TINY} --cell {cell}")
    assert done.code == 0, done.err
    rows = forecast("predict --quiet --at 2024-12-30T12:00:00 --at 2024-11-05").rows
    assert [row["ds"] for row in rows] == ["2024-11-05 00:00:00", "2024-12-30 12:00:00"]
    assert [row["strategy"] for row in rows] == ["direct", "held"]
    assert len(forecast("predict --quiet --horizon 4").rows) == 4
    again = forecast("predict u.csv --quiet --at 2024-12-30T12:00:00 --at 2024-11-05").rows
    assert again == rows
    evaluated = forecast(f"evaluate u.csv --irregular {TINY} --cell {cell} --folds 2 --quiet -H 3")
    assert evaluated.code == 0, evaluated.err
    assert json.loads(forecast("inspect --json").out)["network"]["irregular"] is True
    found = json.loads(forecast("inspect forecast.joblib u.csv --gradients --json").out)
    assert len(found["layers"]) == (2 if "--layers" in cell else 1)
    assert found["facts"]["targets_known"] is True


def test_counted_steps_are_asked_for_as_numbers(forecast: Callable[[str], Result]) -> None:
    write_unequal("u.csv", dated=False)
    assert forecast(f"train u.csv --irregular {TINY} -q").code == 0
    assert [row["ds"] for row in forecast("predict -q --at 400 --at 300").rows] == ["300", "400"]
    done = forecast("predict --at 2024-11-05")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: --at '2024-11-05' is not a whole number like 120; write times as in the training file\n"


NO_DATE = "write dates as 2024-01-31 or 2024-01-31 09:30:00, without a time zone"
TOO_EARLY = "series u: --at 2024-09-20 is not after the last row, 2024-10-06; give a later time"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ("--at 2025-01-01 --horizon 3", 2, "--at and --horizon both say what to forecast; leave one of them out"),
        ("--at 2025-01-01 --at 2024-09-20", 65, TOO_EARLY),
        ("--at soon", 2, f"--at 'soon' is not a date like 2024-01-31; {NO_DATE}"),
    ],
)
def test_moments_that_cannot_be_forecast_are_refused(
    forecast: Callable[[str], Result], arguments: str, code: int, sentence: str
) -> None:
    write_unequal("u.csv", dated=True)
    assert forecast(f"train u.csv --irregular {TINY} -q").code == 0
    assert forecast(f"predict {arguments}") == (code, "", f"error: {sentence}\n")


def test_equal_steps_have_a_horizon_and_no_moments(forecast: Callable[[str], Result]) -> None:
    write_latest_prices(300)
    assert forecast(f"train sp500.csv {TINY} -q").code == 0
    for arguments in ("--at 2030-01-01", "--at 2030-01-01 --horizon 3"):
        done = forecast(f"predict {arguments}")
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            "error: --at is for models that were trained with --irregular; use --horizon, or train with --irregular\n"
        )


def test_3_gradients_on_a_series_that_the_model_does_not_know(forecast: Callable[[str], Result]) -> None:
    write_unequal("ab.csv", dated=False, ids="ab")
    write_unequal("bz.csv", dated=False, ids="bz")
    assert forecast(f"train ab.csv --irregular {TINY} -q").code == 0
    done = forecast("inspect forecast.joblib bz.csv --gradients")
    assert done.code == 3
    assert done.err == (
        "note: bz.csv: time column ds (whole numbers), target y, series column unique_id\n"
        "\nfailed: z: the model was not trained on this series\n"
    )
    assert done.out.startswith(
        "Norm of dL/dh by lag in rows, relative to lag 0, the geometric mean of 1 network over 51 windows"
    )


def test_65_training_that_does_not_stay_finite_names_the_series(
    forecast: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_unequal("ab.csv", dated=False, ids="ab")
    whole = NetworkWindows.inputs

    def spoilt(self: NetworkWindows, chosen: np.ndarray, inputs: NetworkInputs) -> None:
        whole(self, chosen, inputs)
        inputs.window[..., self.windows.series[chosen] == 1] = np.inf

    monkeypatch.setattr(NetworkWindows, "inputs", spoilt)
    done = forecast(f"train ab.csv --irregular {TINY} --no-early-stopping")
    assert (done.code, done.out) == (65, "")
    assert "error: series b: training did not stay finite in epoch 1: " in done.err
    assert done.err.endswith("; look for extreme values in this series\n")
    assert not Path("forecast.joblib").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--arch many-to-many --bidirectional", "use --arch encoder-decoder or many-to-one with it"),
        ("--irregular --arch one-to-one", "--arch one-to-one cannot be used with --irregular; leave one of them out"),
        (
            "--dropout 0.5 --arch many-to-many --segment 1",
            "--dropout acts between layers, and there is only one; use --layers 2 or more",
        ),
        ("--lookback 50 --segment 8", "--lookback 50 is not a whole number of segments of 8; use --lookback 48"),
    ],
)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_2_options_that_contradict_each_other(
    forecast: Callable[[str], Result], command: str, options: str, sentence: str
) -> None:
    write_latest_prices(1000)
    done = forecast(f"{command} sp500.csv {options}")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"{sentence}\n")
