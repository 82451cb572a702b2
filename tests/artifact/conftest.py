"""A small model of two series, in parts that a test may damage, and ways to write damaged files."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact import npz
from forecaster.artifact.document import Document, content_digest, decode, encode
from forecaster.artifact.schema import SCHEMA, audit_document
from forecaster.artifact.upgrades import from_1, from_2, from_3, from_4
from forecaster.calendars.calendar import Calendar
from forecaster.forecasting.methods.bootstrap import CHANGES, NONE
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.pretrained.weights import LEVELS
from forecaster.forecasting.prices.features import KNOTS, STATICS
from forecaster.forecasting.uncertainty.calibration import NORMAL
from forecaster.nn.architecture import parameter_count

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Parts:
    """The parts of a model file."""

    meta: dict[str, Any]
    arrays: dict[str, Any]

    def encode(self) -> bytes:
        return encode(SCHEMA, self.meta, self.arrays)[0]

    def content(self, packed: bytes | None = None, **others: Any) -> dict[str, Any]:
        """Return the content of the file, with a correct digest even if the content is damaged."""
        schema = others.get("schema", SCHEMA)
        digest = content_digest(schema, self.meta, self.arrays)
        content = {"format": "forecaster", "schema": schema, "meta": self.meta}
        return content | {"arrays": packed or npz.pack_npz(self.arrays), "sha256": digest} | others

    def dump(self, packed: bytes | None = None, **others: Any) -> bytes:
        """Return the file with other parts, past all checks of the writer."""
        return pickle.dumps(self.content(packed, **others), protocol=4)


@pytest.fixture
def parts() -> Parts:
    """Return a model of the level, with everything that such a model may have."""
    network: dict[str, Any] = {"inputs": 12, "steps": 2, "outputs": 22, "hidden": 2, "layers": 1}
    network |= {"cell": "gru", "activation": "tanh", "embedding": 2, "skip": True}
    network |= {"arch": "many-to-one", "bidirectional": False, "dropout": 0.0, "residual": False, "irregular": False}
    network |= {"quantiles": 11, "head": 4, "context": 4}
    recipe: dict[str, Any] = {"horizon": 2, "lookback": 4, "season": 1, "mode": "level", "log": True}
    recipe |= {"segment": 2, "steps": 2}
    recipe |= {"stride": 1, "recent_rows": 20_000, "members": 2, "epochs": 5, "updates": 20, "batch": 64, "rate": 0.001}
    recipe |= {"early_stopping": True, "all_rows": True, "seed": 0}
    recipe |= {"observed": ["volume"], "known": ["promo", "weather=frost"], "calendar": [], "pretrained": ""}
    recipe |= {
        "fine_tuned": 0,
        "tuning_updates": 0,
        "minimum": -1000.0,
        "maximum": None,
        "bootstrap": True,
        "holidays": "",
    }
    specification: dict[str, Any] = {"horizon": None, "lookback": 4, "season": None, "mode": None}
    specification |= {"cell": "gru", "activation": "tanh"}
    specification |= {"hidden": 2, "layers": 1, "members": None, "epochs": 5, "early_stopping": True, "seed": 0}
    specification |= {"segment": 2, "irregular": False, "arch": "many-to-one", "bidirectional": False, "dropout": 0.0}
    specification |= {
        "residual": False,
        "updates": None,
        "batch": None,
        "all_rows": True,
        "effort": "quick",
        "time_limit": 60.0,
    }
    selection: dict[str, Any] = {"time": None, "targets": ["close"], "series": "ticker"}
    selection |= {"observed": ["volume"], "known": ["promo"], "date_format": "DD.MM.YYYY", "decimal": ","}
    selection |= {"delimiter": "tab", "encoding": None, "header": 3, "calendar": "XNYS"}
    selection |= {"every": "day", "agg": "last"}
    rng = np.random.default_rng(1)
    return Parts(
        {
            "program": {"forecaster": "0.1.0", "numpy": "2.0.0", "pandas": "2.2.0"},
            "specification": specification,
            "selection": selection,
            "time_style": {"layout": "DD.MM.YYYY", "zone": "", "standard": False},
            "decisions": [{"name": "log", "value": True, "reason": "every price is positive"}],
            "recipe": recipe,
            "network": network,
            "series": ["ONE", "Zwei é"],
            "calendars": [Calendar("integer", 1).to_dict()],
            "categories": {"weather": ["sun", "frost"]},
            "static": ["weather=frost"],
            "time": "integer",
            "usual_spread": 0.25,
            "blend": {"network": 0.5, "theta": 0.25, "ridge": 0.125, "last_value": 0.125},
            "horizon_exponent": 0.5,
            "uses_own_quantiles": False,
            "furthest_lead_time": None,
            "verdict": {
                "sentences": ["Not better than last value."],
                "baseline": "last_value",
                "skill": -1.5,
                "p_value": None,
                "coverage": {"80": 81.0, "95": None},
                "origins": 9,
            },
            "scores": [{"model": "forecast", "mae": 1.25, "smape": 3.5, "mase": None}],
            "training": [{"epochs": 5, "best_epoch": 3, "loss": 0.5, "clipped": 0.25, "seed": i} for i in range(2)],
            "volatility_epochs": None,
            "effects": {"named": [], "series": [None, None]},
            "fingerprint": {"rows": 7, "series": 2, "start": "0", "end": "4", "sha256": "ab" * 32},
        },
        {
            "weights": rng.normal(size=(2, parameter_count(**network))).astype(np.float32),
            "ridge": rng.normal(size=(2, 20)),
            "ridge_ahead": rng.normal(size=(2, 2)),
            "covariate_kind": np.array([[1, 2], [0, 0], [3, 0]]),
            "covariate_offset": np.array([[0.0, -1.0], [0.0, 0.0], [0.0, 0.0]]),
            "covariate_unit": np.array([[1.0, 2.0], [1.0, 1.0], [1.0, 1.0]]),
            "covariate_centre": np.array([[1.0, -2.0], [0.0, 0.0], [0.5, 0.5]]),
            "covariate_size": np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 0.5]]),
            "drawn": np.array([NONE, CHANGES]),
            "spread": np.array([0.5, 1.0]),
            "transform_kind": np.array([1, 2]),
            "transform_offset": np.array([0.25, 0.5]),
            "transform_size": np.array([1.0, 2.0]),
            "slope": np.array([0.1, -0.1]),
            "held_out": np.array([[0.0, 0.5], [-1.0, 0.5], [0.75, -1.5]]),
            "held_out_cutoff": np.array([-2, -1, -1]),
            "earlier": np.array([[0.0, 0.5, 1.0], [0.5, 0.75, 1.5]]),
            "growth": np.array([1.0, 1.25, 1.25, 2.0]),
            "calendar_of": np.array([0, 0]),
            "tail_ds": np.array([0, 1, 2, 1, 2, 3, 4]),
            "tail_values": np.array([1.0, 2.0, 0.0, 9.0, -8.0, 7.0, 8.0]),
            "tail_indptr": np.array([0, 3, 7]),
            "tail_observed": np.array([[5.0, 6.0, 7.0, 1.0, 2.0, 3.0, 4.0]]),
            "tail_known": np.arange(20.0).reshape(2, 10),
            "tail_known_indptr": np.array([0, 3, 10]),
        },
    )


@pytest.fixture
def prices(parts: Parts) -> Parts:
    """Return a model of how far prices move."""
    network = parts.meta["network"]
    network |= {"inputs": 2 * 2 + STATICS, "outputs": len(KNOTS), "quantiles": 1, "context": 0}
    parts.meta["recipe"] |= {"mode": "returns", "bootstrap": False}
    parts.meta |= {"blend": {"network": 1.0}, "training": [], "volatility_epochs": 3, "uses_own_quantiles": True}
    for name in ("ridge", "ridge_ahead", "earlier", "growth"):
        del parts.arrays[name]
    parts.arrays |= {
        "weights": np.ones((2, parameter_count(**network)), dtype=np.float32),
        "drawn": np.array([NONE, NONE]),
        "transform_kind": np.array([1, 1]),
        "tail_values": np.arange(1.0, 8.0),
        "volatility_decay": np.array([0.94, 0.97]),
        "volatility_floor": np.array([1e-6, 1e-3]),
        "volatility_leverage": np.array([-0.1, 0.2]),
        "volatility_slope": np.array([0.0, 0.001]),
        "volatility_quantiles": np.ones((2, len(KNOTS), 1)) * NORMAL,
        "volatility_close_variance": np.array([[1.0, 9.0, 12.0], [1.0, 1.0, 1.0]]),
    }
    return parts


@pytest.fixture
def tuned(parts: Parts) -> Parts:
    """Return a model of the level with a fine-tuned network beside its own."""
    recipe, arrays = parts.meta["recipe"], parts.arrays
    recipe |= {"observed": [], "known": [], "pretrained": LEVELS, "fine_tuned": 1, "tuning_updates": 100}
    parts.meta["network"] |= {"inputs": 3, "context": 0}
    parts.meta["selection"] |= {"observed": [], "known": []}
    parts.meta |= {"categories": {}, "static": []}
    parts.meta["blend"] = {"network": 0.5, "fine_tuned_network": 0.25, "pretrained_network": 0.25}
    for name in [name for name in arrays if name.startswith(("covariate", "tail_known", "tail_observed", "ridge"))]:
        del arrays[name]
    arrays |= {
        "weights": np.ones((2, parameter_count(**parts.meta["network"])), dtype=np.float32),
        "fine_tuned": np.ones((1, parameter_count(**asdict(ARCHITECTURE))), dtype=np.float16),
        "levels_kind": np.array([1, 0]),
        "levels_offset": np.array([0.25, 0.0]),
        "levels_size": np.array([1.0, 1.0]),
    }
    return parts


def without_new_keys(parts: Parts) -> Parts:
    """Return a model of schema 8, which knew no effects, rules for dates, changed open hours, and no categories."""
    del parts.meta["effects"], parts.meta["recipe"]["holidays"], parts.meta["categories"], parts.meta["static"]
    del parts.meta["time_style"]["standard"]
    del parts.meta["selection"]["every"], parts.meta["selection"]["agg"]
    for calendar in parts.meta["calendars"]:
        del calendar["dates"], calendar["alternatives"]
        if calendar["anchor"]:
            del calendar["anchor"]["weekday"]
        if calendar["week"]:
            del calendar["week"]["earlier"]
    return parts


@pytest.fixture
def eighth(parts: Parts) -> Parts:
    """Return a model of schema 8, which knew no effects."""
    return without_new_keys(parts)


@pytest.fixture
def eighth_prices(prices: Parts) -> Parts:
    """Return a model of prices of schema 8."""
    return without_new_keys(prices)


@pytest.fixture
def seventh(eighth: Parts) -> Parts:
    """Return a model of schema 7, which knew no limits, drew nothing from the past and did not measure growth."""
    for name in ("minimum", "maximum", "bootstrap"):
        del eighth.meta["recipe"][name]
    del eighth.arrays["drawn"]
    del eighth.arrays["growth"]
    return eighth


@pytest.fixture
def sixth(seventh: Parts) -> Parts:
    """Return a model of schema 6, which knew no fine-tuned networks."""
    for name in ("fine_tuned", "tuning_updates"):
        del seventh.meta["recipe"][name]
    return seventh


@pytest.fixture
def fifth(sixth: Parts) -> Parts:
    """Return a model of schema 5, which knew no pretrained networks of levels."""
    del sixth.meta["recipe"]["pretrained"]
    return sixth


@pytest.fixture
def fourth(fifth: Parts) -> Parts:
    """Return a model of schema 4: the same content under its old names."""
    parts = fifth
    for old, new in from_4.KEYS.items():
        parts.meta[old] = parts.meta.pop(new)
    for old, new in from_4.RECIPE_KEYS.items():
        parts.meta["recipe"][old] = parts.meta["recipe"].pop(new)
    parts.meta["decisions"].append({"name": "aligned", "value": 1, "reason": "training windows end at every step"})
    for old, new in from_4.PREFIXES.items():
        for name in [name for name in parts.arrays if name.startswith(new)]:
            parts.arrays[old + name.removeprefix(new)] = parts.arrays.pop(name)
    return parts


@pytest.fixture
def third(fourth: Parts) -> Parts:
    """Return a model of schema 3."""
    meta, arrays = fourth.meta, fourth.arrays
    for name, fields in from_3.NEW.items():
        for key in fields:
            del meta[name][key]
    del meta["style"]
    for calendar in meta["calendars"]:
        for key in from_3.CALENDAR:
            del calendar[key]
    for name in [name for name in arrays if name.startswith("column_")]:
        del arrays[name]
    for name in ("tail_observed", "tail_known", "tail_known_indptr", "ridge_ahead"):
        del arrays[name]
    meta["network"]["inputs"] = 3
    arrays["ridge"] = arrays["ridge"][:, :5]
    arrays["weights"] = np.ones((2, parameter_count(**meta["network"])), dtype=np.float32)
    return fourth


@pytest.fixture
def second(third: Parts) -> Parts:
    """Return a model of schema 2."""
    meta, arrays = third.meta, third.arrays
    for name, fields in from_2.NEW.items():
        for key in fields:
            del meta[name][key]
    for name in ("specification", "recipe"):
        meta[name]["refit"] = meta[name].pop("all_rows")
    meta["network"] |= {"inputs": 2, "outputs": 2}
    meta["blend"] = {"baseline": "seasonal_naive", "weight": 0.75}
    del meta["usual"], meta["trusting"], meta["passes"]
    arrays["residuals"] = np.array([[0.0, 0.5, 1.0], [0.5, 0.75, 1.5]])
    for name in ("unit_kind", "unit_offset", "unit_size", "held_out", "held_out_cutoff", "earlier", "ridge"):
        del arrays[name]
    arrays["weights"] = np.ones((2, parameter_count(**meta["network"])), dtype=np.float32)
    arrays["tail_values"] = np.arange(1.0, 8.0)
    return third


@pytest.fixture
def first(second: Parts) -> Parts:
    """Return a model of schema 1."""
    for name, fields in from_1.NEW.items():
        for key in fields:
            del second.meta[name][key]
    for training in second.meta["training"]:
        del training["clipped"]
    return second


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Return a function that reads bytes as a model file, with the audit."""

    def read(data: bytes) -> Document:
        path = tmp_path / "model.joblib"
        path.write_bytes(data)
        return audit_document(decode(path))

    return read
