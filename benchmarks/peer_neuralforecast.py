"""The peer of end_to_end.py: train one network of neuralforecast on a price file, and forecast from it.

The interpreter of an environment with neuralforecast runs it; it does not need this package. Everything optional is
switched off: the decoder is one linear layer, and there is no validation, log, checkpoint or progress bar. All other
settings are the defaults.

    python benchmarks/peer_neuralforecast.py train sample_data/sp500.csv --cell gru --output model
    python benchmarks/peer_neuralforecast.py predict --model model
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib.metadata import version

import pandas as pd
import torch
from neuralforecast import NeuralForecast
from neuralforecast.models import GRU, LSTM, RNN

CELLS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
SIZES = {"horizon": 5, "lookback": 30, "hidden": 64, "layers": 1, "batch": 128, "updates": 500}
"""Options that are numbers, with their defaults."""


def train(asked: argparse.Namespace) -> None:
    """Train a network on the file and save it in a folder."""
    prices = pd.read_csv(asked.file, usecols=[asked.time, asked.target], parse_dates=[asked.time])
    frame = prices.rename(columns={asked.time: "ds", asked.target: "y"}).assign(unique_id="prices")
    model = CELLS[asked.cell](
        h=asked.horizon,
        input_size=asked.lookback,
        encoder_hidden_size=asked.hidden,
        encoder_n_layers=asked.layers,
        decoder_layers=1,  # linear
        max_steps=asked.updates,
        batch_size=1,  # series, of which there is one
        windows_batch_size=asked.batch,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    forecaster = NeuralForecast([model], freq=asked.freq)
    forecaster.fit(frame)
    forecaster.save(asked.output)


def predict(asked: argparse.Namespace) -> None:
    """Print the forecast after the rows that are saved with the network."""
    NeuralForecast.load(asked.model).predict().to_csv(sys.stdout, index=False)


def versions(_: argparse.Namespace) -> None:
    """Print versions and the number of threads as one JSON document."""
    names = ("neuralforecast", "torch", "pandas", "numpy")
    found = {"python": platform.python_version(), **{name: version(name) for name in names}}
    print(json.dumps(found | {"threads": torch.get_num_threads()}))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (train, predict, versions):
        verbs.add_parser(verb.__name__, help=verb.__doc__).set_defaults(verb=verb)
    training = verbs.choices["train"]
    training.add_argument("file", help="CSV file with one series")
    training.add_argument("--time", default="Date", help="column of the dates")
    training.add_argument("--target", default="Close", help="column of the prices")
    training.add_argument("--freq", default="B", help="step between the dates, as pandas calls it")
    training.add_argument("--cell", choices=CELLS, default="gru")
    for name, default in SIZES.items():
        training.add_argument(f"--{name}", type=int, default=default)
    training.add_argument("--output", default="model", help="folder to save the network in")
    verbs.choices["predict"].add_argument("--model", default="model", help="folder of a saved network")
    asked = parser.parse_args()
    asked.verb(asked)


if __name__ == "__main__":
    main()
